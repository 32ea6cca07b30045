"""A bundle of the library card, and a service that answers by it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cso_rules.bundle.build import build_bundle
from tests.running_service import Running, running

CARD = Path(__file__).parents[2] / "packages" / "library_card"


@pytest.fixture(scope="session")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("http") / "card.bundle"
    file.write_bytes(build_bundle(CARD, version=1).data)
    return file


@pytest.fixture(scope="session")
def service(card: Path) -> Iterator[Running]:
    with running("--bundle", card) as found:
        yield found
