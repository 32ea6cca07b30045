"""The command for very large tables: Parquet, Arrow or CSV in, and any of them out."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import click

from cso_rules.interfaces.opening import chosen_readings, say_notes
from cso_rules.interfaces.rule_options import RuleOptions, rule_options

BAD_DATA = 4


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False), help="File to write. 输出文件")
@click.option("--decision", "decisions", multiple=True, metavar="NAME", help="Only these decisions. 只回答这些事项")
@click.option("--reasons", is_flag=True, help="Lists of deciding rules and missing facts. 列出依据规则和缺少的事实")
@click.option("--encoding", type=click.Choice(["utf-8", "gb18030"]), help="Of a CSV file. CSV 文件的编码")
@rule_options
def bulk(
    file: str, output: str, decisions: tuple[str, ...], reasons: bool, encoding: str | None, options: RuleOptions
) -> None:
    """Classify millions of organizations of a Parquet, Arrow or CSV file. 对 Parquet、Arrow、CSV 大表中的组织分类。"""
    from cso_rules.population.bulk import determine_many
    from cso_rules.population.bulk_csv import ENDINGS as CSV_ENDINGS
    from cso_rules.population.bulk_files import form_of

    is_readable = form_of(output) == "csv" and Path(file).suffix.lower() in CSV_ENDINGS
    if not Path(output).parent.is_dir():
        text = {"zh": "文件夹不存在，请先建立", "en": "there is no such folder; create it first"}[options.lang]
        raise click.UsageError(f"-o {output}: {Path(output).parent}: {text}")
    policy = options.policy()
    answers = determine_many(
        file,
        policy,
        readings=chosen_readings(policy, options.readings),
        decisions=decisions or None,
        rules=not is_readable,
        reasons=reasons,
        language="en" if options.lang == "en" else "zh",
        encoding=encoding,
    )
    say_notes(options.lang, answers.notes)
    progress = Progress(total=answers.rows, lang=options.lang) if sys.stderr.isatty() else None
    summary = answers.write(output, progress)
    _finish(summary, options.lang)


def _finish(summary: Any, lang: str) -> None:
    for problem in summary.problems:
        place = f"row {problem.row}: " if lang == "en" else f"第 {problem.row} 行："
        click.echo(place + problem.message, err=True)
    if summary.refused > len(summary.problems):
        rest = summary.refused - len(summary.problems)
        more = {"en": f"and {rest} more; see the column `problem`", "zh": f"另有 {rest} 行，见 problem 列"}
        click.echo(more[lang], err=True)
    if summary.totals:
        numbers = ", ".join(map(str, summary.totals_rows)) + (" …" if summary.totals > len(summary.totals_rows) else "")
        skipped = {"en": f"rows of totals skipped: {numbers}", "zh": f"合计行未作为组织处理：{numbers}"}
        click.echo(skipped[lang], err=True)
    click.echo(f"read {summary.read} = answered {summary.answered} + refused {summary.refused}", err=True)
    if summary.refused:
        sys.exit(BAD_DATA)


@attrs.define(kw_only=True)
class Progress:
    """Says at most once a second how far the work is, how fast it goes and how long it will take.

    Attributes:
        total: How many rows there are, None when that is not known.
        say: Writes one line over the last one.
    """

    total: int | None
    lang: str
    clock: Callable[[], float] = time.monotonic
    say: Callable[[str], object] = lambda text: click.echo(f"\r{text}", err=True, nl=False)
    started: float = attrs.field(init=False)
    last: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Start the clock."""
        self.started = self.last = self.clock()

    def __call__(self, summary: Any) -> None:
        """Take note of a batch."""
        now = self.clock()
        is_done = summary.read == self.total
        if now - self.last < 1 and not is_done:
            return
        self.last = now
        rate = summary.read / max(now - self.started, 1e-9)
        self.say(self._text(summary.read, rate) + ("\n" if is_done else ""))

    def _text(self, read: int, rate: float) -> str:
        speed = {"en": f"{read:,} rows, {rate:,.0f} a second", "zh": f"{read:,} 行，每秒 {rate:,.0f} 行"}[self.lang]
        if self.total is None:
            return speed
        left = (self.total - read) / rate
        return speed + {"en": f", {left:.0f} s left  ", "zh": f"，还需 {left:.0f} 秒  "}[self.lang]
