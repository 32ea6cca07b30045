"""Conditions that share nothing open: whether all hold is asked of each alone, and no product of them is made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cso_rules.plan.asked.rests import Rest, Rests

if TYPE_CHECKING:
    from cso_rules.plan.asked.questions import Asked


def apart(rests: Rests, conditions: Sequence[Rest]) -> Sequence[Rest]:
    """Return conditions that hold together exactly where some others do, no two of which depend on the same facts.

    Each of the others can be met by itself, and need not be met.
    """
    seen, bound = 0, rests.bound_bits
    for condition in conditions:
        levels = rests.sharing(condition.levels) if condition.levels & bound else condition.levels
        if levels & seen:
            return _joined(rests, conditions)
        seen |= levels
    return conditions


def is_one_impossible(asked: Asked, conditions: Sequence[Rest], parts: Sequence[Rest]) -> bool:
    """Tell whether one of the conditions that stand for others (`apart`), each of which can be met, cannot."""
    holds, told = asked.rests.true.ends, set(conditions)
    return any(not asked.ends_of(part) & holds for part in parts if part not in told)


def _joined(rests: Rests, conditions: Sequence[Rest]) -> list[Rest]:
    """Return the same where those that share facts are one condition."""
    found: list[tuple[int, Rest]] = []
    for condition in conditions:
        levels, one = rests.sharing(condition.levels), condition
        others = []
        for pair in found:
            if pair[0] & levels:
                levels |= pair[0]
                one = rests.choose(pair[1], one, rests.false)
            else:
                others.append(pair)
        found = [*others, (levels, one)]
    return [one for _, one in found]
