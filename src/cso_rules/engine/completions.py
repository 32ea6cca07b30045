"""Completions: values of an unknown variable that are enough to see every difference it can make.

In come comparisons and what is known; out go single-valued domains, some for each cell of the variable.
Guaranteed: where only that variable of a comparison is unknown, every cell has a representative.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from cso_rules.model.decisions import ValueDecision, rules_of
from cso_rules.model.expressions import Among, Includes, Lookup, Size, Term, Variable, Within, atoms, names_of
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, Interval, Type

Environment = Mapping[str, Domain]
Atom = Among | Includes | Within
MOST_SET_BITS = 6


def atoms_of(policy: Policy, decision: str) -> tuple[Atom, ...]:
    """Return every comparison in the cone of a decision, with computed numbers replaced by their terms."""
    decisions = [policy.decisions[name] for name in policy.cone(decision) if name in policy.decisions]
    conditions = [rule.condition for found in decisions for rule in rules_of(found)]
    return tuple(dict.fromkeys(_expanded(policy, atom) for part in conditions for atom in atoms(part)))


def _expanded(policy: Policy, atom: Atom) -> Atom:
    return expanded(policy, atom) if isinstance(atom, Within) else atom


def expanded(policy: Policy, comparison: Within) -> Within:
    """Return a comparison whose variables are facts and readings, not computed numbers."""
    terms: list[Term] = []
    offset = 0
    for term in comparison.terms:
        decision = policy.decisions.get(term.quantity.name)
        if not (isinstance(decision, ValueDecision) and isinstance(term.quantity, Variable)):
            terms.append(term)
            continue
        inner = expanded(policy, Within(terms=decision.terms, low=None, high=None))
        terms += [Term(factor=term.factor * part.factor, quantity=part.quantity) for part in inner.terms]
        offset += term.factor * (decision.constant + _constant(policy, decision))
    return Within(terms=tuple(terms), low=_less(comparison.low, offset), high=_less(comparison.high, offset))


def _constant(policy: Policy, decision: ValueDecision) -> int:
    inner = ((term.factor, policy.decisions.get(term.quantity.name)) for term in decision.terms)
    return sum(
        factor * (part.constant + _constant(policy, part)) for factor, part in inner if isinstance(part, ValueDecision)
    )


def _less(bound: int | None, offset: int) -> int | None:
    return None if bound is None else bound - offset


def representatives(kind: Type, name: str, comparisons: Iterable[Atom], environment: Environment) -> tuple[Domain, ...]:
    """Return single-valued domains of a variable, enough to tell apart what the comparisons tell apart.

    Args:
        kind: Type of the variable.
        name: Name of the variable.
        comparisons: Comparisons that may read it.
        environment: What is known of every variable.
    """
    domain = environment[name]
    reading = [atom for atom in comparisons if name in names_of(atom)]
    if isinstance(domain, int):
        return tuple(1 << bit for bit in range(domain.bit_length()) if domain >> bit & 1)
    if kind.kind == "set":
        return tuple((bits, bits) for bits in _subsets(domain))
    numbers = {domain[0], domain[1]}
    numbers.update(point for atom in reading for point in _boundaries(atom, name, environment))
    return tuple((number, number) for number in sorted(numbers) if domain[0] <= number <= domain[1])


def _subsets(domain: Interval) -> Iterator[int]:
    sure, possible = domain
    loose = [1 << bit for bit in range(possible.bit_length()) if (possible & ~sure) >> bit & 1]
    if len(loose) > MOST_SET_BITS:
        yield from (sure, possible, *(sure | bit for bit in loose))
        return
    for choice in range(1 << len(loose)):
        yield sure | sum(bit for index, bit in enumerate(loose) if choice >> index & 1)


def _boundaries(atom: Atom, name: str, environment: Environment) -> Iterator[int]:
    if not isinstance(atom, Within):
        return
    factor = factor_of(atom, name)
    bounds = [bound for bound in (atom.low, atom.high) if bound is not None]
    for bound in bounds if factor else []:
        for rest in rest_of(atom, name, environment):
            middle = (bound - rest) // factor
            yield from (middle - 1, middle, middle + 1)


def factor_of(comparison: Within, name: str) -> int:
    """Return by how much the sum grows when a numeric variable grows by one."""
    own = (term for term in comparison.terms if term.quantity == Variable(name=name))
    return sum(term.factor for term in own)


def rest_of(comparison: Within, name: str, environment: Environment) -> Interval:
    """Return the range of the sum of all other terms."""
    others = [term for term in comparison.terms if term.quantity != Variable(name=name)]
    ranges = [range_of(term, environment) for term in others]
    return sum(low for low, _ in ranges), sum(high for _, high in ranges)


def range_of(term: Term, environment: Environment) -> Interval:
    """Return the range of one term."""
    domain = environment[term.quantity.name]
    match term.quantity, domain:
        case Lookup(numbers=numbers), int(bits):
            chosen = [number for index, number in enumerate(numbers) if bits >> index & 1]
            ends = (min(chosen), max(chosen))
        case Size(), (int(sure), int(possible)):
            ends = (sure.bit_count(), possible.bit_count())
        case _, (int(low), int(high)):
            ends = (low, high)
        case _:
            raise TypeError(term)
    return min(term.factor * end for end in ends), max(term.factor * end for end in ends)
