"""The answer columns that stand beside a clerk's own columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import attrs

from cso_rules.determination import Determination, Outcome, Status
from cso_rules.explanation.lists import list_lines
from cso_rules.explanation.possible import possible_text
from cso_rules.explanation.shortfalls import why
from cso_rules.explanation.words import Words, presumed_text
from cso_rules.model.decisions import AbsentDecision, TableDecision
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.policy import Policy
from cso_rules.tables.answer.rows import Answered, Refused
from cso_rules.tables.problems import joined
from cso_rules.tables.read.cells import text_of
from cso_rules.tables.read.columns import TableColumns
from cso_rules.truth import Truth

HEADINGS: Final[Mapping[str, Label]] = {
    "section": Label(zh="所在部分", en="section"),
    "place": Label(zh="适用地区", en="place"),
    "date": Label(zh="规则日期", en="date of the rules"),
    "status": Label(zh="状态", en="status"),
    "why": Label(zh="为什么", en="why"),
    "missing": Label(zh="待补充信息", en="missing facts"),
    "citations": Label(zh="依据", en="legal basis"),
    "remarks": Label(zh="说明", en="remarks"),
}
STATUSES: Final[Mapping[Status, Label]] = {
    Status.DETERMINED: Label(zh="已确定", en="determined"),
    Status.UNDETERMINED: Label(zh="待补充", en="undetermined"),
    Status.UNSETTLED_BY_LAW: Label(zh="法律未明确", en="unsettled by law"),
    Status.NO_RULE_IN_FORCE: Label(zh="无现行规则", en="no rule in force"),
    Status.CONFLICT: Label(zh="规则冲突", en="conflict"),
}
CONTEXT: Final = frozenset({"place", "date"})
ID: Final = Label(zh="编号", en="id")
NAME: Final = Label(zh="名称", en="name")
REFUSED: Final = Label(zh="未处理", en="refused")
OPEN: Final = Label(zh="（待定）", en=" (open)")
OR: Final[Mapping[str, str]] = {"zh": " 或 ", "en": " or "}
SECTION: Final = Label(zh="所在部分：{section}", en="section: {section}")
SHORT_COLUMNS: Final = ("place", "date", "status", "missing", "remarks")
"""What a narrow table shows beside the headline."""


@attrs.frozen(kw_only=True)
class ListFile:
    """Where the rows of a list stand.

    Attributes:
        path: The file.
        sheet: The sheet of a workbook, None where the file is none or its rows are not simply those of a sheet.
        header_row: The number of the last row of the header.
        columns: What its columns mean.
        notes: Returns what was noticed, when all rows were gone through.
    """

    path: Path
    sheet: str | None
    header_row: int
    columns: TableColumns
    notes: Callable[[], Iterable[Label]] = tuple


@attrs.frozen(kw_only=True)
class Report:
    """How answers are shown: the headings of the file, the policy for labels, the language.

    Attributes:
        varying: Which of `place` and `date` differ from row to row, so that each row says its own.
        source: Where the rows stand, so that a workbook can keep the list as it was.
        width: How wide a table may be; None is as wide as it has to be.
        has_section: Whether the part of the table in which a row stands has a column; otherwise it is a remark.
    """

    header: tuple[str, ...]
    policy: Policy
    language: str = "zh"
    varying: frozenset[str] = frozenset()
    source: ListFile | None = None
    width: int | None = None
    has_section: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the answer columns."""
        headline, decisions = self.policy.headline, filter(self._may_answer, self.policy.presentation.lists.tables)
        before = (*(("section",) if self.has_section else ()), "place", "date", headline, "status", "why")
        names = (*before, *decisions, *self.steps, "missing", "citations", "remarks")
        known = {*HEADINGS, *self.policy.decisions} - (CONTEXT - self.varying)
        return tuple(dict.fromkeys(name for name in names if name in known))

    def _may_answer(self, name: str) -> bool:
        """Tell whether a decision answers anywhere: here, or perhaps in another place that rows name."""
        return bool(self.varying) or not isinstance(self.policy.decisions.get(name), AbsentDecision)

    @property
    def steps(self) -> tuple[str, ...]:
        """The list of what is to be done next, each with its day."""
        return tuple(filter(self.policy.decisions.__contains__, self.policy.presentation.notices.steps[:1]))

    def heading(self, column: str) -> str:
        """Return what a column of the answers is called."""
        return self.text(self.policy.heading(column) if column in self.policy.decisions else HEADINGS[column])

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of the output: those of the file, then those of the answers, never twice the same."""
        own = list(self.header)
        for name in self.columns:
            text = self.heading(name)
            own.append(f"{text} (cso-rules)" if text in own else text)
        return tuple(own)

    def text(self, label: Label) -> str:
        """Return a label in the language of the report."""
        return label.in_language(self.language)

    def answer(self, item: Answered | Refused, columns: Iterable[str] | None = None) -> dict[str, str]:
        """Return the answer columns of a row by name, all of them or some."""
        names = tuple(self.columns if columns is None else columns)
        if isinstance(item, Refused):
            return dict.fromkeys(names, "") | {
                "status": self.text(REFUSED),
                "remarks": self.join((*_sections(self, item), self.reasons(item))),
                **({"section": item.section} if "section" in names else {}),
            }
        own = attrs.evolve(self, policy=item.determination.policy)
        return {name: own.column(name, item) for name in names}

    def column(self, name: str, item: Answered) -> str:
        """Return one of the answer columns of a row."""
        if name == self.policy.headline:
            return _main_answer(self, item)
        if name not in self.policy.decisions:
            return _COLUMNS[name](self, item)
        return self.join(self.step_lines(item)) if name in self.steps else _decided(self, item, name)

    def step_lines(self, item: Answered) -> list[str]:
        """Return what is to be done next about a row, one line for each day."""
        found = item.determination
        outcomes = [found.outcomes[name] for name in self.steps if name in found.outcomes]
        words = Words(found.policy, self.language)
        return [line for outcome in outcomes for line in list_lines(words, found, outcome)]

    def cells(self, item: Answered | Refused) -> tuple[str, ...]:
        """Return the columns of the file as text, with the answer columns after them."""
        return (*self.own_cells(item), *self.answer(item).values())

    def own_cells(self, item: Answered | Refused) -> tuple[str, ...]:
        """Return the columns of the file as text, one for each heading."""
        own = [text_of(cell) for cell in item.cells[: len(self.header)]]
        return (*own, *[""] * (len(self.header) - len(own)))

    def reasons(self, item: Answered | Refused) -> str:
        """Return in one line which cells of a row were not understood."""
        return joined(item.problems, self.language)

    def join(self, texts: Iterable[str]) -> str:
        """Return texts as one list, each once."""
        return ("；" if self.language == "zh" else "; ").join(dict.fromkeys(text for text in texts if text))

    def value(self, outcome: Outcome, value: object) -> str:
        """Return the label of a value of a decision."""
        return self.label_of(outcome.decision.type.enumeration or "", str(value))

    def label_of(self, enumeration: str, value: str) -> str:
        """Return the label of a value, looked for in the named enumeration and then in all."""
        named = self.policy.enumerations.get(enumeration)
        for found in (*((named,) if named else ()), *self.policy.enumerations.values()):
            if value in found.values:
                return self.text(found.labels[found.values.index(value)])
        return value

    def citation(self, citation: Citation) -> str:
        """Return a provision as it is cited."""
        return f"{self.text(citation.title)} {citation.number} {self.text(citation.pinpoint)}".strip()


def _main(determination: Determination) -> Outcome | None:
    return determination.outcomes.get(determination.policy.headline)


def _main_answer(report: Report, item: Answered) -> str:
    outcome = _main(item.determination)
    if outcome is None or outcome.status is Status.NO_RULE_IN_FORCE:
        return ""
    return OR[report.language].join(report.value(outcome, value) for value in outcome.possible)


def _status(report: Report, item: Answered) -> str:
    outcome = _main(item.determination)
    return report.text(STATUSES[outcome.status]) if outcome else ""


def _decided(report: Report, item: Answered, decision: str) -> str:
    """Return what a decision says of a row: the items of a list, the value of another one or what it may be."""
    outcome = item.determination.outcomes.get(decision)
    if outcome is None or outcome.status is Status.NO_RULE_IN_FORCE:
        return ""
    if isinstance(outcome.decision, TableDecision) and outcome.decision.has_multiple_hits:
        return report.join(_item(report, outcome, columns, truth) for _, columns, truth in outcome.items)
    words = Words(item.determination.policy, report.language)
    if outcome.decision.type.is_numeric:
        return possible_text(words, item.determination, outcome)
    return OR[report.language].join(dict.fromkeys(words.value(decision, value) for value in outcome.possible))


def _sections(report: Report, item: Answered | Refused) -> Iterator[str]:
    """Yield in which part of the table a row stands, where no column says it."""
    if item.section and not report.has_section:
        yield report.text(SECTION.filled(section=item.section))


def _item(report: Report, outcome: Outcome, columns: Mapping[str, str], truth: Truth) -> str:
    own = outcome.decision.type.enumeration or ""
    kinds = dict(outcome.decision.columns) if isinstance(outcome.decision, TableDecision) else {}
    colon = "：" if report.language == "zh" else ": "
    text = colon.join(report.label_of(kinds.get(name) or name or own, value) for name, value in columns.items())
    return text + (report.text(OPEN) if truth is Truth.UNKNOWN else "")


def _missing(report: Report, item: Answered) -> str:
    main = item.determination.policy.headline
    names = [missing.name for missing in item.determination.missing_facts if main in missing.settles]
    facts = item.determination.policy.facts
    return report.join(report.text(facts[name].label) if name in facts else name for name in names)


def _citations(report: Report, item: Answered) -> str:
    outcome = _main(item.determination)
    return report.join(report.citation(citation) for citation in outcome.citations) if outcome else ""


def _remarks(report: Report, item: Answered) -> str:
    outcome = _main(item.determination)
    rules = (report.text(rule.label) for rule in outcome.deciding()) if outcome else ()
    readings = item.determination.policy.readings
    unsettled = outcome is not None and outcome.status is Status.UNSETTLED_BY_LAW
    names = item.determination.open_readings if unsettled else ()
    opened = (report.text(readings[name].label) for name in names if name in readings)
    own = (report.text(warning) for warning in item.warnings)
    amended = (report.text(amendment.remark) for amendment in item.determination.amended)
    place = item.determination.policy.place_notice
    noticed = () if place is None else (report.text(place),)
    unread = (problem.text(report.language) for problem in item.problems)
    words = Words(item.determination.policy, report.language)
    presumed = (words.say("presumed", text=presumed_text(words, found)) for found in item.determination.presumed)
    sections, warned = _sections(report, item), _noted(report, item)
    return report.join((*sections, *rules, *warned, *presumed, *opened, *amended, *own, *noticed, *unread))


def _noted(report: Report, item: Answered) -> Iterator[str]:
    """Yield what the rules warn of for certain."""
    outcome = item.determination.outcomes.get(report.policy.presentation.lists.remarks or "")
    for _, columns, truth in outcome.items if outcome else ():
        if outcome is not None and truth is Truth.TRUE:
            yield _item(report, outcome, columns, truth)


_COLUMNS: Final[Mapping[str, Callable[[Report, Answered], str]]] = {
    "section": lambda _, item: item.section,
    "place": lambda _, item: item.determination.policy.jurisdiction,
    "date": lambda _, item: item.determination.as_of.isoformat(),
    "status": _status,
    "why": lambda report, item: why(item.determination, report.language),
    "missing": _missing,
    "citations": _citations,
    "remarks": _remarks,
}
