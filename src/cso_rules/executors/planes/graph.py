"""A graph of plane and array operations in which equal nodes are one node.

A plane is one bit for each row; an array is one whole number for each row. Nodes are made in an order in which each
reads only earlier ones. Guaranteed: a constant is found as a constant where the laws of and, or and not show it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any, Final

from cso_rules.model.civil_dates import Shifts, earliest, latest
from cso_rules.model.types import Interval

NEVER: Final = 0
"""The plane that is false in every row."""

ALWAYS: Final = 1
"""The plane that is true in every row."""

Detail = int | str | tuple[int, ...] | Shifts
Node = tuple[str, tuple[int, ...], tuple[Detail, ...]]
"""Operation, the nodes that it reads, and what else it needs."""


class Graph:
    """Planes and arrays, by number."""

    def __init__(self) -> None:
        self.nodes: list[Node] = [("never", (), ()), ("always", (), ())]
        self.bounds: dict[int, Interval] = {}
        self.tables: list[Any] = []
        self.indexes: dict[int, Any] = {}
        self._found: dict[Node, int] = {node: place for place, node in enumerate(self.nodes)}
        self._opposites: dict[int, int] = {NEVER: ALWAYS, ALWAYS: NEVER}

    def _node(self, operation: str, reads: tuple[int, ...] = (), *details: Detail) -> int:
        node = (operation, reads, details)
        place = self._found.get(node)
        if place is None:
            place = self._found[node] = len(self.nodes)
            self.nodes.append(node)
        return place

    # Planes.

    def plane(self, name: str, place: int) -> int:
        """Return where a fact is known to have, or to hold, the value at this place."""
        return self._node("plane", (), name, place)

    def known(self, name: str) -> int:
        """Return where a fact is known."""
        return self._node("known", (), name)

    def opposite(self, plane: int) -> int:
        """Return where a plane is false."""
        if plane not in self._opposites:
            found = self._node("not", (plane,))
            self._opposites[plane], self._opposites[found] = found, plane
        return self._opposites[plane]

    def both(self, one: int, two: int) -> int:
        """Return where both planes are true."""
        if one in (two, ALWAYS) or two == NEVER:
            return two
        if two == ALWAYS or one == NEVER:
            return one
        if self._opposites.get(one) == two:
            return NEVER
        return self._node("and", (min(one, two), max(one, two)))

    def either(self, one: int, two: int) -> int:
        """Return where at least one of two planes is true."""
        if one in (two, NEVER) or two == ALWAYS:
            return two
        if two == NEVER or one == ALWAYS:
            return one
        if self._opposites.get(one) == two:
            return ALWAYS
        return self._node("or", (min(one, two), max(one, two)))

    def without(self, one: int, two: int) -> int:
        """Return where the first plane is true and the second is not."""
        return self.both(one, self.opposite(two))

    def all_of(self, planes: Iterable[int]) -> int:
        """Return where every plane is true."""
        return reduce(self.both, planes, ALWAYS)

    def any_of(self, planes: Iterable[int]) -> int:
        """Return where some plane is true."""
        return reduce(self.either, planes, NEVER)

    def choice(self, condition: int, then: int, otherwise: int) -> int:
        """Return one plane where the condition holds, and the other elsewhere."""
        if then == otherwise:
            return then
        return self.either(self.both(condition, then), self.without(otherwise, condition))

    def at_least(self, array: int, number: int) -> int:
        """Return where an array reaches a number; a constant that was added to it is taken off the number instead."""
        while self.nodes[array][0] == "sum" and self.nodes[self.nodes[array][1][1]][0] == "number":
            array, added = self.nodes[array][1]
            number -= self.bounds[added][0]
        low, high = self.bounds[array]
        if number <= low:
            return ALWAYS
        if number > high:
            return NEVER
        parts = self._difference(array) if number in {0, 1} else None
        if parts is None:
            return self._node("at_least", (array,), number)
        return self.opposite(self.reaches(*reversed(parts))) if number else self.reaches(*parts)

    def _difference(self, array: int) -> tuple[int, int] | None:
        """Return the two arrays of which an array is the difference."""
        if self.nodes[array][0] != "sum":
            return None
        for one, two in (self.nodes[array][1], self.nodes[array][1][::-1]):
            operation, reads, details = self.nodes[two]
            if operation == "times" and details == (-1,):
                return one, reads[0]
        return None

    def reaches(self, one: int, two: int) -> int:
        """Return where one array is at least as large as another."""
        return ALWAYS if one == two else self._node("reaches", (one, two))

    def within(self, array: int, low: int | None, high: int | None) -> int:
        """Return where an array lies between two numbers, both included."""
        above = ALWAYS if low is None else self.at_least(array, low)
        beyond = NEVER if high is None else self.at_least(array, high + 1)
        return self.without(above, beyond)

    def same(self, one: int, two: int) -> int:
        """Return where two arrays are equal."""
        if one == two:
            return ALWAYS
        return NEVER if self.nodes[one][0] == self.nodes[two][0] == "number" else self._node("same", (one, two))

    def bit_of(self, index: int, kind: str, place: int = 0) -> int:
        """Return where the result of an indexed decision has a bit."""
        return self._node("bit_of", (index,), kind, place)

    # Arrays, each with the numbers between which it stays.

    def _array(self, bounds: Interval, operation: str, reads: tuple[int, ...] = (), *details: Detail) -> int:
        if bounds[0] == bounds[1]:
            operation, reads, details = "number", (), (bounds[0],)
        place = self._node(operation, reads, *details)
        self.bounds[place] = bounds
        return place

    def indexed(self, index: Any, reads: tuple[int, ...], counts: tuple[int, ...]) -> int:
        """Return what holds the results of an indexed decision."""
        self.tables.append(index)
        place = self._array((0, 2**31), "indexed", reads, len(self.tables) - 1, counts)
        self.indexes[place] = index
        return place

    def number(self, value: int) -> int:
        """Return the array that holds one number everywhere."""
        return self._array((value, value), "number")

    def values(self, name: str, bounds: Interval, unknown: int | None) -> int:
        """Return the values of a numeric fact, with a number where it is unknown; None when it never is."""
        wider = bounds if unknown is None else (min(bounds[0], unknown), max(bounds[1], unknown))
        return self._array(wider, "values", (), name, *(() if unknown is None else (unknown,)))

    def looked_up(self, name: str, numbers: tuple[int, ...], unknown: int) -> int:
        """Return the number that the value of an enumeration fact selects."""
        spread = (*numbers, unknown)
        return self._array((min(spread), max(spread)), "looked_up", (), name, numbers, unknown)

    def size(self, name: str, most: int) -> int:
        """Return how many values a set fact holds."""
        return self._array((0, most), "size", (), name)

    def sum_of(self, one: int, two: int) -> int:
        """Return the sum of two arrays; constants are brought together at its end."""
        if self.nodes[one][0] == "number":
            one, two = two, one
        if self.nodes[one][0] == "sum" and self.nodes[self.nodes[one][1][1]][0] == "number":
            first, added = self.nodes[one][1]
            if self.nodes[two][0] == "number":
                return self.sum_of(first, self.number(self.bounds[added][0] + self.bounds[two][0]))
            return self.sum_of(self.sum_of(first, two), added)
        bounds = (self.bounds[one][0] + self.bounds[two][0], self.bounds[one][1] + self.bounds[two][1])
        if self.bounds[one] == (0, 0):
            return two
        return one if self.bounds[two] == (0, 0) else self._array(bounds, "sum", (one, two))

    def times(self, array: int, factor: int) -> int:
        """Return a multiple of an array."""
        ends = sorted(factor * end for end in self.bounds[array])
        return array if factor == 1 else self._array((ends[0], ends[1]), "times", (array,), factor)

    def moved(self, array: int, shifts: Shifts, *, is_latest: bool) -> int:
        """Return shifted dates, at the earliest or at the latest."""
        end = latest if is_latest else earliest
        low, high = self.bounds[array]
        return self._array((end(shifts, low), end(shifts, high)), "moved", (array,), shifts, int(is_latest))

    def limited(self, array: int, only: int, low: int, high: int) -> int:
        """Return an array that is brought between two numbers where a plane is true."""
        bounds = self.bounds[array]
        wider = (min(bounds[0], low), max(bounds[1], high))
        return array if only == NEVER else self._array(wider, "limited", (array, only), low, high)

    def count(self, planes: tuple[int, ...]) -> int:
        """Return how many of some planes are true."""
        return self._array((0, len(planes)), "count", planes)

    def extreme(self, planes: tuple[int, ...], numbers: tuple[int, ...], *, is_most: bool) -> int:
        """Return the least or greatest of the numbers whose planes are true; some plane is."""
        return self._array((min(numbers), max(numbers)), "extreme", planes, numbers, int(is_most))

    def least(self, one: int, two: int, *, is_most: bool = False) -> int:
        """Return the lesser (or greater) of two arrays in every row."""
        if one == two:
            return one
        ends = [self.bounds[one], self.bounds[two]]
        pick = max if is_most else min
        bounds = (pick(low for low, _ in ends), pick(high for _, high in ends))
        return self._array(bounds, "greater" if is_most else "lesser", (one, two))

    def chosen(self, condition: int, then: int, otherwise: int) -> int:
        """Return one array where a plane is true, and the other elsewhere."""
        if then == otherwise or condition == ALWAYS:
            return then
        ends = [self.bounds[then], self.bounds[otherwise]]
        bounds = (min(low for low, _ in ends), max(high for _, high in ends))
        return otherwise if condition == NEVER else self._array(bounds, "chosen", (condition, then, otherwise))
