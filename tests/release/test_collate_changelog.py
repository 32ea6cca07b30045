"""A release moves the sentences of its changes into the changelog, by kind, and loses none."""

import datetime
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
DAY = datetime.date(2026, 11, 27)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("collate_changelog", ROOT / "release" / "collate_changelog.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_changes_of_now_all_stand_in_the_page_once(script: ModuleType) -> None:
    files = script.fragments(ROOT / "changelog.d")
    page = script.collated((ROOT / "CHANGELOG.md").read_text("utf-8"), files, "9.9.9", DAY)
    assert "\n## 9.9.9 (2026-11-27)\n" in page
    assert [file.name for file in files if page.count(f"\n- {script.sentences(file)}\n") != 1] == []
    own = page.partition("## 9.9.9")[2].partition("\n## ")[0]
    headings = [line.removeprefix("### ") for line in own.splitlines() if "### " in line]
    assert headings == [heading for heading in script.HEADINGS.values() if heading in headings]


def test_a_later_release_stands_above_an_earlier_one_which_stays(script: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "added-a.md").write_text("Something\nnew, see [it](../docs/README.md).\n", "utf-8")
    (tmp_path / "fixed-b.md").write_text("Something old.\n", "utf-8")
    first = script.collated((ROOT / "CHANGELOG.md").read_text("utf-8"), script.fragments(tmp_path), "9.0", DAY)
    second = script.collated(first, script.fragments(tmp_path), "9.1", DAY)
    assert second.index("## 9.1 (2026-11-27)") < second.index("## 9.0 (2026-11-27)")
    assert second.count("- Something new, see [it](docs/README.md).\n") == 2
    assert second.count("### Fixed\n\n- Something old.\n") == 2


def test_a_file_of_no_kind_and_a_version_that_is_there_are_refused(script: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "better-a.md").write_text("Something.\n", "utf-8")
    with pytest.raises(SystemExit, match=r"better-a\.md"):
        script.fragments(tmp_path)
    with pytest.raises(SystemExit, match="already"):
        script.collated("x\n## 9.0 (2026-01-01)\n", [], "9.0", DAY)
