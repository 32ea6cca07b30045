"""Many applications for building permits: bit planes against SQL written by hand, from Arrow in memory and from file to file.

The rules are foreign to what the library was made for, and invented. `--cpu` measures the time of the processor instead
of that of the clock, for a machine that others use too.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import page
import permit_records
import permit_sql as sql
import pyarrow as pa
from pyarrow import parquet

from cso_rules.engine.bulk_answers import truth_array
from cso_rules.executors.planes.executor import Bulk
from cso_rules.model.policy import Policy
from cso_rules.tables.bulk.determine import determine_many

ROWS, IN_MEMORY, CHECKED, REPETITIONS, MISSING = 1_000_000, 500_000, 20_000, 5, 0.05
THREADS = (1, 2)
TARGETS = {"arrow": (6, 15), "lists": (2, 2), "masks": 0.45, "reasons": 0.8}
"""How many times as long as the library DuckDB is to take in memory at least, and is hoped to; from file to file, which
part of the time of DuckDB the library may take."""
Clock = Callable[[], float]


def by_library(source: str, output: str, *, reasons: bool) -> None:
    determine_many(source, permit_records.rules(), reasons=reasons).write(output)


def by_sql(source: str, output: str, *, reasons: bool) -> None:
    with duckdb.connect(config={"threads": max(THREADS)}) as connection:
        connection.execute(f"CREATE VIEW applications AS SELECT * FROM '{source}'")  # noqa: S608 - our own file
        connection.execute(f"COPY ({sql.answers(reasons=reasons)}) TO '{output}' (FORMAT parquet)")


def check(folder: str) -> int:
    """Stop where SQL excludes what the library says of records of which much is missing; return how many values there are."""
    source, one, two = (str(Path(folder) / name) for name in ("some.parquet", "one.parquet", "two.parquet"))
    permit_records.write(source, CHECKED, 0.3)
    by_library(source, one, reasons=True)
    by_sql(source, two, reasons=True)
    mine, theirs, compared = parquet.read_table(one), parquet.read_table(two), 0
    for name in theirs.schema.names:
        if not name.endswith(".missing"):  # SQL lists every unknown fact, the library those that matter
            left, right = mine[name].to_pylist(), theirs[name].to_pylist()
            wrong = [row for row, pair in enumerate(zip(left, right, strict=True)) if contradict(name, *pair)]
            if wrong:
                sys.exit(f"{name} differs in {len(wrong)} rows, first {wrong[0]}: {left[wrong[0]]} {right[wrong[0]]}")
            compared += len(left)
    return compared


def contradict(name: str, mine: Any, theirs: Any) -> bool:
    """Tell whether SQL written by hand excludes what the library says; it may leave more open, or name more rows."""
    if mine == theirs or (theirs is None or theirs == "undetermined"):
        return False
    match name.rpartition(".")[2]:
        case "possible" | "unknown":
            return bool(mine & ~theirs)
        case "true" | "tasks":
            return bool(theirs & ~mine)
        case "reasons":
            return not set(mine) <= set(theirs)
        case _:
            return True


def in_memory(policy: Policy, rows: int, clock: Clock) -> dict[str, Callable[[], float]]:
    """Return tasks that go from the same Arrow batches to Arrow arrays of every rule, or to answers with lists."""
    table = pa.Table.from_batches(permit_records.batches(rows, MISSING)).combine_chunks()
    batches = table.to_batches(max_chunksize=IN_MEMORY)
    planes = Bulk(policy, {name: place for place, name in enumerate(table.schema.names)})

    def every_rule(batch: pa.RecordBatch) -> None:
        answers = planes.answer(batch)
        arrays = [truth_array(*sides, answers.rows) for name in policy.decisions for sides in answers.rules(name)]
        assert len(arrays) == sum(map(len, sql.RULES.values()))
        assert all(answers.possible(name) is not None for name in policy.decisions)
        assert all(answers.statuses(name) is not None for name in policy.decisions)

    def library(threads: int) -> None:
        if threads == 1:
            for batch in batches:
                every_rule(batch)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(every_rule, batches))

    def lists() -> None:
        assert sum(answers.num_rows for answers in determine_many(table, policy, reasons=True)) == rows

    def database(query: str, threads: int) -> None:
        with duckdb.connect(config={"threads": threads}) as connection:
            connection.register("applications", table)
            reader = connection.sql(query).to_arrow_reader(permit_records.BATCH)
            assert sum(batch.num_rows for batch in reader) == rows

    tasks: dict[str, Callable[[], object]] = {}
    for threads in THREADS:
        tasks[f"library {threads}"] = lambda threads=threads: library(threads)  # type: ignore[misc]
        tasks[f"sql {threads}"] = lambda threads=threads: database(sql.every_rule(), threads)  # type: ignore[misc]
    tasks["library lists"] = lists
    tasks["sql lists"] = lambda: database(sql.answers(reasons=True), 1)
    tasks["sql lists 2"] = lambda: database(sql.answers(reasons=True), 2)
    return {name: lambda task=task: _seconds(task, clock) for name, task in tasks.items()}  # type: ignore[misc]


def _seconds(task: Callable[[], object], clock: Clock) -> float:
    start = clock()
    task()
    return clock() - start


def child(task: str, source: str, output: str, *, cpu: bool) -> float:
    """Run one task in a process of its own and return its seconds after imports."""
    command = [sys.executable, __file__, "--task", task, "--source", source, "--output", output]
    done = subprocess.run(command + ["--cpu"] * cpu, check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout))


def run_task(task: str, source: str, output: str, clock: Clock) -> None:
    engine, form = task.split("-")
    work = by_library if engine == "library" else by_sql
    permit_records.rules()
    print(json.dumps(_seconds(lambda: work(source, output, reasons=form == "reasons"), clock)))


def files(folder: str, rows: int, repetitions: int, *, cpu: bool) -> dict[str, list[float]]:
    source, output = str(Path(folder) / "applications.parquet"), str(Path(folder) / "answers.parquet")
    permit_records.write(source, rows, MISSING)
    names = ("library-masks", "sql-masks", "library-reasons", "sql-reasons")
    tasks = [(name, lambda name=name: child(name, source, output, cpu=cpu)) for name in names]  # type: ignore[misc]
    return page.alternate(tasks, repetitions)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--repetitions", type=int, default=REPETITIONS)
    parser.add_argument("--folder")
    parser.add_argument("--task")
    parser.add_argument("--source")
    parser.add_argument("--output")
    parser.add_argument("--no-page", action="store_true", help="print the section, leave the page alone")
    parser.add_argument("--cpu", action="store_true", help="measure the time of the processor")
    options = parser.parse_args()
    clock = time.process_time if options.cpu else time.perf_counter
    if options.task:
        run_task(options.task, options.source, options.output, clock)
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        compared = check(folder)
        policy = permit_records.rules()
        tasks = list(in_memory(policy, options.rows, clock).items())
        for _, task in tasks:
            task()
        times = page.alternate(tasks, options.repetitions)
        times |= files(folder, options.rows, options.repetitions, cpu=options.cpu)
    lines = report(options.rows, compared, times, cpu=options.cpu)
    title = "Many applications for building permits: bit planes against SQL written by hand"
    page.write("permit-many", title, lines, "--cpu" if options.cpu else "", to_page=not options.no_page)


def report(rows: int, compared: int, times: Mapping[str, Sequence[float]], *, cpu: bool) -> list[str]:
    return [
        f"`benchmarks/packages/building_permit` (invented), {rows:,} generated applications with {MISSING:.0%} of the facts "
        f"missing. First {CHECKED:,} with 30% missing were decided both ways with lists of reasons and the same "
        f"{compared:,} values came out, the facts to ask for apart: SQL lists every unknown fact of an open decision, the "
        "library those that matter.",
        "",
        "| | library, s | DuckDB, s | |",
        "|---|---:|---:|---|",
        _memory("Arrow batches in memory to every rule as a nullable boolean, what is possible and the status, reading included; one "
                "thread each", times, "library 1", "sql 1", TARGETS["arrow"]),
        _memory("the same, two threads each", times, "library 2", "sql 2", TARGETS["arrow"]),
        _memory("Arrow in memory to answers with lists of reasons and missing facts; `determine_many`, DuckDB on one thread",
                times, "library lists", "sql lists", TARGETS["lists"]),
        _memory("the same, DuckDB on two threads", times, "library lists", "sql lists 2", TARGETS["lists"]),
        _files("Parquet to Parquet: answers, possible values, masks of rules", times, "masks"),
        _files("Parquet to Parquet: the same with lists of reasons and missing facts", times, "reasons"),
        "",
        f"{len(times['sql 1'])} turns in alternating order after one that is not counted, "
        f"{'time of the processor, that of all threads together' if cpu else 'time of the clock'}. The library works on "
        f"batches of {IN_MEMORY:,} rows in memory. DuckDB reads the same Arrow table and its answer is taken as Arrow "
        f"batches. From file to file each run is a process of its own, DuckDB on {max(THREADS)} threads, and includes "
        "everything but starting Python and imports.",
    ]  # fmt: skip


def _memory(what: str, times: Mapping[str, Sequence[float]], one: str, two: str, targets: tuple[float, float]) -> str:
    found, least, most = _ratio(times[two], times[one])
    verdict = "; ".join(f"{name} {target:g}: {'met' if found >= target else '**missed**'}" for name, target in
                        zip(("target", "hoped for"), dict.fromkeys(targets), strict=False))  # fmt: skip
    return (
        f"| {what} | {page.middle(times[one]):.3f} | {page.middle(times[two]):.3f} | DuckDB takes {found:.1f} times as "
        f"long ({verdict}); single turns {least:.1f} to {most:.1f} |"
    )


def _files(what: str, times: Mapping[str, Sequence[float]], form: str) -> str:
    one, two = times[f"library-{form}"], times[f"sql-{form}"]
    found, least, most = _ratio(one, two)
    verdict = page.verdict(found, float(str(TARGETS[form])))
    return (
        f"| {what} | {page.middle(one):.2f} | {page.middle(two):.2f} | {verdict} of the time of DuckDB; single turns "
        f"{least:.2f} to {most:.2f} |"
    )


def _ratio(one: Sequence[float], two: Sequence[float]) -> tuple[float, float, float]:
    """Return the middle ratio of single turns, the least and the greatest."""
    single = [left / right for left, right in zip(one, two, strict=True)]
    return page.middle(single), min(single), max(single)


if __name__ == "__main__":
    main()
