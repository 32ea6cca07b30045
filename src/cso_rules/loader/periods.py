"""Half-open intervals of dates, and the checks that dated entries do not overlap."""

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
