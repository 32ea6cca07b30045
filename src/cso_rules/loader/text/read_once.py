"""Conditions that need not be read anew: those whose text was read before, with names that meant the same.

A rule is read on every day on which something changes, for every place; what its names mean is mostly the same. What a
reader asks of its scope is noted in order. Where a later scope gives the same answers, it would do the same again.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

import attrs

from cso_rules.diagnostics import Diagnostic
from cso_rules.loader.text.scope import Scope, Symbol
from cso_rules.model.civil_dates import WorkingDayCalendar

MOST_TEXTS: Final = 4096
MOST_MEANINGS: Final = 16
"""How many meanings of one text are remembered."""
_DATE: Final = " date"
_CALENDAR: Final = " calendar"
"""No name begins with a space."""

_Result = TypeVar("_Result")
_Outcome = tuple["_Result | None", tuple[Diagnostic, ...]]


@attrs.define(slots=False)
class _Noted:
    """A scope that notes what is asked of it; asking twice is asking once."""

    scope: Scope
    answers: dict[str, Any] = attrs.field(factory=dict)

    @property
    def as_of(self) -> datetime.date:
        """The date of the rules."""
        return self.answers.setdefault(_DATE, self.scope.as_of)  # type: ignore[no-any-return]

    @property
    def calendar(self) -> WorkingDayCalendar:
        """The days that are worked."""
        return self.answers.setdefault(_CALENDAR, self.scope.calendar)  # type: ignore[no-any-return]

    def find(self, name: str) -> Symbol | None:
        """Return what a name stands for."""
        if name not in self.answers:
            self.answers[name] = self.scope.find(name)
        return self.answers[name]  # type: ignore[no-any-return]

    def known_names(self) -> tuple[str, ...]:
        """Return every name; only what has a fault asks for them, and that is not remembered."""
        return self.scope.known_names()


_known: dict[Hashable, tuple[tuple[dict[str, Any], Any], ...]] = {}
"""By text, what was asked while it was read, with the answers, and what came of it."""


def read_once(key: Hashable, scope: Scope, read: Callable[[Scope], _Outcome[_Result]]) -> _Outcome[_Result]:
    """Return what comes of reading a text, and what is wrong with it; what has faults is read anew.

    Args:
        key: The text, and all else that the result depends on beside the scope.
        scope: What names mean.
        read: Reads the text.
    """
    known = _known.get(key, ())
    for answers, result in known:
        if all(_is_same(scope, name, answer) for name, answer in answers.items()):
            return result, ()
    noted = _Noted(scope)
    result, faults = read(noted)
    if not faults:
        if len(_known) >= MOST_TEXTS:
            _known.clear()
        _known[key] = (*known[-MOST_MEANINGS + 1 :], (noted.answers, result))
    return result, faults


def _is_same(scope: Scope, name: str, answer: object) -> bool:
    found: object
    if name == _DATE:
        found = scope.as_of
    elif name == _CALENDAR:
        found = scope.calendar
    else:
        found = scope.find(name)
    return found is answer or found == answer
