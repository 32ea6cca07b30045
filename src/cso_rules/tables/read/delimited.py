"""CSV files: encoding, separator and rows, streamed."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Final

import attrs

from cso_rules.model.coded import said
from cso_rules.model.instruments import Label
from cso_rules.tables.problems import FileProblem, at_line
from cso_rules.tables.read.cells import Row

CHUNK: Final = 1 << 20
SEPARATORS: Final = ",;\t"
ENCODINGS: Final = ("utf-8", "gb18030")
BLANK_LIMIT: Final = 1_048_576
"""Blank lines that may follow one another: as many as a sheet has."""
MOST_CELLS: Final = 16_384
"""Cells of one row: as many as a sheet has columns."""
RAGGED_LIMIT: Final = 100_000
"""Rows that do not fit the header after which a file is given up, if the others are fewer."""
SAMPLE: Final = 1 << 12
MOSTLY: Final = 10
"""One byte of so many that is NUL shows that letters take several bytes."""
NAMED: Final = 10
"""Lines that a message names."""
SURELY: Final = 2
"""Letters of three bytes in one line of valid UTF-8, which text in another encoding does not hold by accident."""
_WIDE_MARKS: Final = {
    "UTF-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
    "UTF-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
}


def open_delimited(path: Path, encoding: str | None) -> tuple[Iterator[Row], str, tuple[Label, ...]]:
    """Return the rows, the encoding and notes of a CSV file.

    Raises:
        FileProblem: It is in no supported encoding, or holds characters that were lost before.
    """
    found = find_encoding(path, encoding)
    separator = find_separator(path, found)
    note = Label(en=f"read as {found}", zh=f"按 {found} 编码读取")
    return _rows(path, found, separator), found, (note,)


def find_encoding(path: Path, wanted: str | None) -> str:
    """Return `utf-8-sig`, `utf-8`, `gb18030` or `utf-16`, after decoding the whole file strictly.

    UTF-16 is read where the file begins with its byte order mark, as what Excel calls Unicode text does; without the
    mark it is refused.

    Raises:
        FileProblem: The text is in no such encoding, or some of its lines are not; they are named.
    """
    with path.open("rb") as stream:
        start = stream.read(SAMPLE)
    if start.startswith(_WIDE_MARKS["UTF-16"]) and not start.startswith(_WIDE_MARKS["UTF-32"]):
        if _decodes(path, "utf-16"):
            return "utf-16"
        raise FileProblem.of("csv-utf16", path)
    if (kind := _wide(start)) is not None:
        raise FileProblem.of("csv-encoding", path, found=kind)
    if start.startswith(codecs.BOM_UTF8):
        wanted = "utf-8-sig"
    for encoding in (wanted,) if wanted else ENCODINGS[:1]:
        if _decodes(path, encoding):
            return encoding
    return _by_lines(path, wanted)


def _wide(start: bytes) -> str | None:
    """Return the encoding of a text in which letters take two or four bytes."""
    for kind, marks in _WIDE_MARKS.items():
        if start.startswith(marks):
            return kind
    return "UTF-16" if b"\0" in start[:4] or start.count(b"\0") * MOSTLY > len(start) else None


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                if _is_lost(decoder.decode(chunk)):
                    return False
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_lost(text: str) -> bool:
    return "\ufffd" in text or "锟斤拷" in text


@attrs.define
class _Lines:
    """The lines of a file that are no text in an encoding.

    Attributes:
        count: How many there are.
        first: The numbers of the first of them.
    """

    count: int = 0
    first: list[int] = attrs.field(factory=list)

    def add(self, number: int) -> None:
        """Note a line."""
        self.count += 1
        if self.count <= NAMED:
            self.first.append(number)

    def __str__(self) -> str:
        """Return the numbers of the first lines."""
        return ", ".join(map(str, self.first)) + (" …" if self.count > NAMED else "")


def _by_lines(path: Path, wanted: str | None) -> str:
    """Return the encoding of a file that is no UTF-8, or refuse it by its lines: it is one or the other throughout."""
    names = (wanted,) if wanted else ENCODINGS
    broken = {name: _Lines() for name in names}
    lost, surely = _Lines(), _Lines()
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if line.isascii():  # the same text in each of these encodings
                continue
            texts = {name: _text(line, name) for name in names}
            for name, text in texts.items():
                if text is None:
                    broken[name].add(number)
            if any(text is not None and _is_lost(text) for text in texts.values()):
                lost.add(number)
            if sum(letter >= "\u0800" for letter in texts.get("utf-8") or "") >= SURELY:
                surely.add(number)
    if not wanted and surely.count and broken["utf-8"].count:
        raise _mixed(path, surely, broken["utf-8"])
    readable = [name for name, lines in broken.items() if not lines.count]
    if readable and lost.count:
        raise _lines_problem("csv-lost-characters", path, lost)
    if readable:
        return readable[0]
    raise _in_no_encoding(path, broken)


def _text(line: bytes, encoding: str) -> str | None:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return None


def _mixed(path: Path, surely: _Lines, broken: _Lines) -> FileProblem:
    """Return the problem of a file of two encodings: the lines of the rarer one are named."""
    if broken.count <= surely.count:
        return _lines_problem("csv-some-not-utf8", path, broken)
    return _lines_problem("csv-some-utf8", path, surely)


def _in_no_encoding(path: Path, broken: Mapping[str, _Lines]) -> FileProblem:
    english = "; ".join(f"not {name} from line {lines.first[0]} on" for name, lines in broken.items())
    chinese = "；".join(f"从第 {lines.first[0]} 行起不是 {name} 编码" for name, lines in broken.items())
    number = max(lines.first[0] for lines in broken.values())
    return FileProblem.of("csv-no-encoding", at_line(path, number), found=Label(en=english, zh=chinese))


def _lines_problem(code: str, path: Path, lines: _Lines) -> FileProblem:
    count, listed, word = lines.count, str(lines), "line" if lines.count == 1 else "lines"
    return FileProblem.of(
        code,
        Label(en=f"{path}, {word} {listed}", zh=f"{path} 第 {listed} 行"),
        lines=Label(en=f"{count} {word}", zh=f"共 {count} 行"),
    )


def find_separator(path: Path, encoding: str) -> str:
    """Return the separator that the first lines hold most often."""
    with path.open(encoding=encoding, newline="") as stream:
        lines = [line[:CHUNK] for line in islice(stream, 10)]
    return max(SEPARATORS, key=lambda mark: max((line.count(mark) for line in lines), default=0))


def _rows(path: Path, encoding: str, separator: str) -> Iterator[Row]:
    with path.open(encoding=encoding, newline="") as stream:
        reader = csv.reader(stream, delimiter=separator, strict=True)
        number = 1
        try:
            blank = 0
            for cells in reader:
                if not any(map(str.strip, cells)):
                    blank += 1
                    if blank > BLANK_LIMIT:
                        raise too_blank(path, number - blank + 1)
                else:
                    blank = 0
                    yield _row(number, cells)
                number = reader.line_num + 1
        except csv.Error as error:
            raise FileProblem.of("csv-not-valid", at_line(path, number), cause=error) from error


def _row(number: int, cells: list[str]) -> Row:
    if len(cells) <= MOST_CELLS:
        return Row(number, tuple(cells))
    return Row(number, tuple(cells[:MOST_CELLS]), said("row-many-cells", most=MOST_CELLS))


def too_blank(path: Path, number: int) -> FileProblem:
    """Return the problem of a file of which far too many lines are blank."""
    return FileProblem.of("csv-blank-lines", at_line(path, number), most=BLANK_LIMIT)


def too_ragged(path: Path, rows: int) -> FileProblem:
    """Return the problem of a file of which most rows do not fit the header."""
    return FileProblem.of("csv-ragged", path, rows=rows)
