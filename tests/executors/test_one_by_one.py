"""A decision asked alone has the result that it has among all decisions."""

import random

import pytest

from cso_rules.executors.single import compiled
from cso_rules.executors.single.one_by_one import OneByOne
from tests import small_policies as small


@pytest.mark.parametrize("seed", range(25))
def test_a_decision_asked_alone_has_the_result_that_it_has_among_all(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    policy = small.small_policy(chance)
    names = [*policy.decisions]
    for record in range(6):
        domains = small.small_record(policy, chance, is_whole=bool(record % 2))
        chance.shuffle(names)
        alone = OneByOne(policy, domains)
        assert {name: alone[name] for name in names} == compiled.evaluate(policy, domains)
    assert {*alone} == {*policy.decisions}
    assert len(alone) == len(policy.decisions)
