"""Two sets of rules about the same facts, compared by their diagrams: for whom they answer differently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import attrs

from cso_rules.model.decisions import (
    AnyDecision,
    CriteriaDecision,
    Rule,
    TableDecision,
    ValueCase,
    ValueDecision,
    rules_of,
)
from cso_rules.model.expressions import (
    Among,
    And,
    Constant,
    Expression,
    If,
    Includes,
    Not,
    Or,
    Term,
    Within,
)
from cso_rules.model.policy import Policy
from cso_rules.model.types import TRUE
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.asked.witness import Known, anybody, witness
from cso_rules.plan.building import nodes_of, plan_of
from cso_rules.plan.conditions import Root
from cso_rules.plan.diagrams import Diagrams, Node

Names = Mapping[str, str]
"""Variables, each with the name that it has beside the others."""


@attrs.frozen(slots=False)
class Comparison:
    """Some decisions of a policy, before and after its rules were changed, in one plan.

    Attributes:
        before: The policy before.
        after: The same facts and readings under other rules.
        wanted: The decisions to compare; both have them.
    """

    before: Policy
    after: Policy
    wanted: tuple[str, ...]

    @cached_property
    def earlier(self) -> Names:
        """The decisions that may answer differently before, with their names in the plan; the others are shared."""
        found: dict[str, str] = {}
        for name, decision in self.before.decisions.items():
            if self.after.decisions.get(name) != decision or any(read in found for read in self.before.reads[name]):
                found[name] = f"{name} before"
        return found

    @cached_property
    def anybody(self) -> Asked:
        """An organization of which nothing is known, before the plan of both."""
        copies = {
            self.earlier[name]: renamed(decision, self.earlier)
            for name, decision in self.before.decisions.items()
            if name in self.earlier
        }
        facts = {**self.before.facts, **self.after.facts}
        both = attrs.evolve(self.after, facts=facts, decisions={**self.after.decisions, **copies}, constraints=())
        roots = [name for wanted in self.wanted for name in (wanted, self.earlier.get(wanted, wanted))]
        return anybody(plan_of(both.part(roots)))

    @property
    def made(self) -> Diagrams:
        """The diagrams of both."""
        return self.anybody.plan.diagrams

    def root(self, name: str, *, is_before: bool) -> Root | None:
        """Return the diagrams of a decision; None where they would be too large."""
        return self.anybody.plan.roots.get(self.earlier.get(name, name) if is_before else name)

    def somebody(self, node: Node) -> Known | None:
        """Return for whom a condition holds; None when there is nobody."""
        return witness(self.anybody, node, self.made.true)

    def is_true(self, name: str, *, is_before: bool) -> Node:
        """Return when criteria are all met."""
        root = self.root(name, is_before=is_before)
        assert root is not None
        return self._ends_so(root.answer, TRUE)

    def applies(self, rule: Rule) -> Node:
        """Return when a criterion of before is asked at all."""
        if rule.applies_when is None:
            return self.made.true
        return nodes_of(self.anybody.plan, [_with_names(rule.applies_when, self.earlier)])[0]

    def gives(self, name: str, row: Rule, *, is_before: bool) -> Node:
        """Return when a table gives the answer that a row gave before, whichever row gives it."""
        asked = self.before.decisions[name]
        decision = (self.before if is_before else self.after).decisions[name]
        root = self.root(name, is_before=is_before)
        assert root is not None
        assert isinstance(asked, TableDecision)
        assert isinstance(decision, TableDecision)
        output = asked.outputs[row.output]
        if output not in decision.outputs:
            return self.made.false
        place = decision.outputs.index(output)
        return root.items[place] if decision.has_multiple_hits else self._ends_so(root.answer, 1 << place)

    def _ends_so(self, answer: Node, end: int) -> Node:
        made = self.made
        return made.mapped(answer, lambda value: made.truth(type(value) is int and value == end))


def renamed(decision: AnyDecision, names: Names) -> AnyDecision:
    """Return a decision under the name that it has among others, reading others by theirs."""
    name = names.get(decision.name, decision.name)
    match decision:
        case CriteriaDecision() | TableDecision():
            rules = tuple(
                attrs.evolve(rule, condition=_with_names(rule.condition, names)) for rule in rules_of(decision)
            )
            return attrs.evolve(decision, name=name, rules=rules)
        case ValueDecision():
            return attrs.evolve(decision, name=name, cases=tuple(_case(case, names) for case in decision.cases))
        case _:
            return attrs.evolve(decision, name=name)


def _case(case: ValueCase, names: Names) -> ValueCase:
    return attrs.evolve(case, condition=_with_names(case.condition, names), terms=_terms(case.terms, names))


def _with_names(condition: Expression, names: Names) -> Expression:
    match condition:
        case Constant():
            return condition
        case Among() | Includes():
            return attrs.evolve(condition, name=names.get(condition.name, condition.name))
        case Within():
            return attrs.evolve(condition, terms=_terms(condition.terms, names))
        case And() | Or():
            return attrs.evolve(condition, operands=tuple(_with_names(part, names) for part in condition.operands))
        case Not():
            return Not(operand=_with_names(condition.operand, names))
        case If():
            parts = (condition.condition, condition.then, condition.otherwise)
            one, two, three = (_with_names(part, names) for part in parts)
            return If(condition=one, then=two, otherwise=three)


def _terms(terms: Iterable[Term], names: Names) -> tuple[Term, ...]:
    return tuple(
        attrs.evolve(term, quantity=attrs.evolve(term.quantity, name=names.get(term.quantity.name, term.quantity.name)))
        for term in terms
    )
