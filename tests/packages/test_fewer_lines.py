"""The pairs of docs/explanation/fewer-lines: written shortly and in the older way, the rules answer the same."""

import datetime
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cso_rules.determination import Determination, Due
from cso_rules.engine.determine import determine
from cso_rules.loader.load import load_policy
from cso_rules.model.policy import Policy

CITY = Path(__file__).parent / "lantern_city"
PAIRS = Path(__file__).parents[2] / "docs" / "explanation" / "fewer-lines"
LEFT_OUT = ("duties.yaml", "decision_due_on.yaml")
FIRST = datetime.date(2024, 1, 1)
TURNS = [datetime.date(2024, month, day) for month in (1, 4, 7, 10) for day in (20, 21)]
DAYS = {"body": [FIRST], "reading": [FIRST], "quarter": TURNS}
FACTS: dict[str, tuple[Any, ...]] = {
    "form": ("association", "service", None),
    "area": (1, 2, None),
    "members": (4, 20, 60),
    "applied_on": (datetime.date(2024, 1, 31), None),
}
READINGS: tuple[dict[str, str], ...] = (
    {}, {"when_time_begins": "on_application"}, {"when_time_begins": "on_next_day"},
)  # fmt: skip


def written(folder: Path, pair: str, way: str) -> Path:
    package = shutil.copytree(
        CITY, folder / way / "lantern_city", ignore=shutil.ignore_patterns("scenarios", *LEFT_OUT)
    )
    shutil.copytree(PAIRS / pair / way, package / "decisions", dirs_exist_ok=True)
    return package


def said(found: Determination) -> dict[str, object]:
    """Return what is told of duties: which are sure or open, of whom, how strongly, until when, and by what."""
    outcome = found["duties"]
    items: dict[object, set[object]] = {}
    for rule, columns, truth in outcome.items:
        told = items.setdefault((columns[""], rule.addressee, rule.modality, truth), set())
        told |= {*days_of(found.due_of(rule)), *rule.citations}
    return {"status": outcome.status, "domain": outcome.domain, "items": items}


def days_of(due: Due | None) -> Iterator[object]:
    """Yield the first and the last day until which something may be due, under each reading where they differ."""
    if due is not None and due.by_reading:
        for _, one in due.by_reading:
            yield from days_of(one)
    elif due is not None:
        yield due.earliest, due.latest


def cases(pair: str) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    facts = FACTS if pair != "quarter" else {"form": FACTS["form"], "members": FACTS["members"]}
    for values in itertools.product(*facts.values()):
        given = {name: value for name, value in zip(facts, values, strict=True) if value is not None}
        yield from ((given, readings) for readings in (READINGS if pair == "reading" else READINGS[:1]))


@pytest.mark.parametrize("pair", sorted(DAYS))
def test_both_ways_give_the_same_answers(pair: str, tmp_path: Path) -> None:
    packages = [written(tmp_path, pair, way) for way in ("now", "before")]
    for day in DAYS[pair]:
        policies: list[Policy] = [load_policy(package, as_of=day) for package in packages]
        for facts, readings in cases(pair):
            one, other = (said(determine(policy, facts, readings=readings, ask=False)) for policy in policies)
            assert one == other, (day, facts, readings)
