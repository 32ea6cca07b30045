"""Labels and links of what a package declares, and values as people write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from cso_rules.book.contents import Contents
from cso_rules.book.html import code, link, tag
from cso_rules.explanation.markup import Markup, both, element, joined, label
from cso_rules.loader.documents.declarations import Declarations
from cso_rules.loader.documents.periods import Period
from cso_rules.loader.grammar.words import CONFIDENCES, MODALITIES
from cso_rules.messages import counted
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.types import Type

STATUSES = {
    "in_force": Label(zh="施行中", en="in force"),
    "trial": Label(zh="试行", en="on trial"),
    "draft": Label(zh="草案", en="draft"),
    "superseded": Label(zh="已被取代", en="superseded"),
    "expired": Label(zh="已失效", en="expired"),
}
TYPES = {
    "boolean": Label(zh="是或否", en="yes or no"),
    "integer": Label(zh="整数", en="whole number"),
    "decimal": Label(zh="小数", en="decimal number"),
    "money": Label(zh="金额（元）", en="money (CNY)"),
    "date": Label(zh="日期", en="date"),
    "enumeration": Label(zh="单选", en="one of"),
    "set": Label(zh="多选", en="several of"),
    "text": Label(zh="文字", en="text"),
}
BOOLEANS = {"true": Label(zh="是", en="yes"), "false": Label(zh="否", en="no")}


def target_of(contents: Contents, name: str) -> str | None:
    """Return the link to a fact, decision, parameter or reading."""
    found = contents.linked
    if name in found.decisions:
        return f"decision-{name}.html"
    pages = (("facts", found.facts), ("parameters", found.parameters), ("readings", found.readings))
    return next((f"{page}.html#{name}" for page, group in pages if name in group), None)


def type_of(found: Declarations, name: str) -> Type | None:
    """Return the type of a fact, decision or parameter; None where it has none of its own."""
    groups: tuple[Mapping[str, object], ...] = (found.facts, found.decisions, found.parameters)
    known = next((group[name] for group in groups if name in group), None)
    kind = getattr(known, "type", None)
    return kind if isinstance(kind, Type) else None


def amount(found: Declarations, name: str, value: Fraction) -> Label:
    """Return a number as people write it, with the unit of the fact that it is compared with."""
    number, kind = f"{float(value):,.10g}" if value.denominator > 1 else f"{int(value):,}", type_of(found, name)
    if kind is not None and kind.kind == "money":
        return Label(zh=f"{number} 元", en=f"CNY {number}")
    unit = found.facts[name].unit if name in found.facts else None
    if unit is None:
        return Label(zh=number, en=number)
    return Label(zh=f"{number} {unit.zh}", en=counted(number, unit.en))


def value_now(contents: Contents, name: str) -> Fraction | None:
    """Return the one number that a parameter has on the day of the book; None where it has none or several."""
    parameter = contents.found.parameters.get(name)
    dated = parameter.value_on(contents.as_of) if parameter else None
    if parameter is None or dated is None or dated.numbers is None or list(dated.numbers) != [""]:
        return None
    value = parameter.type.decode_number(dated.numbers[""])
    return Fraction(value) if isinstance(value, int | Decimal) else None


def label_of(found: Declarations, name: str) -> Label:
    """Return the label of a fact, decision, parameter or reading; the name itself when it is none."""
    groups: tuple[Mapping[str, object], ...] = (found.facts, found.decisions, found.parameters, found.readings)
    known = next((group[name] for group in groups if name in group), None)
    text = getattr(known, "label", None)
    return text if isinstance(text, Label) else Label(zh=name, en=name)


def name_link(contents: Contents, name: str) -> Markup:
    """Return the label of a name as a link, with its id."""
    shown = joined((label(label_of(contents.found, name)), " ", code(name)))
    target = target_of(contents, name)
    return link(target, shown) if target else shown


def values_enumeration(found: Declarations, name: str) -> str | None:
    """Return the enumeration that the values of a fact or decision come from."""
    if name in found.facts:
        return found.facts[name].type.enumeration
    if name in found.decisions:
        columns = found.decisions[name].columns
        kind = found.decisions[name].type
        return columns[0][1] if len(columns) == 1 else kind.enumeration if kind else None
    return None


def value_label(found: Declarations, enumeration: str | None, value: str) -> Label:
    """Return the label of a value; the value itself when it has none."""
    known = found.enumerations.get(enumeration or "")
    if known is not None and value in known.values:
        return known.labels[known.values.index(value)]
    return BOOLEANS.get(value, Label(zh=value, en=value))


def key_label(found: Declarations, indexes: tuple[str, ...], key: str) -> Label:
    """Return what the key of a number means: the values of what selects it."""
    kinds = [found.index_type(name) for name in indexes]
    labels = [
        value_label(found, kind.enumeration if kind else None, part)
        for kind, part in zip(kinds, key.split("/"), strict=False)
    ]
    return Label(zh="，".join(one.zh for one in labels), en=", ".join(one.en for one in labels))


def value_link(contents: Contents, enumeration: str | None, value: str) -> Markup:
    """Return the label of a value as a link to its enumeration."""
    shown = label(value_label(contents.found, enumeration, value))
    known = contents.linked.enumerations.get(enumeration or "")
    is_known = known is not None and value in known.values
    return link(f"facts.html#{enumeration}-{value}", shown) if is_known else shown


def scenario_title(text: Label) -> Markup:
    """Return the title of a scenario; one that is written in one language only says so to readers of the other."""
    if text.zh != text.en:
        return element("bdi", label(text))
    own = "en" if text.en.isascii() else "zh"
    other, remark = ("zh", "（英文）") if own == "en" else ("en", " (in Chinese)")
    mark = element("span", remark, lang=other, class_="t one-language")
    return joined((element("bdi", text.en, lang=own), mark))


def option_label(found: Declarations, reading: str, option: str) -> Markup:
    """Return the label of an option of a reading."""
    return label(option_label_of(found, reading, option))


def option_label_of(found: Declarations, reading: str, option: str) -> Label:
    """Return the label of an option of a reading, written by its name or Chinese label; the text itself if none."""
    declared = found.readings.get(reading)
    pairs = zip(declared.options, declared.option_labels, strict=True) if declared else ()
    known = (text for name, text in pairs if option in {name, text.zh})
    return next(known, Label(zh=option, en=option))


def number(kind: Type, encoded: int) -> str:
    """Return an encoded number or date as people write it."""
    value = kind.decode_number(encoded)
    if isinstance(value, Decimal):
        return f"{int(value):,}" if value == value.to_integral_value() else f"{value:,f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def period(shown: Period) -> Markup:
    """Return a period in words; its end is the first day on which it no longer holds."""
    return element("span", _period(shown), class_="period")


def _period(shown: Period) -> Markup:
    start, end = shown.start, shown.end
    if start and end:
        return both(f"{start} 起，{end} 前", f"from {start} until before {end}")
    if start:
        return both(f"{start} 起", f"from {start}")
    return both(f"{end} 前", f"before {end}") if end else both("不限", "always")


def citations(contents: Contents, cited: Iterable[Citation]) -> Markup:
    """Return provisions as a list of links, each with its confidence."""
    return element("ul", *(element("li", citation(contents, one)) for one in cited), class_="citations")


def citation(contents: Contents, cited: Citation) -> Markup:
    """Return one provision as a link, with its article and confidence."""
    article = label(cited.pinpoint)
    name = cited.number or cited.instrument
    target, shown = contents.provision(cited), joined((name, " ", code(cited.provision)))
    named = link(target, shown) if target else shown
    return joined((named, " ", article, " ", confidence(cited.confidence)))


def confidence(mark: str) -> Markup:
    """Return the mark of how well a provision was confirmed."""
    meaning = CONFIDENCES[mark]
    return element(
        "abbr", mark, class_=f"confidence confidence-{mark.rstrip('?')}", title=f"{meaning.zh} / {meaning.en}"
    )


def modality(word: str | None) -> Markup:
    """Return the strength of a wording as a tag."""
    return tag(word, label(MODALITIES[word])) if word in MODALITIES else Markup("")
