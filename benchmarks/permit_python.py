"""What a good programmer would write by hand for one complete application: every decision, item and rule.

Nothing is checked and every fact must be there; `permit_open_python.py` is the same for facts that may be missing.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal

Items = list[tuple[str, dict[str, str]]]
"""The id of a row that decides or holds, and its columns."""

TWO_YEARS_AGO, TODAY = datetime.date(2022, 6, 1), datetime.date(2024, 6, 1)
PROCEDURES = {
    "listed": "full", "temporary": "none_needed", "small": "none_needed", "tall": "full", "school": "full",
    "industry": "notice", "house": "simplified", "shop": "simplified", "rest": "full",
}  # fmt: skip
FEES = {"free": "free", "low": "low", "medium_simplified": "medium", "medium_full": "medium", "high": "high"}
TASKS = {
    "foundation": ("inspect_foundation", "building_office"),
    "fire": ("inspect_fire_safety", "fire_brigade"),
    "heritage": ("assess_heritage", "heritage_office"),
    "flooding": ("assess_flooding", "water_office"),
    "neighbours": ("hear_neighbours", "building_office"),
    "statics": ("check_statics", "building_office"),
    "publication": ("publish_permit", "building_office"),
}


@dataclass(slots=True)
class Application:
    building_use: str
    site_zone: str
    structure_kind: str
    applicant_kind: str
    storeys: int
    height: int
    floor_area: int
    dwellings: int
    parking_spaces: int
    boundary_distance: int
    construction_cost: Decimal
    deposit_paid: Decimal
    surveyed_on: datetime.date
    connections: frozenset[str]
    is_listed: bool
    is_temporary: bool
    is_in_flood_zone: bool
    has_access_road: bool
    has_fire_report: bool
    has_structural_report: bool
    has_neighbours_consent: bool
    has_site_plan: bool
    is_accessible: bool


@dataclass(slots=True)
class Answer:
    """One decision: its answer, the rows behind it or that hold, and the truth of every rule."""

    value: object
    items: Items
    rules: dict[str, bool]


def procedure(a: Application) -> Answer:
    rows = {
        "listed": a.is_listed,
        "temporary": a.is_temporary and a.floor_area <= 50 and a.height <= 400,
        "small": not a.is_in_flood_zone and a.floor_area <= 30 and a.height <= 350,
        "tall": a.height > 1800 or a.storeys > 5,
        "school": a.building_use == "school",
        "industry": (
            a.building_use in {"workshop", "warehouse"} and a.site_zone == "industrial" and a.floor_area <= 2000
        ),
        "house": (
            a.building_use == "dwelling"
            and a.dwellings <= 2
            and a.applicant_kind == "owner"
            and a.has_neighbours_consent
        ),
        "shop": (a.building_use == "shop" and a.site_zone in {"centre", "suburb"} and a.construction_cost < 500_000),
    }
    rows["rest"] = not any(rows.values())
    hit = next(row for row, holds in rows.items() if holds)
    return Answer(PROCEDURES[hit], [(hit, {"procedure_kind": PROCEDURES[hit]})], rows)


def requirements(a: Application, kind: str) -> Answer:
    rules = {
        "site_plan": a.has_site_plan,
        "survey": TWO_YEARS_AGO <= a.surveyed_on <= TODAY,
        "setback": a.site_zone == "centre" or a.boundary_distance >= 300,
        "timber_distance": a.structure_kind != "timber" or a.boundary_distance >= 500,
        "fire_report": a.has_fire_report or not (kind == "full" or a.building_use == "workshop"),
        "structural_report": a.has_structural_report or not (a.storeys >= 3 or a.structure_kind == "steel"),
        "parking": a.building_use != "dwelling" or a.parking_spaces >= a.dwellings,
        "access": a.has_access_road or a.site_zone == "centre",
        "accessible": a.building_use not in {"school", "shop"} or a.is_accessible,
        "connections": "water" in a.connections and "electricity" in a.connections,
        "deposit": kind != "full" or a.deposit_paid * 50 >= a.construction_cost,
    }
    return Answer(all(rules.values()), [], rules)


def fee(a: Application, kind: str) -> Answer:
    rows = {
        "free": kind == "none_needed",
        "low": kind == "notice" or (kind == "simplified" and a.construction_cost < 100_000),
        "medium_simplified": kind == "simplified" and a.construction_cost >= 100_000,
        "medium_full": kind == "full" and a.construction_cost < 1_000_000,
        "high": kind == "full" and a.construction_cost >= 1_000_000,
    }
    (hit,) = [row for row, holds in rows.items() if holds]
    return Answer(FEES[hit], [(hit, {"fee_band": FEES[hit]})], rows)


def tasks(a: Application, kind: str, meets_requirements: object) -> Answer:
    rows = {
        "foundation": kind in {"simplified", "full"},
        "fire": a.building_use in {"school", "workshop", "warehouse"} and a.floor_area >= 400,
        "heritage": a.is_listed,
        "flooding": a.is_in_flood_zone and "sewer" in a.connections,
        "neighbours": not a.has_neighbours_consent and a.boundary_distance < 300,
        "statics": a.storeys >= 4 or a.height > 1200,
        "publication": bool(meets_requirements) and kind == "full",
    }
    held = [(row, TASKS[row]) for row, holds in rows.items() if holds]
    items = [(row, {"task": task, "body": body}) for row, (task, body) in held]
    return Answer(frozenset(task for _, (task, _) in held), items, rows)


def decide(a: Application) -> dict[str, Answer]:
    found = procedure(a)
    kind = str(found.value)
    required = requirements(a, kind)
    return {
        "procedure": found,
        "requirements": required,
        "fee": fee(a, kind),
        "tasks": tasks(a, kind, required.value),
    }
