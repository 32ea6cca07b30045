"""A workbook of answers keeps the list as it was, and has sheets to read, to ask from and to print."""

import datetime
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from cso_rules.interfaces.cli import cli

LIST = (
    ("柳湾街道台账",),
    ("编号", "名称", "所在社区", "登记状态", "个人会员数", "活动资金（元）", "备注"),
    ("A1", "=合唱团", "柳湾社区", "未登记", 12, 500.5, "好"),
    ("A2", "舞蹈队", "桃园社区", "未登记", "约20人", 0, None),
    ("A3", "巡逻队", "桃园社区", "已登记", 60, 30000, None),
)


@pytest.fixture
def book(tmp_path: Path) -> openpyxl.Workbook:
    path, output = tmp_path / "list.xlsx", tmp_path / "answers.xlsx"
    made = openpyxl.Workbook()
    assert made.active is not None
    sheet = made.active
    sheet.title = "台账"
    for row in LIST:
        sheet.append(row)
    sheet["B3"].data_type = "s"
    other = made.create_sheet("别的")
    other["A1"], other["B2"] = "不动", "=1+1"
    made.save(path)
    arguments = ["classify", str(path), "--as-of", "2018-06-01", "--jurisdiction", "cn", "-o", str(output)]
    assert CliRunner().invoke(cli, arguments).exit_code == 4
    assert openpyxl.load_workbook(path)["台账"].max_column == len(LIST[1])
    return openpyxl.load_workbook(output)


def test_the_list_and_other_sheets_stay_and_answers_stand_beside(book: openpyxl.Workbook) -> None:
    assert book.sheetnames == ["台账", "别的", "结果", "待核问题", "未读懂的单元格", "汇总", "依据", "说明"]
    sheet = book["台账"]
    kept = [tuple(cell.value for cell in row[: len(LIST[1])]) for row in sheet.iter_rows()]
    assert kept == [row + (None,) * (len(LIST[1]) - len(row)) for row in LIST]
    assert (book["别的"]["A1"].value, book["别的"]["B2"].value) == ("不动", "=1+1")
    heads = {str(cell.value): place for place, cell in enumerate(sheet[2], start=1)}
    assert sheet.cell(5, heads["认定层级"]).value == "依法登记 或 不属于社区社会组织"
    assert "会员" in str(sheet.cell(3, heads["为什么"]).value)


def test_sheets_for_reading_are_frozen_filtered_wrapped_and_one_page_wide(book: openpyxl.Workbook) -> None:
    sheet = book["结果"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("C2", sheet.dimensions)
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToWidth) == ("landscape", 1)
    assert sheet.print_title_rows == "$1:$1"
    assert all(cell.alignment.wrap_text for row in sheet.iter_rows() for cell in row)
    assert [cell.value for cell in sheet[1]][:4] == ["编号", "名称", "社区", "认定层级"]
    assert sheet["B2"].value == "=合唱团"
    assert sheet["B2"].data_type == "s"


def test_questions_problems_and_counts(book: openpyxl.Workbook) -> None:
    problem = book["未读懂的单元格"][2]
    assert [cell.value for cell in problem][:5] == [4, "A2", "舞蹈队", "个人会员数", "约20人"]
    link = problem[4].hyperlink
    assert link is not None
    assert link.location == "'台账'!E4"
    asked = [[cell.value for cell in row] for row in book["待核问题"].iter_rows(min_row=2)]
    assert {row[1] for row in asked} == {"=合唱团", "舞蹈队", "巡逻队"}
    assert all(row[4] for row in asked)
    counts = {row[0].value: row[-1].value for row in book["汇总"].iter_rows(min_row=2)}
    assert counts == {"柳湾社区": 1, "桃园社区": 2, "合计": 3}


def test_the_run_says_its_rules_and_how_columns_were_taken(book: openpyxl.Workbook) -> None:
    lines = {row[0].value: row[1].value for row in book["说明"].iter_rows() if row[0].value}
    assert lines["适用日期"] == datetime.date(2018, 6, 1).isoformat()
    assert (lines["个人会员数"], lines["活动资金（元）"]) == ("个人会员数", "活动资金")
    assert book["依据"].max_row > 1
