"""Tables read row by row as `classify` does, and in batches as `bulk` does: answers, problems by cell, and counts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from cso_rules import determine_many
from cso_rules.model.policy import Policy
from cso_rules.tables.answer.rows import Answered, Refused, Summary, answers
from cso_rules.tables.problems import CellProblem
from cso_rules.tables.read.columns import TableColumns, is_known_heading, map_columns
from cso_rules.tables.read.sheets import read_sheet

Item = Answered | Refused


def in_bulk(table: Any, policy: Policy, **options: Any) -> tuple[list[dict[str, Any]], Any]:
    """Return the rows of answers, and their counts."""
    found = determine_many(table, policy, language="en", **options)
    return pa.Table.from_batches(list(found), found.schema).to_pylist(), found.summary


def one_by_one(path: Path, policy: Policy, *, is_strict: bool = False) -> tuple[list[Item], Summary, TableColumns]:
    """Return the rows, their counts, and what the columns mean."""
    summary, sheet = Summary(), read_sheet(path, is_known_heading(policy))
    columns = map_columns(sheet.header, policy, choices=sheet.choices)
    items = answers(lambda _: policy, sheet, columns, ask=False, is_strict=is_strict, summary=summary)
    return list(items), summary, columns


def assert_same_problems(text: str | None, problems: Sequence[CellProblem], facts: Mapping[str, str]) -> None:
    """Compare what `bulk` says of a row with each cell that `classify` names; facts are known by their headings."""
    if any(problem.kind == "context" or not problem.column for problem in problems):
        assert text is not None
        assert all(problem.reason_en.split(": ")[-1] in text for problem in problems)
        return
    expected = set[str]()
    for problem in problems:
        name = facts[problem.column]
        is_named = problem.kind == "contradiction" or problem.reason_en.startswith(f"{name}: ")
        expected.add(problem.reason_en if is_named else f"{name}: {problem.reason_en}")
    assert set((text or "").split("; ")) - {""} == {part for each in expected for part in each.split("; ")}


def assert_same_counts(mine: Any, theirs: Summary) -> None:
    """Compare what both ways count."""
    for name in ("read", "answered", "refused", "in_doubt", "unread", "totals_rows", "asides_rows"):
        assert getattr(mine, name) == getattr(theirs, name), name


def assert_same(path: Path, policy: Policy) -> Any:
    """Compare both ways: lenient about all decisions, strict about one, which needs few of the facts.

    Return the counts of the lenient run of `bulk`.
    """
    lenient = _assert_same(path, policy, tuple(policy.decisions), is_strict=False)
    strict = _assert_same(path, policy, ("tier",), is_strict=True)
    assert strict.refused == lenient.refused + lenient.in_doubt
    assert [problem.row for problem in strict.problems] == [problem.row for problem in lenient.problems]
    return lenient


def _assert_same(path: Path, policy: Policy, decisions: tuple[str, ...], *, is_strict: bool) -> Any:
    mine, counts = in_bulk(path, policy, decisions=decisions, is_strict=is_strict)
    theirs, summary, columns = one_by_one(path, policy, is_strict=is_strict)
    facts = {columns.header[place]: name for place, name in columns.facts.items()}
    assert [row["row"] for row in mine] == [item.number for item in theirs]
    for row, item in zip(mine, theirs, strict=True):
        assert_same_problems(row["problem"], item.problems, facts)
        assert isinstance(item, Refused) == (row["tier.status"] == "refused")
        assert not (is_strict and isinstance(item, Answered) and item.problems)
        if isinstance(item, Answered):
            for name in decisions:
                outcome = item.determination[name]
                assert row[f"{name}.status"] == outcome.status.value, name
                assert outcome.decision.type.kind == "set" or row[name] == outcome.value, name
    assert_same_counts(counts, summary)
    return counts
