"""What remains of the diagrams of a plan where some cells of its levels remain: functions, shared by all organizations.

Equal functions are one object, so that what is found out about one is remembered by it, within a bound. Sums count as
free of one another here; which of their cells can be together is the matter of `cases`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar
from weakref import ReferenceType, ref

import attrs

from cso_rules.plan.asked.cells import cells_of
from cso_rules.plan.asked.fact_bits import fact_bits_of
from cso_rules.plan.asked.walks import Walks
from cso_rules.plan.building import Plan
from cso_rules.plan.diagrams import Node

MOST: Final = 1 << 17
"""How many functions of each kind are kept before all begins anew."""

MOST_NARROWED: Final = 1 << 17
"""How often functions are narrowed to given cells."""

MOST_SPLITS: Final = 1 << 14
"""How many cases of sums."""

MOST_KEPT: Final = 16384
"""How many functions by what they are made of, for each rule."""

MOST_RESULTS: Final = 8192
"""How many results of each decision, with what is told of them."""


OFTEN: Final = 16
"""After how many organizations each it is looked whether it is time to begin anew."""

MANY = 16
"""Organizations after which it pays to make diagrams of which row is the hit."""


@attrs.define(eq=False, weakref_slot=False)
class Rest:
    """A function of what is open; among those kept together, equal functions are one object.

    Attributes:
        ends: The ends that it may lead to, as bits of `Plan.end_bits`.
        levels: The levels on which it depends, as bits.
        ways: The cells of its first level, as bits, and what remains there; none of an end.
    """

    ends: int
    levels: int
    ways: Ways = attrs.field(default=(), repr=False)


Ways = tuple[tuple[int, Rest], ...]


@attrs.define(eq=False)
class Within:
    """A cell of each of some levels.

    Attributes:
        cells: The cells, as bits, by their levels, as bits.
        levels: The levels.
        kept: What remains of functions there, as far as it was found.
    """

    cells: Mapping[int, int]
    levels: int
    kept: dict[Rest, Rest] = attrs.field(factory=dict)


class Rests:
    """What remains of diagrams."""

    def __init__(self, plan: Plan) -> None:
        """Start with nothing found."""
        self._end_bits = plan.end_bits
        self._chosen: dict[tuple[Rest, Rest, Rest], Rest] = {}
        self._mapped: dict[tuple[Rest, int], tuple[Mapping[int, Rest], Rest]] = {}
        self.equal: list[dict[tuple[object, ...], Rest]] = [{} for _ in plan.levels]
        """The functions that begin at each level, by the functions that they go on to and the cells there."""
        self.made = self.narrowed = 0
        """How many there are of them, and how often one was narrowed to given cells."""
        self._bits: dict[int, Rest] = {}
        self.false, self.true = self.end(plan.diagrams.false), self.end(plan.diagrams.true)
        self.form_bits = plan.form_bits
        """The levels that are sums, as bits."""
        self.bound_bits, self._linked = plan.bound_bits, plan.linked
        """The levels that are sums or stand in them, as bits."""
        self.facts = fact_bits_of(plan)
        """The facts and readings that levels stand for."""
        self.cells = cells_of(plan)
        """How the cells that remain of each level are found."""

    @property
    def is_full(self) -> bool:
        """Whether it is time to begin anew."""
        is_full = self.made > MOST or len(self._chosen) > MOST or len(self._mapped) > MOST
        return is_full or self.narrowed > MOST_NARROWED

    def end(self, node: Node) -> Rest:
        """Return what remains of a terminal."""
        return self.end_of(self._end_bits[node])

    def end_of(self, bit: int) -> Rest:
        """Return the function that always leads to one end."""
        found = self._bits.get(bit)
        return self._bits.setdefault(bit, Rest(bit, 0)) if found is None else found

    def sharing(self, levels: int) -> int:
        """Return some levels, given as bits, and those that share facts with the sums among them."""
        for linked in self._linked:
            if levels & linked:
                levels |= linked
        return levels

    def truth(self, value: object) -> Rest:
        """Return one of the two truths."""
        return self.true if value else self.false

    def choose(self, condition: Rest, then: Rest, otherwise: Rest) -> Rest:
        """Return one function where a condition holds and another where it does not."""
        if condition is self.true or then is otherwise:
            return then
        if condition is self.false:
            return otherwise
        if then is self.true and otherwise is self.false:
            return condition
        key = condition, then, otherwise
        found = self._chosen.get(key)
        if found is None:
            found = self._chosen[key] = self._choice(condition, then, otherwise)
        return found

    def _choice(self, condition: Rest, then: Rest, otherwise: Rest) -> Rest:
        choose, levels = self.choose, condition.levels | then.levels | otherwise.levels
        first = levels & -levels
        if not (then.levels | otherwise.levels) & first:
            ways = [(cells, choose(way, then, otherwise)) for cells, way in condition.ways]
        elif not (condition.levels | otherwise.levels) & first:
            ways = [(cells, choose(condition, way, otherwise)) for cells, way in then.ways]
        elif not (condition.levels | then.levels) & first:
            ways = [(cells, choose(condition, then, way)) for cells, way in otherwise.ways]
        else:
            parts = [rest.ways if rest.levels & first else ((-1, rest),) for rest in (condition, then, otherwise)]
            ways = [(cells, choose(*rests)) for cells, rests in _crossed(parts)]
        return self.asking(first, ways)

    def mapped(self, rest: Rest, ends: Mapping[int, Rest]) -> Rest:
        """Return a function with others in the place of its ends; the ends are known by their identity."""
        key = rest, id(ends)
        found = self._mapped.get(key)
        if found is None:
            if len(rest.ways) == 2:  # noqa: PLR2004
                (one, there), (two, other) = rest.ways
                there, other, first = self.mapped(there, ends), self.mapped(other, ends), rest.levels & -rest.levels
                new = there if there is other else self.parting(first, one, there, two, other)
            elif rest.ways:
                ways = [(cells, self.mapped(way, ends)) for cells, way in rest.ways]
                new = self.asking(rest.levels & -rest.levels, ways)
            else:
                new = ends[rest.ends]
            found = self._mapped[key] = ends, new
        return found[1]

    def within(self, rest: Rest, given: Within) -> Rest:
        """Return what remains of a function where one cell is given of each of some levels."""
        if not rest.levels & given.levels:
            return rest
        found = given.kept.get(rest)
        if found is None:
            first = rest.levels & -rest.levels
            cell = given.cells.get(first)
            if cell is None and len(rest.ways) == 2:  # noqa: PLR2004
                (one, there), (two, other) = rest.ways
                there, other = self.within(there, given), self.within(other, given)
                found = there if there is other else self.parting(first, one, there, two, other)
            elif cell is None:
                found = self.asking(first, [(own, self.within(way, given)) for own, way in rest.ways])
            else:
                found = self.within(next(way for own, way in rest.ways if own & cell), given)
            given.kept[rest] = found
            self.narrowed += 1
        return found

    def asking(self, level: int, ways: Sequence[tuple[int, Rest]]) -> Rest:
        """Return the function that asks one level, given as a bit, and goes on to others, each by some of its cells."""
        if len(ways) == 2:  # noqa: PLR2004
            (one, there), (two, other) = ways
            if there is other:
                return there
            return (
                self.parting(level, one, there, two, other)
                if one < two
                else self.parting(level, two, other, one, there)
            )
        groups: dict[Rest, int] = {}
        for cells, rest in ways:
            groups[rest] = groups[rest] | cells if rest in groups else cells
        if len(groups) == 1:
            return ways[0][1]
        if len(groups) < len(ways):
            ways = [(cells, rest) for rest, cells in groups.items()]
            if len(ways) == 2:  # noqa: PLR2004
                return self.asking(level, ways)
        key = tuple(sorted(ways))
        kept = self.equal[level.bit_length() - 1]
        found = kept.get(key)
        if found is None:
            ends = 0
            for _, rest in key:
                ends |= rest.ends
                level |= rest.levels
            self.made += 1
            found = kept.setdefault(key, Rest(ends, level, key))
        return found

    def parting(self, level: int, one: int, there: Rest, two: int, other: Rest) -> Rest:
        """Return the same of two different functions, that with the lower number of cells first."""
        kept, key = self.equal[level.bit_length() - 1], (there, other, one, two)
        found = kept.get(key)
        if found is None:
            self.made += 1
            new = Rest(there.ends | other.ends, level | there.levels | other.levels, ((one, there), (two, other)))
            found = kept.setdefault(key, new)
        return found


def ends_within(rest: Rest, given: Within) -> int:
    """Return the ends that a function may lead to where one cell is given of each of some levels."""
    seen: set[Rest] = set()
    waiting, found = [rest], 0
    while waiting and found != rest.ends:
        own = waiting.pop()
        if not own.levels & given.levels:
            found |= own.ends
        elif own not in seen:
            seen.add(own)
            cell = given.cells.get(own.levels & -own.levels, -1)
            waiting += [to for cells, to in own.ways if cells & cell]
    return found


def _crossed(parts: Sequence[Ways]) -> list[tuple[int, tuple[Rest, Rest, Rest]]]:
    """Return the cells that are common to ways of three functions, and what remains there of each."""
    (conditions, thens, otherwises), found = parts, []
    for one, condition in conditions:
        for two, then in thens:
            both = one & two
            if both:
                found += [(both & cells, (condition, then, other)) for cells, other in otherwises if both & cells]
    return found


Held = TypeVar("Held")


def alive(reference: ReferenceType[Held]) -> Held:
    """Return what somebody holds."""
    found = reference()
    assert found is not None
    return found


class Learned:
    """What was found out about a plan while organizations were asked about.

    Nothing in it holds it or the plan but by weak references: so all of it is let go of with the plan at once, and no
    garbage collector has to look for it. Whoever uses it asks about the plan, and holds both.
    """

    def __init__(self, plan: Plan) -> None:
        """Start with nothing found."""
        self._plan = ref(plan)
        self.rests = Rests(plan)
        """What remains of its diagrams."""
        self.walks = Walks(plan, self.rests)
        """The nodes of the diagrams, as functions."""
        self.splits: dict[tuple[Any, ...], Any] = {}
        self.mappings: dict[object, Any] = {}
        self.steps: dict[str, Any] = {}
        self.shapes: dict[str, Any] = {}
        """What others found out by what remains."""
        self.asked = 0
        """How many organizations were asked about."""

    @property
    def plan(self) -> Plan:
        """The plan."""
        return alive(self._plan)

    @property
    def is_full(self) -> bool:
        """Whether it is time to begin anew."""
        return self.rests.is_full or len(self.splits) > MOST_SPLITS


@attrs.frozen(eq=False, slots=False)
class OfLearned:
    """What stands in what was found out about a plan, which it therefore holds by a weak reference only."""

    _learned: ReferenceType[Learned]

    @property
    def learned(self) -> Learned:
        """What was found out about the plan."""
        return alive(self._learned)

    @property
    def plan(self) -> Plan:
        """The plan."""
        return self.learned.plan


def learned_of(plan: Plan) -> Learned:
    """Return what was found out about a plan so far."""
    found: Learned | None = plan.attached.get(Learned)
    if found is None or (not found.asked % OFTEN and found.is_full):
        found = plan.attached[Learned] = Learned(plan)
    found.asked += 1
    if found.asked == MANY:
        found.steps.clear()
        found.shapes.clear()
    return found
