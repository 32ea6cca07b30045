"""Reduced ordered multi-valued decision diagrams with shared nodes (Bryant 1986; Srinivasan, Kam, Malik, Brayton 1990).

A node asks for one variable, its level, and has a child for each cell of it; cells in a row with the same child are one
run. Equal nodes are one node, and a node whose children are all the same is that child: so two functions are equal
exactly when their roots are the same number.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Final, TypeVar

END: Final = 1 << 60
"""The level of what has no variable below: a terminal."""

Node = int
Runs = tuple[tuple[int, Node], ...]
"""The children of a node: (end, child) of each run of cells, the end not included."""


Part = TypeVar("Part")


def halved(parts: Sequence[Part], join: Callable[[Part, Part], Part]) -> Part:
    """Join parts in their order, half by half, so that what is joined late is not long from early on."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return join(halved(parts[:middle], join), halved(parts[middle:], join))


class TooLargeError(Exception):
    """More nodes would be needed than are allowed."""


class Diagrams:
    """A network of nodes.

    Attributes:
        sizes: The number of cells of each level.
        levels: The level of each node.
        runs: The children of each node.
        values: What each terminal stands for.
        most: The number of nodes that may be made.
    """

    def __init__(self, most: int) -> None:
        """Start with the two truths."""
        self.most = most
        self.sizes: list[int] = []
        self.levels: list[int] = []
        self.runs: list[Runs] = []
        self.values: dict[Node, Hashable] = {}
        self._terminals: dict[tuple[type, Hashable], Node] = {}
        self._chosen: dict[tuple[Node, Node, Node], Node] = {}
        self.false = self.terminal(False)  # noqa: FBT003 - the value itself
        self.true = self.terminal(True)  # noqa: FBT003 - the value itself

    @cached_property
    def _nodes(self) -> dict[tuple[int, Runs], Node]:
        """Every node by what it is; found out when the first one is made, so that a plan read back need not."""
        known = enumerate(zip(self.levels, self.runs, strict=True))
        return {key: node for node, key in known if key[0] != END}

    def copied(self) -> Diagrams:
        """Return the same network, to which others may be added without this one."""
        made = Diagrams(self.most)
        made.sizes, made.levels, made.runs = self.sizes.copy(), self.levels.copy(), self.runs.copy()
        made.values, made._terminals = self.values.copy(), self._terminals.copy()
        return made

    def variable(self, size: int) -> int:
        """Add a variable below the others and return its level."""
        self.sizes.append(size)
        return len(self.sizes) - 1

    def terminal(self, value: Hashable) -> Node:
        """Return the node that stands for a value."""
        key = (type(value), value)
        if key not in self._terminals:
            self._terminals[key] = self._new(END, ())
            self.values[self._terminals[key]] = value
        return self._terminals[key]

    def node(self, level: int, children: Iterable[tuple[int, Node]]) -> Node:
        """Return the node with these runs of children; neighbours that are the same are joined."""
        joined: list[tuple[int, Node]] = []
        last = -1
        for run in children:
            if run[1] == last:
                joined[-1] = run
            else:
                joined.append(run)
                last = run[1]
        if len(joined) == 1:
            return last
        key = (level, tuple(joined))
        found = self._nodes.get(key)
        if found is None:
            found = self._nodes[key] = self._new(*key)
        return found

    def _new(self, level: int, runs: Runs) -> Node:
        if len(self.levels) >= self.most:
            raise TooLargeError
        self.levels.append(level)
        self.runs.append(runs)
        return len(self.levels) - 1

    def literal(self, level: int, cells: int) -> Node:
        """Return whether a variable lies in one of the cells whose bits are set."""
        size, end, children = self.sizes[level], 0, []
        while end < size:
            is_set = cells >> end & 1
            rest = (~cells if is_set else cells) >> end
            end = min(end + (rest & -rest).bit_length() - 1, size) if rest else size
            children.append((end, self.truth(is_set)))
        return self.node(level, children)

    def between(self, level: int, first: int, end: int) -> Node:
        """Return whether a variable lies in one of the cells from the first up to the end, which is not included."""
        size = self.sizes[level]
        parts = ((first, self.false), (end, self.true), (size, self.false))
        starts = (0, first, end)
        return self.node(level, (part for start, part in zip(starts, parts, strict=True) if start < part[0]))

    def truth(self, value: object) -> Node:
        """Return one of the two truths."""
        return self.true if value else self.false

    def choose(self, condition: Node, then: Node, otherwise: Node) -> Node:
        """Return one function where the condition holds and another where it does not."""
        true, false = self.true, self.false
        if condition == true or then == otherwise:
            return then
        if condition == false:
            return otherwise
        if then == condition:
            then = true
        if otherwise == condition:
            otherwise = false
        if then == true and otherwise == false:
            return condition
        key = (condition, then, otherwise)
        found = self._chosen.get(key)
        if found is None:
            levels = self.levels
            level = min(levels[condition], levels[then], levels[otherwise])
            found = self._chosen[key] = self.node(level, self._choices(level, key))
        return found

    def _choices(self, level: int, key: tuple[Node, Node, Node]) -> list[tuple[int, Node]]:
        """Return the children of a choice, run by run."""
        condition, then, otherwise = key
        levels, runs, choose = self.levels, self.runs, self.choose
        if levels[then] != level and levels[otherwise] != level:
            return [(end, choose(child, then, otherwise)) for end, child in runs[condition]]
        whole = self.sizes[level]
        conditions, thens, otherwises = (
            iter(runs[part] if levels[part] == level else ((whole, part),)) for part in key
        )  # fmt: skip
        end_one = end_two = end_three = end = 0
        children = []
        while end < whole:
            if end_one == end:
                end_one, condition = next(conditions)
            if end_two == end:
                end_two, then = next(thens)
            if end_three == end:
                end_three, otherwise = next(otherwises)
            end = end_one if end_one < end_two else end_two
            if end_three < end:
                end = end_three
            children.append((end, choose(condition, then, otherwise)))
        return children

    def negation(self, node: Node) -> Node:
        """Return whether a condition does not hold."""
        return self.choose(node, self.false, self.true)

    def conjunction(self, nodes: Iterable[Node]) -> Node:
        """Return whether all hold."""
        return self._joined(nodes, self.true, lambda one, two: self.choose(one, two, self.false))

    def disjunction(self, nodes: Iterable[Node]) -> Node:
        """Return whether one holds at least."""
        return self._joined(nodes, self.false, lambda one, two: self.choose(one, self.true, two))

    def _joined(self, nodes: Iterable[Node], found: Node, join: Callable[[Node, Node], Node]) -> Node:
        """Join conditions, the ones that stand lowest first; those that begin at one level half by half."""
        ordered = sorted(nodes, key=self.levels.__getitem__, reverse=True)
        for _, group in itertools.groupby(ordered, key=self.levels.__getitem__):
            found = join(halved(list(group), join), found)
        return found

    def counted(self, nodes: Sequence[Node], low: int, high: int) -> Node:
        """Return whether between `low` and `high` of the conditions hold, both included."""
        ordered = sorted(nodes, key=self.levels.__getitem__)
        row = [self.truth(low <= count <= high) for count in range(len(ordered) + 1)]
        for node in reversed(ordered):
            row = [self.choose(node, more, less) for less, more in pairwise(row)]
        return row[0]

    def repeated(self, nodes: Sequence[Node]) -> Node:
        """Return whether two of the conditions hold at least."""

        def join(one: tuple[Node, Node], two: tuple[Node, Node]) -> tuple[Node, Node]:
            both = self.conjunction([one[0], two[0]])
            return self.disjunction([one[0], two[0]]), self.disjunction([one[1], two[1], both])

        return halved([(node, self.false) for node in nodes], join)[1] if nodes else self.false

    def first(self, cases: Sequence[tuple[Node, Node]], otherwise: Node) -> Node:
        """Return what stands beside the first condition that holds; something else where none does."""

        def join(one: tuple[Node, Node], two: tuple[Node, Node]) -> tuple[Node, Node]:
            return self.choose(one[0], self.true, two[0]), self.choose(one[0], one[1], two[1])

        return self.choose(*halved(cases, join), otherwise) if cases else otherwise

    def mapped(self, root: Node, function: Callable[[Hashable], Node]) -> Node:
        """Return a diagram with other ends: each terminal replaced by what the function makes of its value."""
        made: dict[Node, Node] = {}
        for node in self.below([root]):
            made[node] = (
                function(self.values[node])
                if self.levels[node] == END
                else self.node(self.levels[node], ((end, made[child]) for end, child in self.runs[node]))
            )
        return made[root]

    def below(self, roots: Iterable[Node]) -> list[Node]:
        """Return every node that some of the roots lead to, themselves included, children before parents."""
        order: dict[Node, None] = {}
        runs, stack = self.runs, list(roots)
        while stack:
            node = stack.pop()
            if node < 0:
                order[~node] = None
            elif node not in order:
                stack.append(~node)
                stack += [child for _, child in runs[node] if child not in order]
        return list(order)

    def support(self, root: Node) -> frozenset[int]:
        """Return the levels on which a function depends."""
        return frozenset(self.levels[node] for node in self.below([root])) - {END}

    def ends(self, root: Node) -> frozenset[Hashable]:
        """Return the values that a function can have."""
        return frozenset(self.values[node] for node in self.below([root]) if self.levels[node] == END)
