"""Queries that read, and nothing else: one statement, held to reading by the database itself where it can be.

SQLite and DuckDB refuse writing while the query runs, and DuckDB says how many statements there are. A cursor of the
server, as psycopg declares it, takes one query alone. For other drivers what might write is refused by its words.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any, Final

from cso_rules.model.instruments import Label
from cso_rules.tables.problems import RequestProblem

HELD: Final = frozenset({"sqlite3", "duckdb", "psycopg"})
"""Drivers whose databases are made to refuse writing; the others are gone by words."""
_FIRST: Final = re.compile(r"(?:\s|\(|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*(\w*)", re.DOTALL)
_READING: Final = frozenset({"select", "with", "values", "table", "from"})
_WRITING: Final = re.compile(r"\b(?:insert|update|delete|replace|merge|into)\b|/\*M?!", re.IGNORECASE)


def refuse_writing(connection: Any, query: str, driver: str) -> None:
    """Refuse a text that is more than one statement, or one that may do more than read.

    Args:
        connection: The open connection.
        query: The text.
        driver: The module of the connection.

    Raises:
        RequestProblem: It is no such statement.
    """
    found = _FIRST.match(query)
    word = found[1].lower() if found else ""
    if word not in _READING:
        raise _refused(Label(en="it is no query that reads", zh="它不是读取数据的查询语句"))
    if driver == "duckdb":
        _refuse_several(connection, query)
    elif driver not in HELD:
        if ";" in query.rstrip().rstrip(";"):
            raise _refused(Label(en="a semicolon may begin a second statement", zh="分号之后可能还有一条语句"))
        if _WRITING.search(query):
            raise _refused(Label(en="one of its words is of a statement that writes", zh="其中含有写入语句的用词"))


def _refuse_several(connection: Any, query: str) -> None:
    """Refuse what DuckDB takes for several statements, or for one of another kind."""
    found = connection.extract_statements(query)
    if len(found) != 1:
        raise _refused(Label(en=f"there are {len(found)} statements", zh=f"共有 {len(found)} 条语句"))
    if not str(found[0].type).upper().endswith("SELECT"):
        raise _refused(Label(en="it is no query that reads", zh="它不是读取数据的查询语句"))


def _refused(cause: Label) -> RequestProblem:
    return RequestProblem.of("query-refused", Label(en="query", zh="查询语句"), cause=cause)


@contextlib.contextmanager
def reading_only(connection: Any, cursor: Any, driver: str) -> Iterator[None]:
    """Let a database refuse to write while a query begins; a cursor of DuckDB refuses it until it is closed."""
    if driver == "duckdb":
        with contextlib.suppress(Exception):  # versions without such transactions have no queries that write either
            cursor.execute("BEGIN TRANSACTION READ ONLY")
    if driver != "sqlite3":
        yield
        return
    was_open = connection.in_transaction
    (before,) = connection.execute("PRAGMA query_only").fetchone()
    connection.execute("PRAGMA query_only = 1")
    try:
        yield
    except BaseException:
        if connection.in_transaction and not was_open:  # the driver begins one before a statement that writes
            connection.rollback()
        raise
    finally:
        connection.execute(f"PRAGMA query_only = {before}")
