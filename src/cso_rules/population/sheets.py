"""Open a file as a table: format, encoding, separator and header row are found and reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Final

from cso_rules.model.instruments import Label
from cso_rules.population.cell_limits import CELL_LIMIT, cell_problem, refuse_wide
from cso_rules.population.cells import Cell, Row, Sheet, is_blank, is_totals, text_of
from cso_rules.population.delimited import RAGGED_LIMIT, open_delimited, too_ragged
from cso_rules.population.problems import FileProblem
from cso_rules.population.records import open_records
from cso_rules.population.workbooks import open_workbook

__all__ = ["CELL_LIMIT", "Row", "Sheet", "read_sheet"]

HEADER_ROWS: Final = 10
RAGGED: Final = Label(
    en="the row has {found} cells, the header {expected}", zh="本行有 {found} 个单元格，表头有 {expected} 个"
)


def read_sheet(
    path: Path | str,
    is_known: Callable[[str], bool],
    *,
    encoding: str | None = None,
    sheet_name: str | None = None,
) -> Sheet:
    """Open a CSV, XLSX, JSON or NDJSON file.

    Args:
        path: The file; its ending tells the format, any other ending means CSV.
        is_known: Whether a heading is that of a known column; finds the header below title rows.
        encoding: `utf-8` or `gb18030` instead of detection.
        sheet_name: The sheet of a workbook instead of its first visible one.

    Raises:
        FileProblem: The file as a whole cannot be read.
    """
    path = Path(path)
    _refuse_unreadable(path)
    ending = path.suffix.lower()
    if ending in {".json", ".ndjson", ".jsonl"}:
        return open_records(path)
    if ending in {".xlsx", ".xlsm"}:
        rows, name, notes = open_workbook(path, sheet_name)
        return _with_header(path, rows, is_known, sheet_name=name, notes=notes)
    lines, found, notes = open_delimited(path, encoding)
    return _with_header(path, lines, is_known, encoding=found, notes=notes)


def _refuse_unreadable(path: Path) -> None:
    place = Label(en=str(path), zh=str(path))
    if not path.is_file():
        raise FileProblem(
            place,
            Label(en="there is no such file", zh="找不到该文件"),
            Label(en="Check the name and the folder", zh="请检查文件名和所在文件夹"),
        )
    if path.suffix.lower() == ".xls":
        raise FileProblem(
            place,
            Label(en="the old Excel format .xls is not read", zh="不支持旧版 .xls 格式"),
            Label(en="Save it as .xlsx or as CSV UTF-8", zh="请另存为 .xlsx 或“CSV UTF-8”"),
        )


def _with_header(  # noqa: PLR0913 - what was found about the file
    path: Path,
    rows: Iterator[Row],
    is_known: Callable[[str], bool],
    *,
    encoding: str | None = None,
    sheet_name: str | None = None,
    notes: tuple[Label, ...] = (),
) -> Sheet:
    first = list(islice((row for row in rows if not is_blank(row.cells)), HEADER_ROWS))
    position = _header_position(path, first, is_known)
    header = _trimmed(first[position].cells)
    refuse_wide(path, header)
    if position:
        notes = (*notes, _title_note(first[:position]))
    return Sheet(
        path=path,
        encoding=encoding,
        sheet_name=sheet_name,
        header=header,
        header_row=first[position].number,
        rows=_body(path, chain(first[position + 1 :], rows), header),
        notes=notes,
    )


def _header_position(path: Path, rows: list[Row], is_known: Callable[[str], bool]) -> int:
    scores = [sum(is_known(text_of(cell)) for cell in row.cells) for row in rows]
    if any(scores):
        return scores.index(max(scores))
    raise FileProblem(
        Label(en=f"{path}, first {HEADER_ROWS} rows", zh=f"{path} 前 {HEADER_ROWS} 行"),
        Label(en="no row holds a known column name", zh="没有找到含已知列名的表头"),
        Label(en="Use the labels of the vocabulary as headings", zh="请使用词汇表中的名称作为列名"),
    )


def _title_note(rows: list[Row]) -> Label:
    numbers = ", ".join(str(row.number) for row in rows)
    return Label(en=f"rows above the header skipped: {numbers}", zh=f"表头之上的行未读入：{numbers}")


def _trimmed(cells: tuple[Cell, ...]) -> tuple[str, ...]:
    texts = [text_of(cell) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def _body(path: Path, rows: Iterable[Row], header: tuple[str, ...]) -> Iterator[Row]:
    ragged = 0
    for count, row in enumerate((row for row in rows if not is_blank(row.cells) or row.problem), start=1):
        ragged += len(row.cells) < len(header)
        if ragged > RAGGED_LIMIT and ragged * 2 > count:
            raise too_ragged(path, count)
        yield _checked(row, header)


def _checked(row: Row, header: tuple[str, ...]) -> Row:
    width = len(header)
    cells = row.cells[:width] if is_blank(row.cells[width:]) else row.cells
    if is_totals(cells):
        return Row(row.number, cells, is_totals=True)
    return Row(row.number, cells, row.problem or cell_problem(header, cells) or _ragged(cells, width))


def _ragged(cells: tuple[Cell, ...], width: int) -> Label | None:
    if len(cells) == width:
        return None
    counts = {"found": len(cells), "expected": width}
    return Label(en=RAGGED.en.format(**counts), zh=RAGGED.zh.format(**counts))
