"""The page about the architecture names every part of the program."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "cso_rules"
PAGE = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

PACKAGES = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
MODULES = {path.stem for path in SOURCE.glob("*.py") if not path.stem.startswith("__")}


@pytest.mark.parametrize("part", sorted(PACKAGES | MODULES))
def test_the_page_describes_the_part(part: str) -> None:
    assert f"`{part}`" in PAGE


def test_there_are_parts_to_describe() -> None:
    assert {"model", "loader", "executors", "engine"} <= PACKAGES


def layers(lines: Iterable[str]) -> list[set[str]]:
    """Return which existing parts stand on each line."""
    found = [set(re.split(r" {2,}", line.strip())[0].split(" | ")) & (PACKAGES | MODULES) for line in lines]
    return [parts for parts in found if parts]


@pytest.mark.parametrize("page", [PAGE, CONTRIBUTING], ids=["architecture", "contributing"])
def test_the_layers_of_a_page_are_those_that_are_enforced(page: str) -> None:
    enforced, *_ = SETTINGS["tool"]["importlinter"]["contracts"]
    shown = re.search(r"^    interfaces.*\n(    .+\n)+", page, re.MULTILINE)
    assert shown is not None
    assert layers(shown.group().splitlines()) == layers(re.sub("[()]", "", line) for line in enforced["layers"])


def test_links_lead_to_pages() -> None:
    targets = [piece.split(")", 1)[0] for piece in PAGE.split("](")[1:]]
    assert targets
    assert all((ROOT / "docs" / "explanation" / target).is_file() for target in targets)
