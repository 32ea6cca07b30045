"""The results of one organization, one decision after the other: what formulas leave open is asked of the plan.

A result in which no rule is unknown is exact, since formulas are never wrong, only wide. Of the others the diagrams of
the plan say what is possible. A decision without a diagram keeps what the formulas say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import attrs

from cso_rules.executors.single.once import exact_part, once_for
from cso_rules.model.decisions import AnyDecision, TableDecision, ValueDecision, rules_of
from cso_rules.model.types import Domain, is_known
from cso_rules.results import Result
from cso_rules.truth import Truth

if TYPE_CHECKING:
    from cso_rules.model.policy import Policy
    from cso_rules.plan.asked.questions import Asked


class Answers(dict[str, Result]):
    """The results of the decisions of a policy so far, and what they rest on."""

    def __init__(self, policy: Policy, domains: Mapping[str, Domain]) -> None:
        """Start with no result."""
        self.policy = policy
        self.domains = domains
        self._told: set[str] = set()

    @cached_property
    def asked(self) -> Asked:
        """The plan, asked about this organization."""
        from cso_rules.plan.asked.questions import Asked
        from cso_rules.plan.building import plan_for

        return Asked(plan_for(self.policy), self.domains)

    @cached_property
    def open(self) -> int:
        """The facts and readings that are not known, as bits of `Once`."""
        return once_for(self.policy).open(self.domains)

    def settled(self, decision: AnyDecision, quick: Result, reads: Iterable[str]) -> Result:
        """Return the exact result of a decision, after those that it reads.

        Args:
            decision: The decision.
            quick: What formulas make of the facts and of the earlier results.
            reads: What the decision reads directly.
        """
        from cso_rules.plan.asked.answering import exact_result

        doubtful = [name for name in reads if name in self and self[name].is_doubtful]
        exact = 0
        if not doubtful and not isinstance(decision, ValueDecision):
            found = exact_part(once_for(self.policy), decision, quick, self, self.open)
            if found.is_whole:
                return quick
            exact = found.rules
        if decision.name not in self.asked.plan.roots:
            return widened(decision, quick, [self[name] for name in doubtful])
        if doubtful or isinstance(decision, ValueDecision):
            return exact_result(self.asked, decision)
        self._tell(decision, quick, reads)
        return exact_result(self.asked, decision, quick.true, quick.unknown, exact)

    def _tell(self, decision: AnyDecision, quick: Result, reads: Iterable[str]) -> None:
        """Say what formulas have found out: the plan need not be asked for it."""
        for name in reads:
            if name in self and name not in self._told and name in self.asked.plan.roots:
                self._told.add(name)
                self._tell_rules(name, self[name])
                domain = self[name].domain
                if isinstance(domain, int) and is_known(domain):
                    self.asked.tell(self.asked.plan.roots[name].answer, self.asked.plan.diagrams.terminal(domain))
        self._tell_rules(decision.name, quick)

    def _tell_rules(self, name: str, result: Result) -> None:
        made = self.asked.plan.diagrams
        for place, node in enumerate(self.asked.plan.roots[name].rules):
            if not result.unknown >> place & 1:
                self.asked.tell(node, made.true if result.true >> place & 1 else made.false)


def is_settled(policy: Policy, decision: AnyDecision, quick: Result) -> bool:
    """Tell whether what formulas say is exact, unless an earlier answer may be none or a contradiction."""
    if not isinstance(decision, ValueDecision):
        return not quick.unknown
    if is_known(quick.domain):
        return True
    names = [term.quantity.name for term in decision.terms]
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
