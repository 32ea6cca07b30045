"""Two decisions of one answer name one body for one act, and no rule is cited that does not decide, in every place."""

import datetime
from functools import cache
from itertools import islice

import pytest

from cso_rules import determine, load_policy
from cso_rules.loader.packages import neighbours, package_path
from cso_rules.model.decisions import TableDecision
from cso_rules.model.policy import Policy
from tests.consistent_answers import ACTS, ONE_DECISION_ALONE, Citations, acts_of, disagreements
from tests.generated_organizations import Generator
from tests.sampled import sampled

pytestmark = pytest.mark.usefixtures("asked_once", "shown_sound")

NATIONAL = package_path("cn")
PACKAGES = (NATIONAL, *neighbours(NATIONAL))
DAYS = tuple(datetime.date(*day) for day in [(2018, 6, 1), (2022, 7, 1), (2024, 10, 1), (2026, 2, 1)])
ENTITIES = load_policy("cn", as_of=DAYS[0]).presentation.entities.names
EARLIER = datetime.date(2012, 5, 10)
SAMPLE = [
    *((NATIONAL.name, day) for day in (EARLIER, *DAYS)),
    *((path.name, DAYS[1]) for path in PACKAGES[1:]),
    ("cn-4403", EARLIER),
    ("cn-rural-associations", EARLIER),
]
"""The two places have responsibilities of their own before the national ones."""
SEED, NATIONALLY, LOCALLY = 20171227, (240, 120), (100, 32)
"""How many organizations are asked about, and of how many of them the citations are looked at, which takes longest."""


@cache
def policy(package: str, day: datetime.date) -> Policy:
    return load_policy(package, as_of=day)


@pytest.mark.generated
@pytest.mark.parametrize(("path", "day"), SAMPLE, ids=str)
def test_decisions_agree_on_bodies_and_cite_no_rule_that_does_not_decide(path: str, day: datetime.date) -> None:
    rules = policy(path, day)
    citations = Citations.of(rules)
    numbers = NATIONALLY if path == NATIONAL.name else LOCALLY
    count, cited = (len(sampled(range(all_), are_slow=True)) for all_ in numbers)
    for place, made in enumerate(islice(Generator.of(rules).organizations(SEED), count)):
        # Each policy meets few organizations: compiling a program for it would cost more.
        found = determine(rules, made.facts, readings=made.readings, ask=False, engine="reference")
        assert disagreements(found) == [], made
        assert place >= cited or citations.idle(found) == [], made


@pytest.mark.parametrize(("path", "day"), SAMPLE, ids=str)
def test_every_act_of_a_body_is_compared_or_named_by_one_decision_alone(path: str, day: datetime.date) -> None:
    assert acts_of(policy(path, day).decisions) <= ACTS.keys() | ONE_DECISION_ALONE


@pytest.mark.parametrize("column", ["body", "provider", "addressee"])
def test_whoever_acts_is_the_one_addressed(column: str) -> None:
    """Steps are left out: the organization is told to apply to a body."""
    rows = [
        (f"{name}/{rule.id}", dict(decision.outputs[rule.output])[column], rule.addressee)
        for entity in ENTITIES
        for name, decision in load_policy("cn", as_of=datetime.date(2022, 7, 1), entity=entity).decisions.items()
        if isinstance(decision, TableDecision) and column in dict(decision.columns) and name != "next_actions"
        for rule in decision.rules
    ]
    assert rows
    assert [row for row in rows if row[1] != row[2]] == []


def test_who_decides_reports_or_reviews_is_the_body_of_the_step() -> None:
    decision = policy(NATIONAL.name, datetime.date(2018, 6, 1)).decisions["next_actions"]
    assert isinstance(decision, TableDecision)
    columns = [(dict(decision.outputs[rule.output]), rule.addressee) for rule in decision.rules]
    own = [(values["body"], addressed) for values, addressed in columns if addressed != "community_social_organization"]
    assert own
    assert all(body == addressed for body, addressed in own)
