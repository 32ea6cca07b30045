"""What each kind of decision asks of the rules: its answer from the truth of its criteria or rows, as rules too.

In comes a decision; out comes a `Plan`: which rule sets to run, and how what they derived is read as a `Result`.
Guaranteed: hit policies, `otherwise` and conflicts are rules of the set; Python only reads which marks were derived.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Iterable, Mapping

import attrs

from cso_rules.determination import Result
from cso_rules.errors import EngineError
from cso_rules.executors.rete.gate import START
from cso_rules.executors.rete.program import (
    Builder,
    Claim,
    FlagMeaning,
    GivenMeaning,
    Heads,
    Mark,
    Program,
    written,
)
from cso_rules.executors.single.reference import join
from cso_rules.model.decisions import CriteriaDecision, Rule, Split, TableDecision
from cso_rules.model.types import FALSE, TRUE, Type
from cso_rules.truth import Truth

Types = Callable[[str], Type]


@attrs.frozen(kw_only=True)
class Part:
    """A rule set, the variables to try cell by cell, and what it waits for."""

    program: Program
    splits: tuple[Split, ...]
    flags: tuple[tuple[int, FlagMeaning], ...]
    given: tuple[tuple[int, GivenMeaning], ...]


@attrs.frozen(kw_only=True)
class Plan:
    """A decision as rule sets: those of criteria and rows that are tried cell by cell, then the one that concludes."""

    decision: CriteriaDecision | TableDecision
    parts: tuple[Part, ...]
    main: Part


def plan(decision: CriteriaDecision | TableDecision, types: Types) -> Plan:
    """Return the rule sets of a decision.

    Args:
        decision: Criteria or a table.
        types: The type of each variable.
    """
    if isinstance(decision, TableDecision) and not decision.has_multiple_hits:
        rules = dict(enumerate(_conditional(decision)))
        return Plan(decision=decision, parts=(), main=_concluding(decision, types, rules, (), decision.splits))
    rules = dict(enumerate(_conditional(decision)))
    joint = dict(enumerate(decision.joint, start=len(decision.rules)))
    tried: dict[tuple[Split, ...], list[int]] = {}
    for place, rule in (rules | joint).items():
        if rule.splits:
            tried.setdefault(rule.splits, []).append(place)
    parts = tuple(
        _plain(types, {place: (rules | joint)[place] for place in places}, cut) for cut, places in tried.items()
    )
    given = [place for places in tried.values() for place in places]
    plain = {place: rule for place, rule in rules.items() if place not in given}
    return Plan(decision=decision, parts=parts, main=_concluding(decision, types, plain, given, ()))


def truth(heads: Heads, derived: Container[int]) -> Truth:
    """Return the truth of which marks were derived.

    Raises:
        EngineError: Both were, which rules cannot do.
    """
    true, false = (mark in derived for mark in heads)
    if true and false:
        raise EngineError("durable_rules", "derives true and false", "同时推出成立与不成立")
    return Truth.TRUE if true else Truth.FALSE if false else Truth.UNKNOWN


def result(plan: Plan, sessions: Iterable[Container[int]]) -> Result:
    """Return the result that the derived marks of each cell say."""
    program, decision = plan.main.program, plan.decision
    cases = [_Case(program, derived) for derived in sessions]
    truths = [join(column) for column in zip(*(case.truths(len(decision.rules)) for case in cases), strict=True)]
    bits = _bits(truths)
    if isinstance(decision, CriteriaDecision):
        return Result(cases[0].boolean(), *bits)
    if decision.has_multiple_hits:
        return Result((cases[0].sure(), cases[0].left()), *bits)
    domain = 0
    for case in cases:
        domain |= case.chosen()
    return Result(domain, *bits, join(case.conflict() for case in cases))


@attrs.frozen
class _Case:
    """What one session derived."""

    program: Program
    derived: Container[int]

    def truths(self, count: int) -> list[Truth]:
        """Return the truths of the rules of the file; what they say together comes behind them."""
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


def _conditional(decision: CriteriaDecision | TableDecision) -> tuple[Rule, ...]:
    is_else = isinstance(decision, TableDecision) and decision.otherwise
    return decision.rules[:-1] if is_else else decision.rules


def _plain(types: Types, rules: Mapping[int, Rule], splits: tuple[Split, ...]) -> Part:
    builder = written(types, {place: rule.condition for place, rule in rules.items()}, ())
    return _part(builder, splits)


def _concluding(
    decision: CriteriaDecision | TableDecision,
    types: Types,
    rules: Mapping[int, Rule],
    given: Iterable[int],
    splits: tuple[Split, ...],
) -> Part:
    builder = written(types, {place: rule.condition for place, rule in rules.items()}, given)
    if isinstance(decision, CriteriaDecision):
        _conclude_criteria(builder, len(decision.rules))
    else:
        _conclude_table(builder, decision)
    return _part(builder, splits)


def _part(builder: Builder, splits: tuple[Split, ...]) -> Part:
    program = builder.program()
    meanings = program.meanings.items()
    return Part(
        program=program,
        splits=splits,
        flags=tuple((mark, meaning) for mark, meaning in meanings if isinstance(meaning, FlagMeaning)),
        given=tuple((mark, meaning) for mark, meaning in meanings if isinstance(meaning, GivenMeaning)),
    )


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
    holding = {output: list(places) for output, places in rows.items()}
    for place, rule in enumerate(decision.joint, start=len(decision.rules)):
        holding[rule.output].append(place)
    for output, places in rows.items():
        builder.claim("certain", builder.any_of(builder.truths[place][0] for place in holding[output]), output)
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
    order = list(range(len(decision.rules)))
    if decision.hit_policy == "priority":
        order.sort(key=lambda place: decision.rules[place].output)
    stopped: Mark = None
    dropped: dict[int, Mark] = {}
    for place in order:
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
    if (earlier, later) in decision.disjoint:
        return False
    one, two = decision.rules[earlier], decision.rules[later]
    return decision.hit_policy != "any" or one.output != two.output


def _bits(truths: list[Truth]) -> tuple[int, int]:
    true = sum(1 << place for place, found in enumerate(truths) if found is Truth.TRUE)
    unknown = sum(1 << place for place, found in enumerate(truths) if found is Truth.UNKNOWN)
    return true, unknown
