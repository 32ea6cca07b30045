"""Aggregates: facts of a larger entity, counted from what lies in it.

In come determinations of subjects and facts of their sites; out go numbers, or bounds while something is open.
Guaranteed: bounds only narrow as facts arrive, and each can be reached; a list that was not declared complete may
always be longer, so it gives lower bounds only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import reduce
from operator import and_

import attrs

from cso_rules.determination import Determination, Status
from cso_rules.model.policy import Aggregate, Policy
from cso_rules.model.presentation import Entities
from cso_rules.model.types import Between, InPart, Value
from cso_rules.truth import Truth


def area_facts(
    policy: Policy,
    subjects: Iterable[Determination],
    sites: Iterable[Mapping[str, Value]] = (),
    *,
    complete: Collection[str] = (),
) -> dict[str, Value]:
    """Return the facts of an area that its policy declares as aggregates.

    Args:
        policy: Rules about the area (or one site).
        subjects: Answers about those in it, under the rules about them.
        sites: Known facts of the sites in it.
        complete: The entities whose lists hold everything there is.
    """
    counts = Counts.of(policy)
    for found in subjects:
        counts.add_subject(found)
    for facts in sites:
        counts.add_site(facts)
    return counts.facts(complete)


@attrs.define
class Tally:
    """How many are counted for certain, and how many more may be."""

    sure: int = 0
    maybe: int = 0

    def add(self, truth: Truth) -> None:
        """Count one."""
        self.sure += truth is Truth.TRUE
        self.maybe += truth is Truth.UNKNOWN

    def value(self, *, is_complete: bool) -> int | Between:
        """Return the number, or its bounds."""
        if not is_complete:
            return Between(low=self.sure)
        return Between(low=self.sure, high=self.sure + self.maybe) if self.maybe else self.sure


@attrs.frozen
class Counts:
    """The aggregates of a policy while their members are gone through once."""

    aggregates: Mapping[str, Aggregate]
    tallies: Mapping[str, Tally]
    entities: Entities

    @classmethod
    def of(cls, policy: Policy) -> Counts:
        """Return empty counts of every aggregate of a policy."""
        return cls(policy.aggregates, {name: Tally() for name in policy.aggregates}, policy.presentation.entities)

    def add_subject(self, found: Determination, *, is_certain: bool = True) -> dict[str, Truth]:
        """Count a subject, and return in which aggregates; one that is not certain only may be there."""
        counted = (item for item in self.aggregates.values() if item.counts == self.entities.subject.name)
        return self._add({item.name: subject_counts(item, found) for item in counted}, is_certain=is_certain)

    def add_site(self, facts: Mapping[str, Value], *, is_certain: bool = True) -> dict[str, Truth]:
        """Count a site, and return in which aggregates; one that is not certain only may be there."""
        site = self.entities.subject.within
        counted = (item for item in self.aggregates.values() if item.counts == site)
        return self._add({item.name: site_counts(item, facts) for item in counted}, is_certain=is_certain)

    def _add(self, truths: dict[str, Truth], *, is_certain: bool) -> dict[str, Truth]:
        found = truths if is_certain else {name: truth & Truth.UNKNOWN for name, truth in truths.items()}
        for name, truth in found.items():
            self.tallies[name].add(truth)
        return found

    def facts(self, complete: Collection[str] = ()) -> dict[str, Value]:
        """Return the facts; `complete` names the lists that hold everything there is."""
        return {
            name: self.tallies[name].value(is_complete=item.counts in complete)
            for name, item in self.aggregates.items()
        }


def subject_counts(aggregate: Aggregate, found: Determination) -> Truth:
    """Tell whether a subject belongs to an aggregate."""
    asked = [_has(found.supposed, name, values) for name, values in aggregate.by]
    return _all([*asked, _holds(aggregate.where, found)])


def site_counts(aggregate: Aggregate, facts: Mapping[str, Value]) -> Truth:
    """Tell whether a site belongs to an aggregate; a `where` is a fact of it."""
    asked = [_has(facts, name, values) for name, values in aggregate.by]
    return _all([*asked, _truth(True if aggregate.where is None else facts.get(aggregate.where))])


def _has(facts: Mapping[str, Value], name: str, values: tuple[str, ...]) -> Truth:
    value = facts.get(name)
    return Truth.UNKNOWN if value is None or isinstance(value, InPart) else _truth(value in values)


def _holds(name: str | None, found: Determination) -> Truth:
    if name is None:
        return Truth.TRUE
    if name in found.outcomes:
        outcome = found[name]
        return _truth(outcome.value if outcome.status is Status.DETERMINED else None)
    return _truth(found.supposed.get(name))


def _truth(value: object) -> Truth:
    is_open = value is None or isinstance(value, InPart)
    return Truth.UNKNOWN if is_open else Truth.TRUE if value else Truth.FALSE


def _all(truths: Iterable[Truth]) -> Truth:
    return reduce(and_, truths, Truth.TRUE)
