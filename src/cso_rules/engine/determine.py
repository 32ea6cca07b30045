"""Determination: evaluates a policy, settles what open readings leave equal, and says what is missing.

In come a policy and facts; out goes a `Determination`.
Guaranteed: an answer is determined only when every open reading of the law leads to that same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import and_, or_

import attrs

from cso_rules.determination import Determination, MissingFact, Outcome, Result, Status, projected, status_of
from cso_rules.engine.facts import NO_READINGS, declared, domains
from cso_rules.engine.situation import Outcomes
from cso_rules.model.decisions import AnyDecision
from cso_rules.model.policy import Choice, Policy
from cso_rules.model.types import Domain, is_known
from cso_rules.plan.prepared import Prepared
from cso_rules.truth import Truth

Evaluate = Callable[[Policy, Mapping[str, Domain]], dict[str, Result]]
Case = tuple[Choice, Result]
ByReading = tuple[tuple[Mapping[str, str], Domain], ...]
MOST_REMEMBERED = 2048


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
        facts: A mapping from fact names to values, or an object whose attributes are named so; None is unknown.
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
    plan = _plan(policy)
    values, known = domains(policy, facts, readings)
    results = evaluate(policy, known)
    question = _Question(plan, known, evaluate, _open(policy, known) if readings else plan.open)
    outcomes = question.outcomes(results)
    chosen = _chosen(policy, known) if readings else plan.chosen.copy()
    found = Determination(
        policy=policy,
        facts=values,
        outcomes=Outcomes(policy, values, chosen, outcomes, evaluate),
        readings=chosen,
        missing_facts=_missing(policy, known, results, outcomes) if ask else (),
        open_readings=_that_matter(question.open, outcomes),
    )
    if verify is not None:
        from cso_rules.engine.second_opinion import confirm

        confirm(found, engine=verify, first=engine)
    return found


def _missing(
    policy: Policy, known: Mapping[str, Domain], results: Mapping[str, Result], outcomes: Mapping[str, Outcome]
) -> tuple[MissingFact, ...]:
    undetermined = [name for name, found in outcomes.items() if found.status is Status.UNDETERMINED]
    if not undetermined:
        return ()
    from cso_rules.engine.missing_facts import missing_facts

    first = [name for name in policy.ask_order if name in undetermined]
    return missing_facts(policy, known, results, tuple(dict.fromkeys((*first, *undetermined))))


def _that_matter(open_readings: Sequence[str], outcomes: Mapping[str, Outcome]) -> tuple[str, ...]:
    """Return the open readings that change an answer."""
    if not open_readings:
        return ()
    relevant = {name for found in outcomes.values() if found.by_reading for name in found.by_reading[0][0]}
    return tuple(name for name in open_readings if name in relevant)


def _open(policy: Policy, known: Mapping[str, Domain]) -> tuple[str, ...]:
    """Return the readings that the law leaves open and nobody chose."""
    return tuple(name for name in policy.readings if not is_known(known[name]))


def _chosen(policy: Policy, known: Mapping[str, Domain]) -> dict[str, str]:
    """Return the option of every reading that is not open."""
    options = {name: reading.type.decode(known[name]) for name, reading in policy.readings.items()}
    return {name: str(option) for name, option in options.items() if option is not None}


def executor(engine: str) -> Evaluate:
    """Return the evaluation function of an engine by name.

    Raises:
        ArgumentError: There is no engine of that name.
    """
    if engine == "reference":
        from cso_rules.executors.single import reference

        return reference.evaluate
    if engine == "compiled":
        from cso_rules.executors.single import compiled

        return compiled.evaluate
    if engine == "rete":
        from cso_rules.executors.rete import executor as rete

        return rete.evaluate
    from cso_rules.diagnostics import shortened
    from cso_rules.errors import ArgumentError

    raise ArgumentError(
        f"no engine {shortened(str(engine))!r}; there are 'compiled', 'reference' and 'rete'",
        f"没有引擎“{shortened(str(engine))}”，可用：compiled、reference、rete",
    )


@attrs.frozen(eq=False, repr=False)
class _Plan:
    """What of a policy is the same for every organization.

    Attributes:
        open: Readings that are open unless chosen.
        chosen: Options of the others.
        remembered: For each decision and result, by identity, its outcome as far as no open reading matters. The
            results are held too, so that their identities stay taken; the compiled executor gives equal results of a
            decision as one object.
        cones: What the decisions depend on, of those that were asked for already.
    """

    policy: Policy
    open: tuple[str, ...]
    chosen: dict[str, str]
    remembered: dict[str, dict[int, tuple[Result, Outcome]]]
    cones: dict[str, frozenset[str]] = attrs.field(factory=dict)

    def outcome(self, name: str, result: Result) -> Outcome:
        """Return what a result means when no open reading matters."""
        memory = self.remembered[name]
        entry = memory.get(id(result))
        if entry is None:
            if len(memory) >= MOST_REMEMBERED:
                memory.clear()
            decision = self.policy.decisions[name]
            entry = memory[id(result)] = (result, _outcome(decision, status_of(decision, result), result))
        return entry[1]

    def cone(self, name: str) -> frozenset[str]:
        """Return what a decision depends on, and itself."""
        found = self.cones.get(name)
        if found is None:
            found = self.cones[name] = frozenset(self.policy.cone(name))
        return found


def _prepare(policy: Policy) -> _Plan:
    known = declared(policy)
    return _Plan(policy, _open(policy, known), _chosen(policy, known), {name: {} for name in policy.decisions})


_plan = Prepared(_prepare)


@attrs.frozen(eq=False, repr=False)
class _Question:
    """Evaluation of one organization under every combination of the readings that the law leaves open."""

    plan: _Plan
    known: Mapping[str, Domain]
    evaluate: Evaluate
    open: tuple[str, ...]
    cache: dict[Choice, dict[str, Result]] = attrs.field(factory=dict)

    def outcomes(self, results: Mapping[str, Result]) -> dict[str, Outcome]:
        plan = self.plan
        outcomes = {name: plan.outcome(name, result) for name, result in results.items()}
        if self.open:
            for name, found in outcomes.items():
                if found.status is Status.UNDETERMINED:
                    outcomes[name] = self._by_reading(name, found)
        self._spread_conflicts(results, outcomes)
        return outcomes

    def _spread_conflicts(self, results: Mapping[str, Result], outcomes: dict[str, Outcome]) -> None:
        """What reads contradicting rules is in conflict too; what reads rules that may contradict is undetermined."""
        doubtful = {name: result.conflict for name, result in results.items() if result.conflict is not Truth.FALSE}
        for name, found in outcomes.items() if doubtful else ():
            conflicts = {doubtful[source] for source in self.plan.cone(name) - {name} if source in doubtful}
            if Truth.TRUE in conflicts and found.status is not Status.NO_RULE_IN_FORCE:
                outcomes[name] = attrs.evolve(found, status=Status.CONFLICT)
            elif conflicts and found.status is Status.DETERMINED:
                outcomes[name] = attrs.evolve(found, status=Status.UNDETERMINED)

    def _by_reading(self, name: str, found: Outcome) -> Outcome:
        """Return the outcome of a decision from that of each combination of the open readings that change it."""
        plan = self.plan
        cone = plan.cone(name)
        choices = plan.policy.combinations(reading for reading in self.open if reading in cone)
        if not choices:
            return found
        cases = [(choice, self._results(choice)[name]) for choice in choices]
        first = cases[0][1]
        if all(result is first for _, result in cases):
            return plan.outcome(name, first)
        return _merged_outcome(found.decision, projected(cases))

    def _results(self, choice: Choice) -> dict[str, Result]:
        if choice not in self.cache:
            policy = self.plan.policy
            chosen = {name: policy.readings[name].type.bit(option) for name, option in choice}
            self.cache[choice] = self.evaluate(policy, {**self.known, **chosen})
        return self.cache[choice]


def _outcome(decision: AnyDecision, status: Status, result: Result, by_reading: ByReading = ()) -> Outcome:
    return Outcome(
        decision=decision, status=status, domain=result.domain,
        true=result.true, unknown=result.unknown, by_reading=by_reading,
    )  # fmt: skip


def _merged_outcome(decision: AnyDecision, cases: Sequence[Case]) -> Outcome:
    results = [found for _, found in cases]
    status = _merged_status(decision, results)
    varies = len(cases) > 1 and status is not Status.DETERMINED
    by_reading = tuple((dict(choice), found.domain) for choice, found in cases) if varies else ()
    return _outcome(decision, status, _merged(decision, results), by_reading)


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
