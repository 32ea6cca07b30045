"""Evaluates a whole policy with rule sets, level by level: what a decision reads is settled before it is asked.

In come a policy and domains; out go results, on request with the session behind each. They rest on the rules alone, one
by one: what follows only from trying every case stays open here.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

import attrs

from cso_rules.determination import Result
from cso_rules.errors import CsoRulesError
from cso_rules.executors.rete.driver import Driver, Fired, Run
from cso_rules.executors.rete.inputs import marks_of, measures_of, total
from cso_rules.executors.rete.rule_sets import DecisionRules, result, rule_set, truths_of
from cso_rules.executors.single.compiled_results import ends_of_cases, finisher
from cso_rules.executors.single.settling import widened
from cso_rules.model.decisions import (
    AbsentDecision,
    AnyDecision,
    ValueCase,
    ValueDecision,
    inputs_of,
)
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, Environment, Interval

_POLICIES = 8
"""Policies whose rule sets are kept."""
_REMEMBERED = 1 << 12
"""Settled decisions that are remembered for each policy."""


@attrs.frozen
class Session:
    """The run of a rule set: what its decision reads, what it was given, and which rules fired, in order."""

    rules: DecisionRules
    environment: Environment
    run: Run
    fired: Fired

    @property
    def derived(self) -> frozenset[int]:
        """Every mark that was derived."""
        return frozenset(self.rules.program.rules[number].head for number in self.fired)


Sessions = dict[str, Session]
"""The session of each decision that has rules."""


@attrs.frozen
class _Settled:
    """The result of a decision, and the session behind it."""

    result: Result
    session: Session | None


_Read = tuple[str, tuple[Domain, ...], tuple[Result, ...]]
"""The name of a decision, the domains that it reads, and the doubtful answers among what it reads."""


@attrs.frozen
class _Prepared:
    """What of a policy is the same for every organization.

    Attributes:
        numbers: The number of the rule set of each decision.
        inputs: What each decision reads.
        settled: Decisions by name, the domains that they read, and the doubtful answers among what they read; nothing
            else can change them, so that organizations that are alike are settled once.
    """

    policy: Policy
    levels: tuple[tuple[AnyDecision, ...], ...]
    rules: Mapping[str, DecisionRules]
    numbers: Mapping[str, int]
    inputs: Mapping[str, tuple[str, ...]]
    settled: dict[_Read, _Settled] = attrs.field(factory=dict)


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
            One result for each decision, in order; it may leave more open than is possible.

        Raises:
            EngineError: The engine failed, or cannot carry the rules.
            MissingExtraError: durable_rules is not installed.
        """
        return self.trace(policy, domains)[0]

    def trace(self, policy: Policy, domains: Environment) -> tuple[dict[str, Result], Sessions]:
        """Evaluate a policy, and return the session behind each result too."""
        prepared = self._prepared.get(id(policy)) or self._prepare(policy)
        self.driver.begin()
        evaluation = _Evaluation(self.driver, prepared, dict(domains))
        for level in prepared.levels:
            evaluation.settle(level)
        found = {name: evaluation.found[name] for name in policy.decisions}
        results = {name: settled.result for name, settled in found.items()}
        return results, {name: settled.session for name, settled in found.items() if settled.session is not None}

    def forget(self) -> None:
        """Settle every decision anew, also those that read what they read in an earlier evaluation."""
        for prepared in self._prepared.values():
            prepared.settled.clear()

    def _prepare(self, policy: Policy) -> _Prepared:
        while len(self._prepared) >= _POLICIES:
            self._drop(self._prepared.pop(next(iter(self._prepared))))
        rules = {
            name: rule_set(decision, policy.variable_type)
            for name, decision in policy.decisions.items()
            if not isinstance(decision, AbsentDecision) and not (isinstance(decision, ValueDecision) and decision.only)
        }
        numbers = {name: next(self._numbers) for name in rules}
        inputs = {name: inputs_of(decision) for name, decision in policy.decisions.items()}
        prepared = _Prepared(policy, _levels(policy), rules, numbers, inputs)
        try:
            for name, found in rules.items():
                self.driver.open(numbers[name], found.program.rules)
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
        keys = {
            decision.name: (decision.name, tuple(self._read(decision).values()), self._doubtful(decision))
            for decision in level
        }
        self.found |= {name: remembered[key] for name, key in keys.items() if key in remembered}
        new = [decision for decision in level if decision.name not in self.found]
        if len(remembered) + len(new) > _REMEMBERED:
            remembered.clear()
        for name, settled in self._settled(new):
            self.found[name] = remembered[keys[name]] = settled
        self.environment.update({name: _readable(self.prepared.policy, name, self.found[name].result) for name in keys})

    def _read(self, decision: AnyDecision) -> dict[str, Domain]:
        return {name: self.environment[name] for name in self.prepared.inputs[decision.name]}

    def _doubtful(self, decision: AnyDecision) -> tuple[Result, ...]:
        read = (self.found[name].result for name in self.prepared.inputs[decision.name] if name in self.found)
        return tuple(result for result in read if result.is_doubtful)

    def _settled(self, level: Sequence[AnyDecision]) -> Iterator[tuple[str, _Settled]]:
        sessions = self._run([decision for decision in level if decision.name in self.prepared.rules])
        for decision in level:
            session = sessions.get(decision.name)
            if isinstance(decision, ValueDecision):
                own = self._valued(decision, session)
            elif session is None:
                own = Result(decision.type.everything, 0, 0)
            else:
                own = result(session.rules, session.derived)
            yield decision.name, _Settled(widened(decision, own, self._doubtful(decision)), session)

    def _valued(self, decision: ValueDecision, session: Session | None) -> Result:
        """Return the sum of the only case, or of the cases that the rules leave."""
        everything = decision.type.everything
        assert isinstance(everything, tuple)
        ends = [None if case.is_nothing else self._ends(case) for case in decision.cases]
        truths = (1, 0) if session is None else truths_of(session.rules, session.derived)
        return finisher(decision)(ends_of_cases(truths, ends, everything))

    def _ends(self, case: ValueCase) -> Interval:
        low, high = total(case.terms, self.environment)
        return low + case.constant, high + case.constant

    def _run(self, level: Sequence[AnyDecision]) -> Sessions:
        """Run the rules of decisions, in one message to the driver."""
        found = []
        for decision in level:
            rules, read = self.prepared.rules[decision.name], self._read(decision)
            run = Run(self.prepared.numbers[decision.name], marks_of(rules, read), measures_of(rules, read))
            found.append((rules, read, run))
        fired = self.driver.run([run for _, _, run in found]) if found else []
        return {
            rules.decision.name: Session(rules, read, run, own)
            for (rules, read, run), own in zip(found, fired, strict=True)
        }


def _readable(policy: Policy, name: str, found: Result) -> Domain:
    """Return what a decision that reads another one may suppose of it; anything where there is no answer."""
    return found.domain or policy.variable_type(name).everything


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
