"""The table of docs/explanation/missing-facts.md is what the rules answer; `--bless` writes it again."""

import datetime
from pathlib import Path

import pytest

from cso_rules import determine, load_policy
from cso_rules.model.types import Value

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "missing-facts.md"
DAY = datetime.date(2018, 6, 1)
MARKS = ("is_small_scale", "is_temporary", "is_loosely_organized")
TEAM: dict[str, Value] = {
    "founder_residence": "local_residents", "is_nonprofit": True, "distributes_profit": False,
    "special_body_kind": "none", "is_active_in_community": True,
    "activity_kinds": frozenset({"neighborhood_mutual_assistance"}), "registration_status": "not_registered",
    "organizational_form": "social_group", "individual_members": 60, "institutional_members": 0,
    "activity_funds": 20000, "has_lawful_funds": True, "has_standard_name": True, "has_organizational_structure": True,
    "has_fixed_domicile": True, "has_suitable_full_time_staff": True, "can_bear_civil_liability": True,
    "is_active_mainly_in_one_community": True, "is_small_scale": True, "is_temporary": False,
    "is_loosely_organized": True,
}  # fmt: skip
ABSENT = [
    (), ("individual_members",), ("activity_funds",), ("founder_residence",), *((mark,) for mark in MARKS), MARKS,
    ("individual_members", "activity_funds"), ("activity_funds", "is_temporary"),
    ("founder_residence", "activity_funds", *MARKS), tuple(TEAM),
]  # fmt: skip
HEAD = ["| absent | possible tiers | ask, in order | status |", "|---|---|---|---|"]


def row(absent: tuple[str, ...]) -> str:
    found = determine(load_policy("cn", as_of=DAY), {name: TEAM[name] for name in TEAM if name not in absent})
    tier = found["tier"]
    ask = [missing.name for missing in found.missing_facts if "tier" in missing.settles]
    what = "everything" if len(absent) == len(TEAM) else code(absent)
    return f"| {what} | {code(tier.possible)} | {code(ask)} | {tier.status.value} |"


def code(names: object) -> str:
    assert isinstance(names, tuple | list)
    return ", ".join(f"`{name}`" for name in names) or "nothing"


def test_the_page_shows_what_the_rules_answer(pytestconfig: pytest.Config) -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    shown = [line for line in lines if line.startswith("|")]
    expected = HEAD + [row(absent) for absent in ABSENT]
    if pytestconfig.getoption("--bless"):
        start = lines.index(HEAD[0])
        lines[start : start + len(shown)] = expected
        PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    else:
        assert shown == expected


def test_a_fact_that_is_known_is_never_asked_for() -> None:
    found = determine(load_policy("cn", as_of=DAY), TEAM)
    assert not {missing.name for missing in found.missing_facts} & set(TEAM)
