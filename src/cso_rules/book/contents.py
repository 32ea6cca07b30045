"""Everything that the pages show, read once: declarations, questions, scenarios with their results, who reads what."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs

from cso_rules.analysis.scenario_runner import ScenarioResult, run
from cso_rules.analysis.traceability import Trace, trace
from cso_rules.errors import PolicyError
from cso_rules.loader.documents.declarations import DecisionDeclaration, Declarations, PackageDeclaration
from cso_rules.loader.documents.periods import ALWAYS, Period
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.load import declarations
from cso_rules.loader.packages import package_path, rule_set
from cso_rules.loader.scenarios.files import Scenario, load_scenarios
from cso_rules.loader.text.tokens import tokenize
from cso_rules.loader.text.yaml_nodes import MappingNode, Node, ScalarNode, read_yaml
from cso_rules.model.instruments import Citation, Label
from cso_rules.source import SourceFile

SLUG_LENGTH = 60


@attrs.frozen(kw_only=True)
class ShownScenario:
    """A scenario with how it went and where it stands in the book."""

    scenario: Scenario
    result: ScenarioResult
    file: str
    anchor: str

    @property
    def target(self) -> str:
        """The link to it."""
        return f"scenarios.html#{self.anchor}"


@attrs.frozen(kw_only=True, eq=False)
class Contents:
    """What the book is about.

    Attributes:
        found: What the package declares, or, while a place is shown, what it and the packages below it declare.
        linked: What has a place in the book.
        names: The id behind every name of a condition: ids, Chinese labels and aliases.
        inputs: For each decision the ids that its conditions name, in reading order.
        periods: For each instrument when it is in force.
        anchors: For each provision (`instrument provision`) its place on the page of provisions.
    """

    path: Path
    as_of: datetime.date
    digest: str
    package: PackageDeclaration
    found: Declarations
    linked: Declarations
    questions: Mapping[str, Label]
    scenarios: tuple[ShownScenario, ...]
    trace: Trace
    names: Mapping[str, str]
    inputs: Mapping[str, tuple[str, ...]]
    periods: Mapping[str, Period]
    anchors: Mapping[str, str]

    def among(self, found: Declarations) -> Contents:
        """Return the same book for a place, whose names and labels are those of its own packages."""
        return attrs.evolve(self, found=found, names=_names(found))

    def readers(self, name: str) -> tuple[str, ...]:
        """Return the decisions that read a fact, a parameter, a reading or another decision."""
        return tuple(decision for decision, inputs in self.inputs.items() if name in inputs)

    def provision(self, citation: Citation) -> str | None:
        """Return the link to a provision; None for one of the rules that a local package extends."""
        anchor = self.anchors.get(f"{citation.instrument} {citation.provision}")
        return f"provisions.html#{anchor}" if anchor else None


def read_contents(package: str | Path, as_of: datetime.date) -> Contents:
    """Read a package and run its scenarios.

    Raises:
        PolicyError: The rules or the scenarios cannot be read.
        UnknownNameError: There is no such package.
    """
    path = package_path(package)
    found, reader = declarations(path)
    if found.package is None or any(fault.severity == "error" for fault in reader.diagnostics):
        raise PolicyError(tuple(reader.diagnostics))
    names = _names(found)
    traced = trace(path)
    return Contents(
        path=path,
        as_of=as_of,
        digest=rule_set(path).digest,
        package=found.packages[-1],
        found=found,
        linked=found,
        questions={decision.name: _question(decision) for decision in found.decisions.values()},
        scenarios=_scenarios(path),
        trace=traced,
        names=names,
        inputs={name: _inputs(decision, names) for name, decision in found.decisions.items()},
        periods=_instrument_periods(traced),
        anchors=_anchors(traced),
    )


def _names(found: Declarations) -> dict[str, str]:
    names: dict[str, str] = {}
    for group in (found.facts, found.readings, found.parameters, found.decisions):
        for name, declared in group.items():
            names.setdefault(name, name)
            names.setdefault(declared.label.zh, name)
    for fact in found.facts.values():
        for alias in fact.aliases:
            names.setdefault(alias, fact.name)
    return names


def _inputs(decision: DecisionDeclaration, names: Mapping[str, str]) -> tuple[str, ...]:
    tokens = (token for node in decision.texts for token in tokenize(node.text)[0] if token.kind == "name")
    named = [names[token.text] for token in tokens if token.text in names]
    readings = [reading for rule in decision.every_rule for reading, _, _ in rule.by_reading]
    return tuple(name for name in dict.fromkeys([*named, *readings]) if name != decision.name)


def _question(decision: DecisionDeclaration) -> Label:
    root = read_yaml(decision.span.source)[0]
    node = root.get("question") if isinstance(root, MappingNode) else None
    return Reader().optional_label(node) or decision.label


def _instrument_periods(traced: Trace) -> dict[str, Period]:
    """Return when each instrument is in force; the declarations do not keep it."""
    sources: dict[str, SourceFile] = {}
    for item in traced.provisions:
        source = item.declaration.span.source
        sources.setdefault(source.path, source)
    return {name: period for source in sources.values() for name, period in _periods_in(source)}


def _periods_in(source: SourceFile) -> Iterator[tuple[str, Period]]:
    root, reader = read_yaml(source)[0], Reader()
    items = root.get("instruments") if isinstance(root, MappingNode) else None
    for item in reader.items(items):
        if isinstance(item, MappingNode):
            yield _text(item.get("id")), reader.period(item.get("in_force")) if item.get("in_force") else ALWAYS


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, ScalarNode) else ""


def _anchors(traced: Trace) -> dict[str, str]:
    used: set[str] = set()
    return {item.id: unused(item.id.replace(" ", "-"), used) for item in traced.provisions}


def unused(wanted: str, used: set[str]) -> str:
    """Return an anchor that is not used yet, and take it."""
    anchor, count = wanted, 1
    while anchor in used:
        count += 1
        anchor = f"{wanted}-{count}"
    used.add(anchor)
    return anchor


def _scenarios(path: Path) -> tuple[ShownScenario, ...]:
    used: set[str] = set()
    pairs = zip(load_scenarios(path), run(path), strict=True)
    return tuple(_scenario(scenario, result, used) for scenario, result in pairs)


def _scenario(scenario: Scenario, result: ScenarioResult, used: set[str]) -> ShownScenario:
    file = Path(scenario.place.rpartition(":")[0]).stem
    anchor = unused(f"{_slug(file)}-{_slug(scenario.title)}", used)
    return ShownScenario(scenario=scenario, result=result, file=file, anchor=anchor)


def _slug(title: str) -> str:
    """Return a title as an anchor; what is left out of it is told apart by a digest."""
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    if len(words) <= SLUG_LENGTH and title.isascii() and words:
        return words
    digest = hashlib.sha256(title.encode()).hexdigest()[:8]
    return f"{words[:SLUG_LENGTH].rstrip('-')}-{digest}".strip("-")
