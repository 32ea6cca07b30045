"""From the grammar of rule files to JSON Schemas: each shape becomes the schema of a mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from cso_rules.loader.editor.further import FURTHER
from cso_rules.loader.editor.names import Vocabulary
from cso_rules.loader.editor.parts import (
    Schema,
    either,
    listed,
    mapped,
    needs,
    record,
    reference,
    where,
    within,
    words,
)
from cso_rules.loader.grammar.shapes import (
    CHECKED,
    Either,
    Key,
    ListOf,
    MappingOf,
    OneOf,
    Plain,
    Shape,
    Value,
    Where,
)
from cso_rules.loader.grammar.values import DESCRIBED, LABEL, PERIOD
from cso_rules.model.instruments import Label

SHARED: Final[Mapping[Shape, str]] = {LABEL: "label", PERIOD: "period"}
"""Shapes that stand under a name among the definitions, for they are everywhere."""


@attrs.frozen
class Shapes:
    """The schemas of the shapes of one package; `plain` has that of each plain value."""

    vocabulary: Vocabulary
    plain: Mapping[Plain, Schema]

    def shared(self) -> dict[str, Schema]:
        """Return the definitions of what is everywhere."""
        return {name: self.mapping(shape) for shape, name in SHARED.items()}

    def of(self, value: Value) -> Schema:
        """Return the schema of a value."""
        match value:
            case Plain():
                return self.plain[value]
            case OneOf(allowed):
                return words(allowed)
            case ListOf(item, least):
                return listed(self.of(item), least)
            case MappingOf():
                return mapped(self.of(value.value))
            case Either(values):
                schemas = [self.of(each) for each in values]
                return {"oneOf": schemas} if all(isinstance(each, Shape) for each in values) else either(*schemas)
            case Shape():
                return reference(SHARED[value]) if value in SHARED else self.mapping(value)

    def mapping(self, shape: Shape) -> Schema:
        """Return the schema of a mapping."""
        keys = {key.name: key for key in shape.keys}
        further = FURTHER[shape](self.vocabulary, shape.keys[0].name) if shape in FURTHER else ()
        described = {name: self._key(keys[name]) for name in shape.known}
        return record(described, shape.required) | within(*_together(shape), *further)

    def _key(self, key: Key) -> Schema:
        default = self.vocabulary.found.entities.subject.name if key == DESCRIBED else key.default
        zh, en = (f"，默认 {default}", f"; {default} when left out") if default else ("", "")
        return {"description": Label(zh=key.zh + zh, en=key.en + en), **self.of(key.value)}


def _together(shape: Shape) -> Iterator[Schema]:
    """Yield which keys must be there, beside which others, and which exclude one another."""
    for key in shape.keys:
        match key.need:
            case Where(other, values):
                there = {"required": [key.name]}
                yield where(other, {"enum": list(values)} if values else {}, there)
            case need if need is CHECKED:
                yield {"required": [key.name]}
    for names in shape.any_of:
        yield needs(*names)
    for name in shape.one_of:
        yield where(name, {}, {"properties": {other: False for other in shape.one_of if other != name}})
