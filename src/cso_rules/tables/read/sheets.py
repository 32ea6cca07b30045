"""Open a file as a table: format, encoding, separator and header row are found and reported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final

import attrs

from cso_rules.model.instruments import Label
from cso_rules.tables.problems import RequestProblem
from cso_rules.tables.read.asides import Table, speaks_of_unit
from cso_rules.tables.read.cell_limits import cell_problem, refuse_wide
from cso_rules.tables.read.cells import Cell, Row, Sheet, is_blank, text_of
from cso_rules.tables.read.delimited import RAGGED_LIMIT, open_delimited, too_ragged
from cso_rules.tables.read.header_rows import Header, header_of
from cso_rules.tables.read.headings import Headings
from cso_rules.tables.read.records import open_records
from cso_rules.tables.read.workbooks import open_workbook, visible_sheets

__all__ = ["Row", "Sheet", "read_sheet"]

HEADER_ROWS: Final = 10
TABLE: Final = 2
"""Known headings of one row that surely are those of a table, not a word on a page of instructions."""
RAGGED: Final = Label(
    en="the row has {found} cells, the header {expected}", zh="本行有 {found} 个单元格，表头有 {expected} 个"
)


def read_sheet(
    path: Path | str,
    headings: Headings,
    *,
    encoding: str | None = None,
    sheet_name: str | None = None,
) -> Sheet:
    """Open a CSV, XLSX, JSON or NDJSON file.

    Args:
        path: The file; its ending tells the format, any other ending means CSV.
        headings: By which names columns are known; finds the header below title rows.
        encoding: `utf-8` or `gb18030` instead of detection.
        sheet_name: The name of the sheet of a workbook, or its number from 1, instead of the first visible one with a
            table.

    Raises:
        FileProblem: The file as a whole cannot be read.
    """
    path = Path(path)
    _refuse_unreadable(path)
    ending = path.suffix.lower()
    if ending in {".json", ".ndjson", ".jsonl"}:
        return open_records(path)
    if ending in {".xlsx", ".xlsm"}:
        return _of_workbook(path, sheet_name, headings)
    lines, found, notes = open_delimited(path, encoding)
    first = _first(lines)
    header = header_of(first, headings)
    if header is None:
        raise _no_header(path, headings)
    return _with_header(path, chain(first, lines), header, headings, encoding=found, notes=notes)


def _of_workbook(path: Path, wanted: str | None, headings: Headings) -> Sheet:
    """Open the sheet that is wanted, or the first visible one that holds a table."""
    best: Sheet | None = None
    most, remarks = 0, list[Label]()
    for sheet_name in _candidates(path, wanted):
        rows, name, notes = open_workbook(path, sheet_name)
        first = _first(rows)
        header = header_of(first, headings)
        if header is not None and header.known > most:
            best = _with_header(path, chain(first, rows), header, headings, sheet_name=name, notes=notes)
            most = header.known
        if most >= TABLE:
            break
        remarks += _remarks(name, first)
    if best is None:
        raise _no_header(path, headings)
    return attrs.evolve(best, notes=(*best.notes, *remarks))


def _remarks(name: str, rows: list[Row]) -> list[Label]:
    """Return what a person should be told about a sheet that is not read."""
    if not any(speaks_of_unit(text_of(cell)) for row in rows for cell in row.cells):
        return []
    return [
        Label(
            en=f"the sheet {name} speaks of a unit, which was not applied; write it into the headings",
            zh=f"工作表“{name}”提到单位，但未据此换算；请把单位写入相应列名",
        )
    ]


def _candidates(path: Path, wanted: str | None) -> Iterator[str | None]:
    if wanted is not None:
        yield _named(path, wanted)
        return
    yield None
    yield from visible_sheets(path)[1:]


def _named(path: Path, wanted: str) -> str:
    """Return the name of a sheet that is named, or counted from 1 among the visible ones."""
    names = visible_sheets(path)
    is_number = wanted not in names and wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= len(names)
    return names[int(wanted) - 1] if is_number else wanted


def _refuse_unreadable(path: Path) -> None:
    if not path.is_file():
        raise RequestProblem(
            path,
            Label(en="there is no such file", zh="找不到该文件"),
            Label(en="Check the name and the folder", zh="请检查文件名和所在文件夹"),
        )
    if path.suffix.lower() == ".xls":
        raise RequestProblem(
            path,
            Label(en="the old Excel format .xls is not read", zh="不支持旧版 .xls 格式"),
            Label(en="Save it as .xlsx or as CSV UTF-8", zh="请另存为 .xlsx 或“CSV UTF-8”"),
        )


def _first(rows: Iterator[Row]) -> list[Row]:
    """Return the rows among which the header is looked for, with blank ones between them."""
    found: list[Row] = []
    filled = 0
    for row in rows:
        found.append(row)
        filled += not is_blank(row.cells)
        if filled >= HEADER_ROWS:
            break
    return found


def _with_header(  # noqa: PLR0913 - what was found about the file
    path: Path,
    rows: Iterable[Row],
    header: Header,
    headings: Headings,
    *,
    encoding: str | None = None,
    sheet_name: str | None = None,
    notes: tuple[Label, ...] = (),
) -> Sheet:
    refuse_wide(path, header.texts)
    body = (row for row in rows if row.number > header.last_row)
    return Sheet(
        path=path,
        encoding=encoding,
        sheet_name=sheet_name,
        header=header.texts,
        header_row=header.last_row,
        rows=_body(path, body, header.texts, headings),
        notes=(*notes, *header.notes),
    )


def _no_header(path: Path, headings: Headings) -> RequestProblem:
    return RequestProblem(
        Label(en=f"{path}, first {HEADER_ROWS} rows", zh=f"{path} 前 {HEADER_ROWS} 行"),
        Label(en="no row holds a known column name", zh="没有找到含已知列名的表头"),
        Label(
            en="Use the labels of the vocabulary as headings, with one {one} a row below them",
            zh="请使用词汇表中的名称作为列名，每行填写一个{one}",
        ).filled(one=headings.entities.subject.label),
    )


def _body(path: Path, rows: Iterable[Row], header: tuple[str, ...], headings: Headings) -> Iterator[Row]:
    table, ragged = Table.of(header, headings), 0
    for count, row in enumerate((row for row in rows if not is_blank(row.cells) or row.problem), start=1):
        ragged += len(row.cells) < len(header)
        if ragged > RAGGED_LIMIT and ragged * 2 > count:
            raise too_ragged(path, count)
        yield _checked(row, table)


def _checked(row: Row, table: Table) -> Row:
    width = len(table.header)
    cells = row.cells[:width] if is_blank(row.cells[width:]) else row.cells
    if (aside := table.aside(cells)) is not None:
        return Row(row.number, cells, aside=aside)
    return Row(row.number, cells, row.problem or cell_problem(table.header, cells) or _ragged(cells, width))


def _ragged(cells: tuple[Cell, ...], width: int) -> Label | None:
    if len(cells) == width:
        return None
    counts = {"found": len(cells), "expected": width}
    return Label(en=RAGGED.en.format(**counts), zh=RAGGED.zh.format(**counts))
