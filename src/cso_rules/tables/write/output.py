"""Write answers as table, JSON, NDJSON, CSV for Excel or workbook; a file appears only when complete."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Any, Final

import attrs

from cso_rules.determination import to_json
from cso_rules.diagnostics import escape
from cso_rules.errors import ArgumentError
from cso_rules.tables.answer.rows import Answered, Refused
from cso_rules.tables.read.columns import map_columns
from cso_rules.tables.write.complete_file import complete_file
from cso_rules.tables.write.overview import Overview
from cso_rules.tables.write.plain_text import MARK, aligned, csv_text, narrowed
from cso_rules.tables.write.report import ID, NAME, SHORT_COLUMNS, ListFile, Report

Items = Iterable[Answered | Refused]


def write_file(path: Path | str, items: Items, report: Report, *, form: str | None = None) -> None:
    """Write answers to a file in the format of its ending or `form`; a failure leaves an old file alone.

    Raises:
        ArgumentError: The ending is that of no format.
        MissingExtraError: A workbook is wanted and the extra `tables` is not installed.
    """
    path = Path(path)
    form = form or _form(path)
    with complete_file(path) as temporary, temporary.open("wb") as stream:
        write_stream(stream, items, report, form)


def write_stream(stream: IO[bytes], items: Items, report: Report, form: str) -> None:
    """Write answers to an open binary stream as `table`, `json`, `ndjson`, `csv` or `xlsx`.

    Raises:
        ArgumentError: There is no such format.
    """
    if form not in FORMS:
        known = ", ".join(FORMS)
        raise ArgumentError(f"no such format: {form}; one of {known}", f"没有格式“{form}”，可用：{known}")
    FORMS[form](stream, items, report)


def item_json(item: Answered | Refused) -> dict[str, Any]:
    """Return the JSON form of a row: the determination, and the cells that were not understood."""
    problems = [problem.json() for problem in item.problems]
    found: dict[str, Any] = {"row": item.number, "id": item.id, "name": item.name}
    found |= {"section": item.section, "problems": problems}
    if isinstance(item, Refused):
        return found | {"status": "refused"}
    warnings = [{"zh": warning.zh, "en": warning.en} for warning in item.warnings]
    return found | {"status": "answered", "warnings": warnings, "determination": to_json(item.determination)}


def _form(path: Path) -> str:
    ending = path.suffix.lower().removeprefix(".")
    return {"jsonl": "ndjson", "txt": "table"}.get(ending, ending)


def _csv(stream: IO[bytes], items: Items, report: Report) -> None:
    stream.write(MARK)
    report = attrs.evolve(report, has_section=True)
    for cells in _lines(items, report):
        stream.write(csv_text([cells]).encode())


def _lines(items: Items, report: Report) -> Iterable[tuple[str, ...]]:
    yield report.headings
    yield from map(report.cells, items)


def _ndjson(stream: IO[bytes], items: Items, _: Report) -> None:
    for item in items:
        stream.write(json.dumps(item_json(item), ensure_ascii=False).encode() + b"\n")


def _json(stream: IO[bytes], items: Items, _: Report) -> None:
    mark = b"[\n"
    for item in items:
        stream.write(mark + json.dumps(item_json(item), ensure_ascii=False).encode())
        mark = b",\n"
    stream.write(b"[]\n" if mark == b"[\n" else b"\n]\n")


def _table(stream: IO[bytes], items: Items, report: Report) -> None:
    shown, overview = {report.policy.headline, *SHORT_COLUMNS}, Overview(report)
    names = tuple(name for name in report.columns if name in shown)
    table = [(report.text(ID), report.text(NAME), *map(report.heading, names))]
    for item in items:
        answer = report.answer(item, names)
        table.append(tuple(escape(cell) for cell in (item.id, item.name, *(answer[name] for name in names))))
        overview.add(item)
    lines = aligned(table if report.width is None else narrowed(table, report.width))
    for line in (*overview.lines(), "", *lines):
        stream.write(line.encode() + b"\n")


def _xlsx(stream: IO[bytes], items: Items, report: Report) -> None:
    from cso_rules.tables.write.result_workbook import write_results

    columns = map_columns(report.header, report.policy) if report.source is None else report.source.columns
    source = report.source or ListFile(path=Path(), sheet=None, header_row=1, columns=columns)
    write_results(stream, items, report, source)


FORMS: Final[Mapping[str, Callable[[IO[bytes], Items, Report], None]]] = {
    "table": _table,
    "json": _json,
    "ndjson": _ndjson,
    "csv": _csv,
    "xlsx": _xlsx,
}
