"""What the reports of several studies say alike."""

from __future__ import annotations

from typing import Any, Final

from cso_rules.loader.codes import UNPLACED
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Parameter, Policy
from cso_rules.studies.states import State

FINAL: Final = Label(zh="以上供决策参考，由工作人员认定。", en="This supports a decision; an official decides.")
NOTICE: Final = "decision support; an official decides"
"""The same in JSON."""
BEFORE: Final = Label(zh="变动前", en="before")
AFTER: Final = Label(zh="变动后", en="after")
_RULES: Final = Label(
    zh="{side}：{title}，地区 {place}，日期 {date}，摘要 {digest}",
    en="{side}: {title}, place {place}, date {date}, digest {digest}",
)


def rules_line(side: Label, policy: Policy) -> Label:
    """Return which rules one side applies."""
    place = policy.jurisdiction if policy.jurisdiction != UNPLACED else "—"
    shown = {"place": place, "date": policy.as_of.isoformat(), "digest": policy.digest[:12]}
    return _RULES.filled(side=side, title=policy.title, **shown)


def state_json(state: State) -> dict[str, Any]:
    """Return the JSON form of a state."""
    return {"status": state.status, "possible": list(state.values)}


def plain_number(parameter: Parameter, number: int) -> str:
    """Return an encoded number of a parameter as people write it, without needless zeros."""
    text = str(parameter.type.decode_number(number))
    return text.rstrip("0").rstrip(".") if "." in text else text
