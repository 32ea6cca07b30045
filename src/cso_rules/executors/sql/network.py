"""The plan in another order: what many decisions share stands low, and open readings stand lowest.

A root then leads through facts alone to a leaf: an end, or a function of the readings that the law leaves open. Which
leaves remain tells the possible answers, and whether facts or only readings keep them open. Items and rows that add a
fact of their own to a shared decision lead to its one diagram, so that most plans become smaller.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from functools import cached_property
from typing import Any

import attrs

from cso_rules.model.decisions import TableDecision
from cso_rules.model.policy import Policy
from cso_rules.model.types import FALSE, TRUE
from cso_rules.plan.building import MOST_NODES, Plan
from cso_rules.plan.conditions import Root
from cso_rules.plan.diagrams import END, Diagrams, Node, TooLargeError
from cso_rules.plan.forms import Linear
from cso_rules.plan.levels import Form, Level
from cso_rules.plan.sums.open_days import ties_of
from cso_rules.plan.sums.solving import is_each_once, is_easy


@attrs.frozen(kw_only=True, slots=False, eq=False)
class Network:
    """The roots of a plan in the other order; readings that are chosen are gone.

    Attributes:
        levels: What the levels stand for: facts, then sums, then open readings.
        first_reading: The level of the first reading.
        attached: What was found out about it, by what found it out.
    """

    plan: Plan
    diagrams: Diagrams
    levels: tuple[Level, ...]
    first_reading: int
    roots: dict[str, Root]
    attached: dict[object, Any] = attrs.field(factory=dict, init=False, repr=False)

    @cached_property
    def hits(self) -> dict[str, dict[int, Node]]:
        """For each table of which one row is the hit: whether that is the row, for rows that share an answer."""
        tables = (one for one in self.plan.policy.decisions.values() if isinstance(one, TableDecision))
        return {table.name: self._hits(table) for table in tables if table.hit_policy in {"first", "priority"}}

    def _hits(self, table: TableDecision) -> dict[int, Node]:
        outputs = Counter(rule.output for rule in table.rules)
        rules, found, earlier = self.roots[table.name].rules, dict[int, Node](), self.diagrams.false
        for place in table.order:
            if outputs[table.rules[place].output] > 1:
                found[place] = self.diagrams.choose(earlier, self.diagrams.false, rules[place])
            earlier = self.diagrams.choose(rules[place], self.diagrams.true, earlier)
        return found

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every diagram of every decision."""
        hits = (node for found in self.hits.values() for node in found.values())
        return (*(node for root in self.roots.values() for node in nodes_of(root)), *hits)

    def is_leaf(self, node: Node) -> bool:
        """Tell whether no fact stands at a node or below it."""
        return self.diagrams.levels[node] >= self.first_reading

    def below(self, roots: Iterable[Node]) -> list[Node]:
        """Return the nodes of facts and sums and the leaves that roots lead to, children before parents."""
        found = self.diagrams.below(roots)
        entered = {child for node in found if not self.is_leaf(node) for _, child in self.diagrams.runs[node]}
        return [node for node in found if not self.is_leaf(node) or node in entered or node in set(roots)]

    def leaves(self, roots: Iterable[Node]) -> list[Node]:
        """Return the leaves that roots lead to."""
        return [node for node in self.below(list(roots)) if self.is_leaf(node)]

    def ends(self, leaf: Node) -> frozenset[Hashable]:
        """Return the ends that a leaf has under some option of the readings."""
        found = self._ends.get(leaf)
        if found is None:
            found = self._ends[leaf] = self.diagrams.ends(leaf)
        return found

    @cached_property
    def _ends(self) -> dict[Node, frozenset[Hashable]]:
        return {}

    def support(self, root: Node) -> list[Level]:
        """Return the levels of facts and sums on which a root depends."""
        return [self.levels[place] for place in self.diagrams.support(root) if place < self.first_reading]

    def facts_of(self, name: str) -> frozenset[str]:
        """Return the facts on which the answer of a decision depends in some record."""
        root = self.roots[name]
        nodes = (root.answer, *root.items, *(guard for guard, _ in root.sums))
        levels = {level for node in nodes for level in self.support(node)}
        read = {fact for level in levels for fact in (level.names if isinstance(level, Form) else (level.name,))}
        read.update(part.name for _, total in root.sums for part in total.parts)
        policy = self.plan.policy  # a computed date in a sum stands for what it is computed from
        return frozenset(read).union(*(policy.cone(one) for one in read if one in policy.decisions))

    @cached_property
    def forms_below(self) -> dict[Node, frozenset[str]]:
        """For each node the facts of the sums that stand at it or below it."""
        return _FormsBelow(self)

    @cached_property
    def inexact(self) -> tuple[str, ...]:
        """The decisions of which a database may leave more possible than there is.

        Their sums share facts with one another, or have values between others that the facts cannot add up to.
        """
        return tuple(name for name, root in self.roots.items() if not self._is_exact_root(root))

    def _is_exact_root(self, root: Root) -> bool:
        sums = all(self._is_exact_sum(guard, total) for guard, total in root.sums)
        return sums and all(map(self._is_exact, nodes_of(root)))

    def _is_exact_sum(self, guard: Node, total: Linear) -> bool:
        ties = [tie for term in total.terms for tie in ties_of(term)]
        compared = {tie for level in self.support(guard) if isinstance(level, Form) for tie in level.ties}
        is_apart = len(ties) == len(set(ties)) and not compared & set(ties)
        return is_apart and not self._is_computed(part.name for part in total.parts)

    def _is_exact(self, root: Node) -> bool:
        forms = [level for level in self.support(root) if isinstance(level, Form)]
        ties = [tie for form in forms for tie in form.ties]
        names = [name for form in forms for name in form.names]
        return len(ties) == len(set(ties)) and all(map(_has_no_holes, forms)) and not self._is_computed(names)

    def _is_computed(self, names: Iterable[str]) -> bool:
        return any(name not in self.plan.policy.facts for name in names)


class _FormsBelow(dict[Node, frozenset[str]]):
    """Found out when it is asked for."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network

    def __missing__(self, root: Node) -> frozenset[str]:
        made, levels = self._network.diagrams, self._network.levels
        for node in made.below([root]):
            level = levels[made.levels[node]] if not self._network.is_leaf(node) else None
            own = frozenset(level.names) if isinstance(level, Form) else frozenset[str]()
            self[node] = own.union(*(self[child] for _, child in made.runs[node]))
        return self[root]


def _has_no_holes(form: Form) -> bool:
    """Tell whether a sum can have a value of each cell that lies between its ends."""
    return is_easy(form.terms) or (len(form.cuts) == 1 and is_each_once(form.terms))


def nodes_of(root: Root) -> tuple[Node, ...]:
    """Return every diagram of a root."""
    return (root.answer, *root.items, *root.rules, *(guard for guard, _ in root.sums))


def bit_of(end: Hashable) -> int:
    """Return the bit of an end: of a value its own, of true and false those of a boolean; 0 of what is no value."""
    if isinstance(end, bool):
        return TRUE if end else FALSE
    return end if isinstance(end, int) else 0


def network_of(plan: Plan) -> Network:
    """Return the plan in the other order.

    Raises:
        TooLargeError: It has too many nodes in this order.
    """
    own = [level for level in plan.levels if not _is_reading(level, plan.policy)]
    facts = [level for level in own if not isinstance(level, Form)]
    sums = [level for level in own if isinstance(level, Form)]
    try:
        return _in_order(plan, [*reversed(facts), *sums])
    except TooLargeError:
        return _in_order(plan, [*facts, *sums])


def _in_order(plan: Plan, levels: Sequence[Level]) -> Network:
    readings = [level for level in plan.levels if _is_reading(level, plan.policy) and _is_open(level, plan.policy)]
    moved = _Moved(plan, [*levels, *readings])
    roots = {name: moved.root(root) for name, root in plan.roots.items()}
    return Network(
        plan=plan, diagrams=moved.made, levels=(*levels, *readings), first_reading=len(levels), roots=roots
    )  # fmt: skip


def _is_reading(level: Level, policy: Policy) -> bool:
    return not isinstance(level, Form) and level.name in policy.readings


def _is_open(level: Level, policy: Policy) -> bool:
    return not isinstance(level, Form) and _option(level.name, policy) is None


def _option(name: str, policy: Policy) -> int | None:
    """Return the place of the chosen option of a reading; None when it is none, or open."""
    reading = policy.readings.get(name)
    names = () if reading is None else reading.type.names
    return names.index(reading.chosen) if reading is not None and reading.chosen in names else None


class _Moved:
    """Diagrams made again over other levels."""

    def __init__(self, plan: Plan, levels: Iterable[Level]) -> None:
        self.plan = plan
        self.made = Diagrams(MOST_NODES * max(len(plan.policy.decisions), 1))
        self.places = {level: self.made.variable(level.size) for level in levels}
        self._nodes: dict[Node, Node] = {}

    def root(self, root: Root) -> Root:
        return Root(
            answer=self._node(root.answer),
            items=tuple(map(self._node, root.items)),
            rules=tuple(map(self._node, root.rules)),
            sums=tuple((self._node(guard), total) for guard, total in root.sums),
        )

    def _node(self, root: Node) -> Node:
        old = self.plan.diagrams
        for node in old.below([root]):
            if node not in self._nodes:
                at_end = old.levels[node] == END
                self._nodes[node] = self._end(old.values[node]) if at_end else self._chosen(node)
        return self._nodes[root]

    def _end(self, value: Hashable) -> Node:
        """Return an end; the answers yes and no are the truths, so that a rule and its decision are one diagram."""
        is_answer = isinstance(value, int) and not isinstance(value, bool) and value in {TRUE, FALSE}
        return self.made.terminal(value == TRUE if is_answer else value)

    def _chosen(self, node: Node) -> Node:
        level, runs = self.plan.levels[self.plan.diagrams.levels[node]], self.plan.diagrams.runs[node]
        if level not in self.places:
            assert not isinstance(level, Form)
            option = _option(level.name, self.plan.policy)
            assert option is not None
            return next(self._nodes[child] for end, child in runs if option < end)
        place, found = self.places[level], self._nodes[runs[-1][1]]
        starts = (0, *(end for end, _ in runs))
        for start, (end, child) in reversed(list(zip(starts, runs[:-1], strict=False))):
            found = self.made.choose(self.made.between(place, start, end), self._nodes[child], found)
        return found
