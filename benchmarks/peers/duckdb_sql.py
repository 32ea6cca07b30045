"""The tier as SQL for DuckDB: `plain`, a CASE without thought of nulls, and `hand`, benchmarks/hand_written_sql.py."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
from facts import TIERS

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import hand_written_sql

THREADS = 2
PLAIN = """
WITH a AS (SELECT *,
  founder_residence IN ('local_residents', 'lives_here_registered_elsewhere') AND is_nonprofit AND NOT distributes_profit
    AND special_body_kind IN ('none', 'owners_committee', 'building_group', 'committee_working_body')
    AND is_active_in_community AND len(activity_kinds) >= 1 AS in_scope,
  organizational_form = 'social_group' OR (organizational_form = 'none'
    AND (individual_members >= 1 OR institutional_members >= 1)) AS is_group,
  CASE WHEN institutional_members = 0 THEN individual_members >= 50
    WHEN individual_members = 0 THEN institutional_members >= 30
    ELSE individual_members + institutional_members >= 50 END AS enough_members,
  original_fund >= CASE foundation_kind WHEN 'national_public' THEN 8000000 WHEN 'local_public' THEN 4000000
    ELSE 2000000 END AS enough_fund,
  has_fixed_domicile AND has_suitable_full_time_staff AND can_bear_civil_liability AS liable
  FROM organizations),
b AS (SELECT *, has_standard_name AND has_organizational_structure AND (
    (is_group AND enough_members AND activity_funds >= 30000 AND has_lawful_funds AND liable)
    OR (organizational_form = 'social_service_institution' AND has_suitable_staff AND has_suitable_property
      AND has_premises)
    OR (organizational_form = 'foundation' AND enough_fund AND is_original_fund_paid_in AND liable
      AND has_public_benefit_purpose AND has_charter)) AS able FROM a)
SELECT CASE WHEN NOT in_scope THEN 'out_of_scope'
  WHEN registration_status = 'registered' OR able THEN 'registered'
  WHEN is_active_mainly_in_one_community AND is_small_scale AND is_temporary AND is_loosely_organized
    THEN 'community_guided'
  ELSE 'subdistrict_managed' END AS tier FROM b
"""
UNUSED = (
    "NULL::VARCHAR[] AS needs, NULL::VARCHAR[] AS target_groups, NULL::BOOLEAN AS is_outstanding, "
    "NULL::BOOLEAN AS has_conditions_for_social_workers, NULL::VARCHAR AS community_type"
)
"""Columns of decisions that are not asked for; the text of the queries names them."""


def prepare_table(variant: str, source: str) -> tuple[Callable[[], list[Any]], Callable[[], object]]:
    connection = duckdb.connect(config={"threads": THREADS})
    connection.execute(f"CREATE TABLE given AS SELECT * FROM '{source}'")  # noqa: S608 - our own file
    connection.execute(f"CREATE VIEW organizations AS SELECT *, {UNUSED} FROM given")  # noqa: S608 - our own text
    by_hand = f"{hand_written_sql.tables()} SELECT {hand_written_sql.TIER} AS tier"
    query = f"{by_hand} FROM e" if variant == "hand" else PLAIN

    def run() -> Any:
        return connection.sql(query).to_arrow_table()

    def answers() -> list[Any]:
        if variant == "plain":
            return run()["tier"].to_pylist()
        columns = f"{hand_written_sql.POSSIBLE_TIERS} AS possible, {hand_written_sql._missing('tier')}"  # noqa: SLF001 - a sibling
        rows = connection.sql(f"{by_hand}, {columns} FROM e").fetchall()
        return [tier or _open(possible, missing) for tier, possible, missing in rows]

    return answers, run


def _open(possible: int, missing: list[str]) -> dict[str, Any]:
    return {"possible": [each for place, each in enumerate(TIERS) if possible >> place & 1], "ask": missing}
