"""How rules are put together of facts and of what decisions answer, so that what remains of them is too.

Rules are small and leave few different functions, whatever is known; the decisions that they read are large. Nothing
here holds for rules that read a contradiction where there may be one: those are taken as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import attrs

from cso_rules.meaning.complete import Mark
from cso_rules.model.decisions import (
    AbsentDecision,
    AnyDecision,
    CriteriaDecision,
    ValueDecision,
    conditional_of,
    rules_of,
)
from cso_rules.model.expressions import Among, And, Expression, Not, Or, variables
from cso_rules.model.types import FALSE, TRUE
from cso_rules.plan.asked.cells import cells_of
from cso_rules.plan.asked.rests import Rest, Rests
from cso_rules.plan.building import Plan, nodes_of
from cso_rules.plan.diagrams import Node, TooLargeError


@attrs.frozen(eq=False)
class Answered:
    """Whether the answer of a decision is one of some: true or false for each of its ends.

    Attributes:
        is_met: Whether it is asked whether criteria are met.
    """

    name: str
    truths: Mapping[int, Rest]
    is_met: bool


@attrs.frozen(eq=False)
class Joined:
    """Whether all parts hold, or one at least."""

    parts: tuple[Part, ...]
    is_all: bool


@attrs.frozen(eq=False)
class Negated:
    """Whether a part does not hold."""

    part: Part


Part: TypeAlias = "Node | Answered | Joined | Negated"


@attrs.frozen(eq=False)
class Recipe:
    """How a rule is put together.

    Attributes:
        part: The whole.
        levels: The levels of the facts in it, as bits.
        cells: Their cells, as bits of the state.
        reads: The decisions in it.
        kept: What remained of it before, by the cells and by what remains of the decisions.
    """

    part: Part
    levels: int
    cells: int
    reads: tuple[str, ...]
    kept: dict[object, Rest] = attrs.field(factory=dict)

    def rest(self, rests: Rests, state: int, answers: Mapping[str, Rest]) -> Rest:
        """Return what remains of the rule, where this remains of what decisions answer."""
        key: object = state & self.cells
        if self.reads:
            key = (key, *[answers[name] for name in self.reads])
        found = self.kept.get(key)
        if found is None:
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            found = self.kept[key] = _rest(rests, self.part, state, answers)
        return found


MOST_KEPT = 4096


def _rest(rests: Rests, part: Part, state: int, answers: Mapping[str, Rest]) -> Rest:
    match part:
        case int():
            return rests.of(part, state)
        case Answered(name=name, truths=truths, is_met=is_met):
            answer = answers[name]
            is_truth = is_met and not answer.ends & ~(rests.true.ends | rests.false.ends)
            return answer if is_truth else rests.mapped(answer, truths)
        case Negated(part=inner):
            return rests.choose(_rest(rests, inner, state, answers), rests.false, rests.true)
        case Joined(parts=parts, is_all=is_all):
            found = rests.true if is_all else rests.false
            for inner in parts:
                rest = _rest(rests, inner, state, answers)
                found = rests.choose(rest, found, rests.false) if is_all else rests.choose(rest, rests.true, found)
            return found


@attrs.frozen
class _Writer:
    plan: Plan
    rests: Rests

    def part(self, condition: Expression) -> Part:
        """Return a condition as what decisions answer and as diagrams of facts alone."""
        roots = self.plan.roots
        if roots.keys().isdisjoint(variables(condition)):
            return self._plain(condition)
        match condition:
            case Among(name=name, bits=bits):
                is_met = isinstance(self.plan.policy.decisions[name], CriteriaDecision) and bits == TRUE
                return Answered(name, dict(self._truths(name, bits)), is_met)
            case Not(operand=operand):
                return Negated(self.part(operand))
            case And(operands=operands) | Or(operands=operands):
                return Joined(tuple(self._parts(condition, operands)), isinstance(condition, And))
            case _:
                return self._plain(condition)

    def _truths(self, name: str, bits: int) -> Iterator[tuple[int, Rest]]:
        made, rests = self.plan.diagrams, self.rests
        if isinstance(self.plan.policy.decisions[name], CriteriaDecision):
            yield rests.true.ends, rests.truth(bits & TRUE)
            yield rests.false.ends, rests.truth(bits & FALSE)
        for end in made.below([self.plan.roots[name].answer]):
            if end in made.values:
                value = made.values[end]
                yield self.plan.end_bits[end], rests.truth(type(value) is int and value & bits)

    def _parts(self, condition: And | Or, operands: Sequence[Expression]) -> Iterator[Part]:
        """Yield the operands, those that read no decision as one."""
        names = self.plan.roots.keys()
        plain = tuple(part for part in operands if names.isdisjoint(variables(part)))
        yield from (self.part(part) for part in operands if part not in plain)
        if plain:
            yield self._plain(type(condition)(operands=plain))

    def _plain(self, condition: Expression) -> Node:
        with self.plan.adding:
            (node,) = nodes_of(self.plan, [condition])
        return node


def _read(part: Part) -> Iterator[Node | str]:
    """Yield the diagrams and decisions in a part."""
    match part:
        case int():
            yield part
        case Answered(name=name):
            yield name
        case Negated(part=inner):
            yield from _read(inner)
        case Joined(parts=parts):
            for inner in parts:
                yield from _read(inner)


def has_conflict(plan: Plan, name: str) -> bool:
    """Tell whether a decision may be in conflict, or has no rules to put together."""
    is_other = isinstance(plan.policy.decisions[name], AbsentDecision | ValueDecision)
    root = plan.roots[name]
    return is_other or any(Mark.CONFLICT in plan.diagrams.ends(node) for node in (root.answer, *root.items))


def recipes_for(plan: Plan, rests: Rests, decision: AnyDecision, *, is_whole: bool) -> tuple[Recipe, ...]:
    """Return how each rule with a condition of its own is put together.

    Args:
        plan: The plan.
        rests: What remains of its diagrams.
        decision: One of its decisions.
        is_whole: Whether every rule, `otherwise` too, is taken as its diagram is.
    """
    rules = rules_of(decision) if is_whole else conditional_of(decision)
    writer, found = _Writer(plan, rests), []
    for rule, node in zip(rules, plan.roots[decision.name].rules, strict=False):
        part: Part = node
        if not is_whole and not plan.roots.keys().isdisjoint(variables(rule.condition)):
            try:
                part = writer.part(rule.condition)
            except (TooLargeError, RecursionError):
                part = node
        levels, reads = 0, dict[str, None]()
        for each in _read(part):
            if isinstance(each, int):
                levels |= plan.levels_below[each]
            else:
                reads[each] = None
        found.append(Recipe(part, levels, cells_of(plan).of(levels), tuple(reads)))
    return tuple(found)
