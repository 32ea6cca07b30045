"""One application for a building permit: compiled rules against code written by hand, every value new in each record.

The rules are foreign to what the library was made for, and invented. Each turn decides applications that no turn before
has seen. `--cpu` measures the time of the processor instead of that of the clock, for a machine that others use too.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import page
import permit_open_python
import permit_python
import permit_records

from cso_rules.determination import Determination
from cso_rules.engine.determine import determine
from cso_rules.model.policy import Policy
from cso_rules.truth import Truth

EACH, CHECKED, REPETITIONS, MISSING = 1000, 2000, 15, 0.3
TARGETS = {"complete": (1.5, 1.0), "missing": (3.0, 2.0)}
"""How many times as long as code written by hand the library may take, and how many are hoped for."""
Given = list[dict[str, Any]]


def by_hand(given: Given) -> None:
    for facts in given:
        permit_python.decide(permit_python.Application(**facts))


def by_hand_from_objects(given: Sequence[permit_python.Application]) -> None:
    for application in given:
        permit_python.decide(application)


def by_hand_open(given: Given) -> None:
    for facts in given:
        permit_open_python.decide(permit_open_python.Application(**facts))


def by_library(policy: Policy, given: Given) -> None:
    for facts in given:
        read(determine(policy, facts))


def by_library_open(policy: Policy, given: Given, *, ask: bool) -> None:
    for facts in given:
        read_open(determine(policy, facts, ask=ask))


def read(found: Determination) -> None:
    """Read what the code written by hand returns when all is known."""
    for outcome in found.outcomes.values():
        _ = outcome.value, outcome.items
        for finding in outcome.findings:
            _ = finding.truth


def read_open(found: Determination) -> None:
    """Read what the code written by hand returns when facts are missing."""
    for outcome in found.outcomes.values():
        _ = outcome.possible, outcome.items
        for finding in outcome.findings:
            _ = finding.truth
    _ = found.missing_facts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-page", action="store_true", help="print the section, leave the page alone")
    parser.add_argument("--cpu", action="store_true", help="measure the time of the processor")
    parser.add_argument("--repetitions", type=int, default=REPETITIONS)
    options = parser.parse_args()
    policy = permit_records.rules()
    differing = check(policy)
    clock = time.process_time if options.cpu else time.perf_counter
    gc.disable()
    times = measure(policy, options.repetitions, clock)
    title = "One application for a building permit: every value new, against code written by hand"
    lines = report(policy, times, differing, cpu=options.cpu)
    page.write("permit-one", title, lines, "--cpu" if options.cpu else "", to_page=not options.no_page)


def measure(policy: Policy, repetitions: int, clock: Callable[[], float]) -> dict[str, list[float]]:
    """Return the seconds of each task in each turn; two turns before the first are not counted."""
    found: dict[str, list[float]] = {}
    for turn in range(-2, repetitions):
        tasks = list(tasks_of(policy, turn).items())
        for name, task in tasks if turn % 2 == 0 else tasks[::-1]:
            start = clock()
            task()
            if turn >= 0:
                found.setdefault(name, []).append(clock() - start)
        gc.collect()
    return found


def tasks_of(policy: Policy, turn: int) -> dict[str, Callable[[], None]]:
    """Return the tasks of a turn; by hand and library have the same applications, without questions others."""
    complete = permit_records.applications(EACH, 0, seed=permit_records.SEED + 2 * turn + 10)
    missing = permit_records.applications(EACH, MISSING, seed=permit_records.SEED + 2 * turn + 11)
    others = permit_records.applications(EACH, MISSING, seed=permit_records.SEED + 2 * turn + 1011)
    objects = [permit_python.Application(**facts) for facts in complete]
    return {
        "objects": lambda: by_hand_from_objects(objects),
        "hand": lambda: by_hand(complete),
        "library": lambda: by_library(policy, complete),
        "hand open": lambda: by_hand_open(missing),
        "library open": lambda: by_library_open(policy, missing, ask=True),
        "library not asking": lambda: by_library_open(policy, others, ask=False),
    }


# ------------------------------------------------------------------------------------------------ what they say


@attrs.frozen
class Differing:
    """Decisions of records with missing facts in which the code written by hand says less than the library."""

    decisions: int
    open_in_vain: int
    asked_in_vain: int


def check(policy: Policy) -> Differing:
    """Stop unless complete records have the same answers, and open ones none that contradicts the other."""
    for facts in permit_records.applications(CHECKED, 0):
        one, two = permit_python.decide(permit_python.Application(**facts)), determine(policy, facts)
        for name, answer in one.items():
            items = tuple((row, tuple(columns.values())) for row, columns in answer.items)
            expected = (_task_names(name, answer.value), items, answer.rules)
            if expected != _said(two, name):
                sys.exit(f"{name} differs: {facts} {expected} {_said(two, name)}")
    counts = [0, 0, 0]
    for facts in permit_records.applications(CHECKED, MISSING):
        for place, found in enumerate(_compared(policy, facts)):
            counts[place] += found
    return Differing(*counts)


def _said(found: Determination, name: str) -> tuple[object, object, Mapping[str, bool]]:
    outcome = found[name]
    items = tuple((rule.id, tuple(columns.values())) for rule, columns, _ in outcome.items)
    value: object = outcome.value
    if isinstance(value, frozenset):
        value = frozenset(item.split("/")[0] for item in value)
    return value, items, {finding.rule.id: finding.truth is Truth.TRUE for finding in outcome.findings}


def _task_names(name: str, value: object) -> object:
    return frozenset(value) if name == "tasks" and isinstance(value, frozenset) else value


def _compared(policy: Policy, facts: dict[str, Any]) -> tuple[int, int, int]:
    """Return how many decisions there are, are left open in vain by hand, and ask for a fact in vain."""
    answers, _ = permit_open_python.decide(permit_open_python.Application(**facts))
    found, wider, vain = determine(policy, facts), 0, 0
    for name, answer in answers.items():
        outcome = found[name]
        mine = [str(value).split("/")[0] for value in outcome.possible]
        theirs = [str(value) for value in answer.possible]
        asked = {fact.name for fact in found.missing_facts if name in fact.settles}
        if not set(mine) <= set(theirs) or not asked <= set(answer.missing):
            sys.exit(f"{name}: the library says more than {facts}: {mine} {theirs} {asked} {answer.missing}")
        for finding in outcome.findings:
            truth = answer.rules[finding.rule.id]
            if truth is not None and truth is not (finding.truth is Truth.TRUE):
                sys.exit(f"{name}/{finding.rule.id} differs: {facts} {truth} {finding.truth}")
        wider += len(mine) < len(theirs)
        vain += asked < set(answer.missing)
    return len(answers), wider, vain


# ------------------------------------------------------------------------------------------------ the page


def report(policy: Policy, times: Mapping[str, list[float]], differing: Differing, *, cpu: bool) -> list[str]:
    each = {name: page.middle(found) / EACH * 1e6 for name, found in times.items()}
    rules = sum(len(decision.rules) for decision in policy.decisions.values() if hasattr(decision, "rules"))
    return [
        f"`benchmarks/packages/building_permit`: {len(policy.facts)} facts, {len(policy.decisions)} decisions, {rules} "
        "rules, all invented: a first-hit table, criteria, a `unique` table and a list. Each turn decides "
        f"{EACH:,} applications that no turn before has seen, with numbers, sums, dates and sets drawn anew. From a "
        "mapping of typed values to every decision, item and rule truth, all of it read. "
        f"{CHECKED:,} complete records had the same answers by hand.",
        "",
        "| | µs for one | ratio |",
        "|---|---:|---|",
        f"| all facts known, by hand: `permit_python.py`, nothing checked | {each['hand']:.2f} | 1 |",
        f"| by hand, from objects made before | {each['objects']:.2f} | {each['objects'] / each['hand']:.2f} |",
        f"| `determine`, every fact checked, everything read | {each['library']:.2f} | "
        f"{_ratio(times, 'library', 'hand', TARGETS['complete'])} |",
        f"| {MISSING:.0%} of the facts missing, by hand: `permit_open_python.py`, with the facts to ask for | "
        f"{each['hand open']:.2f} | 1 |",
        f"| `determine`, everything read, and the facts to ask for | {each['library open']:.2f} | "
        f"{_ratio(times, 'library open', 'hand open', TARGETS['missing'])} |",
        f"| the same without the facts to ask for | {each['library not asking']:.2f} | "
        f"{_ratio(times, 'library not asking', 'hand open', None)} |",
        "",
        f"{len(times['hand'])} turns in alternating order, {'time of the processor' if cpu else 'time of the clock'}, "
        "collection of garbage off. Of "
        f"{differing.decisions:,} decisions about records with missing facts the code written by hand names answers "
        f"that are not possible in {differing.open_in_vain:,} and asks for a fact in vain in "
        f"{differing.asked_in_vain:,}; it contradicts the library in none.",
    ]


def _ratio(times: Mapping[str, list[float]], one: str, two: str, targets: tuple[float, float] | None) -> str:
    single = [left / right for left, right in zip(times[one], times[two], strict=True)]
    found = page.middle(single)
    turns = f"single turns {min(single):.2f} to {max(single):.2f}"
    if targets is None:
        return f"{found:.2f}; {turns}"
    hoped = "met" if found <= targets[1] else "missed"
    return f"{page.verdict(found, targets[0])}, hoped for {targets[1]:g}: {hoped}; {turns}"


if __name__ == "__main__":
    main()
