"""What an editor knows of each plain value of rule files: its form, and the names of a package that it may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from cso_rules.loader.documents.enumeration_extensions import LEAST
from cso_rules.loader.documents.presentation import headline_values
from cso_rules.loader.documents.reader import ADDRESS, IDENTIFIER, REFERENCE, RESERVED
from cso_rules.loader.editor.names import Vocabulary
from cso_rules.loader.editor.parts import (
    BOOLEAN,
    DATE,
    NUMBER,
    TEXT,
    UNKNOWN_NAME,
    Schema,
    alternatives,
    either,
    listed,
    names,
    pattern,
    record,
    reference,
    words,
)
from cso_rules.loader.grammar import packages, scenarios
from cso_rules.loader.grammar import values as of
from cso_rules.loader.grammar.shapes import Plain
from cso_rules.loader.grammar.words import KINDS, with_labels
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Fact

NO_TEXT: Final = Label(zh="", en="")
CODE_PROBLEM: Final = Label(
    zh="请写 GB/T 2260 代码，加引号，不带末尾的零，且在上级规则包的地域之内；地域不明的写 none",
    en="write the code of GB/T 2260 in quotes, without final zeros, within the place of what it extends; or none",
)
NAME_PROBLEM: Final = Label(
    zh="名称只用小写字母、数字和下划线，以字母开头，且不是条件中的词",
    en="a name has small letters, digits and underscores, a letter first, and is no word of conditions",
)
ID_PROBLEM: Final = Label(
    zh="编号只用小写字母、数字、下划线、点和连字符，以字母开头，且不是条件中的词",
    en="an id has small letters, digits, underscores, points and hyphens, a letter first, and is no word of conditions",
)
ADDRESS_PROBLEM: Final = Label(zh="请写以 https:// 开头的网址", en="write an address that begins with https://")
END: Final = r"\Z"
"""The end of a text for Python; other engines write it `$`."""


def forms() -> dict[str, Schema]:
    """Return the definitions of new names."""
    own = f"(?!({alternatives(sorted(RESERVED))})$)"
    return {
        "name": pattern(f"^{own}{IDENTIFIER.pattern.removesuffix(END)}$", NAME_PROBLEM),
        "id": pattern(f"^{own}{REFERENCE.pattern.removesuffix(END)}$", ID_PROBLEM),
    }


def plain_values(vocabulary: Vocabulary) -> dict[Plain, Schema]:
    """Return the schema of each plain value."""
    return {**WRITTEN, **_declared(vocabulary), **_rules(vocabulary), **_by_name(vocabulary)}


WRITTEN: Final[Mapping[Plain, Schema]] = {
    of.FORMAT_NUMBER: {"const": 1},
    of.TEXT: TEXT,
    of.NAME: reference("name"),
    of.ID: reference("id"),
    of.NEW_OPTION: reference("name"),
    of.BOOLEAN: BOOLEAN,
    of.NUMBER: NUMBER,
    of.BOUND: NUMBER | {"pattern": r"^-?[0-9][0-9.-]*$"},
    of.DIGITS: {"type": "integer", "minimum": 0, "maximum": 9},
    of.YEAR: {"type": "integer", "minimum": 1900, "maximum": 2199},
    of.DATE: DATE,
    of.END: either(DATE, {"const": "not_seen"}),
    of.ADDRESS: pattern(f"^{ADDRESS.pattern.removesuffix(END)}$", ADDRESS_PROBLEM),
    of.FREE_WORD: TEXT | {"minLength": LEAST},
    of.PLACE: {"type": ["string", "integer"]},
    of.CONDITION: reference("condition"),
    of.EXPRESSION: either(NUMBER, reference("condition")),
    of.CELLS: reference("cells"),
    of.BY_READING: reference("by_reading"),
    of.CITATIONS: reference("citations"),
    of.ANSWER: {},
    of.PRESUMED: either(BOOLEAN, NUMBER, DATE, reference("name"), listed(reference("name"))),
    of.INSTRUMENT: TEXT,
    of.RIVAL: TEXT,
    scenarios.FACT: reference("fact"),
    scenarios.FACTS: reference("facts"),
    scenarios.EXPECTED: reference("expected"),
    scenarios.CHANGES: {"type": "object"},
    scenarios.DUES: {"type": "object"},
    scenarios.STRENGTHS: {"type": "object"},
    scenarios.CITED: {"type": "string", "pattern": "[^\\x00-\\x7f]|[Aa]rt"},
    scenarios.ANYTHING: {},
}
"""Values whose form alone is known, and those that have a definition."""


def _declared(vocabulary: Vocabulary) -> dict[Plain, Schema]:
    """Return values that are names of something declared."""
    found = vocabulary.found
    subject = found.entities.subject.name
    boolean = vocabulary.facts_where(lambda fact: fact.type.kind == "boolean")
    numbers = vocabulary.facts_where(lambda fact: fact.type.kind == "integer")
    placed = vocabulary.facts_where(lambda fact: fact.type.kind == "integer" and fact.entity != subject)
    values = {value: label for kind in vocabulary.enumerations for value, label in vocabulary.values(kind).items()}
    options = {
        option: label for reading in vocabulary.readings for option, label in vocabulary.options(reading).items()
    }
    return {
        of.ENTITY: words(vocabulary.entities(found.entities.names)),
        of.COUNTED_ENTITY: words(vocabulary.entities(found.entities.placed)),
        of.ENUMERATION: names(vocabulary.enumerations),
        of.OUTPUT: names({**vocabulary.enumerations, "boolean": KINDS["boolean"]}),
        of.VALUE_OF_ENUMERATION: names(values),
        of.MEANING: either(names(values), BOOLEAN) if values else BOOLEAN,
        of.COUNT: names(numbers),
        of.COUNT_OF_PLACE: names(placed),
        of.CHOICE: names(vocabulary.choices),
        of.INDEX: names(vocabulary.indexes()),
        of.TRUE_OR_FALSE: names({**boolean, **vocabulary.decisions}),
        of.DUE: either(names(vocabulary.dates()), reference("condition")),
        of.PARAMETER: names(vocabulary.parameters),
        of.DECISION: names(vocabulary.decisions),
        of.READING: names(vocabulary.readings),
        of.OPTION: names(options),
        of.ADDRESSEE: vocabulary.addressees(),
        of.PACKAGE: names(dict.fromkeys(vocabulary.extensible, NO_TEXT)),
        of.JURISDICTION: _jurisdiction(vocabulary),
        scenarios.PACK: names(dict.fromkeys(vocabulary.packs, NO_TEXT)),
    }


def _rules(vocabulary: Vocabulary) -> dict[Plain, Schema]:
    """Return values that name a rule, or one that is to be added."""
    known = vocabulary.found.rule_labels()
    paths = {f"{decision}/{rule}": label for decision, rules in known.items() for rule, label in rules.items()}
    open_to = {each.name: each for each in vocabulary.found.standing() if each.form in {"criteria", "rules"}}
    snippets = [
        {"label": f"{name}/", "description": decision.label, "body": f"{name}/"} for name, decision in open_to.items()
    ]
    form = pattern(f"^({'|'.join(open_to)})/[a-z][a-z0-9_]*$", UNKNOWN_NAME)
    return {
        of.RULE: names(paths),
        of.RESTATED: names({**vocabulary.parameters, **vocabulary.readings, **paths}),
        of.NEW_RULE: form | {"defaultSnippets": snippets},
        of.ROW: names({rule: label for rules in known.values() for rule, label in rules.items()}),
    }


def _by_name(vocabulary: Vocabulary) -> dict[Plain, Schema]:
    """Return values that are mappings whose keys are names of the package."""
    facts = list(vocabulary.found.facts.values())
    placed = [fact for fact in facts if fact.entity in vocabulary.found.entities.placed]
    asked = {
        spelling: {"description": label, **words(with_labels(vocabulary.options(name)))}
        for name, label in vocabulary.readings.items()
        for spelling in (name, label.zh)
    }
    headline = headline_values(vocabulary.found)
    answers = {name: {"description": Label(zh=name, en=name), **reference("label")} for name in headline}
    titles = {name: {"description": label, **reference("label")} for name, label in vocabulary.decisions.items()}
    return {
        of.FACT_VALUES: record(dict(_choices(vocabulary, facts))),
        of.PLACED_VALUES: record(dict(_choices(vocabulary, placed))),
        packages.HEADINGS: record(titles),
        packages.ANSWERS: record(answers),
        scenarios.READINGS: record(asked),
    }


def _choices(vocabulary: Vocabulary, facts: list[Fact]) -> Iterator[tuple[str, Schema]]:
    for fact in facts:
        if fact.type.kind == "enumeration":
            yield fact.name, {"description": fact.label, **words(vocabulary.values(fact.type.enumeration))}


def _jurisdiction(vocabulary: Vocabulary) -> Schema:
    """Return the schema of a place: that of a local package lies within the place of what it extends."""
    above = vocabulary.found.packages[:-1]
    if not above:
        return {"type": ["string", "integer"]}
    outer = above[-1].jurisdiction
    within_outer = f"(?={outer})" if outer.isdigit() else ""
    form = pattern(f"^({within_outer}(?![0-9]*00$)([0-9]{{2}}){{1,3}}|none)$", CODE_PROBLEM)
    return form | {"type": ["string", "integer"]}
