"""From the truths of rules, as bits, to results: what hit policies, lists and criteria mean.

In comes, for each case (combination of cells), which rules are true and which unknown; out goes one `Result`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from operator import and_, or_

from cso_rules.determination import Result
from cso_rules.model.decisions import (
    AnyDecision,
    CriteriaDecision,
    TableDecision,
    inputs_of,
    joint_of,
    rules_of,
)
from cso_rules.model.types import FALSE, TRUE
from cso_rules.truth import Truth

Case = tuple[int, int]
"""Rules that are true, rules that are unknown."""

Whole = tuple[int, int, int]
"""The same of criteria or a list, and which of its `joint` conditions settle it: those that fail, or that hold."""


def positions(bits: int) -> Iterator[int]:
    """Yield the positions of the set bits, ascending."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def criteria_result(decision: CriteriaDecision, case: Whole) -> Result:
    """Return the result of criteria with these truths."""
    true, unknown, failing = case
    if failing or (true | unknown) != (1 << len(decision.rules)) - 1:
        return Result(FALSE, true, unknown)
    return Result(TRUE | FALSE if unknown else TRUE, true, unknown)


def list_result(decision: TableDecision, case: Whole) -> Result:
    """Return the result of a table with multiple hits."""
    true, unknown = _with_otherwise(decision, case[:2])
    sure = reduce(or_, (1 << decision.joint[place].output for place in positions(case[2])), _outputs(decision, true))
    return Result((sure, sure | _outputs(decision, unknown)), true, unknown)


def table_result(decision: TableDecision) -> Callable[[tuple[Case, ...]], Result]:
    """Return the function from the cases of a single-hit table to its result."""
    clashes = _clashes(decision)

    def result(cases: tuple[Case, ...]) -> Result:
        complete = {_with_otherwise(decision, case) for case in cases}
        outputs = reduce(or_, (_possible(decision, case) for case in complete))
        true = reduce(and_, (true for true, _ in complete))
        unknown = reduce(or_, (true | unknown for true, unknown in complete)) & ~true
        conflicts = {clashes(case) for case in complete}
        return Result(outputs, true, unknown, conflicts.pop() if len(conflicts) == 1 else Truth.UNKNOWN)

    return result


def _with_otherwise(decision: TableDecision, case: Case) -> Case:
    true, unknown = case
    if not decision.otherwise or true:
        return case
    last = 1 << len(decision.rules) - 1
    return (true, unknown | last) if unknown else (last, 0)


def _outputs(decision: TableDecision, rules: int) -> int:
    return reduce(or_, (1 << decision.rules[index].output for index in positions(rules)), 0)


def _possible(decision: TableDecision, case: Case) -> int:
    true, unknown = case
    if decision.hit_policy not in {"first", "priority"}:
        return _outputs(decision, true or unknown)
    candidates: Iterable[int] = positions(true | unknown)
    if decision.hit_policy == "priority":
        candidates = sorted(candidates, key=lambda index: decision.rules[index].output)
    return _until_true(decision, candidates, true)


def _until_true(decision: TableDecision, candidates: Iterable[int], true: int) -> int:
    outputs = 0
    for index in candidates:
        outputs |= 1 << decision.rules[index].output
        if true >> index & 1:
            break
    return outputs


def _clashes(decision: TableDecision) -> Callable[[Case], Truth]:
    """Return the function that tells whether rules contradict one another in a case."""
    if decision.hit_policy in {"first", "priority"}:
        return lambda _: Truth.FALSE
    compatible = compatible_rules(decision)

    def is_clash(rules: int) -> bool:
        return any(rules & ~compatible[index] for index in positions(rules))

    def conflict(case: Case) -> Truth:
        if is_clash(case[0]):
            return Truth.TRUE
        return Truth.UNKNOWN if is_clash(case[0] | case[1]) else Truth.FALSE

    return conflict


def compatible_rules(decision: TableDecision) -> list[int]:
    """Return for each rule the rules that it does not contradict, itself included."""
    compatible = [1 << index for index in range(len(decision.rules))]
    for earlier, later in decision.disjoint:
        if earlier < later:
            compatible[earlier] |= 1 << later
            compatible[later] |= 1 << earlier
    if decision.hit_policy == "any":
        same: dict[int, int] = {}
        for index, rule in enumerate(decision.rules):
            same[rule.output] = same.get(rule.output, 0) | 1 << index
        compatible = [bits | same[rule.output] for bits, rule in zip(compatible, decision.rules, strict=True)]
    return compatible


def variables_of(decision: AnyDecision) -> tuple[str, ...]:
    """Return what a decision reads, and what it is split over."""
    rules = (*rules_of(decision), *joint_of(decision))
    splits = [*(split for rule in rules for split in rule.splits)]
    splits += decision.splits if isinstance(decision, TableDecision) else ()
    return tuple(dict.fromkeys((*inputs_of(decision), *(split.name for split in splits))))
