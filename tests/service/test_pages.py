"""The pages about the service: what they show is sent and run, and every problem is on the page of problems."""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cso_rules.interfaces.cli import cli
from cso_rules.records.store import open_records
from cso_rules.service.app import Service
from cso_rules.service.endpoints import ENDPOINTS
from cso_rules.service.problems import STATUSES, texts
from cso_rules.service.recording import Recorder
from cso_rules.service.rules import Rules, of_file
from cso_rules.service.settings import Limits, Settings
from tests.service.conftest import Client
from tests.test_how_to_add_a_place import commands, expected

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "how-to" / "run-the-service.md"
BLOCK = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
REQUEST = re.compile(r"(\w+) (\S+)\n(.*?)\n\n(.*)", re.DOTALL)


def sent(client: Client, block: str) -> str:
    parts = REQUEST.fullmatch(block)
    assert parts is not None, block
    method, path, lines, body = parts.groups()
    headers = dict(line.split(": ", 1) for line in lines.split("\n"))
    return client.ask(method, path, content=body.encode(), headers=headers).text


def held(part: Any, whole: Any) -> bool:
    """Tell whether everything that is shown stands in an answer."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(name in whole and held(own, whole[name]) for name, own in part.items())
    if isinstance(part, list):
        return isinstance(whole, list) and len(part) == len(whole) and all(map(held, part, whole))
    return bool(part == whole)


def test_every_block_of_the_page_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runner: asyncio.Runner
) -> None:
    monkeypatch.chdir(tmp_path)
    answer, client, kinds = "", None, []
    steps: dict[str, Callable[[str], object]] = {"console": run, "tokens": Path("tokens").write_text}
    for kind, _, content in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        kinds.append(kind)
        if kind in steps:
            steps[kind](content)
        elif kind == "http":
            client = client or asking(Path("cn.bundle"), runner)
            answer = sent(client, content)
        elif kind in {"json", "ndjson"} and "asked_by" not in content:
            shown, given = ([json.loads(line) for line in text.splitlines()] for text in (content, answer))
            assert held(shown, given), given
    assert kinds.count("http") == kinds.count("json") - 1 + kinds.count("ndjson") == 3


def asking(file: Path, runner: asyncio.Runner) -> Client:
    settings = Settings(limits=Limits(seconds=300))  # the machine may be slow
    return Client(Service(rules=Rules.opened(of_file(file)), settings=settings), runner)


def run(block: str) -> None:
    for command in commands(block):
        result = CliRunner().invoke(cli, command.words[1:])
        said = result.output or f"cso-rules: {result.exception.in_language('en')}\n"  # type: ignore[union-attr]
        pattern = re.sub(r"\\\.\\\.\\\.(?=\\n)", ".*", expected(command).pattern)
        assert re.fullmatch(pattern, said), said


def test_what_is_said_about_a_record_is_recorded(card: Path, runner: asyncio.Runner, tmp_path: Path) -> None:
    block = next(found[2] for found in BLOCK.findall(PAGE.read_text(encoding="utf-8")) if found[1] == "request")
    with open_records(tmp_path / "decisions.db") as store:
        service = Service(rules=Rules.opened(of_file(card)), settings=Settings(), recorder=Recorder(store=store))
        body = {**json.loads(block), "facts": {"age": 3}}
        found = Client(service, runner).post("/v1/classify", body, params={"as_of": "2024-06-01"})
        assert (found.status_code, found.headers["record-number"]) == (200, "1")


def test_every_address_is_on_the_page(library: Client) -> None:
    page = PAGE.read_text(encoding="utf-8")
    described = library.get("/openapi.json").json()["paths"]
    assert {found.path for found in ENDPOINTS} < set(described)
    assert [path for path in described if f"{path}`" not in page] == []


@pytest.mark.parametrize("kind", STATUSES)
def test_every_kind_of_problem_is_on_its_page(kind: str) -> None:
    page = (DOCS / "reference" / "service-problems.md").read_text(encoding="utf-8")
    english, chinese = (texts(language)["problems"][kind]["title"] for language in ("en", "zh"))
    assert f"| `{kind}` | {STATUSES[kind]} | {english} | {chinese} |\n" in page


def test_every_code_of_an_error_is_on_its_page() -> None:
    page = (DOCS / "reference" / "service-problems.md").read_text(encoding="utf-8")
    english, chinese = (texts(language)["faults"] for language in ("en", "zh"))
    assert [code for code in english if f"| `{code}` | {english[code]} | {chinese[code]} |\n" not in page] == []
