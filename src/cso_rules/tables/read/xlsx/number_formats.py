"""Units that the number formats of a workbook show beside a number, such as `0"万元"`.

In comes the part of a workbook with its styles; out go the texts before and after the numbers of each style.
Guaranteed: only known units are read; of a format that shows another number than the one in the cell nothing is.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

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
_SPLIT: Final = re.compile(r'(?:"[^"]*"|\\.|[^;"\\])*')
_PARTS: Final = frozenset({
    "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles", "colors",
})  # fmt: skip


@attrs.frozen
class Shown:
    """What stands before and after a number."""

    before: str
    after: str


def shown_units(parts: Parts) -> dict[str, Shown]:
    """Return what is shown beside a number by the number of its style; of other styles nothing is known.

    Raises:
        FileProblem: The part with the styles cannot be read.
    """
    codes, styles, section = dict[str, str](), list[str](), [""]

    def start(name: str, attributes: dict[str, str]) -> None:
        own = name.rpartition(":")[2]
        if own in _PARTS:
            section[0] = own
        elif own == "numFmt" and section[0] == "numFmts":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif own == "xf" and section[0] == "cellXfs":
            styles.append(attributes.get("numFmtId", ""))

    if parts.styles is not None:
        parse(parts, parts.styles, start)
    known = {key: shown for key, code in codes.items() if (shown := unit_shown(code)) is not None}
    return {str(number): known[key] for number, key in enumerate(styles) if key in known}


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
