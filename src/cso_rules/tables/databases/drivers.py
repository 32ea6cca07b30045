"""Drivers of databases, imported when they are needed, and what is known of files that are databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from cso_rules.errors import MissingExtraError
from cso_rules.tables.problems import RequestProblem

_MAGIC: Final = {"sqlite": (0, b"SQLite format 3"), "duckdb": (8, b"DUCK")}
"""By what, and where, a file of a kind is known."""


def may_be_database(kind: str, path: str) -> bool:
    """Tell whether a file is a database of a kind, or may become one: it is not there yet, or empty."""
    if kind not in _MAGIC or not Path(path).is_file():
        return True
    at, magic = _MAGIC[kind]
    with Path(path).open("rb") as file:
        start = file.read(at + len(magic))
    return not start or start[at:] == magic


def file_of(url: str) -> str | None:
    """Return the file of the URL of a database; None for that of a server."""
    return None if url.lower().startswith("postgres") else unquote(url.split("://")[1])[1:]


def driver_of(kind: str) -> Any:
    """Return the driver of a kind of database.

    Raises:
        MissingExtraError: DuckDB is not installed.
        RequestProblem: The driver of PostgreSQL is not installed.
    """
    try:
        if kind == "sqlite":
            import sqlite3

            return sqlite3
        if kind == "duckdb":
            import duckdb

            return duckdb
        import psycopg
    except ImportError as error:
        if kind == "duckdb":
            raise MissingExtraError("sql") from error
        raise RequestProblem.of("database-driver", "postgresql") from error
    else:
        return psycopg
