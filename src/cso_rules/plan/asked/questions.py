"""What the diagrams answer about one organization: which ends remain, and what they still depend on.

What is known of the facts leaves each variable some of its cells. A path through the diagram keeps the facts of an open
sum within boxes; the cells of the sum that no numbers in the boxes reach are no way on. Nothing is added to the
diagrams that organizations share.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from functools import cached_property, reduce
from operator import or_

import attrs

from cso_rules.meaning.complete import Answer
from cso_rules.model.policy import Choice
from cso_rules.model.types import Domain, Interval
from cso_rules.plan.asked.cases import Cases, Split
from cso_rules.plan.asked.recipes import Answered, Recipe
from cso_rules.plan.asked.remaining import Remaining
from cso_rules.plan.asked.rests import Parted, Rest, Rests, one_if_same, rests_of
from cso_rules.plan.asked.ways import START, Way, Ways
from cso_rules.plan.building import Plan
from cso_rules.plan.diagrams import END, Node
from cso_rules.plan.forms import Linear
from cso_rules.plan.levels import Form
from cso_rules.plan.sums.solving import span_of


@attrs.frozen(slots=False, eq=False)
class Asked:
    """A plan and what is known of one organization.

    Attributes:
        domains: What remains possible of every fact and reading.
    """

    plan: Plan
    domains: Mapping[str, Domain]
    _ends: dict[Node, int] = attrs.field(init=False, factory=dict)
    _ends_on: dict[tuple[Node, Way], int] = attrs.field(init=False, factory=dict)
    _in_cases: dict[Node, Rest | Parted | None] = attrs.field(init=False, factory=dict)
    _told: dict[Node, Rest] = attrs.field(init=False, factory=dict)
    _put: dict[tuple[Node, int], Rest | Parted] = attrs.field(init=False, factory=dict)
    _under: dict[Choice, Asked] = attrs.field(init=False, factory=dict)

    # ------------------------------------------------------------------------------------------ answers

    def answers(self, decision: str) -> frozenset[Answer]:
        """Return the possible answers of criteria or of a table with one hit."""
        return self.values(self.plan.roots[decision].answer)  # type: ignore[return-value]

    def items(self, decision: str) -> tuple[frozenset[Hashable], ...]:
        """Return for each item of a list whether it may be in it, may not, or may be in conflict."""
        return tuple(self.values(item) for item in self.plan.roots[decision].items)

    def rules(self, decision: str) -> tuple[frozenset[int], frozenset[int]]:
        """Return the rules that hold in any case, and those that may."""
        ends = [self.truths(rule) for rule in self.plan.roots[decision].rules]
        sure = frozenset(place for place, (may, may_not) in enumerate(ends) if may and not may_not)
        return sure, frozenset(place for place, (may, _) in enumerate(ends) if may)

    def truths(self, root: Node) -> tuple[bool, bool]:
        """Return whether a condition may hold, and whether it may not."""
        ends, bits = self.ends(root), self.plan.end_bits
        made = self.plan.diagrams
        return bool(ends & bits[made.true]), bool(ends & bits[made.false])

    def values(self, root: Node) -> frozenset[Hashable]:
        """Return the values that a diagram may have."""
        ends, values = self.ends(root), self.plan.diagrams.values
        return frozenset(values[node] for node, bit in list(self.plan.end_bits.items()) if ends & bit)

    # ------------------------------------------------------------------------------------------ which ends remain

    @cached_property
    def ways(self) -> Ways:
        """The cells that what is known allows."""
        return Ways(self.plan, self.domains)

    @cached_property
    def remaining(self) -> Remaining:
        """The diagrams of what remains."""
        return Remaining(self.plan, self.ways)

    @cached_property
    def cases(self) -> Cases:
        """What is known as cells, with the cases of open sums."""
        return Cases(self.plan, self.ways)

    @cached_property
    def rests(self) -> Rests:
        """What remains of the diagrams for these cells and others."""
        return rests_of(self.plan)

    def ends(self, node: Node) -> int:
        """Return the ends that a node may lead to, as bits of `Plan.end_bits`."""
        found = self._ends.get(node)
        if found is None:
            rests = self.in_cases(node)
            if rests is None:
                found = self._ends_from(node, START)
            elif isinstance(rests, Rest):
                found = rests.ends
            else:
                found = reduce(or_, (rest.ends for rest in rests))
            self._ends[node] = found
        return found

    def in_cases(self, node: Node) -> Rest | Parted | None:
        """Return what remains of a diagram in the cases of open sums, just one where it is one; None if too many."""
        found = self._in_cases.get(node)
        if found is None:
            split = self.split(node)
            found = self._in_cases[node] = None if split is None else self._put_together(node, split)
        return found

    def tell(self, node: Node, end: Node) -> None:
        """Say how a diagram ends, where that is known already."""
        self._told[node] = self.rests.end(end)

    def _put_together(self, node: Node, split: Split) -> Rest | Parted:
        """Return what remains of a diagram, put together of what remains of others where that is known."""
        rests = self.rests
        told = self._told.get(node)
        if told is not None:
            return told
        if split.levels and not split.levels & rests.cells_below(node):
            split = self.cases.whole
        recipe = rests.recipes.get(node)
        if recipe is None and not split.levels:
            return rests.of(node, split.state)
        key = node, split.levels
        found = self._put.get(key)
        if found is None:
            if recipe is None:
                found = rests.in_cases(node, split.state, rests.joint(split.cells, split.levels))
            else:
                found = self._made(recipe, split)
            self._put[key] = found
        return found

    def _made(self, recipe: Recipe, split: Split) -> Rest | Parted:
        rests, told = self.rests, self._told
        found: Rest | Parted = rests.end(recipe.end)
        for part, then, otherwise in recipe.backwards:
            if isinstance(part, int):
                condition = told.get(part) or self._put_together(part, split)
            else:
                condition = self._part(part, split)
            if condition is rests.true:
                found = found if then is None else rests.end(then)
            elif condition is rests.false:
                found = found if otherwise is None else rests.end(otherwise)
            else:
                one = found if then is None else rests.end(then)
                other = found if otherwise is None else rests.end(otherwise)
                if isinstance(condition, tuple) or isinstance(one, tuple) or isinstance(other, tuple):
                    found = rests.choose_each(condition, one, other)
                else:
                    found = rests.choose(condition, one, other)
        return found

    def _part(self, part: Answered | Recipe, split: Split) -> Rest | Parted:
        if isinstance(part, Recipe):
            return self._made(part, split)
        answer = self._put_together(part.answer, split)
        if isinstance(answer, Rest):
            return self.rests.among(answer, part.ends)
        return one_if_same([self.rests.among(rest, part.ends) for rest in answer])

    def split(self, node: Node) -> Split | None:
        """Return the cases of the open sums in what remains of a diagram; None where they are too many."""
        if not self.cases.bound:
            return self.cases.whole
        return self.cases.below(self.rests.after_known(node, self.cases.state))

    def _ends_from(self, node: Node, way: Way) -> int:
        """Return the ends that a node leads to on a way that has narrowed what stands in open sums."""
        node = self.ways.after_known(node)
        if not self.ways.is_bound(node):
            return self.ends(node)
        key = (node, self.ways.kept(node, way))
        found = self._ends_on.get(key)
        if found is None:
            found = 0
            for _, child, way_on in self.ways.onward(node, key[1]):
                found |= self._ends_from(child, way_on)
            self._ends_on[key] = found
        return found

    def under(self, choice: Choice) -> Asked:
        """Return the same organization with readings chosen."""
        if choice not in self._under:
            readings = self.plan.policy.readings
            bits = {name: readings[name].type.bit(option) for name, option in choice}
            self._under[choice] = Asked(self.plan, {**self.domains, **bits})
        return self._under[choice]

    # ------------------------------------------------------------------------------------------ numbers and dates

    def bounds(self, decision: str) -> Interval | None:
        """Return the least and the greatest possible answer of a number or date; None when there is no answer."""
        found = [self._bounds_of_case(*case) for case in self.plan.roots[decision].sums]
        ends = [pair for pair in found if pair is not None]
        return (min(low for low, _ in ends), max(high for _, high in ends)) if ends else None

    def _bounds_of_case(self, guard: Node, total: Linear) -> Interval | None:
        """Return the ends of a sum over every way on which its case is given."""
        ends = [self._bounds_on(way, total) for way in self.ways_of_case(guard, total)]
        found = [pair for pair in ends if pair is not None]
        return (min(low for low, _ in found), max(high for _, high in found)) if found else None

    def ways_of_case(self, guard: Node, total: Linear) -> frozenset[Way]:
        """Return what the ways on which a case is given leave of the facts of its sum and of what is bound to them."""
        return frozenset(_Guard(self, frozenset(part.name for part in total.parts)).ways(guard, START))

    def _bounds_on(self, way: Way, total: Linear) -> Interval | None:
        bounds = [self.ways.bound(*pair) for pair in way.sums]
        names = {term.quantity.name for terms in (total.terms, *(bound[0] for bound in bounds)) for term in terms}
        boxes = {name: box for name, box in self.ways.boxes_on(way).items() if name in names}
        found = span_of(total.terms, boxes, bounds)
        return None if found is None else (found[0] + total.constant, found[1] + total.constant)


@attrs.frozen(slots=False, eq=False)
class _Guard:
    """The ways on which a case of a sum is given, as far as they narrow some facts."""

    asked: Asked
    names: frozenset[str]

    @cached_property
    def _sums(self) -> frozenset[int]:
        """The sums of comparisons that share facts with this one, directly or through others."""
        plan = self.asked.plan
        forms = [(place, level) for place, level in enumerate(plan.levels) if isinstance(level, Form)]
        found = (place for place, level in forms if self.names & set(level.names))
        return frozenset(other for place in found for other in plan.related[place])

    @cached_property
    def _facts(self) -> frozenset[str]:
        found = (self.asked.plan.levels[place] for place in self._sums)
        return self.names.union(*(level.names for level in found if isinstance(level, Form)))

    @cached_property
    def _found(self) -> dict[tuple[Node, Way], frozenset[Way]]:
        return {}

    def ways(self, node: Node, way: Way) -> frozenset[Way]:
        made = self.asked.plan.diagrams
        if made.levels[node] == END:
            return frozenset([way]) if node == made.true else frozenset()
        key = (node, way)
        if key not in self._found:
            self._found[key] = frozenset(found for step in self._onward(node, way) for found in self.ways(*step))
        return self._found[key]

    def _onward(self, node: Node, way: Way) -> Iterator[tuple[Node, Way]]:
        """Yield the children that are possible, and the way there without what cannot matter."""
        plan = self.asked.plan
        for _, child, way_on in self.asked.ways.onward(node, way):
            names, sums = plan.reach[child]
            yield child, way_on.only(self._facts | names, self._sums | sums)
