"""The exact result of a decision: its possible answers, the truth of each of its rules, what it still depends on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cso_rules.model.decisions import AbsentDecision, AnyDecision, TableDecision
from cso_rules.model.types import is_known
from cso_rules.plan.asked.composed import Tested
from cso_rules.plan.asked.met import failing_together, met
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.asked.rests import Rest
from cso_rules.plan.asked.shapes import Shape, shape_of
from cso_rules.plan.asked.steps import Decided, Step, share, step_of
from cso_rules.results import Result

NOTHING_EARLIER: Mapping[str, Result] = {}
Case = tuple[int, int]
"""Rules that are true and rules that are unknown, as bits."""


def decided(
    asked: Asked, name: str, case: Case | None = None, earlier: Mapping[str, Result] = NOTHING_EARLIER
) -> Decided:
    """Return what is found out about a decision that has a root in the plan.

    Args:
        asked: The plan and what is known.
        name: The decision.
        case: Which of its rules formulas make true, and which unknown; those may be known all the same. None where an
            answer that it reads may be none, or a contradiction.
        earlier: The exact results of the decisions that it reads; without `case` none need be there.
    """
    found: Decided | None = asked.decided.get(name)
    if found is None:
        step, shape = asked.learned.steps.get(name) or _prepared(asked, name)
        if shape is not None:
            found = shape.decided(asked, earlier or None)
        elif step.is_computed:
            found = _value(asked, step)
        elif case is None:
            found = _decided(asked, step, 0, step.every, None)
        else:
            found = _decided(asked, step, *case, earlier)
        asked.decided[name] = found
    return found


def answer_by_shape(asked: Asked, names: Iterable[str], results: dict[str, Result]) -> bool:
    """Add the exact results of decisions, up to the first one that needs formulas; tell whether none does.

    Args:
        asked: The plan and what is known.
        names: The decisions, after those that they read.
        results: Those of the decisions before.
    """
    shapes, known = asked.learned.shapes, asked.decided
    for name in names:
        shape = shapes.get(name) or _shape(asked, name)
        if shape is None:
            return False
        found = known[name] = shape.decided(asked, results)
        results[name] = found.result
    return True


def _shape(asked: Asked, name: str) -> Shape | None:
    """Return how a decision is answered by its rules alone; None where that does not tell."""
    if name not in asked.plan.roots:
        return None
    shape = (asked.learned.steps.get(name) or _prepared(asked, name))[1]
    if shape is not None:
        asked.learned.shapes[name] = shape
    return shape


def _prepared(asked: Asked, name: str) -> tuple[Step, Shape | None]:
    """Return how a decision is answered, and how by its rules alone."""
    step = step_of(asked.learned, name)
    found = asked.learned.steps[name] = step, shape_of(step) if step.is_often_asked else None
    return found


def exact_result(asked: Asked, decision: AnyDecision) -> Result:
    """Return the exact result of a decision that has a root in the plan."""
    return decided(asked, decision.name).result


def _decided(asked: Asked, step: Step, true: int, unknown: int, earlier: Mapping[str, Result] | None) -> Decided:
    if step.is_conjunction and true | unknown == step.every:
        return _criteria(asked, step, true, unknown, earlier)
    is_quick = earlier is not None
    rules = step.opened.get((true, unknown, is_quick))
    for rule in step.open(true, unknown, is_quick=is_quick) if rules is None else rules:
        if earlier is None or not _is_told(rule, earlier):
            parts = rule.parts(asked, earlier) if rule.criteria else (rule.source.rest(asked),)
            ends = asked.ends_of(parts[0]) if len(parts) == 1 else step.both
            if ends == step.holds:
                true |= rule.bit
                unknown ^= rule.bit
            elif ends == step.does_not:
                unknown ^= rule.bit
    if step.is_list:
        items = step.open_items(true, unknown) if step.items_of_many else ()
        found = tuple([asked.ends(item.node) for item in items])
        return Decided(step, step.results.get((true, unknown, found)) or step.of_list(true, unknown, found), None)
    if step.is_conjunction:
        return Decided(step, step.results.get((true, unknown)) or step.failing(true, unknown), ())
    answer = step.source.rest(asked)
    end, deciding = asked.ends_of(answer), None
    if step.is_criteria:
        if end == step.fails and true | unknown == step.every:
            deciding = failing_together(asked, step.decision.name, unknown)
    elif unknown and step.is_preferring and not step.hits:
        deciding = _hits(asked, step) & (true | unknown)
    key = true, unknown, end, deciding
    return Decided(step, step.results.get(key) or step.of_one(*key), (answer,))


def _criteria(asked: Asked, step: Step, true: int, unknown: int, earlier: Mapping[str, Result] | None) -> Decided:
    """Return the result of criteria of which none fails for certain, as far as formulas tell."""
    open_rules: list[Rest] = []
    forms = asked.rests.form_bits
    for rule in step.tested(unknown):
        own = rule.parts(asked, earlier) if rule.criteria else (rule.source.rest(asked),)
        ends = own[0].ends if not own[0].levels & forms else asked.ends_of(own[0])
        if ends == step.holds:
            true |= rule.bit
            unknown ^= rule.bit
        elif ends == step.does_not:
            unknown ^= rule.bit
        else:
            open_rules += own
    if true | unknown != step.every:
        return Decided(step, step.results.get((true, unknown)) or step.failing(true, unknown), ())
    return met(asked, step, true, unknown, open_rules)


def _is_told(rule: Tested, earlier: Mapping[str, Result]) -> bool:
    """Tell whether formulas say of a rule what is possible, after exact results of what it reads."""
    return rule.once is not None and all(is_known(earlier[name].domain) for name in rule.once)


def _hits(asked: Asked, step: Step) -> int:
    """Return as bits the rows that may be the hit, where there is no diagram of it."""
    rests, rules = asked.rests, asked.plan.roots[step.decision.name].rules
    found = rests.end_of(0)
    assert isinstance(step.decision, TableDecision)
    for place in reversed(step.decision.order):
        found = rests.choose(asked.rest(rules[place]), rests.end_of(1 << place), found)
    return asked.ends_of(found)


def _value(asked: Asked, step: Step) -> Decided:
    decision, root = step.decision, asked.plan.roots[step.decision.name]
    answer = asked.rest(root.answer)
    if isinstance(decision, AbsentDecision):
        result = Result(decision.type.everything, 0, 0)
    else:
        ends, bounds = asked.ends_of(answer), asked.bounds(decision.name)
        conflict, none = share(ends, step.conflict), share(ends, step.none)
        result = Result(decision.type.everything if bounds is None else bounds, 0, 0, conflict, none)
    return Decided(step, result, [answer, *(asked.rest(guard) for guard, _ in root.sums)])
