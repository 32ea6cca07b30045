"""Every executor on the same generated records: how many results were compared, and that none differed.

`compiled` is compared with the executor for many rows and with DuckDB on all records, with the reference, the second
engine, SQLite and the database servers on fewer. The first difference is printed with its facts, and ends the script.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import duckdb
import page
import population
import pyarrow as pa
import pyarrow.compute as pc
from agreement_results import Difference, Packed, Packer, first_difference, of_answers, of_columns, records, table_of

from cso_rules.engine.cache import load_policy
from cso_rules.executors.planes.executor import Bulk
from cso_rules.executors.rete.client import Worker
from cso_rules.executors.rete.evaluator import Evaluator
from cso_rules.executors.single import compiled, reference
from cso_rules.executors.sql import query as sql
from cso_rules.executors.sql import run as sql_run
from cso_rules.executors.sql.dialects import DIALECTS
from cso_rules.executors.sql.facts import create_table
from cso_rules.model.decisions import rules_of
from cso_rules.model.policy import Policy
from cso_rules.results import agree

if TYPE_CHECKING:
    from tests.database_servers import Server

ROOT = Path(__file__).resolve().parents[1]
ROWS, REFERENCE, RETE, SERVERS = 1_000_000, 20_000, 100_000, 20_000
PROCESSES, AT_ONCE, PATIENCE = 2, 250, 60
DECISIONS = (
    "tier", "responsibilities", "support_measures", "development_priorities", "registration_open",
    "counts_toward_target",
)  # fmt: skip
TABLE = "organizations"
COMPILED = "compiled"


def rules_of_2018(decisions: Sequence[str] = DECISIONS) -> Policy:
    """Return decisions and what they read, without the facts that nothing reads."""
    policy = load_policy("cn", as_of=population.AS_OF).part(decisions)
    read = set(Bulk(policy, {}).facts)
    return attrs.evolve(policy, facts={name: fact for name, fact in policy.facts.items() if name in read})


class DiffersError(Exception):
    """Two executors differ; the text shows the record."""


@attrs.define
class Comparison:
    """Compares with `compiled`, and counts.

    Attributes:
        counts: How many records each other executor was asked about.
    """

    policy: Policy
    packer: Packer
    counts: dict[str, int] = attrs.field(factory=dict)

    def expected(self, batch: pa.RecordBatch) -> Packed:
        return self.packer.pack(compiled.evaluate(self.policy, record) for record in records(self.policy, batch))

    def compare(self, other: str, batch: pa.RecordBatch, expected: Packed, found: Packed) -> None:
        """Count the records of a batch.

        Raises:
            DiffersError: An executor says something else than `compiled`.
        """
        self.count(other, batch, first_difference(self.policy, expected, found))

    def count(self, other: str, batch: pa.RecordBatch, difference: Difference | None) -> None:
        """Count the records of a batch, unless one differs."""
        if difference is not None:
            row = batch.slice(difference.row, 1).to_pylist()[0]
            facts = {name: value for name, value in row.items() if value is not None}
            ours, theirs = difference.results
            message = f"{difference.decision} differs\n{COMPILED}: {ours}\n{other}: {theirs}\nfacts: {facts}"
            raise DiffersError(message)
        self.counts[other] = self.counts.get(other, 0) + batch.num_rows
        print(f"{other}: {self.counts[other]:,} records, no difference", file=sys.stderr, flush=True)


def batches(policy: Policy, rows: int) -> Iterator[pa.RecordBatch]:
    return population.batches(policy, rows, names=list(policy.facts))


# All records: the executor for many rows, DuckDB; the reference on the first of them.


class Planes:
    """The executor for many rows."""

    def __init__(self, policy: Policy) -> None:
        positions = {name: place for place, name in enumerate(population.schema_of(policy, list(policy.facts)).names)}
        self.bulk = Bulk(policy, positions)

    def results(self, batch: pa.RecordBatch) -> Packed:
        answers = self.bulk.answer(batch)
        assert not answers.problems
        return of_answers(answers)


class Duck:
    """Generated SQL in DuckDB, over a table that is filled from Arrow."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.connection = duckdb.connect(config={"threads": PROCESSES})
        self.text = sql.raw_statement(policy, "duckdb", table=TABLE).text
        self.creation = create_table(list(policy.facts.values()), DIALECTS["duckdb"], TABLE, ["id"])

    def results(self, batch: pa.RecordBatch) -> Packed:
        facts = table_of(self.policy, batch)
        self.connection.execute(f"DROP TABLE IF EXISTS {TABLE}")
        self.connection.execute(self.creation)
        self.connection.register("given", facts)
        self.connection.execute(f"INSERT INTO {TABLE} BY NAME SELECT * FROM given")  # noqa: S608 - a constant
        self.connection.unregister("given")
        found = self.connection.sql(self.text).to_arrow_table()
        found = found.take(pc.sort_indices(found["id"]))
        assert found["id"].to_pylist() == facts["id"].to_pylist()
        return of_columns(self.policy, found.drop_columns(["id"]))


def compare_all(comparison: Comparison, rows: int, checked: int) -> None:
    policy = comparison.policy
    engines: dict[str, Planes | Duck] = {"bulk": Planes(policy), "DuckDB " + duckdb.__version__: Duck(policy)}
    left = checked
    for batch in batches(policy, rows):
        expected = comparison.expected(batch)
        for name, engine in engines.items():
            comparison.compare(name, batch, expected, engine.results(batch))
        if left > 0:
            compare_reference(comparison, batch.slice(0, left), expected)
            left -= batch.num_rows


def compare_reference(comparison: Comparison, batch: pa.RecordBatch, expected: Packed) -> None:
    policy = comparison.policy
    found = comparison.packer.pack(reference.evaluate(policy, record) for record in records(policy, batch))
    some = {name: column[:, : batch.num_rows] for name, column in expected.items()}
    comparison.compare("reference", batch, some, found)


# The second engine, in several processes.

_here: dict[str, Any] = {}


def start_engine() -> None:
    _here.update(policy=rules_of_2018(), evaluator=Evaluator(Worker(deadline=PATIENCE)))


def excluded_by_engine(batch: pa.RecordBatch) -> Difference | None:
    """Return the first record of which the second engine excludes what is possible; it may leave more open."""
    policy, evaluator = _here["policy"], _here["evaluator"]
    for row, record in enumerate(records(policy, batch)):
        exact, found = compiled.evaluate(policy, record), evaluator.evaluate(policy, record)
        for name, decision in policy.decisions.items():
            if not agree(decision, exact[name], found[name]):
                return Difference(row, name, (exact[name], found[name]))
    return None


def compare_rete(comparison: Comparison, rows: int) -> None:
    with multiprocessing.get_context("spawn").Pool(min(PROCESSES, rows) or 1, start_engine) as pool:
        for batch in batches(comparison.policy, rows):
            parts = [batch.slice(start, AT_ONCE) for start in range(0, batch.num_rows, AT_ONCE)]
            for part, difference in zip(parts, pool.imap(excluded_by_engine, parts), strict=True):
                comparison.count("rete", part, difference)


# Databases that are filled row by row.


def compare_databases(comparison: Comparison, rows: int, *, servers: bool) -> None:
    sys.path.insert(0, str(ROOT))  # starting servers and filling tables is shared with the tests
    from tests import database_servers as known

    starts: list[Callable[[Path], AbstractContextManager[Server]]] = [lambda _: nullcontext(sqlite(known.Server))]
    starts += [known.postgresql, known.mariadb, known.spark] if servers else []
    with tempfile.TemporaryDirectory(prefix="cso") as folder:
        Path(folder).chmod(0o755)
        for start in starts:
            with start(Path(folder)) as server:
                compare_database(comparison, server, rows)


def sqlite(make: Any) -> Any:
    return make(dialect="sqlite", connection=sqlite3.connect(":memory:"), marker="?")


def compare_database(comparison: Comparison, server: Server, rows: int) -> None:
    policy, title = comparison.policy, title_of(server)
    for batch in batches(policy, rows):
        server.load(policy, list(records(policy, batch)), TABLE)
        found = dict(sql_run.results(server.connection, policy, TABLE, server.dialect))
        assert len(found) == batch.num_rows, f"{title} answered {len(found)} of {batch.num_rows} records"
        in_order = comparison.packer.pack(found[f"{row:05}"] for row in range(batch.num_rows))
        comparison.compare(title, batch, comparison.expected(batch), in_order)


def title_of(server: Server) -> str:
    """Return the name and the version of a database."""
    names = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MariaDB", "spark": "Spark"}
    cursor = server.connection.cursor()
    cursor.execute("SELECT sqlite_version()" if server.dialect == "sqlite" else "SELECT version()")
    version = re.search(r"\d+(\.\d+)+", str(cursor.fetchmany(1)[0][0]))
    return f"{names[server.dialect]} {version.group() if version else ''}".strip()


# The page.


def report(comparison: Comparison) -> list[str]:
    policy, counts = comparison.policy, comparison.counts
    decisions = len(policy.decisions)
    rules = sum(len(rules_of(decision)) for decision in policy.decisions.values())
    return [
        f"Generated records (`benchmarks/population.py`, seed {population.SEED}, {population.MISSING:.0%} of the "
        f"{len(policy.facts)} facts missing), rules of {population.AS_OF.isoformat()}: {', '.join(DECISIONS)}, with what "
        f"they read {decisions} decisions and {rules} rules; readings as declared, open ones unknown. Compared for each "
        "record and decision: possible values, rules that hold, rules that are unknown, conflict. In all there were "
        f"{comparison.packer.different:,} different results.",
        "",
        f"| Compared with `{COMPILED}` | records | results | differences |",
        "|---|---:|---:|---:|",
        *(f"| {name} | {count:,} | {count * decisions:,} | 0 |" for name, count in counts.items()),
        "",
        "The script stops at the first difference and then leaves this page as it was.",
    ]


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="records for compiled, bulk and DuckDB")
    parser.add_argument("--reference", type=int, default=REFERENCE, help="of these, records for the reference")
    parser.add_argument("--rete", type=int, default=RETE, help="records for the second engine")
    parser.add_argument("--servers", type=int, default=SERVERS, help="records for each other database")
    parser.add_argument("--skip-servers", action="store_true", help="of the other databases, ask SQLite only")
    parser.add_argument("--no-page", action="store_true", help="print the section only")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    options = options_of(arguments)
    policy = rules_of_2018()
    comparison = Comparison(policy, Packer(policy))
    try:
        compare_all(comparison, options.rows, options.reference)
        compare_databases(comparison, min(options.servers, options.rows), servers=not options.skip_servers)
        compare_rete(comparison, options.rete)
    except DiffersError as difference:
        print(difference)
        return 1
    lines = report(comparison)
    page.write("agreement", "Every executor on the same records", lines, to_page=not options.no_page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
