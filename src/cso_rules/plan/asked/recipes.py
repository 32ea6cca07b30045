"""How diagrams are put together of others, so that what remains of them is put together of what remains of those.

Rules are small and leave few different functions, whatever is known; decisions are large. What remains of a choice is
the choice of what remains. Nothing here holds for decisions that may be in conflict: those are taken as they are.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from functools import cached_property, reduce
from operator import or_
from typing import TypeAlias

import attrs

from cso_rules.meaning.complete import Mark
from cso_rules.model.decisions import AbsentDecision, CriteriaDecision, TableDecision, ValueDecision, rules_of
from cso_rules.model.expressions import Among, And, Expression, Not, Or, variables
from cso_rules.model.types import FALSE, TRUE
from cso_rules.plan.building import Plan, nodes_of
from cso_rules.plan.conditions import Root
from cso_rules.plan.diagrams import Node, TooLargeError


@attrs.frozen(eq=False)
class Answered:
    """Whether the answer of a decision is one of some."""

    answer: Node
    ends: frozenset[Node]


Part: TypeAlias = "Node | Answered | Recipe"
Step = tuple[Part, Node | None, Node | None]
"""A condition with the ends where it holds and where it does not; None where the next step decides."""


@attrs.frozen(eq=False)
class Recipe:
    """Steps, one after the other, and the end where none has decided."""

    steps: tuple[Step, ...]
    end: Node
    backwards: tuple[Step, ...] = attrs.field(init=False)

    @backwards.default
    def _reversed(self) -> tuple[Step, ...]:
        return self.steps[::-1]


@attrs.frozen(slots=False, eq=False)
class _Writer:
    plan: Plan

    @cached_property
    def found(self) -> dict[Node, Recipe]:
        """The recipes so far: each uses only what came before it."""
        return {}

    @cached_property
    def met(self) -> set[Node]:
        return set()

    def write(self) -> dict[Node, Recipe]:
        for name, root in self.plan.roots.items():
            decision = self.plan.policy.decisions[name]
            if isinstance(decision, AbsentDecision | ValueDecision) or Mark.CONFLICT in self._ends(root.answer):
                self.met.update((*root.rules, *root.items, root.answer))
                continue
            for rule, node in zip(rules_of(decision), root.rules, strict=True):
                if not (isinstance(decision, TableDecision) and decision.otherwise and node == root.rules[-1]):
                    self._add_rule(rule.condition, node)
            self._add_answers(decision, root)
        return self.found

    def _ends(self, node: Node) -> frozenset[object]:
        return self.plan.diagrams.ends(node)

    def _add_rule(self, condition: Expression, node: Node) -> None:
        """Add a rule that reads decisions."""
        if node not in self.met:
            try:
                part = self._part(condition)
            except (TooLargeError, RecursionError):
                part = node
            if isinstance(part, Recipe) and node not in self.met:
                self.found[node] = part
        self.met.add(node)

    def _part(self, condition: Expression) -> Part:
        """Return a condition as what decisions answer and as diagrams of facts alone."""
        made, roots = self.plan.diagrams, self.plan.roots
        if roots.keys().isdisjoint(variables(condition)):
            return self._plain(condition)
        match condition:
            case Among(name=name, bits=bits):
                ends = ((end, made.values[end]) for end in made.below([roots[name].answer]) if end in made.values)
                return Answered(
                    roots[name].answer, frozenset(end for end, value in ends if type(value) is int and value & bits)
                )
            case Not(operand=operand):
                return Recipe(((self._part(operand), made.false, None),), made.true)
            case And(operands=operands):
                return Recipe(tuple((part, None, made.false) for part in self._parts(condition, operands)), made.true)
            case Or(operands=operands):
                return Recipe(tuple((part, made.true, None) for part in self._parts(condition, operands)), made.false)
            case _:
                return self._plain(condition)

    def _parts(self, condition: And | Or, operands: Sequence[Expression]) -> list[Part]:
        """Return the operands, those that read no decision as one."""
        names = self.plan.roots.keys()
        plain = tuple(part for part in operands if names.isdisjoint(variables(part)))
        found = [self._part(part) for part in operands if part not in plain]
        return [*found, self._plain(type(condition)(operands=plain))] if plain else found

    def _place(self, node: Node) -> tuple[bool, int]:
        """Return what criteria are ordered by: those with sums in cases are looked at last, since that takes long."""
        return not self.plan.levels_below[node] & self._grouped, self.plan.diagrams.levels[node]

    @cached_property
    def _grouped(self) -> int:
        """The levels of sums, and of numbers that stand in them, as bits."""
        numbers = (self.plan.numbers[name] for name in self.plan.compared if name in self.plan.numbers)
        return reduce(or_, (1 << place for place in numbers), self.plan.form_bits)

    def _plain(self, condition: Expression) -> Node:
        with self.plan.adding:
            (node,) = nodes_of(self.plan, [condition])
        self.met.add(node)
        return node

    def _add_answers(self, decision: CriteriaDecision | TableDecision, root: Root) -> None:
        made, rules = self.plan.diagrams, root.rules
        if isinstance(decision, CriteriaDecision):
            false = made.terminal(FALSE)
            ordered = sorted(rules, key=self._place)
            self._add(root.answer, Recipe(tuple((rule, None, false) for rule in ordered), made.terminal(TRUE)))
            return
        if decision.otherwise:
            self._add(rules[-1], Recipe(tuple((rule, made.false, None) for rule in rules[:-1]), made.true))
        if not decision.has_multiple_hits:
            steps = ((rules[place], made.terminal(1 << decision.rules[place].output), None) for place in decision.order)
            self._add(root.answer, Recipe(tuple(steps), made.terminal(Mark.NONE)))
        for output, item in enumerate(root.items):
            own = [node for node, rule in zip(rules, decision.rules, strict=True) if rule.output == output]
            self._add(item, Recipe(tuple((node, made.true, None) for node in own), made.false))

    def _add(self, node: Node, recipe: Recipe) -> None:
        """Add a recipe, unless the node is one of which others are made already."""
        self.met.update(part for part, _, _ in recipe.steps if isinstance(part, int))
        if node not in self.met:
            self.found[node] = recipe
            self.met.add(node)


_written: weakref.WeakKeyDictionary[Plan, Mapping[Node, Recipe]] = weakref.WeakKeyDictionary()


def recipes_of(plan: Plan) -> Mapping[Node, Recipe]:
    """Return how the diagrams of a plan are put together of others, where that is known."""
    found = _written.get(plan)
    if found is None:
        found = _written[plan] = _Writer(plan).write()
    return found
