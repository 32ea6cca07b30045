"""Which facts matter: those of which two values lead to different answers while everything else is the same.

A fact that stands in no sum, above no sum, matters exactly where the diagram of what remains asks for it. Of the others
two copies go through the diagram side by side, which part at the fact itself and at the sums that it stands in.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import attrs

from cso_rules.plan.diagrams import END, Node
from cso_rules.plan.levels import Form
from cso_rules.plan.questions import Asked, Way
from cso_rules.plan.solving import Bound, solvable


def missing(asked: Asked, decision: str) -> frozenset[str]:
    """Return the facts and readings that matter for criteria, a table or a list."""
    root = asked.plan.roots[decision]
    roots = dict.fromkeys(asked.pruned(node) for node in (root.answer, *root.items))
    return frozenset(name for node in roots for name in _of_root(asked, node))


def _of_root(asked: Asked, root: Node) -> Iterator[str]:
    sure, doubtful = set[str](), set[str]()
    plan = asked.plan
    for node in plan.diagrams.below([root]):
        if plan.diagrams.levels[node] == END:
            continue
        level = plan.levels[plan.diagrams.levels[node]]
        if isinstance(level, Form):
            doubtful.update(name for name in level.names if name in asked.domains)
        else:
            (doubtful if plan.reach[node][1] else sure).add(level.name)
    yield from sure
    yield from (name for name in doubtful - sure if _Copies(asked, name).differ(root))


@attrs.frozen
class _Copy:
    """Where one of two copies stands, and how it came there."""

    node: Node
    way: Way


Span = tuple[int, int]


@attrs.frozen(slots=False)
class _Copies:
    """Two records that are the same but for one fact."""

    asked: Asked
    name: str

    @cached_property
    def _seen(self) -> set[tuple[_Copy, _Copy]]:
        return set()

    def differ(self, root: Node) -> bool:
        """Tell whether the two can have different answers."""
        return self._differ(_Copy(root, Way()), _Copy(root, Way()))

    def _differ(self, one: _Copy, two: _Copy) -> bool:
        if (one, two) in self._seen:
            return False
        self._seen.add((one, two))
        levels = self.asked.plan.diagrams.levels
        place = min(levels[one.node], levels[two.node])
        if place == END:
            return one.node != two.node
        return any(self._differ(*pair) for pair in self._ways(place, one, two))

    def _ways(self, place: int, one: _Copy, two: _Copy) -> Iterator[tuple[_Copy, _Copy]]:
        """Yield where both may stand below a level: in the same cells of it, unless it depends on the fact."""
        level = self.asked.plan.levels[place]
        parts = self.name in (level.names if isinstance(level, Form) else (level.name,))
        for span_one, child_one in self._runs(place, one.node):
            for span_two, child_two in self._runs(place, two.node):
                spans = (span_one, span_two) if parts else (_common(span_one, span_two),) * 2
                ways = [self._way(place, span, copy.way) for span, copy in zip(spans, (one, two), strict=True)]
                if ways[0] is not None and ways[1] is not None and self._are_possible(place, ways[0], ways[1]):
                    yield _Copy(child_one, ways[0]), _Copy(child_two, ways[1])

    def _runs(self, place: int, node: Node) -> Iterator[tuple[Span, Node]]:
        plan, start = self.asked.plan, 0
        is_there = plan.diagrams.levels[node] == place
        for end, child in plan.diagrams.runs[node] if is_there else ((plan.levels[place].size, node),):
            yield (start, end), child
            start = end

    def _way(self, place: int, span: Span, way: Way) -> Way | None:
        """Return the way on into a span of cells; None where no cell of it is possible."""
        if span[0] >= span[1]:
            return None
        if isinstance(self.asked.plan.levels[place], Form):
            return way.summed(place, (span[0], span[1] - 1))
        cells = self.asked.cells_in(place, *span, way)
        return self.asked.way_on(place, (cells[0], cells[-1]), way) if cells else None

    def _are_possible(self, place: int, one: Way, two: Way) -> bool:
        """Tell whether sums can be as both suppose, while all facts but the one are the same."""
        if not isinstance(self.asked.plan.levels[place], Form):
            return True
        boxes = {**self.asked.boxes, self._copied: self.asked.boxes.get(self.name, (0, 0))}
        boxes |= {self._copied if name == self.name else name: box for name, box in two.boxes}
        boxes |= dict(one.boxes)
        bounds = [self.asked.bound(*pair) for pair in one.sums]
        bounds += [self._with_copy(self.asked.bound(*pair)) for pair in two.sums]
        names = {term.quantity.name for terms, _, _ in bounds for term in terms}
        return solvable({name: boxes[name] for name in names}, bounds)

    @property
    def _copied(self) -> str:
        return f"{self.name}, again"

    def _with_copy(self, bound: Bound) -> Bound:
        """Return the bound of the second record, in which the fact is another one."""
        terms, low, high = bound
        again = tuple(
            attrs.evolve(term, quantity=attrs.evolve(term.quantity, name=self._copied))
            if term.quantity.name == self.name
            else term
            for term in terms
        )
        return again, low, high


def _common(one: Span, two: Span) -> Span:
    return max(one[0], two[0]), min(one[1], two[1])
