"""The bundle of everything: how large it is, how long it takes, and whether it answers as the rule files do.

Builds the bundle of a package with all places and periods, or takes one that was built, and prints its sizes: the kept
plans alone, what is left when equal parts stand once, and the file. Then a process that opens it and one that takes its
policy from a warm cache answer their first record, each in a process of its own. Last, generated organizations are
asked on a day of every period of some places, at its ends or in it: of the rule files, of the bundle, and of the walker
in JavaScript with the plan of the period, which needs Node.js. Compared are answers, missing facts, deciding rules, and
of a part citations, sentences and gaps.

    python benchmarks/bundle.py [FILE] [--count 20000] [--seed 0] [--places 11,31] [--since 2018-01-01] [--compare-alone]
"""

from __future__ import annotations

import argparse
import datetime
import itertools
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cso_rules.bundle.build import build_bundle
from cso_rules.bundle.opened import Bundle, load_bundle
from tests.bundle_answers import differences, followed_differences
from tests.javascript_walker import walker

OTHERS = ("area", "community", "authority")
OF_OTHERS = 8
"""For so many organizations there is one of an entity of another kind."""
TEN = ("11", "31", "3210", "3301", "37", "4103", "4403", "50", "5101", "640502")
OPEN = datetime.timedelta(days=5000)
STARTS = 5
PLACE, DAY = "4403", "2026-03-01"
TIMED = """
import time
start = time.process_time()
{opening}
opened = time.process_time()
{answering}
print(opened - start, time.process_time() - opened)
"""
OF_BUNDLE = f"""
from cso_rules import load_bundle
bundle = load_bundle({{path!r}})
policy = bundle.policy(as_of={DAY!r}, jurisdiction={PLACE!r})
"""
OF_CACHE = f"""
from cso_rules import load_policy
policy = load_policy("cn", as_of={DAY!r}, jurisdiction={PLACE!r})
"""
ANSWER = """
from cso_rules import determine
assert determine(policy, {"individual_members": 60}).missing_facts
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--places", default=",".join(TEN))
    parser.add_argument("--since", type=datetime.date.fromisoformat, default=datetime.date.min)
    parser.add_argument("--compare-alone", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.file or built(Path(folder) / "cn.bundle")
        bundle = load_bundle(path)
        if not options.compare_alone:
            print_sizes(bundle, path)
            print_starts(path)
        sys.exit(compare(bundle, options))


def built(path: Path) -> Path:
    start = time.process_time()
    path.write_bytes(build_bundle("cn").data)
    print(f"built in {time.process_time() - start:.0f} s of one core")
    return path


def periods(bundle: Bundle) -> Iterator[tuple[str, datetime.date, str]]:
    for place, found in bundle.content["places"].items():
        for period in found:
            yield from ((place, datetime.date.fromisoformat(period["from"]), entity) for entity in period["about"])


def print_sizes(bundle: Bundle, path: Path) -> None:
    found = list(periods(bundle))
    raw = sum(
        len(bundle.kept_plan(as_of=day, jurisdiction=place, entity=entity).encode()) for place, day, entity in found
    )
    shared, file = len(bundle.container.content), path.stat().st_size
    print(
        f"{len(bundle.places)} places, {sum(map(len, bundle.content['places'].values()))} periods, {len(found)} policies"
    )
    print(f"kept plans {raw:,} bytes; shared, with policies {shared:,}; file {file:,}")


def print_starts(path: Path) -> None:
    for name, opening in (("bundle", OF_BUNDLE.format(path=str(path))), ("warm cache", OF_CACHE)):
        with tempfile.TemporaryDirectory() as cache:
            times = [timed(opening, cache) for _ in range(STARTS + 1)][1:]  # the first one fills the cache
        load, answer = (statistics.median(part) for part in zip(*times, strict=True))
        print(f"{name}: policy after {load * 1000:.0f} ms, first answer {answer * 1000:.0f} ms later, of one core")


def timed(opening: str, cache: str) -> tuple[float, float]:
    script = TIMED.format(opening=opening, answering=ANSWER)
    environment = os.environ | {"CSO_RULES_CACHE": cache}
    found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, env=environment)
    load, answer = map(float, found.stdout.split())
    return load, answer


def compare(bundle: Bundle, options: argparse.Namespace) -> int:
    """Print every difference, and how many there were; return 1 where there is one."""
    chance, seed = random.Random(options.seed), options.seed
    places = options.places.split(",")
    days = {place: list(days_in(bundle, place, options.since, chance)) for place in places}
    number = sum(map(len, days.values()))
    each, asked, wrong = -(-options.count // number), 0, 0
    with walker() as walked:
        for place, own in days.items():
            for turn, day in enumerate(own):
                other = OTHERS[turn % len(OTHERS)]
                for entity, many in (("organization", each - each // OF_OTHERS), (other, each // OF_OTHERS)):
                    found = itertools.chain(
                        differences(bundle, place, day, entity, many, seed),
                        followed_differences(walked, bundle, place, day, entity, many, seed),
                    )
                    for what, _ in found:
                        wrong += 1
                        print(f"differs: {what}", flush=True)
                    asked += many
            print(f"{place}: {len(own)} periods; {asked} asked so far, {wrong} differences", flush=True)
    print(
        f"{asked} generated organizations asked of rule files, bundle and walker, on a day of each of {number} periods"
        f" of {len(places)} places: {wrong} differences"
    )
    return 1 if wrong else 0


def days_in(bundle: Bundle, place: str, since: datetime.date, chance: random.Random) -> Iterator[datetime.date]:
    """Yield a day of every period of a place that begins on a day or later: its first, its last, or one between."""
    for period in bundle.content["places"][place]:
        first = datetime.date.fromisoformat(period["from"])
        if first < since:
            continue
        until = datetime.date.fromisoformat(period["until"]) if period["until"] else first + OPEN
        last = until - datetime.timedelta(days=1)
        yield chance.choice([first, last, first + datetime.timedelta(days=chance.randint(0, (last - first).days))])


if __name__ == "__main__":
    main()
