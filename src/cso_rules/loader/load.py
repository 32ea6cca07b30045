"""A package folder in; a policy and diagnostics out."""

from __future__ import annotations

import datetime
from functools import lru_cache
from pathlib import Path

from cso_rules.diagnostics import Diagnostic
from cso_rules.errors import PolicyError
from cso_rules.loader.decision_documents import read_decision
from cso_rules.loader.declarations import Declarations
from cso_rules.loader.documents import READERS, read_parameters
from cso_rules.loader.in_force import resolve
from cso_rules.loader.reader import Reader
from cso_rules.loader.yaml_nodes import MappingNode, read_yaml
from cso_rules.model.packages import FIRST_FILES, digest_of, package_path, require_jurisdiction, rule_files
from cso_rules.model.policy import Policy
from cso_rules.source import SourceFile, Span


def load_policy(package: str | Path = "cn", *, as_of: datetime.date, jurisdiction: str | None = None) -> Policy:
    """Load the rules in force on a date.

    Args:
        package: Id of a shipped package, or the path of a package folder.
        as_of: The date whose rules apply.
        jurisdiction: `cn` for the national rules alone; other places need a package of their own.

    Raises:
        PolicyError: The rule files have faults; it carries all of them.
        UnknownNameError: There is no such package, or no package for the jurisdiction.
    """
    path = package_path(package)
    policy, faults = _load(path, as_of, digest_of(path))
    if policy is None or faults:
        raise PolicyError(faults)
    require_jurisdiction(policy, jurisdiction)
    return policy


def check(package: str | Path, *, as_of: datetime.date | None = None) -> tuple[Diagnostic, ...]:
    """Return every fault of a package, on every date on which something changes, or on one date."""
    path = package_path(package)
    found, reader = declarations(path)
    if found.package is None:
        return tuple(reader.diagnostics)
    for day in [as_of] if as_of else _dates(found):
        resolve(found, day, "", reader)
    return _distinct(reader.diagnostics)


@lru_cache(maxsize=64)
def _load(path: Path, as_of: datetime.date, digest: str) -> tuple[Policy | None, tuple[Diagnostic, ...]]:
    found, reader = declarations(path)
    policy = None if found.package is None else resolve(found, as_of, digest, reader)
    return policy, _distinct(reader.diagnostics)


def declarations(path: Path) -> tuple[Declarations, Reader]:
    """Read every rule file of a package."""
    found, reader = Declarations(), Reader()
    for name in FIRST_FILES:
        if not (path / name).is_file():
            reader.report("missing-file", None, name=name, path=f"{path.resolve().name}/{name}")
    for file in rule_files(path):
        _read(path, file, found, reader)
    return found, reader


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
    kind = {"parameters": read_parameters, "decisions": read_decision}.get(folder)
    (kind or READERS[file.name])(reader, node, found)


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
        found.package.period,
        *(value.period for item in found.parameters.values() for value in item.values),
    ]
    periods += [decision.period for decision in found.decisions.values()]
    periods += [rule.period for decision in found.decisions.values() for rule in decision.rules]
    days = {day for period in periods for day in period.limits}
    days |= {period.end - datetime.timedelta(days=1) for period in periods if period.end and not period.start}
    return sorted(days) or [datetime.date(2018, 1, 1)]


def _distinct(faults: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple({(fault.code, fault.span, fault.arguments): fault for fault in faults}.values())
