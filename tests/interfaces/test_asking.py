"""`columns` asks a person at a terminal about the columns that it does not read, and nobody else."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cso_rules.interfaces import asking
from cso_rules.interfaces.cli import cli

LIST = """编号,名称,个人会员之数,参加活动的人,造册情况,微信群号,登记状态
1,桃园舞蹈队,32,20,有,123,未登记
2,柳湾合唱团,18,12,无,456,未登记
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(LIST, "utf-8")
    return path


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "may_ask", lambda: True)
    monkeypatch.setattr("cso_rules.interfaces.commands.lists.organizations.may_ask", lambda: True)


def run(table: Path, *options: str, said: str = "") -> tuple[Result, str]:
    output = table.with_name("list.columns.yaml")
    result = CliRunner().invoke(cli, ["columns", str(table), "-o", str(output), "--lang", "en", *options], input=said)
    return result, output.read_text("utf-8") if output.exists() else ""


@pytest.mark.usefixtures("at_terminal")
def test_a_number_a_name_no_fact_or_nothing_is_said_of_each_unread_column(table: Path) -> None:
    result, written = run(table, said="9\n1\nfixed_members\nhas_roster\n0\n")
    assert result.exit_code == 0, result.output
    assert "column 1 of 4: 个人会员之数 (such as 32)" in result.stdout
    assert "1  individual members (individual_members)" in result.stdout
    assert "there is no such choice" in result.stdout
    facts = [line.split("fact: ")[1].split("  #")[0] for line in written.splitlines() if line.startswith("    fact: ")]
    assert facts[2:6] == ["individual_members", "fixed_members", "has_roster", "unread"]
    again = CliRunner().invoke(
        cli, ["columns", str(table), "--columns", str(table.with_name("list.columns.yaml")), "--lang", "en"]
    )
    assert "个人会员之数 | individual members (individual_members)" in again.stdout
    assert "微信群号 | unread" in again.stdout
    assert "(fixed_members) | such as 20" in again.stdout


@pytest.mark.usefixtures("at_terminal")
def test_a_fact_that_another_column_holds_is_not_given_twice(table: Path) -> None:
    result, written = run(table, said="1\nindividual_members\n\n\n\n")
    assert result.exit_code == 0, result.output
    assert "held by '个人会员之数' already" in result.stdout
    assert written.count("fact: individual_members") == 1


@pytest.mark.usefixtures("at_terminal")
def test_of_two_columns_of_one_meaning_each_is_asked_about(table: Path) -> None:
    table.write_text("编号,名称,会员人数,个人会员数\n1,桃园舞蹈队,32,30\n", "utf-8")
    result, written = run(table, said="\n1\n")
    assert result.exit_code == 0, result.output
    assert written.count("fact: individual_members") == 1
    assert written.index("会员人数") < written.index("fact: unread") < written.index("fact: individual_members")


@pytest.mark.usefixtures("at_terminal")
def test_who_breaks_off_gets_no_file(table: Path) -> None:
    result, written = run(table, said="1\n")
    assert result.exit_code == 1
    assert not written


@pytest.mark.usefixtures("at_terminal")
def test_nobody_is_asked_who_does_not_want_to_be(table: Path) -> None:
    result, written = run(table, "--no-ask")
    assert result.exit_code == 0
    assert "column 1 of" not in result.output
    assert "fact: unread" in written


def test_nobody_is_asked_where_no_terminal_is(table: Path) -> None:
    result, written = run(table, said="1\n")
    assert result.exit_code == 0
    assert "column 1 of" not in result.output
    assert "individual_members" in written
    assert "fact: individual_members" not in written
