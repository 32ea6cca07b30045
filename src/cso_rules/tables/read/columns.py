"""Which column holds which fact: exact names only; what is not read is named, with what may have been meant."""

from __future__ import annotations

import datetime
import difflib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from cso_rules.model.instruments import Label
from cso_rules.model.policy import COMPLETE, Fact, Policy
from cso_rules.model.presentation import Entities
from cso_rules.model.spelling.column_habits import Habit, habit_of
from cso_rules.model.spelling.units import Measure
from cso_rules.tables.problems import HEADER, FileProblem, RequestProblem
from cso_rules.tables.read.cells import heading_key
from cso_rules.tables.read.choices import NO_CHOICES, Choices, ColumnChoice
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
    plain_heading,
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

NAMED: Final = 20
"""How many columns that are not read are named in one note."""
_YEAR: Final = re.compile(r"(?P<year>(?:19|20)\d{2})(?:\D{0,2}(?P<month>\d{1,2}))?.*?(?P<end>[末底]|\Z)")
_MONTHS: Final = 12
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
        about: Columns that say something about the values of a fact: the fact, and what, by position.
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
    about: Mapping[int, tuple[str, str]] = attrs.field(factory=dict)
    habits: Mapping[int, Habit] = attrs.field(factory=dict)
    measures: Mapping[str, Measure] = attrs.field(factory=dict)
    notes: tuple[Label, ...] = ()
    entities: Entities = Entities()  # noqa: RUF009 - frozen

    @property
    def own_places(self) -> tuple[int, ...]:
        """Where it stands which organization a row is about, and what this lies in."""
        return tuple(place for place in (self.identifier, self.name, self.site) if place is not None)

    @property
    def positions(self) -> dict[str, int]:
        """Where each fact stands, and by its name with `COMPLETE` what says whether its list is complete."""
        told = {f"{name}{COMPLETE}": place for place, (name, part) in self.about.items() if part == "complete"}
        return {name: place for place, name in self.facts.items()} | told

    def heading_of(self, fact: str) -> str:
        """Return the heading of a fact, or its id when the table has no such column."""
        found = (self.header[position] for position, name in self.facts.items() if name == fact)
        return next(found, fact)

    def texts_of_facts(self, cells: Sequence[object]) -> Mapping[str, Mapping[str, Any]]:
        """Return the cells of a row from which facts were read, by fact and heading; of place and date under "".

        Other columns say things that nobody asked for, perhaps about persons, and are left out.

        Args:
            cells: The row.
        """
        facts = {place: fact for place, (fact, _) in self.about.items()} | dict(self.facts)
        facts |= {place: "" for place in (self.place, self.date) if place is not None}
        found: dict[str, dict[str, Any]] = {}
        for place, fact in sorted(facts.items()):
            if place < len(cells):
                found.setdefault(fact, {})[self.header[place]] = cells[place]
        return found


def is_known_heading(policy: Policy, choices: Choices = NO_CHOICES) -> Headings:
    """Return the test that finds the header row; pass it to `read_sheet`."""
    return Headings.of(policy, choices=choices)


def map_columns(header: tuple[str, ...], *policies: Policy, choices: Choices = NO_CHOICES) -> TableColumns:
    """Find the meaning of each column; one that is not known, or whose unit is not understood, is not read.

    Args:
        header: Headings of the table.
        policies: Rules of the places in the table, whose facts are known by id, label and alias.
        choices: What is known of the columns beside their headings.

    Raises:
        FileProblem: Two columns say whose rules apply, or when.
    """
    headings = Headings.of(*policies, choices=choices)
    found, doubts = assigned(header, headings, policies[0].as_of)
    meanings = {place: item.meaning for place, item in enumerate(found) if item.is_read and item.meaning is not None}
    position = {meaning: place for place, meaning in meanings.items()}
    unknown = [text for text, item in zip(header, found, strict=True) if item.is_unknown and text.strip()]
    about = {place: told for place, text in enumerate(header) if (told := headings.told_about(text)) is not None}
    named = zip(header, found, strict=True)
    others = [text for place, (text, item) in enumerate(named) if item.is_other and text.strip() and place not in about]
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
        about=about,
        habits=_habits(found, headings),
        measures={item.meaning: item.measure for item in found if item.is_read and item.meaning and item.measure},
        notes=(*reasons[:NAMED], *doubts, *_not_read(unknown, headings), *_no_facts(others)),
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


def assigned(header: Sequence[str], headings: Headings, day: datetime.date) -> tuple[list[Heading], list[Label]]:
    """Return what each column holds, each meaning once, and what a person should be told where several have one.

    Args:
        header: Headings of the table.
        headings: What headings mean.
        day: Of columns of several dates the latest one that is not after this day is read.

    Raises:
        FileProblem: Two columns say whose rules apply, or when.
    """
    found, notes = [headings.heading(text) for text in header], list[Label]()
    for meaning, places in _repeated(found).items():
        texts = [header[place] for place in places]
        if meaning in {PLACE, DATE}:
            raise FileProblem.of("file-same-meaning", HEADER, columns=" = ".join(texts))
        if meaning in headings.facts:
            kept = _fitting(places, found, headings.choices, day)
            notes.append(_several(shown_name(meaning, headings), texts, None if kept is None else header[kept]))
        else:
            kept = _first_named(places, header, own_columns(headings.entities)[meaning])
        for place in places:
            if place != kept:
                found[place] = Heading(is_other=True)
    return found, notes


def _repeated(found: Sequence[Heading]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, item in enumerate(found):
        if item.is_read and item.meaning is not None:
            places[item.meaning].append(place)
    return {meaning: own for meaning, own in places.items() if len(own) > 1}


def _first_named(places: Sequence[int], header: Sequence[str], texts: Sequence[str]) -> int:
    """Return the column of the name that comes first among those of ids or names."""
    order = [heading_key(text) for text in texts]
    last = len(order)
    keys = {place: heading_key(header[place]) for place in places}
    return min(places, key=lambda place: order.index(keys[place]) if keys[place] in order else last)


def _fitting(places: Sequence[int], found: Sequence[Heading], choices: Choices, day: datetime.date) -> int | None:
    """Return the column that surely is the one to read: the only one to be seen, or the latest not after a day."""
    seen = [place for place in places if place not in choices.hidden]
    if len(seen) == 1:
        return seen[0]
    days = {place: day_of_period(found[place].period) for place in seen}
    past = {place: own for place, own in days.items() if own is not None and own <= day}
    if not past or None in days.values():
        return None
    latest = max(past.values())
    of_latest = [place for place, own in past.items() if own == latest]
    return of_latest[0] if len(of_latest) == 1 else None


def day_of_period(text: str) -> datetime.date | None:
    """Return the first day of a period, the last one where its end is meant; None where no year is named."""
    found = _YEAR.search(text)
    if found is None:
        return None
    year, month = int(found["year"]), int(found["month"] or 0)
    if month > _MONTHS:
        return None
    if found["end"]:
        month = month or _MONTHS
        return datetime.date(year + month // _MONTHS, month % _MONTHS + 1, 1) - datetime.timedelta(days=1)
    return datetime.date(year, month or 1, 1)


def _several(name: Label, texts: Sequence[str], kept: str | None) -> Label:
    english, chinese = ", ".join(map(repr, texts)), "、".join(f"“{text}”" for text in texts)
    if kept is None:
        return Label(
            en=f"columns of one meaning, {name.en!r}: {english}; none of them is read, for it is not certain which one"
            " holds; keep one, or choose it with --columns",
            zh=f"多列都表示“{name.zh}”：{chinese}；不能确定以哪一列为准，均未读取；请只保留一列，或用 --columns 指定",
        )
    return Label(
        en=f"columns of one meaning, {name.en!r}: {english}; only {kept!r} is read",
        zh=f"多列都表示“{name.zh}”：{chinese}；只读取了“{kept}”",
    )


def place_and_date(headings: Sequence[str]) -> dict[str, int]:
    """Return where a table names places and dates, as `jurisdiction` and `as_of`."""
    groups = {PLACE: PLACE_COLUMNS, DATE: DATE_COLUMNS}
    known = {heading_key(text): name for name, texts in groups.items() for text in texts}
    found = {known[key]: place for place, key in enumerate(map(heading_key, headings)) if key in known}
    return dict(sorted(found.items(), reverse=True))


def facts_at(header: tuple[str, ...], policy: Policy, choices: Choices = NO_CHOICES) -> dict[int, Fact]:
    """Return the facts that are read from the columns of a table."""
    found, _ = assigned(header, Headings.of(policy, choices=choices), policy.as_of)
    names = ((place, item.meaning) for place, item in enumerate(found) if item.is_read)
    return {place: policy.facts[name] for place, name in names if name is not None and name in policy.facts}


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


def _no_facts(texts: Sequence[str]) -> Iterator[Label]:
    """Yield the note that names the columns which are known to be no fact."""
    if texts:
        rest = len(texts) - NAMED
        english = ", ".join(text[:40] for text in texts[:NAMED]) + (f" and {rest} more" if rest > 0 else "")
        chinese = "、".join(text[:40] for text in texts[:NAMED]) + (f"等 {len(texts)} 列" if rest > 0 else "")
        yield Label(
            en=f"columns that are no facts, handed on as they are: {english}", zh=f"不是事实、原样保留的列：{chinese}"
        )


def _guess(text: str, headings: Headings, form: str) -> Label:
    shown, meant = text[:40], nearest_meanings(text, headings)[:1]
    if not meant:
        return Label(en=shown, zh=shown)
    name = shown_name(meant[0], headings)
    return Label(en=form.format(shown, name.en), zh=form.format(shown, name.zh))


def nearest_meanings(text: str, headings: Headings) -> list[str]:
    """Return what a heading may have been meant for, the likeliest first; never what is said to be the opposite."""
    count = _negations(heading_key(text))
    near = (headings.known[name] for name in headings.nearest(text) if count == _negations(name))
    return list(dict.fromkeys(near))


def _negations(key: str) -> int:
    return len(_NEGATIONS.findall(key.replace("有无", "")))


def shown_name(meaning: str, headings: Headings) -> Label:
    """Return what a fact or one of the own columns is called for people."""
    if meaning in headings.facts:
        return headings.facts[meaning].label
    texts = own_columns(headings.entities)[meaning]
    return Label(en=texts[0], zh=texts[2])


def refuse_absent(header: Sequence[str], choices: Mapping[str, ColumnChoice]) -> None:
    """Refuse choices about headings that a list does not have.

    Raises:
        RequestProblem: There is one; with the heading that may have been meant.
    """
    own = {plain_heading(text): text for text in header}
    for heading, choice in choices.items():
        if heading not in own:
            keys = {heading_key(text): text for text in header if text.strip()}
            near = difflib.get_close_matches(heading_key(heading), keys, n=1, cutoff=0.5)
            hint = keys[near[0]] if near else "、".join(list(own)[:5])
            raise RequestProblem.of("map-no-column", choice.place, heading=heading[:60], hint=hint[:60])
