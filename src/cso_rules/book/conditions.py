"""Conditions as people read them: labels for readers of Chinese, ids for readers of English."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from cso_rules.book.contents import Contents
from cso_rules.book.html import code, link
from cso_rules.book.names import option_label, target_of, value_label, values_enumeration
from cso_rules.explanation.markup import Markup, element, joined
from cso_rules.loader.documents.declarations import RuleDeclaration
from cso_rules.loader.text.tokens import Token, tokenize

CHINESE = {
    "and": "且", "or": "或", "not": "非", "in": "属于", "between": "介于", "if": "如果", "then": "则", "else": "否则",
    "true": "是", "false": "否", "as_of": "适用日期", ">=": "≥", "<=": "≤", "!=": "≠", "*": "×", "/": "÷", "[": "（",
    "]": "）", "(": "（", ")": "）", ",": "、", "-": "−",
}  # fmt: skip
FUNCTIONS = {
    "list": "", "contains": "包含", "count": "数量", "intersects": "有其一", "date": "日期", "years": "年数",
    "months": "月数", "days": "天数", "duration": "时长",
}  # fmt: skip
TIGHT = frozenset({",", ")", "]", ".."})
OPENING = frozenset({"(", "[", ".."})
FULL_WIDTH = frozenset({",", "(", ")", "[", "]"})
"""What is written full-width in Chinese, where it brings its own space along."""


def condition(contents: Contents, text: str) -> Markup:
    """Return a condition in both languages, its names as links."""
    zh = joined(_Writer(contents, text).chinese())
    en = joined(_Writer(contents, text).plain())
    shown = (
        element("span", zh, lang="zh", class_="t condition"),
        element("span", en, lang="en", class_="t condition"),
    )
    return joined(shown)


def test_of_rule(contents: Contents, rule: RuleDeclaration) -> Markup:
    """Return what decides a criterion or row: one condition, cells, or one condition for each reading."""
    parts = [condition(contents, rule.when.text)] if rule.when is not None else []
    if rule.cells:
        pairs = (f"{name.text} {_comparison(cell.text)}" for name, cell in rule.cells)
        parts += [element("p", condition(contents, pair)) for pair in pairs]
    if rule.by_reading:
        parts.append(_by_reading(contents, rule))
    return joined(parts)


def _comparison(cell: str) -> str:
    return cell if cell.lstrip()[:1] in {"<", ">", "=", "!", "≥", "≤", "≠"} else f"= {cell}"


def _by_reading(contents: Contents, rule: RuleDeclaration) -> Markup:
    shown = []
    for reading, option, node in rule.by_reading:
        name = link(f"readings.html#{reading}-{option}", option_label(contents.found, reading, option))
        shown += [element("dt", name), element("dd", condition(contents, node.text))]
    return element("dl", *shown, class_="by-reading")


@attrs.define
class _Writer:
    """Writes one condition; remembers the variable before a value, which says what the value means."""

    contents: Contents
    text: str
    variable: str = ""

    def _tokens(self, tight: frozenset[str]) -> Iterator[tuple[Token, bool]]:
        """Yield the words with whether a space stands before each; none beside the tight ones."""
        before: Token | None = None
        for token in tokenize(self.text)[0]:
            if token.kind == "end":
                return
            is_call = token.text == "(" and before is not None and (before.kind == "name" or before.text == "not")
            opens = before is not None and (before.text in OPENING or before.text in tight)
            yield token, not (before is None or token.text in TIGHT or token.text in tight or opens or is_call)
            before = token

    def plain(self) -> Iterator[Markup]:
        """Yield the words as rule files spell them, ids for names."""
        for token, is_spaced in self._tokens(frozenset()):
            word = self._named(token) if token.kind == "name" else _operator(token, token.text)
            yield joined((" " if is_spaced else "", word))

    def chinese(self) -> Iterator[Markup]:
        """Yield the words with Chinese labels for names."""
        for token, is_spaced in self._tokens(FULL_WIDTH):
            word = self._labelled(token) if token.kind == "name" else _operator(token, CHINESE.get(token.text))
            yield joined((" " if is_spaced else "", word))

    def _named(self, token: Token) -> Markup:
        name = self.contents.names.get(token.text)
        if name is None:
            return code(self._value(token.text))
        self.variable = name
        return link(target_of(self.contents, name) or "", code(name))

    def _labelled(self, token: Token) -> Markup:
        name = self.contents.names.get(token.text)
        if name is not None:
            self.variable = name
            return link(target_of(self.contents, name) or "", _chinese_name(self.contents, name))
        if token.text in FUNCTIONS:
            return element("span", FUNCTIONS[token.text], class_="operator")
        enumeration = values_enumeration(self.contents.found, self.variable)
        return element(
            "span", value_label(self.contents.found, enumeration, self._value(token.text)).zh, class_="value"
        )

    def _value(self, text: str) -> str:
        """Return the id of a value that is written by its id or label."""
        enumeration = self.contents.found.enumerations.get(values_enumeration(self.contents.found, self.variable) or "")
        rows = zip(enumeration.values, enumeration.labels, enumeration.aliases, strict=True) if enumeration else ()
        return next((value for value, label, aliases in rows if text in {value, label.zh, *aliases}), text)


def _chinese_name(contents: Contents, name: str) -> str:
    found = contents.found
    groups = (found.facts, found.decisions, found.parameters, found.readings)
    return next(group[name].label.zh for group in groups if name in group)


def _operator(token: Token, shown: str | None) -> Markup:
    word = token.text if shown is None else shown
    return element("span", word, class_="value" if token.kind in {"number", "text"} else "operator")
