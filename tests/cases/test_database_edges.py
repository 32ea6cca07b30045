"""Databases: a query reads and does nothing else, and a table is replaced only by what holds as much."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from cso_rules import determine_many, load_policy
from cso_rules.errors import CsoRulesError
from cso_rules.interfaces.cli import cli
from tests import database_servers

ROWS = "CREATE TABLE t (organization_id INTEGER, individual_members INTEGER); INSERT INTO t VALUES (1, 60), (2, 3)"
WRITING = [
    "DROP TABLE t", "SELECT * FROM t; DROP TABLE v", "SELECT * FROM t; DELETE FROM t", "INSERT INTO t VALUES (9, 9)",
    "INSERT INTO t VALUES (9, 9) RETURNING *", "UPDATE t SET individual_members = 1", "DELETE FROM t RETURNING *",
    "UPDATE t SET individual_members = 1 RETURNING individual_members", "CREATE TABLE u AS SELECT * FROM t",
    "WITH x AS (SELECT 1) DELETE FROM t", "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
    "WITH x AS (SELECT 1) INSERT INTO t SELECT organization_id + 7, 1 FROM t RETURNING individual_members",
    "/* SELECT */ DROP TABLE t", "-- SELECT\nDELETE FROM t", "SELECT * FROM t /* ; */; DROP /* x */ TABLE v",
    "SELECT ';' AS individual_members; DROP TABLE v", "EXPLAIN ANALYZE DELETE FROM t", "PRAGMA user_version = 7",
    "ATTACH 'new.db' AS other", "VACUUM", "BEGIN", "ALTER TABLE t RENAME TO u", "COPY t TO 'out.csv'",
    "SET memory_limit = '1GB'", "INSTALL httpfs", "CALL pragma_version()", "", "--", ";", "SELECT 1; SELECT 2",
    "REPLACE INTO t VALUES (1, 1)", "EXPORT DATABASE 'x'", "TRUNCATE t",
]  # fmt: skip
READING = [
    "SELECT * FROM t", "select * from t;", "SELECT * FROM (SELECT * FROM t) AS s",
    "WITH x AS (SELECT * FROM t) SELECT * FROM x", "-- all of them\nSELECT * FROM t -- ; DROP TABLE v",
    "/* a; b */ SELECT *, 'DELETE; INSERT' AS remarks FROM t ORDER BY organization_id",
    "SELECT organization_id, individual_members FROM t UNION ALL SELECT 3, 4", "SELECT * FROM v",
]  # fmt: skip


Content = tuple[list[Any], list[Any]]
"""The rows of a table, and the names of what the database holds."""


def content(url: str) -> Content:
    kind, path = url.split(":///")
    connection: Any = sqlite3.connect(path) if kind == "sqlite" else duckdb.connect(path, read_only=True)
    try:
        names = "SELECT name FROM sqlite_master ORDER BY name"
        return connection.execute("SELECT * FROM t ORDER BY 1").fetchall(), connection.execute(names).fetchall()
    finally:
        connection.close()


@pytest.fixture(scope="module", params=["sqlite", "duckdb"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Content]:
    """A database, and what is in it; tests get copies."""
    path = tmp_path_factory.mktemp("made") / f"registry.{request.param}"
    connection: Any = sqlite3.connect(path) if request.param == "sqlite" else duckdb.connect(path)
    for statement in (*ROWS.split("; "), "CREATE VIEW v AS SELECT * FROM t"):
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path, content(f"{request.param}:///{path}")


@pytest.fixture
def url(made: tuple[Path, Content], tmp_path: Path) -> str:
    path = Path(shutil.copy(made[0], tmp_path))
    return f"{path.suffix[1:]}:///{path}"


@pytest.fixture
def before(made: tuple[Path, Content]) -> Content:
    return made[1]


def bulk(url: str, query: str, output: str | Path, *more: str) -> Result:
    arguments = ["bulk", url, "--query", query, "-o", str(output), "--as-of", "2018-06-01", "--decision", "tier"]
    return CliRunner().invoke(cli, [*arguments, *more])


@pytest.mark.parametrize("query", WRITING)
def test_a_query_that_does_more_than_read_is_not_run(
    url: str, before: Content, query: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    files = sorted(tmp_path.iterdir())
    done = bulk(url, query, tmp_path / "a.csv")
    assert isinstance(done.exception, CsoRulesError)
    assert content(url) == before
    assert sorted(tmp_path.iterdir()) == files


@pytest.mark.parametrize("query", READING)
def test_a_query_that_reads_is_run(url: str, before: Content, query: str, tmp_path: Path) -> None:
    done = bulk(url, query, tmp_path / "a.csv")
    assert done.exit_code == 0, done.exception
    assert len((tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()) >= 3
    assert content(url) == before


@pytest.fixture(params=["sqlite", "duckdb"])
def connection(request: pytest.FixtureRequest) -> Iterator[Any]:
    found: Any = sqlite3.connect(":memory:") if request.param == "sqlite" else duckdb.connect(":memory:")
    for statement in (*ROWS.split("; "), "CREATE VIEW v AS SELECT * FROM t"):
        found.execute(statement)
    found.commit()
    yield found
    found.close()


@pytest.mark.parametrize("query", WRITING)
def test_an_open_connection_is_held_to_reading_too_and_stays_of_use(connection: Any, query: str) -> None:
    policy = load_policy("cn", as_of="2018-06-01")
    with pytest.raises(CsoRulesError):
        list(determine_many(connection, policy, query=query))
    assert connection.execute("SELECT COUNT(*), SUM(individual_members) FROM v").fetchall() == [(2, 63)]
    connection.execute("INSERT INTO t VALUES (3, 1)")
    connection.commit()
    assert connection.execute("SELECT COUNT(*) FROM t").fetchall() == [(3,)]


def test_a_query_while_answers_are_written_is_held_to_reading(url: str, before: Content) -> None:
    query = "WITH x AS (SELECT * FROM t) SELECT * FROM x"
    assert bulk(url, query, url, "--table", "answers").exit_code == 0
    done = bulk(url, "SELECT * FROM t; DROP TABLE answers", url, "--table", "again")
    assert isinstance(done.exception, CsoRulesError)
    assert content(url)[0] == before[0]
    assert ("answers",) in content(url)[1]
    assert ("again",) not in content(url)[1]


@pytest.mark.parametrize("query", ["SELECT * FROM read_csv('{0}')", "SELECT * FROM '{0}'", "FROM read_text('{0}')"])
def test_a_query_of_duckdb_sees_no_other_file(tmp_path: Path, query: str) -> None:
    path, secret = tmp_path / "registry.duckdb", tmp_path / "secret.csv"
    duckdb.connect(path).close()
    secret.write_text("individual_members\n3\n", encoding="utf-8")
    done = bulk(f"duckdb:///{path}", query.format(secret), tmp_path / "a.csv")
    assert isinstance(done.exception, CsoRulesError)
    assert not (tmp_path / "a.csv").exists()


def test_replacing_the_table_that_was_read_says_what_is_lost(url: str, before: Content) -> None:
    done = bulk(url, "SELECT * FROM t", url, "--table", "t", "--replace")
    assert isinstance(done.exception, CsoRulesError)
    chinese, english = (done.exception.in_language(language) for language in ("zh", "en"))
    assert "individual_members" in english
    assert "2 rows" in english
    assert "--discard" in english
    assert "共 2 行" in chinese
    assert content(url) == before
    assert bulk(url, "SELECT * FROM t", url, "--table", "t", "--replace", "--discard").exit_code == 0
    assert [row[1] for row in content(url)[0]] != [60, 3]


def test_earlier_answers_are_replaced_without_a_word(url: str) -> None:
    for _ in range(2):
        assert bulk(url, "SELECT * FROM t", url, "--table", "answers", "--replace").exit_code == 0


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text("individual_members\n3\n", encoding="utf-8")
    for arguments in ([f"{kind}:///{path}", "--query", "SELECT 1 AS individual_members", "-o", str(tmp_path / "a.csv")],
                      ["none.csv", "-o", f"{kind}:///{path}", "--table", "t"]):  # fmt: skip
        (tmp_path / "none.csv").write_text("individual_members\n3\n", encoding="utf-8")
        run = [str(tmp_path / text) if text == "none.csv" else text for text in arguments]
        done = CliRunner().invoke(cli, ["bulk", *run, "--as-of", "2018-06-01"])
        assert isinstance(done.exception, CsoRulesError)
        assert path.read_text(encoding="utf-8") == "individual_members\n3\n"


@pytest.mark.services
def test_a_server_is_held_to_reading(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    with database_servers.postgresql(folder) as server:
        for statement in (*ROWS.split("; "), "CREATE VIEW v AS SELECT * FROM t"):
            server.connection.execute(statement)
        url = f"postgresql://tester@127.0.0.1:{server.connection.info.port}/postgres"
        writing = [*WRITING, "SELECT * INTO u FROM t", "SELECT 1; COMMIT; DROP TABLE v", "SELECT setval('s', 1)"]
        for query in writing:
            for target in (url, server.connection):
                with pytest.raises(CsoRulesError):
                    list(determine_many(target, load_policy("cn", as_of="2018-06-01"), query=query))
        found = server.connection.execute("SELECT COUNT(*), SUM(individual_members) FROM v").fetchone()
        assert found == (2, 63)
        for query in READING:
            assert bulk(url, query, tmp_path / "a.csv").exit_code == 0


class Foreign:
    """A driver of which nothing is known: whatever is asked is counted."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.description = [("individual_members",)]

    def cursor(self) -> "Foreign":
        return self

    def execute(self, query: str) -> None:
        self.asked.append(query)

    def fetchmany(self, _: int) -> list[tuple[int]]:
        return []

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize("query", [
    *WRITING, "SELECT 1 INTO OUTFILE '/tmp/x'", "SELECT * INTO u FROM t", "SELECT 1 /*! ; DROP TABLE t */",
    "SELECT '\\'; DROP TABLE t; -- '", "WITH x AS (SELECT 1) UPDATE t SET a = 1",
])  # fmt: skip
def test_an_unknown_driver_is_never_asked_for_what_may_write(query: str) -> None:
    foreign = Foreign()
    with pytest.raises(CsoRulesError):
        determine_many(foreign, load_policy("cn", as_of="2018-06-01"), query=query)
    assert foreign.asked == []


def test_an_unknown_driver_is_asked_for_a_plain_query() -> None:
    foreign = Foreign()
    list(determine_many(foreign, load_policy("cn", as_of="2018-06-01"), query="SELECT individual_members FROM t;"))
    assert set(foreign.asked) == {"SELECT individual_members FROM t;"}
