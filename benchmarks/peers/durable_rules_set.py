"""The tier as a rule set of durable_rules, by its documented interface: one event, taken by the first rule that matches.

`pri` orders the rules, and the last one takes what no other took. The language knows no length of a list and no sum to
the left of a comparison, so that the number of activities and, if both kinds are known, of members are given to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def declare(found: list[str]) -> None:
    """Declare the rule set; each rule appends its tier."""
    from durable.lang import m, pri, ruleset, when_all

    with ruleset("tier"):

        @when_all(
            pri(1),
            (m.founder_residence == "registered_here_lives_elsewhere")
            | (m.founder_residence == "not_residents")
            | (m.is_nonprofit == False)  # noqa: E712 - an expression of the rule language
            | (m.distributes_profit == True)  # noqa: E712 - the same
            | (m.special_body_kind == "government_body")
            | (m.special_body_kind == "public_institution")
            | (m.special_body_kind == "unit_internal")
            | (m.special_body_kind == "people_organization")
            | (m.special_body_kind == "exempt")
            | (m.is_active_in_community == False)  # noqa: E712 - the same
            | (m.activity_kind_count == 0),
        )
        def out_of_scope(_context: Any) -> None:
            found.append("out_of_scope")

        # One rule for each way to be registered: a condition with all of them together is refused (error 113).
        for condition in (m.registration_status == "registered", *_group(m), _institution(m), *_foundation(m)):

            @when_all(pri(2), condition)
            def registered(_context: Any) -> None:
                found.append("registered")

        @when_all(
            pri(3),
            (m.is_active_mainly_in_one_community == True)  # noqa: E712 - the same
            & (m.is_small_scale == True)  # noqa: E712 - the same
            & (m.is_temporary == True)  # noqa: E712 - the same
            & (m.is_loosely_organized == True),  # noqa: E712 - the same
        )
        def community_guided(_context: Any) -> None:
            found.append("community_guided")

        @when_all(pri(4), +m.organization_id)
        def subdistrict_managed(_context: Any) -> None:
            found.append("subdistrict_managed")


def _true(m: Any, *names: str) -> Any:
    first, *rest = (getattr(m, name) == True for name in names)  # noqa: E712 - an expression of the rule language
    for each in rest:
        first = first & each
    return first


def _proper(m: Any) -> Any:
    return _true(m, "has_standard_name", "has_organizational_structure")


def _liable(m: Any) -> Any:
    return _true(m, "has_fixed_domicile", "has_suitable_full_time_staff", "can_bear_civil_liability")


def _group(m: Any) -> list[Any]:
    forms = (
        m.organizational_form == "social_group",
        (m.organizational_form == "none") & (m.individual_members >= 1),
        (m.organizational_form == "none") & (m.institutional_members >= 1),
    )
    members = (
        (m.institutional_members == 0) & (m.individual_members >= 50),
        (m.individual_members == 0) & (m.institutional_members >= 30),
        (m.individual_members >= 1) & (m.institutional_members >= 1) & (m.member_count >= 50),
    )
    funds = (m.activity_funds >= 30000) & (m.has_lawful_funds == True)  # noqa: E712 - the same
    return [form & some & funds & _proper(m) & _liable(m) for form in forms for some in members]


def _institution(m: Any) -> Any:
    suitable = _true(m, "has_suitable_staff", "has_suitable_property", "has_premises")
    return (m.organizational_form == "social_service_institution") & _proper(m) & suitable


def _foundation(m: Any) -> list[Any]:
    funds = (
        (m.foundation_kind == "national_public") & (m.original_fund >= 8000000),
        (m.foundation_kind == "local_public") & (m.original_fund >= 4000000),
        (m.foundation_kind == "non_public") & (m.original_fund >= 2000000),
    )
    rest = _true(m, "is_original_fund_paid_in", "has_public_benefit_purpose", "has_charter")
    return [(m.organizational_form == "foundation") & fund & rest & _proper(m) & _liable(m) for fund in funds]


def prepare(variant: str) -> Callable[[dict[str, Any]], Any]:
    from durable.lang import post

    del variant
    found: list[str] = []
    declare(found)

    def decide(event: dict[str, Any]) -> Any:
        found.clear()
        post("tier", event)
        return found[0] if found else None

    return decide


def read(facts: dict[str, Any]) -> dict[str, Any]:
    read.count += 1  # type: ignore[attr-defined]
    event = {"organization_id": str(read.count), "id": str(read.count)}  # type: ignore[attr-defined]
    kinds = facts.get("activity_kinds")
    counted = {} if kinds is None else {"activity_kind_count": len(kinds)}
    if facts.keys() >= {"individual_members", "institutional_members"}:
        counted["member_count"] = facts["individual_members"] + facts["institutional_members"]
    return event | {name: value for name, value in facts.items() if name != "activity_kinds"} | counted


read.count = 0  # type: ignore[attr-defined]
