"""Rows with a place and a date of their own: each is answered by its own rules, and nothing is guessed from a blank."""

import csv
import datetime
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from click.testing import CliRunner, Result

from cso_rules.errors import UnknownNameError
from cso_rules.interfaces.cli import cli
from cso_rules.interfaces.options.rules import RuleOptions
from cso_rules.tables.answer.contexts import read_place

HEADER = (
    "编号", "地区代码", "适用日期", "组织形式", "个人会员数", "单位会员数", "活动资金（元）", "登记状态",
    "发起人居住情况", "非营利", "分配利润", "特殊主体", "在城乡社区活动", "开展活动", "资产经费合法", "名称规范",
    "组织机构健全", "固定住所", "专职人员适当", "独立承担民事责任", "主要在单个社区活动", "规模小", "临时性", "松散",
)  # fmt: skip
ABLE = (
    "未登记", "居住且户籍在本社区", "是", "否", "无", "是", "文体娱乐", "是", "是", "是", "是", "是", "是",
    "否", "否", "否", "否",
)  # fmt: skip


def row(name: str, place: str, day: str, members: int = 22) -> tuple[str, ...]:
    return (name, place, day, "社会团体", str(members), "0", "40000", *ABLE)


def table(tmp_path: Path, *rows: tuple[str, ...], name: str = "t.csv", encoding: str = "gb18030") -> str:
    path = tmp_path / name
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream).writerows([HEADER, *rows])
    return str(path)


def workbook(tmp_path: Path, *rows: tuple[str, ...]) -> str:
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, HEADER)
        for number, cells in enumerate(rows, start=1):
            sheet.write_row(number, 0, cells)
            if cells[1].isdigit():
                sheet.write_number(number, 1, int(cells[1]))
            if cells[2]:
                sheet.write_formula(number, 2, f'=DATEVALUE("{cells[2]}")', day, value=_serial(cells[2]))
    return str(path)


def _serial(day: str) -> int:
    return datetime.date.fromisoformat(day).toordinal() - datetime.date(1899, 12, 30).toordinal()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def answered(result: Result) -> dict[str, dict[str, Any]]:
    return {item["id"]: item for item in json.loads(result.stdout)}


ROWS = (
    row("A1", "cn", "2019-01-10"),
    row("A2", "321000", "2019-01-10"),
    row("A3", "321000", "2018-01-10"),
)


def test_each_row_is_answered_by_the_rules_of_its_place_and_date(tmp_path: Path) -> None:
    result = run("classify", table(tmp_path, *ROWS), "--format", "json")
    found = answered(result)
    tiers = {name: item["determination"]["decisions"]["tier"]["value"] for name, item in found.items()}
    assert tiers == {"A1": "subdistrict_managed", "A2": "registered", "A3": "subdistrict_managed"}
    contexts = {
        name: (item["determination"]["jurisdiction"], item["determination"]["as_of"]) for name, item in found.items()
    }
    assert contexts == {"A1": ("cn", "2019-01-10"), "A2": ("3210", "2019-01-10"), "A3": ("3210", "2018-01-10")}


def test_a_workbook_holds_codes_and_dates_as_numbers(tmp_path: Path) -> None:
    found = answered(run("classify", workbook(tmp_path, *ROWS), "--format", "json"))
    assert [item["determination"]["jurisdiction"] for item in found.values()] == ["cn", "3210", "3210"]
    assert found["A3"]["determination"]["as_of"] == "2018-01-10"


@pytest.mark.parametrize("form", ["csv", "table"])
def test_every_row_shows_its_place_and_date(tmp_path: Path, form: str) -> None:
    result = run("classify", table(tmp_path, *ROWS), "--format", form)
    text = result.stdout_bytes.decode("utf-8-sig")
    assert "适用地区" in text
    assert "规则日期" in text
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [(item["适用地区"], item["规则日期"]) for item in rows][1] == ("3210", "2019-01-10")


def test_a_table_of_one_place_and_date_shows_no_such_columns(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("编号,个人会员数\nA1,3\n", encoding="utf-8")
    result = run("classify", str(path), "--as-of", "2019-01-10", "--jurisdiction", "cn", "--format", "csv")
    assert "适用地区" not in result.stdout_bytes.decode("utf-8-sig")
    assert "cn：仅适用全国规则，未查询地方规则" in result.stderr


def test_blank_cells_are_refused_unless_the_run_names_them(tmp_path: Path) -> None:
    path = table(tmp_path, row("A1", "", "2019-01-10"), row("A2", "cn", "不详"), row("A3", "", ""))
    result = run("classify", path, "--format", "json")
    assert result.exit_code == 4
    problems = {name: [found["column"] for found in item["problems"]] for name, item in answered(result).items()}
    assert problems == {"A1": ["地区代码"], "A2": ["适用日期"], "A3": ["地区代码", "适用日期"]}
    assert "--jurisdiction" in result.stderr
    named = run("classify", path, "--format", "json", "--jurisdiction", "321000", "--as-of", "2019-01-10")
    assert named.exit_code == 0
    assert [item["determination"]["jurisdiction"] for item in answered(named).values()] == ["3210", "cn", "3210"]
    assert "“地区代码”空白的 2 行按 --jurisdiction 3210 处理" in named.stderr
    assert "“适用日期”空白的 2 行按 --as-of 2019-01-10 处理" in named.stderr


@pytest.mark.parametrize(
    ("place", "day", "reason"),
    [
        ("扬州", "2019-01-10", "行政区划代码"),
        ("990000", "2019-01-10", "行政区划代码"),
        ("321000001001", "2019-01-10", "行政区划代码"),
        ("cn", "2019-02-30", "存在的日期"),
        ("cn", "去年", "日期"),
    ],
)
def test_impossible_cells_are_refused_whatever_the_run_names(tmp_path: Path, place: str, day: str, reason: str) -> None:
    path = table(tmp_path, row("A1", place, day))
    result = run("classify", path, "--jurisdiction", "cn", "--as-of", "2019-01-10", "--lang", "zh")
    assert (result.exit_code, reason in result.stderr) == (4, True)


def test_a_place_without_rules_inherits_the_national_ones_and_that_is_said_once(tmp_path: Path) -> None:
    path = table(tmp_path, *(row(f"A{number}", "540102", "2019-01-10") for number in range(3)))
    result = run("classify", path, "--lang", "en", "--format", "csv")
    assert result.exit_code == 0
    assert (
        result.stderr.count("540102: no local rule of 54, 5401, 540102 in force on this day is encoded; ask there") == 1
    )
    coarse = run("classify", table(tmp_path, *ROWS), "--lang", "en")
    assert coarse.stderr.count("3210: the code of a province or city") == 1


def test_a_column_of_local_rules_is_read_only_where_they_hold(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("编号,地区代码,对照表活动\nA1,640502,舞蹈队\nA2,cn,不认识的词\n", encoding="utf-8")
    result = run("classify", str(path), "--as-of", "2019-01-10", "--format", "json")
    found = answered(result)
    local = {name: value for item in found.values() for name, value in item["determination"]["facts"].items()}
    assert result.exit_code == 0
    assert list(local.values()) == ["fitness_team"]


def test_rules_are_loaded_once_for_each_place_and_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []
    original = RuleOptions.policy

    def counted(options: RuleOptions, *asked: Any) -> Any:
        loaded.append((options.jurisdiction, options.day.isoformat()))
        return original(options, *asked)

    monkeypatch.setattr(RuleOptions, "policy", counted)
    path = table(tmp_path, *ROWS, *ROWS, *ROWS)
    assert run("classify", path, "--as-of", "2019-06-01").exit_code == 0
    used = [item for item in loaded if item[1] != "2019-06-01"]
    assert sorted(used) == [("3210", "2018-01-10"), ("3210", "2019-01-10"), ("cn", "2019-01-10")]


def test_explain_uses_the_place_and_date_of_the_row(tmp_path: Path) -> None:
    path = table(tmp_path, *ROWS)
    result = run("explain", path, "--id", "A2")
    assert result.exit_code == 0
    assert "3210" in result.stdout
    assert "2019-01-10" in result.stdout
    refused = run("explain", table(tmp_path, row("A9", "", "")), "--id", "A9")
    assert (refused.exit_code, "地区代码" in refused.stderr) == (4, True)


@pytest.mark.parametrize(
    ("text", "place"),
    [("４４０３０５", "440305"), (" 440300 ", "4403"), ("44", "44"), ("CN", "cn"), ("", None), ("不详", None)],
)
def test_a_place_is_read_without_width_and_zeros(text: str, place: str | None) -> None:
    assert read_place(text) == place


def test_text_is_no_place() -> None:
    with pytest.raises(UnknownNameError):
        read_place("深圳")


WARNING = """format: 1
decision: warnings
label: {zh: 提示, en: warnings}
output: organization_warning
hit_policy: collect
rules:
  - {id: a, label: {zh: 甲, en: a}, when: individual_members >= 10, then: two_subdistricts, cite: mca-2017-191 s52}
  - {id: b, label: {zh: 乙, en: b}, when: institutional_members >= 10, then: two_committees, cite: mca-2017-191 s52}
"""
WORDS = """  - id: organization_warning
    label: {zh: 提示事项, en: warning}
    values:
      - {id: two_subdistricts, label: {zh: 跨两个街道需协商, en: two subdistricts have to agree}}
      - {id: two_committees, label: {zh: 跨两个社区需协商, en: two committees have to agree}}
"""


@pytest.fixture
def warned(tmp_path: Path) -> str:
    """A package whose rules warn of ties."""
    package = tmp_path / "policies" / "cn"
    shutil.copytree(Path(__file__).parents[2] / "policies" / "cn", package)
    (package / "decisions" / "warnings.yaml").write_text(WARNING, "utf-8")
    vocabulary = package / "vocabulary.yaml"
    vocabulary.write_text(
        vocabulary.read_text("utf-8").replace("enumerations:\n", f"enumerations:\n{WORDS}", 1), "utf-8"
    )
    return str(package)


def test_warnings_of_the_rules_stand_in_the_remarks_and_in_the_explanation(tmp_path: Path, warned: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text("编号,个人会员数,单位会员数\nA1,12,\nA2,3,0\n", encoding="utf-8")
    context = ("--package", warned, "--as-of", "2019-01-10")
    rows = csv.DictReader(
        io.StringIO(run("classify", str(path), *context, "--format", "csv").stdout_bytes.decode("utf-8-sig"))
    )
    assert ["跨两个街道需协商" in item["说明"] for item in rows] == [True, False]
    result = run("explain", str(path), *context, "--id", "A1")
    assert "提示：跨两个街道需协商" in result.stdout
