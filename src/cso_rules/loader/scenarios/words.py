"""The words that an expectation of a scenario may use, and which of them fit which decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cso_rules.loader.documents.declarations import DecisionDeclaration
from cso_rules.model.decisions import MULTIPLE_HITS
from cso_rules.model.instruments import Label

STATUSES: Final[Mapping[str, Label]] = {
    "determined": Label(zh="已认定", en="determined"),
    "undetermined": Label(zh="事实不足，未定", en="undetermined while facts are missing"),
    "unsettled_by_law": Label(zh="依法未定", en="unsettled by law"),
    "no_rule_in_force": Label(zh="没有现行规则", en="no rule is in force"),
    "conflict": Label(zh="规则冲突", en="rules conflict"),
}
MODALITIES: Final = {
    "must": Label(zh="应当、必须", en="must"),
    "should": Label(zh="一般应、原则上", en="should"),
    "may": Label(zh="可以", en="may"),
    "encourage": Label(zh="鼓励", en="is encouraged"),
    "explore": Label(zh="探索", en="may be explored"),
    "target": Label(zh="目标", en="is aimed at"),
    "descriptive": Label(zh="描述", en="is described"),
    "constitutive": Label(zh="定义或构成", en="defines what counts"),
    "announced": Label(zh="已宣布将要做", en="was announced"),
}
NO_DAY: Final = frozenset({"none", "无"})
"""Until when something without a day is due."""
POINTS: Final = (
    "value",
    "status",
    "possible",
    "items",
    "sure",
    "includes",
    "excludes",
    "failing",
    "unknown",
    "missing",
    "due",
    "modality",
    "cites",
    "amended_unseen",
    "by_reading",
    "gaps_to",
    "gaps",
)
"""Every point of an answer that a scenario may expect something of."""


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
    return tuple(point for point in POINTS if point not in left_out)


def names_its_target(decision: DecisionDeclaration) -> bool:
    """Tell whether `gaps` has to say to which answer; a yes or no is meant to become a yes."""
    is_boolean = decision.form == "criteria" or [kind for _, kind in decision.columns] == ["boolean"]
    return "gaps" in points_of(decision) and not is_boolean
