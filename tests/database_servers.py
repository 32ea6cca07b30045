"""Database servers: started on a free port in a folder, and stopped again.

A server that is not installed is an error that says what to install.
"""

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import attrs

from cso_rules.executors.sql.dialects import DIALECTS
from cso_rules.model.policy import Policy
from tests.sql_tables import Record, create_facts, fill, row_of

IS_ROOT = os.geteuid() == 0


@attrs.frozen(kw_only=True)
class Server:
    """An open connection, and how its driver marks a parameter."""

    dialect: str
    connection: Any
    marker: str = "%s"

    def load(self, policy: Policy, records: Sequence[Record], table: str) -> None:
        """Put records into a table of their own, instead of what was there."""
        quoted = DIALECTS[self.dialect].table(table)
        self.connection.cursor().execute(f"DROP TABLE IF EXISTS {quoted}")
        create_facts(self.connection, policy, self.dialect, table)
        fill(self.connection, policy, records, self.dialect, table, self.marker)


def program(name: str, package: str, *folders: str) -> str:
    found = shutil.which(name, path=os.pathsep.join([*folders, os.environ["PATH"], "/usr/sbin"]))
    if found is None:
        message = f"{name} is not installed; on Debian: apt-get install {package}"
        raise RuntimeError(message)
    return found


def run(*arguments: str, user: str | None = None) -> None:
    """Run a program to its end; as another user where it refuses to run as root."""
    as_user = ["runuser", "-u", user, "--"] if user and IS_ROOT else []
    done = subprocess.run([*as_user, *arguments], capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stderr + done.stdout


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def owned(path: Path, user: str) -> Path:
    """Return a new folder of a user who may reach it, however deep it lies below the folder for temporary files."""
    path.mkdir()
    if IS_ROOT:
        shutil.chown(path, user)
        above = Path(tempfile.gettempdir())
        for folder in path.parents:
            if above in folder.parents:
                folder.chmod(folder.stat().st_mode | 0o055)
    return path


@contextmanager
def postgresql(folder: Path) -> Iterator[Server]:
    import psycopg

    folders = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    control = program("pg_ctl", "postgresql", *folders)
    data, port = owned(folder / "postgresql", "postgres"), free_port()
    run(str(Path(control).with_name("initdb")), "-D", str(data), "-U", "tester", "-A", "trust", user="postgres")
    options = f"-p {port} -k {data} -c listen_addresses=127.0.0.1 -c fsync=off"
    run(control, "-D", str(data), "-l", str(data / "log"), "-o", options, "-w", "start", user="postgres")
    try:
        address = f"host=127.0.0.1 port={port} user=tester dbname=postgres"
        # The same INSERT meets tables of other types, so no statement is kept.
        with psycopg.connect(address, autocommit=True, prepare_threshold=None) as opened:
            yield Server(dialect="postgresql", connection=opened)
    finally:
        run(control, "-D", str(data), "-m", "immediate", "stop", user="postgres")


@contextmanager
def mariadb(folder: Path) -> Iterator[Server]:
    import pymysql

    install, server = (program(name, "mariadb-server") for name in ("mariadb-install-db", "mariadbd"))
    admin = program("mariadb-admin", "mariadb-client")
    data, port = owned(folder / "mariadb", "mysql"), free_port()
    user = "mysql" if IS_ROOT else getpass.getuser()
    run(install, "--no-defaults", f"--user={user}", f"--datadir={data}", "--auth-root-authentication-method=normal")
    door = data / "s"
    arguments = [
        f"--user={user}",
        f"--datadir={data}",
        f"--port={port}",
        f"--socket={door}",
        "--bind-address=127.0.0.1",
    ]
    with (folder / "mariadb.log").open("wb") as log, subprocess.Popen(
        [server, "--no-defaults", "--max-allowed-packet=64M", *arguments], stdout=log, stderr=log
    ) as process:  # fmt: skip
        try:
            run(admin, "--no-defaults", f"--socket={door}", "--user=root", "--wait=60", "ping")
            with pymysql.connect(unix_socket=str(door), user="root", charset="utf8mb4", autocommit=True) as opened:
                opened.cursor().execute("CREATE DATABASE facts CHARACTER SET utf8mb4")
                opened.select_db("facts")
                yield Server(dialect="mysql", connection=opened)
        finally:
            process.terminate()
            process.wait(60)


@attrs.define
class SparkCursor:
    """So much of a DB-API cursor over Spark as the tests need."""

    spark: Any
    frame: Any = None
    rows: Iterator[Any] = attrs.field(factory=lambda: iter(()))

    @property
    def description(self) -> list[tuple[str]]:
        return [(name,) for name in self.frame.columns]

    def execute(self, text: str) -> None:
        self.frame = self.spark.sql(text)
        self.rows = self.frame.toLocalIterator()

    def fetchmany(self, size: int) -> list[Any]:
        return list(islice(self.rows, size))


@attrs.frozen(kw_only=True)
class SparkServer(Server):
    """Spark in this process; a table is a view of rows."""

    def load(self, policy: Policy, records: Sequence[Record], table: str) -> None:
        spark = self.connection.spark
        schema = spark_schema(policy)
        rows = [(f"{place:05}", *row_of(policy, record, "spark")) for place, record in enumerate(records)]
        spark.createDataFrame(rows, schema).createOrReplaceTempView(table)


def spark_schema(policy: Policy) -> str:
    from cso_rules.executors.sql.facts import create_table

    text = create_table(list(policy.facts.values()), DIALECTS["spark"], "t", ["id"])
    return text[text.index("(") + 1 : text.rindex(")")]


@attrs.frozen
class SparkConnection:
    spark: Any

    def cursor(self) -> SparkCursor:
        return SparkCursor(self.spark)


@contextmanager
def spark(folder: Path) -> Iterator[Server]:
    program("java", "default-jre-headless")
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.default.parallelism": "1",
        "spark.driver.memory": "4g",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.driver.extraJavaOptions": "-Xss16m",
    }
    builder = SparkSession.builder.master("local[2]").appName("cso-rules")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    try:
        yield SparkServer(dialect="spark", connection=SparkConnection(session))
    finally:
        session.stop()
