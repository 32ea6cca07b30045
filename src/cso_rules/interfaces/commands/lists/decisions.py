"""The command about the rows of a table of any entity of a package: every answer, and what applies in order of date."""

from __future__ import annotations

import sys

import click

from cso_rules.interfaces import completing
from cso_rules.interfaces.commands.lists.organizations import BAD_DATA, list_problems, say_unread
from cso_rules.interfaces.options.choosing import named_entity
from cso_rules.interfaces.options.opening import open_table, say_counts, say_notes
from cso_rules.interfaces.options.outputs import form_of_output, put, text_of
from cso_rules.interfaces.options.recording import Recording, record_options
from cso_rules.interfaces.options.rules import RuleOptions, rule_or_bundle_options
from cso_rules.interfaces.options.tables import TableOptions, strict_table_options


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--entity",
    metavar="NAME|LABEL",
    shell_complete=completing.entities,
    help="Whom the rows describe, if not the first of the package. 对象",
)
@rule_or_bundle_options
@strict_table_options
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), help="格式")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="File to write. 输出文件")
@record_options
def decisions(
    file: str,
    entity: str | None,
    options: RuleOptions,
    layout: TableOptions,
    form: str | None,
    output: str | None,
    recording: Recording,
) -> None:
    """Answer every decision about the rows of a table, duties in order of date. 逐行列出全部结论和各项职责的期限。"""
    from cso_rules.interfaces.lines.entity_report import EntityReport
    from cso_rules.tables.answer.rows import Answered, Summary

    lang, summary = options.lang, Summary()
    form = form_of_output(output, form, lang, ("text", "json", "csv"), [file])
    chosen = None if entity is None else named_entity(options.policy().presentation.entities, entity)
    table = open_table(file, options, layout, chosen)
    items = list(recording.of(table.answers(summary), table.columns))
    report = EntityReport(rows=tuple(item for item in items if isinstance(item, Answered)), language=lang)
    put(text_of(report, form), output, with_mark=form == "csv" and output is not None, is_text=form == "text")
    say_notes(lang, table.sheet.notes, summary.notes, table.contexts.notes)
    list_problems([problem for item in items for problem in item.problems], lang)
    say_unread(summary, lang)
    say_counts(lang, summary.read, summary.answered, summary.refused)
    if summary.refused or summary.unread:
        sys.exit(BAD_DATA)
