"""Commands about rule packages: check, test, show, diff, show-code, fmt."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from cso_rules.interfaces.rule_options import RuleOptions, rule_options

FAILED = 1


PLACES = click.option("--places", is_flag=True, help="The local packages beside them too. 连同地方规则包")


def _chosen(packages: tuple[str, ...], *, places: bool) -> list[Path]:
    """Return the folders of packages, and of the local ones beside them when asked for."""
    from cso_rules.loader.packages import neighbours, package_path

    named = [package_path(package) for package in packages]
    local = [folder for path in named for folder in neighbours(path)] if places else []
    return list(dict.fromkeys([*named, *local]))


@click.command()
@click.argument("packages", nargs=-1, required=True)
@PLACES
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True)
def check(packages: tuple[str, ...], places: bool, lang: Any) -> None:
    """Report every fault of packages. 检查规则包。"""
    from cso_rules.diagnostics import render_all
    from cso_rules.loader.load import check as find

    found = [fault for path in _chosen(packages, places=places) for fault in find(path)]
    click.echo(render_all(list(dict.fromkeys(found)), lang))
    if any(item.severity == "error" for item in found):
        sys.exit(FAILED)


@click.command()
@click.argument("packages", nargs=-1, required=True)
@PLACES
def test(packages: tuple[str, ...], places: bool) -> None:
    """Run the scenarios of packages. 运行规则包的场景。"""
    from cso_rules.analysis.scenario_runner import run

    results = [result for path in _chosen(packages, places=places) for result in run(path)]
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
@rule_options
def show(name: str, options: RuleOptions) -> None:
    """Show a decision, fact or parameter, and where its values come from. 显示一项决定、事实或参数及其来源。"""
    from cso_rules.interfaces.showing import shown

    for entity in ("organization", "community", "area", "authority"):
        lines = list(shown(options.policy(entity), options, name))
        if lines:
            click.echo("\n".join(lines))
            return
    raise click.UsageError(f"{name}: no decision, fact or parameter of that name")


@click.command()
@rule_options
def diff(options: RuleOptions) -> None:
    """List what the rules of a place change in the national ones. 列出地方规则对全国规则的改动。"""
    from cso_rules.interfaces.showing import differences

    click.echo("\n".join(differences(options.policy(), options.lang)))


@click.command("show-code")
@rule_options
def show_code(options: RuleOptions) -> None:
    """Print the Python that the rules become. 显示由规则生成的代码。"""
    from cso_rules.executors.compiled import source

    click.echo(source(options.policy()), nl=False)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True))
@click.option("--check", "is_check", is_flag=True, help="Change nothing; end with 1 when something would. 只检查")
def fmt(files: tuple[str, ...], is_check: bool) -> None:
    """Write conditions in their plain form; everything else stays. 规范条件的写法。"""
    from cso_rules.interfaces.formatting import formatted, rule_files_of

    changed = False
    for file in rule_files_of(files):
        old = file.read_bytes()
        new = formatted(old, file)
        if new != old:
            changed = True
            click.echo(str(file))
            if not is_check:
                file.write_bytes(new)
    if changed and is_check:
        sys.exit(FAILED)
