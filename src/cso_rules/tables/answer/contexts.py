"""Which rules apply to each row: those of its own place and date, which are never guessed from a blank cell.

In come the columns of a table and what the run names; out goes the policy of a row, loaded once a place and date.
Guaranteed: what the run names fills blank cells only; a cell that is no place or date refuses its row.
"""

from __future__ import annotations

import datetime
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

import attrs

from cso_rules.errors import UnknownNameError
from cso_rules.loader.codes import NATIONAL, UNPLACED, normalized_code
from cso_rules.model.civil_dates import FIRST, LAST
from cso_rules.model.coded import said
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Policy
from cso_rules.model.spelling.blanks import BLANKS
from cso_rules.model.spelling.spellings import SpellingError, read_text
from cso_rules.model.types import Type
from cso_rules.tables.answer.rows import CellRefusal, ContextError
from cso_rules.tables.read.cells import Cell, Row, heading_key, text_of
from cso_rules.tables.read.columns import TableColumns
from cso_rules.tables.read.headings import PLACE_COLUMNS

Load = Callable[[str | None, datetime.date], Policy]
DATE: Final = Type(kind="date", minimum=FIRST, maximum=LAST)
COUNTY_DIGITS: Final = 6


@attrs.define(kw_only=True)
class Contexts:
    """The policies of the rows of one table.

    Attributes:
        load: Loads the policy of a place and date; None is the place of the package itself.
        columns: Where place and date stand in a row.
        place: The place that the run names; fills blank cells, and all rows when there is no such column.
        date: The date that the run names.
        today: The date when there is no column and no named date.
    """

    load: Load
    columns: TableColumns
    place: str | None
    date: datetime.date | None
    today: datetime.date
    policies: dict[tuple[str | None, datetime.date], Policy] = attrs.field(factory=dict)
    filled: Counter[str] = attrs.field(factory=Counter)

    def policy_of(self, cells: Mapping[str, Cell]) -> Policy:
        """Return the policy of a row.

        Raises:
            ContextError: The row says no place or date, or something that is none.
        """
        refused: list[CellRefusal] = []
        place = self._place(cells, refused)
        day = self._date(cells, refused)
        if refused or day is None:
            raise ContextError(refused)
        found = self.policies.get((place, day))
        return self._loaded(place, day, cells) if found is None else found

    def _loaded(self, place: str | None, day: datetime.date, cells: Mapping[str, Cell]) -> Policy:
        try:
            found = self.policies[place, day] = self.load(place, day)
        except UnknownNameError as error:
            heading = self._heading(self.columns.place)
            if not heading:
                raise
            raise ContextError([CellRefusal(heading, text_of(cells[heading]), said("place-outside"))]) from error
        return found

    def _heading(self, position: int | None) -> str:
        return "" if position is None else self.columns.header[position]

    def _place(self, cells: Mapping[str, Cell], refused: list[CellRefusal]) -> str | None:
        heading = self._heading(self.columns.place)
        if not heading:
            return self.place
        text = text_of(cells[heading])
        try:
            code = read_place(text)
        except UnknownNameError:
            refused.append(CellRefusal(heading, text, said("place-unknown")))
            return None
        if code is None and self.place is None:
            refused.append(CellRefusal(heading, text, said("place-missing")))
        self.filled[heading] += code is None
        return self.place if code is None else code

    def _date(self, cells: Mapping[str, Cell], refused: list[CellRefusal]) -> datetime.date | None:
        heading = self._heading(self.columns.date)
        if not heading:
            return self.date or self.today
        text = text_of(cells[heading])
        try:
            day = read_text(DATE, text)
        except SpellingError as error:
            refused.append(CellRefusal(heading, text, error.reason))
            return None
        if isinstance(day, datetime.date) and not FIRST <= day.toordinal() <= LAST:
            far = said("date-far", first=DATE.decode_number(FIRST), last=DATE.decode_number(LAST))
            refused.append(CellRefusal(heading, text, far))
            return None
        if day is None and self.date is None:
            refused.append(CellRefusal(heading, text, said("date-missing")))
        self.filled[heading] += day is None
        return day if isinstance(day, datetime.date) else self.date

    @property
    def notes(self) -> tuple[Label, ...]:
        """What a person should be told about the rules that were applied, each place once."""
        places = {policy.jurisdiction: policy for policy in self.policies.values()}
        return (*self._filled_notes(), *rule_notes([*places.values(), *self.policies.values()]))

    def _filled_notes(self) -> Iterator[Label]:
        named = {
            self._heading(self.columns.place): f"--jurisdiction {self.place}",
            self._heading(self.columns.date): f"--as-of {self.date}",
        }
        for heading, count in self.filled.items():
            if count and (self.place if heading == self._heading(self.columns.place) else self.date):
                option = named[heading]
                yield Label(
                    en=f"blank cells of {heading!r} taken as {option}: {count}",
                    zh=f"“{heading}”空白的 {count} 行按 {option} 处理",
                )


def read_place(text: str) -> str | None:
    """Return `cn` or a code without trailing zeros; None for a blank.

    Raises:
        UnknownNameError: The text is no place.
    """
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    return None if plain.upper() in BLANKS else normalized_code(plain)


def rule_notes(policies: Iterable[Policy]) -> tuple[Label, ...]:
    """Return what a person should be told about rules: which texts were changed unseen, and what of places."""
    found = list(policies)
    amended = (amendment for policy in found for amendment in policy.amendments_cited)
    of_places = (note for policy in found for note in place_notes(policy))
    return tuple(dict.fromkeys((*(amendment.remark for amendment in amended), *of_places)))


def place_notes(policy: Policy) -> Iterator[Label]:
    """Yield which rules of a place were not there or not consulted."""
    code = policy.jurisdiction
    if policy.jurisdiction == UNPLACED:
        return
    if code == NATIONAL:
        yield Label(
            en="cn: national rules only; no local rules were consulted", zh="cn：仅适用全国规则，未查询地方规则"
        )
        return
    if policy.place_notice is not None:
        yield Label(en="{place}: {notice}", zh="{place}：{notice}").filled(place=code, notice=policy.place_notice)
    if code.isdigit() and len(code) < COUNTY_DIGITS:
        yield Label(
            en=f"{code}: the code of a province or city; rules of its counties were not consulted",
            zh=f"{code}：省级或市级代码，未查询所辖区县的规则",
        )


def places_in(header: tuple[str, ...], rows: Iterable[Row]) -> tuple[str, ...]:
    """Return every place that rows name, each once; rows that name none are refused later."""
    headings = {heading_key(text) for text in PLACE_COLUMNS}
    position = next((place for place, text in enumerate(header) if heading_key(text) in headings), None)
    if position is None:
        return ()
    texts = dict.fromkeys(text_of(row.cells[position]) for row in rows if position < len(row.cells))
    return tuple(dict.fromkeys(code for text in texts if (code := _place_or_none(text))))


def _place_or_none(text: str) -> str | None:
    try:
        return read_place(text)
    except UnknownNameError:
        return None
