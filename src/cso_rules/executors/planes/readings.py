"""Answers of many rows with their status, over every reading that the law leaves open.

It follows `engine.determine`: an answer that is open is tried under each combination of the open readings that it
depends on; equal answers are determined, different ones unsettled by law.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import attrs

from cso_rules.executors.planes.conditions import Sides
from cso_rules.executors.planes.decisions import Planned, plan
from cso_rules.executors.planes.graph import ALWAYS, NEVER, Graph
from cso_rules.executors.planes.variables import Fixed, Items, Known, Possible, Range, Truths, settled
from cso_rules.model.decisions import AbsentDecision
from cso_rules.model.policy import Choice, Policy
from cso_rules.model.types import is_known


@attrs.frozen(kw_only=True)
class Statuses:
    """Where a decision has each status; everywhere else it is undetermined."""

    determined: int = NEVER
    unsettled_by_law: int = NEVER
    no_rule_in_force: int = NEVER
    conflict: int = NEVER


@attrs.frozen
class Answered:
    """What is computed for one decision, and how far it is settled."""

    planned: Planned
    status: Statuses


@attrs.define
class Answering:
    """The plans of a policy: as an executor sees it, and under each combination of open readings.

    Attributes:
        known: What each fact and reading is.
        names: The decisions, in order of dependency.
        may_index: Whether large tables are indexed.
    """

    graph: Graph
    policy: Policy
    known: Mapping[str, Known]
    names: tuple[str, ...]
    may_index: bool = True
    plain: dict[str, Planned] = attrs.field(factory=dict)
    _chosen: dict[Choice, dict[str, Planned]] = attrs.field(factory=dict)
    _cones: dict[str, tuple[str, ...]] = attrs.field(factory=dict)

    def answers(self) -> dict[str, Answered]:
        """Return every decision."""
        self.plain = plan(self.graph, self.policy, self.known, self.names, self._indexed())
        found = {name: self._answer(name) for name in self.names}
        return {name: self._with_conflicts(name, answered) for name, answered in found.items()}

    def results(self) -> dict[str, Answered]:
        """Return every decision as an executor sees it, while open readings are merely unknown."""
        self.plain = plan(self.graph, self.policy, self.known, self.names, self._indexed())
        return {name: Answered(planned, self._status(planned)) for name, planned in self.plain.items()}

    def _indexed(self) -> list[str]:
        """Return the decisions that may be indexed: nothing has to be asked about their single rules later."""
        return [name for name in self.names if self.may_index and not self.open_readings(name)]

    def open_readings(self, name: str) -> tuple[str, ...]:
        """Return the open readings that a decision depends on."""
        cone = set(self._cone(name))
        return tuple(
            reading
            for reading in self.policy.readings
            if reading in cone and isinstance(found := self.known[reading], Fixed) and not is_known(found.domain)
        )

    def _answer(self, name: str) -> Answered:
        base = self.plain[name]
        if isinstance(self.policy.decisions[name], AbsentDecision):
            return Answered(base, Statuses(no_rule_in_force=ALWAYS))
        status = self._status(base)
        choices = self.policy.combinations(self.open_readings(name))
        if not choices:
            return Answered(base, status)
        open_ = self.graph.opposite(self.graph.either(status.determined, status.conflict))
        return self._merged(base, status, open_, [self._plans(choice)[name] for choice in choices])

    def _status(self, planned: Planned) -> Statuses:
        sure, maybe = planned.conflict
        return Statuses(determined=self.graph.without(settled(self.graph, planned.answer), maybe), conflict=sure)

    def _plans(self, choice: Choice) -> dict[str, Planned]:
        """Return the plans under chosen readings; what does not depend on them is planned already."""
        if choice not in self._chosen:
            fixed = {name: Fixed(self.policy.readings[name].type.bit(option)) for name, option in choice}
            changed = [name for name in self.names if not fixed.keys().isdisjoint(self._cone(name))]
            before = {name: planned.answer for name, planned in self.plain.items() if name not in changed}
            again = plan(self.graph, self.policy, {**self.known, **fixed, **before}, changed)
            self._chosen[choice] = {**self.plain, **again}
        return self._chosen[choice]

    def _cone(self, name: str) -> tuple[str, ...]:
        if name not in self._cones:
            self._cones[name] = self.policy.cone(name)
        return self._cones[name]

    def _merged(self, base: Planned, status: Statuses, open_: int, cases: Sequence[Planned]) -> Answered:
        graph = self.graph
        hull = _hull(graph, [case.answer for case in cases])
        found = [self._status(case) for case in cases]
        determined = graph.both(open_, graph.all_of(each.determined for each in found))
        clashing = graph.both(open_, graph.all_of(each.conflict for each in found))
        one = settled(graph, hull)
        merged = Planned(
            _where(graph, open_, hull, base.answer),
            _merged_rules(graph, open_, base, cases),
            base.conflict,
            idle=base.idle,
        )
        return Answered(
            merged,
            Statuses(
                determined=graph.either(status.determined, graph.both(determined, one)),
                unsettled_by_law=graph.without(determined, one),
                conflict=graph.either(status.conflict, clashing),
            ),
        )

    def _with_conflicts(self, name: str, answered: Answered) -> Answered:
        """What reads contradicting rules is in conflict too; what reads rules that may contradict is undetermined."""
        sources = [self.plain[source].conflict for source in self._cone(name)[1:] if source in self.plain]
        if answered.status.no_rule_in_force == ALWAYS or not sources:
            return answered
        graph, status = self.graph, answered.status
        sure = graph.any_of(certain for certain, _ in sources)
        maybe = graph.any_of(possible for _, possible in sources)
        spread = Statuses(
            determined=graph.without(status.determined, maybe),
            unsettled_by_law=graph.without(status.unsettled_by_law, sure),
            conflict=graph.either(status.conflict, sure),
        )
        return Answered(answered.planned, spread)


def _merged_rules(graph: Graph, open_: int, base: Planned, cases: Sequence[Planned]) -> tuple[Sides, ...] | None:
    if base.rules is None:
        return None
    columns = zip(*(case.rules or () for case in cases), strict=True)
    return tuple(
        (
            graph.choice(open_, graph.all_of(true for true, _ in column), before[0]),
            graph.choice(open_, graph.all_of(false for _, false in column), before[1]),
        )
        for before, column in zip(base.rules, columns, strict=True)
    )


def _hull(graph: Graph, found: Sequence[Known]) -> Known:
    """Return what is possible in some case."""
    first = found[0]
    if all(each == first for each in found):
        return first
    if isinstance(first, Truths):
        pairs = [each for each in found if isinstance(each, Truths)]
        return Truths(graph.all_of(each.true for each in pairs), graph.all_of(each.false for each in pairs))
    if isinstance(first, Possible):
        columns = zip(*(each.planes for each in found if isinstance(each, Possible)), strict=True)
        return Possible(tuple(graph.any_of(column) for column in columns))
    if isinstance(first, Items):
        lists = [each for each in found if isinstance(each, Items)]
        sure = tuple(graph.all_of(column) for column in zip(*(each.sure for each in lists), strict=True))
        return Items(
            sure, tuple(graph.any_of(column) for column in zip(*(each.possible for each in lists), strict=True))
        )
    ranges = [each for each in found if isinstance(each, Range)]
    low, high = ranges[0].low, ranges[0].high
    for each in ranges[1:]:
        low, high = graph.least(low, each.low), graph.least(high, each.high, is_most=True)
    return Range(low, high)


def _where(graph: Graph, condition: int, then: Known, otherwise: Known) -> Known:
    def pick(one: int, two: int) -> int:
        return graph.choice(condition, one, two)

    return then if then == otherwise else _paired(graph, condition, pick, then, otherwise)


def _paired(graph: Graph, condition: int, pick: Callable[[int, int], int], then: Known, otherwise: Known) -> Known:
    match then, otherwise:
        case Truths(), Truths():
            return Truths(pick(then.true, otherwise.true), pick(then.false, otherwise.false))
        case Possible(), Possible():
            return Possible(tuple(map(pick, then.planes, otherwise.planes)))
        case Items(), Items():
            sure = tuple(map(pick, then.sure, otherwise.sure))
            return Items(sure, tuple(map(pick, then.possible, otherwise.possible)))
        case Range(), Range():
            low = graph.chosen(condition, then.low, otherwise.low)
            return Range(low, graph.chosen(condition, then.high, otherwise.high))
        case _:
            raise TypeError("one decision has one kind of answer")
