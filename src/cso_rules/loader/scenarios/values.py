"""Facts, readings and expected answers of a scenario: nodes in, plain values with ids out, every fault reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import attrs

from cso_rules.diagnostics import nearest
from cso_rules.loader.documents.declarations import DecisionDeclaration
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.documents.rule_files import first_line
from cso_rules.loader.grammar.words import ANSWER_STATUSES, MODALITIES
from cso_rules.loader.scenarios.amounts import is_number, read_exact, read_fact, written
from cso_rules.loader.scenarios.cited import provisions_named, written_names
from cso_rules.loader.scenarios.names import ScenarioNames, Spellings, spelled
from cso_rules.loader.scenarios.words import NO_DAY, NO_VALUE, answers_with_items, names_its_target, points_of
from cso_rules.loader.text.yaml_nodes import MappingNode, Node, ScalarNode, SequenceNode, full_width_colon
from cso_rules.model.civil_dates import FIRST, LAST, last_day_before
from cso_rules.model.policy import Fact
from cso_rules.model.spelling.spellings import SpellingError, normalised
from cso_rules.model.types import BOOLEAN, InPart, Type, Value

UNKNOWN_VALUES = frozenset({"unknown", "未知"})
MOST_SHOWN = 8
MODALITY_SPELLINGS: Mapping[str, str] = {
    spelling: name for name, label in MODALITIES.items() for spelling in (name, *label.zh.split("、"))
}
WORDS: Mapping[str, str] = {
    "integer": "number",
    "decimal": "number",
    "money": "number",
    "date": "YYYY-MM-DD",
    "text": "text",
}
"""What a value of each kind looks like; the names of an enumeration are listed instead."""
Plain = str | list["Plain"] | dict[str, "Plain"]


def kind_of(node: Node) -> str:
    """Return the word for the form of a node."""
    return {ScalarNode: "text", SequenceNode: "list", MappingNode: "mapping"}[type(node)]


@attrs.frozen(kw_only=True)
class ValueReader:
    """Reads what one scenario says; names are those of its place."""

    reader: Reader
    names: ScenarioNames

    def pairs(self, node: Node | None) -> Iterator[tuple[ScalarNode, Node]]:
        """Yield the entries of a mapping whose keys are names; report another node."""
        if isinstance(node, MappingNode):
            yield from node.entries
        elif node is not None:
            self.wrong_kind("mapping", node)

    def wrong_kind(self, expected: str, node: Node) -> None:
        """Report a node of another form than is expected."""
        colon = full_width_colon(node) if expected == "mapping" else None
        if colon is None:
            self.reader.report("wrong-node-kind", node.span, expected=expected, found=kind_of(node))
        else:
            self.reader.diagnostics.append(colon)

    def text(self, key: str, node: Node) -> ScalarNode | None:
        """Return a text that is not empty."""
        if not isinstance(node, ScalarNode):
            self.wrong_kind("text", node)
        elif not node.text.strip():
            self.reader.report("wrong-value", node.span, helps=("form",), key=key, found="", expected="text")
        else:
            return node
        return None

    def each(self, node: Node) -> tuple[Node, ...]:
        """Return the items of a list; a text alone is its only item."""
        if isinstance(node, MappingNode):
            self.wrong_kind("list", node)
            return ()
        return node.items if isinstance(node, SequenceNode) else (node,)

    # ------------------------------------------------------------------------------------------ facts

    def facts(self, node: Node | None) -> dict[str, Plain | None]:
        """Return facts by id; None stands behind those that are said to be unknown."""
        found: dict[str, Plain | None] = {}
        first: dict[str, ScalarNode] = {}
        for key, value in self.pairs(node):
            fact = self.names.fact(self.reader, key)
            if fact is None:
                continue
            self._refuse_second(first, fact.name, key)
            found[fact.name] = self.fact(fact, key, value)
        return found

    def _refuse_second(self, first: dict[str, ScalarNode], name: str, key: ScalarNode) -> None:
        """Report a name that came before in another spelling."""
        if name in first:
            related = ((first[name].span, "first"),)
            self.reader.report("repeated-identifier", key.span, related=related, name=name)
        first.setdefault(name, key)

    def fact(self, fact: Fact, key: ScalarNode, node: Node) -> Plain | None:
        """Return the value of a fact; None when it is said to be unknown."""
        if fact.type.kind == "set" and isinstance(node, SequenceNode):
            members = attrs.evolve(fact.type, kind="enumeration")
            return [text for item in node.items if (text := self.value(members, key.text, item)) is not None]
        if fact.type.kind == "set" and isinstance(node, MappingNode):
            self.wrong_kind("list", node)
            return None
        read = partial(read_fact, fact)
        return self._read(fact.type, read, key.text, node, unknown=UNKNOWN_VALUES)

    def value(self, kind: Type, key: str, node: Node, *, is_bounded: bool = True) -> Plain | None:
        """Return a value as text, or None when it is none; that is reported."""
        return self._read(kind, partial(read_exact, kind), key, node, is_bounded=is_bounded)

    def _read(  # noqa: PLR0913 - what a value is read by
        self,
        kind: Type,
        read: Callable[[str, Mapping[str, str]], Value | None],
        key: str,
        node: Node,
        *,
        unknown: frozenset[str] = frozenset(),
        is_bounded: bool = True,
    ) -> Plain | None:
        """Return a value as text, or None when it is said to be unknown or is none; that is reported."""
        found = self.text(key, node)
        if found is None or found.text in unknown:
            return None
        try:
            value = read(found.text, self.names.spellings(kind))
        except SpellingError as error:
            is_far = error.is_impossible and kind.kind in {"integer", "decimal", "money"}
            self._refuse(kind, key, found, is_far=is_far)
            return None
        if value is None:
            if not unknown:
                self._refuse(kind, key, found)
            return None
        is_one = is_bounded and kind.is_numeric and not isinstance(value, InPart)
        if is_one and not kind.minimum <= kind.encode_number(value) <= kind.maximum:
            self._refuse(kind, key, found, is_far=True)
            return None
        return _written(kind, value, found.text)

    def _refuse(self, kind: Type, key: str, node: ScalarNode, *, is_far: bool = False) -> None:
        before = last_day_before(node.text) if kind.kind == "date" else None
        if before is not None:
            self.reader.report("impossible-day", node.span, found=node.text.strip(), expected=before.isoformat())
            return
        if is_far:
            limit = " .. ".join(str(kind.decode_number(bound)) for bound in (kind.minimum, kind.maximum))
            self.reader.report("number-out-of-range", node.span, found=node.text, limit=limit)
            return
        if kind.kind in {"enumeration", "set"} and not self.names.is_complete:
            return
        known = self._spelled(kind)
        suggestion = nearest(node.text, known)
        self.reader.report(
            "wrong-value",
            node.span,
            helps=("did_you_mean",) if suggestion else ("form",) if kind.kind in WORDS else (),
            key=key,
            found=node.text,
            expected=WORDS.get(kind.kind) or _listed(kind.names),
            suggestion=suggestion or "",
        )

    def _spelled(self, kind: Type) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*kind.names, *self.names.spellings(kind))))

    # ------------------------------------------------------------------------------------------ readings

    def readings(self, node: Node | None) -> dict[str, str]:
        """Return the chosen option of each reading."""
        found = {}
        for key, value in self.pairs(node):
            name = self.names.meant(self.reader, "unknown-reading", key, self.names.readings)
            option = self.text(key.text, value)
            if name is None or option is None:
                continue
            known = self.names.options([self.names.found.readings[name]])
            chosen = self.word(key.text, option, {spelling: ids[0] for spelling, ids in known.items()})
            if chosen is not None:
                found[name] = chosen
        return found

    def word(self, key: str, node: ScalarNode, known: Mapping[str, str]) -> str | None:
        """Return what a word of a closed list stands for; report another."""
        if (meant := known.get(normalised(node.text))) is not None:
            return meant
        suggestion = nearest(node.text, known)
        helps = ("did_you_mean",) if suggestion else ()
        expected = _listed(tuple(dict.fromkeys(known.values())))
        self.reader.report(
            "wrong-value",
            node.span,
            helps=helps,
            key=key,
            found=node.text,
            expected=expected,
            suggestion=suggestion or "",
        )
        return None

    # ------------------------------------------------------------------------------------------ expectations

    def steps(self, node: Node) -> Plain:
        """Return what is to be done next, in order: items of the lists of steps, each in a mapping with its list."""
        lists = [form for name in self.names.step_lists for form in self.names.forms(name)]
        if not lists:
            self.reader.report("missing-key", first_line(node.span), key="notices", name="notices.steps")
            return []
        return [step for item in self.each(node) if (step := self._step(lists, item)) is not None]

    def _step(self, lists: list[DecisionDeclaration], node: Node) -> Plain | None:
        """Return an item with the list that has it; the first list reports one that none has."""
        for form in lists:
            trial = Reader()
            answers = _Answers(values=attrs.evolve(self, reader=trial), decision=form, key="steps")
            item = answers.item(node)
            if item is not None and not trial.diagnostics:
                return {"list": form.name, "item": item}
        return _Answers(values=self, decision=lists[0], key="steps").item(node)

    def expected(self, node: Node | None) -> dict[str, Plain]:
        """Return what each decision must answer, by the id of the decision."""
        found: dict[str, Plain] = {}
        first: dict[str, ScalarNode] = {}
        for key, value in self.pairs(node):
            name = self.names.decision(self.reader, key)
            if name is None:
                continue
            self._refuse_second(first, name, key)
            expectation = self._expectation(name, key, value)
            if expectation is not None:
                found[name] = expectation
        return found

    def _expectation(self, decision: str, key: ScalarNode, node: Node) -> Plain | None:
        """Return an expectation as the form of the decision that it fits asks for it; the nearest one reports."""
        forms = list({_answer_form(form): form for form in self.names.forms(decision)}.values())
        for form in reversed(forms):
            trial = Reader()
            answers = _Answers(values=attrs.evolve(self, reader=trial), decision=form, key=key.text)
            expectation = answers.expectation(node)
            if not trial.diagnostics:
                return expectation
        nearest_form = _Answers(values=self, decision=forms[-1], key=key.text)
        return nearest_form.expectation(node)


def _answer_form(decision: DecisionDeclaration) -> tuple[object, ...]:
    return decision.form, answers_with_items(decision), decision.columns, decision.type


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join((*names[:MOST_SHOWN], *(["…"] if len(names) > MOST_SHOWN else [])))


def _written(kind: Type, value: Value, text: str) -> Plain:
    """Return a value as scenarios write it; numbers stay as they are written."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, frozenset):
        return [name for name in kind.names if name in value]
    return written(value, text) if kind.is_numeric else str(value)


@attrs.frozen(kw_only=True)
class _Answers:
    """Reads what is expected of one decision."""

    values: ValueReader
    decision: DecisionDeclaration
    key: str

    @property
    def has_items(self) -> bool:
        return answers_with_items(self.decision)

    def expectation(self, node: Node) -> Plain | None:
        if isinstance(node, MappingNode):
            return self._points(node)
        if self.has_items and not isinstance(node, SequenceNode):
            self._wrong("list", node)
            return None
        return self._items(self.key, node) if self.has_items else self._answer(self.key, node)

    def item(self, node: Node) -> Plain | None:
        """Return one item of a list, or what stands in its first column alone."""
        if isinstance(node, ScalarNode) and self.decision.columns:
            return self.values.value(self._type(self._column), self.key, node)
        return self._answer(self.key, node)

    def _wrong(self, expected: str, node: Node) -> None:
        self.values.wrong_kind(expected, node)

    def _answer(self, key: str, node: Node) -> Plain | None:
        """Return one answer: a value, or for several columns a mapping with each."""
        if len(self.decision.columns) > 1:
            return self._columns(node)
        is_number = self.decision.type is not None and self.decision.type.is_numeric
        if is_number and isinstance(node, ScalarNode) and node.text.strip() in NO_DAY:
            return NO_VALUE
        return self.values.value(self._type(self._column), key, node, is_bounded=False)

    @property
    def _column(self) -> str:
        return self.decision.columns[0][1] if self.decision.columns else "boolean"

    def _type(self, enumeration: str) -> Type:
        if self.decision.type is not None:
            return self.decision.type
        if enumeration == "boolean":
            return BOOLEAN
        known = self.values.names.enumeration(enumeration)
        if known is None:  # its rule file has a fault
            return Type(kind="text")
        return Type(kind="enumeration", values=known.values, enumeration=enumeration)

    def _columns(self, node: Node) -> Plain | None:
        """Return an item of several columns; every column is named, and no other."""
        if not isinstance(node, MappingNode):
            self._wrong("mapping", node)
            return None
        kinds, found = dict(self.decision.columns), dict[str, Plain]()
        for key, value in node.entries:
            if key.text not in kinds:
                self.values.reader.unknown_key(key, tuple(kinds))
            elif (text := self.values.value(self._type(kinds[key.text]), key.text, value)) is not None:
                found[key.text] = text
        missing = [column for column in kinds if node.get(column) is None]
        for column in missing:
            self.values.reader.report("missing-key", first_line(node.span), key=column, name=column)
        return found

    def _points(self, node: MappingNode) -> Plain:
        known, found = self._readers(), dict[str, Plain]()
        for key, value in node.entries:
            if key.text not in known:
                self.values.reader.unknown_key(key, tuple(known))
            elif (plain := known[key.text](key.text, value)) is not None:
                found[key.text] = plain
        if names_its_target(self.decision) and node.get("gaps") is not None and node.get("gaps_to") is None:
            self.values.reader.report("missing-key", first_line(node.span), key="gaps_to", name="gaps_to")
        return found

    def _readers(self) -> dict[str, Callable[[str, Node], Plain | None]]:
        """Return how each point that the answer has is read."""
        readers: dict[str, Callable[[str, Node], Plain | None]] = {
            "value": self._answer,
            "status": self._status,
            "possible": self._items,
            "items": self._items,
            "sure": self._items,
            "includes": self._items,
            "excludes": self._items,
            "failing": self._rule_ids,
            "unknown": self._rule_ids,
            "missing": self._facts,
            "due": partial(self._by_row, read=self._day),
            "modality": partial(self._by_row, read=self._modality),
            "cites": self._cited,
            "amended_unseen": self._amended,
            "by_reading": self._by_reading,
            "gaps_to": self._answer,
            "gaps": self._gaps,
        }
        return {point: readers[point] for point in points_of(self.decision)}

    def _listed(self, key: str, node: Node, read: Callable[[str, Node], Plain | None]) -> Plain:
        items = self.values.each(node)
        return [plain for item in items if (plain := read(key, item)) is not None]

    def _items(self, key: str, node: Node) -> Plain | None:
        if isinstance(node, MappingNode) and len(self.decision.columns) > 1:
            return [] if (item := self._columns(node)) is None else [item]
        return self._listed(key, node, self._answer)

    def _status(self, key: str, node: Node) -> Plain | None:
        text = self.values.text(key, node)
        known = {spelling: name for name, label in ANSWER_STATUSES.items() for spelling in (name, label.zh)}
        return None if text is None else self.values.word(key, text, known)

    def _rule_ids(self, key: str, node: Node) -> Plain:
        return self._listed(key, node, self._rule_id)

    def _rule_id(self, key: str, node: Node) -> Plain | None:
        text, names = self.values.text(key, node), self.values.names
        if text is None:
            return None
        known = names.rules(self.decision.name)
        return names.meant(self.values.reader, "unknown-rule", text, known, decision=self.decision.name)

    def _facts(self, key: str, node: Node) -> Plain:
        return self._listed(key, node, self._fact_name)

    def _fact_name(self, key: str, node: Node) -> Plain | None:
        text = self.values.text(key, node)
        fact = None if text is None else self.values.names.fact(self.values.reader, text)
        return None if fact is None else fact.name

    def _cited(self, key: str, node: Node) -> Plain:
        return self._listed(key, node, self._citation)

    def _citation(self, key: str, node: Node) -> Plain | None:
        text, names = self.values.text(key, node), self.values.names
        if text is None:
            return None
        citation, known = " ".join(text.text.split()), names.found.citations
        if citation in known:
            return citation
        meant = provisions_named(text.text, known)
        if not meant and names.is_complete:
            self.values.reader.unknown("unknown-citation", text.span, citation, tuple(written_names(known)))
        return meant[0] if len(meant) == 1 else [*meant]

    # What rows say beside their items.

    def _by_row(self, _: str, node: Node, *, read: Callable[[str, ScalarNode], Plain | None]) -> Plain:
        """Return what is expected of rows, each named by its id or by its item."""
        found, known = dict[str, Plain](), self._rows
        for key, value in self.values.pairs(node):
            reader = self.values.reader
            name = self.values.names.meant(reader, "unknown-rule", key, known, decision=self.decision.name)
            nodes = value.items if isinstance(value, SequenceNode) else (value,)
            texts = [text for item in nodes if (text := self.values.text(key.text, item)) is not None]
            plain = [one for text in texts if (one := read(key.text, text)) is not None]
            if name is not None and plain:
                found[name] = plain if isinstance(value, SequenceNode) else plain[0]
        return found

    @property
    def _rows(self) -> Spellings:
        """Every spelling of a row: its id or label, or the item that stands in its first column."""
        names = self.values.names
        enumeration = names.enumeration(self._column)
        items = () if enumeration is None else zip(enumeration.values, enumeration.labels, strict=True)
        return {**names.rules(self.decision.name), **spelled((item, (label.zh,)) for item, label in items)}

    def _day(self, key: str, node: ScalarNode) -> Plain | None:
        if node.text.strip() in NO_DAY:
            return "none"
        return self.values.value(Type(kind="date", minimum=FIRST, maximum=LAST), key, node)

    def _modality(self, key: str, node: ScalarNode) -> Plain | None:
        return self.values.word(key, node, MODALITY_SPELLINGS)

    def _amended(self, key: str, node: Node) -> Plain:
        return self._listed(key, node, self._instrument)

    def _instrument(self, key: str, node: Node) -> Plain | None:
        text, names = self.values.text(key, node), self.values.names
        if text is None:
            return None
        known = {normalised(name): (name,) for name in names.found.kinds}
        return names.meant(self.values.reader, "unknown-citation", text, known)

    def _by_reading(self, _: str, node: Node) -> Plain | None:
        names, found = self.values.names, dict[str, Plain]()
        known = names.options(names.found.readings.values())
        for option, value in self.values.pairs(node):
            name = option.text if option.text in known else None
            name = name or names.meant(self.values.reader, "unknown-reading", option, known)
            answer = self.values.text(option.text, value)
            if name is not None and answer is not None:
                found[name] = self._possible_text(option.text, answer)
        return found

    def _possible_text(self, key: str, node: ScalarNode) -> str:
        """Return the answers that remain under a reading, as the determination writes them."""
        if self.has_items or self.decision.type is not None or len(self.decision.columns) > 1:
            return node.text
        parts = [attrs.evolve(node, text=part) for part in node.text.split(", ")]
        answers = [self._answer(key, part) for part in parts]
        return ", ".join(str(answer) for answer in answers if answer is not None)

    def _gaps(self, _: str, node: Node) -> Plain | None:
        if not isinstance(node, SequenceNode):
            self._wrong("list", node)
            return None
        return [self._gap(item) for item in node.items]

    def _gap(self, node: Node) -> Plain:
        found: dict[str, Plain] = {}
        for key, value in self.values.pairs(node):
            fact = self.values.names.fact(self.values.reader, key)
            change = None if fact is None else self._change(fact, key, value)
            if fact is not None and change is not None:
                found[fact.name] = change
        return found

    def _change(self, fact: Fact, key: ScalarNode, node: Node) -> Plain | None:
        """Return a difference in numbers, or the new value of another fact."""
        if not fact.type.is_numeric:
            return self.values.fact(fact, key, node)
        text = self.values.text(key.text, node)
        if text is None or is_number(text.text):
            return None if text is None else text.text
        return self.values.value(fact.type, key.text, text, is_bounded=False)
