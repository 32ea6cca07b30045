"""Writers of records that are killed in the middle of it, again and again, and what is left of what they acknowledged.

The writers are forked from a process that has loaded everything and has no store open, so that a round takes little.
Each says over a pipe what was acknowledged to it; what is on the way when it dies is not acknowledged.
"""

import datetime
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import attrs

from cso_rules import Policy, determine, load_policy
from cso_rules.records.chain import Head
from cso_rules.records.store import RecordStore, open_records
from tests.recorded_decisions import personal_card

ABOUT: dict[str, Any] = {"asked_by": "desk 3", "reason": "a question"}
LONGEST = 0.3
"""Seconds that writers live, at most."""
ROUNDS_OF_A_STORE = 40
ERASED_EVERY = 4


@attrs.define
class Found:
    """What was found after the kills.

    Attributes:
        kills: How often a writer was killed.
        acknowledged: How many records were acknowledged to writers.
        lost: How many of those are not there afterwards, as they were.
        unacknowledged: How many are there although the writer died before it heard of it.
        retried: How many questions in flight were asked again; `repeated` of them had been recorded already.
        erasures: How many erasures were acknowledged.
        unerased: How many values are there although their erasure was acknowledged.
        unsound: How many times the chain did not verify.
        stores: How many stores were begun.
    """

    kills: int = 0
    acknowledged: int = 0
    lost: int = 0
    unacknowledged: int = 0
    retried: int = 0
    repeated: int = 0
    erasures: int = 0
    unerased: int = 0
    unsound: int = 0
    stores: int = 0


def write(path: Path, policy: Policy, name: str, pipe: int, threads: int) -> None:
    """Append until killed, and say what was acknowledged."""
    store = open_records(path)

    def work(thread: int) -> None:
        number = 0
        while True:
            number += 1
            key = f"{name}-{thread}-{number}"
            decision = determine(policy, {"age": number % 100, "overdue_items": thread})
            told = store.append(decision, **ABOUT, key=key)
            os.write(pipe, json.dumps(["kept", key, told.number, told.id, told.hash]).encode() + b"\n")
            if number % ERASED_EVERY == 0:
                erasure = store.erase(told.id, **ABOUT)
                os.write(
                    pipe, json.dumps(["erased", told.id, erasure.number, erasure.id, erasure.hash]).encode() + b"\n"
                )

    others = [threading.Thread(target=work, args=(each,)) for each in range(1, threads)]
    for other in others:
        other.start()
    work(0)


def one_round(path: Path, policy: Policy, name: str, chance: random.Random) -> tuple[list[list[Any]], int]:
    """Let some writers begin, kill them at some moment, and return what they said and how many were killed."""
    reading, writing = os.pipe()
    writers = []
    for number in range(chance.choice([1, 1, 2])):
        process = os.fork()
        if process == 0:
            try:
                os.close(reading)
                write(path, policy, f"{name}-{number}", writing, chance.choice([1, 3]))
            finally:
                os._exit(70)
        writers.append(process)
    os.close(writing)
    time.sleep(chance.random() * LONGEST)
    for process in writers:
        os.kill(process, signal.SIGKILL)
    ends = [os.WEXITSTATUS(status) for _, status in (os.waitpid(each, 0) for each in writers) if os.WIFEXITED(status)]
    assert ends == [], "a writer ended by itself"
    with os.fdopen(reading, "rb") as pipe:
        return [json.loads(line) for line in pipe.read().splitlines()], len(writers)


@attrs.define
class Watched:
    """A store, with what was acknowledged about it."""

    path: Path
    policy: Policy
    found: Found
    told: dict[str, tuple[int, str]] = attrs.field(factory=dict)
    erased: set[str] = attrs.field(factory=set)
    known: int = 0

    def take(self, said: list[list[Any]], name: str) -> None:
        """Look at the store after a kill."""
        last: dict[str, int] = {}
        for kind, what, number, record, digest in said:
            self.told[record] = (number, digest)
            self.found.acknowledged += 1
            if kind == "erased":
                self.erased.add(what)
                self.found.erasures += 1
            else:
                writer, _, count = what.rpartition("-")
                last[writer] = max(last.get(writer, 0), int(count))
        with open_records(self.path) as store:
            self._look(store, len(said))
            self._ask_again(store, last or {f"{name}-0-0": 0})

    def _look(self, store: RecordStore, said: int) -> None:
        there = {record.id: (record.number, record.hash) for record in store.records()}
        self.found.lost += sum(there.get(record) != found for record, found in self.told.items())
        self.found.unacknowledged += len(there) - self.known - said
        heads = [Head(number=number, hash=digest) for number, digest in self.told.values()]
        self.found.unsound += not store.verify(*heads).is_sound
        self.found.unerased += sum(bool(store.kept(record)) for record in self.erased)

    def _ask_again(self, store: RecordStore, last: dict[str, int]) -> None:
        """Ask what was in flight again, under the same key; what was recorded must not be recorded twice."""
        for writer, number in last.items():
            facts = {"age": (number + 1) % 100, "overdue_items": int(writer.rpartition("-")[2])}
            told = store.append(determine(self.policy, facts), **ABOUT, key=f"{writer}-{number + 1}")
            self.told[told.id] = (told.number, told.hash)
            self.found.retried += 1
            self.found.repeated += not told.is_new
        self.known = store.head().number
        self.found.unsound += not store.verify().is_sound


def kills(folder: Path, times: int, seed: int) -> Found:
    """Kill writers some times, and return what was found."""
    policy = load_policy(personal_card(folder), as_of=datetime.date(2024, 6, 1))
    determine(policy, {"age": 1})
    chance, found, rounds = random.Random(seed), Found(), 0  # noqa: S311 - moments, not secrets
    watched = Watched(folder / "decisions-0.db", policy, found)
    while found.kills < times:
        if rounds % ROUNDS_OF_A_STORE == 0:
            watched = Watched(folder / f"decisions-{rounds}.db", policy, found)
            found.stores += 1
        rounds += 1
        said, killed = one_round(watched.path, policy, str(rounds), chance)
        found.kills += killed
        watched.take(said, str(rounds))
    return found


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="records"))
    try:
        found = kills(folder, int(sys.argv[1]), int(sys.argv[2]))
        sys.stdout.write(json.dumps(attrs.asdict(found)))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
