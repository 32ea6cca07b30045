"""Large tables as data: each row of facts falls into one cell of the conditions, and each cell has one result.

A table of thousands of rules costs little more than one of dozens: where a value lies among the bounds of all rules is
found at once, and only the cells that occur are worked out, with rules as bits.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from math import prod
from operator import and_
from threading import Lock
from typing import Any, Final

import attrs

from cso_rules.determination import Result
from cso_rules.executors.planes.bits import Array, Plane, combined, masks, packed, unpacked
from cso_rules.executors.planes.columns import Columns
from cso_rules.executors.planes.extra import np
from cso_rules.executors.planes.graph import Graph
from cso_rules.executors.planes.results import list_result, table_result
from cso_rules.executors.planes.variables import Coded, Fixed, Known, Number, Possible, Truths, possible_of
from cso_rules.executors.single.reference import holds, narrow
from cso_rules.model.decisions import Rule, TableDecision
from cso_rules.model.expressions import And, Expression, Variable, Within, atoms, variables
from cso_rules.model.types import Domain, is_known
from cso_rules.truth import Truth

LARGE: Final = 64
"""Tables with more rules are indexed."""

_DENSE: Final = 1 << 22
_MEMORY: Final = 1 << 29
_SPAN: Final = 1 << 20
_WIDEST: Final = 63
"""Values of a decision of which any may be possible, as the bits of a place."""

_MOST_CELLS: Final = 1 << 18
"""Cells whose results are remembered, unless all cells have room."""

_MOST_BITS: Final = 1 << 27
"""Results that are remembered, times rules."""

Parts = Mapping[Expression, int]
"""Parts of conditions, each with the rules that it belongs to, as bits."""

Sifted = tuple[int, int]
"""Rules that are not shown to be untrue by one variable: certainly, and possibly."""


def index_of(decision: TableDecision, environment: Mapping[str, Known]) -> TableIndex | None:
    """Return the index of a large table, or None when its conditions are no conjunctions of single variables."""
    rules = decision.rules[:-1] if decision.otherwise else decision.rules
    if len(rules) <= LARGE or (decision.has_multiple_hits and any(rule.splits for rule in rules)):
        return None
    parts = _by_variable(rules)
    if parts is None:
        return None
    constant = parts.pop("", {})
    cells = {split.name: split.cells for split in decision.splits}
    everything = (1 << len(rules)) - 1
    axes = []
    for name, found in parts.items():
        axis = _axis(environment[name], found, cells.get(name, ()), everything)
        if axis is None:
            return None
        axes.append(axis)
    return TableIndex(decision, axes, _sifted(constant, {}, everything))


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


def _sifted(parts: Parts, environment: Mapping[str, Domain], everything: int) -> Sifted:
    """Return the rules whose parts all hold, and those none of whose parts fails."""
    sure = possible = everything
    for part, rules in parts.items():
        truth = holds(part, environment)
        if truth is not Truth.TRUE:
            sure &= ~rules
        if truth is Truth.FALSE:
            possible &= ~rules
    return sure, possible


def _axis(variable: Known, parts: Parts, cells: tuple[Domain, ...], everything: int) -> _Axis | None:
    match variable:
        case Possible(planes=planes) if len(planes) > _WIDEST:
            return None
        case Fixed() | Coded() | Truths() | Possible():
            return _Values(variable, parts, cells, everything)
        case Number() if all(map(_is_plain, parts)):
            axis = _Numbers(variable, parts, cells, everything)
            return axis if len(axis.edges) * everything.bit_length() <= _MEMORY else None
        case _:
            return None


def _is_plain(part: Expression) -> bool:
    """Tell whether a part compares multiples of one number with constants."""
    compared = [atom.terms for atom in atoms(part) if isinstance(atom, Within)]
    return all(
        len(terms) == 1 and isinstance(terms[0].quantity, Variable) and bool(terms[0].factor) for terms in compared
    )


class _Axis(ABC):
    """What one variable says about the rules, for each place that its value may have."""

    def __init__(self, variable: Known, parts: Parts, cells: tuple[Domain, ...], everything: int) -> None:
        self.variable, self.parts, self.cells, self.everything = variable, parts, cells, everything
        self.name = next((name for part in parts for name in variables(part)), "")
        self._known: dict[int, list[Sifted]] = {}

    @property
    @abstractmethod
    def size(self) -> int:
        """How many places there are."""

    @abstractmethod
    def places(self, columns: Columns, planes: Sequence[Plane]) -> Array:
        """Return the place of each row."""

    def cases(self, place: int) -> list[Sifted]:
        """Return what the variable says at a place: once, or once for each cell that it is tried in."""
        if place not in self._known:
            self._known[place] = self._cases(place)
        return self._known[place]

    def forget(self) -> None:
        """Work out anew what the variable says."""
        self._known.clear()

    @abstractmethod
    def _cases(self, place: int) -> list[Sifted]:
        """Work out what the variable says at a place."""

    def _of_domain(self, domain: Domain) -> list[Sifted]:
        tried = [narrow(domain, cell) for cell in self.cells] if self.cells and not is_known(domain) else [domain]
        return [_sifted(self.parts, {self.name: each}, self.everything) for each in tried if each is not None]


class _Values(_Axis):
    """An enumeration or boolean: a place for each value, then one for unknown; decided ones have one for each set."""

    @property
    def size(self) -> int:
        match self.variable:
            case Coded(size=size):
                return size + 1
            case Truths():
                return 4
            case Possible(planes=planes):
                return 1 << len(planes)
            case _:
                return 1

    def places(self, columns: Columns, planes: Sequence[Plane]) -> Array:
        if planes:
            return masks(planes, columns.rows).astype(np.int64)
        if not isinstance(self.variable, Coded):
            return np.zeros(columns.rows, np.int64)
        numbers = tuple(range(self.variable.size))
        return columns.found[self.variable.name].looked_up(numbers, self.variable.size, columns.rows)

    def _cases(self, place: int) -> list[Sifted]:
        if isinstance(self.variable, Fixed):
            return self._of_domain(self.variable.domain)
        if isinstance(self.variable, Coded):
            return self._of_domain(self.variable.unknown if place == self.variable.size else 1 << place)
        return self._of_domain(place)


class _Numbers(_Axis):
    """A number: a place for each interval between the bounds of all rules, then one for unknown."""

    variable: Number

    def __init__(self, variable: Number, parts: Parts, cells: tuple[Domain, ...], everything: int) -> None:
        super().__init__(variable, parts, cells, everything)
        self.edges, self._rules = self._swept()
        self._table = self._places_of_numbers()

    @property
    def size(self) -> int:
        return len(self.edges) + 2

    def places(self, columns: Columns, _: Sequence[Plane]) -> Array:
        column = columns.found[self.variable.name]
        found = self._among_edges(column.values(None))
        if column.known is None:
            return found
        return np.where(unpacked(column.known, columns.rows), found, len(self.edges) + 1)

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

    def _cases(self, place: int) -> list[Sifted]:
        if place > len(self.edges):
            return self._of_domain(self.variable.unknown)
        return [(self._rules[place], self._rules[place])]

    def _swept(self) -> tuple[Array, list[int]]:
        """Return where the rules change, and which hold before the first change and from each one on."""
        changes: dict[int, int] = {}
        counts = _Failing()
        for part, rules in self.parts.items():
            edges = sorted(set(_edges(part)))
            truths = [self._holds(part, (edges or [0])[0] - 1), *(self._holds(part, edge) for edge in edges)]
            counts.start(rules, is_failing=not truths[0])
            for edge, before, after in zip(edges, truths, truths[1:], strict=False):
                if before != after:
                    changes.setdefault(edge, 0)
                    counts.change(edge, rules, is_failing=not after)
        return np.array(sorted(changes), np.int64), counts.masks(sorted(changes), self.everything)

    def _holds(self, part: Expression, number: int) -> bool:
        return holds(part, {self.name: (number, number)}) is Truth.TRUE


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
class _Worked:
    """The results that are worked out so far, each once; `numbers` says where each stands.

    Attributes:
        dense: Where the result of each cell stands, -1 while it is not worked out; None when the cells are too many.
        sparse: The same of the cells that occurred.
    """

    dense: Any
    results: list[Result] = attrs.field(factory=list)
    numbers: dict[Result, int] = attrs.field(factory=dict)
    sparse: dict[tuple[int, ...], int] = attrs.field(factory=dict)
    _bits: dict[tuple[str, int], Array] = attrs.field(factory=dict)

    def number(self, result: Result) -> int:
        """Return where a result stands."""
        number = self.numbers.setdefault(result, len(self.results))
        if number == len(self.results):
            self.results.append(result)
        return number

    def bits(self, kind: str, place: int) -> Array:
        """Return for each result whether it has a bit."""
        found = self._bits.get((kind, place))
        if found is None or found.size < len(self.results):
            pick: Callable[[Result], int] = _PICKS[kind]
            bits = (pick(result) >> place & 1 for result in self.results)
            found = self._bits[kind, place] = np.fromiter(bits, np.bool_, len(self.results))
        return found


@attrs.frozen
class Located:
    """The results of the rows of a batch, which stay what they are whatever is worked out later."""

    ids: Array
    among: _Worked

    def result(self, row: int) -> Result:
        """Return the result of a row."""
        return self.among.results[int(self.ids[row])]

    def plane(self, kind: str, place: int, words: int) -> Plane:
        """Return where the result has a bit."""
        return packed(self.among.bits(kind, place)[self.ids], words)


@attrs.define
class TableIndex:
    """The results of a table, found by the places of the values of its variables."""

    decision: TableDecision
    axes: list[_Axis]
    constant: Sifted
    _worked: _Worked = attrs.field(init=False)
    _lock: Lock = attrs.field(factory=Lock)

    def __attrs_post_init__(self) -> None:
        """Prepare for the first batch."""
        self._worked = self._nothing_yet()

    def reads(self, graph: Graph) -> list[int]:
        """Return the planes that are read, variable after variable."""
        return [plane for axis in self.axes for plane in _planes(graph, axis)]

    def located(self, columns: Columns, planes: Sequence[Plane], counts: Sequence[int]) -> Located:
        """Return the results of the rows of a batch."""
        places, start = [], 0
        for axis, count in zip(self.axes, counts, strict=True):
            places.append(axis.places(columns, planes[start : start + count]))
            start += count
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
        ids: Array = worked.dense[joint]
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

    def _result(self, places: Sequence[int]) -> Result:
        choices = [axis.cases(place) for axis, place in zip(self.axes, places, strict=True)]
        cases = []
        for choice in itertools.product(*choices):
            sure = reduce(and_, (rules for rules, _ in choice), self.constant[0])
            possible = reduce(and_, (rules for _, rules in choice), self.constant[1])
            cases.append((sure, possible & ~sure))
        if self.decision.has_multiple_hits:
            return list_result(self.decision, (*cases[0], 0))
        return _finished(self.decision)(tuple(dict.fromkeys(cases)))


_FINISHED: dict[int, tuple[TableDecision, Callable[[Any], Result]]] = {}


def _finished(decision: TableDecision) -> Callable[[Any], Result]:
    """Return the function from cases to a result, made once for a decision."""
    found = _FINISHED.get(id(decision))
    if found is None:
        if len(_FINISHED) >= LARGE:
            _FINISHED.clear()
        found = _FINISHED[id(decision)] = decision, table_result(decision)
    return found[1]


def _planes(graph: Graph, axis: _Axis) -> tuple[int, ...]:
    if isinstance(axis.variable, Truths | Possible):
        return possible_of(graph, axis.variable)
    return ()


def counts_of(graph: Graph, index: TableIndex) -> tuple[int, ...]:
    """Return how many planes each variable of an index has."""
    return tuple(len(_planes(graph, axis)) for axis in index.axes)


def _sure(result: Result) -> int:
    assert isinstance(result.domain, tuple)
    return result.domain[0]


def _possible(result: Result) -> int:
    return result.domain[1] if isinstance(result.domain, tuple) else result.domain


_PICKS: Final[Mapping[str, Callable[[Result], int]]] = {
    "sure": _sure,
    "possible": _possible,
    "true": lambda result: result.true,
    "unknown": lambda result: result.unknown,
    "conflict": lambda result: int(result.conflict is Truth.TRUE),
    "doubt": lambda result: int(result.conflict is not Truth.FALSE),
}
