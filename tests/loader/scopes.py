"""A scope in which the conditions of tests find names."""

import datetime
from collections.abc import Mapping

import attrs

from cso_rules.loader.text.scope import Symbol
from cso_rules.model.civil_dates import WorkingDayCalendar
from cso_rules.source import SourceFile, Span


@attrs.frozen
class Names:
    """Symbols by their names, and other names of some of them."""

    symbols: Mapping[str, Symbol]
    as_of: datetime.date
    calendar: WorkingDayCalendar = attrs.field(factory=WorkingDayCalendar)
    aliases: Mapping[str, str] = attrs.field(factory=dict)

    def find(self, name: str) -> Symbol | None:
        return self.symbols.get(self.aliases.get(name, name))

    def known_names(self) -> tuple[str, ...]:
        return (*self.symbols, *self.aliases)


def place(start: int, end: int) -> Span:
    """Return characters of a rule file."""
    return Span(source=SourceFile(path="rules.yaml", text=""), start=start, end=end)
