"""Conditions become diagrams over the levels of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import assert_never

import attrs

from cso_rules.model.expressions import Among, And, Constant, Expression, If, Includes, Not, Or, Within
from cso_rules.model.policy import Policy
from cso_rules.plan.diagrams import Diagrams, Node
from cso_rules.plan.forms import Linear, single
from cso_rules.plan.levels import Choice, Form, Level, Member, Number, cells_between, is_count


@attrs.frozen(kw_only=True)
class Root:
    """Where the answer of a decision begins.

    Attributes:
        answer: The diagram whose ends are the answers; of a list, of conflict alone (None where there is none).
        items: For each item of a list the diagram of whether it is in it, or of conflict.
        rules: For each rule the diagram of whether it holds.
        sums: For a number or date, each case: the diagram of when it is this case, and the sum then.
    """

    answer: Node
    items: tuple[Node, ...] = ()
    rules: tuple[Node, ...] = ()
    sums: tuple[tuple[Node, Linear], ...] = ()


@attrs.frozen(slots=False)
class Conditions:
    """Makes diagrams of plain conditions; decisions that they read have been made before."""

    policy: Policy
    levels: Sequence[Level]
    diagrams: Diagrams
    roots: Mapping[str, Root]

    @cached_property
    def places(self) -> dict[object, int]:
        """The level of every variable, by what comparisons call it."""
        return {_key(level): place for place, level in enumerate(self.levels)}

    def node(self, condition: Expression) -> Node:
        """Return when a plain condition holds; its comparisons cut what the levels cut."""
        made = self.diagrams
        match condition:
            case Constant():
                return made.truth(condition.value)
            case And():
                return made.conjunction([self.node(part) for part in condition.operands])
            case Or():
                return made.disjunction([self.node(part) for part in condition.operands])
            case Not():
                return made.negation(self.node(condition.operand))
            case If():
                return made.choose(*map(self.node, (condition.condition, condition.then, condition.otherwise)))
            case Among():
                return self._among(condition)
            case Includes():
                return made.disjunction(
                    member for place, member in enumerate(self.members(condition.name)) if condition.bits >> place & 1
                )
            case Within():
                return self._within(condition)
            case _:
                assert_never(condition)

    @cached_property
    def _answered(self) -> dict[tuple[str, int], Node]:
        """When a decision has one of some answers, as far as that was made; its root stays as it is."""
        return {}

    def _among(self, condition: Among) -> Node:
        made, name, bits = self.diagrams, condition.name, condition.bits
        if name not in self.roots:
            return made.literal(self.places[name], bits)
        found = self._answered.get((name, bits))
        if found is None:
            answer = self.roots[name].answer
            found = made.mapped(answer, lambda value: made.truth(isinstance(value, int) and value & bits))
            self._answered[name, bits] = found
        return found

    @cached_property
    def _members(self) -> dict[str, Sequence[Node]]:
        """The values of sets and items of lists, as far as they were made."""
        return {}

    def members(self, name: str) -> Sequence[Node]:
        """Return for each value of a set, or item of a list, whether it is in it."""
        found = self._members.get(name)
        if found is None:
            found = self._members[name] = self._made(name)
        return found

    def _made(self, name: str) -> Sequence[Node]:
        if name in self.roots:
            made = self.diagrams
            return [made.mapped(item, lambda value: made.truth(value is True)) for item in self.roots[name].items]
        size = len(self.policy.variable_type(name).names)
        return [self.diagrams.literal(self.places[name, place], 0b10) for place in range(size)]

    def _within(self, condition: Within) -> Node:
        made = self.diagrams
        if is_count(condition):
            members = self.members(condition.terms[0].quantity.name)
            least = 0 if condition.low is None else condition.low
            return made.counted(members, least, len(members) if condition.high is None else condition.high)
        place = self.places[single(condition) or condition.terms]
        level = self.levels[place]
        assert isinstance(level, Number | Form)
        if condition.low is not None and condition.high is not None and condition.low > condition.high:
            return made.false
        return made.between(place, *self._cells(level, condition))

    def _cells(self, level: Number | Form, condition: Within) -> tuple[int, int]:
        """Return the cells of a comparison; beyond what a fact can be there are none."""
        if isinstance(level, Number):
            kind = self.policy.variable_type(level.name)
            if condition.low is not None and condition.low > kind.maximum:
                return 0, 0
            if condition.high is not None and condition.high < kind.minimum:
                return 0, 0
        return cells_between(level.cuts, condition.low, condition.high)


def _key(level: Level) -> object:
    match level:
        case Member():
            return level.name, level.place
        case Form():
            return level.terms
        case Choice() | Number():
            return level.name
        case _:
            assert_never(level)
