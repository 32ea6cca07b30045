"""The pages of decisions: a list of all, and one page each with its table, its inputs and its readers."""

from __future__ import annotations

from collections.abc import Iterator

from cso_rules.book import names
from cso_rules.book.conditions import condition, exceptions, test_of_rule
from cso_rules.book.contents import Contents
from cso_rules.book.html import code, fold, items, link, permalink, table, tag
from cso_rules.book.page import Page
from cso_rules.book.pages.graph import neighbourhood
from cso_rules.book.pages.local_changes import Place, changes_by_place
from cso_rules.book.trying import Trying
from cso_rules.explanation.markup import Markup, both, element, joined, label
from cso_rules.loader.documents.declarations import DecisionDeclaration, RuleDeclaration
from cso_rules.loader.documents.presentation import addressees_of
from cso_rules.loader.grammar.words import AGGREGATES
from cso_rules.loader.text.yaml_nodes import ScalarNode
from cso_rules.model.instruments import Label

HIT_POLICIES = {
    "unique": Label(zh="至多一行成立，成立的那一行给出答案。", en="At most one row holds, and it gives the answer."),
    "any": Label(zh="可有几行成立，它们给出同一答案。", en="Several rows may hold; they give the same answer."),
    "first": Label(
        zh="从上到下，第一行成立的给出答案。", en="From the top, the first row that holds gives the answer."
    ),
    "priority": Label(
        zh="几行成立时，取输出次序最靠前的答案。",
        en="When several rows hold, the output that ranks first is the answer.",
    ),
    "rule_order": Label(
        zh="成立的各行都给出一项，按行的次序排列。", en="Every row that holds gives an item, in the order of the rows."
    ),
    "output_order": Label(
        zh="成立的各行都给出一项，按输出的次序排列。",
        en="Every row that holds gives an item, in the order of the outputs.",
    ),
    "collect": Label(zh="成立的各行都给出一项，不分先后。", en="Every row that holds gives an item, in no order."),
}
CRITERIA = Label(
    zh="适用的各项都满足才为“是”；不适用的不计。", en="The answer is yes when every criterion that applies is met."
)
VALUE = Label(zh="答案是算出的数值。", en="The answer is a computed value.")
NO_RULE = Label(zh="这里没有全国性规则，由地方规则决定。", en="There is no rule here; local rules decide.")


def decisions_page(contents: Contents) -> Page:
    """Return the list of decisions."""
    sections = []
    for entity, decisions in _by_entity(contents):
        shown = [element("li", *_summary(contents, decision), id=decision.name) for decision in decisions]
        about = label(contents.found.entities[entity].label)
        heading = element("h2", both("关于：", "About: "), about, element("span", f" {len(shown)}", class_="count"))
        sections.append(element("section", heading, element("ul", *shown, class_="decisions columns")))
    return Page(file="decisions.html", title=Label(zh="决定", en="Decisions"), content=joined(sections))


def _by_entity(contents: Contents) -> Iterator[tuple[str, list[DecisionDeclaration]]]:
    for entity in contents.found.entities.names:
        if decisions := [one for one in contents.found.decisions.values() if one.entity == entity]:
            yield entity, decisions


def _summary(contents: Contents, decision: DecisionDeclaration) -> Iterator[Markup]:
    yield joined((link(f"decision-{decision.name}.html", label(decision.label)), " ", permalink(decision.name)))
    if contents.as_of not in decision.period:
        yield _not_in_force(contents)
    yield element("div", label(contents.questions[decision.name]), class_="definition")


def decision_page(
    contents: Contents, decision: DecisionDeclaration, places: tuple[Place, ...], tried: Trying | None = None
) -> Page:
    """Return the page of one decision, with what places change about it and the way to its questions."""
    parts = (
        element("p", label(contents.questions[decision.name]), class_="question"),
        Markup() if tried is None else tried.link(decision.name),
        element("p", *_facts_about(contents, decision), class_="about"),
        element("p", label(_policy(decision)), class_="hit-policy"),
        _body(contents, decision),
        *changes_by_place(contents, places, decision.name),
        element("h2", both("输入与去向", "Inputs and readers")),
        neighbourhood(contents, decision.name),
        *_links(contents, decision),
    )
    return Page(file=f"decision-{decision.name}.html", title=decision.label, content=joined(parts))


def _facts_about(contents: Contents, decision: DecisionDeclaration) -> Iterator[Markup]:
    yield code(decision.name)
    yield tag("kind", both("对象：", "about: "), label(contents.found.entities[decision.entity].label))
    yield tag("kind", names.period(decision.period))
    if contents.as_of not in decision.period:
        yield _not_in_force(contents)


def _not_in_force(contents: Contents) -> Markup:
    return tag("absent", both(f"{contents.as_of} 不施行", f"not in force on {contents.as_of}"))


def _policy(decision: DecisionDeclaration) -> Label:
    forms = {"criteria": CRITERIA, "value": VALUE, "none": NO_RULE}
    return forms.get(decision.form) or HIT_POLICIES[decision.hit_policy]


def _body(contents: Contents, decision: DecisionDeclaration) -> Markup:
    if decision.value is not None or decision.value_by_reading:
        return joined((*_formulas(contents, decision), names.citations(contents, decision.citations)))
    if not decision.every_rule:
        return Markup("")
    return table(
        _heads(contents, decision), [(rule.id, list(_row(contents, decision, rule))) for rule in decision.every_rule]
    )


def _formulas(contents: Contents, decision: DecisionDeclaration) -> Iterator[Markup]:
    """Yield the expression of a number or date, or one for each option of a reading."""
    if decision.value is not None:
        yield element("p", condition(contents, decision.value.text), class_="formula")
    for name, option, node in decision.value_by_reading:
        reading = contents.found.readings[name]
        told = reading.option_labels[reading.options.index(option)]
        yield element("p", label(told), both("：", ": "), condition(contents, node.text), class_="formula")


def _heads(contents: Contents, decision: DecisionDeclaration) -> Iterator[Markup]:
    kinds = {"rules": ("规则", "rule"), "value": ("情形", "case")}
    yield both(*kinds.get(decision.form, ("条件", "criterion")))
    if _has_scope(decision):
        yield both("何时适用", "applies when")
    yield both("成立的条件", "holds when")
    if decision.form == "value":
        yield label(AGGREGATES[decision.aggregate]) if decision.aggregate else both("数值或日期", "number or date")
    for column, enumeration in decision.columns:
        known = contents.found.enumerations.get(enumeration)
        yield joined((both("结果：", "answer: "), label(known.label) if known else code(column or enumeration)))
    if _has_strength(decision):
        yield both("语气与对象", "strength and addressee")
    yield both("依据", "provisions")


def _has_scope(decision: DecisionDeclaration) -> bool:
    return any(_scopes(rule) for rule in decision.rules)


def _scopes(rule: RuleDeclaration) -> tuple[ScalarNode, ...]:
    """Return when a criterion applies at all, what its group says included; not what a removal leaves."""
    return tuple(node for node in rule.scopes if node not in rule.exceptions)


def _has_strength(decision: DecisionDeclaration) -> bool:
    return any(rule.modality or rule.addressee for rule in decision.every_rule)


def _row(contents: Contents, decision: DecisionDeclaration, rule: RuleDeclaration) -> Iterator[Markup]:
    yield joined(_rule_name(contents, rule))
    if _has_scope(decision):
        scopes = [element("div", condition(contents, node.text)) for node in _scopes(rule)]
        yield joined(scopes) if scopes else both("总是", "always")
    is_last = rule is decision.otherwise
    test = both("其他情形", "in all other cases") if is_last else test_of_rule(contents, rule)
    due = [element("p", both("期限：", "deadline: "), condition(contents, rule.due.text))] if rule.due else []
    yield joined((test, *exceptions(contents, rule), *due))
    outputs = {column: node.text for column, node in rule.then}
    if decision.form == "value":
        yield condition(contents, outputs.get("", ""))
    for column, enumeration in decision.columns:
        yield _answer(contents, enumeration, outputs.get(column, ""))
    if _has_strength(decision):
        yield joined(filter(None, (names.modality(rule.modality), _addressee(contents, rule))), " ")
    yield names.citations(contents, rule.citations)


def _answer(contents: Contents, enumeration: str, text: str) -> Markup:
    """Return a value as a link, or the fact or decision that an answer follows."""
    known = contents.found.enumerations.get(enumeration)
    follows = (known is None or text not in known.values) and contents.found.index_type(text) is not None
    return condition(contents, text) if follows else names.value_link(contents, enumeration, text)


def _rule_name(contents: Contents, rule: RuleDeclaration) -> Iterator[Markup]:
    for group in rule.groups:
        yield element("div", label(group.label), class_="group")
    yield element("strong", label(rule.label))
    yield element("div", code(rule.id), " ", permalink(rule.id))
    if rule.period.limits:
        yield element("div", names.period(rule.period), class_="dates")
    if contents.as_of not in rule.period:
        yield _not_in_force(contents)


def _addressee(contents: Contents, rule: RuleDeclaration) -> Markup:
    if not rule.addressee:
        return Markup("")
    return _answer(contents, addressees_of(contents.found) or "", rule.addressee.text)


def _links(contents: Contents, decision: DecisionDeclaration) -> Iterator[Markup]:
    found, inputs = contents.found, contents.inputs[decision.name]
    groups = (
        (both("读取的决定", "decisions it reads"), [name for name in inputs if name in found.decisions]),
        (both("读取的事实", "facts it reads"), [name for name in inputs if name in found.facts]),
        (both("参数", "parameters"), [name for name in inputs if name in found.parameters]),
        (both("解读", "readings"), [name for name in inputs if name in found.readings]),
        (both("被哪些决定读取", "read by"), list(contents.readers(decision.name))),
    )
    for heading, members in groups:
        if members:
            yield element("h3", heading)
            yield items((names.name_link(contents, name) for name in members), "columns")
    shown = [one for one in contents.scenarios if decision.name in one.scenario.expect]
    if shown:
        heading = both(f"场景（{len(shown)}）", f"scenarios ({len(shown)})")
        linked = (link(one.target, names.scenario_title(one.scenario.label)) for one in shown)
        yield fold("page-scenarios", heading, items(linked), level="h3")
