"""The service in this process, by a bundle of the library card."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from cso_rules.bundle.build import build_bundle
from cso_rules.service.app import Service, application
from cso_rules.service.rules import Rules, of_file
from cso_rules.service.settings import Settings

CARD = Path(__file__).parent.parent / "packages" / "library_card"
DAY = "2024-06-01"


@attrs.define
class Client:
    """Asks the service as a program would, one question after another."""

    service: Service
    runner: asyncio.Runner

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self.runner.run(self._ask(method, path, **more))

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(application(self.service), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path, **more)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", path, **more)

    def post(self, path: str, body: object = None, **more: Any) -> httpx.Response:
        given = {} if body is None else {"json": body}
        return self.ask("POST", path, **given, **more)


@pytest.fixture(scope="session")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("card") / "card.bundle"
    file.write_bytes(build_bundle(CARD, version=1).data)
    return file


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as found:
        yield found


@pytest.fixture(scope="session")
def client(card: Path, runner: asyncio.Runner) -> Client:
    return Client(Service(rules=Rules.opened(of_file(card)), settings=Settings()), runner)


@pytest.fixture
def library(card: Path, runner: asyncio.Runner, tmp_path: Path) -> Client:
    """A service by a bundle of its own, which may be exchanged."""
    file = tmp_path / "own.bundle"
    file.write_bytes(card.read_bytes())
    return Client(Service(rules=Rules.opened(of_file(file)), settings=Settings()), runner)
