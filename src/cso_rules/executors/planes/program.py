"""A graph of planes as a list of steps that run on one batch after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import attrs

from cso_rules.executors.planes.bits import WORD, Array, Plane, packed, unpacked
from cso_rules.executors.planes.columns import Columns
from cso_rules.executors.planes.extra import np
from cso_rules.executors.planes.graph import Graph, Node
from cso_rules.executors.planes.logic import simplified
from cso_rules.executors.planes.variables import Known
from cso_rules.model.civil_dates import FIRST, LAST, Shifts, earliest, latest

_LARGEST: Final = 2**62
_SMALL: Final = 2
"""Bytes of numbers whose sum fits into twice as many, and not into 64 bits only."""


@attrs.frozen
class _Memory:
    """What steps write to: planes that are written again and again, and a boolean for each row."""

    planes: Plane
    truths: Array

    @classmethod
    def of(cls, planes: int, words: int) -> _Memory:
        return cls(np.empty((planes, words), np.uint64), np.empty(words * WORD, np.bool_))


@attrs.frozen
class _Run:
    """What steps look at while a batch lasts: its columns, and the value of each node that is computed so far."""

    columns: Columns
    values: list[Any]
    truths: Array


Make = Callable[[_Run], Array]
Step = tuple[Callable[..., object], int, int, int]
"""What to do, the values that it reads, the value that it writes; what reads the columns has none to read."""
_COLUMNS: Final = -1


@attrs.frozen
class _Places:
    """Where values stand in the list of a run: logic that is kept, logic whose plane is written again, all else."""

    of: Mapping[int, int]
    kept: int
    used_again: int
    made: int


class Program:
    """Steps that compute some nodes of a graph, in planes that are written again when nothing reads them any more.

    Such planes stay where they are from batch to batch, because the memory of fresh ones costs more than the logic.
    Several threads may run a program; each has planes of its own then.

    Attributes:
        wanted: Nodes whose values are kept.
        same: For each of them the node that is computed and says the same.
        nodes: What is computed, in order.
    """

    def __init__(self, graph: Graph, known: Mapping[str, Known], wanted: Iterable[int]) -> None:
        """Plan the steps.

        Args:
            graph: Planes and arrays.
            known: What each fact is.
            wanted: Nodes whose values are kept.
        """
        self._graph = graph
        self.wanted = tuple(dict.fromkeys(wanted))
        self.nodes, self.same = simplified(graph, known, self.wanted)
        self._places = _places(self.nodes, self.same)
        self._steps = [self._step(node) for node in self.nodes]
        self._idle: list[_Memory] = []

    @property
    def tables(self) -> Mapping[int, Any]:
        """The indexes of large tables, by the node that holds their results."""
        return self._graph.indexes

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self._steps)

    def run(self, columns: Columns) -> dict[int, Any]:
        """Return the value of each wanted node for a batch."""
        words, rows = columns.words, columns.rows
        memory = self._memory(words)
        values: list[Any] = [*np.empty((self._places.kept, words), np.uint64), *memory.planes[:, :words]]
        values += [None] * self._places.made
        now = _Run(columns, values, memory.truths[:rows])
        for kernel, one, two, out in self._steps:
            if one == _COLUMNS:
                values[out] = kernel(now)
            else:
                kernel(values[one], values[two], values[out])
        self._idle.append(memory)
        return {node: values[self._places.of[same]] for node, same in zip(self.wanted, self.same, strict=True)}

    def _memory(self, words: int) -> _Memory:
        """Return memory for so many words that no other run uses."""
        try:
            memory = self._idle.pop()
        except IndexError:
            memory = _Memory.of(self._places.used_again, words)
        return memory if memory.planes.shape[1] >= words else _Memory.of(self._places.used_again, words)

    def _step(self, node: int) -> Step:
        operation, reads, details = self.nodes[node]
        out, ins = self._places.of[node], [self._places.of[read] for read in reads]
        if operation in _LOGIC:
            return _LOGIC[operation], ins[0], ins[-1], out
        if node in self._graph.bounds:
            return _array(self._graph, node, self.nodes[node], ins), _COLUMNS, _COLUMNS, out
        return _PLANES[operation](self._graph, reads, ins, *details), _COLUMNS, _COLUMNS, out


def _places(nodes: Mapping[int, Node], wanted: Iterable[int]) -> _Places:
    logic = {node for node, (operation, _, _) in nodes.items() if operation in _LOGIC}
    places = {node: place for place, node in enumerate(dict.fromkeys(node for node in wanted if node in logic))}
    kept = size = len(places)
    last = {read: node for node, (_, reads, _) in nodes.items() for read in reads}
    free: list[int] = []
    for node, (_, reads, _) in nodes.items():
        if node in logic and node not in places:
            if not free:
                free, size = [size], size + 1
            places[node] = free.pop()
        done = {read for read in reads if last[read] == node and read in logic and places[read] >= kept}
        free += [places[read] for read in done]
    rest = {node: place for place, node in enumerate((node for node in nodes if node not in logic), size)}
    return _Places(places | rest, kept, size - kept, len(rest))


def _opposite(plane: Plane, _: Plane, out: Plane) -> None:
    np.bitwise_not(plane, out)


_LOGIC: Final[Mapping[str, Callable[..., object]]] = {
    "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor, "not": _opposite,
}  # fmt: skip


# Planes that are not plain logic.


def _constant(word: int) -> Make:
    return lambda now: np.full(now.columns.words, word, np.uint64)


def _plane(_: Graph, __: Sequence[int], ___: Sequence[int], name: str, place: int) -> Make:
    return lambda now: now.columns.found[name].plane(place, now.truths)


def _known(_: Graph, __: Sequence[int], ___: Sequence[int], name: str) -> Make:
    return lambda now: now.columns.known(name)


def _at_least(_: Graph, __: Sequence[int], ins: Sequence[int], number: int) -> Make:
    place = ins[0]

    def made(now: _Run) -> Plane:
        array = now.values[place]
        if array.dtype.kind != "O" and not _fits(number, array.dtype):
            return np.full(now.columns.words, 0 if number > 0 else 2**64 - 1, np.uint64)
        return packed(np.greater_equal(array, number, out=now.truths), now.columns.words)

    return made


def _fits(number: int, kind: Any) -> bool:
    ends = np.iinfo(kind)
    return bool(ends.min <= number <= ends.max)


def _compared(compare: Any) -> Callable[..., Make]:
    def make(_: Graph, __: Sequence[int], ins: Sequence[int]) -> Make:
        one, two = ins
        return lambda now: packed(compare(now.values[one], now.values[two], out=now.truths), now.columns.words)

    return make


def _bit_of(_: Graph, __: Sequence[int], ins: Sequence[int], kind: str, place: int) -> Make:
    results = ins[0]
    return lambda now: now.values[results].plane(kind, place, now.columns.words)


_PLANES: Final[Mapping[str, Callable[..., Make]]] = {
    "never": lambda *_: _constant(0),
    "always": lambda *_: _constant(2**64 - 1),
    "plane": _plane,
    "known": _known,
    "bit_of": _bit_of,
    "at_least": _at_least,
    "reaches": _compared(np.greater_equal),
    "same": _compared(np.equal),
}


# Arrays.


def _array(graph: Graph, node: int, written: Node, ins: Sequence[int]) -> Make:
    """Return what makes an array."""
    operation, _, details = written
    arrays = _Arrays(ins, _widest(graph, node), graph.indexes.get(node))
    make: Callable[..., Array] = getattr(arrays, operation)
    return lambda now: make(now, *details)


def _widest(graph: Graph, node: int) -> Any:
    """Return the type in which a step cannot overflow: 64 bits, or whole numbers of any size."""
    ends = [end for each in (node, *graph.nodes[node][1]) for end in graph.bounds.get(each, ())]
    return np.int64 if all(-_LARGEST < end < _LARGEST for end in ends) else object


@attrs.frozen
class _Arrays:
    """The operations that make an array, by name."""

    reads: Sequence[int]
    kind: Any
    table: Any

    def read(self, now: _Run, place: int) -> Array:
        found: Array = now.values[self.reads[place]]
        return found.astype(self.kind, copy=False)

    def is_true(self, now: _Run, place: int) -> Array:
        return unpacked(now.values[self.reads[place]], now.columns.rows)

    def number(self, now: _Run, value: int) -> Array:
        return np.full(now.columns.rows, value, self.kind)

    def values(self, now: _Run, name: str, unknown: int | None = None) -> Array:
        return now.columns.found[name].values(unknown)

    def looked_up(self, now: _Run, name: str, numbers: tuple[int, ...], unknown: int) -> Array:
        return now.columns.found[name].looked_up(numbers, unknown, now.columns.rows)

    def size(self, now: _Run, name: str) -> Array:
        codes = now.columns.found[name].codes
        assert codes is not None
        return np.bitwise_count(codes)

    def indexed(self, now: _Run, _: int, counts: tuple[int, ...]) -> Any:
        return self.table.located(now.columns, [now.values[read] for read in self.reads], counts)

    def sum(self, now: _Run) -> Array:
        one, two = (now.values[read] for read in self.reads)
        is_small = one.dtype.itemsize <= _SMALL and two.dtype.itemsize <= _SMALL
        found: Array = np.add(one, two, dtype=np.int32 if is_small else self.kind)
        return found

    def times(self, now: _Run, factor: int) -> Array:
        return self.read(now, 0) * factor

    def lesser(self, now: _Run) -> Array:
        return np.minimum(self.read(now, 0), self.read(now, 1))

    def greater(self, now: _Run) -> Array:
        return np.maximum(self.read(now, 0), self.read(now, 1))

    def limited(self, now: _Run, low: int, high: int) -> Array:
        return np.where(self.is_true(now, 1), self.read(now, 0).clip(low, high), self.read(now, 0))

    def chosen(self, now: _Run) -> Array:
        return np.where(self.is_true(now, 0), self.read(now, 1), self.read(now, 2))

    def moved(self, now: _Run, shifts: Shifts, is_latest: int) -> Array:
        return _moves(shifts, is_latest=bool(is_latest))(self.read(now, 0))

    def count(self, now: _Run) -> Array:
        found = np.zeros(now.columns.rows, np.int64)
        for place in range(len(self.reads)):
            found += self.is_true(now, place)
        return found

    def extreme(self, now: _Run, numbers: tuple[int, ...], is_most: int) -> Array:
        pick, start = (np.maximum, min(numbers)) if is_most else (np.minimum, max(numbers))
        best = np.full(now.columns.rows, start, np.int64)
        for place, number in zip(range(len(self.reads)), numbers, strict=False):
            np.copyto(best, pick(best, number), where=self.is_true(now, place))
        return best


@lru_cache(maxsize=64)
def _moves(shifts: Shifts, *, is_latest: bool) -> Callable[[Array], Array]:
    """Return the function that shifts dates through a table, which is filled as days are asked for."""
    end, table = latest if is_latest else earliest, np.zeros(LAST - FIRST + 1, np.int64)

    def moved(array: Array) -> Array:
        places = np.clip(array.astype(np.int64), FIRST, LAST) - FIRST
        found = table[places]
        if not found.all():
            for place in np.unique(places[found == 0]).tolist():
                table[place] = end(shifts, place + FIRST)
            found = table[places]
        return found

    return moved
