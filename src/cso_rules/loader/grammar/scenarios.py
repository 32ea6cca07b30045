"""Keys of `scenarios/`: test cases, and what they may expect of an answer."""

from __future__ import annotations

from typing import Final

from cso_rules.loader.grammar import values as of
from cso_rules.loader.grammar import words
from cso_rules.loader.grammar.shapes import REQUIRED, Either, Key, ListOf, MappingOf, OneOf, Plain, Shape

FACT: Final = Plain("fact")
FACTS: Final = Plain("mapping of facts to values")
READINGS: Final = Plain("mapping of readings to options")
PACK: Final = Plain("name of a pack")
EXPECTED: Final = Plain("mapping of decisions to an answer, or to the keys below")
ANSWER: Final = Plain("answer")
RULE: Final = Plain("criterion or row")
CHANGES: Final = Plain("mapping of facts to changes")
DUES: Final = Plain("mapping of items or rows to a day, `none`, or two days")
STRENGTHS: Final = Plain("mapping of items or rows to a word for how strong it is")
CITED: Final = Plain("title or number of an instrument with the article")
ANYTHING: Final = Plain("anything that the decision may be expected to be")
ANSWERS: Final = Either(ListOf(ANSWER), ANSWER)
RULES: Final = Either(ListOf(RULE), RULE)

EXPECTATION: Final = Shape(
    "expectation",
    Key("value", ANSWER, "结论", "the answer"),
    Key("status", OneOf(words.with_labels(words.ANSWER_STATUSES)), "结论的状态", "the status of the answer"),
    Key("possible", ANSWERS, "仍然可能的全部结论", "exactly the answers that remain possible"),
    Key("items", ANSWERS, "已确定的全部项，且没有未定的项", "exactly the items that are sure, with none open"),
    Key("sure", ANSWERS, "已确定的全部项", "exactly the items that are sure"),
    Key("includes", ANSWERS, "已确定的项之中包括", "items among the sure ones"),
    Key("excludes", ANSWERS, "确定不会有的项", "items that are surely absent"),
    Key("failing", RULES, "不满足的全部条件", "exactly the criteria that fail"),
    Key("unknown", RULES, "未知的全部条件", "exactly the criteria that are unknown"),
    Key("missing", Either(ListOf(FACT), FACT), "所缺事实，按询问顺序", "missing facts in the order of asking"),
    Key("due", DUES, "某项或某行的期限；无：没有期限；两个日期：最早和最晚",
        "until when an item or row is due; none: no day; two days: the first and the last", since="0.2"),
    Key("modality", STRENGTHS, "某项或某行措辞的强度", "how strong the wording of an item or row is", since="0.2"),
    Key("cites", Either(of.CITATIONS, CITED, ListOf(CITED)), "依据中包括；可写文件名称或文号加条款",
        "provisions among those that it cites, also as title or number with the article"),
    Key("amended_unseen", Either(ListOf(of.INSTRUMENT), of.INSTRUMENT), "所依据的文件中已被未见到的文本修改的",
        "exactly the instruments behind it that a text not seen has changed"),
    Key("by_reading", MappingOf("options", ANYTHING), "每种读法下的结论", "the answer under each option"),
    Key("gaps_to", ANSWER, "差距分析的目标", "the answer to which changes lead"),
    Key("gaps", ListOf(CHANGES), "达到目标的各种最小改变", "the least changes that lead there"),
)  # fmt: skip
SCENARIO: Final = Shape(
    "scenario",
    Key("title", Either(of.LABEL, of.TEXT), "这个用例说明什么", "what the case shows", REQUIRED),
    Key("as_of", of.DATE, "适用日期", "the date whose rules apply", REQUIRED),
    Key("readings", READINGS, "选定的读法", "options of ambiguous texts"),
    Key("include", ListOf(PACK), "包含哪几组事实", "packs of facts to include"),
    Key("facts", FACTS, "事实；未写的即未知", "facts; those that are not listed are unknown"),
    Key("expect", EXPECTED, "各项决定的预期结论", "what each decision must answer"),
    Key("steps", ListOf(Either(of.TEXT, MappingOf("columns", of.TEXT))), "接下来要做的各项，按顺序",
        "what is to be done next, in order", since="0.2"),
    Key("nationally", EXPECTED, "仅按全国规则的预期结论", "what the national rules alone must answer"),
    Key("jurisdiction", of.PLACE, "地区代码；不写则为本规则包", "code of the place; the package itself when left out"),
    of.DESCRIBED,
    Key("drafts", of.BOOLEAN, "同时适用草案", "whether drafts of the place count", default="false"),
    Key("local_deviations", of.BOOLEAN, "是否适用低于上位法的规定", "whether local rules below higher law count",
        default="true"),
    of.NOTE,
    of.CITE,
)  # fmt: skip
SCENARIOS: Final = Shape(
    "scenarios",
    of.FORMAT,
    Key("packs", MappingOf("names", FACTS), "可以包含的一组事实，按名称", "named facts to include"),
    Key("scenarios", ListOf(SCENARIO), "情景用例", "test cases"),
)
