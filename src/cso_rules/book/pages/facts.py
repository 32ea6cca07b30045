"""The page of facts: what is asked, the lists of values, and what facts must satisfy together."""

from __future__ import annotations

from collections.abc import Iterator

from cso_rules.book import names
from cso_rules.book.conditions import condition
from cso_rules.book.contents import Contents
from cso_rules.book.html import code, fold, items, link, permalink, table, tag
from cso_rules.book.page import Page
from cso_rules.explanation.markup import Markup, both, element, joined, label
from cso_rules.loader.documents.declarations import ConstraintDeclaration
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Enumeration, Fact


def facts_page(contents: Contents) -> Page:
    """Return facts, enumerations and constraints."""
    parts = (
        _facts(contents),
        element("h2", both("取值", "Values"), " ", permalink("all-enumerations"), id="all-enumerations"),
        element("p", both("取值表列出一项事实或答案可以是什么。", "A list names what a fact or an answer may be.")),
        *(_enumeration(enumeration) for enumeration in contents.found.enumerations.values()),
        *_constraints(contents),
    )
    return Page(file="facts.html", title=Label(zh="事实与取值", en="Facts and values"), content=joined(parts))


def _facts(contents: Contents) -> Markup:
    heads = (
        both("事实", "fact"),
        both("问题与定义", "question and definition"),
        both("类型", "type"),
        both("性质", "nature"),
        both("被哪些决定读取", "read by"),
    )
    shown = []
    for entity in contents.found.entities.names:
        facts = [fact for fact in contents.found.facts.values() if fact.entity == entity]
        rows = [(fact.name, list(_row(contents, fact))) for fact in facts]
        about = label(contents.found.entities[entity].label)
        heading = joined((both("关于：", "About: "), about, element("span", f" {len(facts)}", class_="count")))
        shown += [fold(f"facts-about-{entity}", heading, table(heads, rows))] if facts else []
    return joined(shown)


def _row(contents: Contents, fact: Fact) -> Iterator[Markup]:
    aliases = element("div", *(["又称 ", "、".join(fact.aliases)] if fact.aliases else []), class_="aliases", lang="zh")
    name = (element("strong", label(fact.label)), " ", permalink(fact.name), element("div", code(fact.name)))
    yield joined((*name, aliases if fact.aliases else ""))
    yield joined((label(fact.question), element("div", label(fact.definition), class_="definition")))
    yield joined(_type(fact), " ")
    yield joined(_nature(contents, fact), " ")
    yield items((link(f"decision-{name}.html", label(names.label_of(contents.found, name))) for name in
                 contents.readers(fact.name)), "plain")  # fmt: skip


def _type(fact: Fact) -> Iterator[Markup]:
    yield label(names.TYPES[fact.type.kind])
    if fact.type.enumeration:
        yield link(f"#enumeration-{fact.type.enumeration}", code(fact.type.enumeration))
    if fact.unit:
        yield joined((both("单位：", "unit: "), label(fact.unit)))
    if fact.type.is_numeric:
        bounds = (names.number(fact.type, bound) for bound in (fact.type.minimum, fact.type.maximum))
        yield element("div", " … ".join(bounds), class_="bounds")


def _nature(contents: Contents, fact: Fact) -> Iterator[Markup]:
    entities = contents.found.entities
    if fact.entity != entities.subject.name:
        yield tag("kind", label(entities[fact.entity].label))
    if fact.is_judged:
        yield tag("judged", both("需判断", "judged"))
    if fact.is_personal:
        yield tag("declared", both("个人信息", "personal"))
    if fact.name in contents.found.presumptions:
        yield tag("declared", both("可推定", "presumed"))
    if fact.is_changeable:
        yield tag("changeable", both("可改变", "changeable"))


def _enumeration(enumeration: Enumeration) -> Markup:
    anchor = f"enumeration-{enumeration.name}"
    count = element("span", f" {len(enumeration.values)}", class_="count")
    heading = joined((label(enumeration.label), " ", code(enumeration.name), count))
    rows = zip(enumeration.values, enumeration.labels, enumeration.aliases, strict=True)
    values = (
        element("li", label(text), " ", code(value), *_aliases(aliases), " ", permalink(place), id=place)
        for value, text, aliases in rows
        for place in [f"{enumeration.name}-{value}"]
    )
    return fold(anchor, heading, element("ul", *values, class_="columns"), level="h3")


def _aliases(aliases: tuple[str, ...]) -> Iterator[Markup]:
    if aliases:
        yield element("span", both("，又称", ", also "), "、".join(aliases), class_="aliases")


def _constraints(contents: Contents) -> Iterator[Markup]:
    if contents.found.constraints:
        yield element("h2", both("相互制约", "Constraints"), " ", permalink("all-constraints"), id="all-constraints")
        heads = (both("说明", "message"), both("须成立", "must hold"), both("依据", "provisions"))
        yield table(heads, [(f"constraint-{one.id}", _constraint(contents, one)) for one in contents.found.constraints])


def _constraint(contents: Contents, one: ConstraintDeclaration) -> list[Markup]:
    name = joined((label(one.message), " ", code(one.id), " ", permalink(f"constraint-{one.id}")))
    return [name, condition(contents, one.when.text), names.citations(contents, one.citations)]
