"""Whether whole numbers satisfy several sums at once: one number after the other is eliminated, where that is exact.

Two sums that bound a number from below and from above leave a room for it exactly when what they say of each other
holds, provided that one of them has it with the factor 1 (Fourier and Motzkin; Pugh's Omega test). Where no number can
be eliminated so, nothing is said here.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from cso_rules.model.expressions import Term, Variable
from cso_rules.model.types import Interval

Factors = tuple[tuple[str, int], ...]
"""Facts with their factors, by name; none is zero."""
Least = dict[Factors, int]
"""Sums with the least value that each must have."""
MOST_SUMS = 400
_MOST_KEPT = 4096


def feasible(
    boxes: Mapping[str, Interval], bounds: Sequence[tuple[tuple[Term, ...], int | None, int | None]]
) -> bool | None:
    """Tell whether numbers in the boxes satisfy all bounds; None where elimination does not tell."""
    sums: Least = {}
    for terms, low, high in bounds:
        factors = factors_of(terms)
        if factors is None:
            return None
        known = sum(factor * boxes[name][0] for name, factor in factors if boxes[name][0] == boxes[name][1])
        open_ = tuple([pair for pair in factors if boxes[pair[0]][0] < boxes[pair[0]][1]])
        least, most = None if low is None else low - known, None if high is None else known - high
        if not (add(sums, open_, least) and add(sums, _negated(open_), most)):
            return False
    names = {name for factors in sums for name, _ in factors}
    for name in names:
        if not (add(sums, ((name, 1),), boxes[name][0]) and add(sums, ((name, -1),), -boxes[name][1])):
            return False
    return _is_satisfied(frozenset(sums.items()))


def is_decided(sums: Iterable[Factors]) -> bool:
    """Tell whether elimination tells for all least values of these sums, each fact being in a box."""
    found: Least = dict.fromkeys(sums, 0)
    names = {name for factors in found for name, _ in factors}
    for name in names:
        found |= {((name, 1),): 0, ((name, -1),): 0}
    return _is_satisfied(frozenset(found.items())) is not None


def factors_of(terms: Iterable[Term]) -> Factors | None:
    """Return a sum of facts as they are; None where a date is moved."""
    found: dict[str, int] = {}
    for term in terms:
        if not isinstance(term.quantity, Variable):
            return None
        found[term.quantity.name] = found.get(term.quantity.name, 0) + term.factor
    return tuple(sorted((name, factor) for name, factor in found.items() if factor))


def add(sums: Least, factors: Factors, least: int | None) -> bool:
    """Add that a sum has a least value; false when it cannot have it, whatever the facts are."""
    if least is None or not factors:
        return least is None or least <= 0
    divisor = math.gcd(*(factor for _, factor in factors))
    key = tuple((name, factor // divisor) for name, factor in factors)
    sums[key] = max(sums.get(key, -(-least // divisor)), -(-least // divisor))
    return True


@lru_cache(maxsize=_MOST_KEPT)
def _is_satisfied(known: frozenset[tuple[Factors, int]]) -> bool | None:
    """Tell whether numbers satisfy some sums; searches about many organizations ask for the same ones."""
    sums = dict(known)
    left = sorted({name for factors in sums for name, _ in factors})
    while left:
        name = next((name for name in left if _is_exact(sums, name)), None)
        if name is None or len(sums) > MOST_SUMS:
            return None
        rest = _without(sums, name)
        if rest is None:
            return False
        sums = rest
        left.remove(name)
    return True


def _is_exact(sums: Least, name: str) -> bool:
    """Tell whether of each pair that bounds a number from below and above one has it once."""
    factors = {dict(key).get(name, 0) for key in sums}
    return all(factor <= 1 for factor in factors) or all(factor >= -1 for factor in factors)


def _without(sums: Least, name: str) -> Least | None:
    """Return what the sums say of the other numbers; None when that cannot be."""
    rest = {key: least for key, least in sums.items() if name not in dict(key)}
    lower = [(dict(key), least) for key, least in sums.items() if dict(key).get(name, 0) > 0]
    upper = [(dict(key), least) for key, least in sums.items() if dict(key).get(name, 0) < 0]
    for (one, least_one), (two, least_two) in itertools.product(lower, upper):
        times_one, times_two = -two[name], one[name]
        joined = {part: times_one * one.get(part, 0) + times_two * two.get(part, 0) for part in one | two}
        factors = tuple(sorted((part, factor) for part, factor in joined.items() if factor))
        if not add(rest, factors, times_one * least_one + times_two * least_two):
            return None
    return rest


def _negated(factors: Factors) -> Factors:
    return tuple((name, -factor) for name, factor in factors)
