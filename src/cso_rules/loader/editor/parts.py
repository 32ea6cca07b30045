"""Building blocks of the JSON Schemas that an editor uses for rule files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from cso_rules.loader.grammar.shapes import Words
from cso_rules.model.instruments import Label

Schema = dict[str, Any]
"""A JSON Schema whose texts for people may still be labels in both languages."""

NEVER: Final[Schema] = {"not": {}}
TEXT: Final[Schema] = {"type": ["string", "number"]}
BOOLEAN: Final[Schema] = {"type": "boolean"}
NUMBER: Final[Schema] = {
    "type": ["number", "string"],
    "pattern": r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$",
    "patternErrorMessage": Label(zh="请写数字，例如 20 或 0.5", en="write a number, such as 20 or 0.5"),
}
DATE: Final[Schema] = {
    "type": "string",
    "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
    "patternErrorMessage": Label(zh="请写 YYYY-MM-DD 格式的日期", en="write a date as YYYY-MM-DD"),
}
UNKNOWN_NAME: Final = Label(
    zh="没有这个名称。若是刚刚添加的，请重新运行 cso-rules schema",
    en="there is no such name. If it was added just now, run cso-rules schema again",
)


def record(keys: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    """Return the schema of a mapping with these keys and no others, some of which must be there."""
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": dict(keys)}


def listed(items: Schema, least: int = 0) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items} | ({"minItems": least} if least else {})


def mapped(values: Schema) -> Schema:
    """Return the schema of a mapping whose keys are free."""
    return {"type": "object", "additionalProperties": values}


def either(*schemas: Schema) -> Schema:
    """Return the schema of what fits at least one of these."""
    return schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}


def within(*schemas: Schema) -> Schema:
    """Return what is added to a schema so that these hold, too; nothing when there are none."""
    return {"allOf": list(schemas)} if schemas else {}


def needs(*alternatives: str) -> Schema:
    """Return the schema of a mapping that has at least one of these keys."""
    return either(*({"required": [name]} for name in alternatives))


def where(name: str, value: Schema, then: Schema) -> Schema:
    """Return the schema that asks for `then` in mappings with a value of this schema behind a key."""
    return {"if": {"required": [name]} | ({"properties": {name: value}} if value else {}), "then": then}


def refined(**keys: Schema) -> Schema:
    """Return what further holds of keys that another part of the schema offers for completion."""
    return {"properties": {name: {"doNotSuggest": True, **schema} for name, schema in keys.items()}}


def words(allowed: Words) -> Schema:
    """Return the schema of one of a few words of the language; a mistake lists them all."""
    return {"enum": list(allowed), "enumDescriptions": list(allowed.values())} if allowed else dict(NEVER)


def names(allowed: Words) -> Schema:
    """Return the schema of one of the names that a package declares; a mistake does not list them."""
    return words(allowed) | {"errorMessage": UNKNOWN_NAME}


def reference(definition: str) -> Schema:
    """Return the schema that stands under this name among the definitions."""
    return {"$ref": f"#/definitions/{definition}"}


def pattern(regular_expression: str, problem: Label) -> Schema:
    """Return the schema of a text of this form."""
    return {"type": "string", "pattern": regular_expression, "patternErrorMessage": problem}


def alternatives(texts: Iterable[str]) -> str:
    """Return a regular expression for one of these texts, escaped as both Python and JavaScript read it."""
    return "|".join(re.sub(r"([\\^$.|?*+()\[\]{}/])", r"\\\1", text) for text in texts)


def in_language(schema: Any, language: str) -> Any:
    """Return a schema with every label replaced by its text in `zh` or `en`."""
    if isinstance(schema, str):
        return schema
    if isinstance(schema, Label):
        return schema.in_language(language)
    if isinstance(schema, Mapping):
        return {name: in_language(value, language) for name, value in schema.items()}
    if isinstance(schema, Sequence):
        return [in_language(value, language) for value in schema]
    return schema
