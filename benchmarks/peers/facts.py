"""The facts that the tier reads, by kind; written out, so that a peer needs nothing of the library."""

from __future__ import annotations

CHOICES = {
    "founder_residence": (
        "local_residents", "lives_here_registered_elsewhere", "registered_here_lives_elsewhere", "not_residents",
    ),
    "special_body_kind": (
        "none", "owners_committee", "building_group", "committee_working_body", "government_body",
        "public_institution", "unit_internal", "people_organization", "exempt",
    ),
    "registration_status": ("registered", "applied", "not_registered", "deregistered", "revoked"),
    "organizational_form": ("social_group", "social_service_institution", "foundation", "none"),
    "foundation_kind": ("national_public", "local_public", "non_public"),
}  # fmt: skip
NUMBERS = ("individual_members", "institutional_members", "activity_funds", "original_fund")
LISTS = ("activity_kinds",)
FLAGS = (
    "is_nonprofit", "distributes_profit", "is_active_in_community", "has_lawful_funds", "has_standard_name",
    "has_organizational_structure", "has_fixed_domicile", "has_suitable_full_time_staff", "can_bear_civil_liability",
    "has_suitable_staff", "has_suitable_property", "has_premises", "is_original_fund_paid_in",
    "has_public_benefit_purpose", "has_charter", "is_active_mainly_in_one_community", "is_small_scale",
    "is_temporary", "is_loosely_organized",
)  # fmt: skip
FACTS = (*CHOICES, *NUMBERS, *LISTS, *FLAGS)
TIERS = ("registered", "subdistrict_managed", "community_guided", "out_of_scope")
