"""What is asked of the columns of a table: each question gives a plane, some words of rows at a time.

Sums of facts are worked out once for the words at hand. Where facts of a sum are open, a question may bound them
further: then it asks what the sum reaches while they stay within these bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from typing import Any, Final

import attrs

from cso_rules.executors.planes.bits import WORD, Array, Plane, packed, unpacked
from cso_rules.executors.planes.extra import np
from cso_rules.executors.planes.facts.columns import Column, Columns
from cso_rules.executors.planes.program import Lying, Writer, rows_of
from cso_rules.model.civil_dates import FIRST, LAST, Shifts, earliest, latest
from cso_rules.model.expressions import Shifted, Term, Variable
from cso_rules.model.policy import Policy
from cso_rules.model.types import Interval
from cso_rules.plan.sums.open_days import FREE
from cso_rules.plan.sums.solving import range_of

Boxes = tuple[tuple[str, tuple[int | None, int | None]], ...]
"""Facts with the least and greatest number that a path leaves them; None is no bound of its own."""

_LARGEST: Final = 2**62


@attrs.frozen
class Known(Lying):
    """Where a fact is known."""

    name: str


@attrs.frozen
class Truth(Lying):
    """Where a boolean is true; it means nothing where it is not known."""

    name: str


@attrs.frozen
class Has:
    """Where a fact has, or holds, a value; of an enumeration it means nothing where it is not known."""

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
    """Where a sum of facts reaches a number; it means nothing where one of them is not known."""

    terms: tuple[Term, ...]
    number: int


@attrs.frozen
class Ends:
    """Where the least or the greatest possible sum of facts reaches a number, while facts are within boxes."""

    terms: tuple[Term, ...]
    number: int
    is_most: bool
    boxes: Boxes


@attrs.frozen
class Varies:
    """Where parts of a sum, all of one fact, may have different values."""

    terms: tuple[Term, ...]


@attrs.frozen
class Pair:
    """Where a sum can lie between two pairs of bounds, in two copies of a row that differ in one fact alone.

    Attributes:
        name: The fact; the others are the same in both copies.
        one: The least and the greatest sum of the first copy.
        boxes: What bounds the other facts.
        box_one: What bounds the fact in the first copy.
    """

    terms: tuple[Term, ...]
    name: str
    one: tuple[int | None, int | None]
    two: tuple[int | None, int | None]
    boxes: Boxes
    box_one: Boxes
    box_two: Boxes


Question = Known | Truth | Has | May | Holds | AtLeast | Sum | Ends | Varies | Pair


@attrs.frozen(slots=False, eq=False)
class Sources:
    """The answers of one table to questions."""

    policy: Policy
    columns: Columns

    def plane(self, question: object) -> Plane | None:
        """Return the plane of a question if it lies in memory as it is."""
        match question:
            case Known(name=name):
                return self.columns.known(name)
            case Truth(name=name):
                return self.columns.found[name].truths
            case _:
                return None

    def writer(self, question: object) -> Writer:
        """Return what writes the plane of a question."""
        match question:
            case Has(name=name, place=place):
                return self._truths(_has(self.columns.found[name], place))
            case Holds() | May():
                return self._truths(_in_part(self.columns.found[question.name], question))
            case AtLeast():
                return self._truths(self._at_least(question))
            case Sum(number=number):
                return self._truths(lambda rows: reaches(self._sum(question.terms, rows), number))
            case Ends(terms=terms, boxes=boxes, is_most=is_most, number=number):
                return self._truths(lambda rows: reaches(self.ends_of(terms, rows, boxes)[is_most], number))
            case Varies(terms=terms):
                name = terms[0].quantity.name
                return self._truths(
                    lambda rows: np.less(*self.ends_of(terms, rows)) & np.less(*self.numbers(name, rows))
                )
            case Pair():
                return self._truths(lambda rows: self._are_both_reached(question, rows))
            case _:
                raise TypeError(f"no question: {question!r}")

    def _at_least(self, question: AtLeast) -> Callable[[slice], Array]:
        column = self.columns.found[question.name]
        numbers = _most(column) if question.is_most else column.numbers
        assert numbers is not None
        return lambda rows: reaches(numbers[rows], question.number)

    def _truths(self, truths: Callable[[slice], Array]) -> Writer:
        """Return what packs booleans of rows."""
        rows = self.columns.rows

        def write(start: int, stop: int, out: Plane) -> None:
            out[:] = packed(truths(rows_of(start, stop, rows)), stop - start)

        return write

    def _sum(self, terms: tuple[Term, ...], rows: slice) -> Array:
        """Return the sum of what stands in the columns."""
        if self._kept.get(terms, (None, None))[0] != rows:
            self._kept[terms] = rows, self._added(terms, rows)
        return self._kept[terms][1]

    @cached_property
    def _kept(self) -> dict[tuple[Term, ...], tuple[slice, Array]]:
        """The sums that were asked for last, with their rows."""
        return {}

    def _added(self, terms: tuple[Term, ...], rows: slice) -> Array:
        columns = [self._column(term.quantity.name) for term in terms]
        ends = [max(map(abs, self.everything(term.quantity.name))) for term in terms]
        most = [max(min(end, _largest(numbers)), 1) for end, numbers in zip(ends, columns, strict=True)]
        kind = _kind_of(sum(abs(term.factor) * end for term, end in zip(terms, most, strict=True)))
        total: Array | None = None
        for term, numbers in zip(terms, columns, strict=True):
            own = numbers[rows].astype(kind, copy=term.factor != 1)
            if term.factor == -1 and total is not None:
                total = np.subtract(total, own, out=own)
                continue
            if term.factor != 1:
                own *= term.factor
            total = own if total is None else total + own if term.factor == 1 else np.add(total, own, out=own)
        assert total is not None
        return total

    def _column(self, name: str) -> Array:
        numbers = self.columns.found[name].numbers
        assert numbers is not None
        return numbers

    def _are_both_reached(self, question: Pair, rows: slice) -> Array:
        """Return whether what the other facts add can bring both copies between their bounds."""
        rest = tuple(term for term in question.terms if term.quantity.name != question.name)
        own = tuple(term for term in question.terms if term.quantity.name == question.name)
        low, high = self.ends_of(rest, rows, question.boxes)
        for (least, most), box in ((question.one, question.box_one), (question.two, question.box_two)):
            own_low, own_high = self.ends_of(own, rows, box)
            low = low if least is None else np.maximum(low, least - own_high)
            high = high if most is None else np.minimum(high, most - own_low)
        found: Array = low <= high
        return found

    def everything(self, name: str) -> Interval:
        """Return what a number or date is of which nothing is known; of what is no fact, any date."""
        fact = self.policy.facts.get(name)
        found = FREE if fact is None else fact.type.everything
        assert isinstance(found, tuple)
        return found

    def ends_of(self, terms: Iterable[Term], rows: slice, boxes: Boxes = ()) -> tuple[Array, Array]:
        """Return the least and the greatest sum of each of some rows."""
        terms = tuple(terms)
        most = range_of(terms, {term.quantity.name: self.everything(term.quantity.name) for term in terms})
        kind = np.int64 if all(-_LARGEST < end < _LARGEST for end in most) else object
        low = high = np.zeros(rows.stop - rows.start, kind)
        within = dict(boxes)
        for term in terms:
            ends = self._of_quantity(term, rows, within.get(term.quantity.name, (None, None)))
            one, two = (term.factor * end.astype(kind) for end in ends)
            low, high = (low + one, high + two) if term.factor > 0 else (low + two, high + one)
        return low, high

    def _of_quantity(self, term: Term, rows: slice, box: tuple[int | None, int | None]) -> tuple[Array, Array]:
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

    def numbers(self, name: str, rows: slice) -> tuple[Array, Array]:
        """Return the least and the greatest number of a fact in some rows."""
        low, high = self.everything(name)
        column = self.columns.found.get(name)
        if column is None:
            size = rows.stop - rows.start
            return np.full(size, low, np.int64), np.full(size, high, np.int64)
        assert column.numbers is not None
        numbers = column.numbers[rows].astype(np.int64)
        if column.most is not None:
            return numbers, column.most[rows].astype(np.int64)
        if column.known is None:
            return numbers, numbers
        is_known = unpacked(column.known[rows.start // WORD : -(-rows.stop // WORD)], rows.stop - rows.start)
        return np.where(is_known, numbers, low), np.where(is_known, numbers, high)


def _has(column: Column, place: int) -> Callable[[slice], Array]:
    codes = column.codes
    assert codes is not None
    return _bit(codes, place) if column.is_set else lambda rows: codes[rows] == place


def _in_part(column: Column, question: Holds | May) -> Callable[[slice], Array]:
    most = _most(column)
    if isinstance(question, May):
        return lambda rows: most[rows] & most.dtype.type(question.bits) != 0
    if not question.is_sure:
        return _bit(most, question.place)
    assert column.codes is not None
    return _bit(column.codes, question.place)


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


def _kind_of(most: int) -> Any:
    """Return the smallest type in which a sum cannot overflow, nor its steps."""
    return np.int16 if most < 2**15 else np.int32 if most < 2**31 else np.int64 if most < _LARGEST else object


def _largest(numbers: Array) -> int:
    """Return the largest number of a type, be it less than zero."""
    ends = np.iinfo(numbers.dtype)
    return max(-int(ends.min), int(ends.max))


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
