"""Types of facts and outputs, and their exact integer form.

Inside the engine a number is an integer at the scale of its type (money in fen), a date is its ordinal, and a value
of an enumeration is a bit. What is unknown is the set of values that remain possible: a *domain*.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, Inexact, InvalidOperation
from typing import Final, Literal, assert_never, get_args

import attrs

from cso_rules.model.fields import ByFields

Kind = Literal["boolean", "integer", "decimal", "money", "date", "enumeration", "set", "text"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
Number = int | Decimal | datetime.date


@attrs.frozen(kw_only=True, repr=False)
class Between(ByFields):
    """A number or date of which only bounds are known, both included; None is no bound of its own."""

    low: Number | None = None
    high: Number | None = None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class SomeOf(ByFields):
    """A set of which some members are sure and others possible; None is every value that the set may hold."""

    sure: frozenset[str] = frozenset()
    possible: frozenset[str] | None = None


@attrs.frozen(eq=False, repr=False)
class OneOf(ByFields):
    """A value of an enumeration of which it is only known to be one of several."""

    values: frozenset[str]


@attrs.frozen(eq=False, repr=False)
class Unknown(ByFields):
    """A value of which it is said that it is not known, so that nothing is presumed in its place either."""


UNKNOWN: Final = Unknown()

InPart = Between | SomeOf | OneOf | Unknown
"""What is known of a value in part only."""

Value = bool | int | Decimal | datetime.date | str | frozenset[str] | InPart

Interval = tuple[int, int]
"""Least and greatest possible value, both included."""

Domain = int | Interval
"""Possible values: bits of an enumeration or boolean, an interval, or (sure, possible) bits of a set."""

Environment = Mapping[str, Domain]
"""What is known of variables: the possible values of each by its name."""

TRUE: Final = 1
FALSE: Final = 2
BOOLEAN_VALUES: Final = ("true", "false")

_EXACT: Final = Context(prec=MAX_PREC, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[InvalidOperation, Inexact])
"""Decimals are scaled in this context: that of the caller's thread may round to fewer digits."""


@attrs.frozen(kw_only=True, repr=False)
class Type(ByFields):
    """What values a fact, a parameter or a decision may have.

    Attributes:
        kind: The family of values.
        values: Names of the values of an enumeration or set, in declared order; bit `i` is value `i`.
        scale: Digits after the decimal point that are kept; 2 for money (fen).
        minimum: Least possible encoded value of a number or date.
        maximum: Greatest possible encoded value of a number or date.
        enumeration: Name of the enumeration, for messages.
        maps_to: Each local value with the value of the same enumeration that it counts as.
    """

    kind: Kind
    values: tuple[str, ...] = ()
    scale: int = 0
    minimum: int = 0
    maximum: int = 10**12
    enumeration: str | None = None
    maps_to: tuple[tuple[str, str], ...] = ()

    @property
    def is_numeric(self) -> bool:
        """Whether the domain is an interval."""
        return self.kind in {"integer", "decimal", "money", "date"}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the bits of a domain, in order."""
        return BOOLEAN_VALUES if self.kind == "boolean" else self.values

    @property
    def everything(self) -> Domain:
        """The domain of an unknown value."""
        if self.is_numeric:
            return (self.minimum, self.maximum)
        bits = (1 << len(self.names)) - 1
        return (0, bits) if self.kind == "set" else bits

    def bit(self, name: str) -> int:
        """Return the bit of a named value.

        Raises:
            ValueError: The type has no value of that name.
        """
        return 1 << self.names.index(name)

    def bits_meant(self, name: str) -> int:
        """Return the bits of a value as a condition means it: its own, and those of local values that count as it.

        Raises:
            ValueError: The type has no value of that name.
        """
        local = [value for value, target in self.maps_to if target == name]
        return self.bit(name) | sum(self.bit(value) for value in local)

    def encode(self, value: Value) -> Domain:
        """Return the domain that holds exactly what this value may be; it must be of the type already."""
        if isinstance(value, InPart):
            return self._encode_in_part(value)
        if self.kind == "set" and isinstance(value, frozenset):
            bits = self._bits(value)
            return (bits, bits)
        if isinstance(value, bool):
            return TRUE if value else FALSE
        if isinstance(value, str):
            return self.bit(value)
        number = self.encode_number(value)
        return (number, number)

    def _encode_in_part(self, value: InPart) -> Domain:
        match value:
            case Between(low=low, high=high):
                return (
                    self.minimum if low is None else self.encode_number(low),
                    self.maximum if high is None else self.encode_number(high),
                )
            case SomeOf(sure=sure, possible=possible):
                bits = self._bits(sure)
                return (bits, bits | self._bits(self.names if possible is None else possible))
            case OneOf(values=values):
                return self._bits(values)
            case Unknown():
                return self.everything
            case _:
                assert_never(value)

    def _bits(self, names: Collection[str]) -> int:
        return sum(self.bit(name) for name in names)

    def is_beyond(self, domain: Domain) -> bool:
        """Tell whether it holds one number or date, which is not between the bounds of the type."""
        return (
            self.is_numeric
            and isinstance(domain, tuple)
            and is_known(domain)
            and not (self.minimum <= domain[0] <= self.maximum)
        )

    def encode_number(self, value: Value) -> int:
        """Return the scaled integer or ordinal of a number or date."""
        if isinstance(value, datetime.date):
            return value.toordinal()
        if isinstance(value, int):
            return value * int(10**self.scale)
        if isinstance(value, Decimal):
            return int(scaled(value, self.scale))
        message = f"no number: {value!r}"
        raise TypeError(message)

    def decode_number(self, number: int) -> Value:
        """Return the value of a scaled integer or ordinal."""
        if self.kind == "date":
            return datetime.date.fromordinal(number)
        if self.scale:
            return scaled(Decimal(number), -self.scale)
        return number

    def decode(self, domain: Domain) -> Value | None:
        """Return the one value of a domain, or None when several remain possible."""
        if isinstance(domain, tuple):
            low, high = domain
            if low != high:
                return None
            return frozenset(self.members(low)) if self.kind == "set" else self.decode_number(low)
        if domain.bit_count() != 1:
            return None
        return domain == TRUE if self.kind == "boolean" else self.values[domain.bit_length() - 1]

    def decode_in_part(self, domain: Domain) -> Value | None:
        """Return what is known of a value: itself, bounds, members or names; None when everything remains possible."""
        if domain == self.everything or (found := self.decode(domain)) is not None:
            return None if domain == self.everything else found
        if not isinstance(domain, tuple):
            return OneOf(frozenset(self.members(domain)))
        low, high = domain
        if self.kind != "set":
            return Between(low=self.decode_number(low), high=self.decode_number(high))  # type: ignore[arg-type]  # numbers
        possible = None if high == self.everything[1] else frozenset(self.members(high & ~low))  # type: ignore[index]
        return SomeOf(sure=frozenset(self.members(low)), possible=possible)

    def members(self, bits: int) -> tuple[str, ...]:
        """Return the names of the values whose bits are set, in declared order."""
        return tuple(name for index, name in enumerate(self.names) if bits >> index & 1)


BOOLEAN: Final = Type(kind="boolean")


def scaled(number: Decimal, places: int) -> Decimal:
    """Return a number with its decimal point moved to the right, never rounded."""
    return number.scaleb(places, _EXACT)


def is_known(domain: Domain) -> bool:
    """Tell whether exactly one value is possible."""
    if isinstance(domain, tuple):
        return domain[0] == domain[1]
    return domain.bit_count() == 1
