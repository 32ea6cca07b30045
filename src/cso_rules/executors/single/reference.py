"""Whether conditions hold while facts are missing, by a short interpreter; and answers without compiling anything.

A variable stands for its domain, the values that remain possible. A comparison is true when it holds for all of them,
false when it holds for none, and unknown otherwise; `and`, `or` and `not` are Kleene's: never wrong, sometimes unknown
although every value leads to the same truth. Where that leaves an answer open, the plan is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import and_, or_
from typing import assert_never

from cso_rules.executors.single.compiled_results import Ends, ends_of_cases, finisher
from cso_rules.executors.single.settling import Answers, is_settled
from cso_rules.model.civil_dates import shifted
from cso_rules.model.decisions import AnyDecision, ValueCase, ValueDecision, conditional_of, inputs_of
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
    Shifted,
    Size,
    Term,
    Variable,
    Within,
)
from cso_rules.model.policy import Policy
from cso_rules.model.types import Environment, Interval
from cso_rules.results import Result
from cso_rules.truth import Truth


def evaluate(policy: Policy, domains: Environment) -> Answers:
    """Evaluate every decision of a policy.

    Args:
        policy: Rules in force; decisions in dependency order.
        domains: The domain of every fact and reading.

    Returns:
        One result for each decision, in order.
    """
    environment = dict(domains)
    results = Answers(policy, domains)
    for name, decision in policy.decisions.items():
        quick = _quick(decision, environment)
        doubtful = [source for source in inputs_of(decision) if source in results and results[source].is_doubtful]
        is_exact = not doubtful and is_settled(policy, decision, quick)
        case = quick.true, quick.unknown
        results[name] = quick if is_exact else results.settled(decision, case, lambda quick=quick: quick, doubtful)  # type: ignore[misc]
        environment[name] = results[name].domain
    return results


def _quick(decision: AnyDecision, environment: Environment) -> Result:
    """Return what formulas say of a decision."""
    if isinstance(decision, ValueDecision):
        return finisher(decision)(ends_of_value(decision, environment))
    return finisher(decision)(bits_of([holds(rule.condition, environment) for rule in conditional_of(decision)]))


def ends_of_value(decision: ValueDecision, environment: Environment) -> Ends:
    """Return what formulas say of a number or date."""
    truths = bits_of([holds(case.condition, environment) for case in decision.cases])
    everything = decision.type.everything
    assert isinstance(everything, tuple)
    return ends_of_cases(truths, [_ends(case, environment) for case in decision.cases], everything)


def _ends(case: ValueCase, environment: Environment) -> Interval | None:
    if case.is_nothing:
        return None
    low, high = sum_of(case.terms, environment)
    return low + case.constant, high + case.constant


def holds(expression: Expression, environment: Environment) -> Truth:
    """Return the truth of a condition over the domains of its variables."""
    match expression:
        case Constant():
            return Truth.of(expression.value)
        case Among():
            return _among(_bits_of(environment, expression.name), expression.bits)
        case Includes():
            return _includes(_set_of(environment, expression.name), expression.bits)
        case Within():
            return _within(sum_of(expression.terms, environment), expression)
        case And():
            return reduce(and_, (holds(part, environment) for part in expression.operands), Truth.TRUE)
        case Or():
            return reduce(or_, (holds(part, environment) for part in expression.operands), Truth.FALSE)
        case Not():
            return ~holds(expression.operand, environment)
        case If():
            return _if(expression, environment)
        case _:
            assert_never(expression)


def _if(expression: If, environment: Environment) -> Truth:
    then, otherwise = holds(expression.then, environment), holds(expression.otherwise, environment)
    match holds(expression.condition, environment):
        case Truth.TRUE:
            return then
        case Truth.FALSE:
            return otherwise
        case _:
            return then if then is otherwise else Truth.UNKNOWN


def _among(domain: int, bits: int) -> Truth:
    if not domain & bits:
        return Truth.FALSE
    return Truth.UNKNOWN if domain & ~bits else Truth.TRUE


def _includes(domain: Interval, bits: int) -> Truth:
    sure, possible = domain
    if sure & bits:
        return Truth.TRUE
    return Truth.UNKNOWN if possible & bits else Truth.FALSE


def _within(total: Interval, comparison: Within) -> Truth:
    low = total[0] if comparison.low is None else comparison.low
    high = total[1] if comparison.high is None else comparison.high
    if total[1] < low or total[0] > high:
        return Truth.FALSE
    return Truth.TRUE if low <= total[0] and total[1] <= high else Truth.UNKNOWN


def sum_of(terms: Sequence[Term], environment: Environment) -> Interval:
    """Return the least and the greatest sum of terms over the domains of their variables."""
    ranges = [_times(term.factor, _quantity(term, environment)) for term in terms]
    return sum(low for low, _ in ranges), sum(high for _, high in ranges)


def _times(factor: int, interval: Interval) -> Interval:
    ends = (factor * interval[0], factor * interval[1])
    return min(ends), max(ends)


def _quantity(term: Term, environment: Environment) -> Interval:
    match term.quantity:
        case Variable(name=name):
            return _set_of(environment, name)
        case Size(name=name):
            sure, possible = _set_of(environment, name)
            return sure.bit_count(), possible.bit_count()
        case Lookup(name=name, numbers=numbers):
            bits = _bits_of(environment, name)
            chosen = [number for index, number in enumerate(numbers) if bits >> index & 1]
            return min(chosen, default=0), max(chosen, default=0)  # nothing where there is no answer
        case Shifted(name=name, shifts=shifts):
            return shifted(shifts, _set_of(environment, name))
        case _:
            assert_never(term.quantity)


def _bits_of(environment: Environment, name: str) -> int:
    domain = environment[name]
    assert isinstance(domain, int)
    return domain


def _set_of(environment: Environment, name: str) -> Interval:
    domain = environment[name]
    assert isinstance(domain, tuple)
    return domain


def bits_of(truths: Sequence[Truth]) -> tuple[int, int]:
    """Return the rules that are true and the rules that are unknown, as bits."""
    true = sum(1 << index for index, truth in enumerate(truths) if truth is Truth.TRUE)
    unknown = sum(1 << index for index, truth in enumerate(truths) if truth is Truth.UNKNOWN)
    return true, unknown
