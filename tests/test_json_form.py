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
