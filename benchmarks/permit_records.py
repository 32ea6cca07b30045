"""Made-up applications for building permits: seeded, each with values of its own, some facts missing.

Numbers, sums of money and dates are drawn from wide ranges, so that hardly a value comes twice. The rules are those of
`packages/building_permit`, which are invented too.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from cso_rules.engine.cache import load_policy
from cso_rules.model.policy import Policy

SEED, BATCH = 20240601, 1 << 16
AS_OF = datetime.date(2024, 6, 1)
PACKAGE = Path(__file__).with_name("packages") / "building_permit"
EPOCH = datetime.date(1970, 1, 1).toordinal()
ENUMERATIONS = {
    "building_use": ("dwelling", "shop", "workshop", "warehouse", "school"),
    "site_zone": ("centre", "suburb", "industrial", "rural"),
    "structure_kind": ("timber", "masonry", "steel", "mixed"),
    "applicant_kind": ("owner", "tenant", "contractor"),
}
CONNECTIONS = ("water", "sewer", "electricity", "gas", "heating")
INTEGERS = ("storeys", "height", "floor_area", "dwellings", "parking_spaces", "boundary_distance")
MONEY = ("construction_cost", "deposit_paid")
LIKELY = {
    "is_listed": 0.05, "is_temporary": 0.1, "is_in_flood_zone": 0.15, "has_access_road": 0.9, "has_fire_report": 0.85,
    "has_structural_report": 0.85, "has_neighbours_consent": 0.7, "has_site_plan": 0.95, "is_accessible": 0.8,
}  # fmt: skip
FACTS = (*ENUMERATIONS, *INTEGERS, *MONEY, "surveyed_on", "connections", *LIKELY)
SCHEMA = pa.schema([
    ("application", pa.string()),
    *((name, pa.string()) for name in ENUMERATIONS),
    *((name, pa.int32()) for name in INTEGERS),
    *((name, pa.decimal128(18, 2)) for name in MONEY),
    ("surveyed_on", pa.date32()),
    ("connections", pa.list_(pa.string())),
    *((name, pa.bool_()) for name in LIKELY),
])  # fmt: skip


def rules() -> Policy:
    return load_policy(PACKAGE, as_of=AS_OF)


def batches(rows: int, missing: float, seed: int = SEED) -> Iterator[pa.RecordBatch]:
    """Yield applications; the same seed gives the same rows."""
    for place, start in enumerate(range(0, rows, BATCH)):
        yield _batch(start, min(BATCH, rows - start), missing, np.random.default_rng((seed, place)))


def applications(rows: int, missing: float, seed: int = SEED) -> list[dict[str, Any]]:
    """Return applications as mappings of typed values, without what is missing."""
    found = []
    for batch in batches(rows, missing, seed):
        for row in batch.drop_columns("application").to_pylist():
            given = {name: value for name, value in row.items() if value is not None}
            if "connections" in given:
                given["connections"] = frozenset(given["connections"])
            found.append(given)
    return found


def write(path: Path | str, rows: int, missing: float) -> None:
    with parquet.ParquetWriter(path, SCHEMA, store_decimal_as_integer=True) as writer:
        for batch in batches(rows, missing):
            writer.write_batch(batch)


def _batch(start: int, rows: int, missing: float, chance: Any) -> pa.RecordBatch:
    columns = {"application": pa.array(np.char.mod("B%08d", np.arange(start, start + rows)))}
    for name, drawn in _drawn(rows, chance).items():
        columns[name] = _column(name, drawn, chance.random(rows) < missing)
    return pa.RecordBatch.from_pydict(columns, schema=SCHEMA)


def _drawn(rows: int, chance: Any) -> dict[str, Any]:
    size, storeys = chance.random(rows), np.minimum(chance.geometric(0.35, rows), 40)
    area = np.exp(chance.normal(4.5, 1.6, rows)).astype(np.int64)
    dwellings = np.minimum(chance.geometric(0.4, rows), 1900)
    cost = ((area + 1) * chance.integers(60_000, 400_000, rows)).astype(np.int64)
    found = {name: chance.integers(0, len(values), rows) for name, values in ENUMERATIONS.items()}
    found |= {
        "storeys": storeys,
        "height": storeys * 280 + chance.integers(0, 200, rows),
        "floor_area": np.minimum(area, 900_000),
        "dwellings": dwellings,
        "parking_spaces": np.maximum(dwellings + chance.integers(-1, 4, rows), 0),
        "boundary_distance": (200 + 900 * size).astype(np.int64),
        "construction_cost": cost,
        "deposit_paid": (cost * (0.01 + 0.05 * chance.random(rows))).astype(np.int64),
        "surveyed_on": AS_OF.toordinal() - chance.integers(0, 900, rows),
        "connections": chance.random((rows, len(CONNECTIONS))) < 0.75,
    }
    return found | {name: chance.random(rows) < likely for name, likely in LIKELY.items()}


def _column(name: str, drawn: Any, holes: Any) -> pa.Array:
    if name in ENUMERATIONS:
        return pa.array(ENUMERATIONS[name]).take(pa.array(drawn, mask=holes))
    if name in MONEY:
        whole = pa.array(drawn, mask=holes).cast(pa.decimal128(38, 0)).buffers()
        return pa.Array.from_buffers(pa.decimal128(38, 2), drawn.size, whole).cast(pa.decimal128(18, 2))
    if name == "surveyed_on":
        return pa.array((drawn - EPOCH).astype(np.int32), mask=holes).cast(pa.date32())
    if name == "connections":
        counts = np.where(holes, 0, drawn.sum(axis=1)).astype(np.int32)
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        values = pa.array(CONNECTIONS).take(pa.array(np.nonzero(drawn & ~holes[:, None])[1]))
        return pa.ListArray.from_arrays(pa.array(offsets), values, mask=pa.array(holes))
    return pa.array(drawn, mask=holes).cast(SCHEMA.field(name).type)
