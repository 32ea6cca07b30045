"""Exactly one tier for everybody, in every shipped place and every period between dated changes."""

import datetime
from pathlib import Path

import pytest

from cso_rules.loader.load import _dates, declarations, load_policy
from cso_rules.loader.packages import neighbours, package_path
from cso_rules.meaning.complete import Mark
from cso_rules.model.decisions import AbsentDecision, TableDecision
from cso_rules.model.policy import Policy
from cso_rules.plan.building import plan_for
from cso_rules.plan.shown.exactness import inexact_decisions

NATIONAL = package_path("cn")
PACKAGES = (NATIONAL, *neighbours(NATIONAL))
IN_FORCE = datetime.date(2017, 12, 27)
"""The tiers are those of a text of this day."""
_shown = set[tuple[object, ...]]()
"""Decisions that were looked at."""


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_every_end_of_the_diagram_is_one_of_the_tiers_in_every_period(package: Path) -> None:
    """That other decisions are exact is among what `check` shows."""
    days = _dates(declarations(package)[0])
    assert any(day >= IN_FORCE for day in days)
    for day in days:
        policy = load_policy(package, as_of=day, entity="organization").part(["tier"])
        decisions = (policy.as_of < IN_FORCE, *policy.decisions.values())
        if decisions not in _shown:  # places have the national rules on most days
            assert inexact_decisions(plan_for(policy)) == {}, day
            assert_one_tier(policy)
            _shown.add(decisions)


def assert_one_tier(policy: Policy) -> None:
    decision, plan = policy.decisions["tier"], plan_for(policy)
    ends = plan.diagrams.ends(plan.roots["tier"].answer)
    if policy.as_of < IN_FORCE:
        assert isinstance(decision, AbsentDecision)
        assert ends == {Mark.ABSENT}
        return
    assert isinstance(decision, TableDecision)
    assert ends == {1 << rule.output for rule in decision.rules}, policy.as_of
