"""What a name of a package means, as lines of text."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from cso_rules.explanation.states import OPERATIONS
from cso_rules.interfaces.rule_options import RuleOptions
from cso_rules.loader.declarations import (
    ChangeDeclaration,
    DatedValue,
    DecisionDeclaration,
    ParameterDeclaration,
)
from cso_rules.loader.load import declarations
from cso_rules.loader.packages import rule_set
from cso_rules.loader.periods import Period
from cso_rules.model.decisions import (
    AbsentDecision,
    AnyDecision,
    Rule,
    TableDecision,
    ValueDecision,
    inputs_of,
    rules_of,
)
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.policy import Change, Fact, Policy
from cso_rules.model.types import Type

WORDS: Mapping[str, Label] = {
    "question": Label(zh="问题", en="question"),
    "definition": Label(zh="定义", en="definition"),
    "type": Label(zh="类型", en="type"),
    "unit": Label(zh="单位", en="unit"),
    "bounds": Label(zh="范围", en="bounds"),
    "values": Label(zh="取值", en="values"),
    "aliases": Label(zh="别名", en="aliases"),
    "read by": Label(zh="用于", en="read by"),
    "from": Label(zh="起", en="from"),
    "until": Label(zh="止", en="until"),
    "always": Label(zh="始终", en="always"),
    "removed": Label(zh="已取消", en="removed"),
    "applies": Label(zh="适用于", en="applies when"),
    "absent": Label(zh="当日没有现行规则", en="no rule in force on this day"),
    "then": Label(zh="结果", en="then"),
    "addressee": Label(zh="对象", en="addressee"),
    "in_force": Label(zh="现行", en="in force"),
    "trial": Label(zh="试行", en="trial"),
    "draft": Label(zh="征求意见稿", en="draft"),
    "superseded": Label(zh="已被取代", en="superseded"),
    "expired": Label(zh="已失效", en="expired"),
    "not confirmed": Label(zh="效力期限未查证", en="end of validity not confirmed"),
    "no changes": Label(zh="没有改动：适用全国规则", en="no changes: the national rules apply"),
    "conflict": Label(zh="低于上位法的规定，照实列出", en="goes below higher law, reported as a conflict"),
    "switched off": Label(zh="低于上位法的规定，已停用", en="goes below higher law, switched off"),
    "otherwise": Label(zh="其他情形", en="otherwise"),
}


def shown(policy: Policy, options: RuleOptions, name: str) -> Iterator[str]:
    """Return lines about a fact, parameter or decision by its id or Chinese label; none for an unknown name."""
    language = options.lang
    for fact in policy.facts.values():
        if name in {fact.name, fact.label.zh, *fact.aliases}:
            yield from _fact(policy, fact, language)
    found, _ = declarations(rule_set(options.package, options.jurisdiction, drafts=options.drafts))
    for parameter in found.parameters.values():
        if name in {parameter.name, parameter.label.zh}:
            yield from _parameter(parameter, policy, language)
            yield from _local_values(parameter, found.changes, policy, language)
    for decision in policy.decisions.values():
        if name in {decision.name, decision.label.zh}:
            yield from _decision(policy, decision, found.decisions[decision.name], language)
            local = [item for item in policy.changes if item.path.partition("/")[0] == decision.name]
            yield from (line for item in local for line in _change(policy, item, language))


def differences(policy: Policy, language: str) -> Iterator[str]:
    """Return lines about every change that the local packages make on the date of the policy."""
    for package in policy.packages:
        mark = "*" if package.is_in_force else " "
        state = WORDS[package.status].in_language(language)
        unconfirmed = "" if package.is_end_confirmed else f"; {WORDS['not confirmed'].in_language(language)}"
        title = package.title.in_language(language)
        yield f"{mark} {package.id} {title} ({package.jurisdiction}; {state}{unconfirmed})"
        for change in policy.changes:
            if change.package == package.id:
                yield from _change(policy, change, language)
    if not policy.changes:
        yield WORDS["no changes"].in_language(language)


def _change(policy: Policy, change: Change, language: str) -> Iterator[str]:
    name = change.path.partition("/")[0]
    named = policy.decisions.get(name) or policy.parameters.get(name) or policy.readings.get(name)
    label = f" {named.label.in_language(language)}" if named else ""
    values = " -> ".join(text or "-" for text in (change.old, change.new))
    yield f"  {OPERATIONS[change.operation].in_language(language)} {change.path}{label}: {values} [{change.package}]"
    yield from _citations(change.citations, language)
    if change.conflicts_with:
        yield _line("conflict" if change.is_applied else "switched off", "", language).rstrip("：: ")
        yield from _citations(change.conflicts_with, language)


def _local_values(
    parameter: ParameterDeclaration, changes: Iterable[ChangeDeclaration], policy: Policy, language: str
) -> Iterator[str]:
    """Return the values that places set, nearest last, with the days on which each is in force."""
    for change in changes:
        if change.path != parameter.name or change.value is None:
            continue
        mark = "*" if policy.as_of in change.period else " "
        words = f"{change.package.id} {change.package.title.in_language(language)}"
        number = _numbers(parameter, change.value, language)
        yield f"{mark} {words}, {_period(change.period, language)}: {number}"
        yield from _citations(change.citations, language)
        for applied in policy.changes:
            if (applied.path, applied.package) == (change.path, change.package.id) and applied.conflicts_with:
                word = "conflict" if applied.is_applied else "switched off"
                yield f"    {WORDS[word].in_language(language)}"
                yield from _citations(applied.conflicts_with, language)


def _line(word: str, text: str, language: str) -> str:
    return f"  {WORDS[word].in_language(language)}{'：' if language == 'zh' else ': '}{text}"


def _fact(policy: Policy, fact: Fact, language: str) -> Iterator[str]:
    yield f"{fact.name}: {fact.label.in_language(language)}"
    yield _line("question", fact.question.in_language(language), language)
    yield _line("definition", fact.definition.in_language(language), language)
    yield _line("type", f"{fact.type.kind} {fact.type.enumeration or ''}".rstrip(), language)
    if fact.unit:
        yield _line("unit", fact.unit.in_language(language), language)
    if fact.type.is_numeric:
        bounds = [_value(fact.type, number) for number in (fact.type.minimum, fact.type.maximum)]
        yield _line("bounds", " .. ".join(bounds), language)
    elif enumeration := policy.enumerations.get(fact.type.enumeration or ""):
        pairs = zip(enumeration.values, enumeration.labels, strict=True)
        yield _line("values", ", ".join(f"{value} ({label.in_language(language)})" for value, label in pairs), language)
    if fact.aliases:
        yield _line("aliases", ", ".join(fact.aliases), language)
    readers = [decision.name for decision in policy.decisions.values() if fact.name in inputs_of(decision)]
    yield _line("read by", ", ".join(readers) or "-", language)


def _value(kind: Type, number: int) -> str:
    value = kind.decode_number(number)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _parameter(parameter: ParameterDeclaration, policy: Policy, language: str) -> Iterator[str]:
    yield f"{parameter.name}: {parameter.label.in_language(language)} ({parameter.type.kind})"
    for dated in parameter.values:
        mark = "*" if policy.as_of in dated.period else " "
        yield f"{mark} {_period(dated.period, language)}: {_numbers(parameter, dated, language)}"
        yield from _citations(dated.citations, language)


def _period(period: Period, language: str) -> str:
    days: list[tuple[str, datetime.date | None]] = [("from", period.start), ("until", period.end)]
    parts = [
        f"{day} {WORDS[word].in_language('zh')}" if language == "zh" else f"{word} {day}" for word, day in days if day
    ]
    return " ".join(parts) or WORDS["always"].in_language(language)


def _numbers(parameter: ParameterDeclaration, dated: DatedValue, language: str) -> str:
    if dated.numbers is None:
        return WORDS["removed"].in_language(language)
    pairs = ((key, _value(parameter.type, number)) for key, number in dated.numbers.items())
    return ", ".join(f"{key} = {text}" if key else text for key, text in pairs)


def _citations(citations: Iterable[Citation], language: str) -> Iterator[str]:
    for item in citations:
        title, article = item.title.in_language(language), item.pinpoint.in_language(language)
        text = " ".join(part for part in (title, item.number, article) if part)
        yield f"      {text} ({item.instrument} {item.provision}) [{item.confidence}]"


def _decision(policy: Policy, decision: AnyDecision, written: DecisionDeclaration, language: str) -> Iterator[str]:
    yield f"{decision.name}: {decision.label.in_language(language)}"
    if isinstance(decision, AbsentDecision):
        yield f"  {WORDS['absent'].in_language(language)}"
    if isinstance(decision, ValueDecision) and written.value is not None:
        yield f"  {written.value.text}"
        yield from _citations(decision.citations, language)
    applies = {rule.id: rule.applies_when for rule in written.rules}
    for rule in rules_of(decision):
        yield f"  {rule.id}: {rule.label.in_language(language)}"
        if node := applies.get(rule.id):
            yield f"  {_line('applies', node.text, language)}"
        yield f"    {rule.text or WORDS['otherwise'].in_language(language)}"
        yield from (f"  {line}" for line in _rule(policy, decision, rule, language))
        yield from _citations(rule.citations, language)


def _rule(policy: Policy, decision: AnyDecision, rule: Rule, language: str) -> Iterator[str]:
    if isinstance(decision, TableDecision):
        pairs = (f"{column} = {value}" if column else value for column, value in decision.outputs[rule.output])
        yield _line("then", ", ".join(pairs), language)
    if rule.addressee:
        body = policy.enumerations.get("body")
        labels = dict(zip(body.values, body.labels, strict=True)) if body else {}
        label = labels.get(rule.addressee)
        yield _line("addressee", label.in_language(language) if label else rule.addressee, language)
