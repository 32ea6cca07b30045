"""Rules are exchanged a hundred times while 64 clients ask; each answer is by one whole bundle."""

import http.client
import json
import shutil
import signal
import threading
import time
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import attrs
import pytest

from cso_rules import load_bundle
from cso_rules.bundle.build import build_bundle
from cso_rules.determination.json_form import to_json
from tests.running_service import PATIENCE, Running, running

pytestmark = pytest.mark.services

CARD = Path(__file__).parents[2] / "packages" / "library_card"
CLIENTS, RELOADS, LINES = 64, 100, 10
DAY = "2024-06-01"
OPERATOR, CLERK = (f"{name}-0123456789abcdef0123" for name in ("operator", "clerk"))
FACTS: dict[str, Any] = {"age": 15, "home": "main_home", "overdue_items": 0, "guardian_consents": True}


@pytest.fixture
def both(tmp_path: Path) -> tuple[bytes, bytes]:
    """Two bundles by which one reader gets different cards."""
    folder = tmp_path / "library_card"
    shutil.copytree(CARD, folder)
    first = build_bundle(folder).data
    for file in (folder / "parameters").glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("value: 14", "value: 17"), encoding="utf-8")
    second = build_bundle(folder).data
    assert first != second
    return first, second


@attrs.define
class Asker:
    """Asks for as long as others reload, and keeps what is wrong with an answer."""

    port: int
    expected: dict[str, Any]
    counted: Counter[str] = attrs.field(factory=Counter)
    wrong: list[str] = attrs.field(factory=list)

    def run(self, is_over: threading.Event, place: int) -> None:
        headers = {"authorization": f"Bearer {CLERK}"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        while not is_over.is_set():
            if place % 8:
                self._one(connection, headers)
            else:
                self._batch(connection, headers)
        connection.close()

    def _one(self, connection: http.client.HTTPConnection, headers: dict[str, str]) -> None:
        own = {**headers, "content-type": "application/json"}
        connection.request("POST", f"/v1/classify?as_of={DAY}", json.dumps({"facts": FACTS}), own)
        found = connection.getresponse()
        self._keep(found.status, found.headers["rules-digest"], [json.loads(found.read())])

    def _batch(self, connection: http.client.HTTPConnection, headers: dict[str, str]) -> None:
        body = (json.dumps({"facts": FACTS}) + "\n") * LINES
        own = {**headers, "content-type": "application/x-ndjson"}
        connection.request("POST", f"/v1/batch?as_of={DAY}", body, own)
        found = connection.getresponse()
        *lines, end = [json.loads(line) for line in found.read().splitlines()]
        whole = end["end"]["is_complete"] and end["end"]["answered"] == LINES == len(lines)
        digest = found.headers["rules-digest"] if end["end"]["digest"] == found.headers["rules-digest"] else ""
        self._keep(found.status if whole else 0, digest, [line["answer"] for line in lines])

    def _keep(self, status: int, digest: str, answers: list[Any]) -> None:
        if status == 200 and all(answer == self.expected.get(digest) for answer in answers):
            self.counted[digest] += 1
        else:
            self.wrong.append(f"{status} {digest}")


def reload(service: Running) -> str:
    request = urllib.request.Request(  # noqa: S310 - this machine
        f"{service.base}/reload", b"", {"authorization": f"Bearer {OPERATOR}"}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as found:  # noqa: S310 - this machine
        digest: str = json.loads(found.read())["digest"]
        return digest


def test_each_answer_is_by_one_whole_bundle(both: tuple[bytes, bytes], tmp_path: Path) -> None:
    file, tokens = tmp_path / "rules.bundle", tmp_path / "tokens"
    tokens.write_text(f"reload {OPERATOR}\nevaluate {CLERK}\n", encoding="utf-8")
    expected = {}
    for data in both:
        file.write_bytes(data)
        bundle = load_bundle(file)
        expected[bundle.digest] = json.loads(json.dumps(to_json(bundle.determine(FACTS, as_of=DAY))))
    assert len({json.dumps(answer["decisions"]) for answer in expected.values()}) == 2
    with running("--bundle", file, "--tokens", tokens, "--seconds", "60") as service:
        is_over = threading.Event()
        askers = [Asker(service.port, expected) for _ in range(CLIENTS)]
        threads = [threading.Thread(target=own.run, args=(is_over, place)) for place, own in enumerate(askers)]
        for thread in threads:
            thread.start()
        digests = []
        for number in range(RELOADS):
            other = tmp_path / "new.bundle"
            other.write_bytes(both[number % 2])
            other.replace(file)
            digests.append(reload(service))
        is_over.set()
        for thread in threads:
            thread.join(PATIENCE)
        assert len(set(digests[::2])) == len(set(digests[1::2])) == 1
        assert set(digests) == set(expected)
        assert [each for own in askers for each in own.wrong] == []
        counted = sum((own.counted for own in askers), Counter[str]())
        assert set(counted) == set(expected)
        assert all(own.counted.total() for own in askers)
        assert service.ended() == 0


def test_a_signal_exchanges_the_rules_and_bad_ones_change_nothing(both: tuple[bytes, bytes], tmp_path: Path) -> None:
    file = tmp_path / "rules.bundle"
    file.write_bytes(both[0])
    with running("--bundle", file) as service:
        first = service.get("/ready")
        file.write_bytes(both[1])
        service.process.send_signal(signal.SIGHUP)
        second = when(service, lambda state: state["digest"] != first["digest"])
        file.write_bytes(b"nothing")
        service.process.send_signal(signal.SIGHUP)
        third = when(service, lambda state: state["last_failure"] is not None)
        assert third["digest"] == second["digest"]


def when(service: Running, holds: Any) -> dict[str, Any]:
    """Return the state of a service as soon as something holds of it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        state = service.get("/ready")
        if holds(state):
            return state
        time.sleep(0.05)
    raise AssertionError(service.lines)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_is_being_answered_is_answered_before_the_end(service_of_its_own: Running, number: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", service_of_its_own.port, timeout=PATIENCE)
    connection.putrequest("POST", f"/v1/classify?as_of={DAY}")
    body = json.dumps({"facts": FACTS}).encode()
    connection.putheader("content-type", "application/json")
    connection.putheader("content-length", str(len(body)))
    connection.endheaders(body[:5])
    time.sleep(0.3)
    service_of_its_own.process.send_signal(number)
    time.sleep(0.3)
    connection.send(body[5:])
    found = connection.getresponse()
    assert (found.status, found.headers["connection"]) == (200, "close")
    assert json.loads(found.read())["format"] == 1
    assert service_of_its_own.process.wait(PATIENCE) == 0


@pytest.fixture
def service_of_its_own(card: Path) -> Any:
    with running("--bundle", card) as found:
        yield found
