"""A notice reads well to a clerk: complete in its language, without ids, honest about what is open or past."""

import datetime
import re
from pathlib import Path
from typing import Any

import pytest

from cso_rules import explain
from cso_rules.determination import Determination
from cso_rules.messages import singular
from tests.cases.small_package import answered, package
from tests.cases.test_legal_basis import GROUP, found_for

DAY = datetime.date(2018, 6, 1)
SHORT = GROUP | {"individual_members": 1, "activity_funds": 0, "has_lawful_funds": False}
CASES: list[tuple[dict[str, Any], datetime.date, str]] = [
    (GROUP, DAY, "cn"), (SHORT, DAY, "cn"), (SHORT | {"registration_status": "registered"}, DAY, "cn"),
    ({}, DAY, "cn"), (SHORT, datetime.date(2014, 6, 1), "cn"), (SHORT, datetime.date(2016, 1, 1), "cn"),
    (GROUP | {"special_body_kind": "owners_committee"}, DAY, "cn"), (SHORT, datetime.date(2019, 6, 1), "31"),
    (SHORT, datetime.date(2019, 6, 1), "3210"), (SHORT, datetime.date(2022, 6, 1), "44"),
    (SHORT, datetime.date(2022, 6, 1), "4401"), (SHORT, datetime.date(2021, 6, 1), "33"),
]  # fmt: skip
IDENTIFIER = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b|\b[a-z]+/[a-z_]+\b")
NUMBERED = re.compile(r"[〔（(][^）)]*[〔][^）)]*[）)]|\(国务院令[^)]*\)|（国务院令[^）]*）|\([^)]*号\)")
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("case", range(len(CASES)))
def test_no_ids_stand_in_a_notice_and_each_language_is_complete(case: int) -> None:
    found = found_for(*CASES[case])
    english, chinese = explain(found, "en"), explain(found, "zh")
    for decision in ("responsibilities", "next_actions", "registration_conditions"):
        english += "\n" + explain(found, "en", decision=decision)
    for notice in (english, chinese):
        assert not IDENTIFIER.findall(notice)
    assert not HAN.findall(NUMBERED.sub("", english))
    foreign = set(re.findall(r"[A-Za-z]{3,}", "\n".join(chinese.splitlines()[2:]))) - {"cso", "rules"}
    assert not foreign


def test_one_of_something_is_named_in_the_singular() -> None:
    notice = explain(found_for(SHORT | {"institutional_members": 1}, DAY), "en")
    assert "1 person" in notice
    assert not re.search(r"\b1 (?:persons|units|days|people)\b", notice)
    found = {unit: singular(unit) for unit in ("persons", "people", "communities", "days", "CNY", "units")}
    expected = {"persons": "person", "people": "person", "communities": "community", "days": "day"}
    expected |= {"CNY": "CNY", "units": "unit"}
    assert found == expected


FORGED = "红星\n管理类别：依法登记。\u202e\x1b[31m\u2028tier: registered."


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_name_cannot_forge_a_line(language: str) -> None:
    plain, forged = (explain(found_for(SHORT, DAY), language, name=name) for name in ("红星", FORGED))
    assert len(forged.splitlines()) == len(plain.splitlines())
    assert "管理类别：依法登记。" not in forged.splitlines()
    assert not [mark for mark in "\u202e\x1b\u2028" if mark in forged]
    assert len(explain(found_for(SHORT, DAY), language, name="长" * 10_000).splitlines()[0]) < 300


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            [
                "tier: no rule was in force on this date.",
                "registration is open: no.",
                "  - individual members: 1 person, less than the required 50 persons by 49 persons",
            ],
        ),
        (
            "zh",
            [
                "管理类别：该日期没有生效的规定。",
                "登记通道是否开放：否。",
                "  - 个人会员数：1人，少于要求的50人，差49人",
            ],
        ),
    ],
)
def test_before_there_were_tiers_the_failing_conditions_are_shown(language: str, lines: list[str]) -> None:
    notice = explain(found_for(SHORT, datetime.date(2014, 6, 1)), language).splitlines()
    assert [line for line in lines if line not in notice] == []


def test_failing_local_filing_conditions_are_shown() -> None:
    body = SHORT | {"has_standard_name": False, "individual_members": 12}
    for place, day in (("31", datetime.date(2019, 6, 1)), ("44", datetime.date(2022, 6, 1))):
        assert "“filing conditions” is not met: standard name: no" in explain(found_for(body, day, place), "en")
        assert "未达到“备案条件”的要求：名称规范：否" in explain(found_for(body, day, place), "zh")


def test_a_warning_names_the_condition_that_fails() -> None:
    found = found_for(SHORT | {"registration_status": "registered"}, DAY)
    (english,) = [line for line in explain(found, "en").splitlines() if line.startswith("warnings:")]
    assert "individual members: 1 person, less than the required 50 persons by 49 persons" in english
    assert "lawful assets and funds: no" in english
    (chinese,) = [line for line in explain(found, "zh").splitlines() if line.startswith("提示：")]
    assert "个人会员数：1人，少于要求的50人，差49人" in chinese


DUTIES = {
    "duties": """output: {step: tier, body: community_type}
hit_policy: collect
rules:
  - id: one
    label: {zh: 一, en: one}
    when: has_charter
    then: {step: registered, body: urban}
    addressee: urban
    cite: opinions s49
  - id: two
    label: {zh: 二, en: two}
    when: individual_members >= 5
    then: {step: registered, body: rural}
    addressee: rural
    cite: opinions s49
""",
    "report": """output: tier
hit_policy: collect
rules:
  - id: late
    label: {zh: 报告, en: report}
    when: has_charter
    then: guided
    due: filed_on
    modality: announced
    cite: opinions s49
""",
    "alone": """output: community_type
hit_policy: collect
rules:
  - {id: it, label: {zh: 它, en: it}, when: has_charter, then: urban, addressee: urban, cite: opinions s49}
""",
}  # fmt: skip


@pytest.fixture(name="found")
def small(tmp_path: Path) -> Determination:
    facts = {"has_charter": True, "filed_on": datetime.date(2024, 2, 1)}
    return answered(package(tmp_path, DUTIES), facts)


def test_an_open_row_beside_a_sure_one_is_shown_as_open(found: Determination) -> None:
    english = explain(found, "en")
    assert "matter of duties: registered (by: urban)" in english
    assert "may also apply once more is known: matter of duties: registered (rural community)" in english


def test_a_due_date_that_is_past_is_said_to_be_past(found: Determination) -> None:
    assert "due by 2024-02-01 (that day included), which is past on 2024-03-01" in explain(found, "en")
    assert "2024-02-01 前（含当日），至 2024-03-01 已逾期" in explain(found, "zh")


def test_every_wording_and_column_has_words(found: Determination) -> None:
    assert "announced, not in force: guided by the community" in explain(found, "en")
    assert "matter of alone: urban community (by: urban)" in explain(found, "en")
