"""The rules of one date as a flat list of items with their aspects, so that they can be shown and compared.

In come declarations with local changes applied; out comes for every fact, value, reading, parameter, decision, rule and
constraint what is said about it. Nothing that bears on an answer is left out: two sets of rules without a differing
aspect answer alike.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Literal

import attrs

from cso_rules.loader.documents.declarations import (
    DatedPresumption,
    DecisionDeclaration,
    Declarations,
    ParameterDeclaration,
    ReadingDeclaration,
    RuleDeclaration,
)
from cso_rules.loader.documents.presentation import addressees_of
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.grammar.shapes import Words
from cso_rules.loader.grammar.words import DELEGATIONS, HIT_POLICIES, KINDS, MODALITIES
from cso_rules.loader.in_force.higher_law import locally_changed
from cso_rules.loader.load import declarations
from cso_rules.loader.packages import RuleSet
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.policy import Enumeration, Fact
from cso_rules.model.types import BOOLEAN, Type

Kind = Literal[
    "fact", "enumeration", "value", "reading", "parameter", "decision", "rule", "constraint", "aggregate", "settings"
]
ORDERED = frozenset({"first", "rule_order"})
"""Hit policies under which the order of rows says something."""


@attrs.frozen(kw_only=True)
class RuleItem:
    """One part of the rules.

    Attributes:
        path: Its id; of a value `enumeration/value`, of a rule `decision/rule`.
        aspects: What is said about it, by a word; what is not said is left out.
    """

    kind: Kind
    path: str
    label: Label
    aspects: Mapping[str, Label]
    citations: tuple[Citation, ...] = ()


RuleItems = Mapping[tuple[Kind, str], RuleItem]


@attrs.frozen(kw_only=True)
class ItemDifference:
    """What became of one item.

    Attributes:
        operation: adds, removes or changes.
        aspects: Each differing aspect with the old and the new text; None where it is not said.
    """

    operation: Literal["adds", "removes", "changes"]
    item: RuleItem
    aspects: tuple[tuple[str, Label | None, Label | None], ...]
    citations: tuple[Citation, ...] = ()


def stages(rules: RuleSet, as_of: datetime.date, *, local_deviations: bool = True) -> tuple[tuple[str, RuleItems], ...]:
    """Return for each package of a place, the nearest last, its id and the items as it leaves them on a date."""
    found = []
    for count in range(len(rules.overlays) + 1):
        part = attrs.evolve(rules, overlays=rules.overlays[:count])
        declared = in_force(part, as_of, local_deviations=local_deviations)
        found.append((declared.packages[-1].id, items_of(declared, as_of)))
    return tuple(found)


def in_force(rules: RuleSet, as_of: datetime.date, *, local_deviations: bool = True) -> Declarations:
    """Return what the packages of a place declare, with their changes of a date made."""
    found, _ = declarations(rules)
    return locally_changed(found, as_of, Reader(), local_deviations=local_deviations)[0].found


def items_of(found: Declarations, as_of: datetime.date) -> RuleItems:
    """Return every item of the rules of a date by kind and path."""
    return {(item.kind, item.path): item for item in _items(found, as_of)}


def differences(before: RuleItems, after: RuleItems) -> Iterator[ItemDifference]:
    """Yield what differs between two sets of rules, in the order of the later one."""
    for key, item in after.items():
        old = before.get(key)
        if old is None:
            added = tuple((word, None, text) for word, text in item.aspects.items())
            yield ItemDifference(operation="adds", item=item, aspects=added, citations=item.citations)
        elif differing := tuple(_differing(old, item)):
            citations = tuple(one for one in item.citations if one not in old.citations)
            yield ItemDifference(operation="changes", item=item, aspects=differing, citations=citations)
    for key, item in before.items():
        if key not in after:
            removed = tuple((word, text, None) for word, text in item.aspects.items())
            yield ItemDifference(operation="removes", item=item, aspects=removed, citations=item.citations)


def _differing(old: RuleItem, new: RuleItem) -> Iterator[tuple[str, Label | None, Label | None]]:
    """Yield what differs; an added or removed row alone is no other order of the rows that remain."""
    if old.label != new.label:
        yield "label", old.label, new.label
    for word in dict.fromkeys((*old.aspects, *new.aspects)):
        one, other = old.aspects.get(word), new.aspects.get(word)
        if word == "order" and one and other:
            rows = [text.en.split(", ") for text in (one, other)]
            kept = [[row for row in rows[0] if row in rows[1]], [row for row in rows[1] if row in rows[0]]]
            if kept[0] != kept[1]:
                yield word, one, other
        elif one != other and word != "before":
            yield word, one, other
    if old.citations != new.citations:
        yield "cite", _cited(old.citations), _cited(new.citations)


def _cited(citations: Iterable[Citation]) -> Label:
    return _plain(", ".join(f"{one.instrument} {one.provision}" for one in citations))


def _plain(text: str) -> Label:
    return Label(zh=text, en=text)


def _said(**aspects: Label | str | None) -> dict[str, Label]:
    """Return the aspects that are said, by their words."""
    said = {word: text for word, text in aspects.items() if text and text != Label(zh="", en="")}
    given = {word.replace("_", " "): text for word, text in said.items()}
    return {word: _plain(text) if isinstance(text, str) else text for word, text in given.items()}


def _listed(parts: Iterable[Label]) -> Label:
    found = list(parts)
    return Label(zh="，".join(part.zh for part in found), en=", ".join(part.en for part in found))


def named(name: str, label: Label) -> Label:
    """Return an id with its label, where that says more."""
    return Label(zh=f"{name}（{label.zh}）", en=name if label.en == name else f"{name} ({label.en})")


def number_text(kind: Type, number: int) -> str:
    """Return an encoded number or date as it is written."""
    value = kind.decode_number(number)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def numbers_text(kind: Type, numbers: Mapping[str, int] | None) -> str:
    """Return the value of a parameter as it is written; nothing for a removed requirement."""
    pairs = ((name, number_text(kind, number)) for name, number in (numbers or {}).items())
    return ", ".join(f"{name} = {text}" if name else text for name, text in pairs)


def _word(words: Words, name: str | None) -> Label | None:
    return None if not name else named(name, words[name]) if name in words else _plain(name)


def _type(kind: Type) -> Label:
    word = named(kind.kind, KINDS[kind.kind]) if kind.kind in KINDS else _plain(kind.kind)
    return Label(zh=f"{word.zh} {kind.enumeration or ''}".rstrip(), en=f"{word.en} {kind.enumeration or ''}".rstrip())


def _items(found: Declarations, as_of: datetime.date) -> Iterator[RuleItem]:
    yield from (_fact(found, fact) for fact in found.facts.values())
    for enumeration in found.enumerations.values():
        yield RuleItem(kind="enumeration", path=enumeration.name, label=enumeration.label, aspects={})
        yield from _values(enumeration)
    yield from map(_reading, found.readings.values())
    for parameter in found.parameters.values():
        yield _parameter(parameter, as_of)
    for decision in found.decisions.values():
        yield from _decision(found, decision, as_of)
    yield from _constraints(found)
    yield from _aggregates(found)
    yield from _settings(found)


def _fact(found: Declarations, fact: Fact) -> RuleItem:
    bounds = [number_text(fact.type, bound) for bound in (fact.type.minimum, fact.type.maximum)]
    aspects = _said(
        question=fact.question,
        definition=fact.definition,
        type=_type(fact.type),
        unit=fact.unit,
        bounds=" .. ".join(bounds) if fact.type.is_numeric else None,
        places=str(fact.type.scale) if fact.type.scale else None,
        aliases=", ".join(fact.aliases),
        headings=_headings(fact),
        entity=_entity(found, fact.entity),
        changeable=Label(zh="是", en="yes") if fact.is_changeable else None,
        judged=Label(zh="是", en="yes") if fact.is_judged else None,
        personal=Label(zh="是", en="yes") if fact.is_personal else None,
        presumed="; ".join(map(_presumption, found.presumptions.get(fact.name, ()))),
    )
    citations = (citation for each in found.presumptions.get(fact.name, ()) for citation in each.presumed.citations)
    return RuleItem(
        kind="fact", path=fact.name, label=fact.label, aspects=aspects, citations=tuple(dict.fromkeys(citations))
    )


def _presumption(each: DatedPresumption) -> str:
    """Return a presumed value with its time."""
    value = each.presumed.value
    shown = ", ".join(sorted(value)) if isinstance(value, frozenset) else str(value)
    period = " - ".join("..." if day is None else day.isoformat() for day in (each.period.start, each.period.end))
    return f"{shown} ({period})" if each.period.limits else shown


def _headings(fact: Fact) -> str:
    """Return the headings of a fact, with what cells below them mean."""
    parts = []
    for heading in fact.headings:
        meanings = ", ".join(f"{text} = {value}" for text, value in heading.meanings)
        said = f" ({meanings})" if meanings else " (opposite)" if heading.is_opposite else ""
        parts.append(heading.text + said)
    return "; ".join(parts)


def _values(enumeration: Enumeration) -> Iterator[RuleItem]:
    counts_as = dict(enumeration.maps_to)
    for value, label, aliases in zip(enumeration.values, enumeration.labels, enumeration.aliases, strict=True):
        words = ", ".join(word for word, meant in enumeration.words if meant == value)
        aspects = _said(aliases=", ".join(aliases), words=words, counts_as=counts_as.get(value))
        yield RuleItem(kind="value", path=f"{enumeration.name}/{value}", label=label, aspects=aspects)


def _reading(reading: ReadingDeclaration) -> RuleItem:
    options = zip(reading.options, reading.option_labels, strict=True)
    aspects = _said(
        definition=reading.definition,
        options=_listed(named(option, label) for option, label in options),
        default=reading.default or Label(zh="无：依法未定", en="none: the law leaves it open"),
    )
    return RuleItem(
        kind="reading", path=reading.name, label=reading.label, aspects=aspects, citations=reading.citations
    )


def _parameter(parameter: ParameterDeclaration, as_of: datetime.date) -> RuleItem:
    value = parameter.value_on(as_of)
    limits = [None if bound is None else number_text(parameter.type, bound)
              for bound in (parameter.least, parameter.greatest)]  # fmt: skip
    aspects = _said(
        type=_type(parameter.type),
        value=_value(parameter, None if value is None else value.numbers, is_there=value is not None),
        indexed_by=", ".join(parameter.indexed_by) or None,
        delegation=_word(DELEGATIONS, parameter.delegation),
        delegation_bounds=" .. ".join(limit or "" for limit in limits) if any(limits) else None,
    )
    citations = () if value is None else value.citations
    return RuleItem(kind="parameter", path=parameter.name, label=parameter.label, aspects=aspects, citations=citations)


def _value(parameter: ParameterDeclaration, numbers: Mapping[str, int] | None, *, is_there: bool) -> Label:
    if not is_there:
        return Label(zh="当日没有数值", en="no value on this day")
    if numbers is None:
        return Label(zh="已取消", en="removed")
    return _plain(numbers_text(parameter.type, numbers))


def _decision(found: Declarations, decision: DecisionDeclaration, as_of: datetime.date) -> Iterator[RuleItem]:
    rules = standing_rules(decision, as_of)
    is_absent = as_of not in decision.period or not (rules or decision.form == "value")
    is_ordered = decision.form == "rules" and decision.hit_policy in ORDERED
    aspects = _said(
        entity=_entity(found, decision.entity),
        answer=_answer(decision),
        hit_policy=_word(HIT_POLICIES, decision.hit_policy) if decision.form == "rules" else None,
        value=decision.value.text if decision.value and not is_absent else None,
        order=", ".join(rule.id for rule in rules) if is_ordered else None,
        absent=Label(zh="当日没有现行规则", en="no rule in force on this day") if is_absent else None,
    )
    yield RuleItem(
        kind="decision", path=decision.name, label=decision.label, aspects=aspects, citations=decision.citations
    )
    for place, rule in enumerate(rules if not is_absent else ()):
        before = rules[place + 1].id if is_ordered and place + 1 < len(rules) else None
        yield rule_item(found, decision, rule, before)


def standing_rules(decision: DecisionDeclaration, as_of: datetime.date) -> list[RuleDeclaration]:
    """Return the criteria or rows that are in force on a date, the row of all other cases last."""
    if decision.form == "none":
        return []
    rules = [rule for rule in decision.rules if as_of in rule.period]
    return [*rules, decision.otherwise] if rules and decision.otherwise else rules


def rule_item(
    found: Declarations, decision: DecisionDeclaration, rule: RuleDeclaration, before: str | None
) -> RuleItem:
    """Return everything that a criterion or row says."""
    asked = attrs.evolve(rule, by_reading=()).text
    options = [f"[{option}] {node.text}" for _, option, node in rule.by_reading]
    aspects = _said(
        when=asked or (None if options else Label(zh="其他情形", en="otherwise")),
        by_reading=f"{rule.by_reading[0][0]}: {'; '.join(options)}" if options else None,
        applies=" and ".join([*(node.text for node in rule.scopes), *(f"not({node.text})" for node in rule.excepted)]),
        then=", ".join(f"{column} = {node.text}" if column else node.text for column, node in rule.then),
        due=rule.due.text if rule.due else None,
        modality=_word(MODALITIES, rule.modality),
        addressee=_addressee(found, rule.addressee.text if rule.addressee else None),
        before=before,
    )
    path = f"{decision.name}/{rule.id}"
    return RuleItem(kind="rule", path=path, label=rule.label, aspects=aspects, citations=rule.citations)


def _entity(found: Declarations, name: str) -> Label:
    return named(name, found.entities[name].definition)


def _addressee(found: Declarations, name: str | None) -> Label | None:
    known = found.enumerations.get(addressees_of(found) or "")
    labels = dict(zip(known.values, known.labels, strict=True)) if known else {}
    return labels.get(name) or _plain(name) if name else None


def _answer(decision: DecisionDeclaration) -> Label:
    if decision.form == "criteria" or decision.type is not None:
        return _type(decision.type or BOOLEAN)
    parts = [(column, _type(BOOLEAN) if kind == "boolean" else _plain(kind)) for column, kind in decision.columns]
    return _listed(
        Label(zh=f"{column}：{kind.zh}", en=f"{column}: {kind.en}") if column else kind for column, kind in parts
    )


def _constraints(found: Declarations) -> Iterator[RuleItem]:
    for one in found.constraints:
        aspects = _said(when=one.when.text, entity=_entity(found, one.entity))
        yield RuleItem(kind="constraint", path=one.id, label=one.message, aspects=aspects, citations=one.citations)


def _aggregates(found: Declarations) -> Iterator[RuleItem]:
    for one in found.aggregates.values():
        label = found.facts[one.name].label if one.name in found.facts else _plain(one.name)
        by: dict[str, list[str]] = {}
        for name, value in one.by:
            by.setdefault(name, []).append(value)
        aspects = _said(
            counts=_entity(found, one.counts),
            where=one.where.text if one.where else None,
            by=", ".join(f"{name} = {' / '.join(values)}" for name, values in by.items()),
        )
        yield RuleItem(kind="aggregate", path=one.name, label=label, aspects=aspects, citations=one.citations)


def _settings(found: Declarations) -> Iterator[RuleItem]:
    """Yield what holds for the rules as a whole: working days, and which decisions are asked about first."""
    days = found.calendar
    spans = (f"{datetime.date.fromordinal(first)} .. {datetime.date.fromordinal(last)}" for first, last in days.covered)
    exceptions = ", ".join(str(datetime.date.fromordinal(day)) for day in days.exceptions)
    calendar = _said(known_days=", ".join(spans), exceptions=exceptions)
    label = Label(zh="工作日历", en="calendar of working days")
    yield RuleItem(kind="settings", path="calendars", label=label, aspects=calendar)
    asked = next((package.ask_order for package in reversed(found.packages) if package.ask_order), ())
    order = _said(decisions=", ".join(node.text for node in asked))
    label = Label(zh="询问顺序", en="order of asking")
    yield RuleItem(kind="settings", path="ask_order", label=label, aspects=order)
    label = Label(zh="怎样显示", en="how answers are shown")
    for key, node in found.stated.items():
        text = node.span.source.text[node.span.start : node.span.end]
        yield RuleItem(kind="settings", path=key, label=label, aspects=_said(stated=" ".join(text.split())))
