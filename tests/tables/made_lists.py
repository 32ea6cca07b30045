"""Lists that say what is known of organizations in the many ways of people, made from true facts.

A number always makes the same list: its layout, the names of its columns and the way in which each cell is written.
Some cells say less than is true (20余人, 2017年, 约15人, /); none says anything else.
"""

from __future__ import annotations

import contextlib
import csv
import datetime
import io
import random
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import xlsxwriter  # type: ignore[import-untyped]

from cso_rules import determine
from cso_rules.errors import FactsError
from cso_rules.model.policy import Fact, Policy
from cso_rules.tables.write.template import Template

Facts = dict[str, Any]
Write = Callable[[random.Random, Any], str]
YES, NO = ("是", "√", "有", "Y", "1", "是（已核实）", "☑是 □否"), ("否", "×", "无", "N", "0", "□是 ☑否")
NUMERALS = "零一二三四五六七八九"
SLIPS = (
    "#REF!", "#N/A", "同上", "　同上 ", "〃", " ", "/", "无", "不详", "[]", "以上均无", "many", "20余人", "0", "1", "3",
    "3万元", "合计", "注：以上", "三、志愿类", "甲\a乙", "一\n二", "\ufeff", "\xa0", "2018年", "2018-02-30", "-3",
    "１２", "99999999999999999999", "1，000", "单位：万元", "填表人：张三", "文体娱乐、不认识", "√", "=1+1",
)  # fmt: skip
LABELS = ("登记情况", "组织情况", "活动情况")


@attrs.frozen
class MadeList:
    """A list with the organizations that it is about.

    Attributes:
        path: The file.
        truths: The true facts of each organization, by its id.
        cells: How many cells say something of a fact.
    """

    path: Path
    truths: Mapping[str, Facts]
    cells: int


def made_list(folder: Path, policy: Policy, number: int, *, is_careless: bool = False) -> MadeList:
    """Write a list of a dozen organizations; a careless one has slips of every kind, and so says other things too."""
    chance = random.Random(number)  # noqa: S311 - the same list each time
    facts = [fact for fact in Template.of(policy).facts if chance.random() < 0.85]
    truths = {f"B{row:02}": _truth(chance, policy, facts) for row in range(12)}
    writers = {fact.name: _column(chance, policy, fact) for fact in facts}
    heads = ["编号", "名称", *(writers[fact.name][0] for fact in facts)]
    body = [
        [name, f"第{place}组织", *(_cell(chance, writers[fact.name][1], truth[fact.name]) for fact in facts)]
        for place, (name, truth) in enumerate(truths.items())
    ]
    lines = [*_titles(chance, len(heads)), *_header(chance, heads), *_body(chance, body)]
    path = folder / f"list{number}.{chance.choice(('csv', 'xlsx'))}"
    if is_careless:
        lines[-len(body) :] = _with_slips(random.Random(number), lines[-len(body) :])  # noqa: S311 - the same ones
    _write(chance, path, lines)
    return MadeList(path, truths, sum(bool(text.strip()) for row in body for text in row[2:]))


# ------------------------------------------------------------------------------------------------------ what is true


def _truth(chance: random.Random, policy: Policy, facts: Sequence[Fact]) -> Facts:
    """Return facts that do not contradict one another."""
    while True:
        found = {fact.name: _value(chance, fact) for fact in facts}
        with contextlib.suppress(FactsError):
            determine(policy, found, ask=False)
            return found


def _value(chance: random.Random, fact: Fact) -> Any:
    match fact.type.kind:
        case "boolean":
            return chance.random() < 0.6
        case "integer":
            return chance.choice((0, 3, 12, 15, 23, 30, 49, 50, 60, 120))
        case "money" | "decimal":
            return Decimal(chance.choice((0, 500, 8000, 29_999, 30_000, 50_000, 2_000_000))).quantize(Decimal("1.00"))
        case "date":
            return datetime.date(2010 + chance.randrange(8), 1 + chance.randrange(12), 1 + chance.randrange(28))
        case "set":
            return frozenset(chance.sample(fact.type.values, chance.randrange(1, 3)))
        case _:
            return chance.choice(fact.type.values)


# ---------------------------------------------------------------------------------------------------- how it is written


def _column(chance: random.Random, policy: Policy, fact: Fact) -> tuple[str, Write]:
    """Return a heading of a fact, and what writes its cells."""
    name = chance.choice((fact.label.zh, fact.label.zh, *fact.aliases))
    match fact.type.kind:
        case "boolean":
            return name, lambda chance, value: chance.choice(YES if value else NO)
        case "integer":
            return name + chance.choice(("", "（人）" if fact.unit and fact.unit.zh == "人" else "")), _count
        case "money":
            return (f"{name}（万元）", _in_wan) if chance.random() < 0.4 else (f"{name}（元）", _in_yuan)
        case "date":
            return name, _day
        case kind:
            assert fact.type.enumeration is not None
            return name, _named(policy, fact.type.enumeration, is_set=kind == "set")


def _cell(chance: random.Random, write: Write, value: Any) -> str:
    return chance.choice(("", "/", "不详", "—")) if chance.random() < 0.07 else write(chance, value)


def _count(chance: random.Random, value: int) -> str:
    forms = [str(value), f"{value}人", f"{value} ", f"{value}（其中女性{value // 2}人）"]
    if value < 100:
        forms.append(_numeral(value) + "人")
    if value >= 10:
        tens = value // 10 * 10 if value < 100 else value // 100 * 100
        forms += [f"{tens}余人"] if value > tens else []
        forms += [f"{value - value % 5}-{value + 5}人", f"约{value}人", f"{value - 3}人以上", f"不足{value + 1}人"]
    return chance.choice(forms)


def _numeral(value: int) -> str:
    tens, ones = divmod(value, 10)
    head = "" if not tens else "十" if tens == 1 else NUMERALS[tens] + "十"
    return head + (NUMERALS[ones] if ones or not tens else "")


def _in_yuan(chance: random.Random, value: Decimal) -> str:
    whole = int(value)
    forms = [str(whole), f"{whole:,}", f"{whole}元", f"{whole}元（上年末）"]
    return chance.choice(forms)


def _in_wan(chance: random.Random, value: Decimal) -> str:
    amount = format((value / 10_000).normalize(), "f")
    forms = [amount, f"{amount}万", f"{amount}万元"]
    if value >= 10_000:
        forms.append(f"{int(value // 10_000)}-{int(value // 10_000) + 1}")
    return chance.choice(forms)


def _day(chance: random.Random, value: datetime.date) -> str:
    year, month, day = value.year, value.month, value.day
    serial = str((value - datetime.date(1899, 12, 30)).days)
    return chance.choice((
        value.isoformat(), f"{year}.{month}.{day}", f"{year}/{month}/{day}", f"{year}年{month}月{day}日",
        f"{year}年{month}月", f"{year}年", f"{year}年{month}月{day}日（补登）", serial,
    ))  # fmt: skip


def _named(policy: Policy, name: str, *, is_set: bool) -> Write:
    enumeration = policy.enumerations[name]
    labels = {value: label.zh for value, label in zip(enumeration.values, enumeration.labels, strict=True)}

    def write(chance: random.Random, value: Any) -> str:
        if is_set:
            text = chance.choice(("、", "；", ",")).join(labels[member] for member in sorted(value))
            return text + chance.choice(("", "", "等", "、其他未列明事项"))
        place = enumeration.values.index(value)
        return chance.choice((labels[value], f"{place + 1:02}-{labels[value]}", f"{labels[value]}（见附表）"))

    return write


# ------------------------------------------------------------------------------------------------------------- layout


def _titles(chance: random.Random, width: int) -> list[list[str]]:
    lines = [["某街道社区社会组织台账"], ["填报单位（盖章）：某街道办事处", *[""] * (width - 2), "2018年6月"]]
    return lines[: chance.randrange(3)]


def _header(chance: random.Random, heads: Sequence[str]) -> list[list[str]]:
    """Return the headings, sometimes with a line of groups over them."""
    if chance.random() < 0.5:
        return [list(heads)]
    over, under, start = list(heads), [""] * len(heads), 2 + chance.randrange(len(heads) - 3)
    over[start], over[start + 1] = chance.choice(LABELS), ""
    under[start : start + 2] = heads[start : start + 2]
    return [over, under]


def _body(chance: random.Random, rows: Sequence[list[str]]) -> list[list[str]]:
    found: list[list[str]] = []
    for section, part in enumerate((rows[:5], rows[5:])):
        found += [[f"{'一二'[section]}、第{section + 1}类组织"]] if chance.random() < 0.6 else []
        found += part
        found += [["", "小计", f"{len(part)}个"]] if chance.random() < 0.5 else []
    found += [["合计", "", f"{len(rows)}个"]] if chance.random() < 0.7 else []
    found += [["注：以花名册为准。"]] if chance.random() < 0.5 else []
    found += [["填表人：张三    审核人：李四    填表日期：2018年6月5日"]] if chance.random() < 0.7 else []
    return found


def _with_slips(chance: random.Random, lines: Sequence[list[str]]) -> list[list[str]]:
    found = [[chance.choice(SLIPS) if chance.random() < 0.1 else text for text in line] for line in lines]
    for line in found:
        if len(line) > 2 and chance.random() < 0.08:
            line.append(chance.choice(("", "x")))
    return found


def _write(chance: random.Random, path: Path, lines: Sequence[list[str]]) -> None:
    width = max(map(len, lines))
    padded = [line + [""] * (width - len(line)) for line in lines]
    if path.suffix == ".csv":
        stream = io.StringIO(newline="")
        csv.writer(stream).writerows(padded)
        path.write_bytes(stream.getvalue().encode(chance.choice(("utf-8-sig", "gb18030"))))
        return
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("台账")
        for row, line in enumerate(padded):
            for column, text in enumerate(line):
                if text.isdigit() and chance.random() < 0.5 and not text.startswith("0"):
                    sheet.write_number(row, column, int(text))
                elif text:
                    sheet.write_string(row, column, text)
