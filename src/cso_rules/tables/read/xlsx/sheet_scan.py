"""One look at the cells of a sheet before they are read: how far they reach, and which of them hold no value.

Guaranteed: whatever a sheet says of its size, what is found is what its cells say, in constant memory but for cells
without a value, with a unit in their number format, and merged ones.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, Final

import attrs

from cso_rules.diagnostics import shortened
from cso_rules.tables.problems import FileProblem
from cso_rules.tables.read.xlsx.number_formats import STRUCK, Look, looks_of, strikes, struck_texts
from cso_rules.tables.read.xlsx.unread_cells import UnreadCell, error_cell, formula_cell
from cso_rules.tables.read.xlsx.workbook_parts import Parts, SheetPart, damaged, parse, too_large

ROWS: Final = 1_048_576
COLUMNS: Final = 16_384
AREA_LIMIT: Final = 20_000_000
"""Cells between the first one and the last."""
MOST_CELLS: Final = 10_000_000
"""Cells that stand in the file."""
UNREAD_LIMIT: Final = 1_000_000
LOOKS_LIMIT: Final = 1_000_000
MERGED_LIMIT: Final = 100_000
HIDDEN_LIMIT: Final = 1000
"""Hidden rows that are kept in mind."""
LONGEST_NUMBER: Final = 6
Area = tuple[tuple[int, int], tuple[int, int]]
_REFERENCE: Final = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})", re.ASCII)
_AREA: Final = re.compile(r"([^:]+):([^:]+)")


@attrs.define(kw_only=True)
class Extent:
    """What a sheet holds; rows and columns are counted from 0.

    Attributes:
        sheet: Its name.
        rows: Rows up to the last one with content.
        columns: Columns up to the last one with content.
        unread: Cells that hold an error, or a formula without a result.
        merged: Merged areas, none of which overlap.
        hidden_rows: The first rows that are hidden.
        hidden_columns: The columns that are hidden.
        looks: How cells look that do not show their value alone.
    """

    sheet: str = ""
    rows: int = 0
    columns: int = 0
    unread: dict[tuple[int, int], UnreadCell] = attrs.field(factory=dict)
    merged: list[Area] = attrs.field(factory=list)
    hidden_rows: list[int] = attrs.field(factory=list)
    hidden_columns: set[int] = attrs.field(factory=set)
    looks: dict[tuple[int, int], Look] = attrs.field(factory=dict)


def scanned(parts: Parts, sheet: SheetPart) -> tuple[Extent, bytearray]:
    """Return what a sheet holds, and its bytes.

    Raises:
        FileProblem: A cell stands where none can be, merged cells overlap, or a limit is passed.
    """
    scan = _Scan(parts=parts, sheet=sheet, looks=looks_of(parts), struck=struck_texts(parts))
    data = parse(parts, sheet.part, scan.start, scan.prepare)
    scan.flush()
    scan.found.sheet, scan.found.rows, scan.found.columns = sheet.name, scan.height, scan.width
    scan.refuse_wide_area()
    _refuse_overlap(scan)
    scan.found.merged = [area for area in scan.merged if area[0][0] < scan.found.rows]
    return scan.found, data


@attrs.define(kw_only=True)
class _Scan:
    """Follows the elements of a sheet; `row` and `column` are those of the cell at hand, counted from 1.

    `width` and `height` are those of the content so far, and `is_odd` tells a cell whose text is to be looked at: an
    error, a formula, a shared text where some are struck through.
    """

    parts: Parts
    sheet: SheetPart
    looks: dict[str, Look]
    struck: frozenset[int] = frozenset()
    found: Extent = attrs.field(factory=Extent)
    merged: list[Area] = attrs.field(factory=list)
    columns: dict[str, int] = attrs.field(factory=dict)
    row: int = 0
    row_text: str = "0"
    column: int = 0
    cells: int = 0
    kind: str | None = None
    is_odd: bool = False
    has_formula: bool = False
    width: int = 0
    height: int = 0
    has_value: bool = False
    text: list[str] = attrs.field(factory=list)
    parser: Any = None
    others: dict[str, Callable[[dict[str, str]], None]] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Note what else is looked at."""
        self.others = {
            "f": self._formula, "is": self._content, "row": self._row, "col": self._hidden_columns,
            "mergeCell": self._merged, "strike": self._strike,
        }  # fmt: skip

    def prepare(self, parser: Any) -> None:
        """Keep the parser: text is listened to only where it matters."""
        self.parser = parser

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take note of an element."""
        if name == "c":
            if self.is_odd:
                self.flush()
            reference, before = attributes.get("r"), self.column
            if reference is None:
                column = before + 1
            else:
                letters = reference.rstrip("0123456789")
                column = self.columns.get(letters) or self._column(letters, reference)
                if reference[len(letters) :] != self.row_text:
                    raise self.problem(reference, "the cell is not of its row", "单元格不属于所在的行")
            self.column = column
            self.cells += 1
            if column <= before or column > COLUMNS:
                raise self._out_of_place(before)
            self.kind = kind = attributes.get("t")
            if kind == "e" or (kind == "s" and self.struck):
                self.is_odd = True
            if self.looks and attributes.get("s") in self.looks:
                self._note_look(self.looks[attributes["s"]])
        elif name == "v":
            if self.column > self.width:  # noqa: PLR1730 - called for every cell
                self.width = self.column
            self.height = self.row
            if self.is_odd:
                self.has_value = True
                self.parser.CharacterDataHandler = self.text.append
        elif name in self.others:
            self.others[name](attributes)
        elif ":" in name:
            self.start(name.rpartition(":")[2], attributes)

    def _column(self, letters: str, reference: str) -> int:
        if _REFERENCE.fullmatch(reference) is None:
            raise self.problem(reference, "no such cell can be", "不可能存在的单元格")
        number = column_number(letters)
        if number > COLUMNS:
            raise self.problem(reference, f"a sheet has {COLUMNS:,} columns", f"工作表最多 {COLUMNS:,} 列")
        self.columns[letters] = number
        return number

    def _row(self, attributes: dict[str, str]) -> None:
        self.flush()
        if self.cells > MOST_CELLS:
            raise self._out_of_place(0)
        text = attributes.get("r")
        number = self.row + 1 if text is None else _row_number(text)
        if number is None or number > ROWS:
            raise self.problem(
                f"{text or number}", f"a sheet has the rows 1 to {ROWS:,}", f"工作表的行号为 1 至 {ROWS:,}"
            )
        if number <= self.row:
            raise self.problem(f"{number}", "the row stands twice or out of order", "行重复或顺序错乱")
        self.row, self.row_text, self.column = number, str(number), 0
        if attributes.get("hidden") in {"1", "true"} and len(self.found.hidden_rows) < HIDDEN_LIMIT:
            self.found.hidden_rows.append(number - 1)

    def _formula(self, _: dict[str, str]) -> None:
        self.is_odd = self.has_formula = True
        self._content({})

    def _content(self, _: dict[str, str]) -> None:
        self.width, self.height = max(self.width, self.column), self.row

    def _hidden_columns(self, attributes: dict[str, str]) -> None:
        ends = [attributes.get(name, "") for name in ("min", "max")]
        if attributes.get("hidden") in {"1", "true"} and all(end.isascii() and end.isdigit() for end in ends):
            first, last = (min(int(end[:LONGEST_NUMBER]), COLUMNS) for end in ends)
            self.found.hidden_columns.update(range(first - 1, last))

    def _merged(self, attributes: dict[str, str]) -> None:
        text = attributes.get("ref", "")
        ends = _AREA.fullmatch(text)
        corners = [_REFERENCE.fullmatch(end) for end in ends.groups()] if ends else [_REFERENCE.fullmatch(text)]
        places = [(int(end[2]) - 1, column_number(end[1]) - 1) for end in corners if end]
        if len(places) < len(corners) or any(row >= ROWS or column >= COLUMNS for row, column in places):
            raise self.problem(text, "no such merged cells can be", "不可能存在的合并单元格")
        if len(self.merged) >= MERGED_LIMIT:
            raise self.problem(text, f"more than {MERGED_LIMIT:,} merged cells", f"合并单元格超过 {MERGED_LIMIT:,} 处")
        rows, columns = sorted({row for row, _ in places}), sorted({column for _, column in places})
        self.merged.append(((rows[0], columns[0]), (rows[-1], columns[-1])))

    def flush(self) -> None:
        """Note the cell at hand where it holds no value."""
        text = "".join(self.text).strip()
        self.parser.CharacterDataHandler = None
        self.text.clear()
        if self.is_odd and self.kind == "e":
            self._note(error_cell(text, self.place))
        elif self.kind == "s" and text.isdecimal() and int(text) in self.struck:
            self._note_look(STRUCK)
        elif self.has_formula and not text and not (self.has_value and self.kind == "str"):
            self._note(formula_cell(self.place))
        self.is_odd = self.has_formula = self.has_value = False

    def _strike(self, attributes: dict[str, str]) -> None:
        if strikes("strike", attributes):
            self._note_look(STRUCK)

    def _note_look(self, look: Look) -> None:
        if len(self.found.looks) >= LOOKS_LIMIT:
            raise self.problem(
                self.place, f"more than {LOOKS_LIMIT:,} cells have a unit in their number format or are struck through",
                f"超过 {LOOKS_LIMIT:,} 个单元格的数字格式带有单位或带删除线",
            )  # fmt: skip
        self.found.looks[self.row - 1, self.column - 1] = look

    def _note(self, cell: UnreadCell) -> None:
        if len(self.found.unread) >= UNREAD_LIMIT:
            raise self.problem(
                self.place, f"more than {UNREAD_LIMIT:,} cells hold errors or formulas without results",
                f"超过 {UNREAD_LIMIT:,} 个单元格是错误值或没有计算结果的公式",
            )  # fmt: skip
        self.found.unread[self.row - 1, self.column - 1] = cell

    @property
    def place(self) -> str:
        """The cell at hand, as people name it."""
        return f"{self.sheet.name}!{column_letters(self.column)}{self.row}"

    def problem(self, place: str, english: str, chinese: str) -> FileProblem:
        """Return a problem of the file at a place of this sheet."""
        where = place if "!" in place else f"{self.sheet.name}!{shortened(place)}"
        return damaged(self.parts.path, f"{where}: {english}", f"{where}：{chinese}")

    def _out_of_place(self, before: int) -> FileProblem:
        if self.column <= before:
            return self.problem(self.place, "the cell stands twice or out of order", "单元格重复或顺序错乱")
        return too_large(
            self.parts.path, f"sheet {self.sheet.name}: more than {MOST_CELLS:,} cells or {COLUMNS:,} columns",
            f"工作表 {self.sheet.name}：超过 {MOST_CELLS:,} 个单元格或 {COLUMNS:,} 列",
        )  # fmt: skip

    def refuse_wide_area(self) -> None:
        """Refuse a sheet whose cells lie so far apart that there is no room for all between them."""
        rows, columns = self.found.rows, self.found.columns
        if rows * columns > AREA_LIMIT:
            corner = f"{column_letters(columns)}{rows}"
            raise too_large(
                self.parts.path,
                f"sheet {self.sheet.name}: its cells reach to {corner}, at most {AREA_LIMIT:,} are read",
                f"工作表 {self.sheet.name}：单元格延伸到 {corner}，最多读取 {AREA_LIMIT:,} 个单元格",
            )  # fmt: skip


def _row_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(ROWS)) and text != "0" else None


def column_number(letters: str) -> int:
    """Return the number of a column, counted from 1."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def column_letters(number: int) -> str:
    """Return the letters of a column, counted from 1."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _refuse_overlap(scan: _Scan) -> None:
    """Refuse merged cells that overlap: rows are gone through with the areas that reach into them, apart by columns."""
    here: list[tuple[int, int]] = []
    ends: list[tuple[int, tuple[int, int]]] = []
    for (top, left), (bottom, right) in sorted(scan.merged):
        while ends and ends[0][0] < top:
            here.remove(heappop(ends)[1])
        place = bisect_left(here, (left, right))
        if (place and here[place - 1][1] >= left) or (place < len(here) and here[place][0] <= right):
            raise scan.problem(f"{column_letters(left + 1)}{top + 1}", "merged cells overlap", "合并单元格相互重叠")
        here.insert(place, (left, right))
        heappush(ends, (bottom, (left, right)))
