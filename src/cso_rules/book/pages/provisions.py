"""The page of provisions: what each says, which rules carry it and which scenarios exercise it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from cso_rules.analysis.traceability import Citing, TracedProvision
from cso_rules.book import names
from cso_rules.book.contents import Contents
from cso_rules.book.html import code, fold, items, link, permalink, published, table, tag
from cso_rules.book.page import Page
from cso_rules.explanation.markup import Markup, both, element, joined, label
from cso_rules.explanation.states import PROVISIONS
from cso_rules.loader.grammar.words import CONFIDENCES, INSTRUMENT_KINDS
from cso_rules.model.instruments import Label

PAGES = {"parameter": "parameters.html", "reading": "readings.html", "constraint": "facts.html"}


def provisions_page(contents: Contents) -> Page:
    """Return every provision, one table for each instrument."""
    groups = groupby(contents.trace.provisions, key=lambda item: item.citation.instrument)
    sections = [_instrument(contents, name, list(group)) for name, group in groups]
    return Page(
        file="provisions.html",
        title=Label(zh="条款与规则", en="Provisions and rules"),
        content=joined((_legend(), *sections)),
    )


def _legend() -> Markup:
    marks = [joined((names.confidence(mark), " ", label(text))) for mark, text in CONFIDENCES.items()]
    return element("div", element("p", both("可信度", "confidence")), items(marks), class_="legend")


def _instrument(contents: Contents, name: str, group: list[TracedProvision]) -> Markup:
    citation = group[0].citation
    kind = contents.found.kinds.get(name, "")
    source = contents.found.sources[name]
    about = (
        element("p", published(source.url, citation.number or label(citation.title))),
        _kind(kind),
        tag("kind", both("核对于 ", "checked on "), source.checked_on.isoformat()) if source.checked_on else "",
        names.period(contents.periods[name]) if name in contents.periods else "",
        *([element("p", label(amendment.remark))] if (amendment := contents.found.amendments.get(name)) else ()),
    )
    heads = (
        both("条款", "provision"),
        both("摘要", "summary"),
        both("可信度", "confidence"),
        both("状态", "status"),
        both("承载的规则", "carried by"),
        both("验证的场景", "exercised by"),
    )
    places = {f"{shown.scenario.place}": shown.target for shown in contents.scenarios}
    rows = [(_anchor(contents, item), list(_cells(contents, item, places))) for item in group]
    heading = joined((label(citation.title), element("span", f" {len(group)}", class_="count")))
    return fold(name, heading, element("div", *about, class_="about"), table(heads, rows, "provisions"))


def _kind(kind: str) -> Markup:
    return tag("kind", label(INSTRUMENT_KINDS[kind])) if kind else Markup("")


def _anchor(contents: Contents, item: TracedProvision) -> str:
    return contents.anchors[item.id]


def _cells(contents: Contents, item: TracedProvision, places: dict[str, str]) -> Iterator[Markup]:
    citation, declaration = item.citation, item.declaration
    article = element("div", label(citation.article)) if citation.article.zh else ""
    yield joined((code(citation.provision), " ", permalink(_anchor(contents, item)), article))
    yield label(citation.summary)
    yield names.confidence(citation.confidence)
    reason = element("div", label(declaration.reason), class_="reason") if declaration.reason else ""
    yield joined((tag(declaration.status, label(PROVISIONS[declaration.status])), reason))
    cited = {citing.path: citing_link(contents, citing) for citing in item.cited_by}
    yield items(cited.values(), "plain")
    yield _exercised(contents, item, places)


def citing_link(contents: Contents, citing: Citing) -> Markup:
    """Return a link to the part of the rules that cites a provision."""
    name, _, rule = citing.path.partition("/")
    if citing.kind == "change" or ":" in citing.path:
        return link("places.html", code(citing.path))
    if citing.kind == "rule":
        decision = contents.found.decisions[name]
        target = f"decision-{name}.html#{rule}" if rule else f"decision-{name}.html"
        own = decision.rule(rule)
        shown = (label(decision.label), *((" · ", label(own.label)) if own else ()))
        return joined((link(target, *shown), " ", code(citing.path)))
    anchor = f"constraint-{name}" if citing.kind == "constraint" else name
    text = code(name) if citing.kind == "constraint" else label(names.label_of(contents.found, name))
    return joined((link(f"{PAGES[citing.kind]}#{anchor}", text), " ", code(name)))


def _exercised(contents: Contents, item: TracedProvision, places: dict[str, str]) -> Markup:
    """Return the scenarios by file: how many, and a link to each."""
    titles = {shown.target: _both_titles(shown.scenario.label) for shown in contents.scenarios}
    found = [places[place] for place in item.scenarios if place in places]
    if not found:
        return element("span", "—", class_="none")
    count = len(found)
    numbered = (
        element("a", str(index), href=target, title=titles[target]) for index, target in enumerate(found, start=1)
    )
    summary = element("summary", both(f"{count} 个", f"{count}"))
    return element("details", summary, element("p", joined(numbered, " "), class_="numbers"))


def _both_titles(text: Label) -> str:
    return text.en if text.zh == text.en else f"{text.zh} / {text.en}"
