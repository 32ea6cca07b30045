"""From the model to the text of Python functions, as a syntax tree: one function for each decision.

A decision reads a list of domains by place. Nothing of a rule file's own text gets in, and the tree of what is
compiled holds only whitelisted nodes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any, assert_never

from cso_rules.executors.single import compiled_index, compiled_syntax
from cso_rules.executors.single.compiled import LARGE, inputs_of_policy, variables_of
from cso_rules.executors.single.compiled_syntax import Names, call, condition, number, read, written
from cso_rules.model.civil_dates import CalendarShift, Shift, WorkingDayShift, is_exact
from cso_rules.model.decisions import (
    AbsentDecision,
    AnyDecision,
    CriteriaDecision,
    Rule,
    Split,
    TableDecision,
    ValueDecision,
    inputs_of,
    rules_of,
)
from cso_rules.model.expressions import Shifted, Within, atoms
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain


class Writer:
    """Writes the functions of one policy: `decide0`, `decide1` and what they call.

    A decision reads a list of domains by place. Truths of rules are 1 (true), 2 (false) and 3 (unknown).
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.inputs = inputs_of_policy(policy)
        self.data: dict[str, Any] = {}
        self._places = {name: place for place, name in enumerate((*self.inputs, *policy.decisions))}
        self._names = self._local_names()
        self._cells: dict[tuple[Domain, ...], str] = {}
        self._marks: dict[int, str] = {}
        self._functions: list[ast.stmt] = []
        for place, decision in enumerate(policy.decisions.values()):
            self._decision(place, decision)
        self._body = [*self._constants(), *self._functions]
        tree = ast.fix_missing_locations(ast.Module(self._body, []))
        self.text = ast.unparse(tree) + "\n"

    def comments(self) -> Iterator[tuple[int, str]]:
        """Yield the lines of rules in the text, and what to write beside them."""
        placed = _statements(ast.parse(self.text).body)
        for made, found in zip(_statements(self._body), placed, strict=True):
            if id(made) in self._marks:
                yield found.lineno, self._marks[id(made)]

    def _local_names(self) -> Names:
        wide = {name: isinstance(self.policy.variable_type(name).everything, tuple) for name in self._places}
        least = {name: f"{'l' if wide[name] else 'b'}{place}" for name, place in self._places.items()}
        most = {name: f"{'h' if wide[name] else 'b'}{place}" for name, place in self._places.items()}
        return Names(least, most)

    def _constants(self) -> Iterator[ast.stmt]:
        for numbers, name in self._names.lookups.items():
            bits: list[ast.expr | None] = [number(1 << index) for index in range(len(numbers))]
            yield _assign(name, ast.Dict(bits, [number(value) for value in numbers]))
        for shifts, name in self._names.shifts.items():
            yield _assign(name, _tuple(map(_shift, shifts)))
        for cells, name in self._cells.items():
            yield _assign(name, _tuple(_domain(cell) for cell in cells))

    def _decision(self, place: int, decision: AnyDecision) -> None:
        match decision:
            case ValueDecision():
                self._value(place, decision)
            case AbsentDecision():
                self._function(f"decide{place}", ("values",), [ast.Return(number(0))])
            case CriteriaDecision() | TableDecision():
                self._rules(place, decision)
            case _:
                assert_never(decision)

    def _value(self, place: int, decision: ValueDecision) -> None:
        least, most = (compiled_syntax.total(decision.terms, end, self._names) for end in _ENDS)
        ends = [ast.BinOp(end, ast.Add(), number(decision.constant)) for end in (least, most)]
        self._function(f"decide{place}", ("values",), [*self._loads(inputs_of(decision)), ast.Return(_tuple(ends))])

    def _rules(self, place: int, decision: CriteriaDecision | TableDecision) -> None:
        """Write `open0` for any domains and `decide0`, which answers at once when everything is known."""
        variables = variables_of(decision)
        is_single = isinstance(decision, TableDecision) and not decision.has_multiple_hits
        rules = rules_of(decision)[:-1] if _has_otherwise(decision) else rules_of(decision)
        is_large = len(rules) > LARGE
        parameters = self._locals(variables)
        write = self._large if is_large else self._small
        write(place, decision.name, rules, parameters, with_splits=not is_single)
        body = self._loads(variables)
        if not is_large and all(map(_is_sharp, rules)):
            body.append(self._known(decision.name, rules, variables, is_single=is_single))
        splits = decision.splits if is_single and isinstance(decision, TableDecision) else ()
        body += self._cases(place, parameters, splits) if is_single else self._whole(place, decision, parameters)
        self._function(f"decide{place}", ("values",), body)

    def _loads(self, variables: Sequence[str]) -> list[ast.stmt]:
        return [
            ast.Assign(
                [_target(self._names.locals_of(name))],
                ast.Subscript(read("values"), number(self._places[name]), ast.Load()),
            )
            for name in variables
        ]

    def _locals(self, variables: Sequence[str]) -> tuple[str, ...]:
        return tuple(local for name in variables for local in self._names.locals_of(name))

    def _known(self, decision: str, rules: Sequence[Rule], variables: Sequence[str], *, is_single: bool) -> ast.stmt:
        body: list[ast.stmt] = [_assign("true", number(0))]
        for index, rule in enumerate(rules):
            test = condition(rule.condition, "known", self._names)
            body.append(self._marked(ast.If(test, [_add("true", index)], []), decision, rule))
        truths = [read("true"), number(0)]
        body.append(ast.Return(_tuple([_tuple(truths)]) if is_single else _tuple([*truths, number(0)])))
        return ast.If(compiled_syntax.both(*(compiled_syntax.known(self._names, name) for name in variables)), body, [])

    def _whole(
        self, place: int, decision: CriteriaDecision | TableDecision, parameters: tuple[str, ...]
    ) -> list[ast.stmt]:
        """Write the truths of criteria or a list, and what they say together while some are open."""
        settling = 1 if isinstance(decision, TableDecision) else 2
        asked: list[ast.stmt] = []
        for index, rule in enumerate(decision.joint):
            truth = call(self._row(decision.name, rule, parameters, rule.splits), *map(read, parameters))
            asked.append(ast.If(compiled_syntax.equal(truth, number(settling)), [_add("joint", index)], []))
        return [
            ast.Assign([_target(("true", "unknown"))], _open(place, parameters)),
            _assign("joint", number(0)),
            *([ast.If(read("unknown"), asked, [])] if asked else []),
            ast.Return(_tuple([read("true"), read("unknown"), read("joint")])),
        ]

    def _cases(self, place: int, parameters: tuple[str, ...], splits: Sequence[Split]) -> list[ast.stmt]:
        """Write the tuple of the cases of a single-hit table, one for each combination of cells."""
        if not splits:
            return [ast.Return(_tuple([_open(place, parameters)]))]
        step = ast.AugAssign(written("cases"), ast.Add(), _tuple([_open(place, parameters)]))
        return [_assign("cases", _tuple([])), *self._loops(splits, [step]), ast.Return(read("cases"))]

    def _small(
        self,
        place: int,
        decision: str,
        rules: Sequence[Rule],
        parameters: tuple[str, ...],
        *,
        with_splits: bool,
    ) -> None:
        body: list[ast.stmt] = [_assign("true", number(0)), _assign("unknown", number(0))]
        for index, rule in enumerate(rules):
            if with_splits and rule.splits:
                name = self._row(decision, rule, parameters, rule.splits)
                body.append(_assign("truth", call(name, *map(read, parameters))))
                tests = [compiled_syntax.equal(read("truth"), number(truth)) for truth in (1, 3)]
            else:
                tests = [condition(rule.condition, "sure", self._names)]
                tests.append(condition(rule.condition, "possible", self._names))
            other: list[ast.stmt] = [ast.If(tests[1], [_add("unknown", index)], [])]
            body.append(self._marked(ast.If(tests[0], [_add("true", index)], other), decision, rule))
        body.append(ast.Return(_tuple([read("true"), read("unknown")])))
        self._function(f"open{place}", parameters, body)

    def _large(
        self,
        place: int,
        decision: str,
        rules: Sequence[Rule],
        parameters: tuple[str, ...],
        *,
        with_splits: bool,
    ) -> None:
        """Write one function for each row, and `open0`, which asks only the rows that the indexes leave."""
        rows = [self._row(decision, rule, parameters, rule.splits if with_splits else ()) for rule in rules]
        self._functions.append(_assign(f"rows{place}", _tuple(map(read, rows))))
        self.data[f"all{place}"] = (1 << len(rules)) - 1
        body: list[ast.stmt] = [_assign("candidates", read(f"all{place}"))]
        for name, index in compiled_index.indexes(rules).items():
            body.append(self._narrowing(name, index))
        asked = call("sift", read(f"rows{place}"), read("candidates"), _tuple(map(read, parameters)))
        self._function(f"open{place}", parameters, [*body, ast.Return(asked)])

    def _narrowing(self, variable: str, index: compiled_index.Index) -> ast.stmt:
        function = f"index{len(self.data)}"
        self.data[function] = index
        left = call(function, read(self._names.least[variable]))
        step = _assign("candidates", ast.BinOp(read("candidates"), ast.BitAnd(), left))
        return ast.If(compiled_syntax.known(self._names, variable), [step], [])

    def _row(self, decision: str, rule: Rule, parameters: tuple[str, ...], splits: Sequence[Split]) -> str:
        """Write the function that gives the truth of one rule, and return its name."""
        sure, possible = (condition(rule.condition, mode, self._names) for mode in _MODES)
        truth = ast.IfExp(sure, number(1), ast.IfExp(possible, number(3), number(2)))
        body: list[ast.stmt] = [ast.Return(truth)]
        if splits:
            body = [_assign("truth", number(0)), *self._loops(splits, _joining(truth))]
            body.append(ast.Return(compiled_syntax.either(read("truth"), number(3))))
        name = f"row{len(self._functions)}"
        self._marked(self._function(name, parameters, body), decision, rule)
        return name

    def _loops(self, splits: Sequence[Split], body: list[ast.stmt]) -> list[ast.stmt]:
        """Run the body for each combination of cells; all cells are found before any name is narrowed."""
        found: list[ast.stmt] = []
        for index, split in reversed(list(enumerate(splits))):
            names = self._names.locals_of(split.name)
            cells = read(self._cells.setdefault(split.cells, f"cells{len(self._cells)}"))
            helper = "pieces" if len(names) > 1 else "portions"
            found.append(_assign(f"parts{index}", call(helper, *map(read, names), cells)))
            body = [ast.For(_target(names), read(f"parts{index}"), body, [])]
        return [*found, *body]

    def _function(self, name: str, parameters: Sequence[str], body: list[ast.stmt]) -> ast.stmt:
        arguments = ast.arguments([], [ast.arg(parameter) for parameter in parameters], None, [], [], None, [])
        function = ast.FunctionDef(name, arguments, body, [])
        self._functions.append(function)
        return function

    def _marked(self, statement: ast.stmt, decision: str, rule: Rule) -> ast.stmt:
        provisions = (f"{citation.instrument} {citation.provision}" for citation in rule.citations)
        self._marks[id(statement)] = "; ".join(map(_escaped, (f"{decision}/{rule.id}", *provisions)))
        return statement


_ENDS: tuple[compiled_syntax.End, ...] = ("least", "most")
_MODES: tuple[compiled_syntax.Mode, ...] = ("sure", "possible")


def _escaped(text: str) -> str:
    """Return the text without anything that could end a line or hide in it."""
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)


def _has_otherwise(decision: AnyDecision) -> bool:
    return isinstance(decision, TableDecision) and decision.otherwise


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        if isinstance(statement, ast.FunctionDef | ast.For | ast.If):
            yield from _statements(statement.body)
        if isinstance(statement, ast.If):
            yield from _statements(statement.orelse)


def _open(place: int, parameters: tuple[str, ...]) -> ast.expr:
    return call(f"open{place}", *map(read, parameters))


def _joining(truth: ast.expr) -> list[ast.stmt]:
    """Join a truth to that of earlier cells, and stop when they differ."""
    is_mixed = compiled_syntax.equal(read("truth"), number(3))
    joined = ast.AugAssign(written("truth"), ast.BitOr(), truth)
    return [joined, ast.If(is_mixed, [ast.Return(number(3))], [])]


def _assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([written(name)], value)


def _add(name: str, index: int) -> ast.stmt:
    return ast.AugAssign(written(name), ast.BitOr(), number(1 << index))


def _tuple(parts: Iterator[ast.expr] | Sequence[ast.expr] | map[ast.expr]) -> ast.expr:
    return ast.Tuple(list(parts), ast.Load())


def _target(names: Sequence[str]) -> ast.expr:
    if len(names) == 1:
        return written(names[0])
    return ast.Tuple([written(name) for name in names], ast.Store())


def _is_sharp(rule: Rule) -> bool:
    """Tell whether a rule is true or false as soon as all that it reads is known."""
    quantities = (part.quantity for atom in atoms(rule.condition) if isinstance(atom, Within) for part in atom.terms)
    return all(is_exact(quantity.shifts) for quantity in quantities if isinstance(quantity, Shifted))


def _shift(shift: Shift) -> ast.expr:
    """Write what makes a shift of dates anew."""
    match shift:
        case CalendarShift(months=months, days=days):
            return call("calendarshift", number(months), number(days))
        case WorkingDayShift(count=count, calendar=known):
            spans = _tuple(map(_domain, known.covered))
            return call("workingdays", number(count), spans, _tuple(map(number, known.exceptions)))
        case _:
            assert_never(shift)


def _domain(cell: Domain) -> ast.expr:
    return _tuple([number(end) for end in cell]) if isinstance(cell, tuple) else number(cell)
