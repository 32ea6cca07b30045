"""What is wrong with facts and readings, told without what was said of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from cso_rules.errors import FactProblem, FactsError
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Fact, Policy
from cso_rules.service.problems import Fault, Problem, fault, pointer, texts
from cso_rules.service.reading import Place

MOST_VALUES: Final = 30
"""Values of an enumeration that are listed."""


def refused(error: FactsError, policy: Policy, readings: Mapping[str, Any], places: Mapping[str, Place]) -> Problem:
    """Return the problem of a request whose facts or readings cannot be used.

    Args:
        error: What the engine found.
        policy: The rules.
        readings: The options that were sent.
        places: Where the facts and the `readings` stand in what was sent, and of single facts where else.
    """
    found = [each for problem in error.problems for each in _faults(problem, policy, readings, places)]
    return Problem("bad-facts", found)


def _faults(
    problem: FactProblem, policy: Policy, readings: Mapping[str, Any], places: Mapping[str, Place]
) -> Iterator[Fault]:
    name = problem.fact
    if problem.kind == "contradiction":
        message = Label(zh=problem.message_zh, en=problem.message_en)
        for each in problem.facts:
            yield Fault(
                code="contradiction", pointer=_place(each, places), detail=_contradicting(message),
            )  # fmt: skip
    elif name in readings and (name in policy.readings or name not in policy.facts):
        yield _of_reading(problem, policy, pointer(*places["readings"], name))
    elif name not in policy.facts:
        yield fault("no-such-fact", pointer=_place(name, places), suggestion=problem.suggestion)
    elif problem.code == "cell-bounds":
        yield fault("no-value-between", pointer=_place(name, places))
    else:
        fact, hint = policy.facts[name], problem.suggestion
        yield Fault(code="wrong-value", pointer=_place(name, places), detail=_wanted(fact), suggestion=hint)


def _place(name: str, places: Mapping[str, Place]) -> str:
    return pointer(*places.get(f"fact {name}", places["facts"]), name)


def _contradicting(message: Label) -> Label:
    return Label(**{
        language: texts(language)["faults"]["contradiction"].format(message=message.in_language(language))
        for language in ("zh", "en")
    })  # fmt: skip


def _of_reading(problem: FactProblem, policy: Policy, place: str) -> Fault:
    if problem.fact not in policy.readings:
        known = ", ".join(policy.readings) or "-"
        return fault("no-such-reading", pointer=place, suggestion=problem.suggestion, parts={"known": known})
    known = ", ".join(policy.readings[problem.fact].type.values)
    return fault("no-such-option", pointer=place, suggestion=problem.suggestion, parts={"known": known})


def _wanted(fact: Fact) -> Label:
    """Return what a fact may be, in words."""
    kind = fact.type
    low, high = (kind.decode_number(end) if kind.is_numeric else "" for end in (kind.minimum, kind.maximum))
    names = [*kind.values[:MOST_VALUES], *(["…"] if len(kind.values) > MOST_VALUES else [])]
    found = {}
    for language, comma in (("zh", "、"), ("en", ", ")):
        words = texts(language)
        parts = {"low": low, "high": high, "scale": kind.scale, "values": comma.join(names)}
        wanted = words["wanted"][kind.kind].format(**parts)
        wanted += words["wanted"]["bounds"].format() if kind.is_numeric else ""
        label = fact.label.in_language(language)
        found[language] = words["faults"]["wrong-value"].format(label=label, wanted=wanted)
    return Label(**found)
