"""What the pages print was printed: every block is run or written to its file, and what it prints is compared."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from cso_rules.interfaces.cli import cli
from tests.test_how_to_add_a_place import Command, commands, run

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(r"\]\(([^)\s#]+)[^)\s]*\)")
BLOCKS = re.compile(r"```python\n(.*?)```(?:\s*[^\n`]*\s*```text\n(.*?)```)?", re.DOTALL)
FENCED = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
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
def test_the_files_of_a_page_are_written_and_its_commands_print_what_it_shows(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = Path(page).read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CSO_RULES_POLICIES", raising=False)
    for kind, name, content in FENCED.findall(text):
        if name:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(content, encoding="utf-8")
        for command in commands(content) if kind == "console" else ():
            run(command, tmp_path, monkeypatch)
    assert (tmp_path / "notice.html").is_file()


def test_the_pages_show_the_same_in_both_languages() -> None:
    english, chinese = (Path(page).read_text("utf-8") for page in PAGES)
    assert [block[:2] for block in FENCED.findall(english)] == [block[:2] for block in FENCED.findall(chinese)]
    asked = [[command.words for command in asked_in(text)] for text in (english, chinese)]
    own = [[word for word in words if word not in {"--lang", "en"}] for words in asked[0]]
    assert own == [list(words) for words in asked[1]]
    assert len(re.findall("^## ", english, re.MULTILINE)) == len(re.findall("^## ", chinese, re.MULTILINE))
    assert [LINK.findall(text)[1:] for text in (english,)] == [LINK.findall(text)[1:] for text in (chinese,)]


def asked_in(text: str) -> list[Command]:
    return [command for kind, _, content in FENCED.findall(text) if kind == "console" for command in commands(content)]


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_a_page_is_run_written_or_compared(page: str) -> None:
    text = Path(page).read_text("utf-8")
    assert text.count("\n```") == 2 * len(FENCED.findall(text))
    assert {kind for kind, _, _ in FENCED.findall(text)} == {"console", "csv", "python", "text", "yaml"}


@pytest.mark.parametrize("page", PAGES)
def test_the_indented_commands_are_commands_with_options_that_there_are(page: str) -> None:
    lines = re.findall(r"^    (cso-rules [^#\n]*)", Path(page).read_text("utf-8"), re.MULTILINE)
    assert len(lines) > 6
    for words in map(shlex.split, lines):
        command = cli.commands[words[1]]
        known = {name for parameter in command.params for name in parameter.opts}
        assert {word for word in words[2:] if word.startswith("-")} <= known


@pytest.mark.parametrize("page", PAGES)
def test_the_rule_file_excerpt_stands_in_the_package(page: str) -> None:
    excerpt = re.search(r"```yaml\n(.*?)```", Path(page).read_text("utf-8"), re.DOTALL)
    assert excerpt is not None  # the block without the name of a file
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
    made = {"__pycache__"}  # by Python, from pages with code beside them
    folders = {f"{folder.name}/" for folder in docs.iterdir() if folder.is_dir() and folder.name not in made}
    assert set(re.findall(r"^\| `(\w[\w-]*/)` \|", text, re.MULTILINE)) == folders
    listed = ("tutorial", "how-to", "reference", "explanation")
    pages = {str(file.relative_to(docs)) for name in listed for file in (docs / name).glob("*.md")}
    assert pages <= set(re.findall(r"\]\(([^)#]+)\)", text))
    assert [name for name in re.findall(r"\]\(([^)#]+)\)", text) if not (docs / name).exists()] == []
