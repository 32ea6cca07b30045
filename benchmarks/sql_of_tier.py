"""Time that PostgreSQL, and other databases, take to plan and run the generated SQL of `tier` over 100,000 rows."""

from __future__ import annotations

import argparse
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import page
import population
from agreement import TABLE, rules_of_2018, title_of
from agreement_results import records

from cso_rules.executors.sql.query import statement
from cso_rules.model.policy import Policy

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # starting servers and filling tables is shared with tests
from tests import database_servers as servers

if TYPE_CHECKING:
    from tests.database_servers import Server

ROWS, TURNS, TARGET = 100_000, 3, 10.0


@contextmanager
def sqlite(_: Path) -> Iterator[Server]:
    yield servers.Server(dialect="sqlite", connection=sqlite3.connect(":memory:"), marker="?")


STARTS: dict[str, Callable[[Path], AbstractContextManager[Server]]] = {
    "postgresql": servers.postgresql,
    "mysql": servers.mariadb,
    "sqlite": sqlite,
}


def measured(policy: Policy, server: Server, rows: int) -> list[float]:
    """Load the rows, then plan the statement, run it and fetch every answer, several times."""
    drawn = population.batches(policy, rows, names=list(policy.facts))
    server.load(policy, [record for batch in drawn for record in records(policy, batch)], TABLE)
    text = statement(policy, server.dialect, table=TABLE).text
    return [page.seconds(lambda: answers(server.connection, text, rows)) for _ in range(TURNS)]


def answers(connection: Any, text: str, rows: int) -> None:
    cursor = connection.cursor()
    cursor.execute(text)
    found = cursor.fetchall()
    assert len(found) == rows, f"{len(found)} of {rows} rows were answered"


def line(title: str, times: Sequence[float]) -> str:
    shown = page.verdict(page.middle(times), TARGET) if title.startswith("PostgreSQL") else f"{page.middle(times):.2f}"
    return f"| {title} | {shown} | {min(times):.2f} to {max(times):.2f} |"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--no-page", action="store_true", help="print the section only")
    options = parser.parse_args(arguments)
    policy = rules_of_2018(["tier"])
    lines = []
    with tempfile.TemporaryDirectory(prefix="cso") as folder:
        Path(folder).chmod(0o755)
        for start in STARTS.values():
            with start(Path(folder)) as server:
                lines.append(line(title_of(server), measured(policy, server, options.rows)))
    text = [
        f"{options.rows:,} generated organizations (`benchmarks/population.py`, seed {population.SEED}, "
        f"{population.MISSING:.0%} of the {len(policy.facts)} facts missing), rules of {population.AS_OF.isoformat()}: "
        "`tier` with its status, rules, provisions, missing facts and problems, as `cso-rules sql` writes it; the statement "
        "is planned anew each time and every answer is fetched.",
        "",
        f"| | s, middle of {TURNS} | |",
        "|---|---:|---|",
        *lines,
    ]
    page.write("sql-of-tier", "The tier in a database", text, to_page=not options.no_page)


if __name__ == "__main__":
    main()
