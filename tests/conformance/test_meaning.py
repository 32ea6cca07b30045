"""What rules mean, as properties of every executor."""

import random
from collections.abc import Callable, Mapping

import attrs
import pytest
from hypothesis import given, settings

from cso_rules.determination import Outcome, Result, Status
from cso_rules.executors.single import compiled, reference
from cso_rules.model.decisions import AnyDecision, CriteriaDecision, HitPolicy, Rule, TableDecision, rules_of
from cso_rules.model.expressions import Among, And, Expression, If, Or, Term, Variable, Within
from cso_rules.model.policy import Policy
from cso_rules.model.types import FALSE, TRUE, Domain, Type, is_known
from cso_rules.truth import Truth
from tests.strategies import (
    LABEL,
    completed,
    facts_with_holes,
    is_complete,
    make_policy,
    make_table,
    policies,
    seeds,
)

Executor = Callable[[Policy, Mapping[str, Domain]], dict[str, Result]]
every_executor = pytest.mark.parametrize(
    "evaluate", [reference.evaluate, compiled.evaluate], ids=lambda function: function.__module__
)
COUNT = Type(kind="integer", maximum=10_000)
FEWER = settings(max_examples=settings().max_examples // 5)
UNORDERED = {"unique", "any", "priority", "output_order", "collect"}


def is_free_of_conflict(policy: Policy, name: str, results: Mapping[str, Result]) -> bool:
    return all(results[part].conflict is Truth.FALSE for part in policy.cone(name) if part in results)


@every_executor
@FEWER
@given(policy=policies(), chance=seeds)
def test_a_determined_answer_never_changes_when_a_missing_fact_is_filled_in(
    evaluate: Executor, policy: Policy, chance: random.Random
) -> None:
    for _ in range(20):
        before = facts_with_holes(policy, chance)
        first, second = evaluate(policy, before), evaluate(policy, completed(policy, before, chance))
        for name, result in first.items():
            if (
                is_known(result.domain)
                and is_complete(policy.decisions[name])
                and is_free_of_conflict(policy, name, first)
            ):
                assert second[name].domain == result.domain


def reordered(decision: AnyDecision, chance: random.Random) -> AnyDecision:
    """The same rules in another order, where the hit policy says that it does not matter."""
    if isinstance(decision, TableDecision) and decision.hit_policy in UNORDERED:
        return _reordered_table(decision, chance)
    if isinstance(decision, CriteriaDecision):
        return attrs.evolve(decision, rules=tuple(chance.sample(decision.rules, len(decision.rules))))
    return decision


def _reordered_table(decision: TableDecision, chance: random.Random) -> TableDecision:
    count = len(decision.rules) - decision.otherwise
    order = chance.sample(range(count), count)
    return attrs.evolve(
        decision,
        rules=(*(decision.rules[old] for old in order), *decision.rules[count:]),
    )


def by_rule(decision: AnyDecision, bits: int) -> set[str]:
    return {rule.id for place, rule in enumerate(rules_of(decision)) if bits >> place & 1}


@every_executor
@FEWER
@given(policy=policies(), chance=seeds)
def test_the_order_of_rules_does_not_matter_where_the_hit_policy_says_so(
    evaluate: Executor, policy: Policy, chance: random.Random
) -> None:
    decisions = {name: reordered(decision, chance) for name, decision in policy.decisions.items()}
    other = attrs.evolve(policy, decisions=decisions)
    for _ in range(10):
        domains = facts_with_holes(policy, chance)
        first, second = evaluate(policy, domains), evaluate(other, domains)
        for name, decision in policy.decisions.items():
            assert (first[name].domain, first[name].conflict) == (second[name].domain, second[name].conflict)
            assert by_rule(decision, first[name].true) == by_rule(decisions[name], second[name].true)
            assert by_rule(decision, first[name].unknown) == by_rule(decisions[name], second[name].unknown)


def form_and_members() -> tuple[CriteriaDecision, dict[str, Domain]]:
    """Each form fails another criterion, and the form is unknown."""
    form = Type(kind="enumeration", values=("group", "institution"))
    group, institution = Among(name="form", bits=1), Among(name="form", bits=2)
    rules = tuple(
        Rule(id=name, label=LABEL, condition=condition)
        for name, condition in (
            ("members", Or(operands=(institution, between("count", 50, None)))),
            ("staff", Or(operands=(group, between("count", 200, None)))),
        )
    )
    return CriteriaDecision(name="met", label=LABEL, rules=rules), {"form": form.everything, "count": (20, 20)}


@every_executor
def test_criteria_that_cannot_hold_together_are_not_met_while_each_is_open(evaluate: Executor) -> None:
    decision, domains = form_and_members()
    policy = make_policy({"form": Type(kind="enumeration", values=("group", "institution")), "count": COUNT}, decision)
    result = evaluate(policy, domains)["met"]
    assert (result.domain, result.true, result.unknown) == (FALSE, 0, 0b11)
    outcome = Outcome(decision=decision, status=Status.DETERMINED, domain=FALSE, true=0, unknown=0b11)
    assert outcome.fails_jointly
    assert [rule.id for rule in outcome.deciding()] == ["members", "staff"]


def between(name: str, low: int | None, high: int | None = None) -> Within:
    return Within(terms=(Term(factor=1, quantity=Variable(name=name)),), low=low, high=high)


def members_decision() -> CriteriaDecision:
    """Fifty people, or thirty units, or fifty together when there are both."""
    terms = tuple(Term(factor=1, quantity=Variable(name=name)) for name in ("people", "units"))
    mixed = If(
        condition=between("people", None, 0),
        then=between("units", 30),
        otherwise=Within(terms=terms, low=50, high=None),
    )
    condition = If(condition=between("units", None, 0), then=between("people", 50), otherwise=mixed)
    return CriteriaDecision(
        name="members",
        label=LABEL,
        rules=(Rule(id="count", label=LABEL, condition=condition),),
    )


@every_executor
@pytest.mark.parametrize(
    ("people", "units", "expected"),
    [
        ((60, 60), COUNT.everything, TRUE),
        (COUNT.everything, (49, 49), TRUE),
        ((49, 49), COUNT.everything, 3),
        (COUNT.everything, (29, 29), 3),
    ],
)
def test_an_answer_that_no_missing_number_of_members_can_change_is_known(
    evaluate: Executor, people: Domain, units: Domain, expected: int
) -> None:
    policy = make_policy({"people": COUNT, "units": COUNT}, members_decision())
    assert evaluate(policy, {"people": people, "units": units})["members"].domain == expected


REGION = Type(kind="enumeration", values=tuple(f"region{place}" for place in range(10)))
LARGE_TYPES = {"region": REGION, "count": COUNT}


def large_table(rows: int, hit_policy: HitPolicy) -> Policy:
    """Rows for each region and each band of counts; some bands overlap."""
    rules = tuple(_row(place) for place in range(rows))
    table = make_table("fee", hit_policy, rules, otherwise=True)
    return make_policy(LARGE_TYPES, table)


def _row(place: int) -> Rule:
    band = place // 10 * 10
    parts: tuple[Expression, ...] = (
        Among(name="region", bits=1 << place % 10), between("count", band, band + 9 + place % 3),
    )  # fmt: skip
    return Rule(id=f"row{place}", label=LABEL, condition=And(operands=parts), output=place % 7)


@pytest.mark.parametrize("hit_policy", ["unique", "any", "first", "priority", "collect"])
def test_a_large_table_that_is_indexed_means_what_the_reference_says(hit_policy: HitPolicy) -> None:
    policy, chance = large_table(150, hit_policy), random.Random(7)  # noqa: S311 - not for secrets
    for _ in range(100):
        domains = facts_with_holes(policy, chance)
        domains["count"] = chance.choice([domains["count"], (n := chance.randint(0, 170), n)])
        assert compiled.evaluate(policy, domains) == reference.evaluate(policy, domains)
