"""The header of a table: its row among the first ones, a second row below it, and a unit that a line above states.

In come the first rows of a sheet; out go one heading for each column, and what was noticed.
Guaranteed: a unit stated above the table is put into the heading of every column of numbers that it may be meant for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

import attrs

from cso_rules.model.instruments import Label
from cso_rules.model.units import ANY, Unit, fits, unit_of
from cso_rules.population.cells import Cell, Row, is_blank, text_of
from cso_rules.population.headings import Headings

_UNIT_LINE: Final = re.compile(r"(?:金额|资金|货币|计量|数量)?单位[:：](?P<units>[^:：]+)|units?:(?P<into>[^:]+)")
_PLAIN_NUMBER: Final = re.compile(r"[\d.,%-]+")
_OF_TABLE: Final = 3
"""Known names in one row that make it a header though other rows hold some, too."""
_BETWEEN: Final = re.compile(r"[、,，;；/]")
_WIDE: Final = re.compile(r"\s{2,}|[(（)）]")
_ENDS: Final = re.compile(r"\s+")


@attrs.frozen(kw_only=True)
class Header:
    """The headings of a table.

    Attributes:
        texts: One for each column.
        known: How many of them are known.
        last_row: The number of the last row of the header.
        notes: What a person should be told.
    """

    texts: tuple[str, ...]
    known: int
    last_row: int
    notes: tuple[Label, ...]


def header_of(rows: Sequence[Row], headings: Headings) -> Header | None:
    """Return the header among the first rows of a table; None when none of them holds a known heading."""
    rows = [row for row in rows if not is_blank(row.cells)]
    scores = [_score(row, headings) for row in rows]
    if not any(scores) or _is_form(rows, headings):
        return None
    place = scores.index(max(scores))
    texts, last = _trimmed(rows[place]), rows[place]
    for row in reversed(rows[:place]):
        if not _is_above(_trimmed(row), texts):
            break
        texts = _joined(_trimmed(row), texts)
    if place + 1 < len(rows) and _is_second(texts, rows[place + 1]):
        last = rows[place + 1]
        texts = _joined(texts, _trimmed(last))
    units = [unit for row in rows[:place] for unit in _units_above(row)]
    stated = tuple(_with_unit(text, units, headings) for text in texts)
    above = [str(row.number) for row in rows[:place]]
    return Header(
        texts=stated, known=sum(map(headings, stated)), last_row=last.number, notes=tuple(_notes(above, texts, stated))
    )


def _is_form(rows: Sequence[Row], headings: Headings) -> bool:
    """Tell whether names stand beside values in row after row, as on a sheet about one organization."""
    known = [sum(headings(text_of(cell)) for cell in row.cells) for row in rows]
    return max(known) < _OF_TABLE and sum(map(bool, known)) >= _OF_TABLE


def _score(row: Row, headings: Headings) -> int:
    """Return how many headings of a row are known; not of a form, whose other cells are numbers."""
    texts = [text for text in map(text_of, row.cells) if text]
    numbers = sum(_PLAIN_NUMBER.fullmatch(text) is not None for text in texts)
    return 0 if 2 * numbers >= len(texts) else sum(map(headings, texts))


def _trimmed(row: Row) -> tuple[str, ...]:
    texts = [text_of(cell) for cell in row.cells]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def _notes(above: list[str], before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[Label]:
    if above:
        numbers = ", ".join(above)
        yield Label(en=f"rows above the header skipped: {numbers}", zh=f"表头之上的行未读入：{numbers}")
    changed = [text for text, old in zip(after, before, strict=True) if text != old]
    if changed:
        listed = "、".join(changed[:20])
        yield Label(en=f"the unit stated above the table holds for: {listed}", zh=f"表头之上注明的单位适用于：{listed}")


# ------------------------------------------------------------------------------------------------- a second header row


def _is_second(header: tuple[str, ...], row: Row) -> bool:
    """Tell whether a row below the header only names the parts of headings that stand over several columns."""
    found = {place for place, cell in enumerate(row.cells) if text_of(cell)}
    groups = _groups(header, len(row.cells))
    starts = {_start(header, place) for place in found if place >= len(header) or not header[place]}
    return bool(starts) and starts <= found <= groups and all(_is_words(row.cells[place]) for place in found)


def _start(header: tuple[str, ...], place: int) -> int:
    """Return the column whose heading stands over a blank one."""
    return max((at for at, text in enumerate(header[:place]) if text), default=-1)


def _is_words(cell: Cell) -> bool:
    return isinstance(cell, str) and _PLAIN_NUMBER.fullmatch(cell.strip()) is None


def _is_above(above: tuple[str, ...], header: tuple[str, ...]) -> bool:
    """Tell whether a row above shares cells with the header, as cells that are merged downwards do."""
    return any(text and text == own for text, own in zip(above, header, strict=False))


def _groups(header: tuple[str, ...], width: int) -> set[int]:
    """Return the columns that share a heading with the column beside them."""
    padded = [*header, *([""] * max(0, width - len(header)))]
    blank = {place for place, text in enumerate(padded) if not text}
    return blank | {place for place in range(len(padded)) if padded[place] and place + 1 in blank}


def _joined(header: tuple[str, ...], parts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the headings of two rows as one; what stands in brackets over several columns holds for each."""
    found, group = [], ""
    for place in range(max(len(header), len(parts))):
        over, part = (texts[place] if place < len(texts) else "" for texts in (header, parts))
        group = over or group
        remark = re.search(r"[(（\[【][^()（）]*[)）\]】]", group)
        found.append((part + (remark[0] if remark and remark[0] not in part else "")) if part else over)
    return tuple(found)


# ----------------------------------------------------------------------------------------------- units above the table


def _units_above(row: Row) -> Iterator[tuple[str, Unit]]:
    """Yield the units that a line above the table states, such as 单位：万元."""
    for text in (text_of(cell) for cell in row.cells):
        for piece in _WIDE.split(unicodedata.normalize("NFKC", text)):
            found = _UNIT_LINE.fullmatch(_ENDS.sub("", piece.casefold()))
            for name in _BETWEEN.split(found["units"] or found["into"]) if found else ():
                if (unit := unit_of(name)) is not None:
                    yield name, unit


def _with_unit(text: str, units: Sequence[tuple[str, Unit]], headings: Headings) -> str:
    """Return a heading with the unit that is stated above it, if it is that of numbers and states none itself."""
    measure = headings.heading(text).measure
    if measure is None or measure.stated is not None:
        return text
    meant = [name for name, unit in units if unit.dimension == ANY or _is_alike(unit, measure.own)]
    return text + "".join(f"（{name}）" for name in dict.fromkeys(meant))


def _is_alike(unit: Unit, own: Unit) -> bool:
    is_currency = own.dimension == "money" and unit.dimension not in {"persons", "units", "times", "count", "years"}
    return fits(unit, own) or is_currency
