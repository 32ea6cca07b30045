"""How what remains of the rules of a decision is put together: its result, and what its answer still depends on.

What was put together of the same functions before is remembered. Conditions that share nothing open are left apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, partial, reduce
from operator import or_
from typing import Any, TypeAlias

import attrs

from cso_rules.meaning.complete import Mark
from cso_rules.model.decisions import AnyDecision, CriteriaDecision, TableDecision, rules_of
from cso_rules.model.types import FALSE, TRUE
from cso_rules.plan.asked.cases import NOTHING, Matters, Split
from cso_rules.plan.asked.recipes import Recipe
from cso_rules.plan.asked.rests import Rest, Rests
from cso_rules.plan.conditions import Root
from cso_rules.plan.diagrams import Node
from cso_rules.results import Result
from cso_rules.truth import Truth

MOST_KEPT = 4096
Ends: TypeAlias = "Callable[[Rest], int]"


@attrs.define(eq=False, slots=False)
class Decided:
    """What was found out about a decision.

    Attributes:
        result: Its exact result.
        ends: The ends of its answer, as bits.
        parts: What it depends on: the answer first, or conditions that share nothing open, or items of a list.
        split: The cases of the sums in them; None where there are too many.
    """

    step: Step
    result: Result
    ends: int
    parts: tuple[Rest, ...]
    split: Split | None

    @cached_property
    def levels(self) -> int:
        """The levels on which the answer depends, as bits."""
        return reduce(or_, [part.levels for part in self.parts], 0)

    @cached_property
    def answer(self) -> Rest:
        """What remains of the answer of criteria or of a table with one hit, as one function."""
        step = self.step
        if step.is_whole or not isinstance(step.decision, CriteriaDecision):
            return self.parts[0]
        return step.rests.false if self.result.domain == FALSE else all_of(step.rests, self.parts)

    @cached_property
    def matters(self) -> Matters:
        """What matters for the answer."""
        assert self.split is not None
        return self.split.matters(self.step.rests, self.parts)


class Memory(dict[object, Rest]):
    """Functions by what they were made of, within a bound."""

    def made(self, key: object, make: Callable[[], Rest]) -> Rest:
        """Return what is kept, or make it."""
        found = self.get(key)
        if found is None:
            if len(self) >= MOST_KEPT:
                self.clear()
            found = self[key] = make()
        return found


@attrs.frozen(eq=False)
class Together:
    """Some rules of a decision, by their bits, what they read, and the levels of the facts in them."""

    rules: tuple[tuple[int, Recipe], ...]
    reads: tuple[str, ...]
    levels: int


def _together(rules: Sequence[tuple[int, Recipe]]) -> Together:
    reads = dict.fromkeys(name for _, rule in rules for name in rule.reads)
    return Together(tuple(rules), tuple(reads), reduce(or_, [rule.levels for _, rule in rules], 0))


@attrs.frozen(eq=False, slots=False)
class Step:
    """How a decision is put together, for every organization.

    Attributes:
        rules: Each rule with a condition of its own; all where the answer is taken as it is.
        values: The end of each answer, as a bit; of criteria that are put together one of the two truths.
        is_whole: Whether the answer is taken from the diagrams as it is: where there may be conflict, and at first.
    """

    decision: AnyDecision
    root: Root
    rests: Rests
    rules: tuple[Recipe, ...]
    values: dict[object, int]
    is_whole: bool
    memory: Memory = attrs.field(init=False, factory=Memory)
    kept: dict[object, Decided] = attrs.field(init=False, factory=dict)
    _results: dict[tuple[Any, ...], Result] = attrs.field(init=False, factory=dict)
    _unknown: dict[int, tuple[Together, ...]] = attrs.field(init=False, factory=dict)

    def node(self, bit: int) -> Node:
        """Return the diagram of a rule."""
        return self.root.rules[bit.bit_length() - 1]

    def end(self, value: object) -> Rest:
        """Return what always answers a value."""
        return self.rests.end_of(self.values[value])

    def unknown(self, bits: int) -> tuple[Together, ...]:
        """Return the rules that are among some, given as bits; those of a list that share no item each alone."""
        found = self._unknown.get(bits)
        if found is None:
            own = [(1 << place, rule) for place, rule in enumerate(self.rules) if bits >> place & 1]
            found = tuple(_together([pair]) for pair in own) if self.is_of_items else (_together(own),)
            self._unknown[bits] = found
        return found

    def result(self, *values: Any) -> Result:
        """Return the one object that stands for equal results that decide by the same rules."""
        found = self._results.get(values)
        if found is None:
            if len(self._results) >= MOST_KEPT:
                self._results.clear()
            found = self._results[values] = Result(*values)
        return found

    @cached_property
    def every(self) -> int:
        """All rules, as bits."""
        return (1 << len(self.rules)) - 1

    @cached_property
    def is_preferring(self) -> bool:
        """Whether one of the rows that hold decides."""
        return isinstance(self.decision, TableDecision) and self.decision.hit_policy in {"first", "priority"}

    @cached_property
    def is_first(self) -> bool:
        """Whether that is the first of them."""
        return isinstance(self.decision, TableDecision) and self.decision.hit_policy == "first"

    @cached_property
    def is_of_items(self) -> bool:
        """Whether it is a list in which each row has an item of its own."""
        decision = self.decision
        if not isinstance(decision, TableDecision) or not decision.has_multiple_hits or decision.otherwise:
            return False
        return len({rule.output for rule in decision.rules}) == len(decision.rules)

    @cached_property
    def items(self) -> tuple[tuple[int, int], ...]:
        """Each item of a list, and the rows that give it, as bits."""
        rows = dict.fromkeys(range(len(self.root.items)), 0)
        for place, rule in enumerate(rules_of(self.decision)):
            rows[rule.output] |= 1 << place
        return tuple((1 << output, bits) for output, bits in rows.items())

    @cached_property
    def outputs(self) -> dict[int, Rest]:
        """The answer of each row, by its place as a bit; what stands after the last row is no row."""
        rows = {1 << place: self.end(1 << rule.output) for place, rule in enumerate(rules_of(self.decision))}
        return {**rows, 1 << len(rows): self.end(Mark.NONE)}

    def hits(self, rules: Sequence[Rest]) -> Rest:
        """Return which row is the first or most preferred one that holds, as a bit."""
        decision, choose, end_of = self.decision, self.rests.choose, self.rests.end_of
        assert isinstance(decision, TableDecision)
        conditional = len(decision.conditional)
        found = end_of(1 << conditional)
        for place in reversed(decision.order):
            if place < conditional:
                found = choose(rules[place], end_of(1 << place), found)
        return found


@attrs.define(eq=False)
class Rules:
    """What remains of the rules of a decision.

    Attributes:
        true: The rules that hold for certain, as bits.
        unknown: Those that may hold and may not.
        rests: What remains of those that formulas do not tell, by their bits.
        ends: Returns where a function may lead.
        links: Levels that are bound to one another, as bits.
    """

    step: Step
    true: int
    unknown: int
    rests: dict[int, Rest]
    split: Split | None
    ends: Ends
    links: tuple[int, ...]

    @property
    def all(self) -> list[Rest]:
        """What remains of each rule with a condition of its own, or of each."""
        bits = [1 << place for place in range(len(self.step.rules))]
        return [self.rests.get(bit) or self.step.rests.truth(self.true & bit) for bit in bits]

    def open(self, bits: int) -> list[Rest]:
        """Return what remains of the rules among some that are open."""
        bits &= self.unknown
        return [rest for bit, rest in self.rests.items() if bit & bits]


def put_together(rules: Rules, whole: list[Rest]) -> Decided:
    """Return what is found out about a decision.

    Args:
        rules: What remains of its rules.
        whole: What remains of its answer and items where they are taken as they are; else nothing.
    """
    step = rules.step
    if step.is_whole:
        return _kept(rules, whole, _whole)
    if isinstance(step.decision, CriteriaDecision):
        return _criteria(rules)
    assert isinstance(step.decision, TableDecision)
    return _list(rules) if step.decision.has_multiple_hits else _kept(rules, whole, _table)


def _kept(rules: Rules, others: list[Rest], make: Callable[[Rules, list[Rest]], Decided]) -> Decided:
    """Return what is remembered of the same truths and functions in the same cases, or make it."""
    step, before = rules.step, -1
    if rules.true and step.is_first:
        before = (rules.true & -rules.true) - 1  # rows after one that holds decide nothing
    if rules.split is None:
        return make(rules, others)
    key = (rules.true, rules.unknown, rules.split, *rules.open(before), *others)
    found = step.kept.get(key)
    if found is None:
        if len(step.kept) >= MOST_KEPT:
            step.kept.clear()
        found = step.kept[key] = make(rules, others)
    return found


def _criteria(rules: Rules) -> Decided:
    step, true, unknown = rules.step, rules.true, rules.unknown
    if true | unknown != step.every:
        return Decided(step, step.result(FALSE, true, unknown), step.values[FALSE], (), NOTHING)
    if not unknown:
        return Decided(step, step.result(TRUE, true, 0), step.values[TRUE], (), NOTHING)
    parts, holds = _apart(step, rules.open(-1), rules.links), step.rests.true.ends
    if all(rules.ends(part) & holds for part in parts):
        result = step.result(step.decision.type.everything, true, unknown)
        return Decided(step, result, step.values[TRUE] | step.values[FALSE], parts, rules.split)
    fewest = fewest_failing(step.rests, rules.all, unknown, rules.ends)
    result = step.result(FALSE, true, unknown, Truth.FALSE, Truth.FALSE, fewest)
    return Decided(step, result, step.values[FALSE], (), NOTHING)


def _apart(step: Step, conditions: Iterable[Rest], links: Sequence[int]) -> tuple[Rest, ...]:
    """Return conditions of which all must hold as such that share nothing open."""
    groups: list[tuple[int, tuple[Rest, ...]]] = []
    for rest in conditions:
        levels, apart = rest.levels, []
        own: tuple[Rest, ...] = (rest,)
        for link in links:
            levels |= link if levels & link else 0
        for group in groups:
            if group[0] & levels:
                levels, own = levels | group[0], group[1] + own
            else:
                apart.append(group)
        groups = [*apart, (levels, own)]
    rests, made = step.rests, step.memory.made
    return tuple([own[0] if len(own) == 1 else made(own, partial(all_of, rests, own)) for _, own in groups])


def _list(rules: Rules) -> Decided:
    step, rests, true, unknown = rules.step, rules.step.rests, rules.true, rules.unknown
    sure = possible = 0
    parts = []
    for item, rows in step.items:
        if true & rows:
            sure |= item
        elif unknown & rows:
            own = tuple(rules.open(rows))
            part = own[0] if len(own) == 1 else step.memory.made(("any", *own), partial(any_of, rests, own))
            ends = rests.true.ends if part is rests.true else rules.ends(part) if len(own) > 1 else -1
            parts.append(part)
            possible |= item
            sure |= 0 if ends & rests.false.ends else item
    return Decided(step, step.result((sure, sure | possible), true, unknown), 0, tuple(parts), rules.split)


def _table(rules: Rules, _: list[Rest]) -> Decided:
    step = rules.step
    answer = step.rests.mapped(step.hits(rules.all), step.outputs)
    return _of_table(rules, answer, (answer,))


def _of_table(rules: Rules, answer: Rest, parts: tuple[Rest, ...]) -> Decided:
    ends = rules.ends(answer)
    domain, conflict, none = values_among(rules.step, ends)
    deciding = None
    if rules.unknown and rules.step.is_preferring:
        deciding = rules.ends(rules.step.hits(rules.all)) & (rules.true | rules.unknown)
    result = rules.step.result(domain, rules.true, rules.unknown, conflict, none, deciding)
    return Decided(rules.step, result, ends, parts, rules.split)


def _whole(rules: Rules, others: list[Rest]) -> Decided:
    """Return what is found out of an answer that has a diagram of its own."""
    step, rests = rules.step, rules.step.rests
    answer, items = others[0], others[1:]
    domain, conflict, _ = values_among(step, rules.ends(answer))
    if items:
        found = [rules.ends(item) for item in items]
        holds, fails = rests.true.ends, rests.false.ends
        possible = sum(1 << place for place, ends in enumerate(found) if ends & holds)
        sure = sum(1 << place for place, ends in enumerate(found) if ends & holds and not ends & fails)
        result = step.result((sure, possible), rules.true, rules.unknown, conflict)
    elif isinstance(step.decision, TableDecision):
        return _of_table(rules, answer, tuple(others))
    else:
        deciding = None
        fails_together = domain == FALSE and rules.true | rules.unknown == (1 << len(step.rules)) - 1
        if fails_together and conflict is Truth.FALSE:
            deciding = fewest_failing(rests, rules.all, rules.unknown, rules.ends)
        result = step.result(domain, rules.true, rules.unknown, conflict, Truth.FALSE, deciding)
    return Decided(step, result, rules.ends(answer), tuple(others), rules.split)


def values_among(step: Step, ends: int) -> tuple[int, Truth, Truth]:
    """Return the possible values, and whether there may be a contradiction, or no answer."""
    domain = 0
    for value, bit in step.values.items():
        if type(value) is int and ends & bit:
            domain |= value
    conflict, none = (_share(ends, step.values[mark]) for mark in (Mark.CONFLICT, Mark.NONE))
    return domain, conflict, none


def _share(ends: int, bit: int) -> Truth:
    if not ends & bit:
        return Truth.FALSE
    return Truth.TRUE if ends == bit else Truth.UNKNOWN


def fewest_failing(rests: Rests, rules: Sequence[Rest], unknown: int, ends: Ends) -> int:
    """Return as bits the fewest of some open criteria, later ones left out first, that cannot be met together."""
    kept = [place for place in range(len(rules)) if unknown >> place & 1]
    for place in reversed(kept.copy()):
        fewer = [other for other in kept if other != place]
        if not ends(all_of(rests, [rules[other] for other in fewer])) & rests.true.ends:
            kept = fewer
    return sum(1 << place for place in kept)


def all_of(rests: Rests, conditions: Sequence[Rest]) -> Rest:
    """Return whether all conditions hold."""
    found = rests.true
    for rest in reversed(conditions):
        found = rests.choose(rest, found, rests.false)
    return found


def any_of(rests: Rests, conditions: Sequence[Rest]) -> Rest:
    """Return whether one condition holds at least."""
    found = rests.false
    for rest in reversed(conditions):
        found = rests.choose(rest, rests.true, found)
    return found
