"""A store of records: what is appended to it is on the disk when it is acknowledged, whoever appends at the same time.

Threads that append together share one commit. Several processes may have a store open; each opens it for itself.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import attrs

from cso_rules.errors import CsoRulesError, RecordsError
from cso_rules.records import statements
from cso_rules.records.chain import Head, Verification, verify
from cso_rules.records.commitments import KeptValue
from cso_rules.records.database import Database, Session, whole
from cso_rules.records.faults import error_of, refuse
from cso_rules.records.record import FIRST_PREVIOUS, FORMAT, Draft, Receipt, Record, decision_draft, erasure_draft
from cso_rules.records.sqlite_database import SqliteDatabase
from cso_rules.records.statements import Dialect, schema

if TYPE_CHECKING:
    from cso_rules.determination import Determination


BEFORE_ALL: Final = -(1 << 62)
"""Less than the number of any row that somebody may have put there."""


def open_records(target: str | Path, *, create: bool = True) -> RecordStore:
    """Open a store of decision records.

    Args:
        target: A file of SQLite, also as `sqlite:///path`, or `postgresql://user@host/database`.
        create: Whether a store that is not there yet is made.

    Raises:
        RecordsError: There is no store and none can be made, or it is of another format.
        RequestProblem: The driver of PostgreSQL is not installed.
    """
    store = RecordStore(_database(target))
    store.prepare(create=create)
    return store


def schema_sql(dialect: Dialect = "sqlite") -> str:
    """Return the statements that make the tables of records in a database of a registry, for `append_in`.

    Args:
        dialect: `sqlite` or `postgresql`.
    """
    return schema(dialect, FORMAT, FIRST_PREVIOUS)


def append_in(connection: Any, determination: Determination, **about: Any) -> Receipt:
    """Record a decision within a transaction of the caller, so that it stands or falls with what else is written there.

    The record is durable when the caller has committed. Until then other writers of records wait. A connection of
    Python's `sqlite3` begins a transaction by itself, one without `isolation_level` does not.

    Args:
        connection: A connection of `sqlite3` or `psycopg` to a database in which `schema_sql` was carried out.
        determination: What was decided.
        **about: What `RecordStore.append` takes besides.

    Raises:
        RecordsError: As for `RecordStore.append`; no transaction is open, or none will be begun.
    """
    draft = decision_draft(determination, **about)
    kind = type(connection).__module__.partition(".")[0]
    dialect: Dialect = "postgresql" if kind == "psycopg" else "sqlite"
    if dialect == "sqlite" and _begins_nothing(connection) and not connection.in_transaction:
        refuse("no_transaction", "")
    if dialect == "postgresql" and connection.autocommit and connection.info.transaction_status.name == "IDLE":
        refuse("no_transaction", "")
    return Session(connection, dialect, "").add([draft])[0]


def _begins_nothing(connection: Any) -> bool:
    """Tell whether a connection of SQLite begins no transaction by itself; Python 3.12 has a second way to say so."""
    return connection.isolation_level is None or getattr(connection, "autocommit", None) is True


def _database(target: str | Path) -> Database:
    text = str(target)
    if text.lower().startswith(("postgresql://", "postgres://")):
        from cso_rules.records.postgresql_database import PostgresqlDatabase

        return PostgresqlDatabase(text)
    from cso_rules.tables.databases.drivers import file_of

    path = Path((file_of(text) or "") if text.lower().startswith("sqlite://") else text)
    if not path.name or path.is_dir() or "://" in text.removeprefix("sqlite://"):
        refuse("no_store", text)
    return SqliteDatabase(path)


@attrs.frozen
class _StoredChain:
    """The chain of a store, in one state of it."""

    session: Session
    before: ClassVar[tuple[int, str]] = (0, FIRST_PREVIOUS)

    def records(self) -> Iterator[Record]:
        return self.session.after(BEFORE_ALL)

    def kept(self, record: str) -> dict[str, KeptValue]:
        return self.session.kept(record)

    def end(self) -> tuple[Head, int]:
        number, found = self.session.head()
        return Head(number=number, hash=found), int(self.session.rows(statements.COUNT_VALUES)[0][0])


@attrs.define(eq=False)
class _Waiting:
    """What a thread wants to append, and what became of it."""

    drafts: Sequence[Draft]
    receipts: tuple[Receipt, ...] | None = None
    error: BaseException | None = None

    @property
    def is_done(self) -> bool:
        return self.receipts is not None or self.error is not None

    def result(self) -> tuple[Receipt, ...]:
        if self.error is not None:
            raise self.error
        assert self.receipts is not None
        return self.receipts


class RecordStore:
    """A store of decision records, to be used by any number of threads; a context manager that closes it.

    Made by `open_records`.
    """

    def __init__(self, database: Database) -> None:
        """Keep where the records stand."""
        self._database = database
        self._queue: deque[_Waiting] = deque()
        self._writing = threading.Lock()
        self._connection: Any = None
        self._is_stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def place(self) -> str:
        """The file, or the address without a password."""
        return self._database.place

    def close(self) -> None:
        """Close the store; what is appended later opens it again."""
        with self._writing:
            self._drop()

    # Writing

    def append(  # noqa: PLR0913 - what a record consists of
        self,
        determination: Determination,
        *,
        asked_by: str,
        reason: str,
        subject: str = "",
        key: str | None = None,
        cells: Mapping[str, Mapping[str, object]] | None = None,
        bundle: str | None = None,
    ) -> Receipt:
        """Record a decision, and return when it is on the disk.

        Args:
            determination: What was decided, by a policy that masks what is personal.
            asked_by: Who asked: the official, the desk or the program; at most 200 characters.
            reason: Why; at most 2,000 characters.
            subject: The id of the organization in the registry; no name of a person, for it cannot be erased.
            key: What names the request. The same question under the same key is recorded once, and has that receipt
                again; another question under it is refused.
            cells: The raw texts from which facts were read, by fact and heading; those of personal facts can be erased.
                Texts that belong to no fact stand under "".
            bundle: The digest of the bundle from which the rules come.

        Returns:
            The id and the number of the record, and whether it is a new one.

        Raises:
            RecordsError: Nothing was recorded, as far as is known. `fault` says why: `unsaid`, `too_long`, `shown` and
                `other_question` are of the call; `full` and `busy` may pass; `failed` and `stopped` need a person.
        """
        about = {"asked_by": asked_by, "reason": reason, "subject": subject, "key": key}
        return self.add([decision_draft(determination, **about, cells=cells, bundle=bundle)])[0]  # type: ignore[arg-type]

    def add(self, drafts: Sequence[Draft]) -> tuple[Receipt, ...]:
        """Record several decisions at once, made by `decision_draft`: all of them or none.

        Returns:
            The receipt of each, in the same order.

        Raises:
            RecordsError: As for `append`.
        """
        mine = _Waiting(drafts)
        self._queue.append(mine)
        with self._writing:
            if not mine.is_done:
                self._write([self._queue.popleft() for _ in range(len(self._queue))])
        return mine.result()

    def erase(self, name: str | int, facts: Iterable[str] = (), *, asked_by: str, reason: str) -> Receipt:
        """Erase what a record keeps of personal facts, and record that it was done; the chain stays valid.

        Args:
            name: The id or the number of the record.
            facts: Which facts; all that are kept when left out.
            asked_by: Who asked.
            reason: Why.

        Returns:
            The receipt of the record that says so.

        Raises:
            RecordsError: There is no such record, it keeps nothing of these facts, or nothing could be written.
        """
        record, kept = self.record(name), self.kept(name)
        chosen = tuple(dict.fromkeys(facts)) or tuple(kept)
        if not chosen or not kept.keys() >= set(chosen):
            refuse("nothing_personal", self.place, name=name, facts=", ".join(chosen) or "-")
        receipt = self.add([erasure_draft(record, chosen, asked_by=asked_by, reason=reason)])[0]
        with self._writing, self._failing():
            self._database.forget_erased(self._open())
        return receipt

    # Reading

    def head(self) -> Head:
        """Return how far the chain reaches, to be kept elsewhere."""
        with self._reading() as session:
            number, found = session.head()
        return Head(number=number, hash=found)

    def record(self, name: str | int) -> Record:
        """Return the record of an id or a number.

        Raises:
            RecordsError: There is no such record.
        """
        with self._reading() as session:
            found = _found(session, name)
        return found or refuse("no_record", self.place, name=name)

    def kept(self, name: str | int) -> dict[str, KeptValue]:
        """Return what is kept of the personal facts of a record, by fact.

        Raises:
            RecordsError: There is no such record.
        """
        with self._reading() as session:
            found = _found(session, name) or refuse("no_record", self.place, name=name)
            return session.kept(found.id)

    def records(self, after: int = 0) -> Iterator[Record]:
        """Yield the records after a number, in order."""
        with self._reading() as session:
            yield from session.after(after)

    def content_of(self, record: Record) -> dict[str, Any]:
        """Return what a record says.

        Raises:
            RecordsError: It was changed.
        """
        return whole(record, self.place)

    def verify(self, *heads: Head) -> Verification:
        """Look at every record and every personal value.

        Args:
            *heads: Heads that were exported before; without one, who made a whole new chain is not found.

        Returns:
            How many records there are, and everything that is wrong with them.
        """
        with self._reading() as session:
            return verify(_StoredChain(session), heads)

    # How it is done

    def prepare(self, *, create: bool) -> None:
        """Make the tables where they are not there yet.

        Raises:
            RecordsError: They are not there, and shall not be made; they are of another format.
        """
        found = self._format() if self._database.is_there() else None
        if found is None and not create:
            refuse("not_there", self.place)
        if found is None:
            with self._writing, self._failing():
                self._database.make_tables(self._open(), schema_sql(self._database.dialect))
            found = self._format()
        if found != FORMAT:
            refuse("other_format", self.place, found=found, expected=FORMAT)

    def _format(self) -> int | None:
        """Return the format of the records that are there; None where there are none."""
        with self._reading() as session:
            try:
                return int(session.rows(statements.KNOWN_FORMAT)[0][0])
            except self._database.failure as error:
                if self._database.fault_of(error) == "failed":  # there is no such table
                    return None
                raise
            except IndexError:
                return None

    def _write(self, batch: Sequence[_Waiting]) -> None:
        """Write what some threads want to append in one transaction, and tell each what became of it."""
        try:
            if self._is_stopped:
                refuse("stopped", self.place)
            with self._failing():
                session = Session(self._open(), self._database.dialect, self.place)
                session.do(self._database.begin)
                receipts = [_apart(session, waiting) for waiting in batch]
                session.do("COMMIT")
        except BaseException as error:
            self._drop()  # which takes back what was begun
            for waiting in batch:
                waiting.error = waiting.error or _of_others(error, self.place)
            if not isinstance(error, RecordsError):
                raise
            return
        for waiting, found in zip(batch, receipts, strict=True):
            waiting.receipts = found

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Session]:
        with self._failing(is_writing=False), self._database.reading() as connection:
            yield Session(connection, self._database.dialect, self.place)

    @contextlib.contextmanager
    def _failing(self, *, is_writing: bool = True) -> Iterator[None]:
        """Turn errors of the database into words; after one of the disk nothing more is written."""
        try:
            yield
        except self._database.failure as error:
            fault = self._database.fault_of(error)
            if is_writing:
                self._drop()
                self._is_stopped = self._is_stopped or (fault == "failed" and self._database.is_over_after_failure)
            cause = " ".join(str(error).split())
            raise error_of(fault, self.place, cause=cause) from error

    def _open(self) -> Any:
        if self._connection is None:
            self._connection = self._database.writing()
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(self._database.failure):
                connection.close()


def _apart(session: Session, waiting: _Waiting) -> tuple[Receipt, ...] | None:
    """Add what one thread wants; what is refused of it is refused to it alone."""
    session.do("SAVEPOINT one_of_many")
    try:
        found = session.add(waiting.drafts)
    except CsoRulesError as error:
        session.do("ROLLBACK TO SAVEPOINT one_of_many")
        waiting.error, found = error, ()
    session.do("RELEASE SAVEPOINT one_of_many")
    return found


def _found(session: Session, name: str | int) -> Record | None:
    is_number = isinstance(name, int) or name.isdecimal()
    by_id = None if isinstance(name, int) else session.record(statements.BY_ID, name)
    return by_id or (session.record(statements.BY_NUMBER, int(name)) if is_number and int(name) < 1 << 63 else None)


def _of_others(error: BaseException, place: str) -> RecordsError:
    """Return what ended the writing of one thread, for each of the others."""
    if isinstance(error, RecordsError):
        return RecordsError(*error.args)
    return error_of("failed", place, cause=type(error).__name__)
