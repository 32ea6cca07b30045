"""Pages that set answers of 2018 beside those of today: what they show of a command is what it prints."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from cso_rules.interfaces.cli import cli
from tests.test_how_to_add_a_place import BLOCK, commands, expected

ROOT = Path(__file__).parent.parent
PAGES = ["classify-a-spreadsheet.md", "measure-a-reform.md"]


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_print_what_it_shows(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").mkdir()
    shutil.copy(ROOT / "examples" / "county-utf8.csv", tmp_path / "examples")
    text = (ROOT / "docs" / "how-to" / page).read_text(encoding="utf-8")
    asked = [command for kind, _, block in BLOCK.findall(text) if kind == "console" for command in commands(block)]
    assert asked
    for command in asked:
        result = CliRunner().invoke(cli, command.words[1:])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        assert expected(command).fullmatch(result.output), result.output
