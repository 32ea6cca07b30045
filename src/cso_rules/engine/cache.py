"""Policies kept ready on disk, keyed by the digest of their rule files, the date and this library's own code.

A cached policy is plain nested data (no pickle), rebuilt from a fixed list of model classes. What cannot be believed,
or has a fault, is answered by reading the rule files.
"""

from __future__ import annotations

import datetime
import sys
from decimal import Decimal
from functools import cache, lru_cache
from types import CodeType
from typing import TYPE_CHECKING, Any

import attrs

from cso_rules.loader import storage
from cso_rules.model import civil_dates, decisions, expressions, instruments, policy, types
from cso_rules.model.policy import Policy

if TYPE_CHECKING:
    from pathlib import Path

    from cso_rules.loader.packages import RuleSet

_MODULES = (types, instruments, civil_dates, expressions, decisions, policy)


def load_policy(  # noqa: PLR0913 - what makes a policy
    package: str | Path = "cn",
    *,
    as_of: datetime.date | str,
    jurisdiction: str | None = None,
    entity: str = "organization",
    drafts: bool = False,
    local_deviations: bool = True,
) -> Policy:
    """Load the rules in force on a date, from the cache when nothing has changed.

    Args:
        package: Id of a shipped package, or the path of a package folder.
        as_of: The date whose rules apply, or a text such as `2018-06-01`; from 1900-01-01 to 2200-01-01.
        jurisdiction: `cn` for the national rules alone; a code of GB/T 2260, or the name of a place with rules of its
            own, adds the packages of that place.
        entity: Whom facts and decisions describe: organization, community, area or authority.
        drafts: Whether packages of the place that are only drafts apply too.
        local_deviations: Whether local rules that go below higher law apply; they are listed in `changes` in any case.

    Raises:
        PolicyError: The rule files have faults; it carries all of them.
        UnknownNameError: There is no such package or place, or the package does not speak for the place.
        ArgumentError: `as_of` is no day of that time.
    """
    from cso_rules.loader.packages import rule_set

    day = civil_dates.day_of_rules(as_of)
    rules = rule_set(package, _code(jurisdiction, package), drafts=drafts)
    digest = rules.digest
    found = _cached(rules, day, digest, entity, local_deviations=local_deviations)
    if found.digest != digest:  # a file was edited while it was read
        _cached.cache_clear()
    return found


def _code(jurisdiction: str | None, package: str | Path) -> str | None:
    """Return the code of a place that is given by name; what is a code already is looked at later."""
    if jurisdiction is None or jurisdiction == "cn" or jurisdiction.isdecimal():
        return jurisdiction
    from cso_rules.loader.places import code_of_place

    return code_of_place(jurisdiction, package)


@lru_cache(maxsize=64)
def _cached(rules: RuleSet, as_of: datetime.date, digest: str, entity: str, *, local_deviations: bool) -> Policy:
    name = _key(digest, as_of, rules.jurisdiction, entity, str(local_deviations))
    found = _read(name)
    if found is None:
        from cso_rules.loader import load

        found = load.load_rules(rules, as_of, entity=entity, local_deviations=local_deviations)
        if found.digest == digest:
            _write(name, found)
    return found


def _key(digest: str, as_of: datetime.date, *choices: str) -> str:
    parts = (digest, as_of.isoformat(), *choices, sys.implementation.cache_tag or "", storage.code_stamp())
    return storage.sha256("\0".join(parts).encode()).hex()


def _read(name: str) -> Policy | None:
    """Return a cached policy; None when there is none that can be believed."""
    kept = storage.read(name)
    try:
        return None if kept is None else _taken_up(*kept)
    except (ValueError, TypeError, KeyError, IndexError):
        return None


def _taken_up(plain: object, program: tuple[str, CodeType] | None) -> Policy:
    found: Policy = _rebuild(plain)
    if program is not None:
        from cso_rules.executors.single import compiled

        compiled.take_up(found, *program)
    return found


def _write(name: str, found: Policy) -> None:
    """Store a policy with the Python that its rules become."""
    from cso_rules.executors.single import compiled

    storage.write(name, (_plain(found), compiled.kept(found)))


@cache
def _classes() -> tuple[type, ...]:
    found = {
        value for module in _MODULES for value in vars(module).values() if isinstance(value, type) and attrs.has(value)
    }
    return tuple(sorted(found, key=lambda kind: kind.__name__))


@cache
def _fields(kind: type[attrs.AttrsInstance]) -> tuple[str, ...]:
    return tuple(field.name for field in attrs.fields(kind) if field.name != "span")


def _plain(value: Any) -> Any:
    """Return plain data: model values as (class number, field, ...), positions left out."""
    kind: type = type(value)
    if attrs.has(kind):
        return (_classes().index(kind), *(_plain(getattr(value, name)) for name in _fields(kind)))
    if isinstance(value, tuple):
        return (-1, *map(_plain, value))
    if isinstance(value, frozenset):
        return (-2, *map(_plain, value))
    if isinstance(value, dict):
        return (-3, *((key, _plain(item)) for key, item in value.items()))
    if isinstance(value, datetime.date):
        return (-4, value.toordinal())
    return (-5, str(value)) if isinstance(value, Decimal) else value


def _rebuild(plain: Any) -> Any:
    if not isinstance(plain, tuple):
        return plain
    tag, rest = plain[0], plain[1:]
    if tag >= 0:
        kind = _classes()[tag]
        return kind(**dict(zip(_fields(kind), map(_rebuild, rest), strict=True)))
    return _BUILDERS[tag](rest)


_BUILDERS: dict[int, Any] = {
    -1: lambda rest: tuple(map(_rebuild, rest)),
    -2: lambda rest: frozenset(map(_rebuild, rest)),
    -3: lambda rest: {key: _rebuild(item) for key, item in rest},
    -4: lambda rest: datetime.date.fromordinal(rest[0]),
    -5: lambda rest: Decimal(rest[0]),
}
