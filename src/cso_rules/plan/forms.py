"""Conditions brought into plain comparisons: of one variable with its own values, or of one sum of facts with numbers.

Value decisions are put in place of their names. A number that an enumeration selects, and the size of a set, become one
case for each number. What remains of a sum are facts and moved dates times whole numbers without common divisor, the
first of them positive: so equal sums look the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import attrs

from cso_rules.model.civil_dates import CalendarShift, Shift, Shifts, folded, is_exact
from cso_rules.model.decisions import ValueCase, ValueDecision
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
    Quantity,
    Shifted,
    Size,
    Term,
    Variable,
    Within,
)
from cso_rules.model.origins import Origin
from cso_rules.model.policy import Policy
from cso_rules.plan.diagrams import TooLargeError

Sum = Mapping[Quantity, int]
"""Quantities with their factors."""

MOST_CASES = 4096


def single(atom: Within) -> str | None:
    """Return the number or date that alone is compared, as it is; None when it is something else."""
    match atom.terms:
        case (Term(factor=1, quantity=Variable(name=name)),):
            return name
        case _:
            return None


@attrs.frozen
class Linear:
    """A sum of quantities and a constant; `origin` is what the constant follows from, None where it is not told.

    A quantity that cancels out stays with the factor 0: where there is no number for it, there is none for the sum.
    """

    parts: Sum
    constant: int = 0
    origin: Origin | None = attrs.field(default=Origin(), eq=False, repr=False)

    @property
    def terms(self) -> tuple[Term, ...]:
        """The quantities with their factors."""
        return tuple(Term(factor=factor, quantity=quantity) for quantity, factor in self.parts.items())

    def times(self, factor: int) -> Linear:
        """Return a multiple."""
        return Linear({}).plus(self, factor)

    def plus(self, other: Linear, factor: int) -> Linear:
        """Return the sum with another, times a factor."""
        parts = dict(self.parts)
        for quantity, own in other.parts.items():
            parts[quantity] = parts.get(quantity, 0) + factor * own
        told = None if self.origin is None or other.origin is None else self.origin.added(other.origin, factor)
        return Linear(parts, self.constant + factor * other.constant, told)

    def without(self, quantity: Quantity) -> Linear:
        """Return the sum without a quantity."""
        return attrs.evolve(self, parts={part: own for part, own in self.parts.items() if part != quantity})

    @property
    def counting(self) -> Linear:
        """The sum without quantities that cancelled out."""
        return attrs.evolve(self, parts={part: own for part, own in self.parts.items() if own})


Guarded = tuple[tuple[Expression, ...], Linear]
"""A sum without selections, and the conditions under which it is meant."""


@attrs.frozen(slots=False)
class Plainer:
    """Makes the conditions of one policy plain."""

    policy: Policy

    def plain(self, condition: Expression) -> Expression:
        """Return a condition that means the same, in plain comparisons."""
        match condition:
            case Constant() | Among() | Includes():
                return condition
            case Within():
                return self._within(condition)
            case And():
                return And(operands=tuple(map(self.plain, condition.operands)))
            case Or():
                return Or(operands=tuple(map(self.plain, condition.operands)))
            case Not():
                return Not(operand=self.plain(condition.operand))
            case If():
                parts = map(self.plain, (condition.condition, condition.then, condition.otherwise))
                return If(**dict(zip(("condition", "then", "otherwise"), parts, strict=True)))

    def _within(self, condition: Within) -> Expression:
        name = single(condition)
        if name is not None and name not in self._values:
            return condition
        total = self.sum_of(condition.terms)
        return either(And(operands=(*guards, _compared(rest, condition))) for guards, rest in self.cases(total))

    def sum_of(self, terms: Iterable[Term], constant: int = 0) -> Linear:
        """Return the sum of terms with value decisions of one case in place of their names."""
        total = Linear({}, constant, None if constant else Origin())
        for term in terms:
            total = total.plus(self._quantity(term.quantity), term.factor)
        return total

    def _quantity(self, quantity: Quantity) -> Linear:
        decision = self._values.get(quantity.name)
        only = None if decision is None or isinstance(quantity, Lookup | Size) else decision.only
        if only is not None:
            return self._in_place(quantity, only)
        return Linear({_moved_date(quantity.name, quantity.shifts) if isinstance(quantity, Shifted) else quantity: 1})

    def _in_place(self, quantity: Quantity, case: ValueCase) -> Linear:
        """Return what a value decision, or a shift of it, is in one of its cases."""
        inner = self.sum_of(case.terms, case.constant)
        return self._moved(inner, quantity) if isinstance(quantity, Shifted) else inner

    @cached_property
    def _values(self) -> dict[str, ValueDecision]:
        found = self.policy.decisions.items()
        return {name: decision for name, decision in found if isinstance(decision, ValueDecision)}

    def _moved(self, inner: Linear, quantity: Shifted) -> Linear:
        """Return a moved date whose date is computed: one fact, moved first by what is added to it."""
        parts = [(part, own) for part, own in inner.parts.items() if own or self._is_chosen(part)]
        match parts:
            case [(Variable(name=name), 1)]:
                before: Shifts = ()
            case [(Shifted(name=name, shifts=before), 1)]:
                pass
            case _:
                return Linear({quantity: 1})  # a date that several facts make stands for any date
        added = (CalendarShift(days=inner.constant),) if inner.constant else ()
        return Linear({_moved_date(name, (*before, *added, *quantity.shifts)): 1})

    def cases(self, total: Linear) -> list[Guarded]:
        """Return the sum in each case of what it selects, counts or decides: the conditions, and what remains."""
        found: list[Guarded] = []
        waiting: list[Guarded] = [((), total)]
        while waiting:
            guards, rest = waiting.pop()
            quantity = next((part for part in rest.parts if self._is_chosen(part)), None)
            if quantity is None:
                found.append((guards, rest.counting))
            else:
                factor = rest.parts[quantity]
                others = rest.without(quantity)
                choices = [((*guards, guard), others.plus(own, factor)) for own, guard in self._choices(quantity)]
                waiting += reversed(choices)
            if len(found) + len(waiting) > MOST_CASES:
                raise TooLargeError
        return found

    def cases_of(self, decision: ValueDecision) -> list[Guarded]:
        """Return the cases of a number or date, each where none of the earlier ones holds."""
        if decision.only is not None:
            return self.cases(self.sum_of(decision.only.terms, decision.only.constant))
        return self.cases(Linear({Variable(name=decision.name): 1}))

    def _is_chosen(self, quantity: Quantity) -> bool:
        decision = self._values.get(quantity.name)
        return isinstance(quantity, Lookup | Size) or (decision is not None and decision.only is None)

    def _in_order(self, decision: ValueDecision) -> Iterator[tuple[ValueCase, Expression]]:
        """Yield the cases that have a number or date, and when each is the first that holds."""
        before: list[Expression] = []
        for case in decision.cases:
            condition = self.plain(case.condition)
            if not case.is_nothing:
                yield case, And(operands=(*before, condition))
            before.append(Not(operand=condition))

    def _choices(self, quantity: Quantity) -> list[tuple[Linear, Expression]]:
        """Return each number that is selected, counted or decided, and when it is this one."""
        if not isinstance(quantity, Lookup | Size):
            cases = self._in_order(self._values[quantity.name])
            return [(self._in_place(quantity, case), guard) for case, guard in cases]
        kind = self.policy.variable_type(quantity.name)
        if isinstance(quantity, Size):
            term = (Term(factor=1, quantity=quantity),)
            counts = range(len(kind.names) + 1)
            return [(_number(count), Within(terms=term, low=count, high=count)) for count in counts]
        bits: dict[int, int] = {}
        for place, number in enumerate(quantity.numbers):
            bits[number] = bits.get(number, 0) | 1 << place
        return [
            (_number(number, quantity.parameter, kind.members(own)), Among(name=quantity.name, bits=own))
            for number, own in bits.items()
        ]


def _moved_date(name: str, shifts: Shifts) -> Quantity:
    """Return a moved date without what moves it nowhere: equal dates look the same."""
    moving = tuple(shift for shift in shifts if _is_moving(shift))
    return Shifted(name=name, shifts=moving) if moving else Variable(name=name)


def _is_moving(shift: Shift) -> bool:
    return bool(shift.months or shift.days) if isinstance(shift, CalendarShift) else bool(shift.count)


def either(parts: Iterable[Expression]) -> Expression:
    """Return one of several conditions, or the only one."""
    found = tuple(parts)
    return found[0] if len(found) == 1 else Or(operands=found)


def _number(value: int, parameter: str | None = None, values: tuple[str, ...] = ()) -> Linear:
    """Return a number: one that is written, or the legal number of these values of its index."""
    origin = Origin(plus=value) if parameter is None else Origin(numbers=((parameter, values, 1),))
    return Linear({}, value, origin)


def _compared(total: Linear, condition: Within) -> Expression:
    """Return whether a sum without selections lies between bounds, in its normal form."""
    low = None if condition.low is None else condition.low - total.constant
    high = None if condition.high is None else condition.high - total.constant
    if not total.parts:
        return Constant(value=(low is None or low <= 0) and (high is None or high >= 0))
    parts = sorted(total.parts.items(), key=repr)
    divisor = math.gcd(*(factor for _, factor in parts)) * (-1 if parts[0][1] < 0 else 1)
    if divisor < 0:
        low, high = (None if high is None else -high), (None if low is None else -low)
    low = None if low is None else -(-low // abs(divisor))
    high = None if high is None else high // abs(divisor)
    terms = tuple(Term(factor=factor // divisor, quantity=quantity) for quantity, factor in parts)
    found = Within(terms=terms, low=low, high=high, origins=_origins(total, condition, divisor))
    return _of_one_date(found) if len(terms) == 1 else found


def _origins(total: Linear, condition: Within, divisor: int) -> tuple[Origin | None, Origin | None]:
    """Return what the bounds of a comparison follow from, when it stands in its normal form."""
    constant, (one, two) = total.origin, condition.origins
    low = None if one is None or constant is None else one.added(constant, -1)
    high = None if two is None or constant is None else two.added(constant, -1)
    if divisor < 0:
        low, high = (None if high is None else high.turned()), (None if low is None else low.turned())
    return None if low is None else low.divided(abs(divisor)), None if high is None else high.divided(abs(divisor))


def _of_one_date(own: Within) -> Expression:
    """Return a comparison of one quantity; of a moved date, one of the date that no calendar moves any further.

    That is the date itself where the calendar tells when a bound is reached, and else the last date of which it is not
    sure: so some day is open at each bound of such a date, and none of the cells that they part is skipped.
    """
    quantity = own.terms[0].quantity
    if not isinstance(quantity, Shifted):
        return own
    found = _folded(quantity, 0, own)
    if found is not None:
        return found
    (least, most), sides = own.origins, []
    if own.low is not None:
        sides.append(attrs.evolve(own, high=None, origins=(least, None)))
    if own.high is not None:
        sides.append(attrs.evolve(own, low=None, origins=(None, most)))
    parts = tuple(_of_one_side(quantity, side) for side in sides)
    return parts[0] if len(parts) == 1 else And(operands=parts)


def _of_one_side(quantity: Shifted, own: Within) -> Expression:
    """Return the comparison of a moved date with one bound."""
    unsure = _unsure(quantity.shifts)
    for kept in (0, unsure) if unsure < len(quantity.shifts) else (0,):
        found = _folded(quantity, kept, own)
        if found is not None:
            return found
    return own


def _folded(quantity: Shifted, kept: int, own: Within) -> Expression | None:
    """Return the comparison of the date after some of the shifts; None where the calendar does not tell it."""
    found = folded(quantity.shifts[kept:], own.low, own.high)
    if found is None or isinstance(found, bool):
        return None if found is None else Constant(value=found)
    date = _moved_date(quantity.name, quantity.shifts[:kept])
    return Within(terms=(Term(factor=1, quantity=date),), low=found[0], high=found[1])


def _unsure(shifts: Shifts) -> int:
    """Return after how many shifts a known date is moved by exact ones only."""
    return next((place for place in range(len(shifts), 0, -1) if not is_exact(shifts[place - 1 : place])), 0)
