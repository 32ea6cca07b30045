"""Scenario files in; typed test cases out, named facts included, or every fault of every file.

A name may be an id or a Chinese label wherever one stands; what comes out holds ids alone.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs

from cso_rules.diagnostics import Diagnostic
from cso_rules.errors import PolicyError, UnknownNameError
from cso_rules.loader.codes import NATIONAL, UNPLACED
from cso_rules.loader.documents.declarations import Declarations
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.documents.rule_files import first_line, read_citations
from cso_rules.loader.grammar.scenarios import SCENARIO, SCENARIOS
from cso_rules.loader.load import declarations, source_file
from cso_rules.loader.packages import header, lineage, package_path, rule_set
from cso_rules.loader.scenarios.names import ScenarioNames
from cso_rules.loader.scenarios.values import Plain, ValueReader
from cso_rules.loader.text.yaml_nodes import MappingNode, Node, read_yaml
from cso_rules.model.instruments import Label
from cso_rules.source import Span

FIRST_DAY, LAST_DAY = datetime.date(1900, 1, 1), datetime.date(2200, 1, 1)
"""Dates whose rules a scenario may ask for: those that facts may have, too."""


@attrs.frozen(kw_only=True)
class Scenario:
    """One test case of a package.

    Attributes:
        label: What it shows; the same in both languages where the file says it in one.
        jurisdiction: The place; None is that of the package.
        readings: The chosen option of readings, by id.
        facts: Texts and lists by the id of the fact, with ids of values; facts that are not listed are unknown, or what
            the law presumes, unless they are said to be unknown.
        expect: For each decision, by id, a text, a list or a mapping, as `docs/reference/rule-files.md` says.
        steps: What is to be done next, in order: for each step its list and item; None where nothing is expected.
        nationally: What the national rules alone answer about the same facts.
        place: `path:line` of the title.
    """

    label: Label
    as_of: datetime.date
    jurisdiction: str | None
    entity: str
    drafts: bool
    local_deviations: bool
    readings: Mapping[str, str]
    facts: Mapping[str, object]
    expect: Mapping[str, object]
    steps: tuple[Mapping[str, object], ...] | None = None
    nationally: Mapping[str, object]
    place: str

    @property
    def title(self) -> str:
        """What it shows, as it is known by."""
        return self.label.en


@attrs.frozen(kw_only=True)
class ScenariosRead:
    """The scenarios of a package that have no fault, in the order of its files, and the faults of the others."""

    scenarios: tuple[Scenario, ...]
    diagnostics: tuple[Diagnostic, ...]


def load_scenarios(package: str | Path) -> tuple[Scenario, ...]:
    """Return every scenario of a package, in the order of its files.

    Raises:
        PolicyError: A scenario file has faults; it carries all of them.
        UnknownNameError: There is no such package.
    """
    found = read_scenarios(package)
    if found.diagnostics:
        raise PolicyError(found.diagnostics)
    return found.scenarios


def read_scenarios(package: str | Path) -> ScenariosRead:
    """Return the sound scenarios of a package, and every fault of its scenario files.

    Raises:
        UnknownNameError: There is no such package.
    """
    path = package_path(package)
    return _Files(path=path).read()


@attrs.frozen(kw_only=True)
class _Pack:
    """Named facts, by id; None stands behind those that are said to be unknown."""

    facts: Mapping[str, Plain | None]


@attrs.define(kw_only=True)
class _Files:
    """The scenario files of one package while they are read."""

    path: Path
    reader: Reader = attrs.field(factory=Reader)
    packs: dict[str, _Pack] = attrs.field(factory=dict)
    titles: dict[str, Span] = attrs.field(factory=dict)
    known: dict[tuple[Path, str | None, bool, str | None], ScenarioNames] = attrs.field(factory=dict)

    def read(self) -> ScenariosRead:
        inherited = list(self._inherited())
        files = sorted((self.path / "scenarios").glob("*.yaml"))
        nodes = [node for file in files if (node := _read(self.path, file, self.reader)) is not None]
        for node in inherited:
            self._add_packs(node, {})
        own: dict[str, Span] = {}
        for node in nodes:
            self._add_packs(node, own)
        items = [item for node in nodes for item in self.reader.items(_entry(node, "scenarios"))]
        found = [scenario for item in items if (scenario := self._sound(item)) is not None]
        return ScenariosRead(scenarios=tuple(found), diagnostics=tuple(self.reader.diagnostics))

    def _inherited(self) -> Iterator[Node]:
        """Yield the files of packs of every package that this one extends."""
        for base in lineage(self.path)[:-1]:
            file = base / "scenarios" / "packs.yaml"
            if file.is_file() and (node := _read(base, file, self.reader)) is not None:
                yield node

    def _add_packs(self, node: Node, own: dict[str, Span]) -> None:
        """Take up the packs of a file; a package may write an inherited one anew, but each of its own once."""
        values = ValueReader(reader=self.reader, names=self._names(self.path))
        for key, value in values.pairs(_entry(node, "packs")):
            if key.text in own:
                related = ((own[key.text], "first"),)
                self.reader.report("repeated-identifier", key.span, related=related, name=key.text)
            own.setdefault(key.text, key.span)
            self.packs[key.text] = _Pack(facts=values.facts(value))

    def _names(
        self, package: Path, jurisdiction: str | None = None, *, drafts: bool = False, entity: str | None = None
    ) -> ScenarioNames:
        """Return the names that a place knows; they are worked out once."""
        asked = (package, jurisdiction, drafts, entity)
        if asked not in self.known:
            found, is_complete = _declared(package, jurisdiction, drafts=drafts)
            self.known[asked] = ScenarioNames(found=found, entity=entity, is_complete=is_complete)
        return self.known[asked]

    def _sound(self, node: Node) -> Scenario | None:
        """Return a scenario without a fault; the faults of another are kept."""
        count = len(self.reader.diagnostics)
        scenario = self._scenario(node)
        return scenario if len(self.reader.diagnostics) == count else None

    def _scenario(self, node: Node) -> Scenario | None:
        reader = self.reader
        entries = reader.mapping(node, SCENARIO)
        entities = self._names(self.path).found.entities
        entity = reader.choice(entries.get("entity"), entities.names, entities.subject.name)
        drafts = reader.boolean(entries.get("drafts"))
        jurisdiction = reader.text(entries.get("jurisdiction")) or None
        names = self._place(entries.get("jurisdiction"), jurisdiction, entity, drafts=drafts)
        if names is None:
            return None
        values = ValueReader(reader=reader, names=names)
        facts = self._included(entries.get("include"), values) | values.facts(entries.get("facts"))
        self._check_remarks(entries, names.found)
        return Scenario(
            label=self._title(entries.get("title")),
            as_of=self._day(entries.get("as_of")),
            jurisdiction=jurisdiction,
            entity=entity,
            drafts=drafts,
            local_deviations=reader.choice(entries.get("local_deviations"), ("true", "false"), "true") == "true",
            readings=values.readings(entries.get("readings")),
            facts={
                name: "unknown" if value is None else value
                for name, value in facts.items()
                if value is not None or name in names.found.presumptions
            },
            expect=values.expected(entries.get("expect")),
            steps=self._steps(entries.get("steps"), values),
            nationally=self._nationally(entries.get("nationally"), values),
            place=node.span.place,
        )

    def _place(self, node: Node | None, jurisdiction: str | None, entity: str, *, drafts: bool) -> ScenarioNames | None:
        """Return the names of the place; report a place that is none, or for which the package does not speak."""
        try:
            return self._names(self.path, jurisdiction, drafts=drafts and jurisdiction is not None, entity=entity)
        except UnknownNameError:
            if node is None or jurisdiction is None:
                raise
            own = header(self.path).get("jurisdiction", NATIONAL)
            expected = "cn, 44, 4403, 440305" if own in {NATIONAL, UNPLACED} else f"{own}, {own}…"
            self.reader.report("wrong-value", node.span, key="jurisdiction", found=jurisdiction, expected=expected)
            return None

    def _steps(self, node: Node | None, values: ValueReader) -> tuple[Mapping[str, object], ...] | None:
        found = None if node is None else values.steps(node)
        return None if found is None else tuple(step for step in found if isinstance(step, dict))

    def _nationally(self, node: Node | None, values: ValueReader) -> dict[str, Plain]:
        """Return what the national rules must answer: their decisions; values that only the place has may be absent."""
        national = self._names(lineage(self.path)[0], entity=values.names.entity)
        for key, _ in node.entries if isinstance(node, MappingNode) else ():
            if key.text in values.names.decisions:
                national.decision(self.reader, key)
        return values.expected(node)

    def _title(self, node: Node | None) -> Label:
        """Return a title of one text or of both languages; report one that another scenario of the package has."""
        if isinstance(node, MappingNode):
            title = self.reader.label(node)
        else:
            text = self.reader.text(node)
            title = Label(zh=text, en=text)
        if node is None:
            return title
        for text in dict.fromkeys((title.zh, title.en)):
            if text in self.titles:
                related = ((self.titles[text], "first"),)
                self.reader.report("repeated-identifier", first_line(node.span), related=related, name=text)
            elif text:
                self.titles[text] = node.span
        return title

    def _day(self, node: Node | None) -> datetime.date:
        day = self.reader.date(node)
        if node is not None and day is not None and not FIRST_DAY <= day <= LAST_DAY:
            self.reader.report("number-out-of-range", node.span, found=str(day), limit=f"{FIRST_DAY} .. {LAST_DAY}")
        return day or FIRST_DAY

    def _included(self, node: Node | None, values: ValueReader) -> dict[str, Plain | None]:
        facts: dict[str, Plain | None] = {}
        for item in self.reader.items(node):
            name = self.reader.scalar(item)
            if name is None:
                continue
            if name.text not in self.packs:
                self.reader.unknown("unknown-pack", name.span, name.text, self.packs)
                continue
            included = self.packs[name.text].facts
            for fact in included:
                values.names.fact(self.reader, attrs.evolve(name, text=fact))
            facts |= included
        return facts

    def _check_remarks(self, entries: Mapping[str, Node], found: Declarations) -> None:
        """Report a note that is no text, and a citation of a provision that is not there."""
        self.reader.text(entries.get("note"))
        if (cited := entries.get("cite")) is not None:
            read_citations(self.reader, cited, found, cited.span, "cite")


def _declared(package: Path, jurisdiction: str | None, *, drafts: bool) -> tuple[Declarations, bool]:
    """Return what the packages of a place declare, and whether every one of their files could be read."""
    found, reader = declarations(rule_set(package, jurisdiction, drafts=drafts))
    unread = (fault.span is None or fault.code.startswith("yaml-") for fault in reader.diagnostics)
    return found, found.package is not None and not any(unread)


def _read(path: Path, file: Path, reader: Reader) -> Node | None:
    source = source_file(path, file, reader)
    if source is None:
        return None
    node, faults = read_yaml(source)
    reader.diagnostics += faults
    if node is None:
        if not faults:
            reader.report("missing-key", Span(source=source, start=0, end=0), key="format", name=source.path)
        return None
    entries = reader.mapping(node, SCENARIOS)
    reader.choice(entries.get("format"), ("1",), "1")
    return node


def _entry(node: Node, key: str) -> Node | None:
    return node.get(key) if isinstance(node, MappingNode) else None
