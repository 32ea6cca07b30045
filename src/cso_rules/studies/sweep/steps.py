"""How many organizations have each answer while a parameter goes over a range.

In come answered rows and a parameter with its range; out go counts at the steps, and every value at which they change.
Guaranteed: an organization is asked again at each value at which one of its comparisons can turn, so that nothing
between two steps is overlooked; where that cannot be shown, `is_exact` is false and only the steps were asked.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import attrs

from cso_rules.determination import Determination
from cso_rules.engine.determine import determine
from cso_rules.engine.facts import domains
from cso_rules.errors import ArgumentError
from cso_rules.model.decisions import conditions_of
from cso_rules.model.expressions import (
    Among,
    Expression,
    Includes,
    Lookup,
    Quantity,
    Term,
    Variable,
    Within,
    atoms,
    operands,
)
from cso_rules.model.policy import Parameter, Policy
from cso_rules.model.types import Domain, Value
from cso_rules.studies.completions import range_of
from cso_rules.studies.states import State, ordered, state_of

MOST_SUMS: Final = 4096
"""Sums of ends that are tried for one comparison; with more, the steps alone are asked."""
MOST_STEPS: Final = 10_000
"""Numbers that a sweep shows; at each the rules may have to be loaded anew."""
WORTH_COMPILING: Final = 32
"""So many situations asked about at one number make up for compiling its rules."""
Load = Callable[[int], Policy]
Situation = tuple[tuple[str, Value], ...]
Line = tuple[int, int]
"""A number that goes along with the parameter: factor and constant."""


class TooManyStepsError(ArgumentError):
    """A range has more steps than can be shown."""

    def __init__(self, steps: int) -> None:
        """Keep the number in the message."""
        super().__init__(
            f"{steps:,} steps, at most {MOST_STEPS:,} are shown; choose a larger --step or a smaller range",
            f"共 {steps:,} 步，最多 {MOST_STEPS:,} 步；请加大 --step 或缩小范围",
        )


@attrs.frozen(kw_only=True)
class Sweep:
    """The result.

    Attributes:
        parameter: The parameter, with the value that it has now.
        index: The value that indexes it; empty when it is not indexed.
        current: Its encoded number now, or None when it has none.
        counts: Counts of states from each encoded number on, up to the next one; the first is the start.
        steps: Encoded numbers to show.
        end: The last encoded number.
    """

    parameter: Parameter
    policy: Policy
    index: str
    current: int | None
    counts: Mapping[int, Counter[State]]
    steps: tuple[int, ...]
    end: int
    is_exact: bool
    refused: int
    evaluations: int

    @property
    def states(self) -> tuple[State, ...]:
        """Every state that occurs."""
        return ordered({state for counts in self.counts.values() for state in counts}, self.policy)

    @property
    def answered(self) -> int:
        """How many organizations are counted at each value."""
        return sum(next(iter(self.counts.values())).values())

    def at(self, number: int) -> Counter[State]:
        """Return the counts at an encoded number of the range."""
        starts = list(self.counts)
        return self.counts[starts[bisect_right(starts, number) - 1]]

    @property
    def changes(self) -> tuple[int, ...]:
        """The encoded numbers from which counts differ from those before."""
        starts = list(self.counts)
        return tuple(after for before, after in itertools.pairwise(starts) if self.counts[before] != self.counts[after])


def steps_between(low: int, high: int, step: int, *, is_round: bool = False) -> tuple[int, ...]:
    """Return the numbers to show, both ends included; round ones are multiples of the step.

    Raises:
        TooManyStepsError: They are more than `MOST_STEPS`.
    """
    if (high - low) // step > MOST_STEPS:
        raise TooManyStepsError((high - low) // step)
    start = (low // step + 1) * step if is_round else low
    return tuple(dict.fromkeys((low, *range(start, high, step), high)))


def usual_step(low: int, high: int, unit: int) -> int:
    """Return a round step that makes at most about twenty rows; never less than a unit of the type."""
    power = unit
    while True:
        for factor in (1, 2, 5):
            if (high - low) <= 20 * factor * power:
                return factor * power
        power *= 10


def sweep(  # noqa: PLR0913 - what a sweep consists of
    found: Iterable[Determination],
    load: Load,
    *,
    parameter: str,
    index: str = "",
    steps: tuple[int, ...],
    refused: int = 0,
    readings: Mapping[str, str] | None = None,
    now: Policy,
) -> Sweep:
    """Count answers over a range.

    Args:
        found: Answers about organizations; only their facts are used.
        load: Loads the rules with another encoded number of the parameter.
        parameter: Its id.
        index: The value that indexes it.
        steps: Encoded numbers to show, ascending.
        refused: How many rows were refused.
        readings: Chosen options of ambiguous texts.
        now: The rules as they are.
    """
    lines = _moving(load, steps[0], steps[-1])
    first = _part(load(steps[0]))
    search = _Search(load=load, steps=steps, lines=lines, readings=dict(readings or {}), first=first)
    for item in found:
        search.add(item.facts)
    known = now.parameters[parameter]
    return Sweep(
        parameter=known,
        policy=now,
        index=index,
        current=dict(known.values).get(index),
        counts=search.counts() or {steps[0]: Counter()},  # nobody was answered: nobody at every value
        steps=steps,
        end=steps[-1],
        is_exact=lines is not None and not search.is_cut,
        refused=refused,
        evaluations=search.evaluations,
    )


@attrs.frozen
class _Moving:
    """A comparison whose bounds, or the numbers that it looks up, go along with the parameter.

    Attributes:
        lookups: For each term the lines of the numbers that it looks up; none for other terms.
    """

    terms: tuple[Term, ...]
    lookups: tuple[tuple[Line, ...], ...]
    bounds: tuple[Line, ...]

    @property
    def names(self) -> set[str]:
        return {term.quantity.name for term in self.terms}

    @property
    def moves(self) -> bool:
        lines = (*self.bounds, *(line for group in self.lookups for line in group))
        return any(factor for factor, _ in lines)


def _part(policy: Policy) -> Policy:
    part = policy.part([policy.headline]) if policy.headline in policy.decisions else policy
    return attrs.evolve(part, constraints=())


def _moving(load: Load, low: int, high: int) -> list[_Moving] | None:
    """Return the comparisons of the headline with their bounds as lines; None when the rules differ otherwise."""
    if low == high:
        return []
    middle = low + max(1, (high - low) // 3)
    conditions = [_conditions(load(number)) for number in (low, middle, high)]
    if len({len(group) for group in conditions}) != 1:
        return None
    found: list[_Moving] = []
    for group in zip(*conditions, strict=True):
        compared = [tuple(atoms(condition)) for condition in group]
        if len({_skeleton(condition) for condition in group}) != 1:
            return None
        for parts in zip(*compared, strict=True):
            line = _line(parts, (low, middle, high))
            if line is None:
                return None
            found += [line] if isinstance(line, _Moving) else []
    return list(dict.fromkeys(found))


def _conditions(policy: Policy) -> list[Expression]:
    decisions = [policy.decisions[name] for name in policy.cone(policy.headline) if name in policy.decisions]
    return [condition for decision in decisions for condition in conditions_of(decision)]


def _skeleton(expression: Expression) -> str:
    """Return a condition as text without its numbers."""
    if isinstance(expression, Within):
        terms = [(term.factor, _nameless(term.quantity)) for term in expression.terms]
        return f"{terms}{expression.low is None}{expression.high is None}"
    inner = ",".join(map(_skeleton, operands(expression)))
    return f"{type(expression).__name__}({inner})" if operands(expression) else repr(expression)


def _nameless(quantity: Quantity) -> str:
    return f"Lookup {quantity.name}" if isinstance(quantity, Lookup) else repr(quantity)


def _line(parts: tuple[Among | Includes | Within, ...], at: tuple[int, int, int]) -> _Moving | bool | None:
    """Return a comparison with its numbers as lines; True for one without numbers, None when one is no line."""
    numeric = [part for part in parts if isinstance(part, Within)]
    if len(numeric) != len(parts):
        return True
    ends = [[part.low for part in numeric], [part.high for part in numeric]]
    bounds = [_through(at, [end for end in group if end is not None]) for group in ends if group[0] is not None]
    terms = numeric[0].terms
    lookups = [_looked_up(at, [part.terms[place].quantity for part in numeric]) for place in range(len(terms))]
    if None in bounds or None in lookups:
        return None
    found = _Moving(terms, tuple(line for line in lookups if line is not None), tuple(b for b in bounds if b))
    is_scaled = len(terms) == 1 and abs(terms[0].factor) != 1
    return None if is_scaled and found.moves else found


def _looked_up(at: tuple[int, int, int], quantities: Sequence[Quantity]) -> tuple[Line, ...] | None:
    numbers = [quantity.numbers for quantity in quantities if isinstance(quantity, Lookup)]
    lines = [_through(at, list(group)) for group in zip(*numbers, strict=True)]
    found = tuple(line for line in lines if line is not None)
    return found if len(found) == len(lines) else None


def _through(at: tuple[int, int, int], numbers: Sequence[int]) -> Line | None:
    factor, rest = divmod(numbers[2] - numbers[0], at[2] - at[0])
    constant = numbers[0] - factor * at[0]
    return (factor, constant) if not rest and numbers[1] == factor * at[1] + constant else None


@attrs.define(kw_only=True)
class _Search:
    load: Load
    steps: tuple[int, ...]
    lines: list[_Moving] | None
    readings: Mapping[str, str]
    first: Policy
    situations: Counter[Situation] = attrs.field(factory=Counter)
    evaluations: int = 0
    is_cut: bool = False

    def add(self, facts: Mapping[str, Value]) -> None:
        """Count an organization; those that are alike for the headline are asked about once."""
        self.situations[tuple((name, facts[name]) for name in self._read if name in facts)] += 1

    @property
    def _read(self) -> tuple[str, ...]:
        cone = self.first.cone(self.first.headline) if self.first.headline in self.first.decisions else ()
        return tuple(name for name in cone if name in self.first.facts)

    def counts(self) -> dict[int, Counter[State]]:
        """Return the counts from every number on at which one of them may change."""
        asked: dict[int, list[Situation]] = {}
        for situation in self.situations:
            for number in self._critical(dict(situation)):
                asked.setdefault(number, []).append(situation)
        current: dict[Situation, State] = {}
        found: dict[int, Counter[State]] = {}
        for number in sorted(asked):
            policy = _part(self.load(number))
            engine = "compiled" if len(asked[number]) >= WORTH_COMPILING else "reference"
            for situation in asked[number]:
                self.evaluations += 1
                answer = determine(policy, dict(situation), readings=self.readings, ask=False, engine=engine)
                current[situation] = state_of(answer)
            found[number] = self._counted(current)
        return _thinned(found)

    def _counted(self, current: Mapping[Situation, State]) -> Counter[State]:
        counts: Counter[State] = Counter()
        for situation, state in current.items():
            counts[state] += self.situations[situation]
        return counts

    def _critical(self, facts: Mapping[str, Value]) -> list[int]:
        """Return the start, and every number at which the answer about an organization may change."""
        low, high = self.steps[0], self.steps[-1]
        if self.lines is None:
            return list(self.steps)
        known = domains(self.first, facts)[1]
        known |= {name: decision.type.everything for name, decision in self.first.decisions.items()}
        numbers = set(self._crossings(known))
        return [low, *sorted(number for number in numbers if low < number <= high)]

    def _crossings(self, known: Mapping[str, Domain]) -> Iterator[int]:
        """Yield the numbers around which a sum of ends meets a bound."""
        assert self.lines is not None
        moving = {name for item in self.lines if item.moves for name in item.names}
        for item in self.lines:
            if moving.isdisjoint(item.names):
                continue
            ends = [self._ends(*term, known) for term in zip(item.terms, item.lookups, strict=True)]
            if math.prod(map(len, ends)) > MOST_SUMS:
                self.is_cut = True
                yield from self.steps
                continue
            for chosen in itertools.product(*ends):
                total = (sum(factor for factor, _ in chosen), sum(constant for _, constant in chosen))
                for bound in item.bounds:
                    yield from _meeting(total, bound)

    def _ends(self, term: Term, looked_up: tuple[Line, ...], known: Mapping[str, Domain]) -> list[Line]:
        """Return the ends of the cells of a term: fixed ones, and while it is unknown those that move."""
        if looked_up:
            bits = known[term.quantity.name]
            assert isinstance(bits, int)
            chosen = [line for place, line in enumerate(looked_up) if bits >> place & 1]
            return [(term.factor * factor, term.factor * constant) for factor, constant in chosen]
        low, high = range_of(term, known)
        found = {(0, low): None, (0, high): None}
        for item in self.lines or () if low != high and isinstance(term.quantity, Variable) else ():
            if len(item.terms) == 1 and item.terms[0].quantity == term.quantity:
                sign = item.terms[0].factor * term.factor
                ends = [(factor, constant + shift) for factor, constant in item.bounds for shift in (-1, 0, 1)]
                found.update(dict.fromkeys((sign * factor, sign * constant) for factor, constant in ends))
        return list(found)


def _meeting(total: Line, bound: Line) -> Iterator[int]:
    """Yield the whole numbers around the one where two lines meet."""
    factor, constant = bound[0] - total[0], total[1] - bound[1]
    if factor:
        middle = constant // factor
        yield from (middle, middle + 1)


def _thinned(found: dict[int, Counter[State]]) -> dict[int, Counter[State]]:
    """Drop numbers at which no count changes."""
    kept: dict[int, Counter[State]] = {}
    last: Counter[State] | None = None
    for number, counts in found.items():
        if counts != last:
            kept[number] = last = counts
    return kept
