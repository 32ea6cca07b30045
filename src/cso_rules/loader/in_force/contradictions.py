"""Conditions that can never hold, as far as the bounds of single quantities tell.

Each quantity is narrowed by everything that a conjunction asks of it; an alternative can never hold when none of its
branches can. Sums that share facts are compared by their extremes only, so that nothing is called impossible wrongly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from cso_rules.executors.single.reference import holds
from cso_rules.model.expressions import (
    Among,
    And,
    Constant,
    Expression,
    If,
    Includes,
    Not,
    Or,
    Term,
    Variable,
    Within,
    atoms,
    names_of,
)
from cso_rules.model.types import Domain, Environment, Interval, Type
from cso_rules.truth import Truth

MOST_ATOMS = 4000
"""A larger condition is not searched."""
Bound = tuple[int | None, int | None]


def never_holds(conditions: Sequence[Expression], types: Mapping[str, Type]) -> bool:
    """Tell whether conditions are shown never to hold together."""
    found = [atom for condition in conditions for atom in atoms(condition)]
    if not found or len(found) > MOST_ATOMS:
        return False
    everything = {name: types[name].everything for atom in found for name in names_of(atom)}
    return _is_impossible([_pushed(condition, types, is_true=True) for condition in conditions], everything)


def _pushed(expression: Expression, types: Mapping[str, Type], *, is_true: bool) -> Expression:
    """Return a condition, or its contrary, in which nothing but a set that includes values is negated."""
    match expression:
        case Constant():
            return Constant(value=expression.value is is_true)
        case Not():
            return _pushed(expression.operand, types, is_true=not is_true)
        case And() | Or():
            form = And if isinstance(expression, And) is is_true else Or
            return form(operands=tuple(_pushed(part, types, is_true=is_true) for part in expression.operands))
        case If():
            sides = (
                And(operands=(expression.condition, expression.then)),
                And(operands=(Not(operand=expression.condition), expression.otherwise)),
            )
            return _pushed(Or(operands=sides), types, is_true=is_true)
        case _:
            return expression if is_true else _contrary(expression, types)


def _contrary(atom: Among | Includes | Within, types: Mapping[str, Type]) -> Expression:
    match atom:
        case Among():
            everything = (1 << len(types[atom.name].names)) - 1
            return Among(name=atom.name, bits=everything & ~atom.bits)
        case Includes():
            return Not(operand=atom)
        case Within():
            sides = (
                *((Within(terms=atom.terms, low=None, high=atom.low - 1),) if atom.low is not None else ()),
                *((Within(terms=atom.terms, low=atom.high + 1, high=None),) if atom.high is not None else ()),
            )
            return sides[0] if len(sides) == 1 else Or(operands=sides)


def _is_impossible(parts: Iterable[Expression], environment: Environment) -> bool:
    flat = list(_flattened(parts))
    asked = [part for part in flat if not isinstance(part, Or)]
    narrowed = _narrowed(asked, dict(environment))
    if narrowed is None or any(holds(part, narrowed) is Truth.FALSE for part in flat):
        return True
    sums = [part for part in asked if isinstance(part, Within) and len(part.terms) > 1]
    return any(
        all(_is_impossible([*sums, branch], narrowed) for branch in part.operands)
        for part in flat
        if isinstance(part, Or)
    )


def _flattened(parts: Iterable[Expression]) -> Iterator[Expression]:
    for part in parts:
        if isinstance(part, And):
            yield from _flattened(part.operands)
        else:
            yield part


def _narrowed(asked: Sequence[Expression], environment: dict[str, Domain]) -> Environment | None:
    """Return what the facts can still be; None when one of them, or a sum, can be nothing."""
    sums: dict[tuple[Term, ...], Bound] = {}
    for part in asked:
        match part:
            case Within(terms=(Term(quantity=Variable(name=name)),)):
                found = _meeting(environment[name], _bounds(part))
            case Within():
                sums[part.terms] = _stricter(sums.get(part.terms, (None, None)), (part.low, part.high))
                low, high = sums[part.terms]
                if low is not None and high is not None and low > high:
                    return None
                continue
            case Among(name=name):
                found = _meeting(environment[name], part.bits)
            case Includes(name=name) | Not(operand=Includes(name=name)):
                found = _members(environment[name], part)
            case _:
                continue
        if found is None:
            return None
        environment[name] = found
    return environment


def _bounds(comparison: Within) -> Bound:
    """Return between which values one variable lies."""
    factor = comparison.terms[0].factor
    low, high = (comparison.low, comparison.high) if factor > 0 else (comparison.high, comparison.low)
    return (None if low is None else -(-low // factor), None if high is None else high // factor)


def _stricter(first: Bound, second: Bound) -> Bound:
    lows = [bound[0] for bound in (first, second) if bound[0] is not None]
    highs = [bound[1] for bound in (first, second) if bound[1] is not None]
    return max(lows, default=None), min(highs, default=None)


def _meeting(domain: Domain, asked: int | Bound) -> Domain | None:
    """Return what two domains have in common; None when nothing."""
    if isinstance(domain, tuple) and isinstance(asked, tuple):
        low = domain[0] if asked[0] is None else max(domain[0], asked[0])
        high = domain[1] if asked[1] is None else min(domain[1], asked[1])
        return (low, high) if low <= high else None
    assert isinstance(domain, int)
    assert isinstance(asked, int)
    return domain & asked or None


def _members(domain: Domain, asked: Expression) -> Interval | None:
    """Return what a set surely and possibly holds, where one value is asked for, or any of some is excluded."""
    assert isinstance(domain, tuple)
    sure, possible = domain
    if isinstance(asked, Includes):
        sure |= asked.bits if asked.bits.bit_count() == 1 else 0
    elif isinstance(asked, Not) and isinstance(asked.operand, Includes):
        possible &= ~asked.operand.bits
    return None if sure & ~possible else (sure, possible)
