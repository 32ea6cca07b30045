"""Several tables on one sheet, below one another or side by side: one is chosen, never the first in silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import attrs

from cso_rules.model.instruments import Label
from cso_rules.tables.problems import RequestProblem
from cso_rules.tables.read.asides import Table
from cso_rules.tables.read.cells import Row, heading_key, text_of
from cso_rules.tables.read.header_rows import Header, header_of
from cso_rules.tables.read.headings import Headings
from cso_rules.tables.read.xlsx.sheet_scan import column_letters

NAMED: Final = 5
"""Headings of a table that a message names."""
REPEATED: Final = 2
"""Headings that stand twice in one header and so show two tables."""
LOOKED_AT: Final = 10


@attrs.frozen
class Part:
    """One of several tables on a sheet.

    Attributes:
        rows: Its rows, its header among them.
        header: Its header.
        place: Where it stands, for a message.
    """

    rows: list[Row]
    header: Header
    place: Label


def parts_of(rows: Sequence[Row], header: Header, headings: Headings) -> list[Part]:
    """Return the tables of a sheet, whose first header is known."""
    rows = list(rows)
    starts = list(_starts(rows, header, headings))
    if len(starts) > 1:
        ends = [*(rows.index(_first_line(rows, start)) for start, _ in starts[1:]), len(rows)]
        begins = [0, *ends[:-1]]
        return [
            Part(rows[begin:end], found, _at_row(found))
            for begin, end, (_, found) in zip(begins, ends, starts, strict=True)
        ]
    return list(_side_by_side(rows, header)) or [Part(rows, header, _at_row(header))]


def _starts(rows: Sequence[Row], header: Header, headings: Headings) -> Iterator[tuple[int, Header]]:
    """Yield the place of the last line of each header, with the header."""
    yield next(at for at, row in enumerate(rows) if row.number == header.last_row), header
    table = Table.of(header.texts, headings)
    for at, row in enumerate(rows):
        if row.number > header.last_row and table.aside(row.cells) == "header":
            found = header_of(rows[at : at + LOOKED_AT], headings)
            if found is not None:
                yield at, found
                header, table = found, Table.of(found.texts, headings)


def _first_line(rows: Sequence[Row], start: int) -> Row:
    """Return the first row that belongs to a table: its header, or the title right above it."""
    at = start
    while at and len({text for cell in rows[at - 1].cells if (text := text_of(cell))}) <= 1:
        at -= 1
    return rows[at]


def second_start(header: Sequence[str]) -> int | None:
    """Return the column at which a header begins anew, None where it holds one table."""
    keys = [heading_key(text) for text in header]
    first = next((key for key in keys if key), "")
    for at in range(1, len(keys)):
        if keys[at] == first and len({*keys[:at]} & {*keys[at:]} - {""}) >= REPEATED:
            return at
    return None


def _side_by_side(rows: Sequence[Row], header: Header) -> Iterator[Part]:
    bounds, texts = [0], header.texts
    while (found := second_start(texts[bounds[-1] :])) is not None:
        bounds.append(bounds[-1] + found)
    if len(bounds) == 1:
        return
    for left, right in zip(bounds, [*bounds[1:], len(texts)], strict=True):
        own = texts[left:right]
        while own and not own[-1].strip():
            own = own[:-1]
        cut = [_cut(row, left, left + len(own)) for row in rows]
        letters = f"{column_letters(left + 1)}–{column_letters(left + len(own))}"
        place = Label(en=f"columns {letters}", zh=f"{letters} 列")
        yield Part(cut, attrs.evolve(header, texts=own, notes=()), place)


def _cut(row: Row, left: int, right: int) -> Row:
    """Return what of a row stands in some of the columns."""
    merged = {at - left: ends for at, ends in row.merged.items() if left <= at < right}
    return attrs.evolve(row, cells=row.cells[left:right], merged=merged)


def _at_row(header: Header) -> Label:
    return Label(en=f"row {header.last_row}", zh=f"第 {header.last_row} 行")


def chosen_part(path: Path, parts: Sequence[Part], wanted: int) -> Part:
    """Return the table of a number.

    Raises:
        RequestProblem: There are not so many.
    """
    if wanted <= len(parts):
        return parts[wanted - 1]
    raise RequestProblem.of("file-no-such-table", path, wanted=wanted, last=len(parts))


def several(path: Path, places: Sequence[tuple[Label, Sequence[str]]]) -> RequestProblem:
    """Return the problem of a sheet with several tables of which none is chosen."""
    english = "; ".join(f"{place.en} ({_listed(header)})" for place, header in places)
    chinese = "；".join(f"{place.zh}（{_listed(header)}）" for place, header in places)
    return RequestProblem.of("file-several-tables", path, found=Label(en=english, zh=chinese))


def _listed(header: Sequence[str]) -> str:
    texts = [text for text in header if text.strip()]
    return "、".join(text[:20] for text in texts[:NAMED]) + (" …" if len(texts) > NAMED else "")


def second_table(path: Path, header_row: int, header: Sequence[str], row: int, cells: Sequence[str]) -> RequestProblem:
    """Return the problem of a table below which another one begins."""
    first, second = (Label(en=f"row {number}", zh=f"第 {number} 行") for number in (header_row, row))
    return several(path, [(first, header), (second, cells)])
