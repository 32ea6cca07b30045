"""The page answers, asks and refuses as the library does, and its notices say what those of the library say."""

import datetime
import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from cso_rules.determination import Determination
from cso_rules.engine.cache import load_policy
from cso_rules.engine.determine import determine
from cso_rules.errors import FactsError
from cso_rules.explanation.account import Account
from cso_rules.explanation.papers.notice import notice
from cso_rules.explanation.papers.parts import texts
from cso_rules.loader.load import load_policy as load_with_settings
from cso_rules.model.policy import Policy
from cso_rules.model.types import Value
from cso_rules.page.builder import sentences_of
from cso_rules.page.rules_json import rules_json
from tests.generated_organizations import Generator
from tests.javascript_page import modules
from tests.javascript_walker import Said, Walker, result, told_of
from tests.plan.test_kept import seeded

pytestmark = pytest.mark.services
PLACES = (None, "4403", "310101")
CASES = 80
DAY = "2026-11-27"


@pytest.fixture(scope="module")
def page() -> Iterator[Walker]:
    with modules() as started:
        yield started


def opened(page: Walker, policy: Policy) -> None:
    words = {language: sentences_of(language) for language in ("zh", "en")}
    page.say("load", document=rules_json(policy, {}), sentences=words)


def stated(policy: Policy, facts: Mapping[str, Value]) -> Said:
    """Return facts as the page keeps them."""
    return {name: told_of(policy.facts[name].type, policy.facts[name].type.encode(own)) for name, own in facts.items()}


def generated(policy: Policy, seed: int, cases: int = CASES) -> Iterator[tuple[dict[str, Value], Mapping[str, str]]]:
    """Yield organizations of which much or little is known."""
    chance = seeded(seed)
    for organization in itertools.islice(Generator.of(policy).organizations(seed), cases):
        share = chance.choice([1.0, 0.8, 0.4, 0.1])
        yield {name: own for name, own in organization.facts.items() if chance.random() < share}, organization.readings


@pytest.mark.parametrize("place", PLACES)
def test_its_answers_and_questions_are_those_of_the_library(page: Walker, place: str | None) -> None:
    policy = load_policy("cn", as_of=DAY, jurisdiction=place)
    opened(page, policy)
    for facts, readings in generated(policy, 20261127):
        found = determine(policy, facts, readings=readings)
        said = page.say("stand", stated=stated(policy, facts), readings=dict(readings))
        assert said["problems"] == []
        assert list(differing(policy, found, said["outcomes"])) == []
        assert [(own["name"], own["settles"]) for own in said["missing"]] == [
            (own.name, list(own.settles)) for own in found.missing_facts
        ]


def differing(policy: Policy, found: Determination, said: Said) -> Iterator[tuple[str, Any, Any]]:
    """Yield where an answer of the page is another one, or another rule decides."""
    for name, outcome in found.outcomes.items():
        own = result(policy.decisions[name], said[name])
        if said[name]["status"] != outcome.status.value:
            yield name, said[name]["status"], outcome.status
        if own.domain != outcome.domain:
            yield name, own.domain, outcome.domain


def test_what_cannot_be_together_is_said_and_counts_as_unknown(page: Walker) -> None:
    policy = load_policy("cn", as_of=DAY)
    opened(page, policy)
    facts: dict[str, Value] = {
        "organizational_form": "social_group",
        "individual_members": 18,
        "party_members": 40,
        "is_nonprofit": True,
    }
    with pytest.raises(FactsError) as refused:
        determine(policy, facts)
    found = determine(policy, facts, problems=refused.value.problems)
    said = page.say("stand", stated=stated(policy, facts), readings={})
    assert [set(own["names"]) for own in said["problems"]] == [set(own.facts) for own in refused.value.problems]
    assert [own["message"][1] for own in said["problems"]] == [own.message_en for own in refused.value.problems]
    assert list(differing(policy, found, said["outcomes"])) == []


@pytest.mark.parametrize("value", ["-1", "1.5", "eighteen", "9" * 40])
def test_what_cannot_be_alone_is_said_and_counts_as_unknown(page: Walker, value: str) -> None:
    opened(page, policy := load_policy("cn", as_of=DAY))
    said = page.say("stand", stated={"individual_members": value, "is_nonprofit": True}, readings={})
    assert [(own["names"], own["kind"]) for own in said["problems"]] == [(["individual_members"], "impossible")]
    assert list(differing(policy, determine(policy, {"is_nonprofit": True}), said["outcomes"])) == []


# ------------------------------------------------------------------------------------------ other thresholds


@pytest.mark.parametrize("place", [None, "4403"])
def test_a_moved_number_gives_the_rules_with_that_number(page: Walker, place: str | None) -> None:
    policy = load_policy("cn", as_of=DAY, jurisdiction=place)
    opened(page, policy)
    free, day = page.say("movable"), datetime.date.fromisoformat(DAY)
    usual = {"minimum_individual_members", "minimum_activity_funds", "minimum_mixed_members"}
    assert usual <= {own["key"] for own in free}
    for number, own in enumerate(free):
        kind = policy.parameters[own["number"]].type
        value = own["value"] + 7 * 10**kind.scale if number % 2 else max(1, own["value"] // 2)
        if not page.say("fits", numbers={own["key"]: value}):
            value = own["value"] + 1
        name = f"{own['number']}[{','.join(own['of'])}]" if own["of"] else own["number"]
        settings = ((name, str(kind.decode_number(value))),)
        changed = load_with_settings("cn", as_of=day, jurisdiction=place, settings=settings)
        expected = json.loads(json.dumps(rules_json(changed, {})))
        said = page.say("move", numbers={own["key"]: value})
        assert [same(expected[part]) for part in ("decisions", "constraints")] == [
            same(said[part]) for part in ("decisions", "constraints")
        ], own["key"]
        del expected["plan"]["rules"]["digest"], said["plan"]["rules"]["digest"]
        assert said["plan"] == expected["plan"], own["key"]


def same(part: Any) -> Any:
    """Return a part of the rules without what a number set for a trial says of itself: its citations."""
    if isinstance(part, dict):
        return {key: same(own) for key, own in part.items() if key != "cites"}
    return [same(own) for own in part] if isinstance(part, list) else part


def test_numbers_keep_the_order_of_their_cuts(page: Walker) -> None:
    opened(page, load_policy("cn", as_of=DAY))
    lower, upper = "minimum_original_fund/non_public", "minimum_original_fund/local_public"
    values = {own["key"]: own["value"] for own in page.say("movable")}
    assert page.say("fits", numbers={lower: values[upper] - 1})
    assert not page.say("fits", numbers={lower: values[upper]})
    assert page.say("fits", numbers={lower: values[upper], upper: values[upper] + 1})


# ------------------------------------------------------------------------------------------ words


TEAM: dict[str, Value] = {
    "founder_residence": "local_residents", "is_nonprofit": True, "distributes_profit": False,
    "special_body_kind": "none", "community_type": "urban", "is_active_in_community": True,
    "activity_kinds": frozenset({"culture_sports_recreation"}), "registration_status": "not_registered",
    "organizational_form": "none", "individual_members": 18, "institutional_members": 0,
    "is_active_mainly_in_one_community": True,
}  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("more", [{}, {"is_small_scale": True, "is_loosely_organized": True}])
def test_it_says_what_a_notice_says(page: Walker, language: str, more: dict[str, Value]) -> None:
    policy = load_policy("cn", as_of=DAY)
    opened(page, policy)
    facts: dict[str, Value] = {**TEAM, **more}
    found = determine(policy, facts)
    said = page.say("tell", stated=stated(policy, facts), readings={}, language=language)
    lines = [line.lower() for line in texts(notice(found, language))]
    assert said["opening"].lower() in lines
    for text in [*said["path"]["steps"]["ways"], *(own["text"] for own in said["support"]["certain"])]:
        assert any(text.lower() in line for line in lines), text
    account = Account.of(found, language)
    assert {own["text"] for own in said["readings"]} == set(account.other_readings())
    sure = [(own["role"], own["sure"]) for own in said["bodies"] if own["sure"]]
    roles = [account.words.say("role", role=role, bodies=account.words.joined(own)) for role, own in sure]
    assert set(roles) <= set(account.bodies())


# ------------------------------------------------------------------------------------------ links and numbers


def test_a_link_carries_everything_but_what_is_about_persons(page: Walker) -> None:
    policy = load_policy("cn", as_of=DAY)
    document = rules_json(policy, {})
    document["facts"]["party_members"]["personal"] = True
    page.say("load", document=document, sentences={})
    said = {
        "is_nonprofit": True, "distributes_profit": False, "individual_members": {"least": "10", "greatest": "20"},
        "activity_kinds": {"sure": ["other"]}, "needs": [], "community_type": "urban", "activity_funds": "30000.50",
        "is_small_scale": "not known", "filed_on": "2020-01-01",
    }  # fmt: skip
    readings = {"a8_founder_residence": "living"}
    fragment = page.say("link", place="cn", language="zh", stated={**said, "party_members": "3"}, readings=readings)
    assert "party_members" not in fragment
    assert page.say("unlink", fragment=fragment) == {"stated": said, "readings": readings, "numbers": {}, "lost": []}
    assert page.say("unlink", fragment="#place=cn&no_such_fact=1")["lost"] == ["no_such_fact"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("18", "18"), ("１８人", "18"), ("30,000", "30000"), ("3万", "30000"), ("1.25万元", "12500"), ("about", ""),
        ("", ""), ("-3", "-3"), ("0.5", "0.5"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(page: Walker, text: str, number: str) -> None:
    assert page.say("number", text=text) == number
