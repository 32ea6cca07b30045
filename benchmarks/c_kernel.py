"""The same rules as one C function over columns, row by row: what a careful programmer would have a compiler make.

The function is generated from the policy: each fact of a row becomes its domain, each comparison two bits (certainly
true, certainly false), `and`, `or` and `not` join them, and a variable that is tried cell by cell is. Out come two words
for each row, the rules that certainly hold and those that certainly fail, and for each decision the possible values and
the status. No batch, no plane, no memory between rows.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, assert_never

import numpy as np

from cso_rules.executors.planes.bits import masks, unpacked
from cso_rules.executors.planes.columns import Column, Columns
from cso_rules.executors.planes.executor import Answers, Bulk
from cso_rules.executors.planes.results import compatible_rules, positions
from cso_rules.model.decisions import AnyDecision, CriteriaDecision, Rule, Split, TableDecision, joint_of, rules_of
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
from cso_rules.model.types import Domain, Type

FLAGS: Final = ("-O3", "-march=native", "-fPIC", "-shared")
UNDETERMINED, DETERMINED, CONFLICT = 0, 1, 2
_C_TYPES: Final = {"i1": "int8_t", "i2": "int16_t", "i4": "int32_t", "i8": "int64_t"}
_C_TYPES_OF_SETS: Final = {"u1": "uint8_t", "u2": "uint16_t", "u4": "uint32_t", "u8": "uint64_t"}
_WORD: Final = 64
_HALF: Final = 16
Sides = tuple[str, str]
"""The names in C of two ints: something is certainly true, and certainly false."""

Domains = Mapping[str, str]
"""Each variable with the name that its domain has in C: a mask, or the beginning of two names, `_0` and `_1`."""


class NoCompilerError(Exception):
    """There is no C compiler."""


class NotInCError(Exception):
    """A policy says what this generator does not write."""


class Kernel:
    """A policy as a compiled function, and columns in the form that it reads.

    Attributes:
        source: The text of the function.
        command: How it was compiled, for a report.
    """

    def __init__(self, bulk: Bulk, columns: Sequence[Columns]) -> None:
        """Generate, compile and load.

        Args:
            bulk: The policy, its readings and the decisions that are asked for.
            columns: Facts that were read, batch by batch; they become one table.

        Raises:
            NoCompilerError: There is no C compiler.
            NotInCError: The policy needs what is not written here.
        """
        self.policy = bulk.policy
        self.rows = sum(each.rows for each in columns)
        self._facts = _table(bulk, columns)
        self.source = _Writer(bulk, {name: array.dtype.str[1:] for name, array in self._facts.items()}).text()
        self.command, self._function = compiled(self.source)
        decisions = len(self.policy.decisions)
        self.true, self.false = (np.zeros(self.rows, np.uint64) for _ in range(2))
        self.possible = [np.zeros(self.rows, np.uint16) for _ in range(decisions)]
        self.status = [np.zeros(self.rows, np.uint8) for _ in range(decisions)]
        self.refused = np.zeros(self.rows, np.uint8)

    def run(self, threads: int = 1) -> None:
        """Decide every row; several threads take ranges of rows."""
        arrays = [*self._facts.values(), self.true, self.false, *self.possible, *self.status, self.refused]
        pointers = (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))
        edges = [self.rows * place // threads for place in range(threads + 1)]
        if threads == 1:
            self._function(0, self.rows, pointers)
            return
        with ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(lambda ends: self._function(*ends, pointers), itertools.pairwise(edges)):
                pass

    def differences(self, answers: Sequence[Answers]) -> Iterator[str]:
        """Yield what is not the same as in the answers of the library, batch by batch."""
        start = 0
        for each in answers:
            stop = start + each.rows
            yield from self._differences(each, slice(start, stop), ~unpacked(each.refused(), each.rows))
            start = stop

    def _differences(self, answers: Answers, rows: slice, fine: Any) -> Iterator[str]:
        if (self.refused[rows].astype(bool) == fine).any():
            yield "refused rows differ"
        place = 0
        for number, name in enumerate(self.policy.decisions):
            sides = answers.rules(name)
            for rule, pair in enumerate(sides):
                for ours, plane in zip((self.true, self.false), pair, strict=True):
                    bits = (ours[rows] >> np.uint64(place + rule)) & np.uint64(1)
                    yield from _unlike(f"{name}, rule {rule}", bits, unpacked(plane, answers.rows), fine)
            place += len(sides)
            possible = masks(answers.possible(name), answers.rows)
            yield from _unlike(f"{name}, possible", self.possible[number][rows], possible, fine)
            for code, status in ((DETERMINED, "determined"), (CONFLICT, "conflict")):
                plane = unpacked(answers.statuses(name)[status], answers.rows)
                yield from _unlike(f"{name}, {status}", self.status[number][rows] == code, plane, fine)


def _unlike(what: str, one: Any, two: Any, fine: Any) -> Iterator[str]:
    wrong = np.flatnonzero((one != two) & fine)
    if wrong.size:
        yield f"{what}: {wrong.size} rows differ, the first is {wrong[0]}"


def compiler() -> str:
    """Return the C compiler of the system.

    Raises:
        NoCompilerError: There is none.
    """
    found = next(
        (path for name in (os.environ.get("CC"), "cc", "gcc", "clang") if name and (path := shutil.which(name))), None
    )
    if found is None:
        raise NoCompilerError("No C compiler was found; install one (cc, gcc or clang) or name it in CC.")
    return found


def compiled(source: str) -> tuple[str, Any]:
    """Return how a text was compiled, and its function `decide(start, stop, columns)`."""
    with tempfile.TemporaryDirectory() as folder:
        text, library = Path(folder) / "kernel.c", Path(folder) / "kernel.so"
        text.write_text(source, encoding="utf-8")
        subprocess.run([compiler(), *FLAGS, "-o", str(library), str(text)], check=True)
        function = ctypes.CDLL(str(library)).decide
    function.argtypes, function.restype = (ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p), None
    return f"{Path(compiler()).name} {' '.join(FLAGS[:2])}", function


def _table(bulk: Bulk, columns: Sequence[Columns]) -> dict[str, Any]:
    """Return the facts as C reads them: masks of the values of enumerations that are possible, the others with what is known."""
    found: dict[str, Any] = {}
    for name in (name for name in bulk.facts if any(name in each.found for each in columns)):
        parts = [_plain(each.found.get(name), each.rows, bulk.policy.facts[name].type) for each in columns]
        found[name] = np.concatenate([values for values, _ in parts])
        if parts[0][1] is not None:
            found[f"{name}__known"] = np.concatenate([known for _, known in parts])
    return found


def _plain(column: Column | None, rows: int, kind: Type) -> tuple[Any, Any]:
    """Return one fact of a batch: masks of possible values, or values and where they are known."""
    everything = kind.everything
    if column is None:
        is_mask = isinstance(everything, int)
        return np.full(rows, everything if is_mask else 0, np.uint32), None if is_mask else np.zeros(rows, np.int8)
    known = np.ones(rows, bool) if column.known is None else unpacked(column.known, rows)
    if column.truths is not None:
        return np.where(known, 2 - unpacked(column.truths, rows), 3).astype(np.uint8), None
    if isinstance(everything, int):
        size = next(size for size in (np.uint8, np.uint16, np.uint32) if np.iinfo(size).max >= everything)
        assert column.codes is not None
        return np.where(known, 1 << column.codes.clip(0).astype(np.int64), everything).astype(size), None
    return column.codes if column.is_set else column.numbers, known.astype(np.int8)


class _Writer:
    """The text of the function."""

    def __init__(self, bulk: Bulk, kinds: Mapping[str, str]) -> None:
        self.policy, self.kinds = bulk.policy, kinds
        self.readings = {name: bulk.reading(name).domain for name in self.policy.readings}
        self.lines: list[str] = []
        self.outputs: list[str] = []
        self.names = itertools.count()

    def text(self) -> str:
        environment: dict[str, str] = {}
        for name, domain in self.readings.items():
            environment[name] = self._variable("uint32_t", str(domain))
        for name in self.policy.facts:
            environment[name] = self._fact(name)
        rules: list[Sides] = []
        outcomes: dict[str, tuple[str, Sides]] = {}
        for name, decision in self.policy.decisions.items():
            truths, possible, conflict = self._decision(decision, environment)
            rules += truths
            environment[name] = possible
            outcomes[name] = possible, conflict
        widest = max(len(decision.type.names) for decision in self.policy.decisions.values())
        if len(rules) > _WORD or widest > _HALF:
            raise NotInCError("more rules than bits of a word, or more values than bits of a half")
        self._write(rules, outcomes, environment)
        return self._frame()

    def _write(self, rules: Sequence[Sides], outcomes: Mapping[str, tuple[str, Sides]], environment: Domains) -> None:
        for side in (0, 1):
            self._output(
                "uint64_t", " | ".join(["0", *(f"(uint64_t){pair[side]} << {bit}" for bit, pair in enumerate(rules))])
            )
        for name, (possible, _) in outcomes.items():
            self._output("uint16_t", self._mask(name, possible))
        for name, (possible, (sure, maybe)) in outcomes.items():
            cone = [outcomes[each][1] for each in self.policy.cone(name)[1:] if each in outcomes]
            clash, doubt = (" | ".join([own, *(pair[side] for pair in cone)]) for side, own in enumerate((sure, maybe)))
            settled = self._settled(name, possible)
            self._output(
                "uint8_t", f"({clash}) ? {CONFLICT} : ({settled} & !({doubt})) ? {DETERMINED} : {UNDETERMINED}"
            )
        broken = [self._truth(each.condition, environment)[1] for each in self.policy.constraints]
        self._output("uint8_t", " | ".join(["0", *broken]))

    def _output(self, kind: str, value: str) -> None:
        self.lines.append(f"output_{len(self.outputs)}[row] = {value};")
        self.outputs.append(kind)

    def _mask(self, name: str, possible: str) -> str:
        return f"{possible}_1" if self.policy.decisions[name].type.kind == "set" else possible

    def _settled(self, name: str, possible: str) -> str:
        if self.policy.decisions[name].type.kind == "set":
            return f"({possible}_0 == {possible}_1)"
        return f"(({possible} & ({possible} - 1)) == 0)"

    def _frame(self) -> str:
        types = {**_C_TYPES, **_C_TYPES_OF_SETS}
        reads = [
            f"const {types[kind]} *restrict column_{place} = columns[{place}];"
            for place, kind in enumerate(self.kinds.values())
        ]
        return "\n".join([
            "#include <stdint.h>",
            "void decide(int64_t start, int64_t stop, void **columns) {",
            *(f"  {line}" for line in reads),
            *(f"  {kind} *restrict output_{place} = columns[{len(reads) + place}];" for place, kind in enumerate(self.outputs)),
            "  for (int64_t row = start; row < stop; row++) {",
            *(f"    {line}" for line in self.lines),
            "  }",
            "}",
            "",
        ])  # fmt: skip

    def _column(self, name: str) -> str:
        return f"column_{list(self.kinds).index(name)}[row]"

    def _variable(self, kind: str, value: str) -> str:
        name = f"v{next(self.names)}"
        self.lines.append(f"const {kind} {name} = {value};")
        return name

    def _pair(self, kind: str, low: str, high: str) -> str:
        name = f"v{next(self.names)}"
        self.lines.append(f"const {kind} {name}_0 = {low}, {name}_1 = {high};")
        return name

    def _fact(self, name: str) -> str:
        """Write the domain of a fact."""
        everything, given = self.policy.facts[name].type.everything, name in self.kinds
        if isinstance(everything, int):
            return self._variable("uint32_t", self._column(name) if given else f"{everything}u")
        kind = "uint32_t" if self.policy.facts[name].type.kind == "set" else "int64_t"
        if not given:
            return self._pair(kind, *(f"{end}" for end in everything))
        known, value = self._column(f"{name}__known"), self._column(name)
        low, high = (f"{known} ? {value} : {end}" for end in everything)
        return self._pair(kind, low, high)

    # Conditions: each returns the names of two ints, certainly true and certainly false.

    def _sides(self, true: str, false: str) -> Sides:
        return self._variable("int", true), self._variable("int", false)

    def _truth(self, expression: Expression, environment: Domains) -> Sides:
        match expression:
            case Constant(value=value):
                return str(int(value)), str(int(not value))
            case Among(name=name, bits=bits):
                mask = environment[name]
                return self._sides(f"!({mask} & ~{bits}u)", f"!({mask} & {bits}u)")
            case Includes(name=name, bits=bits):
                domain = environment[name]
                return self._sides(f"({domain}_0 & {bits}u) != 0", f"!({domain}_1 & {bits}u)")
            case Within():
                return self._within(expression, environment)
            case And():
                return self._joined([self._truth(part, environment) for part in expression.operands])
            case Or():
                parts = [self._truth(part, environment) for part in expression.operands]
                return self._joined([pair[::-1] for pair in parts])[::-1]
            case Not():
                return self._truth(expression.operand, environment)[::-1]
            case If():
                (true, false), then, other = (
                    self._truth(part, environment)
                    for part in (expression.condition, expression.then, expression.otherwise)
                )
                found = (
                    f"({true} & {one}) | ({false} & {two}) | ({one} & {two})"
                    for one, two in zip(then, other, strict=True)
                )
                return self._sides(*found)
            case _:
                assert_never(expression)

    def _joined(self, parts: Sequence[Sides]) -> Sides:
        return self._sides(
            " & ".join(["1", *(true for true, _ in parts)]), " | ".join(["0", *(false for _, false in parts)])
        )

    def _within(self, atom: Within, environment: Domains) -> Sides:
        ends = [self._ends(term, environment) for term in atom.terms]
        low, high = (" + ".join(["INT64_C(0)", *(pair[side] for pair in ends)]) for side in (0, 1))
        total = self._pair("int64_t", low, high)
        inside = [f"{total}_0 >= {atom.low}"] * (atom.low is not None) + [f"{total}_1 <= {atom.high}"] * (
            atom.high is not None
        )
        outside = [f"{total}_1 < {atom.low}"] * (atom.low is not None) + [f"{total}_0 > {atom.high}"] * (
            atom.high is not None
        )
        true, false = (
            f"({each})"
            for each in (
                " & ".join(f"({part})" for part in inside) or "1",
                " | ".join(f"({part})" for part in outside) or "0",
            )
        )
        return self._sides(f"{true} & !{false}", false)

    def _ends(self, term: Term, environment: Domains) -> Sides:
        domain = environment[term.quantity.name]
        match term.quantity:
            case Variable():
                low, high = f"{domain}_0", f"{domain}_1"
            case Size():
                low, high = (f"__builtin_popcount({domain}_{side})" for side in (0, 1))
            case Lookup(numbers=numbers):
                low, high = self._chosen(domain, numbers, least=True), self._chosen(domain, numbers, least=False)
            case Shifted():
                raise NotInCError("shifted dates are not written in C")
            case _:
                assert_never(term.quantity)
        low, high = (f"({term.factor} * (int64_t){end})" for end in (low, high))
        return (high, low) if term.factor < 0 else (low, high)

    def _chosen(self, mask: str, numbers: Sequence[int], *, least: bool) -> str:
        """Write the least or greatest number of the values of a mask: the first that is there, in that order."""
        order = sorted(range(len(numbers)), key=lambda place: numbers[place], reverse=not least)
        text = f"INT64_C({numbers[order[-1]]})"
        for place in reversed(order[:-1]):
            text = f"({mask} & {1 << place}u ? INT64_C({numbers[place]}) : {text})"
        return text

    # Decisions.

    def _each_cell(self, splits: Sequence[Split], environment: Domains, still: str) -> Iterator[Domains]:
        """Write a block for each combination of cells, entered when it concerns the row; what is known has one cell.

        Args:
            splits: The variables and their cells.
            environment: The domain of every variable.
            still: What must hold as well for the result to be open.
        """
        known = " & ".join(["1", *(_is_one(environment[split.name], split.cells[0]) for split in splits)])
        combinations = list(itertools.product(*(list(enumerate(split.cells)) for split in splits)))
        yield from self._entered(splits, combinations[0], environment, still)
        if len(combinations) > 1:
            with self._block(f"if (!({known}))"):
                for cells in combinations[1:]:
                    yield from self._entered(splits, cells, environment, still)

    def _entered(
        self, splits: Sequence[Split], cells: Sequence[tuple[int, Domain]], environment: Domains, still: str
    ) -> Iterator[Domains]:
        narrowed, concerns = dict(environment), [still]
        for split, (place, cell) in zip(splits, cells, strict=True):
            domain = environment[split.name]
            concerns.append(_concerns(domain, cell, is_first=place == 0))
            narrowed[split.name] = self._narrowed(domain, cell)
        with self._block(f"if ({' && '.join(concerns)})"):
            yield narrowed

    def _narrowed(self, domain: str, cell: Domain) -> str:
        """Write what a domain has in common with a cell; itself when it is one value."""
        if isinstance(cell, int):
            return self._variable("uint32_t", f"{_is_one(domain, cell)} ? {domain} : {domain} & {cell}u")
        known = _is_one(domain, cell)
        low = f"({known} | ({domain}_0 > {cell[0]})) ? {domain}_0 : {cell[0]}"
        high = f"({known} | ({domain}_1 < {cell[1]})) ? {domain}_1 : {cell[1]}"
        return self._pair("int64_t", low, high)

    def _rule(self, rule: Rule, environment: Domains) -> Sides:
        if not rule.splits:
            return self._truth(rule.condition, environment)
        true, false = self._changing(1), self._changing(1)
        for cell in self._each_cell(rule.splits, environment, f"({true} | {false})"):
            one, two = self._truth(rule.condition, cell)
            self.lines.append(f"{true} &= {one}; {false} &= {two};")
        return true, false

    def _changing(self, value: int) -> str:
        name = f"v{next(self.names)}"
        self.lines.append(f"int {name} = {value};")
        return name

    @contextmanager
    def _block(self, head: str) -> Iterator[None]:
        self.lines.append(f"{head} {{")
        yield
        self.lines.append("}")

    def _decision(self, decision: AnyDecision, environment: Domains) -> tuple[list[Sides], str, Sides]:
        """Write a decision: the truths of its rules, the domain of its answer, where rules clash surely and maybe."""
        match decision:
            case CriteriaDecision():
                rules = [self._rule(rule, environment) for rule in rules_of(decision)]
                true, false = self._joined(rules)
                fails = self._changing(0)
                self.lines.append(f"{fails} = {false};")
                for rule in joint_of(decision):
                    with self._block(f"if (!{true} & !{fails})"):
                        self.lines.append(f"{fails} = {self._rule(rule, environment)[1]};")
                return rules, self._variable("uint32_t", f"{fails} ? 2u : {true} ? 1u : 3u"), ("0", "0")
            case TableDecision() if decision.has_multiple_hits:
                return self._list(decision, environment)
            case TableDecision():
                return self._single(decision, environment)
            case _:
                raise NotInCError(f"{decision.name} is neither criteria nor a table")

    def _conditional(self, decision: TableDecision) -> tuple[Rule, ...]:
        return decision.rules[:-1] if decision.otherwise else decision.rules

    def _with_otherwise(self, decision: TableDecision, rules: list[Sides]) -> list[Sides]:
        return [*rules, self._joined([pair[::-1] for pair in rules])] if decision.otherwise else rules

    def _list(self, decision: TableDecision, environment: Domains) -> tuple[list[Sides], str, Sides]:
        rules = self._with_otherwise(decision, [self._rule(rule, environment) for rule in self._conditional(decision)])
        joint = [(rule.output, self._rule(rule, environment)[0]) for rule in joint_of(decision)]
        places = [rule.output for rule in decision.rules]
        sure = [(place, true) for place, (true, _) in zip(places, rules, strict=True)] + joint
        maybe = [(place, f"!{false}") for place, (_, false) in zip(places, rules, strict=True)] + joint
        low, high = (
            " | ".join(["0u", *(f"(uint32_t)({bit}) << {place}" for place, bit in bits)]) for bits in (sure, maybe)
        )
        return rules, self._pair("uint32_t", low, high), ("0", "0")

    def _single(self, decision: TableDecision, environment: Domains) -> tuple[list[Sides], str, Sides]:
        possible, sure, maybe = self._changing(0), self._changing(1), self._changing(0)
        columns = [(self._changing(1), self._changing(1)) for _ in decision.rules]
        for cell in self._each_cell(decision.splits, environment, "1"):
            truths = [self._truth(rule.condition, cell) for rule in self._conditional(decision)]
            rules = self._with_otherwise(decision, truths)
            one, two = self._clash(decision, rules)
            self.lines.append(f"{possible} |= {self._hit(decision, rules)}; {sure} &= {one}; {maybe} |= {two};")
            for (true, false), (is_true, is_false) in zip(columns, rules, strict=True):
                self.lines.append(f"{true} &= {is_true}; {false} &= {is_false};")
        return columns, self._variable("uint32_t", possible), (sure, maybe)

    def _hit(self, decision: TableDecision, rules: Sequence[Sides]) -> str:
        """Write the outputs that remain possible in one case."""
        outputs = [rule.output for rule in decision.rules]
        if decision.hit_policy in {"first", "priority"}:
            order = sorted(
                range(len(rules)), key=lambda place: outputs[place] if decision.hit_policy == "priority" else place
            )
            text = "0u"
            for place in reversed(order):
                true, false = rules[place]
                text = f"(({false} ? 0u : {1 << outputs[place]}u) | ({true} ? 0u : {text}))"
            return text
        sure = " | ".join(f"({true} ? {1 << output}u : 0u)" for output, (true, _) in zip(outputs, rules, strict=True))
        maybe = " | ".join(
            f"({false} ? 0u : {1 << output}u)" for output, (_, false) in zip(outputs, rules, strict=True)
        )
        return f"(({sure}) ? ({sure}) : ({maybe}))"

    def _clash(self, decision: TableDecision, rules: Sequence[Sides]) -> Sides:
        if decision.hit_policy in {"first", "priority"}:
            return "0", "0"
        compatible = compatible_rules(decision)
        pairs = [(one, two) for one in range(len(rules)) for two in positions(((1 << one) - 1) & ~compatible[one])]
        sure = " | ".join(["0", *(f"({rules[one][0]} & {rules[two][0]})" for one, two in pairs)])
        maybe = " | ".join(["0", *(f"(!{rules[one][1]} & !{rules[two][1]})" for one, two in pairs)])
        return self._sides(sure, maybe)


def _is_one(domain: str, like: Domain) -> str:
    """Write whether a domain, a mask or an interval like another one, is a single value."""
    return f"(({domain} & ({domain} - 1)) == 0)" if isinstance(like, int) else f"({domain}_0 == {domain}_1)"


def _concerns(domain: str, cell: Domain, *, is_first: bool) -> str:
    """Write whether a cell has to be tried: it has values of the domain; of a domain of one value only the first is."""
    meets = (
        f"({domain} & {cell}u)" if isinstance(cell, int) else f"(({domain}_0 <= {cell[1]}) & ({domain}_1 >= {cell[0]}))"
    )
    return f"({_is_one(domain, cell)} ? {int(is_first)} : {meets} != 0)"
