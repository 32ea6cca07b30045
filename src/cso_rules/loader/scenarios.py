"""Scenario files in; typed test cases out, named facts included."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

import attrs

from cso_rules.errors import PolicyError
from cso_rules.loader.documents import ENTITIES
from cso_rules.loader.load import source_file
from cso_rules.loader.packages import lineage, package_path
from cso_rules.loader.reader import Reader
from cso_rules.loader.yaml_nodes import MappingNode, Node, ScalarNode, read_yaml

KEYS = (
    "readings",
    "include",
    "facts",
    "expect",
    "nationally",
    "jurisdiction",
    "entity",
    "drafts",
    "local_deviations",
    "note",
    "cite",
)


@attrs.frozen(kw_only=True)
class Scenario:
    """One test case of a package.

    Attributes:
        jurisdiction: The place; None is that of the package.
        facts: Texts and lists as written; facts that are not listed are unknown.
        expect: For each decision a text, a list or a mapping, as `docs/reference/rule-files.md` says.
        nationally: What the national rules alone answer about the same facts.
        place: `path:line` of the title.
    """

    title: str
    as_of: datetime.date
    jurisdiction: str | None
    entity: str
    drafts: bool
    local_deviations: bool
    readings: Mapping[str, str]
    facts: Mapping[str, object]
    expect: Mapping[str, object]
    nationally: Mapping[str, object]
    place: str


def load_scenarios(package: str | Path) -> tuple[Scenario, ...]:
    """Return every scenario of a package, in the order of its files.

    Raises:
        PolicyError: A scenario file has faults.
    """
    path, reader = package_path(package), Reader()
    nodes = [node for file in sorted((path / "scenarios").glob("*.yaml")) if (node := _read(path, file, reader))]
    packs = _packs(reader, [*_inherited(path, reader), *nodes])
    found = [_scenario(reader, item, packs) for node in nodes for item in reader.items(_entry(node, "scenarios"))]
    if reader.diagnostics:
        raise PolicyError(tuple(reader.diagnostics))
    return tuple(found)


def _inherited(path: Path, reader: Reader) -> list[Node]:
    """Return the files of packs of every package that this one extends."""
    files = [(base, base / "scenarios" / "packs.yaml") for base in lineage(path)[:-1]]
    return [node for base, file in files if file.is_file() and (node := _read(base, file, reader))]


def _read(path: Path, file: Path, reader: Reader) -> Node | None:
    source = source_file(path, file, reader)
    if source is None:
        return None
    node, faults = read_yaml(source)
    reader.diagnostics += faults
    if node is not None:
        reader.mapping(node, ("format",), ("packs", "scenarios"))
    return node


def _entry(node: Node, key: str) -> Node | None:
    return node.get(key) if isinstance(node, MappingNode) else None


def _packs(reader: Reader, nodes: list[Node]) -> dict[str, dict[str, object]]:
    packs: dict[str, dict[str, object]] = {}
    for node in nodes:
        group = _entry(node, "packs")
        if isinstance(group, MappingNode):
            packs |= {key.text: _plain_mapping(value) for key, value in group.entries}
        elif group is not None:
            reader.mapping(group)
    return packs


def _scenario(reader: Reader, node: Node, packs: dict[str, dict[str, object]]) -> Scenario:
    entries = reader.mapping(node, ("title", "as_of"), KEYS)
    facts: dict[str, object] = {}
    for item in reader.items(entries.get("include")):
        name = reader.text(item)
        if name not in packs:
            reader.unknown("unknown-name", item.span, name, packs)
        facts |= packs.get(name, {})
    readings = _plain_mapping(entries.get("readings"))
    return Scenario(
        title=reader.text(entries.get("title")),
        as_of=reader.date(entries.get("as_of")) or datetime.date(2018, 1, 1),
        jurisdiction=reader.text(entries.get("jurisdiction")) or None,
        entity=reader.choice(entries.get("entity"), ENTITIES, "organization"),
        drafts=reader.boolean(entries.get("drafts")),
        local_deviations=reader.choice(entries.get("local_deviations"), ("true", "false"), "true") == "true",
        readings={name: str(option) for name, option in readings.items()},
        facts={
            name: value for name, value in (facts | _plain_mapping(entries.get("facts"))).items() if value != "unknown"
        },
        expect=_plain_mapping(entries.get("expect")),
        nationally=_plain_mapping(entries.get("nationally")),
        place=f"{node.span.source.path}:{node.span.line}",
    )


def _plain_mapping(node: Node | None) -> dict[str, object]:
    plain = None if node is None else _plain(node)
    return plain if isinstance(plain, dict) else {}


def _plain(node: Node) -> object:
    """Return text, lists and mappings without positions."""
    if isinstance(node, ScalarNode):
        return node.text
    if isinstance(node, MappingNode):
        return {key.text: _plain(value) for key, value in node.entries}
    return [_plain(item) for item in node.items]
