"""The commands about decision records, and the recording of the answers of a list."""

import json
import sqlite3
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from cso_rules import open_records
from cso_rules.interfaces.cli import cli
from tests.kept_process import run_kept
from tests.recorded_decisions import personal_card

READERS = Path(__file__).parent.parent / "packages" / "readers.csv"
WHO = ("--asked-by", "desk 3", "--reason", "list of May")


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return personal_card(tmp_path_factory.mktemp("personal"))


@pytest.fixture
def store(card: Path, tmp_path: Path) -> Path:
    found = tmp_path / "decisions.db"
    assert classified(card, found, *WHO).exit_code == 4
    return found


def classified(card: Path, store: Path, *more: str) -> Result:
    rules = ("--package", str(card), "--as-of", "2024-06-01")
    return CliRunner().invoke(cli, ["classify", str(READERS), *rules, "--record", str(store), *more])


def run(command: str, store: Path, *more: str, code: int = 0) -> Result:
    found = CliRunner().invoke(cli, ["records", command, *more, "--store", str(store)])
    assert found.exit_code == code, (found.output, found.exc_info)
    return found


def test_each_answer_of_a_list_is_recorded_with_its_cells(store: Path) -> None:
    with open_records(store) as opened:
        contents = [record.content for record in opened.records()]
        kept = opened.kept(2)
    assert [content["subject"] for content in contents] == [f"R{number}" for number in range(1, 9)]
    assert contents[1]["cells"]["overdue_items"] == {"逾期未还件数": "0"}
    assert kept["age"].content == {"value": 9, "cells": {"年龄": "9"}}
    assert "年事已高" not in str(contents[7])
    assert contents[7]["answer"]["problems"][0]["fact"] == "age"


def test_every_decision_about_the_rows_of_a_table_is_recorded(card: Path, tmp_path: Path) -> None:
    store = tmp_path / "decisions.db"
    rules = ("--package", str(card), "--as-of", "2024-06-01", "--entity", "branch")
    branches = str(READERS.with_name("branches.csv"))
    found = CliRunner().invoke(cli, ["decisions", branches, *rules, "--record", str(store), *WHO])
    assert found.exit_code == 0, found.output
    with open_records(store) as opened:
        assert {record.content["rules"]["entity"] for record in opened.records()} == {"branch"}
        assert opened.head().number == len(Path(branches).read_text("utf-8").splitlines()) - 1


def test_a_list_that_is_run_again_under_its_name_is_recorded_once(card: Path, tmp_path: Path) -> None:
    store = tmp_path / "decisions.db"
    for _ in range(2):
        assert classified(card, store, *WHO, "--request", "may").exit_code == 4
    with open_records(store) as opened:
        assert opened.head().number == 8


def test_a_row_that_other_rules_had_answered_is_refused(card: Path, tmp_path: Path) -> None:
    store = tmp_path / "decisions.db"
    assert classified(card, store, *WHO, "--request", "may").exit_code == 4
    other = personal_card(tmp_path)
    numbers = other / "parameters" / "numbers.yaml"
    numbers.write_text(numbers.read_text("utf-8").replace("value: 14", "value: 9"), "utf-8")
    rules = ("--package", other, "--as-of", "2024-06-01", "--lang", "en")
    done = run_kept("classify", READERS, *rules, "--record", store, *WHO, "--request", "may")
    assert (done.code, b"by other rules than those of today" in done.said) == (2, True)
    with open_records(store) as opened:
        assert opened.head().number == 8


@pytest.mark.parametrize("more", [(), WHO[:2], WHO[2:], ("--asked-by", "", "--reason", "x")])
def test_who_asks_and_why_must_be_said(card: Path, tmp_path: Path, more: tuple[str, ...]) -> None:
    found = classified(card, tmp_path / "decisions.db", *more)
    assert found.exit_code == 2
    assert "--asked-by" in found.output
    assert not (tmp_path / "decisions.db").exists()


def test_a_changed_record_is_named_and_ends_with_1(store: Path, tmp_path: Path) -> None:
    head = tmp_path / "head.json"
    run("head", store, "-o", str(head))
    assert "8 records" in run("verify", store, "--head", str(head), "--lang", "en").output
    assert "8 条记录" in run("verify", store, "--head", str(head)).output
    with sqlite3.connect(store) as connection:
        connection.execute("DROP TRIGGER decision_records_stay_as_they_are")
        connection.execute("UPDATE decision_records SET content = replace(content, 'May', 'June') WHERE number = 3")
    connection.close()
    said = run("verify", store, "--head", str(head), "--lang", "en", code=1).output
    assert said.startswith("record 3 was changed")
    assert run("verify", store, code=1).output.startswith("第 3 条记录被改动")


def test_a_file_that_is_no_head_is_refused(store: Path, tmp_path: Path) -> None:
    for text in ("", "[]", '{"format": 1}', '{"format": 1, "number": -1, "hash": "00"}', "\x00"):
        (tmp_path / "head.json").write_text(text, "utf-8")
        done = run_kept("records", "verify", "--store", store, "--head", tmp_path / "head.json", "--lang", "en")
        assert (done.code, b"no head of a chain" in done.said) == (2, True)


def test_what_a_record_shows_of_persons_is_asked_for(store: Path) -> None:
    text = run("show", store, "2", "--lang", "en").output
    assert "age = ***" in text
    assert "age = 9" in run("show", store, "2", "--lang", "en", "--show-personal").output
    assert "个人信息" in run("show", store, "2").output
    shown = json.loads(run("show", store, "2", "--format", "json").output)
    assert "personal" not in shown
    whole = json.loads(run("show", store, shown["record"]["id"], "--format", "json", "--show-personal").output)
    assert whole["personal"]["age"]["value"] == 9


def test_what_is_erased_is_gone_and_the_erasure_is_a_record(store: Path) -> None:
    assert "9" in run("erase", store, "2", *WHO, "--fact", "age", "--lang", "en").output
    assert "age = erased" in run("show", store, "2", "--lang", "en", "--show-personal").output
    assert "what it erases" in run("show", store, "9", "--lang", "en").output
    assert "1 personal fact erased" in run("verify", store, "--lang", "en").output
    again = run_kept("records", "erase", "2", *WHO, "--fact", "age", "--store", store, "--lang", "en")
    assert (again.code, b"keeps no personal value of age" in again.said) == (2, True)


def test_the_same_rules_answer_the_same_and_erased_facts_are_not_asked(store: Path, card: Path) -> None:
    run("erase", store, "2", *WHO)
    found = run("replay", store, "--package", str(card), "--lang", "en")
    assert "7 identical, 0 different, 0 refused, 1 not asked because of erased facts" in found.stderr
    lines = [
        json.loads(line)
        for line in run("replay", store, "1", "2", "--package", str(card), "--format", "json").stdout.splitlines()
    ]
    assert [line["result"] for line in lines] == ["identical", "erased"]


def test_other_rules_say_what_turned_and_by_which_provisions(store: Path, tmp_path: Path) -> None:
    other = personal_card(tmp_path)
    numbers = other / "parameters" / "numbers.yaml"
    numbers.write_text(numbers.read_text("utf-8").replace("value: 14", "value: 9"), "utf-8")
    text = run("replay", store, "2", "--package", str(other), "--lang", "en").stdout
    assert "kind of card (card_kind): was card for children, is full card" in text
    assert "rule children: true → -" in text
    assert "because decisions that it reads differ: card_kind" in text
    assert "证件种类 (card_kind)：原为 少儿证，现为 普通证" in run("replay", store, "2", "--package", str(other)).stdout
    run("replay", store, "2", code=1)  # there is no package of this name among those that are shipped


def test_records_are_exported_as_lines_without_persons(store: Path, tmp_path: Path) -> None:
    run("export", store, "-o", str(tmp_path / "records.jsonl"), "--after", "3")
    lines = [json.loads(line) for line in (tmp_path / "records.jsonl").read_bytes().split(b"\n") if line]
    assert [line["record"]["number"] for line in lines] == [4, 5, 6, 7, 8]
    assert all(later["record"]["previous"] == line["hash"] for line, later in pairwise(lines))
    assert "personal" not in lines[0]
    command = ["records", "verify", "--export", str(tmp_path / "records.jsonl"), "--lang", "en"]
    assert CliRunner().invoke(cli, command).exit_code == 0
    assert CliRunner().invoke(cli, [*command, "--store", str(store)]).exit_code == 2
    first = json.loads(run("export", store, "--personal").output.split("\n")[1])
    assert first["personal"]["age"]["said"]["value"] == 9


@pytest.mark.parametrize("command", ["verify", "head", "export", "replay", "show", "erase"])
def test_a_store_that_is_not_there_is_not_made(command: str, tmp_path: Path) -> None:
    more = {"show": ["1"], "erase": ["1", *WHO]}.get(command, [])
    done = run_kept("records", command, *more, "--store", tmp_path / "none.db", "--lang", "en")
    assert (done.code, b"there is no store" in done.said) == (2, True)
    assert not (tmp_path / "none.db").exists()


def key_pair(folder: Path, name: str) -> tuple[Path, Path]:
    key = Ed25519PrivateKey.generate()
    private, public = folder / f"{name}.pem", folder / f"{name}-public.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public


def test_a_head_counts_only_when_a_trusted_key_signed_it(store: Path, tmp_path: Path) -> None:
    (own, trusted), (other, _) = key_pair(tmp_path, "own"), key_pair(tmp_path, "other")
    head, checked = tmp_path / "head.json", ("--head", str(tmp_path / "head.json"), "--trusted-key", str(trusted))
    run("head", store, "-o", str(head), "--sign", str(own))
    assert "sound" in run("verify", store, *checked, "--lang", "en").output
    signed = json.loads(head.read_text("utf-8"))
    forged = [{**signed, "number": 3}, {**signed, "signature": "00" * 64}, {**signed, "signature": "x"}]
    forged += [{name: signed[name] for name in ("format", "number", "hash")}]
    forged += [json.loads(run("head", store, "--sign", str(other)).output)]
    for each in forged:
        head.write_text(json.dumps(each), "utf-8")
        done = run_kept("records", "verify", "--store", store, *checked, "--lang", "en")
        assert (done.code, b"not signed by a trusted key" in done.said) == (2, True)
    assert run_kept("records", "head", "--store", store, "--sign", trusted).code == 2
