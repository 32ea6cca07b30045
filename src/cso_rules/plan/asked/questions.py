"""What the diagrams answer about one organization: which ends remain, and what they still depend on.

What is known of the facts leaves each variable some of its cells. Sums that share facts are looked at in cases, and
where those are too many along the ways through what remains. Nothing is added to the diagrams that organizations share.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs

from cso_rules.meaning.complete import Answer
from cso_rules.model.policy import Choice
from cso_rules.model.types import Domain, Interval
from cso_rules.plan.asked.cases import Split, groups_of, split_of
from cso_rules.plan.asked.feasible import Feasible
from cso_rules.plan.asked.rests import Learned, Rest, Rests, learned_of
from cso_rules.plan.asked.ways import START, Way, Ways, bound_to
from cso_rules.plan.building import Plan
from cso_rules.plan.diagrams import Node
from cso_rules.plan.forms import Linear
from cso_rules.plan.levels import Form
from cso_rules.plan.sums.solving import span_of


@attrs.frozen(slots=False, eq=False)
class Asked:
    """A plan and what is known of one organization.

    Attributes:
        domains: What remains possible of every fact and reading.
        ends_of_facts: The same of what stands in sums, at least.
        decided: What was found out about decisions.
        matters: The facts and readings that were found out to matter for decisions, as bits.
        parts: What remains of rules that hold where several conditions do that share nothing.
    """

    plan: Plan
    domains: Mapping[str, Domain]
    ends_of_facts: Mapping[str, Domain] = attrs.field(kw_only=True)
    learned: Learned = attrs.field(init=False)
    """What was found out about the plan before."""
    rests: Rests = attrs.field(init=False)
    """What remains of the diagrams for these cells and others."""
    state: int = attrs.field(kw_only=True)
    """The bits of the cells that remain of all levels (`cells`)."""
    open_facts: int = attrs.field(kw_only=True)
    """What stands in sums and is not known, as bits (`Groups.open_facts`)."""
    decided: dict[str, Any] = attrs.field(init=False, factory=dict)
    matters: dict[str, int] = attrs.field(init=False, factory=dict)
    parts: dict[Node, Sequence[Rest]] = attrs.field(init=False, factory=dict)
    _splits: dict[int, Split | None] = attrs.field(init=False, factory=dict)

    @ends_of_facts.default
    def _ends_of_facts(self) -> Mapping[str, Domain]:
        return self.domains

    @learned.default
    def _learned(self) -> Learned:
        return learned_of(self.plan)

    @rests.default
    def _rests(self) -> Rests:
        return self.learned.rests

    @state.default
    def _state(self) -> int:
        return self.rests.cells.state(self.domains)

    @open_facts.default
    def _open_facts(self) -> int:
        return groups_of(self.plan).open_facts(self.ends_of_facts)

    @cached_property
    def cells(self) -> list[int]:
        """The cells that remain of every level, as bits."""
        return self.rests.cells.left(self.state)

    @cached_property
    def found(self) -> dict[Node, Rest]:
        """What remains of nodes of the diagrams, as far as it was found."""
        return self.learned.walks.ends.copy()

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
    def feasible(self) -> Feasible:
        """What of functions numbers reach."""
        return Feasible(self.plan, Ways(self.plan, self.domains), self.rests)

    def rest(self, node: Node) -> Rest:
        """Return what remains of a diagram."""
        return self.found.get(node) or self._walked(node)

    def _walked(self, node: Node) -> Rest:
        walks = self.learned.walks
        return walks[node](self.cells, self.found, walks)

    def split(self, levels: int) -> Split | None:
        """Return the cases of the open sums among some levels; None where they are too many."""
        own = levels & self.plan.bound_bits if levels & self.plan.form_bits else 0
        if own not in self._splits:
            self._splits[own] = split_of(self.plan, self.learned, own, self.ends_of_facts, self.state)
        return self._splits[own]

    def are_free(self, levels: int) -> bool:
        """Tell whether the cells of sums among some levels depend on nothing, since few of their facts are open."""
        return groups_of(self.plan).are_free(levels, self.open_facts)

    def ends_of(self, rest: Rest) -> int:
        """Return the ends that a function may lead to, as bits of `Plan.end_bits`."""
        if not rest.levels & self.rests.form_bits or self.are_free(rest.levels):
            return rest.ends
        split = self.split(rest.levels)
        return self.feasible.of(rest).ends if split is None else split.ends(rest)

    def ends(self, node: Node) -> int:
        """Return the ends that a diagram may lead to, as bits of `Plan.end_bits`."""
        rest = self.found.get(node) or self._walked(node)
        return self.ends_of(rest) if rest.levels & self.rests.form_bits else rest.ends

    @cached_property
    def _under(self) -> dict[Choice, Asked]:
        return {}

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
        return hull(self.bounds_of_cases(decision))

    def bounds_of_cases(self, decision: str) -> tuple[Interval | None, ...]:
        """Return the least and the greatest number in each case of a decision; None where the case cannot be."""
        found = self._bounds_of_cases.get(decision)
        if found is None:
            cases = self.plan.roots[decision].sums
            found = self._bounds_of_cases[decision] = tuple([self._bounds_of_case(*case) for case in cases])
        return found

    @cached_property
    def _bounds_of_cases(self) -> dict[str, tuple[Interval | None, ...]]:
        return {}

    def _bounds_of_case(self, guard: Node, total: Linear) -> Interval | None:
        """Return the ends of a sum over every way on which its case is given."""
        ways = _Guard(self, Form(total.terms, ())).ways(self.rest(guard), START)
        return hull(self._bounds_on(way, total) for way in ways)

    def _bounds_on(self, way: Way, total: Linear) -> Interval | None:
        bounds = [self.feasible.ways.bound(*pair) for pair in way.sums]
        names = {term.quantity.name for terms in (total.terms, *(bound[0] for bound in bounds)) for term in terms}
        boxes = {name: box for name, box in self.feasible.ways.boxes_on(way).items() if name in names}
        found = span_of(total.terms, boxes, bounds)
        return None if found is None else (found[0] + total.constant, found[1] + total.constant)


def hull(ends: Iterable[Interval | None]) -> Interval | None:
    """Return the least and the greatest of some ends; None where there are none."""
    found = [pair for pair in ends if pair is not None]
    return (min(low for low, _ in found), max(high for _, high in found)) if found else None


@attrs.frozen(slots=False, eq=False)
class _Guard:
    """The ways on which a case of a sum is given, as far as they narrow its facts."""

    asked: Asked
    total: Form

    @cached_property
    def _bound(self) -> tuple[frozenset[str], frozenset[int]]:
        return bound_to(self.asked.plan, self.total)

    @cached_property
    def _found(self) -> dict[tuple[Rest, Way], frozenset[Way]]:
        return {}

    def ways(self, rest: Rest, way: Way) -> frozenset[Way]:
        if not rest.ways:
            return frozenset([way]) if rest is self.asked.rests.true else frozenset()
        key = (rest, way)
        if key not in self._found:
            self._found[key] = frozenset(found for step in self._onward(rest, way) for found in self.ways(*step))
        return self._found[key]

    def _onward(self, rest: Rest, way: Way) -> Iterator[tuple[Rest, Way]]:
        """Yield what can come next, and the way there without what cannot matter."""
        plan = self.asked.plan
        for _, to, way_on in self.asked.feasible.onward(rest, way):
            (names, sums), (own_names, own_sums) = plan.reach[to.levels], self._bound
            yield to, way_on.only(names | own_names, sums | own_sums)
