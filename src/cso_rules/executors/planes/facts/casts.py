"""Numbers and dates in plain writing, cast many at once; what is written otherwise is left to `read_text`.

Guaranteed: a text is cast only where `read_text` would give the same number.
"""

from __future__ import annotations

from typing import Any, Final

from cso_rules.executors.planes.bits import Array
from cso_rules.executors.planes.extra import np, pa
from cso_rules.model.civil_dates import EPOCH
from cso_rules.model.types import Type

_DIGITS: Final = 12
_MOST_PLACES: Final = 6
"""With so many places behind twelve digits a number fits into 64 bits."""


def cast_texts(kind: Type, texts: Any, exponent: int = 0) -> tuple[Array, Array] | None:
    """Return encoded numbers and where they are read, or None when not even plain texts can be cast.

    Args:
        kind: A type of numbers or dates.
        texts: An Arrow array of texts.
        exponent: The power of ten by which plain numbers are multiplied.
    """
    from pyarrow import compute

    places = kind.scale + exponent
    if not kind.is_numeric or not 0 <= places <= _MOST_PLACES:
        return None
    texts = texts.cast(pa.string())
    is_plain = compute.match_substring_regex(texts.fill_null(""), _pattern(kind, places))
    plain = compute.if_else(is_plain, texts, pa.scalar(None, pa.string()))
    try:
        numbers = _encoded(kind, plain, places)
    except pa.ArrowInvalid:  # such as the 30th of February
        return None
    read = np.asarray(is_plain) & (numbers >= kind.minimum) & (numbers <= kind.maximum)
    return numbers, read


def _pattern(kind: Type, places: int) -> str:
    if kind.kind == "date":
        return r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
    fraction = rf"(\.[0-9]{{1,{places}}})?" if places else ""
    return rf"^[0-9]{{1,{_DIGITS}}}{fraction}$"


def _encoded(kind: Type, texts: Any, places: int) -> Array:
    if kind.kind == "date":
        days: Array = np.asarray(texts.cast(pa.date32()).cast(pa.int32()).fill_null(0)).astype(np.int64)
        return days + EPOCH
    if not places:
        whole: Array = np.asarray(texts.cast(pa.int64()).fill_null(0))
        return whole
    decimals = texts.cast(pa.decimal128(_DIGITS + _MOST_PLACES + 1, places)).fill_null(0)
    return np.ascontiguousarray(np.frombuffer(decimals.buffers()[1], np.int64)[::2][: len(texts)])
