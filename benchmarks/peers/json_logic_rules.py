"""The tier as one JsonLogic rule, for datalogic-py (Rust) and panzi-json-logic (Python).

`missing` is JsonLogic's own device for absent data: it lists the absent names, and the rule answers only without any.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from facts import FACTS


def var(name: str) -> dict[str, str]:
    return {"var": name}


def every(*names: str) -> list[dict[str, str]]:
    return [var(name) for name in names]


IN_SCOPE = {
    "and": [
        {"in": [var("founder_residence"), ["local_residents", "lives_here_registered_elsewhere"]]},
        var("is_nonprofit"),
        {"!": [var("distributes_profit")]},
        {"in": [var("special_body_kind"), ["none", "owners_committee", "building_group", "committee_working_body"]]},
        var("is_active_in_community"),
        {"!!": [var("activity_kinds")]},
    ]
}
HAS_MEMBERS = {"or": [{">=": [var("individual_members"), 1]}, {">=": [var("institutional_members"), 1]}]}
IS_GROUP = {
    "or": [
        {"==": [var("organizational_form"), "social_group"]},
        {"and": [{"==": [var("organizational_form"), "none"]}, HAS_MEMBERS]},
    ]
}
ENOUGH_MEMBERS = {
    "if": [
        {"==": [var("institutional_members"), 0]},
        {">=": [var("individual_members"), 50]},
        {"==": [var("individual_members"), 0]},
        {">=": [var("institutional_members"), 30]},
        {">=": [{"+": every("individual_members", "institutional_members")}, 50]},
    ]
}
GROUP = {
    "and": [
        IS_GROUP,
        ENOUGH_MEMBERS,
        {">=": [var("activity_funds"), 30000]},
        *every(
            "has_lawful_funds", "has_standard_name", "has_organizational_structure", "has_fixed_domicile",
            "has_suitable_full_time_staff", "can_bear_civil_liability",
        ),
    ]
}  # fmt: skip
INSTITUTION = {
    "and": [
        {"==": [var("organizational_form"), "social_service_institution"]},
        *every(
            "has_standard_name", "has_organizational_structure", "has_suitable_staff", "has_suitable_property",
            "has_premises",
        ),
    ]
}  # fmt: skip
MINIMUM_FUND = {
    "if": [
        {"==": [var("foundation_kind"), "national_public"]},
        8000000,
        {"==": [var("foundation_kind"), "local_public"]},
        4000000,
        2000000,
    ]
}
FOUNDATION = {
    "and": [
        {"==": [var("organizational_form"), "foundation"]},
        {">=": [var("original_fund"), MINIMUM_FUND]},
        *every(
            "is_original_fund_paid_in", "has_standard_name", "has_organizational_structure", "has_fixed_domicile",
            "has_suitable_full_time_staff", "can_bear_civil_liability", "has_public_benefit_purpose", "has_charter",
        ),
    ]
}  # fmt: skip
REGISTERED = {"or": [{"==": [var("registration_status"), "registered"]}, GROUP, INSTITUTION, FOUNDATION]}
LOOSE = {
    "and": every("is_active_mainly_in_one_community", "is_small_scale", "is_temporary", "is_loosely_organized"),
}
TIER: dict[str, Any] = {
    "if": [
        {"!": [IN_SCOPE]},
        "out_of_scope",
        REGISTERED,
        "registered",
        LOOSE,
        "community_guided",
        "subdistrict_managed",
    ]
}
CHECKED: dict[str, Any] = {"if": [{"missing": list(FACTS)}, {"missing": list(FACTS)}, TIER]}


def prepare(variant: str) -> Callable[[dict[str, Any]], Any]:
    engine, _, guard = variant.partition("-")
    rule = CHECKED if guard else TIER
    if engine == "rust":
        from datalogic_py import Engine

        evaluate: Callable[[dict[str, Any]], Any] = Engine().compile(rule).evaluate
    else:
        from json_logic import jsonLogic

        def evaluate(facts: dict[str, Any]) -> Any:
            return jsonLogic(rule, facts)

    def decide(facts: dict[str, Any]) -> Any:
        answer = evaluate(facts)
        return answer if isinstance(answer, str) else {"refused": answer}

    return decide if guard else evaluate
