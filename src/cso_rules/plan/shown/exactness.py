"""Which decisions a plan cannot answer exactly: their answers may be wider than what is possible, and never wrong."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence

from cso_rules.model.policy import Policy
from cso_rules.plan.building import Inexact, Plan
from cso_rules.plan.levels import Form
from cso_rules.plan.sums.elimination import Factors, factors_of, is_decided
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
    """Tell whether a computed number adds facts that a sum above it compares, or one fact more than once."""
    compared = {fact for place in places for fact in _forms(plan, [place])[0].names}
    totals = [total for _, total in plan.roots[name].sums]
    names = [[quantity.name for quantity in total.parts] for total in totals]
    return any(compared & set(own) or len(set(own)) < len(own) for own in names)


def _forms(plan: Plan, places: Iterable[int]) -> list[Form]:
    return [level for place in sorted(places) if isinstance(level := plan.levels[place], Form)]


def _is_solved(plan: Plan, places: Iterable[int]) -> bool:
    """Tell whether it is always found out which cells sums that share facts can have at once, in two records too."""
    forms = _forms(plan, places)
    if len(forms) == 1 and len(forms[0].terms) == 1:
        return True
    names = tuple(dict.fromkeys(name for form in forms for name in form.names))
    if _are_few(plan.policy, names):
        return True
    factors = [factors_of(form.terms) for form in forms]
    if any(own is None for own in factors):
        return len(forms) == 1 and is_easy(forms[0].terms)
    sums = [(own, len(form.cuts)) for form, own in zip(forms, factors, strict=True) if own is not None]
    return all(_is_decided([*sums, *_copied(sums, name)]) for name in names)


def _are_few(policy: Policy, names: Sequence[str]) -> bool:
    """Tell whether facts have so few values that all are tried, one of them twice."""
    known = [policy.facts[name].type for name in names if name in policy.facts]
    widths = [kind.maximum - kind.minimum + 1 for kind in known]
    return len(known) == len(names) and 2 * math.prod(widths) * max(widths) <= MOST_STEPS


def _copied(sums: Iterable[tuple[Factors, int]], name: str) -> Iterator[tuple[Factors, int]]:
    """Yield the sums of a second record that differs in one fact."""
    for factors, cuts in sums:
        if name in dict(factors):
            yield tuple(sorted((f"{own}, again" if own == name else own, factor) for own, factor in factors)), cuts


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
