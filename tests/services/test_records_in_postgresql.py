"""Decision records in PostgreSQL: the same promises as in a file, also when the server crashes in the middle."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from cso_rules import Policy, determine, load_policy
from cso_rules.determination import Determination
from cso_rules.errors import RecordsError
from cso_rules.records.chain import Head
from cso_rules.records.record import Receipt
from cso_rules.records.replay import replay, rules_of_packages
from cso_rules.records.store import append_in, open_records, schema_sql
from tests import database_servers
from tests.recorded_decisions import personal_card

pytestmark = pytest.mark.services
ABOUT: dict[str, Any] = {"asked_by": "desk 3", "reason": "a question"}
_names = count()


@pytest.fixture(scope="module")
def own_server() -> Iterator[Any]:
    """A server of these tests alone, for one of them lets it crash."""
    folder = Path(f"/tmp/cso-records-{os.getpid()}")  # noqa: S108 - the path of a socket has a limit
    folder.mkdir(mode=0o755)
    try:
        with database_servers.postgresql(folder) as started:
            yield started.connection
    finally:
        database_servers.run("rm", "-rf", str(folder))


@pytest.fixture
def url(own_server: Any) -> str:
    name = f"records{next(_names)}"
    own_server.execute(f"CREATE DATABASE {name}")
    return f"postgresql://tester@127.0.0.1:{own_server.info.port}/{name}"


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return personal_card(tmp_path_factory.mktemp("personal"))


@pytest.fixture(scope="module")
def policy(card: Path) -> Policy:
    return load_policy(card, as_of="2024-06-01")


@pytest.fixture
def decision(policy: Policy) -> Determination:
    return determine(policy, {"age": 12, "home": "main_home", "overdue_items": 1})


def test_stores_and_threads_make_one_chain(url: str, decision: Determination) -> None:
    stores = [open_records(url) for _ in range(3)]
    told: list[Receipt] = []

    def work(number: int) -> None:
        told.extend(stores[number % 3].append(decision, **ABOUT, key=f"{number} {each // 2}") for each in range(10))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 60
    assert {receipt.number for receipt in told} == set(range(1, 31))
    found = stores[0].verify(*(Head(number=receipt.number, hash=receipt.hash) for receipt in told))
    assert (found.is_sound, found.head.number) == (True, 30)
    for store in stores:
        store.close()


def test_another_question_under_a_key_is_refused_and_half_characters_come_back(
    url: str, policy: Policy, decision: Determination
) -> None:
    cells = {"": {"备注": "a\ud800\u2028\x00b"}}
    with open_records(url) as store:
        store.append(decision, **ABOUT, key="A-17", cells=cells)
        with pytest.raises(RecordsError) as caught:
            store.append(determine(policy, {"age": 13}), **ABOUT, key="A-17")
        assert caught.value.fault == "other_question"
        assert store.record("1").content["cells"] == cells
        assert not store.append(decision, **ABOUT, key="A-17", cells=cells).is_new


def test_what_is_changed_is_found_and_the_database_refuses_it_first(url: str, decision: Determination) -> None:
    with open_records(url) as store, psycopg.connect(url, autocommit=True) as connection:
        for _ in range(4):
            store.append(decision, **ABOUT)
        head = store.head()
        for statement in (
            "UPDATE decision_records SET content = ''", "DELETE FROM decision_records", "TRUNCATE decision_records"
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.RaiseException, match="never"):
                connection.execute(statement)
        connection.execute("ALTER TABLE decision_records DISABLE TRIGGER ALL")
        connection.execute("UPDATE decision_records SET content = replace(content, 'desk', 'dusk') WHERE number = 2")
        assert [(each.kind, each.number) for each in store.verify(head).findings] == [("changed", 2)]
        connection.execute("DELETE FROM decision_records WHERE number > 2")
        connection.execute("UPDATE decision_records SET content = replace(content, 'dusk', 'desk') WHERE number = 2")
        assert store.verify(head).findings[0].kind == "cut_off"


def test_erasures_keep_the_chain_and_replay_knows_them(url: str, decision: Determination, card: Path) -> None:
    with open_records(url) as store:
        for _ in range(2):
            store.append(decision, **ABOUT)
        store.erase(1, ["age"], **ABOUT)
        found = store.verify()
        assert (found.is_sound, found.erased, found.head.number) == (True, 1, 3)
        assert [each.result for each in replay(store, rules_of_packages(card))] == ["erased", "identical"]
        assert set(store.kept(1)) == {"home"}


@pytest.mark.parametrize("rows", [psycopg.rows.tuple_row, psycopg.rows.dict_row])
def test_a_record_stands_or_falls_with_the_transaction_of_the_registry(
    url: str, decision: Determination, rows: Any
) -> None:
    with psycopg.connect(url, row_factory=rows) as connection:
        connection.execute(schema_sql("postgresql"))
        connection.execute("CREATE TABLE applications (id TEXT)")
        connection.commit()
        for number, end in ((1, connection.rollback), (1, connection.commit), (2, connection.commit)):
            connection.execute("INSERT INTO applications VALUES ('A-17')")
            assert append_in(connection, decision, **ABOUT).number == number
            end()
        assert len(connection.execute("SELECT * FROM applications").fetchall()) == 2
    with psycopg.connect(url, autocommit=True) as connection:
        with pytest.raises(RecordsError) as caught:
            append_in(connection, decision, **ABOUT)
        assert caught.value.fault == "no_transaction"
        with connection.transaction():
            assert append_in(connection, decision, **ABOUT).number == 3
    with open_records(url, create=False) as store:
        assert store.append(decision, **ABOUT).number == 4
        assert store.verify().is_sound


def test_transactions_of_registries_wait_for_each_other(url: str, decision: Determination) -> None:
    open_records(url).close()
    numbers = []

    def work() -> None:
        with psycopg.connect(url) as connection:
            for _ in range(5):
                numbers.append(append_in(connection, decision, **ABOUT).number)
                time.sleep(0.002)
                connection.commit()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 21))
    with open_records(url) as store:
        assert store.verify().is_sound


def test_a_database_without_records_is_not_made_to_hold_them(url: str) -> None:
    for wrong, fault in ((url, "not_there"), (url.replace("records", "nothing"), "unreachable")):
        with pytest.raises(RecordsError) as caught:
            open_records(wrong, create=False)
        assert caught.value.fault == fault
        assert "tester" not in str(caught.value).partition("(")[0]


def test_nothing_acknowledged_is_lost_when_the_server_crashes(url: str, decision: Determination) -> None:
    told, stop = list[Head](), threading.Event()
    store = open_records(url)

    def work() -> None:
        while not stop.is_set():
            try:
                receipt = store.append(decision, **ABOUT)
            except RecordsError:
                time.sleep(0.02)
            else:
                told.append(Head(number=receipt.number, hash=receipt.hash))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    crashes = 0
    while crashes < 5:
        time.sleep(0.3)
        with contextlib.suppress(psycopg.Error), psycopg.connect(url, autocommit=True) as connection:
            asked = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            victims = connection.execute(asked).fetchall()
            for (victim,) in victims[:1]:
                os.kill(victim, signal.SIGKILL)  # upon which the server ends every connection and recovers
                crashes += 1
    time.sleep(0.5)
    stop.set()
    for thread in threads:
        thread.join()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(RecordsError):
            store.append(decision, **ABOUT)
            break
        time.sleep(0.1)
    assert store.verify(*told).is_sound
    there = {record.number: record.hash for record in store.records()}
    assert [head for head in told if there.get(head.number) != head.hash] == []
    assert len(told) > 5
    store.close()


def test_a_password_stands_in_no_message() -> None:
    with pytest.raises(RecordsError) as caught:
        open_records(f"postgresql://somebody:{quote('s3cret')}@127.0.0.1:1/records")
    assert "s3cret" not in str(caught.value) + repr(caught.value)
