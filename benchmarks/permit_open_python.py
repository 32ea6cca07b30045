"""What a good programmer would write by hand for an application of which facts may be missing.

Every condition is true, false or None; a decision gives what may still be answered, its rows that hold or may hold, the
truth of every rule and, while it is open, the unknown facts that its open rules read. It gives up exactness: parts of a
condition that exclude one another are not seen together, so an answer may stay open although every completion agrees,
and a fact may be asked for that no longer matters.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from permit_python import FEES, PROCEDURES, TASKS, TODAY, TWO_YEARS_AGO

Truth = bool | None
Items = list[tuple[str, dict[str, str], Truth]]
READS = {
    "listed": ("is_listed",),
    "temporary": ("is_temporary", "floor_area", "height"),
    "small": ("is_in_flood_zone", "floor_area", "height"),
    "tall": ("height", "storeys"),
    "school": ("building_use",),
    "industry": ("building_use", "site_zone", "floor_area"),
    "house": ("building_use", "dwellings", "applicant_kind", "has_neighbours_consent"),
    "shop": ("building_use", "site_zone", "construction_cost"),
    "rest": (),
    "site_plan": ("has_site_plan",),
    "survey": ("surveyed_on",),
    "setback": ("site_zone", "boundary_distance"),
    "timber_distance": ("structure_kind", "boundary_distance"),
    "fire_report": ("procedure", "building_use", "has_fire_report"),
    "structural_report": ("storeys", "structure_kind", "has_structural_report"),
    "parking": ("building_use", "parking_spaces", "dwellings"),
    "access": ("has_access_road", "site_zone"),
    "accessible": ("building_use", "is_accessible"),
    "connections": ("connections",),
    "deposit": ("procedure", "deposit_paid", "construction_cost"),
    "free": ("procedure",),
    "low": ("procedure", "construction_cost"),
    "medium_simplified": ("procedure", "construction_cost"),
    "medium_full": ("procedure", "construction_cost"),
    "high": ("procedure", "construction_cost"),
    "foundation": ("procedure",),
    "fire": ("building_use", "floor_area"),
    "heritage": ("is_listed",),
    "flooding": ("is_in_flood_zone", "connections"),
    "neighbours": ("has_neighbours_consent", "boundary_distance"),
    "statics": ("storeys", "height"),
    "publication": ("requirements", "procedure"),
}
"""What each rule reads: facts and earlier decisions."""


@dataclass(slots=True)
class Application:
    building_use: str | None = None
    site_zone: str | None = None
    structure_kind: str | None = None
    applicant_kind: str | None = None
    storeys: int | None = None
    height: int | None = None
    floor_area: int | None = None
    dwellings: int | None = None
    parking_spaces: int | None = None
    boundary_distance: int | None = None
    construction_cost: Decimal | None = None
    deposit_paid: Decimal | None = None
    surveyed_on: datetime.date | None = None
    connections: frozenset[str] | None = None
    is_listed: bool | None = None
    is_temporary: bool | None = None
    is_in_flood_zone: bool | None = None
    has_access_road: bool | None = None
    has_fire_report: bool | None = None
    has_structural_report: bool | None = None
    has_neighbours_consent: bool | None = None
    has_site_plan: bool | None = None
    is_accessible: bool | None = None


@dataclass(slots=True)
class Answer:
    """One decision: what may be answered, the rows behind it or that may hold, every rule, and what is missing."""

    possible: tuple[object, ...]
    items: Items
    rules: dict[str, Truth]
    missing: list[str]


def negation(truth: Truth) -> Truth:
    return None if truth is None else not truth


def every(*truths: Truth) -> Truth:
    if False in truths:
        return False
    return None if None in truths else True


def some(*truths: Truth) -> Truth:
    if True in truths:
        return True
    return None if None in truths else False


def if_applies(applies: Truth, truth: Truth) -> Truth:
    return some(negation(applies), truth)


def equals(value: object, wanted: object) -> Truth:
    return None if value is None else value == wanted


def is_among(value: object, wanted: Collection[object]) -> Truth:
    return None if value is None else value in wanted


def at_least(value: Any, bound: Any) -> Truth:
    return None if value is None or bound is None else value >= bound


def at_most(value: Any, bound: Any) -> Truth:
    return None if value is None else value <= bound


def less(value: Any, bound: Any) -> Truth:
    return None if value is None else value < bound


def more(value: Any, bound: Any) -> Truth:
    return None if value is None else value > bound


def contains(members: Collection[str] | None, wanted: str) -> Truth:
    return None if members is None else wanted in members


def may_be(kinds: tuple[object, ...], *wanted: str) -> Truth:
    """Tell whether a decision answers one of some values, from what it may answer."""
    hits = sum(kind in wanted for kind in kinds)
    return None if 0 < hits < len(kinds) else hits > 0


def procedure(a: Application) -> Answer:
    rows = {
        "listed": a.is_listed,
        "temporary": every(a.is_temporary, at_most(a.floor_area, 50), at_most(a.height, 400)),
        "small": every(negation(a.is_in_flood_zone), at_most(a.floor_area, 30), at_most(a.height, 350)),
        "tall": some(more(a.height, 1800), more(a.storeys, 5)),
        "school": equals(a.building_use, "school"),
        "industry": every(
            is_among(a.building_use, {"workshop", "warehouse"}),
            equals(a.site_zone, "industrial"),
            at_most(a.floor_area, 2000),
        ),
        "house": every(
            equals(a.building_use, "dwelling"),
            at_most(a.dwellings, 2),
            equals(a.applicant_kind, "owner"),
            a.has_neighbours_consent,
        ),
        "shop": every(
            equals(a.building_use, "shop"),
            is_among(a.site_zone, {"centre", "suburb"}),
            less(a.construction_cost, 500_000),
        ),
    }
    rows["rest"] = negation(some(*rows.values()))
    candidates = []
    for row, truth in rows.items():
        if truth is not False:
            candidates.append(row)
        if truth:
            break
    possible = tuple(dict.fromkeys(PROCEDURES[row] for row in candidates))
    items: Items = [(row, {"procedure_kind": PROCEDURES[row]}, rows[row]) for row in candidates]
    return Answer(possible, items, rows, unknown_facts(a, rows, candidates, {}) if len(possible) > 1 else [])


def requirements(a: Application, before: dict[str, Answer]) -> Answer:
    kinds = before["procedure"].possible
    is_full = may_be(kinds, "full")
    rules = {
        "site_plan": a.has_site_plan,
        "survey": every(at_least(a.surveyed_on, TWO_YEARS_AGO), at_most(a.surveyed_on, TODAY)),
        "setback": some(equals(a.site_zone, "centre"), at_least(a.boundary_distance, 300)),
        "timber_distance": if_applies(equals(a.structure_kind, "timber"), at_least(a.boundary_distance, 500)),
        "fire_report": if_applies(some(is_full, equals(a.building_use, "workshop")), a.has_fire_report),
        "structural_report": if_applies(
            some(at_least(a.storeys, 3), equals(a.structure_kind, "steel")), a.has_structural_report
        ),
        "parking": if_applies(equals(a.building_use, "dwelling"), at_least(a.parking_spaces, a.dwellings)),
        "access": some(a.has_access_road, equals(a.site_zone, "centre")),
        "accessible": if_applies(is_among(a.building_use, {"school", "shop"}), a.is_accessible),
        "connections": every(contains(a.connections, "water"), contains(a.connections, "electricity")),
        "deposit": if_applies(is_full, at_least(fifty_times(a.deposit_paid), a.construction_cost)),
    }
    truth = every(*rules.values())
    possible = (True, False) if truth is None else (truth,)
    missing = unknown_facts(a, rules, rules, before) if truth is None else []
    return Answer(possible, [], rules, missing)


def fifty_times(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount * 50


def fee(a: Application, before: dict[str, Answer]) -> Answer:
    kinds = before["procedure"].possible
    cost = a.construction_cost
    is_simplified, is_full = may_be(kinds, "simplified"), may_be(kinds, "full")
    rows = {
        "free": may_be(kinds, "none_needed"),
        "low": some(may_be(kinds, "notice"), every(is_simplified, less(cost, 100_000))),
        "medium_simplified": every(is_simplified, at_least(cost, 100_000)),
        "medium_full": every(is_full, less(cost, 1_000_000)),
        "high": every(is_full, at_least(cost, 1_000_000)),
    }
    held = [row for row, truth in rows.items() if truth]
    candidates = held or [row for row, truth in rows.items() if truth is None]
    possible = tuple(dict.fromkeys(FEES[row] for row in candidates))
    items: Items = [(row, {"fee_band": FEES[row]}, rows[row]) for row in candidates]
    return Answer(possible, items, rows, unknown_facts(a, rows, candidates, before) if len(possible) > 1 else [])


def tasks(a: Application, before: dict[str, Answer]) -> Answer:
    kinds = before["procedure"].possible
    required = before["requirements"].possible
    meets_requirements = required[0] if len(required) == 1 else None
    assert meets_requirements is None or isinstance(meets_requirements, bool)
    rows = {
        "foundation": may_be(kinds, "simplified", "full"),
        "fire": every(is_among(a.building_use, {"school", "workshop", "warehouse"}), at_least(a.floor_area, 400)),
        "heritage": a.is_listed,
        "flooding": every(a.is_in_flood_zone, contains(a.connections, "sewer")),
        "neighbours": every(negation(a.has_neighbours_consent), less(a.boundary_distance, 300)),
        "statics": some(at_least(a.storeys, 4), more(a.height, 1200)),
        "publication": every(meets_requirements, may_be(kinds, "full")),
    }
    held = [(row, TASKS[row], truth) for row, truth in rows.items() if truth is not False]
    items: Items = [(row, {"task": task, "body": body}, truth) for row, (task, body), truth in held]
    return Answer(tuple(task for _, (task, _), _ in held), items, rows, unknown_facts(a, rows, rows, before))


def unknown_facts(
    a: Application, rules: dict[str, Truth], asked: Collection[str], before: dict[str, Answer]
) -> list[str]:
    """Return the unknown facts that open rules read, themselves or through an open decision."""
    found: dict[str, None] = {}
    for rule in asked:
        if rules[rule] is not None:
            continue
        for name in READS[rule]:
            if name in before:
                found.update(dict.fromkeys(before[name].missing))
            elif getattr(a, name) is None:
                found[name] = None
    return list(found)


LATER: dict[str, Callable[[Application, dict[str, Answer]], Answer]] = {
    "requirements": requirements,
    "fee": fee,
    "tasks": tasks,
}


def decide(a: Application) -> tuple[dict[str, Answer], list[str]]:
    """Return every decision, and the facts to ask for."""
    found = {"procedure": procedure(a)}
    for name, answer in LATER.items():
        found[name] = answer(a, found)
    return found, list(dict.fromkeys(name for answer in found.values() for name in answer.missing))
