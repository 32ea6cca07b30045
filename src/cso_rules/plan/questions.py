"""What the diagrams answer about one organization: which ends remain.

What is known of the facts leaves each variable some of its cells. A path through the diagram keeps the facts of a sum
within boxes; the cells of the sum that no numbers in the boxes reach are no way on.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cached_property

import attrs

from cso_rules.meaning.complete import Answer
from cso_rules.model.types import Domain, Interval
from cso_rules.plan.building import Plan
from cso_rules.plan.diagrams import END, Node
from cso_rules.plan.forms import Linear
from cso_rules.plan.levels import Choice, Form, Level, Member, Number, bounds_of, cells_between
from cso_rules.plan.solving import FREE, Bound, is_easy, least, range_of, solvable


@attrs.frozen
class Way:
    """What a path has decided: the boxes of facts that stand in sums, and the cells of sums, as (first, last)."""

    boxes: tuple[tuple[str, Interval], ...] = ()
    sums: tuple[tuple[int, tuple[int, int]], ...] = ()

    def narrowed(self, name: str, box: Interval) -> Way:
        """Return the way on which a fact lies in a box."""
        return Way((*(pair for pair in self.boxes if pair[0] != name), (name, box)), self.sums)

    def summed(self, place: int, cells: tuple[int, int]) -> Way:
        """Return the way on which a sum lies in some cells."""
        return Way(self.boxes, (*self.sums, (place, cells)))


@attrs.frozen(slots=False)
class Asked:
    """A plan and what is known of one organization.

    Attributes:
        domains: What remains possible of every fact and reading.
    """

    plan: Plan
    domains: Mapping[str, Domain]

    # ------------------------------------------------------------------------------------------ answers

    def answers(self, decision: str) -> frozenset[Answer]:
        """Return the possible answers of criteria or of a table with one hit."""
        return self._ends(self.plan.roots[decision].answer)  # type: ignore[return-value]

    def items(self, decision: str) -> tuple[frozenset[Hashable], ...]:
        """Return for each item of a list whether it may be in it, may not, or may be in conflict."""
        return tuple(self._ends(item) for item in self.plan.roots[decision].items)

    def rules(self, decision: str) -> tuple[frozenset[int], frozenset[int]]:
        """Return the rules that hold in any case, and those that may."""
        ends = [self._ends(rule) for rule in self.plan.roots[decision].rules]
        sure = frozenset(place for place, found in enumerate(ends) if found == {True})
        return sure, frozenset(place for place, found in enumerate(ends) if True in found)

    def bounds(self, decision: str) -> Interval | None:
        """Return the least and the greatest possible answer of a number or date; None when there is no answer."""
        found = [self._bounds_of_case(*case) for case in self.plan.roots[decision].sums]
        ends = [pair for pair in found if pair is not None]
        return (min(low for low, _ in ends), max(high for _, high in ends)) if ends else None

    def _bounds_of_case(self, guard: Node, total: Linear) -> Interval | None:
        """Return the ends of a sum over every way on which its case is given."""
        ends = [self._bounds_on(way, total) for way in set(self._ways_to_true(self.pruned(guard), Way()))]
        found = [pair for pair in ends if pair is not None]
        return (min(low for low, _ in found), max(high for _, high in found)) if found else None

    def _ways_to_true(self, node: Node, way: Way) -> Iterator[Way]:
        made = self.plan.diagrams
        if made.levels[node] == END:
            yield from [way] if node == made.true else []
            return
        for _, child, way_on in self._ways(node, way):
            yield from self._ways_to_true(child, way_on)

    def _bounds_on(self, way: Way, total: Linear) -> Interval | None:
        bounds = [self.bound(*pair) for pair in way.sums]
        names = {term.quantity.name for terms in (total.terms, *(bound[0] for bound in bounds)) for term in terms}
        boxes = {name: box for name, box in {**self.boxes, **dict(way.boxes)}.items() if name in names}
        low = least(total.terms, boxes, bounds)
        high = least(total.times(-1).terms, boxes, bounds)
        return None if low is None or high is None else (low + total.constant, total.constant - high)

    def _ends(self, root: Node) -> frozenset[Hashable]:
        return self.plan.diagrams.ends(self.pruned(root))

    # ------------------------------------------------------------------------------------------ what is known

    @cached_property
    def boxes(self) -> dict[str, Interval]:
        """The bounds of every number and date."""
        numeric = {name for level in self.plan.levels if isinstance(level, Form) for name in level.names}
        found = {name: self.domains.get(name, FREE) for name in numeric}
        found |= {name: box for name, box in self.domains.items() if isinstance(box, tuple)}
        return {name: box for name, box in found.items() if isinstance(box, tuple)}

    @cached_property
    def _cells(self) -> tuple[tuple[int, ...] | range, ...]:
        """The cells of each level that what is known allows; of sums all."""
        return tuple(map(self._allowed, self.plan.levels))

    def _allowed(self, level: Level) -> tuple[int, ...] | range:
        domain = () if isinstance(level, Form) else self.domains[level.name]
        match level, domain:
            case Choice(), int(bits):
                return tuple(cell for cell in range(level.size) if bits >> cell & 1)
            case Member(place=place), (int(sure), int(possible)):
                return tuple(cell for cell in (0, 1) if (possible if cell else ~sure) >> place & 1)
            case Number(cuts=cuts), (int(low), int(high)):
                return range(*cells_between(cuts, low, high))
            case _:
                return range(level.size)

    # ------------------------------------------------------------------------------------------ pruning

    def pruned(self, root: Node) -> Node:
        """Return the diagram of what remains; equal functions of what remains are the same node."""
        return self._prune(root, Way())

    @cached_property
    def _pruned(self) -> dict[tuple[Node, Way], Node]:
        return {}

    def _prune(self, node: Node, way: Way) -> Node:
        made = self.plan.diagrams
        level = made.levels[node]
        if level == END:
            return node
        key = (node, self._kept(node, way))
        found = self._pruned.get(key)
        if found is None:
            children = [(end, self._prune(child, way_on)) for end, child, way_on in self._ways(node, key[1])]
            children[-1] = (self.plan.levels[level].size, children[-1][1])
            found = self._pruned[key] = made.node(level, children)
        return found

    def _kept(self, node: Node, way: Way) -> Way:
        """Return of a way what matters below a node: what belongs to sums that stand there."""
        if not way.boxes and not way.sums:
            return way
        names, sums = self.plan.reach[node]
        return Way(
            tuple(sorted(pair for pair in way.boxes if pair[0] in names)),
            tuple(sorted(pair for pair in way.sums if pair[0] in sums)),
        )

    def _ways(self, node: Node, way: Way) -> Iterator[tuple[int, Node, Way]]:
        """Yield the ways on from a node: the end of the allowed cells of a run, the child, and what is decided then."""
        made, place, start = self.plan.diagrams, self.plan.diagrams.levels[node], 0
        for end, child in made.runs[node]:
            cells = self.cells_in(place, start, end, way)
            if cells:
                yield cells[-1] + 1, child, self.way_on(place, (cells[0], cells[-1]), way)
            start = end

    def cells_in(self, place: int, start: int, end: int, way: Way) -> Sequence[int]:
        """Return the cells of a level, from the start up to the end, that the way leaves possible."""
        level, allowed = self.plan.levels[place], self._cells[place]
        if isinstance(level, Form):
            return [cell for cell in range(start, end) if self._is_reached(place, (cell, cell), way)]
        if isinstance(allowed, range):
            return range(max(start, allowed.start), min(end, allowed.stop))
        return [cell for cell in allowed if start <= cell < end]

    def way_on(self, place: int, cells: tuple[int, int], way: Way) -> Way:
        """Return the way on which a level lies in some cells, first and last."""
        level = self.plan.levels[place]
        if isinstance(level, Number) and level.name in self.plan.summed:
            low, high = self.boxes[level.name]
            first, last = bounds_of(level, cells[0])[0], bounds_of(level, cells[1])[1]
            box = (low if first is None else max(low, first), high if last is None else min(high, last))
            return way.narrowed(level.name, box)
        if isinstance(level, Form):
            return way.summed(place, cells)
        return way

    def _is_reached(self, place: int, cells: tuple[int, int], way: Way) -> bool:
        """Tell whether numbers in the boxes bring a sum into some cells, and the others where they are."""
        boxes = {**self.boxes, **dict(way.boxes)}
        level = self.plan.levels[place]
        assert isinstance(level, Form)
        bounds = [self.bound(*pair) for pair in (*way.sums, (place, cells)) if pair[0] in self.plan.related[place]]
        if len(bounds) == 1 and is_easy(level.terms):
            _, low, high = bounds[0]
            least, greatest = range_of(level.terms, boxes)
            return (low is None or greatest >= low) and (high is None or least <= high)
        names = {name for terms, _, _ in bounds for name in (term.quantity.name for term in terms)}
        return solvable({name: boxes[name] for name in names}, bounds)

    def bound(self, place: int, cells: tuple[int, int]) -> Bound:
        """Return between which numbers a sum lies in some cells, first and last."""
        level = self.plan.levels[place]
        assert isinstance(level, Form)
        return level.terms, bounds_of(level, cells[0])[0], bounds_of(level, cells[1])[1]
