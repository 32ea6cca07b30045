"""Values in canonical form are encoded at once; whatever is written otherwise is named, to be read and perhaps refused.

In come facts grouped by their type, and what is given; out come domains, and the names of the other values.
Guaranteed: a value that is encoded here is what the one reader of values (`model.spellings`) would have made of it,
unchanged. Nothing is remembered, so a value never seen before is as quick as any other.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs

from cso_rules.model.canonical import bits_of, units_of
from cso_rules.model.types import FALSE, TRUE, Domain, Type

if TYPE_CHECKING:
    from cso_rules.model.policy import Fact

Get = Callable[[str], Any]
Known = dict[str, Domain]


Named = tuple[tuple[str, Mapping[str, int]], ...]
"""Facts whose values are named, each with the bits of the names."""

Bounded = tuple[tuple[str, int, int], ...]
"""Facts with the least and the greatest encoded value."""

Amounts = tuple[tuple[str, Callable[[Decimal], int], int, int], ...]
"""Facts with what encodes a decimal, and the least and the greatest encoded value."""


@attrs.frozen(eq=False, repr=False)
class Canonical:
    """Facts by type, each group with what its values are compared with."""

    booleans: tuple[str, ...]
    enumerations: Named
    sets: Named
    integers: Bounded
    dates: Bounded
    amounts: Amounts
    texts: tuple[str, ...]

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> Canonical:
        """Group facts by their types."""
        kinds: dict[str, list[Fact]] = {}
        for fact in facts:
            kinds.setdefault(fact.type.kind, []).append(fact)

        def named(kind: str) -> list[tuple[str, Type]]:
            return [(fact.name, fact.type) for fact in kinds.get(kind, ())]

        return cls(
            booleans=tuple(name for name, _ in named("boolean")),
            enumerations=tuple((name, bits_of(own)) for name, own in named("enumeration")),
            sets=tuple((name, bits_of(own)) for name, own in named("set")),
            integers=tuple((name, own.minimum, own.maximum) for name, own in named("integer")),
            dates=tuple((name, own.minimum, own.maximum) for name, own in named("date")),
            amounts=tuple(
                (name, units_of(own.scale), own.minimum, own.maximum)
                for name, own in (*named("money"), *named("decimal"))
            ),
            texts=tuple(name for name, _ in named("text")),
        )

    def encode(self, get: Get, known: Known) -> list[str]:
        """Put the domain of each canonical value among those known.

        Args:
            get: Returns the value of a fact, None where it is unknown.
            known: The domain of every fact while nothing is known of it.

        Returns:
            The facts whose values are written otherwise.
        """
        others: list[str] = []
        _booleans(self.booleans, get, known, others)
        _names(self.enumerations, get, known, others)
        _integers(self.integers, get, known, others)
        _amounts(self.amounts, get, known, others)
        _dates(self.dates, get, known, others)
        _sets(self.sets, get, known, others)
        if self.texts:
            values = ((name, get(name)) for name in self.texts)
            others += [name for name, value in values if value is not None and type(value) is not str]
        return others


# One loop for each type: a call for each value would take longer than what is done with it.


def _booleans(facts: tuple[str, ...], get: Get, known: Known, others: list[str]) -> None:
    for name in facts:
        value = get(name)
        if value is True:
            known[name] = TRUE
        elif value is False:
            known[name] = FALSE
        elif value is not None:
            others.append(name)


def _names(facts: Named, get: Get, known: Known, others: list[str]) -> None:
    for name, bits in facts:
        value = get(name)
        if type(value) is str and value in bits:
            known[name] = bits[value]
        elif value is not None:
            others.append(name)


def _integers(facts: Bounded, get: Get, known: Known, others: list[str]) -> None:
    for name, least, most in facts:
        value = get(name)
        if type(value) is int and least <= value <= most:
            known[name] = value, value
        elif value is not None:
            others.append(name)


def _amounts(facts: Amounts, get: Get, known: Known, others: list[str]) -> None:
    for name, units, least, most in facts:
        value = get(name)
        if type(value) is Decimal and least <= (amount := units(value)) <= most:
            known[name] = amount, amount
        elif value is not None:
            others.append(name)


def _dates(facts: Bounded, get: Get, known: Known, others: list[str]) -> None:
    for name, least, most in facts:
        value = get(name)
        if type(value) is datetime.date and least <= (day := value.toordinal()) <= most:
            known[name] = day, day
        elif value is not None:
            others.append(name)


def _sets(facts: Named, get: Get, known: Known, others: list[str]) -> None:
    for name, bits in facts:
        value = get(name)
        try:
            found = sum(map(bits.__getitem__, value)) if type(value) is frozenset else None
        except KeyError:
            found = None
        if found is not None:
            known[name] = found, found
        elif value is not None:
            others.append(name)
