"""Dates moved by months, days and working days, as whole numbers: the same result in every database.

Databases differ in what a month after the 31st is, so the calendar is computed here from the day number. Working days
become a list of spans in which so many days are added.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from itertools import pairwise

import attrs

from cso_rules.executors.sql.columns import Columns
from cso_rules.executors.sql.dialects import Dialect, NotInSqlError
from cso_rules.executors.sql.expressions import End
from cso_rules.executors.sql.nodes import Group, Name, Part, added, chosen, compared, number
from cso_rules.model.civil_dates import FIRST, LAST, CalendarShift, Shift, Shifts, earliest, latest
from cso_rules.model.types import Interval

_MOST_MONTHS = 12 * 1000
_MOST_SPANS = 2000
_BEFORE = 305
"""Days from 1 March of the year 0 to the day before the first ordinal."""


@attrs.define
class MovedDates:
    """Defines the columns of moved dates, each once.

    Attributes:
        decision: What is being written, for messages.
    """

    dialect: Dialect
    columns: Columns
    decision: str = ""
    known: dict[tuple[Part, Shift, End], Name] = attrs.field(factory=dict)

    def __call__(self, date: Part, shifts: Shifts, end: End, inside: Interval) -> Part:
        """Return the column of one end of a date after all shifts."""
        column = date if inside[0] >= FIRST and inside[1] <= LAST else _limited(date)
        for shift in shifts:
            key = (column, shift, end)
            if key not in self.known:
                self.known[key] = self._moved(column, shift, end)
            column = self.known[key]
        return column

    def _moved(self, date: Part, shift: Shift, end: End) -> Name:
        stem = f"moved_date_{len(self.known)}"
        if not isinstance(shift, CalendarShift):
            return self.columns.define(stem, end, _spans_case(date, shift, end, self.decision))
        moved = self._months_later(stem, date, shift.months) if shift.months else date
        return self.columns.define(stem, end, _limited(added([moved, number(shift.days)]) if shift.days else moved))

    def _months_later(self, stem: str, date: Part, months: int) -> Part:
        """Define what the day is, and return the last of: the same day of the other month, its last day."""
        if abs(months) > _MOST_MONTHS:
            raise NotInSqlError(
                f"{self.decision}: a shift by {months} months cannot be written as SQL",
                f"{self.decision}：{months} 个月的推移无法写成 SQL",
            )
        define, divided = functools.partial(self.columns.define, stem), self.dialect.divided
        era = define("era", divided(_sum(date, _BEFORE), 146_097))
        day = define("day", _sum(date, _BEFORE, _times(-146_097, era)))
        leap = _sum(day, _minus(divided(day, 1460)), divided(day, 36_524), _minus(divided(day, 146_096)))
        years = define("years", divided(leap, 365))
        before = _sum(_times(365, years), divided(years, 4), _minus(divided(years, 100)))
        of_year = define("day_of_year", _sum(day, _minus(before)))
        month = define("month", divided(_sum(_times(5, of_year), 2), 153))
        of_month = define("day_of_month", _sum(of_year, _minus(divided(_sum(_times(153, month), 2), 5)), 1))
        target = define("months", _sum(_times(12, _sum(years, _times(400, era))), month, months))
        start, following = (self._start_of_month(stem, target, later) for later in (0, 1))
        reached = _sum(start, of_month)
        return _sum(chosen([(compared(reached, "<", following), reached)], following), -1)

    def _start_of_month(self, stem: str, target: Part, later: int) -> Part:
        """Define the day before a month begins, which is so many months after March of the year 0."""
        divided = self.dialect.divided
        year = self.columns.define(stem, f"year_{later}", divided(_sum(target, later), 12))
        place = _sum(target, later, _times(-12, year))
        leap = _sum(divided(year, 4), _minus(divided(year, 100)), divided(year, 400))
        start = _sum(_times(365, year), leap, divided(_sum(_times(153, place), 2), 5), -_BEFORE)
        return self.columns.define(stem, f"start_{later}", start)


def _sum(*parts: Part | int) -> Part:
    return added([number(part) if isinstance(part, int) else part for part in parts])


def _times(factor: int, part: Part) -> Part:
    return Group("(", (number(factor), part), " * ", ")")


def _minus(part: Part) -> Part:
    return _times(-1, part)


def _limited(date: Part) -> Part:
    return chosen([(compared(date, "<", FIRST), number(FIRST)), (compared(date, ">", LAST), number(LAST))], date)


def _spans_case(date: Part, shift: Shift, end: End, decision: str) -> Part:
    """Write a step function of days: in each span so many days are added, or the day is always the same."""
    spans = _spans_of(shift, end)
    if len(spans) > _MOST_SPANS:
        raise NotInSqlError(
            f"{decision}: working days over so long a calendar cannot be written as SQL",
            f"{decision}：工作日历太长，无法写成 SQL",
        )
    tried = [(compared(date, "<", following[0]), _value(date, span)) for span, following in pairwise(spans)]
    return chosen(tried, _value(date, spans[-1]))


Span = tuple[int, int, bool]
"""First day, and either what is added to a day or the day that all become."""


def _value(date: Part, span: Span) -> Part:
    _, days, is_added = span
    return _sum(date, days) if is_added else number(days)


@functools.lru_cache(maxsize=64)
def _spans_of(shift: Shift, end: End) -> tuple[Span, ...]:
    return tuple(_spans(shift, end))


def _spans(shift: Shift, end: End) -> Iterator[Span]:
    move = earliest if end == "least" else latest
    start = FIRST
    values = [move((shift,), day) for day in range(FIRST, LAST + 1)]
    while start <= LAST:
        value = values[start - FIRST]
        alike, moving = start, start
        while alike < LAST and values[alike + 1 - FIRST] == value:
            alike += 1
        while moving < LAST and values[moving + 1 - FIRST] - value == moving + 1 - start:
            moving += 1
        yield (start, value, False) if alike > moving else (start, value - start, True)
        start = max(alike, moving) + 1
