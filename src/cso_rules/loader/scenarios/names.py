"""What a name in a scenario means: a fact, a decision, a reading, a criterion or a value, by id or Chinese label."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TypeAlias

import attrs

from cso_rules.loader.documents.declarations import DecisionDeclaration, Declarations, ReadingDeclaration
from cso_rules.loader.documents.presentation import presentation_of
from cso_rules.loader.documents.reader import UNPLACED_LABEL, Reader
from cso_rules.loader.text.yaml_nodes import ScalarNode
from cso_rules.model.policy import Enumeration, Fact
from cso_rules.model.spelling.spellings import normalised, spellings_of
from cso_rules.model.types import Type

Spellings: TypeAlias = Mapping[str, tuple[str, ...]]
"""Every spelling of some names with the ids that it may stand for."""


def spelled(names: Iterable[tuple[str, Iterable[str]]]) -> Spellings:
    """Return ids by every spelling of theirs; an id is never taken for the label of another name."""
    given = [(name, [normalised(spelling) for spelling in spellings]) for name, spellings in names]
    found: dict[str, tuple[str, ...]] = {name: (name,) for name, _ in given}
    for name, spellings in given:
        for spelling in spellings:
            known = found.get(spelling, ())
            if spelling != UNPLACED_LABEL.zh and spelling not in known and name not in known:
                found[spelling] = known if known == (spelling,) else (*known, name)
    return found


@attrs.frozen(kw_only=True, slots=False)  # what is worked out once is kept in its dictionary
class ScenarioNames:
    """The names that a scenario of one place about one entity may use.

    Attributes:
        found: What the packages of the place declare.
        entity: Whom the scenario is about; None is anybody, as in packs.
        is_complete: Whether every rule file could be read; if not, an unknown name is nobody's fault here.
    """

    found: Declarations
    entity: str | None
    is_complete: bool

    def reads(self, entity: str) -> bool:
        """Tell whether rules about the entity of the scenario read facts of this one."""
        return self.entity is None or entity in self.found.entities.read_by(self.entity)

    @cached_property
    def facts(self) -> Spellings:
        """Facts that the rules about the entity may read."""
        return spelled(
            (fact.name, (fact.label.zh, *fact.aliases)) for fact in self.found.facts.values() if self.reads(fact.entity)
        )

    @cached_property
    def decisions(self) -> Spellings:
        """Decisions about the entity."""
        return spelled(
            (decision.name, (decision.label.zh,))
            for decision in self.found.standing()
            if self.entity in {None, decision.entity}
        )

    @cached_property
    def readings(self) -> Spellings:
        """Readings of ambiguous texts."""
        return spelled((reading.name, (reading.label.zh,)) for reading in self.found.readings.values())

    @cached_property
    def _rules(self) -> Mapping[str, Spellings]:
        rules = self.found.rule_labels()
        return {name: spelled((rule, (label.zh,)) for rule, label in labels.items()) for name, labels in rules.items()}

    def rules(self, decision: str) -> Spellings:
        """Return the criteria or rows that a decision has somewhere at some time."""
        return self._rules[decision]

    def options(self, readings: Iterable[ReadingDeclaration]) -> Spellings:
        """Return the options of readings."""
        return spelled(
            (option, (label.zh,))
            for reading in readings
            for option, label in zip(reading.options, reading.option_labels, strict=True)
        )

    @cached_property
    def step_lists(self) -> tuple[str, ...]:
        """The lists about the entity that say what is to be done next, in the order of the package."""
        steps = presentation_of(self.found, Reader()).notices.steps
        return tuple(name for name in steps if self.entity in {None, self.found.decisions[name].entity})

    def enumeration(self, name: str | None) -> Enumeration | None:
        """Return an enumeration with what the place adds to it."""
        return self.found.enumerations.get(name or "")

    def spellings(self, kind: Type) -> Mapping[str, str]:
        """Return every spelling of the values of a type; none of a type without names."""
        enumeration = self.enumeration(kind.enumeration)
        return {} if enumeration is None else spellings_of(enumeration)

    def forms(self, decision: str) -> Iterator[DecisionDeclaration]:
        """Yield the decision as each package of the place writes it, the nearest last."""
        yield from (item for item in self.found.standing() if item.name == decision)

    def meant(self, reader: Reader, code: str, key: ScalarNode, known: Spellings, **arguments: str) -> str | None:
        """Return the id that a name stands for; report one that stands for none or for several."""
        ids = known.get(normalised(key.text), ())
        if len(ids) == 1:
            return ids[0]
        if ids:
            reader.report("ambiguous-name", key.span, name=key.text, found=", ".join(ids))
        elif self.is_complete:
            reader.unknown(code, key.span, key.text, known, **arguments)
        return None

    def fact(self, reader: Reader, key: ScalarNode) -> Fact | None:
        """Return the fact of a name; report one that the rules about the entity do not read."""
        other = self.found.facts.get(key.text)
        if other is not None and not self.reads(other.entity):
            self._wrong_entity(reader, key, other.entity)
            return None
        name = self.meant(reader, "unknown-name", key, self.facts)
        return None if name is None else self.found.facts[name]

    def decision(self, reader: Reader, key: ScalarNode) -> str | None:
        """Return the id of a decision; report one about another entity."""
        other = self.found.decisions.get(key.text)
        if other is not None and self.entity not in {None, other.entity}:
            self._wrong_entity(reader, key, other.entity)
            return None
        return self.meant(reader, "unknown-decision", key, self.decisions)

    def _wrong_entity(self, reader: Reader, key: ScalarNode, found: str) -> None:
        reader.report("wrong-entity", key.span, name=key.text, found=found, expected=self.entity or "")
