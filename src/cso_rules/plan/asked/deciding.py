"""When a decision has an answer, and which rules decide where their truths alone do not tell.

Diagrams of this are made when they are first asked for, and kept with the plan.
"""

from __future__ import annotations

from cso_rules.model.decisions import CriteriaDecision, TableDecision, ValueDecision
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.building import Plan
from cso_rules.plan.diagrams import Node, TooLargeError


def answering(plan: Plan, decision: str, answer: int) -> Node | None:
    """Return when a decision has an answer, or a list an item; None for a number, or where that is too large."""
    key, made = ("answer", decision, answer), plan.diagrams
    if decision not in plan.roots or isinstance(plan.policy.decisions[decision], ValueDecision):
        return None
    try:
        with plan.adding:
            if key not in plan.derived:
                root = plan.roots[decision]
                item = root.items[answer.bit_length() - 1] if root.items else None
                wanted = answer if item is None else True
                node = made.mapped(root.answer if item is None else item, lambda value: made.truth(value == wanted))
                plan.derived[key] = (node,)
            return plan.derived[key][0]
    except TooLargeError:
        return None


def possible_hits(asked: Asked, decision: TableDecision, candidates: int) -> int | None:
    """Return as bits those of some rows that may be the first or most preferred one; None when it cannot be told."""
    try:
        nodes = hits(asked.plan, decision)
    except TooLargeError:
        return None
    found = (place for place, node in enumerate(nodes) if candidates >> place & 1 and asked.truths(node)[0])
    return sum(1 << place for place in found)


def hits(plan: Plan, decision: TableDecision) -> tuple[Node, ...]:
    """Return for each row the diagram of whether it is the first or most preferred one that holds."""
    key = ("hits", decision.name)
    with plan.adding:
        if key not in plan.derived:
            made, rules = plan.diagrams, plan.roots[decision.name].rules
            found, earlier = dict.fromkeys(range(len(rules)), made.false), made.false
            for place in decision.order:
                found[place] = made.choose(earlier, made.false, rules[place])
                earlier = made.choose(rules[place], made.true, earlier)
            plan.derived[key] = tuple(found.values())
        return plan.derived[key]


def failing_together(asked: Asked, decision: CriteriaDecision, unknown: int) -> int | None:
    """Return as bits the fewest of some open criteria, later ones left out first, that cannot be met together."""
    kept = [place for place in range(len(decision.rules)) if unknown >> place & 1]
    try:
        for place in reversed(kept.copy()):
            fewer = [other for other in kept if other != place]
            if not asked.truths(_together(asked.plan, decision, fewer))[0]:
                kept = fewer
    except TooLargeError:
        return None
    return sum(1 << place for place in kept)


def _together(plan: Plan, decision: CriteriaDecision, places: list[int]) -> Node:
    """Return the diagram of whether all of some criteria are met."""
    key = ("together", decision.name, *places)
    with plan.adding:
        if key not in plan.derived:
            rules = plan.roots[decision.name].rules
            plan.derived[key] = (plan.diagrams.conjunction(rules[place] for place in places),)
        return plan.derived[key][0]
