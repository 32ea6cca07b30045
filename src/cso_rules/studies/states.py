"""What a decision says about one organization as one comparable state, with its name in two languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from cso_rules.determination import Determination, Status
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Policy
from cso_rules.tables.write.report import STATUSES


@attrs.frozen(order=True)
class State:
    """How far a decision is settled, and every value that is possible; none where no rule is in force."""

    status: str
    values: tuple[str, ...]

    @property
    def is_determined(self) -> bool:
        """Whether there is exactly one answer."""
        return self.status == Status.DETERMINED.value

    @property
    def key(self) -> str:
        """The state as one word for tables: the value, or all that remain possible."""
        if self.status == Status.NO_RULE_IN_FORCE.value:
            return self.status
        values = "|".join(self.values)
        return (
            values if self.status in {Status.DETERMINED.value, Status.UNDETERMINED.value} else f"{self.status}:{values}"
        )


NO_RULE: Final = State(Status.NO_RULE_IN_FORCE.value, ())


def state_of(found: Determination, decision: str | None = None) -> State:
    """Return the state of a decision, the headline when left out; a policy without it has no rule in force."""
    outcome = found.outcomes.get(decision or found.policy.headline)
    if outcome is None or outcome.status is Status.NO_RULE_IN_FORCE:
        return NO_RULE
    return State(outcome.status.value, tuple(map(str, outcome.possible)))


def ordered(states: Iterable[State], policy: Policy) -> tuple[State, ...]:
    """Return states of the headline each once: settled ones in declared order, open ones, those without a rule."""
    decision = policy.headline
    names = policy.decisions[decision].type.names if decision in policy.decisions else ()
    places = {name: place for place, name in enumerate(names)}
    statuses = [status.value for status in (Status.DETERMINED, Status.UNDETERMINED, Status.UNSETTLED_BY_LAW)]

    def key(state: State) -> tuple[int, list[int], State]:
        rank = statuses.index(state.status) if state.status in statuses else len(statuses)
        return rank, [places.get(value, len(places)) for value in state.values], state

    return tuple(sorted(set(states), key=key))


def state_label(state: State, *policies: Policy, decision: str | None = None) -> Label:
    """Return the name of a state of a decision, or of the headline, in words of the first policy that has them."""
    if state == NO_RULE:
        return STATUSES[Status.NO_RULE_IN_FORCE]
    values = [value_label(value, policies, decision) for value in state.values]
    zh, en = " 或 ".join(value.zh for value in values), " or ".join(value.en for value in values)
    if state.is_determined:
        return Label(zh=zh, en=en)
    status = STATUSES[Status(state.status)]
    return Label(zh=f"{zh}（{status.zh}）", en=f"{en} ({status.en})")


def value_label(value: str, policies: Iterable[Policy], decision: str | None = None) -> Label:
    """Return the name of a value of a decision, the headline when left out."""
    for policy in policies:
        name = decision or policy.headline
        kind = policy.decisions[name].type if name in policy.decisions else None
        if kind is not None and kind.kind == "boolean":
            return {"True": Label(zh="是", en="yes")}.get(value, Label(zh="否", en="no"))
        found = label_in(policy, kind.enumeration or "" if kind else "", value)
        if found is not None:
            return found
    return Label(zh=value, en=value)


def label_in(policy: Policy, enumeration: str, value: str) -> Label | None:
    """Return the label of a value, looked for in the named enumeration and then in all."""
    named = [known for name, known in policy.enumerations.items() if name == enumeration]
    for known in (*named, *policy.enumerations.values()):
        if value in known.values:
            return known.labels[known.values.index(value)]
    return None


def item_label(policy: Policy, decision: str, columns: Mapping[str, str]) -> Label:
    """Return the name of an item of a list decision, such as a body with its role."""
    found = policy.decisions.get(decision)
    kinds = dict(getattr(found, "columns", ()))
    own = (found.type.enumeration or "") if found is not None else ""
    labels = [
        label_in(policy, kinds.get(name) or name or own, value) or Label(zh=value, en=value)
        for name, value in columns.items()
    ]
    return Label(zh="：".join(label.zh for label in labels), en=": ".join(label.en for label in labels))
