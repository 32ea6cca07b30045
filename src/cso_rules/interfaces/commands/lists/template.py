"""The command that writes an empty list to be filled in: template."""

from __future__ import annotations

from pathlib import Path

import click

from cso_rules.interfaces.options.outputs import refuse_output
from cso_rules.interfaces.options.rules import RuleOptions, rule_or_bundle_options
from cso_rules.model.instruments import Label

WRITTEN = Label(
    zh="写好了 {file}：{facts} 项，不清楚的留空", en="{file} written: {facts:facts}; leave blank what is not known"
)
NOT_XLSX = Label(zh="请用 .xlsx 作扩展名", en="let the name end with .xlsx")


@click.command()
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False), help="Workbook to write. 输出的工作簿")
@click.option("--decision", "decisions", multiple=True, metavar="NAME",
              help="What the list is to decide; may be repeated. 名单用于回答的事项，可重复")  # fmt: skip
@rule_or_bundle_options
def template(output: str, decisions: tuple[str, ...], options: RuleOptions) -> None:
    """Write an empty list to be filled in. 生成待填写的空白名单。"""
    from cso_rules.tables.write.complete_file import complete_file
    from cso_rules.tables.write.template import Template, write_template

    lang = options.lang
    refuse_output(output, lang)
    if Path(output).suffix.lower() != ".xlsx":
        raise click.UsageError(f"-o {output}: {NOT_XLSX.in_language(lang)}")
    found = Template.of(options.policy(), decisions, lang)
    with complete_file(Path(output)) as temporary, temporary.open("wb") as stream:
        write_template(stream, found)
    click.echo(WRITTEN.filled(file=output, facts=len(found.facts)).in_language(lang), err=True)
