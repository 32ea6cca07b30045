"""The page about the architecture names every part of the program."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "cso_rules"
PAGE = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")

PACKAGES = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
MODULES = {path.stem for path in SOURCE.glob("*.py") if not path.stem.startswith("__")}


@pytest.mark.parametrize("part", sorted(PACKAGES | MODULES))
def test_the_page_describes_the_part(part: str) -> None:
    assert f"`{part}`" in PAGE


def test_there_are_parts_to_describe() -> None:
    assert {"model", "loader", "executors", "engine"} <= PACKAGES


def test_links_lead_to_pages() -> None:
    targets = [piece.split(")", 1)[0] for piece in PAGE.split("](")[1:]]
    assert targets
    assert all((ROOT / "docs" / "explanation" / target).is_file() for target in targets)
