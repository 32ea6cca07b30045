"""A plan is kept as one text: the same for the same rules, read back with the same answers, enough for any walker."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings

from cso_rules.engine.cache import load_policy
from cso_rules.errors import ArgumentError
from cso_rules.meaning.complete import Answer, Mark, OpenDay, answers
from cso_rules.meaning.possible import Possible
from cso_rules.model.decisions import AnyDecision, ValueDecision
from cso_rules.model.expressions import Term, Variable, Within
from cso_rules.model.policy import Policy
from cso_rules.model.types import Type
from cso_rules.plan.building import plan_of
from cso_rules.plan.kept import GREATEST, canonical, to_json
from cso_rules.plan.levels import Form, Number
from cso_rules.plan.questions import Asked
from cso_rules.plan.restored import from_json
from tests.plan.test_against_meaning import differences
from tests.plan_walker import Given, Walker
from tests.small_policies import small_policy, small_record
from tests.strategies import LABEL, filled, make_policy, make_table, policies, seeds, variables_of

FEWER = settings(max_examples=settings().max_examples // 5)
DATES = ("2018-06-01", "2026-01-01")
PLACES = sorted(path.name for path in Path("policies").iterdir() if (path / "package.yaml").exists())
WORST = """
import random
from cso_rules.plan.building import plan_of
from cso_rules.plan.kept import to_json
from tests.small_policies import small_policy
print("\\n".join(to_json(plan_of(small_policy(random.Random(seed)))) for seed in range(30)))
"""


def small_plan_text(seed: int) -> tuple[Policy, str]:
    policy = small_policy(random.Random(seed))
    return policy, to_json(plan_of(policy))


@pytest.mark.parametrize("start", range(0, 100, 25))
def test_a_plan_read_back_answers_what_trying_everything_shows(start: int) -> None:
    for seed in range(start, start + 25):
        policy, text = small_plan_text(seed)
        back = from_json(text, policy)
        assert to_json(back) == text
        chance = random.Random(seed)
        for _ in range(2):
            domains = small_record(policy, chance)
            assert differences(Asked(back, domains), Possible(policy, domains)) == [], f"seed {seed}"
        assert to_json(back) == text, "questions make nodes, and none of them is kept"


@FEWER
@given(policy=policies())
def test_every_plan_is_read_back_as_it_was(policy: Policy) -> None:
    plan = plan_of(policy)
    text = to_json(plan)
    back = from_json(text, policy)
    assert (back.levels, back.roots.keys()) == (plan.levels, plan.roots.keys())
    assert to_json(back) == text


@pytest.mark.parametrize("day", DATES)
@pytest.mark.parametrize("place", PLACES)
def test_the_plan_of_every_place_is_read_back_as_it_was(place: str, day: str) -> None:
    policy = load_policy(Path("policies") / place, as_of=day)
    plan = plan_of(policy)
    text = to_json(plan)
    back = from_json(text, policy)
    assert (to_json(back), back.levels) == (text, plan.levels)


def test_the_text_depends_on_the_rules_alone() -> None:
    policy, text = small_plan_text(7)
    turned = attrs.evolve(policy, facts=dict(reversed(policy.facts.items())))
    plan = plan_of(turned)
    Asked(plan, small_record(policy, random.Random(1))).pruned(next(iter(plan.roots.values())).answer)
    assert to_json(plan) == text


def test_the_text_depends_on_no_order_of_sets() -> None:
    texts = {
        subprocess.run(
            [sys.executable, "-c", WORST],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("0", "1", "20171227")
    }
    assert len(texts) == 1


# ------------------------------------------------------------------------------------------ a walker


@FEWER
@given(policy=policies(), chance=seeds)
def test_a_walker_without_the_library_answers_complete_records(policy: Policy, chance: random.Random) -> None:
    assert_walked(policy, chance, 5)


@pytest.mark.parametrize("start", range(0, 100, 25))
def test_a_walker_without_the_library_answers_where_facts_have_few_values(start: int) -> None:
    for seed in range(start, start + 25):
        assert_walked(small_policy(random.Random(seed)), random.Random(seed), 5)


@pytest.mark.parametrize("day", DATES)
def test_a_walker_without_the_library_answers_by_the_national_rules(day: str) -> None:
    assert_walked(load_policy("cn", as_of=day), random.Random(20171227), 200)


def assert_walked(policy: Policy, chance: random.Random, records: int) -> None:
    """Compare a walker with what the rules mean, for records of which everything is known."""
    walker = Walker(to_json(plan_of(policy)))
    for _ in range(records):
        values = {name: one_value(kind, chance) for name, kind in variables_of(policy).items()}
        try:
            expected = answers(policy, values, {})
        except OpenDay:  # no answer of one record alone
            continue
        known = {name: given_to_walker(policy.variable_type(name), value) for name, value in values.items()}
        for name, decision in policy.decisions.items():
            assert walker.answer(name, known) == said(decision, expected[name].answer), name
            assert walker.rules(name, known) == expected[name].rules, name


def one_value(kind: Type, chance: random.Random) -> int:
    """Return one encoded value, the least number of an interval and the bits of a set."""
    domain = filled(kind.everything, kind, chance)
    return domain[0] if isinstance(domain, tuple) else domain


def given_to_walker(kind: Type, value: int) -> Any:
    if kind.is_numeric:
        return value
    members = {place for place in range(len(kind.names)) if value >> place & 1}
    return members if kind.kind == "set" else min(members, default=0)


def said(decision: AnyDecision, answer: Answer) -> object:
    """Return what a walker is to say of an answer."""
    if isinstance(answer, Mark):
        return answer.name.lower()
    if isinstance(decision, ValueDecision):
        return answer
    return [place for place in range(answer.bit_length()) if answer >> place & 1]
