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
    once, twice, bound = 0, 0, rests.bound_bits
    pairs: list[tuple[int, Rest]] = []
    for condition in conditions:
        levels = rests.sharing(condition.levels) if condition.levels & bound else condition.levels
        twice |= once & levels
        once |= levels
        pairs.append((levels, condition))
    if not twice:
        return conditions
    found = [one for levels, one in pairs if not levels & twice]
    return found + _joined(rests, [pair for pair in pairs if pair[0] & twice])


def is_one_impossible(asked: Asked, conditions: Sequence[Rest], parts: Sequence[Rest]) -> bool:
    """Tell whether one of the conditions that stand for others (`apart`), each of which can be met, cannot."""
    holds, forms = asked.rests.true.ends, asked.rests.form_bits
    for part in parts:
        if not part.ends & holds:
            return True
        if part.levels & forms and part not in conditions and not asked.ends_of(part) & holds:
            return True
    return False


def _joined(rests: Rests, pairs: Sequence[tuple[int, Rest]]) -> list[Rest]:
    """Return conditions, each with the levels that it shares, where those that share facts are one condition."""
    found: list[tuple[int, Rest]] = []
    for own, condition in pairs:
        levels, one = own, condition
        others = []
        for pair in found:
            if pair[0] & levels:
                levels |= pair[0]
                one = rests.choose(pair[1], one, rests.false)
            else:
                others.append(pair)
        found = [*others, (levels, one)]
    return [one for _, one in found]
