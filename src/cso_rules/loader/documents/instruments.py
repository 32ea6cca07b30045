"""From the nodes of `instruments.yaml` to citations, and to what the package says about each provision."""

from __future__ import annotations

import attrs

from cso_rules.loader.documents.declarations import (
    Declarations,
    ProvisionDeclaration,
    SourceDeclaration,
)
from cso_rules.loader.documents.periods import Period
from cso_rules.loader.documents.reader import REFERENCE, Reader
from cso_rules.loader.grammar.instruments import AMENDMENT, INSTRUMENT, INSTRUMENTS, PROVISION
from cso_rules.loader.grammar.words import CONFIDENCES, INSTRUMENT_KINDS, PROVISION_STATUSES
from cso_rules.loader.text.yaml_nodes import Node
from cso_rules.model.instruments import Amendment, Citation, Label

NO_LABEL = Label(zh="", en="")


@attrs.frozen(kw_only=True)
class _Instrument:
    """What provisions take over from their instrument."""

    name: str
    title: Label
    number: str
    confidence: str
    period: Period


def read_instruments(reader: Reader, node: Node, found: Declarations) -> None:
    """Read `instruments.yaml` into citations and provisions."""
    entries = reader.mapping(node, INSTRUMENTS)
    for item in reader.items(entries.get("instruments")):
        _instrument(reader, item, found)


def _instrument(reader: Reader, node: Node, found: Declarations) -> None:
    entries = reader.mapping(node, INSTRUMENT)
    instrument = _Instrument(
        name=reader.identifier(entries.get("id"), REFERENCE),
        title=reader.label(entries.get("title")),
        number=reader.text(entries.get("number")),
        confidence=reader.choice(entries.get("confidence"), CONFIDENCES, "K"),
        period=reader.period(entries.get("in_force")),
    )
    scope = reader.scalar(entries["applies_when"]) if "applies_when" in entries else None
    if scope is not None:
        found.scopes[instrument.name] = scope
    if "amended_unseen" in entries:
        _amendment(reader, entries["amended_unseen"], instrument, found)
    found.kinds[instrument.name] = reader.choice(entries.get("kind"), INSTRUMENT_KINDS, "")
    found.sources[instrument.name] = SourceDeclaration(
        title=instrument.title,
        checked_on=reader.date(entries.get("checked_on")),
        url=reader.address(entries.get("url")),
        span=node.span,
    )
    for item in reader.items(entries.get("provisions")):
        provision = _provision(reader, item, instrument)
        name = f"{instrument.name} {provision.citation.provision}"
        reader.add(found.provisions, name, provision, item.span)
        found.citations.setdefault(name, provision.citation)


def _amendment(reader: Reader, node: Node, instrument: _Instrument, found: Declarations) -> None:
    """Read that an instrument was changed by a text that was not seen, on a day on which it was in force."""
    entries = reader.mapping(node, AMENDMENT)
    day, by = reader.date(entries.get("on")), reader.label(entries.get("by"))
    if day is None:
        return
    if day not in instrument.period:
        reader.report("amended-out-of-force", entries["on"].span, name=instrument.name, found=day.isoformat())
    found.amendments[instrument.name] = Amendment(
        instrument=instrument.name, title=instrument.title, number=instrument.number, on=day, by=by
    )


def _provision(reader: Reader, node: Node, instrument: _Instrument) -> ProvisionDeclaration:
    entries = reader.mapping(node, PROVISION)
    citation = _citation(reader, entries, instrument)
    status = reader.choice(entries.get("status"), PROVISION_STATUSES, "encoded")
    if status != "encoded" and "reason" not in entries:
        reader.report("missing-key", entries["status"].span, key="reason", name="reason")
    covers = tuple(reader.identifier(item, REFERENCE) for item in reader.items(entries.get("covers")))
    return ProvisionDeclaration(
        citation=citation,
        status=status,  # type: ignore[arg-type]
        reason=reader.optional_label(entries.get("reason")),
        covers=covers or (citation.provision,),
        period=reader.period(entries["in_force"]) if "in_force" in entries else instrument.period,
        span=node.span,
    )


def _citation(reader: Reader, entries: dict[str, Node], instrument: _Instrument) -> Citation:
    return Citation(
        instrument=instrument.name,
        provision=reader.identifier(entries.get("id"), REFERENCE),
        title=instrument.title,
        number=instrument.number,
        article=reader.optional_label(entries.get("article")) or NO_LABEL,
        summary=reader.label(entries.get("summary")),
        confidence=reader.choice(entries.get("confidence"), CONFIDENCES, instrument.confidence),  # type: ignore[arg-type]
    )
