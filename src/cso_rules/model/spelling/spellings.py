"""Spellings of values: how people write numbers, dates, answers and names in cells, and what JSON may carry.

In comes a type with a text or a Python value; out goes a value of that type, or None for what is not known.
Guaranteed: nothing is rounded or guessed; what cannot be read exactly is a `SpellingError` in two languages.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final, NoReturn, assert_never

from cso_rules.diagnostics import shortened
from cso_rules.errors import CsoRulesError
from cso_rules.model.coded import Coded, said
from cso_rules.model.policy import Enumeration
from cso_rules.model.spelling.blanks import BLANKS, DOUBTS
from cso_rules.model.spelling.units import Measure, unit_of, unit_of_type
from cso_rules.model.types import Type, Value

NO_SPELLINGS: Final[Mapping[str, str]] = MappingProxyType({})
NOTHING: Final = frozenset({"[]", "以上均无", "以上都没有", "以上都不是", "none of these"})
"""What says, of a set, that it is known to be empty; `无` and a dash are written by people who do not know, too."""
BOOLEANS: Final = {
    "是": True, "有": True, "yes": True, "true": True, "√": True, "1": True,
    "否": False, "无": False, "no": False, "false": False, "×": False, "0": False,
}  # fmt: skip
_PERHAPS_NOTHING: Final = frozenset({"无", "没有", "none", "nil", "0"})
FLAGS: Final = frozenset({"0", "1"})
COUNTED: Final = "cell-counts-beside"

FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_NUMBER = re.compile(r"([+-]?)(¥|人民币)? ?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))? ?([^\d\s,.][^\d,.]*)?", re.ASCII)
_PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_DATES = (
    re.compile(r"(\d{4})([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})", re.ASCII),
    re.compile(r"(\d{4})年(?P<month>\d{1,2})月(?P<day>\d{1,2})日", re.ASCII),
    re.compile(r"(\d{4})(?P<month>\d{2})(?P<day>\d{2})", re.ASCII),
)
_ERROR = re.compile(r"#+|#[A-Z][A-Z/_ ]*[0-9]*[!?]?|Err:\d+", re.ASCII)
_MARKED: Final = re.compile(r'="([^"]*)"')
_MARKS: Final = frozenset("+~|^`<>−─━│╱╲∕⁄￣")
"""Symbols with which people fill cells, beside all punctuation."""
_NO_FILLERS: Final = frozenset("#〃")
"""Punctuation that says something: an error, or the same as above."""
_MOST_DIGITS = 24
_MOST_BITS = 4 * _MOST_DIGITS
_MOST_CHOICES = 8
_MOST_SEPARATORS = 6
"""So many separators a label may hold that stands among others."""
SEPARATORS = re.compile(r"[、,，;；/┋]")


class SpellingError(CsoRulesError, ValueError):
    """A text or value that does not belong to a type.

    Attributes:
        is_impossible: Whether the kind is right but there is no such value.
    """

    def __init__(self, reason: str | Coded, *, is_impossible: bool = False, **parts: object) -> None:
        """Keep what is wrong: a code with what fills its text, which is made when somebody reads it."""
        super().__init__(reason, parts)
        self._reason, self._parts = reason, parts
        self.is_impossible = is_impossible

    @property
    def reason(self) -> Coded:
        """What is wrong."""
        return self._reason if isinstance(self._reason, Coded) else said(self._reason, **self._parts)

    def in_language(self, language: str) -> str:
        """Return what is wrong in `zh` or `en`."""
        return self.reason.in_language(language)

    def __str__(self) -> str:
        """Return what is wrong in English."""
        return self.reason.en


def normalised(text: str) -> str:
    """Return the form of a name under which `spellings` holds it: NFKC, without space at the ends."""
    return unicodedata.normalize("NFKC", text).strip()


def bare_text(text: str) -> str:
    """Return what a cell says without the signs by which spreadsheets mark a text: ' before it, =" and " around it."""
    marked = _MARKED.fullmatch(text.strip())
    return marked[1] if marked else text.lstrip("'’").strip() or text


def spellings_of(enumeration: Enumeration) -> dict[str, str]:
    """Return every accepted spelling of the values of an enumeration: labels, aliases and identifiers."""
    rows = zip(enumeration.values, enumeration.labels, enumeration.aliases, strict=True)
    return {normalised(text): value for value, label, aliases in rows for text in (*aliases, label.zh, label.en, value)}


def is_filler(text: str) -> bool:
    """Tell whether a text says nothing: it is blank, holds only marks such as `/` or `——`, or says `不详`."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return plain.upper() in BLANKS or all(map(_is_mark, plain))


def says_unknown(text: str) -> bool:
    """Tell whether a filler says that something is not known, such as `不详`, rather than nothing at all."""
    return unicodedata.normalize("NFKC", text).strip().upper() in DOUBTS


def _is_mark(character: str) -> bool:
    if character in _NO_FILLERS:
        return False
    return unicodedata.category(character)[0] in "PZ" or character in _MARKS


def is_error(text: str) -> bool:
    """Tell whether a text is what a spreadsheet shows where a formula failed, such as `#DIV/0!`."""
    return _ERROR.fullmatch(text.translate(FULL_WIDTH).strip()) is not None


def is_count(text: str) -> bool:
    """Tell whether a text that should say yes or no holds a number that cannot mean that, such as `3人`."""
    plain = text.translate(FULL_WIDTH).strip()
    found = None if plain.lower() in BOOLEANS else _NUMBER.fullmatch(plain)
    return found is not None and (found[5] is None or unit_of(found[5]) is not None)


def read_text(
    type: Type,  # noqa: A002
    text: str,
    spellings: Mapping[str, str] = NO_SPELLINGS,
    measure: Measure | None = None,
) -> Value | None:
    """Read a cell of a table or a text of a rule file.

    Args:
        type: What the text must be.
        text: What people wrote.
        spellings: Normalised labels and aliases of an enumeration, with the value each stands for.
        measure: The unit of numbers, and the one that a heading states.

    Returns:
        The value, or None when the text says that nothing is known.

    Raises:
        SpellingError: The text is no value of the type.
    """
    if measure is not None:
        text = measure.meant(text)
    if is_error(text):
        raise SpellingError("cell-error", text=text[:40])
    if type.kind == "set" and normalised(text).lower() in NOTHING:
        return frozenset()
    if is_filler(text):
        return None
    plain = text.translate(FULL_WIDTH).strip()
    match type.kind:
        case "enumeration":
            return _member(type, text, spellings)
        case "set":
            return _set_of_text(type, text, spellings)
        case "text":
            return text.strip()
        case "boolean":
            return _boolean_of_text(plain)
        case "date":
            return _date_of_text(plain)
        case "integer" | "decimal" | "money":
            return _number_of_text(type, plain, measure)
        case _:
            assert_never(type.kind)


def read_value(type: Type, value: object, spellings: Mapping[str, str] = NO_SPELLINGS) -> Value | None:  # noqa: A002
    """Read a Python or JSON value, strictly: no text for yes and no, no fraction from binary floating point.

    Args:
        type: What the value must be.
        value: The value; None is unknown, and so is a text that says nothing, such as `/`.
        spellings: Normalised labels and aliases of an enumeration, with the value each stands for.

    Returns:
        The value in its canonical form, or None.

    Raises:
        SpellingError: The value is not of the type.
    """
    if value is None or (isinstance(value, str) and type.kind != "text" and is_filler(value)):
        return None
    return _VALUE_READERS[type.kind](type, value, spellings)


def read_list(type: Type, texts: Sequence[str], spellings: Mapping[str, str] = NO_SPELLINGS) -> Value | None:  # noqa: A002
    """Read a list of texts of a record: the empty list is the empty set, one that holds only fillers says nothing.

    Raises:
        SpellingError: A text is no value of the type, or the list says nothing beside values.
    """
    if type.kind != "set":
        return read_text(type, "、".join(texts), spellings) if texts else _refuse("[]", "no-value-of-it")
    if texts and all(map(is_filler, texts)):
        return None
    found: frozenset[str] = frozenset()
    for text in texts:
        members = read_text(type, text, spellings)
        if not isinstance(members, frozenset):
            raise SpellingError("cell-list-gap")
        found |= members
    return found


def shown(value: object, write: Callable[[object], str] = str) -> str:
    """Return a value as text for a message, not at length; Python itself writes no number of thousands of digits."""
    try:
        return shortened(write(value))
    except ValueError:
        return shortened(hex(value)) if isinstance(value, int) else f"<{type(value).__name__}>"


def _refuse(value: object, code: str, *, is_impossible: bool = False, **parts: object) -> NoReturn:
    write = str if isinstance(value, Decimal) else repr
    text = f"{str(value)[:40]!r}" if isinstance(value, str) else shown(value, write)[:60]
    raise SpellingError(code, is_impossible=is_impossible, text=text, **parts)


# ------------------------------------------------------------------------------------------------ texts


def _boolean_of_text(text: str) -> bool:
    found = BOOLEANS.get(text.lower())
    return _refuse(text, "no-yes-or-no") if found is None else found


def _number_of_text(wanted: Type, text: str, measure: Measure | None) -> Value:
    found = _NUMBER.fullmatch(text.replace("￥", "¥"))
    if found is None:
        _refuse(text, "no-number")
    sign, currency, whole, fraction, unit = found.groups()
    digits = whole.replace(",", "") + (fraction or "")
    power = _power(wanted, f"{currency or ''}{unit or ''}", measure, text)
    exponent = power - len(fraction or "")
    return _exact(wanted, digits, exponent, text, is_negative=sign == "-")


def _power(wanted: Type, unit: str, measure: Measure | None, text: str) -> int:
    """Return the power of ten by which a number is multiplied: that of its own unit, or that of its heading."""
    own = unit_of_type(wanted)
    measure = measure or (Measure(own=own) if own is not None else None)
    if measure is None or not unit:
        return measure.exponent if measure else 0
    if unit_of(unit) is None:
        _refuse(text, "no-number")
    found = measure.of_cell(unit)
    return found if found is not None else _refuse(text, "no-number-in-unit")


def _exact(wanted: Type, digits: str, exponent: int, shown: object, *, is_negative: bool) -> Value:
    """Return the number digits * 10**exponent at the scale of the type, refusing what does not fit exactly."""
    if len(digits) > _MOST_DIGITS or abs(exponent) > _MOST_DIGITS:
        _refuse(shown, "no-reasonable-length", is_impossible=True)
    top, bottom = int(digits) * 10 ** max(0, exponent + wanted.scale), 10 ** max(0, -exponent - wanted.scale)
    if top % bottom:
        code = "no-such-precision" if wanted.scale else "no-whole-number"
        _refuse(shown, code, is_impossible=True, places=wanted.scale)
    return wanted.decode_number(-(top // bottom) if is_negative else top // bottom)


def _date_of_text(text: str) -> datetime.date:
    for pattern in _DATES:
        if found := pattern.fullmatch(text):
            return _civil(found[1], found["month"], found["day"], text)
    return _refuse(text, "no-date")


def _civil(year: str, month: str, day: str, text: str) -> datetime.date:
    try:
        return datetime.date(int(year), int(month), int(day))
    except ValueError:
        return _refuse(text, "no-such-day", is_impossible=True)


def _known_member(wanted: Type, text: str, spellings: Mapping[str, str]) -> str | None:
    plain = normalised(text)
    found = spellings.get(plain, plain)
    return found if found in wanted.names else None


def _member(wanted: Type, text: str, spellings: Mapping[str, str]) -> str:
    found = _known_member(wanted, text, spellings)
    if found is None:
        name = wanted.enumeration or "the enumeration"
        _refuse(text, "no-choice", is_impossible=True, name=name, choices=_choices(wanted, spellings))
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
    if normalised(text).lower() in _PERHAPS_NOTHING:
        raise SpellingError("cell-none-or-unknown", text=normalised(text))
    return frozenset(_members_in_order(wanted, text, spellings))


def _members_in_order(wanted: Type, text: str, spellings: Mapping[str, str]) -> Iterator[str]:
    """Yield the members between separators; where several parts together are a label, it is meant."""
    ends = [*(mark.span() for mark in SEPARATORS.finditer(text)), (len(text), len(text))]
    start = place = 0
    while place < len(ends):
        most = min(len(ends) - 1, place + _MOST_SEPARATORS)
        joined = ((last, text[start : ends[last][0]]) for last in range(most, place, -1))
        known = ((last, _known_member(wanted, part, spellings)) for last, part in joined)
        last, member = next((own for own in known if own[1] is not None), (place, None))
        part = text[start : ends[last][0]]
        if member is not None:
            yield member
        elif not all(map(_is_mark, part)):
            yield from _members(wanted, part, spellings)
        start, place = ends[last][1], last + 1


def _members(wanted: Type, part: str, spellings: Mapping[str, str]) -> list[str]:
    whole = _known_member(wanted, part, spellings)
    return [whole] if whole is not None else [_member(wanted, word, spellings) for word in part.split()]


# ------------------------------------------------------------------------------------------------ values


def _boolean_of_value(_: Type, value: object, __: Mapping[str, str]) -> bool:
    return value if isinstance(value, bool) else _refuse(value, "no-true-or-false")


def _number_of_value(wanted: Type, value: object, _: Mapping[str, str]) -> Value:
    plain = int(value) if isinstance(value, float) and value.is_integer() else value
    if wanted.kind != "integer" and isinstance(plain, str) and _PLAIN_NUMBER.fullmatch(plain):
        plain = Decimal(plain)
    if isinstance(plain, bool) or not isinstance(plain, int | Decimal):
        _refuse(value, "no-exact-number")
    if isinstance(plain, int):
        if plain.bit_length() > _MOST_BITS:
            _refuse(plain, "no-reasonable-length", is_impossible=True)
        return _exact(wanted, str(abs(plain)), 0, value, is_negative=plain < 0)
    return _number_of_decimal(wanted, plain)


def _number_of_decimal(wanted: Type, value: Decimal) -> Value:
    sign, digits, exponent = value.as_tuple()
    if wanted.kind == "integer" or not isinstance(exponent, int):
        _refuse(value, "no-whole-number" if wanted.kind == "integer" else "no-finite-number")
    return _exact(wanted, "".join(map(str, digits)), exponent, value, is_negative=bool(sign))


def _date_of_value(_: Type, value: object, __: Mapping[str, str]) -> datetime.date:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        return _civil(value[:4], value[5:7], value[8:], value)
    return _refuse(value, "no-date-or-text")


def _member_of_value(wanted: Type, value: object, spellings: Mapping[str, str]) -> str:
    return _member(wanted, value, spellings) if isinstance(value, str) else _refuse(value, "no-text")


def _set_of_value(wanted: Type, value: object, spellings: Mapping[str, str]) -> frozenset[str] | None:
    """Read a list of members: an empty list is the empty set; one that holds only fillers says nothing."""
    if not isinstance(value, list | tuple | set | frozenset):
        _refuse(value, "no-list")
    members: Sequence[object] = tuple(value)
    if members and all(isinstance(member, str) and is_filler(member) for member in members):
        return None
    return frozenset(_member_of_value(wanted, member, spellings) for member in members)


def _text_of_value(_: Type, value: object, __: Mapping[str, str]) -> str:
    return value if isinstance(value, str) else _refuse(value, "no-text")


_VALUE_READERS: Final[Mapping[str, Callable[[Type, object, Mapping[str, str]], Value | None]]] = {
    "boolean": _boolean_of_value,
    "integer": _number_of_value,
    "decimal": _number_of_value,
    "money": _number_of_value,
    "date": _date_of_value,
    "enumeration": _member_of_value,
    "set": _set_of_value,
    "text": _text_of_value,
}
