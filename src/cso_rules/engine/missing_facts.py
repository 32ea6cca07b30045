"""Missing facts: what can still change the answers that are not determined.

In come a policy, domains and results; out go unknown facts in the order in which to ask for them.
Guaranteed: a fact that is left out changes no answer; of a criterion with few cells, none is named in vain.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property, reduce
from math import prod
from operator import or_

import attrs

from cso_rules.determination import MissingFact, Result, Status, status_of
from cso_rules.engine.completions import representatives
from cso_rules.executors.single.reference import cells, holds
from cso_rules.model.decisions import (
    AnyDecision,
    CriteriaDecision,
    Rule,
    TableDecision,
    ValueDecision,
    inputs_of,
    joint_of,
    rules_of,
)
from cso_rules.model.expressions import Expression, If, Includes, Size, Within, atoms, names_of, operands
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, is_known
from cso_rules.results import order_of
from cso_rules.truth import Truth

MOST_CELLS = 4096


def missing_facts(
    policy: Policy,
    domains: Mapping[str, Domain],
    results: Mapping[str, Result],
    undetermined: Collection[str] | None = None,
) -> tuple[MissingFact, ...]:
    """Return the facts that can still change undetermined answers, in the order to ask for them.

    Args:
        policy: Rules in force.
        domains: Domain of every fact and reading.
        results: What an executor found with these domains.
        undetermined: Decisions to settle; None for all that are not determined.
    """
    settles: dict[str, list[str]] = {}
    search = _Search(policy, {**domains, **{name: result.domain for name, result in results.items()}}, results)
    for decision in _undetermined(policy, results) if undetermined is None else undetermined:
        for name in search.facts_for(decision):
            settles.setdefault(name, []).append(decision)
    found = [
        MissingFact(name=name, is_judged=policy.facts[name].is_judged, settles=tuple(names))
        for name, names in settles.items()
    ]
    return tuple(sorted(found, key=lambda missing: missing.is_judged))


def _undetermined(policy: Policy, results: Mapping[str, Result]) -> list[str]:
    items = policy.decisions.items()
    return [name for name, found in items if status_of(found, results[name]) is Status.UNDETERMINED]


def missing_for(
    policy: Policy, domains: Mapping[str, Domain], results: Mapping[str, Result], decision: str
) -> tuple[str, ...]:
    """Return the unknown facts that can still change the answer to one decision, data before judgements."""
    environment = {**domains, **{name: result.domain for name, result in results.items()}}
    return _Search(policy, environment, results).facts_for(decision)


@attrs.frozen
class _Search:
    """What each decision asks for; decisions share most of what they read, so each is looked at once."""

    policy: Policy
    environment: Mapping[str, Domain]
    results: Mapping[str, Result]
    asked: dict[str, tuple[str, ...]] = attrs.field(factory=dict)

    def facts_for(self, decision: str) -> tuple[str, ...]:
        found = dict.fromkeys(self._descend(decision, set()))
        return tuple(sorted(found, key=lambda name: self.policy.facts[name].is_judged))

    def _descend(self, decision: str, seen: set[str]) -> Iterator[str]:
        seen.add(decision)
        for name in self._asked(decision):
            if name in self.policy.facts:
                yield name
            elif name in self.policy.decisions and name not in seen:
                yield from self._descend(name, seen)

    def _asked(self, decision: str) -> tuple[str, ...]:
        if decision not in self.asked:
            found = _inputs(self.policy, self.environment, self.policy.decisions[decision], self.results[decision])
            self.asked[decision] = tuple(dict.fromkeys(found))
        return self.asked[decision]


def _inputs(policy: Policy, environment: Mapping[str, Domain], decision: AnyDecision, result: Result) -> Iterator[str]:
    """Yield the unknown variables that a decision reads in rules which are open and matter."""
    if isinstance(decision, ValueDecision):
        yield from (name for name in inputs_of(decision) if not is_known(environment[name]))
    alive = [_Alive(joint, environment) for joint in joint_of(decision) if isinstance(decision, CriteriaDecision)]
    for rule in _open_rules(decision, result):
        found = relevant(policy, rule.condition, environment)
        yield from (name for name in found if all(group.may_matter(rule, name) for group in alive))


@attrs.frozen(eq=False, slots=False)  # what is worked out once is kept in its dictionary
class _Alive:
    """The cells of criteria that share variables in which none of them fails; elsewhere the others do not matter."""

    joint: Rule
    environment: Mapping[str, Domain]

    def may_matter(self, rule: Rule, name: str) -> bool:
        """Tell whether a variable stands in an open comparison of a rule in such a cell; split ones always may."""
        is_split = any(split.name == name for split in self.joint.splits)
        return is_split or rule.condition not in operands(self.joint.condition) or name in self._support_of(rule)

    def _support_of(self, rule: Rule) -> frozenset[str]:
        """Return the variables of open comparisons of a rule in the cells that are left."""
        found = self._supports.get(rule.id)
        if found is None:
            names = {name for cell in self._cells for name in _support(rule.condition, cell)}
            found = self._supports[rule.id] = frozenset(names)
        return found

    @cached_property
    def _supports(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def _cells(self) -> tuple[Mapping[str, Domain], ...]:
        parts = operands(self.joint.condition)
        found = cells(self.joint.splits, self.environment)
        return tuple(cell for cell in found if all(holds(part, cell) is not Truth.FALSE for part in parts))


def _open_rules(decision: AnyDecision, result: Result) -> Iterator[Rule]:
    """Yield the open rules that can change the answer."""
    rules = rules_of(decision)
    conditional = rules[:-1] if isinstance(decision, TableDecision) and decision.otherwise else rules
    for index in _reached(decision, result.true):
        if index < len(conditional) and result.unknown >> index & 1 and not _is_sure(decision, result, rules[index]):
            yield rules[index]


def _reached(decision: AnyDecision, true: int) -> Iterator[int]:
    """Yield the positions of rules; where the first one counts, in its order and none behind one that holds."""
    if not isinstance(decision, TableDecision) or decision.hit_policy not in {"first", "priority"}:
        yield from range(len(rules_of(decision)))
        return
    for index in order_of(decision):
        yield index
        if true >> index & 1:
            return


def _is_sure(decision: AnyDecision, result: Result, rule: Rule) -> bool:
    """Tell whether the item of a list is there whatever this row says."""
    if not isinstance(decision, TableDecision) or not decision.has_multiple_hits:
        return False
    return isinstance(result.domain, tuple) and bool(result.domain[0] >> rule.output & 1)


def relevant(policy: Policy, condition: Expression, environment: Mapping[str, Domain]) -> tuple[str, ...]:
    """Return the unknown variables that can change the truth of a condition."""
    support = tuple(dict.fromkeys(_support(condition, environment)))
    if len(support) < 2 or any(_is_counted(condition, name) for name in support):  # noqa: PLR2004
        return support
    return _shown(policy, condition, environment, support)


def _support(expression: Expression, environment: Mapping[str, Domain]) -> Iterator[str]:
    if holds(expression, environment) is not Truth.UNKNOWN:
        return
    if isinstance(expression, Within) or not operands(expression):
        for atom in atoms(expression):
            yield from (name for name in names_of(atom) if not is_known(environment[name]))
    for operand in _reachable(expression, environment):
        yield from _support(operand, environment)


def _reachable(expression: Expression, environment: Mapping[str, Domain]) -> tuple[Expression, ...]:
    if isinstance(expression, If):
        truth = holds(expression.condition, environment)
        if truth is not Truth.UNKNOWN:
            return (expression.then if truth is Truth.TRUE else expression.otherwise,)
    return operands(expression)


def _is_counted(condition: Expression, name: str) -> bool:
    """Tell whether the size of a set is compared; its cells are not enumerated."""
    own = (atom for atom in atoms(condition) if isinstance(atom, Within))
    return any(term.quantity == Size(name=name) for atom in own for term in atom.terms)


def _shown(
    policy: Policy, condition: Expression, environment: Mapping[str, Domain], support: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the variables for which two completions that differ in it alone may differ in truth."""
    free = _free(condition, environment, support)
    choices = [_points(policy, condition, environment, name) for name in free]
    if prod(len(points) for points in choices) > MOST_CELLS:
        return support
    truths = {
        chosen: holds(condition, {**environment, **dict(zip(free, chosen, strict=True))})
        for chosen in itertools.product(*choices)
    }
    return tuple(name for name in support if name not in free or _changes(truths, free.index(name)))


def _free(condition: Expression, environment: Mapping[str, Domain], support: tuple[str, ...]) -> tuple[str, ...]:
    """Return the variables that share no comparison with another unknown one, so that their cells are exact."""
    shared: set[str] = set()
    for atom in atoms(condition):
        names = [name for name in names_of(atom) if not is_known(environment[name])]
        shared.update(names if len(names) > 1 else ())
    return tuple(name for name in support if name not in shared)


def _points(policy: Policy, condition: Expression, environment: Mapping[str, Domain], name: str) -> tuple[Domain, ...]:
    kind, domain = policy.variable_type(name), environment[name]
    if kind.kind != "set" or not isinstance(domain, tuple):
        return representatives(kind, name, list(atoms(condition)), environment)
    own = (atom.bits for atom in atoms(condition) if isinstance(atom, Includes) and atom.name == name)
    loose = reduce(or_, own, 0) & domain[1] & ~domain[0]
    subsets = [bits for bits in range(loose + 1) if bits & loose == bits] if loose <= MOST_CELLS else []
    return tuple((domain[0] | bits, domain[0] | bits) for bits in subsets) or (domain,)


def _changes(truths: Mapping[tuple[Domain, ...], Truth], position: int) -> bool:
    groups: dict[tuple[Domain, ...], set[Truth]] = {}
    for chosen, truth in truths.items():
        groups.setdefault(chosen[:position] + chosen[position + 1 :], set()).add(truth)
    return any(len(found) > 1 or Truth.UNKNOWN in found for found in groups.values())
