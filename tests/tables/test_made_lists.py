"""Made lists: what is determined is what the true facts determine, no organization is lost, and bulk agrees."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from cso_rules import determine, load_policy
from cso_rules.determination import Status
from cso_rules.model.policy import Policy
from cso_rules.tables.answer.rows import Answered, Summary, answers
from cso_rules.tables.read.columns import is_known_heading, map_columns
from cso_rules.tables.read.sheets import read_sheet
from tests.sampled import sampled
from tests.tables.both_ways import assert_read_alike
from tests.tables.made_lists import made_list

LISTS = sampled(range(60), are_slow=True)
MOST_UNREAD = 0.1


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy("cn", as_of=datetime.date(2018, 6, 1))


def read(path: Path, policy: Policy) -> tuple[list[Answered], Summary]:
    sheet = read_sheet(path, is_known_heading(policy))
    columns, summary = map_columns(sheet.header, policy, choices=sheet.choices), Summary()
    items = list(answers(lambda _: policy, sheet, columns, ask=False, summary=summary))
    assert all(isinstance(item, Answered) for item in items)
    return [item for item in items if isinstance(item, Answered)], summary


@pytest.mark.generated
@pytest.mark.parametrize("number", LISTS)
def test_what_a_list_determines_is_true(number: int, policy: Policy, tmp_path: Path) -> None:
    made = made_list(tmp_path, policy, number)
    items, summary = read(made.path, policy)
    assert [item.id for item in items] == list(made.truths)
    for item in items:
        whole = determine(policy, made.truths[item.id], ask=False)
        for name, outcome in item.determination.outcomes.items():
            if outcome.status is Status.DETERMINED:
                assert set(outcome.possible) >= set(whole[name].possible), (item.id, name, item.determination.facts)
    unread = sum(summary.unread.values())
    print(f"{made.path.name}: {1 - unread / made.cells:.1%} of {made.cells} cells read")  # noqa: T201 - shown by -s
    assert unread <= MOST_UNREAD * made.cells


@pytest.mark.generated
@pytest.mark.parametrize("number", LISTS)
def test_both_ways_to_read_a_careless_list_agree(number: int, policy: Policy, tmp_path: Path) -> None:
    assert_read_alike(made_list(tmp_path, policy, number, is_careless=True).path, policy)
