"""Local values of a national enumeration: each counts as the national value that it maps to."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from cso_rules.loader.documents.declarations import DatedValue, Declarations, ParameterDeclaration
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.text.yaml_nodes import Node
from cso_rules.model.policy import Enumeration
from cso_rules.model.types import Type


def extend_enumeration(reader: Reader, node: Node, found: Declarations) -> None:
    """Add the values of an entry with `extends` to the enumeration, and to every type made of it."""
    entries = reader.mapping(node, ("extends", "values"), ("note",))
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
    keys = ("id", "label", "maps_to")
    entries = reader.mapping(node, keys if needs_target else keys[:2], ("maps_to", "aliases", "definition", "note"))
    value, target = reader.identifier(entries.get("id")), reader.text(entries.get("maps_to"))
    if value in known.values:
        reader.report("repeated-identifier", entries["id"].span, name=value)
        return known
    if "maps_to" in entries and target not in known.values:
        reader.unknown("unknown-name", (entries.get("maps_to") or node).span, target, known.values)
    aliases = tuple(reader.text(item) for item in reader.items(entries.get("aliases")))
    return attrs.evolve(
        known,
        values=(*known.values, value),
        labels=(*known.labels, reader.label(entries.get("label"))),
        aliases=(*known.aliases, aliases),
        maps_to=(*known.maps_to, (value, target)) if "maps_to" in entries else known.maps_to,
    )


def _extended(kind: Type, known: Enumeration) -> Type:
    return attrs.evolve(kind, values=known.values, maps_to=known.maps_to)


def _extend_indexes(found: Declarations, known: Enumeration) -> None:
    """Give each local value the number of the national value that it maps to."""
    for name, parameter in found.parameters.items():
        index = found.facts.get(parameter.indexed_by or "")
        if index is not None and index.type.enumeration == known.name:
            found.parameters[name] = _indexed(parameter, known.maps_to)


def _indexed(parameter: ParameterDeclaration, maps_to: tuple[tuple[str, str], ...]) -> ParameterDeclaration:
    return attrs.evolve(parameter, values=tuple(_mapped(value, maps_to) for value in parameter.values))


def _mapped(value: DatedValue, maps_to: tuple[tuple[str, str], ...]) -> DatedValue:
    numbers: dict[str, int] | Mapping[str, int] = dict(value.numbers or {})
    added = {local: numbers[target] for local, target in maps_to if local not in numbers and target in numbers}
    return value if value.numbers is None else attrs.evolve(value, numbers={**numbers, **added})
