"""Bundle and rule files asked the same: answers, missing facts, deciding rules, gaps and sentences."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping
from itertools import islice
from random import Random
from typing import Any

import attrs

from cso_rules.bundle.opened import Bundle
from cso_rules.determination import Determination, Status, to_json
from cso_rules.engine.determine import determine
from cso_rules.engine.facts import domains as domains_of
from cso_rules.engine.gaps import changes_to, gaps
from cso_rules.explanation import explain
from cso_rules.loader.load import load_policy
from cso_rules.model.given_days import given_day
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, is_known
from cso_rules.plan.asked.answering import exact_result
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.building import plan_for
from cso_rules.results import deciding_bits, status_of
from tests.exactness import PARTS
from tests.generated_organizations import Generator
from tests.javascript_walker import Said, Walker, given, result, same_gaps

WITH_CITATIONS, WITH_SENTENCES, WITH_GAPS = 5, 10, 25
"""Of every so many organizations one is compared in its citations, in its sentences, in its gaps."""
GAPS = {2, 3}
"""One of which all is known, and one with holes."""
ALL = [part for parts in PARTS.values() for part in parts]
"""What a result says of a decision."""


def days_of(bundle: Bundle, place: str, chance: Random, each: int = 1) -> list[datetime.date]:
    """Return the first and the last day of every period of a place, and some days in it."""
    found: set[datetime.date] = set()
    for period in bundle.content["places"][place]:
        first = datetime.date.fromisoformat(period["from"])
        until = period["until"] and datetime.date.fromisoformat(period["until"])
        last = until - datetime.timedelta(days=1) if until else first + datetime.timedelta(days=5000)
        found |= {first, last}
        found |= {first + datetime.timedelta(days=chance.randint(0, (last - first).days)) for _ in range(each)}
    return sorted(found)


def differences(
    bundle: Bundle, place: str, day: datetime.date, entity: str, count: int, seed: int = 0
) -> Iterator[tuple[str, object]]:
    """Yield what a bundle answers otherwise than the rule files do, with the facts, for generated organizations."""
    policy = of_rule_files(place, day, entity)
    bundle.policy(as_of=day, jurisdiction=place, entity=entity, is_kept=False)
    for number, one in enumerate(islice(Generator.of(policy).organizations(seed), count)):
        expected = determine(policy, one.facts, readings=one.readings)
        found = bundle.determine(one.facts, as_of=day, jurisdiction=place, entity=entity, readings=one.readings)
        for what, mine, its in _compared(bundle, found, expected, number):
            if mine != its:
                yield f"{what} of {place} on {day}, organization {number} of seed {seed}", one


def followed_differences(
    walked: Walker, bundle: Bundle, place: str, day: datetime.date, entity: str, count: int, seed: int = 0
) -> Iterator[tuple[str, object]]:
    """Yield what the walker in JavaScript finds in the plan of a period otherwise than the rule files have it."""
    policy, text = of_rule_files(place, day, entity), bundle.kept_plan(as_of=day, jurisdiction=place, entity=entity)
    names = json.loads(text)["rules"]["facts"]
    days = {name: str(given_on.on(day)) for name in names if (given_on := given_day(name)) is not None}
    walked.say("load", text=text)
    without = attrs.evolve(policy, constraints=())  # which facts contradict one another is not in a plan
    for number, one in enumerate(islice(Generator.of(policy).organizations(seed), count)):
        _, domains = domains_of(policy, one.facts, one.readings)
        told, readings = given(policy, domains)
        asked: dict[str, Any] = {"facts": told | days, "readings": readings}
        said = walked.say("ask", **asked)["decisions"]
        found = determine(policy, one.facts, readings=one.readings)
        for what, mine, its in _followed(policy, domains, found, said):
            if mine != its:
                yield f"{what} of {place} on {day}, organization {number} of seed {seed}, followed", one
        if number % WITH_GAPS in GAPS and "tier" in policy.decisions and said["tier"]["status"] != "no_rule_in_force":
            free = [name for name, fact in policy.facts.items() if fact.is_changeable and is_known(domains[name])]
            asked |= {"decision": "tier", "value": "registered", "changeable": free}
            if not same_gaps(without, walked.say("gaps", **asked), gaps(without, domains, "tier", "registered")):
                yield f"gaps of {place} on {day}, organization {number} of seed {seed}, followed", one


def _followed(
    policy: Policy, domains: Mapping[str, Domain], found: Determination, said: Said
) -> Iterator[tuple[str, object, object]]:
    settles = {(decision, fact.name) for fact in found.missing_facts for decision in fact.settles}
    yield "missing facts", {(name, fact) for name, own in said.items() for fact in own["missing"]}, settles
    plan = Asked(plan_for(policy), domains)
    for name, decision in policy.decisions.items():
        exact, own = exact_result(plan, decision), result(decision, said[name])
        status = status_of(decision, exact)
        yield f"answer of {name}", [getattr(own, part) for part in ALL], [getattr(exact, part) for part in ALL]
        yield f"deciding rules of {name}", own.deciding_rules, deciding_bits(decision, status, exact)
        yield f"status of {name}", said[name]["status"], found[name].status.value
        yield f"exactness of {name}", said[name]["exact"], True


def of_rule_files(place: str, day: datetime.date, entity: str | None = None) -> Policy:
    """Return the rules of a place and day from the rule files."""
    return load_policy("cn", as_of=day, jurisdiction=place, entity=entity)


def _compared(
    bundle: Bundle, found: Determination, expected: Determination, number: int
) -> Iterator[tuple[str, object, object]]:
    yield "answers", found.outcomes, expected.outcomes
    if number % WITH_CITATIONS == 0:
        yield "answers with citations", to_json(found), to_json(expected)
    yield "missing facts", found.missing_facts, expected.missing_facts
    for name, outcome in expected.outcomes.items():
        yield f"deciding rules of {name}", found[name].deciding_rules, outcome.deciding_rules
    if number % WITH_SENTENCES == 0:
        for language in ("zh", "en"):
            yield "sentences", bundle.explain(found, language), explain(expected, language)
    tier = expected.outcomes.get("tier")
    if number % WITH_GAPS in GAPS and tier is not None and tier.status is not Status.NO_RULE_IN_FORCE:
        changes = changes_to(expected.policy, expected.known, "tier", "registered")
        yield "gaps", bundle.gaps(found, "tier", "registered"), changes
