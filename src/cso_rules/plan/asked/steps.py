"""How the result of a decision follows from what remains of its diagrams, the same for every organization.

Results, and what was found out about the same functions in the same cases before, are remembered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from itertools import zip_longest
from typing import TYPE_CHECKING, Any
from weakref import ref

import attrs

from cso_rules.meaning.complete import Mark
from cso_rules.model.decisions import (
    AbsentDecision,
    AnyDecision,
    CriteriaDecision,
    TableDecision,
    ValueDecision,
    conditional_of,
    rules_of,
)
from cso_rules.model.types import FALSE, TRUE
from cso_rules.plan.asked.composed import Source, Tested, Walked, source_of
from cso_rules.plan.asked.deciding import first_row, hit, may_conflict, row
from cso_rules.plan.asked.rests import MANY, MOST_KEPT, MOST_RESULTS, Learned, OfLearned, Rest, Rests
from cso_rules.plan.building import Plan
from cso_rules.plan.diagrams import Node
from cso_rules.results import Result
from cso_rules.truth import Truth

if TYPE_CHECKING:
    from cso_rules.plan.asked.questions import Asked


@attrs.define(eq=False)
class Decided:
    """What was found out about a decision.

    Attributes:
        result: Its exact result.
        functions: What it depends on, apart from one another: the answer or the hit, cases, or criteria that share
            nothing; of a list items. None for all items of a list.
        levels: The levels on which other items of a list depend, as bits, where these tell what matters for them.
        matters: The facts and readings that matter, as bits, where they are the same for every organization of which
            this was found out, and somebody asked.
    """

    step: Step
    result: Result
    functions: Sequence[Rest] | None
    levels: int = 0
    matters: int | None = None

    def answers(self, asked: Asked) -> Sequence[Rest]:
        """Return what remains of the answer, of criteria or of items of a list."""
        step, functions = self.step, self.functions
        if functions is None:
            return self._items(asked)
        if not step.outputs or not functions or step.has_answer_of_each(functions[0].ends):
            return functions
        return [step.rests.mapped(functions[0], step.outputs)]

    def _items(self, asked: Asked) -> list[Rest]:
        found: list[Rest] = []
        true, unknown = self.result.true, self.result.unknown
        for item in self.step.items:
            rule, rows = item.rule, item.rows
            if item.bit and rows & true:
                continue
            if rule is None:
                if rows & unknown or not item.bit:
                    found.append(asked.rest(item.node))
            elif rows & unknown:
                if rule.criteria:
                    found += rule.parts(asked)
                else:
                    found.append(rule.source.rest(asked))
        return found


@attrs.frozen(eq=False)
class Item:
    """An item of a list, or whether a decision that the list reads is in conflict.

    Attributes:
        bit: The item; none for conflict.
        rows: The rows that give it, as bits; all for conflict.
        node: Its diagram.
        rule: The rule that alone gives it.
    """

    bit: int
    rows: int
    node: Node
    rule: Tested | None


@attrs.frozen(eq=False, kw_only=True, slots=False)
class Step(OfLearned):
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
        may_conflict: Whether the answer may be a contradiction.
        is_often_asked: Whether many organizations were asked about, so that it pays to prepare more.
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
    may_conflict: bool
    is_often_asked: bool
    results: dict[object, Result] = attrs.field(init=False, factory=dict)
    opened: dict[object, tuple[Tested, ...]] = attrs.field(init=False, factory=dict)
    apart: dict[int, bool] = attrs.field(init=False, factory=dict)
    every: int = attrs.field(init=False)
    """All rules, as bits."""
    is_criteria: bool = attrs.field(init=False)
    """Whether all rules must hold."""
    is_conjunction: bool = attrs.field(init=False)
    """Whether the answer is told by whether all rules hold."""
    is_list: bool = attrs.field(init=False)
    """Whether the answer is a list."""
    is_computed: bool = attrs.field(init=False)
    """Whether the answer is a number or date, or there is none."""
    holds: int = attrs.field(init=False)
    """The end of a rule that holds."""
    does_not: int = attrs.field(init=False)
    """The end of a rule that does not."""

    @every.default
    def _every(self) -> int:
        return (1 << len(rules_of(self.decision))) - 1

    @is_criteria.default
    def _is_criteria(self) -> bool:
        return isinstance(self.decision, CriteriaDecision)

    @is_conjunction.default
    def _is_conjunction(self) -> bool:
        return isinstance(self.decision, CriteriaDecision) and not self.may_conflict

    @is_list.default
    def _is_list(self) -> bool:
        return isinstance(self.decision, TableDecision) and self.decision.has_multiple_hits

    @is_computed.default
    def _is_computed(self) -> bool:
        return isinstance(self.decision, AbsentDecision | ValueDecision)

    @holds.default
    def _holds(self) -> int:
        return self.rests.true.ends

    @does_not.default
    def _does_not(self) -> int:
        return self.rests.false.ends

    @property
    def both(self) -> int:
        """The ends of a rule that may hold and may not."""
        return self.holds | self.does_not

    @cached_property
    def source(self) -> Source:
        """How what remains of the diagram of the answer, or of the hit, is found."""
        if not self.hits:
            return Walked(self.answer)
        assert isinstance(self.decision, TableDecision)
        conditions = [rule.condition for rule in conditional_of(self.decision)]
        making = partial(first_row, self.plan.diagrams, self.decision)
        return source_of(self.learned, self.answer, conditions, making)

    @cached_property
    def is_preferring(self) -> bool:
        """Whether one of the rows that hold decides."""
        return isinstance(self.decision, TableDecision) and self.decision.hit_policy in {"first", "priority"}

    def open(self, true: int, unknown: int, *, is_quick: bool) -> tuple[Tested, ...]:
        """Return the rules to test where some rules hold and some may.

        Args:
            true: The rules that hold for certain, as bits.
            unknown: Those that may hold and may not.
            is_quick: Whether formulas say so.
        """
        rules = tuple(rule for rule in self.rules if rule.bit & unknown and not (is_quick and rule.once == ()))
        if len(self.opened) >= MOST_KEPT:
            self.opened.clear()
        return self.opened.setdefault((true, unknown, is_quick), rules)

    def tested(self, unknown: int) -> list[Tested]:
        """Return the rules that may hold and may not."""
        return [rule for rule in self.rules if rule.bit & unknown]

    def open_items(self, true: int, unknown: int) -> list[Item]:
        """Return the items of which the truths of the rules do not tell whether they are possible and sure."""
        return [item for item in self.items_of_many if self.is_open(item, true, unknown)]

    @cached_property
    def items_of_many(self) -> list[Item]:
        """The items that several rows give; all where there may be a contradiction."""
        return [item for item in self.items if self.may_conflict or item.rows & item.rows - 1]

    def is_open(self, item: Item, true: int, unknown: int) -> bool:
        """Tell whether the truths of the rules leave open whether an item is possible and sure."""
        rows = item.rows & unknown
        if not item.bit:
            return True
        return bool(rows if self.may_conflict else rows & rows - 1) and not item.rows & true

    def has_answer_of_each(self, hits: int) -> bool:
        """Tell whether no two of some rows that may be the hit have the same answer."""
        found = self.apart.get(hits)
        if found is None:
            values = [value for bit, value in self.values.items() if hits & bit]
            found = self.apart[hits] = len(set(values)) == len(values)
        return found

    def failing(self, true: int, unknown: int) -> Result:
        """Return the result of criteria of which one fails for certain, as the one object that stands for it."""
        return self._kept((true, unknown), Result(FALSE, true, unknown))

    def of_list(self, true: int, unknown: int, ends: tuple[int, ...]) -> Result:
        """Return the result of a list, as the one object that stands for it.

        Args:
            true: The rules that hold for certain, as bits.
            unknown: Those that may hold and may not.
            ends: The ends that each item may have that is not told by these.
        """
        sure = possible = 0
        conflict, holds, fails = Truth.FALSE, self.holds, self.does_not
        for item in self.items:
            sure |= item.bit if item.rows & true else 0
            possible |= item.bit if item.rows & unknown else 0
        for item, own in zip(self.open_items(true, unknown), ends, strict=True):
            if not item.bit:
                conflict = share(own, self.conflict)
            elif not own & holds:
                possible &= ~item.bit
            elif not own & fails:
                sure |= item.bit
        return self._kept((true, unknown, ends), Result((sure, sure | possible), true, unknown, conflict))

    def of_one(self, true: int, unknown: int, ends: int, deciding: int | None) -> Result:
        """Return the result of one answer, as the one object that stands for results that are made of the same.

        Args:
            true: The rules that hold for certain, as bits.
            unknown: Those that may hold and may not.
            ends: The ends that the answer or hit may have.
            deciding: The rules that decide, as bits, where the ends do not tell.
        """
        key = true, unknown, ends, deciding
        true, unknown = self._told_by_hits(true, unknown, ends) if self.told & unknown else (true, unknown)
        domain = hits = 0
        for bit, value in self.values.items():
            domain |= value if ends & bit else 0
        if unknown and self.is_preferring and self.hits:
            for bit, place in self.hits.items():
                hits |= place if ends & bit else 0
            deciding = hits & (true | unknown)
        none = Truth.FALSE if self.is_criteria else share(ends, self.none)
        return self._kept(key, Result(domain, true, unknown, share(ends, self.conflict), none, deciding))

    def _told_by_hits(self, true: int, unknown: int, ends: int) -> tuple[int, int]:
        """Return the rules that hold, and that may, where those are told that hold exactly where they are the hit."""
        for end, bit in self.hits.items():
            if bit & self.told & unknown:
                if ends == end:
                    true |= bit
                if ends == end or not ends & end:
                    unknown ^= bit
        return true, unknown

    def _kept(self, key: object, found: Result) -> Result:
        if len(self.results) >= MOST_RESULTS:
            self.results.clear()
        return self.results.setdefault(key, found)


def share(ends: int, bit: int) -> Truth:
    """Return whether one of some possible ends is the only one, one of several or none of them."""
    if not ends & bit:
        return Truth.FALSE
    return Truth.TRUE if ends == bit else Truth.UNKNOWN


def step_of(learned: Learned, name: str) -> Step:
    """Return how a decision of a plan is answered."""
    plan, rests = learned.plan, learned.rests
    decision = plan.policy.decisions[name]
    is_doubtful, is_often = may_conflict(plan)[name], learned.asked >= MANY
    node, values, rows = _answer(plan, decision, may_conflict=is_doubtful, is_many=is_often)
    with plan.adding:
        conflict, none = (plan.end_bits[plan.diagrams.terminal(mark)] for mark in (Mark.CONFLICT, Mark.NONE))
        ends = {value: plan.end_bits[plan.diagrams.terminal(value)] for value in (*values, *rows)}
        outputs = {ends[end]: rests.end(plan.diagrams.terminal(values[end])) for end in rows}
    if outputs:
        outputs |= {end: rests.end_of(end) for end in (conflict, none)}
    told = _told(decision, rows)
    rules = tuple(tested(learned, decision, told, is_split=is_often and not is_doubtful))
    return Step(
        decision=decision,
        learned=ref(learned),
        rests=rests,
        rules=rules,
        told=told,
        answer=node,
        items=tuple(_items(plan, decision, () if is_doubtful else rules)),
        may_conflict=is_doubtful,
        is_often_asked=is_often,
        values={ends[end]: value for end, value in values.items()},
        hits={ends[end]: bit for end, bit in rows.items()},
        outputs=outputs,
        conflict=conflict,
        none=none,
        fails=next((ends[end] for end, value in values.items() if value == FALSE), 0),
    )


def _answer(
    plan: Plan, decision: AnyDecision, *, may_conflict: bool, is_many: bool
) -> tuple[Node, dict[Any, int], dict[Any, int]]:
    """Return the diagram that is asked, the value of each of its ends, and the row where it is one, as bits."""
    answer, rules = plan.roots[decision.name].answer, rules_of(decision)
    if isinstance(decision, CriteriaDecision):
        return answer, {TRUE: TRUE, FALSE: FALSE} if may_conflict else {True: TRUE, False: FALSE}, {}
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


def _items(plan: Plan, decision: AnyDecision, rules: Sequence[Tested]) -> list[Item]:
    """Return the items of a list; those of one row with its rule, where nothing contradicts."""
    root = plan.roots[decision.name]
    if not root.items:
        return []
    rows = dict.fromkeys(range(len(root.items)), 0)
    for place, rule in enumerate(rules_of(decision)):
        rows[rule.output] |= 1 << place
    alone = {rule.bit: rule for rule in rules}
    found = [Item(1 << output, own, root.items[output], alone.get(own)) for output, own in rows.items()]
    return found if rules else [Item(0, -1, root.answer, None), *found]


def tested(learned: Learned, decision: AnyDecision, told: int, *, is_split: bool) -> list[Tested]:
    """Return the conditional rules of a decision but for some that are told, given as bits."""
    conditions = [rule.condition for rule in conditional_of(decision)]
    pairs, held = zip_longest(learned.plan.roots[decision.name].rules, conditions), ref(learned)
    found = (Tested(held, 1 << place, node, own, is_split) for place, (node, own) in enumerate(pairs))
    return [rule for rule in found if not told & rule.bit]
