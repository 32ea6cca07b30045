"""What the pages print was printed: every Python block is run, and compared with the text block that follows it."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(r"\]\(([^)\s#]+)[^)\s]*\)")
BLOCKS = re.compile(r"```python\n(.*?)```(?:\s*[^\n`]*\s*```text\n(.*?)```)?", re.DOTALL)
PAGES = ["README.md", "README.zh-CN.md"]


@pytest.mark.parametrize("page", [*PAGES, "docs/how-to/check-area-targets.md"])
def test_the_python_blocks_of_a_page_print_what_it_shows(page: str) -> None:
    found = BLOCKS.findall(Path(page).read_text("utf-8"))
    assert found
    for code, expected in found:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, page, "exec"), {})  # noqa: S102 - our own page
        assert printed.getvalue() == expected


@pytest.mark.parametrize("page", PAGES)
def test_the_rule_file_excerpt_stands_in_the_package(page: str) -> None:
    excerpt = re.search(r"```yaml\n(.*?)```", Path(page).read_text("utf-8"), re.DOTALL)
    assert excerpt is not None
    rules = Path("policies/cn/decisions/registration_conditions.yaml").read_text("utf-8")
    assert excerpt.group(1) in rules


def test_links_of_every_page_lead_to_files() -> None:
    found = [page for folder in (".", "docs", "changelog.d", "examples") for page in (ROOT / folder).glob("*.md")]
    found += (ROOT / "docs").glob("*/*.md")
    links = [(page, link) for page in found for link in LINK.findall(page.read_text("utf-8")) if ":" not in link]
    assert len(links) > 100
    assert [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", [*PAGES, "CONTRIBUTING.md"])
def test_the_tests_that_a_newcomer_runs_need_no_server(page: str) -> None:
    printed = [line for line in (ROOT / page).read_text("utf-8").splitlines() if "pytest -q" in line]
    assert printed
    assert [line for line in printed if not line.endswith('-m "not services"')] == []


def test_the_list_of_pages_names_every_page_and_folder_and_no_other() -> None:
    docs = ROOT / "docs"
    text = (docs / "README.md").read_text(encoding="utf-8")
    folders = {f"{folder.name}/" for folder in docs.iterdir() if folder.is_dir()}
    assert set(re.findall(r"^\| `(\w[\w-]*/)` \|", text, re.MULTILINE)) == folders
    listed = ("tutorial", "how-to", "reference", "explanation")
    pages = {str(file.relative_to(docs)) for name in listed for file in (docs / name).glob("*.md")}
    assert pages <= set(re.findall(r"\]\(([^)#]+)\)", text))
    assert [name for name in re.findall(r"\]\(([^)#]+)\)", text) if not (docs / name).exists()] == []
