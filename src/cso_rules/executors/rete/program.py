"""Writes conditions as positive rules: for each condition a mark that it is true and a mark that it is false.

In come conditions of the model; out comes a `Program`, rules over marks and slots with the meaning of each mark. Not
is an exchange of the two marks, and unknown is that neither is derived, so that nothing is ever negated or taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal, assert_never

import attrs

from cso_rules.executors.rete.gate import AT_LEAST, AT_MOST, MOST_BOUNDS, MOST_PREMISES, START, Bound, Horn
from cso_rules.model.expressions import (
    Among,
    And,
    Constant,
    Expression,
    If,
    Includes,
    Not,
    Or,
    Term,
    Within,
)
from cso_rules.model.types import Type

Mark = int | None
"""A mark; None is one that can never be derived, `START` one that is always there."""

Heads = tuple[Mark, Mark]
"""What is derived when a condition is true, and when it is false."""

Terms = tuple[Term, ...]
Ending = Literal["low", "high"]
Flag = Literal["excluded", "sure"]
Claim = Literal["certain", "excluded", "hit", "conflict", "no conflict"]
LOW: Final[Ending] = "low"
HIGH: Final[Ending] = "high"


@attrs.frozen
class FlagMeaning:
    """A value of a variable is excluded, or surely in a set."""

    flag: Flag
    variable: str
    bit: int


@attrs.frozen
class AtomMeaning:
    """A comparison holds, or does not."""

    atom: Among | Includes | Within
    truth: bool


@attrs.frozen
class RuleMeaning:
    """A criterion or row holds, or does not."""

    rule: int
    truth: bool


@attrs.frozen
class AnswerMeaning:
    """What is claimed of the answer: of an output of a table, or of true (0) and false (1)."""

    claim: Claim
    output: int = 0


Meaning = FlagMeaning | AtomMeaning | RuleMeaning | AnswerMeaning


@attrs.frozen
class Slot:
    """A number that is given: the low or high end of a sum."""

    terms: Terms
    end: Ending


@attrs.frozen(kw_only=True)
class Program:
    """Rules with what they need and what they mean.

    Attributes:
        rules: The rules; what derives a mark stands before what waits for it.
        slots: What each slot holds.
        meanings: What marks mean; steps inside a condition have none.
        truths: The marks of each criterion or row, by its position.
        answers: The mark of each claim about an output.
    """

    rules: tuple[Horn, ...]
    slots: tuple[Slot, ...]
    meanings: Mapping[int, Meaning]
    truths: Mapping[int, Heads]
    answers: Mapping[tuple[Claim, int], Mark]


@attrs.define
class Builder:
    """Collects rules; what was written once is used again."""

    types: Callable[[str], Type]
    rules: list[Horn] = attrs.field(factory=list)
    slots: list[Slot] = attrs.field(factory=list)
    meanings: dict[int, Meaning] = attrs.field(factory=dict)
    truths: dict[int, Heads] = attrs.field(factory=dict)
    answers: dict[tuple[Claim, int], Mark] = attrs.field(factory=dict)
    _last: int = START
    _flags: dict[Meaning, int] = attrs.field(factory=dict)
    _conditions: dict[Expression, Heads] = attrs.field(factory=dict)
    _joined: dict[tuple[str, frozenset[int]], int] = attrs.field(factory=dict)
    _bounds: dict[tuple[Slot, int, int], int] = attrs.field(factory=dict)
    _used: dict[Slot, list[int]] = attrs.field(factory=dict)

    def program(self) -> Program:
        """Return what was collected."""
        return Program(
            rules=tuple(self.rules),
            slots=tuple(self.slots),
            meanings=self.meanings,
            truths=self.truths,
            answers=self.answers,
        )

    def given(self, meaning: FlagMeaning) -> int:
        """Return the mark of something that is given."""
        if meaning not in self._flags:
            self._flags[meaning] = self._new(meaning)
        return self._flags[meaning]

    def named(self, part: Mark, meaning: Meaning) -> Mark:
        """Return a mark that means this for what a part derives: the part itself, if it means nothing yet."""
        if part is None:
            return None
        if part != START and part not in self.meanings:
            self.meanings[part] = meaning
            return part
        mark = self._new(meaning)
        self.rules.append(Horn(mark, (part,)))
        return mark

    def claim(self, claim: Claim, part: Mark, output: int = 0) -> None:
        """Claim something about an output when a part is derived."""
        self.answers[claim, output] = self.named(part, AnswerMeaning(claim, output))

    def rule(self, place: int, true: Mark, false: Mark) -> None:
        """Say what derives that a criterion or row holds, and that it does not."""
        self.truths[place] = (
            self.named(true, RuleMeaning(place, truth=True)),
            self.named(false, RuleMeaning(place, truth=False)),
        )

    def all_of(self, parts: Iterable[Mark]) -> Mark:
        """Return what is derived when every part is."""
        needed = dict.fromkeys(parts)
        if None in needed:
            return None
        marks = [mark for mark in needed if mark is not None and mark != START]
        if len(marks) < 2:  # noqa: PLR2004 - nothing to join
            return marks[0] if marks else START
        return self._chain(marks)

    def any_of(self, parts: Iterable[Mark]) -> Mark:
        """Return what is derived when at least one part is."""
        marks = [mark for mark in dict.fromkeys(parts) if mark is not None]
        if len(marks) < 2 or START in marks:  # noqa: PLR2004 - nothing to join
            return START if START in marks else marks[0] if marks else None
        key = ("any", frozenset(marks))
        if key not in self._joined:
            self._joined[key] = head = self._new()
            self.rules += [Horn(head, (mark,)) for mark in marks]
        return self._joined[key]

    def condition(self, expression: Expression) -> Heads:
        """Return the marks of a condition."""
        if expression not in self._conditions:
            self._conditions[expression] = self._heads(expression)
        return self._conditions[expression]

    def _new(self, meaning: Meaning | None = None) -> int:
        self._last += 1
        if meaning is not None:
            self.meanings[self._last] = meaning
        return self._last

    def _chain(self, marks: list[int]) -> int:
        """Join marks, eight at a time, for the library joins few facts in a rule."""
        key = ("all", frozenset(marks))
        if key not in self._joined:
            short = marks
            while len(short) > MOST_PREMISES:
                chunks = [short[start : start + MOST_PREMISES] for start in range(0, len(short), MOST_PREMISES)]
                short = [self._chain(chunk) if len(chunk) > 1 else chunk[0] for chunk in chunks]
            self._joined[key] = head = self._new()
            self.rules.append(Horn(head, tuple(short)))
        return self._joined[key]

    def _heads(self, expression: Expression) -> Heads:
        match expression:
            case Constant(value=value):
                return (START, None) if value else (None, START)
            case Among() | Includes() | Within():
                return self._atom(expression)
            case And(operands=operands):
                heads = [self.condition(operand) for operand in operands]
                return self.all_of(true for true, _ in heads), self.any_of(false for _, false in heads)
            case Or(operands=operands):
                heads = [self.condition(operand) for operand in operands]
                return self.any_of(true for true, _ in heads), self.all_of(false for _, false in heads)
            case Not(operand=operand):
                true, false = self.condition(operand)
                return false, true
            case If():
                return self._choice(expression)
            case _:
                assert_never(expression)

    def _choice(self, expression: If) -> Heads:
        """Take the branch that the condition chooses; while it is open, what both branches share."""
        true, false = self.condition(expression.condition)
        then, otherwise = self.condition(expression.then), self.condition(expression.otherwise)
        return self._branch(true, false, then[0], otherwise[0]), self._branch(true, false, then[1], otherwise[1])

    def _branch(self, true: Mark, false: Mark, then: Mark, otherwise: Mark) -> Mark:
        return self.any_of(self.all_of(pair) for pair in ((true, then), (false, otherwise), (then, otherwise)))

    def _atom(self, atom: Among | Includes | Within) -> Heads:
        match atom:
            case Among():
                true, false = self._among(atom)
            case Includes():
                true, false = self._includes(atom)
            case Within():
                true, false = self._within(atom)
            case _:
                assert_never(atom)
        return self.named(true, AtomMeaning(atom, truth=True)), self.named(false, AtomMeaning(atom, truth=False))

    def _among(self, atom: Among) -> Heads:
        every = range(len(self.types(atom.name).names))
        inside = [self.given(FlagMeaning("excluded", atom.name, bit)) for bit in every if atom.bits >> bit & 1]
        outside = [self.given(FlagMeaning("excluded", atom.name, bit)) for bit in every if not atom.bits >> bit & 1]
        # Some value is always possible, so that excluding the others leaves this one.
        return self.all_of(outside) if inside else None, self.all_of(inside) if outside else None

    def _includes(self, atom: Includes) -> Heads:
        bits = [bit for bit in range(len(self.types(atom.name).names)) if atom.bits >> bit & 1]
        sure = (self.given(FlagMeaning("sure", atom.name, bit)) for bit in bits)
        excluded = (self.given(FlagMeaning("excluded", atom.name, bit)) for bit in bits)
        return self.any_of(sure), self.all_of(excluded)

    def _within(self, atom: Within) -> Heads:
        low, high = Slot(atom.terms, LOW), Slot(atom.terms, HIGH)
        from_low = START if atom.low is None else self._bound(low, AT_LEAST, atom.low)
        to_high = START if atom.high is None else self._bound(high, AT_MOST, atom.high)
        below = None if atom.low is None else self._bound(high, AT_MOST, atom.low - 1)
        above = None if atom.high is None else self._bound(low, AT_LEAST, atom.high + 1)
        return self.all_of((from_low, to_high)), self.any_of((below, above))

    def _bound(self, slot: Slot, operator: int, constant: int) -> int:
        key = (slot, operator, constant)
        if key not in self._bounds:
            bound: Bound = (self._place(slot), operator, constant)
            self._bounds[key] = head = self._new()
            self.rules.append(Horn(head, (), bound))
        return self._bounds[key]

    def _place(self, slot: Slot) -> int:
        """Return a slot with room for one more comparison."""
        used = self._used.setdefault(slot, [])
        if len(used) % MOST_BOUNDS == 0:
            used.append(len(self.slots))
            self.slots.append(slot)
        else:
            used.append(used[-1])
        return used[-1]


def written(types: Callable[[str], Type], conditions: Iterable[Expression]) -> Builder:
    """Return rules for the truth of criteria or rows.

    Args:
        types: The type of each variable.
        conditions: The conditions to write, in the order of their rules.
    """
    builder = Builder(types)
    for place, condition in enumerate(conditions):
        builder.rule(place, *builder.condition(condition))
    return builder
