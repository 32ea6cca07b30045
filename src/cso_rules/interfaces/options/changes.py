"""What a run changes about the rules: parameters, the package, the place or the date."""

from __future__ import annotations

import datetime
from typing import Any

import attrs
import click

from cso_rules.interfaces.options.opening import chosen_readings, opened_sheet
from cso_rules.interfaces.options.rules import NO_DAY, RuleOptions, day_in, place_code
from cso_rules.interfaces.options.sides import Side
from cso_rules.interfaces.options.tables import TableOptions
from cso_rules.interfaces.terminal import counting_aloud
from cso_rules.interfaces.usage import run_language
from cso_rules.model.civil_dates import FIRST, LAST

WAYS = ("--set", "--against", "--against-jurisdiction", "--against-date")


@attrs.frozen(kw_only=True)
class ComparedTable:
    """A table whose columns are known by the vocabularies of both sides."""

    sheet: Any
    columns: Any
    readings: dict[str, str]
    layout: TableOptions

    def answers(self, contexts: Any) -> list[Any]:
        """Answer or refuse every row under the rules of some contexts, without asking for missing facts."""
        from cso_rules.tables.answer.rows import answers

        found = answers(
            contexts.policy_of, self.sheet, self.columns,
            readings=self.readings, ask=False, is_strict=self.layout.is_strict,
        )  # fmt: skip
        return list(counting_aloud(found))


def sides_of(
    options: RuleOptions,
    settings: tuple[str, ...],
    against: str | None,
    place: str | None,
    day: datetime.datetime | None,
) -> tuple[Side, Side]:
    """Return the rules before and after; exactly one way of changing them is named."""
    from cso_rules.loader.in_force.settings import SettingError, settings_of

    named = [way for way, value in zip(WAYS, (settings, against, place, day), strict=True) if value]
    if len(named) != 1:
        text = {"zh": "请指定且只指定一种变动", "en": "name one kind of change, and only one"}[options.lang]
        raise click.UsageError(f"{text}: {' / '.join(WAYS)}")
    before = Side(options=options)
    if settings:
        try:
            after = attrs.evolve(before, settings=settings_of(settings))
            after.policy()
        except SettingError as error:
            raise click.UsageError(f"--set {error.in_language(options.lang)}") from error
        return before, after
    if against:
        return before, _against(options, against)
    if place:
        moved = attrs.evolve(options, jurisdiction=place_code(place, options.package))
        return before, Side(options=moved, fixes_place=True)
    return before, Side(options=attrs.evolve(options, as_of=day), fixes_date=True)


def _against(options: RuleOptions, text: str) -> Side:
    """Return the rules of another package; a local one speaks for its own place."""
    from cso_rules.loader.codes import NATIONAL
    from cso_rules.loader.packages import header, package_path

    name, sign, written = text.rpartition("@")
    package, day = (name, _date(written, text)) if sign else (text, None)
    is_national = header(package_path(package)).get("jurisdiction", NATIONAL) == NATIONAL
    found = attrs.evolve(
        options,
        package=package,
        as_of=day or options.as_of,
        jurisdiction=options.jurisdiction if is_national else None,
    )
    return Side(options=found, fixes_place=not is_national, fixes_date=day is not None)


def _date(written: str, text: str) -> datetime.datetime:
    found = day_in(written)
    if found is None:
        bounds = (datetime.date.fromordinal(end) for end in (FIRST, LAST))
        raise click.UsageError(f"--against {text}: {NO_DAY.in_language(run_language()).format(written, *bounds)}")
    return found


def open_compared(file: str, layout: TableOptions, *sides: Side) -> ComparedTable:
    """Open a table for several rule sets; columns are known by the vocabularies of all."""
    from cso_rules.tables.answer.contexts import places_in
    from cso_rules.tables.read.columns import map_columns

    policies = [side.policy() for side in sides]
    sheet = opened_sheet(file, policies[0], layout)
    rows = list(sheet.rows)
    places = places_in(sheet.header, rows)
    local = (policy for side in sides for policy in side.local(places))
    columns = map_columns(sheet.header, *policies, *local, choices=sheet.choices)
    readings = chosen_readings(policies[0], sides[0].options.readings)
    sheet = attrs.evolve(sheet, rows=iter(rows), notes=(*sheet.notes, *columns.notes))
    return ComparedTable(sheet=sheet, columns=columns, readings=readings, layout=layout)
