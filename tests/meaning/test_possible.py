"""What remains possible, by trying everything; no executor may exclude any of it."""

import random
from collections.abc import Callable, Iterator, Mapping

import pytest
from hypothesis import given, settings

from cso_rules.determination import Result
from cso_rules.executors.single import compiled, reference
from cso_rules.meaning.complete import Answer, Mark
from cso_rules.meaning.possible import Possible
from cso_rules.model.civil_dates import Shifts, WorkingDayCalendar, WorkingDayShift, is_exact
from cso_rules.model.decisions import (
    AbsentDecision,
    AnyDecision,
    CriteriaDecision,
    HitPolicy,
    Rule,
    ValueDecision,
    conditions_of,
    inputs_of,
)
from cso_rules.model.expressions import Among, And, Expression, Not, Quantity, Shifted, Term, Variable, Within, atoms
from cso_rules.model.policy import Policy
from cso_rules.model.types import BOOLEAN, FALSE, TRUE, Domain, Type
from cso_rules.truth import Truth
from tests.strategies import DATE, LABEL, filled, make_policy, make_table, policies, seeds, variables_of

Executor = Callable[[Policy, Mapping[str, Domain]], dict[str, Result]]
every_executor = pytest.mark.parametrize(
    "evaluate", [reference.evaluate, compiled.evaluate], ids=lambda function: function.__module__
)
MOST_COMPLETIONS = 200
VALUES_OF_ONE = 5
FEWER = settings(max_examples=settings().max_examples // 5)
COUNT = Type(kind="integer", maximum=100)


def small_domains(policy: Policy, chance: random.Random) -> dict[str, Domain]:
    """Some variables known, others with a few values, so that all completions can be tried."""
    product, found = 1, {}
    for name, kind in variables_of(policy).items():
        found[name] = filled(kind.everything, kind, chance)
        if kind.kind != "text" and product * VALUES_OF_ONE <= MOST_COMPLETIONS and chance.random() < 0.6:
            found[name] = _widened(found[name], kind, chance)
            product *= VALUES_OF_ONE
    return found


def _widened(domain: Domain, kind: Type, chance: random.Random) -> Domain:
    if isinstance(domain, int):
        return domain | 1 << chance.randrange(len(kind.names))
    if kind.kind == "set":
        member = 1 << chance.randrange(len(kind.names))
        return domain[0] & ~member, domain[1] | member
    return max(kind.minimum, domain[0] - chance.randint(0, 2)), min(kind.maximum, domain[1] + chance.randint(0, 2))


def quantities(decision: AnyDecision) -> Iterator[Quantity]:
    if isinstance(decision, ValueDecision):
        yield from (term.quantity for case in decision.cases for term in case.terms)
    found = [atom for condition in conditions_of(decision) for atom in atoms(condition)]
    yield from (term.quantity for atom in found if isinstance(atom, Within) for term in atom.terms)


def is_enumerable(policy: Policy) -> bool:
    """Whether every day is in the calendar, and no decision reads one without a rule, which the loader spreads."""
    absent = {name for name, decision in policy.decisions.items() if isinstance(decision, AbsentDecision)}
    found = [part for decision in policy.decisions.values() for part in quantities(decision)]
    is_open = any(isinstance(part, Shifted) and not is_exact(part.shifts) for part in found)
    return not is_open and not any(absent & set(inputs_of(decision)) for decision in policy.decisions.values())


def is_within(answer: Answer, result: Result, kind: Type) -> bool:
    """Whether a result leaves an answer possible."""
    if answer is Mark.ABSENT:
        return True
    if answer is Mark.CONFLICT:
        return result.conflict is not Truth.FALSE
    if answer is Mark.NONE:
        return True
    assert isinstance(answer, int)
    if isinstance(result.domain, int):
        return bool(answer & result.domain)
    low, high = result.domain
    return low & ~answer == 0 and answer & ~high == 0 if kind.kind == "set" else low <= answer <= high


@every_executor
@FEWER
@given(policy=policies().filter(is_enumerable), chance=seeds)
def test_no_executor_excludes_an_answer_that_some_completion_gives(
    evaluate: Executor, policy: Policy, chance: random.Random
) -> None:
    for _ in range(3):
        domains = small_domains(policy, chance)
        possible, results = Possible(policy, domains), evaluate(policy, domains)
        for name, result in results.items():
            conflicts = [results[part].conflict for part in policy.cone(name) if part in results]
            if all(conflict is Truth.FALSE for conflict in conflicts):
                kind = policy.decisions[name].type
                assert all(is_within(answer, result, kind) for answer in possible.answers(name))


def between(name: str, low: int | None, high: int | None = None) -> Within:
    return Within(terms=(Term(factor=1, quantity=Variable(name=name)),), low=low, high=high)


def row(condition: Expression, output: int) -> Rule:
    return Rule(id=f"row{output}", label=LABEL, condition=condition, output=output)


def two_rows(hit_policy: HitPolicy, outputs: tuple[int, int] = (0, 1)) -> Policy:
    """A row for ten and more, another for at most twenty."""
    rules = (row(between("count", 10), outputs[0]), row(between("count", None, 20), outputs[1]))
    return make_policy({"count": COUNT}, make_table("table", hit_policy, rules, otherwise=False))


@pytest.mark.parametrize(
    ("hit_policy", "expected"),
    [
        ("first", {1, 2}),
        ("priority", {1, 2}),
        ("unique", {1, 2, Mark.CONFLICT}),
        ("any", {1, 2, Mark.CONFLICT}),
        ("collect", {0b01, 0b10, 0b11}),
    ],
)
def test_what_a_table_may_answer_depends_on_its_hit_policy(hit_policy: HitPolicy, expected: set[Answer]) -> None:
    assert Possible(two_rows(hit_policy), {"count": (0, 30)}).answers("table") == expected


def test_rows_that_agree_contradict_one_another_only_in_a_unique_table() -> None:
    assert Possible(two_rows("any", (0, 0)), {"count": (15, 15)}).answers("table") == {1}
    assert Possible(two_rows("unique", (0, 0)), {"count": (15, 15)}).answers("table") == {Mark.CONFLICT}


def test_a_table_without_a_row_that_holds_answers_nothing() -> None:
    rules = (row(between("count", 10), 0),)
    table = make_table("table", "first", rules, otherwise=False)
    assert Possible(make_policy({"count": COUNT}, table), {"count": (9, 10)}).answers("table") == {Mark.NONE, 1}


def few_and_many(either: Expression) -> Policy:
    """Whether there are few, whether there are many, and a decision on both."""
    few, many, both = (
        CriteriaDecision(name=name, label=LABEL, rules=(row(condition, 0),))
        for name, condition in (("few", between("count", None, 49)), ("many", between("count", 50)), ("both", either))
    )
    return make_policy({"count": COUNT}, few, many, both)


def test_decisions_that_read_the_same_fact_do_not_vary_apart() -> None:
    both = And(operands=(Among(name="few", bits=TRUE), Among(name="many", bits=TRUE)))
    neither = Not(operand=both)
    assert Possible(few_and_many(both), {"count": (0, 100)}).answers("both") == {FALSE}
    assert Possible(few_and_many(neither), {"count": (0, 100)}).answers("both") == {TRUE}


def test_a_fact_matters_only_where_it_alone_can_change_the_answer() -> None:
    condition = And(operands=(Among(name="first", bits=TRUE), between("count", 10)))
    decision = CriteriaDecision(name="met", label=LABEL, rules=(row(condition, 0),))
    policy = make_policy({"first": BOOLEAN, "second": BOOLEAN, "count": COUNT}, decision)
    unknown = {"first": TRUE | FALSE, "second": TRUE | FALSE}
    assert Possible(policy, {**unknown, "count": (8, 12)}).missing_facts("met") == ("first", "count")
    assert Possible(policy, {**unknown, "count": (0, 9)}).missing_facts("met") == ()
    assert Possible(policy, {**unknown, "count": (10, 12)}).missing_facts("met") == ("first",)


def test_what_reads_contradicting_rows_is_in_conflict_whichever_rule_decides() -> None:
    rules = (row(between("count", 10), 0), row(between("count", None, 20), 1))
    table = make_table("table", "unique", rules, otherwise=False)
    condition = And(operands=(Among(name="table", bits=1), between("count", 30)))
    reader = CriteriaDecision(name="reader", label=LABEL, rules=(row(condition, 0),))
    policy = make_policy({"count": COUNT}, table, reader)
    assert Possible(policy, {"count": (15, 15)}).answers("reader") == {Mark.CONFLICT}
    assert Possible(policy, {"count": (30, 30)}).answers("reader") == {TRUE}


def test_a_day_that_the_calendar_leaves_open_is_the_same_for_all_that_read_it() -> None:
    monday = 737_425
    known = WorkingDayCalendar(covered=((monday, monday + 1), (monday + 3, monday + 6)))
    shifts: Shifts = (WorkingDayShift(count=2, calendar=known),)
    early, late = (
        CriteriaDecision(name=name, label=LABEL, rules=(row(_shifted(shifts, low, high), 0),))
        for name, low, high in (("early", None, monday + 3), ("late", monday + 4, None))
    )
    either = And(operands=(Among(name="early", bits=TRUE), Among(name="late", bits=TRUE)))
    policy = make_policy(
        {"day": DATE}, early, late, CriteriaDecision(name="either", label=LABEL, rules=(row(either, 0),))
    )
    possible = Possible(policy, {"day": (monday, monday)})
    assert possible.answers("early") == possible.answers("late") == {TRUE, FALSE}
    assert possible.answers("either") == {FALSE}
    assert possible.missing_facts("early") == ()


def _shifted(shifts: Shifts, low: int | None, high: int | None) -> Within:
    return Within(terms=(Term(factor=1, quantity=Shifted(name="day", shifts=shifts)),), low=low, high=high)
