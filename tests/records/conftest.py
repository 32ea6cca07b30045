"""Decisions about readers of the library, in a package of which some facts are personal."""

from pathlib import Path

import pytest

from cso_rules import Policy, load_policy
from cso_rules.records.store import RecordStore, open_records
from tests.recorded_decisions import personal_card


@pytest.fixture(scope="session")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return personal_card(tmp_path_factory.mktemp("personal"))


@pytest.fixture(scope="session")
def policy(card: Path) -> Policy:
    return load_policy(card, as_of="2024-06-01")


@pytest.fixture
def store(tmp_path: Path) -> RecordStore:
    return open_records(tmp_path / "decisions.db")
