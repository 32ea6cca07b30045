"""What the view of a policy shows: value, possible values, status, reasons and missing facts of every decision.

Rows whose facts are impossible or contradict one another are refused: status and problems, no answer.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import Literal

import attrs

from cso_rules.executors.sql.columns import Columns
from cso_rules.executors.sql.decisions import CONFLICT, DETERMINED, UNDETERMINED, Written, rule_comment
from cso_rules.executors.sql.dialects import LONGEST_NAME, Dialect, around
from cso_rules.executors.sql.expressions import Slot
from cso_rules.executors.sql.facts import Facts, Mark
from cso_rules.executors.sql.network import Network
from cso_rules.executors.sql.nodes import (
    Name,
    Part,
    Predicate,
    Word,
    added,
    all_of,
    any_of,
    chosen,
    compared,
    flag,
    negated,
    number,
    one_of,
)
from cso_rules.model.decisions import AnyDecision, CriteriaDecision, TableDecision, ValueDecision, inputs_of, rules_of
from cso_rules.model.expressions import variables
from cso_rules.model.policy import Policy
from cso_rules.model.types import FALSE, TRUE, Type

Holds = Literal["value", "values", "status", "rules", "facts", "number", "problems", "context", "truth", "bits"]
STATUSES = ("determined", "undetermined", "unsettled_by_law", "no_rule_in_force", "conflict")


@attrs.frozen(kw_only=True)
class Output:
    """A column of the view.

    Attributes:
        holds: What it holds; values, rules, facts and problems are JSON arrays.
        decision: The decision that it is about, or None.
    """

    name: str
    expression: Part
    holds: Holds
    decision: str | None = None
    comment: str = ""


@attrs.frozen(kw_only=True, slots=False, eq=False)
class Answers:
    """Writes the last stages, and the columns of the view.

    Attributes:
        problems: When each constraint is broken for certain, by id.
    """

    dialect: Dialect
    columns: Columns
    facts: Facts
    policy: Policy
    written: Mapping[str, Written]
    problems: Mapping[str, Predicate]
    network: Network | None

    def outputs(self, *, with_rules: bool = False, explained: Collection[str] = ()) -> list[Output]:
        """Return the columns of the view.

        Args:
            with_rules: Whether the truth of each rule becomes two columns.
            explained: Decisions that get a column for their rules even while no rule of theirs is in force.
        """
        refused = self._refusal()
        found = [*self._context()]
        for name, decision in self.policy.decisions.items():
            shown = self._decision(name, decision, is_explained=name in explained)
            found += [self._unless_refused(output, refused) for output in shown]
        if with_rules:
            rules = (output for name in self.policy.decisions for output in self._rules(name))
            found += [self._unless_refused(output, refused) for output in rules]
        return found

    def raw_outputs(self) -> list[Output]:
        """Return the columns of the bare results: values, rules, contradiction, no answer."""
        found = []
        for place, (name, written) in enumerate(self.written.items()):
            pairs = [flag(part) for pair in (written.conflict, written.none) for part in pair]
            parts = [*self._ends(self.policy.decisions[name].type, written.slot), *written.rules, *pairs]
            found += [Output(name=f"d{place}_{n}", expression=part, holds="bits") for n, part in enumerate(parts)]
        return found

    def _ends(self, kind: Type, slot: Slot) -> tuple[Part, Part]:
        """Return the ends of a domain; of bits those of values alone, twice."""
        everything = kind.everything
        if isinstance(everything, tuple):
            return slot.least, slot.most
        bits = self.dialect.common_bits(slot.least, everything)
        return bits, bits

    # ------------------------------------------------------------------------------------------ rows

    def _refusal(self) -> Predicate:
        """Define whether the facts of a row are impossible or contradict one another."""
        names = {self.facts.mark("impossible", name)[1] for name in self.facts.names if self._can_be_wrong(name)}
        tests: list[Predicate] = [compared(name, "<>", 0) for name in sorted(names, key=str)]
        test = any_of([*tests, *self.problems.values()])
        if isinstance(test, bool):
            return test
        return one_of(self.columns.define("row", "is_refused", flag(test)), (1,))

    def _can_be_wrong(self, fact: str) -> bool:
        return not isinstance(self.facts.valid[fact], bool)

    def _unless_refused(self, output: Output, refused: Predicate) -> Output:
        if refused is False:
            return output
        if output.holds == "status":
            return attrs.evolve(output, expression=chosen([(refused, self.dialect.text("refused"))], output.expression))
        return attrs.evolve(output, expression=chosen([(negated(refused), output.expression)], None))

    def _context(self) -> Iterator[Output]:
        policy = self.policy
        for name, text in (("cso_rules", policy.digest), ("cso_place", policy.jurisdiction)):
            yield Output(name=name, expression=self.dialect.text(text), holds="context")
        day = Word(f"DATE '{policy.as_of.isoformat()}'")
        expression = self.dialect.text(policy.as_of.isoformat()) if self.dialect.name == "sqlite" else day
        yield Output(name="cso_as_of", expression=expression, holds="context")
        tests: list[tuple[str, Predicate]] = [
            (_json(name), self._has_mark("impossible", name)) for name in self.facts.names if self._can_be_wrong(name)
        ]
        tests += [(_json(name), test) for name, test in self.problems.items()]
        yield Output(name="cso_problems", expression=self.dialect.listed(tests), holds="problems")

    def _has_mark(self, ending: Mark, fact: str) -> Predicate:
        _, column, bit = self.facts.mark(ending, fact)
        return compared(self.dialect.common_bits(column, bit), "<>", 0)

    # ------------------------------------------------------------------------------------------ decisions

    def _decision(self, name: str, decision: AnyDecision, *, is_explained: bool) -> Iterator[Output]:
        written = self.written[name]
        settled = all_of([one_of(written.status, (DETERMINED,)), negated(written.none[0])])
        value = chosen([(settled, self._value(decision, written))], None)
        title = f"{name} ({decision.type.kind}): {decision.label.en}"
        yield Output(name=name, expression=value, holds="value", decision=name, comment=title)
        yield from self._possible(name, decision, written)
        cases = [(one_of(written.status, (place,)), self.dialect.text(text)) for place, text in enumerate(STATUSES)]
        yield Output(name=f"{name}__status", expression=chosen(cases, None), holds="status", decision=name)
        if is_explained or rules_of(decision):
            because = self._because(name, decision, written)
            yield Output(name=f"{name}__because", expression=because, holds="rules", decision=name)
        is_open = one_of(written.status, (UNDETERMINED,))
        missing = chosen([(is_open, self._missing(name))], self.dialect.text("[]"))
        yield Output(name=f"{name}__missing", expression=missing, holds="facts", decision=name)

    def _value(self, decision: AnyDecision, written: Written) -> Part:
        kind, slot = decision.type, written.slot
        if kind.kind == "set":
            return self._members(kind, slot.least, slot)
        if kind.is_numeric:
            return self._number(kind, slot.least)
        cases = [(one_of(slot.least, (1 << place,)), self._plain(kind, name)) for place, name in enumerate(kind.names)]
        return chosen(cases, None)

    def _plain(self, kind: Type, name: str) -> Part:
        return number(int(name == "true")) if kind.kind == "boolean" else self.dialect.text(name)

    def _number(self, kind: Type, part: Part) -> Part:
        return around(self.dialect.date_of, part) if kind.kind == "date" else part

    def _members(self, kind: Type, part: Part, slot: Slot) -> Part:
        bits = slot.interval[1]
        tests = [(_json(name), self.dialect.has_bits(part, bits, 1 << n)) for n, name in enumerate(kind.values)]
        return self.dialect.listed(tests)

    def _possible(self, name: str, decision: AnyDecision, written: Written) -> Iterator[Output]:
        kind, slot = decision.type, written.slot
        if kind.kind == "set":
            sure = self._members(kind, slot.least, slot)
            yield Output(name=f"{name}__sure", expression=sure, holds="values", decision=name)
            open_items = self.dialect.listed([
                (_json(value), all_of([
                    self.dialect.has_bits(slot.most, slot.interval[1], 1 << place),
                    negated(self.dialect.has_bits(slot.least, slot.interval[1], 1 << place)),
                ]))
                for place, value in enumerate(kind.values)
            ])  # fmt: skip
            yield Output(name=f"{name}__open", expression=open_items, holds="values", decision=name)
        elif kind.is_numeric:
            for end, part in (("least", slot.least), ("greatest", slot.most)):
                shown = chosen([(negated(written.none[0]), self._number(kind, part))], None)
                yield Output(name=f"{name}__{end}", expression=shown, holds="number", decision=name)
        else:
            plain = [value if kind.kind == "boolean" else _json(value) for value in kind.names]
            tests = [(value, self.dialect.has_bits(slot.least, slot.bits, 1 << n)) for n, value in enumerate(plain)]
            yield Output(name=f"{name}__possible", expression=self.dialect.listed(tests), holds="values", decision=name)

    # ------------------------------------------------------------------------------------------ which rules decide

    def _because(self, name: str, decision: AnyDecision, written: Written) -> Part:
        """List the rules behind the answer, as `results.deciding_bits` says it for one organization."""
        match decision:
            case CriteriaDecision():
                tests = self._deciding_criteria(name, decision, written)
            case TableDecision() if decision.has_multiple_hits:
                tests = self._deciding_items(decision, written)
            case TableDecision():
                tests = list(written.hits) or self._that_hold(name, decision, written)
            case _:
                tests = []
        ids = [_json(rule.id) for rule in rules_of(decision)]
        return self.dialect.listed(list(zip(ids, tests, strict=True)))

    def _may_be(self, written: Written, bit: int) -> Predicate:
        return self.dialect.has_bits(written.slot.least, written.slot.bits, bit)

    def _that_hold(self, name: str, decision: TableDecision, written: Written) -> list[Predicate]:
        """Tell of each row of a settled table with one that holds whether it does; else whether it may."""
        truths = [written.truth(place) for place in range(len(written.rules))]
        test = all_of([one_of(written.status, (DETERMINED, CONFLICT)), any_of(true for true, _ in truths)])
        hit = self._column(name, "has_hit", test)
        doubtful = negated(written.conflict[1])
        return [
            all_of([
                any_of([all_of([true, hit]), negated(any_of([false, hit]))]),
                any_of([doubtful, self._may_be(written, 1 << rule.output)]),
            ])
            for (true, false), rule in zip(truths, decision.rules, strict=True)
        ]  # fmt: skip

    def _column(self, name: str, ending: str, test: Predicate) -> Predicate:
        return test if isinstance(test, bool) else one_of(self.columns.define(name, ending, flag(test)), (1,))

    def _deciding_items(self, decision: TableDecision, written: Written) -> list[Predicate]:
        truths = [written.truth(place) for place in range(len(decision.rules))]
        held: dict[int, list[Predicate]] = {}
        for rule, (true, _) in zip(decision.rules, truths, strict=True):
            held.setdefault(rule.output, []).append(true)
        pairs = zip(decision.rules, truths, strict=True)
        return [any_of([true, negated(any_of([false, *held[rule.output]]))]) for rule, (true, false) in pairs]

    def _deciding_criteria(self, name: str, decision: CriteriaDecision, written: Written) -> list[Predicate]:
        """Tell of each criterion whether it has the truth that decides: failed, else met, else open.

        Where open ones fail together, one that shares no fact with another is none of them.
        """
        truths = [written.truth(place) for place in range(len(decision.rules))]
        fails = any_of(false for _, false in truths)
        wanted = chosen([(fails, number(2)), (negated(self._may_be(written, FALSE)), number(1))], number(3))
        named = self.columns.define(name, "decided_by", wanted, f"{name}: the truth of the criteria that decide")
        may_be_met = any_of([compared(named, "<>", 3), self._may_be(written, TRUE)])
        return [
            all_of([
                compared(rule, "=", named), negated(written.idle[place]), written.shared[place] or may_be_met,
            ])
            for place, rule in enumerate(written.rules)
        ]  # fmt: skip

    # ------------------------------------------------------------------------------------------ what is missing

    @cached_property
    def _read(self) -> dict[str, tuple[frozenset[str], ...]]:
        """What each rule of each decision reads; of a computed number what its terms read."""
        return {
            name: (frozenset(inputs_of(decision)),)
            if isinstance(decision, ValueDecision)
            else tuple(frozenset(variables(rule.condition)) for rule in rules_of(decision))
            for name, decision in self.policy.decisions.items()
        }

    @cached_property
    def _facts_read(self) -> dict[str, tuple[str, ...]]:
        """The facts that each decision reads directly."""
        read = {name: frozenset[str]().union(*rules) for name, rules in self._read.items()}
        return {name: tuple(fact for fact in self.facts.names if fact in own) for name, own in read.items()}

    @cached_property
    def _known_asked(self) -> dict[str, dict[int, Name]]:
        return {}

    def _asks_for(self, name: str) -> dict[int, Name]:
        if name not in self._known_asked:
            self._known_asked[name] = self._open_facts(name)
        return self._known_asked[name]

    def _open_facts(self, name: str) -> dict[int, Name]:
        """Define which unknown facts the open rules of an undetermined decision read, as bits."""
        decision, written = self.policy.decisions[name], self.written[name]
        words: dict[int, list[Part]] = {}
        for fact in self._facts_read[name]:
            word, _, bit = self.facts.mark("unknown", fact)
            test = all_of([self._is_unknown(fact), self._is_read(decision, written, fact)])
            words.setdefault(word, []).extend([] if test is False else [chosen([(test, number(bit))], number(0))])
        is_open = one_of(written.status, (UNDETERMINED,))
        return {
            word: self.columns.define(
                name, "asks_for", chosen([(is_open, self.dialect.whole(added(parts)))], number(0)),
                f"{name}: unknown facts that its open rules read, as bits",
            )
            for word, parts in words.items()
        }  # fmt: skip

    def _is_unknown(self, fact: str) -> Predicate:
        known = self.facts.unknown[fact]
        return known if isinstance(known, bool) else self._has_mark("unknown", fact)

    def _is_read(self, decision: AnyDecision, written: Written, fact: str) -> Predicate:
        if isinstance(decision, ValueDecision):
            return True
        return any_of(
            negated(any_of(written.truth(place)))
            for place, read in enumerate(self._read[decision.name])
            if fact in read
        )

    def _missing(self, name: str) -> Part:
        """List the facts that open rules read, here or in an undetermined decision on which this one depends."""
        asked = self._asked_along(name)
        tests: list[tuple[str, Predicate]] = []
        read = self._read_along(name)
        for fact in self.facts.names:
            word, _, bit = self.facts.mark("unknown", fact)
            if fact in read:
                tests.append((_json(fact), compared(self.dialect.common_bits(asked[word], bit), "<>", 0)))
        return self.dialect.listed(tests)

    def _asked_along(self, name: str) -> dict[int, Part]:
        """Define which facts this decision and those on which it depends ask for."""
        sources = [source for source in self.policy.cone(name) if source in self.written]
        words: dict[int, list[Part]] = {}
        for source in sources:
            for word, part in self._asks_for(source).items():
                words.setdefault(word, []).append(part)
        return {
            word: parts[0] if len(parts) == 1 else self.dialect.united(parts, self.columns.define)
            for word, parts in words.items()
        }

    def _read_along(self, name: str) -> frozenset[str]:
        sources = [source for source in self.policy.cone(name) if source in self.written]
        read = frozenset(fact for source in sources for fact in self._facts_read[source])
        return read if self.network is None else read & self.network.facts_of(name)

    # ------------------------------------------------------------------------------------------ rules

    def _rules(self, name: str) -> Iterator[Output]:
        decision, written = self.policy.decisions[name], self.written[name]
        for place, rule in enumerate(rules_of(decision)):
            for ending, part in zip(("holds", "fails"), written.truth(place), strict=True):
                yield Output(
                    name=rule_column(decision, place, ending), expression=flag(part), holds="truth", decision=name,
                    comment=rule_comment(decision, rule) if ending == "holds" else "",
                )  # fmt: skip


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def rule_column(decision: AnyDecision, place: int, ending: str) -> str:
    """Return the name of a column about a rule: by its id, or by its position where no database keeps the id."""
    rule = rules_of(decision)[place].id
    name = f"{decision.name}__{rule}__{ending}"
    is_kept = rule.isascii() and rule.isidentifier() and len(name.encode()) <= LONGEST_NAME
    return name if is_kept else f"{decision.name[: LONGEST_NAME - 20]}__row{place}__{ending}"
