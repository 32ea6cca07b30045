"""The shipped packages of places: traceable to their documents, and different from the national rules."""

import datetime
import shutil
from pathlib import Path

import pytest

from cso_rules.analysis.scenario_runner import run
from cso_rules.loader.load import declarations, load_policy
from cso_rules.loader.packages import neighbours, package_path, rule_set
from cso_rules.loader.scenarios.files import load_scenarios
from cso_rules.model.decisions import rules_of

NATIONAL = package_path("cn")
PLACES = neighbours(NATIONAL)
DAY = datetime.date(2022, 7, 1)
IDS = [path.name for path in PLACES]


def test_thirty_six_packages_of_places_are_shipped() -> None:
    assert len(PLACES) >= 36


def test_there_are_at_least_eight_hundred_scenarios() -> None:
    assert sum(len(load_scenarios(path)) for path in (NATIONAL, *PLACES)) >= 800


@pytest.mark.parametrize("path", PLACES, ids=IDS)
def test_every_document_of_a_place_says_when_it_was_read(path: Path) -> None:
    found, _ = declarations(path)
    own = {
        name: source for name, source in found.sources.items() if source.span.source.path.startswith(f"{path.name}/")
    }
    assert own
    assert [name for name, source in own.items() if source.checked_on is None] == []


@pytest.mark.usefixtures("shown_sound")
@pytest.mark.parametrize("path", PLACES, ids=IDS)
def test_every_scenario_of_a_place_passes(path: Path) -> None:
    assert [(result.title, result.failures) for result in run(path) if result.failures] == []


@pytest.mark.parametrize("path", PLACES, ids=IDS)
def test_two_organizations_fare_differently_than_under_the_national_rules(path: Path) -> None:
    differing = [
        scenario.title
        for scenario in load_scenarios(path)
        if any(scenario.expect.get(name) != expected for name, expected in scenario.nationally.items())
    ]
    assert len(differing) >= 2


@pytest.mark.parametrize("path", PLACES, ids=IDS)
def test_every_change_cites_a_document_of_the_place(path: Path) -> None:
    found, _ = declarations(path)
    package = found.packages[-1]
    changes = [change for change in found.changes if change.package is package]
    decisions = [decision for owner, decision in found.local_decisions if owner is package]
    assert changes or decisions
    national = {provision.citation.instrument for provision in declarations(NATIONAL)[0].provisions.values()}
    for change in changes:
        assert {citation.instrument for citation in change.citations} - national, change.path


@pytest.mark.parametrize("path", PLACES, ids=IDS)
def test_a_place_says_what_was_not_seen(path: Path) -> None:
    assert "not seen" in (path / "CHANGELOG.md").read_text(encoding="utf-8").lower()


def test_places_change_nothing_of_the_national_rules(tmp_path: Path) -> None:
    shutil.copytree(NATIONAL, tmp_path / "cn")
    alone = load_policy(tmp_path / "cn", as_of=DAY)
    assert load_policy(NATIONAL, as_of=DAY) == alone
    assert load_policy(tmp_path / "cn", as_of=DAY, jurisdiction="44").decisions == alone.decisions


def test_a_county_stacks_what_it_lies_in_by_code() -> None:
    names = [path.name for path in rule_set("cn", "440305").paths]
    assert names[0] == "cn"
    assert "cn-44" in names
    assert "cn-4403" in names
    assert names.index("cn-44") < names.index("cn-4403")
    assert not any(name.endswith("foundations") for name in names)


def test_province_and_city_that_name_different_bodies_are_both_shown() -> None:
    policy = load_policy("cn", as_of=datetime.date(2019, 1, 10), jurisdiction="3210")
    rows = {rule.id: rule for rule in rules_of(policy.decisions["responsibilities"])}
    assert (rows["files_jiangsu_subdistrict"].modality, rows["files_county"].modality) == ("must", "may")
    assert list(rows).index("files_jiangsu_subdistrict") < list(rows).index("files_county")
