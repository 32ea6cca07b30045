"""Half-open intervals of dates, and the checks that dated entries neither overlap nor leave a hole."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import attrs

from cso_rules.diagnostics import Diagnostic, diagnostic
from cso_rules.source import Span


@attrs.frozen(kw_only=True)
class Period:
    """Dates from `start` (in) until `end` (out); None is open."""

    start: datetime.date | None = None
    end: datetime.date | None = None
    span: Span | None = attrs.field(default=None, eq=False, repr=False)

    def __contains__(self, day: datetime.date) -> bool:
        """Tell whether the day lies in the period."""
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)

    def overlaps(self, other: Period) -> bool:
        """Tell whether some day lies in both periods."""
        return _before(self.start, other.end) and _before(other.start, self.end)

    def within(self, other: Period, span: Span | None = None) -> Period:
        """Return the days of both periods, to be shown at a place."""
        starts = [day for day in (self.start, other.start) if day]
        ends = [day for day in (self.end, other.end) if day]
        return Period(start=max(starts, default=None), end=min(ends, default=None), span=span)

    @property
    def is_empty(self) -> bool:
        """Whether no day lies in it."""
        return not _before(self.start, self.end)

    @property
    def limits(self) -> tuple[datetime.date, ...]:
        """Dates on which something changes."""
        return tuple(day for day in (self.start, self.end) if day is not None)


ALWAYS = Period()


def _before(start: datetime.date | None, end: datetime.date | None) -> bool:
    return start is None or end is None or start < end


def _shown(period: Period) -> str:
    return f"{period.start or '...'} - {period.end or '...'}"


def overlapping(name: str, periods: Sequence[Period]) -> list[Diagnostic]:
    """Return one diagnostic for each pair of periods with a day in common, at the later one of the file."""
    return [
        diagnostic(
            "overlapping-dates",
            later.span,
            name=name,
            found=_shown(earlier),
            related=() if earlier.span is None else ((earlier.span, "other"),),
        )
        for index, later in enumerate(periods)
        for earlier in periods[:index]
        if later.overlaps(earlier)
    ]


def gapped(name: str, periods: Sequence[Period]) -> list[Diagnostic]:
    """Return one diagnostic for each hole between periods that follow one another, at the one that begins too late."""
    found: list[Diagnostic] = []
    ordered = sorted(periods, key=lambda period: (period.start or datetime.date.min, period.end or datetime.date.max))
    for index, later in enumerate(ordered):
        if index and all(_ends_before(earlier, later) for earlier in ordered[:index]):
            found.append(_gap(name, max(ordered[:index], key=lambda period: period.end or datetime.date.max), later))
    return found


def _ends_before(earlier: Period, later: Period) -> bool:
    return earlier.end is not None and later.start is not None and earlier.end < later.start


def closed_by_mistake(name: str, periods: Sequence[Period]) -> list[Diagnostic]:
    """Return one diagnostic for each period that begins a day after another ended: `until` was meant as a last day.

    Where another period begins on the day itself, nothing is missing.
    """
    starts = {period.start for period in periods}
    ended = {period.end: period for period in periods if period.end is not None and period.end not in starts}
    return [
        _gap(name, ended[day], later)
        for later in periods
        if later.start is not None and (day := later.start - datetime.timedelta(days=1)) in ended
    ]


def _gap(name: str, earlier: Period, later: Period) -> Diagnostic:
    related = () if earlier.span is None else ((earlier.span, "other"),)
    return diagnostic("gap-in-dates", later.span, name=name, found=f"{earlier.end} - {later.start}", related=related)
