"""By how much changes change each fact, and which of them are contained in others."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, Interval

Change = dict[str, int]
"""Facts with their new encoded values."""
Sizes = Mapping[str, int]
"""By how much each fact changes: a number by a difference, a set by the bits of its members, another fact by one."""


@attrs.frozen
class Present:
    """What is known now, to compare changes with."""

    policy: Policy
    domains: Mapping[str, Domain]

    def value(self, name: str) -> int:
        """Return the encoded value of a fact that is known."""
        domain = self.domains[name]
        return domain[0] if isinstance(domain, tuple) else domain

    def nearest(self, name: str, box: Interval) -> int:
        """Return the number of a box that is nearest to what a fact is."""
        return min(max(self.value(name), box[0]), box[1])

    def sizes(self, change: Change) -> Sizes:
        """Return by how much a change changes each fact."""
        return {name: self._size(name, new) for name, new in change.items()}

    def _size(self, name: str, new: int) -> int:
        kind, old = self.policy.facts[name].type, self.value(name)
        if kind.is_numeric:
            return abs(new - old)
        return new ^ old if kind.kind == "set" else 1

    def total(self, change: Change) -> int:
        """Return the sum of the differences of numbers, members that come or go, and other facts that change."""
        return sum(size.bit_count() if self._is_set(name) else size for name, size in self.sizes(change).items())

    def is_smaller(self, one: Sizes, two: Sizes) -> bool:
        """Tell whether a change is contained in another one, which changes further facts or some of them more."""
        return self._fits(one, two) and not self._fits(two, one)

    def _fits(self, one: Sizes, two: Sizes) -> bool:
        return one.keys() <= two.keys() and all(self._is_no_more(name, size, two[name]) for name, size in one.items())

    def _is_no_more(self, name: str, one: int, two: int) -> bool:
        return not one & ~two if self._is_set(name) else one <= two

    def _is_set(self, name: str) -> bool:
        return self.policy.facts[name].type.kind == "set"
