"""A policy becomes a plan: one diagram for each decision, each item of a list and each rule."""

from __future__ import annotations

import enum
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property, lru_cache
from threading import Lock, RLock
from typing import Any

import attrs

from cso_rules.meaning.complete import Mark
from cso_rules.model.decisions import (
    AbsentDecision,
    AnyDecision,
    CriteriaDecision,
    TableDecision,
    ValueDecision,
    inputs_of,
    rules_of,
)
from cso_rules.model.expressions import Expression
from cso_rules.model.policy import Policy
from cso_rules.model.types import FALSE, TRUE, Type
from cso_rules.plan.conditions import Conditions, Root
from cso_rules.plan.diagrams import Diagrams, Node, TooLargeError
from cso_rules.plan.forms import Linear, Plainer
from cso_rules.plan.levels import (
    Atom,
    Choice,
    Form,
    Level,
    Number,
    in_depth,
    in_order_of_use,
    levels_of,
    tied,
)
from cso_rules.plan.prepared import Prepared
from cso_rules.truth import Truth

MOST_NODES = 50_000
"""How many nodes may be made for one decision; one that needs more is left out."""
MOST_BUILT = 32
"""How many plans are remembered by what they say."""


class Inexact(enum.Enum):
    """Why what a plan says of a decision may be wider than what is possible."""

    LARGE = "its diagrams would be too large"
    READS = "it reads a decision that has no diagrams"
    SUMS = "several sums of the same facts are compared, and whether all can be so at once is not always found out"


@attrs.frozen(kw_only=True, slots=False, eq=False)
class Plan:
    """The rules of a policy as diagrams.

    Attributes:
        levels: What the variables stand for.
        roots: The diagrams of each decision.
        left_out: The decisions that have no diagrams, and why.
    """

    policy: Policy
    diagrams: Diagrams
    levels: tuple[Level, ...]
    roots: dict[str, Root]
    left_out: Mapping[str, Inexact] = attrs.field(factory=dict)
    adding: AbstractContextManager[bool] = attrs.field(factory=RLock, repr=False)
    """Held while something is added to the diagrams."""
    attached: dict[object, Any] = attrs.field(init=False, factory=dict, repr=False)
    """What others work out for the plan and remember with it."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The facts and readings that are variables, or parts of sums."""
        names = (name for level in self.levels for name in (level.names if isinstance(level, Form) else (level.name,)))
        known = {**self.policy.facts, **self.policy.readings}
        return tuple(dict.fromkeys(name for name in names if name in known))

    @cached_property
    def summed(self) -> frozenset[str]:
        """The facts that stand in sums, of comparisons or of computed numbers."""
        computed = {part.name for root in self.roots.values() for _, total in root.sums for part in total.parts}
        return self.compared | computed

    @cached_property
    def compared(self) -> frozenset[str]:
        """The facts that stand in sums of comparisons."""
        return frozenset(name for level in self.levels if isinstance(level, Form) for name in level.names)

    @cached_property
    def related(self) -> dict[int, frozenset[int]]:
        """For each sum those that have facts or open days in common with it, directly or through others, and itself."""
        forms = [(place, level) for place, level in enumerate(self.levels) if isinstance(level, Form)]
        return {place: frozenset(places) for places in tied(forms) for place in places}

    @cached_property
    def derived(self) -> dict[tuple[object, ...], tuple[Node, ...]]:
        """Diagrams that were made later from these; added to while `adding` is held."""
        return {}

    @cached_property
    def decoded(self) -> dict[int, tuple[int, Truth, Truth]]:
        """What sets of ends mean, of those that were met already."""
        return {}

    @cached_property
    def forms(self) -> tuple[int, ...]:
        """The levels that are sums."""
        return tuple(place for place, level in enumerate(self.levels) if isinstance(level, Form))

    @cached_property
    def form_bits(self) -> int:
        """The levels that are sums, as bits."""
        return sum(1 << place for place in self.forms)

    @cached_property
    def bound_bits(self) -> int:
        """The levels that are sums, and those of the numbers in them, as bits."""
        numbers = (self.numbers[name] for name in self.compared if name in self.numbers)
        return self.form_bits | sum(1 << place for place in numbers)

    @cached_property
    def linked(self) -> tuple[int, ...]:
        """The levels of sums that share facts, directly or through others, and of the numbers in them, as bits."""
        found = []
        for places in dict.fromkeys(self.related.values()):
            names = {name for place in places for name in self.levels[place].names}  # type: ignore[union-attr]
            numbers = (self.numbers[name] for name in names if name in self.numbers)
            found.append(sum(1 << place for place in {*places, *numbers}))
        return tuple(found)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The level of every number and date."""
        return {level.name: place for place, level in enumerate(self.levels) if isinstance(level, Number)}

    @cached_property
    def choices(self) -> dict[str, int]:
        """The level of every boolean, enumeration and reading."""
        return {level.name: place for place, level in enumerate(self.levels) if isinstance(level, Choice)}

    @cached_property
    def end_bits(self) -> dict[Node, int]:
        """A bit for each terminal."""
        return _EndBits()

    @cached_property
    def branches(self) -> dict[Node, tuple[tuple[int, Node], ...]]:
        """The children of each node, with the cells that lead there as bits."""
        return _Branches(self.diagrams)

    @cached_property
    def levels_below(self) -> dict[Node, int]:
        """The levels at or below each node, as bits."""
        return _LevelsBelow(self.diagrams)

    @cached_property
    def reach(self) -> dict[int, tuple[frozenset[str], frozenset[int]]]:
        """For some levels, as bits, the facts of the sums that share facts with the sums among them, and those sums."""
        return _Reach(self)


class _EndBits(dict[Node, int]):
    """Given out when they are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self._giving = Lock()

    def __missing__(self, node: Node) -> int:
        with self._giving:
            return self.setdefault(node, 1 << len(self))


class _Branches(dict[Node, tuple[tuple[int, Node], ...]]):
    """Found out when it is asked for."""

    def __init__(self, diagrams: Diagrams) -> None:
        super().__init__()
        self._diagrams = diagrams

    def __missing__(self, node: Node) -> tuple[tuple[int, Node], ...]:
        runs = self._diagrams.runs[node]
        starts = (0, *(end for end, _ in runs))
        self[node] = tuple(((1 << end) - (1 << start), to) for start, (end, to) in zip(starts, runs, strict=False))
        return self[node]


class _LevelsBelow(dict[Node, int]):
    """Found out for every node up to the one that is asked for; children are made before their parents."""

    def __init__(self, diagrams: Diagrams) -> None:
        super().__init__()
        self._diagrams = diagrams

    def __missing__(self, root: Node) -> int:
        made = self._diagrams
        for node in range(len(self), root + 1):
            found = 1 << made.levels[node] if made.runs[node] else 0
            for _, child in made.runs[node]:
                found |= self[child]
            self[node] = found
        return self[root]


class _Reach(dict[int, tuple[frozenset[str], frozenset[int]]]):
    """Found out when it is asked for."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._plan = plan

    def __missing__(self, levels: int) -> tuple[frozenset[str], frozenset[int]]:
        plan = self._plan
        sums = frozenset(other for place in plan.forms if levels >> place & 1 for other in plan.related[place])
        names = frozenset(name for place in sums for name in plan.levels[place].names)  # type: ignore[union-attr]
        self[levels] = names, sums
        return self[levels]


def plan_of(policy: Policy) -> Plan:
    """Return the plan of a policy; a decision whose diagrams would be too large in two orders has none in it.

    Rules that say the same, as on most days and in most places, have the same plan; that is made once.
    """
    made = _built(_Rules.of(policy))
    return attrs.evolve(made, policy=policy, diagrams=made.diagrams.copied(), roots=dict(made.roots), adding=RLock())


@attrs.frozen
class _Rules:
    """All of a policy that a plan follows from."""

    policy: Policy = attrs.field(eq=False)
    decisions: tuple[tuple[str, AnyDecision], ...]
    inputs: tuple[tuple[str, bool, Type], ...]

    @classmethod
    def of(cls, policy: Policy) -> _Rules:
        """Return what the plan of a policy follows from."""
        inputs = ((name, name in policy.facts, policy.variable_type(name)) for name in policy.inputs)
        return cls(policy, tuple(policy.decisions.items()), tuple(inputs))


@lru_cache(maxsize=MOST_BUILT)
def _built(rules: _Rules) -> Plan:
    policy = rules.policy
    builder = _Builder(policy, in_order_of_use)
    found = builder.plan()
    if not any(reason is Inexact.LARGE for reason in found.left_out.values()):
        return found
    again = _Builder(policy, in_depth).plan()
    return again if len(again.left_out) < len(found.left_out) else found


plan_for = Prepared(plan_of, is_kept=True)
"""The plan of this very policy, made once and remembered for the policies that came last."""


def nodes_of(plan: Plan, conditions: Iterable[Expression]) -> tuple[Node, ...]:
    """Return when conditions hold that are rules of the policy, or parts of them."""
    plainer, made = Plainer(plan.policy), Conditions(plan.policy, plan.levels, plan.diagrams, plan.roots)
    return tuple(made.node(plainer.plain(condition)) for condition in conditions)


@attrs.frozen(slots=False)
class _Builder:
    policy: Policy
    order: Callable[[Mapping[str, Sequence[Expression]]], Iterable[Atom]]

    @cached_property
    def plainer(self) -> Plainer:
        return Plainer(self.policy)

    @cached_property
    def left_out(self) -> dict[str, Inexact]:
        """The decisions that have no diagrams."""
        return {}

    @cached_property
    def cases(self) -> dict[str, list[tuple[tuple[Expression, ...], Linear]]]:
        """The cases of every number and date that is computed."""
        return {}

    @cached_property
    def plain(self) -> dict[str, tuple[Expression, ...]]:
        """The conditions of every decision in plain comparisons; of a number or date those of its cases."""
        found: dict[str, tuple[Expression, ...]] = {}
        for name, decision in self.policy.decisions.items():
            try:
                if isinstance(decision, ValueDecision):
                    self.cases[name] = self.plainer.cases_of(decision)
                    found[name] = tuple(guard for guards, _ in self.cases[name] for guard in guards)
                else:
                    found[name] = tuple(self.plainer.plain(rule.condition) for rule in rules_of(decision))
            except (TooLargeError, RecursionError):
                self.left_out[name] = Inexact.LARGE
        return found

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        return tuple(levels_of(self.policy, self.order(self.plain)))

    @cached_property
    def diagrams(self) -> Diagrams:
        found = Diagrams(MOST_NODES)
        for level in self.levels:
            found.variable(level.size)
        return found

    @cached_property
    def roots(self) -> dict[str, Root]:
        return {}

    @cached_property
    def conditions(self) -> Conditions:
        return Conditions(self.policy, self.levels, self.diagrams, self.roots)

    @cached_property
    def conflicts(self) -> dict[str, Node]:
        """When each decision that is made already is in conflict."""
        return {}

    def plan(self) -> Plan:
        made = self.diagrams
        for name, decision in self.policy.decisions.items():
            inputs = inputs_of(decision)
            if any(source in self.left_out for source in inputs):
                self.left_out.setdefault(name, Inexact.READS)
            if name in self.left_out:
                continue
            made.most = len(made.levels) + MOST_NODES
            try:
                self.roots[name], self.conflicts[name] = self._root(decision, self._clash_of(inputs))
            except (TooLargeError, RecursionError):
                self.left_out[name] = Inexact.LARGE
        made.most = len(made.levels) + MOST_NODES
        return Plan(policy=self.policy, diagrams=made, levels=self.levels, roots=self.roots, left_out=self.left_out)

    def _clash_of(self, inputs: Iterable[str]) -> Node:
        return self.diagrams.disjunction(self.conflicts[name] for name in inputs if name in self.conflicts)

    def _root(self, decision: AnyDecision, clash: Node) -> tuple[Root, Node]:
        made, conflict = self.diagrams, self.diagrams.terminal(Mark.CONFLICT)
        if isinstance(decision, AbsentDecision):
            return Root(answer=made.terminal(Mark.ABSENT)), made.false
        if isinstance(decision, ValueDecision):
            none = made.terminal(Mark.NONE)
            cases = self._sums(decision)
            has_case = made.disjunction(guard for guard, _ in cases)
            answer = made.choose(clash, conflict, made.choose(has_case, made.true, none))
            sums = tuple((made.choose(clash, made.false, guard), total) for guard, total in cases)
            return Root(answer=answer, sums=sums), clash
        clash_of_inputs, holding = clash, [self.conditions.node(condition) for condition in self.plain[decision.name]]
        if isinstance(decision, TableDecision) and decision.otherwise:
            holding[-1] = made.negation(made.disjunction(holding[:-1]))
        if isinstance(decision, TableDecision):
            clash = made.disjunction([clash, self._clash(decision, holding)])
        rules = tuple(made.choose(clash_of_inputs, made.false, rule) for rule in holding)
        items = tuple(made.choose(clash, conflict, item) for item in self._items(decision, holding))
        answer = made.choose(clash, conflict, self._answer(decision, holding))
        return Root(answer=answer, items=items, rules=rules), clash

    def _sums(self, decision: ValueDecision) -> list[tuple[Node, Linear]]:
        """Return the cases of a computed number; those with the same sum are one."""
        made = self.diagrams
        cases: dict[Hashable, tuple[Node, Linear]] = {}
        for guards, total in self.cases[decision.name]:
            key = (frozenset(total.parts.items()), total.constant)
            earlier, _ = cases.get(key, (made.false, total))
            cases[key] = (made.disjunction([earlier, made.conjunction(map(self.conditions.node, guards))]), total)
        return [case for case in cases.values() if case[0] != made.false]

    def _answer(self, decision: CriteriaDecision | TableDecision, holding: Sequence[Node]) -> Node:
        """Return the answer of criteria or of a table as if nothing contradicted; of a list, true."""
        made = self.diagrams
        if isinstance(decision, CriteriaDecision):
            return made.choose(made.conjunction(holding), made.terminal(TRUE), made.terminal(FALSE))
        if decision.has_multiple_hits:
            return made.true
        outputs = [made.terminal(1 << rule.output) for rule in decision.rules]
        count = len(decision.conditional)
        cases = [(holding[place], outputs[place]) for place in decision.order if place < count]
        return made.first(cases, outputs[-1] if decision.otherwise else made.terminal(Mark.NONE))

    def _clash(self, decision: TableDecision, holding: Sequence[Node]) -> Node:
        """Return when rows of a table contradict one another."""
        made = self.diagrams
        if decision.hit_policy == "unique":
            return made.repeated(holding)
        if decision.hit_policy == "any":
            return made.repeated(self._items(decision, holding, always=True))
        return made.false

    def _items(
        self, decision: CriteriaDecision | TableDecision, holding: Sequence[Node], *, always: bool = False
    ) -> tuple[Node, ...]:
        """Return for each output of a list, or of any table, whether a row gives it."""
        if not isinstance(decision, TableDecision) or not (always or decision.has_multiple_hits):
            return ()
        rows: dict[int, list[Node]] = {}
        for rule, node in zip(decision.rules, holding, strict=True):
            rows.setdefault(rule.output, []).append(node)
        count = max(len(decision.outputs), len(decision.type.names))
        return tuple(self.diagrams.disjunction(rows.get(output, ())) for output in range(count))
