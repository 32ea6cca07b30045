"""The cells that remain of every level, read from the canonical values of one organization in one loop.

What a value leaves is what its domain leaves (`cells`), without a domain for each fact: a value of a boolean, an
enumeration or a set has its bits in a table, a number or date is compared with the bounds of its fact and with the cuts
of its level. Whatever is not canonical or not possible is left to the one reader of values, which alone refuses.
"""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from cso_rules.model.canonical import CLASSES, bits_of, units_of
from cso_rules.model.policy import Fact
from cso_rules.model.types import FALSE, TRUE, Domain, Type
from cso_rules.plan.asked.cases import groups_of
from cso_rules.plan.asked.cells import cells_of
from cso_rules.plan.building import Plan
from cso_rules.plan.levels import Form
from cso_rules.plan.sums.open_days import FREE

_TEXT, _SET, _SUMMED, _TABLE, _NUMBER, _MADE_NUMBER = range(6)
"""How a value is read: not at all, as names, from a table, which may tell what stands in sums too, as a whole number,
or as what becomes one."""

Read: TypeAlias = tuple[int, dict[str, Any], int, dict[str, Any]]
"""What `Cells.state` says of an organization, the domains of what stands in sums, which of that is open (as bits of
`Groups`), and the known values."""


class Given:
    """What is given of organizations, read for a plan."""

    def __init__(self, plan: Plan, unsaid: Mapping[str, Domain]) -> None:
        """Find out how the values of each fact are read.

        Args:
            plan: The plan.
            unsaid: The domain of every fact and reading while nothing is said of it.
        """
        self._cells = cells_of(plan)
        self._unsaid = unsaid
        summed = {name for level in plan.levels if isinstance(level, Form) for name in level.names}
        self._ends = {name: unsaid.get(name, FREE) for name in summed}
        groups = groups_of(plan)
        self._summed, self._open_facts = groups.bits, groups.open_facts(self._ends)
        self._open = self._cells.state(unsaid) & ~self._cells.mask(plan.form_bits)
        self._read = {name: self._reading(fact) for name, fact in plan.policy.facts.items()}

    def read(self, given: dict[str, Any]) -> Read | None:
        """Return what is read of an organization.

        Args:
            given: The values of known facts; None of one that is not known.

        Returns:
            None where a value is not canonical or not possible, or the name of no fact is there.
        """
        values, ends, reading = given.copy(), self._ends.copy(), self._read
        state, open_facts, number = self._open, self._open_facts, 0
        try:
            for name, value in given.items():
                kind, expected, known, summed = reading[name]
                if type(value) is not expected:  # a value of a derived class may be one too, written otherwise
                    if value is not None:
                        return None
                    del values[name]
                elif kind == _TABLE:
                    state ^= known[value]
                elif kind >= _NUMBER:
                    cuts, cells, number_of = known
                    number = value if kind == _NUMBER else number_of(value)  # type: ignore[assignment]
                    state ^= cells[bisect_right(cuts, number)]
                    if summed:
                        ends[name] = number, number
                        open_facts &= ~summed
                elif kind == _SUMMED:
                    left, ends[name] = known[value]
                    state ^= left
                elif kind == _SET:
                    bits, members, is_open = known
                    number = sum([bits[member] for member in value])  # type: ignore[attr-defined]
                    state ^= members[number, number] ^ is_open
                    if summed:
                        ends[name] = number, number
                        open_facts &= ~summed
        except (KeyError, TypeError):  # the name of no fact, or of no value; a number out of bounds has no cells
            return None
        return state | self._cells.of_sums(ends), ends, open_facts, values

    def _reading(self, fact: Fact) -> tuple[int, type, Any, int]:
        """Return how a value is read, its class, what it is looked up in, and the bit of a fact that stands in sums."""
        kind, summed = fact.type.kind, self._summed.get(fact.name, 0)
        if kind == "text":
            return _TEXT, CLASSES[kind], None, 0
        if kind == "set":
            return _SET, CLASSES[kind], self._members(fact), summed
        if fact.type.is_numeric:
            return _NUMBER if kind == "integer" else _MADE_NUMBER, CLASSES[kind], self._cuts(fact), summed
        bits: Mapping[Any, int] = {True: TRUE, False: FALSE} if kind == "boolean" else bits_of(fact.type)
        first, unsaid = self._cells.choices.get(fact.name), self._unsaid[fact.name]
        left = {value: 0 if first is None else bit << first ^ unsaid << first for value, bit in bits.items()}  # type: ignore[operator]
        if summed:
            return _SUMMED, CLASSES[kind], {value: (left[value], bit) for value, bit in bits.items()}, summed
        return _TABLE, CLASSES[kind], left, 0

    def _members(self, fact: Fact) -> tuple[object, ...]:
        """Return the bits of the names of a set, the cells that sets leave, and those that are open."""
        members = self._cells.sets.get(fact.name, _NO_MEMBERS)
        return bits_of(fact.type), members, members[self._unsaid[fact.name]]  # type: ignore[index]

    def _cuts(self, fact: Fact) -> tuple[object, ...]:
        """Return where the bounds and cells of a number begin, what each cell leaves of the open ones, and its maker.

        Below its least and above its greatest value a number has no cell.
        """
        number, least, most = self._cells.numbers.get(fact.name), fact.type.minimum, fact.type.maximum
        made = _number_of(fact.type)
        if number is None:
            return (least, most + 1), (None, 0, None), made
        is_open = self._open & sum(number.bits)
        starts = [least, *[cut for cut in number.cuts if least < cut <= most]]
        cells = [number.bits[bisect_right(number.cuts, start)] ^ is_open for start in starts]
        return (*starts, most + 1), (None, *cells, None), made


def _number_of(kind: Type) -> Callable[[Any], int] | None:
    """Return what makes the number of a value; None where it is one."""
    if kind.kind == "integer":
        return None
    return datetime.date.toordinal if kind.kind == "date" else units_of(kind.scale)


class _NoMembers(dict[tuple[int, int], int]):
    """The bits of a set that nothing reads."""

    def __missing__(self, _: object) -> int:
        return 0


_NO_MEMBERS: Final = _NoMembers()
