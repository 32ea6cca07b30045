"""The ways of one organization through the diagrams: the cells that what is known allows, and what a path narrows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property

import attrs

from cso_rules.model.expressions import Variable
from cso_rules.model.types import Domain, Interval
from cso_rules.plan.asked.cells import cells_of
from cso_rules.plan.building import Plan
from cso_rules.plan.diagrams import END, Node
from cso_rules.plan.levels import Form, Level, Number, bounds_of
from cso_rules.plan.sums.open_days import FREE, Bound
from cso_rules.plan.sums.solving import is_each_once, is_easy, is_met_at_an_end, range_of, solvable

Cells = tuple[int, int]
"""Some cells in a row, first and last."""


@attrs.frozen
class Way:
    """What a path has decided: the boxes of facts that stand in open sums, and the cells of those sums."""

    boxes: tuple[tuple[str, Interval], ...] = ()
    sums: tuple[tuple[int, Cells], ...] = ()

    def narrowed(self, name: str, box: Interval) -> Way:
        """Return the way on which a fact lies in a box."""
        return Way((*(pair for pair in self.boxes if pair[0] != name), (name, box)), self.sums)

    def summed(self, place: int, cells: Cells) -> Way:
        """Return the way on which a sum lies in some cells."""
        return Way(self.boxes, (*self.sums, (place, cells)))

    def only(self, names: Collection[str], sums: Collection[int]) -> Way:
        """Return what the way says of some facts and sums, in one order."""
        return Way(
            tuple(sorted(pair for pair in self.boxes if pair[0] in names)),
            tuple(sorted(pair for pair in self.sums if pair[0] in sums)),
        )


START = Way()


@attrs.frozen(slots=False, eq=False)
class Ways:
    """What is known of one organization, as cells."""

    plan: Plan
    domains: Mapping[str, Domain]

    @cached_property
    def cells(self) -> tuple[int, ...]:
        """The cells of each level that what is known allows, as bits; of sums all that bounds reach."""
        cells = cells_of(self.plan)
        return tuple(cells.left(cells.state(self.domains)))

    @cached_property
    def boxes(self) -> dict[str, Interval]:
        """The bounds of every number and date."""
        found = {name: self.domains.get(name, FREE) for name in self.plan.compared}
        found |= {name: box for name, box in self.domains.items() if isinstance(box, tuple)}
        return {name: box for name, box in found.items() if isinstance(box, tuple)}

    # ------------------------------------------------------------------------------------------ bound sums

    @cached_property
    def bound_sums(self) -> int:
        """The open sums whose possible cells depend on the path, as bits of levels."""
        is_open = {place for place in self.plan.forms if self.cells[place].bit_count() > 1}
        return sum(1 << place for place in is_open if self._shares(place, is_open))

    def depends(self, place: int) -> bool:
        """Tell whether a level is an open sum whose possible cells depend on the path."""
        return bool(self.bound_sums >> place & 1)

    def _shares(self, place: int, is_open: set[int]) -> bool:
        level = self.plan.levels[place]
        assert isinstance(level, Form)
        if not self._is_exact(level) or len(self.plan.related[place] & is_open) > 1:
            return True
        numbers = (self.plan.numbers[name] for name in level.names if name in self.plan.numbers)
        return any(self.cells[number].bit_count() > 1 for number in numbers)

    def _is_exact(self, level: Form) -> bool:
        """Tell whether each open fact of a sum brings it into each of its cells that the ends allow."""
        if is_easy(level.terms):
            return True
        is_plain = all(isinstance(term.quantity, Variable) for term in level.terms) and is_each_once(level.terms)
        ends = (self.boxes[name] for name in level.names)
        return level.size == 2 and is_plain and sum(low < high for low, high in ends) <= 1  # noqa: PLR2004

    def kept(self, node: Node, way: Way) -> Way:
        """Return of a way what matters below a node: what belongs to sums that stand there."""
        return way.only(*self.plan.reach[self.plan.levels_below[node]]) if way.boxes or way.sums else way

    # ------------------------------------------------------------------------------------------ steps

    def after_known(self, node: Node) -> Node:
        """Return the first node from here on whose level has several possible cells, or which is a terminal."""
        levels, branches, cells = self.plan.diagrams.levels, self.plan.branches, self.cells
        while levels[node] != END:
            allowed = cells[levels[node]]
            if allowed & allowed - 1:
                break
            for run, child in branches[node]:
                if run & allowed:
                    node = child
                    break
        return node

    def onward(self, node: Node, way: Way) -> Iterator[tuple[Cells, Node, Way]]:
        """Yield the steps on from a node: the first and last possible cell of a run, the child, and the way there."""
        made, place, start = self.plan.diagrams, self.plan.diagrams.levels[node], 0
        for end, child in made.runs[node]:
            cells = self.cells_in(place, start, end, way)
            if cells is not None:
                yield cells, child, self.way_on(place, cells, way)
            start = end

    @cached_property
    def _leading(self) -> dict[tuple[Node, Node, Way], bool]:
        return {}

    def lead(self, node: Node, end: Node, way: Way = START) -> bool:
        """Tell whether some way leads on from a node to an end; they are tried until one does."""
        if self.plan.diagrams.levels[node] == END:
            return node == end
        kept = self.kept(node, way)
        found = self._leading.get((node, end, kept))
        if found is None:
            found = any(self.lead(child, end, way_on) for _, child, way_on in self.onward(node, kept))
            self._leading[node, end, kept] = found
        return found

    def cells_in(self, place: int, start: int, end: int, way: Way) -> Cells | None:
        """Return the first and last cell of a level, from the start up to the end, that a way leaves possible."""
        allowed = self.cells[place] & ((1 << end) - (1 << start))
        if allowed and self.depends(place):
            reached = [cell for cell in _bits(allowed) if self._is_reached(place, (cell, cell), way)]
            return (reached[0], reached[-1]) if reached else None
        return ((allowed & -allowed).bit_length() - 1, allowed.bit_length() - 1) if allowed else None

    def way_on(self, place: int, cells: Cells, way: Way) -> Way:
        """Return the way on which a level lies in some cells."""
        level = self.plan.levels[place]
        if isinstance(level, Number) and level.name in self.plan.summed:
            return way.narrowed(level.name, self.inside(level.name, *ends_of(level, cells)))
        if isinstance(level, Form):
            return way.summed(place, cells)
        return way

    def inside(self, name: str, first: int | None, last: int | None) -> Interval:
        """Return what of the box of a fact lies between two numbers."""
        low, high = self.boxes[name]
        return (low if first is None else max(low, first), high if last is None else min(high, last))

    def boxes_on(self, way: Way) -> dict[str, Interval]:
        """Return the bounds of every number and date on a way."""
        return {**self.boxes, **dict(way.boxes)}

    def _is_reached(self, place: int, cells: Cells, way: Way) -> bool:
        """Tell whether numbers in the boxes bring a sum into some cells, and the others where they are."""
        boxes = self.boxes_on(way)
        level = self.plan.levels[place]
        assert isinstance(level, Form)
        bounds = [self.bound(*pair) for pair in (*way.sums, (place, cells)) if pair[0] in self.plan.related[place]]
        if len(bounds) == 1 and is_met_at_an_end(*bounds[0]):
            _, low, high = bounds[0]
            least, greatest = range_of(level.terms, boxes)
            return (low is None or greatest >= low) and (high is None or least <= high)
        names = {name for terms, _, _ in bounds for name in (term.quantity.name for term in terms)}
        return solvable({name: boxes[name] for name in names}, bounds)

    def bound(self, place: int, cells: Cells) -> Bound:
        """Return between which numbers a sum lies in some cells."""
        level = self.plan.levels[place]
        assert isinstance(level, Form)
        return level.terms, *ends_of(level, cells)


def ends_of(level: Number | Form, cells: Cells) -> tuple[int | None, int | None]:
    """Return the least and the greatest number of some cells; None where they have no end."""
    return bounds_of(level, cells[0])[0], bounds_of(level, cells[1])[1]


def _run(first: int, end: int) -> int:
    return (1 << end) - (1 << first) if first < end else 0


def _bits(cells: int) -> Iterator[int]:
    while cells:
        yield (cells & -cells).bit_length() - 1
        cells &= cells - 1


def copied(bound: Bound, name: str, copy: str) -> Bound:
    """Return a bound in which a fact is another one."""
    terms, low, high = bound
    again = (attrs.evolve(term, quantity=attrs.evolve(term.quantity, name=copy)) for term in terms)
    pairs = zip(terms, again, strict=True)
    return tuple(other if term.quantity.name == name else term for term, other in pairs), low, high


def names_of(level: Level) -> tuple[str, ...]:
    """Return the facts or the reading that a level depends on."""
    return level.names if isinstance(level, Form) else (level.name,)


def bound_to(plan: Plan, total: Form) -> tuple[frozenset[str], frozenset[int]]:
    """Return what a sum depends on, directly or through others: facts, and the sums of comparisons that bind them."""
    forms = [(place, level) for place, level in enumerate(plan.levels) if isinstance(level, Form)]
    tied = (place for place, level in forms if total.ties & level.ties)
    sums = frozenset(other for place in tied for other in plan.related[place])
    return frozenset(total.names).union(*(names_of(plan.levels[place]) for place in sums)), sums
