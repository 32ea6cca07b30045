"""The command that writes papers to hand out: notice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import attrs
import click

from cso_rules import __version__
from cso_rules.interfaces.commands.lists.organizations import BAD_DATA, list_problems
from cso_rules.interfaces.options.choosing import the_one
from cso_rules.interfaces.options.opening import OpenTable, open_table, say_counts, say_notes
from cso_rules.interfaces.options.outputs import form_of_output, put_bytes
from cso_rules.interfaces.options.rules import RuleOptions, rule_or_bundle_options
from cso_rules.interfaces.options.tables import TableOptions, show_personal, strict_table_options
from cso_rules.interfaces.terminal import counting_aloud
from cso_rules.model.instruments import Label

WHICH = Label(
    zh="请用 --id 或 --row 指定一行，或用 --all 写出全部",
    en="name one row by --id or --row, or write all of them with --all",
)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--id", "identity", help="Id, name or number of the row. 编号、名称或序号")
@click.option("--row", type=click.IntRange(min=1), metavar="NUMBER", help="Number of the row. 行号")
@click.option("--all", "everyone", is_flag=True, help="Every row, a page each. 每行一页，全部写出")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False), help="File, .html or .docx. 输出文件")
@click.option("--format", "form", type=click.Choice(["html", "docx"]), help="格式")
@click.option(
    "--for", "reader", type=click.Choice(["applicant", "office"]), default="applicant", show_default=True,
    help="Who reads it: a notice, or a working sheet. 给申请人的告知书，或给办公室的工作底稿",
)  # fmt: skip
@show_personal
@rule_or_bundle_options
@strict_table_options
def notice(
    file: str,
    identity: str | None,
    row: int | None,
    everyone: bool,
    output: str,
    form: str | None,
    reader: str,
    shows_personal: bool,
    options: RuleOptions,
    layout: TableOptions,
) -> None:
    """Write notices to hand out, or working sheets, a page each. 写出告知书或工作底稿。"""
    from cso_rules.tables.answer.rows import Answered, Summary

    lang, summary = options.lang, Summary()
    if [identity is not None, row is not None, everyone].count(True) != 1:
        raise click.UsageError(WHICH.in_language(lang))
    form = form_of_output(output, form, lang, ("html", "docx"), [file])
    table = attrs.evolve(open_table(file, options, layout), shows_personal=shows_personal)
    items = list(table.answers(summary)) if everyone else [the_one(table, summary, identity, row)]
    answered = [item for item in items if isinstance(item, Answered)]
    papers = list(counting_aloud(_papers(table, answered, reader, lang), len(answered)))
    if papers:
        put_bytes(_written(papers, form, lang), output)
    say_notes(lang, table.sheet.notes, summary.notes, table.contexts.notes)
    problems = [problem for item in items for problem in item.problems]
    list_problems(problems, lang)
    say_counts(lang, len(items), len(papers), len(items) - len(answered))
    if problems:
        raise SystemExit(BAD_DATA)


def _papers(table: OpenTable, items: Iterable[Any], reader: str, lang: str) -> Iterator[Any]:
    from cso_rules.explanation.papers.notice import notice as notice_of
    from cso_rules.explanation.papers.sheet import working_sheet
    from cso_rules.tables.write.kept import kept_of

    for item in items:
        parts = {"name": item.name, "identity": item.id}
        if reader == "applicant":
            yield notice_of(item.determination, lang, **parts)
        else:
            kept = kept_of(item, table.sheet.header, table.columns.facts, lang, __version__)
            yield working_sheet(item.determination, lang, kept=kept, **parts)


def _written(papers: list[Any], form: str, lang: str) -> bytes:
    from cso_rules.explanation.papers.html import html
    from cso_rules.explanation.papers.word_file import docx

    return docx(papers) if form == "docx" else html(papers, papers[0].title, lang).encode("utf-8", "backslashreplace")
