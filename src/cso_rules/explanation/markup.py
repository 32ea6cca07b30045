"""HTML and SVG as text that is safe by default: whatever is not marked as markup is escaped."""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from collections.abc import Iterable
from html import escape
from typing import Final

from cso_rules.model.instruments import Label

TURNING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
EMPTY: Final = frozenset({"meta", "link", "input", "br", "col"})
EMPTY_SHAPES: Final = frozenset({"rect", "path", "line", "circle"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def markup(content: str) -> Markup:
    """Return the content as HTML; escape it unless it is HTML already."""
    return content if isinstance(content, Markup) else Markup(escape(_visible(content), quote=True))


def _visible(text: str) -> str:
    """Return text without what HTML does not allow, and without marks that turn the direction of writing."""
    if text.isprintable():
        return text
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_hidden(character) else character for character in text)


def _is_hidden(character: str) -> bool:
    kind = unicodedata.category(character)
    return (kind == "Cc" and character not in "\n\t") or kind == "Cs" or character in TURNING


def joined(contents: Iterable[str], between: str = "") -> Markup:
    """Return contents one after the other."""
    return Markup(markup(between).join(map(markup, contents)))


def element(name: str, /, *contents: str, **attributes: str | float | None) -> Markup:
    """Return an element; `class_` stands for class, `data_x` for data-x, None leaves one out."""
    shown = "".join(
        f' {key.strip("_").replace("_", "-")}="{markup(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in EMPTY:
        return Markup(f"<{name}{shown}>")
    inner = joined(contents)
    return Markup(f"<{name}{shown}/>" if name in EMPTY_SHAPES and not inner else f"<{name}{shown}>{inner}</{name}>")


def document(title: str, style: str, body: Iterable[str], language: str) -> str:
    """Return a whole document that needs nothing besides itself: no script, no outside resource, one style sheet."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", Markup(style)),
    )
    return f"<!DOCTYPE html>\n{element('html', head, element('body', *body), lang=language)}\n"


def both(zh: str, en: str) -> Markup:
    """Return a text in both languages; the style sheet shows the chosen one."""
    if zh == en:
        return markup(zh)
    return joined((element("span", zh, lang="zh", class_="t"), element("span", en, lang="en", class_="t")))


def label(text: Label) -> Markup:
    """Return a label in both languages."""
    return both(text.zh, text.en)
