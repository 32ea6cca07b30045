"""Tables as they stand in real files: lines of a header, groups, forms, repeated cells, several tables."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from cso_rules.tables.problems import FileProblem, RequestProblem
from cso_rules.tables.read.choices import Choices
from cso_rules.tables.read.columns import is_known_heading, map_columns
from cso_rules.tables.read.sheets import read_sheet
from tests.cases.tables import assert_bulk_agrees, classified, facts, policy, read

Lines = Sequence[Sequence[object]]


def csv_of(path: Path, lines: Lines) -> Path:
    width = max(map(len, lines))
    texts = (",".join([*map(str, line), *[""] * (width - len(line))]) for line in lines)
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def workbook(path: Path, *sheets: Lines, merged: Sequence[str] = (), hidden: Sequence[int] = ()) -> Path:
    """Write sheets; merged areas are those of the first one, hidden columns and rows too."""
    book = xlsxwriter.Workbook(path)
    for number, lines in enumerate(sheets):
        sheet = book.add_worksheet()
        for row, line in enumerate(lines):
            sheet.write_row(row, 0, line)
        for area in merged if number == 0 else ():
            sheet.merge_range(area, "")
            first = area.split(":")[0]
            row, column = int(first[1:]) - 1, ord(first[0]) - ord("A")
            sheet.write(row, column, lines[row][column])
        for column in hidden:
            sheet.set_column(column, column, 10, None, {"hidden": True})
    book.close()
    return path


def columns_of(path: Path) -> dict[str, str]:
    """Return what each column holds that is read."""
    sheet = read_sheet(path, is_known_heading(policy()))
    columns = map_columns(sheet.header, policy(), choices=sheet.choices)
    own = {columns.identifier: "id", columns.name: "name", columns.site: "site"}
    found = dict(columns.facts) | {place: name for place, name in own.items() if place is not None}
    return {sheet.header[place]: name for place, name in sorted(found.items())}


HEADER: Lines = [
    ["某街道社区社会组织登记表"],
    ["序号", "名称", "会员情况", "", "负责人情况", "", "党建情况", "", "备注"],
    ["", "", "单位会员", "个人会员", "姓名", "年龄", "党员数", "党组织形式", ""],
]
ROWS: Lines = [[1, "甲社", 3, 40, "王甲", 60, 5, "联合建立", ""], [2, "乙社", 0, 30, "李乙", 50, 2, "", "x"]]
MERGED = ("A2:A3", "B2:B3", "I2:I3", "C2:D2", "E2:F2", "G2:H2")


def test_parts_below_groups_are_read_where_the_group_agrees(tmp_path: Path) -> None:
    paths = [
        csv_of(tmp_path / "t.csv", [*HEADER, *ROWS]),
        workbook(tmp_path / "t.xlsx", [*HEADER, *ROWS], merged=MERGED),
    ]
    for path in paths:
        assert columns_of(path) == {
            "序号": "id", "名称": "name", "单位会员": "institutional_members", "个人会员": "individual_members",
            "党员数": "party_members", "党组织形式": "party_organization_form",
        }  # fmt: skip
        header = read_sheet(path, is_known_heading(policy())).header
        assert header[4:6] == ("负责人情况/姓名", "负责人情况/年龄")
        assert facts(path)[0]["individual_members"] == 40
        assert_bulk_agrees(path, tmp_path / "out.csv")


@pytest.mark.parametrize(
    ("group", "part", "meaning"),
    [
        ("会员情况", "单位", "institutional_members"), ("会员", "个人", "individual_members"),
        ("基本情况", "名称", "name"), ("登记情况", "日期", "registered_on"), ("备案", "时间", "filed_on"),
        ("资金情况", "活动资金（万元）", "activity_funds"), ("人员", "从业人员数", "staff_members"),
        ("负责人情况", "名称", None), ("业务主管单位", "名称", None), ("党组织", "名称", None),
        ("上级组织", "党员数", None), ("举办单位情况", "个人会员数", None), ("负责人", "年龄", None),
    ],
)  # fmt: skip
def test_a_part_alone_decides_only_where_the_group_agrees(
    group: str, part: str, meaning: str | None, tmp_path: Path
) -> None:
    lines: Lines = [["编号", group, "", "松散"], ["", part, "备注", ""], ["A1", "", "", ""]]
    found = columns_of(csv_of(tmp_path / "t.csv", lines))
    assert [name for name in found.values() if name not in {"id", "is_loosely_organized"}] == [meaning] * bool(meaning)


def test_three_lines_of_a_header_are_one(tmp_path: Path) -> None:
    lines: Lines = [
        ["编号", "基本情况", "", "", "备注"],
        ["", "名称", "会员情况", "", ""],
        ["", "", "单位", "个人", ""],
        ["A1", "甲社", 3, 40, ""],
    ]
    assert columns_of(csv_of(tmp_path / "t.csv", lines)) == {
        "编号": "id", "名称": "name", "基本情况/会员情况/单位": "institutional_members",
        "基本情况/会员情况/个人": "individual_members",
    }  # fmt: skip


def test_groups_of_years_leave_the_latest_that_has_come(tmp_path: Path) -> None:
    lines: Lines = [
        ["编号", "2016年底", "", "2017年底", "", "2018年底", ""],
        ["", "个人会员数", "党员数", "个人会员数", "党员数", "个人会员数", "党员数"],
        ["A1", 10, 1, 20, 2, 30, 3],
    ]
    path = csv_of(tmp_path / "t.csv", lines)
    assert facts(path) == [{"individual_members": 20, "party_members": 2}]
    assert "only '个人会员数（2017年底）' is read" in " ".join(read(path)[2])
    assert_bulk_agrees(path, tmp_path / "out.csv")


@pytest.mark.parametrize(
    ("headings", "read_value"),
    [
        (("个人会员数（2016年底）", "个人会员数（2017年底）"), 2), (("2017年个人会员数", "2016年个人会员数"), 1),
        (("个人会员数（2018年底）", "个人会员数（2017年12月）"), 2), (("2019年个人会员数", "2020年个人会员数"), None),
        (("个人会员数", "个人会员数（2016年）"), None), (("个人会员数", "会员人数"), None),
        (("个人会员数（2017年）", "会员人数（2017年）"), None), (("个人会员数（本年）", "个人会员数（上年）"), None),
    ],
)  # fmt: skip
def test_of_two_columns_of_one_meaning_the_one_that_surely_fits_is_read(
    headings: tuple[str, str], read_value: int | None, tmp_path: Path
) -> None:
    path = csv_of(tmp_path / "t.csv", [["编号", *headings], ["A1", 1, 2]])
    assert facts(path) == [{"individual_members": read_value} if read_value else {}]
    assert all(repr(heading) in " ".join(read(path)[2]) for heading in headings)
    assert_bulk_agrees(path, tmp_path / "out.csv")


def test_of_two_columns_of_one_meaning_the_visible_one_is_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", [["编号", "个人会员数", "会员人数"], ["A1", "1", "2"]], hidden=[1])
    found = classified(path).stderr
    assert "hidden columns B are read too" in found
    assert "only '会员人数' is read" in found
    assert columns_of(path) == {"编号": "id", "会员人数": "individual_members"}


def test_of_ids_and_names_the_one_that_comes_first_in_the_package_is_taken(tmp_path: Path) -> None:
    path = csv_of(
        tmp_path / "t.csv", [["序号", "统一社会信用代码", "单位名称", "社会组织名称", "章程"], [1, "52X", "a", "b", ""]]
    )
    assert columns_of(path) == {"统一社会信用代码": "id", "社会组织名称": "name", "章程": "has_charter"}


def test_two_columns_of_places_refuse_the_file(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="地区代码 = 行政区划代码"):
        read(csv_of(tmp_path / "t.csv", [["地区代码", "行政区划代码", "章程"], ["11", "44", "有"]]))


# ------------------------------------------------------------------------------------------------ what cells mean


@pytest.mark.parametrize(
    ("heading", "cell", "found"),
    [
        ("是否营利", "否", {"is_nonprofit": True}), ("是否营利", "是", {"is_nonprofit": False}),
        ("是否以营利为目的", "√", {"is_nonprofit": False}), ("是否非营利", "是", {"is_nonprofit": True}),
        ("营利性质", "非营利", {"is_nonprofit": True}),
        ("是否备案", "是", {"filing_status": "filed"}), ("是否备案", "否", {"filing_status": "not_filed"}),
        ("是否备案（是/否）", "否", {"filing_status": "not_filed"}),
        ("是否已备案", "已备案", {"filing_status": "filed"}),
        ("登记状态", "正常", {"registration_status": "registered"}),
        ("登记状态", "撤销", {"registration_status": "revoked"}),
        ("是否登记", "是", {"registration_status": "registered"}),
        ("登记状态", "未登记", {"registration_status": "not_registered"}),
        ("党员总数", "3", {"party_members": 3}), ("备案时间", "2018-03-05", None),
        ("是否备案（1是 2否）", "2", {"filing_status": "not_filed"}),
        ("是否备案（1否，2是）", "1", {"filing_status": "not_filed"}),
        ("是否备案（是填1，否填0）", "0", {"filing_status": "not_filed"}),
        ("是否营利（1是 0否）", "1", {"is_nonprofit": False}), ("是否营利（1是 0否）", "0", {"is_nonprofit": True}),
        ("有无章程（0有 1无）", "1", {"has_charter": False}), ("有无章程（1.无 2.有）", "2", {"has_charter": True}),
        ("有无章程（有＝1，无＝0）", "有", {"has_charter": True}),
        ("是否有章程", "有", {"has_charter": True}), ("是否提供有偿服务", "否", {"provides_paid_services": False}),
    ],
)  # fmt: skip
def test_headings_say_what_their_cells_mean(
    heading: str, cell: str, found: dict[str, object] | None, tmp_path: Path
) -> None:
    path = csv_of(tmp_path / "t.csv", [["编号", heading], ["A1", cell]])
    if found is not None:
        assert facts(path) == [found]
    assert "columns not read" not in " ".join(read(path)[2])
    assert_bulk_agrees(path, tmp_path / "out.csv")


@pytest.mark.parametrize("heading", ["有无章程（1无 2）", "有无章程（1.有，其他无0、2）"])
def test_a_heading_that_gives_numbers_a_meaning_is_read_wholly_or_not_at_all(heading: str, tmp_path: Path) -> None:
    path = csv_of(tmp_path / "t.csv", [["编号", "个人会员数", heading], ["A1", "5", "1"]])
    assert facts(path) == [{"individual_members": 5}]
    assert_bulk_agrees(path, tmp_path / "out.csv")


@pytest.mark.parametrize("word", ["平均", "平均值", "人均", "占比", "最大值", "均值"])
def test_a_row_of_averages_is_no_organization(word: str, tmp_path: Path) -> None:
    path = csv_of(tmp_path / "t.csv", [["名称", "个人会员数"], ["合唱团", "50"], [word, "50"], ["均安书画社", "8"]])
    assert facts(path) == [{"individual_members": 50}, {"individual_members": 8}]
    assert_bulk_agrees(path, tmp_path / "out.csv")


def test_yes_is_no_value_where_the_heading_does_not_ask(tmp_path: Path) -> None:
    assert facts(csv_of(tmp_path / "t.csv", [["编号", "备案情况"], ["A1", "是"]])) == [{}]


@pytest.mark.parametrize("heading", ["业务主管单位", "资金来源", "联系电话", "法定代表人", "备注", "住所", "成立时间"])
def test_what_is_known_to_be_no_fact_passes_without_a_guess(heading: str, tmp_path: Path) -> None:
    _, _, notes = read(csv_of(tmp_path / "t.csv", [["编号", heading, "章程"], ["A1", "x", "有"]]))
    assert notes[1:] == (f"columns that are no facts, handed on as they are: {heading}",)


# ---------------------------------------------------------------------------------------------- cells and sections


@pytest.mark.parametrize("mark", ["同上", " 〃", "″", "同 上"])
def test_a_cell_that_says_the_same_as_above_is_filled_in(mark: str, tmp_path: Path) -> None:
    lines: Lines = [
        ["编号", "名称", "组织形式", "个人会员数"], ["A1", "甲", "社会团体", 30], ["A2", "乙", mark, 31],
        ["一、文体类"], ["A3", "丙", mark, mark], ["合计", "", mark, 5], ["A4", "丁", "", mark],
    ]  # fmt: skip
    for path in (csv_of(tmp_path / "t.csv", lines), workbook(tmp_path / "t.xlsx", lines)):
        assert [found.get("organizational_form") for found in facts(path)] == ["social_group"] * 3 + [None]
        assert [found["individual_members"] for found in facts(path)] == [30, 31, 31, 31]
        assert_bulk_agrees(path, tmp_path / "out.csv")


def test_such_a_cell_in_the_first_row_stays_as_it_is(tmp_path: Path) -> None:
    path = csv_of(tmp_path / "t.csv", [["编号", "组织形式"], ["A1", "同上"], ["A2", "社会团体"]])
    assert [found.get("organizational_form") for found in facts(path)] == [None, "social_group"]
    assert_bulk_agrees(path, tmp_path / "out.csv")


def test_it_is_filled_in_over_the_blocks_of_a_large_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cso_rules.tables.batches.csv_blocks.CHUNK", 200)
    lines: Lines = [
        ["编号", "个人会员数", "备注"],
        ["A0", 7, "x" * 90],
        *([f"A{at}", "〃", "x" * 90] for at in range(1, 30)),
    ]
    path = csv_of(tmp_path / "t.csv", lines)
    assert_bulk_agrees(path, tmp_path / "out.csv")
    assert {found["individual_members"] for found in facts(path)} == {7}


def test_rows_know_the_section_in_which_they_stand(tmp_path: Path) -> None:
    lines: Lines = [
        ["编号", "名称"],
        ["A1", "甲"],
        ["一、文体类"],
        ["A2", "乙"],
        ["小计", "1"],
        ["二、公益类"],
        ["A3", "丙"],
    ]
    sheet = read_sheet(csv_of(tmp_path / "t.csv", lines), is_known_heading(policy()))
    assert [row.section for row in sheet.rows if row.aside is None] == ["", "一、文体类", "二、公益类"]


# -------------------------------------------------------------------------------------------------- several tables

TWO: Lines = [
    ["表一 社会团体"], ["编号", "名称", "个人会员数"], ["A1", "甲", 30], ["A2", "乙", 31], [],
    ["表二 民办非企业单位"], ["编号", "名称", "从业人员数", "开办资金"], ["B1", "丙", 5, 30000],
]  # fmt: skip


def test_a_second_table_below_the_first_is_named_and_neither_is_taken(tmp_path: Path) -> None:
    for path in (csv_of(tmp_path / "t.csv", TWO), workbook(tmp_path / "t.xlsx", TWO)):
        with pytest.raises(FileProblem, match=r"several tables on one sheet: row 2 \(编号、名称、个人会员数\); row 7"):
            read(path)
        found = classified(path).exception
        assert isinstance(found, RequestProblem)
        assert "--part 2" in found.in_language("zh")


@pytest.mark.parametrize(("number", "ids"), [(1, ["A1", "A2"]), (2, ["B1"])])
def test_one_of_several_tables_is_chosen(number: int, ids: list[str], tmp_path: Path) -> None:
    for path in (csv_of(tmp_path / "t.csv", TWO), workbook(tmp_path / "t.xlsx", TWO)):
        headings = is_known_heading(policy(), Choices(table=number))
        sheet = read_sheet(path, headings)
        assert [row.cells[0] for row in sheet.rows if row.aside is None] == ids
        assert classified(path, "--part", str(number)).exit_code == 0
        assert isinstance(classified(path, "--part", "3").exception, RequestProblem)


def test_tables_side_by_side_are_named_and_one_is_chosen(tmp_path: Path) -> None:
    lines: Lines = [["序号", "名称", "章程", "", "序号", "名称", "章程"], [1, "甲", "有", "", 2, "乙", "无"]]
    path = csv_of(tmp_path / "t.csv", lines)
    with pytest.raises(FileProblem, match=r"columns A–C .*; columns E–G"):
        read(path)
    sheet = read_sheet(path, is_known_heading(policy(), Choices(table=2)))
    assert [row.cells for row in sheet.rows] == [("2", "乙", "无")]


def test_a_header_that_is_repeated_goes_on_with_the_same_table(tmp_path: Path) -> None:
    lines: Lines = [["编号", "名称", "章程"], ["A1", "甲", "有"], ["编号", "名称", "章程"], ["A2", "乙", "有"]]
    path = csv_of(tmp_path / "t.csv", lines)
    assert len(facts(path)) == 2
    assert_bulk_agrees(path, tmp_path / "out.csv")


# ----------------------------------------------------------------------------------------------------------- forms


def form(name: str, members: object) -> Lines:
    return [
        ["社会团体年检报告书"], ["名称", name, "登记证号", "社证字1号"], ["个人会员数", members, "单位会员数", "0"],
        ["业务主管单位", "县文化局", "备注", ""], ["负责人情况"], ["姓名", "性别", "年龄"], ["王甲", "女", "66"],
        ["李乙", "男", "60"], ["党员数", "3", "章程", "有"],
    ]  # fmt: skip


def test_a_workbook_of_forms_is_a_table_of_one_row_a_sheet(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", form("甲会", 30), form("乙会", 31))
    items, _, notes = read(path)
    assert [(item.number, item.name) for item in items] == [(1, "甲会"), (2, "乙会")]
    assert "read as forms about one organization each, numbered in their order: Sheet1, Sheet2" in notes[0]
    assert facts(path)[1] == {
        "individual_members": 31, "institutional_members": 0, "party_members": 3, "has_charter": True,
    }  # fmt: skip
    assert_bulk_agrees(path, tmp_path / "out.csv")


def test_a_form_in_a_text_file_is_one_row(tmp_path: Path) -> None:
    path = csv_of(tmp_path / "t.csv", form("甲会", 30))
    assert facts(path)[0]["individual_members"] == 30
    assert_bulk_agrees(path, tmp_path / "out.csv")


def test_labels_below_another_body_are_not_those_of_the_organization(tmp_path: Path) -> None:
    lines: Lines = [
        ["名称", "甲会"],
        ["个人会员数", "30"],
        ["章程", "有"],
        ["举办单位情况"],
        ["名称", "乙公司"],
        ["党员数", "50"],
    ]
    path = csv_of(tmp_path / "t.csv", lines)
    (item,), _, _ = read(path)
    assert item.name == "甲会"
    assert facts(path) == [{"individual_members": 30, "has_charter": True}]


def test_a_list_goes_before_a_form(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", form("甲会", 30), [["编号", "名称", "章程"], ["A1", "乙", "有"]])
    assert [item.id for item in read(path)[0]] == ["A1"]
