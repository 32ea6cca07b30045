"""The rules of a run or of one side of a comparison, for every row by its own place and date."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator
from typing import Any

import attrs

from cso_rules.interfaces.options.rules import RuleOptions


@attrs.frozen(kw_only=True)
class Side:
    """The rules of a run, or those before or after a change.

    Attributes:
        options: Which rules; place and date may still differ from row to row.
        settings: Parameters with other numbers.
        entity: Whom the rows of a table describe; None is the subject of the package.
        fixes_place: Whether one place holds for every row, whatever the row says.
        fixes_date: Whether one date holds for every row.
    """

    options: RuleOptions
    settings: tuple[tuple[str, str], ...] = ()
    entity: str | None = None
    fixes_place: bool = False
    fixes_date: bool = False

    def policy(self, entity: str | None = None, settings: tuple[tuple[str, str], ...] | None = None) -> Any:
        """Return the rules of the run as a whole."""
        own = self.settings if settings is None else settings
        if entity is None and self.entity is not None:
            return self.options.policy(self.entity, own).about_its_entity()
        return self.options.policy(entity, own)

    def load(self, place: str | None, day: datetime.date) -> Any:
        """Return the rules of one place and date.

        Raises:
            UnknownNameError: There are none for the place.
        """
        at = self.at(place, day)
        if self.options.bundle is None:
            return at.policy()
        from cso_rules.bundle.faults import refusing_rows

        with refusing_rows(place):
            return at.policy()

    def at(self, place: str | None, day: datetime.date) -> Side:
        """Return the same side for one place and date."""
        moment = datetime.datetime.combine(day, datetime.time())
        return attrs.evolve(self, options=attrs.evolve(self.options, jurisdiction=place, as_of=moment))

    def contexts(self, columns: Any) -> Any:
        """Return which rules apply to each row."""
        from cso_rules.loader.codes import normalized_code
        from cso_rules.tables.answer.contexts import Contexts

        own = attrs.evolve(
            columns,
            place=None if self.fixes_place else columns.place,
            date=None if self.fixes_date else columns.date,
        )
        place, day = self.options.jurisdiction, self.options.as_of
        return Contexts(
            load=self.load,
            columns=own,
            place=None if place is None else normalized_code(place),
            date=day.date() if day else None,
            today=self.options.day,
        )

    def local(self, places: tuple[str, ...]) -> Iterator[Any]:
        """Yield the rules of places; rows of a place without any are refused later."""
        from cso_rules.errors import UnknownNameError

        for place in places:
            with contextlib.suppress(UnknownNameError):
                yield self.load(place, self.options.day)
