"""Numbers and dates that conditions choose: `if`, `min`, `max`, `none`, numbers by several variables, durations."""

import datetime
import itertools
from collections.abc import Mapping

import pytest

from cso_rules.diagnostics import Diagnostic
from cso_rules.loader.text.conditions import NumberSymbol, Symbol, VariableSymbol, amounts, condition
from cso_rules.meaning.complete import Answered, Case, Mark, answers
from cso_rules.model.civil_dates import FIRST, LAST
from cso_rules.model.decisions import ValueCase, ValueDecision
from cso_rules.model.types import BOOLEAN, Type
from tests.loader.scopes import Names, place
from tests.strategies import LABEL, make_policy

DAY = datetime.date(2024, 3, 1)
COUNT = Type(kind="integer", maximum=9)
FORM = Type(kind="enumeration", values=("association", "service"), enumeration="form")
LEVEL = Type(kind="enumeration", values=("district", "town"), enumeration="level")
DATE = Type(kind="date", minimum=FIRST, maximum=LAST)
TYPES = {"a": COUNT, "b": COUNT, "c": COUNT, "yes": BOOLEAN, "form": FORM, "level": LEVEL, "filed_on": DATE}
VARIABLES = {name: VariableSymbol(name=name, type=kind) for name, kind in TYPES.items()}
BY_FORM_AND_LEVEL = (VARIABLES["form"], VARIABLES["level"])
SYMBOLS: dict[str, Symbol] = {
    **VARIABLES,
    "least": NumberSymbol(name="least", type=COUNT, numbers=(50, 20, 10, 5), indexed_by=BY_FORM_AND_LEVEL),
    "years": NumberSymbol(
        name="years", type=COUNT, numbers=(3, 2), indexed_by=(VARIABLES["level"],), duration_unit="years"
    ),
    "weeks": NumberSymbol(name="weeks", type=COUNT, numbers=(2,), duration_unit="weeks"),
    "plain": NumberSymbol(name="plain", type=COUNT, numbers=(7,)),
}
NUMBERS = [dict(zip("abc", values, strict=True)) for values in itertools.product((0, 1, 2, 5), repeat=3)]
NAMES = Names(SYMBOLS, DAY)


def value(text: str, known: Mapping[str, int], kind: Type = COUNT) -> object:
    """Return what an expression is for known facts, by trying them."""
    found, problems = amounts(text, place, NAMES, kind)
    assert problems == ()
    assert found is not None
    cases = tuple(
        ValueCase(condition=one.condition, terms=one.terms, constant=one.constant, is_nothing=one.is_nothing)
        for one in found
    )
    policy = make_policy(TYPES, ValueDecision(name="made", label=LABEL, type=kind, cases=cases))
    return answers(policy, known, {})["made"].answer


def problems(text: str, kind: Type = COUNT) -> list[str]:
    return [found.code for found in faults(text, kind)]


def faults(text: str, kind: Type) -> tuple[Diagnostic, ...]:
    return amounts(text, place, NAMES, kind)[1]


@pytest.mark.parametrize("known", NUMBERS, ids=str)
def test_the_least_and_the_greatest_are_those_of_all_arguments(known: dict[str, int]) -> None:
    numbers = list(known.values())
    assert value("min(a, b, c)", known) == min(numbers)
    assert value("max(a, b, c)", known) == max(numbers)
    assert value("max(min(a, b), c) + 1", known) == max(min(numbers[:2]), numbers[2]) + 1
    assert value("2 * min(a, b) - max(b, c) + 9", known) == 2 * min(numbers[:2]) - max(numbers[1:]) + 9


@pytest.mark.parametrize("known", NUMBERS, ids=str)
def test_a_choice_stands_anywhere_in_a_sum(known: dict[str, int]) -> None:
    a, b, c = known.values()
    text = "(if a > b then a else if c = 0 then b else c) + b"
    assert value(text, known) == (a if a > b else b if c == 0 else c) + b
    assert value("-(if a > 1 then 1 else 2) + 9", known) == 9 - (1 if a > 1 else 2)


@pytest.mark.parametrize("known", NUMBERS, ids=str)
def test_a_comparison_of_chosen_numbers_holds_as_that_of_what_they_are(known: dict[str, int]) -> None:
    a, b, c = known.values()
    for text, expected in {
        "min(a, b) >= c": min(a, b) >= c,
        "(if a > 1 then b else c) != a": (b if a > 1 else c) != a,
        "max(a, b) between min(b, c) and 2": min(b, c) <= max(a, b) <= 2,
        "min(a, b) in (c, 5)": min(a, b) in {c, 5},
    }.items():
        found, wrong = condition(text, place, NAMES)
        assert wrong == ()
        assert found is not None
        assert Case(known, {}).holds(found) is expected, text


def test_none_is_no_number_where_it_is_chosen() -> None:
    assert value("if yes then none else a", {"yes": 1, "a": 3}) is Mark.NONE
    assert value("if yes then none else a", {"yes": 2, "a": 3}) == 3
    assert value("min(if yes then none else a, b)", {"yes": 1, "a": 3, "b": 1}) is Mark.NONE
    assert value("不适用", {"a": 1}) is Mark.NONE
    assert value("if a > 5 then (if b > 5 then none else 1) else 2", {"a": 6, "b": 6}) is Mark.NONE


@pytest.mark.parametrize(("form", "level", "expected"), [(1, 1, 50), (1, 2, 20), (2, 1, 10), (2, 2, 5)])
def test_a_number_of_the_law_may_be_selected_by_two_variables(form: int, level: int, expected: int) -> None:
    assert value("least", {"form": form, "level": level}, Type(kind="integer", maximum=99)) == expected
    found, _ = condition("a >= least", place, NAMES)
    assert found is not None
    for members in (expected - 1, expected):
        known = {"a": members, "form": form, "level": level}
        assert Case(known, {}).holds(found) is (members >= expected)


def test_a_number_of_the_law_moves_a_date_by_its_unit() -> None:
    filed = datetime.date(2024, 2, 29).toordinal()
    assert (
        value("filed_on + duration(years)", {"filed_on": filed, "level": 1}, DATE)
        == datetime.date(2027, 2, 28).toordinal()
    )
    assert (
        value("filed_on + duration(years)", {"filed_on": filed, "level": 2}, DATE)
        == datetime.date(2026, 2, 28).toordinal()
    )
    assert value("filed_on + duration(weeks)", {"filed_on": filed}, DATE) == filed + 14


def test_a_day_that_comes_again_is_the_next_of_several() -> None:
    assert value("next_day([1, 4, 7, 10], 20)", {}, DATE) == datetime.date(2024, 4, 20).toordinal()
    assert value("next_day([3, 9], 1)", {}, DATE) == DAY.toordinal()


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("filed_on + duration(plain)", DATE, "wrong-value"),
        ("filed_on + duration(a)", DATE, "wrong-value"),
        ("next_day([13, 4], 20)", DATE, "wrong-value"),
        ("next_day([], 20)", DATE, "condition-syntax"),
        ("min(a, filed_on)", COUNT, "wrong-type"),
        ("if yes then filed_on else a", COUNT, "wrong-type"),
        ("a + " + " + ".join(["min(a, b)"] * 9), Type(kind="integer", maximum=99), "condition-syntax"),
    ],
)
def test_what_cannot_be_chosen_is_a_fault(text: str, kind: Type, code: str) -> None:
    assert code in problems(text, kind)


def test_none_is_a_name_like_others_in_a_comparison() -> None:
    _, found = condition("a = none", place, NAMES)
    assert [one.code for one in found] == ["unknown-name"]


def test_the_number_that_is_found_is_that_of_the_first_case() -> None:
    policy = make_policy(TYPES, ValueDecision(name="made", label=LABEL, type=COUNT, cases=(ValueCase(constant=3),)))
    assert answers(policy, {}, {})["made"] == Answered(3)
