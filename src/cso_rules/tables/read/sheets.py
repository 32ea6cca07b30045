"""Open a file as a table: format, encoding, separator and header row are found and reported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import attrs

from cso_rules.diagnostics import shortened
from cso_rules.model.coded import Coded, said
from cso_rules.model.instruments import Label
from cso_rules.tables.problems import FileProblem, RequestProblem
from cso_rules.tables.read.asides import Table, speaks_of_unit
from cso_rules.tables.read.cell_limits import cell_problem, refuse_wide
from cso_rules.tables.read.cells import Row, Sheet, is_blank, text_of
from cso_rules.tables.read.delimited import MOST_CELLS, RAGGED_LIMIT, open_delimited, too_ragged
from cso_rules.tables.read.ditto import Above
from cso_rules.tables.read.forms import MOST_ROWS, Form, form_of, turned
from cso_rules.tables.read.further_lines import joined, merged_number
from cso_rules.tables.read.header_rows import Header, header_of
from cso_rules.tables.read.headings import Headings
from cso_rules.tables.read.records import open_records
from cso_rules.tables.read.several_tables import chosen_part, parts_of, second_start, second_table, several
from cso_rules.tables.read.xlsx.workbooks import open_workbook, others_note, visible_sheets

__all__ = ["Row", "Sheet", "read_sheet"]

RECORDS: Final = frozenset({".json", ".ndjson", ".jsonl"})
WORKBOOKS: Final = frozenset({".xlsx", ".xlsm"})
COLUMNS: Final = frozenset({".parquet", ".pq", ".arrow", ".feather", ".ipc"})
"""Endings of files of typed columns."""
PARQUET, ARROW, _STREAM = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff"
HEADER_ROWS: Final = 10
TABLE: Final = 2
"""Known headings of one row that surely are those of a table, not a word on a page of instructions."""
LOOKED_THROUGH: Final = 1 << 21
"""Bytes of a workbook whose other sheets are looked at, too."""
NAMED: Final = 10
"""Forms that a note names."""


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
    refuse_unreadable(path)
    ending = path.suffix.lower()
    if ending in RECORDS:
        return attrs.evolve(open_records(path), choices=headings.choices)
    if ending in WORKBOOKS:
        return _of_workbook(path, sheet_name, headings)
    lines, found, notes = open_delimited(path, encoding)
    first = _first(lines)
    header = header_of(first, headings)
    rows = chain(first, lines)
    if header is not None:
        return _with_header(path, rows, header, headings, encoding=found, notes=notes)
    some = list(islice(rows, MOST_ROWS))
    if (columns := turned(some, headings)) is not None:
        return _turned(path, columns, headings, encoding=found, notes=notes)
    form = form_of(some, headings)
    if form is None or form.is_empty(headings):
        raise _no_header(path, headings)
    return attrs.evolve(_of_forms(path, [("", form)], headings, notes), encoding=found)


def _of_workbook(path: Path, wanted: str | None, headings: Headings) -> Sheet:
    """Open the sheet that is wanted, or the first visible one that holds a table, or else all forms."""
    best: Sheet | None = None
    most, remarks = 0, list[Label]()
    forms: list[tuple[str, Form]] = []
    for sheet_name in _candidates(path, wanted):
        opened = open_workbook(path, sheet_name)
        first = _first(opened.rows)
        header = header_of(first, headings)
        rows = chain(first, opened.rows)
        if header is not None and header.known > most:
            best = _with_header(
                path, rows, header, headings, sheet_name=opened.name, notes=opened.notes, hidden=opened.hidden
            )
            most = header.known
        elif header is None:
            some = list(islice(rows, MOST_ROWS))
            if not forms and (columns := turned(some, headings)) is not None:
                return _turned(path, columns, headings, sheet_name=opened.name, notes=(*opened.notes, *remarks))
            form = form_of(some, headings)
            if form is not None and form.is_empty(headings):
                remarks.append(_empty_form(opened.name))
                continue
            if form is not None:
                forms.append((opened.name, form))
                continue
        if most >= TABLE:
            break
        remarks += _remarks(opened.name, first)
    if forms and most < TABLE:
        named = {name for name, _ in forms}
        others = others_note(shortened(name) for name in visible_sheets(path) if name not in named)
        return _of_forms(path, forms, headings, (*others, *remarks))
    if best is None:
        raise _no_header(path, headings)
    alike = _alike(path, best, headings) if wanted is None else ()
    return attrs.evolve(best, notes=(*best.notes, *alike, *remarks))


def _alike(path: Path, read: Sheet, headings: Headings) -> Iterator[Label]:
    """Yield what a person should be told about other sheets with the header of the one that is read."""
    if path.stat().st_size > LOOKED_THROUGH:
        return
    found = []
    for name in visible_sheets(path):
        with suppress(FileProblem):  # what is wrong with a sheet that is not read is nobody's concern
            header = header_of(_first(open_workbook(path, name).rows), headings) if name != read.sheet_name else None
            found += [shortened(name)] if header is not None and header.texts == read.header else []
    if names := shortened(", ".join(found), 500):
        yield Label(
            en=f"sheets with the same header that were not read: {names}; read each of them with --sheet",
            zh=f"以下工作表的表头与本表相同，尚未读取：{names}；请用 --sheet 逐张读取",
        )


def _of_forms(path: Path, forms: list[tuple[str, Form]], headings: Headings, notes: tuple[Label, ...]) -> Sheet:
    """Return forms as the rows of one table, whose headings are their labels."""
    header = tuple(dict.fromkeys(label for _, form in forms for label in form.labels))
    refuse_wide(path, header)
    names = ", ".join(shortened(name) for name, _ in forms[:NAMED] if name) + (" …" if len(forms) > NAMED else "")
    said = Label(
        en=f"read as forms about one {{one}} each, numbered in their order{f': {names}' if names else ''}",
        zh=f"按每张一个{{one}}的表单读取，依次编号{f'：{names}' if names else ''}",
    ).filled(one=headings.entities.subject.label)
    rows = (Row(number, form.below(header)) for number, (_, form) in enumerate(forms, start=1))
    return Sheet(
        path=path,
        encoding=None,
        sheet_name=forms[0][0] or None,
        header=header,
        header_row=0,
        rows=(attrs.evolve(row, problem=cell_problem(header, row.cells)) for row in rows),
        notes=(said, *notes),
        choices=headings.choices,
        is_plain=False,
    )


def _empty_form(name: str) -> Label:
    return Label(
        en=f"the sheet {shortened(name)} is a form in which nothing is filled in",
        zh=f"工作表“{shortened(name)}”是未填写的空白表单",
    )


def _turned(path: Path, columns: list[Row], headings: Headings, **found: Any) -> Sheet:
    """Return a table whose organizations stand side by side."""
    header = Header(texts=tuple(map(text_of, columns[0].cells)), known=0, last_row=1, notes=())
    said = Label(
        en="read as a table whose organizations stand side by side: a row is a column of the sheet (B is 2)",
        zh="按并列的表格读取：每列为一家，行号为列的序号（B 列为 2）",
    )
    notes = (*found.pop("notes", ()), said)
    sheet = _with_header(path, columns, header, headings, notes=notes, **found)
    return attrs.evolve(sheet, is_plain=False)


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


def holds_columns(path: Path) -> bool:
    """Tell whether a file is one of Parquet or Arrow, by its ending or by how it begins; others are lists."""
    return path.suffix.lower() in COLUMNS or start_of(path).startswith((PARQUET, ARROW, _STREAM))


def start_of(path: Path) -> bytes:
    """Return the first bytes of a file, by which its format is known."""
    with path.open("rb") as stream:
        return stream.read(len(ARROW))


def refuse_unreadable(path: Path) -> None:
    """Refuse a file that is not there, holds nothing, or is in the format of old workbooks.

    Raises:
        RequestProblem: It is one of these.
    """
    if not path.is_file():
        raise RequestProblem.of("file-missing", path)
    if not path.stat().st_size:
        raise RequestProblem.of("file-empty", path)
    if path.suffix.lower() == ".xls":
        raise RequestProblem.of("file-old-workbook", path)


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
    hidden: frozenset[int] = frozenset(),
) -> Sheet:
    refuse_wide(path, header.texts)
    wanted, is_plain = headings.choices.table, True
    if wanted is not None or second_start(header.texts) is not None:
        parts = parts_of(list(rows), header, headings)
        if wanted is None:
            raise several(path, [(part.place, part.header.texts) for part in parts])
        part, is_plain = chosen_part(path, parts, wanted), False
        said = Label(en=f"table read: {wanted}, {part.place.en}", zh=f"读取的表格：第 {wanted} 个，{part.place.zh}")
        rows, header, notes = part.rows, part.header, (*notes, said)
    last = header.last_row
    return Sheet(
        path=path,
        encoding=encoding,
        sheet_name=sheet_name,
        header=header.texts,
        header_row=last,
        rows=_body(path, (row for row in rows if row.number > last), header, headings),
        notes=(*notes, *header.notes),
        choices=attrs.evolve(headings.choices, hidden=hidden),
        is_plain=is_plain,
    )


def _no_header(path: Path, headings: Headings) -> RequestProblem:
    return RequestProblem.of(
        "file-no-header",
        Label(en=f"{path}, first {HEADER_ROWS} rows", zh=f"{path} 前 {HEADER_ROWS} 行"),
        one=headings.entities.subject.label,
    )


def _body(path: Path, rows: Iterable[Row], header: Header, headings: Headings) -> Iterator[Row]:
    table, lost, above, section = Table.of(header.texts, headings), 0, Above(), ""
    width = len(header.texts)

    def checked() -> Iterator[Row]:
        nonlocal lost
        for count, row in enumerate((row for row in rows if not is_blank(row.cells) or row.problem), start=1):
            lost += len(row.cells) < width
            if lost > RAGGED_LIMIT and lost * 2 > count:
                raise too_ragged(path, count)
            yield _checked(row, table)

    for found in joined(checked(), table):
        if found.aside == "header":
            raise second_table(path, header.last_row, header.texts, found.number, list(map(text_of, found.cells)))
        section = table.section(found.cells) or section if found.aside == "note" else section
        yield above.filled(attrs.evolve(found, section=section) if section and found.aside is None else found, width)


def _checked(row: Row, table: Table) -> Row:
    width = len(table.header)
    cells = row.cells[:width] if is_blank(row.cells[width:]) else row.cells
    if (aside := table.aside(cells)) is not None:
        return Row(row.number, cells, aside=aside)
    of_cells = ragged(len(cells), width) if len(cells) != width else cell_problem(table.header, cells)
    return Row(row.number, cells, row.problem or merged_number(row, table) or of_cells, merged=row.merged)


def ragged(found: int, expected: int) -> Coded:
    """Return what is wrong with a row that has not as many cells as there are headings."""
    if found > MOST_CELLS:
        return said("row-many-cells", most=MOST_CELLS)
    return said("row-ragged", found=found, expected=expected)
