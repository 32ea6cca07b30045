"""Results of executors as arrays, so that those of many records are compared at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cso_rules.determination import Result
from cso_rules.executors.planes.bits import masks, unpacked
from cso_rules.executors.planes.executor import Answers
from cso_rules.executors.sql.facts import columns_of
from cso_rules.model.decisions import AnyDecision, rules_of
from cso_rules.model.policy import Fact, Policy
from cso_rules.model.types import FALSE, TRUE, Domain, Type
from cso_rules.truth import Truth

CONFLICTS = (Truth.FALSE, Truth.UNKNOWN, Truth.TRUE)
MOST_RULES = 62
Packed = dict[str, Any]
"""For each decision an array of whole numbers: domain (two lines), true rules, unknown rules, conflict."""


@attrs.frozen
class Difference:
    """The first record about which two executors differ; `row` counts from 0."""

    row: int
    decision: str
    results: tuple[Result, Result]


@attrs.define
class Packer:
    """Packs results one by one; each different one is turned into numbers once."""

    policy: Policy
    codes: dict[str, dict[Result, int]] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        check_size(self.policy)
        self.codes = {name: {} for name in self.policy.decisions}

    @property
    def different(self) -> int:
        """How many different results of decisions there have been."""
        return sum(map(len, self.codes.values()))

    def pack(self, results: Iterable[Mapping[str, Result]]) -> Packed:
        found: dict[str, list[int]] = {name: [] for name in self.codes}
        for result in results:
            for name, known in self.codes.items():
                found[name].append(known.setdefault(result[name], len(known)))
        return {name: self._numbers(name, places) for name, places in found.items()}

    def _numbers(self, name: str, places: list[int]) -> Any:
        used, inverse = np.unique(np.array(places, np.int64), return_inverse=True)
        results = list(self.codes[name])
        return np.array([numbers(results[place]) for place in used], np.int64).reshape(-1, 5).T[:, inverse]


def check_size(policy: Policy) -> None:
    """Stop where the rules of a decision have no room in a whole number."""
    for decision in policy.decisions.values():
        assert len(rules_of(decision)) <= MOST_RULES, decision.name


def numbers(result: Result) -> tuple[int, int, int, int, int]:
    low, high = result.domain if isinstance(result.domain, tuple) else (result.domain, 0)
    return low, high, result.true, result.unknown, CONFLICTS.index(result.conflict)


def result_of(decision: AnyDecision, column: Any) -> Result:
    low, high, true, unknown, conflict = map(int, column)
    domain = (low, high) if isinstance(decision.type.everything, tuple) else low
    return Result(domain, true, unknown, CONFLICTS[conflict])


def first_difference(policy: Policy, one: Packed, two: Packed) -> Difference | None:
    """Return the first record that differs in any decision."""
    rows = {name: np.nonzero((one[name] != two[name]).any(axis=0))[0] for name in policy.decisions}
    found = [(int(places[0]), name) for name, places in rows.items() if places.size]
    if not found:
        return None
    row, name = min(found, key=lambda pair: pair[0])
    decision = policy.decisions[name]
    left, right = (result_of(decision, packed[name][:, row]) for packed in (one, two))
    return Difference(row, name, (left, right))


def of_answers(answers: Answers) -> Packed:
    """Return what the executor for many rows says."""
    return {name: _of_planes(answers, name) for name in answers.bulk.names}


def _of_planes(answers: Answers, name: str) -> Any:
    rows = answers.rows
    sides = answers.rules(name)
    true = masks([holds for holds, _ in sides], rows)
    unknown = masks([~(holds | fails) for holds, fails in sides], rows)
    sure, maybe = answers.conflict(name)
    conflict = np.where(unpacked(sure, rows), 2, unpacked(maybe, rows).astype(np.int64))
    return _stacked(*_ends(answers, name), true, unknown, conflict)


def _ends(answers: Answers, name: str) -> tuple[Any, Any]:
    kind = answers.decision(name).type
    if kind.is_numeric:
        low, high = answers.ends(name)
        return tuple(
            np.where(low <= high, end, nothing) for end, nothing in zip((low, high), kind.everything, strict=True)
        )
    possible = masks(answers.possible(name), answers.rows)
    return (masks(answers.sure(name), answers.rows), possible) if kind.kind == "set" else (possible, 0 * possible)


def of_columns(policy: Policy, table: pa.Table) -> Packed:
    """Return what generated SQL says: the columns of `sql.raw_statement` without the key, in the order of records."""
    columns = (column.to_numpy().astype(np.int64) for column in table.columns)
    return {name: _of_flags(decision, columns) for name, decision in policy.decisions.items()}


def _of_flags(decision: AnyDecision, columns: Iterator[Any]) -> Any:
    least, most = next(columns), next(columns)
    high = most if isinstance(decision.type.everything, tuple) else 0 * most
    true = unknown = 0 * least
    for place, _ in enumerate(rules_of(decision)):
        truth = next(columns)
        true = true | (truth == 1) << place
        unknown = unknown | (truth == 3) << place
    contradicts, agrees, _, _ = (next(columns) for _ in range(4))
    return _stacked(least, high, true, unknown, np.where(contradicts, 2, agrees ^ 1))


def _stacked(*lines: Any) -> Any:
    return np.stack([np.asarray(line).astype(np.int64) for line in lines])


# Records in the forms that executors take.


def records(policy: Policy, batch: pa.RecordBatch) -> Iterator[dict[str, Domain]]:
    """Yield the domains of each record, read without the reader of the executor for many rows."""
    readings = {name: _option(policy, name) for name in policy.readings}
    columns = [_domains(fact.type, batch.column(name)) for name, fact in policy.facts.items()]
    for row in zip(*columns, strict=True):
        yield {**dict(zip(policy.facts, row, strict=True)), **readings}


def _option(policy: Policy, name: str) -> Domain:
    reading = policy.readings[name]
    return reading.type.everything if reading.chosen is None else reading.type.bit(reading.chosen)


def _domains(kind: Type, column: pa.Array) -> list[Domain]:
    if kind.kind == "boolean":
        return [kind.everything if value is None else TRUE if value else FALSE for value in column.to_pylist()]
    if kind.kind == "set":
        lists = column.to_pylist()
        return [kind.everything if found is None else kind.encode(frozenset(found)) for found in lists]
    coded = column.dictionary_encode()
    values = [kind.encode(value) for value in coded.dictionary.to_pylist()]
    return [kind.everything if place is None else values[place] for place in coded.indices.to_pylist()]


def table_of(policy: Policy, batch: pa.RecordBatch) -> pa.Table:
    """Return the columns that generated SQL reads: numbers at the scale of their type, a flag for each value of a set."""
    found = {"id": batch.column("organization_id")}
    for fact in policy.facts.values():
        found |= dict(zip(columns_of(fact), _columns(fact, batch.column(fact.name)), strict=True))
    return pa.table(found)


def _columns(fact: Fact, column: pa.Array) -> list[pa.Array]:
    if fact.type.kind == "set":
        return _flags(fact.type, column)
    if fact.type.kind in {"money", "decimal"}:
        scaled = pc.multiply(column, pa.scalar(10**fact.type.scale, pa.decimal128(10, 0)))
        return [scaled.cast(pa.int64())]
    return [column]


def _flags(kind: Type, column: pa.Array) -> list[pa.Array]:
    flags = np.zeros((len(column), len(kind.values)), np.bool_)
    places = pc.index_in(pc.list_flatten(column), value_set=pa.array(kind.values))
    flags[pc.list_parent_indices(column).to_numpy(), places.to_numpy()] = True
    unknown = pc.is_null(column).to_numpy(zero_copy_only=False)
    return [pa.array(flags[:, place], mask=unknown) for place in range(len(kind.values))]
