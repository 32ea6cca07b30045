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
    """A parameter on the date: one number, or one for each value of the variable that indexes it."""

    name: str
    type: Type
    numbers: tuple[int, ...]
    indexed_by: str | None


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
