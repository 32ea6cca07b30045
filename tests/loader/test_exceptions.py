"""`except_when` says where something does not count, and means what `not(...)` in its place would mean."""

import itertools
from pathlib import Path

import pytest

from cso_rules.engine.determine import determine
from cso_rules.errors import PolicyError
from cso_rules.loader.load import load_policy
from tests.cases.small_package import DAY, package

OPEN = {
    "has_charter": (True, False, None),
    "community_type": ("urban", "rural", None),
    "individual_members": (1, 2, None),
}
HEAD = "output: boolean\nhit_policy: first\n"
REST = "otherwise: {id: rest, label: {zh: 其余, en: rest}, then: %s}\ncite: opinions s49\n"
ONE = "id: one, label: {zh: 一, en: one}, when: individual_members >= 2"
ALSO = "  - {id: two, label: {zh: 二, en: two}, when: individual_members >= 1}\n"
GROUP = "  - label: {zh: 组, en: group}\n    %s\n    criteria:\n      - {%s}\n"
EXCEPTED, NEGATED = "except_when: has_charter", "applies_when: not(has_charter)"
TWICE = "applies_when: community_type = urban, except_when: has_charter"
WAYS = {
    "criterion": [f"criteria:\n  - {{{ONE}, {way}}}\n{ALSO}cite: opinions s49\n" for way in (EXCEPTED, NEGATED)],
    "where it applies": [f"criteria:\n  - {{{ONE}, {way}}}\n{ALSO}cite: opinions s49\n"
                         for way in (TWICE, "applies_when: community_type = urban and not(has_charter)")],
    "row": [f"{HEAD}rules:\n  - {{{row}, then: true}}\n{REST % 'false'}"
            for row in (f"{ONE}, {EXCEPTED}", f"{ONE} and not(has_charter)")],
    "case": [f"type: integer\ncases:\n  - {{{row}, then: individual_members}}\n{REST % '7'}"
             for row in (f"{ONE}, {EXCEPTED}", f"{ONE} and not(has_charter)")],
    "group": [f"criteria:\n{GROUP % (way, ONE)}{ALSO}cite: opinions s49\n" for way in (EXCEPTED, NEGATED)],
    "both": [f"criteria:\n{each}{ALSO}cite: opinions s49\n"
             for each in (GROUP % (EXCEPTED, f"{ONE}, except_when: community_type = urban"),
                          f"  - {{{ONE}, applies_when: not(has_charter or community_type = urban)}}\n")],
}  # fmt: skip


@pytest.mark.parametrize(("excepted", "negated"), WAYS.values(), ids=WAYS)
def test_what_is_excepted_answers_as_its_negation(excepted: str, negated: str, tmp_path: Path) -> None:
    policy = load_policy(package(tmp_path, {"one": excepted, "two": negated}), as_of=DAY)
    for values in itertools.product(*OPEN.values()):
        facts = {name: value for name, value in zip(OPEN, values, strict=True) if value is not None}
        found = determine(policy, facts)
        one, two = found["one"], found["two"]
        assert (one.status, one.domain, one.none) == (two.status, two.domain, two.none), facts
        assert [item.truth for item in one.findings] == [item.truth for item in two.findings], facts


def test_what_holds_otherwise_has_no_exception(tmp_path: Path) -> None:
    body = WAYS["row"][0].replace("then: false", "then: false, except_when: has_charter")
    with pytest.raises(PolicyError) as caught:
        load_policy(package(tmp_path, {"one": body}), as_of=DAY)
    assert [fault.code for fault in caught.value.diagnostics] == ["unknown-key"]


def test_a_fault_in_an_exception_is_shown_at_its_place(tmp_path: Path) -> None:
    body = WAYS["criterion"][0].replace("except_when: has_charter", "except_when: has_chartre")
    with pytest.raises(PolicyError) as caught:
        load_policy(package(tmp_path, {"one": body}), as_of=DAY)
    (fault,) = caught.value.diagnostics
    assert fault.code == "unknown-name"
    assert fault.span is not None
    assert fault.span.source.text[fault.span.start : fault.span.end] == "has_chartre"
