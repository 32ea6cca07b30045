"""100,000 generated organizations, every second one with holes: one body for one act, no citation of an idle rule.

Each is answered in one of the readings of the open texts, under the national rules of several days and those of every
shipped place. Which rules decide is worked out here with the reference interpreter, not asked of the answer. Counts are
printed by decision, with the first example of each; any finding ends the script with 1.
"""

from __future__ import annotations

import argparse
import datetime
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from textwrap import shorten

import attrs

from cso_rules import determine
from cso_rules.determination import Determination
from cso_rules.engine.cache import load_policy
from cso_rules.loader.packages import neighbours, package_path
from cso_rules.model.policy import Policy

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # generator and checks are shared with the tests
from tests.consistent_answers import Citations, bodies, disagreements
from tests.generated_organizations import Generator, Organization

ORGANIZATIONS, SEED = 100_000, 20171227
SHORT, LONG = 300, 600
DAYS = tuple(
    datetime.date(*day)
    for day in [(2012, 5, 10), (2016, 10, 1), (2018, 6, 1), (2020, 12, 31), (2022, 7, 1), (2024, 10, 1), (2026, 2, 1)]
)
LOCAL_DAYS = (DAYS[0], DAYS[4])


@attrs.define
class Counts:
    """What was compared and found."""

    organizations: Counter[str] = attrs.field(factory=Counter)
    compared: Counter[str] = attrs.field(factory=Counter)
    apart: Counter[str] = attrs.field(factory=Counter)
    idle: Counter[str] = attrs.field(factory=Counter)
    examples: dict[str, str] = attrs.field(factory=dict)

    def add(self, made: Organization, found: Determination, citations: Citations) -> None:
        self.organizations["complete" if made.is_complete else "with holes"] += 1
        self.compared.update({act: len(said) > 1 for act, said in bodies(found).items()})
        for difference in disagreements(found):
            self._count(self.apart, difference.partition(":")[0], difference, found)
        for name, provisions in _by_decision(citations.idle(found)).items():
            self._count(self.idle, name, ", ".join(provisions), found)

    def _count(self, counter: Counter[str], key: str, what: str, found: Determination) -> None:
        counter[key] += 1
        if key not in self.examples:
            read = set(found.policy.cone(key)) if key in found.outcomes else found.facts.keys()
            facts = {name: value for name, value in found.facts.items() if name in read}
            self.examples[key] = (
                f"{shorten(what, SHORT)}\n    {found.policy.id} {found.as_of} {shorten(str(facts), LONG)}"
            )


def _by_decision(found: list[tuple[str, tuple[str, str]]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, (instrument, provision) in found:
        grouped.setdefault(name, []).append(f"{instrument} {provision}")
    return grouped


def policies() -> Iterator[Policy]:
    national = package_path("cn")
    for day in DAYS:
        yield load_policy(national, as_of=day)
    for path in neighbours(national):
        for day in LOCAL_DAYS:
            yield load_policy(path, as_of=day)


def check(wanted: int) -> Counts:
    """Ask the same number of organizations of each policy, one policy after the other."""
    counts, sources = Counts(), list(policies())
    shares = [wanted // len(sources) + (place < wanted % len(sources)) for place in range(len(sources))]
    for policy, share in zip(sources, shares, strict=True):
        citations = Citations.of(policy)
        for made in islice(Generator.of(policy).organizations(SEED), share):
            counts.add(made, determine(policy, made.facts, readings=made.readings, ask=False), citations)
        print(f"{counts.organizations.total():,} of {wanted:,}", file=sys.stderr, flush=True)
    return counts


def show(title: str, counter: Counter[str], examples: dict[str, str]) -> None:
    print(f"{title}: {sum(counter.values()):,}")
    for name, number in counter.most_common():
        print(f"  {name}: {number:,}, first: {examples[name]}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--organizations", type=int, default=ORGANIZATIONS)
    wanted = parser.parse_args().organizations
    start = time.perf_counter()
    counts = check(wanted)
    print(
        f"seed {SEED}, {time.perf_counter() - start:,.0f} s, "
        + ", ".join(f"{n:,} {k}" for k, n in counts.organizations.items())
    )
    print("compared by act: " + ", ".join(f"{act} {number:,}" for act, number in counts.compared.items()))
    show("answers in which decisions name different bodies", counts.apart, counts.examples)
    show("answers that cite a provision whose rule does not decide", counts.idle, counts.examples)
    return 1 if counts.apart or counts.idle else 0


if __name__ == "__main__":
    sys.exit(main())
