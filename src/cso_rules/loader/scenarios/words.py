"""What a scenario may expect of the answer of a decision."""

from __future__ import annotations

from typing import Final

from cso_rules.loader.documents.declarations import DecisionDeclaration
from cso_rules.loader.grammar.scenarios import EXPECTATION
from cso_rules.model.decisions import MULTIPLE_HITS

NO_DAY: Final = frozenset({"none", "无", "不适用"})
"""Until when something without a day is due, and what a number or date is that there is none of."""
NO_VALUE: Final = "none"


def answers_with_items(decision: DecisionDeclaration) -> bool:
    """Tell whether a decision answers a list."""
    return decision.form != "criteria" and decision.hit_policy in MULTIPLE_HITS


def points_of(decision: DecisionDeclaration) -> tuple[str, ...]:
    """Return the points that an answer of the decision has: a list has no one value, a number no way to it, no row."""
    left_out = set()
    if answers_with_items(decision):
        left_out |= {"value"}
    if answers_with_items(decision) or decision.type is not None or len(decision.columns) > 1:
        left_out |= {"gaps_to", "gaps"}
    if decision.form != "rules":
        left_out |= {"due", "modality"}
    return tuple(point for point in EXPECTATION.known if point not in left_out)


def names_its_target(decision: DecisionDeclaration) -> bool:
    """Tell whether `gaps` has to say to which answer; a yes or no is meant to become a yes."""
    is_boolean = decision.form == "criteria" or [kind for _, kind in decision.columns] == ["boolean"]
    return "gaps" in points_of(decision) and not is_boolean
