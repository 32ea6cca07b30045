"""JSON Schema of scenario files: facts, readings and expected answers by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from cso_rules.loader.documents.declarations import DecisionDeclaration
from cso_rules.loader.editor.documents import CITE, entity
from cso_rules.loader.editor.names import Vocabulary
from cso_rules.loader.editor.parts import (
    BOOLEAN,
    DATE,
    FORMAT,
    NOTE,
    TEXT,
    UNKNOWN_NAME,
    Schema,
    Words,
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
from cso_rules.loader.scenarios import files as scenarios
from cso_rules.loader.scenarios.words import (
    MODALITIES,
    NO_DAY,
    STATUSES,
    answers_with_items,
    names_its_target,
    points_of,
)
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Fact
from cso_rules.model.spellings import BOOLEANS, spellings_of

DUE: Final = either(DATE, {"type": "string", "enum": sorted(NO_DAY)})
AS_WRITTEN: Final = {"type": "string", "pattern": "[^\\x00-\\x7f]|[Aa]rt"}
"""A provision as people cite it, not by its id."""
UNKNOWN: Final = dict.fromkeys(
    ("unknown", "未知"), Label(zh="尚不知道，取消所包含的事实", en="not known; takes back an included fact")
)


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
        spelling: {"description": _asked(fact), **_value(vocabulary, fact)}
        for fact in vocabulary.found.facts.values()
        for spelling in (fact.name, fact.label.zh, *fact.aliases)
    }
    expected = {
        spelling: {"description": decision.label, **_expected(vocabulary, decision)}
        for decision in vocabulary.found.standing()
        for spelling in (decision.name, decision.label.zh)
    }
    spelled = {spelling: label for spelling, (name, label) in vocabulary.spelled().items() if name in vocabulary.facts}
    return {
        "fact": names({**vocabulary.facts, **spelled}),
        "facts": record(facts) | {"errorMessage": UNKNOWN_NAME},
        "expected": record(expected) | {"errorMessage": UNKNOWN_NAME},
    }


def _with_labels(known: Words) -> Words:
    """Return names and, as other spellings of theirs, their Chinese labels."""
    return {**{label.zh: label for label in known.values()}, **known}


def _scenario_keys(vocabulary: Vocabulary, packs: Iterable[str]) -> dict[str, Schema]:
    readings = {
        spelling: {"description": label, **words(_with_labels(vocabulary.options(name)))}
        for name, label in vocabulary.readings.items()
        for spelling in (name, label.zh)
    }
    known = {name: Label(zh="", en="") for name in packs}
    return {
        "title": key("这个用例说明什么", "what the case shows", TEXT),
        "as_of": key("适用日期", "the date whose rules apply", DATE),
        "readings": key("选定的读法", "options of ambiguous texts", record(readings)),
        "include": key("包含哪几组事实", "packs of facts to include", listed(names(known))),
        "facts": key("事实；未写的即未知", "facts; those that are not listed are unknown", reference("facts")),
        "expect": key("各项决定的预期结论", "what each decision must answer", reference("expected")),
        "steps": key("接下来要做的各项，按顺序", "what is to be done next, in order", listed(either(TEXT, mapped({})))),
        "nationally": key("仅按全国规则的预期结论", "what the national rules alone must answer", reference("expected")),
        "jurisdiction": key("地区代码；不写则为本规则包", "code of the place; the package itself when left out",
                            {"type": ["string", "integer"]}),
        "entity": entity(vocabulary),
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
    answer = _answer(vocabulary, decision)
    points = _points(vocabulary, decision, answer)
    if answers_with_items(decision):
        return either(listed(answer), points)
    return points if len(decision.columns) > 1 else either(answer, points)


def _answer(vocabulary: Vocabulary, decision: DecisionDeclaration) -> Schema:
    """Return the schema of an answer; labels of its values count, too."""
    if decision.type is not None or decision.form == "criteria":
        return vocabulary.answers(decision)
    columns = {column: _output(vocabulary, enumeration) for column, enumeration in decision.columns}
    return columns[""] if list(columns) == [""] else record(columns, columns)


def _output(vocabulary: Vocabulary, enumeration: str) -> Schema:
    known = vocabulary.found.enumerations.get(enumeration)
    if known is None:
        return vocabulary.output(enumeration)
    spelled = {"type": "string", "pattern": f"^({alternatives(sorted(spellings_of(known)))})$"}
    return either(vocabulary.output(enumeration), spelled)


def _items(vocabulary: Vocabulary, decision: DecisionDeclaration) -> Iterator[str]:
    """Yield the spellings of what stands in the first column."""
    known = vocabulary.found.enumerations.get(decision.columns[0][1]) if decision.columns else None
    for value, label in () if known is None else zip(known.values, known.labels, strict=True):
        yield from (value, label.zh)


def _points(vocabulary: Vocabulary, decision: DecisionDeclaration, answer: Schema) -> Schema:
    rules, some = _with_labels(vocabulary.found.rule_labels()[decision.name]), either(listed(answer), answer)
    rule = names(rules) if rules else TEXT
    of_rules, facts = either(listed(rule), rule), either(listed(reference("fact")), reference("fact"))
    targets = {"dependencies": {"gaps": ["gaps_to"]}} if names_its_target(decision) else {}
    known, items = points_of(decision), _items(vocabulary, decision)
    rows = [*rules, *items]
    spelled = {"type": "string", "enum": [text for label in MODALITIES.values() for text in label.zh.split("、")]}
    return targets | record(
        {
            "value": key("结论", "the answer", answer),
            "status": key("结论的状态", "the status of the answer", words(_with_labels(STATUSES))),
            "possible": key("仍然可能的全部结论", "exactly the answers that remain possible", some),
            "items": key("已确定的全部项，且没有未定的项", "exactly the items that are sure, with none open", some),
            "sure": key("已确定的全部项", "exactly the items that are sure", some),
            "includes": key("已确定的项之中包括", "items among the sure ones", some),
            "excludes": key("确定不会有的项", "items that are surely absent", some),
            "failing": key("不满足的全部条件", "exactly the criteria that fail", of_rules),
            "unknown": key("未知的全部条件", "exactly the criteria that are unknown", of_rules),
            "missing": key("所缺事实，按询问顺序", "missing facts in the order of asking", facts),
            "due": key("某项或某行的期限；无：没有期限；两个日期：最早和最晚",
                       "until when an item or row is due; none: no day; two days: the first and the last",
                       record(dict.fromkeys(rows, either(DUE, listed(DUE))))),
            "modality": key("某项或某行措辞的强度", "how strong the wording of an item or row is",
                            record(dict.fromkeys(rows, either(words(MODALITIES), spelled)))),
            "cites": key("依据中包括；可写文件名称或文号加条款",
                         "provisions among those that it cites, also as title or number with the article",
                         either(reference("citations"), AS_WRITTEN, listed(AS_WRITTEN))),
            "amended_unseen": key("所依据的文件中已被未见到的文本修改的",
                                  "exactly the instruments behind it that a text not seen has changed",
                                  either(listed(TEXT), TEXT)),
            "by_reading": key("每种读法下的结论", "the answer under each option", mapped({})),
            "gaps_to": key("差距分析的目标", "the answer to which changes lead", answer),
            "gaps": key("达到目标的各种最小改变", "the least changes that lead there", listed({"type": "object"})),
        },
        optional=known,
    )  # fmt: skip
