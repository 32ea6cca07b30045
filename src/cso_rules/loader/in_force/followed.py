"""Rows whose answer follows a fact or a decision: `body: registration_authority` stands for one row of each body."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import attrs

from cso_rules.loader.documents.declarations import DecisionDeclaration, Declarations, RuleDeclaration
from cso_rules.model.decisions import Rule
from cso_rules.model.expressions import Among, And
from cso_rules.model.types import Type

Columns = tuple[tuple[str, str], ...]
"""Column and value, for each column of an answer."""


@attrs.frozen
class Answer:
    """One answer that a row gives, and the values of variables that it follows.

    Attributes:
        columns: The answer.
        followed: Each variable that it follows, with the type and the value that it then has.
    """

    columns: Columns
    followed: tuple[tuple[str, Type, str], ...] = ()

    def of(self, rule: Rule, output: int) -> Rule:
        """Return the row as it gives this answer."""
        if not self.followed:
            return attrs.evolve(rule, output=output)
        tests = (Among(name=name, bits=kind.bit(value)) for name, kind, value in self.followed)
        condition = And(operands=(rule.condition, *tests))
        name = ".".join((rule.id, *(value for _, _, value in self.followed)))
        return attrs.evolve(rule, id=name, condition=condition, output=output)


def answers_of(found: Declarations, rule: RuleDeclaration, decision: DecisionDeclaration) -> tuple[Answer, ...]:
    """Return every answer that a row may give; one that follows nothing has one."""
    kinds = dict(decision.columns)
    ways = [_values(found, kinds.get(column, ""), column, node.text) for column, node in rule.then]
    return tuple(
        Answer(
            tuple((column, value) for column, value, _ in chosen), tuple(one for _, _, one in chosen if one is not None)
        )
        for chosen in itertools.product(*ways)
    )


def rows_by_addressee(found: Declarations, rule: Rule) -> Iterator[Rule]:
    """Yield a row for each addressee that a variable gives, or the row itself where it names one."""
    written = rule.addressee
    kind = None if written is None else found.index_type(written)
    if written is None or kind is None:
        yield rule
        return
    for value in kind.values:
        condition = And(operands=(rule.condition, Among(name=written, bits=kind.bit(value))))
        yield attrs.evolve(rule, id=f"{rule.id}.{value}", condition=condition, addressee=value)


def _values(
    found: Declarations, enumeration: str, column: str, text: str
) -> list[tuple[str, str, tuple[str, Type, str] | None]]:
    known = found.enumerations.get(enumeration)
    kind = found.index_type(text) if known is None or text not in known.values else None
    if known is None or kind is None or kind.enumeration != enumeration:
        return [(column, text, None)]
    return [(column, value, (text, kind, value)) for value in kind.values]
