"""Several threads that decide tables with one program give what one thread gives."""

import datetime
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa
import pytest

from cso_rules import load_policy
from cso_rules.executors.planes.executor import Answers, Bulk
from cso_rules.model.policy import Policy
from cso_rules.model.types import is_known
from tests.conformance.test_bulk import facts_of, likely_rows, near_the_bounds, rows_of, seeded, table_of
from tests.conformance.test_meaning import large_table

THREADS, BATCHES = 4, 24
"""More threads than processors, so that they take turns within a program."""


def national_table(chance: random.Random) -> tuple[Policy, Any]:
    policy = load_policy("cn", as_of=datetime.date(2026, 1, 1))
    rows = [facts_of(policy, row) for row in likely_rows(policy, chance, 500)]
    return policy, table_of(policy, rows, chance, drop=False)


def indexed_table(chance: random.Random) -> tuple[Policy, Any]:
    policy = large_table(150, "first")
    rows = [{**row, **near_the_bounds(row, chance)} for row in rows_of(policy, chance, 500)]
    assert any(is_known(row["count"]) for row in rows)
    return policy, table_of(policy, [facts_of(policy, row) for row in rows], chance, drop=False)


def results(answers: Answers) -> list[dict[str, Any]]:
    return [{name: answers.result(name, row) for name in answers.bulk.names} for row in range(0, answers.rows, 7)]


@pytest.mark.parametrize("table", [national_table, indexed_table])
def test_four_threads_and_one_give_the_same_results(table: Any) -> None:
    policy, batch = table(seeded(21))
    positions = {name: place for place, name in enumerate(batch.schema.names)}
    whole = pa.Table.from_batches([batch] * 4).combine_chunks().to_batches()[0]
    starts = [seeded(place).randrange(0, 1500) for place in range(BATCHES)]
    slices = [whole.slice(start, 200 + place) for place, start in enumerate(starts)]
    alone, shared = Bulk(policy, positions), Bulk(policy, positions)
    expected = [results(alone.answer(each)) for each in slices]
    columns = [shared.read(each) for each in slices]
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(shared.decide, columns))
    assert [results(answers) for answers in found] == expected
    assert len({str(each) for answers in expected for each in answers}) > BATCHES
