"""A network of planes as a list of steps, made once and run on one table after the other."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from itertools import chain
from operator import call, itemgetter
from threading import Lock
from typing import Any, Final, Protocol

import attrs

from cso_rules.executors.planes.bits import WORD, Array, Plane
from cso_rules.executors.planes.extra import np
from cso_rules.executors.planes.network import ALWAYS, NEVER, Network

BLOCK: Final = 4096
"""Words of planes that are worked on at a time: those in use stay in fast memory, and a step outlasts its call."""
_READ: Final = 2048
"""Words for which sources are read at a time: what lies between columns and planes stays in fast memory."""
FEW: Final = 64
"""Words up to which planes are whole numbers of Python, of which a step costs less than a call of numpy."""

Writer = Callable[[int, int, Any], None]
"""Writes the plane of some words, from the first up to the last, which is not included."""
Step = tuple[Callable[..., object], int, int, int]
"""What to do, the slots that it reads, the slot that it writes."""


@attrs.frozen
class Lying:
    """A question whose plane lies in memory as it is."""


class Sources(Protocol):
    """What answers the questions of a network about one table."""

    def plane(self, question: Hashable) -> Plane | None:
        """Return the plane of a question if it lies in memory as it is."""

    def writer(self, question: Hashable) -> Writer:
        """Return what writes the plane of a question."""


_TURN: Final = Lock() if getattr(sys, "_is_gil_enabled", lambda: True)() else nullcontext()
"""What the thread has whose turn it is to work through steps.

Each step takes a microsecond, without the lock of the interpreter, and then asks for this lock. Two threads that do so
wake one another all the time, and take longer than one after the other.
"""
_AND, _OR, _NOT = np.bitwise_and, np.bitwise_or, np.bitwise_xor
_KERNELS: Final[dict[str, Callable[..., object]]] = {"and": _AND, "or": _OR, "not": _NOT}
"""The opposite of a plane is where it differs from the plane that is true everywhere."""


class Program:
    """Steps that compute some planes of a network, block by block, in slots that are written again.

    Several threads may run a program at a time; each has slots of its own then.

    Attributes:
        network: The planes.
        wanted: Those that are kept.
        order: Those that are computed, in order.
    """

    def __init__(self, network: Network, wanted: Iterable[int]) -> None:
        """Plan the steps.

        Args:
            network: Planes.
            wanted: Planes that are kept.
        """
        self.wanted = tuple(dict.fromkeys(wanted))
        self.network = network
        self.sources = tuple(network.sources)
        self._kept = {plane: place for place, plane in enumerate(each for each in self.wanted if each > ALWAYS)}
        self.order = _needed(network, self._kept)
        planned = _steps(network, self.order, self._kept)
        self._steps, self.slots, self._views = planned.steps, planned.size, planned.views
        self._kernels = tuple(kernel for kernel, *_ in self._steps)
        self._taken = [_taking([step[place] for step in self._steps]) for place in (1, 2, 3)]  # type: ignore[misc]
        self._idle: list[Array] = []

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self._steps)

    def run(self, words: int, sources: Sources, asked: dict[Hashable, int] | None = None) -> dict[int, Plane]:
        """Return each wanted plane for a table of so many words of rows.

        Args:
            words: How many words the planes have.
            sources: What answers questions about the table.
            asked: Its answers as they are remembered from one program to the next, if the table is small.
        """
        lying = [sources.plane(key) for key in self.sources]
        if words <= FEW:
            kept = self._of_few(words, sources, lying, {} if asked is None else asked)
        else:
            kept = self._of_many(words, sources, lying)
        found = dict(zip(self._kept, kept, strict=True))
        constants = {NEVER: 0, ALWAYS: 2**64 - 1}
        return found | {
            plane: np.full(words, word, np.uint64) for plane, word in constants.items() if plane in self.wanted
        }

    def _of_few(self, words: int, sources: Sources, lying: Sequence[Plane | None], asked: dict[Hashable, int]) -> Array:
        """Return the kept planes of a small table."""
        out, everywhere, size = np.empty(words, np.uint64), (1 << 64 * words) - 1, 8 * words
        planes = [0] * (len(self._kept) + self.slots)
        planes[len(self._kept)] = everywhere
        for source, slot in self._views:
            key = self.sources[source]
            if key not in asked:
                plane = lying[source]
                if plane is None:
                    sources.writer(key)(0, words, out)
                asked[key] = int.from_bytes((out if plane is None else plane).tobytes(), "little")
            if slot is None:
                planes.append(asked[key])
            else:
                planes[slot] = asked[key]
        for kernel, one, two, slot in self._steps:
            if kernel is _AND:
                planes[slot] = planes[one] & planes[two]
            elif kernel is _OR:
                planes[slot] = planes[one] | planes[two]
            else:
                planes[slot] = planes[one] ^ planes[two]
        data = b"".join(plane.to_bytes(size, "little") for plane in planes[: len(self._kept)])
        return np.frombuffer(bytearray(data), np.uint64).reshape(len(self._kept), words)

    def _of_many(self, words: int, sources: Sources, lying: Sequence[Plane | None]) -> Array:
        """Return the kept planes, worked out block by block."""
        kept = np.empty((len(self._kept), words), np.uint64)
        views, memory = self._read(words, sources, lying, kept), self._memory()
        with _TURN:
            for start in range(0, words, BLOCK):
                stop = min(start + BLOCK, words)
                slots = [*kept[:, start:stop], *memory[:, : stop - start], *(view[start:stop] for view in views)]
                deque(map(call, self._kernels, *(taken(slots) for taken in self._taken)), maxlen=0)
        self._idle.append(memory)
        return kept

    def _read(self, words: int, sources: Sources, lying: Sequence[Plane | None], kept: Array) -> list[Plane]:
        """Return the planes of sources; those that are kept are written where they belong."""
        views, writing = list[Plane](), dict[Hashable, list[tuple[Writer, Plane]]]()
        for source, slot in self._views:
            plane = lying[source]
            if slot is not None and plane is not None:
                np.copyto(kept[slot], plane)
            elif plane is None:
                plane = np.empty(words, np.uint64) if slot is None else kept[slot]
                key = self.sources[source]
                writing.setdefault(getattr(key, "name", key), []).append((sources.writer(key), plane))
            if slot is None:
                views.append(plane)
        for start in range(0, words, _READ):
            stop = min(start + _READ, words)
            for write, plane in chain.from_iterable(writing.values()):  # what asks for the same column lies together
                write(start, stop, plane[start:stop])
        return views

    def _memory(self) -> Array:
        """Return slots that no other run uses."""
        try:
            return self._idle.pop()
        except IndexError:
            memory = np.empty((self.slots, BLOCK), np.uint64)
            memory[0] = np.uint64(2**64 - 1)
            return memory


def _needed(network: Network, wanted: Iterable[int]) -> list[int]:
    """Return what must be computed, in an order in which a plane is used soon after it is made."""
    order: dict[int, None] = {}
    for root in wanted:
        stack = [(root, False)]
        while stack:
            plane, is_done = stack.pop()
            operation, one, two = network.gates[plane]
            if is_done or operation == "source":
                order[plane] = None
            elif plane not in order:
                stack += [(plane, True), (two, False), (one, False)]
    return list(order)


def _taking(places: Sequence[int]) -> Callable[[Sequence[Plane]], tuple[Plane, ...]]:
    """Return what takes the planes in some slots."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda slots: tuple(slots[place] for place in places)


@attrs.frozen
class _Slots:
    """Where planes stand: those kept, one that is true everywhere, those written again, and sources.

    Attributes:
        steps: The steps.
        size: How many slots there are between those that are kept and sources.
        views: The sources, in order of their slots; with its slot one that is kept.
    """

    steps: list[Step]
    size: int
    views: list[tuple[int, int | None]]


def _steps(network: Network, order: Sequence[int], kept: Mapping[int, int]) -> _Slots:
    """Return the steps, and where planes stand; the slots of sources are counted from the end."""
    last = {read: plane for plane in order for read in _reads(network, plane)}
    slots, free, everywhere = dict(kept), list[int](), len(kept)
    size, steps = everywhere + 1, list[Step]()
    sources = [plane for plane in order if network.gates[plane][0] == "source"]
    slots |= {plane: -place for place, plane in enumerate(reversed([each for each in sources if each not in kept]), 1)}
    for plane in order:
        if plane not in slots:
            if not free:
                free, size = [size], size + 1
            slots[plane] = free.pop()
        operation, one, two = network.gates[plane]
        if operation != "source":
            second = everywhere if operation == "not" else slots[two]
            steps.append((_KERNELS[operation], slots[one], second, slots[plane]))
        free += {slots[read] for read in _reads(network, plane) if last[read] == plane and len(kept) <= slots[read]}
    return _Slots(steps, size - len(kept), [(network.gates[plane][1], kept.get(plane)) for plane in sources])


def _reads(network: Network, plane: int) -> tuple[int, ...]:
    operation, one, two = network.gates[plane]
    return () if operation == "source" else (one, two)


def rows_of(start: int, stop: int, rows: int) -> slice:
    """Return the rows of some words."""
    return slice(start * WORD, min(stop * WORD, rows))
