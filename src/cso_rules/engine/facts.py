"""Facts: reads what is known of one organization, and refuses what cannot be.

In comes a mapping or an attrs instance; out come clean values and the domain of every fact and reading.
Guaranteed: every problem is reported at once, and facts that contradict one another are never evaluated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import attrs

from cso_rules.diagnostics import nearest
from cso_rules.errors import FactProblem, facts_error
from cso_rules.executors.reference import holds
from cso_rules.model.expressions import variables
from cso_rules.model.policy import Constraint, Fact, Policy
from cso_rules.model.spellings import SpellingError, read_value, spellings_of
from cso_rules.model.types import Domain, Type, Value
from cso_rules.truth import Truth

NO_READINGS: Final[Mapping[str, str]] = MappingProxyType({})
JUDGEMENT_KEYS: Final = frozenset({"value", "judged_by", "judged_on", "basis"})


def domains(
    policy: Policy, facts: object, readings: Mapping[str, str] = NO_READINGS
) -> tuple[dict[str, Value], dict[str, Domain]]:
    """Return the known values, and the domain of every fact and reading.

    Args:
        policy: The rules whose vocabulary the facts use.
        facts: A mapping from names to values, or an attrs instance; None is unknown.
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
        raise facts_error(problems)
    return values, known


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
    if name not in policy.facts:
        raise _RefusedError(_unknown("fact", "事实", name, value, policy.facts))
    fact = policy.facts[name]
    enumeration = policy.enumerations.get(fact.type.enumeration or "")
    try:
        clean = read_value(fact.type, _judged(fact, value), spellings_of(enumeration) if enumeration else {})
    except SpellingError as error:
        raise _RefusedError(_spelling_problem(fact, value, error)) from error
    if clean is not None and not _fits(fact.type, clean):
        raise _RefusedError(_outside(fact, clean))
    return clean


def _judged(fact: Fact, value: object) -> object:
    """Return the value of a judgement that names its author, date and basis."""
    if fact.is_judged and isinstance(value, Mapping) and "value" in value and set(value) <= JUDGEMENT_KEYS:
        return value["value"]
    return value


def _fits(kind: Type, value: Value) -> bool:
    return not kind.is_numeric or kind.minimum <= kind.encode_number(value) <= kind.maximum


def _unknown(what_en: str, what_zh: str, name: str, value: object, known: Mapping[str, object]) -> FactProblem:
    return FactProblem(
        kind="unknown_fact", fact=str(name), value=str(value), suggestion=nearest(str(name), list(known)),
        message_en=f"there is no {what_en} {name!r}", message_zh=f"没有名为 {name} 的{what_zh}",
    )  # fmt: skip


def _spelling_problem(fact: Fact, value: object, error: SpellingError) -> FactProblem:
    return FactProblem(
        kind="impossible_value" if error.is_impossible else "wrong_type", fact=fact.name, value=str(value),
        message_en=f"{fact.name}: {error.en}", message_zh=f"{fact.label.zh}：{error.zh}",
        suggestion=nearest(value, list(fact.type.names)) if isinstance(value, str) else None,
    )  # fmt: skip


def _outside(fact: Fact, value: Value) -> FactProblem:
    low, high = (fact.type.decode_number(end) for end in (fact.type.minimum, fact.type.maximum))
    return FactProblem(
        kind="impossible_value", fact=fact.name, value=str(value),
        message_en=f"{fact.name}: {value} is not between {low} and {high}",
        message_zh=f"{fact.label.zh}：{value} 不在 {low} 与 {high} 之间",
    )  # fmt: skip


def _fact_domains(policy: Policy, values: Mapping[str, Value]) -> dict[str, Domain]:
    return {
        name: fact.type.encode(values[name]) if name in values and fact.type.kind != "text" else fact.type.everything
        for name, fact in policy.facts.items()
    }


def _reading_domains(policy: Policy, readings: Mapping[str, str], problems: list[FactProblem]) -> dict[str, Domain]:
    known = {}
    for name, option in readings.items():
        if name not in policy.readings:
            problems.append(_unknown("reading", "解读", name, option, policy.readings))
        elif option not in policy.readings[name].type.values:
            problems.append(_no_option(policy, name, option))
    for name, reading in policy.readings.items():
        chosen = readings.get(name, reading.chosen)
        is_option = chosen in reading.type.values
        known[name] = reading.type.bit(chosen) if chosen and is_option else reading.type.everything
    return known


def _no_option(policy: Policy, name: str, option: str) -> FactProblem:
    options = policy.readings[name].type.values
    return FactProblem(
        kind="impossible_value", fact=name, value=str(option), suggestion=nearest(str(option), list(options)),
        message_en=f"the reading {name!r} has no option {option!r}",
        message_zh=f"解读 {name} 没有选项 {option}",
    )  # fmt: skip


def _contradictions(policy: Policy, values: Mapping[str, Value], known: Mapping[str, Domain]) -> Iterator[FactProblem]:
    for constraint in policy.constraints:
        if holds(constraint.condition, known) is Truth.FALSE:
            yield _contradiction(constraint, values)


def _contradiction(constraint: Constraint, values: Mapping[str, Value]) -> FactProblem:
    involved = [name for name in variables(constraint.condition) if name in values]
    return FactProblem(
        kind="contradiction", fact=", ".join(involved), value=", ".join(str(values[name]) for name in involved),
        message_en=constraint.message.en, message_zh=constraint.message.zh,
    )  # fmt: skip
