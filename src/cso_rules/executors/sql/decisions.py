"""Decisions as columns: the truth of every rule, the values that remain possible, and whether rules contradict.

The meaning is that of `reference`, written over columns. Rules with cells are asked cell by cell; a table asks its
cells a few at a time, so that no stage grows wider than databases allow.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence

import attrs

from cso_rules.executors.sql.columns import Columns
from cso_rules.executors.sql.dates import MovedDates
from cso_rules.executors.sql.dialects import Dialect, added
from cso_rules.executors.sql.expressions import (
    Conditions,
    Pair,
    Predicate,
    Slot,
    Slots,
    all_of,
    any_of,
    flag,
    has_bits,
    negated,
)
from cso_rules.model.decisions import (
    AbsentDecision,
    AnyDecision,
    CriteriaDecision,
    Rule,
    Split,
    TableDecision,
    ValueDecision,
)
from cso_rules.model.expressions import Expression
from cso_rules.model.types import FALSE, TRUE, Domain

_COLUMNS_AT_ONCE = 200


@attrs.frozen(kw_only=True)
class Written:
    """Where the result of a decision stands.

    Attributes:
        slot: The values that remain possible.
        rules: Certainly true and certainly false, of each rule.
        conflict: Whether rules contradict one another for certain, and whether they surely do not.
        idle: Of criteria whether each certainly does not apply.
    """

    slot: Slot
    rules: tuple[Pair, ...] = ()
    conflict: Pair = (False, True)
    idle: tuple[Predicate, ...] = ()


@attrs.frozen
class _Cell:
    """One combination of cells: what must hold for it to be possible, and the narrowed slots."""

    possible: tuple[Predicate, ...]
    slots: Slots

    @property
    def impossible(self) -> Predicate:
        return any_of(negated(part) for part in self.possible)


@attrs.frozen
class _Case:
    """The truths of all rows of a table, `otherwise` too, in one combination of cells."""

    impossible: Predicate
    possible: Predicate
    true: tuple[Predicate, ...]
    false: tuple[Predicate, ...]


class Decisions:
    """Writes decisions into columns."""

    def __init__(self, dialect: Dialect, columns: Columns) -> None:
        self.dialect = dialect
        self.columns = columns
        self._moved = MovedDates(dialect, columns)
        self.conditions = Conditions(dialect, self._moved)

    def write(self, prefix: str, decision: AnyDecision, slots: Slots) -> Written:
        """Define the columns of a decision, whose names begin with the prefix."""
        self._moved.decision = decision.name
        match decision:
            case CriteriaDecision():
                return self._criteria(prefix, decision, slots)
            case TableDecision():
                write = self._list if decision.has_multiple_hits else self._table
                return write(prefix, decision, slots)
            case ValueDecision():
                return self._value(prefix, decision, slots)
            case AbsentDecision():
                return Written(slot=constant_slot(decision.type.everything))

    def _value(self, prefix: str, decision: ValueDecision, slots: Slots) -> Written:
        texts = [self.conditions.total(decision.terms, decision.constant, end, slots) for end in ("least", "most")]
        bounds = self.conditions.bounds(decision.terms, slots)
        inside = (bounds[0] + decision.constant, bounds[1] + decision.constant)
        least, most = (
            self.columns.define(f"{prefix}_{end}", self.dialect.whole(text), comment)
            for end, text, comment in zip(
                ("lo", "hi"), texts, (f"{decision.name}: least and greatest", ""), strict=True
            )
        )
        return Written(slot=Slot(least=least, most=most, inside=inside))

    def _criteria(self, prefix: str, decision: CriteriaDecision, slots: Slots) -> Written:
        rules = [self._rule(prefix, decision, index, rule, slots) for index, rule in enumerate(decision.rules)]
        joint = self._joint(prefix, decision, slots)
        all_true = all_of(true for true, _ in rules)
        some_false = any_of(false for _, false in (*rules, *joint))
        bits = self._three_way(all_true, some_false)
        column = self.columns.define(f"{prefix}_b", bits, f"{decision.name}: 1 true, 2 false, 3 unknown")
        idle = self._idle(prefix, decision, slots)
        return Written(slot=Slot(least=column, most=column, inside=TRUE | FALSE), rules=tuple(rules), idle=idle)

    def _idle(self, prefix: str, decision: CriteriaDecision, slots: Slots) -> tuple[Predicate, ...]:
        """Define where criteria certainly do not apply, each scope once; dropped again where nobody asks."""
        scopes = list(dict.fromkeys(rule.applies_when for rule in decision.rules))
        found: dict[Expression | None, Predicate] = {}
        for place, scope in enumerate(scopes):
            test = False if scope is None else self.conditions.pair(scope, slots)[1]
            named = f"{prefix}_n{place}"
            found[scope] = test if isinstance(test, bool) else f"{self.columns.define(named, flag(test))} = 1"
        return tuple(found[rule.applies_when] for rule in decision.rules)

    def _joint(self, prefix: str, decision: CriteriaDecision | TableDecision, slots: Slots) -> list[Pair]:
        """Define what rules say together; those of the file come before in the names of columns."""
        first = len(decision.rules)
        return [self._rule(prefix, decision, first + place, rule, slots) for place, rule in enumerate(decision.joint)]

    def _three_way(self, true: Predicate, false: Predicate) -> str:
        if true is True or false is True:
            return str(TRUE if true is True else FALSE)
        tried = [f"WHEN {test} THEN {bits}" for test, bits in ((true, TRUE), (false, FALSE)) if test is not False]
        return f"CASE {' '.join(tried)} ELSE 3 END" if tried else "3"

    def _rule(self, prefix: str, decision: AnyDecision, index: int, rule: Rule, slots: Slots) -> Pair:
        """Define when a rule with its own cells is certainly true and false."""
        pairs = [(cell, self.conditions.pair(rule.condition, cell.slots)) for cell in self._cells(rule.splits, slots)]
        is_there = [self._is_not_empty(slots[split.name]) for split in rule.splits]
        both = (
            all_of([*is_there, *(any_of([cell.impossible, pair[place]]) for cell, pair in pairs)]) for place in (0, 1)
        )
        return self._pair(f"{prefix}_r{index}", both, rule_comment(decision, rule))

    def _pair(self, name: str, pair: Iterator[Predicate], *comment: str) -> Pair:
        true, false = (
            part if isinstance(part, bool) else f"{self.columns.define(f'{name}_{letter}', flag(part), *note)} = 1"
            for part, letter, note in zip(pair, "tf", (comment, ()), strict=True)
        )
        return true, false

    def _is_not_empty(self, slot: Slot) -> Predicate:
        return has_bits(self.dialect, slot.least, slot.bits, slot.bits) if slot.may_be_empty else True

    def _list(self, prefix: str, decision: TableDecision, slots: Slots) -> Written:
        rules = [self._rule(prefix, decision, index, rule, slots) for index, rule in enumerate(_conditional(decision))]
        if decision.otherwise:
            rules.append(self._otherwise(f"{prefix}_r{len(rules)}", decision, rules))
        outputs = [1 << rule.output for rule in decision.rules]
        joint = zip(decision.joint, self._joint(prefix, decision, slots), strict=True)
        held = [(1 << rule.output, true) for rule, (true, _) in joint]
        sure = self._bits([*((bit, true) for bit, (true, _) in zip(outputs, rules, strict=True)), *held])
        possible = self._bits([(bit, negated(false)) for bit, (_, false) in zip(outputs, rules, strict=True)])
        names = [
            self.columns.define(f"{prefix}_s", sure, f"{decision.name}: sure and possible items"),
            self.columns.define(f"{prefix}_p", possible),
        ]
        inside = (0, functools.reduce(int.__or__, outputs, 0))
        return Written(slot=Slot(least=names[0], most=names[1], inside=inside), rules=tuple(rules))

    def _otherwise(self, name: str, decision: TableDecision, rules: Sequence[Pair]) -> Pair:
        both = iter((all_of(false for _, false in rules), any_of(true for true, _ in rules)))
        return self._pair(name, both, rule_comment(decision, decision.rules[-1]))

    def _bits(self, tests: Sequence[tuple[int, Predicate]]) -> str:
        """Return the sum of the bits for which some test holds."""
        by_bit: dict[int, list[Predicate]] = {}
        for bit, test in tests:
            by_bit.setdefault(bit, []).append(test)
        joined = [(bit, any_of(parts)) for bit, parts in by_bit.items()]
        always = sum(bit for bit, test in joined if test is True)
        parts = [f"CASE WHEN {test} THEN {bit} ELSE 0 END" for bit, test in joined if isinstance(test, str)]
        return self.dialect.whole(added([*parts, str(always)] if always or not parts else parts))

    def _cells(self, splits: Sequence[Split], slots: Slots) -> Iterator[_Cell]:
        choices = [list(self._narrowed(split, slots[split.name])) for split in splits]
        for choice in itertools.product(*choices):
            narrowed = {split.name: slot for split, (_, slot) in zip(splits, choice, strict=True)}
            yield _Cell(tuple(test for tests, _ in choice for test in tests), {**slots, **narrowed})

    def _narrowed(self, split: Split, slot: Slot) -> Iterator[tuple[tuple[Predicate, ...], Slot]]:
        for cell in split.cells:
            if isinstance(cell, int):
                if slot.bits & cell:
                    test = has_bits(self.dialect, slot.least, slot.bits, cell)
                    yield (test,), _narrowed_bits(slot, cell)
            elif slot.interval[0] <= cell[1] and cell[0] <= slot.interval[1]:
                yield _narrowed_interval(slot, cell)

    def _table(self, prefix: str, decision: TableDecision, slots: Slots) -> Written:
        cells = list(self._cells(decision.splits, slots))
        at_once = max(1, _COLUMNS_AT_ONCE // (2 * len(decision.rules) + 4))
        parts = [cells[start : start + at_once] for start in range(0, len(cells), at_once)]
        if len(cells) == 1:
            return self._only(prefix, decision, cells[0])
        result: Written | None = None
        for index, part in enumerate(parts):
            name = prefix if index == len(parts) - 1 else f"{prefix}_a{index}"
            result = self._joined(name, decision, part, result)
        assert result is not None
        return result

    def _only(self, prefix: str, decision: TableDecision, cell: _Cell) -> Written:
        """Write a table without cells, or of which one cell alone is possible."""
        case = self._case(prefix, decision, attrs.evolve(cell, possible=()), (), is_only=True)
        tests = self._hits(f"{prefix}_x", decision, case)
        rules = tuple(zip(case.true, case.false, strict=True))
        return self._written(prefix, decision, tests, rules, self._conflict(decision, case))

    def _joined(self, prefix: str, decision: TableDecision, cells: Sequence[_Cell], before: Written | None) -> Written:
        """Join the cases of some cells with the result of the cells before them."""
        after = [] if before is None else [before.slot.least]
        cases = [self._case(f"{prefix}_x{n}", decision, cell, after) for n, cell in enumerate(cells)]
        hits = [self._hits(f"{prefix}_x{n}", decision, case) for n, case in enumerate(cases)]
        tests = [(bit, all_of([c.possible, t])) for c, found in zip(cases, hits, strict=True) for bit, t in found]
        if before is not None:
            column, bits = before.slot.least, before.slot.bits
            tests += [(1 << n, has_bits(self.dialect, column, bits, 1 << n)) for n in range(bits.bit_length())]
        rules = [self._joined_rule(prefix, decision, index, cases, before) for index in range(len(decision.rules))]
        conflicts = [self._conflict(decision, case) for case in cases]
        earlier = (True, True) if before is None else before.conflict
        true, false = (
            all_of([earlier[end], *(any_of([c.impossible, p[end]]) for c, p in zip(cases, conflicts, strict=True))])
            for end in (0, 1)
        )
        return self._written(prefix, decision, tests, tuple(rules), (true, false))

    def _written(
        self,
        prefix: str,
        decision: TableDecision,
        tests: Sequence[tuple[int, Predicate]],
        rules: tuple[Pair, ...],
        conflict: Pair,
    ) -> Written:
        column = self.columns.define(f"{prefix}_b", self._bits(tests), f"{decision.name}: possible values as bits")
        inside = functools.reduce(int.__or__, (1 << rule.output for rule in decision.rules), 0)
        return Written(
            slot=Slot(least=column, most=column, inside=inside, may_be_empty=not decision.otherwise),
            rules=rules,
            conflict=self._pair(f"{prefix}_c", iter(conflict), f"{decision.name}: rules contradict, surely or not"),
        )

    def _joined_rule(
        self, prefix: str, decision: TableDecision, index: int, cases: Sequence[_Case], before: Written | None
    ) -> Pair:
        earlier = [] if before is None else [before.rules[index]]
        both = (
            all_of([
                *(any_of([case.impossible, truths[index]]) for case, truths in _truths(cases, place)),
                *(pair[place] for pair in earlier),
            ])
            for place in (0, 1)
        )  # fmt: skip
        return self._pair(f"{prefix}_r{index}", both, rule_comment(decision, decision.rules[index]))

    def _case(
        self, name: str, decision: TableDecision, cell: _Cell, after: Sequence[str], *, is_only: bool = False
    ) -> _Case:
        possible = all_of(cell.possible)
        if isinstance(possible, str):
            possible = f"{self.columns.define(f'{name}_ok', flag(possible), after=after)} = 1"
        rules = []
        for index, rule in enumerate(_conditional(decision)):
            comment = [rule_comment(decision, rule)] if is_only else []
            rules.append(self._case_rule(f"{name}_r{index}", rule, cell, comment, after))
        if decision.otherwise:
            rules.append(self._otherwise(f"{name}_r{len(rules)}", decision, rules))
        return _Case(negated(possible), possible, tuple(true for true, _ in rules), tuple(false for _, false in rules))

    def _case_rule(self, name: str, rule: Rule, cell: _Cell, comment: Sequence[str], after: Sequence[str]) -> Pair:
        true, false = (
            part
            if isinstance(part, bool)
            else f"{self.columns.define(f'{name}_{letter}', flag(part), *note, after=after)} = 1"
            for part, letter, note in zip(
                self.conditions.pair(rule.condition, cell.slots), "tf", (comment, ()), strict=True
            )
        )
        return true, false

    def _hits(self, name: str, decision: TableDecision, case: _Case) -> list[tuple[int, Predicate]]:
        """Return by which rows which outputs remain possible."""
        is_first = decision.hit_policy in {"first", "priority"}
        tests = self._first(name, decision, case) if is_first else self._any(name, decision, case)
        return [(1 << rule.output, test) for rule, test in zip(decision.rules, tests, strict=True)]

    def _any(self, name: str, decision: TableDecision, case: _Case) -> list[Predicate]:
        """A row that is true, or one that may be while none is."""
        count = len(_conditional(decision))
        some = any_of(case.true[:count])
        if isinstance(some, str):
            some = f"{self.columns.define(f'{name}_any', flag(some))} = 1"
        tests = [
            any_of([true, all_of([negated(some), negated(false)])])
            for true, false in zip(case.true[:count], case.false[:count], strict=True)
        ]
        return [*tests, negated(some)] if decision.otherwise else tests

    def _first(self, name: str, decision: TableDecision, case: _Case) -> list[Predicate]:
        """A row that may hold and comes no later than the first that does for certain."""
        count = len(_conditional(decision))
        order = list(range(count))
        if decision.hit_policy == "priority":
            order.sort(key=lambda index: decision.rules[index].output)
        place = {index: position for position, index in enumerate(order)}
        comes_by = first_place(self.columns, name, [case.true[index] for index in order])
        tests = [all_of([negated(case.false[index]), comes_by(place[index])]) for index in range(count)]
        return [*tests, all_of(negated(true) for true in case.true[:count])] if decision.otherwise else tests

    def _conflict(self, decision: TableDecision, case: _Case) -> Pair:
        if decision.hit_policy in {"first", "priority"}:
            return False, True
        pairs = [pair for pair in itertools.combinations(range(len(decision.rules)), 2) if _clash(decision, *pair)]
        true = any_of(all_of([case.true[one], case.true[two]]) for one, two in pairs)
        possible = any_of(all_of([negated(case.false[one]), negated(case.false[two])]) for one, two in pairs)
        return true, negated(possible)


def first_place(columns: Columns, name: str, true: Sequence[Predicate]) -> Callable[[int], Predicate]:
    """Define the place of the first row that is certainly true; tell of a place whether it comes no later."""
    last = next((place for place, test in enumerate(true) if test is True), len(true))
    tried = " ".join(f"WHEN {test} THEN {place}" for place, test in enumerate(true[:last]) if test is not False)
    if not tried:
        return lambda place: place <= last
    column = columns.define(f"{name}_first", f"CASE {tried} ELSE {last} END")
    return lambda place: False if place > last else f"{column} >= {place}" if place else True


def _truths(cases: Sequence[_Case], place: int) -> Iterator[tuple[_Case, tuple[Predicate, ...]]]:
    for case in cases:
        yield case, case.false if place else case.true


def _conditional(decision: TableDecision) -> tuple[Rule, ...]:
    return decision.rules[:-1] if decision.otherwise else decision.rules


def _clash(decision: TableDecision, earlier: int, later: int) -> bool:
    if (earlier, later) in decision.disjoint:
        return False
    same_output = decision.rules[earlier].output == decision.rules[later].output
    return not (decision.hit_policy == "any" and same_output)


def _narrowed_bits(slot: Slot, cell: int) -> Slot:
    if slot.least.isdigit():
        return constant_slot(int(slot.least) & cell)
    return attrs.evolve(slot, inside=slot.bits & cell, may_be_empty=False)


def _narrowed_interval(slot: Slot, cell: tuple[int, int]) -> tuple[tuple[Predicate, ...], Slot]:
    (low, high), (first, last) = slot.interval, cell
    if (slot.least, slot.most) == (str(low), str(high)):
        return (), constant_slot((max(low, first), min(high, last)))
    tests: list[Predicate] = [f"{slot.most} >= {first}"] if low < first else []
    tests += [f"{slot.least} <= {last}"] if high > last else []
    least = f"CASE WHEN {slot.least} < {first} THEN {first} ELSE {slot.least} END" if low < first else slot.least
    most = f"CASE WHEN {slot.most} > {last} THEN {last} ELSE {slot.most} END" if high > last else slot.most
    inside = (max(low, first), min(high, last))
    return tuple(tests), Slot(least=least, most=most, inside=inside)


def constant_slot(domain: Domain) -> Slot:
    """Return the slot of a domain that is the same in every row."""
    least, most = domain if isinstance(domain, tuple) else (domain, domain)
    return Slot(least=str(least), most=str(most), inside=domain)


def rule_comment(decision: AnyDecision, rule: Rule) -> str:
    """Return the decision, the rule and its provisions, for a comment."""
    provisions = [f"{citation.instrument} {citation.provision}" for citation in rule.citations]
    return "; ".join([f"{decision.name}/{rule.id}", *provisions])
