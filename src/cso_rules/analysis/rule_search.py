"""Find parts of the rules by words of either language, ids or numbers: what fits, the best first, with its place.

In come the declarations of a place; out come entries of one line each, on every date. Numbers are understood: 3万,
30,000 and 叁万 are one, and a number is found in parameters, in conditions, and in the rules that read the parameter.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

import attrs

from cso_rules.analysis.rule_items import named, number_text, numbers_text
from cso_rules.loader.documents.declarations import DecisionDeclaration, Declarations, RuleDeclaration
from cso_rules.loader.text.tokens import tokenize
from cso_rules.model.instruments import Label
from cso_rules.model.spelling.numerals import with_digits
from cso_rules.model.spelling.units import unit_of

EntryKind = Literal[
    "fact", "parameter", "reading", "enumeration", "value", "decision", "rule", "constraint", "instrument", "provision"
]
WHOLE, BEGINS, HOLDS, ALIAS, SAID = 100, 70, 50, 45, 20
"""How well a term fits: a name as a whole, its beginning, a part of it, a part of another name, other words."""
VALUE, LITERAL, READS, WRITTEN = 90, 60, 40, 25
"""How well a number fits: a value of a parameter, a number in a condition, through a parameter, in other words."""
MOST_NEAR: Final = 5
_NUMBER: Final = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?")
_AMOUNT: Final = re.compile(rf"{_NUMBER.pattern}\s*([^\d\s,.，。、；;（()）]*)")
_WHOLE: Final = re.compile(r"\.0+(?!\d)")
_POWER: Final = re.compile(r"[十百千万亿]+")


@attrs.frozen(kw_only=True)
class Entry:
    """A part of the rules that can be found.

    Attributes:
        names: Its id and labels.
        aliases: Other names of it.
        said: Other words about it: questions, definitions, conditions, summaries.
        line: What it is, in one line.
        numbers: Each number in it with how well that fits.
    """

    kind: EntryKind
    name: str
    names: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    line: Label
    place: str
    numbers: Mapping[Decimal, int] = attrs.field(factory=dict)

    def score(self, term: str, number: Decimal | None) -> int:
        """Return how well a term fits, 0 where it does not."""
        found = self.numbers.get(number, 0) if number is not None else 0
        for text in self.names:
            plain = folded(text)
            found = max(found, WHOLE if plain == term else BEGINS if plain.startswith(term) else 0)
            found = max(found, HOLDS if _holds(plain, term) else 0)
        for texts, fit in ((self.aliases, ALIAS), (self.said, SAID)):
            if found < fit and any(_holds(folded(text), term) for text in texts):
                found = fit
        return found


def _holds(text: str, term: str) -> bool:
    """Tell whether a text holds a term, which is no part of a longer number there."""
    if not (term[:1].isdigit() or term[-1:].isdigit()):
        return term in text
    return re.search(rf"(?<![\d.,-]){re.escape(term)}(?![\d.,])", text) is not None


def folded(text: str) -> str:
    """Return a text in the form in which it is compared; ids are words."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("_", " ").split())


def number_of(text: str) -> Decimal | None:
    """Return the number that a text is, with a power such as 万 and a unit; None for another text."""
    found = _AMOUNT.fullmatch(with_digits(unicodedata.normalize("NFKC", text)).strip().lstrip("¥￥"))
    if found is None or (found[3] and unit_of(found[3]) is None):
        return None
    return _number(found)


def _number(found: re.Match[str]) -> Decimal:
    unit = unit_of(found[3]) if found[3] else None
    power = _POWER.match(found[3]) if found[3] else None
    if unit is None and power is not None:
        unit = unit_of(power[0])
    exponent = unit.exponent if unit is not None and unit.dimension != "share" else 0
    return Decimal(found[1].replace(",", "") + (found[2] or "")).scaleb(exponent).normalize()


def _numbers_in(text: str) -> Iterator[Decimal]:
    yield from map(_number, _AMOUNT.finditer(with_digits(unicodedata.normalize("NFKC", text))))


def found(entries: Iterable[Entry], query: str, cited: Collection[str] = ()) -> list[Entry]:
    """Return the entries that fit every word of a query, or the whole of it, the best first.

    Args:
        entries: Where to look.
        query: Words, an id or a number.
        cited: The provisions that the query cites.
    """
    whole, words = folded(query), folded(query).split()
    own = number_of(query)
    numbers = {word: number_of(word) for word in words}
    scored = []
    for entry in entries:
        together = entry.score(whole, own)
        each = [entry.score(word, numbers[word]) for word in words]
        is_cited = entry.kind == "provision" and entry.name in cited
        best = max(together, min(each, default=0), ALIAS if is_cited else 0)
        if best:
            scored.append((-best, -sum(each), entry))
    return [entry for *_, entry in sorted(scored, key=lambda item: item[:2])]


def near(entries: Iterable[Entry], query: str) -> list[Entry]:
    """Return the entries whose names come near to a query in which something is misspelt."""
    known: dict[str, Entry] = {}
    for entry in entries:
        for text in (*entry.names, *entry.aliases):
            known.setdefault(folded(text), entry)
    wanted = folded(query)
    cutoff = 0.6 if wanted.isascii() else 0.5
    close = difflib.get_close_matches(wanted, known, n=2 * MOST_NEAR, cutoff=cutoff)
    return list({(known[text].kind, known[text].name): known[text] for text in close}.values())[:MOST_NEAR]


def entries_of(declared: Declarations, folders: Iterable[Path]) -> list[Entry]:
    """Return everything that can be found in the rules of a place.

    Args:
        declared: What its packages declare.
        folders: Those packages.
    """
    return list(_Entries(declared, tuple(folders)).all())


@attrs.frozen(slots=False)  # what is worked out once is kept in its dictionary
class _Entries:
    declared: Declarations
    folders: tuple[Path, ...]

    def all(self) -> Iterator[Entry]:
        """Yield everything, in the order of `show`."""
        yield from self._facts()
        yield from self._parameters()
        yield from self._readings()
        for decision in self.declared.standing():
            yield self._decision(decision)
            yield from (self._rule(decision.name, rule) for rule in decision.every_rule)
        for change in self.declared.changes:
            if change.rule is not None:
                yield self._rule(change.path.partition("/")[0], change.rule)
        yield from self._enumerations()
        for one in self.declared.constraints:
            texts = (one.message.zh, one.message.en, one.when.text)
            yield Entry(kind="constraint", name=one.id, names=(one.id, *texts[:2]), said=texts[2:], line=one.message,
                        place=one.when.span.place, numbers=self._read(one.when.text))  # fmt: skip
        yield from self._instruments()

    def _facts(self) -> Iterator[Entry]:
        for fact in self.declared.facts.values():
            unit = fact.unit or Label(zh="", en="")
            kinds = [f"{fact.type.kind} {fact.type.enumeration or ''}".strip()]
            line = Label(zh="，".join([fact.label.zh, *kinds, *filter(None, [unit.zh])]),
                         en=", ".join([fact.label.en, *kinds, *filter(None, [unit.en])]))  # fmt: skip
            yield Entry(
                kind="fact", name=fact.name, names=(fact.name, fact.label.zh, fact.label.en),
                aliases=(*fact.aliases, *(heading.text for heading in fact.headings)),
                said=(fact.question.zh, fact.question.en, fact.definition.zh, fact.definition.en),
                line=line, place=fact.span.place if fact.span else self._place_of(fact.name),
            )  # fmt: skip

    def _parameters(self) -> Iterator[Entry]:
        for parameter in self.declared.parameters.values():
            changed = [change.value for change in self.declared.changes
                       if change.path == parameter.name and change.value is not None]  # fmt: skip
            dated = [*parameter.values, *changed]
            values = [_WHOLE.sub("", numbers_text(parameter.type, value.numbers)) or "-" for value in dated]
            text = "; ".join(dict.fromkeys(values))
            label = parameter.label
            yield Entry(
                kind="parameter", name=parameter.name, names=(parameter.name, label.zh, label.en),
                line=Label(zh=f"{label.zh} = {text}", en=f"{label.en} = {text}"), place=parameter.span.place,
                numbers=dict.fromkeys(self.values.get(parameter.name, ()), VALUE),
            )  # fmt: skip

    @cached_property
    def values(self) -> dict[str, frozenset[Decimal]]:
        """The numbers that each parameter has somewhere at some time."""
        found: dict[str, set[Decimal]] = {}
        for parameter in self.declared.parameters.values():
            changes = (change.value for change in self.declared.changes if change.path == parameter.name)
            for value in (*parameter.values, *filter(None, changes)):
                for number in (value.numbers or {}).values():
                    if parameter.type.kind != "date":
                        text = number_text(parameter.type, number)
                        found.setdefault(parameter.name, set()).add(Decimal(text).normalize())
        names = {name: frozenset(numbers) for name, numbers in found.items()}
        return names | {self.declared.parameters[name].label.zh: numbers for name, numbers in names.items()}

    def _read(self, condition: str) -> dict[Decimal, int]:
        """Return the numbers of a condition: those written there, and those of the parameters in it."""
        found: dict[Decimal, int] = {}
        for token in tokenize(condition)[0]:
            for number in self.values.get(token.text, ()):
                found.setdefault(number, READS)
            if token.kind == "number":
                found[Decimal(token.text.replace(",", "")).normalize()] = LITERAL
        return found

    def _readings(self) -> Iterator[Entry]:
        for reading in self.declared.readings.values():
            options = list(zip(reading.options, reading.option_labels, strict=True))
            shown = [named(*option) for option in options]
            yield Entry(
                kind="reading", name=reading.name, names=(reading.name, reading.label.zh, reading.label.en),
                aliases=tuple(text for option, label in options for text in (option, label.zh, label.en)),
                said=(reading.definition.zh, reading.definition.en),
                line=Label(zh=f"{reading.label.zh}：{'、'.join(one.zh for one in shown)}",
                           en=f"{reading.label.en}: {', '.join(one.en for one in shown)}"),
                place=self._place_of(reading.name),
            )  # fmt: skip

    def _enumerations(self) -> Iterator[Entry]:
        for one in self.declared.enumerations.values():
            place = self._place_of(one.name)
            yield Entry(kind="enumeration", name=one.name, names=(one.name, one.label.zh, one.label.en),
                        line=one.label, place=place)  # fmt: skip
            for value, label, aliases in zip(one.values, one.labels, one.aliases, strict=True):
                yield Entry(
                    kind="value", name=f"{one.name}/{value}", names=(value, label.zh, label.en), aliases=aliases,
                    line=label, place=self._place_of(value, after=place),
                )  # fmt: skip

    def _decision(self, decision: DecisionDeclaration) -> Entry:
        text = decision.value.text if decision.value is not None else ""
        return Entry(
            kind="decision", name=decision.name, names=(decision.name, decision.label.zh, decision.label.en),
            said=(text,), line=_with(decision.label, text), place=decision.span.place, numbers=self._read(text),
        )  # fmt: skip

    def _rule(self, decision: str, rule: RuleDeclaration) -> Entry:
        parts = [
            rule.text,
            *(node.text for node in (rule.applies_when, *rule.exceptions, *rule.excepted) if node is not None),
        ]
        then = [node.text for _, node in rule.then]
        text = " ".join(" and ".join(filter(None, parts)).split())
        return Entry(
            kind="rule", name=f"{decision}/{rule.id}", names=(rule.id, rule.label.zh, rule.label.en),
            said=(text, *then), line=_with(rule.label, text), place=rule.span.place, numbers=self._read(text),
        )  # fmt: skip

    def _instruments(self) -> Iterator[Entry]:
        numbers = {one.citation.instrument: one.citation.number for one in self.declared.provisions.values()}
        for name, source in self.declared.sources.items():
            number, title = numbers.get(name, ""), source.title
            yield Entry(kind="instrument", name=name, names=(name, title.zh, title.en, *filter(None, [number])),
                        line=_with(title, number), place=source.span.place)  # fmt: skip
        for name, provision in self.declared.provisions.items():
            one = provision.citation
            texts = (one.summary.zh, one.summary.en)
            firsts = ((one.title.zh, one.article.zh), (one.title.en, one.article.en), (one.number, one.article.zh))
            cited = tuple(f"{first} {article}" for first, article in firsts)
            yield Entry(
                kind="provision", name=name, names=(name,), aliases=cited,
                said=texts, line=Label(zh=f"{cited[0]}：{texts[0]}", en=f"{cited[1]}: {texts[1]}"),
                place=provision.span.place, numbers=dict.fromkeys(_numbers_in(one.summary.zh), WRITTEN),
            )  # fmt: skip

    @cached_property
    def _lines(self) -> dict[str, list[str]]:
        """The places of `id:` in the files of the packages, by what stands behind it, the nearest package first."""
        found: dict[str, list[str]] = {}
        for folder in reversed(self.folders):
            for file in sorted(folder.rglob("*.yaml")):
                within = file.relative_to(folder)
                if "scenarios" in within.parts:
                    continue
                path = f"{folder.resolve().name}/{within.as_posix()}"
                for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                    for name in re.findall(r"(?:\bid|\bextends): *([\w.-]+)", line):
                        found.setdefault(name, []).append(f"{path}:{number}")
        return found

    def _place_of(self, name: str, after: str = "") -> str:
        """Return where a name is given: the first place, or the first behind another one in its file."""
        places = self._lines.get(name, [])
        file, _, line = after.rpartition(":")
        behind = [place for place in places if file and place.startswith(f"{file}:") and _line(place) >= int(line)]
        return (behind or places or [after or "?"])[0]


def _line(place: str) -> int:
    return int(place.rpartition(":")[2])


def _with(label: Label, text: str) -> Label:
    """Return a label with what is asked behind it."""
    return Label(zh=f"{label.zh}：{text}", en=f"{label.en}: {text}") if text else label
