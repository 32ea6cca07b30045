"""The part of a list in which a row stands, such as 一、文体类, is told beside its answers; so are local decisions."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from cso_rules.interfaces.cli import cli

LIST = """名称,个人会员数,登记状态
一、文体类,,
桃园舞蹈队,32,未登记
柳湾合唱团,约20人,未登记
二、志愿类,,
桃园义工队,15,已登记
合计,67,
"""
CONTEXT = ("--as-of", "2020-12-31")
SECTIONS = ["一、文体类", "一、文体类", "二、志愿类"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(LIST, "utf-8")
    return path


def out(*arguments: str) -> str:
    return CliRunner().invoke(cli, [*arguments, *CONTEXT]).stdout


@pytest.mark.parametrize("strictness", [[], ["--strict"]])
def test_csv_and_json_tell_the_section_of_every_row_refused_ones_too(table: Path, strictness: list[str]) -> None:
    lines = list(csv.DictReader(io.StringIO(out("classify", str(table), "--format", "csv", *strictness))))
    assert [line["所在部分"] for line in lines] == SECTIONS
    assert not any("所在部分" in line["说明"] for line in lines)
    items = json.loads(out("classify", str(table), "--format", "json", *strictness))
    assert [item["section"] for item in items] == SECTIONS
    assert [item["status"] for item in items][1] == ("refused" if strictness else "answered")


def test_a_workbook_remarks_it_and_a_notice_heads_with_it(table: Path) -> None:
    workbook = table.with_suffix(".xlsx")
    CliRunner().invoke(cli, ["classify", str(table), "-o", str(workbook), *CONTEXT])
    results = load_workbook(workbook)["结果"]
    remarks = [row[-1] for row in results.iter_rows(min_row=2, values_only=True)]
    assert [str(remark).split("；")[0] for remark in remarks] == [f"所在部分：{section}" for section in SECTIONS]
    own = load_workbook(workbook).worksheets[0]
    assert "所在部分：二、志愿类" in str(own.cell(4, own.max_column).value)
    assert out("explain", str(table), "--row", "6").startswith("桃园义工队（二、志愿类）：")


def test_a_list_without_sections_says_none(table: Path) -> None:
    table.write_text("名称,登记状态\n桃园舞蹈队,未登记\n", "utf-8")
    (line,) = csv.DictReader(io.StringIO(out("classify", str(table), "--format", "csv")))
    assert not line["所在部分"]
    assert "所在部分" not in line["说明"]


FILED = """名称,登记状态,备案状态,备案日期
桃园舞蹈队,未登记,已备案,2019-03-01
柳湾合唱团,未登记,未备案,
"""


def test_decisions_of_a_place_have_columns_where_the_place_has_rules_for_them(table: Path) -> None:
    table.write_text(FILED, "utf-8")
    nationally = next(csv.reader(io.StringIO(out("classify", str(table), "--format", "csv"))))
    locally = list(
        csv.DictReader(io.StringIO(out("classify", str(table), "--format", "csv", "--jurisdiction", "4403")))
    )
    assert "备案条件" not in nationally
    assert "下一步" in nationally
    assert [line["备案条件"] for line in locally] == ["是 或 否"] * 2


def test_rows_that_name_their_places_have_the_columns_of_every_place(table: Path) -> None:
    table.write_text("名称,地区代码,登记状态\n桃园舞蹈队,cn,未登记\n柳湾合唱团,4403,未登记\n", "utf-8")
    lines = list(csv.DictReader(io.StringIO(out("classify", str(table), "--format", "csv"))))
    assert [bool(line["备案条件"]) for line in lines] == [False, True]


TEAM = {
    "organization_name": "桃园口琴队", "founder_residence": "local_residents", "is_nonprofit": True,
    "distributes_profit": False,
    "special_body_kind": "none", "is_active_in_community": True, "activity_kinds": ["culture_sports_recreation"],
    "registration_status": "not_registered", "organizational_form": "none", "individual_members": 10,
    "institutional_members": 0, "fixed_members": 10, "persons_in_charge": 1, "has_fixed_activities": True,
    "has_relatively_fixed_time": True, "has_relatively_fixed_place": True, "has_standard_name": True,
    "is_temporary": False, "filing_status": "not_filed", "subdistrict_unit_kind": "subdistrict",
}  # fmt: skip


def test_the_next_step_of_csv_is_that_of_the_workbook(tmp_path: Path) -> None:
    team, workbook, place = tmp_path / "team.json", tmp_path / "answers.xlsx", ("--jurisdiction", "31")
    team.write_text(json.dumps([TEAM]), "utf-8")
    (line,) = csv.DictReader(io.StringIO(out("classify", str(team), "--format", "csv", *place)))
    CliRunner().invoke(cli, ["classify", str(team), "-o", str(workbook), *place, *CONTEXT])
    heads, row = load_workbook(workbook)["结果"].iter_rows(values_only=True)
    assert "备案" in line["下一步"]
    assert line["下一步"] == str(row[heads.index("下一步")]).replace("\n", "；")
    assert line["备案条件"] == "是"
