"""What the diagrams of a decision show for every organization: what is left open, contradicts, or does nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property

import attrs

from cso_rules.meaning.complete import Mark, OpenDay, answers
from cso_rules.model.decisions import AnyDecision, CriteriaDecision, Rule, TableDecision, inputs_of, rules_of
from cso_rules.model.types import Domain
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.asked.rests import Rest
from cso_rules.plan.asked.witness import Known, witness
from cso_rules.plan.building import Plan, nodes_of
from cso_rules.plan.diagrams import Node


@attrs.frozen(slots=False)
class Proofs:
    """What is true of one decision of a plan, whatever the facts are.

    Attributes:
        anybody: An organization of which nothing is known.
    """

    anybody: Asked
    name: str

    @property
    def plan(self) -> Plan:
        """The plan that is asked."""
        return self.anybody.plan

    @property
    def decision(self) -> AnyDecision:
        """The decision."""
        return self.plan.policy.decisions[self.name]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Its criteria or rows."""
        return rules_of(self.decision)

    @cached_property
    def held(self) -> frozenset[int]:
        """The places of the rules that hold for somebody."""
        ways, true = self.anybody.feasible.ways, self.plan.diagrams.true
        return frozenset(place for place, node in enumerate(self._nodes) if ways.lead(node, true))

    @property
    def _nodes(self) -> tuple[Node, ...]:
        return self.plan.roots[self.name].rules

    def may_fail(self, place: int) -> bool:
        """Tell whether a rule does not hold for somebody."""
        return self.anybody.feasible.ways.lead(self._nodes[place], self.plan.diagrams.false)

    def open_case(self) -> Known | None:
        """Return for whom no row holds although what the table reads has an answer; None when there is nobody."""
        return self._case(Mark.NONE) if self._has_one_hit else None

    def contradiction(self) -> tuple[Known, tuple[Rule, ...]] | None:
        """Return for whom rows contradict one another, and the rows that hold then; None when there is nobody."""
        known = self._case(Mark.CONFLICT) if self._has_one_hit else None
        return None if known is None else (known, self.holding(known))

    @property
    def _has_one_hit(self) -> bool:
        return isinstance(self.decision, TableDecision) and not self.decision.has_multiple_hits

    def _case(self, mark: Mark) -> Known | None:
        """Return for whom the answer is a mark that no decision which it reads has."""
        made, roots = self.plan.diagrams, self.plan.roots
        answer = roots[self.name].answer
        if made.terminal(mark) not in made.below([answer]):
            return None
        read = made.disjunction(self._ends_so(roots[name].answer, mark) for name in self._reads)
        return self._witness(made.choose(read, made.false, self._ends_so(answer, mark)))

    @property
    def _reads(self) -> tuple[str, ...]:
        return tuple(name for name in inputs_of(self.decision) if name in self.plan.roots)

    def _ends_so(self, answer: Node, mark: Mark) -> Node:
        made = self.plan.diagrams
        return made.mapped(answer, lambda value: made.truth(value is mark))

    def impossible(self) -> tuple[Rule, ...]:
        """Return the rules that hold for nobody."""
        return tuple(rule for place, rule in enumerate(self.rules) if place not in self.held)

    def idle(self) -> tuple[Rule, ...]:
        """Return the rows that decide for nobody, though they may hold: others win wherever they do."""
        decision = self.decision
        if not isinstance(decision, TableDecision):
            return ()
        held, rest = self.held, {len(self.rules) - 1} if decision.otherwise else set[int]()
        deciding: set[int] | frozenset[int] = held
        if decision.hit_policy == "first":
            deciding = self._deciding_first(decision) | held & rest
        elif decision.hit_policy == "priority":
            deciding = self._deciding_by_priority(sorted(held))
        return tuple(self.rules[place] for place in sorted((held | rest) - deciding))

    def _deciding_first(self, decision: TableDecision) -> set[int]:
        """Return the rows that somebody meets before any other."""
        made, rules = self.plan.diagrams, self.plan.roots[self.name].rules[: len(decision.conditional)]
        ends = [made.terminal(("row", place)) for place in range(len(rules))]
        chosen = made.first(list(zip(rules, ends, strict=True)), made.false)
        return {value[1] for value in self.anybody.values(chosen) if isinstance(value, tuple)}

    def _deciding_by_priority(self, held: Iterable[int]) -> set[int]:
        """Return the rows that somebody meets without one of a better answer."""
        made, nodes = self.plan.diagrams, self.plan.roots[self.name].rules
        better, found = made.false, set[int]()
        groups: dict[int, list[int]] = {}
        for place in held:
            groups.setdefault(self.rules[place].output, []).append(place)
        for output in sorted(groups):
            alone = {place: made.choose(better, made.false, nodes[place]) for place in groups[output]}
            found |= {place for place, node in alone.items() if not self.is_impossible(node)}
            better = made.disjunction([better, *(nodes[place] for place in groups[output])])
        return found

    def covered(self, rule: Rule) -> tuple[Known, tuple[Rule, ...]] | None:
        """Return somebody for whom a rule holds, and the rules that hold then."""
        known = self._witness(self.plan.roots[self.name].rules[self.rules.index(rule)])
        return None if known is None else (known, self.holding(known))

    def twins(self) -> tuple[tuple[Rule, Rule], ...]:
        """Return pairs of rules that hold for the same organizations and say the same."""
        first: dict[tuple[Rest, object], Rule] = {}
        found, rests = [], self.anybody.rests
        said = Counter(map(_said, self.rules))
        for rule, node in zip(self.rules, self._nodes, strict=True):
            if said[_said(rule)] == 1:
                continue
            rest = self.anybody.feasible.of(self.anybody.rest(node))
            if rest in {rests.true, rests.false}:
                continue
            earlier = first.setdefault((rest, _said(rule)), rule)
            if earlier is not rule:
                found.append((earlier, rule))
        return tuple(found)

    def asked_in_vain(self) -> Known | None:
        """Return to whom none of the criteria applies; None when there is nobody."""
        applies = [rule.applies_when for rule in self.rules if rule.applies_when is not None]
        if not isinstance(self.decision, CriteriaDecision) or not applies or len(applies) < len(self.rules):
            return None
        made = self.plan.diagrams
        return self._witness(made.negation(made.disjunction(nodes_of(self.plan, applies))))

    def holding(self, known: Known) -> tuple[Rule, ...]:
        """Return the rules that hold for an organization of which only so much is known, the rest being nothing."""
        policy = self.plan.policy
        everything = {name: policy.variable_type(name).everything for name in (*policy.facts, *policy.readings)}
        values = {name: _one(known.get(name, domain)) for name, domain in everything.items()}
        days: dict[object, int] = {}
        while True:
            try:
                held = answers(policy, values, days)[self.name].rules  # type: ignore[arg-type]
            except OpenDay as open_day:
                days[open_day.key] = open_day.days[0]
            else:
                return tuple(rule for place, rule in enumerate(self.rules) if place in held)

    def is_impossible(self, node: Node) -> bool:
        """Tell whether a condition holds for nobody."""
        return not self.anybody.truths(node)[0]

    def _witness(self, node: Node) -> Known | None:
        return witness(self.anybody, node, self.plan.diagrams.true)


def _said(rule: Rule) -> object:
    """Return what a rule says when it holds."""
    return rule.output, rule.modality, rule.addressee, rule.due


def _one(domain: Domain) -> int:
    """Return one value of a domain: the first, the least, the smallest set."""
    return domain[0] if isinstance(domain, tuple) else domain & -domain
