"""Whether facts can be such that several sums lie between their bounds: a bounded search for whole numbers."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence

import attrs

from cso_rules.model.civil_dates import FIRST, LAST, shifted
from cso_rules.model.expressions import Shifted, Term, Variable
from cso_rules.model.types import Interval
from cso_rules.plan.sums.elimination import feasible

MOST_STEPS = 2_000
Boxes = Mapping[str, Interval]
Bound = tuple[tuple[Term, ...], int | None, int | None]
"""A sum of facts, its least and its greatest value; None where it has no bound."""
FREE = (FIRST, LAST)
"""What a date is of which nothing is known."""


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
    """Tell whether a sum takes every value between its ends: facts as they are, each once and undivided."""
    is_plain = all(isinstance(term.quantity, Variable) and abs(term.factor) == 1 for term in terms)
    return len(terms) == 1 or (is_plain and is_each_once(terms))


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


def solution(boxes: Boxes, bounds: Sequence[Bound]) -> Mapping[str, int] | None:
    """Return numbers in the boxes that satisfy all bounds; None when there are none, or none are found."""
    try:
        found = _found(boxes, bounds)
    except _TooLongError:
        return None
    return None if found is None else {name: low for name, (low, _) in found.items()}


def _found(boxes: Boxes, bounds: Sequence[Bound]) -> Boxes | None:
    """Return a part of the boxes in which all bounds are satisfied, the same one in whatever order the facts come."""
    stack = [_by_name(boxes)]
    for _ in range(MOST_STEPS):
        if not stack:
            return None
        box = _narrowed(stack.pop(), bounds)
        state = None if box is None else _state(box, bounds)
        if box is None or state is None:
            continue
        halves = _halves(box)
        if state or (not halves and _is_met_by_dates(box, bounds)):
            return box
        point = _point(box, bounds) if halves else None
        if point is not None:
            return point
        stack += reversed(halves)
    raise _TooLongError


def _by_name(boxes: Boxes) -> dict[str, Interval]:
    return dict(sorted(boxes.items()))


def _is_met_by_dates(box: Boxes, bounds: Sequence[Bound]) -> bool:
    """Tell whether all bounds can be satisfied where only shifted dates are open, each the same one in all of them."""
    dates: dict[Shifted, str] = {}

    def named(term: Term) -> Term:
        if not isinstance(term.quantity, Shifted):
            return term
        return attrs.evolve(term, quantity=Variable(name=dates.setdefault(term.quantity, f"date {len(dates)}")))

    again = [(tuple(map(named, terms)), low, high) for terms, low, high in bounds]
    reached = {name: _quantity(date, box) for date, name in dates.items()}
    return _found({**box, **reached}, again) is not None


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
            if not isinstance(term.quantity, Variable):
                continue
            first, last = found[term.quantity.name]
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
            found[term.quantity.name] = (first, last)
    return found


def span_of(terms: Sequence[Term], boxes: Boxes, bounds: Sequence[Bound]) -> Interval | None:
    """Return the least and the greatest value of a sum for numbers that satisfy all bounds, as `least` finds them."""
    low, less_high = (
        least([attrs.evolve(term, factor=side * term.factor) for term in terms], boxes, bounds) for side in (1, -1)
    )
    return None if low is None or less_high is None else (low, -less_high)


def least(terms: Sequence[Term], boxes: Boxes, bounds: Sequence[Bound]) -> int | None:
    """Return the least value of a sum for numbers in the boxes that satisfy all bounds; None when there are none.

    Where the search ends before it is known, the value is one that the sum does not fall below.
    """
    is_free = is_each_once(terms)
    heap = [(range_of(terms, boxes)[0], 0, _by_name(boxes))]
    for step in range(MOST_STEPS):
        if not heap:
            return None
        low, _, box = heapq.heappop(heap)
        state = _state(box, bounds)
        if state is None:
            continue
        halves = _halves(box)
        if not halves or (state and is_free):
            return low
        for place, half in enumerate(halves):
            heapq.heappush(heap, (range_of(terms, half)[0], 2 * step + place + 1, half))
    return heap[0][0]


def is_each_once(terms: Sequence[Term]) -> bool:
    """Tell whether every part of a sum reads another fact."""
    names = [term.quantity.name for term in terms]
    return len(set(names)) == len(names)


def _halves(box: dict[str, Interval]) -> list[dict[str, Interval]]:
    """Return a box in two parts, along its widest side; none of one point."""
    widest = max(box, key=lambda name: box[name][1] - box[name][0], default=None)
    if widest is None or box[widest][0] == box[widest][1]:
        return []
    low, high = box[widest]
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
