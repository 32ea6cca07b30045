"""JSON Schemas for the rule files of one package, so that an editor completes, describes and checks them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import attrs

from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.editor.names import Vocabulary
from cso_rules.loader.editor.parts import Schema, in_language
from cso_rules.loader.editor.scenarios import scenario_definitions
from cso_rules.loader.editor.shapes import Shapes
from cso_rules.loader.editor.values import forms, plain_values
from cso_rules.loader.grammar.files import FILES
from cso_rules.loader.grammar.packages import LOCAL_PACKAGE, PACKAGE
from cso_rules.loader.load import declarations, source_file
from cso_rules.loader.packages import lineage, package_path, rule_set
from cso_rules.loader.text.yaml_nodes import MappingNode, read_yaml
from cso_rules.model.instruments import Label

DRAFT: Final = "http://json-schema.org/draft-07/schema#"


def rule_schemas(package: str | Path, language: str = "zh") -> dict[str, Any]:
    """Return a JSON Schema (draft 7) for each kind of rule file of a package.

    Files with faults give the names that could still be read.

    Args:
        package: Id of a shipped package, or the path of a package folder.
        language: In which language keys and names are described: `zh` or `en`.

    Raises:
        UnknownNameError: There is no such package.
    """
    path = package_path(package)
    vocabulary = Vocabulary(declarations(rule_set(path))[0], packs=_packs(path), extensible=_extensible(path))
    shapes = Shapes(vocabulary, plain_values(vocabulary))
    declared = {**shapes.shared(), **forms(), **vocabulary.definitions(), **scenario_definitions(shapes)}
    definitions = _Definitions(in_language(declared, language))
    return {kind: _document(path, kind, shapes, definitions, language) for kind in FILES}


def _document(path: Path, kind: str, shapes: Shapes, definitions: _Definitions, language: str) -> Schema:
    file, is_local = FILES[kind], len(shapes.vocabulary.found.packages) > 1
    shape = shapes.mapping(LOCAL_PACKAGE if is_local and file.shape is PACKAGE else file.shape)
    title = Label(zh=f"{file.title.zh}：{path.name}", en=f"{file.title.en}: {path.name}")
    whole: Schema = in_language({"$schema": DRAFT, "title": title, **shape}, language)
    return whole | {"definitions": definitions.used_by(whole)}


@attrs.frozen(slots=False)
class _Definitions:
    """What the schemas of all kinds of files refer to, in one language."""

    schemas: Mapping[str, Schema]

    @cached_property
    def _references(self) -> dict[str, frozenset[str]]:
        return {name: frozenset(_references(schema)) for name, schema in self.schemas.items()}

    def used_by(self, shape: Schema) -> dict[str, Schema]:
        """Return the definitions that a shape refers to, directly or through others."""
        used, waiting = set[str](), set(_references(shape))
        while waiting:
            used |= waiting
            waiting = set[str]().union(*(self._references[name] for name in waiting)) - used
        return {name: schema for name, schema in self.schemas.items() if name in used}


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(target := schema.get("$ref"), str):
            yield target.rpartition("/")[2]
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _extensible(path: Path) -> tuple[str, ...]:
    """Return the ids of packages beside this one and beside those that it extends."""
    parents = dict.fromkeys(one.resolve().parent for one in lineage(path))
    found = {folder.name for parent in parents for folder in parent.iterdir() if (folder / "package.yaml").is_file()}
    return tuple(sorted(found - {path.resolve().name}))


def _packs(path: Path) -> tuple[str, ...]:
    """Return the names of facts that scenarios may include: those of the package, and what packages above it share."""
    files = [(base, base / "scenarios" / "packs.yaml") for base in lineage(path)[:-1]]
    files += [(path, file) for file in sorted((path / "scenarios").glob("*.yaml"))]
    return tuple(sorted({name for base, file in files if file.is_file() for name in _packs_of(base, file)}))


def _packs_of(base: Path, file: Path) -> Iterator[str]:
    source = source_file(base, file, Reader())
    node = None if source is None else read_yaml(source)[0]
    packs = node.get("packs") if isinstance(node, MappingNode) else None
    if isinstance(packs, MappingNode):
        yield from (name.text for name, _ in packs.entries)
