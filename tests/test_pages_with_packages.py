"""Pages that build a package block by block: their files are written, their commands run, what they print compared."""

import re
from pathlib import Path

import pytest

from tests.test_how_to_add_a_place import BLOCK, commands, run

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = ["how-to/filings-and-deadlines.md", "tutorial/write-the-rules-of-a-county.md"]


@pytest.mark.parametrize("page", PAGES)
def test_every_file_and_command_of_the_page_does_what_it_says(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CSO_RULES_POLICIES", raising=False)
    for language, name, content in BLOCK.findall((DOCS / page).read_text(encoding="utf-8")):
        if language == "yaml":
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(content, encoding="utf-8")
            continue
        for command in commands(content):
            run(command, tmp_path, monkeypatch)


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_the_page_is_run(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    assert text.count("\n```") == 2 * len(BLOCK.findall(text))


def test_the_slots_of_the_national_rules_are_all_explained() -> None:
    text = (DOCS / "how-to" / "filings-and-deadlines.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    files = (ROOT / "policies" / "cn" / "decisions").glob("*.yaml")
    slots = {
        file.stem for file in files if re.search(r"^no_rule: true$", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert explained == slots
