"""What a workbook is made of: its directory and its parts, looked at before anything is unpacked into memory.

In comes a file; out come the names of its sheets, and the checked bytes of the parts that one sheet needs.
Guaranteed: no part is unpacked beyond the limits, whatever the directory says, and none has a document type.
"""

from __future__ import annotations

import contextlib
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

import attrs

from cso_rules.diagnostics import shortened
from cso_rules.model.instruments import Label
from cso_rules.tables.problems import FileProblem

INFLATED_LIMIT: Final = 256 << 20
RATIO_LIMIT: Final = 200
ENTRIES_LIMIT: Final = 10_000
TOKEN_LIMIT: Final = 16 << 20
"""Bytes of one tag, comment or instruction."""
CHUNK: Final = 1 << 18
_OLD: Final = bytes.fromhex("D0CF11E0A1B11AE1")
_PLAIN: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError,
    KeyError, MemoryError, expat.ExpatError,
)  # fmt: skip
_ROOT: Final = "_rels/.rels"


@attrs.frozen
class SheetPart:
    """A sheet: its name, whether people see it, and the part that holds its cells."""

    name: str
    is_visible: bool
    part: str


@attrs.frozen(kw_only=True)
class Parts:
    """The parts of one workbook.

    Attributes:
        sheets: The sheets with cells, in order; their names may repeat.
        counts_from_1904: Whether days are counted from 1904.
        texts: The part with shared texts, if there is one.
        styles: The part with number formats, if there is one.
    """

    path: Path
    archive: zipfile.ZipFile
    names: dict[str, zipfile.ZipInfo]
    sheets: tuple[SheetPart, ...] = ()
    counts_from_1904: bool = False
    texts: str | None = None
    styles: str | None = None

    def chunks(self, part: str) -> Iterator[bytes]:
        """Yield the bytes of a part.

        Raises:
            FileProblem: The part is missing or damaged.
        """
        with broken_means_damaged(self.path, part), self.archive.open(self.names[part.lower()]) as stream:
            while chunk := stream.read(CHUNK):
                yield chunk


def damaged(path: Path, english: str, chinese: str) -> FileProblem:
    """Return the problem of a file that is no readable workbook."""
    english, chinese = shortened(english, 300), shortened(chinese, 300)
    return FileProblem.of("workbook-damaged", path, cause=Label(en=english, zh=chinese))


def too_large(path: Path, english: str, chinese: str) -> FileProblem:
    """Return the problem of a workbook beyond a limit."""
    return FileProblem.of("workbook-large", path, cause=Label(en=english, zh=chinese))


@contextlib.contextmanager
def broken_means_damaged(path: Path, part: str) -> Iterator[None]:
    """Turn every way in which bytes can be broken into a problem of the file, which names the part."""
    try:
        yield
    except _BROKEN as error:
        words = "no such part" if isinstance(error, KeyError) else str(error) or type(error).__name__
        chinese = f"{part}：内容已损坏或不完整" if part else "文件已损坏或不完整"
        raise damaged(path, f"{part}: {words}" if part else words, chinese) from error


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Parts]:
    """Open a workbook: its directory is checked, its sheets are named.

    Raises:
        FileProblem: It is no workbook, or beyond a limit.
    """
    _refuse_other_kinds(path)
    with contextlib.ExitStack() as closing:
        with broken_means_damaged(path, ""):
            archive = closing.enter_context(zipfile.ZipFile(path))
            entries = archive.infolist()
        _refuse_oversized(path, entries)
        yield _described(Parts(path=path, archive=archive, names=_by_name(path, entries)))


def _refuse_other_kinds(path: Path) -> None:
    with path.open("rb") as stream:
        start = stream.read(8)
    if start == _OLD:
        raise damaged(path, "it has a password, or is an old .xls", "文件已加密，或为旧版 .xls")
    if not start.startswith(b"PK"):
        raise damaged(path, "it is another kind of file", "文件并非 .xlsx 格式")


def _refuse_oversized(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > ENTRIES_LIMIT:
        raise too_large(
            path, f"{len(entries):,} parts, at most {ENTRIES_LIMIT:,} are read",
            f"含 {len(entries):,} 个部件，最多读取 {ENTRIES_LIMIT:,} 个",
        )  # fmt: skip
    inflated = sum(entry.file_size for entry in entries)
    limit = min(INFLATED_LIMIT, RATIO_LIMIT * max(path.stat().st_size, 1 << 16))
    if inflated > limit:
        raise too_large(
            path, f"unpacked it has {inflated:,} bytes, at most {limit:,} are read",
            f"解压后有 {inflated:,} 字节，最多读取 {limit:,} 字节",
        )  # fmt: skip


def _by_name(path: Path, entries: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Return the entries by their names in lower case; names that could be mistaken are refused."""
    found: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        name = entry.filename.replace("\\", "/").lower()
        if name in found or ".." in name.split("/"):
            raise damaged(
                path, f"the part {shortened(entry.filename)!r} stands twice or lies outside",
                f"部件“{shortened(entry.filename)}”重复或越出文件范围",
            )  # fmt: skip
        if entry.compress_type not in _PLAIN or entry.flag_bits & 1:
            raise damaged(
                path, f"the part {shortened(entry.filename)!r} is encrypted or packed in an unusual way",
                f"部件“{shortened(entry.filename)}”已加密或压缩方式不受支持",
            )  # fmt: skip
        found[name] = entry
    return found


# ------------------------------------------------------------------------------------------------ what it is made of


def _described(parts: Parts) -> Parts:
    root = next((to for kind, to in _related(parts, _ROOT, "").values() if kind == "officeDocument"), None)
    if root is None or not root.lower().endswith(".xml") or root.lower() not in parts.names:
        raise damaged(parts.path, "there is no workbook of .xlsx in it", "其中没有 .xlsx 工作簿")
    folder, name = posixpath.split(root)
    related = _related(parts, f"{folder}/_rels/{name}.rels".lstrip("/"), folder)
    sheets, counts_from_1904 = _book(parts, root, related)
    if not sheets:
        raise damaged(parts.path, "there is no sheet with cells", "没有含单元格的工作表")
    of_kind = {kind: to for kind, to in related.values() if to.lower() in parts.names}
    return attrs.evolve(
        parts, sheets=sheets, counts_from_1904=counts_from_1904,
        texts=of_kind.get("sharedStrings"), styles=of_kind.get("styles"),
    )  # fmt: skip


def _related(parts: Parts, part: str, folder: str) -> dict[str, tuple[str, str]]:
    """Return the kind and the part of every relation of a part, by its id."""
    found: dict[str, tuple[str, str]] = {}
    if part.lower() not in parts.names:
        raise damaged(parts.path, f"{part}: no such part", f"{part}：缺少该部件")

    def start(name: str, attributes: dict[str, str]) -> None:
        if _local(name) != "Relationship" or attributes.get("TargetMode") == "External":
            return
        key, target = attributes.get("Id", ""), attributes.get("Target", "").replace("\\", "/")
        if key in found:
            name = shortened(key)
            raise damaged(parts.path, f"{part}: the relation {name} stands twice", f"{part}：关系 {name} 重复")
        whole = target[1:] if target.startswith("/") else posixpath.join(folder, target)
        found[key] = attributes.get("Type", "").rpartition("/")[2], posixpath.normpath(whole)

    parse(parts, part, start)
    return found


def _book(parts: Parts, root: str, related: dict[str, tuple[str, str]]) -> tuple[tuple[SheetPart, ...], bool]:
    sheets: list[SheetPart] = []
    counts_from_1904 = [False]

    def start(name: str, attributes: dict[str, str]) -> None:
        own = {_local(key): value for key, value in attributes.items()}
        if _local(name) == "workbookPr":
            counts_from_1904[0] = own.get("date1904") in {"1", "true", "on"}
        elif _local(name) == "sheet":
            kind, part = related.get(own.get("id", ""), ("", ""))
            if kind == "worksheet":
                sheets.append(SheetPart(own.get("name", ""), own.get("state", "visible") == "visible", part))

    parse(parts, root, start)
    return tuple(sheets), counts_from_1904[0]


def _local(name: str) -> str:
    return name.rpartition(":")[2]


Start = Callable[[str, dict[str, str]], None]


def parse(parts: Parts, part: str, start: Start | None, prepare: Callable[[Any], None] = lambda _: None) -> bytearray:
    """Read a part as XML without keeping it; return its bytes.

    Args:
        parts: The workbook.
        part: The part.
        start: Called for each element.
        prepare: Called with the parser, to set more handlers.

    Raises:
        FileProblem: It is no XML in UTF-8, or has a document type.
    """
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = lambda *_: _refuse_document_type(parts, part)
    prepare(parser)
    data = bytearray()
    for chunk in parts.chunks(part):
        data += chunk
        if b"\0" in chunk:
            raise damaged(parts.path, f"{part}: not UTF-8", f"{part}：不是 UTF-8 编码")
        with broken_means_damaged(parts.path, part):
            parser.Parse(chunk)
        if len(data) - parser.CurrentByteIndex > TOKEN_LIMIT:
            size = f"{TOKEN_LIMIT:,}"
            raise damaged(parts.path, f"{part}: a tag of more than {size} bytes", f"{part}：标签超过 {size} 字节")
    with broken_means_damaged(parts.path, part):
        parser.Parse(b"", True)  # noqa: FBT003 - it takes no keyword
    return data


def _refuse_document_type(parts: Parts, part: str) -> None:
    raise damaged(parts.path, f"{part}: a document type is not read", f"{part}：不读取文档类型定义（DTD）")
