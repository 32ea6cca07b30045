"""Deadlines from rule file to answer: computed dates, what is missing for them, and due dates of rows."""

import datetime
import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from cso_rules import explain
from cso_rules.classification import _items
from cso_rules.determination import Determination, Due, Status, to_json
from cso_rules.engine import cache
from cso_rules.engine.determine import determine
from cso_rules.engine.gaps import gaps
from cso_rules.engine.witnesses import witnesses
from cso_rules.executors.single import compiled
from cso_rules.loader import load
from cso_rules.loader.load import check, load_policy
from cso_rules.model.civil_dates import CalendarShift, WorkingDayShift
from cso_rules.model.expressions import Shifted
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain

BASE = Path(__file__).parent / "diagnostics" / "base"
DAY = datetime.date(2024, 3, 1)
SCHEMA = json.loads(Path("src/cso_rules/determination/determination.schema.json").read_text("utf-8"))
FACTS = """  - id: filed_on
    type: date
    label: {zh: 备案日期, en: date of filing}
    question: {zh: 何时备案?, en: When was it filed?}
    definition: {zh: 备案日期, en: date of filing}
    changeable: true
  - id: ended_on
    type: date
    label: {zh: 活动截止日, en: last activity}
    question: {zh: 何时停止?, en: When did it end?}
    definition: {zh: 活动截止日, en: last activity}
  - id: applied_on
    type: date
    label: {zh: 申请日期, en: date of application}
    question: {zh: 何时申请?, en: When did it apply?}
    definition: {zh: 申请日期, en: date of application}
readings:
"""
CALENDAR = """format: 1
years:
  - year: 2024
    source: {zh: 通知, en: notice}
    confidence: P
    holidays: [2024-01-01, 2024-02-12]
    working_weekends: [2024-02-18]
"""
DECISIONS = {
    "expires_on": 'type: date\nvalue: filed_on + duration("P3Y")\ncite: opinions s49\n',
    "renewable_from": 'type: date\nvalue: expires_on - duration("P3M")\ncite: opinions s49\n',
    "answer_by": "type: date\nvalue: working_days(applied_on, 20)\ncite: opinions s49\n",
    "lasting": """criteria:
  - {id: open, label: {zh: 有效, en: open}, when: as_of <= expires_on, cite: opinions s49}
  - id: outlives
    label: {zh: 长于活动, en: outlives}
    when: expires_on > ended_on + duration("P1M")
    cite: opinions s49
""",
    "answered": """criteria:
  - {id: in_time, label: {zh: 按时, en: in time}, when: 'answer_by <= date("2024-03-29")', cite: opinions s49}
""",
    "obligations": """output: duty
hit_policy: rule_order
rules:
  - id: renew
    label: {zh: 换证, en: renew}
    when: as_of >= renewable_from
    then: renew
    due: expires_on
    cite: opinions s49
  - {id: report, label: {zh: 报告, en: report}, when: has_charter, then: report, due: 备案日期, cite: opinions s49}
  - {id: tell, label: {zh: 告知, en: tell}, when: has_charter, then: tell, cite: opinions s49}
""",
}
DUTIES = """  - id: duty
    values:
      - {id: renew, label: {zh: 换证, en: renew}}
      - {id: report, label: {zh: 报告, en: report}}
      - {id: tell, label: {zh: 告知, en: tell}}
facts:
"""


@pytest.fixture(name="package")
def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "base"
    shutil.copytree(BASE, folder)
    vocabulary = (folder / "vocabulary.yaml").read_text(encoding="utf-8")
    vocabulary = vocabulary.replace("readings:\n", FACTS).replace("facts:\n", DUTIES)
    (folder / "vocabulary.yaml").write_text(vocabulary, encoding="utf-8")
    (folder / "calendars").mkdir()
    (folder / "calendars" / "working_days.yaml").write_text(CALENDAR, encoding="utf-8")
    for name, body in DECISIONS.items():
        head = f"format: 1\ndecision: {name}\nlabel: {{zh: {name}甲, en: {name}}}\n"
        (folder / "decisions" / f"{name}.yaml").write_text(head + body, encoding="utf-8")
    return folder


def determined(package: Path, **facts: object) -> Determination:
    policy = load_policy(package, as_of=DAY)
    found = determine(policy, facts)
    assert found.outcomes == determine(policy, facts, engine="reference").outcomes
    return found


def date(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def test_computed_dates_follow_one_another(package: Path) -> None:
    found = determined(package, filed_on=date("2024-02-29"))
    assert found["expires_on"].value == date("2027-02-28")
    assert found["renewable_from"].value == date("2026-11-28")


def test_a_working_day_deadline_is_computed_within_the_calendar_and_open_outside(package: Path) -> None:
    inside, outside = (determined(package, applied_on=date(text)) for text in ("2024-02-09", "2024-12-20"))
    assert inside["answer_by"].value == date("2024-03-08")
    assert inside["answered"].value is True
    assert outside["answer_by"].status is Status.UNDETERMINED
    assert outside["answer_by"].possible == (date("2025-01-09"), date("2200-01-01"))
    assert outside["answered"].value is False


def test_what_a_computed_date_depends_on_is_asked_for(package: Path) -> None:
    missing = [item.name for item in determined(package).missing_facts if "lasting" in item.settles]
    assert missing == ["filed_on", "ended_on"]
    settled = determined(package, filed_on=date("2000-01-01"))
    assert settled["lasting"].value is False
    assert not [item for item in settled.missing_facts if "lasting" in item.settles]


def encoded(policy: Policy, **facts: datetime.date) -> dict[str, Domain]:
    known = {name: fact.type.everything for name, fact in policy.facts.items()}
    known |= {name: reading.type.everything for name, reading in policy.readings.items()}
    return known | {name: policy.facts[name].type.encode(value) for name, value in facts.items()}


def test_a_gap_names_the_nearest_date_with_which_the_deadline_is_met(package: Path) -> None:
    policy = load_policy(package, as_of=DAY)
    known = encoded(policy, filed_on=date("2020-01-01"), ended_on=date("2025-06-15"))
    (gap,) = gaps(policy, known, "lasting", True)
    assert gap == {"filed_on": date("2022-07-16").toordinal()}


def test_both_answers_have_an_example(package: Path) -> None:
    policy = load_policy(package, as_of=DAY)
    known = encoded(policy, ended_on=date("2025-06-15"))
    found = dict(witnesses(policy, known, "lasting"))
    assert set(found) == {True, False}
    for answer, completion in found.items():
        facts = {"ended_on": date("2025-06-15"), **completion}
        assert determine(policy, facts)["lasting"].value is answer


def test_the_due_date_of_a_row_is_that_of_its_decision_or_fact(package: Path) -> None:
    found = determined(package, filed_on=date("2021-04-30"), has_charter=True)
    dues = {rule.id: found.due_of(rule) for rule, _, _ in found["obligations"].items}
    due = Due(earliest=date("2024-04-30"), latest=date("2024-04-30"))
    assert dues == {"renew": due, "report": Due(earliest=date("2021-04-30"), latest=date("2021-04-30")), "tell": None}
    assert due.date == date("2024-04-30")


def test_an_open_due_date_is_an_interval_and_does_not_open_the_decision(package: Path) -> None:
    found = determined(package, has_charter=True)
    report = next(rule for rule, _, _ in found["obligations"].items if rule.id == "report")
    due = found.due_of(report)
    assert due == Due(earliest=date("1900-01-01"), latest=date("2200-01-01"))
    assert due is not None
    assert due.date is None
    assert [item.due for item in _items(found, "obligations") if item.value == "report"] == [due]


def test_due_dates_are_in_the_json_form(package: Path) -> None:
    form = json.loads(json.dumps(to_json(determined(package, filed_on=date("2021-04-30"), has_charter=True))))
    jsonschema.validate(form, SCHEMA)
    items = {item["rule"]: item["due"] for item in form["decisions"]["obligations"]["items"]}
    assert items["renew"] == {"earliest": "2024-04-30", "latest": "2024-04-30"}
    assert items["tell"] is None


@pytest.mark.parametrize(
    ("language", "known", "unknown"),
    [
        ("zh", "换证；期限：2024-04-30 前（含当日）", "报告；期限待定"),
        ("en", "renew; due by 2024-04-30 (that day included)", "report; due date not settled yet"),
    ],
)
def test_the_notice_says_until_when(package: Path, language: str, known: str, unknown: str) -> None:
    assert known in explain(determined(package, filed_on=date("2021-04-30"), has_charter=True), language)
    assert unknown in explain(determined(package, has_charter=True), language)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("zh", "备案日期：2020-01-01，早于要求的2021-03-01，相差425天"),
        ("en", "date of filing: 2020-01-01, 425 days before the required 2021-03-01"),
    ],
)
def test_a_reason_about_dates_speaks_of_before_and_after(package: Path, language: str, expected: str) -> None:
    path = package / "decisions" / "lasting.yaml"
    text = path.read_text(encoding="utf-8").replace("as_of <= expires_on", 'as_of <= filed_on + duration("P3Y")')
    path.write_text(text, encoding="utf-8")
    found = determined(package, filed_on=date("2020-01-01"), ended_on=date("2020-02-01"))
    assert expected in explain(found, language, decision="lasting")


def test_a_reason_about_working_days_names_the_shift(package: Path) -> None:
    path = package / "decisions" / "answered.yaml"
    text = path.read_text(encoding="utf-8").replace(
        'answer_by <= date("2024-03-29")', 'working_days(applied_on, 20) <= date("2025-06-01")'
    )
    path.write_text(text, encoding="utf-8")
    found = determined(package, applied_on=date("2026-01-01"))
    assert "date of application plus 20 working days: at least 2026-01-21" in explain(found, "en", decision="answered")
    assert "申请日期后第20个工作日：至少2026-01-21" in explain(found, "zh", decision="answered")


@pytest.mark.parametrize(
    ("due", "code"), [("expires", "unknown-name"), ("has_charter", "wrong-type"), ("minimum_members", "wrong-type")]
)
def test_a_due_that_is_no_date_is_a_fault_with_a_place(package: Path, due: str, code: str) -> None:
    path = package / "decisions" / "obligations.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("due: expires_on", f"due: {due}"), encoding="utf-8")
    (fault,) = (found for found in check(package, as_of=DAY) if found.severity == "error")
    assert fault.code == code
    assert fault.span is not None
    assert fault.span.source.text[fault.span.start : fault.span.end] == due


def fail_to_load(*_: object, **__: object) -> None:
    message = "the rule files were read"
    raise AssertionError(message)


def test_a_policy_with_shifts_and_due_dates_survives_the_cache(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSO_RULES_CACHE", str(tmp_path / "cache"))
    cache._cached.cache_clear()
    expected = cache.load_policy(package, as_of=DAY)
    cache._cached.cache_clear()
    monkeypatch.setattr(load, "load_rules", fail_to_load)
    actual = cache.load_policy(package, as_of=DAY)
    assert actual == expected
    assert actual is not expected
    shifts = {
        shift
        for decision in actual.decisions.values()
        for case in getattr(decision, "cases", ())
        for term in case.terms
        if isinstance(term.quantity, Shifted)
        for shift in term.quantity.shifts
    }
    assert {type(shift) for shift in shifts} == {CalendarShift, WorkingDayShift}
    facts = {"filed_on": date("2024-02-29"), "applied_on": date("2024-02-09")}
    assert determine(actual, facts).outcomes == determine(expected, facts, engine="reference").outcomes
    cache._cached.cache_clear()


def test_the_generated_program_holds_the_shifts_as_plain_numbers(package: Path) -> None:
    text = compiled.source(load_policy(package, as_of=DAY))
    assert "calendarshift(36, 0)" in text
    assert "workingdays(20, " in text
