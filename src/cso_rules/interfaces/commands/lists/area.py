"""The command about an area: how many count, and how the area stands on its targets."""

from __future__ import annotations

import sys
from typing import Any

import click

from cso_rules.interfaces.commands.lists.organizations import BAD_DATA, list_problems
from cso_rules.interfaces.options.opening import chosen_readings, opened_sheet, say_counts, say_notes
from cso_rules.interfaces.options.outputs import put, text_of
from cso_rules.interfaces.options.rules import RuleOptions, rule_or_bundle_options
from cso_rules.interfaces.options.tables import USUAL, TableOptions, strict_table_options
from cso_rules.interfaces.terminal import counting_aloud
from cso_rules.interfaces.usage import run_language
from cso_rules.model.instruments import Label

NO_AREA = Label(
    zh="此规则包没有写明所在单位和更大的范围（package.yaml 的 entities 和 targets），无法核对目标",
    en="this package names no sites and no area around them (`entities` and `targets` of package.yaml)",
)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--sites", "--communities", "sites", type=click.Path(exists=True, dir_okay=False),
    help="Table of the sites with their types. 所在单位名册（名称、类型）",
)  # fmt: skip
@click.option("--complete", is_flag=True, help="The tables hold everything there is. 名单完整")
@click.option(
    "--complete-sites", "--complete-communities", "complete_sites", is_flag=True,
    help="Only the table of sites is complete. 仅所在单位名册完整",
)  # fmt: skip
@strict_table_options
@rule_or_bundle_options
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="格式")
def area(
    file: str,
    sites: str | None,
    complete: bool,
    complete_sites: bool,
    layout: TableOptions,
    options: RuleOptions,
    form: str,
) -> None:
    """Check an area against the targets for its sites. 核对一个地区的平均数目标。"""
    from cso_rules.studies.areas.report import AreaReport

    rules = options.policy()
    policy = options.policy(area_of(rules))
    readings = chosen_readings(policy, options.readings)
    subject = rules.subject
    lists = {subject.name: complete, subject.within: complete or complete_sites}
    whole = frozenset(name for name, is_complete in lists.items() if is_complete)
    found, summary, notes = counted(file, sites, policy, rules, readings, whole, layout)
    report = AreaReport(area=found, found=found.determination(readings), rules=rules, language=options.lang)
    put(text_of(report, form), None, is_text=form == "text")
    say_notes(options.lang, notes)
    problems = [*found.roster.problems, *found.unread]
    list_problems(problems, options.lang)
    say_counts(options.lang, summary.read, summary.answered, summary.refused)
    if problems:
        sys.exit(BAD_DATA)


def area_of(rules: Any) -> str:
    """Return the entity in which subjects and their sites are counted; refuse a package that names none."""
    found = rules.presentation.entities.area
    if found is None:
        raise click.UsageError(NO_AREA.in_language(run_language()))
    return str(found.name)


def counted(
    file: str,
    sites: str | None,
    policy: Any,
    rules: Any,
    readings: dict[str, str],
    complete: frozenset[str],
    layout: TableOptions = USUAL,
) -> tuple[Any, Any, list[Any]]:
    """Return the area as counted, the number of rows, and notes."""
    from cso_rules.studies.areas.communities import joined, listed, named
    from cso_rules.studies.areas.counting import asked_facts, count_area
    from cso_rules.studies.areas.report import area_notes
    from cso_rules.tables.answer.rows import Summary, answers
    from cso_rules.tables.read.columns import map_columns

    sheet, names = opened_sheet(file, rules, layout), asked_facts(policy)
    columns = map_columns(sheet.header, rules, choices=sheet.choices)
    if sites is not None:
        own = opened_sheet(sites, rules)
        of_roster = map_columns(own.header, rules, choices=own.choices)
        roster = listed(rules, own, of_roster, names)
        notes = [*sheet.notes, *columns.notes, *own.notes, *of_roster.notes, *roster.asides.notes]
    else:
        roster = named(rules, sheet, columns, names)
        notes, sheet = [*sheet.notes, *columns.notes], opened_sheet(file, rules, layout)
    sheet = joined(sheet, columns, roster, rules)
    columns, summary = map_columns(sheet.header, rules, choices=sheet.choices), Summary()
    rows = answers(
        lambda _: rules, sheet, columns, readings=readings, ask=False, is_strict=layout.is_strict, summary=summary
    )
    found = count_area(policy, counting_aloud(rows), columns, roster, rules=rules, complete=complete)
    return found, summary, [*notes, *summary.notes, *area_notes(found, columns, rules)]
