"""Where answers go: what cannot be written is refused before anything is read, and the input is never the output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import click

from cso_rules.diagnostics import escape
from cso_rules.model.instruments import Label

ALSO = {"jsonl": "ndjson", "htm": "html"}
NO_FORMAT = Label(zh="无法由扩展名判断格式，请加上 --format", en="the ending tells no format; add --format")
NO_FOLDER = Label(zh="文件夹不存在，请先建立", en="there is no such folder; create it first")
NO_NAME = Label(zh="文件名是空的", en="the name is empty")
A_FOLDER = Label(zh="这是文件夹，请写出文件名", en="this is a folder; name a file")
NO_RIGHT = Label(zh="没有写入此处的权限", en="there is no permission to write there")
ITSELF = Label(
    zh="这就是输入文件，写入会毁掉原表；请换一个文件名",
    en="this is the input, which would be lost; choose another name",
)
NOT_ON_SCREEN = Label(
    zh="xlsx 不能输出到屏幕，请用 -o 指定文件，例如 -o 结果.xlsx",
    en="a workbook cannot be written to the screen; name a file with -o, such as -o answers.xlsx",
)


def form_of_output(
    output: str | None, form: str | None, lang: str, forms: Collection[str], inputs: Iterable[str | None] = ()
) -> str:
    """Return the format of the answers, or refuse where they are to go.

    Args:
        output: The file that was named; None is the standard output.
        form: The format that was named.
        lang: The language of the run.
        forms: The formats that there are, the usual one first.
        inputs: The files that are read.
    """
    usual = next(iter(forms))
    if output is None:
        if form == "xlsx":
            raise click.UsageError(f"--format xlsx: {NOT_ON_SCREEN.in_language(lang)}")
        return form or usual
    refuse_output(output, lang, inputs)
    ending = Path(output).suffix.lower().removeprefix(".")
    known = form or (usual if ending == "txt" else ALSO.get(ending, ending))
    if known not in forms:
        raise click.UsageError(f"-o {output}: {NO_FORMAT.in_language(lang)} ({', '.join(forms)})")
    return known


def refuse_output(output: str, lang: str, inputs: Iterable[str | None] = ()) -> None:
    """Refuse a file that is the input by whatever name, a folder, or a place where no file can be."""

    def refuse(shown: object, reason: Label) -> None:
        raise click.UsageError(f"-o {shown}: {reason.in_language(lang)}")

    path = Path(output)
    if not output:
        refuse("''", NO_NAME)
    refuse_input(output, output, lang, inputs)
    if path.is_dir() or not path.name:
        refuse(output, A_FOLDER)
    if not path.parent.is_dir():
        refuse(f"{output}: {path.parent}", NO_FOLDER)
    is_regular = not path.exists() or path.is_file()
    if not os.access(path.resolve().parent if is_regular else path, os.W_OK):
        refuse(output, NO_RIGHT)


def refuse_input(shown: str, file: str | None, lang: str, inputs: Iterable[str | None]) -> None:
    """Refuse a file to be written that is read."""
    if file is not None and any(_is_same(Path(file), Path(read)) for read in inputs if read is not None):
        raise click.UsageError(f"-o {shown}: {ITSELF.in_language(lang)}")


def _is_same(output: Path, file: Path) -> bool:
    """Tell whether two names are of one file: spelt otherwise, or through a link of either kind."""
    return output.is_file() and file.is_file() and output.samefile(file)


def text_of(report: Any, form: str) -> str:
    """Return a report as JSON, as CSV, or as text, in which each line is one whatever is named in it."""
    if form == "json":
        return json.dumps(report.json(), ensure_ascii=False, indent=2) + "\n"
    return str(report.csv()) if form == "csv" else "\n".join(map(escape, report.lines())) + "\n"


def put(text: str, output: str | None, *, with_mark: bool = False, is_text: bool = True) -> None:
    """Write an answer to a file, which appears only when complete, or to the standard output."""
    from cso_rules.interfaces.terminal import output as standard_output
    from cso_rules.tables.write.plain_text import MARK

    data = (MARK if with_mark else b"") + text.encode("utf-8", "backslashreplace")
    if output is None:
        standard_output(is_text=is_text).write(data)
        sys.stdout.flush()
        return
    put_bytes(data, output)


def put_bytes(data: bytes, output: str) -> None:
    """Write an answer to a file, which appears only when complete."""
    from cso_rules.tables.write.complete_file import complete_file

    with complete_file(Path(output)) as temporary:
        temporary.write_bytes(data)
