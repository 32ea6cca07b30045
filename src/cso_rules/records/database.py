"""What a store needs of a database, and the statements of a record within a transaction that is open."""

from __future__ import annotations

import abc
import contextlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Final

import attrs

from cso_rules.records import statements
from cso_rules.records.canonical_json import hash_of
from cso_rules.records.commitments import KeptValue
from cso_rules.records.faults import Fault, refuse
from cso_rules.records.record import Draft, Receipt, Record, difference
from cso_rules.records.statements import Dialect

BATCH: Final = 200
"""Records that are read at once."""
TOLERANT: Final = ("utf-8", "surrogateescape")
"""How bytes are read that may be damaged."""


class Database(abc.ABC):
    """One kind of database, at one place.

    Attributes:
        dialect: Which SQL it speaks.
        begin: The statement that begins a transaction for writing.
        is_over_after_failure: Whether nothing may be written after an error of the disk until the store is opened anew.
    """

    dialect: ClassVar[Dialect]
    begin: ClassVar[str]
    is_over_after_failure: ClassVar[bool]

    @property
    @abc.abstractmethod
    def place(self) -> str:
        """The file, or the address without a password, for people."""

    @property
    @abc.abstractmethod
    def failure(self) -> type[Exception]:
        """The class of its errors."""

    @abc.abstractmethod
    def is_there(self) -> bool:
        """Tell whether there may be a store, as far as can be told without opening it."""

    @abc.abstractmethod
    def writing(self) -> Any:
        """Return a connection for writing, durable when it has committed; there is no transaction on it."""

    @abc.abstractmethod
    def reading(self) -> AbstractContextManager[Any]:
        """Return a connection that sees one state of the store, for a while."""

    @abc.abstractmethod
    def make_tables(self, connection: Any, script: str) -> None:
        """Make the tables where they are not there yet, all or none of them."""

    @abc.abstractmethod
    def forget_erased(self, connection: Any) -> None:
        """Let nothing of what was erased remain in the files of the database, as far as it can."""

    @abc.abstractmethod
    def fault_of(self, error: Exception) -> Fault:
        """Return what an error of the database means for the store."""


@attrs.frozen
class Session:
    """Statements of records on one connection."""

    connection: Any
    dialect: Dialect
    place: str

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with contextlib.closing(self._cursor()) as cursor:
            cursor.execute(self._own(statement), values)
            return list(cursor.fetchall())

    def do(self, statement: str, *values: Any) -> None:
        """Carry out a statement."""
        with contextlib.closing(self._cursor()) as cursor:
            cursor.execute(self._own(statement), values)

    def _cursor(self) -> Any:
        """Return a cursor whose rows are tuples, whatever those of the connection are."""
        if self.dialect == "postgresql":
            return self.connection.cursor(row_factory=lambda _: tuple)
        cursor = self.connection.cursor()
        cursor.row_factory = None
        return cursor

    def _own(self, statement: str) -> str:
        return statement if self.dialect == "sqlite" else statement.replace("?", "%s")

    # What stands there

    def head(self) -> tuple[int, str]:
        """Return the number and the hash of the last record; 0 and zeros while there is none."""
        found = self.rows(statements.HEAD)
        if not found:
            refuse("no_store", self.place)
        return int(found[0][0]), _text(found[0][1])

    def record(self, statement: str, value: object) -> Record | None:
        """Return the record that a statement finds."""
        found = self.rows(statement, value)
        return _record(found[0]) if found else None

    def after(self, number: int) -> Iterator[Record]:
        """Yield the records after a number, in order."""
        while found := self.rows(statements.AFTER, number, BATCH):
            yield from map(_record, found)
            number = found[-1][0]

    def kept(self, record: str) -> dict[str, KeptValue]:
        """Return what is kept of the personal facts of a record, by fact."""
        found = self.rows(statements.VALUES_OF, record)
        return {row[1]: KeptValue(record=row[0], fact=row[1], salt=row[2], said=row[3]) for row in found}

    # What is added

    def add(self, drafts: Sequence[Draft]) -> tuple[Receipt, ...]:
        """Add records to the chain, within the transaction that is open.

        Raises:
            RecordsError: The key of one belongs to a record of another question.
        """
        self.do(statements.LOCK)
        number, previous = self.head()
        receipts: list[Receipt] = []
        for draft in drafts:
            earlier = None if draft.key is None else self.record(statements.BY_REQUEST, draft.key)
            if earlier is not None:
                receipts.append(self._again(earlier, draft))
                continue
            record = draft.placed(number + 1, previous)
            self._write(record, draft)
            number, previous = record.number, record.hash
            receipts.append(record.receipt)
        self.do(statements.MOVE_HEAD, number, previous)
        return tuple(receipts)

    def _write(self, record: Record, draft: Draft) -> None:
        self.do(statements.ADD, record.number, record.id, record.key, record.hash, record.text)
        for value in draft.kept:
            self.do(statements.KEEP, value.record, value.fact, value.salt, value.said)
        if draft.erases is not None:
            name, facts = draft.erases
            for fact in facts:
                self.do(statements.ERASE, name, fact)

    def _again(self, earlier: Record, draft: Draft) -> Receipt:
        """Return the receipt of a record that answered the same question before."""
        whole(earlier, self.place)
        different = difference(earlier, self.kept(earlier.id), draft)
        if different is not None:
            refuse("other_question", self.place, key=draft.key, id=earlier.id, name=different)
        return attrs.evolve(earlier.receipt, is_new=False)


def whole(record: Record, place: str) -> dict[str, Any]:
    """Return what a record says, if it has its hash.

    Raises:
        RecordsError: It was changed.
    """
    try:
        return record.content if hash_of(record.text) == record.hash else refuse("damaged", place, name=record.number)
    except (ValueError, RecursionError):
        refuse("damaged", place, name=record.number)


def _record(row: Sequence[Any]) -> Record:
    number, name, key, found, text = row
    return Record(number=number, id=_text(name), key=key, hash=found, text=_text(text))


def _text(found: object) -> str:
    """Return what stands in a column as text, whatever somebody has put there."""
    return found if isinstance(found, str) else found.decode(*TOLERANT) if isinstance(found, bytes) else ""
