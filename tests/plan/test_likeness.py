"""Organizations that are alike in a decision have the same answer of it, the same missing facts, and alike readings."""

import random
from collections.abc import Hashable

import pytest

from cso_rules.engine.missing_facts import Open
from cso_rules.model.decisions import AbsentDecision
from cso_rules.plan.asked.answering import exact_result
from cso_rules.plan.asked.likeness import likeness
from cso_rules.plan.asked.missing import missing
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.building import plan_of
from tests.sampled import sampled
from tests.small_policies import small_policy, small_record

RECORDS = 25


@pytest.mark.generated
@pytest.mark.parametrize("start", sampled(range(0, 200, 20)))
def test_what_is_alike_is_answered_alike(start: int) -> None:
    shared = 0
    for seed in range(start, start + 20):
        chance = random.Random(seed)  # noqa: S311 - not for secrets
        policy = small_policy(chance)
        plan = plan_of(policy)
        found: dict[Hashable, object] = {}
        for _ in range(RECORDS):
            asked = Asked(plan, small_record(policy, chance))
            for name, decision in policy.decisions.items():
                if isinstance(decision, AbsentDecision) or name not in plan.roots:
                    continue
                key, result = (name, likeness(asked, name)), exact_result(asked, decision)
                shared += key in found
                own = Open(policy, asked.domains, asked)._under_readings(name)
                under = tuple((choice, each.domain) for choice, each in own.cases), own.is_left_to_readings
                answer = (result.domain, result.true, result.unknown, result.conflict, result.none)
                told = answer, missing(asked, name), under
                assert found.setdefault(key, told) == told, f"seed {seed}, {name}"
    assert shared > RECORDS
