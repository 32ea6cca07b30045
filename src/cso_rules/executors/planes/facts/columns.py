"""The facts of many rows as planes and arrays; a fact may be known, not known, or known in part."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

import attrs

from cso_rules.executors.planes.bits import Array, Plane, bits_at, from_bitmap, packed, unpacked, word_count
from cso_rules.executors.planes.extra import np
from cso_rules.model.coded import Coded
from cso_rules.model.policy import Fact, Policy
from cso_rules.model.types import FALSE, TRUE, Domain, Type


@attrs.frozen
class Wrong:
    """What is wrong with a cell: its text, and why; whether it is a value that cannot be."""

    value: str
    reason: Coded
    is_impossible: bool = False


EXAMPLES: Final = 3
"""Cells of a fact that a note shows."""
_FEW: Final = 1 << 10
"""Cells among which these are looked for."""
Problem = tuple[int, str, Wrong]
"""Row (from 0), fact, or its name with `COMPLETE`, and what is wrong."""


@attrs.define
class Column:
    """One fact of every row.

    Attributes:
        known: Where it is known; None is everywhere.
        codes: Places of values of an enumeration, anything where not known, or bits of a set, none where not known.
        truths: Where a boolean is true; only meaningful where it is known.
        numbers: Encoded numbers; zero or anything possible where not known.
        most: Where a row may say only in part what the fact is: the bits of the values that it may be, of the members
            that a set may have beside its sure ones, or the greatest number beside the least.
    """

    words: int
    known: Plane | None = None
    codes: Array | None = None
    truths: Plane | None = None
    numbers: Array | None = None
    is_set: bool = False
    most: Array | None = None

    @property
    def state(self) -> str:
        """What a program must be prepared for: a column without holes, with holes, or with facts known in part."""
        if self.most is not None:
            return "parts"
        return "full" if self.known is None else "holes"

    def taken(self, rows: Array, words: int) -> Column:
        """Return the values of some rows."""
        planes = (None if plane is None else packed(bits_at(plane, rows), words) for plane in (self.known, self.truths))
        known, truths = planes
        codes, numbers, most = (None if each is None else each[rows] for each in (self.codes, self.numbers, self.most))
        return Column(words, known, codes, truths, numbers, self.is_set, most)

    def without(self, where: Plane, rows: int, kind: Type) -> Column:
        """Return the column in which nothing is known in some rows."""
        there = unpacked(where, rows)
        if self.most is not None:
            low, high = _ends(kind)
            numbers, codes = (
                None if each is None else np.where(there, low, each) for each in (self.numbers, self.codes)
            )
            return attrs.evolve(self, numbers=numbers, codes=codes, most=np.where(there, high, self.most))
        known = ~where if self.known is None else self.known & ~where
        codes = self.codes * ~there if self.codes is not None and self.is_set else self.codes
        return attrs.evolve(self, known=known, codes=codes)

    def places(self, unknown: int, rows: int) -> Array:
        """Return the place of the value of each row, and another number where it is not known."""
        if self.codes is None:
            assert self.truths is not None
            found = np.where(unpacked(self.truths, rows), 0, 1)
        else:
            found = self.codes.astype(np.intp)
        return found if self.known is None else np.where(unpacked(self.known, rows), found, unknown)


@attrs.frozen
class Cells:
    """Rows, from 0, whose cells of one fact are to be told of: they say that nothing is said, or were read in part.

    Attributes:
        text: Returns what stands in the cell of a row.
        doubted: Of a fact of which the law presumes something, those that say that it is not known.
    """

    rows: Array
    text: Callable[[int], str]
    doubted: tuple[int, ...] = ()

    def told(self, left_out: Collection[int]) -> tuple[int, list[tuple[int, str]]]:
        """Return how many there are without some rows, and the first ones that differ, with their rows."""
        rows = np.setdiff1d(self.rows, np.fromiter(left_out, np.int64, len(left_out))) if left_out else self.rows
        shown: dict[str, int] = {}
        for row in rows[:_FEW].tolist():
            shown.setdefault(self.text(row), row)
        return rows.size, [(row, text) for text, row in shown.items()][:EXAMPLES]


@attrs.define
class Columns:
    """The facts of a batch of rows.

    Attributes:
        states: `full`, `holes`, `parts` or `absent` for each fact: what a program must be prepared for.
        problems: What is no value of its fact, which is not known in that row.
        fillers: The cells of each fact that only say that nothing is said.
        in_part: The cells of each fact of which a part was read.
        presumed: Where what the law presumes of a fact stands for what is not said.
    """

    rows: int
    words: int
    found: Mapping[str, Column]
    states: Mapping[str, str]
    problems: list[Problem]
    fillers: Mapping[str, Cells] = attrs.field(factory=dict)
    in_part: Mapping[str, Cells] = attrs.field(factory=dict)
    presumed: Mapping[str, Plane] = attrs.field(factory=dict)

    def without(self, policy: Policy, names: Collection[str], where: Plane) -> Columns:
        """Return the facts, of which some are not known in some rows."""
        gone = {
            name: column.without(where, self.rows, policy.facts[name].type)
            for name, column in self.found.items()
            if name in names
        }
        states = {**self.states, **{name: column.state for name, column in gone.items()}}
        presumed = {name: plane & ~where if name in names else plane for name, plane in self.presumed.items()}
        return attrs.evolve(self, found={**self.found, **gone}, states=states, presumed=presumed)

    def known(self, name: str) -> Plane:
        """Return where a fact is known."""
        known = self.found[name].known
        return np.full(self.words, np.uint64(2**64 - 1)) if known is None else known

    def told(self, fact: Fact) -> Plane:
        """Return where something is known of a fact, be it in part only."""
        column = self.found.get(fact.name)
        if column is None or column.most is None:
            return self.known(fact.name) if column else np.zeros(self.words, np.uint64)
        (low, high), least = _ends(fact.type), column.numbers if column.numbers is not None else column.codes
        return packed((column.most != high) | (False if least is None else least != low), self.words)

    def open(self, name: str) -> Plane:
        """Return where a fact may be several things."""
        column = self.found.get(name)
        if column is None or column.most is None:
            return ~self.known(name) if column else np.full(self.words, np.uint64(2**64 - 1))
        least = column.numbers if column.numbers is not None else column.codes
        return packed(column.most & column.most - 1 != 0 if least is None else column.most != least, self.words)

    def domain(self, fact: Fact, row: int) -> Domain:
        """Return what is possible for a fact in one row."""
        column = self.found.get(fact.name)
        if column is None or (column.known is not None and not int(column.known[row // 64]) >> row % 64 & 1):
            return fact.type.everything
        if column.most is not None:
            return _domain_in_part(column, row)
        if column.truths is not None:
            return TRUE if int(column.truths[row // 64]) >> row % 64 & 1 else FALSE
        if column.numbers is not None:
            return int(column.numbers[row]), int(column.numbers[row])
        assert column.codes is not None
        code = int(column.codes[row])
        return (code, code) if column.is_set else 1 << code

    def taken(self, rows: Array) -> Columns:
        """Return the facts of some rows."""
        words = word_count(rows.size)
        found = {name: column.taken(rows, words) for name, column in self.found.items()}
        return Columns(rows.size, words, found, self.states, [])

    @classmethod
    def of_domains(cls, policy: Policy, rows: Sequence[Mapping[str, Domain]]) -> Columns:
        """Return the columns of rows of which any fact may be known in part only."""
        words = word_count(len(rows))
        found = {
            name: _column_in_part(fact.type, [row[name] for row in rows], words)
            for name, fact in policy.facts.items()
            if fact.type.kind != "text" and rows and any(row[name] != fact.type.everything for row in rows)
        }
        states = dict.fromkeys(policy.facts, "absent") | dict.fromkeys(found, "parts")
        return cls(len(rows), words, found, states, [])


def _ends(kind: Type) -> tuple[int, int]:
    """Return the least and the most that is possible when nothing is known."""
    return kind.everything if isinstance(kind.everything, tuple) else (0, kind.everything)


def _column_in_part(kind: Type, domains: Sequence[Domain], words: int) -> Column:
    ends = [domain if isinstance(domain, tuple) else (0, domain) for domain in domains]
    low, high = (np.array(each, np.int64) for each in zip(*ends, strict=True))
    if kind.is_numeric:
        return Column(words, numbers=low, most=high)
    return Column(words, codes=low if kind.kind == "set" else None, most=high, is_set=kind.kind == "set")


def _domain_in_part(column: Column, row: int) -> Domain:
    assert column.most is not None
    least = column.numbers if column.numbers is not None else column.codes
    return int(column.most[row]) if least is None else (int(least[row]), int(column.most[row]))


def known_rows(array: Any) -> Plane | None:
    """Return the rows of an Arrow array that are not null; None where that is all of them."""
    buffer = array.buffers()[0]
    return from_bitmap(buffer, array.offset, len(array)) if array.null_count and buffer is not None else None
