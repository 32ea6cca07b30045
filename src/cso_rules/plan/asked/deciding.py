"""When a decision has an answer, and which rules decide where their truths alone do not tell.

Diagrams of this are made when they are first asked for, and kept with the plan.
"""

from __future__ import annotations

from cso_rules.model.decisions import TableDecision, ValueDecision
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
