"""A graph of planes as a list of steps that run on one batch after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import attrs

from cso_rules.executors.bulk_bits import Array, Plane, packed, unpacked
from cso_rules.executors.bulk_columns import Columns
from cso_rules.executors.bulk_extra import np
from cso_rules.executors.bulk_graph import Graph
from cso_rules.model.civil_dates import FIRST, LAST, Shifts, earliest, latest

Kernel = Callable[[Any, Any, Any], object]
Step = tuple[Kernel, Any, Any, Any]
"""What to do, the planes that it reads, the plane that it writes."""
_LARGEST: Final = 2**62


@attrs.define
class _State:
    """What steps look at besides the planes that they are given; arrays are kept while a batch lasts."""

    columns: Columns | None = None
    tables: Mapping[int, Any] = attrs.field(factory=dict)
    arrays: dict[int, Array] = attrs.field(factory=dict)

    @property
    def now(self) -> Columns:
        assert self.columns is not None
        return self.columns


class Program:
    """Steps that compute some nodes of a graph, in planes that are written again when nothing reads them any more.

    Planes stay where they are from batch to batch, because the memory of fresh ones costs more than the logic.
    A program runs one batch at a time; threads need programs of their own.
    """

    def __init__(self, graph: Graph, wanted: Iterable[int]) -> None:
        """Plan the steps.

        Args:
            graph: Planes and arrays.
            wanted: Nodes whose values are kept.
        """
        self._graph = graph
        self.wanted = tuple(dict.fromkeys(wanted))
        self._order = _needed(graph, self.wanted)
        self._places, self._size = _places(graph, self._order, self.wanted)
        self._state = _State(tables=graph.indexes)
        self._steps: dict[int, tuple[Plane, list[Step]]] = {}

    @property
    def tables(self) -> Mapping[int, Any]:
        """The indexes of large tables, by the array of the places of their results."""
        return self._graph.indexes

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self._order)

    def run(self, columns: Columns) -> dict[int, Any]:
        """Return the value of each wanted node for a batch."""
        words = columns.words
        planes, steps = self._room(1 << max(words - 1, 0).bit_length())
        self._state.columns, self._state.arrays = columns, {}
        for kernel, one, two, out in steps:
            kernel(one, two, out)
        found = self._kept(planes, words)
        self._state.columns, self._state.arrays = None, {}
        return found

    def _kept(self, planes: Plane, words: int) -> dict[int, Any]:
        kept = [node for node in self.wanted if node not in self._graph.bounds]
        copies = planes[: len(kept), :words].copy()
        found: dict[int, Any] = dict(zip(kept, copies, strict=True))
        return found | {node: self._state.arrays[node] for node in self.wanted if node in self._graph.bounds}

    def _room(self, words: int) -> tuple[Plane, list[Step]]:
        """Return planes of at least so many words, and the steps over them."""
        if words not in self._steps:
            self._steps.clear()
            planes = np.zeros((self._size, words), np.uint64)
            self._steps[words] = planes, [self._step(node, list(planes)) for node in self._order]
        return self._steps[words]

    def _step(self, node: int, planes: list[Plane]) -> Step:
        operation, reads, details = self._graph.nodes[node]
        ins = [planes[self._places[read]] if read in self._places else None for read in reads] or [None]
        if node in self._graph.bounds:
            return _into_arrays(self._state, node, _array(self._state, self._graph, node, ins)), None, None, None
        kernel = _LOGIC.get(operation) or _into(_PLANES[operation](self._state, reads, *details))
        return kernel, ins[0], ins[-1], planes[self._places[node]]


def _into(make: Callable[[], Plane]) -> Kernel:
    """Return the step that writes a plane which is made anew."""

    def step(_: Any, __: Any, out: Plane) -> None:
        plane = make()
        out[: plane.size] = plane

    return step


def _into_arrays(state: _State, node: int, make: Callable[[], Array]) -> Kernel:
    def step(_: Any, __: Any, ___: Any) -> None:
        state.arrays[node] = make()

    return step


def _needed(graph: Graph, wanted: Iterable[int]) -> list[int]:
    found: set[int] = set()
    waiting = list(wanted)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += graph.nodes[node][1]
    return sorted(found)


def _places(graph: Graph, order: Sequence[int], wanted: Sequence[int]) -> tuple[dict[int, int], int]:
    """Return the plane of each node that is no array, and how many there are: first those that are kept."""
    places = {node: place for place, node in enumerate(node for node in wanted if node not in graph.bounds)}
    last = {read: place for place, node in enumerate(order) for read in graph.nodes[node][1]}
    free: list[int] = []
    size = kept = len(places)
    for place, node in enumerate(order):
        if node not in graph.bounds and node not in places:
            if not free:
                free, size = [size], size + 1
            places[node] = free.pop()
        done = {read for read in graph.nodes[node][1] if last[read] == place and places.get(read, 0) >= kept}
        free += [places[read] for read in done]
    return places, size


def _opposite(plane: Plane, _: Plane, out: Plane) -> None:
    np.bitwise_not(plane, out)


_LOGIC: Final[Mapping[str, Kernel]] = {"and": np.bitwise_and, "or": np.bitwise_or, "not": _opposite}


# Planes that are not plain logic.


def _constant(state: _State, word: int) -> Callable[[], Plane]:
    return lambda: np.full(state.now.words, word, np.uint64)


def _plane(state: _State, _: Sequence[int], name: str, place: int) -> Callable[[], Plane]:
    return lambda: state.now.found[name].plane(place)


def _known(state: _State, _: Sequence[int], name: str) -> Callable[[], Plane]:
    return lambda: state.now.known(name)


def _at_least(state: _State, reads: Sequence[int], number: int) -> Callable[[], Plane]:
    return lambda: packed(np.asarray(state.arrays[reads[0]] >= number, np.bool_), state.now.words)


def _same(state: _State, reads: Sequence[int]) -> Callable[[], Plane]:
    one, two = reads
    return lambda: packed(np.asarray(state.arrays[one] == state.arrays[two], np.bool_), state.now.words)


def _bit_of(state: _State, reads: Sequence[int], kind: str, place: int) -> Callable[[], Plane]:
    def made() -> Plane:
        bits = state.tables[reads[0]].bits(kind, place)
        return packed(bits[state.arrays[reads[0]]], state.now.words)

    return made


_PLANES: Final[Mapping[str, Callable[..., Callable[[], Plane]]]] = {
    "never": lambda state, _: _constant(state, 0),
    "always": lambda state, _: _constant(state, 2**64 - 1),
    "plane": _plane,
    "known": _known,
    "bit_of": _bit_of,
    "at_least": _at_least,
    "same": _same,
}


# Arrays.


def _array(state: _State, graph: Graph, node: int, planes: Sequence[Plane | None]) -> Callable[[], Array]:
    """Return what makes an array."""
    operation, reads, details = graph.nodes[node]
    arrays = _Arrays(state, reads, planes, _widest(graph, node), node)
    make: Callable[..., Array] = getattr(arrays, operation)
    return lambda: make(*details)


def _widest(graph: Graph, node: int) -> Any:
    """Return the type in which a step cannot overflow: 64 bits, or whole numbers of any size."""
    ends = [end for each in (node, *graph.nodes[node][1]) for end in graph.bounds.get(each, ())]
    return np.int64 if all(-_LARGEST < end < _LARGEST for end in ends) else object


@attrs.frozen
class _Arrays:
    """The operations that make an array, by name."""

    state: _State
    reads: tuple[int, ...]
    planes: Sequence[Plane | None]
    kind: Any
    node: int

    def read(self, place: int) -> Array:
        return self.state.arrays[self.reads[place]].astype(self.kind, copy=False)

    def is_true(self, place: int) -> Array:
        plane = self.planes[place]
        assert plane is not None
        return unpacked(plane, self.state.now.rows)

    def number(self, value: int) -> Array:
        return np.full(self.state.now.rows, value, self.kind)

    def values(self, name: str, unknown: int | None = None) -> Array:
        return self.state.now.found[name].values(unknown)

    def looked_up(self, name: str, numbers: tuple[int, ...], unknown: int) -> Array:
        return self.state.now.found[name].looked_up(numbers, unknown, self.state.now.rows)

    def size(self, name: str) -> Array:
        codes = self.state.now.found[name].codes
        assert codes is not None
        return np.bitwise_count(codes)

    def indexed(self, _: int, counts: tuple[int, ...]) -> Array:
        now = self.state.now
        planes = [plane[: now.words] for plane in self.planes if plane is not None]
        ids: Array = self.state.tables[self.node].ids(now, planes, counts)
        return ids

    def sum(self) -> Array:
        return self.read(0) + self.read(1)

    def times(self, factor: int) -> Array:
        return self.read(0) * factor

    def lesser(self) -> Array:
        return np.minimum(self.read(0), self.read(1))

    def greater(self) -> Array:
        return np.maximum(self.read(0), self.read(1))

    def limited(self, low: int, high: int) -> Array:
        return np.where(self.is_true(1), self.read(0).clip(low, high), self.read(0))

    def chosen(self) -> Array:
        return np.where(self.is_true(0), self.read(1), self.read(2))

    def moved(self, shifts: Shifts, is_latest: int) -> Array:
        return _moves(shifts, is_latest=bool(is_latest))(self.read(0))

    def count(self) -> Array:
        found = np.zeros(self.state.now.rows, np.int64)
        for place in range(len(self.reads)):
            found += self.is_true(place)
        return found

    def extreme(self, numbers: tuple[int, ...], is_most: int) -> Array:
        pick, start = (np.maximum, min(numbers)) if is_most else (np.minimum, max(numbers))
        best = np.full(self.state.now.rows, start, np.int64)
        for place, number in zip(range(len(self.reads)), numbers, strict=False):
            np.copyto(best, pick(best, number), where=self.is_true(place))
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
