"""The vocabulary against real headings: how many it knows, and that none is read as a fact that it is not."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import pytest
import yaml

from cso_rules.model.spelling.spellings import SpellingError
from cso_rules.tables.answer.fact_cells import read_cell
from cso_rules.tables.read.headings import Headings
from tests.tables.lists.judge import HERE, policy

KNOWN_AT_LEAST = 0.9
"""Of the headings that hold a fact or its opposite; one that is missed leaves an answer wider."""
BY_THEIR_CELLS = {
    "中共党员人数": "alone on a list of teams it is that fact; the group above it tells in a ledger",
    "是否建立党组织": "是 and 否 below it are not understood",
    "类别": "what is no activity below it is not understood",
}
"""Headings that are only near a fact and are read as it: of these the cells decide, with the reason."""


@cache
def listed() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((HERE / "headings.yaml").read_text("utf-8"))["headings"]
    return found


def verdict(entry: dict[str, Any]) -> str:
    """Return what became of a heading: `right`, `missed`, or what it was wrongly read as."""
    headings = Headings.of(policy())
    item = headings.heading(entry["heading"])
    fact = item.meaning if item.is_read and item.meaning in headings.facts else None
    wanted = entry.get("fact") or entry.get("opposite_of")
    if "near" in entry:
        is_near = fact == entry["near"] and entry["heading"] not in BY_THEIR_CELLS
        return f"read as {fact}" if is_near else "right"
    if fact is None:
        return "missed" if wanted else "right"
    is_reversed = item.measure is not None and bool(item.measure.meanings)
    is_right = fact == wanted and (is_reversed or "opposite_of" not in entry)
    return "right" if is_right else f"read as {fact}"


def test_no_real_heading_is_read_as_a_fact_that_it_is_not() -> None:
    found = {entry["heading"]: verdict(entry) for entry in listed()}
    assert {heading: said for heading, said in found.items() if said not in {"right", "missed"}} == {}


def test_most_real_headings_are_known(capsys: pytest.CaptureFixture[str]) -> None:
    headings = Headings.of(policy())
    facts = [entry for entry in listed() if "fact" in entry or "opposite_of" in entry]
    others = [entry for entry in listed() if entry.get("no_fact")]
    told = Counter(map(verdict, facts))
    known = [entry for entry in others if not headings.heading(entry["heading"]).is_unknown]
    with capsys.disabled():
        print(  # noqa: T201 - the shares are what is asked for
            f"\nreal headings: {len(listed())}; facts known {told['right']} of {len(facts)},"
            f" no facts known as such {len(known)} of {len(others)}"
        )
    assert told["right"] / len(facts) >= KNOWN_AT_LEAST, [one["heading"] for one in facts if verdict(one) == "missed"]


@pytest.mark.parametrize(
    ("fact", "text"),
    [("party_organization_form", "是"), ("party_organization_form", "否"), ("activity_kinds", "社会团体")],
)
def test_cells_below_a_near_heading_that_do_not_fit_are_not_understood(fact: str, text: str) -> None:
    with pytest.raises(SpellingError):
        read_cell(policy(), fact, text)


def test_a_unit_far_behind_a_name_is_read_and_a_long_text_is_no_name() -> None:
    headings = Headings.of(policy())
    assert headings.heading(f"活动资金{'-' * 2000}万元").meaning == "activity_funds"
    assert headings.heading("长" * 32_768).is_unknown
