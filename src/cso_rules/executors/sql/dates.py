"""Dates moved by months, days and working days, as whole numbers: the same result in every database.

Databases differ in what a month after the 31st is, so the calendar is computed here from the day number. Working days
become a list of spans in which so many days are added.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import attrs

from cso_rules.executors.sql.columns import Columns
from cso_rules.executors.sql.dialects import Dialect, NotInSqlError
from cso_rules.executors.sql.expressions import End
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
    known: dict[tuple[str, Shift, End], str] = attrs.field(factory=dict)

    def __call__(self, text: str, shifts: Shifts, end: End, inside: Interval) -> str:
        """Return the column of one end of a date after all shifts."""
        column = self._limited(text, inside)
        for shift in shifts:
            key = (column, shift, end)
            if key not in self.known:
                self.known[key] = self._moved(column, shift, end)
            column = self.known[key]
        return column

    def _limited(self, text: str, inside: Interval) -> str:
        if inside[0] >= FIRST and inside[1] <= LAST:
            return text
        return _limited(text)

    def _moved(self, column: str, shift: Shift, end: End) -> str:
        name = f"m{len(self.known)}"
        if not isinstance(shift, CalendarShift):
            return self.columns.define(name, _spans_case(column, shift, end, self.decision))
        moved = column
        if shift.months:
            moved = self._months_later(name, column, shift.months)
        moved = f"{moved} + {shift.days}" if shift.days else moved
        return self.columns.define(name, _limited(f"({moved})"))

    def _months_later(self, name: str, column: str, months: int) -> str:
        """Define what the day is, and return the last of: the same day of the other month, its last day."""
        if abs(months) > _MOST_MONTHS:
            raise NotInSqlError(
                f"{self.decision}: a shift by {months} months cannot be written as SQL",
                f"{self.decision}：{months} 个月的推移无法写成 SQL",
            )
        define, divided = self.columns.define, self.dialect.divided
        era = define(f"{name}_e", divided(f"({column} + {_BEFORE})", 146_097))
        day = define(f"{name}_g", f"{column} + {_BEFORE} - 146097 * {era}")
        years = define(
            f"{name}_y",
            divided(f"({day} - {divided(day, 1460)} + {divided(day, 36_524)} - {divided(day, 146_096)})", 365),
        )
        of_year = define(f"{name}_d", f"{day} - (365 * {years} + {divided(years, 4)} - {divided(years, 100)})")
        month = define(f"{name}_m", divided(f"(5 * {of_year} + 2)", 153))
        of_month = define(f"{name}_o", f"{of_year} - {divided(f'(153 * {month} + 2)', 5)} + 1")
        target = define(f"{name}_t", f"12 * ({years} + 400 * {era}) + {month} + {months}")
        starts = []
        for later in (0, 1):
            year = define(f"{name}_y{later}", divided(f"({target} + {later})", 12))
            place = f"({target} + {later} - 12 * {year})"
            leap = f"{divided(year, 4)} - {divided(year, 100)} + {divided(year, 400)}"
            start = f"365 * {year} + {leap} + {divided(f'(153 * {place} + 2)', 5)} - {_BEFORE}"
            starts.append(define(f"{name}_s{later}", start))
        start, following = starts
        return f"CASE WHEN {start} + {of_month} < {following} THEN {start} + {of_month} ELSE {following} END - 1"


def _limited(text: str) -> str:
    return f"CASE WHEN {text} < {FIRST} THEN {FIRST} WHEN {text} > {LAST} THEN {LAST} ELSE {text} END"


def _spans_case(column: str, shift: Shift, end: End, decision: str) -> str:
    """Write a step function of days: in each span so many days are added, or the day is always the same."""
    spans = list(_spans(shift, end))
    if len(spans) > _MOST_SPANS:
        raise NotInSqlError(
            f"{decision}: working days over so long a calendar cannot be written as SQL",
            f"{decision}：工作日历太长，无法写成 SQL",
        )
    tried = " ".join(
        f"WHEN {column} < {following[0]} THEN {_value(column, span)}" for span, following in pairwise(spans)
    )
    last = _value(column, spans[-1])
    return f"CASE {tried} ELSE {last} END" if tried else last


Span = tuple[int, int, bool]
"""First day, and either what is added to a day or the day that all become."""


def _value(column: str, span: Span) -> str:
    _, number, is_added = span
    return f"{column} + {number}" if is_added else str(number)


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
