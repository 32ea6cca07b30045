"""Facts: reads what is known of one organization, and refuses what cannot be.

In comes a mapping or an object with attributes; out come clean values and the domain of every fact and reading.
Guaranteed: every problem is reported at once, and facts that contradict one another are never evaluated.
A value in canonical form is encoded at once (`canonical`); everything else is read, checked and perhaps refused here.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from types import FunctionType, MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, Final, TypeGuard

import attrs

from cso_rules.determination import Judgement
from cso_rules.engine.canonical import Canonical
from cso_rules.model.decisions import CriteriaDecision, Rule
from cso_rules.model.types import FALSE, UNKNOWN, Between, Domain, OneOf, SomeOf, Type, Unknown, Value
from cso_rules.plan.prepared import Prepared
from cso_rules.truth import Truth

if TYPE_CHECKING:
    from cso_rules.errors import FactProblem
    from cso_rules.model.policy import Constraint, Fact, Policy

NO_READINGS: Final[Mapping[str, str]] = MappingProxyType({})
LIST_KEYS: Final = frozenset({"values", "complete"})
JUDGEMENT_KEYS: Final = frozenset({"value", "judged_by", "judged_on", "basis"})

_NO_OBJECTS: Final = (
    str, bytes, bytearray, int, float, complex, Decimal, datetime.date, datetime.time, list, tuple, set, frozenset,
    type, FunctionType, ModuleType, Iterator,
)  # fmt: skip
"""What has attributes too, but is no object of an application that stands for an organization."""

_SLIP: Final = 0.85
"""How alike an attribute and a fact are, by `difflib`, where the attribute is taken for a misspelt fact."""

_MANY: Final = 256
"""Organizations after which it pays to compile the constraints."""


@attrs.define(eq=False, repr=False)
class _Plan:
    """What of a policy is the same for every organization.

    Attributes:
        unknown: The domain of every fact while nothing is said of it, and of every reading as declared.
        names: The facts that there are.
        canonical: What encodes values in canonical form.
        spellings: Of each fact that was read already, the names that its values may be written with.
        judged: The facts that somebody judges.
        constraints: A policy with one criteria decision for each constraint, to be compiled.
        near: Of each attribute of an object that is no fact, whether it is spelt nearly like one.
        checked: How many organizations the constraints were tried on, up to `_MANY`.
    """

    policy: Policy
    unknown: dict[str, Domain]
    names: frozenset[str]
    canonical: Canonical
    judged: tuple[str, ...]
    constraints: Policy
    near: dict[str, bool] = attrs.field(factory=dict)
    spellings: dict[str, Mapping[str, str]] = attrs.field(factory=dict)
    checked: int = 0

    def is_nearly_a_fact(self, name: str) -> bool:
        """Tell whether a name is so near to that of a fact that it must be a slip."""
        if name not in self.near:
            import difflib

            self.near[name] = bool(difflib.get_close_matches(name, self.names, n=1, cutoff=_SLIP))
        return self.near[name]


def domains(
    policy: Policy, facts: object, readings: Mapping[str, str] = NO_READINGS
) -> tuple[dict[str, Value], dict[str, Domain]]:
    """Return the known values, and the domain of every fact and reading.

    Args:
        policy: The rules whose vocabulary the facts use.
        facts: A mapping from names to values, or an object whose attributes are named so; None says nothing, so that
            the fact is unknown or what the law presumes, `UNKNOWN` that it is not known; `Between` bounds a number,
            `OneOf` and `SomeOf` say in part what a value or a set is.
        readings: Options of readings that replace the declared ones.

    Raises:
        FactsError: A name is unknown, a value is not possible, or values contradict one another.
        WrongKindError: The facts are neither a mapping nor an object with such attributes.
    """
    plan = _plan(policy)
    problems: list[FactProblem] = []
    known = plan.unknown.copy()
    given = facts if type(facts) is dict or isinstance(facts, Mapping) else _of_object(plan, facts)
    others = plan.canonical.encode(given.get, known)
    values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if others or not plan.names.issuperset(given):
        _read_others(plan, given, {*others, *given.keys() - plan.names}, values, known, problems)
    if readings:
        problems += _choose(policy, readings, known)
    if policy.constraints:
        problems += [_words().contradiction(broken, policy, values) for broken in _broken(plan, known)]
    if problems:
        from cso_rules.errors import facts_error

        raise facts_error(problems)
    return values, known


def declared(policy: Policy) -> dict[str, Domain]:
    """Return the domain of every reading as the policy declares it; one without a choice has all its options."""
    return {
        name: reading.type.bit(reading.chosen) if reading.chosen in reading.type.values else reading.type.everything
        for name, reading in policy.readings.items()
    }


def _prepare(policy: Policy) -> _Plan:
    facts = {name: fact.unsaid for name, fact in policy.facts.items()}
    names = {str(place): found for place, found in enumerate(policy.constraints)}
    decisions = {name: _decision(name, found) for name, found in names.items()}
    return _Plan(
        policy=policy,
        unknown=facts | declared(policy),
        names=frozenset(policy.facts),
        canonical=Canonical.of(policy.facts.values()),
        judged=tuple(name for name, fact in policy.facts.items() if fact.is_judged),
        constraints=attrs.evolve(policy, decisions=decisions, constraints=()),
    )


def _decision(name: str, constraint: Constraint) -> CriteriaDecision:
    rule = Rule(id=constraint.id, label=constraint.message, condition=constraint.condition)
    return CriteriaDecision(name=name, label=constraint.message, rules=(rule,))


_plan = Prepared(_prepare)


def _words() -> ModuleType:
    """Return the module that says what is wrong; most facts never need it."""
    from cso_rules.engine import fact_problems

    return fact_problems


class _RefusedError(Exception):
    def __init__(self, problem: FactProblem) -> None:
        super().__init__(problem)
        self.problem = problem


def given(policy: Policy, facts: object) -> dict[str, object]:
    """Return what a mapping or an object says of an organization, as `domains` would take it; None says nothing.

    Attributes of an object that are no facts are its own affair, unless one is spelt nearly like a fact: then it is
    handed on, and refused as an unknown fact.
    """
    if facts is None:
        return {}
    return dict(facts) if isinstance(facts, Mapping) else _of_object(_plan(policy), facts)


def understood(
    policy: Policy, facts: object, problems: Collection[FactProblem]
) -> tuple[dict[str, object], tuple[FactProblem, ...]]:
    """Return what is said of an organization without the facts of which something was said and not understood.

    Nothing is presumed of these facts. The problems come back without the values of personal facts.

    Raises:
        FactsError: A problem is about no fact of the policy.
        WrongKindError: Something is no problem of a fact, or the facts are none.
    """
    from cso_rules.errors import FactProblem, facts_error

    for problem in problems:
        if not isinstance(problem, FactProblem):
            raise _words().no_problem(problem)
    named = {name: problem.value for problem in problems for name in problem.facts}
    unknown = [name for name in named if name not in policy.facts]
    if unknown:
        raise facts_error(_words().unknown("fact", "事实", name, named[name], policy.facts) for name in unknown)
    said = {name: value for name, value in given(policy, facts).items() if name not in named}
    said |= {name: UNKNOWN for name in named if policy.facts[name].presumed is not None}
    kept = list(problems)
    for fact in (policy.facts[name] for name in named if policy.facts[name].is_personal):
        kept = [_words().masked(fact, each) if fact.name in each.facts else each for each in kept]
    return said, tuple(kept)


def _of_object(plan: _Plan, facts: object) -> dict[str, object]:
    found = _attributes(plan, facts)
    if found is None:
        raise _words().no_facts(facts)
    return dict(found)


def _attributes(plan: _Plan, facts: object) -> list[tuple[str, object]] | None:
    """Return the attributes that are facts, or nearly; None for a text, a list, a class, or what has no fact."""
    kind: Any = type(facts)
    if attrs.has(kind):
        names = [field.name for field in attrs.fields(kind)]
    elif issubclass(kind, _NO_OBJECTS) and not hasattr(facts, "_asdict"):
        return None
    else:
        names = [name for name in dir(facts) if not name.startswith("_")]
    found = [(name, getattr(facts, name)) for name in names if name in plan.names or plan.is_nearly_a_fact(name)]
    found = [(name, value) for name, value in found if name in plan.names or not callable(value)]
    return found if found or (attrs.has(kind) and not names) else None


def _read_others(  # noqa: PLR0913, PLR0917 - what is given, and what comes of it
    plan: _Plan,
    given: Mapping[str, object],
    others: Collection[str],
    values: dict[str, Value],
    known: dict[str, Domain],
    problems: list[FactProblem],
) -> None:
    """Read the values that are written otherwise, and names that are no facts, in the order in which they are given."""
    for name in [name for name in given if name in others]:
        try:
            clean = _value(plan, name, given[name])
        except _RefusedError as refused:
            problems.append(refused.problem)
            clean = None
        if clean is None and (name not in plan.policy.facts or not _is_doubted(plan.policy.facts[name], given[name])):
            values.pop(name, None)
            continue
        values[name], kind = UNKNOWN if clean is None else clean, plan.policy.facts[name].type
        clean = values[name]
        if kind.kind != "text":
            known[name] = kind.encode(clean)


def _is_doubted(fact: Fact, value: object) -> bool:
    """Tell whether a value that says nothing does say that the fact is not known, so that nothing is presumed."""
    if fact.presumed is None:
        return False
    from cso_rules.model.spelling.spellings import says_unknown

    texts = (value,) if isinstance(value, str) else value if isinstance(value, list | tuple) else None
    return texts is None or any(isinstance(text, str) and says_unknown(text) for text in texts)


def _value(plan: _Plan, name: str, value: object) -> Value | None:
    # Not at the top: compiling its patterns would slow the import of the whole library.
    from cso_rules.model.spelling.spellings import SpellingError, read_value

    fact = plan.policy.facts.get(name)
    if fact is None:
        raise _RefusedError(_words().unknown("fact", "事实", name, value, plan.policy.facts))
    value = _judged(fact, value)
    if isinstance(value, Unknown):
        return None
    if isinstance(value, Between):
        return _between(plan, fact, value)
    if isinstance(value, SomeOf | OneOf):
        return _some_of(plan, fact, value)
    value, is_complete = _list(fact, value)
    try:
        clean = read_value(fact.type, value, _spellings(plan, fact))
    except SpellingError as error:
        raise _RefusedError(_words().spelling_problem(fact, value, error)) from error
    if clean is not None and not _fits(fact.type, clean):
        raise _RefusedError(_words().outside(fact, clean))
    is_list = isinstance(value, list | tuple) and isinstance(clean, frozenset)
    return fact.listed(clean, is_complete=is_complete) if is_list else clean  # type: ignore[arg-type]  # it is a set


def _list(fact: Fact, value: object) -> tuple[object, bool | None]:
    """Return a list and whether it is said to be complete; None where it is not said."""
    if fact.type.kind == "set" and isinstance(value, Mapping) and "values" in value and value.keys() <= LIST_KEYS:
        complete = value.get("complete")
        if complete is None or isinstance(complete, bool):
            return value["values"], complete
    return value, None


def _spellings(plan: _Plan, fact: Fact) -> Mapping[str, str]:
    found = plan.spellings.get(fact.name)
    if found is None:
        from cso_rules.model.spelling.spellings import NO_SPELLINGS, spellings_of

        enumeration = plan.policy.enumerations.get(fact.type.enumeration or "")
        found = plan.spellings[fact.name] = spellings_of(enumeration) if enumeration else NO_SPELLINGS
    return found


def _between(plan: _Plan, fact: Fact, value: Between) -> Value | None:
    """Return bounds of a number or date that the fact can have; the one number when they meet."""
    if not fact.type.is_numeric:
        raise _RefusedError(_words().no_range(fact, value))
    low, high = (_value(plan, fact.name, end) for end in (value.low, value.high))
    clean = Between(low=low, high=high)  # type: ignore[arg-type]  # values of a numeric fact
    domain = fact.type.encode(clean)
    assert isinstance(domain, tuple)
    if domain[0] > domain[1]:
        raise _RefusedError(_words().no_range(fact, value))
    everything = domain == fact.type.everything
    return None if everything else low if low is not None and domain[0] == domain[1] else clean


def _some_of(plan: _Plan, fact: Fact, value: SomeOf | OneOf) -> Value | None:
    """Return what is known of a set or an enumeration in part, each name read as a value would be."""
    spellings = _spellings(plan, fact)
    if isinstance(value, OneOf):
        if fact.type.kind != "enumeration" or not value.values:
            raise _RefusedError(_words().not_in_part(fact, value))
        one_of = _names(fact, sorted(value.values), spellings)
        return (
            next(iter(one_of)) if len(one_of) == 1 else None if len(one_of) == len(fact.type.names) else OneOf(one_of)
        )
    if fact.type.kind != "set":
        raise _RefusedError(_words().not_in_part(fact, value))
    sure = _names(fact, sorted(value.sure), spellings)
    possible = None if value.possible is None else _names(fact, sorted(value.possible), spellings) - sure
    if possible is not None and not possible:
        return sure
    return SomeOf(sure=sure, possible=possible) if sure or possible is not None else None


def _names(fact: Fact, names: list[str], spellings: Mapping[str, str]) -> frozenset[str]:
    from cso_rules.model.spelling.spellings import SpellingError, read_list

    try:
        found = read_list(attrs.evolve(fact.type, kind="set"), names, spellings)
    except SpellingError as error:
        raise _RefusedError(_words().spelling_problem(fact, names, error)) from error
    return found if isinstance(found, frozenset) else frozenset()


def _judged(fact: Fact, value: object) -> object:
    """Return the value of a judgement that names its author, date and basis."""
    return value["value"] if _is_judgement(value, fact) else value


def _is_judgement(value: object, fact: Fact) -> TypeGuard[Mapping[str, object]]:
    return fact.is_judged and isinstance(value, Mapping) and "value" in value and set(value) <= JUDGEMENT_KEYS


def judgements(policy: Policy, facts: object, known: Collection[str]) -> dict[str, Judgement]:
    """Return who judged known facts, when and on what, as far as that was given.

    Raises:
        FactsError: A judgement names no day, or somebody or a basis that is no text.
    """
    found: dict[str, Judgement] = {}
    problems: list[FactProblem] = []
    judged = _plan(policy).judged
    said = given(policy, facts) if judged else {}
    for name in judged:
        value = said.get(name)
        if name in known and _is_judgement(value, policy.facts[name]):
            who, basis = (value.get(key) or "" for key in ("judged_by", "basis"))
            day = _day(value.get("judged_on"))
            if day == "" or not isinstance(who, str) or not isinstance(basis, str):
                problems.append(_words().no_judgement(policy.facts[name]))
            elif day is not None or who or basis:
                found[name] = Judgement(judged_by=who, judged_on=day, basis=basis)
    if problems:
        from cso_rules.errors import facts_error

        raise facts_error(problems)
    return found


def _day(value: object) -> Any:
    """Return a day, None where none is given, or an empty text where something else is."""
    if value is None or value == "":
        return None
    from cso_rules.model.spelling.spellings import SpellingError, read_value

    try:
        return read_value(Type(kind="date"), value) or ""
    except SpellingError:
        return ""


def _fits(kind: Type, value: Value) -> bool:
    return not kind.is_numeric or kind.minimum <= kind.encode_number(value) <= kind.maximum


def _choose(policy: Policy, readings: Mapping[str, str], known: dict[str, Domain]) -> Iterator[FactProblem]:
    """Put the options of readings in the place of the declared ones; yield what is no option."""
    if not isinstance(readings, Mapping):
        raise _words().no_readings(readings)
    for name, option in readings.items():
        if name not in policy.readings:
            yield _words().unknown("reading", "解读", name, option, policy.readings)
            continue
        wanted = policy.readings[name].type
        is_option = option in wanted.values
        known[name] = wanted.bit(option) if is_option else wanted.everything
        if not is_option:
            yield _words().no_option(policy, name, option)


def _broken(plan: _Plan, known: Mapping[str, Domain]) -> list[Constraint]:
    """Return the constraints that cannot hold; for the first organizations without compiling anything."""
    if plan.checked < _MANY:
        from cso_rules.executors.single.reference import holds

        plan.checked += 1
        return [found for found in plan.policy.constraints if holds(found.condition, known) is Truth.FALSE]
    from cso_rules.executors.single.compiled import evaluate

    results = evaluate(plan.constraints, known).values()
    return [found for found, result in zip(plan.policy.constraints, results, strict=True) if result.domain == FALSE]
