"""Three-valued logic."""

import itertools

import pytest

from cso_rules.truth import Truth

RANK = {Truth.FALSE: 0, Truth.UNKNOWN: 1, Truth.TRUE: 2}
PAIRS = list(itertools.product(Truth, Truth))


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_and_takes_the_less_true_value(left: Truth, right: Truth) -> None:
    assert RANK[left & right] == min(RANK[left], RANK[right])


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_or_takes_the_more_true_value(left: Truth, right: Truth) -> None:
    assert RANK[left | right] == max(RANK[left], RANK[right])


@pytest.mark.parametrize("value", Truth)
def test_not_turns_the_order_round(value: Truth) -> None:
    assert RANK[~value] == 2 - RANK[value]


def test_a_boolean_becomes_true_or_false() -> None:
    assert (Truth.of(True), Truth.of(False)) == (Truth.TRUE, Truth.FALSE)
