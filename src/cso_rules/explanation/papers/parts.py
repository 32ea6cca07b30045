"""What a paper is made of before it becomes a page: title, lists, tables; and how large its letters are."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from math import ceil
from typing import Final

import attrs

SIZES: Final = (10.5, 10.0, 9.5, 9.0, 8.5, 8.0, 7.5)
"""Sizes of letters in points, the usual one first."""
PAGE_WIDTH: Final = 174 / 0.3528
"""Points between the margins of an A4 page."""
PAGE_HEIGHT: Final = 265 / 0.3528
LEADING: Final = 1.42
CELL_PADDING: Final = 6
LOST: Final = 0.1
"""The part of a page that a table may leave empty at its end."""
SMALL: Final = 0.88
"""How much smaller the letters of grounds are."""


@attrs.frozen(kw_only=True)
class Block:
    """Lines below a title of their own.

    Attributes:
        title: The heading; empty where the lines go on from what stands above.
        lines: The lines.
        is_list: Whether each line is an item.
        is_small: Whether it is set in small letters, as grounds are.
    """

    title: str = ""
    lines: tuple[str, ...]
    is_list: bool = True
    is_small: bool = False


@attrs.frozen(kw_only=True)
class Grid:
    """A table below a title.

    Attributes:
        widths: The part of the page that each column takes, in percent.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]


@attrs.frozen(kw_only=True)
class Paper:
    """One page about one subject.

    Attributes:
        title: What the paper is.
        marks: What stands at both sides below the title, such as a number and a day.
        greeting: To whom it speaks; empty where to nobody.
        parts: What it says, in order.
        closing: The last sentence.
        signature: Where to sign, each with room to write.
        most_pages: On how many pages it should fit.
    """

    language: str
    title: str
    marks: tuple[str, str]
    greeting: str = ""
    parts: tuple[Block | Grid, ...]
    closing: str
    signature: tuple[str, ...]
    most_pages: int = 1

    @property
    def size(self) -> float:
        """The largest size of letters with which the paper is likely to fit on its pages."""
        return next((size for size in SIZES if self._height(size) <= self._room), SIZES[-1])

    @property
    def is_fitting(self) -> bool:
        """Whether it is likely to fit on its pages in letters of its size."""
        return self._height(self.size) <= self._room

    @property
    def _room(self) -> float:
        return PAGE_HEIGHT * (self.most_pages - (self.most_pages - 1) * LOST)

    def _height(self, size: float) -> float:
        """Return about how high the paper is, in points."""
        head = size * LEADING * (3.2 + 1.6 * bool(self.greeting))
        return head + sum(_height(part, size) for part in self.parts) + size * LEADING * 4.4


def _height(part: Block | Grid, size: float) -> float:
    if isinstance(part, Grid):
        rows = (_row(row, part.widths, size * SMALL) for row in (part.headings, *part.rows))
        return size * LEADING * 1.5 + sum(count * size * SMALL * LEADING + CELL_PADDING for count in rows)
    own = size * (SMALL if part.is_small else 1)
    room = PAGE_WIDTH - (own * 1.5 if part.is_list else 0)
    title = size * LEADING * 1.45 if part.title else size * 0.3
    return title + sum(_lines(line, room, own) for line in part.lines) * own * LEADING


def _row(cells: Iterable[str], widths: Iterable[int], size: float) -> int:
    """Return how many lines the highest cell of a row takes."""
    pairs = zip(cells, widths, strict=True)
    return max(_lines(text, PAGE_WIDTH * width / 100 - CELL_PADDING, size) for text, width in pairs)


def _lines(text: str, room: float, size: float) -> int:
    return max(1, ceil(_width(text) * size / room))


def _width(text: str) -> float:
    """Return how wide a text is, in letters as wide as a Chinese one."""
    return sum(1.0 if unicodedata.east_asian_width(mark) in "WFA" else 0.5 for mark in text)


def texts(paper: Paper) -> Iterator[str]:
    """Yield every text of a paper in the order in which it is read."""
    yield paper.title
    yield from paper.marks
    yield from [paper.greeting] if paper.greeting else []
    for part in paper.parts:
        yield from [part.title] if part.title else []
        yield from part.lines if isinstance(part, Block) else _cells(part)
    yield paper.closing
    yield from paper.signature


def _cells(part: Grid) -> Iterable[str]:
    return (text for row in (part.headings, *part.rows) for text in row)
