"""From positioned nodes to declarations, one function for each kind of rule file."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from cso_rules.loader.codes import NATIONAL, PROVINCES, UNPLACED
from cso_rules.loader.documents.aggregates import read_aggregate
from cso_rules.loader.documents.declarations import (
    ConstraintDeclaration,
    DatedPresumption,
    DatedValue,
    Declarations,
    PackageDeclaration,
    ParameterDeclaration,
    ReadingDeclaration,
)
from cso_rules.loader.documents.enumeration_extensions import extend_enumeration, words_of
from cso_rules.loader.documents.fact_headings import read_headings, refuse_shared
from cso_rules.loader.documents.instruments import read_instruments
from cso_rules.loader.documents.periods import Period, gapped, overlapping
from cso_rules.loader.documents.presentation import read_entities
from cso_rules.loader.documents.reader import REFERENCE, Reader
from cso_rules.loader.grammar.decisions import BOUNDS, DATED_VALUE, PARAMETER, PARAMETERS
from cso_rules.loader.grammar.packages import LOCAL_PACKAGE, PACKAGE, PRESENTED, VALIDITY
from cso_rules.loader.grammar.vocabulary import (
    CONSTRAINT,
    ENUMERATION,
    FACT,
    JUDGED,
    PRESUMED,
    READING,
    READING_OPTION,
    VALUE,
    VOCABULARY,
)
from cso_rules.loader.grammar.words import DELEGATIONS, DURATION_UNITS, KINDS, PACKAGE_STATUSES
from cso_rules.loader.text.yaml_nodes import MappingNode, Node, ScalarNode, SequenceNode
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.policy import Enumeration, Fact, Presumption
from cso_rules.model.types import Kind, Type, Value
from cso_rules.source import Span

Named = TypeVar("Named")
UNNAMED = "?"
"""Stands for the name of a package where `extends` has no name."""
DATE_BOUNDS = (693596, 803169)
"""Ordinals of 1900-01-01 and 2200-01-01."""


def read_package(reader: Reader, node: Node, found: Declarations) -> None:
    """Read `package.yaml`."""
    is_local = isinstance(node, MappingNode) and node.get("extends") is not None
    entries = reader.mapping(node, LOCAL_PACKAGE if is_local else PACKAGE)
    if not is_local:
        found.entities = read_entities(reader, entries.get("entities"))
    found.stated.update({key.name: entries[key.name] for key in PRESENTED if key.name in entries})
    status = reader.choice(entries.get("status"), PACKAGE_STATUSES, "in_force")
    period, is_end_confirmed = _validity(reader, entries.get("in_force"))
    if status in {"superseded", "expired"} and period.end is None and is_end_confirmed:
        reader.report("missing-key", entries["status"].span, key="until", name=status)
    supersedes = reader.scalar(entries["supersedes"]) if "supersedes" in entries else None
    if supersedes is not None and period.start is None:
        reader.report("missing-key", first_line(supersedes.span), key="from", name="supersedes")
    found.packages.append(
        PackageDeclaration(
            id=reader.identifier(entries.get("id"), REFERENCE),
            title=reader.label(entries.get("title")),
            jurisdiction=_jurisdiction(reader, entries.get("jurisdiction"), found, is_local=is_local),
            status=status,
            period=period,
            is_start_confirmed=reader.choice(entries.get("start_confirmed"), ("true", "false"), "true") == "true",
            is_in_preparation=reader.boolean(entries.get("in_preparation")),
            is_end_confirmed=is_end_confirmed
            and reader.choice(entries.get("end_confirmed"), ("true", "false"), "true") == "true",
            extends=_extends(reader, entries.get("extends")),
            supersedes=supersedes,
            ask_order=_scalars(reader, entries.get("ask_order")),
            span=(entries.get("extends") or entries.get("id") or node).span,
        )
    )
    found.supersede(found.packages[-1])


def _scalars(reader: Reader, node: Node | None) -> tuple[ScalarNode, ...]:
    found = (reader.scalar(item) for item in reader.items(node))
    return tuple(item for item in found if item is not None)


def _validity(reader: Reader, node: Node | None) -> tuple[Period, bool]:
    """Return the time of a package, and whether its end is known; `until: not_seen` says that it is not."""
    if not isinstance(node, MappingNode):
        return reader.period(node), True
    entries = reader.mapping(node, VALIDITY)
    end = entries.get("until")
    if isinstance(end, ScalarNode) and end.text == "not_seen":
        del entries["until"]
        return reader.period_of(entries, node.span), False
    return reader.period_of(entries, node.span), True


def _extends(reader: Reader, node: Node | None) -> str | None:
    """Return the name of the package that is extended, never a path; None where the key is absent."""
    return None if node is None else reader.identifier(node, REFERENCE) or UNNAMED


def _jurisdiction(reader: Reader, node: Node | None, found: Declarations, *, is_local: bool) -> str:
    """Return `cn`, a code or `none`; a local package has no `cn`, and lies within what it extends."""
    code, outer = reader.text(node), found.packages[-1].jurisdiction if found.packages else ""
    is_code = code.isdigit() and len(code) in {2, 4, 6} and code[:2] in PROVINCES and not code.endswith("00")
    is_within = not outer.isdigit() or code.startswith(outer)
    fits = code == UNPLACED or (is_code and is_within) or (code == NATIONAL and not is_local)
    if node is not None and code and not fits:
        others = "GB/T 2260" if is_local else f"{NATIONAL}, {UNPLACED}, GB/T 2260"
        expected = f"{outer}..." if outer.isdigit() else others
        reader.report("wrong-value", node.span, key="jurisdiction", found=code, expected=expected)
    return code


def read_vocabulary(reader: Reader, node: Node, found: Declarations) -> None:
    """Read `vocabulary.yaml`: enumerations first, for facts refer to them."""
    entries = reader.mapping(node, VOCABULARY)
    for item in reader.items(entries.get("enumerations")):
        if isinstance(item, MappingNode) and item.get("extends") is not None:
            extend_enumeration(reader, item, found)
            continue
        enumeration = _enumeration(reader, item)
        _add(reader, found.enumerations, enumeration.name, enumeration, item.span)
    for item in reader.items(entries.get("facts")):
        fact = _fact(reader, item, found)
        refuse_shared(reader, fact, item, found.facts)
        _add(reader, found.facts, fact.name, fact, item.span)
        if isinstance(item, MappingNode) and (presumed := item.get("presumed")) is not None:
            found.presumptions[fact.name] = _presumptions(reader, presumed, fact.type, found, fact.name)
    for item in reader.items(entries.get("readings")):
        reading = _reading(reader, item, found)
        _add(reader, found.readings, reading.name, reading, item.span)
    found.constraints += [
        constraint
        for item in reader.items(entries.get("constraints"))
        if (constraint := _constraint(reader, item, found))
    ]
    for item in reader.items(entries.get("aggregates")):
        read_aggregate(reader, item, found, _optional_citations)


def _enumeration(reader: Reader, node: Node) -> Enumeration:
    entries = reader.mapping(node, ENUMERATION)
    values = [reader.mapping(item, VALUE) for item in reader.items(entries.get("values"))]
    _refuse_repeated(reader, values)
    name = reader.identifier(entries.get("id"))
    label = entries.get("label")
    return Enumeration(
        name=name,
        label=reader.label(label) if label else Label(zh=name, en=name),
        values=tuple(reader.identifier(value.get("id")) for value in values),
        labels=tuple(reader.label(value.get("label")) for value in values),
        aliases=tuple(reader.texts(value.get("aliases")) for value in values),
        words=tuple(pair for value in values for pair in words_of(reader, value)),
    )


def _refuse_repeated(reader: Reader, items: list[dict[str, Node]]) -> None:
    """Report an id that stands twice in one list of values or options."""
    seen: set[str] = set()
    for node in [item["id"] for item in items if "id" in item]:
        if isinstance(node, ScalarNode) and node.text in seen:
            reader.report("repeated-identifier", node.span, name=node.text)
        elif isinstance(node, ScalarNode):
            seen.add(node.text)


def _fact(reader: Reader, node: Node, found: Declarations) -> Fact:
    entries = reader.mapping(node, FACT)
    kind = read_type(reader, entries, found)
    return Fact(
        name=reader.identifier(entries.get("id")),
        type=kind,
        label=reader.label(entries.get("label")),
        question=reader.label(entries.get("question")),
        definition=reader.label(entries.get("definition")),
        aliases=reader.texts(entries.get("aliases")),
        headings=read_headings(reader, entries, kind),
        unit=reader.optional_label(entries.get("unit")),
        entity=reader.choice(entries.get("entity"), found.entities.names, found.entities.subject.name),
        is_changeable=reader.boolean(entries.get("changeable")),
        **_judged(reader, entries.get("judged"), found),
        is_personal=reader.boolean(entries.get("personal")),
        lists_are_complete=_complete(reader, entries, kind),
        span=node.span,
    )


def _complete(reader: Reader, entries: dict[str, Node], kind: Type) -> bool:
    """Return whether a list given for a set holds all of its members; nothing else has lists."""
    if "complete" in entries and kind.kind != "set":
        reader.report("wrong-type", entries["complete"].span, expected="set", found=kind.kind)
    return "complete" not in entries or reader.boolean(entries["complete"])


def _judged(reader: Reader, node: Node | None, found: Declarations) -> dict[str, Any]:
    """Return whether a fact is judged, and, where that is said, by whom and on which basis."""
    if not isinstance(node, MappingNode):
        return {"is_judged": reader.boolean(node)}
    entries = reader.mapping(node, JUDGED)
    basis = read_citations(reader, entries["basis"], found, node.span, "basis") if "basis" in entries else ()
    return {"is_judged": True, "judged_by": _judge(reader, entries.get("by"), found), "judged_on_basis": basis}


def _judge(reader: Reader, node: Node | None, found: Declarations) -> Label | None:
    """Return who judges: a label, or that of a value of an enumeration."""
    if not isinstance(node, ScalarNode):
        return reader.optional_label(node)
    pairs = (zip(known.values, known.labels, strict=True) for known in found.enumerations.values())
    labels = {value: label for pair in pairs for value, label in pair}
    if node.text not in labels:
        reader.unknown("unknown-name", node.span, node.text, labels)
    return labels.get(node.text)


def _presumptions(
    reader: Reader, node: Node, kind: Type, found: Declarations, name: str
) -> tuple[DatedPresumption, ...]:
    """Return what is presumed of a fact, in one period or several."""
    items = node.items if isinstance(node, SequenceNode) else (node,)
    dated = []
    for item in items:
        entries = reader.mapping(item, PRESUMED)
        value = _presumed_value(reader, entries["value"], kind) if "value" in entries else None
        if value is not None:
            citations = read_citations(reader, entries.get("cite"), found, item.span, name)
            presumed = Presumption(value=value, citations=citations)
            dated.append(DatedPresumption(period=reader.period_of(entries, item.span), presumed=presumed))
    reader.diagnostics += overlapping(name, [each.period for each in dated])
    return tuple(dated)


def _presumed_value(reader: Reader, node: Node, kind: Type) -> Value | None:
    """Return the value of a fact that is presumed; None for one that cannot be, which is reported."""
    match kind.kind:
        case "boolean":
            return reader.boolean(node)
        case "enumeration":
            return reader.choice(node, kind.values, kind.values[0])
        case "set":
            return frozenset(reader.choice(item, kind.values, kind.values[0]) for item in reader.items(node))
        case "date":
            return reader.date(node)
        case "text":
            reader.report("wrong-type", node.span, expected="enumeration", found="text")
            return None
        case _:
            return kind.decode_number(_within(reader, node, kind))


def read_type(reader: Reader, entries: dict[str, Node], found: Declarations) -> Type:
    """Return the type that `type`, `enumeration`, `scale`, `minimum` and `maximum` declare."""
    kind: Any = reader.choice(entries.get("type"), KINDS, "boolean")
    if kind in {"enumeration", "set"}:
        if "enumeration" not in entries:
            reader.report("missing-key", entries["type"].span, key="enumeration", name="enumeration")
        return enumeration_type(reader, entries.get("enumeration"), found, kind)
    if kind == "date":
        low, high = reader.date(entries.get("minimum")), reader.date(entries.get("maximum"))
        first, last = low.toordinal() if low else DATE_BOUNDS[0], high.toordinal() if high else DATE_BOUNDS[1]
        return _bounded(reader, entries, Type(kind="date", minimum=first, maximum=last))
    scale = 2 if kind == "money" else _scale(reader, entries.get("scale"))
    least = reader.number(entries.get("minimum"), scale, 0)
    greatest = reader.number(entries.get("maximum"), scale, 10**12 * 10**scale)
    return _bounded(reader, entries, Type(kind=kind, scale=scale, minimum=least, maximum=greatest))


def _bounded(reader: Reader, entries: dict[str, Node], kind: Type) -> Type:
    place = entries.get("maximum") or entries.get("minimum")
    if place is not None and kind.minimum > kind.maximum:
        shown = [reader.text(entries.get(key), "...") for key in ("minimum", "maximum")]
        reader.report("reversed-interval", place.span, found="..".join(shown))
    return kind


def _scale(reader: Reader, node: Node | None) -> int:
    """Return the digits after the decimal point; few, for numbers are kept as powers of ten."""
    return int(reader.choice(node, tuple("0123456789"), "0"))


def enumeration_type(reader: Reader, node: Node | None, found: Declarations, kind: Kind = "enumeration") -> Type:
    """Return the type of a named enumeration; report an unknown name."""
    name = reader.text(node)
    if name not in found.enumerations:
        if node is not None:
            reader.unknown("unknown-enumeration", node.span, name, found.enumerations)
        return Type(kind=kind, values=("unknown_value",), enumeration=name)
    return Type(kind=kind, values=found.enumerations[name].values, enumeration=name)


def _reading(reader: Reader, node: Node, found: Declarations) -> ReadingDeclaration:
    entries = reader.mapping(node, READING)
    options = [reader.mapping(item, READING_OPTION) for item in reader.items(entries.get("options"))]
    _refuse_repeated(reader, options)
    names = tuple(reader.identifier(option.get("id")) for option in options)
    label = reader.label(entries.get("label"))
    default = reader.choice(entries.get("default"), names, "")
    return ReadingDeclaration(
        name=reader.identifier(entries.get("id")),
        label=label,
        definition=reader.optional_label(entries.get("definition")) or label,
        options=names,
        option_labels=tuple(reader.label(option.get("label")) for option in options),
        default=default or None,
        citations=_optional_citations(reader, entries, found),
    )


def _constraint(reader: Reader, node: Node, found: Declarations) -> ConstraintDeclaration | None:
    entries = reader.mapping(node, CONSTRAINT)
    when = reader.scalar(entries["when"]) if "when" in entries else None
    name, message = reader.identifier(entries.get("id")), reader.label(entries.get("message"))
    citations = _optional_citations(reader, entries, found)
    if when is None:
        return None
    about = found.entities.subject.name
    return ConstraintDeclaration(id=name, when=when, message=message, entity=about, citations=citations)


def _optional_citations(reader: Reader, entries: dict[str, Node], found: Declarations) -> tuple[Citation, ...]:
    """Return what a reading or constraint cites; most rest on no provision of their own."""
    return read_citations(reader, entries["cite"], found, entries["cite"].span, "cite") if "cite" in entries else ()


def read_parameters(reader: Reader, node: Node, found: Declarations) -> None:
    """Read a file of `parameters/`."""
    entries = reader.mapping(node, PARAMETERS)
    for item in reader.items(entries.get("parameters")):
        parameter = _parameter(reader, item, found)
        _add(reader, found.parameters, parameter.name, parameter, item.span)


def _parameter(reader: Reader, node: Node, found: Declarations) -> ParameterDeclaration:
    entries = reader.mapping(node, PARAMETER)
    bounds = reader.mapping(entries["delegation_bounds"], BOUNDS) if "delegation_bounds" in entries else {}
    kind = read_type(reader, entries, found)
    index = read_indexes(reader, entries.get("indexed_by"), found)
    name = reader.identifier(entries.get("id"))
    values = tuple(read_dated(reader, item, kind, index, found, name) for item in reader.items(entries.get("values")))
    _check_dates(reader, name, values, found)
    return ParameterDeclaration(
        name=name,
        label=reader.label(entries.get("label")),
        type=kind,
        indexed_by=index,
        duration_unit=_duration_unit(reader, entries.get("duration_unit"), kind),
        delegation=reader.choice(entries.get("delegation"), DELEGATIONS, "") or None,
        values=values,
        least=reader.number(bounds["minimum"], kind.scale, 0) if "minimum" in bounds else None,
        greatest=reader.number(bounds["maximum"], kind.scale, 0) if "maximum" in bounds else None,
        checked_on=reader.date(entries.get("checked_on")),
        unit=reader.optional_label(entries.get("unit")),
        definition=reader.optional_label(entries.get("definition")),
        span=node.span,
    )


def _check_dates(reader: Reader, name: str, values: tuple[DatedValue, ...], found: Declarations) -> None:
    """Report values that overlap or leave a hole, and a last one that ends while its package goes on."""
    periods = [value.period for value in values]
    reader.diagnostics += [*overlapping(name, periods), *gapped(name, periods)]
    ends = [period.end or datetime.date.max for period in periods]
    last = max(ends, default=datetime.date.max)
    whole = found.packages[-1].period.end or datetime.date.max if found.packages else datetime.date.max
    removed = any(value.numbers is None for value, end in zip(values, ends, strict=True) if end == last)
    if last < whole and not removed:
        reader.report("open-end", periods[ends.index(last)].span, name=name, found=last.isoformat())


def _duration_unit(reader: Reader, node: Node | None, kind: Type) -> str | None:
    """Return what a whole number counts that may move a date."""
    if node is not None and kind.kind != "integer":
        reader.report("wrong-type", node.span, expected="integer", found=kind.kind)
        return None
    return reader.choice(node, (*DURATION_UNITS,), "") or None


def read_indexes(reader: Reader, node: Node | None, found: Declarations) -> tuple[str, ...]:
    """Return the facts and decisions that select a number, one or a list; report those that cannot."""
    items = () if node is None else (node,) if isinstance(node, ScalarNode) else reader.items(node)
    return tuple(name for item in items if (name := _index(reader, item, found)))


def _index(reader: Reader, node: Node, found: Declarations) -> str:
    name = reader.text(node)
    if found.index_type(name) is not None:
        return name
    if name in found.facts:
        reader.report("wrong-type", node.span, expected="enumeration", found=found.facts[name].type.kind)
    elif name in found.decisions:
        reader.report("wrong-type", node.span, expected="enumeration", found=found.decisions[name].form)
    else:
        reader.unknown("unknown-name", node.span, name, found.index_names())
    return ""


def read_dated(  # noqa: PLR0913, PLR0917 - what it takes over from its parameter
    reader: Reader,
    node: Node,
    kind: Type,
    index: tuple[str, ...],
    found: Declarations,
    name: str,
    known: dict[str, Node] | None = None,
) -> DatedValue:
    """Return a value with its time; `known` holds its entries when they are read already."""
    entries = reader.mapping(node, DATED_VALUE) if known is None else known
    is_removed = reader.boolean(entries.get("removed"))
    if is_removed and "value" in entries:
        reader.report(
            "unknown-key", entries["value"].span, key="value", name="value", suggestion="", expected="removed"
        )
    numbers = (
        None
        if is_removed
        else _numbers(reader, entries.get("value"), kind, [found.index_type(name) for name in index], node.span)
    )
    return DatedValue(
        period=reader.period_of(entries, node.span),
        numbers=numbers,
        citations=read_citations(reader, entries.get("cite"), found, node.span, name),
    )


def _numbers(
    reader: Reader, node: Node | None, kind: Type, indexes: Sequence[Type | None], span: Span
) -> dict[str, int]:
    """Return the number of each combination of values of what selects it, one value nested in the other."""
    if node is None:
        reader.report("missing-key", first_line(span), key="value", name="value")
        return {"": 0}
    if not indexes or indexes[0] is None:
        return {"": _within(reader, node, kind)}
    values, inner = indexes[0].values, indexes[1:]
    entries, found = reader.named(node, values, values), dict[str, int]()
    for value in values:
        below = _numbers(reader, entries[value], kind, inner, span) if value in entries else {}
        keys = below or {
            "/".join(key): kind.minimum for key in itertools.product(*(one.values for one in inner if one))
        }
        found |= {f"{value}/{key}" if key else value: below.get(key, kind.minimum) for key in keys}
    return found


def read_some_numbers(
    reader: Reader, node: Node, kind: Type, index: tuple[str, ...], found: Declarations
) -> dict[str, int]:
    """Return the numbers of those combinations of values that are written."""
    return _some_numbers(reader, node, kind, [one for name in index if (one := found.index_type(name)) is not None])


def _some_numbers(reader: Reader, node: Node, kind: Type, indexes: Sequence[Type]) -> dict[str, int]:
    if not indexes:
        return {"": _within(reader, node, kind)}
    return {
        f"{value}/{key}" if key else value: number
        for value, below in reader.named(node, indexes[0].values).items()
        for key, number in _some_numbers(reader, below, kind, indexes[1:]).items()
    }


def _within(reader: Reader, node: Node, kind: Type) -> int:
    """Return a number of a parameter; report one beyond the bounds that the parameter itself declares."""
    number = reader.number(node, kind.scale, kind.minimum)
    if not kind.minimum <= number <= kind.maximum:
        bounds = f"{kind.decode_number(kind.minimum)}..{kind.decode_number(kind.maximum)}"
        reader.report("number-out-of-range", node.span, helps=("parameter",), found=reader.text(node), limit=bounds)
        return kind.minimum
    return number


def read_citations(
    reader: Reader, node: Node | None, found: Declarations, owner: Span, name: str
) -> tuple[Citation, ...]:
    """Return the provisions that a `cite` names; report none and unknown ones."""
    if node is None or (isinstance(node, SequenceNode) and not node.items):
        reader.report("missing-citation", first_line(node.span if node else owner), name=name)
        return ()
    items = (node,) if isinstance(node, ScalarNode) else reader.items(node)
    citations = []
    for item in items:
        text = " ".join(reader.text(item).split())
        if text in found.citations:
            citations.append(found.citations[text])
        elif found.citations:
            reader.unknown("unknown-citation", item.span, text, found.citations)
    return tuple(citations)


def first_line(span: Span) -> Span:
    """Return what a span holds of its first line."""
    end = span.source.text.find("\n", span.start)
    return Span(source=span.source, start=span.start, end=span.end if end < 0 else min(end, span.end))


def _add(reader: Reader, group: dict[str, Named], name: str, value: Named, span: Span) -> None:
    reader.add(group, name, value, span)


READERS: dict[str, Callable[[Reader, Node, Declarations], None]] = {
    "package.yaml": read_package,
    "instruments.yaml": read_instruments,
    "vocabulary.yaml": read_vocabulary,
}
