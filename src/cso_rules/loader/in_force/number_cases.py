"""Numbers and dates of one date: the expressions of a decision become the cases of its value.

A value is one expression, one for each option of a reading, or has cases: the first that holds gives it, or all that
hold do together (least, greatest, sum, count).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import attrs

from cso_rules.loader.documents.declarations import DecisionDeclaration, RuleDeclaration
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.text import conditions
from cso_rules.loader.text.alternatives import MOST_ALTERNATIVES
from cso_rules.loader.text.conditions import Amount
from cso_rules.loader.text.scope import Scope
from cso_rules.loader.text.yaml_nodes import ScalarNode
from cso_rules.model.decisions import ValueCase, WrittenCase
from cso_rules.model.expressions import ALWAYS, Constant, Expression, Term, Within, conjunction, negation
from cso_rules.model.instruments import Citation
from cso_rules.model.types import Type


class Building(Scope, Protocol):
    """What is needed to build a decision: names, what rules ask, and what they cite."""

    @property
    def reader(self) -> Reader:
        """Where faults are noted."""

    def row_condition(self, rule: RuleDeclaration) -> Expression:
        """Return when a row holds."""

    def reading_is(self, name: str, option: str) -> Expression:
        """Return the condition that a reading has an option."""

    def cited(self, own: tuple[Citation, ...]) -> tuple[Citation, ...]:
        """Return citations with those of the numbers and readings that were named since the last call."""


def cases_of(
    building: Building, decision: DecisionDeclaration, rules: Sequence[RuleDeclaration], kind: Type
) -> tuple[tuple[ValueCase, ...], tuple[WrittenCase, ...]]:
    """Return the cases of a number or date, and those that are written.

    Args:
        building: What finds names and notes faults.
        decision: The decision as written.
        rules: Those of its cases that are in force.
        kind: The type of the value.
    """
    if decision.value is not None:
        found = amounts_of(building, decision.value, kind)
        return tuple(map(_case, found)), (WrittenCase(inside=_inside(found), span=decision.span),)
    if decision.value_by_reading:
        return _by_reading(building, decision, kind)
    every = (*rules, decision.otherwise) if decision.otherwise is not None else tuple(rules)
    is_first = decision.aggregate is None
    rows = [_Row.of(building, rule, kind, is_last=rule is decision.otherwise) for rule in every]
    written = tuple(row.written(gives_way=is_first) for row in rows)
    if is_first:
        return tuple(case for row in rows for case in row.cases), written
    return _aggregated(building, decision, rows), written


def amounts_of(building: Building, node: ScalarNode, kind: Type) -> tuple[Amount, ...]:
    """Return the amounts of an expression; after a fault one that is 0."""
    found, faults = conditions.amounts(node.text, node.span_of, building, kind)
    building.reader.diagnostics += faults
    return found or (Amount(ALWAYS, (), 0),)


def _case(amount: Amount) -> ValueCase:
    return ValueCase(
        condition=amount.condition, terms=amount.terms, constant=amount.constant, is_nothing=amount.is_nothing
    )


def _inside(amounts: Sequence[Amount]) -> tuple[Expression, ...]:
    """Return what chooses between amounts; the last one holds where no other does."""
    return tuple(amount.condition for amount in amounts[:-1])


def _by_reading(
    building: Building, decision: DecisionDeclaration, kind: Type
) -> tuple[tuple[ValueCase, ...], tuple[WrittenCase, ...]]:
    cases, inside = list[ValueCase](), list[Expression]()
    for name, option, node in decision.value_by_reading:
        chosen = building.reading_is(name, option)
        found = amounts_of(building, node, kind)
        inside += _inside(found)
        cases += [_case(attrs.evolve(one, condition=conjunction([chosen, one.condition]))) for one in found]
        if found[-1].condition != ALWAYS:
            cases.append(ValueCase(condition=chosen, is_nothing=True))
    return tuple(cases), (WrittenCase(inside=tuple(inside), span=decision.span),)


@attrs.frozen
class _Row:
    """A case as written: when it holds, and its amounts."""

    rule: RuleDeclaration
    condition: Expression
    amounts: tuple[Amount, ...]
    citations: tuple[Citation, ...]

    @classmethod
    def of(cls, building: Building, rule: RuleDeclaration, kind: Type, *, is_last: bool) -> _Row:
        condition = ALWAYS if is_last else building.row_condition(rule)
        found = amounts_of(building, rule.then[0][1], kind) if rule.then else (Amount(ALWAYS, (), 0),)
        return cls(rule, condition, found, building.cited(rule.citations))

    @property
    def cases(self) -> Iterator[ValueCase]:
        """The cases of the row, for one after the other to be tried; where it holds no later row counts."""
        for amount in self.amounts:
            yield self._told(attrs.evolve(_case(amount), condition=conjunction([self.condition, amount.condition])))
        if self.amounts[-1].condition != ALWAYS:
            yield self._told(ValueCase(condition=self.condition, is_nothing=True))

    @property
    def each(self) -> Iterator[ValueCase]:
        """The cases of the row, each with a condition of its own that no other one of them shares."""
        before: list[Expression] = []
        for amount in self.amounts:
            condition = conjunction([self.condition, *before, amount.condition])
            before.append(negation(amount.condition))
            if not amount.is_nothing:
                yield self._told(attrs.evolve(_case(amount), condition=condition))

    def written(self, *, gives_way: bool) -> WrittenCase:
        """Return the row as the rule file has it."""
        return WrittenCase(
            condition=self.condition, inside=_inside(self.amounts), gives_way=gives_way, span=self.rule.span
        )

    def _told(self, case: ValueCase) -> ValueCase:
        rule = self.rule
        return attrs.evolve(case, id=rule.id, label=rule.label, text=rule.text, citations=self.citations)


# All cases that hold, together


def _aggregated(building: Building, decision: DecisionDeclaration, rows: Sequence[_Row]) -> tuple[ValueCase, ...]:
    each = [case for row in rows for case in row.each]
    if decision.aggregate in {"min", "max"}:
        return tuple(_extreme(each, is_least=decision.aggregate == "min"))
    if 1 << len(each) > MOST_ALTERNATIVES:
        building.reader.report("too-many-cases", decision.span, name=decision.name, limit=str(MOST_ALTERNATIVES))
        return ()
    return tuple(_summed(each, is_count=decision.aggregate == "count"))


def _extreme(each: Sequence[ValueCase], *, is_least: bool) -> Iterator[ValueCase]:
    """Yield each case where it holds, and its number is the least, or the greatest, of all that hold."""
    for place, own in enumerate(each):
        others = (other for at, other in enumerate(each) if at != place)
        tests = [
            negation(
                conjunction([other.condition, negation(_at_most(own, other) if is_least else _at_most(other, own))])
            )
            for other in others
        ]
        yield attrs.evolve(own, condition=conjunction([own.condition, *tests]))


def _at_most(one: ValueCase, two: ValueCase) -> Expression:
    """Return that the number of one case is at most that of another."""
    terms = _merged((*one.terms, *(attrs.evolve(term, factor=-term.factor) for term in two.terms)))
    if not terms:
        return Constant(value=one.constant <= two.constant)
    return Within(terms=terms, low=None, high=two.constant - one.constant)


def _summed(each: Sequence[ValueCase], *, is_count: bool) -> Iterator[ValueCase]:
    """Yield the sum of each set of cases that may hold, most of them first."""
    for holding in itertools.product((True, False), repeat=len(each)):
        kept = [case for case, holds in zip(each, holding, strict=True) if holds]
        tests = [
            case.condition if holds else negation(case.condition) for case, holds in zip(each, holding, strict=True)
        ]
        yield ValueCase(
            condition=conjunction(tests) if any(holding) else ALWAYS,
            terms=() if is_count else _merged(term for case in kept for term in case.terms),
            constant=len(kept) if is_count else sum(case.constant for case in kept),
            citations=tuple(dict.fromkeys(one for case in kept for one in case.citations)),
        )


def _merged(terms: Iterable[Term]) -> tuple[Term, ...]:
    found: dict[object, Term] = {}
    for term in terms:
        known = found.get(term.quantity)
        found[term.quantity] = term if known is None else attrs.evolve(known, factor=known.factor + term.factor)
    return tuple(term for term in found.values() if term.factor)
