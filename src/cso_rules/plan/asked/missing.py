"""Which facts matter: those of which two values lead to different answers while everything else is the same.

A fact above no sum whose cells depend on the path matters exactly where the diagram of what remains asks for it.
Another one matters where two of its cells lead to different ends, since an end that only one of them leads to is lost
in the other, and where they lead to different diagrams that no path changes. Of those that are left two copies go
through the diagram side by side, which part at the fact itself and at the sums that it stands in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, reduce
from itertools import combinations, combinations_with_replacement
from operator import or_
from typing import Any, Final

import attrs

from cso_rules.model.types import Interval
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.asked.remaining import FIRST
from cso_rules.plan.asked.rests import Parted, Rest
from cso_rules.plan.asked.ways import START, Cells, Way, copied, names_of
from cso_rules.plan.diagrams import END, Node
from cso_rules.plan.forms import Linear
from cso_rules.plan.levels import Form
from cso_rules.plan.sums.solving import Bound, Boxes, solution, solvable, span_of

MOST_WAYS: Final = 64


def missing(asked: Asked, decision: str) -> frozenset[str]:
    """Return the facts and readings that matter for a decision."""
    root, found, others = asked.plan.roots[decision], set[str](), list[Node]()
    levels = 0
    for node in dict.fromkeys((root.answer, *root.items, *(guard for guard, _ in root.sums))):
        rests = asked.in_cases(node)
        if rests is None:
            others.append(node)
        elif isinstance(rests, Rest):
            levels |= rests.levels
        else:
            levels = reduce(or_, (rest.levels for rest in rests), levels)
            found.update(_that_change(asked, node, rests))
    sure, in_sums = asked.rests.names(levels)
    found.update(sure, (name for name in in_sums if _is_open(asked, name)))
    found.update(*(_of_sum(asked, *case) for case in root.sums))
    return frozenset(found.union(_of_roots(asked, others) if others else ()))


def _that_change(asked: Asked, node: Node, rests: Parted) -> Iterator[str]:
    """Yield facts of open sums that alone lead from one case to another in which something else remains."""
    split = asked.split(node)
    assert split is not None
    if len(split.groups) == 1 and split.groups[0].is_along_one:
        yield from (name for name in split.groups[0].facts if name in asked.domains)  # it goes through all cases
        return
    for (one, rest), (two, other) in combinations(zip(split.cases, rests, strict=True), 2):
        if rest is other:
            continue
        changed = [place for place, case in enumerate(one) if case != two[place]]
        if len(changed) == 1:
            group, pair = split.groups[changed[0]], (one[changed[0]], two[changed[0]])
            yield from (name for name in group.facts if name in asked.domains and group.is_changed_by(name, *pair))


def _of_sum(asked: Asked, guard: Node, total: Linear) -> frozenset[str]:
    """Return the facts that change a sum while its case is given, on one way or from one way to another."""
    names = {part.name for part in total.parts if _is_open(asked, part.name)}
    boxes = [asked.ways.boxes_on(way) for way in asked.ways_of_case(guard, total)]
    return frozenset(name for name in names if any(_changes(total, name, box) for box in _reached(boxes, name)))


def _reached(boxes: Sequence[Boxes], name: str) -> Iterator[Interval]:
    """Yield within what a fact can change on one way, or on two on which the others can be the same.

    Of many ways all are taken as one: a fact too many may be named then, never one too few.
    """
    lows, highs = [own[name][0] for own in boxes], [own[name][1] for own in boxes]
    if len(boxes) > MOST_WAYS:
        yield min(lows), max(highs)
        return
    for one, two in combinations_with_replacement(range(len(boxes)), 2):
        others = ((own, boxes[two][other]) for other, own in boxes[one].items() if other != name)
        if all(max(own[0], other[0]) <= min(own[1], other[1]) for own, other in others):
            yield min(lows[one], lows[two]), max(highs[one], highs[two])


def _changes(total: Linear, name: str, box: Interval) -> bool:
    """Tell whether a fact alone changes a sum; what it adds in one place it may take away in another."""
    own = Linear({part: factor for part, factor in total.parts.items() if part.name == name})
    found = span_of(own.terms, {name: box}, ())
    return found is not None and found[0] < found[1]


def _of_roots(asked: Asked, roots: Sequence[Node]) -> frozenset[str]:
    remaining, plan = asked.remaining, asked.plan
    found = dict(zip(roots, map(remaining.of, roots), strict=True))
    sure, doubtful = set[str](), set[str]()
    bound, ends = set[Node](), dict[Node, int]()
    for node in reversed(remaining.below(found.values())):
        place, children = remaining.nodes[node - FIRST]
        if asked.ways.depends(place) or any(child in bound for child, _ in children):
            bound.add(node)
        names = (name for name in names_of(plan.levels[place]) if _is_open(asked, name))
        (doubtful if node in bound else sure).update(names)
        below = {child: ends[child] if child in ends else plan.end_bits[child] for child, _ in children}
        ends[node] = reduce(or_, below.values())
        free = [child for child in below if child not in bound]
        if node in bound and (len(free) > 1 or len(set(below.values())) > 1):
            sure.update(name for name in _that_part(asked, node, place) if _is_open(asked, name))
    open_roots = [root for root, left in found.items() if left in bound]
    return frozenset(sure | {name for name in doubtful - sure if _differs(asked, name, open_roots)})


def _that_part(asked: Asked, node: Node, place: int) -> Iterator[str]:
    """Yield facts that surely matter at a node of what remains of which two children are different in any case."""
    plan, level = asked.plan, asked.plan.levels[place]
    if not isinstance(level, Form):
        yield level.name
        return
    origin, way = asked.remaining.met[node]
    is_last = all(place not in plan.reach[child][1] for _, child in plan.branches[origin])
    if level.size > 2 or not is_last or any(own in plan.related[place] for own, _ in way.sums):  # noqa: PLR2004
        return
    boxes = asked.ways.boxes_on(way)
    for name in level.names:
        copy = f"{name}, again"
        bounds = [asked.ways.bound(place, (1, 1)), copied(asked.ways.bound(place, (0, 0)), name, copy)]
        own = {part: boxes[part] for part in level.names} | {copy: boxes[name]}
        if solution(own, bounds) is not None:
            yield name


def _is_open(asked: Asked, name: str) -> bool:
    domain = asked.domains.get(name)  # a computed date that is moved stands in no record
    return domain is not None and (domain[0] < domain[1] if isinstance(domain, tuple) else domain.bit_count() > 1)


def _differs(asked: Asked, name: str, roots: Sequence[Node]) -> bool:
    copies = _Copies(asked, name)
    return any(copies.differ(root) for root in roots)


@attrs.frozen
class _Copy:
    """Where one of two copies stands, and how it came there."""

    node: Node
    way: Way


Span = tuple[int, int]


@attrs.frozen(slots=False, eq=False)
class _Copies:
    """Two records that are the same but for one fact."""

    asked: Asked
    name: str

    @cached_property
    def _seen(self) -> set[tuple[_Copy, _Copy]]:
        return set()

    @cached_property
    def _places(self) -> int:
        """The levels that depend on the fact, as bits."""
        levels = enumerate(self.asked.plan.levels)
        return sum(1 << place for place, level in levels if self.name in names_of(level))

    @cached_property
    def _last(self) -> int:
        """The last level that depends on the fact."""
        return self._places.bit_length() - 1

    def differ(self, root: Node) -> bool:
        """Tell whether the two can have different answers."""
        return self._differ(_Copy(root, START), _Copy(root, START))

    def _differ(self, one: _Copy, two: _Copy) -> bool:
        if (one, two) in self._seen:
            return False
        self._seen.add((one, two))
        levels = self.asked.plan.diagrams.levels
        place = min(levels[one.node], levels[two.node])
        if place == END:
            return one.node != two.node
        if one == two and not self._places & self.asked.plan.levels_below[one.node]:
            return False
        if place > self._last and not any(self.asked.ways.is_bound(copy.node) for copy in (one, two)):
            return self.asked.remaining.of(one.node) != self.asked.remaining.of(two.node)
        return any(self._differ(*pair) for pair in self._ways(place, one, two))

    def _ways(self, place: int, one: _Copy, two: _Copy) -> Iterator[tuple[_Copy, _Copy]]:
        """Yield where both may stand below a level: in the same cells of it, unless it depends on the fact."""
        parts, reach = self.name in names_of(self.asked.plan.levels[place]), self.asked.plan.reach
        for span_one, child_one in self._runs(place, one.node):
            for span_two, child_two in self._runs(place, two.node):
                spans = (span_one, span_two) if parts else (_common(span_one, span_two),) * 2
                ways = [self._way(place, span, copy.way) for span, copy in zip(spans, (one, two), strict=True)]
                if ways[0] is not None and ways[1] is not None and self._are_possible(place, ways[0], ways[1]):
                    kept = [
                        set[Any]().union(*both)
                        for both in zip(*(reach[node] for node in (child_one, child_two)), strict=True)
                    ]
                    on = self.asked.ways.after_known
                    yield _Copy(on(child_one), ways[0].only(*kept)), _Copy(on(child_two), ways[1].only(*kept))

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
        cells: Cells | None = self.asked.ways.cells_in(place, *span, way)
        return None if cells is None else self.asked.ways.way_on(place, cells, way)

    def _are_possible(self, place: int, one: Way, two: Way) -> bool:
        """Tell whether sums can be as both suppose, while all facts but the one are the same."""
        if not isinstance(self.asked.plan.levels[place], Form):
            return True
        boxes = {**self.asked.ways.boxes, self._copied: self.asked.ways.boxes.get(self.name, (0, 0))}
        boxes |= {self._copied if name == self.name else name: box for name, box in two.boxes}
        boxes |= dict(one.boxes)
        bounds = [self.asked.ways.bound(*pair) for pair in one.sums]
        bounds += [self._with_copy(self.asked.ways.bound(*pair)) for pair in two.sums]
        names = {term.quantity.name for terms, _, _ in bounds for term in terms}
        return solvable({name: boxes[name] for name in names}, bounds)

    @property
    def _copied(self) -> str:
        return f"{self.name}, again"

    def _with_copy(self, bound: Bound) -> Bound:
        """Return the bound of the second record, in which the fact is another one."""
        return copied(bound, self.name, self._copied)


def _common(one: Span, two: Span) -> Span:
    return max(one[0], two[0]), min(one[1], two[1])
