"""Cells tell apart what the constants of conditions tell apart, and prove what they show in full."""

import pytest
from hypothesis import given

from cso_rules.executors.single import reference
from cso_rules.executors.single.reference import holds, join
from cso_rules.loader.in_force.cells import cells_of, never_together, splits_for
from cso_rules.model.civil_dates import Shifts, turning_points
from cso_rules.model.expressions import (
    Among,
    And,
    Expression,
    Includes,
    Not,
    Or,
    Shifted,
    Term,
    Variable,
    Within,
    atoms,
)
from cso_rules.model.types import BOOLEAN, Type
from cso_rules.truth import Truth
from tests.strategies import conditions, shifts

KINDS = Type(kind="enumeration", values=("urban", "rural", "mixed", "other"), enumeration="kinds")
TYPES = {
    "members": Type(kind="integer", minimum=0, maximum=1000),
    "halls": Type(kind="integer", minimum=0, maximum=1000),
    "kind": KINDS,
    "flag": BOOLEAN,
    "set": Type(kind="set", values=("a", "b"), enumeration="letters"),
}
FLAG = Among(name="flag", bits=BOOLEAN.bit("true"))


def within(low: int | None, high: int | None, *names: str, factor: int = 1) -> Within:
    terms = tuple(Term(factor=factor, quantity=Variable(name=name)) for name in names or ("members",))
    return Within(terms=terms, low=low, high=high)


def kind(*names: str) -> Among:
    return Among(name="kind", bits=sum(KINDS.bit(name) for name in names))


def cells(name: str, *conditions: Expression) -> tuple[object, ...]:
    return cells_of(name, [atom for item in conditions for atom in atoms(item)], TYPES[name])


def test_intervals_are_cut_where_a_comparison_changes() -> None:
    assert cells("members", within(50, None), within(None, 99)) == ((0, 49), (50, 99), (100, 1000))


def test_a_comparison_that_never_changes_cuts_nothing() -> None:
    assert cells("members", within(0, None), within(None, 5000)) == ((0, 1000),)


@pytest.mark.parametrize(("low", "high", "factor"), [(7, 20, 3), (-20, -7, -3), (6, 21, 3), (None, 10, -1)])
def test_every_cell_of_a_weighted_comparison_is_uniform(low: int | None, high: int | None, factor: int) -> None:
    condition = within(low, high, factor=factor)
    for cell in cells("members", condition):
        assert isinstance(cell, tuple)
        first, last = cell
        held = {
            (low is None or low <= factor * x) and (high is None or factor * x <= high) for x in range(first, last + 1)
        }
        assert len(held) == 1


def test_values_that_no_comparison_tells_apart_share_a_cell() -> None:
    found = cells("kind", kind("urban", "mixed"), kind("urban"))
    assert set(found) == {KINDS.bit("urban"), KINDS.bit("mixed"), KINDS.bit("rural") | KINDS.bit("other")}


def test_sets_are_not_divided() -> None:
    assert cells("set", Includes(name="set", bits=1)) == ()


def test_only_variables_read_more_than_once_are_split() -> None:
    condition = And(operands=(Or(operands=(within(None, 9), within(50, None))), FLAG))
    assert [split.name for split in splits_for([condition], TYPES)] == ["members"]
    assert splits_for([condition], TYPES)[0].cells == ((0, 9), (10, 49), (50, 1000))


def test_a_variable_with_too_many_cells_is_left_whole() -> None:
    many = [within(place * 10, place * 10) for place in range(1, 20)]
    assert splits_for(many, TYPES) == ()


def test_conditions_that_exclude_one_another() -> None:
    assert never_together(within(None, 49), within(50, None), TYPES)
    assert not never_together(within(None, 50), within(50, None), TYPES)
    assert never_together(And(operands=(FLAG, kind("urban"))), And(operands=(FLAG, kind("rural"))), TYPES)
    both = within(5, None, "members", "halls")
    assert never_together(both, Not(operand=both), TYPES)
    assert not never_together(both, within(None, 4, "members", "halls"), TYPES)


DAYS = {"day": Type(kind="date", minimum=737_000, maximum=737_100)}
EVERY_DAY = [{"day": (number, number)} for number in range(737_000, 737_101)]


@given(shifts())
def test_every_cell_of_a_shifted_date_is_uniform(steps: Shifts) -> None:
    low = 737_050
    moved = Within(terms=(Term(factor=1, quantity=Shifted(name="day", shifts=steps)),), low=low, high=None)
    starts = {first for first, _ in cells_of("day", [moved], DAYS["day"])}  # type: ignore[misc]
    assert starts - {737_000} == {day for day in turning_points(steps, low) if 737_000 < day <= 737_100}
    for first, last in cells_of("day", [moved], DAYS["day"]):  # type: ignore[misc]
        held = {holds(moved, {"day": (number, number)}) for number in range(first, last + 1)}
        assert held == {holds(moved, {"day": (first, last)})}


@given(conditions(DAYS))
def test_what_is_settled_for_an_unknown_date_holds_on_every_day(condition: Expression) -> None:
    whole = {"day": DAYS["day"].everything}
    found = join(holds(condition, cell) for cell in reference.cells(splits_for([condition], DAYS), whole))
    if found is not Truth.UNKNOWN:
        assert {holds(condition, one) for one in EVERY_DAY} == {found}
