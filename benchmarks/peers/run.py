"""The tier of one organization and of many: the library beside other engines, first what they say, then how fast.

Every peer runs in a process of its own, the foreign ones with the packages of requirements.txt in .venv-peers, which is
made when it is missing. A peer is timed only if it agrees with the reference executor on every complete record.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import completions  # noqa: E402 - the same
import page  # noqa: E402 - a sibling of this folder, found through the line above
from registry import COMPILED, DETERMINE, HAND, PEERS, SQL, TABLE, Peer  # noqa: E402 - the same

ENVIRONMENT = HERE.parents[1] / ".venv-peers"
ORGANIZATIONS, ROWS, REPETITIONS, MISSING = 5_000, 1_750_000, 9, 0.05
SECONDS = 0.4
"""About how long one turn of one peer takes."""
MOST = 2_000
Answers = list[Any]


@attrs.define
class Child:
    """A worker that waits for commands."""

    process: subprocess.Popen[str]

    def ask(self, command: str) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process ended (code {self.process.wait()})")
        return json.loads(line)

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def start(peer: Peer, source: Path) -> Child:
    python = sys.executable if peer.own else str(ENVIRONMENT / "bin" / "python")
    process = subprocess.Popen(
        [python, str(HERE / "worker.py"), peer.module, peer.variant, str(source)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    child = Child(process)
    assert process.stdout is not None
    if not process.stdout.readline():
        raise RuntimeError(f"{peer.title} cannot be started (code {process.wait()})")
    return child


def install() -> dict[str, str]:
    """Make the environment of the peers if need be; return the versions of its packages."""
    python = ENVIRONMENT / "bin" / "python"
    stamp, wanted = ENVIRONMENT / "requirements.txt", (HERE / "requirements.txt").read_text(encoding="utf-8")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        print(f"installing the peers into {ENVIRONMENT.name}", file=sys.stderr)
        if not python.exists():
            venv.create(ENVIRONMENT, with_pip=True, symlinks=True)
        subprocess.run([*pip, "install", "--quiet", "-r", str(HERE / "requirements.txt")], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    listed = json.loads(subprocess.run([*pip, "list", "--format", "json"], check=True, capture_output=True).stdout)
    return {each["name"].lower(): each["version"] for each in listed}


# ------------------------------------------------------------------------------------------------ the organizations


def write_organizations(folder: Path, rows: int) -> dict[str, list[dict[str, Any]]]:
    """Write the same organizations complete and with holes, for readers of lines and of tables."""
    import population
    from facts import FACTS
    from pyarrow import parquet

    from cso_rules.engine.cache import load_policy

    policy = load_policy("cn", as_of=population.AS_OF)
    found = {}
    names = [name for name in policy.facts if name in FACTS]
    for kind, missing in (("complete", 0.0), ("missing", MISSING)):
        count = ORGANIZATIONS
        batch = next(population.batches(policy, count, names=names, missing=missing))
        found[kind] = [dict(_given(row)) for row in batch.to_pylist()]
        lines = (json.dumps(row) for row in found[kind])
        (folder / f"{kind}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        _write_table(folder / f"{kind}.parquet", [batch], parquet)
        many = population.batches(policy, rows, names=names, missing=missing)
        _write_table(folder / f"many-{kind}.parquet", many, parquet)
    return found


def _given(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if value is not None and name != "organization_id":
            yield name, int(value) if isinstance(value, Decimal) else value


def _write_table(path: Path, batches: Any, parquet: Any) -> None:
    batches = iter(batches)
    first = next(batches)
    with parquet.ParquetWriter(path, first.schema) as writer:
        writer.write_batch(first)
        for batch in batches:
            writer.write_batch(batch)


def reference(records: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Return the tiers that the reference executor leaves possible."""
    import ours

    from cso_rules import determine

    policy = ours.rules()
    found = (determine(policy, ours.read(dict(record)), engine="reference", ask=False)["tier"] for record in records)
    return [tuple(map(str, each.possible)) for each in found]


# ------------------------------------------------------------------------------------------------ what they say


def answers(peer: Peer, folder: Path, kind: str) -> Answers | str:
    """Return what a peer says about each organization, or why it says nothing."""
    source = folder / f"{kind}.{'jsonl' if peer.record else 'parquet'}"
    try:
        child = start(peer, source)
        found: Answers = child.ask("answers")
        child.stop()
    except RuntimeError as error:
        return str(error)
    return found


@attrs.frozen
class Complete:
    """How often a peer agrees on complete records; `trouble` says why it could not be asked."""

    agreed: int
    trouble: str = ""


def compare(found: Answers | str, wanted: Sequence[tuple[str, ...]]) -> Complete:
    if isinstance(found, str):
        return Complete(0, found)
    return Complete(sum((one,) == other for one, other in zip(found, wanted, strict=True)))


def kind_of(answer: Any, right: str | None, truth: str) -> str:
    """Name what a peer did; `right` is the tier that the known facts determine, `truth` that of the complete record."""
    match answer:
        case str():
            if right is not None:
                return "right" if answer == right else "wrong"
            return "guess" if answer == truth else "wrong guess"
        case {"threw": _}:
            return "throws"
        case {"possible": _}:
            return "tiers"
        case _:
            return "nothing"


def count(
    found: Answers, left: Sequence[tuple[str, ...]], truth: Sequence[tuple[str, ...]], records: Any
) -> Counter[str]:
    """Count what a peer did about missing facts, apart for settled and open records."""
    counted: Counter[str] = Counter()
    for answer, possible, (tier,), record in zip(found, left, truth, records, strict=True):
        side = "settled" if len(possible) == 1 else "open"
        counted[side, kind_of(answer, possible[0] if side == "settled" else None, tier)] += 1  # type: ignore[index]
        if side == "open" and isinstance(answer, dict):
            counted["exact"] += set(answer.get("possible", ())) == set(possible)
            counted["names"] += _names_absent(answer, record)
    return counted


def _names_absent(answer: dict[str, Any], record: Mapping[str, Any]) -> bool:
    from facts import FACTS

    said = json.dumps(answer)
    return any(name in said for name in FACTS if name not in record)


# ------------------------------------------------------------------------------------------------ how fast


def time_records(peers: Sequence[tuple[str, Peer, str]], folder: Path, repetitions: int) -> dict[str, list[float]]:
    """Return the seconds for one organization in each turn; slow peers decide fewer of them in a turn."""
    children = {key: start(peer, folder / f"{kind}.jsonl") for key, peer, kind in peers}
    counts = {}
    for key, child in children.items():
        child.ask("time 20")
        counts[key] = max(20, min(MOST, int(SECONDS / (child.ask("time 20") / 20))))
    tasks = [(key, _one_turn(child, counts[key])) for key, child in children.items()]
    times = page.alternate(tasks, repetitions)
    for child in children.values():
        child.stop()
    return times


def _one_turn(child: Child, number: int) -> Callable[[], float]:
    return lambda: float(child.ask(f"time {number}")) / number


def time_tables(peers: Sequence[tuple[str, Peer, str]], folder: Path, repetitions: int) -> dict[str, list[float]]:
    """Return the seconds for the whole table in each turn."""
    children = {key: start(peer, folder / f"many-{kind}.parquet") for key, peer, kind in peers}
    for child in children.values():
        child.ask("time")
    tasks = [(key, lambda child=child: float(child.ask("time"))) for key, child in children.items()]
    times = page.alternate(tasks, repetitions)
    for child in children.values():
        child.stop()
    return times


# ------------------------------------------------------------------------------------------------ the page


def name(peer: Peer, versions: Mapping[str, str]) -> str:
    version = versions.get((peer.package or "").lower())
    return f"{peer.title} ({peer.package} {version or 'not installed'})" if peer.package else peer.title


def missing_table(
    asked: Sequence[tuple[Peer, Complete, Counter[str]]], settled: int, open_: int, versions: Mapping[str, str]
) -> list[str]:
    lines = [
        f"| peer | complete records agreed, of {ORGANIZATIONS:,} | {settled:,} settled: right | wrong | no answer, or left open | throws "
        f"| {open_:,} open: one tier all the same (of these wrong) | no answer | throws | names the tiers left (exactly) "
        "| names an absent fact |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for peer, complete, found in asked:
        if complete.trouble:
            lines.append(f"| {name(peer, versions)} | not measured: {complete.trouble} |" + " |" * 9)
            continue
        get = lambda side, kind: found[side, kind]  # type: ignore[index]  # noqa: B023, E731 - used at once
        guesses = get("open", "guess") + get("open", "wrong guess")
        cells = [
            complete.agreed, get("settled", "right"), get("settled", "wrong"),
            get("settled", "nothing") + get("settled", "tiers"), get("settled", "throws"),
            f"{guesses:,} ({get('open', 'wrong guess'):,})", get("open", "nothing"), get("open", "throws"),
            f"{get('open', 'tiers'):,} ({found['exact']:,})", found["names"],
        ]  # fmt: skip
        shown = (f"{cell:,}" if isinstance(cell, int) else cell for cell in cells)
        lines.append(f"| {name(peer, versions)} | {' | '.join(shown)} |")
    return lines


def telling(asked: Sequence[tuple[Peer, Complete, Counter[str]]], open_: int) -> list[str]:
    """Return who names both the tiers left and an absent fact whenever the tier is open."""
    return [
        peer.title
        for peer, _, found in asked
        if found["open", "tiers"] == found["names"] == open_  # type: ignore[index]
    ]


def caution(asked: Sequence[tuple[Peer, Complete, Counter[str]]]) -> list[str]:
    """Return what the library leaves open although it is settled."""
    found = next(found for peer, _, found in asked if peer is DETERMINE)
    settled, tiers = found["settled", "tiers"], found["open", "tiers"]  # type: ignore[index]
    too_many = tiers - found["exact"]
    if not settled and not too_many:
        return ["The library leaves no settled record open and names no tier that is not left: here it is exact."]
    return [
        f"The library is careful rather than exact here: it leaves {settled:,} settled records open, and names more tiers "
        f"than are left in {too_many:,} open ones.",
    ]


def time_table(
    times: Mapping[str, Sequence[float]], base: str, titles: Mapping[str, str], scale: float, head: str
) -> list[str]:
    lines = [f"| {head} | ratio | ratios of single turns |", "|---|---:|---:|---:|"]
    for key, found in times.items():
        ratios = [one / two for one, two in zip(found, times[base], strict=True)]
        ratio = page.middle(found) / page.middle(times[base])
        spread = "" if key == base else f"{min(ratios):.2f} to {max(ratios):.2f}"
        lines.append(f"| {titles[key]} | {page.middle(found) * scale:,.2f} | {ratio:.2f} | {spread} |")
    return lines


def chosen(
    peers: Sequence[Peer], complete: Mapping[Peer, Complete], extra: Sequence[Peer]
) -> list[tuple[str, Peer, str]]:
    """Return what is timed: who agreed on every complete record, and the library on records with holes too."""
    agreed = [peer for peer in peers if complete[peer].agreed == ORGANIZATIONS]
    found = [(peer.title, peer, "complete") for peer in agreed]
    return found + [(f"{peer.title}, {MISSING:.0%} missing", peer, "missing") for peer in extra if peer in agreed]


def measure(rows: int, repetitions: int, folder: Path) -> list[str]:
    versions = install()
    records = write_organizations(folder, rows)
    truth, left = reference(records["complete"]), [completions.tiers(record) for record in records["missing"]]
    complete, asked = {}, []
    for peer in PEERS:
        complete[peer] = compare(answers(peer, folder, "complete"), truth)
        found = answers(peer, folder, "missing") if not complete[peer].trouble else ""
        counted: Counter[str] = Counter()
        if isinstance(found, str):
            complete[peer] = attrs.evolve(complete[peer], trouble=complete[peer].trouble or found)
        else:
            counted = count(found, left, truth, records["missing"])
        asked.append((peer, complete[peer], counted))
        print(peer.title, complete[peer], dict(counted), file=sys.stderr)
    singles = chosen([peer for peer in PEERS if peer.record], complete, [HAND, COMPILED, DETERMINE])
    one = time_records(singles, folder, repetitions)
    tables = chosen([peer for peer in PEERS if peer.table], complete, [SQL, TABLE])
    many = time_tables(tables, folder, repetitions)
    return report(asked, left, one, many, versions, rows, repetitions)


def report(  # noqa: PLR0913, PLR0917 - what was measured
    asked: Sequence[tuple[Peer, Complete, Counter[str]]], left: Sequence[tuple[str, ...]],
    one: Mapping[str, Sequence[float]], many: Mapping[str, Sequence[float]], versions: Mapping[str, str],
    rows: int, repetitions: int,
) -> list[str]:  # fmt: skip
    settled = sum(len(possible) == 1 for possible in left)
    titles = {peer.title: name(peer, versions) for peer in PEERS}
    titles |= {key: key for key in (*one, *many) if key not in titles}
    written = [f"- {peer.title}: {peer.how}." for peer in PEERS if not peer.own]
    return [
        "The tier on 2018-06-01 with the declared readings, and the two readings that the law leaves open fixed (residence "
        "by living here, statutory bodies in scope), so that every complete record has one tier. The library answers the "
        "8 decisions of the cone of `tier` with the truth and citations of every rule; so does the function written by hand; "
        "every other peer answers the tier alone, and its numbers stand in its rules.",
        "",
        "### What they say",
        "",
        f"{ORGANIZATIONS:,} generated organizations with 29 facts, complete and again with {MISSING:.0%} of the facts absent. "
        f"Of the latter {settled:,} are settled by what is known: `completions.py` tries out the missing facts, and every completion has the same tier. The others are open. "
        "Wrong, for an open record, is a tier that the same organization does not have when it is complete. An absent fact "
        "is a missing key, in tables a null.",
        "",
        *missing_table(asked, settled, len(left) - settled, versions),
        "",
        f"The tiers left and an absent fact, for every open record: {'; '.join(telling(asked, len(left) - settled))}.",
        "",
        *caution(asked),
        "",
        "The last column counts every reply that contains the name of an absent fact, messages of exceptions too. "
        "`determine(ask=False)` and `determine_many` without `reasons=True` give no list of facts to ask for; `determine_many` was "
        "asked with it here. How the rules of the peers are written:",
        "",
        *written,
        "",
        "### One organization",
        "",
        *time_table(one, HAND.title, titles, 1e6, "complete records unless stated | µs for one"),
        "",
        f"{repetitions} turns in alternating order, each peer in a process of its own that stays alive, garbage collection "
        "off, from a Python mapping to the answer. Values have the types of the peer already, but for cel-python, which "
        "wraps them in its own with each call.",
        "",
        "### A table",
        "",
        *time_table(many, SQL.title, titles, 1e9 / rows, f"{rows:,} rows, complete unless stated | ns for a row"),
        "",
        "The table is in memory before (DuckDB's own, Polars' frame, numpy arrays with coded enumerations for OpenFisca, "
        "Arrow for the library); out comes the tier of every row, from the library also the tiers left, the status and "
        f"masks of the rules. DuckDB ran with 2 threads, Polars with its default; {repetitions} turns after one warm-up.",
    ]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the table that is timed")
    parser.add_argument("--repetitions", type=int, default=REPETITIONS, help="turns of every peer")
    parser.add_argument("--small", action="store_true", help="20,000 rows and 3 turns, and the page is left alone")
    parser.add_argument("--no-page", action="store_true", help="print the section, leave the page alone")
    parser.add_argument("--folder", help="where the generated files go; a temporary folder when left out")
    return parser.parse_args()


def main() -> None:
    options = parse()
    rows, repetitions = (20_000, 3) if options.small else (options.rows, options.repetitions)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        lines = measure(rows, repetitions, Path(folder))
    page.write("peers", "Beside other engines", lines, to_page=not (options.small or options.no_page))


if __name__ == "__main__":
    main()
