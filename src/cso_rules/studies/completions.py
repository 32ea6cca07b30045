"""Completions: values of an unknown variable that are enough to see every difference it can make.

In come comparisons and what is known; out go single-valued domains, some for each cell of the variable.
Guaranteed: where only that variable of a comparison is unknown, every cell has a representative.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cso_rules.model.civil_dates import CalendarShift, shifted, turning_points
from cso_rules.model.decisions import ValueDecision, conditions_of
from cso_rules.model.expressions import (
    Among,
    Includes,
    Lookup,
    Quantity,
    Shifted,
    Size,
    Term,
    Variable,
    Within,
    atoms,
    names_of,
)
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, Environment, Interval, Type

Atom = Among | Includes | Within
_Sum = tuple[tuple[Term, ...], int]
"""Terms over facts and readings, and a constant."""
MOST_SET_BITS = 6


def atoms_of(policy: Policy, decision: str) -> tuple[Atom, ...]:
    """Return every comparison in the cone of a decision, with computed numbers replaced by their terms."""
    decisions = [policy.decisions[name] for name in policy.cone(decision) if name in policy.decisions]
    conditions = [condition for found in decisions for condition in conditions_of(found)]
    return tuple(dict.fromkeys(own for part in conditions for atom in atoms(part) for own in _expanded(policy, atom)))


def _expanded(policy: Policy, atom: Atom) -> Iterator[Atom]:
    """Yield a comparison in variables that are facts and readings: one for each case of the numbers that it names."""
    if not isinstance(atom, Within):
        yield atom
        return
    for terms, offset in _expanded_terms(policy, atom.terms):
        yield Within(terms=terms, low=_less(atom.low, offset), high=_less(atom.high, offset))


def _expanded_terms(policy: Policy, terms: Iterable[Term]) -> list[_Sum]:
    """Return a sum over facts and readings, and a constant, for each case of the numbers that it adds."""
    found: list[_Sum] = [((), 0)]
    for term in terms:
        ways = list(_ways(policy, term))
        found = [((*before, *own), offset + constant) for before, offset in found for own, constant in ways]
    return found


def _ways(policy: Policy, term: Term) -> Iterator[_Sum]:
    decision = policy.decisions.get(term.quantity.name)
    if not isinstance(decision, ValueDecision) or isinstance(term.quantity, Lookup | Size):
        yield (term,), 0
        return
    for case in decision.cases:
        for inner, constant in _expanded_terms(policy, case.terms):
            if isinstance(term.quantity, Shifted):
                yield (Term(factor=term.factor, quantity=_moved(term.quantity, inner, case.constant + constant)),), 0
            else:
                own = tuple(Term(factor=term.factor * part.factor, quantity=part.quantity) for part in inner)
                yield own, term.factor * (case.constant + constant)


def _moved(quantity: Shifted, terms: tuple[Term, ...], days: int) -> Shifted:
    """Return a shifted computed date as a shift of what it is computed from, where that is one date."""
    between = (CalendarShift(days=days),) if days else ()
    match terms:
        case (Term(factor=1, quantity=Variable(name=name)),):
            return Shifted(name=name, shifts=(*between, *quantity.shifts))
        case (Term(factor=1, quantity=Shifted(name=name, shifts=shifts)),):
            return Shifted(name=name, shifts=(*shifts, *between, *quantity.shifts))
        case _:
            return quantity


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
    if isinstance(atom, Within) and all(other in environment for other in names_of(atom)):
        yield from _turning_numbers(atom, name, environment)


def _turning_numbers(comparison: Within, name: str, environment: Environment) -> Iterator[int]:
    """Yield numbers of a variable on both sides of where a comparison may change, the others being as they are."""
    bounds = [bound for bound in (comparison.low, comparison.high) if bound is not None]
    for quantity in dict.fromkeys(term.quantity for term in comparison.terms if term.quantity.name == name):
        factor = sum(term.factor for term in comparison.terms if term.quantity == quantity)
        for bound in bounds if factor else []:
            for rest in _rest_of(comparison, quantity, environment):
                yield from _around(quantity, (bound - rest) // factor)


def _around(quantity: Quantity, middle: int) -> Iterator[int]:
    """Yield values of a variable with which a quantity of it lies on both sides of a number."""
    if isinstance(quantity, Variable):
        yield from (middle - 1, middle, middle + 1)
    elif isinstance(quantity, Shifted):
        for target in (middle, middle + 1):
            yield from (place for day in turning_points(quantity.shifts, target) for place in (day - 1, day))


def _rest_of(comparison: Within, quantity: Quantity, environment: Environment) -> Interval:
    """Return the range of the sum of all other terms."""
    ranges = [range_of(term, environment) for term in comparison.terms if term.quantity != quantity]
    return sum(low for low, _ in ranges), sum(high for _, high in ranges)


def range_of(term: Term, environment: Environment) -> Interval:
    """Return the range of one term."""
    domain = environment[term.quantity.name]
    match term.quantity, domain:
        case Lookup(numbers=numbers), int(bits):
            chosen = [number for index, number in enumerate(numbers) if bits >> index & 1]
            ends = (min(chosen), max(chosen))
        case Shifted(shifts=shifts), (int(low), int(high)):
            ends = shifted(shifts, (low, high))
        case Size(), (int(sure), int(possible)):
            ends = (sure.bit_count(), possible.bit_count())
        case _, (int(low), int(high)):
            ends = (low, high)
        case _:
            raise TypeError(term)
    return min(term.factor * end for end in ends), max(term.factor * end for end in ends)
