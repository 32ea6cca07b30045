"""Numbers and dates that are computed: their least and greatest possible value in each row."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cso_rules.executors.planes.bits import Array, Plane, packed, unpacked
from cso_rules.executors.planes.extra import np
from cso_rules.executors.planes.facts.sources import Sources
from cso_rules.executors.planes.planned import Planned
from cso_rules.model.types import Interval
from cso_rules.plan.forms import Linear

Ends = tuple[Array, Array]


@attrs.frozen
class Numbers:
    """The ends of a number in each row.

    Attributes:
        low: The least possible number; where there is no answer it is greater than the greatest.
        high: The greatest.
        by_facts: Where they differ whatever the open readings are.
    """

    words: int
    low: Array
    high: Array
    by_facts: Array

    @classmethod
    def of(cls, sources: Sources, totals: Sequence[Linear], planned: Planned[Plane]) -> Numbers:
        """Return the ends: those of each sum that may be the answer.

        Args:
            sources: The facts.
            totals: The sums.
            planned: Where each may be the answer, for each case of the open readings.
        """
        rows = sources.columns.rows
        ends = [_ends(sources, total) for total in totals]
        found = [_joined(ends, [unpacked(plane, rows) for plane in guards], rows) for guards in planned.guards]
        low = np.minimum.reduce([least for least, _ in found]) if found else np.ones(rows, np.int64)
        high = np.maximum.reduce([greatest for _, greatest in found]) if found else np.zeros(rows, np.int64)
        by_facts = np.zeros(rows, np.bool_)
        for least, greatest in found:
            by_facts |= least < greatest
        return cls(sources.columns.words, np.array(low), np.array(high), by_facts)

    @property
    def has(self) -> Plane:
        """Where there may be an answer."""
        return packed(self.low <= self.high, self.words)

    @property
    def open(self) -> Plane:
        """Where several numbers may be the answer."""
        return packed(self.low < self.high, self.words)

    def statuses(self, planes: Sequence[Plane]) -> tuple[Plane, ...]:
        """Return the statuses of the number, from those that are known without its ends."""
        determined, unsettled, absent, conflict = planes
        decided = ~(determined | unsettled | absent | conflict) | packed(self.by_facts, self.words)
        one = determined & ~self.open
        return one, (determined | unsettled) & ~one & ~decided, absent, conflict

    def put(self, rows: Array, found: Sequence[Interval | None], by_facts: Sequence[bool], groups: Array) -> None:
        """Put exact ends in some rows, each of a group."""
        pairs = np.array([(1, 0) if pair is None else pair for pair in found], self.low.dtype)
        self.low[rows], self.high[rows] = pairs[groups, 0], pairs[groups, 1]
        self.by_facts[rows] = np.array(by_facts, np.bool_)[groups]


def _ends(sources: Sources, total: Linear) -> Ends:
    low, high = sources.ends_of(total.terms, slice(0, sources.columns.rows))
    return low + total.constant, high + total.constant


def _joined(ends: Sequence[Ends], guards: Sequence[Array], rows: int) -> Ends:
    """Return the ends of the sums that may be the answer; the wrong way round where none may."""
    if len(ends) == 1 and guards[0].all():
        return ends[0]
    kind = np.result_type(*(end.dtype for pair in ends for end in pair))
    most = 2**62
    low, high = np.full(rows, most, kind), np.full(rows, -most, kind)
    for (least, greatest), may in zip(ends, guards, strict=True):
        low = np.where(may, np.minimum(low, least), low)
        high = np.where(may, np.maximum(high, greatest), high)
    return low, high
