"""Decisions answered by the cells that remain of the levels of each rule, without formulas.

A rule that reads few facts holds, is open or does not hold by the cells that remain of their levels: one look into its
table. Which row of a table is the hit follows from the rows that are open before the first one that holds; so the known
facts that only closed rows read tell nothing apart. What was found for such a shape and the same cells is remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count as count_from
from typing import TYPE_CHECKING, Final

from cso_rules.meaning.complete import Mark
from cso_rules.model.decisions import AbsentDecision, TableDecision
from cso_rules.model.types import FALSE
from cso_rules.plan.asked.cases import groups_of
from cso_rules.plan.asked.composed import Tabled, Tested, Walked
from cso_rules.plan.asked.met import met
from cso_rules.plan.asked.rests import MOST_KEPT, MOST_RESULTS, Rest
from cso_rules.plan.asked.steps import Decided, Step, tested
from cso_rules.plan.asked.walks import is_small
from cso_rules.plan.building import Plan
from cso_rules.plan.prepared import cones_of
from cso_rules.results import Result

if TYPE_CHECKING:
    from cso_rules.plan.asked.questions import Asked

MOST_HITS: Final = 1 << 16
"""How many hits of a table are kept, by what is open before them."""

NUMBER_BITS: Final = 16
"""How many bits there are for the numbers of what remains of a rule."""

Earlier = Mapping[str, Result]
"""The exact results of the decisions that were answered before."""

Remains = dict[int, Sequence[Rest]]
"""What remains of rules, by their bits: conditions that hold together exactly where a rule does."""


class _Codes(dict[Rest, int]):
    """What is told of one rule by what remains of it: it holds, is open, is to be asked for its sums, or fails."""

    def __init__(self, step: Step, place: int) -> None:
        super().__init__()
        count = step.every.bit_length()
        self._true, self._open, self._unsure, self._untold = (1 << place + part * count for part in range(4))
        self._more, self._place = 4 * count, place
        self._holds, self._fails = step.holds, step.does_not
        self._groups = groups_of(step.plan)

    def __missing__(self, rest: Rest) -> int:
        if not self._groups.are_free(rest.levels):
            found = self._unsure | self.more_of_unsure(rest)
        elif rest.ends == self._holds:
            found = self._true
        else:
            found = 0 if rest.ends == self._fails else self._open | self.more(rest)
        if len(self) >= MOST_KEPT:
            self.clear()
        self[rest] = found
        return found

    def more(self, rest: Rest) -> int:  # noqa: ARG002 - others tell more
        """Return what else is told of a rule that is open."""
        return 0

    def more_of_unsure(self, rest: Rest) -> int:  # noqa: ARG002 - others tell more
        """Return what else is told of a rule that is to be asked for its sums."""
        return 0

    def of_parts(self, parts: Sequence[Rest]) -> int:
        """Return what is told by conditions that hold together where the rule does, each of which is open."""
        return self[parts[0]] if len(parts) == 1 else self._open


class _Levelled(_Codes):
    """Of an open rule the levels on which it depends are told too, or that these do not tell what matters for it."""

    def more(self, rest: Rest) -> int:
        """Return the levels of a rule that is open."""
        return rest.levels << self._more

    def of_parts(self, parts: Sequence[Rest]) -> int:
        """Return what is told by conditions that hold together where the rule does, each of which is open."""
        if len(parts) == 1:
            return self[parts[0]]
        levels = 0
        for part in parts:
            levels |= part.levels
        return self._open | (levels << self._more if self._groups.are_free(levels) else self._untold)


class _Numbered(_Codes):
    """Of a rule that does not hold or fail for certain a number of what remains of it is told too.

    What remains may have several numbers, and none has two meanings. Once they are given out, it is told that none is
    there.
    """

    def __init__(self, step: Step, place: int) -> None:
        super().__init__(step, place)
        self._numbers, self._first = count_from(1), self._more + place * NUMBER_BITS

    def more(self, rest: Rest) -> int:  # noqa: ARG002 - it is new
        """Return the number of what remains of a rule, or that it has none."""
        number = next(self._numbers)  # in one step, whatever other threads do
        return self._untold if number >> NUMBER_BITS else number << self._first

    more_of_unsure = more


class _Told(dict[int, int]):
    """The same of rules that read few levels, by the bits of the cells that remain of these."""

    def __init__(self, levels: int) -> None:
        """Start with no rule.

        Args:
            levels: The levels, as bits.
        """
        super().__init__()
        self.levels = levels
        self.rules: list[tuple[Tabled, _Codes]] = []

    def __missing__(self, state: int) -> int:
        found = 0
        for source, codes in self.rules:
            found |= codes[source.of(state & source.mask)]
        if len(self) >= MOST_KEPT:
            self.clear()
        self[state] = found
        return found


def _tables(plan: Plan, rules: Sequence[tuple[Tabled, _Codes]]) -> list[_Told]:
    """Return tables for rules, as few as have few cases each."""
    tables: list[_Told] = []
    for source, codes in rules:
        levels = plan.levels_below[source.node]
        found = next((table for table in tables if is_small(plan.diagrams, table.levels | levels)), None)
        if found is None:
            tables.append(found := _Told(0))
        found.levels |= levels
        found.rules.append((source, codes))
    return tables


class Shape:
    """How a decision is answered by its rules."""

    most = MOST_KEPT
    """How often what was found out is kept."""
    are_levels_told = False
    """Whether the levels are told on which open rules depend."""

    def __init__(self, step: Step, rules: Sequence[Tested]) -> None:
        """Start with nothing found.

        Args:
            step: How the decision is answered.
            rules: The rules whose diagrams tell whether they hold.
        """
        self.step = step
        self.count, self.every = step.every.bit_length(), step.every
        self.unsure = self.every << 2 * self.count
        """What is told of rules that are to be asked for their sums."""
        self.truth_bits = (1 << 3 * self.count) - 1
        """What is told of the truths of rules, and nothing of what matters for them."""
        self.others: list[tuple[Tested, Callable[[Asked], Rest] | None, _Codes]] = []
        """The rules that read many levels, what finds what remains of one without criteria, and what that tells."""
        few: list[tuple[Tabled, _Codes]] = []
        for rule in rules:
            is_few = isinstance(rule.source, Tabled) and not rule.criteria
            codes = self.codes(rule.bit.bit_length() - 1, is_few=is_few)
            if isinstance(rule.source, Tabled) and is_few:
                few.append((rule.source, codes))
            else:
                self.others.append((rule, None if rule.criteria else rule.source.rest, codes))
        self.own = [(step.rests.cells.mask(table.levels), table) for table in _tables(step.plan, few)]
        """The bits of the cells of the levels of rules that read few, and what is told by them."""
        self.tested = {rule.bit: rule for rule in rules}
        self._opened: dict[int, list[Tested]] = {}
        self.kept: dict[object, Decided] = {}
        """What was found out, by all that it follows from."""

    def codes(self, place: int, *, is_few: bool) -> _Codes:  # noqa: ARG002 - a table tells both apart
        """Return what is told of the rule at a place, which may read few levels."""
        return _Codes(self.step, place)

    def decided(self, asked: Asked, earlier: Earlier | None) -> Decided:
        """Return what is found out about the decision.

        Args:
            asked: The plan and what is known.
            earlier: The exact results of the decisions that it reads, where they are there.
        """
        raise NotImplementedError

    def told(self, asked: Asked, earlier: Earlier | None, remains: Remains) -> int:
        """Return what is told of all rules.

        Args:
            asked: The plan and what is known.
            earlier: The exact results of the decisions that they read, where they are there.
            remains: Takes up what remains of the rules that read many levels.
        """
        found, state = 0, asked.state
        for mask, table in self.own:
            found |= table[state & mask]
        for rule, rest_of, codes in self.others:
            if rest_of is None:
                parts = remains[rule.bit] = rule.parts(asked, earlier)
                found |= codes.of_parts(parts)
            else:
                rest = rest_of(asked)
                remains[rule.bit] = (rest,)
                found |= codes[rest]
        return self._freed(asked, found, remains) if found & self.unsure else found

    def _freed(self, asked: Asked, told: int, remains: Remains) -> int:
        """Return what is told where rules with sums that depend on nothing here are told as all others are."""
        count, step = self.count, self.step
        for rule in self.opened(told >> 2 * count & self.every):
            rest = (remains.get(rule.bit) or rule.parts(asked))[0]
            if asked.are_free(rest.levels):
                told ^= rule.bit << 2 * count
                if rest.ends == step.holds:
                    told |= rule.bit
                elif rest.ends != step.does_not:
                    told |= rule.bit << count | (rest.levels << 4 * count if self.are_levels_told else 0)
        return told

    def truths(self, asked: Asked, told: int, remains: Remains) -> tuple[int, int]:
        """Return the rules that hold for certain, and those that may hold and may not."""
        every, count = self.every, self.count
        true, unknown, unsure = told & every, told >> count & every, told >> 2 * count & every
        for rule in self.opened(unsure) if unsure else ():
            ends = asked.ends_of((remains.get(rule.bit) or rule.parts(asked))[0])
            if ends == self.step.holds:
                true |= rule.bit
            elif ends != self.step.does_not:
                unknown |= rule.bit
        return true, unknown

    def opened(self, bits: int) -> list[Tested]:
        """Return some rules, given as bits."""
        found = self._opened.get(bits)
        if found is None:
            if len(self._opened) >= MOST_KEPT:
                self._opened.clear()
            found = self._opened[bits] = [rule for bit, rule in self.tested.items() if bit & bits]
        return found

    def keep(self, key: object, found: Decided) -> Decided:
        """Keep what was found out."""
        if len(self.kept) >= self.most:
            self.kept.clear()
        self.kept[key] = found
        return found


class Criteria(Shape):
    """Criteria without contradictions: those that fail are kept by the truths of the rules, with their results."""

    most = MOST_RESULTS

    def decided(self, asked: Asked, earlier: Earlier | None) -> Decided:
        """Return what is found out: what does not fail for certain depends on whatever is open together."""
        remains: Remains = {}
        told, step = self.told(asked, earlier, remains), self.step
        found = self.kept.get(told)
        if found is not None:
            return found
        true, unknown = self.truths(asked, told, remains)
        if true | unknown != self.every:
            told = true | unknown << self.count  # whatever sums told of it
            return self.kept.get(told) or self.keep(told, Decided(step, Result(FALSE, true, unknown), ()))
        conditions: list[Rest] = []
        for rule in self.opened(unknown):
            own = remains.get(rule.bit)
            if own is None:  # a rule that reads few levels, and no criteria
                conditions.append(rule.source.rest(asked))
            else:
                conditions += own
        return met(asked, step, true, unknown, conditions)


class Listed(Shape):
    """A list without contradictions."""

    are_levels_told = True

    def __init__(self, step: Step, rules: Sequence[Tested]) -> None:
        """Start with nothing found."""
        super().__init__(step, rules)
        self._is_told_by_rows = not step.items_of_many
        self._untold = self.every | self.every << self.count

    def codes(self, place: int, *, is_few: bool) -> _Codes:  # noqa: ARG002 - it is the same
        """Return what is told of the rule at a place."""
        return _Levelled(self.step, place)

    def decided(self, asked: Asked, earlier: Earlier | None) -> Decided:
        """Return what is found out: items that several open rows give are asked for themselves."""
        remains: Remains = {}
        told, step = self.told(asked, earlier, remains), self.step
        found = self.kept.get(told)
        if found is not None:
            return found
        true, unknown = self.truths(asked, told, remains)
        items = step.open_items(true, unknown) if unknown and step.items_of_many else ()
        ends = tuple([asked.ends(item.node) for item in items])
        result = step.results.get((true, unknown, ends)) or step.of_list(true, unknown, ends)
        functions: list[Rest] = []
        untold, levels = told >> 2 * self.count & self._untold, told >> 4 * self.count
        if not self._is_told_by_rows:
            return Decided(step, result, None)
        for rule in self.opened((untold | untold >> self.count) & unknown) if untold else ():
            functions += remains.get(rule.bit) or rule.parts(asked)
        found = Decided(step, result, functions, levels)
        return found if untold else self.keep(told, found)


class Single(Shape):
    """A table with one hit and without contradictions, of which the diagram of the hit is there."""

    def __init__(self, step: Step, rules: Sequence[Tested]) -> None:
        """Start with nothing found."""
        self._is_walked = isinstance(step.source, Walked)
        super().__init__(step, rules)
        assert isinstance(step.decision, TableDecision)
        self._order = step.decision.order if step.is_preferring else range(len(rules))
        self._unnumbered = self.every << 3 * self.count
        self._shapes: dict[int, tuple[int, list[Tested]]] = {}
        self._hits: dict[object, Rest] = {}

    def codes(self, place: int, *, is_few: bool) -> _Codes:
        """Return what is told of the rule at a place, which may read few levels."""
        return _Numbered(self.step, place) if is_few and self._is_walked else _Codes(self.step, place)

    def decided(self, asked: Asked, earlier: Earlier | None) -> Decided:
        """Return what is found out."""
        remains: Remains = {}
        step, told = self.step, self.told(asked, earlier, remains)
        rest = self._hit(asked, told, remains) if self._is_walked else step.source.rest(asked)
        told &= self.truth_bits
        found = self.kept.get((told, rest))
        if found is not None:
            return found
        true, unknown = self.truths(asked, told, remains)
        if step.told:
            true, unknown = true & ~step.told, unknown | step.told
        key = true, unknown, asked.ends_of(rest), None
        found = Decided(step, step.results.get(key) or step.of_one(*key), (rest,))
        is_kept = not (told & self.unsure or rest.levels & step.rests.form_bits)
        return self.keep((told, rest), found) if is_kept else found

    def _hit(self, asked: Asked, told: int, remains: Remains) -> Rest:
        """Return what remains of the hit: it depends on what remains of the rows before the first one that holds."""
        if told & self._unnumbered:
            return self.step.source.rest(asked)
        truths = told & self.truth_bits
        mask, others = self._shapes.get(truths) or self._shape(truths)
        key: object = told & mask
        if others:
            key = key, *[rule.source.rest(asked) if rule.criteria else remains[rule.bit][0] for rule in others]
        rest = self._hits.get(key)
        if rest is None:
            if len(self._hits) >= MOST_HITS:
                self._hits.clear()
            rest = self._hits[key] = self.step.source.rest(asked)
        return rest

    def _shape(self, truths: int) -> tuple[int, list[Tested]]:
        """Return the bits of what is told of the rows up to the first one that holds, and open ones without numbers."""
        others: list[Tested] = []
        count, mask = self.count, 0
        for place in self._order:
            mask |= 1 << place | 1 << count + place | 1 << 2 * count + place
            if truths >> place & 1:
                break
            rule = self.tested.get(1 << place)
            if rule is not None and (truths >> count | truths >> 2 * count) >> place & 1:
                if isinstance(rule.source, Tabled) and not rule.criteria:
                    mask |= (1 << NUMBER_BITS) - 1 << 4 * count + place * NUMBER_BITS
                else:
                    others.append(rule)
        if len(self._shapes) >= MOST_KEPT:
            self._shapes.clear()
        return self._shapes.setdefault(truths, (mask, others))


def shape_of(step: Step) -> Shape | None:
    """Return how a decision is answered by its rules; None where that does not tell."""
    if step.may_conflict or step.is_computed:
        return None
    if step.is_conjunction:
        return Criteria(step, step.rules)
    if step.is_list:
        return Listed(step, step.rules)
    if not step.hits or not _reads_answers(step.plan, step.decision.name):
        return None
    is_told = step.told == step.every and isinstance(step.source, Walked)
    return Single(step, tested(step.learned, step.decision, 0, is_split=True) if is_told else step.rules)


def _reads_answers(plan: Plan, name: str) -> bool:
    """Tell whether each decision that a decision depends on has an answer, whatever is known."""
    return all(
        other == name or other not in plan.policy.decisions or _has_answer(plan, other)
        for other in cones_of(plan.policy).of(name)
    )


def _has_answer(plan: Plan, name: str) -> bool:
    if name not in plan.roots or isinstance(plan.policy.decisions[name], AbsentDecision):
        return False
    return {Mark.CONFLICT, Mark.NONE}.isdisjoint(plan.diagrams.ends(plan.roots[name].answer))
