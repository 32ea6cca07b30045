"""Functions of what remains without the ways that no numbers go, where sums have too many cases to look at each."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import attrs

from cso_rules.plan.asked.rests import Rest, Rests
from cso_rules.plan.asked.ways import START, Cells, Way, Ways
from cso_rules.plan.building import Plan
from cso_rules.plan.levels import Form


@attrs.frozen(slots=False, eq=False)
class Feasible:
    """The ways of one organization down functions of what remains."""

    plan: Plan
    ways: Ways
    rests: Rests

    @cached_property
    def _found(self) -> dict[tuple[Rest, Way], Rest]:
        return {}

    def of(self, rest: Rest, way: Way = START) -> Rest:
        """Return what of a function can be reached on a way that has narrowed what stands in sums."""
        if not rest.levels & self.ways.bound_sums:
            return rest
        key = (rest, self.kept(rest, way))
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self.rests.asking(rest.levels & -rest.levels, list(self._reached(*key)))
        return found

    def kept(self, rest: Rest, way: Way) -> Way:
        """Return of a way what matters for a function: what belongs to sums on which it depends."""
        return way.only(*self.plan.reach[rest.levels]) if way.boxes or way.sums else way

    def _reached(self, rest: Rest, way: Way) -> Iterator[tuple[int, Rest]]:
        """Yield cells and functions; the cells of a sum that cannot be reached go with those after them."""
        place = place_of(rest)
        size = self.plan.levels[place].size
        steps = [(cells, self.of(to, way_on)) for cells, to, way_on in self.onward(rest, way)]
        is_sum, first = isinstance(self.plan.levels[place], Form), 0
        for number, ((own, last), to) in enumerate(steps):
            end = size if is_sum and number == len(steps) - 1 else last + 1
            first = first if is_sum else own
            yield (1 << end) - (1 << first), to
            first = end

    def onward(self, rest: Rest, way: Way) -> Iterator[tuple[Cells, Rest, Way]]:
        """Yield the steps on, in the order of their cells: the first and last possible one, what is there, the way."""
        place = place_of(rest)
        for (first, end), to in self.runs(rest):
            cells = self.ways.cells_in(place, first, end, way)
            if cells is not None:
                yield cells, to, self.ways.way_on(place, cells, way)

    def runs(self, rest: Rest) -> Iterator[tuple[Cells, Rest]]:
        """Yield the first cell of a run, the cell after its last, and what remains there, in order."""
        found: list[tuple[Cells, Rest]] = []
        for cells, to in rest.ways:
            left = cells
            while left:
                first = (left & -left).bit_length() - 1
                rising = ~(left >> first)
                end = first + (rising & -rising).bit_length() - 1
                found.append(((first, end), to))
                left &= -1 << end
        yield from sorted(found, key=lambda run: run[0])


def place_of(rest: Rest) -> int:
    """Return the first level on which a function depends."""
    return (rest.levels & -rest.levels).bit_length() - 1
