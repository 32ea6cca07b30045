"""What each name in a condition means to a person who reads it: label, unit, question, numbers with their time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from cso_rules.loader.documents.declarations import (
    DatedValue,
    DecisionDeclaration,
    Declarations,
    ParameterDeclaration,
    ReadingDeclaration,
)
from cso_rules.loader.documents.periods import Period
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.policy import Enumeration, Fact

FEW: Final = 12
"""So many values of an enumeration are named."""
YUAN: Final = Label(zh="元", en="yuan")
REMOVED: Final = Label(zh="不再要求", en="no longer required")


def meanings(found: Declarations) -> dict[str, Label]:
    """Return what each fact, reading, decision and parameter means."""
    facts = {name: _fact(fact, found) for name, fact in found.facts.items()}
    readings = {name: _reading(reading) for name, reading in found.readings.items()}
    decisions = {name: _decision(decision) for name, decision in found.decisions.items()}
    parameters = {name: _parameter(parameter, found) for name, parameter in found.parameters.items()}
    return {**facts, **readings, **decisions, **parameters}


def _fact(fact: Fact, found: Declarations) -> Label:
    kind = found.enumerations.get(fact.type.enumeration or "")
    values = [] if kind is None else [_named(zip(kind.values, kind.labels, strict=True))]
    return _told(_with_unit(fact.label, fact.unit), fact.question, fact.definition, *values)


def _reading(reading: ReadingDeclaration) -> Label:
    return _told(reading.label, reading.definition, _named(zip(reading.options, reading.option_labels, strict=True)))


def _decision(decision: DecisionDeclaration) -> Label:
    return _told(decision.label, decision.question, decision.definition)


def _parameter(parameter: ParameterDeclaration, found: Declarations) -> Label:
    unit = YUAN if parameter.type.kind == "money" else parameter.unit
    types = [found.index_type(index) for index in parameter.indexed_by]
    kinds = [found.enumerations[kind.enumeration] for kind in types if kind is not None and kind.enumeration]
    local = [(change.path, change.package.id, change.value) for change in found.changes if change.value is not None]
    values = [("", value) for value in parameter.values]
    values += [(package, value) for path, package, value in local if path == parameter.name]
    told = (_value(parameter, value, kinds, package) for package, value in values)
    return _told(_with_unit(parameter.label, unit), parameter.definition, *told)


def _value(parameter: ParameterDeclaration, value: DatedValue, kinds: list[Enumeration], package: str) -> Label:
    """Return a number with its time, its provisions, and the local package that states it."""
    numbers = [
        _entry(kinds, name, str(parameter.type.decode_number(number))) for name, number in (value.numbers or {}).items()
    ]
    said = _joined(numbers) if numbers else REMOVED
    place, cited = f"{package} " if package else "", _cited(value.citations)
    zh, en = _time(value.period)
    return Label(zh=f"{place}{zh}{said.zh}（{cited.zh}）", en=f"{place}{en}{said.en} ({cited.en})")


def _entry(kinds: list[Enumeration], name: str, number: str) -> Label:
    parts = list(zip(kinds, name.split("/"), strict=False))
    labels = [kind.labels[kind.values.index(value)] for kind, value in parts]
    return Label(
        zh=" ".join((*(label.zh for label in labels), number)), en=" ".join((*(label.en for label in labels), number))
    )


def _time(period: Period) -> tuple[str, str]:
    start, end = period.start, period.end
    zh = f"{f'{start} 起' if start else ''}{f'至 {end} 前' if end else ''}"
    en = f"{f'from {start} ' if start else ''}{f'until {end} ' if end else ''}"
    return f"{zh}：" if zh else "", f"{en.strip()}: " if en else ""


def _cited(citations: Iterable[Citation]) -> Label:
    return _joined([_place(citation) for citation in citations])


def _place(citation: Citation) -> Label:
    zh, en = f"{citation.title.zh}{citation.article.zh}", f"{citation.title.en} {citation.article.en}"
    return Label(zh=zh, en=en.strip())


def _named(named: Iterable[tuple[str, Label]]) -> Label:
    """Return names with their labels, the first few."""
    every = [Label(zh=f"{name} {label.zh}", en=f"{name} {label.en}") for name, label in named]
    return _joined([*every[:FEW], *([Label(zh="…", en="…")] if len(every) > FEW else [])])


def _with_unit(label: Label, unit: Label | None) -> Label:
    return label if unit is None else Label(zh=f"{label.zh}（{unit.zh}）", en=f"{label.en} ({unit.en})")


def _joined(labels: Iterable[Label]) -> Label:
    every = list(labels)
    return Label(zh="、".join(label.zh for label in every), en=", ".join(label.en for label in every))


def _told(*texts: Label | None) -> Label:
    """Return texts one after the other, each once and closed as a sentence."""
    said = list(dict.fromkeys(text for text in texts if text is not None))
    zh, en = _closed((text.zh for text in said), "。"), _closed((text.en for text in said), ".")
    return Label(zh="".join(zh), en=" ".join(en))


def _closed(texts: Iterable[str], point: str) -> Iterator[str]:
    for text in texts:
        yield text if text.endswith(("。", "？", "?", ".", "！")) else f"{text}{point}"
