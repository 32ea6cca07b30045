"""What is wrong with the rules of one package, as the plans of all days show it together.

A rule that looks at the date may be over for good on one day and have been right on another: one that does nothing on
any of the days that are tried is a fault. Rules of other packages, which a place may make idle, are not tried.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

import attrs

from cso_rules.diagnostics import Diagnostic, diagnostic
from cso_rules.loader.documents.declarations import DecisionDeclaration, ParameterDeclaration, RuleDeclaration
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.documents.rule_files import first_line
from cso_rules.loader.in_force.example_words import example, ids
from cso_rules.loader.in_force.rule_checks import has_other_faults, idle_row, when, written_rules
from cso_rules.model.decisions import CriteriaDecision, inputs_of
from cso_rules.model.policy import Policy
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.shown.proofs import Proofs
from cso_rules.plan.shown.use import Use
from cso_rules.source import Span

Mentions = Mapping[str, Iterable[str]]
"""For each parameter the decisions that name it."""


@attrs.frozen
class Trial:
    """Which rules, facts and numbers of a package matter to somebody on some day.

    Attributes:
        package: The name of the folder whose rules are tried.
        doing: The rules that decide for somebody on some day.
        failing: The rules that somebody does not meet on some day.
        tried: The numbers of the decisions that were tried (`rule_numbers`).
        twins: For each decision and day that was tried, its rows and those pairs of them that are the same.
        needed: The facts and parameters that decide something on some day.
        idle: The fault of each rule that does nothing on some day.
        met: The fault of each criterion that everybody meets on some day.
        equal: The fault of each pair of rows that are the same on some day.
        overlaps: The fault of each table whose rows contradict one another on some day.
        named: The facts and parameters that rules name, and where they are declared.
    """

    package: str
    doing: set[Span] = attrs.field(factory=set)
    failing: set[Span] = attrs.field(factory=set)
    tried: set[int] = attrs.field(factory=set)
    twins: list[tuple[Container[Span], Container[tuple[Span, Span]]]] = attrs.field(factory=list)
    needed: set[str] = attrs.field(factory=set)
    idle: dict[Span, Diagnostic] = attrs.field(factory=dict)
    met: dict[Span, Diagnostic] = attrs.field(factory=dict)
    equal: dict[tuple[Span, Span], Diagnostic] = attrs.field(factory=dict)
    overlaps: dict[Span, Diagnostic] = attrs.field(factory=dict)
    named: dict[str, Span] = attrs.field(factory=dict)

    def add(
        self,
        anybody: Asked,
        declared: Mapping[str, DecisionDeclaration],
        parameters: Mapping[str, ParameterDeclaration],
        mentions: Mentions,
    ) -> None:
        """Try the rules of one day."""
        plan, use = anybody.plan, Use(anybody)
        facts = {name: fact.span for name, fact in plan.policy.facts.items() if fact.span is not None}
        numbers = {name: parameter.span for name, parameter in parameters.items()}
        readers: dict[str, list[str]] = {}
        for decision in plan.policy.decisions.values():
            for name in inputs_of(decision):
                readers.setdefault(name, []).append(decision.name)
        for spans, read, needs in ((facts, readers, use.needs_fact), (numbers, mentions, use.needs_number)):
            for name in [name for name in spans if read.get(name) and self._is_own(spans[name])]:
                self.named[name] = spans[name]
                self.needed.update([name] if name not in self.needed and needs(name, read[name]) else [])
        for name in plan.roots:
            rows = {row.id: row for row in written_rules(declared[name]).values() if self._is_own(row.span)}
            if rows:
                proofs = Proofs(anybody, name)
                self._add_rules(declared[name], rows, proofs)
                self._add_pairs(rows, proofs)
                self._add_overlap(declared[name], proofs)

    def concerned(
        self,
        policy: Policy,
        declared: Mapping[str, DecisionDeclaration],
        parameters: Mapping[str, ParameterDeclaration],
        mentions: Mentions,
    ) -> frozenset[str]:
        """Return the decisions of which something is noted: those with own rules, or that read own facts or numbers."""
        facts = {name for name, fact in policy.facts.items() if fact.span is not None and self._is_own(fact.span)}
        numbers = [name for name, parameter in parameters.items() if self._is_own(parameter.span)]
        rules = {name: written_rules(declared[name]).values() for name in policy.decisions}
        ruled = (name for name, own in rules.items() if any(self._is_own(rule.span) for rule in own))
        reading = (name for name, decision in policy.decisions.items() if facts.intersection(inputs_of(decision)))
        return frozenset((*ruled, *reading)).union(*(mentions.get(name, ()) for name in numbers))

    def _is_own(self, span: Span) -> bool:
        return span.source.path.startswith(f"{self.package}/")

    def _add_rules(self, decision: DecisionDeclaration, rows: Mapping[str, RuleDeclaration], proofs: Proofs) -> None:
        idle, is_criteria = {rule.id for rule in proofs.idle()}, isinstance(proofs.decision, CriteriaDecision)
        for place, rule in enumerate(proofs.rules):
            if rule.written not in rows:
                continue
            written = rows[rule.written]
            if rule.id not in idle and place in proofs.held:
                self.doing.add(written.span)
            elif written.span not in self.idle:
                is_never = place not in proofs.held and written is not decision.otherwise
                self.idle[written.span] = (
                    self._never(written, proofs) if is_never else idle_row(written.span, proofs, rule)
                )
            if not is_criteria or not written.text or proofs.may_fail(place):
                self.failing.add(written.span)
            else:
                self.met.setdefault(written.span, diagnostic("always-holds", when(written), name=rule.id))

    def _never(self, written: RuleDeclaration, proofs: Proofs) -> Diagnostic:
        day = proofs.plan.policy.as_of.isoformat()
        return diagnostic("never-holds", when(written), name=written.id, found=day)

    def _add_pairs(self, rows: Mapping[str, RuleDeclaration], proofs: Proofs) -> None:
        """Note which rows are the same on this day."""
        pairs = ((one.written, two.written) for one, two in proofs.twins())
        twins = {(rows[one].span, rows[two].span) for one, two in pairs if one != two and {one, two} <= rows.keys()}
        names = {row.span: row.id for row in rows.values()}
        for first, second in twins - self.equal.keys():
            self.equal[first, second] = diagnostic(
                "equal-rows",
                first_line(second),
                name=names[second],
                found=names[first],
                related=((first_line(first), "first"),),
            )
        self.twins.append((names.keys(), twins))

    def _add_overlap(self, decision: DecisionDeclaration, proofs: Proofs) -> None:
        if decision.span in self.overlaps or decision.conflict_stands:
            return
        found = proofs.contradiction()
        if found is not None:
            self.overlaps[decision.span] = diagnostic(
                "overlapping-rows",
                decision.span,
                example=example(proofs.plan.policy, found[0]),
                name=decision.name,
                found=ids(found[1]),
            )

    # ------------------------------------------------------------------------------------------ the end

    def report(self, reader: Reader) -> None:
        """Report what did nothing on any day."""
        if has_other_faults(reader):
            return
        known = {(fault.code, fault.span) for fault in reader.diagnostics}
        found = [fault for span, fault in self.idle.items() if span not in self.doing]
        found += [fault for span, fault in self.met.items() if span not in self.failing]
        found += [fault for pair, fault in self.equal.items() if not self._differ(pair)]
        found += self.overlaps.values()
        reader.diagnostics += [fault for fault in found if (fault.code, fault.span) not in known]
        if any(fault.severity == "error" for fault in reader.diagnostics):
            return  # what only a faulty rule reads follows from its fault
        for name, span in self.named.items():
            if name not in self.needed:
                reader.report("decides-nothing", first_line(span), severity="warning", name=name)

    def _differ(self, pair: tuple[Span, Span]) -> bool:
        """Tell whether two rows differ on some day on which both are in force."""
        return any(pair not in twins and all(row in rows for row in pair) for rows, twins in self.twins)
