"""Forms: sheets of label and value cells about one organization, or about several side by side, as tables.

In come the rows of a sheet; out go the labels as headings and the values below them.
Guaranteed: a label that stands below the name of another person or body is joined with it, as parts of headings are; a
label is no value of another one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

import attrs

from cso_rules.model.spelling.spellings import normalised
from cso_rules.tables.read.cells import Cell, Row, is_blank, text_of
from cso_rules.tables.read.headings import NAME, SEPARATOR, Headings, subject_of

LEAST: Final = 3
"""Known labels that make a sheet a form."""
MOST_ROWS: Final = 200
_BOX: Final = re.compile(r"[□☐].*|.*[□☐]")
"""A box that is not ticked, with the words beside it."""
_NUMBER: Final = re.compile(r"[\d.,%-]+")
_IN_ONE: Final = re.compile(r"([^:]{1,20}):(.+)")


@attrs.frozen
class Form:
    """What a form says: its labels, and the value beside or below each."""

    labels: tuple[str, ...]
    values: tuple[Cell, ...]

    def below(self, labels: Sequence[str]) -> tuple[Cell, ...]:
        """Return the values in the order of some labels; nothing where the form does not have one."""
        own = dict(zip(reversed(self.labels), reversed(self.values), strict=True))
        return tuple(own.get(label) for label in labels)

    def is_empty(self, headings: Headings) -> bool:
        """Tell whether nothing is filled in that is known by its label: the form itself, about no organization."""
        pairs = zip(self.labels, self.values, strict=True)
        return not any(_BOX.sub("", text_of(value)) for label, value in pairs if headings(label))


def turned(rows: Sequence[Row], headings: Headings) -> list[Row] | None:
    """Return the columns of a sheet as rows where organizations stand side by side, the labels before them; or None."""
    lines = [row.cells for row in rows[:MOST_ROWS] if sum(bool(text_of(cell)) for cell in row.cells) > 1]
    labels, *columns = zip_longest(*lines) if lines else [()]
    texts = [[text_of(cell) for cell in cells] for cells in columns]
    meanings = [headings.heading(text_of(label)).meaning for label in labels]
    filled = [own for own in texts if any(own)]
    named = [own for own in filled if NAME in meanings and own[meanings.index(NAME)]]
    is_table = len(named) == len(filled) > 1 and meanings.count(NAME) == 1 and sum(map(bool, meanings)) >= LEAST
    told = (
        [text for text, meaning in zip(own, meanings, strict=True) if text and meaning in headings.facts]
        for own in named
    )
    if not is_table or not all(told) or any(headings(text) for own in texts for text in own if text):
        return None
    return [Row(number, cells) for number, cells in enumerate((labels, *columns), start=1)]


def form_of(rows: Sequence[Row], headings: Headings) -> Form | None:
    """Return what a sheet says that is a form; None for another one."""
    reader = _Reader(headings)
    filled = [row for row in rows[:MOST_ROWS] if not is_blank(row.cells)]
    for place, row in enumerate(filled):
        reader.read(row.cells, filled[place + 1].cells if place + 1 < len(filled) else ())
    if sum(map(headings, reader.labels)) < LEAST or len(filled) < LEAST:
        return None
    return Form(tuple(reader.labels), tuple(reader.values))


@attrs.define
class _Reader:
    """Goes through the rows of a form.

    Attributes:
        group: What the labels at hand are about, where that is another person or body.
        above: The labels of a row, whose values stand in the next one; of those below it nothing is taken.
        has_values: Whether these values were taken.
        over: What the first cell of the row before says.
    """

    headings: Headings
    labels: list[str] = attrs.field(factory=list)
    values: list[Cell] = attrs.field(factory=list)
    group: str = ""
    above: dict[int, str] = attrs.field(factory=dict)
    has_values: bool = False
    over: str = ""

    def read(self, cells: tuple[Cell, ...], below: tuple[Cell, ...]) -> None:
        """Take the labels and values of a row."""
        texts = [normalised(text_of(cell)) for cell in cells]
        given = [place for place, text in enumerate(texts) if text]
        first, self.over = self.over, texts[given[0]]
        are_labels = all(self._is_label(texts[place]) for place in given)
        begins_anew = are_labels or (self._is_label(texts[given[0]]) and {*given} != {*self.above})
        if self.above and begins_anew and not self.has_values:
            for label in self.above.values():
                self._add(label, None)
            self.above = {}
        if self.above and not (self.has_values and (len(given) == 1 or self._is_label(texts[given[0]]))):
            for place, label in self.above.items() if not self.has_values else ():
                self._add(label, cells[place] if place < len(cells) else None)
            self.has_values = True
            return
        if self.above:
            self.above, self.has_values, self.group = {}, False, ""
        if len(given) == 1:
            self._single(texts[given[0]])
        elif are_labels:
            self.above = {place: texts[place] for place in given}
        else:
            is_group = texts[given[0]] in {first, normalised(text_of(below[given[0]])) if given[0] < len(below) else ""}
            outer = self.group
            if is_group and not self._is_label(texts[given[0]]):
                self.group, given = texts[given[0]], given[1:]
            self._pairs(cells, texts, given)
            self.group = outer

    def _single(self, text: str) -> None:
        found = _IN_ONE.fullmatch(text)
        if found is not None and self._is_label(found[1]):
            self._add(found[1], found[2].strip())
        elif self.headings(text):
            self._add(text, None)
        else:
            self.group = text if subject_of(text) and self.labels else ""

    def _pairs(self, cells: tuple[Cell, ...], texts: list[str], given: list[int]) -> None:
        """Take labels with the value to the right of each; a label that another one follows has none."""
        label: str | None = None
        for at, place in enumerate(given):
            text = texts[place]
            following = texts[given[at + 1]] if at + 1 < len(given) else ""
            is_value = label is not None and not (self._is_label(text) and following and not self._is_label(following))
            if label is not None:
                self._add(label, cells[place] if is_value else None)
            label = None if is_value else text
        if label is not None:
            self._add(label, None)

    def _add(self, label: str, value: Cell) -> None:
        joined = f"{self.group.replace(SEPARATOR, '／')}{SEPARATOR}{label}" if self.group else label
        if joined not in self.labels and _NUMBER.fullmatch(label) is None:
            self.labels.append(joined)
            self.values.append(value)

    def _is_label(self, text: str) -> bool:
        return self.headings.is_label(text)
