"""Tables read row by row as `classify` does, and in batches as `bulk` does: the same to the letter."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs
import pyarrow as pa

from cso_rules import determine_many
from cso_rules.determination import Determination, Status
from cso_rules.diagnostics import shortened
from cso_rules.errors import FactsError
from cso_rules.model.policy import Policy
from cso_rules.tables.answer.rows import SHOWN, Answered, Refused, Summary, answers
from cso_rules.tables.bulk.row_problems import MESSAGE
from cso_rules.tables.opening import ANYWHERE, Where, open_rows
from cso_rules.tables.problems import FileProblem, joined
from cso_rules.tables.read.columns import TableColumns, map_columns

Item = Answered | Refused
Read = tuple[list[Item], Summary, TableColumns]
"""Rows as `classify` reads them, their counts, and what the columns mean, with all that is said of the table."""
LONG = ("next_actions", "responsibilities")
"""Lists that take `bulk` longer to prepare, for each choice of columns, than all other decisions together."""


def answers_in_bulk(table: Any, policy: Policy, **options: Any) -> tuple[Any, Any]:
    """Return the table of answers, and their counts."""
    found = determine_many(table, policy, language="en", **options)
    return pa.Table.from_batches(list(found), found.schema), found.summary


def in_bulk(table: Any, policy: Policy, **options: Any) -> tuple[list[dict[str, Any]], Any]:
    """Return the rows of answers, and their counts."""
    found, counts = answers_in_bulk(table, policy, **options)
    return found.to_pylist(), counts


def one_by_one(path: Path, policy: Policy, *, is_strict: bool = False, where: Where = ANYWHERE) -> Read:
    """Return how `classify` reads a table."""
    summary, sheet = Summary(), open_rows(path, policy, where)
    columns = map_columns(sheet.header, policy, choices=sheet.choices)
    items = answers(lambda _: policy, sheet, columns, ask=False, is_strict=is_strict, summary=summary)
    return list(items), summary, attrs.evolve(columns, notes=(*sheet.notes, *columns.notes))


def assert_same(path: Path, policy: Policy, *, with_long: bool = False, read: Read | None = None) -> Any:
    """Compare both ways to the letter: lenient about many decisions, strict about one, which needs few of the facts.

    Long lists are compared where it is asked for, and where nothing else shows what was read of a fact. Return the
    counts of the lenient run of `bulk`.

    Args:
        path: The table.
        policy: The rules.
        with_long: Whether long lists are compared in any case.
        read: How `classify` reads the table, where that is known.
    """
    read = read or one_by_one(path, policy)
    lenient = _assert_same(path, policy, _compared(policy, read[0], with_long=with_long), read)
    strict_read = one_by_one(path, policy, is_strict=True)
    strict = _assert_same(path, policy, (policy.headline,), strict_read, is_strict=True)
    assert strict.refused == lenient.refused + lenient.in_doubt
    assert strict.problems == lenient.problems
    return lenient


def _compared(policy: Policy, items: Iterable[Item], *, with_long: bool) -> tuple[str, ...]:
    """Return the decisions to compare: long lists only where they alone read some fact of the rows."""
    known = {name for item in items if isinstance(item, Answered) for name in item.determination.facts}
    short = tuple(name for name in policy.decisions if name not in LONG)
    shown = {name for decision in short for name in policy.cone(decision)}
    by_long = {name for decision in policy.decisions if decision in LONG for name in policy.cone(decision)}
    return tuple(policy.decisions) if with_long or known & by_long - shown else short


def assert_read_alike(path: Path, policy: Policy, read: Read | None = None) -> None:
    """Compare both ways to the letter, also where they refuse the file as a whole."""
    try:
        assert_same(path, policy, read=read)
    except (FileProblem, FactsError):
        assert refused_alike(path, policy)


def refused_alike(path: Path, policy: Policy) -> bool:
    """Tell whether a file is refused as a whole, and compare how."""
    said = [_refusal(way, path, policy) for way in (one_by_one, in_bulk)]
    assert said[0] == said[1]
    return said[0] is not None


def _refusal(way: Callable[..., Any], path: Path, policy: Policy) -> str | None:
    try:
        way(path, policy)
    except (FileProblem, FactsError) as error:
        return f"{type(error).__name__}: {error.in_language('zh')}"
    return None


def _assert_same(path: Path, policy: Policy, decisions: tuple[str, ...], read: Read, *, is_strict: bool = False) -> Any:
    found = determine_many(path, policy, decisions=decisions, reasons=True, is_strict=is_strict)
    rows = pa.Table.from_batches(list(found), found.schema).to_pylist()
    items, summary, columns = read
    assert [row["row"] for row in rows] == [item.number for item in items]
    for row, item in zip(rows, items, strict=True):
        assert_same_row(row, item, found.schema, decisions)
    assert found.notes[: len(columns.notes)] == columns.notes
    assert_same_counts(found.summary, summary)
    assert found.summary.problems == [problem for item in items for problem in item.problems][:SHOWN]
    return found.summary


def assert_same_row(
    row: Mapping[str, Any], item: Item, schema: Any, decisions: Iterable[str], language: str = "zh"
) -> None:
    """Compare a row of `bulk`, answered or refused, with that of `classify`; `schema` tells what its bits mean."""
    for name, said in (("organization_id", item.id), ("organization_name", item.name)):
        assert row.get(name) in {None, "", said}
    assert (row["problem"] or "") == shortened(joined(item.problems, language), MESSAGE)
    assert (row.get("section") or "") == item.section
    for name in decisions:
        if isinstance(item, Refused):
            assert row.get(f"{name}.status") in {None, "refused"}
        elif name not in item.determination.outcomes:
            assert row.get(f"{name}.status") in {None, "no_rule_in_force"}
        else:
            _assert_same_outcome(row, name, item.determination, schema)


def _assert_same_outcome(row: Mapping[str, Any], name: str, determination: Determination, schema: Any) -> None:
    outcome = determination[name]
    kind = outcome.decision.type
    assert row[f"{name}.status"] == outcome.status.value, name
    assert row[f"{name}.reasons"] == [rule.id for rule in outcome.deciding()] if f"{name}.reasons" in row else True, (
        name
    )
    if kind.kind != "set":
        assert row[name] == outcome.value, name
    if outcome.status is Status.NO_RULE_IN_FORCE:
        return
    if kind.is_numeric:
        assert (row[f"{name}.low"], row[f"{name}.high"]) == (outcome.possible or (None, None)), name
        return
    bits = json.loads(schema.field(f"{name}.possible").metadata[b"cso-rules.bits"])
    possible = {bit for place, bit in enumerate(bits) if (row[f"{name}.possible"] or 0) >> place & 1}
    assert possible == {str(value).lower() if isinstance(value, bool) else value for value in outcome.possible}, name


def assert_same_counts(mine: Any, theirs: Summary) -> None:
    """Compare what both ways count, and what they say about it."""
    for field in attrs.fields(Summary):
        assert getattr(mine, field.name) == getattr(theirs, field.name), field.name
    assert mine.notes == theirs.notes
