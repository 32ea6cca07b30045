"""What a value of an enumeration may say, and local values: each counts as the national value that it maps to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from cso_rules.loader.documents.declarations import DatedValue, Declarations, ParameterDeclaration
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.grammar.vocabulary import EXTENSION, LOCAL_VALUE
from cso_rules.loader.text.yaml_nodes import Node
from cso_rules.model.policy import Enumeration
from cso_rules.model.types import Type

LEAST: Final = 2
"""Letters of a word of free text: one alone stands in too many others."""


def words_of(reader: Reader, entries: Mapping[str, Node]) -> Iterator[tuple[str, str]]:
    """Yield the words of free text that tell of a value, each with its id; report those that are too short."""
    value, node = getattr(entries.get("id"), "text", ""), entries.get("words")
    for item, word in zip(reader.items(node), reader.texts(node), strict=True):
        if 0 < len(word.strip()) < LEAST:
            reader.report("short-word", item.span, found=word)
        elif word.strip():
            yield word.strip(), value


def extend_enumeration(reader: Reader, node: Node, found: Declarations) -> None:
    """Add the values of an entry with `extends` to the enumeration, and to every type made of it."""
    entries = reader.mapping(node, EXTENSION)
    name = reader.text(entries.get("extends"))
    known = found.enumerations.get(name)
    if known is None:
        reader.unknown("unknown-enumeration", entries["extends"].span, name, found.enumerations)
        return
    is_asked = any(fact.type.enumeration == name for fact in found.facts.values())
    for item in reader.items(entries.get("values")):
        known = _with_value(reader, item, known, needs_target=is_asked)
    found.enumerations[name] = known
    for fact in list(found.facts.values()):
        if fact.type.enumeration == name:
            found.facts[fact.name] = attrs.evolve(fact, type=_extended(fact.type, known))
    _extend_indexes(found, known)


def _with_value(reader: Reader, node: Node, known: Enumeration, *, needs_target: bool) -> Enumeration:
    """Return an enumeration with one value more; one of an answer only may have no national counterpart."""
    entries = reader.mapping(node, LOCAL_VALUE.needing("maps_to") if needs_target else LOCAL_VALUE)
    value, target = reader.identifier(entries.get("id")), reader.text(entries.get("maps_to"))
    if value in known.values:
        reader.report("repeated-identifier", entries["id"].span, name=value)
        return known
    if "maps_to" in entries and target not in known.values:
        reader.unknown("unknown-name", (entries.get("maps_to") or node).span, target, known.values)
    return attrs.evolve(
        known,
        values=(*known.values, value),
        labels=(*known.labels, reader.label(entries.get("label"))),
        aliases=(*known.aliases, reader.texts(entries.get("aliases"))),
        maps_to=(*known.maps_to, (value, target)) if "maps_to" in entries else known.maps_to,
        words=(*known.words, *words_of(reader, entries)),
    )


def _extended(kind: Type, known: Enumeration) -> Type:
    return attrs.evolve(kind, values=known.values, maps_to=known.maps_to)


def _extend_indexes(found: Declarations, known: Enumeration) -> None:
    """Give each local value the number of the national value that it maps to."""
    for name, parameter in found.parameters.items():
        types = [found.index_type(index) for index in parameter.indexed_by]
        places = [place for place, kind in enumerate(types) if kind is not None and kind.enumeration == known.name]
        for place in places:
            found.parameters[name] = _indexed(found.parameters[name], place, known.maps_to)


def _indexed(parameter: ParameterDeclaration, place: int, maps_to: tuple[tuple[str, str], ...]) -> ParameterDeclaration:
    return attrs.evolve(parameter, values=tuple(_mapped(value, place, maps_to) for value in parameter.values))


def _mapped(value: DatedValue, place: int, maps_to: tuple[tuple[str, str], ...]) -> DatedValue:
    """Return a value with the numbers of national values for the local ones, at one place of its keys."""
    if value.numbers is None:
        return value
    numbers = dict(value.numbers)
    for key, number in value.numbers.items():
        parts = key.split("/")
        for local, target in maps_to:
            if parts[place] == target:
                numbers.setdefault("/".join((*parts[:place], local, *parts[place + 1 :])), number)
    return attrs.evolve(value, numbers=numbers)
