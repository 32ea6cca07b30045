"""What scenario files may say of facts and expect of answers, by name, as JSON Schemas."""

from __future__ import annotations

from typing import Final

import attrs

from cso_rules.loader.documents.declarations import DecisionDeclaration
from cso_rules.loader.editor.names import Vocabulary
from cso_rules.loader.editor.parts import (
    BOOLEAN,
    DATE,
    TEXT,
    UNKNOWN_NAME,
    Schema,
    alternatives,
    either,
    listed,
    names,
    record,
    reference,
    words,
)
from cso_rules.loader.editor.shapes import Shapes
from cso_rules.loader.grammar.scenarios import ANSWER, DUES, EXPECTATION, RULE, STRENGTHS
from cso_rules.loader.grammar.shapes import Words
from cso_rules.loader.grammar.words import MODALITIES, with_labels
from cso_rules.loader.scenarios.words import NO_DAY, answers_with_items, names_its_target, points_of
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Fact
from cso_rules.model.spelling.spellings import BOOLEANS, spellings_of

DUE: Final = either(DATE, {"type": "string", "enum": sorted(NO_DAY)})
_MODALITY_WORDS: Final = [text for label in MODALITIES.values() for text in label.zh.split("、")]
UNKNOWN: Final = dict.fromkeys(
    ("unknown", "未知"), Label(zh="尚不知道，取消所包含的事实", en="not known; takes back an included fact")
)


def scenario_definitions(shapes: Shapes) -> dict[str, Schema]:
    """Return the schemas that only scenario files refer to."""
    vocabulary = shapes.vocabulary
    facts = {
        spelling: {"description": _asked(fact), **_value(vocabulary, fact)}
        for fact in vocabulary.found.facts.values()
        for spelling in (fact.name, fact.label.zh, *fact.aliases)
    }
    answers = {f"{each.name}_{place}": each for place, each in enumerate(vocabulary.found.standing(), 1)}
    expected = {
        spelling: {"description": decision.label, **reference(name)}
        for name, decision in answers.items()
        for spelling in (decision.name, decision.label.zh)
    }
    spelled = {spelling: label for spelling, (name, label) in vocabulary.spelled.items() if name in vocabulary.facts}
    return {
        "fact": names({**vocabulary.facts, **spelled}),
        "facts": record(facts) | {"errorMessage": UNKNOWN_NAME},
        "expected": record(expected) | {"errorMessage": UNKNOWN_NAME},
        **{name: _expected(shapes, decision) for name, decision in answers.items()},
        "due": either(DUE, listed(DUE)),
        "strength": either(words(MODALITIES), {"type": "string", "enum": _MODALITY_WORDS}),
    }


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


def _expected(shapes: Shapes, decision: DecisionDeclaration) -> Schema:
    """Return the schema of an expectation: the answer itself, a list of its items, or particular points."""
    answer = _answer(shapes.vocabulary, decision)
    points = _points(shapes, decision, answer)
    if answers_with_items(decision):
        return either(listed(answer), points)
    return points if len(decision.columns) > 1 else either(answer, points)


def _answer(vocabulary: Vocabulary, decision: DecisionDeclaration) -> Schema:
    """Return the schema of an answer; labels of its values count, too, and numbers and dates as they are written."""
    if decision.form == "criteria":
        return BOOLEAN
    if decision.type is not None:
        return {"type": ["string", "number", "boolean"]}
    columns = {column: _output(vocabulary, enumeration) for column, enumeration in decision.columns}
    return columns[""] if list(columns) == [""] else record(columns, columns)


def _output(vocabulary: Vocabulary, enumeration: str) -> Schema:
    known = vocabulary.found.enumerations.get(enumeration)
    if known is None:
        return vocabulary.value(enumeration)
    spelled = {"type": "string", "pattern": f"^({alternatives(sorted(spellings_of(known)))})$"}
    return either(vocabulary.value(enumeration), spelled)


def _items(vocabulary: Vocabulary, decision: DecisionDeclaration) -> Words:
    """Return the spellings of what stands in the first column."""
    known = vocabulary.found.enumerations.get(decision.columns[0][1]) if decision.columns else None
    return {} if known is None else with_labels(dict(zip(known.values, known.labels, strict=True)))


def _points(shapes: Shapes, decision: DecisionDeclaration, answer: Schema) -> Schema:
    """Return the schema of particular points of an answer, those that the decision has."""
    rules = with_labels(shapes.vocabulary.found.rule_labels()[decision.name])
    rows = {**rules, **_items(shapes.vocabulary, decision)}
    own = {
        ANSWER: answer,
        RULE: names(rules) if rules else TEXT,
        DUES: record({name: {"description": told, **reference("due")} for name, told in rows.items()}),
        STRENGTHS: record({name: {"description": told, **reference("strength")} for name, told in rows.items()}),
    }
    targets = {"dependencies": {"gaps": ["gaps_to"]}} if names_its_target(decision) else {}
    shape = EXPECTATION.without(*(set(EXPECTATION.known) - set(points_of(decision))))
    return targets | attrs.evolve(shapes, plain={**shapes.plain, **own}).mapping(shape)
