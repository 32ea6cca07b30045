"""A number of a workbook is read with the unit that its number format shows, and with no other."""

import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cso_rules import load_policy
from cso_rules.model.policy import Policy
from cso_rules.tables.read.xlsx.number_formats import Shown, day_shown, unit_shown
from tests.tables.both_ways import assert_same, one_by_one


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy("cn", as_of=datetime.date(2018, 6, 1))


def written(path: Path, heading: str, *cells: tuple[Any, str]) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    sheet = book.active
    sheet.append(("编号", "名称", heading))
    for number, (value, form) in enumerate(cells, start=1):
        sheet.append((number, f"甲{number}", value))
        sheet.cell(number + 1, 3).number_format = form
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ('0"万元"', Shown("", "万元")), ('#,##0.00"元"', Shown("", "元")), ('0"人"', Shown("", "人")),
        ("0人", Shown("", "人")), ("0\\人", Shown("", "人")), ('"¥"#,##0.00', Shown("¥", "")),
        ("[$¥-804]#,##0.00", Shown("¥", "")), ('0"元";-0"元"', Shown("", "元")), ('0.0_ "万元"', Shown("", "万元")),
        ('0"元";[Red]-0"元"', Shown("", "元")), ('G/通用格式"人"', Shown("", "人")), ('General"人"', Shown("", "人")),
        ('0"美元"', Shown("", "美元")),
        ('0,"千元"', None), ('0!.0,"万元"', None), ("0%", None), ('0"号"', None), ('"约"0"人"', None), ("0", None),
        ('0"元";0"万元"', None), ('[>=10000]0!.0,"万元";0"元"', None), ('[DBNum1]0"人"', None), ("yyyy-mm-dd", None),
        ('yyyy"年"', None), ("@", None), ("", None), ('0.00E+00"元"', None), ('# ?/?"元"', None), ('"元"', None),
    ],
)  # fmt: skip
def test_units_are_those_that_are_shown_for_every_number(code: str, shown: Shown | None) -> None:
    assert unit_shown(code) == shown


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ('yyyy"年"m"月"', "month"), ("mmm-yy", "month"), ("[$-804]yyyy\\-mm;@", "month"), ("yyyy", "year"),
        ('e"年"', "year"), ('m"月"d"日"', "no year"), ("d-mmm", "no year"), ("yyyy-mm-dd", None),
        ('yyyy"年"m"月"d"日"', None), ("m/d/yy h:mm", None), ("h:mm:ss", None), ("General", None), ("0.00E+00", None),
        ("@", None), ("mm:ss", None),
    ],
)  # fmt: skip
def test_a_day_is_known_as_it_is_shown(code: str, shown: str | None) -> None:
    assert day_shown(code) == shown


def test_a_number_counts_with_the_unit_of_its_format(policy: Policy, tmp_path: Path) -> None:
    cells = [(3, '0"万元"'), (3000.5, '#,##0.00"元"'), (30000, "[$¥-804]#,##0"), (4, "0"), (5000, '0,"千元"')]
    path = written(tmp_path / "list.xlsx", "活动资金", *cells)
    read = items, _, _ = one_by_one(path, policy)
    found = [str(item.determination.facts.get("activity_funds")) for item in items]  # type: ignore[union-attr]
    # A bare number is in doubt beside those with a multiplier.
    assert found == ["30000.00", "3000.50", "30000.00", "None", "None"]
    assert_same(path, policy, read=read)


def test_a_unit_that_is_not_that_of_the_fact_or_contradicts_the_heading_is_not_understood(
    policy: Policy, tmp_path: Path
) -> None:
    for heading, form in (("个人会员数", '0"元"'), ("活动资金（万元）", '0"元"'), ("活动资金", '0"美元"')):
        (item,), _, _ = one_by_one(written(tmp_path / "list.xlsx", heading, (30, form)), policy)
        assert [problem.column for problem in item.problems] == [heading]
    (item,), _, _ = one_by_one(written(tmp_path / "list.xlsx", "活动资金（万元）", (3, '0"万元"')), policy)
    assert not item.problems


def test_texts_days_and_blanks_are_as_before(policy: Policy, tmp_path: Path) -> None:
    path = written(tmp_path / "list.xlsx", "个人会员数", ("30", '0"人"'), (None, '0"人"'), (12, '0"人"'))
    items, _, _ = one_by_one(path, policy)
    found = [item.determination.facts.get("individual_members") for item in items]  # type: ignore[union-attr]
    assert found == [30, None, 12]
