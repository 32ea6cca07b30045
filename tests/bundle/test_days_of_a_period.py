"""Faults and what local changes do are those of each day, also where conditions compare the date."""

import datetime
from pathlib import Path

import pytest

from cso_rules.bundle.build import build_bundle
from cso_rules.bundle.opened import Bundle, load_bundle
from cso_rules.errors import PolicyError
from cso_rules.loader.load import load_policy
from tests.loader.local_packages import local, national

FIRST = datetime.date(2021, 3, 1)
DAYS = ["2021-03-01", "2021-06-30", "2021-07-01", "2021-07-31", "2021-08-01", "2030-01-01"]
FOUNDED = """  - id: founded_on
    type: date
    label: {zh: 成立日期, en: founded on}
    question: {zh: 何时成立?, en: When was it founded?}
    definition: {zh: 成立, en: founding}
readings:
"""
TIER = """format: 1
decision: tier
label: {zh: 层级, en: tier}
output: tier
hit_policy: first
rules:
  - {id: large, label: {zh: 多, en: many}, when: individual_members >= 50, then: registered, cite: opinions s49}
  - {id: early, label: {zh: 早, en: early}, when: as_of < date("2021-07-01"), then: guided, cite: opinions s49}
"""


@pytest.fixture(name="base")
def in_a_folder(tmp_path: Path) -> Path:
    base = national(tmp_path)
    vocabulary = base / "vocabulary.yaml"
    vocabulary.write_text(vocabulary.read_text(encoding="utf-8").replace("readings:\n", FOUNDED, 1), encoding="utf-8")
    return base


def bundle_of(base: Path) -> Bundle:
    file = base.parent / "base.bundle"
    file.write_bytes(build_bundle(base, first=FIRST).data)
    return load_bundle(file)


def replacing_charter(base: Path, when: str) -> None:
    local(base, f"replaces: admission/charter, criterion: {{label: {{zh: 章程, en: charter}}, when: '{when}'}}")


@pytest.mark.parametrize(
    ("when", "below"),
    [
        ('has_charter or as_of >= date("2021-07-01")', [0, 0, 1, 1, 1, 1]),
        ('has_charter or (as_of between date("2021-07-01") and date("2021-07-31"))', [0, 0, 1, 1, 0, 0]),
        ("has_charter or as_of - founded_on >= 365", [1, 1, 1, 1, 1, 1]),
        ("has_charter or founded_on >= next_day(3, 31)", [1, 1, 1, 1, 1, 1]),
    ],
)
def test_local_changes_bear_on_higher_law_as_on_each_day(base: Path, when: str, below: list[int]) -> None:
    replacing_charter(base, when)
    bundle = bundle_of(base)
    for day, is_below in zip(DAYS, below, strict=True):
        (found,) = bundle.policy(as_of=day, jurisdiction="44").changes
        (expected,) = load_policy(base, as_of=datetime.date.fromisoformat(day), jurisdiction="44").changes
        assert (found.conflicts_with, found.beyond) == (expected.conflicts_with, expected.beyond), day
        assert [citation.provision for citation in found.conflicts_with] == ["charter"] * is_below
        assert (found.admitted is not None) == bool(is_below)
        assert found.refused is expected.refused is None


def test_periods_end_where_a_comparison_of_the_date_turns(base: Path) -> None:
    replacing_charter(base, 'has_charter or (as_of between date("2021-07-01") and date("2021-07-31"))')
    periods = [period["from"] for period in bundle_of(base).content["places"]["44"]]
    assert periods == ["2021-03-01", "2021-07-01", "2021-08-01"]


def test_rules_that_have_a_fault_from_some_day_on_are_refused(base: Path) -> None:
    (base / "decisions" / "tier.yaml").write_text(TIER, encoding="utf-8")
    load_policy(base, as_of=datetime.date(2021, 6, 30))
    with pytest.raises(PolicyError) as caught:
        build_bundle(base, first=FIRST)
    assert [fault.code for fault in caught.value.diagnostics] == ["missing-otherwise"]
