"""Facts: reads what is known of one organization, and refuses what cannot be.

In comes a mapping or an attrs instance; out come clean values and the domain of every fact and reading.
Guaranteed: every problem is reported at once, and facts that contradict one another are never evaluated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, Final

import attrs

from cso_rules.model.policy import Fact, Policy
from cso_rules.model.types import Between, Domain, Type, Value
from cso_rules.truth import Truth

if TYPE_CHECKING:
    from cso_rules.errors import FactProblem

NO_READINGS: Final[Mapping[str, str]] = MappingProxyType({})
JUDGEMENT_KEYS: Final = frozenset({"value", "judged_by", "judged_on", "basis"})


def domains(
    policy: Policy, facts: object, readings: Mapping[str, str] = NO_READINGS
) -> tuple[dict[str, Value], dict[str, Domain]]:
    """Return the known values, and the domain of every fact and reading.

    Args:
        policy: The rules whose vocabulary the facts use.
        facts: A mapping from names to values, or an attrs instance; None is unknown, `Between` bounds a number.
        readings: Options of readings that replace the declared ones.

    Raises:
        FactsError: A name is unknown, a value is not possible, or values contradict one another.
    """
    problems: list[FactProblem] = []
    values = {}
    for name, value in _pairs(facts):
        try:
            clean = _value(policy, name, value)
        except _RefusedError as refused:
            problems.append(refused.problem)
        else:
            values.update({} if clean is None else {name: clean})
    known = _fact_domains(policy, values) | _reading_domains(policy, readings, problems)
    problems += _contradictions(policy, values, known)
    if problems:
        from cso_rules.errors import facts_error

        raise facts_error(problems)
    return values, known


def _words() -> ModuleType:
    """Return the module that says what is wrong; most facts never need it."""
    from cso_rules.engine import fact_problems

    return fact_problems


class _RefusedError(Exception):
    def __init__(self, problem: FactProblem) -> None:
        super().__init__(problem)
        self.problem = problem


def _pairs(facts: object) -> Iterator[tuple[str, object]]:
    kind: Any = type(facts)
    if isinstance(facts, Mapping):
        yield from facts.items()
    elif attrs.has(kind):
        yield from ((field.name, getattr(facts, field.name)) for field in attrs.fields(kind))
    else:
        raise TypeError(f"facts are a mapping or an attrs instance, not {type(facts).__name__}")


def _value(policy: Policy, name: str, value: object) -> Value | None:
    # Not at the top: compiling its patterns would slow the import of the whole library.
    from cso_rules.model.spellings import SpellingError, read_value, spellings_of

    if name not in policy.facts:
        raise _RefusedError(_words().unknown("fact", "事实", name, value, policy.facts))
    fact = policy.facts[name]
    if isinstance(value, Between):
        return _between(policy, fact, value)
    enumeration = policy.enumerations.get(fact.type.enumeration or "")
    try:
        clean = read_value(fact.type, _judged(fact, value), spellings_of(enumeration) if enumeration else {})
    except SpellingError as error:
        raise _RefusedError(_words().spelling_problem(fact, value, error)) from error
    if clean is not None and not _fits(fact.type, clean):
        raise _RefusedError(_words().outside(fact, clean))
    return clean


def _between(policy: Policy, fact: Fact, value: Between) -> Value | None:
    """Return bounds of a number or date that the fact can have; the one number when they meet."""
    if not fact.type.is_numeric:
        raise _RefusedError(_words().no_range(fact, value))
    low, high = (_value(policy, fact.name, end) for end in (value.low, value.high))
    clean = Between(low=low, high=high)  # type: ignore[arg-type]  # values of a numeric fact
    domain = fact.type.encode(clean)
    assert isinstance(domain, tuple)
    if domain[0] > domain[1]:
        raise _RefusedError(_words().no_range(fact, value))
    everything = domain == fact.type.everything
    return None if everything else low if low is not None and domain[0] == domain[1] else clean


def _judged(fact: Fact, value: object) -> object:
    """Return the value of a judgement that names its author, date and basis."""
    if fact.is_judged and isinstance(value, Mapping) and "value" in value and set(value) <= JUDGEMENT_KEYS:
        return value["value"]
    return value


def _fits(kind: Type, value: Value) -> bool:
    return not kind.is_numeric or kind.minimum <= kind.encode_number(value) <= kind.maximum


def _fact_domains(policy: Policy, values: Mapping[str, Value]) -> dict[str, Domain]:
    return {
        name: fact.type.encode(values[name]) if name in values and fact.type.kind != "text" else fact.type.everything
        for name, fact in policy.facts.items()
    }


def _reading_domains(policy: Policy, readings: Mapping[str, str], problems: list[FactProblem]) -> dict[str, Domain]:
    known = {}
    for name, option in readings.items():
        if name not in policy.readings:
            problems.append(_words().unknown("reading", "解读", name, option, policy.readings))
        elif option not in policy.readings[name].type.values:
            problems.append(_words().no_option(policy, name, option))
    for name, reading in policy.readings.items():
        chosen = readings.get(name, reading.chosen)
        is_option = chosen in reading.type.values
        known[name] = reading.type.bit(chosen) if chosen and is_option else reading.type.everything
    return known


def _contradictions(policy: Policy, values: Mapping[str, Value], known: Mapping[str, Domain]) -> Iterator[FactProblem]:
    from cso_rules.executors.reference import holds

    for constraint in policy.constraints:
        if holds(constraint.condition, known) is Truth.FALSE:
            yield _words().contradiction(constraint, values)
