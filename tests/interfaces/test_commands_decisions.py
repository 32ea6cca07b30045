"""The command `decisions` answers every decision about the rows of a table of any entity that a package declares."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cso_rules.interfaces.cli import cli

AUTHORITY = """名称,部门层级,已制定实施文件,文件明确目标,文件明确扶持措施,文件明确管理制度,已有工作机制,已摸清底数
甲市民政局,市级,是,是,是,有,有,无
乙省民政厅,省级,否,,,,,
"""
GROUP = """名称,登记状态,组织形式,登记日期,直接登记类别
舞蹈队,已登记,社会团体,2012-01-05,
"""


def run(folder: Path, table: str, *options: str) -> Result:
    file = folder / "table.csv"
    file.write_text(table, encoding="utf-8")
    return CliRunner().invoke(cli, ["decisions", str(file), *options])


@pytest.mark.parametrize("entity", ["authority", "主管部门", "authorities", "Authority"])
def test_rows_describe_the_entity_that_is_named_by_id_or_label(entity: str, tmp_path: Path) -> None:
    result = run(tmp_path, AUTHORITY, "--entity", entity, "--as-of", "2022-06-01", "--lang", "en")
    assert result.exit_code == 0, result.output
    text = result.stdout
    assert "authority: 甲市民政局 (cn, 2022-06-01)" in text
    assert "- local plan is complete: yes." in text
    assert "announced, not in force: find out the base numbers (outstanding) (local civil affairs departments;" in text
    assert "  - Has the policy been publicized and explained?" in text
    assert "read 2 = answered 2 + refused 0" in result.stderr


def test_the_answers_are_said_in_chinese(tmp_path: Path) -> None:
    text = run(tmp_path, AUTHORITY, "--entity", "authority", "--as-of", "2022-06-01").stdout
    assert "主管部门：乙省民政厅（cn，2022-06-01）" in text
    assert "- 应当：" not in text  # what a province must do depends on facts that are missing
    assert "制定本地实施文件（未落实）（各地民政部门；" in text
    assert "- 是否建立部门协调的工作机制？" in text


def test_an_entity_that_the_package_has_not_is_refused_with_those_that_it_has(tmp_path: Path) -> None:
    result = run(tmp_path, AUTHORITY, "--entity", "autority", "--lang", "en")
    assert result.exit_code == 2
    assert "authority (authority)" in result.stderr


def test_duties_come_in_order_of_date_what_has_no_day_last(tmp_path: Path) -> None:
    table = GROUP + "剧社,已登记,社会团体,2012-01-05,无\n"
    result = run(tmp_path, table, "--as-of", "2019-02-01", "--format", "json")
    rows = json.loads(result.stdout)
    for row in rows:
        days = [duty["due"][0] if duty["due"] else "9" for duty in row["duties"]]
        assert days == sorted(days)
        assert all(duty["citations"] for duty in row["duties"])
    assert [row["entity"] for row in rows] == ["organization"] * 2


def test_dated_duties_are_told_with_their_day_and_provision(tmp_path: Path) -> None:
    told = {
        "名称": "剧社", "founder_residence": "local_residents", "is_nonprofit": "是", "distributes_profit": "否",
        "special_body_kind": "none", "is_active_in_community": "是", "activity_kinds": "services_for_residents",
        "is_active_in_several_counties": "否", "registration_status": "registered",
        "organizational_form": "social_group", "direct_registration_class": "none", "has_started_activity": "是",
        "has_false_application": "否",
    }  # fmt: skip
    facts, scope = f"{','.join(told)}\n", f"{','.join(told.values())}\n"
    result = run(tmp_path, facts + scope, "--as-of", "2019-02-01", "--format", "csv", "--lang", "en")
    rows = list(csv.DictReader(result.stdout.splitlines()))
    sure = [row for row in rows if row["status"] == "applies"]
    days = [row["due"] for row in sure if row["due"]]
    assert days == ["2019-03-31", "2019-05-31"]
    assert {row["decision"]: row["answer"] for row in rows}["day the report to the registrar is due"] == "2019-05-31"
    assert all(row["provisions"] for row in sure)


def test_csv_has_a_line_for_each_answer_and_item(tmp_path: Path) -> None:
    output = tmp_path / "answers.csv"
    result = run(tmp_path, AUTHORITY, "--entity", "authority", "--as-of", "2022-06-01", "-o", str(output))
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(output.read_text(encoding="utf-8-sig").splitlines()))
    assert {row["名称"] for row in rows} == {"甲市民政局", "乙省民政厅"}
    plan = next(row for row in rows if row["名称"] == "乙省民政厅" and row["决定"] == "本地实施文件完备")
    assert (plan["结论"], plan["状态"]) == ("否", "已认定")
    open_rows = [row for row in rows if row["状态"] == "可能适用"]
    assert {row["所缺"] for row in open_rows if row["结论"].startswith("督导检查")} == {"已开展督导检查"}


def test_the_rules_of_a_place_are_asked_about_its_communities(tmp_path: Path) -> None:
    result = run(tmp_path, "社区名称\n甲社区\n", "--entity", "community", "--jurisdiction", "31", "--lang", "en")
    assert "community: 甲社区 (31, " in result.stdout
    assert "duty of the residents' committee to support" in result.stdout


def test_a_cell_that_is_not_understood_is_told_and_counts_as_unknown(tmp_path: Path) -> None:
    table = AUTHORITY.replace("市级", "区里")
    result = run(tmp_path, table, "--entity", "authority", "--as-of", "2022-06-01", "--lang", "en")
    assert result.exit_code == 4
    assert "row 2 部门层级 '区里'" in result.stderr
    assert "Of which level is the civil affairs department?" in result.stdout
