"""The page of parameters: every dated value as a picture and a table."""

from __future__ import annotations

from collections.abc import Iterator

from cso_rules.book import names
from cso_rules.book.contents import Contents
from cso_rules.book.html import code, items, permalink, table, tag
from cso_rules.book.page import Page
from cso_rules.book.timeline import Bar, timeline
from cso_rules.explanation.markup import Markup, both, element, joined, label
from cso_rules.loader.documents.declarations import DatedValue, ParameterDeclaration
from cso_rules.loader.grammar.words import DELEGATIONS
from cso_rules.model.instruments import Label

REMOVED = Label(zh="取消", en="removed")


def parameters_page(contents: Contents) -> Page:
    """Return every parameter with its history."""
    shown = (_parameter(contents, parameter) for parameter in contents.found.parameters.values())
    explained = both(
        "条形左端是首日，右端当日不再适用；虚线处没有数值；竖线是本书的日期。",
        "A bar begins on its first day and ends before its last edge; dashes mean no value; the upright line is the "
        "date of the book.",
    )
    title = Label(zh="参数", en="Parameters")
    return Page(file="parameters.html", title=title, content=joined((element("p", explained), *shown)))


def _parameter(contents: Contents, parameter: ParameterDeclaration) -> Markup:
    heading = element("h2", label(parameter.label), " ", permalink(parameter.name), id=parameter.name)
    readers = items((names.name_link(contents, name) for name in contents.readers(parameter.name)), "columns")
    parts = (
        heading,
        element("p", *_about(parameter), class_="about"),
        *_pictures(contents, parameter),
        _table(contents, parameter),
        element("h3", both("被哪些决定读取", "read by")),
        readers,
    )
    return element("section", *parts)


def _about(parameter: ParameterDeclaration) -> Iterator[Markup]:
    yield code(parameter.name)
    yield tag("kind", label(names.TYPES[parameter.type.kind]))
    if parameter.delegation:
        yield tag("kind", label(DELEGATIONS[parameter.delegation]))


def _pictures(contents: Contents, parameter: ParameterDeclaration) -> Iterator[Markup]:
    """Yield one picture, or one for each value of the enumeration that selects the number."""
    for key in dict.fromkeys(key for value in parameter.values for key in value.numbers or {}) or ("",):
        name = names.key_label(contents.found, parameter.indexed_by, key)
        bars = [_bar(parameter, value, key) for value in parameter.values]
        title = f"{parameter.label.zh} / {parameter.label.en} {name.zh}".rstrip()
        caption = element("figcaption", label(name)) if key else ""
        yield element("figure", caption, timeline(bars, contents.as_of, title), class_="picture", tabindex="0")


def _bar(parameter: ParameterDeclaration, value: DatedValue, key: str) -> Bar:
    if value.numbers is None:
        return Bar(period=value.period, text="×", is_removed=True)
    text = names.number(parameter.type, value.numbers[key]) if key in value.numbers else "–"
    return Bar(period=value.period, text=text, is_removed=False)


def _table(contents: Contents, parameter: ParameterDeclaration) -> Markup:
    heads = ("#", both("施行", "in force"), both("数值", "value"), both("依据", "provisions"))
    rows = [
        (value_anchor(parameter, index), list(_row(contents, parameter, value, index)))
        for index, value in enumerate(parameter.values, start=1)
    ]
    return table(heads, rows)


def value_anchor(parameter: ParameterDeclaration, index: int) -> str:
    """Return the place of a dated value: its first day, or its number when it has none."""
    start = parameter.values[index - 1].period.start
    return f"{parameter.name}-{start or index}"


def _row(contents: Contents, parameter: ParameterDeclaration, value: DatedValue, index: int) -> Iterator[Markup]:
    yield joined((str(index), " ", permalink(value_anchor(parameter, index))))
    now = tag("now", both("本书日期适用", "on the date of the book")) if contents.as_of in value.period else ""
    yield joined((names.period(value.period), " ", now))
    yield joined(_numbers(contents, parameter, value), " ")
    yield names.citations(contents, value.citations)


def _numbers(contents: Contents, parameter: ParameterDeclaration, value: DatedValue) -> Iterator[Markup]:
    if value.numbers is None:
        yield tag("absent", label(REMOVED))
        return
    unit = both(" 元", " CNY") if parameter.type.kind == "money" else ""
    for key, encoded in value.numbers.items():
        name = joined((label(names.key_label(contents.found, parameter.indexed_by, key)), " ")) if key else ""
        yield element("div", name, element("strong", names.number(parameter.type, encoded)), unit)
