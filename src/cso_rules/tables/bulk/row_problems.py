"""What is wrong with the rows of a batch, by columns: each different problem stands once, however many rows have it.

In come problems with their rows; out come counts, the text of each row, and single problems for those that are shown.
Guaranteed: the problems of a row are in the order of its columns, and its text says each of them once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

from cso_rules.diagnostics import shortened
from cso_rules.executors.planes.bits import Array
from cso_rules.executors.planes.extra import np, pa
from cso_rules.tables.problems import BETWEEN, CellProblem, CellProblemKind

MESSAGE: Final = 600
"""Characters of what is wrong with one row."""
_NONE: Final = np.zeros(0, np.int64)


@attrs.frozen(eq=False)
class RowProblems:
    """Problems of rows, sorted by row.

    Attributes:
        rows: The place in the batch of the row of each.
        codes: Which of the different problems each is.
        different: The different problems, without numbers of rows.
    """

    rows: Array = _NONE
    codes: Array = _NONE
    different: Sequence[CellProblem] = ()

    def __len__(self) -> int:
        """Return how many problems there are."""
        return int(self.rows.size)

    @property
    def places(self) -> Array:
        """The places of the rows with which something is wrong, in order."""
        return self.rows[_begins(self.rows)]

    def first(self, most: int, numbers: Array) -> list[CellProblem]:
        """Return the first problems, with the numbers of their rows."""
        pairs = zip(self.rows[:most].tolist(), self.codes[:most].tolist(), strict=True)
        return [attrs.evolve(self.different[code], row=int(numbers[row])) for row, code in pairs]

    def unread(self) -> Counter[tuple[str, CellProblemKind]]:
        """Count the cells that were not understood, by heading and kind; one that is wrong in several ways once."""
        cells, of_code = _coded(problem.unread for problem in self.different)
        pairs, size = self.rows * len(cells) + of_code[self.codes], max(len(cells), 1)
        counts = np.bincount(np.unique(pairs) % size, minlength=size).tolist()
        return Counter({cell: count for cell, count in zip(cells, counts, strict=False) if cell is not None and count})

    def texts(self, rows: int, language: str) -> Any:
        """Return what is wrong with each row of a batch in one text, null where nothing is."""
        from pyarrow import compute

        texts, of_code = _coded(problem.text(language) for problem in self.different)
        places, codes = _once(self.rows, of_code[self.codes], len(texts))
        begins = np.flatnonzero(_begins(places))
        values = pa.array(texts, pa.string()).take(pa.array(codes))
        lists = pa.ListArray.from_arrays(pa.array(np.append(begins, places.size).astype(np.int32)), values)
        found = compute.binary_join(lists, BETWEEN[language])
        is_long = np.asarray(compute.utf8_length(found)) > MESSAGE
        if is_long.any() or not all(map(str.isprintable, texts)):
            found = pa.array([shortened(text, MESSAGE) for text in found.to_pylist()], pa.string())
        at = np.full(rows, -1)
        at[places[begins]] = np.arange(begins.size)
        return found.take(pa.array(at, mask=at < 0))

    @classmethod
    def joined(cls, parts: Iterable[tuple[Array, RowProblems]]) -> RowProblems:
        """Return the problems of a whole batch out of those of parts, each with the places of its rows in the batch."""
        found = Gathered()
        for own, part in parts:
            found.add(own[part.rows], np.arange(part.rows.size), part.codes, part.different)
        return found.sorted()


def _begins(rows: Array) -> Array:
    """Tell of sorted rows which are others than the one before."""
    found: Array = np.diff(rows, prepend=-1) != 0
    return found


def _coded(values: Iterable[Any]) -> tuple[list[Any], Array]:
    """Return the different ones of some values, and which of them each is."""
    codes: dict[Any, int] = {}
    found = [codes.setdefault(value, len(codes)) for value in values]
    return [*codes], np.array(found, np.int64)


def _once(rows: Array, codes: Array, size: int) -> tuple[Array, Array]:
    """Return rows and codes without those that stand in the same row before."""
    pairs = rows * size + codes
    order = np.argsort(pairs, kind="stable")
    is_first = np.zeros(rows.size, np.bool_)
    is_first[order[_begins(pairs[order])]] = True
    return rows[is_first], codes[is_first]


@attrs.define
class Gathered:
    """Problems while they are found, in any order."""

    rows: list[Array] = attrs.field(factory=list)
    orders: list[Array] = attrs.field(factory=list)
    codes: list[Array] = attrs.field(factory=list)
    different: dict[CellProblem, int] = attrs.field(factory=dict)

    def add(self, rows: Array, order: int | Array, codes: Array, problems: Sequence[CellProblem]) -> None:
        """Add problems of some rows.

        Args:
            rows: The place of the row of each.
            order: In which order those of one row are told.
            codes: Which of the problems it is.
            problems: The different ones.
        """
        of_code = np.array([self._code(problem) for problem in problems], np.int64)
        self.rows.append(rows)
        self.orders.append(np.broadcast_to(np.asarray(order, np.int64), rows.shape))
        self.codes.append(of_code[codes] if rows.size else _NONE)

    def add_singly(self, problems: Iterable[tuple[int, int, CellProblem]]) -> None:
        """Add problems with their rows and their order."""
        found = [*problems]
        if found:
            rows, orders, own = zip(*found, strict=True)
            self.add(np.array(rows, np.int64), np.array(orders, np.int64), np.arange(len(own)), own)

    def add_rows(self, problems: Mapping[int, Sequence[CellProblem]]) -> None:
        """Add all that is wrong with some rows."""
        self.add_singly((row, order, problem) for row, own in problems.items() for order, problem in enumerate(own))

    def _code(self, problem: CellProblem) -> int:
        plain = problem if not problem.row else attrs.evolve(problem, row=0)
        return self.different.setdefault(plain, len(self.different))

    def sorted(self) -> RowProblems:
        """Return them by row, those of one row in their order."""
        if not self.rows:
            return RowProblems()
        rows, orders, codes = map(np.concatenate, (self.rows, self.orders, self.codes))
        order = np.lexsort((orders, rows))
        return RowProblems(rows[order], codes[order], tuple(self.different))
