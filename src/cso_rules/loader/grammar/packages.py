"""Keys of `package.yaml`: what a package is, and how its answers are shown."""

from __future__ import annotations

from typing import Final

from cso_rules.loader.grammar import values as of
from cso_rules.loader.grammar import words
from cso_rules.loader.grammar.shapes import REQUIRED, Key, ListOf, OneOf, Plain, Shape

DECISIONS: Final = ListOf(of.DECISION)
TEXTS: Final = ListOf(of.TEXT)
HEADINGS: Final = Plain("mapping of decisions to texts in both languages")
ANSWERS: Final = Plain("mapping of answers of the headline to texts in both languages")

LISTS: Final = Shape(
    "lists",
    Key("tables", DECISIONS, "表格中单独成列的决定", "decisions with a column of their own in tables"),
    Key("notices", DECISIONS, "通知书中排在前面的列表", "lists that come first in a notice"),
    Key("left_out", DECISIONS, "通知书中不显示的列表", "lists that no notice shows"),
    Key("comparisons", DECISIONS, "比较规则变动时计数的列表", "lists whose items comparisons count"),
    Key("remarks", of.DECISION, "作为表格说明的列表", "the list whose items are remarks in tables"),
)
NOTICES: Final = Shape(
    "notices",
    Key("title", of.LABEL, "告知书名称", "what a notice is called"),
    Key("sheet", of.LABEL, "工作底稿名称", "what the working sheet is called"),
    Key("asked", of.LABEL, "主要结论回答什么", "what the headline says of the reader, as an indirect question"),
    Key("self", of.ADDRESSEE, "规则对象本身", "the addressee that the notice is for"),
    Key("answers", ANSWERS, "各结论的说法", "what each answer means, as a sentence"),
    Key("support", DECISIONS, "可以申请的支持", "lists of what may be asked for"),
    Key("steps", DECISIONS, "下一步", "lists of what is to be done next"),
    Key("duties", DECISIONS, "职责", "lists of standing duties"),
    Key("notes", of.INSTRUMENT, "规则包自己的解读", "the instrument of the readings of the package itself"),
)
TARGET: Final = Shape(
    "target",
    Key("of", of.FACT_VALUES, "哪一类地方", "the sites of which kind", REQUIRED),
    Key("counted", of.COUNT, "其中计入的数目", "the fact how many are counted there", REQUIRED),
    Key("sites", of.COUNT, "这类地方的数目", "the fact how many such sites there are", REQUIRED),
    Key("status", of.DECISION, "目标完成得怎样", "the decision how the target stands", REQUIRED),
    Key("average", of.PARAMETER, "要达到的平均数", "the parameter with the average to reach"),
    Key("reached", of.DECISION, "是否达到", "the decision whether it is reached"),
    Key("shortfall", of.DECISION, "尚缺多少", "the decision how many are lacking"),
    Key("due", of.DECISION, "何时到期", "the decision when it is due"),
)
DESCRIBED: Final = Shape(
    "entity",
    Key("id", of.NAME, "标识符", "its identifier", REQUIRED),
    Key("label", of.LABEL, "一个叫作什么", "what one is called", REQUIRED),
    Key("plural", of.TEXT, "英文复数", "what several are called, in English", REQUIRED),
    of.DEFINED,
    Key("within", of.ENTITY, "位于什么之内", "what it lies in, whose facts its rules may use too"),
    Key("id_columns", TEXTS, "编号列的其他列名", "further headings of the column that identifies one"),
    Key("name_columns", TEXTS, "名称列的其他列名", "further headings of the column that names one"),
)
PRESENTED: Final = (
    Key("headline", of.DECISION, "通知书、表格和比较所说的决定",
        "the decision that notices, tables and comparisons are about"),
    Key("headings", HEADINGS, "决定在表格和比较中的名称", "what decisions are called in tables and comparisons"),
    Key("lists", LISTS, "哪些列表显示在哪里", "which lists are shown where"),
    Key("addressees", of.ENUMERATION, "规则所要求的对象所在的枚举", "the enumeration of those whom rules address"),
    Key("roles", of.ENUMERATION, "职责所在的枚举",
        "the enumeration of roles; addressees by role are shown by role"),
    Key("notices", NOTICES, "告知书用语", "the words of notices"),
    Key("targets", ListOf(TARGET), "较大范围内要达到的平均数", "averages that an area is to reach"),
    Key("other_columns", TEXTS, "表格中已知不是事实的列名，不作提示",
        "headings of tables that are known to be no fact, and pass without a guess"),
    Key("topics", TEXTS, "表格中分组列名可说的内容，仍是说对象本身",
        "what a group of columns may be about that is about the subject itself"),
)  # fmt: skip
"""How answers are shown; the nearest package that states a key decides."""
VALIDITY: Final = Shape(
    "time of a package",
    of.FROM,
    Key("until", of.END, "最后一天的次日；未见到写 not_seen", "the day after the last; not_seen if it was not seen"),
)
PACKAGE: Final = Shape(
    "package",
    of.FORMAT,
    Key("id", of.ID, "规则包编号，即文件夹的名称", "the id of the package: the name of its folder", REQUIRED),
    Key("title", of.LABEL, "规则包名称", "the name of the package", REQUIRED),
    Key("jurisdiction", of.JURISDICTION, "适用地域", "the place that it is for", REQUIRED),
    Key("status", OneOf(words.PACKAGE_STATUSES), "效力状态", "its status", default="in_force"),
    of.IN_FORCE.but(value=VALIDITY),
    Key("start_confirmed", of.BOOLEAN, "是否见到施行日期", "whether its first day was seen", default="true"),
    Key("end_confirmed", of.BOOLEAN, "是否见到失效日期", "whether its end was seen", default="true"),
    Key("in_preparation", of.BOOLEAN, "规则尚在编写、未与原文核对，点名或要求时才适用",
        "whether the rules are still being written; off unless named or asked for", default="false"),
    Key("extends", of.PACKAGE, "它所叠加的规则包", "the package that it builds on"),
    Key("supersedes", of.RIVAL, "自施行之日起取代同一地方的哪个规则包",
        "the package of the same place that ends on the day on which this one begins", since="0.2"),
    Key("ask_order", DECISIONS, "先问哪些决定所缺的事实", "decisions whose missing facts are asked for first"),
    *PRESENTED,
    of.NOTE,
    Key("entities", ListOf(DESCRIBED), "规则所说的对象，第一项为主", "whom rules are about; the first is the main one"),
)  # fmt: skip
LOCAL_PACKAGE: Final = PACKAGE.without("entities")
"""A package that extends another is about the same."""
