"""Units of measure: what a heading or a cell says beside a number, as a power of ten of what is counted.

In comes a text such as `万元` or `10,000 yuan`; out goes a unit, or None for every text that is none.
Guaranteed: a unit is known wholly or not at all; no part of a text is skipped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

import attrs

from cso_rules.model.policy import Fact
from cso_rules.model.types import Type

ANY: Final = "any"
"""A power of ten alone, such as `万`: of whatever is counted."""
COUNT: Final = "count"
"""What counts persons as well as things, such as `个`."""
_COUNTS: Final = frozenset({COUNT, "persons", "units", "times"})

_POWERS: Final = {
    "十": 1, "百": 2, "佰": 2, "千": 3, "仟": 3, "万": 4, "萬": 4, "十万": 5, "百万": 6, "佰万": 6, "千万": 7,
    "仟万": 7, "亿": 8, "億": 8, "十亿": 9, "百亿": 10, "千亿": 11, "万亿": 12, "k": 3, "wan": 4, "qian": 3,
    "yi": 8, "hundred": 2, "hundreds": 2, "hundredsof": 2, "thousand": 3, "thousands": 3, "thousandsof": 3,
    "tenthousand": 4, "tenthousands": 4, "hundredthousand": 5, "million": 6, "millions": 6, "millionsof": 6,
    "billion": 9,
}  # fmt: skip
CURRENCY: Final = ("人民币", "rmb", "cny", "renminbi", "¥", "￥")
"""Words for the one currency that facts have; beside a unit they add nothing."""
_THINGS: Final = {
    "元": ("money", 0), "圆": ("money", 0), "元整": ("money", 0),
    "圆整": ("money", 0), "元正": ("money", 0), "块": ("money", 0), "块钱": ("money", 0),
    "yuan": ("money", 0), "角": ("money", -1), "jiao": ("money", -1), "分": ("money", -2), "fen": ("money", -2),
    "人": ("persons", 0), "名": ("persons", 0), "位": ("persons", 0), "口": ("persons", 0), "person": ("persons", 0),
    "persons": ("persons", 0), "people": ("persons", 0), "家": ("units", 0), "户": ("units", 0), "unit": ("units", 0),
    "units": ("units", 0), "个": (COUNT, 0), "次": ("times", 0), "次/年": ("times", 0),
    "场": ("times", 0), "场次": ("times", 0),
    "回": ("times", 0), "time": ("times", 0), "times": ("times", 0), "年": ("years", 0), "year": ("years", 0),
    "years": ("years", 0), "%": ("share", 0), "百分比": ("share", 0), "百分点": ("share", 0), "percent": ("share", 0),
    "pct": ("share", 0), "‰": ("share", -1), "千分比": ("share", -1),
}  # fmt: skip
_OTHERS: Final = (
    "美元", "美金", "港币", "港元", "欧元", "日元", "日圆", "英镑", "台币", "新台币", "澳元", "澳门币", "澳门元",
    "加元", "加币", "韩元", "韩币", "卢布", "法郎", "瑞士法郎", "新加坡元", "新币", "泰铢", "外币", "外汇", "usd",
    "us$", "hkd", "hk$", "eur", "jpy", "gbp", "twd", "mop", "aud", "cad", "sgd", "$", "€", "£", "dollar",
    "dollars", "usdollars", "euro", "euros", "平方米", "平米", "平方", "平方公里", "m2", "m²", "sqm", "亩", "公顷",
    "公里", "米", "吨", "人次", "人天", "户次", "岁", "天", "日", "月", "个月", "季度", "小时", "课时", "分钟",
    "周", "星期", "件", "项", "篇", "条", "届", "期", "份", "支", "队", "团", "所", "处", "间", "座", "册", "本",
    "张", "枚", "代", "类", "种", "级", "day", "days", "month", "months", "hour", "hours", "week", "weeks",
)  # fmt: skip
_IGNORED: Final = re.compile(r"[\s_]+")
_TEN: Final = re.compile(r"1(0*|0?(?:,?000)+|00(?:,000)+)", re.ASCII)


def _either(words: object) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))  # type: ignore[call-overload]


_UNIT: Final = re.compile(
    rf"(?P<before>{_either(CURRENCY)})?(?P<ten>1[0,]*)?(?P<power>{_either(_POWERS)})?"
    rf"(?P<thing>{_either((*_THINGS, *_OTHERS))})?(?P<after>{_either(CURRENCY)})?"
)


@attrs.frozen
class Unit:
    """What is counted, and the power of ten with which it is counted."""

    dimension: str
    exponent: int


@attrs.frozen(kw_only=True)
class Measure:
    """How the cells of one column are read.

    Attributes:
        own: The unit of the fact, None where its values are no numbers.
        stated: The unit that the heading states, or None.
        meanings: What texts mean here and not elsewhere, by the text in NFKC and lower case.
    """

    own: Unit | None = None
    stated: Unit | None = None
    meanings: Mapping[str, str] = attrs.field(factory=dict, hash=False)

    @property
    def exponent(self) -> int:
        """The power of ten by which a plain number is multiplied."""
        return 0 if self.stated is None or self.own is None else self.stated.exponent - self.own.exponent

    def meant(self, text: str) -> str:
        """Return what a text of a cell means, itself where it means the same as everywhere."""
        return self.meanings.get(plain_cell(text), text) if self.meanings else text

    def gives_meaning(self, text: str) -> bool:
        """Tell whether the heading says what a text means."""
        return bool(self.meanings) and plain_cell(text) in self.meanings

    def of_cell(self, text: str) -> int | None:
        """Return the power of ten of a number with a unit of its own; None where the unit is none of this column.

        Under a heading with a multiplier a cell that has another one, or none, contradicts its heading.
        """
        unit = unit_of(text)
        if unit is None or self.own is None or not fits(unit, self.own):
            return None
        if self.stated is not None and self.stated.exponent and unit.exponent != self.stated.exponent:
            return None
        return unit.exponent - self.own.exponent


def plain_cell(text: str) -> str:
    """Return a text of a cell under which its meaning below a heading is kept."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def unit_of(text: str) -> Unit | None:
    """Return the unit that a text names, and nothing but that; None for every other text."""
    plain = _IGNORED.sub("", unicodedata.normalize("NFKC", text).casefold())
    found = _UNIT.fullmatch(plain)
    if not plain or found is None:
        return None
    before, ten, power, thing, after = found.groups()
    if ten and not (_TEN.fullmatch(ten) and (thing or before or after or power)):
        return None
    exponent = _POWERS.get(power or "", 0) + (ten.count("0") if ten else 0)
    dimension, own = _THINGS.get(thing or "", (thing or ANY, 0))
    if (before or after) and dimension not in {ANY, "money"}:
        return None
    return Unit("money" if before or after else dimension, exponent + own)


def unit_of_fact(fact: Fact) -> Unit | None:
    """Return the unit of a fact, None where its values are no numbers."""
    declared = unit_of(fact.unit.zh) if fact.unit is not None else None
    return declared or unit_of_type(fact.type)


def unit_of_type(kind: Type) -> Unit | None:
    """Return the unit that numbers of a type have as long as nobody declares another."""
    return {"money": Unit("money", 0), "integer": Unit(COUNT, 0), "decimal": Unit(ANY, 0)}.get(kind.kind)


def fits(unit: Unit, own: Unit) -> bool:
    """Tell whether numbers of a unit can be numbers of another one, but for a power of ten."""
    if unit.dimension in {ANY, own.dimension}:
        return True
    return COUNT in {unit.dimension, own.dimension} and {unit.dimension, own.dimension} <= _COUNTS
