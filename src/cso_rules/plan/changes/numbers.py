"""Numbers that satisfy sums, as near to what they are as the sums allow, and as few of them changed as it needs."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence

import attrs

from cso_rules.model.civil_dates import LAST, earliest, is_exact, latest, reaching
from cso_rules.model.expressions import Shifted, Term, Variable
from cso_rules.plan.changes.sizes import Change, Present
from cso_rules.plan.sums.open_days import Bound, Boxes
from cso_rules.plan.sums.solving import solvable

MOST_ORDERED = 3


@attrs.frozen
class Sums:
    """Sums that have to lie between bounds.

    Attributes:
        boxes: Between which numbers every fact may lie that stands in a sum.
        free: The known facts that may change.
    """

    present: Present
    boxes: Boxes
    bounds: Sequence[Bound]
    free: Collection[str]

    def is_solvable(self, changing: Collection[str] | None = None) -> bool:
        """Tell whether numbers satisfy the sums while only some of the facts change, or all that may."""
        return not self.bounds or solvable(self.boxes if changing is None else self._kept(changing), self.bounds)

    def _kept(self, changing: Collection[str]) -> Boxes:
        """Return the boxes where the other facts that might change stay as they are."""
        kept = (name for name in self.boxes if name in self.free and name not in changing)
        return {**self.boxes, **{name: (self.present.value(name),) * 2 for name in kept}}

    def nearest(self, changing: Sequence[str]) -> Iterator[Change]:
        """Yield the nearest numbers with which the sums are satisfied.

        Args:
            changing: Facts that change in any case: as far as the sums need it, or as little as they may with others
                changed besides.
        """
        yield from self._needed(changing)
        if changing:
            least = {name: self.present.nearest(name, self.boxes[name]) for name in changing}
            kept = {**self.boxes, **{name: (new, new) for name, new in least.items()}}
            others = attrs.evolve(self, boxes=kept, free=[name for name in self.free if name not in least])
            yield from ({**least, **besides} for besides in others.nearest(()))

    def _needed(self, changing: Sequence[str]) -> Iterator[Change]:
        """Yield numbers of facts that change in any case, and of as few others as the sums need."""
        others = [name for name in self.boxes if name in self.free and name not in changing]
        enough: list[set[str]] = []
        for extra in _selections(others):
            if any(own <= set(extra) for own in enough) or not self.is_solvable((*changing, *extra)):
                continue
            enough.append(set(extra))
            boxes = self._kept((*changing, *extra))
            for order in _orders((*changing, *extra)):
                yield from self._placed(order, boxes)

    def _placed(self, order: Sequence[str], boxes: Boxes) -> Iterator[Change]:
        """Yield numbers of facts, each as near to what it is as those before it allow."""
        if not order:
            yield {}
            return
        name, old = order[0], self.present.value(order[0])
        radius = self._radius(name, boxes)
        for new in dict.fromkeys((old - radius, old + radius)):
            placed = {**boxes, name: (new, new)}
            if boxes[name][0] <= new <= boxes[name][1] and solvable(placed, self.bounds):
                own = {} if new == old else {name: new}
                yield from ({**own, **rest} for rest in self._placed(order[1:], placed))

    def _radius(self, name: str, boxes: Boxes) -> int:
        """Return how far a fact has to change at least."""
        (low, high), old = boxes[name], self.present.value(name)

        def is_enough(radius: int) -> bool:
            first, last = max(low, old - radius), min(high, old + radius)
            return first <= last and solvable({**boxes, name: (first, last)}, self.bounds)

        return bisect_left(range(max(abs(low - old), abs(high - old))), True, key=is_enough)  # noqa: FBT003


def _selections(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield some of the names, few first."""
    yield from (found for size in range(len(names) + 1) for found in itertools.combinations(names, size))


def _orders(names: Sequence[str]) -> Iterable[Sequence[str]]:
    """Return the orders in which numbers are brought near; of many names one order alone."""
    return itertools.permutations(names) if len(names) <= MOST_ORDERED else (names,)


def surely(terms: tuple[Term, ...], low: int | None, high: int | None) -> Bound:
    """Return a bound of a sum; of a date alone whose moved day is open, one with which every such day is within it."""
    match terms:
        case (Term(factor=factor, quantity=Shifted(name=name, shifts=shifts)),) if not is_exact(shifts):
            if factor < 0:
                low, high = None if high is None else -high, None if low is None else -low
            size = abs(factor)
            first = None if low is None else reaching(earliest, shifts, -(-low // size))
            after = None if high is None else reaching(latest, shifts, high // size + 1)
            first = LAST + 1 if first is None and low is not None else first
            return (Term(factor=1, quantity=Variable(name=name)),), first, None if after is None else after - 1
        case _:
            return terms, low, high
