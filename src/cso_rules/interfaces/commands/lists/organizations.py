"""Commands about the rows of a table: classify all of them, explain one."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import click

from cso_rules.diagnostics import escape, shortened
from cso_rules.interfaces import completing
from cso_rules.interfaces.asking import Questions, may_ask
from cso_rules.interfaces.options.choosing import ONE_OF_BOTH, named_decision, the_one
from cso_rules.interfaces.options.opening import open_table, opened_sheet, say_counts, say_notes
from cso_rules.interfaces.options.outputs import form_of_output, put, refuse_output
from cso_rules.interfaces.options.recording import Recording, record_options
from cso_rules.interfaces.options.rules import RuleOptions, rule_or_bundle_options
from cso_rules.interfaces.options.tables import TableOptions, show_personal, strict_table_options, table_options
from cso_rules.interfaces.second_opinion import DIFFERENT, SecondOpinion
from cso_rules.interfaces.terminal import counting_aloud
from cso_rules.interfaces.terminal import output as standard_output
from cso_rules.model.instruments import Label

IN_SECTION = Label(zh="{name}（{section}）", en="{name} ({section})")
NOT_DETERMINED = 3
BAD_DATA = 4
LONGEST = 500
MOST_NAMED = 5
SAMPLE = 30
"""Letters of a value that are shown."""
LISTED = 100
"""Cells that are named one by one."""


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@rule_or_bundle_options
@click.option("--format", "form", type=click.Choice(["table", "json", "ndjson", "csv", "xlsx"]), help="格式")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="File to write. 输出文件")
@click.option("--fail-on-undetermined", is_flag=True, help="End with 3 when an answer is open. 有未定类别时以 3 结束")
@strict_table_options
@click.option("--verify", type=click.Choice(["rete"]), help="Ask another engine too; 1 when it differs. 由另一引擎复核")
@record_options
def classify(
    file: str,
    options: RuleOptions,
    form: str | None,
    output: str | None,
    fail_on_undetermined: bool,
    layout: TableOptions,
    verify: str | None,
    recording: Recording,
) -> None:
    """Classify every row of a table. 对表中每一行分类。"""
    from cso_rules.tables.answer.rows import Summary
    from cso_rules.tables.write.report import Report

    lang = options.lang
    form = form_of_output(output, form, lang, ("table", "json", "ndjson", "csv", "xlsx"), [file])
    table = open_table(file, options, layout)
    summary, open_rows, second = Summary(), [0], SecondOpinion(verify)
    problems: list[Any] = []
    report = Report(
        header=table.sheet.header, policy=table.policy, language=lang, varying=table.varying,
        source=table.source(lambda: (*table.sheet.notes, *summary.notes, *table.contexts.notes)),
        width=shutil.get_terminal_size().columns if output is None and sys.stdout.isatty() else None,
    )  # fmt: skip
    answers = second.of(recording.of(table.answers(summary), table.columns))
    _write(_watched(answers, open_rows, problems), report, output, form)
    say_notes(lang, table.sheet.notes, summary.notes, table.contexts.notes)
    list_problems(problems, lang)
    say_unread(summary, lang)
    second.say(lang)
    _finish(summary, bool(open_rows[0]) and fail_on_undetermined, second.differs, lang)


def _write(items: Iterator[Any], report: Any, output: str | None, form: str) -> None:
    from cso_rules.tables.write.output import write_file, write_stream

    if output is not None:
        write_file(Path(output), items, report, form=form)
        return
    write_stream(standard_output(is_text=form == "table"), items, report, form)
    sys.stdout.flush()


def list_problems(problems: list[Any], lang: str, number: int = 0, where: str = "") -> None:
    """Say which cells were not understood; there may be a greater number, named somewhere."""
    for problem in problems[:LISTED]:
        cell = f" {shortened(problem.column)} '{shortened(problem.value)}'" if problem.column else ""
        words = {"zh": "第 {} 行{}：{}", "en": "row {}{}: {}"}[lang]
        click.echo(words.format(problem.row, cell, shortened(problem.in_language(lang), LONGEST)), err=True)
    if (more := max(number, len(problems)) - min(len(problems), LISTED)) > 0:
        click.echo({"zh": f"另有 {more} 处", "en": f"and {more} more"}[lang] + where, err=True)


def say_unread(summary: Any, lang: str) -> None:
    """Say how many cells of each column were not understood, what became of them, and what to do."""
    counts = Counter[str]()
    for (heading, _), number in summary.unread.items():
        counts[heading] += number
    if counts:
        words = {
            "zh": "未读懂的单元格：{}。其内容按不详处理，结论仍成立，只是可能较宽；请改正后重新运行",
            "en": "cells that were not understood: {}. What they hold counts as unknown: the answers hold, though they"
            " may leave more open; correct them and run again",
        }
        if not summary.in_doubt:  # their rows were refused
            words = {
                "zh": "未读懂的单元格：{}。这些单元格所在的行未处理；请改正后重新运行",
                "en": "cells that were not understood: {}. Their rows were refused; correct them and run again",
            }
        form = words[lang]
        listed = [f"{shortened(heading)} {number}" for heading, number in counts.most_common(MOST_NAMED)]
        more = {"zh": [f"另有 {len(counts) - MOST_NAMED} 列"], "en": [f"further columns: {len(counts) - MOST_NAMED}"]}[
            lang
        ]
        click.echo(
            form.format({"zh": "，", "en": ", "}[lang].join(listed + more * (len(counts) > MOST_NAMED))), err=True
        )
    elif summary.refused:
        click.echo({"zh": "请改正以上行后重新运行", "en": "correct these rows and run again"}[lang], err=True)


def _watched(items: Iterator[Any], open_rows: list[int], problems: list[Any]) -> Iterator[Any]:
    """Pass rows on, count undetermined ones, and keep their problems."""
    from cso_rules.tables.answer.rows import Answered

    for item in counting_aloud(items):
        if isinstance(item, Answered):
            outcome = item.determination.outcomes.get(item.determination.policy.headline)
            open_rows[0] += outcome is not None and outcome.status.value != "determined"
        problems += item.problems
        yield item


def _finish(summary: Any, is_open: bool, is_different: bool, lang: str) -> None:
    say_counts(lang, summary.read, summary.answered, summary.refused)
    if is_different:
        sys.exit(DIFFERENT)
    if summary.refused or summary.unread:
        sys.exit(BAD_DATA)
    if is_open:
        sys.exit(NOT_DETERMINED)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--id", "identity", help="Id, name or number of the row. 编号、名称或序号")
@click.option("--row", type=click.IntRange(min=1), metavar="NUMBER", help="Number of the row. 行号")
@rule_or_bundle_options
@strict_table_options
@click.option(
    "--decision",
    metavar="NAME|LABEL",
    shell_complete=completing.decisions,
    help="Explain another decision. 说明另一项结论，可用名称",
)
@show_personal
@click.option("--proof", is_flag=True, help="Show the rules that fired in the second engine. 显示推理过程")
def explain(
    file: str,
    identity: str | None,
    row: int | None,
    options: RuleOptions,
    layout: TableOptions,
    decision: str | None,
    shows_personal: bool,
    proof: bool,
) -> None:
    """Explain the answers about one row. 说明一行的认定理由。"""
    from cso_rules.explanation import explain as notice
    from cso_rules.tables.answer.rows import Answered, Summary

    lang, summary = options.lang, Summary()
    if (identity is None) == (row is None):
        raise click.UsageError(ONE_OF_BOTH.in_language(lang))
    table = attrs.evolve(open_table(file, options, layout), shows_personal=shows_personal)
    item = the_one(table, summary, identity, row)
    list_problems(list(item.problems), lang)
    if not isinstance(item, Answered):
        say_unread(summary, lang)
        sys.exit(BAD_DATA)
    chosen = None if decision is None else named_decision(item.determination.policy, decision)
    name = escape(item.name or item.id)
    if item.section:
        name = IN_SECTION.filled(name=name, section=escape(item.section)).in_language(lang)
    click.echo(notice(item.determination, lang, name=name, decision=chosen))
    if proof:
        from cso_rules.explanation.proof import proof as derivation

        click.echo("\n" + derivation(item.determination, lang, decision=chosen))
    say_notes(lang, table.sheet.notes, summary.notes, table.contexts.notes)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@rule_or_bundle_options
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="File of choices to write. 写出对应文件")
@click.option("--no-ask", is_flag=True, help="Never ask about columns that are not read. 不询问未读取的列")
@table_options
def columns(file: str, options: RuleOptions, output: str | None, no_ask: bool, layout: TableOptions) -> None:
    """Show which column of a list holds which fact. 显示各列所对应的事实。"""
    from cso_rules.tables.read.column_maps import described, map_text, named_meaning

    lang = options.lang
    if output is not None:
        refuse_output(output, lang, [file, layout.columns])
    sheet = opened_sheet(file, options.policy(), layout)
    found = described(sheet, options.policy())
    for column in found:
        if column.heading.strip():
            click.echo(escape(_column_line(column, lang)))
    if output is not None:
        if not no_ask and may_ask():
            policy = options.policy()
            found = Questions(columns=found, language=lang, named=lambda text: named_meaning(text, policy)).answered()
        put(map_text(found), output, is_text=False)
    say_notes(lang, sheet.notes)


def _column_line(column: Any, lang: str) -> str:
    """Return what a column holds, in one line."""
    words = {
        "zh": {"unread": "未读取", "other": "不是事实", "guess": "未读取，是否为 {}？", "sample": "例："},
        "en": {"unread": "unread", "other": "no fact", "guess": "unread; is it {}?", "sample": "such as "},
    }[lang]
    if column.name:
        said = f"{column.label.in_language(lang)} ({column.name})"
    elif column.reason is not None:
        said = f"{words['unread']}: {column.reason.in_language(lang)}"
    elif column.guesses:
        listed = ", ".join(f"{label.in_language(lang)} ({name})" for name, label in column.guesses)
        said = words["guess"].format(listed)
    else:
        said = words["other"] if column.is_other else words["unread"]
    sample = f" | {words['sample']}{shortened(column.sample, SAMPLE)}" if column.sample else ""
    return f"{' '.join(column.heading.split())} | {said}{sample}"
