import datetime

import pytest

from cso_rules import classify, explain
from cso_rules.classification import Classification

CLUB = {"founder_residence": "local_residents", "is_nonprofit": True, "community_type": "urban"}


def classified(**facts: object) -> Classification:
    return classify({**CLUB, **facts}, as_of=datetime.date(2020, 1, 1))


@pytest.mark.parametrize(("language", "last"), [("zh", "工作人员作出决定"), ("en", "an official decides")])
def test_last_line_says_who_decides(language: str, last: str) -> None:
    notice = explain(classified().determination, language)
    assert last in notice.splitlines()[-1]


def test_name_stands_in_the_heading() -> None:
    assert "舞蹈队" in explain(classified().determination, name="舞蹈队").splitlines()[0]


def test_failing_number_says_by_how_much() -> None:
    facts = {"individual_members": 32, "institutional_members": 0, "organizational_form": "social_group"}
    notice = explain(classified(**facts).determination)
    assert "差18" in notice


def test_no_notice_in_an_unknown_language() -> None:
    with pytest.raises(ValueError, match="no notices"):
        explain(classified().determination, "fr")


SHORT_OF_MEMBERS = {
    "is_active_in_community": True,
    "special_body_kind": "none",
    "distributes_profit": False,
    "activity_kinds": frozenset({"culture_sports_recreation"}),
    "subdistrict_unit_kind": "subdistrict",
    "registration_status": "not_registered",
    "organizational_form": "social_group",
    "individual_members": 32,
    "institutional_members": 0,
    "activity_funds": 50_000,
    "has_lawful_funds": True,
    "has_standard_name": True,
    "has_organizational_structure": True,
    "has_fixed_domicile": True,
    "has_suitable_full_time_staff": True,
    "can_bear_civil_liability": True,
    "is_active_mainly_in_one_community": False,
}


@pytest.mark.parametrize(
    ("language", "heading", "change"),
    [
        ("zh", "距离“依法登记”还差", "个人会员数由32人增加到50人（增加18人）"),
        ("en", "Short of “registered” by", "raise individual members from 32 persons to 50 persons (by 18 persons)"),
    ],
)
def test_gap_says_the_smallest_change(language: str, heading: str, change: str) -> None:
    notice = explain(classified(**SHORT_OF_MEMBERS).determination, language)
    assert heading in notice
    assert change in notice


@pytest.mark.parametrize(("language", "needed"), [("zh", "此外还须查明：活动资金"), ("en", "besides: activity funds")])
def test_gap_names_facts_still_needed(language: str, needed: str) -> None:
    known = {name: value for name, value in SHORT_OF_MEMBERS.items() if name != "activity_funds"}
    assert needed in explain(classified(**known).determination, language)


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("zh", ["应当：坚持党的领导（由地方有关部门承担）", "能力建设措施：应予推动：人才培养、"]),
        ("en", ["must: uphold Party leadership (by: local authorities)", "capability measures: should be promoted: "]),
    ],
)
def test_lists_say_how_strong_the_wording_is(language: str, lines: list[str]) -> None:
    notice = explain(classified(**SHORT_OF_MEMBERS).determination, language)
    assert all(line in notice for line in lines)


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "鼓励（不是应得待遇）："), ("en", "encouraged, not an entitlement: ")]
)
def test_encouraged_is_no_entitlement(language: str, words: str) -> None:
    facts = SHORT_OF_MEMBERS | {"party_members": 1, "person_in_charge_is_party_member": False}
    assert words in explain(classified(**facts).determination, language)


def test_open_items_stand_in_one_line() -> None:
    lines = explain(classified(**SHORT_OF_MEMBERS).determination).splitlines()
    assert sum(line.startswith("还可能适用（待补充情况后确定）：") for line in lines) == 1


def test_unreported_fact_is_said_once() -> None:
    known = {name: value for name, value in SHORT_OF_MEMBERS.items() if name != "activity_funds"}
    notice = explain(classified(**known | {"individual_members": 60}).determination)
    assert "“登记条件”尚不能确定：活动资金：未填报" in notice.splitlines()


def test_best_tier_lists_no_unmet_criteria() -> None:
    notice = explain(classified(**SHORT_OF_MEMBERS | {"individual_members": 60}).determination)
    assert "管理类别：依法登记。" in notice
    assert "未达到" not in notice
    assert "距离" not in notice
