"""The rules of a period, with a day put in, are the rules of that day."""

import datetime
import itertools
import random
from collections.abc import Iterator

import attrs
import pytest

from cso_rules.loader.load import changing_days, declarations, entities, load_period, load_rules
from cso_rules.loader.packages import rule_set
from cso_rules.loader.text.conditions import condition
from cso_rules.loader.text.scope import Symbol, VariableSymbol
from cso_rules.model.civil_dates import calendar_of
from cso_rules.model.decisions import conditions_of
from cso_rules.model.expressions import Expression, Within, atoms
from cso_rules.model.given_days import DATE_OF_RULES, GivenDay, _PutIn, given_day, given_days, on_day, within_period
from cso_rules.model.origins import Origin
from cso_rules.model.policy import Policy
from cso_rules.model.types import Type
from tests.loader.scopes import Names, place

DATE = Type(kind="date", minimum=1, maximum=10**6)
FACTS: dict[str, Symbol] = {
    "founded_on": VariableSymbol(name="founded_on", type=DATE),
    "registered_on": VariableSymbol(name="registered_on", type=DATE),
    "members": VariableSymbol(name="members", type=Type(kind="integer", minimum=0, maximum=1000)),
}
YEAR = (datetime.date(2020, 1, 1).toordinal(), datetime.date(2021, 12, 31).toordinal())
CALENDAR = calendar_of([YEAR], [datetime.date(2020, 10, 1).toordinal()])
TEXTS = (
    'as_of < date("2020-06-01")',
    'as_of != date("2020-02-29") and members > 3',
    "as_of = founded_on or founded_on != as_of",
    'as_of >= registered_on + duration("P2Y1D")',
    'registered_on + duration("P1M") > as_of + duration("P1M")',
    "as_of - registered_on >= 30 + members",
    "2 * (registered_on - as_of) < founded_on - as_of",
    'as_of between founded_on and registered_on - duration("P6M")',
    "registered_on <= working_days(as_of, 5)",
    "working_days(founded_on, 20) < as_of",
    'registered_on <= next_day(5, 31) - duration("P5M") - duration("P6M")',
    "min(as_of, founded_on) > next_day([1, 4, 7, 10], 20)",
    "if as_of > founded_on then not(next_day(3, 31) = registered_on) else as_of - founded_on between 1 and 4",
)
DAYS = [datetime.date(2020, 1, 1), *(datetime.date(2020, month, 28) for month in range(1, 12))]
DAYS += [datetime.date(2020, 2, 29), datetime.date(2020, 3, 31), datetime.date(2020, 6, 1)]


class Open(Names):
    """A scope in which the date of the rules, and what follows from it, are variables."""

    def find(self, name: str) -> Symbol | None:
        return super().find(name) or (VariableSymbol(name=name, type=DATE) if given_day(name) else None)


def read(text: str, scope: Names) -> Expression:
    found, problems = condition(text, place, scope)
    assert found is not None, problems
    return found


def origins(*conditions: Expression) -> list[tuple[Origin | None, Origin | None]]:
    return [atom.origins for found in conditions for atom in atoms(found) if isinstance(atom, Within)]


@pytest.mark.parametrize("text", TEXTS)
def test_condition_of_a_period_becomes_that_of_each_day(text: str) -> None:
    open_days = read(text, Open(FACTS, DAYS[0], CALENDAR))
    for day in DAYS:
        days = {GivenDay(), GivenDay((3,), 31), GivenDay((5,), 31), GivenDay((1, 4, 7, 10), 20)}
        known = {given.name: given.on(day) for given in days}
        put_in = _PutIn({name: found.toordinal() for name, found in known.items() if found})
        found, expected = put_in.expression(open_days), read(text, Names(FACTS, day, CALENDAR))
        assert found == expected, day
        assert origins(found) == origins(expected), day


def test_condition_without_a_day_stays_the_same_object() -> None:
    found = read("members > 3 and founded_on < registered_on", Open(FACTS, DAYS[0]))
    assert _PutIn({"as_of": 1}).expression(found) is found


def test_day_of_which_no_year_has_the_name_is_refused_in_a_period_too() -> None:
    found, problems = condition("as_of < next_day(2, 30)", place, Open(FACTS, DAYS[0]))
    assert found is None
    assert [problem.code for problem in problems] == ["wrong-value"]


@pytest.mark.parametrize("given", [DATE_OF_RULES, GivenDay((5,), 31), GivenDay((1, 4, 7, 10), 20)])
def test_variable_tells_the_day_for_which_it_stands(given: GivenDay) -> None:
    assert given_day(given.name) == given
    assert given_day("founded_on") is None


def periods(place: str) -> Iterator[tuple[str, datetime.date, datetime.date, Policy]]:
    rules = rule_set("cn", place)
    found, _ = declarations(rules)
    days = [datetime.date(1990, 1, 1), *changing_days(found), datetime.date(2035, 1, 1)]
    for entity in entities(found):
        for first, following in itertools.pairwise(days):
            yield entity, first, following - datetime.timedelta(days=1), load_period(rules, first, entity=entity)


@pytest.mark.usefixtures("shown_sound")
@pytest.mark.parametrize("place", ["cn", "4103"])
def test_policy_of_a_period_is_on_each_day_the_policy_of_the_day(place: str) -> None:
    chance, rules = random.Random(f"days {place}"), rule_set("cn", place)  # noqa: S311 - made up
    for entity, first, last, policy in periods(place):
        for day in {first, last, first + chance.randrange((last - first).days + 1) * datetime.timedelta(days=1)}:
            found, expected = on_day(policy, day), load_rules(rules, day, entity=entity)
            assert attrs.evolve(found, listed=()) == attrs.evolve(expected, listed=()), (entity, day)
            assert [*found.decisions] == [*expected.decisions]
            assert on_day(within_period(policy, first, last), day) == found
            for name, decision in expected.decisions.items():
                conditions = conditions_of(found.decisions[name]), conditions_of(decision)
                assert origins(*conditions[0]) == origins(*conditions[1]), (entity, day, name)


def test_days_of_the_national_rules_are_known() -> None:
    policy = load_period(rule_set("cn"), datetime.date(2026, 1, 1))
    assert given_days(policy).keys() == {"as_of", "next_day([3],31)", "next_day([5],31)"}


def test_shift_of_a_day_that_no_calendar_covers_is_refused() -> None:
    found = read("registered_on <= working_days(as_of, 5)", Open(FACTS, DAYS[0], CALENDAR))
    day = datetime.date(2030, 1, 1).toordinal()
    with pytest.raises(ValueError, match="2030-01-01"):
        _PutIn({"as_of": day}).expression(found)
