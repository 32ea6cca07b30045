"""From the nodes of `changes.yaml` to what a local package changes, each change checked against what it extends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import attrs

from cso_rules.loader.documents.decisions import read_rule, with_deadline
from cso_rules.loader.documents.declarations import (
    ChangeDeclaration,
    DatedValue,
    DecisionDeclaration,
    Declarations,
    PackageDeclaration,
    ParameterDeclaration,
    ReadingDeclaration,
    RuleDeclaration,
)
from cso_rules.loader.documents.periods import ALWAYS, Period, closed_by_mistake, overlapping
from cso_rules.loader.documents.reader import IDENTIFIER, Reader
from cso_rules.loader.documents.rule_files import (
    first_line,
    read_citations,
    read_dated,
    read_indexes,
    read_some_numbers,
)
from cso_rules.loader.grammar.decisions import AS_ONE, ASKS, CHANGES, NEW_CRITERION, NEW_ROW, OPERATIONS, TOGETHER
from cso_rules.loader.text.yaml_nodes import MappingNode, Node, ScalarNode
from cso_rules.model.policy import AsOne


def read_changes(reader: Reader, node: Node, found: Declarations) -> None:
    """Read `changes.yaml`."""
    entries = reader.mapping(node, CHANGES)
    if not found.packages:
        return  # What is wrong with `package.yaml` has been reported.
    package = found.packages[-1]
    for item in reader.items(entries.get("changes")):
        for change in _changes(reader, item, found, package):
            _refuse_rival(reader, change, found)
            found.changes.append(change)
    _refuse_gaps(reader, found)


def _changes(
    reader: Reader, node: Node, found: Declarations, package: PackageDeclaration
) -> Iterator[ChangeDeclaration]:
    """Yield the changes of one entry: one alone, or those that are made as one."""
    if not isinstance(node, MappingNode) or node.get("as_one") is None:
        change = _change(reader, node, found, package)
        yield from () if change is None else (change,)
        return
    entries = reader.mapping(node, AS_ONE)
    group = AsOne(
        id=reader.identifier(entries.get("as_one")),
        label=reader.label(entries.get("label")),
        citations=read_citations(reader, entries.get("cite"), found, node.span, reader.text(entries.get("as_one"))),
    )
    known = [change for change in found.changes if change.package is package and change.as_one is not None]
    first = next((change for change in known if change.as_one and change.as_one.id == group.id), None)
    if first is not None:
        reader.report_repeated(entries["as_one"].span, group.id, first.span)
    shared = {key: value for key, value in entries.items() if key in {"cite", "in_force", "supersedes"}}
    for item in reader.items(entries.get("changes")):
        change = _change(reader, item, found, package, group, shared)
        if change is not None:
            yield change


def _change(  # noqa: PLR0913, PLR0917 - what one change is read from
    reader: Reader,
    node: Node,
    found: Declarations,
    package: PackageDeclaration,
    group: AsOne | None = None,
    shared: Mapping[str, Node] = MappingProxyType({}),
) -> ChangeDeclaration | None:
    keys = [key.text for key, _ in node.entries] if isinstance(node, MappingNode) else []
    named = [operation for operation in OPERATIONS if operation in keys]
    if len(named) != 1:
        reader.report("missing-key", first_line(node.span), key=" / ".join(OPERATIONS), name="changes")
        return None
    operation: Any = named[0]
    entries = {**shared, **reader.mapping(node, (TOGETHER if group else OPERATIONS)[operation])}
    path = reader.text(entries[operation])
    period = _period(reader, entries, package, node)
    target = _target(reader, entries[operation], path, operation, found, period)
    if target is None:
        return None
    has_own = group is None or entries.get("cite") is not shared.get("cite")
    own = read_citations(reader, entries.get("cite"), found, node.span, path) if has_own else ()
    change = ChangeDeclaration(
        operation=operation,
        path=path,
        package=package,
        period=period,
        citations=tuple(dict.fromkeys((*(group.citations if group else ()), *own))),
        supersedes=reader.text(entries.get("supersedes")) or None,
        as_one=group,
        span=entries[operation].span,
    )
    change = attrs.evolve(change, **_content(reader, node, entries, target, change, found))
    is_written = operation in {"adds", "replaces"} or (operation == "restates" and "/" in path)
    return None if is_written and change.rule is None else change


def _period(reader: Reader, entries: dict[str, Node], package: PackageDeclaration, node: Node) -> Period:
    """Return when a change is in force: its own time within that of its package."""
    return reader.period(entries.get("in_force")).within(package.period, first_line(node.span))


def _target(  # noqa: PLR0913, PLR0917 - what tells what a path names
    reader: Reader, node: Node, path: str, operation: str, found: Declarations, period: Period
) -> object:
    """Return the parameter, reading or decision that a path names; report one that names nothing."""
    decision, _, rule = path.partition("/")
    values: dict[str, Any] = {**found.parameters, **found.readings}
    groups: dict[str, dict[str, Any]] = {"sets": found.parameters, "restates": values, "chooses": found.readings}
    known: dict[str, Any] = found.decisions if rule else groups.get(operation, found.decisions)
    target = known.get(decision)
    if target is None or (rule and operation in {"sets", "chooses"}):
        reader.unknown("unknown-target", node.span, path, groups.get(operation, known))
        return None
    if operation in groups and not rule:
        return target
    rules = _rules(found, decision)
    if operation == "adds":
        return _extensible(reader, node, path, found, period)
    if rule not in rules:
        reader.unknown("unknown-target", node.span, path, [f"{decision}/{known_rule}" for known_rule in sorted(rules)])
        return None
    return _standing(found, decision)


def _extensible(
    reader: Reader, node: Node, path: str, found: Declarations, period: Period
) -> DecisionDeclaration | None:
    """Return the decision to which a rule is added; report an id that is none or is taken, and one without rules."""
    name, _, rule = path.partition("/")
    decision = _standing(found, name)
    if not IDENTIFIER.match(rule):
        reader.report("bad-identifier", node.span, name=rule or path)
    elif rule in _rules(found, name, period):
        reader.report("repeated-identifier", node.span, name=path)
    elif decision.form not in {"criteria", "rules"}:
        reader.report("unknown-target", node.span, name=path)
    else:
        return decision
    return None


def _standing(found: Declarations, name: str) -> DecisionDeclaration:
    """Return a decision as the nearest package writes it."""
    return next((local for _, local in reversed(found.local_decisions) if local.name == name), found.decisions[name])


def _rules(found: Declarations, decision: str, period: Period = ALWAYS) -> set[str]:
    """Return the ids of every rule that a decision has somewhere at some time, and of those added in a period."""
    rules = {rule.id for item in found.standing() if item.name == decision for rule in item.every_rule}
    added = {
        change.path.partition("/")[2]
        for change in found.changes
        if change.path.startswith(f"{decision}/") and change.period.overlaps(period)
    }
    return rules | added


def _content(  # noqa: PLR0913, PLR0917 - what one change is made of
    reader: Reader, node: Node, entries: dict[str, Node], target: Any, change: ChangeDeclaration, found: Declarations
) -> dict[str, Any]:
    match change.operation:
        case "restates" if isinstance(target, DecisionDeclaration):
            return {"rule": _rule(reader, node, entries, target, change, found)}
        case "restates" if isinstance(target, ReadingDeclaration):
            return {"option": _option(reader, node, entries, target)}
        case "sets" | "restates":
            return _value(reader, node, entries, target, found)
        case "adds" | "replaces":
            return {"rule": _rule(reader, node, entries, target, change, found)} | _before(
                reader, entries, change, found
            )
        case "removes":
            return {"except_when": _exception(reader, entries.get("except_when"), target, change)}
        case "chooses":
            return {"option": _option(reader, node, entries, target)}


def _option(reader: Reader, node: Node, entries: dict[str, Node], target: ReadingDeclaration) -> str | None:
    """Return the option that is named; report a restatement that names none."""
    if "option" not in entries and "restates" in entries:
        reader.report("missing-key", first_line(node.span), key="option", name=target.name)
    return reader.choice(entries.get("option"), target.options, "") or None


def _exception(
    reader: Reader, node: Node | None, target: DecisionDeclaration, change: ChangeDeclaration
) -> ScalarNode | None:
    """Return in which case a removed rule remains; the row for all other cases cannot remain in some of them."""
    if node is not None and _is_otherwise(target, change):
        reader.report("unknown-key", node.span, key="except_when", name="except_when", suggestion="", expected="cite")
    return None if node is None else reader.scalar(node)


def _value(
    reader: Reader, node: Node, entries: dict[str, Node], target: ParameterDeclaration, found: Declarations
) -> dict[str, Any]:
    """Return the value of a parameter; a local one may be indexed by another fact, or change some values alone."""
    if "only" in entries:
        return {"value": _some_values(reader, node, entries, target, found), "indexed_by": target.indexed_by}
    index = read_indexes(reader, entries.get("indexed_by"), found) or target.indexed_by
    content = {key: value for key, value in entries.items() if key in {"value", "removed", "cite"}}
    return {
        "value": read_dated(reader, node, target.type, index, found, target.name, content),
        "indexed_by": index,
    }


def _some_values(
    reader: Reader, node: Node, entries: dict[str, Node], target: ParameterDeclaration, found: Declarations
) -> DatedValue:
    """Return other numbers for some values of what indexes a parameter; report one that nothing indexes."""
    for key in ("value", "removed", "indexed_by"):
        if key in entries:
            reader.report("unknown-key", entries[key].span, key=key, name=key, suggestion="", expected="only")
    is_indexed = bool(target.indexed_by)
    if not is_indexed:
        reader.report("unknown-key", entries["only"].span, key="only", name="only", suggestion="", expected="value")
    return DatedValue(
        period=ALWAYS,
        numbers=read_some_numbers(reader, entries["only"], target.type, target.indexed_by, found) if is_indexed else {},
        citations=read_citations(reader, entries.get("cite"), found, node.span, target.name),
        is_in_part=True,
    )


def _rule(  # noqa: PLR0913, PLR0917 - what one change is made of
    reader: Reader,
    node: Node,
    entries: dict[str, Node],
    target: DecisionDeclaration,
    change: ChangeDeclaration,
    found: Declarations,
) -> RuleDeclaration | None:
    """Return the criterion or row; it takes over id and citation from the change."""
    key = "rule" if target.form == "rules" else "criterion"
    content = entries.get(key)
    if content is None:
        reader.report("missing-key", first_line(node.span), key=key, name=change.path)
        return None
    shape = NEW_ROW if target.form == "rules" else NEW_CRITERION
    keys = reader.mapping(content, shape.without("in_force") if change.as_one else shape)
    if not keys.keys() & {*ASKS[0]} and not _is_otherwise(target, change):
        reader.report("missing-key", first_line(content.span), key="when", name=change.path)
    given = {"cite": entries["cite"]} if "cite" in entries else {}
    rule = read_rule(reader, content, given | keys, found, change.path.partition("/")[2])
    return with_deadline(rule, target, found)


def _is_otherwise(target: DecisionDeclaration, change: ChangeDeclaration) -> bool:
    return target.otherwise is not None and target.otherwise.id == change.path.partition("/")[2]


def _before(
    reader: Reader, entries: dict[str, Node], change: ChangeDeclaration, found: Declarations
) -> dict[str, str | None]:
    node = entries.get("before")
    if node is None:
        return {}
    name, decision = reader.text(node), change.path.partition("/")[0]
    if name not in _rules(found, decision):
        reader.unknown("unknown-target", node.span, name, sorted(_rules(found, decision)))
    return {"before": name}


def _refuse_gaps(reader: Reader, found: Declarations) -> None:
    """Report changes of one path, the last of which this package makes, that miss one another by a day."""
    package = found.packages[-1]
    for path in dict.fromkeys(change.path for change in found.changes if change.package is package):
        level = [item for item in found.changes if (item.path, item.package.level) == (path, package.level)]
        faults = closed_by_mistake(path, [item.period for item in level])
        own = {item.period.span for item in level if item.package is package}
        reader.diagnostics += [fault for fault in faults if fault.span in own]


def _refuse_rival(reader: Reader, change: ChangeDeclaration, found: Declarations) -> None:
    """Report another change of the same path on the same level and day, unless one supersedes the other."""
    for earlier in found.changes:
        is_rival = (earlier.path, earlier.package.level) == (change.path, change.package.level)
        is_settled = change.supersedes == earlier.package.id or earlier.supersedes == change.package.id
        if is_rival and not is_settled and "restates" not in {change.operation, earlier.operation}:
            reader.diagnostics += overlapping(change.path, [earlier.period, change.period])
