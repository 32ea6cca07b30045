"""Which ends of a diagram remain possible in each row, as planes.

The plane of a node and an end says where a completion of the row leads from the node to the end: where one of the cells
of a run is still allowed, and its child leads there. Where facts of a sum are open, the plane of a node below them is
one of its own for each path that bounds them, so that the sum reaches no more than it can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

import attrs

from cso_rules.executors.planes.facts.sources import (
    AtLeast,
    Boxes,
    Ends,
    Has,
    Holds,
    Known,
    May,
    Pair,
    Question,
    Sum,
    Truth,
)
from cso_rules.executors.planes.network import ALWAYS, NEVER, Network
from cso_rules.model.decisions import CriteriaDecision
from cso_rules.model.expressions import Term, Variable
from cso_rules.model.types import FALSE, TRUE, Domain, Interval
from cso_rules.plan.building import Plan
from cso_rules.plan.diagrams import END, Node
from cso_rules.plan.levels import Choice, Form, Level, Member, Number, bounds_of
from cso_rules.plan.sums.open_days import FREE
from cso_rules.plan.sums.solving import is_each_once, is_easy, range_of

Runs = tuple[tuple[int, int], ...]
"""Cells of a level: (first, end) of each run, the end not included."""
Case = tuple[tuple[int, int], ...]
"""Levels of readings, each with the cell that is supposed."""
Path = tuple[tuple[int, int, int], ...]
"""Levels of numbers that stand in open sums, each with the first cell and the end of the run that was taken."""


@attrs.frozen(slots=False, eq=False)
class Reached:
    """The planes of the ends of a plan's diagrams, for columns in some states.

    Attributes:
        states: Of each fact whether its column is `full`, has `holes`, is `absent`, or gives `parts` of what it can be.
        readings: What each reading may be.
    """

    network: Network
    plan: Plan
    states: Mapping[str, str]
    readings: Mapping[str, Domain]

    # ------------------------------------------------------------------------------------------ nodes

    def may(self, node: Node, end: Node, case: Case = ()) -> int:
        """Return where some completion leads from a node to an end, while readings are what the case supposes."""
        if rules := self._failing.get((node, end)):
            return self.network.any_of(self._may(rule, self.plan.diagrams.false, case, ()) for rule in rules)
        return self._may(node, end, case, ())

    @cached_property
    def _failing(self) -> dict[tuple[Node, Node], tuple[Node, ...]]:
        """The rules of criteria of which one must fail, by their answer and its end that says so.

        A completion leads there wherever one leads to the failure of a rule, whatever rules share.
        """
        made, policy = self.plan.diagrams, self.plan.policy
        met, fails = made.terminal(TRUE), made.terminal(FALSE)
        return {
            (root.answer, fails): root.rules
            for name, root in self.plan.roots.items()
            if isinstance(policy.decisions[name], CriteriaDecision) and self.ends(root.answer) == {met, fails}
        }

    def _may(self, node: Node, end: Node, case: Case, path: Path) -> int:
        made = self.plan.diagrams
        if made.levels[node] == END:
            return ALWAYS if node == end else NEVER
        if case:
            support = self.support(node)
            case = tuple(pair for pair in case if support >> pair[0] & 1)
        key = (node, end, case, path)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._at(node, end, case, path)
        return found

    def _at(self, node: Node, end: Node, case: Case, path: Path) -> int:
        made = self.plan.diagrams
        if end == made.false and self.is_sharp(node, case) and self._is_truth(node):
            return self.network.opposite(self._may(node, made.true, case, path))
        place = made.levels[node]
        ways: dict[int, tuple[list[tuple[int, int]], Node]] = {}
        start, is_bound = 0, False
        for stop, child in made.runs[node]:
            bound = self._bound(child)
            is_bound = is_bound or place in bound
            below = tuple([step for step in (*path, (place, start, stop)) if step[0] in bound]) if bound else ()
            plane = self._may(child, end, case, below)
            ways.setdefault(plane, ([], child))[0].append((start, stop))
            start = stop
        return self._joined(place, ways, end, case, path, is_bound=is_bound)

    def onward(self, place: int, run: tuple[int, int], child: Node, path: Path) -> Path:
        """Return what has to be remembered below a run of cells."""
        bound = self._bound(child)
        return tuple([step for step in (*path, (place, *run)) if step[0] in bound]) if bound else ()

    def kept(self, node: Node, path: Path) -> Path:
        """Return of a path what matters below a node."""
        bound = self._bound(node) if path else ()
        return tuple([step for step in path if step[0] in bound]) if bound else ()

    def may_on(self, node: Node, end: Node, path: Path) -> int:
        """Return where some completion on a path leads from a node to an end."""
        return self._may(node, end, (), path)

    def _joined(  # noqa: PLR0913 - where the runs lead, and what was supposed
        self,
        place: int,
        ways: Mapping[int, tuple[list[tuple[int, int]], Node]],
        end: Node,
        case: Case,
        path: Path,
        *,
        is_bound: bool,
    ) -> int:
        """Return where one of the ways leads to the end.

        In each row some cell is allowed: so all ways together are always open, and of two ways of which one leads
        there wherever the other does, only the better one has to be asked whether it is open.
        """
        network, planes = self.network, list(ways)
        if len(planes) == 1:
            return planes[0]
        if len(planes) == 2 and not is_bound:  # noqa: PLR2004 - one and the other
            for more, less in (planes, planes[::-1]):
                if self._implies(ways[less][1], ways[more][1], end):
                    allowed = self.allowed(place, tuple(ways[more][0]), case, path)
                    return network.either(network.both(allowed, more), less)
        return network.any_of(
            network.both(self.allowed(place, tuple(runs), case, path), plane)
            for plane, (runs, _) in ways.items()
            if plane
        )

    @cached_property
    def _found(self) -> dict[tuple[Node, Node, Case, Path], int]:
        return {}

    def _implies(self, one: Node, two: Node, end: Node) -> bool:
        """Tell whether every complete record that leads from one node to an end does so from another."""
        made = self.plan.diagrams
        if two in {one, end}:
            return True
        if made.levels[one] == END:
            return one != end
        if made.levels[two] == END:
            return False
        key = (one, two, end)
        found = self._implied.get(key)
        if found is None:
            pairs = _side_by_side(made.runs, made.levels, one, two)
            found = self._implied[key] = all(self._implies(*pair, end) for pair in pairs)
        return found

    @cached_property
    def _implied(self) -> dict[tuple[Node, Node, Node], bool]:
        return {}

    # ------------------------------------------------------------------------------------------ what stands below

    def support(self, node: Node) -> int:
        """Return the levels below a node, as bits."""
        found = self._supports.get(node)
        if found is None:
            made = self.plan.diagrams
            found = 0 if made.levels[node] == END else 1 << made.levels[node]
            for _, child in made.runs[node]:
                found |= self.support(child)
            self._supports[node] = found
        return found

    @cached_property
    def _supports(self) -> dict[Node, int]:
        return {}

    def ends(self, node: Node) -> frozenset[Node]:
        """Return the ends below a node."""
        found = self._ends.get(node)
        if found is None:
            made = self.plan.diagrams
            below = [self.ends(child) for _, child in made.runs[node]]
            found = self._ends[node] = frozenset([node]) if made.levels[node] == END else frozenset().union(*below)
        return found

    @cached_property
    def _ends(self) -> dict[Node, frozenset[Node]]:
        return {}

    def _is_truth(self, node: Node) -> bool:
        return self.ends(node) <= {self.plan.diagrams.true, self.plan.diagrams.false}

    def is_sharp(self, node: Node, case: Case = ()) -> bool:
        """Tell whether every row has one cell of each level below a node."""
        supposed = sum(1 << place for place, _ in case)
        return not self.support(node) & self._blurred & ~supposed

    @cached_property
    def _blurred(self) -> int:
        """The levels of which a row may have several cells, as bits."""
        return sum(1 << place for place, level in enumerate(self.plan.levels) if not self._is_one(level))

    def _is_one(self, level: Level) -> bool:
        if isinstance(level, Form):
            plain = all(isinstance(term.quantity, Variable) for term in level.terms)
            return plain and all(self.states.get(name) == "full" for name in level.names)
        domain = self.readings.get(level.name)
        return self.states.get(level.name) == "full" if domain is None else _is_single(domain)

    def open_readings(self, nodes: Iterable[Node]) -> tuple[int, ...]:
        """Return the levels of readings below some nodes that may be several things."""
        support = 0
        for node in nodes:
            support |= self.support(node)
        return tuple(
            place
            for place, level in enumerate(self.plan.levels)
            if support & self._blurred & (1 << place) and not isinstance(level, Form) and level.name in self.readings
        )

    def cells_of_reading(self, place: int) -> tuple[int, ...]:
        """Return the cells that a reading may be in."""
        level = self.plan.levels[place]
        assert isinstance(level, Choice | Member)
        remaining = _remaining(level, self.readings[level.name])
        return tuple(cell for cell in range(level.size) if remaining >> cell & 1)

    # ------------------------------------------------------------------------------------------ sums

    def _bound(self, node: Node) -> frozenset[int]:
        """Return the levels of numbers whose cells bound an open sum that stands below a node."""
        found = self._bounds.get(node)
        if found is None:
            below = self.support(node)
            names = {
                name
                for place in self._loose
                if below >> place & 1
                for name in self.plan.levels[place].names  # type: ignore[union-attr]
                if self.states.get(name) != "full"
            }
            found = self._bounds[node] = frozenset(self._numbers[name] for name in names if name in self._numbers)
        return found

    @cached_property
    def _bounds(self) -> dict[Node, frozenset[int]]:
        return {}

    @cached_property
    def _loose(self) -> tuple[int, ...]:
        """The levels of sums that may be several numbers."""
        return tuple(
            place
            for place, level in enumerate(self.plan.levels)
            if isinstance(level, Form) and self._blurred >> place & 1
        )

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {level.name: place for place, level in enumerate(self.plan.levels) if isinstance(level, Number)}

    def summed(self, node: Node) -> tuple[str, ...]:
        """Return the facts of open sums below a node that may be several numbers."""
        below = self.support(node)
        names = dict.fromkeys(name for place in self._loose if below >> place & 1 for name in self.names_at(place))
        return tuple(filter(self.is_asked_for, names))

    def is_asked_for(self, name: str) -> bool:
        """Tell whether something is a fact that rows may leave open."""
        return name in self.states and self.states[name] != "full"

    def names_at(self, place: int) -> tuple[str, ...]:
        """Return the facts that a level reads."""
        level = self.plan.levels[place]
        return level.names if isinstance(level, Form) else (level.name,)

    def depends(self, node: Node, name: str) -> bool:
        """Tell whether a level below a node reads a fact."""
        return bool(self.support(node) & self._reading.get(name, 0))

    @cached_property
    def _reading(self) -> dict[str, int]:
        """The levels that read each fact, as bits."""
        found: dict[str, int] = {}
        for place in range(len(self.plan.levels)):
            for name in self.names_at(place):
                found[name] = found.get(name, 0) | 1 << place
        return found

    def open_numbers(self, node: Node) -> frozenset[str]:
        """Return the facts below a node, as they are or in sums, that may be several numbers."""
        below = self.support(node) & self._blurred
        found = [level for place, level in enumerate(self.plan.levels) if below >> place & 1]
        numbers = {level.name for level in found if isinstance(level, Number)}
        return frozenset(numbers.union(*(level.names for level in found if isinstance(level, Form))))

    def doubt(self, node: Node, *, with_missing: bool = False) -> int:
        """Return where bounds alone do not say what sums below a node can be together, and it matters.

        Where it is also asked which facts are missing, they say neither what two dates a calendar makes of one.
        """
        below = self.support(node)
        loose = [place for place in self._loose if below >> place & 1]
        hard = [place for place in loose if self._is_hard(place, loose, with_missing=with_missing)]
        if not hard:
            return NEVER
        several = self.network.several_of(self.may(node, end) for end in self.ends(node))
        return self.network.both(several, self.network.any_of(map(self._is_open, hard)))

    def _is_hard(self, place: int, loose: Sequence[int], *, with_missing: bool) -> bool:
        """Tell whether a sum may skip what lies between its ends, or depends on other open sums.

        Both ends of a sum are always reached: so with one cut, which parts it in two, no number in between matters; two
        copies of a row need numbers in between that are no farther apart than what the fact that they differ in adds.
        """
        level, others = self.plan.levels[place], self.plan.related[place]
        assert isinstance(level, Form)
        if any(other in others for other in loose if other != place):
            return True
        if self._is_moved(place) or not is_each_once(level.terms):
            return with_missing or not is_easy(level.terms)
        if is_easy(level.terms):
            return False
        return len(level.cuts) > 1 or (with_missing and not all(self._bridges(level, term) for term in level.terms))

    def _bridges(self, level: Form, term: Term) -> bool:
        """Tell whether what an unknown fact adds, in any cell of its own, is at least the steps of the other facts."""
        name = term.quantity.name
        step = max((abs(other.factor) for other in level.terms if other is not term), default=1)
        if step == 1 or self.states.get(name) == "parts":
            return step == 1
        number = self.plan.levels[self._numbers[name]] if name in self._numbers else None
        cells = (
            [bounds_of(number, cell) for cell in range(number.size)] if isinstance(number, Number) else [(None, None)]
        )
        boxes = (self._box(name, {name: cell}) for cell in cells)
        return all(abs(term.factor) * (high - low) >= step for low, high in boxes)

    def _is_moved(self, place: int) -> bool:
        level = self.plan.levels[place]
        assert isinstance(level, Form)
        return not all(isinstance(term.quantity, Variable) for term in level.terms)

    def _is_open(self, place: int) -> int:
        """Return where a sum may lie in several cells."""
        level, network = self.plan.levels[place], self.network
        assert isinstance(level, Form)
        return network.any_of(
            network.without(self._sum(level, cut, (), is_most=True), self._sum(level, cut, (), is_most=False))
            for cut in level.cuts
        )

    # ------------------------------------------------------------------------------------------ cells

    def allowed(self, place: int, runs: Runs, case: Case = (), path: Path = ()) -> int:
        """Return where one of some cells of a level remains."""
        level = self.plan.levels[place]
        if case and place in (supposed := dict(case)) and not isinstance(level, Form):
            return ALWAYS if any(first <= supposed[place] < end for first, end in runs) else NEVER
        key = place, runs, path if isinstance(level, Form) else ()
        found = self._allowed.get(key)
        if found is None:
            found = self._allowed[key] = self._where_allowed(level, runs, path)
        return found

    @cached_property
    def _allowed(self) -> dict[tuple[int, Runs, Path], int]:
        return {}

    def _where_allowed(self, level: Level, runs: Runs, path: Path) -> int:
        if isinstance(level, Form):
            return self.network.any_of(self._within(level, first, end, path) for first, end in runs)
        if isinstance(level, Number):
            return self.network.any_of(self._within(level, first, end, ()) for first, end in runs)
        return self._of_values(level, sum((1 << end) - (1 << first) for first, end in runs))

    def _of_values(self, level: Choice | Member, cells: int) -> int:
        domain, state = self.readings.get(level.name), self.states.get(level.name, "absent")
        if domain is not None:
            return ALWAYS if _remaining(level, domain) & cells else NEVER
        if state == "absent" or cells == (1 << level.size) - 1:
            return ALWAYS if cells else NEVER
        return (
            self._of_member(level, cells, state) if isinstance(level, Member) else self._of_choice(level, cells, state)
        )

    def _of_member(self, level: Member, cells: int, state: str) -> int:
        network, name, place = self.network, level.name, level.place
        if state == "parts":
            holds = network.source(Holds(name, place, is_sure=cells == 1))
            return network.opposite(holds) if cells == 1 else holds
        holds = network.source(Has(name, place))
        return network.opposite(holds) if cells == 1 else network.either(holds, self._hole(name, state))

    def _of_choice(self, level: Choice, cells: int, state: str) -> int:
        """Return where a fact may have one of some values: each row has one, whatever it is where it is not known."""
        if state == "parts":
            return self.network.source(May(level.name, cells))
        others = (1 << level.size) - 1 & ~cells
        if cells.bit_count() < others.bit_count():
            has = self.network.any_of(self._has(level, cells))
        else:
            has = self.network.opposite(self.network.any_of(self._has(level, others)))
        return self.network.either(has, self._hole(level.name, state))

    def _has(self, level: Choice, cells: int) -> Iterable[int]:
        """Yield where a fact has each of some values."""
        network, is_boolean = self.network, self.plan.policy.variable_type(level.name).kind == "boolean"
        for cell in range(level.size):
            if cells >> cell & 1 and is_boolean:
                truth = network.source(Truth(level.name))
                yield network.opposite(truth) if cell else truth
            elif cells >> cell & 1:
                yield network.source(Has(level.name, cell))

    def _hole(self, name: str, state: str) -> int:
        return self.network.opposite(self.network.source(Known(name))) if state == "holes" else NEVER

    def _within(self, level: Number | Form, first: int, end: int, path: Path) -> int:
        """Return where a number or sum may lie in the cells from the first up to the end, which is not included."""
        network = self.network
        low, high = bounds_of(level, first)[0], bounds_of(level, end - 1)[1]
        state = "" if isinstance(level, Form) else self.states.get(level.name, "absent")
        reaches = ALWAYS if low is None else self._reaches(level, low, path, state, is_most=True)
        is_beyond = NEVER if high is None else self._reaches(level, high + 1, path, state, is_most=False)
        within = network.without(reaches, is_beyond)
        return within if isinstance(level, Form) else network.either(within, self._hole(level.name, state))

    def _reaches(self, level: Number | Form, number: int, path: Path, state: str, *, is_most: bool) -> int:
        """Return where a number that is known, or the end of a sum, reaches a number."""
        if isinstance(level, Form):
            return self._sum(level, number, path, is_most=is_most)
        if state == "absent":
            return ALWAYS if is_most else NEVER
        return self.network.source(AtLeast(level.name, number, is_most and state == "parts"))

    def _sum(self, level: Form, number: int, path: Path, *, is_most: bool) -> int:
        """Return where the least or the greatest sum reaches a number; on a path, where the path is possible."""
        return self.sum_reaches(level.terms, number, self.boxes(level, path), is_most=is_most)

    def sum_reaches(self, terms: tuple[Term, ...], number: int, boxes: Boxes, *, is_most: bool) -> int:
        """Return the same of any terms.

        A fact that is not known adds a constant, the end of its box; one that is known lies in its box wherever the
        path is possible. So columns are compared as they are, for each way in which facts may be known.
        """
        is_plain = all(isinstance(term.quantity, Variable) for term in terms)
        if not is_plain or any(self.states.get(term.quantity.name) == "parts" for term in terms):
            return self._compared(terms, number, boxes, lambda: Ends(terms, number, is_most, boxes))
        return self._of_known((), terms, number, boxes, is_most=is_most)

    def _of_known(
        self, known: tuple[Term, ...], others: tuple[Term, ...], number: int, boxes: Boxes, *, is_most: bool
    ) -> int:
        """Return where terms that are known, and others of which nothing is said yet, reach a number."""
        if not others:
            return self._of_columns(known, number, boxes)
        term, rest = others[0], others[1:]
        state = self.states.get(term.quantity.name, "absent")
        if state == "full":
            return self._of_known((*known, term), rest, number, boxes, is_most=is_most)
        ends = sorted(term.factor * end for end in self._box(term.quantity.name, dict(boxes)))
        network, open_ = self.network, self._of_known(known, rest, number - ends[is_most], boxes, is_most=is_most)
        if state == "absent":
            return open_
        hole, one = self._hole(term.quantity.name, state), (*known, term)
        own = self._of_known(one, rest, number, boxes, is_most=is_most)
        return network.either(network.both(hole, open_), network.without(own, hole))

    def _of_columns(self, terms: tuple[Term, ...], number: int, boxes: Boxes) -> int:
        match terms:
            case (Term(factor=factor, quantity=Variable(name=name)),):
                one, reached = (attrs.evolve(terms[0], factor=1),), -(-number // abs(factor))
                if factor < 0:
                    return self.network.opposite(self._of_columns(one, 1 - reached, boxes))
                return self._compared(one, reached, boxes, lambda: AtLeast(name, reached))
            case _:
                return self._compared(terms, number, boxes, lambda: Sum(terms, number))

    def _compared(self, terms: tuple[Term, ...], number: int, boxes: Boxes, question: Callable[[], Question]) -> int:
        """Return the plane of a question, where bounds do not answer it."""
        names = {term.quantity.name for term in terms}
        low, high = range_of(terms, {name: self._box(name, dict(boxes)) for name in names})
        return ALWAYS if number <= low else NEVER if number > high else self.network.source(question())

    def pair(self, question: Pair) -> int:
        """Return where two copies of a row, which differ in one fact alone, can both lie between their bounds.

        Where the fact is not known, the others have to bring each copy between its bounds, less what the fact can add.
        """
        terms, network = question.terms, self.network
        rest = tuple(term for term in terms if term.quantity.name != question.name)
        own = next(term for term in terms if term.quantity.name == question.name)
        state = self.states.get(question.name, "absent")
        if state == "parts" or not all(isinstance(term.quantity, Variable) for term in terms):
            return network.source(question)
        low, high = -(2**62), 2**62
        for (least, most), box in ((question.one, question.box_one), (question.two, question.box_two)):
            ends = sorted(own.factor * end for end in self._box(question.name, dict(box)))
            low = low if least is None else max(low, least - ends[1])
            high = high if most is None else min(high, most - ends[0])
        reaches = self.sum_reaches(rest, low, question.boxes, is_most=True) if low <= high else NEVER
        both = network.without(reaches, self.sum_reaches(rest, high + 1, question.boxes, is_most=False))
        return network.both(both, ALWAYS if state == "absent" else self._hole(question.name, state))

    def _box(self, name: str, boxes: Mapping[str, tuple[int | None, int | None]]) -> Interval:
        """Return between which numbers a fact is in any row."""
        fact, (low, high) = self.plan.policy.facts.get(name), boxes.get(name, (None, None))
        least, most = FREE if fact is None else (fact.type.minimum, fact.type.maximum)
        return least if low is None else max(low, least), most if high is None else min(high, most)

    def boxes(self, level: Form, path: Path) -> Boxes:
        """Return between which numbers a path keeps the facts of a sum."""
        found = []
        for place, first, end in path:
            number = self.plan.levels[place]
            assert isinstance(number, Number)
            if number.name in level.names:
                found.append((number.name, (bounds_of(number, first)[0], bounds_of(number, end - 1)[1])))
        return tuple(sorted(found))


def _side_by_side(
    runs: Sequence[tuple[tuple[int, Node], ...]], levels: Sequence[int], one: Node, two: Node
) -> Iterable[tuple[Node, Node]]:
    """Yield the children of two nodes in the same cells of the upper one's level."""
    place = min(levels[one], levels[two])
    if levels[one] != levels[two]:
        upper, is_one = (one, True) if levels[one] == place else (two, False)
        yield from ((child, two) if is_one else (one, child) for _, child in runs[upper])
        return
    ones, twos = list(runs[one]), list(runs[two])
    while ones:
        stop = min(ones[0][0], twos[0][0])
        yield ones[0][1], twos[0][1]
        ones, twos = ones[ones[0][0] == stop :], twos[twos[0][0] == stop :]


def _is_single(domain: Domain) -> bool:
    return domain[0] == domain[1] if isinstance(domain, tuple) else domain.bit_count() == 1


def _remaining(level: Choice | Member, domain: Domain) -> int:
    """Return the cells that a reading leaves, as bits."""
    if isinstance(domain, int):
        return domain
    sure, possible = (end >> level.place & 1 for end in domain) if isinstance(level, Member) else (0, 0)
    return (1 - sure) | possible << 1
