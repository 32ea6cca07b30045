"""The same decisions as plain SQL for DuckDB, as one would write them by hand: comparisons, CASE and nullable booleans.

It holds the numbers of the law and the readings built in. SQL's own three-valued logic does what it can; members,
forms and funds, where an unknown number can be decided all the same, are spelled out.
"""

from __future__ import annotations

from collections.abc import Sequence

RULES = {
    "founded_by_residents": ("founders",),
    "in_scope": ("founders", "not_for_profit", "no_distribution", "special_body", "community", "activities"),
    "has_valid_registration": ("registered",),
    "can_contract": ("legally_established",),
    "form_tested": ("social_group", "social_service_institution", "foundation", "members", "no_form"),
    "registration_conditions": (
        "registrable_form", "members", "activity_funds", "lawful_funds", "standard_name", "organizational_structure",
        "fixed_domicile", "full_time_staff", "civil_liability", "staff", "property", "premises", "original_fund",
        "original_fund_paid_in", "public_benefit_purpose", "charter",
    ),
    "meets_registered_tier": ("registered_or_able",),
    "loosely_organized_in_one_community": ("one_community", "grassroots_cluster"),
    "tier": ("out_of_scope", "registered", "community_guided", "subdistrict_managed"),
    "support_measures": (
        "procurement", "lottery_fund", "platform", "incubation_fund", "incubation_base", "commendation",
    ),
    "development_priorities": (
        "daily_life_services", "public_interest_and_charity", "resident_mutual_assistance", "groups_in_difficulty",
        "social_work_professionals", "rural",
    ),
}  # fmt: skip
LISTS = ("support_measures", "development_priorities")
CRITERIA = ("registration_conditions", "in_scope")
ANSWERS = ("able", "scope")

FIRST = """
SELECT *,
  registration_status = 'registered' AS valid,
  founder_residence IN ('local_residents', 'lives_here_registered_elsewhere') AS founders,
  NOT distributes_profit AS no_distribution,
  special_body_kind IN ('none', 'owners_committee', 'building_group', 'committee_working_body') AS special_body,
  len(activity_kinds) >= 1 AS activities,
  is_small_scale AND is_temporary AND is_loosely_organized AS cluster,
  CASE WHEN individual_members >= 1 OR institutional_members >= 1 THEN TRUE
       WHEN individual_members = 0 AND institutional_members = 0 THEN FALSE END AS has_members,
  CASE WHEN individual_members IS NULL THEN CASE WHEN institutional_members >= 49 THEN TRUE END
       WHEN institutional_members IS NULL THEN CASE WHEN individual_members >= 50 THEN TRUE END
       WHEN institutional_members = 0 THEN individual_members >= 50
       WHEN individual_members = 0 THEN institutional_members >= 30
       ELSE individual_members + institutional_members >= 50 END AS enough_members,
  CASE foundation_kind WHEN 'national_public' THEN original_fund >= 8000000
       WHEN 'local_public' THEN original_fund >= 4000000 WHEN 'non_public' THEN original_fund >= 2000000
       ELSE CASE WHEN original_fund >= 8000000 THEN TRUE WHEN original_fund < 2000000 THEN FALSE END END AS enough_fund
FROM organizations
"""

SECOND = """
SELECT *,
  founders AND is_nonprofit AND no_distribution AND special_body AND is_active_in_community AND activities AS scope,
  is_active_mainly_in_one_community AND cluster AS loose,
  CASE WHEN organizational_form = 'none' THEN has_members
       ELSE organizational_form = 'social_group' END AS is_group,
  organizational_form = 'social_service_institution' AS is_institution,
  organizational_form = 'foundation' AS is_foundation,
  CASE WHEN organizational_form IS NULL THEN CASE WHEN has_members THEN TRUE END
       WHEN organizational_form = 'none' THEN has_members ELSE TRUE END AS any_form,
  CASE WHEN organizational_form = 'none' THEN has_members
       ELSE organizational_form <> 'social_service_institution' END AS group_or_foundation
FROM a
"""

THIRD = """
SELECT *,
  NOT is_group OR enough_members AS c_members,
  NOT is_group OR activity_funds >= 30000 AS c_activity_funds,
  NOT is_group OR has_lawful_funds AS c_lawful_funds,
  NOT any_form OR has_standard_name AS c_name,
  NOT any_form OR has_organizational_structure AS c_structure,
  NOT group_or_foundation OR has_fixed_domicile AS c_domicile,
  NOT group_or_foundation OR has_suitable_full_time_staff AS c_full_time,
  NOT group_or_foundation OR can_bear_civil_liability AS c_liability,
  NOT is_institution OR has_suitable_staff AS c_staff,
  NOT is_institution OR has_suitable_property AS c_property,
  NOT is_institution OR has_premises AS c_premises,
  NOT is_foundation OR enough_fund AS c_fund,
  NOT is_foundation OR is_original_fund_paid_in AS c_paid_in,
  NOT is_foundation OR has_public_benefit_purpose AS c_purpose,
  NOT is_foundation OR has_charter AS c_charter,
  scope AND valid AND (list_contains(needs, 'funding') OR list_contains(needs, 'projects')) AS s_procurement,
  scope AND (list_contains(needs, 'funding') OR list_contains(needs, 'projects')) AS s_lottery,
  scope AND (list_contains(needs, 'coordination') OR list_contains(needs, 'venue')) AS s_platform,
  scope AND list_contains(needs, 'funding') AS s_fund,
  scope AND is_outstanding AS s_commendation,
  scope AND list_contains(activity_kinds, 'services_for_residents') AS p_daily,
  scope AND list_contains(activity_kinds, 'public_interest_and_charity') AS p_charity,
  scope AND list_contains(activity_kinds, 'neighborhood_mutual_assistance') AS p_mutual,
  scope AND (list_contains(target_groups, 'disabled') OR list_contains(target_groups, 'orphans_and_left_behind_children')
    OR list_contains(target_groups, 'poor_households') OR list_contains(target_groups, 'other_difficulty')) AS p_difficulty,
  scope AND has_conditions_for_social_workers AS p_workers,
  scope AND community_type = 'rural' AS p_rural
FROM b
"""

# The forms that are left may each fail another condition.
FOURTH = """
SELECT *,
  CASE WHEN (is_group IS FALSE OR (enough_members AND activity_funds >= 30000 AND has_lawful_funds AND has_standard_name
        AND has_organizational_structure AND has_fixed_domicile AND has_suitable_full_time_staff
        AND can_bear_civil_liability) IS FALSE)
      AND (is_institution IS FALSE OR (has_standard_name AND has_organizational_structure AND has_suitable_staff
        AND has_suitable_property AND has_premises) IS FALSE)
      AND (is_foundation IS FALSE OR (enough_fund AND is_original_fund_paid_in AND has_public_benefit_purpose AND has_charter
        AND has_standard_name AND has_organizational_structure AND has_fixed_domicile AND has_suitable_full_time_staff
        AND can_bear_civil_liability) IS FALSE) THEN FALSE
    ELSE any_form AND c_members AND c_activity_funds AND c_lawful_funds AND c_name AND c_structure AND c_domicile
      AND c_full_time AND c_liability AND c_staff AND c_property AND c_premises AND c_fund AND c_paid_in AND c_purpose
      AND c_charter END AS able
FROM c
"""

FIFTH = """
SELECT *, NOT scope AS t_out, valid OR able AS t_registered,
  NOT (NOT scope OR (valid OR able) OR loose) AS t_managed
FROM d
"""

TRUTHS = {
    "founded_by_residents": ("founders",),
    "in_scope": (
        "founders", "is_nonprofit", "no_distribution", "special_body", "is_active_in_community", "activities",
    ),
    "has_valid_registration": ("valid",),
    "can_contract": ("valid",),
    "form_tested": (
        "organizational_form = 'social_group'", "organizational_form = 'social_service_institution'",
        "organizational_form = 'foundation'", "has_members",
        "CASE WHEN organizational_form IN ('social_group', 'social_service_institution', 'foundation') OR has_members"
        " THEN FALSE WHEN organizational_form = 'none' AND NOT has_members THEN TRUE END",
    ),
    "registration_conditions": (
        "any_form", "c_members", "c_activity_funds", "c_lawful_funds", "c_name", "c_structure", "c_domicile",
        "c_full_time", "c_liability", "c_staff", "c_property", "c_premises", "c_fund", "c_paid_in", "c_purpose",
        "c_charter",
    ),
    "meets_registered_tier": ("t_registered",),
    "loosely_organized_in_one_community": ("is_active_mainly_in_one_community", "cluster"),
    "tier": ("t_out", "t_registered", "loose", "t_managed"),
    "support_measures": ("s_procurement", "s_lottery", "s_platform", "s_fund", "s_platform", "s_commendation"),
    "development_priorities": ("p_daily", "p_charity", "p_mutual", "p_difficulty", "p_workers", "p_rural"),
}  # fmt: skip

TIER = """CASE WHEN t_out THEN 'out_of_scope' WHEN t_out IS NULL THEN NULL WHEN t_registered THEN 'registered'
  WHEN t_registered IS NULL THEN NULL WHEN loose THEN 'community_guided' WHEN loose IS NULL THEN NULL
  ELSE 'subdistrict_managed' END"""
POSSIBLE_TIERS = """(CASE WHEN t_out IS NOT TRUE AND t_registered IS NOT FALSE THEN 1 ELSE 0 END
  + CASE WHEN t_out IS NOT TRUE AND t_registered IS NOT TRUE AND loose IS NOT TRUE THEN 2 ELSE 0 END
  + CASE WHEN t_out IS NOT TRUE AND t_registered IS NOT TRUE AND loose IS NOT FALSE THEN 4 ELSE 0 END
  + CASE WHEN t_out IS NOT FALSE THEN 8 ELSE 0 END)::UTINYINT"""


def mask(truths: Sequence[str], condition: str) -> str:
    width = "UTINYINT" if len(truths) <= 8 else "USMALLINT"
    parts = (f"CASE WHEN ({truth}) {condition} THEN {1 << place} ELSE 0 END" for place, truth in enumerate(truths))
    return f"({' + '.join(parts)})::{width}"


def tables() -> str:
    return f"WITH a AS ({FIRST}), b AS ({SECOND}), c AS ({THIRD}), d AS ({FOURTH}), e AS ({FIFTH})"


def every_rule() -> str:
    """Every rule as a nullable boolean, the tier and which tiers are possible."""
    columns = [
        f'{truth} AS "{name}/{rule}"'
        for name, rules in RULES.items()
        for rule, truth in zip(rules, TRUTHS[name], strict=True)
    ]
    return f"{tables()} SELECT {TIER} AS tier, {POSSIBLE_TIERS} AS possible, {', '.join(columns)} FROM e"  # noqa: S608 - constants of this file


def answers(*, reasons: bool) -> str:
    """The columns that the library writes about five decisions, masks or masks and lists."""
    columns = [f"{TIER} AS tier", f'{POSSIBLE_TIERS} AS "tier.possible"', _status("tier", f"({TIER}) IS NOT NULL")]
    for name, truth in zip(CRITERIA, ANSWERS, strict=True):
        possible = (
            f"(CASE WHEN {truth} IS NOT FALSE THEN 1 ELSE 0 END + CASE WHEN {truth} IS NOT TRUE THEN 2 ELSE 0 END)"
        )
        columns += [
            f"{truth} AS {name}",
            f'{possible}::UTINYINT AS "{name}.possible"',
            _status(name, f"{truth} IS NOT NULL"),
        ]
    for name in LISTS:
        sure, possible = mask(TRUTHS[name], "IS TRUE"), mask(TRUTHS[name], "IS NOT FALSE")
        known = " AND ".join(f"({truth}) IS NOT NULL" for truth in TRUTHS[name])
        columns += [f"{sure} AS {name}", f'{possible} AS "{name}.possible"', _status(name, known)]
    for name in ("tier", *CRITERIA, *LISTS):
        columns += [f'{mask(TRUTHS[name], "IS TRUE")} AS "{name}.true"']
        columns += [f'{mask(TRUTHS[name], "IS NULL")} AS "{name}.unknown"']
        columns += [_reasons(name), _missing(name)] if reasons else []
    return f'{tables()} SELECT row_number() OVER () AS "row", organization_id, {", ".join(columns)} FROM e'  # noqa: S608 - constants of this file


def _status(name: str, settled: str) -> str:
    return f"CASE WHEN {settled} THEN 'determined' ELSE 'undetermined' END AS \"{name}.status\""


def _reasons(name: str) -> str:
    pairs = list(zip(RULES[name], TRUTHS[name], strict=True))
    if name not in CRITERIA:
        listed = ", ".join(f"CASE WHEN ({truth}) IS NOT FALSE THEN '{rule}' END" for rule, truth in pairs)
        return f'list_filter([{listed}], lambda x: x IS NOT NULL) AS "{name}.reasons"'
    failing = ", ".join(f"CASE WHEN NOT ({truth}) THEN '{rule}' END" for rule, truth in pairs)
    fine = " AND ".join(f"({truth}) IS NOT FALSE" for _, truth in pairs)
    rules = ", ".join(f"'{rule}'" for rule, _ in pairs)
    open_ = ", ".join(f"CASE WHEN ({truth}) IS NULL THEN '{rule}' END" for rule, truth in pairs)
    together = f"WHEN NOT {dict(zip(CRITERIA, ANSWERS, strict=True))[name]} THEN list_filter([{open_}], lambda x: x IS NOT NULL)"
    found = (
        f"CASE WHEN NOT ({fine}) THEN list_filter([{failing}], lambda x: x IS NOT NULL) {together} ELSE [{rules}] END"
    )
    return f'{found} AS "{name}.reasons"'


FACTS_OF_SCOPE = (
    "founder_residence", "is_nonprofit", "distributes_profit", "special_body_kind", "is_active_in_community",
    "activity_kinds",
)  # fmt: skip
FACTS_OF_ABLE = (
    "organizational_form", "individual_members", "institutional_members", "activity_funds", "has_lawful_funds",
    "has_standard_name", "has_organizational_structure", "has_fixed_domicile", "has_suitable_full_time_staff",
    "can_bear_civil_liability", "has_suitable_staff", "has_suitable_property", "has_premises", "original_fund",
    "foundation_kind", "is_original_fund_paid_in", "has_public_benefit_purpose", "has_charter",
)  # fmt: skip
FACTS = {
    "tier": (
        *FACTS_OF_SCOPE, "registration_status", *FACTS_OF_ABLE, "is_active_mainly_in_one_community", "is_small_scale",
        "is_temporary", "is_loosely_organized",
    ),
    "registration_conditions": FACTS_OF_ABLE,
    "in_scope": FACTS_OF_SCOPE,
    "support_measures": (*FACTS_OF_SCOPE, "registration_status", "needs", "is_outstanding"),
    "development_priorities": (*FACTS_OF_SCOPE, "target_groups", "has_conditions_for_social_workers", "community_type"),
}  # fmt: skip


def _missing(name: str) -> str:
    """The unknown facts of an open decision; which of them matter is left out, unlike in the library."""
    open_ = {
        "tier": f"({TIER}) IS NULL", "registration_conditions": "able IS NULL", "in_scope": "scope IS NULL",
    }.get(name) or " OR ".join(f"({truth}) IS NULL" for truth in TRUTHS[name])  # fmt: skip
    listed = ", ".join(f"CASE WHEN {fact} IS NULL THEN '{fact}' END" for fact in FACTS[name])
    return f'CASE WHEN {open_} THEN list_filter([{listed}], lambda x: x IS NOT NULL) ELSE [] END AS "{name}.missing"'
