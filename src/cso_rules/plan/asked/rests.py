"""What remains of the diagrams of a plan where some cells of its levels remain: found once for all organizations.

The cells that remain of every level are the bits of one whole number, the state. Facts never seen before mostly leave
cells that were met already, since there are few: so what remains is kept by node and cells, within a bound. Nothing
here knows of sums whose cells depend on others; whoever asks has split those into cases before.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Final

import attrs

from cso_rules.plan.asked.recipes import Recipe, recipes_of
from cso_rules.plan.building import Plan
from cso_rules.plan.diagrams import END, Node
from cso_rules.plan.levels import Form

MOST: Final = 1 << 15
"""How many nodes and cells are kept before all begins anew."""

MANY = 16
"""Organizations after which it pays to find out how diagrams are put together of others."""


@attrs.frozen(eq=False)
class Rest:
    """A function of what is open; among those kept together, equal functions are one object.

    Attributes:
        ends: The ends that it may lead to, as bits of `Plan.end_bits`.
        levels: The levels on which it depends, as bits.
        ways: The cells of its first level, as bits of the state, and what remains there; none of an end.
    """

    ends: int
    levels: int
    ways: tuple[tuple[int, Rest], ...] = attrs.field(default=(), repr=False)


Parted = tuple[Rest, ...]
"""What remains in each case of some sums."""

Ways = tuple[tuple[int, Rest], ...]

Step = tuple[int, int, tuple[tuple[int, Node], ...]]
"""Of a node the cells of its level, those of all levels from there on, and its children with the cells to them."""


@attrs.frozen(eq=False)
class Joint:
    """The cells that some levels can have together, in cases; the same ones are one object among those kept together.

    Attributes:
        cases: The cells in each case, as bits of the state.
        levels: All cells of these levels.
        onto: For some levels the cases as far as these go, and which of them each case is there.
    """

    cases: tuple[int, ...]
    levels: int
    _parts: dict[int, list[int]] = attrs.field(init=False, factory=dict, repr=False)
    onto: dict[int, tuple[Joint, list[int]]] = attrs.field(init=False, factory=dict, repr=False)

    def within(self, cells: int) -> list[int]:
        """Return the places of the cases that lie in some cells of a level."""
        found = self._parts.get(cells)
        if found is None:
            found = self._parts[cells] = [place for place, case in enumerate(self.cases) if case & cells]
        return found


class Rests:
    """What remains of diagrams, by node and cells."""

    def __init__(self, plan: Plan) -> None:
        """Start with nothing found."""
        self.asked = 0
        self.recipes: Mapping[Node, Recipe] = {}
        self._steps = _Steps(plan)
        self._levels = plan.diagrams.levels
        given = {*plan.policy.facts, *plan.policy.readings}
        self._reads = [
            ((), level.names) if isinstance(level, Form) else (given & {level.name}, ()) for level in plan.levels
        ]
        self._names: dict[int, tuple[frozenset[str], frozenset[str]]] = {}
        self._found: dict[tuple[Node, int], Rest] = {}
        self._parted: dict[tuple[Node, int, Joint], Rest | Parted] = {}
        self._chosen: dict[tuple[Rest, Rest, Rest], Rest] = {}
        self._among: dict[tuple[Rest, frozenset[Node]], Rest] = {}
        self._joints: dict[tuple[int, tuple[int, ...]], Joint] = {}
        self._equal: dict[tuple[int | Rest, ...], Rest] = {}
        self.end = _Ends(plan).__getitem__
        """Returns what remains of a terminal."""
        self.false, self.true = self.end(plan.diagrams.false), self.end(plan.diagrams.true)

    def joint(self, cases: Iterable[int], levels: int) -> Joint:
        """Return what stands for some cases."""
        key = tuple(cases)
        found = self._joints.get((levels, key))
        return self._joints.setdefault((levels, key), Joint(key, levels)) if found is None else found

    @property
    def is_full(self) -> bool:
        """Whether it is time to begin anew."""
        return max(len(self._found), len(self._parted), len(self._chosen)) > MOST

    def names(self, levels: int) -> tuple[frozenset[str], frozenset[str]]:
        """Return the facts and readings on which some levels depend, and the facts of their sums, known or not."""
        found = self._names.get(levels)
        if found is None:
            own = [self._reads[place] for place in range(len(self._reads)) if levels >> place & 1]
            found = self._names[levels] = (
                frozenset().union(*(one for one, _ in own)),
                frozenset().union(*(two for _, two in own)),
            )
        return found

    def cells_below(self, node: Node) -> int:
        """Return all cells of the levels on which a diagram may depend."""
        return self._steps[node][1]

    def after_known(self, node: Node, state: int) -> Node:
        """Return the first node from here on of whose level several cells remain, or which is a terminal."""
        steps = self._steps
        cells, _, branches = steps[node]
        while cells:
            allowed = state & cells
            if allowed & allowed - 1:
                break
            for way, child in branches:
                if way & allowed:
                    node = child
                    break
            cells, _, branches = steps[node]
        return node

    def of(self, node: Node, state: int) -> Rest:
        """Return what remains of a diagram."""
        key = node, state & self._steps[node][1]
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._below(node, state)
        return found

    def _below(self, node: Node, state: int) -> Rest:
        """Return what remains of a diagram, kept where the first open level stands."""
        node = self.after_known(node, state)
        cells, below, branches = self._steps[node]
        if not cells:
            return self.end(node)
        key = node, state & below
        found = self._found.get(key)
        if found is None:
            allowed = state & cells
            groups: dict[Rest, int] = {}
            for way, child in branches:
                if way & allowed:
                    rest = self._below(child, state)
                    groups[rest] = groups.get(rest, 0) | way & allowed
            found = self._found[key] = self._one_of(groups, 1 << self._levels[node])
        return found

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
            first = min(rest.levels & -rest.levels for rest in key if rest.levels)
            parts = [rest.ways if rest.levels & first else ((-1, rest),) for rest in key]
            groups: dict[Rest, int] = {}
            for cells, rests in _crossed(parts):
                rest = self.choose(*rests)
                groups[rest] = groups.get(rest, 0) | cells
            found = self._chosen[key] = self._one_of(groups, first)
        return found

    def choose_each(self, condition: Rest | Parted, then: Rest | Parted, otherwise: Rest | Parted) -> Rest | Parted:
        """Return the choice in each case."""
        size = next((len(part) for part in (condition, then, otherwise) if isinstance(part, tuple)), 0)
        if not size:
            return self.choose(condition, then, otherwise)  # type: ignore[arg-type]  # none has cases
        parts = (part if isinstance(part, tuple) else (part,) * size for part in (condition, then, otherwise))
        return one_if_same([self.choose(*each) for each in zip(*parts, strict=True)])

    def among(self, answer: Rest, ends: frozenset[Node]) -> Rest:
        """Return whether an answer is one of some ends."""
        key = answer, ends
        found = self._among.get(key)
        if found is None:
            if answer.ways:
                groups: dict[Rest, int] = {}
                for cells, rest in answer.ways:
                    below = self.among(rest, ends)
                    groups[below] = groups.get(below, 0) | cells
                found = self._one_of(groups, answer.levels & -answer.levels)
            else:
                found = self.true if any(answer is self.end(end) for end in ends) else self.false
            self._among[key] = found
        return found

    def in_cases(self, node: Node, state: int, joint: Joint) -> Rest | Parted:
        """Return what remains of a diagram in each case; just one where it is the same in all.

        Args:
            node: Where the diagram begins.
            state: The cells that remain of the levels that have no cases.
            joint: The cases of the others.
        """
        cells, below, branches = self._steps[node]
        own, places = self._onto(joint, below)
        if len(own.cases) == 1:
            return self.of(node, state | own.cases[0])
        key = node, state & below, own
        found = self._parted.get(key)
        if found is None:
            rests = self._parted_at(branches, state, own) if cells & own.levels else self._together(node, state, own)
            found = self._parted[key] = one_if_same(rests)
        return found if isinstance(found, Rest) else tuple([found[place] for place in places])

    def _parted_at(self, branches: tuple[tuple[int, Node], ...], state: int, joint: Joint) -> Parted:
        """Return what remains where the level of a node has cases."""
        found: list[Rest | None] = [None] * len(joint.cases)
        for way, child in branches:
            places = joint.within(way)
            if places:
                part = (
                    joint
                    if len(places) == len(found)
                    else self.joint((joint.cases[own] for own in places), joint.levels)
                )
                rests = self.in_cases(child, state, part)
                for own, place in enumerate(places):
                    found[place] = rests if isinstance(rests, Rest) else rests[own]
        return tuple(found)  # type: ignore[arg-type]  # the cells of each case are on some way

    def _together(self, node: Node, state: int, joint: Joint) -> Parted:
        """Return what remains where the level of a node has no cases, but others below have."""
        cells, _, branches = self._steps[node]
        allowed, level = state & cells, 1 << self._levels[node]
        ways = [(way & allowed, self.in_cases(child, state, joint)) for way, child in branches if way & allowed]
        size = len(joint.cases)
        if len(ways) == 1:
            rests = ways[0][1]
            return (rests,) * size if isinstance(rests, Rest) else rests
        found = []
        for place in range(size):
            groups: dict[Rest, int] = {}
            for way, rests in ways:
                rest = rests if isinstance(rests, Rest) else rests[place]
                groups[rest] = groups.get(rest, 0) | way
            found.append(self._one_of(groups, level))
        return tuple(found)

    def _onto(self, joint: Joint, below: int) -> tuple[Joint, list[int]]:
        """Return the cases as far as some levels go, and which of them each case is there."""
        key = below & joint.levels
        found = joint.onto.get(key)
        if found is None:
            cases = [case & key for case in joint.cases]
            order = {case: place for place, case in enumerate(dict.fromkeys(cases))}
            own = joint if key == joint.levels else self.joint(order, key)
            found = joint.onto[key] = own, [order[case] for case in cases]
        return found

    def _one_of(self, groups: dict[Rest, int], level: int) -> Rest:
        """Return the function that asks one level and goes on to others, each by some of its cells."""
        if len(groups) == 1:
            return next(iter(groups))
        key: tuple[int | Rest, ...] = (*groups, *groups.values())
        found = self._equal.get(key)
        if found is None:
            ends = 0
            for rest in groups:
                ends |= rest.ends
                level |= rest.levels
            found = self._equal.setdefault(
                key, Rest(ends, level, tuple((cells, rest) for rest, cells in groups.items()))
            )
        return found


def _crossed(parts: Sequence[Ways]) -> list[tuple[int, tuple[Rest, Rest, Rest]]]:
    """Return the cells that are common to ways of three functions, in order, and what remains there of each."""
    (conditions, thens, otherwises), found = parts, []
    for one, condition in conditions:
        for two, then in thens:
            both = one & two
            if both:
                found += [(both & cells, (condition, then, other)) for cells, other in otherwises if both & cells]
    return sorted(found, key=_lowest)


def _lowest(way: tuple[int, object]) -> int:
    return way[0] & -way[0]


class _Ends(dict[Node, Rest]):
    """What remains of terminals, found out when they are asked for."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._bits = plan.end_bits

    def __missing__(self, node: Node) -> Rest:
        return self.setdefault(node, Rest(self._bits[node], 0))


class _Steps(dict[Node, Step]):
    """Found out when they are asked for."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._diagrams = plan.diagrams
        self._branches = plan.branches
        self._levels_below = plan.levels_below
        self._starts = starts_of(plan)
        self._masks: dict[int, int] = {}

    def __missing__(self, node: Node) -> Step:
        level = self._diagrams.levels[node]
        if level == END:
            found: Step = 0, 0, ()
        else:
            start = self._starts[level]
            branches = tuple((cells << start, child) for cells, child in self._branches[node])
            found = self._mask(1 << level), self._mask(self._levels_below[node]), branches
        self[node] = found
        return found

    def _mask(self, levels: int) -> int:
        """Return all cells of some levels."""
        if levels not in self._masks:
            places = (place for place in range(levels.bit_length()) if levels >> place & 1)
            self._masks[levels] = sum((1 << self._starts[place + 1]) - (1 << self._starts[place]) for place in places)
        return self._masks[levels]


def one_if_same(rests: Sequence[Rest]) -> Rest | Parted:
    """Return what remains in each case, just one where it is the same in all."""
    first = rests[0]
    return first if all(rest is first for rest in rests) else tuple(rests)


def starts_of(plan: Plan) -> tuple[int, ...]:
    """Return the first bit of each level in the state, and the bit after the last."""
    return tuple(accumulate((level.size for level in plan.levels), initial=0))


_kept: weakref.WeakKeyDictionary[Plan, Rests] = weakref.WeakKeyDictionary()


def rests_of(plan: Plan) -> Rests:
    """Return what was found out about a plan so far."""
    found = _kept.get(plan)
    if found is None or found.is_full:
        found = _kept[plan] = Rests(plan)
    found.asked += 1
    if found.asked > MANY and not found.recipes:
        found.recipes = recipes_of(plan)
    return found
