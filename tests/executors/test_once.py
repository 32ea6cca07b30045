"""What formulas alone are believed to settle is what the plan of the policy says."""

import random

import pytest

from cso_rules.executors.single import compiled
from cso_rules.executors.single.once import exact_part, once_for
from cso_rules.executors.single.settling import Answers
from cso_rules.model.decisions import CriteriaDecision, TableDecision
from cso_rules.plan.asked.answering import exact_result
from cso_rules.results import Result
from tests.small_policies import small_policy, small_record


def _quick(results: Answers, decision: CriteriaDecision | TableDecision) -> Result:
    """What formulas make of a decision after the exact results of the others."""
    program = compiled._programs[id(results.policy)]
    step = next(step for step in program.steps if step.name == decision.name)
    values = [results.domains[name] for name in program.inputs]
    values += [results[each.name].domain for each in program.steps[: program.steps.index(step)]]
    return step.finish(step.decide(values))


@pytest.mark.parametrize("start", range(0, 120, 30))
def test_a_result_that_reads_no_open_fact_twice_is_exact_without_the_plan(start: int) -> None:
    shown = 0
    for seed in range(start, start + 30):
        chance = random.Random(seed)  # noqa: S311 - not for secrets
        policy = small_policy(chance)
        for _ in range(4):
            results = compiled.evaluate(policy, small_record(policy, chance))
            for name, decision in policy.decisions.items():
                reads = [results[read] for read in policy.cone(name) if read in policy.decisions and read != name]
                if not isinstance(decision, CriteriaDecision | TableDecision) or any(one.is_doubtful for one in reads):
                    continue
                quick = _quick(results, decision)
                found = exact_part(once_for(policy), decision, quick, results, results.open)
                exact = exact_result(results.asked, decision)
                if found.is_whole:
                    assert quick == exact, f"seed {seed}, {name}"
                    shown += bool(quick.unknown)
                assert found.rules & ~exact.unknown == 0, f"seed {seed}, {name}"
    assert shown > 20
