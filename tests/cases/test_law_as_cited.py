"""What an answer names is what the provision names, in one way everywhere: registrars, supervisory units, steps."""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from functools import cache

import pytest

from cso_rules import Determination, determine, load_policy
from cso_rules.determination import Status
from cso_rules.model.policy import Policy
from cso_rules.model.types import Value
from cso_rules.truth import Truth

DAY = datetime.date(2018, 6, 1)
COUNTY, HIGHER = "county_civil_affairs_department", "higher_civil_affairs_department"
PROVINCE, MINISTRY = "provincial_civil_affairs_department", "ministry_of_civil_affairs"
UNIT = "professional_supervisory_unit"
IN_SCOPE: Mapping[str, Value] = {
    "founder_residence": "local_residents", "is_nonprofit": True, "distributes_profit": False,
    "special_body_kind": "none", "is_active_in_community": True, "registration_status": "not_registered",
    "activity_kinds": frozenset({"services_for_residents"}), "subdistrict_unit_kind": "subdistrict",
    "has_standard_name": True, "has_organizational_structure": True, "is_licence_required": False,
    "direct_registration_class": "community_service", "applies_as_charity": False, "documents_held": frozenset(),
}  # fmt: skip
GROUP: Mapping[str, Value] = {
    **IN_SCOPE, "organizational_form": "social_group", "individual_members": 50, "institutional_members": 0,
    "activity_funds": Decimal(30_000), "has_lawful_funds": True, "has_fixed_domicile": True,
    "has_suitable_full_time_staff": True, "can_bear_civil_liability": True, "is_active_in_several_counties": True,
}  # fmt: skip
INSTITUTION: Mapping[str, Value] = {
    **IN_SCOPE, "organizational_form": "social_service_institution", "has_suitable_staff": True,
    "has_suitable_property": True, "has_premises": True,
}  # fmt: skip
FOUNDATION: Mapping[str, Value] = {
    **IN_SCOPE, "organizational_form": "foundation", "foundation_kind": "national_public", "has_charter": True,
    "original_fund": Decimal(8_000_000), "is_original_fund_paid_in": True, "has_public_benefit_purpose": True,
    "has_fixed_domicile": True, "has_suitable_full_time_staff": True, "can_bear_civil_liability": True,
    "direct_registration_class": "charity",
}  # fmt: skip


@cache
def policy(day: datetime.date = DAY, place: str = "cn") -> Policy:
    return load_policy("cn", as_of=day, jurisdiction=place)


def answer(facts: Mapping[str, Value], day: datetime.date = DAY, place: str = "cn", **more: Value) -> Determination:
    return determine(policy(day, place), {**facts, **more})


def named(found: Determination, decision: str, column: str, value: str) -> set[str]:
    """Return the bodies that are named for a role or step, open ones too."""
    items = [columns for _, columns, _ in found[decision].items]
    return {columns["body"] for columns in items if columns[column] == value}


def sure(found: Determination, decision: str) -> list[dict[str, str]]:
    return [columns for _, columns, truth in found[decision].items if truth is Truth.TRUE]


def steps(found: Determination) -> list[tuple[str, str]]:
    return [(columns["step"], columns["body"]) for columns in sure(found, "next_actions")]


# A group that works in several counties.


@pytest.mark.parametrize(("several", "body"), [(True, HIGHER), (False, COUNTY)])
def test_an_able_group_registers_at_the_common_higher_level_when_it_spans_counties(several: bool, body: str) -> None:
    found = answer(GROUP, is_active_in_several_counties=several)
    assert found["registration_authority"].value == body
    assert named(found, "responsibilities", "role", "registers") == {body}
    assert steps(found) == [("apply_for_registration", body)]


@pytest.mark.parametrize(("several", "body"), [(True, HIGHER), (False, COUNTY)])
@pytest.mark.parametrize("as_charity", [True, False])
@pytest.mark.parametrize("day", [DAY, datetime.date(2024, 10, 1)], ids=str)
def test_papers_and_decision_are_with_the_registrar(
    several: bool, body: str, as_charity: bool, day: datetime.date
) -> None:
    more: Mapping[str, Value] = {"registration_status": "applied", "applies_as_charity": as_charity}
    found = answer({**GROUP, **more}, day, is_active_in_several_counties=several)
    asked = ["hand_in_documents", "apply_for_registration", "decide_registration"]
    assert steps(found) == [(step, body) for step in asked]
    decided = next(rule for rule, columns, _ in found["next_actions"].items if columns["step"] == asked[-1])
    assert decided.addressee == body


@pytest.mark.parametrize(("several", "body"), [(True, HIGHER), (False, COUNTY)])
def test_a_registered_group_is_managed_reported_to_and_reviewed_where_it_is_registered(
    several: bool, body: str
) -> None:
    more: Mapping[str, Value] = {"registration_status": "registered", "has_false_application": True}
    found = answer({**GROUP, **more}, is_active_in_several_counties=several, has_started_activity=True)
    assert sure(found, "responsibilities") == [{"role": "registers", "body": body}, {"role": "manages", "body": body}]
    assert steps(found) == [("report_to_registrar", body), ("review_registration", body)]


def test_while_nobody_knows_the_area_every_answer_holds_both_levels_open() -> None:
    known = {name: value for name, value in GROUP.items() if name != "is_active_in_several_counties"}
    found = answer(known)
    assert set(found["registration_authority"].possible) == {COUNTY, HIGHER}
    assert named(found, "responsibilities", "role", "registers") == {COUNTY, HIGHER}
    assert named(found, "next_actions", "step", "apply_for_registration") == {COUNTY, HIGHER}
    assert steps(found) == []


def test_in_shenzhen_before_2017_too_a_group_across_counties_goes_to_the_common_higher_level() -> None:
    more: Mapping[str, Value] = {
        "activity_area": "several_communities_same_subdistrict", "has_supervisory_unit_consent": True,
        "has_unlawful_purpose": False, "has_unneeded_similar_organization": False, "has_disqualified_person": False,
        "has_false_application": False, "has_other_legal_bar": False,
    }  # fmt: skip
    found = answer({**GROUP, **more}, datetime.date(2012, 5, 10), "4403")
    assert named(found, "responsibilities", "role", "registers") == {HIGHER}
    assert steps(found) == [("apply_for_registration", HIGHER)]


def test_a_department_of_every_level_manages_what_is_registered_with_it() -> None:
    for level in ("county", "city", "province"):
        found = determine(load_policy("cn", as_of=DAY, entity="authority"), {"authority_kind": level})
        rows = [
            rule for rule, columns, truth in found["authority_duties"].items
            if columns["duty"] == "manage_registered" and truth is Truth.TRUE
        ]  # fmt: skip
        assert [rule.addressee for rule in rows] == ["local_civil_affairs_departments"]


# Foundations.


@pytest.mark.parametrize(
    ("kind", "body"), [("national_public", MINISTRY), ("local_public", PROVINCE), ("non_public", PROVINCE)]
)
def test_the_ministry_registers_national_public_raising_foundations(kind: str, body: str) -> None:
    found = answer(FOUNDATION, foundation_kind=kind)
    assert found["registration_authority"].value == body
    assert [(each.instrument, each.provision) for each in found["registration_authority"].citations] == [
        ("order-400", "art6")
    ]
    assert named(found, "responsibilities", "role", "registers") == {body}
    assert steps(found) == [("apply_for_registration", body)]
    registered = answer(FOUNDATION, foundation_kind=kind, registration_status="registered")
    assert named(registered, "responsibilities", "role", "manages") == {body}


def test_a_foundation_of_unknown_kind_has_either_registrar() -> None:
    found = answer({name: value for name, value in FOUNDATION.items() if name != "foundation_kind"})
    assert set(found["registration_authority"].possible) == {MINISTRY, PROVINCE}
    assert named(found, "next_actions", "step", "apply_for_registration") == {MINISTRY, PROVINCE}


def test_no_registrar_of_foundations_is_claimed_before_the_regulations_of_2004() -> None:
    found = answer(FOUNDATION, datetime.date(2004, 5, 31))
    assert found["registration_authority"].value == "no_body_known"


def test_a_foundation_that_applies_as_a_charity_is_decided_on_in_thirty_days() -> None:
    found = answer(FOUNDATION, registration_status="applied", applies_as_charity=True)
    assert ("decide_registration", MINISTRY) in steps(found)


# Who needs a supervisory unit, and its consent.


@pytest.mark.parametrize(
    ("form", "kind", "licence", "needs"),
    [
        (GROUP, "community_service", False, False),
        (GROUP, "none", False, True),
        (GROUP, "charity", True, False),
        (INSTITUTION, "community_service", False, False),
        (INSTITUTION, "community_service", True, True),
        (INSTITUTION, "charity", True, True),
        (INSTITUTION, "none", False, True),
        (FOUNDATION, "charity", False, False),
        (FOUNDATION, "charity", True, False),
        (FOUNDATION, "community_service", False, True),
        (FOUNDATION, "trade", False, True),
        (FOUNDATION, "none", False, True),
    ],
)
def test_supervision_and_consent_go_together(form: Mapping[str, Value], kind: str, licence: bool, needs: bool) -> None:
    more: Mapping[str, Value] = {"has_licence": True, "has_supervisory_unit_consent": False}
    found = answer({**form, **more}, direct_registration_class=kind, is_licence_required=licence)
    assert named(found, "responsibilities", "role", "supervises") == ({UNIT} if needs else set())
    assert named(found, "next_actions", "step", "obtain_consent") == ({UNIT} if needs else set())
    assert found["needs_supervisory_unit"].value is needs


def test_licence_consent_and_application_come_in_this_order() -> None:
    found = answer(INSTITUTION, is_licence_required=True, has_licence=False, has_supervisory_unit_consent=False)
    assert [step for step, _ in steps(found)] == ["obtain_licence", "obtain_consent", "apply_for_registration"]


def test_an_institution_with_a_licence_reports_to_its_supervisory_unit() -> None:
    registered = {**INSTITUTION, "registration_status": "registered", "registered_on": datetime.date(2016, 5, 1)}
    assert ("report_to_supervisory_unit", UNIT) in steps(answer(registered, is_licence_required=True))
    assert ("report_to_supervisory_unit", UNIT) not in steps(answer(registered))


@pytest.mark.parametrize(("day", "asked"), [(datetime.date(2016, 7, 31), True), (datetime.date(2016, 8, 1), False)])
def test_direct_registration_begins_with_the_opinions_of_2016(day: datetime.date, asked: bool) -> None:
    documents = answer(GROUP, day)["registration_documents"]
    assert ("supervisory_unit_approval" in {str(columns[""]) for _, columns, _ in documents.items}) is asked


def test_a_village_association_has_the_township_for_supervisory_unit_in_every_answer() -> None:
    rules = load_policy("cn-rural-associations", as_of=DAY)
    more: Mapping[str, Value] = {"rural_association_level": "village", "direct_registration_class": "none"}
    found = determine(rules, {**GROUP, **more, "has_supervisory_unit_consent": False})
    assert named(found, "responsibilities", "role", "supervises") == {"township_government"}
    assert named(found, "next_actions", "step", "obtain_consent") == {"township_government"}


# The grounds for refusal and the form.


NO_FOUNDATION = (
    {"is_original_fund_paid_in": False}, {"has_charter": False}, {"has_public_benefit_purpose": False},
    {"foundation_kind": "non_public", "original_fund": Decimal(1_999_999)},
)  # fmt: skip
"""What leaves no form in which registration could be open, beside a ground for refusing the other two forms."""


@pytest.mark.parametrize("facts", NO_FOUNDATION)
def test_registration_is_closed_in_every_form_and_the_form_is_not_asked_for(facts: Mapping[str, Value]) -> None:
    found = answer({"has_unlawful_purpose": True, **facts})
    assert found["registration_open"].status is Status.DETERMINED
    assert found["registration_open"].value is False
    assert not any("registration_open" in missing.settles for missing in found.missing_facts)


@pytest.mark.parametrize("facts", NO_FOUNDATION)
@pytest.mark.parametrize("form", ["social_group", "social_service_institution", "foundation", "none"])
def test_registration_is_closed_in_each_form(facts: Mapping[str, Value], form: str) -> None:
    more: Mapping[str, Value] = {"individual_members": 0, "institutional_members": 0} if form == "none" else {}
    found = answer({"has_unlawful_purpose": True, **more, **facts}, organizational_form=form)
    assert found["registration_open"].value is False
