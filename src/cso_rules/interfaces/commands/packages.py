"""Commands about rule packages: check, test, show, diff, show-code, fmt."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from cso_rules.diagnostics import escape
from cso_rules.interfaces import completing
from cso_rules.interfaces.lines.coverage_lines import coverage_lines
from cso_rules.interfaces.options.rules import RuleOptions, rule_options, rule_or_bundle_options
from cso_rules.model.instruments import Label

FAILED = 1
BAD_DATA = 4


PLACES = click.option("--places", is_flag=True, help="The local packages beside them too. 连同地方规则包")
LANGUAGE = click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="语言")
UNKNOWN = Label(
    zh="“{}”：没有这个名称的事实、参数、解读、枚举、决定、约束或文件",
    en="{}: no fact, parameter, reading, enumeration, decision, constraint or instrument of that name",
)
DID_YOU_MEAN = Label(zh="；您是否想写 {}？", en="; did you mean {}?")
MOST_SHOWN = 80
PASSED = Label(zh="{} 个通过，{} 个未通过", en="{} passed, {} failed")


def _chosen(packages: tuple[str, ...], *, places: bool) -> list[Path]:
    """Return the folders of packages, and of the local ones beside them when asked for."""
    from cso_rules.loader.packages import neighbours, package_path

    named = [package_path(package) for package in packages]
    local = [folder for path in named for folder in neighbours(path)] if places else []
    return list(dict.fromkeys([*named, *local]))


@click.command()
@click.argument("packages", nargs=-1, required=True, shell_complete=completing.packages)
@PLACES
@LANGUAGE
def check(packages: tuple[str, ...], places: bool, lang: Any) -> None:
    """Report every fault of the rules and scenarios of packages. 检查规则包的规则和场景。"""
    from cso_rules.diagnostics import render_all
    from cso_rules.loader.checking import check as find

    found = [fault for path in _chosen(packages, places=places) for fault in find(path)]
    click.echo(render_all(dict.fromkeys(found), lang))
    if any(item.severity == "error" for item in found):
        sys.exit(FAILED)


@click.command()
@click.argument("packages", nargs=-1, required=True, shell_complete=completing.packages)
@PLACES
@click.option("--coverage", "counts", is_flag=True, help="How much of the rules they exercise. 场景覆盖了多少规则")
@click.option("--uncovered", is_flag=True, help="List what no scenario exercises. 列出没有场景涉及的规则和界限")
@LANGUAGE
def test(packages: tuple[str, ...], places: bool, counts: bool, uncovered: bool, lang: Any) -> None:
    """Report every fault, and run the scenarios that have none. 报告错误并运行没有错误的场景。"""
    from cso_rules.analysis.coverage import Coverage
    from cso_rules.analysis.scenario_runner import run_sound
    from cso_rules.diagnostics import render_all
    from cso_rules.loader.checking import check as find

    chosen = _chosen(packages, places=places)
    covered = [Coverage(path) for path in chosen] if counts or uncovered else []
    runs = [run_sound(path, found.watch) for path, found in zip(chosen, covered, strict=True)] if covered else []
    runs = runs or [run_sound(path) for path in chosen]
    checked = [fault for path in chosen for fault in find(path)]
    faults = dict.fromkeys([*checked, *(fault for found in runs for fault in found.diagnostics)])
    if faults:
        click.echo(render_all(faults, lang))
    results = [result for found in runs for result in found.results]
    failed = [result for result in results if result.differences]
    for result in failed:
        _say_failed(result, lang)
    for found in covered:
        click.echo("\n".join(map(escape, coverage_lines(found, lang, is_listed=uncovered))))
    click.echo(PASSED.in_language(lang).format(len(results) - len(failed), len(failed)))
    if failed or any(fault.severity == "error" for fault in faults):
        sys.exit(FAILED)


def _say_failed(result: Any, lang: Any) -> None:
    """Say what differs, and below it why the answer is as it is."""
    click.echo(f"{result.file}:{result.line}: {escape(result.label.in_language(lang))}")
    for difference, reason in zip(result.differences, result.reasons, strict=True):
        click.echo(f"    {escape(difference.in_language(lang))}")
        if reason is not None:
            click.echo(f"      {escape(reason.in_language(lang))}")


@click.command()
@click.argument("name", shell_complete=completing.names)
@rule_options
def show(name: str, options: RuleOptions) -> None:
    """Show what a name means at a place on a date, and where it comes from. 显示一个名称的含义及其来源。

    NAME is the id or Chinese label of a fact, parameter, reading, enumeration, decision, constraint or instrument,
    or decision/rule, enumeration/value, or an instrument with a provision.
    """
    from cso_rules.interfaces.lines.showing import shown, suggested

    lines = shown(options, name)
    if not lines:
        suggestion = suggested(options, name)
        hint = DID_YOU_MEAN.in_language(options.lang).format(suggestion) if suggestion else ""
        raise click.UsageError(UNKNOWN.in_language(options.lang).format(escape(name[:MOST_SHOWN])) + hint)
    click.echo("\n".join(lines))


@click.command()
@rule_options
def diff(options: RuleOptions) -> None:
    """List what the rules of a place change in the national ones. 列出地方规则对全国规则的改动。"""
    from cso_rules.interfaces.lines.differing import changed

    click.echo("\n".join(changed(options)))


@click.command("show-code")
@rule_or_bundle_options
def show_code(options: RuleOptions) -> None:
    """Print the Python that the rules become. 显示由规则生成的代码。"""
    from cso_rules.executors.single.compiled import source

    click.echo(source(options.policy()), nl=False)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True))
@click.option("--check", "is_check", is_flag=True, help="Change nothing; end with 1 when something would. 只检查")
@LANGUAGE
def fmt(files: tuple[str, ...], is_check: bool, lang: Any) -> None:
    """Write conditions in their plain form; everything else stays. 规范条件的写法。"""
    from cso_rules.errors import PolicyError
    from cso_rules.interfaces.formatting import formatted, read, rule_files_of
    from cso_rules.tables.problems import FileProblem

    changed, problems = False, []
    for file in rule_files_of(files):
        try:
            old = read(file)
            new = formatted(old, file)
        except (FileProblem, PolicyError) as error:
            problems.append(error)
            continue
        if new != old:
            changed = True
            click.echo(escape(str(file)))
            if not is_check:
                file.write_bytes(new)
    for problem in problems:
        click.echo(_said(problem, lang), err=True)
    if problems:
        sys.exit(BAD_DATA)
    if changed and is_check:
        sys.exit(FAILED)


def _said(problem: Any, lang: Any) -> str:
    """Return why a file was left as it is."""
    from cso_rules.diagnostics import render_all

    return render_all(problem.diagnostics, lang) if hasattr(problem, "diagnostics") else str(problem.in_language(lang))
