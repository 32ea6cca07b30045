"""Rule files as read: dated declarations whose conditions are still text with a position."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from cso_rules.loader.periods import Period
from cso_rules.loader.yaml_nodes import ScalarNode
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.policy import Enumeration, Fact
from cso_rules.model.types import Type
from cso_rules.source import Span


@attrs.frozen(kw_only=True)
class PackageDeclaration:
    """What `package.yaml` says."""

    id: str
    title: Label
    jurisdiction: str
    status: str
    period: Period


@attrs.frozen(kw_only=True)
class ReadingDeclaration:
    """An ambiguity with its options."""

    name: str
    label: Label
    definition: Label
    options: tuple[str, ...]
    option_labels: tuple[Label, ...]
    default: str | None


@attrs.frozen(kw_only=True)
class ConstraintDeclaration:
    """A condition that facts of one organization must satisfy together."""

    id: str
    when: ScalarNode
    message: Label


@attrs.frozen(kw_only=True)
class DatedValue:
    """A value of a parameter in one period; `numbers` is None when the requirement is removed."""

    period: Period
    numbers: Mapping[str, int] | None
    citations: tuple[Citation, ...]


@attrs.frozen(kw_only=True)
class ParameterDeclaration:
    """A parameter with all its dated values."""

    name: str
    label: Label
    type: Type
    indexed_by: str | None
    delegation: str | None
    values: tuple[DatedValue, ...]
    span: Span = attrs.field(eq=False, repr=False)


@attrs.frozen(kw_only=True)
class RuleDeclaration:
    """A criterion or row as written."""

    id: str
    label: Label
    period: Period
    when: ScalarNode | None
    by_reading: tuple[tuple[str, str, ScalarNode], ...]
    applies_when: ScalarNode | None
    cells: tuple[tuple[ScalarNode, ScalarNode], ...]
    then: tuple[tuple[str, ScalarNode], ...]
    modality: str | None
    addressee: str | None
    citations: tuple[Citation, ...]
    span: Span = attrs.field(eq=False, repr=False)


@attrs.frozen(kw_only=True)
class DecisionDeclaration:
    """A decision as written: exactly one of criteria, rules and value is present."""

    name: str
    label: Label
    period: Period
    form: str
    rules: tuple[RuleDeclaration, ...] = ()
    otherwise: RuleDeclaration | None = None
    hit_policy: str = "unique"
    columns: tuple[tuple[str, str], ...] = ()
    value: ScalarNode | None = None
    type: Type | None = None
    citations: tuple[Citation, ...] = ()
    span: Span = attrs.field(eq=False, repr=False)


@attrs.define(kw_only=True)
class Declarations:
    """Everything that a package declares."""

    package: PackageDeclaration | None = None
    citations: dict[str, Citation] = attrs.field(factory=dict)
    enumerations: dict[str, Enumeration] = attrs.field(factory=dict)
    facts: dict[str, Fact] = attrs.field(factory=dict)
    readings: dict[str, ReadingDeclaration] = attrs.field(factory=dict)
    constraints: list[ConstraintDeclaration] = attrs.field(factory=list)
    parameters: dict[str, ParameterDeclaration] = attrs.field(factory=dict)
    decisions: dict[str, DecisionDeclaration] = attrs.field(factory=dict)
