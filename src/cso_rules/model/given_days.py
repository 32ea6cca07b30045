"""Days that follow from the date of the rules alone, as variables: the rules of a period, and those of a day in it.

A policy of a period names such days as date facts; with the date put in, it is the policy of that day: the days are
numbers, and no fact is left that nobody would be asked for.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import attrs

from cso_rules.model.civil_dates import FIRST, LAST, next_day, shifted
from cso_rules.model.decisions import AbsentDecision, AnyDecision, Rule, ValueCase, ValueDecision, conditions_of
from cso_rules.model.expressions import (
    And,
    Constant,
    Expression,
    If,
    Lookup,
    Not,
    Or,
    Shifted,
    Term,
    Variable,
    Within,
    atoms,
    between,
    operands,
)
from cso_rules.model.fields import ByFields
from cso_rules.model.instruments import Label
from cso_rules.model.origins import Origin
from cso_rules.model.policy import Fact, Policy
from cso_rules.model.types import Type

_NEXT: Final = re.compile(r"next_day\(\[([0-9,]+)\],([0-9]+)\)")
DAYS_OF_YEAR: Final = 366
MOST_YEARS: Final = 8
"""Between two leap days lie at most so many years."""
_LABEL: Final = Label(zh="由适用日期得出的日期", en="a day that follows from the date of the rules")


@attrs.frozen(repr=False)
class GivenDay(ByFields):
    """The date of the rules, or the first day of some name on or after it.

    Attributes:
        months: The months of that name; none for the date itself.
        day_of_month: The day in these months.
    """

    months: tuple[int, ...] = ()
    day_of_month: int = 0

    @property
    def name(self) -> str:
        """The variable that stands for it; no fact can be called so."""
        return f"next_day([{','.join(map(str, self.months))}],{self.day_of_month})" if self.months else "as_of"

    def on(self, day: datetime.date) -> datetime.date | None:
        """Return which day it is on a date of the rules; None where no year has a day of that name."""
        if not self.months:
            return day
        found = [next_day(day, month, self.day_of_month) for month in self.months]
        return None if None in found else min(one for one in found if one is not None)

    @property
    def fact(self) -> Fact:
        """The fact that stands for it in a policy of a period."""
        return self._fact(FIRST, LAST)

    def fact_between(self, first: datetime.date, last: datetime.date) -> Fact:
        """Return the fact where the date of the rules lies in a period; the first day of a name may be a leap day."""
        most = min(last.toordinal() + (MOST_YEARS * DAYS_OF_YEAR if self.months else 0), LAST)
        return self._fact(first.toordinal(), most)

    def _fact(self, first: int, last: int) -> Fact:
        kind = Type(kind="date", minimum=first, maximum=last)
        return Fact(name=self.name, type=kind, label=_LABEL, question=_LABEL, definition=_LABEL)


DATE_OF_RULES: Final = GivenDay()


def given_day(name: str) -> GivenDay | None:
    """Return the day for which a variable stands; None where it is another variable."""
    found = _NEXT.fullmatch(name)
    if found is not None:
        return GivenDay(tuple(map(int, found[1].split(","))), int(found[2]))
    return DATE_OF_RULES if name == DATE_OF_RULES.name else None


def given_days(policy: Policy) -> dict[str, GivenDay]:
    """Return the days that a policy of a period leaves open, by their names."""
    found = {name: given_day(name) for name in policy.facts}
    return {name: day for name, day in found.items() if day is not None}


def on_day(policy: Policy, day: datetime.date) -> Policy:
    """Return the policy of a day from that of a period in which it lies."""
    known: dict[str, int] = {}
    for name, given in given_days(policy).items():
        found = given.on(day)
        assert found is not None, name  # the loader refuses days that no year has
        known[name] = found.toordinal()
    facts = {name: fact for name, fact in policy.facts.items() if name not in known}
    return attrs.evolve(_with(policy, _PutIn(known)), as_of=day, facts=facts)


def within_period(policy: Policy, first: datetime.date, last: datetime.date) -> Policy:
    """Return the policy of a period with what its days settle alone: a comparison of the date that no day changes.

    Args:
        policy: The policy of the period.
        first: Its first day.
        last: Its last day.
    """
    return _with(policy, _Narrowed({}, first.toordinal(), last.toordinal()))


def with_days(policy: Policy, first: datetime.date, last: datetime.date) -> Policy:
    """Return the policy of a period with the days that its decisions name as facts, each between its ends.

    Args:
        policy: Decisions in which the date is open.
        first: The first day of the period.
        last: Its last day.
    """
    found = _with(policy, _Narrowed({}, first.toordinal(), last.toordinal()))
    read = {name for decision in found.decisions.values() for name in found.reads[decision.name]}
    days = {name: day for name in sorted(read) if (day := given_day(name)) is not None}
    facts = {name: day.fact_between(first, last) for name, day in days.items()}
    return attrs.evolve(found, facts={**found.facts, **facts})


def turning_days(policy: Policy, first: datetime.date, last: datetime.date) -> list[datetime.date]:
    """Return the days of a period, after its first, on which a comparison of the date alone begins or ends to hold."""
    conditions = (condition for decision in policy.decisions.values() for condition in conditions_of(decision))
    found = {end for condition in conditions for atom in atoms(condition) for end in _ends(atom)}
    return [datetime.date.fromordinal(day) for day in sorted(found) if first.toordinal() < day <= last.toordinal()]


def _ends(atom: object) -> Iterator[int]:
    match atom:
        case Within(terms=(Term(factor=1, quantity=Variable(name=DATE_OF_RULES.name)),), low=low, high=high):
            yield from (day for day in (low, None if high is None else high + 1) if day is not None)
        case _:
            return


def _with(policy: Policy, put_in: _PutIn) -> Policy:
    return attrs.evolve(
        policy,
        decisions={name: put_in.decision(decision) for name, decision in policy.decisions.items()},
        constraints=put_in.each(policy.constraints, put_in.whole),
        scopes={name: put_in.expression(scope) for name, scope in policy.scopes.items()},
    )


@attrs.frozen(repr=False)
class _PutIn(ByFields):
    """Puts known days in; what names none of them stays the same object."""

    known: Mapping[str, int]

    def each(self, parts: tuple[Any, ...], change: Callable[[Any], Any]) -> tuple[Any, ...]:
        found = tuple(map(change, parts))
        return parts if all(one is other for one, other in zip(found, parts, strict=True)) else found

    def decision(self, decision: AnyDecision) -> AnyDecision:
        if isinstance(decision, ValueDecision):
            cases = self.each(decision.cases, self._case)
            return decision if cases is decision.cases else attrs.evolve(decision, cases=cases)
        if isinstance(decision, AbsentDecision):
            return decision
        rules = self.each(decision.rules, self._rule)
        return decision if rules is decision.rules else attrs.evolve(decision, rules=rules)

    def whole(self, part: Any) -> Any:
        """Return a rule, case or constraint with the days put into its condition."""
        found = self.expression(part.condition)
        return part if found is part.condition else attrs.evolve(part, condition=found)

    def _rule(self, rule: Rule) -> Rule:
        found: Rule = self.whole(rule)
        applies = None if rule.applies_when is None else self.expression(rule.applies_when)
        return found if applies is rule.applies_when else attrs.evolve(found, applies_when=applies)

    def _case(self, case: ValueCase) -> ValueCase:
        found: ValueCase = self.whole(case)
        rest, days = self._apart(case.terms)
        return found if days is None else attrs.evolve(found, terms=rest, constant=case.constant + days)

    def expression(self, condition: Expression) -> Expression:
        """Return a condition with the days put in."""
        if isinstance(condition, Within):
            return self._within(condition)
        parts = operands(condition)
        found = self.each(parts, self.expression)
        if found is parts:
            return condition
        match condition:
            case Not(operand=Within()) if isinstance(found[0], Constant):  # written as unequal
                return Constant(value=not found[0].value)
            case Not():
                return Not(operand=found[0])
            case If():
                return If(condition=found[0], then=found[1], otherwise=found[2])
            case And() | Or():
                return attrs.evolve(condition, operands=found)
            case _:
                return condition

    def _within(self, condition: Within) -> Expression:
        terms, days = self._apart(condition.terms)
        if days is None:
            return condition
        low = None if condition.low is None else condition.low - days
        high = None if condition.high is None else condition.high - days
        if not terms:
            return Constant(value=(low is None or low <= 0) and (high is None or high >= 0))
        from_low, from_high = (_less(origin, days) for origin in condition.origins)
        if _leads_down(terms):
            terms = tuple(attrs.evolve(term, factor=-term.factor) for term in terms)
            low, high = (None if high is None else -high), (None if low is None else -low)
            from_low, from_high = _turned(from_high), _turned(from_low)
        return between(terms, low, high, (from_low, from_high))

    def _apart(self, terms: tuple[Term, ...]) -> tuple[tuple[Term, ...], int | None]:
        """Return the other terms, and what those of known days come to; None where there are none."""
        own = [term for term in terms if term.quantity.name in self.known]
        if not own:
            return terms, None
        rest = tuple(term for term in terms if term.quantity.name not in self.known)
        return rest, sum(term.factor * self._day(term) for term in own)

    def _day(self, term: Term) -> int:
        day = self.known[term.quantity.name]
        if isinstance(term.quantity, Shifted):
            first, last = shifted(term.quantity.shifts, (day, day))
            if first != last:
                raise _beyond_calendar(day)
            return first
        assert isinstance(term.quantity, Variable)
        return day


@attrs.frozen(repr=False)
class _Narrowed(_PutIn):
    """Puts in what comparisons of the date alone come to on every day of a period, where that is one truth."""

    first: int
    last: int

    def _within(self, condition: Within) -> Expression:
        match condition.terms:
            case (Term(factor=1, quantity=Variable(name=DATE_OF_RULES.name)),):
                low, high = condition.low, condition.high
                if (low is None or low <= self.first) and (high is None or self.last <= high):
                    return Constant(value=True)
                is_apart = (low is not None and self.last < low) or (high is not None and high < self.first)
                return Constant(value=False) if is_apart else condition
            case _:
                return condition


def _leads_down(terms: Iterable[Term]) -> bool:
    """Tell whether the first variable has a factor below zero, as no comparison that the loader makes."""
    ordered = sorted(terms, key=lambda term: isinstance(term.quantity, Lookup))
    return ordered[0].factor < 0


def _less(origin: Origin | None, days: int) -> Origin | None:
    return None if origin is None else attrs.evolve(origin, plus=origin.plus - days * origin.over)


def _turned(origin: Origin | None) -> Origin | None:
    return None if origin is None else origin.turned()


def _beyond_calendar(day: int) -> Exception:
    from cso_rules.errors import ArgumentError

    date = datetime.date.fromordinal(day).isoformat()
    return ArgumentError(
        f"the rules count working days from {date}, which their calendar does not cover; choose another day",
        f"规则从 {date} 起计算工作日，而其工作日历未包含这些日子；请选择其他日期",
    )
