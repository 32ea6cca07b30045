"""Columns that are computed from one another, written as one CTE for each stage.

A column stands one stage after the last of those that it reads. So no expression is written twice, however many read
it, and columns that do not depend on one another are computed side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import attrs

from cso_rules.executors.sql.dialects import Dialect, escaped

_WORD = re.compile(r"\b[a-z][a-z0-9_]*\b")
_STRING = re.compile(r"'(?:[^']|'')*'")
_MOST_DEAD = 48
"""So many columns that nobody reads any more may be carried along before a stage lists what it keeps."""


@attrs.frozen(kw_only=True)
class Column:
    """A computed column.

    Attributes:
        comment: What is said above it; each text becomes a line.
        reads: The columns of earlier stages that it reads or has to come after.
        stage: The CTE that computes it; 0 reads the table.
    """

    name: str
    expression: str
    comment: tuple[str, ...]
    reads: frozenset[str]
    stage: int


@attrs.define
class Columns:
    """All computed columns of a statement, in order of definition."""

    found: dict[str, Column] = attrs.field(factory=dict)

    def source(self, name: str, expression: str, comment: str = "") -> str:
        """Define a column that reads the table."""
        return self._add(name, expression, (comment,) if comment else (), frozenset(), 0)

    def define(self, name: str, expression: str, *comment: str, after: Iterable[str] = ()) -> str:
        """Define a column that reads other columns, and return its name."""
        words = _WORD.findall(_STRING.sub("", expression))
        reads = frozenset(word for word in (*words, *after) if word in self.found)
        stage = 1 + max((self.found[word].stage for word in reads), default=0)
        return self._add(name, expression, comment, reads, stage)

    def _add(self, name: str, expression: str, comment: tuple[str, ...], reads: frozenset[str], stage: int) -> str:
        assert name not in self.found, name
        self.found[name] = Column(name=name, expression=expression, comment=comment, reads=reads, stage=stage)
        return name

    def used_in(self, text: str) -> set[str]:
        """Return the columns that a text names."""
        return set(_WORD.findall(_STRING.sub("", text))) & self.found.keys()

    def without_unused(self, wanted: Iterable[str]) -> Columns:
        """Return the columns that are wanted or read by those that are."""
        kept, todo = set[str](), list(wanted)
        while todo:
            name = todo.pop()
            if name not in kept:
                kept.add(name)
                todo.extend(self.found[name].reads)
        return Columns({name: column for name, column in self.found.items() if name in kept})


def stages(columns: Columns, wanted: set[str], dialect: Dialect, table: str, keys: dict[str, str]) -> Iterator[str]:
    """Yield one CTE for each stage; the last one, `s` and its number, holds what is wanted.

    Args:
        columns: Everything that is needed.
        wanted: Columns that the last stage keeps.
        dialect: The database.
        table: What the first stage reads, as `t`.
        keys: Columns that identify a row, as name and expression.
    """
    by_stage: dict[int, list[Column]] = {}
    for column in columns.found.values():
        by_stage.setdefault(column.stage, []).append(column)
    last = max(by_stage, default=0)
    live: list[str] = []
    for stage in range(last + 1):
        new = by_stage.get(stage, [])
        listed = [f"{expression} AS {name}" for name, expression in keys.items()] if not stage else []
        if stage:
            later = {name for column in columns.found.values() if column.stage > stage for name in column.reads}
            kept = [name for name in live if name in later or name in wanted]
            drops = len(live) - len(kept) > _MOST_DEAD
            live = kept if drops else live
            listed = [", ".join(f"p.{name}" for name in (*keys, *live))] if drops else ["p.*"]
        live = [*live, *(column.name for column in new)]
        yield _cte(dialect, stage, [*listed, *map(_item, new)], table if not stage else f"s{stage - 1} p")


def _item(column: Column) -> str:
    notes = "".join(f"-- {escaped(line)}\n    " for line in column.comment)
    return f"{notes}{column.expression} AS {column.name}"


def _cte(dialect: Dialect, stage: int, items: list[str], source: str) -> str:
    before, after = dialect.kept
    listed = ",\n    ".join(items)
    return f"s{stage} AS {before}(\n  SELECT{dialect.hint}\n    {listed}\n  FROM {source}{after}\n)"
