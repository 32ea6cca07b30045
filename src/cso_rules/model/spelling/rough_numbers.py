"""Numbers of which a cell says only the bounds: 20余人, 50人以上, 不足30人, 10-20人, 3至5万元, 十几人.

In comes a text; out go bounds, both included, or None for every other text.
Guaranteed: the bounds hold whatever the writer meant; an estimate (约20人) is a `SpellingError`, for nobody knows how
far it may be off.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from cso_rules.model.spelling.numerals import with_digits
from cso_rules.model.spelling.spellings import SpellingError
from cso_rules.model.types import Between, Number, Type, Value

Read = Callable[[str], Value | None]
"""Returns the number that a text with its unit says, None where it says none."""

_N: Final = r"\d[\d,]*(?:\.\d+)?"
_U: Final = r"[^\d,.()<>≤≥=~+\-—–至到以及]*?"
_ESTIMATE: Final = re.compile(r"(?:大?约|大概|近|将近|接近|估计|预计).*|.*(?:左右|上下|大约|约)")
_PLUS: Final = re.compile(rf"(?P<number>{_N})(?P<power>[十百千万亿]*)(?:余|多|来)(?P<unit>[^\d余多来]*)")
_ROUND: Final = re.compile(r"(?P<place>[百千万])(?:余|多)(?P<unit>[^\d余多]*)")
_ROUNDS: Final = {"百": 100, "千": 1000, "万": 10_000}
_SOME: Final = re.compile(r"(?P<tens>\d*0)几(?P<unit>[^\d几]*)")
_LEAST: Final = re.compile(
    rf"(?:至少|最少|不少于|不低于|不小于|≥|>=|=>)(?P<a>{_N}{_U})|(?P<b>{_N}{_U})(?:及其?以上|以上|含?以上|起|\+)"
)
_MORE: Final = re.compile(rf"(?:超过|超|多于|大于|高于|>)(?P<a>{_N}{_U})")
_MOST: Final = re.compile(
    rf"(?:至多|最多|不超过|不多于|不高于|不大于|≤|<=|=<)(?P<a>{_N}{_U})|(?P<b>{_N}{_U})(?:及其?以下|以下|以内|之内)"
)
_LESS: Final = re.compile(rf"(?:不足|不到|未满|不满|少于|低于|小于|<)(?P<a>{_N}{_U})")
_RANGE: Final = re.compile(rf"(?P<low>{_N})(?P<unit>{_U})(?:-|~|—|–|至|到)(?P<high>{_N}{_U})")
_UNIT: Final = re.compile(rf"{_N}(?P<unit>.*)")
_SPACE: Final = re.compile(r"\s+")


def read(kind: Type, text: str, number: Read) -> Between | None:
    """Return the bounds that a text says.

    Args:
        kind: The type of the number.
        text: What people wrote.
        number: What reads a plain number with its unit.

    Raises:
        SpellingError: The text gives an estimate, or the lower bound is above the upper one.
    """
    plain = _SPACE.sub("", with_digits(text))
    for pattern, bounds in _BOUNDS:
        found = pattern.fullmatch(plain)
        if found is not None:
            return bounds(kind, found, number)
    if _ESTIMATE.fullmatch(plain):
        raise SpellingError("cell-estimate", text=text[:40])
    return None


def _plus(kind: Type, found: re.Match[str], number: Read) -> Between | None:
    """20余: at least 20 and less than 30; of 35 nobody knows how much 余 adds."""
    digits = found["number"].replace(",", "")
    whole = digits.rstrip("0") if "." not in digits else digits
    if len(whole.replace(".", "")) != 1 and not (found["power"] or digits.endswith("0")):
        return None
    step = 10 ** (len(digits) - len(whole))
    rest = found["power"] + found["unit"]
    return _from_to(kind, number(digits + rest), number(_next(digits, step) + rest), ends=False)


def _next(digits: str, step: int) -> str:
    if "." not in digits:
        return str(int(digits) + step)
    whole, _, fraction = digits.partition(".")
    number = str(int(whole + fraction) + 1).rjust(len(fraction) + 1, "0")
    return f"{number[: -len(fraction)]}.{number[-len(fraction) :]}"


def _round(kind: Type, found: re.Match[str], number: Read) -> Between | None:
    """百余: from 100 to 199."""
    place = _ROUNDS[found["place"]]
    return _from_to(kind, number(f"{place}{found['unit']}"), number(f"{2 * place}{found['unit']}"), ends=False)


def _some(kind: Type, found: re.Match[str], number: Read) -> Between | None:
    """十几: from 11 to 19."""
    tens = int(found["tens"])
    return _from_to(kind, number(f"{tens + 1}{found['unit']}"), number(f"{tens + 10}{found['unit']}"), ends=False)


def _least(kind: Type, found: re.Match[str], number: Read) -> Between | None:
    low = number(_either(found))
    return None if low is None else _from_to(kind, low, None)


def _more(kind: Type, found: re.Match[str], number: Read) -> Between | None:
    low = number(found["a"])
    return None if low is None else _from_to(kind, _moved(kind, low, 1), None)


def _most(kind: Type, found: re.Match[str], number: Read) -> Between | None:
    high = number(_either(found))
    return None if high is None else _from_to(kind, None, high)


def _less(kind: Type, found: re.Match[str], number: Read) -> Between | None:
    high = number(found["a"])
    return None if high is None else _from_to(kind, None, _moved(kind, high, -1))


def _range(kind: Type, found: re.Match[str], number: Read) -> Between | None:
    """3-5万元: a unit that stands once, behind the second number, is that of both."""
    unit = _UNIT.fullmatch(found["high"])
    low = number(found["low"] + (found["unit"] or (unit["unit"] if unit else "")))
    high = number(found["high"])
    return None if low is None or high is None else _from_to(kind, low, high)


def _either(found: re.Match[str]) -> str:
    return found["a"] or found["b"]


def _moved(kind: Type, value: Value, by: int) -> Value:
    return kind.decode_number(kind.encode_number(value) + by)


def _from_to(kind: Type, low: Value | None, high: Value | None, *, ends: bool = True) -> Between | None:
    """Return bounds within the type; the upper one is included if `ends`."""
    ends_at = high if high is None or ends else _moved(kind, high, -1)
    if low is None and ends_at is None:
        return None
    return bounded(kind, low, ends_at)


def bounded(kind: Type, low: Value | None, high: Value | None) -> Between:
    """Return bounds as far as the type goes.

    Raises:
        SpellingError: No value of the type lies between them.
    """
    first = kind.minimum if low is None else max(kind.minimum, kind.encode_number(low))
    last = kind.maximum if high is None else min(kind.maximum, kind.encode_number(high))
    if first > last:
        raise SpellingError("cell-bounds", is_impossible=True)
    ends: list[Number] = [kind.decode_number(end) for end in (first, last)]  # type: ignore[misc]  # numbers or dates
    return Between(low=ends[0], high=ends[1])


_BOUNDS: Final[tuple[tuple[re.Pattern[str], Callable[[Type, re.Match[str], Read], Between | None]], ...]] = (
    (_ROUND, _round), (_SOME, _some), (_PLUS, _plus),
    (_LEAST, _least), (_MORE, _more), (_MOST, _most), (_LESS, _less), (_RANGE, _range),
)  # fmt: skip
