"""`make test` runs with the development tools alone: it imports nothing that only `make test-services` installs."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ADDED = {"psycopg", "pymysql", "pyspark", "schemathesis", "fastapi", "django", "hatchling"}
"""The modules of the extra `services`."""


@pytest.mark.parametrize(
    "folder", [TESTS, TESTS.parent / "benchmarks", TESTS.parent / "src"], ids=lambda path: path.name
)
def test_what_only_services_need_is_imported_at_the_head_of_their_tests_alone(folder: Path) -> None:
    found = {str(path.relative_to(folder)) for path in folder.rglob("*.py") if imported(path) & ADDED}
    assert {name for name in found if not name.startswith("services/")} == set()
    assert found or folder != TESTS, "the names no longer say what services bring"


def imported(path: Path) -> set[str]:
    """Return the modules that are imported as soon as a file is."""
    names = set[str]()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return {name.lower() for name in names}
