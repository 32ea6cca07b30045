"""A date after working days that a calendar does not know is open, and the same one in all sums of it."""

import pytest

from cso_rules.engine.missing_facts import Open
from cso_rules.meaning.possible import Possible
from cso_rules.model.civil_dates import CalendarShift, Shifts, WorkingDayCalendar, WorkingDayShift
from cso_rules.model.decisions import CriteriaDecision, Rule
from cso_rules.model.expressions import Among, If, Shifted, Size, Term, Variable, Within
from cso_rules.model.types import Domain, Type
from tests.strategies import LABEL, make_policy

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
