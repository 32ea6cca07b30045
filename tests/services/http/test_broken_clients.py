"""Slow and broken clients get an answer or an end in time, and others are answered meanwhile."""

import contextlib
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator

import attrs
import pytest

from tests.running_service import PATIENCE, Running

pytestmark = pytest.mark.services

HEAD = b"POST /v1/classify?as_of=2024-06-01 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
BATCH = b"POST /v1/batch?as_of=2024-06-01 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-ndjson\r\n"
BODY = b'{"facts":{"age":30}}'
CHUNK = b"10000\r\n" + b" " * 65536 + b"\r\n"
DEEP = b'{"facts":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


def sized(body: bytes, head: bytes = HEAD) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


BROKEN: dict[str, tuple[bytes, set[int]]] = {
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", {400}),
    "a body that is announced as too large": (HEAD + b"Content-Length: 99999999\r\n\r\n{", {413}),
    "a length of thousands of digits": (HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", {400, 413}),
    "a length below zero": (HEAD + b"Content-Length: -1\r\n\r\n{}", {400}),
    "a length that is no number": (HEAD + b"Content-Length: 1e3\r\n\r\n{}", {400}),
    "two lengths": (HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", {400}),
    "a length and chunks": (HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
    "a chunk without a size": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", {400}),
    "a huge chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}", {400, 408, 413}),
    "another coding": (HEAD + b"Transfer-Encoding: gzip\r\n\r\n{}", {400, 501}),
    "chunks beyond the limit": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNK * 20 + b"0\r\n\r\n", {413}),
    "a compressed body": (sized(BODY, HEAD + b"Content-Encoding: gzip\r\n"), {415}),
    "half a body, then nothing": (HEAD + b"Content-Length: 100\r\n\r\n" + BODY, {408}),
    "half of the headers, then nothing": (HEAD, {408}),
    "headers of 20,000 bytes": (HEAD + b"X: " + b"x" * 20_000 + b"\r\n\r\n", {431}),
    "a header with a null": (HEAD + b"X: a\0b\r\n\r\n", {400}),
    "a line that is folded": (HEAD + b"X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}", {400, 422}),
    "repeated keys": (sized(b'{"facts":{"age":1,"age":2}}'), {400}),
    "100,000 levels": (sized(DEEP), {400}),
    "another origin": (sized(BODY, HEAD + b"Origin: http://evil.example\r\n"), {403}),
    "another host": (b"GET /ready HTTP/1.1\r\nHost: evil.example\r\n\r\n", {421}),
    "no host": (b"GET /ready HTTP/1.1\r\n\r\n", {400}),
    "a preflight": (b"OPTIONS /v1/classify HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\n\r\n", {405}),
    "a tunnel": (b"CONNECT example.org:443 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {400, 404, 405}),
    "an address of elsewhere": (b"GET http://evil.example/ready HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {400, 404}),
    "an address that is no text": (b"GET /%ff%00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {404}),
    "a parameter that is no text": (b"GET /v1/parameters?%ff=%ff HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {422}),
    "a whole request": (sized(BODY), {200}),
}  # fmt: skip
IN_TIME = 5.0
"""Seconds after which each of these has its answer; the machine may be slow, so that more is not taken for a fault."""


def status_of(connection: socket.socket) -> int:
    """Return the status of the next answer; 0 where the connection ends without one."""
    found = b""
    with contextlib.suppress(OSError):
        while b"\r\n" not in found and (piece := connection.recv(65536)):
            found += piece
    return int(found.split(b" ")[1]) if found.startswith(b"HTTP/1.1 ") else 0


@attrs.define
class Watch:
    """Asks for /health again and again while something else happens."""

    service: Running
    slowest: float = 0
    asked: int = 0
    _is_done: threading.Event = attrs.field(factory=threading.Event)

    def run(self) -> None:
        while not self._is_done.wait(0.05):
            began = time.monotonic()
            assert self.service.get("/health") == {"status": "ok"}
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.asked += 1

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        thread = threading.Thread(target=self.run)
        thread.start()
        try:
            yield
        finally:
            self._is_done.set()
            thread.join()


def test_each_broken_request_gets_its_answer_while_health_answers(service: Running) -> None:
    found: dict[str, tuple[int, float]] = {}

    def send(case: str, request: bytes) -> None:
        began = time.monotonic()
        with service.connected() as connection:
            with contextlib.suppress(OSError):
                connection.sendall(request)
            found[case] = (status_of(connection), time.monotonic() - began)

    watch = Watch(service)
    with watch.watching():
        threads = [threading.Thread(target=send, args=(case, request)) for case, (request, _) in BROKEN.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
    wrong = {case: found.get(case) for case, (_, wanted) in BROKEN.items() if found.get(case, (0, 0))[0] not in wanted}
    assert wrong == {}
    assert watch.asked


def test_half_a_body_and_the_end_is_told(service: Running) -> None:
    with service.connected() as connection:
        connection.sendall(HEAD + b"Content-Length: 100\r\n\r\n" + BODY)
        connection.shutdown(socket.SHUT_WR)
        assert status_of(connection) == 400
        assert connection.recv(1 << 16) == b"" or connection.recv(1 << 16) == b""


def test_a_whole_request_and_the_end_is_answered(service: Running) -> None:
    with service.connected() as connection:
        connection.sendall(sized(BODY))
        connection.shutdown(socket.SHUT_WR)
        assert status_of(connection) == 200


def test_requests_in_a_row_are_answered_in_order(service: Running) -> None:
    with service.connected() as connection:
        ready = b"GET /ready HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        connection.sendall(sized(BODY) + ready + b"GET /v2 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        with connection.makefile("rb") as answers:
            text = answers.read()
    assert re.findall(rb"HTTP/1\.1 (\d+) ", text) == [b"200", b"200", b"404"]


def dripping(request: bytes, is_over: Callable[[], bool]) -> Callable[[socket.socket], None]:
    """Return what sends a request byte by byte, each just in time for the next pause."""

    def drip(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            for byte in request:
                if is_over():
                    return
                connection.sendall(bytes([byte]))
                time.sleep(0.5)

    return drip


@pytest.mark.parametrize(
    "request_", [HEAD * 4, HEAD + b"Content-Length: 1000\r\n\r\n" + b" " * 100], ids=["head", "body"]
)
def test_a_request_that_drips_is_ended(service: Running, request_: bytes) -> None:
    with service.connected() as connection:
        ended = threading.Event()
        start = request_.index(b"\r\n\r\n") + 4 if b"\r\n\r\n" in request_ else 20
        connection.sendall(request_[:start])
        thread = threading.Thread(target=dripping(request_[start:], ended.is_set), args=(connection,))
        thread.start()
        assert status_of(connection) == 408
        ended.set()
        thread.join()


def test_a_thousand_slow_connections_keep_nobody_waiting(service: Running) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(1000):
            stack.enter_context(service.connected()).sendall(HEAD)
        watch = Watch(service)
        with watch.watching(), service.connected() as connection:
            connection.sendall(sized(BODY))
            assert status_of(connection) == 200
            time.sleep(0.5)
        assert watch.asked


def test_a_batch_is_answered_while_it_comes_in(service: Running) -> None:
    with service.connected() as connection, connection.makefile("rb") as answers:
        connection.sendall(BATCH + b"Transfer-Encoding: chunked\r\n\r\n")
        for number in range(1, 4):
            line = BODY + b"\n"
            connection.sendall(b"%x\r\n%s\r\n" % (len(line), line))
            while not (text := answers.readline()).startswith(b'{"line":'):
                assert text
            assert json.loads(text)["line"] == number
        connection.sendall(b"0\r\n\r\n")
        while not (text := answers.readline()).startswith(b'{"end":'):
            assert text
        assert json.loads(text)["end"]["read"] == 3


def test_a_batch_that_is_cut_off_has_no_complete_end(service: Running) -> None:
    with service.connected() as connection, connection.makefile("rb") as answers:
        connection.sendall(BATCH + b"Content-Length: 1000\r\n\r\n" + BODY + b"\n")
        connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(OSError):
            assert b'"is_complete":true' not in answers.read()


def test_nothing_of_the_broken_requests_is_in_the_log_and_no_fault(service: Running) -> None:
    service.get("/health")
    assert not [line for line in service.lines if '"fault"' in line or "Traceback" in line or "age" in line]
