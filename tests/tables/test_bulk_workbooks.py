"""XLSX beside large tables: read as by `classify`, written row by row, and refused where a sheet has no room."""

import csv
import datetime
import threading
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import xlsxwriter  # type: ignore[import-untyped]
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from cso_rules import determine_many, load_policy
from cso_rules.interfaces.cli import cli
from cso_rules.model.policy import Policy
from cso_rules.tables.batches import workbook_writer
from cso_rules.tables.batches.workbook_writer import WorkbookWriter
from cso_rules.tables.problems import FileProblem
from tests.tables.both_ways import assert_same

DATE = datetime.date(2018, 6, 1)
HEAD = ("编号", "individual_members", "非营利", "活动资金（元）", "开展活动", "登记日期", "备注")
BODY: tuple[tuple[Any, ...], ...] = (
    ("A", 60, "是", 30000.5, "为民服务、公益慈善", datetime.date(2017, 1, 2), "=1+1"),
    ("B", 0.5, True, "3万", "", "2017年1月2日", 5),
    (),
    ("C", True, "是", 1, "", "", ""),
    ("D", "#REF!", "是", 1, "", "", ""),
    (440305, 22, False, 12345678901234567, "", "", ""),
    ("F", "", "不详", "", "", datetime.datetime(2017, 1, 2, 12, 30, tzinfo=datetime.UTC), ""),
    ("合计", 99, "", "", "", "", ""),
)
UNREAD = [4, 6, 7, 8]
"""Rows with cells that are not understood; the last row has a date with a time, which is read."""


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy("cn", as_of=DATE)


def workbook(path: Path, *rows: tuple[Any, ...]) -> Path:
    options = {"strings_to_formulas": False, "remove_timezone": True, "default_date_format": "yyyy-mm-dd hh:mm"}
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet("组织")
        for number, cells in enumerate((("某县社区社会组织",), HEAD, *rows)):
            sheet.write_row(number, 0, cells)
    return path


def cells_of(path: Path) -> list[list[Any]]:
    rows: list[list[Any]] = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    return rows


def test_cells_are_read_and_rows_are_numbered_as_by_classify(policy: Policy, tmp_path: Path) -> None:
    path = workbook(tmp_path / "in.xlsx", *BODY)
    counts = assert_same(path, policy)
    assert [problem.row for problem in counts.problems] == UNREAD
    assert counts.totals_rows == [10]
    found = determine_many(path, policy, language="en")
    assert "sheet read: 组织" in [note.en for note in found.notes]
    for _ in range(2):
        assert pa.Table.from_batches(list(found), found.schema).num_rows == 6


def test_the_columns_of_the_file_come_first_and_masks_are_names(policy: Policy, tmp_path: Path) -> None:
    path, output = workbook(tmp_path / "in.xlsx", *BODY), tmp_path / "out.xlsx"
    found = determine_many(path, policy, decisions=["tier"], rules=False, language="en")
    found.write(output)
    head, first, second, *_ = cells_of(output)
    assert head == [*HEAD, "row", "section", "problem", "tier", "tier.possible", "tier.status"]
    assert first[:8] == ["A", "60", "是", "30000.5", "为民服务、公益慈善", "2017-01-02", "=1+1", 3.0]
    assert first[11].startswith("registered、")
    assert second[9] == "individual_members '0.5': '0.5' is not a whole number"
    found.write(tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert [row[12] for row in rows] == [row[12] for row in cells_of(output)]


def test_answers_about_other_tables_are_written_without_numbers_that_a_sheet_would_round(
    policy: Policy, tmp_path: Path
) -> None:
    table = pa.table({"organization_id": ["12345678901234567890"], "individual_members": [60]})
    output = tmp_path / "out.xlsx"
    determine_many(table, policy, reasons=True).write(output)
    head, row = cells_of(output)
    found = dict(zip(head, row, strict=True))
    assert found["organization_id"] == "12345678901234567890"
    assert set(found["tier.unknown"].split("、")) <= {rule.id for rule in policy.decisions["tier"].rules}  # type: ignore[union-attr]
    assert [path.name for path in tmp_path.iterdir()] == ["out.xlsx"]


def test_more_rows_than_a_sheet_has_are_refused_and_nothing_is_written(
    policy: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook_writer, "SHEET_ROWS", 101)
    table = pa.table({"individual_members": list(range(101))})
    determine_many(table.slice(1), policy, decisions=["tier"]).write(tmp_path / "fits.xlsx")
    assert len(cells_of(tmp_path / "fits.xlsx")) == 101
    for source in (table, pa.RecordBatchReader.from_batches(table.schema, table.to_batches(60))):
        with pytest.raises(FileProblem, match="room for 100 rows below its header"):
            determine_many(source, policy, decisions=["tier"]).write(tmp_path / "out.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["fits.xlsx"]


def test_a_text_that_is_too_long_for_a_cell_ends_with_an_ellipsis(policy: Policy, tmp_path: Path) -> None:
    table = pa.table({"organization_id": ["长" * 32_767, "长" * 32_768], "individual_members": [1, 2]})
    determine_many(table, policy, decisions=["tier"]).write(tmp_path / "out.xlsx")
    assert [row[1] for row in cells_of(tmp_path / "out.xlsx")[1:]] == ["长" * 32_767, "长" * 32_766 + "…"]


def test_a_workbook_that_is_interrupted_is_given_up_at_once(
    policy: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        assert threading.current_thread() is threading.main_thread()
        raise KeyboardInterrupt

    monkeypatch.setattr(WorkbookWriter, "_write", interrupt)
    monkeypatch.setattr(WorkbookWriter, "close", lambda _: pytest.fail("the workbook is finished all the same"))
    with pytest.raises(KeyboardInterrupt):
        determine_many(pa.table({"individual_members": [1]}), policy, decisions=["tier"]).write(tmp_path / "out.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_the_command_reads_and_writes_workbooks(tmp_path: Path) -> None:
    path, output = workbook(tmp_path / "in.xlsx", *BODY), tmp_path / "out.xlsx"
    arguments = ["bulk", str(path), "-o", str(output), "--as-of", "2018-06-01", "--decision", "tier", "--lang", "en"]
    run = CliRunner().invoke(cli, arguments)
    assert run.exit_code == 4
    assert "rows of totals skipped: 10" in run.output
    assert "read 6 = answered 5 + refused 1" in run.output
    assert cells_of(output)[0][-1] == "tier.status"
    assert [row[7] for row in cells_of(output)[1:] if row[9]] == UNREAD
    strict = CliRunner().invoke(cli, [*arguments, "--strict"])
    assert strict.exit_code == 4
    assert f"read 6 = answered {6 - len(UNREAD)} + refused {len(UNREAD)}" in strict.output


def test_what_is_no_workbook_is_refused(policy: Policy, tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    path.write_bytes(b"PK and no more")
    with pytest.raises(FileProblem, match="not a readable workbook"):
        determine_many(path, policy)
