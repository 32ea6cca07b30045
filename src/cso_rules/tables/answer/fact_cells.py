"""What the cells of a row say of facts: values, what is known in part, and the cells that were not understood.

In come a row and what the columns mean; out come the facts, and of every cell that says none what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import attrs

from cso_rules.model.personal import MASK
from cso_rules.model.policy import Fact, Policy
from cso_rules.model.spelling.cell_texts import CellText, read_cell_text
from cso_rules.model.spelling.column_habits import Habit
from cso_rules.model.spelling.spellings import (
    NO_SPELLINGS,
    SpellingError,
    read_list,
    read_text,
    says_unknown,
    spellings_of,
)
from cso_rules.model.spelling.units import Measure
from cso_rules.model.types import BOOLEAN, UNKNOWN, Type, Value
from cso_rules.tables.problems import CellProblem, CellProblemKind
from cso_rules.tables.read.cells import Cell, Row, text_of
from cso_rules.tables.read.columns import TableColumns
from cso_rules.tables.read.xlsx.unread_cells import NOT_TRUE_OR_FALSE, UnreadCell

NO_HABITS: Final[Mapping[int, Habit]] = MappingProxyType({})


@attrs.define
class FactsOfRow:
    """What a row says.

    Attributes:
        facts: The values that were understood, wholly or in part.
        problems: The cells that were not.
        fillers: Heading and text of the cells that say that nothing is said.
        in_part: Heading and text of the cells of which a part was read.
        judged: Who judged facts, when and on what.
        lists: The members that lists of sets hold.
    """

    facts: dict[str, Value] = attrs.field(factory=dict)
    problems: list[CellProblem] = attrs.field(factory=list)
    fillers: list[tuple[str, str]] = attrs.field(factory=list)
    in_part: list[tuple[str, str]] = attrs.field(factory=list)
    judged: dict[str, dict[str, object]] = attrs.field(factory=dict)
    lists: dict[str, frozenset[str]] = attrs.field(factory=dict)

    def note_list(self, fact: Fact, *, is_complete: bool | None) -> None:
        """Take what a list says; whether it is complete says the table, or else the vocabulary."""
        value = fact.listed(self.lists[fact.name], is_complete=is_complete)
        self.facts.pop(fact.name, None)
        if value is not None:
            self.facts[fact.name] = value

    @property
    def said(self) -> dict[str, object]:
        """The facts, those that somebody judged with who did."""
        judged = {name: {"value": self.facts[name], **found} for name, found in self.judged.items()}
        return {**self.facts, **judged}


def facts_of_row(
    policy: Policy, row: Row, columns: TableColumns, in_doubt: Mapping[int, Habit] = NO_HABITS
) -> FactsOfRow:
    """Read the facts of a row.

    Args:
        policy: The rules whose vocabulary the facts use.
        row: Its cells.
        columns: What they mean.
        in_doubt: The columns in which some texts mean nothing certain because of others.
    """
    found = FactsOfRow()
    for place, name in columns.facts.items():
        if name in policy.facts:  # otherwise it is a fact of the rules of another place
            _read(found, policy, row, place, columns, in_doubt.get(place))
    for place, (name, part) in columns.about.items():
        is_told = name in found.facts or (part == "complete" and name in found.lists)
        if is_told and name in policy.facts and place < len(row.cells):
            _read_about(found, row, place, columns.header[place], (policy.facts[name], part))
    return found


def unread_about(part: str, text: str | None) -> SpellingError | None:
    """Return why a text does not say who judged a fact, when, on what, or whether its list is complete."""
    try:
        _about(part, text or "")
    except SpellingError as error:
        return error
    return None


def _about(part: str, text: str) -> Value | None:
    return read_text(ABOUT_TYPES.get(part, Type(kind="text")), text.strip())


ABOUT_TYPES: Final[Mapping[str, Type]] = {"judged_on": Type(kind="date"), "complete": BOOLEAN}


def _read_about(found: FactsOfRow, row: Row, place: int, heading: str, told: tuple[Fact, str]) -> None:
    """Read who judged a fact, when, or on what, or whether its list is complete."""
    (fact, part), text = told, text_of(row.cells[place])
    try:
        value = _about(part, text)
    except SpellingError as error:
        found.problems.append(CellProblem(row.number, heading, text, error.reason))
        return
    if isinstance(value, bool):
        if fact.name in found.lists:
            found.note_list(fact, is_complete=value)
    elif value is not None:
        found.judged.setdefault(fact.name, {})[part] = value


def _read(  # noqa: PLR0913, PLR0917 - what a cell is read by
    found: FactsOfRow, policy: Policy, row: Row, place: int, columns: TableColumns, habit: Habit | None
) -> None:
    name, heading, cell = columns.facts[place], columns.header[place], row.cells[place]
    text = text_of(cell)
    try:
        _refuse_doubtful(text, habit)
        read = read_cell(policy, name, cell, columns.measures.get(name))
        _refuse_beyond(policy.facts[name], read.value)
    except SpellingError as error:
        kind: CellProblemKind = "impossible" if error.is_impossible else "not_understood"
        problem = CellProblem(row.number, heading, text, error.reason, kind)
        _doubt(found, policy, name)
        found.problems.append(problem.masked if policy.facts[name].is_personal else problem)
        return
    if isinstance(read.value, frozenset):
        found.lists[name] = read.value
        is_none = not read.value and not isinstance(cell, tuple)  # the cell says that there is none
        found.note_list(policy.facts[name], is_complete=True if is_none else None)
    elif read.value is not None:
        found.facts[name] = read.value
    elif text:
        found.fillers.append((heading, text))
        if any(map(says_unknown, cell if isinstance(cell, tuple) else (text,))):
            _doubt(found, policy, name)
    if read.is_in_words:
        found.in_part.append((heading, MASK if policy.facts[name].is_personal else text))


def _doubt(found: FactsOfRow, policy: Policy, name: str) -> None:
    """Note that something was said of a fact that does not tell what it is, so that nothing is presumed."""
    if policy.facts[name].presumed is not None:
        found.facts[name] = UNKNOWN


def _refuse_beyond(fact: Fact, value: Value | None) -> None:
    if value is not None and fact.type.is_beyond(fact.type.encode(value)):
        low, high = (fact.type.decode_number(end) for end in (fact.type.minimum, fact.type.maximum))
        raise SpellingError("cell-outside", is_impossible=True, value=value, low=low, high=high)


def _refuse_doubtful(text: str, habit: Habit | None) -> None:
    if habit is not None and habit.is_doubtful(text):
        raise SpellingError(habit.code)


def read_cell(policy: Policy, name: str, cell: Cell, measure: Measure | None = None) -> CellText:
    """Return what a cell says of a fact.

    Raises:
        SpellingError: The cell was not understood.
    """
    fact, text = policy.facts[name], text_of(cell)
    if isinstance(cell, UnreadCell):
        raise SpellingError(cell.reason)
    if isinstance(cell, bool) and fact.type.kind != "boolean":
        raise SpellingError(NOT_TRUE_OR_FALSE)
    names = fact.type.enumeration
    spellings = _spellings(names, _Vocabulary(policy)) if names else NO_SPELLINGS
    if isinstance(cell, tuple):
        return CellText(read_list(fact.type, cell, spellings))
    words = policy.enumerations[names].words if names else ()
    return read_cell_text(fact.type, text, spellings, measure, words)


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
