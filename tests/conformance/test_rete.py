"""The second engine gives the results of the reference, in this process and through its worker.

These tests fail where durable_rules is missing but could be built.
"""

import datetime
import random
from collections.abc import Iterator, Sequence

import attrs
import pytest
from hypothesis import given, settings

from cso_rules import load_policy
from cso_rules.errors import EngineError
from cso_rules.executors.rete import evaluator as rete_evaluator
from cso_rules.executors.rete import executor as rete
from cso_rules.executors.rete.client import Worker
from cso_rules.executors.rete.driver import Fired, InProcess, Run, is_installed
from cso_rules.executors.rete.evaluator import Evaluator
from cso_rules.executors.rete.gate import GREATEST, MOST_BOUNDS
from cso_rules.model.decisions import CriteriaDecision, HitPolicy, Rule, ValueCase, ValueDecision
from cso_rules.model.expressions import Among, Constant, Expression, Includes, Not, Term, Variable, Within
from cso_rules.model.policy import Policy
from cso_rules.model.types import BOOLEAN, Domain, Type
from tests.engine.small_policy import small_policy
from tests.sampled import examples
from tests.second_opinions import is_second_opinion
from tests.strategies import LABEL, facts_with_holes, make_policy, make_table, policies, seeds

pytestmark = pytest.mark.rete

POLICIES = examples(are_slow=True) * 3
RECORDS = 10
THROUGH_THE_WORKER = settings(max_examples=settings().max_examples // 4)
COUNT = Type(kind="integer", maximum=10_000)


@pytest.fixture(scope="module")
def here() -> Iterator[Evaluator]:
    driver = InProcess()
    yield Evaluator(driver)
    driver.close()


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Evaluator]:
    worker = Worker(deadline=60)
    yield Evaluator(worker)
    worker.close()


def test_durable_rules_is_there() -> None:
    assert is_installed()


@settings(max_examples=POLICIES)
@given(policy=policies(), chance=seeds)
def test_results_are_those_of_the_reference(here: Evaluator, policy: Policy, chance: random.Random) -> None:
    for _ in range(RECORDS):
        domains = facts_with_holes(policy, chance)
        assert is_second_opinion(policy, domains, here.evaluate(policy, domains))


@THROUGH_THE_WORKER
@given(policy=policies(), chance=seeds)
def test_results_of_the_worker_are_those_of_the_reference(
    elsewhere: Evaluator, policy: Policy, chance: random.Random
) -> None:
    for _ in range(RECORDS // 2):
        domains = facts_with_holes(policy, chance)
        assert is_second_opinion(policy, domains, elsewhere.evaluate(policy, domains))


@pytest.mark.parametrize("year", [2018, 2026])
def test_results_for_the_national_rules_are_those_of_the_reference(here: Evaluator, year: int) -> None:
    policy = load_policy("cn", as_of=datetime.date(year, 6, 1))
    chance = random.Random(year)  # noqa: S311 - not for secrets
    for _ in range(150):
        domains = facts_with_holes(policy, chance)
        assert is_second_opinion(policy, domains, here.evaluate(policy, domains))


def test_an_evaluation_leaves_nothing_behind_for_the_next(here: Evaluator) -> None:
    policy = load_policy("cn", as_of=datetime.date(2018, 6, 1))
    chance = random.Random(9)  # noqa: S311 - not for secrets
    records = [facts_with_holes(policy, chance) for _ in range(10)]
    first = [here.evaluate(policy, domains) for domains in records]
    here.forget()
    assert [here.evaluate(policy, domains) for domains in reversed(records)] == first[::-1]


@attrs.define
class Counting(InProcess):
    """Counts the sessions that it runs."""

    runs: int = 0

    def run(self, runs: Sequence[Run]) -> list[Fired]:
        self.runs += len(runs)
        return super().run(runs)


def test_only_decisions_that_read_something_else_than_before_are_run_again() -> None:
    first, second = criteria(within("n", 5)), attrs.evolve(criteria(within("m", 5)), name="other")
    policy, driver = make_policy({"n": COUNT, "m": COUNT}, first, second), Counting()
    evaluator = Evaluator(driver)
    for domains in ({"n": (5, 5), "m": (4, 4)}, {"n": (5, 5), "m": (4, 6)}, {"n": (5, 5), "m": (4, 4)}):
        results, sessions = evaluator.trace(policy, domains)
        assert is_second_opinion(policy, domains, results)
        assert [session.environment for session in sessions.values()] == [
            {"n": domains["n"]}, {"m": domains["m"]},
        ]  # fmt: skip
    assert driver.runs == 3
    driver.close()


def test_a_contradiction_that_a_decision_reads_is_no_answer_of_the_same_value(here: Evaluator) -> None:
    # Two rows of one output: read, the contradiction and the answer are the same values of an enumeration.
    rows = [Rule(id="r0", label=LABEL, condition=within("n", 5)), Rule(id="r1", label=LABEL, condition=within("n", 7))]
    band = make_table("band", "unique", tuple(rows), otherwise=True)
    policy = make_policy({"n": COUNT}, band, criteria(Among(name="band", bits=1)))
    for count in (6, 8, 6):
        domains = {"n": (count, count)}
        assert is_second_opinion(policy, domains, here.evaluate(policy, domains))


def test_results_stay_right_when_more_was_settled_than_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rete_evaluator, "_REMEMBERED", 3)
    policy, chance, driver = small_policy(), random.Random(5), InProcess()  # noqa: S311 - not for secrets
    evaluator = Evaluator(driver)
    for _ in range(20):
        domains = facts_with_holes(policy, chance)
        assert is_second_opinion(policy, domains, evaluator.evaluate(policy, domains))
    driver.close()


def within(name: str, low: int | None, high: int | None = None) -> Within:
    return Within(terms=(Term(factor=1, quantity=Variable(name=name)),), low=low, high=high)


def criteria(*conditions: Expression) -> CriteriaDecision:
    rules = tuple(Rule(id=f"r{place}", label=LABEL, condition=found) for place, found in enumerate(conditions))
    return CriteriaDecision(name="all", label=LABEL, rules=rules)


@pytest.mark.parametrize("number", [0, 7, 49, 50, 51, 99, 100, 149, 150])
def test_a_quantity_with_many_comparisons_is_given_in_several_slots(here: Evaluator, number: int) -> None:
    rules = [Rule(id=f"r{n}", label=LABEL, condition=within("n", n, n), output=n % 7) for n in range(MOST_BOUNDS * 3)]
    table = make_table("band", "first", tuple(rules), otherwise=True)
    policy = make_policy({"n": COUNT}, attrs.evolve(table))
    for domains in ({"n": (number, number)}, {"n": (number, number + 1)}, {"n": (0, number)}):
        assert is_second_opinion(policy, domains, here.evaluate(policy, domains))


@pytest.mark.parametrize("size", [1, 7, 8, 9, 64, 65, 120])
def test_values_of_large_enumerations_are_joined_in_steps(here: Evaluator, size: int) -> None:
    kind = Type(kind="enumeration", values=tuple(f"v{place}" for place in range(size)))
    many = Type(kind="set", values=kind.values)
    every = (1 << size) - 1
    decision = criteria(
        Among(name="one", bits=1), Not(operand=Among(name="one", bits=every ^ 1)), Includes(name="some", bits=every)
    )
    policy = make_policy({"one": kind, "some": many}, decision)
    for one, some in ((1, (0, 0)), (1 << size - 1, (0, every)), (every, (1, every)), (1, (0, 1))):
        domains: dict[str, Domain] = {"one": one, "some": some}
        assert is_second_opinion(policy, domains, here.evaluate(policy, domains))


@pytest.mark.parametrize("hit_policy", ["unique", "any", "first", "priority", "collect"])
def test_contradicting_and_missing_rows_are_told_as_by_the_reference(here: Evaluator, hit_policy: HitPolicy) -> None:
    conditions: tuple[Expression, ...] = (
        Among(name="a", bits=1),
        Among(name="b", bits=1),
        Constant(value=False),
        Among(name="c", bits=1),
    )
    rules = tuple(
        Rule(id=f"r{place}", label=LABEL, condition=condition, output=place % 3)
        for place, condition in enumerate(conditions)
    )
    types = dict.fromkeys("abc", BOOLEAN)
    for otherwise in (False, True):
        policy = make_policy(types, make_table("t", hit_policy, rules, otherwise=otherwise))
        for chosen in ((a, b, c) for a in (1, 2, 3) for b in (1, 2, 3) for c in (1, 2, 3)):
            domains = dict(zip("abc", chosen, strict=True))
            assert is_second_opinion(policy, domains, here.evaluate(policy, domains))


@pytest.mark.parametrize("hit_policy", ["unique", "first", "collect"])
def test_a_table_without_rows_gives_no_answer(here: Evaluator, hit_policy: HitPolicy) -> None:
    row = Rule(id="r", label=LABEL, condition=Constant(value=True))
    table = attrs.evolve(make_table("t", hit_policy, (row,), otherwise=False), rules=())
    policy = make_policy({}, table, criteria())
    assert is_second_opinion(policy, {}, here.evaluate(policy, {}))


def test_numbers_up_to_the_limit_are_compared_exactly(here: Evaluator) -> None:
    wide = Type(kind="integer", minimum=-GREATEST + 2, maximum=GREATEST - 2)
    policy = make_policy({"n": wide}, criteria(within("n", GREATEST - 2), within("n", None, -GREATEST + 2)))
    for number in (GREATEST - 2, GREATEST - 3, -GREATEST + 2, -GREATEST + 3, 0):
        domains = {"n": (number, number)}
        assert is_second_opinion(policy, domains, here.evaluate(policy, domains))


def test_a_number_beyond_the_limit_is_refused_and_the_next_one_is_answered(here: Evaluator) -> None:
    wide = Type(kind="integer", maximum=GREATEST * 2)
    policy = make_policy({"n": wide}, criteria(within("n", 5)))
    with pytest.raises(EngineError, match="cannot carry these facts"):
        here.evaluate(policy, {"n": (GREATEST, GREATEST)})
    assert here.evaluate(policy, {"n": (5, 5)})["all"].true == 1


def test_rules_beyond_the_limits_are_refused(here: Evaluator) -> None:
    rules = tuple(Rule(id=f"r{n}", label=LABEL, condition=within("n", n, n), output=n) for n in range(100))
    table = make_table("t", "unique", rules, otherwise=True)
    policy = make_policy({"n": COUNT}, attrs.evolve(table))
    with pytest.raises(EngineError, match="cannot carry these rules"):
        here.evaluate(policy, {"n": (0, 0)})


def test_a_decision_that_reads_a_computed_number_waits_for_it(here: Evaluator) -> None:
    terms = tuple(Term(factor=factor, quantity=Variable(name=name)) for factor, name in ((2, "n"), (-1, "m")))
    value = ValueDecision(name="sum", label=LABEL, type=COUNT, cases=(ValueCase(terms=terms, constant=3),))
    policy = make_policy({"n": COUNT, "m": COUNT}, value, criteria(within("sum", 10, 20)))
    for n, m in (((3, 3), (0, 0)), ((3, 9), (0, 1)), ((4, 6), (0, 1))):
        domains = {"n": n, "m": m}
        assert is_second_opinion(policy, domains, here.evaluate(policy, domains))


def test_many_policies_take_turns() -> None:
    driver = InProcess()
    evaluator, domains = Evaluator(driver), {"n": (5, 5)}
    made = [make_policy({"n": COUNT}, criteria(within("n", low))) for low in range(12)]
    for _ in range(2):
        found = [evaluator.evaluate(policy, domains)["all"].true for policy in made]
        assert found == [int(low <= 5) for low in range(12)]
    assert len(driver._rule_sets) <= 8
    driver.close()


def test_the_shared_worker_answers() -> None:
    policy = make_policy({"n": COUNT}, criteria(within("n", 5)))
    domains = {"n": (5, 5)}
    assert is_second_opinion(policy, domains, rete.evaluate(policy, domains))
