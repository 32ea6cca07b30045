"""Shifts of dates by months, days and working days."""

import datetime
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cso_rules.model.civil_dates import (
    FIRST,
    LAST,
    CalendarShift,
    Shifts,
    WorkingDayCalendar,
    WorkingDayShift,
    calendar_of,
    earliest,
    folded,
    last_day_before,
    latest,
    next_day,
    shifted,
)
from tests.strategies import CALENDAR, shifts


def day(text: str) -> int:
    return datetime.date.fromisoformat(text).toordinal()


def moved(text: str, *steps: CalendarShift | WorkingDayShift) -> tuple[str, str]:
    first, last = shifted(steps, (day(text), day(text)))
    return datetime.date.fromordinal(first).isoformat(), datetime.date.fromordinal(last).isoformat()


@pytest.mark.parametrize(
    ("start", "months", "days", "expected"),
    [
        ("2024-02-29", 12, 0, "2025-02-28"),
        ("2024-02-29", 48, 0, "2028-02-29"),
        ("2024-01-31", 1, 0, "2024-02-29"),
        ("2023-01-31", 1, 0, "2023-02-28"),
        ("2023-12-31", 2, 0, "2024-02-29"),
        ("2024-03-31", -1, 0, "2024-02-29"),
        ("2024-01-15", -1, 0, "2023-12-15"),
        ("2024-05-31", 1, 1, "2024-07-01"),
        ("2024-03-01", 0, -1, "2024-02-29"),
        ("2017-12-27", 18, 0, "2019-06-27"),
        ("2199-06-01", 12, 0, "2200-01-01"),
        ("2199-06-01", 120_000, 0, "2200-01-01"),
        ("1900-02-01", -12, 0, "1900-01-01"),
        ("1900-02-01", -120_000, 0, "1900-01-01"),
    ],
)
def test_months_keep_the_day_or_take_the_last_of_the_month_and_stay_within_the_supported_dates(
    start: str, months: int, days: int, expected: str
) -> None:
    assert moved(start, CalendarShift(months=months, days=days)) == (expected, expected)


def test_shifts_follow_one_another() -> None:
    month = CalendarShift(months=1)
    assert moved("2024-01-31", month, month)[0] == "2024-03-29"
    assert moved("2024-01-31", CalendarShift(months=2))[0] == "2024-03-31"


SPRING = calendar_of(
    [(day("2024-01-01"), day("2024-12-31")), (day("2025-01-01"), day("2025-12-31"))],
    map(day, ["2024-02-12", "2024-02-13", "2024-02-14", "2024-02-15", "2024-02-16", "2024-02-04", "2024-02-18"]),
)


def test_years_that_touch_are_one_span() -> None:
    assert SPRING.covered == ((day("2024-01-01"), day("2025-12-31")),)


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        ("2024-02-08", 0, "2024-02-08"),
        ("2024-02-10", 0, "2024-02-10"),
        ("2024-02-08", 1, "2024-02-09"),
        ("2024-02-09", 1, "2024-02-18"),
        ("2024-02-09", 2, "2024-02-19"),
        ("2024-02-02", 1, "2024-02-04"),
        ("2024-12-31", 1, "2025-01-01"),
        ("2023-12-31", 1, "2024-01-01"),
        ("2025-12-30", 1, "2025-12-31"),
    ],
)
def test_working_days_pass_over_the_new_year_holiday_and_count_worked_weekends(
    start: str, count: int, expected: str
) -> None:
    assert moved(start, WorkingDayShift(count=count, calendar=SPRING)) == (expected, expected)


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        ("2025-12-31", 1, ("2026-01-01", "2200-01-01")),
        ("2025-12-31", 30, ("2026-01-30", "2200-01-01")),
        ("2023-12-30", 1, ("2023-12-31", "2024-01-01")),
        ("2000-01-01", 5, ("2000-01-06", "2024-01-05")),
        ("2100-01-01", 5, ("2100-01-06", "2200-01-01")),
        ("2024-01-01", 5000, ("2037-09-09", "2200-01-01")),
    ],
)
def test_a_count_that_leaves_the_calendar_is_not_guessed(start: str, count: int, expected: tuple[str, str]) -> None:
    assert moved(start, WorkingDayShift(count=count, calendar=SPRING)) == expected


def test_without_a_calendar_only_the_order_of_days_is_known() -> None:
    shift = WorkingDayShift(count=3, calendar=WorkingDayCalendar())
    assert moved("2024-01-01", shift) == ("2024-01-04", "2200-01-01")


days = st.integers(FIRST - 500, LAST + 500) | st.integers(736_900, 737_200)


@given(shifts(), days, st.integers(0, 60))
def test_a_later_date_never_becomes_an_earlier_one(steps: Shifts, start: int, distance: int) -> None:
    assert earliest(steps, start) <= earliest(steps, start + distance)
    assert latest(steps, start) <= latest(steps, start + distance)
    assert earliest(steps, start) <= latest(steps, start)


@given(st.integers(736_985, 737_085), st.integers(1, 25))
def test_the_bounds_of_an_uncovered_date_hold_for_every_way_the_missing_days_may_be(start: int, count: int) -> None:
    low, high = shifted((WorkingDayShift(count=count, calendar=CALENDAR),), (start, start))
    for holidays in ((), range(737_031, 737_050), range(737_086, 737_200)):
        whole = calendar_of([(736_900, 737_400)], {*CALENDAR.exceptions, *_weekdays(holidays)})
        one, two = shifted((WorkingDayShift(count=count, calendar=whole),), (start, start))
        assert one == two
        assert low <= one <= high


def _weekdays(days: object) -> list[int]:
    return [one for one in days if datetime.date.fromordinal(one).weekday() < 5]  # type: ignore[attr-defined]


bounds = st.none() | st.integers(736_900, 737_250)


@given(shifts(), bounds, bounds)
def test_a_folded_comparison_says_the_same_on_every_date(steps: Shifts, low: int | None, high: int | None) -> None:
    found = folded(steps, low, high)
    for one in (FIRST - 9, FIRST, *range(736_850, 737_300), LAST, LAST + 9):
        first, last = shifted(steps, (one, one))
        surely = (low is None or low <= first) and (high is None or last <= high)
        possibly = (low is None or low <= last) and (high is None or first <= high)
        if found is None:
            continue
        if isinstance(found, bool):
            assert surely is possibly is found
        else:
            assert surely is possibly is _lies(one, found)


def _lies(one: int, bounds: tuple[int | None, int | None]) -> bool:
    low, high = bounds
    return (low is None or low <= one) and (high is None or one <= high)


@given(st.builds(CalendarShift, months=st.integers(-60, 60), days=st.integers(-90, 90)), bounds, bounds)
def test_a_comparison_with_months_and_days_always_folds(
    shift: CalendarShift, low: int | None, high: int | None
) -> None:
    assert folded((shift,), low, high) is not None


def test_no_bound_that_can_be_reached_is_false_and_none_at_all_is_true() -> None:
    year = (CalendarShift(months=12),)
    assert folded(year, LAST + 1, None) is False
    assert folded(year, None, FIRST) is False
    assert folded(year, FIRST, LAST) is True
    assert folded(year, None, None) is True


@pytest.mark.parametrize(
    ("as_of", "month", "day_of_month", "expected"),
    [
        ("2024-03-31", 3, 31, "2024-03-31"),
        ("2024-04-01", 3, 31, "2025-03-31"),
        ("2023-03-01", 2, 29, "2024-02-29"),
        ("2096-03-01", 2, 29, "2104-02-29"),
    ],
)
def test_the_next_day_of_a_name(as_of: str, month: int, day_of_month: int, expected: str) -> None:
    assert next_day(datetime.date.fromisoformat(as_of), month, day_of_month) == datetime.date.fromisoformat(expected)


@pytest.mark.parametrize(("month", "day_of_month"), [(2, 30), (13, 1), (0, 1), (4, 31)])
def test_a_day_that_no_year_has(month: int, day_of_month: int) -> None:
    assert next_day(datetime.date(2024, 1, 1), month, day_of_month) is None


def test_the_search_finds_the_same_threshold_as_a_table() -> None:
    steps = (CalendarShift(months=1),)
    table = [earliest(steps, one) for one in range(day("2024-01-01"), day("2024-04-01"))]
    target = day("2024-02-29")
    found = folded(steps, target, None)
    assert found == (day("2024-01-01") + bisect_left(table, target), None)


@pytest.mark.parametrize(
    ("text", "before"),
    [("2026-02-30", "2026-02-28"), ("2024-02-30", "2024-02-29"), ("2026-4-31", "2026-04-30"),
     ("2026-13-05", "2026-12-31"), ("2026-00-10", "2025-12-31"), ("2026-02-00", "2026-01-31"),
     ("2026-02-28", None), ("2024-02-29", None), ("2026/02/30", None), ("0000-02-30", None), ("soon", None)],
)  # fmt: skip
def test_the_last_day_before_one_that_no_calendar_has(text: str, before: str | None) -> None:
    found = last_day_before(text)
    assert (None if found is None else found.isoformat()) == before
