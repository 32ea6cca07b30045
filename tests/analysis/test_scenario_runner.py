"""A scenario that expects something wrong is reported with file and line, whatever the form of the expectation."""

import shutil
from pathlib import Path

import pytest

from cso_rules.analysis.scenario_runner import ScenarioResult, run, run_sound
from cso_rules.errors import PolicyError
from cso_rules.loader.packages import package_path

GROUP = (
    "{organizational_form: social_group, individual_members: 49, institutional_members: 0, activity_funds: 30000, "
    "has_lawful_funds: true, has_standard_name: true, has_organizational_structure: true, has_fixed_domicile: true, "
    "has_suitable_full_time_staff: true, can_bear_civil_liability: true}"
)
OPEN = "{is_active_mainly_in_one_community: true, is_small_scale: true, is_loosely_organized: true}"
HUB = "{hub_kind: federation}"
IMPOSSIBLE = "{non_state_assets: 2, total_assets: 1}"
FOUNDERS = "{founder_residence: lives_here_registered_elsewhere}"

# form, facts, what is right, what is wrong, what the report says about it
FORMS = [
    ("value", GROUP, "registration_conditions: false", "registration_conditions: true",
     "value expected true, got false"),
    ("value of a mapping", GROUP, "registration_conditions: {value: false}", "registration_conditions: {value: true}",
     "value expected true, got false"),
    ("value of an open answer", OPEN, "loosely_organized_in_one_community: {status: undetermined}",
     "loosely_organized_in_one_community: true", "expected true, got undetermined"),
    ("list", HUB,
     "hub_functions: [management_and_coordination, resource_support, project_undertaking, fund_custody, training]",
     "hub_functions: [training]", "items expected {training}"),
    ("list with open items", "{}", "hub_functions: {sure: []}", "hub_functions: []", "open items"),
    ("includes", "{}", "hub_functions: {includes: []}", "hub_functions: {includes: [training]}", "lacks {training}"),
    ("excludes", HUB, "hub_functions: {excludes: []}", "hub_functions: {excludes: [training]}",
     "should not have {training}"),
    ("sure", HUB, "hub_functions: {includes: []}", "hub_functions: {sure: [training]}", "items expected {training}"),
    ("failing", GROUP, "registration_conditions: {failing: [members]}", "registration_conditions: {failing: [charter]}",
     "failing expected {charter}, got {members}"),
    ("unknown", OPEN, "loosely_organized_in_one_community: {unknown: [grassroots_cluster]}",
     "loosely_organized_in_one_community: {unknown: []}", "unknown expected {}, got {grassroots_cluster}"),
    ("missing", OPEN, "loosely_organized_in_one_community: {missing: [is_temporary]}",
     "loosely_organized_in_one_community: {missing: [is_small_scale]}", "missing expected ['is_small_scale'], got"),
    ("cites", GROUP, "registration_conditions: {cites: [order-250 art10-1]}",
     "registration_conditions: {cites: [order-250 art6]}", "does not cite {order-250 art6}"),
    ("possible", OPEN, "loosely_organized_in_one_community: {possible: [true, false]}",
     "loosely_organized_in_one_community: {possible: [true]}", "possible expected {true}, got {false, true}"),
    ("status", OPEN, "loosely_organized_in_one_community: {status: undetermined}",
     "loosely_organized_in_one_community: {status: conflict}", "status expected conflict, got undetermined"),
    ("gaps", GROUP,
     "registration_conditions: {gaps_to: true, gaps: [{individual_members: 1}, {institutional_members: 1}]}",
     "registration_conditions: {gaps_to: true, gaps: [{individual_members: 2}]}", "gaps expected"),
    ("by reading", FOUNDERS, "founded_by_residents: {by_reading: {living: true, household_registration: false}}",
     "founded_by_residents: {by_reading: {living: false, household_registration: false}}", "by reading expected"),
]  # fmt: skip


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the national rules with two scenarios for each form: one that is right and one that is wrong."""
    path = tmp_path_factory.mktemp("packages") / "cn"
    shutil.copytree(package_path("cn"), path, ignore=shutil.ignore_patterns("scenarios"))
    (path / "scenarios").mkdir()
    lines = ["format: 1", "scenarios:"]
    for form, facts, right, wrong, _ in FORMS:
        lines += scenario(f"right {form}", facts, right) + scenario(f"wrong {form}", facts, wrong)
    lines += scenario("wrong facts", IMPOSSIBLE, "hub_functions: {status: undetermined}")
    write(path, lines)
    return path


def scenario(title: str, facts: str, expect: str) -> list[str]:
    return [f"  - title: {title}", "    as_of: 2018-06-01", f"    facts: {facts}", "    expect:", f"      {expect}"]


def write(path: Path, lines: list[str]) -> None:
    (path / "scenarios" / "forms.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def results(package: Path) -> dict[str, ScenarioResult]:
    return {found.title: found for found in run(package)}


@pytest.mark.parametrize("form", [row[0] for row in FORMS])
def test_a_right_expectation_passes(form: str, results: dict[str, ScenarioResult]) -> None:
    assert results[f"right {form}"].failures == ()


@pytest.mark.parametrize(("position", "row"), list(enumerate(FORMS)), ids=[row[0] for row in FORMS])
def test_a_failing_expectation_is_reported_with_file_and_line(
    position: int, row: tuple[str, str, str, str, str], results: dict[str, ScenarioResult]
) -> None:
    found = results[f"wrong {row[0]}"]
    decision = row[3].partition(":")[0]
    assert (found.file, found.line) == ("cn/scenarios/forms.yaml", 3 + 10 * position + 5)
    assert len(found.failures) == 1
    assert found.failures[0].startswith(f"{decision}: ")
    assert row[4] in found.failures[0]


def test_facts_that_cannot_be_used_are_a_failure_of_the_scenario(results: dict[str, ScenarioResult]) -> None:
    found = results["wrong facts"]
    assert found.failures == ("non-state assets cannot exceed all assets",)
    assert [difference.zh for difference in found.differences] == ["非国有资产不能多于举办资产总额"]


@pytest.mark.parametrize(
    ("facts", "expect", "code", "name"),
    [
        ("{}", "hub: true", "unknown-decision", "hub"),
        (HUB, "hub_functions: {holds: []}", "unknown-key", "holds"),
        (HUB, "hub_functions: {includes: [training, party]}", "wrong-value", "party"),
        ("{individual_member: 3}", "hub_functions: {status: undetermined}", "unknown-name", "individual_member"),
    ],
)
def test_a_name_that_does_not_exist_is_a_fault_and_the_sound_scenarios_are_run(
    facts: str, expect: str, code: str, name: str, package: Path, tmp_path: Path
) -> None:
    path = tmp_path / "cn"
    shutil.copytree(package, path)
    sound = scenario("sound", HUB, "hub_functions: {includes: [training]}")
    write(path, ["format: 1", "scenarios:", *scenario("faulty", facts, expect), *sound])
    found = run_sound(path)
    assert [(result.title, result.failures) for result in found.results] == [("sound", ())]
    assert [fault.code for fault in found.diagnostics] == [code]
    assert name in dict(found.diagnostics[0].arguments).values()
    with pytest.raises(PolicyError, match=code):
        run(path)


def test_every_failure_of_a_scenario_is_reported(package: Path, tmp_path: Path) -> None:
    path = tmp_path / "cn"
    shutil.copytree(package, path)
    expect = "registration_conditions: {value: true, failing: []}"
    write(path, ["format: 1", "scenarios:", *scenario("both", GROUP, expect), "      hub_functions: [training]"])
    (found,) = run(path)
    assert len(found.failures) == 3  # the value, the failing criteria and the list


def test_a_scenario_file_with_a_fault_is_refused(package: Path, tmp_path: Path) -> None:
    path = tmp_path / "cn"
    shutil.copytree(package, path)
    write(path, ["format: 1", "scenarios:", "  - title: no date"])
    with pytest.raises(PolicyError, match="as_of"):
        run(path)
