"""The script that compares executors with every completion: some packages are exact, and a difference is noticed."""

import importlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest

from cso_rules.model.decisions import rules_of
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain
from cso_rules.results import Result


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script as a module; it finds its neighbours as it does when it is run."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    return importlib.import_module("exactness")


@pytest.mark.parametrize("start", range(100_000, 100_040, 10))
def test_answers_reasons_and_missing_facts_are_exactly_what_completions_show(script: Any, start: int) -> None:
    for number in range(start, start + 10):
        assert script.compared(number, records=4, many=range(0)).shown == []


def test_packages_hold_all_that_policies_can_hold(script: Any) -> None:
    policies = (script.small.small_policy(script.random.Random(number)) for number in range(60))
    found = {kind for policy in policies for kind in script.kinds_of(policy)}
    hit_policies = {f"hit policy {name}" for name in script.small.HIT_POLICIES}
    facts = {f"{kind} facts" for kind in ("boolean", "integer", "money", "date", "enumeration", "set")}
    sums = {"sums of 2", "sums of 3", "differences", "counts of sets", "computed numbers and dates"}
    dates = {"moved dates", "dates moved by working days"}
    rest = {"open readings", "no rule in force", "decisions on decisions, three deep or more"}
    assert hit_policies | facts | sums | dates | rest <= found


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"true": 0, "unknown": -1}, "inexact"), ({"true": -1}, "unsound"), ({"domain": 0}, "unsound"),
        ({"deciding_rules": 1 << 60}, "inexact"),
    ],
)  # fmt: skip
def test_a_planted_difference_is_found(
    script: Any, monkeypatch: pytest.MonkeyPatch, change: dict[str, int], kind: str
) -> None:
    evaluate = script.EXECUTORS["compiled"]

    def planted(policy: Policy, domains: Mapping[str, Domain]) -> dict[str, Result]:
        found = dict(evaluate(policy, domains))
        name = next(name for name in found if isinstance(found[name].domain, int) and rules_of(policy.decisions[name]))
        return found | {name: attrs.evolve(found[name], **change)}

    monkeypatch.setitem(script.EXECUTORS, "compiled", planted)
    found = script.compared(100_000, records=2, many=range(0))
    assert any(place[:2] == ("differs", "compiled") and place[3] == kind for place in found.counts)
    assert all(shown.startswith("package 100000, record ") for shown in found.shown)


def test_the_section_counts_each_question(script: Any) -> None:
    numbers = range(100_000, 100_002)
    found = script.Found()
    for number in numbers:
        found.join(script.compared(number, records=4, many=range(0)))
    lines = script.report(found, numbers, 4)
    assert "8 records" in lines[0]
    rows = [line for line in lines if re.fullmatch(r"\| [^|]+ \| [^|]+ \|( 0 \|){5}", line)]
    assert len(rows) == len([who for who, _ in script.QUESTIONS if who not in script.MANY])
