"""Of no rows nothing is computed, and what stands for their answers has the shape of answers about rows."""

import datetime

import pyarrow as pa
import pytest

from cso_rules import load_policy
from cso_rules.executors.planes.executor import Answers, Bulk
from cso_rules.model.policy import Policy

PARTS = ("rules", "values", "sure", "conflict", "none", "statuses", "idle")


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(as_of=datetime.date(2026, 3, 1), jurisdiction="11")


def answered(policy: Policy, rows: int) -> Answers:
    batch = pa.record_batch({"individual_members": pa.array([60] * rows, pa.int64())})
    return Bulk(policy, {"individual_members": 0}, with_reasons=True).answer(batch)


def test_no_rows_have_as_many_planes_and_none_is_computed(policy: Policy) -> None:
    nothing, one = answered(policy, 0), answered(policy, 1)
    assert nothing.ready.decisions.keys() == one.ready.decisions.keys()
    for name, planned in one.ready.decisions.items():
        found = nothing.ready.decisions[name]
        assert [len(getattr(found, part)) for part in PARTS] == [len(getattr(planned, part)) for part in PARTS], name
        assert [*map(len, found.guards)] == [*map(len, planned.guards)], name
    assert one.ready.program.order
    assert not nothing.ready.program.order


def test_answers_about_no_rows_can_be_asked_everything(policy: Policy) -> None:
    nothing = answered(policy, 0)
    for name, decision in policy.decisions.items():
        planes = [*nothing.possible(name), *nothing.sure(name), *nothing.statuses(name).values(), *nothing.hits(name)]
        planes += [plane for pair in nothing.rules(name) for plane in pair]
        assert all(plane.size == 0 for plane in planes), name
        if decision.type.is_numeric:
            assert [end.size for end in nothing.ends(name)] == [0, 0]
