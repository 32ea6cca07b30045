"""The tier as variables and dated parameters of OpenFisca, for one organization at a time and for many at once.

Every variable has a default value, which stands for what is missing; there is no other device. A variable holds one
value, so that the number of activities is given instead of the list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from facts import CHOICES, FLAGS, NUMBERS, TIERS
from openfisca_core.entities import build_entity
from openfisca_core.indexed_enums import Enum
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import DateUnit
from openfisca_core.simulation_builder import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

MONTH = "2018-06"
PARAMETERS: dict[str, Any] = {
    "minimum_individual_members": {"values": {"1998-10-25": 50}},
    "minimum_institutional_members": {"values": {"1998-10-25": 30}},
    "minimum_mixed_members": {"values": {"1998-10-25": 50}},
    "minimum_activity_funds": {"values": {"1998-10-25": 30000}},
    "minimum_original_fund": {
        "national_public": {"values": {"2004-06-01": 8000000}},
        "local_public": {"values": {"2004-06-01": 4000000}},
        "non_public": {"values": {"2004-06-01": 2000000}},
    },
}
Organization = build_entity(key="organization", plural="organizations", label="", is_person=True)
ENUMS = {name: Enum(name, {value: value for value in values}) for name, values in CHOICES.items()}  # type: ignore[misc]
Tier = Enum("Tier", {tier: tier for tier in TIERS})  # type: ignore[misc]


def _variable(name: str, value_type: Any, formula: Any = None, **more: Any) -> type[Variable]:
    members = {"value_type": value_type, "entity": Organization, "definition_period": DateUnit.MONTH, "label": name}
    if formula is not None:
        members["formula"] = formula
    return type(name, (Variable,), members | more)


def in_scope(organization: Any, period: Any) -> Any:
    founders, special = organization("founder_residence", period), organization("special_body_kind", period)
    residents, bodies = ENUMS["founder_residence"], ENUMS["special_body_kind"]
    by_residents = (founders == residents.local_residents) + (founders == residents.lives_here_registered_elsewhere)
    admitted = (
        (special == bodies.none)
        + (special == bodies.owners_committee)
        + (special == bodies.building_group)
        + (special == bodies.committee_working_body)
    )
    return (
        by_residents
        * organization("is_nonprofit", period)
        * np.logical_not(organization("distributes_profit", period))
        * admitted
        * organization("is_active_in_community", period)
        * (organization("activity_kind_count", period) >= 1)
    )


def is_group(organization: Any, period: Any) -> Any:
    form = organization("organizational_form", period)
    members = (organization("individual_members", period) >= 1) + (organization("institutional_members", period) >= 1)
    forms = ENUMS["organizational_form"]
    return (form == forms.social_group) + (form == forms.none) * members


def enough_members(organization: Any, period: Any, parameters: Any) -> Any:
    individuals, institutions = (
        organization("individual_members", period),
        organization("institutional_members", period),
    )
    minimum = parameters(period)
    return np.select(
        [institutions == 0, individuals == 0],
        [
            individuals >= minimum.minimum_individual_members,
            institutions >= minimum.minimum_institutional_members,
        ],
        individuals + institutions >= minimum.minimum_mixed_members,
    )


def _all(organization: Any, period: Any, *names: str) -> Any:
    return np.logical_and.reduce([organization(name, period) for name in names])


LIABLE = ("has_fixed_domicile", "has_suitable_full_time_staff", "can_bear_civil_liability")


def registration_conditions(organization: Any, period: Any, parameters: Any) -> Any:
    minimum, form = parameters(period), organization("organizational_form", period)
    forms = ENUMS["organizational_form"]
    proper = _all(organization, period, "has_standard_name", "has_organizational_structure")
    funded = organization("activity_funds", period) >= minimum.minimum_activity_funds
    group = _all(organization, period, "is_group", "enough_members", "has_lawful_funds", *LIABLE) * funded
    suitable = _all(organization, period, "has_suitable_staff", "has_suitable_property", "has_premises")
    least = minimum.minimum_original_fund[organization("foundation_kind", period)]
    enough = organization("original_fund", period) >= least
    rest = _all(organization, period, "is_original_fund_paid_in", "has_public_benefit_purpose", "has_charter", *LIABLE)
    institution = (form == forms.social_service_institution) * suitable
    return proper * (group + institution + (form == forms.foundation) * enough * rest)


def tier(organization: Any, period: Any) -> Any:
    registered = organization("registration_status", period) == ENUMS["registration_status"].registered
    loose = _all(
        organization,
        period,
        *("is_active_mainly_in_one_community", "is_small_scale", "is_temporary", "is_loosely_organized"),
    )
    return np.select(
        [
            np.logical_not(organization("in_scope", period)),
            registered + organization("registration_conditions", period),
            loose,
        ],
        [Tier.out_of_scope, Tier.registered, Tier.community_guided],
        Tier.subdistrict_managed,
    )


def system() -> Any:
    found = TaxBenefitSystem([Organization])
    found.parameters = ParameterNode("", data=PARAMETERS)
    for name, enum in ENUMS.items():
        found.add_variable(_variable(name, Enum, possible_values=enum, default_value=list(enum)[-1]))
    for name in (*NUMBERS, "activity_kind_count"):
        found.add_variable(_variable(name, int))
    for name in FLAGS:
        found.add_variable(_variable(name, bool))
    for formula in (in_scope, is_group, enough_members, registration_conditions):
        found.add_variable(_variable(formula.__name__, bool, formula))
    found.add_variable(_variable("tier", Enum, tier, possible_values=Tier, default_value=Tier.subdistrict_managed))
    return found


def prepare(variant: str) -> Callable[[dict[str, Any]], Any]:
    del variant
    rules = system()

    def decide(situation: dict[str, Any]) -> str:
        simulation = SimulationBuilder().build_from_entities(rules, situation)
        answer: str = simulation.calculate("tier", MONTH).decode_to_str()[0]
        return answer

    return decide


def read(facts: dict[str, Any]) -> dict[str, Any]:
    kinds = facts.get("activity_kinds")
    given = {name: {MONTH: value} for name, value in facts.items() if name != "activity_kinds"}
    counted = {} if kinds is None else {"activity_kind_count": {MONTH: len(kinds)}}
    return {"organizations": {"one": given | counted}}


def prepare_table(variant: str, source: str) -> tuple[Callable[[], list[Any]], Callable[[], object]]:
    from pyarrow import compute, parquet

    del variant
    table, rules = parquet.read_table(source), system()
    columns: dict[str, Any] = {}
    for name, enum in ENUMS.items():
        codes = {each.name: each.index for each in enum}
        coded = table[name].combine_chunks().dictionary_encode()
        places = np.array([codes[value] for value in coded.dictionary.to_pylist()], dtype=np.int16)
        columns[name] = places[coded.indices.to_numpy()]
    for name in (*NUMBERS, *FLAGS):
        columns[name] = compute.cast(table[name], "int32" if name in NUMBERS else "bool").to_numpy()
    columns["activity_kind_count"] = compute.list_value_length(table["activity_kinds"]).to_numpy()

    def run() -> Any:
        simulation = SimulationBuilder().build_default_simulation(rules, count=table.num_rows)
        for name, values in columns.items():
            simulation.set_input(name, MONTH, values)
        return simulation.calculate("tier", MONTH)

    return lambda: [str(value) for value in run().decode_to_str()], run
