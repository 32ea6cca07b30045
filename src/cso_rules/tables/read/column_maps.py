"""Files that say which column of a list holds which fact: written to be looked through by a person, and read strictly.

In comes YAML with a heading, a fact or `unread`, a unit and meanings of texts for each column; out go choices, or a
problem with place, cause and remedy.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import attrs

from cso_rules.loader.text.yaml_nodes import MappingNode, Node, ScalarNode, SequenceNode, read_yaml
from cso_rules.model.instruments import Label
from cso_rules.model.personal import MASK
from cso_rules.model.policy import Fact, Policy
from cso_rules.model.spelling.units import unit_of
from cso_rules.source import SourceFile
from cso_rules.tables.problems import RequestProblem, at_line
from cso_rules.tables.read.cells import Sheet, heading_key, text_of
from cso_rules.tables.read.choices import ColumnChoice
from cso_rules.tables.read.columns import assigned, nearest_meanings, shown_name
from cso_rules.tables.read.headings import DATE, PLACE, Headings, own_columns, plain_heading

UNREAD: Final = "unread"
LARGEST: Final = 1 << 20
SAMPLED: Final = 200
"""Rows among which a value is looked for."""
KEYS: Final = ("heading", "fact", "unit", "values")
CHOICES: Final = ("boolean", "enumeration", "set")
HEAD: Final = """\
# 各列所对应的事实；请核对后用 --columns 指定本文件。
# Which fact each column holds; check it, and name the file with --columns.
# fact 可改为其他事实，或改为 unread（不读取）；可加 unit: 万元 和 values: {文字: 取值}。
# A fact may be another one, or unread; unit: 万元 and values: {text: value} may be added.
format: 1
columns:
"""


@attrs.frozen(kw_only=True)
class DescribedColumn:
    """One column of a list as it is read.

    Attributes:
        heading: What stands above it.
        sample: The first value below it, empty where there is none.
        name: The fact or own column by the name that a file of choices uses; empty where it is not read.
        label: What it is called for people.
        is_other: Whether it is known to be no fact.
        guesses: What it may hold, where that is not known or several columns hold it: name and label.
        reason: Why it is not read although its name is known.
    """

    heading: str
    sample: str
    name: str
    label: Label
    is_other: bool
    guesses: tuple[tuple[str, Label], ...]
    reason: Label | None


def described(sheet: Sheet, policy: Policy) -> list[DescribedColumn]:
    """Return the columns of a list; its first rows are taken.

    Raises:
        FileProblem: Two columns say whose rules apply.
    """
    headings = Headings.of(policy, choices=sheet.choices)
    found, _ = assigned(sheet.header, headings, policy.as_of)
    samples = [""] * len(sheet.header)
    for _, row in zip(range(SAMPLED), sheet.rows, strict=False):
        for at, cell in enumerate(row.cells[: len(samples)]) if row.aside is None else ():
            samples[at] = samples[at] or text_of(cell)
        if all(samples):
            break
    names = _names(headings)
    read = {item.meaning for item in found if item.is_read}
    listed = []
    for text, sample, item in zip(sheet.header, samples, found, strict=True):
        own = headings.heading(text).meaning if item.is_other else None
        is_contested = own in headings.facts and own not in read and headings.heading(text).is_read
        near = nearest_meanings(text, headings) if item.is_unknown else [own] if is_contested and own else []
        meant = [names.get(meaning, "") for meaning in (item.meaning or "", *near)]
        listed.append(
            DescribedColumn(
                heading=text,
                sample=MASK if sample and any(map(policy.is_personal, meant)) else sample,
                name=names.get(item.meaning or "", "") if item.is_read else "",
                label=shown_name(item.meaning, headings) if item.meaning else Label(zh="", en=""),
                is_other=item.is_other and not is_contested and plain_heading(text) not in sheet.choices.columns,
                guesses=tuple((names[meaning], shown_name(meaning, headings)) for meaning in near),
                reason=item.reason,
            )
        )
    return listed


def _names(headings: Headings) -> dict[str, str]:
    """Return what facts and own columns are called in a file of choices, by their meaning."""
    own = {meaning: texts[0] for meaning, texts in own_columns(headings.entities).items()}
    return {name: name for name in headings.facts} | own


def named_meaning(text: str, policy: Policy) -> tuple[str, Label] | None:
    """Return the name and the label of a fact or own column that is written as its id, a label or another name.

    Columns that say whose rules apply, and when, are named in the list itself.
    """
    headings = Headings.of(policy)
    names = _names(headings)
    meaning = text if text in names else headings.known.get(heading_key(text))
    return None if meaning in {None, PLACE, DATE} or not meaning else (names[meaning], shown_name(meaning, headings))


def map_text(columns: Sequence[DescribedColumn]) -> str:
    """Return a file of choices that says what is read now; of columns that are no facts it holds no values."""
    return HEAD + "".join(line for column in columns if column.heading.strip() for line in _lines(column))


def _lines(column: DescribedColumn) -> Iterator[str]:
    yield f"  - heading: {_quoted(plain_heading(column.heading))}\n"
    said = f"{column.label.zh} {column.label.en}" if column.name else _why(column)
    yield f"    fact: {column.name or UNREAD}{f'  # {said}' if said else ''}\n"
    if column.sample and not column.is_other:
        yield f"    # 例 sample: {_quoted(column.sample[:40])}\n"


def _why(column: DescribedColumn) -> str:
    if column.guesses:
        return "是否 perhaps: " + ", ".join(f"{name} {label.zh}" for name, label in column.guesses)
    return "不是事实 no fact" if column.is_other else ""


def _quoted(text: str) -> str:
    """Return a text in double quotes, as YAML reads it back."""
    return json.dumps(text, ensure_ascii=False)


# ----------------------------------------------------------------------------------------------------------- reading


def load_column_map(path: Path, policy: Policy) -> dict[str, ColumnChoice]:
    """Read a file of choices for a list.

    Raises:
        RequestProblem: It is no such file, or names a fact, a unit or a value that is not there.
    """
    return _MapReader(path, Headings.of(policy)).read()


@attrs.frozen
class _MapReader:
    path: Path
    headings: Headings

    def read(self) -> dict[str, ColumnChoice]:
        root = self._root()
        entries = self._entries(root, ("format", "columns"))
        if getattr(entries.get("format"), "text", "") != "1":
            raise self._problem(root, "map-no-format")
        found: dict[str, ColumnChoice] = {}
        for node in self._items(entries.get("columns") or root):
            heading, choice = self._column(node)
            if heading in found:
                raise self._problem(node, "map-twice", heading=heading)
            found[heading] = choice
        return found

    def _root(self) -> Node:
        try:
            data = self.path.read_bytes()
            text = data.decode("utf-8-sig") if len(data) <= LARGEST else ""
        except (OSError, UnicodeDecodeError):
            text = ""
        source = SourceFile(path=str(self.path), text=text)
        root, faults = read_yaml(source)
        if root is None or faults:
            span = faults[0].span if faults else None
            line = source.position(span.start)[0] if span else 1
            raise RequestProblem.of("map-no-yaml", at_line(self.path, line))
        return root

    def _column(self, node: Node) -> tuple[str, ColumnChoice]:
        entries = self._entries(node, KEYS)
        missing = next((key for key in KEYS[:2] if not getattr(entries.get(key), "text", "")), None)
        if missing is not None:
            raise self._problem(node, "map-key-missing", key=missing)
        heading, name = plain_heading(self._text(entries["heading"])), self._text(entries["fact"])
        place = self._place(node)
        if name == UNREAD:
            return heading, ColumnChoice(meaning=None, place=place)
        meaning = self._meaning(entries["fact"], name, heading)
        fact = self.headings.facts.get(meaning)
        unit = self._text(entries["unit"]) if "unit" in entries else ""
        pairs = tuple(self._values(entries["values"], fact)) if "values" in entries else ()
        choice = ColumnChoice(meaning=meaning, unit=unit, meanings=pairs, place=place)
        if unit:
            self._refuse_unit(entries["unit"], unit, heading, choice)
        return heading, choice

    def _meaning(self, node: Node, name: str, heading: str) -> str:
        own = {text: meaning for meaning, text in _names(self.headings).items()}
        labels = {fact.label.zh: fact.name for fact in self.headings.facts.values()}
        meaning = own.get(name) or labels.get(name)
        if meaning is None:
            near = difflib.get_close_matches(name, [*own, *labels], n=1, cutoff=0.5)
            hint = Label(en=f"did you mean {near[0]}? ", zh=f"是否应为 {near[0]}？") if near else Label(en="", zh="")
            raise self._problem(node, "map-no-fact", name=name, hint=hint)
        if meaning in {PLACE, DATE} and self.headings.heading(heading).meaning != meaning:
            raise self._problem(node, "map-place-or-date", name=name)
        return meaning

    def _values(self, node: Node, fact: Fact | None) -> Iterator[tuple[str, str]]:
        if fact is None or fact.type.kind not in CHOICES:
            raise self._problem(node, "map-no-values")
        for key, value in self._pairs(node):
            meant = self._text(value)
            if meant not in fact.type.names:
                name = Label(en=fact.name, zh=fact.label.zh)
                raise self._problem(value, "map-no-value", text=meant, fact=name, known=", ".join(fact.type.names[:12]))
            yield key.text, meant

    def _refuse_unit(self, node: Node, unit: str, heading: str, choice: ColumnChoice) -> None:
        chosen = self.headings.under(attrs.evolve(self.headings.choices, columns={heading: choice}))
        fact = self.headings.facts.get(choice.meaning or "")
        if fact is None or unit_of(unit) is None or chosen.heading(heading).reason is not None:
            own = fact.unit if fact is not None and fact.unit else Label(zh="无", en="none")
            raise self._problem(node, "map-no-unit", unit=unit, own=own)

    def _entries(self, node: Node, known: Sequence[str]) -> dict[str, Node]:
        found = {key.text: (key, value) for key, value in self._pairs(node)}
        for name, (key, _) in found.items():
            if name not in known:
                raise self._problem(key, "map-no-key", name=name, known=Label(en=", ".join(known), zh="、".join(known)))
        return {name: value for name, (_, value) in found.items()}

    def _pairs(self, node: Node) -> tuple[tuple[ScalarNode, Node], ...]:
        if not isinstance(node, MappingNode):
            raise self._problem(node, "map-no-mapping")
        return tuple(node.entries)

    def _items(self, node: Node) -> tuple[Node, ...]:
        if not isinstance(node, SequenceNode):
            raise self._problem(node, "map-no-items")
        return node.items

    def _text(self, node: Node) -> str:
        if not isinstance(node, ScalarNode):
            raise self._problem(node, "map-no-text")
        return node.text.strip()

    def _place(self, node: Node) -> Label:
        line = node.span.source.position(node.span.start)[0]
        return at_line(self.path, line)

    def _problem(self, node: Node, code: str, **parts: object) -> RequestProblem:
        return RequestProblem.of(code, self._place(node), **parts)
