"""Durations, working days and recurring days in conditions."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cso_rules.diagnostics import Diagnostic
from cso_rules.executors.single.reference import holds
from cso_rules.loader.text.conditions import (
    Amount,
    NumberSymbol,
    RemovedSymbol,
    Symbol,
    VariableSymbol,
    amounts,
    canonical,
    condition,
)
from cso_rules.model.civil_dates import (
    FIRST,
    LAST,
    CalendarShift,
    Shift,
    WorkingDayShift,
    calendar_of,
    shifted,
)
from cso_rules.model.expressions import ALWAYS, Constant, Expression, Not, Shifted, Term, Variable, Within
from cso_rules.model.types import Type
from cso_rules.truth import Truth
from tests.loader.scopes import Names, place

DATE = Type(kind="date", minimum=FIRST, maximum=LAST)
INTEGER = Type(kind="integer")
KIND = Type(kind="enumeration", values=("one", "two"), enumeration="kind")
YEAR = calendar_of(
    [(datetime.date(2024, 1, 1).toordinal(), datetime.date(2024, 12, 31).toordinal())],
    [datetime.date(2024, 1, 1).toordinal()],
)
SYMBOLS: dict[str, Symbol] = {
    **{name: VariableSymbol(name=name, type=DATE) for name in ("filed_on", "ended_on")},
    "members": VariableSymbol(name="members", type=INTEGER),
    "kind": VariableSymbol(name="kind", type=KIND),
    "days_to_answer": NumberSymbol(name="days_to_answer", type=INTEGER, numbers=(20,)),
    "days_by_kind": NumberSymbol(
        name="days_by_kind",
        type=INTEGER,
        numbers=(20, 30),
        indexed_by=(VariableSymbol(name="kind", type=KIND),),
    ),
    "old_days": RemovedSymbol(name="old_days"),
}
NAMES = Names(SYMBOLS, datetime.date(2024, 3, 1), YEAR)


def read(text: str) -> Expression:
    expression, problems = condition(text, place, NAMES)
    assert problems == ()
    assert expression is not None
    return expression


def problems(text: str) -> list[tuple[str, str]]:
    expression, found = condition(text, place, NAMES)
    assert expression is None
    return [(item.code, _marked(text, item)) for item in found]


def _marked(text: str, item: Diagnostic) -> str:
    assert item.span is not None
    return text[item.span.start : item.span.end]


def day(text: str) -> int:
    return datetime.date.fromisoformat(text).toordinal()


def filed(low: str | None, high: str | None) -> Within:
    terms = (Term(factor=1, quantity=Variable(name="filed_on")),)
    return Within(terms=terms, low=None if low is None else day(low), high=None if high is None else day(high))


def moved(*shifts: Shift) -> Term:
    return Term(factor=1, quantity=Shifted(name="filed_on", shifts=shifts))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('as_of > filed_on + duration("P1Y")', filed(None, "2023-02-28")),
        ('as_of >= filed_on + duration("P1Y")', filed(None, "2023-03-01")),
        ('filed_on + duration("P18M") <= as_of', filed(None, "2022-09-01")),
        ('duration("P1Y") + filed_on <= as_of', filed(None, "2023-03-01")),
        ('filed_on >= as_of - duration("P60D")', filed("2024-01-01", None)),
        ('filed_on - duration("P1M") >= date("2024-02-29")', filed("2024-03-29", None)),
        ('filed_on + duration("P1M") = date("2024-02-29")', filed("2024-01-29", "2024-01-31")),
        ('filed_on + duration("P1M") != date("2024-02-29")', Not(operand=filed("2024-01-29", "2024-01-31"))),
        ('filed_on + duration("P1M") = date("2024-03-30")', Constant(value=False)),
        ('as_of in [filed_on..filed_on + duration("P1Y6M")]', filed("2022-09-01", "2024-03-01")),
        ('filed_on between as_of - duration("P2W") and as_of', filed("2024-02-16", "2024-03-01")),
        ('filed_on + 30 + duration("P1M") <= as_of', filed(None, "2024-01-02")),
        ("working_days(filed_on, 2) <= as_of", filed(None, "2024-02-28")),
        ("working_days(filed_on, 0) <= as_of", filed(None, "2024-03-01")),
        ("working_days(filed_on, days_to_answer) >= as_of", filed("2024-02-02", None)),
        ("filed_on <= working_days(as_of, 1)", filed(None, "2024-03-04")),
        ("filed_on <= next_day(3, 31)", filed(None, "2024-03-31")),
        ("filed_on <= next_day(2, 29)", filed(None, "2028-02-29")),
        ('as_of < date("2024-01-31") + duration("P1M2D")', Constant(value=True)),
        ('as_of - (filed_on + duration("P1Y")) > 30', filed(None, "2023-01-30")),
        ('filed_on + duration("P400Y") <= as_of', Constant(value=False)),
    ],
)
def test_one_shifted_date_against_a_constant_becomes_a_comparison_of_the_date(text: str, expected: Expression) -> None:
    assert read(text) == expected


def test_two_dates_are_compared_with_the_shift_kept() -> None:
    expected = Within(
        terms=(moved(CalendarShift(months=36)), Term(factor=-1, quantity=Variable(name="ended_on"))), low=1, high=None
    )
    assert read('filed_on + duration("P3Y") > ended_on') == expected


def test_a_bound_near_the_end_of_the_calendar_is_not_folded() -> None:
    found = read('working_days(filed_on, 20) <= date("2025-06-01")')
    shift = WorkingDayShift(count=20, calendar=YEAR)
    assert found == Within(terms=(moved(shift),), low=None, high=day("2025-06-01"))
    assert holds(found, {"filed_on": (day("2024-05-01"),) * 2}) is Truth.TRUE
    assert holds(found, {"filed_on": (day("2024-12-30"),) * 2}) is Truth.UNKNOWN
    assert holds(found, {"filed_on": (day("2025-06-01"),) * 2}) is Truth.FALSE


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ('filed_on + duration("P3Y")', (moved(CalendarShift(months=36)),)),
        ('filed_on - duration("P1Y10D")', (moved(CalendarShift(months=-12, days=-10)),)),
        ('filed_on + duration("P3Y") - duration("P1D")', (moved(CalendarShift(months=36), CalendarShift(days=-1)),)),
        (
            'working_days(filed_on + duration("P1M"), 5)',
            (moved(CalendarShift(months=1), WorkingDayShift(count=5, calendar=YEAR)),),
        ),
        (
            'filed_on + 3 + duration("P1M")',
            (moved(CalendarShift(days=3), CalendarShift(months=1)),),
        ),
    ],
)
def test_a_computed_date_keeps_its_shifts(text: str, terms: tuple[Term, ...]) -> None:
    assert amounts(text, place, NAMES, DATE) == ((Amount(ALWAYS, terms, 0),), ())


def test_a_constant_date_is_computed_at_once() -> None:
    assert amounts('as_of + duration("P1Y")', place, NAMES, DATE) == ((Amount(ALWAYS, (), day("2025-03-01")),), ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('filed_on + duration("3 years") > as_of', [("wrong-value", '"3 years"')]),
        ('filed_on + duration("P") > as_of', [("wrong-value", '"P"')]),
        ('filed_on + duration("PT5H") > as_of', [("wrong-value", '"PT5H"')]),
        ('filed_on + duration("-P1Y") > as_of', [("wrong-value", '"-P1Y"')]),
        ('filed_on + duration("P1M1Y") > as_of', [("wrong-value", '"P1M1Y"')]),
        ('filed_on + duration("P1Y", 2) > as_of', [("wrong-value", '"P1Y"')]),
        ("filed_on + duration(1) > as_of", [("wrong-value", "1")]),
        ("filed_on + duration( > as_of", [("condition-syntax", ">")]),
        ('members + duration("P1Y") > 3', [("wrong-type", 'duration("P1Y")')]),
        ('filed_on * duration("P1Y") > as_of', [("wrong-type", 'duration("P1Y")')]),
        ('filed_on > duration("P1Y")', [("wrong-type", 'duration("P1Y")')]),
        ('duration("P1Y") - filed_on > 3', [("wrong-type", 'duration("P1Y")')]),
        ('filed_on + members + duration("P1Y") > as_of', [("wrong-type", 'duration("P1Y")')]),
        ("working_days(filed_on) > as_of", [("wrong-value", "working_days(filed_on)")]),
        ("working_days(members, 3) > as_of", [("wrong-type", "members")]),
        ("working_days(filed_on, members) > as_of", [("wrong-type", "members")]),
        ("working_days(filed_on, -1) > as_of", [("wrong-value", "-1")]),
        ("working_days(filed_on, 1.5) > as_of", [("wrong-value", "1.5")]),
        ("working_days(filed_on, old_days) > as_of", [("removed-parameter", "old_days")]),
        (
            'filed_on > working_days(date("2025-01-01"), 1)',
            [("wrong-value", 'working_days(date("2025-01-01"), 1)')],
        ),
        ("filed_on > next_day(2, 30)", [("wrong-value", "next_day(2, 30)")]),
        ("filed_on > next_day(3)", [("wrong-value", "next_day(3)")]),
        ("filed_on > next_day(members, 1)", [("wrong-value", "next_day(members, 1)")]),
    ],
)
def test_problem_and_its_place(text: str, expected: list[tuple[str, str]]) -> None:
    assert problems(text) == expected


def test_usual_spelling() -> None:
    text = 'working_days( filed_on,20 )<=as_of - duration( "P1Y" )'
    assert canonical(text) == 'working_days(filed_on, 20) <= as_of - duration("P1Y")'


durations = st.tuples(st.integers(0, 4), st.integers(0, 30), st.integers(0, 5), st.integers(0, 70))
ordinals = st.integers(day("2019-01-01"), day("2029-12-31"))


@given(durations, st.sampled_from("+-"), st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), ordinals)
def test_what_is_folded_says_what_the_dates_say(
    parts: tuple[int, int, int, int], sign: str, operator: str, bound: int
) -> None:
    years, months, weeks, days = parts
    iso = datetime.date.fromordinal(bound).isoformat()
    found = read(f'filed_on {sign} duration("P{years}Y{months}M{weeks}W{days}D") {operator} date("{iso}")')
    turn = 1 if sign == "+" else -1
    shift = CalendarShift(months=turn * (12 * years + months), days=turn * (7 * weeks + days))
    for one in (FIRST, *range(bound - 60, bound + 60), *range(bound - 3000, bound + 3000, 97), LAST):
        result = shifted((shift,), (one, one))[0]
        expected = {
            "<": result < bound,
            "<=": result <= bound,
            ">": result > bound,
            ">=": result >= bound,
            "=": result == bound,
            "!=": result != bound,
        }[operator]
        assert holds(found, {"filed_on": (one, one)}) is Truth.of(expected)
