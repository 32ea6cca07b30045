"""Days that a calendar leaves open, as numbers of their own.

A date that is known becomes one of several days where a calendar of working days does not reach. Whichever it is, it is
the same wherever the same shift is made of the same day: at the end of two moved dates, or on the way to one that is
moved on from there.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping

import attrs

from cso_rules.model.civil_dates import FIRST, LAST, is_exact, shifted
from cso_rules.model.expressions import Shifted, Term, Variable
from cso_rules.model.types import Interval

Boxes = Mapping[str, Interval]
Bound = tuple[tuple[Term, ...], int | None, int | None]
"""A sum of facts, its least and its greatest value; None where it has no bound."""
FREE = (FIRST, LAST)
"""What a date is of which nothing is known."""


def ties_of(term: Term) -> frozenset[Hashable]:
    """Return what a part may have in common with others: its fact, and shifts that make one open day of one date."""
    quantity = term.quantity
    shifts = quantity.shifts if isinstance(quantity, Shifted) else ()
    return frozenset([quantity.name, *(shift for shift in shifts if not is_exact((shift,)))])


class OpenDays:
    """The days that were met in one search, each with its name."""

    def __init__(self) -> None:
        """Start with none."""
        self._names: dict[object, str] = {}

    def apart(self, boxes: Boxes, bounds: Iterable[Bound]) -> tuple[dict[str, Interval], list[Bound]]:
        """Return bounds in which known dates are moved up to the first open day, and the boxes with these days in them.

        Args:
            boxes: What every fact is, and every open day that was met before.
            bounds: Bounds of sums of facts and of dates moved from them.
        """
        found = dict(boxes)
        return found, [(tuple([self._term(term, found) for term in terms]), low, high) for terms, low, high in bounds]

    def _term(self, term: Term, boxes: dict[str, Interval]) -> Term:
        if not isinstance(term.quantity, Shifted):
            return term
        name, shifts = term.quantity.name, term.quantity.shifts
        if name not in boxes:  # a date that several facts make
            whole = self._named(term.quantity, shifted(shifts, FREE), boxes)
            return attrs.evolve(term, quantity=Variable(name=whole))
        while shifts and boxes[name][0] == boxes[name][1]:
            day = boxes[name][0]
            reached = shifted(shifts[:1], (day, day))
            key: object = reached if reached[0] == reached[1] else (shifts[0], day)
            name, shifts = self._named(key, reached, boxes), shifts[1:]
        quantity = Shifted(name=name, shifts=shifts) if shifts else Variable(name=name)
        return attrs.evolve(term, quantity=quantity)

    def _named(self, key: object, reached: Interval, boxes: dict[str, Interval]) -> str:
        name = self._names.setdefault(key, f"day {len(self._names)}")
        boxes.setdefault(name, reached)
        return name
