"""One decision table of 25, 250 and 2,500 rules over many rows at a time: time of a batch, and of first use.

`python benchmarks/bulk_large_table.py --small` runs a few batches and leaves the page as it is.
"""

from __future__ import annotations

import argparse
import datetime
import gc
import itertools
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import large_table
import numpy as np
import page
import pyarrow as pa

from cso_rules.engine.facts import domains
from cso_rules.executors.planes.executor import Bulk
from cso_rules.executors.planes.index import LARGE
from cso_rules.executors.single import compiled
from cso_rules.loader.load import load_policy
from cso_rules.model.decisions import rules_of
from cso_rules.model.policy import Policy

SIZES, ROWS, BATCHES, REPETITIONS = (25, 250, 2_500), 1 << 16, 8, 15
SMALL_BATCHES, SMALL_REPETITIONS = 2, 3
CHECKED, MISSING, SEED, TARGET = 1_000, 0.05, 7, 3.0
AS_OF = datetime.date(2018, 6, 1)
POSITIONS = {"code": 0, "members": 1}
DECISION = "rating"
GROWTHS = tuple(itertools.pairwise(range(len(SIZES))))


def load(size: int) -> Policy:
    with tempfile.TemporaryDirectory() as folder:
        return load_policy(large_table.write_package(Path(folder) / "large", size), as_of=AS_OF)


def batches(policy: Policy, size: int, count: int) -> list[pa.RecordBatch]:
    """Draw rows that rules answer, some that none answers, some with a fact missing."""
    chance, most = np.random.default_rng((SEED, size)), size // large_table.CODES * 100
    codes = pa.array(policy.facts["code"].type.names)
    found = []
    for _ in range(count):
        code, members = chance.integers(0, large_table.CODES, ROWS), chance.integers(0, most + most // 10, ROWS)
        holes = chance.random((2, ROWS)) < MISSING
        columns = [codes.take(pa.array(code, mask=holes[0])), pa.array(members.astype(np.int32), mask=holes[1])]
        found.append(pa.RecordBatch.from_arrays(columns, names=list(POSITIONS)))
    return found


def prepare(policy: Policy) -> Bulk:
    return Bulk(policy, POSITIONS, decisions=[DECISION], with_rules=False)


def answer(planes: Bulk, given: Sequence[pa.RecordBatch]) -> None:
    """Find the possible values and the status of every row."""
    for batch in given:
        answers = planes.answer(batch)
        assert answers.possible(DECISION)
        assert answers.statuses(DECISION)


def check(policy: Policy, given: Sequence[pa.RecordBatch]) -> int:
    """Stop unless rows have the results of the compiled executor, every rule included; return how many were compared."""
    planes = Bulk(policy, POSITIONS, decisions=[DECISION])
    chosen = np.random.default_rng(SEED).choice(ROWS, CHECKED, replace=False).tolist()
    for batch in given:
        answers = planes.answer(batch)
        assert bool(answers.ready.indexes) == (len(rules_of(policy.decisions[DECISION])) > LARGE)
        rows = batch.to_pylist()
        for place in chosen:
            expected = compiled.evaluate(policy, domains(policy, rows[place])[1])[DECISION]
            if answers.result(DECISION, place) != expected:
                sys.exit(f"{rows[place]}: {answers.result(DECISION, place)} is not {expected}")
    return len(given) * len(chosen)


def tasks_of(policy: Policy, given: Sequence[pa.RecordBatch]) -> dict[str, Callable[[], float]]:
    """Return what is timed: batches with a program that has met them, and one batch with a program of its own."""
    planes = prepare(policy)
    answer(planes, given)

    def first() -> float:
        return page.seconds(lambda: answer(prepare(policy), given[:1]))

    return {"batches": partial(page.seconds, partial(answer, planes, given)), "first": first}


def growth(times: dict[str, list[float]], task: str, less: int, more: int) -> tuple[float, str]:
    """Return how many times as long the larger table takes: the middle of the turns, and single turns as text."""
    small, large = (times[f"{task}-{SIZES[place]}"] for place in (less, more))
    turns = [after / before for before, after in zip(small, large, strict=True)]
    return page.middle(turns), f"single turns {min(turns):.2f} to {max(turns):.2f}"


def growth_line(times: dict[str, list[float]], less: int, more: int) -> str:
    ratio, single = growth(times, "batches", less, more)
    first, single_first = growth(times, "first", less, more)
    return (
        f"| {SIZES[less]:,} to {SIZES[more]:,} | {page.verdict(ratio, TARGET)}; {single} "
        f"| {first:.2f}; {single_first} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="few batches and turns; the page is not written")
    is_small = parser.parse_args().small
    count, turns = (SMALL_BATCHES, SMALL_REPETITIONS) if is_small else (BATCHES, REPETITIONS)
    tasks, compared = [], 0
    for size in SIZES:
        policy = load(size)
        given = batches(policy, size, count)
        compared += check(policy, given[:2])
        tasks += [(f"{name}-{size}", task) for name, task in tasks_of(policy, given).items()]
    gc.disable()
    times = page.alternate(tasks, turns)
    text = [
        f"| Rules | ns for a row ({count} batches of {ROWS:,}) | first use: planning and the first batch, ms |",
        "|---:|---:|---:|",
        *(
            f"| {size:,} | {page.middle(times[f'batches-{size}']) / (count * ROWS) * 1e9:.1f} "
            f"| {page.middle(times[f'first-{size}']) * 1000:.1f} |"
            for size in SIZES
        ),
        "",
        "| Ten times the rules | take as long, times | first use, times |",
        "|---|---|---|",
        *(growth_line(times, less, more) for less, more in GROWTHS),
        "",
        f"Generated tables as under [A large table](#a-large-table), from Arrow batches to the possible values and the status of every row, "
        f"{MISSING:.0%} of the cells missing; the truth of every single rule is not asked for. Tables of more than {LARGE} rules are indexed. {turns} turns in alternating "
        f"order, after every batch was met once, so cells that were worked out are remembered; first use starts anew each time. {compared:,} rows had the results of "
        "`compiled`, every rule included, before anything was timed.",
    ]
    page.write("bulk-large-table", "A large table, many rows at a time", text, to_page=not is_small)


if __name__ == "__main__":
    main()
