"""What a heading means: the fact or column that it names, the unit that it states, and why it is left unread if it is.

In comes a heading as it stands in a file; out goes its meaning. A name is never guessed.
Guaranteed: a unit or a remark beside the name is understood wholly, or the column is left unread with the reason; a
part below a group that is about something else is not read as if it stood alone.
"""

from __future__ import annotations

import difflib
import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

import attrs

from cso_rules.model.instruments import Label
from cso_rules.model.policy import Fact, FactHeading, Policy
from cso_rules.model.presentation import Entities
from cso_rules.model.spelling.spellings import BOOLEANS
from cso_rules.model.spelling.units import CURRENCY, Measure, Unit, fits, plain_cell, unit_of, unit_of_fact
from cso_rules.plan.prepared import Prepared
from cso_rules.tables.read.cells import heading_key
from cso_rules.tables.read.choices import NO_CHOICES, Choices, ColumnChoice
from cso_rules.tables.read.names import names_of

IDENTIFIER: Final = "subject_id"
NAME: Final = "subject_name"
SITE: Final = "site_name"
PLACE: Final = "jurisdiction"
DATE: Final = "as_of"
PLACE_COLUMNS: Final = (PLACE, "area code", "地区代码", "行政区划代码")
DATE_COLUMNS: Final = (DATE, "as of", "适用日期")
"""Headings of the columns that say whose rules apply, and when."""

NEAR: Final = 0.8
GUESSES: Final = 5
_MOST_KEPT: Final = 4096
_LONGEST_KEPT: Final = 256
_OTHER_BRACKETS: Final = str.maketrans("【】〔〕〖〗「」『』{}<>《》", "[][][][][][][][]")
_BRACKETED: Final = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
_SPACE: Final = re.compile(r"[\s:*]+")
_PARTS: Final = re.compile(r"[,;、|\s]+")
_BETWEEN: Final = " _-/、·.|,;—–"
_STATED: Final = re.compile(
    r"(?:(?:金额|资金|货币|计量|数量)?单位[为是]?|金额|资金)(?P<unit>.+)|(?:金额|资金)?[以按]?(?P<by>[^以按]+?)(?:为单位|计算|计|填写|填报|填)"
    r"|(?:unit|units|amounts?)?(?:in|is)(?P<into>.+)|units?(?P<plain>.+)"
)
_DAY: Final = r"(?:(?:19|20)\d{2}(?:年|[-./])?(?:\d{1,2}(?:月|[-./])?(?:\d{1,2}[日号]?)?)?)"
_HARMLESS: Final = re.compile(
    rf"(?:必填|选填|必选|可选|可空|可不填|非必填|可?多选题?|可?单选题?|填空题?|复选|下拉选择|请选择|单位?盖章|公章|签章|签字|签名|全称|简称"
    rf"|规范全称|汉字|中文|文字|数字|整数|阿拉伯数字|纯数字|数值|填数字|填写数字|请填数字|请填写数字|保留.{{1,2}}位小数"
    rf"|金额|数额|小写|现有|目前|当前|最新|实际|年[末底初]|期末|(?:本|上|去|今|当)年度?[末底初]?"
    rf"|(?:截至|截止|截止到|截至目前|于|到)?{_DAY}?(?:年?[末底初]|年度)?(?:数|数据)?|\d{{1,2}}"
    rf"|是或否|填?是/?否|填?有/?无|1=?是0=?否|y/?n|yes/?no|yesorno|true/?false"
    rf"|required|optional|mandatory|number|numbers|integer|wholenumber|digits|text|current|ifany|asof{_DAY})"
)
_DATE_FORMS: Final = re.compile(r"年月日|年/月/日|年-月-日|y{2,4}[-/.]?m{1,2}[-/.]?d{1,2}|格式.*|date")
YEAR: Final = re.compile(r"(?:19|20)\d{2}")
_PERIOD: Final = rf"(?P<period>(?:截至|截止|截止到)?{_DAY}(?:年?[末底初]|年度)?)"
_IS_PERIOD: Final = re.compile(_PERIOD)
_PERIOD_BEFORE: Final = re.compile(rf"{_PERIOD}的?(?P<name>[^\d\s年月日/.-].+)")
_PERIOD_AFTER: Final = re.compile(rf"(?P<name>.+[^\d\s/.-])[ _-]?{_PERIOD}")
_NUMBERED: Final = re.compile(r"[(（]?\d{1,3}(?:[)）、]|[.．](?!\d))\s*(?P<name>\D.*)", re.DOTALL)
_AROUND: Final = re.compile(r"[()\[\]]")
_INSIDE: Final = re.compile(r"[(\[][^()\[\]]+[)\]]\s*[^\s()\[\]:]")
"""Brackets with something behind them: these do not begin a remark."""
_ASKS: Final = "是否"
SEPARATOR: Final = "/"
"""Stands between a heading over several columns and its parts."""
_NO_SUBJECT: Final = re.compile(
    r"^[一二三四五六七八九十]+[、.]|基本|主要|总体|有关|相关|情况|信息|概况|状况|数据|指标|统计|一览|资料|要素|内容|详情|其中"
    r"|数量$|人数$|数$"
)
_EXAMPLE: Final = re.compile(r"(?:例如?|示例|如|e\.?g\.?|forexample).*")
_MULTIPLIES: Final = re.compile(r"[十百佰千仟万萬亿億%‰元k]|yuan|cny|rmb|thousand|million|1,?0{2,}")
_COUNTS: Final = re.compile(r"[数量额率]|比例|多少|几|count|number|total")
_NUMBERS: Final = frozenset({"integer", "decimal", "money"})
_ANSWERED: Final = frozenset({"boolean", "enumeration", "set"})


@attrs.frozen(kw_only=True)
class Heading:
    """The meaning of one heading.

    Attributes:
        meaning: A fact or one of the own columns; None when the name is not known.
        measure: In which unit the numbers of a fact stand.
        reason: Why the column is left unread although its name is known.
        period: The time of which its values are, as it is written; empty where the heading names none.
        is_other: Whether it is known to be no fact, or was said not to be read.
    """

    meaning: str | None = None
    measure: Measure | None = None
    reason: Label | None = None
    period: str = ""
    is_other: bool = False

    @property
    def is_read(self) -> bool:
        """Whether the cells below it are read."""
        return self.meaning is not None and self.reason is None

    @property
    def is_unknown(self) -> bool:
        """Whether it is neither the name of a column nor known to be no fact."""
        return self.meaning is None and not self.is_other


_CODE, _MARK, _END = r"\d{1,2}", r"[\s.、:=)\-—–]*", r"[\s,;、/|]*"
_WORD: Final = r"[^\W\d_]+?"
_LEGEND: Final = re.compile(rf"(?:{_CODE}{_MARK}(?:为|代表|表示)?{_WORD}(?=\W|\d|$){_END})+")
_LEGEND_AFTER: Final = re.compile(rf"(?:{_WORD}(?:为|填|写|记)?{_MARK}{_CODE}{_END})+")
_PAIR: Final = re.compile(rf"(?P<code>{_CODE}){_MARK}(?:为|代表|表示)?(?P<word>[^\W\d_]+)")
_PAIR_AFTER: Final = re.compile(rf"(?P<word>{_WORD})(?:为|填|写|记)?{_MARK}(?P<code>{_CODE})")
_NO_WORDS: Final = frozenset({"填", "或", "写", "填写", "选", "至", "到", "和", "及", "共", "约", "or", "to"})
"""What may stand beside numbers without saying what they mean."""
_ANSWERS: Final = r"(?:是|否|有|无|yes|no)"
_LIKE_LEGEND: Final = re.compile(
    rf"(?<!\d){_CODE}{_MARK}(?:为|代表|表示)?{_ANSWERS}|{_ANSWERS}(?:为|填|写|记)?{_MARK}{_CODE}(?!\d)"
)
"""A number beside an answer: it says what the numbers below the heading mean."""


def own_columns(entities: Entities) -> dict[str, tuple[str, ...]]:
    """Return the headings of the columns that are no facts, by what they mean."""
    one, site = entities.subject, entities.site
    found: dict[str, tuple[str, ...]] = {
        IDENTIFIER: (f"{one.name}_id", f"{one.label.en} id", "编号", f"{one.label.zh}编号", *one.id_columns),
        NAME: (f"{one.name}_name", f"{one.label.en} name", "名称", f"{one.label.zh}名称", *one.name_columns),
    }
    found[NAME] += tuple(f"{text[:-2]}全称" for text in found[NAME] if text.endswith("名称"))
    if site is not None:
        zh, en = site.label.zh, site.label.en
        found[SITE] = (site.name, f"{en} name", f"所在{zh}", f"{zh}名称", zh, *site.name_columns)
    return found | {PLACE: PLACE_COLUMNS, DATE: DATE_COLUMNS}


@attrs.frozen
class Headings:
    """The names by which columns are known; call it to tell whether a heading is that of a known column."""

    facts: Mapping[str, Fact]
    known: Mapping[str, str] = attrs.field(repr=False)
    entities: Entities
    others: frozenset[str] = attrs.field(repr=False, default=frozenset())
    meanings: Mapping[str, Mapping[str, str]] = attrs.field(repr=False, factory=dict)
    """What texts below a heading mean that do not say it themselves, by the heading."""
    topics: frozenset[str] = attrs.field(repr=False, default=frozenset())
    about: Mapping[str, tuple[str, str]] = attrs.field(repr=False, factory=dict)
    """What says something about the values of a fact: the fact, and one of `ABOUT` or `COMPLETE`, by heading."""
    longest: int = attrs.field(repr=False, default=0)
    """The length of the longest of the names."""
    choices: Choices = NO_CHOICES
    _found: dict[str, Heading] = attrs.field(repr=False, eq=False, factory=dict)
    """What headings mean that were asked for."""
    _near: dict[str, list[str]] = attrs.field(repr=False, eq=False, factory=dict)
    """Which names those nearly are that were asked for."""

    @classmethod
    def of(cls, *policies: Policy, choices: Choices = NO_CHOICES) -> Headings:
        """Return the names of the facts of policies, and of columns such as the id."""
        found = _of_one(policies[0]) if len(policies) == 1 else _of_all(policies)
        return found.under(choices)

    def under(self, choices: Choices) -> Headings:
        """Return the same names where something else is known of the columns; what headings mean may change then."""
        if choices == self.choices:
            return self
        meant = self._found if choices.columns == self.choices.columns else {}
        return attrs.evolve(self, choices=choices, found=meant)

    def __call__(self, text: str) -> bool:
        """Tell whether a heading names a known column, read or not."""
        return self.heading(text).meaning is not None

    def is_label(self, text: str) -> bool:
        """Tell whether a text names a column, be it no fact."""
        return not self.heading(text).is_unknown

    def may_be_label(self, text: str) -> bool:
        """Tell quickly whether a text is a heading without any remark."""
        key = heading_key(text)
        return key in self.known or key in self.others

    def heading(self, text: str) -> Heading:
        """Return what a heading means."""
        found = self._found.get(text)
        if found is None:
            found = self._heading(text)
            if len(self._found) >= _MOST_KEPT:
                self._found.clear()
            if len(text) <= _LONGEST_KEPT:
                self._found[text] = found
        return found

    def nearest(self, text: str) -> list[str]:
        """Return the names that a heading nearly is, the likeliest first."""
        key = heading_key(text)
        found = self._near.get(key)
        if found is None:
            found = difflib.get_close_matches(key, self.known, n=GUESSES, cutoff=NEAR) if key else []
            if len(self._near) >= _MOST_KEPT:
                self._near.clear()
            if len(key) <= _LONGEST_KEPT:
                self._near[key] = found
        return found

    def _heading(self, text: str) -> Heading:
        if _whole_key(text) in self.about:
            return Heading(is_other=True)
        chosen = self.choices.columns.get(plain_heading(text))
        if chosen is not None:
            return self._chosen(chosen, text)
        found = self._whole(text)
        if found.is_unknown and (dated := _dated(text)) is not None:
            name, period = dated
            found = attrs.evolve(self._whole(name), period=period)
        if found.is_unknown and (plainer := _plainer(text)) is not None:
            return self.heading(plainer)
        if found.is_unknown and _ASKS in text[1:]:
            found = self._asked(text)
        if found.is_unknown and SEPARATOR in text:
            return self._part(text)
        return found

    def _asked(self, text: str) -> Heading:
        """Return what a question means that asks in its middle whether something is so."""
        found = self._whole(text.replace(_ASKS, "", 1))
        fact = self.facts.get(found.meaning or "")
        return found if fact is not None and fact.type.kind == "boolean" else Heading()

    def told_about(self, text: str) -> tuple[str, str] | None:
        """Return the fact about whose values a column says something, and what; None for another column."""
        return self.about.get(_whole_key(text))

    def _whole(self, text: str) -> Heading:
        """Return what a heading means that stands alone."""
        meaning, remarks = self.known.get(_whole_key(text)), list[str]()
        key = heading_key(text)
        if meaning is None:
            meaning, rest = self._named(heading_key(_plain(text)))
            remarks = [*remarks_in(text), *([rest] if rest else ())]
        if meaning is None or meaning not in self.facts:
            return Heading(meaning=meaning, is_other=meaning is None and key in self.others)
        return _with_remarks(
            self.facts[meaning], text, remarks, self.meanings.get(_whole_key(text)) or self.meanings.get(key) or {}
        )

    def _chosen(self, chosen: ColumnChoice, text: str) -> Heading:
        """Return what a heading was said to mean."""
        if chosen.meaning is None or chosen.meaning not in self.facts:
            return Heading(meaning=chosen.meaning, is_other=chosen.meaning is None)
        fact = self.facts[chosen.meaning]
        units = [chosen.unit] if chosen.unit else [each for each in remarks_in(text) if unit_in(each) is not None]
        return _with_remarks(fact, text, units, {plain_cell(word): value for word, value in chosen.meanings})

    def _part(self, text: str) -> Heading:
        """Return what a part below groups means: with the group it has a name, or it has one and the group agrees."""
        *groups, part = (piece.strip() for piece in text.split(SEPARATOR))
        if not part or not all(groups):
            return Heading()
        itself = {self.entities.subject.label.zh, *map(_without_name, self.entities.subject.name_columns)}
        subjects = [subject for group in groups if (subject := subject_of(group)) and subject not in itself]
        own = heading_key(part)
        for subject in subjects[-1:]:
            for name in (own + subject, subject + own, heading_key(groups[-1]) + own):
                found = self._whole(name)
                if found.meaning is not None:
                    return self._whole(f"{name}{''.join(f'({remark})' for remark in remarks_in(part))}")
        found = self._whole(part)
        is_alone = found.meaning in self.facts or not subjects
        agrees = is_alone and all(self._agrees(subject, found.meaning) for subject in subjects)
        return found if found.meaning is not None and agrees else Heading(is_other=found.is_other)

    def _agrees(self, subject: str, meaning: str | None) -> bool:
        """Tell whether a group is a topic of organizations, or about what the names of a fact say, too."""
        if subject in self.topics:
            return True
        fact = self.facts[meaning or ""]
        names = (fact.label.zh, *fact.aliases, *(item.text for item in fact.headings))
        pairs = {subject[at : at + 2] for at in range(len(subject) - 1)}
        return any(pair in name for name in names for pair in pairs)

    def _named(self, key: str) -> tuple[str | None, str]:
        """Return what a name without brackets means, and what stands behind it: a unit, or nothing."""
        if key in self.known:
            return self.known[key], ""
        beyond = key[self.longest :]
        most = self.longest + len(beyond) - len(beyond.lstrip(_BETWEEN))  # no name goes further; a cell may be long
        for end in range(min(len(key) - 1, most), 1, -1):
            meaning, rest = self.known.get(key[:end].rstrip(_BETWEEN)), key[end:].strip(_BETWEEN)
            if meaning in self.facts and unit_in(rest) is not None:
                return meaning, rest
        return None, ""


ABOUT: Final = {
    "judged_by": ("评定人", "认定人", "判断人", "judged_by", "judged by"),
    "judged_on": ("评定日期", "认定日期", "判断日期", "judged_on", "judged on"),
    "basis": ("评定依据", "认定依据", "判断依据", "basis"),
}
"""What stands behind the name of a judged fact where a column says who judged it, when, and on what."""
COMPLETE: Final = {"complete": ("完整", "是否完整", "清单完整", "complete")}
"""What stands behind the name of a set where a column says whether the list of its members is complete."""


def _of_all(policies: Sequence[Policy]) -> Headings:
    entities = policies[0].presentation.entities
    read = entities.read_by(entities.subject.name)
    found = (fact for policy in policies for fact in policy.facts.values() if fact.entity in read)
    facts = {fact.name: fact for fact in found}
    names = [_names(fact) for fact in facts.values()]
    known: dict[str, str] = {}
    for fact, own in zip(facts.values(), names, strict=True):
        for key in own.keys:
            known.setdefault(key, fact.name)
    meanings = {key: meant for own in names for key, meant in own.meanings.items()}
    for column, texts in own_columns(entities).items():
        known.update((key(text), column) for text in texts for key in (_whole_key, heading_key))
    others = {heading_key(text) for policy in policies for text in policy.presentation.other_columns}
    topics = frozenset(text for policy in policies for text in policy.presentation.topics)
    about = {key: told for own in names for key, told in own.about.items() if key not in known}
    longest = max(map(len, known))
    return Headings(facts, known, entities, frozenset(others - known.keys()), meanings, topics, about, longest)


_of_one = Prepared(lambda policy: _of_all([policy]))


@attrs.frozen
class _Names:
    """By which texts a fact is known: its own, what cells below them mean, and what is said about its values."""

    keys: tuple[str, ...]
    meanings: Mapping[str, Mapping[str, str]]
    about: Mapping[str, tuple[str, str]]


@lru_cache(maxsize=4096)
def _names(fact: Fact) -> _Names:
    # What stands in brackets may tell two facts apart.
    told_apart = {item.text for item in fact.headings if remarks_in(item.text)}
    keys: dict[str, None] = {}
    for text in names_of(fact):
        keys |= dict.fromkeys((_whole_key(text), *(() if text in told_apart else (heading_key(text),))))
    meanings = {_whole_key(item.text): cell_meanings(item) for item in fact.headings}
    return _Names(tuple(keys), meanings, dict(_about(fact)))


def _about(fact: Fact) -> Iterator[tuple[str, tuple[str, str]]]:
    parts = (ABOUT if fact.is_judged else {}) | (COMPLETE if fact.type.kind == "set" else {})
    for part, endings in parts.items():
        for text, ending in itertools.product(names_of(fact), endings):
            yield from ((_whole_key(form), (fact.name, part)) for form in (f"{text}{ending}", f"{text}({ending})"))
        yield _whole_key(f"{fact.name}_{part}"), (fact.name, part)


def subject_of(group: str) -> str:
    """Return what a heading over several columns is about, empty where it only says that here is information."""
    return _NO_SUBJECT.sub("", heading_key(group))


def _without_name(heading: str) -> str:
    return heading_key(heading).removesuffix("名称")


def plain_heading(text: str) -> str:
    """Return a heading as a file of choices names it: in NFKC, spaces and line ends as one space."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def cell_meanings(heading: FactHeading) -> Mapping[str, str]:
    """Return what texts below a heading mean; below one that asks the opposite, yes is no."""
    if not heading.is_opposite:
        return {plain_cell(text): value for text, value in heading.meanings}
    return {plain_cell(text): "false" if answer else "true" for text, answer in BOOLEANS.items()}


def is_period(text: str) -> bool:
    """Tell whether a text is a year or a day, and nothing else."""
    return _IS_PERIOD.fullmatch(unicodedata.normalize("NFKC", text).strip()) is not None


def _dated(text: str) -> tuple[str, str] | None:
    """Return a heading without the period that it begins or ends with, and the period."""
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _PERIOD_BEFORE.fullmatch(plain) or _PERIOD_AFTER.fullmatch(plain)
    return (found["name"], found["period"]) if found else None


def _plainer(text: str) -> str | None:
    """Return a heading without its number in a list of questions, else with what stands in brackets as a part of it."""
    if numbered := _NUMBERED.fullmatch(text.strip()):
        return numbered["name"]
    inside = _AROUND.sub("", _plain(text))
    return inside if len(inside) < len(text) and _INSIDE.search(_plain(text)) else None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().translate(_OTHER_BRACKETS)


def _whole_key(text: str) -> str:
    """Return a heading without width, case, spaces and colons, with what stands in brackets."""
    return _SPACE.sub("", _plain(text))


def remarks_in(text: str) -> list[str]:
    """Return what stands in brackets, the inner ones first."""
    plain, found = _plain(text), list[str]()
    while match := _BRACKETED.search(plain):
        found.append((match[1] or match[2] or "").strip())
        plain = plain[: match.start()] + " " + plain[match.end() :]
    if re.search(r"[()\[\]]", plain):
        found.append(plain)  # a bracket that is never closed hides what stands behind it
    return [remark for remark in found if remark]


def _with_remarks(fact: Fact, text: str, remarks: Iterable[str], meanings: Mapping[str, str]) -> Heading:
    units, period, told = set[Unit](), "", list(remarks)
    if fact.type.kind in _ANSWERED:
        codes = {remark: legend for remark in told if (legend := legend_in(remark, fact.type.kind))}
        words = {code: word for legend in codes.values() for code, word in legend.items()}
        meanings = {**meanings, **{code: meanings.get(word, word) for code, word in words.items()}}
        told = [remark for remark in told if remark not in codes]
        if (odd := next(filter(_LIKE_LEGEND.search, told), None)) is not None:
            return Heading(meaning=fact.name, reason=_not_understood(fact, text, odd))
    for part in (part for remark in told for part in _parts(fact, remark)):
        unit = unit_in(part)
        if fact.type.kind == "money" and part in CURRENCY:
            continue
        if unit is not None:
            units.add(unit)
        elif not _is_harmless(fact, part):
            return Heading(meaning=fact.name, reason=_not_understood(fact, text, part))
        elif YEAR.search(part):
            period = part
    own, stated = unit_of_fact(fact), units.pop() if units else None
    if stated is not None and (units or own is None or not _can_state(fact, own, stated)):
        return Heading(meaning=fact.name, reason=_wrong_unit(fact, text))
    measure = Measure(own=own, stated=stated, meanings=meanings) if own is not None or meanings else None
    return Heading(meaning=fact.name, measure=measure, period=period)


def legend_in(remark: str, kind: str) -> dict[str, str]:
    """Return which word each number stands for, such as 1 for 是 in 1是 2否; empty where a remark says no such thing.

    Args:
        remark: What stands in brackets, in NFKC and lower case.
        kind: What the fact is; below a yes or no the words are answers.
    """
    for whole, pair in ((_LEGEND, _PAIR), (_LEGEND_AFTER, _PAIR_AFTER)):
        pairs = [(found["code"], found["word"]) for found in pair.finditer(remark)] if whole.fullmatch(remark) else []
        is_answered = kind != "boolean" or all(word in BOOLEANS for _, word in pairs)
        if len(dict(pairs)) == len(pairs) > 1 and is_answered and not {word for _, word in pairs} & _NO_WORDS:
            return dict(pairs)
    return {}


def _can_state(fact: Fact, own: Unit, stated: Unit) -> bool:
    return fits(stated, own) and fact.type.scale + stated.exponent - own.exponent >= 0


def _parts(fact: Fact, remark: str) -> list[str]:
    """Return a remark as one text where it is understood so, else what stands between its separators."""
    if unit_in(remark) is not None or _is_harmless(fact, remark):
        return [remark]
    return [part for part in _PARTS.split(remark) if part]


def unit_in(text: str) -> Unit | None:
    """Return the unit that a remark states, in itself or with words such as 单位."""
    plain = _SPACE.sub("", text)
    found = unit_of(plain)
    stated = None if found is not None else _STATED.fullmatch(plain)
    if stated is not None:
        found = unit_of(next(group for group in stated.groups() if group))
    return found


def _is_harmless(fact: Fact, remark: str) -> bool:
    """Tell whether a remark cannot change what the cells mean."""
    plain = _SPACE.sub("", remark)
    if _HARMLESS.fullmatch(plain):
        return True
    if fact.type.kind in _NUMBERS:
        return _EXAMPLE.fullmatch(plain) is not None and _MULTIPLIES.search(plain) is None
    if fact.type.kind == "date":
        return _DATE_FORMS.fullmatch(plain) is not None or _EXAMPLE.fullmatch(plain) is not None
    return _EXAMPLE.fullmatch(plain) is not None or not (_COUNTS.search(plain) or _MULTIPLIES.search(plain))


def _not_understood(fact: Fact, text: str, remark: str) -> Label:
    unit = fact.unit or Label(zh="", en="")
    return Label(
        en=f"column {text[:40]!r} not read: what {remark[:40]!r} says of the values is not known;"
        f" write {_example(fact.label.en, unit.en)!r}, or another name if it is something else",
        zh=f"“{text[:40]}”一列未读取：不能确定“{remark[:40]}”对数值的含义；"
        f"请写作“{_example(fact.label.zh, unit.zh, '（{}）')}”，如为其他内容请换一个列名",
    )


def _wrong_unit(fact: Fact, text: str) -> Label:
    unit = fact.unit or Label(zh="无单位", en="no unit")
    return Label(
        en=f"column {text[:40]!r} not read: {fact.label.en!r} has the unit {unit.en!r}, and its heading says otherwise",
        zh=f"“{text[:40]}”一列未读取：“{fact.label.zh}”的单位是“{unit.zh}”，与列名所注单位不符",
    )


def _example(name: str, unit: str, form: str = " ({})") -> str:
    return name + (form.format(unit) if unit else "")
