"""What an open number or date may be is said as a range, with those ends that rules and facts give."""

import datetime
from pathlib import Path
from typing import Any

import pytest

from cso_rules.engine.cache import load_policy
from cso_rules.engine.determine import determine
from cso_rules.explanation.account import Account
from cso_rules.model.types import Between
from tests.cases.small_package import answered, package

CITY = Path(__file__).parents[1] / "packages" / "lantern_city"
DAY = datetime.date(2024, 3, 1)
FILED = {"filed_on": datetime.date(2024, 1, 1)}
SINCE = {"applied_on": Between(low=datetime.date(2024, 2, 1), high=None)}


@pytest.mark.parametrize(
    ("facts", "decision", "zh", "en"),
    [
        ({"serves_old": True, "staff": 100}, "grant", "500元至1,500元", "500 yuan to 1,500 yuan"),
        ({"serves_old": True}, "grant", "至少500元", "at least 500 yuan"),
        ({"staff": 100}, "greatest_grant", "500元至1,000元或无", "500 yuan to 1,000 yuan or none"),
        ({}, "greatest_grant", "任何数额或无", "any number or none"),
        (FILED, "filing_expires_on", "不晚于2027-01-01或无", "no later than 2027-01-01 or none"),
        ({**FILED, "is_exempt": False}, "duties_renew_due", "不晚于2026-10-01", "no later than 2026-10-01"),
        (SINCE, "decision_due_on", "不早于2024-02-21", "no earlier than 2024-02-21"),
        ({}, "decision_due_on", "任何一天", "any day"),
    ],
)
def test_a_number_or_date_is_told_as_a_range(facts: dict[str, Any], decision: str, zh: str, en: str) -> None:
    found = determine(load_policy(CITY, as_of=DAY), facts)
    told = {language: Account.of(found, language).possible(found[decision]) for language in ("zh", "en")}
    assert told == {"zh": zh, "en": en}


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({"individual_members": 7}, "double: 14."),
        ({"individual_members": Between(low=5, high=8)}, "double: not yet settled; it may be 10 to 16."),
        ({"individual_members": Between(low=5, high=None)}, "double: not yet settled; it may be at least 10."),
        ({}, "double: not yet settled; it may be any number."),
    ],
)
def test_no_end_is_told_that_comes_of_the_greatest_of_all_numbers(
    tmp_path: Path, facts: dict[str, Any], text: str
) -> None:
    body = "label: {zh: 两倍, en: double}\ntype: integer\nvalue: 2 * individual_members\ncite: opinions s49\n"
    found = answered(package(tmp_path, {"double": body}), facts)
    assert Account.of(found, "en").sentence(found["double"]) == text
