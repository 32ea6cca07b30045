"""The decisions of one date: dated entries chosen, conditions typed, an order in which each reads earlier ones."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping

import attrs

from cso_rules.diagnostics import nearest
from cso_rules.loader.documents.declarations import (
    DecisionDeclaration,
    Declarations,
    ParameterDeclaration,
    ReadingDeclaration,
    RuleDeclaration,
)
from cso_rules.loader.documents.presentation import addressees_of
from cso_rules.loader.documents.reader import UNPLACED_LABEL, Reader
from cso_rules.loader.documents.rule_files import first_line
from cso_rules.loader.in_force.followed import Answer, Columns, answers_of, rows_by_addressee
from cso_rules.loader.in_force.legal_basis import LegalBasis
from cso_rules.loader.in_force.number_cases import cases_of
from cso_rules.loader.text import conditions
from cso_rules.loader.text.conditions import NumberSymbol, RemovedSymbol, Symbol, VariableSymbol
from cso_rules.loader.text.yaml_nodes import ScalarNode
from cso_rules.model.civil_dates import WorkingDayCalendar
from cso_rules.model.decisions import (
    MULTIPLE_HITS,
    AbsentDecision,
    AnyDecision,
    CriteriaDecision,
    Lifted,
    Rule,
    TableDecision,
    ValueCase,
    ValueDecision,
    inputs_of,
)
from cso_rules.model.expressions import ALWAYS, Among, And, Expression, If, Not, Or, conjunction, negation
from cso_rules.model.given_days import given_day
from cso_rules.model.instruments import Citation
from cso_rules.model.policy import Fact, Reading
from cso_rules.model.types import BOOLEAN, Type
from cso_rules.source import Span

Outputs = tuple[tuple[tuple[str, str], ...], ...]


@attrs.define(kw_only=True)
class Resolver:
    """Builds the decisions of one date; it is the scope in which conditions find names."""

    found: Declarations
    as_of: datetime.date
    reader: Reader
    facts: Mapping[str, Fact]
    decisions: Mapping[str, DecisionDeclaration]
    symbols: dict[str, Symbol] = attrs.field(factory=dict)
    types: dict[str, Type] = attrs.field(factory=dict)
    read_faults: int = 0
    basis: LegalBasis
    used: dict[str, None] = attrs.field(factory=dict)
    deciding: str = ""
    """The decision that is being built; none for constraints and scopes."""
    mentions: dict[str, set[str]] = attrs.field(factory=dict)
    """For each parameter the decisions that name it."""
    unsound: set[str] = attrs.field(factory=set)
    """The decisions that have faults, of which nothing is shown."""
    given: dict[str, Fact] | None = None
    """Days that follow from the date, as facts, where the rules are those of a period; None where they are of a day."""

    @property
    def calendar(self) -> WorkingDayCalendar:
        """The days that are worked, as far as the package knows them."""
        return self.found.calendar

    def find(self, name: str) -> Symbol | None:
        """Return what a name in a condition means."""
        symbol = self.symbols.get(name)
        if symbol is None and self.given is not None and (day := given_day(name)) is not None:
            fact = self.given.setdefault(name, day.fact)
            return VariableSymbol(name=name, type=fact.type)
        if symbol is not None and symbol.name in self.basis.values:
            self.used[symbol.name] = None
        if isinstance(symbol, NumberSymbol):
            self.mentions.setdefault(symbol.name, set()).add(self.deciding)
        return symbol

    def known_names(self) -> tuple[str, ...]:
        """Return every name that a condition may use."""
        return tuple(self.symbols)

    def declare(self) -> None:
        """Fill the scope with facts, readings, parameters and the outputs of decisions."""
        for fact in self.facts.values():
            self._variable(fact.name, fact.type, (fact.label.zh, *fact.aliases), fact.span)
        for reading in self.found.readings.values():
            self._variable(reading.name, reading_type(reading), (reading.label.zh,), None)
        for parameter in self.found.parameters.values():
            self._names(self._number(parameter), (parameter.label.zh,), parameter.span)
        for decision in self.decisions.values():
            self._variable(decision.name, self.output_type(decision), (decision.label.zh,), decision.span)

    def _variable(self, name: str, kind: Type, aliases: Iterable[str], span: Span | None) -> None:
        self.types[name] = kind
        self._names(VariableSymbol(name=name, type=kind), aliases, span)

    def _names(self, symbol: Symbol, aliases: Iterable[str], span: Span | None) -> None:
        for name in dict.fromkeys((symbol.name, *aliases)):
            known = self.symbols.setdefault(name, symbol)
            if known is not symbol and name != UNPLACED_LABEL.zh:
                place = None if span is None else first_line(span)
                self.reader.report("ambiguous-name", place, name=name, found=f"{known.name}, {symbol.name}")

    def _number(self, parameter: ParameterDeclaration) -> Symbol:
        numbers = in_force_value(parameter, self.as_of)
        if numbers is None:
            return RemovedSymbol(name=parameter.name)
        types = ((name, self.found.index_type(name)) for name in parameter.indexed_by)
        indexes = tuple(VariableSymbol(name=name, type=kind) for name, kind in types if kind is not None)
        return NumberSymbol(
            name=parameter.name,
            type=parameter.type,
            indexed_by=indexes,
            numbers=tuple(numbers[key] for key in self.found.keys_of(parameter.indexed_by)),
            duration_unit=parameter.duration_unit,
        )

    def output_type(self, decision: DecisionDeclaration) -> Type:
        """Return the type of a decision's answer."""
        if decision.form in {"criteria", "value"} or decision.type is not None:
            return decision.type or BOOLEAN
        if decision.hit_policy in MULTIPLE_HITS:
            values = tuple("/".join(value for _, value in output) for output in self.outputs(decision))
            return Type(kind="set", values=values, enumeration=self._enumeration(decision))
        return self._single_type(decision)

    def _single_type(self, decision: DecisionDeclaration) -> Type:
        enumeration = self._enumeration(decision)
        if enumeration == "boolean" or enumeration not in self.found.enumerations:
            return BOOLEAN
        known = self.found.enumerations[enumeration]
        return Type(kind="enumeration", values=known.values, enumeration=enumeration, maps_to=known.maps_to)

    def _enumeration(self, decision: DecisionDeclaration) -> str | None:
        return decision.columns[0][1] if len(decision.columns) == 1 else None

    def outputs(self, decision: DecisionDeclaration) -> Outputs:
        """Return every output: all values of one enumeration, or the combinations that rows name."""
        enumeration = self._enumeration(decision)
        if enumeration is not None:
            values = self.found.enumerations[enumeration].values if enumeration in self.found.enumerations else ()
            return tuple((("", value),) for value in values or ("true", "false"))
        answers = (answer for rule in decision.every_rule for answer in answers_of(self.found, rule, decision))
        return tuple(dict.fromkeys(answer.columns for answer in answers))

    def expression(self, node: ScalarNode | None) -> Expression:
        """Return the typed condition of a node; report its faults."""
        if node is None:
            return ALWAYS
        parsed, faults = conditions.condition(node.text, node.span_of, self)
        self.reader.diagnostics += faults
        return parsed or ALWAYS

    def condition(self, rule: RuleDeclaration) -> Expression:
        """Return everything that a rule asks, applicability included."""
        self.used.clear()
        asked = conjunction([self.expression(rule.when), self._by_reading(rule), *self._cells(rule)])
        applies = self.applies(rule)
        return asked if applies is None else Or(operands=(Not(operand=applies), asked))

    def row_condition(self, rule: RuleDeclaration) -> Expression:
        """Return when a row of a table holds: what it asks, and only where it applies."""
        self.used.clear()
        applies = self.applies(rule) or ALWAYS
        return conjunction([applies, self.expression(rule.when), self._by_reading(rule), *self._cells(rule)])

    def applies(self, rule: RuleDeclaration) -> Expression | None:
        """Return when a rule applies, its exceptions and those of a local removal included; None when always."""
        if not rule.scopes and not rule.excepted:
            return None
        excepted = [negation(self.expression(node)) for node in rule.excepted]
        return conjunction([*(self.expression(node) for node in rule.scopes), *excepted])

    def reading_is(self, name: str, option: str) -> Expression:
        """Return the condition that a reading has an option."""
        self.find(name)
        return Among(name=name, bits=self.types[name].bit(option))

    def _by_reading(self, rule: RuleDeclaration) -> Expression:
        expression: Expression | None = None
        for name, option, node in reversed(rule.by_reading):
            chosen = self.reading_is(name, option)
            then = self.expression(node)
            expression = then if expression is None else If(condition=chosen, then=then, otherwise=expression)
        return expression or ALWAYS

    def _cells(self, rule: RuleDeclaration) -> list[Expression]:
        parsed = []
        for key, value in rule.cells:
            if self.find(key.text) is None:
                self.reader.unknown("unknown-name", key.span, key.text, self.known_names())
                continue
            expression, faults = conditions.cell(value.text, key.text, value.span_of, self)
            self.reader.diagnostics += faults
            parsed.append(expression or ALWAYS)
        return parsed

    def decide(self, decision: DecisionDeclaration) -> AnyDecision:
        """Return a decision as it stands on the date."""
        count, self.deciding = len(self.reader.diagnostics), decision.name
        found = self._decide(decision)
        if not self._is_sound(decision, count):
            self.unsound.add(decision.name)
        self.deciding = ""
        return found

    def _decide(self, decision: DecisionDeclaration) -> AnyDecision:
        rules = [rule for rule in decision.rules if self.as_of in rule.period]
        is_written = decision.form != "none" and bool(rules or decision.value or decision.value_by_reading)
        if self.as_of not in decision.period or not is_written:
            return AbsentDecision(name=decision.name, label=decision.label, type=self.types[decision.name])
        if decision.form == "criteria":
            return self._criteria(decision, rules)
        return self._table(decision, rules) if decision.form == "rules" else self._value(decision, rules)

    def _criteria(self, decision: DecisionDeclaration, declared: list[RuleDeclaration]) -> AnyDecision:
        built = [self._criterion(rule) for rule in declared]
        rules = tuple(rule for rule in built if isinstance(rule, Rule))
        gone = tuple(rule for rule in built if isinstance(rule, Lifted))
        return CriteriaDecision(
            name=decision.name,
            label=decision.label,
            rules=rules,
            span=decision.span,
            lifted=(*gone, *self.basis.lifted(decision)),
        )

    def _criterion(self, rule: RuleDeclaration) -> Rule | Lifted:
        """Return a criterion, or that it is lifted: it compares with a requirement that is removed on the date."""
        count = len(self.reader.diagnostics)
        condition = self.condition(rule)
        new = self.reader.diagnostics[count:]
        if new and all(fault.code == "removed-parameter" for fault in new):
            del self.reader.diagnostics[count:]
            removed = [name for name in self.used if isinstance(self.symbols[name], RemovedSymbol)]
            return self.basis.lifted_with(rule.id, rule.label, removed)
        return self._rule(rule, condition, applies=self.applies(rule))

    def _rule(
        self,
        rule: RuleDeclaration,
        condition: Expression,
        *,
        applies: Expression | None = None,
        output: int = 0,
    ) -> Rule:
        return Rule(
            id=rule.id,
            label=rule.label,
            condition=condition,
            applies_when=applies,
            output=output,
            modality=rule.modality,
            addressee=None if rule.addressee is None else rule.addressee.text,
            due=self._due(rule),
            text=rule.text,
            citations=self.cited(rule.citations),
            span=rule.span,
        )

    def _due(self, rule: RuleDeclaration) -> str | None:
        """Return the date fact or decision until which something is to be done."""
        if rule.due is None:
            return None
        symbol = self.find(rule.due.text)
        if symbol is None:
            self.reader.unknown("unknown-name", rule.due.span, rule.due.text, self.known_names())
        elif not isinstance(symbol, VariableSymbol) or symbol.type.kind != "date":
            found = "constant" if not isinstance(symbol, VariableSymbol) else symbol.type.kind
            self.reader.report("wrong-type", rule.due.span, expected="date", found=found)
        else:
            return symbol.name
        return None

    def cited(self, own: tuple[Citation, ...]) -> tuple[Citation, ...]:
        """Return citations with those of the numbers and local readings that the condition built last reads."""
        found = self.basis.cited(self.used, own)
        self.used.clear()
        return found

    def _table(self, decision: DecisionDeclaration, declared: list[RuleDeclaration]) -> AnyDecision:
        outputs = self.outputs(decision)
        rules = [row for rule in declared for row in self._rows(rule, self.row_condition(rule), decision, outputs)]
        last = decision.otherwise
        rests = [] if last is None else list(self._rows(last, ALWAYS, decision, outputs))
        if len(rests) > 1:  # which of them it is, a variable tells
            others = Not(operand=Or(operands=tuple(rule.condition for rule in rules)))
            rests = [attrs.evolve(row, condition=And(operands=(others, row.condition))) for row in rests]
        return TableDecision(
            name=decision.name,
            label=decision.label,
            type=self.types[decision.name],
            span=decision.span,
            hit_policy=decision.hit_policy,  # type: ignore[arg-type]
            rules=(*rules, *rests),
            outputs=outputs,
            columns=decision.columns,
            otherwise=len(rests) == 1,
            lifted=self.basis.lifted(decision),
        )

    def _rows(
        self, rule: RuleDeclaration, condition: Expression, decision: DecisionDeclaration, outputs: Outputs
    ) -> Iterator[Rule]:
        """Yield a row, once for each answer and each addressee where these follow a fact or a decision."""
        built = self._rule(rule, condition)
        self._refuse_addressee(rule.addressee)
        for answer in answers_of(self.found, rule, decision):
            row = answer.of(built, self._output(rule, answer, decision, outputs))
            yield from rows_by_addressee(self.found, row)

    def _refuse_addressee(self, written: ScalarNode | None) -> None:
        """Report whom a rule addresses that is none of those whom the package names, nor follows a variable."""
        known = self.found.enumerations.get(addressees_of(self.found) or "")
        if written is None or known is None or written.text in known.values:
            return
        kind = self.found.index_type(written.text)
        if kind is None or kind.enumeration != known.name:
            self.reader.unknown("wrong-output", written.span, written.text, known.values, found=written.text,
                                expected=known.name)  # fmt: skip

    def _output(self, rule: RuleDeclaration, answer: Answer, decision: DecisionDeclaration, outputs: Outputs) -> int:
        columns = answer.columns
        if columns in outputs and self._fits(columns, decision):
            return outputs.index(columns)
        known = {*self.found.enumerations, "boolean"}
        if not rule.then or not all(name in known for _, name in decision.columns):
            return 0
        place = rule.then[0][1].span
        names = [value for output in outputs for _, value in output]
        found = ", ".join(value for _, value in columns)
        suggestion = nearest(found, tuple(names))
        self.reader.report(
            "wrong-output",
            place,
            helps=("did_you_mean",) if suggestion else (),
            found=found,
            expected=", ".join(dict.fromkeys(names)),
            suggestion=suggestion or "",
        )
        return 0

    def _is_sound(self, decision: DecisionDeclaration, count: int) -> bool:
        """Tell whether no fault in what the decision is made of, or since `count`, would mislead a proof."""
        read = {fault.span.source.path for fault in self.reader.diagnostics[: self.read_faults] if fault.span}
        misleading = {path for path in read if "/decisions/" not in path or path == decision.span.source.path}
        return not misleading and len(self.reader.diagnostics) == count

    def _fits(self, answer: Columns, decision: DecisionDeclaration) -> bool:
        """Tell whether an answer names every column once, in order, with a value of its enumeration."""
        if len(decision.columns) == 1:
            return True
        enumerations = self.found.enumerations
        values = [
            enumerations[name].values if name in enumerations else ("true", "false") for _, name in decision.columns
        ]
        names = [column for column, _ in decision.columns]
        return [column for column, _ in answer] == names and all(
            value in known for (_, value), known in zip(answer, values, strict=True)
        )

    def _value(self, decision: DecisionDeclaration, rules: list[RuleDeclaration]) -> AnyDecision:
        kind = self.types[decision.name]
        self.used.clear()
        cases, written = cases_of(self, decision, rules, kind)
        return ValueDecision(
            name=decision.name,
            label=decision.label,
            type=kind,
            cases=cases or (ValueCase(),),
            citations=self.cited(decision.citations),
            written=written,
            span=decision.span,
        )


def in_force_value(parameter: ParameterDeclaration, as_of: datetime.date) -> Mapping[str, int] | None:
    """Return the numbers of a parameter on a date; None when it is removed or has none yet or no more."""
    value = parameter.value_on(as_of)
    return None if value is None else value.numbers


def ordered(found: Declarations, decided: dict[str, AnyDecision], reader: Reader) -> list[str] | None:
    """Return the decisions so that each reads only earlier ones, in file order; report a circle as a path."""
    order: dict[str, None] = {}
    for start in decided:
        path: list[str] = []
        stack = [(start, False)]
        while stack:
            name, is_done = stack.pop()
            if is_done:
                path.pop()
                order[name] = None
                continue
            if name in path:
                circle = " -> ".join([*path[path.index(name) :], name])
                reader.report("cyclic-decisions", found.decisions[name].span, name=name, found=circle)
                return None
            if name in order:
                continue
            path.append(name)
            stack.append((name, True))
            stack += [(source, False) for source in reversed(inputs_of(decided[name])) if source in decided]
    return list(order)


def absent_spread(decisions: dict[str, AnyDecision]) -> dict[str, AnyDecision]:
    """A decision that reads one without a rule in force has none either."""
    spread: dict[str, AnyDecision] = {}
    for name, decision in decisions.items():
        reads_absent = any(isinstance(spread.get(source), AbsentDecision) for source in inputs_of(decision))
        absent = AbsentDecision(name=name, label=decision.label, type=decision.type, span=decision.span)
        spread[name] = absent if reads_absent else decision
    return spread


def reading_type(reading: ReadingDeclaration) -> Type:
    """Return the type of a reading: its options."""
    return Type(kind="enumeration", values=reading.options, enumeration=reading.name)


def reading_of(reading: ReadingDeclaration) -> Reading:
    """Return a reading, with the option that the rules choose for it."""
    return Reading(
        name=reading.name,
        label=reading.label,
        definition=reading.definition,
        type=reading_type(reading),
        option_labels=reading.option_labels,
        chosen=reading.default,
        citations=reading.citations,
    )
