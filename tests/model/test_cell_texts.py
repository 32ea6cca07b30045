"""Cells of lists as people fill them in: read wholly, in part, or not at all."""

import datetime
from decimal import Decimal

import pytest

from cso_rules.model.spelling.cell_texts import read_cell_text
from cso_rules.model.spelling.spellings import SpellingError
from cso_rules.model.spelling.units import Measure, Unit
from cso_rules.model.types import Between, SomeOf, Type

COUNT = Type(kind="integer", minimum=0, maximum=100_000)
MONEY = Type(kind="money", scale=2, minimum=0, maximum=10**14)
DATE = Type(kind="date", minimum=datetime.date(1900, 1, 1).toordinal(), maximum=datetime.date(2100, 12, 31).toordinal())
FLAG = Type(kind="boolean")
AREA = Type(kind="enumeration", values=("urban", "rural"), enumeration="area")
AREAS = {"城市社区": "urban", "农村社区": "rural"}
KINDS = Type(kind="set", values=("culture", "mutual_help", "mediation"), enumeration="kinds")
KIND_LABELS = {"文体娱乐": "culture", "邻里互助": "mutual_help", "纠纷调解": "mediation", "志愿与互助": "mutual_help"}
KIND_WORDS = (("舞", "culture"), ("合唱", "culture"), ("调解", "mediation"))
WAN = Measure(own=Unit("money", 0), stated=Unit("money", 4))


def _between(low: int | None, high: int) -> Between:
    return Between(low=low, high=high)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("15", 15),
        ("十五人", 15),
        ("十", 10),
        ("一百零二", 102),
        ("两千三百人", 2300),
        ("无", 0),
        ("没有", 0),
        ("/", None),
        ("不详", None),
        ("15人（党员5人）", 15),
        ("１５人(其中女性10人)", 15),
        ("20余人", _between(20, 29)),
        ("二十余人", _between(20, 29)),
        ("120多人", _between(120, 129)),
        ("十几人", _between(11, 19)),
        ("二十几人", _between(21, 29)),
        ("50人以上", _between(50, 100_000)),
        ("至少50人", _between(50, 100_000)),
        ("超过50人", _between(51, 100_000)),
        ("不足30人", _between(0, 29)),
        ("30人以下", _between(0, 30)),
        ("≤30", _between(0, 30)),
        ("30人以内", _between(0, 30)),
        ("10-20人", _between(10, 20)),
        ("10～20", _between(10, 20)),
        ("10人至20人", _between(10, 20)),
    ],
)
def test_counts(text: str, value: object) -> None:
    assert read_cell_text(COUNT, text).value == value


@pytest.mark.parametrize(
    "text",
    [
        "约20人",
        "20人左右",
        "近百人",
        "三五人",
        "二百五",
        "几人",
        "几十人",
        "若干",
        "○",
        "35余人",
        "20-10人",
        "15人（约）",
        "15（不含党员）",
        "男10人女5人",
        "15（万元）",
        "多",
        "20人（拟）",
        "以上",
        "50人以上100人以下",
    ],
)
def test_a_count_that_is_not_certain_is_not_read(text: str) -> None:
    with pytest.raises(SpellingError):
        read_cell_text(COUNT, text)


@pytest.mark.parametrize(
    ("text", "measure", "value"),
    [
        ("叁万元整", None, Decimal("30000.00")),
        ("3万余元", None, (30_000, "39999.99")),
        ("1.5万余元", None, (15_000, "15999.99")),
        ("3-5万元", None, (30_000, "50000.00")),
        ("3万至5万", None, (30_000, "50000.00")),
        ("5000元以下", None, (0, "5000.00")),
        ("3", WAN, Decimal("30000.00")),
        ("3余", WAN, (30_000, "39999.99")),
        ("1-2", WAN, (10_000, "20000.00")),
        ("叁万元", WAN, Decimal("30000.00")),
        ("不足1", WAN, (0, "9999.99")),
        ("3万元（其中捐赠1万元）", None, Decimal("30000.00")),
    ],
)
def test_amounts(text: str, measure: Measure | None, value: object) -> None:
    if isinstance(value, tuple):
        value = Between(low=Decimal(value[0]).quantize(Decimal("1.00")), high=Decimal(value[1]))
    assert read_cell_text(MONEY, text, measure=measure).value == value


@pytest.mark.parametrize("text", ["约3万元", "3万元（认缴）", "3万元（实缴1万元）", "3美元", "5-3万元", "结余无"])
def test_an_amount_that_is_not_certain_is_not_read(text: str) -> None:
    with pytest.raises(SpellingError):
        read_cell_text(MONEY, text)


def _days(first: str, last: str) -> Between:
    return Between(low=datetime.date.fromisoformat(first), high=datetime.date.fromisoformat(last))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2018.3.5", datetime.date(2018, 3, 5)),
        ("二〇一八年三月五日", datetime.date(2018, 3, 5)),
        ("2018年3月5日（补登）", datetime.date(2018, 3, 5)),
        ("2018-03-05 10:20:00", datetime.date(2018, 3, 5)),
        ("2017年12月", _days("2017-12-01", "2017-12-31")),
        ("2016.5", _days("2016-05-01", "2016-05-31")),
        ("2016-02", _days("2016-02-01", "2016-02-29")),
        ("2016.1", _days("2016-01-01", "2016-10-31")),
        ("二〇一六年", _days("2016-01-01", "2016-12-31")),
        ("2017", _days("2017-01-01", "2017-12-31")),
        ("2016年上半年", _days("2016-01-01", "2016-06-30")),
        ("2016年底", _days("2016-01-01", "2016-12-31")),
        ("2016年第二季度", _days("2016-04-01", "2016-06-30")),
        ("2016年5月上旬", _days("2016-05-01", "2016-05-31")),
    ],
)
def test_dates(text: str, value: object) -> None:
    assert read_cell_text(DATE, text).value == value


@pytest.mark.parametrize(
    "text", ["未备案", "99164", "2016.13", "2015-04-08至2019-04-08", "18年3月", "2018年2月30日", "无", "三月"]
)
def test_what_is_no_date_is_not_read(text: str) -> None:
    with pytest.raises(SpellingError):
        read_cell_text(DATE, text)


@pytest.mark.parametrize("text", ["是", "有", "√", "○", "Y", "1", "☑是 □否", "是√ 否□", "是（已备案）", "✓"])
def test_yes(text: str) -> None:
    assert read_cell_text(FLAG, text).value is True


@pytest.mark.parametrize("text", ["否", "无", "没有", "×", "N", "0", "□是 ☑否", "✗"])
def test_no(text: str) -> None:
    assert read_cell_text(FLAG, text).value is False


@pytest.mark.parametrize("text", ["部分", "是（待定）", "☑是 ☑否", "□是 □否", "3人", "是否"])
def test_neither_yes_nor_no(text: str) -> None:
    with pytest.raises(SpellingError):
        read_cell_text(FLAG, text)


@pytest.mark.parametrize("text", ["城市社区", "01-城市社区", "1.城市社区", "城市社区（01）", "☑城市社区 □农村社区"])
def test_choices(text: str) -> None:
    assert read_cell_text(AREA, text, AREAS).value == "urban"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("文体娱乐、邻里互助", frozenset({"culture", "mutual_help"})),
        ("志愿与互助", frozenset({"mutual_help"})),
        ("广场舞、合唱", SomeOf(sure=frozenset({"culture"}))),
        ("文体娱乐、健身", SomeOf(sure=frozenset({"culture"}))),
        ("文体娱乐等", SomeOf(sure=frozenset({"culture"}))),
        ("舞蹈（广场舞）和纠纷调解", SomeOf(sure=frozenset({"culture", "mediation"}))),
        ("文体娱乐、不参与调解", SomeOf(sure=frozenset({"culture"}))),
    ],
)
def test_sets(text: str, value: object) -> None:
    assert read_cell_text(KINDS, text, KIND_LABELS, words=KIND_WORDS).value == value


@pytest.mark.parametrize("text", ["无", "编织", "不舞蹈"])
def test_a_set_of_which_nothing_is_understood_is_not_read(text: str) -> None:
    with pytest.raises(SpellingError):
        read_cell_text(KINDS, text, KIND_LABELS, words=KIND_WORDS)
