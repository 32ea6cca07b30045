"""Which unknown variables stand in the open comparisons of open rules, as planes.

It follows `engine.missing_facts`, whose last step (which of several unknowns can change the answer) is taken later, for
each different state of a condition; what makes up the state is named here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from cso_rules.executors.planes.conditions import Environment, total, truth
from cso_rules.executors.planes.decisions import Planned, in_each_cell
from cso_rules.executors.planes.graph import ALWAYS, NEVER, Graph
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
    settled,
)
from cso_rules.model.decisions import (
    AnyDecision,
    CriteriaDecision,
    Rule,
    TableDecision,
    ValueDecision,
    inputs_of,
    rules_of,
)
from cso_rules.model.expressions import (
    Expression,
    If,
    Term,
    Variable,
    Within,
    atoms,
    names_of,
    operands,
    variables,
)
from cso_rules.model.policy import Policy


@attrs.frozen
class OpenRule:
    """A rule that may be open.

    Attributes:
        open: Where it is open and its truth matters.
        support: Where each variable is unknown in a comparison that is open.
        several: Where more than one variable is.
        state: Planes that together with `numbers` tell apart all that matters for the truth of the condition.
        numbers: Arrays of numbers that are added to others.
    """

    condition: Expression
    open: int
    support: Mapping[str, int]
    several: int
    state: tuple[int, ...]
    numbers: tuple[int, ...]


@attrs.frozen
class Asking:
    """What one decision asks for: variables at once, and those of its open rules."""

    at_once: Mapping[str, int]
    rules: tuple[OpenRule, ...]

    def nodes(self) -> Iterator[int]:
        """Yield what must be computed."""
        yield from self.at_once.values()
        for rule in self.rules:
            yield from (rule.open, rule.several, *rule.support.values(), *rule.state, *rule.numbers)


def asking(graph: Graph, policy: Policy, known: Mapping[str, Known], plain: Mapping[str, Planned]) -> dict[str, Asking]:
    """Return what each decision may ask for."""
    environment = {**known, **{name: planned.answer for name, planned in plain.items()}}
    return {
        name: _asking(graph, policy.decisions[name], planned, environment)
        for name, planned in plain.items()
        if planned.rules is not None
    }


def _asking(graph: Graph, decision: AnyDecision, planned: Planned, environment: Environment) -> Asking:
    at_once = {}
    if isinstance(decision, ValueDecision):
        at_once = {name: graph.opposite(settled(graph, environment[name])) for name in inputs_of(decision)}
    found = []
    for rule, open_ in _open_rules(graph, decision, planned):
        if open_ != NEVER:
            joint = decision.joint if isinstance(decision, CriteriaDecision) else ()
            found.append(_open_rule(graph, rule, open_, environment, joint))
    return Asking(at_once, tuple(found))


def _open_rules(graph: Graph, decision: AnyDecision, planned: Planned) -> Iterator[tuple[Rule, int]]:
    """Yield each rule with the plane where it is open and can change the answer."""
    rules, sides, stops = rules_of(decision), planned.rules or (), False
    order = list(range(len(rules)))
    if isinstance(decision, TableDecision):
        order = order[:-1] if decision.otherwise else order
        stops = decision.hit_policy in {"first", "priority"}
        if decision.hit_policy == "priority":
            order.sort(key=lambda place: decision.rules[place].output)
    reached = ALWAYS
    for place in order:
        true, false = sides[place]
        open_ = graph.without(reached, graph.either(true, false))
        if isinstance(planned.answer, Items):
            open_ = graph.without(open_, planned.answer.sure[rules[place].output])
        yield rules[place], open_
        reached = graph.without(reached, true) if stops else reached


def _open_rule(graph: Graph, rule: Rule, open_: int, environment: Environment, joint: tuple[Rule, ...]) -> OpenRule:
    support: dict[str, int] = {}
    _support(graph, rule.condition, open_, environment, support)
    support = {name: plane for name, plane in support.items() if plane != NEVER}
    one = several = NEVER
    for plane in support.values():
        several = graph.either(several, graph.both(one, plane))
        one = graph.either(one, plane)
    state = dict.fromkeys(_state(graph, rule.condition, environment)) if several != NEVER else {}
    numbers = dict.fromkeys(_numbers(graph, rule.condition, environment)) if several != NEVER else {}
    for group in joint:
        if rule.condition in operands(group.condition):
            alive = _alive(graph, group, rule, environment)
            kept = {split.name for split in group.splits}
            support = {
                name: plane if name in kept else graph.both(plane, alive.get(name, NEVER))
                for name, plane in support.items()
            }
    return OpenRule(rule.condition, open_, support, several, tuple(state), tuple(numbers))


def _alive(graph: Graph, joint: Rule, rule: Rule, environment: Environment) -> dict[str, int]:
    """Return where a variable stands in an open comparison of a criterion, in a cell where none of its group fails."""
    found: dict[str, int] = {}
    for cell, skipped in in_each_cell(graph, joint.splits, environment):
        fails = graph.any_of(truth(graph, part, cell)[1] for part in operands(joint.condition))
        _support(graph, rule.condition, graph.opposite(graph.either(skipped, fails)), cell, found)
    return found


def _support(graph: Graph, part: Expression, active: int, environment: Environment, found: dict[str, int]) -> None:
    true, false = truth(graph, part, environment)
    active = graph.without(active, graph.either(true, false))
    if active == NEVER:
        return
    if isinstance(part, Within) or not operands(part):
        for atom in atoms(part):
            for name in names_of(atom):
                unknown = graph.opposite(settled(graph, environment[name]))
                found[name] = graph.either(found.get(name, NEVER), graph.both(active, unknown))
    elif isinstance(part, If):
        holds, fails = truth(graph, part.condition, environment)
        _support(graph, part.condition, active, environment, found)
        _support(graph, part.then, graph.without(active, fails), environment, found)
        _support(graph, part.otherwise, graph.without(active, holds), environment, found)
    else:
        for operand in operands(part):
            _support(graph, operand, active, environment, found)


def _state(graph: Graph, condition: Expression, environment: Environment) -> Iterator[int]:
    """Yield the planes that the truth of a condition depends on, whatever becomes of the unknown variables."""
    for name in variables(condition):
        yield from _planes_of(graph, environment[name])
    for atom in atoms(condition):
        yield from truth(graph, atom, environment)


def _planes_of(graph: Graph, variable: Known) -> Iterator[int]:
    match variable:
        case Fixed() | Range():
            return
        case Coded(name=name, size=size) | Marked(name=name, size=size):
            yield from (graph.plane(name, place) for place in range(size))
            yield graph.known(name) if variable.has_holes else ALWAYS
        case Number(name=name):
            yield graph.known(name) if variable.has_holes else ALWAYS
        case Truths(true=true, false=false):
            yield from (true, false)
        case Possible(planes=planes):
            yield from planes
        case Items(sure=sure, possible=possible):
            yield from (*sure, *possible)


def _numbers(graph: Graph, condition: Expression, environment: Environment) -> Iterator[int]:
    """Yield the numbers whose values matter, not only the truths of comparisons: added ones, and ranges."""
    for atom in atoms(condition):
        if not isinstance(atom, Within):
            continue
        for term in atom.terms:
            variable = environment[term.quantity.name]
            if isinstance(variable, Range) or (isinstance(variable, Number) and len(atom.terms) > 1):
                plain = Term(factor=1, quantity=Variable(name=term.quantity.name))
                yield from total(graph, (plain,), 0, environment)
