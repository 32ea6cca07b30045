"""Many organizations in one process: bit planes against SQL written by hand, in memory and from file to file.

`python benchmarks/bulk.py --csv` measures the way from CSV to CSV, which nobody else goes, and writes a section of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import c_compiler
import c_planes
import duckdb
import hand_written_sql as sql
import page
import population
import pyarrow as pa
from pyarrow import parquet

from cso_rules.engine.bulk_answers import truth_array
from cso_rules.engine.cache import load_policy
from cso_rules.engine.determine import determine
from cso_rules.executors.planes.executor import Answers, Bulk
from cso_rules.model.policy import Policy
from cso_rules.tables.batches.files import write_batches
from cso_rules.tables.batches.readable import Readable
from cso_rules.tables.batches.sources import open_source, rebatched
from cso_rules.tables.bulk.determine import determine_many
from cso_rules.tables.opening import open_batches

STAGED = 1 << 19
ROWS, CHECKED, REPETITIONS, THREADS = 1_750_000, 5_000, 5, 2
IN_MEMORY = 1 << 19
"""Rows of a batch in memory: the planes of its answers are then large enough that the system gives them large pages."""
DECISIONS = ("tier", *sql.CRITERIA, *sql.LISTS)
READINGS = {"a8_founder_residence": "living", "a19_statutory_bodies": "in_scope"}
TARGETS = {"masks": 0.5, "reasons": 0.8, "megabytes": 500}
MEMORY_TARGET = (15, 25)
"""How many times as long as the library DuckDB is to take at least, and how many times as long as C the library at most;
the second number of each is what is hoped for."""


def rules_of_2018() -> Policy:
    return load_policy("cn", as_of=population.AS_OF)


def facts_read(policy: Policy) -> tuple[str, ...]:
    return Bulk(policy, {}, decisions=DECISIONS).facts


def bulk(source: str, output: str, *, reasons: bool) -> None:
    determine_many(source, rules_of_2018(), readings=READINGS, decisions=DECISIONS, reasons=reasons).write(output)


def by_hand(source: str, output: str, *, reasons: bool) -> None:
    with duckdb.connect(config={"threads": THREADS}) as connection:
        connection.execute(f"CREATE VIEW organizations AS SELECT * FROM '{source}'")  # noqa: S608 - our own file
        connection.execute(f"COPY ({sql.answers(reasons=reasons)}) TO '{output}' (FORMAT parquet)")


def check(policy: Policy, names: Sequence[str], folder: str) -> int:
    """Stop unless the library, `determine` and the SQL agree; return how many values of rules were compared."""
    source, one, two = (str(Path(folder) / name) for name in ("some.parquet", "one.parquet", "two.parquet"))
    population.write(source, policy, CHECKED, names=names)
    bulk(source, one, reasons=True)
    by_hand(source, two, reasons=True)
    mine, theirs = parquet.read_table(one), parquet.read_table(two)
    for name in theirs.schema.names:
        if not name.endswith(".missing"):
            left, right = mine[name].to_pylist(), theirs[name].to_pylist()
            wrong = [row for row, pair in enumerate(zip(left, right, strict=True)) if pair[0] != pair[1]]
            if wrong:
                sys.exit(f"{name} differs in {len(wrong)} rows, first {wrong[0]}: {left[wrong[0]]} {right[wrong[0]]}")
    return _check_reference(policy, parquet.read_table(source), mine)


def _check_reference(policy: Policy, table: Any, mine: Any) -> int:
    part, compared = policy.part(DECISIONS), 0
    answers = mine.to_pylist()
    for row, given in enumerate(table.to_pylist()):
        facts = {name: frozenset(value) if isinstance(value, list) else value for name, value in given.items()}
        facts.pop("organization_id")
        found = determine(part, facts, readings=READINGS, engine="reference")
        for name in DECISIONS:
            outcome, answer = found[name], answers[row]
            missing = {item.name for item in found.missing_facts if name in item.settles}
            expected = (outcome.true, outcome.unknown, outcome.status.value, missing)
            got = (answer[f"{name}.true"], answer[f"{name}.unknown"], answer[f"{name}.status"])
            if expected != (*got, set(answer[f"{name}.missing"])):
                sys.exit(f"row {row}, {name}: {expected} is not {got} {answer[f'{name}.missing']}")
            compared += len(outcome.findings)
    return compared


def in_memory(policy: Policy, source: str) -> dict[str, Callable[[], float]]:
    """Return tasks that give every rule of the cone as nullable booleans, the tier and the possible tiers.

    A table of DuckDB is filled before it is asked, and so are the columns of the library and of C; `arrow` reads those of
    the library from Arrow batches each time. What C says was compared with the library in every row.
    """
    opened = open_source(source)
    positions = {name: place for place, name in enumerate(opened.schema.names)}
    cone = [name for name in policy.decisions if name in sql.RULES]
    planes = Bulk(policy, positions, readings=READINGS, decisions=cone)
    batches = list(rebatched((part.batch for part in opened.parts()), IN_MEMORY))
    loaded = [planes.read(batch) for batch in batches]
    pool, fused = ThreadPoolExecutor(THREADS), in_c(planes, loaded)

    def rules(answers: Answers) -> None:
        arrays = [truth_array(*sides, answers.rows) for name in cone for sides in answers.rules(name)]
        assert len(arrays) == sum(map(len, sql.RULES.values()))
        assert answers.possible("tier")
        assert answers.statuses("tier")

    def threads() -> float:
        return page.seconds(lambda: list(pool.map(lambda columns: rules(planes.decide(columns)), loaded)))

    connection = duckdb.connect(config={"threads": THREADS})
    connection.execute(f"CREATE TABLE organizations AS SELECT * FROM '{source}'")  # noqa: S608 - our own file
    query, count = sql.every_rule(), sum(batch.num_rows for batch in batches)

    def database() -> float:
        start = time.perf_counter()
        assert sum(batch.num_rows for batch in connection.sql(query).to_arrow_reader(population.BATCH)) == count
        return time.perf_counter() - start

    return {
        "library": lambda: page.seconds(lambda: [rules(planes.decide(columns)) for columns in loaded]),
        "threads": threads,
        "arrow": lambda: page.seconds(lambda: [rules(planes.answer(batch)) for batch in batches]),
        "sql": database,
        "fused": lambda: page.seconds(fused.run),
    }


def in_c(planes: Bulk, loaded: Sequence[Any]) -> c_planes.Planes:
    """Return the planes in C, after they gave what the library gives."""
    try:
        fused = c_planes.Planes(planes, loaded)
    except c_compiler.NoCompilerError as error:
        sys.exit(str(error))
    fused.run()
    if fused.differs([planes.decide(columns) for columns in loaded]):
        sys.exit("C differs from the library")
    return fused


def child(task: str, source: str, output: str) -> dict[str, float]:
    """Run one task in a process of its own: seconds after imports, and the greatest memory in MiB."""
    command = [sys.executable, __file__, "--task", task, "--source", source, "--output", output]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def from_csv(source: str, output: str) -> None:
    found = determine_many(source, rules_of_2018(), readings=READINGS, decisions=DECISIONS, rules=False)
    summary = found.write(output)
    assert summary.read == summary.answered + summary.refused


def stages(source: str, folder: str) -> dict[str, float]:
    """Return the seconds of each stage of the way from CSV to CSV, one after the other and each alone."""
    policy, opened = rules_of_2018(), list[Any]()

    def opening() -> None:
        opened.append(determine_many(source, policy, readings=READINGS, decisions=DECISIONS, rules=False))

    found = {"opening": page.seconds(opening)}
    rows, given, answers = open_batches(source, policy), list[Any](), list[Any]()
    found["reading"] = page.seconds(lambda: given.extend(rows.parts()))
    table = pa.Table.from_batches([each.batch for each in given])
    many = determine_many(table, policy, readings=READINGS, decisions=DECISIONS, rules=False)
    answers.extend(many)
    answers.clear()
    found["deciding"] = page.seconds(lambda: answers.extend(many))
    both = Readable(rows.schema, many.schema, ("organization_id",))
    own = list(rebatched(each.batch for each in given))
    made = (both.of(*pair) for pair in zip(own, answers, strict=True))
    found["writing"] = page.seconds(lambda: write_batches(Path(folder) / "stages.csv", both.schema, made))
    return found


def measure_csv(rows: int, repetitions: int, folder: str, *, to_page: bool) -> None:
    policy, some = rules_of_2018(), min(rows, STAGED)
    names = facts_read(policy)
    source, part, output = (str(Path(folder) / name) for name in ("organizations.csv", "some.csv", "answers.csv"))
    population.write_csv(source, policy, rows, names=names)
    population.write_csv(part, policy, some, names=names)
    whole = [child("csv-masks", source, output) for _ in range(repetitions)]
    alone = [stages(part, folder) for _ in range(repetitions)]
    sizes = [Path(name).stat().st_size / 2**20 for name in (source, output)]
    lines = csv_report(rows, some, sizes, whole, alone)
    page.write("bulk-csv", "Many organizations: CSV to CSV", lines, "--csv", to_page=to_page)


def csv_report(
    rows: int, some: int, sizes: Sequence[float], whole: Sequence[dict[str, float]], alone: Sequence[dict[str, float]]
) -> list[str]:
    seconds = [each["seconds"] for each in whole]
    median = {name: page.middle([each[name] for each in alone]) for name in alone[0]}
    total = sum(median.values())
    titles = {
        "opening": "finding the encoding (the whole file is decoded strictly) and the header",
        "reading": "reading and parsing into Arrow columns",
        "deciding": f"reading the facts and deciding ({len(DECISIONS)} decisions)",
        "writing": "writing (own columns, answers and statuses as text)",
    }
    return [
        f"{rows:,} generated organizations (seed {population.SEED}) as a CSV file in UTF-8 with Chinese headings and labels, "
        f"{sizes[0]:.0f} MiB; out come their own columns and the answers, {sizes[1]:.0f} MiB. In a process of its own: "
        f"{page.middle(seconds):.1f} s ({min(seconds):.1f} to {max(seconds):.1f}, {len(whole)} turns), "
        f"{rows / page.middle(seconds):,.0f} rows a second, at most {max(each['megabytes'] for each in whole):.0f} MiB "
        "of memory. Reading, deciding and writing run beside one another there.",
        "",
        f"Alone and one after the other, {some:,} of the rows:",
        "",
        "| stage | s | share |",
        "|---|---:|---:|",
        *(f"| {titles[name]} | {found:.2f} | {found / total:.0%} |" for name, found in median.items()),
    ]


def run_task(task: str, source: str, output: str) -> None:
    engine, form = task.split("-")
    work = bulk if engine == "library" else by_hand
    rules_of_2018()
    if engine == "csv":
        seconds = page.seconds(lambda: from_csv(source, output))
    else:
        seconds = page.seconds(lambda: work(source, output, reasons=form == "reasons"))
    megabytes = peak()
    print(json.dumps({"seconds": seconds, "megabytes": megabytes}))


def peak() -> float:
    """Return the greatest memory of this process in MiB; ru_maxrss would begin with that of the one that started it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def files(source: str, folder: str, repetitions: int) -> dict[str, list[dict[str, float]]]:
    found: dict[str, list[dict[str, float]]] = {}
    tasks = ["library-masks", "sql-masks", "library-reasons", "sql-reasons"]
    for turn in range(repetitions):
        for task in tasks if turn % 2 == 0 else tasks[::-1]:
            output = Path(folder) / f"{task}.parquet"
            found.setdefault(task, []).append(child(task, source, str(output)))
            output.unlink()
    return found


def ratios(one: Sequence[float], two: Sequence[float]) -> tuple[float, float, float]:
    """Return the ratio of the medians, the least and the greatest of single turns."""
    single = [left / right for left, right in zip(one, two, strict=True)]
    return page.middle(one) / page.middle(two), min(single), max(single)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--repetitions", type=int, default=REPETITIONS)
    parser.add_argument("--folder")
    parser.add_argument("--task")
    parser.add_argument("--source")
    parser.add_argument("--output")
    parser.add_argument("--no-page", action="store_true")
    parser.add_argument("--csv", action="store_true")
    options = parser.parse_args()
    if options.task:
        run_task(options.task, options.source, options.output)
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        work = measure_csv if options.csv else measure
        work(options.rows, options.repetitions, folder, to_page=not options.no_page)


def measure(rows: int, repetitions: int, folder: str, *, to_page: bool) -> None:
    policy = rules_of_2018()
    names = facts_read(policy)
    compared = check(policy, names, folder)
    source = str(Path(folder) / "organizations.parquet")
    population.write(source, policy, rows, names=names)
    small = str(Path(folder) / "quarter.parquet")
    population.write(small, policy, rows // 4, names=names)
    growth = [
        child("library-masks", path, small + ".out.parquet")["seconds"] for path in (small, source, small, source)
    ]
    times = files(source, folder, repetitions)
    memory = page.alternate(list(in_memory(policy, source).items()), repetitions)
    lines = report(rows, names, compared, times, memory, growth, Path(source).stat().st_size)
    page.write("bulk", "Many organizations: bit planes against SQL written by hand", lines, to_page=to_page)


def memory_lines(memory: dict[str, list[float]]) -> list[str]:
    """Return the lines of the table about what is done in memory."""
    lines = []
    for task, title in (
        ("library", "facts loaded before on both sides, library on one thread"),
        ("threads", f"the same, batches of the library on {THREADS} threads"),
        ("arrow", "library from Arrow batches on one thread, table of DuckDB loaded before"),
    ):
        ratio, low, high = ratios(memory["sql"], memory[task])
        verdict = targets(ratio, MEMORY_TARGET) if task == "library" else ""
        lines.append(
            f"| In memory, every rule as nullable booleans, {title} | {page.middle(memory[task]):.3f} | "
            f"{page.middle(memory['sql']):.2f} | SQL takes {ratio:.1f} times as long{verdict}; "
            f"single turns {low:.1f} to {high:.1f} |"
        )
    ratio, low, high = ratios(memory["library"], memory["fused"])
    lines.append(
        f"| In memory: the library's planes fused into one C function, one thread, {page.middle(memory['fused']):.3f} s | "
        f"{page.middle(memory['library']):.3f} | | library takes {ratio:.2f} times as long as C; "
        f"single turns {low:.2f} to {high:.2f} |"
    )
    return lines


def targets(ratio: float, wanted: tuple[float, float]) -> str:
    """Return a target and what is hoped for, and whether a ratio reaches them."""
    met = [ratio >= each for each in wanted]
    words = ["met" if each else "**missed**" for each in met]
    return f" (target {wanted[0]:g}: {words[0]}, stretch {wanted[1]:g}: {words[1]})"


def report(  # noqa: PLR0913, PLR0917 - what was measured
    rows: int, names: Sequence[str], compared: int, times: dict[str, list[dict[str, float]]],
    memory: dict[str, list[float]], growth: Sequence[float], size: int,
) -> list[str]:  # fmt: skip
    def seconds(task: str) -> list[float]:
        return [each["seconds"] for each in times[task]]

    table = []
    for form, title in (
        ("masks", "outcomes as codes and masks"),
        ("reasons", "the same with lists of reasons and missing facts"),
    ):
        mine, theirs = seconds(f"library-{form}"), seconds(f"sql-{form}")
        ratio, low, high = ratios(mine, theirs)
        table.append(
            f"| Parquet to Parquet, {title} | {page.middle(mine):.2f} | {page.middle(theirs):.2f} | "
            f"{page.verdict(ratio, TARGETS[form])}; single turns {low:.2f} to {high:.2f} |"
        )
    table += memory_lines(memory)
    peaks = {task: max(each["megabytes"] for each in found) for task, found in times.items()}
    library_peak = max(peaks["library-masks"], peaks["library-reasons"])
    small, large = min(growth[0], growth[2]), min(growth[1], growth[3])
    return [
        f"{rows:,} generated organizations ({len(names)} facts and an id, {population.MISSING:.0%} of the facts missing, "
        f"seed {population.SEED}, {size / 2**20:.0f} MiB of Parquet), rules of 2018-06-01, {len(DECISIONS)} decisions and "
        f"the {sum(map(len, sql.RULES.values()))} rules that they stand on. Library, SQL and (through `determine`) the reference "
        f"executor agreed on {CHECKED:,} organizations and {compared:,} truths of rules before anything was timed; the SQL "
        "lists every unknown fact of an open decision as missing, the library only those that can still change the answer.",
        "",
        f"| | library, s | DuckDB {duckdb.__version__}, {THREADS} threads, s | ratio |",
        "|---|---:|---:|---|",
        *table,
        "",
        f"Greatest memory of the whole process, MiB: library {peaks['library-masks']:.0f} with masks, "
        f"{peaks['library-reasons']:.0f} with reasons (target {TARGETS['megabytes']}: "
        f"{'met' if library_peak < TARGETS['megabytes'] else '**missed**'}); "
        f"DuckDB {peaks['sql-masks']:.0f} and {peaks['sql-reasons']:.0f}. Four times the rows took "
        f"{large / small:.2f} times as long. {len(memory['sql'])} turns. In memory the library works on batches of {IN_MEMORY:,} rows, from files on 65,536. In a process "
        "of its own each file run includes everything but starting Python and imports; writing the program of planes takes "
        "part of the first batch.",
        "",
        "Loaded before: for the library what `Bulk.read` makes of Arrow (one bit a row for booleans and for what is known, "
        "places of values as bytes, sets as masks, numbers in the smallest type that holds those of a batch); for DuckDB its own table; "
        "for C the arrays of the library. Nothing that depends on a rule is computed before, but the program of planes is "
        f"written and the C code compiled. C is compiled with `{' '.join(c_compiler.FLAGS[:2])}`; its planes were compared with "
        "those of the library in every row first. It makes no Arrow arrays.",
    ]


if __name__ == "__main__":
    main()
