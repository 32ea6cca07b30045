"""JSON arrays and NDJSON files of organizations; a line that cannot be read is refused by its number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from cso_rules.model.instruments import Label
from cso_rules.population.cells import Cell, Row, Sheet
from cso_rules.population.problems import FileProblem

DEPTH_MARKS: Final = 1000
Record = dict[str, Any]


class _LineError(ValueError):
    """A record that is valid text, but not an acceptable record."""


def open_records(path: Path) -> Sheet:
    """Open a JSON array or NDJSON file; the header is every key in order of appearance.

    Raises:
        FileProblem: The text is not UTF-8, or a JSON file is not an array of objects.
    """
    header = _header(path)
    return Sheet(
        path=path,
        encoding="utf-8",
        sheet_name=None,
        header=header,
        header_row=0,
        rows=(_row(number, record, header) for number, record in _records(path)),
    )


def _header(path: Path) -> tuple[str, ...]:
    keys: dict[str, None] = {}
    for _, record in _records(path):
        if not isinstance(record, Label):
            keys.update(dict.fromkeys(record))
    return tuple(keys)


def _row(number: int, record: Record | Label, header: tuple[str, ...]) -> Row:
    if isinstance(record, Label):
        return Row(number, (), record)
    try:
        return Row(number, tuple(_cell(record.get(key)) for key in header))
    except _LineError as error:
        return Row(number, (), _refusal(error))


def _cell(value: Any) -> Cell:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if isinstance(value, dict | list):
        raise _LineError("a value is an object or a mixed list")
    if isinstance(value, str | bool | int | Decimal):
        return value
    return None


def _records(path: Path) -> Iterator[tuple[int, Record | Label]]:
    if path.suffix.lower() == ".json":
        yield from _array(path)
        return
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if line.strip():
                yield number, _line(line)


def _line(line: bytes) -> Record | Label:
    try:
        record = _parsed(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return _refusal(error)
    return record if isinstance(record, dict) else _refusal(_LineError("not an object"))


def _array(path: Path) -> Iterator[tuple[int, Record | Label]]:
    try:
        records = _parsed(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _no_array(path, str(error)) from error
    if not isinstance(records, list):
        raise _no_array(path, "not an array")
    for number, record in enumerate(records, start=1):
        yield number, record if isinstance(record, dict) else _refusal(_LineError("not an object"))


def _no_array(path: Path, detail: str) -> FileProblem:
    return FileProblem(
        Label(en=str(path), zh=str(path)),
        Label(en=f"not a JSON array of organizations ({detail})", zh=f"不是由对象组成的 JSON 数组（{detail}）"),
        Label(
            en="Write [ {...}, {...} ], or one object a line in a .ndjson file",
            zh="请写成 [ {...}, {...} ]，或在 .ndjson 文件中每行一个对象",
        ),
    )


def _refusal(error: Exception) -> Label:
    return Label(en=f"not a readable record ({error})", zh=f"无法读取的记录（{error}）")


def _parsed(text: str) -> Any:
    if text.count("[") + text.count("{") > DEPTH_MARKS and "[" * DEPTH_MARKS in text:
        raise _LineError("nested too deeply")
    value = json.loads(text, object_pairs_hook=_unique, parse_float=Decimal, parse_constant=_no_constant)
    if "\\ud" in text.lower():
        json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> Record:
    record = dict(pairs)
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise _LineError(f"the key {repeated} stands twice")
    return record


def _no_constant(name: str) -> Any:
    raise _LineError(f"{name} is not a number")
