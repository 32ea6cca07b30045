"""What is worked out once for a policy and remembered, within a bound."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from cso_rules.model.policy import Policy

Made = TypeVar("Made")

MOST_POLICIES: Final = 16


_offered: dict[int, tuple[Policy, Callable[[Policy], Any]]] = {}
"""What was kept, by the identity of its policy, which is held so that the identity stays taken."""


def offer(policy: Policy, take_up: Callable[[Policy], object | None]) -> None:
    """Let what was kept for a policy in an earlier process be taken up when it is asked for, instead of being made.

    Args:
        policy: The policy.
        take_up: Returns what was kept; None where it cannot be used.
    """
    while len(_offered) >= MOST_POLICIES:
        _offered.pop(next(iter(_offered)), None)
    _offered[id(policy)] = (policy, take_up)


def _take_up(policy: Policy) -> Any:
    _, take_up = _offered.pop(id(policy), (policy, None))
    return None if take_up is None else take_up(policy)


class Prepared(Generic[Made]):
    """A function of a policy alone, whose results are remembered for the policies that came last."""

    def __init__(self, build: Callable[[Policy], Made], *, is_kept: bool = False) -> None:
        """Keep the function.

        Args:
            build: What is worked out for a policy.
            is_kept: Whether it may have been kept from an earlier process.
        """
        self._build = build
        self._is_kept = is_kept
        self._kept: dict[int, tuple[Policy, Made]] = {}
        self._adding = Lock()

    def __call__(self, policy: Policy) -> Made:
        """Return what belongs to this very policy."""
        # The policy is held too, so that its identity stays taken while it is remembered.
        found = self._kept.get(id(policy))
        return (found or self._remember(policy))[1]

    def _remember(self, policy: Policy) -> tuple[Policy, Made]:
        made: Made | None = _take_up(policy) if self._is_kept else None
        found = policy, self._build(policy) if made is None else made
        with self._adding:
            while len(self._kept) >= MOST_POLICIES:
                del self._kept[next(iter(self._kept))]
            self._kept[id(policy)] = found
        return found


class Attachable(Protocol):
    """What things are worked out for and attached to."""

    @property
    def attached(self) -> dict[object, Any]:
        """What was worked out, by what worked it out."""


Subject = TypeVar("Subject", bound=Attachable)


class Attached(Generic[Subject, Made]):
    """A function of an object alone, whose results are remembered for as long as the object is there.

    They should not hold the object: then they are let go of with it, without waiting for the garbage collector.
    """

    def __init__(self, build: Callable[[Subject], Made]) -> None:
        """Keep the function."""
        self._build = build

    def __call__(self, subject: Subject) -> Made:
        """Return what belongs to this very object."""
        found: Made | None = subject.attached.get(self)
        return subject.attached.setdefault(self, self._build(subject)) if found is None else found


class Cones:
    """What the decisions of a policy depend on, of those that were asked for already."""

    def __init__(self, policy: Policy) -> None:
        """Start with none."""
        self._policy = policy
        self._found: dict[str, tuple[str, ...]] = {}

    def of(self, decision: str) -> tuple[str, ...]:
        """Return every fact, reading and decision that a decision depends on, itself first."""
        found = self._found.get(decision)
        if found is None:
            found = self._found[decision] = self._policy.cone(decision)
        return found


cones_of = Prepared(Cones)
