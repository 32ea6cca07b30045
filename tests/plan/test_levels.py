"""The cells into which comparisons divide what can be known."""

from hypothesis import given

from cso_rules.executors.single.reference import holds
from cso_rules.model.civil_dates import Shifts
from cso_rules.model.decisions import CriteriaDecision, Rule
from cso_rules.model.expressions import And, Expression, Shifted, Term, Variable, Within
from cso_rules.model.types import Interval, Type
from cso_rules.plan.building import plan_of
from cso_rules.plan.levels import Form, Number, bounds_of
from tests.strategies import LABEL, make_policy, shifts

DAY = Type(kind="date", minimum=737_000, maximum=737_100)
COUNT = Type(kind="integer", maximum=1000)


def cells(kind: Type, *conditions: Expression) -> list[Interval]:
    rules = tuple(Rule(id=f"r{place}", label=LABEL, condition=one) for place, one in enumerate(conditions))
    plan = plan_of(make_policy({"x": kind}, CriteriaDecision(name="met", label=LABEL, rules=rules)))
    found = []
    for level in plan.levels:
        if not isinstance(level, Form):
            assert isinstance(level, Number)
            ends = (bounds_of(level, cell) for cell in range(level.size))
            found += [(low or kind.minimum, kind.maximum if high is None else high) for low, high in ends]
    return found


def within(low: int | None, high: int | None) -> Within:
    return Within(terms=(Term(factor=1, quantity=Variable(name="x")),), low=low, high=high)


def test_a_number_is_cut_where_a_comparison_changes() -> None:
    assert cells(COUNT, within(50, None), within(None, 99)) == [(0, 49), (50, 99), (100, 1000)]


def test_a_comparison_that_never_changes_cuts_nothing() -> None:
    assert cells(COUNT, And(operands=(within(0, None), within(None, 5000)))) == [(0, 1000)]


@given(shifts())
def test_in_every_cell_of_a_moved_date_a_comparison_says_one_thing(steps: Shifts) -> None:
    moved = Within(terms=(Term(factor=1, quantity=Shifted(name="x", shifts=steps)),), low=737_050, high=None)
    for first, last in cells(DAY, moved):
        truths = {holds(moved, {"x": (number, number)}) for number in range(first, last + 1)}
        assert truths == {holds(moved, {"x": (first, first)})}
