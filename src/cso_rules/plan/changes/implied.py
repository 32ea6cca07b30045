"""Whether a condition holds wherever another one does, as far as what is known allows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import attrs

from cso_rules.plan.asked.ways import Ways
from cso_rules.plan.building import Plan
from cso_rules.plan.diagrams import Node


@attrs.frozen(slots=False, eq=False)
class Implied:
    """Implications between the nodes of a plan, each found out once; sums may lie in any cell."""

    plan: Plan
    ways: Ways

    @cached_property
    def _found(self) -> dict[tuple[Node, Node], bool]:
        return {}

    def holds(self, one: Node, two: Node) -> bool:
        """Tell whether the second condition holds wherever the first does."""
        made, known = self.plan.diagrams, self.ways.after_known
        pair = one, two = known(one), known(two)
        if one in {two, made.false} or two == made.true:
            return True
        if one == made.true or two == made.false:
            return False
        if pair not in self._found:
            self._found[pair] = all(self.holds(*both) for both in self._below(one, two))
        return self._found[pair]

    def _below(self, one: Node, two: Node) -> Iterator[tuple[Node, Node]]:
        """Yield where two conditions go on from in each cell that is possible."""
        levels, branches = self.plan.diagrams.levels, self.plan.branches
        place = min(levels[one], levels[two])
        first, second = (branches[node] if levels[node] == place else ((-1, node),) for node in (one, two))
        for cells, child in first:
            possible = cells & self.ways.cells[place]
            yield from ((child, other) for own, other in second if own & possible)
