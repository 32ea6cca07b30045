"""Generated rules and records with holes: what each executor answers, against trying every completion.

A package has a few facts of few values, so that everything can be tried: booleans, enumerations, ranges, sets and their
counts, sums and differences, dates beyond what a calendar knows, every hit policy, decisions on decisions,
contradictions, readings. Packages are numbered, and a number always makes the same package and records. What differs is
printed with its number; `--first N --packages 1` makes that package again.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import duckdb
import page

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from cso_rules.engine.determine import determine  # noqa: E402
from cso_rules.engine.missing_facts import Open  # noqa: E402
from cso_rules.executors.single import compiled, reference  # noqa: E402
from cso_rules.executors.sql import query as sql  # noqa: E402
from cso_rules.executors.sql import run as sql_run  # noqa: E402
from cso_rules.meaning.possible import Possible  # noqa: E402
from cso_rules.model.decisions import inputs_of  # noqa: E402
from cso_rules.model.policy import Policy  # noqa: E402
from cso_rules.model.types import Domain, is_known  # noqa: E402
from cso_rules.plan.building import plan_for  # noqa: E402
from cso_rules.plan.shown.exactness import inexact_decisions  # noqa: E402
from cso_rules.results import Result  # noqa: E402
from tests import small_policies as small  # noqa: E402 - the tests lie beside the program, not in it
from tests.conformance.test_bulk import bulk_of, table_of  # noqa: E402
from tests.exactness import (  # noqa: E402
    Difference,
    differing_questions,
    differing_results,
    differing_statuses,
    facts_that_matter,
)
from tests.sql_tables import create_facts, fill  # noqa: E402

PACKAGES, IN_MANY, RECORDS, PROCESSES, SHOWN, AT_ONCE = 3_000, 500, 20, 2, 20, 20
DEEP = 3
EXECUTORS = {"compiled": compiled.evaluate, "reference": reference.evaluate}
Count = Counter[tuple[str, ...]]


@attrs.define
class Found:
    """What was compared, how often it differed, and the first of the differences in words."""

    counts: Count = attrs.field(factory=Counter)
    shown: list[str] = attrs.field(factory=list)

    def add(self, who: str, where: str, named: frozenset[str], differences: Iterator[Difference]) -> None:
        for each in differences:
            self.counts["named" if each.decision in named else "differs", who, each.question, each.kind] += 1
            if each.decision not in named:
                self.shown.append(f"{where}, {who}: {each}")

    def join(self, other: Found) -> None:
        self.counts += other.counts
        self.shown += other.shown


def compared(number: int, records: int, many: range) -> Found:
    """Make a package and its records, and compare every executor with what is possible; those for many in some."""
    chance, found = random.Random(number), Found()
    policy = small.small_policy(chance)
    plan = plan_for(policy)
    found.counts.update(("made", kind) for kind in kinds_of(policy))
    named = frozenset(inexact_decisions(plan))
    found.counts["named by the plan",] += len(named)
    whole = []
    for record in range(records):
        domains = small.small_record(policy, chance, is_whole=bool(record % 2))
        where = f"package {number}, record {record}"
        compare(found, Possible(policy, domains), where, named)
        whole += [domains] if record % 2 else []
    if number in many:
        named_by = {"planes": named, **{who: named | in_words(policy, form) for who, form in DATABASES.items()}}
        found.counts["named in databases",] += len(named_by["DuckDB"])
        found.counts["decisions of many",] += len(policy.decisions)
        compare_many(found, policy, whole, f"package {number}", named_by)
    return found


def compare(found: Found, possible: Possible, where: str, named: frozenset[str]) -> None:
    policy, domains = possible.policy, possible.domains
    found.counts["records",] += 1
    found.counts["completions",] += len(possible.completions)
    found.counts["answers",] += len(policy.decisions)
    for who, evaluate in EXECUTORS.items():
        found.add(who, where, named, differing_results(possible, evaluate(policy, domains)))
    left, matter = Open(policy, domains), facts_that_matter(possible)
    asked = {name: left.facts(name) for name in policy.decisions}
    found.add("missing facts", where, named, differing_questions(matter, asked))
    if all(is_known(domain) or domain == policy.variable_type(name).everything for name, domain in domains.items()):
        found.counts["determined",] += 1
        facts, readings = given(policy, domains)
        determination = determine(policy, facts, readings=readings)
        found.add("determine", where, named, differing_statuses(possible, matter, determination))


# Many records at once: their facts are known or not at all, and every reading that is open stays so.


def in_words(policy: Policy, dialect: str) -> frozenset[str]:
    """Return the decisions of which a statement says that it may leave more possible."""
    return frozenset(sql.raw_statement(policy, dialect).inexact)


def compare_many(
    found: Found,
    policy: Policy,
    records: list[dict[str, Domain]],
    where: str,
    named: Mapping[str, frozenset[str]],
) -> None:
    open_readings = {name: reading.type.everything for name, reading in policy.readings.items()}
    records = [record | open_readings for record in records]
    possible = [Possible(policy, record) for record in records]
    for who, evaluate in MANY.items():
        found.counts["records", who] += len(records)
        for place, results in enumerate(evaluate(policy, records)):
            differences = differing_results(possible[place], results, with_reasons=False)
            found.add(who, f"{where}, whole record {place}", named[who], differences)


def in_planes(policy: Policy, records: list[dict[str, Domain]]) -> Iterator[dict[str, Result]]:
    rows = [given(policy, record)[0] for record in records]
    batch = table_of(policy, rows, random.Random(0), drop=False)
    answers = bulk_of(policy, batch).answer(batch)
    yield from ({name: answers.result(name, row) for name in policy.decisions} for row in range(len(rows)))


def in_database(policy: Policy, records: list[dict[str, Domain]], dialect: str) -> Iterator[dict[str, Result]]:
    connection = duckdb.connect() if dialect == "duckdb" else sqlite3.connect(":memory:")
    create_facts(connection, policy, dialect, "facts")
    fill(connection, policy, records, dialect, "facts", "?")
    found = dict(sql_run.results(connection, policy, "facts", dialect))
    connection.close()
    yield from (found[f"{row:05}"] for row in range(len(records)))


DATABASES = {"DuckDB": "duckdb", "SQLite": "sqlite"}
MANY = {
    "planes": in_planes,
    **{who: partial(in_database, dialect=dialect) for who, dialect in DATABASES.items()},
}


def given(policy: Policy, domains: Mapping[str, Domain]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return facts and readings as a caller gives them."""
    known = {name: policy.variable_type(name).decode(domain) for name, domain in domains.items() if is_known(domain)}
    facts = {name: value for name, value in known.items() if name in policy.facts}
    return facts, {name: str(value) for name, value in known.items() if name in policy.readings}


def kinds_of(policy: Policy) -> Iterator[str]:
    """Yield what a package holds, in the words of the page."""
    depth: dict[str, int] = {}
    for name, decision in policy.decisions.items():
        depth[name] = 1 + max((depth[part] for part in inputs_of(decision) if part in depth), default=0)
    found = set(small.kinds_in(policy))
    if max(depth.values()) >= DEEP:
        found.add("decisions on decisions, three deep or more")
    yield from sorted(found)


# The page.


def every_package(numbers: range, records: int, many: range) -> Found:
    """Compare packages in several processes; what differs is printed as soon as it is known."""
    found = Found()
    with multiprocessing.get_context("spawn").Pool(min(PROCESSES, len(numbers)) or 1) as pool:
        for place, part in enumerate(
            pool.imap(partial(compared, records=records, many=many), numbers, AT_ONCE), start=1
        ):
            for words in part.shown[: SHOWN - len(found.shown)]:
                print(words, file=sys.stderr, flush=True)
            found.join(part)
            if place % 100 == 0:
                print(f"{place:,} packages, {len(found.shown)} differences", file=sys.stderr, flush=True)
    return found


QUESTIONS = (
    *((who, question) for who in EXECUTORS for question in ("answer", "rules", "deciding rows")),
    *((who, question) for who in MANY for question in ("answer", "rules")),
    ("missing facts", "missing facts"), ("determine", "status"), ("determine", "missing facts"),
)  # fmt: skip
KINDS = ("unsound", "inexact", "in vain", "left out")


def report(found: Found, numbers: range, records: int) -> list[str]:
    counts = found.counts
    made = {key[1]: count for key, count in counts.items() if key[0] == "made"}
    return [
        f"{len(numbers):,} generated packages (`tests/small_policies.py`, seeds {numbers.start} to {numbers.stop - 1}), "
        f"{records} records with holes each: {counts['records',]:,} records, {counts['answers',]:,} answers, "
        f"{counts['completions',]:,} completions tried one by one by `meaning/`. Every second record has facts that are "
        "known or not at all, and is asked of `determine` too where it has no others; the rest give ranges, several "
        f"values, and sets known in part. Planes and databases were asked about "
        f"{counts['records', 'planes']:,} records that are known or not at all. Decisions that the plan "
        f"named as not exact, since several sums of the same facts stand in them: {counts['named by the plan',]:,}. SQL names for DuckDB "
        f"{counts['named in databases',]:,} of {counts['decisions of many',]:,} decisions, since sums in it are bounded apart.",
        "",
        "| Asked of | question | unsound | inexact | asked in vain | left out | of decisions that were named |",
        "|---|---|---:|---:|---:|---:|---:|",
        *(
            f"| {who} | {question} | {cells(counts, who, question)} |"
            for who, question in QUESTIONS
            if who not in MANY or counts["records", who]
        ),
        "",
        "Packages that hold: " + "; ".join(f"{kind} {count:,}" for kind, count in sorted(made.items()) if kind) + ".",
    ]


def cells(counts: Count, who: str, question: str) -> str:
    named = sum(counts["named", who, question, kind] for kind in KINDS)
    return " | ".join(f"{count:,}" for count in (*(counts["differs", who, question, kind] for kind in KINDS), named))


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="seed of the first package")
    parser.add_argument("--packages", type=int, default=PACKAGES, help="how many packages are made")
    parser.add_argument("--records", type=int, default=RECORDS, help="how many records each is asked about")
    parser.add_argument("--many", type=int, default=IN_MANY, help="of these, packages for planes and databases")
    parser.add_argument("--no-page", action="store_true", help="print the section only")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    options = options_of(arguments)
    numbers = range(options.first, options.first + options.packages)
    many = range(options.first, options.first + min(options.many, options.packages))
    found = every_package(numbers, options.records, many)
    lines = report(found, numbers, options.records)
    page.write(
        "exactness", "Generated rules: every answer against every completion", lines, to_page=not options.no_page
    )
    return 1 if found.shown else 0


if __name__ == "__main__":
    sys.exit(main())
