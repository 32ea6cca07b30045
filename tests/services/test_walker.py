"""The walker in JavaScript answers as trying everything shows, and as the engine does by the rules of places."""

import itertools
import random
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs
import pytest

from cso_rules.engine.cache import load_policy
from cso_rules.engine.determine import determine
from cso_rules.engine.facts import domains as domains_of
from cso_rules.engine.gaps import gaps, possible_gaps
from cso_rules.meaning.possible import Possible
from cso_rules.model.decisions import CriteriaDecision, Rule, TableDecision, ValueCase, ValueDecision
from cso_rules.model.expressions import Not, Term, Variable, Within
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, Type, Value, is_known
from cso_rules.plan.asked.answering import exact_result
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.building import plan_for, plan_of
from cso_rules.plan.kept.written import to_json
from cso_rules.results import deciding_bits, status_of
from tests.engine.test_gaps_against_meaning import stern_policy
from tests.exactness import (
    PARTS,
    Difference,
    differing_questions,
    differing_results,
    expected_status,
    facts_that_matter,
)
from tests.generated_organizations import Generator
from tests.javascript_walker import Said, Walker, given, minified, result, same_gaps, walker
from tests.plan.test_kept import seeded
from tests.plan.test_open_dates import FIRST, LAST, ONE, THREE, TWO_DAYS, met_by, moved
from tests.small_policies import small_policy, small_record
from tests.strategies import DATE, LABEL, make_policy

pytestmark = pytest.mark.services
PLACES = ("cn", "cn-11", "cn-44", "cn-4403", "cn-50", "cn-rural-associations")
LARGEST_PUBLISHED = 20_000
DAYS = ("2018-06-01", "2022-03-01", "2026-01-01")


@pytest.fixture(scope="module", params=["node", "browser"])
def walked(request: pytest.FixtureRequest) -> Iterator[Walker]:
    with walker(is_in_browser=request.param == "browser") as started:
        yield started


# ------------------------------------------------------------------------------------------ answers


@pytest.mark.parametrize("start", range(0, 120, 20))
def test_it_answers_what_trying_everything_shows(walked: Walker, start: int) -> None:
    for seed in range(start, start + 20):
        chance = seeded(seed)
        policy = small_policy(chance)
        walked.say("load", text=to_json(plan_of(policy)))
        for _ in range(5):
            assert differences(walked, Possible(policy, small_record(policy, chance))) == [], f"seed {seed}"


@pytest.mark.parametrize("day", range(FIRST, LAST + 1))
def test_an_open_day_is_the_same_wherever_it_is_reached(walked: Walker, day: int) -> None:
    for least in range(FIRST + 2, LAST + 3):
        own, other = (Within(terms=(moved(ONE, name=name),), low=least, high=None) for name in ("day", "other"))
        later = Within(terms=(moved(ONE, THREE, ONE),), low=None, high=least + 4)
        for conditions in ((own, later), (Not(operand=own), other), (Not(operand=own), Not(operand=later))):
            policy = met_by(*conditions)
            walked.say("load", text=to_json(plan_of(policy)))
            known: dict[str, Domain] = {"day": (day, day), "other": (day, day)}
            assert differences(walked, Possible(policy, known)) == [], least


@pytest.mark.parametrize("most", range(FIRST + 3, LAST + 3))
def test_a_computed_date_follows_from_the_open_days_with_which_it_is_given(walked: Walker, most: int) -> None:
    given_until = Within(terms=(moved(ONE, name="other"),), low=None, high=most)
    cases = (ValueCase(condition=given_until, terms=(moved(THREE, ONE, ONE),), constant=0),)
    policy = make_policy(TWO_DAYS, ValueDecision(name="due", label=LABEL, type=DATE, cases=cases))
    walked.say("load", text=to_json(plan_of(policy)))
    for day, other in itertools.product(range(FIRST, LAST + 1), repeat=2):
        known: dict[str, Domain] = {"day": (day, day), "other": (other, other)}
        assert differences(walked, Possible(policy, known)) == [], (day, other)


def differences(walked: Walker, possible: Possible) -> list[Difference]:
    """Return where answers, rules, deciding rows, statuses and missing facts are not exact."""
    policy, matter = possible.policy, facts_that_matter(possible)
    said = asked(walked, policy, possible.domains)
    found = {name: result(decision, said[name]) for name, decision in policy.decisions.items()}
    wrong = list(differing_results(possible, found))
    for name, decision in policy.decisions.items():
        expected = expected_status(possible, decision, matter[name]).value
        if said[name]["status"] != expected:
            wrong.append(Difference(name, "status", "inexact", said[name]["status"], expected))
        wanted = matter[name] if expected == "undetermined" else ()
        wrong += differing_questions({name: wanted}, {name: said[name]["missing"]})
    return wrong


def asked(walked: Walker, policy: Policy, domains: Mapping[str, Domain]) -> dict[str, Said]:
    facts, readings = given(policy, domains)
    found: dict[str, Said] = walked.say("ask", facts=facts, readings=readings)["decisions"]
    return found


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("place", PLACES)
def test_it_answers_as_the_engine_does_by_the_rules_of_places(walked: Walker, place: str, day: str) -> None:
    policy = load_policy(Path("policies") / place, as_of=day)
    walked.say("load", text=to_json(plan_for(policy)))
    organizations = enumerate(Generator.of(policy).organizations(20171227))
    for number, organization in itertools.islice(organizations, 12):
        facts = halved(organization.facts, seeded(number)) if number % 4 == 3 else organization.facts
        readings = organization.readings if number % 8 < 4 else {}
        assert list(differing_from_engine(walked, policy, facts, readings)) == [], number


def halved(facts: Mapping[str, Value], chance: random.Random) -> dict[str, Value]:
    return {name: value for name, value in facts.items() if chance.random() < 0.5}


def differing_from_engine(
    walked: Walker, policy: Policy, facts: Mapping[str, Value], readings: Mapping[str, str]
) -> Iterator[tuple[object, ...]]:
    _, domains = domains_of(policy, facts, readings)
    said, plan = asked(walked, policy, domains), Asked(plan_for(policy), domains)
    found = determine(policy, facts, readings=readings)
    settles = {(decision, fact.name) for fact in found.missing_facts for decision in fact.settles}
    if settles != {(name, fact) for name, own in said.items() for fact in own["missing"]}:
        yield ("missing", settles)
    for name, decision in policy.decisions.items():
        exact, own = exact_result(plan, decision), result(decision, said[name])
        deciding = deciding_bits(decision, status_of(decision, exact), exact)
        parts = [part for group in PARTS.values() for part in group]
        differing = [part for part in parts if getattr(exact, part) != getattr(own, part)]
        if differing or said[name]["status"] != found[name].status.value or own.deciding_rules != deciding:
            yield name, differing, said[name], exact
        assert said[name]["exact"]


def test_it_answers_whole_records_by_one_answer(walked: Walker) -> None:
    policy = load_policy("cn", as_of="2026-01-01")
    walked.say("load", text=to_json(plan_for(policy)))
    facts = next(own.facts for own in Generator.of(policy).organizations(1) if own.is_complete)
    readings = {name: reading.type.values[0] for name, reading in policy.readings.items()}
    said = asked(walked, policy, domains_of(policy, facts, readings)[1])
    assert {own["status"] for own in said.values()} <= {"determined", "no_rule_in_force"}


# ------------------------------------------------------------------------------------------ values in and out


GREAT = 10**20
AMOUNT = Type(kind="money", scale=2, minimum=-GREAT, maximum=GREAT)
COUNT = Type(kind="integer", minimum=-GREAT, maximum=GREAT)


def beyond() -> Policy:
    """Rules with numbers that JavaScript would round."""
    both = (Term(factor=1, quantity=Variable(name="one")), Term(factor=1, quantity=Variable(name="two")))
    rule = Rule(id="enough", label=LABEL, condition=Within(terms=both, low=2 * 10**17 + 1, high=None))
    amount = ValueDecision(name="both", label=LABEL, type=COUNT, cases=(ValueCase(terms=both, constant=1),))
    criteria = CriteriaDecision(name="is_enough", label=LABEL, rules=(rule,))
    return make_policy({"one": COUNT, "two": COUNT, "paid": AMOUNT}, criteria, amount)


@pytest.mark.parametrize(("one", "is_enough"), [("100000000000000000", False), ("100000000000000001", True)])
def test_numbers_beyond_what_is_exact_are_exact(walked: Walker, *, one: str, is_enough: bool) -> None:
    walked.say("load", text=to_json(plan_of(beyond())))
    said = walked.say("ask", facts={"one": one, "two": "100000000000000000"})["decisions"]
    assert said["is_enough"]["answer"] is is_enough
    assert said["both"]["low"] == said["both"]["high"] == str(int(one) + 10**17 + 1)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"nothing": 1}, "no fact nothing"),
        ({"one": "1.5"}, "no such number"),
        ({"one": 2**53}, "as text"),
        ({"one": "1" + "0" * 30}, "out of range"),
        ({"one": {"least": 2, "greatest": 1}}, "nothing is between"),
        ({"paid": "0.001"}, "no such number"),
        ({"paid": "1e3"}, "no such number"),
    ],
)
def test_what_cannot_be_is_refused(walked: Walker, facts: Said, words: str) -> None:
    walked.say("load", text=to_json(plan_of(beyond())))
    with pytest.raises(AssertionError, match=words):
        walked.say("ask", facts=facts)


# ------------------------------------------------------------------------------------------ what to ask


def test_it_asks_in_the_given_order_for_what_matters(walked: Walker) -> None:
    policy = load_policy("cn", as_of="2026-01-01")
    walked.say("load", text=to_json(plan_for(policy)))
    facts, readings = given(policy, domains_of(policy, {"individual_members": 60})[1])
    missing = walked.say("ask", facts=facts, readings=readings)["decisions"]["tier"]["missing"]
    order = sorted(missing, reverse=True)
    assert walked.say("next", facts=facts, readings=readings, goals=["tier"], order=order) == order
    assert set(walked.say("next", facts=facts, readings=readings, goals=["tier"])) == set(missing)


def test_what_releases_publish_is_one_module_of_less_than_20_kb() -> None:
    published = minified()
    assert len(published) < LARGEST_PUBLISHED
    assert b"import" not in published
    assert re.search(rb"export\{|export function", published)


# ------------------------------------------------------------------------------------------ smallest changes


@pytest.mark.parametrize("start", range(0, 90, 30))
def test_the_smallest_changes_are_those_of_the_engine(walked: Walker, start: int) -> None:
    for seed in range(start, start + 30):
        chance = seeded(seed)
        policy = stern_policy(chance)
        domains = small_record(policy, chance, holes=0.15)
        free = {name for name in policy.facts if is_known(domains[name]) and chance.random() < 0.6}
        policy = attrs.evolve(
            policy, facts={name: attrs.evolve(fact, is_changeable=name in free) for name, fact in policy.facts.items()}
        )
        walked.say("load", text=to_json(plan_of(policy)))
        for name, value, is_certain in wanted_of(policy):
            assert_gaps(walked, policy, domains, (name, value, is_certain))


def wanted_of(policy: Policy) -> Iterator[tuple[str, str, bool]]:
    for name, decision in policy.decisions.items():
        if isinstance(decision, CriteriaDecision | TableDecision):
            yield from ((name, value, is_certain) for value in decision.type.names for is_certain in (True, False))


def assert_gaps(walked: Walker, policy: Policy, domains: Mapping[str, Domain], wanted: tuple[str, str, bool]) -> None:
    """Hold alternatives to those of the engine."""
    name, value, is_certain = wanted
    facts, readings = given(policy, domains)
    free = [own for own, fact in policy.facts.items() if fact.is_changeable and is_known(domains[own])]
    question = {"readings": readings, "decision": name, "value": value, "certain": is_certain}
    found = walked.say("gaps", facts=facts, changeable=free, **question)
    encoded = policy.decisions[name].type
    function = gaps if is_certain else possible_gaps
    expected = function(policy, domains, name, value == "true" if encoded.kind == "boolean" else value)
    assert same_gaps(policy, found, expected)


@pytest.mark.parametrize("place", PLACES[:3])
def test_the_smallest_changes_by_the_rules_of_places_are_those_of_the_engine(walked: Walker, place: str) -> None:
    whole = load_policy(Path("policies") / place, as_of="2026-01-01")
    policy = attrs.evolve(whole, constraints=())  # which facts contradict one another is not in a plan
    walked.say("load", text=to_json(plan_for(policy)))
    for organization in itertools.islice(Generator.of(whole).organizations(7), 6):
        _, domains = domains_of(whole, organization.facts, organization.readings)
        assert_gaps(walked, policy, domains, ("tier", "registered", True))
        assert_gaps(walked, policy, domains, ("tier", "registered", False))
