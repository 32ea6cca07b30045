"""A policy: everything in force for one place on one date, ready for an executor."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import attrs

from cso_rules.model.decisions import AnyDecision, ValueDecision, inputs_of, rules_of
from cso_rules.model.expressions import Expression
from cso_rules.model.fields import ByFields
from cso_rules.model.instruments import Amendment, Citation, Label
from cso_rules.model.presentation import UNSTATED, Entity, Presentation
from cso_rules.model.types import KINDS, Domain, SomeOf, Type, Value

if TYPE_CHECKING:
    from cso_rules.source import Span

COMPLETE = ".complete"
"""Behind the name of a set it names what a table says of whether the list of its members is complete."""
MOST_COMBINATIONS = 16
"""Combinations of the options of open readings that are tried."""

Choice = tuple[tuple[str, str], ...]
"""Readings, each with one of its options."""
NO_LOCAL_RULE = Label(
    zh="没有收录 {places} 当日现行的地方规则，请向当地询问",
    en="no local rule of {places} in force on this day is encoded; ask there",
)

Found = TypeVar("Found")


@attrs.frozen(kw_only=True, eq=False, repr=False)
class FactHeading(ByFields):
    """A heading of tables below which a fact stands.

    Attributes:
        meanings: What texts of its cells say where that is not their own meaning, such as filed for yes.
        is_opposite: Whether the cells answer the opposite question, so that yes says no.
    """

    text: str
    meanings: tuple[tuple[str, str], ...] = ()
    is_opposite: bool = False


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Presumption(ByFields):
    """What the law presumes of a fact while nothing is said of it."""

    value: Value
    citations: tuple[Citation, ...]


@attrs.frozen(kw_only=True, repr=False)
class Fact(ByFields):
    """A typed input about one organization.

    `aliases` are its names in conditions and tables, `headings` those of columns of tables alone. A personal one is
    about a person: its value is masked wherever answers are shown or kept for others. Of a judged one `judged_by` and
    `judged_on_basis` tell whose judgement it is and which provisions it applies, where the vocabulary says so.
    """

    name: str
    type: Type
    label: Label
    question: Label
    definition: Label
    aliases: tuple[str, ...] = ()
    headings: tuple[FactHeading, ...] = ()
    unit: Label | None = None
    entity: str = UNSTATED.name
    is_changeable: bool = False
    is_judged: bool = False
    judged_by: Label | None = None
    judged_on_basis: tuple[Citation, ...] = ()
    is_personal: bool = False
    presumed: Presumption | None = None
    lists_are_complete: bool = True
    span: Span | None = attrs.field(default=None, eq=False, repr=False)

    @property
    def unsaid(self) -> Domain:
        """What the fact may be while nothing is said of it: what the law presumes, or everything."""
        return self.type.everything if self.presumed is None else self.type.encode(self.presumed.value)

    @property
    def complete_name(self) -> str:
        """The name of what a table says of whether the list of a set is complete."""
        return f"{self.name}{COMPLETE}"

    def listed(self, members: frozenset[str], *, is_complete: bool | None = None) -> Value | None:
        """Return what a list of members says: that they are all, or that they are surely there, which may be nothing.

        Args:
            members: The members.
            is_complete: Whether it was said that the list is complete, or is not; None leaves it to the vocabulary.
        """
        if self.lists_are_complete if is_complete is None else is_complete:
            return members
        return SomeOf(sure=members) if members else None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Enumeration(ByFields):
    """A closed list of named values with labels; aliases are accepted in tables of organizations."""

    name: str
    label: Label
    values: tuple[str, ...]
    labels: tuple[Label, ...]
    aliases: tuple[tuple[str, ...], ...]
    maps_to: tuple[tuple[str, str], ...] = ()
    """Each local value with the national one that it counts as."""
    words: tuple[tuple[str, str], ...] = ()
    """Words of free text, each with the value that it tells of."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Reading(ByFields):
    """A declared way to read an ambiguous text; `chosen` is None while the law leaves it open.

    Its citations say that there is something to read; they bear on an answer that depends on the reading.
    """

    name: str
    label: Label
    definition: Label
    type: Type
    option_labels: tuple[Label, ...]
    chosen: str | None
    citations: tuple[Citation, ...] = ()


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Constraint(ByFields):
    """What the facts of one organization must satisfy together."""

    id: str
    condition: Expression
    message: Label


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Aggregate(ByFields):
    """How a fact of an area or community is counted from what lies in it.

    Attributes:
        name: The fact that it gives.
        counts: The entity that it counts.
        where: A boolean decision or fact about each that must be true; None counts all.
        by: Facts with the values that they must have.
    """

    name: str
    counts: str
    where: str | None
    by: tuple[tuple[str, tuple[str, ...]], ...]
    citations: tuple[Citation, ...] = ()


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Parameter(ByFields):
    """A legal number on the date of the policy; `values` maps "" or enumeration values to encoded numbers.

    Where several variables select it, their values are joined by `/`, in the order of `indexed_by`.
    """

    name: str
    label: Label
    type: Type
    indexed_by: tuple[str, ...]
    values: tuple[tuple[str, int], ...]
    is_removed: bool = False


@attrs.frozen(kw_only=True, eq=False, repr=False)
class AppliedPackage(ByFields):
    """A package of the place, and whether it is in force on the date of the policy.

    Attributes:
        status: in_force, trial, draft, superseded or expired, as the package says of itself.
        is_in_force: Whether its rules apply on the date.
        is_start_confirmed: Whether the first day was seen; if not, a day is used by which it stood.
        is_end_confirmed: Whether the end of its validity was seen; if not, it is applied and that is said.
        is_in_preparation: Whether its rules are still being written, whatever its text is.
        superseded_by: The package that ended it, or will end it; empty where there is none.
    """

    id: str
    title: Label
    jurisdiction: str
    status: str
    is_in_force: bool
    is_start_confirmed: bool = True
    is_end_confirmed: bool = True
    is_in_preparation: bool = False
    superseded_by: str = ""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class AsOne(ByFields):
    """Changes of one package that are made or left out as one.

    Attributes:
        citations: What all of them rest on.
    """

    id: str
    label: Label
    citations: tuple[Citation, ...]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Change(ByFields):
    """What a local package changed in the rules that it extends.

    Attributes:
        operation: sets, adds, removes, replaces, restates or chooses.
        path: A parameter, a reading, a decision, or `decision/rule`.
        package: Id of the package.
        old: The inherited value or condition as text; empty where there was none.
        new: The local one; empty where it is removed.
        conflicts_with: Provisions of higher law that the change, or one made with it, goes below.
        beyond: Provisions of higher law to which it, or one made with it, adds what they do not ask.
        admitted: Somebody whom it admits against higher law, or who gets another answer than that of higher law.
        refused: Somebody whom it refuses although higher law does not.
        is_applied: Whether the change was made; a reported conflict can be switched off.
        label: Name of a criterion or row that it removes.
        as_one: The changes with which it is made or left out; None where it stands alone.
    """

    operation: str
    path: str
    package: str
    old: str
    new: str
    citations: tuple[Citation, ...]
    conflicts_with: tuple[Citation, ...] = ()
    beyond: tuple[Citation, ...] = ()
    admitted: Label | None = None
    refused: Label | None = None
    is_applied: bool = True
    label: Label | None = None
    as_one: AsOne | None = None


@attrs.frozen(kw_only=True, eq=False, repr=False, slots=False)  # what is worked out of it is kept in its dictionary
class Policy(ByFields):
    """Rules in force for one jurisdiction on one date.

    Attributes:
        id: The package.
        title: What it is called.
        jurisdiction: `cn`, or the code of the place without trailing zeros.
        as_of: The date.
        digest: The SHA-256 of the rule files, by which the same rules can be asked for again.
        facts: What may be said of an organization: types, labels, questions.
        enumerations: The values of facts and answers.
        readings: The ambiguous texts, with the options of each.
        parameters: The numbers in force, with their provisions.
        decisions: The decisions, in an order in which each reads only earlier ones.
        constraints: What cannot be true together.
        aggregates: Which facts are counted from others' answers.
        entity: Whom facts and decisions describe.
        presentation: What decisions and facts are called in lists, notices and comparisons.
        ask_order: Decisions whose missing facts are asked for first; the others follow.
        packages: The packages of the place, the national one first.
        listed: What is local, or what finds it out when it is asked for; `changes` has it.
        scopes: Of an instrument, about whom it is.
        amendments: Instruments that were changed by a text that was not seen, on the date or before.
        is_of_place: False where a local package was chosen by its name alone and nobody looked for others.
        shows_personal: True of rules in which what is personal was made not to be, for the own desk.
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
    aggregates: Mapping[str, Aggregate] = attrs.field(repr=False, factory=dict)
    entity: str = UNSTATED.name
    presentation: Presentation = attrs.field(repr=False, default=Presentation())
    ask_order: tuple[str, ...] = attrs.field(repr=False, default=())
    packages: tuple[AppliedPackage, ...] = attrs.field(repr=False, default=())
    listed: tuple[Change, ...] | Callable[[], tuple[Change, ...]] = attrs.field(
        repr=False, default=(), eq=lambda listed: listed() if callable(listed) else listed
    )
    scopes: Mapping[str, Expression] = attrs.field(repr=False, factory=dict)
    amendments: Mapping[str, Amendment] = attrs.field(repr=False, factory=dict)
    is_of_place: bool = attrs.field(repr=False, default=True)
    shows_personal: bool = attrs.field(repr=False, default=False)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """What local packages changed, and how it bears on higher law."""
        return self.listed() if callable(self.listed) else self.listed

    @property
    def place_notice(self) -> Label | None:
        """Say for which place, and what it lies in, no local rule is encoded; None where every level has some."""
        code, own = self.jurisdiction, {package.jurisdiction for package in self.packages if package.is_in_force}
        levels = [code[:digits] for digits in range(2, len(code) + 1, 2)] if code.isdigit() and self.is_of_place else []
        without = ", ".join(level for level in levels if level not in own)
        return NO_LOCAL_RULE.filled(places=without) if without else None

    @cached_property
    def reads(self) -> Mapping[str, tuple[str, ...]]:
        """The variables that each decision reads directly."""
        return {name: inputs_of(decision) for name, decision in self.decisions.items()}

    @cached_property
    def facts_by_kind(self) -> tuple[Fact, ...]:
        """The facts, those of one kind beside one another."""
        return tuple(sorted(self.facts.values(), key=lambda fact: KINDS.index(fact.type.kind)))

    @cached_property
    def amended_decisions(self) -> frozenset[str]:
        """The decisions of which some part cites an instrument that was changed by a text that was not seen."""
        return frozenset(name for name, found in self.decisions.items() if self._cites_amended(found))

    @property
    def amendments_cited(self) -> tuple[Amendment, ...]:
        """The changes by texts that were not seen, where some decision cites an instrument that was changed so."""
        return tuple(self.amendments.values()) if self.amended_decisions else ()

    def _cites_amended(self, decision: AnyDecision) -> bool:
        own = decision.cited if isinstance(decision, ValueDecision) else ()
        cited = (*own, *(citation for rule in rules_of(decision) for citation in rule.citations))
        return any(citation.instrument in self.amendments for citation in cited)

    @property
    def headline(self) -> str:
        """The decision that notices, tables and comparisons are about; the last one where the package names none."""
        return self.presentation.headline or next(reversed([*self.decisions]), "")

    def heading(self, decision: str) -> Label:
        """Return what a decision is called in tables and comparisons."""
        return self.presentation.headings.get(decision) or self.decisions[decision].label

    @property
    def subject(self) -> Entity:
        """Whom a notice or a row of a table is about."""
        return self.presentation.entities.subject

    def about_its_entity(self) -> Policy:
        """Return the same rules with the entity that they describe as the subject of tables; no answer changes."""
        shown = attrs.evolve(
            self.presentation,
            entities=self.presentation.entities.led_by(self.entity),
            headline=self.headline if self.headline in self.decisions else "",
        )
        return attrs.evolve(self, presentation=shown)

    def variable_type(self, name: str) -> Type:
        """Return the type of a fact, a reading or a decision.

        Raises:
            KeyError: There is no variable of that name.
        """
        for group in (self.facts, self.readings, self.decisions):
            if name in group:
                return group[name].type
        raise KeyError(name)

    @cached_property
    def presumptions(self) -> Mapping[str, Presumption]:
        """What the law presumes of the facts that decisions read."""
        found = {name: self.facts[name].presumed for name in self.inputs if name in self.facts}
        return {name: presumed for name, presumed in found.items() if presumed is not None}

    def is_personal(self, name: str) -> bool:
        """Tell whether what a variable is says something about a person: a personal fact, or a number made of one."""
        if name in self.facts:
            return self.facts[name].is_personal
        return isinstance(self.decisions.get(name), ValueDecision) and any(map(self.is_personal, self.reads[name]))

    @cached_property
    def with_personal_shown(self) -> Policy:
        """The same rules for a desk that may see personal values: none of them is masked."""
        facts = {name: attrs.evolve(fact, is_personal=False) for name, fact in self.facts.items()}
        return attrs.evolve(self, facts=facts, shows_personal=True) if facts != self.facts else self

    @property
    def inputs(self) -> tuple[str, ...]:
        """The facts and readings that decisions read, each once."""
        found = (name for names in self.reads.values() for name in names)
        return tuple(dict.fromkeys(name for name in found if name not in self.decisions))

    def cone(self, decision: str) -> tuple[str, ...]:
        """Return every fact, reading and decision that a decision depends on, itself first."""
        found = {decision: None}
        self._descend(decision, found)
        return tuple(found)

    def part(self, decisions: Iterable[str]) -> Policy:
        """Return the same policy with only these decisions and what they read; their answers do not change."""
        needed = {name for decision in decisions for name in self.cone(decision)}
        kept = {name: decision for name, decision in self.decisions.items() if name in needed}
        return self if len(kept) == len(self.decisions) else attrs.evolve(self, decisions=kept)

    def combinations(self, readings: Iterable[str]) -> list[Choice]:
        """Return every combination of the options of some readings; none where there are too many to be tried."""
        options = [[(name, option) for option in self.readings[name].type.values] for name in readings]
        found = list(itertools.islice(itertools.product(*options), MOST_COMBINATIONS + 1))
        return found if options and len(found) <= MOST_COMBINATIONS else []

    def _descend(self, name: str, found: dict[str, None]) -> None:
        if name in self.decisions:
            for source in self.reads[name]:
                if source not in found:
                    found[source] = None
                    self._descend(source, found)


def projected(cases: Iterable[tuple[Choice, Found]]) -> tuple[tuple[Choice, Found], ...]:
    """Drop the readings that change nothing, and with them the cases that are the same."""
    found = list(cases)
    names = [name for name, _ in found[0][0]] if found else []
    idle = {name for name in names if _is_idle(name, found)}
    kept = {tuple(pair for pair in choice if pair[0] not in idle): result for choice, result in found}
    return tuple(kept.items())


def _is_idle(name: str, cases: Iterable[tuple[Choice, Found]]) -> bool:
    groups: dict[Choice, list[Found]] = {}
    for choice, result in cases:
        groups.setdefault(tuple(pair for pair in choice if pair[0] != name), []).append(result)
    return all(result == group[0] for group in groups.values() for result in group)
