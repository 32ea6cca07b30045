"""Cells that are not understood: their facts are unknown and named, in both ways to read a table."""

import csv
import datetime
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from cso_rules import determine, load_policy
from cso_rules.determination import Determination, plain, to_json
from cso_rules.errors import FactsError
from cso_rules.model.policy import Policy
from cso_rules.model.spelling.spellings import SpellingError
from cso_rules.model.types import Between, SomeOf, Value
from cso_rules.tables.answer.fact_cells import read_cell
from cso_rules.tables.answer.rows import Answered, Refused, answers
from cso_rules.tables.bulk.determine import decode
from cso_rules.tables.read.columns import is_known_heading, map_columns
from cso_rules.tables.read.sheets import read_sheet
from tests.tables.both_ways import Item, assert_same, in_bulk, one_by_one

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "classify-a-spreadsheet.md"
DATE = datetime.date(2018, 6, 1)
ABLE = {
    "编号": "A1", "非营利": "是", "在城乡社区活动": "是", "开展活动": "文体娱乐", "登记状态": "未登记",
    "组织形式": "社会团体", "个人会员数": "61", "党员数": "5", "活动资金": "30000元", "登记日期": "2017-01-02",
}  # fmt: skip
UNREAD = {
    "非营利": "差不多", "开展活动": "编织", "登记状态": "登记了吧", "组织形式": "俱乐部", "个人会员数": "约60人",
    "党员数": "-5", "活动资金": "3美元", "登记日期": "2017-02-30",
}  # fmt: skip
IMPOSSIBLE = {"登记状态", "组织形式", "开展活动", "党员数", "登记日期"}


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy("cn", as_of=DATE)


def written(folder: Path, *rows: dict[str, str]) -> Path:
    path = folder / "in.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(ABLE))
        writer.writeheader()
        writer.writerows(ABLE | row for row in rows)
    return path


def said(item: Item) -> Any:
    assert isinstance(item, Answered)
    return without_problems(item.determination)


def without_problems(found: Determination) -> dict[str, Any]:
    return {name: part for name, part in to_json(found).items() if name != "problems"}


def told(row: dict[str, Any]) -> dict[str, Any]:
    return {name: cell for name, cell in row.items() if name not in {"row", "problem", "organization_id"}}


def test_a_row_has_the_answers_of_the_row_without_the_cell_that_is_not_understood(
    policy: Policy, tmp_path: Path
) -> None:
    rows = [{heading: text} for name, cell in UNREAD.items() for heading, text in ((name, cell), (name, ""))]
    path = written(tmp_path, *rows)
    read = theirs, summary, columns = one_by_one(path, policy)
    counts = assert_same(path, policy, read=read)
    mine, _ = in_bulk(path, policy, reasons=True)
    for place, heading in enumerate(UNREAD):
        unread, blank = theirs[2 * place : 2 * place + 2]
        assert [(problem.column, problem.value) for problem in unread.problems] == [(heading, UNREAD[heading])]
        assert not blank.problems
        assert isinstance(unread, Answered)
        (kept,) = unread.determination.problems
        assert (kept.fact, kept.value) == (columns.facts[columns.header.index(heading)], UNREAD[heading])
        assert said(unread) == said(blank)
        assert told(mine[2 * place]) == told(mine[2 * place + 1])
        assert mine[2 * place + 1]["problem"] is None
    kinds = {(name, "impossible" if name in IMPOSSIBLE else "not_understood"): 1 for name in UNREAD}
    assert counts.unread == summary.unread == kinds
    assert (counts.read, counts.refused, counts.in_doubt) == (2 * len(UNREAD), 0, len(UNREAD))


def test_several_cells_of_a_row_are_all_named(policy: Policy, tmp_path: Path) -> None:
    path = written(tmp_path, UNREAD, dict.fromkeys(UNREAD, ""))
    read = (unread, blank), _, _ = one_by_one(path, policy)
    assert_same(path, policy, read=read)
    assert {problem.column for problem in unread.problems} == set(UNREAD)
    assert said(unread) == said(blank)


def test_facts_that_contradict_one_another_are_all_unknown_and_named(policy: Policy, tmp_path: Path) -> None:
    path = written(tmp_path, {"党员数": "62"}, {"组织形式": "", "个人会员数": "", "党员数": ""}, {"党员数": "61"})
    read = (broken, blank, fine), _, _ = one_by_one(path, policy)
    counts = assert_same(path, policy, read=read)
    reason = "a social group cannot have more Party members than individual members"
    named = {"组织形式": "社会团体", "个人会员数": "61", "党员数": "62"}
    assert {problem.column: problem.value for problem in broken.problems} == named
    assert {(problem.kind, problem.reason.en) for problem in broken.problems} == {("contradiction", reason)}
    assert said(broken) == said(blank)
    assert not fine.problems
    assert counts.unread == {(name, "contradiction"): 1 for name in named}
    mine, _ = in_bulk(path, policy)
    assert mine[0]["problem"] == "; ".join(f"{name} {value!r}: {reason}" for name, value in named.items())
    assert told(mine[0]) == told(mine[1])


def test_bounds_contradict_only_where_every_value_does(policy: Policy, tmp_path: Path) -> None:
    path = written(tmp_path, {"党员数": "50人以上"}, {"党员数": "超过61人"}, {"个人会员数": "1-4人", "党员数": "5余人"})
    counts = assert_same(path, policy)
    assert [problem.row for problem in counts.problems] == [3, 3, 3, 4, 4, 4]


IN_PART: dict[str, dict[str, Value]] = {
    "20余人": {"individual_members": Between(low=20, high=29)},
    "50人以上": {"individual_members": Between(low=50, high=1_000_000)},
    "3万余元": {"activity_funds": Between(low=Decimal("30000.00"), high=Decimal("39999.99"))},
    "2017年12月": {"registered_on": Between(low=datetime.date(2017, 12, 1), high=datetime.date(2017, 12, 31))},
    "为民服务、编织": {"activity_kinds": SomeOf(sure=frozenset({"services_for_residents"}))},
    "为民服务等": {"activity_kinds": SomeOf(sure=frozenset({"services_for_residents"}))},
}


def test_a_cell_that_is_read_in_part_answers_as_the_engine_does(policy: Policy, tmp_path: Path) -> None:
    headings = {policy.facts[name].label.zh: name for name in policy.facts}
    rows = [{policy.facts[name].label.zh: text for name in found} for text, found in IN_PART.items()]
    path = written(tmp_path, *rows)
    read = one_by_one(path, policy)
    assert assert_same(path, policy, read=read).problems == []
    mine, _ = in_bulk(path, policy)
    batch = pa.table({name: [(ABLE | row)[name] for row in rows] for name in ABLE}).to_batches()[0]
    for place, (item, row, found) in enumerate(zip(read[0], mine, IN_PART.values(), strict=True)):
        own = {headings[name]: text for name, text in ABLE.items() if name in headings}
        facts = {name: read_cell(policy, name, text).value for name, text in own.items()} | found
        expected = determine(policy, facts, ask=False)
        assert said(item) == without_problems(expected)
        assert decode(batch, place, policy).facts == expected.facts
        for name in policy.decisions:
            assert row[f"{name}.status"] == expected[name].status.value


def test_what_is_left_aside_is_said_in_both_ways(policy: Policy, tmp_path: Path) -> None:
    path = written(
        tmp_path, {"开展活动": "为民服务、编织"}, {"个人会员数": "15人（党员5人）"}, {"开展活动": "为民服务等"}
    )
    _, summary, _ = one_by_one(path, policy)
    _, counts = in_bulk(path, policy)
    assert counts.in_part == summary.in_part
    assert {heading: found.texts for heading, found in summary.in_part.items()} == {
        "开展活动": ["为民服务、编织"], "个人会员数": ["15人（党员5人）"],
    }  # fmt: skip
    assert counts.notes == summary.notes


def test_strict_refuses_exactly_the_rows_with_problems(policy: Policy, tmp_path: Path) -> None:
    rows = [
        {},
        {"党员数": "62"},
        {"个人会员数": "20余人"},
        {"活动资金": "若干"},
        {"开展活动": "为民服务等"},
        {"登记日期": "/"},
    ]
    path = written(tmp_path, *rows)
    lenient, strict = (one_by_one(path, policy, is_strict=is_strict)[0] for is_strict in (False, True))
    assert [isinstance(item, Refused) for item in strict] == [bool(item.problems) for item in lenient]
    assert [isinstance(item, Refused) for item in strict] == [False, True, False, True, False, False]
    assert [item.problems for item in strict] == [item.problems for item in lenient]
    mine, counts = in_bulk(path, policy, is_strict=True)
    assert [row["tier.status"] == "refused" for row in mine] == [bool(item.problems) for item in lenient]
    assert (counts.read, counts.answered, counts.refused) == (6, 4, 2)


def test_an_impossible_number_of_parquet_is_unknown_and_named(policy: Policy, tmp_path: Path) -> None:
    source = tmp_path / "in.parquet"
    members = pa.array([60, -5, None, 2_000_000], pa.int32())
    parquet.write_table(pa.table({"individual_members": members, "is_nonprofit": [True] * 4}), source)
    mine, counts = in_bulk(source, policy, reasons=True)
    assert [row["problem"] for row in mine] == [
        None, "individual_members '-5': -5 is not between 0 and 1000000", None,
        "individual_members '2000000': 2000000 is not between 0 and 1000000",
    ]  # fmt: skip
    assert told(mine[1]) == told(mine[2]) == told(mine[3]) != told(mine[0])
    assert counts.unread == {("individual_members", "impossible"): 2}
    assert (counts.read, counts.answered, counts.refused, counts.in_doubt) == (4, 4, 0, 2)
    strict, _ = in_bulk(source, policy, is_strict=True)
    assert [row["tier.status"] == "refused" for row in strict] == [False, True, False, True]


@pytest.mark.parametrize(
    ("cell", "is_read"),
    [
        (["为民服务"], True),
        (["为民服务等"], False),
        (["为民服务（每周）"], False),
        (["广场舞"], False),
        (["为民服务", "编织"], False),
    ],
)
def test_a_member_of_a_list_has_to_be_a_value_as_it_stands(
    policy: Policy, tmp_path: Path, cell: list[str], is_read: bool
) -> None:
    path = tmp_path / "in.json"
    path.write_text(json.dumps([{"编号": "A", "个人会员数": 60, "activity_kinds": cell}], ensure_ascii=False), "utf-8")
    (item,) = one_by_one(path, policy)[0]
    (row,), counts = in_bulk(pa.table({"individual_members": [60], "activity_kinds": [cell]}), policy)
    assert bool(item.problems) == (row["problem"] is not None) == (not is_read) == bool(counts.unread)
    assert isinstance(item, Answered)
    assert row["tier.status"] == item.determination["tier"].status.value
    if not is_read:
        assert item.problems[0].reason.en in row["problem"]


def test_what_is_no_fault_of_a_cell_is_raised(policy: Policy, tmp_path: Path) -> None:
    sheet = read_sheet(written(tmp_path, {}), is_known_heading(policy))
    columns = map_columns(sheet.header, policy)
    with pytest.raises(FactsError):
        list(answers(lambda _: policy, sheet, columns, readings={next(iter(policy.readings)): "nothing"}))


ROW = re.compile(r"\| (?P<column>\S+) [^|]*\| `(?P<cell>[^`]*)` \| (?P<value>[^|]*) \|")


def test_the_page_says_how_cells_are_read(policy: Policy) -> None:
    names = {fact.label.zh: name for name, fact in policy.facts.items()}
    rows = [found for line in PAGE.read_text("utf-8").splitlines() if (found := ROW.match(line))]
    shown = [(row["column"], row["cell"], row["value"].strip("`")) for row in rows]
    assert len(shown) > 60
    assert {policy.facts[names[column]].type.kind for column, _, _ in shown} == {
        "integer", "money", "date", "boolean", "enumeration", "set",
    }  # fmt: skip
    for column, cell, value in shown:
        try:
            text = json.dumps(plain(read_cell(policy, names[column], cell).value), ensure_ascii=False)
        except SpellingError:
            text = "读不懂 not understood"
        assert (column, cell, text) == (column, cell, value)
