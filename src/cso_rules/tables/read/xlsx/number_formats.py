"""What people see in a cell of a workbook beside its value: a unit (`0"万元"`), a month for a day, a line through it.

In come the parts of a workbook with its styles and texts; out goes how the cells of each style look.
Guaranteed: only known units are read; of a format that shows another number than the one in the cell nothing is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, Literal

import attrs

from cso_rules.model.spelling.units import CURRENCY, unit_of
from cso_rules.tables.read.xlsx.workbook_parts import Parts, parse

_QUOTED: Final = r'"[^"]*"|\\.|_.|\*.|\[\$[^\]\-]*(?:-[0-9A-Fa-f]+)?\]|[^\x00-\x7f]| |\(|\)|\+|-|/|\$'
"""Texts that stand beside a number: in quotes, escaped, room, filling, a currency, or a letter of no code."""
_SECTION: Final = re.compile(
    rf"(?P<before>(?:{_QUOTED})*)(?P<number>General|G/通用格式|[#0?](?:[#0?,]*[#0?])?(?:\.[#0?]+)?)"
    rf"(?P<after>(?:{_QUOTED})*)"
)
_PIECE: Final = re.compile(rf"{_QUOTED}")
_COLOUR: Final = re.compile(
    r"\[(?:Black|Blue|Cyan|Green|Magenta|Red|White|Yellow|Color ?\d+|黑色?|蓝色?|红色?|绿色?)\]", re.IGNORECASE
)
_ASIDE: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|[aA][mM]/[pP][mM]')
_NUMBER_SIGNS: Final = re.compile(r"[#0?@]|general")
_BUILT_IN: Final = {
    "16": "d-mmm", "17": "mmm-yy",
    **dict.fromkeys(("27", "36", "50", "52", "57"), "yyyy年m月"),
    **dict.fromkeys(("28", "29", "51", "53", "54", "58"), "m月d日"),
}  # fmt: skip
"""Number formats without a code in the file, as Excel and WPS show them in China."""
_SPLIT: Final = re.compile(r'(?:"[^"]*"|\\.|[^;"\\])*')
_PARTS: Final = frozenset({
    "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles", "colors",
})  # fmt: skip


@attrs.frozen
class Shown:
    """What stands before and after a number."""

    before: str
    after: str


DayForm = Literal["month", "year", "no year"]
"""As what a day is shown that is not shown wholly."""


@attrs.frozen(kw_only=True)
class Look:
    """How a cell looks.

    Attributes:
        unit: What its number format shows beside a number.
        day: What of a day it shows, None where it is the whole day.
        is_struck: Whether the cell, or some of its letters, is struck through.
    """

    unit: Shown | None = None
    day: DayForm | None = None
    is_struck: bool = False


STRUCK: Final = Look(is_struck=True)
_PLAIN: Final = Look()


def looks_of(parts: Parts) -> dict[str, Look]:
    """Return how cells look by the number of their style; of other styles there is nothing to say.

    Raises:
        FileProblem: The part with the styles cannot be read.
    """
    codes, styles, section = dict(_BUILT_IN), list[tuple[str, str]](), [""]
    fonts, struck = [-1], set[str]()

    def start(name: str, attributes: dict[str, str]) -> None:
        own = name.rpartition(":")[2]
        if own in _PARTS:
            section[0] = own
        elif own == "numFmt" and section[0] == "numFmts":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif own == "xf" and section[0] == "cellXfs":
            styles.append((attributes.get("numFmtId", ""), attributes.get("fontId", "")))
        elif section[0] == "fonts":
            fonts[0] += own == "font"
            if strikes(own, attributes):
                struck.add(str(fonts[0]))

    if parts.styles is not None:
        parse(parts, parts.styles, start)
    known = {key: Look(unit=unit_shown(code), day=day_shown(code)) for key, code in codes.items()}
    looks = (attrs.evolve(known.get(code, _PLAIN), is_struck=font in struck) for code, font in styles)
    return {str(number): look for number, look in enumerate(looks) if look != _PLAIN}


def strikes(name: str, attributes: dict[str, str]) -> bool:
    """Tell whether an element draws a line through letters."""
    return name == "strike" and attributes.get("val", "1") not in {"0", "false"}


def struck_texts(parts: Parts) -> frozenset[int]:
    """Return which of the shared texts of a workbook have letters that are struck through.

    Raises:
        FileProblem: The part with the texts cannot be read.
    """
    if parts.texts is None or not any(b"strike" in chunk for chunk in _overlapping(parts, parts.texts)):
        return frozenset()
    found, count = set[int](), [-1]

    def start(name: str, attributes: dict[str, str]) -> None:
        own = name.rpartition(":")[2]
        count[0] += own == "si"
        if strikes(own, attributes):
            found.add(count[0])

    parse(parts, parts.texts, start)
    return frozenset(found)


def _overlapping(parts: Parts, part: str) -> Iterator[bytes]:
    """Yield the bytes of a part so that no word is cut."""
    end = b""
    for chunk in parts.chunks(part):
        yield end + chunk
        end = chunk[-len("strike") :]


def day_shown(code: str) -> DayForm | None:
    """Return what of a day a number format shows; None where it is the whole day, or a time, or no day at all."""
    letters = _ASIDE.sub("", code).partition(";")[0].casefold()
    if _NUMBER_SIGNS.search(letters):
        return None
    has_year, has_month, has_day = (any(letter in letters for letter in own) for own in ("ye", "m", "d"))
    if has_year:
        return None if has_day else "month" if has_month else "year"
    return "no year" if has_day and has_month else None


def unit_shown(code: str) -> Shown | None:
    """Return the unit that a number format shows for every number; None where it shows none or another number."""
    sections = [part for part in _SPLIT.findall(_COLOUR.sub("", code)) if part]
    found = {_section(part) for part in sections[:3]}  # the fourth one is for texts
    return found.pop() if len(found) == 1 else None


def _section(code: str) -> Shown | None:
    found = _SECTION.fullmatch(code)
    if found is None:
        return None
    before, after = (_literal(found[name]) for name in ("before", "after"))
    is_currency = before.casefold() in {unicodedata.normalize("NFKC", text).casefold() for text in CURRENCY}
    if (before and not is_currency) or (after and unit_of(after) is None):
        return None
    return Shown(before, after) if before or after else None


def _literal(text: str) -> str:
    """Return what pieces of a format show, without room and signs."""
    shown = []
    for piece in _PIECE.findall(text):
        if piece.startswith('"'):
            shown.append(piece[1:-1])
        elif piece.startswith("[$"):
            shown.append(piece[2:-1].partition("-")[0])
        elif piece.startswith("\\"):
            shown.append(piece[1:])
        elif piece[0] not in "_*":
            shown.append(piece)
    return unicodedata.normalize("NFKC", "".join(shown)).strip(" ()+-")
