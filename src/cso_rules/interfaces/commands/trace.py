"""The command that shows what carries out each provision: trace."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from cso_rules.diagnostics import escape
from cso_rules.interfaces.options.outputs import put
from cso_rules.model.instruments import Label

if TYPE_CHECKING:
    from cso_rules.analysis.traceability import Check, Citing, InstrumentCount, Trace, TracedProvision, TraceProblem

FAILED = 1
SHOWN_PATHS = 2
"""A table line names this many citing parts and counts the others; the CSV form names all."""

LONGEST_NAME = 80
UNKNOWN = Label(
    zh="--instrument {0}：规则包自己没有这部文件，它有：{1}",
    en="--instrument {0}: the package itself has no such instrument; it has: {1}",
)

KINDS = {
    "parameter": Label(zh="参数", en="parameter"),
    "reading": Label(zh="解读", en="reading"),
    "fact": Label(zh="推定", en="presumption"),
    "constraint": Label(zh="约束", en="constraint"),
    "change": Label(zh="地方变更", en="local change"),
}
HEADINGS = (
    Label(zh="条款", en="provision"),
    Label(zh="状态", en="status"),
    Label(zh="可信度", en="confidence"),
    Label(zh="场景", en="scenarios"),
    Label(zh="摘要", en="summary"),
    Label(zh="引用处或原因", en="cited by, or reason"),
)
CSV_HEADINGS = (
    "instrument", "provision", "statements", "status", "confidence", "summary", "reason", "cited_by", "scenarios",
    "checked_on",
)  # fmt: skip
MOST_CHECKS = 10
"""So many sources are named, those that were read longest ago; the CSV form gives the day of each."""
CHECKS = Label(zh="最久没有核对原文的：", en="sources read longest ago:")
NOT_NOTED = Label(zh="未记日期", en="not noted")
MORE = Label(zh="另有 {} 项", en="and {} more")
UNVERIFIED = Label(zh="未核实（K）：{}", en="not verified (K): {}")
SEVERITIES = {True: Label(zh="错误", en="error"), False: Label(zh="警告", en="warning")}


@click.command()
@click.argument("package")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="语言")
@click.option("--instrument", metavar="ID", help="Only the provisions of this instrument. 只看一部文件")
@click.option("--format", "form", type=click.Choice(["table", "csv"]), default="table", show_default=True)
def trace(package: str, lang: Any, instrument: str | None, form: str) -> None:
    """Show which rules carry out each provision. 条款与规则的对应。"""
    from cso_rules.analysis.traceability import trace as find

    found = _of_instrument(find(package), instrument, lang)
    if form == "csv":
        put(_csv(found, lang), None, with_mark=True, is_text=False)
    else:
        click.echo("\n".join([*_superseded(found, lang), *_table(found, lang)]))
    lines = [
        *(_problem(item, lang) for item in found.problems),
        *(_counted(count, lang) for count in found.counts),
        *_checked(found, lang),
    ]
    click.echo("\n".join([*_faults(found, lang), *lines]), err=form == "csv")
    if not found.is_complete:
        sys.exit(FAILED)


def _superseded(found: Trace, language: str) -> Iterator[str]:
    """Return a line about a package that another one ended."""
    from cso_rules.interfaces.lines.differing import superseded_words
    from cso_rules.interfaces.lines.item_lines import period_text

    if found.package is not None:
        period = period_text(found.package.period, language)
        for words in superseded_words(found.package, language):
            yield f"{found.package.id}: {period}; {words}\n"


def _of_instrument(found: Trace, instrument: str | None, language: str) -> Trace:
    if instrument is None:
        return found
    known = [count.instrument for count in found.counts]
    if instrument not in known:
        shown = escape(instrument[:LONGEST_NAME])
        raise click.UsageError(UNKNOWN.in_language(language).format(shown, ", ".join(known) or "-"))
    return found.of(instrument)


def _table(found: Trace, language: str) -> Iterator[str]:
    """Return the lines of a table for each instrument."""
    from cso_rules.tables.write.plain_text import aligned

    for _, group in groupby(found.provisions, key=lambda item: item.citation.instrument):
        provisions = list(group)
        first = provisions[0].citation
        yield " ".join(filter(None, (f"{first.instrument} ", first.title.in_language(language), first.number)))
        headings = [label.in_language(language) for label in HEADINGS]
        yield from aligned([headings, *(_row(item, language) for item in provisions)])
        yield ""


def _row(item: TracedProvision, language: str) -> list[str]:
    from cso_rules.explanation.states import PROVISIONS

    citation, declaration = item.citation, item.declaration
    paths = [_path(part, language) for part in item.cited_by]
    rest = [f"+{len(paths) - SHOWN_PATHS}"] if len(paths) > SHOWN_PATHS else []
    reason = [declaration.reason.in_language(language)] if declaration.reason else []
    return [
        citation.provision,
        PROVISIONS[declaration.status].in_language(language),
        citation.confidence,
        str(len(item.scenarios)),
        citation.summary.in_language(language),
        ", ".join([*paths[:SHOWN_PATHS], *rest, *reason]),
    ]


def _path(part: Citing, language: str) -> str:
    kind = KINDS.get(part.kind)
    return f"{part.path} ({kind.in_language(language)})" if kind else part.path


def _csv(found: Trace, language: str) -> str:
    """Return the table as CSV for a spreadsheet, with every path and scenario."""
    from cso_rules.tables.write.plain_text import csv_text

    days = {check.name: str(check.checked_on or "") for check in found.checks if check.kind == "instrument"}
    rows = ((*_cells(item, language), days.get(item.citation.instrument, "")) for item in found.provisions)
    return csv_text([CSV_HEADINGS, *rows])


def _cells(item: TracedProvision, language: str) -> Iterator[str]:
    citation, declaration = item.citation, item.declaration
    yield from (citation.instrument, citation.provision, " ".join(declaration.covers))
    yield from (declaration.status, citation.confidence, citation.summary.in_language(language))
    yield declaration.reason.in_language(language) if declaration.reason else ""
    yield "; ".join(_path(part, language) for part in item.cited_by)
    yield "; ".join(item.scenarios)


def _faults(found: Trace, language: Any) -> Iterator[str]:
    from cso_rules.diagnostics import render_all

    if found.faults:
        yield render_all(found.faults, language)


def _problem(item: TraceProblem, language: str) -> str:
    severity = SEVERITIES[item.is_error].in_language(language)
    return f"{item.place}: {severity}{'：' if language == 'zh' else ': '}{item.message.in_language(language)}"


def _checked(found: Trace, language: str) -> Iterator[str]:
    """Return what was read longest ago, and what nobody has compared with a source."""
    if found.checks:
        yield CHECKS.in_language(language)
        yield from (f"    {_check(item, language)}" for item in found.checks[:MOST_CHECKS])
    if (more := len(found.checks) - MOST_CHECKS) > 0:
        yield f"    {MORE.in_language(language).format(more)}"
    if found.unverified:
        yield UNVERIFIED.in_language(language).format(", ".join(item.id for item in found.unverified))


def _check(item: Check, language: str) -> str:
    day = item.checked_on.isoformat() if item.checked_on else NOT_NOTED.in_language(language)
    name = item.name if item.kind == "instrument" else f"{item.name} ({KINDS[item.kind].in_language(language)})"
    return f"{day}  {name}  {item.label.in_language(language)}"


def _counted(count: InstrumentCount, language: str) -> str:
    from cso_rules.explanation.states import PROVISIONS

    numbers = (count.encoded, count.declared, count.not_computable)
    parts = [
        f"{status.in_language(language)} {number}" for status, number in zip(PROVISIONS.values(), numbers, strict=True)
    ]
    if language == "zh":
        return f"{count.instrument}：共 {count.total} 条，{count.accounted} 条有着落（{'，'.join(parts)}）"
    total = f"{count.accounted} of {count.total} statements of {count.instrument} accounted for"
    return f"{total} ({', '.join(parts)})"
