"""Dated values as a picture: a bar for each period on an axis of years, gaps left open."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence

import attrs

from cso_rules.explanation.markup import Markup, element
from cso_rules.loader.documents.periods import Period

WIDTH, LEFT, RIGHT, TOP, BAR, AXIS = 720, 8, 16, 22, 30, 26
CHARACTER = 8
"""Width of a digit in the picture."""


@attrs.frozen(kw_only=True)
class Bar:
    """A value and its period; `is_removed` when the requirement is abolished."""

    period: Period
    text: str
    is_removed: bool


@attrs.frozen
class _Scale:
    first: int
    last: int

    def place(self, day: datetime.date | None, open_end: int) -> float:
        """Return the horizontal place of a day."""
        number = open_end if day is None else day.toordinal()
        return LEFT + (WIDTH - LEFT - RIGHT) * (number - self.first) / (self.last - self.first)


def timeline(bars: Sequence[Bar], as_of: datetime.date, title: str) -> Markup:
    """Return a picture of the bars with the day of the book marked."""
    scale = _scale(bars, as_of)
    height = TOP + BAR + AXIS
    today = scale.place(as_of, scale.last)
    middle = str(TOP + BAR // 2)
    return element(
        "svg",
        element("title", title),
        element("line", x1=str(LEFT), x2=str(WIDTH - RIGHT), y1=middle, y2=middle, class_="gap"),
        *_ticks(scale),
        *(_bar(bar, index, scale) for index, bar in enumerate(bars, start=1)),
        element("line", x1=f"{today:.1f}", x2=f"{today:.1f}", y1="14", y2=str(TOP + BAR + 4), class_="today"),
        element("text", as_of.isoformat(), x=f"{min(max(today, 40), WIDTH - 40):.1f}", y="11", class_="today"),
        viewBox=f"0 0 {WIDTH} {height}",
        width=str(WIDTH),
        height=str(height),
        role="img",
        class_="timeline",
    )


def _scale(bars: Sequence[Bar], as_of: datetime.date) -> _Scale:
    days = [day.toordinal() for bar in bars for day in bar.period.limits] + [as_of.toordinal()]
    margin = max(365, (max(days) - min(days)) // 20)
    return _Scale(max(1, min(days) - margin), min(datetime.date.max.toordinal(), max(days) + margin))


def _ticks(scale: _Scale) -> Iterator[Markup]:
    years = range(datetime.date.fromordinal(scale.first).year + 1, datetime.date.fromordinal(scale.last).year + 1)
    step = next((size for size in (1, 2, 5, 10, 20, 50, 100, 500) if len(years) / size <= 10), 1000)  # noqa: PLR2004 - ticks
    bottom = TOP + BAR
    for year in years:
        if year % step == 0:
            x = f"{scale.place(datetime.date(year, 1, 1), 0):.1f}"
            yield element("line", x1=x, x2=x, y1=str(bottom), y2=str(bottom + 6), class_="tick")
            yield element("text", str(year), x=x, y=str(bottom + 20), class_="tick")


def _bar(bar: Bar, index: int, scale: _Scale) -> Markup:
    start, end = scale.place(bar.period.start, scale.first), scale.place(bar.period.end, scale.last)
    width = max(end - start - 1, 2)
    full = f"{index}: {bar.text}"
    shown = next((text for text in (full, str(index)) if len(text) * CHARACTER + 10 <= width), "")
    frame = {"x": f"{start:.1f}", "y": str(TOP), "width": f"{width:.1f}", "height": str(BAR)}
    text = element("text", shown, x=f"{start + 6:.1f}", y=str(TOP + BAR // 2 + 5))
    kind = "bar removed" if bar.is_removed else "bar"
    return element("g", element("title", full), element("rect", **frame), text, class_=kind)
