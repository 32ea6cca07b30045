"""Planes that say the same are computed once, and what takes too long to compare is computed as it is written."""

import datetime
from typing import Any

import pytest

from cso_rules import load_policy
from cso_rules.executors.planes import logic as bulk_logic
from cso_rules.executors.planes.graph import ALWAYS, NEVER, Graph
from cso_rules.executors.planes.logic import simplified
from cso_rules.executors.planes.variables import Coded, Known, Number
from tests.conformance.test_bulk import bulk_of, facts_of, likely_rows, seeded, table_of

KNOWN: dict[str, Known] = {
    "is_open": Coded("is_open", 2, 3, has_holes=True),
    "form": Coded("form", 3, 7, has_holes=True),
    "members": Number("members", (0, 100), (0, 100), has_holes=True),
}


@pytest.fixture
def graph() -> Graph:
    return Graph()


def same(graph: Graph, *planes: int) -> list[int]:
    return simplified(graph, KNOWN, planes)[1]


def test_cases_that_agree_are_one_plane(graph: Graph) -> None:
    one, two = graph.plane("is_open", 0), graph.plane("form", 0)
    cases = graph.either(graph.both(one, two), graph.without(one, two))
    nodes, found = simplified(graph, KNOWN, [cases])
    assert found == [one]
    assert list(nodes) == [one]


def test_an_enumeration_has_exactly_one_value_where_it_is_known(graph: Graph) -> None:
    planes = [graph.plane("form", place) for place in range(3)]
    known = graph.known("form")
    either = graph.any_of(planes)
    assert same(graph, either, known, graph.both(planes[0], planes[1])) == [known, known, NEVER]


def test_what_reaches_a_number_reaches_each_lesser_one(graph: Graph) -> None:
    members = graph.values("members", (0, 100), None)
    few, many = graph.at_least(members, 30), graph.at_least(members, 50)
    wanted = [graph.both(few, many), graph.either(few, many), graph.either(few, graph.opposite(many))]
    assert same(graph, *wanted) == [many, few, ALWAYS]


def test_a_difference_is_compared_without_being_computed(graph: Graph) -> None:
    one, two = graph.values("members", (0, 100), None), graph.values("seats", (0, 50), None)
    difference = graph.sum_of(one, graph.times(two, -1))
    assert graph.nodes[graph.at_least(difference, 0)] == ("reaches", (one, two), ())
    assert graph.at_least(difference, 1) == graph.opposite(graph.reaches(two, one))


@pytest.mark.parametrize("limit", ["_GROWTH", "_MOST", "_DEEPEST"])
def test_without_room_for_diagrams_the_answers_are_the_same(limit: str, monkeypatch: Any) -> None:
    national = load_policy("cn", as_of=datetime.date(2026, 1, 1))
    rows = [facts_of(national, row) for row in likely_rows(national, seeded(31), 300)]
    batch = table_of(national, rows, seeded(32))
    usual = bulk_of(national, batch).answer(batch)
    monkeypatch.setattr(bulk_logic, limit, 3)
    answers = bulk_of(national, batch).answer(batch)
    assert len(answers.prepared.program) > len(usual.prepared.program)
    for name in answers.bulk.names:
        assert [answers.result(name, row) for row in range(300)] == [usual.result(name, row) for row in range(300)]
