"""The one door for tables: files of any format, Arrow tables and queries of databases, as rows or in batches.

Guaranteed: the same rows with the same numbers, notes and refusals, whichever way they are taken.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from cso_rules.errors import WrongKindError
from cso_rules.model.policy import Policy
from cso_rules.tables.read.cells import Cell, Row, Sheet, day_of
from cso_rules.tables.read.choices import NO_CHOICES, Choices
from cso_rules.tables.read.columns import is_known_heading, refuse_absent
from cso_rules.tables.read.sheets import holds_columns, read_sheet, refuse_unreadable

if TYPE_CHECKING:
    from cso_rules.tables.batches.sources import Part, Source


@attrs.frozen(kw_only=True)
class Where:
    """Where a table stands in what is opened.

    Attributes:
        encoding: `utf-8` or `gb18030` for a CSV file, instead of detection.
        sheet: The name or the number of a sheet of a workbook, instead of the first with a table.
        query: The SELECT that gives the rows, of a database.
        choices: What columns hold that their headings do not say, and which of several tables is meant.
    """

    encoding: str | None = None
    sheet: str | None = None
    query: str | None = None
    choices: Choices = NO_CHOICES


ANYWHERE = Where()


def open_rows(path: Path | str, policy: Policy, where: Where = ANYWHERE) -> Sheet:
    """Open a file as rows that are gone through one by one.

    Args:
        path: The file.
        policy: The rules whose facts the headings name.
        where: Where the table stands in it.

    Raises:
        FactsError: It is a file of typed columns, and one cannot hold values of its fact exactly.
        FileProblem: The file as a whole cannot be read, or lacks a column of which something was said.
        MissingExtraError: What reads files of this kind is not installed.
    """
    path = Path(path)
    refuse_unreadable(path)
    if holds_columns(path):
        found = _of_columns(path, policy, where)
    else:
        headings = is_known_heading(policy, where.choices)
        found = read_sheet(path, headings, encoding=where.encoding, sheet_name=where.sheet)
    refuse_absent(found.header, where.choices.columns)
    return found


def open_batches(table: Any, policy: Policy, where: Where = ANYWHERE) -> Source:
    """Open a table as batches of columns.

    Args:
        table: A pyarrow table, batch or reader of batches, the path of a file, or an open DB-API connection or the URL
            of a database, with a query.
        policy: The rules whose facts the headings name.
        where: Where the table stands in it.

    Raises:
        FileProblem: The table as a whole cannot be read, or lacks a column of which something was said.
        MissingExtraError: What reads tables of this kind is not installed.
        WrongKindError: The value is no table, or a database without a query.
    """
    found = _batches(table, policy, where)
    refuse_absent(found.schema.names, where.choices.columns)
    return found


def _batches(table: Any, policy: Policy, where: Where) -> Source:
    from cso_rules.tables.batches.lists import open_list
    from cso_rules.tables.batches.sources import open_source
    from cso_rules.tables.databases.tables import is_connection, is_url, open_query

    if is_url(table) or is_connection(table):
        if where.query is None:
            raise WrongKindError(
                "of a database a query is needed: query='SELECT ...'", "读取数据库需要查询语句：query='SELECT ...'"
            )
        return attrs.evolve(open_query(table, where.query, policy), choices=where.choices)
    if isinstance(table, str | os.PathLike):
        path = Path(table)
        refuse_unreadable(path)
        if not holds_columns(path):
            return open_list(path, policy, where.choices, encoding=where.encoding, sheet_name=where.sheet)
    return attrs.evolve(open_source(table), choices=where.choices)


def _of_columns(path: Path, policy: Policy, where: Where) -> Sheet:
    """Return the rows of a file of typed columns."""
    from cso_rules.executors.planes.facts.reading import Reader
    from cso_rules.tables.batches.sources import open_source
    from cso_rules.tables.read.columns import map_columns

    source = open_source(path)
    header = tuple(source.schema.names)
    columns = map_columns(header, policy, choices=where.choices)
    places = {name: place for place, name in columns.facts.items()}
    Reader(policy, places, tuple(places), columns.measures).check(source.schema)
    return Sheet(
        path=path, encoding=None, sheet_name=None, header=header, header_row=0, rows=_rows(source.parts()),
        choices=where.choices,
    )  # fmt: skip


def _rows(parts: Iterator[Part]) -> Iterator[Row]:
    from cso_rules.tables.batches.texts import checked

    for part in map(checked, parts):
        columns = [column.to_pylist() for column in part.batch.columns]
        for place, (number, *cells) in enumerate(zip(part.numbers.tolist(), *columns, strict=True)):
            wrong = next(iter(part.problems.get(place, ())), None)
            yield Row(number, tuple(map(_cell, cells)), None if wrong is None else wrong.reason)


def _cell(value: Any) -> Cell:
    if isinstance(value, list):
        return tuple("" if member is None else str(member) for member in value)
    found: Cell = day_of(value)
    return found
