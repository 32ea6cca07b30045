"""Commands about a change of the rules: its impact on a list, a parameter swept over a range, what to ask next."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterable
from typing import Any

import click

from cso_rules.interfaces.commands.lists.area import counted
from cso_rules.interfaces.commands.lists.organizations import BAD_DATA, list_problems
from cso_rules.interfaces.options.changes import ComparedTable, open_compared, sides_of
from cso_rules.interfaces.options.opening import say_counts, say_notes
from cso_rules.interfaces.options.outputs import form_of_output, put, text_of
from cso_rules.interfaces.options.rules import DATE, RuleOptions, rule_options, rule_or_bundle_options
from cso_rules.interfaces.options.sides import Side
from cso_rules.interfaces.options.tables import TableOptions, strict_table_options
from cso_rules.interfaces.terminal import counting_aloud

FORMS = click.Choice(["text", "json", "csv", "html"])


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--set", "settings", multiple=True, metavar="PARAMETER=NUMBER", help="Another number. 设定参数")
@click.option("--against", metavar="PACKAGE[@DATE]", help="Another package. 与另一规则包比较")
@click.option("--against-jurisdiction", "place", metavar="CODE", help="Another place. 与另一地区比较")
@click.option("--against-date", "day", type=DATE, help="Another date. 与另一日期比较")
@click.option(
    "--sweep", "swept", type=(str, str, str), metavar="PARAMETER FROM TO",
    help="A picture of this parameter over a range in the HTML report. 报告中附参数变动图",
)  # fmt: skip
@click.option(
    "--sites", "--communities", "sites", type=click.Path(exists=True, dir_okay=False),
    help="Table of the sites. 所在单位名册",
)  # fmt: skip
@click.option("--complete", is_flag=True, help="The tables hold everything there is. 名单完整")
@rule_options
@strict_table_options
@click.option("--format", "form", type=FORMS, help="格式")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="File to write. 输出文件")
def impact(
    file: str, settings: tuple[str, ...], against: str | None, place: str | None, day: datetime.datetime | None,
    swept: tuple[str, str, str] | None, sites: str | None, complete: bool, options: RuleOptions, layout: TableOptions,
    form: str | None, output: str | None,
) -> None:  # fmt: skip
    """Show what a change of the rules does to a list. 规则变动对一批记录的影响。"""
    from cso_rules.studies.impact.effect import compare
    from cso_rules.studies.impact.page import page
    from cso_rules.studies.impact.report import ImpactReport, notes_of

    form = form_of_output(output, form, options.lang, ("text", "json", "csv", "html"), [file, sites])
    before, after = sides_of(options, settings, against, place, day)
    table = open_compared(file, layout, before, after)
    contexts = [side.contexts(table.columns) for side in (before, after)]
    found = compare(
        contexts[0].policy_of, contexts[1].policy_of, table.sheet, table.columns,
        differences=lambda was, became: _differences(after, was, became), readings=table.readings,
        is_strict=layout.is_strict, watched=counting_aloud,
    )  # fmt: skip
    notes = (*table.sheet.notes, *found.summary.notes, *notes_of(found))
    report = ImpactReport(
        impact=found,
        language=options.lang,
        settings=settings,
        targets=tuple(_targets(file, layout, sites, complete, table, before, after)),
        sweep=_swept(before, open_compared(file, layout, before), *swept, step=None) if swept else None,
        notes=notes,
    )
    text = page(report) if form == "html" else text_of(report, form)
    put(text, output, with_mark=form == "csv", is_text=form == "text")
    say_notes(options.lang, notes)
    _end(options.lang, found.unread, found.read, found.answered, len(found.refused))


def _differences(after: Side, was: Any, became: Any) -> Any:
    from cso_rules.studies.impact.differences import policy_differences, set_differences

    if not after.settings:
        return policy_differences(was, became, was.headline)
    place = was.jurisdiction if after.options.jurisdiction is not None else None
    side = after.at(place, was.as_of)
    return set_differences(was, after.settings, lambda settings: side.policy(settings=settings), was.headline)


def _targets(
    file: str, layout: TableOptions, sites: str | None, complete: bool, table: ComparedTable, *sides: Side
) -> Iterable[Any]:
    """Return the targets of the area under both rules; none where rows name no site or rules of their own."""
    columns = table.columns
    if columns.site is None or columns.place is not None or columns.date is not None:
        return
    from cso_rules.studies.impact.areas import target_rows

    for name, side in zip(("before", "after"), sides, strict=True):
        rules = side.policy()
        lists = frozenset(rules.presentation.entities.names) if complete else frozenset[str]()
        if (around := rules.presentation.entities.area) is None:
            continue
        found, _, _ = counted(file, sites, side.policy(around.name), rules, table.readings, lists, layout)
        yield from target_rows(name, found, table.readings)


def _end(lang: str, problems: Iterable[Any], read: int, answered: int, refused: int) -> None:
    listed = list(problems)
    list_problems(listed, lang)
    say_counts(lang, read, answered, refused)
    if refused or listed:
        sys.exit(BAD_DATA)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.argument("parameter")
@click.argument("low", metavar="FROM")
@click.argument("high", metavar="TO")
@click.option("--step", metavar="NUMBER", help="Distance of the rows; a round number when left out. 步长")
@rule_options
@strict_table_options
@click.option("--format", "form", type=click.Choice(["text", "json", "csv", "svg"]), help="格式")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="File to write. 输出文件")
def sweep(
    file: str, parameter: str, low: str, high: str, step: str | None, options: RuleOptions, layout: TableOptions,
    form: str | None, output: str | None,
) -> None:  # fmt: skip
    """Count answers while a parameter goes over a range. 参数在一个范围内变动时各类的数目。"""
    from cso_rules.studies.sweep.picture import file_of
    from cso_rules.studies.sweep.report import SweepReport

    form = form_of_output(output, form, options.lang, ("text", "json", "csv", "svg"), [file])
    side = Side(options=options)
    table = open_compared(file, layout, side)
    problems: list[Any] = []
    found = _swept(side, table, parameter, low, high, step=step, problems=problems)
    report = SweepReport(sweep=found, language=options.lang)
    text = file_of(found, options.lang) if form == "svg" else text_of(report, form)
    put(text, output, with_mark=form == "csv", is_text=form == "text")
    say_notes(options.lang, table.sheet.notes)
    _end(options.lang, problems, found.answered + found.refused, found.answered, found.refused)


def _swept(
    side: Side, table: ComparedTable, parameter: str, low: str, high: str,
    step: str | None, problems: list[Any] | None = None,
) -> Any:  # fmt: skip
    """Return the counts of a parameter over a range, under the rules of the run."""
    from cso_rules.studies.sweep.steps import steps_between, usual_step
    from cso_rules.studies.sweep.steps import sweep as count_sweep
    from cso_rules.tables.answer.rows import Answered

    lang = side.options.lang
    if table.columns.place is not None or table.columns.date is not None:
        text = {
            "zh": "表中各行自带地区或日期，不能作参数变动",
            "en": "rows with places or dates of their own cannot be swept",
        }
        raise click.UsageError(text[lang])
    name, index, first = _number(side, parameter, low)
    last = _number(side, parameter, high)[2]
    policy = side.policy()
    unit = 10 ** policy.parameters[name].type.scale
    width = usual_step(first, last, unit) if step is None else _number(side, parameter, step)[2]
    if first >= last or width <= 0:
        text = {"zh": "起点须小于终点，步长须大于零", "en": "FROM must be less than TO, and the step more than zero"}
        raise click.UsageError(text[lang])
    contexts = side.contexts(table.columns)
    items = table.answers(contexts)
    refused = [item for item in items if not isinstance(item, Answered)]
    if problems is not None:
        problems += [problem for item in items for problem in item.problems]

    def load(number: int) -> Any:
        text = str(policy.parameters[name].type.decode_number(number))
        return side.policy(settings=((f"{name}[{index}]" if index else name, text),))

    return count_sweep(
        (item.determination for item in items if isinstance(item, Answered)),
        load,
        parameter=name,
        index=index,
        steps=steps_between(first, last, width, is_round=step is None),
        refused=len(refused),
        readings=table.readings,
        now=policy,
    )


def _number(side: Side, parameter: str, text: str) -> tuple[str, str, int]:
    """Return the parameter that is meant, what indexes it, and the encoded number of a text."""
    from cso_rules.loader.in_force.settings import SettingError

    try:
        name, index, number = side.options.number_set(parameter.strip(), text.strip())
    except SettingError as error:
        raise click.UsageError(error.in_language(side.options.lang)) from error
    if number is None:
        reason = {"zh": "不是数值", "en": "not a number"}[side.options.lang]
        raise click.UsageError(f"{parameter}={text}: {reason}")
    return name, index, number


@click.command("ask-next")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@rule_or_bundle_options
@strict_table_options
@click.option("--format", "form", type=click.Choice(["text", "json"]), help="格式")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="File to write. 输出文件")
def ask_next(file: str, options: RuleOptions, layout: TableOptions, form: str | None, output: str | None) -> None:
    """Say which missing fact would settle most of a list. 补充哪些信息能确定最多的记录。"""
    from cso_rules.studies.ask_next.ranking import ask_next as found_next
    from cso_rules.studies.ask_next.report import AskNextReport
    from cso_rules.tables.answer.rows import Answered

    form = form_of_output(output, form, options.lang, ("text", "json"), [file])
    side = Side(options=options)
    table = open_compared(file, layout, side)
    contexts = side.contexts(table.columns)
    items = table.answers(contexts)
    refused = [item for item in items if not isinstance(item, Answered)]
    found = found_next(
        ((item.number, item.id, item.name, item.determination) for item in items if isinstance(item, Answered)),
        side.policy(), refused=len(refused), readings=table.readings,
    )  # fmt: skip
    report = AskNextReport(found=found, language=options.lang)
    put(text_of(report, form), output, is_text=form == "text")
    say_notes(options.lang, table.sheet.notes, contexts.notes)
    problems = (problem for item in items for problem in item.problems)
    _end(options.lang, problems, len(items), found.answered, len(refused))
