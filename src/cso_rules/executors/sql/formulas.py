"""Where the rules' own formula is exact for records of which each fact is known or not.

The formula evaluates a condition with three truth values, over comparisons and the exact answers of other decisions.
It is sound and may be wider than what is possible, where comparisons read a fact in common. Both sides are functions of
what is known: of each fact one cell or nothing, of each sum a run of cells. Such functions are diagrams too, so that
they are equal exactly when they are the same node. What needs more nodes than allowed counts as not shown.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import cached_property, partial, reduce
from itertools import combinations

import attrs

from cso_rules.executors.sql.network import Network, bit_of
from cso_rules.meaning.complete import Mark
from cso_rules.model.decisions import AnyDecision, CriteriaDecision, Rule, TableDecision
from cso_rules.model.expressions import (
    Among,
    And,
    Constant,
    Expression,
    If,
    Includes,
    Not,
    Or,
    Shifted,
    Size,
    Variable,
    Within,
    atoms,
)
from cso_rules.model.types import FALSE, TRUE
from cso_rules.plan.conditions import Conditions
from cso_rules.plan.diagrams import END, Diagrams, Node, TooLargeError
from cso_rules.plan.forms import Plainer, single
from cso_rules.plan.levels import Form, Level
from cso_rules.plan.prepared import Attached

MOST_NODES = 200_000
_MOST_CELLS = 8
"""Of a sum with more cells nothing is shown: its runs would be too many."""

Ends = frozenset[Hashable]
_YES, _NO, _OPEN = frozenset[Hashable]([True]), frozenset[Hashable]([False]), frozenset[Hashable]([True, False])


ByFormula = tuple[tuple[bool, ...], bool]
"""Which rules of a decision are written as their formula, and whether its answer is."""


class _NotShown(Exception):  # noqa: N818 - a way out, not a fault
    """A condition has a part of which nothing is shown."""


@attrs.frozen(slots=False, eq=False)
class Shown:
    """Tells of which roots of a network the formula is exact."""

    network: Network

    def rule(self, decision: CriteriaDecision | TableDecision, place: int) -> bool:
        """Tell whether the formula of a criterion or row is exact."""
        root = self.network.roots[decision.name].rules[place]
        return self._is_same([root], lambda: self._rule(decision, place))

    def answer(self, decision: CriteriaDecision | TableDecision) -> bool:
        """Tell whether an answer is exactly what the truths of the rules leave possible; of a list, each item."""
        root = self.network.roots[decision.name]
        if isinstance(decision, CriteriaDecision):
            return self._is_same([root.answer], lambda: self._of_criteria(decision))
        if decision.has_multiple_hits:
            items = enumerate(root.items)
            return all(self._is_same([item], partial(self._item, decision, place)) for place, item in items)
        if decision.hit_policy not in {"first", "priority"}:
            return False
        return self._is_same([root.answer], lambda: self._first(decision))

    # ------------------------------------------------------------------------------------------ both sides

    @cached_property
    def _made(self) -> Diagrams:
        found = Diagrams(MOST_NODES)
        for level in self.network.levels[: self.network.first_reading]:
            found.variable(len(_states(level)))
        return found

    @cached_property
    def _known(self) -> dict[Node, Node]:
        return {}

    @cached_property
    def _joined(self) -> dict[tuple[str, Node, Node], Node]:
        return {}

    def _is_same(self, roots: Iterable[Node], formula: Callable[[], Node]) -> bool:
        try:
            return all(self._is_apart(root) and self._exact(root) == formula() for root in roots)
        except (TooLargeError, _NotShown, RecursionError):
            return False

    def _is_apart(self, root: Node) -> bool:
        """Tell whether no sum shares a fact with something else that a root asks for, and nothing contradicts."""
        levels = self.network.support(root)
        forms = [level for level in levels if isinstance(level, Form)]
        alone = {level.name for level in levels if not isinstance(level, Form)}
        is_apart = all(not set(one.names) & set(two.names) for one, two in combinations(forms, 2))
        has_no_conflict = Mark.CONFLICT not in self.network.diagrams.ends(root)
        return has_no_conflict and is_apart and all(not alone & set(form.names) for form in forms)

    def _exact(self, root: Node) -> Node:
        """Return which ends remain, as a function of what is known."""
        made, network = self._made, self.network
        for node in network.diagrams.below([root]):
            if node in self._known:
                continue
            if network.is_leaf(node):
                self._known[node] = made.terminal(network.ends(node))
                continue
            place = network.diagrams.levels[node]
            runs = network.diagrams.runs[node]
            starts = [0, *(end for end, _ in runs)]
            children = []
            for number, (first, end) in enumerate(_states(network.levels[place])):
                ways = zip(starts, runs, strict=False)
                reached = [self._known[child] for start, (stop, child) in ways if start < end and first < stop]
                children.append((number + 1, reduce(self._either, reached)))
            self._known[node] = made.node(place, children)
        return self._known[root]

    def _either(self, one: Node, two: Node) -> Node:
        return self._join("ends of either", lambda a, b: a | b, one, two)

    def _join(self, name: str, join: Callable[[Ends, Ends], Ends], one: Node, two: Node) -> Node:
        """Return the function whose ends are joined from those of two."""
        key = (name, one, two)
        found = self._joined.get(key)
        if found is None:
            made = self._made
            level = min(made.levels[one], made.levels[two])
            if level == END:
                found = made.terminal(join(made.values[one], made.values[two]))  # type: ignore[arg-type]
            else:
                found = made.node(level, self._pairs(name, join, level, one, two))
            self._joined[key] = found
        return found

    def _pairs(
        self, name: str, join: Callable[[Ends, Ends], Ends], level: int, one: Node, two: Node
    ) -> Iterator[tuple[int, Node]]:
        made = self._made
        runs = [made.runs[node] if made.levels[node] == level else ((made.sizes[level], node),) for node in (one, two)]
        places = [0, 0]
        while places[0] < len(runs[0]):
            (end_one, child_one), (end_two, child_two) = runs[0][places[0]], runs[1][places[1]]
            yield min(end_one, end_two), self._join(name, join, child_one, child_two)
            places = [places[0] + (end_one <= end_two), places[1] + (end_two <= end_one)]

    # ------------------------------------------------------------------------------------------ the formula

    @cached_property
    def _plainer(self) -> Plainer:
        return Plainer(self.network.plan.policy)

    @cached_property
    def _own(self) -> Conditions:
        """Comparisons of facts, on the levels that stand above the readings."""
        network = self.network
        return Conditions(network.plan.policy, network.levels[: network.first_reading], network.diagrams, {})

    def _rule(self, decision: CriteriaDecision | TableDecision, place: int) -> Node:
        if isinstance(decision, TableDecision) and decision.otherwise and place == len(decision.rules) - 1:
            return self.negation(self.disjunction(self._exact_rules(decision)[:-1]))
        return self.formula(decision.rules[place])

    def _of_criteria(self, decision: CriteriaDecision) -> Node:
        return self.conjunction(self._exact_rules(decision))

    def _item(self, decision: TableDecision, place: int) -> Node:
        rules = zip(decision.rules, self._exact_rules(decision), strict=True)
        return self.disjunction(node for rule, node in rules if rule.output == place)

    def _first(self, decision: TableDecision) -> Node:
        found = self._made.terminal(frozenset([Mark.NONE]))
        rows = sorted(
            zip(decision.rules, self._exact_rules(decision), strict=True),
            key=lambda row: row[0].output if decision.hit_policy == "priority" else 0,
        )
        for rule, node in reversed(rows):
            own = frozenset[Hashable]([_end(1 << rule.output)])
            found = self._join(f"row {rule.output}", partial(_hit, own), node, found)
        return found

    def _exact_rules(self, decision: CriteriaDecision | TableDecision) -> list[Node]:
        return [self._exact(rule) for rule in self.network.roots[decision.name].rules]

    def formula(self, rule: Rule) -> Node:
        """Return which truths the formula of a condition leaves."""
        if not all(map(self._is_readable, atoms(rule.condition))):
            raise _NotShown
        return self._formula(self._plainer.plain(rule.condition))

    def _is_readable(self, atom: Among | Includes | Within) -> bool:
        """Tell whether SQL compares the cells of a comparison, and not bounds that are wider."""
        if not isinstance(atom, Within):
            return True
        if _is_between_multiples(atom):
            return False
        facts = self.network.plan.policy.facts
        kinds = Variable if len(atom.terms) > 1 else (Variable, Size, Shifted)
        quantities = [term.quantity for term in atom.terms]
        is_each_once = len({quantity.name for quantity in quantities}) == len(quantities)
        return is_each_once and all(isinstance(part, kinds) and part.name in facts for part in quantities)

    def _formula(self, condition: Expression) -> Node:
        match condition:
            case Constant():
                return self._made.terminal(_YES if condition.value else _NO)
            case And():
                return self.conjunction(map(self._formula, condition.operands))
            case Or():
                return self.disjunction(map(self._formula, condition.operands))
            case Not():
                return self.negation(self._formula(condition.operand))
            case If():
                return self._if(*map(self._formula, (condition.condition, condition.then, condition.otherwise)))
            case Among():
                return self._among(condition)
            case Includes():
                members = enumerate(self._members(condition.name))
                return self.disjunction(node for place, node in members if condition.bits >> place & 1)
            case Within():
                return self._exact(self._within(condition))

    def _if(self, condition: Node, then: Node, otherwise: Node) -> Node:
        one = self.conjunction([condition, then])
        two = self.conjunction([self.negation(condition), otherwise])
        same = self._join("same", lambda a, b: a if a == b else _OPEN, then, otherwise)
        return self._join("known", lambda a, b: a if len(a) == 1 else b, self.disjunction([one, two]), same)

    def _among(self, condition: Among) -> Node:
        network = self.network
        if condition.name in network.inexact:
            raise _NotShown
        if condition.name in network.roots:
            exact = self._exact(network.roots[condition.name].answer)
            return self.mapped(exact, lambda value: bool(bit_of(value) & condition.bits))
        if condition.name not in self._own.places:
            return self._made.terminal(self._of_reading(condition))
        return self._exact(self._own.node(condition))

    def _of_reading(self, condition: Among) -> Ends:
        """Return whether a reading may be one of some options, and whether it may not."""
        reading = self.network.plan.policy.readings[condition.name]
        options = [name for name in reading.type.names if name == reading.chosen] or reading.type.names
        return frozenset(bool(reading.type.bit(option) & condition.bits) for option in options)

    def _members(self, name: str) -> list[Node]:
        network = self.network
        if name in network.inexact:
            raise _NotShown
        if name in network.roots:
            items = network.roots[name].items
            if any(Mark.CONFLICT in network.diagrams.ends(item) for item in items):
                raise _NotShown  # the columns of a list say what is in it as if nothing contradicted
            return [self.mapped(self._exact(item), lambda value: value is True) for item in items]
        return [self._exact(node) for node in self._own.members(name)]

    def _within(self, condition: Within) -> Node:
        quantity, key = condition.terms[0].quantity, single(condition) or condition.terms
        if isinstance(quantity, Size):
            if quantity.name not in self.network.plan.policy.facts:
                raise _NotShown
        elif key not in self._own.places or _is_empty(condition):
            raise _NotShown
        return self._own.node(condition)

    # ------------------------------------------------------------------------------------------ three truth values

    def conjunction(self, nodes: Iterable[Node]) -> Node:
        """Return whether all hold."""
        return reduce(lambda one, two: self._join("and", _and, one, two), nodes, self._made.terminal(_YES))

    def disjunction(self, nodes: Iterable[Node]) -> Node:
        """Return whether one holds at least."""
        return self.negation(self.conjunction(map(self.negation, nodes)))

    def negation(self, node: Node) -> Node:
        """Return whether a condition does not hold."""
        return self.mapped(node, lambda value: value is False)

    def mapped(self, node: Node, change: Callable[[Hashable], Hashable]) -> Node:
        """Return a function each of whose ends is changed."""

        def of_ends(value: Hashable) -> Node:
            assert isinstance(value, frozenset)
            return self._made.terminal(frozenset(map(change, value)))

        return self._made.mapped(node, of_ends)


def _and(one: Ends, two: Ends) -> Ends:
    return frozenset(a is True and b is True for a in one for b in two)


def _end(value: int) -> Hashable:
    return value == TRUE if value in {TRUE, FALSE} else value


def _hit(own: Ends, hit: Ends, rest: Ends) -> Ends:
    return (own if True in hit else frozenset[Hashable]()) | (rest if False in hit else frozenset[Hashable]())


def _is_empty(condition: Within) -> bool:
    return condition.low is not None and condition.high is not None and condition.low > condition.high


def _states(level: Level) -> list[tuple[int, int]]:
    """Return what a record may say of a level, as runs of cells: one or all, of a sum also others."""
    if not isinstance(level, Form):
        return [*((cell, cell + 1) for cell in range(level.size)), (0, level.size)]
    if level.size > _MOST_CELLS:
        raise TooLargeError
    return [(first, end) for first in range(level.size) for end in range(first + 1, level.size + 1)]


def _is_between_multiples(atom: Within) -> bool:
    """Tell whether a multiple of one quantity is compared with numbers among which there is none; its bounds may be."""
    if len(atom.terms) > 1 or atom.low is None or atom.high is None:
        return False
    size = abs(atom.terms[0].factor)
    return -(-atom.low // size) > atom.high // size


def _by_formula(network: Network) -> dict[str, ByFormula]:
    """Return for each decision what of it is written as its formula."""
    shown = Shown(network)
    return {name: _of_decision(shown, decision) for name, decision in network.plan.policy.decisions.items()}


def _of_decision(shown: Shown, decision: AnyDecision) -> ByFormula:
    if not isinstance(decision, CriteriaDecision | TableDecision):
        return (), False
    network = shown.network
    root = network.roots[decision.name]
    has_readings = any(len(network.ends(leaf)) > 1 for leaf in network.leaves([root.answer, *root.items]))
    by_rule = tuple(shown.rule(decision, place) for place in range(len(decision.rules)))
    return by_rule, not has_readings and shown.answer(decision)


by_formula = Attached(_by_formula)
"""For each decision of a network what of it is written as its formula; the same in every database."""
