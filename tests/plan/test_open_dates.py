"""A date after working days that a calendar does not know is open, and the same one in all sums of it."""

import pytest

from cso_rules.engine.missing_facts import Open
from cso_rules.meaning.possible import Possible
from cso_rules.model.civil_dates import CalendarShift, Shifts, WorkingDayCalendar, WorkingDayShift
from cso_rules.model.decisions import CriteriaDecision, Rule, ValueCase, ValueDecision
from cso_rules.model.expressions import Among, And, If, Not, Shifted, Size, Term, Variable, Within
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, Type
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.building import Inexact, plan_of
from cso_rules.plan.shown.exactness import inexact_decisions
from tests.plan.test_against_meaning import differences
from tests.strategies import DATE, LABEL, make_policy

FIRST, LAST = 737080, 737085
"""From a Monday to a Saturday; of Thursday and Friday nobody said whether they are working days."""
CALENDAR = WorkingDayCalendar(covered=((736780, 737082), (737085, 737380)), exceptions=(737081,))
DUE = Shifted(name="day", shifts=(WorkingDayShift(count=1, calendar=CALENDAR),))
TYPES = {
    "flag": Type(kind="boolean"),
    "day": Type(kind="date", minimum=FIRST, maximum=LAST),
    "count": Type(kind="integer", maximum=6),
    "kinds": Type(kind="set", values=("p", "q", "r")),
}


@pytest.mark.parametrize("first", range(FIRST, LAST))
@pytest.mark.parametrize("least", [1474170, 1474175, 1474176])
def test_a_fact_that_no_open_date_lets_decide_is_not_asked_for(first: int, least: int) -> None:
    terms = (Term(factor=2, quantity=DUE), Term(factor=1, quantity=Variable(name="count")))
    late = Within(terms=(*terms, Term(factor=1, quantity=Size(name="kinds"))), low=least, high=None)
    policy = make_policy(
        TYPES, CriteriaDecision(name="late", label=LABEL, rules=(Rule(id="late", label=LABEL, condition=late),))
    )
    for last in range(first, LAST):
        known: dict[str, Domain] = {"day": (first, last), "count": (5, 5), "kinds": (4, 6)}
        assert Open(policy, known).facts("late") == Possible(policy, known).missing_facts("late"), last


@pytest.mark.parametrize("day", range(FIRST, LAST))
@pytest.mark.parametrize("least", range(FIRST + 1, LAST + 3))
@pytest.mark.parametrize(
    ("shifts", "later"),
    [
        ((*DUE.shifts, CalendarShift(days=-3)), -3),
        ((*DUE.shifts, CalendarShift(days=2), CalendarShift(days=1)), 3),
        ((CalendarShift(), *DUE.shifts), 0),
    ],
)
def test_an_open_date_moved_on_by_days_is_the_same_open_date(shifts: Shifts, later: int, least: int, day: int) -> None:
    either = If(
        condition=Among(name="flag", bits=2),
        then=Within(terms=(Term(factor=1, quantity=DUE),), low=least, high=None),
        otherwise=Within(
            terms=(Term(factor=1, quantity=Shifted(name="day", shifts=shifts)),), low=least + later, high=None
        ),
    )
    policy = make_policy(
        TYPES, CriteriaDecision(name="late", label=LABEL, rules=(Rule(id="late", label=LABEL, condition=either),))
    )
    assert Open(policy, {"day": (day, day), "flag": 3, "count": (5, 5), "kinds": (7, 7)}).facts("late") == ()


ONE, THREE = DUE.shifts[0], CalendarShift(days=3)
TWO_DAYS = {"day": TYPES["day"], "other": TYPES["day"]}


def moved(*shifts: CalendarShift | WorkingDayShift, name: str = "day") -> Term:
    return Term(factor=1, quantity=Shifted(name=name, shifts=shifts))


def met_by(*conditions: Within | Not) -> Policy:
    rule = Rule(id="both", label=LABEL, condition=And(operands=conditions))
    return make_policy(TWO_DAYS, CriteriaDecision(name="met", label=LABEL, rules=(rule,)))


def is_exact_for(policy: Policy, *, other: int | None = None) -> bool:
    """Tell whether the plan answers what is possible for each day, and names no decision."""
    plan = plan_of(policy)
    days = [(day, day if other is None else other) for day in range(FIRST, LAST + 1)]
    records = [{"day": (day, day), "other": (second, second)} for day, second in days]
    said = [differences(Asked(plan, known), Possible(policy, known)) for known in records]
    return not any(said) and not inexact_decisions(plan)


@pytest.mark.parametrize("first", range(FIRST + 2, LAST + 3))
@pytest.mark.parametrize(
    "later", [Shifted(name="day", shifts=(ONE, THREE, ONE)), Shifted(name="day", shifts=(ONE, ONE))]
)
def test_an_open_date_is_the_one_from_which_another_is_moved_on(later: Shifted, first: int) -> None:
    for second in range(FIRST + 4, LAST + 6):
        then = Within(terms=(Term(factor=1, quantity=later),), low=second, high=second)
        assert is_exact_for(met_by(Within(terms=(moved(ONE),), low=first, high=first), then)), second


@pytest.mark.parametrize("least", range(FIRST + 2, LAST + 4))
def test_the_same_day_of_two_facts_becomes_the_same_open_date(least: int) -> None:
    early, late = (Within(terms=(moved(ONE, name=name),), low=least, high=None) for name in ("day", "other"))
    assert is_exact_for(met_by(Not(operand=early), late))
    assert is_exact_for(met_by(Not(operand=early), late), other=FIRST + 2)
    apart = (moved(ONE), Term(factor=-1, quantity=Shifted(name="other", shifts=(ONE,))))
    assert is_exact_for(met_by(Within(terms=apart, low=1, high=None)))


@pytest.mark.parametrize("first", range(FIRST + 1, LAST + 8))
def test_a_date_moved_on_from_an_open_day_skips_what_no_such_day_becomes(first: int) -> None:
    later = moved(ONE, THREE, ONE)
    assert is_exact_for(met_by(Within(terms=(later,), low=first, high=first)))
    none = met_by(Within(terms=(later,), low=first, high=None), Within(terms=(later,), low=None, high=first))
    assert is_exact_for(none)


@pytest.mark.parametrize("least", range(FIRST + 1, LAST + 3))
def test_the_ends_of_a_computed_date_are_those_of_the_open_days_with_which_it_is_given(least: int) -> None:
    given = Within(terms=(moved(ONE),), low=least, high=None)
    cases = (ValueCase(condition=given, terms=(moved(ONE, THREE, ONE),), constant=0),)
    policy = make_policy(TWO_DAYS, ValueDecision(name="due", label=LABEL, type=DATE, cases=cases))
    for day in range(FIRST, LAST + 1):
        known: dict[str, Domain] = {"day": (day, day), "other": (FIRST, FIRST)}
        assert differences(Asked(plan_of(policy), known), Possible(policy, known)) == [], day


def test_dates_that_may_be_too_many_days_to_try_are_named() -> None:
    far = WorkingDayShift(count=200, calendar=CALENDAR)
    terms = (moved(far, THREE, far), Term(factor=-1, quantity=Shifted(name="other", shifts=(far, ONE))))
    policy = met_by(Within(terms=terms, low=5, high=5))
    assert inexact_decisions(plan_of(policy)) == {"met": Inexact.SUMS}
