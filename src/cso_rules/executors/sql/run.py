"""Runs generated SQL where the rows are, over any DB-API 2.0 connection; the rows never leave the database.

In come an open connection and a policy; out go the answers of every row, or a view. No connection is opened and no
transaction is ended here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Protocol

from cso_rules.determination import Result
from cso_rules.executors.sql.answers import Output
from cso_rules.executors.sql.dialects import dialect_of
from cso_rules.executors.sql.query import Statement, raw_statement, statement
from cso_rules.model.decisions import AnyDecision, rules_of
from cso_rules.model.policy import Policy
from cso_rules.truth import Truth

_AT_ONCE: Final = 1000
_ARRAYS: Final = frozenset({"values", "rules", "facts", "problems"})


class Cursor(Protocol):
    """What is needed of a DB-API cursor."""

    @property
    def description(self) -> Any:
        """The columns of the result."""

    def execute(self, operation: str, /) -> Any:
        """Run a statement."""

    def fetchmany(self, size: int, /) -> Sequence[Sequence[Any]]:
        """Return the next rows."""


class Connection(Protocol):
    """What is needed of a DB-API connection."""

    def cursor(self) -> Any:
        """Return a cursor."""


def determine_in_place(
    connection: Connection,
    policy: Policy,
    table: str,
    dialect: str = "duckdb",
    *,
    keys: Sequence[str] = ("id",),
) -> Iterator[dict[str, Any]]:
    """Answer every row of a table, in the database.

    Facts of which the table has no column are unknown in every row.

    Args:
        connection: An open DB-API connection.
        policy: Rules in force; `Policy.part` gives fewer decisions.
        table: The table of facts.
        dialect: duckdb, postgresql, mysql, sqlite, spark or oracle.
        keys: Columns of the table that are handed on.

    Yields:
        One dictionary for each row; arrays are lists, boolean answers are true or false.

    Raises:
        NotInSqlError: A decision or a name cannot be written for databases.
    """
    present = columns_of_table(connection, table, dialect)
    made = statement(policy, dialect, table=table, keys=keys, present=present, rules=False)
    readers = [_reader(output, policy) for output in made.outputs]
    names = [*keys, *(output.name for output in made.outputs)]
    for row in _rows(connection, made.text):
        found = [*row[: len(keys)], *(read(cell) for read, cell in zip(readers, row[len(keys) :], strict=True))]
        yield dict(zip(names, found, strict=True))


def create_view(  # noqa: PLR0913 - what a view consists of
    connection: Connection,
    policy: Policy,
    table: str,
    view: str,
    dialect: str = "duckdb",
    *,
    keys: Sequence[str] = ("id",),
) -> Statement:
    """Create a view that answers every row of a table, and return its statement."""
    present = columns_of_table(connection, table, dialect)
    made = statement(policy, dialect, table=table, keys=keys, present=present)
    connection.cursor().execute(made.view(view))
    return made


def columns_of_table(connection: Connection, table: str, dialect: str) -> frozenset[str]:
    """Return the names of the columns of a table."""
    form = dialect_of(dialect)
    cursor = connection.cursor()
    cursor.execute(f"SELECT * FROM {form.table(table)} WHERE 1 = 0")  # noqa: S608 - the name is checked and quoted
    names = (str(column[0]) for column in cursor.description)
    return frozenset(name.lower() if form.upper_case else name for name in names)


def results(
    connection: Connection, policy: Policy, table: str, dialect: str = "duckdb", *, key: str = "id"
) -> Iterator[tuple[Any, dict[str, Result]]]:
    """Yield the bare results of every row with its key, as other executors give them; open readings stay unknown."""
    present = columns_of_table(connection, table, dialect)
    made = raw_statement(policy, dialect, table=table, keys=(key,), present=present)
    for row in _rows(connection, made.text):
        cells = iter(row[1:])
        yield row[0], {name: _result(decision, cells) for name, decision in policy.decisions.items()}


def _rows(connection: Connection, text: str) -> Iterator[Sequence[Any]]:
    cursor = connection.cursor()
    cursor.execute(text)
    while rows := cursor.fetchmany(_AT_ONCE):
        yield from rows


def _result(decision: AnyDecision, cells: Iterator[Any]) -> Result:
    least, most = int(next(cells)), int(next(cells))
    true = unknown = 0
    for place, _ in enumerate(rules_of(decision)):
        truth = int(next(cells))
        true |= (truth == _TRUE) << place
        unknown |= (truth == _OPEN) << place
    conflict, none = (_truth(bool(next(cells)), bool(next(cells))) for _ in range(2))
    is_wide = isinstance(decision.type.everything, tuple)
    return Result((least, most) if is_wide else least, true, unknown, conflict, none)


_TRUE, _OPEN = 1, 3


def _truth(is_sure: bool, is_impossible: bool) -> Truth:  # noqa: FBT001 - two columns
    return Truth.TRUE if is_sure else Truth.FALSE if is_impossible else Truth.UNKNOWN


def _reader(output: Output, policy: Policy) -> Callable[[Any], Any]:
    """Return what turns a cell of a column into a Python value."""
    kind = policy.decisions[output.decision].type.kind if output.decision is not None else None
    if output.holds in _ARRAYS or (output.holds == "value" and kind == "set"):
        return lambda cell: None if cell is None else json.loads(cell)
    if output.holds == "value" and kind == "boolean":
        return lambda cell: None if cell is None else bool(cell)
    return lambda cell: cell
