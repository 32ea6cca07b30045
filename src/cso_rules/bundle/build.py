"""From packages of rules to a bundle: the policies of all periods of all places, and their plans."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import attrs

from cso_rules.bundle.container import FORMAT, packed
from cso_rules.bundle.shared_plans import SharedPlans
from cso_rules.errors import ArgumentError, UnknownNameError
from cso_rules.loader.codes import NATIONAL, normalized_code
from cso_rules.loader.load import changing_days, declarations, entities, load_period, load_rules
from cso_rules.loader.packages import RuleSet, header, neighbours, package_path, rule_set
from cso_rules.loader.places import codes_of_names
from cso_rules.model.civil_dates import FIRST, LAST
from cso_rules.model.given_days import turning_days, within_period
from cso_rules.model.plain import Parts, Shared, fields_of
from cso_rules.model.policy import Policy
from cso_rules.plan.building import plan_of
from cso_rules.plan.kept.written import GREATEST, to_json

ANY_DAY = datetime.date.fromordinal(FIRST)
"""The date that the policy of a period bears until a day is put in."""
Days: TypeAlias = tuple[datetime.date, datetime.date | None]
"""From a day until another one, which is not in the period; None is open."""


@attrs.frozen(kw_only=True)
class Built:
    """A bundle that was built.

    Attributes:
        data: The bytes of the file.
        places: The codes of its places.
        periods: How many periods they have together.
        first: The first day on which it answers.
        until: The first day on which it answers no more; None where there is none.
    """

    data: bytes
    places: tuple[str, ...]
    periods: int
    first: datetime.date
    until: datetime.date | None


def build_bundle(  # noqa: PLR0913 - what makes a bundle
    package: str | Path = NATIONAL,
    *,
    places: Collection[str] | None = None,
    first: datetime.date | None = None,
    until: datetime.date | None = None,
    version: int = 0,
    preparing: Callable[[str], object] = lambda _: None,
) -> Built:
    """Build the bundle of a package.

    Args:
        package: Id of a shipped national package, or the path of a package folder.
        places: Codes of places that have rules of their own; None is all of them. The national rules are always in it.
        first: The first day on which it answers; the first on which something is in force when left out.
        until: The first day on which it answers no more; None where it answers for every later day.
        version: A number that a later bundle makes greater, so that readers can refuse an older one.
        preparing: Called with the code of each place before its rules are read.

    Raises:
        PolicyError: Rules of some place have faults on some day.
        UnknownNameError: There is no such package, or no rules of such a place.
        ArgumentError: The period holds no day, or the version is no whole number from 0.
    """
    known = known_places(package)
    chosen = known if places is None else _chosen(known, places)
    found, _ = declarations(rule_set(package))
    start = first or min(changing_days(found), default=ANY_DAY)
    _refuse(start, until, version)
    writer = _Writer()
    listed = {}
    for code in chosen:
        preparing(code)
        listed[code] = list(writer.periods(_rules_of(package, code), start, until))
    rules = {
        "format": FORMAT,
        "version": version,
        "from": start.isoformat(),
        "until": None if until is None else until.isoformat(),
        "subject": found.entities.subject.name,
        "places": listed,
        "elsewhere": [code for code in known if code not in listed],
        "names": {name: sorted(codes) for name, codes in codes_of_names(package).items()},
        **writer.parts(),
    }
    count = sum(map(len, listed.values()))
    return Built(data=packed(rules, writer.plans()), places=tuple(chosen), periods=count, first=start, until=until)


def known_places(package: str | Path) -> list[str]:
    """Return the codes for which there are rules, the whole country first."""
    base = package_path(package)
    codes = {header(path).get("jurisdiction", "") for path in neighbours(base)}
    return [NATIONAL, *sorted(code for code in codes if code.isdecimal())]


def _rules_of(package: str | Path, code: str) -> RuleSet:
    """Return the packages of a place; of the whole country the package alone, which may be that of a place."""
    own = header(package_path(package)).get("jurisdiction", NATIONAL)
    return rule_set(package, None if code == NATIONAL and own.isdecimal() else code)


def _chosen(known: list[str], places: Collection[str]) -> list[str]:
    codes = {NATIONAL, *map(normalized_code, places)}
    for code in codes:
        if code not in known:
            raise UnknownNameError("jurisdiction", code)
    return [code for code in known if code in codes]


def _refuse(first: datetime.date, until: datetime.date | None, version: int) -> None:
    if not FIRST <= first.toordinal() <= LAST or (until is not None and until <= first):
        raise ArgumentError(
            f"from {first} until {until or '...'} holds no day of the rules; let the period end after it begins",
            f"从 {first} 至 {until or '……'} 不含任何适用日期；请使结束日晚于开始日",
        )
    if type(version) is not int or not 0 <= version <= GREATEST:
        raise ArgumentError(
            f"version: {version!r}; give a whole number from 0", f"version：{version!r}；请给出不小于 0 的整数"
        )


class _Writer:
    """What the places of a bundle share."""

    def __init__(self) -> None:
        self._parts = Shared()
        self._plans = SharedPlans()
        self._planned: dict[tuple[int, ...], int] = {}
        self._narrowed = Shared()

    def periods(self, rules: RuleSet, first: datetime.date, until: datetime.date | None) -> Iterator[dict[str, Any]]:
        """Yield the periods of a place; two that have the same rules are one."""
        found, _ = declarations(rules)
        limits = [
            first,
            *(day for day in changing_days(found) if first < day and (until is None or day < until)),
            until,
        ]
        named = dict.fromkeys([found.entities.subject.name, *entities(found)])
        before: dict[str, Any] | None = None
        for days, policies in _stretches(rules, limits, named):
            about = self._about(rules, days, policies)
            shown = None if days[1] is None else days[1].isoformat()
            if before is not None and before["about"] == about:
                before["until"] = shown
                continue
            if before is not None:
                yield before
            before = {"from": days[0].isoformat(), "until": shown, "about": about}
        if before is not None:
            yield before

    def _about(self, rules: RuleSet, days: Days, policies: Mapping[str, Policy]) -> dict[str, dict[str, int]]:
        for entity in policies:  # faults are found on a day
            load_rules(rules, days[0], entity=entity)
        changes, found = next(iter(policies.values())).changes, {}
        for entity, policy in policies.items():
            own = attrs.evolve(policy, as_of=ANY_DAY, listed=changes)
            narrowed = within_period(own, days[0], _last(days))
            found[entity] = {"rules": self._parts.add(own), "plan": self._plan(narrowed)}
        return found

    def _plan(self, policy: Policy) -> int:
        """Return the place of the plan of a period; rules that are the same but for place and texts have one."""
        read = (policy.facts, policy.readings, policy.parameters, policy.decisions)
        key = tuple(self._narrowed.add(dict(part)) for part in read)
        if key not in self._planned:
            self._planned[key] = self._plans.add(json.loads(to_json(plan_of(policy))))
        return self._planned[key]

    def parts(self) -> dict[str, Any]:
        """Return the parts of policies, and what each kind of them holds."""
        parts = self._parts.parts
        kinds = {kind: list(fields) for kind, fields in fields_of(parts).items()}
        return {"kinds": kinds, "parts": _as_json(parts)}

    def plans(self) -> dict[str, Any]:
        """Return the plans."""
        return self._plans.tables()


def _stretches(
    rules: RuleSet, limits: Sequence[datetime.date | None], named: Collection[str]
) -> Iterator[tuple[Days, dict[str, Policy]]]:
    """Yield days in a row on which the same is written and each comparison of the date alone is one truth.

    With them come the policies about some entities.
    """
    waiting = [(start, end) for start, end in pairwise(limits) if start is not None]
    while waiting:
        days = waiting.pop(0)
        policies = {entity: load_period(rules, days[0], _last(days), entity=entity) for entity in named}
        turns = {day for policy in policies.values() for day in turning_days(policy, days[0], _last(days))}
        if turns:
            parts: list[datetime.date | None] = [days[0], *sorted(turns), days[1]]
            waiting[:0] = [(start, end) for start, end in pairwise(parts) if start is not None]
        else:
            yield days, policies


def _last(days: Days) -> datetime.date:
    return datetime.date.fromordinal(LAST) if days[1] is None else days[1] - datetime.timedelta(days=1)


def _as_json(parts: Parts) -> list[Any]:
    """Return parts as JSON; a whole number that readers of JSON might round stands as text, in an object."""
    return [
        list(part) if isinstance(part, tuple) else {"number": str(part)} if _is_long(part) else part for part in parts
    ]


def _is_long(part: object) -> bool:
    return type(part) is int and not -GREATEST <= part <= GREATEST
