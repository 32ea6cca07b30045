"""Which cells sums that share facts can have at once, with one another and with the numbers that stand in them.

What remains of a diagram takes sums as free of one another. Where it depends on several levels that are not free, their
cases are the cells that they can have together; in each case nothing depends on the way through the diagram any more.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, reduce
from itertools import product
from math import prod
from operator import or_
from typing import Any, Final, NamedTuple

import attrs

from cso_rules.model.types import Interval, is_known
from cso_rules.plan.asked.cells import Cells, cells_of, is_plain
from cso_rules.plan.asked.rests import Learned, Rest, Rests, Within, ends_within
from cso_rules.plan.asked.ways import copied, ends_of, names_of
from cso_rules.plan.building import Plan
from cso_rules.plan.levels import Form, Number, tied
from cso_rules.plan.prepared import Attached
from cso_rules.plan.sums.open_days import FREE, Bound
from cso_rules.plan.sums.solving import is_each_once, is_easy, solvable

MOST_CASES: Final = 64
"""How many cases a question is split into at most."""
_MOST_KEPT: Final = 16384

Case = tuple[int, ...]
"""A cell of each level of a group."""
Levels = tuple[tuple[int, Number | Form], ...]
"""Levels, each with its place."""


@attrs.frozen(eq=False)
class Group:
    """Levels of sums that share facts, and of the numbers in them.

    Attributes:
        names: Their facts.
        levels: The levels, in order.
        places: The same as bits.
        is_plain: Whether they are sums of facts as they are.
        free: How many facts may be open while the cells of the levels depend on nothing.
        kept: What was found out about them before.
    """

    names: tuple[str, ...]
    levels: Levels
    places: int
    is_plain: bool
    free: int
    cells: Cells
    kept: dict[object, Open] = attrs.field(factory=dict)

    def open(self, domains: Mapping[str, Any], state: int) -> Open | bool:
        """Return the group as what is known leaves it; just whether it is free where it has no cases, or too many."""
        boxes: dict[str, Interval] = {}
        facts: list[str] = []
        for name in self.names:
            low, high = boxes[name] = domains.get(name, FREE)
            if low < high:
                facts.append(name)
        if len(facts) <= self.free:
            return True
        if len(facts) == 1 and self.is_plain:
            cases = _along(boxes, self.levels, facts[0])
            if prod([self.cells.at(state, place).bit_count() for place, _ in self.levels]) == len(cases):
                return True
            key: object = facts[0], cases
            found = self.kept.get(key)
            return (
                self._keep(key, Open(self.levels, self.places, boxes, cases, is_along_one=True))
                if found is None
                else found
            )
        key = tuple(boxes.values())
        found = self.kept.get(key)
        if found is None:
            left = [self.cells.at(state, place) for place, _ in self.levels]
            cells = [
                [cell for cell in range(level.size) if own >> cell & 1]
                for own, (_, level) in zip(left, self.levels, strict=True)
            ]
            most = prod(map(len, cells))
            if most > MOST_CASES:
                return False
            cases = tuple([case for case in product(*cells) if _is_possible(boxes, self.levels, case)])
            found = Open(self.levels, self.places, boxes, cases)
            is_free = self.is_plain and len(cases) == most and found.leads_everywhere()
            found = self._keep(key, attrs.evolve(found, is_free=is_free))
        return found.is_free or found

    def _keep(self, key: object, found: Open) -> Open:
        if len(self.kept) >= _MOST_KEPT:
            self.kept.clear()
        return self.kept.setdefault(key, found)


@attrs.frozen(eq=False)
class Open:
    """A group of one organization.

    Attributes:
        levels: Its levels.
        places: The same as bits.
        boxes: The bounds of its facts.
        cases: The cells that its levels can have together.
        is_along_one: Whether one fact alone goes through all cases; the bounds of others are any that lead to them.
        is_free: Whether cells depend on nothing: every case is possible, and leads everywhere.
        changes: Of each fact and two cases, whether the fact alone can lead from one to the other, as far as known.
    """

    levels: Levels
    places: int
    boxes: Mapping[str, Interval]
    cases: tuple[Case, ...]
    is_along_one: bool = False
    is_free: bool = False
    changes: dict[tuple[str, Case, Case], bool] = attrs.field(factory=dict)

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that are not known."""
        return tuple(name for name, (low, high) in self.boxes.items() if low < high)

    def is_changed_by(self, name: str, one: Case, two: Case) -> bool:
        """Tell whether one fact alone can lead from one case to another."""
        key = (name, one, two)
        if key not in self.changes:
            self.changes[key] = self.is_along_one or self._is_changed_by(name, one, two)
        return self.changes[key]

    def _is_changed_by(self, name: str, one: Case, two: Case) -> bool:
        levels = self.levels
        for (_, level), cell, other_cell in zip(levels, one, two, strict=True):
            if cell != other_cell and name not in names_of(level):
                return False
        again = f"{name}, again"
        narrowed, other = _narrowed(self.boxes, levels, one), _narrowed(self.boxes, levels, two)
        bounds = _bounds(levels, one) + [copied(bound, name, again) for bound in _bounds(levels, two)]
        return solvable({**narrowed, again: other[name]}, bounds)

    def leads_everywhere(self) -> bool:
        """Tell whether each open fact of a level alone leads from each of its cells to each other one in every case.

        Where every case is possible besides, the cells depend on nothing: what remains tells by itself what matters.
        """
        for place, two in enumerate(self.cases):
            for one in self.cases[:place]:
                parted = [level for (_, level), *cells in zip(self.levels, one, two, strict=True) if len({*cells}) > 1]
                if len(parted) == 1:
                    own = names_of(parted[0])
                    if not all(self.is_changed_by(name, one, two) for name in self.facts if name in own):
                        return False
        return True

    def changing(self, remaining: Sequence[Sequence[Rest]]) -> frozenset[str]:
        """Return the facts that alone can lead from one case to another in which something else remains.

        Args:
            remaining: For each case what remains in it, in each case of the other groups.
        """
        untold = list(self.facts)
        for place, two in enumerate(self.cases):
            for other, one in enumerate(self.cases[:place]):
                if not untold:
                    return frozenset(self.facts)
                if remaining[other] != remaining[place]:
                    untold = [name for name in untold if not self.is_changed_by(name, one, two)]
        return frozenset(self.facts).difference(untold)

    def cells(self) -> Iterator[dict[int, int]]:
        """Yield the cells of each case, as bits, by their levels, as bits."""
        for case in self.cases:
            yield {1 << place: 1 << cell for (place, _), cell in zip(self.levels, case, strict=True)}


class Cased(NamedTuple):
    """What remains of a function in the cases of a split.

    Attributes:
        parts: What remains in each case; just one where it depends on none of their levels.
        ends: The ends that it may lead to.
        levels: The levels on which the parts depend, as bits.
        changing: The facts of the groups that alone lead from one case to another in which something else remains, as
            bits (`fact_bits`).
    """

    parts: tuple[Rest, ...]
    ends: int
    levels: int
    changing: int


@attrs.frozen(slots=False, eq=False)
class Split:
    """The cases of some open groups."""

    rests: Rests
    groups: tuple[Open, ...]
    _parts: dict[Rest, tuple[Rest, ...]] = attrs.field(init=False, factory=dict)
    _cased: dict[Rest, Cased] = attrs.field(init=False, factory=dict)

    @cached_property
    def places(self) -> int:
        """The levels of the groups, as bits."""
        return reduce(or_, (group.places for group in self.groups), 0)

    @cached_property
    def within(self) -> tuple[Within, ...]:
        """The cells in each case of all: one of each group."""
        parts = product(*(group.cells() for group in self.groups))
        return tuple(
            [Within({level: cell for own in part for level, cell in own.items()}, self.places) for part in parts]
        )

    def parts(self, rest: Rest) -> tuple[Rest, ...]:
        """Return what remains of a function in each case; just one where it depends on none of these levels."""
        if not rest.levels & self.places:
            return (rest,)
        found = self._parts.get(rest)
        if found is None:
            if len(self._parts) >= _MOST_KEPT:
                self._parts.clear()
            found = self._parts[rest] = tuple([self.rests.within(rest, cells) for cells in self.within])
        return found

    def ends(self, rest: Rest) -> int:
        """Return the ends that a function may lead to."""
        if not rest.levels & self.places:
            return rest.ends
        parts = self._parts.get(rest)
        if parts is not None:
            return reduce(or_, [part.ends for part in parts])
        found = 0
        for cells in self.within:
            found |= ends_within(rest, cells)
            if found == rest.ends:
                break
        return found

    def cased(self, rest: Rest) -> Cased:
        """Return what matters for a function."""
        found = self._cased.get(rest)
        if found is None:
            parts = self.parts(rest)
            ends, levels = reduce(or_, [part.ends for part in parts]), reduce(or_, [part.levels for part in parts])
            changing = self.rests.facts.of(self._changing(parts)) if len(set(parts)) > 1 else 0
            if len(self._cased) >= _MOST_KEPT:
                self._cased.clear()
            found = self._cased[rest] = Cased(parts, ends, levels, changing)
        return found

    def _changing(self, parts: Sequence[Rest]) -> frozenset[str]:
        """Return the facts of the groups that alone lead from one case to another in which something else remains."""
        found, below = frozenset[str](), 1
        for group in reversed(self.groups):
            count = len(group.cases)
            remaining: list[list[Rest]] = [[] for _ in group.cases]
            for place, part in enumerate(parts):
                remaining[place // below % count].append(part)
            found |= group.changing(remaining)
            below *= count
        return found


def split_of(plan: Plan, learned: Learned, levels: int, domains: Mapping[str, Any], state: int) -> Split | None:
    """Return the cases of the sums among some levels that one organization leaves; None where they are too many."""
    known: tuple[Open, ...] = ()
    count = 1
    for group in groups_of(plan).of(levels):
        own = group.open(domains, state)
        if own is False:
            return None
        if own is not True:
            known, count = (*known, own), count * len(own.cases)
    if count > MOST_CASES:
        return None
    found: Split | None = learned.splits.get(known)
    if found is None:
        found = learned.splits[known] = Split(learned.rests, known)
    return found


def _narrowed(boxes: Mapping[str, Interval], levels: Levels, case: Case) -> dict[str, Interval]:
    """Return what remains of facts where their numbers lie in the cells of a case."""
    found = dict(boxes)
    for (_, level), cell in zip(levels, case, strict=True):
        if isinstance(level, Number):
            (low, high), (least, most) = found[level.name], ends_of(level, (cell, cell))
            found[level.name] = low if least is None else max(low, least), high if most is None else min(high, most)
    return found


def _bounds(levels: Levels, case: Case) -> list[Bound]:
    pairs = zip(levels, case, strict=True)
    return [(level.terms, *ends_of(level, (cell, cell))) for (_, level), cell in pairs if isinstance(level, Form)]


def _is_possible(boxes: Mapping[str, Interval], levels: Levels, case: Case) -> bool:
    return solvable(_narrowed(boxes, levels, case), _bounds(levels, case))


def _along(boxes: Mapping[str, Interval], levels: Levels, name: str) -> tuple[Case, ...]:
    """Return the cases that one fact goes through from its least value to its greatest, all others being known."""
    (low, high), lines = boxes[name], []
    for _, level in levels:
        factor, constant = (1, 0) if isinstance(level, Number) else _line(level, boxes, name)
        lines.append((factor, constant, level.cuts))
    starts = {low}
    for factor, constant, cuts in lines:
        if factor:
            starts.update(
                -((constant - cut) // factor) if factor > 0 else (constant - cut) // -factor + 1 for cut in cuts
            )
    turns = sorted(start for start in starts if low <= start <= high)
    cases = (
        tuple([bisect_right(cuts, factor * turn + constant) for factor, constant, cuts in lines]) for turn in turns
    )
    return tuple(dict.fromkeys(cases))


def _line(form: Form, boxes: Mapping[str, Interval], name: str) -> tuple[int, int]:
    """Return how often a sum has a fact, and what the known others come to."""
    own = [term for term in form.terms if term.quantity.name == name]
    others = (term.factor * boxes[term.quantity.name][0] for term in form.terms if term.quantity.name != name)
    return sum(term.factor for term in own), sum(others)


class Groups:
    """The groups of the levels of a plan, of which functions depend on some."""

    def __init__(self, plan: Plan) -> None:
        """Start with none."""
        self._levels, self._cells = plan.levels, cells_of(plan)
        self._forms, self._bound = plan.form_bits, plan.bound_bits
        self._found: dict[int, tuple[Group, ...]] = {}
        self._are_free: dict[tuple[int, int], bool] = {}
        names = dict.fromkeys(name for level in plan.levels if isinstance(level, Form) for name in level.names)
        self.bits = {name: 1 << place for place, name in enumerate(names)}
        """The bit of everything that stands in sums."""
        self._every = (1 << len(names)) - 1

    def of(self, levels: int) -> tuple[Group, ...]:
        """Return the groups among some levels of sums, given as bits, and of whatever else."""
        if not levels & self._forms:
            return ()
        levels &= self._bound
        found = self._found.get(levels)
        if found is None:
            if len(self._found) >= _MOST_KEPT:
                self._found.clear()
            found = self._found[levels] = tuple(self._made(levels))
        return found

    def open_facts(self, domains: Mapping[str, Any]) -> int:
        """Return as bits what stands in sums and is not known."""
        found = self._every
        for name, bit in self.bits.items():
            if is_known(domains.get(name, FREE)):
                found ^= bit
        return found

    def are_free(self, levels: int, open_facts: int = -1) -> bool:
        """Tell whether the cells of sums among some levels, given as bits, depend on nothing, whatever is known.

        Args:
            levels: The levels.
            open_facts: What of all that stands in sums may be open (`open_facts`).
        """
        if not levels & self._forms:
            return True
        key = levels & self._bound, open_facts
        found = self._are_free.get(key)
        if found is None:
            if len(self._are_free) >= _MOST_KEPT:
                self._are_free.clear()
            found = self._are_free[key] = all(self._is_free(group, open_facts) for group in self.of(levels))
        return found

    def _is_free(self, group: Group, open_facts: int) -> bool:
        return sum(1 for name in group.names if self.bits[name] & open_facts) <= group.free

    def _made(self, levels: int) -> Iterator[Group]:
        own = [(place, self._levels[place]) for place in range(levels.bit_length()) if levels >> place & 1]
        for places in tied((place, level) for place, level in own if isinstance(level, Form)):
            names = {name for place, level in own if place in places for name in names_of(level)}
            numbers = [place for place, level in own if isinstance(level, Number) and level.name in names]
            yield self._group(tuple(sorted(names)), sorted([*places, *numbers]))

    def _group(self, names: Sequence[str], places: Sequence[int]) -> Group:
        pairs = [(place, level) for place in places if isinstance(level := self._levels[place], Number | Form)]
        forms = [level for _, level in pairs if isinstance(level, Form)]
        bits = sum(1 << place for place in places)
        return Group(tuple(names), tuple(pairs), bits, all(map(is_plain, forms)), _free(forms, len(pairs)), self._cells)


def _free(forms: Sequence[Form], count: int) -> int:
    """Return how many facts of a group may be open while each brings a sum into each cell that the ends allow.

    Where a calendar leaves a shifted date open, sums of it may skip cells even if every fact is known: fewer than none.
    """
    if count == 1 and is_easy(forms[0].terms):
        return len(forms[0].names)
    if not all(map(is_plain, forms)):
        return -1
    return int(count == 1 and forms[0].size == 2 and is_each_once(forms[0].terms))  # noqa: PLR2004


groups_of = Attached(Groups)
"""The groups of a plan."""
