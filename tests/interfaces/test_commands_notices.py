"""The command `notice`, and how a row is chosen."""

import io
import re
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from docx import Document

from cso_rules.interfaces.cli import cli
from cso_rules.interfaces.options.choosing import nearest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "county-utf8.csv"
RULES = ("--as-of", "2026-11-26", "--jurisdiction", "cn")
ANSWERED = 72
INTERNAL = re.compile(
    r"\btiers?\b|determin|\bfacts?\b|criteri|\bpolicy\b|\bpackages?\b|cso-rules|\b[a-z]+_[a-z_]+\b|规则包|事实|决策"
)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, *RULES])


@pytest.fixture(scope="module")
def everyone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the notices of all organizations of the example, in both languages."""
    folder = tmp_path_factory.mktemp("notices")
    pages = {}
    for language in ("zh", "en"):
        result = run("notice", str(EXAMPLE), "--all", "-o", str(folder / f"{language}.html"), "--lang", language)
        assert result.exit_code == 4
        pages[language] = (folder / f"{language}.html").read_text(encoding="utf-8")
    return pages


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_organization_has_a_page_in_plain_words(everyone: dict[str, str], language: str) -> None:
    page = everyone[language].partition("<body>")[2]
    assert page.count("<article") == ANSWERED
    assert INTERNAL.findall(unescape(re.sub(r"<[^>]*>", "\n", page))) == []


def test_cells_that_are_not_understood_are_named_and_strict_writes_no_page(tmp_path: Path) -> None:
    result = run("notice", str(EXAMPLE), "--id", "A047", "-o", str(tmp_path / "a.html"))
    assert (result.exit_code, "'若干' 不是数字" in result.output) == (4, True)
    assert (tmp_path / "a.html").exists()
    result = run("notice", str(EXAMPLE), "--id", "A047", "--strict", "-o", str(tmp_path / "b.html"))
    assert (result.exit_code, "'若干' 不是数字" in result.output) == (4, True)
    assert not (tmp_path / "b.html").exists()


def test_docx_has_a_page_an_organization(tmp_path: Path) -> None:
    some = tmp_path / "some.csv"
    some.write_text("".join(EXAMPLE.read_text("utf-8-sig").splitlines(keepends=True)[:13]), "utf-8")
    assert run("notice", str(some), "--all", "-o", str(tmp_path / "all.docx")).exit_code == 0
    document = Document(io.BytesIO((tmp_path / "all.docx").read_bytes()))
    breaks = sum(bool(part.paragraph_format.page_break_before) for part in document.paragraphs)
    assert breaks == 11
    assert sum(part.text == "社区社会组织分类指导告知书" for part in document.paragraphs) == 12


def test_a_working_sheet_names_the_cell_of_each_value(tmp_path: Path) -> None:
    path = tmp_path / "sheet.html"
    assert run("notice", str(EXAMPLE), "--id", "A004", "--for", "office", "-o", str(path)).exit_code == 0
    page = path.read_text(encoding="utf-8")
    assert "第5行“个人会员数（人）”" in page
    assert "校验值" in page


@pytest.mark.parametrize("arguments", [[], ["--id", "A001", "--all"], ["--row", "2", "--id", "A001"]])
def test_one_way_to_choose_is_asked_for(tmp_path: Path, arguments: list[str]) -> None:
    result = run("notice", str(EXAMPLE), *arguments, "-o", str(tmp_path / "a.html"))
    assert result.exit_code == 2
    assert "--all" in result.output


@pytest.mark.parametrize("ending", ["pdf", "xlsx"])
def test_another_format_is_refused(tmp_path: Path, ending: str) -> None:
    assert run("notice", str(EXAMPLE), "--all", "-o", str(tmp_path / f"a.{ending}")).exit_code == 2


# ------------------------------------------------------------------------------------------------ choosing a row

NUMBERED = "序号,编号,名称,非营利\n2,X1,书画社,是\n3,X2,合唱团,否\n1,X3,书画社,\n"


@pytest.fixture
def numbered(tmp_path: Path) -> str:
    path = tmp_path / "numbered.csv"
    path.write_text(NUMBERED, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("identity", "name"), [("X2", "合唱团"), ("ｘ２", "合唱团"), ("合唱团", "合唱团"), ("3", "合唱团"), ("4", "书画社")]
)
def test_a_row_is_found_by_id_name_serial_number_or_row(numbered: str, identity: str, name: str) -> None:
    result = run("explain", numbered, "--id", identity)
    assert result.exit_code == 0, result.output
    assert result.output.startswith(name)


def test_of_several_none_is_taken(numbered: str) -> None:
    result = run("explain", numbered, "--id", "书画社")
    assert result.exit_code == 2
    assert "第 2 行：编号 X1" in result.output
    assert "第 4 行：编号 X3" in result.output


@pytest.mark.parametrize(("identity", "near"), [("书画", "X1"), ("合唱队", "X2"), ("X9", "X1")])
def test_where_none_fits_the_nearest_are_named(numbered: str, identity: str, near: str) -> None:
    result = run("explain", numbered, "--id", identity)
    assert result.exit_code == 2
    assert "最接近的" in result.output
    assert near in result.output


def test_nothing_is_near_to_something_else(numbered: str) -> None:
    assert "最接近" not in run("explain", numbered, "--id", "zzzzzz").output
    assert nearest([(2, "X1", "")], "") == []


# ------------------------------------------------------------------------------------------------ explain


def test_what_is_to_be_done_by_when_stands_before_the_reasons(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("编号,登记状态,组织形式,个人会员数,单位会员数\nX1,未登记,社会团体,60,0\n", encoding="utf-8")
    lines = run("explain", str(path), "--id", "X1").output.splitlines()
    asked = next(number for number, line in enumerate(lines) if line == "还需填报的情况：")
    reason = next(number for number, line in enumerate(lines) if "“登记条件”尚不能确定" in line)
    assert asked < reason


@pytest.mark.parametrize("decision", ["备案条件", "filing conditions", "filing_conditions"])
def test_a_local_decision_is_explained_by_its_label(decision: str) -> None:
    local = ("--as-of", "2019-06-01", "--jurisdiction", "31", "--decision", decision)
    result = CliRunner().invoke(cli, ["explain", str(EXAMPLE), "--id", "A004", *local])
    assert result.exit_code == 0, result.output
    assert "备案条件：" in result.output


def test_a_decision_that_is_none_is_refused_with_near_ones() -> None:
    result = run("explain", str(EXAMPLE), "--id", "A004", "--decision", "登记条款")
    assert result.exit_code == 2
    assert "登记条件 (registration_conditions)" in result.output
