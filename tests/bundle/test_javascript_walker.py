"""The walker in JavaScript follows the plan of a period when it is told the days that follow from the date."""

import datetime
import itertools
import json

import pytest

from cso_rules.bundle.opened import Bundle
from cso_rules.engine.determine import determine
from cso_rules.engine.facts import domains as domains_of
from cso_rules.model.given_days import given_day
from cso_rules.plan.asked.answering import exact_result
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.building import plan_for
from tests.exactness import PARTS
from tests.generated_organizations import Generator
from tests.javascript_walker import given, result, walker

pytestmark = pytest.mark.services


@pytest.mark.parametrize("day", ["2025-12-31", "2026-03-31", "2028-02-29"])
@pytest.mark.parametrize("place", ["cn", "4103"])
def test_it_answers_as_the_engine_does_on_a_day_of_a_period(bundle: Bundle, place: str, day: str) -> None:
    policy, text = bundle.policy(as_of=day, jurisdiction=place), bundle.kept_plan(as_of=day, jurisdiction=place)
    known = [(name, given_day(name)) for name in json.loads(text)["rules"]["facts"]]
    days = {name: str(found.on(datetime.date.fromisoformat(day))) for name, found in known if found is not None}
    assert "as_of" in days
    with walker() as walked:
        walked.say("load", text=text)
        for one in itertools.islice(Generator.of(policy).organizations(20260301), 12):
            _, domains = domains_of(policy, one.facts, one.readings)
            facts, readings = given(policy, domains)
            said = walked.say("ask", facts={**facts, **days}, readings=readings)["decisions"]
            found, plan = determine(policy, one.facts, readings=one.readings), Asked(plan_for(policy), domains)
            settles = {(decision, fact.name) for fact in found.missing_facts for decision in fact.settles}
            assert settles == {(name, fact) for name, own in said.items() for fact in own["missing"]}
            for name, decision in policy.decisions.items():
                exact, own = exact_result(plan, decision), result(decision, said[name])
                differing = [
                    part for group in PARTS.values() for part in group if getattr(exact, part) != getattr(own, part)
                ]
                assert not differing, (name, said[name])
                assert said[name]["status"] == found[name].status.value
                assert said[name]["exact"]
