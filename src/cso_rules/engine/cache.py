"""Policies kept ready on disk, keyed by the digest of their rule files, the date and this library's own code.

A cached policy is plain data (no pickle), rebuilt from a fixed list of model classes. What cannot be believed, or has
a fault, is answered by reading the rule files.
"""

from __future__ import annotations

import datetime
import sys
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from cso_rules.model.civil_dates import day_of_rules
from cso_rules.plan.prepared import offer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import CodeType

    from cso_rules.loader.packages import RuleSet
    from cso_rules.model.plain import Parts
    from cso_rules.model.policy import Policy
    from cso_rules.plan.building import Plan


def load_policy(  # noqa: PLR0913 - what makes a policy
    package: str | Path = "cn",
    *,
    as_of: datetime.date | str,
    jurisdiction: str | None = None,
    entity: str | None = None,
    drafts: bool = False,
    local_deviations: bool = True,
) -> Policy:
    """Load the rules in force on a date, from the cache when nothing has changed.

    Args:
        package: Id of a shipped package, or the path of a package folder.
        as_of: The date whose rules apply, or a text such as `2018-06-01`; from 1900-01-01 to 2200-01-01.
        jurisdiction: `cn` for the national rules alone; a code of GB/T 2260, or the name of a place with rules of its
            own, adds the packages of that place.
        entity: Whom facts and decisions describe; the first entity of the package when left out.
        drafts: Whether packages of the place that are only drafts apply too.
        local_deviations: Whether local rules that go below higher law apply; they are listed in `changes` in any case.

    Raises:
        PolicyError: The rule files have faults; it carries all of them.
        UnknownNameError: There is no such package or place, or the package does not speak for the place.
        ArgumentError: `as_of` is no day of that time.
    """
    from cso_rules.loader.packages import rule_set

    day = day_of_rules(as_of)
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
def _cached(rules: RuleSet, as_of: datetime.date, digest: str, entity: str | None, *, local_deviations: bool) -> Policy:
    name = _key(digest, as_of, rules.jurisdiction, str(rules.is_of_place), entity or "", str(local_deviations))
    found = _read(name)
    if found is None:
        from cso_rules.loader import load

        found = load.load_rules(rules, as_of, entity=entity, local_deviations=local_deviations)
        if found.digest == digest:
            _write(name, found)
    return found


def ready_policy(digest: str, as_of: datetime.date, *choices: str, make: Callable[[], Policy]) -> Policy:
    """Return a policy that was kept ready; where there is none, make it and keep it.

    Args:
        digest: Of all that the policy is made from.
        as_of: The date whose rules apply.
        choices: What else it follows from.
        make: Returns the policy.
    """
    name = _key(digest, as_of, *choices)
    found = _read(name)
    if found is None:
        found = make()
        _write(name, found)
    return found


def _key(digest: str, as_of: datetime.date, *choices: str) -> str:
    from cso_rules.loader import storage

    parts = (digest, as_of.isoformat(), *choices, sys.implementation.cache_tag or "", storage.code_stamp())
    return storage.sha256("\0".join(parts).encode()).hex()


def _read(name: str) -> Policy | None:
    """Return a cached policy; None when there is none that can be believed."""
    from cso_rules.loader import storage

    kept = storage.read(name)
    try:
        return None if kept is None else _taken_up(*kept)
    except (ValueError, TypeError, KeyError, IndexError):
        return None


def _taken_up(parts: Parts, program: tuple[str, CodeType] | None, plan: bytes) -> Policy:
    from cso_rules.model.plain import rebuilt

    found: Policy = rebuilt(parts)
    if program is not None:
        from cso_rules.executors.single import compiled

        compiled.take_up(found, *program)
    offer(found, partial(_plan_in, plan))
    return found


def _plan_in(text: bytes, policy: Policy) -> Plan | None:
    """Return the plan that is kept, when something is asked that needs it; None when it cannot be read."""
    from cso_rules.plan.kept.restored import from_json

    try:
        return from_json(text.decode(), policy)
    except ValueError:
        return None


def _write(name: str, found: Policy) -> None:
    """Store a policy with the Python that its rules become, and their plan."""
    import attrs

    from cso_rules.executors.single import compiled
    from cso_rules.loader import storage
    from cso_rules.model.plain import plain
    from cso_rules.plan.building import plan_for
    from cso_rules.plan.kept.written import to_json

    kept = attrs.evolve(found, listed=found.changes)
    storage.write(name, (plain(kept), compiled.kept(found), to_json(plan_for(found)).encode()))
