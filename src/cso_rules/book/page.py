"""The frame of every page: head, navigation, title, footer."""

from __future__ import annotations

import attrs

from cso_rules.book.html import link
from cso_rules.explanation.markup import Markup, both, element, joined, label
from cso_rules.model.instruments import Label

POLICY = (
    "default-src 'none'; style-src 'self' file:; script-src 'self' file:; img-src 'self' file: data:; "
    "base-uri 'none'; form-action 'none'"
)
NAVIGATION = (
    ("index.html", "首页", "home"),
    ("about.html", "如何阅读", "how to read"),
    ("provisions.html", "条款", "provisions"),
    ("decisions.html", "决定", "decisions"),
    ("graph.html", "关系图", "graph"),
    ("parameters.html", "参数", "parameters"),
    ("facts.html", "事实", "facts"),
    ("readings.html", "解读", "readings"),
    ("scenarios.html", "场景", "scenarios"),
    ("places.html", "地方", "places"),
)


@attrs.frozen(kw_only=True)
class Page:
    """One page: the name of its file, its title and what it holds."""

    file: str
    title: Label
    content: Markup

    def html(self, book: Label) -> str:
        """Return the whole document.

        Args:
            book: The name of the package.
        """
        head = element("head", *_head(self, book))
        main = element("main", element("h1", label(self.title)), self.content, id="page-content")
        skip = element("a", both("跳到正文", "skip to content"), href="#page-content", class_="skip")
        body = element("body", skip, _header(self.file, book), main, _footer(book))
        return f"<!DOCTYPE html>\n{element('html', head, body, lang='zh')}\n"


def _head(page: Page, book: Label) -> list[Markup]:
    title = f"{page.title.zh} · {page.title.en} – {book.zh}"
    return [
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("link", rel="stylesheet", href="book.css"),
        element("script", src="book.js"),
    ]


def _header(current: str, book: Label) -> Markup:
    opened = "decisions.html" if current.startswith("decision-") else current
    links = (
        element("a", both(zh, en), href=file, aria_current="page" if file == opened else None)
        for file, zh, en in NAVIGATION
    )
    switch = element(
        "button", "中 / EN", type="button", id="page-language", hidden="", aria_label="中 / EN 切换语言 switch language"
    )
    name = element("p", link("index.html", label(book)), class_="book-name")
    bar = element("div", name, _search(), switch, class_="bar")
    return element("header", bar, element("nav", *links, aria_label="目录 contents"))


def _search() -> Markup:
    """Return the search box; the script draws its answers and reads the index when somebody begins to search."""
    field = element(
        "input",
        id="search",
        type="search",
        autocomplete="off",
        spellcheck="false",
        aria_describedby="search-count",
        aria_label="搜索全书 search the book",
        placeholder="搜索 search",
    )
    count = element("p", id="search-count", role="status")
    panel = element("div", count, element("ul", id="search-answers"), id="search-panel", hidden="")
    return element("div", field, panel, id="search-box", class_="search", role="search", hidden="")


def _footer(book: Label) -> Markup:
    zh = "条款摘要用自己的话写成，不代替文件原文；本书由规则文件生成。"
    en = "Summaries are in our own words and do not replace the documents; the book is generated from the rule files."
    return element("footer", element("p", joined((label(book), " · ", both(zh, en)))))
