"""What the search box looks through: one entry for everything that has a place in the book."""

from __future__ import annotations

import json
from collections.abc import Iterator

import attrs

from cso_rules.book.conditions import numbers_in
from cso_rules.book.contents import Contents
from cso_rules.book.names import number
from cso_rules.book.pages.local_changes import Place
from cso_rules.book.pages.parameters import REMOVED, value_anchor
from cso_rules.loader.documents.declarations import RuleDeclaration
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Enumeration


@attrs.frozen(kw_only=True)
class Entry:
    """Something to find: its kind, id, label, link, and other words that lead to it."""

    kind: str
    id: str
    label: Label
    target: str
    words: tuple[str, ...] = ()


def search_index(contents: Contents, places: tuple[Place, ...]) -> str:
    """Return the script that holds the index as a constant."""
    entries = [*_provisions(contents), *_decisions(contents), *_facts(contents), *_rest(contents, places)]
    rows = [[one.kind, one.id, one.label.zh, one.label.en, one.target, " ".join(one.words)] for one in entries]
    lines = ",\n".join(_written(row) for row in rows)
    return f'"use strict";\nconst BOOK_INDEX = [\n{lines}\n];\n'


def _written(row: list[str]) -> str:
    """Return a row as the script holds it; text that is not printable is written by its codes."""
    is_plain = all(text.isprintable() for text in row)
    return json.dumps(row, ensure_ascii=not is_plain, separators=(",", ":")).replace("<", "\\u003c")


def _provisions(contents: Contents) -> Iterator[Entry]:
    for item in contents.trace.provisions:
        one = item.citation
        words = (one.title.zh, one.title.en, one.number, one.article.zh, one.article.en)
        target = f"provisions.html#{contents.anchors[item.id]}"
        yield Entry(kind="provision", id=item.id, label=one.summary, target=target, words=words)


def _decisions(contents: Contents) -> Iterator[Entry]:
    for name, decision in contents.found.decisions.items():
        question, page = contents.questions[name], f"decision-{name}.html"
        words = (question.zh, question.en)
        yield Entry(kind="decision", id=name, label=decision.label, target=page, words=words)
        for rule in decision.every_rule:
            target = f"{page}#{rule.id}"
            found = (decision.label.zh, decision.label.en, *_numbers(rule))
            yield Entry(kind="rule", id=f"{name}/{rule.id}", label=rule.label, target=target, words=found)


def _numbers(rule: RuleDeclaration) -> Iterator[str]:
    """Yield the numbers that stand in the conditions of a rule."""
    for node in (rule.when, rule.applies_when, rule.due, *rule.exceptions, *rule.excepted):
        yield from (str(value) for value in numbers_in(node.text)) if node is not None else ()


def _facts(contents: Contents) -> Iterator[Entry]:
    for fact in contents.found.facts.values():
        texts = (fact.question, fact.definition)
        words = (*fact.aliases, *(text for one in texts for text in (one.zh, one.en)))
        yield Entry(kind="fact", id=fact.name, label=fact.label, target=f"facts.html#{fact.name}", words=words)
    for enumeration in contents.found.enumerations.values():
        target = f"facts.html#enumeration-{enumeration.name}"
        yield Entry(kind="enumeration", id=enumeration.name, label=enumeration.label, target=target)
        yield from _values(enumeration)
    for one in contents.found.constraints:
        yield Entry(kind="constraint", id=one.id, label=one.message, target=f"facts.html#constraint-{one.id}")


def _values(enumeration: Enumeration) -> Iterator[Entry]:
    for value, label, aliases in zip(enumeration.values, enumeration.labels, enumeration.aliases, strict=True):
        words = (*aliases, enumeration.label.zh, enumeration.label.en)
        target = f"facts.html#{enumeration.name}-{value}"
        yield Entry(kind="value", id=f"{enumeration.name}.{value}", label=label, target=target, words=words)


def _rest(contents: Contents, places: tuple[Place, ...]) -> Iterator[Entry]:
    yield from _parameters(contents)
    for name, reading in contents.found.readings.items():
        options = (text for label in reading.option_labels for text in (label.zh, label.en))
        words = (*reading.options, *options, reading.definition.zh, reading.definition.en)
        yield Entry(kind="reading", id=name, label=reading.label, target=f"readings.html#{name}", words=words)
    for shown in contents.scenarios:
        title = shown.scenario.label
        yield Entry(kind="scenario", id=shown.anchor, label=title, target=shown.target, words=(shown.file,))
    for package in (place.package for place in places):
        words = (package.jurisdiction,)
        yield Entry(kind="place", id=package.id, label=package.title, target=f"places.html#{package.id}", words=words)


def _parameters(contents: Contents) -> Iterator[Entry]:
    for name, parameter in contents.found.parameters.items():
        yield Entry(kind="parameter", id=name, label=parameter.label, target=f"parameters.html#{name}")
        for index, value in enumerate(parameter.values, start=1):
            anchor = value_anchor(parameter, index)
            numbers = ", ".join(number(parameter.type, encoded) for encoded in (value.numbers or {}).values())
            shown = Label(zh=numbers, en=numbers) if value.numbers else REMOVED
            text = Label(zh=f"{parameter.label.zh}：{shown.zh}", en=f"{parameter.label.en}: {shown.en}")
            words = (str(value.period.start or ""),)
            yield Entry(kind="amount", id=anchor, label=text, target=f"parameters.html#{anchor}", words=words)
