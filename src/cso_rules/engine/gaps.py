"""Gaps: the smallest changes of changeable facts that make an answer certain, or possible.

In come a policy, domains, a decision and the wanted answer; out go alternatives, fewest facts first.
Guaranteed: every alternative was asked of the plan again, gives the wanted answer and contains no other one.
Not guaranteed: that no alternative for a certain answer is missing where sums share a fact that is not known.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from cso_rules.executors.single.reference import holds
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, Interval, Value, is_known
from cso_rules.plan.asked.deciding import answering
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.building import Plan, plan_for
from cso_rules.plan.changes.nearer import Stepped
from cso_rules.plan.changes.search import Changes
from cso_rules.plan.changes.sizes import Change
from cso_rules.plan.diagrams import Node
from cso_rules.truth import Truth

Gap = Change
ChangeInWords = tuple[str, Value | None, Value | None, Value | None]
"""A fact, its old and its new value, and the difference where there is one."""
MOST_ALTERNATIVES = 64


def gaps(policy: Policy, domains: Mapping[str, Domain], decision: str, wanted_value: Value) -> tuple[Gap, ...]:
    """Return smallest changes of known facts that make a decision certainly have a value, or a list an item.

    Args:
        policy: Rules in force.
        domains: Domain of every fact and reading.
        decision: Name of the decision; a number has no way towards it.
        wanted_value: The answer to reach.

    Returns:
        Alternatives, from fact to new encoded number or bits; none when the answer holds or is out of reach.
    """
    return _alternatives(policy, domains, decision, wanted_value, is_certain=True)


def possible_gaps(policy: Policy, domains: Mapping[str, Domain], decision: str, wanted_value: Value) -> tuple[Gap, ...]:
    """Return smallest changes after which an answer is possible, and certain only once more facts are known.

    Args:
        policy: Rules in force.
        domains: Domain of every fact and reading.
        decision: Name of the decision.
        wanted_value: The answer to reach.

    Returns:
        Alternatives as in `gaps`; none when the answer is possible already.
    """
    return _alternatives(policy, domains, decision, wanted_value, is_certain=False)


def changes_to(
    policy: Policy, domains: Mapping[str, Domain], decision: str, wanted_value: Value
) -> tuple[tuple[ChangeInWords, ...], ...]:
    """Return the smallest changes that lead to an answer; where none makes it certain, those that make it possible."""
    found = gaps(policy, domains, decision, wanted_value) or possible_gaps(policy, domains, decision, wanted_value)
    return tuple(gap_text_values(policy, domains, gap) for gap in found)


def _alternatives(
    policy: Policy, domains: Mapping[str, Domain], decision: str, wanted_value: Value, *, is_certain: bool
) -> tuple[Gap, ...]:
    """Return the smallest changes that make an answer certain, or possible where unknown facts may pass."""
    plan = plan_for(policy)
    wanted = policy.decisions[decision].type.encode(wanted_value)
    root = answering(plan, decision, wanted) if isinstance(wanted, int) else None
    if root is None or _is_reached(plan, domains, root, is_certain=is_certain):
        return ()
    free = frozenset(name for name, fact in policy.facts.items() if fact.is_changeable and is_known(domains[name]))
    search, doubtful = Changes(plan, domains, free, is_certain), list[Gap]()
    for gap in search.found(root):
        after = changed(domains, gap)
        if not _is_allowed(policy, after) or not _is_reached(plan, after, root, is_certain=is_certain):
            doubtful.append(gap)
            continue
        search.take(gap)
        if len(search.taken) == MOST_ALTERNATIVES:
            break
    if is_certain:
        stepped = _stepped_over(search, root, doubtful[:MOST_ALTERNATIVES])
        for gap in stepped:
            if gap not in search.taken:
                search.take(gap)
    return _smallest(search)


def _stepped_over(search: Changes, root: Node, doubtful: Sequence[Gap]) -> Iterator[Gap]:
    """Yield alternatives with numbers that the search stepped over; some of them more than once."""
    plan, policy, domains = search.plan, search.plan.policy, search.domains

    def reaching(gap: Gap, name: str, numbers: Interval) -> tuple[bool, bool]:
        after = {**changed(domains, gap), name: numbers}
        lawful = {holds(part.condition, after) for part in policy.constraints}
        may, may_not = Asked(plan, after).truths(root)
        is_doubtful = Truth.UNKNOWN in lawful and numbers[0] < numbers[1]
        return may and Truth.FALSE not in lawful, may_not or is_doubtful

    stepped = Stepped(plan, search.present, root, reaching)
    yield from stepped.nearer(tuple(search.taken))
    yield from stepped.farther(doubtful)


def _smallest(search: Changes) -> tuple[Gap, ...]:
    """Return the alternatives that contain no other one, fewest facts first, then least changed, then as declared."""
    present, places = search.present, {name: place for place, name in enumerate(search.plan.policy.facts)}
    sizes = [present.sizes(gap) for gap in search.taken]
    kept = [
        gap for gap, own in zip(search.taken, sizes, strict=True) if not any(present.is_smaller(o, own) for o in sizes)
    ]
    ordered = [{name: gap[name] for name in sorted(gap, key=places.__getitem__)} for gap in kept]
    return tuple(sorted(ordered, key=lambda gap: (len(gap), present.total(gap), *map(places.__getitem__, gap))))


def _is_reached(plan: Plan, domains: Mapping[str, Domain], root: Node, *, is_certain: bool) -> bool:
    may, may_not = Asked(plan, domains).truths(root)
    return may and not (is_certain and may_not)


def _is_allowed(policy: Policy, domains: Mapping[str, Domain]) -> bool:
    return all(holds(part.condition, domains) is not Truth.FALSE for part in policy.constraints)


def changed(domains: Mapping[str, Domain], gap: Gap) -> dict[str, Domain]:
    """Return what is known of every fact and reading after an alternative."""
    return {**domains, **{name: _domain(domains[name], new) for name, new in gap.items()}}


def gap_text_values(policy: Policy, domains: Mapping[str, Domain], gap: Mapping[str, int]) -> tuple[ChangeInWords, ...]:
    """Return (fact, old value, new value, difference) for each change; dates differ by days.

    Args:
        policy: Rules in force.
        domains: Domain of every fact and reading.
        gap: One alternative of `gaps`.
    """
    return tuple(_change(policy, name, domains[name], new) for name, new in gap.items())


def _change(policy: Policy, name: str, old: Domain, new: int) -> ChangeInWords:
    kind = policy.facts[name].type
    old_value, new_value = kind.decode(old), kind.decode(_domain(old, new))
    return name, old_value, new_value, _difference(old_value, new_value)


def _difference(old: Value | None, new: Value | None) -> Value | None:
    if isinstance(old, datetime.date) and isinstance(new, datetime.date):
        return (new - old).days
    if isinstance(old, Decimal | int) and isinstance(new, Decimal | int) and not isinstance(old, bool):
        return new - old
    return None


def _domain(old: Domain, new: int) -> Domain:
    return (new, new) if isinstance(old, tuple) else new
