"""The bundle of everything: how large it is, how long it takes, and whether it answers as the rule files do.

Builds the bundle of a package with all places and periods, or takes one that was built, and prints its sizes: the kept
plans alone, what is left when equal parts stand once, and the file. Then a process that opens it and one that takes its
policy from a warm cache answer their first record, each in a process of its own. Last, generated organizations are
asked of both at the ends of periods and in them.

    python benchmarks/bundle.py [FILE] [--count 2000] [--seed 0]
"""

from __future__ import annotations

import argparse
import datetime
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
from tests.bundle_answers import days_of, differences

EACH = 10
"""Organizations on one day of one place."""
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
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.file or built(Path(folder) / "cn.bundle")
        bundle = load_bundle(path)
        print_sizes(bundle, path)
        print_starts(path)
        sys.exit(compare(bundle, options.count, options.seed))


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
        times = [timed(opening) for _ in range(STARTS + 1)][1:]  # the first one fills the cache
        load, answer = (statistics.median(part) for part in zip(*times, strict=True))
        print(f"{name}: policy after {load * 1000:.0f} ms, first answer {answer * 1000:.0f} ms later, of one core")


def timed(opening: str) -> tuple[float, float]:
    script = TIMED.format(opening=opening, answering=ANSWER)
    found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, env=os.environ)
    load, answer = map(float, found.stdout.split())
    return load, answer


def compare(bundle: Bundle, count: int, seed: int) -> int:
    chance = random.Random(seed)
    asked = wrong = 0
    while asked < count:
        place = chance.choice(bundle.places)
        day = chance.choice(days_of(bundle, place, chance))
        entity = chance.choice(["organization", "organization", "organization", "area", "community", "authority"])
        for what, _ in differences(bundle, place, day, entity, EACH, seed):
            wrong += 1
            print(f"differs: {what}")
        asked += EACH
    print(f"{asked} generated organizations asked of bundle and rule files: {wrong} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    main()
