"""Records in a database of PostgreSQL, which brings every commit to its disk before it says that it is done."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

import attrs

from cso_rules.records.database import Database
from cso_rules.records.faults import Fault
from cso_rules.records.statements import Dialect
from cso_rules.tables.databases.drivers import driver_of

_FAULTS: Final[dict[str, Fault]] = {
    "53100": "full",  # the disk
    "55P03": "busy",  # a lock was waited for too long
    "57014": "busy",
    "40P01": "busy",
    "40001": "busy",
}


@attrs.frozen
class PostgresqlDatabase(Database):
    """A database of PostgreSQL; its driver is imported when it is used.

    A server that could not write stops by itself and forgets nothing, so that going on after an error is safe.
    """

    url: str = attrs.field(repr=False)
    dialect: ClassVar[Dialect] = "postgresql"
    begin: ClassVar[str] = "BEGIN"
    is_over_after_failure: ClassVar[bool] = False

    @property
    def place(self) -> str:
        """The address without user and password."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"

    @property
    def failure(self) -> type[Exception]:
        """The class of the errors of the driver."""
        found: type[Exception] = driver_of("postgresql").Error
        return found

    def is_there(self) -> bool:
        """Tell that only the server knows."""
        return True

    def writing(self) -> Any:
        """Return a connection for writing."""
        connection = driver_of("postgresql").connect(self.url, autocommit=True)
        # A record that is acknowledged must not be lost, whatever the server does for others.
        connection.execute("SET synchronous_commit = on")
        connection.execute("SET lock_timeout = '30s'")
        return connection

    @contextlib.contextmanager
    def reading(self) -> Iterator[Any]:
        """Return a connection that can only read, and sees one state."""
        with contextlib.closing(driver_of("postgresql").connect(self.url, autocommit=True)) as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield connection

    def make_tables(self, connection: Any, script: str) -> None:
        """Make the tables, all or none of them; two that do so at once wait for each other."""
        connection.execute(f"BEGIN; SELECT pg_advisory_xact_lock(7235413);\n{script}\nCOMMIT;")

    def forget_erased(self, connection: Any) -> None:
        """Let the server give the space of erased rows free."""
        connection.execute("VACUUM decision_record_values")

    def fault_of(self, error: Exception) -> Fault:
        """Return what an error of the driver means for the store."""
        code = getattr(error, "sqlstate", None)
        return _FAULTS.get(code or "", "failed" if code else "unreachable")
