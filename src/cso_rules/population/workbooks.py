"""XLSX workbooks: typed cells, merged cells and hidden sheets."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from cso_rules.errors import MissingExtraError
from cso_rules.model.instruments import Label
from cso_rules.population.cells import Cell, Row, day_of, is_rounded
from cso_rules.population.problems import FileProblem, RequestProblem

INFLATED_LIMIT: Final = 256 << 20
RATIO_LIMIT: Final = 200
Area = tuple[tuple[int, int], tuple[int, int]]


def open_workbook(path: Path, sheet_name: str | None) -> tuple[Iterator[Row], str, tuple[Label, ...]]:
    """Return the rows, the sheet name and notes of a workbook.

    Raises:
        FileProblem: It is no workbook, is too large, or lacks the sheet.
        MissingExtraError: The extra `tables` is not installed.
    """
    _refuse_oversized(path)
    book = _load(path)
    visible = [sheet.name for sheet in book.sheets_metadata if str(sheet.visible).endswith("Visible")]
    name = _chosen(path, sheet_name, book.sheet_names, visible)
    merged, table = _content(path, book, name)
    return _rows(table, merged), name, tuple(_notes(name, book.sheet_names, merged))


def visible_sheets(path: Path) -> list[str]:
    """Return the names of the sheets that are not hidden, in order.

    Raises:
        FileProblem: It is no workbook, or is too large.
        MissingExtraError: The extra `tables` is not installed.
    """
    _refuse_oversized(path)
    return [sheet.name for sheet in _load(path).sheets_metadata if str(sheet.visible).endswith("Visible")]


def _content(path: Path, book: Any, name: str) -> tuple[list[Area], list[list[Any]]]:
    """Return the merged areas and the cells of a sheet."""
    import python_calamine

    try:
        sheet = book.get_sheet_by_name(name)
        return sheet.merged_cell_ranges or [], sheet.to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise _damaged(path, str(error)) from error


def _load(path: Path) -> Any:
    try:
        import python_calamine
    except ImportError as error:
        raise MissingExtraError("tables") from error
    try:
        return python_calamine.load_workbook(str(path))
    except python_calamine.CalamineError as error:
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, detail: str) -> FileProblem:
    return FileProblem(
        Label(en=str(path), zh=str(path)),
        Label(en=f"not a readable workbook ({detail})", zh=f"不是可读取的工作簿（{detail}）"),
        Label(
            en="Open it in Excel or WPS and save it as .xlsx without a password",
            zh="请用 Excel 或 WPS 打开并另存为不加密的 .xlsx",
        ),
    )


def _refuse_oversized(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile as error:
        raise _damaged(path, str(error)) from error
    inflated = sum(part.file_size for part in parts)
    if inflated > INFLATED_LIMIT or inflated > RATIO_LIMIT * max(path.stat().st_size, 1 << 16):
        raise FileProblem(
            Label(en=str(path), zh=str(path)),
            Label(en=f"unpacked it has {inflated} bytes", zh=f"解压后有 {inflated} 字节"),
            Label(en="Split it, or save it as CSV UTF-8", zh="请拆分文件，或另存为“CSV UTF-8”"),
        )


def _chosen(path: Path, wanted: str | None, names: list[str], visible: list[str]) -> str:
    if wanted in names:
        return str(wanted)
    if wanted is None and visible:
        return visible[0]
    return _no_sheet(path, wanted, names)


def _no_sheet(path: Path, wanted: str | None, names: list[str]) -> str:
    listed = ", ".join(names)
    raise RequestProblem(
        Label(en=str(path), zh=str(path)),
        Label(en=f"there is no visible sheet {wanted or ''}", zh=f"没有可见的工作表 {wanted or ''}"),
        Label(en=f"Choose one of: {listed}", zh=f"可选：{listed}"),
    )


def _notes(name: str, names: list[str], merged: list[Area]) -> Iterator[Label]:
    others = ", ".join(other for other in names if other != name)
    yield Label(en=f"sheet read: {name}", zh=f"读取的工作表：{name}")
    if others:
        yield Label(en=f"sheets not read: {others}", zh=f"未读取的工作表：{others}")
    if any(start[0] != end[0] for start, end in merged):
        yield Label(
            en="text of cells merged downwards counts for each row",
            zh="纵向合并单元格的文字适用于其覆盖的每一行",
        )


def _rows(table: list[list[Any]], merged: list[Area]) -> Iterator[Row]:
    covered = _covered(merged)
    for index, cells in enumerate(table):
        sources = covered.get(index, {})
        filled = [table[sources.get(column, index)][column] for column in range(len(cells))]
        yield Row(index + 1, tuple(map(_typed, filled)), _problem(filled, sources))


def _covered(merged: list[Area]) -> dict[int, dict[int, int]]:
    """Return for each row its columns in cells merged downwards, with the row that holds the content."""
    found: dict[int, dict[int, int]] = {}
    for (top, left), (bottom, _) in merged:
        for row in range(top, bottom + 1 if bottom > top else top):
            found.setdefault(row, {})[left] = top
    return found


def _problem(cells: list[Any], sources: dict[int, int]) -> Label | None:
    if any(isinstance(cells[column], int | float) for column in sources if column < len(cells)):
        return Label(
            en="a number stands in a cell merged over several rows",
            zh="数字位于跨多行的合并单元格中，无法判断属于哪一行",
        )
    if any(is_rounded(cell) for cell in cells):
        return Label(
            en="a number has more than 15 digits and was rounded by the spreadsheet; enter it as text",
            zh="数字超过 15 位，已被电子表格四舍五入；请改为文本格式后重新填写",
        )
    return None


def _typed(cell: Any) -> Cell:
    is_known = isinstance(cell, bool | int | float | str | datetime.date | datetime.time | datetime.timedelta)
    return day_of(cell) if is_known else None
