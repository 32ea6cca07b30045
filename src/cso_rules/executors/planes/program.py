"""A network of planes as a list of steps, made once and run on one table after the other."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from functools import cached_property
from operator import call, itemgetter
from threading import Lock
from typing import Any, Final, Protocol

import attrs

from cso_rules.executors.planes.bits import WORD, Array, Plane
from cso_rules.executors.planes.extra import np
from cso_rules.executors.planes.network import ALWAYS, NEVER, Network

BLOCK: Final = 4096
"""Words of planes that are worked on at a time: those in use stay in fast memory, and a step outlasts its call."""
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
        lying = {place for place, key in enumerate(self.sources) if isinstance(key, Lying)}
        self.order = _needed(network, self._kept)
        planned = _steps(network, self.order, self._kept, lying)
        self._parts, self.slots, self._views = planned.parts, planned.size, planned.views
        self._idle: list[Array] = []

    def __len__(self) -> int:
        """Return the number of steps."""
        return sum(len(part.steps) + (part.source is not None) for part in self._parts)

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
        planes += [int.from_bytes(lying[source].tobytes(), "little") for source in self._views]  # type: ignore[union-attr]
        for part in self._parts:
            if part.source is not None:
                key = self.sources[part.source]
                if key not in asked:
                    _writing(lying[part.source], sources, key)(0, words, out)
                    asked[key] = int.from_bytes(out.tobytes(), "little")
                planes[part.slot] = asked[key]
            for kernel, one, two, slot in part.steps:
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
        writers = [
            None if part.source is None else _writing(lying[part.source], sources, self.sources[part.source])
            for part in self._parts
        ]
        kept = np.empty((len(self._kept), words), np.uint64)
        memory = self._memory()
        with _TURN:
            for start in range(0, words, BLOCK):
                stop = min(start + BLOCK, words)
                views = [lying[source][start:stop] for source in self._views]  # type: ignore[index]
                slots = [*kept[:, start:stop], *memory[:, : stop - start], *views]
                for write, part in zip(writers, self._parts, strict=True):
                    if write is not None:
                        write(start, stop, slots[part.slot])
                    deque(map(call, part.kernels, *(taken(slots) for taken in part.taken)), maxlen=0)
        self._idle.append(memory)
        return kept

    def _memory(self) -> Array:
        """Return slots that no other run uses."""
        try:
            return self._idle.pop()
        except IndexError:
            memory = np.empty((self.slots, BLOCK), np.uint64)
            memory[0] = np.uint64(2**64 - 1)
            return memory


def _writing(plane: Plane | None, sources: Sources, question: Hashable) -> Writer:
    if plane is None:
        return sources.writer(question)
    return lambda start, stop, out: np.copyto(out, plane[start:stop])


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


@attrs.frozen(slots=False)
class _Part:
    """The source that is asked for, the slot that it is written to, and the steps up to the next source."""

    source: int | None
    slot: int
    steps: list[Step]

    @cached_property
    def kernels(self) -> tuple[Callable[..., object], ...]:
        """What the steps do."""
        return tuple(step[0] for step in self.steps)

    @cached_property
    def taken(self) -> tuple[Callable[[Sequence[Plane]], tuple[Plane, ...]], ...]:
        """Return what takes from all slots those that the steps read first, read second, and write."""
        return tuple(_taking([step[place] for step in self.steps]) for place in (1, 2, 3))  # type: ignore[misc]


def _taking(places: Sequence[int]) -> Callable[[Sequence[Plane]], tuple[Plane, ...]]:
    """Return what takes the planes in some slots."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda slots: tuple(slots[place] for place in places)


@attrs.frozen
class _Slots:
    """Where planes stand: those kept, one that is true everywhere, those written again, those that lie in memory."""

    parts: list[_Part]
    size: int
    views: list[int]


def _steps(network: Network, order: Sequence[int], kept: Mapping[int, int], lying: Collection[int]) -> _Slots:
    """Return the steps, how many slots are written again, and the sources of the slots that follow them."""
    last = {read: plane for plane in order for read in _reads(network, plane)}
    slots, free, everywhere = dict(kept), list[int](), len(kept)
    size = everywhere + 1
    views = [plane for plane in order if network.gates[plane][0] == "source" and network.gates[plane][1] in lying]
    slots |= {plane: -place for place, plane in enumerate(reversed([each for each in views if each not in kept]), 1)}
    parts = [_Part(None, 0, [])]
    for plane in order:
        if plane not in slots:
            if not free:
                free, size = [size], size + 1
            slots[plane] = free.pop()
        operation, one, two = network.gates[plane]
        if operation != "source":
            second = everywhere if operation == "not" else slots[two]
            parts[-1].steps.append((_KERNELS[operation], slots[one], second, slots[plane]))
        elif slots[plane] >= 0:
            parts.append(_Part(one, slots[plane], []))
        free += {slots[read] for read in _reads(network, plane) if last[read] == plane and len(kept) <= slots[read]}
    return _Slots(parts, size - len(kept), [network.gates[plane][1] for plane in views if plane not in kept])


def _reads(network: Network, plane: int) -> tuple[int, ...]:
    operation, one, two = network.gates[plane]
    return () if operation == "source" else (one, two)


def rows_of(start: int, stop: int, rows: int) -> slice:
    """Return the rows of some words."""
    return slice(start * WORD, min(stop * WORD, rows))
