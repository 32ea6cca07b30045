"""What remains of the diagrams of a plan where some cells of its levels remain: found once for all organizations.

The cells that remain of every level are the bits of one whole number, the state. Facts never seen before mostly leave
cells that were met already, since there are few: so what remains is kept by node and cells, within a bound. Nothing
here knows of sums whose cells depend on others; whoever asks has split those into cases before.
"""

from __future__ import annotations

import weakref
from itertools import accumulate
from typing import Final

import attrs

from cso_rules.plan.building import Plan
from cso_rules.plan.diagrams import END, Node
from cso_rules.plan.ways import names_of

MOST: Final = 1 << 17
"""How many nodes and cells are kept before all begins anew."""


@attrs.frozen(eq=False)
class Rest:
    """A function of what is open; among those kept together, equal functions are one object.

    Attributes:
        ends: The ends that it may lead to, as bits of `Plan.end_bits`.
        levels: The levels on which it depends, as bits.
    """

    ends: int
    levels: int


Step = tuple[int, int, tuple[tuple[int, Node], ...]]
"""Of a node the cells of its level, those of all levels from there on, and its children with the cells to them."""


class Rests:
    """What remains of diagrams, by node and cells."""

    def __init__(self, plan: Plan) -> None:
        """Start with nothing found."""
        self._steps = _Steps(plan)
        self._levels = plan.diagrams.levels
        self._reads = [names_of(level) for level in plan.levels]
        self._names: dict[int, frozenset[str]] = {}
        self._end_bits = plan.end_bits
        self._found: dict[tuple[Node, int], Rest] = {}
        self._equal: dict[tuple[int | Rest, ...], Rest] = {}

    @property
    def is_full(self) -> bool:
        """Whether it is time to begin anew."""
        return len(self._found) > MOST

    def names(self, levels: int) -> frozenset[str]:
        """Return the facts and readings on which some levels depend."""
        found = self._names.get(levels)
        if found is None:
            places = (place for place in range(levels.bit_length()) if levels >> place & 1)
            found = self._names[levels] = frozenset(name for place in places for name in self._reads[place])
        return found

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
        node = self.after_known(node, state)
        cells, below, branches = self._steps[node]
        key = node, state & below
        found = self._found.get(key)
        if found is None:
            if cells:
                allowed = state & cells
                groups: dict[Rest, int] = {}
                for way, child in branches:
                    if way & allowed:
                        rest = self.of(child, state)
                        groups[rest] = groups.get(rest, 0) | way & allowed
                found = self._one_of(groups, 1 << self._levels[node])
            else:
                found = self._equal.setdefault((node,), Rest(self._end_bits[node], 0))
            found = self._found.setdefault(key, found)
        return found

    def _one_of(self, groups: dict[Rest, int], level: int) -> Rest:
        """Return the function that asks one level and goes on to others, each by some of its cells."""
        if len(groups) == 1:
            return next(iter(groups))
        key = (*groups, *groups.values())
        found = self._equal.get(key)
        if found is None:
            ends = 0
            for rest in groups:
                ends |= rest.ends
                level |= rest.levels
            found = self._equal.setdefault(key, Rest(ends, level))
        return found


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


def starts_of(plan: Plan) -> tuple[int, ...]:
    """Return the first bit of each level in the state, and the bit after the last."""
    return tuple(accumulate((level.size for level in plan.levels), initial=0))


_kept: weakref.WeakKeyDictionary[Plan, Rests] = weakref.WeakKeyDictionary()


def rests_of(plan: Plan) -> Rests:
    """Return what was found out about a plan so far."""
    found = _kept.get(plan)
    if found is None or found.is_full:
        found = _kept[plan] = Rests(plan)
    return found
