"""Aggregates of a vocabulary: what they may name, and what reaches the policy of an area."""

import datetime
import itertools
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from cso_rules.engine import cache
from cso_rules.engine.aggregates import area_facts
from cso_rules.engine.cache import load_policy as cached
from cso_rules.engine.determine import determine
from cso_rules.loader.load import check, load_policy
from cso_rules.model.policy import Aggregate
from cso_rules.model.types import Between

BASE = Path(__file__).parents[1] / "diagnostics" / "base"
DAY = datetime.date(2020, 1, 1)
FACTS = """
  - {id: urban_total, entity: area, type: integer, label: {zh: 城市总数, en: urban total}, question: {zh: 多少, en: how many}, definition: {zh: 数, en: number}}
  - {id: has_plan, entity: area, type: boolean, label: {zh: 有方案, en: has a plan}, question: {zh: 有吗, en: is there}, definition: {zh: 方案, en: plan}}
  - {id: has_hall, entity: community, type: boolean, label: {zh: 有活动室, en: has a hall}, question: {zh: 有吗, en: is there}, definition: {zh: 活动室, en: hall}}
"""  # noqa: E501 - one fact a line
RULE = """format: 1
decision: reached
label: {zh: 达标, en: reached}
entity: area
criteria:
  - {id: some, label: {zh: 有, en: some}, when: urban_total >= 2, cite: opinions s49}
"""


def package(folder: Path, aggregate: str) -> Path:
    path = folder / "base"
    shutil.copytree(BASE, path)
    text = (path / "vocabulary.yaml").read_text("utf-8").replace("readings:", f"{FACTS.lstrip(chr(10))}readings:")
    (path / "vocabulary.yaml").write_text(f"{text}aggregates:\n  - {aggregate}\n", "utf-8")
    (path / "decisions" / "reached.yaml").write_text(RULE, "utf-8")
    return path


def test_an_aggregate_counts_by_fact_and_value(tmp_path: Path) -> None:
    path = package(tmp_path, "{id: urban_total, counts: organization, where: has_charter, by: {community_type: urban}}")
    assert check(path) == ()
    policy = load_policy(path, as_of=DAY, entity="area")
    by = (("community_type", ("urban",)),)
    assert policy.aggregates == {
        "urban_total": Aggregate(name="urban_total", counts="organization", where="has_charter", by=by)
    }
    assert load_policy(path, as_of=DAY).aggregates == {}
    rules = load_policy(path, as_of=DAY)
    town = {"community_type": "urban", "has_charter": True}
    organizations = [determine(rules, facts) for facts in (town, town, town | {"community_type": "rural"})]
    facts = area_facts(policy, organizations, complete={"organization"})
    assert facts == {"urban_total": 2}
    assert determine(policy, facts)["reached"].value is True


def test_an_aggregate_counts_communities_that_have_something(tmp_path: Path) -> None:
    path = package(tmp_path, "{id: urban_total, counts: community, where: has_hall, by: {community_type: urban}}")
    policy = load_policy(path, as_of=DAY, entity="area")
    communities = [{"community_type": "urban", "has_hall": value} for value in (True, True, False)]
    assert area_facts(policy, [], communities, complete={"community"}) == {"urban_total": 2}


KNOWN: list[dict[str, object]] = [
    {"community_type": kind, "has_charter": charter}
    for kind in (None, "urban", "rural")
    for charter in (None, True, False)
]


def completions(facts: dict[str, object]) -> list[dict[str, object]]:
    kinds = ["urban", "rural"] if facts["community_type"] is None else [facts["community_type"]]
    charters = [True, False] if facts["has_charter"] is None else [facts["has_charter"]]
    return [{"community_type": kind, "has_charter": charter} for kind in kinds for charter in charters]


def ends(value: object) -> tuple[object, object]:
    return (value.low, value.high) if isinstance(value, Between) else (value, value)


def test_bounds_are_what_completions_of_the_facts_reach(tmp_path: Path) -> None:
    path = package(tmp_path, "{id: urban_total, counts: organization, where: has_charter, by: {community_type: urban}}")
    policy, rules = load_policy(path, as_of=DAY, entity="area"), load_policy(path, as_of=DAY)

    def total(members: Iterable[dict[str, object]]) -> object:
        found = [determine(rules, facts) for facts in members]
        return area_facts(policy, found, complete={"organization"})["urban_total"]

    for members in itertools.product(KNOWN, repeat=2):
        reached = {total(chosen) for chosen in itertools.product(*map(completions, members))}
        assert all(isinstance(number, int) for number in reached)
        assert ends(total(members)) == (min(map(int, map(str, reached))), max(map(int, map(str, reached))))


def test_the_cache_keeps_aggregates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSO_RULES_CACHE", str(tmp_path / "cache"))
    path = package(tmp_path, "{id: urban_total, counts: organization, by: {community_type: urban}, cite: opinions s49}")
    written = cached(path, as_of=DAY, entity="area")
    cache._cached.cache_clear()
    found = cached(path, as_of=DAY, entity="area")
    assert found is not written
    assert found.aggregates == written.aggregates
    assert found.aggregates["urban_total"].citations[0].provision == "s49"


@pytest.mark.parametrize(
    ("aggregate", "code", "named"),
    [
        ("{id: urban_totals, counts: organization}", "unknown-name", "urban_total"),
        ("{id: has_plan, counts: organization}", "wrong-type", "boolean"),
        ("{id: individual_members, counts: organization}", "wrong-value", "entity: organization"),
        ("{id: urban_total, counts: area}", "wrong-value", "area"),
        ("{id: urban_total, counts: organization, where: has_charters}", "unknown-name", "has_charter"),
        ("{id: urban_total, counts: organization, where: tier}", "wrong-type", "boolean"),
        ("{id: urban_total, counts: community, where: has_charter}", "unknown-name", "has_charter"),
        ("{id: urban_total, counts: organization, by: {communitytype: urban}}", "unknown-key", "community_type"),
        ("{id: urban_total, counts: organization, by: {community_type: town}}", "wrong-value", "town"),
        ("{id: urban_total, counts: organization, cite: opinions s999}", "unknown-citation", "s999"),
        ("{counts: organization}", "missing-key", "id"),
    ],
)
def test_what_an_aggregate_may_not_say_is_reported(tmp_path: Path, aggregate: str, code: str, named: str) -> None:
    found = check(package(tmp_path, aggregate))
    assert [fault.code for fault in found] == [code]
    assert named in str(found[0].arguments)


def test_an_aggregate_stands_once(tmp_path: Path) -> None:
    path = package(tmp_path, "{id: urban_total, counts: organization}\n  - {id: urban_total, counts: organization}")
    assert [fault.code for fault in check(path)] == ["repeated-identifier"]
