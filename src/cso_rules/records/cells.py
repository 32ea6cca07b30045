"""Which cells of a row are recorded with its answer: those that facts were read from, and its place and date.

Other columns say things that nobody asked for, perhaps about persons, and are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cso_rules.tables.read.columns import TableColumns


def cells_by_fact(columns: TableColumns, cells: Sequence[object]) -> Mapping[str, Mapping[str, Any]]:
    """Return the texts of a row by fact and heading; those of place and date stand under "".

    Args:
        columns: What the columns mean.
        cells: The row.
    """
    facts = {place: fact for place, (fact, _) in columns.about.items()} | dict(columns.facts)
    facts |= {place: "" for place in (columns.place, columns.date) if place is not None}
    found: dict[str, dict[str, Any]] = {}
    for place, fact in sorted(facts.items()):
        if place < len(cells):
            found.setdefault(fact, {})[columns.header[place]] = cells[place]
    return found
