"""Lists that people keep, in batches: workbooks, records and forms row by row, plain CSV files by columns.

Guaranteed: whatever the way, the rows, their numbers and their problems are those that are read one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from cso_rules.executors.planes.extra import np, pa
from cso_rules.model.coded import Coded, said
from cso_rules.model.policy import Fact, Policy
from cso_rules.model.spelling.column_habits import Habit
from cso_rules.tables.batches.csv_files import csv_source
from cso_rules.tables.batches.sources import BATCH, SECTIONS, Part, Source, list_source
from cso_rules.tables.problems import CellProblem
from cso_rules.tables.read.cells import Cell, Row, text_of
from cso_rules.tables.read.choices import NO_CHOICES, Choices
from cso_rules.tables.read.columns import facts_at, is_known_heading, map_columns
from cso_rules.tables.read.sheets import RECORDS, WORKBOOKS, read_sheet
from cso_rules.tables.read.xlsx.unread_cells import NOT_TRUE_OR_FALSE, UnreadCell


def open_list(
    path: Path,
    policy: Policy,
    choices: Choices = NO_CHOICES,
    *,
    encoding: str | None = None,
    sheet_name: str | None = None,
) -> Source:
    """Open a list in batches, as `read_sheet` opens it row by row.

    Args:
        path: The file.
        policy: The rules whose facts the headings name.
        choices: What a person said about columns, and which table is meant.
        encoding: `utf-8` or `gb18030` for a CSV file, instead of detection.
        sheet_name: The name or the number of the sheet of a workbook, instead of the first with a table.

    Raises:
        FileProblem: The file as a whole cannot be read.
        MissingExtraError: It is a workbook, and the extra `tables` is not installed.
    """
    headings, is_records = is_known_heading(policy, choices), path.suffix.lower() in RECORDS
    waiting = [read_sheet(path, headings, encoding=encoding, sheet_name=sheet_name)]
    sheet = waiting[0]
    if sheet.is_plain and not is_records and path.suffix.lower() not in WORKBOOKS:
        return csv_source(sheet, policy, headings)
    facts = facts_at(sheet.header, policy, sheet.choices)
    habits = map_columns(sheet.header, policy, choices=sheet.choices).habits
    identity = {at for at, text in enumerate(sheet.header) if at not in facts and headings(text)}
    schema = pa.schema([pa.field(text, pa.string()) for text in sheet.header])

    def parts() -> Iterator[Part]:
        again = waiting.pop() if waiting else read_sheet(path, headings, encoding=encoding, sheet_name=sheet_name)
        return _parts(again.rows, schema, facts, identity, habits)

    return list_source(schema, parts, sheet.notes, sheet.choices, hands_on=not is_records)


def _parts(
    rows: Iterator[Row], schema: Any, facts: Mapping[int, Fact], identity: set[int], habits: Mapping[int, Habit]
) -> Iterator[Part]:
    """Yield rows in parts in which a column of a set holds either texts or lists."""
    sets = [at for at, fact in facts.items() if fact.type.kind == "set"]

    def with_texts(row: Row) -> tuple[int, ...]:
        return tuple(at for at in sets if at < len(row.cells) and not isinstance(row.cells[at], tuple | None))

    while block := list(islice(rows, BATCH)):
        parts = [list(some) for _, some in groupby(block, key=with_texts)]
        signs = dict(_signs(block, schema.names, habits)) if len(parts) > 1 else {}
        yield from (_part(part, schema, facts, identity, signs) for part in parts)


def _signs(rows: Sequence[Row], names: Sequence[str], habits: Mapping[int, Habit]) -> Iterator[tuple[str, str]]:
    """Yield the columns of which a text shows that others mean nothing certain, with the first such text."""
    for at, habit in habits.items():
        texts = (text_of(row.cells[at]) for row in rows if not (row.aside or row.problem) and at < len(row.cells))
        if (sign := next(filter(habit.is_sign, texts), None)) is not None:
            yield names[at], sign


def _part(
    rows: list[Row], schema: Any, facts: Mapping[int, Fact], identity: set[int], signs: Mapping[str, str]
) -> Part:
    found = [row for row in rows if row.aside is None]
    problems = {place: own for place, row in enumerate(found) if (own := _problems(row, schema, identity))}
    unread = {
        (place, schema.names[at]): reason
        for place, row in enumerate(found)
        for at, kind in facts.items()
        if at < len(row.cells) and (reason := _unread(row.cells[at], kind)) is not None
    }
    columns = [_column(found, at, facts.get(at)) for at in range(len(schema))]
    return Part(
        pa.RecordBatch.from_arrays(columns, schema.names), np.array([row.number for row in found], np.int64), problems,
        {row.number: row.aside for row in rows if row.aside is not None}, unread=unread, signs=signs,
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


def _unread(cell: Cell, fact: Fact) -> Coded | None:
    """Return why a cell holds no value of its fact, whatever its text may look like."""
    if isinstance(cell, UnreadCell):
        return cell.reason
    if cell == () and fact.type.kind != "set":
        return said("cell-list")
    return said(NOT_TRUE_OR_FALSE) if isinstance(cell, bool) and fact.type.kind != "boolean" else None
