"""A package folder in; a policy and diagnostics out."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from cso_rules.diagnostics import Diagnostic
from cso_rules.errors import PolicyError
from cso_rules.loader.calendar_documents import read_calendar
from cso_rules.loader.change_documents import read_changes
from cso_rules.loader.decision_documents import read_decision
from cso_rules.loader.declarations import Declarations
from cso_rules.loader.documents import ENTITIES, READERS, read_parameters
from cso_rules.loader.in_force import resolve
from cso_rules.loader.overlays import copied
from cso_rules.loader.reader import Reader
from cso_rules.loader.settings import Settings, digest_with
from cso_rules.loader.yaml_nodes import MappingNode, Node, read_yaml
from cso_rules.model.packages import CHANGES, FIRST_FILES, RuleSet, digest_of, extended, header, rule_files, rule_set
from cso_rules.model.policy import Policy
from cso_rules.source import SourceFile, Span

FOLDER_READERS: dict[str, Callable[[Reader, Node, Declarations], None]] = {
    "calendars": read_calendar,
    "parameters": read_parameters,
    "decisions": read_decision,
}


def load_policy(  # noqa: PLR0913 - what makes a policy
    package: str | Path = "cn",
    *,
    as_of: datetime.date,
    jurisdiction: str | None = None,
    entity: str = "organization",
    drafts: bool = False,
    local_deviations: bool = True,
    settings: Settings = (),
) -> Policy:
    """Load the rules in force on a date; `cso_rules.load_policy` does the same from a cache.

    Args:
        package: Id of a shipped package, or the path of a package folder.
        as_of: The date whose rules apply.
        jurisdiction: `cn` for the national rules alone; a code of GB/T 2260 adds the packages of that place.
        entity: Whom facts and decisions describe: organization, community, area or authority.
        drafts: Whether packages of the place that are only drafts apply too.
        local_deviations: Whether local rules that go below higher law apply; they are listed in `changes` in any case.
        settings: Parameters with other numbers, for a what-if; they are listed in `changes`.

    Raises:
        PolicyError: The rule files have faults; it carries all of them.
        UnknownNameError: There is no such package or place, or the package does not speak for the place.
        SettingError: A parameter cannot be set so.
    """
    rules = rule_set(package, jurisdiction, drafts=drafts)
    return load_rules(rules, as_of, entity=entity, local_deviations=local_deviations, settings=settings)


def load_rules(
    rules: RuleSet,
    as_of: datetime.date,
    *,
    entity: str = "organization",
    local_deviations: bool = True,
    settings: Settings = (),
) -> Policy:
    """Load the policy of the packages of one place.

    Raises:
        PolicyError: The rule files have faults; it carries all of them.
        SettingError: A parameter cannot be set so.
    """
    digest = digest_with(rules.digest, settings)
    policy, faults = _load(rules, as_of, digest, entity, local_deviations=local_deviations, settings=settings)
    if policy is None or faults:
        raise PolicyError(faults)
    return policy


def check(
    package: str | Path, *, as_of: datetime.date | None = None, jurisdiction: str | None = None
) -> tuple[Diagnostic, ...]:
    """Return every fault of a package, on every date on which something changes, or on one date."""
    rules = rule_set(package, jurisdiction)
    found, reader = declarations(rules)
    if found.package is None:
        return tuple(reader.diagnostics)
    for day in [as_of] if as_of else _dates(found):
        for entity in _entities(found):
            resolve(found, day, "", reader, entity=entity)
    return _distinct(reader.diagnostics)


def _entities(found: Declarations) -> list[str]:
    named = {decision.entity for decision in found.decisions.values()}
    return [entity for entity in ENTITIES if entity in named] or ["organization"]


@lru_cache(maxsize=256)
def _load(  # noqa: PLR0913 - what makes a policy
    rules: RuleSet, as_of: datetime.date, digest: str, entity: str, *, local_deviations: bool, settings: Settings
) -> tuple[Policy | None, tuple[Diagnostic, ...]]:
    found, reader = declarations(rules)
    policy = None
    if found.package is not None:
        policy = resolve(
            found,
            as_of,
            digest,
            reader,
            jurisdiction=rules.jurisdiction,
            entity=entity,
            local_deviations=local_deviations,
            settings=settings,
        )
    return policy, _distinct(reader.diagnostics)


def declarations(package: Path | RuleSet) -> tuple[Declarations, Reader]:
    """Read every rule file of a package, and of what it extends."""
    rules = package if isinstance(package, RuleSet) else rule_set(package)
    found, faults = _declared(rules.paths, tuple(digest_of(path) for path in rules.paths))
    return copied(found), Reader(list(faults))


@lru_cache(maxsize=64)
def _declared(paths: tuple[Path, ...], digests: tuple[str, ...]) -> tuple[Declarations, tuple[Diagnostic, ...]]:
    """Read the last of the packages on top of what the others declare; that is kept for other places."""
    found, reader = Declarations(), Reader()
    if len(paths) > 1:
        base, faults = _declared(paths[:-1], digests[:-1])
        found, reader = copied(base), Reader(list(faults))
    path = paths[-1]
    for name in FIRST_FILES[:1] if "extends" in header(path) else FIRST_FILES:
        if not (path / name).is_file():
            reader.report("missing-file", None, name=name, path=f"{path.resolve().name}/{name}")
    first, *others = rule_files(path)
    _read(path, first, found, reader)
    if _extends_a_package(path, found, reader):
        for file in others:
            _read(path, file, found, reader)
    return found, tuple(reader.diagnostics)


def _extends_a_package(path: Path, found: Declarations, reader: Reader) -> bool:
    """Tell whether what a package extends is there; report a circle or an unknown name."""
    package = found.packages[-1] if found.packages else None
    if package is None or package.extends is None or package.span is None:
        return True
    circle, current = [path.name], path
    while (name := header(current).get("extends")) is not None:
        circle.append(name)
        if name in circle[:-1]:
            reader.report("cyclic-extends", package.span, name=package.id, found=" -> ".join(circle))
            return False
        following = extended(current)
        if following is None:
            known = [folder.name for folder in path.resolve().parent.iterdir() if (folder / "package.yaml").is_file()]
            reader.unknown("unknown-package", package.span, name, known)
            return False
        current = following
    return True


def _read(path: Path, file: Path, found: Declarations, reader: Reader) -> None:
    source = source_file(path, file, reader)
    if source is None:
        return
    node, faults = read_yaml(source)
    reader.diagnostics += faults
    if node is None:
        if not faults:
            reader.report("missing-key", Span(source=source, start=0, end=0), key="format", name=source.path)
        return
    if isinstance(node, MappingNode):
        reader.choice(node.get("format"), ("1",), "1")
    folder = file.relative_to(path).parts[0]
    kind = FOLDER_READERS.get(folder)
    (kind or {**READERS, CHANGES: read_changes}[file.name])(reader, node, found)


def source_file(path: Path, file: Path, reader: Reader) -> SourceFile | None:
    """Return a rule file as text; report one that is a link, or not UTF-8."""
    name = f"{path.resolve().name}/{file.relative_to(path).as_posix()}"
    if file.is_symlink() or not file.is_file():
        reader.report("missing-file", None, name=name, path=name)
        return None
    try:
        return SourceFile(path=name, text=file.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        reader.report("yaml-syntax", None, found=f"{name}: UTF-8?")
        return None


def _dates(found: Declarations) -> list[datetime.date]:
    """Return a date within every period between changes."""
    assert found.package is not None
    periods = [
        *(package.period for package in found.packages),
        *(change.period for change in found.changes),
        *(decision.period for _, decision in found.local_decisions),
        *(value.period for item in found.parameters.values() for value in item.values),
    ]
    periods += [decision.period for decision in found.decisions.values()]
    periods += [rule.period for decision in found.decisions.values() for rule in decision.rules]
    days = {day for period in periods for day in period.limits}
    days |= {period.end - datetime.timedelta(days=1) for period in periods if period.end and not period.start}
    return sorted(days) or [datetime.date(2018, 1, 1)]


def _distinct(faults: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple({(fault.code, fault.span, fault.arguments): fault for fault in faults}.values())
