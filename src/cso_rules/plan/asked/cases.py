"""The cells that what is known of one organization leaves; sums that depend on others are split into cases.

A group is the sums that share facts, with the numbers that stand in them. The cells of an open group depend on one
another: its cases are the cells that its levels can have together. In each case nothing depends on the way through the
diagram any more.
"""

from __future__ import annotations

import weakref
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property, reduce
from itertools import product
from math import prod
from operator import or_
from typing import Any, Final

import attrs

from cso_rules.model.expressions import Variable
from cso_rules.model.types import Interval
from cso_rules.plan.asked.rests import starts_of
from cso_rules.plan.asked.ways import Ways, copied, ends_of, names_of
from cso_rules.plan.building import Plan
from cso_rules.plan.diagrams import Node
from cso_rules.plan.levels import Choice, Form, Member, Number, cells_between
from cso_rules.plan.sums.solving import Bound, solvable

MOST_CASES: Final = 64
"""How many cases a question is split into at most."""
_MOST_KEPT: Final = 4096

Case = tuple[int, ...]
"""A cell of each open level of a group."""
Levels = tuple[tuple[int, Number | Form], ...]
"""Levels, each with its first bit in the state."""


@attrs.frozen(eq=False)
class Group:
    """Sums that share facts, and the numbers in them.

    Attributes:
        names: Their facts.
        forms: The levels of the sums, as bits.
        levels: The levels of the sums and of those numbers, in order.
        is_plain: Whether they are sums of facts as they are.
        kept: What was found out about them before, by the bounds of the facts.
    """

    names: tuple[str, ...]
    forms: int
    levels: Levels
    is_plain: bool
    kept: dict[tuple[Interval, ...], Open | None] = attrs.field(factory=dict)


@attrs.frozen(eq=False)
class Open:
    """A group of one organization.

    Attributes:
        boxes: The bounds of its facts.
        levels: Its levels of which several cells remain.
        cases: The cells that these can have together.
        is_along_one: Whether one fact alone goes through all cases.
        changes: Of each fact and two cases, whether the fact alone can lead from one to the other, as far as known.
    """

    boxes: Mapping[str, Interval]
    levels: Levels
    cases: tuple[Case, ...]
    is_along_one: bool = False
    changes: dict[tuple[str, Case, Case], bool] = attrs.field(factory=dict)

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that are not known."""
        return tuple(name for name, (low, high) in self.boxes.items() if low < high)

    def is_changed_by(self, name: str, one: Case, two: Case) -> bool:
        """Tell whether one fact alone can lead from one case to another."""
        key = (name, one, two)
        if key not in self.changes:
            self.changes[key] = self.is_along_one or self._is_changed_by(name, one, two)
        return self.changes[key]

    def _is_changed_by(self, name: str, one: Case, two: Case) -> bool:
        for (_, level), cell, other_cell in zip(self.levels, one, two, strict=True):
            if cell != other_cell and name not in names_of(level):
                return False
        again = f"{name}, again"
        narrowed = _narrowed(self.boxes, self.levels, one)
        other = _narrowed(self.boxes, self.levels, two)
        bounds = _bounds(self.levels, one) + [copied(bound, name, again) for bound in _bounds(self.levels, two)]
        return solvable({**narrowed, again: other[name]}, bounds)


def _narrowed(boxes: Mapping[str, Interval], levels: Levels, case: Case) -> dict[str, Interval]:
    """Return what remains of facts where their numbers lie in the cells of a case."""
    found = dict(boxes)
    for (_, level), cell in zip(levels, case, strict=True):
        if isinstance(level, Number):
            (low, high), (least, most) = found[level.name], ends_of(level, (cell, cell))
            found[level.name] = low if least is None else max(low, least), high if most is None else min(high, most)
    return found


def _bounds(levels: Levels, case: Case) -> list[Bound]:
    pairs = zip(levels, case, strict=True)
    return [(level.terms, *ends_of(level, (cell, cell))) for (_, level), cell in pairs if isinstance(level, Form)]


class _Layout:
    """What of the cells of a plan is the same for every organization; levels are told by their first bit."""

    def __init__(self, plan: Plan) -> None:
        """Find out what belongs to which fact."""
        levels = list(zip(starts_of(plan), plan.levels, strict=False))
        self.choices = [
            (start, level.name, (1 << level.size) - 1) for start, level in levels if isinstance(level, Choice)
        ]
        self.members = [(start, level.name, level.place) for start, level in levels if isinstance(level, Member)]
        self.numbers = [_number(plan, start, level) for start, level in levels if isinstance(level, Number)]
        self.forms = [
            (start, place, level, _plain_names(plan, level))
            for place, (start, level) in enumerate(levels)
            if isinstance(level, Form)
        ]
        self.form_cells = [((1 << form.size) - 1) << start for start, _, form, _ in self.forms]
        self.groups = [_group(plan, places) for places in sorted(map(sorted, set(plan.related.values())))]


def _number(plan: Plan, start: int, level: Number) -> tuple[int, str, Number, Interval | None, int]:
    """Return a number or date with its domain while nothing is known, and the cells that it has then."""
    fact = plan.policy.facts.get(level.name)
    if fact is None:
        return start, level.name, level, None, ((1 << level.size) - 1) << start
    low, high = everything = fact.type.minimum, fact.type.maximum
    first, end = cells_between(level.cuts, low, high)
    return start, level.name, level, everything, ((1 << end) - (1 << first)) << start


def _plain_names(plan: Plan, form: Form) -> tuple[str, ...]:
    """Return the facts of a sum of facts as they are; nothing where there is anything else."""
    is_plain = all(isinstance(term.quantity, Variable) for term in form.terms)
    return form.names if is_plain and plan.policy.facts.keys() >= {*form.names} else ()


def _group(plan: Plan, places: list[int]) -> Group:
    forms = [level for place in places if isinstance(level := plan.levels[place], Form)]
    names = tuple(dict.fromkeys(name for level in forms for name in level.names))
    numbers = [plan.numbers[name] for name in names if name in plan.numbers]
    starts = starts_of(plan)
    levels = tuple(
        (starts[place], level)
        for place in sorted((*places, *numbers))
        if isinstance(level := plan.levels[place], Number | Form)
    )
    is_plain = all(isinstance(term.quantity, Variable) for level in forms for term in level.terms)
    return Group(names, sum(1 << place for place in places), levels, is_plain)


_layouts: weakref.WeakKeyDictionary[Plan, _Layout] = weakref.WeakKeyDictionary()


def _layout(plan: Plan) -> _Layout:
    found = _layouts.get(plan)
    if found is None:
        found = _layouts[plan] = _Layout(plan)
    return found


@attrs.frozen(eq=False)
class Split:
    """The cases of some open groups.

    Attributes:
        state: The cells that remain of the levels of no group.
        levels: All cells of the levels of the groups.
        cases: A case of each group.
        cells: The cells in each of these, as bits of the state.
    """

    groups: tuple[Open, ...]
    state: int
    levels: int
    cases: tuple[tuple[Case, ...], ...]
    cells: tuple[int, ...]


@attrs.frozen(slots=False, eq=False)
class Cases:
    """What is known of one organization, as cells and cases."""

    plan: Plan
    ways: Ways
    _layout: _Layout = attrs.field(init=False)
    _splits: dict[int, Split | None] = attrs.field(init=False, factory=dict)

    @_layout.default
    def _layout_of_plan(self) -> _Layout:
        return _layout(self.plan)

    @cached_property
    def state(self) -> int:
        """The cells that remain of every level; of sums all that bounds reach."""
        layout, state = self._layout, 0
        domains: Mapping[str, Any] = self.ways.domains
        for start, name, everything in layout.choices:
            state |= domains.get(name, everything) << start
        for start, name, item in layout.members:
            sure, possible = domains.get(name, (0, -1))
            state |= (2 if sure >> item & 1 else 1 + 2 * (possible >> item & 1)) << start
        for start, name, number, widest, cells in layout.numbers:
            domain = domains.get(name)
            if domain is widest or domain == widest:
                state |= cells
            elif isinstance(domain, tuple) and domain[0] == domain[1]:
                state |= 1 << start + bisect_right(number.cuts, domain[0])
            else:
                state |= self.ways.allowed(number) << start
        for start, place, form, names in layout.forms:
            if names and all(domains[name][0] == domains[name][1] for name in names):
                total = sum(term.factor * domains[term.quantity.name][0] for term in form.terms)
                self.ways.cells[place] = 1 << bisect_right(form.cuts, total)
            state |= self.ways.cells[place] << start
        return state

    @cached_property
    def bound(self) -> int:
        """The open sums whose possible cells depend on the path, as bits of levels."""
        own = (self.state & cells for cells in self._layout.form_cells)
        return self.ways.bound_sums if any(cells & cells - 1 for cells in own) else 0

    @cached_property
    def whole(self) -> Split:
        """No cases, where nothing depends on the path."""
        return Split((), self.state, 0, (), ())

    def below(self, node: Node) -> Split | None:
        """Return the cases of the groups that stand at or below a node; None where they are too many."""
        levels = self.plan.levels_below[node] & self.bound
        if not levels:
            return self.whole
        if levels not in self._splits:
            groups = [group for group in self._layout.groups if group.forms & levels]
            self._splits[levels] = self._split([self._open(group) for group in groups])
        return self._splits[levels]

    def _split(self, groups: Sequence[Open | None]) -> Split | None:
        known = [group for group in groups if group is not None]
        if len(known) < len(groups) or prod(len(group.cases) for group in known) > MOST_CASES:
            return None
        levels = reduce(or_, (((1 << level.size) - 1) << start for group in known for start, level in group.levels))
        cases = tuple(product(*(group.cases for group in known)))
        starts = [[start for start, _ in group.levels] for group in known]
        cells = tuple(sum(map(_cells_of, starts, case)) for case in cases)
        return Split(tuple(known), self.state & ~levels, levels, cases, cells)

    def _open(self, group: Group) -> Open | None:
        """Return a group as what is known leaves it; None where it has too many cases."""
        boxes = {name: self.ways.boxes[name] for name in group.names}
        facts = [name for name, (low, high) in boxes.items() if low < high]
        if len(facts) == 1 and group.is_plain:
            levels = self._open_levels(group)
            return Open(boxes, levels, _along(boxes, levels, facts[0]), is_along_one=True)
        key = tuple(boxes.values())
        if key not in group.kept:
            if len(group.kept) >= _MOST_KEPT:
                group.kept.clear()
            group.kept[key] = self._with_all(boxes, self._open_levels(group))
        return group.kept[key]

    def _open_levels(self, group: Group) -> Levels:
        """Return the levels of a group of which several cells remain."""
        return tuple(pair for pair in group.levels if len(self._cells(pair)) > 1)

    def _cells(self, pair: tuple[int, Number | Form]) -> list[int]:
        start, level = pair
        return [cell for cell in range(level.size) if self.state >> start + cell & 1]

    def _with_all(self, boxes: Mapping[str, Interval], levels: Levels) -> Open | None:
        cells = [self._cells(pair) for pair in levels]
        if prod(map(len, cells)) > MOST_CASES:
            return None
        cases = (case for case in product(*cells) if _is_possible(boxes, levels, case))
        return Open(boxes, levels, tuple(cases))


def _cells_of(starts: Sequence[int], case: Case) -> int:
    """Return the cells of a case as bits of the state."""
    return sum(1 << start + cell for start, cell in zip(starts, case, strict=True))


def _is_possible(boxes: Mapping[str, Interval], levels: Levels, case: Case) -> bool:
    return solvable(_narrowed(boxes, levels, case), _bounds(levels, case))


def _along(boxes: Mapping[str, Interval], levels: Levels, name: str) -> tuple[Case, ...]:
    """Return the cases that one fact goes through from its least value to its greatest, all others being known."""
    (low, high), lines = boxes[name], []
    for _, level in levels:
        factor, constant = (1, 0) if isinstance(level, Number) else _line(level, boxes, name)
        lines.append((factor, constant, level.cuts))
    starts = {low}
    for factor, constant, cuts in lines:
        if factor:
            starts.update(
                -((constant - cut) // factor) if factor > 0 else (constant - cut) // -factor + 1 for cut in cuts
            )
    turns = sorted(start for start in starts if low <= start <= high)
    cases = (tuple(bisect_right(cuts, factor * turn + constant) for factor, constant, cuts in lines) for turn in turns)
    return tuple(dict.fromkeys(cases))


def _line(form: Form, boxes: Mapping[str, Interval], name: str) -> tuple[int, int]:
    """Return how often a sum has a fact, and what the known others come to."""
    own = [term for term in form.terms if term.quantity.name == name]
    others = (term.factor * boxes[term.quantity.name][0] for term in form.terms if term.quantity.name != name)
    return sum(term.factor for term in own), sum(others)
