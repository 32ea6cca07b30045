"""Database servers for the tests of generated SQL, one of each for the whole session.

Tests in this folder are not even imported where services are not wanted, for what they import may not be installed.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import database_servers
from tests.database_servers import Server


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Leave the folder alone where services are not wanted."""
    return True if "not services" in config.option.markexpr else None


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A folder with a short name, for the path of a socket has a limit."""
    with tempfile.TemporaryDirectory(prefix="cso") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def postgresql(folder: Path) -> Iterator[Server]:
    with database_servers.postgresql(folder) as started:
        yield started


@pytest.fixture(scope="session")
def mariadb(folder: Path) -> Iterator[Server]:
    with database_servers.mariadb(folder) as started:
        yield started


@pytest.fixture(scope="session")
def spark(folder: Path) -> Iterator[Server]:
    with database_servers.spark(folder) as started:
        yield started


@pytest.fixture(params=["postgresql", "mariadb", "spark"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found
