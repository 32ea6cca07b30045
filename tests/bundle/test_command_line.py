"""Commands that need no rule file answer from a bundle as from the rule files."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cso_rules.errors import BundleError
from cso_rules.interfaces.cli import cli

RULES = ["--jurisdiction", "北京市", "--as-of", "2026-03-01"]
ROWS = """name,individual_members,has_charter,jurisdiction,as_of
River Society,60,true,410305,2026-02-01
Hill Society,3,,11,2025-07-01
Lake Society,30,false,,
"""
COMMANDS = {
    "area": ["area", "{list}"],
    "ask-next": ["ask-next", "{list}"],
    "bulk": ["bulk", "{list}", "-o", "{out}.csv", "--reasons"],
    "classify": ["classify", "{list}", "--format", "json"],
    "columns": ["columns", "{list}"],
    "decisions": ["decisions", "{list}", "--format", "csv"],
    "explain": ["explain", "{list}", "--row", "2"],
    "notice": ["notice", "{list}", "--row", "2", "-o", "{out}.html"],
    "show-code": ["show-code"],
    "sql": ["sql", "--dialect", "duckdb", "--decision", "tier"],
    "template": ["template", "-o", "{out}.xlsx"],
}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "list.csv"
    file.write_text(ROWS, encoding="utf-8")
    return file


def said(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [part.format(list=folder / "list.csv", out=folder / "out") for part in arguments])


def written(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.glob("out.*") if file.suffix != ".xlsx"}


@pytest.mark.parametrize("command", COMMANDS)
def test_command_answers_as_from_rule_files(table: Path, path: Path, command: str) -> None:
    folder, arguments = table.parent, [*COMMANDS[command], *RULES]
    expected = said(folder, *arguments)
    files = written(folder)
    found = said(folder, *arguments, "--bundle", str(path))
    assert found.exit_code == expected.exit_code == 0, found.output
    assert found.output == expected.output
    assert written(folder) == files


@pytest.mark.parametrize("command", ["classify", "bulk", "ask-next"])
def test_rows_of_places_that_are_left_out_are_refused(table: Path, path: Path, command: str) -> None:
    table.write_text(ROWS.replace(",11,", ",440305,"), encoding="utf-8")
    found = said(table.parent, *COMMANDS[command], *RULES, "--bundle", str(path))
    assert found.exit_code == 4
    assert "jurisdiction '440305'：不在该规则包适用的地区内" in found.output
    assert "读取 3 = 已答复 2 + 未处理 1" in found.output


@pytest.mark.parametrize(
    ("more", "reason"), [(["--as-of", "2020-01-01"], "不含 2020-01-01"), (["--jurisdiction", "深圳"], "不含 4403")]
)
def test_day_and_place_that_are_not_in_it_are_refused(table: Path, path: Path, more: list[str], reason: str) -> None:
    found = said(table.parent, "classify", "{list}", "--bundle", str(path), *more)
    assert isinstance(found.exception, BundleError)
    assert reason in found.exception.in_language("zh")


@pytest.mark.parametrize("more", [["--drafts"], ["--package", "elsewhere"], ["--without-local-deviations"]])
def test_what_only_rule_files_can_be_asked_is_refused(table: Path, path: Path, more: list[str]) -> None:
    found = said(table.parent, "classify", "{list}", "--bundle", str(path), *more)
    assert found.exit_code == 2
    assert "--bundle: 规则集文件已含全部规则" in found.output


@pytest.mark.parametrize("command", [["trace", "cn"], ["show", "tier"], ["diff"], ["sweep", "{list}", "x", "1", "2"]])
def test_command_that_needs_rule_files_takes_none(table: Path, path: Path, command: list[str]) -> None:
    found = said(table.parent, *command, "--bundle", str(path))
    assert found.exit_code == 2
    assert "--bundle" in found.output
