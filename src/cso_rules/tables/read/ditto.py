"""Cells that say the same as the cell above, such as 同上 and 〃."""

from __future__ import annotations

from typing import Final

import attrs

from cso_rules.tables.read.cells import Cell, Row

DITTO: Final = ("同上", "同 上", "〃", "〞", "″", "同上行")
"""Texts that stand for what the cell above holds, without space at their ends."""
_DITTO: Final = frozenset(DITTO)


def is_ditto(cell: Cell) -> bool:
    """Tell whether a cell says the same as the one above."""
    return isinstance(cell, str) and cell.strip() in _DITTO


@attrs.define
class Above:
    """Fills such cells in from the last row before that is an organization and fits the header."""

    cells: tuple[Cell, ...] = ()

    def filled(self, row: Row, width: int) -> Row:
        """Return a row with what such cells stand for; without a row above they stay as they are."""
        if row.aside is not None or len(row.cells) != width:
            return row
        if self.cells and any(map(is_ditto, row.cells)):
            pairs = zip(row.cells, self.cells, strict=True)
            row = attrs.evolve(row, cells=tuple(above if is_ditto(cell) else cell for cell, above in pairs))
        self.cells = row.cells
        return row
