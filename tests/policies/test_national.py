"""The shipped national package: one tier, monotone answers, both sides of each number, scenarios for each rule."""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

import attrs
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from cso_rules import determine, load_policy
from cso_rules.analysis import scenario_runner
from cso_rules.determination import Determination, Status
from cso_rules.engine.facts import domains
from cso_rules.errors import FactsError
from cso_rules.loader.packages import package_path
from cso_rules.loader.scenarios.files import Scenario, load_scenarios
from cso_rules.model.decisions import AbsentDecision, AnyDecision, ValueDecision, rules_of
from cso_rules.model.policy import Fact, Policy
from cso_rules.model.types import Value
from cso_rules.truth import Truth
from tests.sampled import examples

PATH = package_path("cn")
DAYS = tuple(datetime.date(*day) for day in [(2017, 12, 27), (2018, 6, 1), (2026, 1, 1)])
DAY = DAYS[1]
ENTITIES = load_policy("cn", as_of=DAY).presentation.entities.names
# Days on which earlier or passing texts are in force.
TEXTS = tuple(datetime.date(*day) for day in [(1999, 6, 1), (2017, 1, 1), (2022, 6, 1), (2024, 9, 4), (2024, 9, 5)])
NUMBERS = (0, 1, 29, 30, 31, 49, 50, 51)
AMOUNTS = (0, 29_999, 30_000, 1_999_999, 2_000_000, 3_999_999, 4_000_000, 7_999_999, 8_000_000)
# What an organization in scope has; generated facts start here half the time, else nearly all fall out of scope.
IN_SCOPE: Mapping[str, Value] = {
    "founder_residence": "local_residents", "is_nonprofit": True, "distributes_profit": False,
    "special_body_kind": "none", "is_active_in_community": True, "activity_kinds": frozenset({"other"}),
    "registration_status": "not_registered",
}  # fmt: skip
ABLE: Mapping[str, Value] = {
    "has_lawful_funds": True, "has_standard_name": True, "has_organizational_structure": True,
    "has_fixed_domicile": True, "can_bear_civil_liability": True, "has_suitable_full_time_staff": True,
    "has_suitable_staff": True, "has_suitable_property": True, "has_premises": True, "has_charter": True,
    "is_original_fund_paid_in": True, "has_public_benefit_purpose": True,
}  # fmt: skip


@cache
def national(day: datetime.date = DAY, entity: str = "organization") -> Policy:
    return load_policy("cn", as_of=day, entity=entity)


def decisions_on(day: datetime.date = DAY) -> dict[str, AnyDecision]:
    """Return the decisions about every kind of entity."""
    return {name: found for entity in ENTITIES for name, found in national(day, entity).decisions.items()}


def values(fact: Fact) -> st.SearchStrategy[Value]:
    kind = fact.type.kind
    if kind == "boolean":
        return st.booleans()
    if kind == "enumeration":
        return st.sampled_from(fact.type.values)
    if kind == "set":
        return st.frozensets(st.sampled_from(fact.type.values))
    if kind == "money":
        return st.sampled_from(AMOUNTS).map(Decimal) | st.integers(0, 10_000_000).map(Decimal)
    assert kind == "integer"
    return st.sampled_from(NUMBERS) | st.integers(0, 200)


@st.composite
def complete(draw: st.DrawFn, day: datetime.date = DAY) -> dict[str, Value]:
    policy = national(day)
    names = [name for name in policy.cone("tier") if name in policy.facts]
    found = {name: draw(values(policy.facts[name]), label=name) for name in names}
    usual = {**(IN_SCOPE if draw(st.booleans()) else {}), **(ABLE if draw(st.booleans()) else {})}
    found.update({name: value for name, value in usual.items() if name in found})
    try:
        domains(policy, found)
    except FactsError:
        reject()
    return found


def chosen_readings() -> st.SearchStrategy[dict[str, str]]:
    options = {name: reading.type.values for name, reading in national().readings.items()}
    return st.fixed_dictionaries({name: st.sampled_from(names) for name, names in options.items()})


@pytest.mark.parametrize("day", DAYS, ids=str)
@settings(max_examples=3 * examples(are_slow=True) // 2)
@given(data=st.data())
def test_every_complete_organization_has_exactly_one_tier(day: datetime.date, data: st.DataObject) -> None:
    facts, readings = data.draw(complete(day)), data.draw(chosen_readings())
    tier = determine(national(day), facts, readings=readings)["tier"]
    assert tier.status is Status.DETERMINED
    assert tier.possible == (tier.value,)


@settings(max_examples=3 * examples(are_slow=True) // 2)
@given(data=st.data())
def test_a_determined_tier_never_changes_when_a_missing_fact_is_filled_in(data: st.DataObject) -> None:
    full = data.draw(complete())
    given_names = data.draw(st.sets(st.sampled_from(sorted(full))))
    readings = data.draw(st.just({}) | chosen_readings())
    known = {name: full[name] for name in full if name in given_names}
    before = determine(national(), known, readings=readings)["tier"]
    possible = set(before.possible)
    for name in data.draw(st.permutations([name for name in full if name not in known])):
        known[name] = full[name]
        after = determine(national(), known, readings=readings)["tier"]
        assert set(after.possible) <= possible
        assert before.value is None or after.value == before.value
        before, possible = after, set(after.possible)


GROUP: dict[str, Value] = {
    **ABLE, "organizational_form": "social_group", "individual_members": 50, "institutional_members": 0,
    "activity_funds": Decimal(30_000),
}  # fmt: skip
FOUNDATION: dict[str, Value] = {**ABLE, "organizational_form": "foundation"}
COUNCIL: dict[str, Value] = {
    "organizational_form": "foundation", "council_members": 9, "council_term_years": 4,
    "is_founded_with_private_property": False, "has_serving_official_in_post": False,
}  # fmt: skip
# parameter, index -> decision, criterion, facts that stand on the number, and the fact that goes one below it
THRESHOLDS: Mapping[tuple[str, str], tuple[str, str, Mapping[str, Value], str]] = {
    ("minimum_individual_members", ""): ("registration_conditions", "members", GROUP, "individual_members"),
    ("minimum_institutional_members", ""): (
        "registration_conditions", "members", {**GROUP, "individual_members": 0}, "institutional_members",
    ),
    ("minimum_mixed_members", ""): (
        "registration_conditions", "members", {**GROUP, "institutional_members": 20}, "individual_members",
    ),
    ("minimum_activity_funds", ""): ("registration_conditions", "activity_funds", GROUP, "activity_funds"),
    **{
        ("minimum_original_fund", kind): (
            "registration_conditions", "original_fund", {**FOUNDATION, "foundation_kind": kind}, "original_fund",
        )
        for kind in ("national_public", "local_public", "non_public")
    },
    ("minimum_council_members", ""): (
        "foundation_governance", "council_not_too_small", COUNCIL, "council_members",
    ),
    ("maximum_council_members", ""): (
        "foundation_governance", "council_not_too_large", COUNCIL, "council_members",
    ),
    ("maximum_council_term", ""): ("foundation_governance", "term", COUNCIL, "council_term_years"),
    ("minimum_average_per_urban_community", ""): (
        "urban_target_reached", "average", {"urban_communities": 1}, "organizations_in_urban_communities",
    ),
    ("minimum_average_per_rural_community", ""): (
        "rural_target_reached", "average", {"rural_communities": 1}, "organizations_in_rural_communities",
    ),
}  # fmt: skip


def numbers() -> dict[tuple[str, str], int]:
    """Return every number of the package in units of its fact (yuan, not fen)."""
    return {
        (name, index): int(Decimal(number).scaleb(-parameter.type.scale))
        for name, parameter in national().parameters.items()
        for index, number in parameter.values
    }


def test_every_number_of_the_package_is_tried_on_both_sides() -> None:
    assert set(numbers()) == set(THRESHOLDS)


@pytest.mark.parametrize("key", THRESHOLDS, ids="/".join)
def test_both_sides_of_every_threshold(key: tuple[str, str]) -> None:
    decision, criterion, facts, fact = THRESHOLDS[key]
    other = facts.get("institutional_members", 0) if key[0] == "minimum_mixed_members" else 0
    assert isinstance(other, int)
    number = numbers()[key] - other
    beyond = number + 1 if key[0].startswith("maximum_") else number - 1
    assert answer(decision, criterion, {**facts, fact: number}) == (True, Truth.TRUE)
    assert answer(decision, criterion, {**facts, fact: beyond}) == (False, Truth.FALSE)


def answer(decision: str, criterion: str, facts: Mapping[str, Value]) -> tuple[object, Truth]:
    """Return the answer of a decision about whichever entity has these facts, and the truth of one criterion."""
    policy = next(found for entity in ENTITIES if decision in (found := national(DAY, entity)).decisions)
    outcome = determine(policy, facts)[decision]
    return outcome.value, next(found.truth for found in outcome.findings if found.rule.id == criterion)


Seen = dict[tuple[str, str], set[Truth]]
"""What each rule of a decision was in some scenario."""
BOTH = {Truth.TRUE, Truth.FALSE}


@cache
def scenario_run() -> tuple[scenario_runner.ScenarioRun, Seen]:
    """Run the scenarios, and note what the rules were; those of other decisions are asked for until both was seen."""
    seen: Seen = {}
    answered: list[tuple[Policy, Determination]] = []

    def note(found: Determination) -> None:
        for name, outcome in found.outcomes.items():
            for finding in outcome.findings:
                seen.setdefault((name, finding.rule.id), set()).add(finding.truth)

    def watch(_: Scenario, policy: Policy, found: Determination) -> None:
        answered.append((policy, found))
        note(found)

    run = scenario_runner.run_sound("cn", watch)
    for policy, found in answered:
        rules = ((name, rule.id) for name, decision in policy.decisions.items() for rule in rules_of(decision))
        open_ = {name for name, rule in rules if not seen.get((name, rule), set()) >= BOTH} - found.outcomes.keys()
        if open_:
            part = policy.part(sorted(open_))
            note(determine(part, found.facts, readings=found.readings, ask=False, engine="reference"))
    return run, seen


def scenario_results() -> tuple[scenario_runner.ScenarioResult, ...]:
    run, _ = scenario_run()
    assert run.diagnostics == ()
    return run.results


def test_all_national_scenarios_pass() -> None:
    assert len(scenario_results()) > 230
    assert [attrs.astuple(found) for found in scenario_results() if found.failures] == []


def test_every_decision_has_a_scenario_file_of_the_same_stem() -> None:
    decisions = {path.stem for path in (PATH / "decisions").glob("*.yaml")}
    scenarios = {Path(found.file).stem for found in scenario_results()}
    assert decisions == scenarios == set(decisions_on())


def truths_in_scenarios() -> Seen:
    return scenario_run()[1]


def test_every_rule_is_true_in_one_scenario_and_false_in_another() -> None:
    decisions = {path.stem for path in (PATH / "decisions").glob("*.yaml")}
    truths = truths_in_scenarios()
    assert {name for name, _ in truths} == decisions & decisions_with_rules()
    never = {key: sorted(truth.value for truth in BOTH - found) for key, found in truths.items() if not found >= BOTH}
    assert never == {}


@cache
def decisions_with_rules() -> set[str]:
    return {name for day in (*DAYS, *TEXTS) for name, found in decisions_on(day).items() if rules_of(found)}


def test_no_rule_is_outside_the_scenarios_of_its_date() -> None:
    days = (*DAYS, *TEXTS)
    found = {(name, rule.id) for day in days for name, item in decisions_on(day).items() for rule in rules_of(item)}
    assert found <= set(truths_in_scenarios())


def test_every_number_or_date_that_rules_compute_stands_in_a_scenario() -> None:
    computed = {name for name, found in decisions_on().items() if isinstance(found, ValueDecision)}
    expected = {name: found for scenario in load_scenarios("cn") for name, found in scenario.expect.items()}
    assert computed <= set(expected)


def test_the_decisions_left_to_places_have_no_rule_on_any_day() -> None:
    open_to_places = {"filing_conditions", "filing_state", "filing_expires_on", "promotion_duty", "local_class"}
    always_absent = {
        name
        for name in decisions_on()
        if all(isinstance(decisions_on(day)[name], AbsentDecision) for day in (*DAYS, *TEXTS))
    }
    assert always_absent == open_to_places
    assert decisions_on()["filing_expires_on"].type.kind == "date"


def facts_of_all_entities() -> dict[str, Fact]:
    return {name: fact for entity in ENTITIES for name, fact in national(DAY, entity).facts.items()}


@pytest.mark.parametrize("fact", facts_of_all_entities().values(), ids=lambda fact: str(fact.name))
def test_every_fact_has_label_question_and_definition_in_two_languages(fact: Fact) -> None:
    for text in (fact.label, fact.question, fact.definition):
        assert text.zh.strip()
        assert text.en.strip()
    assert fact.question.zh.endswith("？")
    assert fact.question.en.endswith("?")


def test_labels_of_facts_are_distinct() -> None:
    facts = facts_of_all_entities().values()
    assert len({fact.label.zh for fact in facts}) == len({fact.label.en for fact in facts}) == len(facts)
