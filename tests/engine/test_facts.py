"""What is remembered of facts and results never changes what comes out."""

import itertools
from decimal import Decimal, localcontext

import attrs
import pytest

from cso_rules.engine import facts
from cso_rules.engine.determine import determine
from cso_rules.engine.facts import domains
from cso_rules.errors import FactProblem, FactsError
from cso_rules.model.policy import Policy
from cso_rules.plan.prepared import MOST_POLICIES, Prepared
from tests.engine.small_policy import small_policy


def problems(policy: Policy, given: object) -> tuple[FactProblem, ...]:
    with pytest.raises(FactsError) as caught:
        domains(policy, given)
    return caught.value.problems


@pytest.mark.parametrize("order", list(itertools.permutations([True, 1, Decimal(1), 1.0])))
def test_equal_values_of_different_types_are_told_apart_whichever_came_first(order: tuple[object, ...]) -> None:
    policy, accepted = small_policy(), []
    for value in (*order, *order):
        for name in ("people", "is_suitable", "capital"):
            try:
                values, known = domains(policy, {name: value})
            except FactsError:
                continue
            accepted.append((name, type(value), type(values[name]), known[name]))
    wanted = [
        ("people", int, int, (1, 1)),
        ("people", float, int, (1, 1)),
        ("capital", int, Decimal, (100, 100)),
        ("capital", float, Decimal, (100, 100)),
        ("capital", Decimal, Decimal, (100, 100)),
        ("is_suitable", bool, bool, 1),
    ]
    assert sorted(map(repr, accepted)) == sorted(map(repr, wanted * 2))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("people", True), ("people", 1001), ("people", "many"), ("capital", Decimal("0.001")),
        ("capital", Decimal("sNaN")), ("capital", Decimal("NaN")), ("form", "club"),
        ("form", ["group"]), ("is_suitable", {"value": 1}),
    ],
)  # fmt: skip
def test_what_was_refused_is_refused_again_in_the_same_words(name: str, value: object) -> None:
    policy = small_policy()
    first = problems(policy, {name: value})
    domains(policy, {"people": 1, "capital": 1, "form": "group", "is_suitable": True})
    assert repr(problems(policy, {name: value})) == repr(first)
    assert first[0].fact == name


def test_no_amount_is_rounded_where_the_caller_computes_with_few_digits() -> None:
    policy, given = small_policy(), {"people": 60, "capital": Decimal("29999.99"), "is_suitable": True}
    with localcontext() as context:
        context.prec = 4
        found = determine(policy, given)
    assert found.facts["capital"] == Decimal("29999.99")
    assert found["able"].value is False


def test_a_name_that_does_not_exist_is_refused_even_without_a_value() -> None:
    assert problems(small_policy(), {"poeple": None})[0].suggestion == "people"


def test_each_policy_has_its_own_bounds() -> None:
    wide = small_policy()
    people = attrs.evolve(wide.facts["people"], type=attrs.evolve(wide.facts["people"].type, maximum=10))
    narrow = attrs.evolve(wide, facts={**wide.facts, "people": people})
    assert domains(wide, {"people": 11})[1]["people"] == (11, 11)
    assert problems(narrow, {"people": 11})[0].kind == "impossible_value"
    assert domains(narrow, {})[1]["people"] == (0, 10)


def test_more_values_than_are_remembered_are_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "_MEMORY", 3)
    policy = small_policy()
    for people in (*range(10), *range(10)):
        assert domains(policy, {"people": people, "form": "社团"}) == (
            {"people": people, "form": "group"},
            {**domains(policy, {})[1], "people": (people, people), "form": 1},
        )


def test_constraints_say_the_same_for_the_first_organization_and_after_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "_MANY", 5)
    policy = small_policy()
    for people, bodies in itertools.product((0, 450, 900, 901), (None, 0, 1, 451)):
        given = {"people": people, "bodies": bodies}
        if people + (bodies or 0) > 900:
            assert [problem.message_en for problem in problems(policy, given)] == ["too many"]
        else:
            assert domains(policy, given)[0] == {name: value for name, value in given.items() if value is not None}


def test_a_remembered_outcome_is_that_of_the_plain_interpreter() -> None:
    policy = small_policy()
    capitals, suitable = (None, 0, 30000), (None, True, False)
    for _ in range(2):
        for people, capital, is_suitable in itertools.product((None, 10, 40, 60), capitals, suitable):
            given = {"people": people, "capital": capital, "is_suitable": is_suitable}
            assert determine(policy, given) == determine(policy, given, engine="reference")


def test_a_chosen_reading_leaves_no_trace_on_the_next_organization() -> None:
    policy = small_policy()
    before = determine(policy, {"people": 10})
    assert determine(policy, {"people": 10}, readings={"wording": "loose"}).readings == {"wording": "loose"}
    assert determine(policy, {"people": 10}) == before
    assert before.readings == {}


def test_what_belongs_to_a_policy_is_worked_out_once_while_it_is_remembered() -> None:
    turns = itertools.count(1)
    prepared = Prepared(lambda _: next(turns))
    policy = small_policy()
    assert (prepared(policy), prepared(policy)) == (1, 1)
    others = [attrs.evolve(policy) for _ in range(MOST_POLICIES)]
    assert [prepared(other) for other in others] == list(range(2, MOST_POLICIES + 2))
    assert prepared(others[-1]) == MOST_POLICIES + 1
    assert prepared(policy) == MOST_POLICIES + 2


def test_a_policy_never_gets_what_belongs_to_one_that_is_gone() -> None:
    policy, prepared = small_policy(), Prepared(lambda policy: policy.id)
    names = [f"policy{place}" for place in range(3 * MOST_POLICIES)]
    assert [prepared(attrs.evolve(policy, id=name)) for name in names] == names
