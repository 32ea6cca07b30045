"""Numbers and dates of scenarios as people write them: 3万元, 30,000, 三万; of a fact also its bounds, as 20余人."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from cso_rules.model.policy import Fact
from cso_rules.model.spelling.cell_texts import REMARK, read_cell_text
from cso_rules.model.spelling.spellings import NO_SPELLINGS, SpellingError, is_filler, read_text
from cso_rules.model.spelling.units import Measure, unit_of_fact, unit_of_type
from cso_rules.model.types import InPart, Type, Value


def read_fact(fact: Fact, text: str, spellings: Mapping[str, str] = NO_SPELLINGS) -> Value | None:
    """Return what a text says of a fact, for numbers and dates also bounds; None where it says nothing.

    Raises:
        SpellingError: The text is no value of the fact.
    """
    return _read(fact.type, text, spellings, Measure(own=unit_of_fact(fact)))


def read_exact(kind: Type, text: str, spellings: Mapping[str, str] = NO_SPELLINGS) -> Value | None:
    """Return the one value that a text says; None where it says nothing.

    Raises:
        SpellingError: The text is no value of the type, or gives bounds alone.
    """
    found = _read(kind, text, spellings, Measure(own=unit_of_type(kind)))
    if isinstance(found, InPart):
        raise SpellingError("no-single-number", text=text[:40])
    return found


def _read(kind: Type, text: str, spellings: Mapping[str, str], measure: Measure) -> Value | None:
    if not kind.is_numeric or is_filler(text):
        return read_text(kind, text, spellings)
    found = read_cell_text(kind, text, NO_SPELLINGS, measure)
    if found.is_in_words:
        raise SpellingError(REMARK, text=repr(text[:40]))
    return found.value


def written(value: Value, text: str) -> str:
    """Return a number or date in plain form; bounds, and a number that is plain already, stay as they are written."""
    if isinstance(value, InPart) or is_number(text):
        return text
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return str(value)


def is_number(text: str) -> bool:
    """Tell whether a text is a plain number."""
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False
