"""Rows whose planes may be wider than what is possible, because sums share facts: each different one is asked apart."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import attrs

from cso_rules.executors.planes.bits import Array, Plane, bits_at, combined, packed, unpacked, word_count
from cso_rules.executors.planes.extra import np
from cso_rules.executors.planes.facts.columns import Columns
from cso_rules.executors.planes.may import Case, Reached
from cso_rules.executors.planes.network import Network
from cso_rules.executors.planes.numbers import Numbers
from cso_rules.executors.planes.planned import Planned, Planning, cases_of
from cso_rules.executors.planes.program import Program, Writer
from cso_rules.executors.planes.together import Together, together_of
from cso_rules.model.decisions import AnyDecision, CriteriaDecision
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain
from cso_rules.plan.asked.met import failing_together
from cso_rules.plan.asked.missing import missing
from cso_rules.plan.asked.questions import Asked
from cso_rules.plan.building import Plan
from cso_rules.plan.conditions import Root
from cso_rules.plan.diagrams import Node
from cso_rules.plan.levels import Choice, Form, Level, Number


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
        root, scopes = self.plan.roots[name], self.plan.roots.get(f"when {name} applies")
        nodes = [root.answer, *root.items, *root.rules, *(scopes.rules if scopes else ())]
        summed = {part.name for _, total in root.sums for part in total.parts}
        some, groups = self._groups(columns, rows, [*nodes, *(guard for guard, _ in root.sums)], summed)
        asked = [Asked(self.plan, self._domains(columns, row)) for row in rows[some].tolist()]
        wanted = self._of(self.policy.decisions[name], scopes)
        if numbers is not None:
            by_facts = [self._is_open_by_facts(each, name) for each in asked]
            numbers.put(rows, [each.bounds(name) for each in asked], by_facts, groups)
        values = wanted.program.run(word_count(len(asked)), _AboutRows(self, asked))
        exact = iter([unpacked(values[plane], len(asked))[groups] for plane in wanted.planned.planes()])
        return planned.mapped(lambda plane: _replaced(plane, columns, rows, next(exact)))

    def together(self, columns: Columns, rows: Array, name: str, open_: Sequence[Plane]) -> list[Array]:
        """Return for some rows, of which criteria fail only together, which of those that are open do."""
        truths = np.stack([unpacked(plane, columns.rows)[rows] for plane in open_])
        if self.reached.doubt(self.plan.roots[name].answer):
            return list(self._together_in_groups(columns, rows, name, truths))
        return list(self._together.failing(columns.taken(rows), name, truths))

    @cached_property
    def _together(self) -> Together:
        return together_of(self.reached)

    def _together_in_groups(self, columns: Columns, rows: Array, name: str, truths: Array) -> Array:
        """Return the same where sums share facts: asked of the plan for each different row."""
        decision, rules = self.policy.decisions[name], self.plan.roots[name].rules
        assert isinstance(decision, CriteriaDecision)
        some, groups = self._groups(columns, rows, rules)
        found = []
        for place in some.tolist():
            unknown = sum(int(is_open) << rule for rule, is_open in enumerate(truths[:, place].tolist()))
            asked = Asked(self.plan, self._domains(columns, int(rows[place])))
            found.append(failing_together(asked, name, unknown))
        bits = np.array([[bits >> rule & 1 for bits in found] for rule in range(len(rules))], np.bool_)
        return bits[:, groups]

    def _groups(
        self, columns: Columns, rows: Array, nodes: Iterable[Node], summed: Iterable[str] = ()
    ) -> tuple[Array, Array]:
        """Return some rows, by their places, and which of them each is like: in the same cells, with the same sums."""
        support = 0
        for node in nodes:
            support |= self.reached.support(node)
        levels = [level for place, level in enumerate(self.plan.levels) if support >> place & 1]
        names = {name for level in levels if isinstance(level, Form) for name in level.names}.union(summed)
        parts = [part for level in levels for part in _cells(columns, level, rows)]
        parts += [part for name in sorted(names) for part in _parts(columns, name, rows)]
        return combined(parts, rows.size)

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


def _cells(columns: Columns, level: Level, rows: Array) -> Iterator[Array]:
    """Yield numbers that together tell in which cells of a level rows are."""
    if isinstance(level, Form):
        return
    column = columns.found.get(level.name)
    if not isinstance(level, Number) or column is None:
        yield from _parts(columns, level.name, rows)
        return
    is_known = None if column.known is None else bits_at(column.known, rows)
    for numbers in (column.numbers, column.most):
        if numbers is not None:
            cells = np.searchsorted(np.array(level.cuts, np.int64), numbers[rows].astype(np.int64), side="right")
            yield cells if is_known is None else np.where(is_known, cells, -1)


def _parts(columns: Columns, name: str, rows: Array) -> Iterator[Array]:
    """Yield numbers that together tell apart what rows say of a fact."""
    column = columns.found.get(name)
    if column is None:
        return
    is_known = None if column.known is None else bits_at(column.known, rows)
    truths = None if column.truths is None else bits_at(column.truths, rows)
    for found in (truths, *(each[rows] for each in (column.codes, column.numbers, column.most) if each is not None)):
        if found is not None:
            values = found.astype(np.int64)
            yield values if is_known is None else np.where(is_known, values, -1)


def _replaced(plane: Plane, columns: Columns, rows: Array, truths: Array) -> Plane:
    found = unpacked(plane, columns.rows).copy()
    found[rows] = truths
    return packed(found, columns.words)
