"""Large tables as data: each row of facts falls into one cell of the conditions, and each cell has one result.

A table of thousands of rules costs little more than one of dozens: where a value lies among the bounds of all rules is
found at once, and only the cells that occur are worked out, with rules as bits. Where a fact is open, its cell stands
for every cell that it may be in, and the result for the results of all of them: so it is exact.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, reduce
from math import prod
from operator import and_, or_
from threading import Lock
from typing import Any, Final, assert_never

import attrs

from cso_rules.executors.planes.bits import Array, Plane, combined, packed, unpacked
from cso_rules.executors.planes.extra import np
from cso_rules.executors.planes.facts.columns import Columns
from cso_rules.meaning.complete import Case
from cso_rules.model.decisions import AnyDecision, Rule, TableDecision
from cso_rules.model.expressions import And, Expression, Variable, Within, atoms, variables
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, Type
from cso_rules.results import Result
from cso_rules.truth import Truth

LARGE: Final = 64
"""Tables with more rules are indexed."""

_DENSE: Final = 1 << 22
_MEMORY: Final = 1 << 29
_SPAN: Final = 1 << 20
_WIDEST: Final = 16
"""Values of a fact of which several may be given, as the bits of a place."""

_MOST_CELLS: Final = 1 << 18
"""Cells whose results are remembered, unless all cells have room."""

_MOST_BITS: Final = 1 << 27
"""Results that are remembered, times rules."""

_MOST_TRIED: Final = 1 << 16
"""Cells that are tried for one that is open; with more its result is wide."""

Parts = Mapping[Expression, int]
"""Parts of conditions, each with the rules that it belongs to, as bits."""


def index_of(
    policy: Policy, decision: TableDecision, states: Mapping[str, str], readings: Mapping[str, Domain]
) -> TableIndex | None:
    """Return the index of a large table.

    Args:
        policy: Rules in force.
        decision: The table.
        states: Of each fact what its column is.
        readings: What each reading may be.

    Returns:
        None when the table is small, when its conditions are no conjunctions of single facts, or a reading is open.
    """
    rules = decision.rules[:-1] if decision.otherwise else decision.rules
    parts = _by_variable(rules) if len(rules) > LARGE else None
    if parts is None:
        return None
    constant = parts.pop("", {})
    everything = (1 << len(rules)) - 1
    axes = []
    for name, found in parts.items():
        axis = _axis(policy, name, found, everything, states, readings)
        if axis is None:
            return None
        axes.append(axis)
    return TableIndex(decision, axes, _sifted(constant, "", 0, everything))


def _by_variable(rules: Sequence[Rule]) -> dict[str, dict[Expression, int]] | None:
    found: dict[str, dict[Expression, int]] = {}
    for place, rule in enumerate(rules):
        for part in _conjuncts(rule.condition):
            names = variables(part)
            if len(names) > 1:
                return None
            same = found.setdefault("".join(names), {})
            same[part] = same.get(part, 0) | 1 << place
    return found


def _conjuncts(expression: Expression) -> Iterator[Expression]:
    if isinstance(expression, And):
        for part in expression.operands:
            yield from _conjuncts(part)
    else:
        yield expression


def _sifted(parts: Parts, name: str, value: int, everything: int) -> int:
    """Return the rules whose parts all hold where a variable has a value."""
    case = Case({name: value}, {})
    return everything & ~reduce(lambda found, part: found if case.holds(part) else found | parts[part], parts, 0)


def _axis(  # noqa: PLR0913, PLR0917 - the variable, what asks for it, and what is known of it
    policy: Policy,
    name: str,
    parts: Parts,
    everything: int,
    states: Mapping[str, str],
    readings: Mapping[str, Domain],
) -> _Axis | None:
    if name in policy.decisions:
        return None
    kind, state = policy.variable_type(name), states.get(name, "absent")
    if name in readings:
        domain = readings[name]
        is_chosen = isinstance(domain, int) and domain.bit_count() == 1
        return _Values(name, kind, domain, parts, everything) if is_chosen else None
    if kind.kind in {"boolean", "enumeration"}:
        is_wide = state == "parts" and len(kind.names) > _WIDEST
        return None if is_wide else _Values(name, kind, state, parts, everything)
    if not kind.is_numeric or not all(map(_is_plain, parts)):
        return None
    axis = _Numbers(name, kind, state, parts, everything)
    return axis if len(axis.edges) * everything.bit_length() <= _MEMORY else None


def _is_plain(part: Expression) -> bool:
    """Tell whether a part compares multiples of one number with constants."""
    compared = [atom.terms for atom in atoms(part) if isinstance(atom, Within)]
    return all(
        len(terms) == 1 and isinstance(terms[0].quantity, Variable) and bool(terms[0].factor) for terms in compared
    )


class _Axis(ABC):
    """What one variable says about the rules, for each place that its value may have.

    The places of single cells come first, then that of what is not known, then those of several cells.
    """

    def __init__(self, name: str, state: str | Domain, parts: Parts, everything: int) -> None:
        self.name, self.state, self.parts, self.everything = name, state, parts, everything
        self._known: dict[int, tuple[int, ...]] = {}

    @property
    @abstractmethod
    def cells(self) -> int:
        """How many cells there are."""

    @property
    @abstractmethod
    def size(self) -> int:
        """How many places there are."""

    @abstractmethod
    def places(self, columns: Columns) -> Array:
        """Return the place of each row."""

    def cases(self, place: int) -> tuple[int, ...]:
        """Return the rules that the variable leaves, in each cell that the place stands for."""
        if place not in self._known:
            self._known[place] = tuple(dict.fromkeys(self._rules_in(cell) for cell in self._cells_of(place)))
        return self._known[place]

    def forget(self) -> None:
        """Work out anew what the variable says."""
        self._known.clear()

    @abstractmethod
    def _cells_of(self, place: int) -> Sequence[int]:
        """Return the cells that a place stands for."""

    @abstractmethod
    def _rules_in(self, cell: int) -> int:
        """Return the rules that the variable leaves in a cell."""


class _Values(_Axis):
    """An enumeration or boolean: a place for each value, then one for unknown, then one for each set of values."""

    def __init__(self, name: str, kind: Type, state: str | Domain, parts: Parts, everything: int) -> None:
        super().__init__(name, state, parts, everything)
        self.kind = kind

    @property
    def cells(self) -> int:
        return len(self.kind.names)

    @property
    def size(self) -> int:
        return self.cells + 1 + ((1 << self.cells) if self.state == "parts" else 0)

    def places(self, columns: Columns) -> Array:
        if isinstance(self.state, int):
            return np.full(columns.rows, self.state.bit_length() - 1)
        column = columns.found.get(self.name)
        if column is None:
            return np.full(columns.rows, self.cells)
        if column.most is not None:
            return column.most.astype(np.int64) + (self.cells + 1)
        return column.places(self.cells, columns.rows)

    def _cells_of(self, place: int) -> Sequence[int]:
        if place < self.cells:
            return (place,)
        bits = (1 << self.cells) - 1 if place == self.cells else place - self.cells - 1
        return tuple(_positions(bits))

    def _rules_in(self, cell: int) -> int:
        return _sifted(self.parts, self.name, 1 << cell, self.everything)


class _Numbers(_Axis):
    """A number: a place for each interval between the bounds of all rules, then unknown, then each pair of ends."""

    def __init__(self, name: str, kind: Type, state: str, parts: Parts, everything: int) -> None:
        super().__init__(name, state, parts, everything)
        self.edges, self._rules = self._swept(kind.minimum, kind.maximum)
        self._table = self._places_of_numbers()

    @property
    def cells(self) -> int:
        return len(self.edges) + 1

    @property
    def size(self) -> int:
        return self.cells + 1 + (self.cells**2 if self.state == "parts" else 0)

    def places(self, columns: Columns) -> Array:
        column = columns.found.get(self.name)
        if column is None:
            return np.full(columns.rows, self.cells)
        assert column.numbers is not None
        found = self._among_edges(column.numbers)
        if column.most is not None:
            return self.cells + 1 + found.astype(np.int64) * self.cells + self._among_edges(column.most)
        if column.known is None:
            return found
        return np.where(unpacked(column.known, columns.rows), found, self.cells)

    def _cells_of(self, place: int) -> Sequence[int]:
        if place < self.cells:
            return (place,)
        first, last = divmod(place - self.cells - 1, self.cells)
        return range(self.cells) if place == self.cells else range(first, last + 1)

    def _rules_in(self, cell: int) -> int:
        return self._rules[cell]

    def _places_of_numbers(self) -> Array | None:
        """Return the place of every number from before the first edge to the last one, when they are not too many."""
        if not len(self.edges) or int(self.edges[-1] - self.edges[0]) > _SPAN:
            return None
        numbers = np.arange(int(self.edges[0]) - 1, int(self.edges[-1]) + 1)
        return np.searchsorted(self.edges, numbers, side="right").astype(np.int32)

    def _among_edges(self, numbers: Array) -> Array:
        if self._table is None:
            found: Array = np.searchsorted(self.edges, numbers, side="right")
            return found
        # What lies outside is like the nearest end; the smallest types have no room for the ends.
        wide = numbers.astype(np.int64, copy=False)
        return self._table.take(wide - (int(self.edges[0]) - 1), mode="clip")

    def _swept(self, least: int, most: int) -> tuple[Array, list[int]]:
        """Return where the rules change, and which hold before the first change and from each one on."""
        changes: dict[int, int] = {}
        counts = _Failing()
        for part, rules in self.parts.items():
            edges = sorted(edge for edge in set(_edges(part)) if least < edge <= most)
            truths = [self._holds(part, least), *(self._holds(part, edge) for edge in edges)]
            counts.start(rules, is_failing=not truths[0])
            for edge, before, after in zip(edges, truths, truths[1:], strict=False):
                if before != after:
                    changes.setdefault(edge, 0)
                    counts.change(edge, rules, is_failing=not after)
        return np.array(sorted(changes), np.int64), counts.masks(sorted(changes), self.everything)

    def _holds(self, part: Expression, number: int) -> bool:
        return Case({self.name: number}, {}).holds(part)


class _Failing:
    """How many parts of each rule fail, along a line."""

    def __init__(self) -> None:
        self.counts: dict[int, int] = {}
        self.changes: dict[int, list[tuple[int, int]]] = {}

    def start(self, rules: int, *, is_failing: bool) -> None:
        """Say what holds before the first edge."""
        if is_failing:
            for rule in _positions(rules):
                self.counts[rule] = self.counts.get(rule, 0) + 1

    def change(self, edge: int, rules: int, *, is_failing: bool) -> None:
        """Say what begins to fail or to hold at an edge."""
        self.changes.setdefault(edge, []).append((rules, 1 if is_failing else -1))

    def masks(self, edges: Sequence[int], everything: int) -> list[int]:
        """Return the rules of which no part fails, before the first edge and from each one on."""
        current = everything & ~sum(1 << rule for rule, count in self.counts.items() if count)
        found = [current]
        for edge in edges:
            for rules, step in self.changes[edge]:
                for rule in _positions(rules):
                    count = self.counts[rule] = self.counts.get(rule, 0) + step
                    current = current & ~(1 << rule) if count else current | 1 << rule
            found.append(current)
        return found


def _positions(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _edges(part: Expression) -> Iterator[int]:
    """Yield the numbers from which on a comparison may become true or false."""
    for atom in atoms(part):
        assert isinstance(atom, Within)
        factor, low, high = atom.terms[0].factor, atom.low, atom.high
        if factor < 0:
            factor, low, high = -factor, None if high is None else -high, None if low is None else -low
        if low is not None:
            yield -(-low // factor)
        if high is not None:
            yield high // factor + 1


@attrs.frozen
class Found:
    """What a table says in one cell.

    Attributes:
        possible: Outputs that are possible, as bits; of a list, items.
        sure: Items that are there for certain.
        true: Rules that hold for certain.
        maybe: Rules that may hold.
        conflict: Whether rules contradict one another for certain, and whether they may.
        none: Whether no row holds for certain, and whether none may.
        answers: How many different answers are possible, up to two.
    """

    possible: int
    sure: int
    true: int
    maybe: int
    conflict: tuple[bool, bool]
    none: tuple[bool, bool]
    answers: int

    def as_result(self, decision: AnyDecision) -> Result:
        """Return it as other executors give it."""
        domain = (self.sure, self.possible) if decision.type.kind == "set" else self.possible
        return Result(domain, self.true, self.maybe & ~self.true, _mark(self.conflict), _mark(self.none))


@attrs.frozen
class _Worked:
    """The results that are worked out so far, each once; `numbers` says where each stands.

    Attributes:
        dense: Where the result of each cell stands, -1 while it is not worked out; None when the cells are too many.
        sparse: The same of the cells that occurred.
    """

    dense: Any
    results: list[Found] = attrs.field(factory=list)
    numbers: dict[Found, int] = attrs.field(factory=dict)
    sparse: dict[tuple[int, ...], int] = attrs.field(factory=dict)
    _bits: dict[tuple[str, int], Array] = attrs.field(factory=dict)

    def number(self, result: Found) -> int:
        """Return where a result stands."""
        number = self.numbers.setdefault(result, len(self.results))
        if number == len(self.results):
            self.results.append(result)
        return number

    def bits(self, kind: str, place: int) -> Array:
        """Return for each result whether it has a bit."""
        found = self._bits.get((kind, place))
        if found is None or found.size < len(self.results):
            pick: Callable[[Found], int] = _PICKS[kind]
            bits = (pick(result) >> place & 1 for result in self.results)
            found = self._bits[kind, place] = np.fromiter(bits, np.bool_, len(self.results))
        return found


@attrs.frozen
class Located:
    """The results of the rows of a batch, which stay what they are whatever is worked out later."""

    ids: Array
    among: _Worked

    def result(self, row: int) -> Found:
        """Return the result of a row."""
        return self.among.results[int(self.ids[row])]

    def plane(self, kind: str, place: int, words: int) -> Plane:
        """Return where the result has a bit."""
        return packed(self.among.bits(kind, place).take(self.ids, mode="clip"), words)


@attrs.define(slots=False, eq=False)
class TableIndex:
    """The results of a table, found by the places of the values of its variables."""

    decision: TableDecision
    axes: list[_Axis]
    constant: int
    _worked: _Worked = attrs.field(init=False)
    _lock: Lock = attrs.field(factory=Lock)

    def __attrs_post_init__(self) -> None:
        """Prepare for the first batch."""
        self._worked = self._nothing_yet()

    def located(self, columns: Columns) -> Located:
        """Return the results of the rows of a batch."""
        places = [axis.places(columns) for axis in self.axes]
        worked = self._remembered()
        found = self._among_few if worked.dense is not None else self._among_many
        return Located(found(worked, places, columns.rows), worked)

    def _nothing_yet(self) -> _Worked:
        """Return no results, with a table of all cells when they have room in one."""
        size = prod(axis.size for axis in self.axes)
        return _Worked(np.full(size, -1, np.int32) if size <= _DENSE else None)

    def _remembered(self) -> _Worked:
        """Return what is worked out, or nothing when that has become too much; earlier batches keep theirs."""
        with self._lock:
            worked = self._worked
            many_bits = len(worked.results) * len(self.decision.rules) > _MOST_BITS
            if many_bits or len(worked.sparse) > _MOST_CELLS:
                self._worked = worked = self._nothing_yet()
                for axis in self.axes:
                    axis.forget()
        return worked

    def _among_few(self, worked: _Worked, places: Sequence[Array], rows: int) -> Array:
        joint = np.zeros(rows, np.int64)
        for axis, each in zip(self.axes, places, strict=True):
            joint = joint * axis.size + each
        ids: Array = worked.dense.take(joint, mode="clip")
        if ids.size and int(ids.min()) < 0:
            with self._lock:
                for cell in np.unique(joint[ids < 0]).tolist():
                    worked.dense[cell] = worked.number(self._result(self._places_of(cell)))
            ids = worked.dense[joint]
        return ids

    def _places_of(self, cell: int) -> list[int]:
        places = []
        for axis in reversed(self.axes):
            cell, place = divmod(cell, axis.size)
            places.append(place)
        return places[::-1]

    def _among_many(self, worked: _Worked, places: Sequence[Array], rows: int) -> Array:
        some, codes = combined(places, rows)
        cells = zip(*(each[some].tolist() for each in places), strict=True)
        with self._lock:
            return np.fromiter((self._number(worked, cell) for cell in cells), np.int32, some.size)[codes]

    def _number(self, worked: _Worked, cell: tuple[int, ...]) -> int:
        found = worked.sparse.get(cell)
        if found is None:
            found = worked.sparse[cell] = worked.number(self._result(cell))
        return found

    def _result(self, places: Sequence[int]) -> Found:
        choices = [axis.cases(place) for axis, place in zip(self.axes, places, strict=True)]
        left = self._left(choices)
        if left is None:
            sure, maybe = (reduce(and_, (reduce(join, own) for own in choices), self.constant) for join in (and_, or_))
            return self._wide(sure, maybe)
        holding = [self._with_otherwise(rules) for rules in left]
        hits = {self._hit(rules) for rules in holding}
        values = [hit for hit in hits if hit >= 0]
        is_list = self.decision.has_multiple_hits
        return Found(
            possible=reduce(or_, values, 0),
            sure=reduce(and_, values) if values and is_list else 0,
            true=reduce(and_, holding),
            maybe=reduce(or_, holding),
            conflict=(hits == {_CONFLICT}, _CONFLICT in hits),
            none=(hits == {0}, 0 in hits) if not is_list else (False, False),
            answers=min(len(hits), 2),
        )

    def _left(self, choices: Sequence[Sequence[int]]) -> set[int] | None:
        """Return the different sets of rules that single cells leave; None when there are too many cells."""
        found = {self.constant}
        for rules in sorted(choices, key=len):
            if len(found) * len(rules) > _MOST_TRIED:
                return None
            found = {one & two for one in found for two in rules}
        return found

    def _wide(self, sure: int, maybe: int) -> Found:
        """Return what is sound where only this is known: which rules hold in any case, and which may."""
        decision, is_list = self.decision, self.decision.has_multiple_hits
        last = 1 << len(decision.rules) - 1 if decision.otherwise else 0
        true, maybe = sure or (0 if maybe else last), maybe | (0 if sure else last)
        certain, possible = self._outputs(true), self._outputs(self._until_sure(true, maybe))
        clashing = {"unique": (true, maybe), "any": (certain, possible)}.get(decision.hit_policy, (0, 0))
        conflict = (clashing[0].bit_count() > 1, clashing[1].bit_count() > 1)
        if true and decision.hit_policy in {"unique", "any"}:
            possible = certain
        is_one = certain == possible if is_list else possible.bit_count() == 1 and bool(true)
        return Found(
            possible=possible,
            sure=certain if is_list else 0,
            true=true,
            maybe=maybe,
            conflict=conflict,
            none=(not maybe and not is_list, not true and not is_list),
            answers=1 if is_one and not conflict[1] else 2,
        )

    def _until_sure(self, true: int, maybe: int) -> int:
        """Return the rows that may be the hit: where one row decides alone, none after one that holds for certain."""
        if self.decision.hit_policy not in {"first", "priority"}:
            return maybe
        found = 0
        for place in self.decision.order:
            found |= maybe & 1 << place
            if true >> place & 1:
                break
        return found

    def _outputs(self, rules: int) -> int:
        return sum(1 << output for output, rows in self._rows_of.items() if rows & rules)

    def _with_otherwise(self, rules: int) -> int:
        return rules or (1 << len(self.decision.rules) - 1 if self.decision.otherwise else 0)

    @cached_property
    def _rows_of(self) -> dict[int, int]:
        """The rows of each output, as bits, the most preferred output first."""
        found: dict[int, int] = {}
        for place, rule in enumerate(self.decision.rules):
            found[rule.output] = found.get(rule.output, 0) | 1 << place
        return dict(sorted(found.items()))

    def _hit(self, rules: int) -> int:
        """Return the outputs of the rows that hold, by the hit policy, as bits."""
        policy = self.decision.hit_policy
        if not rules:
            return 0
        match policy:
            case "first":
                return 1 << self.decision.rules[(rules & -rules).bit_length() - 1].output
            case "priority":
                return 1 << next(output for output, rows in self._rows_of.items() if rows & rules)
            case "unique" if rules & rules - 1:
                return _CONFLICT
            case "unique" | "any" | "rule_order" | "output_order" | "collect":
                outputs = self._outputs(rules)
                return _CONFLICT if policy == "any" and outputs & outputs - 1 else outputs
            case _:
                assert_never(policy)


def _mark(sides: tuple[bool, bool]) -> Truth:
    return Truth.TRUE if sides[0] else Truth.UNKNOWN if sides[1] else Truth.FALSE


_CONFLICT: Final = -1

_PICKS: Final[Mapping[str, Callable[[Found], int]]] = {
    "sure": lambda result: result.sure,
    "possible": lambda result: result.possible,
    "true": lambda result: result.true,
    "false": lambda result: ~result.maybe,
    "conflict": lambda result: result.conflict[0] | result.conflict[1] << 1,
    "none": lambda result: result.none[0] | result.none[1] << 1,
    "determined": lambda result: int(result.answers == 1 and not result.conflict[0]),
}
