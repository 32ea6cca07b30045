"""JSON Schema of scenario files: facts, readings and expected answers by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cso_rules.loader import scenarios
from cso_rules.loader.declarations import DecisionDeclaration
from cso_rules.loader.schema_documents import CITE, ENTITY
from cso_rules.loader.schema_names import Vocabulary
from cso_rules.loader.schema_parts import (
    BOOLEAN,
    DATE,
    FORMAT,
    NOTE,
    TEXT,
    UNKNOWN_NAME,
    Schema,
    alternatives,
    either,
    key,
    listed,
    mapped,
    names,
    record,
    reference,
    words,
)
from cso_rules.model.decisions import MULTIPLE_HITS
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Fact
from cso_rules.model.spellings import BOOLEANS, spellings_of

UNKNOWN: Final = {"unknown": Label(zh="尚不知道，取消所包含的事实", en="not known; takes back an included fact")}
STATUSES: Final = {
    "determined": Label(zh="已认定", en="determined"),
    "undetermined": Label(zh="事实不足，未定", en="undetermined while facts are missing"),
    "unsettled_by_law": Label(zh="依法未定", en="unsettled by law"),
    "no_rule_in_force": Label(zh="没有现行规则", en="no rule is in force"),
    "conflict": Label(zh="规则冲突", en="rules conflict"),
}
ANY_ITEMS: Final[Schema] = {}


def scenarios_schema(vocabulary: Vocabulary, packs: Iterable[str]) -> Schema:
    """Return the schema of a file of `scenarios/`; `packs` are the named facts that may be included."""
    keys = _scenario_keys(vocabulary, packs)
    scenario = record(keys, ("title", "as_of"), scenarios.KEYS)
    entries = {
        "format": FORMAT,
        "packs": key("可以包含的一组事实，按名称", "named facts to include", mapped(reference("facts"))),
        "scenarios": key("情景用例", "test cases", listed(scenario)),
    }
    return record(entries, ("format",))


def scenario_definitions(vocabulary: Vocabulary) -> dict[str, Schema]:
    """Return the schemas that only scenario files refer to."""
    facts = {
        fact.name: {"description": _asked(fact), **_value(vocabulary, fact)} for fact in vocabulary.found.facts.values()
    }
    expected = {
        decision.name: {"description": decision.label, **_expected(vocabulary, decision)}
        for decision in vocabulary.standing()
    }
    return {
        "fact": names(vocabulary.facts),
        "facts": record(facts) | {"errorMessage": UNKNOWN_NAME},
        "expected": record(expected) | {"errorMessage": UNKNOWN_NAME},
    }


def _scenario_keys(vocabulary: Vocabulary, packs: Iterable[str]) -> dict[str, Schema]:
    readings = {
        name: {"description": label, **words(vocabulary.options(name))} for name, label in vocabulary.readings.items()
    }
    known = {name: Label(zh="", en="") for name in packs}
    return {
        "title": key("这个用例说明什么", "what the case shows", TEXT),
        "as_of": key("适用日期", "the date whose rules apply", DATE),
        "readings": key("选定的读法", "options of ambiguous texts", record(readings)),
        "include": key("包含哪几组事实", "packs of facts to include", listed(names(known))),
        "facts": key("事实；未写的即未知", "facts; those that are not listed are unknown", reference("facts")),
        "expect": key("各项决定的预期结论", "what each decision must answer", reference("expected")),
        "nationally": key("仅按全国规则的预期结论", "what the national rules alone must answer", reference("expected")),
        "jurisdiction": key("地区代码；不写则为本规则包", "code of the place; the package itself when left out",
                            {"type": ["string", "integer"]}),
        "entity": ENTITY,
        "drafts": key("同时适用草案", "whether drafts of the place count", BOOLEAN),
        "local_deviations": key("是否适用低于上位法的规定", "whether local rules below higher law count", BOOLEAN),
        "note": NOTE,
        "cite": CITE,
    }  # fmt: skip


def _asked(fact: Fact) -> Label:
    return Label(zh=f"{fact.label.zh}：{fact.question.zh}", en=f"{fact.label.en}: {fact.question.en}")


def _value(vocabulary: Vocabulary, fact: Fact) -> Schema:
    match fact.type.kind:
        case "boolean":
            spelled = [spelling for spelling in BOOLEANS if spelling not in {"true", "false"}]
            return either(
                BOOLEAN, words(UNKNOWN), {"type": ["string", "number"], "pattern": f"^({alternatives(spelled)})$"}
            )
        case "enumeration":
            return _member(vocabulary, fact)
        case "set":
            return either(listed(_member(vocabulary, fact)), _member(vocabulary, fact), {"type": "string"})
        case "date":
            return {"type": "string"}
        case _:
            return {"type": ["number", "string"]}


def _member(vocabulary: Vocabulary, fact: Fact) -> Schema:
    """Return the schema of a value of an enumeration; its labels and aliases count, too."""
    enumeration = vocabulary.found.enumerations.get(fact.type.enumeration or "")
    spelled = [] if enumeration is None else sorted(spellings_of(enumeration))
    values = {**vocabulary.values(fact.type.enumeration), **UNKNOWN}
    return either(words(values), {"type": "string", "pattern": f"^({alternatives(spelled)})$"})


def _expected(vocabulary: Vocabulary, decision: DecisionDeclaration) -> Schema:
    """Return the schema of an expectation: the answer itself, a list of its items, or particular points."""
    answers = vocabulary.answers(decision)
    if decision.hit_policy in MULTIPLE_HITS:
        return either(listed(answers), _points(vocabulary, decision, answers))
    return either(answers, _points(vocabulary, decision, answers))


def _points(vocabulary: Vocabulary, decision: DecisionDeclaration, answer: Schema) -> Schema:
    rules = vocabulary.rules()[decision.name]
    some, of_rules = either(listed(answer), answer), listed(names(rules)) if rules else listed(TEXT)
    return record(
        {
            "value": key("结论", "the answer", answer),
            "status": key("结论的状态", "the status of the answer", words(STATUSES)),
            "possible": key("仍然可能的全部结论", "exactly the answers that remain possible", some),
            "items": key("已确定的全部项，且没有未定的项", "exactly the items that are sure, with none open", some),
            "sure": key("已确定的全部项", "exactly the items that are sure", some),
            "includes": key("已确定的项之中包括", "items among the sure ones", some),
            "excludes": key("确定不会有的项", "items that are surely absent", some),
            "failing": key("不满足的全部条件", "exactly the criteria that fail", of_rules),
            "unknown": key("未知的全部条件", "exactly the criteria that are unknown", of_rules),
            "missing": key("所缺事实，按询问顺序", "missing facts in the order of asking",
                           listed(reference("fact"))),
            "cites": key("依据中包括", "provisions among those that it cites", reference("citations")),
            "by_reading": key("每种读法下的结论", "the answer under each option", mapped({})),
            "gaps_to": key("差距分析的目标", "the answer to which changes lead", answer),
            "gaps": key("达到目标的各种最小改变", "the least changes that lead there", listed({"type": "object"})),
        }
    )  # fmt: skip
