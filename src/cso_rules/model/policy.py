"""A policy: everything in force for one place on one date, ready for an executor."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import attrs

from cso_rules.model.decisions import AnyDecision, inputs_of
from cso_rules.model.expressions import Expression
from cso_rules.model.instruments import Label
from cso_rules.model.types import Type
from cso_rules.source import Span


@attrs.frozen(kw_only=True)
class Fact:
    """A typed input about one organization."""

    name: str
    type: Type
    label: Label
    question: Label
    definition: Label
    aliases: tuple[str, ...] = ()
    unit: Label | None = None
    entity: str = "organization"
    is_changeable: bool = False
    is_judged: bool = False
    span: Span | None = attrs.field(default=None, eq=False, repr=False)


@attrs.frozen(kw_only=True)
class Enumeration:
    """A closed list of named values with labels; aliases are accepted in tables of organizations."""

    name: str
    label: Label
    values: tuple[str, ...]
    labels: tuple[Label, ...]
    aliases: tuple[tuple[str, ...], ...]


@attrs.frozen(kw_only=True)
class Reading:
    """A declared way to read an ambiguous text; `chosen` is None while the law leaves it open."""

    name: str
    label: Label
    definition: Label
    type: Type
    option_labels: tuple[Label, ...]
    chosen: str | None


@attrs.frozen(kw_only=True)
class Constraint:
    """What the facts of one organization must satisfy together."""

    id: str
    condition: Expression
    message: Label


@attrs.frozen(kw_only=True)
class Parameter:
    """A legal number on the date of the policy; `values` maps "" or enumeration values to encoded numbers."""

    name: str
    label: Label
    type: Type
    indexed_by: str | None
    values: tuple[tuple[str, int], ...]
    is_removed: bool = False


@attrs.frozen(kw_only=True)
class Policy:
    """Rules in force for one jurisdiction on one date.

    `decisions` are in an order in which each reads only earlier ones. `digest` is the SHA-256 of the rule files.
    """

    id: str
    title: Label
    jurisdiction: str
    as_of: datetime.date
    digest: str
    facts: Mapping[str, Fact] = attrs.field(repr=False)
    enumerations: Mapping[str, Enumeration] = attrs.field(repr=False)
    readings: Mapping[str, Reading] = attrs.field(repr=False)
    parameters: Mapping[str, Parameter] = attrs.field(repr=False)
    decisions: Mapping[str, AnyDecision] = attrs.field(repr=False)
    constraints: tuple[Constraint, ...] = attrs.field(repr=False, default=())

    def variable_type(self, name: str) -> Type:
        """Return the type of a fact, a reading or a decision.

        Raises:
            KeyError: There is no variable of that name.
        """
        for group in (self.facts, self.readings, self.decisions):
            if name in group:
                return group[name].type
        raise KeyError(name)

    def cone(self, decision: str) -> tuple[str, ...]:
        """Return every fact, reading and decision that a decision depends on, itself first."""
        found = {decision: None}
        self._descend(decision, found)
        return tuple(found)

    def _descend(self, name: str, found: dict[str, None]) -> None:
        if name in self.decisions:
            for source in inputs_of(self.decisions[name]):
                if source not in found:
                    found[source] = None
                    self._descend(source, found)
