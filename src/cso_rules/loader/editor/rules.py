"""JSON Schemas of the files that decide: parameters, decisions and the changes of a place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cso_rules.loader.documents import changes as change_documents
from cso_rules.loader.documents import decisions as decision_documents
from cso_rules.loader.documents import rule_files as documents
from cso_rules.loader.documents.declarations import DecisionDeclaration
from cso_rules.loader.editor.documents import (
    CHECKED_ON,
    CITE,
    DEFINED,
    IN_FORCE,
    LABELLED,
    MAXIMUM,
    MINIMUM,
    MODALITY,
    NEEDS_ENUMERATION,
    QUESTION,
    entity,
    kind_keys,
    name,
)
from cso_rules.loader.editor.names import Vocabulary
from cso_rules.loader.editor.parts import (
    BOOLEAN,
    CONFIDENCE,
    DATE,
    FORMAT,
    NOTE,
    NUMBER,
    TEXT,
    UNKNOWN_NAME,
    Schema,
    either,
    key,
    listed,
    mapped,
    names,
    needs,
    pattern,
    record,
    reference,
    refined,
    where,
    within,
    words,
)
from cso_rules.loader.editor.words import DELEGATIONS, HIT_POLICIES, KINDS, chosen
from cso_rules.model.instruments import Label

CITED: Final = {"required": ["cite"]}
HAS_CONDITION: Final = needs("when", "when_by_reading", "cells")
PARAMETER_KINDS: Final = ("integer", "decimal", "money")
REMOVED: Final = key("自此不再有这项要求", "there is no such requirement any more", BOOLEAN)
OPERATIONS: Final[Mapping[str, tuple[str, str]]] = {
    "sets": ("改参数的数值", "gives a parameter another value"),
    "adds": ("增加一项条件或一行，写作“决定/规则”", "adds a criterion or row, as DECISION/RULE"),
    "removes": ("删去一项条件或一行，写作“决定/规则”", "removes a criterion or row, as DECISION/RULE"),
    "replaces": ("替换一项条件或一行，写作“决定/规则”", "puts another criterion or row in place, as DECISION/RULE"),
    "restates": ("重述参数，数值须相同", "says a value again; it must be equal"),
    "chooses": ("选定一种读法作默认", "makes an option the default of a reading"),
}


# ------------------------------------------------------------------------------------------------ parameters


def parameters_schema(vocabulary: Vocabulary) -> Schema:
    """Return the schema of a file of `parameters/`."""
    bounds = record({"minimum": MINIMUM, "maximum": MAXIMUM}, (), documents.BOUNDS)
    value = record(_dated_keys()) | within(CITED, needs("value", "removed"))
    kinds = kind_keys(vocabulary, PARAMETER_KINDS)
    keys = {
        "id": name("参数的标识符", "the identifier of the parameter"),
        "label": LABELLED,
        "type": kinds["type"],
        "values": key("各时期的数值", "its values, each with its time", listed(value)),
        "indexed_by": _indexed_by(vocabulary),
        "delegation": key("地方能否改动", "what places may do to it",
                          words(chosen(DELEGATIONS, documents.DELEGATIONS))),
        "delegation_bounds": key("地方改动的限度", "how far places may go", bounds),
        "unit": key("单位", "the unit", reference("label")),
        "scale": kinds["scale"],
        "definition": DEFINED,
        "note": NOTE,
        "minimum": MINIMUM,
        "maximum": MAXIMUM,
        "checked_on": CHECKED_ON,
    }  # fmt: skip
    indexes = [
        where("indexed_by", {"const": index}, _of_values(_numbers(vocabulary, index))) for index in _indexes(vocabulary)
    ]
    parameter = record(keys, ("id", "label", "type", "values")) | within(*indexes)
    parameters = key("参数", "numbers of the law", listed(parameter))
    return record({"format": FORMAT, "parameters": parameters}, ("format", "parameters"))


def _dated_keys() -> dict[str, Schema]:
    return {
        "cite": CITE,
        "from": key("第一天", "the first day", DATE),
        "until": key("最后一天的次日", "the day after the last", DATE),
        "value": key("数值；按事实分别规定的逐项写", "the number; one for each value of the fact that indexes it",
                     either(NUMBER, mapped(NUMBER))),
        "removed": REMOVED,
        "note": NOTE,
        "confidence": CONFIDENCE,
    }  # fmt: skip


def _indexes(vocabulary: Vocabulary) -> Mapping[str, object]:
    return vocabulary.facts_where(lambda fact: fact.type.kind == "enumeration")


def _indexed_by(vocabulary: Vocabulary) -> Schema:
    allowed = names(vocabulary.facts_where(lambda fact: fact.type.kind == "enumeration"))
    return key("按哪个事实的取值分别规定", "the fact each of whose values has its own number", allowed)


def _numbers(vocabulary: Vocabulary, index: str) -> Schema:
    values = vocabulary.values(vocabulary.found.facts[index].type.enumeration)
    keys = {value: {"description": label, **NUMBER} for value, label in values.items()}
    return record(keys, keys)


def _of_values(value: Schema) -> Schema:
    return refined(values={"items": refined(value=value)})


# ------------------------------------------------------------------------------------------------ decisions


def decision_schema(vocabulary: Vocabulary) -> Schema:
    """Return the schema of a file of `decisions/`."""
    keys = kind_keys(vocabulary) | _head_keys(vocabulary)
    rules = _rule_keys(vocabulary) | {"id": name("规则的标识符", "the identifier of the rule")}
    criterion = record(rules, ("id", "label"), decision_documents.RULE_KEYS) | within(CITED, HAS_CONDITION)
    row = record(rules, ("id", "label", "then"), decision_documents.RULE_KEYS) | within(CITED, HAS_CONDITION)
    rest = record(rules, ("id", "label", "then"), decision_documents.RULE_KEYS) | within(CITED)
    keys |= {
        "criteria": key("条件：全部满足才成立", "criteria: true when every one that applies is met", listed(criterion)),
        "rules": key("决策表的各行", "the rows of a table", listed(row)),
        "otherwise": key("其他各行都不成立时", "the row that holds when no other does", rest),
    }
    forms = [*(_excludes(form) for form in decision_documents.FORMS), needs(*decision_documents.FORMS, "no_rule")]
    nothing = where("no_rule", {"const": True}, {"properties": dict.fromkeys(decision_documents.FORMS, False)})
    something = where("no_rule", {"const": False}, needs(*decision_documents.FORMS))
    value = {"if": {"required": ["value"]}, "then": CITED}
    file = record(keys, decision_documents.COMMON, decision_documents.OPTIONAL)
    return file | within(*forms, nothing, something, value, NEEDS_ENUMERATION, *_outputs(vocabulary))


def _head_keys(vocabulary: Vocabulary) -> dict[str, Schema]:
    output = names({**vocabulary.enumerations, "boolean": KINDS["boolean"]})
    policies = words(chosen(HIT_POLICIES, decision_documents.HIT_POLICIES))
    return {
        "format": FORMAT,
        "decision": name("决定的标识符，与文件名相同", "the identifier of the decision, as the file is called"),
        "label": LABELLED,
        "question": QUESTION,
        "definition": DEFINED,
        "note": NOTE,
        "in_force": IN_FORCE,
        "entity": entity(vocabulary),
        "no_rule": key("此处没有规则，由地方填补", "there is no rule here; a place may fill it", BOOLEAN),
        "replaces": key("取代同名的上级决定", "takes the place of the decision of that name above", BOOLEAN),
        "value": key("由事实算出的数或日期", "a number or date computed from facts", reference("condition")),
        "output": key("结论取自哪个枚举", "the enumeration of the answer", either(output, mapped(output))),
        "hit_policy": key("命中策略，默认 unique", "which rows count; unique when left out", policies),
        "conflict_stands": key("各文本相互矛盾，如实保留", "rows contradict as the texts do", BOOLEAN),
        "cite": CITE,
    }


def _rule_keys(vocabulary: Vocabulary) -> dict[str, Schema]:
    condition = reference("condition")
    return {
        "label": LABELLED,
        "when": key("成立的条件", "the condition", condition),
        "when_by_reading": key("条文有歧义时，每种读法一个条件", "one condition for each way to read the text",
                               reference("by_reading")),
        "applies_when": key("何时才适用本条件", "when the criterion applies at all", condition),
        "cells": key("逐项比较，全部满足", "one test for each fact, joined by and", reference("cells")),
        "then": key("结论", "the answer", {}),
        "cite": CITE,
        "in_force": IN_FORCE,
        "modality": MODALITY,
        "addressee": key("规则针对的机构", "whom the rule addresses", vocabulary.addressees()),
        "due": key("办理期限，含当日", "the last day on which it can be done", names(vocabulary.dates())),
        "note": NOTE,
        "definition": DEFINED,
    }  # fmt: skip


def _excludes(form: str) -> Schema:
    """Return the schema that refuses the other forms beside one."""
    others = {other: False for other in decision_documents.FORMS if other != form}
    return {"if": {"required": [form]}, "then": {"properties": others}}


def _outputs(vocabulary: Vocabulary) -> list[Schema]:
    """Return what a row may answer, by what the file says of its output; without a word it is true or false."""
    single = [
        where("output", {"const": enumeration}, _answering(vocabulary.output(enumeration)))
        for enumeration in vocabulary.enumerations
    ]
    forms = {decision.columns for decision in vocabulary.found.standing() if len(decision.columns) > 1}
    several = [where("output", _columns(columns), _answering(vocabulary.then(columns))) for columns in sorted(forms)]
    boolean = {"if": {"properties": {"output": {"const": "boolean"}}}, "then": _answering(BOOLEAN)}
    return [*single, *several, boolean]


def _columns(columns: tuple[tuple[str, str], ...]) -> Schema:
    constants = {column: {"const": enumeration} for column, enumeration in columns}
    return {"type": "object", "required": list(constants), "properties": constants}


def _answering(answer: Schema) -> Schema:
    row = refined(then=answer)
    return refined(rules={"items": row}, otherwise=row)


# ------------------------------------------------------------------------------------------------ changes.yaml


def changes_schema(vocabulary: Vocabulary) -> Schema:
    """Return the schema of `changes.yaml`."""
    changes = [_change(vocabulary, operation) for operation in change_documents.OPERATIONS]
    entries = key("对上级规则的改动，一项一条", "what is changed, one operation each", listed({"oneOf": changes}))
    return record({"format": FORMAT, "changes": entries}, ("format", "changes"))


def _change(vocabulary: Vocabulary, operation: str) -> Schema:
    keys = _change_keys(vocabulary) | {operation: key(*OPERATIONS[operation], _path(vocabulary, operation))}
    required = (operation, *change_documents.REQUIRED.get(operation, ()))
    optional = (*change_documents.KEYS[operation], *change_documents.COMMON)
    return record(keys, required, optional) | within(CITED, *_further(vocabulary, operation))


def _path(vocabulary: Vocabulary, operation: str) -> Schema:
    match operation:
        case "sets" | "restates":
            return names(vocabulary.parameters)
        case "chooses":
            return names(vocabulary.readings)
        case "adds":
            open_to = [decision for decision in vocabulary.found.standing() if decision.form in {"criteria", "rules"}]
            return _new_rule({decision.name: decision for decision in open_to})
        case _:
            return names(_rules(vocabulary))


def _rules(vocabulary: Vocabulary) -> dict[str, Label]:
    return {
        f"{path}/{rule}": label
        for path, known in vocabulary.found.rule_labels().items()
        for rule, label in known.items()
    }


def _new_rule(decisions: Mapping[str, DecisionDeclaration]) -> Schema:
    snippets = [
        {"label": f"{decision.name}/", "description": decision.label, "body": f"{decision.name}/"}
        for decision in decisions.values()
    ]
    form = pattern(f"^({'|'.join(decisions)})/[a-z][a-z0-9_]*$", UNKNOWN_NAME)
    return form | {"defaultSnippets": snippets}


def _change_keys(vocabulary: Vocabulary) -> dict[str, Schema]:
    rules = _rule_keys(vocabulary)
    options = {
        option: label for reading in vocabulary.readings for option, label in vocabulary.options(reading).items()
    }
    places = {rule: label for known in vocabulary.found.rule_labels().values() for rule, label in known.items()}
    dated = _dated_keys()
    return {
        "value": dated["value"],
        "removed": REMOVED,
        "indexed_by": _indexed_by(vocabulary),
        "option": key("选定的读法", "the option", names(options)),
        "criterion": key("条件的内容", "the criterion", record(rules, ("label",), decision_documents.RULE_KEYS)),
        "rule": key("决策表一行的内容", "the row", record(rules, ("label", "then"), decision_documents.RULE_KEYS)),
        "before": key("排在哪一行之前；不写则排在最后", "the row that it precedes; last when left out", names(places)),
        "except_when": key("何种情形下仍然保留", "the case in which it remains", reference("condition")),
        "cite": CITE,
        "in_force": IN_FORCE,
        "note": NOTE,
        "supersedes": key("取代哪个同级规则包的同一改动", "package of this level whose change it replaces", TEXT),
        "confidence": CONFIDENCE,
    }


def _further(vocabulary: Vocabulary, operation: str) -> list[Schema]:
    """Return what else must hold, by what the change names."""
    match operation:
        case "sets":
            return [needs("value", "removed"), *_values(vocabulary, operation), *_indexed(vocabulary)]
        case "restates":
            return [{"required": ["value"]}, *_values(vocabulary, operation)]
        case "adds" | "replaces":
            return [needs("criterion", "rule"), *_conditions(vocabulary, operation), *_answers(vocabulary, operation)]
        case "chooses":
            options = {name: words(vocabulary.options(name)) for name in vocabulary.readings}
            return [where("chooses", {"const": name}, refined(option=known)) for name, known in options.items()]
        case _:
            return []


def _values(vocabulary: Vocabulary, operation: str) -> list[Schema]:
    """Return what the value of each indexed parameter looks like, unless the change has an index of its own."""
    return [
        {
            "if": {
                "required": [operation],
                "properties": {operation: {"const": parameter.name}},
                "not": {"required": ["indexed_by"]},
            },
            "then": refined(value=_numbers(vocabulary, parameter.indexed_by[0])),
        }
        for parameter in vocabulary.found.parameters.values()
        if len(parameter.indexed_by) == 1 and parameter.indexed_by[0] in vocabulary.found.facts
    ]


def _indexed(vocabulary: Vocabulary) -> list[Schema]:
    return [
        where("indexed_by", {"const": index}, refined(value=_numbers(vocabulary, index)))
        for index in _indexes(vocabulary)
    ]


def _conditions(vocabulary: Vocabulary, operation: str) -> list[Schema]:
    """Return what asks for a condition in what a change writes; the row that holds when no other does needs none."""
    rests = {
        f"{decision.name}/{decision.otherwise.id}": decision.otherwise.label
        for decision in vocabulary.found.standing()
        if decision.otherwise
    }
    return [where(operation, {"not": words(rests)}, refined(criterion=HAS_CONDITION, rule=HAS_CONDITION))]


def _answers(vocabulary: Vocabulary, operation: str) -> list[Schema]:
    """Return what the row of each table may answer."""
    tables = {decision.name: decision for decision in vocabulary.found.standing() if decision.form == "rules"}
    return [
        where(
            operation,
            {"type": "string", "pattern": f"^{decision.name}/"},
            refined(rule=refined(then=vocabulary.then(decision.columns))),
        )
        for decision in tables.values()
    ]
