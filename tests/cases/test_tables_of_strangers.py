"""Tables as others keep them: pages of instructions, lines that are no organizations, headings that nobody knows."""

import datetime
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from click.testing import CliRunner

from cso_rules import load_policy
from cso_rules.interfaces.cli import cli
from cso_rules.tables.problems import FileProblem
from cso_rules.tables.read.asides import Table
from cso_rules.tables.read.columns import is_known_heading
from tests.cases.tables import (
    ABLE,
    CONTEXT,
    INPUTS,
    assert_bulk_agrees,
    changed,
    classified,
    facts,
    read,
    tiers,
    written,
)

AREA = ("--as-of", "2020-12-31", "--jurisdiction", "cn", "--lang", "en")
EXAMPLE = Path(__file__).parents[2] / "examples" / "county-utf8.csv"


def lines(path: Path, rows: list[str]) -> Path:
    """Write a table of one organization with further lines below it, each the content of its first cells."""
    text = written(path, [ABLE]).read_text("utf-8")
    path.write_text(text + "".join(row + "," * (len(ABLE) - 1 - row.count(",")) + "\n" for row in rows), "utf-8")
    return path


@pytest.mark.parametrize(
    "line",
    [
        "一、文体类", "（二）公益慈善类", "第三批", "文体活动类", "柳湾街道", "注：本表一式三份",
        "注1：会员数以花名册为准", "备注：无",
        "说明：本表按季报送。", "填表说明", "※金额以万元计", "填表人：张三   审核人：李四",
        "填报人：张三,,审核人：李四,,填报日期：2018年6月1日",
        "制表人 张三", "审核：李四", "单位负责人签字：      年   月   日", "负责人（签字）：", "单位（盖章）",
        "填报单位（盖章）：某街道办事处",
        "填报日期：2018年6月5日", "2018年6月5日", "    年  月  日", "2.活动资金以万元计", "以下空白",
        "联系电话：0471-1234567", "编号,名称",
        ",,,填表人：张三", ",注：以上名单截至六月底。", "总 计：12家", "本页小计", "合计12",
    ],
)  # fmt: skip
def test_lines_that_are_no_organizations_are_left_out_and_named(tmp_path: Path, line: str) -> None:
    path = lines(tmp_path / "t.csv", [line])
    items, summary, _ = read(path)
    assert [item.id for item in items] == ["A1"]
    assert [*summary.totals_rows, *summary.asides_rows] == [3]
    assert_bulk_agrees(path, tmp_path / "out.csv")


@pytest.mark.parametrize(
    "line",
    [
        "A2", "甲,桃园社区舞蹈队", "A2,注：会", ",桃园社区舞蹈队", ",注册会计师协会", "A2,总计师协会",
        "A2,一、二楼舞蹈队", "3", "X-1,签名协会",
        "填表人：张三,桃园社区舞蹈队,本地居民",
    ],
)  # fmt: skip
def test_an_organization_is_never_left_out_for_its_name(tmp_path: Path, line: str) -> None:
    path = lines(tmp_path / "t.csv", [line])
    assert len(read(path)[0]) == 2
    assert_bulk_agrees(path, tmp_path / "out.csv")


def test_without_a_column_of_names_only_lines_that_say_so_are_left_out() -> None:
    table = Table.of(("编号", "个人会员数"), is_known_heading(load_policy("cn", as_of="2020-01-01")))
    assert [table.aside((text, "")) for text in ("甲", "柳湾街道", "一、文体类", "注：无", "合计")] == [
        None, None, "note", "note", "totals",
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "asides"), [("a_notes.xlsx", [5, 6, 7]), ("x_merged.xlsx", [8, 9])])
def test_sections_notes_and_signatures_are_left_out_by_every_command(
    tmp_path: Path, name: str, asides: list[int]
) -> None:
    path = INPUTS / name
    said = f"rows of sections, notes and signatures skipped: {', '.join(map(str, asides))}"
    assert [item.id for item in read(path)[0]] == ["A0", "A1", "A2"]
    assert said in classified(path).stderr
    assert said in CliRunner().invoke(cli, ["explain", str(path), "--id", "A0", *CONTEXT]).stderr
    counted = CliRunner().invoke(cli, ["area", str(path), *AREA])
    assert said in counted.stderr
    assert "read 3 = answered 3 + refused 0" in counted.stderr
    assert_bulk_agrees(path, tmp_path / "out.xlsx")


def test_a_second_row_of_headings_names_the_columns_below_a_common_heading(tmp_path: Path) -> None:
    assert facts(INPUTS / "x_merged.xlsx")[0] == {
        "individual_members": 30,
        "institutional_members": 0,
        "activity_funds": 500,
        "registration_status": "not_registered",
    }
    path = tmp_path / "t.csv"
    path.write_text("编号,名称,会员数,,登记状态\n,,个人会员数,单位会员数,\nA1,一会,30,2,未登记\n", "utf-8")
    assert facts(path) == [
        {"individual_members": 30, "institutional_members": 2, "registration_status": "not_registered"}
    ]
    assert_bulk_agrees(path, tmp_path / "out.csv")


def test_the_sheet_that_holds_a_table_is_taken_and_named(tmp_path: Path) -> None:
    path = INPUTS / "x_hidden.xlsx"
    assert [item.id for item in read(path)[0]] == ["A", "B"]
    assert {"sheet read: 台账", "sheets not read: 说明"} <= set(read(path)[2])
    assert_bulk_agrees(path, tmp_path / "out.xlsx")


def test_a_page_that_explains_headings_is_not_the_table(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("说明").write_column(0, 0, ["填表说明", "名称", "填写全称"])
        for name, count in (("甲", 3), ("乙", 4)):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["编号", "名称", "个人会员数"])
            sheet.write_row(1, 0, ["A1", "一会", count])
    assert [found["individual_members"] for found in facts(path)] == [3]
    assert "sheets not read: 说明, 乙" in read(path)[2]
    for wanted in ("乙", "3"):
        found = classified(path, "--sheet", wanted, "--format", "json")
        assert '"individual_members": 4' in found.stdout
        output = str(tmp_path / "out.csv")
        bulk = CliRunner().invoke(cli, ["bulk", str(path), "-o", output, "--sheet", wanted, *CONTEXT])
        assert "sheet read: 乙" in bulk.stderr
    assert isinstance(classified(path, "--sheet", "丙").exception, FileProblem)


def test_headings_near_facts_are_no_facts_and_stop_nothing(tmp_path: Path) -> None:
    path = INPUTS / "hd4.csv"
    assert "columns that are no facts, handed on as they are: 业务主管单位, 资金来源" in classified(path).stderr
    assert "did you mean" not in classified(path).stderr
    assert_bulk_agrees(path, tmp_path / "out.csv")


def test_unknown_headings_are_named_with_what_may_have_been_meant_and_stop_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [ABLE | {"资金来源合法度": "是", "党员数人": "3"}])
    found = classified(path)
    assert found.exit_code == 0
    assert found.stderr.count("'资金来源合法度' (did you mean 'lawful assets and funds'?)") == 1
    assert "“资金来源合法度”（是否应为“资产经费合法”？）" in classified(path, "--lang", "zh").stderr
    assert_bulk_agrees(path, tmp_path / "out.csv")


def test_the_note_about_unknown_headings_is_bounded(tmp_path: Path) -> None:
    row = ABLE | {f"一列很长的名称{'甲' * 200}{number}": "x" for number in range(300)}
    notes = read(written(tmp_path / "t.csv", [row]))[2]
    assert all(len(note.encode()) < 4000 for note in notes)
    assert "and 280 more" in notes[-1]


def test_two_columns_of_one_meaning_are_named_and_neither_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [ABLE | {"注册资金（万元）": "3"}])
    _, _, notes = read(path)
    assert "columns of one meaning, 'activity funds': '活动资金', '注册资金（万元）'; none of them is read" in notes[1]
    assert all("activity_funds" not in found for found in facts(path))
    assert_bulk_agrees(path, tmp_path / "out.csv")


def test_values_below_a_blank_heading_are_named(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [{"": "x", **ABLE}, {"": "", **ABLE}, {"": "y", **ABLE}])
    assert "cells below a blank heading, which are not read: column 1 (2)" in classified(path).stderr
    assert_bulk_agrees(path, tmp_path / "out.csv")


def test_a_list_of_a_real_register_is_read_and_its_unread_columns_are_named(tmp_path: Path) -> None:
    path = INPUTS / "list-national-register.csv"
    items, _, notes = read(path)
    assert [item.id for item in items] == ["52110101MJ0000001A", "51110101MJ0000002X", "53110000MJ0000003Y"]
    assert notes[0] == "read as gb18030"
    assert "法定代表人" in notes[1]
    found = facts(path)
    assert [each["registration_status"] for each in found] == ["registered", "deregistered", "revoked"]
    assert [each.get("activity_funds") for each in found] == [30_000, None, 2_000_000]  # a bare 3.0 beside 3万元
    assert found[1]["registered_on"] == datetime.date(2011, 9, 12)
    assert found[1]["activity_kinds"] == frozenset({"culture_sports_recreation", "neighborhood_mutual_assistance"})
    assert_bulk_agrees(path, tmp_path / "out.csv")


@pytest.mark.parametrize(
    ("name", "totals", "notes", "funds"),
    [
        ("list-filing-ledger.xlsx", [7, 11], [4, 8, 12], [0, None, 3000, 50_000]),
        ("list-annual-check.xlsx", [], [], [30_000, 55_000, 30_000]),
    ],
)
def test_real_lists_lose_no_multiplier_and_count_no_line(
    tmp_path: Path, name: str, totals: list[int], notes: list[int], funds: list[int | None]
) -> None:
    path = INPUTS / name
    _, summary, said = read(path)
    assert (summary.totals_rows, summary.asides_rows) == (totals, notes)
    assert [found.get("activity_funds") for found in facts(path)] == funds
    assert any("columns that are no facts" in note for note in said)
    assert_bulk_agrees(path, tmp_path / "out.xlsx")


@pytest.mark.parametrize("name", ["form-annual-check.xlsx", "form-activity-team.xlsx"])
def test_a_form_about_one_organization_is_one_row(name: str, tmp_path: Path) -> None:
    items, summary, notes = read(INPUTS / name)
    assert len(items) == summary.read == 1
    assert any("read as forms about one organization each" in note for note in notes)
    assert_bulk_agrees(INPUTS / name, tmp_path / "out.csv")


@pytest.mark.parametrize(
    ("name", "count"),
    [("list-filing-ledger.xlsx", 4), ("list-annual-check.xlsx", 3), ("list-national-register.csv", 3),
     ("list-activity-teams.xlsx", 4), ("form-annual-check.xlsx", 1), ("form-activity-team.xlsx", 1)],
)  # fmt: skip
def test_real_lists_and_forms_are_read_without_renaming_columns(name: str, count: int) -> None:
    path = INPUTS / name
    items, summary, notes = read(path)
    assert (len(items), summary.refused) == (count, 0)
    assert not any("columns not read" in note for note in notes)


def clerk(path: Path) -> Path:
    """Write the clerk's example with a unit in a heading, a filler, an error and a line for signatures."""
    text = EXAMPLE.read_text("utf-8-sig")
    head, *rows = text.splitlines()
    names = head.split(",")
    place = names.index("活动资金（元）")
    names[place] = "活动资金（万元）"
    kept = [row.split(",") for row in rows[:4]]
    kept[0][place], kept[1][place], kept[3][place] = "3", "0.05", "#DIV/0!"
    kept[2][names.index("开展活动")] = "/"
    kept.append(["填表人：张三", "", "负责人签字：", "", "2018年  月  日", *[""] * (len(names) - 5)])
    path.write_text("\n".join(",".join(row) for row in [names, *kept]) + "\n", "utf-8")
    return path


def test_the_clerks_example_with_a_unit_a_filler_an_error_and_a_line_for_signatures(tmp_path: Path) -> None:
    path = clerk(tmp_path / "clerk.csv")
    assert tiers(path) == [
        ("A001", "registered"), ("A002", "community_guided"),
        ("A003", "out_of_scope|registered|subdistrict_managed"), ("A004", "refused"),
    ]  # fmt: skip
    found = classified(path, "--lang", "zh")
    assert found.exit_code == 4
    assert found.stderr.splitlines() == [
        "按 utf-8 编码读取",
        "不是事实、原样保留的列：街道、成立日期、备注",
        "分类标题、说明、签字等行未作为数据处理：6",
        "“开展活动”有 1 格只填了“/”，按不详处理",
        "cn：仅适用全国规则，未查询地方规则",
        "第 5 行 活动资金（万元） '#DIV/0!'：电子表格的错误值：#DIV/0!",
        "未读懂的单元格：活动资金（万元） 1。其内容按不详处理，结论仍成立，只是可能较宽；请改正后重新运行",
        "读取 4 = 已答复 4 + 未处理 0",
    ]
    assert_bulk_agrees(path, tmp_path / "out.csv")


def test_the_example_itself_reads_as_before(tmp_path: Path) -> None:
    items, summary, _ = read(EXAMPLE)
    assert (summary.read, summary.answered, len(items)) == (72, 72, 72)
    assert_bulk_agrees(EXAMPLE, tmp_path / "out.csv")


def test_changed_names_of_columns_are_tested_on_the_organization_that_is_able_to_register(tmp_path: Path) -> None:
    assert tiers(written(tmp_path / "t.csv", [changed("编号", "编号", "A1")])) == [("A1", "registered")]
