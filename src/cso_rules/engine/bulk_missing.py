"""Missing facts of many rows: the sets of `engine.missing_facts`, as planes.

What matters in an open condition is worked out once for each different state of its comparisons, and remembered.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

from cso_rules.engine.relevant import relevant
from cso_rules.executors.planes.bits import Array, Plane, masks, packed, unpacked
from cso_rules.executors.planes.executor import Answers
from cso_rules.executors.planes.extra import np
from cso_rules.executors.planes.support import OpenRule
from cso_rules.executors.planes.variables import Fixed
from cso_rules.model.expressions import Expression, variables
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain

_MEMORY: Final = 1 << 16
Planes = dict[str, Plane]


class MissingFacts:
    """Which facts can still change undetermined answers, batch after batch."""

    def __init__(self, policy: Policy) -> None:
        """Prepare for the decisions of a policy."""
        self.policy = policy
        self._memory: dict[tuple[Hashable, Expression, bytes], tuple[str, ...]] = {}

    def facts_of(self, decision: str) -> tuple[str, ...]:
        """Return the facts that a decision depends on, in the order in which to ask: data before judgements."""
        found = (name for name in self.policy.cone(decision) if name in self.policy.facts)
        return tuple(sorted(found, key=lambda name: self.policy.facts[name].is_judged))

    def planes(self, answers: Answers, names: Sequence[str]) -> dict[str, list[Plane]]:
        """Return for each decision where each of its facts is missing.

        Args:
            answers: What was answered, with `with_missing`.
            names: The decisions.
        """
        asked = {name: self._asked(answers, name) for name in answers.prepared.asking}
        found: dict[str, Planes] = {}
        for name in self.policy.decisions:
            if name in asked:
                found[name] = self._missing(asked[name], found)
        nothing = np.zeros(answers.columns.words, np.uint64)
        return {
            name: [plane & open_ for plane in self._in_order(name, found.get(name, {}), nothing)]
            for name, open_ in ((name, undetermined(answers, name)) for name in names)
        }

    def _in_order(self, name: str, found: Mapping[str, Plane], nothing: Plane) -> list[Plane]:
        return [found.get(fact, nothing) for fact in self.facts_of(name)]

    def _missing(self, asked: Mapping[str, Plane], earlier: Mapping[str, Planes]) -> Planes:
        """Return the facts that a decision asks for itself, or that an open decision which it reads asks for."""
        found: Planes = {}
        for name, plane in asked.items():
            if name in self.policy.facts:
                _join(found, name, plane)
            for fact, missing in earlier.get(name, {}).items():
                _join(found, fact, missing & plane)
        return found

    def _asked(self, answers: Answers, name: str) -> Planes:
        asking, values = answers.prepared.asking[name], answers.values
        found = {each: values[node] for each, node in asking.at_once.items()}
        for rule in asking.rules:
            for each, plane in self._of_rule(answers, rule).items():
                _join(found, each, plane)
        return found

    def _of_rule(self, answers: Answers, rule: OpenRule) -> Planes:
        """Return the variables that can change the truth of a rule where it is open."""
        values = answers.values
        support = {name: values[node] for name, node in rule.support.items()}
        several = values.get(rule.several)
        if several is None or not several.any():
            return support
        rows = np.flatnonzero(unpacked(several, answers.rows))
        keys, places = _states(answers, rule, rows)
        shown = [self._relevant(answers, rule, key, int(rows[first])) for key, first in keys]
        return {name: self._refined(name, plane, rows, places, shown, answers) for name, plane in support.items()}

    def _refined(  # noqa: PLR0913, PLR0917 - the rows, their states, and what was found out about these
        self, name: str, plane: Plane, rows: Array, places: Array, shown: Sequence[tuple[str, ...]], answers: Answers
    ) -> Plane:
        matters = np.array([name in names for names in shown], np.bool_)
        if matters.all():
            return plane
        idle = np.zeros(answers.rows, np.bool_)
        idle[rows[~matters[places]]] = True
        return plane & ~packed(idle, answers.columns.words)

    def _relevant(self, answers: Answers, rule: OpenRule, key: bytes, row: int) -> tuple[str, ...]:
        if len(self._memory) > _MEMORY:
            self._memory.clear()
        place = (answers.prepared.key, rule.condition, key)
        found = self._memory.get(place)
        if found is None:
            environment = {name: self._domain(answers, name, row) for name in variables(rule.condition)}
            found = self._memory[place] = relevant(self.policy, rule.condition, environment)
        return found

    def _domain(self, answers: Answers, name: str, row: int) -> Domain:
        if name in answers.prepared.plain:
            return answers.domain_of(answers.prepared.plain[name].answer, row)
        if name in self.policy.facts:
            return answers.columns.domain(self.policy.facts[name], row)
        known = answers.bulk.reading(name)
        assert isinstance(known, Fixed)
        return known.domain


def undetermined(answers: Answers, name: str) -> Plane:
    """Return where an answer is undetermined: it has no other status."""
    settled = np.zeros(answers.columns.words, np.uint64)
    for plane in answers.statuses(name).values():
        settled |= plane
    return ~settled


def _join(found: Planes, name: str, plane: Plane) -> None:
    found[name] = found[name] | plane if name in found else plane


def _states(answers: Answers, rule: OpenRule, rows: Array) -> tuple[list[tuple[bytes, int]], Array]:
    """Return the different states of a condition, each with its first row among some rows, and the state of each."""
    parts: list[Any] = [
        masks([answers.values[node] for node in rule.state[place : place + 64]], answers.rows)[rows].astype(np.uint64)
        for place in range(0, len(rule.state), 64)
    ]
    parts += [np.asarray(answers.values[node])[rows].astype(np.int64).view(np.uint64) for node in rule.numbers]
    table = np.stack(parts, axis=1)
    packed_rows = np.ascontiguousarray(table).view(np.dtype((np.void, table.shape[1] * 8)))[:, 0]
    distinct, first, places = np.unique(packed_rows, return_index=True, return_inverse=True)
    return [(each.tobytes(), int(start)) for each, start in zip(distinct, first, strict=True)], places
