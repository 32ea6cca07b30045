"""Words of a notice: sentences by key, and values as a person writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

import attrs

from cso_rules.determination import Presumed
from cso_rules.diagnostics import shortened
from cso_rules.errors import ArgumentError
from cso_rules.messages import counted, texts_of
from cso_rules.model.decisions import AnyDecision, TableDecision
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.personal import MASK
from cso_rules.model.policy import Policy
from cso_rules.model.types import Between, OneOf, SomeOf, Type, Unknown, Value

MOST_OF_A_NAME: Final = 200


def sentences(language: str) -> dict[str, str]:
    """Return the sentences of a language, read once.

    Raises:
        ArgumentError: There are no sentences in this language.
    """
    if language not in {"zh", "en"}:
        shown = shortened(str(language))
        raise ArgumentError(
            f"no notices in the language {shown!r}; there are 'zh' and 'en'", f"没有语言“{shown}”，可用：zh、en"
        )
    return texts_of("notices", language)


@attrs.frozen
class Words:
    """Says things in one language about one policy."""

    policy: Policy
    language: str

    def say(self, key: str, **parts: object) -> str:
        """Return the sentence of a key with its places filled."""
        return sentences(self.language)[key].format(**parts)

    def label(self, label: Label) -> str:
        """Return a label in the language."""
        return label.in_language(self.language)

    def name(self, variable: str) -> str:
        """Return the label of a fact, a reading or a decision."""
        for group in (self.policy.facts, self.policy.readings, self.policy.decisions):
            if variable in group:
                return self.label(group[variable].label)
        return variable

    def joined(self, texts: Iterable[str], key: str = "comma") -> str:
        """Return texts joined by the word of a key."""
        return self.say(key).join(texts)

    def named(self, enumeration: str | None, value: str) -> str:
        """Return the label of a value of an enumeration, or the value itself."""
        known = self.policy.enumerations.get(enumeration or "")
        if known is None or value not in known.values:
            return value
        return self.label(known.labels[known.values.index(value)])

    def column(self, column: str, value: str) -> str:
        """Return the label of a value in a column, whose enumeration may have another name."""
        found = [name for name, known in self.policy.enumerations.items() if value in known.values]
        return self.named(column if column in found else next(iter(found), None), value)

    def option(self, reading: str, option: str) -> str:
        """Return the label of an option of a reading."""
        declared = self.policy.readings[reading]
        return self.label(declared.option_labels[declared.type.values.index(option)])

    def choice(self, choice: Iterable[tuple[str, str]]) -> str:
        """Return options of readings."""
        return self.joined(self.option(*pair) for pair in choice)

    def value(self, variable: str, value: object) -> str:
        """Return a value of a variable as a person writes it."""
        if variable in self.policy.readings:
            return self.option(variable, str(value))
        decision = self.policy.decisions.get(variable)
        if isinstance(decision, TableDecision) and decision.has_multiple_hits:
            members = [value] if isinstance(value, str) else sorted(value) if isinstance(value, frozenset) else []
            return self.joined(self.member(decision, str(name)) for name in members) or self.say("empty")
        return self.typed(self.policy.variable_type(variable), value, self._unit(variable))

    def given(self, variable: str, value: object) -> str:
        """Return what a variable is for this subject; what is personal is masked."""
        return MASK if value is not None and self.policy.is_personal(variable) else self.value(variable, value)

    def member(self, decision: TableDecision, name: str) -> str:
        """Return an item of a list: its first column, with the other columns in brackets."""
        columns = decision.outputs[decision.type.values.index(name)]
        return self.columns(decision, dict(columns))

    def columns(self, decision: AnyDecision, columns: Mapping[str, str]) -> str:
        """Return the values of columns: the first, with the others in brackets."""
        texts = self.each(decision, columns)
        return self.say("item_more", first=texts[0], rest=self.joined(texts[1:])) if len(texts) > 1 else texts[0]

    def each(self, decision: AnyDecision, columns: Mapping[str, str]) -> list[str]:
        """Return the values of columns, one by one."""
        kinds = dict(decision.columns) if isinstance(decision, TableDecision) else {}
        own = decision.type.enumeration or ""
        return [self.column(kinds.get(column) or column or own, value) for column, value in columns.items()]

    def typed(self, kind: Type, value: object, unit: str = "") -> str:
        """Return a value of a type, with the unit if it is a number."""
        if isinstance(value, bool):
            return self.say("true" if value else "false")
        if isinstance(value, frozenset):
            names = [self.named(kind.enumeration, name) for name in sorted(value)]
            return self.joined(names) or self.say("empty")
        if isinstance(value, Between):
            return self.range(kind, value.low, value.high, unit)
        if isinstance(value, SomeOf):
            return self.say("and_others", list=self.typed(kind, value.sure)) if value.sure else self.say("unknown")
        if isinstance(value, Unknown):
            return self.say("unknown")
        if isinstance(value, OneOf):
            return self.say("one_of", list=self.typed(kind, value.values))
        if isinstance(value, int | Decimal):
            return self._number(value, unit or (self.say("yuan") if kind.kind == "money" else ""))
        return self.named(kind.enumeration, str(value)) if value is not None else self.say("unknown")

    def range(self, kind: Type, low: Value | None, high: Value | None, unit: str = "") -> str:
        """Return a number or date by its ends, both included; None is an end of which nothing is known."""
        first, last = (None if end is None else self.typed(kind, end, unit) for end in (low, high))
        is_date = kind.kind == "date"
        if first is not None and last is not None:
            return self.say("range", low=first, high=last)
        if first is not None:
            return self.say("not_before" if is_date else "at_least") + first
        if last is not None:
            return self.say("not_after" if is_date else "at_most") + last
        return self.say("any_day" if is_date else "any_number")

    def encoded(self, variable: str, number: int) -> str:
        """Return an encoded number of a variable, as a person writes it."""
        kind = self.policy.variable_type(variable)
        if kind.kind == "set":
            return str(number)
        return self.value(variable, kind.decode_number(number))

    def difference(self, variable: str, number: int) -> str:
        """Return an encoded difference between two numbers of a variable."""
        kind = self.policy.variable_type(variable)
        if kind.kind == "date":
            return self.counted(number, self.say("days"))
        return str(number) if kind.kind == "set" else self.value(variable, kind.decode_number(number))

    def counted(self, number: int | Decimal | str, unit: str) -> str:
        """Return a number with its unit; in English one of them is named in the singular."""
        return counted(number, unit) if self.language == "en" else self.say("percent_unit", number=number, unit=unit)

    def source(self, citation: Citation) -> str:
        """Return a provision with its instrument."""
        return " ".join(part for part in (self.label(citation.title), self.label(citation.pinpoint)) if part)

    def _unit(self, variable: str) -> str:
        fact = self.policy.facts.get(variable)
        return self.label(fact.unit) if fact is not None and fact.unit is not None else ""

    def _number(self, number: int | Decimal, unit: str) -> str:
        whole = isinstance(number, Decimal) and number == number.to_integral_value()
        text = f"{int(number):,}" if whole else f"{number:,}"
        return self.counted(text, unit) if unit else text


def presumed_text(words: Words, found: Presumed) -> str:
    """Return what is presumed of a fact, on which ground, and that it can be rebutted."""
    sources = words.joined(words.source(citation) for citation in found.citations)
    return words.say(
        "presumed_of", fact=words.name(found.name), value=words.value(found.name, found.value), source=sources
    )


def on_one_line(text: str) -> str:
    """Return a name so that it cannot look like another line: breaks, controls and turning marks are replaced."""
    found = "".join(" " if mark.isspace() else mark for mark in text[:MOST_OF_A_NAME])
    shown = "".join(mark if mark.isprintable() else "\N{REPLACEMENT CHARACTER}" for mark in found)
    return shown + ("…" if len(text) > MOST_OF_A_NAME else "")
