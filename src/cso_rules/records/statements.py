"""The tables of a store and what is asked of them, in the SQL that SQLite and PostgreSQL share.

`?` marks a parameter. Rows of the chain can only be added: the database itself refuses to change or delete one.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Dialect: TypeAlias = Literal["sqlite", "postgresql"]

_TABLES: Final = """\
CREATE TABLE IF NOT EXISTS decision_records (
  number {integer} PRIMARY KEY CHECK (number > 0),
  id TEXT NOT NULL UNIQUE,
  request TEXT UNIQUE,
  hash TEXT NOT NULL,
  content TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS decision_record_values (
  record TEXT NOT NULL,
  fact TEXT NOT NULL,
  salt TEXT NOT NULL,
  said TEXT NOT NULL,
  PRIMARY KEY (record, fact)
);
CREATE TABLE IF NOT EXISTS decision_record_head (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  format INTEGER NOT NULL,
  number {integer} NOT NULL,
  hash TEXT NOT NULL
);
INSERT INTO decision_record_head (one, format, number, hash) VALUES (1, {format}, 0, '{first}')
  ON CONFLICT (one) DO NOTHING;
"""
_GUARDS: Final = {
    "sqlite": """\
CREATE TRIGGER IF NOT EXISTS decision_records_stay BEFORE DELETE ON decision_records
BEGIN SELECT RAISE(ABORT, 'decision records are never deleted'); END;
CREATE TRIGGER IF NOT EXISTS decision_records_stay_as_they_are BEFORE UPDATE ON decision_records
BEGIN SELECT RAISE(ABORT, 'decision records are never changed'); END;
""",
    "postgresql": """\
CREATE OR REPLACE FUNCTION decision_records_stay() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'decision records are never changed or deleted'; END $$;
CREATE OR REPLACE TRIGGER decision_records_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON decision_records
FOR EACH STATEMENT EXECUTE FUNCTION decision_records_stay();
""",
}

LOCK: Final = "UPDATE decision_record_head SET number = number WHERE one = 1"
"""Makes other writers wait until this transaction ends, in both databases."""
HEAD: Final = "SELECT number, hash FROM decision_record_head WHERE one = 1"
KNOWN_FORMAT: Final = "SELECT format FROM decision_record_head WHERE one = 1"
MOVE_HEAD: Final = "UPDATE decision_record_head SET number = ?, hash = ? WHERE one = 1"
ADD: Final = "INSERT INTO decision_records (number, id, request, hash, content) VALUES (?, ?, ?, ?, ?)"
KEEP: Final = "INSERT INTO decision_record_values (record, fact, salt, said) VALUES (?, ?, ?, ?)"
ERASE: Final = "DELETE FROM decision_record_values WHERE record = ? AND fact = ?"
_RECORD: Final = "SELECT number, id, request, hash, content FROM decision_records"
BY_REQUEST: Final = f"{_RECORD} WHERE request = ?"
BY_ID: Final = f"{_RECORD} WHERE id = ?"
BY_NUMBER: Final = f"{_RECORD} WHERE number = ?"
AFTER: Final = f"{_RECORD} WHERE number > ? ORDER BY number LIMIT ?"
VALUES_OF: Final = "SELECT record, fact, salt, said FROM decision_record_values WHERE record = ? ORDER BY fact"
COUNT_VALUES: Final = "SELECT COUNT(*) FROM decision_record_values"


def schema(dialect: Dialect, format_number: int, first: str) -> str:
    """Return the statements that make the tables where they are not there yet.

    Args:
        dialect: The database.
        format_number: The number of the format of records.
        first: What the first record names as the hash of the one before it.
    """
    integer = {"sqlite": "INTEGER", "postgresql": "BIGINT"}[dialect]
    return _TABLES.format(integer=integer, format=format_number, first=first) + _GUARDS[dialect]
