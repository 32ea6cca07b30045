"""What was decided about one organization and why: statuses, findings and citations, and the same as JSON."""

from cso_rules.determination.answers import (
    Case,
    Determination,
    Due,
    Finding,
    Item,
    Judgement,
    MissingFact,
    Outcome,
    Presumed,
    Result,
    Situation,
    Status,
    Together,
    status_of,
)
from cso_rules.determination.json_form import plain, to_json

__all__ = [
    "Case",
    "Determination",
    "Due",
    "Finding",
    "Item",
    "Judgement",
    "MissingFact",
    "Outcome",
    "Presumed",
    "Result",
    "Situation",
    "Status",
    "Together",
    "plain",
    "status_of",
    "to_json",
]
