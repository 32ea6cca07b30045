"""Plans of large tables, of decisions in a bad order, and of decisions that are too large or not exact."""

import itertools

import pytest

from cso_rules.model.decisions import CriteriaDecision, Rule, TableDecision
from cso_rules.model.expressions import Among, And, Expression, Includes, Or, Size, Term, Variable, Within
from cso_rules.model.policy import Policy
from cso_rules.model.types import BOOLEAN, TRUE, Type
from cso_rules.plan.building import Inexact, plan_for, plan_of
from cso_rules.plan.shown.exactness import inexact_decisions
from tests.strategies import LABEL, make_policy

NUMBER = Type(kind="integer", maximum=1_000_000)
FEW = Type(kind="integer", maximum=4)
ROWS = 1500


def yes(name: str) -> Among:
    return Among(name=name, bits=TRUE)


def between(name: str, low: int | None, high: int | None) -> Within:
    return sum_between({name: 1}, low, high)


def sum_between(factors: dict[str, int], low: int | None, high: int | None) -> Within:
    terms = tuple(Term(factor=factor, quantity=Variable(name=name)) for name, factor in factors.items())
    return Within(terms=terms, low=low, high=high)


def rules(conditions: list[Expression]) -> tuple[Rule, ...]:
    return tuple(
        Rule(id=f"r{place}", label=LABEL, condition=condition, output=place % 3)
        for place, condition in enumerate(conditions)
    )


def criteria(name: str, *conditions: Expression) -> CriteriaDecision:
    return CriteriaDecision(name=name, label=LABEL, rules=rules(list(conditions)))


def table(conditions: list[Expression], hit_policy: str) -> TableDecision:
    values = tuple(f"o{place}" for place in range(3))
    return TableDecision(
        name="table",
        label=LABEL,
        type=Type(kind="enumeration", values=values),
        hit_policy=hit_policy,  # type: ignore[arg-type]
        rules=rules(conditions),
        outputs=tuple((("", value),) for value in values),
    )


SHAPES: dict[str, list[Expression]] = {
    "ranges of one number": [between("n", place * 100, place * 100 + 99) for place in range(ROWS)],
    "values of an enumeration": [Among(name="code", bits=1 << place) for place in range(ROWS)],
    "a code and a range": [
        And(
            operands=(Among(name="code", bits=1 << place % 25), between("n", place // 25 * 100, place // 25 * 100 + 99))
        )
        for place in range(ROWS)
    ],
    "ranges of two numbers": [
        And(operands=(between("n", one * 100, one * 100 + 99), between("m", two * 100, two * 100 + 99)))
        for one, two in itertools.product(range(ROWS // 40), range(40))
    ],
}


@pytest.mark.parametrize("hit_policy", ["first", "unique", "collect"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_table_of_many_rows_takes_few_nodes_for_each_row(shape: str, hit_policy: str) -> None:
    code = Type(kind="enumeration", values=tuple(f"c{place}" for place in range(ROWS)))
    policy = make_policy({"n": NUMBER, "m": NUMBER, "code": code}, table(SHAPES[shape], hit_policy))
    plan = plan_of(policy)
    assert not plan.left_out
    assert len(plan.diagrams.levels) < 8 * ROWS


def pairs(count: int) -> Policy:
    """Decisions whose order of first use keeps the two facts of a pair apart."""
    facts = {f"{side}{place}": BOOLEAN for side in "ab" for place in range(count)}
    either = [Or(operands=(yes(f"a{place}"), yes(f"b{place}"))) for place in range(count)]
    one = criteria("one", *(yes(f"a{place}") for place in range(count)))
    return make_policy(facts, one, criteria("two", *either), criteria("three", yes("one"), yes("two")))


@pytest.mark.parametrize("count", [8, 14, 40])
def test_facts_of_one_criterion_come_together_where_the_first_order_is_too_large(count: int) -> None:
    plan = plan_of(pairs(count))
    assert not plan.left_out
    assert set(plan.roots) == {"one", "two", "three"}
    assert len(plan.diagrams.levels) < 2000


def permutation(size: int) -> Policy:
    """Whether a square of facts holds one in each row and each column: large in every order of the facts."""
    sets = {f"s{row}": Type(kind="set", values=tuple(f"v{column}" for column in range(size))) for row in range(size)}
    ones = [Within(terms=(Term(factor=1, quantity=Size(name=name)),), low=1, high=1) for name in sets]
    columns = [Or(operands=tuple(Includes(name=name, bits=1 << column) for name in sets)) for column in range(size)]
    square = criteria("square", *ones, *columns)
    return make_policy(
        {**sets, "a": BOOLEAN}, square, criteria("reads", yes("square"), yes("a")), criteria("plain", yes("a"))
    )


def test_a_decision_that_is_too_large_is_named_and_the_others_keep_their_plans() -> None:
    plan = plan_of(permutation(13))
    assert inexact_decisions(plan) == {"square": Inexact.LARGE, "reads": Inexact.READS}
    assert set(plan.roots) == {"plain"}


def test_a_plan_is_made_once_for_a_policy() -> None:
    policy = pairs(2)
    assert plan_for(policy) is plan_for(policy)


@pytest.mark.parametrize(
    "sums",
    [
        [sum_between({"x": 1, "y": 1}, None, 4), sum_between({"x": 1, "y": -1}, 6, None)],
        [sum_between({"x": 3, "y": -2}, 0, None)],
        [sum_between({"x": 1, "y": 1}, 5, 9), sum_between({"y": 1, "z": 1}, 3, 8)],
    ],
)
def test_sums_in_which_facts_stand_once_are_exact(sums: list[Expression]) -> None:
    policy = make_policy(dict.fromkeys("xyz", NUMBER), criteria("own", *sums))
    assert inexact_decisions(plan_of(policy)) == {}


def test_sums_that_are_not_always_solved_are_named() -> None:
    sums = [sum_between({"x": 3, "y": 5}, 10, 1000), sum_between({"x": 5, "y": -3}, 20, 20)]
    policy = make_policy(dict.fromkeys("xyz", NUMBER), criteria("own", *sums), criteria("other", between("x", 3, None)))
    assert inexact_decisions(plan_of(policy)) == {"own": Inexact.SUMS}
    small = make_policy(dict.fromkeys("xyz", FEW), criteria("own", *sums))
    assert inexact_decisions(plan_of(small)) == {}
