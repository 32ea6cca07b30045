"""Where a fact is missing: where two completions that differ in it alone give different answers, as planes.

A fact that stands in no open sum matters where a node that asks for it is reached and two of its children, both
allowed, can lead to different ends. For a fact of an open sum two copies of the row go through the diagram side by
side: they part at the fact itself and at the sums that it stands in.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from functools import cached_property

import attrs

from cso_rules.executors.planes.facts.sources import Pair, Varies
from cso_rules.executors.planes.may import Path, Reached
from cso_rules.executors.planes.network import ALWAYS, NEVER, Network
from cso_rules.model.decisions import AnyDecision
from cso_rules.plan.conditions import Root
from cso_rules.plan.diagrams import END, Node
from cso_rules.plan.levels import Form, bounds_of

Run = tuple[int, int]
Copy = tuple[Node, Path]
"""Where one of two copies stands, and what it has to remember."""


@attrs.frozen(slots=False, eq=False)
class Missing:
    """Finds the planes."""

    network: Network
    reached: Reached

    def facts(self, decision: AnyDecision) -> dict[str, int]:
        """Return where each fact that may matter for a decision is missing."""
        root = self.reached.plan.roots.get(decision.name)
        if root is None:
            return {}
        found: dict[str, int] = {}
        for node in dict.fromkeys((root.answer, *root.items, *(guard for guard, _ in root.sums))):
            for name, plane in self._of_root(node):
                found[name] = self.network.either(found.get(name, NEVER), plane)
        for name, plane in self._of_sums(root):
            found[name] = self.network.either(found.get(name, NEVER), plane)
        return {name: plane for name, plane in found.items() if plane != NEVER}

    def _of_sums(self, root: Root) -> Iterator[tuple[str, int]]:
        """Yield the facts that a number adds, where their sum is the answer."""
        made = self.reached.plan.diagrams
        for guard, total in root.sums:
            may = self.reached.may(guard, made.true)
            for name in dict.fromkeys(part.name for part in total.parts):
                own = tuple(term for term in total.terms if term.quantity.name == name)
                if self.reached.is_asked_for(name):
                    yield name, self.network.both(may, self.network.source(Varies(own)))

    def _of_root(self, root: Node) -> Iterator[tuple[str, int]]:
        reached, plan, summed = self.reached, self.reached.plan, self.reached.summed(root)
        for (node, path), plane in self._reaching(root).items():
            level = plan.levels[plan.diagrams.levels[node]]
            if not isinstance(level, Form) and level.name not in summed and reached.is_asked_for(level.name):
                yield level.name, self.network.both(plane, self._parting(node, path))
        for name in summed:
            yield name, self._copies(name, (root, ()), (root, ()))

    # ------------------------------------------------------------------------------------------ one fact, one level

    def _reaching(self, root: Node) -> dict[Copy, int]:
        """Return where each node below a root is reached, parents before children."""
        made, reached = self.reached.plan.diagrams, self.reached
        found: dict[Copy, int] = {(root, ()): ALWAYS}
        waiting: dict[int, dict[Copy, None]] = {made.levels[root]: {(root, ()): None}}
        while waiting:
            level = min(waiting)
            for node, path in waiting.pop(level) if level != END else ():
                for run, child in _runs(made.runs[node]):
                    copy = child, reached.onward(level, run, child, path)
                    plane = self.network.both(found[node, path], reached.allowed(level, (run,), (), path))
                    found[copy] = self.network.either(found.get(copy, NEVER), plane)
                    waiting.setdefault(made.levels[child], {})[copy] = None
            waiting.pop(END, None)
        return {copy: plane for copy, plane in found.items() if made.levels[copy[0]] != END}

    def _parting(self, node: Node, path: Path) -> int:
        """Return where two children of a node are both allowed and lead to different ends."""
        key = node, path
        if key not in self._parted:
            reached, place = self.reached, self.reached.plan.diagrams.levels[node]
            runs: dict[Node, list[Run]] = {}
            for run, child in _runs(reached.plan.diagrams.runs[node]):
                runs.setdefault(child, []).append(run)
            allowed = {child: reached.allowed(place, tuple(own), (), path) for child, own in runs.items()}
            self._parted[key] = self.network.any_of(
                self.network.both(
                    self.network.both(allowed[one], allowed[two]),
                    self._differ((one, reached.kept(one, path)), (two, reached.kept(two, path))),
                )
                for one, two in itertools.combinations(runs, 2)
            )
        return self._parted[key]

    @cached_property
    def _parted(self) -> dict[tuple[Node, Path], int]:
        return {}

    def _differ(self, one: Copy, two: Copy) -> int:
        """Return where the same completion leads from two nodes to different ends."""
        made = self.reached.plan.diagrams
        if one[0] == two[0]:
            return NEVER
        for copy, other in ((one, two), (two, one)):
            if made.levels[copy[0]] == END:
                ends = self.reached.ends(other[0]) - {copy[0]}
                return self.network.any_of(self.reached.may_on(other[0], end, other[1]) for end in sorted(ends))
        key = min(one, two), max(one, two)
        if key not in self._different:
            self._different[key] = self._differ_below(*key)
        return self._different[key]

    @cached_property
    def _different(self) -> dict[tuple[Copy, Copy], int]:
        return {}

    def _differ_below(self, one: Copy, two: Copy) -> int:
        made, reached = self.reached.plan.diagrams, self.reached
        place = min(made.levels[one[0]], made.levels[two[0]])
        path = tuple(sorted({*one[1], *two[1]}))
        ways: dict[int, list[Run]] = {}
        for run, child_one, child_two in self._joint_runs(place, one[0], two[0]):
            copies = [(child, reached.onward(place, run, child, path)) for child in (child_one, child_two)]
            ways.setdefault(self._differ(copies[0], copies[1]), []).append(run)
        if len(ways) == 1:
            return next(iter(ways))
        return self.network.any_of(
            self.network.both(plane, reached.allowed(place, tuple(runs), (), path))
            for plane, runs in ways.items()
            if plane
        )

    def _joint_runs(self, place: int, one: Node, two: Node) -> Iterator[tuple[Run, Node, Node]]:
        for (first, end), child_one in self._runs_at(place, one):
            for (start, stop), child_two in self._runs_at(place, two):
                if max(first, start) < min(end, stop):
                    yield (max(first, start), min(end, stop)), child_one, child_two

    def _runs_at(self, place: int, node: Node) -> Iterable[tuple[Run, Node]]:
        plan = self.reached.plan
        if plan.diagrams.levels[node] == place:
            return _runs(plan.diagrams.runs[node])
        return [((0, plan.levels[place].size), node)]

    # ------------------------------------------------------------------------------------------ a fact of open sums

    def _copies(self, name: str, one: Copy, two: Copy) -> int:
        """Return where two copies of a row that differ in a fact alone come from two nodes to different ends."""
        reached = self.reached
        if not reached.depends(one[0], name) and not reached.depends(two[0], name):
            return self._differ(one, two)
        key = name, one, two
        if key not in self._copied:
            made = reached.plan.diagrams
            place = min(made.levels[one[0]], made.levels[two[0]])
            is_own = name in reached.names_at(place)
            steps = self._apart(place, name, one, two) if is_own else self._together(place, one, two)
            self._copied[key] = self.network.any_of(
                self.network.both(plane, self._copies(name, *copies)) for plane, *copies in steps if plane != NEVER
            )
        return self._copied[key]

    @cached_property
    def _copied(self) -> dict[tuple[str, Copy, Copy], int]:
        return {}

    def _together(self, place: int, one: Copy, two: Copy) -> Iterator[tuple[int, Copy, Copy]]:
        """Yield the ways on below a level that does not depend on the fact: both are in the same cells."""
        reached = self.reached
        for run, child_one, child_two in self._joint_runs(place, one[0], two[0]):
            allowed = reached.allowed(place, (run,), (), (*one[1], *(step for step in two[1] if step not in one[1])))
            copies = [
                (child, reached.onward(place, run, child, path))
                for child, (_, path) in ((child_one, one), (child_two, two))
            ]
            yield allowed, copies[0], copies[1]

    def _apart(self, place: int, name: str, one: Copy, two: Copy) -> Iterator[tuple[int, Copy, Copy]]:
        """Yield the ways on below a level that depends on the fact: each copy is in cells of its own."""
        reached, level = self.reached, self.reached.plan.levels[place]
        for run_one, child_one in self._runs_at(place, one[0]):
            for run_two, child_two in self._runs_at(place, two[0]):
                if isinstance(level, Form):
                    key = place, name, (run_one, one[1]), (run_two, two[1])
                    plane = self._reached_by_both.get(key)
                    if plane is None:
                        plane = self._reached_by_both[key] = self._both_reached(level, *key[1:])
                else:
                    allowed = [reached.allowed(place, (run,)) for run in (run_one, run_two)]
                    plane = self.network.both(*allowed)
                copies = [
                    (child, reached.onward(place, run, child, path))
                    for run, child, (_, path) in ((run_one, child_one, one), (run_two, child_two, two))
                ]
                yield plane, copies[0], copies[1]

    @cached_property
    def _reached_by_both(self) -> dict[tuple[int, str, tuple[Run, Path], tuple[Run, Path]], int]:
        return {}

    def _both_reached(self, level: Form, name: str, one: tuple[Run, Path], two: tuple[Run, Path]) -> int:
        """Return where a sum can lie in cells of its own in each copy."""
        bounds = [(bounds_of(level, first)[0], bounds_of(level, end - 1)[1]) for (first, end), _ in (one, two)]
        boxes = [dict(self.reached.boxes(level, path)) for _, path in (one, two)]
        own = [((name, box[name]),) if name in box else () for box in boxes]
        others = {fact: box for part in boxes for fact, box in part.items() if fact != name}
        pair = Pair(level.terms, name, bounds[0], bounds[1], tuple(sorted(others.items())), own[0], own[1])
        return self.reached.pair(pair)


def _runs(runs: Iterable[tuple[int, Node]]) -> Iterator[tuple[Run, Node]]:
    start = 0
    for end, child in runs:
        yield (start, end), child
        start = end
