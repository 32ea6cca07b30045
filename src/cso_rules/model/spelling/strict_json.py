"""JSON read strictly: a key stands once, a number is exact, and nothing is deeper or longer than can be carried.

In comes text; out go dictionaries, lists, texts, truths, whole numbers and decimals. Guaranteed: no number is rounded,
and none is made that would fill the memory.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any, Final

from cso_rules.diagnostics import shortened
from cso_rules.model.instruments import Label

LONGEST: Final = 60
"""Characters of a number, and its largest power of ten."""
DEPTH_MARKS: Final = 1000
"""Brackets in a row that no reader needs to try."""
_POWER: Final = re.compile(r"[eE]([+-]?[0-9]+)")
Unread = Callable[[str, Label], Any]
"""What stands in the place of a number that cannot be read: of its text and the reason."""


class JsonError(ValueError):
    """A text that is no JSON that can be read.

    Attributes:
        en: What is wrong, in English.
        zh: What is wrong, in Chinese.
    """

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh


class Repeated(dict[str, Any]):
    """An object in which a key stands twice; the key is kept, for the message."""

    key = ""


def parsed(text: str, unread: Unread) -> Any:
    """Return what a text of JSON says; an object with a key that stands twice is a `Repeated`, at any depth.

    Args:
        text: The text.
        unread: Returns what stands for a number that is too long, or is none, such as NaN.

    Raises:
        JsonError: Brackets are nested too deeply.
        json.JSONDecodeError: It is no JSON.
        RecursionError: Values are nested too deeply.
    """
    if text.count("[") + text.count("{") > DEPTH_MARKS and "[" * DEPTH_MARKS in text:
        raise JsonError("nested too deeply", "嵌套过深")
    return json.loads(
        text,
        object_pairs_hook=_unique,
        parse_float=partial(_decimal, unread),
        parse_int=partial(_integer, unread),
        parse_constant=partial(_no_number, unread),
    )


def words(error: Exception) -> Label:
    """Return why a text is no JSON that can be read."""
    match error:
        case JsonError():
            return Label(en=error.en, zh=error.zh)
        case json.JSONDecodeError():
            place = f"{error.lineno}:{error.colno}"
            return Label(en=f"no valid JSON at {place}: {error.msg}", zh=f"{place} 处不是有效的 JSON")
        case UnicodeDecodeError():
            return Label(en=f"byte {error.start + 1} is not UTF-8", zh=f"第 {error.start + 1} 个字节不是 UTF-8")
        case RecursionError():
            return Label(en="nested too deeply", zh="嵌套过深")
        case _:
            return Label(en=shortened(str(error)), zh=shortened(str(error)))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) == len(pairs):
        return record
    spoilt, seen = Repeated(record), set[str]()
    for name, _ in pairs:
        if name in seen:
            spoilt.key = name
            break
        seen.add(name)
    return spoilt


def _integer(unread: Unread, text: str) -> Any:
    return int(text) if len(text) <= LONGEST else _too_long(unread, text)


def _decimal(unread: Unread, text: str) -> Any:
    """Return a number, unless to write it out would fill the memory: it is looked at before it is made."""
    power = _POWER.search(text)
    is_far = power is not None and (len(power[1]) > len(str(LONGEST)) + 1 or abs(int(power[1])) > LONGEST)
    return _too_long(unread, text) if is_far or len(text) > LONGEST else Decimal(text)


def _too_long(unread: Unread, text: str) -> Any:
    reason = Label(
        en=f"{shortened(text, 40)} has more than {LONGEST} digits", zh=f"{shortened(text, 40)} 超过 {LONGEST} 位数字"
    )
    return unread(shortened(text, 40), reason)


def _no_number(unread: Unread, name: str) -> Any:
    return unread(name, Label(en=f"{name} is not a number", zh=f"{name} 不是数字"))
