"""The diagrams of what remains possible for one organization: equal functions of it are one node.

The nodes are of this organization alone, so nothing is added to the diagrams that organizations share. A node of what
remains is a terminal of the plan, or a number from `FIRST` on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

import attrs

from cso_rules.plan.asked.ways import START, Way, Ways
from cso_rules.plan.building import Plan
from cso_rules.plan.diagrams import END, Node
from cso_rules.plan.levels import Form

FIRST: Final = 1 << 40

Children = tuple[tuple[Node, int], ...]
"""The children of a node of what remains, each with the cells that lead there, as bits."""


@attrs.frozen(slots=False, eq=False)
class Remaining:
    """What remains of the diagrams of a plan."""

    plan: Plan
    ways: Ways

    @cached_property
    def nodes(self) -> list[tuple[int, Children]]:
        """The level and the children of each node that is no terminal, by its number less `FIRST`."""
        return []

    @cached_property
    def _numbers(self) -> dict[tuple[int, Children], Node]:
        return {}

    @cached_property
    def _made(self) -> dict[Node, Node]:
        return {}

    @cached_property
    def met(self) -> dict[Node, tuple[Node, Way]]:
        """Where each node was first met that stands above a sum whose cells depend on the path."""
        return {}

    @cached_property
    def _made_on(self) -> dict[tuple[Node, Way], Node]:
        return {}

    def of(self, node: Node) -> Node:
        """Return what remains of a diagram."""
        node = self.ways.after_known(node)
        found = self._made.get(node)
        if found is None:
            if self.plan.diagrams.levels[node] == END:
                found = node
            elif self.ways.is_bound(node):
                found = self._on(node, START)
            else:
                place = self.plan.diagrams.levels[node]
                allowed = self.ways.cells[place]
                branches = self.plan.branches[node]
                found = self._node(place, ((cells & allowed, self.of(to)) for cells, to in branches if cells & allowed))
            self._made[node] = found
        return found

    def _on(self, node: Node, way: Way) -> Node:
        """Return what remains of a diagram on a way that has narrowed what stands in open sums."""
        node = self.ways.after_known(node)
        if not self.ways.is_bound(node):
            return self.of(node)
        key = (node, self.ways.kept(node, way))
        found = self._made_on.get(key)
        if found is None:
            found = self._made_on[key] = self._node(self.plan.diagrams.levels[node], self._children(*key))
            self.met.setdefault(found, key)
        return found

    def _children(self, node: Node, way: Way) -> Iterator[tuple[int, Node]]:
        """Yield cells and children; the cells of a sum that cannot be reached go with those after them."""
        level = self.plan.levels[self.plan.diagrams.levels[node]]
        steps = [(cells, self._on(child, way_on)) for cells, child, way_on in self.ways.onward(node, way)]
        if not isinstance(level, Form):
            allowed = self.ways.cells[self.plan.diagrams.levels[node]]
            for (first, last), child in steps:
                yield allowed & ((1 << last + 1) - (1 << first)), child
            return
        start = 0
        for place, ((_, last), child) in enumerate(steps):
            end = level.size if place == len(steps) - 1 else last + 1
            yield (1 << end) - (1 << start), child
            start = end

    def _node(self, place: int, children: Iterable[tuple[int, Node]]) -> Node:
        groups: dict[Node, int] = {}
        for cells, child in children:
            groups[child] = groups.get(child, 0) | cells
        if len(groups) == 1:
            return next(iter(groups))
        key = (place, tuple(sorted(groups.items())))
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = FIRST + len(self.nodes)
            self.nodes.append(key)
        return found

    def below(self, roots: Iterable[Node]) -> list[Node]:
        """Return the nodes, no terminals, that some roots of what remains lead to, parents before children."""
        found = set[Node]()
        stack = [node for node in roots if node >= FIRST]
        while stack:
            node = stack.pop()
            if node not in found:
                found.add(node)
                stack += (child for child, _ in self.nodes[node - FIRST][1] if child >= FIRST)
        return sorted(found, reverse=True)
