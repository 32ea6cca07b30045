"""The fast executor: a policy becomes Python functions, made as syntax trees from the model.

In come a policy and domains; out go exact results: what the functions leave open is asked of the plan. Where all
that is read is known, `at_once` goes from canonical values to results without either. Guaranteed: what is compiled is
the very text that `source` shows without its comments, and the tree of that text holds only whitelisted nodes. Writing
the text is the work of `compiled_writer`, which is not even imported when a kept program is taken up.
"""

from __future__ import annotations

import datetime
import hashlib
import linecache
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from operator import itemgetter
from threading import Lock
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from cso_rules.executors.single.compiled_results import (
    GIVEN,
    NOT_GIVEN,
    NOTHING,
    Case,
    Ends,
    ends_of_cases,
    finisher,
    otherwise_bit,
    positions,
)
from cso_rules.executors.single.settling import Answers, is_settled
from cso_rules.model.canonical import bits_of, units_of
from cso_rules.model.civil_dates import CalendarShift, WorkingDayCalendar, WorkingDayShift, earliest, latest
from cso_rules.model.decisions import AnyDecision, CriteriaDecision, TableDecision, ValueDecision
from cso_rules.model.expressions import Expression
from cso_rules.model.policy import Policy
from cso_rules.model.types import Domain, Interval, Type
from cso_rules.results import Result

if TYPE_CHECKING:
    from cso_rules.plan.asked.questions import Asked

Kept = TypeVar("Kept")

_PROGRAMS = 32
_MEMORY = 4096
_OFTEN = 16
"""Organizations that left something to the plan, after which it is asked first."""


@attrs.frozen
class _Made:
    """A result, and whether more must be asked: it may be wider than what is possible, or what reads it may be."""

    result: Result
    is_open: bool
    is_doubtful: bool


@attrs.frozen
class _Step:
    """A decision: its function, what results were made of its values already, and what it reads.

    Attributes:
        has_rules: Whether the function tells which rules are true and which unknown.
        otherwise: The bit of the row that holds where no other does, if there is one.
    """

    name: str
    decision: AnyDecision
    decide: Callable[[list[Domain]], Any]
    memory: dict[Any, _Made]
    finish: Callable[[Any], Result]
    reads: frozenset[str]
    has_rules: bool
    otherwise: int


@attrs.define
class _Program:
    """What was generated for a policy.

    Attributes:
        asked: How many organizations left something to the plan, up to `_OFTEN`.
    """

    policy: Policy
    values_of: Callable[[Mapping[str, Domain]], Iterable[Domain]]
    steps: tuple[_Step, ...]
    text: str
    code: CodeType
    needs_data: bool
    space: Mapping[str, Any]
    asked: int = 0


_programs: dict[int, _Program] = {}
_writing = Lock()
"""Held while a program is written and kept: `ast.parse` in two threads at a time fails in some releases of Python."""


def is_often_asked(policy: Policy) -> bool:
    """Tell whether the plan of a policy is asked before its formulas."""
    program = _programs.get(id(policy))
    return program is not None and program.asked >= _OFTEN


def evaluate(policy: Policy, domains: Mapping[str, Domain], asked: Asked | None = None) -> Answers:
    """Evaluate every decision of a policy.

    Args:
        policy: Rules in force; decisions in dependency order.
        domains: The domain of every fact and reading.
        asked: The plan, asked about the organization, where it is there.

    Returns:
        One result for each decision, in order.
    """
    program = _programs.get(id(policy)) or _remember(policy)
    results = Answers(policy, domains, asked)
    if program.asked < _OFTEN:
        _evaluate(program, results, program.steps)
        program.asked += results.is_asked
    elif not results.answer_by_shape(policy.decisions):
        _evaluate(program, results, program.steps[len(results) :])
    return results


def _evaluate(program: _Program, results: Answers, steps: Sequence[_Step]) -> None:
    """Add the results of the last decisions of a policy to those of the others, by formulas first."""
    policy, is_often = program.policy, program.asked >= _OFTEN
    values = [*program.values_of(results.domains), *(result.domain for result in results.values())]
    doubtful = {name for name, result in results.items() if result.is_doubtful}
    for step in steps:
        if is_often and results.answer_by_shape((step.name,)):
            result = results[step.name]
            if result.is_doubtful:
                doubtful.add(step.name)
            values.append(result.domain)
            continue
        key = step.decide(values)
        others = doubtful & step.reads if doubtful else doubtful
        if step.has_rules and key[1]:  # some are unknown
            case = key if key[0] else (0, key[1] | step.otherwise)
            result = results.settled(step.decision, case, partial(step.finish, key), others)
            is_doubtful = result.is_doubtful
        else:
            made = step.memory.get(key) or _made(policy, step, key)
            result, is_doubtful = made.result, made.is_doubtful
            if made.is_open or others:
                case = result.true, result.unknown
                result = results.settled(step.decision, case, partial(step.finish, key), others)
                is_doubtful = result.is_doubtful
        if is_doubtful:
            doubtful.add(step.name)
        results[step.name] = result
        values.append(result.domain)


def at_once(policy: Policy, keep: Callable[[str, Result], Kept]) -> Callable[[tuple[Any, ...]], dict[str, Kept]] | None:
    """Return the function that decides everything from the canonical values of all facts.

    Args:
        policy: Rules in force.
        keep: Makes of the name of a decision and a result what is to be returned for it; its answer is remembered.

    Returns:
        A function from a canonical value of each fact (`model.canonical`), in the order of `Policy.facts_by_kind`, and
        the bit of an option of each reading, to what is kept for each decision. It returns nothing for values that are
        out of bounds or contradict one another, and raises KeyError for names that are no values, and where an answer
        that others read is none or a contradiction. None where known facts and readings do not settle every decision.
    """
    program = _programs.get(id(policy)) or _remember(policy)
    if "whole" not in program.space:
        return None
    read = {name for names in policy.reads.values() for name in names}
    space = dict(program.space)
    for place, step in enumerate(program.steps):
        space[f"name{place}"] = step.name
        space[f"results{place}"] = _Kept(policy, step, keep, is_read=step.name in read)
    for place, fact in enumerate(policy.facts_by_kind):
        match fact.type.kind:
            case "enumeration":
                space[f"bits{place}"] = bits_of(fact.type)
            case "set":
                space[f"bit{place}"] = bits_of(fact.type).__getitem__
            case "money" | "decimal":
                space[f"units{fact.type.scale}"] = units_of(fact.type.scale)
            case _:
                continue
    return FunctionType(space["whole"].__code__, space)


class _Kept(dict[int, tuple[int, Any]]):
    """For the bits of the true rules of a decision, or its number, the number of its answer and what is kept of it."""

    def __init__(self, policy: Policy, step: _Step, keep: Callable[[str, Result], Any], *, is_read: bool) -> None:
        """Start with none.

        Args:
            policy: Rules in force.
            step: The decision.
            keep: Makes of the name of a decision and a result what is kept of it.
            is_read: Whether other decisions read the answer.
        """
        self.policy = policy
        self.step = step
        self.keep = keep
        self.is_read = is_read

    def __missing__(self, key: int) -> tuple[int, Any]:
        """Work out what is kept, and remember it."""
        case = _ends(self.step.decision, key) if isinstance(self.step.decision, ValueDecision) else (key, 0)
        made = self.step.memory.get(case) or _made(self.policy, self.step, case)
        if made.is_open or (made.is_doubtful and self.is_read):
            raise KeyError(key)
        if len(self) >= _MEMORY:
            self.clear()
        domain = made.result.domain
        found = self[key] = (domain[0] if isinstance(domain, tuple) else domain, self.keep(self.step.name, made.result))
        return found


def _ends(decision: ValueDecision, number: int) -> Ends:
    """Return what is possible where the number or date is known, or that there is none."""
    everything = decision.type.everything
    assert isinstance(everything, tuple)
    return (*everything, NOT_GIVEN) if number == NOTHING else (number, number, GIVEN)


def source(policy: Policy) -> str:
    """Return the generated Python of a policy, with the decision, rule and provisions beside each rule."""
    from cso_rules.executors.single.compiled_writer import Writer

    with _writing:
        writer = Writer(policy)
        comments = list(writer.comments())
    lines = writer.text.splitlines()
    for line, comment in comments:
        lines[line - 1] += f"  # {comment}"
    return "\n".join(lines) + "\n"


def kept(policy: Policy) -> tuple[str, CodeType] | None:
    """Return the program of a policy as text and code, to keep; None for one that needs more (indexed tables)."""
    program = _programs.get(id(policy)) or _remember(policy)
    return None if program.needs_data else (program.text, program.code)


def take_up(policy: Policy, text: str, code: CodeType) -> None:
    """Use a kept program for a policy instead of writing it anew."""
    with _writing:
        _add(_program(policy, text, code, {}))


def _made(policy: Policy, step: _Step, key: Any) -> _Made:
    """Return the result of some truths, and remember it."""
    if len(step.memory) >= _MEMORY:
        step.memory.clear()
    result = step.finish(key)
    made = step.memory[key] = _Made(result, not is_settled(policy, step.decision, result), result.is_doubtful)
    return made


def _remember(policy: Policy) -> _Program:
    """Write, check and compile the program of a policy."""
    with _writing:
        found = _programs.get(id(policy))
        if found is None:
            text, data = _written(_Rules.of(policy))
            found = _add(_program(policy, text, _checked(text), data))
    return found


@attrs.frozen
class _Rules:
    """All of a policy that its program follows from."""

    policy: Policy = attrs.field(eq=False)
    decisions: tuple[tuple[str, AnyDecision], ...]
    facts: tuple[tuple[str, Type], ...]
    readings: tuple[tuple[str, Type], ...]
    constraints: tuple[Expression, ...]

    @classmethod
    def of(cls, policy: Policy) -> _Rules:
        """Return what the program of a policy follows from."""
        return cls(
            policy,
            tuple(policy.decisions.items()),
            tuple((name, fact.type) for name, fact in policy.facts.items()),
            tuple((name, reading.type) for name, reading in policy.readings.items()),
            tuple(found.condition for found in policy.constraints),
        )


@lru_cache(maxsize=_PROGRAMS)
def _written(rules: _Rules) -> tuple[str, Mapping[str, Any]]:
    """Return the program of some rules, which are the same on many days and in many places, and what it needs."""
    from cso_rules.executors.single.compiled_writer import Writer

    writer = Writer(rules.policy)
    return writer.text, writer.data


@lru_cache(maxsize=_PROGRAMS)
def _checked(text: str) -> CodeType:
    """Check a program and compile it; rules of many days and places become the same text."""
    import ast

    from cso_rules.executors.single import compiled_syntax

    tree = ast.parse(text)
    compiled_syntax.check(tree)
    return compile(tree, _filename(text), "exec")


def _filename(text: str) -> str:
    return f"<cso-rules compiled {hashlib.sha256(text.encode()).hexdigest()[:16]}>"


def _add(program: _Program) -> _Program:
    """Remember a program; it holds its policy, so that the identity stays taken while it is remembered."""
    while len(_programs) >= _PROGRAMS:
        oldest = _programs.pop(next(iter(_programs)))
        linecache.cache.pop(_filename(oldest.text), None)
    _programs[id(program.policy)] = program
    return program


def _program(policy: Policy, text: str, code: CodeType, data: Mapping[str, Any]) -> _Program:
    space: dict[str, Any] = {"__builtins__": {}, **_HELPERS, **data}
    exec(code, space)  # noqa: S102 - the tree was checked when the text was written
    linecache.cache[_filename(text)] = (len(text), None, text.splitlines(keepends=True), _filename(text))
    steps = tuple(
        _Step(
            decision.name,
            decision,
            space[f"decide{place}"],
            {},
            finisher(decision),
            frozenset(policy.reads[decision.name]),
            isinstance(decision, CriteriaDecision | TableDecision),
            otherwise_bit(decision),
        )
        for place, decision in enumerate(policy.decisions.values())
    )
    names = policy.inputs
    values_of = itemgetter(*names) if len(names) > 1 else lambda domains: [domains[name] for name in names]
    return _Program(policy, values_of, steps, text, code, bool(data), space)


# What generated code may call.


def _sift(rows: Sequence[Callable[..., int]], candidates: int, arguments: tuple[int, ...]) -> tuple[int, int]:
    """Return the rows that are true and the rows that are unknown, among the candidates."""
    true = unknown = 0
    for index in positions(candidates):
        truth = rows[index](*arguments)
        if truth == 1:
            true |= 1 << index
        elif truth == 3:  # noqa: PLR2004 - true and false are both possible
            unknown |= 1 << index
    return true, unknown


def _least(numbers: Mapping[int, int], bits: int) -> int:
    return min((value for bit, value in numbers.items() if bits & bit), default=0)


def _most(numbers: Mapping[int, int], bits: int) -> int:
    return max((value for bit, value in numbers.items() if bits & bit), default=0)


def _calendarshift(months: int, days: int) -> CalendarShift:
    return CalendarShift(months=months, days=days)


def _workingdays(count: int, covered: tuple[Interval, ...], exceptions: tuple[int, ...]) -> WorkingDayShift:
    return WorkingDayShift(count=count, calendar=WorkingDayCalendar(covered=covered, exceptions=exceptions))


def _chosen(case: Case, ends: Sequence[Interval], nothing: tuple[int, ...], everything: Interval) -> Ends:
    """Return what is possible of a number or date that conditions choose; no sum counts in cases that have nothing."""
    own = [None if is_nothing else pair for pair, is_nothing in zip(ends, nothing, strict=True)]
    return ends_of_cases(case, own, everything)


_HELPERS = {
    "chosen": _chosen,
    "calendarshift": _calendarshift,
    "workingdays": _workingdays,
    "earliest": lru_cache(maxsize=65536)(earliest),
    "latest": lru_cache(maxsize=65536)(latest),
    "sift": _sift,
    "least": _least,
    "most": _most,
    "count": int.bit_count,
    "ordinal": datetime.date.toordinal,
    "sum": sum,
    "map": map,
}
