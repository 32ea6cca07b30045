"""What the answers about a decision follow from: organizations that are alike in it have the same, under all readings.

The cells that remain of the levels that the decision reaches tell everything, apart from open sums: of those one fact
that alone goes through the same cases, or else the bounds of all their facts.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cso_rules.plan.asked.cases import Group, Open, groups_of
from cso_rules.plan.building import Plan
from cso_rules.plan.prepared import Attached, cones_of
from cso_rules.plan.sums.open_days import FREE

if TYPE_CHECKING:
    from cso_rules.plan.asked.questions import Asked


class _Reached:
    """What each decision reaches, of those that were asked for."""

    def __init__(self, plan: Plan) -> None:
        """Start with none."""
        self._policy, self._roots, self._levels_below = plan.policy, plan.roots, plan.levels_below
        self._found: dict[str, tuple[int, tuple[str, ...]]] = {}

    def of(self, decision: str) -> tuple[int, tuple[str, ...]]:
        """Return the levels, as bits, and the facts whose very bounds matter because numbers are made of them."""
        found = self._found.get(decision)
        if found is None:
            found = self._found[decision] = self._reached(decision)
        return found

    def _reached(self, decision: str) -> tuple[int, tuple[str, ...]]:
        levels, computed = 0, False
        cone = cones_of(self._policy).of(decision)
        for root in [self._roots[name] for name in cone if name in self._roots]:
            for node in (root.answer, *root.items, *root.rules, *(guard for guard, _ in root.sums)):
                levels |= self._levels_below[node]
            computed |= bool(root.sums)
        return levels, tuple(name for name in cone if name in self._policy.facts) if computed else ()


_reached_of = Attached(_Reached)


def likeness(asked: Asked, decision: str) -> Hashable:
    """Return what is equal for organizations about which everything that is asked of a decision has one answer.

    Args:
        asked: The plan and what is known.
        decision: A decision that has a root in the plan.
    """
    plan, domains = asked.plan, asked.domains
    levels, facts = _reached_of(plan).of(decision)
    state = asked.state & asked.rests.cells.mask(levels)
    if facts:
        return state, tuple([domains.get(name) for name in facts])
    return (state, *[part for group in groups_of(plan).of(levels) for part in _of_sums(asked, group)])


def _of_sums(asked: Asked, group: Group) -> Iterator[Hashable]:
    """Yield what of the sums that share facts the cells do not tell."""
    domains: Mapping[str, Any] = asked.domains
    bounds = tuple([domains.get(name, FREE) for name in group.names])
    are_open = tuple([low < high for low, high in bounds])
    yield are_open
    if group.free >= len(group.names):
        return
    if not group.is_plain or sum(are_open) > 1:
        yield bounds
    elif isinstance(found := group.open(domains, asked.state), Open):
        yield found
