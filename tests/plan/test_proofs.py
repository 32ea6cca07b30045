"""What is shown of rules for everybody is what trying everything shows, and each example is one."""

import math
import random
from collections.abc import Iterator

import pytest

from cso_rules.meaning.complete import Answered, Mark
from cso_rules.meaning.possible import Possible
from cso_rules.model.decisions import AbsentDecision, Rule, TableDecision, ValueDecision, inputs_of, rules_of
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, Type
from cso_rules.plan.asked.witness import Known, anybody
from cso_rules.plan.building import plan_of
from cso_rules.plan.shown.exactness import inexact_decisions
from cso_rules.plan.shown.proofs import Proofs
from tests.sampled import sampled
from tests.small_policies import small_policy

MOST = 3000
WORKING_DAYS = "WorkingDayShift"


def everything(policy: Policy) -> dict[str, Domain]:
    return {name: policy.variable_type(name).everything for name in (*policy.facts, *policy.readings)}


def _count(kind: Type) -> int:
    if kind.is_numeric:
        return kind.maximum - kind.minimum + 1
    return 1 << len(kind.names) if kind.kind == "set" else len(kind.names)


def policies(seeds: range) -> Iterator[tuple[int, Policy]]:
    for seed in seeds:
        policy = small_policy(random.Random(seed))  # noqa: S311 - not for secrets
        if math.prod(_count(policy.variable_type(name)) for name in everything(policy)) <= MOST:
            yield seed, policy


def gives(policy: Policy, name: str, known: Known, mark: Mark) -> bool:
    """Tell whether whoever is so has an answer that is none, but for days that no calendar tells."""
    answers = Possible(policy, {**everything(policy), **known}).answers(name)
    return answers == {mark} or (mark in answers and WORKING_DAYS in repr(policy.decisions))


def has_own(policy: Policy, possible: Possible, name: str, mark: Mark) -> bool:
    read = [own for own in inputs_of(policy.decisions[name]) if own in policy.decisions]
    return any(
        found.answers[name].answer is mark and all(found.answers[own].answer is not mark for own in read)
        for found in possible.completions
    )


def deciding(decision: TableDecision, found: Answered) -> frozenset[int]:
    """Return the rows that decide in one completion."""
    if not found.rules or isinstance(found.answer, Mark) or decision.hit_policy not in {"first", "priority"}:
        return found.rules
    if decision.hit_policy == "first":
        return frozenset([min(found.rules)])
    best = min(decision.rules[place].output for place in found.rules)
    return frozenset(place for place in found.rules if decision.rules[place].output == best)


def idle_by_trying(decision: TableDecision, possible: Possible) -> set[str]:
    answers = [completion.answers[decision.name] for completion in possible.completions]
    held = frozenset().union(*(found.rules for found in answers))
    used = frozenset().union(*(deciding(decision, found) for found in answers))
    rest = {len(decision.rules) - 1} - held if decision.otherwise else set()
    return {decision.rules[place].id for place in (held - used) | rest}


@pytest.mark.generated
@pytest.mark.parametrize("start", sampled(range(0, 120, 10)))
def test_what_is_shown_for_everybody_is_what_trying_everything_shows(start: int) -> None:
    for seed, policy in policies(range(start, start + 10)):
        somebody, possible = anybody(plan_of(policy)), Possible(policy, everything(policy))
        named = inexact_decisions(somebody.plan)
        for name, decision in policy.decisions.items():
            if isinstance(decision, AbsentDecision | ValueDecision) or name in named:
                continue
            proofs = Proofs(somebody, name)
            ever = [completion.answers[name].rules for completion in possible.completions]
            held, own = frozenset().union(*ever), range(len(rules_of(decision)))
            failing = {place for place in own if any(place not in rules for rules in ever)}
            assert {place for place in own if proofs.may_fail(place)} == failing, f"seed {seed} {name}"
            assert set(ids(proofs.impossible())) == {
                rule.id for place, rule in enumerate(rules_of(decision)) if place not in held
            }
            if isinstance(decision, TableDecision):
                assert set(ids(proofs.idle())) == idle_by_trying(decision, possible), f"seed {seed} {name}"
                _compare_marks(policy, possible, proofs)
            for one, two in proofs.twins():
                places = [rules_of(decision).index(rule) for rule in (one, two)]
                assert all(
                    len({place in found.answers[name].rules for place in places}) == 1 for found in possible.completions
                )


def _compare_marks(policy: Policy, possible: Possible, proofs: Proofs) -> None:
    decision = policy.decisions[proofs.name]
    assert isinstance(decision, TableDecision)
    if decision.has_multiple_hits:
        assert proofs.open_case() is None
        assert proofs.contradiction() is None
        return
    known = proofs.open_case()
    assert (known is not None) == has_own(policy, possible, proofs.name, Mark.NONE)
    assert known is None or gives(policy, proofs.name, known, Mark.NONE)
    found = proofs.contradiction()
    assert (found is not None) == has_own(policy, possible, proofs.name, Mark.CONFLICT)
    if found is not None:
        assert gives(policy, proofs.name, found[0], Mark.CONFLICT)
        assert len(found[1]) > 1 or WORKING_DAYS in repr(policy.decisions)


def ids(rules: tuple[Rule, ...]) -> tuple[str, ...]:
    return tuple(rule.id for rule in rules)
