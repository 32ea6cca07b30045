"""Records in a file of SQLite: a write-ahead log, and every commit brought to the disk before it is acknowledged."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import quote

import attrs

from cso_rules.records.database import TOLERANT, Database
from cso_rules.records.faults import Fault
from cso_rules.records.statements import Dialect

PATIENCE: Final = 30.0
"""Seconds for which another writer is waited for."""
OWN: Final = 0o600
"""Who may read a new file and write to it, which then holds for its log too: its owner."""
_PRIMARY: Final = 0xFF
_FAULTS: Final[dict[int, Fault]] = {
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_CANTOPEN: "unreachable",
    sqlite3.SQLITE_READONLY: "unreachable",
    sqlite3.SQLITE_PERM: "unreachable",
    sqlite3.SQLITE_NOTADB: "no_store",
}
_CANNOT_SHARE: Final = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY})


@attrs.frozen
class SqliteDatabase(Database):
    """A file of SQLite."""

    path: Path
    dialect: ClassVar[Dialect] = "sqlite"
    begin: ClassVar[str] = "BEGIN IMMEDIATE"
    is_over_after_failure: ClassVar[bool] = True

    @property
    def place(self) -> str:
        """The file."""
        return str(self.path)

    @property
    def failure(self) -> type[Exception]:
        """The class of the errors of SQLite."""
        return sqlite3.Error

    def is_there(self) -> bool:
        """Tell whether the file is there."""
        return self.path.is_file()

    def writing(self) -> sqlite3.Connection:
        """Return a connection for writing.

        A new file can be read by its owner alone, has a write-ahead log, and its name is on the disk too.
        """
        is_new = not self.path.exists() or self.path.stat().st_size == 0
        if is_new:
            with contextlib.suppress(OSError):  # what is wrong with the place says the database
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, OWN))
        connection = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            if is_new:
                with contextlib.suppress(sqlite3.OperationalError):  # another process does the same at this moment
                    connection.execute("PRAGMA journal_mode = WAL")
            # In any mode of the journal a commit is on the disk when it returns; what is erased is overwritten.
            for setting in ("synchronous = EXTRA", "fullfsync = ON", "checkpoint_fullfsync = ON", "secure_delete = ON"):
                connection.execute(f"PRAGMA {setting}")
            if is_new:
                self._make_name_last()
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _make_name_last(self) -> None:
        """Bring the entry of the file in its folder to the disk; systems without open folders do that themselves."""
        flag = getattr(os, "O_DIRECTORY", None)
        if flag is None:
            return
        folder = os.open(self.path.resolve().parent, os.O_RDONLY | flag)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Return a connection that can only read, and sees one state."""
        with contextlib.closing(self._opened("mode=ro")) as connection:
            try:
                connection.execute("BEGIN")
                connection.execute("SELECT 1 FROM sqlite_master").fetchall()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & _PRIMARY not in _CANNOT_SHARE or self._log().exists():
                    raise
            else:
                yield connection
                return
        with contextlib.closing(self._opened("immutable=1")) as connection:  # nothing at all can be written there
            yield connection

    def _opened(self, options: str) -> sqlite3.Connection:
        address = f"file:{quote(str(self.path.resolve()))}?{options}"
        found = sqlite3.connect(address, uri=True, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        found.text_factory = lambda data: data.decode(*TOLERANT)
        return found

    def _log(self) -> Path:
        return self.path.with_name(f"{self.path.name}-wal")

    def make_tables(self, connection: sqlite3.Connection, script: str) -> None:
        """Make the tables, all or none of them."""
        connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nCOMMIT;")

    def forget_erased(self, connection: sqlite3.Connection) -> None:
        """Take erased values out of the write-ahead log too; in the tables they were overwritten."""
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def fault_of(self, error: Exception) -> Fault:
        """Return what an error of SQLite means for the store."""
        return _FAULTS.get(getattr(error, "sqlite_errorcode", 0) & _PRIMARY, "failed")
