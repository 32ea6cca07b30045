"""What the levels of the diagrams stand for: the variables of a policy, each with finitely many cells."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

import attrs

from cso_rules.model.civil_dates import turning_points
from cso_rules.model.expressions import (
    Among,
    Expression,
    Includes,
    Shifted,
    Size,
    Term,
    Within,
    atoms,
    names_of,
)
from cso_rules.model.policy import Policy
from cso_rules.model.types import Type
from cso_rules.plan.forms import single
from cso_rules.plan.sums.open_days import ties_of


@attrs.frozen
class Choice:
    """A boolean or enumeration, fact or reading; a cell for each value."""

    name: str
    size: int


@attrs.frozen
class Member:
    """Whether a value is in a set; cell 1 when it is."""

    name: str
    place: int
    size: int = 2


@attrs.frozen
class Number:
    """A number or date; the first cell is what lies below the first cut, each other one begins at a cut."""

    name: str
    cuts: tuple[int, ...]

    @property
    def size(self) -> int:
        """The number of cells."""
        return len(self.cuts) + 1


@attrs.frozen
class Form:
    """A sum of facts, or a date moved beyond what the calendar covers; cells as of a number."""

    terms: tuple[Term, ...]
    cuts: tuple[int, ...]

    @property
    def size(self) -> int:
        """The number of cells."""
        return len(self.cuts) + 1

    @property
    def names(self) -> tuple[str, ...]:
        """The facts that it reads."""
        return tuple(dict.fromkeys(term.quantity.name for term in self.terms))

    @property
    def ties(self) -> frozenset[Hashable]:
        """What it may have in common with other sums."""
        return frozenset[Hashable]().union(*map(ties_of, self.terms))


Level = Choice | Member | Number | Form
Atom = Among | Includes | Within
Key = tuple[str, int] | tuple[Term, ...] | str
"""What a level is found by."""


def bounds_of(level: Number | Form, cell: int) -> tuple[int | None, int | None]:
    """Return the least and the greatest number of a cell; None where it has no end."""
    low = level.cuts[cell - 1] if cell else None
    high = level.cuts[cell] - 1 if cell < len(level.cuts) else None
    return low, high


def cells_between(cuts: tuple[int, ...], low: int | None, high: int | None) -> tuple[int, int]:
    """Return the first cell that holds a number between the bounds, and the cell after the last."""
    first = 0 if low is None else bisect_right(cuts, low)
    last = len(cuts) if high is None else bisect_right(cuts, high)
    return first, last + 1


def tied(forms: Iterable[tuple[int, Form]]) -> list[tuple[int, ...]]:
    """Return the places of sums, those together that have something in common, directly or through others."""
    groups: list[tuple[frozenset[Hashable], tuple[int, ...]]] = []
    for place, form in forms:
        linked = [group for group in groups if group[0] & form.ties]
        groups = [group for group in groups if group not in linked]
        ties = form.ties.union(*(own for own, _ in linked))
        groups.append((ties, (place, *(other for _, places in linked for other in places))))
    return [places for _, places in groups]


def is_count(atom: Within) -> bool:
    """Tell whether the size of one set is compared."""
    return isinstance(atom.terms[0].quantity, Size)


def in_order_of_use(conditions: Mapping[str, Sequence[Expression]]) -> Iterator[Atom]:
    """Yield the comparisons of plain conditions as they are used first, decision after decision."""
    yield from (atom for found in conditions.values() for condition in found for atom in atoms(condition))


def in_depth(conditions: Mapping[str, Sequence[Expression]]) -> Iterator[Atom]:
    """Yield comparisons from the decision that compares most down through those that it reads, and so on with the rest.

    What one criterion compares, directly or by other decisions, comes together.
    """
    found = {name: [atom for condition in own for atom in atoms(condition)] for name, own in conditions.items()}

    def below(name: str) -> Iterator[Atom]:
        for atom in found.pop(name, ()):
            for read in names_of(atom):
                yield from below(read)
            yield atom

    for name in sorted(found, key=lambda name: len(found[name]), reverse=True):
        yield from below(name)


def levels_of(policy: Policy, comparisons: Iterable[Atom]) -> list[Level]:
    """Return the variables of plain comparisons in the order of their first use, sums below the facts that they add."""
    found = list(comparisons)
    cuts = _cuts(policy, found)
    levels: dict[Level, None] = {}
    for atom in {_compared(atom): atom for atom in found}.values():
        levels.update(dict.fromkeys(_levels(policy, atom, cuts)))
    return list(levels)


def _compared(atom: Atom) -> Hashable:
    """Return what a comparison is of, the same for all comparisons of it."""
    return atom.terms if isinstance(atom, Within) else atom.name


def _levels(policy: Policy, atom: Atom, cuts: dict[Key, tuple[int, ...]]) -> Iterator[Level]:
    if isinstance(atom, Among | Includes) or is_count(atom):
        name = atom.terms[0].quantity.name if isinstance(atom, Within) else atom.name
        if name not in policy.decisions:
            yield from _of_values(name, policy.variable_type(name))
    elif (name_alone := single(atom)) is not None:
        yield Number(name_alone, cuts[name_alone])
    else:
        names = dict.fromkeys(term.quantity.name for term in atom.terms)
        yield from (Number(name, cuts[name]) for name in names if name in policy.facts)
        yield Form(atom.terms, cuts[atom.terms])


def _of_values(name: str, kind: Type) -> Iterator[Level]:
    if kind.kind == "set":
        yield from (Member(name, place) for place in range(len(kind.names)))
    else:
        yield Choice(name, len(kind.names))


def _cuts(policy: Policy, found: Iterable[Atom]) -> dict[Key, tuple[int, ...]]:
    """Return the numbers at which comparisons of a fact, or of a sum, change."""
    cuts: dict[Key, set[int]] = {}
    for atom in found:
        if isinstance(atom, Within) and not is_count(atom):
            ends = {*({atom.low} - {None}), *(() if atom.high is None else (atom.high + 1,))}
            name = single(atom)
            cuts.setdefault(name or atom.terms, set()).update(end for end in ends if end is not None)
            for term in atom.terms if name is None else ():
                cuts.setdefault(term.quantity.name, set()).update(_turns(atom, term, ends))
    return {key: _inside(policy, key, numbers) for key, numbers in cuts.items()}


def _turns(atom: Within, term: Term, ends: Iterable[int | None]) -> Iterator[int]:
    """Yield the dates at which a date that is moved alone begins to reach a bound, surely or possibly."""
    if len(atom.terms) == 1 and isinstance(term.quantity, Shifted):
        yield from (day for end in ends if end is not None for day in turning_points(term.quantity.shifts, end))


def _inside(policy: Policy, key: Key, numbers: set[int]) -> tuple[int, ...]:
    """Return the cuts in order; of a fact those only that part what it can be."""
    if not isinstance(key, str):
        return tuple(sorted(numbers))
    kind = policy.variable_type(key)
    return tuple(sorted(number for number in numbers if kind.minimum < number <= kind.maximum))
