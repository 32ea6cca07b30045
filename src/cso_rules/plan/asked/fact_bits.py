"""The facts and readings that levels stand for, as bits: a fact that is a level by itself has the bit of that level."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_

from cso_rules.plan.building import Plan
from cso_rules.plan.levels import Form
from cso_rules.plan.prepared import Attached


class FactBits:
    """The bits of the facts and readings of a plan."""

    def __init__(self, plan: Plan) -> None:
        """Give them out."""
        given = [*plan.policy.facts, *plan.policy.readings]
        own: dict[str, int] = {}
        self._sums: list[tuple[int, tuple[str, ...]]] = []
        for place, level in enumerate(plan.levels):
            if isinstance(level, Form):
                self._sums.append((1 << place, level.names))
            else:
                own[level.name] = own.get(level.name, 0) | 1 << place
        self.bits = {name: own[name] & -own[name] for name in given if name in own}
        """The bit of every fact and reading."""
        self._alone = reduce(or_, self.bits.values(), 0)
        self._several = [(own[name] & ~bit, bit) for name, bit in self.bits.items() if own[name] != bit]
        others = (name for name in given if name not in self.bits)
        self.bits |= {name: 1 << place for place, name in enumerate(others, len(plan.levels))}
        self._names: dict[int, str] = {bit: name for name, bit in self.bits.items()}

    def of_levels(self, levels: int) -> int:
        """Return the facts and readings that some levels, given as bits, stand for; no sums of facts."""
        found = levels & self._alone
        for others, bit in self._several:
            if levels & others:
                found |= bit
        return found

    def in_sums(self, levels: int) -> list[str]:
        """Return what stands in the sums among some levels, given as bits."""
        return [name for bit, names in self._sums if levels & bit for name in names]

    def of(self, names: Iterable[str]) -> int:
        """Return some facts and readings as bits; what else is named has none."""
        return reduce(or_, [self.bits.get(name, 0) for name in names], 0)

    def names(self, bits: int) -> frozenset[str]:
        """Return the names of some facts and readings, given as bits."""
        found: set[str] = set()
        while bits:
            found.add(self._names[bits & -bits])
            bits &= bits - 1
        return frozenset(found)


fact_bits_of = Attached(FactBits)
"""The bits of the facts and readings of a plan."""
