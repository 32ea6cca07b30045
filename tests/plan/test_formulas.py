"""Where the formula of the rules is shown exact, and the order of the plan that databases read."""

import random

import pytest

from cso_rules.executors.sql.formulas import Shown
from cso_rules.executors.sql.network import Network, bit_of, network_of, nodes_of
from cso_rules.model.decisions import CriteriaDecision, Rule, TableDecision
from cso_rules.model.expressions import Among, And, Expression, Not, Or, Term, Variable, Within
from cso_rules.model.policy import Policy
from cso_rules.model.types import BOOLEAN, FALSE, TRUE, Type
from cso_rules.plan.building import plan_for
from cso_rules.plan.diagrams import END, Diagrams, Node
from cso_rules.plan.levels import Level
from tests.small_policies import small_policy
from tests.strategies import LABEL, make_policy

COUNT = Type(kind="integer", maximum=9)
KINDS = {
    "x": BOOLEAN,
    "y": BOOLEAN,
    "kind": Type(kind="enumeration", values=("a", "b", "c")),
    "one": COUNT,
    "two": COUNT,
}


def yes(name: str) -> Among:
    return Among(name=name, bits=TRUE)


def total(*names: str, low: int) -> Within:
    return Within(terms=tuple(Term(factor=1, quantity=Variable(name=name)) for name in names), low=low, high=None)


def criteria(*conditions: Expression, name: str = "met") -> CriteriaDecision:
    rules = tuple(Rule(id=f"r{n}", label=LABEL, condition=condition) for n, condition in enumerate(conditions))
    return CriteriaDecision(name=name, label=LABEL, rules=rules)


def shown(*decisions: CriteriaDecision | TableDecision) -> Shown:
    return Shown(network_of(plan_for(make_policy(KINDS, *decisions))))


@pytest.mark.parametrize(
    ("condition", "is_exact"),
    [
        (And(operands=(yes("x"), yes("y"))), True),
        (Or(operands=(yes("x"), Not(operand=yes("x")))), False),
        (Or(operands=(Among(name="kind", bits=1), Among(name="kind", bits=2))), True),
        (Or(operands=(Among(name="kind", bits=3), Among(name="kind", bits=6))), False),
        (Or(operands=(total("one", low=5), total("one", low=7))), True),
        (total("one", "two", low=9), True),
        (Or(operands=(total("one", low=9), total("one", "two", low=9))), False),
    ],
)
def test_a_formula_is_exact_where_no_comparison_shuts_out_another(condition: Expression, *, is_exact: bool) -> None:
    decision = criteria(condition)
    assert shown(decision).rule(decision, 0) == is_exact


def test_a_formula_over_the_exact_answer_of_a_decision_is_exact() -> None:
    inner = criteria(Or(operands=(yes("x"), Not(operand=yes("x")), yes("y"))), name="inner")
    outer = criteria(And(operands=(yes("inner"), Among(name="kind", bits=1))), name="outer")
    found = shown(inner, outer)
    assert (found.rule(inner, 0), found.rule(outer, 0)) == (False, True)


def test_criteria_that_shut_out_one_another_have_no_exact_formula_for_their_answer() -> None:
    apart = criteria(Among(name="kind", bits=1), yes("x"))
    together = criteria(Among(name="kind", bits=1), Among(name="kind", bits=6))
    assert shown(apart).answer(apart)
    assert not shown(together).answer(together)


def end_of(made: Diagrams, levels: tuple[Level, ...], root: Node, cells: dict[Level, int]) -> object:
    while made.levels[root] != END:
        cell = cells[levels[made.levels[root]]]
        root = next(child for end, child in made.runs[root] if cell < end)
    return made.values[root]


def assert_same_ends(policy: Policy, network: Network, chance: random.Random) -> None:
    plan = network.plan
    cells = {level: chance.randrange(level.size) for level in plan.levels}
    for name, root in plan.roots.items():
        for one, two in zip(nodes_of(root), nodes_of(network.roots[name]), strict=True):
            ends = end_of(plan.diagrams, plan.levels, one, cells), end_of(network.diagrams, network.levels, two, cells)
            assert ends[0] == ends[1] or bit_of(ends[0]) == bit_of(ends[1]) in {TRUE, FALSE}, policy


def test_the_other_order_of_a_plan_answers_the_same() -> None:
    for seed in range(60):
        chance = random.Random(seed)  # noqa: S311 - not for secrets
        policy = small_policy(chance)
        network = network_of(plan_for(policy))
        for _ in range(20):
            assert_same_ends(policy, network, chance)
