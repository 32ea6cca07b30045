"""Conditions as people read them: labels and plain words in both languages, names as links."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction

import attrs

from cso_rules.book.contents import Contents
from cso_rules.book.html import code, link
from cso_rules.book.names import (
    amount,
    label_of,
    option_label,
    option_label_of,
    target_of,
    type_of,
    value_label,
    value_now,
    values_enumeration,
)
from cso_rules.book.phrases import PHRASES, SIGNS, duration
from cso_rules.explanation.markup import Markup, both, element, joined
from cso_rules.loader.documents.declarations import RuleDeclaration
from cso_rules.loader.text import syntax
from cso_rules.loader.text.alternatives import NOTHING
from cso_rules.loader.text.tokens import tokenize

MOST_IN_A_LINE = 2
"""How many conditions stand beside one another; more of them become a list."""
LANGUAGES = ("zh", "en")


def condition(contents: Contents, text: str) -> Markup:
    """Return a condition or amount in both languages."""
    return _in_both(contents, text, lambda: syntax.parse_condition(tokenize(text)[0]))


def test_of_rule(contents: Contents, rule: RuleDeclaration) -> Markup:
    """Return what decides a criterion or row: one condition, cells, or one condition for each reading."""
    parts = [condition(contents, rule.when.text)] if rule.when is not None else []
    parts += [element("p", _cell(contents, name.text, cell.text)) for name, cell in rule.cells]
    if rule.by_reading:
        parts.append(_by_reading(contents, rule))
    return joined(parts)


def exceptions(contents: Contents, rule: RuleDeclaration) -> Iterator[Markup]:
    """Yield where a criterion or row does not count, and where it remains although a local package removes it."""
    pairs = [(both("除外：", "except: "), node) for node in rule.excepted]
    pairs += [(both("只在此情形保留：", "remains only when: "), node) for node in rule.exceptions]
    yield from (element("p", heading, condition(contents, node.text)) for heading, node in pairs)


def _cell(contents: Contents, variable: str, text: str) -> Markup:
    return _in_both(contents, text, lambda: syntax.parse_cell(tokenize(text)[0], variable))


def _by_reading(contents: Contents, rule: RuleDeclaration) -> Markup:
    shown = []
    for reading, option, node in rule.by_reading:
        label = option_label(contents.found, reading, option)
        name = link(f"readings.html#{reading}-{option}", label) if reading in contents.linked.readings else label
        shown += [element("dt", name), element("dd", condition(contents, node.text))]
    return element("dl", *shown, class_="by-reading")


def _in_both(contents: Contents, text: str, parse: Callable[[], syntax.Node]) -> Markup:
    """Return a condition in both languages; one that is not understood as it is written."""
    try:
        node = parse()
    except syntax.ConditionSyntaxError:
        return code(text)
    shown = (_Writer(contents=contents, text=text, language=language).whole(node) for language in LANGUAGES)
    return joined(
        element("div", part, lang=language, class_="t condition")
        for language, part in zip(LANGUAGES, shown, strict=True)
    )


@attrs.frozen(kw_only=True)
class _Writer:
    """Writes one condition in one language."""

    contents: Contents
    text: str
    language: str

    def _say(self, key: str) -> Markup:
        return element("span", PHRASES[self.language][key], class_="operator")

    def _space(self) -> str:
        return " " if self.language == "en" else ""

    def _spaced(self, *parts: str) -> Markup:
        return joined((part for part in parts if part), " ")

    def whole(self, node: syntax.Node) -> Markup:
        """Return a condition; many that are joined as a list."""
        if isinstance(node, syntax.Junction) and len(node.operands) > MOST_IN_A_LINE:
            entries = (element("li", self.whole(operand)) for operand in node.operands)
            return joined((self._say("all" if node.operator == "and" else "any"), element("ul", *entries)))
        return self._inner(node)

    def _inner(self, node: syntax.Node) -> Markup:
        """Return a condition within a sentence."""
        match node:
            case syntax.Junction():
                return joined((self._operand(operand) for operand in node.operands), self._between(node.operator))
            case syntax.Negation():
                return self._negated(node.operand)
            case syntax.Comparison():
                return self._comparison(node.left, node.operator, node.right)
            case syntax.Membership():
                return self._membership(node.value, node.tests, "")
            case syntax.Call(function="contains" | "intersects", arguments=(group, wanted)):
                values = wanted.items if isinstance(wanted, syntax.Items) else (wanted,)
                return self._spaced(self._number(group), self._say(node.function), self._values(values, group))
            case syntax.Choice():
                parts = ((node.condition, "if"), (node.then, "then"), (node.otherwise, "else"))
                return self._spaced(*(self._spaced(self._say(word), self._inner(part)) for part, word in parts))
            case syntax.Truth():
                return self._say("always" if node.value else "never")
            case syntax.Anything():
                return self._say("always")
            case _:
                return self._number(node)

    def _operand(self, node: syntax.Node) -> Markup:
        shown = self._inner(node)
        return self._bracketed(shown) if isinstance(node, syntax.Junction | syntax.Choice) else shown

    def _between(self, word: str) -> Markup:
        return joined((" ", self._say(word), " "))

    def _bracketed(self, shown: Markup) -> Markup:
        return joined(("（", shown, "）") if self.language == "zh" else ("(", shown, ")"))

    def _negated(self, node: syntax.Node) -> Markup:
        if isinstance(node, syntax.Comparison) and node.operator == "=":
            return self._comparison(node.left, "!=", node.right)
        if isinstance(node, syntax.Membership):
            return self._membership(node.value, node.tests, "none")
        if isinstance(node, syntax.Name):
            mark = "：" if self.language == "zh" else ":"
            return joined((self._say("not"), mark, self._space(), self._inner(node)))
        return joined((self._say("not"), self._space(), self._bracketed(self._inner(node))))

    # ------------------------------------------------------------------------------------ comparisons

    def _comparison(self, left: syntax.Node, operator: str, right: syntax.Node) -> Markup:
        if isinstance(right, syntax.Truth):
            is_yes = right.value == (operator == "=")
            return self._inner(left) if is_yes else self._negated(left)
        kind = self._measure(left, right)
        word = self._say(f"{kind} {operator}" if kind else operator)
        return self._spaced(self._number(left), word, self._value(right, left))

    def _measure(self, *sides: syntax.Node) -> str:
        """Return whether a comparison is about a date or a number; nothing where it is about a word."""
        kinds = {self._kind(side) for side in sides}
        return "date" if "date" in kinds else "number" if "number" in kinds else ""

    def _kind(self, node: syntax.Node) -> str:
        match node:
            case syntax.Today() | syntax.Call(function="date" | "working_days" | "next_day"):
                return "date"
            case syntax.Number() | syntax.Minus() | syntax.Call(function="count"):
                return "number"
            case syntax.Chain():
                kinds = [self._kind(operand) for operand in node.operands]
                return "date" if "date" in kinds and node.operators[-1] != "-" else "number"
            case syntax.Name():
                kind = type_of(self.contents.found, self.contents.names.get(node.name, ""))
                return "" if kind is None else "date" if kind.kind == "date" else "number" if kind.is_numeric else ""
            case _:
                return ""

    def _membership(self, value: syntax.Node, tests: Sequence[syntax.Node], negation: str) -> Markup:
        """Return a test of a value against alternatives."""
        bounds = [test for test in tests if isinstance(test, syntax.Bound | syntax.Range)]
        if not bounds and len(tests) == 1:
            return self._comparison(value, "!=" if negation else "=", tests[0])
        if not bounds:
            word = self._say(negation or "=")
            return self._spaced(self._number(value), word, self._values(tests, value))
        shown = joined((self._test(value, test) for test in tests), self._between("or"))
        if negation:
            return joined((self._say("not"), self._space(), self._bracketed(shown)))
        return shown

    def _test(self, value: syntax.Node, test: syntax.Node) -> Markup:
        match test:
            case syntax.Bound():
                return self._comparison(value, test.operator, test.value)
            case syntax.Range(low_open=False, high_open=False):
                ends = (self._value(test.low, value), self._say("to"), self._value(test.high, value))
                return self._spaced(self._number(value), self._say("between"), *ends)
            case syntax.Range():
                low = self._comparison(value, ">" if test.low_open else ">=", test.low)
                high = self._comparison(value, "<" if test.high_open else "<=", test.high)
                return joined((low, high), self._between("and"))
            case _:
                return self._comparison(value, "=", test)

    def _values(self, nodes: Sequence[syntax.Node], about: syntax.Node) -> Markup:
        """Return alternatives: A, B or C."""
        shown = [self._value(node, about) for node in nodes]
        if len(shown) == 1:
            return shown[0]
        comma = "、" if self.language == "zh" else ", "
        return joined((joined(shown[:-1], comma), shown[-1]), self._between("one of"))

    # ------------------------------------------------------------------------------------ values and numbers

    def _value(self, node: syntax.Node, about: syntax.Node) -> Markup:
        """Return one side of a comparison; what the other side is says what it means."""
        variable = self.contents.names.get(about.name, "") if isinstance(about, syntax.Name) else ""
        if isinstance(node, syntax.Name) and node.name not in self.contents.names:
            return self._word(node.name, variable)
        if isinstance(node, syntax.Truth):
            return self._say("true" if node.value else "false")
        if isinstance(node, syntax.Number):
            return self._strong(amount(self.contents.found, variable, node.value).in_language(self.language))
        if isinstance(node, syntax.Name) and node.name in self.contents.names:
            return self._legal_number(self.contents.names[node.name], variable)
        return self._number(node)

    def _legal_number(self, name: str, variable: str) -> Markup:
        """Return the value of a parameter on the day of the book, and which one it is; another name as it is."""
        value, shown = value_now(self.contents, name), self._name(name)
        if value is None:
            return shown
        known = amount(self.contents.found, variable or name, value).in_language(self.language)
        return joined((self._strong(known), self._space(), self._bracketed(shown)))

    def _word(self, name: str, variable: str) -> Markup:
        """Return the label of a value that is written by its id, label or alias."""
        found = self.contents.found
        if variable in found.readings:
            return self._strong(option_label_of(found, variable, name).in_language(self.language))
        enumeration = found.enumerations.get(values_enumeration(found, variable) or "")
        rows = zip(enumeration.values, enumeration.labels, enumeration.aliases, strict=True) if enumeration else ()
        value = next((value for value, label, aliases in rows if name in {value, label.zh, *aliases}), name)
        known = value_label(found, enumeration.name if enumeration else None, value)
        return self._strong(known.in_language(self.language))

    def _strong(self, text: str) -> Markup:
        return element("span", text, class_="value")

    def _number(self, node: syntax.Node) -> Markup:
        """Return a number, date or name; whatever else is there as it is written."""
        match node:
            case syntax.Name():
                return self._name(node.name)
            case syntax.Number():
                return self._strong(amount(self.contents.found, "", node.value).en)
            case syntax.Text():
                return self._strong(node.value)
            case syntax.Today():
                return self._say("today")
            case syntax.Minus():
                return joined(("−", self._number(node.operand)))
            case syntax.Chain():
                return self._chain(node)
            case syntax.Call():
                return self._call(node)
            case syntax.Junction() | syntax.Comparison() | syntax.Membership() | syntax.Choice() | syntax.Negation():
                return self._bracketed(self._inner(node))
            case _:
                return code(self.text[node.start : node.end])

    def _name(self, written: str) -> Markup:
        name = self.contents.names.get(written)
        if name is None:
            return self._say("nothing") if written in NOTHING else code(written)
        shown = label_of(self.contents.found, name).in_language(self.language)
        target = target_of(self.contents, name)
        return link(target, shown) if target else joined((shown,))

    def _chain(self, node: syntax.Chain) -> Markup:
        parts: list[str] = []
        for operator, operand in zip(node.operators, node.operands, strict=True):
            shown = self._number(operand)
            parts.append(element("span", SIGNS[operator], class_="operator"))
            parts.append(self._bracketed(shown) if isinstance(operand, syntax.Chain) else shown)
        return joined(parts[1:], " ")

    def _call(self, node: syntax.Call) -> Markup:
        texts = [argument.value for argument in node.arguments if isinstance(argument, syntax.Text)]
        if node.function in {"date", "duration"} and texts:
            return self._strong(texts[0] if node.function == "date" else duration(texts[0], self.language))
        if node.function in {"min", "max"}:
            parts = joined(map(self._number, node.arguments), PHRASES[self.language]["and also"])
            return self._filled(PHRASES[self.language][node.function], [parts])
        if node.function == "next_day" and isinstance(node.arguments[0], syntax.Items):
            months = joined(map(self._number, node.arguments[0].items), PHRASES[self.language]["and also"])
            return self._filled(PHRASES[self.language]["next_days"], [months, *map(self._number, node.arguments[1:])])
        if node.function in {"count", "working_days", "next_day", "duration"}:
            return self._filled(PHRASES[self.language][node.function], map(self._number, node.arguments))
        return code(self.text[node.start : node.end])

    def _filled(self, phrase: str, arguments: Iterable[Markup]) -> Markup:
        """Return a phrase with its places filled."""
        shown = element("span", phrase, class_="operator")
        for index, argument in enumerate(arguments):
            shown = Markup(shown.replace(f"{{{index}}}", argument))
        return shown


def numbers_in(text: str) -> Iterable[Fraction]:
    """Yield the numbers that stand in a condition."""
    try:
        pending = [syntax.parse_condition(tokenize(text)[0])]
    except syntax.ConditionSyntaxError:
        return
    while pending:
        node = pending.pop()
        if isinstance(node, syntax.Number):
            yield node.value
        for field in attrs.fields(type(node)):
            inner = getattr(node, field.name)
            members = inner if isinstance(inner, tuple) else (inner,)
            pending += [member for member in members if isinstance(member, syntax.Node)]
