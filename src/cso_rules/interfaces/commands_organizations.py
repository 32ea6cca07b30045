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


def _readings(policy: Any, pairs: tuple[str, ...]) -> dict[str, str]:
    if wrong := [pair for pair in pairs if "=" not in pair]:
        raise click.UsageError(f"--readings {wrong[0]}: NAME=OPTION")
    chosen = {name: option for name, _, option in (pair.partition("=") for pair in pairs)}
    for name, option in chosen.items():
        known = policy.readings[name].type.values if name in policy.readings else tuple(policy.readings)
        if name not in policy.readings or option not in known:
            raise click.UsageError(f"--readings {name}={option}: {', '.join(known)}")
    return chosen


def _open(policy: Any, file: str) -> tuple[Any, Any]:
    from cso_rules.population.columns import is_known_heading, map_columns
    from cso_rules.population.sheets import read_sheet

    if not Path(file).stat().st_size:
        raise _empty(file)
    sheet = read_sheet(file, is_known_heading(policy))
    return sheet, map_columns(sheet.header, policy)


def _empty(file: str) -> Exception:
    from cso_rules.model.instruments import Label
    from cso_rules.population.problems import FileProblem

    return FileProblem(
        Label(en=file, zh=file),
        Label(en="the file is empty", zh="文件是空的"),
        Label(en="Save the table again, or choose another file", zh="请重新保存表格，或选择其他文件"),
    )


def _refuse_output(output: str | None, form: str | None, lang: str) -> None:
    """Refuse a file that cannot be written before anything is read."""
    from cso_rules.population.output import FORMS

    if output is None:
        return
    if not Path(output).parent.is_dir():
        text = {"zh": "文件夹不存在，请先建立", "en": "there is no such folder; create it first"}[lang]
        raise click.UsageError(f"-o {output}: {Path(output).parent}: {text}")
    ending = Path(output).suffix.lower().removeprefix(".")
    if form is None and ending not in {*FORMS, "jsonl", "txt"}:
        text = {"zh": "无法由扩展名判断格式，请加上 --format", "en": "the ending tells no format; add --format"}[lang]
        raise click.UsageError(f"-o {output}: {text} ({', '.join(FORMS)})")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@common
@click.option("--format", "form", type=click.Choice(["table", "json", "ndjson", "csv", "xlsx"]), help="格式")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="File to write. 输出文件")
@click.option("--fail-on-undetermined", is_flag=True, help="End with 3 when a tier is open. 有未定类别时以 3 结束")
def classify(
    file: str, package: str, jurisdiction: str | None, as_of: Any, lang: str, readings: tuple[str, ...],
    form: str | None, output: str | None, fail_on_undetermined: bool,
) -> None:  # fmt: skip
    """Classify every organization of a table. 对表中每个组织分类。"""
    from cso_rules.population.report import Report
    from cso_rules.population.rows import Summary, answers

    _refuse_output(output, form, lang)
    policy = load(package, jurisdiction, as_of)
    chosen = _readings(policy, readings)
    sheet, columns = _open(policy, file)
    summary, open_rows = Summary(), [0]
    found = answers(lambda _: policy, sheet, columns, readings=chosen, summary=summary)
    refused: list[Any] = []
    _write(_watched(found, open_rows, refused), Report(header=sheet.header, policy=policy, language=lang), output, form)
    for note in (*sheet.notes, *summary.notes):
        click.echo(note.in_language(lang), err=True)
    _list_refused(refused, lang)
    _finish(summary, bool(open_rows[0]) and fail_on_undetermined)


def _write(items: Iterator[Any], report: Any, output: str | None, form: str | None) -> None:
    from cso_rules.population.output import write_file, write_stream

    if output is None:
        write_stream(sys.stdout.buffer, items, report, form or "table")
        sys.stdout.buffer.flush()
    elif Path(output).exists() and not Path(output).is_file():
        with Path(output).open("wb") as stream:  # a device or pipe is written to, never replaced
            write_stream(stream, items, report, form or Path(output).suffix.lower().removeprefix("."))
    else:
        write_file(Path(output), items, report, form=form)


def _list_refused(refused: list[Any], lang: str) -> None:
    """Say of every refused row which cell was not understood, and what to do."""
    for problem in (problem for item in refused for problem in item.problems):
        cell = f"{problem.column} {problem.value!r}" if problem.column else ""
        if lang == "zh":
            click.echo(f"第 {problem.row} 行 {cell}：{problem.reason_zh}", err=True)
        else:
            click.echo(f"row {problem.row} {cell}: {problem.reason_en}", err=True)
    if refused:
        remedy = {"zh": "请改正以上单元格后重新运行", "en": "correct these cells and run again"}[lang]
        click.echo(remedy, err=True)


def _watched(items: Iterator[Any], open_rows: list[int], refused: list[Any]) -> Iterator[Any]:
    """Pass rows on, count undetermined ones, and show progress on a terminal."""
    from cso_rules.population.rows import Answered

    for number, item in enumerate(items, start=1):
        if isinstance(item, Answered):
            outcome = item.determination.outcomes.get("tier")
            open_rows[0] += outcome is not None and outcome.status.value != "determined"
        else:
            refused.append(item)
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
    items = answers(lambda _: policy, sheet, columns, readings=_readings(policy, readings))
    item = next((item for item in items if identity in {item.id, item.name, str(item.number)}), None)
    if item is None:
        raise click.UsageError(f"--id {identity}: no such organization")
    if not isinstance(item, Answered):
        _list_refused([item], lang)
        sys.exit(BAD_DATA)
    click.echo(notice(item.determination, lang, name=item.name or item.id))
