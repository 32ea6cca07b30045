"""What to ask next in a list of a county: seconds of the whole command, and of the search in it.

`python benchmarks/ask_next.py --small` runs it on few rows and leaves the page as it is.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import page
import population

from cso_rules.determination import Determination, Status
from cso_rules.engine.cache import load_policy
from cso_rules.engine.determine import determine
from cso_rules.engine.facts import domains
from cso_rules.errors import FactsError
from cso_rules.model.policy import Policy
from cso_rules.model.types import Value
from cso_rules.studies.ask_next.ranking import AskNext, OpenRecord, ask_next
from cso_rules.studies.completions import atoms_of, representatives
from cso_rules.tables.answer.rows import Answered, answers
from cso_rules.tables.read.columns import is_known_heading, map_columns
from cso_rules.tables.read.sheets import read_sheet

SHARES, ROWS, REPETITIONS = (0.05, 0.2, 0.4), 2_500, 5
SMALL_ROWS = 60
CHECKED, MOST, WISHED = 40, 60, 15
COMMAND = "from cso_rules.interfaces.cli import main; main()"

Found = list[tuple[int, str, str, Determination]]


def answered(policy: Policy, source: Path) -> Found:
    """Return the answers about the organizations of a table, as the command has them before it searches."""
    sheet = read_sheet(str(source), is_known_heading(policy))
    items = answers(lambda _: policy, sheet, map_columns(sheet.header, policy), ask=False)
    return [(item.number, item.id, item.name, item.determination) for item in items if isinstance(item, Answered)]


def check(policy: Policy, records: Found, result: AskNext) -> int:
    """Stop unless what single facts settle is what `determine` says with each value; return how often it was asked."""
    part, asked = policy.part(["tier"]), 0
    by_number = {number: dict(found.facts) for number, _, _, found in records}
    for record in result.records[:: max(1, len(result.records) // CHECKED)]:
        for name in record.need.missing:
            tried = [is_settled(part, given) for given in completions(part, by_number[record.number], name)]
            known = [settled for settled in tried if settled is not None]
            _compare(record, name, sure=all(known), possible=any(known))
            asked += len(tried)
    return asked


def _compare(record: OpenRecord, name: str, *, sure: bool, possible: bool) -> None:
    if (name in record.need.settling, name in record.need.hopeful) != (sure, possible):
        sys.exit(f"row {record.number}, {name}: settles {sure}, may settle {possible} when every value is tried")


def completions(policy: Policy, facts: dict[str, Value], name: str) -> list[dict[str, Value]]:
    kind, known = policy.facts[name].type, domains(policy, facts)[1]
    values = (kind.decode(each) for each in representatives(kind, name, atoms_of(policy, "tier"), known))
    return [{**facts, name: value} for value in values if value is not None]


def is_settled(policy: Policy, facts: dict[str, Value]) -> bool | None:
    """Tell whether facts settle the tier; None when they contradict one another."""
    try:
        return determine(policy, facts, ask=False)["tier"].status is not Status.UNDETERMINED
    except FactsError:
        return None


def whole_command(source: Path) -> float:
    """Return the seconds of the command in a process of its own; a problem with the list stops the run."""
    options = ["--as-of", population.AS_OF.isoformat(), "--jurisdiction", "cn", "--format", "json"]
    command = [sys.executable, "-c", COMMAND, "ask-next", str(source), *options, "-o", str(source.with_suffix(".json"))]
    return page.seconds(partial(subprocess.run, command, check=True, capture_output=True))


def measured(policy: Policy, share: float, rows: int, turns: int, folder: Path) -> tuple[str, int, float]:
    """Return a line of the table, how many answers were checked, and the seconds of the command."""
    source = folder / f"{share}.csv"
    population.write_csv(source, policy, rows, missing=share)
    given = answered(policy, source)
    result = ask_next(given, policy)
    asked = check(policy, given, result)
    times = page.alternate(
        [
            ("command", partial(whole_command, source)),
            ("search", partial(page.seconds, partial(ask_next, given, policy))),
        ],
        turns,
    )
    found = json.loads(source.with_suffix(".json").read_text(encoding="utf-8"))
    assert (found["answered"], found["open"]) == (rows, len(result.records))
    whole, search = times["command"], page.middle(times["search"])
    line = (
        f"| {share:.0%} | {len(result.records):,} | {result.inexact} | {page.middle(whole):.1f} "
        f"({min(whole):.1f} to {max(whole):.1f}) | {search:.1f} |"
    )
    return line, asked, page.middle(whole)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="few rows, one turn; the page is not written")
    is_small = parser.parse_args().small
    rows, turns = (SMALL_ROWS, 1) if is_small else (ROWS, REPETITIONS)
    policy = load_policy("cn", as_of=population.AS_OF)
    lines, checked, last = [], 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        for share in SHARES:
            line, asked, last = measured(policy, share, rows, turns, Path(folder))
            lines.append(line)
            checked += asked
    text = [
        f"{rows:,} generated organizations (`benchmarks/population.py`, seed {population.SEED}) as CSV with Chinese headings, "
        f"rules of {population.AS_OF}; `cso-rules ask-next --format json` in a process of its own, from start to end, and the search "
        "alone, in one process that holds the answers and remembers nothing of the search before.",
        "",
        "| cells left blank | open records | of these not searched to the end | whole command, s | search, s |",
        "|---:|---:|---:|---:|---:|",
        *lines,
        "",
        f"Seconds of the command with {SHARES[-1]:.0%} blank: {page.verdict(last, MOST)}; wished: at most {WISHED}. {turns} turns. "
        f"Before anything was timed, {checked:,} answers of `determine`, each with one more fact, agreed with what was "
        "said of that fact.",
    ]
    page.write("ask-next", "What to ask next", text, to_page=not is_small)


if __name__ == "__main__":
    main()
