"""What a plan answers is what trying everything shows, on generated policies and records with holes."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from cso_rules.meaning.complete import Answer, Mark
from cso_rules.meaning.possible import Possible
from cso_rules.model.decisions import AbsentDecision, TableDecision, ValueDecision
from cso_rules.model.policy import Policy
from cso_rules.plan.asked.missing import missing
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.building import plan_of
from tests.meaning.test_possible import is_enumerable, small_domains
from tests.sampled import sampled
from tests.small_policies import small_policy, small_record
from tests.strategies import policies, seeds

FEWER = settings(max_examples=settings().max_examples // 5)
Said = tuple[str, str, object, object]
"""The decision, the question, what the plan answers, what is possible."""


def differences(asked: Asked, possible: Possible) -> list[Said]:
    """Return where a plan answers otherwise than trying everything does."""
    compared = (
        said
        for name, decision in possible.policy.decisions.items()
        if not isinstance(decision, AbsentDecision)
        for said in _compared(asked, possible, name)
    )
    return [said for said in compared if said[2] != said[3]]


def _compared(asked: Asked, possible: Possible, name: str) -> Iterator[Said]:
    decision, expected = possible.policy.decisions[name], possible.answers(name)
    yield name, "missing", missing(asked, name), {fact for fact in asked.domains if possible.matters(fact, name)}
    if isinstance(decision, ValueDecision):
        numbers = [answer for answer in expected if isinstance(answer, int)]
        yield name, "bounds", asked.bounds(name), (min(numbers), max(numbers)) if numbers else None
        yield name, "conflict", Mark.CONFLICT in asked.answers(name), Mark.CONFLICT in expected
        return
    yield name, "rules", asked.rules(name), possible.rules(name)
    if isinstance(decision, TableDecision) and decision.has_multiple_hits:
        for place, ends in enumerate(asked.items(name)):
            yield name, f"item {place}", ends, {_has_item(answer, place) for answer in expected}
    else:
        yield name, "answers", asked.answers(name), expected


def _has_item(answer: Answer, place: int) -> bool | Mark:
    return answer if isinstance(answer, Mark) else bool(answer >> place & 1)


@FEWER
@given(policy=policies().filter(is_enumerable), chance=seeds)
def test_a_plan_answers_exactly_what_is_possible(policy: Policy, chance: random.Random) -> None:
    plan = plan_of(policy)
    for _ in range(3):
        domains = small_domains(policy, chance)
        assert differences(Asked(plan, domains), Possible(policy, domains)) == []


@pytest.mark.generated
@pytest.mark.parametrize("start", sampled(range(0, 100, 5)))
def test_a_plan_is_exact_where_facts_have_few_values_and_sums_share_them(start: int) -> None:
    for seed in range(start, start + 5):
        chance = random.Random(seed)  # noqa: S311 - not for secrets
        policy = small_policy(chance)
        plan = plan_of(policy)
        for _ in range(4):
            domains = small_record(policy, chance)
            assert differences(Asked(plan, domains), Possible(policy, domains)) == [], f"seed {seed}"
