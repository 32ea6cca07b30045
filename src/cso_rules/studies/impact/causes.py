"""Why an organization moved: which of the differences between two policies are enough to move it.

In come moved organizations and the differences; out goes one cause for each. Guaranteed: every cause was tried, not
guessed; each organization has exactly one cause, so that causes add up to the number moved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import attrs

from cso_rules.engine.determine import determine
from cso_rules.model.policy import Policy
from cso_rules.model.types import Value
from cso_rules.studies.impact.differences import Chosen, Difference, Differences
from cso_rules.studies.states import State, state_of

Mode = Literal["alone", "either", "together"]
Facts = Mapping[str, Value]


@attrs.frozen
class Cause:
    """Differences that move an organization.

    Attributes:
        differences: By position in `Differences.items`.
        mode: `alone`: this one is enough; `either`: each of these is enough by itself; `together`: all of these are
            needed, and nothing is left over.
    """

    differences: tuple[int, ...]
    mode: Mode


@attrs.define(kw_only=True)
class Attribution:
    """The search for causes between two policies."""

    differences: Differences
    readings: Mapping[str, str]
    decision: str
    policies: dict[Chosen, Policy] = attrs.field(factory=dict)
    read: dict[Chosen, tuple[str, ...]] = attrs.field(factory=dict)
    known: dict[tuple[Chosen, tuple[object, ...]], State] = attrs.field(factory=dict)

    def causes(self, moved: Sequence[tuple[Facts, State]]) -> list[Cause]:
        """Return the cause of each moved organization, given its facts and its state after."""
        enough: list[list[int]] = [[] for _ in moved]
        for place in range(len(self.differences.items)):  # one policy at a time for all: each has to be compiled
            for found, (facts, after) in zip(enough, moved, strict=True):
                if self._state(frozenset({place}), facts) == after:
                    found.append(place)
        return [self._cause(found, *item) for found, item in zip(enough, moved, strict=True)]

    def _cause(self, enough: list[int], facts: Facts, after: State) -> Cause:
        if enough:
            return Cause(tuple(enough), "alone" if len(enough) == 1 else "either")
        needed = self.differences.all
        for place in sorted(self.differences.all):
            rest = needed - {place}
            if rest and self._state(rest, facts) == after:
                needed = rest
        return Cause(tuple(sorted(needed)), "together" if len(needed) > 1 else "alone")

    def _state(self, chosen: Chosen, facts: Facts) -> State:
        policy = self._policy(chosen)
        own = {name: value for name, value in facts.items() if name in policy.facts}
        key = (chosen, tuple((name, own[name]) for name in self.read[chosen] if name in own))
        if key not in self.known:
            self.known[key] = state_of(determine(policy, own, readings=self.readings, ask=False), self.decision)
        return self.known[key]

    def _policy(self, chosen: Chosen) -> Policy:
        if chosen not in self.policies:
            whole = self.differences.mixed(chosen)
            part = whole.part([self.decision]) if self.decision in whole.decisions else whole
            self.policies[chosen] = attrs.evolve(part, constraints=())
            cone = part.cone(self.decision) if self.decision in part.decisions else ()
            self.read[chosen] = tuple(name for name in cone if name in part.facts)
        return self.policies[chosen]


def items_of(cause: Cause, differences: Differences) -> tuple[Difference, ...]:
    """Return the differences of a cause."""
    return tuple(differences.items[place] for place in cause.differences)
