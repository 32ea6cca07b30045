"""A batch is answered line by line, and nothing of it is lost."""

import json
from typing import Any

from tests.service.conftest import Client

NDJSON = {"content-type": "application/x-ndjson"}
WHEN = {"as_of": "2024-06-01"}


def sent(client: Client, body: bytes, **parameters: str) -> list[dict[str, Any]]:
    found = client.ask("POST", "/v1/batch", content=body, headers=NDJSON, params={**WHEN, **parameters})
    assert found.status_code == 200
    return [json.loads(line) for line in found.content.splitlines()]


def test_each_line_has_the_answer_that_it_would_have_alone(library: Client) -> None:
    records = [{"age": age} for age in (3, 15, 40)]
    lines = [json.dumps({"facts": facts, "id": str(place)}).encode() for place, facts in enumerate(records)]
    *answers, end = sent(library, b"\n".join(lines))
    alone = [library.post("/v1/classify", {"facts": facts}, params=WHEN).json() for facts in records]
    assert [found["answer"] for found in answers] == alone
    assert [(found["line"], found["id"]) for found in answers] == [(1, "0"), (2, "1"), (3, "2")]
    assert end["end"] == {
        "read": 3, "answered": 3, "refused": 0, "digest": library.service.rules.current.bundle.digest,
        "is_complete": True,
    }  # fmt: skip


def test_a_bad_line_is_refused_by_its_number_and_the_others_are_answered(library: Client) -> None:
    body = (
        b'{"facts":{"age":3}}\n\n{"facts":{"age":1,"age":2}}\n{"facts":{"x":1}}\r\n{"facts":{},"as_of":"x"}\n{"facts"'
    )
    *answers, end = sent(library, body)
    assert [found["line"] for found in answers] == [1, 2, 3, 4, 5]
    codes = [found["problem"]["errors"][0]["code"] for found in answers if "problem" in found]
    assert codes == ["repeated-key", "no-such-fact", "no-day", "not-json"]
    assert (end["end"]["read"], end["end"]["answered"], end["end"]["refused"]) == (5, 1, 4)


def test_a_line_has_its_own_day_and_others_that_of_the_address(library: Client) -> None:
    first, second, _ = sent(library, b'{"facts":{}}\n{"facts":{},"as_of":"2025-01-01"}\n')
    assert (first["answer"]["as_of"], second["answer"]["as_of"]) == ("2024-06-01", "2025-01-01")


def test_a_line_that_is_too_long_ends_the_batch(library: Client) -> None:
    *answers, end = sent(library, b'{"facts":{}}\n' + b" " * (1 << 20) + b"  ")
    assert len(answers) == 1
    assert (end["end"]["is_complete"], end["end"]["problem"]["status"]) == (False, 413)


def test_a_batch_of_another_kind_is_refused(library: Client) -> None:
    assert library.post("/v1/batch", {"facts": {}}).status_code == 415
