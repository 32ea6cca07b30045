"""A bundle answers as the rule files do, at the ends of its periods and in them."""

import datetime
import json
import random
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest

from cso_rules import classify, determine_many
from cso_rules.bundle.opened import Bundle, load_bundle
from cso_rules.engine.cache import load_policy
from cso_rules.engine.determine import determine
from cso_rules.errors import ArgumentError, BundleError, UnknownNameError
from cso_rules.loader.load import load_period
from cso_rules.loader.packages import rule_set
from cso_rules.meaning.complete import OpenDay, answers
from cso_rules.model.decisions import rules_of
from cso_rules.model.given_days import given_day, within_period
from cso_rules.plan.building import plan_of
from cso_rules.plan.kept.written import to_json
from cso_rules.studies.ask_next.ranking import ask_next
from tests.bundle_answers import days_of, differences, of_rule_files
from tests.bundle_walker import BundleWalker
from tests.plan.test_kept import given_to_walker, one_value, said
from tests.plan_walker import Walker
from tests.sampled import sampled
from tests.strategies import variables_of

DAY = datetime.date(2026, 3, 1)
ORGANIZATION = {"individual_members": 60, "has_charter": True, "organizational_form": "social_group"}


def seeded(text: str) -> random.Random:
    return random.Random(text)  # noqa: S311 - made up


@pytest.mark.generated
@pytest.mark.parametrize("place", ["cn", "11", "4103"])
def test_generated_organizations_have_the_same_answers(bundle: Bundle, place: str) -> None:
    chance = seeded(place)
    days = days_of(bundle, place, chance)
    chance.shuffle(days)
    for day in days[: len(sampled(range(20), are_slow=True))]:
        assert list(differences(bundle, place, day, "organization", 5)) == []


@pytest.mark.parametrize("entity", ["community", "area", "authority"])
def test_answers_about_others_than_organizations_are_the_same(bundle: Bundle, entity: str) -> None:
    chance = seeded(entity)
    for day in chance.sample(days_of(bundle, "11", chance), 4):
        assert list(differences(bundle, "11", day, entity, 4)) == []


@pytest.mark.parametrize("place", ["cn", "110101", "4103"])
def test_policy_is_that_of_the_rule_files(bundle: Bundle, place: str) -> None:
    chance = seeded(place)
    for day in chance.sample(days_of(bundle, place.replace("110101", "11"), chance), 3):
        found, expected = bundle.policy(as_of=day, jurisdiction=place), of_rule_files(place, day)
        assert found == expected
        assert found.place_notice == expected.place_notice


def test_place_may_be_named(bundle: Bundle) -> None:
    assert bundle.policy(as_of=DAY, jurisdiction="北京") is bundle.policy(as_of=DAY, jurisdiction="110000")
    assert bundle.policy(as_of=DAY, jurisdiction="河南省洛阳市").jurisdiction == "4103"
    with pytest.raises(UnknownNameError):
        bundle.policy(as_of=DAY, jurisdiction="Nowhere")


def test_place_without_own_rules_has_the_national_ones(bundle: Bundle) -> None:
    assert bundle.policy(as_of=DAY, jurisdiction="13") == load_policy(as_of=DAY, jurisdiction="13")


@pytest.mark.parametrize("place", ["4403", "440305", "44", "深圳"])
def test_place_whose_rules_are_left_out_is_refused(bundle: Bundle, place: str) -> None:
    with pytest.raises(BundleError, match="without the rules of 44") as caught:
        bundle.policy(as_of=DAY, jurisdiction=place)
    assert caught.value.fault == "no_such_place"
    assert "请重新生成" in caught.value.in_language("zh")


def test_day_before_the_first_is_refused(bundle: Bundle) -> None:
    with pytest.raises(BundleError, match=r"from 2025-06-01 to \.\.\., not for 2025-05-31") as caught:
        bundle.policy(as_of="2025-05-31")
    assert caught.value.fault == "no_such_day"
    assert bundle.policy(as_of="2199-12-31").as_of == datetime.date(2199, 12, 31)


def test_what_is_no_day_and_no_entity_is_refused(bundle: Bundle) -> None:
    with pytest.raises(ArgumentError):
        bundle.policy(as_of="2026-02-30")
    with pytest.raises(BundleError, match="area, authority, community, organization"):
        bundle.policy(as_of=DAY, entity="planet")
    with pytest.raises(UnknownNameError):
        bundle.gaps(bundle.determine({}, as_of=DAY), "no_such_decision", "x")


def test_classification_is_that_of_the_rule_files(bundle: Bundle) -> None:
    found = bundle.classify(ORGANIZATION, as_of=DAY, jurisdiction="4103", has_standard_name=True)
    expected = classify(ORGANIZATION, as_of=DAY, jurisdiction="4103", has_standard_name=True)
    for field in attrs.fields(type(expected)):
        if field.name != "determination":
            assert getattr(found, field.name) == getattr(expected, field.name), field.name
    assert found.path_to("registered") == expected.path_to("registered")


def test_what_to_ask_next_is_that_of_the_rule_files(bundle: Bundle) -> None:
    records: list[dict[str, object]] = [{}, {"founder_residence": "local_residents", "is_nonprofit": True}]
    policy = load_policy(as_of=DAY, jurisdiction="11")
    found = bundle.ask_next(records, as_of=DAY, jurisdiction="11")
    expected = ask_next(
        ((number, str(number), "", determine(policy, facts)) for number, facts in enumerate(records, 1)), policy
    )
    assert found.order == expected.order
    assert found.records == expected.records


def test_tables_have_the_answers_of_the_rule_files(bundle: Bundle, tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    table.write_text("individual_members,has_charter\n60,true\n3,\n,false\n", encoding="utf-8")
    found = bundle.determine_many(table, as_of=DAY, jurisdiction="11")
    expected = determine_many(table, load_policy(as_of=DAY, jurisdiction="11"))
    assert [batch.to_pylist() for batch in found] == [batch.to_pylist() for batch in expected]


def test_rows_have_the_rules_of_their_own_place_and_day(bundle: Bundle, tmp_path: Path) -> None:
    rows = ["individual_members,has_charter,jurisdiction,as_of", "60,true,110101,2025-07-01", "3,,4103,2026-02-01",
            "30,false,13,2026-01-01", "30,false,,2026-01-01", "5,true,110101,", "5,true,4403,2026-02-01"]  # fmt: skip
    table = tmp_path / "list.csv"
    table.write_text("\n".join(rows[:-1]), encoding="utf-8")
    asked: dict[str, Any] = {
        "as_of": DAY,
        "jurisdiction": "北京",
        "reasons": True,
        "decisions": ["tier", "next_actions"],
    }
    found, expected = bundle.determine_many(table, **asked), determine_many(table, **asked)
    assert [batch.to_pylist() for batch in found] == [batch.to_pylist() for batch in expected]
    assert found.notes == expected.notes
    table.write_text("\n".join(rows), encoding="utf-8")
    last = [row for batch in bundle.determine_many(table, **asked) for row in batch.to_pylist()][-1]
    assert "不在该规则包适用的地区内" in str(last)


def test_nothing_of_yaml_is_loaded(path: Path) -> None:
    script = f"""
import sys
sys.modules["yaml"] = None
import cso_rules
bundle = cso_rules.load_bundle({str(path)!r})
found = bundle.determine({{"individual_members": 60}}, as_of="2026-03-01", jurisdiction="北京")
assert found.missing_facts and bundle.explain(found, "en")
bundle.classify({{"individual_members": 60}}, as_of="2026-03-01")
bundle.gaps(found, "tier", "registered")
bundle.ask_next([{{}}], as_of="2026-03-01")
list(bundle.determine_many({str(path.parent / "list.csv")!r}, as_of="2026-03-01"))
"""
    (path.parent / "list.csv").write_text("individual_members\n60\n", encoding="utf-8")
    import subprocess

    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


@pytest.mark.parametrize("place", ["cn", "4103"])
def test_kept_plan_has_the_bytes_of_the_plan_of_its_rules(bundle: Bundle, place: str) -> None:
    rules = rule_set("cn", place)
    for period in bundle.content["places"][place]:
        first = datetime.date.fromisoformat(period["from"])
        last = datetime.date.fromisoformat(period["until"] or "2200-01-02") - datetime.timedelta(days=1)
        for entity in period["about"]:
            policy = within_period(load_period(rules, first, entity=entity), first, last)
            text = bundle.kept_plan(as_of=first, jurisdiction=place, entity=entity)
            assert text == to_json(plan_of(policy)), (first, entity)


@pytest.mark.parametrize("place", ["cn", "4103"])
def test_walker_follows_the_plan_of_a_period_on_each_of_its_days(bundle: Bundle, place: str) -> None:
    chance = seeded(f"walker {place}")
    for day in chance.sample(days_of(bundle, place, chance), 4):
        text = bundle.kept_plan(as_of=day, jurisdiction=place)
        about = json.loads(text)["rules"]
        assert (about["as_of"], about["jurisdiction"]) == (day.isoformat(), place)
        policy, walker = bundle.policy(as_of=day, jurisdiction=place), Walker(text)
        days = {name: given.on(day) for name in about["facts"] if (given := given_day(name)) is not None}
        for _ in range(10):
            values = {name: one_value(kind, chance) for name, kind in variables_of(policy).items()}
            try:
                expected = answers(policy, values, {})
            except OpenDay:  # no answer of one record alone
                continue
            known = {name: given_to_walker(policy.variable_type(name), value) for name, value in values.items()}
            known |= {name: found.toordinal() for name, found in days.items() if found}
            for name, decision in policy.decisions.items():
                assert walker.answer(name, known) == said(decision, expected[name].answer), (day, name)
                assert walker.rules(name, known) == expected[name].rules, (day, name)


@pytest.mark.parametrize(("place", "day"), [("cn", "2028-02-29"), ("110105", "2026-05-31"), ("4103", "2025-12-30")])
def test_file_alone_is_enough_for_a_walker(bundle: Bundle, path: Path, place: str, day: str) -> None:
    chance, date = seeded(place), datetime.date.fromisoformat(day)
    policy, walker = bundle.policy(as_of=date, jurisdiction=place), BundleWalker(path)
    entry = walker.entry(place, date)
    for _ in range(3):
        values = {name: one_value(kind, chance) for name, kind in variables_of(policy).items()}
        expected = answers(policy, values, {})
        known = {name: given_to_walker(policy.variable_type(name), value) for name, value in values.items()}
        for name in ("tier", "next_actions", "registration_revocable", "registrar_report_due_on", "obligations"):
            found = walker.answer(entry, date, name, known)
            assert found == said(policy.decisions[name], expected[name].answer), name
    told = walker.value(entry["rules"])
    tier = policy.decisions["tier"]
    assert told["decisions"]["tier"]["label"] == {"zh": tier.label.zh, "en": tier.label.en}
    first = told["decisions"]["tier"]["rules"][0]["citations"][0]
    assert first["provision"] == rules_of(tier)[0].citations[0].provision
    assert told["readings"].keys() == policy.readings.keys()
    assert told["facts"]["individual_members"]["question"]["zh"] == policy.facts["individual_members"].question.zh


def is_not_to_be_made(*_: object) -> None:
    raise NotImplementedError


def test_another_process_finds_the_policy_ready(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSO_RULES_CACHE", str(tmp_path / "cache"))
    first = load_bundle(path).policy(as_of=DAY, jurisdiction="110101")
    assert len(list((tmp_path / "cache").iterdir())) == 1
    with monkeypatch.context() as another:
        another.setattr(Bundle, "_made", is_not_to_be_made)
        found = load_bundle(path).policy(as_of=DAY, jurisdiction="110101")
        assert found == first == of_rule_files("110101", DAY)
        with pytest.raises(NotImplementedError):
            load_bundle(path).policy(as_of=DAY, jurisdiction="11")
    load_bundle(path).policy(as_of="2026-03-02", is_kept=False)
    assert len(list((tmp_path / "cache").iterdir())) == 1
