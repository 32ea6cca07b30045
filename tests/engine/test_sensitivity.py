"""An answer that hangs on the way a text was read says so, and gives the answer of each reading."""

from __future__ import annotations

import datetime

from cso_rules.engine.determine import determine
from cso_rules.engine.sensitivity import sensitivity
from cso_rules.loader.load import load_policy

POLICY = load_policy("cn", as_of=datetime.date(2018, 6, 1))
DANCE_TEAM: dict[str, object] = {
    "founder_residence": "local_residents", "is_nonprofit": True, "distributes_profit": False,
    "special_body_kind": "none", "is_active_in_community": True, "activity_kinds": ["culture_sports_recreation"],
    "organizational_form": "none", "registration_status": "not_registered", "individual_members": 18,
    "institutional_members": 0, "is_active_mainly_in_one_community": True, "is_small_scale": True,
    "is_temporary": False, "is_loosely_organized": True,
}  # fmt: skip


def test_a_lasting_small_loose_team_is_guided_by_the_community_under_other_readings() -> None:
    determination = determine(POLICY, DANCE_TEAM)
    assert determination["tier"].value == "subdistrict_managed"
    found = {(item.reading, item.option): item.outcome.value for item in sensitivity(determination, "tier")}
    assert found == {
        ("a1_grassroots_cluster", "small_and_loose"): "community_guided",
        ("a1_grassroots_cluster", "any"): "community_guided",
    }


def test_a_team_that_every_reading_treats_alike_has_no_alternative() -> None:
    determination = determine(POLICY, DANCE_TEAM | {"is_temporary": True})
    assert determination["tier"].value == "community_guided"
    assert sensitivity(determination, "tier") == ()


def test_the_chosen_reading_is_recorded_and_the_declared_one_becomes_the_alternative() -> None:
    readings = {"a1_grassroots_cluster": "small_and_loose"}
    determination = determine(POLICY, DANCE_TEAM, readings=readings)
    assert determination.readings["a1_grassroots_cluster"] == "small_and_loose"
    found = {(item.reading, item.option): item.outcome.value for item in sensitivity(determination, "tier")}
    assert found == {("a1_grassroots_cluster", "all_three"): "subdistrict_managed"}


def test_a_small_group_that_could_register_depends_on_the_order_and_the_basis_of_the_tiers() -> None:
    able = DANCE_TEAM | {
        "organizational_form": "social_group", "individual_members": 60, "activity_funds": 40000, "is_temporary": True,
        "has_lawful_funds": True, "has_standard_name": True, "has_organizational_structure": True,
        "has_fixed_domicile": True, "has_suitable_full_time_staff": True, "can_bear_civil_liability": True,
    }  # fmt: skip
    determination = determine(POLICY, able)
    assert determination["tier"].value == "registered"
    found = {(item.reading, item.option): item.outcome.value for item in sensitivity(determination, "tier")}
    assert found == {
        ("a3_tier_basis", "status"): "community_guided",
        ("a30_order", "community_first"): "community_guided",
    }
