"""What rules answer when everything is known: every fact and reading has one value, and every date one successor.

Values stand in their encoded form: one bit of an enumeration or boolean, the bits of the members of a set, a scaled
integer, or the ordinal of a date.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import or_
from typing import assert_never

import attrs

from cso_rules.model.civil_dates import Shift, shifted
from cso_rules.model.decisions import (
    AbsentDecision,
    AnyDecision,
    CriteriaDecision,
    Rule,
    TableDecision,
    ValueDecision,
    inputs_of,
    rules_of,
)
from cso_rules.model.expressions import (
    Among,
    And,
    Constant,
    Expression,
    If,
    Includes,
    Lookup,
    Not,
    Or,
    Quantity,
    Shifted,
    Size,
    Variable,
    Within,
)
from cso_rules.model.policy import Policy
from cso_rules.model.types import FALSE, TRUE


class Mark(enum.Enum):
    """An answer that is no value."""

    NONE = "no row holds"
    CONFLICT = "rows contradict one another"
    ABSENT = "no rule is in force"


Answer = int | Mark
Days = Mapping[tuple[Shift, int], int]
"""The day that each shift makes of a date, where the calendar leaves it open."""


class OpenDay(Exception):  # noqa: N818 - a question, not a fault
    """The calendar does not say which day a shift makes of a date; one between two days must be supposed."""

    def __init__(self, shift: Shift, day: int, low: int, high: int) -> None:
        super().__init__(shift, day)
        self.key = (shift, day)
        self.days = range(low, high + 1)


@attrs.frozen
class Answered:
    """The answer of a decision, and the positions of its rules that hold."""

    answer: Answer
    rules: frozenset[int] = frozenset()


@attrs.frozen
class Case:
    """Everything that is known: the values of facts and readings, the answers so far, the days that are supposed."""

    values: Mapping[str, Answer]
    days: Days

    def holds(self, condition: Expression) -> bool:
        """Tell whether a condition holds. A value that is none is not among any, and no sum of it is within bounds."""
        match condition:
            case Constant():
                return condition.value
            case Among() | Includes():
                value = self.values[condition.name]
                return isinstance(value, int) and bool(value & condition.bits)
            case Within():
                return self._lies_within(condition)
            case And():
                return all(map(self.holds, condition.operands))
            case Or():
                return any(map(self.holds, condition.operands))
            case Not():
                return not self.holds(condition.operand)
            case If():
                return self.holds(condition.then if self.holds(condition.condition) else condition.otherwise)
            case _:
                assert_never(condition)

    def _lies_within(self, condition: Within) -> bool:
        if any(isinstance(self.values[term.quantity.name], Mark) for term in condition.terms):
            return False
        total = sum(term.factor * self.number(term.quantity) for term in condition.terms)
        return (condition.low is None or condition.low <= total) and (condition.high is None or total <= condition.high)

    def number(self, quantity: Quantity) -> int:
        """Return the number that a quantity is."""
        value = self.values[quantity.name]
        assert isinstance(value, int)
        match quantity:
            case Variable():
                return value
            case Size():
                return value.bit_count()
            case Lookup():
                return quantity.numbers[value.bit_length() - 1]
            case Shifted():
                return reduce(self._moved, quantity.shifts, value)
            case _:
                assert_never(quantity)

    def _moved(self, day: int, shift: Shift) -> int:
        low, high = shifted((shift,), (day, day))
        if low == high:
            return low
        if (shift, day) not in self.days:
            raise OpenDay(shift, day, low, high)
        return self.days[shift, day]


def answers(policy: Policy, values: Mapping[str, int], days: Days) -> dict[str, Answered]:
    """Return the answer of every decision.

    Raises:
        OpenDay: Which day a shift makes of a date is neither in the calendar nor supposed.
    """
    known: dict[str, Answer] = dict(values)
    found: dict[str, Answered] = {}
    for name, decision in policy.decisions.items():
        found[name] = _answer(decision, Case(known, days))
        known[name] = found[name].answer
    return found


def _answer(decision: AnyDecision, case: Case) -> Answered:
    if isinstance(decision, AbsentDecision):
        return Answered(Mark.ABSENT)
    read = [case.values[name] for name in inputs_of(decision)]
    for mark in (Mark.ABSENT, Mark.CONFLICT):
        if mark in read:
            return Answered(mark)
    if isinstance(decision, ValueDecision):
        return Answered(_value(decision, case))
    holding = [place for place, rule in enumerate(_conditional(decision)) if case.holds(rule.condition)]
    if isinstance(decision, CriteriaDecision):
        return Answered(TRUE if len(holding) == len(decision.rules) else FALSE, frozenset(holding))
    if decision.otherwise and not holding:
        holding = [len(decision.rules) - 1]
    return Answered(_hit(decision, holding), frozenset(holding))


def _value(decision: ValueDecision, known: Case) -> Answer:
    """Return the number or date of the first case whose condition holds; none where something that it adds is none."""
    found = next((case for case in decision.cases if known.holds(case.condition)), None)
    if found is None or found.is_nothing or Mark.NONE in [known.values[name] for name in found.reads]:
        return Mark.NONE
    return sum(term.factor * known.number(term.quantity) for term in found.terms) + found.constant


def _conditional(decision: CriteriaDecision | TableDecision) -> Sequence[Rule]:
    """Return the rules that have a condition of their own: all but `otherwise`."""
    has_otherwise = isinstance(decision, TableDecision) and decision.otherwise
    return rules_of(decision)[:-1] if has_otherwise else rules_of(decision)


def _hit(decision: TableDecision, holding: Sequence[int]) -> Answer:
    """Return what the rows that hold say together, by the hit policy."""
    outputs = [decision.rules[place].output for place in holding]
    match decision.hit_policy:
        case "rule_order" | "output_order" | "collect":
            return reduce(or_, (1 << output for output in outputs), 0)
        case _ if not outputs:
            return Mark.NONE
        case "first":
            return 1 << outputs[0]
        case "priority":
            return 1 << min(outputs)
        case "unique" if len(outputs) > 1:
            return Mark.CONFLICT
        case "unique" | "any":
            return 1 << outputs[0] if len(set(outputs)) == 1 else Mark.CONFLICT
        case _:
            assert_never(decision.hit_policy)
