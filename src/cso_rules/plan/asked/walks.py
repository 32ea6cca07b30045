"""The diagrams of a plan as functions: a node takes the cells that remain of all levels and returns what remains.

One function is made for each node when it is reached again. It asks its level, goes on to the nodes below, and looks up
what it makes of what remains there. So what is done for one organization is in proportion to what its open facts reach,
and nothing is prepared for nodes that are reached once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from operator import itemgetter
from typing import TYPE_CHECKING, Final, TypeAlias

from cso_rules.plan.building import Plan
from cso_rules.plan.diagrams import END, Diagrams, Node

if TYPE_CHECKING:
    from cso_rules.plan.asked.rests import Rest, Rests

Found: TypeAlias = "dict[Node, Rest]"
"""What remains of nodes, as far as it was found for one organization."""
Walk: TypeAlias = "Callable[[Sequence[int], Found, Walks], Rest]"
"""It is given the functions of other nodes: if it held them, they would hold one another and outlive their plan."""
Way: TypeAlias = "tuple[int, Node]"
"""Cells of a level, as bits, and the node there."""

Get: TypeAlias = "Callable[[tuple[object, ...]], Rest | None]"

MOST_CASES: Final = 1 << 10
"""How many cases of the levels below a node there may be, for what is found there to be remembered by them."""

MOST_KEPT: Final = 16384


def is_small(diagrams: Diagrams, levels: int) -> bool:
    """Tell whether some levels, given as bits, have few cases: one for each cell, and one where none is told."""
    if 1 << levels.bit_count() > MOST_CASES:
        return False
    places = (place for place in range(levels.bit_length()) if levels >> place & 1)
    return prod(diagrams.sizes[place] + 1 for place in places) <= MOST_CASES


class Walks(dict[Node, Walk]):
    """The functions of nodes, made when they are asked for."""

    def __init__(self, plan: Plan, rests: Rests) -> None:
        """Start with none."""
        super().__init__()
        self._diagrams, self._levels_below, self._rests = plan.diagrams, plan.levels_below, rests
        gets: list[Get] = [kept.get for kept in rests.equal]
        self._makers = [(get, rests.parting) for get in gets]
        self._reached: set[Node] = set()
        self.ends: Found = {node: rests.end(node) for node in list(plan.diagrams.values)}
        """What remains of ends."""

    def __missing__(self, node: Node) -> Walk:
        """Return what goes down from a node the first time; then make its function."""
        if node not in self._reached:
            self._reached.add(node)
            return partial(self._first, node)
        found = self[node] = self._walk(node)
        return found

    def _first(self, node: Node, cells: Sequence[int], found: Found, walks: Walks) -> Rest:
        level = self._diagrams.levels[node]
        if level == END:
            return self._rests.end(node)
        ways = [(own, to) for way, to in self._ways(node) if (own := cells[level] & way)]
        there = [(own, found.get(to) or walks[to](cells, found, walks)) for own, to in ways]
        if len(there) == 1:
            return there[0][1]
        rest = found[node] = self._rests.asking(1 << level, there)
        return rest

    def _ways(self, node: Node) -> list[Way]:
        """Return the cells that lead to each node below."""
        ways: dict[Node, int] = {}
        start = 0
        for end, child in self._diagrams.runs[node]:
            ways[child] = ways.get(child, 0) | (1 << end) - (1 << start)
            start = end
        return [(cells, to) for to, cells in ways.items()]

    def _walk(self, node: Node) -> Walk:
        level = self._diagrams.levels[node]
        if level == END:
            rest = self._rests.end(node)
            return lambda _, __, ___: rest
        pairs = self._ways(node)
        walk = self._of_two(level, node, *pairs) if len(pairs) == 2 else self._of_many(level, node, pairs)  # noqa: PLR2004
        below = self._levels_below[node]
        if not is_small(self._diagrams, below):
            return walk
        places = [place for place in range(level, below.bit_length()) if below >> place & 1]
        return _remembering(node, itemgetter(*places), walk)

    def _of_two(self, level: int, node: Node, one: Way, two: Way) -> Walk:
        """Return the function of a node with two ways."""
        (get, part), bit = self._makers[level], 1 << level
        (first, left), (second, right) = one, two

        # What a function takes from the one around it is an object more for each node; its defaults are one for all.
        def walk(  # noqa: PLR0913, PLR0917 - see above
            cells: Sequence[int],
            found: Found,
            walks: Walks,
            level: int = level,
            node: Node = node,
            first: int = first,
            left: Node = left,
            second: int = second,
            right: Node = right,
            get: Get = get,
            part: Callable[[int, int, Rest, int, Rest], Rest] = part,
            bit: int = bit,
        ) -> Rest:
            own = cells[level]
            after = own & second
            if not after:
                return found.get(left) or walks[left](cells, found, walks)
            before = own & first
            if not before:
                return found.get(right) or walks[right](cells, found, walks)
            there = found.get(left) or walks[left](cells, found, walks)
            other = found.get(right) or walks[right](cells, found, walks)
            if there is not other:
                if before > after:
                    before, there, after, other = after, other, before, there
                there = get((there, other, before, after)) or part(bit, before, there, after, other)
            found[node] = there
            return there

        return walk

    def _of_many(self, level: int, node: Node, ways: Sequence[Way]) -> Walk:
        """Return the function of a node with any ways."""
        kept, ask, bit = dict[object, "Rest"](), self._rests.asking, 1 << level
        reached = _Reached(ways)

        def walk(cells: Sequence[int], found: Found, walks: Walks) -> Rest:
            own = cells[level]
            to, allowed = reached[own]
            if allowed is None:
                return found.get(to) or walks[to](cells, found, walks)
            there = [found.get(to) or walks[to](cells, found, walks) for _, to in allowed]
            key = own, *there
            rest = kept.get(key)
            if rest is None:
                rest = _keep(kept, key, ask(bit, [(way, rest) for (way, _), rest in zip(allowed, there, strict=True)]))
            found[node] = rest
            return rest

        return walk


class _Reached(dict[int, tuple[Node, "Sequence[Way] | None"]]):
    """By the cells that remain of a level, the one node that they lead to, or the ways; found out when asked for."""

    def __init__(self, ways: Sequence[Way]) -> None:
        super().__init__()
        self._ways = ways

    def __missing__(self, own: int) -> tuple[Node, Sequence[Way] | None]:
        allowed = [(way & own, to) for way, to in self._ways if way & own]
        found = (allowed[0][1], allowed if len(allowed) > 1 else None)
        if len(self) < MOST_KEPT:
            self[own] = found
        return found


def _remembering(node: Node, cells_of: Callable[[Sequence[int]], object], walk: Walk) -> Walk:
    """Return the function of a node with few levels below that remembers what it found by their cells."""
    kept: dict[object, Rest] = {}
    get = kept.get

    def remembered(cells: Sequence[int], found: Found, walks: Walks) -> Rest:
        key = cells_of(cells)
        rest = get(key)
        if rest is None:
            rest = _keep(kept, key, walk(cells, found, walks))
        found[node] = rest
        return rest

    return remembered


def _keep(kept: dict[object, Rest], key: object, rest: Rest) -> Rest:
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[key] = rest
    return rest
