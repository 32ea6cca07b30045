"""Rules are exchanged as a whole, or stay."""

import asyncio
import datetime
from pathlib import Path

import pytest

from cso_rules.bundle.build import build_bundle
from cso_rules.errors import BundleError
from cso_rules.service.app import Service
from cso_rules.service.problems import Problem
from cso_rules.service.rules import Rules, of_file, of_package
from cso_rules.service.settings import Settings
from tests.service.conftest import CARD, Client


def exchanged(client: Client) -> None:
    client.runner.run(client.service.reloaded())


def test_a_newer_bundle_comes_into_use(library: Client, tmp_path: Path) -> None:
    before = library.get("/ready").json()
    (tmp_path / "own.bundle").write_bytes(build_bundle(CARD, version=2).data)
    exchanged(library)
    after = library.get("/ready").json()
    assert (before["version"], after["version"], after["last_failure"]) == (1, 2, None)
    assert before["digest"] != after["digest"] == library.get("/v1/places").headers["rules-digest"]


@pytest.mark.parametrize("content", [b"", b"cso-rules bundle 1\n{}\n", None])
def test_a_bundle_that_cannot_be_used_leaves_the_old_one(
    library: Client, tmp_path: Path, content: bytes | None
) -> None:
    before, file = library.get("/ready").json(), tmp_path / "own.bundle"
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    with pytest.raises(Problem, match="not-reloaded"):
        exchanged(library)
    after = library.get("/ready").json()
    assert (after["digest"], after["since"]) == (before["digest"], before["since"])
    assert after["last_failure"]["zh"]
    assert library.post("/v1/classify", {"facts": {}}, params={"as_of": "2024-06-01"}).status_code == 200


def test_an_older_bundle_is_refused(library: Client, tmp_path: Path) -> None:
    (tmp_path / "own.bundle").write_bytes(build_bundle(CARD, version=0).data)
    with pytest.raises(Problem, match="not-reloaded"):
        exchanged(library)
    assert library.get("/ready").json()["version"] == 1


def test_a_bundle_whose_rules_cannot_be_asked_is_refused(card: Path, tmp_path: Path) -> None:
    file = tmp_path / "cut.bundle"
    file.write_bytes(card.read_bytes()[:-50])
    with pytest.raises(BundleError):
        Rules.opened(of_file(file))


def test_rule_files_are_built_into_one_bundle(runner: asyncio.Runner) -> None:
    rules = Rules.opened(of_package(CARD, ["4403"], datetime.date(2024, 6, 1)))
    client = Client(Service(rules=rules, settings=Settings()), runner)
    found = client.post("/v1/classify", {"facts": {}}, params={"as_of": "2024-06-01", "jurisdiction": "4403"})
    assert found.json()["jurisdiction"] == "4403"
