"""Conditions as pairs of SQL predicates: certainly true, certainly false; each of them is never NULL.

A variable is a slot: the columns of its domain, and the values among which they surely lie. What the slot alone decides
becomes `True` or `False` here and never reaches the text, so that a cell of a split variable shortens what it decides.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Protocol, assert_never

import attrs

from cso_rules.executors.sql.dialects import Dialect
from cso_rules.executors.sql.nodes import (
    Group,
    Part,
    Predicate,
    Word,
    added,
    all_of,
    any_of,
    chosen,
    compared,
    flag,
    is_known_number,
    negated,
    number,
)
from cso_rules.model.civil_dates import FIRST, Shifts, earliest, latest, reaching, shifted
from cso_rules.model.expressions import (
    Among,
    And,
    Constant,
    Expression,
    If,
    Includes,
    Lookup,
    Not,
    Or,
    Shifted,
    Size,
    Term,
    Variable,
    Within,
)
from cso_rules.model.types import Domain, Interval

Pair = tuple[Predicate, Predicate]
"""Certainly true, certainly false."""
End = Literal["least", "most"]


@attrs.frozen(kw_only=True)
class Slot:
    """Where the domain of a variable stands.

    Attributes:
        least: Expression of the least value, of the sure bits of a set, or of the bits of an enumeration or boolean.
        most: Expression of the greatest value or the possible bits of a set; the same as `least` for bits.
        inside: Within which the domain surely lies; a constant when it is one value.
    """

    least: Part
    most: Part
    inside: Domain

    @property
    def bits(self) -> int:
        """The possible bits of an enumeration or boolean."""
        assert isinstance(self.inside, int)
        return self.inside

    @property
    def interval(self) -> Interval:
        """The bounds of a number or date, or the sure and possible bits of a set."""
        assert isinstance(self.inside, tuple)
        return self.inside


Slots = Mapping[str, Slot]


def constant_slot(domain: Domain) -> Slot:
    """Return the slot of a domain that is the same in every row."""
    least, most = domain if isinstance(domain, tuple) else (domain, domain)
    return Slot(least=number(least), most=number(most), inside=domain)


def narrowed(slot: Slot, box: Interval) -> Slot:
    """Return the slot of a number or date of which it is known besides that it lies in a box."""
    (low, high), (first, last) = slot.interval, box
    if is_known_number(slot.least) and is_known_number(slot.most):
        return constant_slot((max(low, first), min(high, last)))
    least, most = slot.least, slot.most
    if low < first:
        least = chosen([(compared(least, "<", first), number(first))], least)
    if high > last:
        most = chosen([(compared(most, ">", last), number(last))], most)
    return Slot(least=least, most=most, inside=(max(low, first), min(high, last)))


@attrs.frozen
class Conditions:
    """Writes conditions over slots in one dialect.

    Attributes:
        moved: Gives the column of one end of a shifted date, where its value is needed and not only a comparison.
    """

    dialect: Dialect
    moved: Moved

    def pair(self, expression: Expression, slots: Slots) -> Pair:
        """Return when a condition is certainly true and when it is certainly false."""
        match expression:
            case Constant(value=value):
                return value, not value
            case Among():
                return self._among(slots[expression.name], expression.bits)
            case Includes():
                return self._includes(slots[expression.name], expression.bits)
            case Within():
                return self._within(expression, slots)
            case And(operands=operands):
                pairs = [self.pair(part, slots) for part in operands]
                return all_of(true for true, _ in pairs), any_of(false for _, false in pairs)
            case Or(operands=operands):
                pairs = [self.pair(part, slots) for part in operands]
                return any_of(true for true, _ in pairs), all_of(false for _, false in pairs)
            case Not(operand=operand):
                true, false = self.pair(operand, slots)
                return false, true
            case If():
                return self._if(expression, slots)
            case _:
                assert_never(expression)

    def _if(self, expression: If, slots: Slots) -> Pair:
        sure, never = self.pair(expression.condition, slots)
        then, otherwise = (self.pair(part, slots) for part in (expression.then, expression.otherwise))
        true, false = (
            any_of([all_of([sure, one]), all_of([never, other]), all_of([one, other])])
            for one, other in zip(then, otherwise, strict=True)
        )
        return true, false

    def _among(self, slot: Slot, bits: int) -> Pair:
        masks = (bits, slot.bits & ~bits)
        some, other = (self.dialect.has_bits(slot.least, slot.bits, mask, never_empty=True) for mask in masks)
        return negated(other), negated(some)

    def _includes(self, slot: Slot, bits: int) -> Pair:
        sure, possible = slot.interval
        never = False if sure & bits else negated(self.dialect.has_bits(slot.most, possible, bits))
        return (True if sure & bits else self.dialect.has_bits(slot.least, possible, bits)), never

    def _within(self, comparison: Within, slots: Slots) -> Pair:
        if len(comparison.terms) == 1 and isinstance(comparison.terms[0].quantity, Shifted):
            return self._date_within(comparison, comparison.terms[0].quantity, slots)
        least, most = (self._total(comparison.terms, end, slots) for end in ENDS)
        low, high = comparison.low, comparison.high
        true = all_of([_at_least(least, low), _at_most(most, high)])
        if low is None and high is None:
            return True, False
        too_low = False if low is None else _at_most(most, low - 1)
        too_high = False if high is None else _at_least(least, high + 1)
        return true, any_of([too_low, too_high])

    def _date_within(self, comparison: Within, quantity: Shifted, slots: Slots) -> Pair:
        """Compare the date itself: every shift is monotone, so each bound has its first day."""
        factor = comparison.terms[0].factor
        low, high = _divided_bounds(comparison, factor)
        slot, shifts = slots[quantity.name], quantity.shifts
        least, most = ((part, slot.interval) for part in (slot.least, slot.most))
        reaches = functools.partial(_reaches, shifts)
        true = all_of([
            low is None or reaches(earliest, least, low),
            high is None or negated(reaches(latest, most, high + 1)),
        ])  # fmt: skip
        false = any_of([
            low is not None and negated(reaches(latest, most, low)),
            high is not None and reaches(earliest, least, high + 1),
        ])  # fmt: skip
        return true, false

    def total(self, terms: Sequence[Term], constant: int, end: End, slots: Slots) -> Part:
        """Return the least or greatest sum of terms and a constant."""
        part, _, fixed = self._total(terms, end, slots)
        known = [number(fixed + constant)] if fixed + constant or part is None else []
        return added([*([] if part is None else [part]), *known])

    def bounds(self, terms: Sequence[Term], slots: Slots) -> Interval:
        """Return between which numbers the sum of terms surely lies."""
        (_, least, _), (_, most, _) = (self._total(terms, end, slots) for end in ENDS)
        return min(least[0], most[0]), max(least[1], most[1])

    def _total(self, terms: Sequence[Term], end: End, slots: Slots) -> Total:
        """Return the expression of a sum, between which numbers it lies, and what is constant in it."""
        ends = [self._times(term, end, slots) for term in terms]
        parts = [part for part, _, _ in ends if part is not None]
        low, high = (sum(interval[place] for _, interval, _ in ends) for place in (0, 1))
        return added(parts) if parts else None, (low, high), sum(fixed for _, _, fixed in ends)

    def _times(self, term: Term, end: End, slots: Slots) -> Total:
        factor = term.factor
        if factor < 0:
            end = "most" if end == "least" else "least"
        part, (low, high) = self._quantity(term, end, slots)
        interval = (min(factor * low, factor * high), max(factor * low, factor * high))
        if isinstance(term.quantity, Variable) and (known := _literal(slots[term.quantity.name], end)) is not None:
            return None, (factor * known, factor * known), factor * known
        if interval[0] == interval[1]:
            return None, interval, interval[0]
        return part, interval, 0

    def _quantity(self, term: Term, end: End, slots: Slots) -> tuple[Part, Interval]:
        """Return the expression of one end of a term, factor included, and the bounds of the quantity alone."""
        slot = slots[term.quantity.name]
        part = slot.least if end == "least" else slot.most
        match term.quantity:
            case Variable():
                return _factored(term.factor, part), slot.interval
            case Size():
                sure, possible = slot.interval
                members = [self.dialect.has_bits(part, possible, 1 << place) for place in range(possible.bit_length())]
                count = added([self.dialect.whole(flag(member)) for member in members])
                return _factored(term.factor, count), (sure.bit_count(), possible.bit_count())
            case Lookup(numbers=numbers):
                return self._lookup(slot, numbers, term.factor, end), _selected(slot.bits, numbers)
            case Shifted(shifts=shifts):
                column = self.moved(part, shifts, end, slot.interval)
                return _factored(term.factor, column), shifted(shifts, slot.interval)
            case _:
                assert_never(term.quantity)

    def _lookup(self, slot: Slot, numbers: tuple[int, ...], factor: int, end: End) -> Part:
        """Try the numbers that remain possible from the least, or from the greatest."""
        masks: dict[int, int] = {}
        for place, own in enumerate(numbers):
            if slot.bits >> place & 1:
                masks[own] = masks.get(own, 0) | 1 << place
        ordered = sorted(masks, reverse=end == "most")
        cases = [(self.dialect.has_bits(slot.least, slot.bits, masks[own]), number(factor * own)) for own in ordered]
        return self.dialect.whole(chosen(cases[:-1], cases[-1][1]))


class Moved(Protocol):
    """Gives the expression of one end of a shifted date."""

    def __call__(self, date: Part, shifts: Shifts, end: End, inside: Interval) -> Part:
        """Return a column for the shifted end of a date."""


Total = tuple[Part | None, Interval, int]
ENDS: tuple[End, End] = ("least", "most")


def _literal(slot: Slot, end: End) -> int | None:
    """Return the end of a domain when it is a number that is already known."""
    part = slot.least if end == "least" else slot.most
    return int(part.text) if isinstance(part, Word) and is_known_number(part) else None


def _selected(bits: int, numbers: Sequence[int]) -> Interval:
    found = [own for place, own in enumerate(numbers) if bits >> place & 1]
    return min(found), max(found)


def _factored(factor: int, part: Part) -> Part:
    return part if factor == 1 else Group("(", (number(factor), part), " * ", ")")


def _at_least(total: Total, bound: int | None) -> Predicate:
    part, (low, high), fixed = total
    if bound is None or low >= bound:
        return True
    return compared(part, ">=", bound - fixed) if high >= bound and part is not None else False


def _at_most(total: Total, bound: int | None) -> Predicate:
    part, (low, high), fixed = total
    if bound is None or high <= bound:
        return True
    return compared(part, "<=", bound - fixed) if low <= bound and part is not None else False


def _divided_bounds(comparison: Within, factor: int) -> tuple[int | None, int | None]:
    """Return between which days a date lies when its multiple lies between the bounds."""
    low, high = (comparison.low, comparison.high) if factor > 0 else (comparison.high, comparison.low)
    return None if low is None else -(-low // factor), None if high is None else high // factor


def _reaches(shifts: Shifts, end: Callable[[Shifts, int], int], date: tuple[Part, Interval], target: int) -> Predicate:
    """Return the predicate that the shifted end of a date reaches a day."""
    part, (low, high) = date
    first = reaching(end, shifts, target)
    if first is None or first > high:
        return False
    return True if first == FIRST or low >= first else compared(part, ">=", first)
