"""What says nothing is unknown, never empty, no and zero; the empty set is said with one sign in every format."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import xlsxwriter  # type: ignore[import-untyped]
from pyarrow import parquet

from cso_rules import classify
from cso_rules.model.spelling.spellings import SpellingError, is_filler, read_text
from cso_rules.tables.bulk.determine import determine_many
from tests.cases.tables import (
    ABLE,
    INPUTS,
    assert_bulk_agrees,
    changed,
    classified,
    facts,
    facts_in_bulk,
    policy,
    read,
    tiers,
    tiers_in_bulk,
    written,
)

FILLERS = [
    "/",
    "//",
    "／",
    "、",
    "；",
    "。",
    "*",
    "--",
    "———",
    "－",
    "…",
    "······",
    "~",
    "\\",
    "|",
    "_",
    "(/)",
    "无数据",
    "暂无",
    "略",
    "待补充",
]
OPEN = "out_of_scope|registered"


def workbook(path: Path, cell: str) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(ABLE))
        sheet.write_row(1, 0, list(changed("开展活动", "开展活动", cell).values()))
    return path


@pytest.mark.parametrize("filler", FILLERS)
def test_a_filler_in_a_set_is_unknown_in_every_format(tmp_path: Path, filler: str) -> None:
    assert is_filler(filler)
    row = changed("开展活动", "开展活动", filler)
    path = written(tmp_path / "t.csv", [row])
    others = (workbook(tmp_path / "t.xlsx", filler), written(tmp_path / "t.json", [row | {"开展活动": [filler]}]))
    assert [tiers(found) for found in (path, *others)] == [[("A1", OPEN)]] * 3
    assert_bulk_agrees(path, tmp_path / "out.csv")
    assert_bulk_agrees(others[0], tmp_path / "out.csv")
    lists = pa.table({"activity_kinds": pa.array([[filler]]), "individual_members": [3]})
    assert "activity_kinds" not in facts_in_bulk(lists)
    assert "activity_kinds" not in classify(activity_kinds=[filler]).determination.facts


@pytest.mark.parametrize(
    ("own", "fact"),
    [
        ("登记状态", "registration_status"), ("个人会员数", "individual_members"), ("活动资金", "activity_funds"),
        ("非营利", "is_nonprofit"), ("发起人居住情况", "founder_residence"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("filler", ["/", "———", "。", "*", "略"])
def test_a_filler_in_any_column_is_unknown(tmp_path: Path, own: str, fact: str, filler: str) -> None:
    path = written(tmp_path / "t.csv", [changed(own, own, filler)])
    assert fact not in facts(path)[0]
    assert fact not in facts_in_bulk(path)
    assert fact not in classify({fact: filler}).determination.facts
    assert_bulk_agrees(path, tmp_path / "out.csv")


def test_fillers_are_said_once_for_each_column(tmp_path: Path) -> None:
    path = INPUTS / "p1_set_slash.csv"
    found = classified(path)
    assert found.stderr.count("cells that say nothing") == 1
    assert "开展活动: cells that say nothing ('/', '、', '；'), taken as unknown: 9" in found.stderr
    assert "“开展活动”有 9 格只填了“/”“、”“；”，按不详处理" in classified(path, "--lang", "zh").stderr
    assert [tier for _, tier in tiers(path)] == [OPEN] * 7 + ["refused"] + [OPEN] * 2 + ["registered"]
    assert_bulk_agrees(path, tmp_path / "out.csv")


def test_fillers_of_many_rows_are_counted_and_rows_that_are_wrong_as_a_whole_left_out(tmp_path: Path) -> None:
    rows = [changed("开展活动", "开展活动", "/" if number % 2 else "文体娱乐") for number in range(60)]
    path = written(tmp_path / "t.csv", rows)
    path.write_text(path.read_text("utf-8") + "A,/,/,/\n", "utf-8")
    assert read(path)[1].fillers["开展活动"].count == 30
    assert_bulk_agrees(path, tmp_path / "out.csv")


@pytest.mark.parametrize("own", ["登记状态", "个人会员数", "活动资金", "开展活动"])
@pytest.mark.parametrize("text", ["同上", "〃", "####", "#DIV/0!", "#N/A", "＃REF！", "#SPILL!", "Err:502"])
def test_errors_and_ditto_marks_are_no_fillers(tmp_path: Path, own: str, text: str) -> None:
    path = written(tmp_path / "t.csv", [changed(own, own, text)])
    assert tiers(path) == [("A1", "refused")]
    (item,) = read(path)[0]
    assert [(problem.column, problem.value) for problem in item.problems] == [(own, text)]
    assert_bulk_agrees(path, tmp_path / "out.csv")


@pytest.mark.parametrize("own", ["编号", "名称"])
def test_an_error_instead_of_a_name_is_named_by_its_cell(tmp_path: Path, own: str) -> None:
    (item,) = read(written(tmp_path / "t.csv", [changed(own, own, "#REF!")]))[0]
    assert [(problem.column, problem.value) for problem in item.problems] == [(own, "#REF!")]


@pytest.mark.parametrize("text", ["[]", "［］", "以上均无", "none of these", "None of these"])
def test_the_empty_set_can_be_said_in_texts(tmp_path: Path, text: str) -> None:
    path = written(tmp_path / "t.csv", [changed("开展活动", "开展活动", text)])
    others = (
        workbook(tmp_path / "t.xlsx", text),
        written(tmp_path / "t.json", [changed("开展活动", "开展活动", text)]),
    )
    assert [tiers(found) for found in (path, *others)] == [[("A1", "out_of_scope")]] * 3
    assert_bulk_agrees(path, tmp_path / "out.csv")


def test_an_empty_list_is_the_empty_set_through_every_door(tmp_path: Path) -> None:
    row: dict[str, Any] = changed("开展活动", "开展活动", [])
    assert [found["activity_kinds"] for found in facts(written(tmp_path / "t.json", [row]))] == [frozenset()]
    table = pa.table({"activity_kinds": pa.array([[], None], pa.list_(pa.string())), "individual_members": [3, 3]})
    parquet.write_table(table, tmp_path / "t.parquet")
    assert facts_in_bulk(parquet.read_table(tmp_path / "t.parquet"))["activity_kinds"] == frozenset()
    assert "activity_kinds" not in facts_in_bulk(table.slice(1))
    assert tiers_in_bulk(table)[0] != tiers_in_bulk(table)[1]
    assert classify(activity_kinds=[]).determination.facts["activity_kinds"] == frozenset()
    assert "activity_kinds" not in classify(activity_kinds=None).determination.facts


@pytest.mark.parametrize("members", [["文体娱乐", ""], ["文体娱乐", "/"], ["不详", "文体娱乐"]])
def test_a_list_that_says_nothing_beside_values_is_not_understood(tmp_path: Path, members: list[str]) -> None:
    path = written(tmp_path / "t.json", [changed("开展活动", "开展活动", members)])
    assert tiers(path) == [("A1", "refused")]
    found = determine_many(pa.table({"activity_kinds": pa.array([members]), "individual_members": [3]}), policy())
    list(found)
    assert found.summary.unread == {("activity_kinds", "not_understood"): 1}


def test_a_word_that_people_write_for_not_known_is_not_taken_for_the_empty_set(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [changed("开展活动", "开展活动", "无")])
    (item,) = read(path)[0]
    (problem,) = item.problems
    assert "write [] where it is known that there is none, nothing where it is not known" in problem.reason.en
    assert "确知一项也没有时请填 []，不清楚时请留空" in problem.reason.zh
    assert_bulk_agrees(path, tmp_path / "out.csv")


def test_a_list_below_a_fact_that_is_no_set_is_not_understood_when_it_is_empty(tmp_path: Path) -> None:
    assert tiers(written(tmp_path / "t.json", [changed("登记状态", "登记状态", [])])) == [("A1", "refused")]


def test_marks_between_members_are_no_members() -> None:
    kinds = policy().facts["activity_kinds"].type
    names = {"文体娱乐": "culture_sports_recreation", "邻里互助": "neighborhood_mutual_assistance"}
    assert read_text(kinds, "文体娱乐、/邻里互助；——", names) == set(names.values())
    with pytest.raises(SpellingError):
        read_text(kinds, "文体娱乐、不详", names)
