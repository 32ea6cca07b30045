"""An organization at which a diagram ends as wanted: a way down to that end, and numbers that the sums on it allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

import attrs

from cso_rules.model.types import Domain
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.asked.ways import START, Way
from cso_rules.plan.building import Plan
from cso_rules.plan.diagrams import END, Node
from cso_rules.plan.levels import Choice, Form, Member, Number, bounds_of
from cso_rules.plan.sums.solving import solution

Known = Mapping[str, Domain]
"""What must be known of an organization."""
Cells = tuple[tuple[int, tuple[int, int]], ...]
"""What is chosen on the way: a level, and the first and last cell of it."""


def witness(asked: Asked, root: Node, end: Node) -> Known | None:
    """Return what must be known besides of an organization for which a diagram ends so; None when there is none.

    Only what stands on the way is in it: of a set the members that are in it or are not, as (sure, possible).
    """
    return next(examples(asked, root, end), None)


def examples(asked: Asked, root: Node, end: Node) -> Iterator[Known]:
    """Yield what must be known besides of organizations for which a diagram ends so, those with few facts first."""
    return _Search(asked, end).found(root)


def anybody(plan: Plan) -> Asked:
    """Return an organization of which nothing is known."""
    return Asked(plan, {name: plan.policy.variable_type(name).everything for name in plan.inputs})


@attrs.frozen(slots=False)
class _Search:
    asked: Asked
    end: Node

    @property
    def plan(self) -> Plan:
        """The plan that is asked."""
        return self.asked.plan

    @cached_property
    def _failed(self) -> set[tuple[Node, Way]]:
        return set()

    def found(self, root: Node) -> Iterator[Known]:
        """Yield organizations, the shortest ways first."""
        return self._ends(root, START, (), self._distances(root))

    def _distances(self, root: Node) -> dict[Node, int]:
        """Return how many levels are asked at least between each node and the end."""
        made = self.plan.diagrams
        found = {self.end: 0}
        for node in made.below([root]):
            steps = [found[child] + 1 for _, child in made.runs[node] if child in found]
            if steps:
                found[node] = min(steps)
        return found

    def _ends(self, node: Node, way: Way, cells: Cells, distances: Mapping[Node, int]) -> Iterator[Known]:
        if node == self.end:
            known = self._known(cells)
            yield from () if known is None else (known,)
            return
        if node not in distances or (node, way) in self._failed:
            return
        place = self.plan.diagrams.levels[node]
        for child, span, way_on in sorted(self._ways(node, way), key=lambda step: distances.get(step[0], END)):
            yield from self._ends(child, way_on, (*cells, (place, span)), distances)
        self._failed.add((node, way))

    def _ways(self, node: Node, way: Way) -> Iterator[tuple[Node, tuple[int, int], Way]]:
        """Yield the ways on: of a sum one for each cell, of other levels one for each run of cells."""
        made, place, start = self.plan.diagrams, self.plan.diagrams.levels[node], 0
        level, ways = self.plan.levels[place], self.asked.feasible.ways
        for end, child in made.runs[node]:
            spans = [(cell, cell + 1) for cell in range(start, end)] if isinstance(level, Form) else [(start, end)]
            for span in spans:
                cells = ways.cells_in(place, *span, way)
                if cells is not None:
                    yield child, cells, ways.way_on(place, cells, way)
            start = end

    def _known(self, cells: Cells) -> Known | None:
        numbers = self._numbers(cells)
        if numbers is None:
            return None
        found: dict[str, Domain] = {}
        for place, span in cells:
            level = self.plan.levels[place]
            cell = _told(level, span)
            if isinstance(level, Choice):
                found[level.name] = 1 << cell
            elif isinstance(level, Member):
                sure, possible = found.get(level.name) or self.plan.policy.variable_type(level.name).everything  # type: ignore[misc]
                bit = 1 << level.place
                found[level.name] = (sure | bit, possible) if cell else (sure, possible & ~bit)
            elif isinstance(level, Number):
                number = numbers.get(level.name, self._number(level, cell))
                found[level.name] = (number, number)
        known = {**self.plan.policy.facts, **self.plan.policy.readings}
        return {**found, **{name: (number, number) for name, number in numbers.items() if name in known}}

    def _number(self, level: Number, cell: int) -> int:
        first, last = bounds_of(level, cell)
        low, high = self.asked.feasible.ways.inside(level.name, first, last)
        return low if first is not None or last is None else high

    def _numbers(self, cells: Cells) -> Mapping[str, int] | None:
        """Return numbers for the facts of the sums on the way."""
        ways, levels = self.asked.feasible.ways, self.plan.levels
        bounds = [ways.bound(place, span) for place, span in cells if isinstance(levels[place], Form)]
        boxes = dict(ways.boxes)
        for place, span in cells:
            level = levels[place]
            if isinstance(level, Number):
                boxes[level.name] = ways.inside(level.name, bounds_of(level, span[0])[0], bounds_of(level, span[1])[1])
        names = {term.quantity.name for terms, _, _ in bounds for term in terms}
        return solution({name: boxes[name] for name in names}, bounds)


def _told(level: object, span: tuple[int, int]) -> int:
    """Return the cell to tell: the last one of those below the first cut of numbers, otherwise the first."""
    return span[1] if isinstance(level, Number) and span[0] == 0 else span[0]
