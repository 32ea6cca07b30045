"""The command for very large tables: a file or a query of a database in, and any of them out."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import click

from cso_rules.interfaces.commands.lists.organizations import list_problems, say_unread
from cso_rules.interfaces.options.opening import chosen_readings, say_counts, say_notes
from cso_rules.interfaces.options.outputs import refuse_input, refuse_output
from cso_rules.interfaces.options.rules import RuleOptions, rule_or_bundle_options
from cso_rules.interfaces.options.tables import TableOptions, strict_table_options
from cso_rules.interfaces.terminal import count_aloud

BAD_DATA = 4


@click.command()
@click.argument("source", metavar="FILE|URL")
@click.option("-o", "--output", required=True, metavar="FILE|URL", help="File or database to write. 输出文件或数据库")
@click.option("--query", metavar="SELECT", help="Rows of a database. 从数据库读取记录的查询语句")
@click.option("--table", metavar="NAME", help="Table of a database to write. 写入的数据库表")
@click.option("--replace", is_flag=True, help="Replace that table if it is there. 表已存在时替换")
@click.option("--discard", is_flag=True, help="Replace it even if columns are lost. 替换时可丢弃原有的列")
@click.option("--decision", "decisions", multiple=True, metavar="NAME", help="Only these decisions. 只回答这些事项")
@click.option("--reasons", is_flag=True, help="Lists of deciding rules and missing facts. 列出依据规则和缺少的事实")
@click.option("--encoding", type=click.Choice(["utf-8", "gb18030"]), help="Of a CSV file. CSV 文件的编码")
@strict_table_options
@rule_or_bundle_options
def bulk(
    source: str,
    output: str,
    query: str | None,
    table: str | None,
    replace: bool,
    discard: bool,
    decisions: tuple[str, ...],
    reasons: bool,
    encoding: str | None,
    layout: TableOptions,
    options: RuleOptions,
) -> None:
    """Classify millions of rows of a file or a database. 对大表或数据库中的记录分类。

    Files are Parquet, Arrow, CSV or XLSX; databases are sqlite:///path, duckdb:///path or postgresql://user@host/name.
    Columns of area codes and of dates say for each row which rules apply.
    文件可为 Parquet、Arrow、CSV、XLSX；表中可有“地区代码”“适用日期”两列，逐行适用当地当日的规则。
    """
    from cso_rules.tables.bulk.determine import determine_many

    _refuse_arguments(source, output, query, table, options.lang)
    if discard and not replace:
        raise click.UsageError({"zh": "--discard 须与 --replace 同用", "en": "--discard needs --replace"}[options.lang])
    answers = determine_many(
        source,
        _run_of(options),
        query=query,
        readings=chosen_readings(options.policy(), options.readings),
        decisions=decisions or None,
        rules=not _is_for_people(source, output),
        reasons=reasons,
        language="en" if options.lang == "en" else "zh",
        encoding=encoding,
        sheet=layout.sheet,
        is_strict=layout.is_strict,
        choices=layout.choices(options.policy()),
        preparing=_preparing(options.lang) if sys.stderr.isatty() else lambda _: None,
    )
    say_notes(options.lang, answers.notes, layout.notes(source))
    progress = Progress(total=answers.rows, lang=options.lang)
    try:
        watching = progress if sys.stderr.isatty() else None
        summary = answers.write(output, watching, table=table, replace=replace, discard=discard)
    finally:
        progress.end()
    _finish(summary, options.lang)


def _run_of(options: RuleOptions) -> Any:
    """Return what finds the rules of each row."""
    as_of = options.as_of.date() if options.as_of else None
    if options.bundle is not None:
        from cso_rules.bundle.tables import run_of as of_bundle

        return of_bundle(options.bundle, options.jurisdiction, as_of)
    from cso_rules.tables.bulk.determine import run_of

    return run_of(
        options.package, options.jurisdiction, as_of, drafts=options.drafts, local_deviations=options.local_deviations
    )


def _preparing(lang: str) -> Callable[[int], object]:
    """Return what lets be said of how many places and dates the rules were loaded."""
    words = {"en": "places and dates loaded: {}", "zh": "已载入 {} 组地区和日期的规则"}[lang]
    return lambda number: count_aloud(words.format(number))


def _refuse_arguments(source: str, output: str, query: str | None, table: str | None, lang: str) -> None:
    """Refuse what cannot work before anything is read."""
    from cso_rules.tables.batches.files import form_of
    from cso_rules.tables.databases.tables import is_url

    def refuse(option: str, english: str, chinese: str) -> None:
        raise click.UsageError(f"{option}: {english if lang == 'en' else chinese}")

    for text in (source, output):
        if "://" in text and not is_url(text):
            known = "sqlite:///path, duckdb:///path, postgresql://user@host/name"
            refuse(f"{text.partition('://')[0]}://", f"databases are {known}", f"可用的数据库地址：{known}")
    if is_url(source) != (query is not None):
        refuse("--query", "name the rows of a database with it, and only those", "读取数据库时（且仅此时）需要此选项")
    if is_url(output) != (table is not None):
        refuse("--table", "name the table of a database with it, and only that", "写入数据库时（且仅此时）需要此选项")
    if not is_url(source) and source and Path(source).is_dir():
        refuse(source, "this is a folder, not a file", "这是文件夹，不是文件")
    if not is_url(source) and not Path(source).is_file():
        refuse(source or "''", "there is no such file", "找不到该文件")
    if not is_url(output):
        form_of(output)
        refuse_output(output, lang, [_file_of(source)])
    elif not is_url(source):
        refuse_input(output, _file_of(output), lang, [source])


def _file_of(source: str) -> str | None:
    """Return the file of a table or of a database; None for that of a server."""
    from cso_rules.tables.databases.drivers import file_of
    from cso_rules.tables.databases.tables import is_url

    return file_of(source) if is_url(source) else source


def _is_for_people(source: str, output: str) -> bool:
    """Tell whether the output is read by people, or has no masks: then there are no columns of the rules."""
    from cso_rules.tables.batches.files import form_of
    from cso_rules.tables.databases.tables import is_url
    from cso_rules.tables.read.sheets import RECORDS, holds_columns

    if is_url(output) or form_of(output) == "xlsx":
        return True
    if is_url(source):
        return False
    path = Path(source)
    return form_of(output) == "csv" and path.suffix.lower() not in RECORDS and not holds_columns(path)


def _finish(summary: Any, lang: str) -> None:
    list_problems(
        summary.problems, lang, summary.found, {"zh": "，见 problem 列", "en": "; see the column `problem`"}[lang]
    )
    say_notes(lang, summary.notes)
    say_unread(summary, lang)
    say_counts(lang, summary.read, summary.answered, summary.refused)
    if summary.refused or summary.unread:
        sys.exit(BAD_DATA)


@attrs.define(kw_only=True)
class Progress:
    """Tells at most once a second how far the work is, how fast it goes and how long it will take.

    Attributes:
        total: How many rows there are, None when that is not known.
        say: Lets a line be said of how far the work is.
    """

    total: int | None
    lang: str
    clock: Callable[[], float] = time.monotonic
    say: Callable[[str], object] = count_aloud
    started: float = attrs.field(init=False)
    last: float = attrs.field(init=False)
    has_spoken: bool = attrs.field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        """Start the clock."""
        self.started = self.last = self.clock()

    def __call__(self, summary: Any) -> None:
        """Take note of a batch."""
        now = self.clock()
        if now - self.last < 1 and summary.read != self.total:
            return
        self.last, self.has_spoken = now, True
        self.say(self._text(summary, now - self.started))

    def end(self) -> None:
        """Say no more of how far the work is."""
        if self.has_spoken:
            self.say("\n")

    def _text(self, summary: Any, elapsed: float) -> str:
        read, rate = summary.read, summary.read / max(elapsed, 1e-9)
        speed = {"en": f"{read:,} rows, {rate:,.0f} a second", "zh": f"{read:,} 行，每秒 {rate:,.0f} 行"}[self.lang]
        done = read / self.total if self.total else summary.share
        if not done:
            return speed
        left = elapsed * (1 - done) / done
        return speed + {"en": f", {left:.0f} s left  ", "zh": f"，还需 {left:.0f} 秒  "}[self.lang]
