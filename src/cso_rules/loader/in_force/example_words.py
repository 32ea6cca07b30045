"""An organization that shows something about rules, in words: labels and values of what must be known of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from cso_rules.model.decisions import Rule
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Fact, Policy, Reading
from cso_rules.model.types import TRUE, Domain, Value

ANY = Label(zh="任何组织", en="any organization")
YES, NO = Label(zh="是", en="yes"), Label(zh="否", en="no")
MOST_PARTS = 12


def described(policy: Policy, known: Mapping[str, Domain]) -> Label:
    """Return what is known of an organization, facts in the order of the vocabulary and readings after them."""
    variables: Mapping[str, Fact | Reading] = {**policy.facts, **policy.readings}
    parts = [part for name, variable in variables.items() if name in known for part in _parts(policy, variable, known)]
    if not parts:
        return ANY
    more = Label(zh="……", en="…")
    return joined([*parts[:MOST_PARTS], *([more] if len(parts) > MOST_PARTS else [])], Label(zh="；", en="; "))


def example(policy: Policy, known: Mapping[str, Domain]) -> Mapping[str, str]:
    """Return an organization in words, by language."""
    found = described(policy, known)
    return {"zh": found.zh, "en": found.en}


def ids(rules: Iterable[Rule]) -> str:
    """Return the names of rules."""
    return ", ".join(rule.id for rule in rules)


def joined(parts: Iterable[Label], between: Label) -> Label:
    """Return several texts as one, in each language."""
    found = list(parts)
    return Label(zh=between.zh.join(part.zh for part in found), en=between.en.join(part.en for part in found))


def _parts(policy: Policy, variable: Fact | Reading, known: Mapping[str, Domain]) -> Iterator[Label]:
    domain = known[variable.name]
    if variable.type.kind == "set" and isinstance(domain, tuple):
        sure, possible = domain
        everything = (1 << len(variable.type.names)) - 1
        for bits, verb in (
            (sure, Label(zh="包括", en="with")),
            (everything & ~possible, Label(zh="不包括", en="without")),
        ):
            if bits:
                members = joined(_names(policy, variable, bits), Label(zh="、", en=", "))
                yield Label(
                    zh=f"{variable.label.zh}{verb.zh}{members.zh}", en=f"{variable.label.en} {verb.en} {members.en}"
                )
        return
    value = _value(policy, variable, domain)
    yield Label(zh=f"{variable.label.zh}：{value.zh}", en=f"{variable.label.en}: {value.en}")


def _value(policy: Policy, variable: Fact | Reading, domain: Domain) -> Label:
    if isinstance(domain, int):
        if variable.type.kind == "boolean":
            return YES if domain == TRUE else NO
        return joined(_names(policy, variable, domain), Label(zh="、", en=", "))
    text = _number(variable.type.decode_number(domain[0]))
    unit = variable.unit if isinstance(variable, Fact) else None
    return Label(zh=text, en=text) if unit is None else Label(zh=f"{text} {unit.zh}", en=f"{text} {unit.en}")


def _number(value: Value) -> str:
    if isinstance(value, datetime.date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _names(policy: Policy, variable: Fact | Reading, bits: int) -> list[Label]:
    """Return the labels of the values whose bits are set."""
    names = variable.type.names
    labels: Mapping[str, Label] = {}
    if isinstance(variable, Reading):
        labels = dict(zip(names, variable.option_labels, strict=False))
    elif (enumeration := policy.enumerations.get(variable.type.enumeration or "")) is not None:
        labels = dict(zip(enumeration.values, enumeration.labels, strict=True))
    return [labels.get(name, Label(zh=name, en=name)) for place, name in enumerate(names) if bits >> place & 1]
