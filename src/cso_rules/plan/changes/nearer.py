"""Numbers nearer to the present one than those of a change, where a sum has a fact that nobody knows.

The search keeps each sum apart: what one says about a fact that is not known is not taken along to the next comparison.
So it may step over numbers after which the answer is certain all the same. Here they are looked for by asking about
many at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from cso_rules.model.types import Domain, Interval, is_known
from cso_rules.plan.building import Plan
from cso_rules.plan.changes.sizes import Change, Present
from cso_rules.plan.diagrams import Node
from cso_rules.plan.levels import Form

MOST_ASKED = 256
"""Questions about one number of a change; then nothing nearer is offered."""
Reaching = Callable[[Change, str, Interval], tuple[bool, bool]]
"""Whether the answer may follow from a change with one number in a range instead, and whether another one may."""


def nearer(plan: Plan, present: Present, root: Node, changes: Iterable[Change], reaching: Reaching) -> Iterator[Change]:
    """Yield changes with one number as near to the present one, or nearer, after which an answer is certain, too.

    Args:
        plan: The plan.
        present: What is known now.
        root: The diagram of the answer.
        changes: Changes after which it is certain.
        reaching: Asks about new values, of which numbers may be ranges.
    """
    shared = _shared(plan, present.domains, root)
    numbers = ((own, name) for own in changes for name in own if name in shared)
    for change, name in numbers:
        old, kind = present.value(name), present.policy.facts[name].type
        if kind.is_numeric and isinstance(kind.everything, tuple):
            low, high = kind.everything
            for sign, most in ((-1, old - low), (1, high - old)):
                found = _first(partial(reaching, change, name), old, sign, min(abs(change[name] - old), most))
                if found is not None and found != change[name]:
                    yield {**change, name: found}


def _shared(plan: Plan, domains: Mapping[str, Domain], root: Node) -> frozenset[str]:
    """Return the facts that stand in a sum with one that is not known."""
    below = plan.levels_below[root]
    sums = [level for place in plan.forms if below >> place & 1 and isinstance(level := plan.levels[place], Form)]
    opened = [level.names for level in sums if not all(is_known(domains[name]) for name in level.names)]
    return frozenset(name for names in opened for name in names)


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
