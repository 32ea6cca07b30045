"""The cheapest ways down a diagram to its true end, where known facts may become others.

A fact that may change goes on without cost in the cells where it lies, and at the cost of one change in others. Other
facts that are not known may be anything. Where the end is to be possible, one of the ways that they leave is enough;
where it is to be certain, every one of them has to lead there, so that all are followed side by side. Sums are kept as
bounds, and numbers that satisfy them are looked for at the end of a way.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from math import inf

import attrs

from cso_rules.model.expressions import Term, Variable, Within
from cso_rules.model.types import Domain, Interval
from cso_rules.plan.asked.ways import START, Cells, Way, Ways, names_of
from cso_rules.plan.building import Plan
from cso_rules.plan.changes.implied import Implied
from cso_rules.plan.changes.numbers import Sums, surely
from cso_rules.plan.changes.sizes import Change, Present, Sizes
from cso_rules.plan.diagrams import END, Node
from cso_rules.plan.levels import Choice, Form, Member, Number, bounds_of
from cso_rules.plan.sums.open_days import Bound
from cso_rules.plan.sums.solving import range_of, span_of

MOST_STEPS = 20_000
Spot = tuple[Node, Way]


@attrs.frozen
class Path:
    """Ways down that are followed side by side.

    Attributes:
        spots: Where they are.
        cells: The cells of facts that change, and of those that may and stand in sums, by level.
        bounds: What sums of facts that may change have to be, whatever others are.
    """

    spots: frozenset[Spot]
    cells: tuple[tuple[int, Cells], ...] = ()
    bounds: tuple[Bound, ...] = ()


@attrs.frozen(slots=False, eq=False)
class Changes:
    """The search for changes of one organization.

    Attributes:
        domains: What is known of every fact and reading.
        free: The known facts that may change.
        is_certain: Whether the end is to be certain, or only to be possible.
        taken: The changes that turned out to lead there, by `take`; ways that contain one of them are not followed.
    """

    plan: Plan
    domains: Mapping[str, Domain]
    free: frozenset[str]
    is_certain: bool
    taken: list[Change] = attrs.field(factory=list, init=False)
    _sizes: list[Sizes] = attrs.field(factory=list, init=False)

    def take(self, change: Change) -> None:
        """Keep a change that turned out to lead there."""
        self.taken.append(change)
        self._sizes.append(self.present.sizes(change))

    @cached_property
    def present(self) -> Present:
        """What changes are compared with."""
        return Present(self.plan.policy, self.domains)

    @cached_property
    def _ways(self) -> Ways:
        """The ways of an organization of which nothing is known that may change."""
        kinds = {name: self.plan.policy.facts[name].type for name in self.free}
        return Ways(self.plan, {**self.domains, **{name: kind.everything for name, kind in kinds.items()}})

    @cached_property
    def _now(self) -> Ways:
        return Ways(self.plan, self.domains)

    @cached_property
    def _implied(self) -> Implied:
        return Implied(self.plan, self._ways)

    @cached_property
    def _lawful(self) -> list[Bound]:
        """What facts that may change must satisfy to be possible at all, as far as it is a sum of facts."""
        conditions = [part.condition for part in self.plan.policy.constraints]
        found = [
            self._possibly(own) for own in conditions if isinstance(own, Within) and all(map(_is_number, own.terms))
        ]
        return [bound for bound in found if bound[0]]

    def _possibly(self, condition: Within) -> Bound:
        """Return between which numbers the facts that may change must keep a sum, so that others can satisfy it."""
        own, others = self._split(condition.terms)
        low, high = range_of(others, self._ways.boxes)
        least, greatest = condition.low, condition.high
        return own, None if least is None else least - high, None if greatest is None else greatest - low

    def _split(self, terms: Iterable[Term]) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
        """Return the part of a sum that may be changed, and the rest."""
        own = tuple(term for term in terms if term.quantity.name in self.free)
        return own, tuple(term for term in terms if term.quantity.name not in self.free)

    def _reached(self, terms: tuple[Term, ...], way: Way) -> Interval:
        """Return between which numbers a sum of facts that may not change lies on a way."""
        boxes, bounds = self._ways.boxes_on(way), [self._ways.bound(*pair) for pair in way.sums]
        names = _names(terms).union(*(_names(own) for own, _, _ in bounds))
        found = span_of(terms, {name: boxes[name] for name in names}, bounds) if bounds else None
        return range_of(terms, boxes) if found is None else found

    @cached_property
    def _summed_names(self) -> frozenset[str]:
        """The facts that stand in sums, of comparisons or of what is possible at all."""
        return self.plan.compared.union(*(_names(terms) for terms, _, _ in self._lawful))

    def found(self, root: Node) -> Iterator[Change]:
        """Yield changes that may lead from a root to the true end, each once, those of few facts first."""
        offered = set[frozenset[tuple[str, int]]]()
        for path in self._paths(root):
            for change in self._filled(path):
                if frozenset(change.items()) not in offered:
                    offered.add(frozenset(change.items()))
                    yield change

    def _paths(self, root: Node) -> Iterator[Path]:
        """Yield the ways that may lead to the true end, the cheapest first."""
        least = self._least_costs(root)
        start = Path(frozenset([(self._ways.after_known(root), START)]))
        heap = [(least[root], 0, start)] if least[root] < inf else []
        seen, count = set[Path](), itertools.count(1)
        for _ in range(MOST_STEPS):
            if not heap:
                return
            _, _, path = heapq.heappop(heap)
            if path in seen or self._contains_taken(path):
                continue
            seen.add(path)
            if self._is_worth_trying(path):
                yield path
            for further in self._onward(path):
                cost = max(least[node] for node, _ in further.spots)
                if cost < inf and (sums := self._sums(further)).is_solvable():
                    heapq.heappush(heap, (cost + self._cost(further, sums), next(count), further))

    def _is_worth_trying(self, path: Path) -> bool:
        """Tell whether a way is at its end, or at a sum of which other facts together may leave less than each does."""
        place = self._place(path)
        return place == END or (self.is_certain and self._is_sum(place) and any(self._changed(path)))

    def _place(self, path: Path) -> int:
        """Return the topmost level at which one of the spots is."""
        return min(self.plan.diagrams.levels[node] for node, _ in path.spots)

    # ------------------------------------------------------------------------------------------ costs

    def _least_costs(self, root: Node) -> dict[Node, float]:
        """Return how many changes are needed at least from each node on, whatever the sums are."""
        made, found = self.plan.diagrams, dict[Node, float]()
        for node in made.below([root]):
            if made.levels[node] == END:
                found[node] = 0 if node == made.true else inf
            else:
                found[node] = self._least_cost(node, found)
        return found

    def _least_cost(self, node: Node, found: Mapping[Node, float]) -> float:
        place = self.plan.diagrams.levels[node]
        allowed = self._ways.cells[place]
        steps = [(cells, found[child]) for cells, child in self.plan.branches[node] if cells & allowed]
        if not self._may_choose(place):
            is_each = self.is_certain and not self._ways.depends(place)  # of the others some may be out of reach
            return (max if is_each else min)(cost for _, cost in steps)
        now = -1 if self._is_sum(place) else self._now.cells[place]
        return min(cost + (not cells & now) for cells, cost in steps)

    def _may_choose(self, place: int) -> bool:
        """Tell whether a level depends on facts that may change."""
        return not self.free.isdisjoint(names_of(self.plan.levels[place]))

    def _is_sum(self, place: int) -> bool:
        return isinstance(self.plan.levels[place], Form)

    def _changed(self, path: Path) -> Iterator[tuple[Choice | Member | Number, Cells]]:
        """Yield the levels of facts that change on a way, each with its new cells."""
        for place, cells in path.cells:
            level = self.plan.levels[place]
            if not isinstance(level, Form) and not self._holds_present(place, cells):
                yield level, cells

    def _holds_present(self, place: int, cells: Cells) -> bool:
        return cells[0] <= self._present_cells[place] <= cells[1]

    @cached_property
    def _present_cells(self) -> list[int]:
        """The cell of each level in which a known fact lies now."""
        return [cells.bit_length() - 1 for cells in self._now.cells]

    def _cost(self, path: Path, sums: Sums) -> int:
        """Return how many changes a way has made, and one more if its sums need that."""
        changed = [level for level, _ in self._changed(path)]
        return len(changed) + (not sums.is_solvable([level.name for level in changed]))

    def _contains_taken(self, path: Path) -> bool:
        if not self._sizes:
            return False
        sizes: dict[str, int] = {}
        for level, cells in self._changed(path):
            sizes[level.name] = sizes.get(level.name, 0) | self._size(level, cells)
        return any(self.present.is_smaller(own, sizes) for own in self._sizes)

    def _size(self, level: Choice | Member | Number, cells: Cells) -> int:
        """Return by how much a fact changes at least to lie in some cells."""
        if isinstance(level, Number):
            return abs(self.present.nearest(level.name, self._box(level, cells)) - self.present.value(level.name))
        return 1 << level.place if isinstance(level, Member) else 1

    # ------------------------------------------------------------------------------------------ steps

    def _onward(self, path: Path) -> Iterator[Path]:
        """Yield the ways on below the topmost level at which one of the spots is."""
        levels, place = self.plan.diagrams.levels, self._place(path)
        here = sorted((spot for spot in path.spots if levels[spot[0]] == place), key=_order)
        if place == END:
            return
        if self._may_choose(place) and not self._is_sum(place):
            yield from self._chosen(path, place, here)
        elif self._may_choose(place) and self.is_certain:
            yield from self._summed(path, place, here[0])
        else:
            to = [(child, way) for spot in here for _, child, way in self._ways.onward(*spot)]
            yield from (self._moved(path, here, part) for part in ([to] if self.is_certain else ([one] for one in to)))

    def _moved(self, path: Path, here: Iterable[Spot], to: Iterable[Spot]) -> Path:
        """Return the path on which some spots went on to others."""
        return attrs.evolve(path, spots=path.spots.difference(here) | {self._spot(*spot) for spot in to})

    def _spot(self, node: Node, way: Way) -> Spot:
        node = self._ways.after_known(node)
        return node, self._ways.kept(node, way) if self.is_certain else way

    def _chosen(self, path: Path, place: int, here: Sequence[Spot]) -> Iterator[Path]:
        """Yield a way on for each run of cells of a fact that may change, but for changes that gain nothing."""
        made, starts = self.plan.diagrams, [0]
        starts += sorted({end for node, _ in here for end, _ in made.runs[node]})
        steps = [((start, end - 1), [self._child(node, start) for node, _ in here]) for start, end in pairwise(starts)]
        for cells, children in steps:
            nearer = (others for other, others in steps if self._is_nearer(place, other, cells))
            if any(self._is_in_vain(place, children, others) for others in nearer):
                continue
            to = [(node, way) for node, (_, way) in zip(children, here, strict=True)]
            if not self.is_certain:
                to = [(node, self._ways.way_on(place, cells, way)) for node, way in to]
            told = (*path.cells, (place, cells)) if self._is_told(place, cells) else path.cells
            yield attrs.evolve(self._moved(path, here, to), cells=told)

    def _child(self, node: Node, cell: int) -> Node:
        return next(child for end, child in self.plan.diagrams.runs[node] if cell < end)

    def _is_told(self, place: int, cells: Cells) -> bool:
        """Tell whether cells of a fact are a change, or matter to a sum."""
        level = self.plan.levels[place]
        return not self._holds_present(place, cells) or (isinstance(level, Number) and level.name in self._summed_names)

    def _is_nearer(self, place: int, one: Cells, two: Cells) -> bool:
        """Tell whether it is a smaller change, or none, to be in some cells than in others."""
        if self._holds_present(place, two):
            return False
        level = self.plan.levels[place]
        is_less = isinstance(level, Number) and self._size(level, one) < self._size(level, two)
        return is_less or self._holds_present(place, one)

    def _is_in_vain(self, place: int, children: Sequence[Node], others: Sequence[Node]) -> bool:
        """Tell whether all that leads on from some nodes to the end leads there from others too."""
        names = names_of(self.plan.levels[place])
        below = (self.plan.levels_below[child] for child in children)
        sums = [_names(terms) for terms, _, _ in self._lawful] + [self.plan.reach[levels][0] for levels in below]
        if not all(own.isdisjoint(names) for own in sums):
            return False
        return all(itertools.starmap(self._implied.holds, zip(children, others, strict=True)))

    def _summed(self, path: Path, place: int, spot: Spot) -> Iterator[Path]:
        """Yield a way on for all the cells between which a sum may be kept, whatever the other facts are."""
        node, way = spot
        runs, level = self.plan.diagrams.runs[node], self.plan.levels[place]
        assert isinstance(level, Form)
        own, others = self._split(level.terms)
        low, high = self._reached(others, way)
        starts = (0, *(end for end, _ in runs))
        for first, last in itertools.combinations_with_replacement(range(len(runs)), 2):
            least, greatest = bounds_of(level, starts[first])[0], bounds_of(level, runs[last][0] - 1)[1]
            bound = surely(own, None if least is None else least - low, None if greatest is None else greatest - high)
            moved = self._moved(path, [spot], ((child, way) for _, child in runs[first : last + 1]))
            yield attrs.evolve(moved, bounds=tuple(dict.fromkeys((*path.bounds, bound))))

    # ------------------------------------------------------------------------------------------ ends of ways

    def _sums(self, path: Path, besides: Iterable[Bound] = ()) -> Sums:
        """Return what sums have to be on a way; where the end is to be possible, whatever facts they are of."""
        bounds, found = [*path.bounds, *besides], dict(self._ways.boxes)
        for _, way in () if self.is_certain else path.spots:
            bounds += [self._ways.bound(*pair) for pair in way.sums]
            found |= dict(way.boxes)
        names = dict.fromkeys(term.quantity.name for terms, _, _ in bounds for term in terms)
        for place, cells in path.cells if names else ():
            level = self.plan.levels[place]
            if isinstance(level, Number):
                found[level.name] = self._box(level, cells)
        return Sums(self.present, {name: found[name] for name in names}, bounds, self.free)

    def _box(self, level: Number, cells: Cells) -> Interval:
        return self._ways.inside(level.name, bounds_of(level, cells[0])[0], bounds_of(level, cells[1])[1])

    def _filled(self, path: Path) -> Iterator[Change]:
        """Yield the smallest changes with which a way is gone."""
        numbers_changed = {level.name for level, _ in self._changed(path)} | self._sums(path).boxes.keys()
        lawful = [bound for bound in self._lawful if numbers_changed & _names(bound[0])]
        sums, summed = self._sums(path, lawful), list[str]()
        values: dict[str, list[int]] = {}
        for level, cells in self._changed(path):
            if isinstance(level, Choice):
                values[level.name] = [1 << cell for cell in range(cells[0], cells[1] + 1)]
            elif isinstance(level, Member):
                values[level.name] = [values.get(level.name, [self.present.value(level.name)])[0] ^ 1 << level.place]
            elif level.name in sums.boxes:
                summed.append(level.name)
            else:
                values[level.name] = [self.present.nearest(level.name, self._box(level, cells))]
        for numbers in sums.nearest(summed):
            for chosen in itertools.product(*values.values()):
                yield {**dict(zip(values, chosen, strict=True)), **numbers}


def _order(spot: Spot) -> tuple[object, ...]:
    node, way = spot
    return node, way.boxes, way.sums


def _names(terms: Iterable[Term]) -> frozenset[str]:
    return frozenset(term.quantity.name for term in terms)


def _is_number(term: Term) -> bool:
    return isinstance(term.quantity, Variable)
