"""Numbers that the search for changes steps over, where a sum has a fact that nobody knows, or an open day.

The search keeps each sum apart: what one says about a fact that is not known is not taken along to the next comparison.
So it may step over nearer numbers after which the answer is certain all the same. And it stops at the
first day with which a sum may be as it should, though a calendar leaves that open and a further day is certain. Here
such numbers are looked for by asking about many at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

import attrs

from cso_rules.model.civil_dates import is_exact
from cso_rules.model.expressions import Shifted
from cso_rules.model.types import Domain, Interval, is_known
from cso_rules.plan.building import Plan
from cso_rules.plan.changes.sizes import Change, Present
from cso_rules.plan.diagrams import Node
from cso_rules.plan.levels import Form

MOST_ASKED = 256
"""Questions about one number of a change; then nothing nearer is offered."""
Reaching = Callable[[Change, str, Interval], tuple[bool, bool]]
"""Whether the answer may follow from a change with one number in a range instead, and whether another one may."""


@attrs.frozen
class Stepped:
    """What is asked about numbers that were stepped over.

    Attributes:
        present: What is known now.
        root: The diagram of the answer.
        reaching: Asks about new values, of which numbers may be ranges.
    """

    plan: Plan
    present: Present
    root: Node
    reaching: Reaching

    def nearer(self, changes: Iterable[Change]) -> Iterator[Change]:
        """Yield changes with one number nearer to the present one, of changes after which an answer is certain."""
        shared = _shared(self.plan, self.present.domains, self.root)
        for change, name in ((own, name) for own in changes for name in own if name in shared):
            yield from self._first(change, name, abs(change[name] - self.present.value(name)))

    def farther(self, changes: Iterable[Change]) -> Iterator[Change]:
        """Yield changes with one day farther from the present one, of changes after which an open day may be wrong."""
        unsure = _unsure(self.plan, self.root)
        for change, name in ((own, name) for own in changes for name in own if name in unsure):
            for own in ({name: change[name]}, change)[: len(change)]:  # the day alone may be enough
                yield from self._first(own, name, None)

    def _first(self, change: Change, name: str, most: int | None) -> Iterator[Change]:
        """Yield a change with the nearest number in each direction after which the answer is certain."""
        old, kind = self.present.value(name), self.present.policy.facts[name].type
        if not kind.is_numeric or not isinstance(kind.everything, tuple):
            return
        low, high = kind.everything
        for sign, room in ((-1, old - low), (1, high - old)):
            far = room if most is None else min(most, room)
            found = _first(partial(self.reaching, change, name), old, sign, far)
            if found is not None and found != change[name]:
                yield {**change, name: found}


def _shared(plan: Plan, domains: Mapping[str, Domain], root: Node) -> frozenset[str]:
    """Return the facts that stand in a sum with one that is not known."""
    below = plan.levels_below[root]
    sums = [level for place in plan.forms if below >> place & 1 and isinstance(level := plan.levels[place], Form)]
    opened = [level.names for level in sums if not all(is_known(domains[name]) for name in level.names)]
    return frozenset(name for names in opened for name in names)


def _unsure(plan: Plan, root: Node) -> frozenset[str]:
    """Return the dates of which a sum with others has a day that a calendar may leave open."""
    below = plan.levels_below[root]
    sums = [level for place in plan.forms if below >> place & 1 and isinstance(level := plan.levels[place], Form)]
    quantities = [term.quantity for level in sums if len(level.terms) > 1 for term in level.terms]
    return frozenset(own.name for own in quantities if isinstance(own, Shifted) and not is_exact(own.shifts))


def _first(ask: Callable[[Interval], tuple[bool, bool]], old: int, sign: int, most: int) -> int | None:
    """Return the number the fewest steps from the present one, up to some, after which an answer is certain."""
    left = [(1, most)] if most else []
    for _ in range(MOST_ASKED):
        if not left:
            break
        near, far = left.pop()
        may, may_not = ask((old + near, old + far) if sign > 0 else (old - far, old - near))
        if may and not may_not:
            return old + sign * near
        if may and near < far:
            middle = (near + far) // 2
            left += [(middle + 1, far), (near, middle)]
    return None
