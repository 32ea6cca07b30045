"""Further lines about one organization, below a cell with its name that is merged over them.

In come the rows of a table in order; out go the same, what stands in further lines joined to the first one.
Guaranteed: a line with an id of its own is an organization; no text is lost, and of two texts none is preferred.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import attrs

from cso_rules.model.coded import Coded, said
from cso_rules.tables.read.asides import Table
from cso_rules.tables.read.cells import Cell, Row, text_of
from cso_rules.tables.read.xlsx.unread_cells import UnreadCell

BETWEEN: Final = "、"
NOTHING: Final = "—"


def joined(rows: Iterable[Row], table: Table) -> Iterator[Row]:
    """Yield rows; further lines come behind the one that they are joined to, as asides."""
    first, further = None, list[Row]()
    for row in rows:
        if first is not None and _goes_on(row, first, table):
            further.append(row)
            continue
        yield from () if first is None else _as_one(first, further)
        first, further = row, []
    yield from () if first is None else _as_one(first, further)


def merged_number(row: Row, table: Table) -> Coded | None:
    """Return what is wrong with a row that shares a number with others which are not about the same organization."""
    if not row.merged:
        return None
    top, bottom = row.merged.get(-1 if table.name is None else table.name, (row.number, row.number))
    shared = (
        (start, end)
        for at, (start, end) in row.merged.items()
        if at < len(row.cells) and isinstance(row.cells[at], int | float) and not isinstance(row.cells[at], bool)
    )
    return said("row-merged-number") if any(start < top or end > bottom for start, end in shared) else None


def _goes_on(row: Row, first: Row, table: Table) -> bool:
    if not row.merged or first.aside is not None or row.aside is not None or len(row.cells) != len(first.cells):
        return False
    return _is_below(row, table.name) and all(
        _is_below(row, at) or at >= len(row.cells) or not text_of(row.cells[at]) for at in table.identifiers
    )


def _is_below(row: Row, at: int | None) -> bool:
    """Tell whether the content of a cell stands in a row above."""
    return at is not None and at in row.merged and row.merged[at][0] < row.number


def _as_one(first: Row, further: list[Row]) -> Iterator[Row]:
    if further:
        lines = (first, *further)
        below = ([row.cells[at] for row in further if not _is_below(row, at)] for at in range(len(first.cells)))
        cells = tuple(_cell(own, more) for own, more in zip(first.cells, below, strict=True))
        first = attrs.evolve(first, cells=cells, problem=next((row.problem for row in lines if row.problem), None))
    yield first
    yield from (Row(row.number, row.cells, aside="further") for row in further)


def _cell(own: Cell, further: list[Cell]) -> Cell:
    """Return what several lines say: the first where the others say the same or nothing, else all texts in order."""
    texts = [text_of(cell) for cell in (own, *further)]
    if not {*texts} - {"", texts[0]}:
        return own
    text = BETWEEN.join(text or NOTHING for text in texts)
    unread = next((cell for cell in (own, *further) if isinstance(cell, UnreadCell)), None)
    return text if unread is None else UnreadCell(text, unread.reason)
