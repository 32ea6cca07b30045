"""Keys of `parameters/`, `decisions/` and `changes.yaml`: numbers, what is decided, and what a place changes."""

from __future__ import annotations

from typing import Final

from cso_rules.loader.grammar import values as of
from cso_rules.loader.grammar import words
from cso_rules.loader.grammar.shapes import (
    CHECKED,
    OUTSIDE,
    REQUIRED,
    Either,
    Key,
    ListOf,
    MappingOf,
    OneOf,
    Shape,
    Where,
)

# ------------------------------------------------------------------------------------------------ parameters

AMOUNT: Final = Key(
    "value", Either(of.NUMBER, MappingOf("values of the fact that indexes it", of.NUMBER)),
    "数值；按事实分别规定的逐项写", "the number; one for each value of the fact that indexes it",
)  # fmt: skip
REMOVED: Final = Key(
    "removed", of.BOOLEAN, "自此不再有这项要求", "there is no such requirement any more", default="false"
)
INDEXED_BY: Final = Key(
    "indexed_by",
    Either(of.INDEX, ListOf(of.INDEX, 1)),
    "按哪些事实或决定的取值分别规定",
    "the facts or decisions each of whose values has its own number",
)
DATED_VALUE: Final = Shape(
    "value of a parameter",
    of.CITE.but(need=CHECKED),
    of.FROM,
    of.UNTIL,
    AMOUNT,
    REMOVED,
    of.NOTE,
    of.CONFIDENCE,
    any_of=(("value", "removed"),),
)
BOUNDS: Final = Shape("delegation_bounds", of.MINIMUM, of.MAXIMUM)
PARAMETER: Final = Shape(
    "parameter",
    Key("id", of.NAME, "参数的标识符", "the identifier of the parameter", REQUIRED),
    of.LABELLED.but(need=REQUIRED),
    of.TYPE.but(value=OneOf(words.NUMBER_KINDS), need=REQUIRED),
    Key("values", ListOf(DATED_VALUE), "各时期的数值", "its values, each with its time", REQUIRED),
    INDEXED_BY,
    Key(
        "duration_unit",
        OneOf(words.DURATION_UNITS),
        "用作期间时，数的是年、月、周还是日",
        "what it counts where it moves a date",
        since="0.2",
    ),
    Key("delegation", OneOf(words.DELEGATIONS), "地方能否改动", "what places may do to it"),
    Key("delegation_bounds", BOUNDS, "地方改动的限度", "how far places may go"),
    of.UNIT,
    of.SCALE,
    of.DEFINED,
    of.NOTE,
    of.MINIMUM,
    of.MAXIMUM,
    of.CHECKED_ON,
)
PARAMETERS: Final = Shape(
    "parameters", of.FORMAT, Key("parameters", ListOf(PARAMETER), "参数", "numbers of the law", REQUIRED)
)

# ------------------------------------------------------------------------------------------------ decisions

EXCEPTED: Final = Key("except_when", of.CONDITION, "何种情形除外", "the case in which it does not count", since="0.2")
CONTENT: Final = (
    of.LABELLED.but(need=REQUIRED),
    Key("when", of.CONDITION, "成立的条件", "the condition"),
    Key("when_by_reading", of.BY_READING, "条文有歧义时，每种读法一个条件",
        "one condition for each way to read the text"),
    Key("applies_when", of.CONDITION, "何时才适用本条件", "when the criterion applies at all"),
    EXCEPTED,
    Key("cells", of.CELLS, "逐项比较，全部满足", "one test for each fact, joined by and"),
    Key("then", of.ANSWER, "结论", "the answer"),
    of.CITE,
    of.IN_FORCE,
    of.MODALITY,
    Key("addressee", of.ADDRESSEE, "规则针对的机构", "whom the rule addresses"),
    Key("due", of.DUE, "办理期限，含当日", "the last day on which it can be done"),
    of.NOTE,
    of.DEFINED,
)  # fmt: skip
"""What a criterion or row says, wherever it stands."""
ID: Final = Key("id", of.NAME, "规则的标识符", "the identifier of the rule", REQUIRED)
CITED: Final = tuple(key.but(need=OUTSIDE) if key is of.CITE else key for key in CONTENT)
ASKS: Final = (("when", "when_by_reading", "cells"),)
CRITERION: Final = Shape("criterion", ID, *CITED, any_of=ASKS)
ROW: Final = Shape("row", ID, *CITED, any_of=ASKS).needing("then")
REST: Final = Shape("row for all other cases", ID, *CITED).needing("then").without("except_when")
TOLD: Final = ("modality", "addressee", "due")
"""What is told of a row beside its answer."""
EXPRESSIONS: Final = tuple(key.but(value=of.EXPRESSION) if key.name == "then" else key for key in CITED)
CASE: Final = Shape("case", ID, *EXPRESSIONS, any_of=ASKS).needing("then").without(*TOLD)
GROUP: Final = Shape(
    "group of criteria",
    of.LABELLED.but(need=REQUIRED),
    Key("criteria", ListOf(CRITERION), "本组的条件", "the criteria of the group", REQUIRED),
    Key("applies_when", of.CONDITION, "何时才适用本组", "when the criteria of the group apply at all"),
    EXCEPTED,
    of.CITE,
    of.NOTE,
    of.DEFINED,
)
VALUES: Final = ("value", "value_by_reading", "cases")
"""The forms in which a number or date is written."""
FORMS: Final = ("criteria", "rules", *VALUES)
DECISION: Final = Shape(
    "decision",
    of.FORMAT,
    Key("decision", of.NAME, "决定的标识符，与文件名相同", "the identifier of the decision, as the file is called",
        REQUIRED),
    of.LABELLED.but(need=REQUIRED),
    of.QUESTION,
    of.DEFINED,
    of.NOTE,
    of.IN_FORCE,
    of.DESCRIBED,
    Key("no_rule", of.BOOLEAN, "此处没有规则，由地方填补", "there is no rule here; a place may fill it",
        default="false"),
    Key("replaces", of.BOOLEAN, "取代同名的上级决定", "takes the place of the decision of that name above",
        default="false"),
    Key("criteria", ListOf(Either(CRITERION, GROUP)), "条件：全部满足才成立",
        "criteria: true when every one that applies is met"),
    Key("rules", ListOf(ROW), "决策表的各行", "the rows of a table"),
    Key("value", of.EXPRESSION, "由事实算出的数或日期", "a number or date computed from facts"),
    Key("value_by_reading", of.BY_READING, "条文有歧义时，每种读法一个算式",
        "one expression for each way to read the text", since="0.2"),
    Key("cases", ListOf(CASE), "分情形计算的数或日期，取第一个成立的",
        "cases of a number or date; the first that holds",
        since="0.2"),
    Key("aggregate", OneOf(words.AGGREGATES), "各情形合计的方法", "how all cases that hold make the number",
        since="0.2"),
    Key("output", Either(of.OUTPUT, MappingOf("columns", of.OUTPUT)), "结论取自哪个枚举",
        "the enumeration of the answer", default="boolean"),
    Key("hit_policy", OneOf(words.HIT_POLICIES), "命中策略", "which rows count", default="unique"),
    Key("conflict_stands", of.BOOLEAN, "各文本相互矛盾，如实保留", "rows contradict as the texts do", default="false"),
    Key("otherwise", REST, "其他各行都不成立时", "the row that holds when no other does"),
    of.TYPE,
    of.VALUES_OF,
    of.SCALE,
    of.MINIMUM,
    of.MAXIMUM,
    Key("cite", of.CITATIONS, "整个决定的依据；写了，各行和各情形就不必再写",
        "what it rests on as a whole; where it stands, rows and cases need none of their own", Where("value")),
    any_of=((*FORMS, "no_rule"),),
    one_of=FORMS,
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ changes

NEW_CRITERION: Final = Shape("criterion of a change", *CONTENT)
NEW_ROW: Final = Shape("row of a change", *CONTENT).needing("then")
CHANGED: Final = (
    of.CITE.but(need=CHECKED),
    of.IN_FORCE,
    of.NOTE,
    Key("supersedes", of.RIVAL, "取代哪个同级规则包的同一改动", "package of this level whose change it replaces"),
    of.CONFIDENCE,
)
"""Keys of every change."""
WRITTEN: Final = (
    Key("criterion", NEW_CRITERION, "条件的内容", "the criterion"),
    Key("rule", NEW_ROW, "决策表一行的内容", "the row"),
)
WRITES: Final = (("criterion", "rule"),)
SETS: Final = Shape(
    "change: sets",
    Key("sets", of.PARAMETER, "改参数的数值", "gives a parameter another value", REQUIRED),
    AMOUNT, REMOVED, INDEXED_BY,
    Key("only", MappingOf("some of the values of what indexes it", of.NUMBER),
        "只改逐项规定中的这几项，其余照旧", "other numbers for these values alone; all others stay as inherited",
        since="0.2"),
    *CHANGED,
    any_of=(("value", "removed", "only"),),
    one_of=("value", "removed", "only"),
)  # fmt: skip
ADDS: Final = Shape(
    "change: adds",
    Key("adds", of.NEW_RULE, "增加一项条件或一行，写作“决定/规则”", "adds a criterion or row, as DECISION/RULE",
        REQUIRED),
    *WRITTEN,
    Key("before", of.ROW, "排在哪一行之前；不写则排在最后", "the row that it precedes; last when left out"),
    *CHANGED,
    any_of=WRITES,
)  # fmt: skip
REMOVES: Final = Shape(
    "change: removes",
    Key("removes", of.RULE, "删去一项条件或一行，写作“决定/规则”", "removes a criterion or row, as DECISION/RULE",
        REQUIRED),
    Key("except_when", of.CONDITION, "何种情形下仍然保留", "the case in which it remains"),
    *CHANGED,
)  # fmt: skip
REPLACES: Final = Shape(
    "change: replaces",
    Key("replaces", of.RULE, "替换一项条件或一行，写作“决定/规则”",
        "puts another criterion or row in place, as DECISION/RULE", REQUIRED),
    *WRITTEN, *CHANGED,
    any_of=WRITES,
)  # fmt: skip
RESTATES: Final = Shape(
    "change: restates",
    Key("restates", of.RESTATED, "重述参数、规则或读法，含义须相同",
        "says again what is inherited; it must mean the same", REQUIRED),
    AMOUNT, REMOVED, *WRITTEN, Key("option", of.OPTION, "读法的默认选项", "the default option of a reading"),
    *CHANGED,
    any_of=(("value", "removed", "criterion", "rule", "option"),),
)  # fmt: skip
CHOOSES: Final = Shape(
    "change: chooses",
    Key("chooses", of.READING, "选定一种读法作默认", "makes an option the default of a reading", REQUIRED),
    Key("option", of.OPTION, "选定的读法", "the option", REQUIRED),
    *CHANGED,
)
OPERATIONS: Final = {shape.keys[0].name: shape for shape in (SETS, ADDS, REMOVES, REPLACES, RESTATES, CHOOSES)}
TOGETHER: Final = {
    name: shape.without("in_force", "supersedes").optionally("cite") for name, shape in OPERATIONS.items()
}
"""The operations as they stand in changes that are made as one."""
AS_ONE: Final = Shape(
    "changes made as one",
    Key("as_one", of.NAME, "一同作出或一同不作出的改动，其标识符",
        "the identifier of changes that are made or left out as one", REQUIRED, since="0.2"),
    of.LABELLED.but(need=REQUIRED),
    Key("changes", ListOf(Either(*TOGETHER.values()), 1), "其中各项改动，时间和依据写在外面",
        "the changes; time and citation stand outside", REQUIRED),
    *CHANGED,
)  # fmt: skip
CHANGES: Final = Shape(
    "changes",
    of.FORMAT,
    Key("changes", ListOf(Either(*OPERATIONS.values(), AS_ONE)), "对上级规则的改动，一项一条",
        "what is changed, one operation each", REQUIRED),
)  # fmt: skip
