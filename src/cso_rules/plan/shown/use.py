"""Which facts and numbers decide something: those that diagrams still ask for when everything else is worked out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

import attrs

from cso_rules.model.decisions import conditions_of, rules_of
from cso_rules.model.expressions import Within, atoms, variables
from cso_rules.plan.asked.feasible import place_of
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.asked.rests import Rest
from cso_rules.plan.building import Plan
from cso_rules.plan.forms import Plainer, single
from cso_rules.plan.levels import Form, Number, is_count


@attrs.frozen(slots=False)
class Use:
    """What the answers of one plan depend on.

    Attributes:
        anybody: An organization of which nothing is known.
    """

    anybody: Asked

    @property
    def plan(self) -> Plan:
        """The plan that is asked."""
        return self.anybody.plan

    @cached_property
    def _functions(self) -> tuple[Rest, ...]:
        """What remains at every place that some answer leads through."""
        roots, asked = self.plan.roots.values(), self.anybody
        nodes = [node for root in roots for node in (root.answer, *root.items, *(guard for guard, _ in root.sums))]
        found, stack = set[Rest](), [asked.feasible.of(asked.rest(node)) for node in nodes]
        while stack:
            rest = stack.pop()
            if rest.ways and rest not in found:
                found.add(rest)
                stack += (to for _, to in rest.ways)
        return tuple(found)

    @cached_property
    def facts(self) -> frozenset[str]:
        """The facts that decide something, that are added, counted or refused, or that say until when."""
        policy, plan = self.plan.policy, self.plan
        levels = {plan.levels[place] for place in {place_of(rest) for rest in self._functions}}
        found = {name for level in levels for name in (level.names if isinstance(level, Form) else (level.name,))}
        found |= {part.name for root in plan.roots.values() for _, total in root.sums for part in total.parts}
        found |= {name for own in policy.constraints for name in variables(own.condition)}
        found |= {name for scope in policy.scopes.values() for name in variables(scope)}
        found |= {name for own in policy.aggregates.values() for name in (own.where or "", *(by for by, _ in own.by))}
        return frozenset(found | {rule.due or "" for own in policy.decisions.values() for rule in rules_of(own)})

    @cached_property
    def _cuts(self) -> frozenset[tuple[object, int]]:
        """The numbers at which answers change, with what is compared."""
        return frozenset(cut for rest in self._functions for cut in self._cuts_of(rest))

    def _cuts_of(self, rest: Rest) -> Iterator[tuple[object, int]]:
        level = self.plan.levels[place_of(rest)]
        if isinstance(level, Number | Form):
            key = level.name if isinstance(level, Number) else level.terms
            starts = [first for (first, _), _ in self.anybody.feasible.runs(rest)]
            yield from ((key, level.cuts[first - 1]) for first in starts if first)

    def needs_fact(self, name: str, decisions: Iterable[str]) -> bool:
        """Tell whether a fact decides something, as far as the decisions that name it have diagrams."""
        return name in self.facts or any(own in self.plan.left_out for own in decisions)

    def needs_number(self, name: str, decisions: Iterable[str]) -> bool:
        """Tell whether a number of the decisions that name it decides something, as far as it is compared as it is."""
        numbers = {number for _, number in self.plan.policy.parameters[name].values}
        return any(self._is_needed(numbers, own) for own in decisions)

    def _is_needed(self, numbers: set[int], name: str) -> bool:
        if name not in self.plan.roots:
            return True
        plainer = Plainer(self.plan.policy)
        plain = (plainer.plain(condition) for condition in conditions_of(self.plan.policy.decisions[name]))
        sums = [atom for condition in plain for atom in atoms(condition) if isinstance(atom, Within)]
        found = [cut for atom in sums for cut in _cuts_at(atom, numbers)]
        return not found or any(cut is None or cut in self._cuts for cut in found)


def _cuts_at(atom: Within, numbers: set[int]) -> Iterator[tuple[object, int] | None]:
    """Yield where a comparison changes, if that is at one of the numbers; of a count nothing that is told apart."""
    starts = [] if atom.low is None else [(atom.low, {atom.low, atom.low - 1})]
    starts += [] if atom.high is None else [(atom.high + 1, {atom.high, atom.high + 1})]
    for start, meant in starts:
        if meant & numbers:
            yield None if is_count(atom) else (single(atom) or atom.terms, start)
