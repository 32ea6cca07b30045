"""Organizations of different kinds, for tests of what is told about them."""

import datetime
from collections.abc import Mapping
from functools import cache
from typing import Any

from cso_rules import Determination, determine, load_policy
from cso_rules.model.types import Between

GROUP: Mapping[str, Any] = {
    "founder_residence": "local_residents", "is_nonprofit": True, "distributes_profit": False,
    "special_body_kind": "none", "is_active_in_community": True, "community_type": "urban",
    "activity_kinds": frozenset({"culture_sports_recreation"}), "registration_status": "not_registered",
    "organizational_form": "social_group", "individual_members": 60, "institutional_members": 0,
    "activity_funds": 30_000, "has_lawful_funds": True, "has_standard_name": True,
    "has_organizational_structure": True, "has_fixed_domicile": True, "has_suitable_full_time_staff": True,
    "can_bear_civil_liability": True, "is_active_mainly_in_one_community": False,
    "subdistrict_unit_kind": "township", "is_small_scale": False, "is_loosely_organized": False, "is_temporary": False,
}  # fmt: skip
"""One that is able to register."""
SMALL = {"is_active_mainly_in_one_community": True, "is_small_scale": True, "is_loosely_organized": True}
KINDS: Mapping[str, tuple[dict[str, Any], str, str]] = {
    "able to register": ({}, "2026-11-26", "cn"),
    "registered": ({"registration_status": "registered"}, "2026-11-26", "cn"),
    "subdistrict": ({"individual_members": 12, "activity_funds": 8_000}, "2026-11-26", "cn"),
    "community": ({"individual_members": 12, "is_temporary": True, **SMALL}, "2026-11-26", "cn"),
    "out of scope": ({"is_nonprofit": False, "distributes_profit": True}, "2026-11-26", "cn"),
    "two possibilities": ({"activity_funds": None}, "2026-11-26", "cn"),
    "bounds": ({"individual_members": Between(low=20, high=38)}, "2026-11-26", "cn"),
    "open by law": ({"founder_residence": "lives_here_registered_elsewhere"}, "2018-06-01", "cn"),
    "overdue": (
        {"registration_status": "applied", "application_accepted_on": datetime.date(2026, 3, 2),
         "is_active_in_several_counties": False, "applies_as_charity": False}, "2026-11-26", "cn",
    ),
    "before there were classes": ({"individual_members": 12}, "2014-06-01", "cn"),
    "Shanghai": ({"individual_members": 12, "has_standard_name": False}, "2019-06-01", "31"),
    "Shenzhen": ({"organizational_form": "social_service_institution"}, "2026-11-26", "4403"),
    "Yangzhou": ({"activity_funds": None}, "2019-03-01", "3210"),
    "nothing known": (dict.fromkeys(GROUP), "2026-11-26", "cn"),
}  # fmt: skip
"""What differs from the group, the day, the place."""


@cache
def found_for(kind: str, **more: Any) -> Determination:
    """Return what is decided about an organization of a kind, with other facts if wanted."""
    different, day, place = KINDS[kind]
    policy = load_policy(jurisdiction=place, as_of=day)
    facts = {**GROUP, **different, **more}
    known = {name: value for name, value in facts.items() if value is not None and name in policy.facts}
    return determine(policy, known)
