"""Cells of lists as people fill them in: what a text says of a fact, wholly or in part.

In comes a type with the text of a cell; out goes a value, bounds or members of it, or None where nothing is said.
Guaranteed: what `spellings.read_text` can read is read by it; nothing is rounded or guessed. An estimate (约20人), or a
remark that may change a number, is a `SpellingError`; a harmless remark (15人（党员5人）) is left aside and told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

import attrs

from cso_rules.model import rough_dates, rough_numbers
from cso_rules.model.numerals import with_digits
from cso_rules.model.spellings import (
    NO_SPELLINGS,
    SEPARATORS,
    SpellingError,
    is_filler,
    normalised,
    read_text,
)
from cso_rules.model.types import SomeOf, Type, Value
from cso_rules.model.units import Measure, unit_of

_REMARK: Final = re.compile(r"([^()]+?)\s*\(([^()]*)\)")
_CHANGES: Final = re.compile(
    r"[约近余?]|左右|上下|大概|大约|估计|预计|不含|不包括|除外|未|拟|计划|目标|应|限|至少|以上|以下|以内|不足|不到|超过|多|待|实|到账|到位|认缴|欠|缺|另|原|曾|已注销|已撤|失效|过期"
    r"|不|非|无|停|\b(?:not|about|planned|except)\b"
)
"""What in a remark may change the value beside it."""
_CODED: Final = re.compile(r"[A-Za-z]?\d{0,3}(?:\s*[-_－—.、:：)]\s*|(?<=\d)\s+)(?P<label>[^\d\W].*)")
_BOXES: Final = re.compile(r"[□☐☑√■✓✔]")
_PICKED: Final = frozenset("☑√■✓✔")
_PARTS: Final = re.compile(rf"{SEPARATORS.pattern}|[()|\n]")
_WORDS: Final = re.compile(r"[\s+&和与及]+")
_MORE: Final = re.compile(r"等+(?:活动|服务|内容|项目|方面)?$|\.{2,}$|…+$")
_DENIES: Final = re.compile(r"[不非无未除]")
_FLAGS: Final = {
    **dict.fromkeys(("✓", "✔", "☑", "○", "◯", "y", "是的", "有的", "已有", "具有", "具备"), True),
    **dict.fromkeys(("✗", "✘", "╳", "n", "没有", "没", "不是", "不具备"), False),
}
_NONE: Final = frozenset({"无", "没有", "零", "none", "nil"})
"""Under a heading that counts, these say 0."""
REMARK: Final = ("{text} says more than a value, and what it says may change it", "{text} 附有可能改变数值的说明")


@attrs.frozen
class CellText:
    """What a cell says.

    Attributes:
        value: The value, or what is known of it; None where nothing is said.
        is_in_words: Whether it was found by words within a longer text, or beside something that was left aside.
    """

    value: Value | None
    is_in_words: bool = False


def read_cell_text(
    type: Type,  # noqa: A002
    text: str,
    spellings: Mapping[str, str] = NO_SPELLINGS,
    measure: Measure | None = None,
    words: Mapping[str, str] = NO_SPELLINGS,
) -> CellText:
    """Read a cell of a list.

    Args:
        type: What the text must be.
        text: What people wrote.
        spellings: Normalised labels and aliases of an enumeration, with the value each stands for.
        measure: The unit of numbers, and the one that a heading states.
        words: Words by which free text is matched to values of a set, with the value each stands for.

    Raises:
        SpellingError: The text says nothing that is certain.
    """
    own, read = _READERS[type.kind], lambda part: read_text(type, part, spellings, measure)
    try:
        return CellText(_exactly(type, text, read))
    except SpellingError:
        cell = _Cell(type, unicodedata.normalize("NFKC", text).strip(), read, spellings, words)
        found = own(cell)
        if found is None:
            found = _beside_remark(cell, own)
        if found is None:
            raise
        return found


def _exactly(type: Type, text: str, read: Callable[[str], Value | None]) -> Value | None:  # noqa: A002
    plain = normalised(text).lower()
    if type.kind == "boolean" and plain in _FLAGS:
        return _FLAGS[plain]
    if type.kind == "integer" and plain in _NONE:
        return 0
    return read(text)


@attrs.frozen
class _Cell:
    """A text that is no value as it stands, with what reads a part of it."""

    type: Type
    text: str
    read: Callable[[str], Value | None]
    spellings: Mapping[str, str]
    words: Mapping[str, str]

    def value(self, text: str) -> Value | None:
        """Return the value of a text, None where it is none."""
        try:
            return _exactly(self.type, text, self.read)
        except SpellingError:
            return None


_Own = Callable[[_Cell], CellText | None]


def _beside_remark(cell: _Cell, own: _Own) -> CellText | None:
    """Read what stands before a remark in brackets, if the remark cannot change it."""
    found = _REMARK.fullmatch(cell.text)
    if found is None or is_filler(found[1]):
        return None
    if _CHANGES.search(found[2]) or unit_of(found[2]) is not None or "单位" in found[2]:
        raise SpellingError(*(text.format(text=repr(cell.text[:40])) for text in REMARK))
    value = cell.value(found[1])
    inner = own(attrs.evolve(cell, text=found[1])) if value is None else CellText(value)
    return None if inner is None else CellText(inner.value, is_in_words=True)


def _number(cell: _Cell) -> CellText | None:
    text = with_digits(cell.text)
    value = cell.value(text)
    found = rough_numbers.read(cell.type, text, cell.value) if value is None else value
    return None if found is None else CellText(found)


def _date(cell: _Cell) -> CellText | None:
    text = with_digits(cell.text)
    value = cell.value(text)
    found = rough_dates.read(cell.type, text) if value is None else value
    return None if found is None else CellText(found)


def _choice(cell: _Cell) -> CellText | None:
    """Read a box that is ticked, or a label behind its code."""
    coded = _CODED.fullmatch(cell.text)
    texts = (_ticked(cell.text), coded["label"] if coded else None)
    values = (cell.value(text) for text in texts if text is not None)
    found = next((value for value in values if value is not None), None)
    return None if found is None else CellText(found)


def _ticked(text: str) -> str | None:
    """Return the word beside the only box that is ticked, where each word has its box."""
    marks, words = _BOXES.findall(text), [word.strip() for word in _BOXES.split(text)]
    if sum(mark in _PICKED for mark in marks) != 1:
        return None
    words = words[1:] if not words[0] else words[:-1] if not words[-1] else []
    place = next(at for at, mark in enumerate(marks) if mark in _PICKED)
    return words[place] if len(words) == len(marks) and all(words) else None


def _members(cell: _Cell) -> CellText | None:
    """Read the members that are sure; of what is not understood others may be meant."""
    sure, is_open, in_words = set[str](), False, False
    pieces = (part for piece in _PARTS.split(cell.text) for part in _known_or_words(cell, piece))
    for piece in pieces:
        part = _MORE.sub("", piece)
        is_open |= part != piece
        if is_filler(part):
            is_open |= any(letter.isalnum() for letter in part)  # 不详, and no mere mark
            continue
        value = cell.value(part)
        if value == frozenset():  # none of these, beside others
            return None
        if isinstance(value, frozenset):
            sure |= value
            continue
        sure |= _by_words(part, cell.words)
        is_open = in_words = True
    if not sure:
        return None
    members = frozenset(sure)
    return CellText(SomeOf(sure=members) if is_open else members, is_in_words=in_words)


def _known_or_words(cell: _Cell, piece: str) -> list[str]:
    """Return a piece that is a value as it stands or may deny one, otherwise the words in it."""
    is_whole = cell.value(piece) is not None or _DENIES.search(piece) is not None
    return [piece] if is_whole else _WORDS.split(piece)


def _by_words(text: str, words: Mapping[str, str]) -> frozenset[str]:
    """Return what the declared words in a text name; nothing where it may deny them."""
    if _DENIES.search(text):
        return frozenset()
    return frozenset(value for word, value in words.items() if word in text)


def _nothing(_: _Cell) -> None:
    return None


_READERS: Final[Mapping[str, _Own]] = {
    "boolean": _choice, "integer": _number, "decimal": _number, "money": _number, "date": _date,
    "enumeration": _choice, "set": _members, "text": _nothing,
}  # fmt: skip
