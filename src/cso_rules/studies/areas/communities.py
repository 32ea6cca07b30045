"""The sites of an area: from their own table, or as the table of subjects names them.

In come sheets; out go a roster, and the table of subjects with what the roster knows put into its rows.
Guaranteed: a site stands in the roster once; a subject whose row contradicts the roster is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import attrs

from cso_rules.model.instruments import Label
from cso_rules.model.policy import Policy
from cso_rules.model.spelling.spellings import SpellingError, is_error, is_filler, normalised
from cso_rules.model.types import InPart
from cso_rules.tables.answer.fact_cells import read_cell
from cso_rules.tables.answer.rows import Refused, Summary
from cso_rules.tables.problems import CellProblem
from cso_rules.tables.read.cells import Cell, Row, Sheet, text_of
from cso_rules.tables.read.columns import TableColumns

REPEATED: Final = Label(
    en="this {site} stands in the list already; if it is another one, add where it lies to the name",
    zh="名册中已有同名{site}；如为另一个{site}，请在名称中写明所在地",
)
UNNAMED: Final = Label(en="no name of a {site}", zh="没有填写{site}名称")
UNLISTED: Final = Label(en="the {site} {name!r} is not in the list of {sites}", zh="{site}“{name}”不在{site}名册中")
CONTRADICTED: Final = Label(
    en="{fact}: the list of {sites} says otherwise for {name!r}", zh="{fact}：与{site}名册中“{name}”的记载不一致"
)


@attrs.define(kw_only=True)
class Roster:
    """The sites of an area with their known facts.

    Attributes:
        facts: Known facts of each site by name; None is unknown.
        is_given: Whether sites have a table of their own.
        doubtful: Facts of sites that may exist besides: unreadable rows, rows that name none.
        problems: What was not understood in the table of sites.
        disputed: Sites of which rows say different things.
        asides: Rows of the table of sites that are no sites.
    """

    names: tuple[str, ...]
    is_given: bool
    facts: dict[str, dict[str, str | None]] = attrs.field(factory=dict)
    doubtful: list[dict[str, str | None]] = attrs.field(factory=list)
    problems: list[CellProblem] = attrs.field(factory=list)
    disputed: dict[str, None] = attrs.field(factory=dict)
    asides: Summary = attrs.field(factory=Summary)

    def note(self, name: str, facts: Mapping[str, str | None]) -> None:
        """Add what a row says of a site; what rows disagree about is unknown."""
        known = self.facts.setdefault(name, dict.fromkeys(self.names))
        for fact, value in facts.items():
            if value is not None and known[fact] not in {None, value}:
                self.disputed[name] = None
            known[fact] = value or known[fact]

    def settle(self) -> None:
        """Forget what rows disagree about."""
        for name in self.disputed:
            self.facts[name] = dict.fromkeys(self.names)


def listed(policy: Policy, sheet: Sheet, columns: TableColumns, names: tuple[str, ...]) -> Roster:
    """Return the roster of a table of sites; a row is refused as a whole.

    Args:
        policy: Rules about the subjects, whose vocabulary the table uses.
        sheet: The table.
        columns: What its columns mean; the name may stand under the name of a site or any name.
        names: Facts to read.
    """
    roster = Roster(names=names, is_given=True)
    for row in sheet.rows:
        if row.aside is None:
            _read_listed(roster, policy, row, columns)
        else:
            roster.asides.note_aside(row.number, row.aside)
    return roster


def _read_listed(roster: Roster, policy: Policy, row: Row, columns: TableColumns) -> None:
    name = name_in(row.cells, columns.site if columns.site is not None else columns.name)
    reason = row.problem or (None if name else UNNAMED) or (REPEATED if name in roster.facts else None)
    facts, problems = ({}, []) if reason else facts_in(policy, row, columns, roster.names)
    if reason:
        said = policy.presentation.entities.worded(reason)
        problems = [CellProblem(row.number, "", name, said)]
        roster.doubtful.append(dict.fromkeys(roster.names))
    else:
        roster.note(name, facts)
    roster.problems += problems


def named(policy: Policy, sheet: Sheet, columns: TableColumns, names: tuple[str, ...]) -> Roster:
    """Return the sites that a table of subjects names; a row without one may lie in a further one."""
    roster = Roster(names=names, is_given=False)
    for row in sheet.rows:
        if row.aside is not None:
            continue
        name = name_in(row.cells, columns.site)
        facts = {} if row.problem else facts_in(policy, row, columns, names)[0]
        if name:
            roster.note(name, facts)
        else:
            roster.doubtful.append({**dict.fromkeys(names), **facts})
    roster.settle()
    return roster


def facts_in(
    policy: Policy, row: Row | Refused, columns: TableColumns, names: tuple[str, ...]
) -> tuple[dict[str, str | None], list[CellProblem]]:
    """Return the facts of a site in a row; of a cell that is not understood nothing is known."""
    facts: dict[str, str | None] = {}
    problems = []
    for place, name in columns.facts.items():
        if name in names and place < len(row.cells):
            try:
                value = read_cell(policy, name, row.cells[place], columns.measures.get(name)).value
            except SpellingError as error:
                text = text_of(row.cells[place])
                problem = CellProblem(row.number, columns.header[place], text, error.reason)
                problems.append(problem.masked if policy.is_personal(name) else problem)
                value = None
            facts[name] = None if value is None or isinstance(value, InPart) else str(value)
    return facts, problems


def name_in(cells: tuple[Cell, ...], position: int | None) -> str:
    """Return the name of the site in a row; empty when there is none, or only a filler or an error."""
    name = normalised(text_of(cells[position])) if position is not None and position < len(cells) else ""
    return "" if is_filler(name) or is_error(name) else name


def joined(sheet: Sheet, columns: TableColumns, roster: Roster, policy: Policy) -> Sheet:
    """Return a table of subjects whose rows also say what the roster knows of their site."""
    absent = tuple(name for name in roster.names if name not in columns.facts.values())
    return attrs.evolve(
        sheet, header=(*sheet.header, *absent), rows=_joined(sheet.rows, columns, roster, policy, absent)
    )


def _joined(
    rows: Iterable[Row], columns: TableColumns, roster: Roster, policy: Policy, absent: tuple[str, ...]
) -> Iterator[Row]:
    for row in rows:
        name = name_in(row.cells, columns.site)
        known = roster.facts.get(name, dict.fromkeys(roster.names))
        problem = row.problem or _contradiction(row, columns, roster, policy, name)
        cells = _filled(row.cells, columns, known, clear=name in roster.disputed) if problem is None else row.cells
        yield attrs.evolve(row, cells=(*cells, *(known[fact] for fact in absent)), problem=problem)


def _contradiction(row: Row, columns: TableColumns, roster: Roster, policy: Policy, name: str) -> Label | None:
    entities = policy.presentation.entities
    if row.aside is not None or not name or not roster.is_given:
        return None
    if name not in roster.facts:
        return entities.worded(UNLISTED, name=name)
    facts, _ = facts_in(policy, row, columns, roster.names)
    for fact, value in facts.items():
        if value is not None and roster.facts[name][fact] not in {None, value}:
            return entities.worded(CONTRADICTED, fact=policy.facts[fact].label, name=name)
    return None


def _filled(
    cells: tuple[Cell, ...], columns: TableColumns, known: Mapping[str, str | None], *, clear: bool
) -> tuple[Cell, ...]:
    found = list(cells)
    for place, fact in columns.facts.items():
        if fact in known and (clear or known[fact] is not None):
            found[place] = known[fact]
    return tuple(found)
