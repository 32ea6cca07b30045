"""Rule files as read: dated declarations whose conditions are still text with a position."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator, Mapping
from typing import Literal

import attrs

from cso_rules.loader.documents.periods import ALWAYS, Period
from cso_rules.loader.text.yaml_nodes import Node, ScalarNode
from cso_rules.model.civil_dates import WorkingDayCalendar
from cso_rules.model.decisions import MULTIPLE_HITS
from cso_rules.model.instruments import Amendment, Citation, Label
from cso_rules.model.policy import AsOne, Enumeration, Fact, Presumption
from cso_rules.model.presentation import Entities
from cso_rules.model.types import Type
from cso_rules.source import Span


@attrs.frozen(kw_only=True)
class PackageDeclaration:
    """What `package.yaml` says.

    Attributes:
        supersedes: The package of the same place that ends on the day on which this one begins.
        superseded_by: The package that ended this one.
    """

    id: str
    title: Label
    jurisdiction: str
    status: str
    period: Period
    is_start_confirmed: bool = True
    is_end_confirmed: bool = True
    is_in_preparation: bool = False
    extends: str | None = None
    supersedes: ScalarNode | None = None
    superseded_by: str = ""
    ask_order: tuple[ScalarNode, ...] = ()
    span: Span | None = attrs.field(default=None, eq=False, repr=False)

    @property
    def level(self) -> int:
        """How near to the organization: 0 national, 2 province, 4 city, 6 county."""
        return len(self.jurisdiction) if self.jurisdiction.isdigit() else 0

    def ended_by(self, later: PackageDeclaration) -> PackageDeclaration:
        """Return the package as another one ends it on its first day, if it was in force until then."""
        if later.period.start is None or later.period.start not in attrs.evolve(self.period, start=None):
            return self
        return attrs.evolve(
            self,
            period=attrs.evolve(self.period, end=later.period.start),
            is_end_confirmed=later.is_start_confirmed,
            superseded_by=later.id,
        )


ProvisionStatus = Literal["encoded", "declared", "not_computable"]


@attrs.frozen(kw_only=True)
class ProvisionDeclaration:
    """What the package does with a provision.

    Attributes:
        status: Whether rules decide by it, people are only told of it, or no fact could decide it.
        reason: Why no rule decides by it; None for an encoded one.
        covers: Statements of the underlying analysis that it carries.
        period: When its text is in force; that of the instrument where it says none of its own.
    """

    citation: Citation
    status: ProvisionStatus
    reason: Label | None
    covers: tuple[str, ...]
    period: Period = ALWAYS
    span: Span = attrs.field(eq=False, repr=False)


@attrs.frozen(kw_only=True)
class SourceDeclaration:
    """When an instrument was last read, and the address of its official publication, empty where that was not seen."""

    title: Label
    checked_on: datetime.date | None
    url: str
    span: Span = attrs.field(eq=False, repr=False)


@attrs.frozen(kw_only=True)
class ReadingDeclaration:
    """An ambiguity with its options."""

    name: str
    label: Label
    definition: Label
    options: tuple[str, ...]
    option_labels: tuple[Label, ...]
    default: str | None
    citations: tuple[Citation, ...] = ()


@attrs.frozen(kw_only=True)
class ConstraintDeclaration:
    """A condition that facts of one organization must satisfy together."""

    id: str
    when: ScalarNode
    message: Label
    entity: str
    citations: tuple[Citation, ...] = ()


@attrs.frozen(kw_only=True)
class AggregateDeclaration:
    """How a fact of an area or community is counted; `where` names a boolean decision or fact about each."""

    name: str
    counts: str
    where: ScalarNode | None
    by: tuple[tuple[str, str], ...]
    citations: tuple[Citation, ...] = ()


@attrs.frozen(kw_only=True)
class DatedPresumption:
    """What the law presumes of a fact in one period."""

    period: Period
    presumed: Presumption


@attrs.frozen(kw_only=True)
class DatedValue:
    """A value of a parameter in one period; `numbers` is None when the requirement is removed.

    Where several variables select the number, their values are joined by `/` (`keys_of`).

    Attributes:
        is_in_part: Whether it has numbers for some values alone, and all others stay as they are.
    """

    period: Period
    numbers: Mapping[str, int] | None
    citations: tuple[Citation, ...]
    is_in_part: bool = False

    def on(self, standing: DatedValue | None) -> DatedValue | None:
        """Return it with what it leaves as it stands; None where nothing stands that it could change in part."""
        if not self.is_in_part or self.numbers is None:
            return self
        if standing is None or standing.numbers is None or not self.numbers.keys() <= standing.numbers.keys():
            return None
        citations = tuple(dict.fromkeys((*self.citations, *standing.citations)))
        return DatedValue(period=self.period, numbers={**standing.numbers, **self.numbers}, citations=citations)


@attrs.frozen(kw_only=True)
class ParameterDeclaration:
    """A parameter with all its dated values."""

    name: str
    label: Label
    type: Type
    indexed_by: tuple[str, ...]
    delegation: str | None
    values: tuple[DatedValue, ...]
    least: int | None = None
    greatest: int | None = None
    checked_on: datetime.date | None = None
    """When the source of its values was last read."""
    duration_unit: str | None = None
    """What it counts where it moves a date: years, months, weeks or days."""
    unit: Label | None = None
    definition: Label | None = None
    span: Span = attrs.field(eq=False, repr=False)

    def value_on(self, day: datetime.date) -> DatedValue | None:
        """Return the value in force on a day; None when there is none yet or no more."""
        return next((value for value in self.values if day in value.period), None)


@attrs.frozen(kw_only=True)
class GroupDeclaration:
    """Criteria that stand together: what they are called, when they apply at all, and what they share as citation."""

    label: Label
    applies_when: ScalarNode | None
    citations: tuple[Citation, ...]
    except_when: ScalarNode | None = None


@attrs.frozen(kw_only=True)
class RuleDeclaration:
    """A criterion, a row of a table, or a case of a number or date, as written; of a case `then` is an expression.

    Attributes:
        exceptions: What a local package that removes it leaves: where it remains.
        except_when: Where it does not count.
    """

    id: str
    label: Label
    period: Period
    when: ScalarNode | None
    by_reading: tuple[tuple[str, str, ScalarNode], ...]
    applies_when: ScalarNode | None
    cells: tuple[tuple[ScalarNode, ScalarNode], ...]
    then: tuple[tuple[str, ScalarNode], ...]
    modality: str | None
    addressee: ScalarNode | None
    citations: tuple[Citation, ...]
    exceptions: tuple[ScalarNode, ...] = ()
    except_when: ScalarNode | None = None
    due: ScalarNode | None = None
    groups: tuple[GroupDeclaration, ...] = ()
    """The groups in which a criterion stands, the outermost first."""
    span: Span = attrs.field(eq=False, repr=False)

    @property
    def text(self) -> str:
        """Everything that the rule asks, as written; empty for the row of all other cases."""
        cells = [f"{key.text} {value.text}" for key, value in self.cells]
        options = [f"[{option}] {node.text}" for _, option, node in self.by_reading]
        return " and ".join([*([self.when.text] if self.when else []), *cells, *options])

    @property
    def is_bare(self) -> bool:
        """Whether the rule asks nothing."""
        return not self.text and not self.scopes and not self.excepted

    @property
    def excepted(self) -> tuple[ScalarNode, ...]:
        """Every condition under which it does not count: those of its groups and its own."""
        own = (*(group.except_when for group in self.groups), self.except_when)
        return tuple(node for node in own if node is not None)

    @property
    def scopes(self) -> tuple[ScalarNode, ...]:
        """Every condition under which it applies at all: those of its groups, its own, and what a removal leaves."""
        own = (*(group.applies_when for group in self.groups), self.applies_when, *self.exceptions)
        return tuple(node for node in own if node is not None)


@attrs.frozen(kw_only=True)
class DecisionDeclaration:
    """A decision as written: one of criteria, rules and value is present, or it says that there is no rule here.

    Attributes:
        form: criteria, rules, value or none. A value is one expression, one for each option of a reading, or has cases.
        rules: Criteria, rows or cases.
        aggregate: How a number comes from all cases that hold: min, max, sum or count; None for that of the first one.
    """

    name: str
    label: Label
    period: Period
    form: str
    rules: tuple[RuleDeclaration, ...] = ()
    otherwise: RuleDeclaration | None = None
    hit_policy: str = "unique"
    columns: tuple[tuple[str, str], ...] = ()
    question: Label | None = None
    definition: Label | None = None
    value: ScalarNode | None = None
    value_by_reading: tuple[tuple[str, str, ScalarNode], ...] = ()
    aggregate: str | None = None
    type: Type | None = None
    entity: str
    replaces: bool = False
    conflict_stands: bool = False
    citations: tuple[Citation, ...] = ()
    is_deadline: bool = False
    """Whether it is what the expression of a due date became; it counts where a rule names it."""
    span: Span = attrs.field(eq=False, repr=False)

    @property
    def every_rule(self) -> tuple[RuleDeclaration, ...]:
        """The criteria or rows, the last one being what holds otherwise."""
        return self.rules if self.otherwise is None else (*self.rules, self.otherwise)

    @property
    def texts(self) -> Iterator[ScalarNode]:
        """Every condition and expression as written; of cells, the variable and the test."""
        own = (self.value, *(node for _, _, node in self.value_by_reading))
        for rule in self.every_rule:
            own += (*rule.scopes, *rule.excepted, rule.when, rule.due)
            own += tuple(node for cell in rule.cells for node in cell)
            own += tuple(node for _, _, node in rule.by_reading)
            own += tuple(node for _, node in rule.then) if self.form == "value" else ()
        yield from (node for node in own if node is not None)

    @property
    def readings_named(self) -> tuple[str, ...]:
        """The readings whose options it writes out, each once."""
        pairs = (*self.value_by_reading, *(found for rule in self.every_rule for found in rule.by_reading))
        return tuple(dict.fromkeys(name for name, _, _ in pairs))

    def rule(self, rule_id: str) -> RuleDeclaration | None:
        """Return a criterion or row by its id."""
        return next((rule for rule in self.every_rule if rule.id == rule_id), None)


Operation = Literal["sets", "adds", "removes", "replaces", "restates", "chooses"]


@attrs.frozen(kw_only=True)
class ChangeDeclaration:
    """One change that a local package makes to what it extends.

    Attributes:
        path: A parameter, a reading, or `decision/rule`.
        period: When it is in force, within the time of its package.
        value: The new or restated value; its numbers are None when the requirement is removed.
        rule: The criterion or row that is added or takes the place of another.
        before: The row that an added one precedes; None puts it last.
        except_when: In which case a removed rule remains.
        supersedes: Package of the same level whose change of this path it takes the place of.
        as_one: The changes with which it is made or left out; None where it stands alone.
    """

    operation: Operation
    path: str
    package: PackageDeclaration
    period: Period
    citations: tuple[Citation, ...]
    value: DatedValue | None = None
    indexed_by: tuple[str, ...] = ()
    rule: RuleDeclaration | None = None
    before: str | None = None
    except_when: ScalarNode | None = None
    option: str | None = None
    supersedes: str | None = None
    as_one: AsOne | None = None
    span: Span = attrs.field(eq=False, repr=False)

    def within(self, package: PackageDeclaration) -> ChangeDeclaration:
        """Return the change as a part of its package with another time."""
        return attrs.evolve(self, package=package, period=self.period.within(package.period, self.period.span))


@attrs.define(kw_only=True)
class Declarations:
    """Everything that the packages of a rule set declare, the national package first."""

    entities: Entities = Entities()  # noqa: RUF009 - frozen
    stated: dict[str, Node] = attrs.field(factory=dict)
    """What packages state about how answers are shown, by key; the nearest package that states it."""
    packages: list[PackageDeclaration] = attrs.field(factory=list)
    citations: dict[str, Citation] = attrs.field(factory=dict)
    provisions: dict[str, ProvisionDeclaration] = attrs.field(factory=dict)
    enumerations: dict[str, Enumeration] = attrs.field(factory=dict)
    facts: dict[str, Fact] = attrs.field(factory=dict)
    presumptions: dict[str, tuple[DatedPresumption, ...]] = attrs.field(factory=dict)
    """What the law presumes of facts of which nothing is said."""
    readings: dict[str, ReadingDeclaration] = attrs.field(factory=dict)
    constraints: list[ConstraintDeclaration] = attrs.field(factory=list)
    aggregates: dict[str, AggregateDeclaration] = attrs.field(factory=dict)
    parameters: dict[str, ParameterDeclaration] = attrs.field(factory=dict)
    decisions: dict[str, DecisionDeclaration] = attrs.field(factory=dict)
    local_decisions: list[tuple[PackageDeclaration, DecisionDeclaration]] = attrs.field(factory=list)
    changes: list[ChangeDeclaration] = attrs.field(factory=list)
    calendar: WorkingDayCalendar = attrs.field(factory=WorkingDayCalendar)
    kinds: dict[str, str] = attrs.field(factory=dict)
    """The kind of every instrument, such as law or opinions."""
    sources: dict[str, SourceDeclaration] = attrs.field(factory=dict)
    scopes: dict[str, ScalarNode] = attrs.field(factory=dict)
    """About whom an instrument is, where it is not about everybody."""
    amendments: dict[str, Amendment] = attrs.field(factory=dict)
    """What changed an instrument without being seen."""

    @property
    def package(self) -> PackageDeclaration | None:
        """The package that the others extend."""
        return self.packages[0] if self.packages else None

    def supersede(self, later: PackageDeclaration) -> None:
        """End the package that another one supersedes, with its changes and its decisions."""
        name = later.supersedes.text if later.supersedes is not None else None
        ended = {package.id: package.ended_by(later) for package in self.packages if package.id == name}
        self.packages = [ended.get(package.id, package) for package in self.packages]
        self.local_decisions = [(ended.get(owner.id, owner), decision) for owner, decision in self.local_decisions]
        changes = (change.within(ended.get(change.package.id, change.package)) for change in self.changes)
        self.changes = [change for change in changes if not change.period.is_empty]

    def standing(self) -> Iterator[DecisionDeclaration]:
        """Yield every decision in every form that a package of the line gives it."""
        yield from self.decisions.values()
        yield from (decision for _, decision in self.local_decisions)

    def rule_labels(self) -> dict[str, dict[str, Label]]:
        """Return the ids and labels of the rules of each decision, added ones too."""
        rules: dict[str, dict[str, Label]] = {name: {} for name in self.decisions}
        for decision in self.standing():
            rules[decision.name] |= {rule.id: rule.label for rule in decision.every_rule}
        for change in self.changes:
            name, _, rule = change.path.partition("/")
            if change.rule is not None and name in rules:
                rules[name].setdefault(rule, change.rule.label)
        return rules

    def index_type(self, name: str) -> Type | None:
        """Return the type of what may select a number, an enumeration fact or the one answer of a table; None else."""
        decision = self.decisions.get(name)
        if decision is None:
            fact = self.facts.get(name)
            return fact.type if fact is not None and fact.type.kind == "enumeration" else None
        known = self.enumerations.get(decision.columns[0][1]) if len(decision.columns) == 1 else None
        if known is None or decision.hit_policy in MULTIPLE_HITS:
            return None
        return Type(kind="enumeration", values=known.values, enumeration=known.name, maps_to=known.maps_to)

    def index_names(self) -> tuple[str, ...]:
        """Return everything that may select a number."""
        return tuple(name for name in (*self.facts, *self.decisions) if self.index_type(name) is not None)

    def keys_of(self, indexed_by: tuple[str, ...]) -> tuple[str, ...]:
        """Return the key of each number that some variables select, the values of the last one beside one another."""
        types = [self.index_type(name) for name in indexed_by]
        return tuple(
            "/".join(values) for values in itertools.product(*(kind.values for kind in types if kind is not None))
        )

    def facts_read_by(self, entity: str) -> dict[str, Fact]:
        """Return the facts that rules about an entity may use."""
        read = self.entities.read_by(entity)
        return {name: fact for name, fact in self.facts.items() if fact.entity in read}

    def facts_on(self, day: datetime.date, entity: str) -> dict[str, Fact]:
        """Return the facts that rules about an entity may use, with what is presumed of them on a day."""
        found = self.facts_read_by(entity)
        for name in found.keys() & self.presumptions.keys():
            presumed = next((each.presumed for each in self.presumptions[name] if day in each.period), None)
            found[name] = attrs.evolve(found[name], presumed=presumed)
        return found

    def decisions_about(self, entity: str) -> dict[str, DecisionDeclaration]:
        """Return the decisions about an entity, with the deadlines that their rules name."""
        about = {name: decision for name, decision in self.decisions.items() if decision.entity == entity}
        named = {rule.due.text for own in about.values() for rule in own.every_rule if rule.due is not None}
        return {name: decision for name, decision in about.items() if not decision.is_deadline or name in named}

    def inherited_by(self, package: PackageDeclaration) -> frozenset[str]:
        """Return the packages that one extends, directly or by way of another."""
        extends = {each.id: each.extends for each in self.packages}
        names, name = set[str](), package.extends
        while name is not None and name not in names:
            names.add(name)
            name = extends.get(name)
        return frozenset(names)
