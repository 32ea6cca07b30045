"""Commands about rule packages: check, test, show, show-code, fmt."""

from __future__ import annotations

import sys
from typing import Any

import click

from cso_rules.interfaces.commands_organizations import common, load

FAILED = 1


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
def show(
    name: str, package: str, jurisdiction: str | None, as_of: Any, lang: str,
    readings: tuple[str, ...],  # noqa: ARG001 - shared options
) -> None:  # fmt: skip
    """Show a decision, fact or parameter. 显示一项决定、事实或参数。"""
    from cso_rules.interfaces.showing import shown

    lines = list(shown(load(package, jurisdiction, as_of), package, name, lang))
    if not lines:
        raise click.UsageError(f"{name}: no decision, fact or parameter of that name")
    click.echo("\n".join(lines))


@click.command("show-code")
@common
def show_code(
    package: str, jurisdiction: str | None, as_of: Any,
    lang: str, readings: tuple[str, ...],  # noqa: ARG001 - shared options
) -> None:  # fmt: skip
    """Print the Python that the rules become. 显示由规则生成的代码。"""
    from cso_rules.executors.compiled import source

    click.echo(source(load(package, jurisdiction, as_of)), nl=False)


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
