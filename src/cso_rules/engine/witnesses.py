"""Witnesses: for each answer that remains possible, values of the missing facts that lead to it.

In come a policy, domains and a decision; out go pairs of answer and completion.
Guaranteed: whatever else is true, the completion leads to that answer and violates no constraint.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from cso_rules.executors.single.reference import holds
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, Value, is_known
from cso_rules.plan.asked.deciding import answering
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.asked.witness import Known, examples
from cso_rules.plan.building import plan_for
from cso_rules.truth import Truth

MOST_ANSWERS = 4
MOST_EXAMPLES = 64


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
    """Return values with which a decision has an answer and no constraint is violated; the smallest sets."""
    wanted = answering(asked.plan, decision, answer)
    found = () if wanted is None else examples(asked, wanted, asked.plan.diagrams.true)
    lawful = (example for example in islice(found, MOST_EXAMPLES) if _is_lawful(asked, example))
    example = next(lawful, None)
    return None if example is None else dict(_decoded(asked, _needed(asked, decision, answer, example)))


def _needed(asked: Asked, decision: str, answer: int, example: Known) -> Known:
    """Return of an example what leads to the answer; readings that are not needed are left out before facts."""
    plan, readings = asked.plan, asked.plan.policy.readings
    root, wanted = plan.roots[decision].answer, plan.end_bits[plan.diagrams.terminal(answer)]
    for name in sorted(example, key=lambda name: name not in readings):
        fewer = {other: domain for other, domain in example.items() if other != name}
        if Asked(plan, {**asked.domains, **fewer}).ends(root) == wanted:
            example = fewer
    return example


def _is_lawful(asked: Asked, example: Known) -> bool:
    known = {**asked.domains, **example}
    return all(holds(part.condition, known) is not Truth.FALSE for part in asked.plan.policy.constraints)


def _decoded(asked: Asked, found: Known) -> list[tuple[str, Value]]:
    policy = asked.plan.policy
    missing = ((name, domain) for name, domain in found.items() if not is_known(asked.domains[name]))
    values = (
        (name, policy.variable_type(name).decode((domain[0], domain[0]) if isinstance(domain, tuple) else domain))
        for name, domain in missing
    )
    return [(name, value) for name, value in values if value is not None]
