"""Local changes applied: from the declarations of all packages to those of one place on one date."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import assert_never

import attrs

from cso_rules.loader.documents.declarations import (
    ChangeDeclaration,
    DecisionDeclaration,
    Declarations,
    PackageDeclaration,
    ParameterDeclaration,
    RuleDeclaration,
)
from cso_rules.loader.documents.periods import ALWAYS
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.text.yaml_nodes import ScalarNode
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.policy import AppliedPackage, Change
from cso_rules.model.types import Type

HIGHER_LAW = frozenset({"law", "administrative_regulations"})
"""Kinds of instruments that a local document ranks below."""


def applied(
    found: Declarations, as_of: datetime.date, reader: Reader, *, local_deviations: bool = True
) -> tuple[Declarations, tuple[Change, ...]]:
    """Return the declarations of a place on a date, and what is local about them.

    Args:
        found: What all packages declare, the national one first.
        as_of: The date.
        reader: Takes up the faults of changes that are not allowed.
        local_deviations: Whether changes that go below higher law are made; they are listed in any case.
    """
    if len(found.packages) == 1:
        return found, ()
    work = _Work(found=copied(found), as_of=as_of, reader=reader, local_deviations=local_deviations)
    for package, decision in found.local_decisions:
        work.put_decision(package, decision)
    for change in found.changes:
        if as_of in change.period:
            work.apply(change)
    return work.found, tuple(work.changes)


def applied_packages(found: Declarations, as_of: datetime.date) -> tuple[AppliedPackage, ...]:
    """Return every package of the place, and whether it is in force on the date."""
    return tuple(
        AppliedPackage(
            id=package.id,
            title=package.title,
            jurisdiction=package.jurisdiction,
            status=package.status,
            is_in_force=as_of in package.period,
            is_start_confirmed=package.is_start_confirmed,
            is_end_confirmed=package.is_end_confirmed,
            is_in_preparation=package.is_in_preparation,
        )
        for package in found.packages
    )


def copied(found: Declarations) -> Declarations:
    """Return declarations that can be changed without changing these."""
    copy = Declarations()
    for field in attrs.fields(Declarations):
        group = getattr(found, field.name)
        setattr(copy, field.name, group.copy() if isinstance(group, dict | list) else group)
    return copy


@attrs.define(kw_only=True)
class _Work:
    found: Declarations
    as_of: datetime.date
    reader: Reader
    local_deviations: bool
    changes: list[Change] = attrs.field(factory=list)

    def put_decision(self, package: PackageDeclaration, decision: DecisionDeclaration) -> None:
        """Let a local decision take its place while package and decision are in force."""
        known = self.found.decisions[decision.name]
        if self.as_of not in package.period or self.as_of not in decision.period:
            if known is decision:
                self.found.decisions[decision.name] = attrs.evolve(decision, form="none", rules=(), otherwise=None)
            return
        self.found.decisions[decision.name] = decision
        citations = tuple(dict.fromkeys(citation for rule in decision.rules for citation in rule.citations))
        operation = "adds" if known is decision or known.form == "none" else "replaces"
        self.changes.append(
            Change(
                operation=operation,
                path=decision.name,
                package=package.id,
                old="",
                new=decision.label.zh,
                citations=citations or decision.citations,
            )
        )

    def apply(self, change: ChangeDeclaration) -> None:
        """Make one change that is in force on the date."""
        match change.operation:
            case "sets":
                self._set(change)
            case "restates":
                self._restate(change)
            case "chooses":
                self._choose(change)
            case "adds" | "removes" | "replaces":
                self._change_rule(change)
            case _:
                assert_never(change.operation)

    def _list(
        self,
        change: ChangeDeclaration,
        old: str,
        new: str,
        conflicts: tuple[Citation, ...] = (),
        label: Label | None = None,
    ) -> bool:
        """Record a change; tell whether it is to be made."""
        is_applied = not conflicts or self.local_deviations
        self.changes.append(
            Change(
                operation=change.operation,
                path=change.path,
                package=change.package.id,
                old=old,
                new=new,
                citations=change.citations,
                conflicts_with=conflicts,
                is_applied=is_applied,
                label=label,
            )
        )
        return is_applied

    def _set(self, change: ChangeDeclaration) -> None:
        parameter, value = self.found.parameters[change.path], change.value
        assert value is not None
        inherited = parameter.value_on(self.as_of)
        old = inherited.numbers if inherited else None
        self._refuse_beyond_limits(change, parameter, old, value.numbers)
        is_lower = _direction(old, value.numbers) == "lower"
        conflicts = self._higher(inherited.citations) if inherited and is_lower else ()
        before, after = (shown_numbers(numbers, parameter.type) for numbers in (old, value.numbers))
        if self._list(change, before, after, conflicts):
            self.found.parameters[change.path] = attrs.evolve(
                parameter, values=(attrs.evolve(value, period=ALWAYS),), indexed_by=change.indexed_by
            )

    def _higher(self, citations: tuple[Citation, ...]) -> tuple[Citation, ...]:
        return tuple(found for found in citations if self.found.kinds.get(found.instrument) in HIGHER_LAW)

    def _refuse_beyond_limits(
        self,
        change: ChangeDeclaration,
        parameter: ParameterDeclaration,
        old: Mapping[str, int] | None,
        new: Mapping[str, int] | None,
    ) -> None:
        """Report a value that the higher level does not allow."""
        forbidden = {"may_lower": {"higher", "mixed"}, "may_raise": {"lower", "mixed"}}
        forbidden["fixed"] = {"lower", "higher", "mixed"}
        least, greatest = parameter.least, parameter.greatest
        is_outside = any(
            (least is not None and number < least) or (greatest is not None and number > greatest)
            for number in (new or {}).values()
        )
        if is_outside or _direction(old, new) in forbidden.get(parameter.delegation or "", set()):
            shown = [shown_numbers(numbers, parameter.type) for numbers in (old, new)]
            allowed = parameter.delegation or "free"
            self.reader.report(
                "forbidden-change", change.span, name=change.path, found=" -> ".join(shown), expected=allowed
            )

    def _restate(self, change: ChangeDeclaration) -> None:
        parameter = self.found.parameters[change.path]
        inherited, value = parameter.value_on(self.as_of), change.value
        old, new = inherited.numbers if inherited else None, value.numbers if value else None
        inherited_text, stated = (shown_numbers(numbers, parameter.type) for numbers in (old, new))
        if _direction(old, new):
            self.reader.report(
                "different-restatement", change.span, name=change.path, found=stated, expected=inherited_text
            )
        self._list(change, inherited_text, stated)

    def _choose(self, change: ChangeDeclaration) -> None:
        reading = self.found.readings[change.path]
        if self._list(change, reading.default or "", change.option or ""):
            self.found.readings[change.path] = attrs.evolve(reading, default=change.option)

    def _change_rule(self, change: ChangeDeclaration) -> None:
        name, _, rule_id = change.path.partition("/")
        decision = self.found.decisions[name]
        current = decision.rule(rule_id)
        if current is None and change.operation != "adds":
            return
        conflicts = self._higher(current.citations) if current and change.operation != "adds" else ()
        new = change.rule or _excepted(current, change.except_when)
        removed = current.label if current is not None and change.operation == "removes" else None
        if self._list(change, _text(current), _new_text(change), conflicts, removed):
            self.found.decisions[name] = _with_rule(decision, change, new)


def _with_rule(
    decision: DecisionDeclaration, change: ChangeDeclaration, new: RuleDeclaration | None
) -> DecisionDeclaration:
    rule_id = change.path.partition("/")[2]
    if change.operation == "adds":
        assert new is not None
        return attrs.evolve(decision, rules=_inserted(decision.rules, new, change.before))
    if decision.otherwise is not None and decision.otherwise.id == rule_id:
        return attrs.evolve(decision, otherwise=new)
    rules = (new if rule.id == rule_id else rule for rule in decision.rules)
    return attrs.evolve(decision, rules=tuple(rule for rule in rules if rule is not None))


def _excepted(rule: RuleDeclaration | None, except_when: ScalarNode | None) -> RuleDeclaration | None:
    """Return a removed rule as it remains in the excepted case; None when it goes altogether."""
    if rule is None or except_when is None:
        return None
    return attrs.evolve(rule, exceptions=(*rule.exceptions, except_when))


def _inserted(
    rules: tuple[RuleDeclaration, ...], new: RuleDeclaration, before: str | None
) -> tuple[RuleDeclaration, ...]:
    place = next((index for index, rule in enumerate(rules) if rule.id == before), len(rules))
    return (*rules[:place], new, *rules[place:])


def _direction(old: Mapping[str, int] | None, new: Mapping[str, int] | None) -> str:
    """Return lower, higher, mixed, or "" for the same; a requirement that is removed is lower than any."""
    if old is None or new is None:
        return "" if old is new else ("lower" if new is None else "higher")
    pairs = [(old.get(name, old.get("", 0)), number) for name, number in new.items()]
    if "" in new and "" not in old:
        pairs = [(number, new[""]) for number in old.values()]
    is_lower, is_higher = any(b < a for a, b in pairs), any(b > a for a, b in pairs)
    if is_lower and is_higher:
        return "mixed"
    return "lower" if is_lower else "higher" if is_higher else ""


def shown_numbers(numbers: Mapping[str, int] | None, kind: Type) -> str:
    """Return the value of a parameter as text; nothing for a requirement that is removed or not there."""
    if numbers is None:
        return ""
    return ", ".join(
        f"{name}: {kind.decode_number(number)}" if name else str(kind.decode_number(number))
        for name, number in numbers.items()
    )


def _text(rule: RuleDeclaration | None) -> str:
    return "" if rule is None else rule.text or rule.label.zh


def _new_text(change: ChangeDeclaration) -> str:
    if change.rule is not None:
        return _text(change.rule)
    return f"except when {change.except_when.text}" if change.except_when else ""
