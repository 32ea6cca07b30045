"""What an answer rests on: the comparisons that give a condition its truth, and the decisions that they lead to.

In comes a determination; out go names of decisions and findings. Guaranteed: what is named bears on the answer; a row
below the hit, or a way that was not needed, is not named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cso_rules.determination import Determination, Finding, Outcome
from cso_rules.executors.single.reference import holds
from cso_rules.model.decisions import CriteriaDecision, Rule, TableDecision, inputs_of, rules_of
from cso_rules.model.expressions import Among, And, Constant, Expression, If, Includes, Not, Or, Within, names_of
from cso_rules.model.types import TRUE, Environment
from cso_rules.truth import Truth

Atom = Among | Includes | Within


def support(expression: Expression, environment: Environment) -> Iterator[Atom]:
    """Yield the comparisons that give a condition its truth; where one of several is enough, the first."""
    match expression:
        case Among() | Includes() | Within():
            yield expression
        case Not():
            yield from support(expression.operand, environment)
        case If():
            yield from support(expression.condition, environment)
            for branch in _branches(expression, environment):
                yield from support(branch, environment)
        case And() | Or():
            for part in _parts(expression, environment):
                yield from support(part, environment)
        case Constant():
            return


def _branches(expression: If, environment: Environment) -> tuple[Expression, ...]:
    match holds(expression.condition, environment):
        case Truth.TRUE:
            return (expression.then,)
        case Truth.FALSE:
            return (expression.otherwise,)
        case _:
            return (expression.then, expression.otherwise)


def _parts(expression: And | Or, environment: Environment) -> tuple[Expression, ...]:
    truth = holds(expression, environment)
    if truth is Truth.UNKNOWN:
        return expression.operands
    same = tuple(part for part in expression.operands if holds(part, environment) is truth)
    if isinstance(expression, Or) and truth is Truth.TRUE:
        same = same[:1]
    return same or expression.operands


def names_behind(expression: Expression, environment: Environment) -> tuple[str, ...]:
    """Return the variables that give a condition its truth, each once."""
    return tuple(dict.fromkeys(name for atom in support(expression, environment) for name in names_of(atom)))


def bearing(found: Determination, decisions: Iterable[str]) -> tuple[str, ...]:
    """Return decisions and those on which their answers rest, each before what it reads."""
    names: dict[str, None] = {}
    pending = [name for name in reversed(list(decisions)) if name in found.outcomes]
    while pending:
        name = pending.pop()
        if name not in names:
            names[name] = None
            read = _read(found.outcomes[name], found.environment)
            pending += [source for source in reversed(list(read)) if source in found.outcomes]
    return tuple(names)


def _read(outcome: Outcome, environment: Environment) -> Iterator[str]:
    rules = behind(outcome)
    if not rules:
        yield from inputs_of(outcome.decision) if outcome.decision.type.is_numeric else ()
    for rule in rules:
        yield from names_behind(rule.condition, environment)


def behind(outcome: Outcome) -> tuple[Rule, ...]:
    """Return the rules that decide, and those rows that were passed over before one of them."""
    deciding = outcome.deciding()
    decision = outcome.decision
    if not isinstance(decision, TableDecision) or decision.has_multiple_hits:
        return deciding
    if decision.otherwise and decision.rules[-1] in deciding:
        return decision.conditional
    if decision.hit_policy not in {"first", "priority"}:
        return deciding
    order = [decision.rules[place] for place in decision.order]
    last = max((place for place, rule in enumerate(order) if rule in deciding), default=-1)
    return tuple(order[: last + 1])


def settling(found: Determination, rule: Rule) -> tuple[Outcome, ...]:
    """Return the decisions whose yes makes a rule hold, the nearest that say more than that another one does."""
    pending, seen, named = [rule.condition], set[str](), list[Outcome]()
    while pending:
        condition = pending.pop(0)
        for name in names_behind(condition, found.environment):
            outcome = found.outcomes.get(name)
            if outcome is None or name in seen or outcome.domain != TRUE:
                continue
            seen.add(name)
            if only_passes_on(found, outcome):
                pending.append(outcome.deciding()[0].condition)
            else:
                named.append(outcome)
    return tuple(named)


def only_passes_on(found: Determination, outcome: Outcome) -> bool:
    """Tell whether a decision of one criterion only repeats what others that are explained themselves say."""
    rules = rules_of(outcome.decision)
    if not isinstance(outcome.decision, CriteriaDecision) or len(rules) != 1:
        return False
    names = [name for name in names_behind(rules[0].condition, found.environment) if name not in found.policy.readings]
    criteria = (isinstance(found.policy.decisions.get(name), CriteriaDecision) for name in names)
    return bool(names) and all(criteria)


def failing_under(found: Determination, rule: Rule) -> tuple[Finding, ...]:
    """Return the criteria whose failing makes a rule hold, such as those that a warning is about."""
    names = names_behind(rule.condition, found.environment)
    outcomes = (found.outcomes[name] for name in names if name in found.outcomes)
    unmet = (
        outcome for outcome in outcomes if isinstance(outcome.decision, CriteriaDecision) and not outcome.may_be(TRUE)
    )
    return tuple(finding for outcome in unmet for finding in outcome.deciding_findings)
