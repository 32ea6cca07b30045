"""Where records are kept, an answer is on the disk before it is given."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cso_rules.records.store import RecordStore, open_records
from cso_rules.service.app import Service
from cso_rules.service.recording import Recorder
from cso_rules.service.rules import Rules, of_file
from cso_rules.service.settings import Settings
from tests.service.conftest import DAY, Client

WHEN = {"as_of": DAY}
SAID = {"asked_by": "desk 3", "reason": "application 17", "subject": "A9"}
QUESTION: dict[str, Any] = {"facts": {"age": 30}, "record": SAID}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RecordStore]:
    with open_records(tmp_path / "decisions.db") as found:
        yield found


@pytest.fixture
def recording(card: Path, runner: asyncio.Runner, store: RecordStore) -> Client:
    rules = Rules.opened(of_file(card))
    return Client(Service(rules=rules, settings=Settings(), recorder=Recorder(store=store)), runner)


def recorded(store: RecordStore) -> int:
    return sum(1 for _ in store.records())


@pytest.mark.parametrize("path", ["/v1/classify", "/v1/explain", "/v1/notice"])
def test_an_answer_names_its_record(recording: Client, store: RecordStore, path: str) -> None:
    found = recording.post(path, QUESTION, params=WHEN)
    assert (found.status_code, found.headers["record-number"]) == (200, "1")
    record = store.record(found.headers["record-id"])
    content = json.loads(record.text)
    assert content["bundle"] == found.headers["rules-digest"]
    assert {name: content[name] for name in SAID} == SAID


def test_questions_that_decide_nothing_are_not_recorded(recording: Client, store: RecordStore) -> None:
    found = recording.post("/v1/ask-next", {"records": [{"age": 30}]}, params=WHEN)
    assert (found.status_code, recorded(store)) == (200, 0)


def test_the_same_request_is_recorded_once_and_another_one_under_its_key_is_refused(
    recording: Client, store: RecordStore
) -> None:
    named = {**QUESTION, "record": {**SAID, "key": "A-17"}}
    first, second = (recording.post("/v1/classify", named, params=WHEN) for _ in range(2))
    assert first.headers["record-id"] == second.headers["record-id"]
    other = recording.post("/v1/classify", {**named, "facts": {"age": 31}}, params=WHEN)
    assert (other.status_code, other.json()["errors"][0]["pointer"]) == (422, "/record/key")
    assert recorded(store) == 1


@pytest.mark.parametrize(
    ("said", "pointer"),
    [(None, ""), ({"asked_by": "x"}, "/record"), ({**SAID, "reason": " "}, "/record"),
     ({**SAID, "why": "x"}, "/record/why"), ({**SAID, "reason": 3}, "/record/reason"), ("x", "/record")],
)  # fmt: skip
def test_without_who_and_why_nothing_is_answered(
    recording: Client, store: RecordStore, said: Any, pointer: str
) -> None:
    body = {"facts": {"age": 30}} if said is None else {"facts": {"age": 30}, "record": said}
    found = recording.post("/v1/classify", body, params=WHEN)
    assert (found.status_code, found.json()["errors"][0]["pointer"], recorded(store)) == (422, pointer, 0)


def test_each_line_of_a_batch_names_its_record(recording: Client, store: RecordStore) -> None:
    body = b"\n".join([json.dumps(QUESTION).encode()] * 3 + [b'{"facts":{}}'])
    found = recording.ask(
        "POST", "/v1/batch", content=body, headers={"content-type": "application/x-ndjson"}, params=WHEN
    )
    *lines, end = [json.loads(line) for line in found.content.splitlines()]
    assert [line["record"]["number"] for line in lines if "record" in line] == [1, 2, 3]
    assert (end["end"]["answered"], end["end"]["refused"], recorded(store)) == (3, 1, 3)


def test_what_cannot_be_recorded_is_not_answered(recording: Client, store: RecordStore, tmp_path: Path) -> None:
    recording.post("/v1/classify", QUESTION, params=WHEN)
    store.close()
    (tmp_path / "decisions.db").write_bytes(b"no store any more" * 1000)
    found = recording.post("/v1/classify", QUESTION, params=WHEN)
    assert (found.status_code, found.json()["type"]) == (503, "urn:cso-rules:problem:not-recorded")
    assert recording.get("/v1/parameters", params=WHEN).status_code == 200


def test_where_nothing_is_recorded_nobody_says_who_asks(library: Client) -> None:
    found = library.post("/v1/classify", QUESTION, params=WHEN)
    assert (found.status_code, found.json()["errors"][0]["pointer"]) == (422, "/record")
    assert "Record" not in library.get("/openapi.json", params=WHEN).json()["components"]["schemas"]


def test_the_description_asks_who_and_why_where_answers_are_recorded(recording: Client) -> None:
    schemas = recording.get("/openapi.json", params=WHEN).json()["components"]["schemas"]
    assert schemas["Record"]["required"] == ["asked_by", "reason"]
    assert schemas["BatchLine"]["required"] == ["facts", "record"]
