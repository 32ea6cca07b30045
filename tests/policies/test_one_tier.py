"""Every shipped package is sound, and everybody has exactly one tier, in every period between dated changes."""

import datetime
from pathlib import Path
from typing import Any

import pytest

from cso_rules.loader import load
from cso_rules.loader.in_force.policy_of_date import resolve
from cso_rules.loader.packages import neighbours, package_path
from cso_rules.meaning.complete import Mark
from cso_rules.model.decisions import AbsentDecision, TableDecision
from cso_rules.model.policy import Policy
from cso_rules.plan.building import plan_of
from cso_rules.plan.shown.exactness import inexact_decisions

NATIONAL = package_path("cn")
PACKAGES = (NATIONAL, *neighbours(NATIONAL))
IN_FORCE = datetime.date(2017, 12, 27)
"""The tiers are those of a text of this day."""
_shown = set[tuple[object, ...]]()
"""Decisions that were looked at."""


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_no_faults_and_exactly_one_tier_in_every_period(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The policies that are looked at are those that `check` makes; that all decisions are exact is what it shows."""
    made: list[Policy] = []

    def noted(*arguments: Any, **options: Any) -> Policy | None:
        policy = resolve(*arguments, **options)
        made.extend([] if policy is None or policy.entity != "organization" else [policy])
        return policy

    monkeypatch.setattr(load, "resolve", noted)
    assert load.check(package) == ()
    days = load._dates(load.declarations(package)[0])
    assert any(day >= IN_FORCE for day in days)
    assert set(days) <= {policy.as_of for policy in made}
    for policy in made:
        assert_one_tier(policy.part(["tier"]))


def assert_one_tier(policy: Policy) -> None:
    decisions = (policy.as_of < IN_FORCE, *policy.decisions.values())
    if decisions in _shown:  # places have the national rules on most days
        return
    decision, plan = policy.decisions["tier"], plan_of(policy)
    assert inexact_decisions(plan) == {}, policy.as_of
    ends = plan.diagrams.ends(plan.roots["tier"].answer)
    if policy.as_of < IN_FORCE:
        assert isinstance(decision, AbsentDecision)
        assert ends == {Mark.ABSENT}
    else:
        assert isinstance(decision, TableDecision)
        assert ends == {1 << rule.output for rule in decision.rules}, policy.as_of
    _shown.add(decisions)
