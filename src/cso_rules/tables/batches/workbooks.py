"""XLSX workbooks beside large tables: rows as batches of texts, and answers written row by row.

Guaranteed: cells are read as for one organization; rows for which a sheet has no room are refused, and a text for which
a cell has none ends with an ellipsis.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Final

import attrs

from cso_rules.errors import MissingExtraError
from cso_rules.executors.planes.extra import np, pa
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Fact, Policy
from cso_rules.tables.batches.sources import BATCH, SECTIONS, Given, Source, given_source, selected
from cso_rules.tables.problems import CellProblem, FileProblem
from cso_rules.tables.read.cell_limits import CELL_LIMIT
from cso_rules.tables.read.cells import EXACT_DIGITS, Cell, Row, Sheet, text_of
from cso_rules.tables.read.choices import NO_CHOICES, Choices
from cso_rules.tables.read.columns import facts_at, is_known_heading
from cso_rules.tables.read.sheets import read_sheet
from cso_rules.tables.read.xlsx.unread_cells import NOT_TRUE_OR_FALSE, UnreadCell

ENDINGS: Final = frozenset({".xlsx", ".xlsm"})
SHEET_ROWS: Final = 1_048_576
"""Rows of a sheet, the header among them."""
NO_LIST: Final = Label(en="'[]' is not a value of it", zh="'[]' 不是此项的值")
_FIRST_DAY: Final = datetime.date(1900, 3, 1)
"""Before it spreadsheets count days differently."""


def open_workbook_rows(
    path: Path, policy: Policy, sheet_name: str | None = None, choices: Choices = NO_CHOICES
) -> Source:
    """Open a sheet of a workbook.

    Args:
        path: The file.
        policy: The rules whose facts the headings name.
        sheet_name: The name or the number of the sheet, instead of the first visible one with a table.
        choices: What a person said about columns, and which table is meant.

    Raises:
        FileProblem: It is no workbook, or has no header with a known column.
        MissingExtraError: The extra `tables` is not installed.
    """
    headings = is_known_heading(policy, choices)
    return source_of_rows(partial(read_sheet, path, headings, sheet_name=sheet_name), policy)


def source_of_rows(opened: Callable[[], Sheet], policy: Policy) -> Source:
    """Return a table whose rows are gone through one by one; it is opened anew for each time."""
    waiting = [opened()]
    header, notes, choices = waiting[0].header, waiting[0].notes, waiting[0].choices
    headings = is_known_heading(policy, choices)
    facts = facts_at(header, policy, choices)
    identity = {at for at, text in enumerate(header) if at not in facts and headings(text)}
    schema = pa.schema([pa.field(text, pa.string()) for text in header])

    def given(kept: Sequence[int] | None = None) -> Iterator[Given]:
        sheet = waiting.pop() if waiting else opened()
        return selected(_parts(sheet.rows, schema, facts, identity), kept)

    return given_source(schema, given, notes, choices)


def open_record_rows(path: Path, policy: Policy, choices: Choices = NO_CHOICES) -> Source:
    """Open a JSON or NDJSON file, whose columns do not stand before the answers.

    Args:
        path: The file.
        policy: The rules whose facts the keys name.
        choices: What a person said about columns.

    Raises:
        FileProblem: The file as a whole cannot be read.
    """
    headings = is_known_heading(policy, choices)
    return attrs.evolve(source_of_rows(partial(read_sheet, path, headings), policy), hands_on=False)


def _parts(rows: Iterator[Row], schema: Any, facts: Mapping[int, Fact], identity: set[int]) -> Iterator[Given]:
    """Yield rows in parts in which a column of a set holds either texts or lists."""
    sets = [at for at, fact in facts.items() if fact.type.kind == "set"]

    def with_texts(row: Row) -> tuple[int, ...]:
        return tuple(at for at in sets if at < len(row.cells) and not isinstance(row.cells[at], tuple | None))

    for _, some in groupby(rows, key=with_texts):
        yield from _parts_alike(some, schema, facts, identity)


def _parts_alike(rows: Iterator[Row], schema: Any, facts: Mapping[int, Fact], identity: set[int]) -> Iterator[Given]:
    while part := list(islice(rows, BATCH)):
        found = [row for row in part if row.aside is None]
        problems = {place: own for place, row in enumerate(found) if (own := _problems(row, schema, identity))}
        unread = {
            (place, schema.names[at]): reason
            for place, row in enumerate(found)
            for at, kind in facts.items()
            if at < len(row.cells) and (reason := _unread(row.cells[at], kind)) is not None
        }
        columns = [_column(found, at, facts.get(at)) for at in range(len(schema))]
        batch = pa.RecordBatch.from_arrays(columns, schema.names)
        yield Given(
            batch, np.array([row.number for row in found], np.int64), problems,
            {row.number: row.aside for row in part if row.aside is not None}, unread=unread,
            sections=pa.array([row.section or None for row in found], SECTIONS),
        )  # fmt: skip


def _column(rows: Sequence[Row], place: int, fact: Fact | None) -> Any:
    """Return the cells of a column, as lists where a set is told so, else as texts."""
    cells = [row.cells[place] if place < len(row.cells) else None for row in rows]
    if fact is None or fact.type.kind != "set" or not any(isinstance(cell, tuple) for cell in cells):
        return pa.array(map(text_of, cells), pa.string())
    return pa.array([list(cell) if isinstance(cell, tuple) else None for cell in cells], pa.list_(pa.string()))


def _problems(row: Row, schema: Any, identity: set[int]) -> list[CellProblem]:
    """Return what is wrong with a row as a whole, or with the cells that say whose it is and which rules apply."""
    if row.problem is not None:
        return [CellProblem.of_row(row.number, row.problem)]
    unread = ((at, cell) for at, cell in enumerate(row.cells) if isinstance(cell, UnreadCell) and at in identity)
    return [CellProblem.of_context(row.number, schema.names[at], cell, cell.reason) for at, cell in unread]


def _unread(cell: Cell, fact: Fact) -> Label | None:
    """Return why a cell holds no value of its fact, whatever its text may look like."""
    if isinstance(cell, UnreadCell):
        return cell.reason
    if cell == () and fact.type.kind != "set":
        return NO_LIST
    return NOT_TRUE_OR_FALSE if isinstance(cell, bool) and fact.type.kind != "boolean" else None


def refuse_long(path: Path | str, rows: int | None) -> None:
    """Refuse more rows than a sheet has room for.

    Raises:
        FileProblem: There are more.
    """
    if rows is not None and rows >= SHEET_ROWS:
        raise FileProblem(
            path,
            Label(
                en=f"a sheet has room for {SHEET_ROWS - 1:,} rows below its header",
                zh=f"一张工作表除表头外最多容纳 {SHEET_ROWS - 1:,} 行",
            ),
            Label(en="Write .parquet or .csv, or split the table", zh="请改用 .parquet 或 .csv，或拆分表格"),
        )


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
