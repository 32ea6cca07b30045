"""Combinations of the options of readings."""

from cso_rules.model.policy import MOST_COMBINATIONS
from cso_rules.model.types import Type
from tests.strategies import make_policy

TWO, FIVE = (Type(kind="enumeration", values=tuple("abcde"[:size])) for size in (2, 5))
POLICY = make_policy({}, readings={"one": TWO, "two": TWO, "three": TWO, "four": TWO, "five": FIVE})


def test_every_combination_is_there_once_in_the_order_of_the_options() -> None:
    found = [dict(choice) for choice in POLICY.combinations(["one", "two"])]
    assert [(choice["one"], choice["two"]) for choice in found] == [("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")]


def test_no_readings_and_too_many_combinations_have_none() -> None:
    assert POLICY.combinations([]) == []
    assert len(POLICY.combinations(["one", "two", "three", "four"])) == MOST_COMBINATIONS
    assert POLICY.combinations(["one", "two", "five"]) == []
