"""Conditions as Python syntax trees, and the check of every tree before it becomes code.

In come nodes of the model; out go nodes of `ast`. Guaranteed: names are our own (letters, then digits),
constants are
whole numbers, and no text of a rule file reaches a tree.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, assert_never

import attrs

from cso_rules.model.civil_dates import Shifts
from cso_rules.model.expressions import (
    Among,
    And,
    Constant,
    Expression,
    If,
    Includes,
    Lookup,
    Not,
    Or,
    Shifted,
    Size,
    Term,
    Variable,
    Within,
)
from cso_rules.model.types import Type

Mode = Literal["known", "sure", "possible"]
"""What the Python expression tells: whether a condition holds (all known), surely or possibly holds."""

End = Literal["least", "most"]

_OPPOSITE: Final[Mapping[Mode, Mode]] = {"known": "known", "sure": "possible", "possible": "sure"}
_NAME: Final = re.compile(r"[a-z]+[0-9]*")
_ALLOWED: Final = frozenset(
    {
        *(
            ast.Module,
            ast.FunctionDef,
            ast.arguments,
            ast.arg,
            ast.Return,
            ast.Assign,
            ast.AugAssign,
            ast.If,
        ),
        *(ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.BinOp, ast.Add, ast.Sub, ast.Mult),
        *(ast.BitAnd, ast.BitOr, ast.Compare, ast.Eq, ast.LtE, ast.IfExp, ast.Call, ast.Constant, ast.Name),
        *(ast.Load, ast.Store, ast.Tuple, ast.Dict, ast.Subscript),
    }
)
_ENDS: Final = _ALLOWED & {ast.Load, ast.Store, ast.And, ast.Or, ast.Not, ast.USub, ast.Add, ast.Sub, ast.Mult,
                           ast.BitAnd, ast.BitOr, ast.Eq, ast.LtE}  # fmt: skip
"""Those of the allowed nodes that hold nothing."""


@attrs.frozen
class Names:
    """Local names of the ends of each variable's domain; equal for bits. Lookups and shifts get global names."""

    least: Mapping[str, str]
    most: Mapping[str, str]
    lookups: dict[tuple[int, ...], str] = attrs.field(factory=dict)
    shifts: dict[Shifts, str] = attrs.field(factory=dict)

    def locals_of(self, variable: str) -> tuple[str, ...]:
        """Return the one or two local names of a variable."""
        return tuple(dict.fromkeys((self.least[variable], self.most[variable])))

    def lookup(self, numbers: tuple[int, ...]) -> str:
        """Return the global name of the numbers of a lookup."""
        return self.lookups.setdefault(numbers, f"numbers{len(self.lookups)}")

    def shift(self, shifts: Shifts) -> str:
        """Return the global name of the shifts of a date."""
        return self.shifts.setdefault(shifts, f"shifts{len(self.shifts)}")


def read(name: str) -> ast.expr:
    """Return the use of a name."""
    return ast.Name(name, ast.Load())


def written(name: str) -> ast.Name:
    """Return a name as the target of an assignment."""
    return ast.Name(name, ast.Store())


def number(value: int) -> ast.expr:
    """Return a whole number, a negative one with its sign in front."""
    if value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def call(function: str, *arguments: ast.expr) -> ast.expr:
    """Return a call of a global function."""
    return ast.Call(read(function), list(arguments), [])


def both(*parts: ast.expr) -> ast.expr:
    """Return the conjunction; true when there are no parts."""
    return _joined(ast.And(), parts, 1)


def either(*parts: ast.expr) -> ast.expr:
    """Return the disjunction; false when there are no parts."""
    return _joined(ast.Or(), parts, 0)


def _joined(operator: ast.boolop, parts: Sequence[ast.expr], empty: int) -> ast.expr:
    if len(parts) > 1:
        return ast.BoolOp(operator, list(parts))
    return parts[0] if parts else number(empty)


def negated(part: ast.expr) -> ast.expr:
    """Return the negation."""
    return ast.UnaryOp(ast.Not(), part)


def equal(left: ast.expr, right: ast.expr) -> ast.expr:
    """Return whether two numbers are equal."""
    return ast.Compare(left, [ast.Eq()], [right])


def at_most(*parts: ast.expr) -> ast.expr:
    """Return whether the numbers ascend."""
    return ast.Compare(parts[0], [ast.LtE() for _ in parts[1:]], list(parts[1:]))


def common(name: str, bits: int) -> ast.expr:
    """Return the bits that a name has in common with others."""
    return ast.BinOp(read(name), ast.BitAnd(), number(bits))


def known(names: Names, variable: str) -> ast.expr:
    """Return whether exactly one value of a variable is possible."""
    least, most = names.least[variable], names.most[variable]
    if least != most:
        return equal(read(least), read(most))
    below = ast.BinOp(read(least), ast.Sub(), number(1))
    return both(read(least), equal(ast.BinOp(read(least), ast.BitAnd(), below), number(0)))


def condition(expression: Expression, mode: Mode, names: Names) -> ast.expr:
    """Return a Python expression that is truthy when the condition holds in the sense of the mode."""
    match expression:
        case Constant():
            return number(int(expression.value))
        case Among():
            return _among(names.least[expression.name], expression.bits, mode)
        case Includes():
            return _includes(expression, mode, names)
        case Within():
            return _within(expression, mode, names)
        case And():
            return both(*(condition(part, mode, names) for part in expression.operands))
        case Or():
            return either(*(condition(part, mode, names) for part in expression.operands))
        case Not():
            return negated(condition(expression.operand, _OPPOSITE[mode], names))
        case If():
            return _if(expression, mode, names)
        case _:
            assert_never(expression)


def _among(name: str, bits: int, mode: Mode) -> ast.expr:
    if mode == "sure":
        return both(read(name), equal(common(name, bits), read(name)))
    return common(name, bits)


def _includes(expression: Includes, mode: Mode, names: Names) -> ast.expr:
    surely = common(names.least[expression.name], expression.bits)
    if mode == "possible":
        return either(surely, common(names.most[expression.name], expression.bits))
    return surely


def _if(expression: If, mode: Mode, names: Names) -> ast.expr:
    then, otherwise = condition(expression.then, mode, names), condition(expression.otherwise, mode, names)
    if mode == "known":
        return ast.IfExp(condition(expression.condition, mode, names), then, otherwise)
    sure, possible = (condition(expression.condition, way, names) for way in ("sure", "possible"))
    if mode == "sure":
        return both(either(then, negated(possible)), either(otherwise, sure))
    return either(both(then, possible), both(otherwise, negated(sure)))


def _within(expression: Within, mode: Mode, names: Names) -> ast.expr:
    if mode == "known":
        return _between(expression, total(expression.terms, "least", names, is_known=True))
    least, most = total(expression.terms, "least", names), total(expression.terms, "most", names)
    lower, upper = (least, most) if mode == "sure" else (most, least)
    parts = [] if expression.low is None else [at_most(number(expression.low), lower)]
    return both(*parts, *([] if expression.high is None else [at_most(upper, number(expression.high))]))


def _between(expression: Within, middle: ast.expr) -> ast.expr:
    low = [] if expression.low is None else [number(expression.low)]
    high = [] if expression.high is None else [number(expression.high)]
    return at_most(*low, middle, *high) if low or high else number(1)


def total(terms: Sequence[Term], end: End, names: Names, *, is_known: bool = False) -> ast.expr:
    """Return the least or greatest possible sum of the terms."""
    parts = [_term(term, end, names, is_known=is_known) for term in terms if term.factor]
    result = parts[0] if parts else number(0)
    for part in parts[1:]:
        result = ast.BinOp(result, ast.Add(), part)
    return result


def _term(term: Term, end: End, names: Names, *, is_known: bool) -> ast.expr:
    side: End = end if term.factor > 0 or is_known else ("most" if end == "least" else "least")
    quantity = _quantity(term, side, names, is_known=is_known)
    return quantity if term.factor == 1 else ast.BinOp(number(term.factor), ast.Mult(), quantity)


def _quantity(term: Term, end: End, names: Names, *, is_known: bool) -> ast.expr:
    name = term.quantity.name
    local = read((names.least if end == "least" else names.most)[name])
    match term.quantity:
        case Variable():
            return local
        case Size():
            return call("count", local)
        case Lookup(numbers=numbers):
            chosen = read(names.lookup(numbers))
            return ast.Subscript(chosen, local, ast.Load()) if is_known else call(end, chosen, local)
        case Shifted(shifts=shifts):
            return call("earliest" if end == "least" else "latest", read(names.shift(shifts)), local)
        case _:
            assert_never(term.quantity)


def encoded(place: int, kind: Type, local: str) -> ast.expr | None:
    """Return the number of a canonical value in a local name; None where the value is the number, or has none."""
    value = read(local)
    match kind.kind:
        case "boolean":
            return ast.BinOp(number(2), ast.Sub(), value)
        case "enumeration":
            return ast.Subscript(read(f"bits{place}"), value, ast.Load())
        case "set":
            return call("sum", call("map", read(f"bit{place}"), value))
        case "money" | "decimal":
            return call(f"units{kind.scale}", value)
        case "date":
            return call("ordinal", value)
        case "integer" | "text":
            return None
        case _:
            assert_never(kind.kind)


def check(tree: ast.AST) -> None:
    """Refuse a generated tree that holds anything but the few kinds of node that rules need.

    Raises:
        ValueError: A node, a name or a constant is of a kind that is never generated.
    """
    waiting: list[object] = [tree]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, ast.AST) or type(node) not in _ALLOWED or not _is_plain(node):
            message = f"generated code holds {ast.dump(node)[:200] if isinstance(node, ast.AST) else node}"
            raise ValueError(message)
        for name in node._fields:
            part = getattr(node, name, None)
            if isinstance(part, list):
                waiting += part
            elif isinstance(part, ast.AST) and type(part) not in _ENDS:
                waiting.append(part)


def _is_plain(node: ast.AST) -> bool:
    is_wanted = _WANTED.get(type(node))
    return is_wanted is None or is_wanted(node)


_WANTED: Final[Mapping[type, Callable[[Any], bool]]] = {
    ast.Constant: lambda node: type(node.value) is int,
    ast.Name: lambda node: _NAME.fullmatch(node.id) is not None,
    ast.arg: lambda node: _NAME.fullmatch(node.arg) is not None,
    ast.FunctionDef: lambda node: (
        _NAME.fullmatch(node.name) is not None and not node.decorator_list and node.returns is None
    ),
    ast.Call: lambda node: isinstance(node.func, ast.Name) and not node.keywords,
}
"""What nodes of some kinds must be besides."""
