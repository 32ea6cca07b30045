"""No acknowledged record is lost when a writer is killed, when the disk is full, and when it fails."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cso_rules import Policy, determine
from cso_rules.determination import Determination
from cso_rules.errors import RecordsError
from cso_rules.records.database import Session
from cso_rules.records.store import RecordStore, open_records

ROOT = Path(__file__).parents[2]
ABOUT: dict[str, Any] = {"asked_by": "desk 3", "reason": "a question"}
SMALL_DISK = """
import resource, signal, sys
from cso_rules import determine, errors, load_policy, open_records
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
policy = load_policy(sys.argv[1], as_of="2024-06-01")
with open_records(sys.argv[2]) as store:
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
    for _ in range(1000):
        try:
            print(store.append(determine(policy, {"age": 12}), asked_by="desk 3", reason="x").hash, flush=True)
        except errors.RecordsError as error:
            print(error.fault, flush=True)
            if error.fault == "stopped":
                break
"""


@pytest.fixture
def decision(policy: Policy) -> Determination:
    return determine(policy, {"age": 12})


def fault_of(store: RecordStore, decision: Determination) -> str:
    with pytest.raises(RecordsError) as caught:
        store.append(decision, **ABOUT)
    assert caught.value.in_language("zh")
    return caught.value.fault


def test_nothing_acknowledged_is_lost_when_writers_are_killed() -> None:
    command = [sys.executable, "-c", "import sys; from tests.record_crashes import main; main()", "20", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["kills"] >= 20
    assert found["retried"] >= 10
    assert {name: found[name] for name in ("lost", "unsound", "unerased")} == {"lost": 0, "unsound": 0, "unerased": 0}


def test_nothing_acknowledged_is_lost_on_a_full_disk_and_it_goes_on_when_there_is_space(
    store: RecordStore, decision: Determination
) -> None:
    told = [store.append(decision, **ABOUT) for _ in range(3)]
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages + 20}")
    fault = ""
    while not fault:
        try:
            told.append(store.append(decision, **ABOUT))
        except RecordsError as error:
            fault = error.fault
    assert fault == "full"
    found = store.verify()
    assert (found.is_sound, found.head.number, found.head.hash) == (True, len(told), told[-1].hash)
    assert store.append(decision, **ABOUT).number == len(told) + 1
    assert [record.hash for record in store.records()][:-1] == [receipt.hash for receipt in told]


def test_after_an_error_of_the_disk_nothing_is_recorded_until_the_store_is_opened_anew(
    card: Path, tmp_path: Path, decision: Determination
) -> None:
    path = tmp_path / "decisions.db"
    command = [sys.executable, "-c", SMALL_DISK, str(card), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    *told, fault, after = done.stdout.split()
    assert (fault, after) == ("failed", "stopped")
    assert len(told) > 3
    with open_records(path) as store:
        assert store.verify().is_sound
        assert [record.hash for record in store.records()][: len(told)] == told
        assert store.append(decision, **ABOUT).number in {len(told) + 1, len(told) + 2}


@pytest.mark.parametrize(
    ("code", "fault", "goes_on"),
    [
        (sqlite3.SQLITE_IOERR_FSYNC, "failed", False),
        (sqlite3.SQLITE_IOERR_WRITE, "failed", False),
        (sqlite3.SQLITE_CORRUPT, "failed", False),
        (sqlite3.SQLITE_FULL, "full", True),
        (sqlite3.SQLITE_BUSY, "busy", True),
        (sqlite3.SQLITE_READONLY, "unreachable", True),
    ],
)
def test_what_an_error_at_the_commit_means(
    store: RecordStore,
    decision: Determination,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    fault: str,
    *,
    goes_on: bool,
) -> None:
    first = store.append(decision, **ABOUT)

    def failing(session: Session, statement: str, *values: Any) -> None:
        if statement == "COMMIT":
            error = sqlite3.OperationalError("as the disk said")
            error.sqlite_errorcode = code
            raise error
        do(session, statement, *values)

    do = Session.do
    with monkeypatch.context() as patch:
        patch.setattr(Session, "do", failing)
        assert fault_of(store, decision) == fault
    if not goes_on:
        assert fault_of(store, decision) == "stopped"
    with open_records(store.place) as again:
        assert (again.head().number, again.verify().is_sound) == (first.number, True)
        assert again.append(decision, **ABOUT).number == 2
    if goes_on:
        assert store.append(decision, **ABOUT).number == 3


def test_another_writer_that_does_not_end_is_not_waited_for_for_ever(
    store: RecordStore, decision: Determination, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cso_rules.records.sqlite_database.PATIENCE", 0.05)
    store.close()
    other = sqlite3.connect(tmp_path / "decisions.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert fault_of(store, decision) == "busy"
    other.execute("ROLLBACK")
    other.close()
    assert store.append(decision, **ABOUT).number == 1


def test_an_interruption_of_one_thread_leaves_nothing_behind(
    store: RecordStore, decision: Determination, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Session, "add", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.append(decision, **ABOUT)
    assert store.append(decision, **ABOUT).number == 1
