"""The diagrams of a plan as functions: a node takes the cells that remain of all levels and returns what remains.

One function is made for each node when it is first reached. It asks its level, goes on to the nodes below, and looks up
what it makes of what remains there. So what is done for one organization is in proportion to what its open facts reach.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from operator import itemgetter
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeAlias

from cso_rules.plan.building import Plan
from cso_rules.plan.diagrams import END, Node

if TYPE_CHECKING:
    from cso_rules.plan.asked.rests import Rest, Rests

Found: TypeAlias = "list[Rest | None]"
"""What remains of each node, by its number, as far as it was found for one organization."""
Walk: TypeAlias = "Callable[[Sequence[int], Found], Rest]"
Way: TypeAlias = "tuple[int, int]"
"""Cells of a level, as bits, and the number of the node there."""


MOST_CASES: Final = 1 << 10
"""How many cases of the levels below a node there may be, for what is found there to be remembered by them."""

MOST_KEPT: Final = 4096


class Walks:
    """The nodes that were asked for so far, each with a number.

    Attributes:
        walks: By number, the function of the node.
        start: By number, what is known without asking: what remains of ends.
    """

    def __init__(self, plan: Plan, rests: Rests) -> None:
        """Start with none."""
        self._diagrams, self._branches = plan.diagrams, plan.branches
        self._levels_below = plan.levels_below
        self._rests = rests
        self._numbers: dict[Node, int] = {}
        self._numbering = Lock()
        self.walks: list[Walk] = []
        self.start: Found = []

    def number(self, root: Node) -> int:
        """Return the number of a node; those below have one then, too."""
        found = self._numbers.get(root)
        if found is None:
            with self._numbering:
                for node in self._diagrams.below([root]):
                    if node not in self._numbers:
                        is_end = self._diagrams.levels[node] == END
                        self.start.append(self._rests.end(node) if is_end else None)
                        self.walks.append(self._first(node, len(self.walks)))
                        self._numbers[node] = len(self.walks) - 1
            found = self._numbers[root]
        return found

    def _first(self, node: Node, number: int) -> Walk:
        """Return what makes the function of a node when it is called."""

        def walk(cells: Sequence[int], found: Found) -> Rest:
            self.walks[number] = own = self._walk(node, number)
            return own(cells, found)

        return walk

    def _walk(self, node: Node, number: int) -> Walk:
        level, numbers = self._diagrams.levels[node], self._numbers
        ways: dict[int, int] = {}
        for cells, child in self._branches[node]:
            ways[numbers[child]] = ways.get(numbers[child], 0) | cells
        pairs = [(cells, to) for to, cells in ways.items()]
        walk = self._of_two(level, number, *pairs) if len(pairs) == 2 else self._of_many(level, number, pairs)  # noqa: PLR2004
        below = self._levels_below[node]
        places = [place for place in range(below.bit_length()) if below >> place & 1]
        is_small = prod(self._diagrams.sizes[place] + 1 for place in places) <= MOST_CASES
        return _remembering(number, itemgetter(*places), walk) if is_small else walk

    def _of_two(self, level: int, number: int, one: Way, two: Way) -> Walk:
        """Return the function of a node with two ways."""
        walks, rests = self.walks, self._rests
        get, part, bit = rests.equal[level].get, rests.parting, 1 << level
        (first, left), (second, right) = one, two

        def walk(cells: Sequence[int], found: Found) -> Rest:
            own = cells[level]
            after = own & second
            if not after:
                return found[left] or walks[left](cells, found)
            before = own & first
            if not before:
                return found[right] or walks[right](cells, found)
            there = found[left] or walks[left](cells, found)
            other = found[right] or walks[right](cells, found)
            if there is not other:
                if before > after:
                    before, there, after, other = after, other, before, there
                there = get((there, other, before, after)) or part(bit, before, there, after, other)
            found[number] = there
            return there

        return walk

    def _of_many(self, level: int, number: int, ways: Sequence[Way]) -> Walk:
        """Return the function of a node with any ways."""
        walks, kept, ask, bit = self.walks, dict[object, "Rest"](), self._rests.asking, 1 << level
        reached = _Reached(ways)

        def walk(cells: Sequence[int], found: Found) -> Rest:
            own = cells[level]
            to, allowed = reached[own]
            if allowed is None:
                return found[to] or walks[to](cells, found)
            there = [found[to] or walks[to](cells, found) for _, to in allowed]
            key = own, *there
            rest = kept.get(key)
            if rest is None:
                rest = _keep(kept, key, ask(bit, [(way, rest) for (way, _), rest in zip(allowed, there, strict=True)]))
            found[number] = rest
            return rest

        return walk


class _Reached(dict[int, tuple[int, "Sequence[Way] | None"]]):
    """By the cells that remain of a level, the one number that they lead to, or the ways; found out when asked for."""

    def __init__(self, ways: Sequence[Way]) -> None:
        super().__init__()
        self._ways = ways

    def __missing__(self, own: int) -> tuple[int, Sequence[Way] | None]:
        allowed = [(way & own, to) for way, to in self._ways if way & own]
        found = self[own] = (allowed[0][1], allowed if len(allowed) > 1 else None)
        return found


def _remembering(number: int, cells_of: Callable[[Sequence[int]], object], walk: Walk) -> Walk:
    """Return the function of a node with few levels below that remembers what it found by their cells."""
    kept: dict[object, Rest] = {}
    get = kept.get

    def remembered(cells: Sequence[int], found: Found) -> Rest:
        key = cells_of(cells)
        rest = get(key)
        if rest is None:
            rest = _keep(kept, key, walk(cells, found))
        found[number] = rest
        return rest

    return remembered


def _keep(kept: dict[object, Rest], key: object, rest: Rest) -> Rest:
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[key] = rest
    return rest
