"""Decision records while writers are killed and disks are full, and what it costs to have them on the disk.

1. Writers, one or two processes of one or three threads, are killed (SIGKILL) at random moments; after each kill the
   store is opened, every acknowledged record is looked for, the chain is verified against every acknowledged head, and
   what was in flight is asked again under its key.
2. A disk of its own, of a few MiB, is filled (needs root; Linux): nothing acknowledged is lost, and it goes on when there is space.
3. System calls of a writer: nothing is acknowledged before the call that brings its record to the disk has returned
   (needs strace).
4. Records a second, from one thread and from several.

    python benchmarks/record_crashes.py [--kills 1000] [--seed 1] [--no-page]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import page

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cso_rules import determine, load_policy
from cso_rules.determination import Determination
from cso_rules.errors import RecordsError
from cso_rules.records.chain import Head
from cso_rules.records.store import RecordStore, open_records
from tests.record_crashes import ABOUT, Found, kills
from tests.recorded_decisions import personal_card

RECORDS, THREADS = 400, 16
TRACED = """
import os, sys
from cso_rules import determine, load_policy, open_records
decision = determine(load_policy(sys.argv[1], as_of="2024-06-01"), {"age": 12})
with open_records(sys.argv[2]) as store:
    for _ in range(20):
        told = store.append(decision, asked_by="desk 3", reason="x")
        os.write(1, b"acknowledged\\n")
"""


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount a disk of a size in memory for a while."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "records", str(folder)], check=True)  # noqa: S607
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)  # noqa: S607


def full_disk(folder: Path, decision: Determination) -> str:
    """Fill a disk, make space, and go on; several times."""
    told: list[Head] = []
    faults = 0
    with small_disk(folder / "small", "6m") as disk:
        (disk / "filler").write_bytes(bytes(4 << 20))
        store = open_records(disk / "decisions.db")
        for left in (3 << 20, 2 << 20, 1 << 20, 0):
            faults += filled(store, decision, told)
            with (disk / "filler").open("r+b") as filler:
                filler.truncate(left)
            found = store.verify(*told)
            assert found.is_sound, found.findings
            assert found.head.number == len(told)
        faults += filled(store, decision, told)
        store.close()
        with open_records(disk / "decisions.db") as again:
            assert again.verify(*told).is_sound
    return f"{len(told):,} records acknowledged, the disk full {faults} times, none lost, the chain sound each time"


def filled(store: RecordStore, decision: Determination, told: list[Head]) -> int:
    """Append until the disk is full."""
    while True:
        try:
            receipt = store.append(decision, **ABOUT)
        except RecordsError as error:
            if error.fault != "full":
                raise
            return 1
        told.append(Head(number=receipt.number, hash=receipt.hash))


def calls(folder: Path, card: Path) -> str:
    """Tell whether each acknowledgement came after a call that brings data to the disk, and nothing written since."""
    trace = folder / "trace"
    command = ["strace", "-f", "-y", "-o", str(trace), "-e", "trace=pwrite64,write,fsync,fdatasync"]
    script = [sys.executable, "-c", TRACED, str(card), str(folder / "traced.db")]
    subprocess.run([*command, *script], check=True, stdout=subprocess.DEVNULL)
    is_synced, told = False, 0
    for line in trace.read_text("utf-8", "replace").splitlines():
        if re.search(r"\bpwrite64\(\d+<[^>]*traced\.db-wal>", line):
            is_synced = False
        elif re.search(r"\b(fsync|fdatasync)\(\d+<[^>]*traced\.db-wal>\)\s*= 0", line):
            is_synced = True
        elif '"acknowledged' in line:
            assert is_synced, line
            told += 1
    assert told == 20
    return f"{told} of {told} acknowledgements after the log was brought to the disk"


def rate(folder: Path, decision: Determination, threads: int) -> float:
    """Return records a second."""
    with open_records(folder / f"rate-{threads}.db") as store:
        store.append(decision, **ABOUT)
        each = RECORDS // threads
        workers = [
            threading.Thread(target=lambda: [store.append(decision, **ABOUT) for _ in range(each)])
            for _ in range(threads)
        ]
        start = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return each * threads / (time.perf_counter() - start)


def lines_of(found: Found) -> list[str]:
    return [
        f"- {found.kills:,} kills of writers of {found.stores} stores: {found.acknowledged:,} records acknowledged, "
        f"of them {found.erasures:,} erasures; **{found.lost} lost**, {found.unerased} erased values left, "
        f"{found.unsound} times the chain was not sound.",
        f"- {found.unacknowledged:,} records were there although their writer died before it heard of it. "
        f"{found.retried:,} questions in flight were asked again under their key: {found.repeated:,} had been recorded "
        "and got their receipt, none was recorded twice.",
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-page", action="store_true")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="records"))
    try:
        (folder / "kills").mkdir()
        found = kills(folder / "kills", options.kills, options.seed)  # before any thread is started
        lines = lines_of(found)
        card = personal_card(folder)
        decision = determine(load_policy(card, as_of="2024-06-01"), {"age": 12})
        if os.geteuid() == 0 and sys.platform == "linux":
            lines.append(f"- A disk of 6 MiB: {full_disk(folder, decision)}.")
        if shutil.which("strace"):
            lines.append(f"- System calls: {calls(folder, card)}.")
        one, several = rate(folder, decision, 1), rate(folder, decision, THREADS)
        with open_records(folder / "rate-1.db") as store:
            size = len(store.record(1).text.encode())
        lines.append(
            f"- {one:,.0f} records a second from one thread, {several:,.0f} from {THREADS} that share commits "
            f"({several / one:.1f} times as many), of {size / 1000:.1f} kB each."
        )
    finally:
        shutil.rmtree(folder)
    page.write("record-crashes", "Decision records: kills, full disks, speed", lines, to_page=not options.no_page)
    sys.exit(bool(found.lost or found.unsound or found.unerased))


if __name__ == "__main__":
    main()
