"""The JSON form of a determination keeps to its published schema."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import jsonschema
import pytest

from cso_rules.determination import to_json
from cso_rules.engine.determine import determine
from cso_rules.loader.load import load_policy

SCHEMA = json.loads(Path("docs/reference/determination.schema.json").read_text("utf-8"))
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
    assert [package["id"] for package in form["packages"]] == ["cn", "cn-3210"]
    lowered = next(change for change in form["local_changes"] if change["path"] == "minimum_individual_members")
    assert (lowered["old"], lowered["new"]) == ("50", "20")
    assert {citation["instrument"] for citation in lowered["conflicts_with"]} == {"order-250"}
