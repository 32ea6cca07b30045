"""Which column holds which fact: exact names only; what is not read is named, with what may have been meant."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from cso_rules.model.column_habits import Habit, habit_of
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Fact, Policy
from cso_rules.model.presentation import Entities
from cso_rules.model.units import Measure
from cso_rules.tables.problems import FileProblem
from cso_rules.tables.read.cells import heading_key
from cso_rules.tables.read.headings import (
    DATE,
    DATE_COLUMNS,
    IDENTIFIER,
    NAME,
    PLACE,
    PLACE_COLUMNS,
    SITE,
    Heading,
    Headings,
    own_columns,
)

__all__ = [
    "DATE",
    "IDENTIFIER",
    "NAME",
    "PLACE",
    "SITE",
    "TableColumns",
    "is_known_heading",
    "map_columns",
]

NEAR: Final = 0.8
NAMED: Final = 20
"""How many columns that are not read are named in one note."""
_NEGATIONS: Final = re.compile(r"[非不未无没]|\b(?:not|non|no)\b")


@attrs.frozen(kw_only=True)
class TableColumns:
    """The meaning of the columns of a table.

    Attributes:
        header: The headings as they stand in the file.
        identifier: Position of the column of ids, or None: then the row number is the id.
        name: Position of the column of names, or None.
        site: Position of the column that names what it lies in, or None.
        place: Position of the column of area codes, or None: then one place holds for the table.
        date: Position of the column of dates whose rules apply, or None.
        facts: Fact by position.
        habits: How the texts of a column bear on one another, by position.
        measures: In which unit the numbers of a fact stand.
        unknown: Headings that pass through to the output unread.
        notes: What a person should be told about columns that are not read.
        entities: Whom the rows are about, and what these lie in.
    """

    header: tuple[str, ...]
    identifier: int | None
    name: int | None
    site: int | None = None
    place: int | None = None
    date: int | None = None
    facts: Mapping[int, str]
    unknown: tuple[str, ...]
    habits: Mapping[int, Habit] = attrs.field(factory=dict)
    measures: Mapping[str, Measure] = attrs.field(factory=dict)
    notes: tuple[Label, ...] = ()
    entities: Entities = Entities()  # noqa: RUF009 - frozen

    def heading_of(self, fact: str) -> str:
        """Return the heading of a fact, or its id when the table has no such column."""
        found = (self.header[position] for position, name in self.facts.items() if name == fact)
        return next(found, fact)


def is_known_heading(policy: Policy) -> Headings:
    """Return the test that finds the header row; pass it to `read_sheet`."""
    return Headings.of(policy)


def map_columns(header: tuple[str, ...], *policies: Policy) -> TableColumns:
    """Find the meaning of each column; one that is not known, or whose unit is not understood, is not read.

    Args:
        header: Headings of the table.
        policies: Rules of the places in the table, whose facts are known by id, label and alias.

    Raises:
        FileProblem: Two columns hold the same fact.
    """
    headings = Headings.of(*policies)
    found = [headings.heading(text) for text in header]
    meanings = {place: item.meaning for place, item in enumerate(found) if item.is_read and item.meaning is not None}
    _refuse_repeated(header, meanings)
    position = {meaning: place for place, meaning in meanings.items()}
    left_out = [text for text, item in zip(header, found, strict=True) if item.meaning is None and text.strip()]
    reasons = [item.reason for item in found if item.reason is not None]
    return TableColumns(
        header=header,
        identifier=position.get(IDENTIFIER),
        name=position.get(NAME),
        site=position.get(SITE),
        place=position.get(PLACE),
        date=position.get(DATE),
        facts={place: name for place, name in meanings.items() if name in headings.facts},
        unknown=tuple(text for place, text in enumerate(header) if place not in meanings),
        habits=_habits(found, headings),
        measures={item.meaning: item.measure for item in found if item.is_read and item.meaning and item.measure},
        notes=(*reasons[:NAMED], *_not_read(left_out, headings)),
        entities=headings.entities,
    )


def _habits(found: Sequence[Heading], headings: Headings) -> dict[int, Habit]:
    facts = {
        place: headings.facts[item.meaning]
        for place, item in enumerate(found)
        if item.is_read and item.meaning is not None and item.meaning in headings.facts
    }
    habits = {place: habit_of(fact.type, found[place].measure) for place, fact in facts.items()}
    return {place: habit for place, habit in habits.items() if habit is not None}


def place_and_date(headings: Sequence[str]) -> dict[str, int]:
    """Return where a table names places and dates, as `jurisdiction` and `as_of`."""
    groups = {PLACE: PLACE_COLUMNS, DATE: DATE_COLUMNS}
    known = {heading_key(text): name for name, texts in groups.items() for text in texts}
    found = {known[key]: place for place, key in enumerate(map(heading_key, headings)) if key in known}
    return dict(sorted(found.items(), reverse=True))


def facts_at(header: tuple[str, ...], policy: Policy) -> dict[int, Fact]:
    """Return the facts that are read from the columns of a table."""
    found = (
        (place, item.meaning) for place, item in enumerate(map(Headings.of(policy).heading, header)) if item.is_read
    )
    return {place: policy.facts[name] for place, name in found if name is not None and name in policy.facts}


def _refuse_repeated(header: tuple[str, ...], meanings: Mapping[int, str]) -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for place, meaning in meanings.items():
        places[meaning].append(header[place])
    repeated = [" = ".join(headings) for headings in places.values() if len(headings) > 1]
    if repeated:
        listed = "; ".join(repeated)
        raise _problem(
            Label(en=f"columns with the same meaning: {listed}", zh=f"多列含义相同：{listed}"),
            Label(en="Keep one of them", zh="请只保留其中一列"),
        )


def _not_read(texts: Sequence[str], headings: Headings) -> Iterator[Label]:
    """Yield the note that names the columns which are not known, each with the known name that it nearly has."""
    if not texts:
        return
    rest = len(texts) - NAMED
    english = [_guess(text, headings, "{!r} (did you mean {!r}?)").en for text in texts[:NAMED]]
    chinese = [_guess(text, headings, "“{}”（是否应为“{}”？）").zh for text in texts[:NAMED]]
    more = Label(en=f" and {rest} more", zh=f"等 {len(texts)} 列") if rest > 0 else Label(en="", zh="")
    yield Label(
        en=f"columns not read, because their names are not known: {', '.join(english)}{more.en}",
        zh=f"未读取的列（列名未知）：{'、'.join(chinese)}{more.zh}",
    )


def _guess(text: str, headings: Headings, form: str) -> Label:
    shown, meant = text[:40], _nearest(text, headings.known)
    if meant is None:
        return Label(en=shown, zh=shown)
    name = _name(meant, headings)
    return Label(en=form.format(shown, name.en), zh=form.format(shown, name.zh))


def _nearest(text: str, known: Mapping[str, str]) -> str | None:
    """Return what a heading may have been meant for; never what is said to be the opposite."""
    key = heading_key(text)
    found = difflib.get_close_matches(key, known, n=1, cutoff=NEAR) if key else []
    if not found or len(_NEGATIONS.findall(key)) != len(_NEGATIONS.findall(found[0])):
        return None
    return known[found[0]]


def _name(meaning: str, headings: Headings) -> Label:
    if meaning in headings.facts:
        return headings.facts[meaning].label
    texts = own_columns(headings.entities)[meaning]
    return Label(en=texts[0], zh=texts[2])


def _problem(cause: Label, remedy: Label) -> FileProblem:
    return FileProblem(Label(en="header", zh="表头"), cause, remedy)
