"""Conditions as two planes: where they are certainly true, and where they are certainly false."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Final, assert_never

import attrs

from cso_rules.executors.planes.graph import ALWAYS, NEVER, Graph
from cso_rules.executors.planes.variables import (
    Coded,
    Fixed,
    Items,
    Known,
    Marked,
    Narrowed,
    Number,
    Possible,
    Range,
    Truths,
    possible_of,
)
from cso_rules.executors.single.reference import holds
from cso_rules.model.civil_dates import shifted
from cso_rules.model.expressions import (
    Among,
    And,
    Constant,
    Expression,
    If,
    Includes,
    Lookup,
    Not,
    Or,
    Shifted,
    Size,
    Term,
    Variable,
    Within,
    names_of,
)
from cso_rules.model.types import Domain, Interval
from cso_rules.truth import Truth

Environment = Mapping[str, Known]
Sides = tuple[int, int]
"""Where something is certainly true, and where certainly false."""

_MOST_HOLES: Final = 3
_MOST_CASES: Final = 16
_SIDES = {Truth.TRUE: (ALWAYS, NEVER), Truth.FALSE: (NEVER, ALWAYS), Truth.UNKNOWN: (NEVER, NEVER)}


def truth(graph: Graph, expression: Expression, environment: Environment) -> Sides:
    """Return where a condition is certainly true and certainly false."""
    match expression:
        case Constant(value=value):
            return _SIDES[Truth.of(value)]
        case Among() | Includes() | Within():
            return _atom(graph, expression, environment)
        case And():
            return conjunction(graph, [truth(graph, part, environment) for part in expression.operands])
        case Or():
            return disjunction(graph, [truth(graph, part, environment) for part in expression.operands])
        case Not():
            true, false = truth(graph, expression.operand, environment)
            return false, true
        case If():
            return _if(graph, expression, environment)
        case _:
            assert_never(expression)


def conjunction(graph: Graph, parts: Sequence[Sides]) -> Sides:
    """Return the planes of `and`."""
    return graph.all_of(true for true, _ in parts), graph.any_of(false for _, false in parts)


def disjunction(graph: Graph, parts: Sequence[Sides]) -> Sides:
    """Return the planes of `or`."""
    return graph.any_of(true for true, _ in parts), graph.all_of(false for _, false in parts)


def joined(graph: Graph, cases: Iterable[tuple[Sides, int]]) -> Sides:
    """Return where all cases agree; each comes with the plane of the rows that it does not concern."""
    true = false = ALWAYS
    for (sure, never), skipped in cases:
        true = graph.both(true, graph.either(sure, skipped))
        false = graph.both(false, graph.either(never, skipped))
    return true, false


def _if(graph: Graph, expression: If, environment: Environment) -> Sides:
    true, false = truth(graph, expression.condition, environment)
    then = truth(graph, expression.then, environment)
    otherwise = truth(graph, expression.otherwise, environment)
    return (
        _branch(graph, (true, false), then[0], otherwise[0]),
        _branch(graph, (true, false), then[1], otherwise[1]),
    )


def _branch(graph: Graph, condition: Sides, then: int, otherwise: int) -> int:
    chosen = graph.either(graph.both(condition[0], then), graph.both(condition[1], otherwise))
    return graph.either(chosen, graph.both(then, otherwise))


def _atom(graph: Graph, atom: Among | Includes | Within, environment: Environment) -> Sides:
    names = names_of(atom)
    fixed = {name: found.domain for name in names if isinstance(found := environment[name], Fixed)}
    if len(fixed) == len(names):
        return _SIDES[holds(atom, fixed)]
    match atom:
        case Among():
            return _among(graph, environment[atom.name], atom.bits)
        case Includes():
            return _includes(graph, environment[atom.name], atom.bits)
        case Within(terms=(term,)) if isinstance(environment[term.quantity.name], Coded | Number):
            return _of_fact(graph, atom, term, environment[term.quantity.name])
        case Within():
            return _of_sum(graph, atom, environment)
        case _:
            assert_never(atom)


def _among(graph: Graph, variable: Known, bits: int) -> Sides:
    match variable:
        case Coded():
            alone = holds(Among(name="", bits=bits), {"": variable.unknown})
            return _values(graph, variable, bits, _SIDES[alone])
        case Truths():
            return {0: (NEVER, ALWAYS), 1: (variable.true, variable.false), 2: (variable.false, variable.true)}.get(
                bits & 3, (ALWAYS, NEVER)
            )
        case Possible(planes=planes):
            inside = graph.any_of(plane for place, plane in enumerate(planes) if bits >> place & 1)
            outside = graph.any_of(plane for place, plane in enumerate(planes) if not bits >> place & 1)
            return graph.without(inside, outside), graph.opposite(inside)
        case _:
            raise TypeError("no enumeration")


def _values(graph: Graph, variable: Coded, bits: int, unknown: Sides) -> Sides:
    """Return where a fact has one of the values, with what holds where it is not known."""
    known = graph.known(variable.name) if variable.has_holes else ALWAYS
    places = [place for place in range(variable.size) if bits >> place & 1]
    others = [place for place in range(variable.size) if not bits >> place & 1]
    # Always the same one of two halves of a size, so that a condition and its opposite share their planes.
    chosen = min(places, others, key=lambda found: (len(found), found))
    fewer = graph.any_of(graph.plane(variable.name, place) for place in chosen)
    more = graph.without(known, fewer)
    return _completed(graph, (fewer, more) if chosen is places else (more, fewer), known, unknown)


def _completed(graph: Graph, sides: Sides, known: int, unknown: Sides) -> Sides:
    hole = graph.opposite(known)
    true, false = (graph.either(side, graph.both(hole, open_)) for side, open_ in zip(sides, unknown, strict=True))
    return true, false


def _includes(graph: Graph, variable: Known, bits: int) -> Sides:
    match variable:
        case Marked():
            known = graph.known(variable.name) if variable.has_holes else ALWAYS
            places = [place for place in range(variable.size) if bits >> place & 1]
            held = graph.any_of(graph.plane(variable.name, place) for place in places)
            return held, graph.without(known, held) if places else ALWAYS
        case Items():
            sure = graph.any_of(plane for place, plane in enumerate(variable.sure) if bits >> place & 1)
            possible = graph.any_of(plane for place, plane in enumerate(variable.possible) if bits >> place & 1)
            return sure, graph.opposite(possible)
        case _:
            raise TypeError("no set")


def _of_fact(graph: Graph, atom: Within, term: Term, variable: Known) -> Sides:
    """Compare one fact; where it is not known the answer is the same in every row."""
    quantity = term.quantity
    if isinstance(variable, Coded) and isinstance(quantity, Lookup):
        unknown = _SIDES[holds(atom, {variable.name: variable.unknown})]
        numbers = (term.factor * number for number in quantity.numbers)
        bits = sum(1 << place for place, number in enumerate(numbers) if _is_within(number, atom))
        return _values(graph, variable, bits, unknown)
    if not isinstance(variable, Number) or not isinstance(quantity, Variable) or not term.factor:
        return _within(graph, _sum(graph, atom.terms, {quantity.name: variable}), atom)
    known = graph.known(variable.name) if variable.has_holes else ALWAYS
    inside = graph.within(graph.values(variable.name, variable.bounds, None), *_divided(term.factor, atom))
    sides = graph.both(known, inside), graph.without(known, inside)
    return _completed(graph, sides, known, _SIDES[holds(atom, {variable.name: variable.unknown})])


def _of_sum(graph: Graph, atom: Within, environment: Environment) -> Sides:
    """Compare a sum, for each choice of facts that are not known: their share of the sum is the same in every row.

    So one array of the known shares serves the whole table, and no cell needs arrays of its own. So it is with the
    values of an enumeration that selects a number, as long as they are few.
    """
    holes = [name for name in names_of(atom) if _has_holes(environment[name])]
    choices = {name: _unknown_or_not(graph, environment[name]) for name in holes}
    if len(holes) > _MOST_HOLES:
        return _within(graph, _sum(graph, atom.terms, environment), atom)
    for name in names_of(atom):
        values = _single_values(graph, environment[name])
        if values and prod(map(len, choices.values())) * len(values) <= _MOST_CASES * len(choices.get(name, "1")):
            choices[name] = values
    if not choices:
        return _within(graph, _sum(graph, atom.terms, environment), atom)
    true = false = NEVER
    for cases in itertools.product(*choices.values()):
        here = graph.all_of(plane for _, plane in cases)
        settled = {name: variable for name, (variable, _) in zip(choices, cases, strict=True)}
        sides = _within(graph, _sum(graph, atom.terms, {**environment, **settled}), atom)
        true, false = (
            graph.either(found, graph.both(here, side)) for found, side in zip((true, false), sides, strict=True)
        )
    return true, false


def _has_holes(variable: Known) -> bool:
    return isinstance(variable, Coded | Marked | Number) and variable.has_holes


def _unknown_or_not(graph: Graph, variable: Known) -> list[Narrowed]:
    """Return a fact where it is known, and the domain that it has where it is not, each with where that is."""
    assert isinstance(variable, Coded | Marked | Number)
    known = graph.known(variable.name)
    return [(attrs.evolve(variable, has_holes=False), known), (Fixed(variable.unknown), graph.opposite(known))]


def _single_values(graph: Graph, variable: Known) -> list[Narrowed]:
    """Return an enumeration with each of its values, and where it is not known, each with where that is."""
    if not isinstance(variable, Coded):
        return []
    values: list[Narrowed] = [(Fixed(1 << place), graph.plane(variable.name, place)) for place in range(variable.size)]
    if variable.has_holes:
        values.append((Fixed(variable.unknown), graph.opposite(graph.known(variable.name))))
    return values


def _is_within(number: int, atom: Within) -> bool:
    return (atom.low is None or atom.low <= number) and (atom.high is None or number <= atom.high)


def _divided(factor: int, atom: Within) -> tuple[int | None, int | None]:
    low, high = atom.low, atom.high
    if factor < 0:
        factor, low, high = -factor, None if high is None else -high, None if low is None else -low
    return None if low is None else -(-low // factor), None if high is None else high // factor


def _within(graph: Graph, total: Sides, atom: Within) -> Sides:
    """Compare an interval with bounds; a missing bound never excludes anything."""
    least, most = total
    above = ALWAYS if atom.low is None else graph.at_least(least, atom.low)
    below = ALWAYS if atom.high is None else graph.opposite(graph.at_least(most, atom.high + 1))
    under = NEVER if atom.low is None else graph.opposite(graph.at_least(most, atom.low))
    over = NEVER if atom.high is None else graph.at_least(least, atom.high + 1)
    false = graph.either(under, over)
    # Bounds in the wrong order exclude everything, also what would satisfy both ends of them.
    return graph.without(graph.both(above, below), false), false


def total(graph: Graph, terms: Sequence[Term], constant: int, environment: Environment) -> Sides:
    """Return the arrays of the least and greatest possible sum of the terms and a constant."""
    low, high = _sum(graph, terms, environment)
    return graph.sum_of(low, graph.number(constant)), graph.sum_of(high, graph.number(constant))


def _sum(graph: Graph, terms: Sequence[Term], environment: Environment) -> Sides:
    low = high = graph.number(0)
    for term in terms:
        least, most = _quantity(graph, term, environment[term.quantity.name])
        if term.factor < 0:
            least, most = most, least
        low = graph.sum_of(low, graph.times(least, term.factor))
        high = graph.sum_of(high, graph.times(most, term.factor))
    return low, high


def _quantity(graph: Graph, term: Term, variable: Known) -> Sides:
    match term.quantity:
        case Variable():
            return _ends(graph, variable)
        case Size():
            return _size(graph, variable)
        case Lookup(numbers=numbers):
            return _looked_up(graph, variable, numbers)
        case Shifted(shifts=shifts):
            if isinstance(variable, Fixed):
                return _numbers(graph, shifted(shifts, _interval(variable.domain)))
            low, high = _ends(graph, variable)
            return graph.moved(low, shifts, is_latest=False), graph.moved(high, shifts, is_latest=True)
        case _:
            assert_never(term.quantity)


def _interval(domain: Domain) -> Interval:
    assert isinstance(domain, tuple)
    return domain


def _numbers(graph: Graph, interval: Interval) -> Sides:
    return graph.number(interval[0]), graph.number(interval[1])


def _ends(graph: Graph, variable: Known) -> Sides:
    match variable:
        case Fixed(domain=domain):
            return _numbers(graph, _interval(domain))
        case Range(low=low, high=high):
            return low, high
        case Number() if variable.has_holes:
            low, high = (graph.values(variable.name, variable.bounds, end) for end in variable.unknown)
            return low, high
        case Number():
            values = graph.values(variable.name, variable.bounds, None)
            return values, values
        case _:
            raise TypeError("no number")


def _size(graph: Graph, variable: Known) -> Sides:
    match variable:
        case Fixed(domain=domain):
            sure, possible = _interval(domain)
            return _numbers(graph, (sure.bit_count(), possible.bit_count()))
        case Marked() if not variable.has_holes:
            size = graph.size(variable.name, variable.size)
            return size, size
        case Marked():
            held = tuple(graph.plane(variable.name, place) for place in range(variable.size))
            hole = graph.opposite(graph.known(variable.name))
            return graph.count(held), graph.count(tuple(graph.either(plane, hole) for plane in held))
        case Items(sure=sure_items, possible=possible_items):
            return graph.count(sure_items), graph.count(possible_items)
        case _:
            raise TypeError("no set")


def _looked_up(graph: Graph, variable: Known, numbers: tuple[int, ...]) -> Sides:
    match variable:
        case Fixed(domain=domain):
            return _numbers(graph, _chosen(domain, numbers))
        case Coded() if not variable.has_holes:
            found = graph.looked_up(variable.name, numbers, numbers[0])
            return found, found
        case Coded():
            low, high = _chosen(variable.unknown, numbers)
            return graph.looked_up(variable.name, numbers, low), graph.looked_up(variable.name, numbers, high)
        case Truths() | Possible():
            planes = possible_of(graph, variable)
            return graph.extreme(planes, numbers, is_most=False), graph.extreme(planes, numbers, is_most=True)
        case _:
            raise TypeError("no enumeration")


def _chosen(domain: Domain, numbers: tuple[int, ...]) -> Interval:
    assert isinstance(domain, int)
    found = [number for place, number in enumerate(numbers) if domain >> place & 1]
    return min(found), max(found)
