"""The page of readings: texts that can be understood in several ways, and what the rules do about it."""

from __future__ import annotations

from cso_rules.book import names
from cso_rules.book.contents import Contents
from cso_rules.book.html import code, items, permalink, tag
from cso_rules.book.page import Page
from cso_rules.explanation.markup import Markup, both, element, joined, label
from cso_rules.loader.documents.declarations import ReadingDeclaration
from cso_rules.model.instruments import Label

OPEN = Label(zh="没有默认：答案按各种解读分别给出", en="no default: the answer is given under each reading")


def readings_page(contents: Contents) -> Page:
    """Return every reading with its options."""
    shown = [_reading(contents, reading) for reading in contents.found.readings.values()]
    none = element("p", both("没有解读。", "There are no readings."))
    title = Label(zh="解读", en="Readings")
    return Page(file="readings.html", title=title, content=joined(shown or [none]))


def _reading(contents: Contents, reading: ReadingDeclaration) -> Markup:
    heading = element("h2", label(reading.label), " ", permalink(reading.name), id=reading.name)
    options = zip(reading.options, reading.option_labels, strict=True)
    shown = (_option(reading, option, text) for option, text in options)
    used = items((names.name_link(contents, name) for name in contents.readers(reading.name)), "columns")
    open_mark = "" if reading.default else element("p", tag("open", label(OPEN)))
    parts = (
        heading,
        element("p", code(reading.name), class_="about"),
        element("p", label(reading.definition)),
        open_mark,
        element("ul", *shown),
        names.citations(contents, reading.citations) if reading.citations else "",
        element("h3", both("使用它的决定", "used by")),
        used,
    )
    return element("section", *parts)


def _option(reading: ReadingDeclaration, option: str, text: Label) -> Markup:
    anchor = f"{reading.name}-{option}"
    mark = tag("now", both("默认", "default")) if option == reading.default else ""
    return element("li", label(text), " ", code(option), " ", mark, " ", permalink(anchor), id=anchor)
