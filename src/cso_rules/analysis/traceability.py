"""Which rules carry out each provision, which scenarios exercise it, and which provisions nothing accounts for."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

import attrs

from cso_rules.diagnostics import Diagnostic
from cso_rules.loader.documents.declarations import (
    ChangeDeclaration,
    DecisionDeclaration,
    Declarations,
    PackageDeclaration,
    ProvisionDeclaration,
)
from cso_rules.loader.documents.periods import ALWAYS, Period
from cso_rules.loader.load import declarations
from cso_rules.loader.packages import package_path, superseding
from cso_rules.loader.scenarios.files import Scenario, read_scenarios
from cso_rules.loader.text.tokens import tokenize
from cso_rules.model.instruments import Citation, Label

CitingKind = Literal["rule", "parameter", "reading", "fact", "constraint", "change"]


@attrs.frozen(kw_only=True)
class Citing:
    """A part of the rules that cites a provision.

    Attributes:
        path: `decision/rule`, or the name of a decision that is a value, of a parameter, a reading or a constraint;
            before a change of a local package stands the id of that package.
        periods: Times that must all hold for it to be in force.
        decisions: The decisions that it is a part of, or that read it.
    """

    kind: CitingKind
    path: str
    periods: tuple[Period, ...] = (ALWAYS,)
    decisions: frozenset[str] = frozenset()

    def is_tried_by(self, scenario: Scenario) -> bool:
        """Tell whether a scenario expects something of its decisions while it is in force."""
        is_concerned = not self.decisions.isdisjoint(scenario.expect)
        return is_concerned and all(scenario.as_of in period for period in self.periods)


@attrs.frozen(kw_only=True)
class TracedProvision:
    """A provision with what cites it and the scenarios (`path:line`) that exercise it."""

    declaration: ProvisionDeclaration
    cited_by: tuple[Citing, ...]
    scenarios: tuple[str, ...]

    @property
    def citation(self) -> Citation:
        """The provision itself."""
        return self.declaration.citation

    @property
    def id(self) -> str:
        """Instrument and provision, as rules cite it."""
        return _name(self.citation)

    @property
    def is_accounted_for(self) -> bool:
        """Whether something cites it, or the package says why nothing does."""
        return self.declaration.status != "encoded" or bool(self.cited_by)

    @property
    def is_out_of_date(self) -> bool:
        """Whether the package says that nothing decides by it although something cites it."""
        return self.declaration.status != "encoded" and bool(self.cited_by)


@attrs.frozen(kw_only=True)
class InstrumentCount:
    """How many provisions of an instrument are accounted for, and how."""

    instrument: str
    title: Label
    number: str
    total: int
    encoded: int
    declared: int
    not_computable: int

    @property
    def accounted(self) -> int:
        """How many are accounted for in one of the three ways."""
        return self.encoded + self.declared + self.not_computable


@attrs.frozen(kw_only=True)
class Check:
    """When the source of an instrument, or of a parameter that says so itself, was last read; None: not noted."""

    name: str
    kind: Literal["instrument", "parameter"]
    label: Label
    checked_on: datetime.date | None


@attrs.frozen(kw_only=True)
class TraceProblem:
    """Something to put right about a provision; `place` is `path:line`."""

    place: str
    is_error: bool
    message: Label


@attrs.frozen(kw_only=True)
class Trace:
    """Every provision of a package with what carries it out, and the faults found while the rules were read.

    Attributes:
        checks: When sources were last read: first those of which it is not noted, then what was read longest ago.
        package: What was traced, with the end that another package puts to it; None where it cannot be read.
    """

    provisions: tuple[TracedProvision, ...]
    faults: tuple[Diagnostic, ...]
    checks: tuple[Check, ...] = ()
    package: PackageDeclaration | None = None

    @property
    def unverified(self) -> tuple[TracedProvision, ...]:
        """Provisions that nobody has compared with a source (K)."""
        return tuple(item for item in self.provisions if item.citation.confidence == "K")

    @property
    def problems(self) -> tuple[TraceProblem, ...]:
        """Provisions that nothing accounts for, and statuses that no longer hold."""
        unaccounted = [_unaccounted(item) for item in self.provisions if not item.is_accounted_for]
        return (*unaccounted, *(_out_of_date(item) for item in self.provisions if item.is_out_of_date))

    @property
    def counts(self) -> tuple[InstrumentCount, ...]:
        """The numbers of each instrument, in file order."""
        groups: dict[str, list[TracedProvision]] = {}
        for item in self.provisions:
            groups.setdefault(item.citation.instrument, []).append(item)
        return tuple(map(_count, groups.values()))

    @property
    def is_complete(self) -> bool:
        """Whether every provision is accounted for, and every rule cites one that exists."""
        faulty = any(fault.severity == "error" for fault in self.faults)
        return not faulty and all(item.is_accounted_for for item in self.provisions)

    def of(self, instrument: str) -> Trace:
        """Return the trace of one instrument; the faults stay."""
        kept = tuple(item for item in self.provisions if item.citation.instrument == instrument)
        checks = tuple(check for check in self.checks if check.kind == "instrument" and check.name == instrument)
        return attrs.evolve(self, provisions=kept, checks=checks)


def trace(package: str | Path) -> Trace:
    """Trace every provision that a package lists itself; what a local package extends is traced on its own.

    Args:
        package: Id or folder of the package.

    Raises:
        UnknownNameError: There is no such package.
    """
    path = package_path(package)
    found, reader = declarations(path)
    later = superseding(path)
    if later is not None:
        found.supersede(declarations(later)[0].packages[-1])
    read = read_scenarios(path)
    citing: dict[str, dict[tuple[str, str], Citing]] = {}
    for part, citations in _parts(found):
        for citation in citations:
            _add(citing.setdefault(_name(citation), {}), part)
    tried = [(scenario, frozenset(_cited(scenario))) for scenario in read.scenarios]
    provisions = (
        _traced(name, provision, tuple(citing.get(name, {}).values()), tried)
        for name, provision in found.provisions.items()
        if provision.span.source.path == f"{path.resolve().name}/instruments.yaml"
    )
    checks = sorted(_checks(found, path.resolve().name), key=lambda check: check.checked_on or datetime.date.min)
    return Trace(
        provisions=tuple(provisions),
        faults=(*reader.diagnostics, *read.diagnostics),
        checks=tuple(checks),
        package=found.packages[-1] if found.packages else None,
    )


def _checks(found: Declarations, folder: str) -> Iterator[Check]:
    """Yield when the sources of the package itself were read, in file order."""
    for name, source in found.sources.items():
        if source.span.source.path.startswith(f"{folder}/"):
            yield Check(name=name, kind="instrument", label=source.title, checked_on=source.checked_on)
    for parameter in found.parameters.values():
        if parameter.checked_on and parameter.span.source.path.startswith(f"{folder}/"):
            yield Check(name=parameter.name, kind="parameter", label=parameter.label, checked_on=parameter.checked_on)


def _name(citation: Citation) -> str:
    return f"{citation.instrument} {citation.provision}"


def _add(group: dict[tuple[str, str], Citing], part: Citing) -> None:
    """Add a part; the dated values of one parameter become one part, in force in any of their periods."""
    known = group.setdefault((part.kind, part.path), part)
    if known is not part:
        hull = (_hull(first, second) for first, second in zip(known.periods, part.periods, strict=True))
        group[part.kind, part.path] = attrs.evolve(known, periods=tuple(hull))


def _hull(first: Period, second: Period) -> Period:
    starts, ends = (first.start, second.start), (first.end, second.end)
    return Period(
        start=None if None in starts else min(day for day in starts if day),
        end=None if None in ends else max(day for day in ends if day),
    )


def _traced(
    name: str,
    provision: ProvisionDeclaration,
    cited_by: tuple[Citing, ...],
    scenarios: Iterable[tuple[Scenario, frozenset[str]]],
) -> TracedProvision:
    """Return a provision with the scenarios that try it; each comes with the provisions that it expects to be cited."""
    tried = (
        scenario.place
        for scenario, cited in scenarios
        if name in cited or any(part.is_tried_by(scenario) for part in cited_by)
    )
    return TracedProvision(declaration=provision, cited_by=cited_by, scenarios=tuple(tried))


def _cited(scenario: Scenario) -> Iterator[str]:
    """Return the provisions that a scenario expects an answer to cite."""
    for expected in scenario.expect.values():
        wanted = expected.get("cites", ()) if isinstance(expected, Mapping) else ()
        for one in wanted if isinstance(wanted, list | tuple) else [wanted]:
            yield from map(str, one if isinstance(one, list | tuple) else [one])


def _parts(found: Declarations) -> Iterator[tuple[Citing, tuple[Citation, ...]]]:
    """Return every part of the rules that may cite, with what it cites."""
    readers = readers_of(found)
    for decision in found.decisions.values():
        yield from _decision_parts(decision, "")
    for package, decision in found.local_decisions:
        yield from _decision_parts(decision, f"{package.id}:")
    for parameter in found.parameters.values():
        decisions = _reading_decisions(readers, parameter.name, parameter.label.zh)
        for value in parameter.values:
            part = Citing(kind="parameter", path=parameter.name, periods=(value.period,), decisions=decisions)
            yield part, value.citations
    for reading in found.readings.values():
        decisions = _reading_decisions(readers, reading.name, reading.label.zh)
        yield Citing(kind="reading", path=reading.name, decisions=decisions), reading.citations
    for name, presumptions in found.presumptions.items():
        decisions = _reading_decisions(readers, name, found.facts[name].label.zh)
        for each in presumptions:
            part = Citing(kind="fact", path=name, periods=(each.period,), decisions=decisions)
            yield part, each.presumed.citations
    for constraint in found.constraints:
        yield Citing(kind="constraint", path=constraint.id), constraint.citations
    for change in found.changes:
        shared = change.as_one.citations if change.as_one is not None else ()
        yield _change_part(change, readers), tuple(one for one in change.citations if one not in shared)
    yield from _parts_as_one(found, readers)


def _parts_as_one(
    found: Declarations, readers: Mapping[str, frozenset[str]]
) -> Iterator[tuple[Citing, tuple[Citation, ...]]]:
    """Return the changes that are made as one, each group as one part with what its changes share."""
    groups: dict[tuple[str, str], list[ChangeDeclaration]] = {}
    for change in found.changes:
        if change.as_one is not None:
            groups.setdefault((change.package.id, change.as_one.id), []).append(change)
    for (package, name), changes in groups.items():
        decisions = frozenset[str]().union(*(_change_part(change, readers).decisions for change in changes))
        part = Citing(kind="change", path=f"{package}:{name}", periods=(changes[0].period,), decisions=decisions)
        yield part, changes[0].as_one.citations if changes[0].as_one is not None else ()


def _decision_parts(decision: DecisionDeclaration, prefix: str) -> Iterator[tuple[Citing, tuple[Citation, ...]]]:
    decisions = frozenset({decision.name})
    if decision.form == "value":
        part = Citing(kind="rule", path=prefix + decision.name, periods=(decision.period,), decisions=decisions)
        yield part, decision.citations
    for rule in decision.every_rule:
        path, periods = f"{prefix}{decision.name}/{rule.id}", (decision.period, rule.period)
        yield Citing(kind="rule", path=path, periods=periods, decisions=decisions), rule.citations


def _change_part(change: ChangeDeclaration, readers: Mapping[str, frozenset[str]]) -> Citing:
    decision, is_rule, _ = change.path.partition("/")
    decisions = frozenset({decision}) if is_rule else _reading_decisions(readers, change.path)
    path = f"{change.package.id}:{change.path}"
    return Citing(kind="change", path=path, periods=(change.period,), decisions=decisions)


def readers_of(found: Declarations) -> dict[str, frozenset[str]]:
    """Return for every name in a condition the decisions whose conditions hold it."""
    readers: dict[str, set[str]] = {}
    for decision in [*found.decisions.values(), *(local for _, local in found.local_decisions)]:
        followed = (node.text for rule in decision.every_rule for _, node in rule.then)
        addressed = (rule.addressee.text for rule in decision.every_rule if rule.addressee is not None)
        texts = (node.text for node in decision.texts)
        for text in (*texts, *decision.readings_named, *followed, *addressed):
            for token in tokenize(text)[0]:
                readers.setdefault(token.text, set()).add(decision.name)
    return {name: frozenset(decisions) for name, decisions in readers.items()}


def _reading_decisions(readers: Mapping[str, frozenset[str]], *names: str) -> frozenset[str]:
    return frozenset().union(*(readers.get(name, frozenset()) for name in names))


def _count(group: list[TracedProvision]) -> InstrumentCount:
    statuses = [item.declaration.status for item in group if item.is_accounted_for]
    citation = group[0].citation
    return InstrumentCount(
        instrument=citation.instrument,
        title=citation.title,
        number=citation.number,
        total=len(group),
        encoded=statuses.count("encoded"),
        declared=statuses.count("declared"),
        not_computable=statuses.count("not_computable"),
    )


def _unaccounted(item: TracedProvision) -> TraceProblem:
    return TraceProblem(
        place=item.declaration.span.place,
        is_error=True,
        message=Label(
            zh=f"{item.id} 标为 encoded（默认），但没有规则、参数、解读或约束引用它",
            en=f"{item.id} is marked encoded (the default), but no rule, parameter, reading or constraint cites it",
        ),
    )


def _out_of_date(item: TracedProvision) -> TraceProblem:
    status, path = item.declaration.status, item.cited_by[0].path
    return TraceProblem(
        place=item.declaration.span.place,
        is_error=False,
        message=Label(
            zh=f"{item.id} 标为 {status}，但 {path} 引用了它；请改为 encoded",
            en=f"{item.id} is marked {status}, but {path} cites it; mark it encoded",
        ),
    )
