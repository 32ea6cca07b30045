"""The cells of every level that what is known of one organization leaves."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from operator import itemgetter
from typing import Any, NamedTuple

from cso_rules.model.expressions import Variable
from cso_rules.plan.building import Plan
from cso_rules.plan.levels import Choice, Form, Level, Member, Number, cells_between
from cso_rules.plan.prepared import Attached
from cso_rules.plan.sums.solving import FREE, range_of


class _Number(NamedTuple):
    """A number or date.

    Attributes:
        widest: Its bounds while nothing is known.
        cells: The cells that it has then.
    """

    place: int
    cuts: tuple[int, ...]
    widest: tuple[int, int]
    cells: int


class Cells:
    """How the cells that remain of each level of a plan are found."""

    def __init__(self, plan: Plan) -> None:
        """Find out what belongs to which fact."""
        self._levels, levels = plan.levels, list(enumerate(plan.levels))
        self._domains = itemgetter(*map(_name, plan.levels)) if len(plan.levels) > 1 else None
        self._members = [(place, level.place) for place, level in levels if isinstance(level, Member)]
        numbers = [(level.name, _number(plan, place, level)) for place, level in levels if isinstance(level, Number)]
        self._numbers = [number for _, number in numbers]
        self._sums = [(place, level, _factors(plan, level)) for place, level in levels if isinstance(level, Form)]
        widest = {name: FREE for _, level, _ in self._sums for name in level.names}
        widest |= {name: number.widest for name, number in numbers}
        choices = {level.name: (1 << level.size) - 1 for level in plan.levels if isinstance(level, Choice)}
        members = {level.name: (0, -1) for level in plan.levels if isinstance(level, Member)}
        self._widest: dict[str, Any] = {**widest, **choices, **members}

    def left(self, domains: Mapping[str, Any]) -> list[int]:
        """Return the cells that remain of every level, as bits; of sums those that the bounds of their facts reach."""
        try:
            return self._left(domains)
        except KeyError:  # nothing need be given of what is not known
            return self._left({**self._widest, **domains})

    def _left(self, domains: Mapping[str, Any]) -> list[int]:
        found = [*self._domains(domains)] if self._domains else [domains[_name(level)] for level in self._levels]
        for place, item in self._members:
            sure, possible = found[place]
            found[place] = ~sure >> item & 1 | (possible >> item & 1) << 1
        for place, cuts, widest, cells in self._numbers:
            low, high = domain = found[place]
            if low == high:
                found[place] = 1 << bisect_right(cuts, low)
            else:
                found[place] = cells if domain == widest else _between(cuts, low, high)
        for place, form, factors in self._sums:
            if factors is None:
                low, high = range_of(form.terms, domains)
            else:
                low = high = 0
                for name, factor in factors:
                    least, most = domains[name]
                    low += factor * (least if factor > 0 else most)
                    high += factor * (most if factor > 0 else least)
            found[place] = _between(form.cuts, low, high)
        return found


def _name(level: Level) -> str:
    return level.names[0] if isinstance(level, Form) else level.name


def _number(plan: Plan, place: int, level: Number) -> _Number:
    fact = plan.policy.facts.get(level.name)
    if fact is None:
        return _Number(place, level.cuts, FREE, (1 << level.size) - 1)
    low, high = widest = fact.type.minimum, fact.type.maximum
    return _Number(place, level.cuts, widest, _between(level.cuts, low, high))


def _between(cuts: tuple[int, ...], low: int, high: int) -> int:
    first, end = cells_between(cuts, low, high)
    return (1 << end) - (1 << first)


def _factors(plan: Plan, form: Form) -> tuple[tuple[str, int], ...] | None:
    """Return the facts of a sum of facts as they are, each with its factor; None where there is anything else."""
    if not is_plain(form) or not plan.policy.facts.keys() >= {*form.names}:
        return None
    return tuple((term.quantity.name, term.factor) for term in form.terms)


def is_plain(form: Form) -> bool:
    """Tell whether a sum is one of facts as they are."""
    return all(isinstance(term.quantity, Variable) for term in form.terms)


cells_of = Attached(Cells)
"""How the cells of a plan are found."""
