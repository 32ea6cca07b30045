"""The tier as Polars expressions: `when`/`then` as its guide shows it, and with its nulls carried to the answer.

Polars' `&`, `|` and `~` keep nulls as SQL does, but `when` takes null for false; `nulls` therefore asks `is_null` first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
from polars import col


def terms() -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Return whether it is in scope, is registered or able, and is small and loose in one community."""
    in_scope = (
        col("founder_residence").is_in(["local_residents", "lives_here_registered_elsewhere"])
        & col("is_nonprofit")
        & ~col("distributes_profit")
        & col("special_body_kind").is_in(["none", "owners_committee", "building_group", "committee_working_body"])
        & col("is_active_in_community")
        & (col("activity_kinds").list.len() >= 1)
    )
    form, fund_kind = col("organizational_form"), col("foundation_kind")
    individuals, institutions = col("individual_members"), col("institutional_members")
    is_group = (form == "social_group") | ((form == "none") & ((individuals >= 1) | (institutions >= 1)))
    enough_members = (
        ((institutions == 0) & (individuals >= 50))
        | ((individuals == 0) & (institutions >= 30))
        | ((individuals >= 1) & (institutions >= 1) & (individuals + institutions >= 50))
    )
    liable = col("has_fixed_domicile") & col("has_suitable_full_time_staff") & col("can_bear_civil_liability")
    group = is_group & enough_members & (col("activity_funds") >= 30000) & col("has_lawful_funds") & liable
    suitable = col("has_suitable_staff") & col("has_suitable_property") & col("has_premises")
    enough_fund = (
        ((fund_kind == "national_public") & (col("original_fund") >= 8000000))
        | ((fund_kind == "local_public") & (col("original_fund") >= 4000000))
        | ((fund_kind == "non_public") & (col("original_fund") >= 2000000))
    )
    paid = enough_fund & col("is_original_fund_paid_in")
    foundation = (form == "foundation") & paid & liable & col("has_public_benefit_purpose") & col("has_charter")
    able = col("has_standard_name") & col("has_organizational_structure")
    able &= group | ((form == "social_service_institution") & suitable) | foundation
    registered = (col("registration_status") == "registered") | able
    loose = (
        col("is_active_mainly_in_one_community")
        & col("is_small_scale")
        & col("is_temporary")
        & col("is_loosely_organized")
    )
    return in_scope, registered, loose


def tier(*, nulls: bool) -> pl.Expr:
    in_scope, registered, loose = terms()
    steps = ((~in_scope, "out_of_scope"), (registered, "registered"), (loose, "community_guided"))
    expression = pl.lit("subdistrict_managed")
    for condition, name in reversed(steps):
        start = pl.when(condition.is_null()).then(None) if nulls else pl
        expression = start.when(condition).then(pl.lit(name)).otherwise(expression)
    return expression.alias("tier")


def prepare_table(variant: str, source: str) -> tuple[Callable[[], list[Any]], Callable[[], object]]:
    frame, expression = pl.read_parquet(source), tier(nulls=variant == "nulls")

    def run() -> pl.DataFrame:
        return frame.lazy().select(expression).collect()

    def answers() -> list[Any]:
        return run()["tier"].to_list()

    return answers, run
