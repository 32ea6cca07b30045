"""A workbook of answers: the list as it was with the answers beside it, and sheets for reading, asking and printing.

Other sheets of the list stay as they were; nothing is told by colour alone, and no text is run as a formula.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from typing import IO, Any, Final

import attrs

from cso_rules.errors import MissingExtraError
from cso_rules.model.instruments import Label
from cso_rules.tables.read.cell_limits import CELL_LIMIT
from cso_rules.tables.write.plain_text import width_of
from cso_rules.tables.write.report import ListFile, Report
from cso_rules.tables.write.result_sheets import TITLES, Item, Line, Results

MOST_CELLS: Final = 500_000
"""Cells of a list that are kept as they were; of a longer one only the texts are."""
_MOST_WIDE, _LEAST_WIDE, _HEAD_ROOM = 34, 8, 2
"""Widths of columns in letters, half of a Chinese one."""
_USUAL: Final = 0.9
"""Part of the texts of a column for which it is wide enough; the others are wrapped."""
NOT_KEPT: Final = Label(
    zh="原工作簿过大或含有无法原样保存的内容，本文件只保留名单的文字；原文件没有改动",
    en="the workbook of the list is too large, or holds what cannot be kept as it is: only the texts of the list stand"
    " here; the file itself was not changed",
)
_LINE_HEIGHT: Final = 13.5
"""Points that one line of text takes."""
_ROW_HEIGHT: Final = 15.0
"""Points of a row of which nothing is said."""
_PAGE_MARGIN: Final = 0.4
_HEAD, _ANSWERED = "DDEBF7", "E2EFDA"
_COLOURS: Final = ("E2EFDA", "FFF2CC", "FCE4D6", "EDEDED", "E4DFEC")
"""One for each value of the first answer, beside its name; others stay white."""
_TITLE: Final = 31


def write_results(stream: IO[bytes], items: Iterable[Item], report: Report, source: ListFile) -> None:
    """Write answers as a workbook.

    Raises:
        MissingExtraError: The extra `tables` is not installed.
    """
    try:
        import openpyxl
    except ImportError as error:
        raise MissingExtraError("tables") from error
    results = Results(report=report, columns=source.columns)
    for item in items:
        results.add(item)
    book = _kept(source, openpyxl)
    notes = source.notes()
    if book is None:
        notes = (*notes, *((NOT_KEPT,) if source.sheet is not None else ()))
        source, book = attrs.evolve(source, sheet=None), openpyxl.Workbook()
        book.remove(book.worksheets[0])
    _beside(book, results, source)
    _printed(book, results, "results", list(results.results()), colours=results.values())
    _printed(book, results, "questions", list(results.questions()))
    problems = _printed(book, results, "problems", list(results.problems()))
    _linked(problems, results, source)
    _printed(book, results, "counts", list(results.counts()))
    _printed(book, results, "bases", list(results.bases()))
    _printed(book, results, "run", list(results.run(notes)), has_head=False)
    data = io.BytesIO()
    book.save(data)
    stream.write(data.getvalue())


def _kept(source: ListFile, openpyxl: Any) -> Any:
    """Return the workbook of the list as it is; None where there is none, or it cannot be kept."""
    if source.sheet is None:
        return None
    try:
        book = openpyxl.load_workbook(source.path)
        sheet = book[source.sheet]
    except Exception:  # noqa: BLE001 - whatever the library does not understand, the answers are written all the same
        return None
    return book if sheet.max_row * sheet.max_column <= MOST_CELLS else None


def _beside(book: Any, results: Results, source: ListFile) -> None:
    """Write the answers to the right of the list."""
    report = results.report
    kept = source.sheet is not None
    sheet = book[source.sheet] if kept else book.create_sheet(_title(book, results, "own"))
    header = source.header_row if kept else 1
    if not kept:
        _fill(sheet, 1, 1, [(*report.header,)])
        _style_head(sheet, 1, range(1, len(report.header) + 1), _HEAD)
    first = max(_filled_width(sheet), len(report.header)) + 1
    headings = report.headings[len(report.header) :]
    _fill(sheet, header, first, [headings])
    _style_head(sheet, header, range(first, first + len(headings)), _ANSWERED)
    _set_widths(sheet, _widths([headings, *(answers for _, _, answers in results.beside)], len(headings)), first)
    for number, (row, own, answers) in enumerate(results.beside, start=2):
        place = row if kept else number
        if not kept:
            _fill(sheet, place, 1, [own])
        _fill(sheet, place, first, [answers])
        _keep_height(sheet, place, range(first, first + len(headings)))


def _keep_height(sheet: Any, row: int, columns: Iterable[int]) -> None:
    """Wrap texts so that none runs over its cell, in a row that stays as high as it was."""
    from openpyxl.styles import Alignment

    for place in columns:
        sheet.cell(row, place).alignment = Alignment(wrap_text=True, vertical="top")
    own = sheet.row_dimensions[row]
    own.height = own.height or sheet.sheet_format.defaultRowHeight or _ROW_HEIGHT


def _set_widths(sheet: Any, widths: Iterable[int], first: int = 1) -> None:
    from openpyxl.utils import get_column_letter

    for place, width in enumerate(widths, start=first):
        sheet.column_dimensions[get_column_letter(place)].width = width


def _filled_width(sheet: Any) -> int:
    """Return the last column that holds something."""
    last = 0
    for row in sheet.iter_rows(values_only=True):
        last = max(last, max((at for at, value in enumerate(row, start=1) if value is not None), default=0))
    return last


def _printed(  # noqa: PLR0913 - what a sheet shows
    book: Any, results: Results, name: str, lines: Sequence[Line], *, colours: Sequence[str] = (), has_head: bool = True
) -> Any:
    """Write a sheet that reads and prints well, one page wide with its heads on every page."""
    sheet = book.create_sheet(_title(book, results, name))
    _fill(sheet, 1, 1, lines)
    width = max(map(len, lines), default=0)
    _wrap(sheet, lines, _widths(lines, width))
    if has_head and lines:
        _style_head(sheet, 1, range(1, width + 1), _HEAD)
        sheet.freeze_panes = sheet.cell(2, 3 if width > 3 else 1)  # noqa: PLR2004 - id and name stay in sight
        sheet.auto_filter.ref = sheet.dimensions
        sheet.print_title_rows = "1:1"
    _colour(sheet, lines, colours)
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = _PAGE_MARGIN
    sheet.page_margins.top = sheet.page_margins.bottom = 2 * _PAGE_MARGIN
    sheet.oddFooter.center.text = "&P / &N"
    return sheet


def _title(book: Any, results: Results, name: str) -> str:
    """Return the name of a sheet that no other one has."""
    wanted, number = results.say(TITLES[name])[:_TITLE], 1
    title = wanted
    while title in book.sheetnames:
        number += 1
        title = f"{wanted} ({number})"
    return title


def _fill(sheet: Any, row: int, column: int, lines: Iterable[Sequence[str | int]]) -> None:
    for number, cells in enumerate(lines, start=row):
        for place, value in enumerate(cells, start=column):
            cell = sheet.cell(number, place)
            if isinstance(value, int):
                cell.value = value
            elif value:
                cell.value, cell.data_type = _clean(value), "s"


def _clean(text: str) -> str:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return str(ILLEGAL_CHARACTERS_RE.sub("", text))[:CELL_LIMIT]


def _widths(lines: Sequence[Line], width: int) -> list[int]:
    found = []
    for place in range(width):
        texts = [str(line[place]) for line in lines if place < len(line)] or [""]
        sizes = sorted(max(map(width_of, text.split("\n"))) for text in texts)
        usual = sizes[math.ceil(len(sizes) * _USUAL) - 1]
        found.append(min(_MOST_WIDE, max(_LEAST_WIDE, usual + _HEAD_ROOM, width_of(texts[0]) + _HEAD_ROOM)))
    return found


def _wrap(sheet: Any, lines: Sequence[Line], widths: Sequence[int]) -> None:
    """Wrap all texts, in rows high enough for them: not every program finds the height by itself."""
    from openpyxl.styles import Alignment, Border, Font, Side

    _set_widths(sheet, widths)
    aligned, font = Alignment(wrap_text=True, vertical="top"), Font(size=10)
    number_aligned = Alignment(horizontal="right", indent=1, vertical="top")
    below = Border(bottom=Side(style="hair", color="BBBBBB"))
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = number_aligned if isinstance(cell.value, int) else aligned
            cell.font, cell.border = font, below
    for number, line in enumerate(lines, start=1):
        most = max((_lines_in(str(value), width) for value, width in zip(line, widths, strict=False)), default=1)
        sheet.row_dimensions[number].height = most * _LINE_HEIGHT + 2


def _lines_in(text: str, width: int) -> int:
    return sum(max(1, math.ceil(width_of(part) / (width - 1))) for part in text.split("\n"))


def _style_head(sheet: Any, row: int, columns: Iterable[int], colour: str) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    thin = Side(style="thin", color="999999")
    for place in columns:
        cell = sheet.cell(row, place)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor=colour)
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        cell.border = Border(bottom=thin, top=thin, left=thin, right=thin)


def _colour(sheet: Any, lines: Sequence[Line], values: Sequence[str]) -> None:
    """Colour the cells that hold a value of the first answer alone."""
    from openpyxl.styles import PatternFill

    fills = {value: PatternFill("solid", fgColor=colour) for value, colour in zip(values, _COLOURS, strict=False)}
    for number, line in enumerate(lines[1:], start=2):
        for place, value in enumerate(line, start=1):
            if value in fills:
                sheet.cell(number, place).fill = fills[str(value)]


def _linked(sheet: Any, results: Results, source: ListFile) -> None:
    """Link each cell that was not understood to its place in the list."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.hyperlink import Hyperlink

    if source.sheet is None:
        return
    places = {heading: place for place, heading in enumerate(source.columns.header, start=1)}
    name = source.sheet.replace("'", "''")
    for row, (heading, number) in enumerate(results.linked, start=2):
        if heading in places:
            cell = sheet.cell(row, 5)
            target = f"'{name}'!{get_column_letter(places[heading])}{number}"
            cell.hyperlink = Hyperlink(ref=cell.coordinate, location=target)
