"""Rows of a table that are no organizations: totals, headings of sections, notes, lines for signatures and dates.

In come the cells of a row and what its table has for a header; out goes what the row is.
Guaranteed: a row with a name and a fact is never left out, whatever it is called.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

import attrs

from cso_rules.model.instruments import Label
from cso_rules.tables.read.cells import Aside, Cell, heading_key, text_of
from cso_rules.tables.read.headings import IDENTIFIER, NAME, Headings

MAY_BE_ASIDE: Final = (
    r"计|总数|[均比]|最[大小]|[tT][oO][tT]|:|[签章填注※*]|说明|须知|事项|空白|正文|此表|制表|制单|审核|复核|经办"
    r"|^[一二三四五六七八九十(第共]|类|[。;]$|^\d{1,2}[、.)]|年.*月|例|^[1甲A]$|栏次"
)
"""Every text that makes its row an aside, wherever it stands, holds one of these, in NFKC and without spaces."""
PLAIN_WORDS: Final = r"^[^0-9]*[\x{3400}-\x{9fff}][^0-9]*$"
"""What makes its row an aside as its only content, before the column of names, as a pattern of RE2."""
_TOTALS: Final = re.compile(
    r"(?:本页|本表|本月|全[县区市镇街]|全街道|累计)?(?:合计|总计|小计|共计|累计|总数)(?:数|人数|个数|金额)?(?:[:：]?\d.*)?"
    r"|(?:总)?平均(?:值|数)?|均值|人均|占比|比例|比重|百分比|同比|环比|最[大小]值"
    r"|(?:sub|grand)?totals?",
)
_SIGNED: Final = (
    "填表|填报|制表|制单|编制|审核|审批|审查|复核|核对|经办|统计|报送|上报|呈报|批准|签发|校对|录入|登记员|填写|填列"
)
_SIGNATURE: Final = re.compile(
    rf"(?:{_SIGNED})(?:人员?|者|员|单位|部门|机关|机构|日期|时间|负责人)(?:[(（]?(?:签字|签名|签章|盖章|公章)[)）]?)*(?:[:：].*|)|(?:填表|填报|制表|制单|审核|复核|经办)(?:人|日期|时间).*|(?:{_SIGNED})[:：].*"
    r"|(?:单位|部门|分管|主管|主要)?(?:负责人|领导|联系人|联系电话|电话|日期|时间|年月日)[:：].*"
    r"|[^:：,，。]{0,12}[(（]?(?:签字|签名|签章|盖章|公章)[)）]?(?:[:：].*)?"
)
_NOTE: Final = re.compile(
    r"[*※#＊]*(?:注|备注|附注|附|说明|填表说明|填报说明|填表须知|注意|注意事项|来源|数据来源|资料来源|单位|金额单位|notes?)"
    r"(?:\d{1,2}|[一二三四五六七八九十])?(?:[:：].*|[、.．].+)|填表说明|填报说明|填表须知|注意事项|[※＊].+|[(（]?以下(?:空白|无正文)[)）]?|此表.*|第\d+页(?:[,，、]?共\d+页)?|共\d+页|其中[:：].+"
)
_EXAMPLE: Final = re.compile(r"[(（]?(?:例|示例|样例|范例|举例|填写示例|填报示例)[)）]?[:：]?\d?")
_FIRST_NUMBERS: Final = frozenset({"1", "(1)", "甲", "A", "栏次"})
"""What a row begins with that only numbers the columns."""
_DAY: Final = re.compile(r"(?:\d{4}|[xX×_]*)年(?:\d{1,2}|[xX×_]*)月(?:(?:\d{1,2}|[xX×_]*)日)?")
_SECTION: Final = re.compile(
    r"[一二三四五六七八九十]+[、.．:：].+|[(（][一二三四五六七八九十]+[)）].+|第[一二三四五六七八九十\d]+(?:类|部分|批|组|章|节).*"
    r"|[^\d]{1,20}类(?:[(（].*[)）])?[:：]?"
)
_SENTENCE: Final = re.compile(r".*[。；;]")
_NUMBERED: Final = re.compile(r"\d{1,2}[、.．)）].*[\u3400-\u9fff].*")
_PLAIN_WORDS: Final = re.compile(r"(?=.*[\u3400-\u9fff])[^0-9]+")
_OF_UNITS: Final = re.compile(r"[十百千万亿]+元|单位[:为是][^,。;]{0,4}[元万亿]|[美港欧日]元")
_SPACE: Final = re.compile(r"\s+")
MOST_WORDS: Final = 3
"""Known headings that no row of an organization holds as its values."""


@attrs.frozen
class Table:
    """What is known of a table when its rows are told apart.

    Attributes:
        header: Its headings.
        name: Where the names stand, or None.
        identifiers: Where ids and numbers of lines stand.
        headings: What headings mean; tells the header of another table.
    """

    header: tuple[str, ...]
    name: int | None
    identifiers: tuple[int, ...]
    headings: Headings

    @classmethod
    def of(cls, header: tuple[str, ...], headings: Headings) -> Table:
        """Return what a header tells."""
        meanings = [headings.heading(text).meaning for text in header]
        identifiers = tuple(at for at, meaning in enumerate(meanings) if meaning == IDENTIFIER)
        return cls(header, meanings.index(NAME) if NAME in meanings else None, identifiers, headings)

    def aside(self, cells: tuple[Cell, ...]) -> Aside | None:
        """Return what a row is that is no organization, None for an organization."""
        given = [(at, text) for at, text in enumerate(map(text_of, cells)) if text]
        if not given:
            return None
        aside = self._aside(given)
        return "unit" if aside == "note" and any(speaks_of_unit(text) for _, text in given) else aside

    def _aside(self, given: list[tuple[int, str]]) -> Aside | None:
        (first, text), key = given[0], _key(given[0][1])
        if _TOTALS.fullmatch(heading_key(text)):
            return "totals"
        if _EXAMPLE.fullmatch(key) or (key in _FIRST_NUMBERS and _numbers_columns(given)):
            return "note"
        if _NOTE.fullmatch(key) or _SIGNATURE.fullmatch(key):
            return "note" if self._has_no_name(first, given) else None
        if len(given) > 1:
            if self._repeats_header(given):
                return "note"
            return "header" if self._is_header(given) else None
        return "note" if self._is_line(first, key) else None

    def _has_no_name(self, first: int, given: list[tuple[int, str]]) -> bool:
        """Tell whether what stands in the column of names, if anything, belongs to the line."""
        return first == self.name or all(at != self.name or _SIGNATURE.fullmatch(_key(text)) for at, text in given)

    def _repeats_header(self, given: list[tuple[int, str]]) -> bool:
        return all(at < len(self.header) and heading_key(text) == heading_key(self.header[at]) for at, text in given)

    def _is_header(self, given: list[tuple[int, str]]) -> bool:
        """Tell whether a row is the header of another table."""
        if len(given) < MOST_WORDS or not self.headings.may_be_label(given[0][1]):
            return False
        known = sum(self.headings(text) for _, text in given)
        return known >= MOST_WORDS and 2 * sum(self.headings.is_label(text) for _, text in given) >= len(given)

    def section(self, cells: tuple[Cell, ...]) -> str:
        """Return the heading of a section that is all of a row, empty for another row."""
        given = [text for text in map(text_of, cells) if text]
        return given[0] if len(given) == 1 and _SECTION.fullmatch(_key(given[0])) else ""

    def _is_line(self, place: int, key: str) -> bool:
        """Tell whether the only content of a row is a line about the table."""
        if _SECTION.fullmatch(key) or _SENTENCE.fullmatch(key):
            return True
        if self.name is None or place == self.name:
            return False
        if _DAY.fullmatch(key) or _NUMBERED.fullmatch(key):
            return True
        return place < self.name and _PLAIN_WORDS.fullmatch(key) is not None


def _numbers_columns(given: list[tuple[int, str]]) -> bool:
    """Tell whether the cells of a row only number the columns, from one on, after some letters."""
    texts = [_key(text).strip("()") for _, text in given]
    numbers = [text for text in texts if text.isascii() and text.isdigit()]
    letters = len(texts) - len(numbers)
    is_first = texts[letters:] == numbers and all(len(text) == 1 or text == "栏次" for text in texts[:letters])
    counted = [str(number) for number in range(1, len(numbers) + 1)]
    return len(numbers) >= MOST_WORDS and is_first and numbers == counted


def speaks_of_unit(text: str) -> bool:
    """Tell whether a line names a unit in which numbers may stand."""
    return _OF_UNITS.search(_key(text)) is not None


def _key(text: str) -> str:
    return _SPACE.sub("", unicodedata.normalize("NFKC", text))


def no_heading_note(places: Mapping[int, int]) -> tuple[Label, ...]:
    """Return what a person should be told about values that stand below a blank heading, by place."""
    if not places:
        return ()
    english = ", ".join(f"column {place + 1} ({count})" for place, count in sorted(places.items()))
    chinese = "、".join(f"第 {place + 1} 列（{count} 格）" for place, count in sorted(places.items()))
    return (
        Label(
            en=f"cells below a blank heading, which are not read: {english}; write a heading above them",
            zh=f"列名为空而有内容、未读取的列：{chinese}；请补填列名",
        ),
    )


def asides_note(
    totals: list[int], notes: list[int], units: list[int], further: list[int], more: str = ""
) -> tuple[Label, ...]:
    """Return what a person should be told about rows that are no organizations; of some that they speak of a unit."""
    told = (
        (
            further,
            "further lines below a merged name, joined to the first one: {}",
            "名称单元格合并的续行，内容已并入其第一行：{}",
        ),
        (totals, "rows of totals skipped: {}", "合计行未作为数据处理：{}"),
        (notes, "rows of sections, notes and signatures skipped: {}", "分类标题、说明、签字等行未作为数据处理：{}"),
        (
            units,
            "rows that speak of a unit, which was not applied: {}; write it into the headings",
            "以下各行提到单位，但未据此换算：{}；请把单位写入相应列名",
        ),
    )
    numbered = ((", ".join(map(str, rows)) + more, en, zh) for rows, en, zh in told if rows)
    return tuple(Label(en=en.format(numbers), zh=zh.format(numbers)) for numbers, en, zh in numbered)
