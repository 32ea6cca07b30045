"""An invented county, in rule files alone: each construct that local documents use is true here and false there."""

import datetime
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cso_rules import determine, load_policy
from cso_rules.analysis import scenario_runner
from cso_rules.determination import to_json
from cso_rules.diagnostics import Diagnostic
from cso_rules.errors import PolicyError
from cso_rules.loader.load import check
from cso_rules.loader.load import load_policy as load_afresh
from cso_rules.loader.packages import package_path
from cso_rules.loader.scenarios.files import load_scenarios

COUNTY = Path(__file__).parent / "invented_county" / "cn-110199"
DAY = datetime.date(2021, 6, 1)
GROUP: dict[str, Any] = {
    "founder_residence": "local_residents", "is_nonprofit": True, "distributes_profit": False,
    "special_body_kind": "none", "is_active_in_community": True, "activity_kinds": frozenset({"night_patrol"}),
    "registration_status": "not_registered", "organizational_form": "social_group", "individual_members": 20,
    "institutional_members": 0, "activity_funds": 0, "direct_registration_class": "charity",
    "has_lawful_funds": True, "has_standard_name": True, "has_organizational_structure": True,
    "has_fixed_domicile": True, "has_suitable_full_time_staff": True, "can_bear_civil_liability": True,
}  # fmt: skip


@pytest.fixture(name="base", scope="module")
def national(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(package_path("cn"), tmp_path_factory.mktemp("policies") / "cn"))


@pytest.fixture(name="county", scope="module")
def beside_the_national_one(base: Path) -> Path:
    return Path(shutil.copytree(COUNTY, base.parent / COUNTY.name))


@pytest.fixture(name="broken")
def own_copy(tmp_path: Path) -> Path:
    shutil.copytree(package_path("cn"), tmp_path / "cn", ignore=shutil.ignore_patterns("scenarios"))
    return Path(shutil.copytree(COUNTY, tmp_path / COUNTY.name))


def test_the_county_is_written_without_a_line_of_python() -> None:
    assert {file.suffix for file in COUNTY.rglob("*") if file.is_file()} == {".yaml"}


def test_the_rules_of_the_county_are_sound(county: Path) -> None:
    assert [str(fault) for fault in check(county)] == []


def test_every_scenario_of_the_county_passes(county: Path) -> None:
    results = scenario_runner.run(county)
    assert [(found.title, found.failures) for found in results if found.failures] == []
    assert len(results) >= 15


def test_scenarios_show_both_sides_of_every_boolean_that_is_local() -> None:
    expected: dict[str, set[str]] = {}
    for scenario in load_scenarios(COUNTY):
        for name, wanted in scenario.expect.items():
            value = wanted.get("value") if isinstance(wanted, dict) else wanted
            expected.setdefault(name, set()).add(str(value))
    for name in (
        "in_scope",
        "registration_conditions",
        "filing_conditions",
        "promotion_duty",
        "filing_decision_is_late",
    ):
        assert {"true", "false"} <= expected[name], name
    assert {"filed", "renewal_window", "lapsed"} <= expected["filing_state"]


def test_the_code_of_the_place_finds_the_county_and_its_neighbour_does_not(county: Path) -> None:
    base = county.parent / "cn"
    found = {
        place: [item.id for item in load_policy(base, as_of=DAY, jurisdiction=place).packages]
        for place in ("cn", "11", "1101", "110198", "110199")
    }
    assert found.pop("110199") == ["cn", "cn-110199"]
    assert set(map(tuple, found.values())) == {("cn",)}


def test_a_lower_number_than_that_of_the_regulations_is_told_and_can_be_switched_off(county: Path) -> None:
    for local_deviations, value in ((True, "true"), (False, "false")):
        policy = load_policy(county, as_of=DAY, local_deviations=local_deviations)
        changes = {change.path: change for change in policy.changes}
        lowered = changes["minimum_individual_members"]
        assert [item.instrument for item in lowered.conflicts_with] == ["order-250"]
        assert lowered.is_applied is local_deviations
        assert changes["minimum_mixed_members"].conflicts_with == ()
        assert changes["a1_grassroots_cluster"].is_applied
        facts = GROUP | {"service_level": "community", "activity_funds": 30_000}
        assert str(determine(policy, facts)["registration_conditions"].value).lower() == value


def test_the_end_of_the_measures_is_applied_but_told_as_not_confirmed(county: Path) -> None:
    applied = load_policy(county, as_of=DAY).packages[-1]
    assert applied.is_in_force
    assert not applied.is_end_confirmed


def test_the_duty_to_move_up_says_until_when(county: Path) -> None:
    filed = {"filing_status": "filed", "filed_on": datetime.date(2020, 6, 15), "service_level": "community"}
    since = {"able_to_register_since": datetime.date(2021, 1, 31)}
    items = to_json(determine(load_policy(county, as_of=DAY), GROUP | filed | since))["decisions"]["obligations"][
        "items"
    ]
    due = {item["rule"]: item["due"] for item in items}
    assert due["move_up"] == {"earliest": "2022-01-31", "latest": "2022-01-31"}
    assert due["uphold_party_leadership"] is None


# Nobody else is touched


@pytest.mark.usefixtures("shown_sound")
def test_a_new_folder_changes_no_rule_anywhere_else(tmp_path: Path) -> None:
    base = Path(shutil.copytree(package_path("cn"), tmp_path / "cn"))
    days = {item.as_of for item in load_scenarios(base) if item.entity == "organization"}
    rules = partial(load_afresh, base, jurisdiction="110198")
    before = {day: rules(as_of=day) for day in sorted(days)[::4]}
    shutil.copytree(COUNTY, tmp_path / COUNTY.name)
    assert len(before) >= 10
    assert {day: rules(as_of=day) for day in before} == before
    assert load_afresh(base, as_of=DAY, jurisdiction="110199").decisions != rules(as_of=DAY).decisions


# What is refused


def replaced(package: Path, file: str, old: str, new: str) -> None:
    text = (package / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (package / file).write_text(text.replace(old, new), encoding="utf-8")


def added(package: Path, *changes: str) -> None:
    file = package / "changes.yaml"
    file.write_text(
        file.read_text(encoding="utf-8") + "".join(f"  - {{{line}}}\n" for line in changes), encoding="utf-8"
    )


def line_of(package: Path, file: str, words: str) -> int:
    lines = (package / file).read_text(encoding="utf-8").splitlines()
    return max(number for number, line in enumerate(lines, start=1) if words in line)


def places(faults: tuple[Diagnostic, ...]) -> list[tuple[str, str, int]]:
    return [(fault.code, fault.span.source.path, fault.span.line) for fault in faults if fault.span]


def refused(package: Path) -> list[tuple[str, str, int]]:
    """Return code, file and line of every fault; loading it is refused with the same."""
    found = places(check(package))
    with pytest.raises(PolicyError) as error:
        load_policy(package, as_of=DAY)
    assert set(places(error.value.diagnostics)) <= set(found)
    return found


def test_a_misspelt_target_is_refused_at_its_line_with_what_may_be_meant(broken: Path) -> None:
    replaced(broken, "changes.yaml", "registration_conditions/activity_funds", "registration_conditions/activity_fund")
    line = line_of(broken, "changes.yaml", "registration_conditions/activity_fund")
    assert refused(broken) == [("unknown-target", "cn-110199/changes.yaml", line)]
    assert dict(check(broken)[0].arguments)["suggestion"] == "registration_conditions/activity_funds"


def test_lowering_what_may_only_be_raised_is_refused(broken: Path) -> None:
    added(broken, "sets: minimum_average_per_urban_community, value: 8, cite: invented-measures scope")
    line = line_of(broken, "changes.yaml", "minimum_average_per_urban_community")
    assert refused(broken) == [("forbidden-change", "cn-110199/changes.yaml", line)]


def test_packages_that_extend_each_other_are_refused(broken: Path) -> None:
    other = Path(shutil.copytree(broken, broken.parent / "cn-110199-b"))
    replaced(other, "package.yaml", "id: cn-110199", "id: cn-110199-b")
    replaced(other, "package.yaml", "extends: cn", "extends: cn-110199")
    replaced(broken, "package.yaml", "extends: cn", "extends: cn-110199-b")
    line = line_of(broken, "package.yaml", "extends")
    assert ("cyclic-extends", "cn-110199/package.yaml", line) in refused(broken)


def test_two_changes_of_one_path_on_one_day_are_refused(broken: Path) -> None:
    added(
        broken,
        "sets: minimum_institutional_members, value: 20, in_force: {until: 2022-01-01}, cite: invented-measures mixed",
        "sets: minimum_institutional_members, value: 25, in_force: {from: 2021-12-31}, cite: invented-measures mixed",
    )
    line = line_of(broken, "changes.yaml", "value: 25")
    assert ("overlapping-dates", "cn-110199/changes.yaml", line) in refused(broken)
    replaced(broken, "changes.yaml", "from: 2021-12-31", "from: 2022-01-01")
    assert check(broken) == ()


RULE = "{label: {zh: 规则, en: rule}, when: in_scope"


MEANINGLESS = (
    ("chooses: a15_mixed_membership", "missing-key"),
    ("chooses: a15_mixed_membership, option: loose", "wrong-value"),
    ("sets: minimum_institutional_members", "missing-key"),
    ("sets: minimum_institutional_members, removes: tier/registered, value: 3", "missing-key"),
    ("sets: minimum_institutional_members, indexed_by: needs, value: {}", "wrong-type"),
    ("sets: minimum_institutional_members, indexed_by: is_nonprofit, value: {}", "wrong-type"),
    ("sets: minimum_mixed_members, value: 60", "forbidden-change"),
    ("restates: minimum_mixed_members, value: 31", "different-restatement"),
    ("removes: tier", "unknown-target"),
    ("removes: tier/subdistrict_managed, except_when: is_nonprofit", "unknown-key"),
    ("removes: registration_conditions/fixed_domicile, except_when: members_of_the_moon = 3", "unknown-name"),
    (f"adds: tier, rule: {RULE}, then: registered}}", "bad-identifier"),
    (f"adds: tier/Pilot One, rule: {RULE}, then: registered}}", "bad-identifier"),
    (f"adds: tier/registered, rule: {RULE}, then: registered}}", "repeated-identifier"),
    (f"adds: tier/pilot, criterion: {RULE}}}", "missing-key"),
    (f"adds: filing_conditions/pilot, rule: {RULE}}}", "missing-key"),
    (f"adds: filing_expires_on/pilot, criterion: {RULE}}}", "unknown-target"),
    (f"adds: local_class/pilot, rule: {RULE}, then: unclassified}}", "unknown-target"),
    (f"adds: support_measures/pilot, before: nowhere, rule: {RULE}, then: {{}}}}", "unknown-target"),
    (f"replaces: tier/registered, rule: {RULE}, then: registred}}", "wrong-output"),
)


def test_changes_that_mean_nothing_are_refused_at_their_lines(broken: Path) -> None:
    last = len((broken / "changes.yaml").read_text(encoding="utf-8").splitlines())
    added(broken, *(f"{change}, cite: invented-measures scope" for change, _ in MEANINGLESS))
    found = places(check(broken, as_of=DAY))
    for line, (change, code) in enumerate(MEANINGLESS, start=last + 1):
        assert (code, "cn-110199/changes.yaml", line) in found, change


def test_a_rule_may_be_added_to_a_decision_that_only_places_have(broken: Path) -> None:
    row = "{label: {zh: 规则, en: rule}, when: filing_status = filed and is_temporary, then: lapsed}"
    added(broken, f"adds: filing_state/temporary, before: renewal, rule: {row}, cite: invented-measures filing")
    assert check(broken, as_of=DAY) == ()
    facts = {"filing_status": "filed", "filed_on": datetime.date(2021, 1, 1)}
    policy = load_policy(broken, as_of=DAY)
    found = [determine(policy, facts | {"is_temporary": value})["filing_state"].value for value in (True, False)]
    assert found == ["lapsed", "filed"]
