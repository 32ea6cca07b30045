"""An invented city, in rule files alone, each thing once: terms by level, deadlines by reading, bodies by level.

Every executor answers by it as trying every completion of a record shows.
"""

import datetime
import random
from pathlib import Path

import attrs
import pytest

from cso_rules import determine
from cso_rules.analysis import scenario_runner
from cso_rules.executors.single import compiled, reference
from cso_rules.loader.load import check
from cso_rules.loader.load import load_policy as load_afresh
from cso_rules.meaning.possible import Possible
from cso_rules.model.decisions import TableDecision
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, Type
from tests.exactness import differing_results

CITY = Path(__file__).parent.parent / "packages" / "lantern_city"
DAY = datetime.date(2024, 6, 1)
NARROW = {"area": (0, 2), "members": (4, 50), "staff": (0, 3)}
"""Bounds within which everything about a number can be tried."""
FIRST_DAYS = {"filed_on": "2021-05-30", "applied_on": "2024-01-30", "lease_ends_on": "2023-05-31"}


@pytest.fixture(name="city", scope="module")
def policy_of_the_city() -> Policy:
    return load_afresh(CITY, as_of=DAY)


def test_nothing_is_wrong_with_the_rules_but_that_terms_and_leases_are_compared() -> None:
    assert {(fault.code, fault.severity) for fault in check(CITY)} == {("not-shown", "warning")}


def test_every_scenario_of_the_city_passes() -> None:
    results = scenario_runner.run(CITY)
    assert [(found.title, found.failures) for found in results if found.failures] == []
    assert len(results) == 11


def test_a_row_that_follows_a_decision_stands_for_each_of_its_values(city: Policy) -> None:
    decision = city.decisions["responsibilities"]
    assert isinstance(decision, TableDecision)
    assert [rule.id for rule in decision.rules] == ["files.district_office", "files.town_hall", "files.group", "funds"]
    assert {rule.written for rule in decision.rules} == {"files", "funds"}


def test_an_addressee_follows_a_decision_too(city: Policy) -> None:
    decision = city.decisions["duties"]
    assert isinstance(decision, TableDecision)
    assert [rule.addressee for rule in decision.rules] == ["district_office", "town_hall", "group", "group", "group"]


def test_due_dates_are_decisions_of_their_own(city: Policy) -> None:
    assert city.decisions["duties_renew_due"].label.zh == "到期前三个月续期的期限"
    assert city.decisions["duties_report_due"].type.kind == "date"


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("executor", [compiled, reference], ids=["compiled", "reference"])
def test_answers_are_those_that_some_completion_gives(executor: object, city: Policy, seed: int) -> None:
    policy, record = narrowed(city), random_record(city, random.Random(seed))  # noqa: S311 - not for secrets
    found = executor.evaluate(policy, record)  # type: ignore[attr-defined]
    differences = list(differing_results(Possible(policy, record), found, with_reasons=False))
    named = {"filing_expires_on", "duties_renew_due"}
    assert [each for each in differences if each.kind == "unsound" or each.decision not in named] == []


def narrowed(policy: Policy) -> Policy:
    """The rules about facts of few values."""
    facts = {name: attrs.evolve(fact, type=narrow(name, fact.type)) for name, fact in policy.facts.items()}
    return attrs.evolve(policy, facts=facts)


def narrow(name: str, kind: Type) -> Type:
    if name in FIRST_DAYS:
        first = datetime.date.fromisoformat(FIRST_DAYS[name]).toordinal()
        return attrs.evolve(kind, minimum=first, maximum=first + 3)
    low, high = NARROW.get(name, (kind.minimum, kind.maximum))
    return attrs.evolve(kind, minimum=low, maximum=high)


def random_record(policy: Policy, chance: random.Random) -> dict[str, Domain]:
    """Three facts and the reading are unknown at most, so that everything can be tried."""
    unknown = set(chance.sample(sorted(policy.facts), 3))
    record: dict[str, Domain] = {name: reading.type.everything for name, reading in policy.readings.items()}
    for name, fact in narrowed(policy).facts.items():
        record[name] = fact.type.everything if name in unknown else one_of(fact.type, chance)
    return record


def one_of(kind: Type, chance: random.Random) -> Domain:
    if kind.is_numeric:
        value = chance.randint(kind.minimum, kind.maximum)
        return value, value
    return 1 << chance.randrange(len(kind.names))


def test_a_list_in_the_order_of_its_outputs_is_told_so(city: Policy) -> None:
    facts = {
        "form": "association", "area": 1, "members": 20, "is_exempt": False, "filed_on": datetime.date(2024, 3, 1),
        "applied_on": datetime.date(2024, 1, 31), "lease_ends_on": datetime.date(2030, 1, 1),
    }  # fmt: skip
    found = determine(city, facts)["duties"]
    assert [columns[""] for _, columns, _ in found.items] == ["report", "renew", "decide"]


def test_an_answer_cites_the_case_that_is_met(city: Policy) -> None:
    found = determine(city, {"serves_old": True, "serves_young": False, "staff": 0})
    assert found["grant"].value == 500
    assert [citation.provision for citation in found["grant"].citations] == ["art7"]
