"""Local packages change what they extend: by path, by date, the nearest level last."""

import datetime
import shutil
from pathlib import Path

import pytest

from cso_rules.diagnostics import render_all
from cso_rules.errors import PolicyError, UnknownNameError
from cso_rules.loader.codes import normalized_code
from cso_rules.loader.load import check, load_policy
from cso_rules.loader.packages import rule_set
from cso_rules.model.decisions import AbsentDecision, CriteriaDecision, TableDecision
from cso_rules.model.policy import Policy

FILES = Path(__file__).parent.parent / "diagnostics"
DAY = datetime.date(2021, 6, 1)
PACKAGE = """format: 1
id: {id}
title: {{zh: 规则, en: rules}}
jurisdiction: "{code}"
extends: {extends}
status: {status}
in_force: {{{period}}}
"""
RULE = "{label: {zh: 规则, en: rule}, when: individual_members >= 10, then: guided}"
FILING = """format: 1
decision: filing
label: {zh: 备案, en: filing}
"""
CRITERION = "criteria:\n  - {id: one, label: {zh: 一, en: one}, when: has_charter, cite: %s}\n"


@pytest.fixture(name="base")
def copied(tmp_path: Path) -> Path:
    shutil.copytree(FILES / "base", tmp_path / "base")
    return tmp_path / "base"


def local(  # the parts of a local package, each with a default
    base: Path,
    changes: str = "",
    *,
    code: str = "44",
    name: str = "",
    extends: str = "base",
    status: str = "in_force",
    period: str = "from: 2020-01-01",
) -> Path:
    package = base.parent / f"base-{code}{name}"
    shutil.copytree(FILES / "base-44", package)
    text = PACKAGE.format(id=package.name, code=code, extends=extends, status=status, period=period)
    (package / "package.yaml").write_text(text, encoding="utf-8")
    instruments = (
        (package / "instruments.yaml").read_text(encoding="utf-8").replace("id: measures", f"id: {package.name}")
    )
    (package / "instruments.yaml").write_text(instruments, encoding="utf-8")
    lines = "".join(f"  - {{{line}, cite: {package.name} members}}\n" for line in changes.splitlines())
    (package / "changes.yaml").write_text(f"format: 1\nchanges:\n{lines}" if lines else "format: 1\nchanges: []\n")
    return package


def minimum(policy: Policy) -> int:
    return dict(policy.parameters["minimum_members"].values)[""]


def rules(policy: Policy) -> list[str]:
    decision = policy.decisions["tier"]
    assert isinstance(decision, TableDecision)
    return [rule.id for rule in decision.rules]


def codes(package: Path) -> list[str]:
    return [fault.code for fault in check(package)]


def test_the_nearest_level_wins(base: Path) -> None:
    local(base, "sets: minimum_members, value: 40")
    local(base, "sets: minimum_members, value: 30", code="4403")
    local(base, "sets: minimum_members, value: 20", code="440305")
    found = {place: minimum(load_policy(base, as_of=DAY, jurisdiction=place)) for place in
             ("cn", "44", "4401", "440000", "4403", "440300", "440304", "440305", "11")}  # fmt: skip
    assert found == {"cn": 50, "44": 40, "4401": 40, "440000": 40, "4403": 30, "440300": 30, "440304": 30,
                     "440305": 20, "11": 50}  # fmt: skip


def test_a_change_applies_on_the_days_of_its_package_and_of_itself(base: Path) -> None:
    local(base, "sets: minimum_members, value: 40, in_force: {from: 2021-01-01, until: 2022-01-01}",
          period="from: 2020-01-01, until: 2021-07-01")  # fmt: skip
    days = [datetime.date(2020, 12, 31), datetime.date(2021, 1, 1), datetime.date(2021, 6, 30),
            datetime.date(2021, 7, 1)]  # fmt: skip
    assert [minimum(load_policy(base, as_of=day, jurisdiction="44")) for day in days] == [50, 40, 40, 50]


def test_a_draft_counts_only_when_asked_for(base: Path) -> None:
    local(base, "sets: minimum_members, value: 40", status="draft")
    assert minimum(load_policy(base, as_of=DAY, jurisdiction="44")) == 50
    assert minimum(load_policy(base, as_of=DAY, jurisdiction="44", drafts=True)) == 40
    assert minimum(load_policy(base.parent / "base-44", as_of=DAY)) == 40


def test_a_package_of_no_known_place_applies_only_by_name(base: Path) -> None:
    package = local(base, "sets: minimum_members, value: 40", code="none")
    assert minimum(load_policy(package, as_of=DAY)) == 40
    assert minimum(load_policy(base, as_of=DAY, jurisdiction="44")) == 50


def test_rows_are_added_replaced_and_removed_by_path(base: Path) -> None:
    local(base, f"adds: tier/middle, before: large, rule: {RULE.replace('>= 10', '= 3')}")
    assert rules(load_policy(base, as_of=DAY, jurisdiction="44")) == ["middle", "large", "rest"]
    assert rules(load_policy(base, as_of=DAY, jurisdiction="cn")) == ["large", "rest"]


def test_a_replaced_row_keeps_its_place(base: Path) -> None:
    local(base, f"replaces: tier/large, rule: {RULE}")
    decision = load_policy(base, as_of=DAY, jurisdiction="44").decisions["tier"]
    assert isinstance(decision, TableDecision)
    assert next((rule.id, rule.text) for rule in decision.rules) == ("large", "individual_members >= 10")


def test_a_removed_criterion_remains_in_the_excepted_case(base: Path) -> None:
    text = FILING + "criteria:\n" + "".join(
        f"  - {{id: {name}, label: {{zh: 一, en: one}}, when: {when}, cite: opinions s49}}\n"
        for name, when in (("charter", "has_charter"), ("members", "individual_members >= 5"))
    )  # fmt: skip
    (base / "decisions" / "filing.yaml").write_text(text, encoding="utf-8")
    local(base, "removes: filing/charter, except_when: community_type = urban")
    decision = load_policy(base, as_of=DAY, jurisdiction="44").decisions["filing"]
    assert isinstance(decision, CriteriaDecision)
    assert [rule.applies_when is not None for rule in decision.rules] == [True, False]


def test_a_decision_without_a_national_rule_is_filled_by_a_place(base: Path) -> None:
    (base / "decisions" / "filing.yaml").write_text(FILING + "no_rule: true\n", encoding="utf-8")
    package = local(base)
    (package / "decisions").mkdir()
    (package / "decisions" / "filing.yaml").write_text(FILING + CRITERION % "base-44 members", encoding="utf-8")
    assert isinstance(load_policy(base, as_of=DAY, jurisdiction="cn").decisions["filing"], AbsentDecision)
    found = load_policy(base, as_of=DAY, jurisdiction="44")
    assert isinstance(found.decisions["filing"], CriteriaDecision)
    assert [(change.operation, change.path) for change in found.changes] == [("adds", "filing")]
    early = load_policy(base, as_of=datetime.date(2019, 1, 1), jurisdiction="44")
    assert isinstance(early.decisions["filing"], AbsentDecision)


def test_a_decision_with_national_rules_is_not_replaced_by_chance(base: Path) -> None:
    package = local(base)
    (package / "decisions").mkdir()
    file = package / "decisions" / "tier.yaml"
    text = (base / "decisions" / "tier.yaml").read_text(encoding="utf-8").replace("opinions s49", "base-44 members")
    file.write_text(text, encoding="utf-8")
    assert "repeated-identifier" in codes(package)
    file.write_text(text.replace("output:", "replaces: true\noutput:"), encoding="utf-8")
    assert codes(package) == []


def test_a_local_value_counts_as_the_national_one_that_it_maps_to(base: Path) -> None:
    package = local(base)
    vocabulary = (
        "format: 1\nenumerations:\n  - extends: community_type\n    values:\n"
        "      - {id: village_town, label: {zh: 村改居, en: village becoming urban}, maps_to: rural}\n"
    )
    (package / "vocabulary.yaml").write_text(vocabulary, encoding="utf-8")
    found = load_policy(base, as_of=DAY, jurisdiction="44").facts["community_type"].type
    assert found.values == ("urban", "rural", "village_town")
    assert found.members(found.bits_meant("rural")) == ("rural", "village_town")
    assert found.members(found.bits_meant("village_town")) == ("village_town",)


def test_lowering_a_number_of_higher_law_is_reported_and_can_be_switched_off(base: Path) -> None:
    instruments = base / "instruments.yaml"
    text = instruments.read_text(encoding="utf-8").replace("kind: opinions", "kind: administrative_regulations")
    instruments.write_text(text, encoding="utf-8")
    local(base, "sets: minimum_members, value: 40")
    on = load_policy(base, as_of=DAY, jurisdiction="44")
    off = load_policy(base, as_of=DAY, jurisdiction="44", local_deviations=False)
    assert (minimum(on), minimum(off)) == (40, 50)
    assert [citation.provision for change in on.changes for citation in change.conflicts_with] == ["s50"]
    assert [(change.old, change.new, change.is_applied) for change in off.changes] == [("50", "40", False)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ("sets: minimum_memberz, value: 40", "unknown-target"),
        ("removes: tier/larger", "unknown-target"),
        ("sets: minimum_members, value: 60", "forbidden-change"),
        ("restates: minimum_members, value: 49", "different-restatement"),
        ("chooses: a1, option: narow", "wrong-value"),
        ("sets: minimum_members, value: 40\nsets: minimum_members, value: 30", "overlapping-dates"),
        (f"adds: tier/large, rule: {RULE}", "repeated-identifier"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_at_its_line(base: Path, changes: str, code: str) -> None:
    faults = check(local(base, changes))
    assert [fault.code for fault in faults] == [code]
    assert faults[0].span is not None
    assert faults[0].span.line == 2 + len(changes.splitlines())
    with pytest.raises(PolicyError):
        load_policy(base, as_of=DAY, jurisdiction="44")


def test_two_packages_of_one_level_need_an_order(base: Path) -> None:
    local(base, "sets: minimum_members, value: 40")
    second = local(base, "sets: minimum_members, value: 30", name="-second")
    assert [fault.code for fault in check(base, jurisdiction="44")] == ["overlapping-dates"]
    file = second / "changes.yaml"
    file.write_text(file.read_text().replace("value: 30", "value: 30, supersedes: base-44"))
    assert check(base, jurisdiction="44") == ()
    assert minimum(load_policy(base, as_of=DAY, jurisdiction="44")) == 30


def test_a_local_package_lies_within_what_it_extends(base: Path) -> None:
    local(base)
    assert codes(local(base, code="4501", extends="base-44")) == ["wrong-value"]
    assert codes(local(base, code="4401", extends="base-44")) == []


def test_an_expired_package_says_when_it_ended(base: Path) -> None:
    assert "missing-key" in codes(local(base, status="expired"))
    assert codes(local(base, name="-b", status="expired", period="from: 2020-01-01, until: not_seen")) == []


def test_what_applies_is_listed_with_its_status(base: Path) -> None:
    local(base, status="trial", period="from: 2020-01-01, until: not_seen")
    packages = load_policy(base, as_of=DAY, jurisdiction="44").packages
    assert [(item.id, item.status, item.is_in_force, item.is_end_confirmed) for item in packages] == [
        ("base", "in_force", True, True),
        ("base-44", "trial", True, False),
    ]


def test_a_new_package_changes_nothing_elsewhere(base: Path) -> None:
    before = load_policy(base, as_of=DAY, jurisdiction="4501")
    local(base, "sets: minimum_members, value: 40")
    assert load_policy(base, as_of=DAY, jurisdiction="4501") == before


@pytest.mark.parametrize(
    ("written", "code"), [("440300", "4403"), ("440000", "44"), ("440305", "440305"), ("cn", "cn")]
)
def test_a_code_is_read_without_the_zeros_that_mark_its_level(written: str, code: str) -> None:
    assert normalized_code(written) == code


@pytest.mark.parametrize("code", ["", "4", "99", "44a", "4403055", "CN", "４４"])
def test_a_code_of_no_place_is_refused(base: Path, code: str) -> None:
    with pytest.raises(UnknownNameError):
        rule_set(base, code)


def test_a_package_does_not_speak_for_another_place(base: Path) -> None:
    package = local(base)
    with pytest.raises(UnknownNameError):
        load_policy(package, as_of=DAY, jurisdiction="33")
    assert "0 errors" in render_all(check(package))


CITY = Path(__file__).parents[1] / "packages" / "lantern_city"
BY_TWO = "sets: least_members, only: {association: {town: 15}}"
INSTRUMENT = """format: 1
instruments:
  - id: place
    title: {zh: 办法, en: Measures}
    kind: opinions
    provisions:
      - {id: members, summary: {zh: 会员, en: members}, confidence: P}
"""
IN_FORCE = datetime.date(2024, 6, 1)


def of_the_city(folder: Path, *changes: str, code: str = "44", extends: str = "lantern_city") -> Path:
    if not (folder / "lantern_city").exists():
        shutil.copytree(CITY, folder / "lantern_city", ignore=shutil.ignore_patterns("scenarios"))
    package = folder / f"lantern_city-{code}"
    package.mkdir()
    text = PACKAGE.format(id=package.name, code=code, extends=extends, status="in_force", period="from: 2020-01-01")
    (package / "package.yaml").write_text(text, encoding="utf-8")
    (package / "instruments.yaml").write_text(INSTRUMENT.replace("id: place", f"id: place-{code}"), encoding="utf-8")
    lines = "".join(f"  - {{{line}, cite: place-{code} members}}\n" for line in changes)
    (package / "changes.yaml").write_text(f"format: 1\nchanges:\n{lines}", encoding="utf-8")
    return package


def test_some_values_of_a_parameter_are_changed_and_the_others_stay(tmp_path: Path) -> None:
    policy = load_policy(of_the_city(tmp_path, BY_TWO), as_of=IN_FORCE)
    assert dict(policy.parameters["least_members"].values) == {
        "association/district": 50, "association/town": 15, "service/district": 10, "service/town": 5,
    }  # fmt: skip
    decision = policy.decisions["filing_conditions"]
    assert isinstance(decision, CriteriaDecision)
    assert [citation.instrument for citation in decision.rules[0].citations] == ["place-44", "lantern"]
    assert [(change.old, change.new) for change in policy.changes] == [
        ("association/district: 50, association/town: 20, service/district: 10, service/town: 5",
         "association/district: 50, association/town: 15, service/district: 10, service/town: 5")
    ]  # fmt: skip


def test_each_level_changes_the_values_that_it_names(tmp_path: Path) -> None:
    province = of_the_city(tmp_path, "sets: filing_valid_years, only: {town: 1}", BY_TWO)
    city = of_the_city(tmp_path, "sets: least_members, only: {service: {town: 4}}", code="4403", extends=province.name)
    policy = load_policy(city, as_of=IN_FORCE)
    assert dict(policy.parameters["least_members"].values)["association/town"] == 15
    assert dict(policy.parameters["least_members"].values)["service/town"] == 4
    assert dict(policy.parameters["filing_valid_years"].values) == {"district": 3, "town": 1}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("sets: least_members, only: {association: {village: 15}}", "unknown-key"),
        ("sets: least_members, only: {association: 15}", "wrong-node-kind"),
        ("sets: days_to_decide, only: {town: 15}", "unknown-key"),
        ("sets: least_members, only: {association: {town: 15}}, removed: true", "unknown-key"),
        ("sets: least_members, only: {association: {town: 15}}, indexed_by: form", "unknown-key"),
        ("sets: least_members, only: {association: {town: many}}", "wrong-value"),
    ],
)
def test_what_is_no_part_of_a_parameter_is_refused(change: str, code: str, tmp_path: Path) -> None:
    assert codes(of_the_city(tmp_path, change)) == [code]


def test_no_part_is_changed_of_what_another_level_indexes_otherwise_or_removed(tmp_path: Path) -> None:
    province = of_the_city(
        tmp_path, "sets: filing_valid_years, indexed_by: form, value: {association: 2, service: 1}",
        "sets: least_members, removed: true",
    )  # fmt: skip
    city = of_the_city(
        tmp_path, "sets: filing_valid_years, only: {town: 4}", BY_TWO, code="4403", extends=province.name
    )
    assert {"removed-parameter", "unknown-target"} <= set(codes(city))
