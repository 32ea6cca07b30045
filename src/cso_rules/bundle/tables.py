"""The rules of a bundle for tables whose rows name places and dates."""

from __future__ import annotations

import datetime
from pathlib import Path

import attrs

from cso_rules.bundle.faults import refusing_rows
from cso_rules.bundle.opened import Bundle
from cso_rules.errors import BundleError
from cso_rules.loader.codes import NATIONAL
from cso_rules.model.civil_dates import day_of_rules, today
from cso_rules.model.policy import Policy
from cso_rules.tables.bulk.by_place import RunOptions


def run_of(bundle: Bundle, jurisdiction: str | None, as_of: datetime.date | str | None) -> RunOptions:
    """Return what finds the rules of the rows of a table.

    Args:
        bundle: The rules.
        jurisdiction: The place that is named; it fills blank cells.
        as_of: The date that is named; it fills blank cells.
    """
    place = None if jurisdiction is None else bundle.code_of(jurisdiction)
    return _OfBundle(bundle.place, place, None if as_of is None else day_of_rules(as_of), today(), bundle=bundle)


@attrs.frozen
class _OfBundle(RunOptions):
    """Finds the rules of a place and date in a bundle."""

    bundle: Bundle = attrs.field(kw_only=True)

    def load(self, place: str | None, day: datetime.date, *, is_kept: bool = True) -> Policy:
        """Return the rules of a place and date."""
        with refusing_rows(place):
            return self.bundle.policy(as_of=day, jurisdiction=place or NATIONAL, is_kept=is_kept)

    def spoken_for(self) -> frozenset[str]:
        """Return the codes for which there are rules, those that are left out too."""
        return frozenset((*self.bundle.places, *self.bundle.content["elsewhere"]))

    def packages(self, place: str | None) -> tuple[Path, ...]:
        """Return what stands for the rules of a place: that of the nearest one that has some."""
        try:
            return (Path(self.bundle.nearest(place or NATIONAL)),)
        except BundleError:  # its rows are refused when the rules are asked for
            return (Path(place or NATIONAL),)
