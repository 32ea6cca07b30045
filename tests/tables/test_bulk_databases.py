"""Organizations out of databases, answers into tables of them: exact, in batches, and whole or not at all."""

import datetime
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from pyarrow import parquet

from cso_rules import determine_many, load_policy
from cso_rules.errors import FactsError
from cso_rules.executors.sql.dialects import NotInSqlError
from cso_rules.interfaces.cli import cli
from cso_rules.model.policy import Policy
from cso_rules.tables.databases import tables as bulk_database
from cso_rules.tables.problems import FileProblem
from tests import database_servers

DATE = datetime.date(2018, 6, 1)
QUERY = "SELECT * FROM organizations ORDER BY id"
CREATE = """CREATE TABLE organizations (
    id INTEGER, organization_name TEXT, individual_members INTEGER, activity_funds {money}, is_nonprofit {flag},
    registered_on {date}, activity_kinds TEXT, remarks TEXT)"""
SQLITE = CREATE.format(money="NUMERIC", flag="INTEGER", date="TEXT")
TYPED = CREATE.format(money="DECIMAL(18, 2)", flag="BOOLEAN", date="DATE")
ROWS: list[tuple[Any, ...]] = [
    (1, "甲", 60, 30000, True, datetime.date(2017, 1, 2), "services_for_residents、public_interest_and_charity", "x"),
    (2, None, None, None, None, None, None, None),
    (3, "丙", -1, 0, False, None, "", "-1 is no number of members"),
]


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy("cn", as_of=DATE)


@pytest.fixture
def registry() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute(SQLITE)
    plain = [[str(cell) if isinstance(cell, datetime.date) else cell for cell in row] for row in ROWS]
    connection.executemany("INSERT INTO organizations VALUES (?, ?, ?, ?, ?, ?, ?, ?)", plain)
    connection.commit()
    yield connection
    connection.close()


@pytest.fixture
def embedded() -> Iterator[Any]:
    connection = duckdb.connect(":memory:")
    connection.execute(TYPED)
    connection.executemany("INSERT INTO organizations VALUES (?, ?, ?, ?, ?, ?, ?, ?)", ROWS)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("server")
    with database_servers.postgresql(folder) as found:
        found.connection.execute(TYPED)
        found.connection.cursor().executemany("INSERT INTO organizations VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", ROWS)
        yield found.connection


@pytest.mark.services
def test_a_server_is_read_and_written_by_url(server: Any) -> None:
    url = f"postgresql://tester@127.0.0.1:{server.info.port}/postgres"
    run = command(url, "--query", NAMED, "-o", url, "--table", "by_url")
    assert run.exit_code == 4
    assert "read 3 = answered 3 + refused 0" in run.stderr
    assert "already exists" in str(command(url, "--query", NAMED, "-o", url, "--table", "by_url").exception)
    assert server.execute("SELECT count(*) FROM by_url").fetchone() == (3,)


def answers(found: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pa.Table.from_batches(list(found), found.schema).to_pylist()
    return rows


def of_arrow(policy: Policy, **options: Any) -> list[dict[str, Any]]:
    names = [line.split()[0] for line in TYPED.split("(", 1)[1].replace("(18, 2)", "").split(",")]
    columns = {"organization_id" if name == "id" else name: [row[at] for row in ROWS] for at, name in enumerate(names)}
    columns["activity_funds"] = [None if cell is None else Decimal(cell) for cell in columns["activity_funds"]]
    return answers(determine_many(pa.table(columns), policy, **options))


NAMED = "SELECT id AS organization_id, * FROM organizations ORDER BY id"


@pytest.mark.parametrize("name", ["registry", "embedded", pytest.param("server", marks=pytest.mark.services)])
def test_rows_of_a_query_are_answered_like_the_same_rows_of_arrow(
    policy: Policy, request: pytest.FixtureRequest, name: str
) -> None:
    wanted: dict[str, Any] = {"decisions": ["tier", "registration_conditions"], "reasons": True, "language": "en"}
    found = determine_many(request.getfixturevalue(name), policy, query=NAMED, **wanted)
    assert answers(found) == of_arrow(policy, **wanted)
    assert [(problem.row, "-1 is not between" in problem.text("en")) for problem in found.summary.problems] == [
        (3, True)
    ]
    assert answers(found) == answers(found)


@pytest.mark.parametrize("name", ["registry", "embedded", pytest.param("server", marks=pytest.mark.services)])
def test_answers_become_a_new_table_and_an_old_one_stays_unless_told(
    policy: Policy, request: pytest.FixtureRequest, name: str
) -> None:
    connection = request.getfixturevalue(name)
    cursor = connection.cursor()
    cursor.execute("DROP TABLE IF EXISTS answers")
    found = determine_many(connection, policy, query=NAMED, decisions=["tier"], reasons=True, language="en")
    assert found.write(connection, table="answers").unread == {("individual_members", "impossible"): 1}
    cursor.execute(
        "SELECT organization_id, tier, tier__status, tier__possible, tier__reasons, tier__missing FROM answers"
    )
    expected = of_arrow(policy, decisions=["tier"], reasons=True, language="en")
    bits = json.loads(found.schema.field("tier.possible").metadata[b"cso-rules.bits"])
    for row, answer in zip(cursor.fetchall(), expected, strict=True):
        assert row[:3] == (answer["organization_id"], answer["tier"], answer["tier.status"])
        possible = answer["tier.possible"]
        names = None if possible is None else [name for place, name in enumerate(bits) if possible >> place & 1]
        lists = [names, answer["tier.reasons"], answer["tier.missing"]]
        assert [None if cell is None else json.loads(cell) for cell in row[3:]] == lists
    with pytest.raises(FileProblem, match=r"answers: the table cannot be written \(.*already exists"):
        found.write(connection, table="answers")
    assert found.write(connection, table="answers", replace=True).read == 3


@pytest.mark.parametrize("name", ["registry", "embedded", pytest.param("server", marks=pytest.mark.services)])
def test_a_run_that_fails_leaves_the_old_table_as_it_was(
    policy: Policy, request: pytest.FixtureRequest, name: str
) -> None:
    connection = request.getfixturevalue(name)
    cursor = connection.cursor()
    cursor.execute("DROP TABLE IF EXISTS kept")
    cursor.execute("CREATE TABLE kept (a INTEGER)")
    cursor.execute("INSERT INTO kept VALUES (7)")
    if name == "registry":
        connection.commit()

    def fail(_: object) -> None:
        raise KeyboardInterrupt

    found = determine_many(connection, policy, query=QUERY, decisions=["tier"])
    with pytest.raises(KeyboardInterrupt):
        found.write(connection, fail, table="kept", replace=True, discard=True)
    with pytest.raises(KeyboardInterrupt):
        found.write(connection, fail, table="fresh")
    cursor.execute("SELECT * FROM kept")
    assert cursor.fetchall() == [(7,)]
    assert found.write(connection, table="fresh").read == 3
    cursor.execute("DROP TABLE fresh")


@pytest.mark.parametrize("name", ["registry", "embedded", pytest.param("server", marks=pytest.mark.services)])
def test_answers_may_replace_the_table_from_which_their_rows_come(
    policy: Policy, request: pytest.FixtureRequest, name: str
) -> None:
    connection = request.getfixturevalue(name)
    cursor = connection.cursor()
    cursor.execute("DROP TABLE IF EXISTS shared")
    cursor.execute("CREATE TABLE shared (organization_id INTEGER, individual_members INTEGER)")
    cursor.execute("INSERT INTO shared VALUES (7, 60), (8, -1)")
    if name == "registry":
        connection.commit()
    found = determine_many(connection, policy, query="SELECT * FROM shared", decisions=["tier"])
    assert found.write(connection, table="shared", replace=True, discard=True).read == 2
    cursor.execute("SELECT organization_id, tier__status FROM shared ORDER BY organization_id")
    assert cursor.fetchall() == [("7", "undetermined"), ("8", "undetermined")]


def test_a_view_of_sqlite_goes_on_to_show_a_table_that_is_replaced(
    policy: Policy, registry: sqlite3.Connection
) -> None:
    found = determine_many(registry, policy, query=QUERY, decisions=["tier"], is_strict=True)
    found.write(registry, table="answers")
    registry.execute("CREATE VIEW refused AS SELECT organization_name FROM answers WHERE tier__status = 'refused'")
    found.write(registry, table="answers", replace=True)
    assert registry.execute("SELECT * FROM refused").fetchall() == [("丙",)]
    names = registry.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall()
    assert names == [("answers",), ("organizations",), ("refused",)]


@pytest.mark.parametrize(("kind", "cause"), [("sqlite", "disk"), ("duckdb", "File too large")])
def test_a_full_disk_is_said_with_its_cause_and_leaves_no_table(tmp_path: Path, kind: str, cause: str) -> None:
    parquet.write_table(pa.table({"individual_members": list(range(90)) * 500}), tmp_path / "in.parquet")
    code = (
        "import sys, resource\nfrom cso_rules import determine_many\n"
        "found = determine_many(sys.argv[1], decisions=['tier', 'support_measures'])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\nfound.write(sys.argv[2], table='answers')\n"
    )
    path = tmp_path / "r.db"
    arguments = [sys.executable, "-c", code, str(tmp_path / "in.parquet"), f"{kind}:///{path}"]
    run = subprocess.run(arguments, check=False, stderr=subprocess.PIPE, text=True)
    last = run.stderr.splitlines()[-1]
    assert "answers: the table cannot be written" in last
    assert cause in last
    assert "the room on its disk; nothing was written" in last
    connection: Any = duckdb.connect(path) if kind == "duckdb" else sqlite3.connect(path)
    assert connection.execute("SELECT * FROM sqlite_master").fetchall() == []
    connection.close()


def test_a_process_that_is_killed_leaves_no_table(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE organizations (individual_members INTEGER)")
        connection.executemany("INSERT INTO organizations VALUES (?)", [(number % 90,) for number in range(40_000)])
    connection.close()
    code = (
        "import sys, os, signal\nfrom cso_rules import determine_many\n"
        "found = determine_many(sys.argv[1], query='SELECT * FROM organizations', decisions=['tier'])\n"
        "found.write(sys.argv[1], lambda _: os.kill(os.getpid(), signal.SIGKILL), table='answers')\n"
    )
    run = subprocess.run([sys.executable, "-c", code, f"sqlite:///{path}"], check=False)
    assert run.returncode == -9
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("organizations",)]
    connection.close()


def test_numbers_are_exact_or_unknown(policy: Policy, registry: sqlite3.Connection) -> None:
    values = ["30000.0", "0.1", "'30000元'", "999999999999999999", "NULL"]
    query = " UNION ALL ".join(f"SELECT {value} AS activity_funds, 1 AS is_nonprofit" for value in values)
    found = determine_many(registry, policy, query=query, decisions=["registration_conditions"], language="en")
    rows = answers(found)
    assert [(problem.row, problem.text("en")) for problem in found.summary.problems] == [
        (number, row["problem"]) for number, row in enumerate(rows, start=1) if number in {2, 4}
    ]
    assert "activity_funds: a binary fraction is no exact number" in rows[1]["problem"]
    assert "is not between" in rows[3]["problem"]
    assert [rows[at] | {"row": 5, "problem": None} for at in (1, 3)] == [rows[4]] * 2
    assert found.summary.unread == {
        ("activity_funds", "not_understood"): 1, ("activity_funds", "impossible"): 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT 2 AS is_nonprofit", "only 0 and 1"),
        ("SELECT '2018-02-30' AS registered_on", "registered_on"),
        ("SELECT 'x' AS individual_members", "'x' is not a number"),
    ],
)
def test_a_cell_that_is_no_value_is_unknown_or_refuses_its_row(
    policy: Policy, registry: sqlite3.Connection, query: str, words: str
) -> None:
    nothing = answers(determine_many(registry, policy, query=f"SELECT NULL {query[query.index('AS') :]}"))
    for is_strict in (False, True):
        found = determine_many(registry, policy, query=query, language="en", is_strict=is_strict)
        (row,) = answers(found)
        assert words in row["problem"] == found.summary.problems[0].text("en")
        assert found.summary.unread.total() == 1
        assert [row | {"problem": None}] == nothing or is_strict
        assert (row["tier.status"] == "refused") is is_strict


def test_typed_fractions_refuse_the_table_as_in_parquet(policy: Policy, embedded: Any) -> None:
    query = "SELECT 0.5::DOUBLE AS activity_funds"
    found = determine_many(embedded, policy, query=query)
    with pytest.raises(FactsError, match="holds no money exactly"):
        list(found)


def test_each_row_has_the_rules_of_its_place_and_date(registry: sqlite3.Connection) -> None:
    rows = [("321000", "2019-01-10"), (440305, "2019-01-10"), ("扬州", "2019-01-10"), ("cn", None)]
    registry.execute("CREATE TABLE placed (jurisdiction, as_of, individual_members)")
    registry.executemany("INSERT INTO placed VALUES (?, ?, 30)", rows)
    found = determine_many(registry, query="SELECT * FROM placed", decisions=["tier"], language="en")
    assert [row["place"] for row in answers(found)] == ["3210", "440305", None, None]
    assert [problem.row for problem in found.summary.problems] == [3, 4]
    assert found.rows == 4


def test_many_rows_are_fetched_in_parts(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_database, "FETCHED", 100)
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (individual_members)")
    connection.executemany("INSERT INTO t VALUES (?)", [(number % 80,) for number in range(1_050)])
    found = determine_many(connection, policy, query="SELECT * FROM t", decisions=["tier"])
    batches = list(found)
    assert [batch.num_rows for batch in batches] == [100] * 10 + [50]
    assert [number for batch in batches for number in batch["row"].to_pylist()] == list(range(1, 1_051))
    connection.close()


def test_what_cannot_be_asked_or_written_is_refused_with_a_remedy(policy: Policy, registry: sqlite3.Connection) -> None:
    with pytest.raises(TypeError, match="a query is needed"):
        determine_many(registry, policy)
    with pytest.raises(FileProblem, match="no such table: nowhere"):
        determine_many(registry, policy, query="SELECT * FROM nowhere")
    with pytest.raises(FileProblem, match="money is in fen"):
        determine_many(registry, policy, query="SELECT 1 AS activity_kinds__services_for_residents")
    with pytest.raises(FileProblem, match="no column is named like a fact"):
        determine_many(registry, policy, query="SELECT remarks FROM organizations")
    found = determine_many(registry, policy, query=QUERY, decisions=["tier"])
    with pytest.raises(FileProblem, match="has no name"):
        found.write(registry)
    with pytest.raises(NotInSqlError):
        found.write(registry, table='a"; DROP TABLE organizations; --')


def command(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["bulk", *arguments, "--as-of", "2018-06-01", "--decision", "tier", "--lang", "en"])


def test_the_command_reads_and_writes_databases_by_url(tmp_path: Path, registry: sqlite3.Connection) -> None:
    path, output = tmp_path / "registry.db", f"duckdb:///{tmp_path}/answers.duckdb"
    copy = sqlite3.connect(path)
    registry.backup(copy)
    copy.close()
    source = f"sqlite:///{path}"
    run = command(source, "--query", NAMED, "-o", output, "--table", "answers")
    assert run.exit_code == 4
    assert "row 3 individual_members '-1': -1" in run.stderr
    connection = duckdb.connect(tmp_path / "answers.duckdb")
    statuses = connection.execute('SELECT tier__status FROM answers ORDER BY "row"').fetchall()
    assert [status for (status,) in statuses] == [
        "undetermined",
        "undetermined",
        "determined",
    ]  # the last one is for profit
    problems = connection.execute('SELECT problem FROM answers ORDER BY "row"').fetchall()
    assert [text is None for (text,) in problems] == [True, True, False]
    connection.close()
    assert command(source, "--query", NAMED, "-o", output, "--table", "answers", "--replace").exit_code == 4
    assert command(source, "--query", QUERY, "-o", str(tmp_path / "a.parquet")).exit_code == 4
    assert parquet.read_table(tmp_path / "a.parquet").num_rows == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sqlite:///in.db", "-o", "a.parquet"], "--query"),
        (["in.csv", "-o", "sqlite:///a.db"], "--table"),
        (["in.csv", "-o", "sqlite:///nowhere/a.db", "--table", "a"], "there is no such folder"),
        (["mysql://me:secret@server/a", "--query", "SELECT 1", "-o", "a.parquet"], "mysql://: databases are sqlite"),
        (["in.csv", "-o", "mysql://me:secret@server/a", "--table", "a"], "mysql://: databases are sqlite"),
        (["nowhere.csv", "-o", "a.parquet"], "there is no such file"),
        (["sqlite:///nowhere.db", "--query", "SELECT 1", "-o", "a.parquet"], "there is no such file"),
    ],
)
def test_arguments_that_cannot_work_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.csv").write_text("individual_members\n3\n")
    run = command(*arguments)
    assert run.exit_code != 0
    assert words in f"{run.output}{run.exception}"
    assert os.listdir(tmp_path) == ["in.csv"]  # noqa: PTH208 - names are wanted


@pytest.mark.services
def test_a_password_is_not_repeated() -> None:
    with pytest.raises(FileProblem) as caught:
        determine_many("postgresql://me:secret@127.0.0.1:1/x", query="SELECT 1 AS individual_members")
    assert "secret" not in str(caught.value)
