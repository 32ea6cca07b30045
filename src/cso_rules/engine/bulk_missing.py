"""Which facts can still change answers about many rows, as planes in the order in which they are asked for."""

from __future__ import annotations

from collections.abc import Sequence

from cso_rules.executors.planes.bits import Plane
from cso_rules.executors.planes.executor import Answers
from cso_rules.executors.planes.extra import np
from cso_rules.model.policy import Policy


class MissingFacts:
    """Which facts can still change open answers, batch after batch."""

    def __init__(self, policy: Policy) -> None:
        """Prepare for the decisions of a policy."""
        self.policy = policy
        self._facts: dict[str, tuple[str, ...]] = {}

    def facts_of(self, decision: str) -> tuple[str, ...]:
        """Return the facts that a decision depends on, in the order in which to ask: data before judgements."""
        if decision not in self._facts:
            found = (name for name in self.policy.cone(decision) if name in self.policy.facts)
            self._facts[decision] = tuple(sorted(found, key=lambda name: self.policy.facts[name].is_judged))
        return self._facts[decision]

    def planes(self, answers: Answers, names: Sequence[str]) -> dict[str, list[Plane]]:
        """Return for each decision where each of its facts is missing.

        Args:
            answers: What was answered, with `with_missing`.
            names: The decisions.
        """
        nothing = np.zeros(answers.columns.words, np.uint64)
        found = {name: answers.missing(name) for name in names}
        return {name: [found[name].get(fact, nothing) for fact in self.facts_of(name)] for name in names}


def undetermined(answers: Answers, name: str) -> Plane:
    """Return where an answer is undetermined: it has no other status."""
    settled = np.zeros(answers.columns.words, np.uint64)
    for plane in answers.statuses(name).values():
        settled |= plane
    return ~settled
