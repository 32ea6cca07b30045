"""Planes that say the same, found by what they say and not by how they are written; one of them is computed.

What a plane says, over the states that facts can be in, is an ordered binary decision diagram, and equal planes have
the same one (Bryant 1986, "Graph-based algorithms for Boolean function manipulation"). Guaranteed: values stay what
they were in every row; what would take long to compare is left as it is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from cso_rules.executors.planes.graph import ALWAYS, NEVER, Graph, Node
from cso_rules.executors.planes.variables import Coded, Known, Marked, Number

_GROWTH: Final = 500
"""Parts that one operation may add to the diagrams; with more its plane is taken for a new variable."""

_MOST: Final = 30_000
"""Parts of all diagrams."""

_DEEPEST: Final = 400
"""Variables above one another that an operation goes down."""

_LAST: Final = 1 << 60
_KNOWN: Final = -1
_FLIPS: Final = {"and": 0, "or": 1}
"""Operations of two planes, as `and` of the planes or of their opposites."""

Diagram = int
"""A reference to a diagram; its lowest bit says that the opposite is meant, so that 0 is never and 1 is always."""


class _TooLargeError(Exception):
    """An operation adds too much to the diagrams."""


def simplified(graph: Graph, known: Mapping[str, Known], wanted: Iterable[int]) -> tuple[dict[int, Node], list[int]]:
    """Return what is computed for some nodes, by number in order, and for each of them the number that says the same.

    Args:
        graph: Planes and arrays.
        known: What each fact is.
        wanted: The nodes.
    """
    wanted = list(wanted)
    order = needed(graph.nodes, wanted)
    logic = _Logic(graph, known, order)
    nodes = {node: logic.written(node) for node in (NEVER, ALWAYS, *order)}
    same = [logic.same(node) for node in wanted]
    for node in needed(nodes, same):
        nodes[node] = logic.without_not(node, nodes)
    return {node: nodes[node] for node in needed(nodes, same)}, same


def needed(nodes: Mapping[int, Node] | list[Node], wanted: Iterable[int]) -> list[int]:
    """Return the wanted nodes and all that they read, ascending."""
    found: set[int] = set()
    waiting = list(wanted)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += nodes[node][1]
    return sorted(found)


class _Diagrams:
    """Binary decision diagrams that share their parts."""

    def __init__(self) -> None:
        self._parts: list[tuple[int, Diagram, Diagram]] = [(_LAST, NEVER, NEVER)]
        self._found: dict[tuple[int, Diagram, Diagram], Diagram] = {}
        self._both: dict[tuple[Diagram, Diagram], Diagram] = {}
        self._variables = 0
        self._limit = 0

    def variable(self) -> Diagram:
        """Return a new variable, which stands below all others."""
        self._variables += 1
        self._limit = len(self._parts) + 1
        return self._made(self._variables, NEVER, ALWAYS)

    def both(self, one: Diagram, two: Diagram) -> Diagram:
        """Return `and`.

        Raises:
            _TooLargeError: It adds too many parts, or goes down too far.
        """
        self._limit = min(len(self._parts) + _GROWTH, _MOST)
        return self._and(one, two, _DEEPEST)

    def below(self, variable: Diagram, diagram: Diagram) -> Diagram:
        """Return `and` of a variable, or its opposite, and of a diagram that stands below it: one more part."""
        self._limit = len(self._parts) + 1
        return self._and(variable, diagram, 1)

    def _and(self, one: Diagram, two: Diagram, depth: int) -> Diagram:
        if one > two:
            one, two = two, one
        if one <= ALWAYS:
            return two if one else NEVER
        if one ^ two <= 1:
            return one if one == two else NEVER
        found = self._both.get((one, two))
        if found is None:
            if not depth:
                raise _TooLargeError
            (place, low, high), (other, other_low, other_high) = self._parts[one >> 1], self._parts[two >> 1]
            low, high = (low ^ one & 1, high ^ one & 1) if place <= other else (one, one)
            other_low, other_high = (other_low ^ two & 1, other_high ^ two & 1) if other <= place else (two, two)
            low, high = self._and(low, other_low, depth - 1), self._and(high, other_high, depth - 1)
            found = self._made(min(place, other), low, high)
            self._both[one, two] = found
        return found

    def _made(self, place: int, low: Diagram, high: Diagram) -> Diagram:
        if low == high:
            return low
        opposite = low & 1
        part = (place, low ^ opposite, high ^ opposite)
        found = self._found.get(part)
        if found is None:
            if len(self._parts) >= self._limit:
                raise _TooLargeError
            found = self._found[part] = len(self._parts) << 1
            self._parts.append(part)
        return found | opposite


class _Logic:
    """What the planes of a graph say."""

    def __init__(self, graph: Graph, known: Mapping[str, Known], order: Iterable[int]) -> None:
        self._nodes = graph.nodes
        self._diagrams = _Diagrams()
        self._says: dict[int, Diagram] = {NEVER: NEVER, ALWAYS: ALWAYS}
        self._first: dict[Diagram, int] = {NEVER: NEVER, ALWAYS: ALWAYS}
        planes = [node for node in order if node not in graph.bounds]
        self._read_leaves(known, planes)
        for node in planes:
            says = self._says[node] = self._says[node] if node in self._says else self._of(self._nodes[node])
            self._first.setdefault(says, node)

    def _read_leaves(self, known: Mapping[str, Known], planes: Iterable[int]) -> None:
        facts: dict[str, dict[int, int]] = {}
        arrays: dict[int, dict[int, int]] = {}
        for node in planes:
            match self._nodes[node]:
                case ("known", _, (str(name),)):
                    facts.setdefault(name, {})[_KNOWN] = node
                case ("plane", _, (str(name), int(place))):
                    facts.setdefault(name, {})[place] = node
                case ("at_least", (array,), (int(number),)):
                    arrays.setdefault(array, {})[number] = node
                case _:
                    pass
        for name, leaves in facts.items():
            self._fact(known[name], leaves)
        for leaves in arrays.values():
            self._comparisons(leaves)

    def _fact(self, variable: Known, leaves: Mapping[int, int]) -> None:
        """Say of a fact: a value is there only where it is known, and of an enumeration exactly one is there then."""
        assert isinstance(variable, Coded | Marked | Number)
        values = [(place, node) for place, node in sorted(leaves.items()) if place != _KNOWN]
        # What is read last stands at the top, so that each value adds one part to the diagrams.
        variables = [self._diagrams.variable() for _ in values]
        left = self._diagrams.variable() if variable.has_holes else ALWAYS
        if _KNOWN in leaves:
            self._says[leaves[_KNOWN]] = left
        for place, node in values:
            if isinstance(variable, Coded) and len(values) == variable.size and place == values[-1][0]:
                self._says[node] = left
                return
            value = variables.pop()
            self._says[node] = self._diagrams.below(value, left)
            left = self._diagrams.below(value ^ 1, left) if isinstance(variable, Coded) else left

    def _comparisons(self, leaves: Mapping[int, int]) -> None:
        """Say of an array: what reaches a number reaches each lesser one."""
        reached, variables = ALWAYS, [self._diagrams.variable() for _ in leaves]
        for _, node in sorted(leaves.items()):
            reached = self._says[node] = self._diagrams.below(variables.pop(), reached)

    def _of(self, node: Node) -> Diagram:
        operation, reads, _ = node
        if operation == "not":
            return self._says[reads[0]] ^ 1
        flip = _FLIPS.get(operation)
        found = None if flip is None else self._both(*(self._says[read] ^ flip for read in reads))
        return self._diagrams.variable() if flip is None or found is None else found ^ flip

    def same(self, node: int) -> int:
        """Return the first node that says the same."""
        return self._first[self._says[node]] if node in self._says else node

    def written(self, node: int) -> Node:
        """Return a node that reads the first of equal planes."""
        operation, reads, details = self._nodes[node]
        return operation, tuple(map(self.same, reads)), details

    def without_not(self, node: int, nodes: Mapping[int, Node]) -> Node:
        """Return `one and not two` as an exclusive `or`, where the second is part of the first."""
        operation, reads, _ = nodes[node]
        for one, two in (reads, reads[::-1]) if operation == "and" else ():
            if nodes[two][0] == "not":
                common = nodes[two][1][0]
                if self._both(self._says[one], self._says[common]) == self._says[common]:
                    return "xor", (one, common), ()
        return nodes[node]

    def _both(self, one: Diagram, two: Diagram) -> Diagram | None:
        try:
            return self._diagrams.both(one, two)
        except _TooLargeError:
            return None
