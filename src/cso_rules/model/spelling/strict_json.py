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
from cso_rules.model.coded import Coded, said

LONGEST: Final = 60
"""Characters of a number, and its largest power of ten."""
DEPTH_MARKS: Final = 1000
"""Brackets in a row that no reader needs to try."""
_POWER: Final = re.compile(r"[eE]([+-]?[0-9]+)")
Unread = Callable[[str, Coded], Any]
"""What stands in the place of a number that cannot be read: of its text and the reason."""


class JsonError(ValueError):
    """A text that is no JSON that can be read, or not what was to be read.

    Attributes:
        reason: What is wrong.
    """

    def __init__(self, code: str, **parts: object) -> None:
        super().__init__(code)
        self.reason = said(code, **parts)


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
        raise JsonError("record-deep")
    return json.loads(
        text,
        object_pairs_hook=_unique,
        parse_float=partial(_decimal, unread),
        parse_int=partial(_integer, unread),
        parse_constant=partial(_no_number, unread),
    )


def words(error: Exception) -> Coded:
    """Return why a text is no JSON that can be read."""
    match error:
        case JsonError():
            return error.reason
        case json.JSONDecodeError():
            return said("record-json", line=error.lineno, column=error.colno, cause=error.msg)
        case UnicodeDecodeError():
            return said("record-utf8", byte=error.start + 1)
        case RecursionError():
            return said("record-deep")
        case _:
            return said("record-other", cause=shortened(str(error)))


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
    shown = shortened(text, 40)
    return unread(shown, said("cell-digits", text=shown, most=LONGEST))


def _no_number(unread: Unread, name: str) -> Any:
    return unread(name, said("cell-not-finite", text=name))
