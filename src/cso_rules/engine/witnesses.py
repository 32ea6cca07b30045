"""Witnesses: for each answer that remains possible, values of the missing facts that lead to it.

In come a policy, domains and a decision; out go pairs of answer and completion.
Guaranteed: whatever else is true, the completion leads to that answer and violates no constraint.
"""

from __future__ import annotations

from collections.abc import Mapping

from cso_rules.executors.single.reference import holds
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, Value, is_known
from cso_rules.plan.building import Plan, nodes_of, plan_for
from cso_rules.plan.diagrams import Node, TooLargeError
from cso_rules.plan.questions import Asked
from cso_rules.plan.witness import Known, witness
from cso_rules.truth import Truth

MOST_ANSWERS = 4


def witnesses(
    policy: Policy, domains: Mapping[str, Domain], decision: str
) -> tuple[tuple[Value, dict[str, Value]], ...]:
    """Return one completion for each answer that remains possible, at most four answers.

    Args:
        policy: Rules in force.
        domains: Domain of every fact and reading.
        decision: A decision whose answer is a boolean or a value of an enumeration.
    """
    plan, kind = plan_for(policy), policy.decisions[decision].type
    if decision not in plan.roots:
        return ()
    asked = Asked(plan, domains)
    answers = sorted(answer for answer in asked.answers(decision) if type(answer) is int)
    found = [(answer, _completion(asked, decision, answer)) for answer in answers[:MOST_ANSWERS]]
    return tuple(
        (value, completion)
        for answer, completion in found
        if completion is not None and (value := kind.decode(answer)) is not None
    )


def _completion(asked: Asked, decision: str, answer: int) -> dict[str, Value] | None:
    """Return values with which a decision has an answer: small sets, and no fact for the sake of a constraint alone."""
    true, constraints = asked.plan.diagrams.true, asked.plan.policy.constraints
    wanted = _wanted(asked.plan, decision, answer, lawful=False)
    found = None if wanted is None else witness(asked, wanted, true)
    known = {**asked.domains, **(found or {})}
    if found is not None and any(holds(constraint.condition, known) is Truth.FALSE for constraint in constraints):
        lawful = _wanted(asked.plan, decision, answer, lawful=True)
        found = None if lawful is None else witness(asked, lawful, true)
    return None if found is None else dict(_decoded(asked, found))


def _decoded(asked: Asked, found: Known) -> list[tuple[str, Value]]:
    policy = asked.plan.policy
    missing = ((name, domain) for name, domain in found.items() if not is_known(asked.domains[name]))
    values = (
        (name, policy.variable_type(name).decode((domain[0], domain[0]) if isinstance(domain, tuple) else domain))
        for name, domain in missing
    )
    return [(name, value) for name, value in values if value is not None]


def _wanted(plan: Plan, decision: str, answer: int, *, lawful: bool) -> Node | None:
    """Return when a decision has an answer, while every constraint holds if asked so; None where that is too large."""
    key, made = ("answer", decision, answer, lawful), plan.diagrams
    try:
        with plan.adding:
            if key not in plan.derived:
                is_answer = made.mapped(plan.roots[decision].answer, lambda value: made.truth(value == answer))
                conditions = [constraint.condition for constraint in plan.policy.constraints if lawful]
                plan.derived[key] = (made.conjunction([is_answer, *nodes_of(plan, conditions)]),)
            return plan.derived[key][0]
    except TooLargeError:
        return None
