"""What a clerk's computer produces: every file is answered or refused with place, reason and remedy."""

import csv
import datetime
import io
import json
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from click.testing import CliRunner, Result

from cso_rules.interfaces import cli as module
from cso_rules.interfaces.cli import cli

HEADER = "编号,名称,个人会员数,社区类型,非营利,活动资金（元）,备注,成立日期"
TABLE = (
    f"某街道台账,,,,,,,\n{HEADER}\nA1,舞蹈队,２３,城市社区,是,3万,x,2018年1月31日\n"
    "A2,棋社,,,否,,y,\nA2,棋社,12人,城市,可能,1000,,2018-02-30\n,,,,,,,\n合计,,35,,,31000,,\n"
)
CONTEXT = ("--as-of", "2018-06-01")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    monkeypatch.setattr("sys.argv", ["cso-rules", *arguments])
    with pytest.raises(SystemExit) as caught:
        module.main()
    return int(caught.value.code or 0), capsys.readouterr().err


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "t.csv"
    path.write_bytes(TABLE.encode("gb18030"))
    return path


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("台账")
        sheet.merge_range(0, 0, 0, 6, "某街道台账")
        sheet.write_row(1, 0, HEADER.split(","))
        sheet.write_row(2, 0, ["A1", "舞蹈队", "２３", None, "是", "3万", "x"])
        sheet.write_datetime(2, 7, datetime.datetime(2018, 1, 31), book.add_format({"num_format": "yyyy-mm-dd"}))  # noqa: DTZ001
        sheet.write_row(3, 0, ["A2", "棋社", 12, None, "否", None, None, "2018年1月31日"])
        sheet.merge_range(2, 3, 3, 3, "城市社区")
        sheet.write_row(4, 0, ["A3", "书社", 12.5])
        sheet.merge_range(3, 20, 4, 21, "")
        sheet.write_row(6, 0, ["合计", None, 47.5])
    return path


@pytest.mark.parametrize("form", ["table", "csv", "xlsx", "json", "ndjson"])
@pytest.mark.parametrize(("strictness", "counts"), [([], "已答复 3 + 未处理 0"), (["--strict"], "已答复 2 + 未处理 1")])
def test_every_format_reconciles_and_names_the_cell(table: Path, form: str, strictness: list[str], counts: str) -> None:
    output = ("-o", str(table.with_name("answers.xlsx"))) if form == "xlsx" else ()
    result = run("classify", str(table), *CONTEXT, "--format", form, *output, *strictness)
    assert result.exit_code == 4
    assert f"读取 3 = {counts}" in result.stderr
    assert "未读懂的单元格：非营利 1。" in result.stderr
    assert "第 5 行 非营利 '可能'" in result.stderr
    assert "合计行" in result.stderr
    assert "gb18030" in result.stderr


def test_original_columns_stand_in_csv(table: Path) -> None:
    result = run("classify", str(table), *CONTEXT, "--format", "csv")
    rows = list(csv.reader(io.StringIO(result.stdout_bytes.decode("utf-8-sig"))))
    assert [row[:8] for row in rows] == [line.split(",") for line in TABLE.splitlines()[1:5]]


def test_original_columns_stand_in_a_workbook(workbook: Path, tmp_path: Path) -> None:
    import python_calamine

    out = tmp_path / "out.xlsx"
    result = run("classify", str(workbook), *CONTEXT, "-o", str(out))
    assert "读取 3 = 已答复 3 + 未处理 0" in result.stderr
    rows = python_calamine.load_workbook(str(out)).get_sheet_by_index(0).to_python()
    assert rows[1][:8] == HEADER.split(",")
    assert rows[2][:8] == ["A1", "舞蹈队", "２３", "城市社区", "是", "3万", "x", datetime.date(2018, 1, 31)]
    assert rows[3][3] == ""  # it stays merged with the cell above
    unread = python_calamine.load_workbook(str(out)).get_sheet_by_name("未读懂的单元格").to_python()
    assert [row[1:5] for row in unread[1:]] == [["A3", "书社", "个人会员数", "12.5"]]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("u.csv", TABLE.encode("utf-16-le"), "UTF-16"),
        ("e.csv", b"", "空的"),
        ("e.xlsx", b"", "空的"),
        ("e.ndjson", b"", "空的"),
        ("one.csv", b"a\n", "表头"),
        ("fake.xlsx", b"a,b\n", "工作簿"),
    ],
)
def test_bad_files_are_refused_in_chinese(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: bytes,
    reason: str,
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    code, text = refused(monkeypatch, capsys, "classify", str(path), *CONTEXT)
    has_table = reason not in {"空的", "表头"}
    assert (code, reason in text, "请" in text) == (4 if has_table else 2, True, True)
    assert "Traceback" not in text


def test_the_language_of_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "e.csv"
    path.write_bytes(b"")
    assert "the file is empty" in refused(monkeypatch, capsys, "classify", str(path), "--lang", "en")[1]


@pytest.mark.parametrize("name", ["none/x.csv", "x.odt", "x"])
def test_an_output_that_cannot_be_is_refused_first(table: Path, tmp_path: Path, name: str) -> None:
    result = run("classify", str(table), *CONTEXT, "-o", str(tmp_path / name))
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == [table]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("form", ["table", "csv", "json", "ndjson"])
def test_a_full_disk(
    table: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    code, text = refused(monkeypatch, capsys, "classify", str(table), *CONTEXT, "--format", form, "-o", "/dev/full")
    assert code == 4
    assert "磁盘空间已满" in text
    assert Path("/dev/full").is_char_device()


def test_unknown_readings_are_a_usage_error(table: Path) -> None:
    assert run("classify", str(table), *CONTEXT, "--readings", "a=b").exit_code == 2


@pytest.mark.parametrize(("strictness", "status"), [([], "answered"), (["--strict"], "refused")])
def test_json_of_a_row_says_which_cell_was_not_understood(table: Path, strictness: list[str], status: str) -> None:
    result = run("classify", str(table), *CONTEXT, "--format", "json", *strictness)
    first, _, row = json.loads(result.stdout)
    (problem,) = row["problems"]
    assert (problem["row"], problem["column"], problem["value"]) == (5, "非营利", "可能")
    assert (problem["kind"], row["status"], "determination" in row) == ("not_understood", status, status == "answered")
    assert first["problems"] == []
