"""From the syntax trees of generated functions to their text: the few kinds of node that `compiled_syntax` allows.

`ast.unparse` writes any tree, and takes five times as long. The text becomes the same tree again.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

_INDENT: Final = "    "
_IF, _OR, _AND, _NOT, _COMPARED, _BITS, _SUM, _PRODUCT, _SIGN, _WHOLE = range(10)
"""How tightly each kind of expression binds; the last needs no parentheses anywhere."""
_BETWEEN: Final[Mapping[type[ast.operator], tuple[str, int]]] = {
    ast.BitAnd: (" & ", _BITS),
    ast.Add: (" + ", _SUM),
    ast.Sub: (" - ", _SUM),
    ast.Mult: (" * ", _PRODUCT),
}
_COMPARISONS: Final[Mapping[type[ast.cmpop], str]] = {ast.Eq: " == ", ast.LtE: " <= "}


def text_of(body: Sequence[ast.stmt]) -> str:
    """Return the text of a module.

    Raises:
        KeyError: A node is of a kind that is never generated.
    """
    return "\n".join(_lines(body, "")) + "\n"


def _lines(body: Sequence[ast.stmt], indent: str) -> Iterator[str]:
    for statement in body:
        match statement:
            case ast.Assign():
                targets = "".join([f"{_target(target)} = " for target in statement.targets])
                yield f"{indent}{targets}{_expression(statement.value)}"
            case ast.AugAssign(op=ast.BitOr()):
                yield f"{indent}{_expression(statement.target)} |= {_expression(statement.value)}"
            case ast.Return(value=ast.expr() as value):
                yield f"{indent}return {_expression(value)}"
            case ast.If():
                yield from _branches(statement, indent)
            case ast.FunctionDef():
                names = ", ".join([argument.arg for argument in statement.args.args])
                yield ""
                yield f"{indent}def {statement.name}({names}):"
                yield from _lines(statement.body, indent + _INDENT)
            case _:
                raise KeyError(type(statement))


def _branches(statement: ast.If, indent: str) -> Iterator[str]:
    """Yield an `if`; one that stands alone behind its `else` becomes `elif`."""
    word, rest = "if", [statement]
    while len(rest) == 1 and isinstance(own := rest[0], ast.If):
        yield f"{indent}{word} {_expression(own.test)}:"
        yield from _lines(own.body, indent + _INDENT)
        word, rest = "elif", own.orelse  # type: ignore[assignment]
    if rest:
        yield f"{indent}else:"
        yield from _lines(rest, indent + _INDENT)


def _target(node: ast.expr) -> str:
    several = isinstance(node, ast.Tuple) and len(node.elts) > 1
    return ", ".join(map(_expression, node.elts)) if several else _expression(node)  # type: ignore[attr-defined]


def _expression(node: ast.expr, least: int = _IF) -> str:
    """Return the text of an expression, in parentheses where it binds less tightly than what stands around it."""
    text, level = _WRITERS[type(node)](node)
    return f"({text})" if level < least else text


def _joined(node: ast.BoolOp) -> tuple[str, int]:
    word, level = (" and ", _AND) if isinstance(node.op, ast.And) else (" or ", _OR)
    return word.join([_expression(part, level + 1) for part in node.values]), level


def _signed(node: ast.UnaryOp) -> tuple[str, int]:
    if isinstance(node.op, ast.Not):
        return f"not {_expression(node.operand, _NOT)}", _NOT
    return f"-{_expression(node.operand, _WHOLE)}", _SIGN


def _counted(node: ast.BinOp) -> tuple[str, int]:
    word, level = _BETWEEN[type(node.op)]
    return f"{_expression(node.left, level)}{word}{_expression(node.right, level + 1)}", level


def _compared(node: ast.Compare) -> tuple[str, int]:
    parts = [_expression(node.left, _COMPARED + 1)]
    for operator, part in zip(node.ops, node.comparators, strict=True):
        parts += (_COMPARISONS[type(operator)], _expression(part, _COMPARED + 1))
    return "".join(parts), _COMPARED


def _chosen(node: ast.IfExp) -> tuple[str, int]:
    then, test, otherwise = _expression(node.body, _OR), _expression(node.test, _OR), _expression(node.orelse)
    return f"{then} if {test} else {otherwise}", _IF


def _called(node: ast.Call) -> tuple[str, int]:
    return f"{_expression(node.func, _WHOLE)}({', '.join(map(_expression, node.args))})", _WHOLE


def _tuple(node: ast.Tuple) -> tuple[str, int]:
    end = ",)" if len(node.elts) == 1 else ")"
    return f"({', '.join(map(_expression, node.elts))}{end}", _WHOLE


def _mapping(node: ast.Dict) -> tuple[str, int]:
    pairs = zip(node.keys, node.values, strict=True)
    return f"{{{', '.join([f'{_expression(key)}: {_expression(value)}' for key, value in pairs if key])}}}", _WHOLE


_WRITERS: Final[Mapping[type[ast.expr], Callable[[Any], tuple[str, int]]]] = {
    ast.Name: lambda node: (node.id, _WHOLE),
    ast.Constant: lambda node: (str(node.value), _WHOLE),
    ast.BoolOp: _joined,
    ast.UnaryOp: _signed,
    ast.BinOp: _counted,
    ast.Compare: _compared,
    ast.IfExp: _chosen,
    ast.Call: _called,
    ast.Tuple: _tuple,
    ast.Dict: _mapping,
    ast.Subscript: lambda node: (f"{_expression(node.value, _WHOLE)}[{_expression(node.slice)}]", _WHOLE),
}
