"""What is asked of the columns of a table: each question gives a plane, some words of rows at a time.

Sums of facts are worked out once for the words at hand. Where facts of a sum are open, a question may bound them
further: then it asks what the sum reaches while they stay within these bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from typing import Final, assert_never

import attrs

from cso_rules.executors.planes.bits import Array, Plane, packed, unpacked
from cso_rules.executors.planes.columns import Column, Columns
from cso_rules.executors.planes.extra import np
from cso_rules.executors.planes.program import Source, rows_of
from cso_rules.model.civil_dates import FIRST, LAST, Shifts, earliest, latest
from cso_rules.model.expressions import Shifted, Term, Variable
from cso_rules.model.policy import Policy
from cso_rules.model.types import Interval
from cso_rules.plan.solving import FREE, range_of

Boxes = tuple[tuple[str, tuple[int | None, int | None]], ...]
"""Facts with the least and greatest number that a path leaves them; None is no bound of its own."""

_LARGEST: Final = 2**62


@attrs.frozen
class Known:
    """Where a fact is known."""

    name: str


@attrs.frozen
class Has:
    """Where a fact that has one value where it is known is known to have, or to hold, a value."""

    name: str
    place: int


@attrs.frozen
class May:
    """Where a fact of which several values may be given may have one of some values."""

    name: str
    bits: int


@attrs.frozen
class Holds:
    """Where a set of which members are sure and others possible holds a member, surely or possibly."""

    name: str
    place: int
    is_sure: bool


@attrs.frozen
class AtLeast:
    """Where the least or the greatest possible number of a fact reaches a number."""

    name: str
    number: int
    is_most: bool = False


@attrs.frozen
class Sum:
    """Where the least or the greatest possible sum of facts reaches a number, while facts are within boxes."""

    terms: tuple[Term, ...]
    number: int
    is_most: bool = False
    boxes: Boxes = ()


Question = Known | Has | May | Holds | AtLeast | Sum


@attrs.frozen(slots=False, eq=False)
class Sources:
    """The answers of one table to questions."""

    policy: Policy
    columns: Columns

    def of(self, question: object) -> Source:
        """Return what writes the plane of a question."""
        match question:
            case Known(name=name):
                known = self.columns.known(name)
                return lambda start, stop, out: np.copyto(out, known[start:stop])
            case Has() | May() | Holds():
                return self._values(question)
            case AtLeast():
                return self._truths(self._at_least(question))
            case Sum(terms=terms):
                return self._sums(terms).source(question)
            case _:
                raise TypeError(f"no question: {question!r}")

    def _values(self, question: Has | May | Holds) -> Source:
        column = self.columns.found[question.name]
        match question:
            case Has(place=place) if column.truths is not None:
                return _boolean(column.truths, column.known, is_true=place == 0)
            case Has(place=place) | Holds(place=place, is_sure=True):
                return self._truths(_has(column, place))
            case Holds(place=place):
                return self._truths(_bit(_most(column), place))
            case May(bits=bits):
                most = _most(column)
                return self._truths(lambda rows: most[rows] & most.dtype.type(bits) != 0)
            case _:
                assert_never(question)

    def _at_least(self, question: AtLeast) -> Callable[[slice], Array]:
        column = self.columns.found[question.name]
        numbers = _most(column) if question.is_most else column.numbers
        assert numbers is not None
        return lambda rows: reaches(numbers[rows], question.number)

    def _truths(self, truths: Callable[[slice], Array]) -> Source:
        """Return what packs booleans of rows."""
        rows = self.columns.rows

        def write(start: int, stop: int, out: Plane) -> None:
            out[:] = packed(truths(rows_of(start, stop, rows)), stop - start)

        return write

    def _sums(self, terms: tuple[Term, ...]) -> _Sum:
        if terms not in self._kept:
            self._kept[terms] = _Sum(self, terms)
        return self._kept[terms]

    @cached_property
    def _kept(self) -> dict[tuple[Term, ...], _Sum]:
        return {}

    def everything(self, name: str) -> Interval:
        """Return what a number or date is of which nothing is known; of what is no fact, any date."""
        fact = self.policy.facts.get(name)
        found = FREE if fact is None else fact.type.everything
        assert isinstance(found, tuple)
        return found

    def ends_of(self, terms: Iterable[Term], rows: slice | Array, boxes: Boxes = ()) -> tuple[Array, Array]:
        """Return the least and the greatest sum of each of some rows."""
        terms = tuple(terms)
        count = len(range(*rows.indices(self.columns.rows))) if isinstance(rows, slice) else rows.size
        most = range_of(terms, {term.quantity.name: self.everything(term.quantity.name) for term in terms})
        kind = np.int64 if all(-_LARGEST < end < _LARGEST for end in most) else object
        low = high = np.zeros(count, kind)
        within = dict(boxes)
        for term in terms:
            ends = self._of_quantity(term, rows, within.get(term.quantity.name, (None, None)))
            one, two = (term.factor * end.astype(kind) for end in ends)
            low, high = (low + one, high + two) if term.factor > 0 else (low + two, high + one)
        return low, high

    def _of_quantity(self, term: Term, rows: slice | Array, box: tuple[int | None, int | None]) -> tuple[Array, Array]:
        low, high = self.numbers(term.quantity.name, rows)
        low = low if box[0] is None else np.maximum(low, box[0])
        high = high if box[1] is None else np.minimum(high, box[1])
        match term.quantity:
            case Variable():
                return low, high
            case Shifted(shifts=shifts):
                return _moves(shifts, is_latest=False)(low), _moves(shifts, is_latest=True)(high)
            case _:
                raise TypeError(f"no part of a sum: {term.quantity!r}")

    def numbers(self, name: str, rows: slice | Array) -> tuple[Array, Array]:
        """Return the least and the greatest number of a fact in some rows."""
        low, high = self.everything(name)
        column = self.columns.found.get(name)
        if column is None:
            size = len(range(*rows.indices(self.columns.rows))) if isinstance(rows, slice) else rows.size
            return np.full(size, low, np.int64), np.full(size, high, np.int64)
        assert column.numbers is not None
        numbers = column.numbers[rows].astype(np.int64)
        if column.most is not None:
            return numbers, column.most[rows].astype(np.int64)
        if column.known is None:
            return numbers, numbers
        is_known = _at(column.known, rows, self.columns.rows)
        return np.where(is_known, numbers, low), np.where(is_known, numbers, high)


def _at(plane: Plane, rows: slice | Array, count: int) -> Array:
    """Return a boolean for each of some rows."""
    if isinstance(rows, slice):
        start, stop, _ = rows.indices(count)
        found: Array = unpacked(plane[start // 64 : -(-stop // 64)], stop - start)
        return found
    return plane[rows // 64] >> (rows % 64).astype(np.uint64) & np.uint64(1) != 0


def _boolean(truths: Plane, known: Plane | None, *, is_true: bool) -> Source:
    def write(start: int, stop: int, out: Plane) -> None:
        if is_true:
            np.copyto(out, truths[start:stop])
        else:
            np.bitwise_not(truths[start:stop], out)
        if known is not None:
            np.bitwise_and(out, known[start:stop], out)

    return write


def _has(column: Column, place: int) -> Callable[[slice], Array]:
    codes = column.codes
    assert codes is not None
    # Where an enumeration is not known its code is negative; of a set it is zero.
    return _bit(codes, place) if column.is_set else lambda rows: codes[rows] == place


def _bit(codes: Array, place: int) -> Callable[[slice], Array]:
    bit = codes.dtype.type(1 << place)
    return lambda rows: codes[rows] & bit != 0


def _most(column: Column) -> Array:
    assert column.most is not None
    return column.most


def reaches(numbers: Array, number: int) -> Array:
    """Return where numbers reach a number, which their type may have no room for."""
    if numbers.dtype.kind != "O":
        ends = np.iinfo(numbers.dtype)
        if not ends.min <= number <= ends.max:
            return np.full(numbers.size, number < 0)
    found: Array = numbers >= number
    return found


@attrs.frozen(slots=False, eq=False)
class _Sum:
    """A sum of facts of the words at hand: its value where they are known, its ends where they are not."""

    sources: Sources
    terms: tuple[Term, ...]

    @cached_property
    def _at(self) -> dict[object, object]:
        return {}

    @cached_property
    def _columns(self) -> list[Column | None]:
        return [self.sources.columns.found.get(term.quantity.name) for term in self.terms]

    @cached_property
    def _is_sharp(self) -> bool:
        """Tell whether the sum is one number wherever each fact is known to be one."""
        return all(isinstance(term.quantity, Variable) for term in self.terms)

    def source(self, question: Sum) -> Source:
        """Return what writes the plane of a question."""
        rows = self.sources.columns.rows

        def write(start: int, stop: int, out: Plane) -> None:
            some = rows_of(start, stop, rows)
            truths = reaches(self._values(some), question.number)
            open_ = self._open(some)
            if open_.size:
                truths[open_ - some.start] = reaches(self._ends(some, question), question.number)
            out[:] = packed(truths, stop - start)

        return write

    def _fresh(self, rows: slice) -> dict[object, object]:
        """Return what was worked out for these rows; what was for others is forgotten."""
        if self._at.get("rows") != rows:
            self._at.clear()
            self._at["rows"] = rows
        return self._at

    def _open(self, rows: slice) -> Array:
        """Return the rows in which the sum may be several numbers."""
        found = self._fresh(rows)
        if "open" not in found:
            found["open"] = self._open_rows(rows)
        return found["open"]  # type: ignore[return-value]

    def _open_rows(self, rows: slice) -> Array:
        count = rows.stop - rows.start
        if not self._is_sharp or any(column is None for column in self._columns):
            return np.arange(rows.start, rows.stop)
        is_open = np.zeros(count, np.bool_)
        for column in self._columns:
            assert column is not None
            if column.most is not None:
                assert column.numbers is not None
                is_open |= column.most[rows] != column.numbers[rows]
            elif column.known is not None:
                is_open |= ~_at(column.known, rows, self.sources.columns.rows)
        return np.flatnonzero(is_open) + rows.start

    def _values(self, rows: slice) -> Array:
        """Return the sum of what stands in the columns, whatever it means where facts are not known."""
        found = self._fresh(rows)
        if "values" not in found:
            found["values"] = self._added(rows)
        return found["values"]  # type: ignore[return-value]

    def _added(self, rows: slice) -> Array:
        if not self._is_sharp or any(column is None for column in self._columns):
            return np.zeros(rows.stop - rows.start, np.int64)
        whole = sum(abs(term.factor) * max(map(abs, self.sources.everything(term.quantity.name))) for term in self.terms)
        kind = np.int32 if whole < 2**31 else np.int64 if whole < _LARGEST else object
        total: Array = np.zeros(rows.stop - rows.start, kind)
        for term, column in zip(self.terms, self._columns, strict=True):
            assert column is not None
            assert column.numbers is not None
            total += term.factor * column.numbers[rows].astype(kind)
        return total

    def _ends(self, rows: slice, question: Sum) -> Array:
        found, key = self._fresh(rows), question.boxes
        if key not in found:
            found[key] = self.sources.ends_of(self.terms, self._open(rows), key)
        return found[key][question.is_most]  # type: ignore[index,no-any-return]


@lru_cache(maxsize=64)
def _moves(shifts: Shifts, *, is_latest: bool) -> Callable[[Array], Array]:
    """Return the function that shifts dates through a table, which is filled as days are asked for."""
    end, table = latest if is_latest else earliest, np.zeros(LAST - FIRST + 1, np.int64)

    def moved(array: Array) -> Array:
        places = np.clip(array.astype(np.int64), FIRST, LAST) - FIRST
        found: Array = table[places]
        if not found.all():
            for place in np.unique(places[found == 0]).tolist():
                table[place] = end(shifts, place + FIRST)
            found = table[places]
        return found

    return moved
