"""The words between the names of a condition, in both languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from cso_rules.messages import counted

PHRASES: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "and": "and",
        "or": "or",
        "not": "not",
        "all": "all of these hold:",
        "any": "at least one of these holds:",
        "number =": "is exactly",
        "number !=": "is not",
        "number <": "is less than",
        "number <=": "is at most",
        "number >": "is more than",
        "number >=": "is at least",
        "date =": "is",
        "date !=": "is not",
        "date <": "is before",
        "date <=": "is on or before",
        "date >": "is after",
        "date >=": "is on or after",
        "=": "is",
        "!=": "is not",
        "contains": "includes",
        "intersects": "includes at least one of",
        "one of": "or",
        "none": "is none of",
        "to": "to",
        "between": "is from",
        "count": "number of {0}",
        "min": "the least of {0}",
        "max": "the greatest of {0}",
        "and also": " and ",
        "duration": "{0}",
        "nothing": "there is none",
        "next_days": "the next day {1} of one of the months {0}",
        "working_days": "{1} working days after {0}",
        "next_day": "the next day of the year that is {0}-{1}",
        "today": "the date of the answer",
        "true": "yes",
        "false": "no",
        "always": "always",
        "never": "never",
        "if": "if",
        "then": ", then",
        "else": ", otherwise",
        "Y": "years",
        "M": "months",
        "D": "days",
        "W": "weeks",
    },
    "zh": {
        "and": "且",
        "or": "或",
        "not": "不符合",
        "all": "以下各项都成立：",
        "any": "以下至少一项成立：",
        "number =": "等于",
        "number !=": "不等于",
        "number <": "少于",
        "number <=": "不超过",
        "number >": "多于",
        "number >=": "不少于",
        "date =": "为",
        "date !=": "不为",
        "date <": "早于",
        "date <=": "不晚于",
        "date >": "晚于",
        "date >=": "不早于",
        "=": "为",
        "!=": "不为",
        "contains": "包含",
        "intersects": "至少包含其一：",
        "one of": "或",
        "none": "不是",
        "to": "至",
        "between": "在",
        "count": "{0}的数量",
        "min": "{0}中最小（最早）的",
        "max": "{0}中最大（最晚）的",
        "and also": "、",
        "duration": "{0}",
        "nothing": "没有",
        "next_days": "此后第一个逢{0}月{1}日",
        "working_days": "{0}之后{1}个工作日",
        "next_day": "此后第一个{0}月{1}日",
        "today": "适用日期",
        "true": "是",
        "false": "否",
        "always": "总是",
        "never": "从不",
        "if": "如果",
        "then": "，则",
        "else": "，否则",
        "Y": "年",
        "M": "个月",
        "D": "天",
        "W": "周",
    },
}
SIGNS: Final = {"+": "+", "-": "−", "*": "×", "/": "÷"}
_DURATION: Final = re.compile(r"P(?:\d+[YMWD])+")


def duration(text: str, language: str) -> str:
    """Return a length of time such as `P2Y` in words; the text itself when it is none."""
    if not _DURATION.fullmatch(text):
        return text
    parts = ((int(count), PHRASES[language][unit]) for count, unit in re.findall(r"(\d+)([YMWD])", text))
    if language == "en":
        return " ".join(counted(count, unit) for count, unit in parts)
    return "零".join(f"{count}{unit}" for count, unit in parts)
