"""Cells of lists as people fill them in: what a text says of a fact, wholly or in part.

In comes a type with the text of a cell; out goes a value, bounds or members of it, or None where nothing is said.
Guaranteed: what `spellings.read_text` can read is read by it; nothing is rounded or guessed. An estimate (约20人), or a
remark that may change a number, is a `SpellingError`; a harmless remark (15人（党员5人）) is left aside and told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

import attrs

from cso_rules.model.spelling import rough_dates, rough_numbers
from cso_rules.model.spelling.numerals import with_digits
from cso_rules.model.spelling.spellings import (
    BOOLEANS,
    NO_SPELLINGS,
    SEPARATORS,
    SpellingError,
    bare_text,
    is_filler,
    normalised,
    read_text,
)
from cso_rules.model.spelling.units import Measure, unit_of
from cso_rules.model.types import SomeOf, Type, Value

Words = tuple[tuple[str, str], ...]
_REMARK: Final = re.compile(r"([^()]+?)\s*\(([^()]*)\)|(.+?)[,;、]?(其中.*)")
_BESIDE_CHOICE: Final = re.compile(r"([^,;]+)[,;](.+)")
_CHANGES: Final = re.compile(
    r"[约近?]|(?<!结)余(?!额)|左右|上下|大概|大约|估计|预计|不含|不包括|除外|未|拟|计划|目标|应|限|至少|以上|以下|以内|不足|不到|超过|多|待|实|到账|到位|认缴|欠|缺|另|原|曾|已注销|已撤|失效|过期"
    r"|不|非|无|停|正在|办理|申请|准备|将|\b(?:not|about|planned|except)\b"
)
"""What in a remark may change the value beside it."""
_CODED: Final = re.compile(
    r"(?:[\[(]\d{1,3}[\])]|[A-Za-z]?\d{0,3}\s*[-_－—.、:：)]|[A-Za-z]?\d{1,3})\s*(?P<label>[^\d\W].*)"
)
_BOXES: Final = re.compile(r"[□☐☑√■✓✔]")
_PICKED: Final = frozenset("☑√■✓✔")
_PARTS: Final = re.compile(rf"{SEPARATORS.pattern}|[()〖〗|\n]")
_WORDS: Final = re.compile(r"[\s+&和与及]+")
_SEVERAL: Final = re.compile(r"[各多全几、,;和及与跨/]")
_SPACE: Final = re.compile(r"\s+")
_MORE: Final = re.compile(r"等+(?:活动|服务|内容|项目|方面)?$|\.{2,}$|…+$")
_DENIES: Final = re.compile(r"[不非无未除]")
_FLAGS: Final = {
    **dict.fromkeys(("✓", "✔", "☑", "○", "◯", "y", "是的", "有的", "已有", "具有", "具备"), True),
    **dict.fromkeys(("✗", "✘", "╳", "n", "没有", "没", "不是", "不具备"), False),
}
_NONE: Final = frozenset({"无", "没有", "零", "none", "nil"})
"""Under a heading of a number these say 0."""
_COUNTING: Final = frozenset({"integer", "money"})
_YES, _NO = "是", "否"
REMARK: Final = "cell-remark"


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
    words: Words = (),
) -> CellText:
    """Read a cell of a list.

    Args:
        type: What the text must be.
        text: What people wrote.
        spellings: Normalised labels and aliases of an enumeration, with the value each stands for.
        measure: The unit of numbers, and the one that a heading states.
        words: Words of free text, each with the member of a set that it tells of.

    Raises:
        SpellingError: The text says nothing that is certain.
    """
    own, read = _READERS[type.kind], lambda part: read_text(type, part, spellings, measure)
    text = _answered(bare_text(text), measure)
    try:
        return CellText(_exactly(type, text, read))
    except SpellingError:
        cell = _Cell(type, normalised(text), read, spellings, words)
        found = own(cell)
        if found is None:
            found = _beside_remark(cell, own)
        if found is None:
            raise
        return found


def _answered(text: str, measure: Measure | None) -> str:
    """Return yes or no for every spelling of it, below a heading for which these have a meaning of their own."""
    if measure is None or measure.gives_meaning(text) or not measure.meanings.keys() & {_YES, _NO}:
        return text
    plain = normalised(text).lower()
    answer = _FLAGS.get(plain, BOOLEANS.get(plain))
    return text if answer is None else _YES if answer else _NO


def _exactly(type: Type, text: str, read: Callable[[str], Value | None]) -> Value | None:  # noqa: A002
    plain = normalised(text).lower()
    if type.kind == "boolean" and plain in _FLAGS:
        return _FLAGS[plain]
    if type.kind in _COUNTING and plain in _NONE:
        return read("0")
    return read(text)


@attrs.frozen
class _Cell:
    """A text that is no value as it stands, with what reads a part of it."""

    type: Type
    text: str
    read: Callable[[str], Value | None]
    spellings: Mapping[str, str]
    words: Words

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
    if found is None and cell.type.kind in {"boolean", "enumeration"}:
        found = _BESIDE_CHOICE.fullmatch(cell.text)
    before, remark = (text for text in found.groups() if text is not None) if found else ("", "")
    if is_filler(before):
        return None
    if _CHANGES.search(remark) or unit_of(remark) is not None or "单位" in remark:
        raise SpellingError(REMARK, text=repr(cell.text[:40]))
    value = cell.value(before)
    inner = own(attrs.evolve(cell, text=before)) if value is None else CellText(value)
    return None if inner is None else CellText(inner.value, is_in_words=True)


def _number(cell: _Cell) -> CellText | None:
    value = cell.value(with_digits(cell.text))
    found = rough_numbers.read(cell.type, cell.text, cell.value) if value is None else value
    return None if found is None else CellText(found)


def _date(cell: _Cell) -> CellText | None:
    text = with_digits(cell.text)
    value = cell.value(rough_dates.without_part_of_day(text))
    found = rough_dates.read(cell.type, text) if value is None else value
    return None if found is None else CellText(found)


def _choice(cell: _Cell) -> CellText | None:
    """Read a box that is ticked, a label behind its code or with spaces, or what the word at the end tells of."""
    coded = _CODED.fullmatch(cell.text)
    texts = (_ticked(cell.text), coded["label"] if coded else None, _SPACE.sub("", cell.text))
    values = (cell.value(text) for text in texts if text is not None)
    found = next((value for value in values if value is not None), None)
    if found is not None:
        return CellText(found)
    told = {value for word, value in cell.words if cell.text.endswith(word)}
    is_one = len(told) == 1 and not (_SEVERAL.search(cell.text) or _DENIES.search(cell.text))
    return CellText(told.pop(), is_in_words=True) if is_one else None


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
    """Return a piece that is a value, alone or behind its code, or that may deny one, otherwise the words in it."""
    coded = _CODED.fullmatch(piece)
    if coded and cell.value(coded["label"]) is not None:
        return [coded["label"]]
    is_whole = cell.value(piece) is not None or _DENIES.search(piece) is not None
    return [piece] if is_whole else _WORDS.split(piece)


def _by_words(text: str, words: Words) -> frozenset[str]:
    """Return what the declared words in a text name; nothing where it may deny them."""
    if _DENIES.search(text):
        return frozenset()
    return frozenset(value for word, value in words if word in text)


def _nothing(_: _Cell) -> None:
    return None


_READERS: Final[Mapping[str, _Own]] = {
    "boolean": _choice, "integer": _number, "decimal": _number, "money": _number, "date": _date,
    "enumeration": _choice, "set": _members, "text": _nothing,
}  # fmt: skip
