"""The text of a generated program becomes the very tree that it was written from."""

import ast
import datetime
import itertools
from collections.abc import Callable

import pytest

from cso_rules import load_policy
from cso_rules.executors.single.compiled_syntax import check
from cso_rules.executors.single.compiled_text import text_of
from cso_rules.executors.single.compiled_writer import Writer

DAYS = [datetime.date(2012, 5, 10), datetime.date(2018, 6, 1), datetime.date(2024, 10, 1)]


def name() -> ast.expr:
    return ast.Name("b1", ast.Load())


EXPRESSIONS: list[Callable[[ast.expr, ast.expr], ast.expr]] = [
    lambda one, other: ast.BoolOp(ast.And(), [one, name(), other]),
    lambda one, other: ast.BoolOp(ast.Or(), [one, other]),
    lambda one, _: ast.UnaryOp(ast.Not(), one),
    lambda one, _: ast.UnaryOp(ast.USub(), one),
    lambda one, other: ast.BinOp(one, ast.Add(), other),
    lambda one, other: ast.BinOp(one, ast.Sub(), other),
    lambda one, other: ast.BinOp(one, ast.Mult(), other),
    lambda one, other: ast.BinOp(one, ast.BitAnd(), other),
    lambda one, other: ast.Compare(one, [ast.Eq()], [other]),
    lambda one, other: ast.Compare(name(), [ast.LtE(), ast.LtE()], [one, other]),
    lambda one, other: ast.IfExp(one, other, name()),
    lambda one, other: ast.IfExp(name(), one, other),
    lambda one, other: ast.Call(name(), [one, other], []),
    lambda one, _: ast.Tuple([one], ast.Load()),
    lambda one, other: ast.Tuple([one, other], ast.Load()),
    lambda one, other: ast.Dict([one], [other]),
    lambda one, other: ast.Subscript(one, other, ast.Load()),
]


@pytest.mark.parametrize("outer", EXPRESSIONS)
def test_every_expression_in_every_other_stays_what_it_is(outer: Callable[[ast.expr, ast.expr], ast.expr]) -> None:
    for one, other in itertools.product(EXPRESSIONS, repeat=2):
        parts = [made(name(), ast.Constant(7)) for made in (one, other)]
        body: list[ast.stmt] = [ast.Return(outer(*parts))]
        assert ast.dump(ast.parse(text_of(body))) == ast.dump(ast.Module(body, []))


def test_branches_stay_what_they_are() -> None:
    done: list[ast.stmt] = [ast.Return(name())]
    nested = ast.If(name(), done, [ast.If(name(), done, [ast.If(name(), done, []), *done])])
    body: list[ast.stmt] = [ast.If(name(), [nested], [nested])]
    assert ast.dump(ast.parse(text_of(body))) == ast.dump(ast.Module(body, []))


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_programs_of_rules_stay_what_they_are(day: datetime.date) -> None:
    writer = Writer(load_policy("cn", as_of=day, jurisdiction="4403"))
    assert ast.dump(ast.parse(writer.text)) == ast.dump(ast.Module(writer._body, []))


@pytest.mark.parametrize(
    "text",
    ["del b1", "b1 = 'text'", "b1 = _b1", "import ast", "b1(*b2)", "b1 = {**b2}", "b1.b2", "b1 = b1 | b2[b3:b4]"],
)
def test_what_is_never_generated_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="generated code holds"):
        check(ast.parse(text))
