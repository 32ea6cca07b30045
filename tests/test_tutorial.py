"""The tutorial for a clerk, from a ledger to notices: each command prints what the page shows."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from cso_rules.interfaces.cli import cli
from tests.test_how_to_add_a_place import BLOCK, commands, expected

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "tutorial" / "from-a-ledger-to-notices.md"


def test_the_commands_print_what_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    asked = [command for kind, _, block in blocks if kind == "console" for command in commands(block)]
    assert [command.words[1] for command in asked] == [
        "columns", "classify", "classify", "template", "classify", "explain", "notice", "notice"
    ]  # fmt: skip
    for command in asked:
        result = CliRunner().invoke(cli, list(command.words[1:]))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        assert expected(command).fullmatch(result.output), result.output
    assert {path.name for path in tmp_path.iterdir()} == {
        "examples",
        "结果.xlsx",
        "名单.xlsx",
        "告知书.html",
        "告知书.docx",
    }
