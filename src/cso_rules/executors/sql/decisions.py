"""Decisions as columns: what remains possible of each answer, of each rule, and how far that settles it.

A criterion or row is written as its own formula where the plan shows that to be exact, and as its diagram where not.
The truth of a rule is 1, 2 or 3: it holds for certain, certainly not, or depends on what is unknown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial, reduce
from operator import or_
from typing import Final

import attrs

from cso_rules.executors.sql.columns import Columns
from cso_rules.executors.sql.dates import MovedDates
from cso_rules.executors.sql.diagram import CONFLICT_BIT, FAR, NONE_BIT, Diagram, extreme
from cso_rules.executors.sql.dialects import Dialect
from cso_rules.executors.sql.expressions import ENDS, Conditions, Pair, Slot, constant_slot
from cso_rules.executors.sql.formulas import ByFormula, by_formula
from cso_rules.executors.sql.network import Network
from cso_rules.executors.sql.nodes import (
    Name,
    Part,
    Predicate,
    added,
    all_of,
    any_of,
    chosen,
    compared,
    flag,
    is_known_number,
    negated,
    number,
    one_of,
)
from cso_rules.model.decisions import (
    AbsentDecision,
    AnyDecision,
    CriteriaDecision,
    Rule,
    TableDecision,
    ValueDecision,
    inputs_of,
    rules_of,
)
from cso_rules.model.expressions import Expression
from cso_rules.model.policy import Policy
from cso_rules.model.types import FALSE, TRUE
from cso_rules.plan.diagrams import Node

DETERMINED, UNDETERMINED, UNSETTLED, NO_RULE, CONFLICT = range(5)
_ANY: Final = TRUE | FALSE
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
Conditional = CriteriaDecision | TableDecision


@attrs.frozen(kw_only=True)
class Written:
    """Where the result of a decision stands.

    Attributes:
        slot: The values that remain possible; of one hit with bits for no answer and for a contradiction.
        status: How far it is settled, as a number.
        rules: The truth of each rule.
        conflict: Whether rules contradict one another for certain, and whether they surely do not.
        none: Whether there is no answer for certain, and whether there surely is one.
        idle: Of criteria whether each certainly does not apply.
        hits: Of rows of which one is the hit, whether each may be that.
        shared: Of criteria whether each asks for a fact that another asks for.
    """

    slot: Slot
    status: Part
    rules: tuple[Part, ...] = ()
    conflict: Pair = (False, True)
    none: Pair = (False, True)
    idle: tuple[Predicate, ...] = ()
    hits: tuple[Predicate, ...] = ()
    shared: tuple[bool, ...] = ()

    def truth(self, place: int) -> Pair:
        """Return whether a rule certainly holds, and whether it certainly does not."""
        return one_of(self.rules[place], (1,)), one_of(self.rules[place], (2,))


@attrs.frozen
class _Left:
    """Which leaves of a root remain.

    Attributes:
        leaves: Their bits.
        ends: The bits of the ends that they may have.
        settled: The leaves that are one end.
        by_law: The leaves that readings decide.
    """

    leaves: Part
    ends: Part
    inside: int
    settled: tuple[int, ...]
    by_law: tuple[int, ...]

    def share(self, dialect: Dialect, bit: int) -> Pair:
        """Return whether an end is certain, and whether it is impossible."""
        others = self.inside & ~bit
        sure = negated(dialect.has_bits(self.ends, self.inside, others, never_empty=True))
        never = negated(dialect.has_bits(self.ends, self.inside, bit, never_empty=True))
        return (sure, never) if self.inside & bit else (False, True)


def _all_by_formula(policy: Policy) -> dict[str, ByFormula]:
    return {name: ((True,) * len(rules_of(decision)), True) for name, decision in policy.decisions.items()}


class Decisions:
    """Writes decisions into columns, in the order of the policy."""

    def __init__(
        self, policy: Policy, dialect: Dialect, columns: Columns, slots: dict[str, Slot], network: Network | None
    ) -> None:
        self.policy, self.dialect, self.columns, self.slots, self.network = policy, dialect, columns, slots, network
        self._moved = MovedDates(dialect, columns)
        self.conditions = Conditions(dialect, self._moved)
        self.written: dict[str, Written] = {}
        self._diagram = None if network is None else Diagram(network, self.conditions, columns, slots)
        self._by_formula = _all_by_formula(policy) if network is None else by_formula(network)

    def write(self) -> None:
        """Define the columns of every decision."""
        if self._diagram is not None:
            self._diagram.announce(self._roots())
        for name, decision in self.policy.decisions.items():
            self._moved.decision = name
            self.written[name] = self._decision(decision)
            self.slots[name] = self.written[name].slot

    # ------------------------------------------------------------------------------------------ formula or diagram

    def _roots(self) -> Iterable[Node]:
        """Yield the roots that are written as diagrams."""
        assert self.network is not None
        for name, root in self.network.roots.items():
            rules, answer = self._by_formula[name]
            yield from (node for node, is_formula in zip(root.rules, rules, strict=True) if not is_formula)
            if not answer:
                yield from (root.answer, *root.items)
            yield from self.network.hits.get(name, {}).values()
            if len(root.sums) > 1:
                yield from (guard for guard, _ in root.sums if len(self.network.leaves([guard])) > 1)

    def _left(self, root: Node, name: str, ending: str, comment: str = "") -> _Left:
        """Define which leaves of a root remain."""
        assert self._diagram is not None
        assert self.network is not None
        diagram, leaves = self._diagram, self.network.leaves([root])
        raw = diagram.root(root)
        ends = {leaf: diagram.ends_of(leaf) for leaf in leaves}
        inside = reduce(or_, ends.values(), 0)
        by_law = tuple(diagram.bits[leaf] for leaf in leaves if len(self.network.ends(leaf)) > 1)
        settled = tuple(diagram.bits[leaf] for leaf in leaves if len(self.network.ends(leaf)) == 1)
        if by_law and not all(diagram.bits[leaf] == ends[leaf] for leaf in leaves):
            bits = [1 << place for place in range(inside.bit_length()) if inside >> place & 1]
            whole = sum(diagram.bits.get(leaf, 0) for leaf in leaves)
            masks = {bit: sum(diagram.bits[leaf] for leaf in leaves if ends[leaf] & bit) for bit in bits}
            tests = [(bit, self.dialect.has_bits(raw, whole, masks[bit])) for bit in bits]
            part = added([chosen([(test, number(bit))], number(0)) for bit, test in tests])
            return _Left(raw, self._named(name, ending, part, comment), inside, settled, by_law)
        return _Left(raw, self._named(name, ending, raw, comment), inside, settled, ())

    def _named(self, name: str, ending: str, part: Part, comment: str) -> Part:
        return self._kept(name, ending, self.dialect.whole(part), comment)

    def _kept(self, name: str, ending: str, part: Part, comment: str = "") -> Part:
        """Define a column, unless it is the same number in every row."""
        return part if is_known_number(part) else self.columns.define(name, ending, part, comment)

    # ------------------------------------------------------------------------------------------ decisions

    def _decision(self, decision: AnyDecision) -> Written:
        match decision:
            case AbsentDecision():
                return Written(slot=constant_slot(decision.type.everything), status=number(NO_RULE))
            case ValueDecision():
                return self._value(decision)
            case TableDecision() if decision.has_multiple_hits:
                return self._list(decision, self._rules(decision))
            case CriteriaDecision() | TableDecision():
                return self._single(decision, self._rules(decision))

    def _rules(self, decision: Conditional) -> tuple[Part, ...]:
        by_formula, _ = self._by_formula[decision.name]
        found: list[Part] = []
        for place, rule in enumerate(decision.rules):
            ending, comment = _ending(decision, place), rule_comment(decision, rule)
            if by_formula[place]:
                true, false = self._formula(decision, place, found)
                mask = chosen([(true, number(1)), (negated(false), number(3))], number(2))
                found.append(self._kept(decision.name, ending, mask, comment))
            else:
                assert self.network is not None
                root = self.network.roots[decision.name].rules[place]
                found.append(self._left(root, decision.name, ending, f"{comment}\nby its diagram").ends)
        return tuple(found)

    def _formula(self, decision: Conditional, place: int, before: Sequence[Part]) -> Pair:
        if isinstance(decision, TableDecision) and decision.otherwise and place == len(decision.rules) - 1:
            true, false = all_of(one_of(rule, (2,)) for rule in before), any_of(one_of(rule, (1,)) for rule in before)
        else:
            true, false = self.conditions.pair(decision.rules[place].condition, self.slots)
        sure, never = self._clash_of_inputs(decision)
        return all_of([true, never]), any_of([false, sure])

    def _clash_of_inputs(self, decision: AnyDecision) -> Pair:
        """Return whether a decision that is read certainly contradicts itself, and whether none does."""
        if self.network is not None:
            return False, True  # a formula is exact only where nothing contradicts
        read = [self.written[name] for name in inputs_of(decision) if name in self.written]
        return any_of(one.conflict[0] for one in read), all_of(one.conflict[1] for one in read)

    def _single(self, decision: Conditional, rules: tuple[Part, ...]) -> Written:
        left = self._answer(decision, rules)
        conflict, none = left.share(self.dialect, CONFLICT_BIT), left.share(self.dialect, NONE_BIT)
        status = chosen(
            [
                (one_of(left.ends, (CONFLICT_BIT,)) if left.inside & CONFLICT_BIT else False, number(CONFLICT)),
                (one_of(left.leaves, left.settled), number(DETERMINED)),
                (one_of(left.leaves, left.by_law), number(UNSETTLED)),
            ],
            number(UNDETERMINED),
        )
        return Written(
            slot=Slot(least=left.ends, most=left.ends, inside=left.inside),
            status=self._kept(decision.name, "status", status, f"{decision.name}: {_STATUS}"),
            rules=rules, conflict=conflict, none=none, idle=self._idle(decision),
            hits=self._hits(decision, left), shared=self._shared(decision),
        )  # fmt: skip

    def _answer(self, decision: Conditional, rules: tuple[Part, ...]) -> _Left:
        _, by_formula = self._by_formula[decision.name]
        comment = f"{decision.name}: what it may be, as bits: {_bits_of(decision)}"
        if not by_formula:
            assert self.network is not None
            return self._left(self.network.roots[decision.name].answer, decision.name, "may_be", comment)
        ends = self._ends(decision, [(one_of(rule, (1,)), one_of(rule, (2,))) for rule in rules])
        inside = reduce(or_, (bit for bit, _ in ends), 0)
        parts = [chosen([(test, number(bit))], number(0)) for bit, test in ends]
        part = self._named(decision.name, "may_be", added(parts), comment)
        settled = tuple(1 << place for place in range(inside.bit_length()) if inside >> place & 1)
        return _Left(part, part, inside, settled, ())

    # ------------------------------------------------------------------------------------------ answers by formula

    def _ends(self, decision: Conditional, rules: Sequence[Pair]) -> list[tuple[int, Predicate]]:
        """Return when each answer remains possible, by the truths of the rules alone."""
        sure, never = self._clash_of_inputs(decision)
        if isinstance(decision, CriteriaDecision):
            met, failed = all_of(true for true, _ in rules), any_of(false for _, false in rules)
            found = [(TRUE, negated(failed)), (FALSE, negated(met))]
        elif decision.hit_policy in {"first", "priority"}:
            found = self._first(decision, rules)
        else:
            found = self._agreeing(decision, rules)
            clash = [one[1] for one in found if one[0] == CONFLICT_BIT]
            found = [one for one in found if one[0] != CONFLICT_BIT]
            never = all_of([never, *map(negated, clash)])
        found = [(bit, all_of([test, negated(sure)])) for bit, test in _joined(found)]
        return [(bit, test) for bit, test in [*found, (CONFLICT_BIT, negated(never))] if test is not False]

    def _first(self, decision: TableDecision, rules: Sequence[Pair]) -> list[tuple[int, Predicate]]:
        """A row that may hold and comes no later than the first that does for certain."""
        order = list(decision.order)
        comes_by = first_place(self.columns, decision.name, [rules[place][0] for place in order])
        hits = [
            (1 << decision.rules[place].output, all_of([negated(rules[place][1]), comes_by(position)]))
            for position, place in enumerate(order)
        ]
        return [*hits, (NONE_BIT, all_of(negated(true) for true, _ in rules))]

    def _agreeing(self, decision: TableDecision, rules: Sequence[Pair]) -> list[tuple[int, Predicate]]:
        """A row that may hold while none that contradicts it does for certain."""
        found: list[tuple[int, Predicate]] = []
        clashes: list[Predicate] = []
        for place, rule in enumerate(decision.rules):
            others = [other for other in range(len(rules)) if _contradict(decision, place, other)]
            may = negated(rules[place][1])
            found.append((1 << rule.output, all_of([may, *(negated(rules[other][0]) for other in others)])))
            clashes += [all_of([may, negated(rules[other][1])]) for other in others if other > place]
        return [*found, (NONE_BIT, all_of(negated(true) for true, _ in rules)), (CONFLICT_BIT, any_of(clashes))]

    def _hits(self, decision: Conditional, left: _Left) -> tuple[Predicate, ...]:
        """Return of each row of a table with one hit whether it may be that."""
        if not isinstance(decision, TableDecision) or decision.hit_policy not in {"first", "priority"}:
            return ()
        may_be = [self.dialect.has_bits(left.ends, left.inside, 1 << rule.output) for rule in decision.rules]
        if self.network is not None:
            for place, node in self.network.hits[decision.name].items():
                hit = self._left(node, decision.name, f"hits_row_{place}")
                may_be[place] = self.dialect.has_bits(hit.ends, hit.inside, TRUE)
        return tuple(may_be)

    def _shared(self, decision: Conditional) -> tuple[bool, ...]:
        if self.network is None:
            return (True,) * len(decision.rules)
        diagrams = self.network.diagrams
        levels = [diagrams.support(rule) for rule in self.network.roots[decision.name].rules]
        counts = Counter(level for own in levels for level in own)
        return tuple(any(counts[level] > 1 for level in own) for own in levels)

    def _idle(self, decision: Conditional) -> tuple[Predicate, ...]:
        """Define where criteria certainly do not apply, each scope once; dropped again where nobody asks."""
        scopes = dict.fromkeys(rule.applies_when for rule in decision.rules)
        found: dict[Expression | None, Predicate] = {}
        for scope in scopes:
            test = False if scope is None else self.conditions.pair(scope, self.slots)[1]
            named = test if isinstance(test, bool) else self.columns.define(decision.name, "does_not_apply", flag(test))
            found[scope] = named if isinstance(named, bool) else one_of(named, (1,))
        return tuple(found[rule.applies_when] for rule in decision.rules)

    # ------------------------------------------------------------------------------------------ lists

    def _list(self, decision: TableDecision, rules: tuple[Part, ...]) -> Written:
        _, by_formula = self._by_formula[decision.name]
        outputs = sorted({rule.output for rule in decision.rules})
        if by_formula:
            items = {output: self._item_by_formula(decision, output, rules) for output in outputs}
            sure, never = self._clash_of_inputs(decision)
            is_open: Predicate = any_of([negated(never), *(_is_open(item) for item in items.values())])
            conflict: Pair = (sure, never)
        else:
            assert self.network is not None
            root = self.network.roots[decision.name]
            items = {output: self._left(root.items[output], decision.name, f"item_{output}") for output in outputs}
            whole = self._left(root.answer, decision.name, "contradicts")
            conflict = whole.share(self.dialect, CONFLICT_BIT)
            is_open = any_of([_is_open(whole), *(_is_open(item) for item in items.values())])
        by_law = any_of(one_of(item.leaves, item.by_law) for item in items.values())
        cases = [(conflict[0], CONFLICT), (is_open, UNDETERMINED), (by_law, UNSETTLED)]
        status = chosen([(test, number(value)) for test, value in cases], number(DETERMINED))
        return Written(
            slot=self._items_slot(decision, items), rules=rules, conflict=conflict,
            status=self._kept(decision.name, "status", status, f"{decision.name}: {_STATUS}"),
        )  # fmt: skip

    def _item_by_formula(self, decision: TableDecision, output: int, rules: Sequence[Part]) -> _Left:
        own = [part for rule, part in zip(decision.rules, rules, strict=True) if rule.output == output]
        true, false = any_of(one_of(part, (1,)) for part in own), all_of(one_of(part, (2,)) for part in own)
        part = chosen([(true, number(1)), (negated(false), number(3))], number(2))
        column = self._kept(decision.name, f"item_{output}", part)
        return _Left(column, column, _ANY, (1, 2), ())

    def _items_slot(self, decision: TableDecision, items: dict[int, _Left]) -> Slot:
        sure, possible = list[Part](), list[Part]()
        for output, item in items.items():
            may = self.dialect.has_bits(item.ends, item.inside, 1)
            certain = all_of([may, negated(self.dialect.has_bits(item.ends, item.inside, 2))])
            sure.append(chosen([(certain, number(1 << output))], number(0)))
            possible.append(chosen([(may, number(1 << output))], number(0)))
        comment = f"{decision.name}: items that are in it for certain, and that may be, as bits"
        names = [self._named(decision.name, "sure", added(sure), comment)]
        names.append(self._named(decision.name, "possible", added(possible), ""))
        return Slot(least=names[0], most=names[1], inside=(0, sum(1 << output for output in items)))

    # ------------------------------------------------------------------------------------------ numbers and dates

    def _value(self, decision: ValueDecision) -> Written:
        if self._diagram is None or self.network is None:
            return self._value_by_formula(decision)
        root = self.network.roots[decision.name]
        left = self._left(root.answer, decision.name, "is_given", f"{decision.name}: 1 when there is an answer")
        ends = [self._diagram.bounds(guard, total) for guard, total in root.sums]
        is_always = any(self.network.ends(guard) == {True} for guard, _ in root.sums if self.network.is_leaf(guard))
        everything = decision.type.everything
        assert isinstance(everything, tuple)
        sides = ((0, "least"), (1, "most"))
        least, most = (
            self._end_of_value(decision, [pair[side] for pair in ends], None if is_always else everything[side], ending)
            for side, ending in sides
        )
        conflict, none = left.share(self.dialect, CONFLICT_BIT), left.share(self.dialect, NONE_BIT)
        is_one = all_of([one_of(left.ends, (1,)), self._are_equal(least, most)])
        by_law = self._is_by_law(decision, ends)
        cases = [(conflict[0], CONFLICT), (none[0], DETERMINED), (is_one, DETERMINED), (by_law, UNSETTLED)]
        status = chosen([(test, number(value)) for test, value in cases], number(UNDETERMINED))
        inside = [everything, *(self._diagram.static_bounds(total) for _, total in root.sums)]
        return Written(
            slot=Slot(least=least, most=most, inside=(min(low for low, _ in inside), max(high for _, high in inside))),
            status=self._kept(decision.name, "status", status, f"{decision.name}: {_STATUS}"),
            conflict=conflict, none=none,
        )  # fmt: skip

    def _end_of_value(self, decision: ValueDecision, ends: Sequence[Part], otherwise: int | None, ending: str) -> Part:
        """Define one end of what is possible; where no case can be given, the end of the type."""
        is_least = ending == "least"
        part = extreme(self.columns, ends, is_least=is_least) if ends else number(otherwise or 0)
        if otherwise is not None and ends:
            far = FAR if is_least else -FAR
            part = part if isinstance(part, Name) else self.columns.define(decision.name, f"{ending}_of_cases", part)
            part = chosen([(compared(part, "=", far), number(otherwise))], part)
        comment = f"{decision.name}: the {'least' if is_least else 'greatest'} value that is possible"
        return self._named(decision.name, ending, part, comment)

    def _are_equal(self, one: Part, two: Part) -> Predicate:
        return True if one == two else compared(one, "=", two)

    def _is_by_law(self, decision: ValueDecision, ends: Sequence[tuple[Part, Part]]) -> Predicate:
        """Tell whether readings alone decide which case is given, and each case that may be given has one value."""
        assert self.network is not None
        roots = self.network.roots[decision.name].sums
        if not any(len(self.network.ends(leaf)) > 1 for leaf in self.network.leaves([guard for guard, _ in roots])):
            return False
        tests: list[Predicate] = []
        for (guard, _), pair in zip(roots, ends, strict=True):
            left = self._left(guard, decision.name, "case")
            cannot = negated(self.dialect.has_bits(left.ends, left.inside, 1))
            tests += [negated(_is_open(left)), any_of([cannot, self._are_equal(*pair)])]
        return all_of(tests)

    def _value_by_formula(self, decision: ValueDecision) -> Written:
        ends, inside = self._cases_by_formula(decision)
        least, most = (
            self._end_of_value(decision, [pair[side] for pair in ends], inside[side], ending)
            if decision.only is None
            else self._named(decision.name, ending, ends[0][side], "")
            for side, ending in enumerate(ENDS)
        )
        conflict = self._clash_of_inputs(decision)
        is_one = all_of([conflict[1], self._are_equal(least, most), decision.is_total])
        cases = [(conflict[0], CONFLICT), (is_one, DETERMINED)]
        status = chosen([(test, number(value)) for test, value in cases], number(UNDETERMINED))
        return Written(
            slot=Slot(least=least, most=most, inside=inside),
            status=self._kept(decision.name, "status", status, f"{decision.name}: {_STATUS}"),
            conflict=conflict, none=(False, decision.is_total),
        )  # fmt: skip

    def _cases_by_formula(self, decision: ValueDecision) -> tuple[list[tuple[Part, Part]], tuple[int, int]]:
        """Return the ends of each case that may be given, out of reach where it may not, and of all of them."""
        found, inside, no_earlier = list[tuple[Part, Part]](), list[tuple[int, int]](), list[Predicate]()
        for case in decision.cases:
            true, false = self.conditions.pair(case.condition, self.slots)
            may_be = all_of([*no_earlier, negated(false)])
            no_earlier.append(negated(true))
            if not case.is_nothing:
                total = partial(self.conditions.total, case.terms, case.constant)
                least, most = (total(end, self.slots) for end in ENDS)
                found.append((chosen([(may_be, least)], number(FAR)), chosen([(may_be, most)], number(-FAR))))
                low, high = self.conditions.bounds(case.terms, self.slots)
                inside.append((low + case.constant, high + case.constant))
        everything = decision.type.everything
        assert isinstance(everything, tuple)
        whole = inside if decision.is_total else [*inside, everything]
        return found, (min(low for low, _ in whole), max(high for _, high in whole))


_STATUS: Final = "0 determined, 1 undetermined, 2 unsettled by law, 3 no rule in force, 4 conflict"


def _is_open(left: _Left) -> Predicate:
    """Tell whether facts decide between several leaves."""
    return negated(one_of(left.leaves, (*left.settled, *left.by_law)))


def _joined(ends: Sequence[tuple[int, Predicate]]) -> list[tuple[int, Predicate]]:
    """Return each end once, with when some of its predicates holds."""
    return [(bit, any_of(test for own, test in ends if own == bit)) for bit in dict.fromkeys(bit for bit, _ in ends)]


def _contradict(decision: TableDecision, one: int, two: int) -> bool:
    same = decision.rules[one].output == decision.rules[two].output
    return one != two and not (decision.hit_policy == "any" and same)


def first_place(columns: Columns, name: str, true: Sequence[Predicate]) -> Callable[[int], Predicate]:
    """Define the place of the first row that is certainly true; tell of a place whether it comes no later."""
    last = next((place for place, test in enumerate(true) if test is True), len(true))
    tried = [(test, number(place)) for place, test in enumerate(true[:last]) if test is not False]
    if not tried:
        return lambda place: place <= last
    column = columns.define(name, "first_row", chosen(tried, number(last)), f"{name}: the first row that surely holds")
    return lambda place: False if place > last else compared(column, ">=", place) if place else True


def _ending(decision: Conditional, place: int) -> str:
    rule = decision.rules[place]
    return f"is_{rule.id.lower()}" if _PLAIN.fullmatch(rule.id) else f"is_row_{place}"


def _bits_of(decision: AnyDecision) -> str:
    values = [f"{1 << place} {name}" for place, name in enumerate(decision.type.names)]
    return ", ".join(values)


def rule_comment(decision: AnyDecision, rule: Rule) -> str:
    """Return the decision, the rule, its label and its provisions, for a comment."""
    provisions = [f"{citation.instrument} {citation.provision}" for citation in rule.citations]
    return "\n".join([f"{decision.name}/{rule.id}: {rule.label.en}", ", ".join(provisions)])
