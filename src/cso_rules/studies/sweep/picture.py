"""A sweep as a picture: one stepped line for each answer, told apart by colour, dashes and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import attrs

from cso_rules.explanation.markup import Markup, element, joined
from cso_rules.model.instruments import Label
from cso_rules.studies.states import State, state_label
from cso_rules.studies.sweep.report import title
from cso_rules.studies.sweep.steps import Sweep, usual_step
from cso_rules.studies.wording import plain_number

WIDTH: Final = 760
LEFT: Final = 56
RIGHT: Final = 40
TOP: Final = 30
PLOT: Final = 260
LEGEND: Final = 24
MARK: Final = 14
INK: Final = "#22252a"
SOFT: Final = "#565d66"
GRID: Final = "#d9d6cd"
COLOURS: Final = ("#0072B2", "#D55E00", "#007A5A", "#8C4A79", "#7A5C00", "#3F3F3F", "#005F87", "#A34100")
"""Told apart with every kind of colour vision, each with a contrast of at least 4.5 to 1 on white."""
DASHES: Final = (None, "9 4", "2 4", "12 4 2 4", "5 3", "1 3", "14 3", "6 2 1 2")
NOW: Final = Label(zh="现行", en="now")
NUMBER: Final = Label(zh="{many}数", en="{many}")
Languages = tuple[str, ...]


def file_of(sweep: Sweep, language: str) -> str:
    """Return a picture that stands alone, in one language."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{picture(sweep, (language,))}\n'


def picture(sweep: Sweep, languages: Languages = ("zh", "en")) -> Markup:
    """Return the picture; in several languages the page shows the texts of the chosen one."""
    return _Picture(sweep=sweep, languages=languages).drawn()


@attrs.frozen(kw_only=True)
class _Picture:
    sweep: Sweep
    languages: Languages

    @property
    def most(self) -> int:
        counts = (count for counter in self.sweep.counts.values() for count in counter.values())
        return max(1, max(counts, default=1))

    def x(self, number: int) -> float:
        low, high = self.sweep.steps[0], self.sweep.end
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (number - low) / max(1, high - low), 1)

    def y(self, count: int) -> float:
        return round(TOP + PLOT * (1 - count / self.most), 1)

    def text(self, label: Label, x: float, y: float, anchor: str = "start", fill: str = INK) -> Markup:
        several = len(self.languages) > 1
        return joined(
            element(
                "text", label.in_language(language), x=x, y=y, text_anchor=anchor, fill=fill,
                lang=language if several else None, class_="t" if several else None,
            )
            for language in self.languages
        )  # fmt: skip

    def plain(self, text: str, x: float, y: float, anchor: str, fill: str = SOFT) -> Markup:
        return element("text", text, x=x, y=y, text_anchor=anchor, fill=fill)

    def drawn(self) -> Markup:
        height = TOP + PLOT + 56 + LEGEND * len(self.sweep.states)
        heading, told = title(self.sweep), " / ".join
        texts = [heading.in_language(language) for language in self.languages]
        return element(
            "svg",
            element("title", told(texts)),
            element("desc", told(self._described(language) for language in self.languages)),
            element("rect", x=0, y=0, width=WIDTH, height=height, fill="#ffffff"),
            self.text(heading, LEFT, 18),
            *self._grid(),
            *self._now(),
            *(self._line(place, state) for place, state in enumerate(self.sweep.states)),
            *self._ends(),
            *self._legend(TOP + PLOT + 62),
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {WIDTH} {height}",
            width=WIDTH,
            height=height,
            role="img",
            font_size="13",
            font_family="system-ui, 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif",
        )

    def _described(self, language: str) -> str:
        """Return what the picture shows as a sentence: the counts at both ends."""
        parts = []
        for state in self.sweep.states:
            first, last = (self.sweep.at(end)[state] for end in (self.sweep.steps[0], self.sweep.end))
            parts.append(f"{self._name(state).in_language(language)}: {first} → {last}")
        return "; ".join(parts)

    def _name(self, state: State) -> Label:
        return state_label(state, self.sweep.policy)

    def _grid(self) -> Iterator[Markup]:
        bottom, right = TOP + PLOT, WIDTH - RIGHT
        for count in _ticks(0, self.most, 5):
            yield element("line", x1=LEFT, x2=right, y1=self.y(count), y2=self.y(count), stroke=GRID)
            yield self.plain(str(count), LEFT - 8, self.y(count) + 4, "end")
        low, high = self.sweep.steps[0], self.sweep.end
        unit = 10**self.sweep.parameter.type.scale
        for number in _ticks(low, high, 8, unit):
            place = self.x(number)
            yield element("line", x1=place, x2=place, y1=bottom, y2=bottom + 5, stroke=SOFT)
            yield self.plain(plain_number(self.sweep.parameter, number), place, bottom + 19, "middle")
        yield element("line", x1=LEFT, x2=right, y1=bottom, y2=bottom, stroke=SOFT)
        yield self.text(self.sweep.parameter.label, right, bottom + 37, "end", SOFT)
        yield self.text(NUMBER.filled(many=self.sweep.policy.subject.many), LEFT, bottom + 37, "start", SOFT)

    def _now(self) -> Iterator[Markup]:
        current = self.sweep.current
        if current is None or not self.sweep.steps[0] <= current <= self.sweep.end:
            return
        place = self.x(current)
        yield element("line", x1=place, x2=place, y1=TOP, y2=TOP + PLOT, stroke=INK, stroke_dasharray="3 3")
        number = plain_number(self.sweep.parameter, current)
        shown = Label(zh=f"{NOW.zh} {number}", en=f"{NOW.en} {number}")
        is_left = place > WIDTH / 2
        yield self.text(shown, place + (-5 if is_left else 5), TOP + 12, "end" if is_left else "start")

    def _line(self, place: int, state: State) -> Markup:
        starts = list(self.sweep.counts)
        points = [f"M{self.x(starts[0])} {self.y(self.sweep.counts[starts[0]][state])}"]
        for start in starts[1:]:
            points += [f"H{self.x(start)}", f"V{self.y(self.sweep.counts[start][state])}"]
        points.append(f"H{self.x(self.sweep.end)}")
        return element(
            "path", d="".join(points), fill="none", stroke=COLOURS[place % len(COLOURS)], stroke_width="2.4",
            stroke_dasharray=_dashes(place),
        )  # fmt: skip

    def _ends(self) -> Iterator[Markup]:
        """Yield the number of each line at its right end, moved apart where lines end together."""
        ends = sorted(
            (self.y(self.sweep.at(self.sweep.end)[state]), place) for place, state in enumerate(self.sweep.states)
        )
        for height, (_, place) in zip(_apart([height for height, _ in ends]), ends, strict=True):
            colour = COLOURS[place % len(COLOURS)]
            yield self.plain(str(place + 1), WIDTH - RIGHT + 8, round(height + 4, 1), "start", colour)

    def _legend(self, top: int) -> Iterator[Markup]:
        for place, state in enumerate(self.sweep.states):
            middle, colour = top + LEGEND * place, COLOURS[place % len(COLOURS)]
            yield element(
                "line", x1=LEFT, x2=LEFT + 34, y1=middle, y2=middle, stroke=colour, stroke_width="2.4",
                stroke_dasharray=_dashes(place),
            )  # fmt: skip
            yield self.plain(str(place + 1), LEFT + 42, middle + 4, "start", colour)
            yield self.text(self._name(state), LEFT + 66, middle + 4)


def _dashes(place: int) -> str | None:
    """Return the dashes of a line; when the colours begin anew, each has others than before."""
    return DASHES[(place + place // len(COLOURS)) % len(DASHES)]


def _apart(heights: Sequence[float]) -> list[float]:
    """Move marks apart, downwards and then up again from the axis as far as they need it."""
    moved: list[float] = []
    for height in heights:
        moved.append(max(height, moved[-1] + MARK) if moved else height)
    limit = float(TOP + PLOT)
    for place in reversed(range(len(moved))):
        moved[place] = min(moved[place], limit)
        limit = moved[place] - MARK
    return moved


def _ticks(low: int, high: int, most: int, unit: int = 1) -> Iterable[int]:
    """Return round numbers between two ends, at most about so many."""
    step = usual_step(0, (high - low) * 20 // most, unit)
    return range(-(-low // step) * step, high + 1, step)
