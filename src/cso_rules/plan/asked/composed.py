"""What remains of diagrams that read other decisions, found by what remains of those instead of walking through both.

A condition that reads a decision is a function of its answer and of what else it reads: where these are the same, the
same remains. Criteria that a condition reads beside something else stay apart from that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, reduce
from operator import itemgetter, or_
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

from cso_rules.meaning.complete import Mark
from cso_rules.model.decisions import CriteriaDecision, TableDecision, rules_of
from cso_rules.model.expressions import Among, And, Expression, Includes, Within, atoms, names_of
from cso_rules.model.types import FALSE, TRUE
from cso_rules.plan.asked.apart import apart, is_one_impossible
from cso_rules.plan.asked.deciding import may_conflict, read_once, row
from cso_rules.plan.asked.rests import MOST_KEPT, Learned, OfLearned, Rest, Rests
from cso_rules.plan.asked.walks import is_small
from cso_rules.plan.building import Plan
from cso_rules.plan.conditions import Conditions, Root
from cso_rules.plan.diagrams import Node, TooLargeError
from cso_rules.plan.forms import Plainer, single
from cso_rules.plan.levels import is_count
from cso_rules.plan.prepared import Attached
from cso_rules.results import Result

if TYPE_CHECKING:
    from cso_rules.plan.asked.questions import Asked

MOST_OWN: Final = 4
"""How many levels there may be beside the decisions that are read."""

Classes = Mapping[int, Rest]
"""By the end of a decision, as a bit, what stands for all ends that a condition does not tell apart from it."""


class Walked:
    """A diagram that is walked through."""

    def __init__(self, node: Node) -> None:
        """Keep where it begins."""
        self.node = node

    def rest(self, asked: Asked) -> Rest:
        """Return what remains of it."""
        return asked.rest(self.node)


class Tabled:
    """A diagram of few levels: what remains of it is remembered by their cells."""

    def __init__(self, node: Node, learned: Learned, mask: int) -> None:
        """Start with nothing found.

        Args:
            node: Where it begins.
            learned: What was found out about its plan.
            mask: The bits of all cells of its levels.
        """
        self.node, self.walks, self.cells, self.mask = node, learned.walks, learned.rests.cells, mask
        self.kept: dict[int, Rest] = {}
        """What remains, by the cells that remain of its levels."""

    def rest(self, asked: Asked) -> Rest:
        """Return what remains of it."""
        state = asked.state & self.mask
        return self.kept.get(state) or self.of(state)

    def of(self, state: int) -> Rest:
        """Return what remains of it where these cells remain of its levels."""
        rest = self.kept.get(state)
        if rest is None:
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            walks = self.walks
            found = walks.ends.copy()
            rest = self.kept[state] = found.get(self.node) or walks[self.node](self.cells.left(state), found, walks)
        return rest


class Composed:
    """A diagram that reads decisions with one answer."""

    def __init__(
        self,
        node: Node,
        learned: Learned,
        reads: Sequence[tuple[str, Classes]],
        mask: int,
    ) -> None:
        """Start with nothing found.

        Args:
            node: Where it begins.
            learned: What was found out about its plan.
            reads: The decisions, with what the diagram tells apart of each.
            mask: The bits of all cells of the levels that it reads itself.
        """
        self.node, self.mask = node, mask
        self.reads = [(name, _mapped(learned, classes)) for name, classes in reads]
        self.only = self.reads[0] if len(self.reads) == 1 else None
        self.kept: dict[object, Rest] = {}
        """What remains, by what remains of the decisions and by these cells."""

    def rest(self, asked: Asked) -> Rest:
        """Return what remains of it."""
        decided = asked.decided
        try:
            if self.only is None:
                read: object = tuple([classes[decided[name].functions[0]] for name, classes in self.reads])
            else:
                name, classes = self.only
                read = classes[decided[name].functions[0]]
        except KeyError:  # a decision that formulas told
            return asked.rest(self.node)
        key = asked.state & self.mask, read
        rest = self.kept.get(key)
        if rest is None:
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            rest = self.kept[key] = asked.rest(self.node)
        return rest


class _There:
    """What remains of a diagram at each answer of the decision that it reads.

    Attributes:
        ends: What remains, by the end of the decision that stands for the answer, as a bit.
        alone: The same, where the answer does not matter.
        kept: What remains of the diagram, by what remains of the decision.
    """

    __slots__ = ("alone", "ends", "first", "kept")

    def __init__(self, ends: Mapping[int, Rest]) -> None:
        found, levels = {*ends.values()}, 0
        for rest in found:
            levels |= rest.levels
        self.ends = ends
        self.kept: dict[Rest, Rest] = {}
        self.alone = found.pop() if len(found) == 1 else None
        self.first = (levels & -levels).bit_length() - 1 if levels else None

    def is_below(self, read: Rest) -> bool:
        """Tell whether all that remains there asks only levels after those of what remains of the decision."""
        return self.first is None or read.levels.bit_length() <= self.first


class Continued:
    """A diagram that reads one decision that always has one answer, and goes on from each answer."""

    def __init__(self, node: Node, learned: Learned, read: tuple[str, Classes], answers: Mapping[int, Tabled]) -> None:
        """Start with nothing found.

        Args:
            node: Where it begins.
            learned: What was found out about its plan.
            read: The decision, with what the diagram tells apart of it.
            answers: The diagram where an answer is given, by the end of the decision that stands for it, as a bit.
        """
        self.node, self.rests, self.name, self.answers = node, learned.rests, read[0], answers
        self.classes = _mapped(learned, read[1])
        self.mask = reduce(or_, [source.mask for source in answers.values()])
        self.there: dict[int, _There] = {}
        """What remains at each answer, by the cells that remain of the levels that the diagram reads itself."""
        self._same: dict[tuple[Rest, ...], _There] = {}
        self._count = 0

    def rest(self, asked: Asked) -> Rest:
        """Return what remains of it."""
        state = asked.state & self.mask
        there = self.there.get(state) or self._there(state)
        if there.alone is not None:
            return there.alone
        known = asked.decided.get(self.name)
        if known is None:  # a decision that formulas told
            return asked.rest(self.node)
        read = self.classes[known.functions[0]]
        return there.kept.get(read) or self._found(asked, there, read)

    def _there(self, state: int) -> _There:
        ends = {end: source.of(state & source.mask) for end, source in self.answers.items()}
        key = tuple(ends.values())
        there = self._same.get(key)
        if there is None:
            there = self._same[key] = _There(ends)
        self.there[state] = there
        return there

    def _found(self, asked: Asked, there: _There, read: Rest) -> Rest:
        self._count += 1
        if self._count > MOST_KEPT:
            self._count = 0
            self._same.clear()
            self.there.clear()
        is_below = there.is_below(read)
        found = there.kept[read] = self.rests.mapped(read, there.ends) if is_below else asked.rest(self.node)
        return found


class _Mapped(dict[Rest, Rest]):
    """What remains of a decision with its ends in classes, by what remains of it."""

    def __init__(self, rests: Rests, classes: Classes) -> None:
        super().__init__()
        self._rests, self._classes = rests, classes

    def __missing__(self, rest: Rest) -> Rest:
        if len(self) >= MOST_KEPT:
            self.clear()
        found = self[rest] = self._rests.mapped(rest, self._classes)
        return found


def _mapped(learned: Learned, classes: Classes) -> _Mapped:
    """Return the same mapping for all that tell the same ends apart."""
    found: _Mapped = learned.mappings.setdefault(tuple(classes.items()), _Mapped(learned.rests, classes))
    return found


Source: TypeAlias = Walked | Tabled | Composed | Continued
"""How what remains of a diagram is found."""


Making: TypeAlias = Callable[[Sequence[Node]], Node]
"""Returns a diagram, given when each of the conditions holds that are read in it."""


def source_of(learned: Learned, node: Node, conditions: Sequence[Expression], making: Making = itemgetter(0)) -> Source:
    """Return how to find what remains of a diagram.

    Args:
        learned: What was found out about the plan.
        node: The diagram.
        conditions: All that is read in it.
        making: How it is made of when these hold; it is the first where that is not said.
    """
    plan, rests = learned.plan, learned.rests
    whole = plan.levels_below[node]
    if is_small(plan.diagrams, whole):
        return Tabled(node, learned, rests.cells.mask(whole))
    own, reads = set[int](), dict[str, set[int]]()
    for atom in _atoms(plan, conditions):
        if isinstance(atom, Among) and atom.name in plan.policy.decisions:
            reads.setdefault(atom.name, set()).add(atom.bits)
        elif any(name in plan.policy.decisions for name in names_of(atom)):
            return Walked(node)
        else:
            own |= _places(plan, atom)
    levels = sum(1 << place for place in own)
    below = whole & ~levels
    if not reads or len(own) > MOST_OWN or not all(_has_one_answer(plan, name) for name in reads):
        return Walked(node)
    for name in reads:
        below &= ~plan.levels_below[plan.roots[name].answer]
    if below:
        return Walked(node)
    classes = tuple((name, _classes(plan, rests, name, told)) for name, told in reads.items())
    if len(classes) == 1 and own:
        answers = _answers(plan, learned, classes[0], conditions, making)
        if answers:
            return Continued(node, learned, classes[0], answers)
    return Composed(node, learned, classes, rests.cells.mask(levels))


def _atoms(plan: Plan, conditions: Iterable[Expression]) -> list[Among | Includes | Within]:
    plainer, _ = _making(plan)
    return [atom for condition in conditions for atom in atoms(plainer.plain(condition))]


def _places(plan: Plan, atom: Among | Includes | Within) -> set[int]:
    """Return the levels that a comparison asks."""
    places = _making(plan)[1].places
    if isinstance(atom, Within) and not is_count(atom):
        return {places[single(atom) or atom.terms]}
    name = names_of(atom)[0]
    return {place for key, place in places.items() if key == name or (isinstance(key, tuple) and key[0] == name)}


_Making: TypeAlias = tuple[Plainer, Conditions]

_making = Attached[Plan, _Making](
    lambda plan: (Plainer(plan.policy), Conditions(plan.policy, plan.levels, plan.diagrams, plan.roots))
)
"""What makes the conditions of a plan plain, and diagrams of them."""


def _has_one_answer(plan: Plan, name: str) -> bool:
    decision = plan.policy.decisions[name]
    return name in plan.roots and isinstance(decision, TableDecision) and not decision.has_multiple_hits


def _classes(plan: Plan, rests: Rests, name: str, told: Iterable[int]) -> Classes:
    """Return what stands for each end of a decision, of its answer as of its hit, where some answers are asked for."""
    decision = plan.policy.decisions[name]
    assert isinstance(decision, TableDecision)
    asked = sorted(told)
    with plan.adding:
        bits, made = plan.end_bits, plan.diagrams
        found: dict[int, tuple[object, ...]] = {
            bits[made.terminal(mark)]: (mark,) for mark in (Mark.CONFLICT, Mark.NONE)
        }
        for place, rule in enumerate(decision.rules):
            value = 1 << rule.output
            own = tuple(bool(value & each) for each in asked)
            found[bits[made.terminal(value)]] = found[bits[made.terminal(row(place))]] = own
    first: dict[tuple[object, ...], Rest] = {}
    return {end: first.setdefault(own, rests.end_of(end)) for end, own in found.items()}


def _answers(
    plan: Plan, learned: Learned, read: tuple[str, Classes], conditions: Sequence[Expression], making: Making
) -> dict[int, Tabled]:
    """Return a diagram where an answer is given of the one decision that it reads, by the ends that stand for answers.

    There are none where the decision may have no answer, or where the diagrams would not have few cases.
    """
    (name, classes), made, found = read, plan.diagrams, dict[int, Tabled]()
    if not {Mark.CONFLICT, Mark.NONE}.isdisjoint(made.ends(plan.roots[name].answer)):
        return {}
    told = {rest.ends for rest in classes.values()}
    try:
        with plan.adding:
            plain = [_making(plan)[0].plain(condition) for condition in conditions]
            for value in dict.fromkeys(1 << rule.output for rule in rules_of(plan.policy.decisions[name])):
                end = made.terminal(value)
                if plan.end_bits[end] in told:
                    roots = {**plan.roots, name: Root(answer=end)}
                    holding = Conditions(plan.policy, plan.levels, made, roots)
                    node = making([holding.node(condition) for condition in plain])
                    if not is_small(made, plan.levels_below[node]):
                        return {}
                    found[plan.end_bits[end]] = Tabled(node, learned, learned.rests.cells.mask(plan.levels_below[node]))
    except TooLargeError:
        return {}
    return found


@attrs.frozen(eq=False, slots=False)
class Tested(OfLearned):
    """A rule whose truth diagrams tell.

    Attributes:
        bit: The rule.
        node: Its diagram.
        condition: When it holds; None of `otherwise`.
        is_split: Whether criteria that it reads are kept apart.
    """

    bit: int
    node: Node
    condition: Expression | None
    is_split: bool

    @cached_property
    def once(self) -> tuple[str, ...] | None:
        """The decisions that it reads, where formulas are exact while each has one answer; else None."""
        return None if self.condition is None else read_once(self.plan.policy, self.condition)

    @cached_property
    def source(self) -> Source:
        """How what remains of it is found."""
        if self.condition is None or not self.is_split:
            return Walked(self.node)
        return source_of(self.learned, self.node, [self.condition])

    @cached_property
    def criteria(self) -> tuple[str, ...]:
        """The criteria that must be met, where they are kept apart from what else must hold."""
        return self._operands[0]

    @cached_property
    def others(self) -> tuple[Source, ...]:
        """What else must hold."""
        return self._operands[1]

    @cached_property
    def _operands(self) -> tuple[tuple[str, ...], tuple[Source, ...]]:
        if not self.is_split or not isinstance(self.condition, And | Among):
            return (), ()
        operands = self.condition.operands if isinstance(self.condition, And) else (self.condition,)
        criteria = [part.name for part in operands if isinstance(part, Among) and _is_met(self.plan, part)]
        others = [part for part in operands if not (isinstance(part, Among) and part.name in criteria)]
        if not criteria or len(set(criteria)) < len(criteria):
            return (), ()
        try:
            with self.plan.adding:
                plainer, conditions = _making(self.plan)
                nodes = [conditions.node(plainer.plain(part)) for part in others]
        except TooLargeError:
            return (), ()
        pairs = zip(nodes, others, strict=True)
        return tuple(criteria), tuple(source_of(self.learned, node, [part]) for node, part in pairs)

    def parts(self, asked: Asked, earlier: Mapping[str, Result] | None = None) -> Sequence[Rest]:
        """Return conditions that hold together exactly where the rule does, no two of which share anything open.

        Where there are several, each can be met, and need not be met.

        Args:
            asked: The plan and what is known.
            earlier: The exact results of the decisions that it reads, where they are there.
        """
        if not self.criteria:
            return (self.source.rest(asked),)
        found = asked.parts.get(self.node)
        if found is None:
            found = asked.parts[self.node] = self._parts(asked, earlier)
        return found

    def _parts(self, asked: Asked, earlier: Mapping[str, Result] | None) -> Sequence[Rest]:
        rests = asked.rests
        found: list[Rest] = []
        for name in self.criteria:
            known = asked.decided.get(name)
            if known is not None:
                found += known.functions or ()
                domain = known.result.domain
            elif earlier is not None:
                domain = earlier[name].domain
            else:
                return (self.source.rest(asked),)
            if domain == FALSE:
                return (rests.false,)
        for source in self.others:
            rest = source.rest(asked)
            ends = asked.ends_of(rest)
            if ends == rests.false.ends:
                return (rests.false,)
            if ends != rests.true.ends:
                found.append(rest)
        parts = apart(rests, found)
        if len(parts) < len(found) and is_one_impossible(asked, found, parts):
            return (rests.false,)
        return parts or (rests.true,)


def _is_met(plan: Plan, atom: Among) -> bool:
    """Tell whether a comparison is that criteria are met that cannot be contradictory."""
    is_criteria = isinstance(plan.policy.decisions.get(atom.name), CriteriaDecision) and atom.name in plan.roots
    return is_criteria and atom.bits == TRUE and not may_conflict(plan)[atom.name]
