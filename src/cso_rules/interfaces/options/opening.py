"""A table opened under the rules that the options choose, each row under those of its own place and date."""

from __future__ import annotations

from typing import Any

import attrs
import click

from cso_rules.diagnostics import escape
from cso_rules.interfaces.options.rules import RuleOptions
from cso_rules.interfaces.options.sides import Side
from cso_rules.interfaces.options.tables import USUAL, TableOptions
from cso_rules.interfaces.usage import run_language
from cso_rules.model.instruments import Label

WRITE_PAIR = Label(zh="请写成 解读=选项", en="write NAME=OPTION")
TWICE = Label(zh="同一解读选了两个不同的选项", en="two options were chosen for one reading")
NO_READING = Label(zh="没有这项解读，可用：", en="there is no such reading; there are ")
NO_OPTION = Label(zh="没有这个选项，可选：", en="there is no such option; there are ")


@attrs.frozen(kw_only=True)
class OpenTable:
    """A table with the meaning of its columns, and the rules of its rows; `policy` is that of the run."""

    sheet: Any
    columns: Any
    contexts: Any
    policy: Any
    readings: dict[str, str]
    layout: TableOptions = USUAL
    shows_personal: bool = False

    @property
    def varying(self) -> frozenset[str]:
        """Which of `place` and `date` each row says for itself."""
        places = {"place": self.columns.place, "date": self.columns.date}
        return frozenset(name for name, position in places.items() if position is not None)

    def source(self, notes: Any) -> Any:
        """Return where the rows stand, for a workbook that keeps the list as it was."""
        from cso_rules.tables.write.report import ListFile

        sheet = self.sheet
        is_sheet = sheet.is_plain and sheet.path.suffix.lower() == ".xlsx"
        return ListFile(
            path=sheet.path, sheet=sheet.sheet_name if is_sheet else None, header_row=sheet.header_row,
            columns=self.columns, notes=notes,
        )  # fmt: skip

    def answers(self, summary: Any = None) -> Any:
        """Answer or refuse every row, in order."""
        from cso_rules.tables.answer.rows import answers

        return answers(self._rules, self.sheet, self.columns, **self._choices, summary=summary)

    def answers_where(self, fits: Any, summary: Any) -> Any:
        """Answer or refuse the rows that fit; the others are only read."""
        from cso_rules.tables.answer.rows import answers_where

        return answers_where(fits, self._rules, self.sheet, self.columns, **self._choices, summary=summary)

    @property
    def _rules(self) -> Any:
        rules = self.contexts.policy_of
        return (lambda cells: rules(cells).with_personal_shown) if self.shows_personal else rules

    @property
    def _choices(self) -> dict[str, Any]:
        return {"readings": self.readings, "is_strict": self.layout.is_strict}


def open_table(file: str, options: RuleOptions, layout: TableOptions = USUAL, entity: str | None = None) -> OpenTable:
    """Open a table of subjects, or of another entity; columns are known by the vocabularies of all places in it."""
    from cso_rules.tables.answer.contexts import places_in
    from cso_rules.tables.read.columns import map_columns

    side = Side(options=options, entity=entity)
    policy = side.policy()
    readings = chosen_readings(policy, options.readings)
    sheet = opened_sheet(file, policy, layout)
    local = side.local(places_in(sheet.header, sheet.rows))
    columns = map_columns(sheet.header, policy, *local, choices=sheet.choices)
    fresh = opened_sheet(file, policy, layout) if columns.place is not None else sheet
    fresh = attrs.evolve(fresh, notes=(*fresh.notes, *columns.notes))
    contexts = side.contexts(columns)
    return OpenTable(sheet=fresh, columns=columns, contexts=contexts, policy=policy, readings=readings, layout=layout)


def opened_sheet(file: str, policy: Any, layout: TableOptions = USUAL) -> Any:
    """Open a table as rows; an empty file is refused, and choices about columns that it does not have."""
    from cso_rules.tables.opening import Where, open_rows

    found = open_rows(file, policy, Where(sheet=layout.sheet, choices=layout.choices(policy)))
    return attrs.evolve(found, notes=(*found.notes, *layout.notes(file)))


def chosen_readings(policy: Any, pairs: tuple[str, ...]) -> dict[str, str]:
    """Return the options of ambiguous texts that were asked for."""
    lang, chosen = run_language(), dict[str, str]()
    for pair in pairs:
        name, sign, option = pair.replace("＝", "=").partition("=")
        if not sign:
            raise click.UsageError(f"--readings {pair}: {WRITE_PAIR.in_language(lang)}")
        if name in chosen and chosen[name] != option:
            raise click.UsageError(f"--readings {name}: {TWICE.in_language(lang)}")
        known = policy.readings[name].type.values if name in policy.readings else tuple(policy.readings)
        if name not in policy.readings or option not in known:
            wrong = NO_OPTION if name in policy.readings else NO_READING
            raise click.UsageError(f"--readings {pair}: {wrong.in_language(lang)}{', '.join(known)}")
        chosen[name] = option
    return chosen


def say_notes(lang: str, *groups: Any) -> None:
    """Say what was noticed, on stderr."""
    for note in (note for group in groups for note in group):
        click.echo(escape(note.in_language(lang)), err=True)


def say_counts(lang: str, read: int, answered: int, refused: int) -> None:
    """Say on stderr that no organization was lost."""
    words = {"en": f"read {read} = answered {answered} + refused {refused}"}
    words["zh"] = f"读取 {read} = 已答复 {answered} + 未处理 {refused}"
    click.echo(words[lang], err=True)
