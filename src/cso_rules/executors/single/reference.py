"""The meaning of a policy: the shortest possible interpreter, without optimization.

A variable stands for its domain, the values that remain possible. A comparison is true when it holds for all of them,
false when it holds for none, and unknown otherwise; `and`, `or` and `not` are Kleene's. A variable that a condition
reads more than once is tried cell by cell, so that what holds in every cell holds.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import and_, or_
from typing import assert_never

from cso_rules.determination import Result
from cso_rules.model.civil_dates import shifted
from cso_rules.model.decisions import (
    AbsentDecision,
    AnyDecision,
    CriteriaDecision,
    Rule,
    Split,
    TableDecision,
    ValueDecision,
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
    Shifted,
    Size,
    Term,
    Variable,
    Within,
)
from cso_rules.model.policy import Policy
from cso_rules.model.types import FALSE, TRUE, Domain, Interval, is_known
from cso_rules.truth import Truth

Environment = Mapping[str, Domain]


def evaluate(policy: Policy, domains: Environment) -> dict[str, Result]:
    """Evaluate every decision of a policy.

    Args:
        policy: Rules in force; decisions in dependency order.
        domains: The domain of every fact and reading.

    Returns:
        One result for each decision, in order.
    """
    environment = dict(domains)
    results = {}
    for name, decision in policy.decisions.items():
        results[name] = _decide(decision, environment)
        environment[name] = results[name].domain
    return results


def _decide(decision: AnyDecision, environment: Environment) -> Result:
    match decision:
        case CriteriaDecision():
            return _criteria(decision, environment)
        case TableDecision() if decision.has_multiple_hits:
            return _list(decision, environment)
        case TableDecision():
            return _table(decision, environment)
        case ValueDecision():
            low, high = _sum(decision.terms, environment)
            return Result((low + decision.constant, high + decision.constant), 0, 0)
        case AbsentDecision():
            return Result(decision.type.everything, 0, 0)
        case _:
            assert_never(decision)


def _criteria(decision: CriteriaDecision, environment: Environment) -> Result:
    truths = [_rule(rule, environment) for rule in decision.rules]
    fails = any(_rule(joint, environment) is Truth.FALSE for joint in decision.joint)
    met = Truth.FALSE if fails else reduce(and_, truths, Truth.TRUE)
    return Result(_as_domain(met), *_bits(truths))


def _list(decision: TableDecision, environment: Environment) -> Result:
    truths = _with_otherwise(decision, [_rule(rule, environment) for rule in _conditional(decision)])
    joint = [rule.output for rule in decision.joint if _rule(rule, environment) is Truth.TRUE]
    sure = reduce(or_, (1 << output for output in joint), _outputs(decision, truths, {Truth.TRUE}))
    return Result((sure, sure | _outputs(decision, truths, {Truth.UNKNOWN})), *_bits(truths))


def _table(decision: TableDecision, environment: Environment) -> Result:
    rules = _conditional(decision)
    cases = [
        _with_otherwise(decision, [holds(rule.condition, cell) for rule in rules])
        for cell in cells(decision.splits, environment)
    ]
    hits = [_hit(decision, truths) for truths in cases]
    joined = [join(column) for column in zip(*cases, strict=True)]
    return Result(reduce(or_, (bits for bits, _ in hits)), *_bits(joined), join(conflict for _, conflict in hits))


def _hit(decision: TableDecision, truths: Sequence[Truth]) -> tuple[int, Truth]:
    """Return the outputs that remain possible, and whether rules contradict one another."""
    if decision.hit_policy in {"first", "priority"}:
        return _first(decision, truths), Truth.FALSE
    true = [index for index, truth in enumerate(truths) if truth is Truth.TRUE]
    maybe = [index for index, truth in enumerate(truths) if truth is Truth.UNKNOWN]
    outputs = reduce(or_, (1 << decision.rules[index].output for index in true or maybe), 0)
    if any(_clash(decision, *pair) for pair in itertools.combinations(true, 2)):
        return outputs, Truth.TRUE
    candidates = itertools.combinations(sorted(true + maybe), 2)
    return outputs, Truth.UNKNOWN if any(_clash(decision, *pair) for pair in candidates) else Truth.FALSE


def _clash(decision: TableDecision, earlier: int, later: int) -> bool:
    if (earlier, later) in decision.disjoint:
        return False
    same_output = decision.rules[earlier].output == decision.rules[later].output
    return not (decision.hit_policy == "any" and same_output)


def _first(decision: TableDecision, truths: Sequence[Truth]) -> int:
    positions = range(len(truths))
    if decision.hit_policy == "priority":
        positions = sorted(positions, key=lambda index: decision.rules[index].output)  # type: ignore[assignment]
    outputs = 0
    for index in positions:
        if truths[index] is not Truth.FALSE:
            outputs |= 1 << decision.rules[index].output
        if truths[index] is Truth.TRUE:
            break
    return outputs


def _conditional(decision: TableDecision) -> tuple[Rule, ...]:
    return decision.rules[:-1] if decision.otherwise else decision.rules


def _with_otherwise(decision: TableDecision, truths: list[Truth]) -> list[Truth]:
    return [*truths, ~reduce(or_, truths, Truth.FALSE)] if decision.otherwise else truths


def _outputs(decision: TableDecision, truths: Sequence[Truth], wanted: set[Truth]) -> int:
    found = (rule.output for rule, truth in zip(decision.rules, truths, strict=True) if truth in wanted)
    return reduce(or_, (1 << output for output in found), 0)


def _rule(rule: Rule, environment: Environment) -> Truth:
    return join(holds(rule.condition, cell) for cell in cells(rule.splits, environment))


def cells(splits: Sequence[Split], environment: Environment) -> Iterator[Environment]:
    """Yield the environment with each split variable, while unknown, narrowed to each of its cells."""
    open_splits = [split for split in splits if not is_known(environment[split.name])]
    choices = [_narrowed(split, environment[split.name]) for split in open_splits]
    for choice in itertools.product(*choices):
        yield {**environment, **{split.name: cell for split, cell in zip(open_splits, choice, strict=True)}}


def _narrowed(split: Split, domain: Domain) -> list[Domain]:
    narrowed = (narrow(domain, cell) for cell in split.cells)
    return [cell for cell in narrowed if cell is not None]


def narrow(domain: Domain, cell: Domain) -> Domain | None:
    """Return what two domains have in common, None when nothing; sets are not narrowed by sets."""
    if isinstance(domain, tuple) and isinstance(cell, tuple):
        low, high = max(domain[0], cell[0]), min(domain[1], cell[1])
        return (low, high) if low <= high else None
    if isinstance(domain, int) and isinstance(cell, int):
        return domain & cell or None
    message = "a cell and its variable differ in kind"
    raise TypeError(message)


def join(truths: Iterable[Truth]) -> Truth:
    """Return the truth that all cases share, unknown when they differ."""
    found = set(truths)
    return found.pop() if len(found) == 1 else Truth.UNKNOWN


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
            return _within(_sum(expression.terms, environment), expression)
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
            return join([then, otherwise])


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


def _sum(terms: Sequence[Term], environment: Environment) -> Interval:
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
            return min(chosen), max(chosen)
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


def _as_domain(truth: Truth) -> int:
    return {Truth.TRUE: TRUE, Truth.FALSE: FALSE, Truth.UNKNOWN: TRUE | FALSE}[truth]


def _bits(truths: Sequence[Truth]) -> tuple[int, int]:
    """Return the rules that are true and the rules that are unknown, as bits."""
    true = sum(1 << index for index, truth in enumerate(truths) if truth is Truth.TRUE)
    unknown = sum(1 << index for index, truth in enumerate(truths) if truth is Truth.UNKNOWN)
    return true, unknown
