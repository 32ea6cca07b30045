"""Rules that can do nothing: rows that are never reached, cases that are left open, conditions that never hold."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Mapping

import attrs

from cso_rules.loader.documents.declarations import DecisionDeclaration, RuleDeclaration
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.documents.rule_files import first_line
from cso_rules.loader.in_force.cells import Effort, are_apart, is_reached, limits, never_together, uncovered
from cso_rules.loader.in_force.contradictions import never_holds
from cso_rules.model.civil_dates import FIRST, LAST
from cso_rules.model.decisions import MULTIPLE_HITS, Rule, rules_of
from cso_rules.model.expressions import Expression, Or
from cso_rules.model.policy import Policy
from cso_rules.model.types import Type
from cso_rules.plan.building import plan_of
from cso_rules.plan.diagrams import TooLargeError
from cso_rules.plan.questions import Asked
from cso_rules.source import Span

PROVED_ROWS = 200
"""Larger tables are not searched for unreached rows; their pairs are shown disjoint by single variables only."""


@attrs.frozen(kw_only=True)
class RuleChecks:
    """Reports what is wrong with the rules of a decision on one date, as far as it can be shown."""

    reader: Reader
    types: Mapping[str, Type]
    as_of: datetime.date

    def rows(self, decision: DecisionDeclaration, rules: list[Rule]) -> None:
        """Report rows that are never reached, and tables that leave a case open."""
        if decision.hit_policy in MULTIPLE_HITS:
            return
        asked = [rule.condition for rule in rules]
        if decision.hit_policy == "first" and len(rules) <= PROVED_ROWS:
            effort = Effort()
            for index, rule in enumerate(rules):
                if not is_reached(asked[:index], rule.condition, self.types, effort):
                    self.reader.report("unreachable-row", rule.span, name=rule.id)
            self._say_not_shown(decision, effort)
        gap = uncovered(asked, self.types)
        if decision.otherwise and gap is None:
            self.reader.report("unreachable-row", decision.otherwise.span, name=decision.otherwise.id)
        if decision.otherwise is None and gap is not None:
            self.reader.report("missing-otherwise", decision.span, name=decision.name)

    def possible(self, decision: DecisionDeclaration, declared: list[RuleDeclaration], rules: tuple[Rule, ...]) -> None:
        """Report criteria that can never be met, or never apply, and a list that cannot be met at all."""
        count, written = len(self.reader.diagnostics), {rule.id: rule for rule in declared}
        for rule in rules:
            asked = _asked(rule)
            for part in (asked, rule.applies_when):
                self._report_impossible(_when(written[rule.id]), rule.id, [] if part is None else [part])
        if len(self.reader.diagnostics) == count:
            self._report_impossible(decision.span, decision.name, [rule.condition for rule in rules])

    def _report_impossible(self, span: Span, name: str, asked: list[Expression]) -> None:
        if never_holds(asked, self.types):
            self._report(span, name)

    def _report(self, span: Span, name: str) -> None:
        """Report what never holds, once; of the first and the last day there is, nothing is concluded."""
        is_known = any(fault.code == "never-holds" and fault.span == span for fault in self.reader.diagnostics)
        if not is_known and self.as_of.toordinal() not in {FIRST, LAST}:
            self.reader.report("never-holds", span, name=name, found=self.as_of.isoformat())

    def vacuous(self, decision: DecisionDeclaration, rules: tuple[Rule, ...]) -> None:
        """Report criteria that hold merely because none of them applies."""
        applies = [rule.applies_when for rule in rules if rule.applies_when is not None]
        if len(applies) == len(rules) and isinstance(uncovered(applies, self.types), dict):
            self.reader.report("vacuous-criteria", decision.span, name=decision.name)

    def never_held(self, written: RuleDeclaration, row: Rule) -> None:
        """Report a row of a list whose condition never holds."""
        self._report_impossible(_when(written), row.id, [row.condition])

    def disjoint(self, decision: DecisionDeclaration, asked: list[Expression]) -> frozenset[tuple[int, int]]:
        """Return the pairs of rows that are shown never to hold together, as (earlier, later)."""
        if decision.hit_policy not in {"unique", "any"}:
            return frozenset()
        effort = Effort()
        demanded = [limits(condition) for condition in asked]
        shown = {
            (earlier, later)
            for later in range(len(asked))
            for earlier in range(later)
            if are_apart(demanded[earlier], demanded[later])
            or (len(asked) <= PROVED_ROWS and never_together(asked[earlier], asked[later], self.types, effort))
        }
        self._say_not_shown(decision, effort)
        rest = {(index, len(asked)) for index in range(len(asked))} if decision.otherwise else set()
        return frozenset(shown | rest)

    def _say_not_shown(self, decision: DecisionDeclaration, effort: Effort) -> None:
        if effort.left < 0:
            self.reader.report("not-shown", decision.span, severity="warning", name=decision.name)


def _when(rule: RuleDeclaration) -> Span:
    """Return where a rule says when it holds."""
    return first_line(rule.span) if rule.when is None else rule.when.span


def _asked(rule: Rule) -> Expression:
    """Return what a criterion asks where it applies."""
    if rule.applies_when is None or not isinstance(rule.condition, Or):
        return rule.condition
    return rule.condition.operands[-1]


@attrs.frozen
class Trial:
    """Which rules hold for somebody on some day, as the diagrams of the whole policy show it.

    A rule that looks at the date may be over for good on one day and have been right on another; one that holds on none
    of the days that are tried can do nothing. Rules of other packages, which a place may make idle, are not tried.

    Attributes:
        package: The name of the folder whose rules are tried.
    """

    package: str
    holding: set[Span] = attrs.field(factory=set)
    never: dict[Span, tuple[str, datetime.date]] = attrs.field(factory=dict)

    def add(self, policy: Policy, declared: Mapping[str, DecisionDeclaration]) -> None:
        """Try the rules of one day; a policy whose diagrams would be too large shows nothing."""
        own = {name: rules for name, decision in declared.items() if (rules := self._own(decision))}
        with contextlib.suppress(TooLargeError):
            plan = plan_of(policy.part(own))
            asked = Asked(plan, {name: policy.variable_type(name).everything for name in plan.inputs})
            for name, written in own.items():
                _, possible = asked.rules(name)
                for place, rule in enumerate(rules_of(policy.decisions[name])):
                    if rule.id in written:
                        self._note(written[rule.id], policy.as_of, may_hold=place in possible)

    def _own(self, decision: DecisionDeclaration) -> dict[str, RuleDeclaration]:
        rules = (rule for rule in decision.rules if rule.span.source.path.startswith(f"{self.package}/"))
        return {rule.id: rule for rule in rules}

    def _note(self, rule: RuleDeclaration, day: datetime.date, *, may_hold: bool) -> None:
        if may_hold:
            self.holding.add(_when(rule))
        else:
            self.never.setdefault(_when(rule), (rule.id, day))

    def report(self, reader: Reader) -> None:
        """Report the rules that held on no day."""
        known = {fault.span for fault in reader.diagnostics if fault.code == "never-holds"}
        for span, (name, day) in self.never.items():
            if span not in self.holding and span not in known:
                reader.report("never-holds", span, name=name, found=day.isoformat())
