"""What tells two policies apart as far as one decision goes, and policies in which only some of it is changed.

In come two policies; out go differences (parameters, readings, criteria, rows, decisions that begin or end) and any
mixture of them. Guaranteed: the mixture of none answers like the first policy and that of all like the second one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Literal

import attrs

from cso_rules.loader.in_force.settings import Settings
from cso_rules.model.decisions import (
    AbsentDecision,
    AnyDecision,
    CriteriaDecision,
    Rule,
    TableDecision,
    ValueDecision,
    inputs_of,
    rules_of,
)
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.policy import Parameter, Policy, Reading
from cso_rules.model.types import Type
from cso_rules.studies.wording import plain_number

Kind = Literal["parameter", "reading", "rule", "decision", "begins", "ends", "rules"]
Chosen = frozenset[int]
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@attrs.frozen(kw_only=True)
class Difference:
    """One thing that differs.

    Attributes:
        path: Id of the parameter or reading, `decision/rule`, or a decision; several are joined by commas.
        label: What it is, for people.
        old: The value, option or condition before; empty where there was none.
        new: The one after.
        citations: Provisions of what is new, or of what is gone.
        rules: The criteria and rows that it changes, as `decision/rule`.
        words: Old and new as people call them, where these are no numbers.
    """

    kind: Kind
    path: str
    label: Label
    old: str = ""
    new: str = ""
    citations: tuple[Citation, ...] = ()
    rules: tuple[str, ...] = ()
    words: Label | None = None

    @property
    def text(self) -> Label:
        """The difference as a phrase."""
        if self.words is not None:
            return Label(zh=f"{self.label.zh}：{self.words.zh}", en=f"{self.label.en}: {self.words.en}")
        if self.old or self.new:
            moved = f"{self.old or '—'} → {self.new or '—'}"
            return Label(zh=f"{self.label.zh} {moved}", en=f"{self.label.en} {moved}")
        return self.label


@attrs.frozen(kw_only=True)
class Differences:
    """Everything that differs, and the policies between."""

    items: tuple[Difference, ...]
    mixed: Callable[[Chosen], Policy]
    """Returns the first policy with only these differences (by position) applied."""

    @property
    def all(self) -> Chosen:
        """Every difference."""
        return frozenset(range(len(self.items)))


def set_differences(
    before: Policy, settings: Settings, load: Callable[[Settings], Policy], decision: str
) -> Differences:
    """Return the differences that settings of parameters make; mixtures are loaded with some of the settings.

    Args:
        before: The policy without them.
        settings: Parameters with their new numbers.
        load: Loads the same policy with some settings.
        decision: The decision of which it is asked.
    """
    found = [_setting(before, load((setting,)), decision) for setting in settings]
    real = [(setting, item) for setting, item in zip(settings, found, strict=True) if item is not None]
    chosen = tuple(setting for setting, _ in real)

    def mixed(picked: Chosen) -> Policy:
        return load(tuple(setting for place, setting in enumerate(chosen) if place in picked)) if picked else before

    return Differences(items=tuple(item for _, item in real), mixed=mixed)


def _setting(before: Policy, after: Policy, decision: str) -> Difference | None:
    """Return what one setting changes; None when it says what holds already."""
    changed = [name for name, item in after.parameters.items() if item != before.parameters[name]]
    if not changed:
        return None
    behind = policy_differences(before, after, decision).items
    return attrs.evolve(
        _parameter_difference(before, after, tuple(changed), ()),
        citations=tuple(dict.fromkeys(cited for item in behind for cited in item.citations)),
        rules=tuple(rule for item in behind for rule in item.rules),
    )


def policy_differences(before: Policy, after: Policy, decision: str) -> Differences:
    """Return what tells two policies apart in the cone of a decision."""
    work = PolicyComparison(before=before, after=after, decision=decision)
    work.collect()
    return Differences(items=tuple(work.items), mixed=work.mixed)


@attrs.define(kw_only=True, slots=False)
class PolicyComparison:
    """The comparison of two policies as far as one decision goes."""

    before: Policy
    after: Policy
    decision: str
    items: list[Difference] = attrs.field(factory=list)
    owners: dict[str, int] = attrs.field(factory=dict)
    """The difference that each path (`decision`, `decision/rule`, reading) belongs to."""

    def collect(self) -> None:
        """Find the differences."""
        if not self._are_comparable():
            self.items.append(_whole(self.before, self.after))
            return
        names = self._names
        own = self._presence(self.decision)
        if own in {"begins", "ends"}:  # otherwise only changed rules read what begins or ends, so that it may stay
            group = [name for name in names if self._presence(name) == own]
            self._group("begins" if own == "begins" else "ends", group, self.after if own == "begins" else self.before)
        for name in names:
            if self._presence(name) == "both":
                self._compare(name)
        self._readings(names)
        self._join_parameters()

    def _are_comparable(self) -> bool:
        """Tell whether conditions of both policies can stand beside each other: values are only added at the end."""
        before, after = _types(self.before), _types(self.after)
        absent = {name for policy in self._both() for name in policy.decisions if _is_absent(policy, name)}
        return all(_extends(before[name], after[name]) for name in before.keys() & after.keys() - absent)

    @functools.cached_property
    def _names(self) -> list[str]:
        cones = (policy.cone(self.decision) for policy in (self.before, self.after))
        found = dict.fromkeys(name for cone in cones for name in cone)
        return [name for name in found if name in self.before.decisions or name in self.after.decisions]

    def _presence(self, name: str) -> str:
        is_before, is_after = (_is_present(policy, name) for policy in (self.before, self.after))
        if is_before and is_after:
            return "both"
        return "begins" if is_after else "ends" if is_before else "neither"

    def _group(self, kind: Kind, names: list[str], policy: Policy) -> None:
        """Take decisions that begin, or end, as one difference: each needs the others."""
        if not names:
            return
        labels = [policy.decisions[name].label for name in names]
        word = {"begins": Label(zh="开始施行", en="come into force"), "ends": Label(zh="不再施行", en="end")}[kind]
        zh, en = "、".join(label.zh for label in labels), ", ".join(label.en for label in labels)
        rules = [rule for name in names for rule in rules_of(policy.decisions[name])]
        self._add(
            Difference(
                kind=kind,
                path=", ".join(names),
                label=Label(zh=f"{word.zh}：{zh}", en=f"{word.en}: {en}"),
                citations=_cited(rules),
            ),
            names,
        )

    def _add(self, item: Difference, owned: list[str]) -> None:
        self.owners.update(dict.fromkeys(owned, len(self.items)))
        self.items.append(item)

    def _compare(self, name: str) -> None:
        before, after = self.before.decisions[name], self.after.decisions[name]
        if _meaning(before) == _meaning(after):
            return
        if not _is_by_rule(before, after):
            new = _cited(list(rules_of(after)))
            self._add(Difference(kind="decision", path=name, label=after.label, citations=new), [name])
            return
        old_rules, new_rules = ({rule.id: rule for rule in rules_of(item)} for item in (before, after))
        for rule_id in dict.fromkeys((*old_rules, *new_rules)):
            self._compare_rule(name, after.label, old_rules.get(rule_id), new_rules.get(rule_id))

    def _compare_rule(self, name: str, label: Label, old: Rule | None, new: Rule | None) -> None:
        if old is not None and new is not None and _rule_meaning(old) == _rule_meaning(new):
            return
        shown = new or old
        assert shown is not None
        parameters = self._parameters_behind(old, new)
        path = f"{name}/{shown.id}"
        if parameters:
            item = _parameter_difference(self.before, self.after, parameters, _cited([shown]))
            self._add(item, [path])
            return
        word = _CHANGED["added" if old is None else "removed" if new is None else "changed"]
        self._add(
            Difference(
                kind="rule",
                path=path,
                label=Label(
                    zh=f"{label.zh}：{shown.label.zh}（{word.zh}）", en=f"{label.en}: {shown.label.en} ({word.en})"
                ),
                citations=shown.citations,
            ),
            [path],
        )

    def _parameters_behind(self, old: Rule | None, new: Rule | None) -> tuple[str, ...]:
        """Return the parameters through which a rule differs although it is written alike."""
        texts = {rule.text for rule in (old, new) if rule is not None}
        if len(texts) != 1:
            return ()
        named = [name for name in _changed_parameters(self.before, self.after) if self._is_named(name, texts)]
        if old is not None and new is not None:
            return tuple(named)
        gone = self.after if new is None else self.before
        return tuple(named) if any(gone.parameters[name].is_removed for name in named) else ()

    def _is_named(self, name: str, texts: set[str]) -> bool:
        label = self.after.parameters[name].label
        return any(name in _WORD.findall(text) or label.zh in text for text in texts)

    def _readings(self, names: list[str]) -> None:
        read = {source for name in names for policy in self._both() for source in policy.cone(name)}
        for name, reading in self.after.readings.items():
            known = self.before.readings.get(name)
            if name in read and known is not None and known.chosen != reading.chosen:
                self._add(
                    Difference(
                        kind="reading",
                        path=name,
                        label=reading.label,
                        old=known.chosen or "",
                        new=reading.chosen or "",
                        words=_options(known, reading),
                        citations=tuple(
                            cited for change in self.after.changes if change.path == name for cited in change.citations
                        ),
                    ),
                    [name],
                )

    def _both(self) -> tuple[Policy, Policy]:
        return self.before, self.after

    def _join_parameters(self) -> None:
        """Make one difference of all rules that differ through the same parameters."""
        groups = _components([_parts(item) for item in self.items if item.kind == "parameter"])
        homes = [
            next(
                (group for group in groups if item.kind == "parameter" and _parts(item) <= group),
                frozenset({str(place)}),
            )
            for place, item in enumerate(self.items)
        ]
        order = {home: place for place, home in enumerate(dict.fromkeys(homes))}
        kept: list[Difference] = []
        for home in order:
            own = [item for item, its in zip(self.items, homes, strict=True) if its == home]
            kept.append(own[0] if len(own) == 1 else self._joined(own))
        self.owners = {path: order[homes[place]] for path, place in self.owners.items()}
        for path, place in self.owners.items():
            rules = (*kept[place].rules, path) if "/" in path else kept[place].rules
            kept[place] = attrs.evolve(kept[place], rules=rules)
        self.items = kept

    def _joined(self, items: list[Difference]) -> Difference:
        names = tuple(dict.fromkeys(name for item in items for name in item.path.split(", ")))
        citations = tuple(dict.fromkeys(cited for item in items for cited in item.citations))
        return _parameter_difference(self.before, self.after, names, citations)

    # ------------------------------------------------------------------------------------------ mixtures

    def mixed(self, chosen: Chosen) -> Policy:
        """Return the first policy with only the chosen differences applied."""
        if not chosen:
            return self.before
        if chosen == frozenset(range(len(self.items))):
            return self.after
        return self.built(chosen)

    def built(self, chosen: Chosen) -> Policy:
        """Return a mixture put together rule by rule."""
        names = [name for name in self.after.decisions if self._is_needed(name)]
        names += [name for name in self.before.decisions if name not in names and self._is_needed(name)]
        decisions = _ordered({name: self._decision(name, chosen) for name in names})
        return attrs.evolve(
            self.after,
            facts={**self.before.facts, **self.after.facts},
            enumerations={**self.before.enumerations, **self.after.enumerations},
            readings=self._chosen_readings(chosen),
            decisions=_spread(decisions),
            constraints=(),
        )

    def _is_needed(self, name: str) -> bool:
        return name in self._names

    def _is_on(self, path: str, chosen: Chosen) -> bool:
        return path not in self.owners or self.owners[path] in chosen

    def _chosen_readings(self, chosen: Chosen) -> dict[str, Reading]:
        known = {**self.before.readings, **self.after.readings}
        off = {name: self.before.readings[name] for name in self.before.readings if not self._is_on(name, chosen)}
        return {**known, **off}

    def _decision(self, name: str, chosen: Chosen) -> AnyDecision:
        before, after = self.before.decisions.get(name), self.after.decisions.get(name)
        presence = self._presence(name)
        if presence in {"begins", "ends"}:
            known = after if presence == "begins" else before
            assert known is not None
            is_there = name not in self.owners or self._is_on(name, chosen) == (presence == "begins")
            return known if is_there else AbsentDecision(name=name, label=known.label, type=known.type)
        if before is None or after is None:
            known = before or after
            assert known is not None
            return known
        if name in self.owners or not (
            isinstance(before, CriteriaDecision | TableDecision) and isinstance(after, CriteriaDecision | TableDecision)
        ):
            return after if self._is_on(name, chosen) else before
        return self._by_rule(before, after, chosen)

    def _by_rule(
        self, before: CriteriaDecision | TableDecision, after: CriteriaDecision | TableDecision, chosen: Chosen
    ) -> AnyDecision:
        if not any(f"{after.name}/{rule.id}" in self.owners for rule in (*before.rules, *after.rules)):
            return after
        old, new = ({rule.id: rule for rule in item.rules} for item in (before, after))
        rules = []
        for rule_id in _merged(list(old), list(new)):
            is_on = self._is_on(f"{after.name}/{rule_id}", chosen)
            picked = new.get(rule_id) if is_on else old.get(rule_id)
            rules += [picked] if picked is not None else []
        return attrs.evolve(after, rules=tuple(rules))


_CHANGED: Final = {
    "added": Label(zh="新增", en="added"),
    "removed": Label(zh="取消", en="removed"),
    "changed": Label(zh="修改", en="changed"),
}


def _options(old: Reading, new: Reading) -> Label:
    labels = [_option(old), _option(new)]
    return Label(zh=" → ".join(label.zh for label in labels), en=" → ".join(label.en for label in labels))


def _option(reading: Reading) -> Label:
    if reading.chosen is None:
        return Label(zh="未定", en="open")
    return reading.option_labels[reading.type.values.index(reading.chosen)]


def _parts(item: Difference) -> frozenset[str]:
    return frozenset(item.path.split(", "))


def _components(groups: list[frozenset[str]]) -> list[frozenset[str]]:
    """Return sets joined until no two share a name."""
    found: list[frozenset[str]] = []
    for group in groups:
        touching = [other for other in found if other & group]
        found = [other for other in found if not other & group]
        found.append(group.union(*touching))
    return found


def _whole(before: Policy, after: Policy) -> Difference:
    return Difference(
        kind="rules", path=after.id, label=Label(zh="两套规则", en="the two rule sets"), old=before.id, new=after.id
    )


def _extends(old: Type, new: Type) -> bool:
    if old.kind != new.kind or old.scale != new.scale:
        return False
    return new.values[: len(old.values)] == old.values or old.values[: len(new.values)] == new.values


def _types(policy: Policy) -> dict[str, Type]:
    """Return the type of everything that a condition may read."""
    groups = (policy.facts, policy.readings, policy.decisions)
    return {name: item.type for group in groups for name, item in group.items()}


def _is_present(policy: Policy, name: str) -> bool:
    return name in policy.decisions and not _is_absent(policy, name)


def _is_absent(policy: Policy, name: str) -> bool:
    return isinstance(policy.decisions.get(name), AbsentDecision)


def _rule_meaning(rule: Rule) -> object:
    return rule.condition, rule.output


def _meaning(decision: AnyDecision) -> object:
    if isinstance(decision, TableDecision):
        rules = tuple((rule.id, _rule_meaning(rule)) for rule in decision.rules)
        return decision.hit_policy, decision.outputs, decision.otherwise, rules
    if isinstance(decision, CriteriaDecision):
        return tuple((rule.id, _rule_meaning(rule)) for rule in decision.rules)
    if isinstance(decision, ValueDecision):
        return tuple((case.condition, case.terms, case.constant, case.is_nothing) for case in decision.cases)
    return None


def _is_by_rule(before: AnyDecision, after: AnyDecision) -> bool:
    """Tell whether rules can be exchanged one by one; in unique tables the proofs about pairs would not carry over."""
    shared = {rule.id for rule in rules_of(before)} & {rule.id for rule in rules_of(after)}
    orders = [[rule.id for rule in rules_of(item) if rule.id in shared] for item in (before, after)]
    if orders[0] != orders[1]:
        return False
    if isinstance(before, TableDecision) and isinstance(after, TableDecision):
        same = (before.hit_policy, before.outputs, before.otherwise) == (
            after.hit_policy,
            after.outputs,
            after.otherwise,
        )
        last = not after.otherwise or before.rules[-1].id == after.rules[-1].id
        return same and last and after.hit_policy in {"first", "rule_order", "output_order", "collect"}
    return isinstance(before, CriteriaDecision) and isinstance(after, CriteriaDecision)


def _merged(old: list[str], new: list[str]) -> Iterator[str]:
    """Yield ids in the new order, those that are gone where they stood."""
    waiting = list(old)
    for name in new:
        while name in old and waiting and waiting[0] != name:
            gone = waiting.pop(0)
            if gone not in new:
                yield gone
        if waiting and waiting[0] == name:
            waiting.pop(0)
        yield name
    yield from (name for name in waiting if name not in new)


def _changed_parameters(before: Policy, after: Policy) -> list[str]:
    known = before.parameters.keys() & after.parameters.keys()
    return [name for name in after.parameters if name in known and _numbers(before, name) != _numbers(after, name)]


def _numbers(policy: Policy, name: str) -> object:
    parameter = policy.parameters[name]
    return parameter.indexed_by, parameter.values, parameter.is_removed


def _parameter_difference(
    before: Policy, after: Policy, names: tuple[str, ...], citations: tuple[Citation, ...]
) -> Difference:
    parameters = [after.parameters[name] for name in names]
    return Difference(
        kind="parameter",
        path=", ".join(names),
        label=Label(
            zh="、".join(item.label.zh for item in parameters), en=", ".join(item.label.en for item in parameters)
        ),
        old="; ".join(_shown(before.parameters[name]) for name in names),
        new="; ".join(_shown(item) for item in parameters),
        citations=citations,
    )


def _shown(parameter: Parameter) -> str:
    numbers = ((name, plain_number(parameter, number)) for name, number in parameter.values)
    return ", ".join(f"{name}: {number}" if name else number for name, number in numbers)


def _cited(rules: list[Rule]) -> tuple[Citation, ...]:
    return tuple(dict.fromkeys(cited for rule in rules for cited in rule.citations))


def _ordered(decisions: Mapping[str, AnyDecision]) -> dict[str, AnyDecision]:
    """Return decisions so that each reads only earlier ones."""
    found: dict[str, AnyDecision] = {}

    def put(name: str) -> None:
        if name in decisions and name not in found:
            for source in inputs_of(decisions[name]):
                put(source)
            found[name] = decisions[name]

    for name in decisions:
        put(name)
    return found


def _spread(decisions: Mapping[str, AnyDecision]) -> dict[str, AnyDecision]:
    """A decision that reads one without a rule in force has none either."""
    found: dict[str, AnyDecision] = {}
    for name, decision in decisions.items():
        is_absent = any(
            isinstance(found.get(source, decisions.get(source)), AbsentDecision) for source in inputs_of(decision)
        )
        absent = AbsentDecision(name=name, label=decision.label, type=decision.type)
        found[name] = absent if is_absent else decision
    return found
