"""The cells of every level that what is known of one organization leaves, as bits of one whole number, the state."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

import attrs

from cso_rules.model.expressions import Variable
from cso_rules.plan.building import Plan
from cso_rules.plan.levels import Choice, Form, Member, Number, cells_between
from cso_rules.plan.prepared import Attached
from cso_rules.plan.sums.solving import FREE, range_of


@attrs.frozen
class _Number:
    """A number or date.

    Attributes:
        widest: Its bounds while nothing is known.
        cells: The cells that it has then, as bits of the state.
    """

    start: int
    bit: int
    name: str
    cuts: tuple[int, ...]
    widest: tuple[int, int]
    cells: int


class Cells:
    """Where the cells of each level of a plan stand in the state, and which remain."""

    def __init__(self, plan: Plan) -> None:
        """Find out what belongs to which fact."""
        self.starts = tuple(accumulate((level.size for level in plan.levels), initial=0))
        levels = list(zip(self.starts, (1 << place for place in range(len(plan.levels))), plan.levels, strict=False))
        self._choices = [(start, bit, level.name) for start, bit, level in levels if isinstance(level, Choice)]
        self._members = [
            (start, bit, level.name, level.place) for start, bit, level in levels if isinstance(level, Member)
        ]
        self._numbers = [_number(plan, start, bit, level) for start, bit, level in levels if isinstance(level, Number)]
        self._sums = [
            (start, bit, level, _factors(plan, level)) for start, bit, level in levels if isinstance(level, Form)
        ]
        numbers = {name: FREE for _, _, level, _ in self._sums for name in level.names}
        numbers |= {number.name: number.widest for number in self._numbers}
        choices = {level.name: (1 << level.size) - 1 for level in plan.levels if isinstance(level, Choice)}
        self._widest: dict[str, Any] = {**numbers, **choices, **{name: (0, -1) for _, _, name, _ in self._members}}
        self._of_levels: dict[int, int] = {}

    def left(self, domains: Mapping[str, Any]) -> tuple[int, int]:
        """Return the cells that remain of every level, and the levels of which several do, as bits.

        Of sums those remain that the bounds of their facts reach.
        """
        try:
            return self._left(domains)
        except KeyError:  # nothing need be given of what is not known
            return self._left({**self._widest, **domains})

    def _left(self, domains: Mapping[str, Any]) -> tuple[int, int]:
        state = open_ = 0
        for start, bit, name in self._choices:
            cells = domains[name]
            state |= cells << start
            if cells & cells - 1:
                open_ |= bit
        for start, bit, name, item in self._members:
            sure, possible = domains[name]
            if (sure ^ possible) >> item & 1:
                state |= 3 << start
                open_ |= bit
            else:
                state |= 1 + (sure >> item & 1) << start
        for number in self._numbers:
            low, high = domain = domains[number.name]
            if low == high:
                state |= 1 << number.start + bisect_right(number.cuts, low)
                continue
            is_widest = domain is number.widest or domain == number.widest
            cells = number.cells if is_widest else _between(number.start, number.cuts, low, high)
            state |= cells
            if cells & cells - 1:
                open_ |= number.bit
        for start, bit, form, factors in self._sums:
            if factors is None:
                low, high = range_of(form.terms, domains)
            else:
                low = high = 0
                for name, factor in factors:
                    ends = domains[name] if factor > 0 else domains[name][::-1]
                    low, high = low + factor * ends[0], high + factor * ends[1]
            cells = _between(start, form.cuts, low, high)
            state |= cells
            if cells & cells - 1:
                open_ |= bit
        return state, open_

    def of(self, levels: int) -> int:
        """Return all cells of some levels."""
        found = self._of_levels.get(levels)
        if found is None:
            places = (place for place in range(levels.bit_length()) if levels >> place & 1)
            found = sum((1 << self.starts[place + 1]) - (1 << self.starts[place]) for place in places)
            self._of_levels[levels] = found
        return found


def _number(plan: Plan, start: int, bit: int, level: Number) -> _Number:
    fact = plan.policy.facts.get(level.name)
    if fact is None:
        return _Number(start, bit, level.name, level.cuts, FREE, ((1 << level.size) - 1) << start)
    low, high = widest = fact.type.minimum, fact.type.maximum
    return _Number(start, bit, level.name, level.cuts, widest, _between(start, level.cuts, low, high))


def _between(start: int, cuts: tuple[int, ...], low: int, high: int) -> int:
    first, end = cells_between(cuts, low, high)
    return (1 << start + end) - (1 << start + first)


def _factors(plan: Plan, form: Form) -> tuple[tuple[str, int], ...] | None:
    """Return the facts of a sum of facts as they are, each with its factor; None where there is anything else."""
    if not is_plain(form) or not plan.policy.facts.keys() >= {*form.names}:
        return None
    return tuple((term.quantity.name, term.factor) for term in form.terms)


def is_plain(form: Form) -> bool:
    """Tell whether a sum is one of facts as they are."""
    return all(isinstance(term.quantity, Variable) for term in form.terms)


cells_of = Attached(Cells)
"""Where the cells of a plan stand."""
