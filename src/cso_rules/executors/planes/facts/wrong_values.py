"""What is wrong with the values of many rows, in words."""

from __future__ import annotations

from typing import Any

from cso_rules.errors import FactProblem
from cso_rules.executors.planes.facts.columns import Wrong
from cso_rules.model.coded import Coded, said
from cso_rules.model.personal import MASK, NOT_UNDERSTOOD
from cso_rules.model.policy import Fact
from cso_rules.model.spelling.column_habits import Habit


def wrong(fact: Fact, value: str, reason: Coded, *, is_impossible: bool = False) -> Wrong:
    """Return what is wrong with a value of a fact; of a personal one not what it is."""
    if fact.is_personal:
        return Wrong(MASK, said(NOT_UNDERSTOOD), is_impossible)
    return Wrong(value, reason, is_impossible)


def outside(fact: Fact, value: object) -> Coded:
    """Return that a number or date is beyond the bounds of its fact."""
    low, high = (fact.type.decode_number(end) for end in (fact.type.minimum, fact.type.maximum))
    return said("cell-outside", value=value, low=low, high=high)


def late_sign(fact: Fact, text: str, habit: Habit) -> FactProblem:
    """Return that a text shows too late what others in its column mean."""
    found = wrong(fact, text, habit.problem)
    return FactProblem(
        kind="wrong_type", fact=fact.name, value=found.value,
        message_en=f"{fact.name}: {found.reason.en}", message_zh=f"{fact.label.zh}：{found.reason.zh}",
        code=found.reason.code,
    )  # fmt: skip


def wrong_type(fact: Fact, kind: Any) -> FactProblem:
    """Return that a column cannot hold values of a fact exactly."""
    return FactProblem(
        kind="wrong_type", fact=fact.name, value=str(kind),
        message_en=f"{fact.name}: a column of type {kind} holds no {fact.type.kind} exactly; make it one, or a text",
        message_zh=f"{fact.label.zh}：类型为 {kind} 的列不能精确表示此项；请先转换为 {fact.type.kind} 类型或文本",
    )  # fmt: skip
