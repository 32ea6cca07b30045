"""What names mean in a condition: variables and numbers of one date."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Protocol

import attrs

from cso_rules.model.civil_dates import WorkingDayCalendar
from cso_rules.model.types import Type
from cso_rules.source import Span


@attrs.frozen(kw_only=True)
class VariableSymbol:
    """A fact, a reading or the output of a decision."""

    name: str
    type: Type


@attrs.frozen(kw_only=True)
class NumberSymbol:
    """A parameter on the date: one number, or one for each combination of values of the variables that select it.

    Attributes:
        numbers: The numbers; the values of the last variable follow one another.
        duration_unit: What it counts when it moves a date: years, months, weeks or days; None where it does not.
    """

    name: str
    type: Type
    numbers: tuple[int, ...]
    indexed_by: tuple[VariableSymbol, ...] = ()
    duration_unit: str | None = None

    def numbers_where(self, values: tuple[str, ...]) -> tuple[int, ...]:
        """Return the numbers where the first variables that select it have some values."""
        first, count = 0, len(self.numbers)
        for index, value in zip(self.indexed_by, values, strict=False):
            count //= len(index.type.values)
            first += index.type.values.index(value) * count
        return self.numbers[first : first + count]


@attrs.frozen(kw_only=True)
class RemovedSymbol:
    """A parameter that is removed, or has no value, on the date."""

    name: str


Symbol = VariableSymbol | NumberSymbol | RemovedSymbol
Place = Callable[[int, int], Span]
"""From offsets in the text of a condition to the place in its file."""


class Scope(Protocol):
    """What names mean in a condition."""

    @property
    def as_of(self) -> datetime.date:
        """The date of the rules."""

    @property
    def calendar(self) -> WorkingDayCalendar:
        """The days that are worked, as far as the package knows them."""

    def find(self, name: str) -> Symbol | None:
        """Return what an id, label or alias stands for."""

    def known_names(self) -> tuple[str, ...]:
        """Return every name that may be meant, for suggestions."""
