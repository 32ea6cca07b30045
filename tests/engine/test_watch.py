"""Changes of facts become events: what changed, from what to what, and why."""

import datetime

import attrs
import pytest

from cso_rules import load_policy, watch
from cso_rules.determination import Status
from cso_rules.engine.watch import FactChange
from cso_rules.errors import FactsError, UnknownNameError
from cso_rules.model.decisions import Rule, TableDecision
from cso_rules.model.expressions import Constant, Within
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Policy
from cso_rules.model.types import Type
from cso_rules.truth import Truth
from tests.engine.small_policy import at_least, rule, small_policy

ABLE = {"people": 60, "bodies": 0, "capital": 30_000, "is_suitable": True}


def between(name: str, low: int, high: int) -> Within:
    return attrs.evolve(at_least(name, low), high=high)


REPORT, AUDIT = rule("report", at_least("people", 1)), rule("audit", at_least("capital", 5_000_000), 1)


def policy_with_duties(*rules: Rule, otherwise: bool = False) -> Policy:
    duties = TableDecision(
        name="duties", label=Label(zh="职责", en="duties"), hit_policy="collect",
        type=Type(kind="set", values=("report", "audit")),
        rules=rules, otherwise=otherwise, outputs=((("duty", "report"),), (("duty", "audit"),)),
    )  # fmt: skip
    policy = small_policy()
    return attrs.evolve(policy, decisions={**policy.decisions, "duties": duties})


def test_a_change_of_tier_is_an_event_with_its_cause() -> None:
    watcher = watch(small_policy())
    watcher.add("A", ABLE)
    (event,) = watcher.change("A", {"people": 40})
    assert (event.organization, event.decision, event.item) == ("A", "tier", None)
    assert (event.before.value, event.after.value) == ("registered", "managed")
    assert event.facts == (FactChange("people", 60, 40),)
    changed = [(change.decision, change.rule.id, change.before, change.after) for change in event.rules]
    assert changed[0] == ("tier", "able", Truth.TRUE, Truth.FALSE)
    assert ("able", "members", Truth.TRUE, Truth.FALSE) in changed


def test_an_answer_that_becomes_open_is_an_event_of_status() -> None:
    watcher = watch(small_policy())
    watcher.add("A", ABLE)
    (event,) = watcher.change("A", {"capital": None})
    assert (event.before.status, event.after.status) == (Status.DETERMINED, Status.UNDETERMINED)
    assert event.after.possible == ("registered", "managed")
    assert event.after.value is None
    assert "capital" not in watcher["A"].facts


def test_each_item_of_a_list_has_events_of_its_own() -> None:
    watcher = watch(policy_with_duties(REPORT, AUDIT), decisions=["duties"])
    watcher.add("A", ABLE)
    (event,) = watcher.change("A", {"capital": 60_000, "people": 61})
    assert event.item == {"duty": "audit"}
    assert (event.before.value, event.after.value) == (False, True)
    assert [fact.name for fact in event.facts] == ["capital"]
    assert [(change.decision, change.rule.id) for change in event.rules] == [("duties", "audit")]


def test_an_item_that_another_row_gives_now_applies_as_before() -> None:
    few, many = rule("few", between("people", 1, 49)), rule("many", at_least("people", 50))
    watcher = watch(policy_with_duties(few, many), decisions=["duties"])
    watcher.add("A", ABLE)
    assert watcher.change("A", {"people": 40}) == ()
    (event,) = watcher.change("A", {"people": 0})
    assert (event.item, event.before.value, event.after.value) == ({"duty": "report"}, True, False)
    assert [fact.name for fact in event.facts] == ["people"]
    assert [(change.rule.id, change.before, change.after) for change in event.rules] == [
        ("few", Truth.TRUE, Truth.FALSE)
    ]


def test_the_item_of_the_row_otherwise_depends_on_what_the_other_rows_read() -> None:
    policy = policy_with_duties(REPORT, rule("audit", Constant(value=True), 1), otherwise=True)
    watcher = watch(policy, decisions=["duties"])
    watcher.add("A", ABLE)
    events = watcher.change("A", {"people": 0})
    assert [(event.item, event.after.value, [fact.name for fact in event.facts]) for event in events] == [
        ({"duty": "report"}, False, ["people"]),
        ({"duty": "audit"}, True, ["people"]),
    ]


def test_a_change_that_changes_no_answer_is_no_event() -> None:
    watcher = watch(small_policy())
    watcher.add("A", ABLE)
    assert watcher.change("A", {"people": 61}) == ()
    assert watcher["A"].facts["people"] == 61


def test_several_facts_are_one_change_and_back_again_is_the_same_answer() -> None:
    watcher = watch(small_policy())
    first = watcher.add("A", ABLE)
    there = watcher.change("A", {"people": 40, "capital": 1})
    back = watcher.change("A", {"people": 60, "capital": 30_000})
    assert [(event.decision, event.before, event.after) for event in back] == [
        (event.decision, event.after, event.before) for event in there
    ]
    assert watcher["A"].outcomes == first.outcomes


def test_what_is_refused_changes_nothing() -> None:
    watcher = watch(small_policy())
    watcher.add("A", ABLE)
    before = watcher["A"]
    with pytest.raises(FactsError):
        watcher.change("A", {"people": 10_000})
    with pytest.raises(FactsError):
        watcher.change("A", {"poeple": 1})
    assert watcher["A"] is before


def test_organizations_are_apart_and_can_be_removed() -> None:
    watcher = watch(small_policy())
    watcher.add("A", ABLE)
    watcher.add("B", ABLE)
    assert watcher.change("A", {"people": 40})
    assert watcher["B"].facts["people"] == 60
    watcher.remove("A")
    assert list(watcher) == ["B"]
    for act in (lambda: watcher.change("A", {}), lambda: watcher["A"], lambda: watcher.remove("A")):
        with pytest.raises(UnknownNameError):
            act()


def test_a_decision_that_does_not_exist_cannot_be_watched() -> None:
    with pytest.raises(UnknownNameError):
        watch(small_policy(), decisions=["teir"])


def test_readings_are_those_that_were_chosen() -> None:
    loose = watch(small_policy(), readings={"wording": "loose"})
    assert loose.add("A", {"people": 3})["mixed"].value is True


def test_the_tier_duties_and_support_of_the_national_rules_are_watched() -> None:
    policy = load_policy("cn", as_of=datetime.date(2018, 6, 1))
    watcher = watch(policy)
    assert {"tier", "obligations", "support_measures"} <= set(watcher.decisions)
    watcher.add("A", {"registration_status": "registered"})
    events = watcher.change("A", {"registration_status": "not_registered"})
    tier = next(event for event in events if event.decision == "tier")
    assert [fact.name for fact in tier.facts] == ["registration_status"]
    assert ("has_valid_registration", Truth.TRUE) in [(change.decision, change.before) for change in tier.rules]


def test_a_body_that_manages_before_and_after_does_not_change() -> None:
    watcher = watch(load_policy("cn", as_of=datetime.date(2018, 6, 1)), decisions=["responsibilities"])
    facts = {
        "founder_residence": "local_residents", "is_nonprofit": True, "distributes_profit": False,
        "special_body_kind": "none", "is_active_in_community": True, "activity_kinds": {"services_for_residents"},
        "registration_status": "not_registered", "organizational_form": "social_group", "individual_members": 49,
        "institutional_members": 0, "activity_funds": 30_000, "has_lawful_funds": True, "has_standard_name": True,
        "has_organizational_structure": True, "has_fixed_domicile": True, "has_suitable_full_time_staff": True,
        "can_bear_civil_liability": True, "is_active_mainly_in_one_community": False,
        "community_type": "urban", "subdistrict_unit_kind": "subdistrict",
    }  # fmt: skip
    watcher.add("A", facts)
    items = [event.item for event in watcher.change("A", {"individual_members": 50})]
    assert {"role": "registers", "body": "county_civil_affairs_department"} in items
    assert {"role": "manages", "body": "subdistrict_office"} not in items
