"""What somebody with every right on the file of a store may do to it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cso_rules.records.canonical_json import hash_of

Edit = Callable[[sqlite3.Connection], object]


@contextmanager
def unguarded(path: Path) -> Iterator[sqlite3.Connection]:
    """Return a connection to a store of which the triggers are gone."""
    connection = sqlite3.connect(path)
    try:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        connection.commit()
    finally:
        connection.close()


def put(connection: sqlite3.Connection, number: int, column: str, value: object) -> None:
    connection.execute(f"UPDATE decision_records SET {column} = ? WHERE number = ?", (value, number))  # noqa: S608


def text_of_record(connection: sqlite3.Connection, number: int) -> str:
    return str(connection.execute("SELECT content FROM decision_records WHERE number = ?", (number,)).fetchone()[0])


def flip(connection: sqlite3.Connection, number: int, bit: int) -> None:
    """Change one bit of what a record says."""
    data = bytearray(text_of_record(connection, number).encode())
    data[bit // 8 % len(data)] ^= 1 << bit % 8
    statement = "UPDATE decision_records SET content = CAST(? AS TEXT) WHERE number = ?"
    connection.execute(statement, (bytes(data), number))


def edit_with_hash(connection: sqlite3.Connection, number: int) -> None:
    """Change a record and its hash, so that it agrees with itself."""
    text = text_of_record(connection, number).replace("desk", "bench")
    put(connection, number, "content", text)
    put(connection, number, "hash", hash_of(text))


def rewrite_from(connection: sqlite3.Connection, number: int) -> None:
    """Change a record and make the chain anew from there to its end, head and all."""
    numbers = [
        found for (found,) in connection.execute("SELECT number FROM decision_records ORDER BY number").fetchall()
    ]
    replaced = ("", "")
    for each in (found for found in numbers if found >= number):
        before = connection.execute("SELECT hash, content FROM decision_records WHERE number = ?", (each,)).fetchone()
        text = before[1].replace(*replaced) if replaced[0] else before[1].replace("desk", "bench")
        replaced = (before[0], hash_of(text))
        put(connection, each, "content", text)
        put(connection, each, "hash", hash_of(text))
        connection.execute("UPDATE decision_record_head SET number = ?, hash = ?", (each, hash_of(text)))


def remove(connection: sqlite3.Connection, number: int) -> None:
    connection.execute("DELETE FROM decision_records WHERE number = ?", (number,))


def cut_after(connection: sqlite3.Connection, number: int) -> None:
    """Cut off what comes after a record, with what belongs to it, and move the head back."""
    connection.execute("DELETE FROM decision_records WHERE number > ?", (number,))
    connection.execute("DELETE FROM decision_record_values WHERE record NOT IN (SELECT id FROM decision_records)")
    connection.execute(
        "UPDATE decision_record_head SET number = ?, hash = "
        "coalesce((SELECT hash FROM decision_records WHERE number = ?), ?)", (number, number, "0" * 64),
    )  # fmt: skip


def close_gap(connection: sqlite3.Connection, number: int) -> None:
    """Take a record out and give the later ones lower numbers."""
    remove(connection, number)
    connection.execute("UPDATE decision_records SET number = number + 1000000 WHERE number > ?", (number,))
    connection.execute("UPDATE decision_records SET number = number - 1000001 WHERE number > 1000000")
    connection.execute("UPDATE decision_record_head SET number = number - 1")


def swap(connection: sqlite3.Connection, one: int, other: int) -> None:
    for before, after in ((one, 1 << 40), (other, one), (1 << 40, other)):
        connection.execute("UPDATE decision_records SET number = ? WHERE number = ?", (after, before))
