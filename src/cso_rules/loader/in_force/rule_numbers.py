"""Numbers decisions by all that they rest on, so that what was shown of one on a day need not be shown on another."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Mapping
from typing import Final

from cso_rules.loader.documents.declarations import DecisionDeclaration
from cso_rules.model.policy import Policy

MOST_REMEMBERED: Final = 1 << 14

_next = itertools.count(1)
"""No number is given twice, whatever is forgotten meanwhile and in however many threads."""
_numbers: dict[Hashable, int] = {}
"""A number for each decision with all that it rests on; decisions that are equal in everything share it."""
sound: set[int] = set()
"""The numbers of decisions that were shown to have no fault."""


def numbers_of(policy: Policy, declared: Mapping[str, DecisionDeclaration]) -> dict[str, int]:
    """Return a number for each decision, the same one wherever what is shown of it would be the same.

    Args:
        policy: Decisions in dependency order.
        declared: How they are written.
    """
    if len(_numbers) > MOST_REMEMBERED:
        _numbers.clear()
        sound.clear()
    found: dict[str, int] = {}
    for name, decision in policy.decisions.items():
        reads = tuple((source, found.get(source) or _kind(policy, source)) for source in policy.reads[name])
        is_bare = tuple(rule.is_bare for rule in declared[name].rules)
        found[name] = _numbers.setdefault((decision, is_bare, reads), next(_next))
    return found


def _kind(policy: Policy, name: str) -> Hashable:
    return policy.readings[name] if name in policy.readings else policy.variable_type(name)
