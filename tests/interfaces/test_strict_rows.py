"""`--strict` means one thing wherever rows are read: a row with a cell that is not understood is refused."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cso_rules.interfaces.cli import cli

LIST = """编号,名称,所在社区,个人会员数,活动资金,登记状态
1,桃园舞蹈队,桃园社区,32,3000,未登记
2,柳湾合唱团,柳湾社区,约20人,500,未登记
3,桃园棋社,桃园社区,15人（党员5人）,800,未登记
"""
CONTEXT = ("--as-of", "2020-12-31", "--lang", "en")
COMMANDS = {
    "classify": (),
    "notice": ("--all", "-o", "notices.html"),
    "area": (),
    "impact": ("--set", "minimum_individual_members=20"),
    "sweep": ("minimum_individual_members", "20", "40"),
    "ask-next": (),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_strict_refuses_the_row_and_otherwise_its_fact_is_unknown(command: str, tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    table.write_text(LIST, "utf-8")
    options = [str(tmp_path / option) if option.endswith(".html") else option for option in COMMANDS[command]]
    for strictness, counts in (((), "answered 3 + refused 0"), (("--strict",), "answered 2 + refused 1")):
        result = CliRunner().invoke(cli, [command, str(table), *options, *CONTEXT, *strictness])
        assert result.exit_code == 4, result.output
        assert f"read 3 = {counts}" in result.stderr
        assert "约20人" in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_strict_changes_nothing_where_every_cell_is_understood(command: str, tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    table.write_text(LIST.replace("约20人", "20余人"), "utf-8")
    options = [str(tmp_path / option) if option.endswith(".html") else option for option in COMMANDS[command]]
    found = [CliRunner().invoke(cli, [command, str(table), *options, *CONTEXT, *more]) for more in ((), ("--strict",))]
    assert [result.exit_code for result in found] == [0, 0]
    assert found[0].output == found[1].output
