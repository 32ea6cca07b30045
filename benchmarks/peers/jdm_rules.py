"""The tier as a JSON decision model for zen-engine: an expression node names the terms, a decision table decides.

Its input node takes a JSON Schema; `schema` requires every fact there, which is its own device for absent data.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

from facts import FACTS

EXPRESSIONS = {
    "in_scope": "founder_residence in ['local_residents', 'lives_here_registered_elsewhere'] and is_nonprofit"
    " and not distributes_profit"
    " and special_body_kind in ['none', 'owners_committee', 'building_group', 'committee_working_body']"
    " and is_active_in_community and len(activity_kinds) >= 1",
    "form": "organizational_form != 'none' ? organizational_form"
    " : individual_members >= 1 or institutional_members >= 1 ? 'social_group' : 'none'",
    "enough_members": "institutional_members == 0 ? individual_members >= 50"
    " : individual_members == 0 ? institutional_members >= 30 : individual_members + institutional_members >= 50",
    "minimum_fund": "foundation_kind == 'national_public' ? 8000000 : foundation_kind == 'local_public' ? 4000000 : 2000000",
    "proper": "has_standard_name and has_organizational_structure",
    "liable": "has_fixed_domicile and has_suitable_full_time_staff and can_bear_civil_liability",
    "group": "$.form == 'social_group' and $.proper and $.liable and $.enough_members and activity_funds >= 30000"
    " and has_lawful_funds",
    "institution": "$.form == 'social_service_institution' and $.proper and has_suitable_staff and has_suitable_property"
    " and has_premises",
    "foundation": "$.form == 'foundation' and $.proper and $.liable and original_fund >= $.minimum_fund"
    " and is_original_fund_paid_in and has_public_benefit_purpose and has_charter",
    "meets_registered_tier": "registration_status == 'registered' or $.group or $.institution or $.foundation",
    "loosely_organized": "is_active_mainly_in_one_community and is_small_scale and is_temporary and is_loosely_organized",
}
COLUMNS = ("in_scope", "meets_registered_tier", "loosely_organized")
ROWS = (
    ("false", "", "", "out_of_scope"),
    ("", "true", "", "registered"),
    ("", "", "true", "community_guided"),
    ("", "", "", "subdistrict_managed"),
)


def model(*, guarded: bool) -> dict[str, Any]:
    schema = {"type": "object", "required": list(FACTS)}
    nodes = [
        _node("input", "inputNode", {"schema": json.dumps(schema)} if guarded else {}),
        _node("terms", "expressionNode", {"expressions": _expressions(), "passThrough": True}),
        _node("table", "decisionTableNode", _table()),
        _node("output", "outputNode", {}),
    ]
    edges = [
        {"id": f"edge{place}", "type": "edge", "sourceId": one["id"], "targetId": two["id"]}
        for place, (one, two) in enumerate(itertools.pairwise(nodes))
    ]
    return {"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges}


def _node(name: str, kind: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "name": name, "type": kind, "content": content, "position": {"x": 0, "y": 0}}


def _expressions() -> list[dict[str, str]]:
    return [{"id": key, "key": key, "value": value} for key, value in EXPRESSIONS.items()]


def _table() -> dict[str, Any]:
    rules = [{"_id": tier, **dict(zip(COLUMNS, cells, strict=True)), "tier": f"'{tier}'"} for *cells, tier in ROWS]
    return {
        "hitPolicy": "first",
        "inputs": [{"id": name, "name": name, "field": name} for name in COLUMNS],
        "outputs": [{"id": "tier", "name": "tier", "field": "tier"}],
        "rules": rules,
    }


def prepare(variant: str) -> Callable[[dict[str, Any]], Any]:
    import zen

    decision = zen.ZenEngine().create_decision(json.dumps(model(guarded=variant == "schema")))

    def decide(facts: dict[str, Any]) -> Any:
        return decision.evaluate(facts)["result"].get("tier")

    return decide
