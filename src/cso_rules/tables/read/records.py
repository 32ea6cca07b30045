"""JSON arrays and NDJSON files of organizations; a line that cannot be read is refused by its number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, Final

from cso_rules.diagnostics import shortened
from cso_rules.engine.facts import JUDGEMENT_KEYS, LIST_KEYS
from cso_rules.model.coded import Coded, said
from cso_rules.model.instruments import Label
from cso_rules.model.spelling.strict_json import JsonError, Repeated, parsed, words
from cso_rules.tables.problems import FileProblem
from cso_rules.tables.read.cell_limits import cell_problem, refuse_wide
from cso_rules.tables.read.cells import Cell, Row, Sheet
from cso_rules.tables.read.xlsx.unread_cells import UnreadCell

LINE_LIMIT: Final = 1 << 24
"""Bytes of one line of NDJSON."""
Record = dict[str, Any]


def open_records(path: Path) -> Sheet:
    """Open a JSON array or NDJSON file; the header is every key in order of appearance.

    Raises:
        FileProblem: The text is not UTF-8, or a JSON file is not an array of objects.
    """
    header = _header(path)
    refuse_wide(path, header)
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
    cells = tuple(_cell(record.get(key)) for key in header)
    return Row(number, cells, cell_problem(header, cells))


def _cell(value: Any) -> Cell:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if isinstance(value, dict | list):
        return UnreadCell(json.dumps(value, ensure_ascii=False, default=str), said("record-mixed"))
    if isinstance(value, str | bool | int | Decimal):
        return value
    return None


def _records(path: Path) -> Iterator[tuple[int, Record | Label]]:
    if path.suffix.lower() == ".json":
        yield from _array(path)
        return
    with path.open("rb") as stream:
        number = 0
        while line := stream.readline(LINE_LIMIT):
            number += 1
            if len(line) == LINE_LIMIT and not line.endswith(b"\n"):
                _skip_line(stream)
                yield number, _refusal(JsonError("record-long", most=LINE_LIMIT))
            elif line.strip():
                yield number, _line(line)


def _skip_line(stream: BinaryIO) -> None:
    while (rest := stream.readline(LINE_LIMIT)) and not rest.endswith(b"\n"):
        pass


def _line(line: bytes) -> Record | Label:
    try:
        record = _parsed(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return _refusal(error)
    return _checked(record)


def _checked(record: Any) -> Record | Label:
    """Return a record that can be read as one organization, or what is wrong with it."""
    if not isinstance(record, dict):
        return _refusal(JsonError("record-no-object"))
    for spoilt in (part for part in (record, *record.values()) if isinstance(part, Repeated)):
        return _refusal(JsonError("record-repeated-key", name=shortened(spoilt.key)))
    try:
        json.dumps(record, ensure_ascii=False, default=str).encode("utf-8")
    except UnicodeEncodeError:
        return _refusal(JsonError("record-half-character"))
    return _flat(record)


def _flat(record: Record) -> Record:
    """Return a record in which who judged a value, or whether a list is complete, stands in columns of its own."""
    if not any(isinstance(value, dict) for value in record.values()):
        return record
    found: Record = {}
    for name, value in record.items():
        main, keys = (
            ("values", LIST_KEYS) if isinstance(value, dict) and "values" in value else ("value", JUDGEMENT_KEYS)
        )
        if isinstance(value, dict) and main in value and value.keys() <= keys:
            found |= {name if part == main else f"{name}_{part}": own for part, own in value.items()}
        else:
            found[name] = value
    return found


def _array(path: Path) -> Iterator[tuple[int, Record | Label]]:
    try:
        records = _parsed(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _no_array(path, words(error)) from error
    if not isinstance(records, list):
        raise _no_array(path, said("record-no-array"))
    for number, record in enumerate(records, start=1):
        yield number, _checked(record)


def _no_array(path: Path, detail: Label) -> FileProblem:
    return FileProblem.of("json-no-array", path, cause=detail)


def _refusal(error: Exception) -> Coded:
    return said("row-record", cause=words(error))


def _parsed(text: str) -> Any:
    return parsed(text, UnreadCell)
