"""A decision is recorded once, as it was given, and what was acknowledged is there."""

import datetime
import json
import os
import sqlite3
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import jsonschema
import pytest
from referencing import Registry, Resource

from cso_rules import Policy, determine
from cso_rules.determination import Determination, to_json
from cso_rules.errors import FactsError, RecordsError
from cso_rules.records.canonical_json import hash_of, text_of
from cso_rules.records.record import FIRST_PREVIOUS, Receipt
from cso_rules.records.store import RecordStore, append_in, open_records, schema_sql

ABOUT: dict[str, Any] = {"asked_by": "desk 3", "reason": "application of 2024-05-30"}


@pytest.fixture
def decision(policy: Policy) -> Determination:
    return determine(policy, {"age": 12, "home": "elsewhere", "deposit_paid": "20.00", "overdue_items": 1})


def refused(store: RecordStore, decision: Determination, **about: object) -> str:
    with pytest.raises(RecordsError) as caught:
        store.append(decision, **{**ABOUT, **about})
    assert caught.value.in_language("zh") != caught.value.in_language("en") == str(caught.value)
    return caught.value.fault


def test_a_record_says_what_was_decided_and_why_it_was_asked(store: RecordStore, decision: Determination) -> None:
    cells = {"overdue_items": {"逾期未还件数": "１件"}, "": {"姓名": "甲"}}
    receipt = store.append(decision, **ABOUT, subject="R-1", cells=cells, bundle="ab" * 32)
    record = store.record(receipt.id)
    content = record.content
    assert (receipt.number, receipt.hash, receipt.is_new) == (1, record.hash, True)
    assert record.hash == hash_of(record.text) == store.head().hash
    assert content["answer"] == json.loads(json.dumps(to_json(decision)))
    assert content["cells"] == cells
    assert content["previous"] == FIRST_PREVIOUS
    assert {name: content[name] for name in ABOUT} == ABOUT
    assert (content["subject"], content["bundle"], content["kind"]) == ("R-1", "ab" * 32, "decision")
    assert content["rules"] == {
        "package": "library_card", "is_of_place": False, "entity": "reader", "drafts": False, "local_deviations": True,
    }  # fmt: skip


def test_cells_of_every_kind_are_recorded(store: RecordStore, decision: Determination) -> None:
    day, amount = datetime.date(2024, 5, 1), Decimal("20.50")
    cells: dict[str, dict[str, object]] = {
        "media_wanted": {"类型": ("图书", "影片")},
        "": {"日期": day, "押金": amount, "空": None, "数": 3, "是": True},
    }
    record = store.record(store.append(decision, **ABOUT, cells=cells).id)
    other = {"日期": "2024-05-01", "押金": "20.50", "空": None, "数": 3, "是": True}
    assert record.content["cells"] == {"media_wanted": {"类型": ["图书", "影片"]}, "": other}


def test_each_record_names_the_hash_of_the_one_before(store: RecordStore, decision: Determination) -> None:
    receipts = [store.append(decision, **ABOUT) for _ in range(3)]
    assert [receipt.number for receipt in receipts] == [1, 2, 3]
    records = [*store.records()]
    assert [record.content["previous"] for record in records[1:]] == [receipt.hash for receipt in receipts[:2]]
    assert store.verify().is_sound


@pytest.mark.parametrize("name", ["asked_by", "reason"])
@pytest.mark.parametrize("text", ["", " \t"])
def test_who_asked_and_why_must_be_said(store: RecordStore, decision: Determination, name: str, text: str) -> None:
    assert refused(store, decision, **{name: text}) == "unsaid"


@pytest.mark.parametrize(("name", "most"), [("asked_by", 200), ("reason", 2000), ("subject", 200), ("key", 200)])
def test_what_is_said_about_a_record_has_a_limit(
    store: RecordStore, decision: Determination, name: str, most: int
) -> None:
    assert refused(store, decision, **{name: "x" * (most + 1)}) == "too_long"
    assert store.append(decision, **{**ABOUT, name: "x" * most}).number == 1


def test_the_same_question_under_one_key_is_recorded_once(store: RecordStore, decision: Determination) -> None:
    first = store.append(decision, **ABOUT, key="A-17")
    again = store.append(decision, asked_by="desk 4", reason="the line broke", key="A-17")
    assert (again.id, again.number, again.hash, again.is_new) == (first.id, first.number, first.hash, False)
    assert store.head().number == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"age": 13, "home": "elsewhere", "deposit_paid": "20.00", "overdue_items": 1},
        {"age": 12, "home": "elsewhere", "deposit_paid": "20.01", "overdue_items": 1},
        {"home": "elsewhere", "deposit_paid": "20.00", "overdue_items": 1},
    ],
    ids=["personal", "other", "fewer"],
)
def test_another_question_under_one_key_is_refused(
    store: RecordStore, policy: Policy, decision: Determination, facts: dict[str, object]
) -> None:
    store.append(decision, **ABOUT, key="A-17")
    assert refused(store, determine(policy, facts), key="A-17") == "other_question"
    assert refused(store, decision, key="A-17", subject="another") == "other_question"
    assert store.append(decision, **ABOUT, key="A-17").number == 1


def test_rules_that_show_personal_values_are_refused(store: RecordStore, policy: Policy) -> None:
    assert refused(store, determine(policy.with_personal_shown, {"age": 12})) == "shown"


def test_half_a_character_and_every_line_end_come_back(store: RecordStore, decision: Determination) -> None:
    text = "a\ud800\u2028\n\x00b\udfff"
    record = store.record(store.append(decision, **ABOUT, cells={"": {"备注": text}}).id)
    assert record.content["cells"] == {"": {"备注": text}}
    assert "\n" not in record.text
    assert text_of(record.content) == record.text
    assert store.verify().is_sound


def test_the_database_refuses_to_change_or_delete_a_record(
    store: RecordStore, decision: Determination, tmp_path: Path
) -> None:
    store.append(decision, **ABOUT)
    store.close()
    with sqlite3.connect(tmp_path / "decisions.db") as connection:
        for statement in ("DELETE FROM decision_records", "UPDATE decision_records SET content = ''"):
            with pytest.raises(sqlite3.IntegrityError, match="never"):
                connection.execute(statement)
    connection.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_a_new_store_can_be_read_by_its_owner_alone(
    store: RecordStore, decision: Determination, tmp_path: Path
) -> None:
    store.append(decision, **ABOUT)
    assert {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {
        "decisions.db": 0o600, "decisions.db-wal": 0o600, "decisions.db-shm": 0o600,
    }  # fmt: skip


def test_threads_and_stores_that_append_at_once_make_one_chain(decision: Determination, tmp_path: Path) -> None:
    receipts: list[Receipt] = []
    stores = [open_records(tmp_path / "decisions.db") for _ in range(2)]

    def work(store: RecordStore, number: int) -> None:
        receipts.extend(store.append(decision, **ABOUT, key=f"{number} {each // 2}") for each in range(10))

    threads = [threading.Thread(target=work, args=(stores[number % 2], number)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(receipts) == 60
    assert {receipt.number for receipt in receipts} == set(range(1, 31))
    assert sum(receipt.is_new for receipt in receipts) == 30
    assert {(record.id, record.hash) for record in stores[0].records()} == {(each.id, each.hash) for each in receipts}
    assert stores[1].verify().is_sound
    for store in stores:
        store.close()


def test_a_refused_record_of_one_thread_is_refused_to_it_alone(
    store: RecordStore, policy: Policy, decision: Determination
) -> None:
    store.append(decision, **ABOUT, key="A-17")
    other, faults = determine(policy, {"age": 70}), list[str]()

    def work() -> None:
        try:
            store.append(other, **ABOUT, key="A-17")
        except RecordsError as error:
            faults.append(error.fault)

    threads = [threading.Thread(target=work) for _ in range(3)]
    threads += [threading.Thread(target=store.append, args=(decision,), kwargs=ABOUT) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == ["other_question"] * 3
    assert store.head().number == 4


def test_a_record_stands_or_falls_with_the_transaction_of_the_registry(decision: Determination, tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    connection = sqlite3.connect(path)
    connection.executescript(schema_sql("sqlite") + "CREATE TABLE applications (id TEXT, decided TEXT);")
    for number, end in ((1, connection.rollback), (1, connection.commit), (2, connection.commit)):
        connection.execute("INSERT INTO applications VALUES ('A-17', 'yes')")
        assert append_in(connection, decision, **ABOUT).number == number
        end()
    assert connection.execute("SELECT COUNT(*) FROM applications").fetchall() == [(2,)]
    connection.close()
    with open_records(path, create=False) as store:
        assert store.append(decision, **ABOUT).number == 3
        assert store.verify().is_sound


@pytest.mark.parametrize("rows", [sqlite3.Row, lambda cursor, row: dict(zip(cursor.description, row, strict=True))])
def test_rows_of_the_registry_may_be_of_any_kind(decision: Determination, tmp_path: Path, rows: Any) -> None:
    connection = sqlite3.connect(tmp_path / "registry.db")
    connection.executescript(schema_sql("sqlite"))
    connection.row_factory = rows
    assert [append_in(connection, decision, **ABOUT, key="A-17").is_new for _ in range(2)] == [True, False]
    connection.commit()
    connection.close()


def test_the_same_problem_told_in_other_words_is_the_same_question(store: RecordStore, policy: Policy) -> None:
    with pytest.raises(FactsError) as refused:
        determine(policy, {"overdue_items": "many"})
    (problem,) = refused.value.problems
    for words in ("no number", "not a number"):
        told = attrs.evolve(problem, message_en=words)
        receipt = store.append(determine(policy, {}, problems=[told]), **ABOUT, key="A-17")
        assert (receipt.number, receipt.rules) == (1, policy.digest)


def test_a_connection_on_which_nothing_is_begun_is_refused(decision: Determination, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "registry.db", isolation_level=None)
    connection.executescript(schema_sql("sqlite"))
    with pytest.raises(RecordsError) as caught:
        append_in(connection, decision, **ABOUT)
    assert caught.value.fault == "no_transaction"
    connection.close()


def fault_of_opening(path: object, **options: bool) -> str:
    with pytest.raises(RecordsError) as caught:
        open_records(path, **options)  # type: ignore[arg-type]
    return caught.value.fault


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("a,b\n" * 2000)
    assert fault_of_opening(tmp_path / "list.csv") == "no_store"
    assert fault_of_opening(tmp_path) == "no_store"
    assert fault_of_opening("mysql://here/there") == "no_store"
    assert fault_of_opening(tmp_path / "new.db", create=False) == "not_there"
    assert not (tmp_path / "new.db").exists()
    assert fault_of_opening(tmp_path / "no folder" / "new.db") == "unreachable"
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE t (a)").connection.close()
    assert fault_of_opening(tmp_path / "other.db", create=False) == "not_there"


def test_a_store_of_another_format_is_refused(tmp_path: Path) -> None:
    open_records(tmp_path / "decisions.db").close()
    with sqlite3.connect(tmp_path / "decisions.db") as connection:
        connection.execute("UPDATE decision_record_head SET format = 2")
    connection.close()
    assert fault_of_opening(tmp_path / "decisions.db") == "other_format"


def test_a_record_is_found_by_id_and_number(store: RecordStore, decision: Determination) -> None:
    receipt = store.append(decision, **ABOUT)
    assert store.record(1) == store.record("1") == store.record(receipt.id)
    for name in ("2", 2, "nothing", "9" * 30):
        with pytest.raises(RecordsError) as caught:
            store.record(name)
        assert caught.value.fault == "no_record"


def test_every_record_is_valid_against_its_schema(store: RecordStore, policy: Policy, decision: Determination) -> None:
    files = ("docs/reference/decision-record.schema.json", "src/cso_rules/determination/determination.schema.json")
    schema, answer = (json.loads(Path(file).read_text("utf-8")) for file in files)
    known = Registry().with_resource("determination.schema.json", Resource.from_contents(answer))
    validator = jsonschema.Draft202012Validator(schema, registry=known)
    store.append(decision, **ABOUT, key="A-17", cells={"": {"地区": "440305"}, "age": {"年龄": 12}}, subject="R-1")
    store.append(determine(policy, {}), **ABOUT, bundle="ab" * 32)
    store.erase(1, **ABOUT)
    contents = [record.content for record in store.records()]
    assert [content["kind"] for content in contents] == ["decision", "decision", "erasure"]
    for content in contents:
        validator.validate(content)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({**contents[2], "more": 1})
