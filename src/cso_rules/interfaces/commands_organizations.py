"""Commands about organizations: classify a file, explain one row."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from cso_rules.interfaces.opening import open_table, say_counts, say_notes
from cso_rules.interfaces.rule_options import RuleOptions, rule_options
from cso_rules.interfaces.second_opinion import DIFFERENT, SecondOpinion

NOT_DETERMINED = 3
BAD_DATA = 4
LISTED = 100
"""Cells that are named one by one."""


def _refuse_output(output: str | None, form: str | None, lang: str) -> None:
    """Refuse a file that cannot be written before anything is read."""
    from cso_rules.population.output import FORMS

    if output is None:
        return
    if not Path(output).parent.is_dir():
        text = {"zh": "文件夹不存在，请先建立", "en": "there is no such folder; create it first"}[lang]
        raise click.UsageError(f"-o {output}: {Path(output).parent}: {text}")
    ending = Path(output).suffix.lower().removeprefix(".")
    if form is None and ending not in {*FORMS, "jsonl", "txt"}:
        text = {"zh": "无法由扩展名判断格式，请加上 --format", "en": "the ending tells no format; add --format"}[lang]
        raise click.UsageError(f"-o {output}: {text} ({', '.join(FORMS)})")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@rule_options
@click.option("--format", "form", type=click.Choice(["table", "json", "ndjson", "csv", "xlsx"]), help="格式")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="File to write. 输出文件")
@click.option("--fail-on-undetermined", is_flag=True, help="End with 3 when a tier is open. 有未定类别时以 3 结束")
@click.option("--verify", type=click.Choice(["rete"]), help="Ask another engine too; 1 when it differs. 由另一引擎复核")
def classify(
    file: str,
    options: RuleOptions,
    form: str | None,
    output: str | None,
    fail_on_undetermined: bool,
    verify: str | None,
) -> None:
    """Classify every organization of a table. 对表中每个组织分类。"""
    from cso_rules.population.report import Report
    from cso_rules.population.rows import Summary

    lang = options.lang
    _refuse_output(output, form, lang)
    table = open_table(file, options)
    summary, open_rows, second = Summary(), [0], SecondOpinion(verify)
    refused: list[Any] = []
    report = Report(header=table.sheet.header, policy=table.policy, language=lang, varying=table.varying)
    _write(_watched(second.of(table.answers(summary)), open_rows, refused), report, output, form)
    say_notes(lang, table.sheet.notes, summary.notes, table.contexts.notes)
    list_refused(refused, lang)
    second.say(lang)
    _finish(summary, bool(open_rows[0]) and fail_on_undetermined, second.differs, lang)


def _write(items: Iterator[Any], report: Any, output: str | None, form: str | None) -> None:
    from cso_rules.population.output import write_file, write_stream

    if output is None:
        write_stream(sys.stdout.buffer, items, report, form or "table")
        sys.stdout.buffer.flush()
    elif Path(output).exists() and not Path(output).is_file():
        with Path(output).open("wb") as stream:  # a device or pipe is written to, never replaced
            write_stream(stream, items, report, form or Path(output).suffix.lower().removeprefix("."))
    else:
        write_file(Path(output), items, report, form=form)


def list_refused(refused: list[Any], lang: str) -> None:
    """Say of every refused row which cell was not understood, and what to do."""
    list_problems([problem for item in refused for problem in item.problems], lang)


def list_problems(problems: list[Any], lang: str) -> None:
    """Say which cells were not understood, and what to do."""
    for problem in problems[:LISTED]:
        cell = f"{problem.column} {problem.value!r}" if problem.column else ""
        if lang == "zh":
            click.echo(f"第 {problem.row} 行 {cell}：{problem.reason_zh}", err=True)
        else:
            click.echo(f"row {problem.row} {cell}: {problem.reason_en}", err=True)
    if (more := len(problems) - LISTED) > 0:
        click.echo({"zh": f"另有 {more} 处", "en": f"and {more} more"}[lang], err=True)
    if problems:
        remedy = {"zh": "请改正以上单元格后重新运行", "en": "correct these cells and run again"}[lang]
        click.echo(remedy, err=True)


def _watched(items: Iterator[Any], open_rows: list[int], refused: list[Any]) -> Iterator[Any]:
    """Pass rows on, count undetermined ones, and show progress on a terminal."""
    from cso_rules.population.rows import Answered

    for number, item in enumerate(items, start=1):
        if isinstance(item, Answered):
            outcome = item.determination.outcomes.get("tier")
            open_rows[0] += outcome is not None and outcome.status.value != "determined"
        else:
            refused.append(item)
        if number % 1000 == 0 and sys.stderr.isatty():
            click.echo(f"\r{number}", err=True, nl=False)
        yield item


def _finish(summary: Any, is_open: bool, is_different: bool, lang: str) -> None:
    say_counts(lang, summary.read, summary.answered, summary.refused)
    if is_different:
        sys.exit(DIFFERENT)
    if summary.refused:
        sys.exit(BAD_DATA)
    if is_open:
        sys.exit(NOT_DETERMINED)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--id", "identity", required=True, help="Id, name or row of the organization. 组织编号、名称或行号")
@rule_options
@click.option("--proof", is_flag=True, help="Show the rules that fired in the second engine. 显示推理过程")
def explain(file: str, identity: str, options: RuleOptions, proof: bool) -> None:
    """Explain the answers about one organization. 说明一个组织的认定理由。"""
    from cso_rules.explanation import explain as notice
    from cso_rules.population.rows import Answered

    lang, table = options.lang, open_table(file, options)
    item = next((item for item in table.answers() if identity in {item.id, item.name, str(item.number)}), None)
    if item is None:
        raise click.UsageError(f"--id {identity}: no such organization")
    if not isinstance(item, Answered):
        list_refused([item], lang)
        sys.exit(BAD_DATA)
    click.echo(notice(item.determination, lang, name=item.name or item.id))
    if proof:
        from cso_rules.explanation.proof import proof as derivation

        click.echo("\n" + derivation(item.determination, lang))
    say_notes(lang, table.contexts.notes)
