"""Grammar of conditions: a subset of FEEL, read by recursive descent into a tree without types."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final, Literal, TypeVar

import attrs

from cso_rules.loader.text.tokens import Token

DEEPEST: Final = 40
"""Greatest depth of nesting."""

COMPARISONS: Final = ("=", "!=", "<", "<=", ">", ">=")
FUNCTIONS: Final = ("date", "duration", "working_days", "next_day", "count", "intersects", "contains", "min", "max")
_UNITS: Final = {"万": 10**4, "亿": 10**8}

_T = TypeVar("_T")


class ConditionSyntaxError(Exception):
    """The text is no condition.

    Attributes:
        expected: What would have fitted, in the language of conditions.
        found: The token that did not fit.
    """

    def __init__(self, expected: str, found: Token) -> None:
        super().__init__(expected, found.text)
        self.expected = expected
        self.found = found


@attrs.frozen(kw_only=True)
class Node:
    """Part of a condition, from one offset of the text to another."""

    start: int
    end: int


Nodes = tuple[Node, ...]


@attrs.frozen(kw_only=True)
class Number(Node):
    """A number as written, 万 and 亿 multiplied out."""

    value: Fraction


@attrs.frozen(kw_only=True)
class Text(Node):
    """What stands between quotes."""

    value: str


@attrs.frozen(kw_only=True)
class Truth(Node):
    """`true` or `false`."""

    value: bool


@attrs.frozen(kw_only=True)
class Today(Node):
    """`as_of`, the date of the determination."""


@attrs.frozen(kw_only=True)
class Name(Node):
    """A name of the vocabulary, or of a value."""

    name: str


@attrs.frozen(kw_only=True)
class Call(Node):
    """A function, such as `date` or `count`, with arguments."""

    function: str
    arguments: tuple[Node, ...]


@attrs.frozen(kw_only=True)
class Items(Node):
    """A list in brackets."""

    items: tuple[Node, ...]


@attrs.frozen(kw_only=True)
class Chain(Node):
    """Operands joined by operators of one rank: sums or products; the first has `+` or `*`."""

    operators: tuple[str, ...]
    operands: tuple[Node, ...]


@attrs.frozen(kw_only=True)
class Junction(Node):
    """Conditions joined by `and` or by `or`."""

    operator: Literal["and", "or"]
    operands: tuple[Node, ...]


@attrs.frozen(kw_only=True)
class Negation(Node):
    """`not(...)`."""

    operand: Node


@attrs.frozen(kw_only=True)
class Minus(Node):
    """A number with its sign turned."""

    operand: Node


@attrs.frozen(kw_only=True)
class Comparison(Node):
    """Two sides and an operator."""

    operator: str
    left: Node
    right: Node


@attrs.frozen(kw_only=True)
class Range(Node):
    """An interval; `between x and y` is a closed one."""

    low: Node
    high: Node
    low_open: bool = False
    high_open: bool = False


@attrs.frozen(kw_only=True)
class Bound(Node):
    """A test that names one side of a comparison only: `>= 50`."""

    operator: str
    value: Node


@attrs.frozen(kw_only=True)
class Membership(Node):
    """A value passes at least one of several tests."""

    value: Node
    tests: tuple[Node, ...]


@attrs.frozen(kw_only=True)
class Choice(Node):
    """`if ... then ... else ...`."""

    condition: Node
    then: Node
    otherwise: Node


@attrs.frozen(kw_only=True)
class Exactly(Node):
    """A variable has this very value, and not one that counts as it; made, never written."""

    name: str
    value: str


@attrs.frozen(kw_only=True)
class Selected(Node):
    """A legal number where the first variables that select it have some values; made, never written."""

    name: str
    values: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Anything(Node):
    """The cell `-`, which always holds."""


def parse_condition(tokens: tuple[Token, ...]) -> Node:
    """Return the tree of a condition or amount.

    Raises:
        ConditionSyntaxError: The tokens do not follow the grammar.
    """
    parser = _Parser(tokens)
    node = parser.expression()
    parser.finish()
    return node


def parse_cell(tokens: tuple[Token, ...], variable: str) -> Node:
    """Return the tree of the unary tests of a table cell about one variable.

    Raises:
        ConditionSyntaxError: The tokens do not follow the grammar.
    """
    parser = _Parser(tokens)
    node = parser.cell(variable)
    parser.finish()
    return node


class _Parser:
    """Tokens and how far they are read."""

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self._tokens = tokens
        self._index = 0
        self._depth = 0

    # Reading tokens

    @property
    def _next(self) -> Token:
        return self._tokens[self._index]

    @property
    def _last_end(self) -> int:
        return self._tokens[self._index - 1].end if self._index else 0

    def _peek(self, *texts: str, ahead: int = 0) -> bool:
        token = self._tokens[min(self._index + ahead, len(self._tokens) - 1)]
        return token.kind in {"symbol", "keyword"} and token.text in texts

    def _take(self) -> Token:
        token = self._next
        self._index += token.kind != "end"
        return token

    def _skip(self, *texts: str) -> bool:
        found = self._peek(*texts)
        self._index += found
        return found

    def _require(self, *texts: str) -> Token:
        if not self._peek(*texts):
            raise ConditionSyntaxError(", ".join(texts), self._next)
        return self._take()

    def finish(self) -> None:
        """Check that nothing is left."""
        if self._next.kind != "end":
            raise ConditionSyntaxError("and, or", self._next)

    # Conditions

    def expression(self) -> Node:
        """Read a condition or number of any rank."""
        return self._nested(self._disjunction)

    def _nested(self, read: Callable[[], _T]) -> _T:
        if self._depth >= DEEPEST:
            raise ConditionSyntaxError(f"depth <= {DEEPEST}", self._next)
        self._depth += 1
        result = read()
        self._depth -= 1
        return result

    def _disjunction(self) -> Node:
        return self._junction("or", self._conjunction)

    def _conjunction(self) -> Node:
        return self._junction("and", self._comparison)

    def _junction(self, operator: Literal["and", "or"], read: Callable[[], Node]) -> Node:
        operands = [read()]
        while self._skip(operator):
            operands.append(read())
        if len(operands) == 1:
            return operands[0]
        start, end = operands[0].start, self._last_end
        return Junction(operator=operator, operands=tuple(operands), start=start, end=end)

    def _comparison(self) -> Node:
        left = self._sum()
        if self._peek(*COMPARISONS):
            operator, right = self._take().text, self._sum()
            return Comparison(operator=operator, left=left, right=right, start=left.start, end=self._last_end)
        if self._skip("between"):
            return self._member(left, (self._between(),))
        return self._member(left, self._alternatives()) if self._skip("in") else left

    def _member(self, value: Node, tests: tuple[Node, ...]) -> Node:
        return Membership(value=value, tests=tests, start=value.start, end=self._last_end)

    def _between(self) -> Node:
        low = self._sum()
        self._require("and")
        high = self._sum()
        return Range(low=low, high=high, start=low.start, end=high.end)

    def _alternatives(self) -> tuple[Node, ...]:
        if self._peek("["):
            return (self._range(),)
        opening = self._require("(", "[")
        first = self._test()
        if self._skip(".."):
            return (self._range_from(opening, first),)
        return self._more_tests(first, ")")

    def _more_tests(self, first: Node, closing: str | None) -> tuple[Node, ...]:
        tests = [first]
        while self._skip(","):
            tests.append(self._test())
        if closing is not None:
            self._require(closing)
        return tuple(tests)

    def _test(self) -> Node:
        """Read a test of a list: a side of a comparison, an interval or a value."""
        if self._peek(*COMPARISONS):
            operator, value = self._take(), self._sum()
            return Bound(operator=operator.text, value=value, start=operator.start, end=value.end)
        return self._range() if self._peek("[") else self._sum()

    def _range(self) -> Node:
        opening = self._require("[", "(")
        low = self._sum()
        self._require("..")
        return self._range_from(opening, low)

    def _range_from(self, opening: Token, low: Node) -> Node:
        high, closing = self._sum(), self._require("]", ")")
        return Range(
            low=low,
            high=high,
            low_open=opening.text == "(",
            high_open=closing.text == ")",
            start=opening.start,
            end=closing.end,
        )

    # Numbers

    def _sum(self) -> Node:
        return self._chain("+", ("+", "-"), self._product)

    def _product(self) -> Node:
        return self._chain("*", ("*", "/"), self._unary)

    def _chain(self, first: str, signs: tuple[str, ...], read: Callable[[], Node]) -> Node:
        operators, operands = [first], [read()]
        while self._peek(*signs):
            operators.append(self._take().text)
            operands.append(read())
        if len(operands) == 1:
            return operands[0]
        start, end = operands[0].start, self._last_end
        return Chain(operators=tuple(operators), operands=tuple(operands), start=start, end=end)

    def _unary(self) -> Node:
        if not self._peek("-"):
            return self._primary()
        start = self._take().start
        operand = self._nested(self._unary)
        return Minus(operand=operand, start=start, end=operand.end)

    def _primary(self) -> Node:
        if self._next.kind == "keyword":
            return self._keyword()
        if self._skip("("):
            inner = self.expression()
            self._require(")")
            return inner
        return self._word()

    def _keyword(self) -> Node:
        token = self._take()
        place = {"start": token.start, "end": token.end}
        if token.text in {"true", "false"}:
            return Truth(value=token.text == "true", **place)
        if token.text == "as_of":
            return Today(**place)
        if token.text == "not":
            return self._negation(token)
        if token.text == "if":
            return self._choice(token)
        raise ConditionSyntaxError("a name or a number", token)

    def _negation(self, word: Token) -> Node:
        self._require("(")
        operand = self.expression()
        end = self._require(")").end
        return Negation(operand=operand, start=word.start, end=end)

    def _choice(self, word: Token) -> Node:
        condition = self.expression()
        self._require("then")
        then = self.expression()
        self._require("else")
        otherwise = self.expression()
        return Choice(condition=condition, then=then, otherwise=otherwise, start=word.start, end=otherwise.end)

    def _word(self) -> Node:
        token = self._take()
        if token.kind == "number":
            return Number(value=_number(token.text), start=token.start, end=token.end)
        if token.kind == "text":
            return Text(value=token.text, start=token.start, end=token.end)
        if token.kind == "name":
            return self._name_or_call(token)
        raise ConditionSyntaxError("a name or a number", token)

    def _name_or_call(self, word: Token) -> Node:
        function = word
        is_list = word.text == "list" and self._peek("(", ahead=1)
        if is_list and self._next.kind == "name" and self._next.text == "contains":
            function = self._take()
        if function.text in FUNCTIONS and self._skip("("):
            arguments = self._nested(self._arguments)
            return Call(function=function.text, arguments=arguments, start=word.start, end=self._last_end)
        return Name(name=word.text, start=word.start, end=word.end)

    def _arguments(self) -> tuple[Node, ...]:
        return self._separated(")")

    def _separated(self, closing: str) -> tuple[Node, ...]:
        nodes = [self._argument()]
        while self._skip(","):
            nodes.append(self._argument())
        self._require(closing)
        return tuple(nodes)

    def _argument(self) -> Node:
        if not self._peek("["):
            return self.expression()
        start = self._take().start
        items = self._nested(lambda: self._separated("]"))
        return Items(items=items, start=start, end=self._last_end)

    # Cells of tables

    def cell(self, variable: str) -> Node:
        """Read the unary tests of a table cell."""
        end = self._tokens[-1].end
        if self._peek("-") and self._tokens[1].kind == "end":
            self._take()
            return Anything(start=0, end=end)
        value = Name(name=variable, start=0, end=end)
        if not (self._peek("not") and self._peek("(", ahead=1)):
            return self._member(value, self._cell_tests())
        self._index += 2
        inner = self._member(value, self._more_tests(self._test(), ")"))
        return Negation(operand=inner, start=0, end=end)

    def _cell_tests(self) -> tuple[Node, ...]:
        if not self._peek("("):
            return self._more_tests(self._test(), None)
        opening, first = self._take(), self._test()
        if self._skip(".."):
            return (self._range_from(opening, first),)
        return self._more_tests(first, ")")


def _number(text: str) -> Fraction:
    unit = _UNITS.get(text[-1], 1)
    return Fraction(text.rstrip("万亿")) * unit
