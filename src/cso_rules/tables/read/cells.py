"""Cells and rows as they stand in a file, before anything is understood."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, TypeVar

import attrs

from cso_rules.model.instruments import Label
from cso_rules.tables.read.choices import NO_CHOICES, Choices

T = TypeVar("T")

Cell = str | bool | int | float | Decimal | datetime.date | datetime.time | datetime.timedelta | tuple[str, ...] | None
"""Text of a CSV file, or a typed value of an XLSX or JSON file."""

EXACT_DIGITS: Final = 10**15
"""Excel keeps 15 digits; a longer number has been rounded already."""
LONGEST_NUMBER: Final = 60
"""Digits of a number that is written out."""

NOT_MERGED: Final[Mapping[int, tuple[int, int]]] = MappingProxyType({})

EMPTY: Final = "[]"
"""An empty list, as text: a set of which it is known that nothing is in it."""

_BRACKETS: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_IGNORED: Final = re.compile(r"[\s:*]+")


Aside = Literal["totals", "note", "unit", "header", "further"]
"""What a row is that is no organization: a sum; a heading of a section, a note, a line for signatures or dates; one
of these that speaks of a unit; the header of another table; or a further line about the organization above."""


@attrs.frozen
class Row:
    """One row: its number, its cells, what makes it unreadable as a whole, and what it is if no organization.

    `section` is the heading of the part of the table in which it stands, such as 一、文体类; `merged` tells of the
    columns whose cell is merged downwards from which row to which.
    """

    number: int
    cells: tuple[Cell, ...]
    problem: Label | None = None
    aside: Aside | None = None
    section: str = ""
    merged: Mapping[int, tuple[int, int]] = attrs.field(default=NOT_MERGED, hash=False, repr=False)


@attrs.frozen(kw_only=True)
class Sheet:
    """A table of organizations in a file; `rows` can be gone through once.

    `choices` is what is known of its columns beside their headings; `is_plain` is false where its rows are not simply
    those of the file below the header, such as of a form.
    """

    path: Path
    encoding: str | None
    sheet_name: str | None
    header: tuple[str, ...]
    header_row: int
    rows: Iterator[Row] = attrs.field(repr=False)
    notes: tuple[Label, ...] = ()
    choices: Choices = NO_CHOICES
    is_plain: bool = True


def heading_key(text: str) -> str:
    """Return a heading without width, case, spaces, colons and units in brackets, for comparison."""
    plain = _BRACKETS.sub("", unicodedata.normalize("NFKC", text).casefold())
    return _IGNORED.sub("", plain)


def day_of(value: T) -> T | datetime.date:
    """Return the date of a moment at midnight, as databases and spreadsheets keep dates; other values stay."""
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date()
    return value


def text_of(cell: Cell) -> str:
    """Return a cell as a person would write it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float | Decimal):
        return _number_text(cell)
    if isinstance(cell, tuple):
        return "、".join(cell) if cell else EMPTY
    return str(cell).strip()


def _number_text(number: float | Decimal) -> str:
    exact = Decimal(repr(number)) if isinstance(number, float) else number
    if abs(exact.adjusted()) > LONGEST_NUMBER:
        return str(exact)  # no number of a fact, and written out it might fill the memory
    return format(exact.to_integral_value(), "f") if exact == exact.to_integral_value() else format(exact, "f")


def is_blank(cells: tuple[Cell, ...]) -> bool:
    """Tell whether a row has no content."""
    return not any(text_of(cell) for cell in cells)


def is_rounded(cell: Cell) -> bool:
    """Tell whether a number has more digits than a spreadsheet keeps."""
    return isinstance(cell, float) and abs(cell) >= EXACT_DIGITS
