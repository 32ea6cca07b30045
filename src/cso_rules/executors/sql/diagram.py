"""A diagram as columns: which leaves remain, from the leaves upwards.

A node gives the bits of every leaf to which a way that the record allows leads. A node that several ways reach is a
column of its own; the others stand where they are read. Below a number that a sum adds, the sum is written anew for
each run of cells of that number: what is not known then lies in that run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import assert_never

import attrs

from cso_rules.executors.sql.columns import Columns
from cso_rules.executors.sql.expressions import Conditions, Slot, constant_slot, narrowed
from cso_rules.executors.sql.network import Network, bit_of
from cso_rules.executors.sql.nodes import Name, Part, Predicate, Word, any_of, chosen, compared, negated, number
from cso_rules.meaning.complete import Mark
from cso_rules.model.expressions import Term, Variable, Within
from cso_rules.model.types import Interval
from cso_rules.plan.diagrams import Node
from cso_rules.plan.forms import Linear
from cso_rules.plan.levels import Choice, Form, Level, Member, Number, bounds_of
from cso_rules.plan.sums.open_days import FREE

NONE_BIT, CONFLICT_BIT = 1 << 60, 1 << 61
_TWO = 2
_MOST_INLINE = 6
"""So many questions may stand within one another before a column is made."""
FAR = 1 << 61
"""A number that no sum is: of a case that cannot be given."""

Boxes = tuple[tuple[str, Interval], ...]
At = tuple[Node, Boxes]
"""A node, and between which numbers the facts of sums below it lie on the way there."""


@attrs.frozen(slots=False, eq=False)
class Diagram:
    """Writes the roots of a network.

    Attributes:
        facts: The slots of the facts.
    """

    network: Network
    conditions: Conditions
    columns: Columns
    facts: Mapping[str, Slot]

    # ------------------------------------------------------------------------------------------ leaves

    @cached_property
    def bits(self) -> dict[Node, int]:
        """The bit of each leaf: of a truth or value its own; of a function of readings one that is free."""
        leaves = [node for node in self.network.below(self.network.nodes) if self.network.is_leaf(node)]
        first = max(len(self.network.plan.policy.decisions[name].type.names) for name in self.network.roots)
        return _Bits(self.network, max(first, 2), leaves).found

    def ends_of(self, leaf: Node) -> int:
        """Return the ends that a leaf may have, as the bits of truths and values."""
        return sum(_bit_of(value) for value in self.network.ends(leaf))

    # ------------------------------------------------------------------------------------------ roots

    @cached_property
    def _found(self) -> dict[At, Part]:
        return {}

    @cached_property
    def _parents(self) -> Counter[At]:
        return Counter()

    def announce(self, roots: Iterable[Node]) -> None:
        """Say which roots will be written, so that it is known which nodes they share."""
        seen = set[At]()
        todo: list[At] = [(root, ()) for root in roots]
        for at in todo:
            self._parents[at] += 2  # a root is a column
        while todo:
            at = todo.pop()
            if at not in seen and not self.network.is_leaf(at[0]):
                seen.add(at)
                below = {child for _, child in self.ways(at)}
                self._parents.update(below)
                todo.extend(below)

    def root(self, root: Node) -> Part:
        """Return which leaves a root may lead to, as bits."""
        return self._at((root, ()))[0]

    def _at(self, at: At) -> tuple[Part, int]:
        """Return the leaves that remain at a node, and how many questions stand within one another in that."""
        node, _ = at
        if self.network.is_leaf(node):
            return number(self.bits[node]), 0
        if at not in self._found:
            below = [(test, *self._at(child)) for test, child in self._tested(at)]
            part = self._united([(test, child) for test, child, _ in below])
            depth = 1 + max(deep for _, _, deep in below)
            if self._parents[at] < _TWO and depth < _MOST_INLINE and self.conditions.dialect.unites:
                return part, depth
            self._found[at] = part if isinstance(part, Name) else self._column(node, part)
        return self._found[at], 0

    def _column(self, node: Node, part: Part) -> Part:
        level = self._level(node)
        name = level.names[0] if isinstance(level, Form) else level.name
        return self.columns.define(f"from_{name}", "reaches", part)

    def _united(self, cases: Sequence[tuple[Predicate, Part]]) -> Part:
        parts = [chosen([(test, part)], number(0)) for test, part in cases]
        if len(parts) == 1:
            return parts[0]
        if len(parts) == _TWO and all(isinstance(part, Name | Word) for _, part in cases):
            return self._one_or_both(*cases)
        return self.conditions.dialect.united(parts, self.columns.define)

    def _one_or_both(self, one: tuple[Predicate, Part], two: tuple[Predicate, Part]) -> Part:
        """Return what remains of two ways of which one is open at least."""
        (test_one, part_one), (test_two, part_two) = one, two
        bits = [int(part.text) for part in (part_one, part_two) if isinstance(part, Word)]
        united = self.conditions.dialect.united
        both = number(bits[0] | bits[1]) if len(bits) == _TWO else united((part_one, part_two), self.columns.define)
        return chosen([(negated(test_one), part_two), (negated(test_two), part_one)], both)

    # ------------------------------------------------------------------------------------------ ways on

    def _level(self, node: Node) -> Level:
        return self.network.levels[self.network.diagrams.levels[node]]

    def _tested(self, at: At) -> Iterator[tuple[Predicate, At]]:
        """Yield where a node may lead, and when it does; ways to the same place are one."""
        cells: dict[At, list[tuple[int, int]]] = {}
        for run, child in self.ways(at):
            cells.setdefault(child, []).append(run)
        for child, runs in cells.items():
            test = any_of(self.may_be_in(at, runs))
            if test is not False:
                yield test, child

    def ways(self, at: At, keeps: frozenset[str] = frozenset()) -> list[tuple[tuple[int, int], At]]:
        """Return each run of cells and where it leads to, with the boxes that matter there."""
        found = self._ways.get((at, keeps))
        if found is None:
            found = self._ways[at, keeps] = list(self._ways_on(at, keeps))
        return found

    @cached_property
    def _ways(self) -> dict[tuple[At, frozenset[str]], list[tuple[tuple[int, int], At]]]:
        return {}

    def _ways_on(self, at: At, keeps: frozenset[str]) -> Iterator[tuple[tuple[int, int], At]]:
        (node, boxes), start = at, 0
        level, forms_below = self._level(node), self.network.forms_below
        for end, child in self.network.diagrams.runs[node]:
            on = boxes
            if isinstance(level, Number):
                others = (pair for pair in boxes if pair[0] != level.name)
                on = tuple(sorted((*others, (level.name, self._box(level, start, end)))))
            kept = forms_below[child] | keeps
            yield (start, end), (child, tuple([pair for pair in on if pair[0] in kept]))
            start = end

    def _box(self, level: Number, start: int, end: int) -> Interval:
        kind = self.network.plan.policy.variable_type(level.name)
        low, high = bounds_of(level, start)[0], bounds_of(level, end - 1)[1]
        return (kind.minimum if low is None else low, kind.maximum if high is None else high)

    def may_be_in(self, at: At, runs: Sequence[tuple[int, int]]) -> Iterator[Predicate]:
        """Yield predicates of which one holds when the level of a node may lie in one of some runs of cells."""
        level, dialect = self._level(at[0]), self.conditions.dialect
        match level:
            case Choice():
                slot = self.facts[level.name]
                cells = sum((1 << end) - (1 << start) for start, end in runs)
                yield dialect.has_bits(slot.least, slot.bits, cells, never_empty=True)
            case Member():
                slot, bit = self.facts[level.name], 1 << level.place
                for start, _ in runs:
                    sure, possible = slot.interval
                    is_in = dialect.has_bits(slot.most, possible, bit)
                    is_out = False if sure & bit else negated(dialect.has_bits(slot.least, possible, bit))
                    yield is_in if start else is_out
            case Number():
                terms = (Term(factor=1, quantity=Variable(name=level.name)),)
                yield from (self._may_lie(terms, level, run, self.facts) for run in runs)
            case Form():
                slots = self._slots(level.names, at[1])
                yield from (self._may_lie(level.terms, level, run, slots) for run in runs)
            case _:
                assert_never(level)

    def _may_lie(
        self, terms: tuple[Term, ...], level: Number | Form, run: tuple[int, int], slots: Mapping[str, Slot]
    ) -> Predicate:
        low, high = bounds_of(level, run[0])[0], bounds_of(level, run[1] - 1)[1]
        if low is None and high is None:
            return True
        return negated(self.conditions.pair(Within(terms=terms, low=low, high=high), slots)[1])

    def _slots(self, names: Iterable[str], boxes: Boxes) -> dict[str, Slot]:
        found = {name: self.facts.get(name, constant_slot(FREE)) for name in names}
        return found | {name: narrowed(found[name], box) for name, box in boxes if name in found}

    # ------------------------------------------------------------------------------------------ sums

    def bounds(self, guard: Node, total: Linear) -> tuple[Part, Part]:
        """Return the least and the greatest value that a sum may have where its case is given; else far ones."""
        low, high = (_Bounds(self, total, is_least).at((guard, ())) for is_least in (True, False))
        return low, high

    def static_bounds(self, total: Linear) -> Interval:
        """Return between which numbers a sum lies in every record."""
        low, high = self.conditions.bounds(total.terms, self._slots({part.name for part in total.parts}, ()))
        return low + total.constant, high + total.constant

    def sum_of(self, total: Linear, boxes: Boxes, *, is_least: bool) -> Part:
        """Return the least or greatest value of a sum of facts that lie in boxes."""
        slots = self._slots({part.name for part in total.parts}, boxes)
        part = self.conditions.total(total.terms, total.constant, "least" if is_least else "most", slots)
        return self.conditions.dialect.whole(part)


@attrs.frozen(slots=False, eq=False)
class _Bounds:
    """One end of a sum, along the ways on which its case is given."""

    diagram: Diagram
    total: Linear
    is_least: bool

    @cached_property
    def _found(self) -> dict[At, Part]:
        return {}

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(part.name for part in self.total.parts)

    def at(self, at: At) -> Part:
        """Return the end of the sum below a node."""
        network = self.diagram.network
        if network.is_leaf(at[0]):
            if True not in network.ends(at[0]):
                return number(FAR if self.is_least else -FAR)
            return self.diagram.sum_of(self.total, at[1], is_least=self.is_least)
        if at not in self._found:
            far = number(FAR if self.is_least else -FAR)
            ways: dict[At, list[tuple[int, int]]] = {}
            for run, child in self.diagram.ways(at, self._names):
                ways.setdefault(child, []).append(run)
            ends = [
                chosen([(any_of(self.diagram.may_be_in(at, runs)), self.at(child))], far)
                for child, runs in ways.items()
            ]
            self._found[at] = extreme(self.diagram.columns, ends, is_least=self.is_least)
        return self._found[at]


def extreme(columns: Columns, ends: Sequence[Part], *, is_least: bool) -> Part:
    """Define and return the least or the greatest of some numbers."""
    found = ends[0]
    for end in ends[1:]:
        one, two = (part if isinstance(part, Name) else columns.define("sum", "end", part) for part in (found, end))
        test = compared(two, "<" if is_least else ">", one)
        found = columns.define("sum", "least" if is_least else "most", chosen([(test, two)], one))
    return found


class _Bits:
    """Gives each leaf a bit."""

    def __init__(self, network: Network, first: int, leaves: Sequence[Node]) -> None:
        open_leaves = [leaf for leaf in leaves if len(network.ends(leaf)) > 1]
        self.found: dict[Node, int] = {}
        fits = first + len(open_leaves) <= NONE_BIT.bit_length() - 1
        for leaf in leaves:
            ends = network.ends(leaf)
            own = sum(map(_bit_of, ends))
            self.found[leaf] = 1 << first + open_leaves.index(leaf) if len(ends) > 1 and fits else own


def _bit_of(end: Hashable) -> int:
    marks = {Mark.NONE: NONE_BIT, Mark.CONFLICT: CONFLICT_BIT}
    return marks[end] if end in marks else bit_of(end)
