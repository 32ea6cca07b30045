"""The exact result of a decision: its possible answers, the truth of each of its rules, and what it still depends on.

What remains of the answer is put together of what remains of the rules, and remembered by that. Conditions that share
nothing open are left apart. Decisions that may be in conflict have diagrams of their own for it.

Where a rule reads a decision that depends on nothing else that the rule depends on, a variable stands for the answer:
then few functions are left, whatever the decision depends on. Whoever asks what matters goes on to that decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial, reduce
from itertools import permutations
from operator import or_

from cso_rules.meaning.complete import Mark
from cso_rules.model.decisions import AbsentDecision, AnyDecision, CriteriaDecision, ValueDecision, rules_of
from cso_rules.model.types import FALSE, TRUE
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.asked.recipes import has_conflict, recipes_for
from cso_rules.plan.asked.rests import MANY, Rest
from cso_rules.plan.asked.steps import (
    Decided,
    Rules,
    Step,
    Together,
    any_of,
    fewest_failing,
    put_together,
    values_among,
)
from cso_rules.results import Result

NOTHING_EARLIER: Mapping[str, Result] = {}
NO_ANSWERS: Mapping[str, Rest] = {}


def decided(asked: Asked, earlier: Mapping[str, Result], name: str, quick: Result | None = None) -> Decided:
    """Return what is found out about a decision that has a root in the plan.

    Args:
        asked: The plan and what is known.
        earlier: Exact results of decisions before it, as far as they were found already.
        name: The decision.
        quick: What is known of its rules; those that are unknown there may be known all the same.
    """
    found = asked.decided.get(name)
    if found is None:
        step = asked.rests.steps.get(name) or _step(asked, name)
        if isinstance(step.decision, AbsentDecision | ValueDecision):
            found = _value(asked, step)
        elif quick is None:
            found = _decided(asked, step, 0, (1 << len(rules_of(step.decision))) - 1, earlier)
        else:
            found = _decided(asked, step, quick.true, quick.unknown, earlier)
        asked.decided[name] = found
    return found


def exact_result(asked: Asked, decision: AnyDecision) -> Result:
    """Return the exact result of a decision that has a root in the plan."""
    return decided(asked, NOTHING_EARLIER, decision.name).result


def _step(asked: Asked, name: str) -> Step:
    plan, rests = asked.plan, asked.rests
    decision = plan.policy.decisions[name]
    is_whole = rests.asked < MANY or has_conflict(plan, name)
    values: list[object] = [1 << rule.output for rule in rules_of(decision)]
    if isinstance(decision, CriteriaDecision):
        values = [TRUE, FALSE]
    with plan.adding:
        ends = {value: plan.diagrams.terminal(value) for value in (*values, Mark.NONE, Mark.CONFLICT)}
    rules = recipes_for(plan, rests, decision, is_whole=is_whole)
    bits = {value: plan.end_bits[end] for value, end in ends.items()}
    if isinstance(decision, CriteriaDecision) and not is_whole:
        bits |= {TRUE: rests.true.ends, FALSE: rests.false.ends}
    found = rests.steps[name] = Step(decision, plan.roots[name], rests, rules, bits, is_whole)
    return found


def _answers_of(asked: Asked, group: Together, earlier: Mapping[str, Result]) -> dict[str, Rest] | None:
    """Return what remains of the answers that some rules read; None where they depend on one another.

    Something stands for an answer that depends on nothing that the rules depend on otherwise.
    """
    rests, found, standing = asked.rests, dict[str, Rest](), dict[str, int]()
    for name in group.reads:
        known = None if name in asked.decided else _known(asked, name, earlier)
        if known is None:
            before = decided(asked, earlier, name)
            if before.levels:
                standing[name] = _closure(asked, before.levels)
                found[name] = rests.standing_for(name, before.ends) if before.split is not None else before.answer
                continue
            known = before.answer
        found[name] = known
    if not standing:
        return found
    bound, own = asked.plan.bound_bits, asked.left[1] & group.levels
    if len(standing) == 1 and not own & (bound | next(iter(standing.values()))):
        return found

    while True:
        clashing = _clashing(asked, reduce(or_, [found[name].levels for name in standing], own))
        if not clashing:
            return found
        replaced = next((name for name in clashing if name in standing), None)
        if replaced is None:
            return None
        del standing[replaced]
        found[replaced] = asked.decided[replaced].answer
        own |= found[replaced].levels


def _clashing(asked: Asked, levels: int) -> list[str]:
    """Return decisions for which some of the levels stand, and which depend on what others of the levels do too."""
    bound = asked.plan.bound_bits
    levels |= bound if levels & bound else 0
    below = {name: _closure(asked, asked.decided[name].levels) for name in asked.rests.decisions(levels)}
    below = {name: own | bound if own & bound else own for name, own in below.items()}
    found = [name for name, own in below.items() if own & levels]
    return found or [one for one, two in permutations(below, 2) if below[one] & below[two]]


def _closure(asked: Asked, levels: int) -> int:
    """Return levels with those on which the decisions depend that some of them stand for."""
    for name in asked.rests.decisions(levels):
        levels |= _closure(asked, asked.decided[name].levels)
    return levels


def _known(asked: Asked, name: str, earlier: Mapping[str, Result]) -> Rest | None:
    """Return the answer of a decision where formulas have found it."""
    result = earlier.get(name)
    if result is None or result.is_doubtful:
        return None
    step = asked.rests.steps.get(name) or _step(asked, name)
    return step.end(result.domain) if result.domain in step.values else None


def _decided(asked: Asked, step: Step, true: int, unknown: int, earlier: Mapping[str, Result]) -> Decided:
    rests = step.rests
    found = _rests_of(asked, step, true, unknown, earlier)
    whole = [asked.rest(node) for node in (step.root.answer, *step.root.items)] if step.is_whole else []
    levels = 0
    for rest in (*found.values(), *whole):
        levels |= rest.levels
    split = asked.split(levels)
    if split is None:
        if levels >= rests.after:  # nothing stands for other decisions where numbers are looked for on the way
            found = {bit: asked.rest(step.node(bit)) for bit in found}
        ends, touched = asked.ends_of, -1
        links: tuple[int, ...] = (asked.plan.bound_bits,)
    else:
        ends, touched, links = partial(split.ends, rests), split.places, split.links
    holds, fails = rests.true.ends, rests.false.ends
    for bit, rest in found.items():
        truths = ends(rest) if rest.levels & touched else rest.ends
        if truths == holds:
            true |= bit
        if truths in {holds, fails}:
            unknown ^= bit
    return put_together(Rules(step, true, unknown, found, split, ends, links), whole)


def _rests_of(asked: Asked, step: Step, true: int, unknown: int, earlier: Mapping[str, Result]) -> dict[int, Rest]:
    """Return what remains of the rules that are unknown so far, by their bits."""
    rests, state, found = step.rests, asked.state, dict[int, Rest]()
    for group in step.unknown(unknown):
        answers = _answers_of(asked, group, earlier) if group.reads else NO_ANSWERS
        for bit, rule in group.rules:
            found[bit] = asked.rest(step.node(bit)) if answers is None else rule.rest(rests, state, answers)
    if unknown >> len(step.rules):
        bits = [1 << place for place in range(len(step.rules))]
        conditions = tuple([found.get(bit) or rests.truth(true & bit) for bit in bits])
        some = step.memory.made(("any", *conditions), partial(any_of, rests, conditions))
        found[1 << len(step.rules)] = rests.choose(some, rests.false, rests.true)
    return found


def failing_together(asked: Asked, decision: CriteriaDecision, unknown: int) -> int:
    """Return as bits the fewest of some open criteria, later ones left out first, that cannot be met together."""
    rules = [asked.rest(node) for node in asked.plan.roots[decision.name].rules]
    return fewest_failing(asked.rests, rules, unknown, asked.ends_of)


def _value(asked: Asked, step: Step) -> Decided:
    decision = step.decision
    answer = asked.rest(step.root.answer)
    if isinstance(decision, AbsentDecision):
        result = Result(decision.type.everything, 0, 0)
    else:
        _, conflict, none = values_among(step, asked.ends_of(answer))
        bounds = asked.bounds(decision.name)
        result = Result(decision.type.everything if bounds is None else bounds, 0, 0, conflict, none)
    parts = (answer, *(asked.rest(guard) for guard, _ in step.root.sums))
    levels = reduce(or_, [rest.levels for rest in parts])
    return Decided(step, result, answer.ends, parts, asked.split(levels))
