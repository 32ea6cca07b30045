"""Targets of an area under the rules before and after a change, as rows of a report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from cso_rules.model.instruments import Label
from cso_rules.studies.areas.counting import AreaCount
from cso_rules.studies.areas.report import targets
from cso_rules.studies.impact.report import TargetRow
from cso_rules.studies.states import state_label, state_of

COMPLETE: Final = Label(zh="名单完整", en="the list is complete")
OPEN: Final = Label(zh="名单不一定完整，只得出下限", en="the list may be longer: lower bounds only")


def target_rows(side: str, area: AreaCount, readings: Mapping[str, str]) -> Iterator[TargetRow]:
    """Yield the targets of an area.

    Args:
        side: `before` or `after`.
        area: What was counted under the rules of that side.
        readings: Chosen options of ambiguous texts.
    """
    found = area.determination(readings)
    for target in targets(area):
        goal = target.goal
        yield TargetRow(
            side=side,
            fact=goal.fact,
            kind=target.label(area.policy),
            status=state_label(state_of(found, goal.status), area.policy, decision=goal.status),
            found=target.found,
            needed=target.needed,
            lists=COMPLETE if area.policy.subject.name in area.complete else OPEN,
        )
