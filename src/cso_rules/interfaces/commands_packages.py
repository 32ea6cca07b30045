"""Commands about rule packages: check, test, show, show-code, fmt."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from cso_rules.interfaces.commands_organizations import common, load

FAILED = 1
CONDITION = re.compile(r"^(\s*(?:- )?\s*(?:when|applies_when): )([^\s#{\[\"'|>&*!%@`].*?)(\s+#.*)?$")
FLOW = re.compile(r"((?:when|applies_when): \")([^\"\\]*)(\")")


@click.command()
@click.argument("package")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)
def check(package: str, lang: Any) -> None:
    """Report every fault of a package. 检查规则包。"""
    from cso_rules.diagnostics import render_all
    from cso_rules.loader.load import check as find

    found = find(package)
    click.echo(render_all(found, lang))
    if any(item.severity == "error" for item in found):
        sys.exit(FAILED)


@click.command()
@click.argument("package")
def test(package: str) -> None:
    """Run the scenarios of a package. 运行规则包的场景。"""
    from cso_rules.analysis.scenario_runner import run

    results = run(package)
    failed = [result for result in results if result.failures]
    for result in failed:
        click.echo(f"{result.file}:{result.line}: {result.title}")
        for failure in result.failures:
            click.echo(f"    {failure}")
    click.echo(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    if failed:
        sys.exit(FAILED)


@click.command()
@click.argument("name")
@common
def show(name: str, package: str, jurisdiction: str | None, as_of: Any, lang: str, readings: tuple[str, ...]) -> None:  # noqa: ARG001 - shared options
    """Show a decision, fact or parameter. 显示一项决定、事实或参数。"""
    policy = load(package, jurisdiction, as_of)
    lines = list(_shown(policy, name, lang))
    if not lines:
        raise click.UsageError(f"{name}: no decision, fact or parameter of that name")
    click.echo("\n".join(lines))


def _shown(policy: Any, name: str, lang: str) -> Iterator[str]:
    from cso_rules.model.decisions import rules_of

    if name in policy.facts:
        fact = policy.facts[name]
        yield from (f"{name}: {fact.label.in_language(lang)} ({fact.type.kind})", fact.question.in_language(lang))
        yield fact.definition.in_language(lang)
    if name in policy.parameters:
        parameter = policy.parameters[name]
        yield f"{name}: {parameter.label.in_language(lang)}"
        for key, number in parameter.values:
            yield f"  {policy.as_of} {key or '='} {parameter.type.decode_number(number)}"
    if name in policy.decisions:
        yield f"{name}: {policy.decisions[name].label.in_language(lang)}"
        for rule in rules_of(policy.decisions[name]):
            yield f"  {rule.id}: {rule.label.in_language(lang)}: {rule.text}"
            yield from (f"    {item.number} {item.article.in_language(lang)} [{item.confidence}]" for item in rule.citations)


@click.command("show-code")
@common
def show_code(package: str, jurisdiction: str | None, as_of: Any, lang: str, readings: tuple[str, ...]) -> None:  # noqa: ARG001 - shared options
    """Print the Python that the rules become. 显示由规则生成的代码。"""
    from cso_rules.executors.compiled import source

    click.echo(source(load(package, jurisdiction, as_of)))


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
def fmt(files: tuple[str, ...]) -> None:
    """Write conditions in their plain form; everything else stays. 规范条件的写法。"""
    for file in map(Path, files):
        old = file.read_bytes().decode("utf-8")
        new = "".join(map(_formatted, old.splitlines(keepends=True)))
        if new != old:
            file.write_bytes(new.encode("utf-8"))
            click.echo(str(file))


def _formatted(line: str) -> str:
    from cso_rules.loader.spelling import canonical

    body = line.rstrip("\r\n")
    found = CONDITION.match(body) or FLOW.search(body)
    if found is None:
        return line
    start, end = found.span(2)
    return line[:start] + canonical(line[start:end]) + line[end:]
