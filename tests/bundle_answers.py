"""Bundle and rule files asked the same: answers, missing facts, deciding rules, gaps and sentences."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from itertools import islice
from random import Random

from cso_rules.bundle.opened import Bundle
from cso_rules.determination import Determination, Status, to_json
from cso_rules.engine.determine import determine
from cso_rules.engine.gaps import changes_to
from cso_rules.explanation import explain
from cso_rules.loader.load import load_policy
from cso_rules.model.policy import Policy
from tests.generated_organizations import Generator

WITH_SENTENCES, WITH_GAPS = 10, 25
"""Of every so many organizations one is compared in its sentences, and in what leads to another answer."""
GAPS = {2, 3}
"""One of which all is known, and one with holes."""


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
    for number, one in enumerate(islice(Generator.of(policy).organizations(seed), count)):
        expected = determine(policy, one.facts, readings=one.readings)
        found = bundle.determine(one.facts, as_of=day, jurisdiction=place, entity=entity, readings=one.readings)
        for what, mine, its in _compared(bundle, found, expected, number):
            if mine != its:
                yield f"{what} of {place} on {day}, organization {number} of seed {seed}", one


def of_rule_files(place: str, day: datetime.date, entity: str | None = None) -> Policy:
    """Return the rules of a place and day from the rule files."""
    return load_policy("cn", as_of=day, jurisdiction=place, entity=entity)


def _compared(
    bundle: Bundle, found: Determination, expected: Determination, number: int
) -> Iterator[tuple[str, object, object]]:
    yield "answers", to_json(found), to_json(expected)
    yield "missing facts", found.missing_facts, expected.missing_facts
    for name, outcome in expected.outcomes.items():
        yield f"deciding rules of {name}", found[name].deciding_rules, outcome.deciding_rules
    if number % WITH_SENTENCES == 0:
        for language in ("zh", "en"):
            yield "sentences", bundle.explain(found, language), explain(expected, language)
    tier = expected.outcomes.get("tier")
    if number % WITH_GAPS in GAPS and tier is not None and tier.status is not Status.NO_RULE_IN_FORCE:
        gaps = changes_to(expected.policy, expected.known, "tier", "registered")
        yield "gaps", bundle.gaps(found, "tier", "registered"), gaps
