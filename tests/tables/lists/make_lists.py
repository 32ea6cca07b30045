"""Write the invented lists of lists.yaml and strangers.yaml into files/, which are kept: run it after a change."""

import csv
import datetime
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter  # type: ignore[import-untyped]
import yaml

HERE = Path(__file__).parent
NO_BREAK_SPACE = "\u00a0"
DAY_AND_FORMAT = re.compile(r"@([^<]+)<(.+)>")
KINDS = {"int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_(), "string": pa.string()} | {
    "timestamp": pa.timestamp("us"),
    "date": pa.date32(),
    "decimal": pa.decimal128(18, 2),
    "dictionary": pa.dictionary(pa.int32(), pa.string()),
    "list": pa.list_(pa.string()),
}


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
        case "@" if shown := DAY_AND_FORMAT.fullmatch(cell):
            format_ = look["book"].add_format({"num_format": shown[2]})
            sheet.write_datetime(row, column, datetime.datetime.fromisoformat(shown[1]), format_)
        case "~":
            write_struck(sheet, row, column, cell, look["book"].add_format({"font_strikeout": True}))
        case "@":
            sheet.write_datetime(row, column, datetime.datetime.fromisoformat(cell[1:]), look["date"])
        case "=":
            formula, value = cell.split("->")  # without a value: never calculated
            stored: float | str = float(value) if value.isdecimal() else value
            sheet.write_formula(row, column, formula, style, stored)
        case "!":
            sheet.write_formula(row, column, "=NA()", style, cell[1:])
        case _:
            sheet.write_string(row, column, plain(cell), style)


def write_struck(sheet: Any, row: int, column: int, cell: str, struck: Any) -> None:
    """Write a cell of which what stands between tildes is struck through."""
    _, away, rest = cell.split("~")
    if rest:
        sheet.write_rich_string(row, column, struck, away, rest)
    elif away.isdecimal() and len(away) < 11:
        sheet.write_number(row, column, float(away), struck)
    else:
        sheet.write_string(row, column, away, struck)


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
            write_cell(sheet, number, column, cell, {"date": date, "cell": formats.get(place), "book": book})
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


def form_sheets(forms: dict[str, Any]) -> list[dict[str, Any]]:
    """The sheets of a workbook of forms: instructions, a form for each organization, an empty form."""
    text, merges = forms["template"], forms["merges"]
    empty = re.sub(r"\{\w+\}", "", text)
    filled = [{"name": one["name"], "rows": text.format(**one), "merges": merges} for one in forms["sheets"]]
    first = {"name": forms["before"], "rows": f"{forms['before']}\n1.本表一式两份。\n2.请如实填写，没有的填“无”。\n"}
    return [first, *filled, {"name": forms["blank"], "rows": empty, "merges": merges}]


def write_columns(path: Path, columns: dict[str, Any]) -> None:
    """Write a Parquet file with the types of a data frame."""
    arrays = {}
    for name, column in columns.items():
        values = column["values"]
        if column["type"] in {"timestamp", "date"}:
            values = [None if day is None else datetime.datetime.fromisoformat(day) for day in values]
        if column["type"] == "decimal":
            values = [None if number is None else Decimal(number) for number in values]
        arrays[name] = pa.array(values, KINDS[column["type"]])
    pq.write_table(pa.table(arrays), path)


def write_text(path: Path, spec: dict[str, Any]) -> None:
    """Write one text file in its encoding and with its separator."""
    encoding = spec["encoding"].removesuffix("-mark")
    with path.open("w", encoding=encoding, newline="") as file:
        file.write("\ufeff" if encoding != spec["encoding"] else "")
        rows = ([plain(cell) for cell in cells] for cells in rows_of(spec["rows"]))
        csv.writer(file, delimiter=spec["separator"]).writerows(rows)


def specs() -> list[dict[str, Any]]:
    """What is to be written into each list."""
    return [
        spec
        for name in ("lists.yaml", "strangers.yaml")
        for spec in yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
    ]


def main() -> None:
    """Write every list."""
    for spec in specs():
        path = HERE / "files" / spec["file"]
        if "forms" in spec:
            write_workbook(path, form_sheets(spec["forms"]))
        elif "sheets" in spec:
            write_workbook(path, spec["sheets"])
        elif "columns" in spec:
            write_columns(path, spec["columns"])
        elif "text" in spec:
            path.write_text(spec["text"], encoding="utf-8")
        else:
            write_text(path, spec)


if __name__ == "__main__":
    main()
