"""Canonical values: of which class they are, and by what they become the numbers of their type.

A value of another class, or one that is not found here, may be a value too, written otherwise.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from cso_rules.model.spelling.blanks import BLANKS
from cso_rules.model.types import Kind, Type, Value, scaled

CLASSES: Final[Mapping[Kind, type]] = {
    "boolean": bool, "integer": int, "decimal": Decimal, "money": Decimal, "date": datetime.date, "enumeration": str,
    "set": frozenset, "text": str,
}  # fmt: skip
"""The class of the canonical values of each kind; a value of a class derived from it is none."""

_DIGITS: Final = 24
"""Amounts with more digits before the point are not canonical, however large the fact may be."""
_BELOW: Final = -(10**99)
"""Less than any fact may be: what stands for an amount that is not canonical."""


def bits_of(kind: Type) -> Mapping[str, int]:
    """Return the bit of every value, but for those of which the name says that nothing is known."""
    return {name: 1 << place for place, name in enumerate(kind.names) if name.upper() not in BLANKS}


def units_of(scale: int) -> Callable[[Decimal], int]:
    """Return the function from a decimal to its smallest units.

    A decimal that is not written to the last digit that is kept, or is a negative zero, is less than any minimum.
    """
    unit, units = scaled(Decimal(1), -scale), 10**scale

    def encode(value: Decimal) -> int:
        if value.same_quantum(unit) and value.adjusted() < _DIGITS:
            top, bottom = value.as_integer_ratio()
            amount = top * units // bottom
            return amount if amount or not value.is_signed() else _BELOW
        return _BELOW

    return encode


def some_value(kind: Type) -> Value:
    """Return one canonical value of a type, whichever it is."""
    match kind.kind:
        case "boolean":
            return False
        case "enumeration":
            return next(iter(bits_of(kind)), "")
        case "set":
            return frozenset()
        case "text":
            return ""
        case _:
            return kind.decode_number(kind.minimum)
