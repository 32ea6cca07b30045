"""The rules that a page holds for all days are, on a day, those of the library: what is told, and what is answered."""

import datetime
import json
from collections.abc import Iterator
from typing import Any

import pytest

from cso_rules.engine.cache import load_policy
from cso_rules.engine.determine import determine
from cso_rules.page.builder import sentences_of
from cso_rules.page.held import held
from cso_rules.page.rules_json import published_addresses, rules_json
from tests.javascript_page import modules
from tests.javascript_walker import Said, Walker
from tests.page_of_places import bundle_of
from tests.services.test_page_answers import differing, generated, stated

pytestmark = pytest.mark.services
FIRST = "2025-06-01"
PLACES = ("4103", "4403", "310101")
FEW = 20
DAYS = ("2025-06-01", "2026-03-31", "2026-11-27", "2028-02-29")


@pytest.fixture(scope="module")
def page() -> Iterator[Walker]:
    codes = [code if code != "310101" else "31" for code in PLACES]
    document = held(bundle_of(*codes, first=FIRST), ["cn", *PLACES], "cn")
    words = {language: sentences_of(language) for language in ("zh", "en")}
    with modules() as started:
        started.say("load", document=None, sentences=words)
        started.say("hold", places=document.places, rules=document.rules)
        yield started


def cited(part: Any, citations: list[Any]) -> Any:
    """Return a part of the rules with citations instead of their numbers."""
    if isinstance(part, dict):
        return {
            name: [citations[at] for at in own] if name in {"cites", "presumedBy"} else cited(own, citations)
            for name, own in part.items()
        }
    return [cited(own, citations) for own in part] if isinstance(part, list) else part


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("place", ["cn", *PLACES])
def test_what_it_tells_on_a_day_is_what_the_rules_of_that_day_say(page: Walker, place: str, day: str) -> None:
    policy = load_policy("cn", as_of=day, jurisdiction=None if place == "cn" else place)
    expected: Said = json.loads(json.dumps(rules_json(policy, published_addresses(policy, "cn"))))
    said = page.say("open", place=place, day=day)
    assert said["days"]["as_of"] == day
    for name in set(expected) - {"plan", "citations"}:
        assert cited(said[name], said["citations"]) == cited(expected[name], expected["citations"]), name


@pytest.mark.parametrize("place", ["cn", *PLACES])
def test_its_plans_are_those_of_the_bundle(page: Walker, place: str) -> None:
    codes = [code if code != "310101" else "31" for code in PLACES]
    expected = json.loads(bundle_of(*codes, first=FIRST).kept_plan(as_of=DAYS[1], jurisdiction=place))
    said = page.say("open", place=place, day=DAYS[1])["plan"]
    for name in ("package", "entity"):
        del expected["rules"][name]
    assert said == expected


@pytest.mark.parametrize("day", DAYS[1:])
@pytest.mark.parametrize("place", ["cn", "4103"])
def test_its_answers_and_questions_are_those_of_the_library_on_a_day(page: Walker, place: str, day: str) -> None:
    policy = load_policy("cn", as_of=day, jurisdiction=None if place == "cn" else place)
    page.say("open", place=place, day=day)
    for facts, readings in generated(policy, int(day.replace("-", "")), FEW):
        found = determine(policy, facts, readings=readings)
        said = page.say("stand", stated=stated(policy, facts), readings=dict(readings))
        assert list(differing(policy, found, said["outcomes"])) == []
        assert [(own["name"], own["settles"]) for own in said["missing"]] == [
            (own.name, list(own.settles)) for own in found.missing_facts
        ]


def test_a_day_is_put_in_as_it_comes(page: Walker) -> None:
    for day in ("2025-06-01", "2026-04-01", "2027-12-31"):
        days = page.say("open", place="cn", day=day)["days"]
        start = datetime.date.fromisoformat(day)
        for name, month in (("next_day([3],31)", 3), ("next_day([5],31)", 5)):
            end = datetime.date(start.year, month, 31)
            assert days[name] == str(end if end >= start else end.replace(year=start.year + 1))
