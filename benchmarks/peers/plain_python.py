"""The tier as a plain function over a dictionary, with no thought of missing facts: what most programs hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

INDIVIDUALS, INSTITUTIONS, MIXED, FUNDS = 50, 30, 50, 30_000
ORIGINAL_FUND = {"national_public": 8_000_000, "local_public": 4_000_000, "non_public": 2_000_000}
RESIDENTS = {"local_residents", "lives_here_registered_elsewhere"}
ADMITTED = {"none", "owners_committee", "building_group", "committee_working_body"}


def in_scope(facts: dict[str, Any]) -> bool:
    return bool(
        facts["founder_residence"] in RESIDENTS
        and facts["is_nonprofit"]
        and not facts["distributes_profit"]
        and facts["special_body_kind"] in ADMITTED
        and facts["is_active_in_community"]
        and facts["activity_kinds"]
    )


def form(facts: dict[str, Any]) -> str:
    declared: str = facts["organizational_form"]
    if declared == "none" and (facts["individual_members"] or facts["institutional_members"]):
        return "social_group"
    return declared


def enough_members(facts: dict[str, Any]) -> bool:
    individuals, institutions = facts["individual_members"], facts["institutional_members"]
    if not institutions:
        return bool(individuals >= INDIVIDUALS)
    if not individuals:
        return bool(institutions >= INSTITUTIONS)
    return bool(individuals + institutions >= MIXED)


def bears_liability(facts: dict[str, Any]) -> bool:
    return bool(
        facts["has_fixed_domicile"] and facts["has_suitable_full_time_staff"] and facts["can_bear_civil_liability"]
    )


def able(facts: dict[str, Any]) -> bool:
    if not (facts["has_standard_name"] and facts["has_organizational_structure"]):
        return False
    match form(facts):
        case "social_group":
            funded = facts["activity_funds"] >= FUNDS and facts["has_lawful_funds"]
            return bool(enough_members(facts) and funded and bears_liability(facts))
        case "social_service_institution":
            return bool(facts["has_suitable_staff"] and facts["has_suitable_property"] and facts["has_premises"])
        case "foundation":
            funded = (
                facts["original_fund"] >= ORIGINAL_FUND[facts["foundation_kind"]] and facts["is_original_fund_paid_in"]
            )
            proper = facts["has_public_benefit_purpose"] and facts["has_charter"]
            return bool(bears_liability(facts) and funded and proper)
    return False


def tier(facts: dict[str, Any]) -> str:
    if not in_scope(facts):
        return "out_of_scope"
    if facts["registration_status"] == "registered" or able(facts):
        return "registered"
    small = facts["is_small_scale"] and facts["is_temporary"] and facts["is_loosely_organized"]
    if facts["is_active_mainly_in_one_community"] and small:
        return "community_guided"
    return "subdistrict_managed"


def prepare(variant: str) -> Callable[[dict[str, Any]], Any]:
    if variant == "get":
        # `dict.get` gives None for what is missing.
        return lambda facts: tier(_Forgiving(facts))
    return tier


class _Forgiving(dict[str, Any]):
    def __missing__(self, key: str) -> None:
        return None
