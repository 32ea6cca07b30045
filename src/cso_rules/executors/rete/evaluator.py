"""Evaluates a whole policy with rule sets, level by level: what a decision reads is settled before it is asked.

In come a policy and domains; out go exactly the results of `reference`, and on request every session behind them.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import attrs

from cso_rules.determination import Result
from cso_rules.errors import CsoRulesError
from cso_rules.executors.rete.driver import Driver, Fired, Run
from cso_rules.executors.rete.inputs import Environment, marks_of, measures_of, total
from cso_rules.executors.rete.plan import Part, Plan, plan, result, truth
from cso_rules.executors.single.reference import cells, join
from cso_rules.model.decisions import (
    AbsentDecision,
    AnyDecision,
    CriteriaDecision,
    TableDecision,
    ValueDecision,
    inputs_of,
)
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain
from cso_rules.truth import Truth

_POLICIES = 8
"""Policies whose rule sets are kept."""
_REMEMBERED = 1 << 12
"""Settled decisions that are remembered for each policy."""


@attrs.frozen
class Session:
    """One run of a rule set: what its decision reads, what it was given, and which rules fired, in order."""

    part: Part
    environment: Environment
    run: Run
    fired: Fired

    @property
    def derived(self) -> frozenset[int]:
        """Every mark that was derived."""
        return frozenset(self.part.program.rules[number].head for number in self.fired)


Sessions = dict[str, tuple[Session, ...]]
"""The sessions of each decision: of criteria and rows tried cell by cell, then those that concluded."""


@attrs.frozen
class _Settled:
    """The result of a decision, and the sessions behind it."""

    result: Result
    sessions: tuple[Session, ...]


@attrs.frozen
class _Prepared:
    """What of a policy is the same for every organization.

    Attributes:
        numbers: The number of the rule set of each part, by identity.
        inputs: What each decision reads.
        settled: Decisions by name and the domains that they read; nothing else can change them, so that most are
            settled once for all readings of an organization, and for organizations that are alike.
    """

    policy: Policy
    levels: tuple[tuple[AnyDecision, ...], ...]
    plans: Mapping[str, Plan]
    numbers: Mapping[int, int]
    inputs: Mapping[str, tuple[str, ...]]
    settled: dict[tuple[str, tuple[Domain, ...]], _Settled] = attrs.field(factory=dict)


@attrs.define
class Evaluator:
    """Writes the rule sets of a policy once, and runs them through a driver."""

    driver: Driver
    _prepared: dict[int, _Prepared] = attrs.field(factory=dict, init=False)
    _numbers: Iterator[int] = attrs.field(factory=itertools.count, init=False)

    def evaluate(self, policy: Policy, domains: Environment) -> dict[str, Result]:
        """Evaluate every decision of a policy.

        Args:
            policy: Rules in force; decisions in dependency order.
            domains: The domain of every fact and reading.

        Returns:
            One result for each decision, in order; equal to that of `reference.evaluate`.

        Raises:
            EngineError: The engine failed, or cannot carry the rules.
            MissingExtraError: durable_rules is not installed.
        """
        return self.trace(policy, domains)[0]

    def trace(self, policy: Policy, domains: Environment) -> tuple[dict[str, Result], Sessions]:
        """Evaluate a policy, and return the sessions behind each result too."""
        prepared = self._prepared.get(id(policy)) or self._prepare(policy)
        self.driver.begin()
        evaluation = _Evaluation(self.driver, prepared, dict(domains))
        for level in prepared.levels:
            evaluation.settle(level)
        found = {name: evaluation.found[name] for name in policy.decisions}
        results = {name: settled.result for name, settled in found.items()}
        return results, {name: settled.sessions for name, settled in found.items() if name in prepared.plans}

    def forget(self) -> None:
        """Settle every decision anew, also those that read what they read in an earlier evaluation."""
        for prepared in self._prepared.values():
            prepared.settled.clear()

    def _prepare(self, policy: Policy) -> _Prepared:
        while len(self._prepared) >= _POLICIES:
            self._drop(self._prepared.pop(next(iter(self._prepared))))
        plans = {
            name: plan(decision, policy.variable_type)
            for name, decision in policy.decisions.items()
            if isinstance(decision, CriteriaDecision | TableDecision)
        }
        parts = [part for found in plans.values() for part in (*found.parts, found.main)]
        numbers = {id(part): next(self._numbers) for part in parts}
        inputs = {name: inputs_of(decision) for name, decision in policy.decisions.items()}
        prepared = _Prepared(policy, _levels(policy), plans, numbers, inputs)
        try:
            for part in parts:
                self.driver.open(numbers[id(part)], part.program.rules)
        except CsoRulesError:
            self._drop(prepared)
            raise
        # The policy is held, so that its identity stays taken.
        self._prepared[id(policy)] = prepared
        return prepared

    def _drop(self, prepared: _Prepared) -> None:
        for number in prepared.numbers.values():
            self.driver.drop(number)


@attrs.define
class _Evaluation:
    """The evaluation of one organization."""

    driver: Driver
    prepared: _Prepared
    environment: dict[str, Domain]
    found: dict[str, _Settled] = attrs.field(factory=dict)

    def settle(self, level: Sequence[AnyDecision]) -> None:
        """Answer decisions that do not read one another."""
        remembered = self.prepared.settled
        keys = {decision.name: (decision.name, tuple(self._read(decision).values())) for decision in level}
        self.found |= {name: remembered[key] for name, key in keys.items() if key in remembered}
        new = [decision for decision in level if decision.name not in self.found]
        if len(remembered) + len(new) > _REMEMBERED:
            remembered.clear()
        for name, settled in self._settled(new):
            self.found[name] = remembered[keys[name]] = settled
        self.environment.update({name: self.found[name].result.domain for name in keys})

    def _read(self, decision: AnyDecision) -> dict[str, Domain]:
        return {name: self.environment[name] for name in self.prepared.inputs[decision.name]}

    def _settled(self, level: Sequence[AnyDecision]) -> Iterator[tuple[str, _Settled]]:
        plans = [self.prepared.plans[decision.name] for decision in level if decision.name in self.prepared.plans]
        tried = self._run([(case, part) for case in plans for part in case.parts], {})
        truths = {case.decision.name: _truths(tried[case.decision.name]) for case in plans}
        concluded = self._run([(case, case.main) for case in plans], truths)
        for case in plans:
            name = case.decision.name
            own = result(case, [session.derived for session in concluded[name]])
            yield name, _Settled(own, (*tried[name], *concluded[name]))
        for decision in level:
            if isinstance(decision, ValueDecision | AbsentDecision):
                yield decision.name, _Settled(self._valued(decision), ())

    def _valued(self, decision: ValueDecision | AbsentDecision) -> Result:
        if isinstance(decision, AbsentDecision):
            return Result(decision.type.everything, 0, 0)
        low, high = total(decision.terms, self.environment)
        return Result((low + decision.constant, high + decision.constant), 0, 0)

    def _run(
        self, pairs: Sequence[tuple[Plan, Part]], truths: Mapping[str, Mapping[int, Truth]]
    ) -> defaultdict[str, list[Session]]:
        """Run each part in each of its cells, in one message to the driver; return those of each decision."""
        wanted = [
            (case.decision.name, part, cell)
            for case, part in pairs
            for cell in cells(part.splits, self._read(case.decision))
        ]
        runs = [
            Run(self.prepared.numbers[id(part)], marks_of(part, cell, truths.get(name, {})), measures_of(part, cell))
            for name, part, cell in wanted
        ]
        found = defaultdict[str, list[Session]](list)
        for (name, part, cell), run, fired in zip(wanted, runs, self.driver.run(runs) if runs else [], strict=True):
            found[name].append(Session(part, cell, run, fired))
        return found


def _truths(sessions: Sequence[Session]) -> dict[int, Truth]:
    """Return the truth of criteria and rows that were tried cell by cell."""
    found: dict[int, list[Truth]] = {}
    for session in sessions:
        for rule, heads in session.part.program.truths.items():
            found.setdefault(rule, []).append(truth(heads, session.derived))
    return {rule: join(truths) for rule, truths in found.items()}


def _levels(policy: Policy) -> tuple[tuple[AnyDecision, ...], ...]:
    """Return the decisions in levels, each of which reads only earlier ones."""
    depths: dict[str, int] = {}
    for name, decision in policy.decisions.items():
        depths[name] = 1 + max((depths.get(source, 0) for source in inputs_of(decision)), default=0)
    deepest = max(depths.values(), default=0)
    return tuple(
        tuple(policy.decisions[name] for name, depth in depths.items() if depth == level)
        for level in range(1, deepest + 1)
    )
