"""From the truths of rules, as bits, to results: what hit policies, lists and criteria mean.

In comes which rules are true and which unknown; out goes one `Result`. With nothing unknown it is exact; otherwise it
may be wider than what is possible, never narrower.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial, reduce
from operator import or_
from typing import Any, assert_never

from cso_rules.model.decisions import AbsentDecision, AnyDecision, CriteriaDecision, TableDecision, ValueDecision
from cso_rules.model.types import FALSE, TRUE, Interval
from cso_rules.results import Result
from cso_rules.truth import Truth

Case = tuple[int, int]
"""Rules that are true, rules that are unknown; of rows with `otherwise` the other ones."""


def positions(bits: int) -> Iterator[int]:
    """Yield the positions of the set bits, ascending."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


GIVEN, MAYBE_GIVEN, NOT_GIVEN = range(3)
Ends = tuple[int, int, int]
"""The least and the greatest possible number of a value decision, and whether there is one."""
NOTHING = 1 << 90
"""Stands for a number or date where there is none; no sum reaches it."""
Finish = Callable[[Any], Result]
"""From a `Case`, or the `Ends` of a number or date."""


def finisher(decision: AnyDecision) -> Finish:
    """Return the function from the truths of the rules of a decision, or the ends of a number, to its result."""
    match decision:
        case CriteriaDecision():
            return partial(_criteria, decision)
        case TableDecision() if decision.has_multiple_hits:
            return partial(_list, decision)
        case TableDecision():
            return partial(_table, decision)
        case ValueDecision():
            return _value
        case AbsentDecision():
            return lambda _: Result(decision.type.everything, 0, 0)
        case _:
            assert_never(decision)


_NONE = (Truth.FALSE, Truth.UNKNOWN, Truth.TRUE)


def _value(ends: Ends) -> Result:
    return Result(ends[:2], 0, 0, none=_NONE[ends[2]])


def ends_of_cases(case: Case, ends: Sequence[Interval | None], everything: Interval) -> Ends:
    """Return what is possible of a number or date that conditions choose.

    Args:
        case: The conditions that hold, and those that may.
        ends: The least and the greatest number of each case; None for a case in which there is none.
        everything: What stands where there is no number.
    """
    found: list[Interval] = []
    (true, unknown), may_be_none = case, False
    for place in positions(true | unknown):
        own = ends[place]
        may_be_none = may_be_none or own is None
        if own is not None:
            found.append(own)
        if true >> place & 1:
            break
    else:
        may_be_none = True
    if not found:
        return *everything, NOT_GIVEN
    low, high = min(low for low, _ in found), max(high for _, high in found)
    return low, high, MAYBE_GIVEN if may_be_none else GIVEN


def _criteria(decision: CriteriaDecision, case: Case) -> Result:
    true, unknown = case
    if true | unknown != (1 << len(decision.rules)) - 1:
        return Result(FALSE, true, unknown)
    return Result(TRUE | FALSE if unknown else TRUE, true, unknown)


def _list(decision: TableDecision, case: Case) -> Result:
    true, unknown = _with_otherwise(decision, case)
    sure = _outputs(decision, true)
    return Result((sure, sure | _outputs(decision, unknown)), true, unknown)


def _table(decision: TableDecision, case: Case) -> Result:
    true, unknown = _with_otherwise(decision, case)
    none = Truth.FALSE if true or decision.otherwise else Truth.of(not unknown) if not unknown else Truth.UNKNOWN
    if decision.hit_policy in {"first", "priority"}:
        return Result(_until_true(decision, true, unknown), true, unknown, none=none)
    others = (1 << len(decision.conditional)) - 1  # `otherwise` never holds beside another row
    conflict = Truth.UNKNOWN if _clash(decision, (true | unknown) & others) else Truth.FALSE
    if _clash(decision, true):
        return Result(0, true, unknown, Truth.TRUE)
    return Result(_outputs(decision, true or unknown), true, unknown, conflict, none)


def _with_otherwise(decision: TableDecision, case: Case) -> Case:
    true, unknown = case
    if not decision.otherwise or true:
        return case
    last = otherwise_bit(decision)
    return (true, unknown | last) if unknown else (last, 0)


def otherwise_bit(decision: AnyDecision) -> int:
    """Return the bit of the row of a table that holds where no other one does; none where there is no such row."""
    is_there = isinstance(decision, TableDecision) and decision.otherwise
    return 1 << len(decision.rules) - 1 if is_there else 0  # type: ignore[union-attr]


def _outputs(decision: TableDecision, rules: int) -> int:
    return reduce(or_, (1 << decision.rules[index].output for index in positions(rules)), 0)


def _until_true(decision: TableDecision, true: int, unknown: int) -> int:
    outputs = 0
    candidates = true | unknown
    order = positions(candidates) if decision.hit_policy == "first" else decision.order
    for index in order:
        if candidates >> index & 1:
            outputs |= 1 << decision.rules[index].output
        if true >> index & 1:
            break
    return outputs


def _clash(decision: TableDecision, rules: int) -> bool:
    """Tell whether rows contradict one another when they hold."""
    found = rules if decision.hit_policy == "unique" else _outputs(decision, rules)
    return found.bit_count() > 1
