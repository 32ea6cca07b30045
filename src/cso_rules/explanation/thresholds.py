"""The number from which an answer is another one, where a single missing number decides."""

from __future__ import annotations

import attrs

from cso_rules.determination import Determination, Status
from cso_rules.engine.determine import determine
from cso_rules.engine.witnesses import witnesses
from cso_rules.model.types import Between, Value

TWO: int = 2


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
    (fact,), kind = missing, found.policy.facts[missing[0]].type
    if not kind.is_numeric or len(found[decision].possible) != TWO:
        return None
    pairs = [
        (kind.encode_number(values[fact]), answer) for answer, values in _examples(found, decision) if fact in values
    ]
    if len(pairs) != TWO or abs(pairs[0][0] - pairs[1][0]) != 1:
        return None
    (low, below), (high, reached) = sorted(pairs, key=lambda pair: pair[0])
    number = kind.decode_number(high)
    known = found.known[fact]
    assert isinstance(known, tuple)
    is_parted = _is_answer(found, decision, fact, (known[0], low), below) and _is_answer(
        found, decision, fact, (high, known[1]), reached
    )
    return Threshold(fact=fact, number=number, below=below, reached=reached) if is_parted else None


def _examples(found: Determination, decision: str) -> tuple[tuple[Value, dict[str, Value]], ...]:
    return witnesses(found.policy, found.known, decision)


def _is_answer(found: Determination, decision: str, fact: str, ends: tuple[int, int], answer: Value) -> bool:
    """Tell whether an answer is sure for every number between two ends."""
    low, high = map(found.policy.facts[fact].type.decode_number, ends)
    given = {**found.facts, fact: Between(low=low, high=high)}  # type: ignore[arg-type]
    return determine(found.policy, given, readings=found.readings, ask=False)[decision].value == answer
