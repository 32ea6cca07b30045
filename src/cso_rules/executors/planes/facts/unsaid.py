"""Cells that say nothing of a fact: which they are, and what the law presumes in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import attrs

from cso_rules.executors.planes.bits import Array, Plane, packed, unpacked
from cso_rules.executors.planes.extra import np
from cso_rules.executors.planes.facts.columns import Cells, Column
from cso_rules.model.policy import Fact
from cso_rules.model.spelling.spellings import says_unknown
from cso_rules.model.types import TRUE

UNKNOWN: Final = -1
FILLER: Final = -3
"""Unknown, because the cell only says that nothing is said, such as `/`."""


def note_fillers(fact: Fact, codes: Array, fillers: dict[str, Cells], texts: Callable[[int], tuple[str, ...]]) -> None:
    """Keep which cells are fillers, and, where something is presumed, which of them say `not known`."""
    if codes.size and (rows := np.flatnonzero(codes == FILLER)).size:
        asked = rows.tolist() if fact.presumed is not None else []
        doubted = tuple(row for row in asked if any(map(says_unknown, texts(row))))
        fillers[fact.name] = Cells(rows, lambda row: "、".join(texts(row)), doubted)


def only_fillers(codes: Array, lengths: Array) -> Array:
    """Return which lists hold something, but only members that say nothing."""
    says_nothing = (codes == FILLER) | (codes == UNKNOWN)
    if not says_nothing.any():
        return np.zeros(lengths.size, np.bool_)
    sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(says_nothing, dtype=np.int64)])
    ends = np.cumsum(lengths, dtype=np.int64)
    found: Array = (sums[ends] - sums[ends - lengths] == lengths) & (lengths > 0)
    return found


def presuming(fact: Fact, column: Column | None, told: Plane, said: Iterable[int], rows: int) -> tuple[Column, Plane]:
    """Put what the law presumes where nothing is said.

    Args:
        fact: The fact, of which something is presumed.
        column: What is said of it; None where the table has no such column.
        told: Where something is known of it.
        said: Rows in which something is said that does not tell what it is.
        rows: How many rows there are.

    Returns:
        The column, and where something was presumed.
    """
    there, words = ~unpacked(told, rows), told.size
    there[np.fromiter(said, np.int64)] = False
    plane = packed(there, words)
    ends = fact.unsaid if isinstance(fact.unsaid, tuple) else (0, fact.unsaid)
    if column is None:
        return _made(fact, ends, rows, words), plane
    if column.most is not None:
        numbers, codes, most = (
            None if each is None else np.where(there, np.int64(end), each)
            for each, end in ((column.numbers, ends[0]), (column.codes, ends[0]), (column.most, ends[1]))
        )
        return attrs.evolve(column, numbers=numbers, codes=codes, most=most), plane
    known = None if column.known is None else column.known | plane
    if column.truths is not None:
        truths = column.truths & ~plane | (plane if ends[1] == TRUE else np.zeros_like(plane))
        return attrs.evolve(column, known=known, truths=truths), plane
    if column.numbers is not None:
        return attrs.evolve(column, known=known, numbers=np.where(there, np.int64(ends[0]), column.numbers)), plane
    assert column.codes is not None
    code = ends[1] if column.is_set else ends[1].bit_length() - 1
    codes = np.where(there, column.codes.dtype.type(code), column.codes)
    return attrs.evolve(column, known=known, codes=codes), plane


def _made(fact: Fact, ends: tuple[int, int], rows: int, words: int) -> Column:
    """Return the column of a fact of which nothing is said in any row."""
    if fact.type.is_numeric:
        return Column(words, numbers=np.full(rows, ends[0], np.int64))
    if fact.type.kind == "set":
        return Column(words, codes=np.full(rows, ends[1], np.uint64), is_set=True)
    if fact.type.kind == "boolean":
        return Column(words, truths=packed(np.full(rows, ends[1] == TRUE), words))
    return Column(words, codes=np.full(rows, ends[1].bit_length() - 1, np.int32))
