"""The page on adding a place: its files are written, its commands run, and what they print is compared."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner

from cso_rules.interfaces.cli import cli

PAGE = Path(__file__).parent.parent / "docs" / "how-to" / "add-a-place.md"
BLOCK = re.compile(r"^```(yaml|console)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ELISION = "..."


@attrs.frozen
class Command:
    """A line after `$`, and what the page says it prints; a line of dots stands for any lines."""

    words: tuple[str, ...]
    printed: tuple[str, ...]


def blocks() -> list[tuple[str, str, str]]:
    return BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def commands(block: str) -> Iterator[Command]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        line, *printed = part.rstrip("\n").split("\n")
        yield Command(tuple(shlex.split(line)), tuple(printed))


def expected(command: Command) -> re.Pattern[str]:
    lines = [r"(?:.*\n)*?" if line == ELISION else re.escape(line) + r"\n" for line in command.printed]
    return re.compile("".join(lines))


def run(command: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if command.words[0] == "export":
        name, _, value = command.words[1].partition("=")
        monkeypatch.setenv(name, value.replace("$PWD", str(folder)))
        return
    program, *arguments = command.words
    assert program == "cso-rules"
    result = CliRunner().invoke(cli, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    assert expected(command).fullmatch(result.output), f"{shlex.join(command.words)}\n{result.output}"


def test_every_file_and_command_of_the_page_does_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CSO_RULES_POLICIES", raising=False)
    for language, name, content in blocks():
        if language == "yaml":
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(content, encoding="utf-8")
            continue
        for command in commands(content):
            run(command, tmp_path, monkeypatch)


def test_the_page_shows_the_whole_way() -> None:
    written = [name.partition("/")[2] for language, name, _ in blocks() if language == "yaml"]
    assert written == [
        "package.yaml", "instruments.yaml", "changes.yaml", "changes.yaml", "vocabulary.yaml",
        "decisions/filing_conditions.yaml", "parameters/filing.yaml", "scenarios/tier.yaml",
    ]  # fmt: skip
    asked = [command.words[1] for kind, _, text in blocks() if kind == "console" for command in commands(text)]
    assert [word for word in asked if "=" not in word] == [
        "new-overlay", "check", "check", "test", "trace", "show", "diff"
    ]  # fmt: skip
    operations = ("sets", "restates", "removes", "adds", "chooses", "replaces", "except_when", "nationally")
    assert [word for word in operations if f"{word}:" not in PAGE.read_text(encoding="utf-8")] == []


def test_every_block_of_code_of_the_page_is_run() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.count("\n```") == 2 * len(blocks())
    assert not re.search(r"^    \S", BLOCK.sub("", text), re.MULTILINE)
