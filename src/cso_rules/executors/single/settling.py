"""The results of one organization, one decision after the other: what formulas leave open is asked of the plan.

A result in which no rule is unknown is exact, since formulas are never wrong, only wide. Of the others the diagrams of
the plan say what is possible. A decision without a diagram keeps what the formulas say.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

import attrs

from cso_rules.executors.single.compiled_results import Case
from cso_rules.model.decisions import AnyDecision, TableDecision, ValueDecision, rules_of
from cso_rules.model.types import Domain, is_known
from cso_rules.results import Result
from cso_rules.truth import Truth

if TYPE_CHECKING:
    from cso_rules.model.policy import Policy
    from cso_rules.plan.asked.questions import Asked
    from cso_rules.plan.asked.steps import Decided
    from cso_rules.plan.building import Plan


class Answers(dict[str, Result]):
    """The results of the decisions of a policy so far, and what they rest on."""

    def __init__(self, policy: Policy, domains: Mapping[str, Domain], asked: Asked | None = None) -> None:
        """Start with no result."""
        self.policy = policy
        self.domains = domains
        self._asked = asked

    @property
    def asked(self) -> Asked:
        """The plan, asked about this organization."""
        if self._asked is None:
            ask, plan_for, _, _ = _plan()
            self._asked = ask(plan_for(self.policy), self.domains)
        return self._asked

    @property
    def is_asked(self) -> bool:
        """Whether the plan was asked."""
        return self._asked is not None

    def answer_by_shape(self, decisions: Iterable[str]) -> bool:
        """Add the exact results of decisions, up to the first one that needs formulas; tell whether none does."""
        asked = self._asked or self.asked
        return _plan()[3](asked, decisions, self)

    def settled(
        self, decision: AnyDecision, case: Case, quick: Callable[[], Result], doubtful: Collection[str]
    ) -> Result:
        """Return the exact result of a decision, after those that it reads.

        Args:
            decision: The decision.
            case: Which of its rules formulas make true, and which unknown; nothing of a number or date.
            quick: Returns what formulas make of the facts and of the earlier results.
            doubtful: Decisions that it reads directly whose answer may be none, or a contradiction.
        """
        asked = self._asked or self.asked
        if decision.name not in asked.plan.roots:
            return widened(decision, quick(), [self[name] for name in doubtful])
        return _plan()[2](asked, decision.name, None if doubtful else case, self).result


@cache
def _plan() -> tuple[type[Asked], Callable[[Policy], Plan], Callable[..., Decided], Callable[..., bool]]:
    """Return what asks a plan: most organizations of which all is known never need it."""
    from cso_rules.plan.asked.answering import answer_by_shape, decided
    from cso_rules.plan.asked.questions import Asked
    from cso_rules.plan.building import plan_for

    return Asked, plan_for, decided, answer_by_shape


def is_settled(policy: Policy, decision: AnyDecision, quick: Result) -> bool:
    """Tell whether what formulas say is exact, unless an earlier answer may be none or a contradiction."""
    if not isinstance(decision, ValueDecision):
        return not quick.unknown
    if is_known(quick.domain) or quick.none is Truth.TRUE:
        return quick.none is not Truth.UNKNOWN
    if decision.only is None:
        return False
    names = [term.quantity.name for term in decision.only.terms]
    return len(set(names)) == len(names) and policy.facts.keys() >= set(names)  # else its ends may be out of reach


def widened(decision: AnyDecision, quick: Result, doubtful: Iterable[Result]) -> Result:
    """Return a result of formulas, made sound where answers that it rests on may be none or a contradiction."""
    found = list(doubtful)
    if not found:
        return quick
    conflicts = {result.conflict for result in found}
    conflict = Truth.TRUE if Truth.TRUE in conflicts else Truth.FALSE
    if conflict is Truth.FALSE and (Truth.UNKNOWN in conflicts or quick.conflict is not Truth.FALSE):
        conflict = Truth.UNKNOWN
    if all(result.none is Truth.FALSE for result in found):
        return attrs.evolve(quick, conflict=conflict)
    everything = (1 << len(rules_of(decision))) - 1
    has_none = isinstance(decision, ValueDecision) or (isinstance(decision, TableDecision) and not decision.otherwise)
    none = Truth.UNKNOWN if has_none else Truth.FALSE
    return Result(decision.type.everything, 0, everything, conflict, none)
