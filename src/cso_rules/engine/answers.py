"""Answers with reasons for many organizations whose facts are clean already, at little cost for each.

In come a policy and typed values, as `facts.domains` returns them; out come, for each decision, the possible values and
the truth and citations of every rule. Nothing is checked here. What an encoded value or a result means is worked out
once and remembered, within a bound.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from cso_rules.determination import Outcome, Result, status_of
from cso_rules.executors import compiled
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, Type, Value

Reason = tuple[str, str, tuple[str, ...]]
"""Rule, truth, citations."""

Answer = tuple[tuple[Value, ...], tuple[Reason, ...]]
"""Possible values, and the reason that each rule gives."""

_MEMORY = 4096
_POLICIES = 32


class _Codes(dict[Value | None, Domain]):
    """Domains of the values of one type; None is unknown."""

    def __init__(self, kind: Type) -> None:
        super().__init__()
        self.kind = kind

    def __missing__(self, value: Value | None) -> Domain:
        if len(self) >= _MEMORY:
            self.clear()
        unknown = value is None or self.kind.kind == "text"
        found = self[value] = self.kind.everything if value is None or unknown else self.kind.encode(value)
        return found


@attrs.frozen
class _Plan:
    """What is remembered for a policy; results are held, so that their identities stay taken."""

    policy: Policy
    facts: tuple[tuple[str, _Codes], ...]
    readings: Mapping[str, Domain]
    known: dict[int, tuple[Result, Answer]] = attrs.field(factory=dict)


_plans: dict[int, _Plan] = {}


def answers(policy: Policy, values: Mapping[str, Value | None]) -> dict[str, Answer]:
    """Answer every decision under the declared readings.

    Args:
        policy: Rules in force.
        values: Clean values of the right types; a fact that is absent or None is unknown.

    Returns:
        For each decision its possible values, and (rule, truth, citations) of every rule in file order.
    """
    plan = _plans.get(id(policy)) or _remember(policy)
    get = values.get
    domains = {name: codes[get(name)] for name, codes in plan.facts}
    domains.update(plan.readings)
    found, known = {}, plan.known
    for name, result in compiled.evaluate(policy, domains).items():
        entry = known.get(id(result))
        found[name] = (_decoded(plan, name, result) if entry is None else entry)[1]
    return found


def _remember(policy: Policy) -> _Plan:
    while len(_plans) >= _POLICIES:
        del _plans[next(iter(_plans))]
    read = set(compiled.inputs_of_policy(policy))
    plan = _plans[id(policy)] = _Plan(
        policy,
        tuple((name, _Codes(fact.type)) for name, fact in policy.facts.items() if name in read),
        {
            name: reading.type.bit(reading.chosen) if reading.chosen else reading.type.everything
            for name, reading in policy.readings.items()
        },
    )
    return plan


def _decoded(plan: _Plan, name: str, result: Result) -> tuple[Result, Answer]:
    """Work out an answer. The compiled executor makes each result for one decision only, so its identity is enough."""
    if len(plan.known) >= _MEMORY:
        plan.known.clear()
    entry = plan.known[id(result)] = (result, _answer(plan.policy, name, result))
    return entry


def _answer(policy: Policy, name: str, result: Result) -> Answer:
    decision = policy.decisions[name]
    outcome = Outcome(
        decision=decision,
        status=status_of(decision, result),
        domain=result.domain,
        true=result.true,
        unknown=result.unknown,
    )
    reasons = (
        (
            found.rule.id,
            found.truth.name,
            tuple(f"{citation.instrument} {citation.provision}" for citation in found.rule.citations),
        )
        for found in outcome.findings
    )
    return outcome.possible, tuple(reasons)
