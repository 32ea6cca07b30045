"""Conditions after type checking: a closed union over named variables.

A variable is a fact, a reading or the output of another decision; parameters have become numbers. Every numeric
comparison has one normal form, a weighted sum between two bounds, so that executors need one rule for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, assert_never

import attrs

from cso_rules.model.civil_dates import Shifts, folded
from cso_rules.model.fields import ByFields

if TYPE_CHECKING:
    from cso_rules.model.origins import Origin


@attrs.frozen(kw_only=True, repr=False)
class Constant(ByFields):
    """A condition that is always true or always false."""

    value: bool


@attrs.frozen(kw_only=True, repr=False)
class Among(ByFields):
    """An enumeration or boolean variable has one of the values whose bits are set."""

    name: str
    bits: int


@attrs.frozen(kw_only=True, repr=False)
class Includes(ByFields):
    """A set variable holds at least one of the values whose bits are set."""

    name: str
    bits: int


@attrs.frozen(kw_only=True, repr=False)
class Variable(ByFields):
    """The value of a numeric variable."""

    name: str


@attrs.frozen(kw_only=True, repr=False)
class Size(ByFields):
    """How many values a set variable holds."""

    name: str


@attrs.frozen(kw_only=True, repr=False)
class Lookup(ByFields):
    """A number that an enumeration variable selects; `numbers` holds one for each of its values.

    Attributes:
        parameter: The legal number that it is, where it is one.
    """

    name: str
    numbers: tuple[int, ...]
    parameter: str | None = None


@attrs.frozen(kw_only=True, repr=False)
class Shifted(ByFields):
    """A date variable moved by months, days or working days, one shift after the other."""

    name: str
    shifts: Shifts


Quantity = Variable | Size | Lookup | Shifted


@attrs.frozen(kw_only=True, repr=False)
class Term(ByFields):
    """A quantity times a whole number."""

    factor: int
    quantity: Quantity


@attrs.frozen(kw_only=True, repr=False)
class Within(ByFields):
    """The sum of the terms lies between two bounds, both included; None is no bound.

    Attributes:
        origins: From which numbers of the rules follows what is reached first, and what is reached first beyond the
            upper bound; None where it is not told.
    """

    terms: tuple[Term, ...]
    low: int | None
    high: int | None
    origins: tuple[Origin | None, Origin | None] = attrs.field(default=(None, None), eq=False, repr=False)


@attrs.frozen(kw_only=True, repr=False)
class And(ByFields):
    """Every operand holds."""

    operands: tuple[Expression, ...]


@attrs.frozen(kw_only=True, repr=False)
class Or(ByFields):
    """At least one operand holds."""

    operands: tuple[Expression, ...]


@attrs.frozen(kw_only=True, repr=False)
class Not(ByFields):
    """The operand does not hold."""

    operand: Expression


@attrs.frozen(kw_only=True, repr=False)
class If(ByFields):
    """One of two conditions, chosen by a third; both must agree while the third is unknown."""

    condition: Expression
    then: Expression
    otherwise: Expression


Expression = Constant | Among | Includes | Within | And | Or | Not | If

ALWAYS = Constant(value=True)
"""The condition that always holds."""


def between(
    terms: tuple[Term, ...],
    low: int | None,
    high: int | None,
    origins: tuple[Origin | None, Origin | None] = (None, None),
) -> Constant | Within:
    """Return the comparison; that of one shifted date as one of the date itself, where its bounds are sharp."""
    plain = Within(terms=terms, low=low, high=high, origins=origins)
    if len(terms) != 1 or not isinstance(quantity := terms[0].quantity, Shifted):
        return plain
    factor = terms[0].factor
    bounds = folded(
        quantity.shifts, None if low is None else -(-low // factor), None if high is None else high // factor
    )
    if bounds is None:
        return plain
    if isinstance(bounds, bool):
        return Constant(value=bounds)
    own = (Term(factor=1, quantity=Variable(name=quantity.name)),)
    return Within(terms=own, low=bounds[0], high=bounds[1])


def conjunction(parts: Iterable[Expression]) -> Expression:
    """Return the condition that all of some hold; those that always hold are left out."""
    kept = tuple(part for part in parts if part != ALWAYS)
    if len(kept) == 1:
        return kept[0]
    return And(operands=kept) if kept else ALWAYS


def negation(condition: Expression) -> Expression:
    """Return the condition that another does not hold."""
    if isinstance(condition, Constant):
        return Constant(value=not condition.value)
    return condition.operand if isinstance(condition, Not) else Not(operand=condition)


def operands(expression: Expression) -> tuple[Expression, ...]:
    """Return the direct sub-conditions."""
    match expression:
        case And() | Or():
            return expression.operands
        case Not():
            return (expression.operand,)
        case If():
            return (expression.condition, expression.then, expression.otherwise)
        case Constant() | Among() | Includes() | Within():
            return ()
        case _:
            assert_never(expression)


def atoms(expression: Expression) -> Iterator[Among | Includes | Within]:
    """Yield the comparisons of a condition, in reading order, repeated ones too."""
    waiting = [expression]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Among | Includes | Within):
            yield part
        else:
            waiting += reversed(operands(part))


def names_of(atom: Among | Includes | Within) -> tuple[str, ...]:
    """Return the variables that a comparison reads."""
    if isinstance(atom, Within):
        return tuple(dict.fromkeys(term.quantity.name for term in atom.terms))
    return (atom.name,)


def variables(expression: Expression) -> tuple[str, ...]:
    """Return the variables that a condition reads, each once, in reading order."""
    return tuple(dict.fromkeys(name for atom in atoms(expression) for name in names_of(atom)))
