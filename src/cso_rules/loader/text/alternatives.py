"""Numbers that conditions choose, brought to the outside: what remains inside are numbers without choices.

`if`, `min`, `max`, and legal numbers that several variables select, may stand anywhere in a sum. In goes a tree; out
come its alternatives, of which the first counts whose condition holds, each with a tree that has none of these.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Final

import attrs

from cso_rules.loader.text import syntax
from cso_rules.loader.text.scope import NumberSymbol, Scope

MOST_ALTERNATIVES: Final = 256
NOTHING: Final = frozenset({"none", "不适用"})
"""What stands for no number or date at all."""


class TooManyAlternativesError(Exception):
    """A number has more alternatives than anybody could follow."""


@attrs.frozen
class Alternative:
    """A number, and when it is meant; without conditions always. None is no number."""

    conditions: tuple[syntax.Node, ...]
    value: syntax.Node | None


def alternatives(node: syntax.Node, scope: Scope, *, may_be_none: bool = False) -> tuple[Alternative, ...]:
    """Return the alternatives of a number, the first of which counts whose conditions hold.

    Args:
        node: The number.
        scope: What names mean.
        may_be_none: Whether `none` stands for no number; in a comparison it is a name like others.

    Raises:
        TooManyAlternativesError: There are more than 256.
    """
    return _limited(_Alternatives(scope, may_be_none=may_be_none).of(node))


def _limited(found: Iterable[Alternative]) -> tuple[Alternative, ...]:
    kept = tuple(itertools.islice(found, MOST_ALTERNATIVES + 1))
    if len(kept) > MOST_ALTERNATIVES:
        raise TooManyAlternativesError
    return kept


@attrs.frozen
class _Alternatives:
    """What is the same for all parts of a number."""

    scope: Scope
    may_be_none: bool = attrs.field(kw_only=True)

    def of(self, node: syntax.Node) -> Iterator[Alternative]:
        match node:
            case syntax.Choice():
                yield from self._of_choice(node)
            case syntax.Chain():
                for conditions, parts in chosen(map(self._all, node.operands)):
                    yield Alternative(conditions, None if parts is None else attrs.evolve(node, operands=parts))
            case syntax.Minus():
                for own in self.of(node.operand):
                    value = None if own.value is None else attrs.evolve(node, operand=own.value)
                    yield Alternative(own.conditions, value)
            case syntax.Call(function="min" | "max"):
                yield from self._of_extreme(node)
            case syntax.Call(function="working_days" | "duration"):
                ways = [_selected(part, self.scope, each=True) or self._all(part) for part in node.arguments]
                for conditions, parts in chosen(ways):
                    yield Alternative(conditions, None if parts is None else attrs.evolve(node, arguments=parts))
            case syntax.Name() if self.may_be_none and node.name in NOTHING and self.scope.find(node.name) is None:
                yield Alternative((), None)
            case _:
                yield from _selected(node, self.scope) or (Alternative((), node),)

    def _all(self, node: syntax.Node) -> tuple[Alternative, ...]:
        return _limited(self.of(node))

    def _of_choice(self, node: syntax.Choice) -> Iterator[Alternative]:
        then, otherwise = self._all(node.then), self._all(node.otherwise)
        for own in then:
            yield Alternative((node.condition, *own.conditions), own.value)
        if then[-1].conditions:  # where the condition holds and none of these does, there is no number
            yield Alternative((node.condition,), None)
        yield from otherwise

    def _of_extreme(self, node: syntax.Call) -> Iterator[Alternative]:
        """Yield each argument where it is the least, or the greatest, of all; of equal ones the first."""
        operator, place = "<=" if node.function == "min" else ">=", {"start": node.start, "end": node.end}
        for conditions, parts in chosen(map(self._all, node.arguments)):
            if parts is None:
                yield Alternative(conditions, None)
                continue
            for at, own in enumerate(parts):
                others = (*parts[:at], *parts[at + 1 :])
                tests = (syntax.Comparison(operator=operator, left=own, right=other, **place) for other in others)
                yield Alternative((*conditions, *tests), own)


def chosen(
    ways: Iterable[Iterable[Alternative]],
) -> Iterator[tuple[syntax.Nodes, syntax.Nodes | None]]:
    """Yield conditions and numbers of each way to choose one alternative of each part; None where a part has none."""
    for chosen in itertools.product(*ways):
        conditions = tuple(condition for part in chosen for condition in part.conditions)
        values = tuple(part.value for part in chosen if part.value is not None)
        yield conditions, values if len(values) == len(chosen) else None


def _selected(node: syntax.Node, scope: Scope, *, each: bool = False) -> tuple[Alternative, ...]:
    """Return a legal number for each value of the variables that select it but the last, or of that one too."""
    symbol = scope.find(node.name) if isinstance(node, syntax.Name) else None
    if not isinstance(symbol, NumberSymbol) or len(symbol.indexed_by) < (1 if each else 2):
        return ()
    place = {"start": node.start, "end": node.end}
    indexes = symbol.indexed_by if each else symbol.indexed_by[:-1]
    return tuple(
        Alternative(
            tuple(
                syntax.Exactly(name=index.name, value=value, **place)
                for index, value in zip(indexes, values, strict=True)
            ),
            syntax.Selected(name=symbol.name, values=values, **place),
        )
        for values in itertools.product(*(index.type.values for index in indexes))
    )
