"""Rows whose planes may be wider than what is possible, because sums share facts: each different one is asked apart."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cached_property

import attrs

from cso_rules.executors.planes.bits import Array, Plane, combined, packed, unpacked, word_count
from cso_rules.executors.planes.columns import Columns
from cso_rules.executors.planes.extra import np
from cso_rules.executors.planes.may import Case, Reached
from cso_rules.executors.planes.network import Network
from cso_rules.executors.planes.numbers import Numbers
from cso_rules.executors.planes.planned import Planned, Planning, cases_of
from cso_rules.executors.planes.program import Program, Writer
from cso_rules.model.decisions import AnyDecision, CriteriaDecision
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain
from cso_rules.plan.building import Plan, Root
from cso_rules.plan.deciding import failing_together
from cso_rules.plan.diagrams import Node
from cso_rules.plan.levels import Choice
from cso_rules.plan.missing import missing
from cso_rules.plan.questions import Asked


@attrs.frozen
class Answer:
    """Where a row leads from a node to an end, while readings are what a case supposes."""

    node: Node
    end: Node
    case: Case


@attrs.frozen
class Matters:
    """Where a fact is missing for a decision."""

    decision: str
    fact: str


@attrs.frozen
class _Wanted:
    """What is computed about a decision from answers about single rows."""

    planned: Planned[int]
    program: Program


@attrs.frozen(slots=False, eq=False)
class Exact:
    """Asks a plan about single rows."""

    policy: Policy
    plan: Plan
    reached: Reached
    decisions: Mapping[str, Planned[int]]
    planning: Planning

    @cached_property
    def _wanted(self) -> dict[str, _Wanted]:
        return {}

    def _of(self, decision: AnyDecision, scopes: Root | None) -> _Wanted:
        if decision.name not in self._wanted:
            network = Network()

            def answer(node: Node, end: Node, case: Case = ()) -> int:
                return network.source(Answer(node, end, case))

            def matters(_: AnyDecision) -> dict[str, int]:
                facts = self.decisions[decision.name].missing
                return {fact: network.source(Matters(decision.name, fact)) for fact in facts}

            planning = attrs.evolve(self.planning, network=network, may=answer, missing=matters)
            planned = planning.planned(decision, scopes)
            self._wanted[decision.name] = _Wanted(planned, Program(network, planned.planes()))
        return self._wanted[decision.name]

    def corrected(
        self, columns: Columns, rows: Array, name: str, planned: Planned[Plane], numbers: Numbers | None
    ) -> Planned[Plane]:
        """Return the planes of a decision with what is exact in some rows; its ends are put right in place."""
        wanted = self._of(self.policy.decisions[name], self.plan.roots.get(f"when {name} applies"))
        some, groups = groups_of(self.policy, columns, rows, name)
        asked = [Asked(self.plan, self._domains(columns, row)) for row in rows[some].tolist()]
        if numbers is not None:
            by_facts = [self._is_open_by_facts(each, name) for each in asked]
            numbers.put(rows, [each.bounds(name) for each in asked], by_facts, groups)
        values = wanted.program.run(word_count(len(asked)), _AboutRows(self, asked))
        exact = iter([unpacked(values[plane], len(asked))[groups] for plane in wanted.planned.planes()])
        return planned.mapped(lambda plane: _replaced(plane, columns, rows, next(exact)))

    def together(self, columns: Columns, rows: Array, name: str, open_: Sequence[Plane]) -> list[Array]:
        """Return for some rows, of which criteria fail only together, which of those that are open do."""
        decision = self.policy.decisions[name]
        assert isinstance(decision, CriteriaDecision)
        some, groups = groups_of(self.policy, columns, rows, name)
        found = []
        for row in rows[some].tolist():
            unknown = sum((int(plane[row // 64]) >> row % 64 & 1) << place for place, plane in enumerate(open_))
            fewest = failing_together(Asked(self.plan, self._domains(columns, row)), decision, unknown)
            found.append(unknown if fewest is None else fewest)
        return [np.array([bits >> place & 1 for bits in found], np.bool_)[groups] for place in range(len(open_))]

    def _is_open_by_facts(self, asked: Asked, name: str) -> bool:
        """Tell whether a number is open whatever the open readings are."""
        cases = cases_of(self.reached, self.plan.roots[name])
        ends = (self._supposing(asked, case).bounds(name) for case in cases)
        return any(pair is not None and pair[0] < pair[1] for pair in ends)

    def _domains(self, columns: Columns, row: int) -> dict[str, Domain]:
        return {name: columns.domain(fact, row) for name, fact in self.policy.facts.items()} | dict(
            self.reached.readings
        )

    def is_true(self, asked: Asked, key: Hashable) -> bool:
        """Answer a question about one row."""
        if isinstance(key, Matters):
            return key.fact in missing(asked, key.decision)
        assert isinstance(key, Answer)
        return self._leads(asked, key)

    def _leads(self, asked: Asked, answer: Answer) -> bool:
        return bool(self._supposing(asked, answer.case).ends(answer.node) & self.plan.end_bits.get(answer.end, 0))

    def _supposing(self, asked: Asked, case: Case) -> Asked:
        if not case:
            return asked
        supposed = {self.plan.levels[place]: cell for place, cell in case}
        chosen = {level.name: 1 << cell for level, cell in supposed.items() if isinstance(level, Choice)}
        return Asked(self.plan, {**asked.domains, **chosen})


@attrs.frozen
class _AboutRows:
    """The answers about single rows as planes."""

    exact: Exact
    asked: Sequence[Asked]

    def plane(self, _: Hashable) -> None:
        """Say that none is made yet."""

    def writer(self, question: Hashable) -> Writer:
        """Return what writes the plane of a question."""
        truths = np.array([self.exact.is_true(each, question) for each in self.asked], np.bool_)
        plane = packed(truths, word_count(len(self.asked)))
        return lambda start, stop, out: np.copyto(out, plane[start:stop])


def groups_of(policy: Policy, columns: Columns, rows: Array, name: str) -> tuple[Array, Array]:
    """Return one row of each kind, by its place among some rows, and of which kind each of them is for a decision."""
    cone = set(policy.cone(name))
    parts = [part for fact in policy.facts if fact in cone for part in _parts(columns, fact, rows)]
    return combined(parts, rows.size)


def _parts(columns: Columns, name: str, rows: Array) -> Iterator[Array]:
    """Yield numbers that together tell apart what rows say of a fact."""
    column = columns.found.get(name)
    if column is None:
        return
    if column.known is not None:
        yield (column.known[rows // 64] >> (rows % 64).astype(np.uint64) & np.uint64(1)).astype(np.int64)
    if column.truths is not None:
        yield (column.truths[rows // 64] >> (rows % 64).astype(np.uint64) & np.uint64(1)).astype(np.int64)
    for found in (column.codes, column.numbers, column.most):
        if found is not None:
            yield found[rows].astype(np.int64)


def _replaced(plane: Plane, columns: Columns, rows: Array, truths: Array) -> Plane:
    found = unpacked(plane, columns.rows).copy()
    found[rows] = truths
    return packed(found, columns.words)
