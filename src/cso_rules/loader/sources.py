"""From the bytes of rule files to texts with places: what is no UTF-8 is told so, and where."""

from __future__ import annotations

from pathlib import Path

from cso_rules.diagnostics import Diagnostic
from cso_rules.loader.documents.declarations import Declarations
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.documents.rule_files import read_package
from cso_rules.loader.rule_texts import LARGEST_FILE, PACKAGE, RefusedFile, content_of
from cso_rules.loader.text.yaml_nodes import MappingNode, Node, ScalarNode, read_yaml
from cso_rules.source import SourceFile, Span

HEADER_KEYS = ("format", "id", "jurisdiction", "extends", "supersedes", "status", "in_preparation")


def source_file(path: Path, file: Path, reader: Reader) -> SourceFile | None:
    """Return a rule file of a package as text; report one that cannot be read."""
    return source_of(f"{path.resolve().name}/{file.relative_to(path).as_posix()}", content_of(path, file), reader)


def source_of(name: str, content: bytes | RefusedFile, reader: Reader) -> SourceFile | None:
    """Return the text of a rule file; report one that was not opened, and one that is not UTF-8."""
    if isinstance(content, RefusedFile):
        _report(name, content, reader)
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _report_encoding(name, content, error.start, reader)
        return None
    if "\0" in text and _wide_encoding(content):
        _report_encoding(name, content, 0, reader)
        return None
    return SourceFile(path=name, text=text)


def _report(name: str, refused: RefusedFile, reader: Reader) -> None:
    if refused.found is None:
        nowhere = Span(source=SourceFile(path=name, text=""), start=0, end=0)
        reader.report("yaml-too-large", nowhere, found=str(refused.size), limit=str(LARGEST_FILE), unit="bytes")
    else:
        reader.report("unreadable-file", None, path=name, found=refused.found)


def _report_encoding(name: str, content: bytes, start: int, reader: Reader) -> None:
    """Report the first bytes that are no UTF-8, with the encoding that the file seems to have."""
    sound = content[:start].decode("utf-8-sig")
    shown = sound + content[start:].decode("ascii", "backslashreplace").replace("\0", "\\x00")
    place = len(sound)
    span = Span(source=SourceFile(path=name, text=shown), start=place, end=place + len("\\x00"))
    reader.report("wrong-encoding", span, found=_encoding(content))


def _encoding(content: bytes) -> str:
    """Return the encoding that bytes seem to have; Latin-1 takes everything, so it is named last and with a doubt."""
    wide = _wide_encoding(content)
    if wide is not None:
        return wide
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        return "Latin-1 ?"
    return "GB18030" if any("\u4e00" <= character <= "\u9fff" for character in text) else "?"


def _wide_encoding(content: bytes) -> str | None:
    """Return UTF-16 or UTF-32 where the marks or the zero bytes of one are seen."""
    if content.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "UTF-32"
    zeros = content[:400].count(0)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or zeros * 5 > len(content[:400]):
        return "UTF-32" if zeros * 2 > len(content[:400]) + 2 else "UTF-16"
    return None


def read_header(name: str, content: bytes | RefusedFile) -> tuple[dict[str, str], tuple[Diagnostic, ...]]:
    """Return the plain entries of a `package.yaml` that say what the package is, and what is wrong with them."""
    reader = Reader()
    source = source_of(f"{name}/{PACKAGE}", content, reader)
    if source is None:
        return {}, tuple(reader.diagnostics)
    node, faults = read_yaml(source)
    reader.diagnostics += faults
    if node is None:
        return {}, tuple(reader.diagnostics or _empty(source))
    read_format(reader, node)
    read_package(reader, node, Declarations())
    wrong = {fault.span.start for fault in reader.diagnostics if fault.span is not None}
    return _sound_entries(node, wrong), tuple(reader.diagnostics)


def read_format(reader: Reader, node: Node) -> None:
    """Report a format that is not that of this library."""
    if isinstance(node, MappingNode):
        reader.choice(node.get("format"), ("1",), "1")


def _empty(source: SourceFile) -> list[Diagnostic]:
    reader = Reader()
    reader.report("missing-key", Span(source=source, start=0, end=0), key="format", name=source.path)
    return reader.diagnostics


def _sound_entries(node: Node, wrong: set[int]) -> dict[str, str]:
    entries = node.entries if isinstance(node, MappingNode) else ()
    return {
        key.text: value.text
        for key, value in entries
        if key.text in HEADER_KEYS and isinstance(value, ScalarNode) and value.span.start not in wrong
    }
