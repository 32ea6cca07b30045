"""Every bad request is refused with a problem that says where and why, and repeats nothing."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from cso_rules.service.app import Service
from cso_rules.service.problems import STATUSES, texts
from cso_rules.service.rules import Rules, of_file
from cso_rules.service.settings import Limits, Settings
from cso_rules.service.tokens import read_tokens
from tests.service.conftest import Client

JSON = {"content-type": "application/json"}
WHEN = {"as_of": "2024-06-01"}
SENT = "zx81sent"
READER, CLERK, OPERATOR = (f"{name}-0123456789abcdef0123" for name in ("reader", "clerk", "operator"))


def raw(client: Client, body: bytes, **headers: str) -> httpx.Response:
    return client.ask("POST", "/v1/classify", content=body, headers={**JSON, **headers}, params=WHEN)


def errors(found: httpx.Response) -> list[tuple[str, str]]:
    assert found.headers["content-type"] == "application/problem+json"
    return [
        (each["code"], each.get("pointer", each.get("parameter", each.get("header"))))
        for each in found.json()["errors"]
    ]


BODIES: dict[str, tuple[bytes, int, list[tuple[str, str]]]] = {
    "nothing": (b"", 400, [("empty", "")]),
    "no JSON": (b'{"facts":', 400, [("not-json", "")]),
    "two values": (b"{} {}", 400, [("not-json", "")]),
    "no UTF-8": (b'{"facts":{"age":"\xff"}}', 400, [("not-utf-8", "")]),
    "a key twice": (b'{"facts":{"age":1,"\\u0061ge":2}}', 400, [("repeated-key", "/facts")]),
    "no number": (b'{"facts":{"age":NaN}}', 400, [("no-number", "/facts/age")]),
    "too far": (b'{"facts":{"age":1e400}}', 400, [("no-number", "/facts/age")]),
    "thousands of digits": (b'{"facts":{"age":' + b"9" * 5000 + b"}}", 400, [("no-number", "/facts/age")]),
    "half a character": (b'{"facts":{"age":"\\ud800"}}', 400, [("half-a-character", "/facts/age")]),
    "half a name": (b'{"facts":{"\\ud800":1}}', 400, [("half-a-character", "/facts")]),
    "100,000 lists": (b'{"facts":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, [("too-deep", "")]),
    "100,000 objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400, [("too-deep", "")]),
    "33 levels": (b'{"facts":' + b"[" * 32 + b"]" * 32 + b"}", 400, [("too-deep", "/facts" + "/0" * 31)]),
    "a long text": (json.dumps({"facts": {"home": "x" * 10_001}}).encode(), 400, [("too-long", "/facts/home")]),
    "a list": (b"[]", 422, [("not-an-object", "")]),
    "no facts": (b"{}", 422, [("missing-key", "")]),
    "another key": (b'{"facts":{},"a/b~":1}', 422, [("unknown-key", "/a~1b~0")]),
    "facts in a list": (b'{"facts":[1]}', 422, [("not-an-object", "/facts")]),
    "no such fact": (b'{"facts":{"agee":1}}', 422, [("no-such-fact", "/facts/agee")]),
    "true for a number": (b'{"facts":{"age":true}}', 422, [("wrong-value", "/facts/age")]),
    "beyond the bounds": (b'{"facts":{"age":-1}}', 422, [("wrong-value", "/facts/age")]),
    "two faults": (
        b'{"facts":{"age":"x","overdue_items":1.5}}', 422,
        [("wrong-value", "/facts/age"), ("wrong-value", "/facts/overdue_items")],
    ),
    "no such reading": (b'{"facts":{},"readings":{"a":"b"}}', 422, [("no-such-reading", "/readings/a")]),
    "a number for an option": (b'{"facts":{},"readings":{"who_lives_here":1}}', 422,
                               [("not-a-text", "/readings/who_lives_here")]),
    "no such option": (b'{"facts":{},"readings":{"who_lives_here":"b"}}', 422,
                       [("no-such-option", "/readings/who_lives_here")]),
}  # fmt: skip


@pytest.mark.parametrize("case", BODIES)
def test_a_bad_body_is_refused_where_it_is_bad(library: Client, case: str) -> None:
    body, status, expected = BODIES[case]
    found = raw(library, body)
    assert (found.status_code, errors(found)) == (status, expected)


def test_more_unknown_facts_than_are_told_are_not_compared_with_known_ones(library: Client) -> None:
    found = raw(library, json.dumps({"facts": {f"fact{number}": 1 for number in range(20_000)}}).encode())
    assert found.status_code == 422
    assert len(errors(found)) <= 20


def test_what_was_sent_is_never_repeated(library: Client) -> None:
    facts = {"age": SENT, "home": SENT, "deposit_paid": [SENT], "media_wanted": SENT, "joined_on": SENT}
    found = library.post("/v1/classify", {"facts": facts, "readings": {"who_lives_here": SENT}}, params=WHEN)
    assert found.status_code == 422
    assert SENT not in found.text
    assert len(errors(found)) == 6


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"as_of": "2024-6-1"}, "no-day"),
        ({"as_of": "1800-01-01"}, "no-day"),
        ({"as_of": "1901-01-01"}, "no-such-day"),
        ({"jurisdiction": "Atlantis"}, "no-such-place"),
        ({"jurisdiction": "999999"}, "no-such-place"),
        ({"entity": "cat"}, "no-such-entity"),
        ({"colour": "red"}, "unknown-parameter"),
        ({"jurisdiction": ""}, "empty-parameter"),
    ],
)
def test_a_bad_parameter_is_named(library: Client, parameters: dict[str, str], code: str) -> None:
    found = library.post("/v1/classify", {"facts": {}}, params=parameters)
    assert (found.status_code, errors(found)) == (422, [(code, next(iter(parameters)))])


def test_a_parameter_stands_once(library: Client) -> None:
    found = library.post("/v1/classify?as_of=2024-06-01&as_of=2024-06-02", {"facts": {}})
    assert errors(found) == [("repeated-parameter", "as_of")]


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/v1/gaps", {"facts": {}, "decision": "x", "value": True}, ("no-such-decision", "/decision")),
        ("/v1/gaps", {"facts": {}, "decision": "card_kind", "value": 3}, ("no-such-answer", "/value")),
        ("/v1/what-if", {"facts": {}, "changes": {"age": "x"}}, ("wrong-value", "/changes/age")),
        ("/v1/what-if", {"facts": {"age": "x"}, "changes": {}}, ("wrong-value", "/facts/age")),
        ("/v1/ask-next", {"records": []}, ("not-a-list", "/records")),
        ("/v1/ask-next", {"records": [{}, {"agee": 1}]}, ("no-such-fact", "/records/1/agee")),
        ("/v1/explain", {"facts": {}, "name": 3}, ("not-a-text", "/name")),
        ("/v1/notice", {"facts": {}, "identity": "x" * 300}, ("too-long", "/identity")),
    ],
)
def test_every_question_names_what_is_wrong_with_it(
    library: Client, path: str, body: dict[str, Any], expected: tuple[str, str]
) -> None:
    found = library.post(path, body, params=WHEN)
    assert (found.status_code, errors(found)) == (422, [expected])


HEADERS: dict[str, tuple[Callable[[Client], httpx.Response], int]] = {
    "another media type": (lambda client: raw(client, b"{}", **{"content-type": "text/plain"}), 415),
    "another encoding": (lambda client: raw(client, b"{}", **{"content-type": "application/json; charset=gbk"}), 415),
    "compressed": (lambda client: raw(client, b"{}", **{"content-encoding": "gzip"}), 415),
    "another origin": (lambda client: raw(client, b"{}", origin="http://evil.example"), 403),
    "a file as origin": (lambda client: raw(client, b"{}", origin="null"), 403),
    "another host": (lambda client: raw(client, b"{}", host="evil.example"), 421),
    "two lengths": (lambda client: raw(client, b"{}", **{"transfer-encoding": "chunked", "content-length": "2"}), 400),
    "too large": (lambda client: raw(client, b" " * (1 << 20) + b"{}"), 413),
    "other rules": (lambda client: raw(client, b'{"facts":{}}', **{"if-match": '"other"'}), 412),
    "no such address": (lambda client: client.get("/v2"), 404),
    "no such address behind": (lambda client: client.post("/v1/classify/", {}), 404),
    "another method": (lambda client: client.get("/v1/classify"), 405),
    "reload without a token": (lambda client: client.post("/reload"), 403),
}


@pytest.mark.parametrize("case", HEADERS)
def test_a_request_is_refused_by_its_head(library: Client, case: str) -> None:
    ask, status = HEADERS[case]
    found = ask(library)
    assert (found.status_code, found.headers["content-type"]) == (status, "application/problem+json")


def test_a_problem_is_one_of_rfc_9457_in_both_languages(library: Client) -> None:
    chinese, english = (library.get("/v2", headers={"accept-language": language}) for language in ("zh-CN", "en-GB"))
    schema = library.get("/openapi.json", params=WHEN).json()["components"]["schemas"]["Problem"]
    for found in (chinese, english):
        jsonschema.validate(found.json(), schema)
        assert found.json()["instance"].endswith(found.headers["request-id"])
    assert chinese.json()["title"] == texts("zh")["problems"]["not-found"]["title"]
    assert english.json()["title"] == texts("en")["problems"]["not-found"]["title"]


def test_every_kind_and_every_fault_has_words_in_both_languages() -> None:
    english, chinese = texts("en"), texts("zh")
    assert set(english["problems"]) == set(chinese["problems"]) == set(STATUSES)
    for part in ("faults", "wanted"):
        assert list(english[part]) == list(chinese[part])


@pytest.mark.parametrize(("sent", "kept"), [("abc-1", True), ("a b", False), ("x" * 65, False), ("中", False)])
def test_the_identity_of_a_request_is_kept_if_it_is_plain(library: Client, sent: str, kept: bool) -> None:
    found = library.ask("GET", "/health", headers={"request-id": sent.encode()})
    assert (found.headers["request-id"] == sent) is kept


# ----------------------------------------------------------------------------------------- tokens and limits


@pytest.fixture
def guarded(card: Path, runner: asyncio.Runner, tmp_path: Path) -> Client:
    file = tmp_path / "tokens"
    file.write_text(f"# who may ask\nread {READER}\nevaluate {CLERK}\nreload {OPERATOR}\n", encoding="utf-8")
    settings = Settings(host="0.0.0.0", tokens=read_tokens(file))  # noqa: S104 - nothing listens
    return Client(Service(rules=Rules.opened(of_file(card)), settings=settings), runner)


@pytest.mark.parametrize(
    ("token", "statuses"),
    [(None, (401, 401, 401)), ("x" * 30, (401, 401, 401)), (READER, (200, 403, 403)), (CLERK, (200, 200, 403)),
     (OPERATOR, (200, 403, 200))],
)  # fmt: skip
def test_a_token_has_a_role(guarded: Client, token: str | None, statuses: tuple[int, ...]) -> None:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    found = (
        guarded.get("/v1/places", headers=headers),
        guarded.post("/v1/classify", {"facts": {}}, headers=headers, params=WHEN),
        guarded.post("/reload", headers=headers),
    )
    assert tuple(each.status_code for each in found) == statuses
    assert guarded.get("/health").status_code == 200
    if token is None:
        assert "Bearer" in found[0].headers["www-authenticate"]


def test_a_token_may_be_a_password(guarded: Client) -> None:
    async def asked() -> httpx.Response:
        return await guarded._ask("GET", "/v1/places", auth=("somebody", READER))

    assert guarded.runner.run(asked()).status_code == 200


@pytest.mark.parametrize("text", ["", "read short", "write 0123456789abcdef0123456789", "0123456789abcdef0123456789"])
def test_a_file_of_tokens_is_refused_by_its_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "tokens"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="tokens"):
        read_tokens(file)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.org"])  # noqa: S104 - nothing listens
def test_nothing_listens_beyond_this_machine_without_tokens(host: str) -> None:
    with pytest.raises(ValueError, match="--tokens"):
        Settings(host=host)


def test_who_comes_when_too_many_wait_is_told_to_come_again(card: Path, runner: asyncio.Runner) -> None:
    settings = Settings(limits=Limits(threads=1, queue=1))
    client = Client(Service(rules=Rules.opened(of_file(card)), settings=settings), runner)

    async def at_once() -> list[httpx.Response]:
        questions = (client._ask("POST", "/v1/classify", json={"facts": {}}, params=WHEN) for _ in range(20))
        return await asyncio.gather(*questions)

    found = runner.run(at_once())
    statuses = {each.status_code for each in found}
    assert statuses == {200, 503}
    assert all(each.headers["retry-after"] for each in found if each.status_code == 503)


def test_an_answer_that_takes_too_long_is_given_up(card: Path, runner: asyncio.Runner) -> None:
    settings = Settings(limits=Limits(seconds=0.0001))
    client = Client(Service(rules=Rules.opened(of_file(card)), settings=settings), runner)
    found = client.post("/v1/ask-next", {"records": [{} for _ in range(100)]}, params=WHEN)
    assert (found.status_code, found.json()["type"]) == (503, "urn:cso-rules:problem:took-too-long")


def test_a_fault_decides_nothing_and_tells_nothing(
    library: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(SENT)

    monkeypatch.setattr("cso_rules.service.answers.determine", broken)
    with caplog.at_level("INFO", logger="cso_rules.service"):
        found = library.post("/v1/classify", {"facts": {"age": 30, "home": "main_home"}}, params=WHEN)
        line = library.ask(
            "POST", "/v1/batch", content=b'{"facts":{"age":30}}', headers={"content-type": "application/x-ndjson"}
        )
    assert (found.status_code, found.json()["type"]) == (500, "urn:cso-rules:problem:fault")
    assert b'"end"' not in line.content
    assert SENT not in found.text + line.text + caplog.text
    assert "main_home" not in caplog.text
    assert '"kind": "RuntimeError"' in caplog.text


def test_the_log_has_one_line_for_each_request(library: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="cso_rules.service"):
        library.post("/v1/classify?jurisdiction=secretplace", {"facts": {"age": 31}}, headers={"request-id": "one"})
        library.get("/no/such/secretplace")
    lines = [json.loads(record.getMessage()) for record in caplog.records if record.name == "cso_rules.service"]
    assert [(line["path"], line["status"]) for line in lines] == [("/v1/classify", 422), ("other", 404)]
    assert lines[0]["id"] == "one"
    assert "secretplace" not in caplog.text
