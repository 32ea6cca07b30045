"""A made-up population of organizations: seeded, correlated, with some facts missing.

How formal and how large an organization is decides about most of its facts, so that every tier, every form and both
sides of every number of members and funds occur. `python benchmarks/population.py 1750000 population.parquet` writes a
file; `batches` gives the same rows as Arrow batches.
"""

from __future__ import annotations

import datetime
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute, csv, parquet

from cso_rules.engine.cache import load_policy
from cso_rules.model.policy import Fact, Policy
from cso_rules.model.types import Type

SEED, MISSING, BATCH = 20171227, 0.05, 1 << 16
AS_OF = datetime.date(2018, 6, 1)
EPOCH = datetime.date(1970, 1, 1).toordinal()
ENTITIES = {"organization", "community"}
RARE = (
    "distributes_profit", "has_unlawful", "has_unneeded", "has_disqualified", "has_false", "has_other_legal_bar",
    "is_legal_representative_elsewhere", "has_serving_official", "is_supervisory_approval_withdrawn", "shares_premises",
    "is_mainly_budget_funded", "has_branches", "is_active_in_several",
)  # fmt: skip
USUAL = ("is_nonprofit", "is_active_in_community", "is_active_mainly_in_one_community")
INFORMAL = ("is_small_scale", "is_temporary", "is_loosely_organized")
NONE_OF_BOTH = {"special_body_kind": "none", "founder_residence": "local_residents", "activity_area": None}
PARTS_OF = {
    "party_members": "individual_members",
    "council_close_relatives": "council_members",
    "non_state_assets": "total_assets",
}
"""A number that is never larger than another one."""


def facts_of(policy: Policy, names: Collection[str] | None = None) -> dict[str, Fact]:
    return {
        name: fact
        for name, fact in policy.facts.items()
        if fact.entity in ENTITIES and fact.type.kind != "text" and (names is None or name in names)
    }


def schema_of(policy: Policy, names: Collection[str] | None = None) -> pa.Schema:
    fields = [pa.field(name, _arrow(fact.type)) for name, fact in facts_of(policy, names).items()]
    return pa.schema([pa.field("organization_id", pa.string()), *fields])


def _arrow(kind: Type) -> Any:
    kinds = {"boolean": pa.bool_(), "integer": pa.int32(), "date": pa.date32(), "enumeration": pa.string()}
    kinds |= {"money": pa.decimal128(18, 2), "decimal": pa.decimal128(18, kind.scale), "set": pa.list_(pa.string())}
    return kinds[kind.kind]


def batches(
    policy: Policy, rows: int, *, names: Collection[str] | None = None, seed: int = SEED, missing: float = MISSING
) -> Iterator[pa.RecordBatch]:
    """Yield organizations; the same seed gives the same rows, whichever facts are asked for."""
    for place, start in enumerate(range(0, rows, BATCH)):
        yield _batch(policy, start, min(BATCH, rows - start), names, (seed, place), missing)


def _batch(  # noqa: PLR0913, PLR0917 - what a batch depends on
    policy: Policy, start: int, rows: int, names: Collection[str] | None, seed: tuple[int, int], missing: float
) -> pa.RecordBatch:
    chance = np.random.default_rng(seed)
    formal, size = chance.random(rows), chance.random(rows)
    everything = facts_of(policy)
    wanted = facts_of(policy, names)
    drawn: dict[str, Any] = {}
    for name, fact in everything.items():
        drawn[name] = _draw(name, fact.type, formal, size, chance, drawn)
    columns = {"organization_id": pa.array(np.char.mod("S%08d", np.arange(start, start + rows)))}
    for place, (name, fact) in enumerate(wanted.items()):
        holes = np.random.default_rng((*seed, place)).random(rows) < missing
        columns[name] = _column(fact.type, drawn[name], holes)
    return pa.RecordBatch.from_pydict(columns, schema=schema_of(policy, names))


def _draw(  # noqa: PLR0913, PLR0917 - what a value depends on
    name: str, kind: Type, formal: Any, size: Any, chance: Any, drawn: dict[str, Any]
) -> Any:
    rows = formal.size
    if kind.kind == "boolean":
        return chance.random(rows) < _likelihood(name, formal)
    if kind.kind == "enumeration":
        return _value(name, kind, formal, chance)
    if kind.kind == "set":
        return chance.random((rows, len(kind.names))) < 1.6 / len(kind.names)
    if kind.kind == "date":
        return chance.integers(736_000, 736_800, rows)
    return _number(name, kind, formal * size, chance, drawn)


def _likelihood(name: str, formal: Any) -> Any:
    if name.startswith(RARE):
        return 0.04
    if name in INFORMAL:
        return 1.02 - formal
    return 0.96 if name in USUAL else 0.35 + 0.62 * formal


def _value(name: str, kind: Type, formal: Any, chance: Any) -> Any:
    size = len(kind.names)
    drawn = chance.integers(0, size, formal.size)
    if name in NONE_OF_BOTH and (usual := NONE_OF_BOTH[name]) is not None and usual in kind.names:
        return np.where(chance.random(formal.size) < 0.85, kind.names.index(usual), drawn)
    if name == "registration_status" and "registered" in kind.names:
        is_registered = chance.random(formal.size) < 0.25 * formal
        return np.where(is_registered, kind.names.index("registered"), drawn)
    return drawn


def _number(name: str, kind: Type, weight: Any, chance: Any, drawn: dict[str, Any]) -> Any:
    rows = weight.size
    whole = PARTS_OF.get(name)
    if whole is not None and whole in drawn:
        return np.floor(drawn[whole] * chance.random(rows)).astype(np.int64)
    if kind.kind in {"money", "decimal"}:
        steps = np.array([0, 9_999, 29_999, 30_000, 50_000, 1_999_999, 2_000_000, 4_000_000, 8_000_000])
        spread = np.clip(weight * 9 + chance.normal(0, 1.2, rows), 0, 8.99).astype(np.int64)
        return np.maximum(steps[spread], 1) * 10**kind.scale
    found = np.exp(chance.normal(1.2, 1.2, rows) + 2.6 * weight).astype(np.int64)
    return np.minimum(np.where(chance.random(rows) < 0.2, 0, found), min(kind.maximum, 20_000))


def _column(kind: Type, drawn: Any, holes: Any) -> pa.Array:
    if kind.kind == "set":
        counts = np.where(holes, 0, drawn.sum(axis=1)).astype(np.int32)
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        places = np.nonzero(drawn & ~holes[:, None])[1]
        values = pa.array(kind.names).take(pa.array(places))
        return pa.ListArray.from_arrays(pa.array(offsets), values, mask=pa.array(holes))
    if kind.kind == "enumeration":
        return pa.array(kind.names).take(pa.array(drawn, mask=holes))
    if kind.kind == "date":
        return pa.array((drawn - EPOCH).astype(np.int32), mask=holes).cast(pa.date32())
    if kind.kind in {"money", "decimal"}:
        whole = pa.array(drawn, mask=holes).cast(pa.decimal128(38, 0)).buffers()
        return pa.Array.from_buffers(pa.decimal128(38, kind.scale), drawn.size, whole).cast(_arrow(kind))
    return pa.array(drawn, mask=holes).cast(_arrow(kind))


def write(path: Path | str, policy: Policy, rows: int, *, names: Collection[str] | None = None) -> None:
    with parquet.ParquetWriter(path, schema_of(policy, names), store_decimal_as_integer=True) as writer:
        for batch in batches(policy, rows, names=names):
            writer.write_batch(batch)


def write_csv(
    path: Path | str, policy: Policy, rows: int, *, names: Collection[str] | None = None, missing: float = MISSING
) -> None:
    """Write the same rows as a clerk would: Chinese headings and labels, yes and no in words, nothing where unknown."""
    facts = facts_of(policy, names)
    headings = ["编号", *(fact.label.zh for fact in facts.values())]
    with Path(path).open("wb") as stream:
        stream.write((",".join(headings) + "\n").encode("utf-8-sig"))
        for batch in batches(policy, rows, names=names, missing=missing):
            columns = [batch.column(0), *(_words(policy, facts[name], batch[name]) for name in facts)]
            table = pa.RecordBatch.from_arrays(columns, headings)
            csv.write_csv(table, stream, csv.WriteOptions(include_header=False, quoting_style="none"))


def _words(policy: Policy, fact: Fact, array: Any) -> pa.Array:
    if fact.type.kind == "boolean":
        return compute.if_else(array, "是", "否")
    if fact.type.kind not in {"enumeration", "set"}:
        return array.cast(pa.string())
    found = policy.enumerations[fact.type.enumeration or ""]
    values = array.values if fact.type.kind == "set" else array
    labels = pa.array([label.zh for label in found.labels]).take(compute.index_in(values, pa.array(found.values)))
    if fact.type.kind == "enumeration":
        return labels
    lists = pa.ListArray.from_arrays(array.offsets, labels)
    return compute.if_else(array.is_valid(), compute.binary_join(lists, "、"), pa.scalar(None, pa.string()))


def main() -> None:
    rows, path = int(sys.argv[1]), sys.argv[2]
    write(path, load_policy("cn", as_of=AS_OF), rows)


if __name__ == "__main__":
    main()
