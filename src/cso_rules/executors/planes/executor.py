"""The executor for many rows at once: where each answer, item and rule remains possible, as planes of bits.

In come a policy and Arrow batches of facts; out come, for each decision, what is possible, which rules hold or may
hold, and the status, as planes. Guaranteed: row by row they are what the plan of the policy says, which is exact.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs

from cso_rules.executors.planes.bits import Array, Plane, keep_freed_memory, packed, unpacked
from cso_rules.executors.planes.extra import np
from cso_rules.executors.planes.facts.columns import Columns, Problem
from cso_rules.executors.planes.facts.reading import NO_MEASURES, NO_SIGNS, Reader
from cso_rules.executors.planes.facts.sources import Sources
from cso_rules.executors.planes.index import Located
from cso_rules.executors.planes.network import NEVER
from cso_rules.executors.planes.numbers import Numbers
from cso_rules.executors.planes.planned import Planned
from cso_rules.executors.planes.preparing import Programs, Ready, Wanted, programs_of
from cso_rules.executors.planes.singly import Singly
from cso_rules.model.decisions import AbsentDecision, AnyDecision, TableDecision, ValueDecision, inputs_of, rules_of
from cso_rules.model.expressions import variables
from cso_rules.model.policy import Policy
from cso_rules.model.spelling.units import Measure
from cso_rules.model.types import Domain
from cso_rules.results import Result
from cso_rules.truth import Truth

STATUSES = ("determined", "unsettled_by_law", "no_rule_in_force", "conflict")


class Bulk:
    """The decisions of a policy for table after table.

    Attributes:
        policy: Only the decisions that are asked for and those that they read.
        names: The decisions that are asked for.
        facts: The facts that they and the constraints read.
    """

    def __init__(  # noqa: PLR0913 - what can be wanted
        self,
        policy: Policy,
        positions: Mapping[str, int],
        *,
        readings: Mapping[str, str] | None = None,
        decisions: Collection[str] | None = None,
        with_rules: bool = True,
        with_reasons: bool = False,
    ) -> None:
        """Prepare to answer.

        Args:
            policy: Rules in force.
            positions: In which column of a table each fact stands; others are unknown.
            readings: Options of ambiguous texts instead of the declared ones.
            decisions: What to answer; everything when None.
            with_rules: Whether the truth of every rule is wanted.
            with_reasons: Whether it will be asked which rules decide and which facts are missing.
        """
        self.names = tuple(name for name in policy.decisions if decisions is None or name in decisions)
        self._programs: Programs = programs_of(policy)[Wanted(self.names, with_rules, with_reasons)]
        self.policy = self._programs.policy
        self.facts = _facts_read(self.policy)
        self._readings = readings or {}
        self._reader = Reader(policy, positions, self.facts)
        keep_freed_memory()

    def answer(self, batch: Any) -> Answers:
        """Answer every row of a batch.

        Raises:
            FactsError: A column cannot hold values of its fact.
        """
        return self.decide(self.read(batch))

    def read(self, batch: Any, left_out: Collection[int] = (), signs: Mapping[str, str] = NO_SIGNS) -> Columns:
        """Read the facts of a batch; nothing in rows that are left out bears on others, but signs from elsewhere do.

        Raises:
            FactsError: A column cannot hold values of its fact.
        """
        return self._reader.read(batch, left_out, signs)

    def decide(self, columns: Columns) -> Answers:
        """Answer every row of facts that were read; several threads may do so at a time."""
        ready = self.ready(columns.states, has_rows=columns.rows > 0)
        sources = Sources(self.policy, columns)
        return Answers(self, ready, sources, ready.program.run(columns.words, sources))

    def ready(self, states: Mapping[str, str], *, has_rows: bool = True) -> Ready:
        """Return what is computed about tables whose columns are in some states; of no rows, nothing is."""
        return self._programs.ready(states, self.readings, has_rows=has_rows)

    def place(self, positions: Mapping[str, int], measures: Mapping[str, Measure] = NO_MEASURES) -> None:
        """Say anew in which column each fact stands, and in which unit where that is not its own."""
        self._reader = Reader(self.policy, positions, self.facts, measures)

    def check(self, schema: Any) -> None:
        """Look at the types of columns.

        Raises:
            FactsError: A column cannot hold values of its fact.
        """
        self._reader.check(schema)

    @cached_property
    def readings(self) -> dict[str, Domain]:
        """The option of each ambiguous text, or all of them while it is open."""
        found: dict[str, Domain] = {}
        for name, reading in self.policy.readings.items():
            chosen = self._readings.get(name, reading.chosen)
            found[name] = reading.type.bit(chosen) if chosen else reading.type.everything
        return found


def _facts_read(policy: Policy) -> tuple[str, ...]:
    found = [name for decision in policy.decisions.values() for name in inputs_of(decision)]
    found += [name for constraint in policy.constraints for name in variables(constraint.condition)]
    return tuple(name for name in dict.fromkeys(found) if name in policy.facts)


@attrs.frozen(slots=False, eq=False)
class Answers:
    """What a policy answers about the rows of a batch; everything is decoded on demand."""

    bulk: Bulk
    ready: Ready
    sources: Sources
    values: Mapping[int, Plane]

    @property
    def columns(self) -> Columns:
        """The facts."""
        return self.sources.columns

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.columns.rows

    @property
    def problems(self) -> list[Problem]:
        """What is no value of its fact, which counts as unknown in that row."""
        return self.columns.problems

    def decision(self, name: str) -> AnyDecision:
        """Return a decision."""
        return self.bulk.policy.decisions[name]

    def contradictions(self) -> Iterator[tuple[int, Plane]]:
        """Yield each constraint, by its place, with the rows that violate it."""
        for place, plane in enumerate(self.ready.constraints):
            yield place, ~self.values[plane]

    def rules(self, name: str) -> list[tuple[Plane, Plane]]:
        """Return where each rule is certainly true and certainly false."""
        if name not in self.ready.indexes:
            return [(~may_not, ~may) for may, may_not in self._found(name).rules]
        places, words, located = range(len(rules_of(self.decision(name)))), self.columns.words, self.located(name)
        return [(located.plane("true", place, words), located.plane("false", place, words)) for place in places]

    def idle(self, name: str) -> tuple[Plane, ...]:
        """Return where each criterion of criteria certainly does not apply."""
        return self._found(name).idle

    def hits(self, name: str) -> tuple[Plane, ...]:
        """Return where each row may be the hit; nothing where one row does not decide alone, or it cannot be told."""
        return () if name in self.ready.indexes else self._found(name).hits

    def together(self, name: str, where: Plane, open_: Sequence[Plane]) -> list[Plane]:
        """Return where each of some open criteria fails together with others, in rows of which none fails alone."""
        rows = np.flatnonzero(unpacked(where, self.rows))
        if not rows.size or name not in self.ready.decisions:
            return [plane & where for plane in open_]
        found = []
        for truths in self.ready.exact.together(self.columns, rows, name, open_):
            whole = np.zeros(self.rows, np.bool_)
            whole[rows] = truths
            found.append(packed(whole, self.columns.words))
        return found

    def statuses(self, name: str) -> dict[str, Plane]:
        """Return where a decision has each status but undetermined."""
        if name in self.ready.indexes:
            nothing = np.zeros(self.columns.words, np.uint64)
            determined, conflict = (self._planes_of(name, kind, 1)[0] for kind in ("determined", "conflict"))
            return dict(zip(STATUSES, (determined, nothing, nothing, conflict), strict=True))
        planes = self._found(name).statuses
        if isinstance(self.decision(name), ValueDecision):
            planes = self._numbers(name).statuses(planes)
        return dict(zip(STATUSES, planes, strict=True))

    def possible(self, name: str) -> tuple[Plane, ...]:
        """Return where each value of a boolean, an enumeration or a list is possible."""
        decision = self.decision(name)
        if name in self.ready.indexes and isinstance(decision, TableDecision):
            return self._planes_of(name, "possible", max(len(decision.outputs), len(decision.type.names)))
        return self._found(name).values

    def sure(self, name: str) -> tuple[Plane, ...]:
        """Return where each item of a list is there for certain."""
        decision = self.decision(name)
        if name in self.ready.indexes and isinstance(decision, TableDecision):
            return self._planes_of(name, "sure", max(len(decision.outputs), len(decision.type.names)))
        if isinstance(decision, TableDecision):
            return self._found(name).sure
        return (np.zeros(self.columns.words, np.uint64),) * len(decision.type.names)

    def conflict(self, name: str) -> tuple[Plane, ...]:
        """Return where rules contradict one another for certain, and where they may."""
        return self._planes_of(name, "conflict", 2) if name in self.ready.indexes else self._found(name).conflict

    def none(self, name: str) -> tuple[Plane, ...]:
        """Return where no row holds for certain, and where none may hold."""
        return self._planes_of(name, "none", 2) if name in self.ready.indexes else self._found(name).none

    def missing(self, name: str) -> Mapping[str, Plane]:
        """Return where each fact that may matter for a decision is missing; it must have been asked for."""
        return self._found(name).missing

    def ends(self, name: str) -> tuple[Array, Array]:
        """Return the least and greatest possible number of each row; the wrong way round where there is none."""
        numbers = self._numbers(name)
        return numbers.low, numbers.high

    def result(self, name: str, row: int) -> Result:
        """Return the result of one row, as other executors give it."""
        if name in self.ready.indexes:
            return self.located(name).result(row).as_result(self.decision(name))
        found, true, maybe = self._found(name), 0, 0
        for place, (may, may_not) in enumerate(found.rules):
            is_possible = _bit(may, row)
            maybe |= is_possible << place
            true |= (is_possible & ~_bit(may_not, row)) << place
        conflict, none = _truth(found.conflict, row), _truth(found.none, row)
        return Result(self._domain(name, row), true, maybe & ~true, conflict, none)

    def _domain(self, name: str, row: int) -> Domain:
        decision = self.decision(name)
        if isinstance(decision, AbsentDecision):
            return decision.type.everything
        if decision.type.is_numeric:
            low, high = (int(end[row]) for end in self.ends(name))
            return (low, high) if low <= high else decision.type.everything
        possible = _bits(self.possible(name), row)
        return (_bits(self.sure(name), row), possible) if decision.type.kind == "set" else possible

    # ------------------------------------------------------------------------------------------ what was found

    @cached_property
    def _kept(self) -> dict[str, tuple[Planned[Plane], Numbers | None]]:
        return {}

    def _found(self, name: str) -> Planned[Plane]:
        return self._of(name)[0]

    def _numbers(self, name: str) -> Numbers:
        found = self._of(name)[1]
        assert found is not None
        return found

    def _of(self, name: str) -> tuple[Planned[Plane], Numbers | None]:
        if name not in self._kept:
            if name in self.ready.decisions:
                self._kept[name] = self._computed(name)
            else:
                self._kept[name] = self._asked(name)
        return self._kept[name]

    def _asked(self, name: str) -> tuple[Planned[Plane], Numbers | None]:
        policy = self.bulk.policy
        found = Singly.of(policy, self.columns, name, self.bulk.readings)
        return found.planned(policy, self.columns), found.numbers() if self.decision(name).type.is_numeric else None

    def _computed(self, name: str) -> tuple[Planned[Plane], Numbers | None]:
        planned = self.ready.decisions[name].mapped(self.values.__getitem__)
        root, numbers = self.ready.plan.roots[name], None
        if self.decision(name).type.is_numeric:
            numbers = Numbers.of(self.sources, [total for _, total in root.sums], planned)
        doubt = self.ready.doubts[name]
        doubtful = None if doubt == NEVER else self.values[doubt]
        if numbers is not None and name in self.ready.bound:
            doubtful = numbers.open if doubtful is None else doubtful | numbers.open
        if doubtful is None:
            return planned, numbers
        rows = np.flatnonzero(unpacked(doubtful, self.rows))
        if rows.size:
            planned = self.ready.exact.corrected(self.columns, rows, name, planned, numbers)
        return planned, numbers

    def located(self, name: str) -> Located:
        """Return the results of a large table that is indexed."""
        if name not in self._places:
            self._places[name] = self.ready.indexes[name].located(self.columns)
        return self._places[name]

    @cached_property
    def _places(self) -> dict[str, Located]:
        return {}

    def _planes_of(self, name: str, kind: str, size: int) -> tuple[Plane, ...]:
        """Return planes of a large table that is indexed, which are made when they are asked for."""
        located, words = self.located(name), self.columns.words
        return tuple(located.plane(kind, place, words) for place in range(size))


def _bit(plane: Plane, row: int) -> int:
    return int(plane[row // 64]) >> row % 64 & 1


def _bits(planes: Sequence[Plane], row: int) -> int:
    return sum(_bit(plane, row) << place for place, plane in enumerate(planes))


def _truth(planes: Sequence[Plane], row: int) -> Truth:
    sure, may = (_bit(plane, row) for plane in planes) if planes else (0, 0)
    return Truth.TRUE if sure else Truth.UNKNOWN if may else Truth.FALSE
