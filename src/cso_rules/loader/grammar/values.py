"""Plain values of rule files, in the words of the reference page, and keys that several mappings have.

`loader/editor/values.py` says what an editor knows of each.
"""

from __future__ import annotations

from typing import Final

from cso_rules.loader.grammar import words
from cso_rules.loader.grammar.shapes import CHECKED, REQUIRED, Key, ListOf, OneOf, Plain, Shape, Where

FORMAT_NUMBER: Final = Plain("`1`")
TEXT: Final = Plain("text")
NAME: Final = Plain("new identifier")
ID: Final = Plain("new id")
BOOLEAN: Final = Plain("true or false")
NUMBER: Final = Plain("number")
BOUND: Final = Plain("number or date")
DIGITS: Final = Plain("0 to 9")
YEAR: Final = Plain("year")
DATE: Final = Plain("date")
END: Final = Plain("date or `not_seen`")
ADDRESS: Final = Plain("address of a page")
FREE_WORD: Final = Plain("word of two letters or more")
JURISDICTION: Final = Plain("`cn`, code of GB/T 2260 in quotes, or `none`")
PLACE: Final = Plain("`cn` or code of GB/T 2260")

CONDITION: Final = Plain("condition")
EXPRESSION: Final = Plain("number, date or expression, or `none`")
CELLS: Final = Plain("mapping of facts, readings and decisions to tests")
BY_READING: Final = Plain("`reading` with its name, and each of its options with a condition")
CITATIONS: Final = Plain("provision or list of provisions")
ANSWER: Final = Plain("value of the output or a fact or decision that answers one, or mapping of columns to these")

ENTITY: Final = Plain("name of an entity")
COUNTED_ENTITY: Final = Plain("name of an entity that lies in another")
ENUMERATION: Final = Plain("name of an enumeration")
OUTPUT: Final = Plain("name of an enumeration, or `boolean`")
VALUE_OF_ENUMERATION: Final = Plain("identifier of a value")
MEANING: Final = Plain("value of the fact")
COUNT_OF_PLACE: Final = Plain("name of a fact with whole numbers, of a place")
COUNT: Final = Plain("name of a fact with whole numbers")
PRESUMED: Final = Plain("value of the fact, of a set a list of them")
CHOICE: Final = Plain("name of an enumeration fact")
INDEX: Final = Plain("name of an enumeration fact, or of a decision that answers one value of an enumeration")
DUE: Final = Plain("name of a date fact or date decision, or an expression")
TRUE_OR_FALSE: Final = Plain("name of a boolean fact or decision")
FACT_VALUES: Final = Plain("mapping of enumeration facts to a value")
PLACED_VALUES: Final = Plain("mapping of enumeration facts of what is counted to a value")
PARAMETER: Final = Plain("name of a parameter")
DECISION: Final = Plain("name of a decision")
READING: Final = Plain("name of a reading")
OPTION: Final = Plain("identifier of an option")
NEW_OPTION: Final = Plain("one of the options")
RULE: Final = Plain("`decision/rule`")
NEW_RULE: Final = Plain("`decision/` and a new identifier")
RESTATED: Final = Plain("name of a parameter or reading, or `decision/rule`")
ROW: Final = Plain("identifier of a row")
ADDRESSEE: Final = Plain("value of the enumeration of addressees, or a fact or decision that answers one")
PACKAGE: Final = Plain("id of a package")
RIVAL: Final = Plain("id of a package of the same level")
INSTRUMENT: Final = Plain("id of an instrument")

LABEL: Final = Shape(
    "text in both languages",
    Key("zh", TEXT, "中文", "in Chinese", CHECKED),
    Key("en", TEXT, "英文", "in English", CHECKED),
)
FROM: Final = Key("from", DATE, "第一天", "the first day")
UNTIL: Final = Key("until", DATE, "最后一天的次日", "the day after the last")
PERIOD: Final = Shape("period", FROM, UNTIL)

FORMAT: Final = Key("format", FORMAT_NUMBER, "规则文件格式的版本", "version of the form of rule files", REQUIRED)
NOTE: Final = Key("note", TEXT, "给维护者的备注", "a note for those who keep the rules")
CONFIDENCE: Final = Key("confidence", OneOf(words.CONFIDENCES), "可信度", "how well it was confirmed")
CITE: Final = Key("cite", CITATIONS, "依据，写作“文件编号 条款编号”", "what it rests on, as INSTRUMENT PROVISION")
CHECKED_ON: Final = Key("checked_on", DATE, "最近一次核对原文的日期", "when the source was last read")
IN_FORCE: Final = Key(
    "in_force", PERIOD, "有效期：含 from，不含 until", "when it is in force: from is in, until is out"
)
LABELLED: Final = Key("label", LABEL, "中英文名称", "the name in both languages")
DEFINED: Final = Key("definition", LABEL, "含义", "what it means")
QUESTION: Final = Key("question", LABEL, "缺少时向经办人提的问题", "what an official is asked when it is missing")
UNIT: Final = Key("unit", LABEL, "单位", "the unit")
ALIASES: Final = Key("aliases", ListOf(TEXT), "其他写法，表格中也认", "other spellings that tables may use")
MODALITY: Final = Key("modality", OneOf(words.MODALITIES), "措辞的强度", "how strong the wording is")
DESCRIBED: Final = Key("entity", ENTITY, "描述谁", "whom it describes", default="the first of `entities`")
TYPE: Final = Key("type", OneOf(words.KINDS), "值的类型", "what kind of value it has")
VALUES_OF: Final = Key(
    "enumeration", ENUMERATION, "取值所在的枚举", "the enumeration of its values", Where("type", ("enumeration", "set"))
)
SCALE: Final = Key("scale", DIGITS, "小数位数", "digits after the decimal point", default="0")
MINIMUM: Final = Key("minimum", BOUND, "最小值", "least possible value")
MAXIMUM: Final = Key("maximum", BOUND, "最大值", "greatest possible value")
