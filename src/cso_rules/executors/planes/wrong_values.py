"""What is wrong with the values of many rows, in words."""

from __future__ import annotations

from typing import Any

from cso_rules.errors import FactProblem
from cso_rules.executors.planes.columns import Wrong
from cso_rules.model.column_habits import Habit
from cso_rules.model.personal import MASK, NOT_UNDERSTOOD
from cso_rules.model.policy import Fact


def named(fact: Fact, english: str, chinese: str, *, is_impossible: bool = False) -> Wrong:
    """Return what is wrong with a value of a fact; of a personal one not what it is."""
    if fact.is_personal:
        english, chinese = NOT_UNDERSTOOD.en, NOT_UNDERSTOOD.zh
    return f"{fact.name}: {english}", f"{fact.label.zh}：{chinese}", is_impossible


def outside(fact: Fact, number: int) -> tuple[str, str]:
    """Return that a number or date is beyond the bounds of its fact."""
    low, high, shown = (fact.type.decode_number(end) for end in (fact.type.minimum, fact.type.maximum, number))
    return f"{shown} is not between {low} and {high}", f"{shown} 不在 {low} 与 {high} 之间"


def late_sign(fact: Fact, text: str, habit: Habit) -> FactProblem:
    """Return that a text shows too late what others in its column mean."""
    english, chinese, _ = named(fact, habit.problem.en, habit.problem.zh)
    said = MASK if fact.is_personal else text
    return FactProblem(kind="wrong_type", fact=fact.name, value=said, message_en=english, message_zh=chinese)


def wrong_type(fact: Fact, kind: Any) -> FactProblem:
    """Return that a column cannot hold values of a fact exactly."""
    return FactProblem(
        kind="wrong_type", fact=fact.name, value=str(kind),
        message_en=f"{fact.name}: a column of type {kind} holds no {fact.type.kind} exactly",
        message_zh=f"{fact.label.zh}：类型为 {kind} 的列不能精确表示此项（{fact.type.kind}）",
    )  # fmt: skip
