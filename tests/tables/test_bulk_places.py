"""Large tables whose rows name their place and date: answers, refusals and notes of `classify`, in order of rows."""

import csv
import datetime
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import ipc, parquet

from cso_rules import determine_many, load_policy
from cso_rules.errors import UnknownNameError
from cso_rules.interfaces.cli import cli
from cso_rules.interfaces.options.opening import open_table
from cso_rules.interfaces.options.rules import RuleOptions
from cso_rules.interfaces.options.tables import TableOptions
from cso_rules.tables.answer.rows import Answered, Refused
from cso_rules.tables.bulk import by_place as bulk_places
from cso_rules.tables.bulk.by_place import RunOptions
from cso_rules.tables.problems import FileProblem
from tests.tables.both_ways import assert_same_row

HEADER = (
    "编号", "地区代码", "适用日期", "组织形式", "个人会员数", "单位会员数", "活动资金（元）", "登记状态",
    "发起人居住情况", "非营利", "分配利润", "特殊主体", "在城乡社区活动", "开展活动", "资产经费合法", "名称规范",
    "组织机构健全", "固定住所", "专职人员适当", "独立承担民事责任", "主要在单个社区活动", "规模小", "临时性", "松散",
    "对照表活动",
)  # fmt: skip
ABLE = (
    "未登记", "居住且户籍在本社区", "是", "否", "无", "是", "文体娱乐", "是", "是", "是", "是", "是", "是",
    "否", "否", "否", "否",
)  # fmt: skip
PLACES = ("cn", "321000", "440305", "640502", "540102")
DAYS = ("2018-01-10", "2019年1月10日", "2016-06-01")
DECISIONS = (
    "tier",
    "filing_conditions",
    "form_tested",
    "next_actions",
    "activity_open",
    "office",
    "responsibilities",
)
"""Among them some that a place has and another has not, or has with other rules and values."""


def row(name: str, place: str, day: str, members: str = "22", activity: str = "") -> tuple[str, ...]:
    return (name, place, day, "社会团体", members, "0", "40000", *ABLE, activity)


def mixed(count: int) -> list[tuple[str, ...]]:
    chance = random.Random(7)  # noqa: S311 - organizations, not secrets
    found = [
        row(f"S{number}", chance.choice(PLACES), chance.choice(DAYS), chance.choice(["3", "22", "60", ""]))
        for number in range(count)
    ]
    found[3] = row("S3", "扬州", "2019-01-10")
    found[5] = row("S5", "321000", "2019-02-30", "many")
    found[8] = row("S8", "321000", "2019-01-10", "many")
    found[9] = row("S9", "", "")
    found[11] = row("S11", "640502", "2019-01-10", "22", "舞蹈队")
    found[12] = row("S12", "cn", "2019-01-10", "22", "不认识的词")
    found[13] = row("S13", "640502", "2019-01-10", "22", "不认识的词")
    return found


def written(path: Path, rows: list[tuple[str, ...]], encoding: str = "gb18030") -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream).writerows([HEADER, *rows])
    return path


def columns(rows: list[tuple[str, ...]]) -> Any:
    table = pa.table({name: [cells[at] or None for cells in rows] for at, name in enumerate(HEADER)})
    return table.set_column(4, HEADER[4], pa.array([cells[4] for cells in rows]))


def answers(found: Any) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    table = pa.Table.from_batches(list(found), found.schema)
    fields = [field for field in table.schema if field.metadata]
    return table.to_pylist(), {field.name: json.loads(field.metadata[b"cso-rules.bits"]) for field in fields}


def one_by_one(path: Path, *, is_strict: bool = False, **options: Any) -> tuple[list[Answered | Refused], Any]:
    chosen = {"package": "cn", "jurisdiction": None, "as_of": None, "lang": "en", "readings": (), "drafts": False}
    rules = RuleOptions(**chosen | {"local_deviations": True} | options)
    table = open_table(str(path), rules, TableOptions(is_strict=is_strict))
    return list(table.answers()), table


def named(mask: int, bits: list[str]) -> list[str]:
    return [name for place, name in enumerate(bits) if mask >> place & 1]


def assert_same(mine: list[dict[str, Any]], schema: Any, theirs: list[Answered | Refused]) -> None:
    bits = {field.name: json.loads(field.metadata[b"cso-rules.bits"]) for field in schema if field.metadata}
    for found, item in zip(mine, theirs, strict=True):
        assert_same_row(found, item, schema, DECISIONS, "en")
        if isinstance(item, Refused):
            continue
        assert (found["place"], found["date"]) == (item.determination.policy.jurisdiction, item.determination.as_of)
        for name in (name for name in DECISIONS if name in item.determination.outcomes):
            outcome = item.determination[name]
            rules = [rule.id for rule in outcome.deciding()]
            if f"{name}.true" in found and rules and outcome.decision.type.kind == "set":
                held = named(found[f"{name}.true"] | found[f"{name}.unknown"], bits[f"{name}.true"])
                assert sorted(held) == sorted(rules)


@pytest.mark.parametrize("is_strict", [False, True])
def test_rows_of_five_places_and_three_dates_are_answered_as_by_classify(tmp_path: Path, is_strict: bool) -> None:
    rows = mixed(150)
    path = written(tmp_path / "in.csv", rows)
    theirs, table = one_by_one(path, is_strict=is_strict)
    wanted: dict[str, Any] = {"reasons": True, "decisions": DECISIONS, "language": "en", "is_strict": is_strict}
    found = determine_many(path, **wanted)
    mine, bits = answers(found)
    assert_same(mine, found.schema, theirs)
    assert found.summary.refused == sum(isinstance(item, Refused) for item in theirs)
    assert set(found.notes) == {*table.sheet.notes, *table.contexts.notes}
    assert "shapotou_social_group" in bits["form_tested.true"]
    assert found.summary.in_doubt == sum(isinstance(item, Answered) and bool(item.problems) for item in theirs)
    of_arrow, _ = answers(determine_many(columns(rows), **wanted))
    own = {"row": 0, "section": None}
    assert [each | own for each in of_arrow] == [each | own for each in mine]


def test_local_facts_are_read_only_where_they_hold(tmp_path: Path) -> None:
    path = written(tmp_path / "in.csv", mixed(20))
    found, _ = answers(determine_many(path, decisions=["form_tested"]))
    assert [found[place]["problem"] is None for place in (11, 12, 13)] == [True, True, False]
    strict, _ = answers(determine_many(path, decisions=["form_tested"], is_strict=True))
    assert [strict[place]["form_tested.status"] == "refused" for place in (11, 12, 13)] == [False, False, True]


@pytest.mark.parametrize("ready", [1, 64])
def test_rows_keep_their_order_over_many_batches_and_few_ready_policies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ready: int
) -> None:
    monkeypatch.setattr(bulk_places, "POLICIES", ready)
    table = pa.concat_tables([columns(mixed(150))] * 500)
    source = tmp_path / "in.parquet"
    parquet.write_table(table, source, row_group_size=9_000)
    found = determine_many(source, decisions=["tier"])
    assert found.rows == 75_000
    output = tmp_path / "out.arrow"
    summary = found.write(output)
    read = ipc.open_file(output).read_all()
    assert read["row"].to_pylist() == list(range(1, 75_001))
    first = read.slice(0, 150).drop_columns(["row"]).to_pylist()
    assert read.slice(74_850).drop_columns(["row"]).to_pylist() == first
    assert summary.read == summary.answered + summary.refused == 75_000
    assert summary.refused == 500 * sum(each["tier.status"] == "refused" for each in first)


def test_a_reader_that_can_be_gone_through_once_is_kept_for_the_second_time() -> None:
    table = columns(mixed(40))
    reader = pa.RecordBatchReader.from_batches(table.schema, iter(table.to_batches(7)))
    mine, _ = answers(determine_many(reader, decisions=["tier"]))
    assert mine == answers(determine_many(table, decisions=["tier"]))[0]


def test_a_table_that_breaks_off_while_its_places_are_looked_at_is_named() -> None:
    def batches() -> Iterator[Any]:
        yield table.to_batches()[0]
        raise OSError("the cable was pulled")

    table = columns(mixed(20))
    with pytest.raises(FileProblem, match="the cable was pulled"):
        determine_many(pa.RecordBatchReader.from_batches(table.schema, batches()), decisions=["tier"])


def test_codes_as_numbers_and_dates_as_dates_are_read() -> None:
    table = pa.table(
        {
            "area code": pa.array([321000, None, 440305]),
            "as_of": pa.array([datetime.date(2019, 1, 10)] * 3, pa.date32()),
            "individual_members": [30, 30, 30],
        }
    )
    mine, _ = answers(determine_many(table, decisions=["tier"], language="en"))
    assert [(each["place"], each["date"]) for each in mine] == [
        ("3210", datetime.date(2019, 1, 10)), (None, None), ("440305", datetime.date(2019, 1, 10)),
    ]  # fmt: skip
    assert "no area code" in mine[1]["problem"]


def test_blank_cells_take_what_the_run_names_and_that_is_counted() -> None:
    rows = [row("A", "", "2019-01-10"), row("B", "cn", ""), row("C", "", "")]
    named_run = determine_many(
        columns(rows), decisions=["tier"], jurisdiction="321000", as_of=datetime.date(2019, 1, 10)
    )
    mine, _ = answers(named_run)
    assert [each["place"] for each in mine] == ["3210", "cn", "3210"]
    notes = [note.en for note in named_run.notes]
    assert "blank cells of '地区代码' taken as --jurisdiction 3210: 2" in notes
    assert "blank cells of '适用日期' taken as --as-of 2019-01-10: 2" in notes


def test_one_of_the_columns_alone_varies_alone() -> None:
    table = pa.table({"适用日期": ["2019-01-10", "2016-01-10"], "individual_members": [30, 30]})
    found = determine_many(table, decisions=["tier"], jurisdiction="3210")
    mine, _ = answers(found)
    assert [each["tier.status"] for each in mine] == ["undetermined", "no_rule_in_force"]
    assert "place" not in found.schema.names
    assert json.loads(found.schema.metadata[b"cso-rules.digests"]).keys() == {"3210"}


def test_a_table_without_a_usable_row_still_has_its_columns() -> None:
    found = determine_many(columns([row("A", "扬州", "2019-01-10")]), decisions=["tier"])
    mine, _ = answers(found)
    assert (mine[0]["tier.status"], found.summary.refused) == ("refused", 1)
    assert answers(determine_many(columns([row("A", "cn", "2019-01-10")]).slice(1), decisions=["tier"]))[0] == []


def test_rules_that_are_the_same_on_many_days_are_prepared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[tuple[str | None, datetime.date]] = []
    original = RunOptions.load

    def counted(run: RunOptions, place: str | None, day: datetime.date, *, is_kept: bool = True) -> Any:
        loaded.append((place, day))
        return original(run, place, day, is_kept=is_kept)

    monkeypatch.setattr(RunOptions, "load", counted)
    days = [datetime.date(2019, 1, 1) + datetime.timedelta(number) for number in range(4)]
    table = pa.table({"适用日期": days * 2, "地区代码": ["540102", "540103"] * 4, "individual_members": [30] * 8})
    said = list[int]()
    found = determine_many(table, decisions=["tier"], as_of=days[0], preparing=said.append)
    assert len(answers(found)[0]) == 8
    assert said == [1, 2, 3, 4]
    assert found._routes is not None
    assert len(found._routes.groups) == 1
    assert len([each for each in loaded if each[0] is not None]) == 4 + 1


def test_a_policy_and_a_column_of_places_exclude_each_other() -> None:
    policy = load_policy("cn", as_of=datetime.date(2018, 6, 1))
    with pytest.raises(FileProblem, match="one place and one date"):
        determine_many(pa.table({"jurisdiction": ["440305"]}), policy)


def test_a_decision_of_one_place_can_be_asked_for_and_an_unknown_one_not() -> None:
    table = columns([row("A", "440305", "2019-01-10"), row("B", "cn", "2019-01-10")])
    mine, _ = answers(determine_many(table, decisions=["activity_open"], as_of=datetime.date(2019, 1, 1)))
    assert mine[0]["activity_open.status"] != "no_rule_in_force"
    assert mine[1]["activity_open.status"] == "no_rule_in_force"
    assert mine[1]["activity_open.possible"] is None
    with pytest.raises(UnknownNameError, match="tear"):
        determine_many(table, decisions=["tear"])


@pytest.mark.parametrize("order", [1, -1])
def test_a_decision_without_a_rule_in_one_place_has_the_kind_that_it_has_in_another(order: int) -> None:
    table = columns([row("A", "440305", "2023-06-01"), row("B", "510100", "2023-06-01")][::order])
    mine, bits = answers(determine_many(table))
    there, here = mine[::order]
    assert (there["local_class.status"], there["local_class.true"]) == ("no_rule_in_force", None)
    assert here["local_class.status"] == "determined"
    assert named(here["local_class.true"], bits["local_class.true"]) == ["culture_and_sport"]


def test_a_table_that_changes_while_it_is_read_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "in.csv", [row("A", "cn", "2019-01-10")])
    found = determine_many(path, decisions=["tier"])
    written(path, [row("A", "321000", "2019-01-10")])
    with pytest.raises(FileProblem, match="changed while it was read"):
        list(found)


def test_the_command_writes_place_and_date_after_the_columns_of_the_file(tmp_path: Path) -> None:
    path, output = written(tmp_path / "in.csv", mixed(30)), tmp_path / "out.csv"
    run = CliRunner().invoke(cli, ["bulk", str(path), "-o", str(output), "--decision", "tier"])
    assert run.exit_code == 4
    assert "第 5 行 地区代码 '扬州'：不是行政区划代码" in run.stderr
    assert "第 7 行 适用日期 '2019-02-30'" in run.stderr
    assert "540102：没有收录 54, 5401, 540102 当日现行的地方规则，请向当地询问" in run.stderr
    with output.open(encoding="utf-8-sig", newline="") as stream:
        found = list(csv.DictReader(stream))
    assert list(found[0])[: len(HEADER) + 5] == [*HEADER, "row", "section", "problem", "place", "date"]
    assert (found[8]["place"], found[8]["date"], found[8]["tier.status"]) == ("3210", "2019-01-10", "undetermined")
    assert "many" in found[8]["problem"]
