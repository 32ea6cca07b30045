"""Criteria that fail only together: the fewest of the open ones that cannot all be met, later ones left out first.

Of the criteria up to one, and some later ones that are kept, none more can be left out when they cannot all be met and
those up to the one before could be: then that one is kept too. So rows are parted by what is kept, from the last on.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property
from itertools import accumulate

import attrs

from cso_rules.executors.planes.bits import Array, unpacked
from cso_rules.executors.planes.extra import np
from cso_rules.executors.planes.facts.columns import Columns
from cso_rules.executors.planes.facts.sources import Sources
from cso_rules.executors.planes.may import Reached
from cso_rules.executors.planes.network import Network
from cso_rules.executors.planes.program import FEW, Program
from cso_rules.plan.diagrams import Node, TooLargeError

Kept = tuple[int, ...]
"""Positions of criteria, in order."""


@attrs.frozen
class _Step:
    """Whether the kept criteria can all be met, alone and with those up to each earlier one."""

    planes: tuple[int, ...]
    program: Program

    def can_be_met(self, sources: Sources, rows: Array, asked: dict[Hashable, int]) -> Array:
        """Return for some rows whether kept criteria can be met, then with the first one, the first two, and so on."""
        columns = sources.columns
        if columns.words > FEW:
            columns, rows = columns.taken(rows), np.arange(rows.size)
            sources, asked = Sources(sources.policy, columns), {}
        values = self.program.run(columns.words, sources, asked)
        return np.stack([unpacked(values[plane], columns.rows)[rows] for plane in self.planes])


@attrs.frozen(slots=False, eq=False)
class Together:
    """Finds the criteria of decisions that fail together, in rows in which none fails alone."""

    reached: Reached

    @cached_property
    def _steps(self) -> dict[tuple[str, Kept], _Step]:
        return {}

    def failing(self, columns: Columns, name: str, open_: Array) -> Array:
        """Return which criteria fail together in each row.

        Args:
            columns: The facts of rows in which the criteria cannot all be met.
            name: The decision.
            open_: For each criterion which rows leave it open.
        """
        found = np.zeros_like(open_)
        groups: list[tuple[Kept, Array]] = [((), np.arange(columns.rows))]
        sources, asked = Sources(self.reached.plan.policy, columns), dict[Hashable, int]()
        while groups:
            kept, rows = groups.pop()
            try:
                step = self._step(name, kept, kept[0] if kept else len(open_))
                can = step.can_be_met(sources, rows, asked)
            except TooLargeError:
                found[:, rows] = open_[:, rows]
                continue
            # Where all can be met with what is kept, that was not known for certain: then it is left at what is kept.
            is_done = ~can[0] | can[-1]
            found[np.ix_(kept, rows[is_done])] = True
            first = np.argmin(can, axis=0)
            groups += [
                ((place - 1, *kept), rows[~is_done & (first == place)]) for place in np.unique(first[~is_done]).tolist()
            ]
        return found

    def _step(self, name: str, kept: Kept, count: int) -> _Step:
        with self.reached.plan.adding:
            if (name, kept) not in self._steps:
                self._steps[name, kept] = self._made(name, kept, count)
            return self._steps[name, kept]

    def _made(self, name: str, kept: Kept, count: int) -> _Step:
        made, rules = self.reached.plan.diagrams, self.reached.plan.roots[name].rules
        alone = made.conjunction(rules[place] for place in kept)
        nodes = accumulate(rules[:count], self._both, initial=alone)
        planes = tuple(self.reached.may(node, made.true) for node in nodes)
        return _Step(planes, Program(self.reached.network, planes))

    def _both(self, one: Node, two: Node) -> Node:
        return self.reached.plan.diagrams.conjunction([one, two])


def together_of(reached: Reached) -> Together:
    """Return what finds them, with planes of its own."""
    return Together(attrs.evolve(reached, network=Network()))
