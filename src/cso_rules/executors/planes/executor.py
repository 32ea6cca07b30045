"""The executor for many rows at once: every condition is two planes of bits, certainly true and certainly false.

In come a policy and Arrow batches of facts; out come, for each decision, the possible values, the truth of every rule
and the status, as planes. Guaranteed: row by row they are the results of `reference`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from threading import Lock
from typing import Any, Final, assert_never

import attrs

from cso_rules.determination import Result
from cso_rules.executors.planes.bits import Array, Plane
from cso_rules.executors.planes.columns import NO_MEASURES, Columns, Problem, Reader
from cso_rules.executors.planes.conditions import truth
from cso_rules.executors.planes.decisions import Planned, variable_of
from cso_rules.executors.planes.extra import np
from cso_rules.executors.planes.graph import Graph
from cso_rules.executors.planes.index import Located
from cso_rules.executors.planes.program import Program
from cso_rules.executors.planes.readings import Answered, Answering, Statuses
from cso_rules.executors.planes.results import variables_of
from cso_rules.executors.planes.support import Asking, asking
from cso_rules.executors.planes.variables import (
    Coded,
    Fixed,
    Items,
    Known,
    Marked,
    Number,
    Possible,
    Range,
    Truths,
)
from cso_rules.model.decisions import AnyDecision, rules_of
from cso_rules.model.expressions import variables
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain
from cso_rules.model.units import Measure
from cso_rules.truth import Truth

_PROGRAMS: Final = 8


@attrs.frozen
class _Prepared:
    """The program for tables with the same columns full, with holes and absent."""

    key: tuple[tuple[str, str], ...]
    answers: Mapping[str, Answered]
    plain: Mapping[str, Planned]
    asking: Mapping[str, Asking]
    contradictions: tuple[int, ...]
    program: Program


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
        with_readings: bool = True,
        with_missing: bool = False,
    ) -> None:
        """Prepare to answer.

        Args:
            policy: Rules in force.
            positions: In which column of a table each fact stands; others are unknown.
            readings: Options of ambiguous texts instead of the declared ones.
            decisions: What to answer; everything when None.
            with_rules: Whether the truth of every rule is wanted.
            with_readings: Whether open answers are tried under the readings that the law leaves open.
            with_missing: Whether it will be asked which facts are missing.
        """
        self.names = tuple(name for name in policy.decisions if decisions is None or name in decisions)
        self.policy = policy.part(self.names)
        self.with_rules = with_rules
        self.with_readings = with_readings
        self.with_missing = with_missing
        self.facts = _facts_read(self.policy)
        self._readings = readings or {}
        self._reader = Reader(policy, positions, self.facts)
        self._prepared: dict[tuple[tuple[str, str], ...], _Prepared] = {}
        self._lock = Lock()

    def answer(self, batch: Any) -> Answers:
        """Answer every row of a batch.

        Raises:
            FactsError: A column cannot hold values of its fact.
        """
        return self.decide(self.read(batch))

    def read(self, batch: Any) -> Columns:
        """Read the facts of a batch.

        Raises:
            FactsError: A column cannot hold values of its fact.
        """
        return self._reader.read(batch)

    def decide(self, columns: Columns) -> Answers:
        """Answer every row of facts that were read; several threads may do so at a time."""
        prepared = self.prepared(columns.states)
        return Answers(self, prepared, columns, prepared.program.run(columns))

    def place(self, positions: Mapping[str, int], measures: Mapping[str, Measure] = NO_MEASURES) -> None:
        """Say anew in which column each fact stands, and in which unit where that is not its own."""
        self._reader = Reader(self.policy, positions, self.facts, measures)

    def check(self, schema: Any) -> None:
        """Look at the types of columns.

        Raises:
            FactsError: A column cannot hold values of its fact.
        """
        self._reader.check(schema)

    def prepared(self, states: Mapping[str, str]) -> _Prepared:
        """Return the program for columns in these states."""
        key = tuple(sorted(states.items()))
        with self._lock:
            found = self._prepared.get(key)
            if found is None:
                while len(self._prepared) >= _PROGRAMS:
                    del self._prepared[next(iter(self._prepared))]
                found = self._prepared[key] = self._prepare(key, states)
        return found

    def _prepare(self, key: tuple[tuple[str, str], ...], states: Mapping[str, str]) -> _Prepared:
        graph = Graph()
        known = self._known(states)
        answering = Answering(graph, self.policy, known, tuple(self.policy.decisions), not self.with_missing)
        answers = answering.answers() if self.with_readings else answering.results()
        contradictions = tuple(truth(graph, found.condition, known)[1] for found in self.policy.constraints)
        wanted = [node for name in self.names for node in nodes_of(answers[name], with_rules=self.with_rules)]
        plain = answering.plain
        asked = asking(graph, self.policy, known, plain) if self.with_missing else {}
        for name, found in asked.items():
            wanted += [*answer_nodes(plain[name].answer), *found.nodes()]
        return _Prepared(key, answers, plain, asked, contradictions, Program(graph, known, [*wanted, *contradictions]))

    def _known(self, states: Mapping[str, str]) -> dict[str, Known]:
        found: dict[str, Known] = {
            name: variable_of(fact.type, name, states.get(name, "absent")) for name, fact in self.policy.facts.items()
        }
        return found | {name: self.reading(name) for name in self.policy.readings}

    def reading(self, name: str) -> Fixed:
        """Return the option of an ambiguous text, or all of them while it is open."""
        reading = self.policy.readings[name]
        chosen = self._readings.get(name, reading.chosen)
        return Fixed(reading.type.bit(chosen) if chosen else reading.type.everything)


def _facts_read(policy: Policy) -> tuple[str, ...]:
    found = [name for decision in policy.decisions.values() for name in variables_of(decision)]
    found += [name for constraint in policy.constraints for name in variables(constraint.condition)]
    return tuple(name for name in dict.fromkeys(found) if name in policy.facts)


def nodes_of(answered: Answered, *, with_rules: bool = True) -> Iterator[int]:
    """Yield what must be computed for one decision."""
    yield from answer_nodes(answered.planned.answer)
    yield from answered.planned.conflict
    status = answered.status
    yield from (status.determined, status.unsettled_by_law, status.no_rule_in_force, status.conflict)
    if not with_rules:
        return
    if answered.planned.index is not None:
        yield answered.planned.index
    for sides in answered.planned.rules or ():
        yield from sides
    yield from answered.planned.idle


def answer_nodes(answer: Known) -> tuple[int, ...]:
    """Return what says which values are possible."""
    match answer:
        case Truths():
            return (answer.true, answer.false)
        case Possible():
            return answer.planes
        case Items():
            return (*answer.sure, *answer.possible)
        case Range():
            return (answer.low, answer.high)
        case _:
            return ()


@attrs.frozen
class Answers:
    """What a policy answers about the rows of a batch; everything is decoded on demand."""

    bulk: Bulk
    prepared: _Prepared
    columns: Columns
    values: Mapping[int, Any]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.columns.rows

    @property
    def problems(self) -> list[Problem]:
        """What is no value of its fact; the answers about such rows mean nothing."""
        return self.columns.problems

    def decision(self, name: str) -> AnyDecision:
        """Return a decision."""
        return self.bulk.policy.decisions[name]

    def refused(self) -> Plane:
        """Return the rows that are not answered: a value is none of its fact, or facts contradict one another."""
        found = np.zeros(self.columns.words, np.uint64)
        for node in self.prepared.contradictions:
            found |= self.values[node]
        for row, *_ in self.problems:
            found[row // 64] |= np.uint64(1 << row % 64)
        return found

    def contradictions(self) -> Iterator[tuple[int, Plane]]:
        """Yield each constraint, by its place, with the rows that violate it."""
        for place, node in enumerate(self.prepared.contradictions):
            yield place, self.values[node]

    def rules(self, name: str) -> list[tuple[Plane, Plane]]:
        """Return where each rule is certainly true and certainly false."""
        planned = self._planned(name)
        if planned.index is None:
            return [(self.values[true], self.values[false]) for true, false in planned.rules or ()]
        located: Located = self.values[planned.index]
        places, words = range(len(rules_of(self.decision(name)))), self.columns.words
        true = [located.plane("true", place, words) for place in places]
        unknown = [located.plane("unknown", place, words) for place in places]
        return [(holds, ~(holds | open_)) for holds, open_ in zip(true, unknown, strict=True)]

    def idle(self, name: str) -> list[Plane]:
        """Return where each criterion certainly does not apply; nothing for a table."""
        return [self.values[node] for node in self._planned(name).idle]

    def statuses(self, name: str) -> dict[str, Plane]:
        """Return where a decision has each status but undetermined."""
        status: Statuses = self.prepared.answers[name].status
        return {key: self.values[node] for key, node in attrs.asdict(status).items()}

    def possible(self, name: str) -> list[Plane]:
        """Return where each value of a boolean, an enumeration or a list is possible."""
        match self._planned(name).answer:
            case Truths(true=true, false=false):
                return [~self.values[false], ~self.values[true]]
            case Possible(planes=planes) | Items(possible=planes):
                return [self.values[plane] for plane in planes]
            case Fixed(domain=domain):
                bits = domain if isinstance(domain, int) else domain[1]
                return [self._everywhere(bits >> place & 1) for place in range(bits.bit_length())]
            case _:
                raise TypeError(f"{name} is a number")

    def sure(self, name: str) -> list[Plane]:
        """Return where each item of a list is there for certain."""
        match self._planned(name).answer:
            case Items(sure=planes):
                return [self.values[plane] for plane in planes]
            case Fixed(domain=domain) if isinstance(domain, tuple):
                size = len(self.decision(name).type.names)
                return [self._everywhere(domain[0] >> place & 1) for place in range(size)]
            case _:
                raise TypeError(f"{name} is no list")

    def ends(self, name: str) -> tuple[Array, Array]:
        """Return the least and greatest possible number of each row, encoded."""
        match self._planned(name).answer:
            case Range(low=low, high=high):
                return self.values[low], self.values[high]
            case Fixed(domain=domain) if isinstance(domain, tuple):
                low_end, high_end = (np.full(self.rows, end, np.int64) for end in domain)
                return low_end, high_end
            case _:
                raise TypeError(f"{name} is no number")

    def result(self, name: str, row: int) -> Result:
        """Return the result of one row, as other executors give it."""
        planned = self._planned(name)
        if planned.index is not None:
            located: Located = self.values[planned.index]
            return located.result(row)
        true = unknown = 0
        for place, (holds, fails) in enumerate(self.rules(name)):
            is_true = _bit(holds, row)
            true |= is_true << place
            unknown |= (1 - is_true - _bit(fails, row)) << place
        sure, maybe = (_bit(self.values[node], row) for node in planned.conflict)
        conflict = Truth.TRUE if sure else Truth.UNKNOWN if maybe else Truth.FALSE
        return Result(self._domain(name, row), true, unknown, conflict)

    def _domain(self, name: str, row: int) -> Domain:
        return self.domain_of(self._planned(name).answer, row)

    def domain_of(self, answer: Known, row: int) -> Domain:
        """Return what is possible in one row; everything that says so must have been computed."""
        match answer:
            case Fixed(domain=domain):
                return domain
            case Range(low=low, high=high):
                return int(self.values[low][row]), int(self.values[high][row])
            case Truths(true=true, false=false):
                return 3 ^ _bit(self.values[false], row) ^ _bit(self.values[true], row) << 1
            case Possible(planes=planes):
                return _bits([self.values[plane] for plane in planes], row)
            case Items(sure=sure, possible=possible):
                must, may = ([self.values[plane] for plane in planes] for planes in (sure, possible))
                return _bits(must, row), _bits(may, row)
            case Coded() | Marked() | Number():
                return self.columns.domain(self.bulk.policy.facts[answer.name], row)
            case _:
                assert_never(answer)

    def _planned(self, name: str) -> Planned:
        return self.prepared.answers[name].planned

    def _everywhere(self, bit: int) -> Plane:
        return np.full(self.columns.words, np.uint64((1 << 64) - 1 if bit else 0))


def _bit(plane: Plane, row: int) -> int:
    return int(plane[row // 64]) >> row % 64 & 1


def _bits(planes: list[Plane], row: int) -> int:
    return sum(_bit(plane, row) << place for place, plane in enumerate(planes))
