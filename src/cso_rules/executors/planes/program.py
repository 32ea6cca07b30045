"""A network of planes as a list of steps, made once and run on one table after the other."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Final

import attrs

from cso_rules.executors.planes.bits import WORD, Array, Plane
from cso_rules.executors.planes.extra import np
from cso_rules.executors.planes.network import ALWAYS, NEVER, Network

BLOCK: Final = 4096
"""Words of planes that are worked on at a time: planes in use then stay in the fastest memory."""

Source = Callable[[int, int, Any], None]
"""Writes the plane of some words, from the first up to the last, which is not included."""
Step = tuple[Callable[..., object], int, int, int]
"""What to do, the slots that it reads, the slot that it writes."""


@attrs.frozen
class _Asking:
    """The source that is written to a slot before a step."""

    source: int
    slot: int


def _opposite(plane: Plane, _: Plane, out: Plane) -> None:
    np.bitwise_not(plane, out)


_KERNELS: Final[dict[str, Callable[..., object]]] = {
    "and": np.bitwise_and, "or": np.bitwise_or, "not": _opposite,
}  # fmt: skip


class Program:
    """Steps that compute some planes of a network, block by block, in slots that are written again.

    Several threads may run a program at a time; each has slots of its own then.

    Attributes:
        wanted: The planes that are kept.
        sources: What is asked of the columns, in the order of their numbers.
    """

    def __init__(self, network: Network, wanted: Iterable[int]) -> None:
        """Plan the steps.

        Args:
            network: Planes.
            wanted: Planes that are kept.
        """
        self.wanted = tuple(dict.fromkeys(wanted))
        self.sources = tuple(network.sources)
        self._kept = {plane: place for place, plane in enumerate(each for each in self.wanted if each > ALWAYS)}
        self._steps, self.slots = _steps(network, _needed(network, self._kept), self._kept)
        self._idle: list[Array] = []

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self._steps)

    def run(self, words: int, source_of: Callable[[Hashable], Source]) -> dict[int, Plane]:
        """Return each wanted plane for a table of so many words of rows."""
        sources = [source_of(key) for key in self.sources]
        kept = np.empty((len(self._kept), words), np.uint64)
        memory = self._memory()
        for start in range(0, words, BLOCK):
            self._block(start, min(start + BLOCK, words), sources, kept, memory)
        self._idle.append(memory)
        found = dict(zip(self._kept, kept, strict=True))
        constants = {NEVER: 0, ALWAYS: 2**64 - 1}
        return found | {
            plane: np.full(words, word, np.uint64) for plane, word in constants.items() if plane in self.wanted
        }

    def _block(self, start: int, stop: int, sources: Sequence[Source], kept: Array, memory: Array) -> None:
        slots = [*kept[:, start:stop], *memory[:, : stop - start]]
        for step in self._steps:
            if isinstance(step, _Asking):
                sources[step.source](start, stop, slots[step.slot])
            else:
                kernel, one, two, out = step
                kernel(slots[one], slots[two], slots[out])

    def _memory(self) -> Array:
        """Return slots that no other run uses."""
        try:
            return self._idle.pop()
        except IndexError:
            return np.empty((self.slots, BLOCK), np.uint64)


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


def _steps(network: Network, order: Sequence[int], kept: dict[int, int]) -> tuple[list[Step | _Asking], int]:
    """Return the steps, and how many slots they need beside those that are kept."""
    last = {read: plane for plane in order for read in _reads(network, plane)}
    slots, free, size = dict(kept), list[int](), len(kept)
    steps: list[Step | _Asking] = []
    for plane in order:
        if plane not in slots:
            if not free:
                free, size = [size], size + 1
            slots[plane] = free.pop()
        operation, one, two = network.gates[plane]
        if operation == "source":
            steps.append(_Asking(one, slots[plane]))
        else:
            steps.append((_KERNELS[operation], slots[one], slots[two], slots[plane]))
        free += {slots[read] for read in _reads(network, plane) if last[read] == plane and read not in kept}
    return steps, size - len(kept)


def _reads(network: Network, plane: int) -> tuple[int, ...]:
    operation, one, two = network.gates[plane]
    return () if operation == "source" else (one, two)


def rows_of(start: int, stop: int, rows: int) -> slice:
    """Return the rows of some words."""
    return slice(start * WORD, min(stop * WORD, rows))
