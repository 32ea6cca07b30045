"""Pages of the book in a browser: accessible in both languages, light and dark; narrow enough; searched from a file."""

import datetime
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cso_rules.book.write import write_book
from tests.page_in_a_browser import used_by

pytestmark = pytest.mark.services
ROOT = Path(__file__).resolve().parents[2]
LOOK = Path(__file__).parent / "browser" / "look.mjs"
NATIONAL = [
    "index.html", "about.html", "decisions.html", "decision-tier.html", "decision-filing_conditions.html",
    "graph.html", "parameters.html",
]  # fmt: skip
SEARCHES = [
    ("decision-tier.html", "3万"), ("about.html", "30,000"), ("index.html", "30000"), ("graph.html", "三万"),
    ("about.html", "activity funds"), ("facts.html", "国务院令第250号"), ("places.html", "深圳"),
]  # fmt: skip


def looked_at(folder: Path, pages: list[str], searches: list[tuple[str, str]]) -> dict[str, Any]:
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert browser, "install Chromium"
    asked = json.dumps({"folder": str(folder), "pages": pages, "searches": searches})
    done = subprocess.run(["node", str(LOOK), browser, asked], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("book") / "national"
    write_book(ROOT / "policies" / "cn", written, datetime.date(2026, 11, 27))
    return written


@pytest.fixture(scope="module")
def national(folder: Path) -> dict[str, Any]:
    return looked_at(folder, NATIONAL, SEARCHES)


def test_pages_are_accessible_and_fit_a_narrow_screen(national: dict[str, Any]) -> None:
    assert national["faults"] == []


def test_nothing_is_asked_for_elsewhere(national: dict[str, Any]) -> None:
    assert national["requests"] == []


def test_the_page_that_asks_can_be_read_by_all_in_every_state(folder: Path) -> None:
    assert used_by("states.mjs", folder / "try.html") == {"faults": [], "requests": []}


def test_the_search_stays_in_sight(national: dict[str, Any]) -> None:
    assert national["isInSight"]


@pytest.mark.parametrize("words", ["3万", "30,000", "30000", "三万"])
def test_a_number_is_found_however_it_is_written(national: dict[str, Any], words: str) -> None:
    assert "parameters.html#minimum_activity_funds-2016-02-06" in national["found"][words]


def test_names_provisions_and_places_are_found_from_every_page(national: dict[str, Any]) -> None:
    found = national["found"]
    assert found["activity funds"][0] == "facts.html#activity_funds"
    assert any(target.startswith("provisions.html#order-250-") for target in found["国务院令第250号"])
    assert "places.html#cn-4403" in found["深圳"]


def test_every_page_of_a_small_book_is_accessible(tmp_path: Path) -> None:
    for name in ("library_card", "library_card-4403"):
        shutil.copytree(ROOT / "tests" / "packages" / name, tmp_path / "rules" / name)
    folder = tmp_path / "book"
    write_book(tmp_path / "rules" / "library_card", folder, datetime.date(2026, 11, 27))
    found = looked_at(folder, sorted(page.name for page in folder.glob("*.html")), [])
    assert found["faults"] == []
