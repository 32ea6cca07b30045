"""A network of planes under and, or and not, in which equal planes are one.

It begins at sources, which columns of facts are asked for, and is made in an order in which each plane reads only
earlier ones. Guaranteed: a constant is found as a constant where the laws of and, or and not show it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import reduce
from typing import Final, Literal

NEVER: Final = 0
"""The plane that is false in every row."""

ALWAYS: Final = 1
"""The plane that is true in every row."""

Operation = Literal["source", "and", "or", "not"]
Gate = tuple[Operation, int, int]
"""What makes a plane, and the planes that it reads; of a source its number, twice."""


class Network:
    """Planes, by number.

    Attributes:
        gates: What makes each plane; the two constants are sources that nobody asks for.
        sources: What each source stands for.
    """

    def __init__(self) -> None:
        self.gates: list[Gate] = [("source", -1, -1), ("source", -2, -2)]
        self.sources: list[Hashable] = []
        self._found: dict[Gate, int] = {}
        self._sources: dict[Hashable, int] = {}
        self._known_factors: dict[int, frozenset[int]] = {}
        self._products: dict[frozenset[int], int] = {}
        self._opposites: dict[int, int] = {NEVER: ALWAYS, ALWAYS: NEVER}

    def source(self, key: Hashable) -> int:
        """Return the plane that stands for a question to the columns."""
        if key not in self._sources:
            place = len(self.sources)
            self.sources.append(key)
            self._sources[key] = self._gate(("source", place, place))
        return self._sources[key]

    def _gate(self, gate: Gate) -> int:
        found = self._found.get(gate)
        if found is None:
            found = self._found[gate] = len(self.gates)
            self.gates.append(gate)
        return found

    def opposite(self, plane: int) -> int:
        """Return where a plane is false."""
        found = self._opposites.get(plane)
        if found is None:
            found = self._opposites[plane] = self._gate(("not", plane, plane))
            self._opposites[found] = plane
        return found

    def both(self, one: int, two: int) -> int:
        """Return where both planes are true."""
        if one in (two, ALWAYS) or two == NEVER:
            return two
        if two == ALWAYS or one == NEVER:
            return one
        if self._opposites.get(one) == two:
            return NEVER
        return self._gate(("and", min(one, two), max(one, two)))

    def either(self, one: int, two: int) -> int:
        """Return where at least one of two planes is true."""
        if one in (two, NEVER) or two == ALWAYS:
            return two
        if two == NEVER or one == ALWAYS:
            return one
        if self._opposites.get(one) == two:
            return ALWAYS
        if self.gates[one][0] == self.gates[two][0] == "and" and (common := self._factors(one) & self._factors(two)):
            rests = (self._product(self._factors(plane) - common) for plane in (one, two))
            return self.both(self._product(common), self.either(*rests))
        return self._gate(("or", min(one, two), max(one, two)))

    def _factors(self, plane: int) -> frozenset[int]:
        """Return the planes that are all true where a plane is."""
        found = self._known_factors.get(plane)
        if found is None:
            operation, one, two = self.gates[plane]
            found = self._factors(one) | self._factors(two) if operation == "and" else frozenset([plane])
            self._known_factors[plane] = found
        return found

    def _product(self, factors: frozenset[int]) -> int:
        """Return where all of some planes are true."""
        found = self._products.get(factors)
        if found is None:
            found = self._products[factors] = reduce(self.both, sorted(factors), ALWAYS)
        return found

    def without(self, one: int, two: int) -> int:
        """Return where the first plane is true and the second is not."""
        return self.both(one, self.opposite(two))

    def any_of(self, planes: Iterable[int]) -> int:
        """Return where some plane is true."""
        return reduce(self.either, planes, NEVER)

    def several_of(self, planes: Iterable[int]) -> int:
        """Return where two planes are true at least."""
        one = two = NEVER
        for plane in planes:
            two = self.either(two, self.both(one, plane))
            one = self.either(one, plane)
        return two
