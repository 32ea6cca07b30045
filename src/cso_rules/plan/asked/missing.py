"""Which facts matter: those of which two values lead to different answers while everything else is the same.

A fact matters exactly where what remains of the answer asks for it, if it stands in no sum whose cells depend on
others. Of those sums the cases are compared that one fact alone leads to. Where they are too many, two copies go down
what remains side by side, which part at the fact itself and at the sums that it stands in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations_with_replacement
from typing import Final

import attrs

from cso_rules.model.civil_dates import is_exact
from cso_rules.model.expressions import Shifted, Term
from cso_rules.model.types import Domain, Interval
from cso_rules.plan.asked.answering import decided
from cso_rules.plan.asked.cases import groups_of
from cso_rules.plan.asked.feasible import place_of
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.asked.rests import Rest
from cso_rules.plan.asked.steps import Decided
from cso_rules.plan.asked.ways import START, Way, copied, names_of
from cso_rules.plan.diagrams import Node
from cso_rules.plan.forms import Linear
from cso_rules.plan.levels import Form
from cso_rules.plan.sums.open_days import Bound, Boxes
from cso_rules.plan.sums.solving import solvable, span_of

MOST_WAYS: Final = 64


def missing(asked: Asked, decision: str) -> frozenset[str]:
    """Return the facts and readings that matter for a decision."""
    return asked.rests.facts.names(missing_bits(asked, decision))


def missing_bits(asked: Asked, decision: str) -> int:
    """Return the facts and readings that matter for a decision, as bits (`fact_bits`)."""
    known: Decided = asked.decided.get(decision) or decided(asked, decision)
    found = asked.matters.get(decision) if known.matters is None else known.matters
    if found is None:
        found, is_told = _bits(asked, known)
        if is_told:
            known.matters = found
        else:
            asked.matters[decision] = found
    return found


def _bits(asked: Asked, known: Decided) -> tuple[int, bool]:
    """Return the facts and readings that matter for a decision, as bits, and whether its functions alone tell them."""
    levels, functions, found = known.levels, known.answers(asked), 0
    all_levels = levels
    for function in functions:
        all_levels |= function.levels
    if not all_levels & asked.rests.form_bits and not known.step.is_computed:
        return asked.rests.facts.of_levels(all_levels), True
    groups, cases = groups_of(asked.plan), asked.plan.roots[known.step.decision.name].sums
    is_told = not cases
    for function in functions:
        if groups.are_free(function.levels) or asked.are_free(function.levels):
            levels |= function.levels  # where it has sums, what is told here holds for one organization
        else:
            found |= _of_function(asked, function)
            is_told = False
    found |= _of_free(asked, levels)
    for case in cases:
        found |= asked.rests.facts.of(_of_sum(asked, *case))
    return found, is_told and not levels & asked.rests.form_bits


def _of_free(asked: Asked, levels: int) -> int:
    """Return the facts and readings that matter where the cells of some levels, given as bits, depend on nothing."""
    facts = asked.rests.facts
    found = facts.of_levels(levels)
    if levels & asked.rests.form_bits:
        found |= facts.of([name for name in facts.in_sums(levels) if _is_open(asked.ends_of_facts, name)])
    return found


def _of_function(asked: Asked, function: Rest) -> int:
    """Return the facts and readings that matter for one function with sums, as bits."""
    split, facts = asked.split(function.levels), asked.rests.facts
    if split is not None:
        cased = split.cased(function)
        return _of_free(asked, cased.levels) | cased.changing
    rest = asked.feasible.of(function)
    names = {*facts.names(facts.of_levels(rest.levels)), *facts.in_sums(rest.levels)}
    return facts.of(name for name in names if _is_open(asked.domains, name) and _Copies(asked, name).differ(rest))


def _of_sum(asked: Asked, guard: Node, total: Linear) -> frozenset[str]:
    """Return the facts that change a sum while its case is given, on one way or from one way to another."""
    names = {part.name for part in total.parts if _is_open(asked.domains, part.name)}
    boxes = [asked.feasible.ways.boxes_on(way) for way in asked.ways_of_case(guard, total)]
    return frozenset(name for name in names if any(_changes(total, name, box) for box in _reached(boxes, name)))


def _reached(boxes: Sequence[Boxes], name: str) -> Iterator[Interval]:
    """Yield within what a fact can change on one way, or on two on which the others can be the same.

    Of many ways all are taken as one: a fact too many may be named then, never one too few.
    """
    lows, highs = [own[name][0] for own in boxes], [own[name][1] for own in boxes]
    if len(boxes) > MOST_WAYS:
        yield min(lows), max(highs)
        return
    for one, two in combinations_with_replacement(range(len(boxes)), 2):
        others = ((own, boxes[two][other]) for other, own in boxes[one].items() if other != name)
        if all(max(own[0], other[0]) <= min(own[1], other[1]) for own, other in others):
            yield min(lows[one], lows[two]), max(highs[one], highs[two])


def _changes(total: Linear, name: str, box: Interval) -> bool:
    """Tell whether a fact alone changes a sum; what it adds in one place it may take away in another.

    A day that a calendar leaves open is no change where each value of the fact comes to it.
    """
    own = Linear({part: factor for part, factor in total.parts.items() if part.name == name})
    found, again = span_of(own.terms, {name: box}, ()), f"{name}, again"
    if found is None or found[0] == found[1] or all(map(_is_sure, own.terms)):
        return found is not None and found[0] < found[1]
    other, _, _ = copied((own.terms, None, None), name, again)
    difference = (*own.terms, *(attrs.evolve(term, factor=-term.factor) for term in other))
    return solvable({name: box, again: box}, [(difference, 1, None)])


def _is_sure(term: Term) -> bool:
    return not isinstance(term.quantity, Shifted) or is_exact(term.quantity.shifts)


def _is_open(domains: Mapping[str, Domain], name: str) -> bool:
    domain = domains.get(name)  # a computed date that is moved stands in no record
    return domain is not None and (domain[0] < domain[1] if isinstance(domain, tuple) else domain.bit_count() > 1)


@attrs.frozen
class _Copy:
    """Where one of two copies stands, and how it came there."""

    rest: Rest
    way: Way


Span = tuple[int, int]


@attrs.frozen(slots=False, eq=False)
class _Copies:
    """Two records that are the same but for one fact."""

    asked: Asked
    name: str

    @cached_property
    def _seen(self) -> set[tuple[_Copy, _Copy]]:
        return set()

    @cached_property
    def _places(self) -> int:
        """The levels that depend on the fact, as bits."""
        levels = enumerate(self.asked.plan.levels)
        return sum(1 << place for place, level in levels if self.name in names_of(level))

    def differ(self, rest: Rest) -> bool:
        """Tell whether the two can have different answers."""
        return self._differ(_Copy(rest, START), _Copy(rest, START))

    def _differ(self, one: _Copy, two: _Copy) -> bool:
        if (one, two) in self._seen:
            return False
        self._seen.add((one, two))
        levels = one.rest.levels | two.rest.levels
        if not levels:
            return one.rest is not two.rest
        if one == two and not self._places & levels:
            return False
        if not levels & (self._places | self.asked.feasible.ways.bound_sums):
            return one.rest is not two.rest
        return any(self._differ(*pair) for pair in self._ways((levels & -levels).bit_length() - 1, one, two))

    def _ways(self, place: int, one: _Copy, two: _Copy) -> Iterator[tuple[_Copy, _Copy]]:
        """Yield where both may stand below a level: in the same cells of it, unless it depends on the fact."""
        parts, reach = self.name in names_of(self.asked.plan.levels[place]), self.asked.plan.reach
        for span_one, rest_one in self._runs(place, one.rest):
            for span_two, rest_two in self._runs(place, two.rest):
                spans = (span_one, span_two) if parts else (_common(span_one, span_two),) * 2
                ways = [self._way(place, span, copy.way) for span, copy in zip(spans, (one, two), strict=True)]
                if ways[0] is not None and ways[1] is not None and self._are_possible(place, ways[0], ways[1]):
                    kept = reach[rest_one.levels | rest_two.levels]
                    yield _Copy(rest_one, ways[0].only(*kept)), _Copy(rest_two, ways[1].only(*kept))

    def _runs(self, place: int, rest: Rest) -> Iterator[tuple[Span, Rest]]:
        if rest.levels and place_of(rest) == place:
            yield from self.asked.feasible.runs(rest)
        else:
            yield (0, self.asked.plan.levels[place].size), rest

    def _way(self, place: int, span: Span, way: Way) -> Way | None:
        """Return the way on into a span of cells; None where no cell of it is possible."""
        if span[0] >= span[1]:
            return None
        ways = self.asked.feasible.ways
        if isinstance(self.asked.plan.levels[place], Form):
            return way.summed(place, (span[0], span[1] - 1))
        cells = ways.cells_in(place, *span, way)
        return None if cells is None else ways.way_on(place, cells, way)

    def _are_possible(self, place: int, one: Way, two: Way) -> bool:
        """Tell whether sums can be as both suppose, while all facts but the one are the same."""
        if not isinstance(self.asked.plan.levels[place], Form):
            return True
        boxes = {**self.asked.feasible.ways.boxes, self._copied: self.asked.feasible.ways.boxes.get(self.name, (0, 0))}
        boxes |= {self._copied if name == self.name else name: box for name, box in two.boxes}
        boxes |= dict(one.boxes)
        bounds = [self.asked.feasible.ways.bound(*pair) for pair in one.sums]
        bounds += [self._with_copy(self.asked.feasible.ways.bound(*pair)) for pair in two.sums]
        names = {term.quantity.name for terms, _, _ in bounds for term in terms}
        return solvable({name: boxes[name] for name in names}, bounds)

    @property
    def _copied(self) -> str:
        return f"{self.name}, again"

    def _with_copy(self, bound: Bound) -> Bound:
        """Return the bound of the second record, in which the fact is another one."""
        return copied(bound, self.name, self._copied)


def _common(one: Span, two: Span) -> Span:
    return max(one[0], two[0]), min(one[1], two[1])
