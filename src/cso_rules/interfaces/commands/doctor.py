"""The command that says how this installation stands: doctor."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs
import click

from cso_rules import __version__
from cso_rules.diagnostics import escape
from cso_rules.interfaces import completing
from cso_rules.model.instruments import Label

if TYPE_CHECKING:
    from cso_rules.interfaces.installation.finding import InstallationFinding

PARTS = {
    "program": Label(zh="程序", en="Program"),
    "extras": Label(zh="附加组件", en="Extras"),
    "rules": Label(zh="规则", en="Rules"),
    "cache": Label(zh="缓存", en="Cache"),
}
MARKS = {
    "sound": Label(zh="正常", en="ok   "),
    "remark": Label(zh="提示", en="note "),
    "fault": Label(zh="有误", en="FAULT"),
}
SOUND = Label(zh="没有发现问题", en="nothing is wrong")
UNSOUND = Label(zh="发现 {count} 个问题，见标有“有误”的行", en="faults: {count}, in the lines marked FAULT")


@click.command()
@click.option("--package", default="cn", show_default=True, shell_complete=completing.packages,
              help="Id or folder of the package. 规则包")  # fmt: skip
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="语言")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def doctor(ctx: click.Context, package: str, lang: str, form: str) -> None:
    """Say what is installed and missing, and whether rules and cache are sound. 检查安装、规则和缓存。"""
    from cso_rules.interfaces.installation.distribution import extra_findings, program_findings
    from cso_rules.interfaces.installation.rules_and_cache import cache_findings, rule_findings

    found = [*program_findings(), *extra_findings(), *rule_findings(package), *cache_findings()]
    faults = sum(one.state == "fault" for one in found)
    if form == "json":
        document = {"version": __version__, "is_sound": not faults, "findings": list(map(attrs.asdict, found))}
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        for line in _lines(found, lang):
            click.echo(escape(line))
        click.echo((UNSOUND.filled(count=faults) if faults else SOUND).in_language(lang))
    ctx.exit(1 if faults else 0)


def _lines(found: Iterable[InstallationFinding], language: str) -> Iterable[str]:
    part = None
    for one in found:
        if one.part != part:
            part = one.part
            yield PARTS[part].in_language(language)
        remedy = "" if one.remedy is None else ("；" if language == "zh" else "; ") + one.remedy.in_language(language)
        yield f"  {MARKS[one.state].in_language(language)} {one.subject}: {one.said.in_language(language)}{remedy}"
