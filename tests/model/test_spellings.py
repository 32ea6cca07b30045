import datetime
from decimal import Decimal

import pytest

from cso_rules.model.spelling.spellings import SpellingError, read_text, read_value
from cso_rules.model.types import BOOLEAN, Type, Value

COUNT = Type(kind="integer")
MONEY = Type(kind="money", scale=2)
DATE = Type(kind="date")
TOPICS = Type(kind="set", values=("care", "sport"))
NAMES = {"为老 服务": "care", "体育": "sport", "games, sports and play": "sport"}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (BOOLEAN, "有", True), (BOOLEAN, "×", False), (BOOLEAN, "YES", True),
        (COUNT, "１，２３４人", 1234), (COUNT, "3万", 30000), (MONEY, "1.2亿", Decimal(120000000)),
        (MONEY, "3.5万元", Decimal(35000)), (COUNT, "无数据", None), (COUNT, "？", None), (COUNT, "n/a", None),
        (DATE, "2018年1月31日", datetime.date(2018, 1, 31)), (DATE, "20180131", datetime.date(2018, 1, 31)),
        (DATE, "2018.1.31", datetime.date(2018, 1, 31)),
        (TOPICS, "care, games, sports and play", frozenset({"care", "sport"})),
        (TOPICS, "games, sports and play，care", frozenset({"care", "sport"})),
        (TOPICS, "体育、为老 服务", frozenset({"care", "sport"})), (TOPICS, "care 体育", frozenset({"care", "sport"})),
    ],
)  # fmt: skip
def test_a_cell_is_read(kind: Type, text: str, value: Value | None) -> None:
    assert read_text(kind, text, NAMES) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [(COUNT, "有"), (COUNT, "1,23"), (COUNT, "٣"), (COUNT, "²"), (COUNT, "1.5"), (MONEY, "0.001"), (DATE, "2018-02-30"),
     (DATE, "2018-1/3"), (TOPICS, "无"), (COUNT, "9" * 30)],
)  # fmt: skip
def test_a_cell_that_is_not_exact_is_refused(kind: Type, text: str) -> None:
    with pytest.raises(SpellingError):
        read_text(kind, text)


@pytest.mark.parametrize(
    ("kind", "value"),
    [(BOOLEAN, 1), (BOOLEAN, "是"), (COUNT, True), (COUNT, 1.5), (COUNT, float("nan")), (MONEY, Decimal("0.001")),
     (MONEY, Decimal("NaN")), (DATE, datetime.datetime(2018, 1, 1)), (DATE, "2018/1/1"), (TOPICS, "care")],  # noqa: DTZ001
)  # fmt: skip
def test_a_value_of_the_wrong_type_is_refused(kind: Type, value: object) -> None:
    with pytest.raises(SpellingError):
        read_value(kind, value)


def test_a_number_that_python_would_not_write_is_refused_in_words() -> None:
    with pytest.raises(SpellingError, match="0x31e20801036510f3") as refused:
        read_value(COUNT, 10**5000)
    assert refused.value.is_impossible


def test_a_name_that_is_none_is_refused_with_the_names_that_are_there() -> None:
    with pytest.raises(SpellingError) as refused:
        read_text(TOPICS, "体育、音乐", NAMES)
    assert (refused.value.en, refused.value.zh) == (
        "'音乐' is not a value of the enumeration",
        "'音乐' 不是可填的内容（为老 服务、体育）",
    )


def test_values_are_read_strictly_and_kept_exact() -> None:
    assert read_value(COUNT, 3.0) == 3
    assert read_value(MONEY, "1.20") == Decimal("1.20")
    assert read_value(TOPICS, ["care", "体育"], NAMES) == {"care", "sport"}
    assert read_value(DATE, None) is None
