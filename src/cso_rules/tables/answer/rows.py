"""Every row is answered or refused, and counted.

A cell that is not understood is unknown, with a problem that names it; the answer is right, only wider. A row that says
no place, date or organization that can be read is refused.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final, TypeAlias

import attrs

from cso_rules.determination import Determination
from cso_rules.diagnostics import escape
from cso_rules.engine.determine import determine
from cso_rules.errors import CsoRulesError, FactProblem, FactProblemKind, FactsError
from cso_rules.model.coded import Coded, said
from cso_rules.model.instruments import Label
from cso_rules.model.personal import MASK
from cso_rules.model.policy import Policy
from cso_rules.model.spelling.column_habits import Habit
from cso_rules.model.spelling.spellings import is_error
from cso_rules.model.types import UNKNOWN
from cso_rules.tables.answer.fact_cells import facts_of_row
from cso_rules.tables.problems import CellProblem, CellProblemKind, FileProblem
from cso_rules.tables.read.asides import asides_note, no_heading_note
from cso_rules.tables.read.cells import Aside, Cell, Row, Sheet, text_of
from cso_rules.tables.read.columns import TableColumns
from cso_rules.tables.read.xlsx.unread_cells import UnreadCell

PolicyForRow = Callable[[Mapping[str, Cell]], Policy]
AHEAD: Final = 1 << 16
"""Rows that are looked at together, to tell counts from answers of yes and no."""
KINDS: Final[Mapping[CellProblemKind, FactProblemKind]] = {
    "not_understood": "wrong_type",
    "impossible": "impossible_value",
    "contradiction": "contradiction",
}
"""What is wrong with a cell, as what is wrong with its fact."""
EXAMPLES: Final = 3
_ENDED: Final = re.compile(r"(?<=[(（【\[])(?:已|被)?(?:注销|撤销|撤并|撤消|解散|合并|停办|取消)[^()（）【】\[\]]*")
SHOWN: Final = 100
"""Rows of each kind whose numbers are kept."""


@attrs.frozen
class CellRefusal:
    """A cell that says no place or no date, with its heading."""

    heading: str
    value: str
    reason: Label

    def of_row(self, number: int) -> CellProblem:
        """Return it as what is wrong with a row."""
        return CellProblem.of_context(number, self.heading, self.value, self.reason)


class ContextError(CsoRulesError, ValueError):
    """A row for which it cannot be told which rules apply."""

    def __init__(self, refusals: Iterable[CellRefusal]) -> None:
        """Keep every cell that is to be corrected."""
        self.refusals = tuple(refusals)
        super().__init__(self.refusals)

    def in_language(self, language: str) -> str:
        """Return every cell with what is wrong in `zh` or `en`."""
        marks = ("；", "：") if language == "zh" else ("; ", ": ")
        texts = (item.heading + marks[1] + item.reason.in_language(language) for item in self.refusals)
        return escape(marks[0].join(texts))

    def __str__(self) -> str:
        """Return every cell with what is wrong in English."""
        return self.in_language("en")


@attrs.frozen(kw_only=True)
class _Item:
    number: int
    id: str
    name: str
    cells: tuple[Cell, ...]
    section: str = ""
    """The heading of the part of the table in which it stands, such as 一、文体类; empty where there is none."""


@attrs.frozen(kw_only=True)
class Answered(_Item):
    """A row with its determination.

    Attributes:
        determination: What follows from the cells that were understood.
        problems: The cells that were not; what they hold is unknown to the determination.
        warnings: What is odd about the row, such as a repeated id.
    """

    determination: Determination
    problems: tuple[CellProblem, ...] = ()
    warnings: tuple[Label, ...] = ()


@attrs.frozen(kw_only=True)
class Refused(_Item):
    """A row that was not answered, with everything that was not understood in it."""

    problems: tuple[CellProblem, ...]


@attrs.frozen(kw_only=True)
class Passed(_Item):
    """A row that was read and is not answered, because only others were asked about; some cells may be unread."""

    problems: tuple[CellProblem, ...]


RowFits: TypeAlias = "Callable[[Row, tuple[str, str]], bool]"
"""Whether a row with this id and name is one that was asked about."""


@attrs.define
class NotedCells:
    """How many cells of a column a person should be told of, and some of what stands in them."""

    count: int = 0
    texts: list[str] = attrs.field(factory=list)

    def add(self, texts: Iterable[str], count: int = 1) -> None:
        """Count cells."""
        self.count += count
        new = (text for text in texts if text not in self.texts)
        self.texts += islice(new, EXAMPLES - len(self.texts))

    def note(self, heading: str, words: Label) -> Label:
        """Return what a person should be told."""
        english = ", ".join(repr(text[:20]) for text in self.texts)
        chinese = "".join(f"“{text[:20]}”" for text in self.texts)
        heading = heading[:40]
        return Label(
            en=words.en.format(heading=heading, texts=english, count=self.count),
            zh=words.zh.format(heading=heading, texts=chinese, count=self.count),
        )


SAYS_NOTHING: Final = Label(
    en="{heading}: cells that say nothing ({texts}), taken as unknown: {count}",
    zh="“{heading}”有 {count} 格只填了{texts}，按不详处理",
)
READ_IN_PART: Final = Label(
    en="{heading}: cells of which a part was read, and the rest taken as a remark ({texts})",
    zh="“{heading}”有单元格只读取其中一部分，其余视为备注（{texts}）",
)


@attrs.define
class Summary:
    """Counts; after the last row `read == answered + refused`, rows that are no organizations are apart.

    Attributes:
        totals: How many rows of totals there are; `totals_rows` are the numbers of the first of them.
        asides: How many headings of sections, notes and lines for signatures; `asides_rows` are their numbers likewise.
        units_rows: Numbers of those among them that speak of a unit.
        further: How many further lines about an organization there are; `further_rows` are their numbers likewise.
        fillers: Cells that only say that nothing is said, by heading.
        in_doubt: How many of the answered rows have cells that were not understood.
        unread: How many such cells there are, by heading and by what is wrong with them.
        in_part: Examples of cells of which a part was read, by heading.
        unheaded: How many cells stand below each blank heading, by place.
    """

    read: int = 0
    answered: int = 0
    refused: int = 0
    totals: int = 0
    totals_rows: list[int] = attrs.field(factory=list)
    asides: int = 0
    asides_rows: list[int] = attrs.field(factory=list)
    units_rows: list[int] = attrs.field(factory=list)
    further: int = 0
    further_rows: list[int] = attrs.field(factory=list)
    fillers: defaultdict[str, NotedCells] = attrs.field(factory=lambda: defaultdict(NotedCells))
    in_doubt: int = 0
    unread: Counter[tuple[str, CellProblemKind]] = attrs.field(factory=Counter)
    in_part: defaultdict[str, NotedCells] = attrs.field(factory=lambda: defaultdict(NotedCells))
    unheaded: Counter[int] = attrs.field(factory=Counter)

    def note_aside(self, number: int, aside: Aside) -> None:
        """Count a row that is no organization, and keep its number if it is among the first ones."""
        self.totals += aside == "totals"
        self.further += aside == "further"
        self.asides += aside not in {"totals", "further"}
        own = {"totals": self.totals_rows, "further": self.further_rows}.get(aside, self.asides_rows)
        for rows in (own, *((self.units_rows,) if aside == "unit" else ())):
            if len(rows) < SHOWN:
                rows.append(number)

    def count(self, item: Answered | Refused | Passed) -> None:
        """Count an organization; one that was not asked about is among those that were read alone."""
        self.read += 1
        self.count_cells(item.problems)
        if isinstance(item, Passed):
            return
        if isinstance(item, Answered):
            self.answered += 1
            self.in_doubt += bool(item.problems)
        else:
            self.refused += 1

    def count_cells(self, problems: Iterable[CellProblem]) -> None:
        """Count the cells of a row that were not understood; one that contradicts others in several ways once."""
        self.unread.update({cell for found in problems if (cell := found.unread) is not None})

    @property
    def notes(self) -> tuple[Label, ...]:
        """What a person should be told about rows that are in neither count."""
        counts = (self.totals, self.totals_rows), (self.asides, self.asides_rows), (self.further, self.further_rows)
        more = " …" if any(count > len(rows) for count, rows in counts) else ""
        return (
            *asides_note(self.totals_rows, self.asides_rows, self.units_rows, self.further_rows, more),
            *no_heading_note(self.unheaded),
            *(found.note(heading, SAYS_NOTHING) for heading, found in sorted(self.fillers.items())),
            *(found.note(heading, READ_IN_PART) for heading, found in sorted(self.in_part.items())),
        )


@attrs.define(kw_only=True)
class _Reader:
    policy_for_row: PolicyForRow
    columns: TableColumns
    readings: Mapping[str, str]
    engine: str
    ask: bool
    is_strict: bool
    summary: Summary
    fits: RowFits | None = None
    """Which rows were asked about; None where all were."""
    seen: dict[str, int] = attrs.field(factory=dict)
    in_doubt: dict[int, Habit] = attrs.field(factory=dict)
    """Columns in which some texts mean nothing certain because of others."""
    taken: set[int] = attrs.field(factory=set)
    """Columns in which such a text was taken for a value."""

    def items(self, sheet: Sheet) -> Iterator[Answered | Refused | Passed]:
        """Yield every organization, and count it."""
        while rows := list(islice(sheet.rows, AHEAD)):
            self.look_ahead(rows)
            for row in rows:
                if row.aside is None:
                    item = self.item(row)
                    self.summary.count(item)
                    yield item

    def item(self, row: Row) -> Answered | Refused | Passed:
        identity = self._identity(row)
        if row.problem:
            return self._refuse(row, identity, [CellProblem.of_row(row.number, row.problem)])
        if unread := self._unread_identity(row):
            return self._refuse(row, identity, unread)
        try:
            policy = self.policy_for_row(dict(zip(self.columns.header, row.cells, strict=True)))
        except ContextError as error:
            return self._refuse(row, identity, [found.of_row(row.number) for found in error.refusals])
        except (ValueError, LookupError) as error:
            return self._refuse(row, identity, [CellProblem.of_row(row.number, said("row-refused", cause=error))])
        facts, problems = self._facts(policy, row)
        if self.fits is not None and not self.fits(row, identity):
            self.seen.setdefault(identity[0], row.number)
            return Passed(
                number=row.number, id=identity[0], name=identity[1], cells=row.cells, section=row.section,
                problems=tuple(problems),
            )  # fmt: skip
        return self._answer(policy, row, identity, facts, problems)

    def _answer(
        self,
        policy: Policy,
        row: Row,
        identity: tuple[str, str],
        facts: dict[str, object],
        problems: list[CellProblem],
    ) -> Answered | Refused:
        """Answer by the facts that were understood; of those that are impossible or contradictory none is known."""
        found: Determination | None = None
        while found is None:
            try:
                found = determine(
                    policy, facts, readings=self.readings, engine=self.engine, ask=self.ask,
                    problems=self._unread_facts(policy, problems),
                )  # fmt: skip
            except FactsError as error:
                doubtful = [(name, found) for found in error.problems for name in found.facts]
                if not any(name in facts for name, _ in doubtful):
                    raise
                problems += [self._facts_problem(policy, row, name, found) for name, found in doubtful]
                doubted = {
                    name: UNKNOWN for name, _ in doubtful if name in policy.facts and policy.facts[name].presumed
                }
                facts = {name: value for name, value in facts.items() if name not in dict(doubtful)} | doubted
        problems.sort(key=self._order)
        if self.is_strict and problems:
            return self._refuse(row, identity, problems)
        warnings = (*self._warnings(identity[0], row.number), *_said_of_the_end(identity[1]))
        return Answered(
            number=row.number,
            id=identity[0],
            name=identity[1],
            cells=row.cells,
            section=row.section,
            determination=found,
            problems=tuple(problems),
            warnings=warnings,
        )

    def _order(self, problem: CellProblem) -> tuple[int, int]:
        """Return where a problem is told: facts by their columns, what is said about them, contradictions."""
        if problem.kind == "contradiction":
            return 2, 0
        place = self.columns.header.index(problem.column)
        return int(place in self.columns.about), place

    def _refuse(self, row: Row, identity: tuple[str, str], problems: list[CellProblem]) -> Refused:
        return Refused(
            number=row.number, id=identity[0], name=identity[1], cells=row.cells, section=row.section,
            problems=tuple(problems),
        )  # fmt: skip

    def _identity(self, row: Row) -> tuple[str, str]:
        found = (_at(row.cells, place) for place in (self.columns.identifier, self.columns.name))
        identifier, name = found
        return identifier or str(row.number), name

    def _unread_identity(self, row: Row) -> list[CellProblem]:
        """Return what is wrong with the cells that say which organization it is, and whose rules apply to it."""
        columns, found = self.columns, list[CellProblem]()
        for place in (*columns.own_places, *(place for place in (columns.place, columns.date) if place is not None)):
            heading, cell = columns.header[place], row.cells[place]
            if isinstance(cell, UnreadCell):
                found.append(CellProblem.of_context(row.number, heading, cell, cell.reason))
            elif place in columns.own_places and is_error(text_of(cell)):
                found.append(CellProblem.of_context(row.number, heading, text_of(cell), said("identity-error")))
        return found

    def _warnings(self, identifier: str, number: int) -> tuple[Label, ...]:
        first = self.seen.setdefault(identifier, number)
        if first == number:
            return ()
        return (
            Label(
                en=f"the id {identifier} stands in row {first} already",
                zh=f"编号 {identifier} 与第 {first} 行重复",
            ),
        )

    def _facts(self, policy: Policy, row: Row) -> tuple[dict[str, object], list[CellProblem]]:
        found = facts_of_row(policy, row, self.columns, self.in_doubt)
        for heading, text in found.fillers:
            self.summary.fillers[heading].add([text])
        for heading, text in found.in_part:
            self.summary.in_part[heading].add([text])
        return found.said, found.problems

    def look_ahead(self, rows: list[Row]) -> None:
        """Count the rows that are no organizations, and find the columns whose texts cast doubt on one another.

        Raises:
            FileProblem: A doubtful text was taken for a value in earlier rows of such a column.
        """
        blank = [place for place, text in enumerate(self.columns.header) if not text.strip()]
        for row in rows:
            if row.aside is not None:
                self.summary.note_aside(row.number, row.aside)
            else:
                self.summary.unheaded.update(place for place in blank if _at(row.cells, place))
        for place, habit in self.columns.habits.items():
            if place not in self.in_doubt:
                self._look_at(place, habit, [(row.number, _at(row.cells, place)) for row in rows if _is_read(row)])

    def _look_at(self, place: int, habit: Habit, texts: list[tuple[int, str]]) -> None:
        sign = next((number for number, text in texts if habit.is_sign(text)), None)
        if sign is not None and place in self.taken:
            raise _late_sign(self.columns.header[place], sign, habit)
        if sign is not None:
            self.in_doubt[place] = habit
        elif any(habit.is_doubtful(text) for _, text in texts):
            self.taken.add(place)

    def _unread_facts(self, policy: Policy, problems: Iterable[CellProblem]) -> list[FactProblem]:
        """Return what the cells that were not understood say, by their facts."""
        facts = {self.columns.heading_of(name): name for name in self.columns.facts.values() if name in policy.facts}
        return [
            FactProblem(
                kind=KINDS[found.kind], fact=facts[found.column], value=found.value,
                message_en=found.reason.en, message_zh=found.reason.zh, code=found.code,
            )
            for found in problems
            if found.column in facts
        ]  # fmt: skip

    def _facts_problem(self, policy: Policy, row: Row, name: str, found: FactProblem) -> CellProblem:
        place = next((place for place, fact in self.columns.facts.items() if fact == name), None)
        kind: CellProblemKind = "contradiction" if found.kind == "contradiction" else "impossible"
        heading, text = self.columns.heading_of(name), _at(row.cells, place)
        shown = MASK if policy.is_personal(name) else text
        reason = found.reason(policy.facts[name].label.zh) if name in policy.facts else found.reason()
        english, chinese = reason
        code = found.code or kind.replace("_", "-")
        return CellProblem(row.number, heading, shown, Coded(en=english, zh=chinese, code=code), kind)


def answers(  # noqa: PLR0913 - what a run consists of
    policy_for_row: PolicyForRow,
    sheet: Sheet,
    columns: TableColumns,
    *,
    readings: Mapping[str, str] | None = None,
    engine: str = "compiled",
    ask: bool = True,
    is_strict: bool = False,
    summary: Summary | None = None,
) -> Iterator[Answered | Refused]:
    """Answer or refuse every row, in order.

    Args:
        policy_for_row: The policy for the cells of a row by heading; a ContextError, or another ValueError or
            LookupError, refuses it.
        sheet: The table; its rows are read once.
        columns: What its columns mean.
        readings: Chosen options of ambiguous texts.
        engine: Name of an executor.
        ask: Whether to find out which missing facts to ask for.
        is_strict: Whether a cell that is not understood refuses its row; otherwise its fact is unknown.
        summary: Counts, updated while rows are taken.
    """
    reader = _Reader(
        policy_for_row=policy_for_row, columns=columns, readings=readings or {}, engine=engine, ask=ask,
        is_strict=is_strict, summary=Summary() if summary is None else summary,
    )  # fmt: skip
    for item in reader.items(sheet):
        if not isinstance(item, Passed):  # none is, where all rows are asked about
            yield item


def answers_where(  # noqa: PLR0913 - what a run consists of
    fits: RowFits,
    policy_for_row: PolicyForRow,
    sheet: Sheet,
    columns: TableColumns,
    *,
    readings: Mapping[str, str] | None = None,
    is_strict: bool = False,
    summary: Summary | None = None,
) -> Iterator[Answered | Refused | Passed]:
    """Answer or refuse the rows that are asked about, as `answers` does; the others are read, and passed on.

    Args:
        fits: Tells whether a row is asked about.
        policy_for_row: As of `answers`.
        sheet: As of `answers`.
        columns: As of `answers`.
        readings: As of `answers`.
        is_strict: As of `answers`.
        summary: Counts of all rows, updated while they are taken.
    """
    reader = _Reader(
        policy_for_row=policy_for_row, columns=columns, readings=readings or {}, engine="compiled", ask=True,
        is_strict=is_strict, summary=Summary() if summary is None else summary, fits=fits,
    )  # fmt: skip
    yield from reader.items(sheet)


def _said_of_the_end(name: str) -> Iterator[Label]:
    """Yield what a person should be told where a name says that there is no such organization any more."""
    if found := _ENDED.search(name):
        yield Label(
            en=f"the name says {found[0]}: the answer is by the other cells; look whether it still exists",
            zh=f"名称中注明“{found[0]}”：结论只依据其他单元格，请核对该组织是否仍存在",
        )


def _is_read(row: Row) -> bool:
    return row.aside is None and row.problem is None


def _late_sign(heading: str, number: int, habit: Habit) -> FileProblem:
    place = Label(en=f"{heading!r}, row {number}", zh=f"“{heading}”第 {number} 行")
    return FileProblem.of("file-late-sign", place, cause=habit.problem)


def _at(cells: tuple[Cell, ...], place: int | None) -> str:
    return text_of(cells[place]) if place is not None and place < len(cells) else ""
