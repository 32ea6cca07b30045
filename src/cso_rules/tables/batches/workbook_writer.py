"""Answers written to a sheet of a workbook, row by row.

Guaranteed: rows for which a sheet has no room are refused, and a text for which a cell has none ends with an ellipsis.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from cso_rules.errors import MissingExtraError
from cso_rules.tables.problems import FileProblem
from cso_rules.tables.read.cell_limits import CELL_LIMIT
from cso_rules.tables.read.cells import EXACT_DIGITS

SHEET_ROWS: Final = 1_048_576
"""Rows of a sheet, the header among them."""
_FIRST_DAY: Final = datetime.date(1900, 3, 1)
"""Before it spreadsheets count days differently."""


def refuse_long(path: Path | str, rows: int | None) -> None:
    """Refuse more rows than a sheet has room for.

    Raises:
        FileProblem: There are more.
    """
    if rows is not None and rows >= SHEET_ROWS:
        raise FileProblem.of("output-many-rows", path, most=SHEET_ROWS - 1)


class WorkbookWriter:
    """Writes batches to one sheet; only the row that is being written is in memory."""

    def __init__(self, path: str, folder: str, names: Sequence[str]) -> None:
        """Begin a workbook with its header; its parts stand in a folder until it is complete.

        Raises:
            MissingExtraError: The extra `tables` is not installed.
        """
        try:
            import xlsxwriter  # type: ignore[import-untyped]
        except ImportError as error:
            raise MissingExtraError("tables") from error
        # The ending of a file that is not complete yet would be warned of.
        self._book = xlsxwriter.Workbook(
            path,
            {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": folder},
        )
        self._book.use_zip64()
        self._path, self._failure = path, xlsxwriter.exceptions.FileCreateError
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        bold = self._book.add_format({"bold": True})
        for column, name in enumerate(names):
            self._sheet.write_string(0, column, name[:CELL_LIMIT], bold)
        self._row = 1

    def write_batch(self, batch: Any) -> None:
        """Write rows.

        Raises:
            FileProblem: The sheet is full.
        """
        refuse_long("XLSX", self._row - 1 + batch.num_rows)
        for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            for column, cell in enumerate(cells):
                if cell is not None:
                    self._write(column, cell)
            self._row += 1

    def _write(self, column: int, cell: Any) -> None:
        if isinstance(cell, bool):
            self._sheet.write_boolean(self._row, column, cell)
        elif isinstance(cell, int) and abs(cell) < EXACT_DIGITS:
            self._sheet.write_number(self._row, column, cell)
        elif isinstance(cell, datetime.date) and cell >= _FIRST_DAY:
            self._sheet.write_datetime(self._row, column, cell, self._day)
        elif text := str(cell):
            fits = len(text) <= CELL_LIMIT
            self._sheet.write_string(self._row, column, text if fits else f"{text[: CELL_LIMIT - 1]}…")

    def abandon(self) -> None:
        """Leave the file as it is; to finish what was begun would take as long as to write it."""
        self._book.fileclosed = True
        self._sheet.row_data_fh.close()

    def close(self) -> None:
        """Finish the file.

        Raises:
            OSError: There is no room for it.
        """
        try:
            self._book.close()
        except self._failure as error:
            cause = error.args[0] if error.args else error
            raise (cause if isinstance(cause, OSError) else OSError(str(cause))) from error
