"""What remains of the diagrams of a plan where some cells of its levels remain: found once for all organizations.

The cells that remain of every level are the bits of one whole number, the state. Facts never seen before mostly leave
cells that were met already, since there are few: so what remains is kept by node and cells, within a bound. Sums count
as free of one another here; which of their cells can be together is the matter of `cases`.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping, Sequence, Sized
from typing import Any, Final

import attrs

from cso_rules.plan.asked.cells import cells_of
from cso_rules.plan.building import Plan
from cso_rules.plan.diagrams import END, Node
from cso_rules.plan.levels import Form

MOST: Final = 1 << 15
"""How many functions of each kind are kept before all begins anew."""

MOST_SPLITS: Final = 1 << 12
"""How many cases of sums."""

MANY = 16
"""Organizations after which it pays to find out how rules are put together."""


@attrs.frozen(eq=False)
class Rest:
    """A function of what is open; among those kept together, equal functions are one object.

    Attributes:
        ends: The ends that it may lead to, as bits of `Plan.end_bits`.
        levels: The levels on which it depends, as bits.
        ways: The cells of its first level, as bits of the state, and what remains there; none of an end.
    """

    ends: int
    levels: int
    ways: Ways = attrs.field(default=(), repr=False)


class Classes(dict[int, Rest]):
    """Ends put together in classes; those that nothing leads to are in the first."""

    def __missing__(self, _: int) -> Rest:
        return next(iter(self.values()))


Ways = tuple[tuple[int, Rest], ...]
Step = tuple[int, int, tuple[tuple[int, Node], ...]]
"""Of a node the cells of its level, those of all levels from there on, and its children with the cells to them."""


class Rests:
    """What remains of diagrams, by node and cells."""

    def __init__(self, plan: Plan) -> None:
        """Start with nothing found."""
        self._end_bits = plan.end_bits  # the plan itself is not held: it is what this is kept by
        self._steps = _Steps(plan)
        self._levels = plan.diagrams.levels
        self._found: dict[tuple[Node, int], Rest] = {}
        self._chosen: dict[tuple[Rest, Rest, Rest], Rest] = {}
        self._mapped: dict[tuple[Rest, int], tuple[Mapping[int, Rest], Rest]] = {}
        self._within: dict[tuple[Rest, int, int], Rest] = {}
        self._equal: dict[tuple[object, ...], Rest] = {}
        self._bits: dict[int, Rest] = {}
        self.false, self.true = self.end(plan.diagrams.false), self.end(plan.diagrams.true)
        self.asked = 0
        self.splits: dict[tuple[Any, ...], Any] = {}
        self.steps: dict[str, Any] = {}
        """What others found out by what remains, kept as long."""
        self.given = given = {*plan.policy.facts, *plan.policy.readings}
        """The facts and readings; what else stands in levels is computed."""
        self._reads = [
            ((), level.names) if isinstance(level, Form) else (given & {level.name}, ()) for level in plan.levels
        ]
        self.after = 1 << len(plan.levels)
        """The first level that stands for a decision, as a bit."""
        self.stand_ins = {name: self.after << place for place, name in enumerate(plan.roots)}
        """The level that stands for each decision, as a bit."""
        self._decisions = {bit: name for name, bit in self.stand_ins.items()}
        self._last_cell = cells_of(plan).starts[-1]
        self._standing: dict[tuple[int, int], Rest] = {}
        self._classes: dict[tuple[int, ...], Classes] = {}
        self._names: dict[int, tuple[frozenset[str], frozenset[str]]] = {}

    @property
    def is_full(self) -> bool:
        """Whether it is time to begin anew."""
        kinds: tuple[Sized, ...] = (self._found, self._chosen, self._mapped, self._within, self._equal)
        return max(map(len, kinds)) > MOST or len(self.splits) > MOST_SPLITS

    def end(self, node: Node) -> Rest:
        """Return what remains of a terminal."""
        return self.end_of(self._end_bits[node])

    def end_of(self, bit: int) -> Rest:
        """Return the function that always leads to one end."""
        found = self._bits.get(bit)
        return self._bits.setdefault(bit, Rest(bit, 0)) if found is None else found

    def names(self, levels: int) -> tuple[frozenset[str], frozenset[str]]:
        """Return the facts and readings on which some levels depend, and the facts of their sums, known or not."""
        found = self._names.get(levels)
        if found is None:
            if len(self._names) > MOST:
                self._names.clear()
            own = [self._reads[place] for place in range(len(self._reads)) if levels >> place & 1]
            found = self._names[levels] = (
                frozenset().union(*(one for one, _ in own)),
                frozenset().union(*(two for _, two in own)),
            )
        return found

    def truth(self, value: object) -> Rest:
        """Return one of the two truths."""
        return self.true if value else self.false

    def standing_for(self, decision: str, ends: int) -> Rest:
        """Return what stands for the answer of a decision where nothing else depends on what that depends on."""
        key = self.stand_ins[decision], ends
        found = self._standing.get(key)
        if found is None:
            bits = [1 << place for place in range(ends.bit_length()) if ends >> place & 1]
            ways = [(bit << self._last_cell, self.end_of(bit)) for bit in bits]
            found = self._standing[key] = self.asking(key[0], ways)
        return found

    def decisions(self, levels: int) -> list[str]:
        """Return the decisions for which some levels stand."""
        if levels < self.after:
            return []
        return [name for bit, name in self._decisions.items() if bit & levels]

    def told_apart(self, functions: Iterable[Rest]) -> tuple[tuple[str, Classes | None], ...]:
        """Return which answers of decisions that others stand for functions tell apart; None for all."""
        found: dict[tuple[str, tuple[int, ...]], Classes | None] = {}
        seen, stack = set[Rest](), [rest for rest in functions if rest.levels >= self.after]
        while stack:
            rest = stack.pop()
            if rest not in seen:
                seen.add(rest)
                first = rest.levels & -rest.levels
                if first >= self.after:
                    groups = tuple([cells >> self._last_cell for cells, _ in rest.ways])
                    found[self._decisions[first], groups] = self._told_apart(groups)
                stack += [way for _, way in rest.ways if way.levels >= self.after]
        return tuple([(name, classes) for (name, _), classes in found.items()])

    def _told_apart(self, groups: tuple[int, ...]) -> Classes | None:
        if all(group & group - 1 == 0 for group in groups):
            return None
        if groups not in self._classes:
            classes = Classes()
            for place, group in enumerate(groups):
                bits = (1 << bit for bit in range(group.bit_length()) if group >> bit & 1)
                classes |= dict.fromkeys(bits, self.end_of(1 << place))
            self._classes[groups] = classes
        return self._classes[groups]

    def of(self, node: Node, state: int) -> Rest:
        """Return what remains of a diagram."""
        key = node, state & self._steps[node][1]
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._below(node, state)
        return found

    def _below(self, node: Node, state: int) -> Rest:
        """Return what remains of a diagram, kept where the first open level stands."""
        steps = self._steps
        cells, below, branches = steps[node]
        while cells:
            allowed = state & cells
            if allowed & allowed - 1:
                break
            node = next(child for way, child in branches if way & allowed)
            cells, below, branches = steps[node]
        else:
            return self.end(node)
        key = node, state & below
        found = self._found.get(key)
        if found is None:
            ways = [(way & allowed, self._below(child, state)) for way, child in branches if way & allowed]
            found = self._found[key] = self.asking(1 << self._levels[node], ways)
        return found

    def choose(self, condition: Rest, then: Rest, otherwise: Rest) -> Rest:
        """Return one function where a condition holds and another where it does not."""
        if condition is self.true or then is otherwise:
            return then
        if condition is self.false:
            return otherwise
        if then is self.true and otherwise is self.false:
            return condition
        key = condition, then, otherwise
        found = self._chosen.get(key)
        if found is None:
            found = self._chosen[key] = self._choice(condition, then, otherwise)
        return found

    def _choice(self, condition: Rest, then: Rest, otherwise: Rest) -> Rest:
        choose, levels = self.choose, condition.levels | then.levels | otherwise.levels
        first = levels & -levels
        if not (then.levels | otherwise.levels) & first:
            ways = [(cells, choose(way, then, otherwise)) for cells, way in condition.ways]
        elif not (condition.levels | otherwise.levels) & first:
            ways = [(cells, choose(condition, way, otherwise)) for cells, way in then.ways]
        elif not (condition.levels | then.levels) & first:
            ways = [(cells, choose(condition, then, way)) for cells, way in otherwise.ways]
        else:
            parts = [rest.ways if rest.levels & first else ((-1, rest),) for rest in (condition, then, otherwise)]
            ways = [(cells, choose(*rests)) for cells, rests in _crossed(parts)]
        return self.asking(first, ways)

    def mapped(self, rest: Rest, ends: Mapping[int, Rest]) -> Rest:
        """Return a function with others in the place of its ends; the ends are known by their identity."""
        key = rest, id(ends)
        found = self._mapped.get(key)
        if found is None:
            if rest.ways:
                ways = [(cells, self.mapped(way, ends)) for cells, way in rest.ways]
                new = self.asking(rest.levels & -rest.levels, ways)
            else:
                new = ends[rest.ends]
            found = self._mapped[key] = ends, new
        return found[1]

    def within(self, rest: Rest, cells: int, levels: int) -> Rest:
        """Return what remains of a function where one of the cells is given of each of some levels."""
        if not rest.levels & levels:
            return rest
        key = rest, cells, levels
        found = self._within.get(key)
        if found is None:
            first = rest.levels & -rest.levels
            if first & levels:
                found = self.within(next(way for own, way in rest.ways if own & cells), cells, levels)
            else:
                found = self.asking(first, [(own, self.within(way, cells, levels)) for own, way in rest.ways])
            self._within[key] = found
        return found

    def asking(self, level: int, ways: Iterable[tuple[int, Rest]]) -> Rest:
        """Return the function that asks one level, given as a bit, and goes on to others, each by some of its cells."""
        groups: dict[Rest, int] = {}
        for cells, rest in ways:
            groups[rest] = groups[rest] | cells if rest in groups else cells
        if len(groups) == 1:
            return next(iter(groups))
        key = (level, *groups, *groups.values())
        found = self._equal.get(key)
        if found is None:
            ends = 0
            for rest in groups:
                ends |= rest.ends
                level |= rest.levels
            new = Rest(ends, level, tuple([(cells, rest) for rest, cells in groups.items()]))
            found = self._equal.setdefault(key, new)
        return found


def _crossed(parts: Sequence[Ways]) -> list[tuple[int, tuple[Rest, Rest, Rest]]]:
    """Return the cells that are common to ways of three functions, in order, and what remains there of each."""
    (conditions, thens, otherwises), found = parts, []
    for one, condition in conditions:
        for two, then in thens:
            both = one & two
            if both:
                found += [(both & cells, (condition, then, other)) for cells, other in otherwises if both & cells]
    return sorted(found, key=_lowest)


def _lowest(way: tuple[int, object]) -> int:
    return way[0] & -way[0]


class _Steps(dict[Node, Step]):
    """Found out when they are asked for."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._diagrams, self._branches, self._levels_below = plan.diagrams, plan.branches, plan.levels_below
        self._cells = cells_of(plan)

    def __missing__(self, node: Node) -> Step:
        level = self._diagrams.levels[node]
        if level == END:
            found: Step = 0, 0, ()
        else:
            start = self._cells.starts[level]
            branches = tuple((cells << start, child) for cells, child in self._branches[node])
            found = self._cells.of(1 << level), self._cells.of(self._levels_below[node]), branches
        self[node] = found
        return found


_kept: weakref.WeakKeyDictionary[Plan, Rests] = weakref.WeakKeyDictionary()


def rests_of(plan: Plan) -> Rests:
    """Return what was found out about a plan so far."""
    found = _kept.get(plan)
    if found is None or found.is_full:
        found = _kept[plan] = Rests(plan)
    found.asked += 1
    if found.asked == MANY:
        found.steps.clear()
    return found
