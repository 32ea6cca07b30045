"""The cells of every level that what is known of one organization leaves."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from operator import itemgetter, lshift
from typing import Any, Final, NamedTuple

from cso_rules.model.expressions import Variable
from cso_rules.plan.building import Plan
from cso_rules.plan.levels import Choice, Form, Member, Number, cells_between
from cso_rules.plan.prepared import Attached
from cso_rules.plan.sums.open_days import FREE
from cso_rules.plan.sums.solving import range_of

MOST_KEPT: Final = 16384
"""How many sets, known or open, of each fact are kept as cells, and of how many levels together."""


class _Number(NamedTuple):
    """A number or date.

    Attributes:
        bits: The bit of each of its cells.
        widest: Its bounds while nothing is known.
        open: The bits of the cells that it has then.
    """

    name: str
    cuts: tuple[int, ...]
    bits: tuple[int, ...]
    widest: tuple[int, int]
    open: int


class _Sum(NamedTuple):
    """A sum of facts.

    Attributes:
        factors: Its facts, each with its factor and which end of it makes the sum least and which greatest; None where
            it holds anything but facts as they are.
        first: The place of the bit of its first cell.
        cuts: Where its cells begin.
    """

    form: Form
    factors: tuple[tuple[str, int, int, int], ...] | None
    first: int
    cuts: tuple[int, ...]


class Cells:
    """How the cells that remain of each level of a plan are found: as one whole number, and as one for each level."""

    def __init__(self, plan: Plan) -> None:
        """Find out what belongs to which fact."""
        levels = plan.levels
        self._firsts = tuple(accumulate((level.size for level in levels), initial=0))[:-1]
        self._each = tuple([(first, (1 << level.size) - 1) for first, level in zip(self._firsts, levels, strict=True)])
        self._masks: dict[int, int] = {}
        pairs = list(zip(levels, self._firsts, strict=True))
        choices = [(level.name, first) for level, first in pairs if isinstance(level, Choice)]
        names = [name for name, _ in choices]
        self._choices_of = itemgetter(*names) if len(names) > 1 else lambda domains: [domains[name] for name in names]
        self._choice_firsts = tuple([first for _, first in choices])
        self.choices = dict(choices)
        """The place of the bit of the first cell of each boolean or enumeration."""
        sets: dict[str, list[tuple[int, int]]] = {}
        for level, first in pairs:
            if isinstance(level, Member):
                sets.setdefault(level.name, []).append((level.place, first))
        self.sets = {name: _Members(places) for name, places in sets.items()}
        """The bits of the cells of each set, by those that it has and those that it may have."""
        self.numbers = {level.name: _number(plan, level, first) for level, first in pairs if isinstance(level, Number)}
        """The numbers and dates."""
        self._sums = [
            _Sum(level, _factors(plan, level), first, level.cuts) for level, first in pairs if isinstance(level, Form)
        ]
        widest = {name: FREE for level in levels if isinstance(level, Form) for name in level.names}
        widest |= {name: number.widest for name, number in self.numbers.items()}
        of_choices = {level.name: (1 << level.size) - 1 for level in levels if isinstance(level, Choice)}
        members = {level.name: (0, -1) for level in levels if isinstance(level, Member)}
        self._widest: dict[str, Any] = {**widest, **of_choices, **members}

    def mask(self, levels: int) -> int:
        """Return the bits of all cells of some levels, given as bits."""
        found = self._masks.get(levels)
        if found is None:
            each = enumerate(self._each)
            found = sum(cells << first for place, (first, cells) in each if levels >> place & 1)
            if len(self._masks) < MOST_KEPT:
                self._masks[levels] = found
        return found

    def state(self, domains: Mapping[str, Any]) -> int:
        """Return the bits of the cells that remain of all levels; of sums those that the bounds of facts reach."""
        try:
            return self._state(domains)
        except KeyError:  # nothing need be given of what is not known
            return self._state({**self._widest, **domains})

    def at(self, state: int, place: int) -> int:
        """Return the cells that remain of one level, as bits."""
        first, cells = self._each[place]
        return state >> first & cells

    def left(self, state: int) -> list[int]:
        """Return the cells that remain of every level, as bits."""
        return [state >> first & cells for first, cells in self._each]

    def _state(self, domains: Mapping[str, Any]) -> int:
        found: int = sum(map(lshift, self._choices_of(domains), self._choice_firsts))
        for name, members in self.sets.items():
            found |= members[domains[name]]
        for name, cuts, bits, widest, cells in self.numbers.values():
            low, high = domain = domains[name]
            if low == high:
                found |= bits[bisect_right(cuts, low)]
            elif domain == widest:
                found |= cells
            else:
                first, end = cells_between(cuts, low, high)
                found |= sum(bits[first:end])
        return found | self.of_sums(domains)

    def of_sums(self, domains: Mapping[str, Any]) -> int:
        """Return the bits of the cells of sums that bounds reach; only those of what stands in sums are looked at."""
        found = 0
        for form, factors, place, cuts in self._sums:
            if factors is None:
                low, high = range_of(form.terms, domains)
            else:
                low = high = 0
                for name, factor, least, most in factors:
                    ends = domains[name]
                    low += factor * ends[least]
                    high += factor * ends[most]
            last = 1 << place + bisect_right(cuts, high)
            found |= last if low == high else (last << 1) - (1 << place + bisect_right(cuts, low))
        return found


class _Members(dict[tuple[int, int], int]):
    """The bits of the cells that remain of the members of a set, by those that it has and those that it may have."""

    def __init__(self, places: Sequence[tuple[int, int]]) -> None:
        super().__init__()
        self._places = places

    def __missing__(self, domain: tuple[int, int]) -> int:
        sure, possible = domain
        pairs = ((~sure >> item & 1 | (possible >> item & 1) << 1, first) for item, first in self._places)
        found = sum(cells << first for cells, first in pairs)
        if len(self) < MOST_KEPT:
            self[domain] = found
        return found


def _number(plan: Plan, level: Number, first: int) -> _Number:
    fact = plan.policy.facts.get(level.name)
    widest = FREE if fact is None else (fact.type.minimum, fact.type.maximum)
    cells = (1 << level.size) - 1 if fact is None else _between(level.cuts, *widest)
    bits = tuple([1 << first + cell for cell in range(level.size)])
    return _Number(level.name, level.cuts, bits, widest, cells << first)


def _between(cuts: tuple[int, ...], low: int, high: int) -> int:
    first, end = cells_between(cuts, low, high)
    return (1 << end) - (1 << first)


def _factors(plan: Plan, form: Form) -> tuple[tuple[str, int, int, int], ...] | None:
    """Return the facts of a sum of facts as they are, as `_Sum` has them; None where there is anything else."""
    if not is_plain(form) or not plan.policy.facts.keys() >= {*form.names}:
        return None
    return tuple((term.quantity.name, term.factor, *((0, 1) if term.factor > 0 else (1, 0))) for term in form.terms)


def is_plain(form: Form) -> bool:
    """Tell whether a sum is one of facts as they are."""
    return all(isinstance(term.quantity, Variable) for term in form.terms)


cells_of = Attached(Cells)
"""How the cells of a plan are found."""
