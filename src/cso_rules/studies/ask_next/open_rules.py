"""What the rules leave open on the way to decisions: the facts that they still read, and a key to know it by.

In come domains and results; out go the open facts, those that are read most first, and a key. Guaranteed: where keys
are equal, every completion of those facts gives equal answers, whatever else is known.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs

from cso_rules.determination import Result
from cso_rules.executors.single.reference import holds
from cso_rules.model.decisions import AnyDecision, TableDecision, ValueDecision, inputs_of, rules_of
from cso_rules.model.expressions import Among, And, Expression, Includes, Or, Within, names_of, operands, variables
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, Environment, is_known
from cso_rules.studies.completions import range_of
from cso_rules.truth import Truth

MOST_REMEMBERED: Final = 1 << 16
"""Different values of the variables of one condition for which what is left of it is remembered."""
_NEUTRAL: Final[Mapping[type, Truth]] = {And: Truth.TRUE, Or: Truth.FALSE}


@attrs.frozen
class Left:
    """What is left open: a key, and how often open rules read each variable."""

    key: tuple[object, ...]
    weights: Counter[str]


@attrs.define(eq=False)
class OpenRules:
    """The rules of a policy, to ask again and again what is left of them."""

    policy: Policy
    rules: tuple[tuple[str, AnyDecision, tuple[OpenCondition, ...]], ...]
    constraints: tuple[OpenCondition, ...]

    @classmethod
    def of(cls, policy: Policy) -> OpenRules:
        """Prepare the rules of a policy."""
        numbers: dict[object, int] = {}
        rules = tuple(
            (name, found, tuple(OpenCondition.of(rule.condition, numbers) for rule in rules_of(found)))
            for name, found in reversed(list(policy.decisions.items()))  # what reads a decision stands behind it
        )
        constraints = tuple(OpenCondition.of(item.condition, numbers) for item in policy.constraints)
        return cls(policy, rules, constraints)

    def left(self, known: Environment, results: Mapping[str, Result], goals: Iterable[str]) -> Left:
        """Return what domains, and the results with them, leave open on the way to some decisions."""
        environment = {**known, **{name: result.domain for name, result in results.items()}}
        weights = Counter(goals)
        parts: list[object] = []
        for name, decision, conditions in self.rules:
            if name in weights:
                part, read = _left_of(decision, conditions, results[name], environment)
                parts.append((name, part))
                for source, count in read:
                    weights[source] += count * weights[name]
        bound = (item for item in self.constraints if not weights.keys().isdisjoint(item.names))
        parts += [item.left(environment)[0] for item in bound]
        return Left(tuple(parts), weights)

    def facts_of(self, left: Left) -> tuple[str, ...]:
        """Return the facts that are left open, those that are read most first."""
        facts = (name for name in left.weights if name in self.policy.facts)
        return tuple(sorted(facts, key=lambda name: (-left.weights[name], name)))


def _left_of(
    decision: AnyDecision, conditions: Sequence[OpenCondition], result: Result, environment: Environment
) -> tuple[object, Iterable[tuple[str, int]]]:
    """Return what is left of a decision, and how often that reads each variable."""
    if isinstance(decision, ValueDecision):
        unknown = [name for name in inputs_of(decision) if not is_known(environment[name])]
        return tuple((name, environment[name]) for name in unknown), [(name, 1) for name in unknown]
    found = [item.left(environment) for place, item in enumerate(conditions) if result.unknown >> place & 1]
    numbers, read = tuple([number for number, _ in found]), itertools.chain.from_iterable(read for _, read in found)
    is_table = isinstance(decision, TableDecision)  # the rows that are settled matter to it, met criteria do not
    return (result.true, result.unknown, numbers) if is_table else numbers, read


@attrs.define(eq=False)
class OpenCondition:
    """One condition: what is left of it, as a number, depends only on the variables that it reads."""

    expression: Expression
    names: tuple[str, ...]
    numbers: dict[object, int]
    remembered: dict[tuple[Domain, ...], tuple[int, tuple[tuple[str, int], ...]]] = attrs.field(factory=dict)

    @classmethod
    def of(cls, expression: Expression, numbers: dict[object, int]) -> OpenCondition:
        """Prepare a condition; what is left of it is numbered together with that of others."""
        return cls(expression, variables(expression), numbers)

    def left(self, environment: Environment) -> tuple[int, tuple[tuple[str, int], ...]]:
        """Return a number that is the same where the same is left, and how often that reads each variable."""
        domains = tuple([environment[name] for name in self.names])
        found = self.remembered.get(domains)
        if found is None:
            read = Counter[str]()
            part = _open_part(self.expression, environment, read)
            found = self.numbers.setdefault(part, len(self.numbers)), tuple(read.items())
            if len(self.remembered) >= MOST_REMEMBERED:
                self.remembered.clear()
            self.remembered[domains] = found
        return found


def _open_part(expression: Expression, environment: Environment, read: Counter[str]) -> object:
    """Return what is left of a condition: its truth, or its open parts; count the variables that these read."""
    truth = holds(expression, environment)
    if truth is not Truth.UNKNOWN:
        return truth
    if isinstance(expression, Among | Includes | Within):
        unknown = tuple(name for name in names_of(expression) if not is_known(environment[name]))
        read.update(unknown)
        return expression, tuple((name, environment[name]) for name in unknown), _rest(expression, unknown, environment)
    parts = tuple(_open_part(operand, environment, read) for operand in operands(expression))
    return type(expression).__name__, tuple(part for part in parts if part is not _NEUTRAL.get(type(expression)))


def _rest(atom: Among | Includes | Within, unknown: tuple[str, ...], environment: Environment) -> int:
    """Return the sum of the known terms of a comparison."""
    terms = atom.terms if isinstance(atom, Within) else ()
    return sum(range_of(term, environment)[0] for term in terms if term.quantity.name not in unknown)
