"""Dates of which a cell says only the year, a part of it, or the month: 2016年, 2016年上半年, 2016.5, 2017年12月.

A day with its time, or as a spreadsheet counts it (43164), is that day.

In comes a text with Arabic digits; out go the first and the last possible day, or None for every other text.
"""

from __future__ import annotations

import calendar
import datetime
import re
from typing import Final

from cso_rules.model.spelling.rough_numbers import bounded
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
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})[T ]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\+08:?00)?"
)
_PART_OF_DAY: Final = re.compile(r"(?P<day>.*[\d日])(?:上午|下午|中午|晚上|凌晨|傍晚)")
_SERIAL: Final = re.compile(r"\d{5}")
_SERIALS: Final = range(20_000, 80_000)
"""Days from 1954 to 2119 as spreadsheets count them."""
_FIRST_SERIAL: Final = datetime.date(1899, 12, 30)
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
    if _SERIAL.fullmatch(plain) and int(plain) in _SERIALS:
        return _FIRST_SERIAL + datetime.timedelta(days=int(plain))
    found = _MONTH.fullmatch(plain)
    if found is not None and int(found["year"]) in _YEARS:
        return _of_months(kind, int(found["year"]), found)
    found = _YEAR.fullmatch(plain)
    if found is None or int(found["year"]) not in _YEARS:
        return None
    return _between(kind, int(found["year"]), *_part(found["part"] or ""))


def without_part_of_day(text: str) -> str:
    """Return a text without spaces, and without words such as 上午 at its end."""
    plain = _SPACE.sub("", text)
    found = _PART_OF_DAY.fullmatch(plain)
    return found["day"] if found else plain


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
