"""Dates for which no rules can be: a row that is to be judged on one is refused; as a fact it is unknown."""

import datetime
import sqlite3
from pathlib import Path

import pyarrow as pa
import pytest
import xlsxwriter  # type: ignore[import-untyped]
from pyarrow import parquet

from cso_rules import determine_many
from tests.cases.hostile_files import run

DAYS = ["2018-06-01", "9998-01-01", "9999-12-31", "2200-01-02", "1899-12-31", "0001-01-01", "2200-01-01"]
FAR = DAYS[1:6]


def said_of(path: Path, commands: tuple[str, ...], heading: str) -> dict[str, str]:
    counts = "answered 2 + refused 5" if heading in {"适用日期", "as_of"} else "answered 7 + refused 0"
    found = run(path, "en", commands)
    for name, said in found.items():
        assert said.code == 4, (name, said)
        assert f"read 7 = {counts}" in said.text, (name, said)
        assert "not between 1900-01-01 and 2200-01-01" in said.text
    return {name: said.text for name, said in found.items()}


@pytest.mark.parametrize("heading", ["适用日期", "登记日期"])
@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".json"])
def test_a_far_day_is_named_with_its_row(tmp_path: Path, heading: str, ending: str) -> None:
    path = tmp_path / f"in{ending}"
    if ending == ".csv":
        rows = "".join(f"A{at},{day},{at}\n" for at, day in enumerate(DAYS))
        path.write_text(f"编号,{heading},个人会员数\n{rows}", "utf-8")
    elif ending == ".json":
        rows = ",".join(f'{{"编号": "A{at}", "{heading}": "{day}", "个人会员数": {at}}}' for at, day in enumerate(DAYS))
        path.write_text(f"[{rows}]", "utf-8")
    else:
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet()
            for at, cells in enumerate([("编号", heading, "个人会员数"), *(("A", day, 5) for day in DAYS)]):
                sheet.write_row(at, 0, cells)
    for text in said_of(path, ("classify",) if ending == ".json" else ("classify", "bulk"), heading).values():
        assert "9998-01-01" in text


@pytest.mark.parametrize("heading", ["as_of", "registered_on"])
def test_a_far_day_of_parquet_is_named_with_its_row(tmp_path: Path, heading: str) -> None:
    days = pa.array([datetime.date.fromisoformat(day) for day in DAYS])
    parquet.write_table(pa.table({heading: days, "individual_members": range(7)}), tmp_path / "in.parquet")
    text = said_of(tmp_path / "in.parquet", ("bulk",), heading)["bulk"]
    assert [f"row {number} " in text for number in range(1, 8)] == [False, *[True] * 5, False]


def test_a_far_day_of_a_database_refuses_its_row() -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE t (as_of TEXT, individual_members INTEGER)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(day, at) for at, day in enumerate(DAYS)])
        found = determine_many(connection, query="SELECT * FROM t", decisions=["tier"], language="en")
        rows = pa.Table.from_batches(list(found)).to_pylist()
    connection.close()
    assert [row["problem"] is None for row in rows] == [True, *[False] * 5, True]
    assert all(day in row["problem"] for day, row in zip(FAR, rows[1:6], strict=True))
    assert (found.summary.read, found.summary.answered, found.summary.refused) == (7, 2, 5)
