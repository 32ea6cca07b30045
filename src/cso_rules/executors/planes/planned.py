"""What is computed about each decision: which answers, items and rules remain possible, and how far it is settled."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Generic, Protocol, TypeVar

import attrs

from cso_rules.executors.planes.may import Case, Reached
from cso_rules.executors.planes.network import ALWAYS, NEVER, Network
from cso_rules.meaning.complete import Mark
from cso_rules.model.decisions import AbsentDecision, AnyDecision, CriteriaDecision, TableDecision, ValueDecision
from cso_rules.model.types import FALSE, TRUE
from cso_rules.plan.asked.deciding import hits
from cso_rules.plan.building import Plan
from cso_rules.plan.conditions import Root
from cso_rules.plan.diagrams import Node, TooLargeError
from cso_rules.plan.sums.solving import is_each_once

T = TypeVar("T")
S = TypeVar("S")

FIRST_HIT: Final = frozenset({"first", "priority"})
"""The hit policies by which one row decides alone."""


@attrs.frozen
class Planned(Generic[T]):
    """What is known of one decision: numbers of planes while it is planned, planes of a table afterwards.

    Attributes:
        rules: Where each rule may hold, and where it may fail.
        values: Where each value of a boolean or enumeration, or each item of a list, is possible.
        sure: Where each item of a list is there for certain.
        conflict: Where rules contradict one another for certain, and where they may.
        none: Where no row holds for certain, and where none may.
        statuses: Where it is determined, unsettled by law, without rule in force, in conflict.
        idle: Where each criterion certainly does not apply.
        hits: Where each row may be the first or most preferred one that holds.
        guards: Of a number, for each case of the open readings, where each of its sums may be the answer.
        missing: Where each fact that may matter is missing.
    """

    rules: tuple[tuple[T, T], ...] = ()
    values: tuple[T, ...] = ()
    sure: tuple[T, ...] = ()
    conflict: tuple[T, ...] = ()
    none: tuple[T, ...] = ()
    statuses: tuple[T, ...] = ()
    idle: tuple[T, ...] = ()
    hits: tuple[T, ...] = ()
    guards: tuple[tuple[T, ...], ...] = ()
    missing: Mapping[str, T] = attrs.field(factory=dict)

    def mapped(self, function: Callable[[T], S]) -> Planned[S]:
        """Return the same with each plane replaced, in a fixed order."""

        def row(planes: tuple[T, ...]) -> tuple[S, ...]:
            return tuple(map(function, planes))

        return Planned(
            rules=tuple((function(may), function(may_not)) for may, may_not in self.rules),
            values=row(self.values),
            sure=row(self.sure),
            conflict=row(self.conflict),
            none=row(self.none),
            statuses=row(self.statuses),
            idle=row(self.idle),
            hits=row(self.hits),
            guards=tuple(map(row, self.guards)),
            missing={name: function(plane) for name, plane in self.missing.items()},
        )

    def planes(self) -> Iterator[T]:
        """Yield every plane in that order."""
        found: list[T] = []
        self.mapped(found.append)
        return iter(found)


class Asking(Protocol):
    """Whoever says where a node may lead to an end: the planes of a table, or what was asked about single rows."""

    def __call__(self, node: Node, end: Node, case: Case = ()) -> int:
        """Return the plane."""


@attrs.frozen
class Planning:
    """Plans the decisions of a policy.

    Attributes:
        network: Where planes are made.
        reached: What the diagrams are, and which readings are open.
        may: Where a node may lead to an end.
        missing: Where each fact is missing for a decision.
        with_rules: Whether the rules are wanted.
        with_reasons: Whether it is wanted which rules decide.
    """

    network: Network
    reached: Reached
    may: Asking
    missing: Callable[[AnyDecision], Mapping[str, int]]
    with_rules: bool
    with_reasons: bool

    @property
    def _plan(self) -> Plan:
        return self.reached.plan

    def planned(self, decision: AnyDecision, scopes: Root | None) -> Planned[int]:
        """Return what is computed about a decision; `scopes` says when each criterion applies."""
        if isinstance(decision, AbsentDecision):
            return Planned(statuses=(NEVER, NEVER, ALWAYS, NEVER), values=(ALWAYS,) * len(decision.type.names))
        root = self._plan.roots[decision.name]
        made = self._plan.diagrams
        return Planned(
            rules=tuple((self.may(rule, made.true), self.may(rule, made.false)) for rule in root.rules)
            if self.with_rules
            else (),
            values=self._values(decision, root),
            sure=tuple(map(self._sure, root.items)) if _is_list(decision) else (),
            conflict=self._mark(root, Mark.CONFLICT),
            none=self._mark(root, Mark.NONE),
            statuses=self._statuses(root),
            idle=self._idle(decision, scopes),
            hits=self._hits(decision),
            guards=tuple(
                tuple(self.may(guard, made.true, case) for guard, _ in root.sums)
                for case in cases_of(self.reached, root)
            )
            if root.sums
            else (),
            missing=self.missing(decision),
        )

    def _values(self, decision: AnyDecision, root: Root) -> tuple[int, ...]:
        made = self._plan.diagrams
        if isinstance(decision, ValueDecision):
            return ()
        if _is_list(decision):
            return tuple(self.may(item, made.true) for item in root.items)
        if isinstance(decision, CriteriaDecision):
            return tuple(self.may(root.answer, made.terminal(bit)) for bit in (TRUE, FALSE))
        assert isinstance(decision, TableDecision)
        count = max(len(decision.outputs), len(decision.type.names))
        return tuple(self.may(root.answer, made.terminal(1 << output)) for output in range(count))

    def _sure(self, item: Node) -> int:
        made = self._plan.diagrams
        return self.network.without(self.may(item, made.true), self.may(item, made.false))

    def _mark(self, root: Root, mark: Mark) -> tuple[int, int]:
        """Return where an answer is a mark for certain, and where it may be."""
        end = self._plan.diagrams.terminal(mark)
        ends = self.reached.ends(root.answer)
        if end not in ends:
            return NEVER, NEVER
        others = self.network.any_of(self.may(root.answer, other) for other in ends if other != end)
        return self.network.opposite(others), self.may(root.answer, end)

    def _statuses(self, root: Root) -> tuple[int, ...]:
        network, nodes = self.network, dict.fromkeys((root.answer, *root.items))
        conflict = self._mark(root, Mark.CONFLICT)[0]
        varies = network.any_of(self._several(node) for node in nodes)
        decided = network.any_of(self._by_facts(node) for node in nodes)
        determined = network.opposite(network.either(varies, conflict))
        return determined, network.without(varies, decided), NEVER, conflict

    def _several(self, node: Node, case: Case = ()) -> int:
        return self.network.several_of(self.may(node, end, case) for end in sorted(self.reached.ends(node)))

    def _by_facts(self, node: Node) -> int:
        """Return where facts still decide: where several ends remain whatever readings are supposed."""
        if not self.reached.open_readings([node]):
            return self._several(node)
        return self.network.any_of(self._several(node, case) for case in cases(self.reached, [node]))

    def _hits(self, decision: AnyDecision) -> tuple[int, ...]:
        """Return where each row may be the hit; nothing where that would need diagrams that are too large."""
        if not self.with_reasons or not isinstance(decision, TableDecision) or decision.hit_policy not in FIRST_HIT:
            return ()
        try:
            return tuple(self.may(node, self._plan.diagrams.true) for node in hits(self._plan, decision))
        except TooLargeError:
            return ()

    def _idle(self, decision: AnyDecision, scopes: Root | None) -> tuple[int, ...]:
        if not isinstance(decision, CriteriaDecision) or not self.with_rules:
            return ()
        made, nodes = self._plan.diagrams, iter(scopes.rules if scopes else ())
        return tuple(
            NEVER if rule.applies_when is None else self.network.opposite(self.may(next(nodes), made.true))
            for rule in decision.rules
        )


def _is_list(decision: AnyDecision) -> bool:
    return isinstance(decision, TableDecision) and decision.has_multiple_hits


def cases_of(reached: Reached, root: Root) -> list[Case]:
    """Return each combination of the open readings that an answer depends on; one of none where none is open."""
    return cases(reached, (root.answer, *root.items, *(guard for guard, _ in root.sums)))


def cases(reached: Reached, nodes: Iterable[Node]) -> list[Case]:
    """Return each combination of the open readings below some nodes."""
    places = reached.open_readings(nodes)
    cells = (reached.cells_of_reading(place) for place in places)
    return [tuple(zip(places, choice, strict=True)) for choice in itertools.product(*cells)]


def doubts(reached: Reached, root: Root, scopes: Root | None, *, with_missing: bool) -> int:
    """Return where the planes of a decision may be wider than what is possible."""
    nodes = (
        root.answer,
        *root.items,
        *root.rules,
        *(guard for guard, _ in root.sums),
        *(scopes.rules if scopes else ()),
    )
    return reached.network.any_of(reached.doubt(node, with_missing=with_missing) for node in dict.fromkeys(nodes))


def is_bound(reached: Reached, root: Root) -> bool:
    """Tell whether the ends of a number may be narrower than those of its sums, each by itself."""
    return any(
        not is_each_once(total.terms) or not names.isdisjoint(reached.open_numbers(guard))
        for guard, total in root.sums
        for names in [{term.quantity.name for term in total.terms}]
    )
