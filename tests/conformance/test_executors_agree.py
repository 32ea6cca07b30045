"""One suite for all executors: the reference is the meaning, the others give the same results.

A policy is drawn, then 50 records of facts for it: 100 policies make 5,000 comparisons.
"""

import ast
import linecache
import random
import re
from collections.abc import Callable, Mapping

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cso_rules.determination import Result
from cso_rules.executors.single import compiled, compiled_syntax, reference
from cso_rules.model.decisions import rules_of
from cso_rules.model.expressions import variables
from cso_rules.model.policy import Constraint, Policy
from cso_rules.model.types import Domain, Type
from cso_rules.truth import Truth
from tests.strategies import LABEL, facts_with_holes, filled, policies, seeds, variables_of

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


def read_by_others(policy: Policy) -> set[str]:
    return {name for names in policy.reads.values() for name in names if name in policy.decisions}


@given(policy=policies(), constraint=st.integers(0, 1), chance=seeds)
def test_what_decides_at_once_gives_the_results_of_the_reference(
    policy: Policy, constraint: int, chance: random.Random
) -> None:
    policy = constrained(policy, constraint)
    decide = compiled.at_once(policy, lambda _, result: result)
    for _ in range(RECORDS if decide else 0):
        domains = {name: filled(kind.everything, kind, chance) for name, kind in variables_of(policy).items()}
        values = [value_of(fact.type, domains[fact.name]) for fact in policy.facts_by_kind]
        options = [domains[name] for name in policy.readings]
        expected = reference.evaluate(policy, domains)
        try:
            found = decide((*values, *options)) if decide else {}
        except KeyError:
            assert any(expected[name].is_doubtful for name in read_by_others(policy))
            continue
        is_allowed = all(reference.holds(rule.condition, domains) is Truth.TRUE for rule in policy.constraints)
        assert found == (expected if is_allowed else {})


def constrained(policy: Policy, constraints: int) -> Policy:
    """The same policy with conditions of rules that read facts alone as constraints."""
    conditions = [rule.condition for decision in policy.decisions.values() for rule in rules_of(decision)]
    about_facts = [found for found in conditions if policy.facts.keys() >= set(variables(found))]
    about = [Constraint(id="c", condition=found, message=LABEL) for found in about_facts[:constraints]]
    return attrs.evolve(policy, constraints=tuple(about))


def value_of(kind: Type, domain: Domain) -> object:
    return "text" if kind.kind == "text" else kind.decode(domain)


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
