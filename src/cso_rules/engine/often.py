"""Canonical values read for the plan at once, under rules that many organizations were asked about.

In comes what is given; out come the known values and the plan, asked about them. Guaranteed: what is read here the one
reader of values (`facts`) would have read in the same way; it reads what is left out here, and alone refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cso_rules.engine.facts import domains
from cso_rules.plan.asked.given import Given
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.building import plan_for

if TYPE_CHECKING:
    from cso_rules.model.policy import Policy
    from cso_rules.model.types import Domain, Value


def reader(policy: Policy) -> Callable[[dict[str, Any]], tuple[dict[str, Value], Asked] | None]:
    """Return what reads canonical values of known facts; nothing where one is not, or where facts may contradict."""
    plan = plan_for(policy)
    if policy.constraints:
        return lambda _: None
    read = Given(plan, domains(policy, {})[1]).read

    def read_for_plan(given: dict[str, Any]) -> tuple[dict[str, Value], Asked] | None:
        found = read(given)
        if found is None:
            return None
        state, ends, open_facts, values = found
        return values, Asked(plan, _Known(policy, values), ends_of_facts=ends, state=state, open_facts=open_facts)

    return read_for_plan


class _Known(Mapping[str, "Domain"]):
    """The domain of every fact and reading, worked out where somebody asks."""

    def __init__(self, policy: Policy, values: Mapping[str, Value]) -> None:
        self._policy, self._values = policy, values

    @cached_property
    def _domains(self) -> Mapping[str, Domain]:
        return domains(self._policy, self._values)[1]

    def __getitem__(self, name: str) -> Domain:
        return self._domains[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._domains)

    def __len__(self) -> int:
        return len(self._domains)
