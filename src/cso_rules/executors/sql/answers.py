"""What the view of a policy shows: value, possible values, status, reasons and missing facts of every decision.

While the law leaves a reading open, a decision is answered under each of its options and the answers are merged as
the engine does. Rows whose facts are impossible or contradict one another are refused: status and problems, no answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal

import attrs

from cso_rules.executors.sql.columns import Columns
from cso_rules.executors.sql.decisions import Written, first_place, rule_comment
from cso_rules.executors.sql.dialects import Dialect, added
from cso_rules.executors.sql.expressions import Pair, Predicate, Slot, all_of, any_of, flag, has_bits, negated
from cso_rules.executors.sql.facts import Facts
from cso_rules.model.decisions import (
    AbsentDecision,
    AnyDecision,
    CriteriaDecision,
    Rule,
    TableDecision,
    ValueDecision,
    rules_of,
)
from cso_rules.model.expressions import variables
from cso_rules.model.policy import Policy
from cso_rules.model.types import FALSE, TRUE, Type
from cso_rules.results import order_of, shared_criteria

Holds = Literal["value", "values", "status", "rules", "facts", "number", "problems", "context", "truth", "bits"]
DETERMINED, UNDETERMINED, UNSETTLED, NO_RULE, CONFLICT = range(5)
STATUSES = ("determined", "undetermined", "unsettled_by_law", "no_rule_in_force", "conflict")


@attrs.frozen(kw_only=True)
class Output:
    """A column of the view.

    Attributes:
        holds: What it holds; values, rules, facts and problems are JSON arrays.
        decision: The decision that it is about, or None.
    """

    name: str
    expression: str
    holds: Holds
    decision: str | None = None
    comment: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Variant:
    """A decision with the open readings unknown, and under each combination of their options, as `choices` names it."""

    prefix: str
    pooled: Written
    cases: tuple[Written, ...] = ()
    choices: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class _Answer:
    """A decision after its readings are merged."""

    slot: Slot
    rules: tuple[Pair, ...]
    status: str
    pooled_status: str


class Answers:
    """Writes the last stages, and the columns of the view."""

    def __init__(  # noqa: PLR0913, PLR0917 - what has been written before
        self,
        dialect: Dialect,
        columns: Columns,
        facts: Facts,
        policy: Policy,
        variants: Mapping[str, Variant],
        problems: Mapping[str, str],
    ) -> None:
        self.dialect, self.columns, self.facts, self.policy = dialect, columns, facts, policy
        self._variants = variants
        self._problems = problems
        self._refused = self._refusal()
        self._cones = {name: policy.cone(name) for name in policy.decisions}
        self._reads = {name: tuple(self._facts_read(decision)) for name, decision in policy.decisions.items()}
        self._answers = {name: self._answer(name, variant) for name, variant in variants.items()}
        for name in policy.decisions:
            self._open_facts(name)

    def outputs(self, *, with_rules: bool = False, explained: Collection[str] = ()) -> list[Output]:
        """Return the columns of the view.

        Args:
            with_rules: Whether the truth of each rule becomes two columns.
            explained: Decisions that get a column for their rules even while no rule of theirs is in force.
        """
        found = [*self._context()]
        for name, decision in self.policy.decisions.items():
            found += self._decision(name, decision, is_explained=name in explained)
        if with_rules:
            found += [output for name in self.policy.decisions for output in self._rules(name)]
        return found

    def raw_outputs(self) -> list[Output]:
        """Return the columns of the bare results, with open readings unknown."""
        found = []
        for variant in self._variants.values():
            written, prefix = variant.pooled, variant.prefix
            found += [_raw(f"{prefix}_least", written.slot.least), _raw(f"{prefix}_most", written.slot.most)]
            pairs = [*enumerate(written.rules), ("c", written.conflict)]
            found += [
                _raw(f"{prefix}_{place}_{letter}", flag(part))
                for place, pair in pairs
                for letter, part in zip("tf", pair, strict=True)
            ]  # fmt: skip
        return found

    def _refusal(self) -> Predicate:
        """Define whether the facts of a row are impossible or contradict one another."""
        marks = {self.facts.mark("v", name)[0] for name, test in self.facts.valid.items() if isinstance(test, str)}
        tests: list[Predicate] = [f"{column} <> 0" for column in sorted(marks)]
        test = any_of([*tests, *self._problems.values()])
        if isinstance(test, bool):
            return test
        return f"{self.columns.define('bad', flag(test), 'facts are impossible or contradict one another')} = 1"

    def _unless_refused(self, expression: str) -> str:
        if self._refused is False:
            return expression
        return f"CASE WHEN {negated(self._refused)} THEN {expression} END"

    def _context(self) -> Iterator[Output]:
        policy = self.policy
        for name, text in (("cso_rules", policy.digest), ("cso_place", policy.jurisdiction)):
            yield Output(name=name, expression=self.dialect.literal(text), holds="context")
        day = f"DATE '{policy.as_of.isoformat()}'"
        expression = self.dialect.literal(policy.as_of.isoformat()) if self.dialect.name == "sqlite" else day
        yield Output(name="cso_as_of", expression=expression, holds="context")
        tests: list[tuple[str, Predicate]] = [
            (json.dumps(name, ensure_ascii=False), self._has_mark("v", name)) for name in self.facts.slots
        ]
        tests += [(json.dumps(name, ensure_ascii=False), test) for name, test in self._problems.items()]
        yield Output(name="cso_problems", expression=self._listed(tests), holds="problems")

    def _has_mark(self, letter: str, fact: str) -> Predicate:
        if isinstance(self.facts.valid[fact], bool):
            return False
        column, bit = self.facts.mark(letter, fact)
        return f"{self.dialect.common_bits(column, bit)} <> 0"

    def _answer(self, name: str, variant: Variant) -> _Answer:
        decision = self.policy.decisions[name]
        pooled = variant.pooled
        before = self.columns.define(f"{variant.prefix}_st0", self._own_status(decision, pooled))
        answer = _Answer(slot=pooled.slot, rules=pooled.rules, status=before, pooled_status=before)
        if variant.cases:
            answer = self._merged(decision, variant, before)
        status = self.columns.define(f"{variant.prefix}_st", self._spread(name, decision, answer.status))
        return attrs.evolve(answer, status=status)

    def _own_status(self, decision: AnyDecision, written: Written) -> str:
        """Write the status of one result."""
        if isinstance(decision, AbsentDecision):
            return str(NO_RULE)
        true, false = written.conflict
        settled = all_of([false, self._is_known(written.slot)])
        tests = [(true, CONFLICT), (settled, DETERMINED)]
        if (first := next((status for test, status in tests if test is not False), None)) is None:
            return str(UNDETERMINED)
        if next(test for test, _ in tests if test is not False) is True:
            return str(first)
        tried = " ".join(f"WHEN {_text(test)} THEN {status}" for test, status in tests if test is not False)
        return f"CASE {tried} ELSE {UNDETERMINED} END"

    def _is_known(self, slot: Slot) -> Predicate:
        if isinstance(slot.inside, tuple):
            return True if slot.least == slot.most else f"{slot.least} = {slot.most}"
        values = [str(1 << place) for place in range(slot.bits.bit_length()) if slot.bits >> place & 1]
        if slot.least.isdigit():
            return slot.least in values
        return f"{slot.least} IN ({', '.join(values)})" if values else False

    def _spread(self, name: str, decision: AnyDecision, status: str) -> str:
        """What reads contradicting rules is in conflict; what reads rules that may contradict is undetermined."""
        sources = [self._variants[source].pooled for source in self._cones[name][1:] if source in self._variants]
        sure = any_of(source.conflict[0] for source in sources)
        possible = any_of(negated(source.conflict[1]) for source in sources)
        if isinstance(decision, AbsentDecision) or possible is False:
            return status
        tried = f"WHEN {_text(sure)} THEN {CONFLICT} " if sure is not False else ""
        doubtful = all_of([f"{status} = {DETERMINED}", possible])
        return f"CASE {tried}WHEN {_text(doubtful)} THEN {UNDETERMINED} ELSE {status} END"

    def _merged(self, decision: AnyDecision, variant: Variant, before: str) -> _Answer:
        """Join the answers under the options of the open readings, where the readings may matter."""
        prefix, pooled, cases = variant.prefix, variant.pooled, variant.cases
        statuses = [
            self.columns.define(f"{prefix}_st0v{place}", self._own_status(decision, case), f"{decision.name}: {choice}")
            for place, (case, choice) in enumerate(zip(cases, variant.choices, strict=True))
        ]
        uses = f"{before} = {UNDETERMINED}"
        same_status = all_of(f"{status} = {statuses[0]}" for status in statuses[1:])
        same = all_of(f"{end} = {first}" for case in cases[1:] for end, first in _ends(case.slot, cases[0].slot))
        settled = f"WHEN {_text(all_of([f'{statuses[0]} = {DETERMINED}', negated(same)]))} THEN {UNSETTLED} "
        differ = f"WHEN {_text(negated(same_status))} THEN {UNDETERMINED}"
        status = (
            f"CASE WHEN {before} <> {UNDETERMINED} THEN {before} {differ} "
            f"{settled if same is not True else ''}ELSE {statuses[0]} END"
        )
        rules = tuple(
            self._merged_rule(f"{prefix}_m{index}", uses, pooled.rules[index], [case.rules[index] for case in cases])
            for index in range(len(pooled.rules))
        )
        return _Answer(
            slot=self._merged_slot(prefix, decision.type, uses, pooled.slot, [case.slot for case in cases]),
            rules=rules, status=self.columns.define(f"{prefix}_st1", status), pooled_status=before,
        )  # fmt: skip

    def _merged_rule(self, prefix: str, uses: str, pooled: Pair, cases: Sequence[Pair]) -> Pair:
        if all(case == pooled for case in cases):
            return pooled
        true, false = (
            self._column_of(f"{prefix}_{letter}", any_of([pooled[end], all_of([uses, *(c[end] for c in cases)])]))
            for end, letter in ((0, "t"), (1, "f"))
        )
        return true, false

    def _column_of(self, name: str, test: Predicate) -> Predicate:
        return test if isinstance(test, bool) else f"{self.columns.define(name, flag(test))} = 1"

    def _merged_slot(self, prefix: str, kind: Type, uses: str, pooled: Slot, cases: Sequence[Slot]) -> Slot:
        if all(case == pooled for case in cases):
            return pooled
        if not isinstance(pooled.inside, tuple):
            column = self._chosen(f"{prefix}_mb", uses, self._bits(pooled.bits, cases, any_of, "least"), pooled.least)
            return attrs.evolve(pooled, least=column, most=column)
        if kind.kind == "set":
            bits = pooled.inside[1]
            least, most = self._bits(bits, cases, all_of, "least"), self._bits(bits, cases, any_of, "most")
        else:
            least = self._extreme(f"{prefix}_ml", [case.least for case in cases], "<")
            most = self._extreme(f"{prefix}_mh", [case.most for case in cases], ">")
        return attrs.evolve(
            pooled,
            least=self._chosen(f"{prefix}_mlo", uses, least, pooled.least),
            most=self._chosen(f"{prefix}_mhi", uses, most, pooled.most),
        )

    def _chosen(self, name: str, uses: str, merged: str, pooled: str) -> str:
        return self.columns.define(name, f"CASE WHEN {uses} THEN {merged} ELSE {pooled} END")

    def _bits(
        self, bits: int, cases: Sequence[Slot], joined: Callable[[Iterable[Predicate]], Predicate], end: str
    ) -> str:
        """Return the bits that all, or any, of the cases have."""
        parts = []
        for place in range(bits.bit_length()):
            tests = [has_bits(self.dialect, getattr(case, end), bits, 1 << place) for case in cases]
            parts.append(f"CASE WHEN {_text(joined(tests))} THEN {1 << place} ELSE 0 END")
        return self.dialect.whole(added(parts))

    def _extreme(self, prefix: str, ends: Sequence[str], sign: str) -> str:
        found = ends[0]
        for place, end in enumerate(ends[1:]):
            found = self.columns.define(
                f"{prefix}{place}", f"CASE WHEN {end} {sign} {found} THEN {end} ELSE {found} END"
            )
        return found

    def _facts_read(self, decision: AnyDecision) -> Iterator[str]:
        """Yield the facts that a decision reads directly, each once."""
        if isinstance(decision, ValueDecision):
            names = {term.quantity.name for term in decision.terms}
        else:
            names = {name for rule in rules_of(decision) for name in variables(rule.condition)}
        yield from (name for name in self.facts.slots if name in names)

    def _open_facts(self, name: str) -> None:
        """Define which unknown facts the open rules of an undetermined decision read."""
        decision, prefix = self.policy.decisions[name], self._variants[name].prefix
        words: dict[str, list[str]] = {}
        for fact in self._reads[name]:
            column, bit = self.facts.mark("u", fact)
            test = all_of([self._is_unknown(fact), self._is_read(decision, name, fact)])
            parts = words.setdefault(f"{prefix}_q{column.removeprefix('u_')}", [])
            parts += [] if test is False else [f"CASE WHEN {_text(test)} THEN {bit} ELSE 0 END"]
        status = self._answers[name].pooled_status
        for column, parts in words.items():
            bits = self.dialect.whole(added(parts)) if parts else "0"
            self.columns.define(column, f"CASE WHEN {status} = {UNDETERMINED} THEN {bits} ELSE 0 END")

    def _is_unknown(self, fact: str) -> Predicate:
        if isinstance(known := self.facts.unknown[fact], bool):
            return known
        column, bit = self.facts.mark("u", fact)
        return f"{self.dialect.common_bits(column, bit)} <> 0"

    def _is_read(self, decision: AnyDecision, name: str, fact: str) -> Predicate:
        if isinstance(decision, ValueDecision):
            return True
        pairs = zip(rules_of(decision), self._variants[name].pooled.rules, strict=True)
        return any_of(
            all_of([negated(true), negated(false)])
            for rule, (true, false) in pairs
            if fact in variables(rule.condition)
        )

    def _missing(self, name: str) -> str:
        """List the facts that open rules read, here or in an undetermined decision on which this one depends."""
        sources = [source for source in self._cones[name] if source in self._variants]
        facts = [fact for fact in self.facts.slots if any(fact in self._reads[source] for source in sources)]
        tests = []
        for fact in facts:
            word, bit = self.facts.mark("u", fact)
            readers = [
                f"{self._variants[source].prefix}_q{word.removeprefix('u_')}"
                for source in sources
                if fact in self._reads[source]
            ]
            found = any_of(f"{self.dialect.common_bits(reader, bit)} <> 0" for reader in readers)
            tests.append((json.dumps(fact, ensure_ascii=False), found))
        return self._listed(tests)

    def _listed(self, tests: Sequence[tuple[str, Predicate]]) -> str:
        """Write a JSON array of the texts whose tests hold."""
        literal = self.dialect.literal
        parts = [
            literal(f",{text}")
            if test is True
            else f"CASE WHEN {test} THEN {literal(f',{text}')} ELSE {literal('')} END"
            for text, test in tests
            if test is not False
        ]
        if not parts:
            return literal("[]")
        joined = f"SUBSTR({self.dialect.concatenated(parts)}, 2)"
        return self.dialect.concatenated([literal("["), joined, literal("]")])

    def _decision(self, name: str, decision: AnyDecision, *, is_explained: bool) -> Iterator[Output]:
        answer = self._answers[name]
        settled = f"{answer.status} = {DETERMINED}"
        value = f"CASE WHEN {_text(all_of([negated(self._refused), settled]))} THEN {self._value(decision, answer)} END"
        yield Output(name=name, expression=value, holds="value", decision=name, comment=(self._title(decision),))
        yield from self._possible(name, decision, answer)
        tried = " ".join(f"WHEN {place} THEN {self.dialect.literal(text)}" for place, text in enumerate(STATUSES))
        status = f"CASE {answer.status} {tried} END"
        if self._refused is not False:
            status = f"CASE WHEN {_text(self._refused)} THEN {self.dialect.literal('refused')} ELSE {status} END"
        yield Output(name=f"{name}__status", expression=status, holds="status", decision=name)
        if is_explained or rules_of(decision):
            yield self._array(f"{name}__because", self._because(name, decision, answer), "rules", name)
        nothing = self.dialect.literal("[]")
        missing = f"CASE WHEN {answer.status} = {UNDETERMINED} THEN {self._missing(name)} ELSE {nothing} END"
        yield self._array(f"{name}__missing", missing, "facts", name)

    def _array(self, name: str, expression: str, holds: Holds, decision: str) -> Output:
        return Output(name=name, expression=self._unless_refused(expression), holds=holds, decision=decision)

    def _title(self, decision: AnyDecision) -> str:
        return f"{self._variants[decision.name].prefix} {decision.name} ({decision.type.kind}): {decision.label.en}"

    def _value(self, decision: AnyDecision, answer: _Answer) -> str:
        kind, slot = decision.type, answer.slot
        if kind.kind == "set":
            return self._members(kind, slot.least, slot)
        if kind.is_numeric:
            return self._number(kind, slot.least)
        names = [self._plain(kind, name) for name in kind.names]
        tried = " ".join(f"WHEN {1 << place} THEN {name}" for place, name in enumerate(names))
        return f"CASE {slot.least} {tried} END" if tried else "NULL"

    def _plain(self, kind: Type, name: str) -> str:
        return str(int(name == "true")) if kind.kind == "boolean" else self.dialect.literal(name)

    def _number(self, kind: Type, text: str) -> str:
        return self.dialect.date_of.format(text) if kind.kind == "date" else text

    def _members(self, kind: Type, text: str, slot: Slot) -> str:
        bits = slot.interval[1]
        return self._listed([
            (json.dumps(name, ensure_ascii=False), has_bits(self.dialect, text, bits, 1 << place))
            for place, name in enumerate(kind.values)
        ])  # fmt: skip

    def _possible(self, name: str, decision: AnyDecision, answer: _Answer) -> Iterator[Output]:
        kind, slot = decision.type, answer.slot
        if kind.kind == "set":
            yield self._array(f"{name}__sure", self._members(kind, slot.least, slot), "values", name)
            is_open = [
                (json.dumps(value, ensure_ascii=False), all_of([
                    has_bits(self.dialect, slot.most, slot.interval[1], 1 << place),
                    negated(has_bits(self.dialect, slot.least, slot.interval[1], 1 << place)),
                ]))
                for place, value in enumerate(kind.values)
            ]  # fmt: skip
            yield self._array(f"{name}__open", self._listed(is_open), "values", name)
        elif kind.is_numeric:
            for end, text in (("least", slot.least), ("greatest", slot.most)):
                number = self._unless_refused(self._number(kind, text))
                yield Output(name=f"{name}__{end}", expression=number, holds="number", decision=name)
        else:
            plain = [value if kind.kind == "boolean" else json.dumps(value, ensure_ascii=False) for value in kind.names]
            tests = [
                (value, has_bits(self.dialect, slot.least, slot.bits, 1 << place)) for place, value in enumerate(plain)
            ]
            yield self._array(f"{name}__possible", self._listed(tests), "values", name)

    def _because(self, name: str, decision: AnyDecision, answer: _Answer) -> str:
        """List the rules behind the answer, as `results.deciding_bits` says it for one organization."""
        ids = [json.dumps(rule.id, ensure_ascii=False) for rule in rules_of(decision)]
        match decision:
            case CriteriaDecision():
                tests = self._deciding_criteria(name, decision, answer)
            case TableDecision() if decision.has_multiple_hits:
                tests = self._deciding_items(decision, answer)
            case TableDecision():
                is_first = decision.hit_policy in {"first", "priority"}
                found = self._until_the_hit(name, decision, answer) if is_first else self._that_hold(name, answer)
                tests = [
                    all_of([test, self._may_be(answer, rule)]) for test, rule in zip(found, decision.rules, strict=True)
                ]
            case _:
                tests = []
        return self._listed(list(zip(ids, tests, strict=True)))

    def _may_be(self, answer: _Answer, rule: Rule) -> Predicate:
        return has_bits(self.dialect, answer.slot.least, answer.slot.bits, 1 << rule.output)

    def _until_the_hit(self, name: str, decision: TableDecision, answer: _Answer) -> list[Predicate]:
        """Tell of each row whether it may hold and none before it holds for certain."""
        order = order_of(decision)
        true = [answer.rules[place][0] for place in order]
        comes_by = first_place(self.columns, f"{self._variants[name].prefix}_w", true)
        found = {
            place: all_of([comes_by(number), negated(answer.rules[place][1])]) for number, place in enumerate(order)
        }
        return [found[place] for place in range(len(answer.rules))]

    def _that_hold(self, name: str, answer: _Answer) -> list[Predicate]:
        """Tell of each row of a settled table with one that holds whether it does; else whether it may."""
        is_settled = f"{answer.status} IN ({DETERMINED}, {CONFLICT})"
        test = all_of([is_settled, any_of(true for true, _ in answer.rules)])
        hit = self._column_of(f"{self._variants[name].prefix}_x", test)
        return [any_of([all_of([true, hit]), negated(any_of([false, hit]))]) for true, false in answer.rules]

    def _deciding_items(self, decision: TableDecision, answer: _Answer) -> list[Predicate]:
        held: dict[int, list[Predicate]] = {}
        for rule, (true, _) in zip(decision.rules, answer.rules, strict=True):
            held.setdefault(rule.output, []).append(true)
        pairs = zip(decision.rules, answer.rules, strict=True)
        return [any_of([true, negated(any_of([false, *held[rule.output]]))]) for rule, (true, false) in pairs]

    def _deciding_criteria(self, name: str, decision: CriteriaDecision, answer: _Answer) -> list[Predicate]:
        variant, shared = self._variants[name], shared_criteria(decision)
        may_hold, may_fail = (has_bits(self.dialect, answer.slot.least, answer.slot.bits, bit) for bit in (TRUE, FALSE))
        fails = self._column_of(f"{variant.prefix}_x", any_of(false for _, false in answer.rules))
        met = self._column_of(f"{variant.prefix}_y", negated(any_of([fails, may_fail])))
        rules = list(zip(answer.rules, variant.pooled.idle, strict=True))
        unknown = [negated(any_of(pair)) for pair in answer.rules]
        together = any_of(test for place, test in enumerate(unknown) if shared >> place & 1)
        alone = self._column_of(f"{variant.prefix}_z", any_of([may_hold, negated(together)]))
        return [
            any_of([
                false,
                all_of([met, negated(idle)]),
                all_of([test, negated(any_of([met, fails])), True if shared >> place & 1 else alone]),
            ])
            for place, (((_, false), idle), test) in enumerate(zip(rules, unknown, strict=True))
        ]  # fmt: skip

    def _rules(self, name: str) -> Iterator[Output]:
        decision, prefix = self.policy.decisions[name], self._variants[name].prefix
        for place, (rule, pair) in enumerate(zip(rules_of(decision), self._answers[name].rules, strict=True)):
            for letter, part, comment in zip("tf", pair, ((rule_comment(decision, rule),), ()), strict=True):
                expression = self._unless_refused(flag(part))
                yield Output(
                    name=f"{prefix}_r{place}_{letter}",
                    expression=expression,
                    holds="truth",
                    decision=name,
                    comment=comment,
                )


def _raw(name: str, expression: str) -> Output:
    return Output(name=name, expression=expression, holds="bits")


def _text(test: Predicate) -> str:
    if isinstance(test, bool):
        return "1 = 1" if test else "1 = 0"
    return test


def _ends(slot: Slot, other: Slot) -> Iterator[tuple[str, str]]:
    yield slot.least, other.least
    if isinstance(slot.inside, tuple):
        yield slot.most, other.most
