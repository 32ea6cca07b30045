"""Spellings of values: how people write numbers, dates, answers and names in cells, and what JSON may carry.

In comes a type with a text or a Python value; out goes a value of that type, or None for what is not known.
Guaranteed: nothing is rounded or guessed; what cannot be read exactly is a `SpellingError` in two languages.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final, NoReturn

from cso_rules.model.policy import Enumeration
from cso_rules.model.types import Type, Value

NO_SPELLINGS: Final[Mapping[str, str]] = MappingProxyType({})
BLANKS: Final = frozenset({"", "-", "—", "——", "无数据", "不详", "未知", "N/A", "NA", "?"})
BOOLEANS: Final = {
    "是": True, "有": True, "yes": True, "true": True, "√": True, "1": True,
    "否": False, "无": False, "no": False, "false": False, "×": False, "0": False,
}  # fmt: skip

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_NUMBER = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))? ?(万|亿)? ?(?:元|人|个|家|名)?", re.ASCII)
_PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_DATES = (
    re.compile(r"(\d{4})([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})", re.ASCII),
    re.compile(r"(\d{4})年(?P<month>\d{1,2})月(?P<day>\d{1,2})日", re.ASCII),
    re.compile(r"(\d{4})(?P<month>\d{2})(?P<day>\d{2})", re.ASCII),
)
_POWERS = {None: 0, "万": 4, "亿": 8}
_MOST_DIGITS = 24
_MOST_BITS = 4 * _MOST_DIGITS
_MOST_CHOICES = 8
_SEPARATORS = re.compile(r"[、,，;；/]")


class SpellingError(ValueError):
    """A text or value that does not belong to a type.

    Attributes:
        en: What is wrong, in English.
        zh: What is wrong, in Chinese.
        is_impossible: Whether the kind is right but there is no such value.
    """

    def __init__(self, en: str, zh: str, *, is_impossible: bool = False) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh
        self.is_impossible = is_impossible


def normalised(text: str) -> str:
    """Return the form of a name under which `spellings` holds it: NFKC, without space at the ends."""
    return unicodedata.normalize("NFKC", text).strip()


def spellings_of(enumeration: Enumeration) -> dict[str, str]:
    """Return every accepted spelling of the values of an enumeration: labels, aliases and identifiers."""
    rows = zip(enumeration.values, enumeration.labels, enumeration.aliases, strict=True)
    return {normalised(text): value for value, label, aliases in rows for text in (*aliases, label.zh, label.en, value)}


def read_text(type: Type, text: str, spellings: Mapping[str, str] = NO_SPELLINGS) -> Value | None:  # noqa: A002
    """Read a cell of a table or a text of a rule file.

    Args:
        type: What the text must be.
        text: What people wrote.
        spellings: Normalised labels and aliases of an enumeration, with the value each stands for.

    Returns:
        The value, or None when the text says that nothing is known.

    Raises:
        SpellingError: The text is no value of the type.
    """
    plain = text.translate(_FULL_WIDTH).strip()
    if plain.upper() in BLANKS:
        return None
    match type.kind:
        case "enumeration":
            return _member(type, text, spellings)
        case "set":
            return _set_of_text(type, text, spellings)
        case "text":
            return text.strip()
        case _:
            return _PLAIN_READERS[type.kind](type, plain)


def read_value(type: Type, value: object, spellings: Mapping[str, str] = NO_SPELLINGS) -> Value | None:  # noqa: A002
    """Read a Python or JSON value, strictly: no text for yes and no, no fraction from binary floating point.

    Args:
        type: What the value must be.
        value: The value; None is unknown.
        spellings: Normalised labels and aliases of an enumeration, with the value each stands for.

    Returns:
        The value in its canonical form, or None.

    Raises:
        SpellingError: The value is not of the type.
    """
    return None if value is None else _VALUE_READERS[type.kind](type, value, spellings)


def brief(text: str, length: int = 60) -> str:
    """Return a text that is not too long for a message."""
    return text if len(text) <= length else f"{text[:length]}…"


def shown(value: object, write: Callable[[object], str] = str) -> str:
    """Return a value as text for a message, not at length; Python itself writes no number of thousands of digits."""
    try:
        return brief(write(value))
    except ValueError:
        return brief(hex(value)) if isinstance(value, int) else f"<{type(value).__name__}>"


def _refuse(value: object, wanted_en: str, wanted_zh: str, *, is_impossible: bool = False) -> NoReturn:
    text = f"{str(value)[:40]!r}" if isinstance(value, str) else shown(value, repr)[:60]
    en, zh = f"{text} is not {wanted_en}", f"{text} 不是{wanted_zh}"
    raise SpellingError(en, zh, is_impossible=is_impossible)


# ------------------------------------------------------------------------------------------------ texts


def _boolean_of_text(_: Type, text: str) -> bool:
    found = BOOLEANS.get(text.lower())
    return _refuse(text, "yes or no", "“是”或“否”") if found is None else found


def _number_of_text(wanted: Type, text: str) -> Value:
    found = _NUMBER.fullmatch(text)
    if found is None:
        _refuse(text, "a number", "数字")
    sign, whole, fraction, unit = found.groups()
    digits = whole.replace(",", "") + (fraction or "")
    exponent = _POWERS[unit] - len(fraction or "")
    return _exact(wanted, digits, exponent, text, is_negative=sign == "-")


def _exact(wanted: Type, digits: str, exponent: int, shown: object, *, is_negative: bool) -> Value:
    """Return the number digits * 10**exponent at the scale of the type, refusing what does not fit exactly."""
    if len(digits) > _MOST_DIGITS or abs(exponent) > _MOST_DIGITS:
        _refuse(shown, "a number of reasonable length", "长度合理的数字", is_impossible=True)
    top, bottom = int(digits) * 10 ** max(0, exponent + wanted.scale), 10 ** max(0, -exponent - wanted.scale)
    if top % bottom:
        places = wanted.scale
        _refuse(shown, f"exact with {places} decimal places", f"至多 {places} 位小数的数字", is_impossible=True)
    return wanted.decode_number(-(top // bottom) if is_negative else top // bottom)


def _date_of_text(_: Type, text: str) -> datetime.date:
    for pattern in _DATES:
        if found := pattern.fullmatch(text):
            return _civil(found[1], found["month"], found["day"], text)
    return _refuse(text, "a date such as 2018-01-31", "日期（例如 2018-01-31）")


def _civil(year: str, month: str, day: str, text: str) -> datetime.date:
    try:
        return datetime.date(int(year), int(month), int(day))
    except ValueError:
        return _refuse(text, "a date of the calendar", "存在的日期", is_impossible=True)


def _known_member(wanted: Type, text: str, spellings: Mapping[str, str]) -> str | None:
    plain = normalised(text)
    found = spellings.get(plain, plain)
    return found if found in wanted.names else None


def _member(wanted: Type, text: str, spellings: Mapping[str, str]) -> str:
    found = _known_member(wanted, text, spellings)
    if found is None:
        name = wanted.enumeration or "the enumeration"
        _refuse(text, f"a value of {name}", f"可填的内容（{_choices(wanted, spellings)}）", is_impossible=True)
    return found


def _choices(wanted: Type, spellings: Mapping[str, str]) -> str:
    """Return the values of an enumeration as a clerk writes them, in Chinese where it has labels."""
    labels = {value: text for text, value in spellings.items() if not text.isascii()}
    shown_values = [labels.get(value, value) for value in wanted.names]
    return "、".join(shown_values[:_MOST_CHOICES]) + ("等" if len(shown_values) > _MOST_CHOICES else "")


def _set_of_text(wanted: Type, text: str, spellings: Mapping[str, str]) -> frozenset[str]:
    """Read members; a label that itself holds a separator or a space is found before the text is taken apart."""
    whole = _known_member(wanted, text, spellings)
    if whole is not None:
        return frozenset({whole})
    parts = [part for part in _SEPARATORS.split(text) if part.strip()]
    return frozenset(member for part in parts for member in _members(wanted, part, spellings))


def _members(wanted: Type, part: str, spellings: Mapping[str, str]) -> list[str]:
    whole = _known_member(wanted, part, spellings)
    return [whole] if whole is not None else [_member(wanted, word, spellings) for word in part.split()]


_PLAIN_READERS: Final[Mapping[str, Callable[[Type, str], Value]]] = {
    "boolean": _boolean_of_text,
    "integer": _number_of_text,
    "decimal": _number_of_text,
    "money": _number_of_text,
    "date": _date_of_text,
}


# ------------------------------------------------------------------------------------------------ values


def _boolean_of_value(_: Type, value: object, __: Mapping[str, str]) -> bool:
    return value if isinstance(value, bool) else _refuse(value, "true or false", " true 或 false")


def _number_of_value(wanted: Type, value: object, _: Mapping[str, str]) -> Value:
    plain = int(value) if isinstance(value, float) and value.is_integer() else value
    if wanted.kind != "integer" and isinstance(plain, str) and _PLAIN_NUMBER.fullmatch(plain):
        plain = Decimal(plain)
    if isinstance(plain, bool) or not isinstance(plain, int | Decimal):
        _refuse(value, "an exact number", "精确的数字")
    if isinstance(plain, int):
        if plain.bit_length() > _MOST_BITS:
            _refuse(plain, "a number of reasonable length", "长度合理的数字", is_impossible=True)
        return _exact(wanted, str(abs(plain)), 0, value, is_negative=plain < 0)
    return _number_of_decimal(wanted, plain)


def _number_of_decimal(wanted: Type, value: Decimal) -> Value:
    sign, digits, exponent = value.as_tuple()
    if wanted.kind == "integer" or not isinstance(exponent, int):
        _refuse(value, "a whole number" if wanted.kind == "integer" else "a finite number", "可用的数字")
    return _exact(wanted, "".join(map(str, digits)), exponent, value, is_negative=bool(sign))


def _date_of_value(_: Type, value: object, __: Mapping[str, str]) -> datetime.date:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        return _civil(value[:4], value[5:7], value[8:], value)
    return _refuse(value, "a date or ISO text such as 2018-01-31", "日期（例如 2018-01-31）")


def _member_of_value(wanted: Type, value: object, spellings: Mapping[str, str]) -> str:
    return _member(wanted, value, spellings) if isinstance(value, str) else _refuse(value, "a text", "文字")


def _set_of_value(wanted: Type, value: object, spellings: Mapping[str, str]) -> frozenset[str]:
    if not isinstance(value, list | tuple | set | frozenset):
        _refuse(value, "a list of values", "取值列表")
    members: Iterable[object] = value
    return frozenset(_member_of_value(wanted, member, spellings) for member in members)


def _text_of_value(_: Type, value: object, __: Mapping[str, str]) -> str:
    return value if isinstance(value, str) else _refuse(value, "a text", "文字")


_VALUE_READERS: Final[Mapping[str, Callable[[Type, object, Mapping[str, str]], Value]]] = {
    "boolean": _boolean_of_value,
    "integer": _number_of_value,
    "decimal": _number_of_value,
    "money": _number_of_value,
    "date": _date_of_value,
    "enumeration": _member_of_value,
    "set": _set_of_value,
    "text": _text_of_value,
}
