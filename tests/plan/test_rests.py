"""What remains of a diagram is the same function, whichever way it is found."""

import random

import pytest

from cso_rules.meaning.possible import Possible
from cso_rules.plan.asked import cases, rests
from cso_rules.plan.asked.missing import missing
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.asked.recipes import recipes_of
from cso_rules.plan.asked.rests import Rest, Rests
from cso_rules.plan.building import Plan, plan_of
from tests.plan.test_against_meaning import differences
from tests.small_policies import small_policy, small_record

SEEDS = range(0, 100, 20)


@pytest.fixture(autouse=True)
def put_together_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rests, "MANY", 0)


def _asked(seed: int) -> list[Asked]:
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    policy = small_policy(chance)
    plan = plan_of(policy)
    return [Asked(plan, small_record(policy, chance)) for _ in range(4)]


def _roots(plan: Plan) -> list[int]:
    return [node for root in plan.roots.values() for node in (root.answer, *root.items, *root.rules)]


@pytest.mark.parametrize("start", SEEDS)
def test_what_is_put_together_is_what_remains_of_the_whole(start: int) -> None:
    compared = 0
    for seed in range(start, start + 20):
        for asked in _asked(seed):
            for node in recipes_of(asked.plan):
                split, found = asked.split(node), asked.in_cases(node)
                if split is None:
                    continue
                if split.groups:
                    joint = asked.rests.joint(split.cells, split.levels)
                    assert found == asked.rests.in_cases(node, split.state, joint), f"seed {seed}"
                else:
                    assert found is asked.rests.of(node, split.state), f"seed {seed}"
                compared += 1
    assert compared > 100


@pytest.mark.parametrize("start", SEEDS)
def test_cases_lead_where_the_ways_through_a_diagram_lead(start: int, monkeypatch: pytest.MonkeyPatch) -> None:
    in_cases = [_said(asked) for seed in range(start, start + 20) for asked in _asked(seed)]
    monkeypatch.setattr(cases, "MOST_CASES", 0)
    assert in_cases == [_said(asked) for seed in range(start, start + 20) for asked in _asked(seed)]


def _said(asked: Asked) -> object:
    ends = [sorted(map(str, asked.values(node))) for node in _roots(asked.plan)]
    return ends, [missing(asked, name) for name in asked.plan.roots]


@pytest.mark.parametrize("start", SEEDS)
def test_what_is_put_together_is_exact(start: int) -> None:
    for seed in range(start, start + 20):
        for asked in _asked(seed):
            assert differences(asked, Possible(asked.plan.policy, asked.domains)) == [], f"seed {seed}"


def test_equal_functions_are_one_object() -> None:
    asked = next(asked for seed in range(100) for asked in _asked(seed) if recipes_of(asked.plan))
    rests = Rests(asked.plan)
    for node in _roots(asked.plan):
        found = rests.of(node, asked.cases.state)
        assert isinstance(found, Rest)
        assert found is rests.of(node, asked.cases.state)
        assert found is rests.choose(found, rests.true, rests.false) or found.ends & ~(
            rests.true.ends | rests.false.ends
        )
