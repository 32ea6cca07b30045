"""Which rows of a large table can hold at all, found from the known values of single variables.

In come rows; out go, for a variable, functions from a known value to the rows that it does not exclude, as
bits.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import attrs

from cso_rules.model.decisions import Rule
from cso_rules.model.expressions import Among, And, Expression, Variable, Within

LARGE = 64
"""Tables with more rows are indexed."""
_MEMORY = 1 << 26
_MOST_VARIABLES = 4


@attrs.frozen
class Index:
    """Rows that a known value of one variable leaves possible."""

    rows: Mapping[int, int] | Sequence[int]
    starts: Sequence[int] | None = None

    def __call__(self, value: int) -> int:
        """Return the rows, as bits."""
        if self.starts is None:
            return self.rows[value]
        return self.rows[bisect_right(self.starts, value)]


def indexes(rules: Sequence[Rule]) -> dict[str, Index]:
    """Return an index for each of the few variables that most rows constrain by themselves."""
    constraints = [dict(_constraints(rule.condition)) for rule in rules]
    counts = Counter(name for row in constraints for name in row)
    chosen = [name for name, rows in counts.most_common(_MOST_VARIABLES) if rows * 4 >= len(rules)]
    found = {name: _index([row.get(name) for row in constraints]) for name in chosen}
    return {name: index for name, index in found.items() if index is not None}


Constraint = int | tuple[int | None, int | None]
"""Bits that an enumeration may have, or the ends of an interval."""


def _constraints(expression: Expression) -> Iterator[tuple[str, Constraint]]:
    for part in expression.operands if isinstance(expression, And) else (expression,):
        match part:
            case Among(name=name, bits=bits):
                yield name, bits
            case Within(terms=(term,)) if isinstance(term.quantity, Variable) and term.factor:
                yield term.quantity.name, _interval(term.factor, part.low, part.high)
            case _:
                continue


def _interval(factor: int, low: int | None, high: int | None) -> tuple[int | None, int | None]:
    if factor < 0:
        factor, low, high = -factor, None if high is None else -high, None if low is None else -low
    return None if low is None else -(-low // factor), None if high is None else high // factor


def _index(rows: Sequence[Constraint | None]) -> Index | None:
    if any(isinstance(row, int) for row in rows):
        return Index(_by_bit([row if isinstance(row, int) else None for row in rows]))
    return _by_interval([row if isinstance(row, tuple) else (None, None) for row in rows])


class _Rows(dict[int, int]):
    """Rows for each bit; a bit that no row names leaves the unconstrained rows."""

    def __init__(self, free: int) -> None:
        self.free = free

    def __missing__(self, bit: int) -> int:
        return self.free


def _by_bit(rows: Sequence[int | None]) -> Mapping[int, int]:
    found = _Rows(sum(1 << index for index, bits in enumerate(rows) if bits is None))
    for index, bits in enumerate(rows):
        for place in range((bits or 0).bit_length()):
            if (bits or 0) >> place & 1:
                found[1 << place] = found[1 << place] | 1 << index
    return found


def _by_interval(rows: Sequence[tuple[int | None, int | None]]) -> Index | None:
    changes: dict[int, int] = {}
    current = 0
    for index, (low, high) in enumerate(rows):
        if low is not None and high is not None and low > high:
            continue
        for place in ([] if low is None else [low]) + ([] if high is None else [high + 1]):
            changes[place] = changes.get(place, 0) ^ 1 << index
        current |= 1 << index if low is None else 0
    return _swept(changes, current, len(rows))


def _swept(changes: Mapping[int, int], current: int, size: int) -> Index | None:
    if len(changes) * size > _MEMORY * 8:
        return None
    starts, masks = sorted(changes), [current]
    for start in starts:
        current ^= changes[start]
        masks.append(current)
    return Index(masks, starts)
