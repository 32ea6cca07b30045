"""A count is never taken for yes or no, and a heading that says the opposite is never offered as the same."""

import re
import sqlite3
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from cso_rules.errors import FactsError
from cso_rules.tables.answer import rows
from cso_rules.tables.bulk.determine import determine_many
from cso_rules.tables.problems import FileProblem
from cso_rules.tables.read.columns import map_columns
from tests.cases.tables import (
    INPUTS,
    assert_bulk_agrees,
    changed,
    facts,
    facts_in_bulk,
    policy,
    read,
    tiers,
    tiers_in_bulk,
    written,
)

COUNT = re.compile(r"(?<!底)(人数|人员|员工|数|数量|总数|次数|名额|金额|面积)$")
POLICIES = Path(__file__).parents[2] / "policies"


@pytest.mark.parametrize("cell", ["0", "1", "2", "3人", "有", "无"])
@pytest.mark.parametrize("heading", ["专职工作人员", "专职工作人员数", "专职人员数", "工作人员", "专职工作人员（人）"])
def test_a_column_of_counts_is_never_read_as_yes_or_no(tmp_path: Path, heading: str, cell: str) -> None:
    path = written(tmp_path / "t.csv", [changed("专职人员适当", heading, cell)])
    assert "has_suitable_full_time_staff" not in facts(path)[0]
    assert any(heading in note for note in read(path)[2])
    assert "has_suitable_full_time_staff" not in facts_in_bulk(path)
    assert_bulk_agrees(path, tmp_path / "out.csv")


def test_the_same_answer_for_every_count(tmp_path: Path) -> None:
    path = INPUTS / "u3.csv"
    assert {tier for _, tier in tiers(path)} == {"registered|subdistrict_managed"}
    assert_bulk_agrees(path, tmp_path / "out.csv")


@pytest.mark.parametrize("file", sorted(POLICIES.glob("*/vocabulary.yaml")), ids=lambda file: file.parent.name)
def test_no_yes_or_no_is_known_by_the_name_of_a_count(file: Path) -> None:
    found = yaml.safe_load(file.read_text("utf-8")) or {}
    names = [
        text
        for fact in found.get("facts", [])
        if fact.get("type") == "boolean"
        for text in (fact["label"]["zh"], *fact.get("aliases", []))
    ]
    assert [text for text in names if COUNT.search(text)] == []


@pytest.mark.parametrize("other", ["2", "3人", "１２", "1人", "0.5", "-1"])
def test_numbers_beside_zero_and_one_show_that_a_column_counts(tmp_path: Path, other: str) -> None:
    rows = [changed("固定住所", "固定住所", cell) | {"编号": cell} for cell in ("0", "1", "１", other, "是", "")]
    path = written(tmp_path / "t.csv", rows)
    assert [tier == "refused" for _, tier in tiers(path)] == [True, True, True, True, False, False]
    reasons = [item.problems[0].reason.en for item in read(path)[0][:2]]
    assert reasons == ["this column of yes or no also holds counts, so 0 and 1 do not say no and yes"] * 2
    assert_bulk_agrees(path, tmp_path / "out.csv")
    table = pa.table({"has_fixed_domicile": ["0", "1", other, "是"], "individual_members": [3] * 4})
    assert [tier == "refused" for _, tier in tiers_in_bulk(table)] == [True, True, True, False]


def test_numbers_of_a_database_beside_zero_and_one_are_a_count() -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE t (has_fixed_domicile INTEGER, activity_funds_wan INTEGER)")
        connection.executemany("INSERT INTO t VALUES (?, 3)", [(0,), (1,), (3,), (None,)])
        found = determine_many(connection, policy(), query="SELECT * FROM t", decisions=["tier"])
        list(found)
    assert [problem.row for problem in found.summary.problems] == [1, 2, 3]


def test_zero_and_one_alone_still_say_no_and_yes(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [changed("固定住所", "固定住所", cell) for cell in ("0", "1", "是")])
    assert [found["has_fixed_domicile"] for found in facts(path)] == [False, True, True]
    assert_bulk_agrees(path, tmp_path / "out.csv")


def test_totals_below_a_column_of_yes_and_no_do_not_make_it_a_count(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [changed("固定住所", "固定住所", cell) for cell in ("0", "1", "1")])
    width = len(path.read_text("utf-8").splitlines()[0].split(","))
    cells = ["合计", *["2"] * (width - 1)]
    path.write_text(path.read_text("utf-8") + ",".join(cells) + "\n", "utf-8")
    assert [found["has_fixed_domicile"] for found in facts(path)] == [False, True, True]
    assert_bulk_agrees(path, tmp_path / "out.csv")


def test_a_count_that_comes_after_answers_were_given_stops_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "AHEAD", 2)
    path = written(tmp_path / "t.csv", [changed("固定住所", "固定住所", cell) for cell in ("0", "1", "3人")])
    with pytest.raises(FileProblem, match="row 4"):
        read(path)
    batch = pa.table({"has_fixed_domicile": ["0", "1"] * 40_000 + ["3人"], "individual_members": [3] * 80_001})
    with pytest.raises(FactsError, match="also holds counts"):
        list(determine_many(batch, policy(), decisions=["tier"]))


@pytest.mark.parametrize("heading", ["营利", "不分配利润", "未分配利润", "没有章程", "无章程"])
def test_the_opposite_of_a_fact_is_not_offered_for_it(heading: str) -> None:
    notes = map_columns(("编号", heading), policy()).notes
    assert [note.en for note in notes] == [f"columns not read, because their names are not known: {heading}"]
