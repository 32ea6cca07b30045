"""Whether facts can be such that several sums lie between their bounds: a bounded search for whole numbers."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial

import attrs

from cso_rules.model.civil_dates import WorkingDayShift, earliest, latest, shifted
from cso_rules.model.expressions import Quantity, Shifted, Term, Variable
from cso_rules.model.types import Interval
from cso_rules.plan.sums.elimination import feasible
from cso_rules.plan.sums.open_days import FREE, Bound, Boxes, OpenDays, ties_of

MOST_STEPS = 2_000


def range_of(terms: Iterable[Term], boxes: Boxes) -> Interval:
    """Return between which numbers a sum lies while each fact lies in its box, whatever the others are."""
    low = high = 0
    for term in terms:
        least, greatest = _quantity(term.quantity, boxes)
        ends = (term.factor * least, term.factor * greatest)
        low, high = low + min(ends), high + max(ends)
    return low, high


def _quantity(quantity: object, boxes: Boxes) -> Interval:
    match quantity:
        case Variable(name=name):
            return boxes[name]
        case Shifted(name=name, shifts=shifts):
            return shifted(shifts, boxes.get(name, FREE))
        case _:
            message = f"no part of a sum: {quantity!r}"
            raise TypeError(message)


def is_easy(terms: Sequence[Term]) -> bool:
    """Tell whether a sum takes a value between any two of its cuts that it has between them.

    Facts as they are do, each once and undivided. So does one date, which is compared as a sum only where a calendar
    leaves open whether it reaches the cut; but not a date that is moved on from an open day by working days again.
    """
    is_plain = all(isinstance(term.quantity, Variable) and abs(term.factor) == 1 for term in terms)
    if len(terms) > 1:
        return is_plain and is_each_once(terms)
    shifts = terms[0].quantity.shifts if isinstance(terms[0].quantity, Shifted) else ()
    return sum(isinstance(shift, WorkingDayShift) for shift in shifts) <= 1


class _TooLongError(Exception):
    """The search ended before it was known whether there is a solution."""


def is_met_at_an_end(terms: Sequence[Term], low: int | None, high: int | None) -> bool:
    """Tell whether a bound can be met wherever the ends of its sum allow it: no value between them is left out."""
    return is_easy(terms) or ((low is None or high is None) and is_each_once(terms))


def solvable(boxes: Boxes, bounds: Sequence[Bound]) -> bool:
    """Tell whether numbers in the boxes satisfy all bounds; true also where the search ends before it is known."""
    told = feasible(boxes, bounds)
    if told is not None:
        return told
    try:
        return _found(boxes, bounds) is not None
    except _TooLongError:
        return True


def are_all_met(boxes: Boxes, bounds: Sequence[Bound]) -> bool:
    """Tell whether all numbers in the boxes satisfy all bounds, by the ends of each sum alone."""
    return _state(boxes, bounds) is True


def solution(boxes: Boxes, bounds: Sequence[Bound]) -> Mapping[str, int] | None:
    """Return numbers in the boxes that satisfy all bounds; None when there are none, or none are found."""
    try:
        found = _found(boxes, bounds)
    except _TooLongError:
        return None
    return None if found is None else {name: low for name, (low, _) in found.items()}


def _found(boxes: Boxes, bounds: Sequence[Bound]) -> Boxes | None:
    """Return a part of the boxes in which all bounds are satisfied, the same one in whatever order the facts come."""
    return _Search().found(boxes, bounds, iter(range(MOST_STEPS)))


@attrs.frozen
class _Search:
    """A search for facts, and for the days that a calendar leaves open once facts are known."""

    days: OpenDays = attrs.field(factory=OpenDays)

    def found(self, boxes: Boxes, bounds: Sequence[Bound], steps: Iterator[int], *, deep: bool = False) -> Boxes | None:
        """Return a part of the boxes in which all bounds are satisfied.

        Args:
            boxes: Between which numbers each fact or day lies.
            bounds: What is to be satisfied.
            steps: As many steps as may be made.
            deep: Whether it is looked for open days already. Those from which dates are moved on come first then; the
                days behind them are looked for with the same steps.
        """
        moved = {term.quantity.name for terms, _, _ in bounds for term in terms if deep and _is_moved(term)}
        stack = [_by_name(boxes)]
        for _ in steps:
            if not stack:
                return None
            box = _narrowed(stack.pop(), bounds)
            state = None if box is None else _state(box, bounds)
            if box is None or state is None:
                continue
            halves = _halves({name: box[name] for name in moved if name in box} or box, box)
            if state or (not halves and self._is_met_by_days(box, bounds, steps if deep else iter(range(MOST_STEPS)))):
                return box
            point = _point(box, bounds) if halves else None
            if point is not None:
                return point
            stack += reversed(halves)
        raise _TooLongError

    def _is_met_by_days(self, box: Boxes, bounds: Sequence[Bound], steps: Iterator[int]) -> bool:
        """Tell whether all bounds can be satisfied where all facts are known, and days that are open may be any."""
        boxes, again = self.days.apart(box, bounds)
        told = feasible(boxes, again)
        return self.found(boxes, again, steps, deep=True) is not None if told is None else told


def _by_name(boxes: Boxes) -> dict[str, Interval]:
    return dict(sorted(boxes.items()))


def _point(box: Boxes, bounds: Sequence[Bound]) -> Boxes | None:
    """Return a solution that is found by putting one fact after the other in the middle of what remains for it."""
    found: dict[str, Interval] | None = dict(box)
    for name in box:
        assert found is not None
        middle = sum(found[name]) // 2
        found = _narrowed({**found, name: (middle, middle)}, bounds)
        if found is None:
            return None
    return found if found is not None and _state(found, bounds) else None


def _narrowed(box: dict[str, Interval], bounds: Sequence[Bound]) -> dict[str, Interval] | None:
    """Return a box without what no bound allows, each looked at once; None when nothing is left."""
    found = dict(box)
    for terms, low, high in bounds:
        least, greatest = range_of(terms, found)
        for term in terms:
            first, last = _quantity(term.quantity, found)
            own = sorted((term.factor * first, term.factor * last))
            most = None if high is None else high - (least - own[0])
            fewest = None if low is None else low - (greatest - own[1])
            if term.factor < 0:
                fewest, most = (None if most is None else -most), (None if fewest is None else -fewest)
            size = abs(term.factor)
            first = first if fewest is None else max(first, -(-fewest // size))
            last = last if most is None else min(last, most // size)
            if first > last:
                return None
            if isinstance(term.quantity, Variable):
                found[term.quantity.name] = (first, last)
            elif not _narrow(term.quantity, first, last, found):
                return None
    return found


def _narrow(date: Quantity, first: int, last: int, box: dict[str, Interval]) -> bool:
    """Leave of a date those days that are moved between two others, or may be; false when there are none."""
    assert isinstance(date, Shifted)
    low, high = box.get(date.name, (0, 0))
    if low < high:
        low = bisect_left(range(high + 1), first, lo=low, key=partial(latest, date.shifts))
        high = bisect_right(range(high + 1), last, lo=low, key=partial(earliest, date.shifts)) - 1
        box[date.name] = (low, high)
    return low <= high


def span_of(terms: Sequence[Term], boxes: Boxes, bounds: Sequence[Bound]) -> Interval | None:
    """Return the least and the greatest value of a sum for numbers that satisfy all bounds, as `least` finds them."""
    return _span_of(tuple(terms), tuple(boxes.items()), tuple(bounds))


@lru_cache(maxsize=4096)
def _span_of(
    terms: tuple[Term, ...], boxes: tuple[tuple[str, Interval], ...], bounds: tuple[Bound, ...]
) -> Interval | None:
    """Search once for what many organizations share, such as a date of which nothing is known."""
    low, less_high = (
        least([attrs.evolve(term, factor=side * term.factor) for term in terms], dict(boxes), bounds)
        for side in (1, -1)
    )
    return None if low is None or less_high is None else (low, -less_high)


def least(terms: Sequence[Term], boxes: Boxes, bounds: Sequence[Bound]) -> int | None:
    """Return the least value of a sum for numbers that satisfy all bounds; None when there are none.

    Where the search ends before it is known, the value is one that the sum does not fall below.
    """
    days, is_free = OpenDays(), is_each_once(terms)
    heap: list[tuple[int, int, dict[str, Interval], tuple[Bound, ...]]] = []
    asked = ((tuple(terms), None, None), *bounds)
    heapq.heappush(heap, (range_of(terms, boxes)[0], 0, _by_name(boxes), asked))
    for step in range(MOST_STEPS):
        if not heap:
            return None
        low, _, box, asked = heapq.heappop(heap)
        state = _state(box, asked)
        if state is None:
            continue
        sum_of, halves = asked[0][0], _halves(box, box)
        if state and (is_free or not (halves or any(map(_is_moved, sum_of)))):
            return low
        if not halves:
            box, again = days.apart(box, asked)
            halves, asked = [box], tuple(again)
        for place, half in enumerate(halves):
            heapq.heappush(heap, (range_of(asked[0][0], half)[0], 2 * step + place + 1, half, asked))
    return heap[0][0]


def _is_moved(term: Term) -> bool:
    return isinstance(term.quantity, Shifted)


def is_each_once(terms: Iterable[Term]) -> bool:
    """Tell whether every part of a sum reads another fact, and none may be the same open day as another."""
    ties = [tie for term in terms for tie in ties_of(term)]
    return len(set(ties)) == len(ties)


def _halves(sides: Boxes, box: dict[str, Interval]) -> list[dict[str, Interval]]:
    """Return a box in two parts, along the widest of some sides; none where all of them are points."""
    widest = max(sides, key=lambda name: sides[name][1] - sides[name][0], default=None)
    if widest is None or sides[widest][0] == sides[widest][1]:
        return []
    low, high = sides[widest]
    middle = (low + high) // 2
    return [{**box, widest: (low, middle)}, {**box, widest: (middle + 1, high)}]


def _state(box: Boxes, bounds: Sequence[Bound]) -> bool | None:
    """Return whether all numbers of a box satisfy the bounds; None when none does."""
    is_inside = True
    for terms, low, high in bounds:
        least, greatest = range_of(terms, box)
        if (low is not None and greatest < low) or (high is not None and least > high):
            return None
        is_inside = is_inside and (low is None or low <= least) and (high is None or greatest <= high)
    return is_inside
