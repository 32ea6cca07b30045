"""Decisions without a diagram: each different row is asked of the executor for one organization."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from cso_rules.executors.planes.bits import Array, Plane, packed, word_count
from cso_rules.executors.planes.exact import groups_of
from cso_rules.executors.planes.extra import np
from cso_rules.executors.planes.facts.columns import Columns
from cso_rules.executors.planes.numbers import Numbers
from cso_rules.executors.planes.planned import Planned
from cso_rules.executors.single.compiled import evaluate
from cso_rules.model.decisions import AnyDecision, CriteriaDecision, TableDecision, rules_of
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, is_known
from cso_rules.results import Result, Status, status_of
from cso_rules.truth import Truth


@attrs.frozen
class Singly:
    """The results of the rows of a table for one decision.

    Attributes:
        results: The different ones.
        groups: Which of them each row has.
    """

    decision: AnyDecision
    results: Sequence[Result]
    groups: Array

    @classmethod
    def of(cls, policy: Policy, columns: Columns, name: str, readings: dict[str, Domain]) -> Singly:
        """Ask about every different row."""
        some, groups = groups_of(policy, columns, np.arange(columns.rows), name)
        results = [evaluate(policy, domains_of(policy, columns, row, readings))[name] for row in some.tolist()]
        return cls(policy.decisions[name], results, groups)

    @property
    def _words(self) -> int:
        return word_count(self.groups.size)

    def _plane(self, is_true: Callable[..., object]) -> Plane:
        truths = np.array([bool(is_true(result)) for result in self.results], np.bool_)
        return packed(truths[self.groups] if truths.size else self.groups.astype(np.bool_), self._words)

    def planned(self, policy: Policy, columns: Columns) -> Planned[Plane]:
        """Return the planes; every fact that is not known counts as missing while the answer is open."""
        places, decision = range(len(rules_of(self.decision))), self.decision
        nothing = np.zeros(self._words, np.uint64)
        is_list = isinstance(decision, TableDecision) and decision.has_multiple_hits
        count = 0 if decision.type.is_numeric else max(len(getattr(decision, "outputs", ())), len(decision.type.names))
        open_ = self._plane(lambda result: status_of(decision, result) is Status.UNDETERMINED)
        facts = [name for name in policy.cone(decision.name) if name in policy.facts]
        may = self._bits(lambda result: result.true | result.unknown, len(places))
        may_not = self._bits(lambda result: ~result.true, len(places))
        return Planned(
            rules=tuple(zip(may, may_not, strict=True)),
            values=self._bits(lambda result: _possible(result.domain), count),
            sure=self._bits(lambda result: _sure(result.domain), count) if is_list else (),
            conflict=self._marks(lambda result: result.conflict),
            none=self._marks(lambda result: result.none),
            statuses=(
                self._plane(lambda result: status_of(decision, result) is Status.DETERMINED), nothing, nothing,
                self._plane(lambda result: status_of(decision, result) is Status.CONFLICT),
            ),
            idle=(nothing,) * len(places) if isinstance(decision, CriteriaDecision) else (),
            missing={name: open_ & columns.open(name) for name in facts},
        )  # fmt: skip

    def _bits(self, bits: Callable[[Result], int], count: int) -> tuple[Plane, ...]:
        return tuple(self._plane(lambda result, place=place: bits(result) >> place & 1) for place in range(count))

    def _marks(self, mark: Callable[[Result], Truth]) -> tuple[Plane, Plane]:
        return (
            self._plane(lambda result: mark(result) is Truth.TRUE),
            self._plane(lambda result: mark(result) is not Truth.FALSE),
        )

    def numbers(self) -> Numbers:
        """Return the ends of a number."""
        domains = [result.domain for result in self.results]
        ends = np.array([domain if isinstance(domain, tuple) else (1, 0) for domain in domains], np.int64).reshape(
            -1, 2
        )
        by_facts = np.array([not is_known(domain) for domain in domains], np.bool_)
        low, high = (ends[self.groups, side] for side in (0, 1))
        return Numbers(self._words, low, high, by_facts[self.groups])


def _possible(domain: Domain) -> int:
    return domain[1] if isinstance(domain, tuple) else domain


def _sure(domain: Domain) -> int:
    return domain[0] if isinstance(domain, tuple) else 0


def domains_of(policy: Policy, columns: Columns, row: int, readings: dict[str, Domain]) -> dict[str, Domain]:
    """Return what is known of one row."""
    return {name: columns.domain(fact, row) for name, fact in policy.facts.items()} | readings
