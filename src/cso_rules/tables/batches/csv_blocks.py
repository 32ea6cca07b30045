"""CSV files as blocks of whole records: UTF-8 bytes and the line each record begins on, without a step for each row.

Guaranteed: the records are those of Python's csv module in strict mode; a block whose quotation marks or line ends are
out of the ordinary is read by that module itself.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import attrs

from cso_rules.executors.planes.bits import Array
from cso_rules.executors.planes.extra import np, pa
from cso_rules.tables.problems import FileProblem, at_line
from cso_rules.tables.read.delimited import BLANK_LIMIT, too_blank

CHUNK: Final = 1 << 23
LONGEST: Final = 1 << 26
"""Bytes without the end of a record after which a file is given up."""
MOST_ROWS: Final = 1 << 18
"""Records of one block."""
ODD: Final = 1 << 20
"""Bytes that Python's csv module is given at once, unless a record is longer."""
_NEWLINE, _RETURN, _QUOTE = 10, 13, 34
_CUT_OFF: Final = "unexpected end of data"


@attrs.frozen(kw_only=True)
class Block:
    """Whole records of a file.

    Attributes:
        data: Their bytes in UTF-8.
        lines: The line on which each record begins; empty lines are no records.
        has_quotes: Whether there are quotation marks.
        rows: The cells, where only Python's csv module reads them right.
        share: Which part of the file has been read with them, up to 1.
    """

    data: Any
    lines: Array
    has_quotes: bool
    rows: list[list[str]] | None = None
    share: float = 1.0


@attrs.frozen(kw_only=True)
class Start:
    """What stands before the first record: so many lines, so many bytes in UTF-8."""

    lines: int
    size: int


def start_after(path: Path, encoding: str, separator: str, header_row: int) -> Start:
    """Return where the records begin below a header that begins on a line."""
    with path.open(encoding=encoding, newline="") as stream:
        reader, number = csv.reader(stream, delimiter=separator, strict=True), 1
        for _ in reader:
            if number >= header_row:
                break
            number = reader.line_num + 1
        stream.seek(0)
        size = sum(len(stream.readline().encode()) for _ in range(reader.line_num))
        return Start(lines=reader.line_num, size=size)


def blocks(path: Path, encoding: str, separator: str, start: Start, size: int = CHUNK) -> Iterator[Block]:
    """Yield the records of a file in blocks.

    Raises:
        FileProblem: The file is no valid CSV; its line is named.
    """
    cutter = _Cutter(path=path, separator=separator, line=start.lines + 1)
    skipped, held, whole = start.size, b"", path.stat().st_size
    for number, chunk in enumerate(_chunks(path, encoding, size), start=1):
        held += chunk[skipped:]
        skipped = max(0, skipped - len(chunk))
        share = min(1.0, number * size / whole)
        end = 1
        while end:
            end, block = cutter.cut(held, is_last=False)
            held = held[end:]
            if block is not None:
                yield attrs.evolve(block, share=share)
    end = 1
    while held and end:
        end, block = cutter.cut(held, is_last=True)
        held = held[end:]
        if block is not None:
            yield block


def _chunks(path: Path, encoding: str, size: int) -> Iterator[bytes]:
    """Yield the file in UTF-8 without a byte order mark."""
    is_plain = codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"}
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with path.open("rb") as stream:
        if stream.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
            stream.seek(0)
        while chunk := stream.read(size):
            yield chunk if is_plain else decoder.decode(chunk).encode()


@attrs.define(kw_only=True)
class _Cutter:
    """Cuts bytes after the last whole record, and knows on which line the next one begins."""

    path: Path
    separator: str
    line: int
    last: int = 0

    def cut(self, data: bytes, *, is_last: bool) -> tuple[int, Block | None]:
        """Return how many bytes are used, and their records."""
        if not data:
            return 0, None
        found = self._quick(data, is_last=is_last) or self._exact(data, is_last=is_last)
        if found is None:
            self._refuse_endless(data)
            return 0, None
        end, block, lines = found
        self._refuse_blank(block, self.line + lines)
        self.line += lines
        return end, block if block.lines.size else None

    def _refuse_blank(self, block: Block, line: int) -> None:
        """Refuse a file in which more lines than a spreadsheet has are blank."""
        marks = np.concatenate([np.array([self.last or self.line]), block.lines, np.array([line])])
        if int(np.diff(marks).max()) > BLANK_LIMIT:
            raise too_blank(self.path, int(marks[np.diff(marks).argmax()]))
        self.last = int(marks[-2])

    def _quick(self, data: bytes, *, is_last: bool) -> tuple[int, Block, int] | None:
        """Return the records as far as bytes show them; None where they do not for certain."""
        if data.startswith(codecs.BOM_UTF8):
            return None  # Arrow would leave it out; here it is a part of the first cell
        text = np.frombuffer(data, np.uint8)
        newlines = np.flatnonzero(text == _NEWLINE)
        has_quotes = b'"' in data
        marks = np.flatnonzero(text == _QUOTE) if has_quotes else newlines[:0]
        ends = newlines[np.searchsorted(marks, newlines) % 2 == 0] if has_quotes else newlines
        if is_last and (not ends.size or ends[-1] + 1 < len(data)):
            ends = np.append(ends, len(data))
        if not ends.size:
            return None
        ends = ends[:MOST_ROWS]
        end = min(int(ends[-1]) + 1, len(data))
        if b"\r" in data and data.count(b"\r", 0, end) != data.count(b"\r\n", 0, end):
            return None
        if has_quotes and not _is_proper(text, marks[marks < end], ord(self.separator)):
            return None
        starts = np.append(np.zeros(1, np.int64), ends[:-1] + 1)
        numbers = self.line + np.searchsorted(newlines, starts)
        lines = numbers[~_is_empty(text, starts, ends)]
        block = Block(data=pa.py_buffer(data).slice(0, end), lines=lines, has_quotes=has_quotes)
        return end, block, int(np.searchsorted(newlines, end))

    def _exact(self, data: bytes, *, is_last: bool) -> tuple[int, Block, int] | None:
        """Return the records that Python's csv module finds; None when not one is complete."""
        size = ODD
        while size < len(data):
            found = self._by_module(data[:size], is_last=False)
            if found is not None:
                return found
            size *= 8
        return self._by_module(data, is_last=is_last)

    def _by_module(self, data: bytes, *, is_last: bool) -> tuple[int, Block, int] | None:
        lines = io.StringIO(codecs.getincrementaldecoder("utf-8")().decode(data), newline="").readlines()
        if not is_last:
            lines = lines[:-1]  # the last one may go on in the next chunk
        reader = csv.reader(lines, delimiter=self.separator, strict=True)
        rows, numbers, done = list[list[str]](), list[int](), 0
        try:
            for cells in reader:
                if cells:
                    rows.append(cells)
                    numbers.append(self.line + done)
                done = reader.line_num
        except csv.Error as error:
            if is_last or str(error) != _CUT_OFF:
                raise self._not_valid(self.line + done, str(error)) from error
        if not done:
            return None
        size = sum(len(line.encode()) for line in lines[:done])
        block = Block(data=data[:size], lines=np.array(numbers, np.int64), has_quotes=True, rows=rows)
        return size, block, done

    def _refuse_endless(self, data: bytes) -> None:
        if len(data) > LONGEST:
            raise self._not_valid(self.line, "a record without an end")

    def _not_valid(self, line: int, cause: str) -> FileProblem:
        return FileProblem.of("csv-not-valid", at_line(self.path, line), cause=cause)


def rows_of(block: Block, separator: str) -> list[list[str]]:
    """Return the cells of the records of a block, read one by one."""
    if block.rows is not None:
        return block.rows
    stream = io.StringIO(bytes(block.data).decode(), newline="")
    return [cells for cells in csv.reader(stream, delimiter=separator, strict=True) if cells]


def _is_proper(text: Array, marks: Array, separator: int) -> bool:
    """Tell whether every quotation mark begins a cell, ends one, or is one of two in a row within one."""
    if marks.size % 2:
        return False
    opening, closing = marks[0::2], marks[1::2]
    before = np.where(opening > 0, text[opening - 1], np.uint8(_NEWLINE))
    after = np.where(closing + 1 < text.size, text[np.minimum(closing + 1, text.size - 1)], np.uint8(_NEWLINE))
    begins = (before == separator) | (before == _NEWLINE) | (before == _QUOTE)
    stops = (after == separator) | (after == _NEWLINE) | (after == _RETURN) | (after == _QUOTE)
    return bool(begins.all() and stops.all())


def _is_empty(text: Array, starts: Array, ends: Array) -> Array:
    """Tell which lines hold nothing but their end."""
    sizes = ends - starts
    is_return = text[np.minimum(starts, text.size - 1)] == _RETURN
    found: Array = (sizes <= 0) | ((sizes == 1) & is_return)
    return found
