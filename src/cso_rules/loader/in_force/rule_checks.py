"""What the plan of one day shows to be wrong with rules, reported where they are written.

These faults stop a load: cases that are left open, criteria that ask nothing, and rules whose own words contradict one
another. What only shows over several days, or between decisions, is a matter of `check` (`rule_trials`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import attrs

from cso_rules.diagnostics import Diagnostic, diagnostic
from cso_rules.loader.documents.declarations import DecisionDeclaration, RuleDeclaration
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.documents.rule_files import first_line
from cso_rules.loader.in_force.example_words import example, ids
from cso_rules.model.civil_dates import FIRST, LAST
from cso_rules.model.decisions import CriteriaDecision, Rule, TableDecision
from cso_rules.model.expressions import Constant, Expression, Or, operands, variables
from cso_rules.model.policy import Policy
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.building import Inexact, Plan, nodes_of
from cso_rules.plan.shown.exactness import inexact_decisions
from cso_rules.plan.shown.proofs import Proofs
from cso_rules.source import Span

OF_ONE_DAY = frozenset({"never-holds", "unreachable-row", "missing-otherwise", "vacuous-criteria"})
"""What is reported here; after other faults nothing is shown."""
ROWS_AT_LOAD = 200
"""A larger table is searched for rows that others cover by `check` alone."""
REASONS = {Inexact.LARGE: "large", Inexact.READS: "reads", Inexact.SUMS: "sums"}


@attrs.frozen(kw_only=True)
class RuleChecks:
    """Reports what is wrong with the rules of one day.

    Attributes:
        anybody: An organization of which nothing is known, before the plan of the decisions without other faults.
        declared: How they are written.
    """

    reader: Reader
    anybody: Asked
    declared: Mapping[str, DecisionDeclaration]

    @property
    def plan(self) -> Plan:
        """The plan that is asked."""
        return self.anybody.plan

    def report(self, names: Collection[str]) -> Iterator[str]:
        """Report everything about some decisions, and yield those of which there is nothing to report."""
        inexact = inexact_decisions(self.plan)
        for name, reason in inexact.items():
            self.reader.report(
                "not-shown", self.declared[name].span, helps=(REASONS[reason],), severity="warning", name=name
            )
        for name in filter(names.__contains__, self.plan.roots):
            before = len(self.reader.diagnostics)
            self._report_of(self.declared[name], Proofs(self.anybody, name))
            if name not in inexact and len(self.reader.diagnostics) == before:
                yield name

    def _report_of(self, written: DecisionDeclaration, proofs: Proofs) -> None:
        if isinstance(proofs.decision, CriteriaDecision):
            self._impossible_criteria(written, proofs)
            self._vacuous(written, proofs)
        elif isinstance(proofs.decision, TableDecision):
            self._impossible_rows(written, proofs)
            self._open(written, proofs)

    # ------------------------------------------------------------------------------------------ criteria

    def _impossible_criteria(self, written: DecisionDeclaration, proofs: Proofs) -> None:
        """Report criteria that are never met, or never apply, and a list that cannot be met at all."""
        never = [rule for rule in proofs.rules if self._is_never_met(proofs, rule)]
        for rule in never:
            self._never(when(written_rules(written)[rule.written]), rule.id)
        if not never and all(self._speaks_of_facts(rule.condition) for rule in proofs.rules):
            met = self.plan.diagrams.conjunction(self.plan.roots[written.name].rules)
            if proofs.is_impossible(met):
                self._never(written.span, written.name)

    def _is_never_met(self, proofs: Proofs, rule: Rule) -> bool:
        """Tell whether a criterion never applies, or is never met where it does."""
        parts = [_asked(rule), *([] if rule.applies_when is None else [rule.applies_when])]
        parts = [part for part in parts if self._speaks_of_facts(part)]
        return any(map(proofs.is_impossible, nodes_of(self.plan, parts)))

    def _speaks_of_facts(self, condition: Expression) -> bool:
        """Tell whether a condition reads no other decision and compares nothing that the day alone decides."""
        return not _has_constant(condition) and not self.plan.policy.decisions.keys() & set(variables(condition))

    def _never(self, span: Span, name: str) -> None:
        """Report what never holds; of the first and the last day there is, nothing is concluded."""
        day = self.plan.policy.as_of
        if day.toordinal() not in {FIRST, LAST}:
            self.reader.report("never-holds", span, name=name, found=day.isoformat())

    def _vacuous(self, written: DecisionDeclaration, proofs: Proofs) -> None:
        known = proofs.asked_in_vain()
        if known is not None:
            self.reader.report(
                "vacuous-criteria", written.span, name=written.name, example=example(self.plan.policy, known)
            )

    # ------------------------------------------------------------------------------------------ tables

    def _impossible_rows(self, written: DecisionDeclaration, proofs: Proofs) -> None:
        """Report rows that never hold, and rows that others cover."""
        rows = written_rules(written)
        conditional = proofs.rules[:-1] if written.otherwise else proofs.rules
        impossible = [rule for rule in proofs.impossible() if rule in conditional]
        never = [rule for rule in impossible if self._speaks_of_facts(rule.condition)]
        for rule in never:
            self._never(when(rows[rule.written]), rule.id)
        if (
            never
            or len(conditional) > ROWS_AT_LOAD
            or not all(self._speaks_of_facts(rule.condition) or rows[rule.written].is_bare for rule in conditional)
        ):
            return
        for rule in proofs.idle():
            self.reader.diagnostics.append(idle_row(rows[rule.written].span, proofs, rule))

    def _open(self, written: DecisionDeclaration, proofs: Proofs) -> None:
        known = proofs.open_case()
        if known is not None:
            self.reader.report(
                "missing-otherwise", written.span, name=written.name, example=example(self.plan.policy, known)
            )


def idle_row(span: Span, proofs: Proofs, rule: Rule) -> Diagnostic:
    """Return the fault of a row that others cover, with somebody for whom it holds and they win."""
    found = proofs.covered(rule)
    if found is None:
        return diagnostic("unreachable-row", span, name=rule.id)
    return diagnostic(
        "unreachable-row",
        span,
        helps=("covered", "remedy"),
        example=example(proofs.plan.policy, found[0]),
        name=rule.id,
        found=ids(other for other in found[1] if other is not rule),
    )


def written_rules(decision: DecisionDeclaration) -> Mapping[str, RuleDeclaration]:
    """Return how each rule is written, by its id, the row for all other cases too."""
    rest = () if decision.otherwise is None else (decision.otherwise,)
    return {rule.id: rule for rule in (*decision.rules, *rest)}


def when(rule: RuleDeclaration) -> Span:
    """Return where a rule says when it holds."""
    return first_line(rule.span) if rule.when is None else rule.when.span


def has_other_faults(reader: Reader) -> bool:
    """Tell whether faults of another kind might mislead what is shown."""
    return any(fault.severity == "error" and fault.code not in OF_ONE_DAY for fault in reader.diagnostics)


def checkable(policy: Policy, unsound: Iterable[str]) -> Policy:
    """Return the policy without the decisions that have other faults, and without those that read them."""
    faulty = set(unsound)
    return policy.part(name for name in policy.decisions if not faulty & set(policy.cone(name))) if faulty else policy


def _has_constant(condition: Expression) -> bool:
    return isinstance(condition, Constant) or any(map(_has_constant, operands(condition)))


def _asked(rule: Rule) -> Expression:
    """Return what a criterion asks where it applies."""
    if rule.applies_when is None or not isinstance(rule.condition, Or):
        return rule.condition
    return rule.condition.operands[-1]
