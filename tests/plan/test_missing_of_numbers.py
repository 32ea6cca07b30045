"""A fact is asked for only where the number changes with it, also where several cases can give the same one."""

import random
from datetime import date

import pytest

from cso_rules.meaning.possible import Possible
from cso_rules.model.civil_dates import CalendarShift
from cso_rules.model.decisions import ValueCase, ValueDecision
from cso_rules.model.expressions import Among, And, Constant, Expression, Lookup, Not, Shifted, Term, Variable, Within
from cso_rules.model.policy import Policy
from cso_rules.model.types import BOOLEAN, TRUE, Domain, Type
from cso_rules.plan.asked.missing import missing
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.building import Inexact, plan_of
from cso_rules.plan.shown.exactness import inexact_decisions
from tests.sampled import sampled
from tests.strategies import DATE, LABEL, make_policy

NUMBER, COLOUR = Type(kind="integer", maximum=3), Type(kind="enumeration", values=("red", "green", "blue"))
FACTS = {"is_big": BOOLEAN, "colour": COLOUR, "own": NUMBER, "other": NUMBER}
IS_BIG, ALWAYS = Among(name="is_big", bits=TRUE), Constant(value=True)
OWN, OTHER = Term(factor=1, quantity=Variable(name="own")), Term(factor=1, quantity=Variable(name="other"))


def case(condition: Expression, *terms: Term, constant: int = 0) -> ValueCase:
    return ValueCase(condition=condition, terms=terms, constant=constant)


def policy_of(*cases: ValueCase, kind: Type = NUMBER) -> Policy:
    facts = FACTS if kind is NUMBER else {"is_big": BOOLEAN, "day": DATE}
    return make_policy(facts, ValueDecision(name="fee", label=LABEL, type=kind, cases=cases))


def asked_for(policy: Policy, **known: Domain) -> frozenset[str]:
    domains = {name: known.get(name, own.type.everything) for name, own in policy.facts.items()}
    found = missing(Asked(plan_of(policy), domains), "fee")
    assert found == {name for name in domains if Possible(policy, domains).matters(name, "fee")}
    return found


def test_what_leads_to_another_case_is_not_asked_for_where_the_number_stays() -> None:
    policy = policy_of(case(IS_BIG, constant=2), case(ALWAYS, OWN))
    assert asked_for(policy, own=(2, 2)) == frozenset()
    assert asked_for(policy, own=(1, 1)) == {"is_big"}
    assert asked_for(policy, own=(1, 2)) == {"is_big", "own"}


def test_what_a_case_adds_up_is_not_asked_for_where_its_condition_holds_it_at_the_number_of_another() -> None:
    is_two = Within(terms=(OWN,), low=2, high=2)
    assert asked_for(policy_of(case(is_two, OWN), case(ALWAYS, constant=2))) == frozenset()
    assert asked_for(policy_of(case(is_two, OWN), case(ALWAYS, constant=1))) == {"own"}


def test_sums_of_a_condition_bind_what_a_case_adds_up() -> None:
    together = Within(terms=(OWN, OTHER), low=3, high=3)
    policy = policy_of(case(together, OWN, OTHER), case(ALWAYS, constant=3))
    assert asked_for(policy) == frozenset()


def test_days_that_come_to_the_same_one_are_not_told_apart() -> None:
    month_later = Term(factor=1, quantity=Shifted(name="day", shifts=(CalendarShift(months=1),)))
    policy = policy_of(case(ALWAYS, month_later), kind=DATE)
    thirtieth, last = date(2023, 1, 30).toordinal(), date(2023, 1, 31).toordinal()
    assert asked_for(policy, day=(thirtieth, last)) == frozenset()
    assert asked_for(policy, day=(thirtieth - 3, last)) == {"day"}


def test_a_decision_is_named_whose_cases_move_a_date_by_different_ways() -> None:
    """Whether they ever come to different days is not found out for every date."""
    once, twice = (Shifted(name="day", shifts=(CalendarShift(months=own),) * count) for own, count in ((2, 1), (1, 2)))
    cases = [case(condition, Term(factor=1, quantity=own)) for condition, own in ((IS_BIG, once), (ALWAYS, twice))]
    assert inexact_decisions(plan_of(policy_of(*cases, kind=DATE))) == {"fee": Inexact.SUMS}
    assert inexact_decisions(plan_of(policy_of(*cases[:1], kind=DATE))) == {}


@pytest.mark.generated
@pytest.mark.parametrize("start", sampled(range(0, 400, 20)))
def test_missing_facts_of_small_numbers_are_those_that_change_them(start: int) -> None:
    for seed in range(start, start + 20):
        chance = random.Random(seed)  # noqa: S311 - not for secrets
        policy = policy_of(*(random_case(chance) for _ in range(chance.randint(2, 3))))
        for _ in range(4):
            known = {name: random_domain(chance, own) for name, own in FACTS.items() if chance.random() < 0.5}
            asked_for(policy, **known)


def random_case(chance: random.Random) -> ValueCase:
    terms = [term for term in (OWN, OTHER, random_lookup(chance)) if chance.random() < 0.4]
    return case(random_condition(chance, 2), *terms, constant=chance.randint(0, 3))


def random_condition(chance: random.Random, depth: int) -> Expression:
    if depth and chance.random() < 0.5:
        parts = (random_condition(chance, depth - 1), random_condition(chance, depth - 1))
        return And(operands=parts) if chance.random() < 0.5 else Not(operand=And(operands=parts))
    terms = tuple(Term(factor=chance.choice((1, 1, -1, 2)), quantity=own.quantity) for own in (OWN, OTHER))
    low = chance.randint(0, 4)
    return chance.choice(
        (
            ALWAYS,
            IS_BIG,
            Among(name="colour", bits=chance.randint(1, 6)),
            Within(terms=terms[: chance.randint(1, 2)], low=low, high=low + chance.randint(0, 2)),
        )
    )


def random_lookup(chance: random.Random) -> Term:
    return Term(factor=1, quantity=Lookup(name="colour", numbers=tuple(chance.randint(0, 2) for _ in COLOUR.values)))


def random_domain(chance: random.Random, own: Type) -> Domain:
    if own is not NUMBER:
        return chance.randrange(1, 1 << len(own.names))
    low = chance.randint(0, 3)
    return low, chance.randint(low, 3)
