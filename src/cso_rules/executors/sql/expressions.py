"""Conditions as pairs of SQL predicates: certainly true, certainly false; each of them is never NULL.

A variable is a slot: the columns of its domain, and the values among which they surely lie. What the slot alone decides
becomes `True` or `False` here and never reaches the text, so that a cell of a split variable shortens what it decides.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, Protocol, assert_never

import attrs

from cso_rules.executors.sql.dialects import Dialect, added
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

Predicate = str | bool
"""An SQL condition that is true or false, or a truth that is known beforehand."""
Pair = tuple[Predicate, Predicate]
"""Certainly true, certainly false."""
End = Literal["least", "most"]
Number = str | int
_GROUP = 40


@attrs.frozen(kw_only=True)
class Slot:
    """Where the domain of a variable stands.

    Attributes:
        least: Expression of the least value, of the sure bits of a set, or of the bits of an enumeration or boolean.
        most: Expression of the greatest value or the possible bits of a set; the same as `least` for bits.
        inside: Within which the domain surely lies; a constant when it is one value.
        may_be_empty: Whether no value at all may remain, as in a table in which no row holds.
    """

    least: str
    most: str
    inside: Domain
    may_be_empty: bool = False

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


def flag(predicate: Predicate) -> str:
    """Return an expression that is 1 when the predicate holds and 0 when it does not."""
    if isinstance(predicate, bool):
        return str(int(predicate))
    return f"CASE WHEN {predicate} THEN 1 ELSE 0 END"


def all_of(parts: Iterable[Predicate]) -> Predicate:
    """Return the predicate that all parts hold."""
    return _joined(parts, "AND", neutral=True)


def any_of(parts: Iterable[Predicate]) -> Predicate:
    """Return the predicate that some part holds."""
    return _joined(parts, "OR", neutral=False)


def _joined(parts: Iterable[Predicate], word: str, *, neutral: bool) -> Predicate:
    """Join in groups of groups, for SQLite limits the depth of a chain."""
    found = list(dict.fromkeys(part for part in parts if part is not neutral))
    if (not neutral) in found:
        return not neutral
    texts = [part for part in found if isinstance(part, str)]
    if not texts:
        return neutral
    while len(texts) > 1:
        groups = [texts[start : start + _GROUP] for start in range(0, len(texts), _GROUP)]
        texts = [group[0] if len(group) == 1 else f"({f' {word} '.join(group)})" for group in groups]
    return texts[0]


def has_bits(dialect: Dialect, expression: str, inside: int, mask: int) -> Predicate:
    """Return the predicate that an expression, whose bits lie inside, shares a bit with a mask."""
    if expression.isdigit():
        return bool(int(expression) & mask)
    return f"{dialect.common_bits(expression, inside & mask)} <> 0" if inside & mask else False


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
        some, other = (has_bits(self.dialect, slot.least, slot.bits, mask) for mask in (bits, slot.bits & ~bits))
        if slot.may_be_empty:
            return all_of([some, negated(other)]), negated(some)
        return negated(other), negated(some)

    def _includes(self, slot: Slot, bits: int) -> Pair:
        sure, possible = slot.interval
        never = False if sure & bits else negated(has_bits(self.dialect, slot.most, possible, bits))
        return (True if sure & bits else has_bits(self.dialect, slot.least, possible, bits)), never

    def _within(self, comparison: Within, slots: Slots) -> Pair:
        if len(comparison.terms) == 1 and isinstance(comparison.terms[0].quantity, Shifted):
            return self._date_within(comparison, comparison.terms[0].quantity, slots)
        least, most = (self._total(comparison.terms, end, slots) for end in _ENDS)
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
        least, most = ((text, slot.interval) for text in (slot.least, slot.most))
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

    def total(self, terms: Sequence[Term], constant: int, end: End, slots: Slots) -> str:
        """Return the least or greatest sum of terms and a constant."""
        text, _, fixed = self._total(terms, end, slots)
        parts = [part for part in (text, str(fixed + constant) if fixed + constant or not text else "") if part]
        return " + ".join(parts)

    def bounds(self, terms: Sequence[Term], slots: Slots) -> Interval:
        """Return between which numbers the sum of terms surely lies."""
        (_, least, _), (_, most, _) = (self._total(terms, end, slots) for end in _ENDS)
        return min(least[0], most[0]), max(least[1], most[1])

    def _total(self, terms: Sequence[Term], end: End, slots: Slots) -> Total:
        """Return the text of a sum, between which numbers it lies, and what is constant in it."""
        ends = [self._times(term, end, slots) for term in terms]
        texts = [text for text, _, _ in ends if text]
        low, high = (sum(interval[place] for _, interval, _ in ends) for place in (0, 1))
        return added(texts) if texts else "", (low, high), sum(fixed for _, _, fixed in ends)

    def _times(self, term: Term, end: End, slots: Slots) -> Total:
        factor = term.factor
        if factor < 0:
            end = "most" if end == "least" else "least"
        text, (low, high) = self._quantity(term, end, slots)
        interval = (min(factor * low, factor * high), max(factor * low, factor * high))
        if isinstance(term.quantity, Variable) and (known := _literal(slots[term.quantity.name], end)) is not None:
            return "", (factor * known, factor * known), factor * known
        if interval[0] == interval[1]:
            return "", interval, interval[0]
        return text, interval, 0

    def _quantity(self, term: Term, end: End, slots: Slots) -> tuple[str, Interval]:
        """Return the text of one end of a term, factor included, and the bounds of the quantity alone."""
        slot = slots[term.quantity.name]
        text = slot.least if end == "least" else slot.most
        match term.quantity:
            case Variable():
                return _factored(term.factor, text), slot.interval
            case Size():
                sure, possible = slot.interval
                members = [has_bits(self.dialect, text, possible, 1 << place) for place in range(possible.bit_length())]
                count = added([self.dialect.whole(flag(member)) for member in members]) if members else "0"
                return _factored(term.factor, count), (sure.bit_count(), possible.bit_count())
            case Lookup(numbers=numbers):
                return self._lookup(slot, numbers, term.factor, end), _selected(slot.bits, numbers)
            case Shifted(shifts=shifts):
                column = self.moved(text, shifts, end, slot.interval)
                return _factored(term.factor, column), shifted(shifts, slot.interval)
            case _:
                assert_never(term.quantity)

    def _lookup(self, slot: Slot, numbers: tuple[int, ...], factor: int, end: End) -> str:
        """Try the numbers that remain possible from the least, or from the greatest."""
        masks: dict[int, int] = {}
        for place, number in enumerate(numbers):
            if slot.bits >> place & 1:
                masks[number] = masks.get(number, 0) | 1 << place
        ordered = sorted(masks, reverse=end == "most")
        tried = " ".join(
            f"WHEN {self.dialect.common_bits(slot.least, masks[number])} <> 0 THEN {factor * number}"
            for number in ordered[:-1]
        )
        last = factor * ordered[-1]
        return self.dialect.whole(f"CASE {tried} ELSE {last} END" if tried else str(last))


class Moved(Protocol):
    """Gives the expression of one end of a shifted date."""

    def __call__(self, text: str, shifts: Shifts, end: End, inside: Interval) -> str:
        """Return a column for the shifted end of a date."""


Total = tuple[str, Interval, int]
_ENDS: tuple[End, End] = ("least", "most")


def _literal(slot: Slot, end: End) -> int | None:
    """Return the end of a domain when it is a number that is already known."""
    text = slot.least if end == "least" else slot.most
    return int(text) if text.removeprefix("-").isdigit() else None


def _selected(bits: int, numbers: Sequence[int]) -> Interval:
    chosen = [number for place, number in enumerate(numbers) if bits >> place & 1]
    return min(chosen), max(chosen)


def _factored(factor: int, text: str) -> str:
    return text if factor == 1 else f"({factor} * {text})"


def _at_least(total: Total, bound: int | None) -> Predicate:
    text, (low, high), fixed = total
    if bound is None or low >= bound:
        return True
    return f"{text} >= {bound - fixed}" if high >= bound else False


def _at_most(total: Total, bound: int | None) -> Predicate:
    text, (low, high), fixed = total
    if bound is None or high <= bound:
        return True
    return f"{text} <= {bound - fixed}" if low <= bound else False


_OPPOSITES = {"<>": "=", "=": "<>", ">=": "<", "<": ">=", "<=": ">", ">": "<="}


def negated(predicate: Predicate) -> Predicate:
    """Return the opposite of a predicate; of one comparison, the opposite comparison."""
    if isinstance(predicate, bool):
        return not predicate
    if predicate.endswith(")"):
        return f"NOT {predicate}"
    left, sign, right = predicate.rsplit(" ", 2)
    return f"{left} {_OPPOSITES[sign]} {right}"


def _divided_bounds(comparison: Within, factor: int) -> tuple[int | None, int | None]:
    """Return between which days a date lies when its multiple lies between the bounds."""
    low, high = (comparison.low, comparison.high) if factor > 0 else (comparison.high, comparison.low)
    return None if low is None else -(-low // factor), None if high is None else high // factor


def _reaches(shifts: Shifts, end: Callable[[Shifts, int], int], date: tuple[str, Interval], target: int) -> Predicate:
    """Return the predicate that the shifted end of a date reaches a day."""
    text, (low, high) = date
    first = reaching(end, shifts, target)
    if first is None or first > high:
        return False
    return True if first == FIRST or low >= first else f"{text} >= {first}"
