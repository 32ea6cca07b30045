"""What an open answer may still be, in words: alternatives, or the ends of a number or date.

In comes an outcome with its determination. An end is told where the rules or the facts give it, and not where it only
is the first or last day, or the greatest number, that can be entered.
"""

from __future__ import annotations

from collections.abc import Iterator

from cso_rules.determination import Determination, Outcome
from cso_rules.executors.single.reference import sum_of
from cso_rules.explanation.words import Words
from cso_rules.model.decisions import ValueCase, ValueDecision
from cso_rules.model.expressions import Lookup, Size, Term
from cso_rules.model.types import is_known
from cso_rules.truth import Truth

LOW, HIGH = 0, 1


def possible_text(words: Words, found: Determination, outcome: Outcome) -> str:
    """Return what an answer may be: values as alternatives, a number or date as a range."""
    name, kind = outcome.decision.name, outcome.decision.type
    if not kind.is_numeric:
        values = [words.value(name, value) for value in outcome.possible]
    else:
        values = [] if outcome.none is Truth.TRUE else [_range(words, found, outcome)]
        values += [] if outcome.none is Truth.FALSE else [words.say("empty")]
    return words.joined(dict.fromkeys(values), "or_bodies") or words.say("empty")


def _range(words: Words, found: Determination, outcome: Outcome) -> str:
    name, kind = outcome.decision.name, outcome.decision.type
    assert isinstance(outcome.domain, tuple)
    if outcome.domain[LOW] == outcome.domain[HIGH]:
        return words.encoded(name, outcome.domain[LOW])
    low, high = (
        None if _is_no_end(found, name, side, end) else kind.decode_number(end)
        for side, end in enumerate(outcome.domain)
    )
    return words.range(kind, low, high)


def _is_no_end(found: Determination, name: str, side: int, end: int) -> bool:
    """Tell whether an end of what a variable may be is only that of its type, or follows from such ends of others.

    That there is no less than nothing says something of what is added up; the greatest number of a fact does not.
    """
    kind, decision = found.policy.variable_type(name), found.policy.decisions.get(name)
    is_last = end <= kind.minimum if side == LOW else end >= kind.maximum
    if not isinstance(decision, ValueDecision):
        return is_last and (side == HIGH or kind.kind == "date")
    return is_last or any(
        sum_of(case.terms, found.environment)[side] + case.constant == end
        and any(_has_no_end(found, term, side) for term in case.terms)
        for case in _open_cases(found, decision)
    )


def _open_cases(found: Determination, decision: ValueDecision) -> Iterator[ValueCase]:
    """Yield the cases that may give the number or date."""
    for case in decision.cases:
        truth = found.outcomes.truth(case.condition)
        if truth is not Truth.FALSE and not case.is_nothing:
            yield case
        if truth is Truth.TRUE:
            return


def _has_no_end(found: Determination, term: Term, side: int) -> bool:
    if isinstance(term.quantity, Lookup | Size):
        return False
    own = side if term.factor > 0 else HIGH - side
    domain = found.environment[term.quantity.name]
    assert isinstance(domain, tuple)
    return not is_known(domain) and _is_no_end(found, term.quantity.name, own, domain[own])
