"""What the names of a package contribute to the JSON Schemas of its files: completion, descriptions, checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final

import attrs

from cso_rules.loader.documents.declarations import Declarations
from cso_rules.loader.documents.presentation import addressees_of
from cso_rules.loader.editor.meanings import meanings
from cso_rules.loader.editor.parts import (
    BOOLEAN,
    NEVER,
    TEXT,
    Schema,
    alternatives,
    either,
    listed,
    names,
    record,
    reference,
    within,
    words,
)
from cso_rules.loader.grammar.shapes import Words
from cso_rules.loader.text.alternatives import NOTHING
from cso_rules.loader.text.syntax import FUNCTIONS
from cso_rules.loader.text.tokens import KEYWORDS, OPERATOR_WORDS
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.policy import Enumeration, Fact
from cso_rules.model.types import Type

_WORD = re.compile(r"\w+")
_LETTER = "A-Za-z0-9_À-ÖØ-öø-ɏ㐀-鿿"
"""What may follow no known word; the same for every engine of regular expressions."""
_QUOTE = '"“”＂'
_ASCII_SIGNS = "<>=!+-*/()[],."
_FULL_WIDTH_SIGNS = "".join(chr(ord(sign) + 0xFEE0) for sign in _ASCII_SIGNS)
_SIGN = f"[\\s\u3000{re.escape(_ASCII_SIGNS + _FULL_WIDTH_SIGNS)}≥≤≠×÷−【】、０-９Ａ-Ｚａ-ｚ]"
"""Signs of a condition; letters and digits of full width are left to the loader."""
UNKNOWN_WORD = Label(
    zh="条件中有不认识的名称，或缺少引号。名称刚刚添加的，请重新运行 cso-rules schema",
    en="the condition has an unknown name or an open quotation. If the name is new, run cso-rules schema again",
)
UNKNOWN_CITATION = Label(
    zh="instruments.yaml 中没有这一条款。若是刚刚添加的，请重新运行 cso-rules schema",
    en="there is no such provision in instruments.yaml. If it was added just now, run cso-rules schema again",
)


BLOCK: Final[Schema] = {
    "label": ">-",
    "description": Label(
        zh="条件从下一行写起，补全时只替换光标处的词；花括号内不可用",
        en="the condition on the lines below, where an offer replaces the word at the cursor alone; not in braces",
    ),
    "body": ">-\n    $1",
}
"""How a condition is begun in which names are completed one by one."""


@attrs.frozen(slots=False)
class Vocabulary:
    """The names that the files of a package may use.

    Attributes:
        told: Every spelling of a variable or parameter with what it means; another spelling says the identifier first.
        packs: Named facts that scenarios may include.
        extensible: Ids of packages that the package may extend.
    """

    found: Declarations
    packs: tuple[str, ...] = ()
    extensible: tuple[str, ...] = ()
    told: Words = attrs.field(init=False)

    @told.default
    def _told(self) -> Words:
        known = meanings(self.found)
        numbers = {parameter.label.zh: name for name, parameter in self.found.parameters.items()}
        variables = {spelling: name for spelling, (name, _) in self.spelled.items()}
        others = {
            spelling: Label(zh=f"{name}：{known[name].zh}", en=f"{name}: {known[name].en}")
            for spelling, name in {**numbers, **variables}.items()
            if spelling not in known
        }
        return {**known, **others}

    @cached_property
    def facts(self) -> Words:
        """Every fact with its label."""
        return {fact.name: fact.label for fact in self.found.facts.values()}

    def facts_where(self, fits: Callable[[Fact], bool]) -> Words:
        """Return the facts that fit, with their labels."""
        return {fact.name: fact.label for fact in self.found.facts.values() if fits(fact)}

    @property
    def choices(self) -> Words:
        """Every fact with one value of an enumeration, with its label."""
        return self.facts_where(lambda fact: fact.type.kind == "enumeration")

    @property
    def decisions(self) -> Words:
        """Every decision with its label."""
        return {decision.name: decision.label for decision in self.found.decisions.values()}

    @property
    def parameters(self) -> Words:
        """Every parameter with its label."""
        return {parameter.name: parameter.label for parameter in self.found.parameters.values()}

    @property
    def readings(self) -> Words:
        """Every reading with its label."""
        return {reading.name: reading.label for reading in self.found.readings.values()}

    @property
    def enumerations(self) -> Words:
        """Every enumeration with its label."""
        return {enumeration.name: enumeration.label for enumeration in self.found.enumerations.values()}

    @property
    def citations(self) -> Words:
        """Every provision that may be cited, with its article and summary."""
        return {name: _described(citation) for name, citation in self.found.citations.items()}

    @cached_property
    def variables(self) -> Words:
        """Every name that stands for a value of an organization: facts, readings, decisions."""
        return {**self.facts, **self.readings, **self.decisions}

    def values(self, enumeration: str | None) -> Words:
        """Return the values of an enumeration with their labels."""
        return values_of(self.found.enumerations.get(enumeration or ""))

    @cached_property
    def spelled(self) -> Mapping[str, tuple[str, Label]]:
        """Every other spelling of a variable with the variable and its label."""
        aliases = {fact.name: fact.aliases for fact in self.found.facts.values()}
        return {
            spelling: (name, label)
            for name, label in self.variables.items()
            for spelling in (label.zh, *aliases.get(name, ()))
            if spelling not in self.variables
        }

    def definitions(self) -> dict[str, Schema]:
        """Return the schemas that files of several kinds refer to."""
        cited = words(self.citations) | {"errorMessage": UNKNOWN_CITATION}
        return {
            "citation": cited if self.citations else TEXT,
            "citations": either(reference("citation"), listed(reference("citation"), 1)),
            "condition": self._condition(),
            "cell": {"type": ["string", "number", "boolean"], **_made_of(self._words())},
            "cells": self._cells(),
            "by_reading": self._by_reading(),
        }

    def _condition(self) -> Schema:
        """Return the schema of a condition: every word of it is known; completion begins it with a name.

        An editor shows the meaning of each name that stands in it.
        """
        snippets = [{"label": name, "description": told, "body": name} for name, told in self.told.items()]
        snippets = [BLOCK, *snippets]
        form = {"type": ["string", "boolean"], **_made_of(self._words())}
        return {**form, "defaultSnippets": snippets, **within(*_explained(self.told))}

    def _words(self) -> Iterable[str]:
        yield from (*KEYWORDS, *OPERATOR_WORDS, "list", *FUNCTIONS, *NOTHING)
        yield from (*self.variables, *self.spelled, *self.parameters)
        yield from (label.zh for label in self.parameters.values())
        for enumeration in self.found.enumerations.values():
            yield from enumeration.values
        for reading in self.found.readings.values():
            yield from reading.options

    def _cells(self) -> Schema:
        kinds: dict[str, Type] = {fact.name: fact.type for fact in self.found.facts.values()}
        spelled = {spelling: name for spelling, (name, _) in self.spelled.items()}
        names = {**{name: name for name in self.variables}, **spelled}
        return record(
            {each: {"description": self.told[each], **self._cell(kinds.get(name))} for each, name in names.items()}
        )

    def _cell(self, kind: Type | None) -> Schema:
        if kind is None or kind.kind != "enumeration":
            return reference("cell")
        test = {"type": "string", **_made_of((*KEYWORDS, *kind.values))}
        return either(words(self.values(kind.enumeration)), test)

    def _by_reading(self) -> Schema:
        """Return one mapping for each reading, with a condition behind every option."""
        return {"oneOf": [self._options(name) for name in self.found.readings]} if self.found.readings else dict(NEVER)

    def _options(self, name: str) -> Schema:
        reading, options = self.found.readings[name], self.options(name)
        keys: dict[str, Schema] = {"reading": {"description": reading.definition, **words({name: reading.label})}}
        keys |= {option: {"description": label, **reference("condition")} for option, label in options.items()}
        return record(keys, keys)

    def options(self, reading: str) -> Words:
        """Return the options of a reading with their labels."""
        found = self.found.readings[reading]
        return dict(zip(found.options, found.option_labels, strict=True))

    def dates(self) -> Words:
        """Return the date facts and date decisions, other spellings too."""
        found: dict[str, Type | None] = {fact.name: fact.type for fact in self.found.facts.values()}
        found |= {decision.name: decision.type for decision in self.found.decisions.values()}
        dates = {name for name, kind in found.items() if kind is not None and kind.kind == "date"}
        spelled = {spelling: label for spelling, (name, label) in self.spelled.items() if name in dates}
        return {name: label for name, label in self.variables.items() if name in dates} | spelled

    def addressees(self) -> Schema:
        """Return the schema of whom a rule addresses: those that the package names, where it names some."""
        known = addressees_of(self.found)
        return TEXT if known is None else names({**self.values(known), **self.indexes(known)})

    def entities(self, known: Iterable[str]) -> Words:
        """Return entities with what they are."""
        return {name: self.found.entities[name].definition for name in known}

    def output(self, enumeration: str, own: str = "") -> Schema:
        """Return the schema of one output of a row: values, and what gives one, but for the decision of the row."""
        if enumeration == "boolean":
            return BOOLEAN
        if enumeration not in self.found.enumerations:
            return TEXT
        followed = {name: label for name, label in self.indexes(enumeration).items() if name != own}
        return words({**self.values(enumeration), **followed})

    def indexes(self, enumeration: str | None = None) -> Words:
        """Return the facts and decisions that have one value of an enumeration, or of this one, with their labels."""
        kept = [name for name, kind in self._indexes.items() if enumeration in {None, kind.enumeration}]
        return {name: (self.found.facts.get(name) or self.found.decisions[name]).label for name in kept}

    @cached_property
    def _indexes(self) -> Mapping[str, Type]:
        types = {name: self.found.index_type(name) for name in self.found.index_names()}
        return {name: kind for name, kind in types.items() if kind is not None}

    def then(self, columns: tuple[tuple[str, str], ...], own: str = "") -> Schema:
        """Return the schema of what a row of a table answers; a row does not follow the decision in which it stands."""
        if [name for name, _ in columns] == [""]:
            return self.output(columns[0][1], own)
        keys = {name: self.output(enumeration, own) for name, enumeration in columns}
        return record(keys, keys)

    def value(self, enumeration: str) -> Schema:
        """Return the schema of one value of an answer."""
        if enumeration == "boolean":
            return BOOLEAN
        return words(self.values(enumeration)) if enumeration in self.found.enumerations else TEXT


def _made_of(known: Iterable[str]) -> Schema:
    """Return the schema of an expression of known words, numbers, quotations and signs."""
    allowed = alternatives(sorted({word for word in known if _WORD.fullmatch(word)}))
    parts = (
        _SIGN,
        f"[{_QUOTE}][^{_QUOTE}]*[{_QUOTE}]",
        f"(?:[0-9]+[万亿]?|{allowed})(?![{_LETTER}])",
    )
    return {"pattern": f"^(?:{'|'.join(parts)})*$", "patternErrorMessage": UNKNOWN_WORD}


def _explained(told: Words) -> Iterator[Schema]:
    """Yield schemas that everything fits; an editor shows, of each name in a condition, the word with its meaning.

    It shows the words of every choice that it tried. So a choice is tried where the name stands, and it need not fit.
    Names are grouped by their first letter, for there are many.
    """
    for first in sorted({name[0] for name in told}):
        choices = [
            {"if": _holding(re.escape(name)), "then": {"if": words({name: meaning})}}
            for name, meaning in told.items()
            if name.startswith(first)
        ]
        yield {"if": _holding(first, is_whole=False), "then": within(*choices)}


def _holding(text: str, *, is_whole: bool = True) -> Schema:
    """Return the schema of an expression with this text at the beginning of a word, or as one."""
    return {"type": "string", "pattern": f"(^|[^{_LETTER}]){text}" + (f"(?![{_LETTER}])" if is_whole else "")}


def values_of(enumeration: Enumeration | None) -> Words:
    """Return the values of an enumeration with their labels; none of one that is unknown."""
    return {} if enumeration is None else dict(zip(enumeration.values, enumeration.labels, strict=True))


def _described(citation: Citation) -> Label:
    zh = (citation.title.zh, citation.article.zh, citation.summary.zh)
    en = (citation.title.en, citation.article.en, citation.summary.en)
    return Label(zh=" · ".join(part for part in zh if part), en=" · ".join(part for part in en if part))
