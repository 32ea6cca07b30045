"""Determination: evaluates a policy, settles what open readings leave equal, and says what is missing.

In come a policy and facts; out goes a `Determination`.
Guaranteed: an answer is determined only when every open reading of the law leads to that same answer.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from operator import and_, or_

import attrs

from cso_rules.determination import Determination, MissingFact, Outcome, Result, Status, status_of
from cso_rules.engine.facts import NO_READINGS, domains
from cso_rules.model.decisions import AnyDecision
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, is_known
from cso_rules.truth import Truth

Evaluate = Callable[[Policy, Mapping[str, Domain]], dict[str, Result]]
Choice = tuple[tuple[str, str], ...]
Case = tuple[Choice, Result]
MOST_COMBINATIONS = 16


def determine(  # noqa: PLR0913 - what a question consists of
    policy: Policy,
    facts: object,
    *,
    readings: Mapping[str, str] = NO_READINGS,
    engine: str = "compiled",
    ask: bool = True,
    verify: str | None = None,
) -> Determination:
    """Answer every decision of a policy about one organization.

    Args:
        policy: Rules in force.
        facts: A mapping from fact names to values, or an attrs instance; None is unknown.
        readings: Options of ambiguous texts to take instead of the declared ones.
        engine: `compiled`, `reference` for the plain interpreter, or `rete` for durable_rules.
        ask: Whether to find out which missing facts to ask for; without it `missing_facts` is empty.
        verify: An engine to ask for a second opinion.

    Raises:
        FactsError: Facts are unknown by name, of the wrong type, impossible or contradictory.
        VerificationError: The second opinion is another one.
        EngineError: An engine could not answer.
        MissingExtraError: An engine is not installed.
    """
    evaluate = executor(engine)
    values, known = domains(policy, facts, readings)
    results = evaluate(policy, known)
    outcomes, relevant = _Readings(policy, known, evaluate).outcomes(results)
    ordered = dict.fromkeys((*policy.ask_order, *outcomes)) if ask else {}
    open_decisions = [name for name in ordered if name in outcomes and outcomes[name].status is Status.UNDETERMINED]
    found = Determination(
        policy=policy,
        facts=values,
        outcomes=outcomes,
        readings=_chosen(policy, known),
        missing_facts=_missing(policy, known, results, open_decisions),
        open_readings=tuple(name for name in policy.readings if name in relevant),
    )
    if verify is not None:
        from cso_rules.engine.second_opinion import confirm

        confirm(found, engine=verify, first=engine)
    return found


def _missing(
    policy: Policy, known: Mapping[str, Domain], results: Mapping[str, Result], undetermined: Sequence[str]
) -> tuple[MissingFact, ...]:
    if not undetermined:
        return ()
    from cso_rules.engine.missing_facts import missing_facts

    return missing_facts(policy, known, results, undetermined)


def _chosen(policy: Policy, known: Mapping[str, Domain]) -> dict[str, str]:
    """Return the option of every reading that is not open."""
    options = {name: reading.type.decode(known[name]) for name, reading in policy.readings.items()}
    return {name: str(option) for name, option in options.items() if option is not None}


def executor(engine: str) -> Evaluate:
    """Return the evaluation function of an engine by name.

    Raises:
        ValueError: There is no engine of that name.
    """
    if engine == "reference":
        from cso_rules.executors import reference

        return reference.evaluate
    if engine == "compiled":
        from cso_rules.executors import compiled

        return compiled.evaluate
    if engine == "rete":
        from cso_rules.executors import rete

        return rete.evaluate
    raise ValueError(f"no engine {engine!r}; there are 'compiled', 'reference' and 'rete'")


@attrs.define
class _Readings:
    """Evaluation under every combination of the readings that the law leaves open."""

    policy: Policy
    known: Mapping[str, Domain]
    evaluate: Evaluate
    cache: dict[Choice, dict[str, Result]] = attrs.field(factory=dict)

    def outcomes(self, results: Mapping[str, Result]) -> tuple[dict[str, Outcome], set[str]]:
        open_readings = [name for name in self.policy.readings if not is_known(self.known[name])]
        outcomes: dict[str, Outcome] = {}
        relevant: set[str] = set()
        for name, result in results.items():
            cases = self._cases(name, result, open_readings)
            outcomes[name] = _outcome(self.policy.decisions[name], result, cases)
            relevant.update(reading for choice, _ in cases for reading, _ in choice)
        self._spread_conflicts(results, outcomes)
        return outcomes, {name for name in relevant if _matters_somewhere(name, outcomes)}

    def _spread_conflicts(self, results: Mapping[str, Result], outcomes: dict[str, Outcome]) -> None:
        """What reads contradicting rules is in conflict too; what reads rules that may contradict is undetermined."""
        doubtful = {name: result.conflict for name, result in results.items() if result.conflict is not Truth.FALSE}
        for name, found in outcomes.items() if doubtful else ():
            conflicts = {doubtful[source] for source in self.policy.cone(name)[1:] if source in doubtful}
            if Truth.TRUE in conflicts and found.status is not Status.NO_RULE_IN_FORCE:
                outcomes[name] = attrs.evolve(found, status=Status.CONFLICT)
            elif conflicts and found.status is Status.DETERMINED:
                outcomes[name] = attrs.evolve(found, status=Status.UNDETERMINED)

    def _cases(self, name: str, result: Result, open_readings: Sequence[str]) -> list[Case]:
        """Return the result of a decision for each combination of the open readings that change it."""
        if not open_readings or status_of(self.policy.decisions[name], result) is not Status.UNDETERMINED:
            return []
        cone = self.policy.cone(name)
        choices = self._choices([reading for reading in open_readings if reading in cone])
        return _projected([(choice, self._results(choice)[name]) for choice in choices])

    def _choices(self, names: Sequence[str]) -> list[Choice]:
        options = [[(name, option) for option in self.policy.readings[name].type.values] for name in names]
        combinations = list(itertools.islice(itertools.product(*options), MOST_COMBINATIONS + 1))
        return combinations if names and len(combinations) <= MOST_COMBINATIONS else []

    def _results(self, choice: Choice) -> dict[str, Result]:
        if choice not in self.cache:
            chosen = {name: self.policy.readings[name].type.bit(option) for name, option in choice}
            self.cache[choice] = self.evaluate(self.policy, {**self.known, **chosen})
        return self.cache[choice]


def _matters_somewhere(reading: str, outcomes: Mapping[str, Outcome]) -> bool:
    return any(reading in choice for found in outcomes.values() for choice, _ in found.by_reading)


def _projected(cases: list[Case]) -> list[Case]:
    """Drop the readings that change nothing."""
    names = [name for name, _ in cases[0][0]] if cases else []
    idle = {name for name in names if _is_idle(name, cases)}
    kept = {tuple(pair for pair in choice if pair[0] not in idle): result for choice, result in cases}
    return list(kept.items())


def _is_idle(name: str, cases: Iterable[Case]) -> bool:
    groups: dict[Choice, list[Result]] = {}
    for choice, result in cases:
        groups.setdefault(tuple(pair for pair in choice if pair[0] != name), []).append(result)
    return all(result == group[0] for group in groups.values() for result in group)


def _outcome(decision: AnyDecision, result: Result, cases: Sequence[Case]) -> Outcome:
    merged = _merged(decision, [found for _, found in cases]) if cases else result
    status = _merged_status(decision, [found for _, found in cases]) if cases else status_of(decision, result)
    varies = len(cases) > 1 and status is not Status.DETERMINED
    by_reading = tuple((dict(choice), found.domain) for choice, found in cases) if varies else ()
    return Outcome(
        decision=decision, status=status, domain=merged.domain,
        true=merged.true, unknown=merged.unknown, by_reading=by_reading,
    )  # fmt: skip


def _merged_status(decision: AnyDecision, results: Sequence[Result]) -> Status:
    statuses = {status_of(decision, result) for result in results}
    if len(statuses) > 1:
        return Status.UNDETERMINED
    status = statuses.pop()
    same = all(result.domain == results[0].domain for result in results)
    return status if same or status is not Status.DETERMINED else Status.UNSETTLED_BY_LAW


def _merged(decision: AnyDecision, results: Sequence[Result]) -> Result:
    true = reduce(and_, (result.true for result in results))
    possible = reduce(or_, (result.true | result.unknown for result in results))
    conflicts = {result.conflict for result in results}
    conflict = conflicts.pop() if len(conflicts) == 1 else Truth.UNKNOWN
    return Result(_hull(decision, [result.domain for result in results]), true, possible & ~true, conflict)


def _hull(decision: AnyDecision, found: Sequence[Domain]) -> Domain:
    intervals = [domain for domain in found if isinstance(domain, tuple)]
    if not intervals:
        return reduce(or_, (domain for domain in found if isinstance(domain, int)))
    lows, highs = zip(*intervals, strict=True)
    if decision.type.kind == "set":
        return reduce(and_, lows), reduce(or_, highs)
    return min(lows), max(highs)
