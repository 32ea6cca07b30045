"""Witnesses: for each answer that remains possible, values of the missing facts that lead to it.

In come a policy, domains and a decision; out go pairs of answer and completion.
Guaranteed: evaluating the completion gives that answer, and it violates no constraint for certain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from cso_rules.determination import Result
from cso_rules.engine.completions import Atom, atoms_of, representatives
from cso_rules.engine.missing_facts import Open
from cso_rules.executors.single.reference import holds
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, Value, is_known
from cso_rules.truth import Truth

Evaluate = Callable[[Policy, Mapping[str, Domain]], dict[str, Result]]
Completion = dict[str, Domain]
MOST_ANSWERS = 4
MOST_EVALUATIONS = 2000


def witnesses(
    policy: Policy, domains: Mapping[str, Domain], decision: str, evaluate: Evaluate
) -> tuple[tuple[Value, dict[str, Value]], ...]:
    """Return one completion for each answer that remains possible, at most four answers.

    Args:
        policy: Rules in force.
        domains: Domain of every fact and reading.
        decision: A decision whose answer is a boolean or a value of an enumeration.
        evaluate: The executor to use.
    """
    possible = evaluate(policy, domains)[decision].domain
    if not isinstance(possible, int) or is_known(possible):
        return ()
    answers = [1 << bit for bit in range(possible.bit_length()) if possible >> bit & 1][:MOST_ANSWERS]
    comparisons = atoms_of(policy, decision)
    share = MOST_EVALUATIONS // len(answers)
    searches = [_Search(policy, decision, evaluate, comparisons, answer, share) for answer in answers]
    found = [(search.wanted, search.run(domains, {})) for search in searches]
    kind = policy.decisions[decision].type
    return tuple(
        (value, _decoded(policy, completion))
        for bit, completion in found
        if completion is not None and (value := kind.decode(bit)) is not None
    )


def _decoded(policy: Policy, completion: Completion) -> dict[str, Value]:
    decoded = {name: policy.variable_type(name).decode(domain) for name, domain in completion.items()}
    return {name: value for name, value in decoded.items() if value is not None}


@attrs.define
class _Search:
    """A depth-first search for one answer, with a budget of evaluations."""

    policy: Policy
    decision: str
    evaluate: Evaluate
    comparisons: tuple[Atom, ...]
    wanted: int
    budget: int

    def run(self, domains: Mapping[str, Domain], chosen: Completion) -> Completion | None:
        """Return the choices that lead to the wanted answer, or None."""
        environment = {**domains, **chosen}
        if self.budget <= 0 or self._is_contradictory(environment):
            return None
        self.budget -= 1
        results = self.evaluate(self.policy, environment)
        found = results[self.decision]
        if found.domain == self.wanted and found.conflict is Truth.FALSE:
            return chosen
        if not isinstance(found.domain, int) or not found.domain & self.wanted:
            return None
        return self._try_next(domains, chosen, self._next(environment))

    def _try_next(self, domains: Mapping[str, Domain], chosen: Completion, name: str | None) -> Completion | None:
        if name is None:
            return None
        kind, environment = self.policy.variable_type(name), {**domains, **chosen}
        for point in representatives(kind, name, self.comparisons, environment):
            found = self.run(domains, {**chosen, name: point})
            if found is not None:
                return found
        return None

    def _next(self, environment: Mapping[str, Domain]) -> str | None:
        left = Open(self.policy, environment)
        return next(iter([*left.facts(self.decision), *left.readings(self.decision)]), None)

    def _is_contradictory(self, environment: Mapping[str, Domain]) -> bool:
        return any(holds(part.condition, environment) is Truth.FALSE for part in self.policy.constraints)
