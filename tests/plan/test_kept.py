"""A plan is kept as one text: the same for the same rules, read back with the same answers, enough for any walker."""

import datetime
import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings

from cso_rules.errors import ArgumentError
from cso_rules.loader.load import load_policy
from cso_rules.meaning.complete import Answer, Mark, OpenDay, answers
from cso_rules.meaning.possible import Possible
from cso_rules.model.decisions import (
    AbsentDecision,
    AnyDecision,
    CriteriaDecision,
    Rule,
    TableDecision,
    ValueDecision,
    inputs_of,
)
from cso_rules.model.expressions import Among, Constant, Term, Variable, Within
from cso_rules.model.origins import Origin
from cso_rules.model.policy import Parameter, Policy
from cso_rules.model.types import BOOLEAN, TRUE, Type
from cso_rules.plan import building
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.building import plan_of
from cso_rules.plan.kept.restored import from_json
from cso_rules.plan.kept.written import GREATEST, canonical, to_json
from tests.plan.test_against_meaning import differences
from tests.plan_walker import Walker
from tests.sampled import sampled
from tests.small_policies import small_policy, small_record
from tests.strategies import LABEL, filled, make_policy, policies, seeds, variables_of

FEWER = settings(max_examples=settings().max_examples // 5)
DATES = (datetime.date(2018, 6, 1), datetime.date(2026, 1, 1))
PLACES = sorted(path.name for path in Path("policies").iterdir() if (path / "package.yaml").exists())
WORST = """
import random
from cso_rules.plan.building import plan_of
from cso_rules.plan.kept.written import to_json
from tests.sampled import sampled
from tests.small_policies import small_policy
print("\\n".join(to_json(plan_of(small_policy(random.Random(seed)))) for seed in range(30)))
"""


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - not for secrets


def small_plan_text(seed: int) -> tuple[Policy, str]:
    policy = small_policy(seeded(seed))
    return policy, to_json(plan_of(policy))


@pytest.mark.generated
@pytest.mark.parametrize("start", sampled(range(0, 100, 5)))
def test_a_plan_read_back_answers_what_trying_everything_shows(start: int) -> None:
    for seed in range(start, start + 5):
        policy, text = small_plan_text(seed)
        back = from_json(text, policy)
        assert to_json(back) == text
        chance = seeded(seed)
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


@pytest.mark.generated
@pytest.mark.usefixtures("shown_sound")
@pytest.mark.parametrize("day", DATES, ids=str)
@pytest.mark.parametrize("place", PLACES)
def test_the_plan_of_every_place_is_read_back_as_it_was_and_walked(place: str, day: datetime.date) -> None:
    policy = load_policy(Path("policies") / place, as_of=day)
    plan = plan_of(policy)
    text = to_json(plan)
    back = from_json(text, policy)
    assert (to_json(back), back.levels) == (text, plan.levels)
    assert_walked(policy, text, seeded(20171227), len(sampled(range(20), are_slow=True)))


def test_the_text_depends_on_the_rules_alone() -> None:
    policy, text = small_plan_text(7)
    turned = attrs.evolve(policy, facts=dict(reversed([*policy.facts.items()])))
    plan = plan_of(turned)
    for node in [rule for root in plan.roots.values() for rule in root.rules]:
        plan.diagrams.negation(node)  # nodes that nothing leads to are not kept
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


def spreads_absence(policy: Policy) -> bool:
    """Whether no decision reads one without a rule, as the loader sees to."""
    absent = {name for name, decision in policy.decisions.items() if isinstance(decision, AbsentDecision)}
    return not any(absent & set(inputs_of(decision)) for decision in policy.decisions.values())


@FEWER
@given(policy=policies().filter(spreads_absence), chance=seeds)
def test_a_walker_without_the_library_answers_complete_records(policy: Policy, chance: random.Random) -> None:
    assert_walked(policy, to_json(plan_of(policy)), chance, 5)


@pytest.mark.generated
@pytest.mark.parametrize("start", sampled(range(0, 100, 5)))
def test_a_walker_without_the_library_answers_where_facts_have_few_values(start: int) -> None:
    for seed in range(start, start + 5):
        policy, text = small_plan_text(seed)
        assert_walked(policy, text, seeded(seed), 5)


@pytest.mark.parametrize("day", DATES, ids=str)
def test_a_walker_without_the_library_answers_by_the_national_rules(day: datetime.date) -> None:
    policy = load_policy("cn", as_of=day)
    assert_walked(policy, to_json(plan_of(policy)), seeded(20171227), 200)


def assert_walked(policy: Policy, text: str, chance: random.Random, records: int) -> None:
    """Compare a walker with what the rules mean, for records of which everything is known."""
    walker = Walker(text)
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


# ------------------------------------------------------------------------------------------ what is refused


Document = dict[str, Any]


def spoilt(change: Callable[[Document], object]) -> str:
    """Return the text of a plan with one part changed."""
    document = json.loads(SMALL_TEXT)
    change(document)
    return canonical(document)


SMALL = small_policy(seeded(11))
SMALL_TEXT = to_json(plan_of(SMALL))
DAMAGE: dict[str, Callable[[Document], object]] = {
    "another format": lambda plan: plan.update(format=2),
    "a format that is no number": lambda plan: plan.update(format=True),
    "a part too few": lambda plan: plan.pop("ends"),
    "a part too many": lambda plan: plan.update(more=1),
    "other rules": lambda plan: plan["rules"].update(digest="1"),
    "a variable that is none": lambda plan: plan["levels"].append({"variable": "nobody"}),
    "a level of two kinds": lambda plan: plan["levels"][0].update(cuts=[1], member=0),
    "cuts out of order": lambda plan: plan["levels"].append(
        {"sum": [{"times": 1, "variable": "fact0"}], "cuts": [2, 1]}
    ),
    "an end that no answer has": lambda plan: plan["ends"].append("maybe"),
    "an end of no value": lambda plan: plan["ends"].append([]),
    "an end far away": lambda plan: plan["ends"].append([10**15]),
    "values for truths": lambda plan: plan["ends"].__setitem__(slice(0, 2), [[], [0]]),
    "a calendar without end": lambda plan: plan["calendars"].append({"covered": [[1, 10**15]], "exceptions": []}),
    "a calendar with more": lambda plan: plan["calendars"].append({"covered": [], "exceptions": [], "more": []}),
    "an end twice": lambda plan: plan["ends"].append(plan["ends"][-1]),
    "truths the other way round": lambda plan: plan["ends"].reverse(),
    "a child that is none": lambda plan: plan["nodes"]["child"].__setitem__(0, 10**6),
    "a child above its parent": lambda plan: plan["nodes"]["child"].__setitem__(0, highest(plan)),
    "a level that is none": lambda plan: plan["nodes"]["level"].__setitem__(0, -1),
    "a run too few": lambda plan: plan["nodes"]["runs"].__setitem__(0, 1),
    "cells beyond the last": lambda plan: plan["nodes"]["end"].__setitem__(-1, 99),
    "a truth for a number": lambda plan: plan["nodes"]["child"].__setitem__(0, True),
    "a node twice": lambda plan: twice(plan["nodes"]),
    "a root that is none": lambda plan: root_of(plan).update(answer=10**6),
    "a root below zero": lambda plan: root_of(plan).update(answer=-1),
    "a root of nobody": lambda plan: plan["roots"].update(nobody=root_of(plan)),
    "a decision that is nowhere": lambda plan: plan["roots"].pop(next(iter(plan["roots"]))),
    "a decision left out that is there": lambda plan: plan["left_out"].update({next(iter(plan["roots"])): "large"}),
    "a reason that is none": lambda plan: plan["left_out"].update({next(iter(plan["roots"])): "tired"}),
    "an item too many": lambda plan: root_of(plan)["items"].append(0),
    "a rule too many": lambda plan: root_of(plan)["rules"].append(0),
}


def root_of(plan: Document) -> Document:
    root: Document = next(iter(plan["roots"].values()))
    return root


def highest(plan: Document) -> int:
    """Return the node that stands last, above all others."""
    return len(plan["ends"]) + len(plan["nodes"]["level"]) - 1


def twice(nodes: dict[str, list[int]]) -> None:
    """Add the last node once more."""
    count = nodes["runs"][-1]
    for part in ("end", "child"):
        nodes[part] += nodes[part][-count:]
    for part in ("level", "runs"):
        nodes[part].append(nodes[part][-1])


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_has_not_the_form_is_refused(damage: str) -> None:
    assert_refused(spoilt(DAMAGE[damage]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"format":1}',
        '{"format":1.0}',
        '{"format":NaN}',
        '{"format":1,"format":1}',
        "[" * 100_000,
        "1" * 9999,
    ],
    ids=["empty", "list", "cut off", "bare", "fraction", "NaN", "twice", "deep", "long"],
)
def test_what_is_no_plan_is_refused(text: str) -> None:
    assert_refused(text)


def assert_refused(text: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        from_json(text, SMALL)
    assert caught.value.in_language("zh").startswith("计划")
    assert caught.value.in_language("en").startswith("the plan")


def test_a_plan_of_other_rules_is_refused() -> None:
    with pytest.raises(ArgumentError, match="other rules"):
        from_json(SMALL_TEXT, small_policy(seeded(12)))


def test_text_damaged_anywhere_is_refused_or_is_a_plan_again() -> None:
    chance = seeded(20171227)
    refused = 0
    for _ in range(1000):
        place = chance.randrange(len(SMALL_TEXT))
        try:
            found = from_json(SMALL_TEXT[:place] + chance.choice('0123456789"[]{},:-') + SMALL_TEXT[place + 1 :], SMALL)
        except ArgumentError:
            refused += 1
        else:
            text = to_json(found)
            assert to_json(from_json(text, SMALL)) == text
    assert refused > 800


# ------------------------------------------------------------------------------------------ the form


def number_of(name: str, low: int, origin: Origin) -> Within:
    """Return that a number is so great at least, by a legal number."""
    return Within(terms=(Term(factor=1, quantity=Variable(name=name)),), low=low, high=None, origins=(origin, None))


def example() -> Policy:
    """Return the rules of the page about the form."""
    types = {"members": Type(kind="integer", maximum=1000), "has_charter": BOOLEAN}
    enough = number_of("members", 50, Origin(numbers=(("least_members", (), 1),)))
    criteria = (
        Rule(id="members", label=LABEL, condition=enough),
        Rule(id="charter", label=LABEL, condition=Among(name="has_charter", bits=TRUE)),
    )
    rows = (
        Rule(id="able", label=LABEL, condition=Among(name="able", bits=TRUE), output=0),
        Rule(id="otherwise", label=LABEL, condition=Constant(value=True), output=1),
    )
    tier = TableDecision(
        name="tier", label=LABEL, type=Type(kind="enumeration", values=("registered", "managed")), hit_policy="first",
        rules=rows, outputs=((("", "registered"),), (("", "managed"),)), otherwise=True,
    )  # fmt: skip
    least = Parameter(name="least_members", label=LABEL, type=types["members"], indexed_by=(), values=(("", 50),))
    policy = make_policy(types, CriteriaDecision(name="able", label=LABEL, rules=criteria), tier)
    return attrs.evolve(policy, parameters={"least_members": least})


def test_the_page_shows_the_plan_of_its_example() -> None:
    page = Path("docs/explanation/kept-plans.md").read_text("utf-8")
    shown = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert shown is not None
    assert canonical(json.loads(shown[1])) == to_json(plan_of(example()))


def test_numbers_beyond_what_json_takes_exactly_stand_as_text() -> None:
    types = {"funds": Type(kind="money", scale=2, maximum=10**18)}
    origin = Origin(numbers=(("least", ("p", "q"), 2),), plus=GREATEST + 1, over=3)
    rich = Rule(id="rich", label=LABEL, condition=number_of("funds", GREATEST + 1, origin))
    policy = make_policy(types, CriteriaDecision(name="able", label=LABEL, rules=(rich,)))
    text = to_json(plan_of(policy))
    legal = {"sum": [{"number": "least", "of": ["p", "q"], "times": 2}], "plus": "9007199254740992", "over": 3}
    assert json.loads(text)["levels"] == [{"variable": "funds", "cuts": ["9007199254740992"], "from": [[legal]]}]
    assert json.loads(text)["rules"]["facts"]["funds"]["greatest"] == "1000000000000000000"
    assert from_json(text, policy).levels == plan_of(policy).levels


def test_a_decision_that_is_too_large_is_named_in_place_of_its_diagrams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "MOST_NODES", 6)
    monkeypatch.setattr(building, "_built", building._built.__wrapped__)
    policy = small_policy(seeded(11))
    plan = plan_of(policy)
    assert set(plan.left_out.values()) == {building.Inexact.LARGE, building.Inexact.READS}
    back = from_json(to_json(plan), policy)
    assert (back.left_out, back.roots.keys()) == (plan.left_out, plan.roots.keys())
    assert to_json(back) == to_json(plan)
