"""What the pages of the book are made of: links, identifiers, coloured words, lists and tables."""

from __future__ import annotations

from collections.abc import Iterable

from cso_rules.explanation.markup import Markup, element, joined


def link(target: str, *contents: str) -> Markup:
    """Return a link to a place in the book."""
    return element("a", *contents, href=target)


def published(url: str, content: str) -> Markup:
    """Return what is cited, with a link to its official publication where that is known."""
    return element("a", content, href=url, rel="noreferrer") if url else joined((content,))


def code(text: str) -> Markup:
    """Return an identifier."""
    return element("code", text)


def permalink(anchor: str) -> Markup:
    """Return the mark that links to its own place."""
    return element("a", "#", href=f"#{anchor}", class_="permalink", aria_label=f"# {anchor}")


def tag(kind: str, *contents: str) -> Markup:
    """Return a coloured word."""
    return element("span", *contents, class_=f"tag tag-{kind}")


def fold(anchor: str, heading: Markup, *contents: str, level: str = "h2") -> Markup:
    """Return a section that opens when somebody asks for it or for something in it."""
    summary = element("summary", element(level, heading))
    return element("details", summary, permalink(anchor), *contents, class_="fold", id=anchor)


def items(contents: Iterable[str], class_: str | None = None) -> Markup:
    """Return a list; a dash when there is nothing to list."""
    shown = [element("li", content) for content in contents]
    return element("ul", *shown, class_=class_) if shown else element("span", "—", class_="none")


def table(heads: Iterable[str], rows: Iterable[tuple[str | None, Iterable[str]]], class_: str | None = None) -> Markup:
    """Return a table of rows with an anchor each; on narrow screens every cell shows its heading."""
    names = list(heads)
    body = [_row(names, anchor, cells) for anchor, cells in rows]
    head = element("thead", element("tr", *(element("th", name, scope="col") for name in names)))
    shown = element("table", head, element("tbody", *body), class_=class_)
    return element("div", shown, class_="wide", tabindex="0")


def _row(names: list[str], anchor: str | None, cells: Iterable[str]) -> Markup:
    shown = (
        element("td", element("div", name, class_="cell-name"), element("div", cell, class_="cell"))
        for name, cell in zip(names, cells, strict=True)
    )
    return element("tr", *shown, id=anchor)
