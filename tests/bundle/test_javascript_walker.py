"""The walker in JavaScript follows the plan of a period when it is told the days that follow from the date."""

import datetime

import pytest

from cso_rules.bundle.opened import Bundle
from tests.bundle_answers import followed_differences
from tests.javascript_walker import walker

pytestmark = pytest.mark.services


@pytest.mark.parametrize("day", ["2025-12-31", "2026-03-31", "2028-02-29"])
@pytest.mark.parametrize("place", ["cn", "4103"])
def test_it_answers_as_the_engine_does_on_a_day_of_a_period(bundle: Bundle, place: str, day: str) -> None:
    with walker() as walked:
        date = datetime.date.fromisoformat(day)
        assert list(followed_differences(walked, bundle, place, date, "organization", 12, 20260301)) == []
