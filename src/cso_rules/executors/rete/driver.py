"""Drives the C module of durable_rules through the narrow part of it that is sound.

One session per rule set, facts one by one with explicit identities, every derived mark given back as a fact at most
once, the session deleted after each run. Never used: its host, threads, state, events, retraction. Guaranteed: a run
ends, for no rule can fire twice, and leaves nothing behind.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import attrs

from cso_rules.errors import EngineError, MissingExtraError
from cso_rules.executors.rete.gate import (
    SESSION,
    GateError,
    Horn,
    Marks,
    Measure,
    fact_texts,
    mark_text,
    rule_fired,
    rule_set_text,
)

NAME = "durable_rules"
_TAKEN, _NOT_WAITED_FOR = 0, 1

Fired = tuple[int, ...]
"""Numbers of the rules that fired, in order."""


@attrs.frozen
class Run:
    """One session: a rule set by number, the marks and the numbers that are given."""

    number: int
    marks: Marks
    measures: tuple[Measure, ...]


class Driver(Protocol):
    """Something that keeps rule sets and runs sessions: this process, or another one."""

    def begin(self) -> None:
        """Say that the evaluation of one organization begins."""

    def open(self, number: int, rules: tuple[Horn, ...]) -> None:
        """Keep a rule set under a number."""

    def drop(self, number: int) -> None:
        """Forget a rule set."""

    def run(self, runs: Sequence[Run]) -> list[Fired]:
        """Run sessions, each from nothing."""


@attrs.frozen
class _RuleSet:
    handle: int
    rules: tuple[Horn, ...]
    waited_for: frozenset[int]
    """Marks that some rule waits for; giving the others would only cost time."""


@attrs.define
class InProcess:
    """Runs sessions in this process; what crashes there crashes here."""

    _rule_sets: dict[int, _RuleSet] = attrs.field(factory=dict, init=False)

    def begin(self) -> None:
        """Do nothing; there is nobody to tell."""

    def open(self, number: int, rules: tuple[Horn, ...]) -> None:
        """Keep a rule set under a number.

        Raises:
            EngineError: The rules are beyond what the engine can carry.
            MissingExtraError: durable_rules is not installed.
        """
        text = _checked(rules)
        module = _module()
        self.drop(number)
        handle = module.create_ruleset(f"s{int(number)}", text)
        self._rule_sets[number] = _RuleSet(handle, rules, _waited_for(rules))
        # Deleting a session reads memory that only a firing has written; later sessions take the place of this one.
        self._run(Run(number, (), ()))

    def drop(self, number: int) -> None:
        """Forget a rule set; unknown ones too."""
        rule_set = self._rule_sets.pop(number, None)
        if rule_set is not None:
            _module().delete_ruleset(rule_set.handle)

    def close(self) -> None:
        """Forget every rule set."""
        for number in list(self._rule_sets):
            self.drop(number)

    def run(self, runs: Sequence[Run]) -> list[Fired]:
        """Run sessions, each from nothing.

        Raises:
            EngineError: A fact is beyond what the engine can carry, or the library failed.
        """
        return [self._run(run) for run in runs]

    def _run(self, run: Run) -> Fired:
        rule_set = self._rule_sets[run.number]
        facts = _written(run)
        try:
            return tuple(_Session(_module(), rule_set).fired(facts))
        except EngineError:
            raise
        except Exception as error:  # the library has exceptions of its own, and a session of unknown state
            self.drop(run.number)
            raise EngineError(NAME, f"failed: {error}", f"出错：{error}") from error


def is_installed() -> bool:
    """Tell whether durable_rules is there, without loading it."""
    return importlib.util.find_spec("durable_rules_engine") is not None


def _waited_for(rules: Sequence[Horn]) -> frozenset[int]:
    return frozenset(mark for rule in rules for mark in rule.marks)


def _checked(rules: Sequence[Horn]) -> str:
    try:
        return rule_set_text(rules)
    except GateError as error:
        raise EngineError(NAME, f"cannot carry these rules: {error}", f"无法承载这些规则：{error}") from error


def _written(run: Run) -> list[str]:
    try:
        return fact_texts(run.marks, run.measures)
    except GateError as error:
        raise EngineError(NAME, f"cannot carry these facts: {error}", f"无法承载这些事实：{error}") from error


def _module() -> Any:
    try:
        import durable_rules_engine
    except ImportError as error:
        raise MissingExtraError("rete") from error
    return durable_rules_engine


@attrs.define
class _Session:
    """One run of a rule set, from nothing to the least fixpoint."""

    module: Any
    rule_set: _RuleSet
    place: int = 0
    seen: set[int] = attrs.field(factory=set)

    def fired(self, facts: Sequence[str]) -> Iterator[int]:
        """Yield the rules in the order in which they fire."""
        is_open = False
        try:
            for fact in facts:
                self._give(fact)
            found = self.module.start_action_for_state(self.rule_set.handle, self.place)
            messages: str | None = None if found is None else found[1]
            for _ in range(len(self.rule_set.rules) + 2):
                is_open = messages is not None
                if messages is None:
                    return
                yield from self._derived(rule_fired(messages))
                messages = self.module.complete_and_start_action(self.rule_set.handle, self.place)
            raise EngineError(NAME, "fires without end", "规则不停触发")
        finally:
            if is_open:
                self.module.abandon_action(self.rule_set.handle, self.place)
            # Never retracted: retracting after a firing corrupts memory.
            self.module.delete_state(self.rule_set.handle, SESSION)

    def _derived(self, number: int | None) -> Iterator[int]:
        if number is None:
            return
        head = self.rule_set.rules[number].head
        if head not in self.seen and head in self.rule_set.waited_for:
            self.seen.add(head)
            self._give(mark_text(head))
        yield number

    def _give(self, fact: str) -> None:
        code, place = self.module.assert_fact(self.rule_set.handle, fact)
        if code == _TAKEN:
            self.place = place
        elif code != _NOT_WAITED_FOR:
            raise EngineError(NAME, f"refused a fact with code {code}", f"拒绝事实，代码 {code}")
