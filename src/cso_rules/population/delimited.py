"""CSV files: encoding, separator and rows, streamed."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from cso_rules.model.instruments import Label
from cso_rules.population.cells import Row
from cso_rules.population.problems import FileProblem

CHUNK: Final = 1 << 20
SEPARATORS: Final = ",;\t"
ENCODINGS: Final = ("utf-8", "gb18030")
SAVE_AGAIN: Final = Label(en="Save it again as CSV UTF-8", zh="请另存为“CSV UTF-8（逗号分隔）”")


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
    """Return `utf-8-sig`, `utf-8` or `gb18030`, after decoding the whole file strictly."""
    with path.open("rb") as stream:
        start = stream.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in start:
        raise _problem(path, Label(en="the file is in UTF-16", zh="文件是 UTF-16 编码"))
    candidates = (wanted,) if wanted else ENCODINGS
    if start.startswith(codecs.BOM_UTF8):
        candidates = ("utf-8-sig",)
    for encoding in candidates:
        if _decodes(path, encoding):
            return encoding
    names = " / ".join(candidates)
    raise _problem(path, Label(en=f"the text is not {names}", zh=f"文字不是 {names} 编码"))


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                _refuse_lost(path, decoder.decode(chunk))
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_lost(path: Path, text: str) -> None:
    if "\ufffd" in text or "锟斤拷" in text:
        raise _problem(
            path,
            Label(en="characters were lost when it was saved (�)", zh="文件保存时已丢失文字（�、锟斤拷）"),
        )
    if "\0" in text:
        raise _problem(path, Label(en="the file holds NUL characters", zh="文件含有 NUL 字符"))


def _problem(path: Path, cause: Label) -> FileProblem:
    return FileProblem(Label(en=str(path), zh=str(path)), cause, SAVE_AGAIN)


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
            for cells in reader:
                yield Row(number, tuple(cells))
                number = reader.line_num + 1
        except csv.Error as error:
            raise FileProblem(
                Label(en=f"{path}, line {number}", zh=f"{path} 第 {number} 行"),
                Label(en=f"not valid CSV ({error})", zh=f"不是有效的 CSV（{error}）"),
                Label(en="Check the quotation marks of this line", zh="请检查该行的引号是否成对"),
            ) from error
