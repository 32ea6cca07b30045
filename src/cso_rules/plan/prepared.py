"""What is worked out once for a policy and remembered, within a bound."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final, Generic, TypeVar

from cso_rules.model.policy import Policy

Made = TypeVar("Made")

MOST_POLICIES: Final = 32


class Prepared(Generic[Made]):
    """A function of a policy alone, whose results are remembered for the policies that came last."""

    def __init__(self, build: Callable[[Policy], Made]) -> None:
        """Keep the function.

        Args:
            build: What is worked out for a policy.
        """
        self._build = build
        self._kept: dict[int, tuple[Policy, Made]] = {}
        self._adding = Lock()

    def __call__(self, policy: Policy) -> Made:
        """Return what belongs to this very policy."""
        # The policy is held too, so that its identity stays taken while it is remembered.
        found = self._kept.get(id(policy))
        return (found or self._remember(policy))[1]

    def _remember(self, policy: Policy) -> tuple[Policy, Made]:
        found = policy, self._build(policy)
        with self._adding:
            while len(self._kept) >= MOST_POLICIES:
                del self._kept[next(iter(self._kept))]
            self._kept[id(policy)] = found
        return found
