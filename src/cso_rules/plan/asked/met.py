"""Whether criteria are met of which none fails for certain by itself, and which fail together."""

from __future__ import annotations

from collections.abc import Sequence

from cso_rules.plan.asked.apart import apart, is_one_impossible
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.asked.rests import Rest
from cso_rules.plan.asked.steps import Decided, Step


def met(asked: Asked, step: Step, true: int, unknown: int, conditions: Sequence[Rest]) -> Decided:
    """Return what is found out about criteria.

    Args:
        asked: The plan and what is known.
        step: How the criteria are answered.
        true: The criteria that are met for certain, as bits.
        unknown: All others, each of which may be met and may not.
        conditions: What remains of these.
    """
    parts, deciding, ends = apart(asked.rests, conditions), None, step.both if unknown else step.holds
    if len(parts) < len(conditions) and is_one_impossible(asked, conditions, parts):
        deciding, ends, parts = failing_together(asked, step.decision.name, unknown), step.does_not, ()
    key = true, unknown, ends, deciding
    return Decided(step, step.results.get(key) or step.of_one(*key), parts)


def failing_together(asked: Asked, decision: str, unknown: int) -> int:
    """Return as bits the fewest of some open criteria, later ones left out first, that cannot be met together."""
    rests = asked.rests
    rules = [asked.rest(node) for node in asked.plan.roots[decision].rules]
    kept = [place for place in range(len(rules)) if unknown >> place & 1]
    for place in reversed(kept.copy()):
        fewer, together = [other for other in kept if other != place], rests.true
        for other in reversed(fewer):
            together = rests.choose(rules[other], together, rests.false)
        if not asked.ends_of(together) & rests.true.ends:
            kept = fewer
    return sum(1 << place for place in kept)
