"""From the nodes of a calendar file to the days that are worked: one entry a year, holidays and worked weekends."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from cso_rules.loader.documents.declarations import Declarations
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.grammar.vocabulary import CALENDAR, CALENDAR_YEAR
from cso_rules.loader.grammar.words import CONFIDENCES
from cso_rules.loader.text.yaml_nodes import Node
from cso_rules.model.civil_dates import calendar_of, is_weekend
from cso_rules.model.types import Interval

YEARS = range(1900, 2200)


def read_calendar(reader: Reader, node: Node, found: Declarations) -> None:
    """Read a file of `calendars/`."""
    entries = reader.mapping(node, CALENDAR)
    covered, exceptions = list(found.calendar.covered), set(found.calendar.exceptions)
    for item in reader.items(entries.get("years")):
        year = _Year(reader, item)
        if any(first <= year.span[0] <= last for first, last in covered):
            reader.report("repeated-identifier", year.place.span, name=str(year.number))
        elif year.is_sound:
            covered.append(year.span)
            exceptions |= set(year.exceptions())
    found.calendar = calendar_of(covered, exceptions)


class _Year:
    """One year of a calendar, and how far into it the days are known."""

    def __init__(self, reader: Reader, node: Node) -> None:
        self._reader = reader
        self._entries = reader.mapping(node, CALENDAR_YEAR)
        self.place = self._entries.get("year", node)
        count = len(reader.diagnostics)
        self.number = reader.number(self.place, 0, YEARS[0]) if "year" in self._entries else YEARS[0]
        if self.number not in YEARS:
            self._refuse(self.place, str(self.number), f"{YEARS[0]}..{YEARS[-1]}")
            self.number = YEARS[0]
        reader.label(self._entries.get("source"))
        reader.choice(self._entries.get("confidence"), CONFIDENCES, "K")
        self.is_sound = len(reader.diagnostics) == count

    @property
    def span(self) -> Interval:
        """The first and the last day that is known."""
        first, last = datetime.date(self.number, 1, 1), datetime.date(self.number, 12, 31)
        until = self._reader.date(self._entries.get("until"))
        if until is not None and until.year == self.number:
            last = until - datetime.timedelta(days=1)
        return first.toordinal(), max(last, first).toordinal()

    def exceptions(self) -> Iterator[int]:
        """Yield holidays on weekdays and days of weekends that are worked; report days that are neither."""
        for key, weekend in (("holidays", False), ("working_weekends", True)):
            for node in self._reader.items(self._entries.get(key)):
                day = self._reader.date(node)
                if day is not None and (day.year != self.number or is_weekend(day.toordinal()) is not weekend):
                    days = "Saturday, Sunday" if weekend else "Monday..Friday"
                    self._refuse(node, day.isoformat(), f"{self.number}, {days}")
                elif day is not None:
                    yield day.toordinal()

    def _refuse(self, node: Node, found: str, expected: str) -> None:
        self._reader.report("wrong-value", node.span, key=self._reader.key_of(node), found=found, expected=expected)
