"""HTML as text that is safe by default: whatever is not marked as markup is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from cso_rules.model.instruments import Label

EMPTY_ELEMENTS = frozenset({"meta", "link", "input", "rect", "path", "line", "circle", "br"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def markup(content: str) -> Markup:
    """Return the content as HTML; escape it unless it is HTML already."""
    return content if isinstance(content, Markup) else Markup(escape(content, quote=True))


def joined(contents: Iterable[str], between: str = "") -> Markup:
    """Return contents one after the other."""
    return Markup(markup(between).join(map(markup, contents)))


def element(name: str, /, *contents: str, **attributes: str | None) -> Markup:
    """Return an element; `class_` stands for the attribute class, `data_x` for data-x, None leaves one out."""
    shown = "".join(
        f' {key.strip("_").replace("_", "-")}="{escape(value, quote=True)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in EMPTY_ELEMENTS:
        return Markup(f"<{name}{shown}>" if name in {"meta", "link", "input", "br"} else f"<{name}{shown}/>")
    return Markup(f"<{name}{shown}>{joined(contents)}</{name}>")


def both(zh: str, en: str) -> Markup:
    """Return a text in both languages; the style sheet shows the chosen one."""
    if zh == en:
        return markup(zh)
    return joined((element("span", zh, lang="zh", class_="t"), element("span", en, lang="en", class_="t")))


def label(text: Label) -> Markup:
    """Return a label in both languages."""
    return both(text.zh, text.en)


def link(target: str, *contents: str) -> Markup:
    """Return a link to a place in the book."""
    return element("a", *contents, href=target)


def code(text: str) -> Markup:
    """Return an identifier."""
    return element("code", text)


def permalink(anchor: str) -> Markup:
    """Return the mark that links to its own place."""
    return element("a", "#", href=f"#{anchor}", class_="permalink", aria_label=f"# {anchor}")


def tag(kind: str, *contents: str) -> Markup:
    """Return a coloured word."""
    return element("span", *contents, class_=f"tag tag-{kind}")


def items(contents: Iterable[str], class_: str | None = None) -> Markup:
    """Return a list; a dash when there is nothing to list."""
    shown = [element("li", content) for content in contents]
    return element("ul", *shown, class_=class_) if shown else element("span", "—", class_="none")


def table(heads: Iterable[str], rows: Iterable[tuple[str | None, Iterable[str]]], class_: str | None = None) -> Markup:
    """Return a table of rows with an anchor each; on narrow screens every cell shows its heading."""
    names = list(heads)
    body = [_row(names, anchor, cells) for anchor, cells in rows]
    head = element("thead", element("tr", *(element("th", name, scope="col") for name in names)))
    return element("div", element("table", head, element("tbody", *body), class_=class_), class_="wide")


def _row(names: list[str], anchor: str | None, cells: Iterable[str]) -> Markup:
    shown = (
        element("td", element("div", name, class_="cell-name"), element("div", cell, class_="cell"))
        for name, cell in zip(names, cells, strict=True)
    )
    return element("tr", *shown, id=anchor)
