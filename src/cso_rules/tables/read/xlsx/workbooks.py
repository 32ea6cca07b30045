"""XLSX workbooks: typed cells, merged cells and hidden sheets."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from cso_rules.diagnostics import shortened
from cso_rules.errors import MissingExtraError
from cso_rules.model.instruments import Label
from cso_rules.tables.problems import RequestProblem
from cso_rules.tables.read.cells import Cell, Row, day_of, is_rounded, text_of
from cso_rules.tables.read.xlsx.number_formats import DayForm, Look
from cso_rules.tables.read.xlsx.sheet_scan import Area, Extent, column_letters, scanned
from cso_rules.tables.read.xlsx.unread_cells import FORMULA, struck_cell
from cso_rules.tables.read.xlsx.workbook_parts import Parts, SheetPart, damaged, opened, parse

KNOWN_ERRORS: Final = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", FORMULA})
NAMED: Final = 20
"""Hidden columns or rows that are named."""
_DAYS: Final[Mapping[DayForm, str]] = {
    "month": "{0.year}年{0.month}月", "year": "{0.year}年", "no year": "{0.month}月{0.day}日",
}  # fmt: skip
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_BOOK: Final = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="' + _OFFICE + '">'
    '<workbookPr date1904="{flag}"/><sheets><sheet name="1" sheetId="1" r:id="r0"/></sheets></workbook>'
)


@attrs.frozen(kw_only=True)
class OpenedSheet:
    """One sheet of a workbook; `hidden` are the columns that it hides."""

    rows: Iterator[Row] = attrs.field(repr=False)
    name: str
    notes: tuple[Label, ...]
    hidden: frozenset[int]


def open_workbook(path: Path, sheet_name: str | None) -> OpenedSheet:
    """Open a sheet of a workbook, the first visible one where none is named.

    Raises:
        FileProblem: It is no workbook, is too large, or lacks the sheet.
        MissingExtraError: The extra `tables` is not installed.
    """
    with opened(path) as parts:
        sheet = _chosen(parts, sheet_name)
        extent, table = _content(parts, sheet)
        notes = tuple(_notes(sheet, parts.sheets, extent))
    hidden = frozenset(extent.hidden_columns)
    return OpenedSheet(rows=_rows(table, extent), name=sheet.name, notes=notes, hidden=hidden)


def visible_sheets(path: Path) -> list[str]:
    """Return the names of the sheets that are not hidden, in order.

    Raises:
        FileProblem: It is no workbook, or is too large.
    """
    with opened(path) as parts:
        return [sheet.name for sheet in parts.sheets if sheet.is_visible]


def _content(parts: Parts, sheet: SheetPart) -> tuple[Extent, list[list[Any]]]:
    """Return what a sheet holds, and its cells."""
    try:
        import python_calamine
    except ImportError as error:
        raise MissingExtraError("tables") from error
    extent, data = scanned(parts, sheet)
    copy = _checked_copy(parts, _with_known_errors(data, extent))
    del data
    try:
        table = python_calamine.load_workbook(copy).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except BaseException as error:
        # What stops the reader from going on is no Exception: a panic of the language it is written in.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        name = shortened(sheet.name)
        raise damaged(parts.path, f"{name}: {error}", f"工作表 {name} 的内容已损坏") from error
    return extent, table


def _with_known_errors(data: bytearray, extent: Extent) -> bytearray:
    """Return cells without the errors that the reader does not know and would refuse; they are put in afterwards."""
    for text in {str(cell) for cell in extent.unread.values()} - KNOWN_ERRORS:
        data = data.replace(f">{text}<".encode(), b">#N/A<")
    return data


def _checked_copy(parts: Parts, cells: bytearray) -> io.BytesIO:
    """Return a workbook of one sheet with nothing in it that was not checked: no more than this can be read."""
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as archive:
        flag = int(parts.counts_from_1904)
        kinds = {"sharedStrings": parts.texts, "styles": parts.styles}
        archive.writestr("_rels/.rels", _relations(("officeDocument", "xl/workbook.xml")))
        archive.writestr("xl/workbook.xml", _BOOK.format(flag=flag))
        own = [(kind, f"{kind}.xml") for kind, part in kinds.items() if part]
        archive.writestr("xl/_rels/workbook.xml.rels", _relations(("worksheet", "sheet.xml"), *own))
        archive.writestr("xl/sheet.xml", cells)
        for kind, part in kinds.items():
            if part:
                archive.writestr(f"xl/{kind}.xml", parse(parts, part, None))
    copy.seek(0)
    return copy


def _relations(*targets: tuple[str, str]) -> str:
    listed = (
        f'<Relationship Id="r{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets)
    )
    return f'<Relationships xmlns="{_PACKAGE}">{"".join(listed)}</Relationships>'


def _chosen(parts: Parts, wanted: str | None) -> SheetPart:
    found = [sheet for sheet in parts.sheets if (sheet.is_visible if wanted is None else sheet.name == wanted)]
    if not found:
        raise _no_sheet(parts, wanted)
    if sum(sheet.name == found[0].name for sheet in parts.sheets) > 1:
        name = shortened(found[0].name)
        raise damaged(parts.path, f"several sheets are called {name}", f"有多张工作表都叫“{name}”")
    return found[0]


def _no_sheet(parts: Parts, wanted: str | None) -> RequestProblem:
    listed, name = shortened(", ".join(shortened(sheet.name) for sheet in parts.sheets), 500), shortened(wanted or "")
    return RequestProblem.of("workbook-no-sheet", parts.path, name=name, known=listed)


def others_note(names: Iterable[str]) -> Iterator[Label]:
    """Yield what a person should be told about sheets that are not read."""
    if others := shortened(", ".join(names), 500):
        yield Label(en=f"sheets not read: {others}", zh=f"未读取的工作表：{others}")


def _notes(read: SheetPart, sheets: tuple[SheetPart, ...], extent: Extent) -> Iterator[Label]:
    yield Label(en=f"sheet read: {shortened(read.name)}", zh=f"读取的工作表：{shortened(read.name)}")
    yield from others_note(shortened(sheet.name) for sheet in sheets if sheet is not read)
    yield from _hidden(extent)
    if any(start[0] != end[0] for start, end in extent.merged):
        yield Label(
            en="text of cells merged downwards counts for each row",
            zh="纵向合并单元格的文字适用于其覆盖的每一行",
        )


def _hidden(extent: Extent) -> Iterator[Label]:
    """Yield what a person should be told about hidden rows and columns with content."""
    columns = [column_letters(place + 1) for place in sorted(extent.hidden_columns) if place < extent.columns]
    rows = [str(place + 1) for place in extent.hidden_rows if place < extent.rows]
    if columns or rows:
        shown = [f"{', '.join(names[:NAMED])}{' …' if len(names) > NAMED else ''}" for names in (columns, rows)]
        english = [f"{word} {text}" for word, text in zip(("columns", "rows"), shown, strict=True) if text]
        chinese = [form.format(text) for form, text in zip(("{} 列", "第 {} 行"), shown, strict=True) if text]
        yield Label(en=f"hidden {' and '.join(english)} are read too", zh=f"隐藏的{'、'.join(chinese)}也一并读取")


def _rows(table: list[list[Any]], extent: Extent) -> Iterator[Row]:
    width = _put_in(table, extent)
    covered = _covered(extent.merged, len(table))
    nothing = [""] * width
    for index, cells in enumerate(table):
        merged = covered.get(index, {})
        if not merged and cells == nothing:
            continue
        sources = {column: top - 1 for column, (top, _) in merged.items()}
        filled = [table[sources.get(column, index)][column] for column in range(len(cells))] if sources else cells
        typed = tuple(map(_typed, filled))
        seen = _as_shown(typed, index, sources, extent) if extent.looks else typed
        yield Row(index + 1, seen, _problem(filled), merged=merged)


def _as_shown(cells: tuple[Cell, ...], row: int, sources: Mapping[int, int], extent: Extent) -> tuple[Cell, ...]:
    """Return the cells of a row as people see them, as if what they see were written there."""
    places = ((sources.get(column, row), column) for column in range(len(cells)))
    looks = ((place, extent.looks.get(place)) for place in places)
    return tuple(
        cell if look is None else _seen(cell, look, f"{extent.sheet}!{column_letters(place[1] + 1)}{place[0] + 1}")
        for cell, (place, look) in zip(cells, looks, strict=True)
    )


def _seen(cell: Cell, look: Look, place: str) -> Cell:
    if look.is_struck:
        text = text_of(cell)
        return struck_cell(text, place) if text else cell
    if look.day is not None and isinstance(cell, datetime.date):
        return _DAYS[look.day].format(cell)
    if look.unit is not None and isinstance(cell, int | float) and not isinstance(cell, bool):
        return f"{look.unit.before}{text_of(cell)}{look.unit.after}"
    return cell


def _put_in(table: list[list[Any]], extent: Extent) -> int:
    """Put the cells without a value into their places, which the reader may have left out; return the width."""
    width = len(table[0]) if table else 0
    if extent.unread:
        more = [""] * (extent.columns - width)
        for cells in table if more else ():
            cells.extend(more)
        width += len(more)
        table += ([""] * width for _ in range(extent.rows - len(table)))
    for (row, column), cell in extent.unread.items():
        table[row][column] = cell
    return width


def _covered(merged: list[Area], rows: int) -> dict[int, dict[int, tuple[int, int]]]:
    """Return for each row its columns in cells merged downwards, with the first row and the last, from 1."""
    found: dict[int, dict[int, tuple[int, int]]] = {}
    for (top, left), (bottom, _) in merged:
        for row in range(top, min(bottom + 1, rows) if bottom > top else top):
            found.setdefault(row, {})[left] = top + 1, bottom + 1
    return found


def _problem(cells: list[Any]) -> Label | None:
    if any(is_rounded(cell) for cell in cells):
        return Label(
            en="a number has more than 15 digits and was rounded by the spreadsheet; enter it as text",
            zh="数字超过 15 位，已被电子表格四舍五入；请改为文本格式后重新填写",
        )
    return None


def _typed(cell: Any) -> Cell:
    is_known = isinstance(cell, bool | int | float | str | datetime.date | datetime.time | datetime.timedelta)
    return day_of(cell) if is_known else None
