"""The unknown variables that can change the truth of one condition, for many organizations at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import reduce
from math import prod
from operator import or_

from cso_rules.engine.completions import representatives
from cso_rules.executors.single.reference import holds
from cso_rules.model.expressions import Expression, If, Includes, Size, Within, atoms, names_of, operands
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, is_known
from cso_rules.truth import Truth

MOST_CELLS = 4096


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
