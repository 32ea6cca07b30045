"""Which decisions a plan cannot answer exactly: their answers may be wider than what is possible, and never wrong."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence

from cso_rules.model.civil_dates import Shifts, is_exact, shifted
from cso_rules.model.expressions import Shifted
from cso_rules.model.policy import Policy
from cso_rules.model.types import Interval
from cso_rules.plan.building import Inexact, Plan
from cso_rules.plan.levels import Form
from cso_rules.plan.sums.elimination import Factors, factors_of, is_decided
from cso_rules.plan.sums.open_days import ties_of
from cso_rules.plan.sums.solving import MOST_STEPS, is_easy

MOST_SIDES = 64
"""How many choices of sides of several sums are looked at."""


def inexact_decisions(plan: Plan) -> dict[str, Inexact]:
    """Return the decisions that are not exact, with the reason, in the order of the policy."""
    places = {name: _sums_of(plan, name) for name in plan.roots}
    groups = {name: {plan.related[place] & own for place in own} for name, own in places.items()}
    is_exact = {group: _is_solved(plan, group) for found in groups.values() for group in found}
    doubtful = {
        name
        for name, own in places.items()
        if not all(is_exact[group] for group in groups[name]) or _adds_what_is_compared(plan, name, own)
    }
    found = {name: plan.left_out.get(name, Inexact.SUMS) for name in {*plan.left_out, *doubtful}}
    return {name: found[name] for name in plan.policy.decisions if name in found}


def _sums_of(plan: Plan, name: str) -> frozenset[int]:
    """Return the levels of sums on which a decision depends."""
    root = plan.roots[name]
    nodes = (root.answer, *root.items, *root.rules, *(guard for guard, _ in root.sums))
    levels = {plan.diagrams.levels[node] for node in plan.diagrams.below(nodes)}
    return frozenset(place for place in levels if place < len(plan.levels) and isinstance(plan.levels[place], Form))


def _adds_what_is_compared(plan: Plan, name: str, places: Iterable[int]) -> bool:
    """Tell whether a computed number adds what a sum above it compares, or something more than once or otherwise."""
    compared = {tie for form in _forms(plan, places) for tie in form.ties}
    totals = [total.terms for _, total in plan.roots[name].sums]
    ties = [[tie for term in terms for tie in ties_of(term)] for terms in totals]
    quantities = {term.quantity for terms in totals for term in terms}
    is_moved_otherwise = len({own.name for own in quantities}) < len(quantities)
    return is_moved_otherwise or any(compared & set(own) or len(set(own)) < len(own) for own in ties)


def _forms(plan: Plan, places: Iterable[int]) -> list[Form]:
    return [level for place in sorted(places) if isinstance(level := plan.levels[place], Form)]


def _is_solved(plan: Plan, places: Iterable[int]) -> bool:
    """Tell whether it is always found out which cells sums that share facts can have at once, in two records too."""
    forms = _forms(plan, places)
    names = tuple(dict.fromkeys(name for form in forms for name in form.names))
    if not plan.policy.facts.keys() >= {*names}:
        return False
    if all(len(form.terms) == 1 and is_easy(form.terms) for form in forms) or _are_few(plan.policy, forms, names):
        return True
    factors = [factors_of(form.terms) for form in forms]
    if None in factors:
        return False
    sums = [(own, len(form.cuts)) for form, own in zip(forms, factors, strict=True) if own is not None]
    return all(_is_decided([*sums, *_copied(sums, name)]) for name in names)


def _are_few(policy: Policy, forms: Sequence[Form], names: Sequence[str]) -> bool:
    """Tell whether facts have so few values that all are tried, one of them twice, and what a calendar leaves open is.

    Open days are tried as well where dates are moved on from them; elimination tells of the last ones.
    """
    boxes = {name: (policy.facts[name].type.minimum, policy.facts[name].type.maximum) for name in names}
    widths = [high - low + 1 for low, high in boxes.values()]
    if 2 * math.prod(widths) * max(widths) > MOST_STEPS:
        return False
    quantities = dict.fromkeys(term.quantity for form in forms for term in form.terms)
    unsure = [own for own in quantities if isinstance(own, Shifted) and not is_exact(own.shifts)]
    tried = {(own.name, own.shifts[:place]) for own in unsure for place in range(1, len(own.shifts))}
    several = [_most_days(shifts, boxes[name]) for name, shifts in tried if not is_exact(shifts[-1:])]
    if 2 * math.prod(several) ** 2 > MOST_STEPS:
        return False
    sums = [(_days(form, unsure), len(form.cuts)) for form in forms]
    named = [(own, cuts) for own, cuts in sums if own]
    return all(
        _is_decided([*named, *_copied(named, *(str(own) for own in unsure if own.name == name))]) for name in names
    )


def _days(form: Form, unsure: Sequence[Shifted]) -> Factors:
    """Return a sum of the days that calendars leave open; facts are known."""
    return tuple(sorted((str(term.quantity), term.factor) for term in form.terms if term.quantity in unsure))


def _most_days(shifts: Shifts, box: Interval) -> int:
    """Return of how many days at most the last of some shifts makes one, however a date in a box was moved before."""
    low, high = shifted(shifts[:-1], box)
    if high - low > MOST_STEPS:
        return MOST_STEPS
    ends = (shifted(shifts[-1:], (day, day)) for day in range(low, high + 1))
    return max(last - first + 1 for first, last in ends)


def _copied(sums: Iterable[tuple[Factors, int]], *names: str) -> Iterator[tuple[Factors, int]]:
    """Yield the sums of a second record that differs in some numbers."""
    for factors, cuts in sums:
        if not dict(factors).keys().isdisjoint(names):
            yield tuple(sorted((f"{own}, again" if own in names else own, factor) for own, factor in factors)), cuts


def _is_decided(sums: Sequence[tuple[Factors, int]]) -> bool:
    """Tell whether elimination tells for every choice of sides; a sum with one cut is never bounded on both."""
    sides = [_sides(factors, cuts) for factors, cuts in sums]
    if math.prod(map(len, sides)) > MOST_SIDES:
        sides = [[(factors, _negated(factors))] for factors, _ in sums]
    return all(is_decided([side for own in choice for side in own]) for choice in itertools.product(*sides))


def _sides(factors: Factors, cuts: int) -> list[tuple[Factors, ...]]:
    both = (factors, _negated(factors))
    return [(side,) for side in both] if cuts <= 1 else [both]


def _negated(factors: Factors) -> Factors:
    return tuple((name, -factor) for name, factor in factors)
