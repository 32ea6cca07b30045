"""What a variable is in a table of facts: planes and arrays for its possible values, and those of one of its cells."""

from __future__ import annotations

from typing import assert_never

import attrs

from cso_rules.executors.planes.graph import NEVER, Graph
from cso_rules.executors.single.reference import narrow
from cso_rules.model.types import TRUE, Domain, Interval, is_known


@attrs.frozen
class Fixed:
    """The same domain in every row: a reading, a column that is absent, a decision without rules."""

    domain: Domain


@attrs.frozen
class Coded:
    """An enumeration or boolean fact; `unknown` are the values possible where it is not known."""

    name: str
    size: int
    unknown: int
    has_holes: bool


@attrs.frozen
class Marked:
    """A set fact of so many values."""

    name: str
    size: int
    has_holes: bool

    @property
    def unknown(self) -> Interval:
        """What is sure and what is possible where it is not known."""
        return 0, (1 << self.size) - 1


@attrs.frozen
class Number:
    """A numeric fact; `unknown` is the interval where it is not known."""

    name: str
    bounds: Interval
    unknown: Interval
    has_holes: bool


@attrs.frozen
class Truths:
    """A boolean decision: where it is certainly true, where certainly false."""

    true: int
    false: int


@attrs.frozen
class Possible:
    """An enumeration that was decided: where each value remains possible."""

    planes: tuple[int, ...]


@attrs.frozen
class Items:
    """A list that was decided: where each item is sure, and where it is possible."""

    sure: tuple[int, ...]
    possible: tuple[int, ...]


@attrs.frozen
class Range:
    """A number that was decided: the arrays of its least and greatest possible value."""

    low: int
    high: int


Known = Fixed | Coded | Marked | Number | Truths | Possible | Items | Range
Narrowed = tuple[Known, int]
"""A variable in one of its cells, and where the cell holds none of the values that remain possible."""


def possible_of(graph: Graph, variable: Truths | Possible) -> tuple[int, ...]:
    """Return where each value of a decision remains possible."""
    if isinstance(variable, Possible):
        return variable.planes
    return graph.opposite(variable.false), graph.opposite(variable.true)


def exactly_one(graph: Graph, planes: tuple[int, ...]) -> int:
    """Return where one plane is true and no other."""
    one = two = NEVER
    for plane in planes:
        two = graph.either(two, graph.both(one, plane))
        one = graph.either(one, plane)
    return graph.without(one, two)


def settled(graph: Graph, variable: Known) -> int:
    """Return where exactly one value of a decided variable is possible."""
    match variable:
        case Fixed(domain=domain):
            return int(is_known(domain))
        case Truths():
            return graph.either(variable.true, variable.false)
        case Possible(planes=planes):
            return exactly_one(graph, planes)
        case Items(sure=sure, possible=possible):
            pairs = zip(sure, possible, strict=True)
            return graph.opposite(graph.any_of(graph.without(may, must) for must, may in pairs))
        case Range(low=low, high=high):
            return graph.same(low, high)
        case Coded() | Marked() | Number():
            return graph.known(variable.name) if variable.has_holes else 1
        case _:
            assert_never(variable)


def in_cells(graph: Graph, variable: Known, cells: tuple[Domain, ...]) -> list[Narrowed]:
    """Return a variable narrowed, where it is not known, to each of its cells; itself where it always is."""
    found = [_in_cell(graph, variable, cell) for cell in cells] if _may_be_open(variable) else [(variable, NEVER)]
    return [(narrowed, skipped) for narrowed, skipped in found if skipped != 1]


def _may_be_open(variable: Known) -> bool:
    match variable:
        case Fixed(domain=domain):
            return not is_known(domain)
        case Coded() | Number():
            return variable.has_holes
        case Truths() | Possible() | Range():
            return True
        case Marked() | Items():
            raise TypeError("sets are not split into cells")
        case _:
            assert_never(variable)


def _in_cell(graph: Graph, variable: Known, cell: Domain) -> Narrowed:
    match variable:
        case Fixed(domain=domain):
            narrowed = narrow(domain, cell)
            return (variable, 1) if narrowed is None else (Fixed(narrowed), NEVER)
        case Coded() | Number():
            return _fact_in_cell(graph, variable, cell)
        case Truths():
            assert isinstance(cell, int)
            return _truths_in_cell(graph, variable, cell)
        case Possible(planes=planes):
            assert isinstance(cell, int)
            return _values_in_cell(graph, planes, cell)
        case Range():
            assert isinstance(cell, tuple)
            return _range_in_cell(graph, variable, cell)
        case Marked() | Items():
            raise TypeError("sets are not split into cells")
        case _:
            assert_never(variable)


def _fact_in_cell(graph: Graph, variable: Coded | Number, cell: Domain) -> Narrowed:
    narrowed = narrow(variable.unknown, cell)
    if narrowed is None:
        return variable, graph.opposite(graph.known(variable.name))
    return _with_unknown(variable, narrowed), NEVER


def _with_unknown(variable: Coded | Number, unknown: Domain) -> Coded | Number:
    if isinstance(variable, Coded):
        assert isinstance(unknown, int)
        return attrs.evolve(variable, unknown=unknown)
    assert isinstance(unknown, tuple)
    return attrs.evolve(variable, unknown=unknown)


def _truths_in_cell(graph: Graph, variable: Truths, cell: int) -> Narrowed:
    if cell == TRUE:
        return Truths(graph.opposite(variable.false), variable.false), NEVER
    if not cell & TRUE:
        return Truths(variable.true, graph.opposite(variable.true)), NEVER
    return variable, NEVER


def _values_in_cell(graph: Graph, planes: tuple[int, ...], cell: int) -> Narrowed:
    one = exactly_one(graph, planes)
    narrowed = tuple(plane if cell >> place & 1 else graph.both(plane, one) for place, plane in enumerate(planes))
    left = graph.any_of(plane for place, plane in enumerate(planes) if cell >> place & 1)
    return Possible(narrowed), graph.opposite(graph.either(one, left))


def _range_in_cell(graph: Graph, variable: Range, cell: Interval) -> Narrowed:
    """Narrow a range; where it and the cell have nothing in common, both ends become the nearer edge."""
    is_open = graph.opposite(graph.same(variable.low, variable.high))
    least, most = cell
    apart = graph.either(graph.opposite(graph.at_least(variable.high, least)), graph.at_least(variable.low, most + 1))
    low = graph.limited(variable.low, is_open, least, most)
    high = graph.limited(variable.high, is_open, least, most)
    return Range(low, high), graph.both(is_open, apart)
