"""The exact result of a decision: its possible answers, and the truth of each of its rules."""

from __future__ import annotations

from collections.abc import Collection
from typing import assert_never

from cso_rules.meaning.complete import Mark
from cso_rules.model.decisions import AbsentDecision, AnyDecision, CriteriaDecision, TableDecision, ValueDecision
from cso_rules.model.types import FALSE
from cso_rules.plan.asked.deciding import failing_together, possible_hits
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.diagrams import Node
from cso_rules.results import Result
from cso_rules.truth import Truth


def exact_result(asked: Asked, decision: AnyDecision, true: int = 0, unknown: int = -1, exact: int = 0) -> Result:
    """Return the exact result of a decision that has a root in the plan.

    Args:
        asked: The plan and what is known.
        decision: One of its decisions.
        true: Rules that are known to hold, as bits.
        unknown: Rules of which that is to be found out; of the others it is known that they do not hold.
        exact: Those among the unknown of which it is known that they may hold and may not.
    """
    match decision:
        case AbsentDecision():
            return Result(decision.type.everything, 0, 0)
        case ValueDecision():
            return _value(asked, decision)
        case CriteriaDecision():
            return _criteria(asked, decision, *_truths(asked, decision.name, true, unknown, exact))
        case TableDecision() if decision.has_multiple_hits:
            return _list(asked, decision, *_truths(asked, decision.name, true, unknown, exact))
        case TableDecision():
            return _table(asked, decision, *_truths(asked, decision.name, true, unknown, exact))
        case _:
            assert_never(decision)


def _truths(asked: Asked, name: str, true: int, unknown: int, exact: int) -> tuple[int, int]:
    """Return the rules that hold for certain and those that may or may not, as bits."""
    left = exact
    for place, node in enumerate(asked.plan.roots[name].rules):
        if (unknown & ~exact) >> place & 1:
            may, may_not = asked.truths(node)
            true |= (may and not may_not) << place
            left |= (may and may_not) << place
    return true, left


def _value(asked: Asked, decision: ValueDecision) -> Result:
    _, conflict, none = _answers(asked, asked.plan.roots[decision.name].answer)
    bounds = asked.bounds(decision.name)
    return Result(decision.type.everything if bounds is None else bounds, 0, 0, conflict, none)


def _criteria(asked: Asked, decision: CriteriaDecision, true: int, unknown: int) -> Result:
    domain, conflict, _ = _answers(asked, asked.plan.roots[decision.name].answer)
    fails_together = domain == FALSE and true | unknown == (1 << len(decision.rules)) - 1
    deciding = failing_together(asked, decision, unknown) if fails_together and conflict is Truth.FALSE else None
    return Result(domain, true, unknown, conflict, deciding_rules=deciding)


def _list(asked: Asked, decision: TableDecision, true: int, unknown: int) -> Result:
    _, conflict, _ = _answers(asked, asked.plan.roots[decision.name].answer)
    ends = [asked.truths(item) for item in asked.plan.roots[decision.name].items]
    sure = sum(1 << place for place, (may, may_not) in enumerate(ends) if may and not may_not)
    possible = sum(1 << place for place, (may, _) in enumerate(ends) if may)
    return Result((sure, possible), true, unknown, conflict)


def _table(asked: Asked, decision: TableDecision, true: int, unknown: int) -> Result:
    domain, conflict, none = _answers(asked, asked.plan.roots[decision.name].answer)
    deciding = None
    if unknown and decision.hit_policy in {"first", "priority"}:
        deciding = possible_hits(asked, decision, true | unknown)
    return Result(domain, true, unknown, conflict, none, deciding)


def _answers(asked: Asked, root: Node) -> tuple[int, Truth, Truth]:
    """Return the possible values, and whether there may be a contradiction, or no answer."""
    ends = asked.ends(root)
    decoded = asked.plan.decoded
    if ends not in decoded:
        values = asked.values(root)
        domain = sum(value for value in values if type(value) is int)
        decoded[ends] = domain, _share(values, Mark.CONFLICT), _share(values, Mark.NONE)
    return decoded[ends]


def _share(values: Collection[object], mark: Mark) -> Truth:
    if mark not in values:
        return Truth.FALSE
    return Truth.TRUE if len(values) == 1 else Truth.UNKNOWN
