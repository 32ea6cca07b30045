"""Which facts matter: those of which two values lead to different answers while everything else is the same.

A fact matters exactly where what remains of the answer asks for it, if it stands in no sum whose cells depend on
others. Of those sums the cases are compared that one fact alone leads to. Where they are too many, two copies go down
what remains side by side, which part at the fact itself and at the sums that it stands in. So they do for a number of
which two cases may give the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise

import attrs

from cso_rules.model.expressions import Shifted, Term
from cso_rules.model.types import Domain, Interval
from cso_rules.plan.asked.answering import decided
from cso_rules.plan.asked.cases import groups_of
from cso_rules.plan.asked.deciding import row
from cso_rules.plan.asked.feasible import place_of
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.asked.rests import Rest
from cso_rules.plan.asked.steps import Decided, Step
from cso_rules.plan.asked.ways import START, Way, bound_to, copied, names_of
from cso_rules.plan.diagrams import Node
from cso_rules.plan.forms import Linear
from cso_rules.plan.levels import Form
from cso_rules.plan.sums.open_days import FREE, Bound, Boxes
from cso_rules.plan.sums.solving import are_all_met, solution, solvable


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
    return _of_number(asked, known.step, found) if cases else found, is_told and not levels & asked.rests.form_bits


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


def _of_number(asked: Asked, step: Step, found: int) -> int:
    """Return the facts and readings that change a number or date, as bits.

    Where no two cases can give the same number, what leads to another case changes it, and so does what a case adds up.
    Else, and where dates are moved, which may come to the same day, two records are compared.

    Args:
        asked: The plan and what is known.
        step: How the number is answered.
        found: The facts and readings that lead to another case of it, as bits.
    """
    facts, decision = asked.rests.facts, step.decision.name
    pairs = zip(asked.plan.roots[decision].sums, asked.bounds_of_cases(decision), strict=True)
    each = [(case, ends) for case, ends in pairs if ends is not None]
    found |= facts.of(
        part.name for (_, total), _ in each for part in total.counting.parts if _is_open(asked.domains, part.name)
    )
    moved = any(isinstance(part, Shifted) for (_, total), _ in each for part in total.parts)
    if not moved and not _may_be_same(ends for _, ends in each):
        return found
    rest, totals = _with_cases(asked, step, [case for case, _ in each])
    bound = [bound_to(asked.plan, Form(total.terms, ())) for total in totals.values()]
    names = frozenset[str]().union(*(own for own, _ in bound))
    sums = frozenset[int]().union(*(own for _, own in bound))
    return facts.of(name for name in facts.names(found) if _Numbers(asked, name, totals, names, sums).differ(rest))


def _with_cases(asked: Asked, step: Step, cases: Sequence[tuple[Node, Linear]]) -> tuple[Rest, dict[Rest, Linear]]:
    """Return what remains of the answer, each case of the number an end of its own; and the sum of each such end."""
    made, rests, totals = asked.plan.diagrams, asked.rests, dict[Rest, Linear]()
    found = asked.rest(asked.plan.roots[step.decision.name].answer)
    for place, (guard, total) in enumerate(cases):
        with asked.plan.adding:
            end = rests.end(made.terminal(row(place)))
        totals[end] = total
        found = rests.choose(asked.rest(guard), end, found)
    return found, totals


def _may_be_same(ends: Iterable[Interval]) -> bool:
    """Tell whether two numbers between some ends may be the same."""
    return any(high >= low for (_, high), (low, _) in pairwise(sorted(ends)))


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
        if self._are_told_apart(one, two, levels):
            return self._have_other_answers(one, two)
        return any(self._differ(*pair) for pair in self._ways((levels & -levels).bit_length() - 1, one, two))

    def _are_told_apart(self, one: _Copy, two: _Copy, levels: int) -> bool:
        """Tell whether what remains of both says whether their answers differ: no level below parts them any more."""
        if one == two and not self._places & levels:
            return True
        return not levels & (self._places | self.asked.feasible.ways.bound_sums)

    def _have_other_answers(self, one: _Copy, two: _Copy) -> bool:
        return one.rest is not two.rest

    def _kept(self, way: Way, levels: int) -> Way:
        """Return of a way what matters below."""
        return way.only(*self.asked.plan.reach[levels])

    def _ways(self, place: int, one: _Copy, two: _Copy) -> Iterator[tuple[_Copy, _Copy]]:
        """Yield where both may stand below a level: in the same cells of it, unless it depends on the fact."""
        parts = self.name in names_of(self.asked.plan.levels[place])
        for span_one, rest_one in self._runs(place, one.rest):
            for span_two, rest_two in self._runs(place, two.rest):
                spans = (span_one, span_two) if parts else (_common(span_one, span_two),) * 2
                way_one, way_two = self._way(place, spans[0], one.way), self._way(place, spans[1], two.way)
                if way_one is not None and way_two is not None and self._are_possible(place, way_one, way_two):
                    below = rest_one.levels | rest_two.levels
                    yield _Copy(rest_one, self._kept(way_one, below)), _Copy(rest_two, self._kept(way_two, below))

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
        return not isinstance(self.asked.plan.levels[place], Form) or solvable(*self._together(one, two))

    def _together(self, one: Way, two: Way, *terms: Term) -> tuple[dict[str, Interval], list[Bound]]:
        """Return the bounds of two records on their ways, and between what their facts and those of terms lie."""
        boxes = {**self.asked.feasible.ways.boxes, self._copied: self.asked.feasible.ways.boxes.get(self.name, (0, 0))}
        boxes |= {self._copied if name == self.name else name: box for name, box in two.boxes}
        boxes |= dict(one.boxes)
        bounds = [self.asked.feasible.ways.bound(*pair) for pair in one.sums]
        bounds += [self._with_copy(self.asked.feasible.ways.bound(*pair)) for pair in two.sums]
        names = {term.quantity.name for own in (terms, *(bound[0] for bound in bounds)) for term in own}
        return {name: boxes.get(name, FREE) for name in names}, bounds

    @property
    def _copied(self) -> str:
        return f"{self.name}, again"

    def _with_copy(self, bound: Bound) -> Bound:
        """Return the bound of the second record, in which the fact is another one."""
        return copied(bound, self.name, self._copied)


@attrs.frozen(slots=False, eq=False)
class _Numbers(_Copies):
    """Two records of which a number is asked.

    Attributes:
        totals: What the case that stands for each end adds up.
        bound_facts: The facts on which these sums depend.
        bound_sums: The sums of comparisons that bind them.
    """

    totals: Mapping[Rest, Linear]
    bound_facts: frozenset[str]
    bound_sums: frozenset[int]

    def _are_told_apart(self, one: _Copy, two: _Copy, levels: int) -> bool:
        is_same = one == two and not self._places & levels
        return not levels or (is_same and self.name not in self.bound_facts)

    def _have_other_answers(self, one: _Copy, two: _Copy) -> bool:
        if one.rest not in self.totals or two.rest not in self.totals:
            return one.rest is not two.rest
        total, other = self.totals[one.rest], self.totals[two.rest]
        again, _, _ = copied((other.terms, None, None), self.name, self._copied)
        difference = total.plus(Linear({term.quantity: term.factor for term in again}, other.constant), -1)
        terms, constant = difference.counting.terms, difference.constant
        boxes, bounds = self._together(one.way, two.way, *terms)
        more, less = (terms, 1 - constant, None), (terms, None, -1 - constant)
        tried = self._tried(boxes, bounds)
        if any(are_all_met(numbers, [*bounds, own]) for numbers in tried for own in (more, less)):
            return True
        return solvable(boxes, [*bounds, more])

    def _tried(self, boxes: Boxes, bounds: Sequence[Bound]) -> Iterator[Boxes]:
        """Yield some numbers that two records can have, at which they differ more often than not."""
        found = solution(boxes, bounds)
        if found is not None:
            yield (numbers := {name: (number, number) for name, number in found.items()})
            if self._copied in boxes:
                yield from ({**numbers, self._copied: (end, end)} for end in boxes[self._copied])

    def _kept(self, way: Way, levels: int) -> Way:
        names, sums = self.asked.plan.reach[levels]
        return way.only(names | self.bound_facts, sums | self.bound_sums)


def _common(one: Span, two: Span) -> Span:
    return max(one[0], two[0]), min(one[1], two[1])
