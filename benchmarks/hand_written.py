"""What a competent programmer would write by hand for the tier of one organization, for comparison.

It answers the same eight decisions as the national package with the default readings, and by living here and with
statutory bodies in scope where the law leaves the reading open, under missing facts too, and gives each decision's possible values and the truth of every criterion or row with its citations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Answer = tuple[tuple[object, ...], tuple[tuple[str, str, tuple[str, ...]], ...]]

TRUTHS = {True: "TRUE", False: "FALSE", None: "UNKNOWN"}
VALUES: dict[bool | None, tuple[object, ...]] = {True: (True,), False: (False,), None: (True, False)}
FORMS = ("social_group", "social_service_institution", "foundation")
GROUP, INSTITUTION, FOUNDATION = FORMS
ADMITTED = {"none", "owners_committee", "building_group", "committee_working_body"}
RESIDENTS = {"local_residents", "lives_here_registered_elsewhere"}
INDIVIDUALS, INSTITUTIONS, MIXED, FUNDS = 50, 30, 50, 30000
ORIGINAL_FUND = {"national_public": 8_000_000, "local_public": 4_000_000, "non_public": 2_000_000}
MOST_MEMBERS = 1_000_000


def both(first: bool | None, second: bool | None) -> bool | None:
    if first is False or second is False:
        return False
    return None if first is None or second is None else True


def either(first: bool | None, second: bool | None) -> bool | None:
    if first or second:
        return True
    return None if first is None or second is None else False


def opposite(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def every(truths: list[bool | None]) -> bool | None:
    if False in truths:
        return False
    return None if None in truths else True


def equals(value: object, wanted: object) -> bool | None:
    return None if value is None else value == wanted


def one_of(value: object, wanted: tuple[object, ...]) -> bool | None:
    return None if value is None else value in wanted


def at_least(value: Any, minimum: Any) -> bool | None:
    return None if value is None or minimum is None else value >= minimum


def members(individuals: int | None, institutions: int | None) -> bool | None:
    if individuals is None and institutions is None:
        return None
    if individuals is None:
        assert institutions is not None
        return True if institutions >= MIXED - 1 else None
    if institutions is None:
        return True if individuals >= MIXED else None
    if institutions == 0:
        return individuals >= INDIVIDUALS
    if individuals == 0:
        return institutions >= INSTITUTIONS
    return individuals + institutions >= MIXED


def original_fund(fund: Any, kind: str | None) -> bool | None:
    if kind is not None:
        return at_least(fund, ORIGINAL_FUND[kind])
    if fund is None:
        return None
    if fund >= max(ORIGINAL_FUND.values()):
        return True
    return False if fund < min(ORIGINAL_FUND.values()) else None


def form_rows(declared: str | None, individuals: int | None, institutions: int | None) -> list[bool | None]:
    rows = [equals(declared, form) for form in FORMS]
    if individuals or institutions:
        rows.append(True)
    else:
        rows.append(None if individuals is None or institutions is None else False)
    rows.append(opposite(True if True in rows else None if None in rows else False))
    return rows


def first_outputs(rows: list[bool | None], outputs: tuple[str, ...], order: tuple[str, ...]) -> tuple[object, ...]:
    found = set()
    for truth, output in zip(rows, outputs, strict=True):
        if truth is not False:
            found.add(output)
        if truth:
            break
    return tuple(value for value in order if value in found)


def criterion(applies: bool | None, truth: bool | None) -> bool | None:
    return either(opposite(applies), truth)


def among_forms(possible: tuple[object, ...], wanted: tuple[str, ...]) -> bool | None:
    hits = sum(form in wanted for form in possible)
    return True if hits == len(possible) else None if hits else False


def conditions(facts: Mapping[str, Any], forms: tuple[object, ...]) -> list[bool | None]:
    get = facts.get
    group, institution, foundation = (among_forms(forms, (form,)) for form in FORMS)
    name, structure = get("has_standard_name"), get("has_organizational_structure")
    domicile, staff = get("has_fixed_domicile"), get("has_suitable_full_time_staff")
    liability = get("can_bear_civil_liability")
    return [
        among_forms(forms, FORMS),
        criterion(group, members(get("individual_members"), get("institutional_members"))),
        criterion(group, at_least(get("activity_funds"), FUNDS)),
        criterion(group, get("has_lawful_funds")),
        *(criterion(form, name) for form in (group, institution, foundation)),
        *(criterion(form, structure) for form in (group, institution, foundation)),
        *(criterion(form, domicile) for form in (group, foundation)),
        *(criterion(form, staff) for form in (group, foundation)),
        *(criterion(form, liability) for form in (group, foundation)),
        criterion(institution, get("has_suitable_staff")),
        criterion(institution, get("has_suitable_property")),
        criterion(institution, get("has_premises")),
        criterion(foundation, original_fund(get("original_fund"), get("foundation_kind"))),
        criterion(foundation, get("is_original_fund_paid_in")),
        criterion(foundation, get("has_public_benefit_purpose")),
        criterion(foundation, get("has_charter")),
    ]


def scope(facts: Mapping[str, Any], by_residents: bool | None) -> list[bool | None]:
    get = facts.get
    kinds, special = get("activity_kinds"), get("special_body_kind")
    return [
        by_residents,
        get("is_nonprofit"),
        opposite(get("distributes_profit")),
        special_body(special),
        get("is_active_in_community"),
        None if kinds is None else len(kinds) >= 1,
    ]


def special_body(kind: str | None) -> bool | None:
    return None if kind is None else kind in ADMITTED


def founders(residence: str | None) -> bool | None:
    return None if residence is None else residence in RESIDENTS


def loosely(facts: Mapping[str, Any]) -> list[bool | None]:
    small, temporary, loose = (facts.get(name) for name in ("is_small_scale", "is_temporary", "is_loosely_organized"))
    return [facts.get("is_active_mainly_in_one_community"), every([small, temporary, loose])]


def determine(
    facts: Mapping[str, Any],
    rules: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]],
    memory: dict[Any, Any] | None = None,
) -> dict[str, Answer]:
    """Answer the eight decisions; `rules` gives the id and the citations of every rule, `memory` remembers reasons."""

    def criteria(name: str, truths: list[bool | None], *, fails: bool = False) -> tuple[bool | None, Answer]:
        truth = False if fails else every(truths)
        return truth, (VALUES[truth], reasons(name, truths))

    def reasons(name: str, truths: list[bool | None]) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        if memory is not None:
            key = (name, *truths)
            found = memory.get(key)
            if found is None:
                found = memory[key] = reasons_anew(name, truths)
            return found  # type: ignore[no-any-return]
        return reasons_anew(name, truths)

    def reasons_anew(name: str, truths: list[bool | None]) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        pairs = zip(rules[name], truths, strict=True)
        return tuple((rule, TRUTHS[truth], citations) for (rule, citations), truth in pairs)

    get = facts.get
    valid, answer_valid = criteria("has_valid_registration", [equals(get("registration_status"), "registered")])
    resident, answer_resident = criteria("founded_by_residents", [founders(get("founder_residence"))])
    in_scope, answer_scope = criteria("in_scope", scope(facts, resident))
    rows = form_rows(get("organizational_form"), get("individual_members"), get("institutional_members"))
    forms = first_outputs(rows, (*FORMS, GROUP, "none"), (*FORMS, "none"))
    fails = len(forms) > 1 and all(False in conditions(facts, (form,)) for form in forms)
    able, answer_able = criteria("registration_conditions", conditions(facts, forms), fails=fails)
    loose, answer_loose = criteria("loosely_organized_in_one_community", loosely(facts))
    meets, answer_meets = criteria("meets_registered_tier", [either(valid, able)])
    tier_rows = [opposite(in_scope), meets, loose]
    tier_rows.append(opposite(True if True in tier_rows else None if None in tier_rows else False))
    outputs = ("out_of_scope", "registered", "community_guided", "subdistrict_managed")
    tiers = ("registered", "subdistrict_managed", "community_guided", "out_of_scope")
    return {
        "has_valid_registration": answer_valid,
        "founded_by_residents": answer_resident,
        "in_scope": answer_scope,
        "form_tested": (forms, reasons("form_tested", rows)),
        "registration_conditions": answer_able,
        "meets_registered_tier": answer_meets,
        "loosely_organized_in_one_community": answer_loose,
        "tier": (first_outputs(tier_rows, outputs, tiers), reasons("tier", tier_rows)),
    }
