"""From the nodes of a decision file to its declaration: criteria, a table or a value."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import attrs

from cso_rules.loader.documents.declarations import (
    DecisionDeclaration,
    Declarations,
    GroupDeclaration,
    PackageDeclaration,
    RuleDeclaration,
)
from cso_rules.loader.documents.periods import ALWAYS, Period, closed_by_mistake, overlapping
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.documents.rule_files import first_line, read_citations, read_type
from cso_rules.loader.grammar.decisions import (
    CASE,
    CRITERION,
    DECISION,
    FORMS,
    GROUP,
    REST,
    ROW,
    TOLD,
    VALUES,
)
from cso_rules.loader.grammar.shapes import Shape
from cso_rules.loader.grammar.words import AGGREGATES, HIT_POLICIES, MODALITIES
from cso_rules.loader.text.yaml_nodes import MappingNode, Node, ScalarNode
from cso_rules.model.civil_dates import FIRST, LAST
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.types import Type


def read_decision(reader: Reader, node: Node, found: Declarations) -> None:
    """Read a file of `decisions/`."""
    entries = reader.mapping(node, DECISION)
    name = reader.identifier(entries.get("decision"))
    forms = [form for form in FORMS if form in entries] + ["none"] * reader.boolean(entries.get("no_rule"))
    if len(forms) != 1:
        reader.report("missing-key", entries.get("decision", node).span, key=" / ".join(FORMS), name=name)
        return
    decision = _decision(reader, node, entries, name, found, forms[0])
    decision = _with_deadlines(decision, found)
    reader.diagnostics += closed_by_mistake(name, [rule.period for rule in decision.rules])
    if len(found.packages) > 1 and _may_stand_for(decision, found):
        _refuse_rival(reader, decision, found)
        found.local_decisions.append((found.packages[-1], decision))
    elif name in found.decisions:
        place, first = entries["decision"].span, found.decisions[name].span
        reader.report_repeated(place, name, first)
        return
    found.decisions.setdefault(name, decision)


def _refuse_rival(reader: Reader, decision: DecisionDeclaration, found: Declarations) -> None:
    """Report a decision of another package of the same level that stands on one day, unless one extends the other."""
    package = found.packages[-1]
    inherited = found.inherited_by(package)
    rivals = [
        (other, earlier)
        for other, earlier in found.local_decisions
        if earlier.name == decision.name and other.level == package.level and other.id not in inherited
    ]
    own = _standing(package, decision)
    for other, earlier in rivals:
        periods = [_standing(other, earlier), own]
        reader.diagnostics += [*overlapping(decision.name, periods), *closed_by_mistake(decision.name, periods)]


def _standing(package: PackageDeclaration, decision: DecisionDeclaration) -> Period:
    """Return when a local decision stands: its own time within that of its package."""
    return decision.period.within(package.period, decision.span)


def _may_stand_for(decision: DecisionDeclaration, found: Declarations) -> bool:
    """Tell whether a local decision is new, fills one that has no rule nationally, or says that it replaces one."""
    known = found.decisions.get(decision.name)
    return known is None or known.form == "none" or decision.replaces


def _decision(  # noqa: PLR0913, PLR0917 - the parts of one file
    reader: Reader, node: Node, entries: dict[str, Node], name: str, found: Declarations, form: str
) -> DecisionDeclaration:
    shape = {"criteria": CRITERION, "rules": ROW, "cases": CASE}.get(form)
    is_cited = "cite" in entries or (shape is None and form in VALUES)
    citations = read_citations(reader, entries.get("cite"), found, node.span, name) if is_cited else ()
    rules = () if shape is None else _rules(reader, entries[form], found, shape, citations)
    rest = entries.get("otherwise")
    otherwise = None if rest is None else _rule(reader, rest, found, REST, cited=citations)
    if form == "cases" and otherwise is not None:
        _refuse_telling(reader, otherwise)
    value_type: Type | None = None
    is_value, aggregate = form in VALUES, reader.choice(entries.get("aggregate"), (*AGGREGATES,), "") or None
    if form == "cases" and otherwise is None and aggregate is None:
        reader.report("missing-key", first_line(node.span), key="otherwise", name=name)
    if is_value or (form == "none" and "type" in entries):
        value_type = read_type(reader, entries, found)
    return DecisionDeclaration(
        name=name,
        label=reader.label(entries.get("label")),
        question=reader.optional_label(entries.get("question")),
        definition=reader.optional_label(entries.get("definition")),
        period=reader.period(entries.get("in_force")),
        form="value" if is_value else form,
        rules=rules,
        otherwise=otherwise,
        hit_policy=reader.choice(entries.get("hit_policy"), HIT_POLICIES, "unique", "unknown-hit-policy"),
        columns=_columns(reader, entries.get("output"), found) if form in {"rules", "none"} else (),
        value=reader.scalar(entries["value"]) if form == "value" else None,
        value_by_reading=_by_reading(reader, entries.get("value_by_reading"), found),
        aggregate=aggregate,
        type=value_type,
        entity=reader.choice(entries.get("entity"), found.entities.names, found.entities.subject.name),
        replaces=reader.boolean(entries.get("replaces")),
        conflict_stands=reader.boolean(entries.get("conflict_stands")),
        citations=citations if is_value else (),
        span=entries["decision"].span if "decision" in entries else node.span,
    )


def _columns(reader: Reader, node: Node | None, found: Declarations) -> tuple[tuple[str, str], ...]:
    """Return (column, enumeration) pairs; one output has the column ""."""
    if node is None:
        return (("", "boolean"),)
    if isinstance(node, MappingNode):
        return tuple((key.text, _output(reader, value, found)) for key, value in node.entries)
    return (("", _output(reader, node, found)),)


def _output(reader: Reader, node: Node, found: Declarations) -> str:
    name = reader.text(node)
    if name != "boolean" and name not in found.enumerations:
        reader.unknown("unknown-enumeration", node.span, name, (*found.enumerations, "boolean"))
    return name


def _rules(
    reader: Reader, node: Node, found: Declarations, shape: Shape, cited: tuple[Citation, ...]
) -> tuple[RuleDeclaration, ...]:
    rules: dict[str, RuleDeclaration] = {}
    for item, groups in _items(reader, node, found, shape):
        count = len(reader.diagnostics)
        rule = _rule(reader, item, found, shape, groups, cited)
        if not (rule.when or rule.by_reading or rule.cells or len(reader.diagnostics) > count):
            reader.report("missing-key", first_line(item.span), key="when", name=rule.id)
        if rule.id in rules:
            reader.report("repeated-identifier", first_line(item.span), name=rule.id)
        rules.setdefault(rule.id, rule)
    return tuple(rules.values())


def _items(
    reader: Reader, node: Node, found: Declarations, shape: Shape
) -> Iterator[tuple[Node, tuple[GroupDeclaration, ...]]]:
    """Yield each criterion, row or case with the group in which it stands; only criteria stand in groups."""
    for item in reader.items(node):
        if shape is CRITERION and isinstance(item, MappingNode) and item.get("criteria") is not None:
            entries = reader.mapping(item, GROUP)
            group = GroupDeclaration(
                label=reader.label(entries.get("label")),
                applies_when=_optional(reader, entries.get("applies_when")),
                citations=read_citations(reader, entries["cite"], found, item.span, "cite")
                if "cite" in entries
                else (),
                except_when=_optional(reader, entries.get("except_when")),
            )
            yield from ((inner, (group,)) for inner in reader.items(entries.get("criteria")))
        else:
            yield item, ()


def _rule(  # noqa: PLR0913, PLR0917 - what a criterion, row or case stands in
    reader: Reader,
    node: Node,
    found: Declarations,
    shape: Shape,
    groups: tuple[GroupDeclaration, ...] = (),
    cited: tuple[Citation, ...] = (),
) -> RuleDeclaration:
    entries = reader.mapping(node, shape)
    name = reader.identifier(entries.get("id"))
    return read_rule(reader, node, entries, found, name, groups, cited)


def read_rule(  # noqa: PLR0913, PLR0917 - what a criterion or row is read from
    reader: Reader,
    node: Node,
    entries: dict[str, Node],
    found: Declarations,
    name: str,
    groups: tuple[GroupDeclaration, ...] = (),
    cited: tuple[Citation, ...] = (),
) -> RuleDeclaration:
    """Return a criterion, row or case from its entries; it shares the citations of its groups and of its decision."""
    shared = tuple(dict.fromkeys((*cited, *(one for group in groups for one in group.citations))))
    own = (
        () if shared and "cite" not in entries else read_citations(reader, entries.get("cite"), found, node.span, name)
    )
    return RuleDeclaration(
        id=name,
        label=reader.label(entries.get("label")),
        period=reader.period(entries.get("in_force")),
        when=_optional(reader, entries.get("when")),
        by_reading=_by_reading(reader, entries.get("when_by_reading"), found),
        applies_when=_optional(reader, entries.get("applies_when")),
        except_when=_optional(reader, entries.get("except_when")),
        cells=_cells(reader, entries.get("cells")),
        then=_then(reader, entries.get("then")),
        modality=reader.choice(entries.get("modality"), MODALITIES, "") or None,
        addressee=_optional(reader, entries.get("addressee")),
        citations=tuple(dict.fromkeys((*shared, *own))),
        groups=groups,
        due=_optional(reader, entries.get("due")),
        span=node.span,
    )


def _refuse_telling(reader: Reader, case: RuleDeclaration) -> None:
    """Report what is told of a row beside its answer, where a number or date is chosen."""
    written = (case.modality, case.addressee, case.due)
    for key, found in zip(TOLD, written, strict=True):
        if found is not None:
            reader.report("unknown-key", first_line(case.span), key=key, name=key, suggestion="", expected="then, cite")


def _with_deadlines(decision: DecisionDeclaration, found: Declarations) -> DecisionDeclaration:
    rest = None if decision.otherwise is None else with_deadline(decision.otherwise, decision, found)
    rules = tuple(with_deadline(rule, decision, found) for rule in decision.rules)
    return attrs.evolve(decision, rules=rules, otherwise=rest)


def with_deadline(rule: RuleDeclaration, decision: DecisionDeclaration, found: Declarations) -> RuleDeclaration:
    """Return a rule that names its due date; one that is an expression becomes a decision of its own."""
    if rule.due is None or rule.due.text.isidentifier():
        return rule
    names = (f"{decision.name}_{rule.id}_due{place or ''}" for place in itertools.count())
    name = next(name for name in names if name not in found.decisions)
    found.decisions[name] = DecisionDeclaration(
        name=name,
        label=Label(zh=f"{rule.label.zh}的期限", en=f"deadline: {rule.label.en}"),
        period=ALWAYS,
        form="value",
        value=rule.due,
        type=Type(kind="date", minimum=FIRST, maximum=LAST),
        entity=decision.entity,
        citations=rule.citations,
        is_deadline=True,
        span=rule.due.span,
    )
    return attrs.evolve(rule, due=ScalarNode(text=name, span=rule.due.span))


def _optional(reader: Reader, node: Node | None) -> ScalarNode | None:
    return None if node is None else reader.scalar(node)


def _cells(reader: Reader, node: Node | None) -> tuple[tuple[ScalarNode, ScalarNode], ...]:
    if node is None:
        return ()
    if not isinstance(node, MappingNode):
        reader.named(node)
        return ()
    pairs = ((key, reader.scalar(value)) for key, value in node.entries)
    return tuple((key, value) for key, value in pairs if value is not None)


def _then(reader: Reader, node: Node | None) -> tuple[tuple[str, ScalarNode], ...]:
    if node is None:
        return ()
    if isinstance(node, MappingNode):
        pairs = ((key.text, reader.scalar(value)) for key, value in node.entries)
        return tuple((key, value) for key, value in pairs if value is not None)
    value = reader.scalar(node)
    return () if value is None else (("", value),)


def _by_reading(reader: Reader, node: Node | None, found: Declarations) -> tuple[tuple[str, str, ScalarNode], ...]:
    """Return (reading, option, condition) for every option; report unknown readings and missing options."""
    if node is None:
        return ()
    if not isinstance(node, MappingNode):
        reader.named(node)
        return ()
    name_node = node.get("reading")
    name = reader.text(name_node)
    if name not in found.readings:
        reader.unknown("unknown-reading", (name_node or node).span, name, found.readings)
        return ()
    expected = ("reading", *found.readings[name].options)
    entries = reader.named(node, expected, expected)
    scalars = ((option, reader.scalar(value)) for option, value in entries.items() if option != "reading")
    return tuple((name, option, value) for option, value in scalars if value is not None)
