"""Aggregates of `vocabulary.yaml`: facts of an area or community that are counted from what lies in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cso_rules.loader.documents.declarations import AggregateDeclaration, DecisionDeclaration, Declarations
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.grammar.vocabulary import AGGREGATE
from cso_rules.loader.text.yaml_nodes import Node, ScalarNode
from cso_rules.model.decisions import MULTIPLE_HITS
from cso_rules.model.instruments import Citation
from cso_rules.model.policy import Aggregate, Fact

ReadCitations = Callable[[Reader, dict[str, Node], Declarations], tuple[Citation, ...]]


def read_aggregate(reader: Reader, node: Node, found: Declarations, read_citations: ReadCitations) -> None:
    """Read one aggregate; the facts of the vocabulary are read already."""
    entries = reader.mapping(node, AGGREGATE)
    counts = reader.choice(entries.get("counts"), found.entities.placed, found.entities.subject.name)
    name = reader.identifier(entries.get("id"))
    if name:
        _check_counted(reader, entries["id"], name, found, found.entities.around(counts))
    declaration = AggregateDeclaration(
        name=name,
        counts=counts,
        where=reader.scalar(entries["where"]) if "where" in entries else None,
        by=tuple(_values(reader, entries["by"], found)) if "by" in entries else (),
        citations=read_citations(reader, entries, found),
    )
    reader.add(found.aggregates, name, declaration, node.span)


def _check_counted(reader: Reader, node: Node, name: str, found: Declarations, entities: tuple[str, ...]) -> None:
    """Report a fact that is unknown, no whole number, or not of something larger than what is counted."""
    fact = found.facts.get(name)
    if fact is None:
        reader.unknown(
            "unknown-name", node.span, name, [fact.name for fact in found.facts.values() if _fits(fact, found)]
        )
    elif fact.type.kind != "integer":
        reader.report("wrong-type", node.span, expected="integer", found=fact.type.kind)
    elif fact.entity not in entities:
        expected = ", ".join(f"entity: {entity}" for entity in entities)
        reader.report("wrong-value", node.span, expected=expected, found=f"{name} (entity: {fact.entity})", key="id")


def _fits(fact: Fact, found: Declarations) -> bool:
    return fact.type.kind == "integer" and fact.entity != found.entities.subject.name


def _values(reader: Reader, node: Node, found: Declarations) -> Iterator[tuple[str, str]]:
    placed = found.entities.placed
    facts = {
        fact.name: fact for fact in found.facts.values() if fact.type.kind == "enumeration" and fact.entity in placed
    }
    for name, value in reader.named(node, tuple(facts)).items():
        yield name, reader.choice(value, facts[name].type.values, facts[name].type.values[0])


def aggregates_of(found: Declarations, entity: str, reader: Reader) -> dict[str, Aggregate]:
    """Return the aggregates that give facts of an entity; report a `where` that names nothing true or false."""
    aggregates = {}
    for name, declared in found.aggregates.items():
        if declared.where is not None:
            _check_where(reader, declared.where, declared.counts, found)
        fact = found.facts.get(name)
        if fact is not None and fact.entity == entity:
            aggregates[name] = _aggregate(declared, found)
    return aggregates


def _aggregate(declared: AggregateDeclaration, found: Declarations) -> Aggregate:
    return Aggregate(
        name=declared.name,
        counts=declared.counts,
        where=None if declared.where is None else declared.where.text,
        by=tuple((name, _counting_as(name, value, found)) for name, value in declared.by),
        citations=declared.citations,
    )


def _counting_as(fact: str, value: str, found: Declarations) -> tuple[str, ...]:
    """Return a value with the local ones that count as it."""
    kind = found.facts[fact].type
    maps = found.enumerations[kind.enumeration or ""].maps_to if kind.enumeration in found.enumerations else ()
    return (value, *(local for local, target in maps if target == value))


def _check_where(reader: Reader, node: ScalarNode, counts: str, found: Declarations) -> None:
    facts = [fact for fact in found.facts.values() if fact.entity == counts]
    decisions = [decision for decision in found.decisions.values() if decision.entity == counts]
    boolean = {fact.name for fact in facts if fact.type.kind == "boolean"}
    boolean |= {decision.name for decision in decisions if _is_boolean(decision)}
    if node.text in boolean:
        return
    if node.text in {*(fact.name for fact in facts), *(decision.name for decision in decisions)}:
        reader.report("wrong-type", node.span, expected="boolean", found=node.text)
    else:
        reader.unknown("unknown-name", node.span, node.text, boolean)


def _is_boolean(decision: DecisionDeclaration) -> bool:
    if decision.form == "criteria":
        return True
    if decision.type is not None:
        return decision.type.kind == "boolean"
    return [name for _, name in decision.columns] == ["boolean"] and decision.hit_policy not in MULTIPLE_HITS
