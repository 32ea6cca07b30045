"""A unit in a heading, above a table or in a cell is applied exactly, or the column is left unread with a note."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import xlsxwriter  # type: ignore[import-untyped]
from click.testing import CliRunner

from cso_rules.interfaces.cli import cli
from cso_rules.model.spelling.units import unit_of
from cso_rules.tables.bulk.determine import determine_many
from cso_rules.tables.read.headings import Headings
from tests.cases.tables import (
    ABLE,
    CONTEXT,
    INPUTS,
    assert_bulk_agrees,
    changed,
    classified,
    facts,
    facts_in_bulk,
    policy,
    read,
    tiers,
    written,
)

APPLIED = [
    ("注册资金（万元）", "3", "30000"),
    ("活动资金(万元)", "5.5", "55000"),
    ("活动资金【万元】", "3", "30000"),
    ("活动资金[万元]", "3", "30000"),
    ("活动资金〔万元〕", "3", "30000"),
    ("活动资金（人民币万元）", "3", "30000"),
    ("活动资金（单位：万元）", "3", "30000"),
    ("活动资金（单位：万元；保留两位小数）", "3.25", "32500"),
    ("活动资金（以万元计）", "3", "30000"),
    ("活动资金（万 元）", "3", "30000"),
    ("*活动资金（万元，必填）", "3", "30000"),
    ("活动资金/万元", "3", "30000"),
    ("活动资金、万元", "3", "30000"),
    ("活动资金：万元", "3", "30000"),
    ("活动资金 单位：千元", "30", "30000"),
    ("活动资金万元", "3", "30000"),
    ("活动资金（万）", "3", "30000"),
    ("活动资金（千元）", "30", "30000"),
    ("活动资金（百元）", "300", "30000"),
    ("活动资金（百万元）", "0.03", "30000"),
    ("活动资金（千万）", "0.003", "30000"),
    ("活动资金（亿元）", "0.0003", "30000"),
    ("活动资金（金额：万元）", "3", "30000"),
    ("活动资金（万元，人民币）", "3", "30000"),
    ("活动资金（角）", "300000", "30000"),
    ("活动资金（分）", "3000001", "30000.01"),
    ("activity_funds_wan", "3", "30000"),
    ("activity_funds_10k", "3", "30000"),
    ("activity_funds（万元）", "3", "30000"),
    ("activity funds (10,000 yuan)", "3", "30000"),
    ("activity funds (CNY 10,000)", "3", "30000"),
    ("activity funds (thousand yuan)", "30", "30000"),
    ("activity funds (k)", "30", "30000"),
]
UNREAD = [
    "活动资金（美元）", "活动资金（万美元）", "活动资金（港币）", "activity funds (USD)", "活动资金（人）",
    "活动资金（个）", "活动资金（%）",
    "活动资金（年）", "活动资金（元/年）", "活动资金（含会费）", "活动资金（W）", "活动资金（如：3万元）",
    "活动资金（万元）（元）",
    "活动资金（0.1万元）", "活动资金（1000）", "activity funds (units of ten)",
]  # fmt: skip


@pytest.mark.parametrize(("heading", "cell", "yuan"), APPLIED)
def test_a_unit_in_a_heading_is_applied(tmp_path: Path, heading: str, cell: str, yuan: str) -> None:
    row = changed("活动资金", heading, cell)
    path = written(tmp_path / "t.csv", [row])
    assert facts(path)[0]["activity_funds"] == Decimal(yuan)
    assert facts(written(tmp_path / "t.json", [row]))[0]["activity_funds"] == Decimal(yuan)
    assert facts_in_bulk(pa.table({heading: [cell]}))["activity_funds"] == Decimal(yuan)
    assert facts_in_bulk(pa.table({heading: [Decimal(cell)]}))["activity_funds"] == Decimal(yuan)
    if cell.isdigit():
        assert facts_in_bulk(pa.table({heading: [int(cell)]}))["activity_funds"] == Decimal(yuan)
    assert_bulk_agrees(path, tmp_path / "out.csv")


@pytest.mark.parametrize("heading", UNREAD)
def test_a_unit_that_is_not_that_of_the_fact_or_not_understood_leaves_the_column_unread(
    tmp_path: Path, heading: str
) -> None:
    path = written(tmp_path / "t.csv", [changed("活动资金", heading, "3")])
    items, _, notes = read(path)
    assert [type(item).__name__ for item in items] == ["Answered"]
    assert "activity_funds" not in facts(path)[0]
    assert [note for note in notes if heading in note] != []
    assert "activity_funds" not in facts_in_bulk(pa.table({heading: [3], "individual_members": [3]}))
    assert_bulk_agrees(path, tmp_path / "out.csv")


@pytest.mark.parametrize(
    ("own", "heading", "cell", "fact", "value"),
    [
        ("个人会员数", "个人会员数（百人）", "2", "individual_members", 200),
        ("个人会员数", "个人会员数（万人）", "0.5", "individual_members", 5000),
        ("个人会员数", "会员人数、人", "61", "individual_members", 61),
        ("单位会员数", "单位会员数/家", "2", "institutional_members", 2),
    ],
)
def test_units_of_counts_are_applied(tmp_path: Path, own: str, heading: str, cell: str, fact: str, value: int) -> None:
    path = written(tmp_path / "t.csv", [changed(own, heading, cell)])
    assert facts(path)[0][fact] == value
    assert facts_in_bulk(pa.table({heading: [cell]}))[fact] == value


@pytest.mark.parametrize(
    ("own", "heading", "fact"),
    [
        ("个人会员数", "个人会员数（元）", "individual_members"),
        ("个人会员数", "个人会员数（家）", "individual_members"),
        ("个人会员数", "个人会员数（%）", "individual_members"),
        ("个人会员数", "个人会员数（‰）", "individual_members"),
        ("专职人员适当", "专职人员适当（人）", "has_suitable_full_time_staff"),
        ("专职人员适当", "专职人员适当（人数）", "has_suitable_full_time_staff"),
        ("开展活动", "开展活动（次）", "activity_kinds"),
        ("登记状态", "登记状态（万元）", "registration_status"),
    ],
)
def test_a_unit_of_something_else_leaves_the_column_unread(tmp_path: Path, own: str, heading: str, fact: str) -> None:
    path = written(tmp_path / "t.csv", [changed(own, heading, "1")])
    assert fact not in facts(path)[0]
    assert any(heading in note for note in read(path)[2])
    assert fact not in facts_in_bulk(pa.table({heading: ["1"], "activity_funds": [3]}))


@pytest.mark.parametrize(
    "heading",
    ["非营利（是/否）", "非营利（必填）", "非营利(填是或否)", "非营利（2018年底）", "非营利（1是0否）"],
)
def test_remarks_that_change_nothing_pass(tmp_path: Path, heading: str) -> None:
    assert facts(written(tmp_path / "t.csv", [changed("非营利", heading, "是")]))[0]["is_nonprofit"] is True


@pytest.mark.parametrize(
    "heading", ["活动资金（必填）", "活动资金（2018年底）", "活动资金（截至2018年6月）", "活动资金（例：30000）"]
)
def test_remarks_beside_numbers_that_change_nothing_pass(tmp_path: Path, heading: str) -> None:
    assert facts(written(tmp_path / "t.csv", [changed("活动资金", heading, "300")]))[0]["activity_funds"] == 300


@pytest.mark.parametrize(
    ("heading", "cell", "yuan"),
    [
        ("活动资金", "3万元", 30000), ("活动资金（元）", "3万", 30000), ("活动资金（万元）", "3万", 30000),
        ("活动资金（万元）", "3万元", 30000), ("活动资金", "3百万元", 3_000_000), ("活动资金", "3千元", 3000),
        ("活动资金", "¥30,000", 30000), ("活动资金", "￥30,000", 30000), ("活动资金", "人民币3万元", 30000),
        ("活动资金", "200万元人民币", 2_000_000), ("活动资金", "3k", 3000), ("活动资金", "30 000元", None),
        ("活动资金（万元）", "30000元", None), ("活动资金（万元）", "3千元", None), ("活动资金（百元）", "3万", None),
        ("活动资金", "3美元", None), ("活动资金", "30人", None), ("活动资金", "3万人", None), ("活动资金", "3%", None),
    ],
)  # fmt: skip
def test_a_unit_in_a_cell_is_applied_once_or_not_understood(
    tmp_path: Path, heading: str, cell: str, yuan: int | None
) -> None:
    path = written(tmp_path / "t.csv", [changed("活动资金", heading, cell)])
    assert [found.get("activity_funds") for found in facts(path)] == [yuan]
    assert_bulk_agrees(path, tmp_path / "out.csv")


@pytest.mark.parametrize(
    ("cell", "members"), [("61人", 61), ("61个", 61), ("1百人", 100), ("61元", None), ("61户", None)]
)
def test_a_count_is_of_what_its_fact_counts(tmp_path: Path, cell: str, members: int | None) -> None:
    path = written(tmp_path / "t.csv", [changed("个人会员数", "个人会员数", cell)])
    assert [found.get("individual_members") for found in facts(path)] == [members]
    assert_bulk_agrees(path, tmp_path / "out.csv")


def test_three_ten_thousands_are_enough_to_register(tmp_path: Path) -> None:
    path = INPUTS / "p2_wan.csv"
    assert tiers(path) == [("A1", "registered"), ("A2", "registered")]
    assert_bulk_agrees(path, tmp_path / "out.csv")


@pytest.mark.parametrize(
    "array", [pa.array([3]), pa.array([Decimal("3.0")]), pa.array([3], pa.int8()), pa.array(["3"])]
)
def test_numbers_of_parquet_have_the_unit_of_their_column(tmp_path: Path, array: Any) -> None:
    path = tmp_path / "t.parquet"
    from pyarrow import parquet

    parquet.write_table(pa.table({"activity_funds_wan": array}), path)
    assert facts_in_bulk(parquet.read_table(path))["activity_funds"] == 30000
    found = determine_many(path, policy(), decisions=["tier"])
    assert found.write(tmp_path / "out.parquet").answered == 1


def test_numbers_beyond_the_fact_are_unknown_after_they_are_multiplied(tmp_path: Path) -> None:
    found = determine_many(
        pa.table({"activity_funds（亿元）": pa.array([2**62, 10, -1])}), policy(), decisions=["tier"]
    )
    summary = found.write(tmp_path / "out.parquet")
    assert (summary.refused, summary.in_doubt) == (0, 2)


def test_many_texts_below_a_unit_are_cast_exactly() -> None:
    cells = [f"{number}.{number % 100:02}" for number in range(3000)] + ["3万元", "30000元"]
    table = pa.table({"活动资金（万元）": cells, "organization_id": [str(number) for number in range(3002)]})
    found = determine_many(table, policy(), decisions=["tier"])
    list(found)
    assert [problem.row for problem in found.summary.problems] == [3002]
    assert facts_in_bulk(table.slice(2999, 1))["activity_funds"] == Decimal(29999900)


@pytest.mark.parametrize(
    ("line", "yuan", "members"),
    [
        ("单位：万元", 30000, 61), ("（单位：万元）", 30000, 61), ("金额单位：千元", 3000, 61),
        ("单位：人、万元", 30000, 61), ("填报日期：2018年6月    单位：万元", 30000, 61), ("单位：美元", None, 61),
        ("单位：万", 30000, 610000),
        ("活动资金以万元计", 30000, 61),
        ("某县台账（金额：万元）", 30000, 61), ("单位：某街道办事处", 3, 61),
    ],
)  # fmt: skip
def test_a_unit_stated_above_the_table_holds_for_its_numbers(
    tmp_path: Path, line: str, yuan: int | None, members: int
) -> None:
    path = written(tmp_path / "t.csv", [changed("活动资金", "活动资金", "3")])
    path.write_text(f"某县台账\n{line}\n" + path.read_text("utf-8"), "utf-8")
    found = facts(path)[0]
    assert (found.get("activity_funds"), found["individual_members"]) == (yuan, members)
    assert_bulk_agrees(path, tmp_path / "out.csv")


def test_a_unit_that_is_only_spoken_of_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [changed("活动资金", "活动资金", "3")])
    text = path.read_text("utf-8")
    path.write_text(f"资金一栏填多少万元由街道决定\n{text}注：活动资金以万元计\n", "utf-8")
    _, summary, notes = read(path)
    said = "speak of a unit, which was not applied: {}; write it into"
    assert [note for note in notes if said.format(1) in note] != []
    assert [note.en for note in summary.notes if said.format(4) in note.en] != []
    assert_bulk_agrees(path, tmp_path / "out.csv")
    assert (
        "the sheet 填表说明 speaks of a unit, which was not applied; write it into the headings"
        in read(INPUTS / "list-annual-check.xlsx")[2]
    )


def test_a_unit_over_several_columns_holds_for_each(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 1, 0, "编号")
        sheet.merge_range(0, 1, 0, 2, "资金（万元）")
        sheet.write_row(1, 1, ["活动资金", "原始基金"])
        sheet.write_row(2, 0, ["A1", 3, 200])
    assert facts(path) == [{"activity_funds": 30000, "original_fund": 2_000_000}]
    rows = [{"编号": "编号", "资金（万元）": "活动资金", "": "原始基金"}]
    text = written(tmp_path / "t.csv", [*rows, {"编号": "A1", "资金（万元）": "3", "": "200"}])
    text.write_text(text.read_text("utf-8").replace("编号,活动资金", ",活动资金"), "utf-8")
    assert facts(text) == [{"activity_funds": 30000, "original_fund": 2_000_000}]


def test_an_unread_unit_is_named_in_both_languages_and_by_every_command(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [changed("活动资金", "活动资金（美元）", "3")])
    assert "column '活动资金（美元）' not read" in classified(path).stderr
    assert "“活动资金（美元）”一列未读取" in classified(path, "--lang", "zh").stderr
    explained = CliRunner().invoke(cli, ["explain", str(path), "--id", "A1", *CONTEXT])
    assert "column '活动资金（美元）' not read" in explained.stderr
    output = str(tmp_path / "out.csv")
    bulk = CliRunner().invoke(cli, ["bulk", str(path), "-o", output, "--decision", "tier", *CONTEXT])
    assert "column '活动资金（美元）' not read" in bulk.stderr


def test_the_columns_of_the_file_keep_their_headings_and_cells(tmp_path: Path) -> None:
    path, output = written(tmp_path / "t.csv", [changed("活动资金", "活动资金（万元）", "3万元")]), tmp_path / "out.csv"
    assert classified(path, "-o", str(output)).exit_code == 0
    head, row = output.read_text("utf-8-sig").splitlines()
    place = head.split(",").index("活动资金（万元）")
    assert row.split(",")[place] == "3万元"


@pytest.mark.parametrize(
    "text", ["", "10000", "元/人", "年月日", "1.0万元", "个人", "元元", "万万元", "人民币美元", "2万元"]
)
def test_what_is_no_unit_is_none(text: str) -> None:
    assert unit_of(text) is None


def test_no_heading_of_the_vocabulary_loses_its_meaning() -> None:
    headings = Headings.of(policy())
    for fact in headings.facts.values():
        for text in (fact.name, fact.label.zh, fact.label.en, *fact.aliases):
            found = headings.heading(text)
            assert (found.meaning, found.reason) == (fact.name, None)
    assert len(ABLE) > len([text for text in ABLE if not headings(text)]) == 0
