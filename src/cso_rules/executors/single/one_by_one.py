"""The results of single decisions about an organization, each asked of the plan when somebody wants it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from cso_rules.executors.single.compiled import evaluate
from cso_rules.model.types import Domain
from cso_rules.results import Result

if TYPE_CHECKING:
    from cso_rules.model.policy import Policy
    from cso_rules.plan.asked.questions import Asked


class OneByOne(Mapping[str, Result]):
    """The results that `compiled.evaluate` gives, for those who want a few of them.

    Explanations ask what a decision would be under each way to read a text; of dozens they want one or two.
    """

    def __init__(self, policy: Policy, domains: Mapping[str, Domain]) -> None:
        """Start with no result.

        Args:
            policy: Rules in force.
            domains: The domain of every fact and reading.
        """
        self._policy = policy
        self._domains = domains
        self._results: dict[str, Result] = {}
        self._asked: Asked | None = None

    def __getitem__(self, name: str) -> Result:
        """Return the exact result of a decision; that of formulas where the plan holds none of it."""
        found = self._results.get(name)
        if found is None:
            found = self._results[name] = self._result(name)
        return found

    def _result(self, name: str) -> Result:
        from cso_rules.plan.asked.answering import exact_result
        from cso_rules.plan.asked.questions import Asked
        from cso_rules.plan.building import plan_for

        decision = self._policy.decisions[name]
        plan = plan_for(self._policy)
        if name not in plan.roots:
            self._results = evaluate(self._policy, self._domains)
            return self._results[name]
        if self._asked is None:
            self._asked = Asked(plan, self._domains)
        return exact_result(self._asked, decision)

    def __iter__(self) -> Iterator[str]:
        """Return the names of the decisions."""
        return iter(self._policy.decisions)

    def __len__(self) -> int:
        """Return the number of decisions."""
        return len(self._policy.decisions)
