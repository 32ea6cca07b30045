"""Cells of workbooks with an error, or a formula that was never calculated: not blank, and named by cell."""

from pathlib import Path

import pytest

from tests.cases.hostile_files import cell, row, run, sheet, workbook

INPUTS = Path(__file__).parent / "inputs"
HEAD = row(1, cell("A1", "编号"), cell("B1", "名称"), cell("C1", "个人会员数"), cell("D1", "备注"))
GOOD = row(2, cell("A2", "A"), cell("B2", "甲"), cell("C2", 5))


def error(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="e"><v>{text}</v></c>'


def formula(reference: str, value: str = "", kind: str = "") -> str:
    more = f' t="{kind}"' if kind else ""
    return f'<c r="{reference}"{more}><f>SUM(A1)</f>{value}</c>'


def rest(path: Path, lang: str = "en", *, refused: int = 0) -> dict[str, str]:
    """Return what `classify` and `bulk` say of a table of which the first row is fine, and the second is not."""
    said = run(path, lang, ["classify", "bulk"])
    answered = 2 - refused
    counts = {
        "en": f"read 2 = answered {answered} + refused {refused}",
        "zh": f"读取 2 = 已答复 {answered} + 未处理 {refused}",
    }[lang]
    for name, found in said.items():
        assert found.code == 4, (name, found)
        assert counts in found.text, (name, found)
    return {name: found.text for name, found in said.items()}


@pytest.mark.parametrize("text", ["#DIV/0!", "#N/A", "#REF!", "#NAME?", "#NULL!", "#NUM!", "#VALUE!", "#SPILL!"])
def test_an_error_is_named_by_its_cell(tmp_path: Path, text: str) -> None:
    path = workbook(tmp_path / "in.xlsx", sheet(HEAD + GOOD + row(3, cell("A3", "B"), error("C3", text))))
    for said in rest(path).values():
        assert "个人会员数" in said
        assert f"名册!C3 holds the error {text}" in said
    for said in rest(path, "zh").values():
        assert f"名册!C3 是错误值 {text}" in said


@pytest.mark.parametrize("value", ["", "<v></v>", "<v/>"], ids=["none", "empty", "closed"])
def test_a_formula_without_its_result_is_named_by_its_cell(tmp_path: Path, value: str) -> None:
    path = workbook(tmp_path / "in.xlsx", sheet(HEAD + GOOD + row(3, cell("A3", "B"), formula("C3", value))))
    for said in rest(path).values():
        assert "名册!C3 holds a formula without its result" in said
    for said in rest(path, "zh").values():
        assert "名册!C3 只有公式而没有计算结果" in said


@pytest.mark.parametrize("column", ["A", "B"])
def test_id_and_name_are_no_exception(tmp_path: Path, column: str) -> None:
    cells = {"A": cell("A3", "B"), "B": cell("B3", "乙"), "C": cell("C3", 6)} | {column: error(f"{column}3", "#REF!")}
    for said in rest(workbook(tmp_path / "in.xlsx", sheet(HEAD + GOOD + row(3, *cells.values()))), refused=1).values():
        assert f"名册!{column}3 holds the error #REF!" in said


def test_a_row_that_holds_nothing_but_formulas_is_not_lost(tmp_path: Path) -> None:
    path = workbook(tmp_path / "in.xlsx", sheet(HEAD + GOOD + row(3, formula("A3"), formula("C3"))))
    for said in rest(path, refused=1).values():
        assert "名册!A3" in said
        assert "名册!C3" in said or "名册!A3 holds" in said


def test_results_are_read_and_columns_without_a_meaning_do_not_matter(tmp_path: Path) -> None:
    rows = (
        row(3, cell("A3", "B"), formula("C3", "<v>7</v>"), error("D3", "#N/A"))
        + row(4, cell("A4", "C"), formula("C4", "<v></v>", "str"), formula("D4"))
        + row(5, formula("A5", "<v>D</v>", "str"), cell("C5", 8))
    )
    for name, said in run(
        workbook(tmp_path / "in.xlsx", sheet(HEAD + GOOD + rows)), "en", ["classify", "bulk"]
    ).items():
        assert said.code == 0, (name, said)
        assert "read 4 = answered 4 + refused 0" in said.text


def test_the_recorded_case(tmp_path: Path) -> None:
    path = tmp_path / "min_error.xlsx"
    path.write_bytes((INPUTS / "min_error.xlsx").read_bytes())
    for name, said in run(path, "zh", ["classify", "bulk"]).items():
        assert said.code == 4, (name, said)
        assert "Sheet1!K2 是错误值 #DIV/0!" in said.text
