"""Dates of which a cell says only the year, a part of it, or the month: 2016年, 2016年上半年, 2016.5, 2017年12月.

In comes a text with Arabic digits; out go the first and the last possible day, or None for every other text.
"""

from __future__ import annotations

import calendar
import datetime
import re
from typing import Final

from cso_rules.model.rough_numbers import bounded
from cso_rules.model.types import Between, Type, Value

_YEARS: Final = range(1900, 2200)
_MONTHS: Final = range(1, 13)
_MONTH: Final = re.compile(
    r"(?P<year>\d{4})(?:年(?P<in_words>\d{1,2})月份?(?:[上中下]旬|[初中底末])?|(?P<mark>[-/.])(?P<month>\d{1,2}))"
)
_YEAR: Final = re.compile(
    r"(?P<year>\d{4})(?:年度?(?P<part>[上下]半年|(?:第?[1234]|首)季度|年?[初中底末]|[春夏秋冬][季天]?)?)?"
)
_MOMENT: Final = re.compile(
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})[T ]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
)
_SPACE: Final = re.compile(r"\s+")
_QUARTER: Final = 3


def read(kind: Type, text: str) -> Value | None:
    """Return between which days a text says that something was, or the day of a moment.

    Raises:
        SpellingError: No date that the fact can have lies in that time.
    """
    if moment := _MOMENT.fullmatch(text.strip()):
        return _day(*(int(moment[part]) for part in ("year", "month", "day")))
    plain = _SPACE.sub("", text)
    found = _MONTH.fullmatch(plain)
    if found is not None and int(found["year"]) in _YEARS:
        return _of_months(kind, int(found["year"]), found)
    found = _YEAR.fullmatch(plain)
    if found is None or int(found["year"]) not in _YEARS:
        return None
    return _between(kind, int(found["year"]), *_part(found["part"] or ""))


def _day(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def _of_months(kind: Type, year: int, found: re.Match[str]) -> Between | None:
    month = found["in_words"] or found["month"]
    if int(month) not in _MONTHS:
        return None
    is_cut = found["mark"] == "." and month == "1"  # a spreadsheet writes 2016.10 so, too
    return _between(kind, year, int(month), 10 if is_cut else int(month))


def _part(part: str) -> tuple[int, int]:
    """Return the first and the last month of a part of a year; what is vague may be anywhere in it."""
    if part in {"上半年", "下半年"}:
        return (1, 6) if part == "上半年" else (7, 12)
    if part.endswith("季度"):
        last = _QUARTER * int(part.strip("第季度").replace("首", "1"))
        return last - _QUARTER + 1, last
    return 1, 12


def _between(kind: Type, year: int, first: int, last: int) -> Between:
    end = datetime.date(year, last, calendar.monthrange(year, last)[1])
    return bounded(kind, datetime.date(year, first, 1), end)
