"""The smallest changes of known facts after which a diagram ends as wanted: the cheapest ways down to that end.

A fact that may change goes on without cost in the cells where it lies, and at the cost of one change in others. Other
facts that are not known may be anything. Where the end is to be possible, one of the ways that they leave is enough;
where it is to be certain, every one of them has to lead there, so that all are followed side by side. Sums are kept as
bounds, and numbers that satisfy them are looked for at the end of a way.
"""

from __future__ import annotations

import heapq
import itertools
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from math import inf

import attrs

from cso_rules.model.civil_dates import LAST, earliest, is_exact, latest, reaching
from cso_rules.model.expressions import Shifted, Term, Variable
from cso_rules.model.types import Domain, Interval
from cso_rules.plan.building import Plan
from cso_rules.plan.diagrams import END, Node
from cso_rules.plan.levels import Choice, Form, Level, Member, Number, bounds_of
from cso_rules.plan.missing import names_of
from cso_rules.plan.solving import Bound, range_of, solvable
from cso_rules.plan.ways import START, Cells, Way, Ways

Change = dict[str, int]
"""Facts with their new encoded values."""
MOST_STEPS = 5_000
MOST_ORDERED = 3


@attrs.frozen
class Path:
    """Ways down that are followed side by side.

    Attributes:
        spots: Where they are.
        cells: The cells in which facts that may change were left or put, by level.
        bounds: What sums of such facts have to be.
    """

    spots: frozenset[tuple[Node, Way]]
    cells: tuple[tuple[int, Cells], ...] = ()
    bounds: tuple[Bound, ...] = ()


@attrs.frozen(slots=False, eq=False)
class Changes:
    """The search for changes of one organization.

    Attributes:
        domains: What is known of every fact and reading.
        free: The known facts that may change.
        is_certain: Whether the end is to be certain, or only to be possible.
        taken: The changes that turned out to lead there; ways that contain one of them are not followed.
    """

    plan: Plan
    domains: Mapping[str, Domain]
    free: frozenset[str]
    is_certain: bool
    taken: list[Change] = attrs.field(factory=list)

    @cached_property
    def _ways(self) -> Ways:
        """The ways of an organization of which nothing is known that may change."""
        kinds = {name: self.plan.policy.facts[name].type for name in self.free}
        return Ways(self.plan, {**self.domains, **{name: kind.everything for name, kind in kinds.items()}})

    @cached_property
    def _now(self) -> Ways:
        return Ways(self.plan, self.domains)

    def found(self, root: Node) -> Iterator[Change]:
        """Yield changes that may lead from a root to the true end, those of few facts first."""
        least = self._least_costs(root)
        heap = [(least[root], 0, self._start(root))] if least[root] < inf else []
        seen, count = set[Path](), itertools.count(1)
        for _ in range(MOST_STEPS):
            if not heap:
                return
            _, _, path = heapq.heappop(heap)
            if path in seen or self._contains_taken(path):
                continue
            seen.add(path)
            if all(node == self.plan.diagrams.true for node, _ in path.spots):
                yield from self._filled(path)
                continue
            for following in self._onward(path):
                cost = max(least[node] for node, _ in following.spots)
                if cost < inf and self._is_solvable(following):
                    heapq.heappush(heap, (cost + self._cost(following), next(count), following))

    def _start(self, root: Node) -> Path:
        return Path(frozenset([(self._ways.after_known(root), START)]))

    # ------------------------------------------------------------------------------------------ costs

    def _least_costs(self, root: Node) -> dict[Node, float]:
        """Return how many changes are needed at least from each node on, whatever the sums are."""
        found: dict[Node, float] = {}
        made = self.plan.diagrams
        for node in made.below([root]):
            if made.levels[node] == END:
                found[node] = 0 if node == made.true else inf
                continue
            place = made.levels[node]
            allowed = self._ways.cells[place]
            steps = [(cells & allowed, found[child]) for cells, child in self.plan.branches[node] if cells & allowed]
            if self._may_choose(place):
                now = 0 if self._is_form(place) else self._now.cells[place]
                found[node] = min(cost + bool(now and not cells & now) for cells, cost in steps)
            else:
                found[node] = (max if self.is_certain else min)(cost for _, cost in steps)
        found[self._ways.after_known(root)] = found[root]
        return found

    def _may_choose(self, place: int) -> bool:
        """Tell whether a level depends on facts that may change."""
        return not self.free.isdisjoint(names_of(self.plan.levels[place]))

    def _is_form(self, place: int) -> bool:
        return isinstance(self.plan.levels[place], Form)

    def _cost(self, path: Path) -> int:
        """Return how many changes a way has made, and one if its sums need a further one."""
        changed = [place for place, cells in path.cells if not self._holds_present(place, cells)]
        bounds = self._bounds(path)
        names = {level.name for level in map(self.plan.levels.__getitem__, changed) if isinstance(level, Number)}
        return len(changed) + bool(bounds and not solvable(self._boxes(path, bounds, names), bounds))

    def _holds_present(self, place: int, cells: Cells) -> bool:
        return cells[0] <= self._present(place) <= cells[1]

    def _present(self, place: int) -> int:
        """Return the cell in which a fact lies now."""
        return self._now.cells[place].bit_length() - 1

    def _contains_taken(self, path: Path) -> bool:
        sizes: dict[str, int] = {}
        for place, cells in path.cells:
            if not self._holds_present(place, cells):
                level = self.plan.levels[place]
                name, size = self._size(level, cells)
                sizes[name] = sizes.get(name, 0) | size
        return any(self._is_less(own, sizes) for own in map(self.sizes, self.taken))

    def _size(self, level: Level, cells: Cells) -> tuple[str, int]:
        """Return the fact of a level, and by how much it changes at least."""
        assert not isinstance(level, Form)
        if isinstance(level, Member):
            return level.name, 1 << level.place
        if isinstance(level, Choice):
            return level.name, 1
        return level.name, self._distance(level.name, self._box(level, cells))

    def _is_less(self, one: Mapping[str, int], two: Mapping[str, int]) -> bool:
        return self._fits(one, two) and not self._fits(two, one)

    def _fits(self, one: Mapping[str, int], two: Mapping[str, int]) -> bool:
        """Tell whether a change changes only facts that another changes too, and none of them more."""
        return all(name in two and self._is_no_more(name, size, two[name]) for name, size in one.items())

    def _is_no_more(self, name: str, one: int, two: int) -> bool:
        is_set = self.plan.policy.facts[name].type.kind == "set"
        return not one & ~two if is_set else one <= two

    def sizes(self, change: Change) -> dict[str, int]:
        """Return by how much each fact changes: a number by a difference, a set by members, another fact by one."""
        kinds = {name: self.plan.policy.facts[name].type for name in change}
        return {
            name: abs(new - self._old(name)) if kinds[name].is_numeric else new ^ self._old(name)
            if kinds[name].kind == "set" else 1
            for name, new in change.items()
        }

    def is_smaller(self, one: Change, two: Change) -> bool:
        """Tell whether a change is contained in another one."""
        return self._is_less(self.sizes(one), self.sizes(two))

    def _old(self, name: str) -> int:
        domain = self.domains[name]
        return domain[0] if isinstance(domain, tuple) else domain

    # ------------------------------------------------------------------------------------------ steps

    def _onward(self, path: Path) -> Iterator[Path]:
        """Yield the ways on below the topmost level at which one of the spots is."""
        place = min(self.plan.diagrams.levels[node] for node, _ in path.spots)
        here = [spot for spot in path.spots if self.plan.diagrams.levels[spot[0]] == place]
        if not self._may_choose(place):
            yield from self._left_open(path, here)
        elif not self._is_form(place):
            yield from self._chosen(path, place, here)
        elif self.is_certain:
            yield from self._summed(path, place, here[0])
        else:
            yield from self._left_open(path, here)

    def _moved(self, path: Path, here: Iterable[tuple[Node, Way]], to: Iterable[tuple[Node, Way]]) -> Path:
        spots = {self._spot(node, way) for node, way in to}
        return attrs.evolve(path, spots=path.spots.difference(here) | spots)

    def _spot(self, node: Node, way: Way) -> tuple[Node, Way]:
        node = self._ways.after_known(node)
        return node, self._ways.kept(node, way) if self.is_certain else way

    def _left_open(self, path: Path, here: Sequence[tuple[Node, Way]]) -> Iterator[Path]:
        """Yield the ways on where the cell is not chosen: all at once, or one after the other."""
        to = [(child, way) for spot in here for _, child, way in self._ways.onward(*spot)]
        yield from (self._moved(path, here, part) for part in ([to] if self.is_certain else ([one] for one in to)))

    def _chosen(self, path: Path, place: int, here: Sequence[tuple[Node, Way]]) -> Iterator[Path]:
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
        if any(not self.plan.reach[child][0].isdisjoint(names) for child in children):
            return False
        known = self._ways.after_known
        return all(self._implies(known(one), known(two)) for one, two in zip(children, others, strict=True))

    @cached_property
    def _implied(self) -> dict[tuple[Node, Node], bool]:
        return {}

    def _implies(self, one: Node, two: Node) -> bool:
        """Tell whether a condition holds wherever another does, as far as what is known allows."""
        made = self.plan.diagrams
        if one in {two, made.false} or two == made.true:
            return True
        if one == made.true or two == made.false:
            return False
        if (one, two) not in self._implied:
            self._implied[one, two] = all(self._implies(*pair) for pair in self._both(one, two))
        return self._implied[one, two]

    def _both(self, one: Node, two: Node) -> Iterator[tuple[Node, Node]]:
        """Yield where two conditions go on from in each cell that is possible."""
        made, known = self.plan.diagrams, self._ways.after_known
        place = min(made.levels[one], made.levels[two])
        allowed, whole = self._ways.cells[place], ((-1, one), (-1, two))
        first, second = (
            self.plan.branches[node] if made.levels[node] == place else (same,)
            for node, same in zip((one, two), whole, strict=True)
        )
        for cells, child in first:
            yield from ((known(child), known(other)) for own, other in second if cells & own & allowed)

    def _is_told(self, place: int, cells: Cells) -> bool:
        """Tell whether cells of a fact are a change, or matter to a sum."""
        return not self._holds_present(place, cells) or self.plan.levels[place].name in self.plan.compared

    def _child(self, node: Node, cell: int) -> Node:
        return next(child for end, child in self.plan.diagrams.runs[node] if cell < end)

    def _summed(self, path: Path, place: int, spot: tuple[Node, Way]) -> Iterator[Path]:
        """Yield a way on for all the cells between which a sum may be kept, whatever the other facts are."""
        node, way = spot
        runs, level = self.plan.diagrams.runs[node], self.plan.levels[place]
        assert isinstance(level, Form)
        own = tuple(term for term in level.terms if term.quantity.name in self.free)
        others = [term for term in level.terms if term.quantity.name not in self.free]
        low, high = range_of(others, self._ways.boxes_on(way))
        starts = (0, *(end for end, _ in runs))
        for first, last in itertools.combinations_with_replacement(range(len(runs)), 2):
            least, greatest = bounds_of(level, starts[first])[0], bounds_of(level, runs[last][0] - 1)[1]
            bound = _surely(own, None if least is None else least - low, None if greatest is None else greatest - high)
            moved = self._moved(path, [spot], ((child, way) for _, child in runs[first : last + 1]))
            yield attrs.evolve(moved, bounds=tuple(dict.fromkeys((*path.bounds, bound))))

    # ------------------------------------------------------------------------------------------ numbers

    def _bounds(self, path: Path) -> list[Bound]:
        """Return what sums have to be on a way; of a possible end also those of facts that may not change."""
        if self.is_certain:
            return list(path.bounds)
        return [self._ways.bound(*pair) for _, way in path.spots for pair in way.sums]

    def _boxes(self, path: Path, bounds: Iterable[Bound], changing: Iterable[str]) -> dict[str, Interval]:
        """Return between which numbers the facts of some sums lie while only some of them change."""
        found = dict(self._ways.boxes)
        for _, way in path.spots if not self.is_certain else ():
            found |= dict(way.boxes)
        for place, cells in path.cells:
            level = self.plan.levels[place]
            if isinstance(level, Number):
                found[level.name] = self._box(level, cells)
        found |= {name: (self._old(name),) * 2 for name in self.free.difference(changing) & found.keys()}
        return {name: found[name] for name in dict.fromkeys(_names(bounds))}

    def _box(self, level: Number, cells: Cells) -> Interval:
        return self._ways.inside(level.name, bounds_of(level, cells[0])[0], bounds_of(level, cells[1])[1])

    def _is_solvable(self, path: Path) -> bool:
        bounds = self._bounds(path)
        return not bounds or solvable(self._boxes(path, bounds, self.free), bounds)

    def _filled(self, path: Path) -> Iterator[Change]:
        """Yield the smallest changes with which a way is gone."""
        bounds = self._bounds(path)
        fixed: dict[str, list[int]] = {}
        numbers: list[str] = []
        for place, cells in path.cells:
            level = self.plan.levels[place]
            if self._holds_present(place, cells):
                continue
            if isinstance(level, Choice):
                fixed[level.name] = [1 << cell for cell in range(cells[0], cells[1] + 1)]
            elif isinstance(level, Member):
                fixed[level.name] = [fixed.get(level.name, [self._old(level.name)])[0] ^ 1 << level.place]
            elif level.name in _names(bounds):
                numbers.append(level.name)
            elif isinstance(level, Number):
                fixed[level.name] = self._nearest(level.name, self._box(level, cells))
        for summed in self._of_sums(path, bounds, numbers):
            for values in itertools.product(*fixed.values()):
                yield {**dict(zip(fixed, values, strict=True)), **summed}

    def _nearest(self, name: str, box: Interval) -> list[int]:
        return [min(max(self._old(name), box[0]), box[1])]

    def _distance(self, name: str, box: Interval) -> int:
        return abs(self._nearest(name, box)[0] - self._old(name))

    def _of_sums(self, path: Path, bounds: Sequence[Bound], changing: Sequence[str]) -> Iterator[Change]:
        """Yield the nearest numbers that satisfy the sums, with as few facts changed besides as that needs."""
        others = [name for name in dict.fromkeys(_names(bounds)) if name in self.free and name not in changing]
        enough: list[set[str]] = []
        for extra in _selections(others):
            boxes = self._boxes(path, bounds, (*changing, *extra))
            if any(own <= set(extra) for own in enough) or not solvable(boxes, bounds):
                continue
            enough.append(set(extra))
            for order in _orders((*changing, *extra)):
                yield from self._placed(order, boxes, bounds)

    def _placed(self, order: Sequence[str], boxes: Mapping[str, Interval], bounds: Sequence[Bound]) -> Iterator[Change]:
        """Yield numbers of facts, each as near to what it is as the ones before it allow."""
        if not order:
            yield {}
            return
        name, (low, high), old = order[0], boxes[order[0]], self._old(order[0])

        def is_within(radius: int) -> bool:
            box = (max(low, old - radius), min(high, old + radius))
            return box[0] <= box[1] and solvable({**boxes, name: box}, bounds)

        farthest = max(abs(low - old), abs(high - old))
        radius = bisect_left(range(farthest), True, key=is_within)  # noqa: FBT003 - the truth that is looked for
        for new in dict.fromkeys((old - radius, old + radius)):
            if low <= new <= high:
                placed = {**boxes, name: (new, new)}
                if solvable(placed, bounds):
                    changed = {} if new == old else {name: new}
                    yield from ({**changed, **rest} for rest in self._placed(order[1:], placed, bounds))


def _surely(terms: tuple[Term, ...], low: int | None, high: int | None) -> Bound:
    """Return a bound of a sum; of a date alone whose moved day is open, one with which every such day is within it."""
    match terms:
        case (Term(factor=factor, quantity=Shifted(name=name, shifts=shifts)),) if not is_exact(shifts):
            if factor < 0:
                low, high = None if high is None else -high, None if low is None else -low
            size = abs(factor)
            first = None if low is None else reaching(earliest, shifts, -(-low // size))
            after = None if high is None else reaching(latest, shifts, high // size + 1)
            first = LAST + 1 if first is None and low is not None else first
            return (Term(factor=1, quantity=Variable(name=name)),), first, None if after is None else after - 1
        case _:
            return terms, low, high


def _selections(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield some of the names, few first."""
    yield from (found for size in range(len(names) + 1) for found in itertools.combinations(names, size))


def _orders(names: Sequence[str]) -> Iterable[Sequence[str]]:
    """Return the orders in which numbers are brought near, of many names one alone."""
    return itertools.permutations(names) if len(names) <= MOST_ORDERED else (names,)


def _names(bounds: Iterable[Bound]) -> Iterator[str]:
    """Yield the facts of sums."""
    yield from (term.quantity.name for terms, _, _ in bounds for term in terms)
