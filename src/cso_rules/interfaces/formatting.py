"""Rule files with their conditions in the usual spelling; comments, quotes and line breaks stay."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from pathlib import Path

from cso_rules.errors import PolicyError
from cso_rules.loader.text.spelling import canonical, edits
from cso_rules.loader.text.yaml_nodes import Limits, MappingNode, Node, ScalarNode, SequenceNode, read_yaml
from cso_rules.model.instruments import Label
from cso_rules.source import SourceFile
from cso_rules.tables.problems import FileProblem

CONDITIONS = frozenset({"when", "applies_when", "except_when"})
NAME_A_FILE = Label(zh="请写规则文件或文件夹", en="Name a rule file or a folder")
GROUPS = frozenset({"when_by_reading", "cells"})


def rule_files_of(names: Iterable[str]) -> Iterator[Path]:
    """Return files, and the YAML files of folders."""
    for path in map(Path, names):
        yield from sorted(file for file in path.rglob("*.yaml") if not file.is_dir()) if path.is_dir() else (path,)


def read(path: Path) -> bytes:
    """Return the bytes of a rule file.

    Raises:
        FileProblem: It is no ordinary file, or larger than a rule file may be.
    """
    if not path.is_file():
        raise FileProblem(path, Label(zh="不是普通文件", en="this is no ordinary file"), NAME_A_FILE)
    size, limit = path.stat().st_size, Limits().bytes
    if size > limit:
        large = Label(
            zh=f"文件有 {size} 字节，最多 {limit} 字节", en=f"the file has {size} bytes, at most {limit} are read"
        )
        raise FileProblem(path, large, Label(zh="请拆分文件", en="Split the file"))
    return path.read_bytes()


def formatted(data: bytes, path: Path) -> bytes:
    """Return the bytes of a rule file with usual conditions.

    Raises:
        FileProblem: The file is not UTF-8.
        PolicyError: The file is not YAML as rule files use it.
    """
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    try:
        text = data.removeprefix(mark).decode("utf-8")
    except UnicodeDecodeError as error:
        encoding = Label(zh="文件不是 UTF-8 编码", en="the file is not UTF-8")
        raise FileProblem(path, encoding, Label(zh="请另存为 UTF-8", en="Save it as UTF-8")) from error
    return mark + _formatted(text, str(path)).encode()


def _formatted(text: str, path: str) -> str:
    nodes, faults = _read(text, path)
    if faults is not None:
        raise faults
    meanings = [canonical(node.text) for node in nodes]
    for node in reversed(nodes):
        new = text
        for place, word in reversed(edits(node)):
            new = new[: place.start] + word + new[place.end :]
        if new != text and [canonical(found.text) for found in _read(new, path)[0]] == meanings:
            text = new
    return text


def _read(text: str, path: str) -> tuple[list[ScalarNode], PolicyError | None]:
    root, faults = read_yaml(SourceFile(path=path, text=text))
    nodes = [] if root is None else sorted(_conditions(root), key=lambda node: node.span.start)
    return nodes, PolicyError(faults) if faults else None


def _conditions(root: Node) -> Iterator[ScalarNode]:
    """Return every scalar that is a condition or a cell of a table."""
    pending: list[Node] = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, SequenceNode):
            pending += node.items
        elif isinstance(node, MappingNode):
            yield from _own_conditions(node)
            pending += [value for key, value in node.entries if key.text not in GROUPS]


def _own_conditions(node: MappingNode) -> Iterator[ScalarNode]:
    for key, value in node.entries:
        is_amount = key.text == "value" and node.get("decision") is not None
        if isinstance(value, ScalarNode) and (key.text in CONDITIONS or is_amount):
            yield value
        elif isinstance(value, MappingNode) and key.text in GROUPS:
            inner = (item for name, item in value.entries if (key.text, name.text) != ("when_by_reading", "reading"))
            yield from (item for item in inner if isinstance(item, ScalarNode))
