"""Headings of tables below which a fact stands, and what cells below them mean where they do not say it themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.grammar.vocabulary import HEADING
from cso_rules.loader.text.yaml_nodes import MappingNode, Node
from cso_rules.model.policy import Fact, FactHeading
from cso_rules.model.types import Type

CHOICES: Final = frozenset({"boolean", "enumeration", "set"})
"""Kinds of facts whose cells may have a meaning of their own below a heading."""


def read_headings(reader: Reader, entries: Mapping[str, Node], kind: Type) -> tuple[FactHeading, ...]:
    """Return what `headings` and `opposites` of a fact declare; report values that the fact does not have."""
    return (*_headings(reader, entries.get("headings"), kind), *_opposites(reader, entries.get("opposites"), kind))


def _headings(reader: Reader, node: Node | None, kind: Type) -> Iterator[FactHeading]:
    for item in reader.items(node):
        if not isinstance(item, MappingNode):
            yield FactHeading(text=reader.text(item))
            continue
        entries = reader.mapping(item, HEADING)
        meanings = tuple(_meanings(reader, entries.get("values"), kind))
        yield from (FactHeading(text=text, meanings=meanings) for text in reader.texts(entries.get("texts")))


def _meanings(reader: Reader, node: Node | None, kind: Type) -> Iterator[tuple[str, str]]:
    if not isinstance(node, MappingNode):
        _ = node is None or reader.named(node)
        return
    for text, value in node.entries:
        if kind.kind not in CHOICES:
            reader.report("wrong-value", text.span, key="values", found=text.text, expected=", ".join(sorted(CHOICES)))
        elif (meant := reader.choice(value, kind.names, "")) and text.text.strip():
            yield text.text.strip(), meant


def _opposites(reader: Reader, node: Node | None, kind: Type) -> Iterator[FactHeading]:
    for item in reader.items(node):
        if kind.kind == "boolean":
            yield FactHeading(text=reader.text(item), is_opposite=True)
        else:
            reader.report("wrong-value", item.span, key="opposites", found=reader.text(item), expected="boolean")


def refuse_shared(reader: Reader, fact: Fact, node: Node, known: Mapping[str, Fact]) -> None:
    """Report a heading that names another fact about the same, too: it could not be told which is meant."""
    own = {heading.text for heading in fact.headings}
    for other in known.values():
        if other.name == fact.name or other.entity != fact.entity:
            continue
        theirs = {other.label.zh, other.label.en, *other.aliases, *(heading.text for heading in other.headings)}
        ours = own | {fact.label.zh, fact.label.en, *fact.aliases}
        for text in sorted((own & theirs) | (ours & {heading.text for heading in other.headings})):
            reader.report("ambiguous-name", node.span, name=text, found=f"{other.name}, {fact.name}")
