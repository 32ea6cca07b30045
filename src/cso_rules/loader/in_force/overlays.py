"""Local changes applied: from the declarations of all packages to those of one place on one date."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping
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
from cso_rules.model.instruments import Label
from cso_rules.model.policy import AppliedPackage, Change
from cso_rules.model.types import Type


@attrs.frozen(kw_only=True)
class Unit:
    """What is made or left out as one: a change, several that belong together, or a whole local decision."""

    package: PackageDeclaration
    changes: tuple[ChangeDeclaration, ...] = ()
    decision: DecisionDeclaration | None = None


@attrs.frozen(kw_only=True)
class Applied:
    """Declarations with local changes made.

    Attributes:
        changes: What is local about them.
        units: For each of the changes the place of its unit.
        restated: Rules that are said again, each with the declarations that it says again.
    """

    found: Declarations
    changes: tuple[Change, ...] = ()
    units: tuple[int, ...] = ()
    restated: tuple[tuple[ChangeDeclaration, Declarations], ...] = ()


def units_of(found: Declarations, as_of: datetime.date) -> tuple[Unit, ...]:
    """Return what local packages change on a date, in the order in which it is made."""
    decisions = [
        Unit(package=package, decision=decision)
        for package, decision in found.local_decisions
        if as_of in package.period and as_of in decision.period
    ]
    standing = [change for change in found.changes if as_of in change.period]
    ended = {(change.path, change.package.level, change.supersedes) for change in standing if change.supersedes}
    gone = {_key(change) for change in standing if (change.path, change.package.level, change.package.id) in ended}
    groups: dict[object, list[ChangeDeclaration]] = {}
    for change in standing:
        if _key(change) not in gone:
            groups.setdefault(_key(change), []).append(change)
    return (*decisions, *(Unit(package=own[0].package, changes=tuple(own)) for own in groups.values()))


def _key(change: ChangeDeclaration) -> object:
    """Return what is equal for changes that are made as one."""
    return id(change) if change.as_one is None else (change.package.id, change.as_one.id)


def inherited(found: Declarations, as_of: datetime.date) -> Declarations:
    """Return the declarations of all packages with nothing local made that stands for something else."""
    copy = copied(found)
    for package, decision in found.local_decisions:
        is_standing = as_of in package.period and as_of in decision.period
        if found.decisions[decision.name] is decision and not is_standing:
            copy.decisions[decision.name] = attrs.evolve(decision, form="none", rules=(), otherwise=None)
    return copy


def applied(
    found: Declarations,
    as_of: datetime.date,
    reader: Reader,
    *,
    units: Iterable[Unit] | None = None,
    left_out: Collection[int] = (),
) -> Applied:
    """Return the declarations of a place on a date with its changes made.

    Args:
        found: What all packages declare, the national one first.
        as_of: The date.
        reader: Takes up the faults of changes that are not allowed.
        units: What is changed; everything that is in force when left out.
        left_out: The places of units that are listed and not made.
    """
    if len(found.packages) == 1:
        return Applied(found=found)
    work = _Work(found=inherited(found, as_of), as_of=as_of, reader=reader)
    made: list[int] = []
    for place, unit in enumerate(units_of(found, as_of) if units is None else units):
        before, work.is_applied = work.found, place not in left_out
        work.found = before if work.is_applied else copied(before)
        work.make(unit)
        made += [place] * (len(work.changes) - len(made))
        if not work.is_applied:
            work.found = before
    return Applied(found=work.found, changes=tuple(work.changes), units=tuple(made), restated=tuple(work.restated))


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
            superseded_by=package.superseded_by,
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
    is_applied: bool = True
    changes: list[Change] = attrs.field(factory=list)
    restated: list[tuple[ChangeDeclaration, Declarations]] = attrs.field(factory=list)

    def make(self, unit: Unit) -> None:
        """Make the changes of a unit, and list them."""
        if unit.decision is not None:
            self.put_decision(unit.package, unit.decision)
        for change in unit.changes:
            self.apply(change)

    def put_decision(self, package: PackageDeclaration, decision: DecisionDeclaration) -> None:
        """Let a local decision take its place."""
        known = self.found.decisions[decision.name]
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
                is_applied=self.is_applied,
            )
        )

    def apply(self, change: ChangeDeclaration) -> None:
        """Make one change."""
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

    def _list(self, change: ChangeDeclaration, old: str, new: str, label: Label | None = None) -> None:
        self.changes.append(
            Change(
                operation=change.operation,
                path=change.path,
                package=change.package.id,
                old=old,
                new=new,
                citations=change.citations,
                is_applied=self.is_applied,
                label=label,
                as_one=change.as_one,
            )
        )

    def _set(self, change: ChangeDeclaration) -> None:
        parameter, stated = self.found.parameters[change.path], change.value
        assert stated is not None
        standing = parameter.value_on(self.as_of)
        value = stated.on(standing)
        if value is None:
            self._refuse_part_of_nothing(change, stated.numbers or {}, standing.numbers if standing else None)
            return
        old = standing.numbers if standing else None
        self._refuse_beyond_limits(change, parameter, old, value.numbers)
        before, after = (shown_numbers(numbers, parameter.type) for numbers in (old, value.numbers))
        self._list(change, before, after)
        self.found.parameters[change.path] = attrs.evolve(
            parameter, values=(attrs.evolve(value, period=ALWAYS),), indexed_by=change.indexed_by
        )

    def _refuse_part_of_nothing(
        self, change: ChangeDeclaration, stated: Mapping[str, int], standing: Mapping[str, int] | None
    ) -> None:
        """Report that some values are changed of a parameter that has none, or has none for these."""
        if standing is None:
            self.reader.report("removed-parameter", change.span, name=change.path, found=self.as_of.isoformat())
            return
        name = next(key for key in stated if key not in standing)
        self.reader.report("unknown-target", change.span, name=f"{change.path}: {name}")

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
        if is_outside or direction(old, new) in forbidden.get(parameter.delegation or "", set()):
            shown = [shown_numbers(numbers, parameter.type) for numbers in (old, new)]
            allowed = parameter.delegation or "free"
            self.reader.report(
                "forbidden-change", change.span, name=change.path, found=" -> ".join(shown), expected=allowed
            )

    def _restate(self, change: ChangeDeclaration) -> None:
        """Verify what is said again; of a rule, later (`restatements`), when its conditions have types."""
        if change.rule is not None:
            self._restate_rule(change, change.rule)
            return
        old, new = self._said(change)
        if old != new:
            self.reader.report("different-restatement", change.span, name=change.path, found=new, expected=old)
        self._list(change, old, new)

    def _said(self, change: ChangeDeclaration) -> tuple[str, str]:
        """Return the inherited value or option, and the one that is stated; the same text where they are equal."""
        if change.path in self.found.readings:
            return self.found.readings[change.path].default or "", change.option or ""
        parameter = self.found.parameters[change.path]
        standing, value = parameter.value_on(self.as_of), change.value
        numbers = [standing.numbers if standing else None, value.numbers if value else None]
        old, new = (shown_numbers(each, parameter.type) for each in numbers)
        return old, new if direction(*numbers) else old

    def _restate_rule(self, change: ChangeDeclaration, stated: RuleDeclaration) -> None:
        name, _, rule_id = change.path.partition("/")
        current = self.found.decisions[name].rule(rule_id)
        if current is None or self.as_of not in current.period:
            self.reader.report(
                "different-restatement", change.span, name=change.path, found=_text(stated), expected="-"
            )
            return
        self.restated.append((change, copied(self.found)))
        self._list(change, _text(current), _text(stated))
        cited = tuple(dict.fromkeys((*current.citations, *change.citations)))
        self.found.decisions[name] = with_rule(
            self.found.decisions[name], change, attrs.evolve(current, citations=cited)
        )

    def _choose(self, change: ChangeDeclaration) -> None:
        reading = self.found.readings[change.path]
        self._list(change, reading.default or "", change.option or "")
        self.found.readings[change.path] = attrs.evolve(reading, default=change.option)

    def _change_rule(self, change: ChangeDeclaration) -> None:
        name, _, rule_id = change.path.partition("/")
        decision = self.found.decisions[name]
        current = decision.rule(rule_id)
        if current is None and (change.operation == "removes" or not _is_new(change)):
            return
        new = change.rule or _excepted(current, change.except_when)
        removed = current.label if current is not None and change.operation == "removes" else None
        self._list(change, _text(current), _new_text(change), removed)
        self.found.decisions[name] = with_rule(decision, change, new, is_new=current is None)


def _is_new(change: ChangeDeclaration) -> bool:
    """Tell whether a rule that is not there is written: it is added, or stands for one that another package adds."""
    return change.operation == "adds" or change.supersedes is not None


def with_rule(
    decision: DecisionDeclaration, change: ChangeDeclaration, new: RuleDeclaration | None, *, is_new: bool = False
) -> DecisionDeclaration:
    """Return a decision with the rule of a change at its place; None takes it away."""
    rule_id = change.path.partition("/")[2]
    if is_new:
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


def direction(old: Mapping[str, int] | None, new: Mapping[str, int] | None) -> str:
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
