"""How the result of a decision follows from what remains of its diagrams, the same for every organization.

Results, and what was found out about the same functions in the same cases before, are remembered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import zip_longest
from typing import Any

import attrs

from cso_rules.meaning.complete import Mark
from cso_rules.model.decisions import (
    AnyDecision,
    CriteriaDecision,
    TableDecision,
    conditional_of,
    rules_of,
)
from cso_rules.model.expressions import Expression
from cso_rules.model.policy import Policy
from cso_rules.model.types import FALSE, TRUE
from cso_rules.plan.asked.cases import Split
from cso_rules.plan.asked.deciding import answering, hit, read_once, row
from cso_rules.plan.asked.rests import MANY, Rest, Rests
from cso_rules.plan.building import Plan
from cso_rules.plan.diagrams import Node
from cso_rules.results import Result
from cso_rules.truth import Truth

MOST_KEPT = 4096


@attrs.define(eq=False)
class Decided:
    """What was found out about a decision.

    Attributes:
        result: Its exact result.
        functions: What it depends on: the answer or the hit, or items of a list.
        split: The cases of the sums in them; None where there are too many.
    """

    step: Step
    result: Result
    functions: Sequence[Rest]
    split: Split | None

    @property
    def answers(self) -> Sequence[Rest]:
        """What remains of the answer, or of items of a list."""
        step = self.step
        if not step.outputs or step.has_answer_of_each(self.functions[0].ends):
            return self.functions
        return [step.rests.mapped(self.functions[0], step.outputs)]


@attrs.frozen(eq=False, slots=False)
class Tested:
    """A rule whose truth diagrams tell.

    Attributes:
        bit: The rule.
        node: Its diagram.
        condition: When it holds; None of `otherwise`.
    """

    policy: Policy
    bit: int
    node: Node
    condition: Expression | None

    @cached_property
    def once(self) -> tuple[str, ...] | None:
        """The decisions that it reads, where formulas are exact while each has one answer; else None."""
        return None if self.condition is None else read_once(self.policy, self.condition)


@attrs.frozen(eq=False)
class Item:
    """An item of a list, or whether a decision that the list reads is in conflict.

    Attributes:
        bit: The item; none for conflict.
        rows: The rows that give it, as bits; all for conflict.
        node: Its diagram.
    """

    bit: int
    rows: int
    node: Node


@attrs.frozen(eq=False, kw_only=True, slots=False)
class Step:
    """How a decision is answered, for every organization.

    Attributes:
        rules: The rules that formulas do not tell exactly, or not always.
        told: The rules that hold exactly where they are the hit, as bits.
        answer: The diagram of the answer, of the row that is the hit, or of whether criteria are met.
        items: The items of a list.
        values: The value of each end, as a bit.
        hits: The row of each end, as a bit, where the diagram is that of the hit.
        outputs: What the answer is at each end of that.
        conflict: The end of a contradiction.
        none: The end of no answer.
        fails: The end of criteria that are not met.
    """

    decision: AnyDecision
    rests: Rests
    rules: tuple[Tested, ...]
    told: int
    answer: Node
    items: tuple[Item, ...]
    values: Mapping[int, int]
    hits: Mapping[int, int]
    outputs: Mapping[int, Rest]
    conflict: int
    none: int
    fails: int
    results: dict[object, Result] = attrs.field(init=False, factory=dict)
    opened: dict[object, tuple[tuple[Tested, ...], tuple[Item, ...]]] = attrs.field(init=False, factory=dict)
    apart: dict[int, bool] = attrs.field(init=False, factory=dict)
    every: int = attrs.field(init=False)
    """All rules, as bits."""
    is_criteria: bool = attrs.field(init=False)
    """Whether all rules must hold."""
    is_list: bool = attrs.field(init=False)
    """Whether the answer is a list."""

    @every.default
    def _every(self) -> int:
        return (1 << len(rules_of(self.decision))) - 1

    @is_criteria.default
    def _is_criteria(self) -> bool:
        return isinstance(self.decision, CriteriaDecision)

    @is_list.default
    def _is_list(self) -> bool:
        return isinstance(self.decision, TableDecision) and self.decision.has_multiple_hits

    @cached_property
    def is_preferring(self) -> bool:
        """Whether one of the rows that hold decides."""
        return isinstance(self.decision, TableDecision) and self.decision.hit_policy in {"first", "priority"}

    def open(self, true: int, unknown: int, *, is_quick: bool) -> tuple[tuple[Tested, ...], tuple[Item, ...]]:
        """Return the rules to test, and the items of a list that may be open, where some rules hold and some may.

        Args:
            true: The rules that hold for certain, as bits.
            unknown: Those that may hold and may not.
            is_quick: Whether formulas say so.
        """
        rules = tuple(rule for rule in self.rules if rule.bit & unknown and not (is_quick and rule.once == ()))
        items = tuple(item for item in self.items if item.rows & unknown and not (item.bit and item.rows & true))
        if len(self.opened) >= MOST_KEPT:
            self.opened.clear()
        return self.opened.setdefault((true, unknown, is_quick), (rules, items))

    def has_answer_of_each(self, hits: int) -> bool:
        """Tell whether no two of some rows that may be the hit have the same answer."""
        found = self.apart.get(hits)
        if found is None:
            values = [value for bit, value in self.values.items() if hits & bit]
            found = self.apart[hits] = len(set(values)) == len(values)
        return found

    def result(
        self, true: int, unknown: int, items: tuple[Item, ...], ends: tuple[int, ...], deciding: int | None
    ) -> Result:
        """Return the one object that stands for results that are made of the same, and remember it.

        Args:
            true: The rules that hold for certain, as bits.
            unknown: Those that may hold and may not.
            items: The items of a list that are not told by these.
            ends: The ends that each of them may have, or the answer or hit; none where a criterion fails for certain.
            deciding: The rules that decide, as bits, where the ends do not tell.
        """
        if self.is_list:
            found = self._of_items(true, unknown, items, ends)
        elif ends:
            found = self._of_one(true, unknown, ends[0], deciding)
        else:
            found = Result(FALSE, true, unknown)
        if len(self.results) >= MOST_KEPT:
            self.results.clear()
        return self.results.setdefault((true, unknown, items, ends, deciding), found)

    def _of_items(self, true: int, unknown: int, items: Sequence[Item], ends: Sequence[int]) -> Result:
        sure = possible = 0
        conflict, holds, fails = Truth.FALSE, self.rests.true.ends, self.rests.false.ends
        for item in self.items:
            sure |= item.bit if item.rows & true else 0
        for item, own in zip(items, ends, strict=True):
            if not item.bit:
                conflict = share(own, self.conflict)
            elif own & holds:
                possible |= item.bit
                sure |= 0 if own & fails else item.bit
        return Result((sure, sure | possible), true, unknown, conflict)

    def _of_one(self, true: int, unknown: int, ends: int, deciding: int | None) -> Result:
        domain = hits = 0
        for bit, value in self.values.items():
            domain |= value if ends & bit else 0
        if unknown and self.is_preferring and self.hits:
            for bit, place in self.hits.items():
                hits |= place if ends & bit else 0
            deciding = hits & (true | unknown)
        none = Truth.FALSE if self.is_criteria else share(ends, self.none)
        return Result(domain, true, unknown, share(ends, self.conflict), none, deciding)


def share(ends: int, bit: int) -> Truth:
    """Return whether one of some possible ends is the only one, one of several or none of them."""
    if not ends & bit:
        return Truth.FALSE
    return Truth.TRUE if ends == bit else Truth.UNKNOWN


def step_of(plan: Plan, rests: Rests, name: str) -> Step:
    """Return how a decision of a plan is answered."""
    decision = plan.policy.decisions[name]
    node, values, rows = _answer(plan, decision, is_many=rests.asked >= MANY)
    with plan.adding:
        conflict, none = (plan.end_bits[plan.diagrams.terminal(mark)] for mark in (Mark.CONFLICT, Mark.NONE))
        ends = {value: plan.end_bits[plan.diagrams.terminal(value)] for value in (*values, *rows)}
        outputs = {ends[end]: rests.end(plan.diagrams.terminal(values[end])) for end in rows}
    if outputs:
        outputs |= {end: rests.end_of(end) for end in (conflict, none)}
    told = _told(decision, rows)
    return Step(
        decision=decision,
        rests=rests,
        rules=tuple(_tested(plan, decision, told)),
        told=told,
        answer=node,
        items=tuple(_items(plan, decision)),
        values={ends[end]: value for end, value in values.items()},
        hits={ends[end]: bit for end, bit in rows.items()},
        outputs=outputs,
        conflict=conflict,
        none=none,
        fails=next((ends[end] for end, value in values.items() if value == FALSE), 0),
    )


def _answer(plan: Plan, decision: AnyDecision, *, is_many: bool) -> tuple[Node, dict[Any, int], dict[Any, int]]:
    """Return the diagram that is asked, the value of each of its ends, and the row where it is one, as bits."""
    answer, rules = plan.roots[decision.name].answer, rules_of(decision)
    may_conflict = Mark.CONFLICT in plan.diagrams.ends(answer)
    if isinstance(decision, CriteriaDecision):
        is_met = answering(plan, decision.name, TRUE) if is_many and not may_conflict else None
        return (answer, {TRUE: TRUE, FALSE: FALSE}, {}) if is_met is None else (is_met, {True: TRUE, False: FALSE}, {})
    node = None
    if is_many and isinstance(decision, TableDecision) and _is_told_by_row(decision, may_conflict=may_conflict):
        node = hit(plan, decision)
    if node is None:
        return answer, {1 << rule.output: 1 << rule.output for rule in rules}, {}
    rows = {row(place): 1 << place for place in range(len(rules))}
    return node, {row(place): 1 << rule.output for place, rule in enumerate(rules)}, rows


def _is_told_by_row(decision: TableDecision, *, may_conflict: bool) -> bool:
    return decision.hit_policy in {"first", "priority"} or (decision.hit_policy == "unique" and not may_conflict)


def _told(decision: AnyDecision, rows: Mapping[Any, int]) -> int:
    """Return as bits the rules that hold exactly where they are the hit."""
    every = sum(rows.values())
    if not isinstance(decision, TableDecision) or decision.hit_policy == "unique":
        return every
    return every & -(1 << len(conditional_of(decision)))


def _items(plan: Plan, decision: AnyDecision) -> list[Item]:
    root = plan.roots[decision.name]
    if not root.items:
        return []
    rows = dict.fromkeys(range(len(root.items)), 0)
    for place, rule in enumerate(rules_of(decision)):
        rows[rule.output] |= 1 << place
    found = [Item(1 << output, own, root.items[output]) for output, own in rows.items()]
    may_conflict = Mark.CONFLICT in plan.diagrams.ends(root.answer)
    return [*([Item(0, -1, root.answer)] if may_conflict else ()), *found]


def _tested(plan: Plan, decision: AnyDecision, told: int) -> list[Tested]:
    conditions = [rule.condition for rule in conditional_of(decision)]
    pairs = zip_longest(plan.roots[decision.name].rules, conditions)
    found = (Tested(plan.policy, 1 << place, node, condition) for place, (node, condition) in enumerate(pairs))
    return [rule for rule in found if not told & rule.bit]
