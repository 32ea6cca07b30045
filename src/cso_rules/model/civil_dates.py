"""Shifts of dates: months and days of the civil calendar, and working days where a calendar covers them.

Every shift is monotone: a later date never becomes an earlier one. So the shift of an interval is the interval of its
shifted ends, and a comparison of one shifted date with a constant is a comparison of the date itself. Dates are
ordinals; a result outside the supported dates becomes the first or the last of them.
"""

from __future__ import annotations

import datetime
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final, assert_never

import attrs

from cso_rules.model.fields import ByFields
from cso_rules.model.types import Interval

FIRST: Final = datetime.date(1900, 1, 1).toordinal()
LAST: Final = datetime.date(2200, 1, 1).toordinal()
EPOCH: Final = datetime.date(1970, 1, 1).toordinal()
"""The day from which databases and Arrow count."""
_SATURDAY: Final = 5
_LEAP_YEARS_APART: Final = 8
_SHANGHAI: Final = datetime.timezone(datetime.timedelta(hours=8), "Asia/Shanghai")
"""No daylight saving time since 1991, so that no table of time zones is needed."""


def today() -> datetime.date:
    """Return the day that it is in Shanghai."""
    return datetime.datetime.now(_SHANGHAI).date()


def day_of_rules(as_of: object) -> datetime.date:
    """Return the day whose rules are asked for.

    Args:
        as_of: A date, a text such as `2018-06-01`, or a moment at midnight without a zone; None is today in Shanghai.

    Raises:
        ArgumentError: It is no day between 1900-01-01 and 2200-01-01, or a moment of which the day is not certain.
    """
    if as_of is None:
        return today()
    found: object = as_of
    if isinstance(as_of, str):
        found = _day_in(as_of)
    elif isinstance(as_of, datetime.datetime) and as_of.timetz() == datetime.time():
        found = as_of.date()
    is_day = isinstance(found, datetime.date) and not isinstance(found, datetime.datetime)
    if isinstance(found, datetime.date) and is_day and FIRST <= found.toordinal() <= LAST:
        return found
    raise _no_day(as_of)


def last_day_before(text: str) -> datetime.date | None:
    """Return the last day before one that no calendar has, such as 2026-02-30; None for a day, or another text."""
    import calendar  # few days are none

    found = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text.strip(), re.ASCII)
    year, month, day = map(int, found.groups()) if found else (0, 1, 1)
    if year < 1:
        return None
    first = datetime.date(year, min(max(month, 1), 12), 1)
    days = calendar.monthrange(first.year, first.month)[1]
    if month == first.month and 1 <= day <= days:
        return None
    is_late = (month, day) > (first.month, days)
    return first.replace(day=days) if is_late else first - datetime.timedelta(days=1)


def _day_in(text: str) -> datetime.date | None:
    try:
        found = datetime.date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.isoformat() == text else None  # not a day written otherwise, such as 20180601


def _no_day(as_of: object) -> Exception:
    from cso_rules.errors import ArgumentError, WrongKindError

    low, high = map(datetime.date.fromordinal, (FIRST, LAST))
    kind = ArgumentError if isinstance(as_of, str | datetime.date) else WrongKindError
    if isinstance(as_of, datetime.datetime):
        return kind(
            f"as_of: {as_of.isoformat()} is a moment, and its day depends on the zone; give the date",
            f"as_of：{as_of.isoformat()} 是时刻，属于哪一天取决于时区；请给出日期",
        )
    shown = str(as_of)[:40] if isinstance(as_of, str | datetime.date) else type(as_of).__name__
    return kind(
        f"as_of: {shown} is no day between {low} and {high}; give a date, or a text such as 2018-06-01",
        f"as_of：{shown} 不是 {low} 至 {high} 之间的日期；请给出日期，或写成 2018-06-01 的形式",
    )


@attrs.frozen(kw_only=True, cache_hash=True, repr=False)
class WorkingDayCalendar(ByFields):
    """Which days are worked, as far as it is known.

    Attributes:
        covered: Spans of days for which everything is known, as (first, last), ascending and apart.
        exceptions: Weekdays that are holidays and days of weekends that are worked, ascending.
    """

    covered: tuple[Interval, ...] = ()
    exceptions: tuple[int, ...] = ()


@attrs.frozen(kw_only=True, repr=False)
class CalendarShift(ByFields):
    """So many months later (on the last day of the month where the day is missing), then so many days."""

    months: int = 0
    days: int = 0


@attrs.frozen(kw_only=True, repr=False)
class WorkingDayShift(ByFields):
    """The working day that comes so many working days after a date; 0 is the date itself."""

    count: int
    calendar: WorkingDayCalendar


Shift = CalendarShift | WorkingDayShift
Shifts = tuple[Shift, ...]


def is_exact(shifts: Iterable[Shift]) -> bool:
    """Tell whether a known date stays a known date, whatever it is."""
    return not any(isinstance(shift, WorkingDayShift) for shift in shifts)


def earliest(shifts: Shifts, day: int) -> int:
    """Return the earliest day that a date, or a later one, may become."""
    day = _within(day)
    for shift in shifts:
        day = _moved(shift, day)[0]
    return day


def latest(shifts: Shifts, day: int) -> int:
    """Return the latest day that a date, or an earlier one, may become."""
    day = _within(day)
    for shift in shifts:
        day = _moved(shift, day)[1]
    return day


def shifted(shifts: Shifts, dates: Interval) -> Interval:
    """Return the days that the dates of an interval may become."""
    return earliest(shifts, dates[0]), latest(shifts, dates[1])


def _within(day: int) -> int:
    return min(max(day, FIRST), LAST)


def _moved(shift: Shift, day: int) -> Interval:
    match shift:
        case CalendarShift(months=months, days=days):
            moved = _within(_months_later(day, months) + days)
            return moved, moved
        case WorkingDayShift():
            return _working_days_later(shift, day)
        case _:
            assert_never(shift)


def _months_later(day: int, months: int) -> int:
    """Return the same day of another month, or its last day; not yet limited when the year is far away."""
    if not months:
        return day
    date = datetime.date.fromordinal(day)
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    if not datetime.MINYEAR <= year < datetime.MAXYEAR:
        return FIRST if months < 0 else LAST
    start = datetime.date(year, month + 1, 1).toordinal()
    following = datetime.date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1).toordinal()
    return min(start + date.day, following) - 1


def _working_days_later(shift: WorkingDayShift, day: int) -> Interval:
    """Return the working day, or between which days it lies when the count leaves what the calendar covers."""
    if not shift.count:
        return day, day
    low, high = min(day + shift.count, LAST), LAST
    for first, days in _worked(shift.calendar):
        if len(days) < shift.count:
            continue
        place = bisect_right(days, day) + shift.count - 1
        if day < first - 1:
            # The first day from which the count is covered lies later, so its working day bounds this one.
            return low, min(high, days[shift.count - 1])
        if place < len(days):
            return days[place], days[place]
        low = max(low, days[-1])
    return low, high


@lru_cache(maxsize=64)
def _worked(known: WorkingDayCalendar) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Return the first day and the working days of every covered span."""
    exceptions = frozenset(known.exceptions)
    return tuple(
        (first, tuple(day for day in range(first, last + 1) if is_weekend(day) is (day in exceptions)))
        for first, last in known.covered
    )


def is_weekend(day: int) -> bool:
    """Tell whether a day is a Saturday or a Sunday."""
    return datetime.date.fromordinal(day).weekday() >= _SATURDAY


def reaching(end: Callable[[Shifts, int], int], shifts: Shifts, target: int) -> int | None:
    """Return the first day whose shifted end (`earliest` or `latest`) reaches the target; None when none does.

    `FIRST` stands for every day up to the first supported one.
    """
    if end(shifts, LAST) < target:
        return None
    return bisect_left(range(LAST + 1), target, lo=FIRST, key=lambda day: end(shifts, day))


def turning_points(shifts: Shifts, target: int) -> tuple[int, ...]:
    """Return the days at which the shifted date surely, or possibly, begins to reach the target."""
    found = (reaching(end, shifts, target) for end in (earliest, latest))
    return tuple(dict.fromkeys(day for day in found if day is not None))


def folded(shifts: Shifts, low: int | None, high: int | None) -> tuple[int | None, int | None] | bool | None:
    """Return the bounds of a date whose shifted date lies between bounds.

    Returns:
        Bounds of the date itself, where None is no bound; a truth when the date does not matter; None when the bounds
        are not sharp, for the calendar of working days does not cover the days around them.
    """
    first = FIRST if low is None else _edge(shifts, low)
    end = LAST + 1 if high is None else _edge(shifts, high + 1)
    if first is None or end is None:
        return None
    if first >= end:
        return False
    bounds = (None if first == FIRST else first, None if end > LAST else end - 1)
    return True if bounds == (None, None) else bounds


def _edge(shifts: Shifts, target: int) -> int | None:
    """Return the first day that reaches the target, the day after the last when none does; None when it is unknown."""
    sure, possible = (reaching(end, shifts, target) for end in (earliest, latest))
    if sure != possible:
        return None
    return LAST + 1 if sure is None else sure


def next_day(day: datetime.date, month: int, day_of_month: int) -> datetime.date | None:
    """Return the first day of this name on or after a date; None when no year has it."""
    for year in range(day.year, min(day.year + _LEAP_YEARS_APART + 1, datetime.MAXYEAR)):
        try:
            found = datetime.date(year, month, day_of_month)
        except ValueError:
            continue
        if found >= day:
            return found
    return None


def calendar_of(covered: Iterable[Interval], exceptions: Iterable[int]) -> WorkingDayCalendar:
    """Return the calendar of covered spans, those that touch joined."""
    joined: list[Interval] = []
    for first, last in sorted(covered):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return WorkingDayCalendar(covered=tuple(joined), exceptions=tuple(sorted(exceptions)))
