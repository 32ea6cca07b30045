"""How an answer depends on the way an ambiguous text was read, one reading at a time."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from cso_rules.determination import Determination, Outcome
from cso_rules.engine.determine import determine
from cso_rules.model.policy import Policy


@attrs.frozen(kw_only=True)
class Alternative:
    """What the answer would be under another option of a reading."""

    reading: str
    option: str
    outcome: Outcome


def sensitivity(determination: Determination, decision: str, *, engine: str = "compiled") -> tuple[Alternative, ...]:
    """Return the other readings that would change the answer to a decision.

    Readings are varied one at a time around those of the determination; nothing is claimed about pairs. Readings that
    the law leaves open are part of the outcome itself (`by_reading`) and are not repeated here.

    Args:
        determination: The answer to vary.
        decision: Name of the decision whose answer is compared.
        engine: As in `determine`.
    """
    return tuple(
        alternative
        for reading, option in _options(determination.policy, decision, determination)
        if (alternative := _alternative(determination, decision, reading, option, engine)) is not None
    )


def _options(policy: Policy, decision: str, determination: Determination) -> Iterator[tuple[str, str]]:
    for name in policy.cone(decision):
        if name in determination.readings:
            options = policy.readings[name].type.values
            yield from ((name, option) for option in options if option != determination.readings[name])


def _alternative(
    determination: Determination, decision: str, reading: str, option: str, engine: str
) -> Alternative | None:
    readings = {**determination.readings, reading: option}
    varied = determine(determination.policy, determination.facts, readings=readings, engine=engine, ask=False)
    found, actual = varied.outcomes[decision], determination.outcomes[decision]
    differs = (found.status, found.domain) != (actual.status, actual.domain)
    return Alternative(reading=reading, option=option, outcome=found) if differs else None
