"""Organizations out of a query and answers into a table, over any DB-API 2.0 connection or the URL of a database.

Guaranteed: rows are fetched in batches, and a table of answers is there whole or not at all.
"""

from __future__ import annotations

import contextlib
import datetime
import secrets
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import attrs

from cso_rules.errors import WrongKindError
from cso_rules.executors.planes.extra import pa
from cso_rules.executors.sql.dialects import DIALECTS, Dialect
from cso_rules.model.coded import Coded, said
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Policy
from cso_rules.model.spelling.spellings import COUNTED
from cso_rules.tables.batches.files import joined
from cso_rules.tables.batches.sources import Part, Source, numbered
from cso_rules.tables.databases.drivers import driver_of, file_of, may_be_database
from cso_rules.tables.databases.reading_statement import reading_only, refuse_writing
from cso_rules.tables.problems import FileProblem, RequestProblem
from cso_rules.tables.read.cells import EXACT_DIGITS, day_of, text_of
from cso_rules.tables.read.columns import facts_at

FETCHED: Final = 1 << 14
"""Rows in memory as Python values."""
URLS: Final = ("sqlite", "duckdb", "postgresql", "postgres")
SETS_APART: Final = "__"
_DIALECTS: Final = {
    "sqlite3": "sqlite", "duckdb": "duckdb", "psycopg": "postgresql", "psycopg2": "postgresql", "pg8000": "postgresql",
    "pymysql": "mysql", "MySQLdb": "mysql", "mysql": "mysql", "mariadb": "mysql", "oracledb": "oracle",
}  # fmt: skip
_MARKERS: Final = {"qmark": "?", "format": "%s", "pyformat": "%s"}
_MOST_LISTED: Final = 8
_TRANSACTIONAL: Final = frozenset({"sqlite", "duckdb", "postgresql"})
"""Databases in which a new table is part of a transaction."""
_here: Final = threading.local()


Unread = Mapping[tuple[int, str], Coded]
"""What is wrong with cells, by row and column."""


def is_url(target: object) -> bool:
    """Tell whether a value is the URL of a database."""
    return isinstance(target, str) and "://" in target and target.split("://")[0].lower() in URLS


def is_connection(target: object) -> bool:
    """Tell whether a value is an open connection."""
    return callable(getattr(target, "cursor", None))


def connected(target: Any, *, is_new: bool = False) -> AbstractContextManager[Any]:
    """Return a connection for a while: one that is given stays open, one to a URL is closed.

    Args:
        target: An open connection, or `sqlite:///path`, `duckdb:///path` or `postgresql://user@host/database`.
        is_new: Whether a file that is not there yet may be begun.

    Raises:
        FileProblem: There is no such database, or the driver of PostgreSQL is not installed.
        MissingExtraError: DuckDB is not installed.
    """
    if not is_url(target):
        return contextlib.nullcontext(target)
    being_written = getattr(_here, "connections", {}).get(_key(target))
    if being_written is not None:
        return contextlib.nullcontext(being_written)
    return contextlib.closing(_opened(target, is_new=is_new))


def _key(url: str) -> str:
    """Return what is the same for all URLs of one file."""
    path = file_of(url)
    return url if path is None else f"{url.partition('://')[0].lower()}:{Path(path).resolve()}"


@contextlib.contextmanager
def _written(target: Any) -> Iterator[Any]:
    """Return a connection for writing; who reads from the same URL meanwhile is given the same one.

    In SQLite two connections would be in each other's way: the one that writes cannot empty its memory into the file.
    """
    with connected(target, is_new=True) as connection:
        connections: dict[Any, Any] = _here.__dict__.setdefault("connections", {})
        is_first = is_url(target) and connections.setdefault(_key(target), connection) is connection
        try:
            yield connection
        finally:
            if is_first:
                del connections[_key(target)]


def _opened(url: str, *, is_new: bool) -> Any:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise _not_there("://", Label(en="the address cannot be read", zh="地址写法有误")) from error
    kind, path = parts.scheme, file_of(url) or ""
    if kind in {"sqlite", "duckdb"} and (not path or (not is_new and not Path(path).is_file())):
        raise _not_there(f"{kind}:///{path}", Label(en="there is no such file", zh="找不到该文件"))
    if kind in {"sqlite", "duckdb"} and not Path(path).parent.is_dir():
        raise _not_there(f"{kind}:///{path}", Label(en="there is no such folder", zh="找不到该文件夹"))
    if not may_be_database(kind, path):
        raise _not_there(f"{kind}:///{path}", Label(en="the file is no such database", zh="该文件不是这种数据库"))
    driver = driver_of(kind)
    try:
        return _connection(driver, url, kind, path, is_new=is_new)
    except driver.Error as error:
        shown = f"{kind}://{parts.hostname or ''}{parts.path}"  # without a password
        raise _not_there(shown, _in_one_line(error)) from error


def _connection(driver: Any, url: str, kind: str, path: str, *, is_new: bool) -> Any:
    """Return a connection that, where it is for reading, can do nothing else, and sees no other files."""
    if kind.startswith("postgres"):
        connection = driver.connect(url)
        connection.read_only = not is_new
        return connection
    if kind == "sqlite":
        return driver.connect(path)  # held to reading by `reading_only`
    try:
        return driver.connect(path, read_only=not is_new, config={"enable_external_access": "false"})
    except driver.ConnectionException:  # this process has the database open in another way
        return driver.connect(path)


def _not_there(url: str, cause: Label) -> FileProblem:
    return RequestProblem.of("database-address", url, cause=cause)


def _in_one_line(error: Exception) -> Label:
    text = " ".join(str(error).split())[:300]
    return Label(en=text, zh=text)


def _failures(connection: Any) -> type[Exception]:
    """Return what every error of a driver is."""
    module = sys.modules.get(_module(connection))
    found = getattr(connection, "Error", None) or getattr(module, "Error", None)
    return found if isinstance(found, type) and issubclass(found, Exception) else OSError


def _module(connection: Any) -> str:
    return type(connection).__module__.split(".")[0].removeprefix("_")


# ------------------------------------------------------------------------------------------------------------ reading


def open_query(target: Any, query: str, policy: Policy) -> Source:
    """Return the rows of a query, which runs anew each time that they are gone through.

    Args:
        target: An open connection or a URL.
        query: A SELECT whose columns are named like facts.
        policy: The rules whose facts the columns name.

    Raises:
        FileProblem: The query fails, or its columns are those of a table of facts for SQL.
    """
    with connected(target) as connection, _executed(connection, query) as cursor:
        names = [str(column[0]) for column in cursor.description or ()]
    if not names:
        raise _failed("query", Label(en="it returns no rows", zh="该语句不返回记录"))
    _refuse_sets_apart(names, policy)
    facts = facts_at(tuple(names), policy)
    kinds = [facts[at].type.kind if at in facts else "text" for at in range(len(names))]
    schema = pa.schema([pa.field(name, pa.null()) for name in names])

    def parts(kept: Sequence[int] | None = None, _: object = ()) -> Iterator[Part]:
        places = list(range(len(names)) if kept is None else kept)
        with connected(target) as connection, _executed(connection, query) as cursor:
            yield from numbered(_parts(connection, cursor, [(names[at], at, kinds[at]) for at in places]))

    return Source(schema=schema, parts=parts, is_threaded=False)


@contextlib.contextmanager
def _executed(connection: Any, query: str) -> Iterator[Any]:
    """Run a query; its rows are fetched a few at a time, where the driver does not take them all by itself."""
    if not isinstance(query, str):
        raise WrongKindError("a query is a text", "查询语句须为文本")
    try:
        refuse_writing(connection, query, _module(connection))
        with contextlib.closing(_streaming(connection)) as cursor:
            with contextlib.suppress(AttributeError):
                cursor.arraysize = FETCHED
            with reading_only(connection, cursor, _module(connection)):
                rows = _asked(cursor, query)
            yield rows
    except _failures(connection) as error:
        raise _failed("query", _in_one_line(error)) from error


def _asked(cursor: Any, query: str) -> Any:
    """Run a query; return where its rows can be fetched."""
    if _module(cursor) == "duckdb":  # its cursors would keep all rows in memory
        rows = cursor.sql(query)
        return cursor if rows is None else rows
    cursor.execute(query)
    return cursor


def _streaming(connection: Any) -> Any:
    if _module(connection) in {"psycopg", "psycopg2"}:  # the rows of an ordinary cursor are all kept in memory
        return connection.cursor("cso_rules_rows", withhold=bool(connection.autocommit))
    return connection.cursor()


Column = tuple[str, int, str]
"""Name, position in the rows of the query, and the kind of the fact."""


def _parts(connection: Any, cursor: Any, columns: Sequence[Column]) -> Iterator[tuple[Any, Unread]]:
    """Yield batches, with what is wrong with single cells."""
    reader = _arrow_reader(cursor)
    try:
        if reader is not None:
            for batch in reader:
                yield batch.select([at for _, at, _ in columns]), {}
            return
        while rows := cursor.fetchmany(FETCHED):
            yield _batch(list(zip(*rows, strict=True)), columns)
    except _failures(connection) as error:
        raise _failed("query", _in_one_line(error)) from error


def _arrow_reader(cursor: Any) -> Any:
    """Return what gives typed batches, where a driver has it: a query of DuckDB, older or newer, and ADBC."""
    for name in ("to_arrow_reader", "fetch_arrow_reader"):
        if hasattr(cursor, name):
            return getattr(cursor, name)(FETCHED)
    return cursor.fetch_record_batch() if hasattr(cursor, "fetch_record_batch") else None


def _batch(values: Sequence[Sequence[Any]], columns: Sequence[Column]) -> tuple[Any, Unread]:
    arrays, unread = [], dict[tuple[int, str], Coded]()
    for name, at, kind in columns:
        array, wrong = _column(values[at], kind)
        arrays.append(array)
        unread |= {(row, name): label for row, label in wrong.items()}
    return pa.RecordBatch.from_arrays(arrays, names=[name for name, _, _ in columns]), unread


def _column(values: Sequence[Any], kind: str) -> tuple[Any, dict[int, Coded]]:
    """Return the cells of one fact, and what is none of its values whatever it may be."""
    if kind == "text":
        return pa.array([_text(value) for value in values], pa.string()), {}
    cells, wrong, exact = list(values), dict[int, Coded](), _exact_of(kind)
    if kind == "boolean" and any(_is_count(value) for value in values):
        exact = lambda value: said(COUNTED if value in {0, 1} else "cell-flag-number")  # noqa: E731
    for row, value in enumerate(values):
        if isinstance(value, int | float | datetime.datetime) and not isinstance(value, bool):
            found = exact(value)
            cells[row] = None if isinstance(found, Coded) else found
            if isinstance(found, Coded):
                wrong[row] = found
    try:
        return pa.array(cells), wrong
    except (pa.ArrowException, OverflowError):  # of several types, or beyond 64 bits
        return pa.array([_text(cell) for cell in cells], pa.string()), wrong


def _is_count(value: Any) -> bool:
    """Tell whether a number that should say yes or no can mean neither."""
    return isinstance(value, int | float | Decimal) and value not in {0, 1}


def _exact_of(kind: str) -> Callable[[Any], Any]:
    """Return what makes an exact value of a number or a moment, or says why it is none."""

    def flag(value: Any) -> Any:
        return bool(value) if value in (0, 1) else said("cell-flag-number")

    def number(value: Any) -> Any:
        if not isinstance(value, float):
            return value
        return int(value) if value.is_integer() and abs(value) < EXACT_DIGITS else said("cell-binary-fraction")

    def day(value: Any) -> Any:
        found = day_of(value)
        return str(value) if found is value else found

    return {"boolean": flag, "date": day}.get(kind, number)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | float | Decimal):
        return text_of(value)
    return str(day_of(value))


def _refuse_sets_apart(names: Sequence[str], policy: Policy) -> None:
    """Refuse the table of facts of `cso-rules sql`: money is in fen there, and each value of a set has a column."""
    parts = [(name, *name.partition(SETS_APART)) for name in names]
    apart = [name for name, fact, mark, _ in parts if mark and fact in policy.facts]
    if apart:
        raise RequestProblem.of("database-sets-apart", ", ".join(apart[:3]))


def _failed(place: str, cause: Label) -> FileProblem:
    return RequestProblem.of("database-failed", place, cause=cause)


# ------------------------------------------------------------------------------------------------------------ writing


@attrs.frozen(kw_only=True)
class _Target:
    """A new table in a database.

    Attributes:
        name: The table, perhaps with its schema.
        table: The quoted name under which it is written.
        marker: What stands for a value in a statement.
        replaces: Whether it takes the place of a table of its name when it is complete; until then the rows may come
            from that table.
    """

    connection: Any
    dialect: Dialect
    name: str
    table: str
    marker: str
    replaces: bool

    @classmethod
    def of(cls, connection: Any, name: str, *, replaces: bool) -> _Target:
        """Return a table that is to be written on a connection."""
        dialect, (schema, mark, _) = _dialect(connection), name.rpartition(".")
        dialect.table(name)  # a name that no database keeps is refused
        own = f"{schema}{mark}cso_rules_{secrets.token_hex(8)}" if replaces else name
        return cls(
            connection=connection, dialect=dialect, name=name, table=dialect.table(own),
            marker=_marker(connection, dialect), replaces=replaces,
        )  # fmt: skip

    def create(self, schema: Any) -> None:
        """Begin the table.

        Raises:
            FileProblem: A table of its name is there already, or there can be none.
        """
        try:
            self.run(f"CREATE TABLE {self.table} ({_columns(schema, self.dialect)})")
        except _failures(self.connection) as error:
            raise _not_written(
                "database-not-written" if self.replaces else "database-name-taken", self.name, error
            ) from error

    def settle(self) -> None:
        """Take the place of the table that is replaced."""
        if not self.replaces:
            return
        final = self.dialect.identifier(self.name.rpartition(".")[2])
        # Otherwise SQLite refuses to rename while a view speaks of the table that is not there.
        with _setting(self, "legacy_alter_table", 1):
            self.run(f"DROP TABLE IF EXISTS {self.dialect.table(self.name)}")
            self.run(f"ALTER TABLE {self.table} RENAME TO {final}")

    def run(self, statement: str) -> Any:
        # A cursor of DuckDB is a connection of its own, outside the transaction.
        cursor = self.connection if self.dialect.name == "duckdb" else self.connection.cursor()
        cursor.execute(statement)
        return cursor

    def insert(self, batch: Any) -> None:
        cursor, module = self.connection.cursor(), _module(self.connection)
        if module == "duckdb":
            self.connection.register("cso_rules_batch", pa.Table.from_batches([batch]))
            self.run(f"INSERT INTO {self.table} SELECT * FROM cso_rules_batch")  # noqa: S608 - quoted
            self.connection.unregister("cso_rules_batch")
            return
        rows = zip(*map(self._values, batch.columns), strict=True)
        if module == "psycopg":
            with cursor.copy(f"COPY {self.table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        markers = ", ".join([self.marker] * len(batch.columns))
        cursor.executemany(f"INSERT INTO {self.table} VALUES ({markers})", list(rows))  # noqa: S608 - quoted

    def _values(self, column: Any) -> list[Any]:
        cells: list[Any] = column.to_pylist()
        kind = column.type
        as_text = pa.types.is_date(kind) or pa.types.is_decimal(kind)
        if self.dialect.name == "sqlite" and as_text:  # it has neither
            return [None if cell is None else str(cell) for cell in cells]
        return cells


def write_table(  # noqa: PLR0913 - where to, what, and what may be lost for it
    target: Any, name: str | None, schema: Any, batches: Iterable[Any], *, replace: bool = False, discard: bool = False
) -> None:
    """Write batches into a new table, in one transaction; the points of column names become `__`.

    Args:
        target: An open connection without a transaction of its own, or a URL.
        name: The table, perhaps with its schema.
        schema: The columns.
        batches: The rows.
        replace: Whether a table of that name may be replaced.
        discard: Whether it may be replaced even if it has other columns, which are lost.

    Raises:
        RequestProblem: The table is there already, would lose columns, or the database refuses it.
        NotInSqlError: The name is none that every database keeps.
    """
    if not name:
        raise _failed("table", Label(en="the table to write has no name", zh="没有指定要写入的表名"))
    with _written(target) as connection:
        made = _Target.of(connection, name, replaces=replace)
        if replace and made.dialect.name not in _TRANSACTIONAL:
            raise _failed(name, Label(en="this database cannot undo it", zh="该数据库不支持在事务中替换表"))
        try:
            if replace and not discard:
                _refuse_loss(made, map(_column_name, schema), _failures(connection))
            _fill(made, schema, batches)
        except _failures(connection) as error:
            raise _not_written("database-not-written", name, error) from error


def _column_name(field: Any) -> str:
    return str(field.name).replace(".", SETS_APART)


def _fill(made: _Target, schema: Any, batches: Iterable[Any]) -> None:
    _begin(made)
    is_made = False
    try:
        made.create(schema)
        is_made = True
        # Who reads a file of SQLite is not waited for: until the end, what has no room in the file stays in memory.
        with _setting(made, "busy_timeout", 0):
            for batch in batches:
                if batch.num_rows:
                    made.insert(joined(batch, "json"))
        made.settle()
        made.connection.commit()
    except BaseException:
        # After some failures there is nothing left to undo; the first error is the one to see.
        with contextlib.suppress(_failures(made.connection)):
            made.connection.rollback()
            if is_made and made.dialect.name not in _TRANSACTIONAL:
                made.run(f"DROP TABLE {made.table}")
        raise


@contextlib.contextmanager
def _setting(made: _Target, name: str, value: int) -> Iterator[None]:
    """Change a setting of SQLite for a while; other databases need none."""
    if made.dialect.name != "sqlite":
        yield
        return
    (before,) = made.connection.execute(f"PRAGMA {name}").fetchone()
    made.run(f"PRAGMA {name} = {value}")
    try:
        yield
    finally:
        made.run(f"PRAGMA {name} = {before}")


def _begin(made: _Target) -> None:
    connection, name = made.connection, made.dialect.name
    is_begun = name == "sqlite" and connection.in_transaction
    if (name in {"sqlite", "duckdb"} and not is_begun) or getattr(connection, "autocommit", None) is True:
        made.run("BEGIN")


def _columns(schema: Any, dialect: Dialect) -> str:
    names = map(_column_name, schema)
    return ", ".join(
        f"{dialect.identifier(name)} {_type(field.type, dialect)}" for name, field in zip(names, schema, strict=True)
    )


def _type(kind: Any, dialect: Dialect) -> str:
    """Return the type of a column; numbers with a scale keep it."""
    types = dialect.column_types
    if pa.types.is_decimal(kind):
        return types["text"] if dialect.name == "sqlite" else f"DECIMAL(38, {kind.scale})"
    if pa.types.is_boolean(kind):
        return types["flag"]
    if pa.types.is_date(kind):
        return types["date"]
    if pa.types.is_integer(kind):
        return types["number"]
    return "TEXT" if dialect.name == "mysql" else types["text"]


def _dialect(connection: Any) -> Dialect:
    module = _module(connection)
    if module not in _DIALECTS:
        known = ", ".join(_DIALECTS)
        raise _failed(
            module,
            Label(en=f"tables are written with these drivers: {known}", zh=f"可写入的数据库驱动：{known}"),
        )
    return DIALECTS[_DIALECTS[module]]


def _marker(connection: Any, dialect: Dialect) -> str:
    style = str(getattr(sys.modules.get(_module(connection)), "paramstyle", "qmark"))
    if dialect.name == "duckdb" or style in _MARKERS:
        return _MARKERS.get(style, "?")
    raise _failed(style, Label(en="values are not marked by ? or %s", zh="该驱动不使用 ? 或 %s 作为参数标记"))


def _not_written(code: str, name: str, error: Exception) -> FileProblem:
    return RequestProblem.of(code, name, cause=_in_one_line(error))


def _refuse_loss(made: Any, columns: Iterable[str], failures: type[Exception]) -> None:
    """Refuse to replace a table that holds other columns than the answers; it says which, and of how many rows."""
    table = made.dialect.table(made.name)
    try:
        cursor = made.run(f"SELECT * FROM {table} WHERE 1 = 0")  # noqa: S608 - quoted
    except failures:  # there is no such table
        with contextlib.suppress(failures):
            made.connection.rollback()
        return
    kept = {name.casefold() for name in columns}
    lost = [str(column[0]) for column in cursor.description if str(column[0]).casefold() not in kept]
    if not lost:
        return
    (rows,) = made.run(f"SELECT COUNT(*) FROM {table}").fetchone()  # noqa: S608 - quoted
    listed = ", ".join(lost[:_MOST_LISTED]) + (" …" if lost[_MOST_LISTED:] else "")
    raise RequestProblem.of("database-loss", made.name, found=len(lost), rows=rows, columns=listed)
