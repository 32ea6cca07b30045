"""Which tiers an organization can have, by trying out its missing facts with the plain function: no executor of the library.

For numbers it is enough to try those beside the numbers of the law, and those that just reach or just miss the sum.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import plain_python
from facts import CHOICES, FACTS, FLAGS

MEMBERS = ("individual_members", "institutional_members")
VALUES: dict[str, tuple[Any, ...]] = {
    **CHOICES,
    **dict.fromkeys(FLAGS, (True, False)),
    "activity_kinds": ((), ("other",)),
    "activity_funds": (0, plain_python.FUNDS),
    "original_fund": (0, *plain_python.ORIGINAL_FUND.values()),
}


def tiers(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """Return every tier that some completion has."""
    absent = [name for name in FACTS if name not in facts]
    found = {
        plain_python.tier({**facts, **dict(zip(absent, values, strict=True))})
        for values in itertools.product(*(_values(name, facts) for name in absent))
    }
    return tuple(sorted(found))


def _values(name: str, facts: Mapping[str, Any]) -> Sequence[Any]:
    if name not in MEMBERS:
        return VALUES[name]
    numbers = (plain_python.INDIVIDUALS, plain_python.INSTITUTIONS, plain_python.MIXED)
    other = facts.get(MEMBERS[name == MEMBERS[0]], 0)
    reached = (plain_python.MIXED - other - 1, plain_python.MIXED - other)
    tried = {0, 1, *numbers, *(number - 1 for number in numbers), *(number for number in reached if number >= 0)}
    return sorted(tried)
