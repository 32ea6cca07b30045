"""The decisions of a place as they stand between two local changes, resolved as far as they differ from before."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

import attrs

from cso_rules.loader.documents.declarations import Declarations
from cso_rules.loader.documents.reader import UNPLACED_LABEL, Reader
from cso_rules.loader.in_force.legal_basis import LegalBasis
from cso_rules.loader.in_force.resolver import Resolver, absent_spread, in_force_value, ordered, reading_of
from cso_rules.model.decisions import AnyDecision, CriteriaDecision, Rule, rules_of
from cso_rules.model.given_days import with_days
from cso_rules.model.instruments import Citation
from cso_rules.model.policy import Policy

HIGHER_LAW = frozenset({"law", "administrative_regulations"})
"""Kinds of instruments that a local document ranks below."""


@attrs.frozen(kw_only=True, slots=False)
class Stage:
    """The decisions about one entity as some declarations have them.

    Attributes:
        days: The first and the last day of a period, where the date is open: a fact that lies between them.
        known: Decisions of an earlier stage that stay as they are.
    """

    found: Declarations
    as_of: datetime.date
    entity: str
    days: tuple[datetime.date, datetime.date] | None = None
    known: Mapping[str, AnyDecision] = attrs.field(factory=dict)
    known_mentions: Mapping[str, set[str]] = attrs.field(factory=dict)

    @cached_property
    def _resolver(self) -> Resolver:
        found = self.found
        made = Resolver(
            found=found,
            as_of=self.as_of,
            reader=Reader(),
            facts=found.facts_on(self.as_of, self.entity),
            decisions=found.decisions_about(self.entity),
            basis=LegalBasis.of(found, self.as_of, ()),
            given=None if self.days is None else {},
        )
        made.declare()
        return made

    @cached_property
    def policy(self) -> Policy | None:
        """The decisions, with facts and readings; None where they read one another in a circle."""
        made = self._resolver
        decided = {name: self.known.get(name) or made.decide(one) for name, one in made.decisions.items()}
        order = ordered(self.found, decided, Reader())
        if order is None:
            return None
        readings = {name: attrs.evolve(reading_of(each), chosen=None) for name, each in self.found.readings.items()}
        policy = Policy(
            id="",
            title=UNPLACED_LABEL,
            jurisdiction="",
            as_of=self.as_of,
            digest="",
            facts=made.facts,
            enumerations=self.found.enumerations,
            readings=readings,
            parameters={},
            decisions=absent_spread({name: decided[name] for name in order}),
        )
        return policy if self.days is None else with_days(policy, *self.days)

    def reading(self, parameter: str) -> set[str]:
        """Return the decisions that name a parameter; every one where it has no number, so that nobody can tell."""
        if self.policy is None:
            return set()
        if in_force_value(self.found.parameters[parameter], self.as_of) is None:
            return {*self.policy.decisions}
        return self._mentions.get(parameter, set())

    @cached_property
    def _mentions(self) -> Mapping[str, set[str]]:
        found = {name: set(read) for name, read in self.known_mentions.items()}
        for name, read in self._resolver.mentions.items():
            found.setdefault(name, set()).update(read)
        return found

    @cached_property
    def of_law(self) -> Mapping[str, tuple[Citation, ...]]:
        """The criteria decisions that higher law speaks of, each with its provisions."""
        decisions = () if self.policy is None else self.policy.decisions.values()
        cited = {one.name: self.law(rules_of(one)) for one in decisions if isinstance(one, CriteriaDecision)}
        return {name: provisions for name, provisions in cited.items() if provisions}

    @cached_property
    def bearing(self) -> frozenset[str]:
        """The decisions on which those of higher law rest, themselves included."""
        policy = self.policy
        return frozenset() if policy is None else frozenset(read for name in self.of_law for read in policy.cone(name))

    def law(self, rules: Iterable[Rule]) -> tuple[Citation, ...]:
        """Return the provisions of higher law that rules cite, each once."""
        cited = (citation for rule in rules for citation in rule.citations)
        return tuple(dict.fromkeys(one for one in cited if self.found.kinds.get(one.instrument) in HIGHER_LAW))

    def followed_by(self, found: Declarations, changed: Collection[str]) -> Stage:
        """Return the stage of later declarations, in which only some decisions may be other ones."""
        before = self.policy
        if before is None:
            return Stage(found=found, as_of=self.as_of, entity=self.entity, days=self.days)
        kept = {name: one for name, one in before.decisions.items() if name not in changed}
        fresh = Stage(found=found, as_of=self.as_of, entity=self.entity, days=self.days)
        later = attrs.evolve(fresh, known=kept, known_mentions=self._mentions)
        types = [(before.decisions.get(name), later.policy and later.policy.decisions.get(name)) for name in changed]
        is_typed_alike = all(one and other and one.type == other.type for one, other in types)
        return later if is_typed_alike else fresh
