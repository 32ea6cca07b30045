"""Keys of `vocabulary.yaml` and `calendars/`: what rules speak of, and which days are worked."""

from __future__ import annotations

from typing import Final

from cso_rules.loader.grammar import values as of
from cso_rules.loader.grammar.shapes import CHECKED, REQUIRED, Either, Key, ListOf, MappingOf, Shape

VALUE: Final = Shape(
    "value of an enumeration",
    Key("id", of.NAME, "取值的标识符", "the identifier of the value", REQUIRED),
    of.LABELLED.but(need=REQUIRED),
    of.ALIASES,
    Key("words", ListOf(of.FREE_WORD), "表格中自由填写的文字里，表明这一取值的词（至少两个字）",
        "words of two letters or more that tell of this value in free text of tables"),
    of.DEFINED,
    of.NOTE,
)  # fmt: skip
ENUMERATION: Final = Shape(
    "enumeration",
    Key("id", of.NAME, "枚举的标识符", "the identifier of the enumeration", REQUIRED),
    Key("values", ListOf(VALUE), "取值，按顺序", "its values, in order", REQUIRED),
    of.LABELLED,
    of.DEFINED,
)
LOCAL_VALUE: Final = Shape(
    "local value of an enumeration",
    *VALUE.keys,
    Key("maps_to", of.VALUE_OF_ENUMERATION, "视同哪个全国取值", "the national value that it counts as"),
)
EXTENSION: Final = Shape(
    "extended enumeration",
    Key("extends", of.ENUMERATION, "所扩展的枚举", "the enumeration that gets more values", REQUIRED),
    Key("values", ListOf(LOCAL_VALUE), "增加的取值", "the values that are added", REQUIRED),
    of.NOTE,
)
HEADING: Final = Shape(
    "heading",
    Key("texts", ListOf(of.TEXT, 1), "列名", "the headings", REQUIRED),
    Key("values", MappingOf("texts", of.MEANING), "单元格文字所指的取值", "which value a text in a cell means",
        REQUIRED),
)  # fmt: skip
JUDGED: Final = Shape(
    "judgement",
    Key(
        "by",
        Either(of.LABEL, of.TEXT),
        "由谁判断：机构的标识符或名称",
        "who judges: the id of a body, or a label",
        since="0.2",
    ),
    Key("basis", of.CITATIONS, "依据", "what is applied", since="0.2"),
)
PRESUMED: Final = Shape(
    "presumption",
    Key("value", of.PRESUMED, "推定的值", "the value", REQUIRED, since="0.2"),
    of.CITE.but(need=CHECKED),
    of.FROM,
    of.UNTIL,
    of.NOTE,
    of.CONFIDENCE,
)
FACT: Final = Shape(
    "fact",
    Key("id", of.NAME, "事实的标识符", "the identifier of the fact", REQUIRED),
    of.TYPE.but(need=REQUIRED),
    of.LABELLED.but(need=REQUIRED),
    of.QUESTION.but(need=REQUIRED),
    of.DEFINED.but(need=REQUIRED),
    of.DESCRIBED,
    of.VALUES_OF,
    of.SCALE,
    of.ALIASES,
    Key("headings", ListOf(Either(of.TEXT, HEADING)), "表格中的其他列名", "further headings of its column in tables"),
    Key("opposites", ListOf(of.TEXT), "问法相反的列名：其下“是”表示否",
        "headings that ask the opposite: yes below them says no"),
    of.UNIT,
    of.MINIMUM,
    of.MAXIMUM,
    Key("changeable", of.BOOLEAN, "能否自行改变", "whether those whom it describes can change it", default="false"),
    Key("judged", Either(of.BOOLEAN, JUDGED), "是否由经办人判断；由谁、依据什么",
        "whether an official judges it; who, and on which basis", default="false"),
    Key("personal", of.BOOLEAN, "是否个人信息", "whether it is personal information", default="false"),
    Key("complete", of.BOOLEAN, "所列是否即为全部（仅用于集合）", "whether a list holds all members (sets only)",
        default="true", since="0.2"),
    Key("presumed", Either(PRESUMED, ListOf(PRESUMED, 1)), "没有说明时依规定推定的值",
        "what the law presumes while nothing is said", since="0.2"),
    of.CONFIDENCE,
    of.NOTE,
)  # fmt: skip
READING_OPTION: Final = Shape(
    "option of a reading",
    Key("id", of.NAME, "读法的标识符", "the identifier of the option", REQUIRED),
    of.LABELLED.but(need=REQUIRED),
    of.DEFINED,
    of.NOTE,
)
READING: Final = Shape(
    "reading",
    Key("id", of.NAME, "歧义的标识符", "the identifier of the reading", REQUIRED),
    of.LABELLED.but(need=REQUIRED),
    Key("options", ListOf(READING_OPTION), "可选的读法", "the ways to read the text", REQUIRED),
    of.DEFINED,
    Key("default", of.NEW_OPTION, "默认读法；不写则依法未定",
        "the option that is applied; without one the law leaves it open"),
    of.CITE,
    of.NOTE,
)  # fmt: skip
CONSTRAINT: Final = Shape(
    "constraint",
    Key("id", of.NAME, "约束的标识符", "the identifier of the constraint", REQUIRED),
    Key("when", of.CONDITION, "必须成立的条件", "the condition that must hold", REQUIRED),
    Key("message", of.LABEL, "不成立时的说明", "what is said when it does not hold", REQUIRED),
    of.CITE,
)
AGGREGATE: Final = Shape(
    "aggregate",
    Key("id", of.COUNT_OF_PLACE, "由此得到的事实", "the fact that it gives", REQUIRED),
    Key("counts", of.COUNTED_ENTITY, "数的是什么", "what is counted", REQUIRED),
    Key("where", of.TRUE_OR_FALSE, "只数满足这一项的", "only those of which this is true"),
    Key("by", of.PLACED_VALUES, "只数取这些值的", "only those with these values"),
    of.CITE,
    of.NOTE,
)
VOCABULARY: Final = Shape(
    "vocabulary",
    of.FORMAT,
    Key("enumerations", ListOf(Either(ENUMERATION, EXTENSION)), "枚举", "closed lists of values"),
    Key("facts", ListOf(FACT), "事实", "what is asked about those whom the rules are about"),
    Key("readings", ListOf(READING), "有歧义的条文及其读法", "texts that can be read in several ways"),
    Key("constraints", ListOf(CONSTRAINT), "事实之间必须满足的关系", "what facts must satisfy together"),
    Key("aggregates", ListOf(AGGREGATE), "由下级汇总得到的事实", "facts that are counted from what lies in a place"),
)

CALENDAR_YEAR: Final = Shape(
    "year of a calendar",
    Key("year", of.YEAR, "年份", "the year", REQUIRED),
    Key("source", of.LABEL, "放假安排的出处", "where the days come from", REQUIRED),
    of.CONFIDENCE.but(need=REQUIRED),
    Key("holidays", ListOf(of.DATE), "放假的工作日（周一至周五）", "days off, Mondays to Fridays only", REQUIRED),
    Key("working_weekends", ListOf(of.DATE), "调休上班的周末", "Saturdays and Sundays that are worked", REQUIRED),
    Key("until", of.DATE, "自这一天起尚不知道", "from this day on nothing is known"),
    of.NOTE,
)
CALENDAR: Final = Shape(
    "calendar",
    of.FORMAT,
    Key("years", ListOf(CALENDAR_YEAR), "各年的安排", "one entry a year", REQUIRED),
    of.LABELLED,
    of.NOTE,
)
