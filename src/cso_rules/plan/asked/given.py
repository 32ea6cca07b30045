"""The cells that remain of every level, read from the canonical values of one organization in one loop.

What a value leaves is what its domain leaves (`cells`), without a domain for each fact: a value of a boolean, an
enumeration or a set has its bits in a table, a number or date is compared with the bounds of its fact and with the cuts
of its level. Whatever is not canonical or not possible is left to the one reader of values, which alone refuses.
"""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any, Final

from cso_rules.model.canonical import CLASSES, bits_of, units_of
from cso_rules.model.policy import Fact
from cso_rules.model.types import FALSE, TRUE, Domain, Type
from cso_rules.plan.asked.cells import cells_of
from cso_rules.plan.building import Plan
from cso_rules.plan.levels import Form
from cso_rules.plan.sums.solving import FREE

_TABLE, _SUMMED, _NUMBER, _MADE_NUMBER, _SET, _TEXT = range(6)
"""How a value is read: from a table, which may tell what stands in sums too, as a whole number, as what becomes one, as
names, or not at all."""


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
        self._open = self._cells.state(unsaid) & ~self._cells.mask(plan.form_bits)
        self._read = {name: self._reading(fact) for name, fact in plan.policy.facts.items()}

    def read(self, given: dict[str, Any]) -> tuple[int, dict[str, Any], dict[str, Any]] | None:
        """Return what `Cells.state` says of an organization, the domains of what stands in sums, and the known values.

        Args:
            given: The values of known facts; None of one that is not known.

        Returns:
            None where a value is not canonical or not possible, or the name of no fact is there.
        """
        values = given.copy()
        state, ends, reading, number = self._open, self._ends.copy(), self._read, 0
        try:
            for name, value in given.items():
                kind, expected, known, is_summed = reading[name]
                if type(value) is not expected:  # a value of a derived class may be one too, written otherwise
                    if value is not None:
                        return None
                    del values[name]
                elif kind == _TABLE:
                    state ^= known[value]
                elif kind == _SUMMED:
                    left, ends[name] = known[value]
                    state ^= left
                elif kind != _TEXT:
                    if kind == _SET:
                        bits, members, is_open = known
                        number = sum([bits[member] for member in value])  # type: ignore[attr-defined]
                        state ^= members[number, number] ^ is_open
                    else:
                        least, most, cuts, cells, number_of = known
                        number = value if kind == _NUMBER else number_of(value)  # type: ignore[assignment]
                        if not least <= number <= most:
                            return None
                        state ^= cells[bisect_right(cuts, number)]
                    if is_summed:
                        ends[name] = number, number
        except KeyError:  # the name of no fact, or of no value
            return None
        return state | self._cells.of_sums(ends), ends, values

    def _reading(self, fact: Fact) -> tuple[int, type, Any, bool]:
        """Return how a value is read, its class, what it is looked up in, and whether sums hold the fact."""
        kind, is_summed = fact.type.kind, fact.name in self._ends
        if kind == "text":
            return _TEXT, CLASSES[kind], None, False
        if kind == "set":
            return _SET, CLASSES[kind], self._members(fact), is_summed
        if fact.type.is_numeric:
            return _NUMBER if kind == "integer" else _MADE_NUMBER, CLASSES[kind], self._cuts(fact), is_summed
        bits: Mapping[Any, int] = {True: TRUE, False: FALSE} if kind == "boolean" else bits_of(fact.type)
        first, unsaid = self._cells.choices.get(fact.name), self._unsaid[fact.name]
        left = {value: 0 if first is None else bit << first ^ unsaid << first for value, bit in bits.items()}  # type: ignore[operator]
        if is_summed:
            return _SUMMED, CLASSES[kind], {value: (left[value], bit) for value, bit in bits.items()}, True
        return _TABLE, CLASSES[kind], left, False

    def _members(self, fact: Fact) -> tuple[object, ...]:
        """Return the bits of the names of a set, the cells that sets leave, and those that are open."""
        members = self._cells.sets.get(fact.name, _NO_MEMBERS)
        return bits_of(fact.type), members, members[self._unsaid[fact.name]]  # type: ignore[index]

    def _cuts(self, fact: Fact) -> tuple[object, ...]:
        """Return the bounds of a number, where its cells begin, what each leaves of the open ones, and its maker."""
        number, ends = self._cells.numbers.get(fact.name), (fact.type.minimum, fact.type.maximum)
        if number is None:
            return *ends, (), (0,), _number_of(fact.type)
        is_open = self._open & sum(number.bits)
        return *ends, number.cuts, tuple([cell ^ is_open for cell in number.bits]), _number_of(fact.type)


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
