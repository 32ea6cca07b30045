"""The page on decision records, block by block: files written, commands and Python run, and compared."""

import contextlib
import io
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from cso_rules.interfaces.cli import cli
from tests.test_how_to_add_a_place import Command, commands

PAGE = Path(__file__).parent.parent / "docs" / "how-to" / "keep-decision-records.md"
BLOCK = re.compile(r"^```(csv|console|python|text)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANY = re.compile(r"(?<=[ ,])\.\.\.(?=;|$)", re.MULTILINE)
"""Dots within a line stand for an id or a hash."""


def expected(command: Command) -> re.Pattern[str]:
    lines = (
        r"(?:.*\n)*?" if line == "..." else ".*".join(map(re.escape, ANY.split(line))) + r"\n"
        for line in command.printed
    )
    return re.compile("".join(lines))


def test_every_block_does_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    printed, kinds = "", []
    for kind, name, content in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        kinds.append(kind)
        if kind == "csv":
            Path(name).write_text(content, encoding="utf-8")
        elif kind == "text":
            assert printed == content
        elif kind == "python":
            stream = io.StringIO()
            with contextlib.redirect_stdout(stream):
                exec(compile(content, str(PAGE), "exec"), {})  # noqa: S102 - our own page
            printed = stream.getvalue()
        else:
            for command in commands(content):
                result = CliRunner().invoke(cli, command.words[1:])
                assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
                assert expected(command).fullmatch(result.output), result.output
    assert kinds == ["csv", "console", "python", "text", "python", "text", "console", "console", "console"]
