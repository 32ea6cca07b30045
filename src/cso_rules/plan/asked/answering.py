"""The exact result of a decision: its possible answers, the truth of each of its rules, what it still depends on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from operator import or_

from cso_rules.model.decisions import AbsentDecision, AnyDecision, TableDecision, ValueDecision
from cso_rules.model.types import Interval, is_known
from cso_rules.plan.asked.questions import Asked, hull
from cso_rules.plan.asked.rests import Rest
from cso_rules.plan.asked.steps import Decided, Step, Tested, share, step_of
from cso_rules.plan.conditions import Root
from cso_rules.results import Result

NOTHING_EARLIER: Mapping[str, Result] = {}


def decided(
    asked: Asked, name: str, quick: Result | None = None, earlier: Mapping[str, Result] = NOTHING_EARLIER
) -> Decided:
    """Return what is found out about a decision that has a root in the plan.

    Args:
        asked: The plan and what is known.
        name: The decision.
        quick: What formulas make of its rules: those that are unknown there may be known all the same. None where an
            answer that it reads may be none, or a contradiction.
        earlier: The exact results of the decisions that it reads; without `quick` none need be there.
    """
    found = asked.decided.get(name)
    if found is None:
        step = asked.rests.steps.get(name)
        if step is None:
            step = asked.rests.steps[name] = step_of(asked.plan, asked.rests, name)
        if isinstance(step.decision, AbsentDecision | ValueDecision):
            found = _value(asked, step)
        else:
            found = _decided(asked, step, quick, earlier)
        asked.decided[name] = found
    return found


def exact_result(asked: Asked, decision: AnyDecision) -> Result:
    """Return the exact result of a decision that has a root in the plan."""
    return decided(asked, decision.name).result


def _decided(asked: Asked, step: Step, quick: Result | None, earlier: Mapping[str, Result]) -> Decided:
    rests, rest_of, levels, is_quick = asked.rests, asked.rest, 0, quick is not None
    true, unknown = (quick.true, quick.unknown) if quick is not None else (0, step.every)
    untold, items = step.opened.get((true, unknown, is_quick)) or step.open(true, unknown, is_quick=is_quick)
    rules = [(rule.bit, rest_of(rule.node)) for rule in untold if not (is_quick and _is_told(rule, earlier))]
    for _, rest in rules:
        levels |= rest.levels
    if step.is_list:
        functions = [rest_of(item.node) for item in items]
    else:
        functions = [rest_of(step.answer)] if not step.is_criteria or true | unknown == step.every else []
    for rest in functions:
        levels |= rest.levels
    split = asked.split(levels) if levels & rests.form_bits else rests.splits.get(()) or asked.split(0)
    depending, ends_of = (-1, asked.ends_of) if split is None else (split.places, split.ends)
    for bit, rest in rules:
        ends = ends_of(rest) if rest.levels & depending else rest.ends
        if ends == rests.true.ends:
            true |= bit
            unknown ^= bit
        elif ends == rests.false.ends:
            unknown ^= bit
    found = tuple([ends_of(rest) if rest.levels & depending else rest.ends for rest in functions])
    if step.told & unknown:
        true, unknown = _told_by_hits(step, true, unknown, found[0])
    deciding = None
    if step.is_criteria:
        if found and found[0] == step.fails and true | unknown == step.every:
            deciding = failing_together(asked, step.decision.name, unknown)
    elif unknown and step.is_preferring and not step.hits:
        deciding = _hits(asked, step) & (true | unknown)
    key = true, unknown, items, found, deciding
    return Decided(step, step.results.get(key) or step.result(*key), functions, split)


def _is_told(rule: Tested, earlier: Mapping[str, Result]) -> bool:
    """Tell whether formulas say of a rule what is possible, after exact results of what it reads."""
    return rule.once is not None and all(is_known(earlier[name].domain) for name in rule.once)


def _told_by_hits(step: Step, true: int, unknown: int, ends: int) -> tuple[int, int]:
    """Return the rules that hold, and that may, where those are told that hold exactly where they are the hit."""
    for end, bit in step.hits.items():
        if bit & step.told & unknown:
            if ends == end:
                true |= bit
            if ends == end or not ends & end:
                unknown ^= bit
    return true, unknown


def _hits(asked: Asked, step: Step) -> int:
    """Return as bits the rows that may be the hit, where there is no diagram of it."""
    rests, rules = asked.rests, asked.plan.roots[step.decision.name].rules
    found = rests.end_of(0)
    assert isinstance(step.decision, TableDecision)
    for place in reversed(step.decision.order):
        found = rests.choose(asked.rest(rules[place]), rests.end_of(1 << place), found)
    return asked.ends_of(found)


def failing_together(asked: Asked, decision: str, unknown: int) -> int:
    """Return as bits the fewest of some open criteria, later ones left out first, that cannot be met together."""
    rests = asked.rests
    rules = [asked.rest(node) for node in asked.plan.roots[decision].rules]
    kept = [place for place in range(len(rules)) if unknown >> place & 1]
    for place in reversed(kept.copy()):
        fewer, together = [other for other in kept if other != place], rests.true
        for other in reversed(fewer):
            together = rests.choose(rules[other], together, rests.false)
        if not asked.ends_of(together) & rests.true.ends:
            kept = fewer
    return sum(1 << place for place in kept)


def _cases(asked: Asked, root: Root, each: Iterable[Interval | None]) -> Iterator[Rest]:
    """Yield when each case of a number is given; cases that give the same number, whatever is missing, are one."""
    same: dict[int, Rest] = {}
    for (guard, _), ends in zip(root.sums, each, strict=True):
        rest = asked.rest(guard)
        if ends is not None and ends[0] == ends[1]:
            same[ends[0]] = asked.rests.choose(rest, asked.rests.true, same.get(ends[0], asked.rests.false))
        else:
            yield rest
    yield from same.values()


def _value(asked: Asked, step: Step) -> Decided:
    decision, root = step.decision, asked.plan.roots[step.decision.name]
    answer, each = asked.rest(root.answer), [asked.bounds_of_case(*case) for case in root.sums]
    if isinstance(decision, AbsentDecision):
        result = Result(decision.type.everything, 0, 0)
    else:
        ends, bounds = asked.ends_of(answer), hull(each)
        conflict, none = share(ends, step.conflict), share(ends, step.none)
        result = Result(decision.type.everything if bounds is None else bounds, 0, 0, conflict, none)
    functions = [answer, *_cases(asked, root, each)]
    levels = reduce(or_, [rest.levels for rest in functions])
    return Decided(step, result, functions, asked.split(levels))
