"""Every row is answered or refused, and counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

import attrs

from cso_rules.determination import Determination
from cso_rules.engine.determine import determine
from cso_rules.errors import FactsError
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Policy
from cso_rules.model.spellings import NO_SPELLINGS, SpellingError, read_text, spellings_of
from cso_rules.model.types import Value
from cso_rules.population.cells import Cell, Row, Sheet, text_of
from cso_rules.population.columns import Columns
from cso_rules.population.unread_cells import UnreadCell, brief

PolicyForRow = Callable[[Mapping[str, Cell]], Policy]
ERROR_VALUE: Final = re.compile(r"#(DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!)")


@attrs.frozen
class CellProblem:
    """A cell that was not understood; `column` is empty when the problem is of the row as a whole."""

    row: int
    column: str
    value: str = attrs.field(converter=brief)
    reason_en: str
    reason_zh: str


@attrs.frozen
class CellRefusal:
    """A cell that says no place or no date, with its heading."""

    heading: str
    value: str
    reason: Label


class ContextError(ValueError):
    """A row for which it cannot be told which rules apply."""

    def __init__(self, refusals: Iterable[CellRefusal]) -> None:
        """Keep every cell that is to be corrected."""
        self.refusals = tuple(refusals)
        super().__init__("; ".join(f"{item.heading}: {item.reason.en}" for item in self.refusals))


@attrs.frozen(kw_only=True)
class _Item:
    number: int
    id: str
    name: str
    cells: tuple[Cell, ...]


@attrs.frozen(kw_only=True)
class Answered(_Item):
    """A row with its determination; `warnings` says what is odd about the row, such as a repeated id."""

    determination: Determination
    warnings: tuple[Label, ...] = ()


@attrs.frozen(kw_only=True)
class Refused(_Item):
    """A row that was not answered, with everything that was not understood in it."""

    problems: tuple[CellProblem, ...]


@attrs.define
class Summary:
    """Counts; after the last row `read == answered + refused`, rows of totals are apart."""

    read: int = 0
    answered: int = 0
    refused: int = 0
    totals: int = 0
    totals_rows: list[int] = attrs.field(factory=list)

    def note_totals(self, number: int) -> None:
        """Count a row of totals, which is no organization."""
        self.totals += 1
        self.totals_rows.append(number)

    def count(self, item: Answered | Refused) -> None:
        """Count an organization."""
        self.read += 1
        if isinstance(item, Answered):
            self.answered += 1
        else:
            self.refused += 1

    @property
    def notes(self) -> tuple[Label, ...]:
        """What a person should be told about rows that are in neither count."""
        if not self.totals:
            return ()
        numbers = ", ".join(map(str, self.totals_rows))
        return (Label(en=f"rows of totals skipped: {numbers}", zh=f"合计行未作为组织处理：{numbers}"),)


@attrs.define(kw_only=True)
class _Reader:
    policy_for_row: PolicyForRow
    columns: Columns
    readings: Mapping[str, str]
    engine: str
    ask: bool
    seen: dict[str, int] = attrs.field(factory=dict)

    def item(self, row: Row) -> Answered | Refused:
        identity = self._identity(row)
        if row.problem:
            return self._refuse(row, identity, [_row_problem(row.number, row.problem)])
        if unread := self._unread_identity(row):
            return self._refuse(row, identity, unread)
        try:
            policy = self.policy_for_row(dict(zip(self.columns.header, row.cells, strict=True)))
        except ContextError as error:
            return self._refuse(row, identity, [_context_problem(row.number, found) for found in error.refusals])
        except (ValueError, LookupError) as error:
            return self._refuse(row, identity, [_row_problem(row.number, Label(en=str(error), zh=str(error)))])
        facts, problems = self._facts(policy, row)
        if problems:
            return self._refuse(row, identity, problems)
        return self._answer(policy, row, identity, facts)

    def _answer(
        self, policy: Policy, row: Row, identity: tuple[str, str], facts: dict[str, Value]
    ) -> Answered | Refused:
        try:
            found = determine(policy, facts, readings=self.readings, engine=self.engine, ask=self.ask)
        except FactsError as error:
            return self._refuse(row, identity, self._facts_problems(row, error))
        warnings = self._warnings(identity[0], row.number)
        return Answered(
            number=row.number,
            id=identity[0],
            name=identity[1],
            cells=row.cells,
            determination=found,
            warnings=warnings,
        )

    def _refuse(self, row: Row, identity: tuple[str, str], problems: list[CellProblem]) -> Refused:
        return Refused(number=row.number, id=identity[0], name=identity[1], cells=row.cells, problems=tuple(problems))

    def _identity(self, row: Row) -> tuple[str, str]:
        found = (_at(row.cells, place) for place in (self.columns.identifier, self.columns.name))
        identifier, name = found
        return identifier or str(row.number), name

    def _unread_identity(self, row: Row) -> list[CellProblem]:
        """Return what is wrong with the cells that say which organization it is, and whose rules apply to it."""
        own = self.columns
        places = (own.identifier, own.name, own.community, own.place, own.date)
        cells = ((own.header[place], row.cells[place]) for place in places if place is not None)
        return [_unread(row.number, heading, cell) for heading, cell in cells if isinstance(cell, UnreadCell)]

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

    def _facts(self, policy: Policy, row: Row) -> tuple[dict[str, Value], list[CellProblem]]:
        facts: dict[str, Value] = {}
        problems: list[CellProblem] = []
        for place, name in self.columns.facts.items():
            if name not in policy.facts:  # a fact of the rules of another place
                continue
            try:
                value = read_cell(policy, name, row.cells[place])
            except SpellingError as error:
                heading, text = self.columns.header[place], text_of(row.cells[place])
                problems.append(CellProblem(row.number, heading, text, error.en, error.zh))
            else:
                if value is not None:
                    facts[name] = value
        return facts, problems

    def _facts_problems(self, row: Row, error: FactsError) -> list[CellProblem]:
        return [
            CellProblem(
                row.number,
                self.columns.heading_of(found.fact),
                found.value,
                found.message_en,
                found.message_zh,
            )
            for found in error.problems
        ]


def answers(  # noqa: PLR0913 - what a run consists of
    policy_for_row: PolicyForRow,
    sheet: Sheet,
    columns: Columns,
    *,
    readings: Mapping[str, str] | None = None,
    engine: str = "compiled",
    ask: bool = True,
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
        summary: Counts, updated while rows are taken.
    """
    reader = _Reader(policy_for_row=policy_for_row, columns=columns, readings=readings or {}, engine=engine, ask=ask)
    counts = Summary() if summary is None else summary
    for row in sheet.rows:
        if row.is_totals:
            counts.note_totals(row.number)
        else:
            item = reader.item(row)
            counts.count(item)
            yield item


def read_cell(policy: Policy, name: str, cell: Cell) -> Value | None:
    """Return the value of a fact in a cell, None when it is blank.

    Raises:
        SpellingError: The cell was not understood.
    """
    fact, text = policy.facts[name], text_of(cell)
    if isinstance(cell, UnreadCell):
        raise SpellingError(cell.reason.en, cell.reason.zh)
    if isinstance(cell, str) and ERROR_VALUE.fullmatch(text):
        raise SpellingError(f"an error value of the spreadsheet: {text}", f"电子表格的错误值：{text}")
    if isinstance(cell, bool) and fact.type.kind != "boolean":
        raise SpellingError("true or false is no value of this column", "此列不能填写真/假值")
    spellings = _spellings(fact.type.enumeration, _Vocabulary(policy)) if fact.type.enumeration else NO_SPELLINGS
    return read_text(fact.type, text, spellings)


@attrs.frozen(eq=False)
class _Vocabulary:
    """A policy that is compared by its digest, so that a cache stays quick."""

    policy: Policy

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Vocabulary) and self.policy.digest == other.policy.digest

    def __hash__(self) -> int:
        return hash(self.policy.digest)


@lru_cache(maxsize=1024)
def _spellings(enumeration: str, vocabulary: _Vocabulary) -> Mapping[str, str]:
    return spellings_of(vocabulary.policy.enumerations[enumeration])


def _at(cells: tuple[Cell, ...], place: int | None) -> str:
    return text_of(cells[place]) if place is not None and place < len(cells) else ""


def _context_problem(number: int, found: CellRefusal) -> CellProblem:
    return CellProblem(number, found.heading, found.value, found.reason.en, found.reason.zh)


def _unread(number: int, heading: str, cell: UnreadCell) -> CellProblem:
    return CellProblem(number, heading, cell, cell.reason.en, cell.reason.zh)


def _row_problem(number: int, reason: Label) -> CellProblem:
    return CellProblem(number, "", "", reason.en, reason.zh)
