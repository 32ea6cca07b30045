"""One bundle, of the whole country and two places with rules of their own, in the last periods."""

import datetime
from pathlib import Path

import pytest

from cso_rules.bundle.build import Built, build_bundle
from cso_rules.bundle.opened import Bundle, load_bundle


@pytest.fixture(scope="session")
def built() -> Built:
    return build_bundle("cn", places=["4103", "11"], first=datetime.date(2025, 6, 1), version=7)


@pytest.fixture(scope="session")
def path(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("bundle") / "cn.bundle"
    file.write_bytes(built.data)
    return file


@pytest.fixture(scope="session")
def bundle(path: Path) -> Bundle:
    return load_bundle(path)
