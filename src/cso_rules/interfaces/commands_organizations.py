"""Commands about organizations: classify a file, explain one row."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

NOT_DETERMINED = 3
BAD_DATA = 4
DATE = click.DateTime(["%Y-%m-%d"])


def common(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say which rules apply."""
    options = (
        click.option("--package", default="cn", show_default=True, help="Id or folder of the package. 规则包"),
        click.option("--jurisdiction", help="Code of the place; cn for national rules alone. 地区"),
        click.option("--as-of", type=DATE, help="Date whose rules apply; today when left out. 适用日期"),
        click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="语言"),
        click.option("--readings", multiple=True, metavar="NAME=OPTION", help="Option of an ambiguous text. 解读"),
    )
    for option in reversed(options):
        function = option(function)
    return function


def load(package: str, jurisdiction: str | None, as_of: datetime.datetime | None) -> Any:
    """Return the policy of the options."""
    from zoneinfo import ZoneInfo

    from cso_rules.engine.cache import load_policy

    moment = as_of or datetime.datetime.now(ZoneInfo("Asia/Shanghai"))
    return load_policy(package, as_of=moment.date(), jurisdiction=jurisdiction)


def _readings(pairs: tuple[str, ...]) -> dict[str, str]:
    if wrong := [pair for pair in pairs if "=" not in pair]:
        raise click.UsageError(f"--readings {wrong[0]}: NAME=OPTION")
    return {name: option for name, _, option in (pair.partition("=") for pair in pairs)}


def _open(policy: Any, file: str) -> tuple[Any, Any]:
    from cso_rules.population.columns import is_known_heading, map_columns
    from cso_rules.population.sheets import read_sheet

    sheet = read_sheet(file, is_known_heading(policy))
    return sheet, map_columns(sheet.header, policy)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@common
@click.option("--format", "form", type=click.Choice(["table", "json", "ndjson", "csv", "xlsx"]), help="格式")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="File to write. 输出文件")
@click.option("--fail-on-undetermined", is_flag=True, help="End with 3 when a tier is not determined. 有未定类别时以 3 结束")
def classify(  # noqa: D417 - click describes the options
    file: str, package: str, jurisdiction: str | None, as_of: Any, lang: str, readings: tuple[str, ...],
    form: str | None, output: str | None, fail_on_undetermined: bool,
) -> None:  # fmt: skip
    """Classify every organization of a table. 对表中每个组织分类。"""
    from cso_rules.population.output import write_file, write_stream
    from cso_rules.population.report import Report
    from cso_rules.population.rows import Summary, answers

    policy, chosen = load(package, jurisdiction, as_of), _readings(readings)
    sheet, columns = _open(policy, file)
    summary, open_rows = Summary(), [0]
    found = answers(lambda _: policy, sheet, columns, readings=chosen, summary=summary)
    items, report = _watched(found, open_rows), Report(header=sheet.header, policy=policy, language=lang)
    if output:
        write_file(Path(output), items, report, form=form)
    else:
        write_stream(sys.stdout.buffer, items, report, form or "table")
    _finish(summary, bool(open_rows[0]) and fail_on_undetermined)


def _watched(items: Iterator[Any], open_rows: list[int]) -> Iterator[Any]:
    """Pass rows on, count undetermined ones, and show progress on a terminal."""
    from cso_rules.population.rows import Answered

    for number, item in enumerate(items, start=1):
        if isinstance(item, Answered):
            outcome = item.determination.outcomes.get("tier")
            open_rows[0] += outcome is not None and outcome.status.value != "determined"
        if number % 1000 == 0 and sys.stderr.isatty():
            click.echo(f"\r{number}", err=True, nl=False)
        yield item


def _finish(summary: Any, is_open: bool) -> None:
    click.echo(f"read {summary.read} = answered {summary.answered} + refused {summary.refused}", err=True)
    if summary.refused:
        sys.exit(BAD_DATA)
    if is_open:
        sys.exit(NOT_DETERMINED)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--id", "identity", required=True, help="Id, name or row of the organization. 组织编号、名称或行号")
@common
def explain(
    file: str, identity: str, package: str, jurisdiction: str | None, as_of: Any, lang: str, readings: tuple[str, ...]
) -> None:
    """Explain the answers about one organization. 说明一个组织的认定理由。"""
    from cso_rules.explanation import explain as notice
    from cso_rules.population.rows import Answered, answers

    policy = load(package, jurisdiction, as_of)
    sheet, columns = _open(policy, file)
    items = answers(lambda _: policy, sheet, columns, readings=_readings(readings))
    item = next((item for item in items if identity in {item.id, item.name, str(item.number)}), None)
    if item is None:
        raise click.UsageError(f"--id {identity}: no such organization")
    if not isinstance(item, Answered):
        for problem in item.problems:
            click.echo(f"{problem.column} {problem.value}: {problem.reason_zh if lang == 'zh' else problem.reason_en}", err=True)
        sys.exit(BAD_DATA)
    click.echo(notice(item.determination, lang, name=item.name or item.id))
