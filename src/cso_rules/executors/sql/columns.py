"""Columns that are computed from one another, written as one CTE for each stage.

A column stands one stage after the last of those that it reads. So no expression is written twice, however many read
it, and columns that do not depend on one another are computed side by side.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import attrs

from cso_rules.executors.sql.dialects import Dialect, escaped
from cso_rules.executors.sql.nodes import Name, Part, lines_of, names_in

_MOST_DEAD: Final = 24
"""So many columns that nobody reads any more may be carried along before a stage lists what it keeps."""
_PLAIN: Final = re.compile(r"[a-z][a-z0-9_]*")
_LONGEST: Final = 57
"""Letters of a name before its number; databases keep 63."""
_COMMENT: Final = 110


@attrs.frozen(kw_only=True)
class Column:
    """A computed column.

    Attributes:
        comment: What is said above it.
        reads: The columns of earlier stages that it reads.
        stage: The CTE that computes it; 0 reads the table.
    """

    name: str
    expression: Part
    comment: str
    reads: frozenset[str]
    stage: int


@attrs.define
class Columns:
    """All computed columns of a statement, in order of definition."""

    found: dict[str, Column] = attrs.field(factory=dict)
    _numbers: dict[str, int] = attrs.field(factory=dict, init=False)

    def source(self, stem: str, ending: str, expression: Part, comment: str = "") -> Name:
        """Define a column that reads the table."""
        return self._add(stem, ending, expression, comment, 0, frozenset(names_in(expression)))

    def define(self, stem: str, ending: str, expression: Part, comment: str = "") -> Name:
        """Define a column that reads other columns; its name tells what it is about, and what it says of it."""
        reads = frozenset(names_in(expression))
        stage = 1 + max((self.found[name].stage for name in reads), default=0)
        return self._add(stem, ending, expression, comment, stage, reads)

    def _add(  # noqa: PLR0913, PLR0917 - what a column consists of
        self, stem: str, ending: str, expression: Part, comment: str, stage: int, reads: frozenset[str]
    ) -> Name:
        name = self._free_name(stem, ending)
        self.found[name] = Column(name=name, expression=expression, comment=comment, reads=reads, stage=stage)
        return Name(name)

    def _free_name(self, stem: str, ending: str) -> str:
        """Return a name that every database keeps as it is, without quotes."""
        plain = stem.lower() if _PLAIN.fullmatch(stem.lower()) else "column"
        told = f"{plain}_{ending}"[:_LONGEST].rstrip("_")
        name, number = told, self._numbers.get(told, 1)
        while name in self.found:
            number += 1
            name = f"{told}_{number}"
        self._numbers[told] = number
        return name

    def needed_for(self, parts: Iterable[Part]) -> Columns:
        """Return the columns that some parts read, and those that are read by them."""
        kept, todo = set[str](), [name for part in parts for name in names_in(part)]
        while todo:
            name = todo.pop()
            if name not in kept:
                kept.add(name)
                todo.extend(self.found[name].reads)
        return Columns({name: column for name, column in self.found.items() if name in kept})


@attrs.frozen(kw_only=True)
class Source:
    """What the first stage reads: a table as `t`, and the keys of its rows by name."""

    table: str
    keys: Mapping[str, str]


def stages(columns: Columns, wanted: Sequence[Part], dialect: Dialect, source: Source) -> Iterator[str]:
    """Yield one CTE for each stage; the last one, `s` and its number, holds what is wanted."""
    for stage, (kept, drops, new) in enumerate(_by_stage(columns, wanted)):
        if not stage:
            listed = [f"    {expression} AS {name}" for name, expression in source.keys.items()]
        else:
            listed = _wrapped([f"p.{name}" for name in (*source.keys, *kept)]) if drops else ["    p.*"]
        yield _cte(dialect, stage, [*listed, *map(_item, new)], source.table if not stage else f"s{stage - 1} p")


def widest(columns: Columns, wanted: Sequence[Part]) -> int:
    """Return how many columns the widest stage has, beside the keys."""
    return max(len(kept) + len(new) for kept, _, new in _by_stage(columns, wanted))


def _by_stage(columns: Columns, wanted: Sequence[Part]) -> Iterator[tuple[list[str], bool, list[Column]]]:
    """Yield for each stage the columns that it hands on, whether some are dropped there, and the new ones."""
    by_stage: dict[int, list[Column]] = {}
    for column in columns.found.values():
        by_stage.setdefault(column.stage, []).append(column)
    last = max(by_stage, default=0)
    until = _last_uses(columns, wanted, last)
    live: list[str] = []
    for stage in range(last + 1):
        kept = [name for name in live if until[name] > stage]
        drops = len(live) - len(kept) > _MOST_DEAD
        handed, new = kept if drops else live, by_stage.get(stage, [])
        yield handed, drops, new
        live = [*handed, *(column.name for column in new)]


def _last_uses(columns: Columns, wanted: Sequence[Part], last: int) -> dict[str, int]:
    """Return for each column the last stage that reads it; of wanted ones, beyond the last."""
    until = {name: column.stage for name, column in columns.found.items()}
    for column in columns.found.values():
        for name in column.reads:
            until[name] = max(until[name], column.stage)
    return until | {name: last + 1 for part in wanted for name in names_in(part)}


def _wrapped(names: Sequence[str]) -> list[str]:
    """Return names in lines of bounded width; the commas between lines are the caller's."""
    lines = textwrap.wrap(", ".join(names), _COMMENT, initial_indent="    ", subsequent_indent="    ")
    return [line.removesuffix(",") for line in lines]


def comment_lines(text: str, indent: str) -> list[str]:
    """Return a comment in lines of bounded width."""
    wrap = textwrap.TextWrapper(_COMMENT, break_on_hyphens=False)
    parts = [line for part in text.splitlines() for line in wrap.wrap(escaped(part))]
    return [f"{indent}-- {escaped(line)}" for line in parts]


def item_lines(expression: Part, name: str, comment: str, indent: str) -> str:
    """Return a column of a SELECT with its comment."""
    return "\n".join([*comment_lines(comment, indent), *lines_of(expression, indent, f" AS {name}")])


def _item(column: Column) -> str:
    return item_lines(column.expression, column.name, column.comment, "    ")


def _cte(dialect: Dialect, stage: int, items: list[str], source: str) -> str:
    before, after = dialect.kept
    listed = ",\n".join(items)
    return f"s{stage} AS {before}(\n  SELECT{dialect.hint}\n{listed}\n  FROM {source}{after}\n)"
