"""A recorded decision that is asked again has the same answer by the same rules, and by others one with its reasons."""

import datetime
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cso_rules import UNKNOWN, Policy, determine, load_bundle, load_policy
from cso_rules.bundle.build import build_bundle
from cso_rules.bundle.opened import Bundle
from cso_rules.errors import FactsError
from cso_rules.model.types import Between, SomeOf
from cso_rules.records.replay import Replayed, replay, rules_of_bundle, rules_of_packages
from cso_rules.records.store import RecordStore

ABOUT: dict[str, Any] = {"asked_by": "desk 3", "reason": "application of 2024-05-30"}
READERS: list[dict[str, object]] = [
    {},
    {"age": 12, "home": "main_home", "guardian_consents": True},
    {"age": Between(low=10, high=14), "media_wanted": ["books", "films"], "joined_on": datetime.date(2021, 2, 28)},
    {"age": 40, "home": "elsewhere", "deposit_paid": Between(high=Decimal("30.50")), "overdue_items": UNKNOWN},
    {
        "home": UNKNOWN, "media_wanted": SomeOf(sure=frozenset({"books"})),
        "joined_on": Between(low=datetime.date(2020, 1, 1)),
    },
    {"address_is_credible": {"value": True, "judged_by": "Ms L", "judged_on": "2024-05-01", "basis": "a letter"}},
    {"age": 13, "home": "main_home", "joined_on": "2023-07-01"},
]  # fmt: skip


@pytest.fixture(scope="module")
def bundle(card: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    file = tmp_path_factory.mktemp("bundle") / "card.bundle"
    file.write_bytes(build_bundle(card, first=datetime.date(2024, 1, 1)).data)
    return load_bundle(file)


@pytest.fixture
def filled(store: RecordStore, policy: Policy) -> RecordStore:
    for facts in READERS:
        store.append(determine(policy, facts), **ABOUT)
    chosen = determine(policy, {"home": "second_home"}, readings={"who_lives_here": "any_home"})
    store.append(chosen, **ABOUT)
    with pytest.raises(FactsError) as refused:
        determine(policy, {"age": "old", "overdue_items": "many"})
    store.append(determine(policy, {"home": "main_home"}, problems=refused.value.problems), **ABOUT)
    return store


def changed(card: Path, folder: Path, *edits: tuple[str, str, str]) -> Path:
    found = folder / "library_card"
    shutil.copytree(card, found)
    for file, old, new in edits:
        text = (found / file).read_text("utf-8")
        assert old in text
        (found / file).write_text(text.replace(old, new), "utf-8")
    return found


def test_the_rule_files_give_the_same_answers_again(filled: RecordStore, card: Path) -> None:
    found = [*replay(filled, rules_of_packages(card))]
    assert [each.result for each in found] == ["identical"] * 9
    assert all(each.has_same_rules for each in found)


def test_a_bundle_gives_the_same_answers_again(store: RecordStore, bundle: Bundle) -> None:
    for facts in READERS:
        store.append(bundle.determine(facts, as_of="2024-06-01"), **ABOUT, bundle=bundle.digest)
    found = [*replay(store, rules_of_bundle(bundle))]
    assert [each.result for each in found] == ["identical"] * len(READERS)


def only(store: RecordStore, package: Path, number: int) -> Replayed:
    (found,) = replay(store, rules_of_packages(package), (number,))
    return found


def test_other_rules_give_another_answer_with_what_turned_and_the_provisions(
    filled: RecordStore, card: Path, tmp_path: Path
) -> None:
    lowered = "{from: 2024-01-01, value: 14, cite: card-rules-change art1}"
    other = changed(card, tmp_path, ("parameters/numbers.yaml", lowered, lowered.replace("14", "13")))
    found = only(filled, other, 7)
    assert (found.result, found.has_same_rules, found.is_wrong) == ("different", False, False)
    kind = next(each for each in found.differences if each.decision == "card_kind")
    assert kind.kind == "answer"
    assert kind.before is not None
    assert kind.after is not None
    assert (kind.before["value"], kind.after["value"]) == ("children_card", "full_card")
    turned = {each.rule: (each.before, each.after) for each in kind.turned}
    assert turned == {"children": ("true", None), "full": (None, "true")}
    assert all(rule.provisions for rule in kind.turned)
    services = next(each for each in found.differences if each.decision == "services")
    assert "card_kind" in services.rests_on
    assert {each.result for each in replay(filled, rules_of_packages(other), (2, 4))} == {"identical"}


def test_an_answer_on_other_grounds_is_told_apart(filled: RecordStore, card: Path, tmp_path: Path) -> None:
    old = "    then: children_card\n    cite: card-rules art1"
    other = changed(card, tmp_path, ("decisions/card_kind.yaml", old, old.replace("art1", "art2")))
    found = only(filled, other, 7)
    kind = next(each for each in found.differences if each.decision == "card_kind")
    assert kind.kind == "grounds"
    assert kind.gone
    assert kind.before is not None
    assert kind.after is not None
    assert kind.before["value"] == kind.after["value"]


def test_a_fact_that_the_rules_no_longer_know_is_said(filled: RecordStore, card: Path, tmp_path: Path) -> None:
    other = changed(card, tmp_path, ("vocabulary.yaml", "    maximum: 120", "    maximum: 12"))
    found = only(filled, other, 7)
    assert (found.result, found.is_wrong) == ("refused", True)
    assert found.error is not None
    assert "age" in str(found.error)


def test_what_was_erased_cannot_be_asked_again(filled: RecordStore, card: Path) -> None:
    filled.erase(2, ["age"], asked_by="Mr P", reason="request of 2026-01-02")
    found = only(filled, card, 2)
    assert (found.result, found.erased, found.is_wrong) == ("erased", ("age",), False)
    assert [each.result for each in replay(filled, rules_of_packages(card))].count("identical") == 8


def test_a_place_a_draft_and_a_deviation_left_out_are_found_again(store: RecordStore) -> None:
    for place, options in (("cn", {}), ("4403", {}), ("3210", {"local_deviations": False}), ("3210", {})):
        policy = load_policy("cn", as_of="2019-06-01", jurisdiction=place, **options)  # type: ignore[arg-type]
        store.append(determine(policy, {"individual_members": 30}), **ABOUT)
    assert [each.result for each in replay(store, rules_of_packages())] == ["identical"] * 4
    assert [record.content["rules"]["local_deviations"] for record in store.records()] == [True, True, False, True]
