"""The rules of one place as a page takes them: the plan that answers, and the words that explain.

In comes the policy of a day or of a period; out goes JSON. Guaranteed: whatever the page tells stands in it in both
languages, and the order in which facts are asked for is that of the engine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import attrs

from cso_rules.loader.load import declarations
from cso_rules.loader.packages import header, lineage, neighbours, package_path
from cso_rules.model.decisions import AnyDecision, Rule, TableDecision, ValueDecision, inputs_of, rules_of
from cso_rules.model.expressions import variables
from cso_rules.model.given_days import given_day
from cso_rules.model.instruments import UNVERIFIED, Citation, Label
from cso_rules.model.policy import Fact, Policy, Reading
from cso_rules.page.conditions import condition_json
from cso_rules.plan.building import plan_for
from cso_rules.plan.kept.written import Json, to_json
from cso_rules.plan.prepared import cones_of
from cso_rules.tables.read.headings import IDENTIFIER, NAME, SITE, own_columns

MOST_CITED = 3
"""Provisions that a question names."""


def rules_json(policy: Policy, addresses: Mapping[str, str]) -> Json:
    """Return the rules of a place and day.

    Args:
        policy: The rules.
        addresses: Where instruments are published, of those of which that is known.
    """
    cited: dict[Citation, int] = {}
    told = told_json(policy, cited)
    return {"plan": json.loads(to_json(plan_for(policy))), **told, "citations": citations_json(cited, addresses)}


def told_json(policy: Policy, cited: dict[Citation, int]) -> Json:
    """Return what is told of rules, without their plan.

    Args:
        policy: The rules of a day, or those of a period, of which conditions name days that follow from the date.
        cited: The place of each citation; those that are not in it yet are added.
    """
    return _Rules(policy, cited).document()


def citations_json(cited: Iterable[Citation], addresses: Mapping[str, str]) -> list[Json]:
    """Return citations, each with the address of its instrument where that is known."""
    return [_citation(citation, addresses) for citation in cited]


def published_addresses(policy: Policy, package: str | Path) -> dict[str, str]:
    """Return where the instruments of a policy are published, of those whose package says so.

    Args:
        policy: The rules.
        package: The package from which they were loaded; local ones lie beside it.
    """
    line = lineage(package_path(package))
    folders = {header(folder).get("id"): folder for folder in (*line, *neighbours(line[0]))}
    found: dict[str, str] = {}
    for applied in policy.packages:
        declared, _ = declarations(folders[applied.id])
        found |= {name: entry.url for name, entry in declared.sources.items() if entry.url}
    return found


@attrs.frozen
class _Rules:
    """A policy on its way to JSON; each citation is written once."""

    policy: Policy
    cited: dict[Citation, int]

    def document(self) -> Json:
        policy, shown = self.policy, self.policy.presentation
        return {
            "title": label_json(policy.title),
            "digest": policy.digest,
            "headline": policy.headline,
            "asks": self._asks(),
            "facts": {name: self._fact(fact) for name, fact in policy.facts.items() if given_day(name) is None},
            "readings": {name: self._reading(reading) for name, reading in policy.readings.items()},
            "decisions": {name: self._decision(decision) for name, decision in policy.decisions.items()},
            "enumerations": self._enumerations(),
            "numbers": {name: {"label": label_json(own.label)} for name, own in policy.parameters.items()},
            "constraints": [
                {"message": label_json(own.message), "condition": condition_json(policy, own.condition)}
                for own in policy.constraints
            ],
            "scopes": {name: condition_json(policy, condition) for name, condition in policy.scopes.items()},
            "amendments": {name: label_json(own.remark) for name, own in policy.amendments.items()},
            "packages": [
                {"title": label_json(own.title), "inForce": own.is_in_force, "status": own.status}
                for own in policy.packages
            ],
            "jurisdiction": policy.jurisdiction,
            "notice": label_json(policy.place_notice),
            "columns": self._columns(),
            "shown": {
                "addressees": shown.addressees,
                "roles": shown.roles,
                "lists": attrs.asdict(shown.lists),
                "words": {
                    "title": label_json(shown.notices.title),
                    "asked": label_json(shown.notices.asked),
                    "answers": {name: label_json(own) for name, own in shown.notices.answers.items()},
                    "support": shown.notices.support,
                    "steps": shown.notices.steps,
                    "duties": shown.notices.duties,
                    "self": shown.notices.self_name,
                    "notes": shown.notices.notes,
                },
                "one": label_json(policy.subject.label),
            },
        }

    def _asks(self) -> Json:
        """Return the decisions in the order in which to ask for what they need, and of each the facts in order."""
        policy = self.policy
        facts = {name: fact for name, fact in policy.facts.items() if given_day(name) is None}
        cones = cones_of(policy)
        order = tuple(dict.fromkeys((*policy.ask_order, *policy.decisions)))
        own = {name: [found for found in cones.of(name) if found in facts] for name in order}
        return {
            "order": [name for name in order if name in policy.decisions],
            "facts": {name: sorted(names, key=lambda one: facts[one].is_judged) for name, names in own.items()},
        }

    def _columns(self) -> Json:
        """Return the headings of a list that say which one a line is about, and where it is."""
        found = own_columns(self.policy.presentation.entities)
        return {name: found[name] for name in (IDENTIFIER, NAME, SITE) if name in found}

    # ------------------------------------------------------------------------------------------ what is known

    def _fact(self, fact: Fact) -> Json:
        kind, found = self.policy.enumerations.get(fact.type.enumeration or ""), _named(fact)
        if kind is not None:
            found["values"] = [[value, label_json(own)] for value, own in zip(kind.values, kind.labels, strict=True)]
            found["values"] = [pair for pair in found["values"] if pair[0] in fact.type.names]
        if fact.unit is not None:
            found["unit"] = label_json(fact.unit)
        if fact.judged_by is not None:
            found["judgedBy"] = label_json(fact.judged_by)
        if fact.presumed is not None:
            value = fact.presumed.value
            found["presumed"] = value if isinstance(value, bool | str | int) else str(value)
            found["presumedBy"] = self._numbers(fact.presumed.citations)
        return found | {"cites": self._numbers(fact.judged_on_basis or self._asked_by(fact.name))}

    def _asked_by(self, name: str) -> tuple[Citation, ...]:
        """Return provisions for which a fact is asked: of the conditions that read it, those of the headline first."""
        cone = self.policy.cone(self.policy.headline) if self.policy.headline in self.policy.decisions else ()
        decisions = dict.fromkeys([own for own in cone if own in self.policy.decisions] + [*self.policy.decisions])
        rules = [rule for own in decisions for rule in rules_of(self.policy.decisions[own])]
        found = (cited for rule in rules if name in variables(rule.condition) for cited in rule.citations)
        notes = self.policy.presentation.notices.notes
        return tuple(dict.fromkeys(cited for cited in found if cited.instrument != notes))[:MOST_CITED]

    def _reading(self, reading: Reading) -> Json:
        labels = map(label_json, reading.option_labels)
        return {
            "label": label_json(reading.label),
            "definition": label_json(reading.definition),
            "options": [list(pair) for pair in zip(reading.type.values, labels, strict=True)],
            "chosen": reading.chosen,
            "cites": self._numbers(reading.citations),
        }

    # ------------------------------------------------------------------------------------------ what is decided

    def _decision(self, decision: AnyDecision) -> Json:
        found: Json = {"label": label_json(decision.label), "reads": self._reads(decision)}
        if decision.name in self.policy.presentation.headings:
            found["heading"] = label_json(self.policy.heading(decision.name))
        if rules_of(decision):
            found["rules"] = [self._rule(rule) for rule in rules_of(decision)]
        if isinstance(decision, TableDecision):
            found |= {"columns": [list(pair) for pair in decision.columns], "otherwise": decision.otherwise}
        if isinstance(decision, ValueDecision):
            found["cites"] = self._numbers(decision.cited)
        if decision.type.enumeration:
            found["enumeration"] = decision.type.enumeration
        if decision.lifted:
            found["lifted"] = [
                {"label": label_json(own.label), "cites": self._numbers(own.citations)} for own in decision.lifted
            ]
        return found

    def _reads(self, decision: AnyDecision) -> list[str]:
        return [name for name in inputs_of(decision) if given_day(name) is None]

    def _rule(self, rule: Rule) -> Json:
        found: Json = {
            "label": label_json(rule.label),
            "when": condition_json(self.policy, rule.condition),
            "cites": self._numbers(rule.citations),
        }
        if rule.applies_when is not None:
            found["applies"] = condition_json(self.policy, rule.applies_when)
        others = {"modality": rule.modality, "addressee": rule.addressee, "due": rule.due}
        return found | {name: value for name, value in others.items() if value is not None}

    def _enumerations(self) -> Json:
        kinds = self.policy.enumerations.items()
        return {
            name: {value: label_json(own) for value, own in zip(kind.values, kind.labels, strict=True)}
            for name, kind in kinds
        }

    # ------------------------------------------------------------------------------------------ what it rests on

    def _numbers(self, citations: Iterable[Citation]) -> list[int]:
        return [self.cited.setdefault(citation, len(self.cited)) for citation in dict.fromkeys(citations)]


def _citation(citation: Citation, addresses: Mapping[str, str]) -> Json:
    found: Json = {
        "instrument": citation.instrument,
        "title": label_json(citation.title),
        "number": citation.number,
        "article": label_json(citation.article),
        "summary": label_json(citation.summary),
    }
    if citation.confidence in UNVERIFIED:
        found["unverified"] = True
    if citation.instrument in addresses:
        found["url"] = addresses[citation.instrument]
    return found


def _named(fact: Fact) -> Json:
    """Return what is asked about a fact, and the marks of it that are set."""
    texts = {"label": fact.label, "question": fact.question, "definition": fact.definition}
    marks = {"judged": fact.is_judged, "personal": fact.is_personal, "changeable": fact.is_changeable}
    return {name: label_json(own) for name, own in texts.items()} | {name: True for name, own in _set(marks)}


def _set(marks: Mapping[str, bool]) -> Iterator[tuple[str, bool]]:
    return ((name, own) for name, own in marks.items() if own)


def label_json(label: Label | None) -> list[str] | None:
    """Return a text in Chinese and English."""
    return None if label is None else [label.zh, label.en]
