"""Write the invented lists of lists.yaml into files/: run it again after a change, the files are kept beside it."""

import csv
import datetime
import re
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]
import yaml

HERE = Path(__file__).parent
NO_BREAK_SPACE = "\u00a0"


def rows_of(text: str) -> list[list[str]]:
    """The rows of a block of lines; cells are parted by a bar."""
    return [line.split("|") if line else [] for line in text.removesuffix("\n").split("\n")]


def plain(cell: str) -> str:
    """The text of a cell, with its line breaks and no-break spaces."""
    return cell.replace("\\n", "\n").replace("␠", NO_BREAK_SPACE)


def write_cell(sheet: Any, row: int, column: int, cell: str, look: dict[str, Any]) -> None:
    """Write one cell of a workbook by the sign it begins with."""
    style = look.get("cell")
    match cell[:1]:
        case "":
            return
        case "#" if re.fullmatch(r"#-?\d+(\.\d+)?", cell):
            sheet.write_number(row, column, float(cell[1:]), style)
        case "@":
            sheet.write_datetime(row, column, datetime.datetime.fromisoformat(cell[1:]), look["date"])
        case "=":
            formula, value = cell.split("->")
            stored: float | str = float(value) if value.isdecimal() else value
            sheet.write_formula(row, column, formula, style, stored)
        case "!":
            sheet.write_formula(row, column, "=NA()", style, cell[1:])
        case _:
            sheet.write_string(row, column, plain(cell), style)


def write_sheet(book: Any, spec: dict[str, Any]) -> None:
    """Write one sheet with its merges, hidden parts, comments and number formats."""
    sheet = book.add_worksheet(spec["name"])
    date = book.add_format({"num_format": "yyyy-mm-dd"})
    formats = {place: book.add_format({"num_format": code}) for place, code in spec.get("formats", {}).items()}
    # A merge only tells which cells are one: its text is written with the other cells.
    for area in spec.get("merges", []):
        sheet.merge_range(area, "")
    for number, cells in enumerate(rows_of(spec["rows"])):
        for column, cell in enumerate(cells):
            place = f"{chr(ord('A') + column)}{number + 1}"
            write_cell(sheet, number, column, cell, {"date": date, "cell": formats.get(place)})
    for place, comment in spec.get("comments", {}).items():
        sheet.write_comment(place, comment)
    for column in spec.get("hidden_columns", []):
        sheet.set_column(f"{column}:{column}", None, None, {"hidden": True})
    for number in spec.get("hidden_rows", []):
        sheet.set_row(number - 1, None, None, {"hidden": True})
    if spec.get("hidden"):
        sheet.hide()
    else:
        sheet.activate()


def write_workbook(path: Path, sheets: list[dict[str, Any]]) -> None:
    """Write one workbook; the last sheet that is not hidden is the one in front."""
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": datetime.datetime(2018, 6, 1, tzinfo=datetime.UTC)})
        shown = next(number for number, spec in enumerate(sheets) if not spec.get("hidden"))
        for spec in sheets:
            write_sheet(book, spec)
        book.worksheets()[shown].set_first_sheet()


def write_text(path: Path, spec: dict[str, Any]) -> None:
    """Write one text file in its encoding and with its separator."""
    with path.open("w", encoding=spec["encoding"], newline="") as file:
        rows = ([plain(cell) for cell in cells] for cells in rows_of(spec["rows"]))
        csv.writer(file, delimiter=spec["separator"]).writerows(rows)


def main() -> None:
    """Write every list."""
    for spec in yaml.safe_load((HERE / "lists.yaml").read_text(encoding="utf-8")):
        path = HERE / "files" / spec["file"]
        if "sheets" in spec:
            write_workbook(path, spec["sheets"])
        else:
            write_text(path, spec)


if __name__ == "__main__":
    main()
