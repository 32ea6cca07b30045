"""What a name of the rules means at a place on a date, as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

import attrs

from cso_rules.analysis.rule_items import (
    RuleItem,
    RuleItems,
    in_force,
    named,
    numbers_text,
    rule_item,
    stages,
    standing_rules,
)
from cso_rules.analysis.traceability import readers_of
from cso_rules.diagnostics import nearest
from cso_rules.explanation.states import PROVISIONS
from cso_rules.interfaces.lines.differing import as_one_lines, change_lines, indented
from cso_rules.interfaces.lines.item_lines import (
    WORDS,
    aspect_lines,
    citation_lines,
    higher_law_lines,
    line,
    period_text,
)
from cso_rules.interfaces.options.opening import chosen_readings
from cso_rules.interfaces.options.rules import RuleOptions
from cso_rules.loader.documents.declarations import (
    DatedValue,
    DecisionDeclaration,
    Declarations,
    ParameterDeclaration,
    ProvisionDeclaration,
    RuleDeclaration,
)
from cso_rules.loader.load import declarations
from cso_rules.loader.packages import RuleSet, rule_set
from cso_rules.loader.scenarios.cited import provisions_named
from cso_rules.model.decisions import AbsentDecision, ValueDecision, rules_of
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Enumeration, Fact, Policy
from cso_rules.model.spelling.spellings import normalised


def shown(options: RuleOptions, name: str) -> list[str]:
    """Return lines about everything of this id or Chinese label; none for an unknown name."""
    return list(_Shown(options=options, name=normalised(name)).lines())


def suggested(options: RuleOptions, name: str) -> str | None:
    """Return the name most like an unknown one."""
    return nearest(name, _Shown(options=options, name=name).known_names())


@attrs.frozen(kw_only=True, slots=False)  # what is worked out once is kept in its dictionary
class _Shown:
    options: RuleOptions
    name: str

    @cached_property
    def language(self) -> str:
        return self.options.lang

    @cached_property
    def policy(self) -> Policy:
        policy: Policy = self.options.policy()
        return policy

    @cached_property
    def rules(self) -> RuleSet:
        return rule_set(self.options.package, self.options.jurisdiction, drafts=self.options.drafts)

    @cached_property
    def written(self) -> Declarations:
        """Everything as its package writes it, on any date."""
        return declarations(self.rules)[0]

    @cached_property
    def found(self) -> Declarations:
        """What is in force: with the changes of the date made."""
        return in_force(self.rules, self.policy.as_of, local_deviations=self.options.local_deviations)

    @cached_property
    def stages(self) -> tuple[tuple[str, RuleItems], ...]:
        return stages(self.rules, self.policy.as_of, local_deviations=self.options.local_deviations)

    @property
    def items(self) -> RuleItems:
        return self.stages[-1][1]

    def _is_meant(self, *names: str) -> bool:
        return any(self.name == normalised(name) for name in names if name)

    def known_names(self) -> tuple[str, ...]:
        """Return every name that can be shown."""
        names = [(fact.name, fact.label.zh, *fact.aliases) for fact in self.found.facts.values()]
        groups = (self.found.parameters, self.found.readings, self.found.enumerations, self.found.decisions)
        names += [(one.name, one.label.zh) for group in groups for one in group.values()]
        names += [(item.path, item.label.zh) for item in self.items.values() if item.kind in {"rule", "constraint"}]
        return (*(name for group in names for name in group), *self.found.citations, *self.found.kinds)

    def lines(self) -> Iterator[str]:
        for fact in self.found.facts.values():
            if self._is_meant(fact.name, fact.label.zh, *fact.aliases):
                yield from self._fact(fact)
        for parameter in self.written.parameters.values():
            if self._is_meant(parameter.name, parameter.label.zh):
                yield from self._parameter(parameter)
        for reading in self.found.readings.values():
            if self._is_meant(reading.name, reading.label.zh):
                yield from self._reading(reading.name)
        for enumeration in self.found.enumerations.values():
            if self._is_meant(enumeration.name, enumeration.label.zh):
                yield from self._enumeration(enumeration)
        for decision in self.found.decisions.values():
            if self._is_meant(decision.name, decision.label.zh):
                yield from self._decision(decision)
        yield from self._parts()
        yield from self._instruments()

    def _parts(self) -> Iterator[str]:
        """Show what has no group of its own: a rule, a value, a constraint."""
        for item in self.items.values():
            label = (item.label.zh,) if item.kind == "constraint" else ()
            if item.kind in {"rule", "value", "constraint"} and self._is_meant(item.path, *label):
                yield from self._item(item)

    def _item(self, item: RuleItem) -> Iterator[str]:
        yield self._heading(item.path, item.label)
        yield from aspect_lines(item.aspects, self.language)
        yield from citation_lines(item.citations, self.language)
        yield from self._origin(item)
        yield from self._changes(item.path)

    def _heading(self, name: str, label: Label) -> str:
        return f"{name}: {label.in_language(self.language)}"

    def _line(self, word: str, text: str, indent: int = 2) -> str:
        return line(word, text, self.language, indent)

    def _owner(self, item: RuleItem) -> str:
        """Return the first package that has something."""
        return next((name for name, items in self.stages if (item.kind, item.path) in items), self.stages[0][0])

    def _origin(self, item: RuleItem) -> Iterator[str]:
        """Name the local package that brings something; nothing of what is national."""
        if self._owner(item) != self.stages[0][0]:
            yield self._line("added by", self._owner(item))

    def _changes(self, path: str) -> Iterator[str]:
        """Return the local changes of a path, and of the rules of a decision."""
        named = [each for each in self.policy.changes if path in {each.path, each.path.partition("/")[0]}]
        above = {(each.package, each.as_one) for each in named if each.as_one is not None}
        for change in self.policy.changes:
            own = (change.package, change.as_one)
            if own in above:
                yield from as_one_lines(change, self.language)
                together = [each for each in self.policy.changes if (each.package, each.as_one) == own]
                for each in together:
                    yield from indented(each, change_lines(each, self.items, self.language))
                above.discard(own)
            elif change in named and change.as_one is None:
                yield from change_lines(change, self.items, self.language)

    # ------------------------------------------------------------------------------------------ facts and readings

    def _read_by(self, *names: str) -> Iterator[str]:
        """Name the decisions and constraints whose conditions hold one of the names."""
        readers = readers_of(self.found)
        decisions = {decision for name in names for decision in readers.get(name, ())}
        ordered = [name for name in self.found.decisions if name in decisions and name != names[0]]
        yield self._line("read by", ", ".join(ordered) or "-")

    def _fact(self, fact: Fact) -> Iterator[str]:
        item = self.items["fact", fact.name]
        yield self._heading(fact.name, fact.label)
        yield from aspect_lines(item.aspects, self.language, leave_out=["aliases"])
        if enumeration := self.found.enumerations.get(fact.type.enumeration or ""):
            yield self._line("values", ", ".join(self._values(enumeration)))
        if fact.aliases:
            yield self._line("aliases", ", ".join(fact.aliases))
        yield from self._origin(item)
        yield from self._read_by(fact.name, fact.label.zh, *fact.aliases)
        constraints = [one.id for one in self.found.constraints if self._holds(one.when.text, fact)]
        if constraints:
            yield self._line("constrained by", ", ".join(constraints))
        if (counted := self.items.get(("aggregate", fact.name))) is not None:
            yield from aspect_lines(counted.aspects, self.language, 4)
            yield from citation_lines(counted.citations, self.language)
        counting = [one.name for one in self.found.aggregates.values() if fact.name in dict(one.by)
                    or (one.where is not None and one.where.text == fact.name)]  # fmt: skip
        if counting:
            yield self._line("counted in", ", ".join(counting))

    def _holds(self, condition: str, fact: Fact) -> bool:
        from cso_rules.loader.text.tokens import tokenize

        return bool({fact.name, fact.label.zh, *fact.aliases} & {token.text for token in tokenize(condition)[0]})

    def _values(self, enumeration: Enumeration) -> Iterator[str]:
        for value, label in zip(enumeration.values, enumeration.labels, strict=True):
            yield f"{value} ({label.in_language(self.language)})"

    def _enumeration(self, enumeration: Enumeration) -> Iterator[str]:
        yield self._heading(enumeration.name, enumeration.label)
        for value, label in zip(enumeration.values, enumeration.labels, strict=True):
            item = self.items["value", f"{enumeration.name}/{value}"]
            yield f"  {named(value, label).in_language(self.language)}"
            yield from aspect_lines(item.aspects, self.language, 4)
            yield from (f"  {text}" for text in self._origin(item))
        facts = [fact.name for fact in self.found.facts.values() if fact.type.enumeration == enumeration.name]
        kinds = {decision.name: [kind for _, kind in decision.columns] for decision in self.found.decisions.values()}
        yield self._line("facts", ", ".join(facts) or "-")
        answering = [name for name, columns in kinds.items() if enumeration.name in columns]
        yield self._line("decisions", ", ".join(answering) or "-")
        indexed = [one.name for one in self.found.parameters.values() if {*one.indexed_by} & {*facts, *answering}]
        if indexed:
            yield self._line("indexed by", ", ".join(indexed))

    def _reading(self, name: str) -> Iterator[str]:
        item, reading = self.items["reading", name], self.found.readings[name]
        yield self._heading(name, item.label)
        yield self._line("definition", reading.definition.in_language(self.language))
        chosen = chosen_readings(self.policy, self.options.readings).get(name, reading.default)
        for option, label in zip(reading.options, reading.option_labels, strict=True):
            mark = "*" if option == chosen else " "
            yield f"{mark} {named(option, label).in_language(self.language)}"
        yield self._line("default", item.aspects["default"].in_language(self.language))
        yield from citation_lines(item.citations, self.language)
        yield from self._origin(item)
        yield from self._changes(name)
        yield from self._read_by(name, item.label.zh)

    # ------------------------------------------------------------------------------------------ parameters

    def _parameter(self, parameter: ParameterDeclaration) -> Iterator[str]:
        item = self.items["parameter", parameter.name]
        yield f"{self._heading(parameter.name, parameter.label)} ({parameter.type.kind})"
        yield from aspect_lines(item.aspects, self.language, leave_out=["type", "value"])
        for dated in parameter.values:
            mark = "*" if self.policy.as_of in dated.period else " "
            yield f"{mark} {period_text(dated.period, self.language)}: {self._number(parameter, dated)}"
            yield from citation_lines(dated.citations, self.language)
        yield from self._local_values(parameter)
        yield from self._origin(item)
        yield from self._read_by(parameter.name, parameter.label.zh)

    def _number(self, parameter: ParameterDeclaration, dated: DatedValue) -> str:
        return numbers_text(parameter.type, dated.numbers) or WORDS["removed"].in_language(self.language)

    def _local_values(self, parameter: ParameterDeclaration) -> Iterator[str]:
        """Return the values that places set, nearest last, with the days on which each is in force."""
        for change in self.written.changes:
            if change.path != parameter.name or change.value is None:
                continue
            mark = "*" if self.policy.as_of in change.period else " "
            words = f"{change.package.id} {change.package.title.in_language(self.language)}"
            period = period_text(change.period, self.language)
            yield f"{mark} {words}, {period}: {self._number(parameter, change.value)}"
            yield from citation_lines(change.citations, self.language)
            for applied in self.policy.changes:
                if (applied.path, applied.package) == (change.path, change.package.id):
                    yield from (f"  {text}" for text in as_one_lines(applied, self.language))
                    yield from () if applied.as_one else higher_law_lines(applied, self.language)

    # ------------------------------------------------------------------------------------------ decisions

    def _decision(self, decision: DecisionDeclaration) -> Iterator[str]:
        item = self.items["decision", decision.name]
        yield self._heading(decision.name, decision.label)
        yield from aspect_lines(item.aspects, self.language, leave_out=["order"])
        if decision.period.limits:
            yield self._line("period", period_text(decision.period, self.language))
        yield from citation_lines(item.citations, self.language)
        yield from self._origin(item)
        decided = self.options.policy(decision.entity).decisions[decision.name]
        if isinstance(decided, AbsentDecision) and "absent" not in item.aspects:
            yield self._line("absent", WORDS["absent through"].in_language(self.language))
        standing = standing_rules(decision, self.policy.as_of) if "absent" not in item.aspects else []
        kept = {rule.written for rule in rules_of(decided)}
        for rule in standing:
            if rule.id in kept or isinstance(decided, AbsentDecision | ValueDecision):
                yield from self._rule(decision, rule)
            else:
                words = WORDS["fallen"].in_language(self.language)
                yield f"  {rule.id}: {rule.label.in_language(self.language)} ({words})"
        yield from self._others(decision, standing)
        yield from self._read_by(decision.name, decision.label.zh)
        yield from self._changes(decision.name)

    def _rule(self, decision: DecisionDeclaration, rule: RuleDeclaration) -> Iterator[str]:
        item = rule_item(self.found, decision, rule, None)
        yield f"  {rule.id}: {rule.label.in_language(self.language)}"
        yield from aspect_lines(item.aspects, self.language, 4)
        if rule.period.limits:
            yield self._line("period", period_text(rule.period, self.language), 4)
        if self._owner(item) != self._owner(self.items["decision", decision.name]):
            yield from (f"  {text}" for text in self._origin(item))
        yield from citation_lines(rule.citations, self.language)

    def _others(self, decision: DecisionDeclaration, standing: Iterable[RuleDeclaration]) -> Iterator[str]:
        """Name the rules of other days, with theirs."""
        shown_ids = {rule.id for rule in standing}
        for rule in decision.rules:
            if rule.id not in shown_ids and rule.period.limits:
                words = WORDS["not now"].in_language(self.language)
                label = rule.label.in_language(self.language)
                yield f"  {rule.id}: {label} ({words}; {period_text(rule.period, self.language)})"

    # ------------------------------------------------------------------------------------------ instruments

    def _instruments(self) -> Iterator[str]:
        cited = provisions_named(self.name, self.found.citations)
        provisions = [one for name, one in self.found.provisions.items() if self._is_meant(name) or name in cited]
        for provision in provisions:
            yield from self._provision(provision)
        by_instrument: dict[str, list[ProvisionDeclaration]] = {}
        for provision in self.found.provisions.values():
            by_instrument.setdefault(provision.citation.instrument, []).append(provision)
        for instrument, group in by_instrument.items():
            first = group[0].citation
            if self._is_meant(instrument, first.title.zh, first.number):
                yield self._heading(instrument, first.title)
                if first.number:
                    yield self._line("number", first.number)
                if instrument in self.found.amendments:
                    yield self._line("changed", self.found.amendments[instrument].remark.in_language(self.language))
                for one in group:
                    yield from citation_lines([one.citation], self.language)
                    citing = self._citing(one)
                    yield from [self._line("read by", ", ".join(citing), 8)] if citing else []

    def _provision(self, provision: ProvisionDeclaration) -> Iterator[str]:
        yield from (text.strip() for text in citation_lines([provision.citation], self.language))
        yield self._line("summary", provision.citation.summary.in_language(self.language))
        yield self._line("status", PROVISIONS[provision.status].in_language(self.language))
        yield self._line("read by", ", ".join(self._citing(provision)) or "-")

    def _citing(self, provision: ProvisionDeclaration) -> list[str]:
        """Return what cites a provision on the date."""
        return [item.path for item in self.items.values() if provision.citation in item.citations]
