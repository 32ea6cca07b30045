"""Conditions of rule files, checked and brought to the forms that executors understand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import lru_cache, partial
from typing import Final, TypeVar

import attrs

from cso_rules.diagnostics import Diagnostic
from cso_rules.loader.text import syntax
from cso_rules.loader.text.alternatives import MOST_ALTERNATIVES, TooManyAlternativesError, alternatives, chosen
from cso_rules.loader.text.date_arithmetic import DateLowering, date_first, is_duration, sort_of
from cso_rules.loader.text.linear import (
    Dimension,
    WeightedSum,
    compared,
    dimension_of,
    dimension_of_product,
    dimension_of_sum,
    joined,
    scaled_terms,
    shown,
    widest,
)
from cso_rules.loader.text.read_once import read_once
from cso_rules.loader.text.scope import NumberSymbol, Place, RemovedSymbol, Scope, Symbol, VariableSymbol
from cso_rules.loader.text.spelling import canonical
from cso_rules.loader.text.tokens import tokenize
from cso_rules.model.civil_dates import CalendarShift
from cso_rules.model.expressions import (
    ALWAYS,
    Among,
    And,
    Constant,
    Expression,
    If,
    Includes,
    Lookup,
    Or,
    Quantity,
    Size,
    Term,
    Variable,
    negation,
)
from cso_rules.model.given_days import DATE_OF_RULES
from cso_rules.model.types import FALSE, TRUE, Type

__all__ = [
    "NumberSymbol",
    "Place",
    "RemovedSymbol",
    "Scope",
    "Symbol",
    "VariableSymbol",
    "amounts",
    "canonical",
    "cell",
    "condition",
]

GREATEST_NUMBER: Final = 10**15
"""Limit of the numbers that a condition may write."""


@attrs.frozen
class Amount:
    """A sum, and when it is meant if none of the earlier ones is; nothing where there is no number or date then."""

    condition: Expression
    terms: tuple[Term, ...]
    constant: int
    is_nothing: bool = False


_Result = TypeVar("_Result")


def condition(text: str, place: Place, scope: Scope) -> tuple[Expression | None, tuple[Diagnostic, ...]]:
    """Return the checked condition, or None, and what is wrong with it."""
    return read_once((text, ""), scope, partial(_condition, text, None, place))


def cell(text: str, variable: str, place: Place, scope: Scope) -> tuple[Expression | None, tuple[Diagnostic, ...]]:
    """Return the condition that the unary tests of a table cell put on a variable, and what is wrong."""
    return read_once((text, variable), scope, partial(_condition, text, variable, place))


def amounts(
    text: str, place: Place, scope: Scope, expected: Type
) -> tuple[tuple[Amount, ...] | None, tuple[Diagnostic, ...]]:
    """Return a number at the scale of the expected type, case by case, and what is wrong with it."""
    return read_once((text, expected), scope, partial(_amounts, text, expected, place))


def _condition(
    text: str, cell_of: str | None, place: Place, scope: Scope
) -> tuple[Expression | None, tuple[Diagnostic, ...]]:
    lowering = _Lowering(place, scope)
    node = _parsed(text, lowering, cell_of=cell_of)
    return _outcome(None if node is None else lowering.boolean(node), lowering)


def _amounts(
    text: str, expected: Type, place: Place, scope: Scope
) -> tuple[tuple[Amount, ...] | None, tuple[Diagnostic, ...]]:
    lowering = _Lowering(place, scope)
    node = _parsed(text, lowering)
    return _outcome(None if node is None else lowering.amounts(node, expected), lowering)


def _outcome(result: _Result | None, lowering: _Lowering) -> tuple[_Result | None, tuple[Diagnostic, ...]]:
    problems: list[Diagnostic] = []
    for problem in lowering.problems:
        if problem not in problems:
            problems.append(problem)
    return (None if problems else result), tuple(problems)


def _parsed(text: str, lowering: _Lowering, *, cell_of: str | None = None) -> syntax.Node | None:
    unexpected, result = _tree(text, cell_of)
    for offset in unexpected:
        lowering.report("unexpected-character", offset, offset + 1, name=text[offset])
    if not isinstance(result, syntax.ConditionSyntaxError):
        return result
    found = result.found
    written = f"`{text[found.start : found.end]}`" if found.kind != "end" else "the end of the condition"
    lowering.report("condition-syntax", found.start, found.end, expected=result.expected, found=written)
    return None


@lru_cache(maxsize=4096)
def _tree(text: str, cell_of: str | None) -> tuple[tuple[int, ...], syntax.Node | syntax.ConditionSyntaxError | None]:
    """Return the places of unexpected characters, and the tree or fault; a rule is read anew on every date."""
    tokens, unexpected = tokenize(text)
    if unexpected:
        return tuple(unexpected), None
    try:
        return (), syntax.parse_condition(tokens) if cell_of is None else syntax.parse_cell(tokens, cell_of)
    except syntax.ConditionSyntaxError as error:
        return (), error


# Meaning


class _Lowering(DateLowering):
    """One condition on its way from the tree to the checked form; collects what is wrong."""

    # Conditions

    def boolean(self, node: syntax.Node) -> Expression | None:
        """Return a condition, or None after noting why it is none."""
        match node:
            case syntax.Truth() | syntax.Anything():
                return Constant(value=node.value if isinstance(node, syntax.Truth) else True)
            case syntax.Name():
                return self._boolean_variable(node)
            case syntax.Exactly():
                return Among(name=node.name, bits=self._type_of(node.name).bit(node.value))
            case syntax.Junction():
                return self._junction(node)
            case syntax.Negation():
                operand = self.boolean(node.operand)
                return None if operand is None else negation(operand)
            case syntax.Choice():
                return self._choice(node)
            case syntax.Comparison():
                return self._comparison(node, node.operator, node.left, node.right)
            case syntax.Membership():
                return self._membership(node)
            case syntax.Call(function="contains" | "intersects"):
                return self._includes(node)
            case _:
                self._no_condition(node)
                return None

    def _no_condition(self, node: syntax.Node) -> None:
        found = self._number(node)
        if found is not None:
            self._wrong_type(node, "boolean", found.dimension)

    def _boolean_variable(self, node: syntax.Name) -> Expression | None:
        symbol = self._found(node)
        if symbol is None:
            return None
        if isinstance(symbol, NumberSymbol) or symbol.type.kind != "boolean":
            self._wrong_type(node, "boolean", symbol.type.kind)
            return None
        return Among(name=symbol.name, bits=TRUE)

    def _junction(self, node: syntax.Junction) -> Expression | None:
        form = And if node.operator == "and" else Or
        operands: list[Expression] = []
        for operand in [self.boolean(operand) for operand in node.operands]:
            if operand is None:
                return None
            operands += operand.operands if isinstance(operand, form) else (operand,)
        return form(operands=tuple(operands))

    def _type_of(self, name: str) -> Type:
        symbol = self._scope.find(name)
        assert isinstance(symbol, VariableSymbol)
        return symbol.type

    def _choice(self, node: syntax.Choice) -> Expression | None:
        parts = [self.boolean(part) for part in (node.condition, node.then, node.otherwise)]
        return _if(*parts)

    def _includes(self, node: syntax.Call) -> Expression | None:
        if len(node.arguments) != 2:  # noqa: PLR2004 - the set and what it holds
            self._wrong_type(node, "2", str(len(node.arguments)))
            return None
        first, second = node.arguments
        symbol = self._set(first)
        if symbol is None:
            return None
        bits = self._bits(second.items if isinstance(second, syntax.Items) else (second,), symbol.type)
        return None if bits is None else Includes(name=symbol.name, bits=bits)

    def _set(self, node: syntax.Node) -> VariableSymbol | None:
        symbol = self._found(node) if isinstance(node, syntax.Name) else None
        if isinstance(symbol, VariableSymbol) and symbol.type.kind == "set":
            return symbol
        if symbol is not None or not isinstance(node, syntax.Name):
            self._wrong_type(node, "set", symbol.type.kind if symbol else "condition")
        return None

    # Comparisons

    def _comparison(self, node: syntax.Node, operator: str, left: syntax.Node, right: syntax.Node) -> Expression | None:
        return self._in_each_case((left, right), partial(self._compared, node, operator), otherwise=operator == "!=")

    def _in_each_case(
        self, numbers: tuple[syntax.Node, ...], build: Callable[..., Expression | None], *, otherwise: bool = False
    ) -> Expression | None:
        """Return a condition about numbers that conditions choose, and what it is where there is no number."""
        found: Expression | None = Constant(value=otherwise)
        for conditions, values in reversed(self._ways(numbers)):
            own = Constant(value=otherwise) if values is None else build(*values)
            found = own if not conditions else _if(self._all(conditions), own, found)
        return found

    def _ways(
        self, numbers: syntax.Nodes, *, may_be_none: bool = False
    ) -> list[tuple[syntax.Nodes, syntax.Nodes | None]]:
        try:
            return list(chosen([alternatives(node, self._scope, may_be_none=may_be_none) for node in numbers]))
        except TooManyAlternativesError:
            first, last = numbers[0], numbers[-1]
            self.report(
                "condition-syntax", first.start, last.end, expected=f"<= {MOST_ALTERNATIVES}", found="if, min, max"
            )
            return []

    def _all(self, conditions: tuple[syntax.Node, ...]) -> Expression | None:
        parts = [self.boolean(condition) for condition in conditions]
        known = tuple(part for part in parts if part is not None)
        if len(known) < len(parts):
            return None
        return known[0] if len(known) == 1 else And(operands=known)

    def _compared(self, node: syntax.Node, operator: str, left: syntax.Node, right: syntax.Node) -> Expression | None:
        named = self._named_side(left, right)
        if named is not None:
            return self._among(node, operator, *named)
        if self._is_condition(left) or self._is_condition(right):
            return self._same_truth(node, operator, left, right)
        if self._is_unknown(left) and self._is_unknown(right) and operator in {"=", "!="}:
            self._number(left)  # what stands on the other side may be a value of it
            return None
        return self._numeric(operator, left, right)

    def _is_unknown(self, node: syntax.Node) -> bool:
        return isinstance(node, syntax.Name) and self._scope.find(node.name) is None

    def _named_side(self, left: syntax.Node, right: syntax.Node) -> tuple[VariableSymbol, syntax.Node] | None:
        """Return the enumeration variable of a comparison and the other side."""
        first, second = self._enumeration(left), self._enumeration(right)
        if first and second and _value_name(left) in second.type.values:
            return second, left
        if first:
            return first, right
        return (second, left) if second else None

    def _enumeration(self, node: syntax.Node) -> VariableSymbol | None:
        symbol = self._scope.find(node.name) if isinstance(node, syntax.Name) else None
        if isinstance(symbol, VariableSymbol) and symbol.type.kind in {"enumeration", "set", "text"}:
            return symbol
        return None

    def _among(self, node: syntax.Node, operator: str, symbol: VariableSymbol, value: syntax.Node) -> Expression | None:
        if symbol.type.kind != "enumeration":
            self._wrong_type(node, "enumeration", symbol.type.kind)
            return None
        if operator not in {"=", "!="}:
            self._wrong_type(node, "number", symbol.type.kind)
            return None
        bits = self._bits((value,), symbol.type)
        if bits is None:
            return None
        everything = (1 << len(symbol.type.values)) - 1
        return Among(name=symbol.name, bits=bits if operator == "=" else everything & ~bits)

    def _bits(self, nodes: Iterable[syntax.Node], type_: Type) -> int | None:
        found = [self._bit(node, type_) for node in nodes]
        bits = 0
        for bit in found:
            if bit is None:
                return None
            bits |= bit
        return bits

    def _bit(self, node: syntax.Node, type_: Type) -> int | None:
        name = _value_name(node)
        expected = type_.enumeration or type_.kind
        if name is None:
            self._wrong_type(node, expected, sort_of(node))
        elif name in type_.values:
            return type_.bits_meant(name)
        elif isinstance(symbol := self._scope.find(name), VariableSymbol | NumberSymbol):
            self._wrong_type(node, expected, symbol.type.enumeration or symbol.type.kind)
        else:
            self._unknown(node, name, type_.values)
        return None

    def _is_condition(self, node: syntax.Node) -> bool:
        if isinstance(node, syntax.Name):
            symbol = self._scope.find(node.name)
            return isinstance(symbol, VariableSymbol) and symbol.type.kind == "boolean"
        return isinstance(
            node, syntax.Truth | syntax.Negation | syntax.Junction | syntax.Comparison | syntax.Membership
        ) or (isinstance(node, syntax.Call) and node.function in {"contains", "intersects"})

    def _same_truth(self, node: syntax.Node, operator: str, left: syntax.Node, right: syntax.Node) -> Expression | None:
        if operator not in {"=", "!="}:
            self._wrong_type(node, "number", "boolean")
            return None
        first, second = self.boolean(left), self.boolean(right)
        if first is None or second is None:
            return None
        if isinstance(first, Constant):
            first, second = second, first
        if operator == "!=":
            second = negation(second)
        if isinstance(second, Constant):
            return first if second.value else _untrue(first, (left, right))
        return If(condition=first, then=second, otherwise=negation(second))

    def _numeric(self, operator: str, left: syntax.Node, right: syntax.Node) -> Expression | None:
        first, second = self._number(left), self._number(right)
        if first is None or second is None:
            return None
        dimension = widest(first.dimension, second.dimension)
        if dimension is None:
            self._wrong_type(right, first.dimension, second.dimension)
            return None
        return compared(operator, first.plus(second.times(Fraction(-1)), dimension))

    # Membership

    def _membership(self, node: syntax.Membership) -> Expression | None:
        symbol = self._enumeration(node.value)
        if symbol is not None:
            return self._membership_of_values(node, symbol)
        found = [self._passes(node.value, test) for test in node.tests]
        alternatives = [item for item in found if item is not None]
        if len(alternatives) < len(found):
            return None
        return alternatives[0] if len(found) == 1 else Or(operands=tuple(alternatives))

    def _membership_of_values(self, node: syntax.Membership, symbol: VariableSymbol) -> Expression | None:
        bits = self._bits(node.tests, symbol.type)
        if symbol.type.kind == "text":
            self._wrong_type(node, "enumeration", symbol.type.kind)
        if bits is None:
            return None
        form = Includes if symbol.type.kind == "set" else Among
        return form(name=symbol.name, bits=bits)

    def _passes(self, value: syntax.Node, test: syntax.Node) -> Expression | None:
        if isinstance(test, syntax.Range):
            return self._in_range(value, test)
        if isinstance(test, syntax.Bound):
            return self._comparison(test, test.operator, value, test.value)
        return self._comparison(test, "=", value, test)

    def _in_range(self, value: syntax.Node, test: syntax.Range) -> Expression | None:
        return self._in_each_case((value, test.low, test.high), partial(self._between, test))

    def _between(
        self, test: syntax.Range, value: syntax.Node, low: syntax.Node, high: syntax.Node
    ) -> Expression | None:
        lower = self._numeric(">" if test.low_open else ">=", value, low)
        upper = self._numeric("<" if test.high_open else "<=", value, high)
        if lower is None or upper is None:
            return None
        interval = joined(lower, upper)
        if interval is None and self._is_reversed(test, low, high):
            return None
        return interval or And(operands=(lower, upper))

    def _is_reversed(self, test: syntax.Range, first: syntax.Node, last: syntax.Node) -> bool:
        low, high = self._number(first), self._number(last)
        if low is None or high is None or low.weights or high.weights or low.constant <= high.constant:
            return False
        interval = f"{shown(low)}..{shown(high)}"
        self.report("reversed-interval", test.start, test.end, found=interval)
        return True

    # Numbers

    def amounts(self, node: syntax.Node, expected: Type) -> tuple[Amount, ...]:
        """Return the sums of the cases of a number, after noting what is wrong with them."""
        found = []
        for conditions, values in self._ways((node,), may_be_none=True):
            condition = self._all(conditions) if conditions else ALWAYS
            sum_ = ((), 0) if values is None else self._amount(values[0], expected)
            if condition is not None and sum_ is not None:
                found.append(Amount(condition, *sum_, is_nothing=values is None))
        return tuple(found)

    def _amount(self, node: syntax.Node, expected: Type) -> tuple[tuple[Term, ...], int] | None:
        """Return a sum at the scale of a type, or None after noting why it is none."""
        linear = self._number(node)
        if linear is None:
            return None
        wanted = dimension_of(expected)
        fits = wanted is not None and widest(wanted, linear.dimension) == wanted
        result = scaled_terms(linear, expected.scale) if fits else None
        if result is None:
            self._wrong_type(node, expected.kind, "decimal" if fits else linear.dimension)
        return result

    def _number(self, node: syntax.Node) -> WeightedSum | None:
        match node:
            case syntax.Number():
                return self._literal(node)
            case syntax.Today():
                return self._given(DATE_OF_RULES)
            case syntax.Name() | syntax.Selected():
                return self._quantity(node)
            case syntax.Call(function="date" | "working_days" | "next_day"):
                return self._date(node)
            case syntax.Call(function="count"):
                return self._count(node)
            case syntax.Minus():
                operand = self._numeric_operand(node.operand)
                return None if operand is None else operand.times(Fraction(-1))
            case syntax.Chain():
                return self._chain(node)
            case _:
                self._wrong_type(node, "number", sort_of(node))
                return None

    def _literal(self, node: syntax.Number) -> WeightedSum | None:
        if node.value > GREATEST_NUMBER:
            self.report("number-out-of-range", node.start, node.end, found=node.value, limit=GREATEST_NUMBER)
            return None
        return WeightedSum(dimension="number", constant=node.value)

    def _quantity(self, node: syntax.Name | syntax.Selected) -> WeightedSum | None:
        symbol = self._found(node)
        if symbol is None:
            return None
        dimension = dimension_of(symbol.type)
        if dimension is None:
            self._wrong_type(node, "number", symbol.type.kind)
            return None
        return _weighted(symbol, dimension, node.values if isinstance(node, syntax.Selected) else ())

    def _count(self, node: syntax.Call) -> WeightedSum | None:
        if len(node.arguments) != 1:
            self._wrong_type(node, "1", str(len(node.arguments)))
            return None
        symbol = self._set(node.arguments[0])
        if symbol is None:
            return None
        return WeightedSum(dimension="integer", weights={Size(name=symbol.name): Fraction(1)})

    def _numeric_operand(self, node: syntax.Node) -> WeightedSum | None:
        """Return a number that is no date."""
        linear = self._number(node)
        if linear is not None and linear.dimension == "date":
            self._wrong_type(node, "number", "date")
            return None
        return linear

    def _chain(self, node: syntax.Chain) -> WeightedSum | None:
        step = self._product if node.operators[0] == "*" else self._sum
        operands = date_first(node)
        numbers = [self._duration(part) if is_duration(part) else self._number(part) for part in operands]
        result = numbers[0]
        steps = zip(node.operators[1:], numbers[1:], operands[1:], strict=True)
        for operator, number, operand in steps:
            if result is None or number is None:
                return None
            if isinstance(result, CalendarShift):
                self._wrong_type(operands[0], "date", "duration")
                return None
            if isinstance(number, CalendarShift):
                result = self._moved(operator, result, number, operand)
            else:
                result = step(operator, result, number, operand)
        return None if isinstance(result, CalendarShift) else result

    def _sum(self, operator: str, left: WeightedSum, right: WeightedSum, node: syntax.Node) -> WeightedSum | None:
        dimension = dimension_of_sum(operator, left.dimension, right.dimension)
        if dimension is None:
            self._wrong_type(node, left.dimension, right.dimension)
            return None
        return left.plus(right if operator == "+" else right.times(Fraction(-1)), dimension)

    def _product(self, operator: str, left: WeightedSum, right: WeightedSum, node: syntax.Node) -> WeightedSum | None:
        dimension = dimension_of_product(operator, left.dimension, right.dimension)
        if dimension is None:
            found = left.dimension if right.dimension == "number" else right.dimension
            self._wrong_type(node, "number", found)
        elif operator == "/" and (right.weights or not right.constant):
            name = node.name if isinstance(node, syntax.Name) else shown(right)
            self.report("division-by-variable", node.start, node.end, name=name)
        elif left.weights and right.weights:
            self._wrong_type(node, "constant", "variable")
        elif operator == "/":
            return left.multiplied(right, 1 / right.constant, dimension)
        elif not left.weights:
            return right.multiplied(left, left.constant, dimension)
        else:
            return left.multiplied(right, right.constant, dimension)
        return None


def _untrue(operand: Expression, sides: Iterable[syntax.Node]) -> Expression:
    """Return the negation; of a boolean variable alone, that it is false."""
    if isinstance(operand, Among) and any(isinstance(side, syntax.Name) for side in sides):
        return Among(name=operand.name, bits=FALSE)
    return negation(operand)


def _if(condition: Expression | None, then: Expression | None, otherwise: Expression | None) -> Expression | None:
    if condition is None or then is None or otherwise is None:
        return None
    return If(condition=condition, then=then, otherwise=otherwise)


def _value_name(node: syntax.Node) -> str | None:
    if isinstance(node, syntax.Name):
        return node.name
    return node.value if isinstance(node, syntax.Text) else None


def _weighted(symbol: VariableSymbol | NumberSymbol, dimension: Dimension, values: tuple[str, ...] = ()) -> WeightedSum:
    """Return a variable, or a legal number where the first variables that select it have some values."""
    unit = Fraction(1, 10**symbol.type.scale)
    quantity: Quantity = Variable(name=symbol.name)
    if isinstance(symbol, NumberSymbol):
        numbers, left = symbol.numbers_where(values), symbol.indexed_by[len(values) :]
        if not left:
            legal = {(symbol.name, numbers[0]): unit}
            return WeightedSum(dimension=dimension, constant=numbers[0] * unit, legal=legal)
        quantity = Lookup(name=left[0].name, numbers=numbers, parameter=symbol.name)
    return WeightedSum(dimension=dimension, weights={quantity: unit}, scale=symbol.type.scale)
