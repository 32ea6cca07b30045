"""A peer in a process of its own: it reads organizations from a file, and commands from its standard input.

`answers` prints what the peer says about each organization; `time N` decides the first N and prints the seconds.
"""

from __future__ import annotations

import gc
import importlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

MODULE, VARIANT, SOURCE = sys.argv[1:4]
MOST = 4000
"""Characters of a message that are kept."""


def caught(decide: Callable[[Any], Any], record: Any) -> Any:
    try:
        return decide(record)
    except Exception as error:  # noqa: BLE001 - whatever a peer throws is the finding
        return {"threw": f"{type(error).__name__}: {error}"[:MOST]}


def one_by_one(peer: Any) -> tuple[Callable[[], list[Any]], Callable[[int], object]]:
    """Return what answers every organization and what decides so many of them, one at a time."""
    decide = peer.prepare(VARIANT)
    show = peer.shown(VARIANT, decide) if hasattr(peer, "shown") else decide
    records = [peer.read(each) if hasattr(peer, "read") else each for each in map(json.loads, lines())]

    def run(count: int) -> None:
        for record in records[:count]:
            decide(record)

    return lambda: [caught(show, record) for record in records], run


def lines() -> Iterator[str]:
    yield from Path(SOURCE).read_text(encoding="utf-8").splitlines()


def main() -> None:
    peer = importlib.import_module(MODULE)
    if SOURCE.endswith(".parquet"):
        answers, run = peer.prepare_table(VARIANT, SOURCE)
    else:
        answers, run = one_by_one(peer)
    out, sys.stdout = sys.stdout, sys.stderr
    gc.collect()
    gc.disable()
    print(json.dumps({"ready": True}), file=out, flush=True)
    for line in sys.stdin:
        command, *counts = line.split()
        if command == "answers":
            found: Any = answers()
        else:
            start = time.perf_counter()
            run(*map(int, counts))
            found = time.perf_counter() - start
        print(json.dumps(found), file=out, flush=True)
        gc.collect()


if __name__ == "__main__":
    main()
