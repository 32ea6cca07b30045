"""Chinese numerals in cells, rewritten with Arabic digits: 十五人 as 15人, 叁万元整 as 3万元整, 二〇一六年 as 2016年.

In comes a text; out goes the same text with each numeral rewritten that is one for certain, other texts unchanged.
"""

from __future__ import annotations

import re
from typing import Final

_DIGITS: Final = {
    "零": 0, "〇": 0, "○": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
    "两": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9,
}  # fmt: skip
_PLACES: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_GROUPS: Final = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_LEADING: Final = ("十", "拾")
"""Places of which one is meant where no digit stands before them."""
_SHORTENED: Final = frozenset(_PLACES.keys() | _GROUPS.keys()) - frozenset(_LEADING)
"""Places after which a last digit may mean tens or hundreds, as in 二百五; what it means is not guessed."""
_SCORES: Final = {"廿": "二十", "卅": "三十"}
_MIXED: Final = re.compile(r"(?P<tens>\d+)万(?P<thousands>\d)千(?:(?P<hundreds>\d)百)?")
"""3万5千: digits between places, as they are spoken."""
_NUMERAL: Final = re.compile(f"[{''.join((*_DIGITS, *_PLACES, *_GROUPS))}]+")
_ROW: Final = re.compile(f"[{''.join(_DIGITS)}]+")
_YEAR: Final = 4
"""Digits in a row that are a year; of fewer, 三五人 may be three to five."""
_CIRCLE: Final = "○"
"""A zero of a year; alone it is a mark for yes."""
_BESIDE: Final = re.compile(r"[\d.,]")


def with_digits(text: str) -> str:
    """Return a text in which Chinese numerals are written with digits; 万 and 亿 at their end stay, as units do."""
    if text.isascii():
        return text
    for score, written in _SCORES.items():
        text = text.replace(score, written)
    parts, end = list[str](), 0
    for found in _NUMERAL.finditer(text):
        is_beside = any(_BESIDE.fullmatch(text[at]) for at in (found.start() - 1, found.end()) if 0 <= at < len(text))
        number = None if is_beside else _number(found[0])
        if number is not None:
            parts += [text[end : found.start()], number]
            end = found.end()
    return _MIXED.sub(_spoken, "".join((*parts, text[end:])))


def _spoken(found: re.Match[str]) -> str:
    return f"{found['tens']}{found['thousands']}{found['hundreds'] or 0}00"


def _number(numeral: str) -> str | None:
    """Return the digits of a numeral; None for what is none, such as a lone place or group."""
    if _ROW.fullmatch(numeral):
        is_one = len(numeral) == _YEAR or (len(numeral) == 1 and numeral != _CIRCLE)
        return "".join(str(_DIGITS[character]) for character in numeral) if is_one else None
    whole = numeral.rstrip("".join(_GROUPS))
    tail = numeral[len(whole) :]
    value = _value(whole) if whole else None
    return None if value is None else f"{value}{tail}"


def _value(numeral: str) -> int | None:
    """Return the value of a numeral with places, each below the one before it."""
    total = section = 0
    digit: int | None = None
    last_place, last_group = 10**4, 10**12
    for character in numeral:
        if character in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[character]
        elif character in _PLACES:
            place = _PLACES[character]
            if place >= last_place or (not digit and (section or character not in _LEADING)):
                return None
            section, digit, last_place = section + (digit or 1) * place, None, place
        else:
            group = _GROUPS[character]
            if group >= last_group or not (section or digit):
                return None
            total, section, digit = total + (section + (digit or 0)) * group, 0, None
            last_place, last_group = 10**4, group
    if digit and len(numeral) > 1 and numeral[-2] in _SHORTENED:
        return None
    return total + section + (digit or 0)
