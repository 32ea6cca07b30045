"""Exact weighted sums of quantities, the one form of numeric comparisons."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from fractions import Fraction
from operator import itemgetter
from typing import Final, Literal

import attrs

from cso_rules.model.expressions import (
    Constant,
    Expression,
    Lookup,
    Quantity,
    Term,
    Within,
    between,
    negation,
)
from cso_rules.model.origins import Origin
from cso_rules.model.types import Type

Dimension = Literal["number", "decimal", "integer", "money", "date"]
"""What a sum measures; `number` is a constant as written, which fits amounts of money too."""

LONGEST_FRACTION: Final = 20
NUMBERS: Final = frozenset({"number", "decimal", "integer"})


@attrs.frozen(kw_only=True)
class WeightedSum:
    """A weighted sum and a constant, in whole units (yuan, days).

    Attributes:
        dimension: What is measured.
        weights: Weight of each encoded quantity; none is zero.
        constant: What is added.
        scale: Digits after the decimal point that the quantities have.
        legal: Weight of each legal number, by name and encoded value, in the constant; None where one is a factor.
    """

    dimension: Dimension
    weights: Mapping[Quantity, Fraction] = attrs.field(factory=dict)
    constant: Fraction = Fraction(0)
    scale: int = 0
    legal: Mapping[tuple[str, int], Fraction] | None = attrs.field(factory=dict)

    def times(self, factor: Fraction, dimension: Dimension | None = None) -> WeightedSum:
        """Return the sum multiplied by a constant."""
        weights = {quantity: weight * factor for quantity, weight in self.weights.items() if factor}
        return attrs.evolve(
            self,
            weights=weights,
            constant=self.constant * factor,
            dimension=dimension or self.dimension,
            legal=None if self.legal is None else {number: weight * factor for number, weight in self.legal.items()},
        )

    def multiplied(self, by: WeightedSum, factor: Fraction, dimension: Dimension) -> WeightedSum:
        """Return the sum multiplied by a constant, or divided, as the factor says."""
        found = self.times(factor, dimension)
        return found if by.legal == {} else attrs.evolve(found, legal=None)

    def plus(self, other: WeightedSum, dimension: Dimension) -> WeightedSum:
        """Return the sum of both, equal quantities merged."""
        weights = dict(self.weights)
        for quantity, weight in other.weights.items():
            weights[quantity] = weights.get(quantity, Fraction(0)) + weight
        return WeightedSum(
            dimension=dimension,
            weights={quantity: weight for quantity, weight in weights.items() if weight},
            constant=self.constant + other.constant,
            scale=max(self.scale, other.scale),
            legal=_together(self.legal, other.legal),
        )

    def origin(self, factor: Fraction) -> Origin | None:
        """Return how the constant times a factor follows from legal numbers; None where it is no sum of them."""
        if self.legal is None:
            return None
        weights = {name: weight * factor for (name, _), weight in self.legal.items() if weight}
        rest = factor * (self.constant - sum(weight * value for (_, value), weight in self.legal.items()))
        over = math.lcm(*(number.denominator for number in (rest, *weights.values())))
        numbers = tuple((name, (), int(weight * over)) for name, weight in sorted(weights.items()))
        return Origin(numbers=numbers, plus=int(rest * over), over=over)


_Legal = Mapping[tuple[str, int], Fraction] | None


def _together(one: _Legal, two: _Legal) -> _Legal:
    if one is None or two is None:
        return None
    return {number: one.get(number, Fraction(0)) + two.get(number, Fraction(0)) for number in {**one, **two}}


def widest(first: Dimension, second: Dimension) -> Dimension | None:
    """Return what the sum or comparison of two sums measures, or None when they do not fit."""
    if second in {first, "number"}:
        return None if "date" in {first, second} and first != second else first
    if first == "number":
        return None if second == "date" else second
    return "decimal" if {first, second} == {"integer", "decimal"} else None


def dimension_of_sum(operator: str, left: Dimension, right: Dimension) -> Dimension | None:
    """Return what a sum or difference measures, or None when the operands do not fit."""
    if left == "date" and operator == "-":
        return "integer" if right == "date" else "date" if right in NUMBERS else None
    if "date" in {left, right}:
        return "date" if operator == "+" and ({left, right} - {"date"}) & NUMBERS else None
    return widest(left, right)


def dimension_of_product(operator: str, left: Dimension, right: Dimension) -> Dimension | None:
    """Return what a product or quotient measures, or None when the operands do not fit."""
    if left in NUMBERS and right in NUMBERS:
        return widest(left, right)
    if right in NUMBERS:
        return left if left == "money" else None
    if operator == "*":
        return "money" if right == "money" and left in NUMBERS else None
    return "decimal" if left == right == "money" else None


def dimension_of(type_: Type) -> Dimension | None:
    """Return what a variable or parameter measures, or None when it is no number."""
    match type_.kind:
        case "integer" | "decimal" | "money" | "date":
            return type_.kind
        case _:
            return None


def shown(linear: WeightedSum) -> str:
    """Return a constant as a person would write it."""
    if linear.dimension == "date":
        return datetime.date.fromordinal(int(linear.constant)).isoformat()
    return str(linear.constant) if linear.constant.denominator == 1 else _decimal(linear.constant)


def _decimal(number: Fraction) -> str:
    """Return a fraction in digits, all of them where they end, else as a quotient."""
    for places in range(1, LONGEST_FRACTION):
        scaled = number * 10**places
        if scaled.denominator == 1:
            sign, digits = "-" if scaled < 0 else "", str(abs(scaled.numerator)).rjust(places + 1, "0")
            return f"{sign}{digits[:-places]}.{digits[-places:]}"
    return f"{number.numerator}/{number.denominator}"


def compared(operator: str, difference: WeightedSum) -> Expression:
    """Return the condition that a sum stands in a relation to zero."""
    multiplier = _multiplier(difference)
    terms = _terms(difference, multiplier)
    bound, origin = -difference.constant * multiplier, difference.origin(-multiplier)
    if not terms:
        return Constant(value=_holds(operator, difference.constant))
    if operator == "!=":
        return negation(_within(terms, "=", bound, origin))
    return _within(terms, _TURNED[operator] if multiplier < 0 else operator, bound, origin)


def scaled_terms(linear: WeightedSum, scale: int) -> tuple[tuple[Term, ...], int] | None:
    """Return terms and constant at a scale, or None when they are not whole there."""
    multiplier = Fraction(10**scale)
    numbers = [weight * multiplier for weight in (*linear.weights.values(), linear.constant)]
    if any(number.denominator != 1 for number in numbers):
        return None
    return _terms(linear, multiplier), int(numbers[-1])


def joined(lower: Expression, upper: Expression) -> Expression | None:
    """Return one interval from its two sides, or None when they are not about the same sum or hold nothing together."""
    if not (isinstance(lower, Within) and isinstance(upper, Within) and lower.terms == upper.terms):
        return None
    lows = [(side.low, side.origins[0]) for side in (lower, upper) if side.low is not None]
    highs = [(side.high, side.origins[1]) for side in (lower, upper) if side.high is not None]
    low, from_low = max(lows, key=itemgetter(0), default=(None, None))
    high, from_high = min(highs, key=itemgetter(0), default=(None, None))
    if low is not None and high is not None and low > high:
        return None
    return Within(terms=lower.terms, low=low, high=high, origins=(from_low, from_high))


def _multiplier(linear: WeightedSum) -> Fraction:
    """Return what makes the weights whole, at the common scale, with the first variable positive."""
    scale = 10**linear.scale
    whole = math.lcm(*((weight * scale).denominator for weight in linear.weights.values())) * scale
    variables = [weight for quantity, weight in linear.weights.items() if not isinstance(quantity, Lookup)]
    leading = [*variables, *linear.weights.values()]
    return Fraction(-whole if leading and leading[0] < 0 else whole)


def _terms(linear: WeightedSum, multiplier: Fraction) -> tuple[Term, ...]:
    return tuple(
        Term(factor=int(weight * multiplier), quantity=quantity) for quantity, weight in linear.weights.items()
    )


_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}


def _within(terms: tuple[Term, ...], operator: str, bound: Fraction, origin: Origin | None) -> Expression:
    beyond = None if origin is None else origin.beyond()
    match operator:
        case ">=":
            return between(terms, math.ceil(bound), None, (origin, None))
        case ">":
            return between(terms, math.floor(bound) + 1, None, (beyond, None))
        case "<=":
            return between(terms, None, math.floor(bound), (None, beyond))
        case "<":
            return between(terms, None, math.ceil(bound) - 1, (None, origin))
        case _ if bound.denominator != 1:
            return Constant(value=False)
        case _:
            return between(terms, int(bound), int(bound), (origin, beyond))


def _holds(operator: str, difference: Fraction) -> bool:
    return {
        "=": difference == 0,
        "!=": difference != 0,
        "<": difference < 0,
        "<=": difference <= 0,
        ">": difference > 0,
        ">=": difference >= 0,
    }[operator]
