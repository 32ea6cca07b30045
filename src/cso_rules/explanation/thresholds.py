"""The number from which an answer is another one, where a single missing number decides."""

from __future__ import annotations

import attrs

from cso_rules.determination import Determination, Status
from cso_rules.engine.determine import determine
from cso_rules.model.types import Between, Value


@attrs.frozen(kw_only=True)
class Threshold:
    """Where a missing number parts two answers: below it one, from it on the other, whatever the number is."""

    fact: str
    number: Value
    below: Value
    reached: Value


def threshold_of(found: Determination, decision: str) -> Threshold | None:
    """Return the number that parts two possible answers; None where more is missing, or several numbers part them."""
    missing = [item.name for item in found.missing_facts if decision in item.settles]
    if len(missing) != 1 or found[decision].status is not Status.UNDETERMINED or found.open_readings:
        return None
    fact, ends = missing[0], found.known[missing[0]]
    if not found.policy.facts[fact].type.is_numeric or not isinstance(ends, tuple):
        return None
    below, reached = (_answer(found, decision, fact, (end, end)) for end in ends)
    number = _first(found, decision, fact, reached)
    is_parted = None not in {below, reached} and below != reached and number > ends[0]
    if not is_parted or _answer(found, decision, fact, (ends[0], number - 1)) != below:
        return None
    if below is None or reached is None or _answer(found, decision, fact, (number, ends[1])) != reached:
        return None
    shown = found.policy.facts[fact].type.decode_number(number)
    return Threshold(fact=fact, number=shown, below=below, reached=reached)


def _first(found: Determination, decision: str, fact: str, reached: Value | None) -> int:
    """Return a number with the answer of the greatest one, whose predecessor has another one; found by halving."""
    ends = found.known[fact]
    assert isinstance(ends, tuple)
    low, high = ends
    while high - low > 1:
        middle = (low + high) // 2
        if _answer(found, decision, fact, (middle, middle)) == reached:
            high = middle
        else:
            low = middle
    return high


def _answer(found: Determination, decision: str, fact: str, ends: tuple[int, int]) -> Value | None:
    """Return the answer that is sure for every number between two ends; None where none is."""
    low, high = map(found.policy.facts[fact].type.decode_number, ends)
    given = {**found.facts, fact: Between(low=low, high=high)}  # type: ignore[arg-type]
    return determine(found.policy, given, readings=found.readings, ask=False)[decision].value
