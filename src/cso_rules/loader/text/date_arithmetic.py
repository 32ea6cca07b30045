"""Dates and durations in conditions: literals, shifts by the civil calendar, and the count of working days."""

from __future__ import annotations

import datetime
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Final

from cso_rules.diagnostics import Diagnostic, diagnostic, nearest
from cso_rules.loader.text import syntax
from cso_rules.loader.text.linear import WeightedSum
from cso_rules.loader.text.scope import NumberSymbol, Place, RemovedSymbol, Scope, VariableSymbol
from cso_rules.model.civil_dates import CalendarShift, Shift, Shifts, WorkingDayShift, last_day_before, shifted
from cso_rules.model.expressions import Shifted, Variable
from cso_rules.model.given_days import GivenDay

_DURATION: Final = re.compile(
    r"P(?=[0-9])(?:([0-9]{1,5})Y)?(?:([0-9]{1,5})M)?(?:([0-9]{1,5})W)?(?:([0-9]{1,5})D)?", re.ASCII
)
DURATION_FORM: Final = 'duration("P1Y6M")'
DATE_FORM: Final = 'date("YYYY-MM-DD")'
MOST_WORKING_DAYS: Final = 9999


class DateLowering(ABC):
    """What a condition says about dates, and the problems noted on the way."""

    def __init__(self, place: Place, scope: Scope) -> None:
        self._place = place
        self._scope = scope
        self.problems: list[Diagnostic] = []

    # Problems

    def report(self, code: str, start: int, end: int, *, helps: tuple[str, ...] = (), **arguments: object) -> None:
        """Note a problem between two offsets."""
        make: Callable[..., Diagnostic] = diagnostic  # names of arguments are those of the texts
        self.problems.append(make(code, self._place(start, end), helps=helps, **arguments))

    def _wrong_type(self, node: syntax.Node, expected: str, found: str) -> None:
        self.report("wrong-type", node.start, node.end, expected=expected, found=found)

    def _unknown(self, node: syntax.Node, name: str, candidates: Iterable[str]) -> None:
        self.report(
            "unknown-name",
            node.start,
            node.end,
            helps=("did_you_mean",),
            name=name,
            suggestion=nearest(name, candidates),
        )

    def _found(self, node: syntax.Name | syntax.Selected) -> VariableSymbol | NumberSymbol | None:
        symbol = self._scope.find(node.name)
        if symbol is None:
            self._unknown(node, node.name, self._scope.known_names())
        if isinstance(symbol, RemovedSymbol):
            date = self._scope.as_of.isoformat()
            self.report("removed-parameter", node.start, node.end, name=symbol.name, found=date)
            return None
        return symbol

    # Dates

    @abstractmethod
    def _number(self, node: syntax.Node) -> WeightedSum | None:
        """Return a number or date, or None after noting why it is none."""

    def _date(self, node: syntax.Call) -> WeightedSum | None:
        """Return the date that a function gives."""
        match node.function:
            case "working_days":
                return self._working_days(node)
            case "next_day":
                return self._next_day(node)
            case _:
                return self._day(node)

    def _day(self, node: syntax.Call) -> WeightedSum | None:
        argument = node.arguments[0]
        day = _day_of(argument.value) if isinstance(argument, syntax.Text) else None
        before = last_day_before(argument.value) if isinstance(argument, syntax.Text) else None
        if before is not None and isinstance(argument, syntax.Text):
            found = argument.value.strip()
            self.report("impossible-day", argument.start, argument.end, found=found, expected=before.isoformat())
            return None
        if day is None or len(node.arguments) != 1:
            self._wrong_type(argument, DATE_FORM, sort_of(argument))
            return None
        return _constant(day.toordinal())

    def _next_day(self, node: syntax.Call) -> WeightedSum | None:
        """Return the first of some days of the year on or after the date of the rules: one, or one in some months."""
        first, *rest = node.arguments
        months = first.items if isinstance(first, syntax.Items) else (first,)
        numbers = [part.value for part in (*months, *rest) if isinstance(part, syntax.Number)]
        found: WeightedSum | None = None
        if len(numbers) == len(months) + 1 and len(rest) == 1 and all(number.denominator == 1 for number in numbers):
            found = self._given(GivenDay(tuple(map(int, numbers[:-1])), int(numbers[-1])))
        if found is None:
            expected = "next_day(3, 31), next_day([1, 4, 7, 10], 20)"
            self._wrong_value(node, "next_day", expected, ", ".join(map(str, numbers)))
        return found

    def _given(self, day: GivenDay) -> WeightedSum | None:
        """Return a day that follows from the date of the rules: a variable where that is open, None where none is."""
        found = day.on(self._scope.as_of)
        if found is None:
            return None
        symbol = self._scope.find(day.name)
        if isinstance(symbol, VariableSymbol):
            return WeightedSum(dimension="date", weights={Variable(name=symbol.name): Fraction(1)})
        return _constant(found.toordinal())

    def _duration(self, node: syntax.Node) -> CalendarShift | None:
        """Return the months and days of a duration."""
        argument = node.arguments[0] if isinstance(node, syntax.Call) else node
        if isinstance(argument, syntax.Name | syntax.Selected):
            return self._legal_duration(argument)
        written = argument.value if isinstance(argument, syntax.Text) else ""
        found = _DURATION.fullmatch(written)
        if found is None or not isinstance(node, syntax.Call) or len(node.arguments) != 1:
            self._wrong_value(argument, "duration", DURATION_FORM, written or sort_of(argument))
            return None
        years, months, weeks, days = (int(number or 0) for number in found.groups())
        return CalendarShift(months=12 * years + months, days=7 * weeks + days)

    def _legal_duration(self, node: syntax.Name | syntax.Selected) -> CalendarShift | None:
        """Return the months and days of a legal number that counts years, months, weeks or days."""
        symbol = self._found(node)
        number = None if symbol is None else self._number(node)
        if number is None:
            return None
        unit = symbol.duration_unit if isinstance(symbol, NumberSymbol) else None
        if unit is None or number.weights:
            self._wrong_value(node, "duration", f"{DURATION_FORM}, duration_unit", node.name)
            return None
        count = int(number.constant)
        in_months, in_days = {"years": (12, 0), "months": (1, 0), "weeks": (0, 7), "days": (0, 1)}[unit]
        return CalendarShift(months=count * in_months, days=count * in_days)

    def _moved(self, operator: str, date: WeightedSum, shift: CalendarShift, node: syntax.Node) -> WeightedSum | None:
        """Return a date plus or minus a duration."""
        if operator not in {"+", "-"} or date.dimension != "date":
            self._wrong_type(node, "number", "duration")
            return None
        sign = 1 if operator == "+" else -1
        return self._shifted(date, CalendarShift(months=sign * shift.months, days=sign * shift.days), node)

    def _working_days(self, node: syntax.Call) -> WeightedSum | None:
        if len(node.arguments) != 2:  # noqa: PLR2004 - date and count
            self._wrong_value(node, "working_days", "working_days(DATE, N)")
            return None
        date, count = self._number(node.arguments[0]), self._count_of_days(node.arguments[1])
        if date is None or count is None:
            return None
        if date.dimension != "date":
            self._wrong_type(node.arguments[0], "date", date.dimension)
            return None
        return self._shifted(date, WorkingDayShift(count=count, calendar=self._scope.calendar), node)

    def _count_of_days(self, node: syntax.Node) -> int | None:
        """Return a number of days that is written, or the value of a parameter."""
        number = self._number(node)
        if number is None:
            return None
        if number.weights or number.dimension not in {"number", "integer"}:
            self._wrong_type(node, "constant", "variable" if number.weights else number.dimension)
            return None
        if number.constant.denominator != 1 or not 0 <= number.constant <= MOST_WORKING_DAYS:
            self._wrong_value(node, "working_days", f"0..{MOST_WORKING_DAYS}", str(number.constant))
            return None
        return int(number.constant)

    def _shifted(self, date: WeightedSum, shift: Shift, node: syntax.Node) -> WeightedSum | None:
        """Return a date moved by a shift: a constant at once, one variable as a quantity of its own."""
        before = _only_date(date)
        if before is None:
            self._wrong_type(node, "date", "number")
            return None
        name, shifts = before
        if name is not None:
            return WeightedSum(dimension="date", weights={Shifted(name=name, shifts=(*shifts, shift)): Fraction(1)})
        first, last = shifted((shift,), (int(date.constant), int(date.constant)))
        if first != last:
            known = self._scope.calendar.covered
            spans = ", ".join(f"{_iso(low)}..{_iso(high)}" for low, high in known) or "-"
            self._wrong_value(node, "working_days", spans, _iso(int(date.constant)))
            return None
        return _constant(first)

    def _wrong_value(self, node: syntax.Node, key: str, expected: str, found: str = "") -> None:
        self.report("wrong-value", node.start, node.end, key=key, expected=expected, found=found or sort_of(node))


def is_duration(node: syntax.Node) -> bool:
    """Tell whether a part of a sum is a duration."""
    return isinstance(node, syntax.Call) and node.function == "duration"


def date_first(node: syntax.Chain) -> tuple[syntax.Node, ...]:
    """Return the operands with the date before the duration, where a sum begins with the duration."""
    first, second, *rest = node.operands
    if is_duration(first) and not is_duration(second) and node.operators[:2] == ("+", "+"):
        return (second, first, *rest)
    return node.operands


def _only_date(date: WeightedSum) -> tuple[str | None, Shifts] | None:
    """Return the variable of a date and how it is moved already; no name for a constant, None for any other sum."""
    if date.constant.denominator != 1:
        return None
    days = (CalendarShift(days=int(date.constant)),) if date.constant else ()
    match list(date.weights.items()):
        case []:
            return None, ()
        case [(Variable(name=name), 1)]:
            return name, days
        case [(Shifted(name=name, shifts=shifts), 1)]:
            return name, (*shifts, *days)
        case _:
            return None


def _constant(day: int) -> WeightedSum:
    return WeightedSum(dimension="date", constant=Fraction(day))


def _iso(day: int) -> str:
    return datetime.date.fromordinal(day).isoformat()


def _day_of(text: str) -> datetime.date | None:
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=datetime.UTC).date()
    except ValueError:
        return None


def sort_of(node: syntax.Node) -> str:
    """Return the family of a part of a condition, for messages."""
    match node:
        case syntax.Number() | syntax.Minus() | syntax.Chain():
            return "number"
        case syntax.Text():
            return "text"
        case syntax.Today() | syntax.Call(function="date" | "working_days" | "next_day"):
            return "date"
        case syntax.Call(function="duration"):
            return "duration"
        case syntax.Items() | syntax.Range():
            return "list"
        case _:
            return "boolean"
