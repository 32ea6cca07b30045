"""The JSON form of a determination keeps to its published schema."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import jsonschema
import pytest

from cso_rules.determination import to_json
from cso_rules.engine.determine import determine
from cso_rules.explanation import explain
from cso_rules.loader.load import load_policy

SCHEMA = json.loads(Path("src/cso_rules/determination/determination.schema.json").read_text("utf-8"))
ORGANIZATIONS: list[dict[str, object]] = [
    {},
    {"individual_members": 60, "activity_funds": 35000, "activity_kinds": ["neighborhood_mutual_assistance"]},
    {"founder_residence": "not_residents"},
    {"founder_residence": "lives_here_registered_elsewhere", "special_body_kind": "owners_committee"},
]


@pytest.mark.parametrize("facts", ORGANIZATIONS)
@pytest.mark.parametrize("year", [1999, 2018])
def test_every_determination_is_valid_against_the_schema(facts: dict[str, object], year: int) -> None:
    policy = load_policy("cn", as_of=datetime.date(year, 6, 1))
    form = json.loads(json.dumps(to_json(determine(policy, facts)), ensure_ascii=False))
    jsonschema.validate(form, SCHEMA)
    assert form["as_of"] == f"{year}-06-01"


def test_before_the_opinion_there_is_no_tier_rule() -> None:
    policy = load_policy("cn", as_of=datetime.date(1999, 6, 1))
    form = to_json(determine(policy, {}))
    assert form["decisions"]["tier"]["status"] == "no_rule_in_force"
    assert form["decisions"]["registration_conditions"]["status"] == "undetermined"


def test_a_determination_says_which_packages_of_the_place_applied_and_what_they_changed() -> None:
    policy = load_policy("cn", as_of=datetime.date(2019, 1, 10), jurisdiction="3210")
    form = json.loads(json.dumps(to_json(determine(policy, {})), ensure_ascii=False))
    jsonschema.validate(form, SCHEMA)
    assert [package["id"] for package in form["packages"]] == ["cn", "cn-32", "cn-3210"]
    lowered = next(change for change in form["local_changes"] if change["path"] == "minimum_individual_members")
    assert (lowered["old"], lowered["new"]) == ("50", "20")
    assert form["place_notice"] is None
    assert {citation["instrument"] for citation in lowered["conflicts_with"]} == {"order-250"}


@pytest.mark.parametrize(
    ("place", "without"),
    [("13", "13"), ("130102", "13, 1301, 130102"), ("321002", "321002"), ("4201", "42"), ("32", None), ("cn", None)],
)
def test_an_answer_says_for_which_place_no_local_rule_is_encoded(place: str, without: str | None) -> None:
    policy = load_policy("cn", as_of=datetime.date(2026, 2, 1), jurisdiction=place)
    found = determine(policy, {})
    form = json.loads(json.dumps(to_json(found), ensure_ascii=False))
    jsonschema.validate(form, SCHEMA)
    notice = form["place_notice"]
    if without is None:
        assert notice is None
        return
    assert notice["en"] == f"no local rule of {without} in force on this day is encoded; ask there"
    assert notice["zh"] == f"没有收录 {without} 当日现行的地方规则，请向当地询问"
    assert notice["en"] in explain(found, "en")
    assert notice["zh"] in explain(found, "zh")


def test_a_package_chosen_by_its_name_says_nothing_of_other_levels() -> None:
    assert load_policy("cn-4201", as_of=datetime.date(2026, 2, 1)).place_notice is None
    assert load_policy("cn-4201", as_of=datetime.date(2026, 2, 1), jurisdiction="4201").place_notice is not None
