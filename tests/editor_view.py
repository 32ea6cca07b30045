"""Rule files as an editor sees them: what YAML 1.2 makes of each plain word, and the schema of each file."""

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from cso_rules.loader.grammar.files import FILES
from cso_rules.loader.text.yaml_nodes import MappingNode, Node, ScalarNode, SequenceNode, read_yaml
from cso_rules.source import SourceFile

_WORDS: dict[str, object] = {"": None, "~": None, "null": None, "true": True, "false": False}
_WHOLE = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def view(node: Node) -> object:
    """Return a node as an editor reads it, by the core schema of YAML 1.2."""
    match node:
        case MappingNode():
            return {key.text: view(value) for key, value in node.entries}
        case SequenceNode():
            return [view(item) for item in node.items]
        case ScalarNode():
            return node.text if _is_text(node) else _plain(node.text)


def _is_text(node: ScalarNode) -> bool:
    return node.quoted or node.span.source.text[node.span.start : node.span.start + 1] in {"|", ">"}


def _plain(text: str) -> object:
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text


def read(file: Path) -> Node | None:
    """Return the root node of a file, or None of one that is no YAML."""
    return read_yaml(SourceFile(path=file.as_posix(), text=file.read_bytes().decode("utf-8-sig")))[0]


def kind_of(package: Path, file: Path) -> str | None:
    """Return which kind of rule file this is."""
    place = file.relative_to(package).as_posix()
    return next((kind for kind, file in FILES.items() if fnmatch(place, file.place)), None)


def rule_files(package: Path) -> Iterator[tuple[Path, str]]:
    """Yield every rule file of a package with its kind."""
    for file in sorted(package.rglob("*.yaml")):
        if kind := kind_of(package, file):
            yield file, kind
