"""From the model to the text of Python functions, as a syntax tree: one for each decision, and one for them all.

A decision reads a list of domains by place; `whole` reads the canonical values of all facts of an organization.
Nothing of a rule file's own text gets in, and the tree of what is compiled holds only whitelisted nodes.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from typing import Any, assert_never

from cso_rules.executors.single import compiled_index, compiled_syntax
from cso_rules.executors.single.compiled_results import GIVEN, NOTHING
from cso_rules.executors.single.compiled_syntax import Names, call, condition, encoded, number, read, written
from cso_rules.executors.single.compiled_text import text_of
from cso_rules.model.civil_dates import CalendarShift, Shift, WorkingDayShift, is_exact
from cso_rules.model.decisions import (
    AbsentDecision,
    AnyDecision,
    CriteriaDecision,
    Rule,
    TableDecision,
    ValueCase,
    ValueDecision,
    conditional_of,
    inputs_of,
)
from cso_rules.model.expressions import ALWAYS, Expression, Shifted, Term, Variable, Within, atoms
from cso_rules.model.policy import Policy
from cso_rules.model.types import Interval


class Writer:
    """Writes the functions of one policy: `decide0`, `decide1` and what they call, and `whole`.

    A decision reads a list of domains by place and tells which rules are true and which unknown, as bits. `whole` takes
    a canonical value of each fact, in the order of `Policy.facts_by_kind`, and the bit of an option of each reading. It
    returns by the name of each decision what `results0`, `results1` and so on hold for its true rules; nothing when
    values are out of bounds or contradict one another. It is not written where known facts do not settle everything.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.inputs = policy.inputs
        self.data: dict[str, Any] = {}
        others = (fact.name for fact in policy.facts_by_kind if fact.type.kind != "text")
        names = dict.fromkeys((*self.inputs, *policy.decisions, *others, *policy.readings))
        self._places = {name: place for place, name in enumerate(names)}
        self._names = self._local_names()
        self._marks: dict[int, str] = {}
        self._functions: list[ast.stmt] = []
        for place, decision in enumerate(policy.decisions.values()):
            self._decision(place, decision)
        if is_settled_by_values(policy):
            self._whole()
        self._body = [*self._constants(), *self._functions]
        self.text = text_of(self._body)

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
        body, only = self._loads(inputs_of(decision)), decision.only
        if only is not None:
            body.append(ast.Return(_tuple([*self._ends(only), number(GIVEN)])))
        else:
            everything = decision.type.everything
            assert isinstance(everything, tuple)
            body += self._truths(decision.name, decision.cases)
            ends = _tuple([_tuple(self._ends(case)) for case in decision.cases])
            nothing = _tuple([number(int(case.is_nothing)) for case in decision.cases])
            truths = _tuple([read("true"), read("unknown")])
            body.append(ast.Return(call("chosen", truths, ends, nothing, _tuple([number(end) for end in everything]))))
        self._function(f"decide{place}", ("values",), body)

    def _ends(self, case: ValueCase) -> list[ast.expr]:
        totals = (compiled_syntax.total(case.terms, end, self._names) for end in _ENDS)
        return [ast.BinOp(total, ast.Add(), number(case.constant)) for total in totals]

    def _known_value(self, decision: ValueDecision) -> ast.expr:
        """Write the number or date when all that it reads is known."""
        found = number(NOTHING)
        for case in reversed(decision.cases):
            total = compiled_syntax.total(case.terms, "least", self._names, is_known=True)
            own = number(NOTHING) if case.is_nothing else ast.BinOp(total, ast.Add(), number(case.constant))
            test = condition(case.condition, "known", self._names)
            found = own if case.condition == ALWAYS else ast.IfExp(test, own, found)
        return found

    def _whole(self) -> None:
        """Write the function that decides everything by the canonical values of all facts."""
        body = [*self._encoded(), *(self._refused(found.condition) for found in self.policy.constraints)]
        for place, decision in enumerate(self.policy.decisions.values()):
            if isinstance(decision, ValueDecision):
                key: ast.expr = self._known_value(decision)
            else:
                body += self._true(decision)
                key = read("true")
            targets = _target((self._names.least[decision.name], f"found{place}"))
            body.append(ast.Assign([targets], ast.Subscript(read(f"results{place}"), key, ast.Load())))
        places = range(len(self.policy.decisions))
        answers = ast.Dict([read(f"name{place}") for place in places], [read(f"found{place}") for place in places])
        body.append(ast.Return(answers))
        self._function("whole", ("values",), body)

    def _encoded(self) -> Iterator[ast.stmt]:
        """Write what puts the numbers of facts and readings into their names, and gives up what is out of bounds."""
        facts, names = self.policy.facts_by_kind, self._names.least
        given = [*(names.get(fact.name, "text") for fact in facts), *(names[name] for name in self.policy.readings)]
        if given:
            yield ast.Assign([ast.Tuple([written(name) for name in given], ast.Store())], read("values"))
        for place, fact in enumerate(facts):
            value = encoded(place, fact.type, names.get(fact.name, "text"))
            if value is not None:
                yield _assign(names[fact.name], value)
            if fact.type.is_numeric:
                yield self._refused(Within(
                    terms=(Term(factor=1, quantity=Variable(name=fact.name)),), low=fact.type.minimum,
                    high=fact.type.maximum,
                ))  # fmt: skip

    def _refused(self, expected: Expression) -> ast.stmt:
        """Write that there is no answer here when a condition does not hold."""
        return ast.If(
            compiled_syntax.negated(condition(expected, "known", self._names)), [ast.Return(ast.Dict([], []))], []
        )

    def _true(self, decision: AnyDecision) -> list[ast.stmt]:
        """Write which rules are true when all that they read is known."""
        body: list[ast.stmt] = [_assign("true", number(0))]
        for index, rule in enumerate(conditional_of(decision)):
            test = condition(rule.condition, "known", self._names)
            body.append(self._marked(ast.If(test, [_add("true", index)], []), decision.name, rule))
        return body

    def _rules(self, place: int, decision: CriteriaDecision | TableDecision) -> None:
        """Write a function that tells which rules hold and which may; at once when everything is known."""
        variables, rules = inputs_of(decision), conditional_of(decision)
        body = self._loads(variables)
        if len(rules) > compiled_index.LARGE:
            body += self._large(place, decision.name, rules, self._locals(variables))
        else:
            if all(_is_sharp(rule.condition) for rule in rules):
                body.append(self._known(decision, variables))
            body += self._small(decision.name, rules)
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

    def _known(self, decision: AnyDecision, variables: Sequence[str]) -> ast.stmt:
        body = [*self._true(decision), ast.Return(_tuple([read("true"), number(0)]))]
        return ast.If(compiled_syntax.both(*(compiled_syntax.known(self._names, name) for name in variables)), body, [])

    def _small(self, decision: str, rules: Sequence[Rule]) -> list[ast.stmt]:
        """Write which rules hold and which may, and their return."""
        return [*self._truths(decision, rules), ast.Return(_tuple([read("true"), read("unknown")]))]

    def _truths(self, decision: str, rules: Sequence[Rule | ValueCase]) -> list[ast.stmt]:
        body: list[ast.stmt] = [_assign("true", number(0)), _assign("unknown", number(0))]
        for index, rule in enumerate(rules):
            sure, possible = (condition(rule.condition, mode, self._names) for mode in _MODES)
            other: list[ast.stmt] = [ast.If(possible, [_add("unknown", index)], [])]
            body.append(self._marked(ast.If(sure, [_add("true", index)], other), decision, rule))
        return body

    def _large(self, place: int, decision: str, rules: Sequence[Rule], parameters: tuple[str, ...]) -> list[ast.stmt]:
        """Write one function for each row, and what asks only the rows that the indexes leave."""
        rows = [self._row(decision, rule, parameters) for rule in rules]
        self._functions.append(_assign(f"rows{place}", _tuple(map(read, rows))))
        self.data[f"all{place}"] = (1 << len(rules)) - 1
        body: list[ast.stmt] = [_assign("candidates", read(f"all{place}"))]
        for name, index in compiled_index.indexes(rules).items():
            body.append(self._narrowing(name, index))
        asked = call("sift", read(f"rows{place}"), read("candidates"), _tuple(map(read, parameters)))
        return [*body, ast.Return(asked)]

    def _narrowing(self, variable: str, index: compiled_index.Index) -> ast.stmt:
        function = f"index{len(self.data)}"
        self.data[function] = index
        left = call(function, read(self._names.least[variable]))
        step = _assign("candidates", ast.BinOp(read("candidates"), ast.BitAnd(), left))
        return ast.If(compiled_syntax.known(self._names, variable), [step], [])

    def _row(self, decision: str, rule: Rule, parameters: tuple[str, ...]) -> str:
        """Write the function that gives the truth of one rule, and return its name."""
        sure, possible = (condition(rule.condition, mode, self._names) for mode in _MODES)
        truth = ast.IfExp(sure, number(1), ast.IfExp(possible, number(3), number(2)))
        name = f"row{len(self._functions)}"
        self._marked(self._function(name, parameters, [ast.Return(truth)]), decision, rule)
        return name

    def _function(self, name: str, parameters: Sequence[str], body: list[ast.stmt]) -> ast.stmt:
        arguments = ast.arguments([], [ast.arg(parameter) for parameter in parameters], None, [], [], None, [])
        function = ast.FunctionDef(name, arguments, body, [])
        self._functions.append(function)
        return function

    def _marked(self, statement: ast.stmt, decision: str, rule: Rule | ValueCase) -> ast.stmt:
        provisions = (f"{citation.instrument} {citation.provision}" for citation in rule.citations)
        self._marks[id(statement)] = "; ".join(map(_escaped, (f"{decision}/{rule.id}", *provisions)))
        return statement


_ENDS: tuple[compiled_syntax.End, ...] = ("least", "most")
_MODES: tuple[compiled_syntax.Mode, ...] = ("sure", "possible")


def _escaped(text: str) -> str:
    """Return the text without anything that could end a line or hide in it."""
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        if isinstance(statement, ast.FunctionDef | ast.If):
            yield from _statements(statement.body)
        if isinstance(statement, ast.If):
            yield from _statements(statement.orelse)


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


def is_settled_by_values(policy: Policy) -> bool:
    """Tell whether known facts and readings settle every decision, with true and false rules alone."""
    read = {name for names in policy.reads.values() for name in names}
    are_sharp = all(_is_sharp(found.condition) for found in policy.constraints)
    return are_sharp and all(_is_plain(decision, read) for decision in policy.decisions.values())


def _is_plain(decision: AnyDecision, read: Collection[str]) -> bool:
    if isinstance(decision, AbsentDecision):
        return decision.name not in read
    if isinstance(decision, ValueDecision):
        return all(_are_exact(case.terms) and _is_sharp(case.condition) for case in decision.cases)
    rules = conditional_of(decision)
    return len(rules) <= compiled_index.LARGE and all(_is_sharp(rule.condition) for rule in rules)


def _is_sharp(condition: Expression) -> bool:
    """Tell whether a condition is true or false as soon as all that it reads is known."""
    return all(_are_exact(atom.terms) for atom in atoms(condition) if isinstance(atom, Within))


def _are_exact(terms: Sequence[Term]) -> bool:
    quantities = (term.quantity for term in terms)
    return all(is_exact(quantity.shifts) for quantity in quantities if isinstance(quantity, Shifted))


def _shift(shift: Shift) -> ast.expr:
    """Write what makes a shift of dates anew."""
    match shift:
        case CalendarShift(months=months, days=days):
            return call("calendarshift", number(months), number(days))
        case WorkingDayShift(count=count, calendar=known):
            spans = _tuple(map(_span, known.covered))
            return call("workingdays", number(count), spans, _tuple(map(number, known.exceptions)))
        case _:
            assert_never(shift)


def _span(days: Interval) -> ast.expr:
    return _tuple([number(end) for end in days])
