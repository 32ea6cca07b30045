"""The programs of a policy, made once: what is computed about tables whose columns are in the same states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from threading import Lock
from typing import Final

import attrs

from cso_rules.executors.planes.exact import Exact
from cso_rules.executors.planes.index import TableIndex, index_of
from cso_rules.executors.planes.may import Case, Reached
from cso_rules.executors.planes.missing import Missing
from cso_rules.executors.planes.network import NEVER, Network
from cso_rules.executors.planes.planned import Planned, Planning, doubts, is_bound
from cso_rules.executors.planes.program import Program
from cso_rules.model.decisions import AnyDecision, CriteriaDecision, Rule, TableDecision, inputs_of
from cso_rules.model.instruments import Label
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain
from cso_rules.plan.building import Plan, plan_of
from cso_rules.plan.conditions import Root
from cso_rules.plan.diagrams import Node
from cso_rules.plan.prepared import Prepared

_PROGRAMS: Final = 32
_NOTHING: Final = Label(en="", zh="")
CONSTRAINTS: Final = "what constraints say"


@attrs.frozen
class Wanted:
    """What is asked of a policy: the names of decisions, and what is to be known of them."""

    names: tuple[str, ...]
    with_rules: bool
    with_reasons: bool


@attrs.frozen(slots=False, eq=False)
class Ready:
    """What is computed about tables whose columns are in the same states.

    Attributes:
        decisions: What is computed about each decision; one that has no diagram, and is in no index, is not among them.
        doubts: Where that may be wider than what is possible, and rows are asked apart.
        indexes: The decisions that are looked up in tables.
        constraints: Where each constraint may be satisfied.
        program: The steps.
        bound: Numbers whose ends may be narrower than those of their sums, because of what decides which sum it is.
        plan: The diagrams.
        exact: How rows are asked apart.
    """

    decisions: Mapping[str, Planned[int]]
    doubts: Mapping[str, int]
    indexes: Mapping[str, TableIndex]
    constraints: tuple[int, ...]
    program: Program
    bound: frozenset[str]
    plan: Plan
    exact: Exact


@attrs.frozen(slots=False, eq=False)
class Programs:
    """The programs for what is wanted of a policy.

    Attributes:
        policy: The decisions that are wanted, and what they read.
    """

    policy: Policy
    wanted: Wanted

    @cached_property
    def _kept(self) -> dict[object, Ready]:
        return {}

    @cached_property
    def _lock(self) -> Lock:
        return Lock()

    def ready(self, states: Mapping[str, str], readings: Mapping[str, Domain], *, has_rows: bool) -> Ready:
        """Return what is computed for columns in some states, while readings may be what is said of them.

        Where a table has no rows, its answers only show what kind they are: then nothing is asked of the diagrams.
        """
        key = (has_rows, tuple(sorted(states.items())), tuple(sorted(readings.items())))
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                while len(self._kept) >= _PROGRAMS:
                    del self._kept[next(iter(self._kept))]
                found = self._kept[key] = self._ready(states, readings, has_rows=has_rows)
        return found

    def _ready(self, states: Mapping[str, str], readings: Mapping[str, Domain], *, has_rows: bool) -> Ready:
        indexes = dict(self._indexes(states, readings))
        others = tuple(name for name in self.wanted.names if name not in indexes)
        plan = self._plan(others)
        names = tuple(name for name in others if name in plan.roots)
        network = Network()
        reached = Reached(network, plan, states, readings)
        may = reached.may if has_rows else _nowhere
        missing = Missing(network, reached).facts if self.wanted.with_reasons and has_rows else _no_facts
        planning = Planning(network, reached, may, missing, self.wanted.with_rules, self.wanted.with_reasons)
        decisions = {name: planning.planned(self.policy.decisions[name], _scopes(plan, name)) for name in names}
        doubtful = {
            name: doubts(reached, plan.roots[name], _scopes(plan, name), with_missing=self.wanted.with_reasons)
            if has_rows
            else NEVER
            for name in names
        }
        constraints = tuple(may(rule, plan.diagrams.true) for rule in plan.roots[CONSTRAINTS].rules)
        wanted = [plane for found in decisions.values() for plane in found.planes()]
        program = Program(network, [*wanted, *doubtful.values(), *constraints])
        bound = frozenset(name for name in names if is_bound(reached, plan.roots[name]))
        exact = Exact(plan.policy, plan, reached, decisions, planning)
        return Ready(decisions, doubtful, indexes, constraints, program, bound, plan, exact)

    def _indexes(self, states: Mapping[str, str], readings: Mapping[str, Domain]) -> Iterator[tuple[str, TableIndex]]:
        """Yield the large tables that are looked up: those that no decision reads, and of which no facts are asked."""
        read = {name for decision in self.policy.decisions.values() for name in inputs_of(decision)}
        for name in () if self.wanted.with_reasons else self.wanted.names:
            decision = self.policy.decisions[name]
            if isinstance(decision, TableDecision) and name not in read:
                index = index_of(self.policy, decision, states, readings)
                if index is not None:
                    yield name, index

    @cached_property
    def _plans(self) -> dict[tuple[str, ...], Plan]:
        return {}

    def _plan(self, names: tuple[str, ...]) -> Plan:
        if names not in self._plans:
            self._plans[names] = plan_of(with_conditions(self.policy.part(names)))
        return self._plans[names]


def _nowhere(node: Node, end: Node, case: Case = ()) -> int:  # noqa: ARG001 - of no row anything is possible
    return NEVER


def _no_facts(_: AnyDecision) -> dict[str, int]:
    return {}


def _scopes(plan: Plan, name: str) -> Root | None:
    return plan.roots.get(f"when {name} applies")


def with_conditions(policy: Policy) -> Policy:
    """Return a policy whose constraints, and the cases in which criteria apply, are decisions too."""
    scopes = {
        f"when {name} applies": [rule.applies_when for rule in decision.rules if rule.applies_when is not None]
        for name, decision in policy.decisions.items()
        if isinstance(decision, CriteriaDecision)
    }
    conditions = {name: found for name, found in scopes.items() if found}
    conditions[CONSTRAINTS] = [constraint.condition for constraint in policy.constraints]
    added = {
        name: CriteriaDecision(
            name=name, label=_NOTHING,
            rules=tuple(Rule(id=str(place), label=_NOTHING, condition=part) for place, part in enumerate(found)),
        )
        for name, found in conditions.items()
    }  # fmt: skip
    return attrs.evolve(policy, decisions={**policy.decisions, **added})


class _OfPolicy(dict[Wanted, Programs]):
    """The programs of a policy, by what is wanted."""

    def __init__(self, policy: Policy) -> None:
        super().__init__()
        self._policy = policy

    def __missing__(self, wanted: Wanted) -> Programs:
        while len(self) >= _PROGRAMS:
            del self[next(iter(self))]
        self[wanted] = found = Programs(self._policy.part(wanted.names), wanted)
        return found


programs_of = Prepared(_OfPolicy)
"""The programs of this very policy."""
