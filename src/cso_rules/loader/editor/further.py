"""What further holds of a mapping by the names that it mentions, as JSON Schemas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from cso_rules.loader.editor.names import Vocabulary
from cso_rules.loader.editor.parts import BOOLEAN, NUMBER, Schema, needs, record, refined, where, words
from cso_rules.loader.grammar import decisions as of
from cso_rules.loader.grammar.shapes import Shape
from cso_rules.loader.grammar.vocabulary import EXTENSION


def _extension(vocabulary: Vocabulary, _: str) -> list[Schema]:
    """Return that local values of an enumeration that facts have must count as a national one."""
    asked = {fact.type.enumeration: fact.label for fact in vocabulary.found.facts.values() if fact.type.enumeration}
    return [where("extends", words(asked), refined(values={"items": {"required": ["maps_to"]}}))]


# ------------------------------------------------------------------------------------------------ decisions


def _decision(vocabulary: Vocabulary, _: str) -> list[Schema]:
    nothing = where("no_rule", {"const": True}, {"properties": dict.fromkeys(of.FORMS, False)})
    something = where("no_rule", {"const": False}, needs(*of.FORMS))
    return [nothing, something, *_outputs(vocabulary), _cited()]


def _cited() -> Schema:
    """Return that each row, case and criterion cites something where neither its decision nor its group does."""
    cited: Schema = {"required": ["cite"]}
    each: Schema = {"items": cited}
    group = {"if": cited, "else": {"if": {"required": ["criteria"]}, "then": refined(criteria=each), "else": cited}}
    return {"if": cited, "else": refined(rules=each, cases=each, otherwise=cited, criteria={"items": group})}


def _outputs(vocabulary: Vocabulary) -> list[Schema]:
    """Return what a row may answer, by what the file says of its output; without a word it is true or false."""
    single = [
        where("output", {"const": enumeration}, _answers(vocabulary, (("", enumeration),)))
        for enumeration in vocabulary.enumerations
    ]
    forms = {decision.columns for decision in vocabulary.found.standing() if len(decision.columns) > 1}
    several = [where("output", _columns(columns), _answers(vocabulary, columns)) for columns in sorted(forms)]
    boolean = {
        "if": {"required": ["rules"], "properties": {"output": {"const": "boolean"}}},
        "then": _answering(BOOLEAN),
    }
    return [*single, *several, boolean]


def _answers(vocabulary: Vocabulary, columns: tuple[tuple[str, str], ...]) -> Schema:
    """Return what rows with these columns answer, by the decision in which they stand."""
    followed = {name for _, enumeration in columns for name in vocabulary.indexes(enumeration)}
    answers = _answering(vocabulary.then(columns))
    for name in sorted(followed & vocabulary.decisions.keys()):
        answers = where("decision", {"const": name}, _answering(vocabulary.then(columns, name))) | {"else": answers}
    return answers


def _columns(columns: tuple[tuple[str, str], ...]) -> Schema:
    constants = {column: {"const": enumeration} for column, enumeration in columns}
    return {"type": "object", "required": list(constants), "properties": constants}


def _answering(answer: Schema) -> Schema:
    row = refined(then=answer)
    return refined(rules={"items": row}, otherwise=row)


# ------------------------------------------------------------------------------------------------ numbers


def _numbers(vocabulary: Vocabulary, index: str) -> Schema:
    """Return the schema of one number for each value of a fact."""
    kind = vocabulary.found.index_type(index)
    values = vocabulary.values(kind.enumeration if kind else None)
    keys = {value: {"description": label, **NUMBER} for value, label in values.items()}
    return record(keys, keys)


def _parameter(vocabulary: Vocabulary, _: str) -> list[Schema]:
    return [
        where("indexed_by", {"const": index}, refined(values={"items": refined(value=_numbers(vocabulary, index))}))
        for index in vocabulary.indexes()
    ]


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
        if len(parameter.indexed_by) == 1
    ]


def _sets(vocabulary: Vocabulary, operation: str) -> list[Schema]:
    indexed = [
        where("indexed_by", {"const": index}, refined(value=_numbers(vocabulary, index)))
        for index in vocabulary.indexes()
    ]
    return [*_values(vocabulary, operation), *indexed, *_some_values(vocabulary, operation)]


def _some_values(vocabulary: Vocabulary, operation: str) -> list[Schema]:
    """Return which values of each parameter may have another number, and that one without any has none."""
    found = vocabulary.found.parameters.values()
    plain = {parameter.name: parameter.label for parameter in found if not parameter.indexed_by}
    return [
        *([where(operation, words(plain), {"properties": {"only": False}})] if plain else []),
        *(
            where(operation, {"const": one.name}, refined(only=_some_numbers(vocabulary, one.indexed_by)))
            for one in found
            if one.indexed_by
        ),
    ]


def _some_numbers(vocabulary: Vocabulary, indexes: tuple[str, ...]) -> Schema:
    if not indexes:
        return NUMBER
    below = _some_numbers(vocabulary, indexes[1:])
    kind = vocabulary.found.index_type(indexes[0])
    values = vocabulary.values(kind.enumeration if kind else None)
    return record({value: {"description": label, **below} for value, label in values.items()})


# ------------------------------------------------------------------------------------------------ other changes


def _written(vocabulary: Vocabulary, operation: str) -> list[Schema]:
    """Return what the written rule needs and answers; the row that holds when no other does needs no condition."""
    standing = list(vocabulary.found.standing())
    rests = {f"{each.name}/{each.otherwise.id}": each.otherwise.label for each in standing if each.otherwise}
    asks = needs(*of.ASKS[0])
    tables = {each.name: each for each in standing if each.form == "rules"}
    return [
        where(operation, {"not": words(rests)}, refined(criterion=asks, rule=asks)),
        *(
            where(
                operation,
                {"type": "string", "pattern": f"^{table.name}/"},
                refined(rule=refined(then=vocabulary.then(table.columns, table.name))),
            )
            for table in tables.values()
        ),
    ]


def _chooses(vocabulary: Vocabulary, _: str) -> list[Schema]:
    options = {name: words(vocabulary.options(name)) for name in vocabulary.readings}
    return [where("chooses", {"const": name}, refined(option=known)) for name, known in options.items()]


def _restates(vocabulary: Vocabulary, operation: str) -> list[Schema]:
    return [*_values(vocabulary, operation), *_written(vocabulary, operation)]


CHANGES: Final[Mapping[Shape, Callable[[Vocabulary, str], list[Schema]]]] = {
    of.SETS: _sets,
    of.RESTATES: _restates,
    of.ADDS: _written,
    of.REPLACES: _written,
    of.CHOOSES: _chooses,
}
FURTHER: Final[Mapping[Shape, Callable[[Vocabulary, str], list[Schema]]]] = {
    EXTENSION: _extension,
    of.DECISION: _decision,
    of.PARAMETER: _parameter,
    **CHANGES,
    **{of.TOGETHER[shape.keys[0].name]: further for shape, further in CHANGES.items()},
}
"""For each shape that has some, by the names of a package and the first key of the shape."""
