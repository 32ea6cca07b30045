"""What each kind of decision asks of the rules: its answer from the truth of its criteria or rows, as rules too.

In comes a decision; out comes a `DecisionRules`, and what it derived is read as a `Result`.
Guaranteed: hit policies, `otherwise` and conflicts are rules of the set; Python only reads which marks were derived.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Mapping

import attrs

from cso_rules.determination import Result
from cso_rules.errors import EngineError
from cso_rules.executors.rete.gate import START
from cso_rules.executors.rete.program import (
    Builder,
    Claim,
    FlagMeaning,
    Heads,
    Mark,
    Program,
    written,
)
from cso_rules.executors.single.reference import bits_of
from cso_rules.model.decisions import CriteriaDecision, TableDecision, ValueDecision, conditional_of
from cso_rules.model.types import FALSE, TRUE, Type
from cso_rules.truth import Truth

Types = Callable[[str], Type]


@attrs.frozen(kw_only=True)
class DecisionRules:
    """A decision as rules, and what is given to them."""

    decision: CriteriaDecision | TableDecision | ValueDecision
    program: Program
    flags: tuple[tuple[int, FlagMeaning], ...]


def rule_set(decision: CriteriaDecision | TableDecision | ValueDecision, types: Types) -> DecisionRules:
    """Return the rules of a decision.

    Args:
        decision: Criteria, a table, or a number or date, of which the rules tell which of its cases hold.
        types: The type of each variable.
    """
    rules = decision.cases if isinstance(decision, ValueDecision) else conditional_of(decision)
    builder = written(types, (rule.condition for rule in rules))
    if isinstance(decision, CriteriaDecision):
        _conclude_criteria(builder, len(decision.rules))
    elif isinstance(decision, TableDecision):
        _conclude_table(builder, decision)
    program = builder.program()
    meanings = program.meanings.items()
    flags = tuple((mark, meaning) for mark, meaning in meanings if isinstance(meaning, FlagMeaning))
    return DecisionRules(decision=decision, program=program, flags=flags)


def truth(heads: Heads, derived: Container[int]) -> Truth:
    """Return the truth of which marks were derived.

    Raises:
        EngineError: Both were, which rules cannot do.
    """
    true, false = (mark in derived for mark in heads)
    if true and false:
        raise EngineError("durable_rules", "derives true and false", "同时推出成立与不成立")
    return Truth.TRUE if true else Truth.FALSE if false else Truth.UNKNOWN


def truths_of(rules: DecisionRules, derived: Container[int]) -> tuple[int, int]:
    """Return as bits which rules, or cases of a number or date, hold, and which may."""
    decision = rules.decision
    count = len(decision.cases if isinstance(decision, ValueDecision) else decision.rules)
    return bits_of(_Case(rules.program, derived).truths(count))


def result(rules: DecisionRules, derived: Container[int]) -> Result:
    """Return the result that the derived marks say of criteria or a table."""
    decision, case = rules.decision, _Case(rules.program, derived)
    assert not isinstance(decision, ValueDecision)
    true, unknown = truths_of(rules, derived)
    if isinstance(decision, CriteriaDecision):
        return Result(case.boolean(), true, unknown)
    if decision.has_multiple_hits:
        return Result((case.sure(), case.left()), true, unknown)
    is_answered = true or decision.otherwise
    none = Truth.FALSE if is_answered else Truth.UNKNOWN if unknown else Truth.TRUE
    return Result(case.chosen(), true, unknown, case.conflict(), none)


@attrs.frozen
class _Case:
    """What one session derived."""

    program: Program
    derived: Container[int]

    def truths(self, count: int) -> list[Truth]:
        """Return the truths of the rules."""
        return [truth(self.program.truths[place], self.derived) for place in range(count)]

    def boolean(self) -> int:
        return TRUE if self._is_claimed("certain", 0) else FALSE if self._is_claimed("certain", 1) else TRUE | FALSE

    def sure(self) -> int:
        return sum(1 << output for output in self._outputs("certain") if self._is_claimed("certain", output))

    def left(self) -> int:
        return sum(1 << output for output in self._outputs("excluded") if not self._is_claimed("excluded", output))

    def chosen(self) -> int:
        return self.sure() if self._is_claimed("hit", 0) else self.left()

    def conflict(self) -> Truth:
        if self._is_claimed("conflict", 0):
            return Truth.TRUE
        return Truth.FALSE if self._is_claimed("no conflict", 0) else Truth.UNKNOWN

    def _outputs(self, claim: Claim) -> list[int]:
        return [output for known, output in self.program.answers if known == claim]

    def _is_claimed(self, claim: Claim, output: int) -> bool:
        return self.program.answers.get((claim, output)) in self.derived


def _conclude_criteria(builder: Builder, count: int) -> None:
    builder.claim("certain", builder.all_of(builder.truths[place][0] for place in range(count)), 0)
    builder.claim("certain", builder.any_of(false for _, false in builder.truths.values()), 1)


def _conclude_table(builder: Builder, decision: TableDecision) -> None:
    if decision.otherwise:
        _add_otherwise(builder, len(decision.rules) - 1)
    rows: dict[int, list[int]] = {}
    for place, rule in enumerate(decision.rules):
        rows.setdefault(rule.output, []).append(place)
    if decision.hit_policy in {"first", "priority"}:
        _conclude_first(builder, decision, rows)
        return
    for output, places in rows.items():
        builder.claim("certain", builder.any_of(builder.truths[place][0] for place in places), output)
        builder.claim("excluded", builder.all_of(builder.truths[place][1] for place in places), output)
    if decision.has_multiple_hits:
        builder.claim("no conflict", START)
    else:
        builder.claim("hit", builder.any_of(true for true, _ in builder.truths.values()))
        _conclude_conflicts(builder, decision)


def _add_otherwise(builder: Builder, place: int) -> None:
    heads = [heads for other, heads in builder.truths.items() if other < place]
    none, some = builder.all_of(false for _, false in heads), builder.any_of(true for true, _ in heads)
    builder.rule(place, none, some)


def _conclude_first(builder: Builder, decision: TableDecision, rows: Mapping[int, list[int]]) -> None:
    """Exclude an output when each of its rows fails or stands behind a row that holds."""
    stopped: Mark = None
    dropped: dict[int, Mark] = {}
    for place in decision.order:
        true, false = builder.truths[place]
        dropped[place] = builder.any_of((stopped, false))
        stopped = builder.any_of((stopped, true))
    for output, places in rows.items():
        builder.claim("excluded", builder.all_of(dropped[place] for place in places), output)
    builder.claim("no conflict", START)


def _conclude_conflicts(builder: Builder, decision: TableDecision) -> None:
    truths = builder.truths
    pairs = [pair for pair in itertools.combinations(range(len(decision.rules)), 2) if _clash(decision, *pair)]
    both = [builder.all_of((truths[one][0], truths[two][0])) for one, two in pairs]
    not_both = [builder.any_of((truths[one][1], truths[two][1])) for one, two in pairs]
    builder.claim("conflict", builder.any_of(both))
    builder.claim("no conflict", builder.all_of(not_both))


def _clash(decision: TableDecision, earlier: int, later: int) -> bool:
    one, two = decision.rules[earlier], decision.rules[later]
    return decision.hit_policy != "any" or one.output != two.output
