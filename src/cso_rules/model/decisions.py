"""Decisions in force on one date: criteria, tables, values, and the mark that no rule is in force."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import attrs

from cso_rules.model.expressions import ALWAYS, Expression, Term, variables
from cso_rules.model.fields import ByFields
from cso_rules.model.instruments import Citation, Label
from cso_rules.model.types import BOOLEAN, Type
from cso_rules.truth import Truth

if TYPE_CHECKING:
    from cso_rules.source import Span

HitPolicy = Literal["unique", "any", "first", "priority", "rule_order", "output_order", "collect"]
MULTIPLE_HITS = frozenset({"rule_order", "output_order", "collect"})


@attrs.frozen(kw_only=True, repr=False)
class Rule(ByFields):
    """A criterion, or a row of a table.

    Attributes:
        condition: What decides it; of a criterion with `applies_when` it is `not(applies_when) or when`.
        applies_when: When a criterion applies at all; None when always.
        output: Index into the outputs of the table; 0 for a criterion.
        modality: Strength of the wording (must, should, may, encourage, explore, target), or None.
        addressee: Body that the rule addresses, or None.
        due: Date fact or date decision until which something is to be done, or None; no part of the condition.
        text: The condition as written in the rule file.
    """

    id: str
    label: Label
    condition: Expression
    applies_when: Expression | None = None
    output: int = 0
    modality: str | None = None
    addressee: str | None = None
    due: str | None = None
    text: str = ""
    citations: tuple[Citation, ...] = ()
    span: Span | None = attrs.field(default=None, eq=False, repr=False)

    @property
    def written(self) -> str:
        """The id as the rule file has it; a row that follows a fact or decision stands for one row of each value."""
        return self.id.partition(".")[0]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Lifted(ByFields):
    """A criterion or row that is asked no more on the date, or only in some cases, and the provisions that say so."""

    id: str
    label: Label
    citations: tuple[Citation, ...]


@attrs.frozen(kw_only=True, repr=False)
class Decision(ByFields):
    """What all decisions have: a name, a label, the type of the answer, a position, what was lifted."""

    name: str
    label: Label
    type: Type
    lifted: tuple[Lifted, ...] = ()
    span: Span | None = attrs.field(default=None, eq=False, repr=False)

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The variables that it reads directly, each once."""
        return tuple(dict.fromkeys(self._read()))

    def _read(self) -> Iterable[str]:
        return ()


@attrs.frozen(kw_only=True, repr=False)
class CriteriaDecision(Decision):
    """True when every criterion that applies is met."""

    rules: tuple[Rule, ...]
    type: Type = BOOLEAN

    def _read(self) -> Iterable[str]:
        return _read_by(self.rules)


@attrs.frozen(kw_only=True, repr=False)
class TableDecision(Decision):
    """A decision table.

    Attributes:
        outputs: Every different output as (column, value) pairs; a single output has the column "".
        columns: The enumeration (or "boolean") of each column.
        otherwise: Whether the last rule is the one that holds when all others do not.
    """

    hit_policy: HitPolicy
    rules: tuple[Rule, ...]
    outputs: tuple[tuple[tuple[str, str], ...], ...]
    columns: tuple[tuple[str, str], ...] = ()
    otherwise: bool = False

    def _read(self) -> Iterable[str]:
        return _read_by(self.rules)

    @property
    def has_multiple_hits(self) -> bool:
        """Whether the answer is a list of items rather than one value."""
        return self.hit_policy in MULTIPLE_HITS

    @property
    def conditional(self) -> tuple[Rule, ...]:
        """The rows that have a condition of their own: all but `otherwise`."""
        return self.rules[:-1] if self.otherwise else self.rules

    @property
    def order(self) -> Sequence[int]:
        """The positions of the rows in the order in which the first or the most preferred one counts."""
        places = range(len(self.rules))
        return sorted(places, key=lambda place: self.rules[place].output) if self.hit_policy == "priority" else places


@attrs.frozen(kw_only=True, repr=False)
class ValueCase(ByFields):
    """One way in which a number or date comes about: the sum of the terms and a constant, where a condition holds.

    Attributes:
        condition: When it is this case, if it is none of the earlier ones.
        is_nothing: Whether there is no number or date in this case.
        id: Name of the case; empty where the rules give it none.
        text: The condition as written in the rule file.
    """

    condition: Expression = ALWAYS
    terms: tuple[Term, ...] = ()
    constant: int = 0
    is_nothing: bool = False
    id: str = ""
    label: Label | None = None
    text: str = ""
    citations: tuple[Citation, ...] = ()

    @property
    def reads(self) -> tuple[str, ...]:
        """The variables that it adds, each once; not those of its condition."""
        return tuple(dict.fromkeys(term.quantity.name for term in self.terms))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class WrittenCase(ByFields):
    """A case of a number or date as the rule file has it, or the one expression that gives it.

    Attributes:
        condition: When it holds, as written; always for an expression, and for what holds otherwise.
        inside: The conditions within its expression, such as that of an `if`.
        gives_way: Whether it counts only where no earlier case holds.
    """

    condition: Expression = ALWAYS
    inside: tuple[Expression, ...] = ()
    gives_way: bool = False
    span: Span | None = attrs.field(default=None, eq=False, repr=False)


@attrs.frozen(kw_only=True, repr=False)
class ValueDecision(Decision):
    """A number or date: that of the first case whose condition holds, and none where no condition holds.

    Attributes:
        cases: In how many ways it comes about; a written case may be several of them.
        written: The cases as the rule file has them; they decide nothing.
    """

    cases: tuple[ValueCase, ...]
    citations: tuple[Citation, ...] = ()
    written: tuple[WrittenCase, ...] = attrs.field(default=(), eq=False, repr=False)

    def _read(self) -> Iterable[str]:
        return (name for case in self.cases for name in (*variables(case.condition), *case.reads))

    @property
    def only(self) -> ValueCase | None:
        """The case where there is one only, that always holds; None where a condition decides."""
        first = self.cases[0]
        return first if first.condition == ALWAYS and not first.is_nothing else None

    @property
    def is_total(self) -> bool:
        """Whether there is a number or date in every case, as far as the conditions alone show it."""
        return self.cases[-1].condition == ALWAYS and not any(case.is_nothing for case in self.cases)

    @property
    def cited(self) -> tuple[Citation, ...]:
        """The provisions behind it and behind all of its cases, each once."""
        return tuple(dict.fromkeys((*self.citations, *(found for case in self.cases for found in case.citations))))

    def cited_in(self, truth: Callable[[Expression], Truth]) -> tuple[Citation, ...]:
        """Return the provisions behind it: of the case that is met, or of all that may be, as the truths tell."""
        found = list(self.citations)
        for case in self.cases:
            own = truth(case.condition)
            found += case.citations if own is not Truth.FALSE else ()
            if own is Truth.TRUE:
                break
        return tuple(dict.fromkeys(found))


@attrs.frozen(kw_only=True, repr=False)
class AbsentDecision(Decision):
    """No rule is in force for this decision on the date."""


AnyDecision = CriteriaDecision | TableDecision | ValueDecision | AbsentDecision


def rules_of(decision: AnyDecision) -> tuple[Rule, ...]:
    """Return the criteria or rows of a decision, in file order."""
    return decision.rules if isinstance(decision, CriteriaDecision | TableDecision) else ()


def conditional_of(decision: AnyDecision) -> tuple[Rule, ...]:
    """Return the criteria or rows that have a condition of their own."""
    return decision.conditional if isinstance(decision, TableDecision) else rules_of(decision)


def conditions_of(decision: AnyDecision) -> tuple[Expression, ...]:
    """Return the conditions of the criteria, rows or cases of a decision, in file order."""
    parts = decision.cases if isinstance(decision, ValueDecision) else rules_of(decision)
    return tuple(part.condition for part in parts)


def inputs_of(decision: AnyDecision) -> tuple[str, ...]:
    """Return the variables that a decision reads directly, each once."""
    return decision.inputs


def _read_by(rules: Iterable[Rule]) -> Iterable[str]:
    return (name for rule in rules for name in variables(rule.condition))
