"""Decisions as planes: which values remain possible, which rules hold or fail, where rules contradict one another."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import assert_never

import attrs

from cso_rules.executors.planes.conditions import Environment, Sides, conjunction, joined, total, truth
from cso_rules.executors.planes.graph import ALWAYS, NEVER, Graph
from cso_rules.executors.planes.index import counts_of, index_of
from cso_rules.executors.planes.results import compatible_rules, positions
from cso_rules.executors.planes.variables import (
    Coded,
    Fixed,
    Items,
    Known,
    Marked,
    Number,
    Possible,
    Range,
    Truths,
    in_cells,
)
from cso_rules.model.decisions import (
    AbsentDecision,
    AnyDecision,
    CriteriaDecision,
    Rule,
    Split,
    TableDecision,
    ValueDecision,
)
from cso_rules.model.policy import Policy
from cso_rules.model.types import BOOLEAN_VALUES, Type

Truth = Sides
Case = tuple[list[Sides], int]
"""The truth of every rule in one cell, and where the cell does not concern a row."""


@attrs.frozen
class Planned:
    """What is computed for one decision.

    Attributes:
        answer: The possible values, as other decisions read them.
        rules: Where each rule is certainly true and certainly false; None when the decision is indexed.
        conflict: Where rules certainly contradict one another, and where they do or may.
        index: What holds the results of an indexed decision.
        idle: Where each criterion certainly does not apply.
    """

    answer: Known
    rules: tuple[Sides, ...] | None = ()
    conflict: Sides = (NEVER, NEVER)
    index: int | None = None
    idle: tuple[int, ...] = ()


def variable_of(kind: Type, name: str, state: str) -> Known:
    """Return what a fact is in a table whose column is `full`, has `holes`, or is `absent`."""
    if state == "absent" or kind.kind == "text":
        return Fixed(kind.everything)
    has_holes = state == "holes"
    everything = kind.everything
    if isinstance(everything, int):
        return Coded(name, len(kind.names), everything, has_holes)
    return Marked(name, len(kind.names), has_holes) if kind.kind == "set" else Number(
        name, everything, everything, has_holes
    )  # fmt: skip


def plan(
    graph: Graph, policy: Policy, known: Mapping[str, Known], names: Sequence[str], indexed: Collection[str] = ()
) -> dict[str, Planned]:
    """Plan decisions, each of which reads facts, readings and earlier ones of them.

    Args:
        graph: Where planes and arrays are made.
        policy: Rules in force.
        known: What each fact and reading is.
        names: The decisions, in order of dependency.
        indexed: Those that are indexed when they are large tables.
    """
    environment = dict(known)
    found = {}
    for name in names:
        decision = policy.decisions[name]
        found[name] = (name in indexed and _indexed(graph, decision, environment)) or _decision(
            graph, decision, environment
        )
        environment[name] = found[name].answer
    return found


def _indexed(graph: Graph, decision: AnyDecision, environment: Environment) -> Planned | None:
    """Return what is computed for a large table through an index; None when it has none."""
    index = index_of(decision, environment) if isinstance(decision, TableDecision) else None
    if index is None:
        return None
    place = graph.indexed(index, tuple(index.reads(graph)), counts_of(graph, index))
    possible = tuple(graph.bit_of(place, "possible", output) for output in range(output_count(decision)))
    answer: Known = Possible(possible)
    if index.decision.has_multiple_hits:
        answer = Items(tuple(graph.bit_of(place, "sure", output) for output in range(len(possible))), possible)
    may_clash = index.decision.hit_policy in {"unique", "any"}
    conflict = (graph.bit_of(place, "conflict"), graph.bit_of(place, "doubt")) if may_clash else (NEVER, NEVER)
    return Planned(answer, None, conflict, place)


def _decision(graph: Graph, decision: AnyDecision, environment: Environment) -> Planned:
    match decision:
        case CriteriaDecision():
            return _criteria(graph, decision, environment)
        case TableDecision() if decision.has_multiple_hits:
            return _list(graph, decision, environment)
        case TableDecision():
            return _table(graph, decision, environment)
        case ValueDecision():
            return Planned(Range(*total(graph, decision.terms, decision.constant, environment)))
        case AbsentDecision():
            return Planned(Fixed(decision.type.everything))
        case _:
            assert_never(decision)


def in_each_cell(graph: Graph, splits: Sequence[Split], environment: Environment) -> Iterator[tuple[Environment, int]]:
    """Yield the environment of each combination of cells, with the plane of the rows that it does not concern."""
    choices = [in_cells(graph, environment[split.name], split.cells) for split in splits]
    for choice in itertools.product(*choices):
        narrowed = {split.name: variable for split, (variable, _) in zip(splits, choice, strict=True)}
        yield {**environment, **narrowed}, graph.any_of(skipped for _, skipped in choice)


def _rule(graph: Graph, rule: Rule, environment: Environment) -> Sides:
    cells = in_each_cell(graph, rule.splits, environment)
    return joined(graph, ((truth(graph, rule.condition, cell), skipped) for cell, skipped in cells))


def _criteria(graph: Graph, decision: CriteriaDecision, environment: Environment) -> Planned:
    rules = [_rule(graph, rule, environment) for rule in decision.rules]
    true, false = conjunction(graph, rules)
    fails = graph.any_of(_rule(graph, joint, environment)[1] for joint in decision.joint)
    return Planned(Truths(true, graph.either(false, fails)), tuple(rules), idle=_idle(graph, decision, environment))


def _idle(graph: Graph, decision: CriteriaDecision, environment: Environment) -> tuple[int, ...]:
    scopes = [rule.applies_when for rule in decision.rules]
    return tuple(NEVER if scope is None else truth(graph, scope, environment)[1] for scope in scopes)


def _conditional(decision: TableDecision) -> tuple[Rule, ...]:
    return decision.rules[:-1] if decision.otherwise else decision.rules


def _with_otherwise(graph: Graph, decision: TableDecision, rules: list[Sides]) -> list[Sides]:
    if not decision.otherwise:
        return rules
    last = graph.all_of(false for _, false in rules), graph.any_of(true for true, _ in rules)
    return [*rules, last]


def _list(graph: Graph, decision: TableDecision, environment: Environment) -> Planned:
    rules = _with_otherwise(graph, decision, [_rule(graph, rule, environment) for rule in _conditional(decision)])
    sure, excluded = _by_output(graph, decision, rules)
    for joint in decision.joint:
        sure[joint.output] = graph.either(sure[joint.output], _rule(graph, joint, environment)[0])
    return Planned(Items(tuple(sure), tuple(map(graph.opposite, excluded))), tuple(rules))


def _by_output(graph: Graph, decision: TableDecision, rules: Sequence[Sides]) -> tuple[list[int], list[int]]:
    """Return for each output where one of its rules holds, and where all of them fail."""
    size = output_count(decision)
    sure, excluded = [NEVER] * size, [ALWAYS] * size
    for rule, (true, false) in zip(decision.rules, rules, strict=True):
        sure[rule.output] = graph.either(sure[rule.output], true)
        excluded[rule.output] = graph.both(excluded[rule.output], false)
    return sure, excluded


def output_count(decision: AnyDecision) -> int:
    """Return how many values an answer may have."""
    if decision.type.is_numeric:
        return 0
    outputs = len(decision.outputs) if isinstance(decision, TableDecision) else len(BOOLEAN_VALUES)
    return max(outputs, len(decision.type.names))


def _table(graph: Graph, decision: TableDecision, environment: Environment) -> Planned:
    cases = [
        (
            _with_otherwise(graph, decision, [truth(graph, rule.condition, cell) for rule in _conditional(decision)]),
            skipped,
        )
        for cell, skipped in in_each_cell(graph, decision.splits, environment)
    ]
    hits = [(_possible(graph, decision, rules), skipped) for rules, skipped in cases]
    planes = tuple(
        graph.any_of(graph.without(column[place], skipped) for column, skipped in hits)
        for place in range(output_count(decision))
    )
    rules = tuple(
        joined(graph, ((truths[place], skipped) for truths, skipped in cases)) for place in range(len(decision.rules))
    )
    return Planned(Possible(planes), rules, _joined_conflict(graph, decision, cases))


def _possible(graph: Graph, decision: TableDecision, rules: Sequence[Sides]) -> list[int]:
    if decision.hit_policy in {"first", "priority"}:
        return _until_true(graph, decision, rules)
    sure, excluded = _by_output(graph, decision, rules)
    some = graph.any_of(true for true, _ in rules)
    return [
        graph.either(must, graph.without(graph.opposite(never), some))
        for must, never in zip(sure, excluded, strict=True)
    ]


def _until_true(graph: Graph, decision: TableDecision, rules: Sequence[Sides]) -> list[int]:
    order: Sequence[int] = range(len(rules))
    if decision.hit_policy == "priority":
        order = sorted(order, key=lambda place: decision.rules[place].output)
    found = [NEVER] * output_count(decision)
    reached = ALWAYS
    for place in order:
        output, (true, false) = decision.rules[place].output, rules[place]
        found[output] = graph.either(found[output], graph.without(reached, false))
        reached = graph.without(reached, true)
    return found


def _joined_conflict(graph: Graph, decision: TableDecision, cases: Sequence[Case]) -> Sides:
    if decision.hit_policy in {"first", "priority"}:
        return NEVER, NEVER
    compatible = compatible_rules(decision)
    found = [
        (
            _clash(graph, compatible, [true for true, _ in rules]),
            _clash(graph, compatible, [graph.opposite(false) for _, false in rules]),
            skipped,
        )
        for rules, skipped in cases
    ]
    sure = graph.all_of(graph.either(certain, skipped) for certain, _, skipped in found)
    return sure, graph.any_of(graph.without(maybe, skipped) for _, maybe, skipped in found)


def _clash(graph: Graph, compatible: Sequence[int], planes: Sequence[int]) -> int:
    """Return where two rules hold that contradict one another."""
    found = seen = NEVER
    for place, plane in enumerate(planes):
        earlier = (1 << place) - 1
        clashing = earlier & ~compatible[place]
        others = seen if clashing == earlier else graph.any_of(planes[other] for other in positions(clashing))
        found = graph.either(found, graph.both(plane, others))
        seen = graph.either(seen, plane)
    return found
