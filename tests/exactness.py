"""What is possible, in the form in which executors answer, and where what they answer is something else."""

from collections.abc import Collection, Iterator, Mapping
from functools import reduce
from operator import and_, or_

import attrs

from cso_rules.determination import Determination
from cso_rules.meaning.complete import Answer, Mark
from cso_rules.meaning.possible import Possible
from cso_rules.model.decisions import AbsentDecision, AnyDecision, CriteriaDecision, TableDecision, ValueDecision
from cso_rules.model.types import TRUE, is_known
from cso_rules.results import Result, Status, deciding_bits, status_of
from cso_rules.truth import Truth


@attrs.frozen
class Difference:
    """An answer that is not what trying everything shows.

    Attributes:
        kind: What is wrong: `unsound` excludes what is possible, `inexact` leaves open what is not.
        question: What was asked: answer, rules, status, deciding rows, missing facts.
    """

    decision: str
    question: str
    kind: str
    said: object
    expected: object


def expected_result(possible: Possible, decision: AnyDecision) -> Result:
    """Return the exact result of a decision."""
    if isinstance(decision, AbsentDecision):
        return Result(decision.type.everything, 0, 0)
    answers = possible.answers(decision.name)
    sure, maybe = map(_bits, possible.rules(decision.name))
    values = [answer for answer in answers if isinstance(answer, int)]
    conflict, none = (_truth(mark, answers) for mark in (Mark.CONFLICT, Mark.NONE))
    if isinstance(decision, ValueDecision):
        return Result((min(values), max(values)) if values else decision.type.everything, 0, 0, conflict, none)
    if decision.type.kind == "set":
        ends = (reduce(and_, values), reduce(or_, values)) if values else (0, 0)
        return Result(ends, sure, maybe & ~sure, conflict)
    return Result(reduce(or_, values, 0), sure, maybe & ~sure, conflict, none)


def _truth(mark: Mark, answers: Collection[Answer]) -> Truth:
    if mark not in answers:
        return Truth.FALSE
    return Truth.TRUE if len(answers) == 1 else Truth.UNKNOWN


def _bits(places: Collection[int]) -> int:
    return sum(1 << place for place in places)


def differing_results(
    possible: Possible, found: Mapping[str, Result], *, with_reasons: bool = True
) -> Iterator[Difference]:
    """Yield where the results of an executor, and the rules that it gives as reasons, are not exact."""
    for name, decision in possible.policy.decisions.items():
        expected, said = expected_result(possible, decision), found[name]
        for question, parts in PARTS.items():
            ours, theirs = (tuple(getattr(result, part) for part in parts) for result in (said, expected))
            if ours != theirs:
                kind = "inexact" if _covers(said, expected, decision) else "unsound"
                yield Difference(name, question, kind, ours, theirs)
        wrong = _wrong_deciding(possible, decision, said) if with_reasons and said == expected else None
        if wrong is not None:
            yield wrong


PARTS = {"answer": ("domain", "conflict", "none"), "rules": ("true", "unknown")}


def _covers(said: Result, expected: Result, decision: AnyDecision) -> bool:
    """Tell whether a result excludes nothing that is possible."""
    if isinstance(said.domain, int) and isinstance(expected.domain, int):
        is_wide = not expected.domain & ~said.domain
    elif isinstance(said.domain, tuple) and isinstance(expected.domain, tuple):
        (low, high), (least, most) = said.domain, expected.domain
        is_wide = not (low & ~least or most & ~high) if decision.type.kind == "set" else low <= least and most <= high
    else:
        is_wide = False
    marks = ((said.conflict, expected.conflict), (said.none, expected.none))
    return (
        is_wide
        and all(ours in {theirs, Truth.UNKNOWN} for ours, theirs in marks)
        and not said.true & ~expected.true
        and not (expected.true | expected.unknown) & ~(said.true | said.unknown)
    )


# ---------------------------------------------------------------------------------------------------- what decides


def _wrong_deciding(possible: Possible, decision: AnyDecision, found: Result) -> Difference | None:
    """Return how the deciding rules of an exact result differ from those that the completions show."""
    said = deciding_bits(decision, status_of(decision, found), found)
    match decision:
        case CriteriaDecision() if _fails_together(decision, found):
            is_right = _is_contradiction(possible, decision, said)
            return None if is_right else Difference(decision.name, "deciding rows", "inexact", said, "fewest criteria")
        case CriteriaDecision():
            failing = ~(found.true | found.unknown) & ((1 << len(decision.rules)) - 1)
            expected = failing or ((1 << len(decision.rules)) - 1 if found.domain == TRUE else found.unknown)
        case TableDecision():
            expected = _deciding_rows(possible, decision, found)
        case _:
            expected = 0
    return None if said == expected else Difference(decision.name, "deciding rows", "inexact", said, expected)


def _fails_together(decision: CriteriaDecision, found: Result) -> bool:
    is_open = found.true | found.unknown == (1 << len(decision.rules)) - 1
    return is_open and not found.is_doubtful and found.domain != TRUE and not int(str(found.domain)) & TRUE


def _is_contradiction(possible: Possible, decision: CriteriaDecision, said: int) -> bool:
    """Tell whether no completion meets all of some criteria, and some meets all but any one of them."""
    met = [_bits(completion.answers[decision.name].rules) for completion in possible.completions]
    places = [1 << place for place in range(len(decision.rules)) if said >> place & 1]
    fewer = [said & ~place for place in places]
    return not any(said & ~bits == 0 for bits in met) and all(any(part & ~bits == 0 for bits in met) for part in fewer)


def _deciding_rows(possible: Possible, decision: TableDecision, found: Result) -> int:
    if decision.has_multiple_hits:
        held = {rule.output for place, rule in enumerate(decision.rules) if found.true >> place & 1}
        loose = _bits([place for place, rule in enumerate(decision.rules) if rule.output not in held])
        return found.true | (found.unknown & loose)
    rules = [completion.answers[decision.name].rules for completion in possible.completions]
    if decision.hit_policy in {"first", "priority"}:
        return _bits({min(places, key=decision.order.index) for places in rules if places})
    is_decided = status_of(decision, found) in {Status.DETERMINED, Status.CONFLICT} and found.true
    return found.true if is_decided else found.true | found.unknown


# ---------------------------------------------------------------------------------------------------- what is missing


Missing = Mapping[str, Collection[str]]
"""For each decision the facts that matter, or that are asked for."""


def facts_that_matter(possible: Possible) -> dict[str, frozenset[str]]:
    """Return for each decision the facts of which another value gives another answer; a known one has no other."""
    left = [name for name in possible.policy.facts if not is_known(possible.domains[name])]
    return {
        decision: frozenset(name for name in left if possible.matters(name, decision))
        for decision in possible.policy.decisions
    }


def differing_questions(matter: Missing, asked: Missing) -> Iterator[Difference]:
    """Yield where the facts that are asked for are not those that matter."""
    for name, expected in matter.items():
        yield from _differing(name, set(asked[name]), set(expected))


def _differing(name: str, said: set[str], expected: set[str]) -> Iterator[Difference]:
    if said - expected:
        yield Difference(name, "missing facts", "in vain", said, expected)
    if expected - said:
        yield Difference(name, "missing facts", "left out", said, expected)


def differing_statuses(possible: Possible, matter: Missing, found: Determination) -> Iterator[Difference]:
    """Yield where a determination gives a decision another status, or asks for other facts than those that matter."""
    settles = [(fact.name, decision) for fact in found.missing_facts for decision in fact.settles]
    for name, decision in possible.policy.decisions.items():
        expected = expected_status(possible, decision, matter[name])
        if found[name].status is not expected:
            yield Difference(name, "status", "inexact", found[name].status, expected)
        wanted = set(matter[name]) if expected is Status.UNDETERMINED else set[str]()
        yield from _differing(name, {fact for fact, settled in settles if settled == name}, wanted)


def expected_status(possible: Possible, decision: AnyDecision, matter: Collection[str]) -> Status:
    """Return how far a decision is settled; what keeps it open says by whom."""
    answers = possible.answers(decision.name)
    if isinstance(decision, AbsentDecision):
        return Status.NO_RULE_IN_FORCE
    if answers == {Mark.CONFLICT}:
        return Status.CONFLICT
    if len(answers) == 1:
        return Status.DETERMINED
    is_left_to_readings = not matter and _only_readings(possible, decision.name)
    return Status.UNSETTLED_BY_LAW if is_left_to_readings else Status.UNDETERMINED


def _only_readings(possible: Possible, name: str) -> bool:
    """Tell whether the answer is one as soon as every open reading has an option."""
    found: dict[tuple[int, ...], set[Answer]] = {}
    for completion in possible.completions:
        options = tuple(completion.values[reading] for reading in possible.policy.readings)
        found.setdefault(options, set()).add(completion.answers[name].answer)
    return all(len(answers) == 1 for answers in found.values())
