"""A package folder in; a policy and diagnostics out."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from cso_rules.diagnostics import Diagnostic
from cso_rules.errors import PolicyError
from cso_rules.loader.documents.calendars import read_calendar
from cso_rules.loader.documents.changes import read_changes
from cso_rules.loader.documents.decisions import read_decision
from cso_rules.loader.documents.declarations import Declarations, PackageDeclaration
from cso_rules.loader.documents.periods import Period
from cso_rules.loader.documents.reader import Reader
from cso_rules.loader.documents.rule_files import READERS, read_parameters
from cso_rules.loader.in_force.higher_law import locally_changed
from cso_rules.loader.in_force.overlays import copied
from cso_rules.loader.in_force.policy_of_date import resolve
from cso_rules.loader.in_force.rule_trials import Trial
from cso_rules.loader.in_force.settings import Settings, digest_with
from cso_rules.loader.in_force.settings import number_set as number_of_setting
from cso_rules.loader.packages import (
    RuleSet,
    digest_of_contents,
    extended,
    header,
    is_off,
    joint_digest,
    named_beside,
    rule_set,
)
from cso_rules.loader.rule_texts import CHANGES, FIRST_FILES, PACKAGE, RefusedFile, contents_of
from cso_rules.loader.sources import read_format, source_file, source_of
from cso_rules.loader.stray_files import folder_faults, stray_files
from cso_rules.loader.text.yaml_nodes import Node, read_yaml
from cso_rules.model.civil_dates import LAST
from cso_rules.model.policy import Policy
from cso_rules.source import Span

__all__ = ["check", "declarations", "load_policy", "load_rules", "source_file"]
ATTEMPTS = 5
Read = TypeVar("Read")
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
    entity: str | None = None,
    drafts: bool = False,
    local_deviations: bool = True,
    settings: Settings = (),
) -> Policy:
    """Load the rules in force on a date; `cso_rules.load_policy` does the same from a cache.

    Args:
        package: Id of a shipped package, or the path of a package folder.
        as_of: The date whose rules apply.
        jurisdiction: `cn` for the national rules alone; a code of GB/T 2260 adds the packages of that place.
        entity: Whom facts and decisions describe; the first entity of the package when left out.
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
    entity: str | None = None,
    local_deviations: bool = True,
    settings: Settings = (),
) -> Policy:
    """Load the policy of the packages of one place.

    Raises:
        PolicyError: The rule files have faults; it carries all of them.
        SettingError: A parameter cannot be set so.
    """

    def found() -> tuple[Policy | None, tuple[Diagnostic, ...]]:
        digests = rules.digests
        return _load(rules, digests, as_of, entity, local_deviations=local_deviations, settings=settings)

    policy, faults = _steady(found)
    if policy is None or any(fault.severity == "error" for fault in faults):
        raise PolicyError(faults)
    return policy


def number_set(  # noqa: PLR0913 - what makes a policy
    package: str | Path = "cn",
    *,
    as_of: datetime.date,
    jurisdiction: str | None = None,
    drafts: bool = False,
    local_deviations: bool = True,
    setting: tuple[str, str],
) -> tuple[str, str, int | None]:
    """Return what a setting of `load_policy` sets; the rules are not loaded with it, and their faults not looked for.

    Args:
        package: As in `load_policy`.
        as_of: As in `load_policy`.
        jurisdiction: As in `load_policy`.
        drafts: As in `load_policy`.
        local_deviations: As in `load_policy`.
        setting: A parameter, with `[value]` where it is indexed, and its number as text.

    Returns:
        The parameter, the value that indexes it ("" for none), and the encoded number; None where it is removed.

    Raises:
        UnknownNameError: There is no such package or place, or the package does not speak for the place.
        SettingError: The parameter cannot be set so.
    """
    found, reader = declarations(rule_set(package, jurisdiction, drafts=drafts))
    local, _ = locally_changed(found, as_of, reader, local_deviations=local_deviations)
    return number_of_setting(local.found, setting, as_of)


def load_period(
    rules: RuleSet, first: datetime.date, last: datetime.date | None = None, *, entity: str | None = None
) -> Policy:
    """Load the policy of the period that begins on a day and lasts until something changes; `last` is its last day.

    The date, and days that follow from it, are facts of it; `on_day` puts them in. Of its rules nothing is shown: each
    day of it has the faults that `load_rules` finds. Its changes are told for all of its days.

    Raises:
        PolicyError: The rules cannot be read without a date, as where a number is multiplied by days that have passed.
    """
    found, reader = declarations(rules)
    policy = None
    if found.package is not None:
        place, is_of_place = rules.jurisdiction, rules.is_of_place
        policy = resolve(
            found, first, rules.digest, reader, jurisdiction=place, is_of_place=is_of_place, entity=entity,
            period=(first, last or datetime.date.fromordinal(LAST)),
        )  # fmt: skip
    if policy is None or any(fault.severity == "error" for fault in reader.diagnostics):
        raise PolicyError(_distinct(reader.diagnostics))
    return policy


def changing_days(found: Declarations) -> list[datetime.date]:
    """Return the days on which something that the rules say by dates may begin or end."""
    periods = [*_periods(found), *(provision.period for provision in found.provisions.values())]
    periods += [rule.period for decision in found.standing() for rule in decision.rules]
    periods += [change.rule.period for change in found.changes if change.rule is not None]
    days = {day for period in periods for day in period.limits}
    return sorted(days | {amendment.on for amendment in found.amendments.values()})


def entities(found: Declarations) -> list[str]:
    """Return the entities about which there are decisions; the first entity where there is none."""
    named = {decision.entity for decision in found.decisions.values()}
    return [entity for entity in found.entities.names if entity in named] or [found.entities.subject.name]


def check(
    package: str | Path, *, as_of: datetime.date | None = None, jurisdiction: str | None = None
) -> tuple[Diagnostic, ...]:
    """Return every fault of a package, on every date on which something changes, or on one date.

    Without a jurisdiction a local package is tried alone and with the other packages of its place, and files that
    nothing reads are named as warnings.
    """
    rules = rule_set(package, jurisdiction)
    found = _faults(rules, as_of)
    if jurisdiction is None:
        found += [*_faults_of_place(rules, as_of), *folder_faults(rules.chosen), *stray_files(rules.chosen)]
    return _distinct(found)


def _faults(rules: RuleSet, as_of: datetime.date | None) -> list[Diagnostic]:
    found, reader = declarations(rules)
    trial = Trial(rules.chosen.resolve().name)
    if found.package is not None:
        for day in [as_of] if as_of else _dates(found):
            for entity in entities(found):
                resolve(found, day, "", reader, entity=entity, trial=trial)
    trial.report(reader)
    return reader.diagnostics


def _faults_of_place(rules: RuleSet, as_of: datetime.date | None) -> list[Diagnostic]:
    """Return what is wrong only with all packages of the place together; nothing where there is only this one.

    Beside a draft, or rules in preparation, others of their kind are tried, too.
    """
    if not rules.jurisdiction.isdigit():
        return []
    try:
        place = rule_set(rules.chosen, rules.jurisdiction, drafts=is_off(rules.chosen))
    except PolicyError as error:
        return list(error.diagnostics)
    found = [] if place.paths == rules.paths else _faults(place, as_of)
    alone = [rule_set(path) for path in place.overlays if path != rules.chosen] if found else []
    known = {_identity(fault) for other in alone for fault in _faults(other, as_of)}
    return [fault for fault in found if _identity(fault) not in known]


class _ChangedMeanwhileError(Exception):
    """A rule file changed between the digest that names the rules and their reading."""


def _steady(read: Callable[[], Read]) -> Read:
    """Return what is read, once more where a file changed meanwhile."""
    for _ in range(ATTEMPTS):
        with contextlib.suppress(_ChangedMeanwhileError):
            return read()
    return read()


@lru_cache(maxsize=256)
def _load(  # noqa: PLR0913 - what makes a policy
    rules: RuleSet,
    digests: tuple[str, ...],
    as_of: datetime.date,
    entity: str | None,
    *,
    local_deviations: bool,
    settings: Settings,
) -> tuple[Policy | None, tuple[Diagnostic, ...]]:
    declared, faults = _declared(rules.paths, digests)
    found, reader = copied(declared), Reader(list(faults))
    policy = None
    if found.package is not None:
        policy = resolve(
            found,
            as_of,
            digest_with(joint_digest(digests), settings),
            reader,
            jurisdiction=rules.jurisdiction,
            is_of_place=rules.is_of_place,
            entity=entity,
            local_deviations=local_deviations,
            settings=settings,
        )
    return policy, _distinct(reader.diagnostics)


def declarations(package: Path | RuleSet) -> tuple[Declarations, Reader]:
    """Read every rule file of a package, and of what it extends."""
    rules = package if isinstance(package, RuleSet) else rule_set(package)
    found, faults = _steady(lambda: _declared(rules.paths, rules.digests))
    return copied(found), Reader(list(faults))


@lru_cache(maxsize=64)
def _declared(paths: tuple[Path, ...], digests: tuple[str, ...]) -> tuple[Declarations, tuple[Diagnostic, ...]]:
    """Read the last of the packages on top of what the others declare; that is kept for other places."""
    found, reader = Declarations(), Reader()
    if len(paths) > 1:
        base, faults = _declared(paths[:-1], digests[:-1])
        found, reader = copied(base), Reader(list(faults))
    path, contents = paths[-1], dict(contents_of(paths[-1]))
    if digest_of_contents(contents.items()) != digests[-1]:
        raise _ChangedMeanwhileError
    known = len(found.packages)
    _read(path, PACKAGE, contents.pop(PACKAGE), found, reader)
    is_founded = len(found.packages) > known and _extends_a_package(path, found, reader)
    if is_founded:
        _report_missing(path, contents, found, reader)
        _refuse_superseding(path, found.packages[-1], reader)
    count = len(reader.diagnostics)
    for name, content in contents.items():
        _read(path, name, content, found, reader)
    if not is_founded:  # what else is wrong may follow from that
        del reader.diagnostics[count:]
    return found, tuple(reader.diagnostics)


def _report_missing(path: Path, contents: Iterable[str], found: Declarations, reader: Reader) -> None:
    """Report the files that a national package cannot do without."""
    for name in FIRST_FILES[1:] if len(found.packages) < 2 else ():  # noqa: PLR2004 - a package and what it extends
        if name not in contents:
            reader.report("missing-file", None, name=name, path=f"{path.resolve().name}/{name}")


def _refuse_superseding(path: Path, package: PackageDeclaration, reader: Reader) -> None:
    """Report a package that supersedes one that is not there, or one of another place."""
    name = package.supersedes
    if name is None:
        return
    earlier = named_beside(path, name.text)
    if earlier is None:
        reader.unknown("unknown-package", name.span, name.text, _folders_beside(path))
    elif header(earlier).get("jurisdiction") != package.jurisdiction:
        code = header(earlier).get("jurisdiction", "?")
        reader.report("wrong-value", name.span, key="supersedes", found=code, expected=package.jurisdiction)


def _folders_beside(path: Path) -> list[str]:
    return [folder.name for folder in path.resolve().parent.iterdir() if (folder / "package.yaml").is_file()]


def _extends_a_package(path: Path, found: Declarations, reader: Reader) -> bool:
    """Tell whether what a package extends is there; report a circle or an unknown name."""
    package = found.packages[-1]
    if package.extends is None or package.span is None:
        return True
    if "extends" not in header(path):
        return False
    circle, current = [path.name], path
    while (name := header(current).get("extends")) is not None:
        circle.append(name)
        if name in circle[:-1]:
            reader.report("cyclic-extends", package.span, name=package.id, found=" -> ".join(circle))
            return False
        following = extended(current)
        if following is None:
            reader.unknown("unknown-package", package.span, name, _folders_beside(path))
            return False
        current = following
    return True


def _read(path: Path, name: str, content: bytes | RefusedFile, found: Declarations, reader: Reader) -> None:
    source = source_of(f"{path.resolve().name}/{name}", content, reader)
    if source is None:
        return
    node, faults = read_yaml(source)
    reader.diagnostics += faults
    if node is None:
        if not faults:
            reader.report("missing-key", Span(source=source, start=0, end=0), key="format", name=source.path)
        return
    read_format(reader, node)
    kind = FOLDER_READERS.get(name.partition("/")[0])
    (kind or {**READERS, CHANGES: read_changes}[name])(reader, node, found)


def _dates(found: Declarations) -> list[datetime.date]:
    """Return a date within every period between changes."""
    periods = _periods(found)
    days = {day for period in periods for day in period.limits}
    days |= {period.end - datetime.timedelta(days=1) for period in periods if period.end and not period.start}
    return sorted(days) or [datetime.date(2018, 1, 1)]


def _periods(found: Declarations) -> list[Period]:
    """Return the periods of everything that the rules date, local decisions and changes too."""
    periods = [
        *(package.period for package in found.packages),
        *(change.period for change in found.changes),
        *(decision.period for _, decision in found.local_decisions),
        *(value.period for item in found.parameters.values() for value in item.values),
    ]
    periods += [each.period for presumed in found.presumptions.values() for each in presumed]
    periods += [decision.period for decision in found.decisions.values()]
    periods += [rule.period for decision in found.decisions.values() for rule in decision.rules]
    return periods


def _distinct(faults: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple({_identity(fault): fault for fault in faults}.values())


def _identity(fault: Diagnostic) -> tuple[object, ...]:
    return (fault.code, fault.span, fault.arguments)
