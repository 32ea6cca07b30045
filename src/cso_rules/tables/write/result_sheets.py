"""What stands on the sheets of a result: answers, open questions, cells not understood, counts, legal bases, the run.

In come rows with their answers; out come lines of cells for each sheet, in one language and without any layout.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import attrs

from cso_rules.model.instruments import Citation, Label
from cso_rules.tables.answer.rows import Answered, Refused
from cso_rules.tables.read.cells import text_of
from cso_rules.tables.read.columns import TableColumns
from cso_rules.tables.write.report import ID, NAME, REFUSED, SECTION, Report

Item = Answered | Refused
Line = tuple[str | int, ...]
ROW: Final = Label(zh="行号", en="row")
DOUBT: Final = Label(zh="待核", en="to be checked")
TITLES: Final[Mapping[str, Label]] = {
    "own": Label(zh="名单", en="list"),
    "results": Label(zh="结果", en="results"),
    "questions": Label(zh="待核问题", en="open questions"),
    "problems": Label(zh="未读懂的单元格", en="cells not understood"),
    "counts": Label(zh="汇总", en="counts"),
    "bases": Label(zh="依据", en="legal bases"),
    "run": Label(zh="说明", en="about this run"),
}
QUESTION_HEADS: Final = (
    Label(zh="问谁", en="whom to ask"), NAME, ROW, Label(zh="事项", en="fact"), Label(zh="问题", en="question"),
)  # fmt: skip
PROBLEM_HEADS: Final = (
    ROW, ID, NAME, Label(zh="列", en="column"), Label(zh="内容", en="text"), Label(zh="原因", en="reason"),
    Label(zh="怎样填写", en="what to write"),
)  # fmt: skip
BASIS_HEADS: Final = (
    Label(zh="文件", en="instrument"), Label(zh="文号", en="number"), Label(zh="条款", en="provision"),
    Label(zh="要点", en="summary"), Label(zh="核实程度", en="confidence"),
)  # fmt: skip
JUDGED: Final = Label(zh="由经办人判断", en="judged by the official")
TOTAL: Final = Label(zh="合计", en="total")
NOWHERE: Final = Label(zh="（未填）", en="(not stated)")
SEVERAL: Final = Label(zh="有多种可能", en="several are possible")
COLUMN: Final = Label(zh="列名", en="heading")
TAKEN_AS: Final = Label(zh="读作", en="read as")
UNREAD: Final = Label(zh="未读取", en="not read")
NOTE: Final = Label(zh="备注", en="note")
RULES: Final = (
    Label(zh="适用日期", en="date of the rules"), Label(zh="地区", en="place"), Label(zh="规则", en="rules"),
    Label(zh="结论", en="answers"),
)  # fmt: skip
NOTICE: Final = Label(zh="供参考，由工作人员确认", en="decision support; an official decides")


@attrs.define(kw_only=True)
class Results:
    """What each sheet shows of the rows of a list, worked out while they are gone through.

    Attributes:
        report: How answers are shown.
        columns: What the columns of the list mean.
        beside: The number of each row, its own cells, and the answers that stand beside them.
        linked: The heading and the row of each cell that was not understood, as they are listed.
    """

    report: Report
    columns: TableColumns
    beside: list[tuple[int, Line, Line]] = attrs.field(factory=list)
    linked: list[tuple[str, int]] = attrs.field(factory=list)
    _results: list[Line] = attrs.field(factory=list)
    _questions: list[Line] = attrs.field(factory=list)
    _problems: list[Line] = attrs.field(factory=list)
    _sites: dict[str, Counter[str]] = attrs.field(factory=dict)
    _cited: dict[Citation, None] = attrs.field(factory=dict)

    def add(self, item: Item) -> None:
        """Note a row."""
        answer = self.report.answer(item)
        self.beside.append((item.number, self.report.own_cells(item), tuple(answer.values())))
        self._results.append(self._result(item, answer))
        self._problems += self._unread(item)
        self.linked += [(problem.column, item.number) for problem in item.problems]
        self._sites.setdefault(self.site(item) or self.say(NOWHERE), Counter())[self._answer_of(item)] += 1
        if isinstance(item, Answered):
            self._questions += self._asked(item)
            self._cited.update(dict.fromkeys(_cited(item)))

    def say(self, label: Label) -> str:
        """Return a label in the language of the report."""
        return self.report.text(label)

    def site(self, item: Item) -> str:
        """Return what a row lies in, empty where the list does not say it."""
        place = self.columns.site
        return text_of(item.cells[place]) if place is not None and place < len(item.cells) else ""

    # ------------------------------------------------------------------------------------------------- the answers

    @property
    def names(self) -> tuple[str, ...]:
        """The answers that are shown for reading: the first one, why, what is missing, who, and the next step."""
        lists = self.report.policy.presentation.lists.tables[:1]
        steps = self.report.steps
        wanted = ("place", "date", self.report.policy.headline, "status", "why", "missing", *lists, *steps)
        return tuple(name for name in dict.fromkeys(wanted) if name in self.report.columns)

    @property
    def _has_sites(self) -> bool:
        return self.report.policy.presentation.entities.site is not None and self.columns.site is not None

    def results(self) -> Iterator[Line]:
        """Yield one line for each row, after the heads."""
        site = self.report.policy.presentation.entities.site
        own = [ID, NAME, *((site.label,) if site is not None and self._has_sites else ())]
        yield (*map(self.say, own), *map(self.report.heading, self.names), self.say(DOUBT))
        yield from self._results

    def _result(self, item: Item, answer: Mapping[str, str]) -> Line:
        """Return the answers of a row that are read, what is to be done with its day, one line for each day."""
        identity = (item.id, item.name, *((self.site(item),) if self._has_sites else ()))
        lines = self.report.step_lines(item) if isinstance(item, Answered) else []
        shown = ("\n".join(lines) if name in self.report.steps else answer[name] for name in self.names)
        remark = self.report.text(SECTION.filled(section=item.section)) if item.section else ""
        return (*identity, *shown, self.report.join((remark, self.report.reasons(item))))

    def values(self) -> tuple[str, ...]:
        """Return the labels of the values of the first answer, in the order of the rules."""
        policy = self.report.policy
        kind = policy.decisions[policy.headline].type if policy.headline in policy.decisions else None
        names = () if kind is None else kind.names
        return tuple(self.report.label_of((kind.enumeration if kind else "") or "", name) for name in names)

    # -------------------------------------------------------------------------------------------------- what is open

    def questions(self) -> Iterator[Line]:
        """Yield what is to be asked, by whom to ask and then by row, after the heads."""
        yield tuple(map(self.say, QUESTION_HEADS))
        order = list(dict.fromkeys(str(line[0]) for line in self._questions))
        yield from sorted(self._questions, key=lambda line: order.index(str(line[0])))

    def _asked(self, item: Answered) -> Iterator[Line]:
        policy = item.determination.policy
        entities = policy.presentation.entities
        for missing in item.determination.missing_facts:
            fact = policy.facts.get(missing.name)
            if fact is not None and policy.headline in missing.settles:
                whom = JUDGED if fact.is_judged else entities[fact.entity].label
                yield (self.say(whom), item.name or item.id, item.number, self.say(fact.label), self.say(fact.question))

    def problems(self) -> Iterator[Line]:
        """Yield the cells that were not understood, after the heads."""
        yield tuple(map(self.say, PROBLEM_HEADS))
        yield from self._problems

    def _unread(self, item: Item) -> Iterator[Line]:
        for problem in item.problems:
            told = problem.column, problem.value, problem.in_language(self.report.language), self._hint(problem.column)
            yield (item.number, item.id, item.name, *told)

    def _hint(self, heading: str) -> str:
        names = {self.columns.header[place]: name for place, name in self.columns.facts.items()}
        fact = self.report.policy.facts.get(names.get(heading, ""))
        return "" if fact is None else self.say(fact.question)

    # -------------------------------------------------------------------------------------------------------- counts

    def counts(self) -> Iterator[Line]:
        """Yield how many rows have each answer, for each site and together, after the heads."""
        heads = (*self.values(), self.say(SEVERAL), self.say(REFUSED))
        site = self.report.policy.presentation.entities.site
        yield (self.say(site.label if site is not None else NAME), *heads, self.say(TOTAL))
        sites = self._sites
        together = sum(sites.values(), Counter[str]())
        shown = [*sites.items(), (self.say(TOTAL), together)] if len(sites) > 1 else [(self.say(TOTAL), together)]
        for name, counted in shown:
            yield (name, *(counted[head] for head in heads), counted.total())

    def _answer_of(self, item: Item) -> str:
        if isinstance(item, Refused):
            return self.say(REFUSED)
        outcome = item.determination.outcomes.get(item.determination.policy.headline)
        if outcome is None or len(outcome.possible) != 1:
            return self.say(SEVERAL)
        return self.report.value(outcome, outcome.possible[0])

    # ---------------------------------------------------------------------------------------- legal bases and the run

    def bases(self) -> Iterator[Line]:
        """Yield every provision that answers rest on, after the heads."""
        yield tuple(map(self.say, BASIS_HEADS))
        for cited in self._cited:
            title, article, summary = map(self.say, (cited.title, cited.article, cited.summary))
            yield (title, cited.number, article, summary, cited.confidence)

    def run(self, notes: Iterable[Label]) -> Iterator[Line]:
        """Yield under which rules the list was answered, how its columns were taken, and what was noticed."""
        policy = self.report.policy
        shown = (policy.as_of.isoformat(), policy.jurisdiction, f"{policy.id} {policy.digest[:12]}", self.say(NOTICE))
        yield from zip(map(self.say, RULES), shown, strict=True)
        yield ()
        yield (self.say(COLUMN), self.say(TAKEN_AS))
        for place, heading in enumerate(self.columns.header):
            yield (heading, self._taken_as(place))
        yield ()
        yield from ((self.say(NOTE), self.say(note)) for note in notes)

    def _taken_as(self, place: int) -> str:
        fact = self.report.policy.facts.get(self.columns.facts.get(place, ""))
        if fact is not None:
            return self.say(fact.label)
        site = self.report.policy.presentation.entities.site
        own = {self.columns.identifier: ID, self.columns.name: NAME}
        label = own.get(place) or (site.label if site is not None and place == self.columns.site else UNREAD)
        return self.say(label)


def _cited(item: Answered) -> Iterator[Citation]:
    outcomes, policy = item.determination.outcomes, item.determination.policy
    for name in (policy.headline, *policy.presentation.lists.tables):
        if name in outcomes:
            yield from outcomes[name].citations
