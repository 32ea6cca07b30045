"""Where a number in a comparison comes from: which legal numbers it follows, and how."""

from __future__ import annotations

import math

import attrs

from cso_rules.model.fields import ByFields

Weighted = tuple[str, tuple[str, ...], int]
"""A legal number by name, the values that select it (none where nothing selects it), a factor."""


@attrs.frozen(kw_only=True, repr=False)
class Origin(ByFields):
    """How a whole number follows from legal numbers, or that it is written in the rules.

    Attributes:
        numbers: The legal numbers, which stand for their encoded values; none where the number is written.
        plus: What is added to the sum of them.
        over: By what the sum is divided, and rounded up.
    """

    numbers: tuple[Weighted, ...] = ()
    plus: int = 0
    over: int = 1

    def added(self, other: Origin, factor: int = 1) -> Origin:
        """Return the origin of the sum with another number, times a factor."""
        over = math.lcm(self.over, other.over)
        mine, its = over // self.over, factor * over // other.over
        weights: dict[tuple[str, tuple[str, ...]], int] = {}
        for name, values, weight in (
            *((name, values, mine * weight) for name, values, weight in self.numbers),
            *((name, values, its * weight) for name, values, weight in other.numbers),
        ):
            weights[name, values] = weights.get((name, values), 0) + weight
        numbers = tuple((*key, weight) for key, weight in sorted(weights.items()) if weight)
        return Origin(numbers=numbers, plus=mine * self.plus + its * other.plus, over=over)

    def divided(self, divisor: int) -> Origin:
        """Return the origin of the number divided by a positive one and rounded up."""
        return attrs.evolve(self, over=self.over * divisor)

    def beyond(self) -> Origin:
        """Return the origin of the first whole number beyond, instead of the first that is reached."""
        return attrs.evolve(self, plus=self.plus + 1)

    def turned(self) -> Origin:
        """Return the origin of the cut between the negatives of what lies on both sides of this one."""
        numbers = tuple((name, values, -weight) for name, values, weight in self.numbers)
        return attrs.evolve(self, numbers=numbers, plus=1 - self.plus)
