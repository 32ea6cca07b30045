"""Bodies within their size and time."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from cso_rules.service.bodies import Body, refuse_media_type
from cso_rules.service.front import Gone, language_of
from cso_rules.service.problems import Problem, pointer
from cso_rules.service.settings import Limits, Settings
from cso_rules.service.tokens import Tokens

QUICK = Limits(pause=0.2, request=0.5, waiting=0.5)


def body(pieces: list[tuple[float, bytes]], *, most: int = 100, is_long: bool = False) -> Body:
    """Return a body whose pieces come after some seconds each."""
    left: Iterator[tuple[int, tuple[float, bytes]]] = enumerate(pieces, 1)

    async def receive() -> dict[str, Any]:
        found = next(left, None)
        if found is None:
            return {"type": "http.disconnect"}
        number, (seconds, piece) = found
        await asyncio.sleep(seconds)
        return {"type": "http.request", "body": piece, "more_body": number < len(pieces)}

    return Body(receive, most, QUICK, is_long=is_long)


def test_pieces_are_put_together(runner: asyncio.Runner) -> None:
    assert runner.run(body([(0, b"a"), (0, b""), (0, b"b")]).whole()) == b"ab"


@pytest.mark.parametrize("is_long", [False, True])
@pytest.mark.parametrize(
    ("pieces", "kind"),
    [([(0, b"a"), (1, b"b")], "too-slow"), ([(0.15, b"a")] * 10, "too-slow"), ([(0, b"a" * 60)] * 2, "too-large")],
    ids=["a pause", "drops", "too much"],
)
def test_a_body_is_given_up(
    runner: asyncio.Runner, pieces: list[tuple[float, bytes]], kind: str, is_long: bool
) -> None:
    with pytest.raises(Problem, match=kind):
        runner.run(body(pieces, is_long=is_long).whole())


def test_nobody_is_answered_who_went_away(runner: asyncio.Runner) -> None:
    going = body([(0, b"a"), (0, b"b")])

    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    going.receive = gone
    with pytest.raises(Gone):
        runner.run(going.whole())


@pytest.mark.parametrize(
    "header",
    ["application/json", "Application/JSON", "application/json; charset=UTF-8", 'application/json;charset="utf-8"'],
)
def test_a_media_type_may_be_written_in_several_ways(header: str) -> None:
    refuse_media_type(header, "application/json")


@pytest.mark.parametrize(
    "header", ["", "application/jsonp", "application/json; charset=gb18030", "application/json; x=y"]
)
def test_another_media_type_is_refused(header: str) -> None:
    with pytest.raises(Problem, match="wrong-media-type"):
        refuse_media_type(header, "application/json")


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "zh"), ("en", "en"), ("en-US,en;q=0.9,zh;q=0.8", "en"), ("zh-CN,en;q=0.9", "zh"), ("fr", "zh"),
     ("en;q=0", "zh"),     ("zh;q=0.1, en;q=0.2", "en"), ("en;q=x", "zh"), ("," * 1000, "zh")],
)  # fmt: skip
def test_a_language_is_preferred(header: str, language: str) -> None:
    assert language_of(header) == language


def test_a_pointer_escapes_what_rfc_6901_escapes_and_leaves_out_what_is_too_long() -> None:
    assert pointer("facts", "a/b~c", 0) == "/facts/a~1b~0c/0"
    assert pointer("facts", "x" * 1000, 0) == "/facts"


@pytest.mark.parametrize(
    ("names", "known"),
    [((), None), (("Rules.example",), {"rules.example", "10.0.0.1", "localhost", "127.0.0.1", "[::1]"})],
)
def test_hosts_that_a_request_may_name(names: tuple[str, ...], known: set[str] | None) -> None:
    settings = Settings(host="10.0.0.1", names=names, tokens=Tokens(((b"", "read"),)))
    assert settings.hosts == known
