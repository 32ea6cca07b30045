"""Tables of texts for people: aligned columns, and CSV of which no cell is run as a formula."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

MARK: Final = b"\xef\xbb\xbf"
"""What tells Excel that a file is UTF-8."""
_BETWEEN: Final = "  "
_ELLIPSIS: Final = "…"
_LEAST: Final = 8
"""Places below which no column is cut."""
FORMULA_SIGNS: Final = ("-", "=", "+", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""With these a spreadsheet begins a formula."""


def neutral(text: str) -> str:
    """Return text that a spreadsheet does not run as a formula: an apostrophe stands before it."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def csv_text(rows: Iterable[Iterable[str]]) -> str:
    """Return rows as CSV for Excel, without the mark that begins a file."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(map(neutral, row) for row in rows)
    return buffer.getvalue()


def width_of(text: str) -> int:
    """Return how many places text takes on a terminal."""
    wide = sum(unicodedata.east_asian_width(character) in "WFA" for character in text)
    return len(text) + wide - sum(1 for character in text if unicodedata.combining(character))


def narrowed(table: Sequence[Sequence[str]], width: int) -> list[tuple[str, ...]]:
    """Return rows of which the widest columns are cut until they fit side by side."""
    widths = [max(map(width_of, column)) for column in zip(*table, strict=True)]
    while sum(widths) + len(_BETWEEN) * (len(widths) - 1) > width and max(widths) > _LEAST:
        widths[widths.index(max(widths))] -= 1
    return [tuple(_cut(cell, room) for cell, room in zip(cells, widths, strict=True)) for cells in table]


def _cut(text: str, width: int) -> str:
    """Return a text that takes no more than some places, with an ellipsis where it is cut."""
    if width_of(text) <= width:
        return text
    while width_of(text) > width - width_of(_ELLIPSIS):
        text = text[:-1]
    return text + _ELLIPSIS


def aligned(table: Sequence[Sequence[str]], *, numbers_right: bool = False) -> Iterator[str]:
    """Yield rows with their columns one below the other, numbers to the right if wanted."""
    widths = [max(map(width_of, column)) for column in zip(*table, strict=True)]
    for cells in table:
        parts = []
        for cell, width in zip(cells, widths, strict=True):
            blank = " " * (width - width_of(cell))
            parts.append(blank + cell if numbers_right and cell.isdigit() else cell + blank)
        yield _BETWEEN.join(parts).rstrip()
