"""The header of a table: its lines among the first rows, up to three of them, and a unit that a line above states.

In come the first rows of a sheet; out go one heading for each column, and what was noticed.
Guaranteed: a unit stated above the table is put into the heading of every column of numbers that it may be meant for.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Final

import attrs

from cso_rules.model.instruments import Label
from cso_rules.model.spelling.units import ANY, Unit, fits, unit_of
from cso_rules.tables.read.asides import speaks_of_unit
from cso_rules.tables.read.cells import Cell, Row, is_blank, text_of
from cso_rules.tables.read.headings import NAME, SEPARATOR, Headings, is_period, remarks_in, unit_in

_UNIT_LINE: Final = re.compile(
    r"(?:(?:金额|资金|货币|计量|数量)?单位|金额)[:：](?P<units>[^:：]+)|units?:(?P<into>[^:]+)"
)
_PLAIN_NUMBER: Final = re.compile(r"[\d.,%-]+")
_OF_TABLE: Final = 3
"""Known names in one row that make it a header though other rows hold some, too."""
_IN_WORDS: Final = re.compile(r"[以按]([^以按,。;、]{1,6}?)(?:为单位|计算|计|填写|填报)")
_BETWEEN: Final = re.compile(r"[、,，;；/]")
_WIDE: Final = re.compile(r"\s{2,}|[(（)）]")
_SPACE: Final = re.compile(r"\s+")
_MOST_LINES: Final = 3
_IS_LINE: Final = re.compile(r"(?<!其中)[:：]|^(?:\d{4}|[xX×_]{2,})年\d{1,2}月(?:\d{1,2}日)?$")
"""What a line about the table holds, such as who filled it in and when."""
_REPEATED: Final = 2
"""Headings that stand in the line below, too, because their cells are merged; no row of values repeats so many."""
_NO_END: Final = 1 << 30
_NO_CURRENCIES: Final = frozenset({"persons", "units", "times", "count", "years", "share"})


@attrs.frozen(kw_only=True)
class Header:
    """The headings of a table.

    Attributes:
        texts: One for each column.
        known: How many of them are known.
        last_row: The number of the last row of the header.
        notes: What a person should be told.
    """

    texts: tuple[str, ...]
    known: int
    last_row: int
    notes: tuple[Label, ...]


def header_of(rows: Sequence[Row], headings: Headings) -> Header | None:
    """Return the header among the first rows; None when it can tell of no fact, nor of whom the rows are about."""
    rows = [row for row in rows if not is_blank(row.cells)]
    scores = [_score(row, headings) for row in rows]
    if not any(scores) or _is_form(rows, headings):
        return None
    first, last = _lines_of_header(rows, scores.index(max(scores)))
    sure = next((at for at, row in enumerate(rows[:first]) if scores[at] and _known(row, headings) >= _OF_TABLE), None)
    if sure is not None:  # the best header is that of a second table
        first, last = _lines_of_header(rows, sure)
    texts = _joined([_trimmed(row) for row in rows[first : last + 1]], headings)
    units = [unit for row in rows[:last] for unit in _units_of(row)]
    stated = tuple(_with_unit(at, text, units, headings) for at, text in enumerate(texts))
    meanings = [headings.heading(text).meaning for text in stated]
    if not any(meaning == NAME or meaning in headings.facts for meaning in meanings) and not _is_unknown(
        stated, headings
    ):
        return None
    above = [str(row.number) for row in rows[:first]]
    lost = [str(row.number) for row in rows[:last] if _speaks(row) and not any(_units_of(row))]
    return Header(
        texts=stated,
        known=sum(map(headings, stated)),
        last_row=rows[last].number,
        notes=tuple(_notes(above, lost, texts, stated)),
    )


def _is_unknown(texts: Iterable[str], headings: Headings) -> bool:
    """Tell whether a heading is neither known nor known to be no fact, so that it may still tell of one."""
    return any(headings.heading(text).is_unknown for text in texts if text)


def _is_form(rows: Sequence[Row], headings: Headings) -> bool:
    """Tell whether names stand beside values in row after row, as on a sheet about one organization."""
    known = [_known(row, headings) for row in rows]
    return max(known) < _OF_TABLE and sum(map(bool, known)) >= _OF_TABLE


def _score(row: Row, headings: Headings) -> int:
    """Return how good a header a row would be: by known headings, then by those known to be no fact; 0 without one."""
    texts = [text for text in map(text_of, row.cells) if text]
    numbers = sum(_PLAIN_NUMBER.fullmatch(text) is not None for text in texts)
    known = 0 if 2 * numbers >= len(texts) else sum(map(headings, texts))
    return known and known * len(row.cells) + sum(map(headings.is_label, texts))


def _known(row: Row, headings: Headings) -> int:
    return sum(headings(text) for text in map(text_of, row.cells) if text)


def _trimmed(row: Row) -> tuple[str, ...]:
    texts = [text_of(cell) for cell in row.cells]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def _speaks(row: Row) -> bool:
    return any(speaks_of_unit(text_of(cell)) for cell in row.cells)


def _notes(above: list[str], lost: list[str], before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[Label]:
    if above:
        numbers = ", ".join(above)
        yield Label(en=f"rows above the header skipped: {numbers}", zh=f"表头之上的行未读入：{numbers}")
    if lost:
        numbers = ", ".join(lost)
        yield Label(
            en=f"rows above the header that speak of a unit, which was not applied: {numbers}; write it into headings",
            zh=f"表头之上以下各行提到单位，但未据此换算：{numbers}；请把单位写入相应列名",
        )
    changed = [text for text, old in zip(after, before, strict=True) if text != old]
    if changed:
        listed = "、".join(changed[:20])
        yield Label(en=f"the unit stated above the table holds for: {listed}", zh=f"表头之上注明的单位适用于：{listed}")


# ------------------------------------------------------------------------------------------- several lines of a header


def _lines_of_header(rows: Sequence[Row], place: int) -> tuple[int, int]:
    """Return the first and the last line of the header that has its best line at a place."""
    first = last = place
    while first and last - first + 1 < _MOST_LINES and _stands_over(_trimmed(rows[first - 1]), rows[first]):
        first -= 1
    while last + 1 < len(rows) and last - first + 1 < _MOST_LINES and _is_second(_trimmed(rows[last]), rows[last + 1]):
        last += 1
    return first, last


def _stands_over(over: tuple[str, ...], row: Row) -> bool:
    """Tell whether a row is a line of headings over those of the next one, not a title and no line about the table."""
    given = [text for text in over if text]
    if not given or any(_IS_LINE.search(text) for text in given) or len(over) > len(row.cells):
        return False
    if len(dict.fromkeys(given)) == 1 and over[0]:
        return False
    return _is_second(over, row)


def _is_second(header: tuple[str, ...], row: Row) -> bool:
    """Tell whether a row below headings only names the parts of those that stand over several columns."""
    header = tuple("" if place and text == header[place - 1] else text for place, text in enumerate(header))
    cells = [text_of(cell) for cell in row.cells]
    own = {place for place, text in enumerate(cells) if text and text != _at(header, place)}
    if not own or not all(_is_words(row.cells[place]) for place in own):
        return False
    if sum(bool(text) and text == _at(header, place) for place, text in enumerate(cells)) >= _REPEATED:
        return True
    over = _starts(header, len(cells))
    starts = {over[place] for place in own if not _at(header, place)}
    return bool(starts) and starts <= own <= _groups(header, len(cells))


def _at(header: Sequence[str], place: int) -> str:
    return header[place] if place < len(header) else ""


def _starts(header: Sequence[str], width: int) -> list[int]:
    """Return for each column the one before it that stands over it where it is blank; -1 where there is none."""
    given = (at if _at(header, at) else -1 for at in range(width - 1))
    return list(accumulate(given, max, initial=-1))


def _is_words(cell: Cell) -> bool:
    return isinstance(cell, str) and _PLAIN_NUMBER.fullmatch(cell.strip()) is None


def _groups(header: tuple[str, ...], width: int) -> set[int]:
    """Return the columns that share a heading with the column beside them."""
    padded = [*header, *([""] * max(0, width - len(header)))]
    blank = {place for place, text in enumerate(padded) if not text}
    return blank | {place for place in range(len(padded)) if padded[place] and place + 1 in blank}


def _joined(lines: Sequence[tuple[str, ...]], headings: Headings) -> tuple[str, ...]:
    """Return the headings of several lines as one: the last part with the groups over it, where these matter."""
    width = max(map(len, lines))
    starts = [_starts(line, width) for line in lines]
    columns = [_pieces(lines, [line[place] for line in starts], place) for place in range(width)]
    parts = Counter(pieces[-1] for pieces in columns if pieces)
    return tuple(_heading_of(pieces, headings, is_alone=parts[pieces[-1]] == 1) if pieces else "" for pieces in columns)


def _pieces(lines: Sequence[tuple[str, ...]], starts: Sequence[int], place: int) -> list[str]:
    """Return what stands over one column, each text once: its groups, and its own part last.

    Args:
        lines: The lines of the header.
        starts: In each line the column before this one whose heading stands over a blank one.
        place: The column.
    """
    found: list[str] = []
    for number, (line, start) in enumerate(zip(lines, starts, strict=True), start=1):
        text, below = _at(line, place), lines[number:]
        if not text and start >= 0 and any(_at(lower, place) for lower in below):
            text = line[start]
        if text and text not in found:
            found.append(text)
    return found


def _heading_of(pieces: list[str], headings: Headings, *, is_alone: bool) -> str:
    """Return a part with its groups; without them where it means the same alone, with a period as a remark."""
    *groups, part = pieces
    if not groups:
        return part
    for name, period in ((part, groups[0]), (groups[-1], part)) if len(groups) == 1 else ():
        if is_period(period) and headings.heading(name).meaning is not None:
            return f"{name}（{period}）"
    whole = SEPARATOR.join(piece.replace(SEPARATOR, "／") for piece in pieces)
    alone, together = headings.heading(part), headings.heading(whole)
    return part if is_alone and together.meaning is not None and alone.meaning == together.meaning else whole


# ----------------------------------------------------------------------------------------------- units above the table


@attrs.frozen
class _Stated:
    """A unit that is stated above some columns, from `start` up to but not including `end`."""

    start: int
    end: int
    name: str
    unit: Unit


def _units_of(row: Row) -> Iterator[_Stated]:
    """Yield the units that a row above states: 单位：万元 for all columns, a heading in brackets for those below it."""
    given = [(at, text) for at, text in enumerate(map(text_of, row.cells)) if text]
    for (at, text), (end, _) in pairwise([*given, (_NO_END, "")]):
        for name in _lines(text):
            if (unit := unit_of(name)) is not None:
                yield _Stated(0, _NO_END, name, unit)
        for remark in remarks_in(text):
            if (unit := unit_in(remark)) is not None:
                yield _Stated(at, end, remark, unit)


def _lines(text: str) -> Iterator[str]:
    for piece in _WIDE.split(unicodedata.normalize("NFKC", text)):
        found = _UNIT_LINE.fullmatch(_SPACE.sub("", piece.casefold()))
        yield from _BETWEEN.split(found["units"] or found["into"]) if found else ()
        yield from (match[1] for match in _IN_WORDS.finditer(_SPACE.sub("", piece)))


def _with_unit(place: int, text: str, units: Sequence[_Stated], headings: Headings) -> str:
    """Return a heading with the unit that is stated above it, if it is that of numbers and states none itself."""
    measure = headings.heading(text).measure
    if measure is None or measure.own is None or measure.stated is not None:
        return text
    over = [found for found in units if found.start <= place < found.end]
    own = measure.own
    meant = {found.unit: found.name for found in over if found.unit.dimension == ANY or _is_alike(found.unit, own)}
    return text + "".join(f"（{name}）" for name in meant.values())


def _is_alike(unit: Unit, own: Unit) -> bool:
    """Tell whether a unit may be meant for a column: one that fits, or another currency."""
    return fits(unit, own) or (own.dimension == "money" and unit.dimension not in _NO_CURRENCIES)
