"""One suite for all executors: the reference is the meaning, the others give the same results.

A policy is drawn, then 50 records of facts for it: 100 policies make 5,000 comparisons.
"""

import ast
import linecache
import random
import re
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings

from cso_rules.determination import Result
from cso_rules.executors.single import compiled, compiled_syntax, reference
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain
from tests.strategies import facts_with_holes, policies, seeds

Executor = Callable[[Policy, Mapping[str, Domain]], dict[str, Result]]
EXECUTORS: tuple[Executor, ...] = (reference.evaluate, compiled.evaluate)
RECORDS = 50

every_executor = pytest.mark.parametrize("evaluate", EXECUTORS, ids=lambda function: function.__module__)


@every_executor
@given(policy=policies(), chance=seeds)
def test_executor_gives_the_results_of_the_reference(evaluate: Executor, policy: Policy, chance: random.Random) -> None:
    for _ in range(RECORDS if evaluate is not reference.evaluate else 1):
        domains = facts_with_holes(policy, chance)
        assert evaluate(policy, domains) == reference.evaluate(policy, domains)


@settings(max_examples=settings().max_examples // 5)
@given(policy=policies())
def test_generated_code_is_what_is_shown_without_comments(policy: Policy) -> None:
    shown = ast.parse(compiled.source(policy))
    compiled_syntax.check(shown)
    program = compiled._remember(policy)
    kept = "".join(linecache.getlines(program.code.co_filename))
    assert ast.dump(ast.parse(kept)) == ast.dump(shown)
    assert re.sub(r"  # decision\d+/.*", "", compiled.source(policy)) == kept


@pytest.mark.parametrize("text", ["import os", "a.b", "'text'", "a_b", "__import__(1)", "1.5", "lambda: 1", "a(b=1)"])
def test_other_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="generated code holds"):
        compiled_syntax.check(ast.parse(text))
