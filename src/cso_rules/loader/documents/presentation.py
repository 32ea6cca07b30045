"""What `package.yaml` says of how the package is shown: entities, the headline, lists, addressees and targets.

Entities are read with the file, for everything else refers to them. The rest names decisions, facts and parameters;
it is read when all of them are there, each key from the nearest package that states it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from cso_rules.loader.documents.declarations import Declarations
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.grammar.packages import DESCRIBED, LISTS, NOTICES, TARGET
from cso_rules.loader.text.yaml_nodes import MappingNode, Node
from cso_rules.model.presentation import UNSTATED, Entities, Entity, Lists, NoticeWords, Presentation, Target


def read_entities(reader: Reader, node: Node | None) -> Entities:
    """Return the entities of a package; a package that names none is about one without a name of its own."""
    found: dict[str, Entity] = {}
    items = reader.items(node)
    names = [reader.text(entries["id"]) for entries in map(_entries, items) if "id" in entries]
    for item in items:
        entity = _entity(reader, item, names)
        reader.add(found, entity.name, entity, item.span)
    return Entities(all=tuple(found.values()) or (UNSTATED,))


def _entries(node: Node) -> dict[str, Node]:
    return {key.text: value for key, value in getattr(node, "entries", ())}


def _entity(reader: Reader, node: Node, names: Collection[str]) -> Entity:
    entries = reader.mapping(node, DESCRIBED)
    label = reader.label(entries.get("label"))
    return Entity(
        name=reader.identifier(entries.get("id")),
        label=label,
        plural=reader.text(entries.get("plural"), "?"),
        definition=reader.optional_label(entries.get("definition")) or label,
        within=_name(reader, entries.get("within"), names) or None,
        id_columns=reader.texts(entries.get("id_columns")),
        name_columns=reader.texts(entries.get("name_columns")),
    )


def _name(reader: Reader, node: Node | None, known: Collection[str]) -> str:
    """Return a name; report one that is not known, and leave it out."""
    name = reader.text(node)
    if node is None or not name or name in known:
        return name
    reader.unknown("unknown-name", node.span, name, known)
    return ""


def _by_name(reader: Reader, node: Node | None, known: Collection[str]) -> dict[str, Node]:
    """Return the entries of a mapping whose keys are names of the package."""
    if not isinstance(node, MappingNode):
        return {} if node is None else reader.named(node)
    return {name: value for key, value in node.entries if (name := _name(reader, key, known))}


def _names(reader: Reader, node: Node | None, known: Collection[str]) -> tuple[str, ...]:
    found = (_name(reader, item, known) for item in reader.items(node))
    return tuple(name for name in found if name)


def presentation_of(found: Declarations, reader: Reader) -> Presentation:
    """Return how the answers are shown; report names that nothing has, unless other faults may be the reason."""
    own = Reader()
    presentation = _presentation(found, own)
    reader.diagnostics += [fault for fault in own.diagnostics if fault.code != "unknown-name" or not reader.diagnostics]
    return presentation


def _presentation(found: Declarations, reader: Reader) -> Presentation:
    headings = _by_name(reader, found.stated.get("headings"), found.decisions)
    return Presentation(
        headline=_name(reader, found.stated.get("headline"), found.decisions) or _first_decision(found),
        headings={name: reader.label(label) for name, label in headings.items()},
        lists=_lists(reader, found),
        addressees=_name(reader, found.stated.get("addressees"), found.enumerations) or None,
        roles=_name(reader, found.stated.get("roles"), found.enumerations) or None,
        notices=_notices(reader, found),
        targets=tuple(_targets(reader, found)),
        other_columns=reader.texts(found.stated.get("other_columns")),
        topics=reader.texts(found.stated.get("topics")),
        entities=found.entities,
    )


def addressees_of(found: Declarations) -> str | None:
    """Return the enumeration of those whom rules address; one that is not there is reported with the rest."""
    name = getattr(found.stated.get("addressees"), "text", "")
    return name if name in found.enumerations else None


def _first_decision(found: Declarations) -> str:
    """Return the decision that is asked for first, or else the first by name."""
    asked = next((package.ask_order for package in reversed(found.packages) if package.ask_order), ())
    subject = found.entities.subject.name
    own = sorted(name for name, decision in found.decisions.items() if decision.entity == subject)
    return next((node.text for node in asked if node.text in own), own[0] if own else "")


def _lists(reader: Reader, found: Declarations) -> Lists:
    if "lists" not in found.stated:
        return Lists()
    entries = reader.mapping(found.stated["lists"], LISTS)
    named = {key: _names(reader, entries.get(key), found.decisions) for key in LISTS.known if key != "remarks"}
    return Lists(**named, remarks=_name(reader, entries.get("remarks"), found.decisions) or None)


def _notices(reader: Reader, found: Declarations) -> NoticeWords:
    if "notices" not in found.stated:
        return NoticeWords()
    entries = reader.mapping(found.stated["notices"], NOTICES)
    addressees = found.enumerations.get(addressees_of(found) or "")
    answers = _by_name(reader, entries.get("answers"), headline_values(found))
    lists = {key: _names(reader, entries.get(key), found.decisions) for key in ("support", "steps", "duties")}
    return NoticeWords(
        **lists,
        title=reader.optional_label(entries.get("title")),
        sheet=reader.optional_label(entries.get("sheet")),
        asked=reader.optional_label(entries.get("asked")),
        self_name=_name(reader, entries.get("self"), addressees.values if addressees else ()) or None,
        answers={name: reader.label(label) for name, label in answers.items()},
        notes=_name(reader, entries.get("notes"), found.sources) or None,
    )


def headline_values(found: Declarations) -> tuple[str, ...]:
    """Return the answers that the headline may have."""
    decision = found.decisions.get(getattr(found.stated.get("headline"), "text", "") or _first_decision(found))
    enumeration = found.enumerations.get(dict(decision.columns).get("", "")) if decision is not None else None
    return () if enumeration is None else enumeration.values


def _targets(reader: Reader, found: Declarations) -> Iterator[Target]:
    for node in reader.items(found.stated.get("targets")):
        entries = reader.mapping(node, TARGET)
        enumerated = {name: fact for name, fact in found.facts.items() if fact.type.kind == "enumeration"}
        of = _by_name(reader, entries.get("of"), enumerated)
        decided = {
            key: _name(reader, entries.get(key), found.decisions) or None
            for key in ("status", "reached", "shortfall", "due")
        }
        for fact, value in list(of.items())[:1]:
            yield Target(
                fact=fact,
                enumeration=enumerated[fact].type.enumeration or "",
                value=reader.choice(value, enumerated[fact].type.values, enumerated[fact].type.values[0]),
                counted=_name(reader, entries.get("counted"), found.facts),
                sites=_name(reader, entries.get("sites"), found.facts),
                average=_name(reader, entries.get("average"), found.parameters) or None,
                status=decided.pop("status") or "",
                **decided,
            )
