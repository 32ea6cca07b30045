"""The first page: what the book is about, in numbers, and where to begin."""

from __future__ import annotations

from cso_rules.book import names
from cso_rules.book.contents import Contents
from cso_rules.book.html import code, link, tag
from cso_rules.book.page import Page
from cso_rules.explanation.markup import Markup, both, element, joined, label


def index_page(contents: Contents, places: int) -> Page:
    """Return the first page."""
    explained = both(
        "文件写了什么，规则怎样据此判断，各地有何不同。初次使用请看",
        "What the documents say, how the rules decide by them, and how places differ. New here? See ",
    )
    begin = element("p", explained, link("about.html", both("如何读这本书", "how to read this book")), both("。", "."))
    missing = element("noscript", element("p", both("搜索需要启用 JavaScript。", "The search needs JavaScript.")))
    parts = (begin, missing, _numbers(contents, places), _about(contents))
    return Page(file="index.html", title=contents.package.title, content=joined(parts))


def _numbers(contents: Contents, places: int) -> Markup:
    found = contents.found
    rules = sum(len(decision.every_rule) for decision in found.decisions.values())
    failed = sum(bool(shown.result.failures) for shown in contents.scenarios)
    result = (
        tag("fail", both(f"{failed} 个未通过", f"{failed} failed")) if failed else tag("pass", both("通过", "passed"))
    )
    counts = (
        ("provisions.html", len(contents.trace.provisions), both("条款", "provisions"), ""),
        ("decisions.html", len(found.decisions), both("决定", "decisions"), ""),
        ("graph.html", rules, both("规则和条件", "rules and criteria"), ""),
        ("parameters.html", len(found.parameters), both("参数", "parameters"), ""),
        ("facts.html", len(found.facts), both("事实", "facts"), ""),
        ("readings.html", len(found.readings), both("解读", "readings"), ""),
        ("scenarios.html", len(contents.scenarios), both("场景", "scenarios"), result),
        ("places.html", places, both("地方规则包", "local packages"), ""),
    )
    cards = (
        element("li", link(target, element("strong", str(count)), " ", name), " ", mark)
        for target, count, name, mark in counts
    )
    return element("ul", *cards, class_="cards")


def _about(contents: Contents) -> Markup:
    package = contents.package
    rows = (
        (both("规则包", "package"), joined((label(package.title), " ", code(package.id)))),
        (both("地区", "jurisdiction"), code(package.jurisdiction)),
        (both("状态", "status"), label(names.STATUSES[package.status])),
        (both("施行", "in force"), names.period(package.period)),
        (both("本书日期", "date of the book"), element("span", contents.as_of.isoformat())),
        (both("规则摘要值", "digest of the rules"), element("code", contents.digest, class_="digest")),
    )
    shown = (joined((element("dt", name), element("dd", value))) for name, value in rows)
    return element("dl", *shown, class_="about-package")
