"""Write answers as table, JSON, NDJSON, CSV for Excel or workbook; a file appears only when complete."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Any, Final

import attrs

from cso_rules.determination import to_json
from cso_rules.diagnostics import escape
from cso_rules.errors import ArgumentError, MissingExtraError
from cso_rules.model.instruments import Citation, Label
from cso_rules.tables.answer.rows import Answered, Refused
from cso_rules.tables.read.cell_limits import CELL_LIMIT
from cso_rules.tables.write.complete_file import complete_file
from cso_rules.tables.write.plain_text import MARK, aligned, csv_text
from cso_rules.tables.write.report import SHORT_COLUMNS, Report

Items = Iterable[Answered | Refused]
_ID: Final = Label(zh="编号", en="id")
_NAME: Final = Label(zh="名称", en="name")
_ROW: Final = Label(zh="行号", en="row")


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
    """Return the JSON form of a row: the determination, or the problems."""
    found: dict[str, Any] = {"row": item.number, "id": item.id, "name": item.name}
    if isinstance(item, Refused):
        return found | {"status": "refused", "problems": [attrs.asdict(problem) for problem in item.problems]}
    warnings = [{"zh": warning.zh, "en": warning.en} for warning in item.warnings]
    return found | {"status": "answered", "warnings": warnings, "determination": to_json(item.determination)}


def _form(path: Path) -> str:
    ending = path.suffix.lower().removeprefix(".")
    return {"jsonl": "ndjson", "txt": "table"}.get(ending, ending)


def _csv(stream: IO[bytes], items: Items, report: Report) -> None:
    stream.write(MARK)
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
    shown = {report.policy.headline, *SHORT_COLUMNS}
    names = tuple(name for name in report.columns if name in shown)
    table = [(report.text(_ID), report.text(_NAME), *map(report.heading, names))]
    for item in items:
        answer = report.answer(item, names)
        table.append(tuple(escape(cell) for cell in (item.id, item.name, *(answer[name] for name in names))))
    for line in aligned(table):
        stream.write(line.encode() + b"\n")


def _xlsx(stream: IO[bytes], items: Items, report: Report) -> None:
    try:
        import xlsxwriter  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingExtraError("tables") from error
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        names = (
            ("认定结果", "未处理行", "依据") if report.language == "zh" else ("answers", "refused rows", "legal bases")
        )
        sheets = [book.add_worksheet(name) for name in names]
        refused, citations = _fill_answers(sheets[0], items, report, bold)
        _fill(sheets[1], [_refused_head(report), *_refused_rows(refused, report)], bold)
        _fill(sheets[2], [_basis_head(report), *_basis_rows(citations, report)], bold)
    stream.write(data.getvalue())


def _fill_answers(sheet: Any, items: Items, report: Report, bold: Any) -> tuple[list[Refused], dict[Citation, None]]:
    refused: list[Refused] = []
    citations: dict[Citation, None] = {}
    lines = [report.headings]
    for item in items:
        lines.append(report.cells(item))
        if isinstance(item, Refused):
            refused.append(item)
        else:
            citations.update(dict.fromkeys(_cited(item)))
    _fill(sheet, lines, bold)
    return refused, citations


def _cited(item: Answered) -> Iterable[Citation]:
    outcomes, policy = item.determination.outcomes, item.determination.policy
    names = (policy.headline, *policy.presentation.lists.tables)
    return (citation for name in names if name in outcomes for citation in outcomes[name].citations)


def _fill(sheet: Any, lines: Iterable[tuple[str, ...]], bold: Any) -> None:
    for row, cells in enumerate(lines):
        for column, text in enumerate(cells):
            sheet.write_string(row, column, text[:CELL_LIMIT], None if row else bold)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 60, 16)


def _refused_head(report: Report) -> tuple[str, ...]:
    labels = (
        _ROW,
        _ID,
        _NAME,
        Label(zh="列", en="column"),
        Label(zh="内容", en="value"),
        Label(zh="原因", en="reason"),
    )
    return tuple(map(report.text, labels))


def _refused_rows(refused: list[Refused], report: Report) -> Iterable[tuple[str, ...]]:
    for item in refused:
        for problem in item.problems:
            reason = problem.reason_zh if report.language == "zh" else problem.reason_en
            yield (str(item.number), item.id, item.name, problem.column, problem.value, reason)


def _basis_head(report: Report) -> tuple[str, ...]:
    labels = (
        Label(zh="文件", en="instrument"),
        Label(zh="文号", en="number"),
        Label(zh="条款", en="provision"),
        Label(zh="要点", en="summary"),
        Label(zh="核实程度", en="confidence"),
    )
    return tuple(map(report.text, labels))


def _basis_rows(citations: Iterable[Citation], report: Report) -> Iterable[tuple[str, ...]]:
    for cited in citations:
        title, article, summary = map(report.text, (cited.title, cited.article, cited.summary))
        yield (title, cited.number, article, summary, cited.confidence)


FORMS: Final[Mapping[str, Callable[[IO[bytes], Items, Report], None]]] = {
    "table": _table,
    "json": _json,
    "ndjson": _ndjson,
    "csv": _csv,
    "xlsx": _xlsx,
}
